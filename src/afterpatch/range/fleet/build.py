"""The whole fleet: its packages, the register of their owners, and the truth about each."""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

from afterpatch.errors import UsageError
from afterpatch.range.fleet.fate import MARCH_ONLY, Fate, draw_fate
from afterpatch.range.fleet.package import Left, Named, write_package
from afterpatch.range.fleet.story import IMPACTS, Told, furnish, moment, tell
from afterpatch.range.fleet.world import Organization, World, draw_world, organization

__all__ = ["MOST_SERVERS", "build_fleet"]

MOST_SERVERS = 100_000
_DUPLICATE_EVERY = 50  # packages; one of so many comes again under another name
_BROKEN_EVERY = 60
REGISTER_COLUMNS = ("package", "organization", "sector", "country", "size", "contact")


def build_fleet(
    out: Path,
    *,
    servers: int,
    seed: int = 0,
    progress: Callable[[int], None] | None = None,
) -> Path:
    """Write `packages/`, `register.csv` and `ground_truth.json` to an empty folder; return it.

    Beside one package a server there are duplicates of some and broken ones, which count beyond
    `servers`. `progress` is called with the number of servers written so far. The same arguments
    give the same bytes. UsageError when they make no sense.

    `ground_truth.json` holds: `schema`, `seed`, `servers` [{package, state (whole, duplicate,
    broken), duplicate_of, organization, host, product, build, patched, grade, first_entry (of what
    really happened), expired, web_logs_expired,
    front, hands [{crew, deeds, addresses, first, last, pages}]}]: a hand
    is listed as far as rows in the package show it, `addresses` as these name them;
    `crews` [{id, role, addresses, agent, own_agent, names, secret, hash}], `scanners`, `exits`,
    `carriers` and `balancers`: addresses that tie nobody to nobody.
    """
    if not 1 <= servers <= MOST_SERVERS:
        raise UsageError(f"A fleet has from 1 to {MOST_SERVERS:,} servers.")
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise UsageError(f"'{out}' is not an empty folder; name a new one.")
    world = draw_world(seed, servers)
    packages = out / "packages"
    packages.mkdir(parents=True)
    told: list[dict[str, Any]] = []
    register: list[tuple[str, ...]] = []
    for number in range(servers):
        owner = organization(seed, number)
        name = f"server-{number + 1:05}"
        entry = _one(packages / f"{name}.zip", seed, number, world, owner)
        told.append(entry)
        register.append(_row(name, owner))
        if number % _DUPLICATE_EVERY == _DUPLICATE_EVERY // 2:
            copy = f"{name}-again"
            shutil.copyfile(packages / f"{name}.zip", packages / f"{copy}.zip")
            told.append(entry | {"package": copy, "state": "duplicate", "duplicate_of": name})
            register.append(_row(copy, owner))
        if number % _BROKEN_EVERY == _BROKEN_EVERY // 2:
            broken = f"broken-{number + 1:05}"
            _break(packages / f"{name}.zip", packages / f"{broken}.zip", number // _BROKEN_EVERY)
            told.append({"package": broken, "state": "broken", "organization": owner.name})
            register.append(_row(broken, owner))
        if progress:
            progress(number + 1)
    (out / "register.csv").write_bytes(_csv(register))
    truth = {"schema": "afterpatch/range-fleet/1", "seed": seed, "servers": told, **_of(world)}
    text = json.dumps(truth, indent=1, ensure_ascii=False) + "\n"
    (out / "ground_truth.json").write_bytes(text.encode())
    return out


def _one(target: Path, seed: int, number: int, world: World, owner: Organization) -> dict[str, Any]:
    fate = draw_fate(seed, number, world)
    play = tell(seed, number, fate, furnish(seed, number, fate))
    host = f"MX{number + 1:05}"
    named = Named(host, owner.name, fate.build.split(".")[1])
    rng = Random(f"{seed}/fleet/package/{number}")
    left = write_package(target, play, fate, named, rng)
    return {
        "package": target.stem,
        "state": "whole",
        "organization": owner.name,
        "host": host,
        "product": fate.product,
        "build": play.stage.build(play.stage.days * 86_400_000),
        "patched": fate.patched.isoformat() if fate.patched else None,
        "grade": _grade(fate, play, left),
        "first_entry": _first_entry(fate, play),
        "expired": fate.expired,
        "web_logs_expired": fate.bare,
        "front": fate.front,
        "hands": _hands(play, left),
    }


def _grade(fate: Fate, play: Told, left: list[Left]) -> str:
    """What the rows and pages in the package show, at the most."""
    if any(row.log == "Ews" or row.what in IMPACTS for row in left):
        return "impacted"
    if any(row.page for row in left if row.kind == "visit"):
        return "used"
    if play.doors:
        return "backdoored"
    if any(row.kind in ("attack", "probe", "scan") for row in left):
        return "attempted"
    fixed = fate.build == fate.patched_build and fate.build not in MARCH_ONLY
    return "no evidence" if fixed else "exposed"


def _first_entry(fate: Fate, play: Told) -> str | None:
    """When somebody first came in, whatever is left to show it."""
    entries = [
        happening.at
        for happening in play.stage.done
        if happening.kind == "attack" and happening.hand
    ]
    if not entries:
        return None
    return moment(fate.first, min(entries)).isoformat(timespec="milliseconds") + "Z"


def _hands(play: Told, left: list[Left]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    of_hand: dict[str, list[Left]] = {}
    for row in left:
        of_hand.setdefault(row.hand.rpartition("/")[0], []).append(row)
    for hand in play.cast.hands:
        rows = [r for r in of_hand.get(hand.id, ()) if r.kind in ("attack", "visit", "command")]
        if not rows or any(entry["crew"] == hand.id for entry in found):
            continue
        times = sorted(row.time for row in rows)
        found.append(
            {
                "crew": hand.id,
                "addresses": sorted(
                    {r.actor for r in rows if r.log in ("W3SVC1", "HttpProxy/Ecp")}
                ),
                "pages": sorted({r.page for r in rows if r.page}),
                "first": times[0],
                "last": times[-1],
            }
        )
    return found


def _of(world: World) -> dict[str, Any]:
    return {
        "crews": [
            {
                "id": crew.id,
                "role": crew.role,
                "addresses": crew.addresses,
                "agent": crew.agent,
                "own_agent": crew.own_agent,
                "names": crew.names,
                "secret": crew.secret,
                "hash": crew.hashes.rpartition("=")[2].lower() if crew.tool else "",
            }
            for crew in world.crews
        ],
        "scanners": world.scanners,
        "exits": world.exits,
        "carriers": world.carriers,
        "balancers": ["10.0.20.2", "10.0.20.3"],
    }


def _row(package: str, owner: Organization) -> tuple[str, ...]:
    return (package, owner.name, owner.sector, owner.country, owner.size, owner.contact)


def _csv(rows: list[tuple[str, ...]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(REGISTER_COLUMNS)
    writer.writerows(rows)
    return text.getvalue().encode()


def _break(whole: Path, broken: Path, nth: int) -> None:
    """A package as it arrives when something went wrong: cut, empty, or another thing."""
    data = whole.read_bytes()
    wounds = (data[: len(data) // 2], b"", b"<html><body>Your session has expired.</body></html>")
    broken.write_bytes(wounds[nth % 3])
