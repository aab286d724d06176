"""`claims.stix.json`: a ledger as STIX 2.1, without an attribution by whoever made it.

A claim is a note in its speaker's words, a denial an opinion on the notes it denies. `confidence`
stays absent: in STIX it is the producer's, not the speaker's. Ids and times are those of the
content, so two runs write the same bytes. stix2 is imported here alone, and only when it is there.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import uuid
from collections import defaultdict
from typing import Any

from afterpatch.outputs.text import visible

__all__ = ["render"]

Values = dict[str, Any]

# The namespace of STIX 2.1, section 2.9.
_NAMESPACE = uuid.UUID("00abedb4-aa42-466c-9c01-fed23315a9b7")
# Notes need a time of making; where no report tells one, the first moment there is.
_NO_TIME = "1970-01-01T00:00:00.000Z"
_DENIED = 200  # notes to which one opinion refers, the nearest of its document
_EXTENSION = "extension-definition--" + str(uuid.uuid5(_NAMESPACE, "afterpatch claim"))
_CLASSES = {
    "official": "individual",
    "person": "individual",
    "anonymous": "unknown",
    "unspecified": "unknown",
    "government-group": "class",
    "other": "unknown",
}


def render(ledger: Values, *, attributed_to: bool = False) -> bytes | None:
    """The bundle as indented JSON; None where the stix2 library is not installed.

    `attributed_to` adds relationships, which platforms take for the producer's own attribution.
    """
    if importlib.util.find_spec("stix2") is None:
        return None
    stix2: Any = importlib.import_module("stix2")
    objects = _Objects(stix2, ledger)
    for claim in ledger["claims"]:
        objects.note(claim)
    for claim in ledger["claims"]:
        if claim["stance"] == "denies":
            objects.opinion(claim)
    for document in ledger["documents"].values():
        objects.report(document)
    if attributed_to:
        for claim in ledger["claims"]:
            objects.attribution(claim)
    bundle = stix2.Bundle(
        *objects.made.values(),
        id=f"bundle--{_id('bundle', sorted(objects.made))}",
        allow_custom=True,
    )
    return (json.dumps(json.loads(bundle.serialize()), indent=1, sort_keys=True) + "\n").encode()


def _id(*parts: Any) -> str:
    return str(uuid.uuid5(_NAMESPACE, json.dumps(parts, sort_keys=True, default=str)))


def _when(document: Values) -> str:
    published = document["published"]
    if published is None or not published["iso"]:
        return _NO_TIME
    iso = published["iso"]
    return f"{iso[:10]}T{iso[11:16] or '00:00'}:00.000Z"


def _confirmed(ledger: Values) -> set[str]:
    """The claims on which two or more independent sources agree, and that nothing contradicts."""
    source = {key: n for n, keys in enumerate(ledger["clusters"]) for key in keys}
    document = {claim["id"]: claim["doc_key"] for claim in ledger["claims"]}
    found: set[str] = set()
    against: set[str] = set()
    for fact in ledger["reconciliation"]:
        members = [m for m in fact["members"] if m in document]
        if fact["kind"] == "agreement" and len({source[document[m]] for m in members}) > 1:
            found.update(members)
        elif fact["kind"] in _AGAINST:
            against.update(members)
    return found - against


# What speaks against a claim that others agree on, or shows that it changed on its way.
_AGAINST = (
    "contradiction", "figure-divergence", "unit-divergence", "bound-drift", "hedge-dropped",
    "hedge-drift", "strength-divergence", "internal-tension", "alias-conflict",
)  # fmt: skip


class _Objects:
    """The objects of one bundle by id."""

    def __init__(self, stix2: Any, ledger: Values) -> None:
        self.stix2 = stix2
        self.ledger = ledger
        self.made: dict[str, Any] = {}
        self.notes: dict[str, str] = {}
        self.refs: dict[str, set[str]] = {key: set() for key in ledger["documents"]}
        self.confirmed = _confirmed(ledger)
        self.accused: dict[tuple[str, str | None], list[Values]] = defaultdict(list)
        for claim in ledger["claims"]:
            if claim["stance"] in ("accuses", "attributes") and claim["actor"]:
                self.accused[claim["doc_key"], claim["actor"]["state"]].append(claim)
        self.maker = self._identity(
            "afterpatch", "system", "reads public reports; attributes nothing"
        )
        extension = stix2.ExtensionDefinition(
            id=_EXTENSION,
            created=_NO_TIME,
            modified=_NO_TIME,
            created_by_ref=self.maker,
            name="afterpatch claim",
            version="1.0.0",
            extension_types=["property-extension"],
            description="Speaker, stance, hedges, figures and offsets of a public claim",
            schema="claims.json of afterpatch/claims/1",
        )
        self._keep(extension)

    def _keep(self, thing: Any) -> str:
        self.made.setdefault(thing["id"], thing)
        return str(thing["id"])

    def _identity(self, name: str, class_: str, description: str) -> str:
        key = f"identity--{_id('identity', name, class_)}"
        if key not in self.made:
            self._keep(
                self.stix2.Identity(
                    id=key,
                    created=_NO_TIME,
                    modified=_NO_TIME,
                    name=visible(name),
                    identity_class=class_,
                    description=visible(description),
                )
            )
        return key

    def _speaker(self, speaker: Values) -> str:
        return self._identity(
            speaker["norm"],
            _CLASSES.get(speaker["type"], "organization"),
            f"speaker: {speaker['type']}",
        )

    def _actor(self, actor: Values) -> str:
        group = actor["attack_group"]
        if group is not None and not group["others"]:
            key = f"intrusion-set--{_id('group', group['id'])}"
            reference = {
                "source_name": "mitre-attack",
                "external_id": group["id"],
                "url": f"https://attack.mitre.org/groups/{group['id']}",
            }
            if key not in self.made:
                self._keep(
                    self.stix2.IntrusionSet(
                        id=key,
                        created=_NO_TIME,
                        modified=_NO_TIME,
                        name=group["name"],
                        external_references=[reference],
                    )
                )
            return key
        key = f"threat-actor--{_id('actor', actor['norm'])}"
        if key not in self.made:
            self._keep(
                self.stix2.ThreatActor(
                    id=key,
                    created=_NO_TIME,
                    modified=_NO_TIME,
                    name=visible(actor["text"]),
                    description="Named so in a public report; tie to a state as said there: "
                    + actor["nexus"],
                )
            )
        return key

    def _extension(self, claim: Values) -> Values:
        document = self.ledger["documents"][claim["doc_key"]]
        return {
            _EXTENSION: {
                "extension_type": "property-extension",
                "stance": claim["stance"],
                "speaker_type": claim["speaker"]["type"],
                "speaker_confidence": claim["confidence"],
                "document_sha256": document["sha256"],
                "start": claim["span"]["start"],
                "end": claim["span"]["end"],
                "hedges": [visible(h["text"]) for h in claim["hedge"]],
                "hedge_ranges": [h["range"] for h in claim["hedge"] if h["range"]],
                "relay": claim["speaker"]["relay"] and visible(claim["speaker"]["relay"]),
                # Admiralty code: nobody has judged the speaker; confirmed only across sources
                "reliability": "F",
                "credibility": "1" if claim["id"] in self.confirmed else "6",
                "nexus": claim["actor"]["nexus"] if claim["actor"] else "unspecified",
                "figures": [
                    {"value": q["value"], "unit": q["unit"], "bound": q["bound"]}
                    for q in claim["quantity"]
                ],
            }
        }

    def note(self, claim: Values) -> None:
        """The claim's exact sentence, with its speaker as author."""
        document = self.ledger["documents"][claim["doc_key"]]
        speaker = self._speaker(claim["speaker"])
        refs = [speaker]
        if claim["actor"] is not None:
            refs.append(self._actor(claim["actor"]))
        if claim["event"] is not None:
            refs.append(self._campaign(claim["event"]))
        when = _when(document)
        note = self.stix2.Note(
            id=f"note--{_id('note', claim['id'])}",
            created=when,
            modified=when,
            created_by_ref=self.maker,
            content=claim["span"]["text"],
            authors=[visible(claim["speaker"]["norm"])],
            object_refs=refs,
            abstract=f"{claim['stance']} ({claim['confidence']})",
            extensions=self._extension(claim),
            allow_custom=True,
        )
        self.notes[claim["id"]] = self._keep(note)
        self.refs[claim["doc_key"]] |= {note["id"], *refs}

    def _campaign(self, event: str) -> str:
        key = f"campaign--{_id('event', event)}"
        if key not in self.made:
            self._keep(
                self.stix2.Campaign(
                    id=key, created=_NO_TIME, modified=_NO_TIME, name=visible(event)
                )
            )
        return key

    def opinion(self, claim: Values) -> None:
        """A denial, on the notes that say of the one who denies what is denied."""
        state = claim["speaker"]["government"] or (claim["actor"] or {}).get("state")
        accused = self.accused.get((claim["doc_key"], state), [])
        at = claim["span"]["start"]
        near = sorted(accused, key=lambda c: (abs(c["span"]["start"] - at), c["id"]))
        denied = sorted(self.notes[c["id"]] for c in near[:_DENIED])
        if not state or not denied or claim["note"] is not None:  # a denial of another charge
            return
        when = _when(self.ledger["documents"][claim["doc_key"]])
        opinion = self.stix2.Opinion(
            id=f"opinion--{_id('opinion', claim['id'])}",
            created=when,
            modified=when,
            created_by_ref=self.maker,
            opinion="strongly-disagree",
            object_refs=denied,
            explanation=claim["span"]["text"],
            authors=[visible(claim["speaker"]["norm"])],
        )
        self.refs[claim["doc_key"]].add(self._keep(opinion))

    def report(self, document: Values) -> None:
        """The document: a report where its day is known, else a grouping, which needs none."""
        refs = sorted(self.refs[document["key"]])
        if not refs:
            return
        title = document["title"]["text"] if document["title"] else document["file"]
        when = _when(document)
        common = {
            "created": when,
            "modified": when,
            "created_by_ref": self.maker,
            "object_refs": refs,
            "external_references": [
                {
                    "source_name": visible(document["file"]),
                    "hashes": {"SHA-256": document["sha256"]},
                    "description": "the report as it was read",
                }
            ],
        }
        key = _id("report", document["sha256"])
        if when == _NO_TIME:
            self._keep(
                self.stix2.Grouping(
                    id=f"grouping--{key}", name=visible(title), context="unspecified", **common
                )
            )
        else:
            self._keep(
                self.stix2.Report(
                    id=f"report--{key}",
                    name=visible(title),
                    published=when,
                    report_types=["threat-report"],
                    **common,
                )
            )

    def attribution(self, claim: Values) -> None:
        """`attributed-to` from a named group to the state that the claim ties it to."""
        actor = claim["actor"]
        if claim["stance"] != "attributes" or actor is None or not actor["state"]:
            return
        source = self._actor(actor)
        if not source.startswith("intrusion-set"):
            return
        target = self._identity(
            actor["state"], "organization", "state, as named in a public report"
        )
        key = _id("attributed-to", source, target)
        self._keep(
            self.stix2.Relationship(
                id=f"relationship--{key}",
                created=_NO_TIME,
                modified=_NO_TIME,
                relationship_type="attributed-to",
                source_ref=source,
                target_ref=target,
                created_by_ref=self.maker,
                description=f"as said by {visible(claim['speaker']['norm'])}; see the notes",
            )
        )
