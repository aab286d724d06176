"""What was done: all that findings and further sweeps say of one record is one act."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from ipaddress import ip_address, ip_network
from typing import Literal
from urllib.parse import unquote

import msgspec
from msgspec import Struct

from afterpatch.model import Actor, Finding, LeadKind, Object, Provenance, Trace
from afterpatch.times import seconds

__all__ = [
    "Act",
    "Place",
    "acts",
    "by_client",
    "clients_of",
    "is_inside",
    "is_loopback",
    "plain_agent",
    "plain_url",
    "served",
]

# A request as the web server got it, as the front end passed it on, as the back end got it; what
# another log of Exchange says of one; an event of Windows; a file.
Side = Literal["front", "proxy", "back", "exchange", "event", "file"]
Place = tuple[str, str, int, int | None]

_SIDES: dict[str, Side] = {
    "iis": "front",
    "httpproxy": "proxy",
    "httperr": "front",
    "ews": "exchange",
    "rpshttp": "exchange",
    "ecp": "exchange",
    "cmdletinfra": "exchange",
    "cosmosqueue": "exchange",
    "oabgenerator": "exchange",
}
# Addresses that are not routed on the internet (RFC 1918, RFC 4193, loopback)
_INSIDE = tuple(
    map(ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "fc00::/7"))
)
_BACK = re.compile(r"\\w3svc2\\", re.IGNORECASE)


class Act(Struct, frozen=True):
    """One record. `id` is that of its first finding, else of its trace; `at` is `when` in seconds.

    `leads` are what a further sweep found it by.
    """

    id: str
    place: Place
    side: Side
    when: str | None
    at: float | None
    actor: Actor
    object: Object
    facts: dict[str, str]
    raw: str
    findings: tuple[Finding, ...]
    leads: tuple[tuple[LeadKind, str], ...]

    @property
    def records(self) -> frozenset[str]:
        """The ids under which the output knows it: its own, and those of its findings."""
        return frozenset((self.id, *(f.id for f in self.findings)))

    @property
    def is_request(self) -> bool:
        """Whether it is a web request as the server or its front end got it from the client."""
        return self.side in ("front", "proxy")

    @property
    def url(self) -> str | None:
        """The path that was asked for, in one spelling; None for what is no request."""
        return plain_url(self.object.url) if self.object.url else None

    @property
    def agent(self) -> str:
        """The user agent in the one form that all logs leave of it, empty when none is told."""
        return plain_agent(self.actor.user_agent or "")

    @property
    def is_answered(self) -> bool:
        """Whether the server answered as a client wants it."""
        status = self.facts.get("status", "")
        if status:
            return status.startswith("2")
        return any(f.outcome != "attempt" for f in self.findings)

    @property
    def is_refused(self) -> bool:
        """Whether the log tells that what it asked for was not there, or not for it: one may not
        tell, and what runs into an error is there."""
        return self.facts.get("status", "").startswith(("3", "4"))

    @property
    def is_signed_in(self) -> bool:
        """Whether its account, where it names one, is more than what somebody typed: logs name it
        for refused sign-ins too, and the logon page answers these as it does others. Of a file that
        a browser still has the answer is 304."""
        return self.facts.get("status", "2").startswith(("2", "304"))

    @property
    def is_work(self) -> bool:
        """Whether it brings something with it: it posts, or has a query of its own."""
        return self.facts.get("method") == "POST" or bool(self.facts.get("query"))


def acts(findings: Iterable[Finding], traces: Iterable[Trace]) -> tuple[Act, ...]:
    """The acts in order of time and id."""
    found: dict[Place, tuple[list[Finding], list[Trace]]] = {}
    for finding in findings:
        found.setdefault(_place(finding.provenance), ([], []))[0].append(finding)
    for trace in traces:
        found.setdefault(_place(trace.provenance), ([], []))[1].append(trace)
    made = (_act(place, *both) for place, both in found.items())
    return tuple(sorted(made, key=lambda act: (act.when or "~", act.id)))


def by_client(told: Sequence[Act]) -> tuple[Act, ...]:
    """The acts with the address of the client where the log names only who passed it on: IIS may be
    told to log whom a load balancer serves, HttpProxy is not."""
    known = clients_of((a.facts.get("request"), a.actor.address) for a in told if a.side == "front")
    return tuple(
        msgspec.structs.replace(act, actor=actor)
        if act.side in ("proxy", "exchange")
        and (actor := served(act.actor, act.facts, known)) is not act.actor
        else act
        for act in told
    )


def clients_of(asked: Iterable[tuple[str | None, str | None]]) -> dict[str, str]:
    """Addresses of the internet by the id of their request, from pairs of both."""
    return {
        request.lower(): address
        for request, address in asked
        if request and address and not is_inside(address)
    }


def served(actor: Actor, facts: Mapping[str, str], known: Mapping[str, str]) -> Actor:
    """The actor with the client's address, where its own is an inner one and the request of that
    id is known to come from the internet, see `clients_of`."""
    address = known.get(facts.get("request", "").lower())
    if address is None or actor.address is None or not is_inside(actor.address):
        return actor
    return msgspec.structs.replace(actor, address=address)


def _place(where: Provenance) -> Place:
    return where.evidence, where.member_name or where.member, where.offset, where.line


def _act(place: Place, findings: Sequence[Finding], traces: Sequence[Trace]) -> Act:
    first: Finding | Trace = findings[0] if findings else traces[0]
    facts: dict[str, str] = {}
    both: tuple[Finding | Trace, ...] = (*traces, *findings)
    for one in both:
        for name, value in one.facts.items():
            facts.setdefault(name, value)
    side = _SIDES.get(first.artifact)
    if side is None:
        side = "event" if first.artifact.startswith(("evtx", "events_")) else "file"
    # The back end's log has the same form as that of the site the internet sees.
    backward = facts.get("back_end") == "true" or _BACK.search(first.provenance.member)
    if side == "front" and (backward or any("-backend-" in f.rule for f in findings)):
        side = "back"
    when = first.when
    return Act(
        id=first.id,
        place=place,
        side=side,
        when=when,
        at=seconds(when) if when else None,
        actor=Actor(
            next((o.actor.address for o in both if o.actor.address), None),
            next((o.actor.user_agent for o in both if o.actor.user_agent), None),
            next((o.actor.account for o in both if o.actor.account), None) or _logged_on(facts),
        ),
        object=Object(
            next((o.object.path for o in both if o.object.path), None),
            next((o.object.url for o in both if o.object.url), None),
            next((o.object.command for o in both if o.object.command), None),
        ),
        facts=facts,
        raw=first.raw,
        findings=tuple(findings),
        leads=tuple(sorted({lead for trace in traces for lead in trace.leads})),
    )


def _logged_on(facts: dict[str, str]) -> str | None:
    """The account of a logon that Windows tells of (Security event 4624)."""
    return facts.get("user") if facts.get("event") == "4624" else None


@lru_cache(maxsize=65_536)
def plain_url(url: str) -> str:
    """One spelling for all that the web server takes for the same path."""
    return re.sub("//+", "/", unquote(url)).lower()


@lru_cache(maxsize=65_536)
def plain_agent(agent: str) -> str:
    """One spelling of a user agent: IIS writes "+" for a blank, HttpProxy blanks for commas."""
    return "" if agent == "-" else re.sub(r"[,+\s]+", " ", agent).strip().lower()


@lru_cache(maxsize=4096)
def is_loopback(address: str) -> bool:
    """Whether the address is the server's own, by which its services speak to each other."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    return found.is_loopback or found.is_link_local


@lru_cache(maxsize=65_536)
def is_inside(address: str) -> bool:
    """Whether the address is one of a network of somebody's own, not of the internet."""
    try:
        found = ip_address(address)
    except ValueError:
        return False
    return any(found in network for network in _INSIDE if network.version == found.version)
