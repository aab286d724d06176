"""A server whose every log and file says hostile things, in every field, and its dossier.

Each artifact's lines are those that a detection of it must hit. Each is written again for each
field and each hostile text, with that text in the field, so that findings, traces, backdoors and
operators are made of them.
"""

from __future__ import annotations

import csv
import io
import json
import re
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from xml.sax.saxutils import escape

from afterpatch.artifacts import registry
from afterpatch.assess import assess, load_rules
from afterpatch.outputs.format import Dossier

ATTACKS = (
    "<script>INTRUDER()</script>",
    "\"><img src=INTRUDER onerror='INTRUDER()'>",
    "</pre></td></style></script><INTRUDER>",
    "<!-- INTRUDER --> <![CDATA[ INTRUDER ]]>",
    "{{ INTRUDER }} {% INTRUDER %}",
    "javascript:INTRUDER()",
    "\x1b]0;INTRUDER\x07\x1b[2J\x9b5m",
    "\u202eINTRUDER\u2066\u200b\ufeff\U000e0041",
    "[bold red]INTRUDER[/] [link=https://INTRUDER.example]x[/link]",
    "=HYPERLINK(\"INTRUDER\")",
    "' OR [x:y = 'INTRUDER'] `INTRUDER` [x](javascript:INTRUDER)",
    "&lt;INTRUDER&gt; %3Cscript%3EINTRUDER",
    "INTRUDER" * 60,
)  # fmt: skip
LINES_EACH = 5  # of an artifact, each of another rule
VALUES_EACH = 40  # of a file
BARE = "C/Program Files/Microsoft/Exchange Server/V15"
PLACES = {
    "iis": "C/inetpub/logs/LogFiles/W3SVC1/u_ex21030{}.log",
    "httpproxy": f"{BARE}/Logging/HttpProxy/Owa/HttpProxy_202103030{{}}-1.LOG",
    "ecp": f"{BARE}/Logging/ECP/Server/ECPServer202103030{{}}-1.LOG",
    "ews": f"{BARE}/Logging/Ews/Ews_202103030{{}}-1.LOG",
    "cmdletinfra": f"{BARE}/Logging/CmdletInfra/LocalPowerShell/Cmdlet/Cmdlet_202103030{{}}-1.LOG",
    "rpshttp": f"{BARE}/Logging/CmdletInfra/Powershell-Proxy/Http/Rps_Http_202103030{{}}-1.LOG",
    "cosmosqueue": f"{BARE}/Logging/CosmosQueue/audit/audit202103030{{}}-1.LOG",
    "oabgenerator": f"{BARE}/Logging/OABGeneratorLog/202103030{{}}-1.log",
    "events_json": "EventLogs/Chosen{}.jsonl",
    "iisconfig": "C/inetpub/history/CFGHISTORY_000000000{}/applicationHost.config",
    "registryexport": "export{}.reg",
    "scheduledtask": "C/Windows/System32/Tasks/Odd{}",
    "transportagents": f"{BARE}/TransportRoles/Shared/agents.config",
    "webfile": "C/inetpub/wwwroot/aspnet_client/odd{}.aspx",
}


@cache
def attacked() -> Dossier:
    """The dossier of that server."""
    with tempfile.TemporaryDirectory() as folder:
        for path, content in _files():
            place = Path(folder) / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)
        (dossier,) = assess([Path(folder)])
    return dossier


def _files() -> Iterator[tuple[str, bytes]]:
    framings = {artifact.name: artifact.framing for artifact in registry.ARTIFACTS}
    chosen: dict[str, list[str]] = {name: [] for name in PLACES}
    for rule in load_rules().rules:
        named = set()
        for sample in rule.samples:
            lines = chosen[sample.artifact]
            if sample.hit and sample.artifact not in named and len(lines) < LINES_EACH:
                named.add(sample.artifact)
                lines.append(sample.lines)
    for artifact, samples in chosen.items():
        for number, text in enumerate(samples):
            path = PLACES[artifact].format(number)
            if framings[artifact] != "file":
                yield path, _said("".join(_log(text)))
                continue
            yield path, _said(text)
            for again, spoiled in enumerate(_document(text)):
                place = Path(path)
                suffix = "".join(place.suffixes)
                if artifact == "iisconfig":
                    other = f"C/inetpub/history/CFGHISTORY_00{number}{again:07}/{place.name}"
                elif artifact == "transportagents":
                    other = f"Copy{number}{again}/{path}"
                else:
                    other = f"{place.parent}/{place.name.removesuffix(suffix)}x{again}{suffix}"
                yield other, _said(spoiled)


def _said(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _log(text: str) -> Iterator[str]:
    """The lines of a log, each again with every field spoiled by every attack."""
    for line in text.splitlines():
        yield line + "\n"
        if line.startswith("{"):
            yield from _json(line)
        elif line.startswith("#") or not line:
            continue
        elif "," in line:
            (cells,) = csv.reader([line])
            for at, attack in _each(cells):
                out = io.StringIO()
                csv.writer(out, lineterminator="\n").writerow(
                    [*cells[:at], attack, *cells[at + 1 :]]
                )
                yield out.getvalue()
        else:
            cells = line.split(" ")
            for at, attack in _each(cells):
                yield " ".join([*cells[:at], attack.replace(" ", "+"), *cells[at + 1 :]]) + "\n"


def _each(cells: list[str]) -> Iterator[tuple[int, str]]:
    for at in range(len(cells)):
        for attack in ATTACKS:
            yield at, attack


def _json(line: str) -> Iterator[str]:
    event = json.loads(line)

    def leaves(value: object) -> Iterator[tuple[object, object]]:
        pairs = (
            value.items() if isinstance(value, dict)
            else enumerate(value) if isinstance(value, list) else ()
        )  # fmt: skip
        for key, inner in pairs:
            if isinstance(inner, dict | list):
                yield from leaves(inner)
            else:
                yield value, key

    for holder, key in list(leaves(event)):
        kept = holder[key]  # type: ignore[index]
        for attack in ATTACKS:
            holder[key] = attack  # type: ignore[index]
            yield json.dumps(event) + "\n"
        holder[key] = kept  # type: ignore[index]


def _document(text: str) -> Iterator[str]:
    """A file with each of its values replaced by an attack, one after the other."""
    values = list(re.finditer(r'(?<=")[^"\n]{3,}(?=")|(?<=>)[^<>\n]{3,}(?=<)', text))
    for at, value in enumerate(values[:VALUES_EACH]):
        attack = ATTACKS[at % len(ATTACKS)].translate(dict.fromkeys(range(32), " "))
        yield text[: value.start()] + escape(attack, {'"': "&quot;"}) + text[value.end() :]
    yield f"{text}\n<!-- {escape(ATTACKS[0])} -->"
