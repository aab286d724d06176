"""The report in a real browser: Chromium, headless, from disk and without a network."""

from __future__ import annotations

import io
import itertools
import unicodedata
from collections.abc import Callable

import attacks
import dossiers
import pypdf
import pytest
from msgspec.structs import replace as change
from playwright.sync_api import Page, expect
from test_outputs_hostile import HOSTILE, poisoned

from afterpatch.assess import assess
from afterpatch.model import Finding
from afterpatch.outputs.catalog import word
from afterpatch.outputs.format import Dossier
from afterpatch.outputs.html import render
from afterpatch.range.build import build

SECTIONS = ("unseen", "story", "coverage", "backdoors", "hands", "impact", "exposure", "findings",
            "steps", "problems", "method")  # fmt: skip
LAPTOP, PHONE = (1366, 768), (390, 844)
Open = Callable[..., Page]


@pytest.fixture
def opened(opens: Callable[..., Page]) -> Open:
    """Opens the report of a dossier, see `opens`."""

    def open_report(dossier: Dossier, size: tuple[int, int] = LAPTOP, **options: object) -> Page:
        return opens(b"".join(render(dossier)), size, **options)

    return open_report


@pytest.fixture(scope="module")
def many_hands(tmp_path_factory: pytest.TempPathFactory) -> Dossier:
    folder = tmp_path_factory.mktemp("range")
    (dossier,) = assess([build("multi-hand", folder, seed=3) / "evidence"])
    assert sum(who.class_ == "intruder" for who in dossier.assessment.operators) > 1
    return dossier


def rows(page: Page) -> list[list[str]]:
    """The rows that are shown, each as the texts of its cells, unfolded parts left out."""
    return page.evaluate("""() =>
        Array.from(document.querySelectorAll("#findings-table tbody tr"))
            .filter((row) => row.checkVisibility())
            .map((row) => Array.from(row.cells).map(
                (cell) => (cell.querySelector("summary") || cell).textContent))""")


def inside(page: Page, selector: str) -> bool:
    """Whether an element lies wholly within what is seen without scrolling."""
    box = page.locator(selector).bounding_box()
    size = page.viewport_size
    assert box is not None
    assert size is not None
    return bool(
        box["y"] >= 0
        and box["y"] + box["height"] <= size["height"]
        and box["x"] >= 0
        and box["x"] + box["width"] <= size["width"]
    )


@pytest.mark.parametrize("size", [LAPTOP, PHONE], ids=["laptop", "phone"])
def test_the_verdict_is_seen_without_scrolling(
    opened: Open, many_hands: Dossier, size: tuple[int, int]
) -> None:
    page = opened(many_hands, size)
    assert inside(page, ".verdict")
    assert inside(page, ".ladder")
    verdict = many_hands.assessment.verdict
    assert page.locator(".sentence").inner_text() == verdict.sentence
    assert page.locator(".ladder .reached").count() == len(verdict.reached)
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= size[0], "the page itself must not scroll sideways"


def test_sections_stand_in_their_order_with_their_pictures(
    opened: Open, many_hands: Dossier
) -> None:
    page = opened(many_hands)
    order = page.evaluate("Array.from(document.querySelectorAll('h2')).map((h) => h.id)")
    assert order == ["verdict-title", *SECTIONS]
    for section in ("story", "coverage", "hands", "exposure"):
        picture = page.locator(f"section:has(#{section}) svg.picture")
        assert picture.count() == 1, section
        box = picture.bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) > 100
        assert picture.get_attribute("aria-label")
    drawn = page.locator("section:has(#hands) svg").text_content() or ""
    for who in many_hands.assessment.operators:
        if who.class_ == "intruder":
            assert who.id in drawn


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_and_pictures_stand_out_from_the_page(
    opened: Open, many_hands: Dossier, scheme: str
) -> None:
    """WCAG 2.2, 1.4.3: text has a contrast of 4.5 to 1 at least."""
    page = opened(many_hands, color_scheme=scheme)
    found = page.evaluate("""() => {
        const light = (color) => {
            const [r, g, b] = color.match(/\\d+/g).slice(0, 3).map((value) => {
                const part = value / 255;
                return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
            });
            return 0.2126 * r + 0.7152 * g + 0.0722 * b;
        };
        const ratio = (a, b) => {
            const [low, high] = [light(a), light(b)].sort((x, y) => x - y);
            return (high + 0.05) / (low + 0.05);
        };
        const page = getComputedStyle(document.body).backgroundColor;
        return ["p", "th", "td", "dt", ".soft", "a", ".s-medium", "svg text"].map((selector) => {
            const style = getComputedStyle(document.querySelector(selector));
            return [selector, ratio(selector.startsWith("svg") ? style.fill : style.color, page)];
        });
    }""")
    assert {selector: ratio for selector, ratio in found if ratio < 4.5} == {}


def test_findings_are_filtered(opened: Open, many_hands: Dossier) -> None:
    page = opened(many_hands)
    everything = rows(page)
    assert len(everything) == len(many_hands.findings)
    form = page.locator("form.filter")
    for name, column in (("severity", 1), ("outcome", 2)):
        for value in {row[column] for row in everything}:
            form.locator(f"[name={name}]").select_option(value)
            page.wait_for_timeout(200)
            wanted = [row for row in everything if row[column] == value]
            assert rows(page) == wanted
            assert form.locator("output").inner_text().startswith(f"{len(wanted)} of ")
        form.locator("button").click()
        page.wait_for_timeout(50)
        assert rows(page) == everything
    first = many_hands.findings[0]
    rule = next(f for f in many_hands.findings if f.rule != first.rule)
    form.locator("[name=rule]").select_option(label=rule.title)
    page.wait_for_timeout(200)
    assert {row[4] for row in rows(page)} == {rule.title}
    assert len(rows(page)) == sum(f.rule == rule.rule for f in many_hands.findings)
    form.locator("button").click()
    form.locator("[name=text]").fill(first.id.upper())
    page.wait_for_timeout(300)
    assert len(rows(page)) == 1


def test_findings_are_sorted_with_the_keyboard_too(opened: Open, many_hands: Dossier) -> None:
    page = opened(many_hands)
    everything = rows(page)
    head = page.locator("#findings-table thead button").first
    head.focus()
    page.keyboard.press("Enter")
    assert [row[0] for row in rows(page)] == sorted(row[0] for row in everything)
    assert page.locator("#findings-table th").first.get_attribute("aria-sort") == "ascending"
    page.keyboard.press("Enter")
    assert [row[0] for row in rows(page)] == sorted((row[0] for row in everything), reverse=True)
    page.locator("#findings-table thead button").nth(1).click()
    order = [word(f"severity.{name}") for name in ("critical", "high", "medium", "low",
                                                   "informational")]  # fmt: skip
    places = [order.index(row[1]) for row in rows(page)]
    assert places == sorted(places)
    assert page.locator("#findings-table th[aria-sort]").count() == 1


def test_a_phone_sorts_too(opened: Open, many_hands: Dossier) -> None:
    page = opened(many_hands, PHONE)
    everything = rows(page)
    chosen = page.locator("form.filter [name=order]")
    chosen.select_option(label=word("findings.when"))
    assert [row[0] for row in rows(page)] == sorted(row[0] for row in everything)
    chosen.select_option(label=word("findings.gravest"))
    assert rows(page) == everything


def test_a_link_opens_the_finding_it_names(opened: Open, many_hands: Dossier) -> None:
    page = opened(many_hands)
    page.locator("form.filter [name=text]").fill("no row holds this")
    page.wait_for_timeout(300)
    assert rows(page) == []
    link = page.locator("section:has(#backdoors) a[href^='#finding-']").last
    target = link.get_attribute("href")
    link.click()
    page.wait_for_timeout(100)
    assert page.locator(f"{target} details").get_attribute("open") is not None
    assert page.locator(f"{target} pre").is_visible()
    box = page.locator(f"{target} summary").bounding_box()
    assert box is not None
    assert 0 <= box["y"] < LAPTOP[1]
    assert len(rows(page)) == len(many_hands.findings)


def test_the_page_tells_all_without_scripts(opened: Open, many_hands: Dossier) -> None:
    plain = opened(many_hands, java_script_enabled=False)
    assert plain.locator("#findings-table tbody tr").count() == len(many_hands.findings)
    assert not plain.locator("form.filter").is_visible()
    summary = plain.locator("#findings-table summary").first
    summary.click()
    assert plain.locator("#findings-table pre").first.is_visible()
    for section in SECTIONS:
        assert plain.locator(f"#{section}").is_visible()
    answer = many_hands.assessment
    text = plain.locator("main").inner_text()
    for step in answer.plan:
        assert step.do in text
        assert step.check in text
    for open_question in answer.not_answered:
        assert open_question.because in text


def test_a_reader_of_the_screen_meets_tables_headings_and_names(
    opened: Open, many_hands: Dossier
) -> None:
    page = opened(many_hands)
    session = page.context.new_cdp_session(page)
    session.send("Accessibility.enable")
    nodes = [
        (node["role"]["value"], node.get("name", {}).get("value", ""))
        for node in session.send("Accessibility.getFullAXTree")["nodes"]
        if not node.get("ignored")
    ]
    roles = [role for role, _ in nodes]
    assert roles.count("image") == 4
    assert roles.count("row") > len(many_hands.findings)
    assert roles.count("cell") > 6 * len(many_hands.findings)
    for named in ("image", "link", "button", "searchbox", "combobox", "navigation", "heading"):
        assert all(name for role, name in nodes if role == named), named
    levels = page.evaluate(
        "Array.from(document.querySelectorAll('h1,h2,h3,h4')).map((h) => +h.tagName[1])"
    )
    assert levels[0] == 1
    assert all(later <= earlier + 1 for earlier, later in itertools.pairwise(levels))
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"


def test_a_printed_page_has_every_section(opened: Open, many_hands: Dossier) -> None:
    page = opened(many_hands)
    printed = pypdf.PdfReader(io.BytesIO(page.pdf(format="A4")))
    text = " ".join(" ".join(sheet.extract_text() for sheet in printed.pages).split())
    answer = many_hands.assessment
    at = 0
    for section in SECTIONS:
        at = text.index(word(f"{section}.title"), at)
    assert word("story.phases_title") in text
    for door in answer.backdoors:
        assert door.id in text
    assert word("findings.filter_text") not in text
    for finding in many_hands.findings[:20]:
        assert finding.title in text
    few = change(many_hands, findings=many_hands.findings[:100])
    printed = pypdf.PdfReader(io.BytesIO(opened(few).pdf(format="A4")))
    # A font may draw two letters as one sign.
    said = unicodedata.normalize("NFKC", "".join(sheet.extract_text() for sheet in printed.pages))
    text = "".join(said.split())
    for finding in few.findings:
        assert f"offset{finding.provenance.offset}," in text
        assert finding.id in text


@pytest.mark.parametrize("number", range(len(HOSTILE)))
def test_hostile_text_stays_text(opened: Open, number: int) -> None:
    page = opened(poisoned(HOSTILE[number]))
    assert page.evaluate("document.querySelectorAll('script').length") == 1
    strange = page.evaluate("""() => Array.from(document.querySelectorAll("*")).filter((element) =>
        ["IMG", "IFRAME", "OBJECT", "EMBED", "LINK", "BASE"].includes(element.tagName)
        || Array.from(element.attributes).some((attribute) => attribute.name.startsWith("on")
            || /^\\s*(javascript|data|https?):/i.test(attribute.value))).length""")
    assert strange == 0
    assert page.evaluate("document.querySelectorAll('intruder').length") == 0
    assert page.evaluate("typeof window.INTRUDER") == "undefined"
    assert "INTRUDER" in (page.locator("#findings-table").text_content() or "")
    page.locator("#findings-table thead button").nth(4).click()
    page.locator("form.filter [name=text]").fill(HOSTILE[number][:200].replace("\ud800", ""))
    page.wait_for_timeout(200)


def test_a_server_that_attacks_in_every_field_does_nothing(opened: Open) -> None:
    page = opened(attacks.attacked())
    assert page.evaluate("document.querySelectorAll('script').length") == 1
    assert page.evaluate("document.querySelectorAll('intruder, img').length") == 0
    for summary in page.locator("#findings-table summary").all()[:40]:
        summary.click()
    for attack in attacks.ATTACKS:
        page.locator("form.filter [name=text]").fill(attack)
    page.wait_for_timeout(200)


@pytest.mark.parametrize("count", [10, 10_000])
def test_few_and_many_findings_open(opened: Open, count: int) -> None:
    """How long it takes is measured in benchmarks/report.py."""
    dossier = dossiers.many(count)
    page = opened(dossier)
    assert page.evaluate("document.querySelectorAll('#findings-table tbody tr').length") == count
    last: Finding = dossier.findings[-1]
    page.locator("form.filter [name=text]").fill(last.id)
    expect(page.locator("form.filter output")).to_have_text(f"1 of {count:,} shown")
    assert rows(page)[0][4] == last.title
