"""What somebody does in words where no verb says so: takes a side, joins a verdict, counts."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from afterpatch.claims.frames.attribution import (
    Attribution,
    agent_of,
    can_speak,
    sentence_end,
    until_comma,
)
from afterpatch.claims.frames.opening import MODALS, is_passive
from afterpatch.claims.grammar.syntax import Span, Syntax, verb_group, without_edges
from afterpatch.claims.grammar.text import Sentence, Token
from afterpatch.claims.grammar.words import (
    ATTACK,
    DOCUMENTS,
    OFFICES,
    PEOPLE,
    THREATS,
    TIMES,
    word_set,
)

__all__ = ["echoing", "of_stand"]

# What is said and found about an attack.
_FINDINGS = word_set(
    "finding findings attribution assessment account statement statements conclusion conclusions "
    "verdict claim claims accusation accusations allegation allegations charge charges view views "
    "position warning warnings version judgment judgement declaration analysis reading diagnosis "
    "condemnation stance denial complaint demand demands call calls appeal"
)


class _Act:
    """A verb with its group, and with who does it."""

    def __init__(self, sentence: Sentence, syntax: Syntax, verb: Token) -> None:
        tokens = sentence.tokens
        self.sentence, self.syntax, self.verb, self.tokens = sentence, syntax, verb, tokens
        self.front = verb_group(tokens, verb.i)
        self.group = tokens[self.front : verb.i]
        self.end = sentence_end(tokens)
        self.passive = is_passive(tokens, self.front, verb)

    def near(self, first: int, end: int) -> Sequence[Token]:
        """The words from the first to before the end behind the verb; 1 is the next."""
        return self.tokens[self.verb.i + first : min(self.verb.i + end, self.end)]

    def source(self) -> Span | None:
        """Who does it, where it is done and where the one who does it can speak."""
        if self.passive or any(t.tag in ("NEG", "TO") or t.low in MODALS for t in self.group):
            return None
        if self.front and self.tokens[self.front - 1].tag in ("TO", "WH", "DET", "POSS", "ADP"):
            return None  # its repeated claims
        source = self.syntax.subject(self.sentence, self.verb.i)
        if source is None or source[0] > self.verb.i or not can_speak(self.tokens, source):
            return None
        run = self.tokens[slice(*source)]
        return source if any(_has_voice(t) for t in run) else None

    def rest(self) -> Span:
        """The verb and what follows it."""
        return without_edges(self.tokens, (self.front, self.end))


def _has_voice(token: Token) -> bool:
    """Whether a noun phrase with this word names somebody: no server, no attack."""
    if token.low in THREATS:
        return False
    named = token.tag == "P" or (token.upper and token.tag == "N")
    if named or token.low in PEOPLE | OFFICES | DOCUMENTS | _BODIES:
        return True
    return token.low in ("he", "she", "they", "it")


_BODIES = word_set(
    "ministry department agency bureau service office centre center council commission parliament "
    "embassy watchdog regulator government company firm vendor university bank union alliance bloc "
    "court cabinet republic kingdom"
)


def _takes_side(act: _Act) -> Attribution | None:
    """`X stands with A`, `X sided with A`; not `X stood with its back to the wall`."""
    follows = act.near(1, 2)
    if not follows or follows[0].low not in ("with", "by", "behind"):
        return None
    beyond = act.near(2, 5)
    sided = any(t.tag == "P" or t.low in _SIDES or t.low in _FINDINGS for t in beyond)
    source = act.source() if sided else None
    if source is None:
        return None
    content = without_edges(act.tokens, (act.front, until_comma(act.tokens, act.verb.i + 1)))
    return Attribution("say", "express", (act.front, act.verb.i + 1), source, content)


_SIDES = word_set("allies ally partners partner victims friends neighbors neighbours members")


def _backs(act: _Act) -> Attribution | None:
    """`X backed the finding`, `X endorsed A's attribution`, `X acknowledged the statements`; who
    backs an accusation joins in it."""
    near = act.near(1, 7)
    found = next((k for k, t in enumerate(near) if t.low in _FINDINGS), None)
    if found is None:
        return None
    if any(t.tag in ("V", "ADP", "SUB", "PUNCT", "CC") and t.low != "that" for t in near[:found]):
        return None
    frame = _told(act, act.source(), "say")
    if frame is not None and act.verb.low in _SECONDING and near[found].low in _CHARGES:
        frame.lemma = "join"
    return frame


_SECONDING = word_set(
    "back backs backed endorse endorses endorsed echo echoes echoed second seconds seconded "
    "support supports supported repeat repeats repeated"
)
_CHARGES = word_set("accusation accusations charge charges attribution")


def _joins(act: _Act) -> Attribution | None:
    """`X joined in the accusation`, `X added its voice to the condemnation`."""
    near = act.near(1, 7)
    alone = bool(near) and near[0].low == "in" and all(t.low in _WHEN for t in near[1:])
    if not (alone or any(t.low in _CHORUS for t in near)) or any(
        t.tag in ("V", "PUNCT") for t in near
    ):
        return None
    source = act.source()
    if source is None or (alone and not any(t.upper for t in act.tokens[slice(*source)])):
        return None
    return Attribution("say", "join", (act.front, act.verb.i + 1), source, act.rest())


_WHEN = TIMES | word_set("on the same in next a an after within since too as well , hours days")
_CHORUS = word_set(
    "accusation accusations condemnation condemnations attribution chorus protest protests "
    "allegation allegations denunciation"
)


def _follows(act: _Act) -> Attribution | None:
    """`X and Y had followed`, `X followed suit`, `X followed its lead`."""
    lows = [t.low for t in act.near(1, 4)]
    alike = not lows or lows[:1] == ["suit"] or "lead" in lows or "example" in lows
    source = act.source() if alike else None
    if source is None or not any(t.upper for t in act.tokens[slice(*source)]):
        return None
    return Attribution("say", "join", (act.front, act.verb.i + 1), source, act.rest())


def _reaches(act: _Act) -> Attribution | None:
    """`X had reached the same verdict`, `X drew the opposite conclusion`."""
    near = act.near(1, 7)
    alike = any(t.low in _ALIKE for t in near)
    if not alike or not any(t.low in _FINDINGS for t in near):
        return None
    frame = _told(act, act.source(), "say")
    if frame is not None:
        frame.lemma = "join"
    return frame


_ALIKE = ("same", "identical", "opposite", "similar", "like")


def _records(act: _Act) -> Attribution | None:
    """`The bureau logged 900 complaints`, `900 cases were recorded by the bureau`: X counts."""
    if act.passive:
        source = agent_of(act.sentence, act.syntax, act.verb.i)
        counted = any(t.tag == "NUM" for t in act.tokens[: act.front])
        if source is None or not counted or not _keeps_count(act.tokens, source):
            return None
        content = without_edges(act.tokens, (0, act.end))
        return Attribution("estimate", "count", (act.front, act.verb.i + 1), source, content)
    if not any(t.tag == "NUM" for t in act.near(1, 5)):
        return None
    source = act.source()
    if source is None or not _keeps_count(act.tokens, source):
        return None
    return _told(act, source, "estimate")


def _keeps_count(tokens: Sequence[Token], source: Span) -> bool:
    run = tokens[slice(*source)]
    return run[-1].tag == "P" or any(t.low in _BODIES | _COUNTERS for t in run)


_COUNTERS = word_set("police researchers analysts investigators authorities prosecutors")


def _gives_number(act: _Act) -> Attribution | None:
    """`X gave the number of victims as nine`, `X set the toll at 900`."""
    near = act.near(1, 12)
    noun = next((k for k, t in enumerate(near) if t.low in _NUMBERS), None)
    if noun is None or noun > 3:
        return None
    at = next((k for k, t in enumerate(near) if k > noun and t.low in ("as", "at")), None)
    if at is None or not any(t.tag == "NUM" or t.low in _SMALL for t in near[at + 1 : at + 5]):
        return None
    return _told(act, act.source(), "estimate")


_NUMBERS = word_set("number total figure toll count cost damage loss losses tally sum")
_SMALL = word_set("two three four five six seven eight nine ten eleven twelve dozens hundreds")


def _compares(act: _Act) -> Attribution | None:
    """`X compared the raid to a burglary`: X weighs it."""
    near = act.near(2, 14)
    if not any(t.low in ("to", "with") for t in near):
        return None
    about = any(t.low in ATTACK | _FINDINGS | _MATTERS or t.quote for t in act.near(1, 14))
    it = any(t.low in ("it", "this", "them") for t in act.near(1, 2))
    source = act.source() if about or it else None
    if source is None:
        return None
    content = without_edges(act.tokens, (act.verb.i + 1, act.end))
    return Attribution("believe", "regard", (act.front, act.verb.i + 1), source, content)


_MATTERS = word_set(
    "response reaction handling damage situation episode affair scandal event events threat "
    "decision sanctions method methods tactics technique techniques tool tools"
)


def _told(act: _Act, source: Span | None, kind: str) -> Attribution | None:
    if source is None:
        return None
    cue = (act.front, act.verb.i + 1)
    if kind == "estimate":
        content = without_edges(act.tokens, (act.front, until_comma(act.tokens, act.verb.i + 1)))
        return Attribution("estimate", "count", cue, source, content)
    return Attribution("say", "express", cue, source, act.rest())


_READERS: dict[str, Callable[[_Act], Attribution | None]] = {
    **dict.fromkeys(
        ("stand", "stands", "stood", "standing", "side", "sides", "sided", "siding"), _takes_side
    ),
    **dict.fromkeys(
        word_set(
            "back backs backed endorse endorses endorsed echo echoes echoed second seconds "
            "seconded uphold upholds upheld corroborate corroborates corroborated welcome welcomes "
            "welcomed acknowledge acknowledges acknowledged repeat repeats repeated reaffirm "
            "reaffirms reaffirmed reiterate reiterates reiterated support supports supported "
            "defend defends defended withdraw withdraws withdrew retract retracts retracted "
            "applaud applauds applauded commend commends commended confirm confirms confirmed"
        ),
        _backs,
    ),
    **dict.fromkeys(("follow", "follows", "followed"), _follows),
    **dict.fromkeys(("join", "joins", "joined"), _joins),
    **dict.fromkeys(
        word_set(
            "reach reaches reached draw draws drew drawn share shares shared make makes made level "
            "levels leveled levelled voice voices voiced issue issues issued lodge lodges lodged "
            "raise raises bring brings brought come comes came arrive arrives arrived"
        ),
        _reaches,
    ),
    **dict.fromkeys(
        word_set(
            "log logs logged record records recorded register registers registered tallied tallies "
            "documented counted fielded handled investigated observed detected"
        ),
        _records,
    ),
    **dict.fromkeys(
        word_set("give gives gave given set sets revise revises revised raised lowered"),
        _gives_number,
    ),
    **dict.fromkeys(
        word_set("compare compares compared liken likens likened equate equates equated"), _compares
    ),
}


def echoing(sentence: Sentence) -> Span | None:
    """Who does the same in `So did X and Y`, `As did X`."""
    tokens = sentence.tokens
    end = sentence_end(tokens)
    if end < 3 or tokens[0].low not in ("so", "as") or tokens[1].low not in _DO:
        return None
    if any(t.tag == "V" or t.text in (",", ";", ":") for t in tokens[2:end]):
        return None
    return (2, end) if can_speak(tokens, (2, end)) else None


_DO = word_set("did does do has have had")


def of_stand(sentence: Sentence, syntax: Syntax, word: Token) -> Attribution | None:
    """The frame of a verb with which somebody takes a stand or tells a number."""
    read = _READERS.get(word.low) if word.tag == "V" else None
    return read(_Act(sentence, syntax, word)) if read is not None else None
