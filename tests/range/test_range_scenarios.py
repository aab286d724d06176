"""The stories of the range: each is built the same way twice, tells the truth, and is judged right.

The last part holds the program to the truth: grade, chains, backdoors, impact, operators.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from synthetic import (
    SIZE,
    WINDOWS,
    WORKING,
    digest,
    files,
    in_order,
    rows,
    stated_rows,
    truth,
)

from afterpatch import knowledge
from afterpatch.assess import assess
from afterpatch.model import Assessment, Backdoor
from afterpatch.outputs.format import Dossier
from afterpatch.range import SCENARIOS, Scenario, build
from in_process import InProcess

DAY_SIZE = 2_200_000
STORIES = {story.name: story for story in SCENARIOS if story.stories}
ALL = [story.name for story in SCENARIOS if not story.cast]
# Operators that no row gives away: a mailbox owner's own requests, probes whose log is gone, and a
# sign-in like any other, which only a second sweep for the sprayer's address would bring up;
# and traces that accuse nobody by themselves.
UNNAMED = {
    ("cve-2021-42321", "intruder"),
    ("password-spraying", "intruder"),
    ("cve-2021-28480", "intruder"),
    ("relay", "intruder"),
    ("cve-2026-42897", "intruder"),
    ("proxylogon-expired", "scanner"),
}
# Kinds of impact that any command on the server may be told as, beside the truth's own.
BESIDE = {"execution", "discovery", "persistence", "command and control"}

Made = Callable[[str], Path]


def make(name: str, out: Path, **options: Any) -> Path:
    if name in WINDOWS:
        first, last = WINDOWS[name]
        size = SIZE
    else:
        story = STORIES[name]
        # The last day holds a story; only what deletes earlier days needs more.
        days = 3 if "log tampering" in story.stories else 1
        first, last = story.last_day - timedelta(days=days - 1), story.last_day
        size = DAY_SIZE * days
    return build(name, out, **{"size": size, "first_day": first, "last_day": last} | options)


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    root = tmp_path_factory.mktemp("stories")

    @cache
    def scenario(name: str) -> Path:
        return make(name, root / name)

    return scenario


@pytest.mark.parametrize("name", STORIES)
def test_same_arguments_give_the_same_bytes(made: Made, tmp_path: Path, name: str) -> None:
    assert digest(make(name, tmp_path / "again")) == digest(made(name))


@pytest.mark.parametrize("name", STORIES)
def test_rows_are_in_order_and_where_they_are_said_to_be(made: Made, name: str) -> None:
    assert in_order(made(name)) > 1500
    stated_rows(made(name))


@pytest.mark.parametrize("name", STORIES)
def test_nothing_written_would_run(made: Made, name: str) -> None:
    for path in files(made(name)):
        data = path.read_bytes()
        assert not [word for word in WORKING if word in data], path.name


def on_disk(folder: Path, windows_path: str) -> bool:
    return (folder / "evidence" / windows_path.removeprefix("C:\\").replace("\\", "/")).exists()


@pytest.mark.parametrize("name", STORIES)
def test_the_truth_agrees_with_itself(made: Made, name: str) -> None:
    folder = made(name)
    told = truth(folder)
    expect = told["expect"]
    story: Scenario = STORIES[name]
    assert expect["grade"] == story.grade
    # The grade is the highest of what is told.
    exploited = any(chain["outcome"] == "exploited" for chain in expect["chains"])
    visits = [event for event in told["events"] if event["kind"] == "visit"]
    # What only supports other findings proves no attempt.
    tried = any(event["kind"] == "attack" for event in told["events"]) and not expect["findings"]
    holes = [cve for finding in expect["findings"] for cve in finding["cves"]]
    ladder = {
        "exposed": any(knowledge.fix_state(cve, story.build).state == "open" for cve in holes),
        "attempted": bool(expect["chains"]) or tried,
        "exploited": exploited,
        "backdoored": bool(expect["backdoors"]),
        "used": bool(visits) or bool(expect["commands"]),
        "impacted": bool(expect["impact"]),
    }
    proved = [rung for rung, reached in ladder.items() if reached]
    assert (proved or ["no evidence"])[-1] == story.grade
    # Who did it, and who did not.
    classes = {row["address"]: row["class"] for row in expect["operators"]}
    intruders = {address for address, word in classes.items() if word == "intruder"}
    assert set(expect["actor_addresses"]) == intruders
    assert not classes.keys() & {*expect["bystander_addresses"]}
    assert not intruders & {*expect["scanner_addresses"]}
    for chain in expect["chains"]:
        assert set(chain["sources"]) <= classes.keys()
        assert set(chain["cves"]) <= set(knowledge.cves())
    # What is said to lie there lies there.
    for door in expect["backdoors"]:
        assert door["thing"]
        if door["kind"] == "web shell":
            assert on_disk(folder, door["path"]) == (door["still_stands"] == "yes")
        elif door["evidence_state"] == "file":
            config = (folder / "evidence").rglob("*.config")
            assert any(door["path"] in path.read_text("utf-8") for path in config)
    shells = {door["path"] for door in expect["backdoors"] if door["kind"] == "web shell"}
    assert {shell["path"] for shell in expect["web_shells"]} == shells
    for shell in expect["web_shells"]:
        iis = sorted((folder / "evidence/inetpub/logs/LogFiles/W3SVC1").iterdir())
        asked = [row for path in iis for row in rows(path) if row["cs-uri-stem"] == shell["url"]]
        assert len(asked) == shell["visits"]["count"]
        assert {row["c-ip"] for row in asked} == set(shell["visitors"])


def test_sizes_are_logged_where_they_are_told(made: Made) -> None:
    folder = made("credential-dump")
    (amount,) = [i["amount"] for i in truth(folder)["expect"]["impact"] if i["amount"]]
    (iis,) = (folder / "evidence/inetpub/logs/LogFiles/W3SVC1").iterdir()
    largest = max(rows(iis), key=lambda row: int(row["sc-bytes"]))
    assert (largest["cs-uri-stem"], largest["sc-status"]) == ("/aspnet_client/it.zip", "200")
    assert int(largest["sc-bytes"]) == amount["value"]


def test_a_deleted_log_is_not_there(made: Made) -> None:
    logs = made("log-tampering") / "evidence/inetpub/logs/LogFiles"
    assert len(list((logs / "W3SVC1").iterdir())) == 2
    assert len(list((logs / "W3SVC2").iterdir())) == 3


def test_encoded_queries_hold_no_plain_word(made: Made) -> None:
    (iis,) = (made("proxynotshell-encoded") / "evidence/inetpub/logs/LogFiles/W3SVC1").iterdir()
    asked = [row for row in rows(iis) if "autodiscover.json" in row["cs-uri-stem"].lower()]
    assert asked
    assert not [row for row in asked if "powershell" in row["cs-uri-query"].lower()]


def test_carriers_begin_as_their_formats_do(made: Made) -> None:
    for name, magic in (("proxyshell", b"!BDN"), ("proxyshell-certificate", b"\x30\x82")):
        folder = made(name)
        (shell,) = truth(folder)["expect"]["web_shells"]
        place = shell["path"].removeprefix("C:\\").replace("\\", "/")
        assert (folder / "evidence" / place).read_bytes().startswith(magic)


def test_hits_are_laid_into_a_story(tmp_path: Path) -> None:
    told = truth(make("administration", tmp_path / "hits", hits_every=500))
    assert told["hits"] > 0
    assert told["expect"]["grade"] == "attempted"


# ---------------------------------------------------------------- the program and the truth


@pytest.fixture(scope="session")
def judged(made: Made) -> Callable[[str], tuple[Dossier, dict[str, Any]]]:
    @cache
    def scenario(name: str) -> tuple[Dossier, dict[str, Any]]:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("afterpatch.assess.LocalEngine", InProcess)
            (dossier,) = assess([made(name) / "evidence"], workers=1)
        expect: dict[str, Any] = truth(made(name))["expect"]
        return dossier, expect

    return scenario


Judged = Callable[[str], tuple[Dossier, dict[str, Any]]]


@pytest.mark.parametrize("name", ALL)
def test_grade_and_chains(judged: Judged, name: str) -> None:
    dossier, expect = judged(name)
    assessment = dossier.assessment
    assert assessment.problems == ()
    assert assessment.verdict.grade == expect["grade"]
    found = {chain.name: chain for chain in assessment.chains}
    assert {chain.name: chain.outcome for chain in assessment.chains} == {
        chain["name"]: chain["outcome"] for chain in expect["chains"]
    }
    for chain in expect["chains"]:
        assert set(chain["cves"]) <= set(found[chain["name"]].cves)


@pytest.mark.parametrize("name", ALL)
def test_backdoors(judged: Judged, name: str) -> None:
    dossier, expect = judged(name)
    doors = dossier.assessment.backdoors
    wanted = expect["backdoors"]
    assert Counter(door.kind for door in doors) == Counter(door["kind"] for door in wanted)
    for told in wanted:
        (door,) = [d for d in doors if d.kind == told["kind"] and names(d, told)]
        assert door.evidence_state == told["evidence_state"]
        assert door.still_stands == told["still_stands"]


def names(door: Backdoor, told: dict[str, Any]) -> bool:
    """Whether both speak of one thing: by its path, its URL, or its name."""
    said = {word.lower() for word in (door.path, door.url, door.name) if word}
    meant = {word.lower() for word in (told["path"], told["url"], told["thing"]) if word}
    return bool(said & meant)


@pytest.mark.parametrize("name", ALL)
def test_impact(judged: Judged, name: str) -> None:
    dossier, expect = judged(name)
    found = dossier.assessment.impact
    kinds, wanted = {i.kind for i in found}, {i["kind"] for i in expect["impact"]}
    assert wanted <= kinds <= wanted | BESIDE
    for told in expect["impact"]:
        if told["amount"]:
            amounts = [i.amount for i in found if i.kind == told["kind"] and i.amount]
            assert told["amount"] in [{"value": a.value, "unit": a.unit} for a in amounts]


@pytest.mark.parametrize("name", ALL)
def test_operators_and_commands(judged: Judged, name: str) -> None:
    dossier, expect = judged(name)
    classes = by_address(dossier.assessment)
    wanted = {row["address"]: row["class"] for row in expect["operators"]}
    wanted = {a: word for a, word in wanted.items() if (name, word) not in UNNAMED}
    assert wanted.items() <= classes.items()
    intruders = {address for address, word in classes.items() if word == "intruder"}
    assert intruders <= set(expect["actor_addresses"])
    commands = {finding.object.command for finding in dossier.findings}
    assert set(expect["commands"]) <= commands


def test_a_removal_ends_the_stay(judged: Judged) -> None:
    dossier, expect = judged("responder")
    found = dossier.assessment.dwell
    assert found is not None
    assert found.ended == "evicted"
    assert found.last_deed < found.end
    assert expect["backdoors"][0]["still_stands"] == "no"


def test_a_door_that_stands_ends_nothing(judged: Judged) -> None:
    dossier, _ = judged("proxylogon")
    found = dossier.assessment.dwell
    assert found is not None
    assert found.ended == "end of evidence"
    (door,) = dossier.assessment.backdoors
    assert found.entry <= (door.planted or "~") < found.last_deed


def test_what_rests_on_slower_logs_when_the_others_have_expired(judged: Judged) -> None:
    dossier, _ = judged("proxylogon-expired")
    claims = dossier.assessment.rests_on
    assert {claim.question for claim in claims} == {"exploited", "backdoored"}
    fast = {"httpproxy", "ecp", "ews", "cmdletinfra"}
    assert not any(fast & set(claim.sources) for claim in claims)


@pytest.mark.parametrize("name", ALL)
def test_no_log_of_the_range_lacks_what_was_not_taken(judged: Judged, name: str) -> None:
    dossier, _ = judged(name)
    for row in dossier.assessment.coverage:
        inside = [g for g in row.gaps if g.from_ != row.needed_from and g.to != row.from_]
        expected = name == "log-tampering" and row.artifact in ("iis", "windows-events")
        assert expected or inside == [], row.artifact
        assert row.shift is None


def test_a_cleared_log_is_a_gap_of_its_channel(judged: Judged) -> None:
    dossier, _ = judged("log-tampering")
    (events,) = [r for r in dossier.assessment.coverage if r.artifact == "windows-events"]
    assert [g.where for g in events.gaps if g.why == "cleared"] == ["System"]


SUPPORTED = ("cve-2021-28480", "relay", "cve-2026-42897")


@pytest.mark.parametrize("name", SUPPORTED)
def test_what_fits_an_attack_shows_and_accuses_nobody(judged: Judged, name: str) -> None:
    dossier, expect = judged(name)
    (told,) = expect["findings"]
    found = [finding for finding in dossier.findings if told["technique"] in finding.technique]
    # In both logs of the front end, for everybody that the rows speak of and for nobody else.
    assert {finding.artifact for finding in found} == {"iis", "httpproxy"}
    assert {finding.actor.address for finding in found} == set(told["sources"])
    assert {finding.standing for finding in found} == {"supporting"}
    assert {cve for finding in found for cve in finding.cve} <= set(told["cves"])
    assert [f for f in dossier.findings if f.standing == "supporting"] == found
    assert not [o for o in dossier.assessment.operators if o.class_ == "intruder"]


def test_only_these_are_told_by_findings(made: Made) -> None:
    told = [name for name in STORIES if truth(made(name))["expect"]["findings"]]
    assert sorted(told) == sorted(SUPPORTED)


def by_address(assessment: Assessment) -> dict[str, str]:
    return {a: operator.class_ for operator in assessment.operators for a in operator.addresses}
