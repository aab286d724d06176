"""A verb of claiming at its place: which kind of frame it opens, and what stands around it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec import Struct

from afterpatch.claims.frames.attribution import SPOKEN, sentence_end
from afterpatch.claims.grammar.syntax import Span, Syntax, verb_group, without_edges
from afterpatch.claims.grammar.text import Sentence, Token
from afterpatch.claims.grammar.words import ATTACK, COPULA, THREATS, VERBS, Frame, word_set

__all__ = [
    "CULPRITS",
    "EVIDENCE",
    "LIKELIHOODS",
    "MODALS",
    "Opening",
    "called_as",
    "describes",
    "is_bare_tie",
    "is_passive",
    "opened",
]

# What tells something without a voice.
EVIDENCE = word_set(
    "similarity similarities overlap overlaps evidence indications indicators links clues traces "
    "intelligence telemetry parallels resemblance resemblances proof sign signs indication"
)
CULPRITS = word_set(
    "culprit culprits perpetrator perpetrators executor executors responsible behind source origin "
    "suspect suspects attacker attackers author authors mastermind masterminds candidate "
    "candidates contender contenders"
)
LIKELIHOODS = word_set(
    "likely unlikely possible probable plausible certain clear proven doubtful true credible "
    "established conceivable improbable implausible evident"
)
MODALS = word_set("will would can could may might must shall should ought 'll 'd ca wo do let")


class Opening(Struct):
    """A verb of claiming in its sentence; spans in tokens.

    `group` are the auxiliaries, adverbs and negations before the verb, from `front` on; `behind` is
    the rest of the sentence; `follows` the next word, empty where there is none. Of who speaks,
    `source`, `ours` and `quoting` tell once it is found; `led` is where the words that only lead to
    them begin.
    """

    sentence: Sentence
    syntax: Syntax
    verb: Token
    quoted: Sequence[Span]
    kind: Frame
    front: int
    tokens: Sequence[Token]
    group: Sequence[Token]
    behind: Sequence[Token]
    follows: str
    unsolved: bool
    negated: bool
    passive: bool = False
    modal: bool = False
    source: Span = (0, 0)
    led: int | None = None
    ours: bool = False
    quoting: Span | None = None

    @property
    def before(self) -> Token | None:
        """The word before the verb."""
        return self.tokens[self.verb.i - 1] if self.verb.i else None

    @property
    def cue(self) -> Span:
        """The verb with its group."""
        return self.front, self.verb.i + 1

    def near(self, first: int, end: int) -> set[str]:
        """The words from the first to before the end behind the verb; 1 is the next."""
        return {t.low for t in self.tokens[self.verb.i + first : self.verb.i + end]}

    def rest(self, first: int = 1) -> Span:
        """The rest of the sentence, from the verb or a word behind it; it may be empty."""
        return without_edges(self.tokens, (self.verb.i + first, sentence_end(self.tokens)))


def opened(sentence: Sentence, syntax: Syntax, verb: Token, quoted: Sequence[Span]) -> Opening:
    """The frame that a verb may open."""
    tokens = sentence.tokens
    front = verb_group(tokens, verb.i)
    group = tokens[front : verb.i]
    unsolved = any(t.low == "yet" for t in group) and group[-1].tag == "TO"
    o = Opening(
        sentence, syntax, verb, quoted, VERBS[verb.lemma], front, tokens, group,
        behind=tokens[verb.i + 1 : sentence_end(tokens)],
        follows=tokens[verb.i + 1].low if verb.i + 1 < len(tokens) else "",
        unsolved=unsolved, negated=unsolved or any(t.tag == "NEG" for t in group),
    )  # fmt: skip
    if verb.lemma in _KINDS:
        o.kind = _KINDS[verb.lemma](o) or o.kind
    o.passive = _reads_passive(o)
    return o


# ---------------------------------------------------------------- the kind


def _of_pointing(o: Opening) -> Frame | None:
    """`pointed to China instead`, `pointed to A as the culprit`, `points the finger at A`."""
    beyond = o.tokens[o.verb.i + 2 : o.verb.i + 3]
    named = any(t.tag == "P" for t in beyond) or any(t.low in CULPRITS for t in o.behind)
    if o.follows == "to" and named:
        return "attribute"
    fingered = not o.near(1, 5).isdisjoint(("finger", "fingers"))
    return "accuse" if fingered or (o.sentence.headline and o.follows == "at") else None


_LINKS = word_set("link connection tie ties reason")


def _of_scoffing(o: Opening) -> Frame | None:
    """`scoffed that C`; `scoffed at the charge` is a denial."""
    return "say" if o.follows == "that" else None


def _of_holding(o: Opening) -> Frame | None:
    """`has long held that C`, `suspects that C`."""
    return "believe" if o.follows == "that" else None


def _of_naming(o: Opening) -> Frame | None:
    """`Oslo names Belarus in hack of parliament`: a title that accuses."""
    over = next((k for k, t in enumerate(o.behind[:5]) if t.low in ("in", "over")), 0)
    if not o.sentence.headline or o.verb.low != "names" or not over:
        return None
    crew = any(t.low in THREATS for t in o.behind[:over])
    attack = any(t.low in ATTACK for t in o.behind[over:])
    return "accuse" if o.behind[0].upper and attack and not crew else None


def _of_accepting(o: Opening) -> Frame | None:
    """`now accepts that C`; `does not accept the charge` is a denial."""
    return "say" if o.follows == "that" and not any(t.tag == "NEG" for t in o.group) else None


def _of_criticism(o: Opening) -> Frame | None:
    """`criticized that C`."""
    return "say" if o.follows == "that" else None


def _of_identifying(o: Opening) -> Frame | None:
    """`identified the intruders as X`, `identifies X as responsible`."""
    as_ = next((k for k, t in enumerate(o.behind[:12]) if t.low == "as"), None)
    culprit = as_ and any(t.low in CULPRITS for t in o.behind[as_ + 1 : as_ + 4])
    return "name" if culprit or called_as(o.behind) else None


def _of_seeing(o: Opening) -> Frame | None:
    """`still sees about 900 open servers`, `has not seen the hole used`, `sees no link to A`."""
    if o.before is not None and o.before.text == "(":
        return None  # (see 9.15 am)
    if any(t.tag == "NUM" for t in o.behind[:3]):
        return "estimate"
    if o.follows in ("no", "little") and any(t.low in EVIDENCE | _LINKS for t in o.behind[1:4]):
        return "believe"
    unseen = any(t.tag == "NEG" for t in o.group) and o.verb.form == "past"
    return "say" if unseen and any(t.low in ATTACK for t in o.behind[:3]) else None


def _of_telling(o: Opening) -> Frame | None:
    """`told its customers to patch`: whom, and `to` with a verb."""
    tokens, first = o.tokens, o.verb.i + 1
    at = first
    while at < min(len(tokens), first + 7) and tokens[at].tag in _NOMINAL:
        at += 1
    aims = first < at < len(tokens) - 1 and tokens[at].low == "to" and tokens[at + 1].tag == "V"
    return "demand" if aims else None


_NOMINAL = ("DET", "ADJ", "N", "P", "PRON", "NUM")
# Verbs that open another kind of frame by what follows them.
_KINDS: dict[str, Callable[[Opening], Frame | None]] = {
    "point": _of_pointing,
    "hold": _of_holding,
    "suspect": _of_holding,
    "accept": _of_accepting,
    "name": _of_naming,
    "criticize": _of_criticism,
    "criticise": _of_criticism,
    "identify": _of_identifying,
    "tell": _of_telling,
    "see": _of_seeing,
    "scoff": _of_scoffing,
}


def called_as(behind: Sequence[Token]) -> bool:
    """Whether attackers are given a name: `the intruders as X`."""
    as_ = next((k for k, t in enumerate(behind[:7]) if t.low == "as"), 0)
    return any(t.low in THREATS for t in behind[:as_])


# ---------------------------------------------------------------- its form


def is_passive(tokens: Sequence[Token], front: int, verb: Token) -> bool:
    """Whether a participle stands with a form of `be` or `got`."""
    return verb.form == "past" and any(
        (t.low in COPULA and t.low != "'s") or t.low == "got" for t in tokens[front : verb.i]
    )


def _reads_passive(o: Opening) -> bool:
    """Whether the verb is done to its subject, with a form of `be` or without."""
    verb, before = o.verb, o.before
    if verb.form != "past":
        return False
    if o.kind in ("accuse", "charge") and before and before.low in ("stand", "stands", "stood"):
        return True  # stands accused of
    if o.group:
        return is_passive(o.tokens, o.front, verb)
    if is_bare_tie(o):
        # an intrusion attributed to X
        return o.sentence.headline or verb.lemma in ("attribute", "ascribe")
    if before is None:
        return False
    if o.sentence.headline and o.follows == "to" and verb.lemma in _ASKING:
        return before.tag in ("N", "P")  # Firms urged to patch servers
    if _is_bare_charge(o):
        return True
    if o.follows == "of" and verb.lemma in ("accuse", "suspect"):
        return before.tag in ("N", "P")  # a man suspected of
    if o.follows == "to" and o.kind in SPOKEN and verb.i > 1:
        # hackers, believed to be A, did C
        return bool(o.near(2, 3) & {"be", "have"}) and before.tag != "CC"
    return False


_ASKING = word_set("urge ask tell order request advise encourage instruct warn")


def _is_bare_charge(o: Opening) -> bool:
    """`an attack blamed on A`, `A, accused by B of C, did D`."""
    set_off = o.before is not None and (o.before.text == "," or o.before.tag in ("N", "P"))
    if o.kind not in ("accuse", "blame") or not set_off or o.verb.lemma not in ("accuse", "blame"):
        return False
    attack = any(t.low in ATTACK for t in o.tokens[max(0, o.verb.i - 2) : o.verb.i])
    return o.follows == "by" or (o.follows == "on" and attack)


def is_bare_tie(o: Opening) -> bool:
    """Whether a participle of attributing stands without auxiliary: `hackers linked to X`."""
    return (
        o.kind == "attribute"
        and o.verb.form == "past"
        and not o.group
        and o.verb.lemma != "point"
        and o.follows in ("to", "with")
        and not _ties_thing(o)
    )


def _ties_thing(o: Opening) -> bool:
    """`a tool (that) the FBI tied to A`: who does so stands between the thing and the verb."""
    at = o.verb.i
    while at and o.tokens[at - 1].tag == "P":
        at -= 1
    if at == o.verb.i or at < 2:
        return False
    at -= o.tokens[at - 1].tag == "DET"
    thing = o.tokens[at - 1]
    if thing.low == "that" and at > 1:
        thing = o.tokens[at - 2]
    return thing.tag == "N" and not thing.upper


def describes(tokens: Sequence[Token], verb: Token) -> bool:
    """Whether a participle stands between article and noun: the stolen data."""
    return verb.form == "past" and verb.i > 0 and tokens[verb.i - 1].tag in ("DET", "POSS", "ADJ")
