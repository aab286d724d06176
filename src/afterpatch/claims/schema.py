"""The records of the ledger. Every `start`, `end` and `text` is a slice of a document.

Offsets count Unicode code points of the document's text. The field names are those of
`claims.json`, a public interface.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from afterpatch.model import Problem

__all__ = [
    "BLAMING",
    "NOBODY",
    "ActorRef",
    "AttackGroup",
    "Claim",
    "DateRef",
    "Dated",
    "Document",
    "Fact",
    "Hedge",
    "Ledger",
    "Named",
    "Quantity",
    "Slice",
    "Speaker",
    "Stance",
    "Vulnerability",
]

Stance = Literal[
    "accuses", "attributes", "assesses", "asserts", "estimates", "denies", "demands", "announces"
]
Nexus = Literal[
    "state", "state-organ", "state-backed", "state-sponsored", "state-controlled",
    "paid-by-state", "linked", "linked-to-state-organ", "territory", "unspecified",
]  # fmt: skip
Resolved = Literal["in-span", "context", "coreference", "narrator", "unspecified"]
SpeakerType = Literal[
    "government", "intergovernmental", "government-group", "government-agency", "official",
    "anonymous", "company", "media", "organization", "person", "document", "narrator",
    "unspecified", "other",
]  # fmt: skip
Attribution = Literal["technical", "unofficial policy", "official policy", "legal"]
BLAMING: tuple[Stance, ...] = ("accuses", "attributes")  # stances that lay a deed at a door
NOBODY: tuple[SpeakerType, ...] = ("narrator", "unspecified")  # who is no speaker with a place
Confidence = Literal["asserted", "believed", "confident", "likely", "reported"]


class Slice(Struct, frozen=True, order=True):
    """Characters of a document."""

    start: int
    end: int
    text: str


class Named(Struct, frozen=True):
    """A slice with the name it stands for, where that is known."""

    start: int
    end: int
    text: str
    norm: str | None = None


class Dated(Struct, frozen=True):
    """A date and what it is worth: the day of publication, or page furniture. Where `place` is
    markup, `start` and `end` count in the characters of the file, not of its text."""

    start: int
    end: int
    text: str
    iso: str | None
    is_publication_date: bool
    why: str
    place: Literal["text", "markup"] = "text"


class Speaker(Struct, frozen=True):
    """Who says it. `start`, `end`, `text` are None for the narrator and where nobody is named.
    `relay` is who passes it on, `relay_span` where the text says so."""

    norm: str
    type: SpeakerType
    resolved_by: Resolved
    role: str | None = None
    government: str | None = None
    relay: str | None = None
    start: int | None = None
    end: int | None = None
    text: str | None = None
    relay_span: Slice | None = None


class AttackGroup(Struct, frozen=True):
    """A group of MITRE ATT&CK that carries the name in the text. `others` are further groups that
    carry it too: such a name is ambiguous and stays so."""

    id: str
    name: str
    matched_alias: str
    others: tuple[str, ...] = ()


class ActorRef(Struct, frozen=True):
    """Of whom it is said, in the words of the text. `state` and `nexus` are the text's, never
    ours."""

    norm: str
    resolved_by: Resolved
    start: int
    end: int
    text: str
    attack_group: AttackGroup | None = None
    state: str | None = None
    nexus: Nexus = "unspecified"


class Quantity(Struct, frozen=True):
    """A figure, its unit and bound, and what is said to have befallen the counted."""

    start: int
    end: int
    text: str
    value: float
    unit: str
    bound: Literal["exact", "at_least", "approx", "up_to"]
    predicate: str | None = None


class DateRef(Struct, frozen=True):
    """A time in the text; `iso` is None where nothing anchors it."""

    start: int
    end: int
    text: str
    iso: str | None
    precision: str
    anchor: str


class Hedge(Struct, frozen=True, rename={"class_": "class"}):
    start: int
    end: int
    text: str
    class_: str
    range: tuple[int, int] | None = None


class Vulnerability(Struct, frozen=True):
    start: int
    end: int
    text: str
    cve_in_text: tuple[str, ...] = ()


class Claim(Struct, frozen=True):
    """One speaker, one actor, one proposition."""

    id: str
    doc: str
    doc_key: str
    span: Slice
    content: Slice | None
    speaker: Speaker
    stance: Stance
    actor: ActorRef | None
    target: tuple[Named, ...]
    vulnerability: Vulnerability | None
    quantity: tuple[Quantity, ...]
    date: tuple[DateRef, ...]
    hedge: tuple[Hedge, ...]
    confidence: Confidence
    quote_type: Literal["direct", "partial", "indirect"]
    quoted: tuple[Slice, ...]
    evidence_basis: tuple[Slice, ...]
    technique_hint: tuple[str, ...]
    event: str | None
    attribution: Attribution | None
    salience: Literal["headline", "major", "minor"]
    note: str | None = None

    @property
    def said(self) -> Slice:
        """What is claimed; the whole sentence where that is not cut out."""
        return self.content or self.span


class Document(Struct, frozen=True):
    """One report. `text` is what all offsets count in; `origin` leads back to the file: for each
    run of text (start in text, start in the file's characters, page), pages only for PDF."""

    key: str
    file: str
    sha256: str
    kind: Literal["text", "html", "pdf"]
    chars: int
    offset_unit: str
    publisher: Named | None
    byline: Named | None
    published: Dated | None
    dates: tuple[Dated, ...]
    dateline: Slice | None
    wire_credit: Named | None
    title: Slice | None
    site: str | None
    body: tuple[Slice, ...]
    furniture: tuple[Slice, ...]
    origin: tuple[tuple[int, int], ...]
    text: str


class Fact(Struct, frozen=True):
    """What comparing claims shows. `members` are claim ids, or document keys for independence."""

    id: str
    kind: str
    members: tuple[str, ...]
    summary: str
    field: str | None = None
    values: tuple[str, ...] = ()


class Ledger(Struct, frozen=True):
    """All that was read from the reports: `claims.json`. `clusters` are the keys of reports of one
    source, `events` of those on one event; `reconciliation_left_out` counts the facts beyond the
    limit, of the kinds that tell the least."""

    schema: Literal["afterpatch/claims/1"]
    engine: dict[str, str]
    documents: dict[str, Document]
    claims: tuple[Claim, ...]
    reconciliation: tuple[Fact, ...]
    clusters: tuple[tuple[str, ...], ...]
    events: tuple[tuple[str, ...], ...] = ()
    reconciliation_left_out: int = 0
    problems: tuple[Problem, ...] = ()
