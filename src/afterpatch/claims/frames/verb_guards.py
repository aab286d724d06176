"""Where a verb of claiming carries nobody's claim: by what stands around it, and by who speaks."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from afterpatch.claims.frames.attribution import SPOKEN, until_comma
from afterpatch.claims.frames.opening import (
    CULPRITS,
    EVIDENCE,
    Opening,
    called_as,
    is_bare_tie,
    is_passive,
)
from afterpatch.claims.grammar.words import ATTACK, COPULA, OFFICES, PEOPLE, THREATS

__all__ = ["claims_nothing", "speaks_of_nothing"]

_Guard = Callable[[Opening], bool]


def claims_nothing(o: Opening) -> bool:
    """Whether the verb makes no claim, whoever its subject is."""
    needed = _NEEDED.get(o.verb.lemma)
    follows = o.follows
    if o.verb.lemma == "speak":  # speaks only of
        follows = next((t.low for t in o.tokens[o.verb.i + 1 :] if t.tag != "ADV"), "")
    if needed is not None and follows not in needed:
        return True
    own = _OF_VERBS.get(o.verb.lemma, ())
    return any(guard(o) for guard in own) or any(guard(o) for guard in _OF_ALL)


def speaks_of_nothing(o: Opening) -> bool:
    """Whether the verb makes no claim with the source that it has."""
    return any(guard(o) for guard in _OF_SOURCES)


# Verbs that claim only with their particle.
_NEEDED: Mapping[str, tuple[str, ...]] = {
    "speak": ("of",), "rule": ("out",), "brush": ("aside", "off"), "shrug": ("off",),
    "wave": ("away", "off", "aside"), "laugh": ("off",), "scoff": ("at", "that"), "bat": ("away",),
    "appeal": ("to", "for", "directly"), "plead": ("with", "for"),
}  # fmt: skip


# ---------------------------------------------------------------- any verb


def _is_compound(o: Opening) -> bool:
    """`Iran-linked hackers`."""
    before = o.before
    return before is not None and before.text == "-" and before.end == o.verb.start and o.verb.i > 1


def _is_undeniable(o: Opening) -> bool:
    """`there is no denying it`."""
    return o.kind == "deny" and o.before is not None and o.before.low in ("no", "any")


def _is_subject(o: Opening) -> bool:
    """`Blaming A is too easy`."""
    opens = o.verb.form == "ing" and o.verb.i == 0
    return opens and o.kind in ("accuse", "blame", "attribute")


def _is_adjective(o: Opening) -> bool:
    """`its alleged role`."""
    if o.verb.form != "past" or o.group or o.before is None or not o.follows:
        return False
    after = o.tokens[o.verb.i + 1]
    led = o.before.tag in ("DET", "POSS", "ADP", "ADJ", "NUM")
    return led and after.tag in ("N", "P", "ADJ")


def _is_lacking(o: Opening) -> bool:
    """`no evidence linking A to B`."""
    if o.verb.form != "ing" or o.kind != "attribute":
        return False
    lows = [t.low for t in o.tokens[max(0, o.verb.i - 8) : o.verb.i]]
    return not EVIDENCE.isdisjoint(lows[-4:]) and not _NONE.isdisjoint(lows)


_NONE = frozenset(("no", "not", "n't", "any", "little"))


def _is_aside(o: Opening) -> bool:
    """`sums reported by X`, `a man identified as Y`."""
    bare = o.verb.form == "past" and not o.group and o.before is not None
    return bare and o.kind in SPOKEN and o.follows in ("by", "as")


def _is_tie(o: Opening) -> bool:
    """`hackers linked to X`: a tie, told with their name."""
    return is_bare_tie(o) and not o.passive


# Particles that make another verb of a verb of claiming.
_PARTICLES: Mapping[str, tuple[str, ...]] = {
    "call": ("off", "up", "back"), "hold": ("off", "back", "up", "out", "on"),
    "put": ("off", "up", "out", "down", "back", "together"), "write": ("off", "down"),
    "pin": ("down",), "add": ("to", "up"), "count": ("on",), "track": ("down",), "see": ("off",),
    "charge": ("up",),
}  # fmt: skip


def _is_other_verb(o: Opening) -> bool:
    """`called off the talks`, `held off on the update`."""
    return o.follows in _PARTICLES.get(o.verb.lemma, ())


def _is_sought(o: Opening) -> bool:
    """`offers a reward for information linking A to B`: what is sought, nobody claims."""
    sought = o.before is not None and o.before.low in _SOUGHT
    return sought and o.verb.form == "ing" and o.kind == "attribute"


_SOUGHT = ("information", "tips", "clues", "details", "anything")


_OF_ALL: tuple[_Guard, ...] = (
    _is_compound, _is_undeniable, _is_subject, _is_adjective, _is_lacking, _is_aside, _is_tie,
    _is_other_verb, _is_sought,
)  # fmt: skip


# ---------------------------------------------------------------- some verbs


def _is_tank(o: Opening) -> bool:
    """`a think tank`."""
    return o.verb.low == "think" and o.follows in ("tank", "tanks")


def _sees_nobody_behind(o: Opening) -> bool:
    """`sees a risk`; `sees A behind it`, `sees 900 open servers` are claims."""
    return o.kind == "suspect" and "behind" not in o.near(2, 9)


def _is_purpose(o: Opening) -> bool:
    """`promised to put judges there`."""
    return o.before is not None and o.before.tag == "TO"


def _is_confession(o: Opening) -> bool:
    """`claimed responsibility`: told by its noun."""
    return o.follows in ("responsibility", "credit")


def _accepts(o: Opening) -> bool:
    """`accepts the charge`: no denial."""
    return o.kind == "deny" and not any(t.tag == "NEG" for t in o.group)


def _refuses_act(o: Opening) -> bool:
    """`refused to pay`; `refused the accusations` is a claim."""
    return o.follows == "to"


def _is_to_blame(o: Opening) -> bool:
    """`A was to blame`."""
    return o.verb.low == "blame" and any(t.low in COPULA for t in o.group)


def _leads_aside(o: Opening) -> bool:
    """Whether the verb begins its sentence or stands behind a comma."""
    return o.before is None or o.before.text == ","


def _cites_people(o: Opening) -> bool:
    """`X reported, citing officials`."""
    if o.verb.low != "citing" or not _leads_aside(o):
        return False
    who = o.tokens[o.verb.i + 1 : until_comma(o.tokens, o.verb.i + 1)]
    return any(t.low in PEOPLE or t.low in OFFICES for t in who)


def _was_asked(o: Opening) -> bool:
    """`Asked whether C, X said D`."""
    about = o.follows in ("whether", "if", "about", "by", "who", "what")
    return about and o.verb.low == "asked" and _leads_aside(o)


def _tells_apart(o: Opening) -> bool:
    """`firms told to patch`, `tell a different story`, `tell them apart`."""
    return (o.follows == "to" and not o.passive) or not o.near(1, 5).isdisjoint(
        ("story", "tale", "apart")
    )


def _gives_name(o: Opening) -> bool:
    """`Ghostwriter, a group it links to A`: a tie, told with the name."""
    if o.front < 2 or o.tokens[o.front - 1].tag != "PRON":
        return False
    return o.tokens[o.front - 2].tag in ("N", "P")


def _assumes_things(o: Opening) -> bool:
    """`assumed control`; `it is assumed to be A`, `assumes that C` are claims."""
    return o.follows != "that" and not is_passive(o.tokens, o.front, o.verb)


def _likens_nothing(o: Opening) -> bool:
    """`qualifies for help`, `treated the wounded`; `rates it as serious` is a claim."""
    bare = o.verb.form == "ing" and not o.group
    due = any(t.low in ("should", "must", "ought") for t in o.group)
    return bare or due or o.passive or "as" not in o.near(2, 9)


def _affirms_things(o: Opening) -> bool:
    """`affirmed its commitment`; `affirmed that C` is a claim."""
    return not any(t.low == "that" or t.quote for t in o.tokens[o.verb.i + 1 : o.verb.i + 5])


def _is_held(o: Opening) -> bool:
    """`thugs thought to be based in A`."""
    if o.verb.form != "past" or o.group or o.before is None:
        return False
    return o.follows == "to" and o.before.tag in ("N", "P")


def _only_knows(o: Opening) -> bool:
    """`knew that C`: what somebody knows, nobody has said; `is known to C` is a claim."""
    return not o.passive and (o.verb.form != "base" or not o.negated)


def _is_recall(o: Opening) -> bool:
    """`recalled its ambassador`: a measure."""
    return not o.near(1, 5).isdisjoint(("ambassador", "ambassadors", "envoy", "diplomats"))


def _is_call_in(o: Opening) -> bool:
    """`called in the envoy`: a measure."""
    return o.verb.low in ("called", "calls") and o.follows == "in"


def _proposes_that(o: Opening) -> bool:
    """`proposed that C`; `proposed a joint inquiry` is a claim."""
    return o.follows == "that"


_OF_VERBS: Mapping[str, tuple[_Guard, ...]] = {
    "think": (_is_tank, _is_held),
    "see": (_sees_nobody_behind,),
    "put": (_is_purpose,),
    "claim": (_is_confession,),
    "accept": (_accepts,),
    "refuse": (_refuses_act,),
    "blame": (_is_to_blame,),
    "cite": (_cites_people,),
    "ask": (_was_asked,),
    "tell": (_tells_apart,),
    **dict.fromkeys(("link", "tie", "connect"), (_gives_name,)),
    **dict.fromkeys(("presume", "assume", "rumor", "rumour"), (_assumes_things,)),
    **dict.fromkeys(("qualify", "rate", "treat"), (_likens_nothing,)),
    **dict.fromkeys(("affirm", "lament"), (_affirms_things,)),
    **dict.fromkeys(
        ("believe", "say", "understand", "suspect", "estimate", "report"), (_is_held,)
    ),
    "know": (_is_held, _only_knows),
    "recall": (_is_recall,),
    "call": (_is_call_in,),
    "propose": (_proposes_that,),
}  # fmt: skip


# ---------------------------------------------------------------- with its source


def _is_upkeep(o: Opening) -> bool:
    """`we maintain a list`: what we keep up."""
    return o.ours and o.verb.lemma in ("maintain", "understand") and o.follows != "that"


def _is_question(o: Opening) -> bool:
    """`shall we say`."""
    return o.ours and o.source[0] > 0 and o.tokens[o.source[0] - 1].tag == "AUX"


def _is_wish(o: Opening) -> bool:
    """`X would say that C`: nobody has said it."""
    return o.modal and not o.negated and (o.kind in SPOKEN or o.kind == "deny")


def _names_nobody(o: Opening) -> bool:
    """`may name A`, `a group named Y`; `named A as the culprit`, `unmasked A` are claims."""
    if o.kind != "name":
        return False
    if o.modal or any(t.low in THREATS for t in o.tokens[slice(*o.source)]):
        return True
    if o.sentence.headline and o.verb.low == "names" and _names_somebody(o):
        return False
    if o.verb.lemma != "name" or any(t.tag == "AUX" for t in o.group):
        return o.verb.form not in ("past", "third", "base")
    first = next((t.i for t in o.behind[:6] if t.low == "behind"), o.verb.i)
    if any(t.low in THREATS for t in o.tokens[o.verb.i + 1 : first]):
        return False  # names the unit behind C
    culprit = any(t.low == "as" for t in o.behind) and any(t.low in CULPRITS for t in o.behind)
    return not culprit and not called_as(o.behind)


def _names_somebody(o: Opening) -> bool:
    """`Oslo names Belarus in hack of parliament`, `Microsoft names three China-based crews`."""
    named = any(t.upper for t in o.behind[:3])
    whom = next((t.i for t in o.behind[1:7] if t.low in ("in", "over", "behind", "as")), None)
    crew = any(t.low in THREATS for t in o.behind[:6])
    attack = any(t.low in ATTACK for t in o.behind)
    return named and (crew or (whom is not None and attack))


def _writes_a_thing(o: Opening) -> bool:
    """`code that hackers had written before`: what is written stands ahead."""
    if o.verb.lemma != "write" or o.follows in ("that", "of", "on") or o.source[0] < 2:
        return False
    link, ahead = o.tokens[o.source[0] - 1], o.tokens[o.source[0] - 2]
    return link.low in ("that", "which") and ahead.tag == "N"


_OF_SOURCES: tuple[_Guard, ...] = (
    _is_upkeep, _is_question, _is_wish, _names_nobody, _writes_a_thing,
)  # fmt: skip
