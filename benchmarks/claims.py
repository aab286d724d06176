"""Measures the claims grammar: sources and contents on FactAppeal, whole records on gold seeds.

    python benchmarks/claims.py factappeal FILE.csv [--engine plain|parser] [--misses N]
    python benchmarks/claims.py seeds GOLD.json FOLDER [--engine plain|parser]
    python benchmarks/claims.py article FOLDER [--engine plain|parser] [--characters 6000]
    python benchmarks/claims.py facts FOLDER [--engine plain|parser] [--together] [--misses N]

FactAppeal: each row is a document of one sentence; what is measured is the ledger's own records, as
`claims` writes them: speakers and who passes on what they say. A source counts when it shares a
word with an annotated one, a content when the intersection over the union in characters is 0.8 or
more.

facts: the folder holds bundles of reports on one event, each with a JSON of its documents, its
facts of comparison (kind and sentences), its clusters of one source, and tempting facts that must
not be found ("not"). A fact is found when one of that kind shares half of its sentences or more.
With `--together` the reports of all bundles are one ledger: what joins two events is wrong.
"""

from __future__ import annotations

import argparse
import csv
import itertools
import json
import re
import resource
import statistics
import time
from pathlib import Path

_TAG = re.compile(r"<(/?)([A-Z][A-Za-z_]*(?::[A-Za-z_]+)*)>")


def records(text: str, syntax):
    """The sources and contents, in characters, of the ledger's records of a text."""
    from afterpatch.claims.extract import claims_of
    from afterpatch.claims.ledger import document_of
    from afterpatch.claims.page.read import Page

    document, layout = document_of(Page("text", text, "0" * 64), "row.txt", "A")
    sources, contents = set(), set()
    for claim in claims_of(document, layout, syntax):
        speaker = claim.speaker
        if speaker.start is None:  # nobody is named, or the report itself speaks
            continue
        sources.add((speaker.start, speaker.end))
        if speaker.relay_span is not None:
            sources.add((speaker.relay_span.start, speaker.relay_span.end))
        if claim.content is not None:
            contents.add((claim.content.start, claim.content.end))
    return sorted(sources), sorted(contents)


def annotated(text: str) -> tuple[str, list[tuple[str, int, int]]]:
    """The plain text of an annotated sentence, and its labels with their offsets."""
    plain, labels, open_tags, at = "", [], [], 0
    for tag in _TAG.finditer(text):
        plain += text[at : tag.start()]
        at = tag.end()
        if tag[1]:
            for k in range(len(open_tags) - 1, -1, -1):
                if open_tags[k][0].split(":")[0] == tag[2].split(":")[0]:
                    name, start = open_tags.pop(k)
                    labels.append((name, start, len(plain)))
                    break
        else:
            open_tags.append((tag[2], len(plain)))
    return plain + text[at:], labels


def f1(hit: int, made: int, there: int) -> str:
    p, r = hit / max(made, 1), hit / max(there, 1)
    return f"P {p:.3f} R {r:.3f} F {2 * p * r / max(p + r, 1e-9):.3f} ({hit}/{made}/{there})"


def factappeal(path: Path, engine: str, misses: int) -> None:
    from afterpatch.claims.grammar.engine import engine as engine_named

    syntax = engine_named(engine)
    sources, contents, among, near, shown = [0, 0, 0, 0], [0, 0, 0], [0, 0], [0, 0, 0], 0
    with path.open(encoding="utf-8") as file:
        rows = [annotated(row["annotation"]) for row in csv.DictReader(file)]
    began = time.perf_counter()
    for text, labels in rows:
        gold = [(a, b) for name, a, b in labels if name.startswith("Source:")]
        told = [(a, b) for name, a, b in labels if name.startswith("Fact_Appeal")]
        mine, said = records(text, syntax)
        hit = sum(any(shares(text, m, g) for g in gold) for m in mine)
        covered = sum(any(shares(text, m, g) for m in mine) for g in gold)
        sources = [
            x + y for x, y in zip(sources, (hit, len(mine), covered, len(gold)), strict=True)
        ]
        if gold:
            near = [
                near[0] + sum(any(iou(s, t) >= 0.8 for t in told) for s in said),
                near[1] + len(said),
                near[2] + len(told),
            ]
            among = [among[0] + len(mine), among[1] + hit]
        good = sum(any(iou(s, t) >= 0.8 for t in told) for s in said)
        contents = [x + y for x, y in zip(contents, (good, len(said), len(told)), strict=True)]
        if shown < misses and gold and (hit < len(mine) or covered < len(gold) or good < len(told)):
            shown += 1
            print(
                f"- {text}\n    gold {[text[a:b] for a, b in gold]}"
                f"\n    mine {[text[a:b] for a, b in mine]}"
            )
            if good < len(told) and hit == len(mine) and covered == len(gold):
                print(
                    f"    gold content {[text[a:b] for a, b in told]}\n"
                    f"    mine content {[text[a:b] for a, b in said]}"
                )
    print(f"{among[0]} of {sources[1]} sources in rows that have an annotated one")
    p, r = among[1] / max(among[0], 1), sources[2] / max(sources[3], 1)
    print(f"  there   P {p:.3f} R {r:.3f} F {2 * p * r / max(p + r, 1e-9):.3f}")
    p, r = sources[0] / max(sources[1], 1), sources[2] / max(sources[3], 1)
    print(f"{syntax.name}, {time.perf_counter() - began:.1f} s")
    print(f"sources   P {p:.3f} R {r:.3f} F {2 * p * r / max(p + r, 1e-9):.3f} {sources}")
    print(f"contents  {f1(*contents)}")
    print(f"  there   {f1(*near)}")


def facts(folder: Path, engine: str, misses: int, together: bool) -> None:
    from afterpatch.claims.ledger import ledger_of

    bundles = [json.loads(p.read_text("utf-8")) for p in sorted(folder.glob("*.json"))]
    groups = [bundles] if together else [[bundle] for bundle in bundles]
    kinds: dict[str, list[int]] = {}
    pairs, tempted = [0, 0, 0], [0, 0]
    for group in groups:
        paths = [folder / d["file"] for bundle in group for d in bundle["documents"].values()]
        ledger = ledger_of(paths, name=engine, workers=1)
        name_of = {key: document.file for key, document in ledger.documents.items()}
        place = {c.id: (c.doc, c.span.start, c.span.end) for c in ledger.claims}
        mine = [
            (f.kind, [place.get(m, (name_of.get(m), 0, 1)) for m in f.members], f)
            for f in ledger.reconciliation
        ]
        used: set[int] = set()
        for bundle in group:
            files = {key: d["file"] for key, d in bundle["documents"].items()}
            for want in bundle["facts"]:
                members = places(want, files)
                row = kinds.setdefault(want["kind"], [0, 0, 0])
                row[2] += 1
                fits = [
                    (shared(members, got), n)
                    for n, (kind, got, _) in enumerate(mine)
                    if kind == want["kind"] and n not in used
                ]
                best = max(fits, default=(0.0, 0), key=lambda fit: (fit[0], -fit[1]))
                if best[0] >= 0.5:
                    used.add(best[1])
                    row[0] += 1
                elif misses:
                    print(f"missed {want['kind']}: {want['summary']}")
                    for m in want["members"]:
                        print("      ", m if isinstance(m, str) else f"{m['doc']}: {m['text']}")
            for never in bundle.get("not", []):
                members = places(never, files)
                tempted[1] += 1
                if any(k == never["kind"] and shared(members, got) >= 0.5 for k, got, _ in mine):
                    tempted[0] += 1
                    if misses:
                        print(f"TEMPTED {never['kind']}: {never['why']}")
            want_one = [{files[key] for key in cluster} for cluster in bundle["clusters"]]
            made_one = [{name_of[key] for key in cluster} for cluster in ledger.clusters]
            for a, b in itertools.combinations(files.values(), 2):
                want_pair = any({a, b} <= cluster for cluster in want_one)
                made_pair = any({a, b} <= cluster for cluster in made_one)
                pairs[0] += want_pair and made_pair
                pairs[1] += made_pair
                pairs[2] += want_pair
                if misses and want_pair != made_pair:
                    print(f"one source: annotated {want_pair}, found {made_pair}: {a}, {b}")
        text_of = {c.id: f"{c.doc}: {c.span.text}" for c in ledger.claims}
        for n, (kind, _, fact) in enumerate(mine):
            kinds.setdefault(kind, [0, 0, 0])[1] += 1
            if misses and n not in used:
                print(f"extra {kind}: {fact.summary}")
                for m in fact.members:
                    print("      ", text_of.get(m, m))
    for kind, row in sorted(kinds.items()):
        print(f"{kind:24} {f1(*row)}")
    print(f"{'all facts':24} {f1(*[sum(row[i] for row in kinds.values()) for i in range(3)])}")
    print(f"{'pairs of one source':24} {f1(*pairs)}")
    print(f"{tempted[0]} of {tempted[1]} tempting facts found")


def places(fact: dict, files: dict[str, str]) -> list[tuple[str, int, int]]:
    return [
        (files[m], 0, 1) if isinstance(m, str) else (files[m["doc"]], m["start"], m["end"])
        for m in fact["members"]
    ]


def shared(want: list, got: list) -> float:
    """The sentences in common over all sentences of two facts."""
    want, got = list(dict.fromkeys(want)), list(dict.fromkeys(got))
    hit = sum(any(w[0] == g[0] and iou(w[1:], g[1:]) >= 0.5 for g in got) for w in want)
    return hit / max(len(want) + len(got) - hit, 1)


def article(folder: Path, engine: str, characters: int) -> None:
    """Times one article of so many characters, made of the folder's texts, after start-up."""
    began = time.perf_counter()
    from afterpatch.claims.extract import claims_of
    from afterpatch.claims.grammar.engine import engine as engine_named
    from afterpatch.claims.ledger import document_of
    from afterpatch.claims.page.read import Page

    syntax = engine_named(engine)
    lines = [
        line for p in sorted(folder.glob("*.txt")) for line in p.read_text("utf-8").splitlines()
    ]
    source = "\n\n".join(line for line in lines if len(line) > 80) + "\n\n"  # no mastheads
    source *= characters // len(source) + 1
    pages = [
        Page("text", (source[shift:] + source)[:characters], "0" * 64) for shift in (0, 600, 1200)
    ]
    claims_of(*document_of(Page("text", "Iran denied it.", "0" * 64), "a", "A"), syntax)
    ready = time.perf_counter()
    taken, found = [], 0
    for page in pages * 3:
        start = time.perf_counter()
        found = len(claims_of(*document_of(page, "article.txt", "A"), syntax))
        taken.append(time.perf_counter() - start)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{syntax.name}\n{characters:,} characters, {found} claims: "
        f"{statistics.median(taken):.2f} s ({min(taken):.2f} to {max(taken):.2f}); "
        f"start-up {ready - began:.1f} s; peak memory {peak:.0f} MB"
    )


def shares(text: str, a: tuple[int, int], b: tuple[int, int]) -> bool:
    start, end = max(a[0], b[0]), min(a[1], b[1])
    return start < end and any(c.isalnum() for c in text[start:end])


def iou(a: tuple[int, int], b: tuple[int, int]) -> float:
    both = max(0, min(a[1], b[1]) - max(a[0], b[0]))
    return both / max(max(a[1], b[1]) - min(a[0], b[0]), 1)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=("factappeal", "seeds", "article", "facts"))
    parser.add_argument("path", type=Path)
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--engine", choices=("plain", "parser"), default="plain")
    parser.add_argument("--misses", type=int, default=0)
    parser.add_argument("--characters", type=int, default=6_000)
    parser.add_argument("--together", action="store_true")
    given = parser.parse_args()
    if given.what == "factappeal":
        factappeal(given.path, given.engine, given.misses)
    elif given.what == "facts":
        facts(given.path, given.engine, given.misses, given.together)
    elif given.what == "article":
        article(given.path, given.engine, given.characters)
    else:
        seeds(given.path, given.folder, given.engine, given.misses)


def seeds(gold: Path, folder: Path, engine: str, misses: int) -> None:
    from afterpatch.claims.extract import claims_of
    from afterpatch.claims.grammar.engine import engine as engine_named
    from afterpatch.claims.ledger import document_of
    from afterpatch.claims.page.read import read

    truth = json.loads(gold.read_text("utf-8"))
    syntax = engine_named(engine)
    print(syntax.name)
    total = [0, 0, 0, 0]
    fields: dict[str, list[int]] = {}
    for key, told in truth["documents"].items():
        page = read(folder / told["file"])
        document, layout = document_of(page, told["file"], key)
        made = claims_of(document, layout, syntax)
        want = [c for c in truth["claims"] if c["doc_key"] == key]
        pairs = matched(want, made)
        stated = sum(_same_speaker(w["speaker"], made[m].speaker) for w, m in pairs)
        for w, m in pairs:
            compared(w, made[m], fields, shown=bool(misses))
        total = [
            x + y for x, y in zip(total, (len(pairs), len(made), len(want), stated), strict=True)
        ]
        bad = truth["negatives"]
        for n in (n for n in bad if n["doc_key"] == key):
            for c in made:
                if c.span.start < n["end"] and n["start"] < c.span.end:
                    print("IN A NEGATIVE SPAN", c.span.text)
        if misses:
            hit = {id(w) for w, _ in pairs}
            used = {m for _, m in pairs}
            for w in want:
                if id(w) not in hit:
                    print(
                        "missed",
                        w["id"],
                        w["speaker"]["norm"],
                        "|",
                        w["stance"],
                        "|",
                        w["actor"] and w["actor"]["text"],
                        "|",
                        w["span"]["text"][:160],
                    )
            for m, c in enumerate(made):
                if m not in used:
                    print(
                        "extra ",
                        c.speaker.norm,
                        "|",
                        c.stance,
                        "|",
                        c.actor and c.actor.text,
                        "|",
                        c.span.text[:160],
                    )
    print("strict", f1(*total[:3]))
    print(
        "fields of matched claims:",
        ", ".join(f"{k} {a}/{b}" for k, (a, b) in sorted(fields.items())),
    )


def _same_speaker(want: dict, speaker) -> bool:
    if want["type"] in ("narrator", "unspecified") or speaker.type in ("narrator", "unspecified"):
        return want["type"] == speaker.type
    norm = re.sub(r"\W+", "", want["norm"]).lower()
    mine = re.sub(r"\W+", "", speaker.norm).lower()
    return norm == mine or (
        want["start"] < (speaker.end or 0) and (speaker.start or 0) < want["end"]
    )


def compared(w: dict, c, fields: dict[str, list[int]], *, shown: bool) -> None:
    """Counts the fields in which a matched claim says the same."""
    a, b = w["actor"], c.actor
    same = {
        "actor": (a is None) == (b is None)
        and (a is None or b is None or (a["start"] < b.end and b.start < a["end"])),
        "nexus": (a and a["nexus"]) == (b and b.nexus),
        "state": (a and a["state"]) == (b and b.state),
        "group": (a and a["attack_group"] and a["attack_group"]["id"])
        == (b and b.attack_group and b.attack_group.id),
        "confidence": w["confidence"] == c.confidence,
        "quote_type": w["quote_type"] == c.quote_type,
        "government": w["speaker"]["government"] == c.speaker.government,
        "speaker type": w["speaker"]["type"] == c.speaker.type,
        "quantity": [(q["value"], q["unit"], q["bound"]) for q in w["quantity"]]
        == [(q.value, q.unit, q.bound) for q in c.quantity],
        "dates": [d["text"] for d in w["date"]] == [d.text for d in c.date],
        "vulnerability": (w["vulnerability"] is None) == (c.vulnerability is None),
    }
    if w["content"] is not None and c.content is not None:
        span = (w["content"]["start"], w["content"]["end"])
        same["content"] = iou(span, (c.content.start, c.content.end)) >= 0.8
    for name, yes in same.items():
        row = fields.setdefault(name, [0, 0])
        row[0] += bool(yes)
        row[1] += 1
        if shown and not yes:
            mine = {
                "actor": b and b.text,
                "nexus": b and b.nexus,
                "state": b and b.state,
                "content": c.content and c.content.text,
                "confidence": c.confidence,
                "quantity": [q.text for q in c.quantity],
                "dates": [d.text for d in c.date],
                "speaker type": c.speaker.type,
                "government": c.speaker.government,
                "quote_type": c.quote_type,
            }.get(name)
            gold = {
                "actor": a and a["text"],
                "nexus": a and a["nexus"],
                "state": a and a["state"],
                "content": w["content"] and w["content"]["text"],
                "confidence": w["confidence"],
                "quantity": [q["text"] for q in w["quantity"]],
                "dates": [d["text"] for d in w["date"]],
                "speaker type": w["speaker"]["type"],
                "government": w["speaker"]["government"],
                "quote_type": w["quote_type"],
            }.get(name)
            print(f"  {w['id']} {name}: gold {gold!r}, mine {mine!r}")


def matched(want: list, made: list) -> list:
    """Pairs of an annotated claim and one of ours: same stance and speaker, spans that overlap."""
    pairs, used = [], set()
    for w in want:
        best = None
        for m, c in enumerate(made):
            if m in used or c.stance != w["stance"] or not _same_speaker(w["speaker"], c.speaker):
                continue
            if iou((c.span.start, c.span.end), (w["span"]["start"], w["span"]["end"])) < 0.5:
                continue
            a, b = w.get("actor"), c.actor
            score = bool(a and b and a["start"] < b.end and b.start < a["end"]) + (
                a is None and b is None
            )
            if best is None or score > best[0]:
                best = (score, m)
        if best is not None:
            used.add(best[1])
            pairs.append((w, best[1]))
    return pairs


if __name__ == "__main__":
    main()
