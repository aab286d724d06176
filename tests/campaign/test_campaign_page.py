"""The view over many servers, and a page to send, in a real browser."""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pypdf
import pytest
from campaign_dossiers import PARAMETER, dossier
from playwright.sync_api import Page

from afterpatch.campaign import campaign
from afterpatch.outputs.campaign_folder import write

EVIL = '<script>INTRUDER()</script>\u202e"><img src=INTRUDER onerror=INTRUDER()>'
Opens = Callable[..., Page]


@pytest.fixture
def view(tmp_path: Path) -> Path:
    servers = tmp_path / "fleet" / "servers"
    for number in range(6):
        dossier(
            servers / f"org-{number}",
            host=f"MX{number} {EVIL}",
            parameter=PARAMETER,
            page=f"q{EVIL.replace('/', '')}.aspx",
            sentence=EVIL,
            addresses=(f"198.18.0.{number}",),
            grade=("used", "impacted", "attempted")[number % 3],
        )
    register = tmp_path / "register.csv"
    rows = "".join(f"org-{n},Org {n},energy{EVIL.replace(',', '')},XA,1-49,\n" for n in range(6))
    register.write_text(f"package,organization,sector,country,size,contact\n{rows}", "utf-8")
    out = tmp_path / "view"
    write(campaign([tmp_path / "fleet"], register=register), out)
    return out


@pytest.mark.parametrize("size", [(1366, 768), (390, 844)], ids=["laptop", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_view_says_its_first_sentence_at_once_and_does_nothing(
    opens: Opens, view: Path, size: tuple[int, int], scheme: str
) -> None:
    page = opens((view / "view.html").read_bytes(), size, color_scheme=scheme)
    assert "servers were taken over" in page.locator("main, body").first.inner_text()[:900]
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
    assert page.locator("script, img").count() == 0
    assert page.locator("svg").count() >= 4
    assert "INTRUDER" in (page.locator("body").text_content() or "")


def test_it_prints_whole(opens: Opens, view: Path) -> None:
    page = opens((view / "view.html").read_bytes(), (1366, 768))
    heads = [head.inner_text() for head in page.locator("h2").all()]
    printed = pypdf.PdfReader(io.BytesIO(page.pdf(format="A4")))
    # A font may draw two letters as one sign.
    said = unicodedata.normalize("NFKC", " ".join(s.extract_text() for s in printed.pages))
    text = " ".join(said.split())
    assert len(heads) > 6
    assert [head for head in heads if head not in text] == []


def test_a_page_to_send_opens_by_itself(opens: Opens, view: Path) -> None:
    pages = sorted((view / "notifications").iterdir())
    assert pages
    page = opens(pages[0].read_bytes(), (390, 844))
    assert page.locator("script, img").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
