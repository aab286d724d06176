"""The ladder: the highest rung that is proved, in one sentence, and what would prove the next."""

from __future__ import annotations

from collections.abc import Sequence

from afterpatch.answers.backdoors import is_used, pages
from afterpatch.answers.case import Case, proves
from afterpatch.answers.coverage import CoverageAnswer
from afterpatch.answers.exposure import ExposureAnswer
from afterpatch.detections.rule import Rule
from afterpatch.model import (
    Backdoor,
    Chain,
    Finding,
    Grade,
    Impact,
    NextRung,
    Operator,
    Question,
    Verdict,
)

__all__ = ["LADDER", "called", "verdict"]

LADDER: tuple[Grade, ...] = (
    "exposed", "attempted", "exploited", "backdoored", "used", "impacted",
)  # fmt: skip


_DOORS_NAMED = 3


def verdict(
    case: Case,
    exposure: ExposureAnswer,
    chains: Sequence[Chain],
    doors: Sequence[Backdoor],
    hands: Sequence[Operator],
    used_doors: frozenset[str],
    impact: Sequence[Impact],
    coverage: CoverageAnswer,
    rules: Sequence[Rule],
) -> Verdict:
    """Every rung is judged by itself; the grade is the highest one proved.

    `used_doors` are those to which an intruder sent work that was answered, by id.
    """
    used = used_doors | _used_pages(case, doors)
    proved: dict[Grade, bool] = {
        "exposed": any(e.state == "exposed" for e in exposure.exposure),
        "attempted": bool(chains) or any(_is_attack(f) for f in case.findings),
        "exploited": any(c.outcome == "exploited" for c in chains),
        "backdoored": bool(doors),
        "used": any(f.question == "used" and proves(f) for f in case.findings)
        or any(d.id in used for d in doors),
        "impacted": bool(impact),
    }
    reached = tuple(g for g in LADDER if proved[g])
    grade = reached[-1] if reached else _unproved(coverage)
    return Verdict(
        grade=grade,
        sentence=_sentence(
            grade, case, exposure, chains, doors, hands, impact, coverage, rules, used
        ),
        reached=reached,
        next_rung=_next(grade, coverage, {r.question for r in rules}),
        coverage=coverage.whole,
    )


def _tried(case: Case, chains: Sequence[Chain]) -> list[str]:
    """What was tried, in words: chains by name, else what the findings speak of."""
    loose = [f for f in case.findings if f.chain is None and _is_attack(f)]
    passwords = ["passwords of accounts"] if any(f.question == "exploited" for f in loose) else []
    return [c.name for c in chains] + passwords or ["other people's web shells"]


def _is_attack(finding: Finding) -> bool:
    """Whether somebody tried something: what a program of another application starts is no try."""
    if finding.standing != "proof":
        return False
    if finding.question == "used":
        return finding.actor.address is not None or finding.look_alike is None
    return finding.question == "exploited"


def _used_pages(case: Case, doors: Sequence[Backdoor]) -> frozenset[str]:
    """The doors that are pages to which somebody sent work that was answered, by id."""
    worked = {tuple(f.id for f in page.findings) for page in pages(case) if is_used(page)}
    return frozenset(door.id for door in doors if door.findings in worked)


def _named(doors: Sequence[Backdoor]) -> str:
    more = f" and {len(doors) - _DOORS_NAMED} more" if len(doors) > _DOORS_NAMED else ""
    return ", ".join(map(called, doors[:_DOORS_NAMED])) + more


def _unproved(coverage: CoverageAnswer) -> Grade:
    return "not assessed" if coverage.whole == "insufficient" else "no evidence"


def _window(case: Case) -> str:
    first, last = case.window
    if first is None or last is None:
        return "no dated log"
    return f"logs from {first[:10]} to {last[:10]}"


def _sentence(
    grade: Grade,
    case: Case,
    exposure: ExposureAnswer,
    chains: Sequence[Chain],
    doors: Sequence[Backdoor],
    hands: Sequence[Operator],
    impact: Sequence[Impact],
    coverage: CoverageAnswer,
    rules: Sequence[Rule],
    used_doors: frozenset[str],
) -> str:
    through = ", ".join(c.name for c in chains if c.outcome == "exploited")
    window = _window(case)
    limits = "" if coverage.whole == "sufficient" else " Parts of the evidence are missing."
    match grade:
        case "impacted" | "used":
            visitors = sum(1 for h in hands if h.visited and h.class_ == "intruder")
            hand = "one hand" if visitors == 1 else f"{visitors} different hands"
            who = f" by at least {hand}" if visitors else ""
            used = [door for door in doors if door.id in used_doors]
            rest = [door for door in doors if door.id not in used_doors]
            door = f" through {_named(used)}" if used else ""
            left = f" {'Also left' if used else 'Left'}: {_named(rest)}." if rest else ""
            entry = f" after {through}" if through else ""
            kinds = ", ".join(dict.fromkeys(harm.kind for harm in impact))
            followed = f" What followed: {kinds}." if impact else ""
            return (
                f"Treat the server as taken over: commands or requests were run on it{door}"
                f"{who}{entry} ({window}).{left}{followed} Disconnect it and follow the next steps."
                f"{limits}"
            )
        case "backdoored":
            entry = f" after {through}" if through else ""
            return (
                f"A backdoor was left on the server{entry}: {_named(doors)} ({window}). No use of "
                f"it is proved. Disconnect it and follow the next steps.{limits}"
            )
        case "exploited":
            return (
                f"The server was exploited through {through} ({window}). No backdoor is named by "
                f"the evidence: look for one before you trust the server.{limits}"
            )
        case "attempted":
            names = ", ".join(_tried(case, chains))
            reached = any(c.outcome == "reached" for c in chains) or any(
                f.question == "used" and f.outcome != "attempt" and f.look_alike is None
                for f in case.findings
            )
            answer = (
                "and the server answered, but no effect on it is proved"
                if reached
                else "and nothing shows that it worked"
            )
            return f"Attacks were tried ({names}), {answer} in the {window}.{limits}"
        case "exposed":
            first = next(e for e in exposure.exposure if e.state == "exposed")
            count = sum(1 for e in exposure.exposure if e.state == "exposed")
            also = f" and {count - 1} more" if count > 1 else ""
            return (
                f"The server stood open to {first.cve}{also}; of the attacks looked for none is "
                f"seen in the {window}.{limits}"
            )
        case "no evidence":
            sought = ", ".join(sorted({r.chain for r in rules if r.chain} | {"web shells"}))
            return (
                f"No evidence of what was looked for ({sought}) in the {window}; nothing can be "
                f"said of any other time or attack.{limits}"
            )
        case _:
            return (
                "This evidence can't answer the question: it holds no web or HttpProxy log of "
                "an Exchange server. Collect what is listed and assess again."
            )


def called(door: Backdoor) -> str:
    """What people call it: a page by its URL, any other by kind and name."""
    return f"{door.kind} {door.name}" if door.name else door.url or door.path or door.id


_PROOFS: dict[Grade, str] = {
    "exposed": "a build below the fix, from HttpProxy headers or the version of ExSetup.exe",
    "attempted": "a request of a known attack in the IIS or HttpProxy logs",
    "exploited": "an effect of the attack in a second log: the ECP server log, MSExchange "
    "Management events, or a file",
    "backdoored": "a page that Exchange does not ship: the file, its compiled trace, or its "
    "recorded creation",
    "used": "an answered post to the backdoor in the IIS log, or a command started by w3wp.exe "
    "in the Security or Sysmon log",
    "impacted": "a trace of what was done: credential dumps, mailbox reads or exports, new "
    "accounts, tasks or services in the event logs",
}
_SEEN_IN: dict[Grade, tuple[str, ...]] = {
    "exposed": ("httpproxy",),
    "attempted": ("iis", "httpproxy"),
    "exploited": ("ecp", "windows-events"),
    "backdoored": ("web-files", "windows-events"),
    "used": ("iis", "windows-events"),
    "impacted": ("windows-events",),
}


def _next(grade: Grade, coverage: CoverageAnswer, asked: set[Question]) -> NextRung | None:
    after = LADDER.index(grade) + 1 if grade in LADDER else 0
    if after == len(LADDER):
        return None
    rung = LADDER[after]
    if rung not in ("exposed", "attempted") and rung not in asked:
        return NextRung(rung, f"Proof would be {_PROOFS[rung]}. No detection loaded looks for it.")
    states = {row.artifact: row.state for row in coverage.rows}
    seen = [f for f in _SEEN_IN[rung] if states.get(f) in ("assessed", "partial")]
    could = (
        f"It could have been seen in {', '.join(seen)}"
        + (
            ", as far as these reach"
            if any(states[f] == "partial" for f in seen)
            else " and was not"
        )
        if seen
        else "It could not have been seen: the evidence holds none of these"
    )
    return NextRung(rung, f"Proof would be {_PROOFS[rung]}. {could}.")
