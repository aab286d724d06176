"""Text of an intruder stays text in every output."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import dossiers
import msgspec
import pymisp
import pytest
import stix2
from rich.console import Console

from afterpatch.model import Object
from afterpatch.outputs.dossier import FORMATS, Dossier, write
from afterpatch.outputs.html import render
from afterpatch.outputs.indicators import indicators, plain_url
from afterpatch.outputs.terminal import print_assessment

HOSTILE = [
    "<script>INTRUDER</script>",
    "\"><img src=INTRUDER onerror='INTRUDER'>",
    "</pre></dd></title></style></main><INTRUDER>",
    "<!-- INTRUDER --> <![CDATA[ INTRUDER ]]>",
    "{{ INTRUDER }} {% INTRUDER %} {# INTRUDER #}",
    "javascript:INTRUDER",
    "\x1b]0;INTRUDER\x07\x1b[2J\x1b[31m\x9b5m",
    "INTRUDER\r\n\x0b\x0c\x85\u2028\u2029second line",
    "\u202eINTRUDER\u2066\u200b\ufeff\U000e0041",
    "INTRUDER \udcff\ud800 \0",
    "[bold red]INTRUDER[/] [link=https://INTRUDER.example]x[/link] :smile:",
    "=HYPERLINK(\"INTRUDER\") | [x](javascript:INTRUDER) `INTRUDER` # INTRUDER",
    "&lt;INTRUDER&gt; &amp; %3Cscript%3E",
    "INTRUDER" * 4000,
]  # fmt: skip
# Fields whose values the program itself chooses from a closed list
CLOSED = {
    "schema", "grade", "reached", "state", "outcome", "question", "severity", "stage", "unit",
    "bound", "evidence_state", "class_", "sha256", "Gap.why",
    "named_by",
}  # fmt: skip
UNPRINTABLE = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b\u2028\u2029\u202e\u2066\ufeff\ud800-\udfff]"
)
hostile = pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))


def poison(value: Any, text: str, field: str = "") -> Any:
    """Puts `text` in every free text of a value."""
    if isinstance(value, str):
        return value if field in CLOSED else text
    if isinstance(value, tuple):
        return tuple(poison(item, text, field) for item in value)
    if isinstance(value, dict):
        return {text: text} if value else {}
    if isinstance(value, msgspec.Struct):
        return msgspec.structs.replace(
            value,
            **{
                name: getattr(value, name)
                if f"{type(value).__name__}.{name}" in CLOSED
                else poison(getattr(value, name), text, name)
                for name in value.__struct_fields__
            },
        )
    return value


def poisoned(text: str) -> Dossier:
    found = poison(dossiers.used(), text)
    # one finding that keeps its time, so that the timeline has a line too
    timed = msgspec.structs.replace(found.findings[0], when="2021-03-03T06:12:11.000Z")
    return msgspec.structs.replace(found, findings=(timed, *found.findings))


class Shape(HTMLParser):
    """Keeps the elements and attributes of a page apart from its text."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, tuple[tuple[str, str | None], ...]]] = []
        self.text = ""
        self.other: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, tuple(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, data: str) -> None:
        self.other.append(data)

    def unknown_decl(self, data: str) -> None:
        self.other.append(data)

    def handle_pi(self, data: str) -> None:
        self.other.append(data)


def shape(page: bytes) -> Shape:
    parser = Shape()
    parser.feed(page.decode())
    parser.close()
    return parser


DRAWN = {"g", "path", "text", "line", "rect"}  # what a picture is made of
MEASURED = {"class", "d", "transform", "width", "height", "viewbox", "text-anchor", "fill",
            "stroke", "opacity", "pointer-events", "aria-hidden", "aria-label", "role",
            "font-size", "font-family", "font-weight", "font-style", "stroke-width", "x", "y", "x2",
            "y2", "x1", "y1", "stroke-dasharray", "stroke-miterlimit", "stroke-opacity",
            "fill-opacity", "display", "aria-roledescription", "stroke-linecap"}  # fmt: skip


def apart(page: Shape) -> tuple[list[Any], list[Any]]:
    """The elements of a page, and those within its pictures, whose places follow the texts."""
    outside, inside = [], []
    drawing = False
    for tag, attributes in page.tags:
        if tag == "svg":
            drawing = True
            outside.append((tag, {name for name, _ in attributes}))
        elif drawing and tag in DRAWN:
            inside.append((tag, attributes))
        else:
            drawing = False
            if (tag, attributes) != ("p", ()):  # one says that a record was cut
                outside.append((tag, attributes))
    return outside, inside


@hostile
def test_html_has_no_element_or_attribute_from_evidence(text: str) -> None:
    page = shape(b"".join(render(poisoned(text))))
    outside, inside = apart(page)
    assert outside == apart(shape(b"".join(render(poisoned("INTRUDER")))))[0]
    assert "INTRUDER" not in repr(page.tags)
    assert inside
    assert {name for _, attributes in inside for name, _ in attributes} <= MEASURED
    assert page.other == []
    assert "INTRUDER" in page.text
    assert not UNPRINTABLE.search(page.text)


@hostile
def test_json_files_hold_one_printable_line_for_each_text(text: str, tmp_path: Path) -> None:
    for path in write(poisoned(text), tmp_path, dossiers.RUN):
        if path.name == "records.parquet":  # see test_outputs_records.py
            continue
        content = path.read_bytes().decode()
        assert not UNPRINTABLE.search(content), path.name
        if path.name.endswith(".jsonl"):
            parts = [json.loads(line) for line in content.removesuffix("\n").split("\n")]
            assert len(parts) == {"findings.jsonl": 9, "timeline.jsonl": 1}[path.name]
        elif path.name.endswith(".json") and path.name != "manifest.json":
            parts = [json.loads(content)]
        else:
            continue
        values = list(strings(parts))
        assert any("INTRUDER" in value for value in values)
        assert not any(UNPRINTABLE.search(value) or "\n" in value for value in values)


def shared_with(text: str) -> Dossier:
    """A dossier whose indicators, requests and names are that text."""
    found = dossiers.shared()
    answer = found.assessment
    change = msgspec.structs.replace
    page = answer.backdoors[0].path
    values = {"page": plain_url(text), "user agent": text}
    return change(
        found,
        assessment=change(
            answer,
            host=change(answer.host, name=text),
            backdoors=tuple(
                change(door, name=text, path=text, url=text, family=text)
                for door in answer.backdoors
            ),
            operators=tuple(change(who, actions=(text,)) for who in answer.operators),
            pivots=tuple(change(p, value=values.get(p.kind, p.value)) for p in answer.pivots),
        ),
        findings=tuple(
            change(
                one,
                title=text,
                technique=(*one.technique, text),
                actor=change(one.actor, user_agent=text),
                object=Object(path=text, url=text),
                facts={"method": text, "image": f"C:\\x\\{text}"},
            )
            for one in found.findings
        ),
        evidence=tuple(
            change(file, path=text) if file.path == page else file for file in found.evidence
        ),
    )


@hostile
def test_files_for_other_programs_hold_it_as_text(text: str) -> None:
    dossier = shared_with(text)
    found = indicators(dossier)
    assert {one.kind for one in found} == {
        "account", "address", "page", "path", "sha256", "user agent",
    }  # fmt: skip
    files = {
        form.name: b"".join(form.render(dossier)).decode()
        for form in FORMATS
        if form.name.endswith((".csv", "stix.json", "misp.json", "navigator.json"))
    }
    assert len(files) == 7
    for name, content in files.items():
        assert "INTRUDER" in content, name
        assert not UNPRINTABLE.search(content), name
    bundle = stix2.parse(files["bundle.stix.json"], allow_custom=False)
    patterns = [one for one in bundle.objects if one["type"] == "indicator"]
    # Only bytes that are no text have no pattern.
    unsaid = [one for one in found if re.search("[\ud800-\udfff]", one.value)]
    assert len(patterns) == len(found) - len(unsaid)
    event = pymisp.MISPEvent(strict_validation=True)
    event.load(files["indicators.misp.json"])
    assert {technique["techniqueID"][0] for technique in layer_of(files)} == {"T"}
    for name, content in files.items():
        if name.endswith(".csv"):
            rows = list(csv.reader(io.StringIO(content, newline="")))
            assert len(rows) == content.count("\n")
            assert len({len(row) for row in rows}) == 1
            for value in (value for row in rows for value in row):
                assert not re.match(r"\s*[=+@-]", value)


def layer_of(files: dict[str, str]) -> list[dict[str, Any]]:
    techniques: list[dict[str, Any]] = json.loads(files["navigator.json"])["techniques"]
    return techniques


def strings(value: Any) -> Any:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from strings(key)
            yield from strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from strings(item)


def printed(dossier: Dossier, encoding: str = "utf-8", **options: Any) -> str:
    raw = io.BytesIO()
    with io.TextIOWrapper(raw, encoding, newline="") as stream:
        console = Console(file=stream, width=100, **options)
        print_assessment([dossier], [Path("out/report.html")], console)
        stream.flush()
        return raw.getvalue().decode(encoding)


@hostile
def test_terminal_shows_text_as_text(text: str) -> None:
    page = printed(poisoned(text))
    assert "INTRUDER" in page
    assert not UNPRINTABLE.search(page)
    if text.startswith("[bold"):
        assert text in page
    assert page.count("\n") == printed(poisoned("INTRUDER")).count("\n")


@hostile
def test_terminal_codes_are_only_ours(text: str) -> None:
    page = printed(poisoned(text), force_terminal=True, color_system="standard")
    assert set(re.findall(r"\x1b.{0,8}?[a-zA-Z]", page)) <= {
        "\x1b[1m", "\x1b[2m", "\x1b[0m", "\x1b[1;31m",
    }  # fmt: skip
    assert not UNPRINTABLE.search(page.replace("\x1b", ""))


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "cp437"])
def test_terminal_with_a_small_character_set(encoding: str) -> None:
    assert "\\u65e5" in printed(poisoned("日本 … ×"), encoding)


@pytest.mark.parametrize(
    "shape_of", [dossiers.empty, dossiers.no_evidence, dossiers.attempted, dossiers.used]
)
def test_html_of_every_shape_is_whole_and_self_contained(
    shape_of: Callable[[], Dossier],
) -> None:
    page = b"".join(render(shape_of())).decode()
    parsed = shape(page.encode())
    assert page.startswith("<!DOCTYPE html>")
    (policy,) = (
        dict(attributes)["content"]
        for tag, attributes in parsed.tags
        if tag == "meta" and ("http-equiv", "Content-Security-Policy") in attributes
    )
    style, script = (
        base64.b64encode(hashlib.sha256(found.encode()).digest()).decode()
        for found in re.findall("<(?:style|script)>(.*?)</", page, re.DOTALL)
    )
    assert policy == (
        f"default-src 'none'; style-src 'sha256-{style}'; script-src 'sha256-{script}'"
    )
    assert {tag for tag, _ in parsed.tags} & {"link", "img", "iframe", "object", "a:href"} == set()
    attributes = [pair for _, attrs in parsed.tags for pair in attrs]
    ids = [value for name, value in attributes if name == "id"]
    links = [value for name, value in attributes if name == "href"]
    assert len(ids) == len(set(ids))
    assert {link.removeprefix("#") for link in links if link} <= set(ids)
    assert not {name for name, _ in attributes} & {"src", "style"}
    void = {"meta", "br", "col", "input"}
    for tag in {tag for tag, _ in parsed.tags} - void - DRAWN:
        opened = len(re.findall(f"<{tag}[ >]", page))
        assert opened == page.count(f"</{tag}>"), tag


def test_html_tells_what_was_found_and_what_was_not() -> None:
    dossier = dossiers.used()
    text = " ".join(shape(b"".join(render(dossier))).text.split())
    answer = dossier.assessment
    for part in (
        answer.verdict.sentence,
        "Why not impacted: Process creation was not logged",
        "C:\\Program Files\\Microsoft\\Exchange Server\\V15\\FrontEnd\\HttpProxy\\owa\\auth\\"
        "RedirSuiteServerProxy.aspx",
        "9, of which 5 answered",
        "2001:db8::7",
        "at least 2 mailboxes",
        "IIS logs from backups since 2021-01-03.",
        "2021-03-01 02:00:00 UTC to 2021-03-01 09:30:00 UTC: missing",
        "Seen 12,347 times, 4 shown.",
        "line 42, offset 812, 812 bytes",
        dossier.ruleset_hash,
        "odd.yml: unknown modifier 'sounds-like'",
        *answer.next_steps,
        *answer.notes,
        *(finding.id for finding in dossier.findings),
        *(problem.why for problem in answer.problems),
    ):
        assert part in text, part
    absent = " ".join(shape(b"".join(render(dossiers.empty()))).text.split())
    assert "No backdoor was found in what was read." in absent


def test_ten_thousand_findings_stay_folded_and_bounded(tmp_path: Path) -> None:
    dossier = dossiers.many(10_000)
    paths = write(dossier, tmp_path, dossiers.RUN)
    page = (tmp_path / "report.html").read_bytes()
    assert len(page) < 10_000_000
    assert page.count(b'<tr id="finding-') == 10_000
    assert page.count(b'<details class="group"') == 9
    assert len((tmp_path / "findings.jsonl").read_bytes().splitlines()) == 10_000
    assert len((tmp_path / "timeline.jsonl").read_bytes().splitlines()) == 10_000
    console = Console(file=io.StringIO(), width=80)
    print_assessment([dossier], paths, console)
    shown = console.file.getvalue()  # type: ignore[attr-defined]
    assert "Findings (7 of 10,000, gravest first)" in shown
    assert len(re.findall(r"HttpProxy_2021030306-1\.LOG, line \d+", shown)) == 7


@pytest.mark.parametrize(
    "text", ['"' * 9_000, "\u65e5" * 9_000, "\x1b" * 9_000], ids=["5", "3", "4"]
)
def test_a_page_of_the_longest_texts_stays_below_its_ceiling(text: str) -> None:
    """Each character takes so many bytes of the page; every finding says as much as it can."""
    one = poison(dossiers.many(1).findings[0], text)
    many = tuple(msgspec.structs.replace(one, id=f"{text}{n}") for n in range(10_000))
    dossier = msgspec.structs.replace(dossiers.used(), findings=many)
    assert sum(map(len, render(dossier))) < 10_000_000
    few = msgspec.structs.replace(dossiers.used(), findings=many[:1_400])
    assert sum(map(len, render(few))) < 10_000_000


def test_html_keeps_to_its_ceiling(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("afterpatch.outputs.html.FINDINGS_SHOWN", 20)
    page = b"".join(render(dossiers.many(50))).decode()
    assert page.count('<tr id="finding-') == 20
    assert "The gravest 20 are shown; all are in findings.jsonl." in page


def test_terminal_is_plain_and_complete_in_a_pipe() -> None:
    page = printed(dossiers.used())
    assert "\x1b" not in page
    wanted = [
        "MAIL01, Exchange Server 2016, build 15.1.2106.2 (from HttpProxy #Version)",
        "Read 2 files, 160.0 kB.",
        "iis        assessed  2021-02-20 00:00  2021-03-09 23:59",
        "Missing: ecp-activity, evtx-security",
        "USED: An intruder planted a web shell",
        "Findings (7 of 8, gravest first)",
        "HttpProxy_2021030306-1.LOG, line 45  (case.zip)",
        "What could not be seen",
        "Next steps",
        "2 problems while reading",
        "out: report.html",
    ]
    places = [page.index(part) for part in wanted]
    assert places == sorted(places)


def test_no_color_is_kept_to() -> None:
    page = printed(dossiers.used(), force_terminal=True, no_color=True)
    assert "31m" not in page
