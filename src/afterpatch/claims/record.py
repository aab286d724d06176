"""A claim before and after its slices are cut from the text: the draft, and the record of it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec

from afterpatch.claims.frames.attribution import Attribution as Frame
from afterpatch.claims.grammar.syntax import Span
from afterpatch.claims.grammar.text import Sentence
from afterpatch.claims.page.layout import flat
from afterpatch.claims.schema import (
    BLAMING,
    ActorRef,
    Attribution,
    Claim,
    Confidence,
    Document,
    Hedge,
    Quantity,
    Slice,
    Speaker,
    Stance,
)
from afterpatch.claims.stance import figures
from afterpatch.claims.who.mentions import Mention

__all__ = ["Draft", "Recorder", "kind_of"]

_CONFIDENCE: tuple[tuple[str, Confidence], ...] = (
    ("confidence-statement", "confident"), ("estimative", "likely"),
    ("evidential-belief", "believed"), ("evidential-hearsay", "reported"),
)  # fmt: skip


_NAMED_ATTACK = re.compile(
    r"\b([A-Z][A-Za-z]+(?: [A-Z][A-Za-z]+)?) (?:hack|attack|breach|intrusion|heist|leak|outage)\b"
)


_THE_ATTACK = re.compile(
    r"\b(?:the|this) (?:\w+ ){0,2}?(?:cyber-?attacks?|attacks?|hacks?|hacking|breach|incident|"
    r"campaign|"
    r"intrusions?|vulnerabilit(?:y|ies)|flaws?)\b",
    re.IGNORECASE,
)


class Draft(msgspec.Struct):
    """A claim before its slices are cut; spans in tokens of its sentence."""

    speaker: Speaker
    stance: Stance
    actor: Mention | None
    content: Span | None
    sentence: Sentence
    quoted: list[Span]
    attribution: Attribution | None = None
    note: str | None = None
    quantities: tuple[Quantity, ...] | None = None
    actor_by: str = "in-span"
    actor_in: Sentence | None = None  # where the actor is named, if before
    told: Span | None = None


class Recorder:
    """Cuts the records of one document. `ties` are the states of named groups, as the page tells
    them; `on_exchange` is whether it speaks of Microsoft Exchange."""

    def __init__(self, document: Document, ties: Mapping[str, str], on_exchange: bool) -> None:
        self.document = document
        self.text = document.text
        self.smooth = flat(document.text)
        self.published = document.published.iso if document.published else None
        self.ties = ties
        self.on_exchange = on_exchange

    def _slice(self, start: int, end: int) -> Slice:
        return Slice(start, end, self.text[start:end])

    def span(self, sentence: Sentence, span: Span) -> Slice:
        """The text of some tokens of a sentence."""
        words = sentence.tokens
        return self._slice(words[span[0]].start, words[max(span[1] - 1, span[0])].end)

    def finished(self, draft: Draft) -> Claim:
        """The record of a draft."""
        if draft.content is not None and draft.content[0] >= draft.content[1]:
            draft.content = None  # a sentence that breaks off
        sentence, text = draft.sentence, self.smooth
        whole = self._slice(sentence.start, sentence.end)
        content = self.span(sentence, draft.content) if draft.content else None
        reach = content or whole
        within = text[reach.start : reach.end]
        speaker = self._cut(draft.speaker)
        hedges = self._hedges(sentence, speaker, draft)
        quoted = self._quoted(draft)
        counted = draft.quantities
        if counted is None:
            counted = tuple(figures.quantities(within, reach.start))
        # how many were hit and who they are may stand apart
        estimates = bool(counted) and draft.stance == "estimates"
        where = (sentence.text, sentence.start) if estimates else (within, reach.start)
        actor = self._actor(draft)
        claim_id = hashlib.sha256(
            "\0".join((
                self.document.sha256, str(whole.start), str(whole.end),
                str(content and (content.start, content.end)), speaker.norm, str(speaker.start),
                draft.stance, str(actor and (actor.start, actor.norm)),
                str([(q.start, q.end) for q in counted]),
            )).encode()
        ).hexdigest()[:16]  # fmt: skip
        return Claim(
            id=f"c-{claim_id}",
            doc=self.document.file,
            doc_key=self.document.key,
            span=whole,
            content=content,
            speaker=speaker,
            stance=draft.stance,
            actor=actor,
            target=figures.targets(*where),
            vulnerability=figures.vulnerability(within, reach.start),
            quantity=tuple(self._figure(q) for q in counted),
            date=tuple(figures.dates(within, reach.start, self.published)),
            hedge=tuple(hedges),
            confidence=_confidence(hedges),
            quote_type=_quote_type(draft, quoted),
            quoted=tuple(quoted),
            evidence_basis=figures.bases(sentence.text, sentence.start),
            technique_hint=figures.techniques(within),
            event=self._event(sentence),
            attribution=draft.attribution,
            salience="headline" if sentence.headline else "major",
            note=draft.note,
        )

    def _event(self, sentence: Sentence) -> str | None:
        """Which attack is meant, as a label to join claims by: one that the sentence names, or that
        of a report on Exchange where the sentence points to it. None where it points to none."""
        named = _NAMED_ATTACK.search(sentence.text)
        if named is not None and named[1] not in ("Exchange", "Microsoft"):
            return re.sub(r"[^a-z0-9]+", "-", named[1].lower()).strip("-")
        meant = "Exchange" in sentence.text or _THE_ATTACK.search(sentence.text)
        return "microsoft-exchange" if self.on_exchange and meant else None

    def _cut(self, speaker: Speaker) -> Speaker:
        if speaker.start is None or speaker.end is None:
            return speaker
        return msgspec.structs.replace(speaker, text=self.text[speaker.start : speaker.end])

    def _figure(self, quantity: Quantity) -> Quantity:
        return msgspec.structs.replace(quantity, text=self.text[quantity.start : quantity.end])

    def _hedges(self, sentence: Sentence, speaker: Speaker, draft: Draft) -> list[Hedge]:
        """The hedges of the claim's own part of the sentence: not those of another's content."""
        found = figures.hedges(sentence.text, sentence.start, speaker.government)
        if draft.content is None:
            return found
        words = sentence.tokens
        own, told = (
            range(words[a].start, words[b - 1].end)
            for a, b in (draft.content, draft.told or draft.content)
        )
        said = speaker.end or -1
        return [
            h
            for h in found
            if h.start in own
            or sentence.text[h.end - sentence.start : own.start - sentence.start].strip().lower()
            in ("", "that")  # it is likely that C
            or speaker.type == "unspecified"
            or (said >= 0 and abs(h.start - said) < 40 and h.start not in told)
        ]

    def _quoted(self, draft: Draft) -> list[Slice]:
        words = draft.sentence.tokens
        found = []
        for a, b in draft.quoted:
            if draft.content is not None and not (a < draft.content[1] and draft.content[0] < b):
                continue
            first = a + 1 if words[a].quote else a
            last = b - 2 if words[b - 1].quote else b - 1
            if last >= first:
                found.append(self._slice(words[first].start, words[last].end))
        return found

    def _actor(self, draft: Draft) -> ActorRef | None:
        mention = draft.actor
        if mention is None:
            return None
        state = mention.state
        if mention.kind == "group" and state is None:
            state = self.ties.get(mention.norm)
            if state is None and mention.group is not None:
                state = self.ties.get(mention.group.id)
        place = self.span(draft.actor_in or draft.sentence, mention.span)
        norm = mention.norm
        if mention.kind == "threat" and draft.actor_by == "in-span":
            norm = re.sub(r"^(?:the|a|an) ", "", flat(place.text), flags=re.IGNORECASE)
        return ActorRef(
            norm, draft.actor_by, place.start, place.end, place.text,  # type: ignore[arg-type]
            mention.group, state, mention.nexus,
        )  # fmt: skip


_KINDS: dict[str, Attribution] = {
    **dict.fromkeys(
        ("government", "government-agency", "intergovernmental", "government-group", "official"),
        "official policy",
    ),
    "anonymous": "unofficial policy",
    **dict.fromkeys(("company", "organization"), "technical"),
}


_LAYING = ("accuse", "attribute", "blame", "charge", "suspect", "name", "describe")


def kind_of(
    frame: Frame | None, speaker: Speaker, stance: Stance, actor: Mention | None
) -> Attribution | None:
    """The European Repository of Cyber Incidents' four kinds of attribution; None of a statement
    that lays nothing at anybody's door, as a denial or a demand."""
    laid = actor is not None and frame is not None and frame.kind in _LAYING
    if stance not in BLAMING and not (stance == "assesses" and laid):
        return None
    if frame is not None and frame.kind == "charge":
        return "legal"
    return _KINDS.get(speaker.type)


def _confidence(hedges: Sequence[Hedge]) -> Confidence:
    """How sure a speaker is of what is said, by the surest class of the hedges.

    What is doubted or only left open (`it is unlikely that C`, `X cannot rule out C`) has the least
    of the five, `reported`: C is spoken of, and nobody vouches for it. The hedge tells which."""
    if any(figures.is_doubt(h.text) for h in hedges):
        return "reported"
    classes = {h.class_ for h in hedges}
    return next((c for name, c in _CONFIDENCE if name in classes), "asserted")


def _quote_type(draft: Draft, quoted: Sequence[Slice]) -> Literal["direct", "partial", "indirect"]:
    """Whether all, some or nothing of the content stands in quotation marks."""
    if not quoted:
        return "indirect"
    direct = draft.content is not None and any(
        a <= draft.content[0] and draft.content[1] <= b for a, b in draft.quoted
    )
    return "direct" if direct else "partial"
