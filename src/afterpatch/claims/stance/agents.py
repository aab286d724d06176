"""Who does the deed in a stretch of a sentence; victims and places are left out."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from afterpatch.claims.grammar.syntax import Span
from afterpatch.claims.grammar.text import Sentence, Token
from afterpatch.claims.grammar.wording import wording
from afterpatch.claims.grammar.words import (
    ADVERSE,
    ATTACK,
    CLAIM_NOUNS,
    COPULA,
    DOCUMENTS,
    word_set,
)
from afterpatch.claims.stance.ties import owns_another, tied_by
from afterpatch.claims.who.mentions import CONDUCT, Entity, Mention, actors_in

__all__ = [
    "DOING",
    "as_actor",
    "doers",
    "listed",
    "text_of",
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


# How one who does the deed with another is joined: in conjunction with, with the help of.
_PARTNERS = word_set(
    "conjunction together along alongside concert collaboration cahoots league tandem"
)
_LEADS = word_set("point points pointed pointing lead leads led leading falls fell")  # to a culprit
_ORIGIN = word_set("originating originated originates originate emanating emanated emanates")
_SOUGHT = word_set(
    "name identify find catch hunt unmask sees seeing pursue chase deter detain arrest stop fight"
)
_RUN = word_set("run conducted executed undertaken mounted staged")
_TRACED = _LEADS | word_set(
    "attributed attribute attributable ascribed linked tied traced connected belong belongs "
    "belonged belonging back down due track tracks tracked known credited"
)
DOING = word_set("doing work handiwork fault")
_SENT = word_set(
    "request requests letter letters message help support aid assistance response reply answer "
    "reaction comment statement denial pressure criticism demand demands call calls word news "
    "information intelligence tip warning warnings visit delegation"
)
_STATEMENTS = frozenset(CLAIM_NOUNS) | DOCUMENTS
_SIGNS = word_set("evidence proof signs indications")  # of somebody's doing
_PARTS = word_set(
    "elements members officers units behalf implication involvement complicity responsibility "
    "guilt hand culpability level levels orders behest direction instruction instructions auspices "
    "request"
)
_PLACES = word_set("on against at in to of into inside targeting across for with upon about")


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
        if crew.kind == "threat" and other.kind == "group" and _belongs(words, crew, other):
            return [other]
        if crew.kind in ("group", "threat") and other.kind in ("state", "organ"):
            run = words[crew.span[1] : other.span[0]]
            if run and run[0].low in ("who", "that", "which"):  # what they did tells no tie
                main = next((t.i for t in reversed(run) if t.low in COPULA), run[0].i)
                run = words[main : other.span[0]]
            between = " ".join(t.low for t in run)
            tie = wording("tie").search(between) and not wording("attack_on").search(between)
            raid = any(t.low in ATTACK and t.tag == "N" for t in run)  # tied to a raid on A
            if tie and not raid and not owns_another(words, other, entities):
                return [tied_by(crew, other, between)]
    doing: list[Mention] = []
    for mention in mentions:
        before = _before(words, mention, span)
        partner = before[-1:] in (["with"], ["alongside"], ["and"]) and _PARTNERS & set(before)
        if (doing and partner) or _does(words, mention, before, span, first=not doing):
            doing.append(mention)
    by = [m for m in doing if m.span[0] and _led_by(words, m.span[0])]
    finite = [m for m in by if _finite_passive(words, _led_by(words, m.span[0]))]
    chosen = finite or by
    if not chosen:
        return doing
    joined = [m for m in doing if m.span[0] > chosen[-1].span[0] and _joined_to(words, m.span[0])]
    return [*chosen, *joined]


def _belongs(words: Sequence[Token], crew: Mention, group: Mention) -> bool:
    """`The hackers who got in first are linked to A`, `the intruders belonged to A`."""
    between = words[crew.span[1] : group.span[0]]
    text = " ".join(t.low for t in between)
    negated = any(t.tag == "NEG" for t in between)
    return not negated and wording("belongs_to_crew").search(text) is not None


def _before(words: Sequence[Token], mention: Mention, span: Span) -> list[str]:
    """The four words before a name, without its article."""
    before = [t.low for t in words[max(span[0], mention.span[0] - 5) : mention.span[0]]]
    return (before[:-1] if before[-1:] == ["the"] else before)[-4:]


def _does(
    words: Sequence[Token], mention: Mention, before: list[str], span: Span, *, first: bool
) -> bool:
    """Whether somebody is told to do the deed."""
    if _is_let_off(words, mention, before, span[1]):
        return False
    if mention.kind in ("group", "threat"):
        return _crew_does(mention, before, first=first)
    led = _is_led_to(words, mention, before)
    return led if led is not None else _acts(words, mention, before, span[1])


def _is_let_off(words: Sequence[Token], mention: Mention, before: list[str], end: int) -> bool:
    """`not the work of A`, `statements by A`, `was contacted by A`, `took a year to name A`."""
    last = before[-1] if before else ""
    by_name = last == "name" and "the" in before[-3:-1]  # under the name A
    if _denied(words, mention, end) or (last in _SOUGHT and not by_name):
        return True
    if "not" in before and "work" in before and last == "of":
        return True
    if last == "by" and before[-2:-1] and before[-2] in _STATEMENTS:
        return True
    if last == "by" and wording("innocent_by").search(" ".join(before)):
        return True
    civil = words[mention.span[1] - 1].low in _CIVIL
    behind = {t.low for t in words[mention.span[1] : mention.span[1] + 6]}
    return civil and last != "by" and not behind & (ATTACK | ADVERSE | {"behind", "responsible"})


def _crew_does(mention: Mention, before: list[str], *, first: bool) -> bool:
    """Whether a crew does the deed: all do but those to whom or for whom a thing is done."""
    last = before[-1] if before else ""
    if last == "on" and before[-2:-1] and before[-2] in _LEADS:
        return True  # suspicion falls on A
    if last == "to" and (not _TRACED & set(before) or "not" in before):
        return False  # emails to Polish officers, not tied to A
    if last in ("against", "on", "targeting", "of", "for", "aligned") or (
        (last == "with" and before[-2:-1] == ["aligned"])
        and "work" not in before
        and not (last == "of" and "hands" in before)
    ):
        return first and mention.kind == "group" and last == "of"
    return True


def _is_led_to(words: Sequence[Token], mention: Mention, before: list[str]) -> bool | None:
    """Whether what stands round a state's name lays the deed at its door: `traced to A`, `it is A's
    doing`; False where it stands for a place or a sender, None where neither is told."""
    last = before[-1] if before else ""
    lead = before[-2] if before[-2:-1] else ""
    if last == "from" and lead in _SENT:
        return False  # no request from A
    if mention.nexus == "territory" and "from" in before:
        return True
    if last in ("of", "by") and (_PARTS | _SIGNS) & set(before):
        return True
    follows = _follows(words, mention)
    owned = bool(follows) and follows[0].tag == "POSS"
    if owned and len(follows) > 1 and follows[1].low in DOING and last in COPULA:
        return True  # this is A's doing
    if owned and any(t.low in CONDUCT for t in follows[1:6]):
        return True  # Russia's pattern of behavior: laid at its door
    led = (last in ("to", "on") and lead in _LEADS) or (last in ("in", "from") and lead in _ORIGIN)
    if led or last == "by" or (last == "of" and "work" in before) or lead == "lies":
        return True
    if last == "for" and lead in _RUN:
        return True  # it was run for A
    traced = last == "to" and ("attributed" in before or "attribute" in before)
    return False if last in _PLACES and not traced else None


def _follows(words: Sequence[Token], mention: Mention) -> list[Token]:
    return [t for t in words[mention.span[1] : mention.span[1] + 14] if not t.quote]


def _acts(words: Sequence[Token], mention: Mention, before: list[str], end: int) -> bool:
    """Whether a state is the subject of an attack: `A broke into C`, `A, as a victim said,
    did it`; not who opposes one."""
    follows = _follows(words, mention)
    owned = bool(follows) and follows[0].tag == "POSS"
    if owned or (mention.norm.endswith("(state)") and _only_modifies(words, mention, end)):
        return False
    if wording("behind_it").match(" ".join(t.low for t in follows)):
        return True  # a headline without its verb
    if follows and follows[0].text == "," and any(t.text == "," for t in follows[1:]):
        closing = next(k for k, t in enumerate(follows[1:], 1) if t.text == ",")
        follows = follows[closing + 1 :]
    verb = next((t for t in follows if t.tag in ("V", "AUX")), None)
    main = next((t for t in follows if t.tag not in ("AUX", "ADV", "NEG")), None)
    beyond = words[main.i + 1].low if main is not None and main.i + 1 < len(words) else ""
    if main is not None and wording("innocent").match(main.low) and beyond != "behind":
        return False  # opposes hacking, stands with its allies
    named = " ".join(t.low for t in follows)
    noun = main is not None and main.tag == "DET" and verb is not None and verb.low in COPULA
    if verb is not None and (
        (not noun and any(t.low in ADVERSE or t.low in ATTACK for t in follows[:8]))
        or wording("did_it").search(named)
        or (noun and wording("wrongdoer").search(named))
    ):
        return wording("was_hit").search(named) is None
    alone = all(t.tag == "PUNCT" or t.quote for t in words[mention.span[1] : end])
    it_was = wording("ends_in_it_was").search(" ".join(before)) is not None and alone
    did = bool(follows) and follows[0].low == "did"
    return it_was or did or mention.norm.endswith("(unspecified)")


def _led_by(words: Sequence[Token], first: int) -> int:
    """Where `by` or `by the` stands before a name; 0 where it does not."""
    at = first - 1 - (first > 1 and words[first - 1].low == "the")
    return at if words[at].low == "by" else 0


def _joined_to(words: Sequence[Token], first: int) -> bool:
    """Whether a name is joined as a partner: `by A in conjunction with B`."""
    return bool(_PARTNERS & {t.low for t in words[max(0, first - 4) : first]})


# Who is an attacker only where it is said to attack.
_CIVIL = word_set("firm firms company companies citizen citizens diplomats man men")


def _only_modifies(words: Sequence[Token], mention: Mention, end: int) -> bool:
    """Whether a state's name only tells whose the next noun is: `US bases`, `China policy`."""
    at = mention.span[1]
    return (
        at < end
        and words[at].tag in ("N", "P")
        and not words[at].upper
        and words[at].low not in STATE_NOUNS
    )


STATE_NOUNS = word_set("side government state regime authorities leadership officials itself")


def _denied(words: Sequence[Token], mention: Mention, end: int) -> bool:
    """Whether somebody is said not to have done it: not A but B; A did not, A was not behind."""
    before = [t.low for t in words[max(0, mention.span[0] - 3) : mention.span[0]]]
    if before[-1:] == ["not"] or before[-2:] in (
        ["rather", "than"],
        ["instead", "of"],
        ["not", "the"],
    ):
        return True
    for token in words[mention.span[1] : min(end, mention.span[1] + 5)]:
        if token.tag == "NEG" and token.low in ("not", "n't", "never"):
            only = words[token.i + 1].low if token.i + 1 < len(words) else ""
            return only not in ("only", "just", "but")
        if token.tag not in ("AUX", "ADV"):
            return False
    return False


def _finite_passive(words: Sequence[Token], by: int) -> bool:
    """Whether `by` follows a passive with its auxiliary, not a participle that describes a noun."""
    near = words[max(0, by - 4) : by]
    return any(t.low in COPULA for t in near) and near[-1].tag in ("V", "ADJ", "ADV")
