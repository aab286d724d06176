"""Is it over? Each thing that speaks against it, and each that keeps it from being told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import dossiers
import pytest
from msgspec.structs import replace

from afterpatch.cli import app
from afterpatch.compare import Comparison, compare, exit_code, lines
from afterpatch.errors import UsageError
from afterpatch.model import (
    Backdoor,
    Coverage,
    Evidence,
    Exposure,
    Gap,
    Impact,
    Locator,
    Operator,
    Problem,
    Trace,
    Visits,
)
from afterpatch.outputs.dossier import Dossier, write

SHELL = dossiers.used().assessment.backdoors[0].path or ""
URL = dossiers.used().assessment.backdoors[0].url or ""
END = "2021-03-09T23:59:58.000Z"  # of the first dossier
LATER = "2021-03-12T10:00:00.000Z"
BESIDE = SHELL.rpartition("\\")[0] + "\\logon.aspx"


def before() -> Dossier:
    """A dossier of a server with one web shell, which a finding saw lie on disk."""
    found = dossiers.traced()
    by_id = {finding.id: finding for finding in found.findings}
    of_file = by_id["f-00000004"]
    by_id[of_file.id] = replace(of_file, provenance=replace(of_file.provenance, member=SHELL))
    return replace(found, findings=tuple(by_id.values()))


def file(path: str, sha256: str = "12" * 32) -> Evidence:
    return Evidence("later.zip", "", path, Locator("later.zip", path), 10, sha256, "webfile")


def log(artifact: str, **parts: Any) -> Coverage:
    row = dossiers.coverage(artifact)
    span = {"from_": END, "to": "2021-03-20T23:00:00.000Z", "gaps": (), **parts}
    return replace(row, **span)


def after(**parts: Any) -> Dossier:
    """A later dossier of the same server: the logs since are whole, the shell is gone."""
    rows = tuple(log(name) for name in ("iis", "httpproxy", "windows-events", "web-files"))
    found = dossiers.no_evidence()
    closed = Exposure("CVE-2021-26855", "ProxyLogon", "fixed", None, None, "a later build")
    answer = replace(found.assessment, coverage=rows, exposure=(closed,))
    parts = {"evidence": (file(BESIDE),), **parts}
    of_answer = {k: parts.pop(k) for k in list(parts) if k in answer.__struct_fields__}
    return replace(found, assessment=replace(answer, **of_answer), **parts)


def compared(folder: Path, later: Dossier, first: Dossier | None = None, **how: Any) -> Comparison:
    write(first or before(), folder / "before", dossiers.RUN)
    write(later, folder / "after", dossiers.RUN)
    return compare(folder / "before", folder / "after", **how)


def request(status: str, when: str = LATER, number: int = 1) -> Trace:
    """A request to the old shell; its URL is spelled otherwise, as the web server would take it."""
    found = dossiers.trace(number, when)
    url = URL.upper()
    return replace(
        found,
        object=replace(found.object, url=url),
        facts={"method": "POST", "status": status},
    )


def hand(**parts: Any) -> Operator:
    """A hand of the later dossier, by default a stranger."""
    values: dict[str, Any] = {
        "id": "op-1", "addresses": ("192.0.2.99",), "user_agents": ("other",), "planted": (),
        "visited": (), "first": LATER, "last": LATER, "actions": (), "class_": "intruder",
        "joined_by": (), "findings": (),
    }  # fmt: skip
    return Operator(**{**values, **parts})


def door(**parts: Any) -> Backdoor:
    values: dict[str, Any] = {
        "id": "bd-1", "kind": "scheduled task", "path": None, "url": None, "family": None,
        "planted": None, "planted_by": (), "on_disk": False, "evidence_state": "trace only",
        "visits": Visits(None, None, 0, 0), "findings": (), "name": "Updater",
    }  # fmt: skip
    return Backdoor(**{**values, **parts})


def told(found: Comparison) -> str:
    return "\n".join(lines(found))


def test_over_as_far_as_the_evidence_goes(tmp_path: Path) -> None:
    found = compared(tmp_path, after())
    assert (found.over, exit_code(found)) == ("over as far as this evidence goes", 0)
    assert (found.reasons, found.unseen) == ((), ())
    assert found.since == END
    assert found.sentence.startswith(
        "Over as far as this evidence goes, from 2021-03-09 23:59:58 UTC to 2021-03-20 23:00:00 UTC"
    )
    (gone,) = found.doors
    assert (gone.before, gone.after, gone.state) == ("bd-1", None, "gone")
    assert gone.why == "its folder was read, and it is not there"
    assert [(h.cve, h.state) for h in found.holes] == [("CVE-2021-26855", "closed")]
    # What nothing shows to be done stays on the list, what is done does not.
    assert any("Change the passwords" in step for step in found.steps)
    said = told(found).lower()
    assert "clean" not in said
    assert "safe" not in said


@pytest.mark.parametrize(
    ("later", "why"),
    [
        # The shell stands: found again; the same bytes, which no detection spoke of; answers.
        (after(backdoors=(replace(dossiers.used().assessment.backdoors[0], id="bd-7",
                                  still_stands="yes"),)), "still stands"),
        (after(evidence=(file(SHELL.lower().removeprefix("c:\\"), "ab" * 32),)), "still stands"),
        (after(evidence=(), traces=(request("200"),)), "still stands"),
        (after(traces=(request("302"), request("404", "2021-03-13T00:00:00.000Z", 2))), "answered"),
        # Something new
        (after(backdoors=(door(),)), "scheduled task Updater is new"),
        (after(backdoors=(door(still_stands="yes"),)), "is new and stands"),
        (after(backdoors=(door(still_stands="no", planted=LATER),)), "is new"),
        (after(impact=(Impact("credential dump", "T1003", LATER, "A dump.", None, (), ()),)),
         "credential dump on 2021-03-12"),
        (after(exposure=(Exposure("CVE-2021-34473", "ProxyShell", "exposed", LATER, None, "x"),)),
         "CVE-2021-34473 stood open at the end"),
        # Somebody, new or known, for whom something worked
        (after(operators=(hand(),), operator_of={"f-00000001": "op-1"},
               findings=(dossiers.finding(outcome="success", when=LATER),)), "something worked"),
        (after(operators=(hand(id="op-4", class_="unknown", addresses=("2001:db8::7",)),),
               operator_of={"f-00000001": "op-4"},
               findings=(dossiers.finding(outcome="success", when=LATER),)),
         "op-1 came back as op-4"),
    ],
)  # fmt: skip
def test_not_over(later: Dossier, why: str, tmp_path: Path) -> None:
    found = compared(tmp_path, later)
    assert (found.over, exit_code(found)) == ("not over", 30)
    assert any(why in reason for reason in found.reasons), found.reasons
    assert why in found.sentence


@pytest.mark.parametrize(
    ("later", "why"),
    [
        (after(evidence=()), "what would show it is not in the evidence"),
        (after(evidence=(file("C:\\elsewhere\\logon.aspx"),)), "FrontEnd\\HttpProxy"),
        (after(evidence=(file(BESIDE, ""),)), "what would show it"),  # listed, and not read
        (after(evidence=(file(SHELL),)), "with other content"),
        (after(coverage=()), "ends unknown"),
        (after(coverage=(log("iis", to=END), log("httpproxy", to=END))), "not after"),
        (after(coverage=(log("iis", from_=LATER), log("httpproxy"))), "iis logs begin 2021-03-12"),
        (after(coverage=(log("iis"), log("windows-events"))), "no httpproxy log"),
        (after(coverage=(log("iis"), log("httpproxy"))), "a new page would not show"),
        (after(coverage=tuple(log(name, gaps=(Gap(END, LATER, "cleared"),) if name == "iis" else ())
                              for name in ("iis", "httpproxy", "windows-events", "web-files"))),
         "iis has 1 gap since"),
        (after(problems=(Problem("u_ex210312.log", "torn"),)), "1 file could not be read"),
        (after(exposure=()), "whether CVE-2021-26855 is closed is not seen"),
        (after(operators=(hand(),), operator_of={"f-00000001": "op-1"},
               findings=(dossiers.finding(outcome="reached", when=LATER),)),
         "no effect is proved"),
    ],
)  # fmt: skip
def test_can_not_be_told(later: Dossier, why: str, tmp_path: Path) -> None:
    found = compared(tmp_path, later)
    assert (found.over, exit_code(found)) == ("can't be told", 40)
    assert any(why.lower() in reason.lower() for reason in found.reasons), found.reasons


@pytest.mark.parametrize(
    "later",
    [
        # It was seen to be removed, or answers 404: nobody need have read its folder.
        after(evidence=(), backdoors=(replace(dossiers.used().assessment.backdoors[0], id="bd-3",
                                              still_stands="no"),)),
        after(evidence=(), traces=(request("404"),)),
        # Deeds before the end of the first dossier are no news, and attempts are none either.
        after(operators=(hand(last="2021-03-08T00:00:00.000Z"),)),
        after(operators=(hand(addresses=("203.0.113.7",)),), operator_of={"f-00000001": "op-1"},
              findings=(dossiers.finding(outcome="attempt", when=LATER),)),
        after(impact=(Impact("mailbox read", "T1114", END, "Read.", None, (), ()),)),
        after(backdoors=(door(still_stands="no", planted=END),)),
    ],
)  # fmt: skip
def test_what_does_not_speak_against_it(later: Dossier, tmp_path: Path) -> None:
    found = compared(tmp_path, later)
    assert found.over == "over as far as this evidence goes", found.reasons


def test_requests_to_an_old_door_are_told_with_their_answers(tmp_path: Path) -> None:
    traces = (request("404"), request("404", number=2), request("200", END, 3))
    found = compared(tmp_path, after(traces=traces))
    assert found.doors[0].asked == (("iis", "404", 2, LATER),)
    assert "2 requests since, answered 404 (iis, last 2021-03-12 10:00:00 UTC)" in told(found)


def test_the_day_of_the_eviction_may_be_given(tmp_path: Path) -> None:
    later = after(
        traces=(request("200"),),
        coverage=tuple(log(n) for n in ("iis", "httpproxy", "windows-events", "web-files")),
    )
    assert compared(tmp_path, later).over == "not over"
    found = compared(tmp_path, later, evicted="2021-03-13T00:00:00.000Z")
    assert found.over == "over as far as this evidence goes"
    assert found.doors[0].asked == ()


def test_a_user_agent_alone_is_said_to_be_weak(tmp_path: Path) -> None:
    agent = dossiers.used().assessment.operators[0].user_agents[0]
    found = compared(tmp_path, after(operators=(hand(user_agents=(agent,)),)))
    (one,) = found.operators
    assert (one.before, one.by, one.sure) == (("op-1",), (f"user agent {agent}",), False)
    assert "(which many share)" in told(found)
    # From an address that others share too, an address tells nothing either.
    shared = hand(addresses=("203.0.113.7",), shared_addresses=("203.0.113.7",))
    found = compared(tmp_path, after(operators=(shared,)))
    assert (found.operators[0].before, found.operators[0].sure) == ((), False)


@pytest.mark.parametrize(("read", "state"), [(True, "gone"), (False, "unknown")])
def test_a_thing_that_a_file_names(read: bool, state: str, tmp_path: Path) -> None:
    config = "C:\\Windows\\System32\\inetsrv\\config\\applicationHost.config"
    named = dossiers.finding(9, rule="module")
    named = replace(
        named, artifact="iisconfig", provenance=replace(named.provenance, member=config)
    )
    module = door(kind="IIS module", name="Extra", path="C:\\x\\extra.dll", findings=(named.id,))
    first = dossiers.used()
    first = replace(
        first,
        findings=(named,),
        assessment=replace(first.assessment, backdoors=(module,)),
    )
    found = compared(tmp_path, after(evidence=(file(config),) if read else ()), first)
    assert found.doors[0].state == state
    assert config.lower().removeprefix("c:\\") in found.doors[0].why


def test_numbers_of_doors_say_nothing(tmp_path: Path) -> None:
    first = dossiers.used()
    doors = (door(id="bd-1", name="One"), door(id="bd-2", name="Two"))
    first = replace(first, assessment=replace(first.assessment, backdoors=doors))
    later = after(backdoors=(door(id="bd-1", name="Two", still_stands="yes"),))
    found = compared(tmp_path, later, first)
    assert [(d.called, d.before, d.after, d.state) for d in found.doors] == [
        ("One", "bd-1", None, "unknown"),
        ("Two", "bd-2", "bd-1", "stands"),
    ]


def test_dossiers_that_can_not_be_compared(tmp_path: Path) -> None:
    write(dossiers.traced(), tmp_path / "before", dossiers.RUN)
    other = after(host=replace(dossiers.used().assessment.host, name="MAIL02"))
    write(other, tmp_path / "other", dossiers.RUN)
    with pytest.raises(UsageError, match="of one server"):
        compare(tmp_path / "before", tmp_path / "other")
    with pytest.raises(UsageError, match="no dossier"):
        compare(tmp_path / "before", tmp_path)
    (tmp_path / "other" / "assessment.json").write_text("{")
    with pytest.raises(UsageError, match="assess the evidence again"):
        compare(tmp_path / "before", tmp_path / "other")
    write(replace(dossiers.empty(), assessment=replace(
        dossiers.empty().assessment, host=dossiers.used().assessment.host)),
        tmp_path / "undated", dossiers.RUN)  # fmt: skip
    with pytest.raises(UsageError, match="--evicted"):
        compare(tmp_path / "undated", tmp_path / "before")


def test_without_a_table_of_records_it_can_not_be_told(tmp_path: Path) -> None:
    compared(tmp_path, after())
    (tmp_path / "after" / "records.parquet").unlink()
    found = compare(tmp_path / "before", tmp_path / "after")
    assert found.over == "can't be told"
    assert "records.parquet" in found.sentence


def test_on_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    compared(tmp_path, after(backdoors=(door(name="\x1b[2J"),)))
    words = ["compare", str(tmp_path / "before"), str(tmp_path / "after")]
    with pytest.raises(SystemExit) as ended:
        app(words, prog_name="afterpatch")
    said = capsys.readouterr().out
    assert ended.value.code == 30
    assert said.splitlines()[0].startswith("Not over (")
    assert "\x1b" not in said
    with pytest.raises(SystemExit) as ended:
        app([*words, "--json", "--evicted", "2021-03-10"], prog_name="afterpatch")
    found = json.loads(capsys.readouterr().out)
    assert (found["over"], found["since"]) == ("not over", "2021-03-10T00:00:00.000Z")


def test_evidence_that_names_no_server_is_compared_on_trust(tmp_path: Path) -> None:
    """Web logs and files alone, as they are left weeks later, tell no name of the server."""
    host = replace(dossiers.used().assessment.host, name="evidence", named_by="evidence")
    found = compared(tmp_path, after(host=host))
    assert found.host == "MAIL01"
    assert found.over == "can't be told"
    assert any("taken on trust" in reason for reason in found.reasons)
