"""What to do next: complete, in an order that does no harm, each step with its check; and that a
door nobody used is not said to be used, nor a log to reach where a wild date says."""

from __future__ import annotations

import pytest
from test_verdicts import IIS, OWA, PROXY, assessed, hit, iis, proxy, row

from afterpatch import knowledge
from afterpatch.answers.plan import plan
from afterpatch.model import Backdoor, Chain, Impact, NotAnswered, Verdict, Visits

NO_EXPOSURE = assessed({IIS: iis(hit("GET /owa/", 200))}).assessment.exposure
SHELL = '<%@ Page Language="Jscript"%><% ' + "ev" + "al(Req" + 'uest.Item["x"],"none");%>'


class Answered:
    """An answer of which a plan looks at some parts alone."""

    def __init__(self, **parts: object) -> None:
        self.__dict__.update(parts)


def door(kind: str, stands: str = "yes", number: int = 1) -> Backdoor:
    return Backdoor(f"bd-{number}", kind, None, None, None, None, (), True, "file",
                    Visits(None, None, 0, 0), (), stands, f"Odd {number}")  # type: ignore[arg-type]  # fmt: skip


def steps(
    grade: str,
    doors: tuple[Backdoor, ...] = (),
    harms: tuple[str, ...] = (),
    chains: tuple[Chain, ...] = (),
    collect: bool = True,
) -> list[tuple[str, str, str]]:
    found = Verdict(grade, "", (), None, "partial")  # type: ignore[arg-type]
    impact = tuple(Impact(kind, "T1", None, "", None, (), ()) for kind in harms)
    open_ones = (NotAnswered("q", "b", "backups of logs" if collect else "-"),)
    told = plan(
        found, chains, doors, impact,
        Answered(exposure=NO_EXPOSURE),  # type: ignore[arg-type]
        Answered(not_answered=open_ones),  # type: ignore[arg-type]
    )  # fmt: skip
    return [(step.kind, step.do, step.check) for step in told]


def test_the_order_of_an_eviction() -> None:
    told = steps("impacted", (door("web shell"), door("account", number=2)), ("ransomware",))
    kinds = [kind for kind, _, _ in told]
    order = ["preserve", "collect", "notify", "evict", "evict", "search", "search", "rotate",
             "rotate", "rebuild", "rebuild", "confirm"]  # fmt: skip
    assert kinds == order
    assert all(do and check for _, do, check in told)
    words = " ".join(do for _, do, _ in told)
    for needed in ("machine keys", "krbtgt twice", "72 hours", "trusted media", "certificates"):
        assert needed in words
    # An update of a server that is to be rebuilt would destroy what proves the attack.
    assert "update" not in kinds


@pytest.mark.parametrize("kind", sorted(knowledge.evictions()))
def test_every_kind_of_door_is_removed_and_checked(kind: str) -> None:
    ((_, do, check),) = [step for step in steps("backdoored", (door(kind),)) if step[0] == "evict"]
    assert "Odd 1" in do
    assert check == knowledge.evictions()[kind].check


def test_a_door_that_is_gone_is_not_removed_again() -> None:
    assert [s for s in steps("backdoored", (door("service", "no"),)) if s[0] == "evict"] == []


def test_mail_that_was_read_concerns_its_owners() -> None:
    with_mail = {kind: do for kind, do, _ in steps("impacted", (), ("mailbox export",))}
    without = {kind: do for kind, do, _ in steps("impacted", (), ("miner",))}
    assert "mailboxes" in with_mail["notify"]
    assert "mailboxes" not in without["notify"]


def test_an_answered_attack_is_looked_into_before_an_update() -> None:
    chain = Chain("ProxyShell", (), "reached", None, None, (), ())
    kinds = [kind for kind, _, _ in steps("attempted", chains=(chain,))]
    assert kinds[:2] == ["collect", "search"]
    assert kinds[-1] == "confirm"
    assert "evict" not in kinds


def test_logs_are_kept_whatever_was_found() -> None:
    told = steps("no evidence")
    assert [kind for kind, _, _ in told] == ["collect", "confirm"]
    assert "Keep these logs" in told[-1][1]
    assert len(steps("no evidence", collect=False)) == 1


def test_a_door_that_nobody_used_is_not_said_to_be_used() -> None:
    files = {OWA + f"qz{n}.aspx": SHELL for n in range(3)}
    asked = iis(hit("POST /owa/auth/qz1.aspx", 200), hit("POST /owa/auth/qz1.aspx", 200))
    verdict = assessed({IIS: asked, **files}).assessment.verdict
    assert verdict.grade == "used"
    through, _, left = verdict.sentence.partition("Also left:")
    assert "qz1.aspx" in through
    assert "qz0.aspx" not in through
    assert "qz0.aspx, " in left
    assert "qz2.aspx" in left


@pytest.mark.parametrize("year", ["0001", "1969", "2098", "9999"])
def test_a_wild_date_does_not_stretch_what_the_logs_cover(year: str) -> None:
    usual = iis(hit("GET /owa/", 200), hit("POST /owa/auth/x.aspx", 200), hit("GET /owa/", 200))
    wild = "".join(
        f"{year}-06-01 {hit(what, 200)}\r\n" for what in ("GET /owa/", "POST /owa/auth/x.aspx")
    )
    plain = assessed({IIS: usual, PROXY: proxy(row("x"))})
    for content in (usual + wild, usual.replace("2021-03-03", f"{year}-06-01", 1) + wild):
        found = assessed({IIS: content, PROXY: proxy(row("x"))})
        rows = {one.artifact: one for one in found.assessment.coverage}
        assert rows["iis"].from_ is not None
        assert rows["iis"].from_[:10] == "2021-03-03"
        assert rows["iis"].to is not None
        assert rows["iis"].to[:10] == "2021-03-03"
        assert year not in found.assessment.verdict.sentence
        # The request itself is not lost, and its date is told of.
        assert len(found.findings) >= len(plain.findings)
        assert any(year in problem.why for problem in found.assessment.problems)
        assert any(year in finding.raw for finding in found.findings)
        assert all((finding.when or "2021")[:4] == "2021" for finding in found.findings)
