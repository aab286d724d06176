"""Which holes stood open on the server, from when to when, by the builds it was seen to run.

A build is seen in log headers, in columns of the rows and in ECP's BLD, each with its time; the
first sighting of a fixed build bounds the moment of the patch. A component may lag behind the
update that came with it, but none can run ahead of it: where two bases disagree at one time, the
later build counts. Nothing is said about the time before the first sighting.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from afterpatch import knowledge
from afterpatch.knowledge import Cve, FixState
from afterpatch.model import BuildSpan, Exposure, Sighting

Window = tuple[str | None, str | None]

# Gravest first; a hole that may be open is graver than one that is closed.
STATE_ORDER: Mapping[str, int] = {"exposed": 0, "unknown": 1, "mitigated": 2, "fixed": 3}
# Active Directory and the set-up key of the registry name the cumulative update only: they count
# where nothing better was seen.
CU_ONLY_BASES = ("admindisplayversion", "msibuild", "registry")


class ExposureAnswer(Struct, frozen=True):
    """The server's product and build with their history, and every hole that was known in time."""

    product: str | None
    build: str | None
    build_source: str | None
    build_history: tuple[BuildSpan, ...]
    exposure: tuple[Exposure, ...]


class _Seen(Struct, frozen=True, order=True):
    """One sighting of a plausible build; `when` is empty for one without a time."""

    when: str
    number: knowledge.Number
    build: str
    basis: str
    cu_only: bool


class _Span(Struct, frozen=True):
    """A time in which one build counted, from its first to its last sighting; `from_` and `to` are
    None when the build was seen without a time."""

    build: str
    basis: str
    from_: str | None
    to: str | None
    cu_only: bool


def exposure(sightings: Sequence[Sighting], window: Window) -> ExposureAnswer:
    """Builds the history of builds and compares it with the holes known by the end of the evidence.

    `window` is the first and last time seen in the evidence, by which a hole is judged or left out:
    one that came to be known later says nothing about this evidence. Without a last time, the last
    sighting takes its place; without any time at all, open holes are given as unknown, since
    nobody can say whether they were known then.
    """
    spans = _spans(sightings, window[1])
    if not spans:
        return ExposureAnswer(None, None, None, (), _without_build(window[1]))
    horizon = max(filter(None, (window[1], *(span.to for span in spans))), default=None)
    found: list[Exposure] = []
    for cve in knowledge.cves().values():
        if horizon is None or _known_from(cve) <= horizon:
            found.extend(_judge(cve, spans, horizon))
    last = spans[-1]
    product = knowledge.product_of(last.build)
    return ExposureAnswer(
        product=product.name if product else None,
        build=last.build,
        build_source=last.basis,
        build_history=tuple(BuildSpan(span.build, span.from_, span.to) for span in spans),
        exposure=_sorted(found),
    )


# ---------------------------------------------------------------- history


def _spans(sightings: Iterable[Sighting], last: str | None) -> tuple[_Span, ...]:
    seen = set(filter(None, map(_read, sightings)))
    exact = {entry for entry in seen if not entry.cu_only} or seen
    timed = sorted(entry for entry in exact if entry.when)
    # A build can't run before its release: such a row is damaged, unless the clock is wrong
    # throughout.
    timed = [entry for entry in timed if not _before_release(entry)] or timed
    spans = _timed_spans(_without_strays(timed))
    untimed = max((entry for entry in exact if not entry.when), default=None)
    if untimed is None:
        return spans
    if not spans:
        return (_Span(untimed.build, untimed.basis, None, None, untimed.cu_only),)
    # A file that names a later build than all that has a time was there at the end.
    if untimed.number > max(knowledge.build_number(span.build) or () for span in spans):
        end = max(filter(None, (last, spans[-1].to)))
        return (*spans, _Span(untimed.build, untimed.basis, end, end, untimed.cu_only))
    return spans


def _read(sighting: Sighting) -> _Seen | None:
    if sighting.kind != "build":
        return None
    build = knowledge.normalize_build(sighting.value)
    number = knowledge.build_number(sighting.value)
    if build is None or number is None or knowledge.product_of(build) is None:
        return None
    cu_only = any(basis in sighting.basis.lower() for basis in CU_ONLY_BASES)
    return _Seen(sighting.when or "", number, build, sighting.basis, cu_only)


def _before_release(seen: _Seen) -> bool:
    row = knowledge.known_build(seen.build)
    return row is not None and seen.when[:10] < row.released


def _without_strays(timed: list[_Seen]) -> list[_Seen]:
    """Leaves out a build that one basis shows once only, between two sightings of another build: a
    damaged row, or a log of another server."""
    by_basis: dict[str, list[_Seen]] = {}
    for sighting in timed:
        by_basis.setdefault(sighting.basis, []).append(sighting)
    strays = set()
    for group in by_basis.values():
        for before, middle, after in zip(group, group[1:], group[2:], strict=False):
            if before.build == after.build != middle.build and before not in strays:
                strays.add(middle)
    return [sighting for sighting in timed if sighting not in strays]


def _timed_spans(timed: list[_Seen]) -> tuple[_Span, ...]:
    spans: list[_Span] = []
    current: dict[str, _Seen] = {}  # the last sighting of each basis
    for at, sighting in enumerate(timed):
        current[sighting.basis] = sighting
        if at + 1 < len(timed) and timed[at + 1].when == sighting.when:
            continue
        best = max(current.values(), key=lambda seen: (seen.number, seen.basis))
        if spans and spans[-1].build == best.build:
            last = spans.pop()
            spans.append(_Span(last.build, last.basis, last.from_, sighting.when, last.cu_only))
        else:
            spans.append(
                _Span(best.build, _basis(best, current), sighting.when, sighting.when, best.cu_only)
            )
    return tuple(spans)


def _basis(best: _Seen, current: Mapping[str, _Seen]) -> str:
    others = sorted(
        f"{seen.basis} says {seen.build}"
        for seen in current.values()
        if seen.build != best.build and seen.when == best.when
    )
    return f"{best.basis} ({', '.join(others)})" if others else best.basis


# ---------------------------------------------------------------- holes


def _judge(cve: Cve, spans: Sequence[_Span], horizon: str | None) -> list[Exposure]:
    states = _states(cve, spans)
    if all(state.state == "not affected" for state in states):
        return []
    # Without a fix to compare with, only the holes that are used are worth a word.
    if all(state.fix is None and state.state == "unknown" for state in states) and not (
        cve.in_kev or cve.chain
    ):
        return []
    intervals = _open_intervals(cve, spans, states)
    if intervals:
        if horizon is None:
            basis = f"{intervals[0][2]}; nothing in the evidence has a time"
            return [Exposure(cve.cve, cve.chain, "unknown", None, None, basis, cve.patched)]
        return [
            Exposure(cve.cve, cve.chain, "exposed", from_, to, basis, cve.patched)
            for from_, to, basis in intervals
        ]
    pairs = tuple(zip(spans, states, strict=True))
    for at, (span, fix) in enumerate(pairs):
        if fix.state == "fixed":
            basis = _sentence(span, fix)
            if at and states[at - 1].state == "open":
                basis += f"; the update went in after {spans[at - 1].to}"
            return [Exposure(cve.cve, cve.chain, "fixed", span.from_, None, basis, cve.patched)]
    span, fix = pairs[-1]
    basis = _sentence(span, fix)
    if fix.state == "open":
        basis += f"; last seen {span.to}, before the hole was known"
    return [Exposure(cve.cve, cve.chain, "unknown", None, None, basis, cve.patched)]


def _states(cve: Cve, spans: Sequence[_Span]) -> tuple[FixState, ...]:
    """The state in each span. What a build can't show is as it was under the build before, when
    the update between them couldn't change it."""
    states: list[FixState] = []
    for span in spans:
        state = knowledge.fix_state(cve.cve, span.build, span.cu_only)
        row = knowledge.known_build(span.build)
        if (
            states
            and state.state == "unknown"
            and state.fix is not None
            and row is not None
            and row.march_2021_only
            and not cve.requirement_decides
        ):
            state = FixState(states[-1].state, state.basis, state.fix)
        states.append(state)
    return tuple(states)


def _open_intervals(
    cve: Cve, spans: Sequence[_Span], states: Sequence[FixState]
) -> list[tuple[str | None, str | None, str]]:
    known = _known_from(cve)
    intervals = []
    at = 0
    while at < len(spans):
        if states[at].state != "open":
            at += 1
            continue
        first = at
        while at < len(spans) and states[at].state == "open":
            at += 1
        # The build that was open last names the hole; a later one may have been a fix for others.
        span = spans[at - 1]
        end = spans[at].from_ if at < len(spans) else None
        if not _open_when_known(cve, span, end):
            continue
        from_ = max(spans[first].from_ or known, known) if spans[first].from_ else None
        basis = _sentence(span, states[at - 1])
        if at < len(spans):
            basis += f"; {spans[at].basis} {spans[at].build} first seen {end}"
        intervals.append((from_, end, basis))
    return intervals


def _open_when_known(cve: Cve, span: _Span, end: str | None) -> bool:
    """Whether the evidence shows the hole open at a time when it was known: the build was seen
    then, or was seen last when no fix existed yet and the hole was already in use by the time one
    did."""
    known = _known_from(cve)
    if span.to is None or span.to >= known:
        return True
    return end is not None and known < min(end, _start_of(cve.patched))


def _without_build(last: str | None) -> tuple[Exposure, ...]:
    if last is None:
        return ()
    return _sorted(
        Exposure(
            cve.cve,
            cve.chain,
            "unknown",
            None,
            None,
            "no build of the server was seen",
            cve.patched,
        )
        for cve in knowledge.cves().values()
        if cve.in_kev and _known_from(cve) <= last
    )


def _sentence(span: _Span, fix: FixState) -> str:
    return f"{span.basis} {span.build} {fix.basis}"


def _known_from(cve: Cve) -> str:
    return _start_of(cve.known_from)


def _start_of(day: str) -> str:
    return f"{day}T00:00:00.000Z"


def _sorted(found: Iterable[Exposure]) -> tuple[Exposure, ...]:
    cves = knowledge.cves()
    return tuple(
        sorted(
            found,
            key=lambda row: (
                STATE_ORDER[row.state],
                knowledge.gravity(cves[row.cve]),
                row.from_ or "",
            ),
        )
    )
