"""`report.html`: the assessment for people, as one page that opens from disk.

Every expression of the template passes `_shown`, then jinja2's escaping. Attributes hold nothing
that came from evidence: findings, backdoors, operators and rules are linked by their position. The
page loads nothing and its only script is the one that the policy in its head names by hash.

The page has a ceiling: with many findings each has less room, down to what tells where it lies.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, partial
from importlib.resources import files
from typing import Any, get_args

from jinja2 import Environment, StrictUndefined, Template
from markupsafe import Markup, escape
from msgspec import Struct

from afterpatch import __version__
from afterpatch.model import Finding, Grade, Outcome, Severity, Tally
from afterpatch.outputs import pictures
from afterpatch.outputs.catalog import count, say, word
from afterpatch.outputs.format import Dossier, by_standing, gravest, gravity
from afterpatch.outputs.pictures import Picture
from afterpatch.outputs.sentences import apart, dwelt, seen_of
from afterpatch.outputs.text import counted, size, utc, visible

FINDINGS_SHOWN = 10_000
FINDINGS_BYTES = 8_500_000  # of the page
RAW_SHOWN = 4_000  # bytes of one record where there is room
RAW_LEAST = 40
CUT_BYTES = 70  # of what says that a record was cut, and of its own element
AMPLE_BELOW = 1_500  # findings; up to so many, each tells all of itself
LONG = 1_000  # rows of a table
PRINTED = 200  # findings; up to so many, their records are printed too
DOORS_SHOWN = 100
HANDS_SHOWN = 60
SCANNERS_SHOWN = 300
TALLIES_SHOWN = 12  # for each rule
LINKS_SHOWN = 6
LIST_SHOWN = 12
GAPS_SHOWN = 100
PROBLEMS_SHOWN = 300
COMPARED_SHOWN = 100
PIVOTS_SHOWN = 200  # followed, and as many refused
VALUE_SHOWN = 2_000  # characters of a text
BRIEF = 300  # characters of one of many
CELL = 80  # bytes in a cell where room is short
VALUE_BYTES = 1_200  # of one text of a finding
OPEN_BELOW = 15  # a report with fewer findings shows them unfolded

OVERLAP = "technique overlap"  # the kind of a row among the claims

_LADDER = get_args(Grade)[2:]
_GRAVE = {"exposed": "warn", "attempted": "warn", "no evidence": "plain", "not assessed": "plain"}
_STATES = ("exposed", "unknown", "mitigated")


class Row(Struct, frozen=True):
    """One finding, the number of its anchor, that of its rule, and who did it, where known."""

    number: int
    rule: int
    finding: Finding
    operator: str


class Group(Struct, frozen=True):
    """What one rule found; `seen` is exact, `shown` and `tallies` are what there is room for."""

    number: int
    foreign: bool
    rule: str
    title: str
    severity: str
    outcomes: str
    look_alikes: tuple[str, ...]
    explain: str
    seen: int
    shown: int
    first: str | None
    last: str | None
    tallies: tuple[Tally, ...]
    tallies_left: int


def render(dossier: Dossier) -> Iterator[bytes]:
    """Yields the page in pieces of UTF-8."""
    assessment = dossier.assessment
    ours, foreign = by_standing(dossier.findings)
    shown = gravest(ours, FINDINGS_SHOWN)
    foreign_shown = gravest(foreign, FINDINGS_SHOWN - len(shown))
    groups = _groups(dossier, [*shown, *foreign_shown])
    by_rule = {group.rule: group.number for group in groups}
    rows = [
        Row(number, by_rule[f.rule], f, dossier.operator_of.get(f.id, ""))
        for number, f in enumerate((*shown, *foreign_shown), 1)
    ]
    table_rows = _table_rows(rows)
    reached = set(assessment.verdict.reached)
    upcoming = assessment.verdict.next_rung
    told = [who for who in assessment.operators if who.class_ != "scanner"][:HANDS_SHOWN]
    scanners = [who for who in assessment.operators if who.class_ == "scanner"]
    numbered = {who.id: n for n, who in enumerate((*told, *scanners[:SCANNERS_SHOWN]), 1)}
    doors = assessment.backdoors[:DOORS_SHOWN]
    stream = _template().stream(
        a=assessment,
        policy=_policy(),
        tone=_GRAVE.get(assessment.verdict.grade, "grave"),
        ladder=[
            (rung, rung in reached, upcoming is not None and rung == upcoming.grade)
            for rung in _LADDER
        ],
        standing=sum(door.still_stands != "no" for door in assessment.backdoors),
        story=_picture(pictures.story, dossier),
        coverage=_picture(pictures.coverage, dossier),
        hands=_picture(pictures.hands, dossier),
        exposure=_picture(pictures.exposure, dossier),
        open_holes=sorted(
            (hole for hole in assessment.exposure if hole.state != "fixed"),
            key=lambda hole: _STATES.index(hole.state),
        ),
        fixed_holes=[hole for hole in assessment.exposure if hole.state == "fixed"],
        ours=table_rows[: len(shown)],
        foreign_rows=table_rows[len(shown) :],
        our_rules=[group for group in groups if not group.foreign],
        foreign_rules=[group for group in groups if group.foreign],
        foreign=len(foreign),
        findings=len(dossier.findings),
        style=_page_file("report.css"),
        script=_page_file("report.js"),
        severities=get_args(Severity)[::-1],
        outcomes=get_args(Outcome)[::-1],
        numbers={row.finding.id: row.number for row in rows},
        doors=doors,
        backdoors={door.id: number for number, door in enumerate(doors, 1)},
        operators=numbered,
        told=told,
        scanners=scanners[:SCANNERS_SHOWN],
        scanners_seen=len(scanners),
        compared=sorted(assessment.comparisons, key=lambda c: not c.merged)[:COMPARED_SHOWN],
        refused=[p for p in assessment.pivots if p.state == "refused"][:PIVOTS_SHOWN],
        followed=[p for p in assessment.pivots if p.state == "followed"][:PIVOTS_SHOWN],
        said=[_said(claim) for claim in assessment.claims if claim.get("kind") != OVERLAP],
        overlap=[claim for claim in assessment.claims if claim.get("kind") == OVERLAP],
        problems=assessment.problems[:PROBLEMS_SHOWN],
        problems_shown=PROBLEMS_SHOWN,
        dossier=dossier,
        bytes_read=sum(file.size for file in dossier.evidence),
        evidence_hash=_evidence_hash(dossier),
        sources=sorted({file.evidence for file in dossier.evidence}),
        version=__version__,
        links_shown=LINKS_SHOWN,
        list_shown=LIST_SHOWN,
        gaps_shown=GAPS_SHOWN,
        long=LONG,
        printed=PRINTED,
    )
    stream.enable_buffering(500)
    for piece in stream:
        yield piece.encode()


def _picture(draw: Callable[[Dossier], Picture | None], dossier: Dossier) -> Picture | None:
    """A picture, or None where there is none or the library can't draw it: the tables tell all."""
    try:
        return draw(dossier)
    except ValueError:
        return None


class Said(Struct, frozen=True):
    """One public claim, as a row."""

    speaker: str
    stance: str
    actor: str
    quote: str
    report: str
    bears: str


def _said(claim: Mapping[str, str]) -> Said:
    def part(key: str) -> str:
        return claim.get(key, "")

    def with_more(first: str, *more: str) -> str:
        rest = "; ".join(text for text in more if text)
        return f"{first} ({rest})" if rest else first

    cluster = part("source cluster")
    return Said(
        with_more(part("speaker"), part("passed on by")),
        with_more(part("stance"), part("confidence"), part("note")),
        with_more(part("actor"), part("tie to a state, as said")),
        " ".join(part("quote").split()),  # blanks that do not break are blanks
        with_more(
            part("document"),
            part("characters"),
            word("claims.one_source", reports=cluster) if ", " in cluster else "",
        ),
        part("bears on"),
    )


def _evidence_hash(dossier: Dossier) -> str:
    """One hash over all evidence, that a reader can work out again from the manifest."""
    digests = sorted(file.sha256 for file in dossier.evidence)
    return hashlib.sha256("\n".join(digests).encode("utf-8", "replace")).hexdigest()


def _groups(dossier: Dossier, shown: Sequence[Finding]) -> list[Group]:
    _, foreign = by_standing(dossier.findings)
    elsewhere = {finding.rule for finding in foreign}
    kept = Counter(finding.rule for finding in shown)
    found: dict[str, list[Finding]] = defaultdict(list)
    for finding in dossier.findings:
        found[finding.rule].append(finding)
    tallied: dict[str, list[Tally]] = defaultdict(list)
    for tally in dossier.tallies:
        tallied[tally.rule].append(tally)
    groups = []
    rules = sorted(found, key=lambda rule: (rule in elsewhere, min(map(gravity, found[rule]))))
    for number, rule in enumerate(rules, 1):
        findings, tallies = found[rule], sorted(tallied[rule], key=_most)
        worst = min(findings, key=gravity)
        times = [time for f in findings if (time := f.when)]
        times += [time for t in tallies for time in (t.first, t.last) if time]
        counts = Counter(finding.outcome for finding in findings)
        if tallies:
            counts = Counter()
            for tally in tallies:
                counts[tally.outcome] += tally.count
        groups.append(
            Group(
                number=number,
                foreign=rule in elsewhere,
                rule=rule,
                title=worst.title,
                severity=worst.severity,
                outcomes=", ".join(
                    f"{counts[outcome]:,} × {say(f'outcome.{outcome}')}"
                    for outcome in get_args(Outcome)[::-1]
                    if counts[outcome]
                ),
                look_alikes=tuple(sorted({f.look_alike for f in findings if f.look_alike})),
                explain=worst.explain,
                seen=max(counts.total(), len(findings)),
                shown=kept[rule],
                first=min(times, default=None),
                last=max(times, default=None),
                tallies=tuple(tallies[:TALLIES_SHOWN]),
                tallies_left=max(0, len(tallies) - TALLIES_SHOWN),
            )
        )
    return groups


def _most(tally: Tally) -> tuple[int, str, str, str]:
    return (-tally.count, tally.first or "", tally.address or "", tally.url or "")


# ---------------------------------------------------------------- findings, one a row


def _table_rows(rows: Sequence[Row]) -> list[Markup]:
    """The findings as rows of the table, with as much of each record as the page has room for.

    Room is shared so that no record is cut for the sake of a longer one.
    """
    opened = Markup(" open") if len(rows) < OPEN_BELOW else Markup()
    ample = len(rows) <= AMPLE_BELOW
    bare = [_parts(row, ample, opened) for row in rows]
    if ample and _taken(bare) > FINDINGS_BYTES // 2:
        bare = [_parts(row, False, opened) for row in rows]
    left = FINDINGS_BYTES - _taken(bare)
    most = min(RAW_SHOWN, 2 * left // max(1, len(rows)))
    sizes = (len(_record(row.finding.raw, most)[0].encode()) for row in rows)
    room = max(RAW_LEAST, min(most, _share(sorted(sizes), left)))
    told = []
    for row, (before, after) in zip(rows, bare, strict=True):
        record, cut = _record(row.finding.raw, room)
        note = Markup("<p>{}</p>").format(say("findings.cut")) if cut else Markup()
        told.append(Markup("{}<pre>{}</pre>{}{}").format(before, record, note, after))
    return told


def _taken(bare: Sequence[tuple[Markup, Markup]]) -> int:
    return sum(len(before.encode()) + len(after.encode()) + CUT_BYTES for before, after in bare)


def _share(sizes: Sequence[int], room: int) -> int:
    """The largest size to which all can be cut so that together they fit; sizes ascend."""
    for number, size_ in enumerate(sizes):
        fair = room // (len(sizes) - number)
        if size_ > fair:
            return fair
        room -= size_
    return RAW_SHOWN


def _parts(row: Row, ample: bool, opened: Markup) -> tuple[Markup, Markup]:
    """What stands before the record and what behind it."""
    finding, cell = row.finding, BRIEF if ample else CELL
    thing = finding.object
    who = " ".join(filter(None, (row.operator, finding.actor.address or finding.actor.account)))
    before = Markup(
        '<tr id="finding-{}" data-r="{}"><td>{}</td><td class="s-{}">{}</td><td>{}</td><td>{}</td>'
        "<td><details{}><summary>{}</summary>"
    ).format(
        row.number,
        row.rule,
        utc(finding.when).removesuffix(" UTC"),
        finding.severity,
        say(f"severity.{finding.severity}"),
        say(f"outcome.{finding.outcome}"),
        _within(who, cell)[0],
        opened,
        _within(finding.title, cell)[0],
    )
    after = Markup("{}</details></td><td>{}</td></tr>").format(
        _whole(finding) if ample else _short(row),
        _within(thing.url or thing.path or thing.command or "", cell)[0],
    )
    return before, after


def _short(row: Row) -> Markup:
    """Where it lies; what else there is to say stands with its rule."""
    return Markup('<p>{} · <a href="#rule-{}">{}</a> · {}</p>').format(
        _within(_where(row.finding), CELL * 2)[0],
        row.rule,
        say("findings.why_link"),
        _within(row.finding.id, 40)[0],
    )


def _whole(finding: Finding) -> Markup:
    place = finding.provenance
    parts = [
        ("why", finding.explain),
        ("where", _where(finding)),
        ("evidence", ", ".join(filter(None, (place.evidence, place.member_name)))),
        ("sha256", place.sha256),
        ("account", finding.actor.account),
        ("agent", finding.actor.user_agent),
        ("url", finding.object.url),
        ("path", finding.object.path),
        ("command", finding.object.command),
        ("technique", ", ".join((*finding.cve, *finding.technique))),
        ("look_alike", finding.look_alike),
        ("id", finding.id),
    ]
    told = [(say(f"findings.{key}"), value) for key, value in parts if value]
    told += [(_within(key, BRIEF)[0], value) for key, value in finding.facts.items()]
    items = (
        Markup("<dt>{}</dt><dd>{}</dd>").format(key, _within(value, VALUE_BYTES)[0])
        for key, value in told
    )
    return Markup("<dl>{}</dl>").format(Markup("").join(items))


def _where(finding: Finding) -> str:
    place = finding.provenance
    values = {"member": place.member, "offset": str(place.offset),
              "bytes": count("byte", place.length)}  # fmt: skip
    if place.line is None:
        return word("findings.where_file", **values)
    return word("findings.where_said", line=str(place.line), **values)


def _record(text: str, room: int) -> tuple[Markup, bool]:
    """A record's text, see `_within`; its line ends stay marked, and break the line for the eye."""
    shown, cut = _within(text, room)
    return shown.replace("\\x0a", "\\x0a\n"), cut


def _within(text: str, room: int) -> tuple[Markup, bool]:
    """The text for a page, defused and escaped in at most so many bytes, and whether it was cut."""
    limit = room
    while True:
        shown = escape(visible(text, limit))
        taken = len(shown.encode("utf-8"))
        if taken <= room or limit <= 1:
            return shown, limit < len(text)
        limit = max(1, min(limit - 1, limit * room // taken))


# ---------------------------------------------------------------- the page


def _minute(when: str | None) -> str:
    """Shows a time in a column that is headed UTC."""
    return utc(when).removesuffix(" UTC")[:16]


def _shown(value: Any) -> Any:
    """Makes any value of the template one harmless line; what a macro wrote is left alone."""
    if value is None:
        return say("page.none_shown")
    if isinstance(value, str) and not isinstance(value, Markup):
        return visible(value, VALUE_SHOWN)
    return value


def environment() -> Environment:
    """An environment in which every expression is defused and escaped."""
    environment = Environment(
        autoescape=True,
        finalize=_shown,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        apart=apart,
        brief=partial(visible, limit=BRIEF),
        counted=counted,
        dwelt=dwelt,
        minute=_minute,
        seen_of=seen_of,
        size=size,
        utc=utc,
    )
    environment.globals.update(t=say, count=count)
    return environment


@cache
def _page_file(name: str) -> Markup:
    source = files("afterpatch.outputs").joinpath("templates", name).read_text("utf-8")
    return Markup(source)  # noqa: S704 - our own


@cache
def _policy() -> str:
    """What the page may do, for a Content-Security-Policy: its own style and its one script."""
    style, script = (
        b64encode(hashlib.sha256(_page_file(name).encode()).digest()).decode()
        for name in ("report.css", "report.js")
    )
    return f"default-src 'none'; style-src 'sha256-{style}'; script-src 'sha256-{script}'"


@cache
def _template() -> Template:
    return environment().from_string(_page_file("report.html.j2"))
