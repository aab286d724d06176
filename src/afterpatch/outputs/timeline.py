"""`timeline.jsonl`: findings as Timesketch imports them.

Timesketch wants `message`, `datetime` (ISO 8601) and `timestamp_desc` in every line (Timesketch
user guide, "Import data from JSON or CSV"). A finding without a time of its own can't be in it: the
manifest counts those, and `findings.jsonl` holds them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from afterpatch.model import Finding
from afterpatch.outputs.format import Dossier
from afterpatch.outputs.text import defused

# 2021-03-03T06:12:11.000Z
_TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3})Z", re.ASCII)
_LABELS = {"attempt": "attempted", "reached": "reached", "success": "succeeded"}


def timed(finding: Finding) -> bool:
    """Tells whether a finding carries a time, and so has a line in the timeline."""
    return finding.when is not None and _TIME.fullmatch(finding.when) is not None


def _event(finding: Finding) -> dict[str, object]:
    actor, seen, place = finding.actor, finding.object, finding.provenance
    what = seen.url or seen.path or seen.command
    message = f"{finding.title} ({_LABELS[finding.outcome]})"
    if actor.address:
        message += f" by {actor.address}"
    if what:
        message += f": {what}"
    return {
        "message": message,
        "datetime": f"{(finding.when or '').removesuffix('Z')}+00:00",
        "timestamp_desc": "Recorded Time",
        "rule": finding.rule,
        "finding": finding.id,
        "outcome": finding.outcome,
        "severity": finding.severity,
        "chain": finding.chain,
        "cve": list(finding.cve),
        "technique": list(finding.technique),
        "address": actor.address,
        "user_agent": actor.user_agent,
        "account": actor.account,
        "url": seen.url,
        "path": seen.path,
        "command": seen.command,
        "artifact": finding.artifact,
        "evidence": place.evidence,
        "member": place.member,
        "offset": place.offset,
        "line": place.line,
    }


def render(dossier: Dossier) -> Iterator[bytes]:
    """Yields one line of JSON for each finding that carries a time."""
    for finding in dossier.findings:
        if timed(finding):
            yield msgspec.json.encode(defused(_event(finding))) + b"\n"
