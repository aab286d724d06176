"""Nouns and phrases that carry somebody's claim: `according to X`, `X's claim that C`."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from afterpatch.claims.frames.attribution import (
    Attribution,
    agent_of,
    can_speak,
    is_finite,
    sentence_end,
    until_comma,
)
from afterpatch.claims.grammar.syntax import Span, Syntax, verb_group, without_edges
from afterpatch.claims.grammar.text import Sentence, Token
from afterpatch.claims.grammar.words import (
    ATTACK,
    CLAIM_NOUNS,
    COPULA,
    DOCUMENTS,
    TIMES,
    word_set,
)

__all__ = ["of_phrase"]


def _according(sentence: Sentence, _syntax: Syntax, word: Token) -> Attribution | None:
    """`according to X, C`, `C, per X`, `in the words of X, C`."""
    tokens, at = sentence.tokens, word.i
    if at + 2 >= len(tokens):
        return None
    first = at + 1
    if word.low == "words":
        if [t.low for t in tokens[max(0, at - 2) : at + 2]] != ["in", "the", "words", "of"]:
            return None
        first += 1
    elif word.low == "according":
        if tokens[first].low != "to":
            return None
        first += 1
    elif at and tokens[at - 1].text != ",":
        return None
    end = until_comma(tokens, first)
    source = without_edges(tokens, (first, end))
    if source[0] >= source[1] or not can_speak(tokens, source):
        return None
    if end + 1 < len(tokens) and tokens[end + 1].tag == "WH":
        end = until_comma(tokens, end + 1)  # according to X, which is …, C
    if at and (signed := _signed_by(tokens, source)) is not None:
        source = signed
        end = source[1]
    before = without_edges(tokens, (0, at))
    after = without_edges(tokens, (end, sentence_end(tokens)))
    content = before if before[1] - before[0] > after[1] - after[0] else after
    halt = next((t.i for t in tokens[slice(*content)] if t.text == ";"), content[1])
    content = (content[0], halt)
    return Attribution(
        "say", "according", (at, first), source, content if content[1] > content[0] else None,
        by="phrase",
    )  # fmt: skip


def _signed_by(tokens: Sequence[Token], paper: Span) -> Span | None:
    """`according to a warning signed by A, B and C`: A, B and C."""
    by = next((t.i for t in tokens[slice(*paper)] if t.low == "by"), None)
    if by is None or tokens[by - 1].low not in _SIGNED:
        return None
    end = by + 1
    while end < len(tokens) and (
        tokens[end].tag in ("P", "N", "DET", "NUM", "ADJ", "CC") or tokens[end].text == ","
    ):
        end += 1
    source = without_edges(tokens, (by + 1, end))
    listed = any(t.tag == "CC" for t in tokens[slice(*source)])
    return source if listed and end >= sentence_end(tokens) else None


_SIGNED = word_set("signed issued backed")


def _in_view(sentence: Sentence, syntax: Syntax, word: Token) -> Attribution | None:
    """`in X's view, C`, `in his opinion C`, `in the view of X, C`."""
    tokens, at = sentence.tokens, word.i
    opener = next((t.i for t in reversed(tokens[max(0, at - 7) : at]) if t.low == "in"), None)
    if opener is None or at + 2 >= len(tokens):
        return None
    if tokens[at + 1].low == "of" and tokens[at - 1].low == "the":
        end = until_comma(tokens, at + 2)
        source = (at + 2, end)
    elif tokens[at - 1].tag == "POSS" or tokens[at - 1].low in _OWN:
        source = (opener + 1, at - (tokens[at - 1].tag == "POSS"))
        if tokens[opener + 1].low in ("his", "her", "its", "their") and at == opener + 2:
            main = next((t.i for t in tokens[:opener] if is_finite(t)), None)
            source = (syntax.subject(sentence, main) if main is not None else None) or source
        end = at + 1
    else:
        return None
    if source[0] >= source[1] or end >= len(tokens):
        return None
    if tokens[at - 1].low == "our":
        return _in_our_view(tokens, opener, at)
    whose = source[1] - source[0] == 1 and tokens[source[0]].tag == "DET"
    if not whose and not can_speak(tokens, source):
        return None
    before = without_edges(tokens, (0, opener))
    after = without_edges(tokens, (end, sentence_end(tokens)))
    content = after if opener == 0 or any(is_finite(t) for t in tokens[slice(*after)]) else before
    if content[0] >= content[1]:
        return None
    return Attribution("say", "opinion", (opener, at + 1), source, content, by="phrase")


_OWN = word_set("his her its their our")


def _in_our_view(tokens: Sequence[Token], opener: int, noun: int) -> Attribution | None:
    """`In our view, C`: whoever publishes the page weighs it."""
    before = without_edges(tokens, (0, opener))
    after = without_edges(tokens, (noun + 1, sentence_end(tokens)))
    content = before if opener > 1 else after
    if content[0] >= content[1]:
        return None
    return Attribution("believe", "regard", (opener, noun + 1), (noun - 1, noun), content, by="we")


_EVIDENCE = word_set("evidence proof indication indications sign signs grounds clue clues trace")


def _of_lack(sentence: Sentence, syntax: Syntax, noun: Token) -> Attribution | None:
    """`X has no proof that C`, `we do not have enough evidence to C`, `X has seen no sign of C`."""
    tokens = sentence.tokens
    before = tokens[max(0, noun.i - 5) : noun.i]
    verb = next(
        (t for t in reversed(before) if t.low in ("have", "has", "had", "see", "seen", "saw")), None
    )
    if verb is None:
        return None
    front = verb_group(tokens, verb.i)
    lacking = {t.low for t in tokens[front : noun.i]}
    if not lacking & {"no", "not", "n't", "never", "little", "insufficient", "hardly", "scant"}:
        return None
    while front < verb.i and tokens[front].tag == "ADV":
        front += 1
    source = syntax.subject(sentence, verb.i)
    if source is None or source[1] > verb.i:
        return None
    ours = tokens[source[1] - 1].low == "we"
    if not ours and (not can_speak(tokens, source) or tokens[source[0]].tag == "PRON"):
        return None  # said it had no evidence: whoever says so
    content = without_edges(tokens, (verb.i, sentence_end(tokens)))
    return Attribution(
        "say", "have", (front, noun.i + 1), source, content, negated=True,
        by="we" if ours else "verb",
    )  # fmt: skip


_SUPPORT = word_set(
    "issued issue issues offered repeated published made released sent unsealed filed brought "
    "reiterated gave handed obtained secured signed issuing obtaining"
)


def _supported(sentence: Sentence, noun: Token) -> Attribution | None:
    """`X issued a denial`, `X unsealed an indictment against A`: the verb's subject speaks."""
    tokens = sentence.tokens
    for at in range(noun.i - 1, max(-1, noun.i - 6), -1):
        token = tokens[at]
        if token.low in _SUPPORT and token.tag == "V":
            first = at
            while first > 0 and tokens[first - 1].tag in ("AUX", "ADV"):
                first -= 1
            begin = first
            while (
                begin > 0
                and tokens[begin - 1].tag not in ("PUNCT", "SUB", "V", "WH")
                and not tokens[begin - 1].quote
            ):
                begin -= 1
            source = without_edges(tokens, (begin, first))
            if source[0] >= source[1] or not can_speak(tokens, source):
                return None
            kind = CLAIM_NOUNS[noun.low]
            if kind not in ("deny", "charge"):
                return None
            rest = without_edges(tokens, (noun.i, sentence_end(tokens)))
            return Attribution(kind, noun.low, (noun.i, noun.i + 1), source, rest, by="support")
        if token.tag not in ("DET", "ADJ", "N", "NUM", "V", "ADV"):
            return None
    return None


_CONVINCED = word_set("confident certain convinced sure adamant satisfied aware worried concerned")


_SURE = word_set("sure certain confident convinced adamant")


def _clause_behind(tokens: Sequence[Token], first: int) -> bool:
    """Whether a subject and its verb begin there: `is sure the attack was planned`."""
    run = tokens[first : first + 8]
    verb = next((k for k, t in enumerate(run) if is_finite(t)), 0)
    return verb > 0 and all(t.tag in ("DET", "ADJ", "N", "P", "PRON", "NUM") for t in run[:verb])


_PART_IN = word_set("involvement implication complicity responsibility guilt role part hand")


def _of_no_doubt(sentence: Sentence, syntax: Syntax, noun: Token) -> Attribution | None:
    """`X has no doubt that C`, `there is little doubt in X that C`."""
    tokens = sentence.tokens
    before = tokens[max(0, noun.i - 3) : noun.i]
    if noun.tag != "N" or not any(t.low in ("no", "little") for t in before):
        return None
    that = next((t.i for t in tokens[noun.i + 1 : noun.i + 6] if t.low == "that"), None)
    verb = next((t for t in before if t.low in ("has", "have", "had", "is", "was")), None)
    if that is None or verb is None:
        return None
    source: Span | None = (noun.i + 2, that)
    if that == noun.i + 1:
        source = syntax.subject(sentence, verb.i)
    elif tokens[noun.i + 1].low not in ("in", "among", "at"):
        return None
    if source is None or source[0] >= source[1] or not can_speak(tokens, source):
        return None
    if tokens[source[0]].tag == "PRON" or tokens[source[0]].low == "there":
        return None  # said it had no doubt that C: whoever says so
    content = without_edges(tokens, (that + 1, sentence_end(tokens)))
    return Attribution("believe", "believe", (verb.i, noun.i + 1), source, content)


def _of_belief(sentence: Sentence, syntax: Syntax, word: Token) -> Attribution | None:
    """`X is confident that C`."""
    tokens = sentence.tokens
    behind = tokens[word.i + 1 : word.i + 6]
    of = [t.low for t in behind[:1]] == ["of"] and any(t.low in _PART_IN for t in behind)
    that = next((t.i for t in tokens[word.i + 1 : word.i + 10] if t.low == "that"), None)
    bare = word.low in _SURE and _clause_behind(tokens, word.i + 1)
    if that is None and bare:
        that = word.i  # is sure C
    that = word.i + 1 if of else that  # confident of the involvement of A in C
    between = [t for t in tokens[word.i + 1 : that] if not t.quote]
    told = not between or (
        between[0].low in ("about", "by", "over", "at")
        and any(t.low in CLAIM_NOUNS or t.low in DOCUMENTS for t in between)
    )  # concerned about reports that C
    if that is None or that + 1 >= len(tokens) or not told:
        return None
    be = next((t for t in reversed(tokens[max(0, word.i - 4) : word.i]) if t.low in COPULA), None)
    if be is None:
        return None
    source = syntax.subject(sentence, be.i)
    if source is None or not can_speak(tokens, source) or source[0] > be.i:
        return None
    if tokens[source[0]].tag == "PRON":
        return None  # said it was certain that C: whoever says so
    front = verb_group(tokens, be.i)
    content = without_edges(tokens, (that + 1, sentence_end(tokens)))
    negated = any(t.tag == "NEG" for t in tokens[front : word.i])
    return Attribution("believe", "believe", (front, word.i + 1), source, content, negated=negated)


def _of_doubt(sentence: Sentence, syntax: Syntax, word: Token) -> Attribution | None:
    """`X was unconvinced`, `X is skeptical of the claims`."""
    tokens = sentence.tokens
    be = next((t for t in reversed(tokens[max(0, word.i - 3) : word.i]) if t.low in COPULA), None)
    if be is None or be.low == "be" or any(t.tag == "NEG" for t in tokens[be.i : word.i]):
        return None
    source = syntax.subject(sentence, be.i)
    if source is None or source[0] > be.i or not can_speak(tokens, source):
        return None
    if tokens[word.i + 1 : word.i + 2] and tokens[word.i + 1].text not in (":", "of", "about"):
        return None  # they are skeptical, and tell in the next sentence why
    if tokens[source[0]].tag == "PRON":
        return None
    content = without_edges(tokens, (be.i, until_comma(tokens, word.i + 1)))
    return Attribution("believe", "doubt", (be.i, word.i + 1), source, content)


_DOUBTFUL = word_set("unconvinced sceptical skeptical doubtful unpersuaded")


def _of_confession(sentence: Sentence, syntax: Syntax, noun: Token) -> Attribution | None:
    """`X claimed responsibility for C`, `X took credit`: X says that X did it."""
    if noun.tag != "N":
        return None
    tokens = sentence.tokens
    verb = next((t for t in reversed(tokens[max(0, noun.i - 4) : noun.i]) if t.low in _TAKE), None)
    if verb is None:
        return _confessed_by(sentence, syntax, noun)
    if verb.tag == "N":
        return None
    source = syntax.subject(sentence, verb.i)
    front = verb_group(tokens, verb.i)
    group = tokens[front : verb.i]
    if source is None or source[0] > verb.i or not can_speak(tokens, source):
        return None
    if any(t.tag == "NEG" or t.low in ("would", "could", "may", "might", "must") for t in group):
        return None
    content = without_edges(tokens, (verb.i, sentence_end(tokens)))
    return Attribution("attribute", "claim", (front, noun.i + 1), source, content, by="confession")


def _confessed_by(sentence: Sentence, syntax: Syntax, noun: Token) -> Attribution | None:
    """`Responsibility was claimed by X`."""
    tokens = sentence.tokens
    verb = next((t for t in tokens[noun.i + 1 : noun.i + 14] if t.low in _TAKE), None)
    if verb is None or tokens[verb.i - 1].tag not in ("AUX", "ADV"):
        return None
    source = agent_of(sentence, syntax, verb.i)
    if source is None:
        return None
    content = without_edges(tokens, (noun.i, verb.i + 1))
    return Attribution("attribute", "claim", (verb.i, verb.i + 1), source, content, by="confession")


_TAKE = word_set(
    "claim claims claimed claiming take takes took taken taking accept accepts accepted assume "
    "assumed admit admits admitted acknowledged"
)


def _of_concern(sentence: Sentence, syntax: Syntax, noun: Token) -> Attribution | None:
    """`X expresses concern about attacks by A`."""
    if noun.tag != "N":
        return None
    tokens = sentence.tokens
    verb = next(
        (t for t in reversed(tokens[max(0, noun.i - 4) : noun.i]) if t.low in _EXPRESS), None
    )
    end = sentence_end(tokens)
    behind = tokens[noun.i + 1 : end]
    laid = any(t.low == "by" for t in behind) and any(t.low in ATTACK for t in behind)
    if verb is None or not laid or behind[0].low not in ("about", "over", "at"):
        return None
    at = verb.i
    if verb.low.endswith("ing"):  # joins its partners in expressing
        at = next((t.i for t in reversed(tokens[:at]) if t.low in ("joins", "joined", "join")), at)
    tokens[at].tag = "V"
    source = syntax.subject(sentence, at)
    if source is None or not can_speak(tokens, source):
        return None
    content = without_edges(tokens, (noun.i, end))
    return Attribution("accuse", "express", (at, noun.i + 1), source, content)


_OPPOSED = word_set("dissatisfaction opposition displeasure indignation protest objection protests")


def _of_opposition(sentence: Sentence, syntax: Syntax, noun: Token) -> Attribution | None:
    """`X expressed firm opposition to the accusation`, `X lodged a protest over the claims`."""
    if noun.tag != "N":
        return None
    tokens = sentence.tokens
    before = tokens[max(0, noun.i - 6) : noun.i]
    verb = next((t for t in before if t.low in _EXPRESS or t.low in ("lodged", "lodges")), None)
    end = sentence_end(tokens)
    at = any(t.low in _ACCUSING for t in tokens[noun.i + 1 : end])
    if verb is None or not at:
        return None
    verb.tag = "V"
    source = syntax.subject(sentence, verb.i)
    if source is None or source[0] > verb.i or not can_speak(tokens, source):
        return None
    content = without_edges(tokens, (verb.i, end))
    return Attribution("deny", "oppose", (verb.i, noun.i + 1), source, content, by="noun")


_ACCUSING = word_set(
    "accusation accusations allegation allegations claim claims charge charges attribution smear "
    "smears statement report reports slander"
)


_EXPRESS = word_set(
    "express expresses expressed expressing voice voices voiced voicing raise raised"
)
_LAY = word_set(
    "put puts putting lay lays laid laying place places placed placing cast heaped heaps"
)


def _of_blame(sentence: Sentence, syntax: Syntax, noun: Token) -> Attribution | None:
    """`X puts the blame on A`, `the blame was laid at A's door by X`."""
    if noun.tag != "N":
        return None
    tokens = sentence.tokens
    end = sentence_end(tokens)
    before = tokens[max(0, noun.i - 3) : noun.i]
    verb = next((t for t in reversed(before) if t.low in _LAY and t.tag != "DET"), None)
    if verb is not None:
        verb.tag, verb.form = "V", verb.form or "past"
        source = syntax.subject(sentence, verb.i)
        if source is None or not can_speak(tokens, source):
            return None
        front = verb_group(tokens, verb.i)
        negated = any(t.tag == "NEG" for t in tokens[front : verb.i])
        return Attribution("blame", "lay", (front, noun.i + 1), source, None, negated=negated)
    verb = next((t for t in tokens[noun.i + 1 : noun.i + 14] if t.low in _LAY), None)
    if verb is None or tokens[verb.i - 1].tag not in ("AUX", "ADV"):
        return None
    front = verb_group(tokens, verb.i)
    content = without_edges(tokens, (verb.i + 1, end))
    return Attribution(
        "blame", "lay", (front, verb.i + 1), agent_of(sentence, syntax, verb.i), content,
        object=(noun.i, front), passive=True,
        negated=any(t.tag == "NEG" for t in tokens[front : verb.i]),
    )  # fmt: skip


_ARRIVES = word_set(
    "came comes come arrived arrives followed follows was is were issued made also quickly swiftly "
    "promptly soon later immediately has been"
)


_HOLD = word_set(
    "come comes came reach reaches reached draw draws drew drawn take takes took hold holds held "
    "share "
    "shares shared express expressed have has had is are was were voice voiced"
)


_WITHIN = word_set("among in at of within from")


def _of_noun(sentence: Sentence, syntax: Syntax, noun: Token) -> Attribution | None:
    """`X's claim that C`, `the accusation by X that C`, `a denial from X`."""
    if noun.tag != "N":
        return None
    tokens, kind, at = sentence.tokens, CLAIM_NOUNS[noun.low], noun.i
    if at > 1 and [t.low for t in tokens[at - 2 : at]] == ["in", "our"]:
        return _in_our_view(tokens, at - 2, at)
    if kind == "deny" and at and tokens[at - 1].low in ("no", "without", "any"):
        return None
    source = _possessor(tokens, at)
    after = _arrival(tokens, at + 1)
    if source is None:
        if (support := _supported(sentence, noun)) is not None:
            return support
        source, after = _from_whom(tokens, after)
    if source is None and kind == "believe":
        source, after = _within(tokens, after)
    if source is None and after < len(tokens) and tokens[after].low == "that":
        source = _holder(sentence, syntax, noun)
    if source is None or all(t.low in TIMES for t in tokens[source[0] : source[1]]):
        return None
    content: Span | None = None
    if after + 1 < len(tokens) and tokens[after].low in COPULA and tokens[after + 1].low == "that":
        after += 1  # the agency's conclusion is that C
    if after < len(tokens) and tokens[after].low == "that":
        content = without_edges(tokens, (after + 1, sentence_end(tokens)))
    elif kind != "deny":
        return None
    return Attribution(kind, noun.low, (at, at + 1), source, content, by="noun")


def _possessor(tokens: Sequence[Token], at: int) -> Span | None:
    """`X's claim`, `X's flat denial`: X."""
    of = at - 1
    while CLAIM_NOUNS[tokens[at].low] == "deny" and at - 3 < of > 1 and tokens[of].tag in _PLAIN:
        of -= 1
    if of < 1 or tokens[of].tag != "POSS":
        return None
    first = of - 1
    while first > 0 and tokens[first - 1].tag in ("P", "N", "DET", "ADJ"):
        first -= 1
    return first, of


_PLAIN = ("ADJ", "ADV", "N")


def _arrival(tokens: Sequence[Token], after: int) -> int:
    """Where `from X` begins in `a denial came swiftly from X`."""
    came = after
    while came < min(after + 4, len(tokens)) and tokens[came].low in _ARRIVES:
        came += 1
    return came if came < len(tokens) and tokens[came].low in ("from", "by") else after


def _from_whom(tokens: Sequence[Token], after: int) -> tuple[Span | None, int]:
    """`the claim by X that C`: X, and where it ends."""
    if after >= len(tokens) or tokens[after].low not in ("by", "from"):
        return None, after
    end = after + 1
    while end < len(tokens) and tokens[end].tag in ("DET", "ADJ", "N", "P", "POSS"):
        end += 1
    return ((after + 1, end) if end > after + 1 else None), end


def _within(tokens: Sequence[Token], after: int) -> tuple[Span | None, int]:
    """`the consensus among X is that C`: X, and where `that` stands."""
    if _WITHIN.isdisjoint(t.low for t in tokens[after : after + 1]):
        return None, after
    be = next((t.i for t in tokens[after + 2 : after + 9] if t.low in COPULA), None)
    if be is None or be + 1 >= len(tokens) or tokens[be + 1].low != "that":
        return None, after
    source = (after + 1, be)
    return (source if can_speak(tokens, source) else None), be + 1


def _holder(sentence: Sentence, syntax: Syntax, noun: Token) -> Span | None:
    """`X has shared its assessment that C`, `X came to the conclusion that C`: X."""
    tokens, at = sentence.tokens, noun.i
    source: Span | None = None
    if at and tokens[at - 1].low in ("its", "his", "her", "their"):
        main = next((t.i for t in tokens[:at] if is_finite(t)), None)
        source = syntax.subject(sentence, main) if main is not None else None
    if source is None and CLAIM_NOUNS[noun.low] == "believe":
        held = next((t for t in reversed(tokens[max(0, at - 4) : at]) if t.low in _HOLD), None)
        source = syntax.subject(sentence, held.i) if held is not None else None
    return source if source is not None and can_speak(tokens, source) else None


def _of_responsibility(sentence: Sentence, syntax: Syntax, noun: Token) -> Attribution | None:
    """`X claimed responsibility`, `X puts the responsibility on A`."""
    return _of_confession(sentence, syntax, noun) or _of_blame(sentence, syntax, noun)


_READERS: dict[str, Callable[[Sentence, Syntax, Token], Attribution | None]] = {
    **dict.fromkeys(CLAIM_NOUNS, _of_noun),
    **dict.fromkeys(("according", "per", "words"), _according),
    **dict.fromkeys(("view", "opinion", "judgment", "judgement", "estimation"), _in_view),
    **dict.fromkeys(_CONVINCED, _of_belief),
    **dict.fromkeys(_DOUBTFUL, _of_doubt),
    **dict.fromkeys(("doubt", "doubts"), _of_no_doubt),
    **dict.fromkeys(("concern", "concerns", "alarm", "outrage"), _of_concern),
    **dict.fromkeys(_OPPOSED, _of_opposition),
    **dict.fromkeys(("responsibility", "credit"), _of_responsibility),
    **dict.fromkeys(_EVIDENCE, _of_lack),
    **dict.fromkeys(("blame", "fault"), _of_blame),
}


def of_phrase(sentence: Sentence, syntax: Syntax, word: Token) -> Attribution | None:
    """The frame that a noun or another word opens with the phrase around it."""
    read = _READERS.get(word.low)
    return read(sentence, syntax, word) if read is not None else None
