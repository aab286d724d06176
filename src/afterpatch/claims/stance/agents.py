"""Who does the deed in a stretch of a sentence; victims and places are left out."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence

from afterpatch.claims.grammar.syntax import Span
from afterpatch.claims.grammar.text import Sentence, Token
from afterpatch.claims.grammar.wording import wording
from afterpatch.claims.grammar.words import COPULA
from afterpatch.claims.stance.doing import DOING, PARTNERS, does_it
from afterpatch.claims.who.mentions import Entity, Mention, actors_in

__all__ = [
    "DOING",
    "as_actor",
    "doers",
    "listed",
    "text_of",
    "tied_any",
    "tied_behind",
    "tied_by",
]


def listed(words: Sequence[Token], actors: Sequence[Mention]) -> list[Mention]:
    """The first actor, and those that a list puts beside it."""
    named = [actors[0]]
    for other in actors[1:]:
        between = words[named[-1].span[1] : other.span[0]]
        if (
            other.kind == named[0].kind
            and between
            and (
                _joined_to(words, other.span[0])
                or all(
                    t.text in (",", "&", "(", ")") or t.low in ("and", "the", "or") for t in between
                )
            )
        ):
            named.append(other)
    between = words[named[0].span[1] : named[-1].span[0]]
    commas = all(t.text == "," or t.low == "the" for t in between)
    apposed = len(named) == 2 and commas and any(t.text == "," for t in between)
    return named[:1] if apposed else named  # the GRU, Russia's military intelligence


def tied_behind(mention: Mention, behind: Span, entities: Sequence[Entity]) -> Mention:
    """A crew that is linked to a state or its organ, with that tie."""
    for entity in entities:
        if behind[0] <= entity.span[0] < behind[0] + 5 and entity.kind in (
            "organ",
            "state",
            "demonym",
        ):
            nexus = "linked-to-state-organ" if entity.kind == "organ" else "linked"
            return Mention(
                mention.kind, mention.span, mention.head, mention.norm, entity.state, nexus,  # type: ignore[arg-type]
                mention.group,
            )  # fmt: skip
    return mention


def as_actor(words: Sequence[Token], span: Span) -> list[Mention]:
    run = words[span[0] : span[1]]
    if not run or all(t.tag in ("DET", "PRON", "WH") for t in run):
        return []
    return [Mention("threat", span, span[0], " ".join(t.text for t in run), None, "unspecified")]


def text_of(sentence: Sentence, span: Span) -> str:
    words = sentence.tokens
    if span[0] >= span[1]:
        return ""
    return sentence.slice(words[span[0]].start, words[span[1] - 1].end)


def tied_by(crew: Mention, state: Mention, words: str) -> Mention:
    """A crew with the tie that the verb between it and a state tells."""
    nexus = crew.nexus
    for pattern, name in (
        (r"\b(?:paid|hired|funded|money|funds|funding|pay)\b", "paid-by-state"),
        (r"\bbacked\b|\bsupported\b", "state-backed"),
        (r"\bsponsored\b", "state-sponsored"),
        (r"\b(?:backing|support|protection) of\b", "state-backed"),
        (
            r"\b(?:orders|instructions|directions|controlled|directed|run|ordered|steered|led|"
            r"overseen|under)\b",
            "state-controlled",
        ),
        (r"\b(?:based|from|operat\w+ (?:out of|in|from))\b", "territory"),
        (r".", "linked-to-state-organ" if state.kind == "organ" else "linked"),
    ):  # fmt: skip
        if re.search(pattern, words):
            nexus = name  # type: ignore[assignment]
            break
    return Mention(crew.kind, crew.span, crew.head, crew.norm, state.state, nexus, crew.group)


def doers(
    sentence: Sentence, span: Span, entities: Sequence[Entity], *, strict: bool = True
) -> list[Mention]:
    """Those in a stretch of a sentence who do the deed; victims and places are left out.

    Not strict: whoever comes first, for a stretch that holds the accused by its grammar.
    """
    words = sentence.tokens
    mentions = actors_in(words, entities, span)
    if not mentions:
        return []
    if not strict:
        return mentions
    for crew, other in itertools.pairwise(mentions):
        if crew.kind in ("group", "threat") and other.kind in ("state", "organ"):
            between = " ".join(t.low for t in words[crew.span[1] : other.span[0]])
            if wording("tie").search(between) and not wording("attack_on").search(between):
                return [tied_by(crew, other, between)]
    doing: list[Mention] = []
    for mention in mentions:
        if does_it(words, mention, span, alone=not doing):
            doing.append(mention)
    by = [m for m in doing if m.span[0] and _led_by(words, m.span[0])]
    finite = [m for m in by if _finite_passive(words, _led_by(words, m.span[0]))]
    chosen = finite or by
    if not chosen:
        return doing
    joined = [m for m in doing if m.span[0] > chosen[-1].span[0] and _joined_to(words, m.span[0])]
    return [*chosen, *joined]


def _led_by(words: Sequence[Token], first: int) -> int:
    """Where `by` or `by the` stands before a name; 0 where it does not."""
    at = first - 1 - (first > 1 and words[first - 1].low == "the")
    return at if words[at].low == "by" else 0


def _joined_to(words: Sequence[Token], first: int) -> bool:
    """Whether a name is joined as a partner: `by A in conjunction with B`."""
    return bool(PARTNERS & {t.low for t in words[max(0, first - 4) : first]})


def _finite_passive(words: Sequence[Token], by: int) -> bool:
    """Whether `by` follows a passive with its auxiliary, not a participle that describes a noun."""
    near = words[max(0, by - 4) : by]
    return any(t.low in COPULA for t in near) and near[-1].tag in ("V", "ADJ", "ADV")


def tied_any(mention: Mention, behind: Span, entities: Sequence[Entity], after: str) -> Mention:
    if mention.state is not None and mention.nexus != "unspecified":
        return mention
    for entity in entities:
        if behind[0] <= entity.span[0] < behind[1] and entity.kind in ("organ", "state", "demonym"):
            nexus = (
                "linked-to-state-organ"
                if entity.kind == "organ"
                else ("territory" if re.search(r"\b(?:from|based|in|operat)", after) else "linked")
            )
            return Mention(
                mention.kind, mention.span, mention.head, mention.norm, entity.state, nexus,  # type: ignore[arg-type]
                mention.group,
            )  # fmt: skip
    return mention
