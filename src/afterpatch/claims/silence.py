"""When a sentence states nothing: questions, conditions, invitations, and refusals to speak."""

from __future__ import annotations

import re

from afterpatch.claims.syntax import Span
from afterpatch.claims.text import Sentence

__all__ = ["CONDITION", "is_irrealis", "refuses"]


_TELL = (
    r"(?:comment|say|said|answer|respond|reply|return|name|identify|attribute|discuss|elaborate|"
    r"speculate|specify|disclose|reveal|detail|address|be (?:drawn|named|identified|quoted))"
)
_REFUSES = re.compile(
    rf"\b(?:declin\w+|refus\w+) to {_TELL}\b"
    r"|\b(?:would|did|do|does|has|have)(?: not|n['’]t) (?:immediately |yet )?(?:comment|respond|"
    r"reply|return|name|identify|elaborate|answer|discuss|address)(?:ed)?\b"
    r"|\b(?:would|will|wo)(?: not|n['’]t) (?:confirm|say|be drawn|go into|give|speak|speculate)\b"
    r"|\b(?:has|have|had|did|do|does)(?: not|n['’]t|not) (?:\w+ly |yet |itself |so far )*"
    r"(?:attribute|blame|accuse|identif|assign|apportion)\w*\b"
    r"|\b(?:nobody|no one|none)\b[^,;]{0,50}\b(?:would|wanted to) (?:say|comment|confirm|speak)\b"
    r"|\bnever (?:publicly )?(?:said|told|revealed|explained|commented|named)\b"
    r"|\b(?:declin|refus|hesitat|reluctan)\w+ to (?:confirm|deny|rule|accuse|blame|point|pin|lay|"
    r"assign|apportion|call)\b"
    r"|\b(?:did|do|does|has|have|would)(?: not|n['’]t) (?:say|said|specify|specified|disclose|"
    r"give|reveal)\b(?= (?:\w+ly )?(?:which|who|whether|how|why|when|what|where|if)\b)"
    r"|\b(?:would|did|could) neither\b[^,;]*|\b(?:refer|defer)(?:s|"
    r"red) (?:[\w’']+ ){0,2}?(?:questions|"
    r"comment|reporters|journalists|requests|inquiries|enquiries)\b|\b(?:has|have|"
    r"had) yet to (?:comment|respond|reply|"
    r"answer|react)\b"
    r"|\b(?:said|says?) nothing\b|\bmet with silence\b|\bwould not be drawn\b|\bstop(?:ped|ping|"
    r"s)? short of\b|\bnot go (?:so|as|that) far\b"
    r"|\bcould not (?:immediately |independently )?(?:be reached|reach|verify)\b"
    r"|\b(?:kept|keeps?|keeping|remain\w*|stay\w*) (?:silent|quiet|mum|tight-lipped)\b"
    r"|\bwithout naming\b|\b(?:gave|giv\w+|offer\w*|provid\w+) no (?:further )?(?:details?|"
    r"comment)\b"
    r"|\bneither (?:confirm\w*|den\w+) nor (?:den|confirm)\w+"
    rf"|\bneither (?:[\w’']+ ){{1,8}}?(?:would|has|have|had|did) (?:{_TELL}|commented|replied|"
    r"responded|answered)\b|\bneither (?:\w+ ){1,3}(?:commented|replied|"
    r"responded|answered)\b"
    r"|\b(?:not (?:immediately )?(?:available|reachable)|unavailable) for comment\b"
    r"|\bno (?:immediate )?(?:comment|response)\b"
    r"|\b(?:wish|prefer|cho[os]|opt|elect)\w* not to\b|\b(?:did|do|does)(?: not|"
    r"n['’]t) (?:wish|want"
    rf"|care) to {_TELL}\b|\bnever (?:\w+ )?(?:said|uttered|commented|spoken|mentioned|addressed)\b"
    r"|\b(?:had|has|have) nothing to (?:say|add)\b"
    r"|\b(?:asked|approached|contacted|reached out to|emailed)\b[^,;]{1,60}\b(?:for (?:a |an )?"
    r"(?:comment|statement|response|reply|reaction)|to comment)\b",
    re.IGNORECASE,
)
CONDITION = re.compile(
    r"^[\"“]?(?:if|had|were|unless|suppose|supposing|should|imagine|assuming|whether|provided "
    r"that|what if|in case|whether or not|without (?:the|a|an|this|that|those|"
    r"these)\b[^,]*\b(?:would|"
    r"could|might)|let(?: us|['’]s) (?:suppose|assume|imagine))\b",
    re.IGNORECASE,
)
_OPEN = re.compile(
    r"^(?:how|why|who|what|which|where|when)\b.*\b(?:is|are|remains?) (?:still )?(?:unclear|"
    r"unknown|"
    r"uncertain|not (?:yet )?(?:known|clear)|being (?:examined|investigated|established|studied)|"
    r"under investigation|an open question|a mystery|anyone['’]s guess|to be seen)\b",
    re.IGNORECASE,
)
_ASKED = re.compile(r"^[\"“‘][^\"”]*\?[\"”’] (?:[\w’' -]{1,40} )?(?:asked|asks|wondered)\b[^,]*$")
_ORDER = re.compile(
    r"^(?:please|subscribe|follow|read|click|see|sign|share|join|watch|download|visit|contact|"
    r"learn|check|enable|get|try|donate|reach|email|tell us|thanks?|enter|register|log in|fill in|"
    r"type|pick|add your|scroll|tap|leave your|listen|send us|drop us|"
    r"thank you|find out|make sure|stay with|good (?:morning|afternoon|evening)|welcome|here(?: is|"
    r"['’]s) (?:what|how|why|everything|all)|for (?:media|press|more|further)|"
    r"(?:support|book|request|become|stay|block|apply|install|reset|rotate|review|search|hunt|look|"
    r"patch|update|upgrade|isolate|disable|remove|restrict|monitor|scan|change|turn|ensure|keep|"
    r"avoid|treat|talk) (?:every|off|on|for|to|that|an?|our|your|the|all|any|us|"
    r"local|"
    r"independent|tuned|safe|updated)|"
    r"accept|posted|published|updated|tags?|by)\b",
    re.IGNORECASE,
)


def refuses(sentence: Sentence) -> Span | None:
    """Where somebody says that nothing is said, in tokens."""
    found = _REFUSES.search(sentence.text)
    if found is None:
        return None
    first, end = sentence.start + found.start(), sentence.start + found.end()
    inside = [t.i for t in sentence.tokens if first <= t.start < end]
    return (inside[0], inside[-1] + 1) if inside else None


def is_irrealis(sentence: Sentence) -> bool:
    """Whether the sentence asks, supposes or invites, and so states nothing."""
    text = sentence.text
    if text.rstrip("\"”'’»)] ").endswith("?") or _ASKED.search(text):
        return True
    if CONDITION.match(text) or _OPEN.match(text):
        return True
    return _ORDER.match(text) is not None and len(sentence.tokens) < 16
