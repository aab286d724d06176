"""The pictures of the report: the story, the coverage, who did what, and the open holes.

Each takes the dossier and gives a picture, or None when there is nothing to draw. All say in one
picture what stands in the tables beside them, so nothing is lost where one leaves things out.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from markupsafe import Markup
from msgspec import Struct

from afterpatch.model import Assessment, Coverage, Finding, Operator, Trace
from afterpatch.outputs.catalog import word
from afterpatch.outputs.charts import Spec, colors, drawn
from afterpatch.outputs.format import Dossier, by_standing
from afterpatch.outputs.text import visible
from afterpatch.times import is_time, plus, seconds

__all__ = ["coverage", "exposure", "hands", "story"]

HANDS_DRAWN = 12
DOORS_DRAWN = 16
HOLES_DRAWN = 24
CHAINS_DRAWN = 4
FAMILIES_DRAWN = 24
KINDS_DRAWN = 10
LABEL = 34  # characters
_WIDTH = 980
_STEP = 24  # pixels of one row
_DAY = 24 * 60  # minutes
_FIX_NEAR = 400 * _DAY  # a fix so long before the evidence is not drawn

Row = dict[str, Any]

# What is drawn, by the name of its color and the key of its word, and the shape of its marks.
_STORY = {
    "attempt": ("story.attempt", "triangle-down"),
    "entry": ("story.proved", "triangle-right"),
    "planted": ("story.planting", "diamond"),
    "visit": ("story.visit", "circle"),
    "deed": ("story.deed", "cross"),
    "harm": ("story.harm", "triangle-up"),
}
_COVERED = {
    name: f"coverage.{name}"
    for name in ("seen", "missing", "rotated", "truncated", "cleared", "absent")
}
_DONE = {
    "planted": "hands.planted",
    "visit": "hands.visited",
    "attempt": "hands.asked",
    "harm": "hands.did",
}
_HELD = {
    "entry": "exposure.exposed",
    "rotated": "exposure.mitigated",
    "absent": "exposure.unknown",
    "seen": "exposure.fixed",
}
_STATES = {"exposed": "entry", "mitigated": "rotated", "unknown": "absent", "fixed": "seen"}


class Picture(Struct, frozen=True):
    """A drawing, and its key: the name of each color with what it stands for."""

    svg: Markup
    key: tuple[tuple[str, str], ...]


def _picture(spec: Spec, said: str, words: dict[str, str], marks: Sequence[Row]) -> Picture:
    used = {mark["what"] for mark in marks}
    key = tuple((name, word(text)) for name, text in words.items() if name in used)
    return Picture(drawn(spec, said), key)


# ---------------------------------------------------------------- the story


def story(dossier: Dossier) -> Picture | None:
    """What happened when: public phases, attempts, entry, plantings, each intruder's days, what
    followed, and the patch. One mark stands for all deeds of a kind within a stretch of time."""
    answer = dossier.assessment
    intruders = _intruders(answer)
    marks = _deeds(dossier, intruders)
    if not marks:
        return None
    start, end = _around([mark["at"] for mark in marks], answer)
    bars = _phases(answer, start, end)
    lanes = [
        *dict.fromkeys(bar["lane"] for bar in bars),
        *(word(f"story.{name}") for name in ("attempts", "entry", "planted")),
        *(_called(who) for who in intruders),
        word("story.followed"),
    ]
    used = {mark["lane"] for mark in marks} | {bar["lane"] for bar in bars}
    lanes = [lane for lane in lanes if lane in used]
    y = {"field": "lane", "type": "nominal", "sort": lanes, "axis": _row_axis()}
    x = _time_axis("at", start, end)
    layers: list[Spec] = []
    if bars:
        layers += _phase_layers(bars, y, start, end)
    layers.append(
        {
            "data": {"values": marks},
            "mark": {"type": "point", "filled": True, "opacity": 0.9},
            "encoding": {
                "x": x,
                "y": y,
                "color": colors(list(_STORY)),
                "shape": {
                    "field": "what",
                    "type": "nominal",
                    "scale": {
                        "domain": list(_STORY),
                        "range": [shape for _, shape in _STORY.values()],
                    },
                    "legend": None,
                },
                "size": {
                    "field": "count",
                    "type": "quantitative",
                    "scale": {"type": "log", "domain": [1, 10_000], "range": [50, 420]},
                    "legend": None,
                },
            },
        }
    )
    layers += _rule_layers(_moments(answer, start, end), start, end, len(lanes))
    return _picture(
        {"layer": layers, "width": _WIDTH, "height": {"step": _STEP}},
        word("story.alt", start=start[:10], end=end[:10]),
        {name: text for name, (text, _) in _STORY.items()},
        marks,
    )


def _phases(answer: Assessment, start: str, end: str) -> list[Row]:
    """The public phases of each chain, a lane a chain, cut to the picture."""
    bars = []
    for phase in answer.phases:
        chain, _, name = phase.name.rpartition(": ")
        first, last = _time(phase.from_) or start, _time(phase.to) or end
        if first < end and last > start:
            bars.append(
                {
                    "lane": _short(word("story.phases", chain=chain)),
                    "name": _short(name),
                    "from": max(first, start),
                    "to": min(last, end),
                }
            )
    chains = list(dict.fromkeys(bar["lane"] for bar in bars))[:CHAINS_DRAWN]
    return [bar for bar in bars if bar["lane"] in chains]


def _deeds(dossier: Dossier, intruders: Sequence[Operator]) -> list[Row]:
    """The marks: what was done, by lane, stretch of time and kind."""
    answer = dossier.assessment
    names = {who.id: _called(who) for who in intruders}
    deeds: list[tuple[str, str, str]] = []  # lane, time, kind
    ours, _ = by_standing(dossier.findings)
    records: list[Finding | Trace] = [*ours, *dossier.traces]
    for told in records:
        at = _time(told.when)
        if at is None:
            continue
        who = dossier.operator_of.get(told.id, "")
        outcome = told.outcome if isinstance(told, Finding) else None
        if outcome == "success" and isinstance(told, Finding) and told.question == "exploited":
            deeds.append((word("story.entry"), at, "entry"))
        elif who in names:
            kind = "visit" if dossier.backdoors_of.get(told.id) else "deed"
            deeds.append((names[who], at, kind))
        elif outcome in ("attempt", "reached"):
            deeds.append((word("story.attempts"), at, "attempt"))
    deeds += [
        (word("story.planted"), at, "planted")
        for door in answer.backdoors
        if (at := _time(door.planted))
    ]
    deeds += [
        (word("story.followed"), at, "harm") for harm in answer.impact if (at := _time(harm.when))
    ]
    if not deeds:
        return []
    times = [at for _, at, _ in deeds]
    digits, rest = _stretch(_minutes(min(times), max(times)))
    counts = Counter((lane, at[:digits] + rest, kind) for lane, at, kind in deeds)
    return [
        {"lane": lane, "at": at, "what": kind, "count": counts[lane, at, kind]}
        for lane, at, kind in sorted(counts)
    ]


def _stretch(minutes: float) -> tuple[int, str]:
    """Which stretch one mark stands for: how much of a time is kept, and its middle as the rest.

    Ten minutes in a picture of days, an hour in one of weeks, else a day.
    """
    # 2021-03-03T04:17:02.000Z
    if minutes <= 4 * _DAY:
        return 15, "5:00.000Z"
    if minutes <= 45 * _DAY:
        return 13, ":30:00.000Z"
    return 10, "T12:00:00.000Z"


def _moments(answer: Assessment, start: str, end: str) -> list[Row]:
    """Times that stand across the whole picture."""
    first, last = _window(answer)
    moments = [(first, "begins"), (last, "ends")]
    if answer.dwell is not None:
        moments.append((_time(answer.dwell.patched), "patch"))
    return [
        {"at": at, "name": word(f"story.{name}")}
        for at, name in moments
        if at is not None and start <= at <= end
    ]


def _phase_layers(bars: list[Row], y: Spec, start: str, end: str) -> list[Spec]:
    x, x2 = _time_axis("from", start, end), {"field": "to"}
    pixels = _WIDTH / _minutes(start, end)
    named = [
        bar for bar in bars if _minutes(bar["from"], bar["to"]) * pixels > 7 * len(bar["name"])
    ]
    return [
        *(
            {
                "data": {"values": bars[shade::2]},
                "mark": {"type": "bar", "height": {"band": 0.85}, "color": color},
                "encoding": {"x": x, "x2": x2, "y": y},
            }
            for shade, color in enumerate(("var(--band)", "var(--line)"))
        ),
        {
            "data": {"values": named},
            "mark": {"type": "text", "align": "left", "dx": 4, "fontSize": 11},
            "encoding": {"x": x, "y": y, "text": {"field": "name"}},
        },
    ]


def _rule_layers(rules: list[Row], start: str, end: str, lanes: int) -> list[Spec]:
    if not rules:
        return []
    x = _time_axis("at", start, end)
    middle = plus(start, _minutes(start, end) / 2)
    across = {"y": {"value": -4}, "y2": {"value": _STEP * lanes}}
    return [
        {
            "data": {"values": rules},
            "mark": {"type": "rule", "strokeDash": [5, 3]},
            "encoding": {"x": x, **across},
        },
        *(
            {
                "data": {"values": [rule]},
                "mark": {
                    "type": "text",
                    "align": "left" if rule["at"] <= middle else "right",
                    "dx": 3 if rule["at"] <= middle else -3,
                    "baseline": "bottom",
                    "color": "var(--soft)",
                    "fontSize": 11,
                },
                "encoding": {
                    "x": x,
                    "y": {"value": -6 - 13 * number},
                    "text": {"field": "name"},
                },
            }
            for number, rule in enumerate(rules)
        ),
    ]


def _around(times: Sequence[str], answer: Assessment) -> tuple[str, str]:
    """The span of a picture: all marks, and the patch when there is one, with a margin."""
    first, last = min(times), max(times)
    if answer.dwell is not None:
        last = max(last, _time(answer.dwell.patched) or last)
    margin = max(_DAY / 4, _minutes(first, last) * 0.05)
    return plus(first, -margin), plus(last, margin)


# ---------------------------------------------------------------- what the logs cover


def coverage(dossier: Dossier) -> Picture | None:
    """Each log family against the days: seen, missing and why, and needed but not there."""
    answer = dossier.assessment
    rows = [row for row in answer.coverage if _spans(row)][:FAMILIES_DRAWN]
    times = [time for row in rows for span in _spans(row) for time in span]
    first, last = _window(answer)
    times += [time for time in (first, last) if time]
    if not times or not rows:
        return None
    start, end = min(times), max(times)
    end = max(end, plus(start, _DAY))
    bars: list[Row] = []
    for row in rows:
        bars += _covered(row, end)
    spec: Spec = {
        "data": {"values": bars},
        "width": _WIDTH,
        "height": {"step": _STEP},
        "encoding": {
            "x": _time_axis("from", start, end),
            "x2": {"field": "to"},
            "y": {
                "field": "family",
                "type": "nominal",
                "sort": [_short(row.artifact) for row in rows],
                "axis": _row_axis(),
            },
            "color": colors(list(_COVERED)),
        },
        "layer": [
            {
                "transform": [{"filter": "!datum.part"}],
                "mark": {"type": "bar", "height": {"band": 0.72}, "minWidth": 2},
            },
            {
                "transform": [{"filter": "datum.part"}],
                "mark": {"type": "bar", "height": {"band": 0.34}, "minWidth": 2},
            },
        ],
    }
    return _picture(spec, word("coverage.alt", start=start[:10], end=end[:10]), _COVERED, bars)


def _spans(row: Coverage) -> list[tuple[str, str]]:
    """The times of a family that its row names."""
    first, last, needed = _time(row.from_), _time(row.to), _time(row.needed_from)
    spans = []
    if first and last:
        spans.append((first, last))
    if needed:
        spans.append((needed, needed))
    return spans


def _covered(row: Coverage, end: str) -> list[Row]:
    family = _short(row.artifact)
    first, last, needed = _time(row.from_), _time(row.to), _time(row.needed_from)
    if first is None or last is None:
        return (
            [_bar(family, needed, end, "absent", part=False)]
            if needed and row.state in ("not present", "failed")
            else []
        )
    bars = [_bar(family, first, last, "seen", part=False)]
    for gap in row.gaps:
        start, stop = _time(gap.from_), _time(gap.to)
        if start and stop and start < stop:
            bars.append(_bar(family, start, stop, gap.why, part=bool(gap.where)))
    return bars


def _bar(family: str, start: str, end: str, what: str, *, part: bool) -> Row:
    return {
        "family": family,
        "from": start,
        "to": end,
        "what": what,
        "part": part,
    }


# ---------------------------------------------------------------- who did what


def hands(dossier: Dossier) -> Picture | None:
    """Intruders against the doors that they planted or came through, and what followed."""
    answer = dossier.assessment
    intruders = _intruders(answer)
    cells, columns = _cells(answer, intruders)
    if not cells:
        return None
    rows = [_called(who) for who in intruders]
    groups = [word("hands.doors"), word("hands.followed")]
    shown = [group for group in groups if columns[group]]
    parts = [
        _matrix([c for c in cells if c["group"] == group], rows, columns[group], group,
                first=not number)
        for number, group in enumerate(shown)
    ]  # fmt: skip
    shared = {"scale": {"color": "shared", "size": "shared"}}
    return _picture(
        {"hconcat": parts, "spacing": 18, "resolve": shared},
        word("hands.alt", hands=len(intruders), doors=len(answer.backdoors)),
        _DONE,
        cells,
    )  # fmt: skip


def _cells(
    answer: Assessment, intruders: Sequence[Operator]
) -> tuple[list[Row], dict[str, list[str]]]:
    names = {who.id: _called(who) for who in intruders}
    doors, followed = word("hands.doors"), word("hands.followed")
    columns: dict[str, list[str]] = {doors: [], followed: []}
    cells: list[Row] = []

    def add(group: str, who: str, column: str, what: str, count: int) -> None:
        if who in names:
            cells.append({"group": group, "row": names[who], "column": column,
                          "what": what, "count": count})  # fmt: skip
            if column not in columns[group]:
                columns[group].append(column)

    for door in answer.backdoors[:DOORS_DRAWN]:
        column = _short(f"{door.id} {door.kind}")
        for visitor in door.visitors:
            what = "visit" if visitor.answered else "attempt"
            add(doors, visitor.operator, column, what, visitor.count)
        for who in door.planted_by:
            add(doors, who, column, "planted", 1)
    for hand in intruders:
        if hand.commands:
            add(followed, hand.id, word("hands.commands"), "harm", len(hand.commands))
    kinds: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for harm in answer.impact:
        for by in harm.operators:
            kinds[harm.kind][by] += max(1, len(harm.findings))
    for kind in list(kinds)[:KINDS_DRAWN]:
        for by, count in sorted(kinds[kind].items()):
            add(followed, by, _short(kind), "harm", count)
    return cells, columns


def _matrix(
    cells: list[Row],
    rows: list[str],
    columns: list[str],
    title: str,
    *,
    first: bool,
) -> Spec:
    y: Spec = {"field": "row", "type": "nominal", "scale": {"domain": rows}}
    y["axis"] = _row_axis() if first else None
    x: Spec = {
        "field": "column",
        "type": "nominal",
        "scale": {"domain": columns},
        "axis": {"orient": "top", "labelAngle": -38, "labelLimit": 0, "labelOverlap": False,
                 "grid": True, "title": title, "titleAnchor": "start"},
    }  # fmt: skip
    size: Spec = {
        "field": "count",
        "type": "quantitative",
        "scale": {"type": "log", "domain": [1, 10_000], "range": [140, 640]},
        "legend": None,
    }
    return {
        "width": {"step": 46},
        "height": {"step": 30},
        "data": {"values": cells},
        "encoding": {"x": x, "y": y},
        "layer": [
            {
                "transform": [{"filter": {"field": "what", "equal": "planted"}}],
                "mark": {"type": "point", "shape": "diamond", "size": 720, "filled": False,
                         "strokeWidth": 2},
                "encoding": {"color": colors(list(_DONE))},
            },
            {
                "transform": [{"filter": {"not": {"field": "what", "equal": "planted"}}}],
                "mark": {"type": "circle", "opacity": 0.85},
                "encoding": {"color": colors(list(_DONE)), "size": size},
            },
            {
                "transform": [{"filter": {"not": {"field": "what", "equal": "planted"}}}],
                "mark": {"type": "text", "fontSize": 10, "color": "var(--page)",
                         "fontWeight": "bold"},
                "encoding": {"text": {"field": "count", "type": "quantitative"}},
            },
        ],
    }  # fmt: skip


# ---------------------------------------------------------------- holes over time


def exposure(dossier: Dossier) -> Picture | None:
    """Each hole that was not closed all the time against the days, and when its fix came out."""
    answer = dossier.assessment
    first, last = _window(answer)
    holes = [hole for hole in answer.exposure if hole.state != "fixed"]
    holes.sort(key=lambda hole: ("exposed", "mitigated", "unknown").index(hole.state))
    names = list(dict.fromkeys(_short(hole.cve) for hole in holes))[:HOLES_DRAWN]
    if first is None or last is None or not names:
        return None
    bars = []
    for hole in answer.exposure:
        start, end = _time(hole.from_) or first, _time(hole.to) or last
        if _short(hole.cve) in names and start <= end:
            bars.append(
                {"hole": _short(hole.cve), "from": start, "to": end,
                 "what": _STATES[hole.state]}
            )  # fmt: skip
    earliest = plus(first, -_FIX_NEAR)
    fixes = {_short(hole.cve): f"{hole.patched}T00:00:00.000Z" for hole in holes if hole.patched}
    drawn_fixes = [
        {"hole": name, "at": at}
        for name in names
        if (at := _time(fixes.get(name))) and at > earliest
    ]
    times = [first, last, *(fix["at"] for fix in drawn_fixes)]
    start, end = min(times), max(plus(min(times), _DAY), *times)
    y = {"field": "hole", "type": "nominal", "sort": names, "axis": _row_axis()}
    layers: list[Spec] = [
        {
            "data": {"values": bars},
            "mark": {"type": "bar", "height": {"band": 0.7}, "minWidth": 2},
            "encoding": {
                "x": _time_axis("from", start, end),
                "x2": {"field": "to"},
                "y": y,
                "color": colors(list(_HELD)),
            },
        }
    ]
    if drawn_fixes:
        layers.append(
            {
                "data": {"values": drawn_fixes},
                "mark": {"type": "point", "shape": "diamond", "filled": True, "size": 110,
                         "color": "var(--text)"},
                "encoding": {"x": _time_axis("at", start, end), "y": y},
            }
        )  # fmt: skip
    return _picture(
        {"layer": layers, "width": _WIDTH, "height": {"step": _STEP}},
        word("exposure.alt", start=start[:10], end=end[:10]),
        _HELD,
        bars,
    )


# ---------------------------------------------------------------- shared


def _intruders(answer: Assessment) -> list[Operator]:
    found = [who for who in answer.operators if who.class_ == "intruder"]
    return sorted(found, key=lambda who: (who.first or "~", who.id))[:HANDS_DRAWN]


def _called(who: Operator) -> str:
    address = who.addresses[0] if who.addresses else ""
    more = f" +{len(who.addresses) - 1}" if len(who.addresses) > 1 else ""
    return _short(f"{who.id} {address}{more}".strip())


def _short(text: str) -> str:
    return visible(text, LABEL)


def _time(when: str | None) -> str | None:
    return when if when is not None and is_time(when) else None


def _minutes(start: str, end: str) -> float:
    return (seconds(end) - seconds(start)) / 60


def _window(answer: Assessment) -> tuple[str | None, str | None]:
    """The first and the last time that any log of the evidence holds."""
    firsts: Iterable[str] = [t for row in answer.coverage if (t := _time(row.from_))]
    lasts: Iterable[str] = [t for row in answer.coverage if (t := _time(row.to))]
    return min(firsts, default=None), max(lasts, default=None)


def _time_axis(field: str, start: str, end: str) -> Spec:
    hours = _minutes(start, end) <= 7 * _DAY
    return {
        "field": field,
        "type": "temporal",
        "scale": {"type": "utc", "domain": [start, end]},
        "axis": {
            "format": "%Y-%m-%d %H:%M" if hours else "%Y-%m-%d",
            "labelOverlap": False,
            "tickCount": 6,
            "title": None,
        },
    }


def _row_axis() -> Spec:
    return {"title": None, "labelLimit": 0, "ticks": False, "domain": False, "labelPadding": 8}
