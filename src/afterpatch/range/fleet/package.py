"""Writes one server of a fleet as a zip: logs and files, the same bytes on every run."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from msgspec import Struct

from afterpatch.range import formats, tree
from afterpatch.range.draw import guid
from afterpatch.range.fleet.fate import Fate
from afterpatch.range.fleet.story import Told, moment
from afterpatch.range.hands.front import as_logged
from afterpatch.range.logs import KINDS, Log
from afterpatch.range.scenario import Scenario
from afterpatch.range.stage import DAY, HOUR, Planned, Stage

_NEVER = (1980, 1, 1, 0, 0, 0)  # the earliest time a zip can hold


class Left(Struct, frozen=True):
    """A row of somebody's deed that is in the package."""

    time: str
    kind: str
    what: str
    hand: str
    actor: str
    log: str
    page: str


class Named(Struct, frozen=True):
    """What the range's one server is called in this package."""

    host: str
    domain: str
    minor: str

    def __call__(self, text: str) -> str:
        return (
            text.replace("MAIL01", self.host)
            .replace("mail01", self.host.lower())
            .replace("example.org", f"{self.domain}.example.org")
            .replace("Version 15.1 (", f"Version 15.{self.minor} (")
        )


def write_package(target: Path, play: Told, fate: Fate, named: Named, rng: Random) -> list[Left]:
    """Write the package and return what the rows in it show of those who came."""
    with TemporaryDirectory() as folder:
        root = Path(folder)
        left = _write_logs(root, play, fate, named, rng)
        _write_files(root, play.stage, fate, named)
        _pack(root, target)
    return left


def _write_logs(root: Path, play: Told, fate: Fate, named: Named, rng: Random) -> list[Left]:
    logs = {kind.name: Log(kind, root) for kind in KINDS}
    lost = {kind.name for kind in KINDS if kind.fast or fate.bare}
    kept_from = (fate.kept_from - fate.first).days * DAY
    left: list[Left] = []
    down = play.outage.stop
    for happening in play.stage.done:
        if down and happening.at >= down:
            down = 0
            for log in logs.values():
                log.restart()
        build = play.stage.build(happening.at)
        for name, data in _filled(happening, play, fate.first, named, rng):
            if name in lost and happening.at < kept_from:
                continue
            day, rest = divmod(happening.at, DAY)
            logs[name].write(data, 1, fate.first + timedelta(days=day), rest // HOUR, build)
            if happening.hand:
                left.append(
                    Left(
                        time=_stamp(fate.first, happening.at),
                        kind=happening.kind,
                        what=happening.what,
                        hand=happening.hand,
                        actor=happening.actor,
                        log=name,
                        page=happening.page,
                    )
                )
    for log in logs.values():
        log.close()
    return left


def _stamp(first: date, at: int) -> str:
    return moment(first, at).isoformat(timespec="milliseconds") + "Z"


def _filled(
    happening: Planned, play: Told, first: date, named: Named, rng: Random
) -> Iterable[tuple[str, bytes]]:
    end, begin = _stamp(first, happening.at), _stamp(first, happening.at - happening.took)
    values = {
        "end": end,
        "begin": begin,
        "second": f"{end[:10]} {end[11:19]}",
        "id": guid(rng),
        "got": str(happening.got),
        "took": str(happening.took),
        "work": str(happening.took - (happening.took >> 4)),
        "spare": guid(rng),
        "utc": f"{end[:10]} {end[11:23]}",
    }
    for name, text in happening.rows:
        (kind,) = [kind for kind in KINDS if kind.name == name]
        row = formats.fill(as_logged(play.cast, name, text) + kind.line_end, values)
        yield name, named(row).encode()


def _write_files(root: Path, stage: Stage, fate: Fate, named: Named) -> None:
    scenario = Scenario(
        name="fleet", summary="", grade="used", build=fate.build,
        cumulative_update=fate.cumulative_update, first_day=fate.first, last_day=fate.last,
        stories=("fleet",),
    )  # fmt: skip
    stage.files = {path: named(data.decode()).encode() for path, data in stage.files.items()}
    tree.write(root, scenario, 0, stage)


def _pack(root: Path, target: Path) -> None:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as packed:
        for path in sorted(p for p in root.rglob("*") if p.is_file()):
            entry = zipfile.ZipInfo(path.relative_to(root).as_posix(), _NEVER)
            entry.compress_type = zipfile.ZIP_DEFLATED
            packed.writestr(entry, path.read_bytes())
