"""A document's claims: each sentence's frames as one record per speaker, actor, proposition.

What no one else says in a sentence of the report, the report says. A question, a condition and a
refusal to speak give nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

import msgspec

from afterpatch.claims.charges import Charges
from afterpatch.claims.frames.attribution import SPOKEN, Attribution, is_finite, quotations
from afterpatch.claims.frames.nesting import (
    belongs_to_other,
    clause_ahead,
    is_stated,
    only_said,
    passes_on,
    relay,
    stands_beside,
    statements,
)
from afterpatch.claims.frames.sentence_frames import attributions
from afterpatch.claims.frames.stands import echoing
from afterpatch.claims.grammar.syntax import Span, Syntax
from afterpatch.claims.grammar.text import Sentence, sentences
from afterpatch.claims.grammar.words import DOCUMENTS, PEOPLE, word_set
from afterpatch.claims.page.furniture import BULLET
from afterpatch.claims.page.hidden import visible
from afterpatch.claims.page.layout import Layout, flat
from afterpatch.claims.record import Draft, Recorder, kind_of
from afterpatch.claims.schema import (
    BLAMING,
    NOBODY,
    Claim,
    Document,
    Speaker,
    Stance,
)
from afterpatch.claims.stance import figures
from afterpatch.claims.stance.accused import accused_by
from afterpatch.claims.stance.agents import doers
from afterpatch.claims.stance.of_said import stance_of_said
from afterpatch.claims.stance.scenery import is_of_itself, is_on_topic, is_scenery, only_reacts
from afterpatch.claims.stance.silence import is_irrealis, refuses
from afterpatch.claims.stance.steps import acts
from afterpatch.claims.stance.telling import stance_of_telling
from afterpatch.claims.stance.undecided import links_nobody, said_of_nobody
from afterpatch.claims.who.introductions import as_spelled_out
from afterpatch.claims.who.memory import is_plural
from afterpatch.claims.who.mentions import Entity, Mention, actors_in, entities_in
from afterpatch.claims.who.speakers import Memory, narrator, speakers, unspecified

__all__ = ["claims_of", "sentences_of"]

_AT_ONCE = 128  # sentences parsed before the watch over this process hears of it again
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
        clock = _CLOCK.match(smooth, line.start, line.end) or BULLET.match(
            smooth, line.start, line.end
        )
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


class _Page:
    """One document while it is read from top to bottom."""

    def __init__(
        self, document: Document, layout: Layout, syntax: Syntax, step: Callable[[int], None]
    ) -> None:
        self.document = document
        self.step = step
        self.text = document.text
        self.syntax = syntax
        self.memory = Memory()
        house = document.wire_credit.norm if document.wire_credit else None
        name = document.publisher.norm if document.publisher else document.site
        self.narrator = narrator(f"{name or 'publisher'} / {house} copy" if house else name)
        self.sentences = sentences_of(document.text, layout, step)
        # whether the page speaks of its publisher as `we`, as a vendor's or a ministry's does
        own = [s for s in self.sentences if any(t.low in ("we", "our") for t in s.tokens)]
        self.of_itself = len(own) > 1
        self.numbers = {id(s): i for i, s in enumerate(self.sentences)}
        self.entities: list[list[Entity]] = []
        self.last_actor: tuple[int, Mention] | None = None
        self.quoting: Speaker | None = None
        self.before: Sequence[Draft] = ()  # what the sentence before claims
        self.charges = Charges()
        self.ties: dict[str, str] = {}
        on_exchange = any(figures.targets(s.text, s.start) for s in self.sentences)
        self.recorder = Recorder(document, self.ties, on_exchange)

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
        self.entities = as_spelled_out(self.sentences, self.entities)
        self._learn()
        drafts: list[Draft] = []
        for number, sentence in enumerate(self.sentences):
            self.step(sentence.start)
            made = self._sentence(number, sentence, frames)
            drafts += made
            self._remember(number, sentence, made)
            self.before = made
            self.charges.heard(made)
        seen: set[str] = set()
        for draft in drafts:
            self.step(draft.sentence.start)
            claim = self.recorder.finished(draft)
            if claim.id not in seen:
                seen.add(claim.id)
                yield claim

    def _learn(self) -> None:
        """What the page itself says of a named group's tie to a state, and of who is who.

        Of a group that it ties to two states, another sentence has no tie."""
        told: dict[str, set[str]] = {}
        for sentence, entities in zip(self.sentences, self.entities, strict=True):
            self.step(sentence.start)
            self.memory.learn(sentence, entities)
            for mention in actors_in(sentence.tokens, entities):
                if mention.kind == "group" and mention.state:
                    also = (mention.group.id,) if mention.group is not None else ()
                    for name in (mention.norm, *also):
                        told.setdefault(name, set()).add(mention.state)
        self.ties.update((who, min(states)) for who, states in told.items() if len(states) == 1)

    # ------------------------------------------------------------ a sentence

    def _sentence(
        self, number: int, sentence: Sentence, frames: Sequence[list[Attribution]]
    ) -> list[Draft]:
        """What the sentence's frames claim; what the report itself does, where they claim none."""
        quoted = quotations(sentence)
        own = frames[number]
        if not sentence.tokens or is_of_itself(sentence):
            return []
        if self.before and (echoed := echoing(sentence)) is not None:
            same = self.before[-1].stance
            others = speakers(sentence, echoed, self.entities[number], self.memory)
            if same == self.charges.stance and same in BLAMING:
                return self.charges.joined(sentence, others, None, quoted)
            return [Draft(speaker, same, None, None, sentence, quoted) for speaker in others]
        carried = self._carried(number, sentence, frames, quoted)
        if carried is not None and not own:
            if sentence.text.rstrip("\"”'’») ").endswith("?"):
                return []
            return self._said(sentence, carried, (0, len(sentence.tokens)), quoted, None)
        refusal = refuses(sentence)
        if refusal is not None:
            own = [frame for frame in own if stands_beside(sentence, frame, refusal)]
        drafts: list[Draft] = []
        supposed = is_irrealis(sentence)
        for frame in own:
            if supposed and not is_stated(sentence, frame):
                continue
            made = self._framed(sentence, number, frame, own, quoted)
            for draft in made:
                self.memory.heard(draft.speaker)  # he, later in the sentence
                self.charges.of_whom(draft, self.entities[number])
            drafts += made
        if drafts:
            quotes = any(b - a > 3 for a, b in quoted) or self._quoted_next(number)
            named = [d.speaker for d in drafts if d.speaker.type not in NOBODY]
            if quotes and named:
                self.quoting = named[-1]
            beside = self._beside(sentence, own)
            if beside:
                for draft in drafts:
                    draft.quantities = ()
            ahead = self._ahead(sentence, own, number, drafts) if refusal is None else []
            return ahead + drafts + beside
        announced = any(
            f.kind == "say" and f.by == "verb" and f.content is None and not f.passive for f in own
        )
        told = announced or any(only_said(sentence, frame) for frame in own)
        if refusal is not None or supposed or told:
            return []
        narrated = self._narrated(sentence, number)
        for draft in narrated:
            self.charges.of_whom(draft, self.entities[number])
        return narrated

    def _quoted_next(self, number: int) -> bool:
        """Whether the next sentence of the same paragraph is nothing but a quotation."""
        if number + 1 >= len(self.sentences):
            return False
        after, before = self.sentences[number + 1], self.sentences[number]
        marks = after.tokens[:1] and after.tokens[0].quote and after.text.rstrip()[-1:] in '"”»'
        return bool(marks) and "\n" not in self.text[before.end : after.start]

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
        if covered < len(words) - 1 or not covered:
            return None
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
        if self.quoting is None:
            return None
        return msgspec.structs.replace(self.quoting, resolved_by="context")

    def _framed(
        self,
        sentence: Sentence,
        number: int,
        frame: Attribution,
        own: Sequence[Attribution],
        quoted: list[Span],
    ) -> list[Draft]:
        """The claims of one frame, by each of its speakers."""
        entities = self.entities[number]
        if any(passes_on(frame, other, sentence, entities) for other in own):
            return []
        told = self._who_speaks(sentence, frame, own, entities)
        behind = frame.content is not None and frame.content[0] < frame.cue[0]
        if not behind and any(s.type == "other" and s.norm.lower() == "it" for s in told):
            return []  # nobody that the page names
        if frame.by == "measure":
            return [
                Draft(speaker, "announces", None, frame.content, sentence, quoted)
                for speaker in told
                if frame.passive
                or frame.lemma.startswith(("offer", "open"))
                or speaker.government is not None
                or speaker.type in _STATES
                or (speaker.type in ("official", "person") and frame.lemma != "will")
            ]
        held = frame.kind in SPOKEN or (frame.kind == "suspect" and frame.passive)
        if held and frame.content is None:
            self.quoting = told[0]
            return []
        if belongs_to_other(sentence, frame, own, entities):
            return []
        if frame.lemma == "join":
            return self.charges.joined(sentence, told, frame.content, quoted)
        spoken_of = _spoken_of(frame, own, entities)
        if held and frame.content is not None:
            parts = statements(sentence.tokens, frame.content)
            return [
                draft
                for speaker in told
                for draft in _as_one(
                    [
                        self._said(sentence, speaker, part, quoted, frame, spoken_of)
                        for part in parts
                    ],
                    frame.content,
                )
            ]
        return self._accused(sentence, frame, told, quoted, spoken_of)

    def _who_speaks(
        self,
        sentence: Sentence,
        frame: Attribution,
        own: Sequence[Attribution],
        entities: Sequence[Entity],
    ) -> list[Speaker]:
        """Whom the frame's source means, and who relays them."""
        if frame.source is None:
            why = "headline passive" if sentence.headline else "agentless passive"
            cue = sentence.tokens[frame.cue[1] - 1].low
            return [unspecified(why if not frame.evidential else f'"is {cue}"')]
        if frame.by == "we":
            return [self._ourselves(sentence, frame.source)]
        meant = self._meant_here(sentence, frame.source)
        told = [meant] if meant else speakers(sentence, frame.source, entities, self.memory)
        named = self.document.publisher.norm if self.document.publisher else None
        # C, we understand
        hears = frame.lemma == "understand" and frame.content and frame.content[0] < frame.cue[0]
        told = [self.narrator if hears or s.norm == named else s for s in told]
        by = relay(sentence, frame, own, entities)
        if by is None:
            return told
        place = self.recorder.span(sentence, by)
        name = speakers(sentence, by, entities, self.memory)[0].norm
        return [msgspec.structs.replace(s, relay=name, relay_span=place) for s in told]

    def _accused(
        self,
        sentence: Sentence,
        frame: Attribution,
        told: Sequence[Speaker],
        quoted: list[Span],
        entities: Sequence[Entity],
    ) -> list[Draft]:
        """`X accuses A of C`, `X denies C`."""
        nobody = links_nobody(sentence, frame)
        decided = None if nobody else accused_by(sentence, frame, entities)
        decided = decided or said_of_nobody(sentence, frame, entities)
        if decided is None:
            return []
        stance, actors, content = decided
        drafts: list[Draft] = []
        for speaker in told:
            made = [
                Draft(speaker, stance, actor, content, sentence, quoted,
                      attribution=kind_of(frame, speaker, stance, actor),
                      note=_earlier(sentence, stance))
                for actor in actors or (None,)
            ]  # fmt: skip
            drafts += [self.charges.denied_for(d, entities, frame.source) for d in made]
        for draft in drafts:
            if stance == "denies" and draft.actor is None:  # A and its ally deny it
                draft.actor, draft.actor_by = drafts[0].actor, drafts[0].actor_by
                draft.actor_in = drafts[0].actor_in
        return drafts

    def _meant_here(self, sentence: Sentence, source: Span) -> Speaker | None:
        """Whom `he`, `she` or `they` means where the sentence has named its subject before."""
        words = sentence.tokens
        verb = next((t for t in words if is_finite(t)), None)
        pronoun = words[source[0]].low
        if source[1] - source[0] > 1 or pronoun not in ("he", "she", "they"):
            return None
        named = self.syntax.subject(sentence, verb.i) if verb is not None else None
        if named is None or named[1] > source[0] or any(t.quote for t in words[: named[1]]):
            return None
        found = speakers(sentence, named, self.entities[self._number(sentence)], self.memory)[0]
        single = found.type in ("person", "official")
        fits = single if pronoun != "they" else is_plural(found)
        if not fits or words[named[0]].tag == "PRON":
            return None
        place = self.recorder.span(sentence, source)
        return msgspec.structs.replace(
            found, resolved_by="coreference", start=place.start, end=place.end, text=place.text
        )

    def _ourselves(self, sentence: Sentence, we: Span) -> Speaker:
        """Who publishes the page, where the page speaks of itself in the first person."""
        place = self.recorder.span(sentence, we)
        name = self.narrator.norm.removesuffix(" (publisher)")
        return Speaker(
            name, "organization", "context", start=place.start, end=place.end, text=place.text
        )

    def _said(
        self,
        sentence: Sentence,
        speaker: Speaker,
        content: Span,
        quoted: list[Span],
        frame: Attribution | None,
        entities: Sequence[Entity] | None = None,
    ) -> list[Draft]:
        """`X says C`, and a sentence that is all quotation."""
        if entities is None:
            entities = self.entities[self._number(sentence)]
        decided = stance_of_said(sentence, content, speaker, frame, entities)
        if decided is None:
            return []
        stance, actors, content = decided
        made = [
            Draft(speaker, stance, actor, content, sentence, quoted,
                  attribution=kind_of(frame, speaker, stance, actor),
                  told=frame.content if frame is not None else None)
            for actor in actors or (None,)
        ]  # fmt: skip
        named = self.entities[self._number(sentence)]
        return [self.charges.denied_for(draft, named) for draft in made]

    def _number(self, sentence: Sentence) -> int:
        return self.numbers[id(sentence)]

    def _beside(self, sentence: Sentence, own: Sequence[Attribution]) -> list[Draft]:
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
            Draft(self.narrator, "estimates", None, None, sentence, [],
                  quantities=tuple(counted[:1]),
                  note="a participle of the accusation: the figure is the publisher's")
        ]  # fmt: skip

    def _ahead(
        self, sentence: Sentence, own: Sequence[Attribution], number: int, made: Sequence[Draft]
    ) -> list[Draft]:
        """`The network was down for a week, and X blamed A`: the first clause is the report's."""
        lead = clause_ahead(sentence.tokens, own)
        entities = self.entities[number]
        if lead is None or not is_on_topic(sentence, entities):
            return []
        if any(d.speaker.type in NOBODY for d in made):
            return []
        crews = [m for m in doers(sentence, lead, entities) if m.kind == "group" and m.head < 6]
        stance: Stance = "attributes" if crews else "asserts"
        return [Draft(self.narrator, stance, next(iter(crews), None), None, sentence, [])]

    def _narrated(self, sentence: Sentence, number: int) -> list[Draft]:
        """What the report itself states."""
        entities = self.entities[number]
        counted = figures.quantities(sentence.text, sentence.start)
        counted = [
            q
            for q in counted
            if not (q.bound == "exact" and q.value < 5 and q.unit in ("person", "group"))
            and not (q.bound == "exact" and q.value < 20 and q.unit == "country")
        ]
        decided = stance_of_telling(sentence, entities, counted)
        if decided is None or (sentence.headline and decided[0] not in BLAMING):
            return []
        if is_scenery(sentence, self.of_itself):
            return []
        stance, actors, speaker = decided
        ours = next((t.i for t in sentence.tokens[:12] if t.low == "we"), None)
        own = ours is not None and self.of_itself and acts(sentence.text)
        if stance == "asserts" and not actors and not own and not is_on_topic(sentence, entities):
            return []
        if stance == "asserts" and only_reacts(sentence):
            return []  # what the reaction is, another sentence tells
        told = self.narrator if speaker is None else unspecified(speaker)
        if ours is not None and speaker is None and self.of_itself:
            told = self._ourselves(sentence, (ours, ours + 1))
        if stance == "estimates" and len(counted) > 1:
            counted = [q for q in counted if q.value >= 5 or q.bound != "exact"] or counted[:1]
            return [Draft(told, stance, None, None, sentence, [], quantities=(q,)) for q in counted]
        if own and stance == "asserts":
            return [Draft(told, "announces", None, None, sentence, [])]
        by = "in-span"
        if not actors and speaker is None and stance == "asserts":
            actors = self._meant_by_they(number, sentence)
            by = "coreference"
        return [
            Draft(told, stance, actor, None, sentence, [], actor_by=by)
            for actor in actors or (None,)
        ]

    def _meant_by_they(self, number: int, sentence: Sentence) -> list[Mention]:
        """The crew of the sentence before, where this one begins with `they`."""
        if self.last_actor is None or sentence.tokens[0].low != "they":
            return []
        at, last = self.last_actor
        if number - at > 1:
            return []
        return [Mention(last.kind, (0, 1), 0, last.norm, last.state, last.nexus, last.group)]

    def _remember(self, number: int, sentence: Sentence, made: Sequence[Draft]) -> None:
        """Whom the next sentences may mean by `he`, `it`, `they`."""
        words, entities = sentence.tokens, self.entities[number]
        named_here: list[Speaker] = []
        self.memory.met(sentence, entities)
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
            told = [msgspec.structs.replace(spoken_of, start=None)]
        for speaker in [*reversed(named_here), *told]:
            self.memory.heard(speaker)
        actors = [
            d.actor for d in made if d.actor is not None and d.actor.kind in ("group", "threat")
        ]
        named = actors or [m for m in actors_in(words, entities) if m.kind in ("group", "threat")]
        if named:
            self.last_actor = (number, named[-1])

    def _subject_named(self, sentence: Sentence, entities: Sequence[Entity]) -> Speaker | None:
        """Whom a sentence of the report speaks of: `he`, `she` or `it` in the next."""
        verb = next((t for t in sentence.tokens if is_finite(t)), None)
        source = self.syntax.subject(sentence, verb.i) if verb is not None else None
        if source is None or source[0] > 1:
            return None
        run = sentence.tokens[slice(*source)]
        if not run:
            return None
        if run[-1].low in DOCUMENTS | PEOPLE:
            return speakers(sentence, source, entities, self.memory)[0]
        if source[0] > 0 or not any(t.tag == "P" or t.low in _HOUSES for t in run):
            return None
        named = speakers(sentence, source, entities, self.memory)[0]
        single = named.type in ("person", "official") and " " not in named.norm
        return None if single or named.type in ("other", "anonymous") else named


_STATES = ("government", "government-agency", "intergovernmental")


def _as_one(parts: Sequence[list[Draft]], content: Span) -> list[Draft]:
    """The claims of `that A and that B`: one where both do the same of nobody, else one each."""
    made = [draft for part in parts for draft in part]
    alike = len({draft.stance for draft in made}) == 1 and not any(d.actor for d in made)
    if len(parts) > 1 and alike:
        made[0].content = content
        return made[:1]
    return made


def _spoken_of(
    frame: Attribution, own: Sequence[Attribution], entities: Sequence[Entity]
) -> Sequence[Entity]:
    """Whom a frame can speak of: not who speaks, nor whom somebody else accuses within it."""
    source, content = frame.source, frame.content
    if source is None or content is None or frame.by == "we":
        return entities
    for other in own:
        # what somebody else lays at a door within the content is theirs
        if other.source is not None and other.source != source and (
            other.kind in ("attribute", "accuse", "blame", "charge")
            and content[0] < other.source[0] < other.cue[0] < content[1]
        ):  # fmt: skip
            entities = [e for e in entities if e.span[0] < other.source[0]]
    if content[0] <= source[0]:
        # a frame in the midst of its content: who speaks is not spoken of
        entities = [e for e in entities if not source[0] <= e.span[0] < source[1]]
    return entities


_HOUSES = word_set(
    "court company firm ministry agency council hospital university bank government report city "
    "county commission"
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


def claims_of(
    document: Document,
    layout: Layout,
    syntax: Syntax,
    step: Callable[[int], None] = lambda _offset: None,
) -> list[Claim]:
    """The claims of one document in the order of the page; `step` is told each offset before work
    on it begins. What no reader sees inside words is read over."""
    shown = visible(document.text)
    if shown is None:
        return list(_Page(document, layout, syntax, step).claims())
    document = msgspec.structs.replace(document, text=shown.text)
    page = _Page(document, shown.in_text(layout), syntax, lambda at: step(shown.back(at)))
    return [shown.in_whole(claim) for claim in page.claims()]
