"""Verbs that carry somebody's claim: who is their subject, and what they report."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from afterpatch.claims.attribution import (
    SPOKEN,
    Attribution,
    agent_of,
    can_speak,
    is_clause,
    is_finite,
    sentence_end,
    until_comma,
)
from afterpatch.claims.syntax import Span, Syntax, verb_group, without_edges
from afterpatch.claims.text import Sentence, Token
from afterpatch.claims.words import (
    ATTACK,
    CLAIM_NOUNS,
    COPULA,
    DOCUMENTS,
    GUARDED,
    OFFICES,
    PEOPLE,
    THREATS,
    VERBS,
    Frame,
    word_set,
)

__all__ = ["of_verb"]


_WEAK = word_set(
    "show read find offer point put count continue hold pin want ask call consider feel "
    "project quote brief cite hint observe answer post agree discover detail document outline "
    "highlight signal imply trace connect brand label link tie determine demonstrate "
    "order count think feel expect doubt anticipate fear worry judge recall promise vow "
    "detect flag notice spot pledge point speculate report prove know establish identify counter "
    "verify "
    "threaten track tally list"
)
# Verbs that also take a plain object: then they report only what befell or a number.
_WITH_CLAUSE = word_set(
    "report argue complain write explain respond reply comment claim boast reveal disclose "
    "acknowledge detail outline recall declare add maintain"
)
_MODALS = word_set("will would can could may might must shall should ought 'll 'd ca wo do let")


def of_verb(
    sentence: Sentence, syntax: Syntax, verb: Token, quoted: Sequence[Span]
) -> Attribution | None:
    tokens = sentence.tokens
    kind = VERBS[verb.lemma]
    if (
        verb.low == "think"
        and verb.i + 1 < len(tokens)
        and tokens[verb.i + 1].low in ("tank", "tanks")
    ):
        return None
    after = tokens[verb.i + 1] if verb.i + 1 < len(tokens) else None
    if verb.lemma == "point" and sentence.headline and after is not None and after.low == "at":
        kind = "accuse"
    if verb.lemma == "point":
        near = [t.low for t in tokens[verb.i + 1 : verb.i + 5]]
        if "finger" in near or "fingers" in near:
            kind = "accuse"
    if verb.i > 1 and tokens[verb.i - 1].text == "-" and tokens[verb.i - 1].end == verb.start:
        return None  # Iran-linked hackers
    front = verb_group(tokens, verb.i)
    group = tokens[front : verb.i]
    follows = after.low if after is not None else ""
    told = any(t.low == "that" for t in tokens[verb.i + 1 : verb.i + 2])
    if told and (verb.lemma in ("hold", "suspect")):
        kind = "believe"  # has long held that C
    if told and verb.lemma in ("criticize", "criticise"):
        kind = "say"
    behind = tokens[verb.i + 1 : sentence_end(tokens)]
    if verb.lemma == "identify" and _called_as(behind):
        kind = "name"
    if verb.lemma == "point" and follows == "to" and any(t.low in _CULPRITS for t in behind):
        kind = "attribute"  # pointed to A as the culprit
    beyond = tokens[verb.i + 2 : verb.i + 3]
    if verb.lemma == "point" and follows == "to" and beyond and beyond[0].tag == "P":
        kind = "attribute"  # pointed to China instead
    if verb.lemma == "see" and not any(t.low == "behind" for t in tokens[verb.i + 2 : verb.i + 9]):
        return None  # sees A behind it
    if verb.lemma == "speak" and follows != "of":
        return None
    if verb.lemma == "put" and verb.i and tokens[verb.i - 1].tag == "TO":
        return None  # promised to put judges there
    refused = any(t.tag == "NEG" for t in tokens[verb_group(tokens, verb.i) : verb.i])
    if verb.lemma == "claim" and follows in ("responsibility", "credit"):
        return None  # a confession, told by its noun
    if verb.lemma == "accept" and not refused:
        return None  # who accepts a charge, does not deny it
    if verb.lemma == "rule" and follows != "out":
        return None
    if verb.lemma in _WAVED and follows not in _WAVED[verb.lemma]:
        return None
    if kind == "deny" and verb.i and tokens[verb.i - 1].low in ("no", "any"):
        return None  # there is no denying it
    if verb.form == "ing" and verb.i == 0 and kind in ("accuse", "blame", "attribute"):
        return None  # blaming A is too easy
    if verb.low == "blame" and any(t.low in COPULA for t in group):
        return None  # was to blame
    asked = verb.i == 0 or tokens[verb.i - 1].text == ","
    if verb.low == "citing" and asked:
        who = tokens[verb.i + 1 : until_comma(tokens, verb.i + 1)]
        if any(t.low in PEOPLE or t.low in OFFICES for t in who):
            return None  # X reported, citing officials
    if verb.low == "asked" and asked and follows in ("whether", "if", "about", "by", "who", "what"):
        return None  # Asked whether C, X said
    told_tale = {t.low for t in tokens[verb.i + 1 : verb.i + 5]} & {"story", "tale", "apart"}
    if verb.lemma == "tell" and (follows == "to" or told_tale):
        return None  # firms told to patch; tell a different story
    if verb.lemma == "tell" and _told_to(tokens, verb.i + 1):
        kind = "demand"
    before = tokens[verb.i - 1] if verb.i else None
    adjective = (
        verb.form == "past"
        and front == verb.i
        and before is not None
        and before.tag in ("DET", "POSS", "ADP", "ADJ", "NUM")
        and (after is not None and after.tag in ("N", "P", "ADJ"))
    )
    if adjective:
        return None  # its alleged role
    whose = tokens[front - 1].tag == "PRON" and front > 1 and tokens[front - 2].tag in ("N", "P")
    if whose and verb.lemma in ("link", "tie", "connect"):
        return None  # Ghostwriter, a group it links to A: a tie, told with the name
    if verb.form == "ing" and kind == "attribute" and _lacks(tokens, verb.i):
        return None  # no evidence linking A to B
    if verb.form == "past" and front == verb.i > 0 and kind in SPOKEN and follows in ("by", "as"):
        return None  # sums reported by X, a man identified as Y
    unsolved = any(t.low == "yet" for t in group) and group[-1].tag == "TO"
    negated = unsolved or any(t.tag == "NEG" for t in group)
    if group and tokens[front - 1].low in ("able", "unable"):
        return None
    passive = _is_passive(tokens, front, verb)
    if verb.lemma in ("presume", "assume", "rumor", "rumour") and not (passive or told):
        return None
    if verb.lemma in ("qualify", "rate", "treat"):
        likened = any(t.low == "as" for t in tokens[verb.i + 2 : verb.i + 9])
        if not likened or passive or (verb.form == "ing" and front == verb.i):
            return None
    if verb.lemma in _DEEMED and (deemed := _deems(sentence, syntax, verb, front)) is not None:
        return deemed
    if verb.lemma in ("deem", "regard") and follows != "it":
        return None
    if verb.lemma in ("affirm", "lament") and not any(
        t.low == "that" or t.quote for t in tokens[verb.i + 1 : verb.i + 5]
    ):
        return None
    led = verb.lemma != "point"
    bare = led and verb.form == "past" and front == verb.i and kind == "attribute" and follows in (
        "to", "with",
    )  # fmt: skip
    if bare and (sentence.headline or verb.lemma in ("attribute", "ascribe")):
        passive = True  # an intrusion attributed to X
    elif bare:
        return None  # hackers linked to X: a tie, told with their name
    reduced = verb.lemma in _HELD and verb.form == "past" and front == verb.i > 0
    if reduced and follows == "to" and tokens[verb.i - 1].tag in ("N", "P"):
        return None  # thugs thought to be based in A
    if (
        verb.form == "past" and front == verb.i > 0 and after is not None and after.low == "of"
        and verb.lemma in ("accuse", "suspect") and tokens[verb.i - 1].tag in ("N", "P")
    ):  # fmt: skip
        passive = True  # a man suspected of
    if verb.form == "past" and front == verb.i > 1 and follows == "to" and kind in SPOKEN:
        infinitive = tokens[verb.i + 2].low if verb.i + 2 < len(tokens) else ""
        # hackers, believed to be A, did C
        passive = passive or (infinitive in ("be", "have") and tokens[front - 1].tag != "CC")
    if verb.lemma == "know" and not passive and (verb.form != "base" or not negated):
        return None  # what somebody knows, nobody has said
    close = {t.low for t in tokens[verb.i + 1 : verb.i + 5]}
    envoy = verb.lemma == "recall" and close & {"ambassador", "ambassadors", "envoy", "diplomats"}
    if envoy or (verb.low == "called" and follows == "in"):
        return None  # a measure
    if verb.form == "past" and verb.i and tokens[verb.i - 1].low in ("stand", "stands", "stood"):
        passive = passive or kind in ("accuse", "charge")  # stands accused of
    if verb.low == "known" and verb.i > 3 and tokens[verb.i - 3].low in ("let", "lets"):
        return _let_known(sentence, syntax, verb) if told else None
    if passive and verb.lemma in ("identify", "name") and follows == "as":
        return _named_by(sentence, syntax, verb, front)
    if passive:
        return _passive(sentence, syntax, verb, kind, front, negated)
    if follows == "," and kind in SPOKEN and (cited := _citing(sentence, verb, quoted)) is not None:
        return cited
    source = syntax.subject(sentence, verb.i)
    if verb.form == "base" and verb.i and tokens[verb.i - 1].tag == "TO" and front >= verb.i - 1:
        source = _latest(sentence, syntax, verb) if kind not in SPOKEN else None
        if source is None and group[:1] != [tokens[verb.i - 1]]:
            return None
        source = source or syntax.subject(sentence, verb.i)
    if source is not None and source[1] - source[0] > 2 and tokens[source[0] + 2].tag == "P":
        claim = tokens[source[0] + 1].low in CLAIM_NOUNS and tokens[source[0]].tag == "DET"
        source = (source[0] + 2 * claim, source[1])  # a claim Moscow dismissed
    if source is not None and source[1] - source[0] > 1 and source[1] <= front:
        last = tokens[source[1] - 1]
        if last.low in ("it", "he", "she", "they", "we") and (
            tokens[last.i - 1].tag not in ("CC", "ADP", "TO")
        ):
            source = (last.i, last.i + 1)  # on its leak site it said
    source = _inserted(tokens, source, front, verb) or source
    if source is not None and tokens[source[1] - 1].low in OFFICES | PEOPLE:
        end = source[1]
        while end < len(tokens) and tokens[end].tag == "P":
            end += 1
        source = (source[0], end)  # its senior researcher A B
    if source is not None and source[1] <= verb.i:
        source = _cited(tokens, source, front) or source
    source = _joined_by(tokens, source, front) or source
    source = _not_only(tokens, source, front) or _between_dashes(tokens, front) or source
    quoting: Span | None = None
    if verb.form == "ing" and verb.i > 1 and kind in SPOKEN:
        as_ = verb.i - 1 if tokens[verb.i - 1].low == "as" else verb.i
        quoting = _quoted_as(sentence, syntax, as_)
        source = quoting or source
    if source is not None:
        source = _listed_behind(tokens, verb, source) or source
    elif kind in ("accuse", "blame") and verb.form == "ing":
        source = _listed_behind(tokens, verb, (max(verb.i - 1, 0), verb.i))
    ours = source is not None and _is_ours(tokens[slice(*source)])
    if source is None or not (ours or can_speak(tokens, source)):
        return None
    short = source[1] - source[0] < 5 and not any(t.tag == "WH" for t in tokens[slice(*source)])
    if kind in SPOKEN and short and source[0] < front and tokens[source[1] - 1].low in _EVENTS:
        return None  # the attack shows that C: nobody says so
    if verb.form == "ing" and verb.i and tokens[verb.i - 1].low == "in":
        source = _joining(tokens, source, verb.i - 1) or source
    neither = {t.low for t in tokens[max(0, source[0] - 1) : source[1]]} & {"neither", "nor"}
    negated = negated or bool(neither) or any(t.low == "unable" for t in group)
    modal = unsolved or any(t.low in _MODALS or t.low == "unable" for t in group)
    if ours and verb.lemma in ("maintain", "understand") and follows != "that":
        return None  # what we keep up
    if ours and any(t.tag == "AUX" for t in tokens[max(0, source[0] - 1) : source[0]]):
        return None  # shall we say
    if modal and any(t.low in ("later", "subsequently", "eventually") for t in group):
        modal = False  # the court would later hear
    if modal and not negated and kind in (*SPOKEN, "deny"):
        return None  # what somebody would say, nobody has said
    aside = _as_aside(tokens, source, verb) if kind in SPOKEN else None
    if aside is not None:
        return Attribution("say", verb.lemma, (front, verb.i + 1), source, aside)
    if verb.lemma == "claim" and any(t.low in ATTACK for t in tokens[verb.i + 2 : verb.i + 4]):
        deed = syntax.object(sentence, verb.i)
        behind = tokens[verb.i + 1 : sentence_end(tokens)]
        if deed and tokens[deed[0]].tag == "DET" and not any(is_finite(t) for t in behind):
            return Attribution(
                "attribute", "claim", (front, verb.i + 1), source,
                without_edges(tokens, (verb.i, sentence_end(tokens))), by="confession",
            )  # fmt: skip
    if kind == "describe" and follows == "how":
        kind = "say"  # described how C
    if kind == "name" and modal:
        return None
    if verb.lemma == "accept":
        negated = False  # does not accept: it denies
    if kind == "name" and not _names(tokens, verb, group, source):
        return None
    content = _content(sentence, syntax, verb, front, source, quoted)
    if verb.lemma in _DEEM and follows == "it":
        that = next((t.i for t in tokens[verb.i + 2 : verb.i + 9] if t.low == "that"), None)
        if that is not None and not any(is_finite(t) for t in tokens[verb.i + 2 : that]):
            likely = any(t.low in _LIKELIHOODS for t in tokens[verb.i + 2 : that])
            if not likely:
                return None  # finds it shameful that C
            content = without_edges(tokens, (that + 1, sentence_end(tokens)))
    no = content is not None and content[0] > verb.i + 2 and follows == "no"
    signs = follows != "that" and verb.lemma in _SIGHTS and close & _EVIDENCE
    if no or signs or (negated and verb.lemma in ("verify", "confirm") and content is None):
        content = without_edges(tokens, (verb.i + 1, sentence_end(tokens)))  # no evidence that C
        content = content if content[0] < content[1] else None
    if verb.lemma == "rule" or (verb.lemma == "boast" and follows in ("of", "about")):
        content = without_edges(tokens, (verb.i + 1, sentence_end(tokens)))
    elif verb.lemma == "warn" and follows in ("of", "about", "against"):
        behind = tokens[verb.i + 2 : sentence_end(tokens)]
        if not any(t.low in ATTACK or t.low in THREATS for t in behind):
            return None
        content = without_edges(tokens, (verb.i + 1, sentence_end(tokens)))
    elif verb.lemma == "speak":
        content = without_edges(tokens, (verb.i + 2, sentence_end(tokens)))
        content = content if content[0] < content[1] else None
    if content is None and quoting is not None:  # “C,” A quoted X as saying
        quoter = syntax.subject(sentence, quoting[0] - 1)
        content = _preposed(tokens, quoter[0], quoted, turned=True) if quoter else None
    if kind in SPOKEN and content is not None and _only_object(tokens, verb, content):
        return None
    if kind in SPOKEN and content is None:
        if tokens[-1].text == ":" and kind in (
            "say",
            "tell",
        ):  # the quotation is the next paragraph
            return Attribution(kind, verb.lemma, (front, verb.i + 1), source, None)
        return None
    if verb.lemma in ("quote", "cite") and any(
        t.form == "ing" and VERBS.get(t.lemma) in SPOKEN for t in tokens[verb.i + 1 : verb.i + 14]
    ):
        return None  # the one quoted speaks
    if kind in SPOKEN and content is not None and source[0] < front:
        introduced = tokens[source[0] - 1].low if source[0] else ""
        vague = tokens[source[0]].tag == "PRON" or verb.form == "ing"
        if introduced == "after" and vague:
            return None
        if introduced in ("when", "before", "until", "once", "if", "unless"):
            return None  # a circumstance, not what the sentence tells
    if (
        verb.lemma in _WITH_CLAUSE
        and not (verb.lemma == "boast" and follows in ("of", "about"))
        and content is not None
        and content[0] > verb.i
        and not is_clause(tokens, _to_next_verb(tokens, content))
        and not any(t.tag == "NUM" for t in tokens[content[0] : content[0] + 4])
        and not (
            verb.lemma in ("claim", "reveal", "disclose", "acknowledge", "confirm", "detail")
            and any(t.low in ATTACK for t in tokens[content[0] : content[1]])
        )
    ):
        return None
    if kind in SPOKEN and content is not None and _no_report(tokens, verb, front, source, content):
        return None
    if (
        kind == "believe"
        and content is not None
        and content[0] > verb.i
        and not is_clause(tokens, content)
        and tokens[content[0] - 1].low != "that"
        and tokens[content[0]].tag not in ("TO", "WH")
        and not any(t.tag in ("TO", "NUM") or t.low == "as" for t in tokens[slice(*content)])
    ):
        return None  # assesses a report, understands the frustration
    if (
        ((verb.lemma == "warn" and tokens[verb.i + 1].tag != "ADP") or kind == "tell")
        and content is not None
        and not (content[0] < verb.i or is_clause(tokens, content))
        and tokens[content[0] - 1].low != "that"
    ):
        return None
    lead = front - (front > 1 and tokens[front].tag == "TO" and tokens[front - 1].tag == "V")
    if (
        content is not None
        and kind in SPOKEN
        and front
        and (tokens[lead - 1].tag == "WH" or tokens[lead - 1].low in ("that", "who", "which"))
    ):
        # the firm that reported the holes: a clause within a name reports only with `that`
        opener = tokens[content[0] - 1] if content[0] else None
        told = opener is not None and opener.low == "that"
        clause = _before_main_verb(tokens, content) if content[0] > verb.i else content
        beside = front > 1 and tokens[front - 2].text == "," and is_clause(tokens, clause)
        if not told and not tokens[content[0]].quote and not beside:
            return None
        if beside:
            content = clause
    if (
        verb.lemma in _WEAK
        and kind in SPOKEN
        and not _firm(tokens, verb, source, content, quoted, negated)
    ):
        return None
    return Attribution(
        kind, verb.lemma, (front, verb.i + 1), source, content,
        object=syntax.object(sentence, verb.i), negated=negated,
        modal=modal, by="we" if ours else "verb",
    )  # fmt: skip


def _let_known(sentence: Sentence, syntax: Syntax, verb: Token) -> Attribution | None:
    """`X let it be known that C`."""
    source = syntax.subject(sentence, verb.i - 3)
    if source is None or not can_speak(sentence.tokens, source):
        return None
    content = without_edges(sentence.tokens, (verb.i + 2, sentence_end(sentence.tokens)))
    return Attribution("say", "let", (verb.i - 3, verb.i + 1), source, content)


def _is_ours(run: Sequence[Token]) -> bool:
    """Whether whoever publishes the page speaks of itself: we, our analysts, our telemetry."""
    lows = [t.low for t in run]
    return lows == ["we"] or (
        lows[:1] == ["our"] and len(lows) < 5 and lows[-1] in PEOPLE | DOCUMENTS | _STAFF
    )


def _lacks(tokens: Sequence[Token], at: int) -> bool:
    """Whether what stands before is said not to be there: no evidence, no direct proof."""
    before = [t.low for t in tokens[max(0, at - 4) : at]]
    return not _EVIDENCE.isdisjoint(before) and not {
        "no",
        "not",
        "n't",
        "any",
        "little",
    }.isdisjoint(t.low for t in tokens[max(0, at - 8) : at])


_STAFF = word_set("team teams lab labs staff unit colleagues responders hunters company")
_LIKELIHOODS = word_set(
    "likely unlikely possible probable plausible certain clear proven doubtful true credible "
    "established conceivable improbable implausible evident"
)
_DEEM = word_set("consider deem think find believe regard judge hold")


def _deems(sentence: Sentence, syntax: Syntax, verb: Token, front: int) -> Attribution | None:
    """`X considers the files authentic`, `X regards the threat as serious`: X judges so."""
    tokens = sentence.tokens
    end = until_comma(tokens, verb.i + 1)
    run = tokens[verb.i + 1 : end]
    while run and run[-1].text in ".!?":
        run, end = run[:-1], end - 1
    if len(run) < 2 or run[0].low == "it":
        return None
    if any((is_finite(t) and not _describes(tokens, t)) or t.tag in ("WH", "TO") for t in run):
        return None
    as_ = verb.lemma == "regard" and any(t.low == "as" for t in run[1:])
    judged = bool({run[-1].low, *(t.low for t in run if t.low == "responsible")} & _JUDGED)
    judged = judged and run[0].tag in ("DET", "P", "N", "PRON", "ADJ")
    source = syntax.subject(sentence, verb.i)
    if not (judged or as_) or source is None or source[0] > verb.i:
        return None
    group = tokens[front : verb.i]
    if not can_speak(tokens, source) or any(t.low in _MODALS | COPULA for t in group):
        return None
    return Attribution(
        "believe", "judge", (front, verb.i + 1), source, (verb.i + 1, end),
        negated=any(t.tag == "NEG" for t in group),
    )  # fmt: skip


_DEEMED = word_set("consider deem judge regard")
_JUDGED = _LIKELIHOODS | word_set(
    "authentic genuine real fake forged legitimate serious severe critical reliable unreliable "
    "convincing unconvincing responsible guilty contained successful sophisticated "
    "dangerous significant insufficient adequate inadequate premature justified unacceptable "
    "legal illegal harmless safe unsafe high low moderate"
)


def _to_next_verb(tokens: Sequence[Token], content: Span) -> Span:
    """To where `and` joins another verb of the same subject: `declared a holiday and said C`."""
    for at in range(content[0], content[1] - 1):
        if tokens[at].tag == "CC" and is_finite(tokens[at + 1]):
            return content[0], at
        if tokens[at].text == "," and tokens[at + 1].form == "ing":
            return content[0], at  # added its voice, saying C
    return content


_HELD = word_set("think believe say know understand suspect estimate report")
# Verbs that deny only with their particle.
_WAVED = {
    "brush": ("aside", "off"), "shrug": ("off",), "wave": ("away", "off", "aside"),
    "laugh": ("off",), "scoff": ("at",), "bat": ("away",), "appeal": ("to", "for", "directly"),
    "plead": ("with", "for"),
}  # fmt: skip


def _names(tokens: Sequence[Token], verb: Token, group: Sequence[Token], source: Span) -> bool:
    """Whether X names or unmasks somebody as the one who did it: not `a group named Y`."""
    if any(t.low in THREATS for t in tokens[slice(*source)]):
        return False
    if verb.lemma == "name" and not any(t.tag == "AUX" for t in group):
        behind = tokens[verb.i + 1 : sentence_end(tokens)]
        as_ = any(t.low == "as" for t in behind)
        first = next((t.i for t in behind[:6] if t.low == "behind"), None)
        unit = first is not None and any(t.low in THREATS for t in tokens[verb.i + 1 : first])
        return unit or _called_as(behind) or (as_ and any(t.low in _CULPRITS for t in behind))
    return verb.form in ("past", "third", "base")


def _called_as(behind: Sequence[Token]) -> bool:
    """Whether attackers are given a name: `the intruders as X`."""
    as_ = next((k for k, t in enumerate(behind[:7]) if t.low == "as"), 0)
    return any(t.low in THREATS for t in behind[:as_])


_CULPRITS = word_set(
    "culprit culprits perpetrator perpetrators executor executors responsible behind source origin "
    "suspect suspects attacker attackers author authors mastermind masterminds"
)


def _before_main_verb(tokens: Sequence[Token], content: Span) -> Span:
    """The content of a clause set off by commas: `X, which says C, did D` goes on with X."""
    for at in range(content[0] + 2, content[1] - 2):
        after = tokens[at + 1] if tokens[at + 1].tag != "ADV" else tokens[at + 2]
        if tokens[at].text == "," and is_finite(after):
            return content[0], at
    return content


_FOREMOST = word_set("latest first only last second quick swift fast")


def _latest(sentence: Sentence, syntax: Syntax, verb: Token) -> Span | None:
    """Who accuses in `X became the latest country to accuse A`: X."""
    tokens = sentence.tokens
    before = tokens[max(0, verb.i - 7) : verb.i]
    mark = next((t for t in before if t.low in _FOREMOST), None)
    if mark is None:
        return None
    main = next((t for t in reversed(tokens[: mark.i]) if t.tag in ("V", "AUX")), None)
    return syntax.subject(sentence, main.i) if main is not None else None


def _not_only(tokens: Sequence[Token], source: Span | None, front: int) -> Span | None:
    """Both speakers in `not only X but also Y`."""
    if source is None or source[0] > front:
        return None
    for at in range(front - 3):
        if tokens[at].low == "not" and tokens[at + 1].low == "only":
            between = tokens[at + 2 : front]
            if any(t.low == "but" for t in between) and not any(is_finite(t) for t in between):
                return at + 2, front
    return None


def _inserted(tokens: Sequence[Token], source: Span | None, front: int, verb: Token) -> Span | None:
    """Who speaks in `The hackers, X said, did C`: X, not the subject of what is said."""
    if source is None or source[1] > front or verb.i + 1 >= len(tokens):
        return None
    comma = next((t.i for t in reversed(tokens[source[1] : front]) if t.text == ","), None)
    if comma is None or comma + 1 >= front or tokens[verb.i + 1].text != ",":
        return None
    run = tokens[comma + 1 : front]
    named = all(t.tag in ("DET", "ADJ", "N", "P", "POSS", "NUM", "PRON") for t in run)
    return (comma + 1, front) if named and source[1] == comma else None


def _joined_by(tokens: Sequence[Token], source: Span | None, front: int) -> Span | None:
    """All speakers in `X, joined by A, B and C, accused D`."""
    if source is None or source[1] + 2 >= front or tokens[source[1]].text != ",":
        return None
    if [t.low for t in tokens[source[1] + 1 : source[1] + 3]] not in (
        ["joined", "by"], ["together", "with"], ["along", "with"],
    ):  # fmt: skip
        return None
    last = max(t.i for t in tokens[source[1] : front] if t.text == ",")
    return (source[0], last) if last > source[1] + 2 else None


def _citing(sentence: Sentence, verb: Token, quoted: Sequence[Span]) -> Attribution | None:
    """`X reported, citing Y, that C` and `C, X reported, citing Y`: Y says C."""
    tokens = sentence.tokens
    first = verb.i + 3
    if first >= len(tokens) or tokens[first - 1].low != "citing":
        return None
    end = until_comma(tokens, first)
    source = without_edges(tokens, (first, end))
    if source[0] >= source[1] or not can_speak(tokens, source):
        return None
    told = {t.low for t in tokens[slice(*source)]}
    if told & (DOCUMENTS | _EVIDENCE) and not told & (PEOPLE | OFFICES):
        return None
    rest = (end + 1, sentence_end(tokens))
    if end < len(tokens) and tokens[end].tag in ("SUB", "WH"):
        rest = (end, rest[1])
    if rest[0] + 1 < rest[1]:
        content = without_edges(tokens, (rest[0] + (tokens[rest[0]].low == "that"), rest[1]))
    else:
        comma = next((t.i for t in reversed(tokens[: verb.i]) if t.text == ","), 0)
        content = _preposed(tokens, comma + 1, quoted, turned=True) or (0, 0)
    if content[0] >= content[1]:
        return None
    return Attribution("say", verb.lemma, (verb.i, verb.i + 1), source, content)


def _cited(tokens: Sequence[Token], source: Span, front: int) -> Span | None:
    """Whose words they are in `X, citing Y, reported C`: Y's."""
    at = next((t.i for t in tokens[source[0] : front] if t.low == "citing"), None)
    if at is None or tokens[at - 1].text != "," or tokens[front - 1].text != ",":
        return None
    told = tokens[at + 1 : front - 1]
    speaks = any(t.low in PEOPLE or t.low in OFFICES or t.tag == "P" for t in told)
    return (at + 1, front - 1) if speaks else None


def _joining(tokens: Sequence[Token], source: Span, in_: int) -> Span | None:
    """Both sides in `A and B joined C in accusing D`."""
    joined = next((t.i for t in tokens[source[1] : in_] if t.low in ("joined", "joins")), None)
    if joined is None or joined > source[1] + 2:
        return None
    if tokens[joined + 1].low in ("its", "their", "his", "her", "other", "the", "many", "several"):
        return source  # joins its allies in condemning
    end = joined + 1
    while end < in_ and tokens[end].tag in ("P", "N", "DET", "CC", "ADJ", "POSS", "PUNCT"):
        end += 1
    return (source[0], end) if end > joined + 1 else None


def _between_dashes(tokens: Sequence[Token], front: int) -> Span | None:
    """The names in `seven states — A, B and C — accused D`: they speak."""
    if front < 6 or tokens[front - 1].text not in ("—", "–", "--"):
        return None
    for at in range(front - 3, 0, -1):
        if tokens[at].text in ("—", "–", "--"):
            run = tokens[at + 1 : front - 1]
            names = sum(t.tag == "P" for t in run)
            listed = names > 1 and any(t.low in ("and", "&") for t in run)
            if not listed or tokens[at - 1].tag != "N" or any(is_finite(t) for t in run):
                return None
            first = at + 1 + next(k for k, t in enumerate(run) if t.upper or t.low == "the")
            return first, front - 1
    return None


def _told_to(tokens: Sequence[Token], first: int) -> bool:
    """Whether `tell` is followed by whom, and by `to` with a verb."""
    at = first
    while at < min(len(tokens), first + 7) and tokens[at].tag in (
        "DET",
        "ADJ",
        "N",
        "P",
        "PRON",
        "NUM",
    ):
        at += 1
    return first < at < len(tokens) - 1 and tokens[at].low == "to" and tokens[at + 1].tag == "V"


def _no_report(
    tokens: Sequence[Token], verb: Token, front: int, source: Span, content: Span
) -> bool:
    """Whether a verb of saying stands where it reports nothing: as a gerund, an aim, or in a clause
    that only describes a noun."""
    opener = tokens[content[0] - 1].low if content[0] else ""
    if (
        content[0] > verb.i
        and verb.lemma not in ("warn", "boast")
        and opener != "that"
        and (
            tokens[content[0]].low in ("and", "or", "but")
            or tokens[content[0]].low in ("by", "of")
            or (tokens[content[0]].low in ("which", "who") and content[0] > verb.i + 1)
        )
    ):
        return True  # responded in kind, which …
    marked = opener == "that" or any(t.quote for t in tokens[content[0] : content[0] + 1])
    before = tokens[front - 1] if front else None
    group = [t.low for t in tokens[front : verb.i]]
    if group[-1:] == ["to"] and len(group) > 1 and group[-2] in COPULA:
        return True  # the idea is to understand C
    if verb.form == "ing" and not marked:
        if before is not None and (before.tag in ("V", "ADP") or before.low == "as"):
            return True  # started writing, as effective as saying
        if content[0] < verb.i and any(low in COPULA for low in group):
            return True  # is revealing
    link = tokens[source[0] - 1] if source[0] else None
    if link is not None and source[1] <= front and (link.tag == "WH" or link.low == "which"):
        after = tokens[verb.i + 1] if verb.i + 1 < len(tokens) else None
        if after is None or not (is_finite(after) or after.tag in ("ADV", "PRON", "DET", "P", "N")):
            return True  # problems that the study found
    return False


def _as_aside(tokens: Sequence[Token], source: Span, verb: Token) -> Span | None:
    """What is said in `As X noted, C` and `C, as X puts it`: the clause that this one leans on."""
    as_ = source[0] - 1
    if as_ < 0 or tokens[as_].low != "as" or verb.i < source[1]:
        return None
    after = tokens[verb.i + 1].low if verb.i + 1 < len(tokens) else ""
    if verb.lemma == "put" and after != "it":
        return None
    end = sentence_end(tokens)
    comma = next((t.i for t in tokens[verb.i : end] if t.text == ","), end)
    if any(is_finite(t) for t in tokens[verb.i + 1 : comma]) or after == "that":
        return None  # as X said it was patching, …
    if as_ == 0 or (as_ == 1 and tokens[0].tag in ("CC", "ADV")):
        return without_edges(tokens, (comma + 1, end)) if comma + 2 < end else None
    if tokens[as_ - 1].text not in (",", "—", "–", "("):
        return None
    return without_edges(tokens, (0, end if comma < end - 1 else as_))


def _only_object(tokens: Sequence[Token], verb: Token, content: Span) -> bool:
    """Whether the verb takes a pronoun as its object: `reported her missing`."""
    if content[0] != verb.i + 1 or content[0] + 1 >= len(tokens):
        return False
    if tokens[content[0]].low not in ("him", "them", "me", "us", "her", "it"):
        return False
    after = tokens[content[0] + 1 : content[0] + 3]
    whose = after[0].tag == "ADJ" and after[-1].tag in ("N", "P", "ADJ")  # her tiny village
    return after[0].tag in ("ADJ", "TO", "ADP", "PUNCT", "DET") and not whose


def _quoted_as(sentence: Sentence, syntax: Syntax, as_: int) -> Span | None:
    """Who speaks in `A quoted X as saying`, `A quotes X saying`, `X was quoted as saying`: X."""
    tokens = sentence.tokens
    for at in range(as_ - 1, max(-1, as_ - 14), -1):
        if tokens[at].lemma in ("quote", "cite") and tokens[at].tag == "V":
            if at == as_ - 1 or _is_passive(tokens, verb_group(tokens, at), tokens[at]):
                return syntax.subject(sentence, at)
            return without_edges(tokens, (at + 1, as_))
        if tokens[at].tag in ("AUX", "SUB") or tokens[at].quote:
            return None
    return None


_MANY = word_set("countries states nations governments those others allies members ones")


def _listed_behind(tokens: Sequence[Token], verb: Token, source: Span) -> Span | None:
    """The names in `the countries that accused X are A, B and C`: they speak, not `countries`."""
    if not any(t.low in _MANY for t in tokens[source[0] : verb.i]) and not any(
        t.low in _MANY for t in tokens[max(0, verb.i - 2) : verb.i]
    ):
        return None
    for at in range(verb.i + 1, len(tokens) - 2):
        if tokens[at].low in ("are", "were", "include", "included", "includes"):
            first, end = without_edges(tokens, (at + 1, sentence_end(tokens)))
            if first < end and tokens[first].tag in ("P", "DET", "N"):
                return first, end
        if tokens[at].tag == "SUB" or tokens[at].quote:
            return None
    return None


def _is_passive(tokens: Sequence[Token], front: int, verb: Token) -> bool:
    if verb.form != "past":
        return False
    group = tokens[front : verb.i]
    return bool(
        any(t.low in COPULA and t.low != "'s" for t in group) or any(t.low == "got" for t in group)
    )


def _firm(
    tokens: Sequence[Token],
    verb: Token,
    source: Span,
    content: Span | None,
    quoted: Sequence[Span],
    negated: bool,
) -> bool:
    """Whether a verb with many other senses reports here: a that-clause or a quotation follows."""
    if content is None:
        return False
    if negated and verb.lemma in ("verify", "confirm"):
        return True
    if negated:
        return tokens[content[0]].tag in ("WH", "SUB") or tokens[content[0]].low in (
            "which", "who", "what", "whether", "how", "where",
        )  # fmt: skip
    before = tokens[content[0] - 1] if content[0] else None
    if before is not None and before.low == "that" and content[0] > verb.i:
        return True
    if any(a <= content[0] < b or a < content[1] <= b for a, b in quoted):
        return verb.lemma not in ("call", "put", "count", "offer", "hold", "pin", "order")
    if content[1] <= source[0] and verb.lemma in ("show", "find", "estimate", "agree", "observe"):
        return True  # C, a report found
    if verb.lemma == "consider":
        pairs = itertools.pairwise(t.low for t in tokens[verb.i + 1 : verb.i + 12])
        return ("to", "be") in pairs  # considers the threat to be high
    words = tokens[source[0] : source[1]]
    pronoun = len(words) == 1 and words[0].tag in ("PRON", "DET", "WH")
    if (
        verb.lemma in ("report", "fear", "expect", "think", "recall", "worry", "doubt")
        and not pronoun
    ):
        return verb.lemma == "report" or is_clause(tokens, content)
    if verb.lemma in ("promise", "pledge", "vow", "threaten"):
        aims = tokens[content[0]].tag == "TO"
        aims = aims or verb.lemma == "threaten"
        about = _ANSWERS | ATTACK | GUARDED if aims else _ANSWERS
        said = [t.low for t in tokens[slice(*content)]]
        return content[0] > verb.i and verb.form != "ing" and not about.isdisjoint(said)
    if verb.lemma in _SIGHTS and any(t.low in _EVIDENCE for t in tokens[verb.i + 1 : verb.i + 5]):
        return True
    if verb.lemma == "point" and tokens[verb.i + 1].low == "to":
        return verb.form != "ing" and any(t.low in _EVIDENCE for t in tokens[slice(*content)])
    if verb.lemma == "cite":
        told = tokens[content[0] : content[0] + 5]
        return verb.form != "ing" and any(t.low in _EVIDENCE for t in told)
    if verb.lemma in ("find", "discover", "count", "identify", "report") and any(
        t.tag == "NUM" for t in tokens[verb.i + 1 : verb.i + 6]
    ):
        return True
    if verb.lemma in ("observe", "detect", "flag", *_SIGHTS) and any(
        t.low in ATTACK or t.low in THREATS for t in tokens[slice(*content)]
    ):
        told = tokens[slice(*content)]
        both = any(t.low in ATTACK for t in told) and any(t.low in THREATS for t in told)
        return both or any(t.tag == "NUM" for t in told)
    if verb.lemma in ("track", "tally", "list"):
        near = tokens[verb.i + 1 : verb.i + 4]
        return (
            near[:1] != []
            and near[0].low != "as"
            and any(t.tag == "NUM" or t.low in _NUMBERS for t in near)
        )
    if VERBS[verb.lemma] == "estimate":
        return any(t.tag == "NUM" or t.low in _NUMBERS for t in tokens[verb.i : verb.i + 12])
    document = any(t.low in DOCUMENTS for t in words)
    return bool(
        document and verb.lemma in ("show", "find", "suggest", "indicate", "read", "detail")
    )


# What a threatened or injured side promises.
_ANSWERS = word_set(
    "response respond retaliate retaliation revenge sanction action consequences costs measures "
    "punish answer help support compensation reforms transparency cooperation"
)
# What tells something without a voice.
_EVENTS = word_set(
    "attack attacks hack breach incident incidents intrusion intrusions campaign case cases affair "
    "episode events move timing outage leak theft raid"
)
_SIGHTS = ("find", "cite", "point", "notice", "spot")
_NUMBERS = word_set("two three four five six seven eight nine ten dozens hundreds thousands")
_WH = word_set("how why who what which where when whether")
_EVIDENCE = word_set(
    "similarity similarities overlap overlaps evidence indications indicators links clues traces "
    "intelligence telemetry parallels resemblance resemblances proof sign signs indication"
)


def _content(
    sentence: Sentence,
    syntax: Syntax,
    verb: Token,
    front: int,
    source: Span,
    quoted: Sequence[Span],
) -> Span | None:
    """What is said: the quotation or clause before the frame, or the clause after the verb."""
    tokens = sentence.tokens
    frame = (min(source[0], front), max(source[1], verb.i + 1))
    earlier = _preposed(tokens, frame[0], quoted, turned=source[0] > verb.i)
    if earlier is None and _is_inserted(tokens, frame):
        return without_edges(tokens, (0, sentence_end(tokens)))
    after = syntax.complement(sentence, verb.i) if verb.i >= source[0] else None
    if earlier is None and (after is None or not is_clause(tokens, after)):
        # no clause follows: whatever has a finite verb and stands before is said
        earlier = _preposed(tokens, frame[0], quoted, turned=True)
        if earlier is not None and not (
            sentence.headline  # Iran behind hack, officials say
            or any(is_finite(t) or t.low in _WH for t in tokens[slice(*earlier)])
        ):
            earlier = None
    if earlier is not None and any(a == earlier[0] for a, _ in quoted):
        later = [b for a, b in quoted if a > verb.i]
        if later:  # “…,” X said, “…”
            return earlier[0], later[-1]
    if source[0] > verb.i:  # turned round
        return earlier
    if earlier is not None and verb.i + 2 < len(tokens) and tokens[verb.i + 1].text == ",":
        # A, X said, and B
        goes_on = (
            tokens[verb.i + 2].tag == "CC" or tokens[verb.i + 2].low in ("by", "from", "to")
        ) or tokens[earlier[0]].low in (
            "if",
            "unless",
        )
        return (earlier[0], sentence_end(tokens)) if goes_on else earlier
    if earlier is not None and any(a < earlier[1] <= b + 1 for a, b in quoted):
        return earlier
    if earlier is not None and tokens[verb.i + 1 : verb.i + 2] and tokens[verb.i + 1].text in "-–—":
        return earlier  # C, X said - but D
    if after is not None and earlier is not None and not is_clause(tokens, after):
        return earlier
    return after or earlier


def _is_inserted(tokens: Sequence[Token], frame: Span) -> bool:
    """Whether a frame stands between commas within a clause: `The blame, X said, lies …`."""
    first, end = frame
    if first < 2 or end + 1 >= len(tokens) or tokens[first - 1].text != ",":
        return False
    lead = tokens[: first - 1]
    return (
        tokens[end].text == ","
        and is_finite(tokens[end + 1])
        and any(t.tag in ("N", "P", "NUM", "PRON") for t in lead)
        and lead[0].tag in ("DET", "N", "P", "PRON", "ADJ", "NUM")
        and not any((is_finite(t) and not _describes(tokens, t)) or t.quote for t in lead)
    )


def _describes(tokens: Sequence[Token], verb: Token) -> bool:
    """Whether a participle stands between article and noun: the stolen data."""
    return verb.form == "past" and verb.i > 0 and tokens[verb.i - 1].tag in ("DET", "POSS", "ADJ")


def _preposed(
    tokens: Sequence[Token], frame: int, quoted: Sequence[Span], *, turned: bool
) -> Span | None:
    """The clause before `, X said`: back to the sentence's start."""
    if frame > 3 and tokens[frame - 1].low == "so":
        frame -= 1  # C, so said X
    if frame < 3:
        return None
    before = tokens[frame - 1]
    if not (before.quote or before.text in (",", "—", "–", "-", "?", "!")):
        return None
    first, end = without_edges(tokens, (0, frame))
    for a, b in quoted:
        if a < frame <= b + 1:
            # part of a sentence in quotation marks is content together with its beginning
            lead = tokens[first:a]
            joined = (
                lead
                and lead[-1].text not in (",", ":", ";")
                and not any(t.quote or (t.tag == "V" and t.lemma in VERBS) for t in lead)
            )
            first, end = (first, b) if joined else (a, b)
    while first < end and (tokens[first].tag == "CC" or tokens[first].text == ","):
        first += 1
    if end - first < 2 or (end - first < 3 and not turned):
        return None
    if not is_clause(tokens, (first, end)) and not before.quote and not turned:
        return None
    return first, end


def _passive(
    sentence: Sentence, syntax: Syntax, verb: Token, kind: Frame, front: int, negated: bool
) -> Attribution | None:
    """`A is accused of C (by X)`, `C was attributed to A`, `A is believed to C`."""
    tokens = sentence.tokens
    if (
        verb.lemma == "determine"
        and tokens[verb.i + 1 : verb.i + 2]
        and (tokens[verb.i + 1].tag == "TO")
    ):
        return None  # is determined to act
    subject = syntax.subject(sentence, verb.i)
    agent = agent_of(sentence, syntax, verb.i)
    if kind in ("say", "believe", "estimate", "suspect") or verb.lemma == "understand":
        after = tokens[verb.i + 1] if verb.i + 1 < len(tokens) else None
        if after is None:
            return None
        told = verb.i + 1
        if after.low == "by" and agent is not None and agent[1] < len(tokens):
            told = agent[1]  # is said by X to C
            after = tokens[told]
        elif agent is None and tokens[0].low in ("from", "on") and front:
            agent = _fronted_agent(tokens, front)
        place = tokens[told + 1] if after.tag == "TO" and told + 1 < len(tokens) else None
        if place is not None and place.tag in ("P", "DET", "N", "PRON", "NUM"):
            return None  # posted to a forum
        if not (after.tag == "TO" or after.low in ("that", "of") or verb.lemma == "suspect"):
            return None
        end = sentence_end(tokens)
        relative = tokens[front - 1].tag in ("WH", "SUB") and tokens[front - 2].text == ","
        if front > 1 and (relative or (tokens[front - 1].text == "," and front == verb.i)):
            end = until_comma(tokens, verb.i + 1)  # the hackers, who are said to C, did
        content = without_edges(tokens, (told + (after.low == "that"), end))
        return Attribution(
            kind, verb.lemma, (front, verb.i + 1), agent, content, object=subject,
            passive=True, negated=negated, evidential=True,
        )  # fmt: skip
    if kind == "demand" and agent is not None and agent[1] < len(tokens):
        if tokens[agent[1]].tag != "TO":
            return None
        return Attribution(
            kind, verb.lemma, (front, agent[1]), agent,
            without_edges(tokens, (agent[1], sentence_end(tokens))), object=subject,
            passive=True, negated=negated,
        )  # fmt: skip
    if kind == "deny" and agent is not None and subject is not None:
        return Attribution(
            kind, verb.lemma, (front, verb.i + 1), agent,
            without_edges(tokens, (subject[0], verb.i + 1)), object=subject, passive=True,
            negated=negated,
        )  # fmt: skip
    if kind in ("accuse", "blame", "attribute", "charge"):
        return Attribution(
            kind, verb.lemma, (front, verb.i + 1), agent,
            without_edges(tokens, (verb.i + 1, sentence_end(tokens))), object=subject,
            passive=True, negated=negated,
        )  # fmt: skip
    return None


def _named_by(sentence: Sentence, syntax: Syntax, verb: Token, front: int) -> Attribution | None:
    """`The hackers were identified as A by X`: X gives them that name."""
    tokens = sentence.tokens
    subject = syntax.subject(sentence, verb.i)
    by = next((t.i for t in tokens[verb.i + 2 : verb.i + 14] if t.low == "by"), None)
    source = syntax.object(sentence, by) if by is not None else None
    if subject is None or source is None or not can_speak(tokens, source):
        return None
    if not any(t.low in THREATS for t in tokens[slice(*subject)]):
        return None
    return Attribution("name", verb.lemma, (front, verb.i + 1), source, None, limit=by)


def _fronted_agent(tokens: Sequence[Token], front: int) -> Span | None:
    """Who speaks in `From the side of X it was stressed that C`: translated wording."""
    it = next((t.i for t in tokens[:front] if t.low == "it"), None)
    if it is None or it + 1 < front or it < 2:
        return None
    first = (
        4 if [t.low for t in tokens[1:4]] in (["the", "side", "of"], ["the", "part", "of"]) else 1
    )
    if tokens[0].low == "on" and first == 1:
        return None  # on Monday it was said
    span = without_edges(tokens, (first, it))
    return span if span[0] < span[1] and can_speak(tokens, span) else None
