"""When: activity against the public life of each chain, and how long somebody was in."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from datetime import date

from afterpatch import knowledge
from afterpatch.answers.acts import plain_url
from afterpatch.answers.backdoors import url_of
from afterpatch.answers.case import Case, proves
from afterpatch.answers.coverage import REACH_DAYS
from afterpatch.answers.exposure import ExposureAnswer
from afterpatch.answers.implants import PAGE, REMOVED, removals
from afterpatch.model import (
    Backdoor,
    Chain,
    Coverage,
    Dwell,
    Finding,
    Operator,
    Outcome,
    Phase,
    Tally,
    Trace,
)
from afterpatch.times import plus, seconds

__all__ = ["dwell", "phases"]

_VISIT = "exchange-request-to-foreign-page"
_MOMENT = 0.001 / 60  # minutes: times are told to the millisecond
_TUNNEL = ("exchange-tunnel-request", "exchange-tunnel-data-request")
Spans = tuple[tuple[str, str], ...]


# ---------------------------------------------------------------- phases


def phases(
    case: Case,
    rows: Sequence[Coverage],
    chains: Sequence[Chain],
    doors: Sequence[Backdoor],
    hands: Sequence[Operator],
    traces: Sequence[Trace] = (),
) -> tuple[Phase, ...]:
    """The calendar of every chain that touches the evidence, with what was found in each phase.

    A phase is visible as far as a log covers it that shows the requests of its chain.
    """
    first, last = case.window
    if first is None or last is None:
        return ()
    touched = {f.chain for f in case.findings if f.chain}
    asked = _Visits(case, hands, traces)
    visits: dict[str | None, list[Tally]] = {}
    for door in doors:
        visits.setdefault(_opened_by(door, chains), []).extend(asked.of(door))
    found = []
    for phase in knowledge.phases():
        start = f"{phase.from_}T00:00:00.000Z"
        end = f"{phase.to}T00:00:00.000Z" if phase.to else None
        near = start <= last and (end is None or end >= plus(first, -REACH_DAYS * 1440))
        if phase.chain not in touched and not (near and _recent(phase.chain, first)):
            continue
        until = end or last
        covered = {source: _covered(rows, source) for source in phase.seen_in}
        spans = [s for of_source in covered.values() for s in of_source]
        share = _share(spans, start, until)
        seen_in = tuple(s for s, of in covered.items() if _reaches(of, start, until))
        found.append(
            Phase(
                name=f"{phase.chain}: {phase.name}",
                from_=start,
                to=end,
                activity=_requests(case, phase.chain, start, end or "~")
                + asked.count(visits.get(phase.chain, ()), start, end or "~"),
                visible=bool(seen_in),
                share=round(share, 3),
                seen_in=seen_in,
            )
        )
    return tuple(found)


def _recent(chain: str, first: str) -> bool:
    began = knowledge.phases(chain)[0].from_
    return seconds(first) - seconds(f"{began}T00:00:00.000Z") <= REACH_DAYS * 86_400


def _covered(rows: Sequence[Coverage], source: str) -> Spans:
    """The times that a family, or one channel of the event log, covers without its gaps."""
    family, _, channel = source.partition(":")
    row = next((r for r in rows if r.artifact == family), None)
    if row is None:
        return ()
    from_, to = row.from_, row.to
    if channel:
        part = next((p for p in row.parts if p.name == channel), None)
        from_, to = (part.from_, part.to) if part else (None, None)
    if from_ is None or to is None:
        return ()
    pieces = []
    for gap in sorted(row.gaps, key=lambda g: (g.from_, g.to)):
        if gap.where == channel and gap.to > from_:
            if gap.from_ > from_:
                pieces.append((from_, gap.from_))
            from_ = max(from_, gap.to)
    return (*pieces, (from_, to)) if from_ <= to else tuple(pieces)


def _reaches(spans: Spans, start: str, end: str) -> bool:
    """Whether any of these spans, which may be that of a single record, reaches into a time."""
    return any(
        start <= from_ < end if from_ == to else from_ < end and to > start for from_, to in spans
    )


def _share(spans: Iterable[tuple[str, str]], start: str, end: str) -> float:
    """How much of a time these spans cover together, from 0 to 1."""
    if end <= start:
        return 0.0
    covered, at = 0.0, start
    for from_, to in sorted(spans):
        from_, to = max(from_, at), min(to, end)
        if to > from_:
            covered += seconds(to) - seconds(from_)
            at = to
    return covered / (seconds(end) - seconds(start))


def _requests(case: Case, chain: str, start: str, end: str) -> int:
    """Records of the chain: one that several rules speak of counts once."""
    return len(
        {
            (f.provenance.evidence, f.provenance.member, f.provenance.offset)
            for f in case.findings
            if f.chain == chain and f.when is not None and start <= f.when < end
        }
    )


def _opened_by(door: Backdoor, chains: Sequence[Chain]) -> str | None:
    """The chain that opened the door: the last one to be exploited before it stood there."""
    stood = door.planted or door.visits.first
    through = [c for c in chains if c.outcome == "exploited" and c.first is not None]
    before = [c for c in through if stood is not None and (c.first or "") <= stood]
    if before:
        return max(before, key=lambda c: (c.first or "", c.name)).name
    return through[0].name if len(through) == 1 else None


# ---------------------------------------------------------------- visits to doors


class _Visits:
    """Requests to pages by anybody but responders, counted by address and file; one that a later
    sweep found is a tally of its own."""

    def __init__(self, case: Case, hands: Sequence[Operator], traces: Sequence[Trace]) -> None:
        responders = _addresses(h for h in hands if h.class_ == "responder")
        responders -= _addresses(h for h in hands if h.class_ == "intruder")
        known = {_place(f) for f in case.findings}
        # One request stands in several logs: as the web site got it, where that log is there.
        families = {report.family for report in case.reports}
        got = "httpproxy" if "httpproxy" in families and "iis" not in families else "iis"
        more = (
            Tally(_VISIT, _outcome(t), t.actor.address, t.object.url, 1, t.when, t.when)
            for t in traces
            if _place(t) not in known and t.artifact == got and t.facts.get("back_end") != "true"
        )
        self._by_url: dict[str, list[Tally]] = {}
        for tally in (*case.tallies, *more):
            if tally.rule in (_VISIT, *_TUNNEL) and tally.address not in responders:
                self._by_url.setdefault(plain_url(tally.url or ""), []).append(tally)
        self._times: dict[tuple[str | None, ...], list[str]] = {}
        for f in case.findings:
            if f.when is not None and f.rule in (_VISIT, *_TUNNEL):
                key = (f.rule, f.outcome, f.actor.address, f.object.url)
                self._times.setdefault(key, []).append(f.when)
        for times in self._times.values():
            times.sort()

    def of(self, door: Backdoor) -> list[Tally]:
        """Requests to the door, or below it where it is a directory."""
        url = plain_url(door.url or "")
        if not url:
            return []
        found = list(self._by_url.get(url, ()))
        if door.kind != PAGE:
            below = f"{url.rstrip('/')}/"
            found += [t for u, of in self._by_url.items() if u.startswith(below) for t in of]
        # A request to a tunnel may be told of by both rules.
        return [t for t in found if t.rule == _VISIT] or found

    def count(self, visits: Iterable[Tally], start: str, end: str) -> int:
        """How many of the visits lie in a time; of a tally that reaches out of it, those of which
        the records are kept."""
        total = 0
        for visit in visits:
            if visit.first is None or visit.last is None:
                continue
            if start <= visit.first and visit.last < end:
                total += visit.count
                continue
            key = (visit.rule, visit.outcome, visit.address, visit.url)
            times = self._times.get(key, [])
            from_, to = max(start, visit.first), min(end, plus(visit.last, _MOMENT))
            total += max(0, bisect_left(times, to) - bisect_left(times, from_))
        return total


def _outcome(trace: Trace) -> Outcome:
    return "reached" if trace.facts.get("status") == "200" else "attempt"


def _place(record: Finding | Trace) -> tuple[str, str, int]:
    of = record.provenance
    return of.evidence, of.member, of.offset


# ---------------------------------------------------------------- how long


def dwell(
    case: Case,
    exposure: ExposureAnswer,
    chains: Sequence[Chain],
    doors: Sequence[Backdoor],
    hands: Sequence[Operator],
    traces: Sequence[Trace] = (),
) -> Dwell | None:
    """How long somebody was in; None where no entry that has a time is proved.

    The entry is the first request of an exploited chain that was answered, or the first door. It
    ends with the removal of the last door, if all are gone and nobody came through since, else with
    the evidence. Who only looks at a door, as scanners do, was not in.
    """
    asked = _Visits(case, hands, traces)
    answered = {door.id: [t for t in asked.of(door) if t.outcome != "attempt"] for door in doors}
    others = _addresses(h for h in hands if h.class_ != "intruder")
    others -= _addresses(h for h in hands if h.class_ == "intruder")
    came_in = {name: [t for t in of if t.address not in others] for name, of in answered.items()}
    stood = {door.id: _stood(door, answered[door.id]) for door in doors}
    through = [chain for chain in chains if chain.outcome == "exploited"]
    entries = {chain.name: _entries(case, chain) for chain in through}
    begun = [when for times in (*entries.values(), stood.values()) for when in times if when]
    last = case.window[1]
    if not begun or last is None:
        return None
    entry = min(begun)
    visits = [t for of_door in came_in.values() for t in of_door]
    last_deed = max((*begun, *_deeds(case, hands, visits, traces)))
    gone = [_gone(case, door) for door in doors]
    removed = max((when for when in gone if when), default=None)
    evicted = removed is not None and None not in gone and last_deed <= removed
    end = max(last_deed, removed if evicted and removed else last)
    patched = _patched(exposure, through, entries, entry)
    late = [
        t
        for door in doors
        if patched is not None and (stood[door.id] or "~") < patched
        for t in came_in[door.id]
        if asked.count([t], patched, "~")
    ]
    came = {t.address for t in late}
    return Dwell(
        entry=entry,
        last_deed=last_deed,
        end=end,
        ended="evicted" if evicted else "end of evidence",
        days=(date.fromisoformat(end[:10]) - date.fromisoformat(entry[:10])).days,
        patched=patched,
        after_patch=asked.count(late, patched or "~", "~"),
        operators=tuple(h.id for h in hands if h.class_ == "intruder" and came & set(h.addresses)),
    )


def _addresses(hands: Iterable[Operator]) -> set[str]:
    return {address for hand in hands for address in hand.addresses}


def _entries(case: Case, chain: Chain) -> list[str]:
    """When requests of the chain were answered, without those that have an innocent reading in
    whichever log."""
    innocent = {f.facts["request"] for f in case.findings if f.look_alike and "request" in f.facts}
    times = [
        f.when
        for f in case.findings
        if f.chain == chain.name
        and f.question == "exploited"
        and f.outcome != "attempt"
        and f.look_alike is None
        and f.standing == "proof"
        and f.when is not None
        and f.facts.get("request") not in innocent
    ]
    return times or ([chain.first] if chain.first else [])


def _stood(door: Backdoor, answered: Sequence[Tally]) -> str | None:
    """The first time that the door is known to have stood there."""
    times = [door.planted, *(visit.first for visit in answered)]
    return min((when for when in times if when), default=None)


def _deeds(
    case: Case, hands: Sequence[Operator], visits: Sequence[Tally], traces: Sequence[Trace]
) -> Iterable[str]:
    """When something was done by whoever was in: last visits, effects, and what intruders sent and
    the server did not refuse."""
    intruders = [hand for hand in hands if hand.class_ == "intruder"]
    addresses = _addresses(intruders)
    others = _addresses(hand for hand in hands if hand.class_ != "intruder")
    # From where others come too, nothing later than the last that is an intruder's own.
    last = {a: max(h.last or "" for h in intruders if a in h.addresses) for a in addresses & others}
    own = {id_ for hand in intruders for id_ in hand.findings}
    times = [
        *(v.last and min(v.last, last.get(v.address or "", v.last)) for v in visits),
        *(
            t.when
            for t in traces
            if t.actor.address in addresses
            and (t.when or "~") <= last.get(t.actor.address or "", "~")
            and not _is_refused(t)
        ),
        *(f.when for f in case.findings if f.id in own and f.outcome != "attempt"),
        *(f.when for f in case.findings if proves(f) and f.question in ("used", "impacted")),
    ]
    return filter(None, times)


def _is_refused(trace: Trace) -> bool:
    return trace.facts.get("status", "").startswith(("4", "5"))


def _gone(case: Case, door: Backdoor) -> str | None:
    """When the door was seen to be removed; None where it stands, or where nothing tells."""
    if door.still_stands != "no":
        return None
    path, url = (door.path or "").lower(), plain_url(door.url or "")
    pages = (
        when
        for place, when in removals(case, PAGE).items()
        if door.kind == PAGE and (place == path or (url and plain_url(url_of(place) or "") == url))
    )
    own = set(door.findings)
    others = (f.when for f in case.findings if f.id in own and f.rule.endswith(REMOVED) and f.when)
    return max((*pages, *others), default=None)


def _patched(
    exposure: ExposureAnswer,
    through: Sequence[Chain],
    entries: dict[str, list[str]],
    entry: str,
) -> str | None:
    """When the server is first seen with a build that fixes the chain it was entered by, after the
    entry."""
    first = min(through, key=lambda c: (min(entries[c.name], default="~"), c.name), default=None)
    if first is None or not first.cves:
        return None
    return next(
        (
            span.from_
            for span in exposure.build_history
            if span.from_ is not None
            and span.from_ > entry
            and all(knowledge.fix_state(cve, span.build).state == "fixed" for cve in first.cves)
        ),
        None,
    )
