"""One file through the corridor in this process: swept, and with everything parsed."""

from __future__ import annotations

from functools import cache

import msgspec
import pytest
import yaml

from afterpatch.assess import load_rules
from afterpatch.detections import sigma
from afterpatch.detections.rule import Rule, RuleSet
from afterpatch.guard import Beat
from afterpatch.hunt import Examiner, Program, compile_program, one_file
from afterpatch.model import Evidence, FileReport, Finding, Locator, Tally
from afterpatch.sweep import frames
from afterpatch.sweep.reference import ReferenceEngine

# Where a file of each artifact lies, unless a sample says otherwise.
PATHS = {
    "iis": r"C:\inetpub\logs\LogFiles\W3SVC1\u_ex210301.log",
    "httpproxy": r"C:\Exchange\Logging\HttpProxy\Ecp\HttpProxy_2021030106-1.LOG",
    "ecp": r"C:\Exchange\Logging\ECP\Server\ECPServer20210301-1.LOG",
    "oabgenerator": r"C:\Exchange\Logging\OABGeneratorLog\OABGenerator20210301-1.LOG",
    "cosmosqueue": r"C:\Exchange\Logging\CosmosQueue\audit\audit20210301-1.LOG",
    "cmdletinfra": r"C:\Exchange\Logging\CmdletInfra\Powershell-Proxy\Cmdlet\x_Cmdlet_1.LOG",
    "events_json": r"C:\export\events.jsonl",
    "events_kv": r"C:\export\events.txt",
}


class MemoryReader:
    """A file of bytes; hands out at most `piece` bytes at a time."""

    def __init__(self, data: bytes, piece: int = 1 << 30) -> None:
        self._data = data
        self._at = 0
        self._piece = piece

    def read(self, size: int, /) -> bytes:
        data = self._data[self._at : self._at + min(size, self._piece)]
        self._at += len(data)
        return data


def examine(
    examiner: Examiner, path: str, data: bytes, *, window: int | None = None, piece: int = 1 << 30
) -> FileReport:
    """The report of one file held in memory."""
    evidence = Evidence("case", "", path, Locator("case", path), len(data))
    with pytest.MonkeyPatch.context() as patch:
        if window:
            patch.setattr(frames, "WINDOW_BYTES", window)
        beat = Beat([0] * 5)
        file = one_file.FilePass(examiner, evidence, MemoryReader(data, piece), beat, 1.0)
        file.examine(hash_only=False)
        return file.report()


def lanes(program: Program) -> tuple[Examiner, Examiner, Examiner]:
    """The fast lane, the same with the slow engine, and the one that parses everything."""
    everything = msgspec.structs.replace(program, full=True)
    return (
        Examiner(program),
        Examiner(program, lambda needles: ReferenceEngine(needles.patterns)),
        Examiner(everything),
    )


@cache
def shipped() -> RuleSet:
    return load_rules()


@cache
def shipped_lanes() -> tuple[Examiner, Examiner, Examiner]:
    return lanes(compile_program(shipped()))


def rule_of(logsource: dict[str, str], detection: dict[str, object], name: str = "made") -> Rule:
    """A rule as its text would be loaded."""
    text = yaml.safe_dump(
        {"title": name, "status": "test", "logsource": logsource, "detection": detection},
        allow_unicode=True,
    )
    return sigma.load_text(text, name, f"{name}.yml", {})


def said(report: FileReport) -> tuple[tuple[Finding, ...], tuple[Tally, ...]]:
    """What the two lanes have to agree on."""
    return report.findings, report.tallies
