"""`timeline.jsonl`: findings and traces as Timesketch imports them.

Timesketch wants `message`, `datetime` (ISO 8601) and `timestamp_desc` in every line (Timesketch
user guide, "Import data from JSON or CSV"). What carries no time of its own can't be in it: the
manifest counts those, and `findings.jsonl` and `records.parquet` hold them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

import msgspec

from afterpatch.model import Finding, Trace
from afterpatch.outputs.format import Dossier, in_time, kind
from afterpatch.outputs.text import defused

# 2021-03-03T06:12:11.000Z
_TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3})Z", re.ASCII)
_LABELS = {"attempt": "attempted", "reached": "reached", "success": "succeeded"}
_OF_RULE = ("rule", "outcome", "severity", "chain", "cve", "technique")


def timed(told: Finding | Trace) -> bool:
    """Tells whether it carries a time of the calendar, and so has a line in the timeline."""
    return told.when is not None and is_time(told.when)


def is_time(when: str) -> bool:
    """Tells whether a text is a time of the model, and one of the calendar."""
    if _TIME.fullmatch(when) is None:
        return False
    try:
        datetime.fromisoformat(when)
    except ValueError:  # the 31st of February
        return False
    return True


def _message(told: Finding | Trace) -> str:
    if isinstance(told, Finding):
        message = f"{told.title} ({_LABELS[told.outcome]})"
    else:
        leads = ", ".join(sorted({lead for lead, _ in told.leads}))
        message = f"Found by what was learned of an intruder ({leads})"
    if told.actor.address:
        message += f" by {told.actor.address}"
    what = told.object.url or told.object.path or told.object.command
    return f"{message}: {what}" if what else message


def _event(told: Finding | Trace, dossier: Dossier) -> dict[str, object]:
    actor, seen, place = told.actor, told.object, told.provenance
    return {
        "message": _message(told),
        "datetime": f"{(told.when or '').removesuffix('Z')}+00:00",
        "timestamp_desc": "Recorded Time",
        "kind": kind(told),
        "id": told.id,
        "operator": dossier.operator_of.get(told.id),
        "backdoors": list(dossier.backdoors_of.get(told.id, ())),
        "finding": told.id if isinstance(told, Finding) else None,
        **{name: getattr(told, name, None) for name in _OF_RULE},  # a trace has none
        "address": actor.address,
        "user_agent": actor.user_agent,
        "account": actor.account,
        "url": seen.url,
        "path": seen.path,
        "command": seen.command,
        "artifact": told.artifact,
        "evidence": place.evidence,
        "member": place.member,
        "offset": place.offset,
        "line": place.line,
    }


def render(dossier: Dossier) -> Iterator[bytes]:
    """Yields one line of JSON for each finding and trace that carries a time."""
    for told in in_time(dossier):
        if timed(told):
            yield msgspec.json.encode(defused(_event(told, dossier))) + b"\n"
