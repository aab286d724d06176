"""What a stock Exchange server answers: pages, handlers, virtual directories.

The page names are those of set-up packages of 2016 and 2019 (nccgroup/Cyber-Defence). 2013, newer
cumulative updates and SE have other names too, so a name that is missing here proves something only
where the list is complete: `stock_directories` says where that is, `directory_class` asks it. A
name that is here proves nothing about the file's content.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Literal
from urllib.parse import unquote

from msgspec import Struct

from afterpatch.knowledge.builds import CACHED
from afterpatch.knowledge.tables import Confidence, confidence, rows

Side = Literal["front", "back", "any"]
DirectoryClass = Literal["closed", "stock", "other"]

LONGEST_URL_PATH = 2_048  # characters
# What IIS runs rather than sends, with ASP.NET and the usual handlers.
# fmt: off
PAGE_EXTENSIONS = frozenset((
    "asa", "asax", "ascx", "ashx", "asmx", "asp", "aspq", "aspx", "axd", "cdx", "cer", "cfm",
    "config", "cshtm", "cshtml", "dll", "exe", "htr", "ida", "idc", "jsp", "jspx", "master",
    "php", "phtml", "rem", "shtm", "shtml", "soap", "stm", "svc", "vbhtm", "vbhtml", "xamlx",
    "xoml",
))
# fmt: on
# What the folders of themes, scripts and downloads hold.
# fmt: off
STATIC_EXTENSIONS = frozenset((
    "application", "css", "cur", "deploy", "eot", "gif", "htc", "htm", "html", "ico", "ics",
    "jpeg", "jpg", "js", "json", "manifest", "map", "mp3", "msi", "png", "svg", "ttf", "wav",
    "woff", "woff2", "xap", "xml",
))
# fmt: on
# Pages that IIS refuses to send although they are there.
INTERNAL_EXTENSIONS = frozenset(("asax", "ascx", "master"))

# /owa/auth/15.1.2106/themes/... · /ecp/15.1.2106.2/scripts/...
_VERSION = re.compile(r"[0-9]{1,2}(?:\.[0-9]{1,5}){2,3}")
_UNSAFE = re.compile(r'[\x00-\x1f\x7f\\?*:"<>|]|%[0-9a-fA-F]{2}')
_ESCAPED_SLASH = re.compile("%2f|%5c", re.IGNORECASE)
_ROOT = re.compile(
    r"(?:^|\\)(frontend\\httpproxy|clientaccess|inetpub\\wwwroot|windows\\system32\\rpcproxy)"
    r"(?=\\|$)"
)
# No Exchange installation lies below these.
_FOREIGN = frozenset(
    ("inetpub", "perflogs", "programdata", "temp", "tmp", "users", "windows", "$recycle.bin")
)


class StockDirectory(Struct, frozen=True):
    """One directory of an Exchange server, as the tail of its Windows path, with all below it.

    `closed`: `pages` lists every server-side page that belongs there. `proxied`: the front end
    passes requests below it on to the back end.
    """

    directory: str
    closed: bool
    pages: tuple[str, ...]
    proxied: bool
    note: str
    source: tuple[str, ...]
    confidence: Confidence


class VirtualDirectory(Struct, frozen=True):
    """One stock virtual directory: where its URL leads, as configured."""

    site: str
    url: str
    path: str
    application_pool: str


class _Urls(Struct, frozen=True):
    exact: dict[str, str]
    leaf: frozenset[str]
    service: frozenset[str]
    static: frozenset[str]


@cache
def stock_directories() -> tuple[StockDirectory, ...]:
    """The directories of an Exchange server, and for which of them the list of pages is closed."""
    return tuple(
        StockDirectory(
            directory=row["directory"],
            closed=row["list"] == "closed",
            pages=tuple(filter(None, row["pages"].split(";"))),
            proxied=row["proxied"] == "y",
            note=row["note"],
            source=tuple(row["source"].split()),
            confidence=confidence(row),
        )
        for row in rows("stock_directories")
    )


@cache
def virtual_directories() -> tuple[VirtualDirectory, ...]:
    """The virtual directories of the two stock sites of Exchange 2016 and 2019."""
    return tuple(
        VirtualDirectory(row["site"], row["path"], row["name"], row["detail"])
        for row in rows("iis_baseline")
        if row["kind"] == "vdir"
    )


@cache
def common_stock_requests() -> tuple[str, ...]:
    """URL paths of pages, in lower case, that ordinary traffic asks for all the time."""
    return tuple(row["url"] for row in rows("stock_urls") if row["common"] == "y")


@lru_cache(CACHED)
def is_stock_web_path(url_path: str, side: Side = "any") -> bool:
    """Whether a stock Exchange or IIS install answers this URL path, in any case.

    Knows pages, handlers with a method behind them, the folders of themes and scripts named for a
    version, and a mailbox in the path (`/owa/user@example.org/...`). Made-up static names below
    `/owa` and `/ecp` are not stock; neither is a path that only a trick could have made (dots,
    control characters, escaped slashes). `side` is "front" for port 443 and "back" for 444, where
    the few error pages below `/owa/auth` differ.
    """
    segments = _segments(url_path)
    if segments is None:
        return False
    return _answers(segments, side) or _answers(_without_mailbox(segments), side)


@lru_cache(CACHED)
def is_stock_web_file(windows_path: str) -> bool:
    """Whether a file has the name of a stock page in its place below any Exchange or IIS root."""
    split = _split_root(windows_path)
    if split is None:
        return False
    above, tail = split
    products = _stock_files().get(tail)
    if products is None:
        return tail in _root_files()
    # Exchange 2010 keeps the logon page where later products have none.
    return products != "2010" or "v14" in above


def is_stock_page_name(name: str) -> bool:
    """Whether any stock web file or URL ends in this name, in any letter case: all that can be
    asked of a trace that names a page without its folder."""
    return name.lower() in _page_names()


@lru_cache(CACHED)
def directory_class(url_or_path: str) -> DirectoryClass:
    """Where a URL path (begins with a slash) or a Windows path lies.

    closed: every page that belongs there is known, so another one doesn't belong; stock: a
    directory of Exchange whose list of names is open; other: none of Exchange's.
    """
    if url_or_path.startswith("/"):
        segments = _segments(url_or_path)
        if segments is None:
            return "other"
        front, back = _tails(_without_mailbox(segments))
        directory = _directory(front)
        if directory is not None and directory.proxied:
            directory = _directory(back)
    else:
        split = _split_root(url_or_path)
        directory = _directory(split[1]) if split else None
    if directory is None:
        return "other"
    return "closed" if directory.closed else "stock"


def _segments(url_path: str) -> tuple[str, ...] | None:
    if len(url_path) > LONGEST_URL_PATH or not url_path.startswith("/"):
        return None
    path = url_path.split("?", 1)[0]
    if _ESCAPED_SLASH.search(path):
        return None
    try:
        path = unquote(path, errors="strict")
    except UnicodeDecodeError:
        return None
    if _UNSAFE.search(path):
        return None
    segments = tuple(filter(None, path.split("/")))
    # Windows drops dots and blanks at the end of a name: such a name hides another.
    if any(segment[-1] in ". " for segment in segments):
        return None
    return tuple(map(_lower, segments))


def _lower(name: str) -> str:
    # Some letters outside ASCII become ASCII in lower case; no stock name has one.
    return name.lower() if name.isascii() else name


def _without_mailbox(segments: tuple[str, ...]) -> tuple[str, ...]:
    # A published calendar: /owa/calendar/<owner>@<domain>/<calendar>/service.svc
    if (
        len(segments) > 4
        and segments[:2] == ("owa", "calendar")
        and "@" in segments[2].strip("@")
        and not any(_extension(s) in PAGE_EXTENSIONS for s in segments[3:4])
    ):
        return ("owa", *segments[4:])
    if len(segments) > 1 and segments[0] in ("owa", "ecp") and "@" in segments[1].strip("@"):
        return (segments[0], *segments[2:])
    return segments


def _extension(name: str) -> str:
    return name.rpartition(".")[2] if "." in name else ""


def _answers(segments: tuple[str, ...], side: Side) -> bool:
    at = next((i for i, s in enumerate(segments) if _extension(s) in PAGE_EXTENSIONS), None)
    if at is None:
        return _answers_static(segments, side)
    # /ecp/DDI/DDIService.svc/GetList: what follows a page is handed to it
    if any(_extension(segment) in PAGE_EXTENSIONS for segment in segments[at + 1 :]):
        return False
    page = segments[: at + 1]
    return _is_listed("/" + "/".join(page), side) or _is_stock_page(page, side)


def _is_listed(path: str, side: Side) -> bool:
    return _urls().exact.get(path) in (("any", "front", "back") if side == "any" else ("any", side))


def _is_stock_page(page: tuple[str, ...], side: Side) -> bool:
    if _extension(page[-1]) in INTERNAL_EXTENSIONS:
        return False
    front, back = _tails(page)
    files = _stock_files()
    if side in ("back", "any") and files.get(back, "2010") != "2010":
        return True
    if side == "back":
        return False
    directory = _directory(front)
    proxied = directory is not None and directory.proxied
    return front in files or (proxied and files.get(back, "2010") != "2010")


def _answers_static(segments: tuple[str, ...], side: Side) -> bool:
    path = "/" + "/".join(segments)
    urls = _urls()
    if not segments or _is_listed(path, side) or path in _folders():
        return True
    parents = ["/" + "/".join(segments[:count]) for count in range(1, len(segments) + 1)]
    if len(parents) > 1 and parents[-2] in urls.leaf:
        return True
    if not urls.service.isdisjoint(parents):
        return True
    if _extension(segments[-1]) not in ("", *STATIC_EXTENSIONS):
        return False
    if not urls.static.isdisjoint(parents):
        return True
    return segments[0] in ("owa", "ecp") and any(map(_VERSION.fullmatch, segments[1:-1]))


@cache
def _urls() -> _Urls:
    table = rows("stock_urls")
    return _Urls(
        exact={row["url"]: row["side"] for row in table if row["kind"] in ("exact", "folder")},
        leaf=frozenset(row["url"] for row in table if row["kind"] == "leaf"),
        service=frozenset(row["url"] for row in table if row["kind"] == "service"),
        static=frozenset(row["url"] for row in table if row["kind"] == "static"),
    )


@cache
def _stock_files() -> dict[str, str]:
    """Tail of the Windows path in lower case → years of the products that have the file."""
    table = rows("stock_web_files")
    return {row["path"].lower(): row["seen"] for row in table}


@cache
def _page_names() -> frozenset[str]:
    urls = (*_urls().exact, *_urls().leaf, *_urls().service)
    return frozenset(
        [path.rsplit("\\", 1)[-1] for path in _stock_files()]
        + [url.lower().rsplit("/", 1)[-1] for url in urls]
    )


@cache
def _root_files() -> frozenset[str]:
    return frozenset(
        _tails((path[1:],))[0] for path in _urls().exact if path.startswith(("/iisstart", "/welc"))
    )


@cache
def _folders() -> frozenset[str]:
    """URL paths of the virtual directories and of the folders that hold stock pages."""
    found = {"/"}
    for directory in virtual_directories():
        url = directory.url.lower().rstrip("/")
        found.add(url or "/")
        root = _physical_tail(directory.path)
        if not url:
            continue
        for path in _stock_files():
            if path.startswith(root + "\\"):
                inner = path[len(root) + 1 :].split("\\")[:-1]
                found.update("/".join((url, *inner[:count])) for count in range(1, len(inner) + 1))
    return frozenset(found)


@cache
def _sites() -> dict[str, tuple[tuple[tuple[str, ...], str], ...]]:
    """For each site its virtual directories, deepest URL first."""
    found: dict[str, list[tuple[tuple[str, ...], str]]] = {"front": [], "back": []}
    for directory in virtual_directories():
        side = "back" if directory.site == "Exchange Back End" else "front"
        url = tuple(filter(None, directory.url.lower().split("/")))
        found[side].append((url, _physical_tail(directory.path)))
    return {
        side: tuple(sorted(group, key=lambda entry: (-len(entry[0]), entry)))
        for side, group in found.items()
    }


def _physical_tail(path: str) -> str:
    """%ExchangeInstallPath%\\FrontEnd\\HttpProxy\\owa → frontend\\httpproxy\\owa"""
    path = path.lower().replace("%windir%", "windows")
    return re.sub(r"^%[a-z]+%\\", "", path)


def _tails(segments: tuple[str, ...]) -> tuple[str, str]:
    """The Windows path tails a URL leads to on the front end and on the back end."""
    front, back = (
        next(
            "\\".join((root, *segments[len(url) :]))
            for url, root in _sites()[side]
            if segments[: len(url)] == url
        )
        for side in ("front", "back")
    )
    return front, back


def _directory(tail: str) -> StockDirectory | None:
    """The deepest stock directory a tail lies in."""
    found = (
        directory
        for directory in stock_directories()
        if (tail + "\\").startswith(directory.directory.lower() + "\\")
    )
    return max(found, key=lambda directory: len(directory.directory), default=None)


def _split_root(windows_path: str) -> tuple[tuple[str, ...], str] | None:
    """Folders above the first Exchange or IIS root in a path, and the rest, in lower case."""
    path = windows_path.replace("/", "\\")
    parts = path.split("\\")
    if any(part[-1:] in (".", " ") or ":" in part for part in parts[1:]):
        return None
    path = "\\".join(map(_lower, parts))
    match = _ROOT.search(path)
    if match is None:
        return None
    above = tuple(filter(None, path[: match.start()].split("\\")))
    if not _FOREIGN.isdisjoint(above):
        return None
    return above, path[match.start(1) :]
