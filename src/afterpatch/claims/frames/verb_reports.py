"""Whether a verb of saying reports its content here, or stands in another sense."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence

from afterpatch.claims.frames.attribution import SPOKEN, is_clause, is_finite
from afterpatch.claims.frames.opening import EVIDENCE, LIKELIHOODS, Opening
from afterpatch.claims.frames.verb_contents import DEEM, that_behind_it
from afterpatch.claims.grammar.syntax import Span
from afterpatch.claims.grammar.text import Token
from afterpatch.claims.grammar.words import (
    ATTACK,
    COPULA,
    DOCUMENTS,
    GUARDED,
    THREATS,
    VERBS,
    word_set,
)

__all__ = ["asserts_nothing", "is_weak", "reported", "reports_nothing"]


def asserts_nothing(o: Opening) -> bool:
    """`finds it shameful that C`, `warned of delays`."""
    if o.verb.lemma == "warn" and o.follows in ("of", "about", "against"):
        about = ATTACK | THREATS | _DANGERS
        return not any(t.low in about for t in o.behind[1:])
    that = that_behind_it(o) if o.verb.lemma in DEEM else None
    return that is not None and o.near(2, that - o.verb.i).isdisjoint(LIKELIHOODS)


_DANGERS = word_set("threat threats wave danger dangers")


def reports_nothing(o: Opening, content: Span) -> bool:
    """Whether a verb of saying tells nothing with the content that it has."""
    return any(guard(o, content) for guard in _GUARDS)


def reported(o: Opening, content: Span) -> Span | None:
    """What a verb of saying reports in a clause that only describes a noun: `X, which says C, did
    D` tells C, `the firm that reported the holes` nothing."""
    tokens, front = o.tokens, o.front
    lead = front - (front > 1 and tokens[front].tag == "TO" and tokens[front - 1].tag == "V")
    if not front or not (
        tokens[lead - 1].tag == "WH" or tokens[lead - 1].low in ("that", "who", "which")
    ):
        return content
    clause = _before_main_verb(tokens, content) if content[0] > o.verb.i else content
    if front > 1 and tokens[front - 2].text == "," and is_clause(tokens, clause):
        return clause
    marked = _opener(o, content) == "that" or tokens[content[0]].quote
    return content if marked else None


def _before_main_verb(tokens: Sequence[Token], content: Span) -> Span:
    """The content of a clause set off by commas: `X, which says C, did D` goes on with X."""
    for at in range(content[0] + 2, content[1] - 2):
        after = tokens[at + 1] if tokens[at + 1].tag != "ADV" else tokens[at + 2]
        if tokens[at].text == "," and is_finite(after):
            return content[0], at
    return content


def _opener(o: Opening, content: Span) -> str:
    """The word before the content."""
    return o.tokens[content[0] - 1].low if content[0] else ""


# ---------------------------------------------------------------- guards


def _is_only_object(o: Opening, content: Span) -> bool:
    """`reported her missing`."""
    first = content[0]
    if first != o.verb.i + 1 or first + 1 >= len(o.tokens):
        return False
    if o.follows not in ("him", "them", "me", "us", "her", "it"):
        return False
    if o.verb.lemma == "expect" and _is_change(o, content):
        return False
    after = o.tokens[first + 1 : first + 3]
    whose = after[0].tag == "ADJ" and after[-1].tag in ("N", "P", "ADJ")  # her tiny village
    return after[0].tag in ("ADJ", "TO", "ADP", "PUNCT", "DET") and not whose


def _is_quoter(o: Opening, _content: Span) -> bool:
    """`A quoted X as saying C`: X speaks."""
    return o.verb.lemma in ("quote", "cite") and any(
        t.form == "ing" and VERBS.get(t.lemma) in SPOKEN
        for t in o.tokens[o.verb.i + 1 : o.verb.i + 14]
    )


def _is_circumstance(o: Opening, _content: Span) -> bool:
    """`When X said C, A did D`, `after saying C, A did D`."""
    first = o.source[0]
    if not 0 < first < o.front:
        return False
    introduced = o.tokens[first - 1].low
    vague = o.tokens[first].tag == "PRON" or o.verb.form == "ing"
    return introduced in ("when", "before", "until", "once", "if", "unless") or (
        introduced == "after" and vague
    )


# Verbs that also take a plain object: then they report only what befell or a number.
_WITH_CLAUSE = word_set(
    "report argue complain write explain respond reply comment claim boast reveal disclose "
    "acknowledge detail outline recall declare add maintain swear"
)
_TELLING = ("claim", "reveal", "disclose", "acknowledge", "detail")


def _takes_thing(o: Opening, content: Span) -> bool:
    """`declared a holiday`, `added its voice`; `disclosed a breach`, `reported 30 cases` are
    reports."""
    lemma = o.verb.lemma
    if lemma not in _WITH_CLAUSE or content[0] <= o.verb.i:
        return False
    if lemma == "boast" and o.follows in ("of", "about"):
        return False
    run = o.tokens[slice(*content)]
    if lemma in _TELLING and any(t.low in ATTACK for t in run):
        return False
    counted = any(t.tag == "NUM" for t in o.tokens[content[0] : content[0] + 4])
    return not counted and not is_clause(o.tokens, _to_next_verb(o.tokens, content))


def _to_next_verb(tokens: Sequence[Token], content: Span) -> Span:
    """To where `and` joins another verb of the same subject: `declared a holiday and said C`."""
    for at in range(content[0], content[1] - 1):
        if tokens[at].tag == "CC" and is_finite(tokens[at + 1]):
            return content[0], at
        if tokens[at].text == "," and tokens[at + 1].form == "ing":
            return content[0], at  # added its voice, saying C
    return content


def _goes_elsewhere(o: Opening, content: Span) -> bool:
    """`responded in kind, which surprised A`."""
    if content[0] <= o.verb.i or o.verb.lemma in ("warn", "boast"):
        return False
    if _opener(o, content) == "that":
        return False
    first = o.tokens[content[0]].low
    return first in ("and", "or", "but", "by", "of") or (
        first in ("which", "who") and content[0] > o.verb.i + 1
    )


def _is_aim(o: Opening, _content: Span) -> bool:
    """`the idea is to understand C`."""
    group = [t.low for t in o.group]
    return len(group) > 1 and group[-1] == "to" and group[-2] in COPULA


def _is_gerund(o: Opening, content: Span) -> bool:
    """`started writing C`, `as effective as saying C`, `C is revealing`."""
    marked = _opener(o, content) == "that" or o.tokens[content[0]].quote
    if o.verb.form != "ing" or marked:
        return False
    if o.front:
        before = o.tokens[o.front - 1]
        if before.tag in ("V", "ADP") or before.low == "as":
            return True
    return content[0] < o.verb.i and any(t.low in COPULA for t in o.group)


def _is_relative(o: Opening, _content: Span) -> bool:
    """`problems that the study found`."""
    first, end = o.source
    if not first or end > o.front:
        return False
    link = o.tokens[first - 1]
    if link.tag != "WH" and link.low != "which":
        return False
    after = o.tokens[o.verb.i + 1] if o.follows else None
    return after is None or not (is_finite(after) or after.tag in ("ADV", "PRON", "DET", "P", "N"))


def _believes_thing(o: Opening, content: Span) -> bool:
    """`assesses a report`, `understands the frustration`."""
    if o.kind != "believe" or content[0] <= o.verb.i or _opener(o, content) == "that":
        return False
    run = o.tokens[slice(*content)]
    told = o.tokens[content[0]].tag in ("TO", "WH") or is_clause(o.tokens, content)
    return not told and not any(t.tag in ("TO", "NUM") or t.low == "as" for t in run)


def _tells_thing(o: Opening, content: Span) -> bool:
    """`warned its customers`, `told a joke`."""
    if content[0] < o.verb.i or _opener(o, content) == "that":
        return False
    warns = o.verb.lemma == "warn" and o.tokens[o.verb.i + 1].tag != "ADP"
    return (warns or o.kind == "tell") and not is_clause(o.tokens, content)


_GUARDS: tuple[Callable[[Opening, Span], bool], ...] = (
    _is_only_object, _is_quoter, _is_circumstance, _takes_thing, _goes_elsewhere, _is_aim,
    _is_gerund, _is_relative, _believes_thing, _tells_thing,
)  # fmt: skip


# ---------------------------------------------------------------- verbs of many senses

_WEAK = word_set(
    "show read find offer point put count continue hold consider feel project quote brief cite "
    "hint observe answer post agree discover detail document outline highlight signal imply "
    "determine demonstrate think expect doubt anticipate fear worry judge recall promise vow "
    "detect flag notice spot pledge speculate report prove know establish identify counter verify "
    "threaten track tally list call brand label propose"
)


def is_weak(o: Opening, content: Span) -> bool:
    """`found a home`: a verb of many senses with no sign that it reports."""
    return o.verb.lemma in _WEAK and o.led is None and not _is_firm(o, content)


def _is_firm(o: Opening, content: Span) -> bool:
    """Whether a verb with many other senses reports here: a that-clause or a quotation follows, or
    what is told speaks for it."""
    first, end = content
    if o.negated:
        opens = o.tokens[first]
        asked = opens.tag in ("WH", "SUB") or opens.low in _ASKED
        return asked or o.verb.lemma == "verify"
    if first > o.verb.i and _opener(o, content) == "that":
        return True
    if o.verb.lemma == "point" and o.follows == "out" and not o.near(2, 3).isdisjoint(",."):
        return True  # C, X pointed out, D
    if any(a <= first < b or a < end <= b for a, b in o.quoted):
        return o.verb.lemma not in ("call", "put", "count", "offer", "hold")
    if end <= o.source[0] and o.verb.lemma in ("show", "find", "agree", "observe", "point"):
        return True  # C, a report found
    return any(sign(o, content) for sign in _SIGNS.get(o.verb.lemma, ()))


_ASKED = ("which", "who", "what", "whether", "how", "where")


def _weighs(o: Opening, _content: Span) -> bool:
    """`considers the threat to be high`."""
    lows = [t.low for t in o.tokens[o.verb.i + 1 : o.verb.i + 12]]
    return ("to", "be") in itertools.pairwise(lows)


def _by_name(o: Opening, _content: Span) -> bool:
    """`Reuters reported`: no mere pronoun."""
    first, end = o.source
    return end - first > 1 or o.tokens[first].tag not in ("PRON", "DET", "WH")


def _fears_clause(o: Opening, content: Span) -> bool:
    """`officials fear A did C`."""
    return _by_name(o, content) and is_clause(o.tokens, content)


def _is_change(o: Opening, content: Span) -> bool:
    """`expects it to rise`."""
    run = o.tokens[content[0] : content[0] + 7]
    to = next((k for k, t in enumerate(run) if t.tag == "TO"), None)
    return to is not None and any(t.low in _CHANGES for t in run[to : to + 3])


_CHANGES = word_set("rise grow climb increase fall drop double triple spread continue")


def _promises(o: Opening, content: Span) -> bool:
    """`vowed to retaliate`, `threatened to leak the data`."""
    aims = o.verb.lemma == "threaten" or o.tokens[content[0]].tag == "TO"
    about = _ANSWERS | ATTACK | GUARDED if aims else _ANSWERS
    if o.front and o.tokens[o.front - 1].tag == "CC":
        about = about | _ENDEAVORS  # accused A and vowed to pursue it
    said = (t.low for t in o.tokens[slice(*content)])
    return content[0] > o.verb.i and o.verb.form != "ing" and not about.isdisjoint(said)


# What a threatened or injured side promises.
_ANSWERS = word_set(
    "response respond retaliate retaliation revenge sanction action consequences costs measures "
    "punish answer help support compensation reforms transparency cooperation"
)


# What it promises to do.
_ENDEAVORS = word_set(
    "expose hold pursue defend protect strengthen investigate publish notify rebuild review "
    "cooperate fight stop prevent continue keep restore appeal sue work hunt disrupt reimburse "
    "compensate inform improve"
)


def _proposes(o: Opening, content: Span) -> bool:
    """`proposed a joint investigation`."""
    told = o.tokens[content[0] : content[0] + 5]
    return content[0] > o.verb.i and any(t.low in _PROPOSALS for t in told)


_PROPOSALS = word_set(
    "investigation inquiry probe talks dialogue sanctions law bill measures ban treaty agreement"
)


def _sees_evidence(o: Opening, _content: Span) -> bool:
    """`found similarities with C`, `found no link to A`."""
    near = o.near(1, 5)
    return not near.isdisjoint(EVIDENCE) or not near.isdisjoint(("link", "connection"))


def _points_to(o: Opening, content: Span) -> bool:
    """`pointed to overlaps with C`."""
    if o.follows != "to":
        return _sees_threat(o, content)
    told = o.tokens[slice(*content)]
    return o.verb.form != "ing" and any(t.low in EVIDENCE for t in told)


def _cites_evidence(o: Opening, content: Span) -> bool:
    """`C, X said; it cites telemetry`."""
    told = o.tokens[content[0] : content[0] + 5]
    return o.verb.form != "ing" and any(t.low in EVIDENCE for t in told)


def _counts(o: Opening, _content: Span) -> bool:
    """`identified 30 victims`."""
    return any(t.tag == "NUM" for t in o.tokens[o.verb.i + 1 : o.verb.i + 6])


def _sees_threat(o: Opening, content: Span) -> bool:
    """`observed hackers attacking A`, `spotted three intrusions`."""
    told = o.tokens[slice(*content)]
    attack, threat = (any(t.low in words for t in told) for words in (ATTACK, THREATS))
    return (attack and threat) or ((attack or threat) and any(t.tag == "NUM" for t in told))


def _tracks_number(o: Opening, _content: Span) -> bool:
    """`tracks 20 groups`; `tracked as X` names."""
    near = o.tokens[o.verb.i + 1 : o.verb.i + 4]
    return o.follows != "as" and any(t.tag == "NUM" or t.low in _NUMBERS for t in near)


def _puts_number(o: Opening, _content: Span) -> bool:
    """`put the number at 30,000`."""
    near = o.tokens[o.verb.i : o.verb.i + 12]
    at = next((k for k, t in enumerate(near) if t.low in _LEVELS), len(near))
    return o.verb.lemma == "count" or any(t.tag == "NUM" or t.low in _NUMBERS for t in near[at:])


_LEVELS = ("at", "around", "between", "above", "below")


_NUMBERS = word_set(
    "two three four five six seven eight nine ten dozens hundreds thousands millions billions"
)


def _is_document(o: Opening, _content: Span) -> bool:
    """`the report details how C`."""
    papers = DOCUMENTS | _INQUIRIES
    return any(t.low in papers for t in o.tokens[slice(*o.source)])


_INQUIRIES = word_set("inquiry probe inquest tribunal judge commission committee auditors")


def _is_trace(told: Sequence[Token]) -> bool:
    """`the same web shell on two servers`: what attackers leave, and where."""
    place = next((k for k, t in enumerate(told) if t.low in ("on", "in", "inside", "across")), 0)
    return any(t.low in _TRACES for t in told[:place])


_TRACES = word_set(
    "shell shells backdoor backdoors malware implant implants wiper ransomware loader trojan "
    "rootkit spyware traces"
)


def _finds(o: Opening, content: Span) -> bool:
    """`found hackers attacking A`; of what is no attack only a document reports."""
    told = o.tokens[slice(*content)]
    if content[0] > o.verb.i and _by_name(o, content) and _is_trace(told):
        return True
    attack = any(t.low in ATTACK or t.low in THREATS for t in told)
    if attack and _sees_threat(o, content):
        return True
    return _is_document(o, content) and (not attack or is_clause(o.tokens, content))


# What makes a verb of many senses report; one sign is enough.
_SIGNS: Mapping[str, tuple[Callable[[Opening, Span], bool], ...]] = {
    "consider": (_weighs,),
    "report": (_by_name, _counts),
    "propose": (_proposes,),
    "expect": (_fears_clause, _is_change),
    **dict.fromkeys(("fear", "think", "recall", "worry", "doubt"), (_fears_clause,)),
    **dict.fromkeys(("promise", "pledge", "vow", "threaten"), (_promises,)),
    "find": (_sees_evidence, _counts, _finds),
    "point": (_sees_evidence, _points_to),
    "cite": (_sees_evidence, _cites_evidence),
    **dict.fromkeys(("notice", "spot"), (_sees_evidence, _sees_threat)),
    **dict.fromkeys(("discover", "identify"), (_counts,)),
    **dict.fromkeys(("observe", "detect", "flag"), (_sees_threat,)),
    **dict.fromkeys(("track", "tally", "list"), (_tracks_number,)),
    **dict.fromkeys(("put", "count"), (_puts_number,)),
    **dict.fromkeys(("show", "read", "detail"), (_is_document,)),
}
