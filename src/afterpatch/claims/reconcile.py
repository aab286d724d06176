"""Reports against each other: what agrees, what only repeats, what drifts, what contradicts.

Reports that share runs of words or credit one agency are one source: their agreement is repetition.
Sentences are compared by their words; a report's whole text is too coarse to show copied lines.
"""

from __future__ import annotations

import difflib
import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations, pairwise

from afterpatch.claims.grammar.words import word_set
from afterpatch.claims.schema import Claim, Document, Fact
from afterpatch.limits import FACTS

__all__ = ["clusters_of", "reconciled"]

NEAR, ALIKE = 0.85, 0.42  # ratio of equal words in order
SHARED_WORDS = 0.45  # Jaccard of content words that a paraphrase has at least
COMMON = 60  # sentences that may share a word which still tells something
NEAR_BY = 400  # characters between two figures that are told together
RUN = 8  # words in a row that two reports share only when one wrote them first
_OF_ACTORS = ("attributes", "accuses")
_STOP = word_set(
    "the a an of in on at by for from with to and or but that which who is are was were be been "
    "has have had it its "
    "this these those as said says say told also not"
)
_SAME = {
    "spying": "espionage", "surveillance": "espionage", "govt": "government",
    "flaw": "vulnerability",
    "cyber-workers": "cyber-operators", "workers": "operators", "defense": "defence",
    "behavioral": "behaviour", "behavior": "behaviour", "pattern": "pattern", "hack": "attack",
    "cyberattack": "attack", "cyber-attack": "attack", "intrusion": "attack", "breach": "attack",
    "bug": "vulnerability", "hole": "vulnerability", "blame": "accuse", "business": "organization",
    "company": "organization", "firm": "organization", "organisation": "organization",
    "wider": "broader", "comprehensive": "broader", "obtain": "acquire", "acquisition": "acquire",
    "obtaining": "acquire", "data": "information", "pinned": "accuse",
}  # fmt: skip


def _words(text: str) -> list[str]:
    return re.findall(r"[\w'’-]+", text.lower().replace("’", "'"))


def _stem(word: str) -> str:
    word = _SAME.get(word, word)
    for end in ("ing", "ies", "ed", "es", "s"):
        if word.endswith(end) and len(word) > len(end) + 3:
            word = word[: -len(end)]
            break
    return _SAME.get(word, word)


class _Sentence:
    """A span of one document with its words, as often as claims come from it."""

    def __init__(self, claim: Claim) -> None:
        self.doc = claim.doc_key
        self.text = claim.span.text
        self.start = claim.span.start
        self.words = _words(self.text)
        self.content = frozenset(_stem(w) for w in self.words if w not in _STOP and len(w) > 2)
        self.claims: list[Claim] = []


def reconciled(
    documents: Sequence[Document], claims: Sequence[Claim]
) -> tuple[tuple[Fact, ...], tuple[tuple[str, ...], ...]]:
    """All facts of comparison in a fixed order, and the clusters of reports that are one source."""
    spans: dict[tuple[str, int], _Sentence] = {}
    for claim in claims:
        spans.setdefault((claim.doc_key, claim.span.start), _Sentence(claim)).claims.append(claim)
    told = list(spans.values())
    pairs = list(_alike(told))
    clusters = clusters_of(documents, told_pairs=[(a.doc, b.doc, r) for a, b, r in pairs])
    same_source = {key: i for i, cluster in enumerate(clusters) for key in cluster}
    facts: list[Fact] = []
    facts += _repeated(pairs)
    facts += _agreements(claims, same_source)
    facts += _figures(claims)
    facts += _hedge_drift(pairs, claims)
    facts += _nexus(claims)
    facts += _groups(claims)
    facts += _silence(claims, documents)
    facts += _wording(claims)
    facts += _holes(claims)
    facts += _date_traps(documents, claims)
    facts += _independence(documents, clusters)
    unique: dict[str, Fact] = {}
    for fact in facts:
        unique.setdefault(fact.id, fact)
    return tuple(list(unique.values())[:FACTS]), clusters


def _fact(
    kind: str, members: Iterable[str], summary: str, field: str | None = None,
    values: Iterable[object] = (),
) -> Fact:  # fmt: skip
    chosen = tuple(members)
    digest = hashlib.sha256("\0".join((kind, *chosen)).encode()).hexdigest()[:12]
    return Fact(f"r-{digest}", kind, chosen, summary, field, tuple(str(v) for v in values))


# ---------------------------------------------------------------- repetition


def _alike(told: Sequence[_Sentence]) -> Iterator[tuple[_Sentence, _Sentence, float]]:
    """Pairs of sentences of different reports, or of one, that say the same in like words."""
    index: dict[str, list[int]] = defaultdict(list)
    for number, sentence in enumerate(told):
        for word in sentence.content:
            index[word].append(number)
    counts: dict[tuple[int, int], int] = defaultdict(int)
    for numbers in index.values():
        if len(numbers) > COMMON:  # a word of every sentence tells nothing
            continue
        for a, b in combinations(numbers, 2):
            counts[a, b] += 1
    for (a, b), shared in sorted(counts.items()):
        one, other = told[a], told[b]
        if one.doc == other.doc or shared < 3:
            continue
        union = len(one.content | other.content)
        smaller = min(len(one.content), len(other.content))
        if shared / max(union, 1) < 0.25 and shared / max(smaller, 1) < 0.5:
            continue
        ratio = difflib.SequenceMatcher(None, one.words, other.words, autojunk=False).ratio()
        overlap = shared / max(union, 1)
        if ratio >= NEAR or (ratio >= ALIKE and overlap >= 0.3) or overlap >= SHARED_WORDS:
            yield one, other, ratio


def _repeated(pairs: Sequence[tuple[_Sentence, _Sentence, float]]) -> Iterator[Fact]:
    twins: dict[int, set[int]] = defaultdict(set)
    by_id: dict[int, _Sentence] = {}
    for one, other, ratio in pairs:
        by_id[id(one)], by_id[id(other)] = one, other
        if ratio >= NEAR:
            twins[id(one)].add(id(other))
            twins[id(other)].add(id(one))
    told: set[frozenset[int]] = set()
    for one, other, ratio in pairs:
        members = [one.claims[0].id, other.claims[0].id]
        between = f"{one.doc} and {other.doc}"
        if one.words == other.words:
            yield _fact("copied", members, f"{between}: the same sentence word for word")
        elif ratio >= NEAR:
            changed = _changed(one.words, other.words)
            yield _fact("near-copy", members, f"{between}: the same sentence but for {changed}")
        else:
            # with the copies of either sentence: they are told once
            group = frozenset({id(one), id(other), *twins[id(one)], *twins[id(other)]})
            if group in told:
                continue
            told.add(group)
            ordered = sorted((by_id[i] for i in group), key=lambda x: (x.doc, x.start))
            yield _paraphrase(one, other, ordered)


def _paraphrase(one: _Sentence, other: _Sentence, ordered: Sequence[_Sentence]) -> Fact:
    direct = {c.quote_type for c in one.claims} ^ {c.quote_type for c in other.claims}
    kind, lost = "paraphrase", ""
    if "direct" in direct:
        kind, lost = "paraphrase-of-quote", "; a quotation turned into indirect speech"
    elif bool(one.claims[0].quoted) != bool(other.claims[0].quoted):
        lost = "; quotation marks lost or added"
    docs = ", ".join(dict.fromkeys(x.doc for x in ordered))
    members = [x.claims[0].id for x in ordered]
    return _fact(kind, members, f"{docs}: the same statement in other words{lost}")


def _changed(one: Sequence[str], other: Sequence[str]) -> str:
    parts = []
    for op, a, b, c, d in difflib.SequenceMatcher(None, one, other, autojunk=False).get_opcodes():
        if op != "equal":
            parts.append(f"“{' '.join(one[a:b])}” / “{' '.join(other[c:d])}”")
    return ", ".join(parts[:4])


def _runs(document: Document) -> set[tuple[str, ...]]:
    words = _words(" ".join(piece.text for piece in document.body))
    return {tuple(words[i : i + RUN]) for i in range(len(words) - RUN + 1)}


def clusters_of(
    documents: Sequence[Document], told_pairs: Sequence[tuple[str, str, float]] = ()
) -> tuple[tuple[str, ...], ...]:
    """Groups of reports that go back to one source: by shared runs of words, by the agency they
    credit, and by several statements told again in the same order."""
    parent = {d.key: d.key for d in documents}

    def root(key: str) -> str:
        while parent[key] != key:
            key = parent[key]
        return key

    index: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for document in documents:
        for run in _runs(document):
            index[run].append(document.key)
    shared: dict[tuple[str, str], int] = defaultdict(int)
    for keys in index.values():
        for a, b in combinations(sorted(set(keys)), 2):
            shared[a, b] += 1
    again: dict[tuple[str, str], int] = defaultdict(int)
    for a, b, _ in told_pairs:
        again[min(a, b), max(a, b)] += 1
    wires = {d.key: d.wire_credit.norm for d in documents if d.wire_credit}
    for a, b in combinations([d.key for d in documents], 2):
        pair = (min(a, b), max(a, b))
        one_wire = wires.get(a) is not None and wires.get(a) == wires.get(b)
        # One run may be a quotation that both have from a statement; several are copied text.
        if shared[pair] >= RUN or again[pair] >= 3 or one_wire:
            parent[max(root(a), root(b))] = min(root(a), root(b))
    found: dict[str, list[str]] = defaultdict(list)
    for document in documents:
        found[root(document.key)].append(document.key)
    return tuple(tuple(sorted(keys)) for _, keys in sorted(found.items()))


# ---------------------------------------------------------------- agreement


def _agreements(claims: Sequence[Claim], source: dict[str, int]) -> Iterator[Fact]:
    """The same speaker with the same stance on the same actor, in several reports."""
    groups: dict[tuple[str, str, str], list[Claim]] = defaultdict(list)
    for claim in claims:
        kind = claim.speaker.type
        if kind == "unspecified" or (kind == "narrator" and not _no_action(claim)):
            continue
        actor = claim.actor
        about = (
            (actor.attack_group.id if actor.attack_group else actor.state or "") if actor else ""
        )
        if claim.stance in ("asserts", "assesses", "announces", "estimates") and not _no_action(
            claim
        ):
            continue
        topic = "response" if _no_action(claim) else claim.stance
        speaker = "" if topic == "response" else claim.speaker.norm
        groups[speaker, topic, "" if topic == "response" else about].append(claim)
    for (speaker, stance, about), same in sorted(groups.items()):
        docs = sorted({c.doc_key for c in same})
        if len(docs) < 2:
            continue
        members = [next(c.id for c in same if c.doc_key == d) for d in docs]
        how = _independently(docs, source)
        what = (
            f"{speaker} {stance} {about}".strip()
            if stance != "response"
            else "no sanctions or other step"
        )
        field = "speaker" if stance == "response" else "scope" if stance == "denies" else None
        yield _fact("agreement", members, f"{', '.join(docs)}: {what}; {how}", field)
    yield from _same_content(claims, source)


def _same_content(claims: Sequence[Claim], source: dict[str, int]) -> Iterator[Fact]:
    """The same speaker with the same words of content in several reports."""
    groups: dict[tuple[str, str], list[Claim]] = defaultdict(list)
    for claim in claims:
        if claim.content is not None and claim.speaker.type not in ("narrator", "unspecified"):
            words = " ".join(w for w in _words(claim.content.text) if w not in _STOP)
            if len(words) > 15:
                groups[claim.speaker.norm, words].append(claim)
    for (speaker, _), same in sorted(groups.items()):
        docs = sorted({c.doc_key for c in same})
        if len(docs) > 1:
            members = [next(c.id for c in same if c.doc_key == d) for d in docs]
            how = _independently(docs, source)
            yield _fact("agreement", members, f"{', '.join(docs)}: {speaker} says the same; {how}")


def _independently(docs: Sequence[str], source: dict[str, int]) -> str:
    count = len({source[d] for d in docs})
    return "one source, so this is repetition" if count == 1 else f"{count} independent sources"


def _no_action(claim: Claim) -> bool:
    text = (claim.content or claim.span).text
    return (
        re.search(r"\bno (?:\w+ ){0,4}?(?:sanctions|measures|retaliation)\b", text, re.IGNORECASE)
        is not None
    )


# ---------------------------------------------------------------- figures


def _figures(claims: Sequence[Claim]) -> Iterator[Fact]:
    counted = [(c, q) for c in claims for q in c.quantity if q.value >= 20 and q.unit != "money"]
    by_value: dict[float, list[tuple[Claim, str, str, str | None]]] = defaultdict(list)
    for claim, q in counted:
        by_value[q.value].append((claim, q.unit, q.bound, q.predicate))
    for value, rows in sorted(by_value.items()):
        docs = sorted({c.doc_key for c, *_ in rows})
        members = list(dict.fromkeys(c.id for c, *_ in rows))
        if len(docs) > 1:
            yield _fact(
                "same-figure",
                members,
                f"{value:,.0f} in {', '.join(docs)}",
                "quantity.value",
                [f"{value:g}"],
            )
        units = [u for _, u, _, _ in rows]
        if len(set(units)) > 1:
            told = ", ".join(f"{u} ({c.doc_key})" for c, u, _, _ in rows)
            yield _fact(
                "unit-divergence", members, f"{value:,.0f} are {told}", "quantity.unit", units
            )
        bounds = [b for _, _, b, _ in rows]
        if len(set(bounds)) > 1:
            yield _fact(
                "bound-drift",
                members,
                f"{value:,.0f}: {', '.join(bounds)}",
                "quantity.bound",
                bounds,
            )
    by_place = sorted(counted, key=lambda row: (row[0].doc_key, row[1].start))
    for (one, a), (other, b) in pairwise(by_place):
        near = one.doc_key == other.doc_key and abs(one.span.start - other.span.start) < NEAR_BY
        if near and a.value != b.value and a.predicate and b.predicate != a.predicate:
            if b.predicate is None:
                continue
            yield _fact(
                "not-a-contradiction", [one.id, other.id],
                f"{a.value:,.0f} {a.predicate} and {b.value:,.0f} {b.predicate} can both hold",
                "quantity.predicate", [a.predicate, b.predicate],
            )  # fmt: skip
    alike: dict[tuple[str, str], dict[str, tuple[Claim, float]]] = defaultdict(dict)
    for claim, q in by_place:
        if q.predicate and q.value >= 1000:
            alike[q.unit, q.predicate].setdefault(claim.doc_key, (claim, q.value))
    for (unit, predicate), by_doc in sorted(alike.items()):
        figures = sorted({value for _, value in by_doc.values()})
        if len(figures) > 1:
            yield _fact(
                "figure-divergence", [by_doc[d][0].id for d in sorted(by_doc)],
                f"{' / '.join(f'{value:,.0f}' for value in figures)} {unit}s {predicate}",
                "quantity.value", [f"{value:g}" for value in figures],
            )  # fmt: skip


# ---------------------------------------------------------------- hedges

_STRENGTH = {"reported": 0, "believed": 1, "likely": 2, "confident": 3, "asserted": 4}


def _hedge_drift(
    pairs: Sequence[tuple[_Sentence, _Sentence, float]], claims: Sequence[Claim]
) -> Iterator[Fact]:
    """The same statement told more surely in one report than in another, or by the report itself
    after somebody else said it with doubt."""
    near: dict[str, set[str]] = defaultdict(set)
    for one, other, _ in pairs:
        for a in one.claims:
            for b in other.claims:
                if _same_speaker(a, b) and a.confidence != b.confidence and _on_one_thing(a, b):
                    near[a.id].add(b.id)
    by_id = {c.id: c for c in claims}
    drifts: dict[tuple[str, str], list[str]] = defaultdict(list)
    for first, others in near.items():
        for second in sorted(others):
            lower, higher = sorted((first, second), key=lambda i: _STRENGTH[by_id[i].confidence])
            drifts[higher, by_id[lower].confidence].append(lower)
    for (higher, _), lowers in drifts.items():
        yield _drift([by_id[i] for i in dict.fromkeys(lowers)], by_id[higher])
    by_doc: dict[str, list[Claim]] = defaultdict(list)
    for claim in claims:
        by_doc[claim.doc_key].append(claim)
    for _, told in sorted(by_doc.items()):
        yield from _told_as_fact(told)


def _told_as_fact(told: Sequence[Claim]) -> Iterator[Fact]:
    """What somebody believes, told again by the report without the doubt."""
    index: dict[str, list[Claim]] = defaultdict(list)
    for claim in told:
        if claim.speaker.type == "narrator" and claim.confidence == "asserted":
            for word in _content_words(claim):
                index[word].append(claim)
    for hedged in told:
        if hedged.confidence == "asserted" or hedged.speaker.type in ("narrator", "unspecified"):
            continue
        words = _content_words(hedged)
        shared: dict[str, int] = defaultdict(int)
        flat: dict[str, Claim] = {}
        for word in words:
            for claim in index.get(word, ())[:COMMON]:
                shared[claim.id] += 1
                flat[claim.id] = claim
        for claim_id in sorted(shared):
            smaller = min(len(words), len(_content_words(flat[claim_id])))
            if shared[claim_id] >= 4 and shared[claim_id] >= 0.5 * smaller:
                yield _drift([hedged], flat[claim_id])


def _on_one_thing(a: Claim, b: Claim) -> bool:
    """Whether two claims of like sentences tell the same, not one the other half of it."""
    one, other = _content_words(a), _content_words(b)
    return 3 * len(one & other) >= min(len(one), len(other))


def _content_words(claim: Claim) -> frozenset[str]:
    text = (claim.content or claim.span).text.replace("-", " ")
    return frozenset(_stem(w) for w in _words(text) if w not in _STOP and len(w) > 2)


def _same_speaker(a: Claim, b: Claim) -> bool:
    if a.speaker.norm == b.speaker.norm:
        return True
    return a.speaker.type == b.speaker.type and a.speaker.type in (
        "anonymous",
        "unspecified",
        "narrator",
    )


def _drift(lower: Sequence[Claim], higher: Claim) -> Fact:
    kind = "hedge-dropped" if higher.confidence == "asserted" else "hedge-drift"
    told = [*lower, higher]
    values = [c.confidence for c in told]
    summary = "; ".join(f"{c.doc_key}: {c.confidence}" for c in lower)
    return _fact(
        kind,
        [c.id for c in told],
        f"{summary}; {higher.doc_key}: {higher.confidence} (stronger)",
        "confidence",
        values,
    )


# ---------------------------------------------------------------- actors


def _nexus(claims: Sequence[Claim]) -> Iterator[Fact]:
    """How closely an actor is tied to a state, said differently."""
    by_state: dict[str, list[Claim]] = defaultdict(list)
    for claim in claims:
        tied = claim.actor and claim.actor.state and claim.actor.nexus != "unspecified"
        if claim.actor and claim.actor.state and tied and claim.stance in _OF_ACTORS:
            by_state[claim.actor.state].append(claim)
    for state, same in sorted(by_state.items()):
        attributed = [c for c in same if c.stance == "attributes"]
        kinds = sorted({c.actor.nexus for c in attributed if c.actor})
        if len(kinds) > 1:
            members = []
            for kind in kinds:
                members += [c.id for c in attributed if c.actor and c.actor.nexus == kind]
            speakers = {
                kind: sorted(
                    {c.speaker.norm for c in attributed if c.actor and c.actor.nexus == kind}
                )
                for kind in kinds
            }
            told = "; ".join(f"{kind}: {', '.join(names)}" for kind, names in speakers.items())
            yield _fact("strength-divergence", members, f"ties to {state}: {told}", "nexus", kinds)
        own: dict[tuple[str, str], dict[str, Claim]] = defaultdict(dict)
        for claim in same:
            if claim.actor and claim.speaker.type not in ("unspecified", "narrator"):
                own[claim.doc_key, claim.speaker.norm].setdefault(claim.actor.nexus, claim)
        for (doc, speaker), ties in sorted(own.items()):
            weaker = next((n for n in ("territory", "linked") if n in ties), None)
            if "state" in ties and weaker is not None:
                yield _fact(
                    "internal-tension", [ties["state"].id, ties[weaker].id],
                    f"{doc}: {speaker} accuses the state in one place and names only {weaker} in "
                    "another", "nexus", ["state", weaker],
                )  # fmt: skip


def _groups(claims: Sequence[Claim]) -> Iterator[Fact]:
    """Named groups: the same in several reports, and look-alike names that are different groups."""
    named: dict[str, dict[str, list[Claim]]] = defaultdict(lambda: defaultdict(list))
    for claim in claims:
        if claim.actor and claim.actor.attack_group:
            named[claim.actor.attack_group.id][claim.doc_key].append(claim)
    for group, by_doc in sorted(named.items()):
        if len(by_doc) > 1:
            members = [by_doc[d][0].id for d in sorted(by_doc)]
            speakers = sorted({by_doc[d][0].speaker.norm for d in by_doc})
            differ = f"; speakers differ: {', '.join(speakers)}" if len(speakers) > 1 else ""
            yield _fact(
                "agreement-on-actor", members,
                f"{group} named in {', '.join(sorted(by_doc))}{differ}",
                "actor.attack_group", [group] * len(members),
            )  # fmt: skip
            if len(speakers) > 1:
                yield _fact(
                    "speaker-divergence",
                    members,
                    f"{group}: {', '.join(speakers)}",
                    "speaker",
                    speakers,
                )
    for one, other in combinations(sorted(named), 2):
        a, b = named[one], named[other]
        if set(a) & set(b):
            continue
        first, second = a[min(a)][0], b[min(b)][0]
        if first.actor and second.actor and _look_alike(first.actor.norm, second.actor.norm):
            yield _fact(
                "contradiction", [first.id, second.id],
                f"{first.doc_key} names {first.actor.text} ({one}), {second.doc_key} "
                f"{second.actor.text} "
                f"({other}): different groups in ATT&CK, no shared alias",
                "actor.attack_group", [one, other],
            )  # fmt: skip


def _look_alike(one: str, other: str) -> bool:
    """Numbered names of one series that differ in one digit: likely a slip in one report."""
    a, b = (re.fullmatch(r"([A-Za-z-]+)[ -]?(\d+)", n) for n in (one, other))
    if a is None or b is None or a[1].lower() != b[1].lower() or a[2] == b[2]:
        return False
    return len(a[2]) == len(b[2]) and sum(x != y for x, y in zip(a[2], b[2], strict=True)) == 1


def _silence(claims: Sequence[Claim], documents: Sequence[Document]) -> Iterator[Fact]:
    """Denials that some reports leave out, and accusers that only one names."""
    keys = [d.key for d in documents]
    if len(keys) < 2:
        return
    states: dict[str, set[str]] = defaultdict(set)
    for claim in claims:
        if claim.actor and claim.actor.state and claim.stance in ("accuses", "attributes"):
            states[claim.actor.state].add(claim.doc_key)
    for state, accusing in sorted(states.items()):
        denials = [
            c for c in claims if c.stance == "denies"
            and state in (c.speaker.government, c.actor and c.actor.state)
        ]  # fmt: skip
        silent = sorted(accusing - {c.doc_key for c in denials})
        if denials and silent:
            yield _fact(
                "omission", [c.id for c in denials],
                f"no denial by {state} in {', '.join(silent)}", "missing_in", silent,
            )  # fmt: skip
        accusers: dict[str, dict[str, str]] = defaultdict(dict)
        for claim in claims:
            own = claim.actor is not None and claim.actor.state == state
            if own and claim.stance == "accuses" and claim.speaker.type in (
                "government", "intergovernmental",
            ):  # fmt: skip
                accusers[claim.speaker.norm].setdefault(claim.doc_key, claim.id)
        only: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for name, by_doc in accusers.items():
            if len(by_doc) == 1:
                key, claim_id = next(iter(by_doc.items()))
                only[key].append((name, claim_id))
        for key, rows in sorted(only.items()):
            if len(accusing) > 1:
                yield _fact(
                    "addition", [i for _, i in rows],
                    f"only {key} names {', '.join(n for n, _ in rows)} as accusing {state}",
                )  # fmt: skip


# ---------------------------------------------------------------- words

_DEED = re.compile(r"\b(?:of|for) (\w+ing(?: out)?)\b")


def _wording(claims: Sequence[Claim]) -> Iterator[Fact]:
    """The same accusation with a stronger or weaker verb; the same deed with another object."""
    groups: dict[str, dict[str, tuple[str, Claim]]] = defaultdict(dict)
    for claim in claims:
        official = claim.speaker.type in ("government", "intergovernmental")
        if claim.stance == "accuses" and claim.actor and claim.actor.state and official:
            match = _DEED.search(claim.span.text)
            if match:
                groups[f"{claim.speaker.norm}\0{claim.actor.state}"].setdefault(
                    claim.doc_key, (match[1].lower(), claim)
                )
    for key, by_doc in sorted(groups.items()):
        verbs = {verb for verb, _ in by_doc.values()}
        if len(verbs) > 1:
            rows = [by_doc[d] for d in sorted(by_doc)]
            yield _fact(
                "verb-strength", [c.id for _, c in rows],
                f"{key.split(chr(0))[0]}: {' / '.join(v for v, _ in rows)}", "predicate",
                [v for v, _ in rows],
            )  # fmt: skip
    objects: dict[str, list[tuple[str, Claim]]] = defaultdict(list)
    for claim in claims:
        if claim.speaker.type != "narrator" or claim.actor is None:
            continue
        match = re.search(r"\bexploit\w*\b", claim.span.text)
        thing = (
            "backdoor"
            if re.search(r"\bbackdoors?\b.{0,60}\bexploited\b", claim.span.text)
            else (
                "vulnerability"
                if match and re.search(r"\bvulnerabilit|\bflaw", claim.span.text)
                else None
            )
        )
        several = re.search(
            r"\b(?:other|more|further|additional)\b", claim.actor.text, re.IGNORECASE
        )
        if several and (thing or re.search(r"\bpiled in\b|\bjoined\b", claim.span.text)):
            objects[thing or "unsaid"].append((claim.actor.text, claim))
    members = [c for rows in objects.values() for _, c in rows]
    if len({c.doc_key for c in members}) > 1 and len(objects) > 1:
        ordered = sorted(members, key=lambda c: (c.doc_key, c.span.start))
        told = "; ".join(f"{c.doc_key}: {c.actor.text}" for c in ordered if c.actor)
        yield _fact(
            "actor-object-divergence",
            [c.id for c in ordered],
            f"who exploited what: {told}",
            "actor",
        )


def _holes(claims: Sequence[Claim]) -> Iterator[Fact]:
    """One vulnerability in one report, several in another."""
    found: dict[str, Claim] = {}
    for claim in claims:
        if claim.vulnerability is None:
            continue
        words = claim.vulnerability.text.lower()
        many = re.search(r"(?:vulnerabilities|flaws|zero[- ]days|holes|bugs)\b", words) is not None
        found.setdefault(f"{claim.doc_key}\0{'several' if many else 'one'}", claim)
    numbers = {key.split("\0")[1] for key in found}
    docs = {key.split("\0")[0] for key in found}
    if len(numbers) > 1 and len(docs) > 1:
        rows = sorted(found.items())
        yield _fact(
            "number-divergence", [c.id for _, c in rows],
            "; ".join(f"{c.doc_key}: {c.vulnerability.text}" for _, c in rows if c.vulnerability),
            "vulnerability", [key.split("\0")[1] for key, _ in rows],
        )  # fmt: skip


_HANGING = ("year", "month", "day", "near publication")


def _date_traps(documents: Sequence[Document], claims: Sequence[Claim]) -> Iterator[Fact]:
    """Times that hang on a day of publication which the report does not have, though its page
    shows another date."""
    for document in documents:
        wrong = [d for d in document.dates if not d.is_publication_date and d.iso]
        if document.published is not None or not wrong:
            continue
        hanging = [
            c for c in claims if c.doc_key == document.key
            and any(d.iso is None and d.precision in _HANGING for d in c.date)
        ]  # fmt: skip
        relative = [
            c for c in hanging if any(re.search(r"\b(?:this|last|ago)\b", d.text) for d in c.date)
        ]
        chosen = relative or hanging
        if chosen:
            others = [d.published.iso[:4] for d in documents if d.published and d.published.iso]
            yield _fact(
                "date-trap", [c.id for c in chosen],
                f"{document.key}: “{chosen[0].date[0].text}” must not be counted from "
                f"{wrong[0].text}, which {wrong[0].why}", "date",
                [*dict.fromkeys(others), *(f"{d.iso[:4]} (wrong)" for d in wrong[:1] if d.iso)],
            )  # fmt: skip


def _independence(
    documents: Sequence[Document], clusters: Sequence[tuple[str, ...]]
) -> Iterator[Fact]:
    if len(documents) < 2:
        return
    for cluster in clusters:
        if len(cluster) > 1:
            wires = sorted(
                {d.wire_credit.norm or "" for d in documents if d.key in cluster and d.wire_credit}
            )
            credit = f"; credited: {', '.join(wires)}" if wires else ""
            yield _fact(
                "independence", cluster,
                f"{', '.join(cluster)} share runs of words or tell the same statements in one order"
                f"{credit}: one source, so agreement among them is repetition",
                "independent_sources", ["1"],
            )  # fmt: skip
