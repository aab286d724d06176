"""What belongs on an Exchange server outside its web folders: directories, modules, agents.

`host_facts` says of one entry of a configuration, task or registry export what the tables know.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache

from msgspec import Struct

from afterpatch.knowledge.builds import CACHED
from afterpatch.knowledge.places import place_of, places_in
from afterpatch.knowledge.tables import Confidence, confidence, rows
from afterpatch.knowledge.web import PAGE_EXTENSIONS, virtual_directories
from afterpatch.model import Value

__all__ = ["IisModule", "TransportAgent", "host_facts", "iis_modules", "transport_agents"]


class IisModule(Struct, frozen=True):
    """A module that IIS, ASP.NET or Exchange brings along: a native one with the name of its
    library, a managed one with its type."""

    native: bool
    name: str
    file_or_type: str
    source: tuple[str, ...]
    confidence: Confidence


class TransportAgent(Struct, frozen=True):
    """A transport agent that Exchange brings along: its name, and how the name of the class that
    makes it begins. `seen` are the versions that have it."""

    role: str
    name: str
    factory: str
    seen: tuple[str, ...]
    source: tuple[str, ...]
    confidence: Confidence


@cache
def iis_modules() -> tuple[IisModule, ...]:
    """The modules of stock servers."""
    return tuple(
        IisModule(
            native=row["kind"] == "native",
            name=row["name"],
            file_or_type=row["file_or_type"],
            source=tuple(row["source"].split()),
            confidence=confidence(row),
        )
        for row in rows("iis_modules")
    )


@cache
def transport_agents() -> tuple[TransportAgent, ...]:
    """The transport agents of Exchange 2010 to SE, with those of its anti-spam set."""
    return tuple(
        TransportAgent(
            role=row["role"],
            name=row["name"],
            factory=row["factory"],
            seen=tuple(row["seen"].split()),
            source=tuple(row["source"].split()),
            confidence=confidence(row),
        )
        for row in rows("transport_agents")
    )


def host_facts(artifact: str, fields: Mapping[str, Value]) -> dict[str, Value]:
    """What is known of an entry, as further fields of its record; see the functions below.

    Place    where its file or folder lies (see `places.Place`); Places: those of a command line
    Stock    "true" where every server has it
    Twin     the stock name that its own is one letter off, where it is not stock itself
    """
    if artifact == "iisconfig":
        return _of_iis(fields)
    if artifact == "transportagents":
        return _of_agent(_text(fields, "Name"), _text(fields, "Factory"), fields)
    if artifact in ("scheduledtask", "registryexport"):
        lines = fields.get("CommandLine", "")
        lines = (lines,) if isinstance(lines, str) else lines
        found: tuple[Value, ...] = tuple(dict.fromkeys(p for c in lines for p in places_in(c)))
        name = _text(fields, "Name") if fields.get("Kind") == "exclusion" else ""
        return {
            "Places": tuple(str(place) for place in found),
            **({"Place": place_of(name)} if name else {}),
        }
    return {}


def _text(fields: Mapping[str, Value], name: str) -> str:
    value = fields.get(name, "")
    return value if isinstance(value, str) else " ".join(value)


# ---------------------------------------------------------------- IIS


def _of_iis(fields: Mapping[str, Value]) -> dict[str, Value]:
    """Beside Place, Stock and Twin: Scope ("exchange" for what lies in the sites of Exchange,
    "server" for what holds for all sites, else "other"), Below (the Exchange URL that a virtual
    directory lies below), Runs and Mapped (what a handler does with which files)."""
    kind, scope = fields.get("Kind"), _scope(fields)
    name = _text(fields, "Name")
    if kind == "virtual directory":
        return {"Scope": scope, **_of_directory(fields)}
    if kind in ("global module", "isapi filter"):
        image = _text(fields, "Image")
        file = re.split(r"[\\/]", image.lower())[-1]
        known = _native().get(file, frozenset())
        return {
            "Scope": scope,
            "Place": place_of(image),
            **_stock(name.lower() in known, (name, file), _sure()),
        }
    if kind == "module":
        type_ = _text(fields, "Type").split(",", 1)[0].strip()
        stock = _stock(
            type_.lower() in _managed() or (not type_ and name.lower() in _module_names()),
            (name, type_),
            _sure(),
        )
        if type_.startswith(("Microsoft.Exchange.", "System.Web.", "System.ServiceModel.")):
            # Other versions have other modules of these makers: no twin, and no proof either.
            stock["Stock"] = "true"
            stock.pop("Twin", None)
        return {"Scope": scope, **stock}
    if kind in ("handler", "build provider"):
        processor = _text(fields, "ScriptProcessor")
        return {
            "Scope": scope,
            "Place": place_of(processor.split("|", 1)[0]) if processor else "",
            "Runs": _runs(_text(fields, "Type"), processor),
            "Mapped": _mapped(_text(fields, "Path")),
        }
    return {"Scope": scope}


_SITES = ("default web site", "exchange back end")


def _scope(fields: Mapping[str, Value]) -> str:
    file = _text(fields, "File").lower()
    site = (_text(fields, "Site") or _text(fields, "Location")).lower().split("/", 1)[0]
    if site in _SITES or re.search(r"\\(?:frontend\\httpproxy|clientaccess)\\", file):
        return "exchange"
    if not site and file.endswith("applicationhost.config"):
        return "server"
    return "other"


@cache
def _directories() -> dict[tuple[str, str], frozenset[str]]:
    """Site and URL in lower case → the ends of the folders that belong there."""
    found: dict[tuple[str, str], set[str]] = {}
    for directory in virtual_directories():
        tail = re.sub(r"^%[a-z]+%", "", directory.path.lower())
        found.setdefault((directory.site.lower(), directory.url.lower()), set()).add(tail)
    return {key: frozenset(tails) for key, tails in found.items()}


def _of_directory(fields: Mapping[str, Value]) -> dict[str, Value]:
    site, url = _text(fields, "Site").lower(), _text(fields, "Path").lower()
    folder = _text(fields, "PhysicalPath").lower().rstrip("\\")
    known = _directories()
    stock = any(folder.endswith(tail) for tail in known.get((site, url), ()))
    above = (
        other
        for of_site, other in known
        if of_site == site and other != "/" and url.startswith(other + "/")
    )
    return {
        "Place": place_of(_text(fields, "PhysicalPath")),
        "Stock": "true" if stock else "false",
        "Below": "" if stock else max(above, key=len, default=""),
    }


@cache
def _native() -> dict[str, frozenset[str]]:
    """Libraries in lower case → the names their modules have."""
    found: dict[str, set[str]] = {}
    for module in iis_modules():
        if module.native:
            found.setdefault(module.file_or_type.lower(), set()).add(module.name.lower())
    return {file: frozenset(names) for file, names in found.items()}


@cache
def _module_names() -> frozenset[str]:
    return frozenset(module.name.lower() for module in iis_modules())


@cache
def _sure() -> frozenset[str]:
    """Names, libraries and types that were read on stock servers: what an imitation imitates."""
    known = (m for m in iis_modules() if m.confidence == "S")
    return frozenset(text.lower() for m in known for text in (m.name, m.file_or_type))


@cache
def _managed() -> frozenset[str]:
    return frozenset(m.file_or_type.lower() for m in iis_modules() if not m.native)


# Compile what they are given, see ASP.NET's own web.config.
_COMPILERS = (
    "pagehandlerfactory", "simplehandlerfactory", "webservicehandlerfactory",
    "scripthandlerfactory", "webpagehttphandler", "pagebuildprovider", "webhandlerbuildprovider",
    "webservicebuildprovider", "usercontrolbuildprovider", "razorbuildprovider",
)  # fmt: skip
_INTERPRETERS = re.compile(
    r"^(?:asp|aspnet_isapi|php[\w-]{0,12}|perl\w{0,8}|idq|ssinc)\.(?:dll|exe)\b"
)
_SHELLS = re.compile(
    r"^(?:cmd|powershell|pwsh|cscript|wscript|mshta|rundll32|regsvr32|bash)(?:\.exe)?\b"
)
# fmt: off
_NEVER_RUN = frozenset((
    "7z", "bak", "bin", "bmp", "cab", "config", "dat", "db", "doc", "docx", "eot", "gif", "ico",
    "jpeg", "jpg", "log", "mp3", "mp4", "pdf", "png", "rar", "tmp", "ttf", "txt", "wav", "woff",
    "woff2", "xls", "xlsx", "zip",
))
_SELDOM_RUN = frozenset((
    "css", "htm", "html", "js", "json", "map", "shtml", "svg", "xml", "xsl", "xslt",
))
# fmt: on


def _runs(type_: str, processor: str) -> str:
    """page: compiles or interprets the file; shell: hands it to a command interpreter; program:
    hands it to another program or library."""
    program = processor.lower().split("|", 1)[0].strip(' "').rpartition("\\")[2]
    if _SHELLS.match(program):
        return "shell"
    name = type_.split(",", 1)[0].strip().lower().rsplit(".", 1)[-1]
    if name in _COMPILERS or _INTERPRETERS.match(program):
        return "page"
    return "program" if program else ""


def _mapped(path: str) -> str:
    """never: files of a kind that no server runs; seldom: mark-up, styles and scripts; unknown: a
    kind of its own; empty for what is run on stock servers."""
    pattern = path.lower().split(",", 1)[0].strip()
    extension = pattern.rpartition(".")[2] if "." in pattern else ""
    if extension in _NEVER_RUN:
        return "never"
    if extension in _SELDOM_RUN:
        return "seldom"
    if not extension or extension in PAGE_EXTENSIONS or "*" in extension:
        return ""
    return "unknown"


# ---------------------------------------------------------------- agents


def _of_agent(name: str, factory: str, fields: Mapping[str, Value]) -> dict[str, Value]:
    known = {agent.name.lower(): agent for agent in transport_agents()}
    agent = known.get(name.lower())
    place = place_of(_text(fields, "Assembly"))
    stock = (
        agent is not None
        and factory.startswith("Microsoft.Exchange.")
        and place in ("exchange", "other", "programs")  # an installation may lie anywhere
    )
    return {
        "Place": place,
        "Maker": "exchange" if factory.startswith("Microsoft.Exchange.") else "other",
        **_stock(stock, (name,), known),
    }


# ---------------------------------------------------------------- names


def _stock(stock: bool, names: Iterable[str], known: Iterable[str]) -> dict[str, Value]:
    facts: dict[str, Value] = {"Stock": "true" if stock else "false"}
    if not stock:
        others = frozenset(known)
        twin = next((t for name in names if (t := _twin(name.lower(), others))), "")
        if twin:
            facts["Twin"] = twin
    return facts


@lru_cache(CACHED)
def _twin(name: str, known: frozenset[str]) -> str:
    """The known name that this one is one letter off: one more, one less, another, or two swapped.

    A known name is no twin, nor is a short one, which is near to many.
    """
    if name in known or len(name) < 6 or len(name) > 200:
        return ""
    return next((other for other in sorted(known) if _one_off(name, other)), "")


def _one_off(a: str, b: str) -> bool:
    if abs(len(a) - len(b)) > 1:
        return False
    start = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), None)
    if start is None:
        return len(a) != len(b)
    if len(a) == len(b):
        swapped = a[start : start + 2] == b[start : start + 2][::-1]
        return a[start + 1 :] == b[start + 1 :] or (swapped and a[start + 2 :] == b[start + 2 :])
    longer, shorter = (a, b) if len(a) > len(b) else (b, a)
    return longer[start + 1 :] == shorter[start:]
