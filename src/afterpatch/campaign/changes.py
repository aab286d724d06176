"""What is new since an earlier view."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import get_args

import msgspec
from msgspec import Struct

from afterpatch.errors import UsageError
from afterpatch.model import Grade
from afterpatch.outputs.campaign_view import Change, Changes, View
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
    since its id may change when it grows."""
    before = {one.server: one.grade for one in earlier.servers}
    grades = {one.server: one.grade for one in now.servers}
    graver: list[Change] = []
    milder: list[Change] = []
    for server in sorted(before.keys() & grades.keys()):
        change = Change(server, before[server], grades[server])
        step = _LADDER.index(grades[server]) - _LADDER.index(before[server])
        if step:
            (graver if step > 0 else milder).append(change)
    was_in: dict[str, list[int]] = {}
    for place, cluster in enumerate(earlier.clusters):
        for server in {server for server, _ in cluster.members}:
            was_in.setdefault(server, []).append(place)
    new, grown = [], []
    for one in now.clusters:
        common = Counter(
            place
            for server in {server for server, _ in one.members}
            for place in was_in.get(server, ())
        )
        if not common:
            new.append(one.id)
            continue
        place, _ = max(common.items(), key=lambda pair: (pair[1], -pair[0]))
        old = earlier.clusters[place]
        if one.servers > old.servers:
            grown.append(
                Change(one.id, counted(old.servers, "server"), counted(one.servers, "server"))
            )
    return Changes(
        since=Path(called).name,
        servers_new=tuple(sorted(grades.keys() - before.keys())),
        servers_gone=tuple(sorted(before.keys() - grades.keys())),
        graver=tuple(graver),
        milder=tuple(milder),
        clusters_new=tuple(new),
        clusters_grown=tuple(grown),
    )
