"""Rules over the stream of cmdlets find the same swept and parsed, in all four logs."""

from __future__ import annotations

import pytest
from hunt_harness import examine, lanes, rule_of, said
from hypothesis import assume, given
from hypothesis import strategies as st
from test_hunt_sweep_is_sound import SETTINGS, _agree, logs, rules

from afterpatch.detections.rule import RuleSet
from afterpatch.errors import RuleError
from afterpatch.hunt import compile_program

STREAM = {"product": "exchange", "category": "cmdlet"}
LOGS = ("cmdletinfra", "cosmosqueue", "ecp", "events_json")


@pytest.mark.parametrize("artifact", LOGS)
@SETTINGS
@given(data=st.data())
def test_any_rule_over_cmdlets(artifact: str, data: st.DataObject) -> None:
    try:
        rule = rule_of(STREAM, data.draw(rules(artifact), label="detection"))
    except RuleError:
        assume(False)
    log = data.draw(logs(artifact), label="log")
    _agree(lanes(compile_program(RuleSet((rule,), (), ""))), artifact, log, 1 << 20)


ROWS = {
    "C:\\x\\Rps_Cmdlet_1.LOG": (
        "#Fields: DateTime,StartTime,ProcessName,AuthenticatedUser,Cmdlet,Parameters,"
        "ExecutionResult\r\n2021-03-01T06:30:00.000Z,2021-03-01T06:30:00.000Z,"
        'w3wp#MSExchangePowerShellAppPool,EXAMPLE\\anna,New-InboxRule,"-Name ""a ""b"" c"" '
        '-ForwardTo ""box@example.net""",Success\r\n'
    ),
    "C:\\x\\audit.LOG": (
        "#Software: Microsoft Exchange\r\n#Fields: Timestamp,Server,TenantId,RecordType,Data,"
        "UserKey,RecordId,Operation,Workload,ResultStatus,Version,Scope\r\n"
        '2021-03-01T06:30:00.000Z,MAIL01,,1,"{""Operation"":""New-InboxRule"",""Parameters"":'
        '[{""Name"":""Name"",""Value"":""a \\""b\\"" c""},{""Name"":""ForwardTo"",""Value"":'
        '""box@example.net""}],""UserId"":""EXAMPLE\\\\anna"",""ResultStatus"":""True""}",u,r,'
        "New-InboxRule,Exchange,True,1,2\r\n"
    ),
    "C:\\x\\ECPServer20210301-1.LOG": (
        "#Log-type: ECP Server Log\r\n#Fields: TimeStamp,ServerName,EventId,EventData\r\n"
        "2021-03-01T06:30:00.000Z,MAIL01,ECP.Request,\"S:TIME=1;'S:CMD=New-InboxRule.Name=''a "
        "\"\"b\"\" c''.ForwardTo=''box@example.net''';S:EX=\"\r\n"
    ),
    "C:\\x\\e.jsonl": (
        '{"EventID":1,"Channel":"MSExchange Management","SourceName":"MSExchange CmdletLogs",'
        '"Hostname":"MAIL01","TimeCreated":"2021-03-01T06:30:00.000Z","Message":"Cmdlet suceeded. '
        'Cmdlet New-InboxRule, parameters -Name \\"a \\"b\\" c\\" -ForwardTo '
        '\\"box@example.net\\"."}\n'
    ),
}


@pytest.mark.parametrize("path", ROWS)
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("Param.ForwardTo|contains", "@example.net"),
        ("Param.FORWARDTO", "BOX@EXAMPLE.NET"),
        ("Param.Name", 'a "b" c'),
        ("CmdletForwarded|endswith", "example.net"),
        ("Param.forwardto|re", "box@.{3,9}\\.net$"),
    ],
)
def test_one_question_to_all_four_logs(path: str, field: str, value: str) -> None:
    rule = rule_of(STREAM, {"sel": {"Cmdlet": "New-InboxRule", field: value}, "condition": "sel"})
    reports = [
        examine(x, path, ROWS[path].encode())
        for x in lanes(compile_program(RuleSet((rule,), (), "")))
    ]
    assert all(len(said(report)[0]) == 1 for report in reports)
