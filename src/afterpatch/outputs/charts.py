"""Vega-Lite specifications drawn as SVG, without a browser and without a network.

Colors are names of the page's own variables, so that one picture serves light, dark and paper; the
page also chooses the font, smaller than the one that the places were measured with. The library
runs JavaScript in threads of its own: a process forked after the first picture must draw none.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import vl_convert
from markupsafe import Markup, escape

__all__ = ["Spec", "colors", "drawn", "rendered"]

Spec = dict[str, Any]
_VEGA_LITE = "v6.4"  # the grammar of the specifications
_TEXT, _SOFT, _LINE = "var(--text)", "var(--soft)", "var(--line)"
_CONFIG: Spec = {
    "aria": False,  # the page tells the same in words and tables
    "background": None,
    "padding": {"left": 14, "right": 14, "top": 6, "bottom": 6},
    "view": {"stroke": None},
    "axis": {
        "labelColor": _TEXT,
        "titleColor": _SOFT,
        "gridColor": _LINE,
        "domainColor": _LINE,
        "tickColor": _LINE,
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
    },
    "text": {"color": _TEXT, "fontSize": 12},
    "rule": {"color": _SOFT},
}
# <svg xmlns="..." ... width="641" height="62" viewBox="0 0 641 62">
_HEAD = re.compile(r'<svg [^>]*?\bviewBox="0 0 ([0-9.]+) ([0-9.]+)"[^>]*>')


def rendered(spec: Spec) -> str:
    """The SVG document of a specification as it is, with nothing fetched from anywhere.

    Raises ValueError when the specification is none.
    """
    svg: str = vl_convert.vegalite_to_svg(spec, vl_version=_VEGA_LITE, allowed_base_urls=[])
    return svg


def drawn(spec: Spec, said: str) -> Markup:
    """Returns a specification as one inline SVG element; `said` tells in words what it shows.

    Texts among the data must be visible already; they come out as text. Raises ValueError when the
    specification is none.
    """
    svg = rendered({**spec, "config": _CONFIG})
    head = _HEAD.match(svg)
    if head is None:
        raise ValueError(f"no picture came of it, but {svg[:80]}")
    return Markup(  # noqa: S704 - the library escapes the texts it is given
        f'<svg class="picture" role="img" aria-label="{escape(said)}" '
        f'width="{head[1]}" height="{head[2]}" viewBox="0 0 {head[1]} {head[2]}">'
        f"{svg[head.end() :]}"
    )


def colors(names: Sequence[str]) -> Spec:
    """The color channel for a field `what`: each name has the page's variable `--c-NAME`.

    What a color means is told by the page beside the picture.
    """
    return {
        "field": "what",
        "type": "nominal",
        "scale": {"domain": list(names), "range": [f"var(--c-{name})" for name in names]},
        "legend": None,
    }
