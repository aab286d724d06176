"""Measures how well requests are grouped into hands, on generated servers whose truth is known.

    python benchmarks/hands.py [--servers 200] [--seed 1] [--scenario multi-hand] [--jobs N]
                               [--keep DIR] [--verbose]

Builds one server for each seed, assesses it, and compares operators with hands. An item is a
front-end request of an evident intruder or of a responder; a request that no operator owns stands
alone. A row of anybody else that an operator owns is an item that belongs to nobody, so it costs
precision. Hands are those that the evidence left supports (`expect.hands` of the ground truth).
What nothing ties any more need not be together, and may be: pairs between the parts of one hand
that fell apart count for nothing. What nothing betrays is not asked for.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from afterpatch.assess import assess
from afterpatch.outputs.format import Dossier
from afterpatch.range import build

Place = tuple[str, int]  # a file below the evidence, in lower case with slashes, and a line
_FRONT = ("/logfiles/w3svc1/", "/logging/httpproxy/")
_ALMOST = 1  # so many hands more or fewer still count as right


@dataclass(frozen=True)
class Operator:
    """An operator as the assessment tells it. `addresses` are those that are its alone."""

    class_: str
    addresses: frozenset[str] = frozenset()
    shared: frozenset[str] = frozenset()
    accounts: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Seen:
    """What an assessment says: operators by id, who owns which row, who planted which page."""

    operators: Mapping[str, Operator]
    owner: Mapping[Place, str]
    planted: Mapping[str, frozenset[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Score:
    """One server. Pairs are of items: `both` are together in truth and in the assessment.

    `fewest` and `most` are the numbers of intruders that are right; `untied` are pairs of one hand
    that the assessment has together and no tell ties.
    """

    both: int
    seen: int
    true: int
    untied: int
    fewest: int
    most: int
    found: int
    planters: int
    planters_right: int
    planters_invented: int
    bystanders: tuple[str, ...]
    whole: tuple[str, ...]
    strays: tuple[str, ...]
    unowned: int
    requests: int

    @property
    def off(self) -> int:
        """By how many the number of intruders is wrong."""
        return max(self.fewest - self.found, self.found - self.most, 0)

    @property
    def precision(self) -> float:
        return self.both / self.seen if self.seen else 1.0

    @property
    def recall(self) -> float:
        return self.both / self.true if self.true else 1.0

    @property
    def f1(self) -> float:
        total = self.seen + self.true
        return 2 * self.both / total if total else 1.0


def compare(truth: Mapping[str, Any], seen: Seen) -> Score:
    """Hold an assessment against the ground truth of a server."""
    expect = truth["expect"]
    hands = {hand["id"]: hand for hand in expect["hands"]}
    asked = {
        name
        for name, hand in hands.items()
        if hand["class"] == "responder" or (hand["class"] == "intruder" and hand["evident"])
    }
    hidden = {name for name, hand in hands.items() if not hand["evident"]}
    requests: dict[str, dict[str, Any]] = {}
    rows: dict[Place, str] = {}
    for event in truth["events"]:
        place = (event["file"].lower(), event["line"])
        if event["hand"] and is_front(place):
            rows[place] = event["hand"]
            if event["hand"] in asked:
                request = requests.setdefault(
                    event["request"], {"hand": event["hand"], "places": []}
                )
                request["places"].append(place)
    # The web server's row of a request speaks for it; another log's where that is gone.
    items: list[tuple[str, str]] = []
    unowned = 0
    for name, request in requests.items():
        places = sorted(request["places"], key=lambda place: (_FRONT[0] not in place[0], place))
        owners = [seen.owner[place] for place in places if place in seen.owner]
        unowned += not owners
        items.append((request["hand"], owners[0] if owners else f"alone {name}"))
    strays = [
        place
        for place, owner in sorted(seen.owner.items())
        if is_front(place)
        and seen.operators[owner].class_ != "scanner"
        and rows.get(place) not in asked | hidden
    ]
    items += [(f"stray {place}", seen.owner[place]) for place in strays]
    intruders = {name for name, operator in seen.operators.items() if operator.class_ == "intruder"}
    who = {name: hand["who"] for name, hand in hands.items()}
    planters = _planters(expect["web_shells"], items, seen, who)
    both = _pairs(Counter(items))
    untied = _pairs(Counter((who.get(hand, hand), owner) for hand, owner in items)) - both
    named = [name for name in asked if hands[name]["class"] == "intruder"]
    # Without the commands that they ran, who cleans up looks like any other visitor.
    possible = [
        name
        for name, hand in hands.items()
        if hand["requests"] and (hand["class"] == "intruder" or not hand["class_told"])
    ]
    return Score(
        both=both,
        seen=_pairs(Counter(operator for _, operator in items)) - untied,
        true=_pairs(Counter(hand for hand, _ in items)),
        untied=untied,
        fewest=len({who[name] for name in named}),
        most=len(possible),
        found=len(intruders),
        planters=len(planters["told"]),
        planters_right=sum(planters["told"]),
        planters_invented=len(planters["untold"]) - sum(planters["untold"]),
        bystanders=tuple(sorted(_bystanders(expect, seen, intruders))),
        whole=tuple(
            sorted(
                {a for o in intruders for a in seen.operators[o].addresses}
                & {*expect["shared_addresses"]}
            )
        ),
        strays=tuple(
            f"{file}, line {line}, of {rows.get((file, line)) or 'an ordinary user'}, "
            f"by {seen.owner[file, line]}"
            for file, line in strays
        ),
        unowned=unowned,
        requests=len(requests),
    )


def is_front(place: Place) -> bool:
    """Whether a row is of a log of what the internet sent."""
    return any(part in f"/{place[0]}" for part in _FRONT)


def _pairs(counts: Counter[Any]) -> int:
    return sum(count * (count - 1) // 2 for count in counts.values())


def _planters(
    shells: Sequence[Mapping[str, Any]],
    items: Sequence[tuple[str, str]],
    seen: Seen,
    who: Mapping[str, str],
) -> dict[str, list[bool]]:
    """For each page whose planter can be told, and for each other one that has a planter in the
    assessment, whether it is the right one: an operator is the hand whose requests it mostly has.
    """
    by_operator: dict[str, Counter[str]] = {}
    for hand, operator in items:
        by_operator.setdefault(operator, Counter())[who.get(hand, hand)] += 1
    main = {o: min(c, key=lambda hand: (-c[hand], hand)) for o, c in by_operator.items()}
    right: dict[str, list[bool]] = {"told": [], "untold": []}
    for shell in shells:
        named = {main.get(o) for o in seen.planted.get(shell["url"].lower(), ())}
        if shell["planter_told"] or named:
            key = "told" if shell["planter_told"] else "untold"
            right[key].append(named == {who.get(shell["planted_by_hand"])})
    return right


def _bystanders(expect: Mapping[str, Any], seen: Seen, intruders: set[str]) -> Iterator[str]:
    """Ordinary users' addresses and accounts that an intruder is said to have."""
    addresses = set(expect["bystander_addresses"])
    accounts = {_bare(account) for account in expect["bystander_accounts"]}
    for name in intruders:
        operator = seen.operators[name]
        yield from operator.addresses & addresses
        yield from (account for account in operator.accounts if _bare(account) in accounts)


def _bare(account: str) -> str:
    return account.lower().rpartition("\\")[2].partition("@")[0]


# ------------------------------------------------------------------ the assessment's side


def seen_in(dossiers: Sequence[Dossier]) -> Seen:
    """What the dossiers of one server say, in the words of the comparison."""
    operators: dict[str, Operator] = {}
    owner: dict[Place, str] = {}
    planted: dict[str, frozenset[str]] = {}
    for number, dossier in enumerate(dossiers):
        for told in dossier.assessment.operators:
            shared = frozenset(told.shared_addresses)
            operators[f"{number}/{told.id}"] = Operator(
                class_=told.class_,
                addresses=frozenset(told.addresses) - shared,
                shared=shared,
                accounts=frozenset(told.accounts),
            )
        for record in (*dossier.findings, *dossier.traces):
            operator = dossier.operator_of.get(record.id)
            if operator and record.provenance.line is not None:
                member = record.provenance.member.replace("\\", "/").lower()
                place = member.removeprefix("c:").lstrip("/"), record.provenance.line
                owner.setdefault(place, f"{number}/{operator}")
        for door in dossier.assessment.backdoors:
            if door.url:
                planted[door.url.lower()] = frozenset(f"{number}/{o}" for o in door.planted_by)
    return Seen(operators, owner, planted)


def measure(seed: int, scenario: str, keep: Path | None) -> Score:
    """Build the server of one seed, assess it and compare."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = (keep or Path(temporary)) / f"{scenario}-{seed}"
        if not (folder / "ground_truth.json").is_file():
            build(scenario, folder, seed=seed)
        truth = json.loads((folder / "ground_truth.json").read_text("utf-8"))
        return compare(truth, seen_in(assess([folder / "evidence"], workers=1)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--servers", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1, help="of the first server")
    parser.add_argument("--scenario", default="multi-hand")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--keep", type=Path, help="folder for the servers, used again if there")
    parser.add_argument("--verbose", action="store_true", help="a line for each server")
    options = parser.parse_args()
    seeds = range(options.seed, options.seed + options.servers)
    started = time.perf_counter()
    one = partial(measure, scenario=options.scenario, keep=options.keep)
    scores: list[Score] = []
    # Spawned, since an assessment has workers of its own.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max(1, options.jobs), mp_context=context) as pool:
        for seed, score in zip(seeds, pool.map(one, seeds), strict=True):
            scores.append(score)
            if options.verbose:
                _line(seed, score)
            elif sys.stderr.isatty():
                print(f"\r{len(scores)} of {options.servers}", end="", file=sys.stderr)
    if scores:
        _table(scores, options.scenario, time.perf_counter() - started)


def _line(seed: int, score: Score) -> None:
    print(
        f"seed {seed}: F1 {score.f1:.3f} (precision {score.precision:.3f}, recall "
        f"{score.recall:.3f}), {score.found} hands for {score.fewest} to {score.most}, planters "
        f"{score.planters_right} of {score.planters}, {score.unowned} of {score.requests} requests "
        f"unowned, {len(score.strays)} strays",
        flush=True,
    )
    for what, named in (("bystander", score.bystanders), ("whole address", score.whole)):
        for name in named:
            print(f"  {what}: {name}")
    for stray in score.strays[:5]:
        print(f"  stray: {stray}")


def _table(scores: Sequence[Score], scenario: str, seconds: float) -> None:
    both, seen, true = (sum(getattr(s, name) for s in scores) for name in ("both", "seen", "true"))
    near = sum(s.off <= _ALMOST for s in scores)
    planters = sum(s.planters for s in scores)
    right = sum(s.planters_right for s in scores)
    count = len(scores)
    print(f"{count} servers of {scenario}, {seconds:.0f} s")
    for label, value in (
        ("pairwise precision, all pairs", f"{both / seen if seen else 1.0:.4f}"),
        ("pairwise recall, all pairs", f"{both / true if true else 1.0:.4f}"),
        ("pairwise F1, all pairs", f"{2 * both / (seen + true) if seen + true else 1.0:.4f}"),
        ("pairwise F1, mean of servers", f"{sum(s.f1 for s in scores) / count:.4f}"),
        ("pairwise F1, worst server", f"{min(s.f1 for s in scores):.4f}"),
        ("hands right within one", f"{near} of {count} ({near / count:.1%})"),
        ("planters right", f"{right} of {planters} ({right / planters if planters else 1:.1%})"),
        ("planters wrong where none can be told", sum(s.planters_invented for s in scores)),
        ("pairs of one hand that no tell ties", sum(s.untied for s in scores)),
        ("bystanders named", sum(len(s.bystanders) for s in scores)),
        ("shared addresses claimed whole", sum(len(s.whole) for s in scores)),
        ("rows of others owned", sum(len(s.strays) for s in scores)),
        ("requests that nobody owns", sum(s.unowned for s in scores)),
        ("requests", sum(s.requests for s in scores)),
    ):
        print(f"  {label:40}{value}")


if __name__ == "__main__":
    main()
