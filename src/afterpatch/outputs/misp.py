"""`indicators.misp.json`: what to look for, as a MISP event.

Source: "MISP core format" (Internet-Draft draft-dulaunoy-misp-core-format); objects are those of
the standard templates, whose UUIDs and versions stand below. Only what is an indicator has
`to_ids`. The event is for the organization that loads it (`distribution` 0) and tagged tlp:amber.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from afterpatch.limits import NAME_CHARACTERS
from afterpatch.outputs.format import Dossier
from afterpatch.outputs.indicators import (
    PAGE,
    THINGS,
    Indicator,
    content_id,
    indicators,
    last_time,
    own_addresses,
    told,
)
from afterpatch.outputs.text import defused, visible
from afterpatch.times import seconds

Json = dict[str, Any]
Value = tuple[str, str, Indicator | None]  # relation, text, the indicator that it is, if any


class Template(Struct, frozen=True):
    """A template of an object, with the types of those of its relations that are filled."""

    name: str
    uuid: str
    version: str
    meta: str
    description: str
    relations: dict[str, str]


_FILE = Template(
    "file", "688c46fb-5edb-40a3-8273-1af7923e2215", "25", "file", "A file on the server.",
    {"filename": "filename", "fullpath": "text", "sha256": "sha256"},
)  # fmt: skip
_REQUEST = Template(
    "http-request", "b4a8d163-8110-4239-bfcf-e08f3a9fdf7b", "4", "network",
    "A request to the web server.", {"uri": "uri"},
)  # fmt: skip
_ACCOUNT = Template(
    "user-account", "49606b06-22f0-4ac8-8eee-2f12ad46f3d3", "6", "misc", "An account.",
    {"username": "text"},
)  # fmt: skip
TEMPLATES = (_FILE, _REQUEST, _ACCOUNT)
_TRAFFIC = {"address": "ip-src", "user agent": "user-agent"}
_CATEGORIES = {
    "filename": "Artifacts dropped",
    "ip-src": "Network activity",
    "sha256": "Artifacts dropped",
    "text": "Artifacts dropped",
    "uri": "Network activity",
    "user-agent": "Network activity",
    "vulnerability": "External analysis",
}
_THREAT_LEVELS = {"attempted": "3", "exposed": "3", "no evidence": "4", "not assessed": "4"}
_HIGH = "1"
_COMPLETED = "2"  # of the analysis


def render(dossier: Dossier) -> Iterator[bytes]:
    """Yields the event as JSON."""
    yield msgspec.json.format(msgspec.json.encode({"Event": _Event(dossier).build()}), indent=2)
    yield b"\n"


class _Event:
    """The event of one dossier. Every UUID is made over that of the event and what it names."""

    def __init__(self, dossier: Dossier) -> None:
        self.dossier = dossier
        self.answer = dossier.assessment
        last = last_time(dossier)
        self.date, self.timestamp = last[:10], str(max(0, int(seconds(last))))
        answer = msgspec.json.encode(defused(msgspec.to_builtins(self.answer)))
        self.uuid = content_id("misp event", hashlib.sha256(answer).hexdigest())

    def build(self) -> Json:
        grade = self.answer.verdict.grade
        found = indicators(self.dossier)
        return {
            "uuid": self.uuid,
            "info": visible(f"Exchange server {self.answer.host.name}: {grade}", NAME_CHARACTERS),
            "date": self.date,
            "timestamp": self.timestamp,
            "published": False,
            "analysis": _COMPLETED,
            "threat_level_id": _THREAT_LEVELS.get(grade, _HIGH),
            "distribution": "0",
            "Orgc": {"name": "afterpatch", "uuid": content_id("misp organization")},
            "Tag": [{"name": "tlp:amber", "colour": "#FFC000"}],
            "Attribute": [
                *self._traffic(found),
                *self._scanners(),
                *self._vulnerabilities(),
                *self._things(),
            ],
            "Object": [*self._pages(found), *self._tools(found), *self._accounts(found)],
        }

    def _traffic(self, found: Sequence[Indicator]) -> Iterator[Json]:
        for one in found:
            if one.kind in _TRAFFIC:
                yield self._attribute(_TRAFFIC[one.kind], one.value, _of(one), one)

    def _scanners(self) -> Iterator[Json]:
        """The addresses of scanners, marked so."""
        own = own_addresses(self.dossier)
        for who in self.answer.operators:
            if who.class_ == "scanner":
                for address in who.addresses:
                    if address in own:
                        yield self._attribute(
                            "ip-src", own[address], f"{who.id}: scanner, attempts"
                        )

    def _vulnerabilities(self) -> Iterator[Json]:
        through = [chain for chain in self.answer.chains if chain.outcome == "exploited"]
        for cve in sorted({cve for chain in through for cve in chain.cves}):
            yield self._attribute("vulnerability", cve, "exploited")

    def _things(self) -> Iterator[Json]:
        for door in self.answer.backdoors:
            if door.kind in THINGS:
                yield self._attribute("text", told(door), door.kind)

    def _pages(self, found: Sequence[Indicator]) -> Iterator[Json]:
        """A file and a request for each page, whichever of them is known."""
        for door in self.answer.backdoors:
            if door.kind != PAGE:
                continue
            of_door = [one for one in found if door.id in one.backdoors]
            path = [one for one in of_door if one.kind == "path"]
            hashes = [("sha256", one.value, one) for one in of_door if one.kind == "sha256"]
            where = [("fullpath", door.path, path[0] if path else None)] if door.path else []
            if where or hashes:
                yield self._object(_FILE, told(door), [*where, *hashes])
            for one in of_door:
                if one.kind == "page":
                    yield self._object(_REQUEST, told(door), [("uri", one.value, one)])

    def _tools(self, found: Sequence[Indicator]) -> Iterator[Json]:
        for one in found:
            if one.kind == "sha256" and not one.backdoors:
                named = [("filename", one.name, None)] if one.name else []
                yield self._object(_FILE, _of(one), [*named, ("sha256", one.value, one)])

    def _accounts(self, found: Sequence[Indicator]) -> Iterator[Json]:
        for one in found:
            if one.kind == "account":
                yield self._object(_ACCOUNT, _of(one), [("username", one.value, one)])

    def _attribute(self, kind: str, value: str, comment: str, one: Indicator | None = None) -> Json:
        """An attribute, for detection if it is an indicator and the text gives it exactly."""
        shown = visible(value)
        attribute: Json = {
            "uuid": content_id(self.uuid, kind, value, comment),
            "type": kind,
            "category": _CATEGORIES[kind],
            "value": shown,
            "to_ids": one is not None and shown == value,
            "distribution": "0",
            "timestamp": self.timestamp,
            "comment": visible(comment),
        }
        if one is not None and one.first:
            attribute["first_seen"], attribute["last_seen"] = one.first, one.last
        return attribute

    def _object(self, template: Template, comment: str, values: Sequence[Value]) -> Json:
        """An object of these values."""
        uuid = content_id(
            self.uuid, template.name, *(f"{name} {value}" for name, value, _ in values)
        )
        return {
            "uuid": uuid,
            "name": template.name,
            "template_uuid": template.uuid,
            "template_version": template.version,
            "meta-category": template.meta,
            "description": template.description,
            "distribution": "0",
            "timestamp": self.timestamp,
            "comment": visible(comment),
            "Attribute": [
                {
                    **self._attribute(template.relations[name], value, comment, one),
                    "uuid": content_id(uuid, name, value),
                    "object_relation": name,
                }
                for name, value, one in values
            ],
        }


def _of(one: Indicator) -> str:
    return f"of {', '.join((*one.operators, *one.backdoors)) or 'an intruder'}"
