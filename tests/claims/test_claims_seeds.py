"""The three annotated reports: records, comparison, and spans that must give nothing.

They were at hand while the grammar was written: this shows that nothing was lost since, no more.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from afterpatch.claims.grammar import dependency
from afterpatch.claims.grammar.engine import Engine
from afterpatch.claims.ledger import ledger_of
from afterpatch.claims.schema import Claim, Ledger, Speaker

SHARED = Path(__file__).resolve().parents[3] / "shared"
GOLD = SHARED / "evidence" / "claims" / "gold_seeds.json"
pytestmark = pytest.mark.skipif(not GOLD.is_file(), reason="annotated reports not at hand")
ENGINES: list[tuple[Engine, float, int]] = [("plain", 0.95, 27), ("parser", 0.95, 27)]


def same_speaker(want: dict[str, Any], speaker: Speaker) -> bool:
    kinds = ("narrator", "unspecified")
    if want["type"] in kinds or speaker.type in kinds:
        return bool(want["type"] == speaker.type)
    norms = [re.sub(r"\W+", "", name).lower() for name in (want["norm"], speaker.norm)]
    overlap = want["start"] < (speaker.end or 0) and (speaker.start or 0) < want["end"]
    return norms[0] == norms[1] or overlap


def fits(want: dict[str, Any], claim: Claim) -> bool:
    a, b = want["span"], claim.span
    both = min(a["end"], b.end) - max(a["start"], b.start)
    union = max(a["end"], b.end) - min(a["start"], b.start)
    return (
        want["doc"] == claim.doc
        and want["stance"] == claim.stance
        and both / union >= 0.5
        and same_speaker(want["speaker"], claim.speaker)
    )


@pytest.mark.parametrize(("name", "least", "facts"), ENGINES)
def test_seeds(name: Engine, least: float, facts: int) -> None:
    if name == "parser" and dependency.model_name() is None:
        pytest.skip("no spaCy with an English model")
    gold = json.loads(GOLD.read_text("utf-8"))
    ledger = ledger_of([SHARED / "seeds"], name=name, workers=1)
    left = list(ledger.claims)
    hits = 0
    for want in gold["claims"]:
        hit = next((c for c in left if fits(want, c)), None)
        if hit is not None:
            hits += 1
            left.remove(hit)
    assert 2 * hits / (len(gold["claims"]) + len(ledger.claims)) >= least
    for negative in gold["negatives"]:
        file = gold["documents"][negative["doc_key"]]["file"]
        for claim in ledger.claims:
            within = claim.span.start < negative["end"] and negative["start"] < claim.span.end
            assert not (claim.doc == file and within)
    assert ledger.clusters == (("A", "B", "C"),)
    assert compared(gold, ledger) >= facts


def compared(gold: dict[str, Any], ledger: Ledger) -> int:
    """How many annotated facts are found: same kind, most members the same sentences."""
    places = {c.id: (c.doc_key, c.span.start) for c in ledger.claims}
    wanted = {c["id"]: (c["doc_key"], c["span"]["start"]) for c in gold["claims"]}
    found = 0
    for fact in gold["reconciliation"]:
        want: set[Any] = {wanted[m] for m in fact["members"] if m in wanted}
        want = want or {m[0] for m in fact["members"]}
        for mine in ledger.reconciliation:
            got: set[Any] = {places.get(m, m) for m in mine.members}
            if mine.kind == fact["kind"] and len(want & got) / len(want | got) >= 0.5:
                found += 1
                break
    return found
