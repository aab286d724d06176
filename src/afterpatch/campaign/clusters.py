"""Joins intruders of different servers by what they have in common, and refuses what all have.

First everything is refused that is common by its nature (an address inside, a name that is known)
or by measure: an address that scans more than it acts, that ordinary users come from, a user agent
that ordinary clients have. The rest is taken in order of strength. Before a sign joins groups they
are held against each other: two that each have a secret of their own, met on more than one server,
and share none, are two. A sign that would make them one is behind both like an exit, or comes with
a tool that both use: it is refused. So an address can't make two hands one that their parameters
and programs keep apart. Address and parameter tie those alone that have a user agent in common, be
it one that many have.

A dossier may have taken two intruders for one; such a hand would tie all that either did. So one
hand joins no two groups that are more than small: as many must as a crew that has both would leave.

One false join of two large groups is worse than a missing one: where it can't be told, nothing is
joined.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import combinations

from msgspec import Struct

from afterpatch.campaign.signs import ENOUGH, Hand, Sign
from afterpatch.outputs.campaign_view import APART_DAYS, Link, Refused, SignKind
from afterpatch.outputs.text import counted

__all__ = ["Census", "Joined", "join", "names_of"]

_AGENTS = 2  # groups without a user agent in common, that an address may be of
_SMALL = 3  # servers: a group that one hand may bring along
_BRIDGE = 0.1  # of the servers of the smaller of two groups, that must be in both to make them one
_WEAK = 40  # weak signs of one hand and kind that are taken two by two
_SCANS = 3  # servers that an address scans, from which on its scans are held against its deeds
_DISSENT = 0.1  # of the servers of known groups behind a sign, that may be of another than the most
# Groups with a recurring secret of one of these kinds are known apart by it.
_SECRETS: tuple[SignKind, ...] = ("parameter", "program", "user agent")
_BY_AGENT: tuple[SignKind, ...] = ("address", "parameter")
_ORDER: tuple[SignKind, ...] = ("program", "parameter", "user agent", "address", "several signs")


class Seen(Struct):
    """On how many servers an address was met, as what."""

    intruder: int = 0
    acting: int = 0
    scanner: int = 0
    other: int = 0
    shared: int = 0


class Census:
    """What all servers saw, counted while they are read."""

    def __init__(self) -> None:
        self.addresses: defaultdict[str, Seen] = defaultdict(Seen)
        self.common: Counter[tuple[SignKind, str]] = Counter()

    def take(self, seen: Iterable[tuple[str, str, bool, bool]]) -> None:
        """Count one server: of each operator and address, the address, the operator's class, and
        whether others come from it too and whether the operator acts. A server counts once for an
        address, as the gravest that came from it."""
        of: dict[str, list[tuple[str, bool, bool]]] = {}
        for address, class_, shared, acts in seen:
            of.setdefault(address, []).append((class_, shared, acts))
        for address, operators in of.items():
            one = self.addresses[address]
            classes = {class_ for class_, _, _ in operators}
            one.shared += any(shared for _, shared, _ in operators)
            if "intruder" in classes:
                one.intruder += 1
                one.acting += any(acts for class_, _, acts in operators if class_ == "intruder")
            elif "scanner" in classes:
                one.scanner += 1
            else:
                one.other += 1


class Joined(Struct, frozen=True):
    """Groups of hands (places in the list given) with the links that hold each, the hands that each
    link ties, and the refused."""

    groups: tuple[tuple[int, ...], ...]
    links: tuple[tuple[Link, ...], ...]
    tied: tuple[tuple[tuple[int, ...], ...], ...]
    refused: tuple[Refused, ...]


def join(hands: Sequence[Hand], census: Census) -> Joined:
    """The clusters: groups of hands on at least two servers, the largest first."""
    return _Joining(hands, census).run()


class _Joining:
    def __init__(self, hands: Sequence[Hand], census: Census) -> None:
        self.hands, self.census = hands, census
        self.parent = list(range(len(hands)))
        self.members = {place: {hand.server} for place, hand in enumerate(hands)}
        self.agents = {place: set(hand.agents) for place, hand in enumerate(hands)}
        self.refused: list[Refused] = []
        self.used: list[tuple[Sign, list[int], str]] = []
        self.holders: dict[Sign, list[int]] = {}
        for place, hand in enumerate(hands):
            for sign in hand.signs:
                self.holders.setdefault(sign, []).append(place)
        # The recurring secrets of each group, by its root.
        self.secrets: dict[int, dict[SignKind, Counter[str]]] = {}

    def run(self) -> Joined:
        kept = {
            sign: holders
            for sign, holders in self.holders.items()
            if self._servers(holders) > 1 and not self._refuse_by_nature(sign, holders)
        }
        for sign, holders in kept.items():
            if sign.kind in _SECRETS and sign.weight >= ENOUGH:
                for place in holders:
                    own = self.secrets.setdefault(place, {}).setdefault(sign.kind, Counter())
                    own[sign.value] = 1
        for kind in _ORDER:
            if kind == "several signs":
                kept = {s: h for s, h in kept.items() if not self._refuse_weak(s, h)}
            signs = (
                _pairs(self.hands, kept)
                if kind == "several signs"
                else {s: h for s, h in kept.items() if s.kind == kind and s.weight >= ENOUGH}
            )
            for sign in sorted(signs, key=lambda s: (-len(signs[s]), s)):
                self._link(sign, signs[sign])
        return self._result()

    # ---------------------------------------------------------------- what is refused

    def _servers(self, places: Iterable[int]) -> int:
        return len({self.hands[place].server for place in places})

    def _refuse_by_nature(self, sign: Sign, holders: Sequence[int]) -> bool:
        why = ""
        if sign.kind == "address":
            why = self._common_address(sign.value)
        elif sign.kind == "user agent" and (count := self.census.common["user agent", sign.value]):
            why = f"ordinary clients of {counted(count, 'server')} have it too"
        elif sign.kind == "page name" and sign.weight == 0:
            why = "many use this name, or anybody may: it is no made-up one"
        if why:
            self._refuse(sign, holders, why)
        return bool(why)

    def _common_address(self, address: str) -> str:
        seen = self.census.addresses[address]
        if seen.shared:
            return f"others than the intruder come from it on {counted(seen.shared, 'server')}"
        if seen.scanner >= _SCANS and seen.scanner >= 2 * seen.acting:
            return (
                f"it scans {counted(seen.scanner, 'server')}, and plants or runs something on "
                f"{seen.acting:,}"
            )
        return ""

    def _refuse(self, sign: Sign, holders: Sequence[int], why: str) -> None:
        seen = self.census.addresses.get(sign.value) if sign.kind == "address" else None
        servers = self._servers(holders)
        # What tells nobody apart keeps nobody apart either.
        for place in holders:
            self.secrets.get(self._root(place), {}).get(sign.kind, Counter()).pop(sign.value, 0)
        self.refused.append(
            Refused(
                kind=sign.kind,
                value=sign.value,
                servers=seen.intruder + seen.scanner + seen.other if seen else servers,
                as_intruder=seen.intruder if seen else servers,
                as_scanner=seen.scanner if seen else 0,
                why=why,
            )
        )

    def _refuse_weak(self, sign: Sign, holders: Sequence[int]) -> bool:
        """Whether groups that are known apart have a weak sign in common: then many have it."""
        if not 0 < sign.weight < ENOUGH:
            return False
        roots: dict[int, list[int]] = {}
        for place in holders:
            roots.setdefault(self._root(place), []).append(place)
        agreed, dissenting = self._agreeing(sign, roots)
        apart = self._servers(p for root in dissenting for p in roots[root])
        if apart <= _DISSENT * self._servers(p for root in agreed for p in roots[root]):
            return False
        self._refuse(sign, holders, f"{len(dissenting) + 1:,} groups that are known apart have it")
        return True

    # ---------------------------------------------------------------- what is joined

    def _root(self, place: int) -> int:
        while self.parent[place] != place:
            self.parent[place] = self.parent[self.parent[place]]
            place = self.parent[place]
        return place

    def _link(self, sign: Sign, holders: Sequence[int]) -> None:
        for together in self._in_time(sign, holders):
            roots: dict[int, list[int]] = {}
            for place in together:
                roots.setdefault(self._root(place), []).append(place)
            if self._servers(together) < 2:
                continue
            agreed, dissenting = self._agreeing(sign, roots)
            if dissenting:
                apart = self._servers(p for root in dissenting for p in roots[root])
                most = self._servers(p for root in agreed for p in roots[root])
                if apart > _DISSENT * most:
                    self._refuse(
                        sign,
                        together,
                        f"{len(dissenting) + 1:,} groups behind it have secrets of their own and "
                        "share none",
                    )
                    continue
            agreed = self._enough(agreed, roots)
            camps = self._by_agent(agreed) if sign.kind in _BY_AGENT else [agreed]
            if sign.kind == "address" and len(camps) > _AGENTS:
                self._refuse(
                    sign,
                    together,
                    f"{len(camps):,} groups behind it have no user agent in common",
                )
                continue
            for camp in camps:
                joined = sorted(place for root in camp for place in roots[root])
                if self._servers(joined) > 1:
                    self.used.append((sign, joined, _why(sign)))
                    self._merge(camp)

    def _in_time(self, sign: Sign, holders: Sequence[int]) -> Iterator[list[int]]:
        """The holders, those of an address apart where it was quiet for long."""
        if sign.kind != "address":
            yield list(holders)
            return
        group: list[int] = []
        until = ""
        for place in sorted(holders, key=lambda p: (self.hands[p].first or "", p)):
            first = (self.hands[place].first or "")[:10]
            if group and until and first and _days(until, first) > APART_DAYS:
                yield group
                group = []
            group.append(place)
            until = max(until, (self.hands[place].last or "")[:10])
        yield group

    def _agreeing(self, sign: Sign, roots: dict[int, list[int]]) -> tuple[list[int], list[int]]:
        """The groups behind a sign that may be one, and those that are known to be others.

        Groups are taken the largest first; those without a secret go with the rest.
        """
        size = {root: self._servers(places) for root, places in roots.items()}
        camps: list[tuple[dict[SignKind, set[str]], list[int]]] = []
        silent: list[int] = []
        for root in sorted(roots, key=lambda r: (-size[r], r)):
            known = self._known(root, sign)
            if not known:
                silent.append(root)
                continue
            for held, camp in camps:
                if not _conflict(held, known):
                    camp.append(root)
                    for kind, values in known.items():
                        held.setdefault(kind, set()).update(values)
                    break
            else:
                camps.append(({kind: set(values) for kind, values in known.items()}, [root]))
        if not camps:
            return silent, []
        camps.sort(key=lambda camp: -sum(size[root] for root in camp[1]))
        others = [root for _, camp in camps[1:] for root in camp]
        return [*camps[0][1], *silent], others

    def _enough(self, agreed: Sequence[int], roots: dict[int, list[int]]) -> list[int]:
        """The groups of which enough hold the sign, and not one hand that may be another's too."""
        held = {root: self._servers(roots[root]) for root in agreed}
        whole = sum(held.values())
        return [
            root
            for root in agreed
            if (smaller := min(len(self.members[root]), whole)) <= _SMALL
            or held[root] >= max(2, _BRIDGE * smaller)
        ]

    def _by_agent(self, roots: Sequence[int]) -> list[list[int]]:
        """Groups that have a user agent in common, stock ones too, put together: who comes from one
        address, or with one parameter, but with other programs altogether may be another. Who shows
        none goes with the others where they are one, and with nobody where they are several."""
        camps: list[tuple[set[str], list[int]]] = []
        silent = [root for root in roots if not self.agents[root]]
        for root in sorted(root for root in roots if self.agents[root]):
            agents, camp = set(self.agents[root]), [root]
            for other in [c for c in camps if agents & c[0]]:
                camps.remove(other)
                agents |= other[0]
                camp += other[1]
            camps.append((agents, sorted(camp)))
        if len(camps) > 1:
            return [camp for _, camp in camps]
        return [sorted([*silent, *(root for _, camp in camps for root in camp)])]

    def _known(self, root: int, sign: Sign) -> dict[SignKind, set[str]]:
        """The recurring secrets of a group, without the one in question: none that only a few of
        it have, who may be another's too."""
        whole = len(self.members[root])
        least = 1 if whole <= _SMALL else max(2, _BRIDGE * whole)
        known = {
            kind: {
                value
                for value, hands in counts.items()
                if hands >= least and (kind, value) != (sign.kind, sign.value)
            }
            for kind, counts in self.secrets.get(root, {}).items()
        }
        return {kind: values for kind, values in known.items() if values}

    def _merge(self, roots: Sequence[int]) -> None:
        first = min(roots)
        held = self.secrets.setdefault(first, {})
        for root in roots:
            if root != first:
                self.parent[root] = first
                self.agents[first] |= self.agents.pop(root)
                self.members[first] |= self.members.pop(root)
                for kind, counts in self.secrets.pop(root, {}).items():
                    held.setdefault(kind, Counter()).update(counts)

    # ---------------------------------------------------------------- what came of it

    def _result(self) -> Joined:
        groups: dict[int, list[int]] = {}
        for place in range(len(self.hands)):
            groups.setdefault(self._root(place), []).append(place)
        links: dict[int, list[tuple[Link, tuple[int, ...]]]] = defaultdict(list)
        for sign, places, why in self.used:
            link = Link(sign.kind, sign.value, self._servers(places), why)
            links[self._root(places[0])].append((link, tuple(places)))
        for of in links.values():
            of.sort(key=lambda pair: (-pair[0].servers, pair[0].kind, pair[0].value, pair[1]))
        chosen = sorted(
            (root for root, places in groups.items() if self._servers(places) > 1),
            key=lambda root: (-self._servers(groups[root]), root),
        )
        return Joined(
            groups=tuple(tuple(groups[root]) for root in chosen),
            links=tuple(tuple(link for link, _ in links[root]) for root in chosen),
            tied=tuple(tuple(places for _, places in links[root]) for root in chosen),
            refused=tuple(sorted(self.refused, key=lambda r: (-r.servers, r.kind, r.value, r.why))),
        )


def _conflict(one: dict[SignKind, set[str]], other: dict[SignKind, set[str]]) -> bool:
    """Whether two groups have secrets of one kind and share none of any."""
    both = one.keys() & other.keys()
    return bool(both) and not any(one[kind] & other[kind] for kind in both)


def _pairs(hands: Sequence[Hand], kept: dict[Sign, list[int]]) -> dict[Sign, list[int]]:
    """Signs that are enough two together, with who has both.

    That pages were planted on the same days is none: in a mass exploitation everybody's were. Of a
    hand that shows more than _WEAK signs of a kind those count that the fewest have.
    """
    found: dict[Sign, list[int]] = {}
    for place, hand in enumerate(hands):
        of_kind: dict[SignKind, list[Sign]] = {}
        for sign in sorted(hand.signs, key=lambda s: (len(kept.get(s, ())), s)):
            if 0 < sign.weight < ENOUGH and sign in kept:
                of_kind.setdefault(sign.kind, []).append(sign)
        weak = [sign for of in of_kind.values() for sign in of[:_WEAK]]
        for one, other in combinations(sorted(weak), 2):
            if one.kind != other.kind and one.weight + other.weight >= ENOUGH:
                words = f"{one.kind} {one.value} and {other.kind} {other.value}"
                found.setdefault(Sign("several signs", words, ENOUGH), []).append(place)
    return {
        sign: places
        for sign, places in found.items()
        if len({hands[place].server for place in places}) > 1
    }


def _why(sign: Sign) -> str:
    return {
        "address": "the same address, which is no scanner's and nobody else's",
        "parameter": "the same parameter, which only who was told can know",
        "program": "the same program, by its hash",
        "user agent": "the same user agent, which holds a made-up token that nobody else has",
        "page name": "the same page name",
        "several signs": "two signs together, each too weak alone",
    }[sign.kind]


def _days(first: str, second: str) -> int:
    try:
        return (date.fromisoformat(second) - date.fromisoformat(first)).days
    except ValueError:
        return 0


def names_of(
    groups: Sequence[Sequence[tuple[str, str]]], links: Sequence[Sequence[Link]]
) -> list[str]:
    """The ids of clusters: by the widest link, so that one stays when the cluster grows; where two
    have that in common by all links and members (server, operator) too."""
    widest = [_id(f"{of[0].kind}: {of[0].value}" if of else "") for of in links]
    count = Counter(widest)
    names: list[str] = []
    for name, group, of in zip(widest, groups, links, strict=True):
        content = (sorted((link.kind, link.value) for link in of), sorted(group))
        names.append(_id(repr(content), 16) if count[name] > 1 else name)
    return names


def _id(text: str, digits: int = 8) -> str:
    return f"cl-{hashlib.sha256(text.encode('utf-8', 'backslashreplace')).hexdigest()[:digits]}"
