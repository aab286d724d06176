"""`claims.html`: who says what of whom, as one page that opens from disk.

A matrix of speakers and actors; each cell opens the sentences in their own words and leads to the
place in the document, without a script. All text passes the same defusing as the report's.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Template
from markupsafe import Markup, escape

from afterpatch import __version__
from afterpatch.outputs.html import environment
from afterpatch.outputs.text import visible

__all__ = ["render"]

ACTORS_SHOWN = 24
TEXT_SHOWN = 400_000  # characters of one document in the page; the rest is in the file
FACTS_SHOWN = 500  # of drifts, and of what agrees; the rest is in the file
CLAIMS_IN_PAGE = 5_000

Values = dict[str, Any]

_SIDE_BY_SIDE = (
    "contradiction", "alias-conflict", "internal-tension", "hedge-dropped", "hedge-drift",
    "strength-divergence", "unit-divergence", "bound-drift", "figure-divergence", "verb-strength",
    "speaker-divergence", "number-divergence", "actor-object-divergence", "omission", "addition",
    "date-trap", "not-a-contradiction",
)  # fmt: skip


def render(ledger: Values) -> bytes:
    """The page in UTF-8."""
    claims = ledger["claims"][:CLAIMS_IN_PAGE]
    speakers, actors, cells = _matrix(claims)
    shown = actors[:ACTORS_SHOWN] + [actor for actor in actors[ACTORS_SHOWN:] if not actor]
    by_id = {claim["id"]: claim for claim in claims}
    facts = ledger["reconciliation"]
    drifts = sorted(
        (f for f in facts if f["kind"] in _SIDE_BY_SIDE),
        key=lambda f: _SIDE_BY_SIDE.index(f["kind"]),
    )
    repeats = [f for f in facts if f["kind"] not in (*_SIDE_BY_SIDE, "independence")]
    page = _template().render(
        ledger=ledger,
        speakers=speakers,
        actors=shown,
        columns={actor: number for number, actor in enumerate(shown, 1)},
        actors_left=len(actors) - len(shown),
        cells=cells,
        drifts=drifts[:FACTS_SHOWN],
        drifts_left=len(drifts[FACTS_SHOWN:]),
        repeats=repeats[:FACTS_SHOWN],
        repeats_left=len(repeats[FACTS_SHOWN:]) + ledger["reconciliation_left_out"],
        sources=[f for f in facts if f["kind"] == "independence"],
        by_id=by_id,
        pages={key: _page(d, claims) for key, d in ledger["documents"].items()},
        left=len(ledger["claims"]) - len(claims),
        version=__version__,
    )
    return page.encode("utf-8", "replace")


def _matrix(
    claims: list[Values],
) -> tuple[list[str], list[str], dict[tuple[str, str], list[Values]]]:
    """Speakers and actors, the most claimed first, and the claims of each pair."""
    cells: dict[tuple[str, str], list[Values]] = defaultdict(list)
    for claim in claims:
        cells[claim["speaker"]["norm"], _actor(claim)].append(claim)
    rows: dict[str, int] = defaultdict(int)
    columns: dict[str, int] = defaultdict(int)
    for (speaker, actor), told in cells.items():
        weight = sum(c["stance"] in ("accuses", "attributes", "denies") for c in told)
        rows[speaker] += weight * 100 + len(told)
        columns[actor] += (weight * 100 + len(told)) * (actor != "")
    return (
        sorted(rows, key=lambda name: (-rows[name], name)),
        sorted(columns, key=lambda name: (-columns[name], name)),
        dict(cells),
    )


def _summed(told: list[Values]) -> list[tuple[str, str, str]]:
    """The claims of a cell as stance, confidence, and the letters of their reports."""
    found: dict[tuple[str, str], list[str]] = {}
    for claim in told:
        found.setdefault((claim["stance"], claim["confidence"]), []).append(claim["doc_key"])
    return [
        (stance, confidence, " ".join(
            key if keys.count(key) == 1 else f"{key}\u00d7{keys.count(key)}"
            for key in dict.fromkeys(keys)
        ))
        for (stance, confidence), keys in found.items()
    ]  # fmt: skip


def _speaker(norm: str) -> str:
    """A speaker as people say it."""
    return (
        norm.replace("unspecified", "nobody named", 1) if norm.startswith("unspecified") else norm
    )


def _actor(claim: Values) -> str:
    actor = claim["actor"]
    if actor is None:
        return ""
    group = actor["attack_group"]
    if group is not None:
        return f"{actor['norm']} ({group['id']})"
    return str(actor["norm"])


def _page(document: Values, claims: list[Values]) -> Markup:
    """A document's text with the sentences of claims marked, each with an anchor."""
    text = document["text"][:TEXT_SHOWN]
    spans = sorted({
        (c["span"]["start"], c["span"]["end"]) for c in claims if c["doc_key"] == document["key"]
    })  # fmt: skip
    pieces: list[Markup] = []
    at = 0
    for start, end in spans:
        if start < at or end > len(text):
            continue
        pieces.append(_lines(text[at:start]))
        pieces.append(
            Markup('<mark id="{}">{}</mark>').format(
                anchor(document["key"], start), _lines(text[start:end])
            )
        )
        at = end
    pieces.append(_lines(text[at:]))
    if len(document["text"]) > TEXT_SHOWN:
        pieces.append(Markup("<p>The rest is in the file.</p>"))
    return Markup("").join(pieces)


def _lines(text: str) -> Markup:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return Markup("<br>").join(
        escape(visible(line.replace("\u00a0", " ").replace("\t", " "))) for line in lines
    )


def anchor(key: str, start: int) -> str:
    """The anchor of a sentence: letters and digits only."""
    return f"s-{key}-{start}"


def _quoted(claim: Values) -> Markup:
    """A claim's sentence with its content and actor marked."""
    span = claim["span"]
    inner = claim["content"] or claim["actor"]
    if inner is None or not (span["start"] <= inner["start"] and inner["end"] <= span["end"]):
        return escape(visible(_blanks(span["text"])))
    text, base = _blanks(span["text"]), span["start"]
    a, b = inner["start"] - base, inner["end"] - base
    return Markup("{}<em>{}</em>{}").format(
        visible(text[:a]), visible(text[a:b]), visible(text[b:])
    )


def _blanks(text: str) -> str:
    return text.replace("\u00a0", " ").replace("\u202f", " ").replace("\n", " ").replace("\t", " ")


@cache
def _template() -> Template:
    env = environment()
    env.filters.update(
        quoted=_quoted,
        shown=lambda claim: claim["span"]["end"] <= TEXT_SHOWN,
        speaker=_speaker,
        summed=_summed,
        anchor=lambda claim: anchor(claim["doc_key"], claim["span"]["start"]),
    )
    source = files("afterpatch.outputs").joinpath("templates", "claims.html.j2")
    return env.from_string(source.read_text("utf-8"))
