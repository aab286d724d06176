"""Which states that stand near a crew its own words tie it to, and which only tell where it struck.

`the Russian group X`, `X, run by the GRU`, `hackers in Iran` tell a tie; the place and the owner of
what was attacked tell none: `stolen from the Oslo office by X`, `X, which hit Norway`.
"""

from __future__ import annotations

from collections.abc import Sequence

from afterpatch.claims.grammar.syntax import Span
from afterpatch.claims.grammar.text import Token
from afterpatch.claims.grammar.words import COPULA, THREATS, TIMES, word_set
from afterpatch.claims.who.names import Entity

__all__ = ["is_of_another", "is_premodifier", "leads_on", "tying"]

# Behind which `to`, `by`, `with`, `of`, `for`, `from`, `in` open whose a crew is.
_TIE_HEADS = word_set(
    "linked tied connected affiliated associated aligned allied sponsored backed supported "
    "protected controlled directed ordered commanded steered paid hired funded financed employed "
    "contracted employing working work works worked serving acting acts acted act operating "
    "operates operate operated based located headquartered hosted living lives live sitting sits "
    "run overseen belonging belongs belong belonged attributed traced links link ties tie "
    "connections connection nexus part arm arms wing wings branch division section front behalf "
    "orders instructions directions behest payroll service employ command control direction "
    "request support connect connects originating originated originates origins roots home out "
    "loyal answerable subordinate answers reports close proxy proxies identified"
)
# What a state's name may stand before where the whole still means that state.
_ITS_OWN = word_set(
    "government govt regime state authorities leadership kremlin party ministry directorate bureau "
    "intelligence military service services army agency agencies police guard guards corps command "
    "navy forces leaders rulers spooks soil territory capital interests side payroll orders "
    "instructions directions behest behalf request direction employ control backing support ties "
    "links connections nexus origin origins contractor contractors center centre institute"
)
_CREWS = THREATS | word_set(
    "operation campaign franchise apt nationals national citizens citizen officers officer men man "
    "soldiers hacktivist brand persona front"
)
# What is attacked, where it stands before the attackers: the German parliament hackers.
_ATTACKED = word_set(
    "office offices registry parliament museum hospital hospitals bank school university library "
    "archive port airport embassy consulate grid plant election elections server servers network "
    "networks website websites utility railway court council"
)
# Who they are is told by their victim: Estonia's attackers.
_OF_VICTIMS = word_set(
    "attacker attackers intruder intruders thief thieves adversary adversaries perpetrator "
    "perpetrators aggressor aggressors raiders extortionists cyberattackers"
)
_AGAINST = word_set("focused targeting hating bashing critical wide")
_PART = frozenset(("DET", "ADJ", "N", "P", "POSS", "NUM", "ADV"))


def leads_on(words: Sequence[Token], at: int) -> bool:
    """Whether a preposition before a crew's name goes on with what it is called: `linked to X`,
    `hackers from X`; not the `by` of `taken from the office by X`."""
    if words[at].low not in ("by", "to", "with", "from", "of"):
        return True
    before = words[at - 1].low if at else ""
    crew = before in THREATS and words[at].low in ("from", "of")
    return crew or before in _TIE_HEADS - {"work", "works", "part"}


def is_premodifier(words: Sequence[Token], run: Span) -> bool:
    """Whether only `'s`, `-backed` or a crew's noun stands between a state and a crew's name."""
    return all(
        words[at].tag in ("POSS", "ADJ")
        or words[at].text == "-"
        or words[at - 1].text == "-"
        or words[at].low in _CREWS
        for at in range(*run)
    )


def tying(words: Sequence[Token], near: Sequence[Entity], reach: Span, crew: Span) -> list[Entity]:
    """Those of the names in a crew's noun phrase whose crew it says it is."""
    return [
        e
        for e in near
        if not any(t.tag == "NEG" for t in words[reach[0] : e.span[0]])
        and (_qualifies(words, e, crew) or _governed(words, e, near, crew))
    ]


def _qualifies(words: Sequence[Token], entity: Entity, crew: Span) -> bool:
    """`the Russian hacker group X`, `Russia's X`, `Russia-linked X`, `X, a Russian unit`."""
    at = entity.span[1]
    run: list[Token] = []
    while at < len(words) and at not in range(*crew):
        token = words[at]
        made = token.form == "ing" or (token.tag == "V" and words[at - 1].text == "-")
        if not (token.tag in ("ADJ", "N", "P", "POSS", "NUM") or token.text in "-&" or made):
            break
        run.append(token)
        at += 1
    reached = at in range(*crew)
    nouns = [t for t in run if t.tag in ("N", "P")]
    first = entity.span[0]
    if first > 1 and words[first - 1].text == "-" and words[first - 2].low == "anti":
        return False
    if any(t.low in _ATTACKED for t in nouns) or any(t.low in _AGAINST for t in run[1:2]):
        return False
    owner = next((k for k, t in reversed(list(enumerate(run))) if t.tag == "POSS"), None)
    if owner is not None:
        heads = [t for t in run[owner + 1 :] if t.tag in ("N", "P")]
        head = heads[0] if heads else words[crew[0]] if reached else None
        if head is not None and head.low in _OF_VICTIMS:
            return False
    if any(t.low in _CREWS for t in run):
        return True
    if not reached:
        return bool(nouns) and nouns[-1].low in ("links", "ties", "connections", "origin")
    hyphen = bool(run) and run[0].text == "-"
    return hyphen or not nouns or words[crew[0]].low in _CREWS


def _governed(words: Sequence[Token], entity: Entity, near: Sequence[Entity], crew: Span) -> bool:
    """`X, a crew tied to Russia`, `run by the GRU`, `a crew in Iran`; not `active in Norway`."""
    at = entity.span[0] - 1
    while at >= 0 and (
        (words[at].tag in _PART and words[at].low not in _TIE_HEADS and at not in range(*crew))
        or words[at].text == "-"
        or words[at].quote
        or (words[at].tag == "CC" and any(e.span[1] == at for e in near))
    ):
        at -= 1
    if at < 0 or is_of_another(words, entity, near):
        return False
    governor = words[at]
    if governor.low in COPULA or governor.low in ("under", "serving", "serves", "serve"):
        return True
    if governor.tag != "ADP" and governor.low not in ("to", "of", "for", "by", "in", "from"):
        return governor.low in _TIE_HEADS
    if at and words[at - 1].low == "out":
        at -= 1
    while at > 1 and words[at - 1].tag == "ADV":
        at -= 1
    head = words[at - 1] if at else None
    if head is None:
        return False
    placed = governor.low in ("from", "in", "inside", "of", "around", "on", "with")
    if governor.low == "of" and head.low in _OF_VICTIMS:
        return False
    return head.low in _TIE_HEADS or (placed and (head.low in THREATS or head.i in range(*crew)))


def is_of_another(words: Sequence[Token], entity: Entity, near: Sequence[Entity]) -> bool:
    """Whether a state is only the owner of something else: `in Norway's offices`."""
    at = entity.span[1]
    owns = at < len(words) and words[at].tag == "POSS"
    at += owns
    if not owns and entity.kind == "state" and at < len(words) and words[at].tag != "N":
        return False
    head: Token | None = None
    while at < len(words) and (words[at].tag in ("ADJ", "N", "P") or words[at].text == "-"):
        if any(e.span[0] <= at < e.span[1] and e.kind == "organ" for e in near):
            return False
        head = words[at] if words[at].tag in ("N", "P") else head
        at += 1
    return head is not None and head.low not in _ITS_OWN | _CREWS | TIMES
