"""Small tables about traces: who looks like an intruder, what a chain reaches for, and when."""

from __future__ import annotations

from functools import cache
from typing import Literal

from msgspec import Struct

from afterpatch.knowledge.tables import Confidence, confidence, rows
from afterpatch.model import Question

LookAlikeKind = Literal["user_agent", "callback_domain", "account", "anchor", "process"]
ChildClass = Literal["benign", "hands-on"]


class Phase(Struct, frozen=True, rename={"from_": "from"}):
    """One phase of the public life of a chain, from a day on, up to but not including another.

    `chain` is the name of a chain, or the CVE number of a hole that has none. `seen_in` are the
    log families that show its requests; one channel of the event log is `windows-events:NAME`.
    """

    chain: str
    name: str
    from_: str
    to: str | None
    seen_in: tuple[str, ...]
    note: str
    source: tuple[str, ...]
    confidence: Confidence


class LookAlike(Struct, frozen=True):
    """Text that tells whose request this is. Supports a reading, never decides it: anyone can send
    any user agent."""

    kind: LookAlikeKind
    class_: str
    match: Literal["contains", "prefix", "suffix"]
    text: str
    name: str
    source: tuple[str, ...]
    confidence: Confidence


class BackendPath(Struct, frozen=True):
    """A path on the back end that a chain reaches for, in lower case."""

    chain: str
    path: str
    stage: Literal["recon", "session", "effect"]
    meaning: str
    source: tuple[str, ...]
    confidence: Confidence


class ProcessChild(Struct, frozen=True):
    """A child process of an Exchange process, as image names in lower case."""

    parent: str
    child: str
    class_: ChildClass
    note: str
    source: tuple[str, ...]
    confidence: Confidence


class ShellName(Struct, frozen=True):
    """A web-shell name from public reports, in lower case: known to everyone, so also asked for by
    everyone."""

    name: str
    class_: str
    source: tuple[str, ...]
    confidence: Confidence


class Aftermath(Struct, frozen=True):
    """A text that tells what an intruder does on a server, in lower case: a folder that programs
    have no business in, the name of a tool, a task, a ransom note. `name` is whose it is."""

    kind: str
    text: str
    name: str
    source: tuple[str, ...]
    confidence: Confidence


class LogFamily(Struct, frozen=True):
    """A family of logs that a question needs, and where to collect it. `retention_days` is the
    default; None means until overwritten or deleted by hand. `parts` are the channels of the event
    log of which one at least is needed; `why` is what the logs tell."""

    question: Question
    family: str
    parts: tuple[str, ...]
    needed: bool
    retention_days: int | None
    collect: str
    why: str
    source: tuple[str, ...]
    confidence: Confidence


class Fallback(Struct, frozen=True):
    """A source that is kept longer than the families in `instead_of`, and tells less of a question.

    `part` is a channel of the event log; of web files `compiled` or `dump` (the properties of a
    virtual directory, saved as a page).
    """

    question: Question
    instead_of: tuple[str, ...]
    family: str
    part: str
    name: str
    collect: str
    tells: str
    source: tuple[str, ...]
    confidence: Confidence


class IisEntry(Struct, frozen=True):
    """One entry of the stock IIS configuration: a virtual directory, a global module, or a module
    of one application."""

    kind: str
    site: str
    path: str
    name: str
    detail: str
    seen: tuple[str, ...]


@cache
def phases(chain: str | None = None) -> tuple[Phase, ...]:
    """The phases of one chain, or of all, in order of time."""
    found = (
        Phase(
            chain=row["chain"],
            name=row["name"],
            from_=row["from"],
            to=row["to"] or None,
            seen_in=tuple(row["seen_in"].split(";")),
            note=row["note"],
            source=tuple(row["source"].split()),
            confidence=confidence(row),
        )
        for row in rows("phases")
        if chain in (None, row["chain"])
    )
    return tuple(sorted(found, key=lambda phase: (phase.from_, phase.chain)))


@cache
def look_alikes(kind: LookAlikeKind | None = None) -> tuple[LookAlike, ...]:
    """Scanners, monitors, scripts and attack tools by what they send; people's mail programs by
    their user agent; the tools of responders by the name of their process or script."""
    kinds: dict[str, LookAlikeKind] = {
        "user_agent": "user_agent",
        "callback_domain": "callback_domain",
        "account": "account",
        "anchor": "anchor",
        "process": "process",
    }
    matches: dict[str, Literal["contains", "prefix", "suffix"]] = {
        "contains": "contains",
        "prefix": "prefix",
        "suffix": "suffix",
    }
    return tuple(
        LookAlike(
            kind=kinds[row["kind"]],
            class_=row["class"],
            match=matches[row["match"]],
            text=row["text"],
            name=row["name"],
            source=tuple(row["source"].split()),
            confidence=confidence(row),
        )
        for row in rows("look_alikes")
        if kind in (None, row["kind"])
    )


def look_alike_of(kind: LookAlikeKind, value: str) -> LookAlike | None:
    """The first look-alike a value fits. A user agent may be in IIS form (`+` for a blank); a call-
    back domain fits itself and the names below it, without a port."""
    text = value.lower().replace("+", " ") if kind.endswith("_agent") else value.lower().strip(".")
    for row in look_alikes(kind):
        if row.match == "contains" and row.text in text:
            return row
        if row.match == "prefix" and text.startswith(row.text):
            return row
        if row.match == "suffix" and (text == row.text or text.endswith("." + row.text)):
            return row
    return None


@cache
def backend_paths(chain: str | None = None) -> tuple[BackendPath, ...]:
    """Back-end paths of one chain, or of all."""
    stages: dict[str, Literal["recon", "session", "effect"]] = {
        "recon": "recon",
        "session": "session",
        "effect": "effect",
    }
    return tuple(
        BackendPath(
            chain=row["chain"],
            path=row["path"],
            stage=stages[row["stage"]],
            meaning=row["meaning"],
            source=tuple(row["source"].split()),
            confidence=confidence(row),
        )
        for row in rows("backend_paths")
        if chain in (None, row["chain"])
    )


@cache
def process_children(parent: str = "w3wp.exe") -> tuple[ProcessChild, ...]:
    """Known children of one Exchange process, by image name in lower case."""
    return tuple(
        ProcessChild(
            parent=row["parent"],
            child=row["child"],
            class_="benign" if row["class"] == "benign" else "hands-on",
            note=row["note"],
            source=tuple(row["source"].split()),
            confidence=confidence(row),
        )
        for row in rows("process_children")
        if row["parent"] == parent
    )


def benign_children(parent: str = "w3wp.exe") -> frozenset[str]:
    """Image names in lower case that this process starts in ordinary work."""
    return frozenset(row.child for row in process_children(parent) if row.class_ == "benign")


@cache
def shell_names() -> tuple[ShellName, ...]:
    """Web-shell names from public reports."""
    return tuple(
        ShellName(row["name"], row["class"], tuple(row["source"].split()), confidence(row))
        for row in rows("shell_names")
    )


@cache
def aftermath(kind: str | None = None) -> tuple[Aftermath, ...]:
    """What intruders leave and use after entry, of one kind or all."""
    return tuple(
        Aftermath(
            kind=row["kind"],
            text=row["text"],
            name=row["name"],
            source=tuple(row["source"].split()),
            confidence=confidence(row),
        )
        for row in rows("aftermath")
        if kind in (None, row["kind"])
    )


_QUESTIONS: dict[str, Question] = {
    "exposed": "exposed",
    "exploited": "exploited",
    "backdoored": "backdoored",
    "used": "used",
    "impacted": "impacted",
}


@cache
def log_families(question: Question | None = None) -> tuple[LogFamily, ...]:
    """The logs one question needs, or all; what is needed stands before what helps."""
    found = (
        LogFamily(
            question=_QUESTIONS[row["question"]],
            family=row["family"],
            parts=tuple(filter(None, row["parts"].split(";"))),
            needed=row["weight"] == "needed",
            retention_days=int(row["retention_days"]) if row["retention_days"] else None,
            collect=row["collect"],
            why=row["why"],
            source=tuple(row["source"].split()),
            confidence=confidence(row),
        )
        for row in rows("log_families")
        if question in (None, row["question"])
    )
    order = tuple(_QUESTIONS)
    return tuple(sorted(found, key=lambda row: (order.index(row.question), not row.needed)))


@cache
def fallbacks(question: Question) -> tuple[Fallback, ...]:
    """What still tells something of a question when the logs that tell more have expired."""
    return tuple(
        Fallback(
            question=question,
            instead_of=tuple(row["instead_of"].split()),
            family=row["family"],
            part=row["part"],
            name=row["name"],
            collect=row["collect"],
            tells=row["tells"],
            source=tuple(row["source"].split()),
            confidence=confidence(row),
        )
        for row in rows("fallbacks")
        if row["question"] == question
    )


@cache
def iis_baseline() -> tuple[IisEntry, ...]:
    """The stock IIS configuration of one 2016 and one 2019 server."""
    return tuple(
        IisEntry(
            kind=row["kind"],
            site=row["site"],
            path=row["path"],
            name=row["name"],
            detail=row["detail"],
            seen=tuple(row["seen"].split()),
        )
        for row in rows("iis_baseline")
    )
