"""`bundle.stix.json`: what was observed and what to look for, as a STIX 2.1 bundle.

Source: OASIS, "STIX Version 2.1" (10 June 2021); sections are named where a rule is taken from one.
Nothing is attributed: no threat actor, campaign or intrusion set; who came is a grouping. Every
object is marked TLP:AMBER. Ids are hashes of the content, and times come from the evidence.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid5

import msgspec
from msgspec import Struct

from afterpatch.limits import NAME_CHARACTERS, OBSERVATIONS
from afterpatch.model import Backdoor, Finding, Operator, Trace
from afterpatch.outputs.format import Dossier, in_time
from afterpatch.outputs.indicators import (
    NO_TIME,
    PAGE,
    THINGS,
    Indicator,
    Span,
    content_id,
    door_files,
    indicators,
    last_time,
    own_addresses,
    plain_agent,
    plain_url,
    time_or_none,
    told,
)
from afterpatch.outputs.text import counted, defused, utc, visible

# Section 2.9: the namespace of ids of observables, and what of each type they are made over.
_OBSERVABLES = UUID("00abedb4-aa42-466c-9c01-fed23315a9b7")
_CONTRIBUTING = {
    "directory": ("path",),
    "file": ("hashes", "name", "parent_directory_ref"),
    "ipv4-addr": ("value",),
    "ipv6-addr": ("value",),
    "network-traffic": ("src_ref", "protocols", "extensions"),
    "user-account": ("account_login",),
}
AMBER: dict[str, Any] = {  # section 7.2.1.4
    "type": "marking-definition",
    "spec_version": "2.1",
    "id": "marking-definition--f88d31f6-486f-44da-b317-01333bde0b82",
    "created": "2017-01-20T00:00:00.000Z",
    "definition_type": "tlp",
    "name": "TLP:AMBER",
    "definition": {"tlp": "amber"},
}
_LABELS = {"intruder": ["intruder"], "scanner": ["scanner", "attempt"]}
_TYPES = {"account": "anomalous-activity", "user agent": "anomalous-activity"}
_CVE = re.compile(r"CVE-\d{4}-\d{4,}", re.ASCII)


def render(dossier: Dossier) -> Iterator[bytes]:
    """Yields the bundle, one object a line."""
    bundle = _Bundle(dossier)
    bundle.fill()
    name = content_id("bundle", *bundle.objects)
    yield f'{{"type":"bundle","id":"bundle--{name}","objects":[\n'.encode()
    for number, one in enumerate(bundle.objects.values()):
        yield (b",\n" if number else b"") + msgspec.json.encode(one)
    yield b"\n]}\n"


# ---------------------------------------------------------------- patterns


def pattern_of(indicator: Indicator) -> str | None:
    """The indicator as a STIX pattern (section 9); None where a pattern can't hold its text."""
    value = indicator.value
    if any("\ud800" <= c <= "\udfff" for c in value):
        return None  # bytes that are no text
    match indicator.kind:
        case "address":
            tests = [_test("ipv6-addr:value" if ":" in value else "ipv4-addr:value", value)]
        case "page":
            tests = [_test("network-traffic:extensions.'http-request-ext'.request_value", value)]
        case "path":
            folder, _, name = value.rpartition("\\")
            tests = [_test("file:name", name)]
            if folder:
                tests.append(_test("file:parent_directory_ref.path", folder))
        case "sha256":
            tests = [_test("file:hashes.'SHA-256'", value)]
        case "user agent":
            header = "network-traffic:extensions.'http-request-ext'.request_header"
            tests = [_test(f"{header}.'User-Agent'[*]", value)]
        case "account":
            tests = [_test("user-account:account_login", value)]
    return f"[{' AND '.join(tests)}]"


def _test(path: str, value: str) -> str:
    """One comparison. What does not print is spelled by its number, in a regular expression."""
    if visible(value) == value:
        return f"{path} = '{_quoted(value)}'"
    spelled = (re.escape(c) if visible(c) == c else f"\\x{{{ord(c):x}}}" for c in value)
    return f"{path} MATCHES '{_quoted('^' + ''.join(spelled) + '$')}'"


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace("'", "\\'")


# ---------------------------------------------------------------- the bundle


class _Sight(Struct, frozen=True):
    """What is the same in all records of one observation; empty where it is not told."""

    address: str
    method: str = ""
    url: str = ""
    agent: str = ""


class _Bundle:
    """The objects of one dossier by id, in the order in which they are referred to.

    `shared` are the ids of all that are no observables, `seen` those of the observed data by what
    they show, `of_hand` those of everything about one operator.
    """

    def __init__(self, dossier: Dossier) -> None:
        self.dossier = dossier
        self.answer = dossier.assessment
        self.objects: dict[str, dict[str, Any]] = {AMBER["id"]: AMBER}
        self.shared: list[str] = []
        self.seen: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
        self.of_hand: defaultdict[str, list[str]] = defaultdict(list)
        self.producer = ""
        self.stamp = NO_TIME  # of the program, which is the same in all bundles
        self.producer = self._add("identity", name="afterpatch", identity_class="system")
        self.stamp = last_time(dossier)
        host = self.answer.host
        self.server = self._add(
            "identity",
            name=_name(host.name) or "Exchange server",
            description=" ".join(filter(None, (host.product, host.build))),
            identity_class="system",
        )

    def fill(self) -> None:
        """Adds everything that the dossier tells."""
        operators = {who.id: who for who in self.answer.operators if who.class_ in _LABELS}
        left = self._observe(operators)
        files = door_files(self.dossier)
        pages = {
            door.id: self._page(door, files) for door in self.answer.backdoors if door.kind == PAGE
        }
        for door in self.answer.backdoors:
            if door.kind in THINGS:
                self._add(
                    "note",
                    abstract=_name(f"Backdoor {door.id}: {door.kind}"),
                    content=told(door),
                    object_refs=[self.server],
                )
        indicated, unsaid = self._indicate(pages)
        self._group(operators)
        through = [chain for chain in self.answer.chains if chain.outcome == "exploited"]
        for cve in sorted({cve for c in through for cve in c.cves if _CVE.fullmatch(cve)}):
            self._add(
                "vulnerability",
                name=cve,
                external_references=[{"source_name": "cve", "external_id": cve}],
            )
        # The sentence of the verdict may name people of the house.
        found = self.answer.verdict
        notes = [f"Proved: {', '.join(found.reached) or 'nothing'}. Coverage: {found.coverage}."]
        if left:
            notes.append(f"Of operators with many, not told apart: {counted(left, 'record')}.")
        if unsaid:
            notes.append(f"Not to be written as a pattern: {counted(unsaid, 'indicator')}.")
        self._add(
            "report",
            name=_name(f"Exchange server {self.answer.host.name}: {found.grade}"),
            description=" ".join(notes),
            report_types=["observed-data", *(["indicator"] if indicated else [])],
            published=self.stamp,
            object_refs=list(dict.fromkeys(self.shared)),
        )

    def _add(self, kind: str, **properties: Any) -> str:
        """Adds an object that is no observable, and returns its id."""
        one = {
            "type": kind,
            "spec_version": "2.1",
            "created_by_ref": self.producer,
            "created": self.stamp,
            "modified": self.stamp,
            **properties,
            "object_marking_refs": [AMBER["id"]],
        }
        one = defused({key: value for key, value in one.items() if value not in (None, "", [])})
        name = f"{kind}--{content_id(canonical(one))}"
        self.objects.setdefault(name, {"type": kind, "id": name, **one})
        self.shared.append(name)
        return name

    def _observable(self, kind: str, **properties: Any) -> str:
        """Adds an observable, and returns its id."""
        one = defused({key: value for key, value in properties.items() if value})
        over = {key: one[key] for key in _CONTRIBUTING.get(kind, ()) if key in one}
        number = str(uuid5(_OBSERVABLES, canonical(over))) if over else content_id(canonical(one))
        name = f"{kind}--{number}"
        marks = {"object_marking_refs": [AMBER["id"]]}
        self.objects.setdefault(
            name, {"type": kind, "spec_version": "2.1", "id": name, **one, **marks}
        )
        return name

    def _address(self, plain: str) -> str:
        return self._observable("ipv6-addr" if ":" in plain else "ipv4-addr", value=plain)

    def _file(self, path: str, sha256: str | None) -> str:
        folder, _, name = path.rpartition("\\")
        return self._observable(
            "file",
            hashes={"SHA-256": sha256} if sha256 else None,
            name=name or path,
            parent_directory_ref=self._observable("directory", path=folder) if folder else None,
        )

    # ------------------------------------------------------------ what was seen

    def _observe(self, operators: dict[str, Operator]) -> int:
        """Adds what each operator was seen to do; returns how many records are not told apart."""
        own = own_addresses(self.dossier)
        spans: defaultdict[str, dict[_Sight, Span]] = defaultdict(dict)
        left = 0
        for record in in_time(self.dossier):
            who = operators.get(self.dossier.operator_of.get(record.id, ""))
            if who is None or (sight := self._sight(record, who, own)) is None:
                continue
            of_hand = spans[who.id]
            if sight not in of_hand and len(of_hand) >= OBSERVATIONS:
                left += 1
                continue
            of_hand.setdefault(sight, Span()).add(record, who.id)
        for who in operators.values():
            for sight, span in spans[who.id].items():
                name = self._observed(self._shown(sight), span, _LABELS[who.class_])
                self.of_hand[who.id].append(name)
                for key in (
                    ("address", sight.address),
                    ("page", plain_url(sight.url)),
                    ("user agent", plain_agent(sight.agent)),
                ):
                    self.seen[key].append(name)
        return left

    def _sight(self, record: Finding | Trace, who: Operator, own: dict[str, str]) -> _Sight | None:
        """What is shared of a record: what an intruder asked of a door, and that anybody came from
        an own address. Commands are not: they may hold names and passwords of the house."""
        address = own.get(record.actor.address or "", "")
        if not address:
            return None
        method, url = record.facts.get("method"), record.object.url
        at_door = record.id in self.dossier.backdoors_of
        if who.class_ == "intruder" and at_door and method and url:
            return _Sight(address, method, url, record.actor.user_agent or "")
        return _Sight(address)

    def _shown(self, sight: _Sight) -> list[str]:
        address = self._address(sight.address)
        if not sight.url:
            return [address]
        request: dict[str, Any] = {"request_method": sight.method, "request_value": sight.url}
        if sight.agent:
            request["request_header"] = {"User-Agent": [sight.agent]}
        return [
            address,
            self._observable(
                "network-traffic",
                src_ref=address,
                protocols=["tcp", "http"],
                extensions={"http-request-ext": request},
            ),
        ]

    def _observed(self, refs: list[str], span: Span, labels: list[str]) -> str:
        first, last = (span.times[0], span.times[-1]) if span.times else (self.stamp, self.stamp)
        return self._add(
            "observed-data",
            labels=labels,
            first_observed=first,
            last_observed=last,
            number_observed=max(span.records, 1),
            object_refs=refs,
        )

    # ------------------------------------------------------------ what was left

    def _page(self, door: Backdoor, files_of: dict[str, list[str]]) -> str:
        files = []
        if door.path:
            hashes: list[str | None] = [*files_of.get(door.id, ())]
            files = [self._file(door.path, sha256) for sha256 in hashes or [None]]
        planted = time_or_none(door.planted)
        if files:
            span = Span([planted] if planted else [], len(files))
            name = self._observed(files, span, ["backdoor"])
            self.seen["door", door.id].append(name)
        title = (door.path or "").rpartition("\\")[2] or (door.url or "").rpartition("/")[2]
        name = self._add(
            "malware",
            name=_name(title) or PAGE,
            description=told(door),
            malware_types=["webshell"],
            is_family=False,
            first_seen=planted,
            sample_refs=files,
        )
        for operator in door.planted_by:
            self.of_hand[operator].append(name)
        return name

    # ------------------------------------------------------------ what to look for

    def _indicate(self, pages: dict[str, str]) -> tuple[int, int]:
        """Adds the indicators with what they indicate and where they were sighted; returns how
        many there are, and how many more have no pattern."""
        networks: dict[str, str] = {}
        found = [(one, pattern_of(one)) for one in indicators(self.dossier)]
        written = [(one, pattern) for one, pattern in found if pattern is not None]
        for one, pattern in written:
            name = self._add(
                "indicator",
                name=_name(f"{one.kind} {one.name or one.value}"),
                description=f"Of {', '.join((*one.operators, *one.backdoors)) or 'an intruder'}.",
                indicator_types=[_TYPES.get(one.kind, "malicious-activity")],
                pattern=pattern,
                pattern_type="stix",
                valid_from=one.first or self.stamp,
            )
            targets = [pages[door] for door in one.backdoors if door in pages]
            if one.kind == "address":
                targets += [self._network(who, one, networks) for who in one.operators]
            elif one.kind == "sha256" and not targets:
                tool = self._add("tool", name=_name(one.name) or "program", tool_types=["unknown"])
                targets = [tool]
            elif one.kind == "account":
                refs = [self._observable("user-account", account_login=one.value)]
                span = Span([one.first] if one.first else [], 1)
                self.seen["account", one.value].append(self._observed(refs, span, ["backdoor"]))
            for target in targets:
                self._relate("indicates", name, target)
            for operator in one.operators:
                self.of_hand[operator] += [name, *targets]
            self._sighting(one, name)
        return len(written), len(found) - len(written)

    def _network(self, operator: str, one: Indicator, known: dict[str, str]) -> str:
        """The addresses of one operator as one infrastructure."""
        if operator not in known:
            known[operator] = self._add(
                "infrastructure",
                name=f"Addresses of {operator}",
                infrastructure_types=["unknown"],
            )
        self._relate("consists-of", known[operator], self._address(one.value))
        return known[operator]

    def _relate(self, kind: str, source: str, target: str) -> None:
        self._add("relationship", relationship_type=kind, source_ref=source, target_ref=target)

    def _sighting(self, one: Indicator, name: str) -> None:
        keys = {
            "page": [("page", plain_url(one.value))],
            "user agent": [("user agent", plain_agent(one.value))],
            "address": [("address", one.value)],
            "account": [("account", one.value)],
        }.get(one.kind, [("door", door) for door in one.backdoors])
        if one.records:
            self._add(
                "sighting",
                first_seen=one.first,
                last_seen=one.last,
                count=one.records,
                sighting_of_ref=name,
                observed_data_refs=list(dict.fromkeys(o for key in keys for o in self.seen[key])),
                where_sighted_refs=[self.server],
            )

    # ------------------------------------------------------------ who

    def _group(self, operators: dict[str, Operator]) -> None:
        """Adds a grouping for each intruder, and one for all scanners."""
        probes: list[str] = []
        for who in operators.values():
            if who.class_ == "scanner":
                probes += self.of_hand[who.id]
            elif refs := self.of_hand[who.id]:
                seen = f"Seen from {utc(who.first)} to {utc(who.last)}."
                self._add(
                    "grouping",
                    name=who.id,
                    description=" ".join((seen, "; ".join(who.actions))),
                    labels=_LABELS["intruder"],
                    context="suspicious-activity",
                    object_refs=list(dict.fromkeys(refs)),
                )
        if probes:
            self._add(
                "grouping",
                name="Scanners",
                description="Who only asked what scanners ask.",
                labels=_LABELS["scanner"],
                context="unspecified",
                object_refs=list(dict.fromkeys(probes)),
            )


def _name(text: str) -> str:
    return visible(text, NAME_CHARACTERS)


def canonical(value: Any) -> str:
    """The text of RFC 8785 for what is made of texts, whole numbers and keys in ASCII."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
