"""However many records match, what is kept is bounded and what is counted is exact."""

from __future__ import annotations

import pytest
from hunt_harness import examine, shipped_lanes

from afterpatch.hunt import one_file

PATH = r"C:\inetpub\logs\LogFiles\W3SVC1\u_ex210301.log"
HEADER = (
    "#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip "
    "cs(User-Agent) cs(Referer) sc-status sc-substatus sc-win32-status time-taken\n"
)
ROW = "2021-03-01 06:21:{:02d} 192.0.2.10 POST /owa/auth/m{}.aspx - 443 - {} a - {} 0 0 31\n"


def test_a_flood_of_attempts_does_not_push_out_what_was_answered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    limits = {"attempt": 20, "reached": 20, "success": 20}
    monkeypatch.setattr(one_file, "FINDINGS_PER_RULE", limits)
    flood = [ROW.format(n % 60, n, f"203.0.113.{n % 250}", 404) for n in range(500)]
    answered = [ROW.format(1, 1, "198.51.100.7", 200), ROW.format(2, 1, "198.51.100.7", 200)]
    report = examine(shipped_lanes()[0], PATH, (HEADER + "".join(flood + answered)).encode())
    assert [f.outcome for f in report.findings] == ["attempt"] * 20 + ["reached"] * 2
    assert sum(t.count for t in report.tallies) == 502
    assert any("480 further records" in p.why for p in report.problems)


def test_one_actor_is_listed_so_often_and_counted_always(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(one_file, "FINDINGS_PER_ACTOR", 5)
    rows = [ROW.format(n % 60, 1, "198.51.100.7", 200) for n in range(40)]
    report = examine(shipped_lanes()[0], PATH, (HEADER + "".join(rows)).encode())
    assert len(report.findings) == 5
    assert [(t.count, t.outcome) for t in report.tallies] == [(40, "reached")]
