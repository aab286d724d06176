"""What is new since an earlier view."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
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
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise UsageError(f"{place} is no view: give the folder of an earlier one") from error
    if earlier.schema != "afterpatch/campaign/1":
        raise UsageError(f"{place} is of another version ({earlier.schema}): build it again")
    return earlier


def changes_since(earlier: Earlier, now: View, called: str) -> Changes:
    """Servers by name; a cluster by its id or, since that may change when it grows, by its members.
    What an earlier one has become is the one that has most of its members: where two have become
    one they were joined, and one that two come from was parted."""
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
    """What became of the clusters, as fields of Changes.

    Two are of one line when they have an id in common, or half of the smaller one's members.
    """
    holding: dict[tuple[str, str], list[int]] = {}
    for place, old in enumerate(earlier):
        for member in old.members:
            holding.setdefault(member, []).append(place)
    places = {old.id: place for place, old in enumerate(earlier)}
    parents: list[dict[int, tuple[bool, int]]] = []  # how near each is: the same id, then members
    heirs: dict[int, dict[int, tuple[bool, int]]] = {}
    for at, one in enumerate(now):
        common = Counter(place for member in one.members for place in holding.get(member, ()))
        near = {
            place: (False, shared)
            for place, shared in common.items()
            if 2 * shared >= min(len(one.members), len(earlier[place].members))
        }
        if one.id in places:
            near[places[one.id]] = True, common[places[one.id]]
        parents.append(near)
        for place, how in near.items():
            heirs.setdefault(place, {})[at] = how
    parent = {at: _nearest(near) for at, near in enumerate(parents) if near}
    heir = {place: _nearest(of) for place, of in heirs.items()}
    grown: list[Change] = []
    shrunk: list[Change] = []
    merged: list[Change] = []
    split: list[Change] = []
    for at, place in parent.items():
        one, old = now[at], earlier[place]
        sizes = counted(old.servers, "server"), counted(one.servers, "server")
        if one.servers != old.servers:
            (grown if one.servers > old.servers else shrunk).append(Change(one.id, *sizes))
        of = [earlier[p].id for p in sorted(parents[at]) if heir[p] == at]
        if len(of) > 1:
            merged.append(Change(one.id, ", ".join(of), sizes[1]))
    for place, of_old in sorted(heirs.items()):
        ids = [now[at].id for at in sorted(of_old) if parent[at] == place]
        if len(ids) > 1:
            size = counted(earlier[place].servers, "server")
            split.append(Change(earlier[place].id, size, ", ".join(ids)))
    return {
        "clusters_new": tuple(one.id for at, one in enumerate(now) if at not in parent),
        "clusters_grown": tuple(grown),
        "clusters_shrunk": tuple(shrunk),
        "clusters_merged": tuple(merged),
        "clusters_split": tuple(split),
        "clusters_gone": tuple(old.id for place, old in enumerate(earlier) if place not in heirs),
    }


def _nearest(near: Mapping[int, tuple[bool, int]]) -> int:
    return max(near, key=lambda place: (near[place], -place))
