"""In event logs too the sweep finds what a full parse finds."""

from __future__ import annotations

import re
from pathlib import Path
from random import Random

import pytest
from hunt_harness import examine, lanes, rule_of, said

from afterpatch.artifacts import registry
from afterpatch.detections.predicate import literals
from afterpatch.detections.rule import Rule, RuleSet
from afterpatch.hunt import compile_program
from afterpatch.hunt.enrich import enrich
from afterpatch.model import Frame

SAMPLES = sorted(
    (Path(__file__).parents[2].parent / "shared" / "evidence" / "evtx").glob("*.evtx"),
    key=lambda path: (path.stat().st_size, path.name),
)[:24:3]
SERVICES = {
    "Application": "application",
    "Security": "security",
    "System": "system",
    "Windows PowerShell": "powershell-classic",
    "Microsoft-Windows-Sysmon/Operational": "sysmon",
    "Microsoft-Windows-PowerShell/Operational": "powershell",
}
EVTX = next(a for a in registry.ARTIFACTS if a.name == "evtx")


def values(data: bytes) -> list[tuple[str, str]]:
    parser = EVTX.parser("x.evtx")
    found = set()
    for offset in range(4096, len(data), 65_536):
        for record in parser.feed(Frame(data[offset : offset + 65_536], offset, None)):
            for name, value in enrich("evtx", record.fields).items():
                texts = (value,) if isinstance(value, str) else value
                found.update((name, text) for text in texts if text)
    return sorted(found)


def rules(data: bytes, random: Random) -> list[Rule]:
    """Rules that look for what the log holds, and that have literals."""
    known = values(data)
    services = sorted({SERVICES[v] for k, v in known if k == "Channel" and v in SERVICES})
    made = []
    for number in range(60 if services else 0):
        field, value = random.choice(known)
        start = random.randrange(len(value))
        piece = value[start : start + random.randint(4, 20)]
        selection: object = random.choice(
            [
                {field: value.replace("*", "?")},
                {f"{field}|contains": piece},
                {f"{field}|startswith": value[: len(piece)]},
                {f"{field}|endswith": value[-len(piece) :]},
                {f"{field}|re": f"{re.escape(piece)}.*"},
                [piece],
            ]
        )
        logsource = {"product": "windows", "service": random.choice(services)}
        rule = rule_of(logsource, {"s": selection, "condition": "s"}, f"made{number}")
        if literals(rule, next(s for s in rule.sources if s.artifact == "evtx"), "evtx"):
            made.append(rule)
    return made


@pytest.mark.skipif(not SAMPLES, reason="the samples are not here")
@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.stem)
def test_any_rule_finds_the_same_swept_and_parsed(sample: Path) -> None:
    data = sample.read_bytes()
    some = rules(data, Random(sample.name))
    program = compile_program(RuleSet(tuple(some), (), ""))
    assert not [name for name in program.slow_lane if name.endswith(" evtx")]
    fast, slow, full = (examine(lane, r"C:\x.evtx", data) for lane in lanes(program))
    assert said(fast) == said(full)
    assert said(slow) == said(full)
    assert {f.rule for f in full.findings} or not some
