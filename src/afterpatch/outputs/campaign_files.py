"""`view.json` and the tables of a view for spreadsheets.

Tables are RFC 4180 in UTF-8, every cell quoted and defused (`text.cell`), several values in one
cell apart by `; `.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from afterpatch.outputs.campaign_view import View
from afterpatch.outputs.text import cell, defused

__all__ = [
    "clusters_csv",
    "links_csv",
    "members_csv",
    "refused_csv",
    "servers_csv",
    "table",
    "view_json",
]

_SERVERS = (
    "server", "organization", "sector", "country", "size", "host", "product", "build", "grade",
    "coverage", "can_be_told", "entry", "entry_may_be_earlier", "phase", "before_disclosure",
    "patched", "days_to_patch", "last_deed", "backdoors", "standing_doors", "intruders", "impact",
    "clusters", "folder",
)  # fmt: skip
_CLUSTERS = (
    "cluster", "servers", "organizations", "before_disclosure", "first", "last", "planted",
    "impact", "addresses", "page_names",
)  # fmt: skip
_MEMBERS = (
    "cluster", "server", "organization", "place", "first", "last", "operators", "deeds", "by",
)  # fmt: skip
_LINKS = ("cluster", "kind", "value", "servers", "why")
_REFUSED = ("kind", "value", "servers", "as_intruder", "as_scanner", "why")


def view_json(view: View) -> Iterator[bytes]:
    """Yields `view.json`: one server, package or cluster a line, so that it can be compared."""
    plain = {
        field: defused(msgspec.to_builtins(getattr(view, field)))
        for field in view.__struct_fields__
        if field not in _LISTS
    }
    yield b"{\n"
    for name, value in plain.items():
        yield b"%s: %s,\n" % (msgspec.json.encode(name), msgspec.json.encode(value))
    for number, name in enumerate(_LISTS):
        rows = getattr(view, name)
        yield b"%s: [" % msgspec.json.encode(name)
        for place, row in enumerate(rows):
            line = msgspec.json.encode(defused(msgspec.to_builtins(row)))
            yield b"%s\n%s" % (b"," if place else b"", line)
        yield b"\n]%s\n" % (b"," if number < len(_LISTS) - 1 else b"")
    yield b"}\n"


_LISTS = ("servers", "failed", "clusters", "refused")


def servers_csv(view: View) -> Iterator[bytes]:
    """Yields the table of servers, a row each."""
    yield from table(
        _SERVERS,
        (
            (
                one.server, one.owner.organization, one.owner.sector, one.owner.country,
                one.owner.size, one.host, one.product, one.build, one.grade, one.coverage,
                one.told, one.entry, one.entry_is_bound, one.phase, one.before_disclosure,
                one.patched, one.days_to_patch, one.last_deed, one.backdoors, one.standing_doors,
                one.intruders, one.impact, tuple(m.cluster for m in one.clusters), one.folder,
            )
            for one in view.servers
        ),
    )  # fmt: skip


def clusters_csv(view: View) -> Iterator[bytes]:
    """Yields the table of clusters, a row each."""
    yield from table(
        _CLUSTERS,
        (
            (
                one.id, one.servers, one.organizations, one.before_disclosure, one.first, one.last,
                one.planted, one.impact, one.addresses, one.page_names,
            )
            for one in view.clusters
        ),
    )  # fmt: skip


def links_csv(view: View) -> Iterator[bytes]:
    """Yields what holds each cluster together, a row for each link."""
    yield from table(
        _LINKS,
        (
            (one.id, link.kind, link.value, link.servers, link.why)
            for one in view.clusters
            for link in one.links
        ),
    )


def members_csv(view: View) -> Iterator[bytes]:
    """Yields each server's standing in each of its clusters."""
    yield from table(
        _MEMBERS,
        (
            (
                m.cluster, one.server, one.owner.organization, m.place, m.first, m.last,
                m.operators, m.deeds, m.by,
            )
            for one in view.servers
            for m in one.clusters
        ),
    )  # fmt: skip


def refused_csv(view: View) -> Iterator[bytes]:
    """Yields what many servers saw and ties nobody."""
    yield from table(
        _REFUSED,
        ((r.kind, r.value, r.servers, r.as_intruder, r.as_scanner, r.why) for r in view.refused),
    )


def table(columns: tuple[str, ...], rows: Iterable[tuple[Any, ...]]) -> Iterator[bytes]:
    """Yields a table in pieces."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_text(value) for value in row])
        if buffer.tell() > 1 << 16:
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode()


def _text(value: Any) -> str:
    if value is None:
        return ""
    return cell("; ".join(value) if isinstance(value, tuple) else str(value))
