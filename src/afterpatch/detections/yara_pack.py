"""Packs of YARA rules from elsewhere: what is loaded, what is not and why, and what matches.

Each file is a world of its own, so that names may repeat and a global rule of one file does not
silence another. Rules of a pack are foreign: a match is shown, and no answer rests on it.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import msgspec
from msgspec import Struct

from afterpatch.detections import cache
from afterpatch.detections.rule import Refusal
from afterpatch.detections.ruleset import YARA, RuleFile, digest, read
from afterpatch.detections.yara import Compiled, Global, Match, compile_sources, deserialize
from afterpatch.model import Severity

__all__ = ["PREFIX", "YaraRule", "YaraScanner", "YaraSet", "load_yara"]

PREFIX = "yara:"  # before the name of such a rule, so that it is never that of one of ours

# What scanners of files hand to rules (LOKI and THOR, in whose packs these names stand).
_EXTERNALS: dict[str, Global] = {
    "extension": "",
    "filename": "",
    "filepath": "",
    "filetype": "",
    "md5": "",
    "owner": "",
}
# The types that packs ask for, by how a file begins.
_TYPES = (
    (b"MZ", "EXE"),
    (b"\x7fELF", "ELF"),
    (b"PK\x03\x04", "ZIP"),
    (b"Rar!", "RAR"),
    (b"7z\xbc\xaf\x27\x1c", "7ZIP"),
    (b"%PDF", "PDF"),
    (b"GIF8", "GIF"),
    (b"\x89PNG", "PNG"),
    (b"\xff\xd8\xff", "JPG"),
    (b"\xd0\xcf\x11\xe0", "OLE"),
    (b"regf", "REG"),
    (b"ElfFile\0", "EVT"),
)


class YaraRule(Struct, frozen=True):
    """One loaded rule: the name its findings carry, where it stands, and what it looks for."""

    name: str
    rule: str
    file: str
    description: str = ""


class YaraSet(Struct, frozen=True):
    """The rules of YARA packs, compiled; `digest` is the SHA-256 over all rule files in order.

    Travels to the worker processes, where a YaraScanner is made of it.
    """

    compiled: bytes
    rules: tuple[YaraRule, ...]
    refused: tuple[Refusal, ...]
    digest: str


class YaraFound(Struct, frozen=True):
    """A rule that matched a file, in the words of a finding.

    `offset` and `length` are those of the first text of the rule in the file, in bytes.
    """

    name: str
    title: str
    explain: str
    severity: Severity
    technique: tuple[str, ...]
    cve: tuple[str, ...]
    references: tuple[str, ...]
    offset: int
    length: int


def load_yara(places: Sequence[Path]) -> YaraSet:
    """Read and compile every YARA file in these folders (or files), in order of their names.

    What can't be compiled is in `refused` with its reason: single rules, or whole files.
    """
    files = read(places, YARA)
    key = cache.digest_of(b"yara", msgspec.msgpack.encode(files))
    return cache.kept(key, YaraSet, lambda: _compile(files))


def _compile(files: Sequence[RuleFile]) -> YaraSet:
    sources: list[tuple[str, str]] = []
    refused: list[Refusal] = []
    names: dict[str, str] = {}  # of files, by namespace
    for number, file in enumerate(files):
        if file.problem:
            refused.append(Refusal(file.name, file.problem, stage="detect"))
            continue
        # Two folders may hold files of one name.
        namespace = f"{number}:{file.name}"
        names[namespace] = file.name
        # Packs hold Latin-1 in comments; a text beyond ASCII in a rule would be another then.
        sources.append((namespace, _text(file.data)))
    compiled, left_out = compile_sources(sources, _EXTERNALS)
    loaded = compiled.names()
    told = {(part.namespace, part.rule) for part in left_out} | set(loaded)
    for part in left_out:
        where = f", line {part.line}" if part.line else ""
        what = f"{names[part.namespace]}{where}"
        refused.append(Refusal(what, part.why, stage="detect", title=part.rule))
    for namespace, text in sources:
        declared = [(namespace, name) for name in _declared(text)]
        lost = [pair for pair in declared if pair not in told]
        why = "lost to a syntax error in its file"
        refused += (Refusal(names[namespace], why, stage="detect", title=n) for _, n in lost)
        if not declared and not any(space == namespace for space, _ in told):
            refused.append(Refusal(names[namespace], "the file holds no rule", stage="detect"))
    often = Counter(rule for _, rule in loaded)
    rules = tuple(
        YaraRule(
            f"{PREFIX}{rule}" if often[rule] == 1 else f"{PREFIX}{names[space]}:{rule}",
            rule,
            names[space],
            _line(meta.get("description", "")),
        )
        for (space, rule), meta in zip(loaded, compiled.metas(), strict=True)
    )
    refused.sort(key=lambda r: (r.what, r.title))
    return YaraSet(compiled.serialize(), rules, tuple(refused), digest(files))


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_RULE = re.compile(
    r"^[ \t]*(?:(?:private|global)[ \t]+){0,2}rule[ \t]+([A-Za-z_]\w{0,127})", re.MULTILINE
)


def _declared(text: str) -> list[str]:
    """Names of the rules that a source begins to declare, as far as lines tell."""
    return _RULE.findall(_COMMENT.sub("", text))


class YaraScanner:
    """Scans files under a YaraSet; made once in each worker."""

    def __init__(self, rules: YaraSet) -> None:
        self._compiled: Compiled = deserialize(rules.compiled)
        self._names = dict(zip(self._compiled.names(), rules.rules, strict=True))

    def match(self, data: bytes, path: str) -> tuple[YaraFound, ...]:
        """What the rules find in a file with this content and Windows path, in order of names.

        Raises RuleError when a scan takes too long.
        """
        name = path.replace("/", "\\").rpartition("\\")[2].lower()
        found = self._compiled.match(
            data,
            {
                "extension": f".{name.rpartition('.')[2]}" if "." in name else "",
                "filename": name,
                "filepath": path.lower(),
                "filetype": next((kind for magic, kind in _TYPES if data.startswith(magic)), ""),
                "md5": hashlib.md5(data, usedforsecurity=False).hexdigest(),
                "owner": "",
            },
        )
        told = (_found(self._names[m.namespace, m.rule], m) for m in found)
        return tuple(sorted(told, key=lambda f: (f.name, f.offset)))


_CVE = re.compile(r"CVE[-_ ](\d{4})[-_ ](\d{4,7})", re.IGNORECASE)
_TECHNIQUE = re.compile(r"\bT\d{4}(?:\.\d{3})?\b")


def _found(rule: YaraRule, match: Match) -> YaraFound:
    """Packs say what they look for in `description`, how sure they are in `score` (0 to 100)."""
    meta = {key.lower(): _line(value) for key, value in match.meta.items()}
    author = f" (Rule by {meta['author']}.)" if meta.get("author") else ""
    said = " ".join((match.rule, *match.tags, *meta.values()))
    references = [meta[key] for key in ("reference", "reference1", "reference2") if meta.get(key)]
    return YaraFound(
        name=rule.name,
        title=f"YARA rule {match.rule}",
        explain=f"{meta.get('description', '') or match.rule}{author}",
        severity=_severity(meta.get("score", "")),
        technique=tuple(dict.fromkeys(_TECHNIQUE.findall(said))),
        cve=tuple(dict.fromkeys(f"CVE-{year}-{n}" for year, n in _CVE.findall(said))),
        references=tuple(references),
        offset=match.offset,
        length=match.length,
    )


def _line(value: object) -> str:
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    return " ".join(text.split())


def _severity(score: str) -> Severity:
    if not score.isdecimal() or len(score) > 3:
        return "medium"
    return "high" if int(score) >= 75 else "medium" if int(score) >= 50 else "low"
