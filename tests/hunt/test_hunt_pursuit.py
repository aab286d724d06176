"""Further sweeps: they end, they are bounded, and the number of workers changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hunt_harness import shipped

from afterpatch.engines.local import LocalEngine
from afterpatch.evidence.source import discover
from afterpatch.hunt import EXAMINER, Job, Told, compile_program, hunt, pursue, pursuit
from afterpatch.limits import SWEEPS
from afterpatch.model import Lead, Pursuit
from in_process import InProcess

HEADER = (
    "#Software: Microsoft Internet Information Services 10.0\r\n"
    "#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip "
    "cs(User-Agent) cs(Referer) sc-status sc-substatus sc-win32-status time-taken\r\n"
)


@pytest.fixture
def evidence(tmp_path: Path) -> Path:
    """Six days in which 192.0.2.1 to .9 ask for a page each, in turn."""
    for day in range(1, 7):
        folder = tmp_path / f"inetpub/logs/LogFiles/W3SVC{1 + day % 2}"
        folder.mkdir(parents=True, exist_ok=True)
        rows = "".join(
            f"2021-03-0{day} 07:{n // 60:02}:{n % 60:02} 192.0.2.10 POST /p{n % 9} - "
            f"{443 + day % 2} - 192.0.2.{1 + n % 9} x - 200 0 0 4\r\n"
            for n in range(300)
        )
        (folder / f"u_ex21030{day}.log").write_bytes((HEADER + rows).encode())
    return tmp_path


Learn = Callable[[Pursuit], Sequence[Lead]]


def pursued(root: Path, learn: Learn, engine: LocalEngine[Job] | None = None) -> Pursuit:
    units, _ = discover([root])
    used = engine or InProcess[Job](EXAMINER, 1)
    told: Told = hunt(compile_program(shipped(), deferred=True), units, used)
    return pursue(told, used, told.reports(), learn)


def address(number: int) -> Lead:
    return Lead("address", f"192.0.2.{number}", ("f-0",))


def test_a_lead_is_followed_once_and_then_it_ends(evidence: Path) -> None:
    asked = []

    def learn(so_far: Pursuit) -> Sequence[Lead]:
        asked.append(len(so_far.traces))
        return [address(1), address(2)] if so_far.traces else [address(1)]

    found = pursued(evidence, learn)
    assert [(f.lead.value, f.sweep) for f in found.followed] == [("192.0.2.1", 2), ("192.0.2.2", 3)]
    assert asked == [0, len(found.traces) // 2, len(found.traces)]
    assert all(f.kept and f.records == len(found.traces) // 2 for f in found.followed)


def test_it_ends_though_there_is_always_something_new(evidence: Path) -> None:
    found = pursued(evidence, lambda so_far: [address(len(so_far.followed) + 1)])
    assert max(f.sweep for f in found.followed) == SWEEPS
    assert len(found.followed) == SWEEPS - 1


def test_so_many_leads_and_no_more(evidence: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pursuit, "LEADS_OF_KIND", 4)
    found = pursued(evidence, lambda _: [address(n) for n in range(1, 10)])
    # The weightiest come first.
    assert [f.lead.value for f in found.followed] == [f"192.0.2.{n}" for n in range(1, 5)]
    (problem,) = found.problems
    assert problem.why.startswith("5 further things")


@pytest.mark.parametrize("most", [10, 100, 700])
def test_so_many_records_and_no_more(
    evidence: Path, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    whole = pursued(evidence, lambda _: [address(n) for n in range(1, 10)])
    monkeypatch.setattr(pursuit, "LEAD_RECORDS", most)
    found = pursued(evidence, lambda _: [address(n) for n in range(1, 10)])
    assert len(found.traces) == most
    assert {t.id for t in found.traces} < {t.id for t in whole.traces}
    # What the web site got comes before what was passed on; all is counted.
    sites = [t.provenance.member.split("\\")[-2] for t in found.traces]
    assert sites.count("W3SVC1") == min(most, 900)
    assert sum(f.records for f in found.followed) == len(whole.traces)
    assert not all(f.kept for f in found.followed)


def test_nothing_depends_on_the_number_of_workers(
    evidence: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pursuit, "LEAD_RECORDS", 250)
    leads = [address(n) for n in range(1, 10)]
    alone = pursued(evidence, lambda _: leads)
    with LocalEngine[Job](EXAMINER, 2) as engine:
        assert pursued(evidence, lambda _: leads, engine) == alone
