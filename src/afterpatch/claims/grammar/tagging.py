"""Word classes without a model: from lists, endings and neighbors.

Tags: V verb, AUX, NEG, ADV, N noun, P name, ADJ, DET, PRON, NUM, ADP preposition, CC, SUB (opens a
clause), WH, TO, POSS, QUOTE, PUNCT. `form` of a V is base, third, past or ing.
"""

from __future__ import annotations

from collections.abc import Sequence

from afterpatch.claims.grammar.text import Token
from afterpatch.claims.grammar.words import (
    ADVERBS,
    AUXILIARIES,
    CONJUNCTIONS,
    DETERMINERS,
    DOCUMENTS,
    MONTHS,
    NEGATIONS,
    PREPOSITIONS,
    PRONOUNS,
    SUBORDINATORS,
    TIMES,
    WH,
    irregular_verbs,
    verb_forms,
    word_set,
)

__all__ = ["NOMINAL", "tag_words"]


_NOT_PAST = word_set(
    "united red hundred bed need feed speed seed weed breed deed shed unprecedented so-called "
    "sophisticated detailed widespread alleged limited aligned advanced wicked sacred naked armed "
    "indeed led"
)
_NOT_ADJECTIVE = word_set(
    "drive give live receive arrive leave strive survive dive believe publish collective detective "
    "operative representative executive initiative objective archive motive alternative"
)
# Open a clause, or are prepositions where none follows.
_EITHER = word_set("after before since until as than")
NOMINAL = frozenset(("N", "P", "NUM", "PRON", "ADJ", "DET", "POSS"))


def tag_words(tokens: Sequence[Token], *, headline: bool) -> None:
    for token in tokens:
        token.tag = _alone(token)
        hyphen = tokens[token.i - 1] if token.i else token
        if token.tag == "ADP" and hyphen.text == "-" and hyphen.end == token.start:
            token.tag = "N"  # a break-in
    capitals = sum(t.upper for t in tokens if t.text[0].isalpha())
    shouting = headline and capitals > 0.6 * sum(t.text[0].isalpha() for t in tokens)
    for i, token in enumerate(tokens):
        before = tokens[i - 1] if i else None
        after = tokens[i + 1] if i + 1 < len(tokens) else None
        if token.tag == "N" and token.upper and i and not shouting and not tokens[i - 1].quote:
            token.tag = "P"
        known = verb_forms().get(token.low)
        if known and (shouting or not token.upper or i == 0) and token.tag != "P":
            lemma, form = known
            if _is_verb(tokens, i, form):
                token.lemma, token.form, token.tag = lemma, form, "V"
                continue
        if token.tag in ("N", "ADJ") and not token.upper:
            _other_verb(token, before, after)
    for i, token in enumerate(tokens):
        either = token.tag == "SUB" and token.low in _EITHER
        if either and not any(t.tag in ("V", "AUX") for t in tokens[i + 1 : i + 9]):
            token.tag = "ADP"
        if token.low in _SELF and i and tokens[i - 1].tag in ("AUX", "NEG"):
            token.tag = "ADV"  # is itself said to
        if token.low == "yet" and i and tokens[i - 1].tag in ("AUX", "NEG"):
            token.tag = "ADV"
        if token.low == "far" and i and tokens[i - 1].low == "so":
            token.tag = tokens[i - 1].tag = "ADV"
        if token.low == "long" and i and tokens[i - 1].tag == "AUX":
            token.tag = "ADV"  # has long held
        if token.low == "that" and i and i + 1 < len(tokens) and tokens[i - 1].tag in ("N", "P"):
            token.tag = "WH" if tokens[i + 1].tag in ("V", "AUX") else "SUB"
        elif token.low == "that" and i + 1 < len(tokens):
            noun = tokens[i + 1].tag in ("N", "ADJ") and (i == 0 or tokens[i - 1].tag == "ADP")
            if noun:
                token.tag = "DET"


def _alone(token: Token) -> str:
    low = token.low
    if token.quote:
        return "QUOTE"
    if not any(c.isalnum() for c in token.text):
        if low == "&":
            return "CC"
        return "POSS" if low == "'" else "PUNCT"
    if low == "'s":
        return "POSS"
    if token.text == "US":
        return "P"
    for words, tag in (
        (NEGATIONS, "NEG"), (AUXILIARIES, "AUX"), (CONJUNCTIONS, "CC"), (PRONOUNS, "PRON"),
        (WH, "WH"), (SUBORDINATORS, "SUB"), (DETERMINERS, "DET"), (PREPOSITIONS, "ADP"),
        (ADVERBS, "ADV"),
    ):  # fmt: skip
        if low in words:
            if low == "may" and token.text == "May":
                return "P"
            return "SUB" if low == "that" else tag
    if low == "to":
        return "TO"
    if token.text[0].isdigit():
        return "NUM"
    if low.endswith("ly") and len(low) > 4 and not token.upper:
        return "ADV"
    adjective = low.endswith(("ous", "ful", "ible", "able", "ical", "ish", "ive", "atic", "omic"))
    if adjective and low not in _NOT_ADJECTIVE and not token.upper:
        return "ADJ"
    return "N"


def _is_verb(tokens: Sequence[Token], i: int, form: str) -> bool:
    """Whether a form of a claiming verb stands where a verb stands."""
    before = tokens[i - 1] if i else None
    after = tokens[i + 1] if i + 1 < len(tokens) else None
    previous = before.tag if before else ""
    if after is not None and after.text == "-" and after.start == tokens[i].end:
        return False  # state-sponsored
    if form == "past":
        floated = previous == "DET" and i > 1 and tokens[i - 2].tag == "AUX"
        if floated and before is not None and before.low in ("all", "both", "each"):
            return True  # have all accused
        if (
            previous in ("DET", "POSS", "ADJ")
            and after is not None
            and after.tag in ("N", "P", "ADJ")
        ):
            return False  # the accused man
        return not (previous == "ADP" and before is not None and before.low == "of")
    if tokens[i].low == "warning" and i > 1 and tokens[i - 2].tag == "DET":
        # a joint warning
        return after is not None and after.low in ("that", "of", "about", "against")
    if form == "ing" and previous == "ADV" and i > 1 and tokens[i - 2].tag in ("DET", "POSS"):
        return False  # its only reporting
    if form == "ing":
        return previous not in ("DET", "ADJ", "POSS")
    if tokens[i].low == "state" and not (
        after is not None and (after.low == "that" or after.quote)
    ):
        return False
    apart = before is not None and before.text == ","  # experts at X, a firm, say
    tells = tokens[i].low in ("say", "tell") and (previous in ("N", "P") or apart)
    if tells and after is not None and after.tag not in ("ADP", "PUNCT", "AUX"):
        return True  # two people familiar with it say
    return _is_base(tokens, i) if form == "base" else _is_third(tokens, i)


def _is_base(tokens: Sequence[Token], i: int) -> bool:
    """`officials privately concede`, `experts say`; not `a report`."""
    before = tokens[i - 1] if i else None
    after = tokens[i + 1] if i + 1 < len(tokens) else None
    previous = before.tag if before else ""
    adverb = before is not None and (before.low.endswith("ly") or before.low in ("yet", "still"))
    if previous == "ADV" and adverb and i > 1:
        before = tokens[i - 2]  # officials privately concede
        previous = before.tag
    if before is not None and before.low == "no":
        return False  # no doubt
    if previous in ("TO", "AUX", "NEG", "PRON") or (before and before.low in ("also", "and")):
        return True
    if after is not None and after.low in ("tank", "tanks"):
        return False
    if tokens[i].low == "point" and after is not None and after.low == "out":
        return True
    closed = before is not None and before.text == ","  # X, who tracks them, say it
    if closed and i > 3 and after is not None and after.low in (*PRONOUNS, "that"):
        return True
    plural = before is not None and (
        before.low.endswith("s")
        or before.tag == "P"
        or (i == 1 and before.upper)
        or before.low in _COLLECTIVES
    )
    plural = plural or _plural_behind_comma(tokens, i)
    if before is not None and before.low in ("both", "all") and i > 1:
        return tokens[i - 2].tag in ("N", "P")  # A and B both trace it
    if not plural or (previous in ("DET", "ADJ", "POSS", "ADP", "NUM")):
        return False
    if after is not None and after.tag == "PUNCT" and _alone_behind_comma(tokens, i):
        return True  # …, officials say.
    return after is None or after.tag not in ("ADP", "PUNCT", "AUX", "V") or after.quote


def _is_third(tokens: Sequence[Token], i: int) -> bool:
    """`Mandiant links A to B`; not `first reports`, `has ties to A`."""
    before = tokens[i - 1] if i else None
    after = tokens[i + 1] if i + 1 < len(tokens) else None
    previous = before.tag if before else ""
    if previous == "AUX":
        return False  # has ties to
    follows = verb_forms().get(after.low) if after is not None else None
    if follows is not None and follows[1] == "base" and i < 4 and follows[0] != "finger":
        return False  # court documents allege
    if before is not None and before.low in ("first", "early", "earlier", "recent", "initial"):
        return False  # first reports
    if tokens[i].low == "states" and (after is None or not (after.low == "that" or after.quote)):
        return False
    if previous in ("DET", "ADJ", "POSS", "ADP", "NUM", "CC", "V") or before is None:
        return previous == "CC" and after is not None and after.tag in ("PRON", "DET", "SUB", "P")
    if after is None or previous == "PRON":
        return True
    if after.tag == "AUX" and any(t.tag == "WH" for t in tokens[max(0, i - 5) : i]):
        return True  # who X believes are
    if after.low == "about" and i + 2 < len(tokens) and tokens[i + 2].text[0].isdigit():
        return True  # sees about 900
    if tokens[i].low in _ONLY_VERBS and after.tag == "ADP":
        return True
    return after.tag not in ("ADP", "AUX", "V") or after.low in ("in", "on", "at", "with", "to")


_ONLY_VERBS = word_set("warns says accuses denies insists admits alleges argues speaks complains")


def _alone_behind_comma(tokens: Sequence[Token], i: int) -> bool:
    """Whether nothing but a name or noun stands between a comma or quotation and this word."""
    at = i - 1
    while at >= 0 and (
        tokens[at].tag in NOMINAL or tokens[at].low in ("at", "of", "in", "for", "from")
    ):
        at -= 1
    return 0 <= at < i - 1 and (tokens[at].text == "," or tokens[at].quote)


def _plural_behind_comma(tokens: Sequence[Token], i: int) -> bool:
    """Whether plural data or papers have the verb: `C, figures from the regulator show`."""
    comma = next((t.i for t in reversed(tokens[max(0, i - 9) : i]) if t.text == ","), i)
    return any(t.low.endswith("s") and t.low in DOCUMENTS for t in tokens[comma + 1 : comma + 3])


def _other_verb(token: Token, before: Token | None, after: Token | None) -> None:
    """Tags other verbs, which end the reach of a subject."""
    low = token.low
    previous = before.tag if before else ""
    whose = before.low if before is not None and previous == "WH" else ""
    follows = _alone(after) if after is not None else ""
    if (whose in ("who", "which") and follows == "DET") or (whose == "who" and follows == "ADP"):
        token.tag, token.form = "V", "third" if low.endswith("s") else "base"
    elif low in irregular_verbs():
        if previous not in ("DET", "ADJ", "POSS", "ADP"):
            token.tag, token.form = "V", "past"
    elif low.endswith("ed") and len(low) > 4 and low not in _NOT_PAST:
        noun_next = after is not None and _alone(after) in ("N", "ADJ")
        joined = previous == "PUNCT" and before is not None and before.text == "-"
        if joined or (previous in ("DET", "POSS", "ADJ", "ADP") and noun_next):
            token.tag = "ADJ"
        else:
            token.tag, token.form = "V", "past"
    elif low.endswith("ing") and len(low) > 5:
        if previous not in ("DET", "ADJ", "POSS", "N") or (
            previous == "N" and after is not None and _alone(after) in ("DET", "ADP", "P", "TO")
        ):
            token.tag, token.form = "V", "ing"
    elif low.endswith("s") and after is not None and after.low == "what" and before is not None:
        token.tag, token.form = "V", "third"  # repeats what she said
    elif (
        low.endswith("s")
        and before is not None
        and (
            (before.tag == "ADV" and before.low[-2:] == "ly")
            or (before.upper and after is not None and _alone(after) == "DET" and low[-2:] != "ss")
        )
    ):
        token.tag, token.form = "V", "third"  # strongly opposes, Mandiant tracks the
    elif (
        (
            previous in ("TO", "PRON")
            or (previous == "NEG" and before is not None and before.low != "no")
            or (before is not None and before.tag == "AUX" and before.low in _MODALS)
        )
        and low not in TIMES
        and low not in MONTHS
    ):
        token.tag, token.form = "V", "base"


_COLLECTIVES = word_set("police people staff media troops")
_SELF = word_set("itself themselves himself herself")
_MODALS = word_set("will would can could may might must shall should do does did 'll 'd")
