"""Sentences of the report itself that state nothing: on the report, its publisher, the market,
and how others take it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from afterpatch.claims.grammar.text import Sentence
from afterpatch.claims.grammar.words import ATTACK, GUARDED, THREATS
from afterpatch.claims.who.mentions import Entity

__all__ = ["is_of_itself", "is_on_topic", "is_scenery", "only_reacts"]

# A report on itself.
_OF_ITSELF = re.compile(
    r"(?:in )?(?:this|our|the present|the following) (?:\w+ )?(?:report|post|note|article|paper|"
    r"brief|"
    r"briefing|explainer|analysis|series|story|page|section|study|advisory|blog|guide|timeline)s?\b"
    r"(?!['’])(?:,? (?:we|i))?(?: \w+ly)? (?:compar|describ|examin|look|explain|cover|summari|set|"
    r"outlin|"
    r"discuss|present|review|trac|explor|provid|offer|detail|focus|is\b|was\b|will\b|draws?\b|"
    r"deal|ask|"
    r"consider|collect|take)",
    re.IGNORECASE,
)
# A live page on its own end.
_OF_THE_PAGE = re.compile(
    r"(?:we(?:['’]re| are)|that['’]s|this is) (?:now )?"
    r"(?:closing|pausing|wrapping|all (?:from us|for))\b",
    re.IGNORECASE,
)
# What a firm tells of itself at the foot of its page.
_ABOUT_US = re.compile(
    r"(?:[\w.&’'-]+ ){1,5}?(?:protects|serves|employs|advises|secures|supports|helps|defends|"
    r"specialises in|specializes in|has offices in|is (?:headquartered|a (?:leading|global|"
    r"trusted))|"
    r"was founded)\b",
    re.IGNORECASE,
)
# How the market took it.
_MARKET = re.compile(
    r"^(?:the )?(?:[\w.&’']+ ){0,4}?(?:shares|stocks?)\b(?: \w+){0,6}? (?:\w+ly )?(?:close[ds]?|"
    r"fell|falls?|rose|rises?|slid|slipped|dropped|drops?|gained|lost|climbed|jumped|tumbled|"
    r"plunged|dipped|sank|surged|ended|edged|shed|traded|were|was|are|is) "
    r"|^(?:the )?(?:[\w.&’']+ ){0,3}?(?:dollar|euro|yen|bitcoin|index|dow|nasdaq) (?:\w+ly )?(?:"
    r"closed|fell|rose|slid|slipped|dropped|gained|lost|climbed|jumped|ended|edged)\b",
    re.IGNORECASE,
)
# A title that promises an explanation.
_ASKING = re.compile(
    r"(?:^|[:–—-] )(?:what|how|why|who|where|when|inside|everything|all you|here['’]s|explained)\b",
    re.IGNORECASE,
)
# Somebody reacts: how, another sentence tells.
_REACTS = re.compile(
    r"\b(?:weigh(?:s|ed) in|react(?:s|ed)|(?:has|have|had|now) (?:responded|answered|replied|"
    r"spoken)|"
    r"(?:gone|went|goes|going) (?:even |much |(?:a|one) step )?further|dropped (?:a|the|another) "
    r"bombshell|broke the (?:news|story)|first (?:reported|revealed) (?:on |by |the |it )|"
    r"sounds? (?:all too |only too )?familiar|questions? (?:follow|remain|"
    r"arise|linger)s?\b|(?:tell|tells|told) (?:a|another) (?:\w+ "
    r"){0,2}(?:"
    r"story|tale)|(?:is|was|are|were|has been|have been|remains?) (?:\w+ )?(?:"
    r"careful|cautious|blunt|blunter|guarded|outspoken|unequivocal|vague|coy|divided|split)|blame "
    r"game|"
    r"(?:took|takes|taken|chose) (?:a|another|the) (?:\w+ )?(?:path|route|line|view|tack|approach)|"
    r"not (?:everyone|everybody|all) (?:\w+ )?(?:agrees?|convinced|persuaded)|begs? to differ|"
    r"(?:agrees?|agreed|concur(?:s|red)?|disagree[sd]?|demur(?:s|red)?)(?=\.?$)|"
    r"(?:strikes|struck) (?:a|another) (?:\w+ )?(?:tone|note)|paints? a|"
    r"followed suit|chim(?:es|ed) in|quick to (?:respond|answer|react)|had (?:its|his|her) say|"
    r"(?:opinions?|views?|accounts?|experts?) (?:\w+ ){0,3}(?:differ|diverge)\b|"
    r"(?:answer|response|reply|reaction) was not long|(?:hit|hits|fired|struck) back (?:with|in|"
    r"hard|angrily|at once)|chose (?:other|different|softer|stronger|its|careful) (?:\w+ )?words?|"
    r"(?:did|has|have|had|would) not (?:confirm or deny|(?:receive|received) an? (?:reply|answer|"
    r"response))|declined to (?:give|provide|offer|share)|never (?:\w+ )?confirmed|"
    r"joined the chorus|broke (?:its|his|her) silence|not alone)\b",
    re.IGNORECASE,
)


def is_of_itself(sentence: Sentence) -> bool:
    """`This report describes how C`."""
    return any(told.match(sentence.text) for told in (_OF_ITSELF, _OF_THE_PAGE))


def is_scenery(sentence: Sentence, of_itself: bool) -> bool:
    """`Shares fell`, `What we know`; on a page that speaks of itself also `X protects firms`."""
    if sentence.headline and _ASKING.search(sentence.text):
        return True
    about_us = of_itself and _ABOUT_US.match(sentence.text)
    return bool(about_us or _MARKET.search(sentence.text))


def only_reacts(sentence: Sentence) -> bool:
    """`Beijing has now responded`."""
    return len(sentence.tokens) < 16 and _REACTS.search(sentence.text) is not None


def is_on_topic(sentence: Sentence, entities: Sequence[Entity]) -> bool:
    """Whether a sentence of the report itself speaks of an attack, of who is in it, or of what it
    befell; scenery and transitions state nothing that a ledger compares."""
    about = ATTACK | THREATS | GUARDED
    return bool(entities) or any(t.low in about or t.tag == "NUM" for t in sentence.tokens)
