"""A ledger from files: every slice is a slice, every claim has a speaker, hostile pages cost only
themselves."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import msgspec
import pytest
from typer.testing import CliRunner

from afterpatch.claims.grammar import engine as engines
from afterpatch.claims.ledger import document_of, ledger_of, place_of
from afterpatch.claims.page import furniture, layout
from afterpatch.claims.page.html_page import source_offset, text_of
from afterpatch.claims.page.read import Page, decoded, read
from afterpatch.claims.schema import Ledger
from afterpatch.cli import app
from afterpatch.errors import EvidenceError, UsageError
from afterpatch.limits import PARAGRAPH_CHARACTERS, REPORT_BYTES

STORY = """Morning Example News

Lithuania blames Belarus for forged letters

Published 12 May 2021
by Example Desk

VILNIUS, May 12 (Reuters) - Lithuania has accused Belarus of breaking into its mail servers earlier this year, affecting at least 1,200 officials.

“The intruders were sent by Minsk,” Foreign Minister Gabrielius Example said. “They must stop.”

Belarus denied any involvement in the attack.

ALSO READ: Iran blamed for hack on hospital

Mandiant attributes the activity to UNC1151 with high confidence.

Follow Morning Example on Facebook and Twitter.

Related articles

China accused of a theft

The ministry said on Monday that it would buy new servers.
"""  # noqa: E501


def one(page: Page, name: str = "story.txt") -> Ledger:
    """The ledger of a page, without files and children."""
    from afterpatch.claims.extract import claims_of

    document, layout = document_of(page, name, "A")
    claims = claims_of(document, layout, engines.engine("plain"))
    return Ledger("afterpatch/claims/1", {}, {"A": document}, tuple(claims), (), (("A",),))


def slices(value: Any) -> list[dict[str, Any]]:
    """Everything with start, end and text in plain values, but dates that stand in the markup."""
    if isinstance(value, dict):
        own = [value] if {"start", "end", "text"} <= value.keys() else []
        if own and (value["start"] is None or value.get("place") == "markup"):
            own = []
        return own + [s for item in value.values() for s in slices(item)]
    if isinstance(value, list | tuple):
        return [s for item in value for s in slices(item)]
    return []


def check(ledger: Ledger) -> None:
    """What must hold of every ledger."""
    plain = msgspec.to_builtins(ledger)
    for document in plain["documents"].values():
        for part in slices({k: v for k, v in document.items() if k != "origin"}):
            assert document["text"][part["start"] : part["end"]] == part["text"]
    for claim in plain["claims"]:
        text = plain["documents"][claim["doc_key"]]["text"]
        for part in slices(claim):
            assert text[part["start"] : part["end"]] == part["text"]
        speaker = claim["speaker"]
        assert speaker["norm"]
        assert (speaker["start"] is None) == (speaker["type"] in ("narrator", "unspecified"))
        if claim["actor"] is not None and claim["actor"]["resolved_by"] == "in-span":
            assert claim["span"]["start"] <= claim["actor"]["start"] < claim["span"]["end"]
    ids = [c["id"] for c in plain["claims"]]
    assert len(set(ids)) == len(ids)
    assert msgspec.json.decode(msgspec.json.encode(ledger), type=Ledger) == ledger


def test_a_story_with_its_furniture(tmp_path: Path) -> None:
    path = tmp_path / "story.txt"
    path.write_text(STORY, encoding="utf-8")
    ledger = ledger_of([path], name="plain", workers=1)
    check(ledger)
    (document,) = ledger.documents.values()
    assert document.published is not None
    assert document.published.iso == "2021-05-12"
    assert document.wire_credit is not None
    assert document.wire_credit.norm == "Reuters"
    assert document.title is not None
    assert document.title.text == "Lithuania blames Belarus for forged letters"
    told = {(c.speaker.norm, c.stance, c.actor and c.actor.norm) for c in ledger.claims}
    assert ("Lithuania", "accuses", "Belarus (state)") in told
    assert ("Gabrielius Example", "demands", None) in told
    assert ("Belarus", "denies", "Belarus (state)") in told
    assert ("Mandiant", "attributes", "UNC1151") in told
    # the figure in the participle is the report's, not Lithuania's
    assert [c.speaker.type for c in ledger.claims if c.quantity] == ["narrator"]
    assert not any("Iran" in c.span.text or "China" in c.span.text for c in ledger.claims)
    assert not any("buy new servers" in c.span.text for c in ledger.claims)
    year = next(d for c in ledger.claims for d in c.date if d.text == "earlier this year")
    assert year.iso == "2021"


def test_a_masthead_date_anchors_nothing() -> None:
    text = "Tuesday, April 30, 2024\n\nIran accused of hacking the port of Example\n\n" + (
        "Israel has accused Iran of hacking the port earlier this year.\n\n"
        "Iran denied the accusation on Monday through its embassy.\n"
    )
    ledger = one(Page("text", text, "0" * 64))
    (document,) = ledger.documents.values()
    assert document.published is None
    assert [d.is_publication_date for d in document.dates] == [False]
    assert all(d.iso is None for c in ledger.claims for d in c.date)


def test_nobody_is_tied_to_a_state_by_the_tables() -> None:
    # ATT&CK knows the group; the text names no state, so neither does the claim.
    ledger = one(Page("text", "Volexity said that Hafnium had planted web shells.", "0" * 64))
    (claim,) = ledger.claims
    assert claim.actor is not None
    assert claim.actor.attack_group is not None
    assert claim.actor.attack_group.id == "G0125"
    assert (claim.actor.state, claim.actor.nexus) == (None, "unspecified")


def test_an_ambiguous_name_stays_ambiguous() -> None:
    ledger = one(Page("text", "Symantec said that Thrip had entered the network.", "0" * 64))
    (claim,) = ledger.claims
    assert claim.actor is not None
    assert claim.actor.attack_group is not None
    assert claim.actor.attack_group.others


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    text = "Norway’s government has accused Russia of reading its mail.\n"
    path = tmp_path / "page.txt"
    path.write_bytes(text.encode(encoding))
    assert read(path).text == text


def test_windows_1252_and_a_broken_byte() -> None:
    assert decoded("Norway\u2019s “mail”".encode("cp1252")) == "Norway\u2019s “mail”"
    broken = ("Norge — «æøå» " * 50).encode() + b"\xff" + "é".encode()
    assert decoded(broken).count("\ufffd") == 1


def test_no_break_spaces_and_line_ends_keep_their_places() -> None:
    text = "Estonia\u00a0has accused\u202fRussia of hacking at\u00a0least 5\u00a0000 servers.\r\n"
    ledger = one(Page("text", text, "0" * 64))
    check(ledger)
    (first, *_) = ledger.claims
    assert first.speaker.norm == "Estonia"
    assert first.span.text == text.strip()


def test_what_no_reader_sees_inside_words_is_read_over() -> None:
    hidden = (
        "\ufeffNor\u00adway\u2019s gov\u200bernment acc\u00adused Rus\u200bsia of read\u00ading "
        "at least 3\u20600,000 e\u200dmails.\n\nRus\u00adsia de\u200bnied the accu\x00sation.\n"
    )
    plain = hidden
    for character in "\ufeff\u00ad\u200b\u2060\u200d\x00":
        plain = plain.replace(character, "")
    seen, unseen = one(Page("text", hidden, "0" * 64)), one(Page("text", plain, "0" * 64))
    check(seen)
    assert [(c.speaker.norm, c.stance, c.actor and c.actor.norm) for c in seen.claims] == [
        (c.speaker.norm, c.stance, c.actor and c.actor.norm) for c in unseen.claims
    ]
    first, last = seen.claims[0], seen.claims[-1]
    assert (first.speaker.norm, first.stance, last.stance) == ("Norway", "accuses", "denies")
    assert first.actor is not None
    assert first.actor.text == "Rus\u200bsia"
    (figure,) = first.quantity
    assert (figure.text, figure.value) == ("at least 3\u20600,000 e\u200dmails", 30_000)


def test_a_page_that_ties_a_group_to_two_states_ties_it_to_none() -> None:
    told = "Turla, a Russian group, is old.\n\n"
    plain = "ESET said that Turla had read the mail."
    other = "Turla, a Chinese group, is new.\n\n"
    for text, state in ((told + plain, "RU"), (told + other + plain, None)):
        claim = one(Page("text", text, "0" * 64)).claims[-1]
        assert claim.actor is not None
        assert claim.actor.state == state


@pytest.mark.parametrize(
    "data",
    [bytes(4096), b"\xff\xfe" + bytes(4096), b"\xff\xfe\x00" * 999,
     b"PK\x03\x04" + bytes(range(256)), bytes(range(256)) * 20, b"Norway" + bytes(40)],
    ids=["zeros", "a mark and zeros", "marks", "an archive", "every byte", "a word and zeros"],
)  # fmt: skip
def test_a_file_that_is_no_text_is_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "report.txt"
    path.write_bytes(data)
    with pytest.raises(EvidenceError, match="it is not text"):
        read(path)


def test_a_text_with_a_few_stray_zeros_is_read(tmp_path: Path) -> None:
    path = tmp_path / "report.txt"
    path.write_bytes(b"Norway acc\x00used Russia of the attack on its parliament in August.\x00\n")
    ledger = ledger_of([path], name="plain", workers=1)
    check(ledger)
    assert [(c.speaker.norm, c.stance) for c in ledger.claims] == [("Norway", "accuses")]
    assert not ledger.problems


HTML = """<!DOCTYPE html><html><head><title>x</title>
<meta property="article:published_time" content="2021-05-12T08:00:00Z">
<script>var a = "Iran accused China of hacking.";</script></head><body>
<nav><ul><li><a href="/">Home</a></li></ul></nav>
<article><h1>Lithuania blames Belarus for forged&nbsp;letters</h1>
<p>Lithuania&rsquo;s government <b>has accused</b>
Belarus of breaking into its mail &amp; web servers.</p>
<p>Belarus denied any involvement in the attack, and said so twice on Monday.</p>
</article><aside><p>Iran accused China of hacking a bank in the capital.</p></aside>
<footer>&copy; 2021 Example Press. All rights reserved.</footer></body></html>"""


def test_html_leads_back_to_its_source() -> None:
    page = text_of(HTML)
    for at, character in enumerate(page.text):
        source = HTML[source_offset(page.origin, at) :]
        assert source.startswith("&") or source[0] == character or character in " \n"
    at = page.text.index("Belarus of breaking")
    assert HTML[source_offset(page.origin, at) :].startswith("Belarus of breaking")


def test_html_as_a_ledger(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text(HTML, encoding="utf-8")
    ledger = ledger_of([path], name="plain", workers=1)
    check(ledger)
    (document,) = ledger.documents.values()
    assert document.published is not None
    assert (document.published.iso, document.published.place) == ("2021-05-12T08:00", "markup")
    stated = document.published
    assert HTML[stated.start : stated.end] == stated.text
    told = [(c.speaker.norm, c.stance) for c in ledger.claims if c.salience != "headline"]
    assert ("Lithuania", "accuses") in told
    assert ("Belarus", "denies") in told
    assert not any("var a" in c.span.text for c in ledger.claims)
    accused = next(c for c in ledger.claims if c.stance == "accuses" and c.salience != "headline")
    place = place_of(document, accused.span.start)
    assert HTML[place:].startswith("Lithuania&rsquo;s government")


def pdf(lines: list[str], *, compressed: bool = False) -> bytes:
    """A PDF of one page with these lines; without lines a page that only shows a picture."""
    shown = "".join(f"({line}) Tj 0 -14 Td " for line in lines)
    content = f"BT /F1 11 Tf 50 750 Td {shown}ET" if lines else "q 1 0 0 1 0 0 cm Q"
    assert not compressed
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R "
        "/Resources << /Font << /F1 5 0 R >> >> >>",
        f"<< /Length {len(content)} >>\nstream\n{content}\nendstream",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    data, places = b"%PDF-1.4\n", []
    for number, text in enumerate(objects, 1):
        places.append(len(data))
        data += f"{number} 0 obj\n{text}\nendobj\n".encode("latin-1")
    start = len(data)
    data += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    data += "".join(f"{place:010d} 00000 n \n" for place in places).encode()
    root = f"trailer << /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n"
    return data + root.encode()


WRAPPED = [
    "The government of Norway has accused Russia of having broken into",
    "the mail servers of its parliament, and it has called the Russian",
    "ambassador in for a talk. Russia denied any involvement in the",
    "attack, which began in June and was found out only in September.",
]


def test_pdf_with_wrapped_lines(tmp_path: Path) -> None:
    pytest.importorskip("pypdf")
    path = tmp_path / "report.pdf"
    path.write_bytes(pdf(WRAPPED))
    ledger = ledger_of([path], name="plain", workers=1)
    check(ledger)
    told = {(c.speaker.norm, c.stance) for c in ledger.claims}
    assert {("Norway", "accuses"), ("Russia", "denies")} <= told
    (document,) = ledger.documents.values()
    assert place_of(document, ledger.claims[0].span.start) == 1


def test_pdf_of_pictures_is_said_to_have_no_text(tmp_path: Path) -> None:
    pytest.importorskip("pypdf")
    path = tmp_path / "scan.pdf"
    path.write_bytes(pdf([]))
    with pytest.raises(EvidenceError, match="no text layer"):
        read(path)


def test_broken_files_cost_only_themselves(tmp_path: Path) -> None:
    good = tmp_path / "good.txt"
    good.write_text("Iran was blamed for the attack on the water utility.", encoding="utf-8")
    whole = pdf(WRAPPED)
    draw = random.Random(7)
    for number in range(12):
        data = bytearray(whole[: draw.randrange(20, len(whole))])
        for _ in range(8):
            data[draw.randrange(8, len(data))] = draw.randrange(256)
        (tmp_path / f"broken{number}.pdf").write_bytes(bytes(data))
    (tmp_path / "empty.txt").write_bytes(b"")
    (tmp_path / "zeros.txt").write_bytes(bytes(4096))
    ledger = ledger_of([tmp_path], name="plain", workers=1)
    check(ledger)
    assert any(d.file == "good.txt" for d in ledger.documents.values())
    assert {p.what for p in ledger.problems} >= {"empty.txt", "zeros.txt"}


def test_pages_made_to_harm() -> None:
    draw = random.Random(11)
    nested = "<div>" * 20_000 + "Iran was blamed for the attack on the port." + "</div>" * 20_000
    page = text_of(f"<html><body>{nested}</body></html>")
    assert "Iran was blamed" in page.text
    pieces = [
        STORY, "“" * 500, "(" * 500, ", and " * 400, "said " * 600, "\x00\x1b[2J\u202e",
        "’s " * 300, "<mark>", "=HYPERLINK(1)", "A" * 5_000, "of the " * 500, "\ud800",
        "1 000 " * 400, "-" * 900,
    ]  # fmt: skip
    for _ in range(25):
        parts = [draw.choice(pieces) for _ in range(6)]
        text = "".join(parts)
        at = draw.randrange(len(text))
        text = text[:at] + draw.choice(["\n", "”", ".", "\u2028", "said"]) + text[at:]
        plain = one(Page("text", text, "0" * 64))
        for claim in plain.claims:
            assert text[claim.span.start : claim.span.end] == claim.span.text
            assert claim.speaker.norm


def test_five_megabytes_are_read_to_the_end() -> None:
    filler = "The committee met again in the old town hall and spoke of the weather.\n"
    text = filler * 35_000 + "\nIran denied any involvement in the attack.\n" + filler * 35_000
    assert len(text) > 4_900_000
    steps: list[int] = []
    from afterpatch.claims.extract import claims_of

    document, layout = document_of(Page("text", text, "0" * 64), "long.txt", "A")
    # all is laid out; claims are read from the part round the denial
    near = text.index("Iran denied")
    for line in layout.lines:
        if abs(line.start - near) > 5_000:
            line.kind = "furniture"
    claims = claims_of(document, layout, engines.engine("plain"), steps.append)
    assert any(c.stance == "denies" and c.speaker.norm == "Iran" for c in claims)
    assert steps == sorted(steps) or len(set(steps)) > 10


def test_the_work_on_a_page_grows_with_its_length(monkeypatch: pytest.MonkeyPatch) -> None:
    # Each line that may end a report asks how much follows it.
    asked: list[int] = []
    whole = furniture._is_paragraph

    def counted(line: furniture.Line, *, alone: bool, begun: bool = True) -> bool:
        asked.append(line.start)
        return whole(line, alone=alone, begun=begun)

    monkeypatch.setattr(furniture, "_is_paragraph", counted)
    block = (
        "Iran denied any involvement in the attack on the port.\n\nAnna Example is a reporter.\n\n"
    )
    page = layout.lay_out(block * 2_000)
    assert len(asked) <= 3 * len(page.lines)


def test_wrapped_lines_without_end_are_cut() -> None:
    line = "The government of Norway has accused Russia of having broken into its mail\n"
    page = layout.lay_out(line * 4_000)
    assert max(len(part.text) for part in page.lines) < 2 * PARAGRAPH_CHARACTERS


@pytest.mark.parametrize(
    ("text", "speaker", "relay"),
    [
        ("CNN reported that officials believe Iran was behind the leak.", "officials", "CNN"),
        ("Two officials told the Washington Post that Russia was responsible.", "Two officials",
         "Washington Post"),
        ("Investigators believe the gang left in May, a broadcaster reports.", "Investigators",
         "a broadcaster"),
        ("ESET said that Turla had used the flaw.", "ESET", None),
    ],
)  # fmt: skip
def test_who_passes_on_a_statement_is_no_speaker(
    text: str, speaker: str, relay: str | None
) -> None:
    (claim,) = one(Page("text", text, "0" * 64)).claims
    assert claim.speaker.text == speaker
    assert (claim.speaker.relay_span and claim.speaker.relay_span.text) == relay
    assert (claim.speaker.relay is None) == (relay is None)


def test_a_denial_of_earlier_charges_says_so() -> None:
    text = "China has previously denied allegations of hacking.\n\nChina denied the accusation."
    notes = [c.note for c in one(Page("text", text, "0" * 64)).claims if c.stance == "denies"]
    assert notes == ["a denial of earlier accusations, not of this one", None]


def test_a_report_that_is_too_large_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "huge.txt"
    with path.open("wb") as stream:
        stream.truncate(REPORT_BYTES + 1)
    with pytest.raises(EvidenceError, match="larger than"):
        read(path)


def test_the_same_file_twice_is_read_once(tmp_path: Path) -> None:
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_text(STORY, encoding="utf-8")
    ledger = ledger_of([tmp_path], name="plain", workers=2)
    assert [d.file for d in ledger.documents.values()] == ["a.txt"]
    assert [p.what for p in ledger.problems] == ["b.txt"]


def test_the_result_hangs_neither_on_order_nor_on_workers(tmp_path: Path) -> None:
    paths = []
    for number, name in enumerate(("one.txt", "two.txt", "three.txt")):
        path = tmp_path / name
        path.write_text(STORY.replace("1,200", f"{number + 2},200"), encoding="utf-8")
        paths.append(path)
    first = ledger_of(paths, name="plain", workers=1)
    second = ledger_of(paths[::-1], name="plain", workers=3)
    assert msgspec.json.encode(first) == msgspec.json.encode(second)


@pytest.mark.parametrize(
    ("files", "code"),
    [
        ({"a.txt": STORY.encode()}, 0),
        ({"a.txt": STORY.encode(), "b.txt": STORY.encode()}, 0),
        ({"a.txt": STORY.encode(), "empty.txt": b""}, 1),
        ({"a.txt": STORY.encode(), "zeros.txt": bytes(4096)}, 1),
        ({"a.txt": STORY.encode(), "cut.pdf": b"%PDF-1.4\n"}, 1),
        ({"empty.txt": b""}, 2),
    ],
)
@pytest.mark.parametrize("quiet", [False, True])
def test_a_report_that_cannot_be_read_shows_in_the_exit_code(
    tmp_path: Path, files: dict[str, bytes], code: int, *, quiet: bool
) -> None:
    folder = tmp_path / "reports"
    folder.mkdir()
    for name, data in files.items():
        (folder / name).write_bytes(data)
    out = tmp_path / "out"
    told = ["claims", str(folder), "-o", str(out), "--engine", "plain", "--jobs", "1"]
    result = CliRunner().invoke(app, [*told, "--quiet"] if quiet else told)
    assert result.exit_code == code
    assert (out / "claims.json").exists() == (code < 2)


@pytest.mark.parametrize("given", [[], ["nowhere.txt"], ["."]])
def test_nothing_to_read(tmp_path: Path, given: list[str]) -> None:
    with pytest.raises(UsageError):
        ledger_of([tmp_path / name for name in given], name="plain")


def test_the_parser_is_not_asked_for_where_it_is_not_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    engines.engine.cache_clear()
    monkeypatch.setattr("afterpatch.claims.grammar.dependency.model_name", lambda: None)
    assert "no parser" in engines.engine("auto").name
    with pytest.raises(UsageError, match="No parser is installed"):
        engines.engine("parser")
    engines.engine.cache_clear()
