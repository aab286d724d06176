"""What the pictures of the report say, and what they must not say."""

from __future__ import annotations

import re
from typing import Any

import dossiers
import msgspec
import pytest

from afterpatch.model import Backdoor, Exposure, Operator, Visitor, Visits
from afterpatch.outputs import html, pictures
from afterpatch.outputs.catalog import word
from afterpatch.outputs.charts import Spec
from afterpatch.outputs.format import Dossier

change = msgspec.structs.replace


class Drawn:
    """Catches the specification of a picture before it is drawn."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.spec: Spec = {}
        real = pictures.drawn

        def caught(spec: Spec, said: str) -> Any:
            self.spec = spec
            return real(spec, said)

        monkeypatch.setattr(pictures, "drawn", caught)

    def rows(self, what: str | None = None) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []

        def gather(value: Any) -> None:
            if isinstance(value, dict):
                found.extend(
                    value.get("values", []) if isinstance(value.get("values"), list) else []
                )
                for inner in value.values():
                    gather(inner)
            elif isinstance(value, list):
                for inner in value:
                    gather(inner)

        gather(self.spec)
        return [row for row in found if what is None or row.get("what") == what]


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> Drawn:
    return Drawn(monkeypatch)


def with_hand(dossier: Dossier) -> Dossier:
    """Its findings 5 to 8 are requests of op-1 to bd-1."""
    ids = {f.id for f in dossier.findings if f.rule == "exchange-web-shell-request"}
    findings = tuple(
        change(f, artifact="iis", question="used", facts={"status": "404" if n % 2 else "200"})
        if f.id in ids
        else f
        for n, f in enumerate(dossier.findings)
    )
    return change(
        dossier,
        findings=findings,
        operator_of=dict.fromkeys(ids, "op-1"),
        backdoors_of=dict.fromkeys(ids, ("bd-1",)),
    )


def test_a_request_that_was_not_answered_is_no_way_through(drawn: Drawn) -> None:
    pictures.story(with_hand(dossiers.used()))
    asked = {row["at"][:10] for row in drawn.rows("asked")}
    came = {row["at"][:10] for row in drawn.rows("visit")}
    assert asked
    assert came
    assert not asked & came


def test_a_record_that_is_no_request_is_no_visit(drawn: Drawn) -> None:
    dossier = with_hand(dossiers.used())
    events = tuple(change(f, artifact="events_json") for f in dossier.findings)
    pictures.story(change(dossier, findings=events))
    assert drawn.rows("visit") == drawn.rows("asked") == []
    assert drawn.rows("deed")


@pytest.mark.parametrize("apart", [3, 300])
def test_what_came_after_the_patch_has_a_mark_behind_it(drawn: Drawn, apart: int) -> None:
    """However long the picture is, and so however much time one mark stands for."""
    dossier = with_hand(dossiers.used())
    patched = "2021-03-05T21:00:00.000Z"
    assert dossier.assessment.dwell is not None
    times = ["2021-03-05T20:59:00.000Z", "2021-03-05T21:01:00.000Z"]
    visits = [f for f in dossier.findings if f.id in dossier.operator_of]
    far = change(visits[3], when=f"20{21 if apart < 30 else 20}-03-0{apart % 9 or 1}T00:00:00.000Z")
    early, late = (change(f, when=t, facts={}) for f, t in zip(visits, times, strict=False))
    pictures.story(change(dossier, findings=(early, late, far)))
    marks = [row["at"] for row in drawn.rows("visit") if row["at"][:10] == patched[:10]]
    assert sorted(at < patched for at in marks) == [False, True]


def test_a_door_of_unknown_time_is_named(drawn: Drawn) -> None:
    dossier = dossiers.used()
    (door,) = dossier.assessment.backdoors
    answer = change(dossier.assessment, backdoors=(change(door, planted=None),))
    picture = pictures.story(change(dossier, assessment=answer))
    assert picture is not None
    assert picture.notes == (word("story.undated", doors="bd-1"),)


def many_hands(count: int) -> Dossier:
    dossier = dossiers.used()
    answer = dossier.assessment
    hands = tuple(
        Operator(f"op-{n}", (f"203.0.113.{n}",), (), (), ("bd-1",),
                 f"2021-03-04T0{n % 10}:00:00.000Z", None, (), "intruder", (), ())
        for n in range(1, count + 1)
    )  # fmt: skip
    visitors = tuple(Visitor(who.id, None, None, 12_345, 9) for who in hands)
    doors = tuple(
        Backdoor(f"bd-{n}", "web shell", None, f"/x{n}.aspx", None, None, (), True, "file",
                 Visits(None, None, 0, 0), (), visitors=visitors)
        for n in range(1, count + 1)
    )  # fmt: skip
    return change(dossier, assessment=change(answer, operators=hands, backdoors=doors, impact=()))


def test_what_has_no_room_is_counted(drawn: Drawn) -> None:
    picture = pictures.hands(many_hands(40))
    assert picture is not None
    assert picture.notes == (
        word("story.more", n=40 - pictures.HANDS_DRAWN),
        word("hands.more", n=40 - pictures.DOORS_DRAWN),
    )
    assert len({row["row"] for row in drawn.rows()}) == pictures.HANDS_DRAWN
    assert len({row["column"] for row in drawn.rows()}) == pictures.DOORS_DRAWN
    assert {row["said"] for row in drawn.rows()} == {"12k"}
    few = pictures.hands(many_hands(3))
    assert few is not None
    assert few.notes == ()


@pytest.mark.parametrize(
    ("count", "said"),
    [(1, "1"), (999, "999"), (1_000, "1k"), (123_456, "123k"), (5_000_000, "5M"), (10**15, "999G")],
)
def test_numbers_fit_into_their_circles(count: int, said: str) -> None:
    assert pictures._abridged(count) == said
    assert len(said) <= 4


def test_what_is_covered_leaves_out_the_gaps(drawn: Drawn) -> None:
    pictures.coverage(dossiers.used())
    iis = [row for row in drawn.rows() if row["lane"] == "iis"]
    seen = sorted((row["from"], row["to"]) for row in iis if row["what"] == "seen")
    gap = ("2021-03-01T02:00:00.000Z", "2021-03-01T09:30:00.000Z")
    assert any(to == gap[0] for _, to in seen)
    assert any(from_ == gap[1] for from_, _ in seen)
    assert ("missing", *gap) in {(row["what"], row["from"], row["to"]) for row in iis}
    # Of one site only: what the others hold is covered.
    assert any(from_ < "2021-03-04T12:00:00.000Z" < to for from_, to in seen)
    assert any(row["what"] == "truncated" for row in iis)


@pytest.mark.parametrize("year", ["1999", "2013", "2099", "9999"])
def test_old_and_wild_logs_do_not_flatten_a_picture(drawn: Drawn, year: str) -> None:
    dossier = dossiers.used()
    answer = dossier.assessment
    iis = answer.coverage[0]
    at = f"{year}-06-01T00:00:00.000Z"
    wild = change(iis, from_=min(at, iis.from_ or at))
    dossier = change(dossier, assessment=change(answer, coverage=(wild, *answer.coverage[1:])))
    for picture in (pictures.coverage(dossier), pictures.exposure(dossier)):
        assert picture is not None
        width = re.search(r'width="(\d+)', picture.svg)
        assert width is not None
        assert int(width[1]) < 1_400
    starts = [row["from"] for row in drawn.rows() if "from" in row]
    assert min(starts) >= "2020-"


def test_what_is_not_known_of_a_hole_is_not_left_blank(drawn: Drawn) -> None:
    dossier = dossiers.used()
    hole = Exposure("CVE-2021-26855", "ProxyLogon", "exposed", "2021-02-25T00:00:00.000Z",
                    "2021-03-05T20:00:00.000Z", "", "2021-02-22")  # fmt: skip
    dossier = change(dossier, assessment=change(dossier.assessment, exposure=(hole,)))
    pictures.exposure(dossier)
    bars = [(r["what"], r["from"][:10], r["to"][:10]) for r in drawn.rows() if "from" in r]
    assert bars == [
        ("absent", "2021-02-22", "2021-02-25"),
        ("entry", "2021-02-25", "2021-03-05"),
        ("seen", "2021-03-05", "2021-03-09"),
    ]


def test_a_picture_that_can_not_be_drawn_costs_only_itself(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fails(spec: Spec, said: str) -> Any:
        raise ValueError(spec, said)

    monkeypatch.setattr(pictures, "drawn", fails)
    page = b"".join(html.render(dossiers.used())).decode()
    assert "<svg" not in page
    assert word("exposure.title") in page
