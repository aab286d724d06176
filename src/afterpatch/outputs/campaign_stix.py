"""`bundle.stix.json` of a view: what clusters have in common, as STIX 2.1, to share.

Nothing is attributed: a cluster is a grouping of indicators, no threat actor, campaign or intrusion
set. No server, organization or owner is named: a link is left out whose value holds such a name
(`campaign_names`), since an intruder may have called a page by its victim. Ids are hashes of the
content, times come from the evidence, and every object is marked TLP:AMBER.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from afterpatch.limits import NAME_CHARACTERS
from afterpatch.outputs.campaign_names import Names
from afterpatch.outputs.campaign_view import Cluster, Link, View
from afterpatch.outputs.indicators import NO_TIME, Indicator, Kind, content_id
from afterpatch.outputs.stix import AMBER, canonical, pattern_of
from afterpatch.outputs.text import counted, defused, utc, visible

__all__ = ["render"]

_SHA256 = re.compile(r"[0-9a-f]{64}")
INDICATORS = 500  # of one cluster, the widest links first
_KINDS: dict[str, Kind] = {
    "address": "address", "user agent": "user agent", "program": "sha256",
}  # fmt: skip


def render(view: View) -> Iterator[bytes]:
    """Yields the bundle, one object a line."""
    objects = _Objects(view)
    for cluster in view.clusters:
        objects.cluster(cluster)
    yield f'{{"type":"bundle","id":"bundle--{content_id("bundle", *objects.made)}",'.encode()
    yield b'"objects":[\n'
    for number, one in enumerate(objects.made.values()):
        yield (b",\n" if number else b"") + msgspec.json.encode(one)
    yield b"\n]}\n"


class _Objects:
    """The objects of one bundle by id, in the order in which they are referred to."""

    def __init__(self, view: View) -> None:
        self.made: dict[str, dict[str, Any]] = {AMBER["id"]: AMBER}
        self.names = Names(view)
        self.stamp = max((one.last for one in view.clusters if one.last), default=NO_TIME)
        self.producer = self._add("identity", name="afterpatch", identity_class="system")

    def cluster(self, one: Cluster) -> None:
        """A grouping of what ties the servers of a cluster."""
        links = [link for link in one.links if not self.names.in_text(link.value)]
        tied = [self._indicator(link, one) for link in links[:INDICATORS]]
        refs = list(dict.fromkeys(ref for ref in tied if ref))
        words = "; ".join(
            visible(f"{link.kind} {link.value} on {counted(link.servers, 'server')}", 300)
            for link in links[:20]
        )
        self._add(
            "grouping",
            name=one.id,
            description=(
                f"Intruders of {counted(one.servers, 'server')} that share infrastructure, seen "
                f"from {utc(one.first)} to {utc(one.last)}. A cluster, not a named group. "
                f"Tied by: {words or 'what names a server or its owner'}."
            ),
            labels=["cluster"],
            context="suspicious-activity",
            object_refs=refs or [self.producer],
        )

    def _indicator(self, link: Link, one: Cluster) -> str | None:
        kind = _KINDS.get(link.kind)
        if kind is None or (kind == "sha256" and not _SHA256.fullmatch(link.value)):
            return None
        indicator = Indicator(kind, link.value)
        pattern = pattern_of(indicator)
        if pattern is None:
            return None
        return self._add(
            "indicator",
            name=visible(f"{link.kind}: {link.value}", NAME_CHARACTERS),
            description=f"Met on {counted(link.servers, 'server')} of {one.id}: {link.why}.",
            indicator_types=["malicious-activity"],
            pattern=pattern,
            pattern_type="stix",
            valid_from=one.first or NO_TIME,
        )

    def _add(self, kind: str, **properties: Any) -> str:
        body = {
            "type": kind,
            "spec_version": "2.1",
            "created_by_ref": getattr(self, "producer", None),
            "created": self.stamp,
            "modified": self.stamp,
            **properties,
            "object_marking_refs": [AMBER["id"]],
        }
        body = defused({key: value for key, value in body.items() if value not in (None, "", [])})
        name = f"{kind}--{content_id(canonical(body))}"
        self.made.setdefault(name, {"type": kind, "id": name, **body})
        return name
