"""Reports in, ledger out.

Each report is read in a child process with a deadline and a memory ceiling, from its bytes to its
claims: a page that hangs a parser costs itself alone and is named among the problems.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from string import ascii_uppercase

import msgspec

from afterpatch import __version__
from afterpatch.claims.extract import claims_of
from afterpatch.claims.grammar.engine import Engine, engine
from afterpatch.claims.page.hidden import visible
from afterpatch.claims.page.html_page import source_offset
from afterpatch.claims.page.layout import Layout, lay_out
from afterpatch.claims.page.read import Page, read
from afterpatch.claims.reconcile import reconciled
from afterpatch.claims.schema import Claim, Dated, Document, Ledger, Slice
from afterpatch.engines.local import LocalEngine, default_workers
from afterpatch.errors import EvidenceError, UsageError
from afterpatch.guard import Beat, ChildDied
from afterpatch.limits import REPORTS
from afterpatch.model import Problem

__all__ = ["document_of", "ledger_of", "place_of", "read_in_full", "reader", "reports_in"]

READER = "afterpatch.claims.ledger:reader"
OFFSETS = "Unicode code points of the document's text, line ends untouched"
_SUFFIXES = (".txt", ".html", ".htm", ".xhtml", ".pdf", ".md", ".text")


class Report(msgspec.Struct, frozen=True):
    """One file to be read: where it lies, its name in the ledger, its bytes."""

    path: str
    name: str
    size: int


class Read(msgspec.Struct, frozen=True):
    """What a child made of one report."""

    document: Document
    claims: tuple[Claim, ...]
    notes: tuple[str, ...]


def document_of(page: Page, name: str, key: str) -> tuple[Document, Layout]:
    """A page with its head and body told apart."""
    shown = visible(page.text)
    layout = lay_out(page.text if shown is None else shown.text, page.chosen)
    layout = layout if shown is None else shown.in_whole(layout)
    published = layout.published
    dates = tuple(layout.dates)
    if page.published is not None:
        start, text = page.published
        iso = re.match(r"\d{4}-\d\d-\d\d(?:T\d\d:\d\d)?", text)
        if iso is not None:
            published = Dated(
                start, start + len(text), text, iso[0], True, "stated in the markup", "markup"
            )
            dates = (published, *dates)
    document = Document(
        key=key, file=name, sha256=page.sha256, kind=page.kind,  # type: ignore[arg-type]
        chars=len(page.text), offset_unit=OFFSETS, publisher=layout.publisher,
        byline=layout.byline, published=published, dates=dates, dateline=layout.dateline,
        wire_credit=layout.wire_credit, title=layout.title, site=page.site,
        body=_slices(page.text, layout, "body"), furniture=_slices(page.text, layout, "furniture"),
        origin=page.origin, text=page.text,
    )  # fmt: skip
    return document, layout


def _slices(text: str, layout: Layout, kind: str) -> tuple[Slice, ...]:
    return tuple(
        Slice(line.start, line.end, text[line.start : line.end])
        for line in layout.lines
        if line.kind == kind
    )


def reader(setup: object) -> Callable[[object, Beat], Iterator[object]]:
    """Makes the function that a child runs for each report; `setup` is the name of the engine."""
    syntax = engine(msgspec.convert(setup, Engine))

    def work(job: object, beat: Beat) -> Iterator[object]:
        report = msgspec.convert(job, Report, from_attributes=True)
        beat.reading(0)
        try:
            beat.parsing(0)
            page = read(Path(report.path))
        except EvidenceError as error:
            yield Problem(report.name, str(error), stage="open")
            return
        except OSError as error:
            yield Problem(report.name, error.strerror or str(error), stage="open")
            return
        document, layout = document_of(page, report.name, "?")
        claims = claims_of(document, layout, syntax, beat.parsing)
        yield Read(document, tuple(claims), page.notes)

    return work


def reports_in(paths: Sequence[Path]) -> list[Report]:
    """The files given, and those in the folders given whose names end like a report's.

    Raises UsageError where a path is not there or a folder holds none.
    """
    found: list[tuple[Path, str]] = []
    for path in paths:
        if path.is_dir():
            inside = sorted(
                p for p in path.rglob("*") if p.suffix.lower() in _SUFFIXES and p.is_file()
            )
            if not inside:
                raise UsageError(f"{path} holds no report: give text, HTML or PDF files")
            found += [(p, p.relative_to(path).as_posix()) for p in inside]
        elif path.exists():
            found.append((path, path.name))
        else:
            raise UsageError(f"{path} is not there: give text, HTML or PDF files")
    if len(found) > REPORTS:
        raise UsageError(f"{len(found):,} reports are too many: give at most {REPORTS:,}")
    names: dict[str, int] = {}
    reports = []
    for path, name in found:
        names[name] = names.get(name, 0) + 1
        unique = name if names[name] == 1 else f"{name} ({names[name]})"
        reports.append(Report(str(path), unique, path.stat().st_size))
    return reports


def ledger_of(
    paths: Sequence[Path], *, name: Engine = "auto", workers: int | None = None,
    on_start: Callable[[int], None] = lambda _total: None,
    on_progress: Callable[[int], None] = lambda _done: None,
) -> Ledger:  # fmt: skip
    """The ledger of the reports in these files and folders.

    Raises UsageError where nothing is given, or the parser is asked for and not there.
    """
    reports = reports_in(paths)
    if not reports:
        raise UsageError("No report is given: name text, HTML or PDF files")
    used = engine(name).name
    on_start(sum(r.size for r in reports))
    problems: list[Problem] = []
    read_: list[Read] = []

    def died(report: Report, death: ChildDied) -> None:
        problems.append(Problem(report.name, death.why, death.offset, "read"))

    count = min(workers or default_workers(), len(reports))
    with LocalEngine[Report](READER, count) as pool:
        for report, kind, value in pool.run(
            reports, name, on_death=died, on_progress=on_progress, size_of=lambda r: r.size + 1
        ):
            if kind == "error":
                problems.append(Problem(report.name, str(value), stage="read"))
            elif isinstance(value, Problem):
                problems.append(value)
            elif isinstance(value, Read):
                read_.append(value)
    return _assembled(read_, problems, used)


def _assembled(found: Sequence[Read], problems: list[Problem], used: str) -> Ledger:
    documents: dict[str, Document] = {}
    claims: list[Claim] = []
    seen: dict[str, str] = {}
    for one in sorted(found, key=lambda r: (r.document.file, r.document.sha256)):
        problems += [Problem(one.document.file, note) for note in one.notes]
        if one.document.sha256 in seen:
            why = f"{_REPEATED} {seen[one.document.sha256]}, and was read once"
            problems.append(Problem(one.document.file, why))
            continue
        seen[one.document.sha256] = one.document.file
        key = _key(len(documents))
        documents[key] = msgspec.structs.replace(one.document, key=key)
        claims += [msgspec.structs.replace(c, doc_key=key) for c in one.claims]
    compared = reconciled(tuple(documents.values()), claims)
    return Ledger(
        schema="afterpatch/claims/1",
        engine={
            "afterpatch": __version__,
            "grammar": used,
            "groups": "MITRE ATT&CK Enterprise v18.1",
        },
        documents=documents,
        claims=tuple(claims),
        reconciliation=compared.facts,
        clusters=compared.clusters,
        events=compared.events,
        reconciliation_left_out=compared.left_out,
        problems=tuple(sorted(problems)),
    )


_REPEATED = "is the same file as"


def read_in_full(ledger: Ledger) -> bool:
    """Whether every report was read to its end; a file given twice is."""
    return all(problem.why.startswith(_REPEATED) for problem in ledger.problems)


def _key(number: int) -> str:
    """A, B, ... Z, AA, AB, ..."""
    text = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        text = ascii_uppercase[rest] + text
    return text


def place_of(document: Document, at: int) -> int:
    """Where a character of a document's text lies in its file: a character, or a page of a PDF."""
    if document.kind == "pdf":
        return next(page for start, page in reversed(document.origin) if start <= at)
    return source_offset(document.origin, at)
