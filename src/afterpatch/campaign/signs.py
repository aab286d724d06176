"""What an intruder leaves on one server that may be met on another, and what it weighs.

Three is enough to tie two hands. An address, a parameter that only some can know and the hash of a
program of its own weigh that much alone, if they are not refused (`clusters.py`). What others may
have come by in their own way (a user agent, the name of a page, of a program) weighs less, and
counts only beside another sign.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from ipaddress import ip_address, ip_network

from msgspec import Struct

from afterpatch import knowledge
from afterpatch.campaign.dossiers import Door, Operator, Slim, known_time
from afterpatch.outputs.campaign_view import SignKind

__all__ = ["ENOUGH", "Hand", "Sign", "hands_of", "is_inside"]

ENOUGH = 3
AGENTS = 50  # of one intruder that are compared
LONGEST = 500  # characters of a sign; what is longer was not made to be met again
_INSIDE = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16",
        "172.16.0.0/12", "192.168.0.0/16", "224.0.0.0/3", "::/127", "fc00::/7", "fe80::/10",
        "ff00::/8",
    )
)  # fmt: skip
_KINDS: Mapping[str, tuple[SignKind, int]] = {
    "parameter": ("parameter", 3),
    "hash": ("program", 3),
    "tool": ("program", 1),
    "user agent": ("user agent", 2),
}
_TOKEN = re.compile(r"[A-Za-z0-9]{6,64}")
_PART = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|[0-9]+")
# Of the name of a page: what a program made up has no word in it.
_LONG = 8


class Sign(Struct, frozen=True, order=True):
    """One thing that may be met again. Equal signs are the same thing."""

    kind: SignKind
    value: str
    weight: int


class Hand(Struct, frozen=True):
    """An intruder on one server. `acts`: it planted, ran something or forged requests, so that it
    is no scanner that came upon a page. `agents` are all that it called itself."""

    server: str
    operator: str
    first: str | None
    last: str | None
    acts: bool
    signs: tuple[Sign, ...]
    agents: tuple[str, ...] = ()


def hands_of(server: str, found: Slim) -> list[Hand]:
    """The intruders of one server with their signs."""
    who = [operator for operator in found.operators if operator.class_ == "intruder"]
    owner = {finding: o.id for o in who for finding in o.findings}
    forging = {
        address
        for chain in found.chains
        if chain.outcome in ("reached", "exploited")
        for address in chain.sources
    }
    learnt: dict[str, set[Sign]] = {operator.id: set() for operator in who}
    for pivot in found.pivots:
        if pivot.state != "followed" or pivot.kind not in _KINDS:
            continue
        kind, weight = _KINDS[pivot.kind]
        if not pivot.value.strip() or len(pivot.value) > LONGEST:
            continue
        if pivot.kind == "user agent" and _has_token(pivot.value):
            weight = ENOUGH
        teachers = {owner[record] for record in pivot.taught_by if record in owner}
        # What only traces taught is the one intruder's, where there is one.
        for operator in teachers or ({who[0].id} if len(who) == 1 else ()):
            learnt[operator].add(Sign(kind, pivot.value, weight))
    doors = {door.id: door for door in found.backdoors}
    return [_hand(server, operator, learnt[operator.id], doors, forging) for operator in who]


def _hand(
    server: str,
    who: Operator,
    learnt: set[Sign],
    doors: Mapping[str, Door],
    forging: set[str],
) -> Hand:
    signs = set(learnt)
    for address in who.addresses:
        if address not in who.shared_addresses and not is_inside(address):
            signs.add(Sign("address", address, ENOUGH))
    planted = [doors[door] for door in who.planted if door in doors]
    for door in planted:
        if name := _page_name(door):
            signs.add(Sign("page name", name, _name_weight(name)))
    return Hand(
        server=server,
        operator=who.id,
        first=known_time(who.first),
        last=known_time(who.last),
        acts=bool(planted or who.commands or forging & {*who.addresses}),
        signs=tuple(sorted(signs)),
        agents=who.user_agents[:AGENTS],
    )


def is_inside(address: str) -> bool:
    """Whether an address is one that many networks use within, or nobody's: it says nothing of who
    came."""
    try:
        found = ip_address(address)
    except ValueError:
        return True
    return any(found in network for network in _INSIDE if network.version == found.version)


def _page_name(door: Door) -> str:
    place = (door.url or door.path or "").replace("\\", "/")
    return place.rpartition("/")[2][:200]


def _name_weight(name: str) -> int:
    """2 for a name that was made up; 0 for one of words, as anybody may take, or known of many."""
    if name.lower() in _known_names() or knowledge.is_stock_page_name(name):
        return 0
    stem = name.partition(".")[0]
    return 2 if len(stem) >= _LONG and _is_made_up(stem) else 0


def _known_names() -> frozenset[str]:
    return frozenset(row.name for row in knowledge.shell_names())


def _has_token(agent: str) -> bool:
    """Whether a user agent holds something that is no word and no version."""
    return any(_is_made_up(token) for token in _TOKEN.findall(agent))


def _is_made_up(text: str) -> bool:
    """Whether it is letters of both cases, or letters and digits, that are no words."""
    mixed = text.lower() != text and text.upper() != text
    return (mixed or (text.isalnum() and not text.isalpha() and not text.isdigit())) and not all(
        part.isdigit() or len(part) > 2 for part in _PART.findall(text)
    )
