"""What stands among a report's paragraphs and is none of it gives no claim and ends no report."""

from __future__ import annotations

from claims_harness import claims_in

from afterpatch.claims.ledger import document_of
from afterpatch.claims.page.read import Page

_BODY = (
    "Belgium said on Monday that a Russian group was behind the attack on the port.",
    "The port said the attack had stopped the unloading of ships for three days.",
    "The Russian ambassador called the accusation a tired old tale.",
    "Police in Antwerp said that no ransom had been paid so far.",
    "The mayor warned that repairs would take several weeks.",
)


def _told(*lines: str) -> list[str]:
    return [claim.span.text for claim in claims_in("\n\n".join(lines))]


def _report(*between: str, foot: tuple[str, ...] = ()) -> list[str]:
    head = ("Port of Antwerp hacked, Belgium says", "By Ines Example, Security Correspondent")
    return _told(*head, *_BODY[:2], *between, *_BODY[2:], *foot)


def test_a_box_of_links_inside_a_report_does_not_end_it() -> None:
    assert _report("RELATED ARTICLES", "How gangs choose their victims") == _report()
    assert _report()[-1] == _BODY[-1]


def test_a_heading_about_something_does_not_end_a_report() -> None:
    assert _report("About the attack") == _report()


def test_stories_behind_a_box_of_links_are_none_of_the_report() -> None:
    stories = (
        "Related articles",
        "Minister blames Moscow for power cut",
        "The minister said Moscow was behind the power cut in May.",
        "Hackers steal nurses' data",
        "Hackers stole the data of 40,000 nurses, the union said.",
    )
    assert _report(foot=stories) == _report()


def test_the_foot_of_a_page_states_nothing() -> None:
    foot = (
        "Ines Example is based in Brussels. She has won two awards for her reports on Russia.",
        "Support local journalism: subscribe today for £1.",
        "Our journalism is paid for by readers. We may earn a commission on what you buy.",
        "By signing up you agree to the terms of the Gazette.",
        "About Harbour Gazette",
        "The Gazette has reported on hackers and other crime since 1902.",
    )
    for line in foot[:4]:
        assert _report(foot=(line,)) == _report()
    assert _report(foot=foot) == _report()


def _publisher(*lines: str) -> str | None:
    document, _ = document_of(Page("text", "\n\n".join(lines), "0" * 64), "report.txt", "A")
    return document.publisher.norm if document.publisher else None


def test_a_newsroom_that_speaks_of_its_own_work_is_the_publisher() -> None:
    head = "Port of Antwerp hacked, Belgium says"
    tried = "A gang boasted of the theft. Bloomberg couldn't verify the claim."
    assert _publisher(head, *_BODY[:2], tried, *_BODY[2:]) == "Bloomberg"
    asked = "BleepingComputer contacted the port but had no answer by the evening."
    assert _publisher(head, *_BODY[:2], asked, *_BODY[2:]) == "BleepingComputer"


def test_a_newsroom_that_is_cited_is_not_the_publisher() -> None:
    head = "Port of Antwerp hacked, Belgium says"
    tried = "A gang boasted of the theft. Bloomberg could not verify the claim."
    cited = "The gang is small, according to Bloomberg."
    assert _publisher(head, *_BODY[:2], tried, cited, *_BODY[2:]) is None
    assert _publisher(head, *_BODY[:2], "The port could not verify the claim.", *_BODY[2:]) is None


def test_a_masthead_in_capitals_is_the_publisher() -> None:
    assert _publisher("NORTHERN GAZETTE", "Port of Antwerp hacked, Belgium says", *_BODY) == (
        "NORTHERN GAZETTE"
    )
