"""Writes one synthetic server and the truth about it.

Requests are drawn from pools, their open places filled, and written slab by slab: memory does not
grow with the size. Requests are counted out hour by hour so that the whole comes to
the size asked for, headers included.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from random import Random
from struct import unpack
from typing import Any

from afterpatch.errors import UsageError
from afterpatch.range import formats, hands, server, traffic, tree
from afterpatch.range.draw import below, guid, listed, pick
from afterpatch.range.hands.front import as_logged
from afterpatch.range.incident import Plan, plan, probe
from afterpatch.range.keeping import EVENT_LOGS, shifted, truncate
from afterpatch.range.logs import KINDS, Log
from afterpatch.range.scenario import DEFAULT_SIZE, SCENARIOS, Scenario
from afterpatch.range.server import Server
from afterpatch.range.slab import Ready, Slab, mean_bytes
from afterpatch.range.stage import DAY, HOUR, Page, Planned
from afterpatch.range.traffic import MACHINES, PEOPLE, Act, Cast

__all__ = ["DEFAULT_SIZE", "build", "own_size", "parse_size"]

SLAB_SIZES = {
    256: 12,
    64: 12,
    16: 16,
    4: 32,
    1: 64,
}  # requests in a slab, and how many slabs differ
FEWEST = 24  # requests in the quietest hour
# On a small server, where many hands are to be watched: so few an hour, spread out evenly, as the
# product's own monitoring asks; other requests as the size allows.
PULSES = 2
_PULSE = -1  # the mixture of these alone
_SINGLES = 512  # different requests of a small server
ORDINARY_BYTES = 2_500_000  # of other requests, at least, where no size is asked for
POOL = 2048  # different requests of people; an eighth as many of machines
SMALL_POOL = 512
SMALL_SIZE = 32_000_000  # bytes below which the smaller pool gives variety enough

# Requests of people in each hour of a working day (UTC, staff an hour or two ahead of it), and of
# machines in every hour.
_WORKDAY = tuple(
    int(weight)
    for weight in listed("6 5 4 4 5 9 30 70 100 100 95 85 75 90 95 90 80 60 40 30 25 20 14 9")
)
_WEEKEND = tuple(max(3, weight // 5) for weight in _WORKDAY)
_MACHINES = 5
# How many of 16 requests are machines': the next higher step of what an hour should have.
_MIXTURES = (1, 2, 4, 10)
_UNITS = {"": 1, "k": 1000, "m": 1000**2, "g": 1000**3, "ki": 1024, "mi": 1024**2, "gi": 1024**3}
_PULSED = "HttpProxy/Owa"
_WEB = ("W3SVC", "HttpProxy/")
_EVENT_ID = re.compile(rb'"EventID":')
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([kmg]i?)?b?", re.IGNORECASE)


def parse_size(text: str) -> int:
    """Bytes from `600MB` (powers of 1000), `2GiB` (of 1024) or a plain number; UsageError else."""
    match = _SIZE.fullmatch(text.strip())
    size = int(float(match[1]) * _UNITS[(match[2] or "").lower()]) if match else 0
    if size <= 0:
        raise UsageError(f"'{text}' is no size: give bytes, or a number with MB, GB, MiB or GiB.")
    return size


def own_size(scenario: str) -> int:
    """About how many bytes of logs are written of a scenario when no size is asked for."""
    return next((story.size for story in SCENARIOS if story.name == scenario), DEFAULT_SIZE)


def build(
    scenario: str,
    out: Path,
    *,
    size: int | None = None,
    seed: int = 0,
    first_day: date | None = None,
    last_day: date | None = None,
    hits_every: int | None = None,
    progress: Callable[[int], None] | None = None,
) -> Path:
    """Write `evidence/` (a bare copy of C:) and `ground_truth.json` to an empty folder; return it.

    `size` is in bytes, within ten percent, over all logs; None: the scenario's own. `hits_every`
    lays one inert probe row into about so many lines, for benchmarks. `progress` is called with the
    bytes written so far.
    The same arguments give the same bytes. UsageError when they make no sense.

    `ground_truth.json` holds:
    `schema`, `scenario`, `summary`, `seed`, `size` (bytes of logs written), `window` {from, to};
    `server` {names, product, cumulative_update, builds [{build, from}]};
    `expect` {grade, chains [{name, outcome, cves, sources}], web_shells [{path, url, planted,
    planted_by, visitors, on_disk, visits}], backdoors [{kind, thing, path, url, evidence_state,
    still_stands}] (web shells among them), impact [{kind, technique, amount {value, unit}}],
    findings [{technique, cves, sources}] (those that must show and prove nothing),
    operators [{address, class}], actor_addresses (intruders'), scanner_addresses,
    bystander_addresses, commands (those a remaining event shows)};
    `events` [{time, kind, what, actor, file, line}]: each row written on purpose, `file` below
    `evidence/`, `line` from 1; kinds attack, visit, command, probe, scan, administration, response;
    `expired`: rows of the story that fell to log retention; `hits`: rows laid for benchmarks;
    `coverage` [{family, from, to}]: first and last time in each family of logs.

    Scenarios of many hands hold more. In `expect`: `hands`, `decoys` and who planted each of
    `web_shells` (see `hands/left.py`), `shared_addresses` (from which hands and users come alike),
    `bystander_accounts`, and `framed_addresses` and `framed_accounts` where an intruder wrote those
    into the logs. In each of `events`: `hand` (the id in `hands`, null for nobody's) and, in
    web logs, `request`: rows of one request share it; further kinds are download, sign-in, poison,
    cleared. Beside them `skew` {source, seconds}, null for none: by how much the clock of a family
    is ahead of the time of the events; and `gaps` [{family, log, from, to, why}].
    """
    story = next((story for story in SCENARIOS if story.name == scenario), None)
    if story is None:
        names = ", ".join(story.name for story in SCENARIOS)
        raise UsageError(f"There is no scenario '{scenario}'; choose one of: {names}.")
    first, last = first_day or story.first_day, last_day or story.last_day
    if first > last:
        raise UsageError(f"The first day {first} is after the last day {last}.")
    if (story.fast_log_days or story.cast) and (last - first).days < 3:
        raise UsageError(f"Scenario '{scenario}' needs at least four days for logs to expire.")
    if hits_every is not None and hits_every < 1:
        raise UsageError("The lines between two hits must be at least 1.")
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise UsageError(f"'{out}' is not an empty folder; name a new one.")
    return _Build(story, out, size, seed, first, last, hits_every, progress).run()


def _make_plan(
    scenario: Scenario, seed: int, first: date, days: int
) -> tuple[Plan, Server, hands.Play | None]:
    """What is laid into the traffic, the server, and the play of its cast when it has one."""
    mail = server.furnish(seed)
    if scenario.cast:
        planned, play, mail = hands.plan(scenario, mail, seed, first, days)
        return planned, mail, play
    return plan(scenario, mail, seed, first, days), mail, None


def _header_bytes(name: str) -> int:
    """Bytes of the header of one file of a log, about."""
    (kind,) = [kind for kind in KINDS if kind.name == name]
    return 100 + len(",".join(kind.columns)) * (2 if kind.bare else 1)


class _Pools:
    """The requests to draw from, and the slabs made of them so far."""

    def __init__(
        self, people: list[Ready], machines: list[Ready], pulses: Sequence[Ready] = ()
    ) -> None:
        self.people, self.machines, self.pulses = people, machines, pulses
        self.people_bytes, self.machine_bytes = mean_bytes(people), mean_bytes(machines)
        self._slabs: dict[tuple[int, int], list[Slab]] = {}

    def slabs(self, rng: Random, size: int, mixture: int) -> list[Slab]:
        """Slabs of so many requests, of which so many of 16 are machines'; made on first use."""
        key = (size, mixture)
        if key not in self._slabs:
            count = _SINGLES if self.pulses else SLAB_SIZES[size]
            self._slabs[key] = [
                Slab([self._one(rng, mixture) for _ in range(size)]) for _ in range(count)
            ]
        return self._slabs[key]

    def _one(self, rng: Random, mixture: int) -> Ready:
        if mixture == _PULSE:
            return pick(rng, self.pulses)
        return pick(rng, self.machines if below(rng, 16) < mixture else self.people)

    def forget(self) -> None:
        """Free the slabs; the requests stay."""
        self._slabs.clear()


class _Build:
    """One build under way."""

    def __init__(
        self,
        scenario: Scenario,
        out: Path,
        size: int | None,
        seed: int,
        first: date,
        last: date,
        hits_every: int | None,
        progress: Callable[[int], None] | None,
    ) -> None:
        self.scenario, self.out, self.seed = scenario, out, seed
        self.asked, self.size = size, size or scenario.size
        self.first, self.days = first, (last - first).days + 1
        self.hits_every, self.progress = hits_every, progress
        self.plan, self.server, self.play = _make_plan(scenario, seed, first, self.days)
        self.keeping = self.plan.keeping
        forwarded = bool(self.play and self.play.cast.logs_forwarded)
        self.rng = Random(f"{seed}/{scenario.name}/traffic")
        self.logs = {
            kind.name: Log(
                kind,
                out / "evidence",
                sizes=scenario.log_sizes,
                forwarded=forwarded and kind.name == "W3SVC1",
            )
            for kind in KINDS
        }
        self.build = scenario.build
        self.known_pools: dict[tuple[str, frozenset[str]], _Pools] = {}
        self.pools = _Pools([], [])
        self.written = self.lines = self.hits = self.expired = 0
        self.next_hit = hits_every or 0
        self.hit_sources: set[str] = set()
        self.pulses: frozenset[int] = frozenset()
        self.records: dict[str, int] = {}
        self.told: list[hands.Row] = []

    def run(self) -> Path:
        targets = self._targets()
        waiting = list(self.plan.happenings)
        if outage := self.plan.outage:
            waiting.append(Planned(outage.stop, [], "restart", ""))
            waiting.sort(key=lambda happening: happening.at)
        waiting.reverse()
        for hour, target in enumerate(targets):
            self._enter(hour * HOUR)
            people, machines = self._requests(hour)
            mean = self._mean(people, machines) / (people + machines)
            fewest = PULSES if self.play else FEWEST
            count = max(fewest, int((target - self.written) / mean))
            times = self._times(hour * HOUR, count)
            share = 16 * machines / (people + machines)
            mixture = next(step for step in _MIXTURES if step >= share)
            at = 0
            while waiting and waiting[-1].at < (hour + 1) * HOUR:
                happening = waiting.pop()
                until = bisect_right(times, happening.at)
                self._pass(times[at:until], mixture)
                at = until
                self._happen(happening)
            self._pass(times[at:], mixture)
        for log in self.logs.values():
            log.close()
        self._cut()
        tree.write(self.out / "evidence", self.scenario, self.seed, self.plan.stage)
        truth = json.dumps(self._truth(), indent=2, ensure_ascii=False) + "\n"
        (self.out / "ground_truth.json").write_bytes(truth.encode("utf-8"))
        return self.out

    # -------------------------------------------------------------- how much, when

    def _moment(self, at: int) -> datetime:
        return datetime.combine(self.first, time()) + timedelta(milliseconds=at)

    def _living(self, at: int) -> frozenset[str]:
        def lives(family: str, fast: bool) -> bool:
            since = self.plan.events_from if family == "windows-events" else self.plan.fast_from
            return not fast or at >= since

        erased = {name for name, day in self.plan.stage.erased if day == at // DAY}
        erased |= {name for name, since in self.keeping.since.items() if at < since}
        return frozenset(
            kind.name for kind in KINDS if kind.name not in erased and lives(kind.family, kind.fast)
        )

    def _requests(self, hour: int) -> tuple[int, int]:
        """Weights of people's and machines' requests in an hour of the window."""
        day, clock = divmod(hour, 24)
        weekend = (self.first + timedelta(days=day)).weekday() >= 5
        return (_WEEKEND if weekend else _WORKDAY)[clock], _MACHINES

    def _mean(self, people: int, machines: int) -> float:
        """Bytes of so many requests of both sorts, on the average of the pools in use.

        On a small server most requests are the first of their protocol in an hour.
        """
        rows = people * self.pools.people_bytes + machines * self.pools.machine_bytes
        sparse = self.play is not None and _PULSED in self.live
        return rows + (people + machines) * _header_bytes(_PULSED) * sparse

    def _targets(self) -> list[int]:
        """Bytes that should have been written by the end of each hour."""
        fixed: list[int] = []
        flexible: list[float] = []
        floor = 0.0
        means: dict[tuple[frozenset[str], int], float] = {}
        for hour in range(self.days * 24):
            self._enter(hour * HOUR)
            people, machines = self._requests(hour)
            key = (self.live, people)
            if key not in means:
                means[key] = self._mean(people, machines)
            flexible.append(means[key])
            floor += (PULSES if self.play else FEWEST) * means[key] / (people + machines)
            fixed.append(self._headers(hour))
        if self.play and self.asked is None:
            self.size = max(self.size, int(sum(fixed) + floor) + ORDINARY_BYTES)
        if self.size < sum(fixed) + floor:
            need = -(-int(sum(fixed) + floor) // 1_000_000)
            raise UsageError(
                f"{self.days} days of logs need at least {need} MB; "
                "give a larger size or fewer days."
            )
        scale = (self.size - sum(fixed)) / sum(flexible)
        targets: list[int] = []
        reached = 0.0
        for header, rows in zip(fixed, flexible, strict=True):
            reached += header + rows * scale
            targets.append(int(reached))
        return targets

    def _headers(self, hour: int) -> int:
        """Bytes of the headers of the files that begin in an hour."""
        # On a small server those of hourly logs are counted with the requests.
        starts = {"hour": int(self.play is None), "day": int(hour % 24 == 0), "never": 0}
        return sum(
            starts[kind.roll] * _header_bytes(kind.name)
            for kind in KINDS
            if kind.steady and kind.name in self.live
        )

    def _enter(self, at: int) -> None:
        """Make ready the pools for the build and the living logs of a time."""
        self.live = self._living(at)
        key = (self.build, self.live)
        if key not in self.known_pools:
            size = SMALL_POOL if self.size < SMALL_SIZE else POOL
            # The same seed for every build: an update changes the version, not the people.
            cast = Cast(Random(f"{self.seed}/pool"), self.server, self.build, self.first)
            self.known_pools[key] = _Pools(
                [self._ready(act) for act in traffic.pool(cast, PEOPLE, size)],
                [self._ready(act) for act in traffic.pool(cast, MACHINES, size // 8)],
                [self._ready(act) for act in self._monitoring(cast)] if self.play else (),
            )
        pools = self.known_pools[key]
        if pools is not self.pools:
            self.pools.forget()
            self.pools = pools

    def _monitoring(self, cast: Cast) -> list[Act]:
        """The product's own requests for one protocol, by which every hour leaves rows, some with
        an event of the server beside them."""
        acts = traffic.pool(cast, ((1, traffic.probe),), SMALL_POOL)
        kinds = (traffic.security, traffic.security, traffic.sysmon, traffic.application)
        return [
            Act(
                [*act.rows, *(kinds[nth % 12](cast).rows if nth % 12 < 4 else ())],
                act.took,
                act.got,
            )
            for nth, act in enumerate(acts)
            if any(name == _PULSED for name, _text in act.rows)
        ]

    def _ready(self, act: Act) -> Ready:
        rows = tuple(
            (name, formats.template(self._line(name, text)))
            for name, text in act.rows
            if name in self.live
        )
        return rows, act.took, act.got

    def _line(self, name: str, text: str) -> str:
        """A row as its log of this server ends it."""
        if self.play:
            text = as_logged(self.play.cast, name, text)
        if self.scenario.log_sizes and name.startswith("W3SVC"):
            text = formats.with_sizes(text)
        return text + self.logs[name].kind.line_end

    def _times(self, start: int, count: int) -> list[int]:
        """The requests' times in order, none while the services are down."""
        drawn = unpack(f"<{count}I", self.rng.randbytes(4 * count))
        outage = self.plan.outage
        if self.play:
            step = HOUR // PULSES
            pulses = [start + n * step + (drawn[n] * step >> 33) for n in range(PULSES)]
            # The first thing that happens when the services are up again.
            pulses += [a for a in (outage.start - 1, outage.stop) if start <= a < start + HOUR]
            self.pulses = frozenset(pulses)
            others = [start + (number * HOUR >> 32) for number in drawn[PULSES:]]
            times = sorted({*pulses, *others})
        else:
            times = sorted([start + (number * HOUR >> 32) for number in drawn])
        if outage and outage.start < start + HOUR:
            return [at for at in times if at not in outage]
        return times

    # -------------------------------------------------------------- writing

    def _pass(self, times: list[int], mixture: int) -> None:
        """Write one request for each of these times, all in one hour."""
        if self.play:
            for at in times:
                self._write_slab([at], _PULSE if at in self.pulses else mixture)
            return
        done = 0
        for size in SLAB_SIZES:
            while len(times) - done >= size:
                self._write_slab(times[done : done + size], mixture)
                done += size

    def _write_slab(self, times: list[int], mixture: int) -> None:
        slab = pick(self.rng, self.pools.slabs(self.rng, len(times), mixture))
        day, latest = times[0] // DAY, times[-1]
        clock = [at - day * DAY for at in times]
        for name, data, rows in slab.fill(self.rng, clock, self.first + timedelta(days=day)):
            self._write(name, data, rows, latest)
        if self.progress:
            self.progress(self.written)
        while self.hits_every and self.lines >= self.next_hit:
            self.next_hit += self.hits_every
            self._hit(latest)

    def _write(self, name: str, data: bytes, rows: int, at: int) -> tuple[str, int]:
        if shift := self.keeping.shift.get(name):
            data, at = shifted(data, shift), at + shift
        if self.keeping.numbered and name in EVENT_LOGS:
            data = self._numbered(name, data)
        day, rest = divmod(at, DAY)
        log = self.logs[name]
        before = log.bytes
        place = log.write(data, rows, self.first + timedelta(days=day), rest // HOUR, self.build)
        self.written += log.bytes - before
        self.lines += rows
        return place

    def _happen(self, happening: Planned) -> None:
        if happening.kind == "restart":
            for log in self.logs.values():
                log.restart()
            self.build = self.scenario.patched_build
            self._enter(happening.at)
            return
        if happening.kind == "cleared":
            self._enter(happening.at)
        request = guid(self.rng)
        for name, data in self._fill(happening, request):
            if name not in self.live:
                self.expired += 1
                continue
            file, line = self._write(name, data, 1, happening.at)
            event = {
                "time": self._stamp(happening.at),
                "kind": happening.kind,
                "what": happening.what,
                "actor": happening.actor,
                "file": file,
                "line": line,
            }
            if self.play and name.startswith(_WEB):
                event["request"] = request
            self.told.append(
                hands.Row(
                    at=happening.at,
                    client=happening.hand,
                    log=name,
                    kind=happening.kind,
                    text=data.decode("utf-8"),
                    page=happening.page,
                    request=request,
                    told=event,
                )
            )

    def _cut(self) -> None:
        """Some files end in the middle of a line; what stood there is gone."""
        text = {r.told["file"]: r.log for r in self.told if r.log not in EVENT_LOGS}
        rng = Random(f"{self.seed}/{self.scenario.name}/cut")
        cut, bytes_lost = truncate(self.keeping, rng, self.out / "evidence", text)
        self.written -= bytes_lost
        kept = [r for r in self.told if r.told["line"] <= cut.get(r.told["file"], r.told["line"])]
        self.expired += len(self.told) - len(kept)
        self.told = kept

    def _hit(self, at: int) -> None:
        address = pick(self.rng, self.server.scanners)
        rows = probe(self.rng, address, self.build)
        happening = Planned(at, [row for row in rows if row[0] == "HttpProxy/Ecp"], "hit", "")
        for name, data in self._fill(happening, guid(self.rng)):
            if name in self.live:
                self._write(name, data, 1, at)
                self.hits += 1
                self.hit_sources.add(address)

    def _numbered(self, name: str, data: bytes) -> bytes:
        """Events with their record numbers: a log that was cleared begins at 1, others did so long
        ago."""
        first = 1 if name in self.keeping.cleared else 20_000 + 977 * len(name)

        def number(match: re.Match[bytes]) -> bytes:
            self.records[name] = self.records.get(name, first - 1) + 1
            return b'"RecordNumber":%d,%s' % (self.records[name], match[0])

        return _EVENT_ID.sub(number, data)

    def _fill(self, happening: Planned, request: str) -> Iterable[tuple[str, bytes]]:
        end, begin = self._stamp(happening.at), self._stamp(happening.at - happening.took)
        values = {
            "end": end,
            "begin": begin,
            "second": f"{end[:10]} {end[11:19]}",
            "id": request,
            "got": str(happening.got),
            "took": str(happening.took),
            "work": str(happening.took - (happening.took >> 4)),
            "spare": guid(self.rng),
            "utc": f"{end[:10]} {end[11:23]}",
        }
        for name, text in happening.rows:
            yield name, formats.fill(self._line(name, text), values).encode("utf-8")

    def _stamp(self, at: int) -> str:
        return self._moment(at).isoformat(timespec="milliseconds") + "Z"

    # -------------------------------------------------------------- the truth

    def _truth(self) -> dict[str, Any]:
        scenario = self.scenario
        builds = [{"build": scenario.build, "from": self._stamp(0)}]
        if self.plan.outage:
            since = self._stamp(self.plan.outage.stop)
            builds.append({"build": scenario.patched_build, "from": since})
        # Before the events are told: it says whose they are.
        expect = hands.expected(self.play, self.told) if self.play else {}
        spans: dict[str, tuple[str, str]] = {}
        for log in self.logs.values():
            if log.first and log.last:
                first, last = spans.get(log.kind.family, (log.first, log.last))
                spans[log.kind.family] = (min(first, log.first), max(last, log.last))
        wounds = {"skew": self.keeping.skew(), "gaps": self.keeping.gaps} if self.play else {}
        return {
            "schema": "afterpatch/range/1",
            "scenario": scenario.name,
            "summary": scenario.summary,
            "seed": self.seed,
            "size": self.written,
            "window": {"from": self._stamp(0), "to": self._stamp(self.days * DAY)},
            "server": {
                "names": [server.NAME, server.FQDN],
                "product": "Exchange Server 2016",
                "cumulative_update": scenario.cumulative_update,
                "builds": builds,
            },
            "expect": self._expected() | expect,
            "events": [row.told for row in self.told],
            "expired": self.expired,
            "hits": self.hits,
            "coverage": [
                {"family": family, "from": first, "to": last}
                for family, (first, last) in sorted(spans.items())
            ],
            **wounds,
        }

    def _expected(self) -> dict[str, Any]:
        stage, mail = self.plan.stage, self.server
        events = [row.told for row in self.told]
        probing = {event["actor"] for event in events if event["kind"] == "probe"}
        probing |= self.hit_sources
        chains: list[dict[str, Any]] = list(stage.truth.chains)
        if probing and not any(chain["name"] == "ProxyLogon" for chain in chains):
            cves = ["CVE-2021-26855"]
            chains.append(
                {
                    "name": "ProxyLogon",
                    "outcome": "probed",
                    "cves": cves,
                    "sources": sorted(probing),
                }
            )
        shells = [self._shell(page) for page in stage.pages]
        doors = [
            {
                "kind": "web shell",
                "thing": page.name,
                "path": page.path,
                "url": page.url,
                "evidence_state": "file" if page.stands else "trace only",
                "still_stands": "yes" if page.stands else "no",
            }
            for page in stage.pages
        ]
        classes = {visitor: "intruder" for page in stage.pages for visitor in page.visitors}
        for chain in chains:
            if chain["outcome"] in ("reached", "exploited"):
                classes |= dict.fromkeys(chain["sources"], "intruder")
        classes |= stage.truth.classes
        classes = dict.fromkeys(probing, "scanner") | classes
        # The addresses that a remaining row names.
        seen = {event["actor"] for event in events}
        intruders = sorted(a for a, word in classes.items() if word == "intruder" and a in seen)
        commanded = any(event["kind"] == "command" for event in events)
        grade = self.scenario.grade
        bystanders = {user.inside for user in mail.users} | {user.outside for user in mail.users}
        bystanders |= {*server.BALANCERS, server.ADDRESS, mail.administrator.inside}
        return {
            "grade": "attempted" if grade == "no evidence" and self.hits else grade,
            "chains": chains,
            "web_shells": shells,
            "backdoors": doors + stage.truth.backdoors,
            "impact": stage.truth.impact,
            "findings": stage.truth.findings,
            "operators": [
                {"address": address, "class": word}
                for address, word in sorted(classes.items())
                if address in seen | self.hit_sources
            ],
            "actor_addresses": intruders,
            "scanner_addresses": sorted(mail.scanners),
            "bystander_addresses": sorted(bystanders),
            "commands": stage.truth.commands if commanded else [],
        }

    def _shell(self, page: Page) -> dict[str, Any]:
        visits = [r.told["time"] for r in self.told if r.page == page.url and r.log == "W3SVC1"]
        return {
            "path": page.path,
            "url": page.url,
            "planted": self._stamp(page.planted),
            "planted_by": page.planted_by,
            "visitors": sorted(page.visitors),
            "on_disk": page.stands,
            "visits": {
                "first": visits[0] if visits else None,
                "last": visits[-1] if visits else None,
                "count": len(visits),
            },
        }
