"""Whom to tell: a table of organizations, and one page for each to send.

A page names its own organization's servers, and no other organization, server or contact: what it
quotes of the evidence is held against all names in the view and its register (`campaign_names`),
and withheld where it holds one, or an address that is no intruder's of this server.
"""

from __future__ import annotations

import hashlib
import html
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Literal, get_args

import msgspec
from msgspec import Struct

from afterpatch.model import Grade
from afterpatch.outputs.campaign_files import table
from afterpatch.outputs.campaign_names import WITHHELD, Names
from afterpatch.outputs.campaign_view import Cluster, Holder, Owner, ServerView, View, holder
from afterpatch.outputs.text import counted, utc, visible

__all__ = ["Notice", "notices", "notifications_csv", "page", "page_name"]

LADDER = get_args(Grade)
TAKEN = LADDER[4:]
_COLUMNS = (
    "organization", "sector", "country", "size", "contact", "servers", "worst", "taken",
    "before_disclosure", "standing_doors", "cannot_be_told", "clusters", "packages", "page",
)  # fmt: skip
_VALUE = 2_000  # characters shown of any text: steps to take are long
_STYLE = """
:root{color-scheme:light dark}
body{font:16px/1.5 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2rem}h3{font-size:1rem;margin-top:1.2rem}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1rem}
dd{margin:0;overflow-wrap:anywhere}
li{overflow-wrap:anywhere}
@media(max-width:34rem){dl{display:block}dd{margin:0 0 .5rem}}
@media print{body{margin:0;max-width:none}h2,h3{break-after:avoid}}
"""


class Notice(Struct, frozen=True):
    """One organization to be told, with its servers that are worth it and those that are not, and
    its packages that could not be read."""

    holder: Holder
    owner: Owner
    organization: str
    servers: tuple[ServerView, ...]
    packages: tuple[str, ...]

    @property
    def worst(self) -> Grade | Literal["could not be read"]:
        grades = [one.grade for one in self.servers]
        return max(grades, key=LADDER.index) if grades else "could not be read"


def notices(view: View) -> list[Notice]:
    """The organizations with a server that was taken, or of which that can't be told, or with a
    package that could not be read; the gravest first. A server without an owner in the register
    stands for itself. Who handed in the same bytes as another is told of the same servers."""
    by_name = {one.server: one for one in view.servers}
    of: defaultdict[Holder, dict[str, ServerView]] = defaultdict(dict)
    owners: dict[Holder, tuple[Owner, str]] = {}
    for one in view.servers:
        mine = holder(one.owner, one.server)
        owners[mine] = one.owner, one.owner.organization or one.server
        of[mine][one.server] = one
    failed: defaultdict[Holder, list[str]] = defaultdict(list)
    for unit in view.failed:
        mine = holder(unit.owner, unit.package)
        told = unit.owner, unit.owner.organization or unit.package
        if unit.state == "failed":
            owners.setdefault(mine, told)
            failed[mine].append(unit.package)
        elif unit.owner.organization:
            for name in unit.servers:
                owners.setdefault(mine, told)
                # By the name of its own package: the other's is another's.
                its = msgspec.structs.replace(by_name[name], server=unit.package, owner=unit.owner)
                of[mine].setdefault(name, its)
    found = [
        Notice(mine, *owners[mine], tuple(of[mine].values()), tuple(failed[mine]))
        for mine in owners
        if failed[mine] or any(one.grade in TAKEN or not one.told for one in of[mine].values())
    ]
    return sorted(found, key=lambda n: (not n.servers, -_height(n), n.organization, n.holder))


def _height(notice: Notice) -> int:
    return max((LADDER.index(one.grade) for one in notice.servers), default=0)


def notifications_csv(told: Sequence[Notice]) -> Iterator[bytes]:
    """Yields the list, a row for each organization. For whoever notifies: it names all of them."""
    yield from table(
        _COLUMNS,
        (
            (
                notice.organization,
                notice.owner.sector,
                notice.owner.country,
                notice.owner.size,
                notice.owner.contact,
                len(notice.servers),
                notice.worst,
                sum(s.grade in TAKEN for s in notice.servers),
                sum(s.before_disclosure for s in notice.servers),
                sum(s.standing_doors for s in notice.servers),
                sum(not s.told for s in notice.servers),
                len({m.cluster for s in notice.servers for m in s.clusters}),
                (*(s.server for s in notice.servers), *notice.packages),
                f"notifications/{page_name(notice)}",
            )
            for notice in told
        ),
    )


def page_name(notice: Notice) -> str:
    """A file name that any system takes, and no two organizations share."""
    plain = re.sub(r"[^a-z0-9]+", "-", notice.organization.lower()).strip("-")[:60]
    mark = hashlib.sha256(repr(notice.holder).encode("utf-8", "backslashreplace")).hexdigest()[:8]
    return f"{plain or 'organization'}-{mark}.html"


def page(notice: Notice, clusters: Mapping[str, Cluster], names: Names) -> bytes:
    """The page for one organization: self-contained, without scripts, to be sent or printed."""

    def told(text: str, addresses: tuple[str, ...] = ()) -> str:
        passes = names.may_pass(text, notice.holder, addresses)
        return html.escape(visible(text, _VALUE) if passes else WITHHELD)

    parts = [
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Your Exchange servers</title><style>{_STYLE}</style></head><body>",
        "<h1>What the evidence of your Exchange servers shows</h1>"
        f"<p>For {html.escape(visible(notice.organization, _VALUE))}. "
        f"{counted(len(notice.servers), 'server')} assessed, "
        f"{sum(s.grade in TAKEN for s in notice.servers):,} taken over.</p>"
        "<p>This page speaks of your servers alone. It says what was found in the evidence that "
        "was handed in, and names nobody as responsible.</p>",
    ]
    if notice.packages:
        packages = ", ".join(told(name) for name in notice.packages)
        parts.append(f"<p>Could not be read, please collect again: {packages}.</p>")
    for one in sorted(notice.servers, key=lambda s: (-LADDER.index(s.grade), s.server)):
        parts += _server(one, clusters, partial(told, addresses=one.addresses))
    parts.append("</body></html>\n")
    return "".join(parts).encode("utf-8", "backslashreplace")


def _server(
    one: ServerView, clusters: Mapping[str, Cluster], told: Callable[[str], str]
) -> Iterator[str]:
    yield f"<h2>{told(one.host)}: {html.escape(one.grade)}</h2><p>{told(one.sentence)}</p><dl>"
    rows = [
        ("Package", told(one.server)),
        ("Product", told(f"{one.product} {one.build}".strip() or "not known")),
        ("Evidence", told(one.coverage) + (
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
                f"{told('; '.join(member.by))}",
            )
        )
    yield from (f"<dt>{name}</dt><dd>{value}</dd>" for name, value in rows)
    yield "</dl>"
    if one.next_steps:
        yield "<ol>"
        yield from (f"<li>{told(step)}</li>" for step in one.next_steps)
        yield "</ol>"
    if one.collect:
        yield "<h3>What the questions left open ask for</h3><ul>"
        yield from (f"<li>{told(thing)}</li>" for thing in one.collect)
        yield "</ul>"
