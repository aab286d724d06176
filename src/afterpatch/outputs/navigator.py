"""`navigator.json`: the techniques that were found, as a layer of the MITRE ATT&CK Navigator.

Source: "ATT&CK Navigator Layer File Format Definition", version 4.5 (Navigator 5). No version of
ATT&CK is named, so the Navigator shows its own. Only detections of the program count.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any, get_args

import msgspec

from afterpatch.limits import NAME_CHARACTERS
from afterpatch.model import Finding, Outcome
from afterpatch.outputs.format import Dossier, by_standing
from afterpatch.outputs.text import defused, visible

VERSIONS = {"layer": "4.5", "navigator": "5.0.0"}
_TECHNIQUE = re.compile(r"(T\d{4})(\.\d{3})?", re.ASCII)
_OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)  # the score is the place in it, from 1
_COLORS = ("#ffe08a", "#f4a259", "#d1495b")
_MEANINGS = ("attempted, or with an innocent reading", "reached", "succeeded")
_TITLES = 5  # of the detections named for one technique


def render(dossier: Dossier) -> Iterator[bytes]:
    """Yields the layer as JSON."""
    yield msgspec.json.format(msgspec.json.encode(defused(_layer(dossier))), indent=2) + b"\n"


def _layer(dossier: Dossier) -> dict[str, Any]:
    found = _by_technique(dossier)
    counts = _counts(dossier)
    techniques = [_technique(name, findings, counts) for name, findings in sorted(found.items())]
    # A sub-technique is seen only where its technique is unfolded.
    parents = {name.partition(".")[0] for name in found if "." in name}
    techniques += [{"techniqueID": name} for name in sorted(parents - found.keys())]
    for technique in techniques:
        technique["showSubtechniques"] = technique["techniqueID"] in parents
    answer = dossier.assessment
    return {
        "name": visible(f"{answer.host.name}: {answer.verdict.grade}", NAME_CHARACTERS),
        "versions": VERSIONS,
        "domain": "enterprise-attack",
        "description": "What the evidence shows of each technique. A technique without a color was "
        "not seen; that says little where logs are missing.",
        "sorting": 3,  # by score, highest first
        "hideDisabled": False,
        "techniques": techniques,
        "gradient": {"colors": list(_COLORS), "minValue": 1, "maxValue": len(_COLORS)},
        "legendItems": [
            {"label": label, "color": color}
            for label, color in zip(_MEANINGS, _COLORS, strict=True)
        ],
    }


def _by_technique(dossier: Dossier) -> dict[str, list[Finding]]:
    found: dict[str, list[Finding]] = defaultdict(list)
    for finding in by_standing(dossier.findings)[0]:
        for name in dict.fromkeys(finding.technique):
            if _TECHNIQUE.fullmatch(name):
                found[name].append(finding)
    return found


def _counts(dossier: Dossier) -> dict[str, Counter[Outcome]]:
    """How often each rule matched with which outcome: of a flood not all are kept as findings."""
    tallied: dict[str, Counter[Outcome]] = defaultdict(Counter)
    kept: dict[str, Counter[Outcome]] = defaultdict(Counter)
    for tally in dossier.tallies:
        tallied[tally.rule][tally.outcome] += tally.count
    for finding in dossier.findings:
        kept[finding.rule][finding.outcome] += 1
    return {**kept, **tallied}


def _technique(
    name: str, findings: list[Finding], counts: dict[str, Counter[Outcome]]
) -> dict[str, Any]:
    score = max(map(_score, findings))
    rules = {finding.rule: finding.title for finding in findings}
    total: Counter[Outcome] = Counter()
    for rule in rules:
        total += counts[rule]
    said = [f"{total[o]:,} × {o}" for o in reversed(_OUTCOMES) if total[o]]
    titles = sorted(set(rules.values()))
    more = f"; and {len(titles) - _TITLES} more" if len(titles) > _TITLES else ""
    return {
        "techniqueID": name,
        "score": score,
        "color": _COLORS[score - 1],
        "comment": f"{', '.join(said)}. {'; '.join(titles[:_TITLES])}{more}.",
        "enabled": True,
    }


def _score(finding: Finding) -> int:
    """What the finding is worth: no more than an attempt where it has an innocent reading, and no
    success where it rests on facts that are only reported."""
    worth = _OUTCOMES.index(finding.outcome) + 1
    if finding.look_alike is not None:
        return 1
    return worth if finding.standing == "proof" else min(worth, 2)
