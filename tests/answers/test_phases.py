"""The calendar against the evidence, how long somebody was in, and what rests on slower logs."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from afterpatch.answers.case import Case
from afterpatch.answers.exposure import ExposureAnswer
from afterpatch.answers.fallback import rests_on, still_covered
from afterpatch.answers.phases import dwell, phases
from afterpatch.detections.rule import And, Rule, Source
from afterpatch.model import (
    Actor,
    Backdoor,
    BuildSpan,
    Chain,
    Coverage,
    Dwell,
    Evidence,
    FileReport,
    Finding,
    Gap,
    Impact,
    Locator,
    Object,
    Operator,
    Part,
    Phase,
    Provenance,
    RestsOn,
    Tally,
    Trace,
    Visits,
)

INTRUDER, SECOND, RESPONDER = "203.0.113.9", "203.0.113.77", "198.51.100.4"
SHELL = "/owa/auth/x.aspx"
PATH = "C:\\Exchange\\FrontEnd\\HttpProxy\\owa\\auth\\x.aspx"
VISIT = "exchange-request-to-foreign-page"
OLD, NEW = "15.1.2106.2", "15.1.2106.13"  # before and with the update of March 2021
WINDOW = ("2021-01-10T00:00:00.000Z", "2021-04-20T00:00:00.000Z")


def at(day: str, hour: int = 6) -> str:
    return f"2021-{day}T{hour:02}:00:00.000Z"


def finding(rule: str, when: str | None, **more: Any) -> Finding:
    said: dict[str, Any] = {
        "id": f"f-{rule}-{when}-{more.get('address', '')}",
        "rule": rule,
        "title": rule,
        "question": "exploited",
        "outcome": "success",
        "chain": "ProxyLogon",
        "cve": ("CVE-2021-26855",),
        "technique": ("T1190",),
        "severity": "high",
        "when": when,
        "actor": Actor(address=more.pop("address", INTRUDER)),
        "object": Object(url=more.pop("url", "/ecp/y.js")),
        "provenance": Provenance("case", more.pop("file", "a.log"), more.pop("place", 0), 1, 1, ""),
        "raw": "",
        "look_alike": None,
        "explain": "",
        "artifact": "httpproxy",
    }
    return Finding(**{**said, **more})


def visit(when: str, place: int = 0, **more: Any) -> Finding:
    said = {"question": "used", "outcome": "reached", "chain": None, "url": SHELL, "place": place}
    return finding(VISIT, when, **{**said, **more})


def tally(first: str, last: str, count: int = 1, **more: Any) -> Tally:
    said = {"outcome": "reached", "address": INTRUDER, "url": SHELL, **more}
    return Tally(VISIT, count=count, first=first, last=last, **said)


def door(**more: Any) -> Backdoor:
    said: dict[str, Any] = {
        "id": "bd-1", "kind": "web shell", "path": PATH, "url": SHELL, "family": None,
        "planted": at("02-27"), "planted_by": (), "on_disk": True, "evidence_state": "file",
        "visits": Visits(None, None, 0, 0), "findings": (), "still_stands": "yes",
    }  # fmt: skip
    return Backdoor(**{**said, **more})


def hand(name: str, *addresses: str, class_: str = "intruder", last: str = "") -> Operator:
    return Operator(name, addresses, (), (), (), None, last or None, (), class_, (), ())  # type: ignore[arg-type]


def chain(
    name: str = "ProxyLogon", outcome: str = "exploited", first: str = at("02-27", 5)
) -> Chain:
    return Chain(name, ("CVE-2021-26855",), outcome, first, first, (INTRUDER,), ())  # type: ignore[arg-type]


def case(
    *findings: Finding,
    tallies: tuple[Tally, ...] = (),
    rules: tuple[Rule, ...] = (),
    reports: tuple[FileReport, ...] = (),
    window: tuple[str | None, str | None] = WINDOW,
) -> Case:
    return Case("MAIL01", {r.name: r for r in rules}, reports, findings, tallies, (), window)


def row(artifact: str, first: str | None, last: str | None, **more: Any) -> Coverage:
    said: dict[str, Any] = {
        "needed_from": at("01-03", 0), "gaps": (), "files": 1, "bytes": 1, "records": 1,
        "unparsed": 0, "state": "partial", "note": "",
    }  # fmt: skip
    return Coverage(artifact, first, last, **{**said, **more})


def built(*spans: tuple[str, str, str]) -> ExposureAnswer:
    history = tuple(BuildSpan(*span) for span in spans)
    return ExposureAnswer("Exchange Server 2016", NEW, "HttpProxy", history, ())


PATCHED = built((OLD, at("01-10"), at("03-09")), (NEW, at("03-10"), at("04-20")))
NOT_PATCHED = built((OLD, at("01-10"), at("04-20")))

# ---------------------------------------------------------------- phases


def told(found: tuple[Phase, ...], of: str = "ProxyLogon") -> list[tuple[object, ...]]:
    return [
        (p.name.removeprefix(f"{of}: "), p.activity, p.visible, p.share, p.seen_in)
        for p in found
        if p.name.startswith(f"{of}: ")
    ]


def test_a_phase_is_visible_as_far_as_a_log_that_shows_the_chain_covers_it() -> None:
    rows = (
        row("iis", at("01-30", 0), at("03-06", 0)),
        row("httpproxy", at("02-20", 0), at("03-03", 0)),
        row("iis-backend", at("01-03", 0), at("04-20", 0)),  # shows no request of the internet
        row("ecp", at("01-03", 0), at("04-20", 0)),
    )
    found = phases(case(finding("ssrf", at("03-02", 9))), rows, (), (), ())
    assert told(found) == [
        ("before disclosure", 0, True, 0.5, ("httpproxy", "iis")),
        ("mass exploitation", 0, True, 1.0, ("httpproxy", "iis")),
        ("patch day", 1, True, 1.0, ("httpproxy", "iis")),
        ("after the patch", 0, True, round(3 / 48, 3), ("iis",)),
    ]


def test_gaps_are_not_visible() -> None:
    gap = Gap(at("02-26", 12), at("03-01", 12), "missing")
    hidden = Gap(at("03-02", 0), at("03-03", 0), "missing")
    rows = (row("iis", at("02-26", 0), at("03-10", 0), gaps=(gap, hidden)),)
    found = told(phases(case(finding("ssrf", at("02-26"))), rows, (), (), ()))
    assert found[1] == ("mass exploitation", 1, True, 0.25, ("iis",))
    assert found[2] == ("patch day", 0, False, 0.0, ())


def test_a_gap_of_one_folder_hides_no_phase() -> None:
    gap = Gap(at("02-26", 0), at("03-02", 0), "missing", "OwaCalendar")
    rows = (row("httpproxy", at("02-26", 0), at("03-10", 0), gaps=(gap,)),)
    found = told(phases(case(finding("ssrf", at("02-26"))), rows, (), (), ()))
    assert found[1][2:4] == (True, 1.0)


def test_a_chain_that_only_one_channel_shows() -> None:
    window = ("2021-11-01T00:00:00.000Z", "2021-11-19T00:00:00.000Z")
    parts = (
        Part("MSExchange Management", "2021-11-09T18:00:00.000Z", "2021-11-14T12:00:00.000Z", 1, 9),
        Part("Security", *window, 1, 9),
    )
    cleared = Gap(window[0], "2021-11-12T00:00:00.000Z", "cleared", "Security")
    events = row("windows-events", *window, parts=parts, gaps=(cleared,))
    cast = finding("cast", "2021-11-10T00:00:00.000Z", chain="CVE-2021-42321")
    found = phases(case(cast, window=window), (events, row("iis", *window)), (), (), ())
    assert told(found, "CVE-2021-42321") == [
        ("patch day", 0, True, 0.25, ("windows-events:MSExchange Management",)),
        ("after the patch", 1, True, 0.5, ("windows-events:MSExchange Management",)),
    ]


def test_a_single_record_makes_its_phase_visible_for_a_moment() -> None:
    rows = (row("httpproxy", at("03-02", 9), at("03-02", 9)),)
    found = told(phases(case(finding("ssrf", at("03-02", 9))), rows, (), (), ()))
    assert [(p[0], p[2], p[3]) for p in found] == [
        ("before disclosure", False, 0.0),
        ("mass exploitation", False, 0.0),
        ("patch day", True, 0.0),
        ("after the patch", False, 0.0),
    ]


def test_without_such_a_log_no_phase_is_visible() -> None:
    found = phases(case(finding("ssrf", at("02-27"))), (row("ecp", *WINDOW),), (), (), ())
    assert {(p.visible, p.share, p.seen_in) for p in found} == {(False, 0.0, ())}
    assert sum(p.activity for p in found) == 1


def test_a_record_counts_once_and_visits_count_for_the_chain_that_opened_the_door() -> None:
    findings = (
        finding("ssrf", at("02-27"), place=1),
        finding("reset", at("02-27"), place=1),
        finding("cookie", at("02-27"), place=2),
        finding("other", at("02-27"), place=3, chain="ProxyShell"),
    )
    tallies = (
        tally(at("02-28"), at("03-01"), 4),
        tally(at("03-10"), at("03-11"), 5, address=SECOND, url="/OWA//auth/%78.aspx"),
        tally(at("03-10"), at("03-11"), 50, address=RESPONDER),
        tally(at("03-10"), at("03-11"), 70, url="/owa/auth/y.aspx"),
    )
    hands = (hand("op-1", RESPONDER, class_="responder"),)
    rows = (row("iis", *WINDOW),)
    found = phases(case(*findings, tallies=tallies), rows, (chain(),), (door(),), hands)
    assert [p[1] for p in told(found)] == [0, 2 + 4, 0, 5]


def test_a_door_belongs_to_the_last_chain_before_it() -> None:
    both = (chain(), chain("ProxyShell", first=at("08-19")))
    window = (WINDOW[0], at("09-01"))
    later = door(planted=at("08-20"))
    findings = (finding("a", at("02-27")), finding("b", at("08-19"), chain="ProxyShell"))
    made = case(*findings, tallies=(tally(at("08-20"), at("08-21"), 3),), window=window)
    found = phases(made, (), both, (later,), ())
    assert sum(p[1] for p in told(found)) == 1  # type: ignore[misc]
    assert sum(p[1] for p in told(found, "ProxyShell")) == 4  # type: ignore[misc]


def test_a_tally_over_the_edge_of_a_phase_is_counted_by_its_findings() -> None:
    seen = (visit(at("03-02", 23), 1), visit(at("03-03", 0), 2), visit(at("03-03", 1), 3))
    made = case(*seen, tallies=(tally(at("03-02", 23), at("03-03", 1), 3),))
    found = told(phases(made, (), (chain(),), (door(),), ()))
    assert [p[1] for p in found] == [0, 0, 1, 2]


def trace(when: str, place: int, **more: Any) -> Trace:
    said: dict[str, Any] = {"status": "200"}
    return Trace(
        id=f"r-{place}",
        artifact="iis",
        when=when,
        actor=Actor(address=more.get("address", INTRUDER)),
        object=Object(url=more.get("url", SHELL)),
        facts=said | more.get("facts", {}),
        provenance=Provenance("case", "a.log", place, 1, 1, ""),
        raw="",
        leads=(("page", SHELL),),
    )


def test_what_a_later_sweep_found_counts_once() -> None:
    seen = visit(at("03-05"), 1)
    made = case(seen, tallies=(tally(at("03-05"), at("03-05")),))
    more = (trace(at("03-05"), 1), trace(at("03-06"), 2), trace(at("03-06"), 3, url="/owa/"))
    found = told(phases(made, (), (chain(),), (door(),), (), more))
    assert [p[1] for p in found] == [0, 0, 0, 2]


def test_no_dated_evidence_has_no_phases() -> None:
    assert phases(case(window=(None, None)), (), (), (), ()) == ()


# ---------------------------------------------------------------- how long

ENTRY = finding("ssrf", at("02-27", 5), place=1)


def test_in_until_the_evidence_ends() -> None:
    visits = tally(at("02-28"), at("02-28"), 9), tally(at("03-20"), at("03-21"), 2)
    made = case(ENTRY, tallies=visits)
    hands = (hand("op-1", INTRUDER, last=at("03-21")), hand("op-2", SECOND))
    assert dwell(made, PATCHED, (chain(),), (door(),), hands) == Dwell(
        entry=at("02-27", 5),
        last_deed=at("03-21"),
        end=WINDOW[1] or "",
        ended="end of evidence",
        days=52,
        patched=at("03-10"),
        after_patch=2,
        operators=("op-1",),
    )


REMOVED = Rule(
    "page-removed", "", And(()), (Source("evtx"),), "backdoored", "low", "", backdoor="web shell"
)


def removed(when: str) -> Finding:
    return finding("page-removed", when, chain=None, question="backdoored", facts={"thing": PATH})


def test_in_until_the_last_door_was_removed() -> None:
    visits = (tally(at("03-01"), at("03-14")),)
    made = case(ENTRY, removed(at("03-15")), tallies=visits, rules=(REMOVED,))
    found = dwell(made, PATCHED, (chain(),), (door(still_stands="no"),), ())
    assert found is not None
    assert (found.end, found.ended, found.days) == (at("03-15"), "evicted", 16)


@pytest.mark.parametrize(
    ("doors", "tallies"),
    [
        ((door(still_stands="no"), door(id="bd-2", url="/b.aspx", path="C:\\b.aspx")), ()),
        ((door(still_stands="no"),), (tally(at("03-16"), at("03-16")),)),
        ((door(still_stands="no", path="C:\\other.aspx", url="/other.aspx"),), ()),
    ],
    ids=["another stands", "answered since", "nobody saw when"],
)
def test_a_removal_that_evicts_nobody(
    doors: tuple[Backdoor, ...], tallies: tuple[Tally, ...]
) -> None:
    made = case(ENTRY, removed(at("03-15")), tallies=tallies, rules=(REMOVED,))
    found = dwell(made, PATCHED, (chain(),), doors, ())
    assert found is not None
    assert (found.end, found.ended) == (WINDOW[1], "end of evidence")


def test_a_service_that_was_removed() -> None:
    gone = finding("service-removed", at("03-15"), chain=None, question="backdoored")
    service = door(
        kind="service", url=None, path=None, name="x", still_stands="no", findings=(gone.id,)
    )
    found = dwell(case(ENTRY, gone), PATCHED, (chain(),), (service,), ())
    assert found is not None
    assert (found.end, found.ended) == (at("03-15"), "evicted")


def test_questions_and_attempts_are_no_entry() -> None:
    findings = (
        finding("ssrf", at("01-20"), outcome="attempt"),
        finding(
            "ssrf", at("01-21"), look_alike="probe: Autodiscover only", facts={"request": "r1"}
        ),
        finding("post", at("01-21"), outcome="reached", facts={"request": "r1"}),
        finding("ssrf", at("01-22"), standing="supporting"),
        finding("other", at("01-23"), chain="ProxyShell"),
        ENTRY,
    )
    found = dwell(case(*findings), NOT_PATCHED, (chain(),), (), ())
    assert found is not None
    assert (found.entry, found.patched, found.after_patch) == (at("02-27", 5), None, 0)


def test_a_door_may_be_all_that_is_known_of_an_entry() -> None:
    assert dwell(case(), PATCHED, (), (), ()) is None
    assert dwell(case(), PATCHED, (chain(outcome="attempted"),), (), ()) is None
    refused = tally(at("01-20"), at("01-20"), outcome="attempt")
    made = case(tallies=(tally(at("03-01"), at("03-02")), refused))
    found = dwell(made, PATCHED, (), (door(planted=None),), ())
    assert found is not None
    assert (found.entry, found.patched) == (at("03-01"), None)


def test_requests_to_a_door_that_was_opened_after_the_patch_do_not_count() -> None:
    made = case(ENTRY, tallies=(tally(at("03-20"), at("03-20"), 7),))
    found = dwell(made, PATCHED, (chain(),), (door(planted=at("03-12")),), ())
    assert found is not None
    assert (found.patched, found.after_patch) == (at("03-10"), 0)


def test_responders_and_refused_requests_do_not_count() -> None:
    tallies = (
        tally(at("03-20"), at("03-20"), 7, address=RESPONDER),
        tally(at("03-21"), at("03-21"), 9, outcome="attempt"),
    )
    hands = (hand("op-1", RESPONDER, class_="responder"),)
    found = dwell(case(ENTRY, tallies=tallies), PATCHED, (chain(),), (door(),), hands)
    assert found is not None
    assert (found.after_patch, found.operators, found.last_deed) == (0, (), at("02-27"))


def test_traces_after_the_patch_count() -> None:
    more = (
        trace(at("03-20"), 7, address=SECOND),
        trace(at("03-21"), 8, facts={"status": "404"}),
    )
    hands = (hand("op-1", INTRUDER), hand("op-2", SECOND))
    found = dwell(case(ENTRY), PATCHED, (chain(),), (door(),), hands, more)
    assert found is not None
    assert (found.after_patch, found.operators, found.last_deed) == (1, ("op-2",), at("03-20"))


def test_a_directory_is_visited_below_its_address() -> None:
    below = tally(at("03-20"), at("03-20"), 3, url="/owa/auth/d/x.aspx")
    beside = tally(at("03-20"), at("03-20"), 5, url="/owa/auth/dx.aspx")
    directory = door(kind="virtual directory", url="/owa/auth/d", path="C:\\ProgramData\\d")
    found = dwell(case(ENTRY, tallies=(below, beside)), PATCHED, (chain(),), (directory,), ())
    assert found is not None
    assert found.after_patch == 3


def test_a_fixed_build_before_the_entry_is_no_patch_of_it() -> None:
    early = built((NEW, at("01-10"), at("04-20")))
    found = dwell(case(ENTRY), early, (chain(),), (door(),), ())
    assert found is not None
    assert found.patched is None


# ---------------------------------------------------------------- what rests on slower logs


def file(family: str, path: str) -> FileReport:
    return FileReport(Evidence("case", "", path, Locator("case", path), 1), family)


FILES = (file("httpproxy", "a.log"), file("iis", "b.log"), file("web-files", "c.aspx"))
EXPIRED = (
    row("iis", at("01-10"), at("04-20")),
    row("httpproxy", at("03-15"), at("04-20")),
    row("ecp", None, None, state="not present", files=0, records=0),
)


def test_what_is_older_than_the_fast_logs_rests_on_the_slower() -> None:
    seen = finding("post", at("02-27", 5), file="b.log", outcome="reached")
    scanned = finding("probe", at("04-01"), file="a.log", outcome="attempt")
    page = finding("page", None, file="c.aspx", chain=None)
    made = case(seen, scanned, page, reports=FILES)
    exploited = msgspec.structs.replace(chain(), findings=(seen.id, scanned.id))
    planted = door(findings=(page.id,))
    assert rests_on(made, EXPIRED, (exploited,), (planted,), ()) == (
        RestsOn("exploited", "ProxyLogon: exploited", ("iis",),
                "HttpProxy logs begin 2021-03-15; ECP logs are not there"),
        RestsOn("backdoored", f"web shell {SHELL}", ("web-files",),
                "HttpProxy logs begin 2021-03-15; ECP logs are not there"),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("when", "where"), [(at("03-20"), "b.log"), (at("02-27"), "a.log"), (at("03-20"), "a.log")]
)
def test_what_a_fast_log_covers_or_shows_does_not(when: str, where: str) -> None:
    seen = finding("post", when, file=where)
    made = case(seen, reports=FILES)
    exploited = msgspec.structs.replace(chain(first=when), findings=(seen.id,))
    assert rests_on(made, EXPIRED, (exploited,), (), ()) == ()


def test_what_only_was_tried_is_no_claim() -> None:
    seen = finding("post", at("02-27"), file="b.log")
    tried = msgspec.structs.replace(chain(outcome="attempted"), findings=(seen.id,))
    assert rests_on(case(seen, reports=FILES), EXPIRED, (tried,), (), ()) == ()


def test_an_undated_claim_rests_on_them_only_where_they_begin_too_late() -> None:
    page = finding("page", None, file="c.aspx", chain=None)
    made = case(page, reports=FILES)
    undated = door(planted=None, findings=(page.id,))
    whole = (
        row("httpproxy", at("01-03", 0), at("04-20")),
        row("ecp", at("01-03", 0), at("04-20")),
    )
    assert len(rests_on(made, EXPIRED, (), (undated,), ())) == 1
    assert rests_on(made, whole, (), (undated,), ()) == ()


def test_impact_rests_on_them_too() -> None:
    sent = finding("download", at("02-28"), file="b.log", question="impacted")
    harm = Impact("exfiltration", "T1567", at("02-28"), "it.zip", None, (), (sent.id,))
    rows = (*EXPIRED, row("ews", at("03-15"), at("04-20")), row("cmdletinfra", None, None))
    (claim,) = rests_on(case(sent, reports=FILES), rows, (), (), (harm,))
    assert claim == RestsOn(
        "impacted",
        "exfiltration: it.zip",
        ("iis",),
        "EWS logs begin 2021-03-15; cmdlet logs are not there",
    )


def test_what_still_covers_the_time_and_what_would() -> None:
    management = Part("MSExchange Management", at("01-02"), at("04-20"), 1, 9)
    rows = (
        row("iis", at("01-02"), at("04-20")),
        row("iis-backend", at("02-02"), at("04-20")),
        row("httpproxy", at("03-15"), at("04-20")),
        row("ecp", at("01-02"), at("04-20")),
        row("windows-events", at("01-02"), at("04-20"), parts=(management,)),
        row("web-files", None, None, needed_from=None),
    )
    compiled = "C:\\Windows\\Microsoft.NET\\Temporary ASP.NET Files\\owa\\x.aspx.1.compiled"
    made = case(reports=(file("web-files", compiled),))
    covered = still_covered(made, "exploited", rows)
    assert covered.by == (
        "IIS logs of the web site, from 2021-01-02: what the internet sent, not where it was sent "
        "on to",
    )
    assert "C:\\inetpub\\logs\\LogFiles\\W3SVC2" in covered.collect
    # The cmdlets are not what ran out: the ECP logs reach back.
    assert not any("Management" in text for text in (*covered.by, *covered.collect))
    pages = still_covered(made, "backdoored", rows)
    assert "compiled pages: pages that ran, also when they are gone" in pages.by
    assert still_covered(made, "used", rows) == ((), ())


def test_where_the_fast_logs_reach_back_nothing_stands_in() -> None:
    rows = tuple(row(f, at("01-02"), at("04-20")) for f in ("iis", "httpproxy", "ecp"))
    assert still_covered(case(), "exploited", rows) == ((), ())
