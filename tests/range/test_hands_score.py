"""The benchmark of hands counts right, on small made-up servers."""

from __future__ import annotations

import importlib.util
import sys
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from msgspec import structs
from synthetic import truth

from afterpatch.assess import assess
from afterpatch.model import Operator
from afterpatch.range import build
from in_process import InProcess

ROOT = Path(__file__).resolve().parents[2]
WEB = "inetpub/logs/LogFiles/W3SVC1/u_ex210303.log"
PROXY = (
    "Program Files/Microsoft/Exchange Server/V15/Logging/HttpProxy/Owa/HttpProxy_2021030304-1.LOG"
)


def _load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("hands_benchmark", ROOT / "benchmarks/hands.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


score = _load()


def hand(name: str, **facts: Any) -> dict[str, Any]:
    told = {"who": name, "class": "intruder", "evident": True, "class_told": True, "requests": 1}
    return {"id": name, **told, **facts}


def event(name: str | None, line: int, file: str = WEB, request: str = "") -> dict[str, Any]:
    return {"hand": name, "file": file, "line": line, "request": request or f"{file}:{line}"}


def server(
    hands: list[dict[str, Any]], events: list[dict[str, Any]], **expect: Any
) -> dict[str, Any]:
    told = {
        "hands": hands,
        "web_shells": [],
        "bystander_addresses": ["192.0.2.9"],
        "bystander_accounts": ["EXAMPLE\\anna"],
        "shared_addresses": [],
    }
    return {"expect": told | expect, "events": events}


def seen(owner: dict[tuple[str, int], str], planted: Any = None, **operators: Any) -> Any:
    known = {name: score.Operator("intruder") for name in owner.values()}
    places = {(file.lower(), line): name for (file, line), name in owner.items()}
    return score.Seen(known | operators, places, planted or {})


def lines(name: str, *numbers: int) -> dict[tuple[str, int], str]:
    return {(WEB, number): name for number in numbers}


TWO = server(
    [hand("h-1"), hand("h-2")],
    [*(event("h-1", n) for n in (1, 2, 3)), *(event("h-2", n) for n in (4, 5)), event(None, 9)],
)


def test_grouped_as_they_are() -> None:
    result = score.compare(TWO, seen(lines("op-1", 1, 2, 3) | lines("op-2", 4, 5)))
    assert (result.both, result.seen, result.true) == (4, 4, 4)
    assert result.f1 == 1.0
    assert (result.fewest, result.most, result.found, result.off) == (2, 2, 2, 0)


def test_all_in_one() -> None:
    result = score.compare(TWO, seen(lines("op-1", 1, 2, 3, 4, 5)))
    assert (result.both, result.seen, result.true) == (4, 10, 4)
    assert result.f1 == pytest.approx(2 * 0.4 * 1.0 / 1.4)
    assert result.off == 1


def test_what_nobody_owns_stands_alone() -> None:
    result = score.compare(TWO, seen(lines("op-1", 1, 2)))
    assert (result.both, result.seen, result.true) == (1, 1, 4)
    assert (result.precision, result.recall) == (1.0, 0.25)
    assert (result.unowned, result.requests) == (3, 5)


def test_an_ordinary_row_that_is_owned_costs_precision_and_is_listed() -> None:
    result = score.compare(TWO, seen(lines("op-1", 1, 2, 3, 9) | lines("op-2", 4, 5)))
    assert (result.both, result.seen, result.true) == (4, 7, 4)
    (stray,) = result.strays
    assert "line 9, of an ordinary user, by op-1" in stray


def test_scanners_own_rows_count_for_nothing() -> None:
    truth = server(
        [hand("h-1"), hand("s-1", **{"class": "scanner"})],
        [event("h-1", 1), event("h-1", 2), event("s-1", 6), event("s-1", 7)],
    )
    scanner = score.Operator("scanner")
    apart = seen(lines("op-1", 1, 2) | lines("op-2", 6, 7), **{"op-2": scanner})
    assert score.compare(truth, apart).f1 == 1.0
    assert score.compare(truth, apart).found == 1
    mixed = score.compare(truth, seen(lines("op-1", 1, 2, 6)))
    assert (mixed.both, mixed.seen, mixed.true) == (1, 3, 1)
    assert "of s-1" in mixed.strays[0]


def test_the_rows_of_one_request_count_once() -> None:
    truth = server(
        [hand("h-1")],
        [event("h-1", 1, WEB, "a"), event("h-1", 1, PROXY, "a"), event("h-1", 2, PROXY, "b")],
    )
    found = seen({(WEB, 1): "op-1", (PROXY, 1): "op-2", (PROXY, 2): "op-1"})
    result = score.compare(truth, found)
    assert (result.requests, result.both, result.seen, result.true) == (2, 1, 1, 1)


def test_rows_of_other_logs_are_no_requests() -> None:
    back = WEB.replace("W3SVC1", "W3SVC2")
    truth = server([hand("h-1")], [event("h-1", 1), event("h-1", 2), event("h-1", 1, back)])
    found = seen(lines("op-1", 1, 2) | {(back, 1): "op-9", (back, 3): "op-1"})
    result = score.compare(truth, found)
    assert (result.requests, result.f1, result.strays) == (2, 1.0, ())


def test_parts_of_one_hand_may_be_together_or_apart() -> None:
    parts = [hand("h-1a", who="h-1"), hand("h-1b", who="h-1")]
    truth = server(parts, [event("h-1a", 1), event("h-1a", 2), event("h-1b", 3)])
    apart = score.compare(truth, seen(lines("op-1", 1, 2) | lines("op-2", 3)))
    joined = score.compare(truth, seen(lines("op-1", 1, 2, 3)))
    assert apart.f1 == joined.f1 == 1.0
    assert (apart.untied, joined.untied) == (0, 2)
    assert apart.off == joined.off == 0


def test_what_nothing_betrays_is_not_asked_for() -> None:
    truth = server([hand("h-1"), hand("h-2", evident=False)], [event("h-1", 1), event("h-2", 2)])
    for owner in (lines("op-1", 1), lines("op-1", 1) | lines("op-2", 2)):
        result = score.compare(truth, seen(owner))
        assert (result.requests, result.strays, result.off) == (1, (), 0)


def test_a_responder_without_commands_may_look_like_an_intruder() -> None:
    responder = {"class": "responder", "class_told": False}
    truth = server([hand("h-1"), hand("r-1", **responder)], [event("h-1", 1), event("r-1", 2)])
    assert score.compare(truth, seen(lines("op-1", 1) | lines("op-2", 2))).off == 0


def test_bystanders_are_counted() -> None:
    operator = score.Operator(
        "intruder",
        addresses=frozenset({"192.0.2.9", "198.18.0.1", "10.0.20.2"}),
        accounts=frozenset({"anna@example.org", "EXAMPLE\\svc_x"}),
    )
    truth = server([hand("h-1")], [event("h-1", 1)], shared_addresses=["10.0.20.2"])
    result = score.compare(truth, seen(lines("op-1", 1), **{"op-1": operator}))
    assert result.bystanders == ("192.0.2.9", "anna@example.org")
    assert result.whole == ("10.0.20.2",)
    scanner = score.Operator("scanner", addresses=frozenset({"192.0.2.9"}))
    clear = score.compare(truth, seen(lines("op-1", 1), **{"op-2": scanner}))
    assert clear.bystanders == clear.whole == ()


@pytest.mark.parametrize(
    ("planted", "told", "right", "invented"),
    [
        ({"/a.aspx": {"op-1"}}, True, 1, 0),
        ({"/a.aspx": {"op-2"}}, True, 0, 0),
        ({"/a.aspx": {"op-1", "op-2"}}, True, 0, 0),
        ({}, True, 0, 0),
        ({}, False, 0, 0),
        ({"/a.aspx": {"op-1"}}, False, 0, 0),
        ({"/a.aspx": {"op-2"}}, False, 0, 1),
    ],
)
def test_planters(planted: dict[str, set[str]], told: bool, right: int, invented: int) -> None:
    shell = {"url": "/A.aspx", "planter_told": told, "planted_by_hand": "h-1"}
    truth = TWO | {"expect": TWO["expect"] | {"web_shells": [shell]}}
    owner = lines("op-1", 1, 2, 3) | lines("op-2", 4, 5)
    frozen = {url: frozenset(names) for url, names in planted.items()}
    result = score.compare(truth, seen(owner, frozen))
    assert (result.planters, result.planters_right) == (int(told), right)
    assert result.planters_invented == invented


def test_nothing_at_all() -> None:
    result = score.compare(server([], []), seen({}))
    assert (result.f1, result.precision, result.recall, result.off) == (1.0, 1.0, 1.0, 0)


def test_an_assessment_and_the_truth_speak_of_the_same_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("afterpatch.assess.LocalEngine", InProcess)
    days = {"first_day": date(2021, 3, 1), "last_day": date(2021, 3, 4)}
    folder = build("multi-hand", tmp_path / "server", size=1_800_000, seed=2, **days)
    (dossier,) = assess([folder / "evidence"], workers=1)
    told = truth(folder)
    hand_of = {(e["file"].lower(), e["line"]): e["hand"] for e in told["events"]}
    # As if each hand were an operator, who owns the findings on its rows.
    owners = {}
    for finding in dossier.findings:
        file = finding.provenance.member.removeprefix("C:\\").replace("\\", "/").lower()
        owners[finding.id] = hand_of.get((file, finding.provenance.line))
    operators = tuple(
        Operator(entry["id"], (), (), (), (), None, None, (), entry["class"], (), ())
        for entry in told["expect"]["hands"]
    )
    known = {name: owner for name, owner in owners.items() if owner}
    assert len(known) > 50
    perfect = structs.replace(
        dossier,
        assessment=structs.replace(dossier.assessment, operators=operators),
        operator_of=known,
    )
    result = score.compare(told, score.seen_in([perfect]))
    assert result.precision == 1.0
    assert result.recall > 0.5
    assert not result.strays
    assert dossier.assessment.verdict.grade == told["expect"]["grade"]
