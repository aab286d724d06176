"""Public claims beside what was found on one server, and techniques beside those of known groups.

Neither is an attribution: a claim is somebody's, and techniques are shared by many.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from afterpatch import knowledge
from afterpatch.claims.schema import Claim, Document, Ledger
from afterpatch.errors import UsageError
from afterpatch.limits import CLAIMS_SHOWN, LEDGER_BYTES

__all__ = ["bearing", "overlap", "read_ledger"]

WHY_NOT = (
    "The same techniques are no attribution: most are used by many groups, and what ATT&CK "
    "records of "
    "a group was written from public reports, so a match may only give back what was reported of "
    "the same attacks: HAFNIUM's entry was itself written from the reports on the attacks on "
    "Exchange of 2021."
)
NAMES_SHOWN = 8  # of groups that share a technique
_STANCES = (
    "accuses",
    "attributes",
    "denies",
    "assesses",
    "estimates",
    "demands",
    "announces",
    "asserts",
)


def read_ledger(path: Path) -> Ledger:
    """The ledger in a `claims.json`. Raises UsageError where it is none."""
    place = path / "claims.json" if path.is_dir() else path
    try:
        if place.stat().st_size > LEDGER_BYTES:
            raise UsageError(
                f"{place} is too large for a ledger: give a claims.json that `claims` wrote"
            )
        return msgspec.json.decode(place.read_bytes(), type=Ledger)
    except OSError as error:
        raise UsageError(
            f"{place} can't be read ({error.strerror}): give the claims.json that `claims` wrote"
        ) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UsageError(
            f"{place} is no ledger of claims: give a claims.json that `claims` wrote"
        ) from error


def bearing(
    ledger: Ledger, cves: Sequence[str], techniques: Sequence[str], chains: Sequence[str]
) -> tuple[dict[str, str], ...]:
    """The claims that speak of what was found: Exchange, the holes that were used, the techniques.

    Then one row for each technique with how many groups share it. Nothing where no attack was seen:
    `cves`, `techniques` and `chains` are those of findings, not of holes that stood open.
    """
    if not (cves or techniques or chains):
        return ()
    rows = []
    about = {key: _about_exchange(d) for key, d in ledger.documents.items()}
    for claim in sorted(ledger.claims, key=lambda c: _rank(c)):
        why = _why(claim, about[claim.doc_key], cves, techniques, chains)
        if why:
            rows.append(_row(claim, ledger, why))
        if len(rows) >= CLAIMS_SHOWN:
            break
    return (*rows, *overlap(techniques))


def _rank(claim: Claim) -> tuple[int, str, int, str]:
    return _STANCES.index(claim.stance), claim.doc_key, claim.span.start, claim.id


def _about_exchange(document: Document) -> bool:
    text = document.text
    return re.search(r"\bMicrosoft(?:['’]s)? Exchange\b|\bExchange [Ss]ervers?\b", text) is not None


def _why(
    claim: Claim,
    exchange: bool,
    cves: Sequence[str],
    techniques: Sequence[str],
    chains: Sequence[str],
) -> str:
    reasons = []
    named = set(claim.vulnerability.cve_in_text) & set(cves) if claim.vulnerability else set()
    reasons += sorted(named)
    reasons += [
        chain
        for chain in chains
        if re.search(rf"\b{re.escape(chain)}\b", claim.span.text, re.IGNORECASE)
    ]
    if claim.target and claim.stance in (
        "accuses",
        "attributes",
        "denies",
        "estimates",
        "assesses",
    ):
        reasons.append("names Exchange")
    shared = set(claim.technique_hint) & set(techniques)
    if exchange and shared:
        reasons += sorted(shared)
    about_actor = claim.actor and claim.stance in ("accuses", "attributes", "denies")
    if exchange and not reasons and about_actor:
        reasons.append("of a report on Exchange")
    return ", ".join(dict.fromkeys(reasons))


def _row(claim: Claim, ledger: Ledger, why: str) -> dict[str, str]:
    cluster = next((c for c in ledger.clusters if claim.doc_key in c), (claim.doc_key,))
    row = {
        "kind": "public claim",
        "claim": claim.id,
        "speaker": claim.speaker.norm,
        "stance": claim.stance,
        "confidence": claim.confidence,
        "quote": claim.span.text,
        "document": ledger.documents[claim.doc_key].file,
        "characters": f"{claim.span.start} to {claim.span.end}",
        "bears on": why,
        "source cluster": ", ".join(ledger.documents[key].file for key in cluster),
    }
    if claim.speaker.relay is not None:
        row["passed on by"] = claim.speaker.relay
    if claim.note is not None:
        row["note"] = claim.note
    if claim.actor is not None:
        row["actor"] = claim.actor.norm
        row["tie to a state, as said"] = claim.actor.nexus
    return row


def overlap(techniques: Sequence[str]) -> Iterator[dict[str, str]]:
    """For each technique found, how many groups of ATT&CK share it, and how many share all."""
    groups = knowledge.groups()
    names = knowledge.technique_names()
    found = sorted(t for t in set(techniques) if t in names)
    if not found:
        return
    for technique in found:
        shared = [g.name for g in groups if technique in g.techniques]
        yield {
            "kind": "technique overlap",
            "technique": f"{technique} {names[technique]}",
            "groups that share it": f"{len(shared)} of {len(groups)}",
            "among them": _some(shared),
        }
    all_of_them = [g.name for g in groups if set(found) <= set(g.techniques)]
    yield {
        "kind": "technique overlap",
        "technique": f"all {len(found)} together",
        "groups that share it": f"{len(all_of_them)} of {len(groups)}",
        "among them": _some(all_of_them),
        "why this is no attribution": WHY_NOT,
    }


def _some(names: Sequence[str]) -> str:
    """The first names of a list, and that there are more."""
    if not names:
        return "none"
    return ", ".join(names[:NAMES_SHOWN]) + (" and others" if len(names) > NAMES_SHOWN else "")
