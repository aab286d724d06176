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
from msgspec.structs import replace

from afterpatch.model import Assessment, Coverage, Exposure, Finding, Operator, Trace
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

Row = dict[str, Any]

# What is drawn, by the name of its color and the key of its word, and the shape of its marks.
_STORY = {
    "attempt": ("story.attempt", "triangle-down"),
    "asked": ("story.asked", "stroke"),
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
_WEB = ("iis", "httpproxy")  # artifacts whose records are requests
_STATES = {"exposed": "entry", "mitigated": "rotated", "unknown": "absent", "fixed": "seen"}


class Picture(Struct, frozen=True):
    """A drawing, its key (each color with what it stands for), and what it leaves out."""

    svg: Markup
    key: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]


def _picture(
    spec: Spec, said: str, words: dict[str, str], marks: Sequence[Row], notes: Sequence[str] = ()
) -> Picture:
    used = {mark["what"] for mark in marks}
    key = tuple((name, word(text)) for name, text in words.items() if name in used)
    return Picture(drawn(spec, said), key, tuple(notes))


def _left(key: str, all_of_them: int, drawn_: int) -> list[str]:
    """What says that a picture has no room for some."""
    return [word(key, n=all_of_them - drawn_)] if all_of_them > drawn_ else []


# ---------------------------------------------------------------- the story


def story(dossier: Dossier) -> Picture | None:
    """What happened when: public phases, attempts, entry, plantings, each intruder's days, what
    followed, and the patch. One mark stands for all deeds of a kind within a stretch of time."""
    answer = dossier.assessment
    everybody = _intruders(answer)
    intruders = everybody[:HANDS_DRAWN]
    marks = _deeds(dossier, intruders)
    if not marks:
        return None
    start, end = _around([mark["at"] for mark in marks], answer)
    undated = [door.id for door in answer.backdoors if _time(door.planted) is None]
    notes = _left("story.more", len(everybody), len(intruders))
    if undated:
        named = ", ".join(undated[:DOORS_DRAWN])
        notes.append(word("story.undated", doors=_short(named)))
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
        notes,
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
            deeds.append((names[who], at, _kind(told, dossier)))
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
    digits = _stretch(_minutes(min(times), max(times)))
    cuts = [moment["at"] for moment in _moments(answer, "", "~")]
    stretches: defaultdict[tuple[str, str, int, str], list[str]] = defaultdict(list)
    for lane, at, kind in deeds:
        # What was before the patch and what was after it never share a mark.
        stretches[lane, at[:digits], sum(cut <= at for cut in cuts), kind].append(at)
    return [
        {"lane": lane, "at": min(times), "what": kind, "count": len(times)}
        for (lane, _, _, kind), times in sorted(stretches.items())
    ]


def _kind(told: Finding | Trace, dossier: Dossier) -> str:
    """Whether an intruder's record is a request to a door, and one that was answered."""
    if not (told.artifact in _WEB and dossier.backdoors_of.get(told.id)):
        return "deed"
    status = told.facts.get("status", "")
    return "visit" if not status or status[:1] in "23" else "asked"


def _stretch(minutes: float) -> int:
    """Which stretch of time one mark stands for, as the digits of a time that are kept.

    Ten minutes in a picture of days, an hour in one of weeks, else a day.
    """
    # 2021-03-03T04:17:02.000Z
    if minutes <= 4 * _DAY:
        return 15
    return 13 if minutes <= 45 * _DAY else 10


def _moments(answer: Assessment, start: str, end: str) -> list[Row]:
    """Times that stand across the whole picture."""
    first, last = _window(answer)
    moments = [(first, "begins"), (last, "ends"), (_patched(answer), "patch")]
    return [
        {"at": at, "name": word(f"story.{name}")}
        for at, name in moments
        if at is not None and start <= at <= end
    ]


def _patched(answer: Assessment) -> str | None:
    """When the server was seen to be patched: after the entry, else for the first hole closed."""
    if answer.dwell is not None:
        return _time(answer.dwell.patched)
    closed = (_time(hole.to) for hole in answer.exposure if hole.state == "exposed")
    return min((at for at in closed if at), default=None)


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
    """The span of a picture: all marks, with the moments that lie near them, and a margin."""
    first, last = min(times), max(times)
    near = max(_DAY, _minutes(first, last))
    low, high = plus(first, -near), plus(last, near)
    moments = [moment["at"] for moment in _moments(answer, low, high)]
    first, last = min([first, *moments]), max([last, *moments])
    margin = max(_DAY / 4, _minutes(first, last) * 0.05)
    return plus(first, -margin), plus(last, margin)


# ---------------------------------------------------------------- what the logs cover


def coverage(dossier: Dossier) -> Picture | None:
    """Each log family against the days: seen, missing and why, and needed but not there. A channel
    of the event log is a lane of its own."""
    answer = dossier.assessment
    first, last = _window(answer)
    if first is None or last is None:
        return None
    lanes = [lane for row in answer.coverage for lane in _lanes(row)]
    shown = lanes[:FAMILIES_DRAWN]
    start, end = _of_interest(answer, first, last)
    bars = [
        {**bar, "from": max(bar["from"], start), "to": min(bar["to"], end)}
        for name, row in shown
        for bar in _covered(name, row, last)
        if bar["from"] < end and bar["to"] > start
    ]
    if not bars:
        return None
    encoding = {
        "x": _time_axis("from", start, end),
        "x2": {"field": "to"},
        "y": {
            "field": "lane",
            "type": "nominal",
            "sort": [name for name, _ in shown],
            "axis": _row_axis(),
        },
        "color": colors(list(_COVERED)),
    }
    # Tall where something is seen, thin where not: so that they differ without colors too.
    spec: Spec = {
        "data": {"values": bars},
        "width": _WIDTH,
        "height": {"step": _STEP},
        "encoding": encoding,
        "layer": [
            {
                "transform": [{"filter": {"field": "what", "equal": "seen"}}],
                "mark": {"type": "bar", "height": {"band": 0.76}, "minWidth": 2},
            },
            {
                "transform": [{"filter": {"not": {"field": "what", "equal": "seen"}}}],
                "mark": {"type": "bar", "height": {"band": 0.3}, "minWidth": 2},
            },
        ],
    }
    notes = _left("coverage.more", len(lanes), len(shown))
    if first < start or last > end:
        notes.append(word("coverage.beyond", first=first[:10], last=last[:10]))
    said = word("coverage.alt", start=start[:10], end=end[:10])
    return _picture(spec, said, _COVERED, bars, notes)


def _of_interest(answer: Assessment, first: str, last: str) -> tuple[str, str]:
    """The part of the evidence's time that a picture is of: from where logs are needed, or where
    something was done, to its end. IIS never deletes a log, so the rest may be many years."""
    wanted = [at for row in answer.coverage if (at := _time(row.needed_from))]
    wanted += [at for chain in answer.chains if (at := _time(chain.first))]
    start = min(wanted, default=first)
    if start > last:
        start = first
    margin = min(60 * _DAY, _minutes(min(start, last), last) * 0.1)
    start = max(plus(start, -margin), min(first, start))
    return start, max(last, plus(start, _DAY))


def _lanes(row: Coverage) -> list[tuple[str, Coverage]]:
    """A family, or the parts of one whose parts tell different things, each as a row by itself."""
    if not (_time(row.from_) or _time(row.needed_from)):
        return []
    if row.artifact != "windows-events" or not row.parts:
        return [(_short(row.artifact), row)]
    return [
        (
            _short(part.name),
            replace(
                row,
                from_=part.from_,
                to=part.to,
                gaps=tuple(
                    replace(gap, where="") for gap in row.gaps if gap.where in ("", part.name)
                ),
            ),
        )
        for part in row.parts
        if _time(part.from_)
    ]


def _covered(lane: str, row: Coverage, last: str) -> list[Row]:
    """The bars of one lane; what is covered leaves out the gaps of the whole of it."""
    first, end, needed = _time(row.from_), _time(row.to), _time(row.needed_from)
    if first is None or end is None:
        absent = needed and needed < last and row.state in ("not present", "failed")
        return [_bar(lane, needed, last, "absent")] if needed and absent else []
    gaps = sorted(
        (start, stop, gap.why, gap.where)
        for gap in row.gaps
        if (start := _time(gap.from_)) and (stop := _time(gap.to)) and start < stop
    )
    bars = []
    at = first
    for start, stop, _, where in gaps:
        if not where and stop > at:
            if start > at:
                bars.append(_bar(lane, at, min(start, end), "seen"))
            at = stop
    if at <= end:
        bars.append(_bar(lane, at, end, "seen"))
    return bars + [_bar(lane, start, stop, why) for start, stop, why, _ in gaps]


def _bar(lane: str, start: str, end: str, what: str) -> Row:
    return {"lane": lane, "from": start, "to": end, "what": what}


# ---------------------------------------------------------------- who did what


def hands(dossier: Dossier) -> Picture | None:
    """Intruders against the doors that they planted or came through, and what followed."""
    answer = dossier.assessment
    everybody = _intruders(answer)
    intruders = everybody[:HANDS_DRAWN]
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
        word("hands.alt", hands=len(intruders), doors=len(columns[word("hands.doors")])),
        _DONE,
        cells,
        [
            *_left("story.more", len(everybody), len(intruders)),
            *_left("hands.more", len(answer.backdoors), DOORS_DRAWN),
        ],
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
                          "what": what, "count": count, "said": _abridged(count)})  # fmt: skip
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


def _abridged(count: int) -> str:
    """A number in at most four characters."""
    for unit in ("", "k", "M"):
        if count < 1000:
            return f"{count}{unit}"
        count //= 1000
    return f"{min(count, 999)}G"


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
        "scale": {"type": "log", "domain": [1, 10_000], "range": [260, 760]},
        "legend": None,
    }
    return {
        "width": {"step": 46},
        "height": {"step": 34},
        "data": {"values": cells},
        "encoding": {"x": x, "y": y},
        "layer": [
            {
                "transform": [{"filter": {"field": "what", "equal": "planted"}}],
                "mark": {"type": "point", "shape": "diamond", "size": 1100, "filled": False,
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
                "encoding": {"text": {"field": "said"}},
            },
        ],
    }  # fmt: skip


# ---------------------------------------------------------------- holes over time


def exposure(dossier: Dossier) -> Picture | None:
    """Each hole that was not closed all the time against the days: what is known of it and what
    not, when its fix came out, and when the first entry and the patch were."""
    answer = dossier.assessment
    first, last = _window(answer)
    holes = [hole for hole in answer.exposure if hole.state != "fixed"]
    names = list(dict.fromkeys(hole.cve for hole in sorted(holes, key=_openness)))
    shown = names[:HOLES_DRAWN]
    if first is None or last is None or not shown:
        return None
    start, end = _of_interest(answer, first, last)
    bars: list[Row] = []
    fixes: list[Row] = []
    for name in shown:
        of_hole = [hole for hole in holes if hole.cve == name]
        came_out = _time(f"{of_hole[0].patched}T00:00:00.000Z")
        bars += _held(name, of_hole, came_out, start, end)
        if came_out and start <= came_out <= end:
            fixes.append({"hole": _short(name), "at": came_out})
    if not bars:
        return None
    y = {"field": "hole", "type": "nominal", "sort": [_short(n) for n in shown],
         "axis": _row_axis()}  # fmt: skip
    moments = [(_patched(answer), "patch")]
    if answer.dwell is not None:
        moments.append((_time(answer.dwell.entry), "first_entry"))
    rules = [
        {"at": at, "name": word(f"story.{name}")}
        for at, name in moments
        if at is not None and start <= at <= end
    ]
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
    if fixes:
        layers.append(
            {
                "data": {"values": fixes},
                "mark": {"type": "point", "shape": "diamond", "filled": True, "size": 110,
                         "color": "var(--text)", "opacity": 1},
                "encoding": {"x": _time_axis("at", start, end), "y": y},
            }
        )  # fmt: skip
    layers += _rule_layers(rules, start, end, len(shown))
    return _picture(
        {"layer": layers, "width": _WIDTH, "height": {"step": _STEP}},
        word("exposure.alt", start=start[:10], end=end[:10]),
        _HELD,
        bars,
        _left("exposure.more", len(names), len(shown)),
    )


def _openness(hole: Exposure) -> int:
    return ("exposed", "unknown", "mitigated", "fixed").index(hole.state)


def _held(
    name: str, holes: Sequence[Exposure], came_out: str | None, start: str, end: str
) -> list[Row]:
    """The bars of one hole. Since its fix came out it is open, closed, or not known to be either;
    before that nobody could close it, and nothing is drawn unless builds show more."""
    bars: list[Row] = []
    at = max(came_out or start, start)

    def add(low: str, high: str, what: str) -> None:
        low, high = max(low, start), min(high, end)
        if low < high:
            bars.append({"hole": _short(name), "from": low, "to": high, "what": what})

    for hole in sorted(holes, key=lambda hole: hole.from_ or ""):
        low, high = _time(hole.from_) or at, _time(hole.to) or end
        add(at, low, "absent")
        add(low, high, _STATES[hole.state])
        at = max(at, high)
    add(at, end, "seen")
    return bars


# ---------------------------------------------------------------- shared


def _intruders(answer: Assessment) -> list[Operator]:
    found = [who for who in answer.operators if who.class_ == "intruder"]
    return sorted(found, key=lambda who: (who.first or "~", len(who.id), who.id))


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
