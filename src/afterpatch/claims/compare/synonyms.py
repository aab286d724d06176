"""Words as reports are compared by them: without their endings, one for all of a meaning."""

from __future__ import annotations

import re
from functools import lru_cache

from afterpatch.claims.grammar.words import word_set

__all__ = ["COMMONPLACE", "content_words", "stem", "words_of"]

_STOP = word_set(
    "the a an of in on at by for from with to and or but that which who whom whose is are was were "
    "be been being am has have had having do does did it its this these those there their they "
    "them he she his her him we our us you your as if than then so not no nor also said says say "
    "saying told tell tells added adds will would could can may might must should shall into about "
    "over after before during when while where what how all any some more most other another such "
    "only just very still now one own out up off down again further because since until between "
    "according statement report reports reported"
)
# Words that reports put for one another, the first for all: those of nearly every attack, others.
_OF_ATTACKS = (
    "attack hack breach intrusion break-in cyberattack cyber-attack compromise assault raid hit "
    "strike incursion penetrate infiltrate",
    "vulnerability flaw bug hole weakness zero-day gap loophole",
    "organization organisation company firm business enterprise entity institution body",
    "government govt administration cabinet",
    "accuse blame allege pin",
    "espionage spying spy surveillance snooping snoop eavesdrop",
    "steal stole stolen theft exfiltrate siphon loot take took taken",
    "hacker attacker intruder cybercriminal operator culprit perpetrator actor",
    "email e-mail mail mailbox inbox message",
    "data information file document record",
    "patch fix update",
    "deny reject dismiss refute denial rejection",
    "accusation allegation claim charge",
    "country nation",
    "investigate probe inquiry investigation",
    "customer client user subscriber",
    "broad wide wider broader comprehensive far-reaching",
    "likely probably probable presumably",
    "acquire obtain acquisition get got gain",
    "behavior behaviour conduct pattern",
    "defense defence",
    "carry conduct launch mount perpetrate commit stage",
    "mastermind orchestrate direct order",
    "group gang crew outfit collective",
    "link tie connect associate",
    "money cash fund ransom",
    "shut close halt stop suspend",
    "begin began start",
    "computer machine device system endpoint",
    "server installation instance",
    "enable allow let permit",
    "network infrastructure",
    "warn caution alert",
    "official officer",
    "large-scale massive vast huge large sweeping",
    "back sponsor support",
)  # fmt: skip
_OF_ALL = (
    "erase wipe delete",
    "malware malicious",
    "evidence proof",
    "weak thin poor",
    "notice spot detect discover find found see seen",
    "sign indication trace hint clue",
    "program software application tool",
    "password login credential",
    "online internet web",
    "lawmaker legislator parliamentarian mp deputy",
    "hospital clinic",
    "electricity power",
    "fuel petrol gasoline gas",
    "worker employee staff personnel",
    "boss chief head leader",
    "harm damage hurt impair",
    "fear afraid worry",
    "publish publication release",
    "plant install drop place put",
    "tamper alter change modify manipulate rig",
    "turn switch",
    "phone telephone",
    "earlier previously before prior",
    "pay paid payment",
    "remain stay still",
    "demand ask request require",
    "spread distribute deliver",
    "disguise pose masquerade",
    "aim mean meant intend design",
    "lose loss lost",
    "refuse decline",
    "arrest detain",
    "expel oust",
    "restore recover repair",
)  # fmt: skip
_IRREGULAR = {
    "said": "say", "began": "begin", "stole": "steal", "stolen": "steal", "taken": "take",
    "took": "take", "broke": "break", "broken": "break", "found": "find", "gave": "give",
    "given": "give", "went": "go", "gone": "go", "hit": "hit", "sent": "send", "spent": "spend",
    "wrote": "write", "written": "write", "knew": "know", "known": "know", "held": "hold",
    "led": "lead", "left": "leave", "lost": "lose", "paid": "pay", "saw": "see", "seen": "see",
    "men": "man", "women": "woman", "people": "person", "countries": "country", "agencies":
    "agency", "denies": "deny", "denied": "deny", "spies": "spy", "spied": "spy",
    "companies": "company", "businesses": "business", "vulnerabilities": "vulnerability",
}  # fmt: skip


def _bare(word: str) -> str:
    """A word without its commonest endings."""
    word = _IRREGULAR.get(word, word)
    word = word.removesuffix("'s").removesuffix("’s")
    for end, put in (("ies", "y"), ("ied", "y"), ("ing", ""), ("ed", ""), ("es", ""), ("s", "")):
        if word.endswith(end) and len(word) > len(end) + 3 and not word.endswith("ss"):
            word = word[: -len(end)] + put
            break
    return word.removesuffix("e") if len(word) > 4 else word


_FOR = {
    _bare(word): _bare(row.split()[0]) for row in (*_OF_ALL, *_OF_ATTACKS) for word in row.split()
}
# What nearly every report on an attack says: it tells no two events apart.
COMMONPLACE = frozenset(
    _FOR.get(_bare(w), _bare(w))
    for w in [
        *_STOP,
        *(w for row in _OF_ATTACKS for w in row.split()),
        *word_set(
            "cyber security minister ministry agency spokesman spokeswoman spokesperson state "
            "national foreign president secretary department service services intelligence "
            "military malware software access web online internet day week month year monday "
            "tuesday wednesday thursday friday saturday sunday january february march april may "
            "june july august september october november december public private global world "
            "western european american british united states kingdom union new time people "
            "million thousand hundred number campaign activity operation threat victim target "
            "researcher analyst expert source responsible evidence confidence china chinese "
            "beijing russia russian moscow kremlin iran iranian tehran korea korean north "
            "washington london microsoft google exchange outlook windows office online"
        ),
    ]
)


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """A lower-case word without its ending, and the one that stands for those of its meaning."""
    bare = _bare(word)
    return _FOR.get(bare, bare)


def words_of(text: str) -> list[str]:
    """The words of a text in lower case; a number is one word, and so is a sign of money."""
    return _WORD.findall(text.lower().replace("’", "'"))


_WORD = re.compile(r"\d+(?:[.,\u00a0\u202f]\d+)*|[$€£¥%]|[\w'-]+")


@lru_cache(maxsize=20_000)
def content_words(text: str) -> frozenset[str]:
    """What a text is about: its words without those that every sentence has."""
    found = words_of(text)
    found += [
        part
        for word in found
        if "-" in word and _bare(word) not in _FOR
        for part in word.split("-")
    ]
    return frozenset(stem(w) for w in found if w not in _STOP and (len(w) > 2 or w.isdigit()))
