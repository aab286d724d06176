"""What followed: which findings make an entry, what it is called and how much it counts."""

from __future__ import annotations

from typing import Any

from afterpatch.answers.case import Case
from afterpatch.answers.impact import impact
from afterpatch.detections.rule import And, Effect, Rule, Source
from afterpatch.model import (
    Actor,
    Finding,
    Object,
    Operator,
    Provenance,
    Tally,
)

RULES = {
    "dump": Effect("credential dump"),
    "download": Effect("exfiltration", "bytes"),
    "archive": Effect("staging", "files"),
    "export": Effect("mailbox export", "mailboxes"),
    "page": None,
}
INTRUDER = "203.0.113.9"


def finding(rule: str, number: int = 0, **more: Any) -> Finding:
    said: dict[str, Any] = {
        "id": f"f-{rule}-{number}",
        "rule": rule,
        "title": f"A {rule}",
        "question": "impacted",
        "outcome": "success",
        "chain": None,
        "cve": (),
        "technique": ("T1003.001", "T1003"),
        "severity": "high",
        "when": f"2021-03-04T06:{10 + number}:00.000Z",
        "actor": Actor(),
        "object": Object(),
        "provenance": Provenance("case", "x", number, 1, None, ""),
        "raw": "",
        "look_alike": None,
        "explain": "",
        "artifact": "evtx",
    }
    return Finding(**{**said, **more})


def case(*findings: Finding, tallies: tuple[Tally, ...] = ()) -> Case:
    rules = {
        name: Rule(name, name, And(()), (Source("evtx"),), "impacted", "high", "", impact=effect)
        for name, effect in RULES.items()
    }
    return Case("MAIL01", rules, (), findings, tallies, (), (None, None))


def hand(name: str, *addresses: str, findings: tuple[str, ...] = ()) -> Operator:
    return Operator(name, addresses, (), (), (), None, None, (), "intruder", (), findings)


def test_only_what_is_proved_makes_an_entry() -> None:
    kept = finding("dump", 1)
    (entry,) = impact(
        case(
            kept,
            finding("dump", 2, outcome="reached"),
            finding("dump", 3, outcome="attempt"),
            finding("dump", 4, look_alike="administration: a support case"),
            finding("dump", 5, standing="supporting"),
            finding("page", 6),
            finding("no rule of this name", 7),
        ),
        (),
    )
    assert entry.findings == (kept.id,)
    assert (entry.kind, entry.technique, entry.when) == ("credential dump", "T1003.001", kept.when)
    assert (entry.what, entry.amount, entry.operators) == ("A dump", None, ())


def test_what_the_records_speak_of_is_named_once() -> None:
    def said(number: int, command: str) -> Finding:
        return finding("dump", number, object=Object(command=command))

    (entry,) = impact(
        case(said(2, "C:\\B.EXE  -x"), said(1, "a.exe"), said(3, "A.exe"), said(4, "z" * 300)), ()
    )
    assert entry.what.startswith("A dump: a.exe; C:\\B.EXE -x; zzz")
    assert len(entry.what) < 300
    assert entry.when == "2021-03-04T06:11:00.000Z"
    assert entry.findings == ("f-dump-1", "f-dump-2", "f-dump-3", "f-dump-4")
    (entry,) = impact(case(*(said(n, f"{n}.exe") for n in range(5))), ())
    assert entry.what == "A dump: 0.exe; 1.exe; 2.exe and 2 more"


def test_entries_stand_apart_by_kind_technique_and_detection_in_order_of_time() -> None:
    entries = impact(
        case(
            finding("download", 5),
            finding("dump", 3),
            finding("dump", 4, technique=("T1003.002",)),
            finding("dump", 1, title="Another dump", when=None),
        ),
        (),
    )
    assert [(e.kind, e.technique, e.what) for e in entries] == [
        ("credential dump", "T1003.001", "A dump"),
        ("credential dump", "T1003.002", "A dump"),
        ("exfiltration", "T1003.001", "A download"),
        ("credential dump", "T1003.001", "Another dump"),
    ]


def amounts(*findings: Finding, tallies: tuple[Tally, ...] = ()) -> list[tuple[int, str, str]]:
    return [
        (e.amount.value, e.amount.unit, e.amount.bound)
        for e in impact(case(*findings, tallies=tallies), ())
        if e.amount
    ]


def test_amounts_are_summed_and_say_whether_they_are_whole() -> None:
    counted = [finding("download", n, facts={"amount": "1000"}) for n in range(3)]
    assert amounts(*counted) == [(3000, "bytes", "exact")]
    assert amounts(*counted, finding("download", 8)) == [(3000, "bytes", "at least")]
    odd = [finding("download", n, facts={"amount": a}) for n, a in enumerate(("-", "x1", "9" * 90))]
    assert amounts(*odd) == []
    assert amounts(counted[0], *odd) == [(1000, "bytes", "at least")]


def test_what_was_only_tallied_makes_a_lower_bound() -> None:
    one = finding("download", facts={"amount": "1000"})
    more = Tally("download", "success", INTRUDER, None, 700, None, None)
    assert amounts(one, tallies=(more,)) == [(1000, "bytes", "at least")]
    other = Tally("dump", "success", INTRUDER, None, 700, None, None)
    assert amounts(one, tallies=(other,)) == [(1000, "bytes", "exact")]


def test_files_and_mailboxes_are_counted_by_name_where_the_records_count_nothing() -> None:
    paths = ["C:\\a.zip", "C:\\A.zip", "C:\\b.zip"]
    files = [finding("archive", n, object=Object(path=p)) for n, p in enumerate(paths)]
    assert amounts(*files) == [(2, "files", "exact")]
    assert amounts(finding("export")) == []
    assert amounts(finding("export", facts={"thing": "anna"})) == [(1, "mailboxes", "exact")]


def test_operators_are_those_of_the_address_or_of_the_finding() -> None:
    seen = finding("download", 1, actor=Actor(address=INTRUDER))
    unseen = finding("dump", 2)
    hands = (
        hand("op-1", INTRUDER),
        hand("op-2", "203.0.113.77", findings=(unseen.id,)),
        hand("op-3", "203.0.113.78"),
    )
    told = {e.kind: e.operators for e in impact(case(seen, unseen), hands)}
    assert told == {"exfiltration": ("op-1",), "credential dump": ("op-2",)}


def test_an_ordinary_server_has_no_impact() -> None:
    assert impact(case(), ()) == ()
