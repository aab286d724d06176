"""What reports state, as words that can be compared: sentences of claims, and which are alike."""

from __future__ import annotations

import difflib
import math
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import combinations

from msgspec import Struct

from afterpatch.claims.grammar.words import word_set
from afterpatch.claims.schema import Claim

__all__ = [
    "COMMONPLACE",
    "Pair",
    "Statement",
    "alike",
    "content_words",
    "culprit",
    "statements",
    "stem",
    "words_of",
]

NEAR = 0.85  # ratio of equal words in order, from which two sentences are one with changes
ALIKE = 0.36  # shared content and half the ratio of equal words, from which statements are alike
IN_ORDER = 0.5  # how much the order of the words counts in that
LEAST = 3  # content words that alike statements share
ELSEWHERE = 40  # stands for the statements of other reports: a word of all at hand is not in all
COMMON = 60  # sentences that may share a word which still tells something
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
            "washington london"
        ),
    ]
)


def stem(word: str) -> str:
    """A lower-case word without its ending, and the one that stands for those of its meaning."""
    bare = _bare(word)
    return _FOR.get(bare, bare)


def words_of(text: str) -> list[str]:
    """The words of a text in lower case."""
    return re.findall(r"[\w'’-]+", text.lower().replace("’", "'"))


def content_words(text: str) -> frozenset[str]:
    """What a text is about: its words without those that every sentence has."""
    found = set()
    for word in words_of(text):
        for part in (
            {word, *word.split("-")} if "-" in word and stem(word) == _bare(word) else {word}
        ):
            if part not in _STOP and (len(part) > 2 or part.isdigit()):
                found.add(stem(part))
    return frozenset(found)


def culprit(claim: Claim) -> str | None:
    """The group in ATT&CK that a claim is about, else the state."""
    if claim.actor is None:
        return None
    return claim.actor.attack_group.id if claim.actor.attack_group else claim.actor.state


class Statement(Struct, frozen=True):
    """A sentence of one report with the claims that are made in it."""

    doc: str
    start: int
    text: str
    words: tuple[str, ...]
    content: frozenset[str]
    claims: tuple[Claim, ...]

    @property
    def title(self) -> bool:
        """Whether it is the headline of its report."""
        return self.claims[0].salience == "headline"


class Pair(Struct, frozen=True):
    """Two statements in like words: the ratio of equal words in order, and the share of content
    words that both have among those that either has, each weighed by how seldom it is."""

    one: Statement
    other: Statement
    ratio: float
    overlap: float

    @property
    def near(self) -> bool:
        """Whether it is one sentence, at most with a few words changed."""
        return self.ratio >= NEAR

    @property
    def likeness(self) -> float:
        """How alike the two are in content and its order: `ALIKE` to 1.5."""
        return self.overlap + IN_ORDER * self.ratio

    @property
    def requoted(self) -> bool:
        """Whether one has as a quotation what the other tells in its own words."""
        one, other = ({c.quote_type for c in s.claims} for s in (self.one, self.other))
        return "direct" in one ^ other

    @property
    def apart(self) -> bool:
        """Whether the two name other figures or other culprits: then they are of other things."""
        for a, b in (
            (_numbers(self.one.text), _numbers(self.other.text)),
            tuple(set(filter(None, map(culprit, s.claims))) for s in (self.one, self.other)),
        ):
            if a and b and not a & b:
                return True
        return False


def _numbers(text: str) -> set[str]:
    """The figures of a sentence as written, without years and times."""
    return set(re.findall(r"(?<![\w-])(?!(?:19|20)\d\d\b)\d[\d,.]*(?<=\d)", text)) | set(
        re.findall(r"\b(?:t(?:wo|hree|en|wenty|hirty)|four|five|six|seven|eight|nine|dozens?|"
                   r"hundreds?|thousands?)\b", text.lower())
    )  # fmt: skip


def statements(claims: Sequence[Claim]) -> list[Statement]:
    """The sentences of these claims, each once, in their order. Who says it is no content."""
    spans: dict[tuple[str, int], list[Claim]] = defaultdict(list)
    for claim in claims:
        spans[claim.doc_key, claim.span.start].append(claim)
    return [
        Statement(
            doc, start, own[0].span.text, tuple(words_of(own[0].span.text)),
            content_words(_without_speakers(own)), tuple(own),
        )
        for (doc, start), own in spans.items()
    ]  # fmt: skip


def _without_speakers(claims: Sequence[Claim]) -> str:
    text, start = claims[0].span.text, claims[0].span.start
    for claim in claims:
        if claim.speaker.start is None or claim.speaker.end is None:
            continue
        a, b = claim.speaker.start - start, claim.speaker.end - start
        if 0 <= a < b <= len(text):
            text = text[:a] + " " * (b - a) + text[b:]
    return text


def alike(told: Sequence[Statement]) -> Iterator[Pair]:
    """Pairs of sentences of different reports that may say the same: with nearly the same words in
    order, or with enough of the same content in like order. Titles are like everything below them
    and are compared word for word alone."""
    index: dict[str, list[int]] = defaultdict(list)
    for number, statement in enumerate(told):
        for word in statement.content:
            index[word].append(number)
    total = len(told) + ELSEWHERE
    weight = {word: math.log(total / (len(own) + 0.5)) for word, own in index.items()}
    heavy = [sum(weight[word] for word in sorted(s.content)) for s in told]
    shared: dict[tuple[int, int], float] = defaultdict(float)
    for word, numbers in sorted(index.items()):
        if len(numbers) > COMMON:
            continue
        for a, b in combinations(numbers, 2):
            shared[a, b] += weight[word]
    for (a, b), both in sorted(shared.items()):
        one, other = told[a], told[b]
        overlap = both / max(heavy[a] + heavy[b] - both, 1e-9)
        common = len(one.content & other.content)
        if one.doc == other.doc or overlap < ALIKE - IN_ORDER or common < LEAST:
            continue
        ratio = difflib.SequenceMatcher(None, one.words, other.words, autojunk=False).ratio()
        like = overlap + IN_ORDER * ratio >= ALIKE and not one.title and not other.title
        if ratio >= NEAR or like:
            yield Pair(one, other, ratio, overlap)
