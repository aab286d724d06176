"""Several verbs of one subject: `X said C, and called for D`."""

from __future__ import annotations

from collections.abc import Sequence

from afterpatch.claims.frames.attribution import SPOKEN, Attribution, is_finite
from afterpatch.claims.grammar.text import Token

__all__ = ["same_speaker"]


def same_speaker(tokens: Sequence[Token], found: Sequence[Attribution]) -> None:
    """Gives a verb that `and` joins to a verb of saying the subject of that verb."""
    for frame in found:
        if frame.source is None:
            continue
        for other in found:
            if _opens_for(tokens, frame, other) or _goes_on(tokens, frame, other, found):
                frame.source = other.source


def _opens_for(tokens: Sequence[Token], frame: Attribution, other: Attribution) -> bool:
    """`X said it was B and called on A`: whoever said so also calls on A."""
    source = frame.source
    if source is None:
        return False
    alone = source[1] - source[0] == 1 and tokens[source[0]].tag == "PRON"
    called = tokens[frame.cue[1] - 1 : frame.cue[1] + 1][-1].low in ("on", "upon")
    series = other.cue[0] > 1 and tokens[other.cue[0] - 1].text == ","
    if not (alone or called or series):
        return False  # said that A was hit and called on B
    opens = other.content is not None and other.content[0] == source[0]
    return opens and other.kind in SPOKEN and tokens[frame.cue[0] - 1].tag == "CC"


def _goes_on(
    tokens: Sequence[Token],
    frame: Attribution,
    other: Attribution,
    found: Sequence[Attribution],
) -> bool:
    """`X says A did it and promises an answer`: both verbs in one tense, and A says nothing."""
    source, content = frame.source, other.content
    if source is None or content is None or other.source is None or source == other.source:
        return False
    if other.passive or frame.passive or frame.by == "noun" or other.kind not in SPOKEN:
        return False
    if not (other.cue[1] <= source[0] < frame.cue[0] and source[1] <= frame.cue[0]):
        return False
    if other.source[0] > other.cue[0] or content[0] < other.cue[1]:
        return False
    if tokens[frame.cue[0] - 1].tag != "CC":
        return False
    if frame.content is not None and tokens[frame.content[0]].tag == "AUX":
        return False  # said that she asks him and felt that was wrong
    between = tokens[source[1] : frame.cue[0]]
    if tokens[other.cue[1]].low == "that" and any(t.low == "that" for t in between):
        return False
    if any(o is not frame and o.source == source for o in found):
        return False
    return _tense(tokens, frame) == _tense(tokens, other)


def _tense(tokens: Sequence[Token], frame: Attribution) -> str:
    """The form of the first finite word of a verb."""
    run = [t for t in tokens[slice(*frame.cue)] if is_finite(t)]
    first = run[0] if run else tokens[frame.cue[0]]
    if first.tag == "AUX":
        return "past" if first.low in ("had", "did", "was", "were") else "third"
    return "third" if first.form == "base" else first.form
