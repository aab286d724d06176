"""When a sentence states nothing: questions, conditions, invitations, and refusals to speak."""

from __future__ import annotations

import re

from afterpatch.claims.grammar.syntax import Span
from afterpatch.claims.grammar.text import Sentence
from afterpatch.claims.grammar.wording import wording

__all__ = ["is_irrealis", "refuses"]

# A question of somebody's, quoted.
_ASKED = re.compile(r"^[\"“‘][^\"”]*\?[\"”’] (?:[\w’' -]{1,40} )?(?:asked|asks|wondered)\b[^,]*$")


def refuses(sentence: Sentence) -> Span | None:
    """Where somebody says that nothing is said, in tokens."""
    found = wording("refuses").search(sentence.text)
    if found is None:
        return None
    first, end = sentence.start + found.start(), sentence.start + found.end()
    inside = [t.i for t in sentence.tokens if first <= t.start < end]
    return (inside[0], inside[-1] + 1) if inside else None


def is_irrealis(sentence: Sentence) -> bool:
    """Whether the sentence asks, supposes or invites, and so states nothing."""
    text = sentence.text
    if text.rstrip("\"”'’»)] ").endswith("?") or _ASKED.search(text):
        return True
    if wording("condition").match(text.lstrip('"“')) or wording("open_question").match(text):
        return True
    return wording("order").match(text) is not None and len(sentence.tokens) < 16
