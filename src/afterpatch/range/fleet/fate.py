"""What happens to one server of a fleet: its build, who comes when, what is kept of its logs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from random import Random
from typing import Literal

from msgspec import Struct

from afterpatch.range.draw import below, letters, pick
from afterpatch.range.fleet.world import DAYS, Crew, CrewRole, World

Deed = Literal["mail", "plant", "visit", "ransomware", "miner", "attempt"]
# product, cumulative update, build before and with KB5000871
_LINES = (
    ("Exchange Server 2013", "CU23", "15.0.1497.2", "15.0.1497.12"),
    ("Exchange Server 2013", "CU23", "15.0.1497.10", "15.0.1497.12"),
    ("Exchange Server 2016", "CU14", "15.1.1847.3", "15.1.1847.12"),
    ("Exchange Server 2016", "CU18", "15.1.2106.2", "15.1.2106.13"),
    ("Exchange Server 2016", "CU19", "15.1.2176.2", "15.1.2176.9"),
    ("Exchange Server 2019", "CU7", "15.2.721.2", "15.2.721.13"),
    ("Exchange Server 2019", "CU8", "15.2.792.3", "15.2.792.10"),
)
# Packages for an old cumulative update fix the holes of March and none from before.
MARCH_ONLY = ("15.1.1847.12",)
_DISCLOSED = date(2021, 3, 2)
EXPIRED = 0.2  # of the servers: only web logs and files reach back to what happened
BARE = 0.3  # of these: the web logs are gone as well, and only files are left
_PROXIED = 0.08  # of the servers see one address for all of the internet
_CARRIED = 0.06  # of the servers have users behind a carrier's address
_ROLES: dict[Deed, CrewRole] = {
    "mail": "targeted",
    "plant": "mass",
    "visit": "visitor",
    "ransomware": "ransomware",
    "miner": "miner",
}


class Hit(Struct, frozen=True):
    """One crew comes to the server. `addresses` are those it comes from, the first mostly;
    `names_itself`: it sends its parameter; `armed`: it leaves its program."""

    crew: Crew
    deed: Deed
    day: date
    addresses: tuple[str, ...]
    names_itself: bool
    armed: bool


class Fate(Struct, frozen=True):
    """The story of one server from `first` to `last`, the day its evidence was taken.

    `patched` None: it was not, by then; before `first`: it always was. `front`: proxy, or nat with
    `gate` the address that users share. `expired`: Exchange's own logs and the event logs reach
    back to `kept_from` alone, and if `bare` the web logs too.
    """

    product: str
    cumulative_update: str
    build: str
    patched_build: str
    first: date
    last: date
    patched: date | None
    front: Literal["", "proxy", "nat"]
    gate: str
    expired: bool
    bare: bool
    kept_from: date
    hits: tuple[Hit, ...]
    scanners: tuple[str, ...]


def draw_fate(seed: int, number: int, world: World) -> Fate:
    """The fate of a server of the fleet."""
    rng = Random(f"{seed}/fleet/fate/{number}")
    product, update, build, patched_build = pick(rng, _LINES)
    chance = rng.random()
    kind = (
        "targeted" if chance < 0.05 else
        "mass" if chance < 0.55 else
        "probed" if chance < 0.8 else
        "scanned" if chance < 0.94 else
        "quiet"
    )  # fmt: skip
    patched: date | None = _DISCLOSED + timedelta(days=1 + int(16 * rng.random() ** 2))
    last = date(2021, 3, 12) + timedelta(days=below(rng, 12))
    if patched is None or patched > last:
        patched = None
    front: Literal["", "proxy", "nat"] = ""
    gate = ""
    if (chance := rng.random()) < _PROXIED:
        front, gate = "proxy", "10.0.20.2"
    elif chance < _PROXIED + _CARRIED:
        front, gate = "nat", pick(rng, world.carriers)
    hits: list[Hit] = []
    if kind == "targeted":
        hits.append(_hit(rng, world, "mail", last))
        if rng.random() < 0.6:
            hits.append(_hit(rng, world, "plant", last))
    elif kind == "mass":
        hits += [_hit(rng, world, "plant", last) for _ in range(1 + (rng.random() < 0.12))]
        deeds: tuple[tuple[Deed, float], ...] = (
            ("visit", 0.5), ("visit", 0.12), ("ransomware", 0.06), ("miner", 0.05),
        )  # fmt: skip
        hits += [_hit(rng, world, deed, last) for deed, share in deeds if rng.random() < share]
    elif kind == "probed" and rng.random() < 0.25:
        hit = _hit(rng, world, "plant", last)
        hits.append(Hit(hit.crew, "attempt", hit.day, hit.addresses[:1], False, False))
    if kind in ("probed", "quiet"):
        patched = _DISCLOSED
    hits = _behind(rng, world, hits, front, gate)
    days = [hit.day for hit in hits]
    first = min([date(2021, 2, 24), *days]) - timedelta(days=1 + below(rng, 2))
    if kind in ("probed", "quiet"):
        first = max(_DISCLOSED, min([_DISCLOSED + timedelta(days=2), *days]))
    expired = rng.random() < EXPIRED and bool(hits) and kind != "probed"
    kept_from = max(last - timedelta(days=3), max(days) + timedelta(days=1)) if expired else first
    many = 0 if kind == "quiet" else 2 + below(rng, 5)
    scanners = tuple(sorted({pick(rng, world.scanners) for _ in range(many)}))
    return Fate(
        product=product,
        cumulative_update=update,
        build=build if kind not in ("probed", "quiet") else patched_build,
        patched_build=patched_build,
        first=first,
        last=max(last, *days, kept_from) + timedelta(days=1) if days else last,
        patched=patched,
        front=front,
        gate=gate,
        expired=expired,
        bare=expired and rng.random() < BARE,
        kept_from=kept_from,
        hits=tuple(sorted(hits, key=lambda hit: hit.day)),
        scanners=scanners,
    )


def _hit(rng: Random, world: World, deed: Deed, last: date) -> Hit:
    role = _ROLES[deed]
    crew = _weighted(rng, world.of(role))
    if deed in ("plant", "visit") and rng.random() < 0.06:
        crew = _loner(rng, world, role)
    begin, end = DAYS[role]
    end = min(end, last)
    day = begin + timedelta(days=below(rng, max(1, (end - begin).days + 1)))
    many = 1 + (len(crew.addresses) > 1 and rng.random() < 0.5)
    start = below(rng, len(crew.addresses))
    addresses = (crew.addresses[start:] + crew.addresses[:start])[:many]
    return Hit(
        crew=crew,
        deed=deed,
        day=day,
        addresses=addresses,
        # Two addresses at one server are shown to be one hand's.
        names_itself=bool(crew.secret) and (many > 1 or rng.random() < 0.7),
        armed=bool(crew.tool) and rng.random() < 0.5,
    )


def _weighted(rng: Random, crews: Sequence[Crew]) -> Crew:
    chosen = below(rng, sum(crew.weight for crew in crews))
    for crew in crews:
        chosen -= crew.weight
        if chosen < 0:
            return crew
    raise ValueError("no crew has this role")


def _loner(rng: Random, world: World, role: CrewRole) -> Crew:
    """Somebody who comes to this server alone, with what anybody has."""
    return Crew(
        id=f"loner-{letters(rng, 8)}",
        role=role,
        addresses=(pick(rng, world.spare),),
        agent="python-requests/2.25.1",
        own_agent=False,
        names=(),
        secret="",
        tool="",
        hashes="",
        weight=0,
    )


def _behind(rng: Random, world: World, hits: list[Hit], front: str, gate: str) -> list[Hit]:
    """Some come through an exit that others rent too, or from the address of a carrier."""
    moved: list[Hit] = []
    for hit in hits:
        addresses = hit.addresses
        if front == "nat" and hit.deed == "visit" and rng.random() < 0.6:
            addresses = (gate,)
        elif hit.deed in ("plant", "visit") and rng.random() < 0.06:
            addresses = (pick(rng, world.exits),)
        names_itself = hit.names_itself or (addresses != hit.addresses and bool(hit.crew.secret))
        moved.append(Hit(hit.crew, hit.deed, hit.day, addresses, names_itself, hit.armed))
    return moved
