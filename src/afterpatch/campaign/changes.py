"""What is new since an earlier view."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, get_args

import msgspec
from msgspec import Struct

from afterpatch.errors import UsageError
from afterpatch.model import Grade
from afterpatch.outputs.campaign_view import Change, Changes, Cluster, View
from afterpatch.outputs.text import counted

__all__ = ["changes_since", "read_view"]

VIEW = "view.json"
_LADDER = get_args(Grade)


class _Server(Struct, frozen=True):
    server: str
    grade: Grade


class _Cluster(Struct, frozen=True):
    id: str
    servers: int
    members: tuple[tuple[str, str], ...]


class Earlier(Struct, frozen=True):
    """What is held against the new view."""

    schema: str
    servers: tuple[_Server, ...]
    clusters: tuple[_Cluster, ...]


def read_view(path: Path) -> Earlier:
    """An earlier view: its folder or its `view.json`. Raises UsageError where it is none."""
    place = path / VIEW if path.is_dir() else path
    try:
        earlier = msgspec.json.decode(place.read_bytes(), type=Earlier)
    except OSError as error:
        raise UsageError(
            f"{place} can't be read ({error.strerror}): give the folder of an earlier view"
        ) from error
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise UsageError(f"{place} is no view: give the folder of an earlier one") from error
    if earlier.schema != "afterpatch/campaign/1":
        raise UsageError(f"{place} is of another version ({earlier.schema}): build it again")
    return earlier


def changes_since(earlier: Earlier, now: View, called: str) -> Changes:
    """Servers by name; a cluster is the earlier one with which it has the most servers in common,
    since its id may change when it grows. What an earlier one has become is the one that has most
    of its servers: where two have become one they were joined, and one that two come from was
    parted."""
    before = {one.server: one.grade for one in earlier.servers}
    grades = {one.server: one.grade for one in now.servers}
    graver: list[Change] = []
    milder: list[Change] = []
    for server in sorted(before.keys() & grades.keys()):
        change = Change(server, before[server], grades[server])
        step = _LADDER.index(grades[server]) - _LADDER.index(before[server])
        if step:
            (graver if step > 0 else milder).append(change)
    return Changes(
        since=Path(called).name,
        servers_new=tuple(sorted(grades.keys() - before.keys())),
        servers_gone=tuple(sorted(before.keys() - grades.keys())),
        graver=tuple(graver),
        milder=tuple(milder),
        **_of_clusters(earlier.clusters, now.clusters),
    )


def _of_clusters(earlier: Sequence[_Cluster], now: Sequence[Cluster]) -> dict[str, Any]:
    """What became of the clusters, as fields of Changes."""
    was_in: dict[str, list[int]] = {}
    for place, old in enumerate(earlier):
        for server in {server for server, _ in old.members}:
            was_in.setdefault(server, []).append(place)
    heirs: dict[int, dict[int, int]] = {}  # of an earlier one: the servers it shares with each
    new, grown, shrunk, merged, split = [], [], [], [], []
    main: dict[int, list[int]] = {}  # of an earlier one: those that come from it most of all
    for at, one in enumerate(now):
        servers = {server for server, _ in one.members}
        common = Counter(place for server in servers for place in was_in.get(server, ()))
        for place, shared in common.items():
            heirs.setdefault(place, {})[at] = shared
        if not common:
            new.append(one.id)
            continue
        place, _ = max(common.items(), key=lambda pair: (pair[1], -pair[0]))
        main.setdefault(place, []).append(at)
        sizes = counted(earlier[place].servers, "server"), counted(one.servers, "server")
        if one.servers > earlier[place].servers:
            grown.append(Change(one.id, *sizes))
        elif one.servers < earlier[place].servers:
            shrunk.append(Change(one.id, *sizes))
    into: dict[int, list[str]] = {}
    for place, shares in sorted(heirs.items()):
        at, _ = max(shares.items(), key=lambda pair: (pair[1], -pair[0]))
        into.setdefault(at, []).append(earlier[place].id)
    for at, olds in sorted(into.items()):
        if len(olds) > 1:
            merged.append(Change(now[at].id, ", ".join(olds), counted(now[at].servers, "server")))
    for place, parts in sorted(main.items()):
        if len(parts) > 1:
            ids = ", ".join(now[at].id for at in parts)
            split.append(Change(earlier[place].id, counted(earlier[place].servers, "server"), ids))
    return {
        "clusters_new": tuple(new),
        "clusters_grown": tuple(grown),
        "clusters_shrunk": tuple(shrunk),
        "clusters_merged": tuple(merged),
        "clusters_split": tuple(split),
        "clusters_gone": tuple(o.id for place, o in enumerate(earlier) if place not in heirs),
    }
