"""Whom to tell: a table of organizations, and one page for each to send.

A page names its own organization's servers, and no other organization, server or contact: what it
quotes of the evidence is held against all names in the view, and withheld where it holds one.
"""

from __future__ import annotations

import hashlib
import html
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import get_args

from msgspec import Struct

from afterpatch.model import Grade
from afterpatch.outputs.campaign_files import table
from afterpatch.outputs.campaign_view import Cluster, ServerView, View
from afterpatch.outputs.text import counted, utc, visible

__all__ = ["Names", "Notice", "notices", "notifications_csv", "page", "page_name"]

LADDER = get_args(Grade)
TAKEN = LADDER[4:]
WITHHELD = "[withheld: it names another organization]"
_COLUMNS = (
    "organization", "sector", "country", "size", "contact", "servers", "worst", "taken",
    "before_disclosure", "standing_doors", "cannot_be_told", "clusters", "packages", "page",
)  # fmt: skip
# What many call a server or themselves tells nobody who it is.
_GENERIC = frozenset(
    ("ex", "exchange", "mail", "mailserver", "mx", "owa", "server", "smtp", "webmail")
)
_SHARED = 3  # organizations that have a name, from which on it names none of them
_TOKEN = re.compile(r"[\w.@-]+")
_VALUE = 400  # characters shown of any text
_STYLE = """
:root{color-scheme:light dark}
body{font:16px/1.5 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2rem}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1rem}
dd{margin:0;overflow-wrap:anywhere}
li{overflow-wrap:anywhere}
@media(max-width:34rem){dl{display:block}dd{margin:0 0 .5rem}}
@media print{body{margin:0;max-width:none}h2{break-after:avoid}}
"""


class Notice(Struct, frozen=True):
    """One organization to be told, with its servers that are worth it and those that are not."""

    organization: str
    servers: tuple[ServerView, ...]
    packages: tuple[str, ...]

    @property
    def worst(self) -> Grade:
        return max((one.grade for one in self.servers), key=LADDER.index)


def notices(view: View) -> list[Notice]:
    """The organizations with a server that was taken, or of which that can't be told; the gravest
    first. A server without an owner in the register stands for itself."""
    of: dict[str, list[ServerView]] = defaultdict(list)
    for one in view.servers:
        of[one.owner.organization or one.server].append(one)
    failed: dict[str, list[str]] = defaultdict(list)
    for unit in view.failed:
        if unit.state == "failed":
            failed[unit.owner.organization or unit.package].append(unit.package)
    found = [
        Notice(name, tuple(servers), tuple(failed.get(name, ())))
        for name, servers in of.items()
        if any(one.grade in TAKEN or not one.told for one in servers)
    ]
    return sorted(found, key=lambda n: (-LADDER.index(n.worst), n.organization))


def notifications_csv(told: Sequence[Notice]) -> Iterator[bytes]:
    """Yields the list, a row for each organization. For whoever notifies: it names all of them."""
    yield from table(
        _COLUMNS,
        (
            (
                notice.organization,
                notice.servers[0].owner.sector,
                notice.servers[0].owner.country,
                notice.servers[0].owner.size,
                tuple(sorted({s.owner.contact for s in notice.servers if s.owner.contact})),
                len(notice.servers),
                notice.worst,
                sum(s.grade in TAKEN for s in notice.servers),
                sum(s.before_disclosure for s in notice.servers),
                sum(s.standing_doors for s in notice.servers),
                sum(not s.told for s in notice.servers),
                len({m.cluster for s in notice.servers for m in s.clusters}),
                tuple(s.server for s in notice.servers),
                f"notifications/{page_name(notice)}",
            )
            for notice in told
        ),
    )


def page_name(notice: Notice) -> str:
    """A file name that any system takes, and no two organizations share."""
    plain = re.sub(r"[^a-z0-9]+", "-", notice.organization.lower()).strip("-")[:60]
    mark = hashlib.sha256(notice.organization.encode("utf-8", "backslashreplace")).hexdigest()[:8]
    return f"{plain or 'organization'}-{mark}.html"


class Names:
    """Every name of every organization in the view, to hold texts against."""

    def __init__(self, view: View) -> None:
        self._of: dict[str, set[str]] = {}
        for one in view.servers:
            mine = one.owner.organization or one.server
            for name in (one.owner.organization, one.server, one.host, one.owner.contact):
                self._add(name, mine)
        for unit in view.failed:
            self._add(unit.package, unit.owner.organization or unit.package)
            self._add(unit.owner.organization, unit.owner.organization)
        self._first: dict[str, set[str]] = defaultdict(set)
        for name, having in self._of.items():
            if name in _GENERIC or len(having) >= _SHARED:
                continue
            for word in _TOKEN.findall(name)[:1]:
                self._first[word].add(name)

    def _add(self, name: str, mine: str) -> None:
        if name.strip():
            self._of.setdefault(name.strip().lower(), set()).add(mine)

    def checked(self, text: str, mine: str) -> str:
        """The text as it may be sent to an organization."""
        lowered = text.lower()
        for word in set(_words(lowered)):
            for name in self._first.get(word, ()):
                if mine not in self._of[name] and name in lowered:
                    return WITHHELD
        return visible(text, _VALUE)


def _words(text: str) -> Iterator[str]:
    """Every word a name may begin with: whole ones, and their parts between dots, at and hyphen."""
    for token in _TOKEN.findall(text):
        yield token
        parts = re.split(r"[.@]", token)
        yield from parts
        for at in range(len(parts)):
            yield ".".join(parts[at:])


def page(notice: Notice, clusters: Mapping[str, Cluster], names: Names) -> bytes:
    """The page for one organization: self-contained, without scripts, to be sent or printed."""
    mine = notice.organization

    def told(text: str) -> str:
        return html.escape(names.checked(text, mine))

    parts = [
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Your Exchange servers</title><style>{_STYLE}</style></head><body>",
        "<h1>What the evidence of your Exchange servers shows</h1>"
        f"<p>For {html.escape(visible(mine, _VALUE))}. "
        f"{counted(len(notice.servers), 'server')} assessed, "
        f"{sum(s.grade in TAKEN for s in notice.servers):,} taken over.</p>"
        "<p>This page speaks of your servers alone. It says what was found in the evidence that "
        "was handed in, and names nobody as responsible.</p>",
    ]
    if notice.packages:
        packages = ", ".join(told(name) for name in notice.packages)
        parts.append(f"<p>Could not be read, please collect again: {packages}.</p>")
    for one in sorted(notice.servers, key=lambda s: (-LADDER.index(s.grade), s.server)):
        parts += _server(one, clusters, told)
    parts.append("</body></html>\n")
    return "".join(parts).encode("utf-8", "backslashreplace")


def _server(
    one: ServerView, clusters: Mapping[str, Cluster], told: Callable[[str], str]
) -> Iterator[str]:
    yield f"<h2>{told(one.host)}: {html.escape(one.grade)}</h2><p>{told(one.sentence)}</p><dl>"
    rows = [
        ("Package", told(one.server)),
        ("Product", html.escape(visible(f"{one.product} {one.build}".strip() or "not known"))),
        ("Evidence", html.escape(one.coverage) + (
            "" if one.told else ": too little to say that nobody was in"
        )),
    ]  # fmt: skip
    if one.entry:
        earlier = ", or earlier: the logs do not reach back" if one.entry_is_bound else ""
        before = ", before the hole was public" if one.before_disclosure else ""
        rows.append(("First entry", f"{utc(one.entry)}{earlier}{before}"))
        rows.append(("Last seen", utc(one.last_deed)))
        rows.append(("Patch seen", utc(one.patched) if one.patched else "no, by the evidence"))
    if one.backdoors:
        rows.append(("Doors", f"{one.backdoors:,}, of which {one.standing_doors:,} still stand"))
    if one.impact:
        rows.append(("What followed", told(", ".join(one.impact))))
    for member in one.clusters:
        others = clusters[member.cluster].servers - 1
        elsewhere = counted(others, "other server")
        rows.append(
            (
                "Met elsewhere",
                f"an intruder here is tied to those on {elsewhere} in this view by "
                f"{told('; '.join(member.by) or 'several signs')}",
            )
        )
    yield from (f"<dt>{name}</dt><dd>{value}</dd>" for name, value in rows)
    yield "</dl>"
    if one.next_steps:
        yield "<ol>"
        yield from (f"<li>{told(step)}</li>" for step in one.next_steps)
        yield "</ol>"
