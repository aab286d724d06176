"""A document's claims: each sentence's frames as one record per speaker, actor, proposition.

What no one else says in a sentence of the report, the report says. A question, a condition and a
refusal to speak give nothing.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence

import msgspec

from afterpatch.claims import figures
from afterpatch.claims.accused import accused_by
from afterpatch.claims.attribution import Attribution, is_finite, quotations
from afterpatch.claims.frames import attributions
from afterpatch.claims.layout import Layout, flat
from afterpatch.claims.mentions import Entity, Mention, actors_in, entities_in
from afterpatch.claims.schema import (
    ActorRef,
    Claim,
    Confidence,
    Document,
    Hedge,
    Nexus,
    Quantity,
    Slice,
    Speaker,
    Stance,
)
from afterpatch.claims.schema import Attribution as AttributionType
from afterpatch.claims.silence import is_irrealis, refuses
from afterpatch.claims.speakers import Memory, narrator, speakers, unspecified
from afterpatch.claims.stance import acts, stance_of_said
from afterpatch.claims.syntax import Span, Syntax
from afterpatch.claims.telling import stance_of_telling
from afterpatch.claims.text import Sentence, sentences
from afterpatch.claims.words import ATTACK, DOCUMENTS, GUARDED, PEOPLE, THREATS

__all__ = ["claims_of", "sentences_of"]

_OF_ACTORS = ("accuses", "attributes")
_AT_ONCE = 128  # sentences parsed before the watch over this process hears of it again
_CONFIDENCE: tuple[tuple[str, Confidence], ...] = (
    ("confidence-statement", "confident"), ("estimative", "likely"),
    ("evidential-belief", "believed"), ("evidential-hearsay", "reported"),
)  # fmt: skip


# The time of day that an entry of a live page opens with.
_CLOCK = re.compile(
    r"\s*(?:(?:[01]?\d|2[0-3])[.:h][0-5]\d(?: ?[ap]\.?m\.?)?|(?:1[0-2]|[1-9]) ?[ap]\.?m\.?)"
    r"(?: ?\(?(?:GMT|UTC|[BCEMPW]E?[SD]?T)\b\)?)?\s*[:|–—-]?\s+(?=[\"“A-Z])"
)


def sentences_of(
    text: str, layout: Layout, step: Callable[[int], None] = lambda _offset: None
) -> list[Sentence]:
    """The sentences of title and report, in the order of the page."""
    smooth = flat(text)
    found: list[Sentence] = []
    for line in layout.lines:
        if line.kind not in ("body", "title"):
            continue
        opened = False
        step(line.start)
        clock = _CLOCK.match(smooth, line.start, line.end)
        first = clock.end() if clock is not None else line.start
        for start, end in sentences(smooth, first, line.end):
            one_line = re.sub(r"\s", " ", smooth[start:end])
            sentence = Sentence(one_line, start, headline=line.kind == "title")
            sentence.inside = sentence.inside or opened
            opened = _left_open(sentence, opened)
            found.append(sentence)
    return found


def _left_open(sentence: Sentence, opened: bool) -> bool:
    for token in sentence.tokens:
        if token.quote:
            opened = token.side == "open" or (token.side == "either" and not opened)
    return opened


_BESIDE = re.compile(
    r", (?:affecting|hitting|compromising|infecting|breaching|impacting|exposing|leaving|"
    r"which (?:affected|hit|compromised))\b"
)


_NAMED_ATTACK = re.compile(
    r"\b([A-Z][A-Za-z]+(?: [A-Z][A-Za-z]+)?) (?:hack|attack|breach|intrusion|heist|leak|outage)\b"
)


_THE_ATTACK = re.compile(
    r"\b(?:the|this) (?:\w+ ){0,2}?(?:cyber-?attacks?|attacks?|hacks?|hacking|breach|incident|"
    r"campaign|"
    r"intrusions?|vulnerabilit(?:y|ies)|flaws?)\b",
    re.IGNORECASE,
)


class _Draft(msgspec.Struct):
    """A claim before its slices are cut; spans in tokens of its sentence."""

    speaker: Speaker
    stance: Stance
    actor: Mention | None
    content: Span | None
    sentence: Sentence
    quoted: list[Span]
    attribution: AttributionType | None = None
    note: str | None = None
    quantities: tuple[Quantity, ...] | None = None
    actor_by: str = "in-span"


class _Page:
    """One document while it is read from top to bottom."""

    def __init__(
        self, document: Document, layout: Layout, syntax: Syntax, step: Callable[[int], None]
    ) -> None:
        self.document = document
        self.step = step
        self.text = document.text
        self.smooth = flat(document.text)
        self.published = document.published.iso if document.published else None
        self.syntax = syntax
        self.memory = Memory()
        house = document.wire_credit.norm if document.wire_credit else None
        name = document.publisher.norm if document.publisher else document.site
        self.narrator = narrator(f"{name or 'publisher'} / {house} copy" if house else name)
        self.sentences = sentences_of(document.text, layout, step)
        # whether the page speaks of its publisher as `we`, as a vendor's or a ministry's does
        own = [s for s in self.sentences if any(t.low in ("we", "our") for t in s.tokens)]
        self.of_itself = len(own) > 1
        self.on_exchange = any(figures.targets(s.text, s.start) for s in self.sentences)
        self.numbers = {id(s): i for i, s in enumerate(self.sentences)}
        self.entities: list[list[Entity]] = []
        self.last_actor: Mention | None = None
        self.last_actor_at: Sentence | None = None
        self.quoting: Speaker | None = None
        self.ties: dict[str, tuple[str | None, Nexus]] = {}

    def claims(self) -> Iterator[Claim]:
        """All claims of the page, in order of their sentences."""
        for at in range(0, len(self.sentences), _AT_ONCE):
            self.step(self.sentences[at].start)
            self.syntax.read(self.sentences[at : at + _AT_ONCE])
        frames = []
        for sentence in self.sentences:
            self.step(sentence.start)
            self.entities.append(entities_in(sentence.tokens, sentence.text, sentence.start))
            frames.append(attributions(sentence, self.syntax))
        self._learn_ties()
        drafts: list[_Draft] = []
        for number, sentence in enumerate(self.sentences):
            self.step(sentence.start)
            made = self._sentence(number, sentence, frames)
            drafts += made
            self._remember(number, sentence, made)
        seen: set[str] = set()
        for draft in drafts:
            self.step(draft.sentence.start)
            claim = self._finished(draft)
            if claim.id not in seen:
                seen.add(claim.id)
                yield claim

    def _learn_ties(self) -> None:
        """What the page itself says of a named group's tie to a state."""
        for sentence, entities in zip(self.sentences, self.entities, strict=True):
            self.step(sentence.start)
            for mention in actors_in(sentence.tokens, entities):
                if mention.kind == "group" and mention.state and mention.norm not in self.ties:
                    self.ties[mention.norm] = (mention.state, mention.nexus)

    # ------------------------------------------------------------ a sentence

    def _sentence(
        self, number: int, sentence: Sentence, frames: Sequence[list[Attribution]]
    ) -> list[_Draft]:
        quoted = quotations(sentence)
        own = frames[number]
        if not sentence.tokens or _OF_ITSELF.match(sentence.text):
            return []
        carried = self._carried(number, sentence, frames, quoted)
        if carried is not None and not own:
            if sentence.text.rstrip("\"”'’») ").endswith("?"):
                return []
            return self._said(sentence, carried, (0, len(sentence.tokens)), quoted, None)
        refusal = refuses(sentence)
        if refusal is not None:
            own = [frame for frame in own if _stands_beside(sentence, frame, refusal)]
        drafts: list[_Draft] = []
        supposed = is_irrealis(sentence)
        for frame in own:
            if supposed and not self._asserted(sentence, frame):
                continue
            made = self._framed(sentence, number, frame, own, quoted)
            for draft in made:
                self.memory.heard(draft.speaker)  # he, later in the sentence
            drafts += made
        if drafts:
            for draft in drafts:
                if draft.speaker.type not in ("narrator", "unspecified") and (
                    any(b - a > 3 for a, b in quoted) or self._quoted_next(number)
                ):
                    self.quoting = draft.speaker
            beside = self._beside(sentence, own)
            if beside:
                for draft in drafts:
                    draft.quantities = ()
            return drafts + beside
        if (
            refusal is not None
            or any(self._only_said(sentence, frame) for frame in own)
            or is_irrealis(sentence)
            or any(
                f.content is None and f.by == "verb"
                for f in own
                if not f.passive and f.kind == "say"
            )
        ):
            return []
        return self._narrated(sentence, number)

    def _quoted_next(self, number: int) -> bool:
        """Whether the next sentence of the same paragraph is nothing but a quotation."""
        if number + 1 >= len(self.sentences):
            return False
        after, before = self.sentences[number + 1], self.sentences[number]
        marks = after.tokens[:1] and after.tokens[0].quote and after.text.rstrip()[-1:] in '"”»'
        return bool(marks) and "\n" not in self.text[before.end : after.start]

    def _only_said(self, sentence: Sentence, frame: Attribution) -> bool:
        """Whether a sentence is hardly more than what somebody says, so that the report says none
        of it."""
        if frame.kind not in _TOLD or frame.content is None or frame.passive:
            return False
        return 2 * (frame.content[1] - frame.content[0]) >= len(sentence.tokens)

    def _carried(
        self,
        number: int,
        sentence: Sentence,
        frames: Sequence[list[Attribution]],
        quoted: Sequence[Span],
    ) -> Speaker | None:
        """Who speaks in a sentence that is all quotation: as in the one before or after."""
        words = sentence.tokens
        covered = sum(b - a for a, b in quoted)
        whole = covered >= len(words) - 1 and covered > 0
        if not whole:
            return None
        opens = not sentence.inside
        closed = words[-1].quote or (len(words) > 1 and words[-2].quote)
        if not closed:  # the quotation goes on: whoever is named at its end
            for later in range(number + 1, min(number + 8, len(self.sentences))):
                if not self.sentences[later].inside:
                    break
                source = next((f.source for f in frames[later] if f.source), None)
                if source is not None:
                    found = speakers(
                        self.sentences[later], source, self.entities[later], self.memory
                    )
                    return msgspec.structs.replace(found[0], resolved_by="context")
        if self.quoting is not None and (opens or sentence.inside):
            return msgspec.structs.replace(self.quoting, resolved_by="context")
        return None

    def _framed(
        self,
        sentence: Sentence,
        number: int,
        frame: Attribution,
        own: Sequence[Attribution],
        quoted: list[Span],
    ) -> list[_Draft]:
        entities = self.entities[number]
        told: list[Speaker]
        if any(_passes_on(frame, other, sentence, entities) for other in own):
            return []
        if frame.by == "we" and frame.source is not None:
            told = [self._ourselves(sentence, frame.source)]
        elif frame.source is not None:
            told = speakers(sentence, frame.source, entities, self.memory)
            if (meant := self._meant_here(sentence, frame.source)) is not None:
                told = [meant]
            named = self.document.publisher.norm if self.document.publisher else None
            hears = (
                frame.lemma == "understand" and frame.content and frame.content[0] < frame.cue[0]
            )
            told = [self.narrator if hears or s.norm == named else s for s in told]
            relay = _relay(sentence, frame, own, entities)
            if relay is not None:
                place = self._span(sentence, relay)
                name = speakers(sentence, relay, entities, self.memory)[0].norm
                told = [msgspec.structs.replace(s, relay=name, relay_span=place) for s in told]
            for other in own:
                # what somebody else lays at a door within the content is theirs
                if other.source is not None and other.source != frame.source and (
                    other.kind in ("attribute", "accuse", "blame", "charge")
                    and frame.content is not None
                    and frame.content[0] < other.source[0] < other.cue[0] < frame.content[1]
                ):  # fmt: skip
                    entities = [e for e in entities if e.span[0] < other.source[0]]
            if frame.content is not None and frame.content[0] <= frame.source[0]:
                # a frame in the midst of its content: who speaks is not spoken of
                entities = [
                    e for e in entities if not frame.source[0] <= e.span[0] < frame.source[1]
                ]
        else:
            why = "headline passive" if sentence.headline else "agentless passive"
            cue = sentence.tokens[frame.cue[1] - 1].low
            told = [unspecified(why if not frame.evidential else f'"is {cue}"')]
        behind = frame.content is not None and frame.content[0] < frame.cue[0]
        if not behind and any(s.type == "other" and s.norm.lower() == "it" for s in told):
            return []  # nobody that the page names
        drafts: list[_Draft] = []
        if frame.by == "measure":
            return [
                _Draft(speaker, "announces", None, frame.content, sentence, quoted)
                for speaker in told
                if frame.passive
                or speaker.government is not None
                or speaker.type in ("government", "government-agency", "intergovernmental")
            ]
        if frame.kind in ("say", "tell", "believe", "estimate", "announce") or (
            frame.kind == "suspect" and frame.passive
        ):
            if frame.content is None:
                self.quoting = told[0]
                return []
            if self._nested(sentence, frame, own):
                return []
            for speaker in told:
                drafts += self._said(sentence, speaker, frame.content, quoted, frame, entities)
            return drafts
        if self._nested(sentence, frame, own):
            return []
        decided = accused_by(sentence, frame, entities)
        if decided is None:
            return []
        stance, actors, content = decided
        for speaker in told:
            if stance == "denies" and not actors and frame.source is not None:
                actors = _self(speaker, entities)
            for actor in actors or (None,):
                drafts.append(_Draft(speaker, stance, actor, content, sentence, quoted,
                                     attribution=_kind_of(frame, speaker),
                                     note=_earlier(sentence, stance)))  # fmt: skip
        return drafts

    def _meant_here(self, sentence: Sentence, source: Span) -> Speaker | None:
        """Whom `he` or `she` means where the sentence has named its subject before."""
        words = sentence.tokens
        verb = next((t for t in words if is_finite(t)), None)
        if source[1] - source[0] > 1 or words[source[0]].low not in ("he", "she"):
            return None
        named = self.syntax.subject(sentence, verb.i) if verb is not None else None
        if named is None or named[1] > source[0] or any(t.quote for t in words[: named[1]]):
            return None
        found = speakers(sentence, named, self.entities[self._number(sentence)], self.memory)[0]
        if found.type not in ("person", "official") or words[named[0]].tag == "PRON":
            return None
        place = self._span(sentence, source)
        return msgspec.structs.replace(
            found, resolved_by="coreference", start=place.start, end=place.end, text=place.text
        )

    def _ourselves(self, sentence: Sentence, we: Span) -> Speaker:
        """Who publishes the page, where the page speaks of itself in the first person."""
        place = self._span(sentence, we)
        name = self.narrator.norm.removesuffix(" (publisher)")
        return Speaker(
            name, "organization", "context", start=place.start, end=place.end, text=place.text
        )

    def _asserted(self, sentence: Sentence, frame: Attribution) -> bool:
        """Whether a frame of a question or condition is stated all the same: `If …, X said`."""
        comma = next((t.i for t in sentence.tokens if t.text == ","), None)
        saying = frame.kind in ("say", "tell", "believe", "deny", "announce")
        first = frame.source[0] if frame.source is not None else 0
        if first and sentence.tokens[first - 1].low == "as":
            return False  # if C, as X reported, it is so
        return saying and comma is not None and frame.cue[0] > comma and not frame.passive

    def _nested(self, sentence: Sentence, frame: Attribution, own: Sequence[Attribution]) -> bool:
        """Whether another frame's content holds this whole frame: then it is the other's."""
        entities = self.entities[self._number(sentence)]
        for other in own:
            if other is frame or other.content is None or other.by == "measure":
                continue
            if _passes_on(other, frame, sentence, entities):
                continue
            held = other.content[0] <= frame.cue[0] and frame.cue[1] <= other.content[1]
            said = other.source is not None and other.kind in ("say", "tell", "believe", "announce")
            if held and other.evidential and other.object == frame.source:
                return True  # is said to have demanded
            if (
                held and frame.passive and (other.evidential or (frame.source is None and said))
            ):  # believed to be linked to; said the attack was attributed to
                return True
            if frame.source is None:
                continue
            he = sentence.tokens[frame.source[0]].tag == "PRON"
            if other.kind not in ("say", "tell", "believe", "announce", "demand") or (
                other.kind == "demand" and not (he and frame.source[0] == other.content[0])
            ):
                continue
            first, end = other.content
            if (
                other.source == frame.source
                and 0 <= frame.cue[0] - other.cue[1] <= 2
                and (first <= frame.cue[0] < end)
            ):
                return True  # reported having found
            inside = first <= frame.source[0] and frame.cue[1] <= end
            if inside and (
                frame.lemma == "identify" or (frame.content is not None and frame.content[1] <= end)
            ):
                return True
        return False

    def _said(
        self,
        sentence: Sentence,
        speaker: Speaker,
        content: Span,
        quoted: list[Span],
        frame: Attribution | None,
        entities: Sequence[Entity] | None = None,
    ) -> list[_Draft]:
        if entities is None:
            entities = self.entities[self._number(sentence)]
        decided = stance_of_said(sentence, content, speaker, frame, entities)
        if decided is None:
            return []
        stance, actors, content = decided
        return [
            _Draft(speaker, stance, actor, content, sentence, quoted,
                   attribution=_kind_of(frame, speaker) if stance in _OF_ACTORS else None)
            for actor in actors or (None,)
        ]  # fmt: skip

    def _number(self, sentence: Sentence) -> int:
        return self.numbers[id(sentence)]

    def _beside(
        self,
        sentence: Sentence,
        own: Sequence[Attribution],
    ) -> list[_Draft]:
        """A figure in a participle behind an accusation is the report's: `…, affecting 30,000`."""
        if any(f.kind not in ("accuse", "blame", "attribute") for f in own):
            return []
        match = _BESIDE.search(sentence.text)
        if match is None:
            return []
        counted = [
            q for q in figures.quantities(sentence.text, sentence.start)
            if q.start >= sentence.start + match.start()
        ]  # fmt: skip
        if not counted:
            return []
        return [
            _Draft(self.narrator, "estimates", None, None, sentence, [],
                   quantities=tuple(counted[:1]),
                   note="a participle of the accusation: the figure is the publisher's")
        ]  # fmt: skip

    def _narrated(self, sentence: Sentence, number: int) -> list[_Draft]:
        entities = self.entities[number]
        counted = figures.quantities(sentence.text, sentence.start)
        counted = [
            q
            for q in counted
            if not (q.bound == "exact" and q.value < 5 and q.unit in ("person", "group"))
            and not (q.bound == "exact" and q.value < 20 and q.unit == "country")
        ]
        decided = stance_of_telling(sentence, entities, counted)
        if decided is None or (sentence.headline and decided[0] not in _OF_ACTORS):
            return []
        if _MARKET.search(sentence.text) or (self.of_itself and _ABOUT_US.match(sentence.text)):
            return []
        if sentence.headline and _ASKING.search(sentence.text):
            return []
        stance, actors, speaker = decided
        ours = next((t.i for t in sentence.tokens[:12] if t.low == "we"), None)
        own = ours is not None and self.of_itself and acts(sentence.text)
        if stance == "asserts" and not actors and not own and not _on_topic(sentence, entities):
            return []
        if stance == "asserts" and len(sentence.tokens) < 16 and _REACTS.search(sentence.text):
            return []  # what the reaction is, another sentence tells
        told = self.narrator if speaker is None else unspecified(speaker)
        if ours is not None and speaker is None and self.of_itself:
            told = self._ourselves(sentence, (ours, ours + 1))
        if stance == "estimates" and len(counted) > 1:
            counted = [q for q in counted if q.value >= 5 or q.bound != "exact"] or counted[:1]
            return [
                _Draft(told, stance, None, None, sentence, [], quantities=(q,)) for q in counted
            ]
        if own and stance == "asserts":
            return [_Draft(told, "announces", None, None, sentence, [])]
        by = "in-span"
        if not actors and speaker is None and stance == "asserts":
            actors = self._meant_by_they(number, sentence)
            by = "coreference"
        return [
            _Draft(told, stance, actor, None, sentence, [], actor_by=by)
            for actor in actors or (None,)
        ]

    def _meant_by_they(self, number: int, sentence: Sentence) -> list[Mention]:
        """The crew of the sentence before, where this one begins with `they`."""
        last = self.last_actor
        if sentence.tokens[0].low != "they" or last is None or self.last_actor_at is None:
            return []
        if number - self._number(self.last_actor_at) > 1:
            return []
        return [Mention(last.kind, (0, 1), 0, last.norm, last.state, last.nexus, last.group)]

    def _remember(self, number: int, sentence: Sentence, made: Sequence[_Draft]) -> None:
        words, entities = sentence.tokens, self.entities[number]
        named_here: list[Speaker] = []
        for entity in entities:
            if entity.kind == "state":
                self.memory.states.append((entity.state or "", entity.norm))
                type_ = entity.type
            elif entity.kind in ("organ", "house"):
                type_ = "government-agency" if entity.kind == "organ" else entity.type
            else:
                continue
            norm = f"{entity.norm} ({entity.state})" if entity.kind == "organ" else entity.norm
            named_here.append(Speaker(norm, type_, "in-span", government=entity.state))  # type: ignore[arg-type]
        # Who is named first is the likeliest to be meant by the next sentence's pronoun; who has
        # spoken is likelier still.
        told = [d.speaker for d in made if d.speaker.start is not None]
        if not told and (spoken_of := self._subject_named(sentence, entities)) is not None:
            told = [spoken_of]
        for speaker in [*reversed(named_here), *told]:
            self.memory.heard(speaker)
        actors = [
            d.actor for d in made if d.actor is not None and d.actor.kind in ("group", "threat")
        ]
        named = actors or [m for m in actors_in(words, entities) if m.kind in ("group", "threat")]
        if named:
            self.last_actor, self.last_actor_at = named[-1], sentence

    def _subject_named(self, sentence: Sentence, entities: Sequence[Entity]) -> Speaker | None:
        """Whom a sentence of the report speaks of: `he`, `she` or `it` in the next."""
        verb = next((t for t in sentence.tokens if is_finite(t)), None)
        source = self.syntax.subject(sentence, verb.i) if verb is not None else None
        if source is None or source[0] > 1:
            return None
        run = sentence.tokens[slice(*source)]
        if run[-1].low in DOCUMENTS | PEOPLE:
            return speakers(sentence, source, entities, self.memory)[0]
        if source[0] > 0 or not any(t.tag == "P" or t.low in _HOUSES for t in run):
            return None
        named = speakers(sentence, source, entities, self.memory)[0]
        single = named.type in ("person", "official") and " " not in named.norm
        return None if single or named.type in ("other", "anonymous") else named

    # ------------------------------------------------------------ the record

    def _slice(self, start: int, end: int) -> Slice:
        return Slice(start, end, self.text[start:end])

    def _span(self, sentence: Sentence, span: Span) -> Slice:
        words = sentence.tokens
        return self._slice(words[span[0]].start, words[max(span[1] - 1, span[0])].end)

    def _finished(self, draft: _Draft) -> Claim:
        if draft.content is not None and draft.content[0] >= draft.content[1]:
            draft.content = None  # a sentence that breaks off
        sentence, text = draft.sentence, self.smooth
        whole = self._slice(sentence.start, sentence.end)
        content = self._span(sentence, draft.content) if draft.content else None
        reach = content or whole
        within = text[reach.start : reach.end]
        speaker = self._cut(draft.speaker)
        hedges = self._hedges(sentence, speaker, draft)
        quoted = self._quoted(draft)
        if draft.quantities is not None:
            counted = draft.quantities
        else:
            counted = tuple(figures.quantities(within, reach.start))
        quote_type = "indirect"
        if quoted:
            direct = draft.content is not None and any(
                a <= draft.content[0] and draft.content[1] <= b for a, b in draft.quoted
            )
            quote_type = "direct" if direct else "partial"
        actor = self._actor(draft)
        basis = figures.bases(sentence.text, sentence.start)
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
            target=figures.targets(within, reach.start)
            if not counted or draft.stance != "estimates"
            else figures.targets(sentence.text, sentence.start),
            vulnerability=figures.vulnerability(within, reach.start),
            quantity=tuple(self._figure(q) for q in counted),
            date=tuple(figures.dates(within, reach.start, self.published)),
            hedge=tuple(hedges),
            confidence=_confidence(hedges),
            quote_type=quote_type,  # type: ignore[arg-type]
            quoted=tuple(quoted),
            evidence_basis=basis,
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

    def _hedges(self, sentence: Sentence, speaker: Speaker, draft: _Draft) -> list[Hedge]:
        """The hedges of the claim's own part of the sentence: not those of another's content."""
        found = figures.hedges(sentence.text, sentence.start, speaker.government)
        if draft.content is None:
            return found
        words = sentence.tokens
        first, end = words[draft.content[0]].start, words[draft.content[1] - 1].end
        said = speaker.end or -1
        return [
            h
            for h in found
            if first <= h.start < end
            or speaker.type == "unspecified"
            or (said >= 0 and abs(h.start - said) < 40)
        ]

    def _quoted(self, draft: _Draft) -> list[Slice]:
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

    def _actor(self, draft: _Draft) -> ActorRef | None:
        mention = draft.actor
        if mention is None:
            return None
        words = draft.sentence.tokens
        state, nexus = mention.state, mention.nexus
        if mention.kind == "group" and state is None and mention.norm in self.ties:
            state = self.ties[mention.norm][0]
        span = mention.span
        if span[1] > len(words):
            return None
        place = self._span(draft.sentence, span)
        norm = mention.norm
        if mention.kind == "threat" and draft.actor_by == "in-span":
            norm = re.sub(r"^(?:the|a|an) ", "", flat(place.text), flags=re.IGNORECASE)
        return ActorRef(
            norm, draft.actor_by, place.start, place.end, place.text,  # type: ignore[arg-type]
            mention.group, state, nexus,
        )  # fmt: skip


_TOLD = ("say", "tell", "believe", "estimate", "announce")
_PRONOUNS = frozenset(("it", "he", "she", "they", "we", "i", "you", "this", "that"))


def _passes_on(
    outer: Attribution, inner: Attribution, sentence: Sentence, entities: Sequence[Entity]
) -> bool:
    """Whether a frame only passes on what another speaker says: `X said C, Reuters reported`.

    So it is where the outer one is a newsroom, or stands behind what it tells, as a source does.
    """
    words = sentence.tokens
    if outer is inner or outer.content is None or outer.source is None or inner.source is None:
        return False
    if inner.passive or outer.kind not in ("say", "tell") or inner.kind not in _TOLD:
        return False
    first, end = outer.content
    if not (first <= min(inner.source[0], inner.cue[0]) and inner.cue[1] <= end):
        return False
    reach = inner.content or (inner.cue[1], end)
    if 2 * (min(reach[1], end) - max(reach[0], first)) < end - first:
        return False
    named = words[inner.source[0] : inner.source[1]]
    if named[0].low in _PRONOUNS or any(t.low in THREATS for t in named):
        return False
    behind = outer.by == "phrase" or outer.source[0] >= end
    return behind or any(
        e.kind == "house" and e.type == "media" and _within(e.span, outer.source) for e in entities
    )


def _within(inner: Span, outer: Span) -> bool:
    return outer[0] <= inner[0] < outer[1]


def _relay(
    sentence: Sentence,
    frame: Attribution,
    own: Sequence[Attribution],
    entities: Sequence[Entity],
) -> Span | None:
    """Who passes on what somebody says: `told the BBC`, `said C, Reuters reported`."""
    for other in own:
        if _passes_on(other, frame, sentence, entities):
            return other.source
    if frame.kind != "tell":
        return None
    end = frame.cue[1]
    told = (e for e in entities if e.kind == "house" and e.type == "media")
    return next((e.span for e in told if end <= e.span[0] <= end + 2), None)


def _self(speaker: Speaker, entities: Sequence[Entity]) -> list[Mention]:
    """The state that denies for itself, where the sentence names it: at the denial or before."""
    if speaker.government is None or speaker.type == "narrator":
        return []
    named = [
        e for e in entities
        if e.kind in ("state", "demonym") and e.state == speaker.government
    ]  # fmt: skip
    if not named:
        return []
    name = f"{named[0].norm} (state)"
    return [Mention("state", named[0].span, named[0].span[0], name, speaker.government, "state")]


def _stands_beside(sentence: Sentence, frame: Attribution, refusal: Span) -> bool:
    """Whether a frame says something all the same: `said X, who declined to be named`."""
    first, end = refusal
    words = sentence.tokens
    if end < len(words) and words[end].tag in ("WH", "SUB", "ADV"):
        while end < len(words) and words[end].text not in (",", ";") and words[end].low != "but":
            end += 1  # have not said who they think did it
    if first - 1 <= frame.cue[0] <= end:
        return False
    own = frame.content if frame.kind in _TOLD else None
    whole = own is not None and not any(t.text == "," for t in words[own[0] : first])
    if own is not None and whole and own[0] <= first < own[1] <= end + 1:
        return False  # who came never said, according to X
    return own is None or not (own[0] <= first <= own[0] + 4)


def _on_topic(sentence: Sentence, entities: Sequence[Entity]) -> bool:
    """Whether a sentence of the report itself speaks of an attack, of who is in it, or of what it
    befell; scenery and transitions state nothing that a ledger compares."""
    about = ATTACK | THREATS | GUARDED
    return bool(entities) or any(t.low in about or t.tag == "NUM" for t in sentence.tokens)


# A report on itself, and a title that promises an explanation.
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
_ASKING = re.compile(
    r"(?:^|[:–—-] )(?:what|how|why|who|where|when|inside|everything|all you|here['’]s|explained)\b",
    re.IGNORECASE,
)
_HOUSES = frozenset(
    [
        "court",
        "company",
        "firm",
        "ministry",
        "agency",
        "council",
        "hospital",
        "university",
        "bank",
        "government",
        "report",
    ]
)
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
    r"joined the chorus|broke (?:its|his|her) silence|not alone)\b",
    re.IGNORECASE,
)
_EARLIER = re.compile(
    r"\b(?:previously|in the past|in earlier cases|on earlier occasions|not the first time|"
    r"(?:has|have) (?:always|long|repeatedly)|routinely|consistently|as a rule)\b",
    re.IGNORECASE,
)


def _earlier(sentence: Sentence, stance: Stance) -> str | None:
    """Tells a denial of former charges: it is none of this one."""
    if stance == "denies" and _EARLIER.search(sentence.text):
        return "a denial of earlier accusations, not of this one"
    return None


def _confidence(hedges: Sequence[Hedge]) -> Confidence:
    classes = {h.class_ for h in hedges}
    return next((c for name, c in _CONFIDENCE if name in classes), "asserted")


def _kind_of(frame: Attribution | None, speaker: Speaker) -> AttributionType | None:
    """The European Repository of Cyber Incidents' four kinds of attribution."""
    if frame is not None and frame.kind == "charge":
        return "legal"
    if speaker.type in ("government", "intergovernmental", "government-group", "government-agency"):
        return "official policy"
    if speaker.type == "official":
        return "official policy"
    if speaker.type == "anonymous":
        return "unofficial policy"
    if speaker.type in ("company", "organization"):
        return "technical"
    return None


def claims_of(
    document: Document,
    layout: Layout,
    syntax: Syntax,
    step: Callable[[int], None] = lambda _offset: None,
) -> list[Claim]:
    """The claims of one document in the order of the page; `step` is told each offset before work
    on it begins."""
    return list(_Page(document, layout, syntax, step).claims())
