"""`view.html`: the view for people, one page that opens from disk, without scripts or sources.

As in `html.py` every expression of the template is defused and escaped; attributes hold nothing
that came from evidence. Pictures are drawn beforehand, their texts escaped by what draws them.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any, get_args

from jinja2 import Template
from markupsafe import Markup

from afterpatch.model import Grade
from afterpatch.outputs import campaign_charts as charts
from afterpatch.outputs.campaign_view import APART_DAYS, Member, ServerView, View
from afterpatch.outputs.charts import Spec
from afterpatch.outputs.html import environment

__all__ = ["render"]

SERVERS_SHOWN = 1_000
CLUSTERS_SHOWN = 60
CLUSTERS_DRAWN = 20
LINKS_SHOWN = 12
MEMBERS_SHOWN = 25
REFUSED_SHOWN = 300
ROWS_SHOWN = 60
CLAIMS_SHOWN = 60
_LADDER = get_args(Grade)


def render(view: View) -> Iterator[bytes]:
    """Yields the page in pieces of UTF-8."""
    graves = sorted(view.servers, key=lambda one: (-_LADDER.index(one.grade), one.server))
    lost = sum(one.state == "failed" for one in view.failed)
    edges = sorted({phase.from_ for phase in view.calendar})
    stream = _template().stream(
        v=view,
        graves=graves,
        early=sorted(
            (one for one in view.servers if one.before_disclosure),
            key=lambda one: (one.entry or "", one.server),
        ),
        lost=lost,
        duplicates=len(view.failed) - lost,
        organizations=len({one.owner.organization or one.server for one in view.servers}),
        pictures=_pictures(view),
        colors=charts.COLORS,
        marks={edge: number for number, edge in enumerate(edges, 1)},
        bars=charts.ROWS,
        apart_days=APART_DAYS,
        servers_shown=SERVERS_SHOWN,
        clusters_shown=CLUSTERS_SHOWN,
        links_shown=LINKS_SHOWN,
        standing=_standing(view),
        members_shown=MEMBERS_SHOWN,
        refused_shown=REFUSED_SHOWN,
        rows_shown=ROWS_SHOWN,
        claims_shown=CLAIMS_SHOWN,
    )
    stream.enable_buffering(500)
    for piece in stream:
        yield piece.encode()


def _standing(view: View) -> dict[str, list[tuple[ServerView, Member]]]:
    """The servers of each cluster that is shown, in order of arrival."""
    found: dict[str, list[tuple[ServerView, Member]]] = {
        one.id: [] for one in view.clusters[:CLUSTERS_SHOWN]
    }
    for server in view.servers:
        for member in server.clusters:
            if member.cluster in found:
                found[member.cluster].append((server, member))
    for members in found.values():
        members.sort(key=lambda pair: (pair[1].place, pair[0].server))
    return found


def _pictures(view: View) -> dict[str, Any]:
    names = [one.id for one in view.clusters[:CLUSTERS_DRAWN]]
    return {
        "ladder": _drawn(charts.ladder(view)),
        "splits": [_drawn(charts.by_kind(split)) for split in view.splits],
        "waves": _drawn(charts.waves(view)) if view.days else "",
        "patching": _drawn(charts.from_entry_to_patch(view)),
        "clusters": _drawn(charts.clusters(view, names)) if names else "",
    }


def _drawn(spec: Spec) -> Markup:
    return Markup(charts.svg(spec))  # noqa: S704  its texts are escaped


@cache
def _template() -> Template:
    source = files("afterpatch.outputs").joinpath("templates", "campaign.html.j2")
    return environment().from_string(source.read_text("utf-8"))
