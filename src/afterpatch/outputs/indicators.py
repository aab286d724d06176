"""What of a dossier may be looked for elsewhere, decided once for every format that is shared.

Only what is proved and what nobody else has: an intruder's own address, a planted page by its path,
URL and hash, a tool by its hash, an unusual user agent, an account that was made. What a sweep
refused to follow, what others share, and whatever is a scanner's or a bystander's never is one.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from ipaddress import ip_address, ip_network
from typing import Literal
from urllib.parse import unquote
from uuid import UUID, uuid5

from msgspec import Struct

from afterpatch.model import Backdoor, Finding, Trace
from afterpatch.outputs.format import Dossier, in_time
from afterpatch.outputs.text import encodable, utc
from afterpatch.outputs.timeline import is_time

Kind = Literal["account", "address", "page", "path", "sha256", "user agent"]

PAGE = "web shell"  # the kind of backdoors that are pages
# Kinds of backdoors that name things; those of the others may name people of the house.
THINGS = frozenset(
    (
        "IIS handler", "IIS module", "WMI subscription", "add-in", "remote tool", "run key",
        "scheduled task", "service", "transport agent", "virtual directory",
    )
)  # fmt: skip
_NAMESPACE = UUID("328cb915-9b57-43fe-a026-9f54c2c1aefa")
NO_TIME = "1970-01-01T00:00:00.000Z"  # of a dossier in which nothing has a time
_SHA256 = re.compile(r"[0-9a-f]{64}", re.IGNORECASE)
_CREATED = re.compile(r"T1136(\.\d{3})?")  # ATT&CK: Create Account
# Rules for making accounts by a command see those too that put somebody into a group.
_CREATES = re.compile(r"\buser\s.*\s/add\b|\bnew-\w*(?:user|mailbox)\b", re.IGNORECASE | re.DOTALL)
# Many networks have the same (RFC 1918, 6598, 4193, 3927, 4291), so elsewhere they mean nobody.
_INSIDE = tuple(
    map(
        ip_network,
        (
            "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "127.0.0.0/8",
            "169.254.0.0/16", "0.0.0.0/8", "fc00::/7", "fe80::/10", "::/127",
        ),
    )
)  # fmt: skip


class Indicator(Struct, frozen=True, order=True):
    """One thing to look for, as the evidence spells it.

    `records` counts what the evidence holds of it, `first` and `last` are the times of these.
    `operators` and `backdoors` are the ids it belongs to; `name` is what a hash is of.
    """

    kind: Kind
    value: str
    first: str | None = None
    last: str | None = None
    records: int = 0
    operators: tuple[str, ...] = ()
    backdoors: tuple[str, ...] = ()
    name: str = ""


class Span(Struct):
    """The records that hold one thing: how many, by whom, and the first and the last time."""

    times: list[str] = []
    records: int = 0
    operators: set[str] = set()
    name: str = ""

    def add(self, told: Finding | Trace, operator: str | None) -> None:
        self.records += 1
        if told.when and is_time(told.when):
            times = [*self.times, told.when]
            self.times = [min(times), max(times)]
        if operator:
            self.operators.add(operator)


def indicators(dossier: Dossier) -> tuple[Indicator, ...]:
    """All indicators of a dossier, in order of kind and value."""
    spans = _spans(dossier)
    found = [*_addresses(dossier, spans), *_pivots(dossier, spans)]
    found += [*_pages(dossier), *_accounts(dossier)]
    # One thing may be told twice: the same page planted at two places.
    merged: dict[tuple[str, str], Indicator] = {}
    for one in sorted(found, key=lambda i: (i.kind, i.value, i.backdoors)):
        known = merged.get((one.kind, one.value))
        merged[one.kind, one.value] = _joined(known, one) if known else one
    return tuple(merged.values())


def _joined(one: Indicator, other: Indicator) -> Indicator:
    times = [t for t in (one.first, one.last, other.first, other.last) if t]
    return Indicator(
        one.kind,
        one.value,
        min(times, default=None),
        max(times, default=None),
        one.records + other.records,
        _ordered((*one.operators, *other.operators)),
        _ordered((*one.backdoors, *other.backdoors)),
        one.name or other.name,
    )


def _ordered(ids: Iterable[str]) -> tuple[str, ...]:
    """Ids once each, `op-2` before `op-10`."""
    return tuple(sorted(set(ids), key=lambda name: (len(name), name)))


def _spans(dossier: Dossier) -> dict[tuple[str, str], Span]:
    """The records of intruders by address and by agent, and by id those that taught a hash."""
    intruders = {who.id for who in dossier.assessment.operators if who.class_ == "intruder"}
    taught = {r for p in dossier.assessment.pivots if p.kind == "hash" for r in p.taught_by}
    spans: dict[tuple[str, str], Span] = defaultdict(Span)
    for told in in_time(dossier):
        operator = dossier.operator_of.get(told.id)
        if told.id in taught:
            span = spans["record", told.id]
            span.add(told, operator)
            span.name = told.facts.get("image", "").rpartition("\\")[2]
        if operator in intruders:
            if told.actor.address:
                spans["address", told.actor.address].add(told, operator)
            if told.actor.user_agent:
                spans["user agent", plain_agent(told.actor.user_agent)].add(told, operator)
    return spans


def own_addresses(dossier: Dossier) -> dict[str, str]:
    """The addresses that one intruder or scanner alone has, as the evidence writes them, each with
    its usual spelling.

    Left out are those that others come from too, those refused as a pivot, those of networks that
    are not of the internet, and those of a scanner that may be an administrator.
    """
    answer = dossier.assessment
    refused = {p.value for p in answer.pivots if (p.kind, p.state) == ("address", "refused")}
    shared = {address for who in answer.operators for address in who.shared_addresses}
    scanned = {f.actor.address for f in dossier.findings if _is_probe(f)}
    found = {}
    for who in answer.operators:
        for address in who.addresses:
            known = who.class_ == "intruder" or (who.class_ == "scanner" and address in scanned)
            plain = _on_the_internet(address) if known else None
            if plain and address not in shared | refused:
                found[address] = plain
    return found


def _is_probe(finding: Finding) -> bool:
    return finding.look_alike is None or finding.look_alike.startswith(("scanner: ", "probe: "))


def _on_the_internet(text: str) -> str | None:
    try:
        address = ip_address(text)
    except ValueError:
        return None
    if address.version == 6:
        if address.scope_id:
            return None
        address = address.ipv4_mapped or address
    inside = any(address in net for net in _INSIDE if net.version == address.version)
    return None if inside or address.is_multicast else str(address)


def _addresses(dossier: Dossier, spans: dict[tuple[str, str], Span]) -> list[Indicator]:
    own = own_addresses(dossier)
    return [
        _of_span("address", own[address], spans.get(("address", address)), who.id)
        for who in dossier.assessment.operators
        if who.class_ == "intruder"
        for address in who.addresses
        if address in own
    ]


def _of_span(kind: Kind, value: str, span: Span | None, operator: str = "") -> Indicator:
    span = span or Span()
    names = {*span.operators, operator} - {""}
    first, last = (span.times[0], span.times[-1]) if span.times else (None, None)
    return Indicator(kind, value, first, last, span.records, _ordered(names), (), span.name)


def _pivots(dossier: Dossier, spans: dict[tuple[str, str], Span]) -> list[Indicator]:
    found = []
    for pivot in dossier.assessment.pivots:
        if pivot.state != "followed":
            continue
        # What browsers call themselves means many others elsewhere, however rare it is here.
        if pivot.kind == "user agent" and not pivot.value.lower().startswith("mozilla/"):
            span = spans.get(("user agent", plain_agent(pivot.value)))
            found.append(_of_span("user agent", pivot.value, span))
        elif pivot.kind == "hash" and _SHA256.fullmatch(pivot.value):
            one = _of_span("sha256", pivot.value.lower(), None)
            for record in pivot.taught_by:
                told = _of_span("sha256", one.value, spans.get(("record", record)))
                one = _joined(one, told)
            found.append(one)
    return found


def plain_url(url: str) -> str:
    """One spelling for all that the web server takes for the same path."""
    return re.sub("//+", "/", unquote(url)).lower()


def plain_agent(agent: str) -> str:
    """One spelling of a user agent for all logs."""
    # IIS writes "+" for a blank, HttpProxy blanks for commas.
    return re.sub(r"[,+\s]+", " ", agent).strip().lower()


def _pages(dossier: Dossier) -> Iterator[Indicator]:
    """Path and URL of each page unless ordinary people ask for it too, and its hash where it was
    read."""
    answer = dossier.assessment
    intruders = {who.id for who in answer.operators if who.class_ == "intruder"}
    followed = {p.value for p in answer.pivots if (p.kind, p.state) == ("page", "followed")}
    files = door_files(dossier)
    for door in answer.backdoors:
        if door.kind != PAGE:
            continue
        visitors = [v for v in door.visitors if v.operator in intruders]
        planters = intruders.intersection(door.planted_by)
        whose = _ordered((*planters, *(v.operator for v in visitors)))
        planted = time_or_none(door.planted)
        known = plain_url(door.url or "") in followed
        if door.url and known:
            met = [t for v in visitors for t in (v.first, v.last) if t and is_time(t)]
            times = min(met, default=None), max(met, default=None)
            yield Indicator(
                "page", door.url, *times, sum(v.count for v in visitors), whose, (door.id,)
            )
        if door.path and (known or not door.url):
            yield Indicator("path", door.path, planted, planted, 1, whose, (door.id,))
        for sha256 in files.get(door.id, ()):
            name = (door.path or "").rpartition("\\")[2]
            yield Indicator("sha256", sha256, planted, planted, 1, whose, (door.id,), name)


def time_or_none(when: str | None) -> str | None:
    """The time, where it is one of the calendar."""
    return when if when and is_time(when) else None


def door_files(dossier: Dossier) -> dict[str, list[str]]:
    """SHA-256 of the files in the evidence that are a backdoor's page itself, by its id."""
    read: dict[str, set[str]] = {
        door.path.lower(): set()
        for door in dossier.assessment.backdoors
        if door.path and door.kind == PAGE and door.evidence_state == "file"
    }
    for file in dossier.evidence if read else ():
        hashes = read.get(file.path.lower())
        if hashes is not None and file.size and _SHA256.fullmatch(file.sha256):
            hashes.add(file.sha256.lower())
    return {
        door.id: sorted(read[door.path.lower()])
        for door in dossier.assessment.backdoors
        if door.path and door.path.lower() in read
    }


def _accounts(dossier: Dossier) -> Iterator[Indicator]:
    """The accounts that were made: one that was only made mightier is somebody's own."""
    making = {finding.id for finding in dossier.findings if _makes_account(finding)}
    for door in dossier.assessment.backdoors:
        name = door.name or ""
        if door.kind != "account" or not name or name.upper().startswith("S-1-"):
            continue
        if not making.isdisjoint(door.findings):
            made = time_or_none(door.planted)
            yield Indicator("account", name, made, made, 1, door.planted_by, (door.id,))


def _makes_account(finding: Finding) -> bool:
    """Whether it tells, without an innocent reading, that the account was not there before."""
    command = finding.object.command
    return (
        finding.outcome != "attempt"
        and finding.look_alike is None
        and any(map(_CREATED.fullmatch, finding.technique))
        and (not command or _CREATES.search(command) is not None)
    )


def told(door: Backdoor) -> str:
    """Says in words what a backdoor is and what the evidence shows of it."""
    names = dict.fromkeys(filter(None, (door.name, door.path, door.url)))
    parts = [
        f"{door.id}: {door.kind} {', '.join(names)}",
        f"planted {utc(door.planted)} by {', '.join(door.planted_by) or 'unknown'}",
        f"known from {door.evidence_state}",
        f"still stands: {door.still_stands}",
    ]
    if door.family:
        parts.insert(1, f"family {door.family}")
    return "; ".join(parts)


def last_time(dossier: Dossier) -> str:
    """The last time of which the evidence tells; that of the epoch where it tells of none."""
    answer = dossier.assessment
    times = [row.to for row in answer.coverage] + [who.last for who in answer.operators]
    times += [told.when for told in in_time(dossier)]
    return max((t for t in times if t and is_time(t)), default=NO_TIME)


def content_id(*parts: str) -> str:
    """A UUID that is the same wherever the same content is (RFC 9562, version 5)."""
    return str(uuid5(_NAMESPACE, encodable("\0".join(parts))))
