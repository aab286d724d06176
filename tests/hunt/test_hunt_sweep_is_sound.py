"""What is found by the sweep equals what is found with everything parsed."""

from __future__ import annotations

import re
from collections.abc import Callable

import hypothesis.strategies as st
import pytest
from hunt_harness import (
    PATHS,
    examine,
    lanes,
    rule_of,
    said,
    shipped,
    shipped_lanes,
)
from hypothesis import HealthCheck, assume, given, settings

from afterpatch.artifacts import registry
from afterpatch.detections.rule import RuleSet
from afterpatch.errors import RuleError
from afterpatch.hunt import compile_program
from afterpatch.hunt.enrich import enrich
from afterpatch.model import Frame

SETTINGS = settings(
    deadline=None,
    max_examples=40,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)

IIS_FIELDS = (
    "#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip "
    "cs(User-Agent) cs(Referer) sc-status sc-substatus sc-win32-status time-taken"
)
_EVENT = '{"EventID":%s,"Channel":"%s","SourceName":"%s","Hostname":"MAIL01.corp.example.org",%s}'
_TIME = '"TimeCreated":"2021-03-01T06:40:00.000Z"'
_SYSMON = "Microsoft-Windows-Sysmon"
# Ordinary lines and lines near what rules look for, beside those of the rules' own samples.
ORDINARY = {
    "iis": [
        IIS_FIELDS,
        "2021-03-01 07:21:10 192.0.2.10 GET /owa/auth/logon.aspx url=https%3a%2f%2fmail%2fowa&"
        "reason=0 443 - 192.0.2.77 Mozilla/5.0+(Windows+NT+10.0;+Win64) "
        "https://mail.example.org/owa/auth/logon.aspx 200 0 0 4",
        "2021-03-01 07:21:11 192.0.2.10 POST /EWS/Exchange.asmx - 443 EXAMPLE\\anna 192.0.2.77 "
        "Microsoft+Office/16.0 - 200 0 0 4",
        "2021-03-01 07:21:12 192.0.2.10 POST /aspnet_client/x,/owa/auth/logon.aspx - 443 - "
        "203.0.113.9 curl/7.0 - 200 0 0 4",
        "2021-03-01 07:21:13 192.0.2.10 POST /owa/auth/%6d%61rker.%61spx - 443 - 203.0.113.9 - - "
        "200 0 0 4",
        "2021-03-01 07:21:14 192.0.2.10 GET /evil/owa/auth/logon.aspx&x - 443 - 203.0.113.9 - - "
        "404 0 0 4",
        "2021-03-01 07:21:15 192.0.2.10 GET /owa/auth/x.asp - 443 - 203.0.113.9 - - 404 0 0 4",
    ],
    "httpproxy": [
        "#Log-type: HttpProxy Logs",
        "#Fields: DateTime,RequestId,UrlStem,AuthenticatedUser,AnchorMailbox,UserAgent,"
        "ClientIpAddress,ServerHostName,HttpStatus,BackEndStatus,Method,TargetServer,UrlQuery",
        "2021-03-01T06:21:10.100Z,a3,/ecp/default.aspx,EXAMPLE\\admin,ServerInfo~mail01~1941997017"
        ",Mozilla/5.0 (Windows NT; x),192.0.2.9,MAIL01,200,200,GET,mail01,?a=b",
    ],
    "ecp": [
        "#Log-type: ECP Server Log",
        "#Fields: TimeStamp,ServerName,EventId,EventData",
        "2021-03-01T06:21:33.966Z,MAIL01,ECP.Request,S:TIME=13;S:SID=9;S:CMD=Get-Mailbox.Identity="
        "'anna';S:REQID=;S:URL=/ecp/DDI/DDIService.svc/GetList?schema=Mailbox;S:EX=;S:BLD=15.1.1.1",
    ],
    "oabgenerator": [
        "#Log-type: OAB Generator Log",
        "#Fields: Timestamp,Event,Message",
        "2021-03-01T06:30:00.000Z,1,\"Download failed and temporary file 'C:\\Exchange\\"
        'ClientAccess\\OAB\\a.tmp\' needs to be removed, said ""x"""',
    ],
    "cosmosqueue": [
        "#Fields: Timestamp,Server,TenantId,RecordType,Data,UserKey,RecordId,Operation,Workload,"
        "ResultStatus,Version,Scope",
        '2021-03-01T06:30:00.000Z,MAIL01,,1,"{""Operation"":""Set-OabVirtualDirectory"",'
        '""Parameters"":[{""Name"":""ExternalUrl"",""Value"":""http:\\/\\/o\\/#\\u003cmarker>""}],'
        '""UserId"":""EXAMPLE\\\\anna""}",u,r,Set-OabVirtualDirectory,Exchange,True,1,2',
        '2021-03-01T06:31:00.000Z,MAIL01,,1,"{""Operation"":""New-InboxRule"",""Parameters"":[]}"'
        ",u,r,New-InboxRule,Exchange,True,1,2",
    ],
    "cmdletinfra": [
        "#Fields: DateTime,StartTime,ProcessName,AuthenticatedUser,ClientApplication,Cmdlet,"
        "Parameters,ExecutionResult,NonPiiParameters",
        "2021-03-01T06:30:00.000Z,2021-03-01T06:30:00.000Z,w3wp#MSExchangePowerShellAppPool,"
        'EXAMPLE\\anna,EMC,New-InboxRule,"-Name ""a (""b"") x"" -ForwardTo (""box@example.net"",'
        '""other@example.org"") -Mailbox ""anna"" -Force:$true",Success,',
        "2021-03-01T06:30:01.000Z,2021-03-01T06:30:00.000Z,powershell,,,Set-Mailbox,,Error,"
        '"-Identity ""anna@example.org"" -GrantSendOnBehalfTo {mail01, ""other""}"',
    ],
    "events_json": [
        _EVENT
        % (
            1,
            f"{_SYSMON}/Operational",
            _SYSMON,
            _TIME
            + ',"Image":"C:\\\\Windows\\\\System32\\\\cmd.exe","CommandLine":"cmd \\/c \\u0022'
            'whoami\\u0022 \\u0026 dir","ParentImage":"c:\\\\windows\\\\inetsrv\\\\w3wp.exe",'
            '"ParentCommandLine":"w3wp.exe -ap \\"MSExchangeOWAAppPool\\"","Score":1000.0',
        ),
        _EVENT
        % (
            11,
            f"{_SYSMON}/Operational",
            _SYSMON,
            _TIME + ',"Image":"System","TargetFilename":"C:\\\\inetpub\\\\wwwroot\\\\x.asp"',
        ),
        _EVENT
        % (
            1,
            "MSExchange Management",
            "MSExchange CmdletLogs",
            _TIME + ',"Message":"Cmdlet suceeded. Cmdlet Set-OabVirtualDirectory, parameters '
            '-ExternalUrl \\"http:\\/\\/f\\/\\u003Cmarker\\u003E\\"."',
        ),
    ],
    "events_kv": [
        "TimeCreated=2021-03-01T06:40:00.000Z EventCode=1 SourceName=Microsoft-Windows-Sysmon "
        'Channel="Microsoft-Windows-Sysmon/Operational" Image="C:\\Windows\\System32\\cmd.exe" '
        'CommandLine="cmd.exe /c "whoami"" ParentImage="C:\\inetsrv\\w3wp.exe"',
        "TimeCreated=2021-03-01T06:40:00.000Z EventCode=11 SourceName=Microsoft-Windows-Sysmon "
        "Image=System TargetFilename=C:\\inetpub\\wwwroot\\x.aspx",
    ],
}
HEADERS = {name: [line for line in ORDINARY[name] if line[0] == "#"] for name in ORDINARY}
LINES = {
    name: [line for line in ORDINARY[name] if line[0] != "#"]
    + [
        line
        for rule in shipped().rules
        for sample in rule.samples
        if sample.artifact == name
        for line in sample.lines.splitlines()
        if not line.startswith("#")
    ]
    for name in ORDINARY
}
# The samples' rows have the columns of their own header.
COLUMNS = {
    name: sorted(
        {
            line
            for rule in shipped().rules
            for sample in rule.samples
            if sample.artifact == name
            for line in sample.lines.splitlines()
            if line.startswith("#Fields:")
        }
    )
    for name in ORDINARY
}


# ---------------------------------------------------------------- mutation


def _swapped(line: str, at: int) -> str:
    return line[:at] + line[at].swapcase() + line[at + 1 :]


def _encoded(line: str, at: int) -> str:
    return f"{line[:at]}%{ord(line[at]) & 0x7F:02x}{line[at + 1 :]}"


def _doubly_encoded(line: str, at: int) -> str:
    return f"{line[:at]}%25{ord(line[at]) & 0x7F:02X}{line[at + 1 :]}"


def _escaped(line: str, at: int) -> str:
    return f"{line[:at]}\\u{ord(line[at]) & 0x7F:04x}{line[at + 1 :]}"


def _dropped(line: str, at: int) -> str:
    return line[:at] + line[at + 1 :]


def _doubled(line: str, at: int) -> str:
    return line[:at] + (line[at] if line[at] not in ' "' else "") + line[at:]


JUNK = [
    *"%+&?#;,'=.<>\\/[]-_~$x7\t\0\u00e9\ufffd\u017f\u212a",
    "%20",
    "%2e",
    "%c0",
    "\\/",
    "\\n",
    "%252f",
]


@st.composite
def mutated(draw: st.DrawFn, line: str) -> str:
    for _ in range(draw(st.integers(0, 3))):
        how = draw(
            st.sampled_from(
                [_swapped, _encoded, _doubly_encoded, _escaped, _dropped, _doubled, None]
            )
        )
        at = draw(st.integers(0, len(line) - 1))
        line = how(line, at) if how else line[:at] + draw(st.sampled_from(JUNK)) + line[at:]
    return line.upper() if draw(st.integers(0, 9)) == 0 and line[:1] != "{" else line


@st.composite
def logs(draw: st.DrawFn, artifact: str) -> bytes:
    """A log of the artifact, in one of the ways text may be stored."""
    line = st.sampled_from(LINES[artifact])
    lines = [draw(st.one_of(line, line.flatmap(mutated))) for _ in range(draw(st.integers(1, 8)))]
    if COLUMNS[artifact] and draw(st.booleans()):
        lines.insert(draw(st.integers(0, len(lines))), draw(st.sampled_from(COLUMNS[artifact])))
    # A file is recognized by its first line.
    top = HEADERS[artifact] or LINES[artifact][:1]
    text = draw(st.sampled_from(["\n", "\r\n"])).join([*top, *lines, ""])
    text = text if draw(st.booleans()) else text.rstrip("\r\n")
    codec = draw(
        st.sampled_from(["utf-8", "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
    )
    mark = "\ufeff" if codec in ("utf-16-le", "utf-16-be") and draw(st.booleans()) else ""
    return (mark + text).encode(codec, "replace")


def _agree(lanes_: tuple[object, ...], artifact: str, data: bytes, window: int) -> None:
    fast, slow, full = (
        examine(lane, PATHS[artifact], data, window=window)  # type: ignore[arg-type]
        for lane in lanes_
    )
    assert full.evidence.artifact == artifact
    assert said(fast) == said(full)
    assert said(slow) == said(full)


WINDOWS = st.sampled_from([1 << 20, 4096, 512])


@pytest.mark.parametrize("artifact", sorted(ORDINARY))
@SETTINGS
@given(data=st.data())
def test_the_shipped_rules_find_the_same_swept_and_parsed(
    artifact: str, data: st.DataObject
) -> None:
    log = data.draw(logs(artifact))
    _agree(shipped_lanes(), artifact, log, data.draw(WINDOWS))


# ---------------------------------------------------------------- generated rules

SOURCES = {
    "iis": {"category": "webserver"},
    "httpproxy": {"product": "exchange", "service": "httpproxy"},
    "ecp": {"product": "exchange", "service": "ecp"},
    "oabgenerator": {"product": "exchange", "service": "oabgenerator"},
    "cosmosqueue": {"product": "exchange", "service": "cosmosqueue"},
    "cmdletinfra": {"product": "exchange", "service": "cmdletinfra"},
    "events_json": {"product": "windows", "category": "process_creation"},
    "events_kv": {"product": "windows", "category": "file_event"},
}


def _values(artifact: str) -> dict[str, list[str]]:
    """Field values as the parser sees them, by field."""
    room = next(a for a in registry.ARTIFACTS if a.name == artifact)
    found: dict[str, list[str]] = {}
    columns = HEADERS[artifact] or [""]
    parser = room.parser(PATHS[artifact])
    for line in [*columns, *LINES[artifact]]:
        for record in parser.feed(Frame(line.encode(), 0, 1)):
            for name, value in enrich(artifact, record.fields).items():
                texts = (value,) if isinstance(value, str) else value
                found.setdefault(name, []).extend(t for t in texts if t)
    return {name: sorted(set(values)) for name, values in found.items() if values}


VALUES = {name: _values(name) for name in SOURCES}
REWRITES: list[Callable[[str], str]] = [
    lambda t: t,
    str.upper,
    lambda t: re.sub("[aeiou]", "?", t, count=1),
    lambda t: t[: len(t) // 2] + "*" + t[len(t) // 2 + 1 :],
]


@st.composite
def pieces(draw: st.DrawFn, value: str) -> str:
    start = draw(st.integers(0, len(value) - 1))
    return value[start : start + draw(st.integers(4, 24))]


@st.composite
def expressions(draw: st.DrawFn, value: str) -> str:
    """A regular expression that a value matches, in most cases."""
    first, second = sorted(draw(st.tuples(*[st.integers(0, len(value))] * 2)))
    head, middle, tail = value[max(0, first - 8) : first], value[first:second], value[second:][:9]
    head, tail = re.escape(head), re.escape(tail)
    between = draw(
        st.sampled_from(
            [
                ".*",
                ".{0,300}",
                f"(?:{re.escape(middle)}|nothing)",
                f"(?:{re.escape(middle)})+",
                f"(?:{re.escape(middle)})?.*",
                f"(?:abcdefgh|{re.escape(middle[:6])}).*",
                f"(?!nothing){re.escape(middle)}",
                f"(?={re.escape(middle[:5])}).*",
                f"(?i:{re.escape(middle.swapcase())})",
                f"[^\\n]{{{len(middle)}}}",
                f"(?s:.){{{len(middle)}}}",
            ]
        )
    )
    flags = draw(st.sampled_from(["", "(?i)", "(?is)", "(?s)"]))
    return f"{flags}{head}{between}{tail}"


@st.composite
def items(draw: st.DrawFn, artifact: str) -> tuple[str, object]:
    """A field of a Sigma selection, and its value or values."""
    known = VALUES[artifact]
    field = draw(st.sampled_from(sorted(known)))
    value = draw(st.sampled_from(known[field]))
    modifier = draw(
        st.sampled_from(
            ["", "|contains", "|startswith", "|endswith", "|re", "|contains|all", "|contains|cased"]
        )
    )
    if modifier == "|re":
        return field + modifier, draw(expressions(value))
    rewrite = draw(st.sampled_from(REWRITES))
    if modifier == "":
        return field, rewrite(value)
    some = draw(st.lists(pieces(value), min_size=2, max_size=3))
    texts = [rewrite(text) for text in some]
    if modifier == "|startswith":
        texts = [value[: len(texts[0])], texts[0]]
    elif modifier == "|endswith":
        texts = [value[-len(texts[0]) :], texts[0]]
    return field + modifier, texts


@st.composite
def rules(draw: st.DrawFn, artifact: str) -> dict[str, object]:
    selections: dict[str, object] = {}
    for number in range(draw(st.integers(1, 3))):
        kind = draw(st.integers(0, 5))
        if kind == 0:
            known = sorted({v for values in VALUES[artifact].values() for v in values})
            value = draw(st.sampled_from(known))
            selections[f"sel{number}"] = [
                draw(pieces(value)) for _ in range(draw(st.integers(1, 2)))
            ]
        elif kind == 1:
            both = draw(st.lists(items(artifact), min_size=2, max_size=2))
            selections[f"sel{number}"] = [dict([pair]) for pair in both]
        else:
            both = draw(st.lists(items(artifact), min_size=1, max_size=2))
            selections[f"sel{number}"] = dict(both)
    condition = draw(
        st.sampled_from(
            [
                "1 of sel*",
                "all of sel*",
                "sel0",
                "sel0 and not (1 of sel1*)",
                "sel0 and not (sel0 and 1 of sel1*)",
                "all of sel* or (sel0 and not 1 of sel1*)",
            ]
        )
    )
    if "sel1" in condition and "sel1" not in selections:
        condition = "sel0"
    return {**selections, "condition": condition}


@pytest.mark.parametrize("artifact", sorted(SOURCES))
@SETTINGS
@given(data=st.data())
def test_any_rule_finds_the_same_swept_and_parsed(artifact: str, data: st.DataObject) -> None:
    try:
        rule = rule_of(SOURCES[artifact], data.draw(rules(artifact), label="detection"))
    except RuleError:
        assume(False)
    log = data.draw(logs(artifact), label="log")
    program = compile_program(RuleSet((rule,), (), ""))
    _agree(lanes(program), artifact, log, 1 << 20)
