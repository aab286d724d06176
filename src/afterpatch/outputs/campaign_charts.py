"""Pictures of the view: Vega-Lite specifications, and how they stand in its page."""

from __future__ import annotations

import re
from collections.abc import Sequence

from afterpatch.outputs.campaign_view import Split, View
from afterpatch.outputs.charts import Spec, rendered
from afterpatch.outputs.text import visible

__all__ = ["by_kind", "clusters", "from_entry_to_patch", "ladder", "svg", "waves"]

# Told apart without red and green (Okabe and Ito), and on paper by their lightness.
COLORS = {
    "not assessed": "#b8b8b8",
    "no evidence": "#9ecae1",
    "exposed": "#f0e442",
    "attempted": "#e69f00",
    "exploited": "#d55e00",
    "backdoored": "#f786b5",
    "used": "#c2297f",
    "impacted": "#7a0177",
}
_INK = "currentColor"
_FAINT = "#888888"
_DAYS = 120  # bars that can be told apart; more days are drawn as weeks
ROWS = 14
_LABEL = 40  # characters


def svg(spec: Spec) -> str:
    """The picture of a specification as an SVG element, sized by its place in the page.

    The ink is the page's own, so that it turns with light and dark.
    """
    whole = {
        "background": None,
        # The reader's letters may be wider than those that were measured.
        "padding": {"left": 34, "right": 20, "top": 8, "bottom": 5},
        "config": {
            "font": "system-ui, sans-serif",
            "view": {"stroke": None},
            "axis": {
                "labelColor": _INK, "titleColor": _INK, "domainColor": _FAINT,
                "tickColor": _FAINT, "gridColor": _FAINT, "gridOpacity": 0.25,
                "labelFontSize": 12, "titleFontSize": 12, "titleFontWeight": "normal",
                "labelLimit": 260,
            },
            "legend": {"labelColor": _INK, "titleColor": _INK, "labelFontSize": 12},
            "text": {"color": _INK},
            # Pale bars end on white, dark ones on black: an outline shows where.
            "bar": {"stroke": _FAINT, "strokeWidth": 0.6},
        },
        **spec,
    }  # fmt: skip
    drawn = rendered(whole)
    # A page without external sources names none.
    drawn = re.sub(r"\s(?:xmlns(?::xlink)?|version)=\"[^\"]*\"", "", drawn, count=3)
    return re.sub(
        r"<svg ([^>]*?)width=\"([\d.]+)\" height=\"([\d.]+)\"", r"<svg \1", drawn, count=1
    )


def ladder(view: View) -> Spec:
    """How many servers reached each rung."""
    values = [{"rung": rung, "servers": count} for rung, count in view.reached.items()]
    return {
        "width": 620,
        "height": 190,
        "data": {"values": values},
        "encoding": {
            "y": {"field": "rung", "type": "nominal", "sort": None, "title": None},
            "x": {"field": "servers", "type": "quantitative", "title": "servers", "axis": _WHOLE},
        },
        "layer": [
            {"mark": "bar", "encoding": {"color": _by_grade("rung")}},
            {
                "mark": {"type": "text", "align": "left", "dx": 4, "color": _INK},
                "encoding": {"text": {"field": "servers", "type": "quantitative", "format": ","}},
            },
        ],
    }


def by_kind(split: Split) -> Spec:
    """Servers by one property, their grades stacked; the rest of many kinds as one."""
    values = []
    shown = split.rows[:ROWS]
    order = []
    for row in shown:
        label = visible(row.value, _LABEL)
        order.append(label)
        values += [
            {"kind": label, "grade": grade, "servers": count, "rank": rank}
            for rank, (grade, count) in enumerate(row.grades.items())
            if count
        ]
    return {
        "width": 560,
        "height": {"step": 22},
        "data": {"values": values},
        "mark": "bar",
        "encoding": {
            "y": {"field": "kind", "type": "nominal", "sort": order, "title": None},
            "x": {
                "field": "servers", "type": "quantitative", "aggregate": "sum",
                "title": "servers", "axis": _WHOLE,
            },
            "color": _by_grade("grade"),
            "order": {"field": "rank"},
        },
    }  # fmt: skip


def waves(view: View) -> Spec:
    """What began by day, above the calendar of the chains that it was done by."""
    weekly = len(view.days) > _DAYS
    kinds = (
        ("entered", "servers first entered", "#d55e00"),
        ("planted", "doors planted", "#f786b5"),
        ("visited", "servers where others first came through a door", "#c2297f"),
        ("impacted", "servers with a first impact", "#7a0177"),
    )
    values = [
        {"day": day.day, "kind": words, "count": getattr(day, field)}
        for day in view.days
        for field, words, _ in kinds
        if getattr(day, field)
    ]
    edges = sorted({phase.from_ for phase in view.calendar})
    first, last = view.days[0].day, view.days[-1].day
    marks = [
        {"day": edge, "name": str(number)}
        for number, edge in enumerate(edges, 1)
        if first <= edge <= last
    ]
    time = {
        "field": "day", "type": "temporal", "title": None,
        "timeUnit": "utcyearweek" if weekly else "utcyearmonthdate",
        "scale": {"type": "utc"}, "axis": {"format": "%d %b %Y", "labelAngle": -35, "grid": False},
    }  # fmt: skip
    bars = {
        "height": 74,
        "width": 680,
        "layer": [
            {
                "mark": {"type": "rule", "strokeDash": [3, 3], "color": _FAINT},
                "data": {"values": marks},
                "encoding": {"x": time},
            },
            {
                "mark": {"type": "bar"},
                "encoding": {
                    "x": time,
                    "y": {
                        "field": "count", "type": "quantitative", "aggregate": "sum",
                        "title": None, "axis": _WHOLE | {"tickCount": 3},
                    },
                },
            },
        ],
    }  # fmt: skip
    rows = []
    for field, words, color in kinds:
        part: Spec = {
            **bars,
            "title": {
                "text": words, "anchor": "start", "color": _INK, "fontWeight": "normal",
                "fontSize": 13,
            },
            "transform": [{"filter": {"field": "kind", "equal": words}}],
        }  # fmt: skip
        part["layer"] = [bars["layer"][0], {**bars["layer"][1]}]  # type: ignore[index]
        part["layer"][1]["mark"] = {"type": "bar", "color": color}
        if field == "entered":
            part["layer"].append(
                {
                    "mark": {
                        "type": "text", "align": "left", "dx": 3, "baseline": "top", "color": _INK,
                        "fontSize": 11,
                    },
                    "data": {"values": marks},
                    "encoding": {
                        "x": time,
                        "y": {"value": -13},
                        "text": {"field": "name", "type": "nominal"},
                    },
                }
            )  # fmt: skip
        if any(value["kind"] == words for value in values):
            rows.append(part)
    return {
        "data": {"values": values},
        "vconcat": rows,
        "resolve": {"scale": {"x": "shared"}},
    }


def from_entry_to_patch(view: View) -> Spec:
    """Servers by the days from first entry to patch."""
    values = [{"days": span.name, "servers": span.servers} for span in view.patching.spans]
    return {
        "width": 520,
        "height": {"step": 24},
        "data": {"values": values},
        "encoding": {
            "y": {"field": "days", "type": "nominal", "sort": None, "title": None},
            "x": {"field": "servers", "type": "quantitative", "title": "servers", "axis": _WHOLE},
        },
        "layer": [
            {"mark": {"type": "bar", "color": "#0072b2"}},
            {
                "mark": {"type": "text", "align": "left", "dx": 4, "color": _INK},
                "encoding": {"text": {"field": "servers", "type": "quantitative", "format": ","}},
            },
        ],
    }


def clusters(view: View, names: Sequence[str]) -> Spec:
    """When each of some clusters was at work, and on how many servers."""
    wanted = {name: number for number, name in enumerate(names)}
    values = [
        {
            "cluster": f"{one.id}  ({one.servers:,})",
            "from": one.first, "to": one.last or one.first, "servers": one.servers,
        }
        for one in view.clusters
        if one.id in wanted and one.first
    ]  # fmt: skip
    time = {"type": "temporal", "title": None, "scale": {"type": "utc"},
            "axis": {"format": "%d %b %Y", "labelAngle": -35}}  # fmt: skip
    return {
        "width": 540,
        "height": {"step": 24},
        "data": {"values": values},
        "mark": {"type": "bar", "height": 10, "cornerRadius": 4, "minBandSize": 6},
        "encoding": {
            "y": {"field": "cluster", "type": "nominal", "sort": None, "title": None},
            "x": {"field": "from", **time},
            "x2": {"field": "to"},
            "color": {"value": "#0072b2"},
        },
    }


_WHOLE: Spec = {"tickMinStep": 1, "tickCount": 6, "format": ",d"}


def _by_grade(field: str) -> Spec:
    return {
        "field": field,
        "type": "nominal",
        "scale": {"domain": list(COLORS), "range": list(COLORS.values())},
        "legend": None,
    }
