"""Front door: many dossiers in, one view out.

- `dossiers.py`   finds them, and reads of each what the view needs
- `register.py`   whose each is
- `signs.py`      what an intruder leaves that may be met on another server
- `clusters.py`   joins intruders by it, and refuses what all have
- `standing.py`   what one server is in the view, and each cluster
- `counts.py`     how many: by grade and owner, by day, from entry to patch
- `changes.py`    what is new since an earlier view
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar, cast

import msgspec

from afterpatch import __version__
from afterpatch.campaign import counts
from afterpatch.campaign.changes import changes_since, read_view
from afterpatch.campaign.clusters import Census, join
from afterpatch.campaign.dossiers import Found, Slim, Without, contents, find, read
from afterpatch.campaign.register import Register, read_register
from afterpatch.campaign.signs import Hand, Sign, hands_of, is_inside
from afterpatch.campaign.standing import Events, clusters_of, events_of, server_of
from afterpatch.claims.bearing import bearing, read_ledger
from afterpatch.outputs.campaign_view import Failed, Owner, ServerView, View
from afterpatch.outputs.text import counted
from afterpatch.storage import Place, is_url

__all__ = ["campaign"]

T = TypeVar("T")

_SHOWN = 20  # rows of a register that fit nothing
PROBLEMS = 1_000  # told one by one; more are counted
_TRIED = ("attempted", "reached", "exploited")


def campaign(
    folders: Sequence[Place],
    *,
    register: Path | None = None,
    claims: Path | None = None,
    since: Path | None = None,
    on_start: Callable[[int], None] = lambda _total: None,
    on_progress: Callable[[int], None] = lambda _done: None,
) -> View:
    """The view over the dossiers below some folders, on a disk or in object storage.

    `register` is a CSV of owners, `claims` a ledger, `since` an earlier view. Raises UsageError
    when one of them can't be used as given.
    """
    rows = read_register(register) if register else {}
    ledger = read_ledger(claims) if claims else None
    before = read_view(since) if since else None
    found, without, unseen = find(folders)
    owners = Register(rows, _packages(found, without))
    on_start(len(found))
    reading = _Reading(owners)
    reading.problems += unseen[:PROBLEMS]
    for number, (dossier, content) in enumerate(contents(found), 1):
        try:
            reading.take(dossier, read(content))
        except RecursionError:
            reading.fail(dossier, "its assessment is nested too deeply")
        except OSError as error:
            reading.fail(dossier, f"its assessment can't be read ({error.strerror or error})")
        except ValueError as error:  # msgspec's too
            reading.fail(dossier, str(error))
        on_progress(number)
    joined = join(reading.hands, reading.census)
    servers, clusters = clusters_of(reading.servers, reading.hands, joined, reading.events)
    of_package: dict[tuple[Place, str], list[str]] = {}
    for dossier in found:
        of_package.setdefault((dossier.root, dossier.package), []).append(dossier.server)
    known = {one.server for one in servers}
    failed = [*reading.failed]
    for unit in without:
        same = of_package.get((unit.other, unit.duplicate_of), ()) if unit.duplicate_of else ()
        failed.append(_failed(unit, owners, tuple(one for one in same if one in known)))
    failed.sort(key=lambda one: one.package)
    linked = sum(len(group) for group in joined.groups)
    unowned = sum(one.owner == Owner() for one in servers)
    view = View(
        schema="afterpatch/campaign/1",
        version=__version__,
        servers=servers,
        failed=tuple(failed),
        ladder=counts.row("all", servers),
        reached=counts.reached(servers),
        splits=counts.splits(servers),
        days=counts.days(servers, reading.events),
        calendar=counts.calendar(servers),
        patching=counts.patching(servers),
        clusters=clusters,
        refused=joined.refused,
        unlinked=len(reading.hands) - linked,
        changes=None,
        claims=(
            bearing(
                ledger, sorted(reading.cves), sorted(reading.techniques), sorted(reading.chains)
            )
            if ledger
            else ()
        ),
        problems=tuple(reading.problems),
        unread=len(reading.failed) + len(unseen),
        notes=tuple(_notes(owners, unowned)) if register else (),
        register=tuple(sorted({owner for owner in rows.values() if owner.organization})),
    )
    if before is None:
        return view
    return msgspec.structs.replace(view, changes=changes_since(before, view, str(since)))


def _notes(owners: Register, unowned: int) -> Iterator[str]:
    """What does not fit between the register and the packages."""
    if unowned:
        yield f"The register names no owner for {counted(unowned, 'server')}."
    if unused := owners.unused():
        shown = ", ".join(unused[:_SHOWN]) + (" and others" if len(unused) > _SHOWN else "")
        yield (
            f"{counted(len(unused), 'row')} of the register fit no one package of the view: "
            f"{shown}."
        )


def _packages(found: Sequence[Found], without: Sequence[Without]) -> list[str]:
    """The packages that the view is made of, those of two fleets once where the path is the same;
    of a dossier that names none the folders it lies in, which may be called by it."""
    told = [(one.root, name) for one in found for name in _called(one)]
    told += [(unit.root, unit.package) for unit in without]
    whole = {("" if Path(name).is_absolute() or is_url(name) else str(r), name) for r, name in told}
    return [name for _, name in sorted(whole)]


def _called(dossier: Found) -> tuple[str, ...]:
    if dossier.package:
        return (dossier.package,)
    return (*dict.fromkeys((dossier.name, dossier.name.partition("/")[0])),)


def _failed(unit: Without, owners: Register, servers: tuple[str, ...]) -> Failed:
    return Failed(
        package=unit.package,
        state=unit.state,
        why=unit.why,
        duplicate_of=unit.duplicate_of,
        owner=owners.owner_of(unit.package),
        servers=servers,
    )


class _Reading:
    """What is kept of the dossiers while they are read, one after the other."""

    def __init__(self, owners: Register) -> None:
        self.owners = owners
        self.servers: list[ServerView] = []
        self.hands: list[Hand] = []
        self.events: dict[str, Events] = {}
        self.census = Census()
        self.failed: list[Failed] = []
        self.problems: list[str] = []
        self.cves: set[str] = set()
        self.techniques: set[str] = set()
        self.chains: set[str] = set()
        self._same: dict[object, object] = {}

    def take(self, dossier: Found, found: Slim) -> None:
        """Keep what the view needs of one dossier."""
        server = dossier.server
        if found.schema != "afterpatch/assessment/1":
            self.fail(dossier, f"its assessment is of another version: {found.schema[:60]}")
            return
        hands = hands_of(server, found)
        acting = {hand.operator for hand in hands if hand.acts}
        self.census.take(
            (
                address,
                operator.class_,
                address in operator.shared_addresses and not is_inside(address),
                operator.id in acting,
            )
            for operator in found.operators
            for address in operator.addresses
        )
        self.census.common.update(
            {
                ("user agent", pivot.value)
                for pivot in found.pivots
                if pivot.state == "refused" and pivot.kind == "user agent"
            }
        )
        self.hands += [self._small(hand) for hand in hands]
        owner = self.owners.owner_of(*_called(dossier))
        view = server_of(server, dossier.folder, owner, found, len(hands))
        self.servers.append(msgspec.structs.replace(view, next_steps=self._one(view.next_steps)))
        self.events[server] = events_of(found)
        for chain in found.chains:
            if chain.outcome in _TRIED:
                self.cves |= {*chain.cves}
                self.chains.add(chain.name)
        self.techniques |= {impact.technique for impact in found.impact}

    def fail(self, dossier: Found, why: str) -> None:
        """A dossier that can't be read costs itself, and is named."""
        owner = self.owners.owner_of(*_called(dossier))
        self.failed.append(Failed(dossier.server, "failed", why, "", owner))
        if len(self.problems) < PROBLEMS:
            self.problems.append(f"{dossier.server}: {why}")

    def _small(self, hand: Hand) -> Hand:
        signs: tuple[Sign, ...] = tuple(self._one(sign) for sign in hand.signs)
        return msgspec.structs.replace(hand, signs=signs, agents=self._one(hand.agents))

    def _one(self, value: T) -> T:
        """The first of equal values, so that it is held once."""
        return cast("T", self._same.setdefault(value, value))
