"""The detections as a book: a list of them, and a page of documentation for each."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from msgspec import Struct

from afterpatch.assess import lint_rules, load_rules, swept_by
from afterpatch.detections.rule import Node, Refusal, Rule
from afterpatch.detections.ruleset import CONTENT, SIGMA, YARA, files
from afterpatch.detections.words import Line, in_words
from afterpatch.detections.yara_pack import YaraRule, load_yara
from afterpatch.outputs.text import counted, visible

__all__ = ["INDEX_TITLE", "Book", "Entry", "explain", "lint", "open_book", "write_pages"]

_STANDINGS = {
    "proof": "A match counts for what its outcome says.",
    "supporting": "Known from public reporting, not re-read. It never carries a verdict alone.",
    "foreign": "From a rule pack that was given. A match is shown; no answer rests on it.",
}
INDEX_TITLE = "# Detections"
_NAME_LENGTH = 100  # characters of a file name


class Entry(Struct, frozen=True):
    """One detection of the list. `file` is its path in its pack; `kind` is sigma or yara."""

    kind: str
    name: str
    title: str
    question: str
    severity: str
    outcomes: tuple[str, ...]
    standing: str
    chain: str | None
    cve: tuple[str, ...]
    technique: tuple[str, ...]
    artifacts: tuple[str, ...]
    file: str
    id: str = ""
    author: str = ""


class Book(Struct, frozen=True):
    """What is loaded, by name, and what is not and why."""

    entries: tuple[Entry, ...]
    rules: dict[str, Rule]
    yara: dict[str, YaraRule]
    refused: tuple[Refusal, ...]


def open_book(sigma: Sequence[Path] = (), yara: Sequence[Path] = ()) -> Book:
    """The shipped detections and those of the folders given."""
    loaded = load_rules(sigma)
    entries = [_entry(rule) for rule in loaded.rules]
    refused = list(loaded.refused)
    scans: dict[str, YaraRule] = {}
    for places, standing in (([CONTENT], "proof"), (yara, "foreign")):
        pack = load_yara(places) if places else None
        for scan in pack.rules if pack else ():
            scans.setdefault(scan.name, scan)
            entries.append(_yara_entry(scan, standing))
        refused += pack.refused if pack else ()
    return Book(tuple(entries), {r.name: r for r in loaded.rules}, scans, tuple(refused))


def _entry(rule: Rule) -> Entry:
    return Entry(
        kind="sigma",
        name=rule.name,
        title=rule.title,
        question=rule.question,
        severity=rule.severity,
        outcomes=_outcomes(rule),
        standing=rule.standing,
        chain=rule.chain,
        cve=rule.cve,
        technique=rule.technique,
        artifacts=tuple(dict.fromkeys(source.artifact for source in rule.sources)),
        file=rule.file,
        id=rule.id,
        author=rule.author,
    )


def _outcomes(rule: Rule) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*(outcome for outcome, _ in rule.outcomes), rule.otherwise)))


def _yara_entry(rule: YaraRule, standing: str) -> Entry:
    return Entry(
        kind="yara",
        name=rule.name,
        title=rule.description or f"YARA rule {rule.rule}",
        question="backdoored",
        severity="medium",
        outcomes=("attempt",),
        standing=standing,
        chain=None,
        cve=(),
        technique=(),
        artifacts=("webfile",),
        file=rule.file,
    )


class Lint(Struct, frozen=True):
    """How many detections were compiled, which were not and why, and which read every record."""

    compiled: int
    refused: tuple[Refusal, ...]
    slow_lane: tuple[str, ...]


def lint(places: Sequence[Path]) -> Lint:
    """Compile the Sigma and YARA rules of these files and folders; the shipped ones when empty."""
    compiled = 0
    refused: list[Refusal] = []
    slow: tuple[str, ...] = ()
    if sigma := _holding(places, SIGMA):
        rules, slow = lint_rules(sigma)
        compiled += len(rules.rules)
        refused += rules.refused
    if yara := _holding(places, YARA):
        pack = load_yara(yara)
        compiled += len(pack.rules)
        refused += pack.refused
    return Lint(compiled, tuple(refused), slow)


def _holding(places: Sequence[Path], suffixes: tuple[str, ...]) -> list[Path]:
    """The folders that hold rules of this kind, and the files that are of no other kind."""
    other = SIGMA if suffixes == YARA else YARA
    return [
        place
        for place in places or [CONTENT]
        if files(place, suffixes) and not (place.is_file() and place.suffix.lower() in other)
    ]


# ---------------------------------------------------------------- one rule, in plain text


def explain(book: Book, name: str) -> Iterator[str]:
    """All that there is to say of a detection of the book, a line each."""
    if name in book.rules:
        yield from _explained(book.rules[name])
        return
    entry = next(entry for entry in book.entries if entry.name == name)
    yield entry.title
    yield f"file        {entry.file}"
    yield f"standing    {entry.standing}. {_STANDINGS[entry.standing]}"
    yield "reads       web files and small files that are no logs, whole"


def _explained(rule: Rule) -> Iterator[str]:
    yield rule.title
    yield rule.explain
    if rule.description and rule.description not in rule.explain:
        yield rule.description
    told = [
        ("file", rule.file),
        ("id", rule.id),
        ("author", rule.author),
        ("severity", rule.severity),
        ("question", rule.question),
        ("standing", f"{rule.standing}. {_STANDINGS[rule.standing]}"),
        ("chain", rule.chain or ""),
        ("CVE", ", ".join(rule.cve)),
        ("technique", ", ".join(rule.technique)),
        ("outcome", " or ".join(_outcomes(rule))),
        ("backdoor", rule.backdoor or ""),
        ("impact", rule.impact.kind if rule.impact else ""),
        ("look-alikes", "; ".join(name for name, _ in rule.look_alikes)),
        ("may be", "; ".join(rule.false_positives)),
        ("only with", _only_with(rule)),
        (
            "samples",
            f"{sum(s.hit for s in rule.samples)} that hit, "
            f"{sum(not s.hit for s in rule.samples)} that miss",
        ),
    ]
    for label, text in told:
        if text:
            yield f"{label:12}{text}"
    for label, node in (
        ("looks for", rule.condition),
        *(("in records in which", node) for node in _log_sources(rule)),
        *((f"{outcome} if", node) for outcome, node in rule.outcomes),
        *((f"may be {name} if", node) for name, node in rule.look_alikes),
    ):
        yield label
        yield from ("  " * (depth + 1) + text for depth, text in in_words(node))
    for artifact, texts in swept_by(rule):
        yield f"reads       {artifact}: {texts}"
    for reference in rule.references:
        yield f"see         {reference}"


def _log_sources(rule: Rule) -> list[Node]:
    """What a record must be beside, to be of one of the rule's log sources; each once."""
    nodes = (source.where for source in rule.sources)
    return list({repr(node): node for node in nodes if node is not None}.values())


def _only_with(rule: Rule) -> str:
    partner = rule.only_with
    if partner is None:
        return ""
    outcomes = ", ".join(partner.outcomes)
    same = f", with the same {' and '.join(partner.same)}" if partner.same else ""
    names = " or ".join(partner.rules)
    return f"{names} ({outcomes}) within {counted(partner.minutes, 'minute')}{same}"


# ---------------------------------------------------------------- pages


def write_pages(book: Book, folder: Path) -> list[Path]:
    """Write a page of Markdown for each Sigma rule and an index of all; the files written.

    Nothing that stands in a rule acts as Markdown or HTML.
    """
    folder.mkdir(parents=True, exist_ok=True)
    taken: set[str] = {"readme"}
    pages = {name: f"{_file_name(name, taken)}.md" for name in sorted(book.rules)}
    written = [folder / page for page in pages.values()]
    for name, path in zip(pages, written, strict=True):
        path.write_text("\n".join(_page(book.rules[name])) + "\n", encoding="utf-8")
    index = folder / "README.md"
    index.write_text("\n".join(_index(book, pages)) + "\n", encoding="utf-8")
    return [index, *written]


def _file_name(name: str, taken: set[str]) -> str:
    """A file name that every system takes, and that differs from the others in any letter case."""
    plain = re.sub(r"[^A-Za-z0-9_-]+", "-", name).strip("-")[:_NAME_LENGTH] or "rule"
    file, number = plain, 2
    while file.lower() in taken:
        file, number = f"{plain}-{number}", number + 1
    taken.add(file.lower())
    return file


def _index(book: Book, pages: dict[str, str]) -> Iterator[str]:
    yield INDEX_TITLE
    yield ""
    yield f"{counted(len(book.entries), 'detection')}, {len(book.refused)} refused."
    questions = dict.fromkeys(entry.question for entry in book.entries)
    for question in sorted(questions):
        yield ""
        yield f"## {question.capitalize()}"
        yield ""
        yield "| detection | what | severity | chain | standing |"
        yield "|---|---|---|---|---|"
        for entry in sorted(book.entries, key=lambda e: (e.standing == "foreign", e.name)):
            if entry.question == question:
                name = _code(entry.name).replace("|", "\\|")  # it would end the cell
                link = f"[{name}]({pages[entry.name]})" if entry.name in pages else name
                chain = _plain(entry.chain or "")
                yield (
                    f"| {link} | {_plain(entry.title)} | {entry.severity} | {chain} "
                    f"| {entry.standing} |"
                )
    if book.refused:
        yield ""
        yield "## Refused"
        yield ""
        for refusal in book.refused:
            title = f" ({_plain(refusal.title)})" if refusal.title else ""
            yield f"- {_code(refusal.what)}{title}: {_plain(refusal.why)}"


def _page(rule: Rule) -> Iterator[str]:
    yield f"# {_plain(rule.title)}"
    yield ""
    yield f"{_code(rule.name)}: {rule.severity}, {rule.question}. {_STANDINGS[rule.standing]}"
    if rule.description:
        yield ""
        yield _plain(rule.description)
    yield from _section("What it looks for")
    yield "In " + ", ".join(_code(a) for a in dict.fromkeys(s.artifact for s in rule.sources)) + ":"
    yield ""
    yield from _bullets(in_words(rule.condition, _code))
    for node in _log_sources(rule):
        yield ""
        yield "in records in which"
        yield ""
        yield from _bullets(in_words(node, _code))
    yield from _section("Why it counts")
    yield _plain(rule.explain)
    yield from _section("What a match is worth")
    for outcome, node in rule.outcomes:
        yield f"**{outcome}**, if"
        yield ""
        yield from _bullets(in_words(node, _code))
        yield ""
    yield f"**{rule.otherwise}**{', else' if rule.outcomes else ', always'}."
    if rule.only_with:
        yield ""
        yield f"It stands only beside {_plain(_only_with(rule))}."
    if rule.look_alikes or rule.false_positives:
        yield from _section("What else it may be")
        yield from (f"- {_plain(text)}" for text in rule.false_positives)
        for number, (name, node) in enumerate(rule.look_alikes):
            if number or rule.false_positives:
                yield ""
            yield f"{_plain(name)}, if"
            yield ""
            yield from _bullets(in_words(node, _code))
    for hit, title in ((True, "Lines that hit"), (False, "Lines that miss")):
        samples = [sample for sample in rule.samples if sample.hit is hit]
        if samples:
            yield from _section(title)
        for number, sample in enumerate(samples):
            if number:
                yield ""
            worth = f", {sample.outcome}" if sample.outcome else ""
            where = f", {_code(sample.path)}" if sample.path else ""
            yield f"{_code(sample.artifact)}{worth}{where}"
            yield ""
            yield from _block(sample.lines)
    yield from _section("Sources")
    told = [
        *(("see", reference) for reference in rule.references),
        *(("CVE", cve) for cve in rule.cve),
        *(("technique", technique) for technique in rule.technique),
        ("chain", rule.chain or ""),
        ("author", rule.author),
        ("id", rule.id),
        ("file", rule.file),
    ]
    yield from (f"- {label}: {_code(text)}" for label, text in told if text)


def _section(title: str) -> Iterator[str]:
    yield ""
    yield f"## {title}"
    yield ""


def _bullets(lines: Sequence[Line]) -> Iterator[str]:
    return (f"{'  ' * depth}- {text}" for depth, text in lines)


# What Markdown or HTML could take for more than text: marks, links without marks (https://, www.,
# a@b), and what makes a list or a heading at the beginning of a line.
_MARKS = re.compile(
    r"[\\`*_{}\[\]<>#|~&!$^@]|:(?=//)|(?<=www)\.|^[-+=]|^\d{1,9}(?=[.)])", re.IGNORECASE
)


def _plain(text: str) -> str:
    """The text as text: every mark is escaped, and line ends are made visible."""
    return _MARKS.sub(_marked, visible(text))


def _marked(found: re.Match[str]) -> str:
    # A digit can't be escaped; the mark behind it can, and the digits are followed by one.
    return f"{found[0]}\\" if found[0].isdigit() else f"\\{found[0]}"


def _code(text: str) -> str:
    """The text as code, which nothing in it can end."""
    shown = visible(text)
    fence = "`" * (1 + max(map(len, re.findall("`+", shown)), default=0))
    space = " " if shown.startswith("`") or shown.endswith("`") or not shown.strip() else ""
    return f"{fence}{space}{shown}{space}{fence}"


def _block(text: str) -> Iterator[str]:
    lines = [visible(line) for line in text.rstrip("\n").split("\n")]
    longest = max((len(run) for line in lines for run in re.findall("`+", line)), default=0)
    fence = "`" * max(3, longest + 1)
    yield f"{fence}text"
    yield from lines
    yield fence
