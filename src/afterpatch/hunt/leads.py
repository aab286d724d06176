"""From what was learnt to what the next sweep looks for, and from its matches to traces.

A lead becomes a rule over the fields that may hold it, so that the sweep finds its records by the
same literals, and no others, as it does a detection's.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable, Sequence

import msgspec

from afterpatch.artifacts import registry
from afterpatch.detections.rule import And, Node, Or, Rule, Source, Test
from afterpatch.hunt.program import Program, compile_pursuit
from afterpatch.model import Evidence, Finding, Lead, LeadKind, Trace

__all__ = ["NOT_SWEPT", "compile_leads", "traces_of"]

_ADDRESS = (
    "ForwardedFor", "c-ip", "ClientIpAddress", "IpAddress", "SourceIp", "DestinationIp",
    "SourceAddress", "DestAddress", "ClientAddress", "ClientIP",
)  # fmt: skip
_STEM = ("cs-uri-stem", "UrlStem")
_QUERY = ("cs-uri-query", "UrlQuery", "URL")
_RAN = (
    "CommandLine", "ParentCommandLine", "ImagePath", "ServiceFileName", "ScriptBlockText",
    "Payload", "HostApplication", "TaskContent", "TaskContentNew", "Details", "Destination",
)  # fmt: skip
_FILE = (
    "TargetFilename", "Path", "ObjectName", "FileName", "RelativeTargetName", "Image",
    "ImageLoaded", "NewProcessName", "ParentImage", "Process Name", "DownloadPath",
)  # fmt: skip
_ACCOUNT = (
    "cs-username", "AuthenticatedUser", "SubjectUserName", "TargetUserName", "SamAccountName",
    "UserKey", "UserId",
)  # fmt: skip
_MAILBOX = ("AnchorMailbox", "ActAsUser", "ImpersonatedUser", "ProxyAsUser")
_REQUEST = ("cs-uri-query", "RequestId", "CorrelationGuid", "REQID", "ACTID", "GenericInfo")
_AGENT = ("UserAgent", "cs(User-Agent)")
_HASH = ("Hashes", "Hash", "Sha256", "MD5")

# What a trace keeps of its record's columns: the first of these that is there.
_FACTS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("method", ("cs-method", "Method")),
    ("status", ("sc-status", "HttpStatus")),
    ("back_status", ("BackEndStatus",)),
    ("query", ("ClientQuery", "UrlQuery")),
    ("request", ("CafeReqId", "CorrelationGuid", "RequestId")),
    ("referer", ("cs(Referer)",)),
    ("cookie", ("cs(Cookie)",)),
    ("bytes", ("sc-bytes", "ResponseBytes")),
    ("taken", ("time-taken", "TotalRequestTime")),
    ("action", ("SoapAction", "ProtocolAction", "Cmdlet", "Operation")),
    ("acts_as", ("ActAsUser", "ImpersonatedUser")),
    ("anchor", ("AnchorMailbox",)),
    ("back_end", ("BackEnd",)),
    ("server", ("s-ip",)),
    ("event", ("EventID",)),
    ("channel", ("Channel",)),
    ("image", ("Image", "NewProcessName")),
    ("parent", ("ParentCommandLine", "ParentImage")),
    ("hashes", ("Hashes",)),
    ("user", ("TargetUserName", "SubjectUserName")),
)
# The text of a web file is the detections' business.
NOT_SWEPT = ("webfile",)


def compile_leads(
    leads: Sequence[Lead],
    artifacts: Collection[str] | None = None,
    since: str | None = None,
    until: str | None = None,
) -> Program:
    """The program of a further sweep through files of these artifacts (None: of all): a rule for
    each lead, by number, and nothing else."""
    names = {artifact.name for artifact in registry.ARTIFACTS} if artifacts is None else artifacts
    rules = [_rule(number, lead) for number, lead in enumerate(leads)]
    return compile_pursuit(rules, names, since, until)


def _rule(number: int, lead: Lead) -> Rule:
    names = dict.fromkeys(artifact.name for artifact in registry.ARTIFACTS)
    condition, swept = _tests(lead)
    return Rule(
        name=str(number),
        title=f"{lead.kind} {lead.value}",
        condition=condition,
        sources=tuple(Source(name) for name in names if name not in NOT_SWEPT),
        question="used",
        severity="informational",
        explain="",
        facts=_FACTS,
        sweep=swept,
    )


def _tests(lead: Lead) -> tuple[Node, Node]:
    """What a record of the lead fulfils, and the text that it is sure to hold for that."""
    value = lead.value
    condition: Node
    match lead.kind:
        case "address":
            # Sockets of both protocols write an IPv4 address so.
            same = Or((_equals(_ADDRESS, value), _equals(_ADDRESS, f"::ffff:{value}")))
            condition, column = Or((same, _holds(_RAN, value))), "c-ip"
            if lead.agent is not None:
                condition = And((same, _agent(lead.agent)))
        case "page":
            condition = Or((_equals(_STEM, value), _begins(_STEM, value.rstrip("/") + "/")))
            column = "cs-uri-stem"
        case "path":
            condition, column = Or((_holds(_FILE, value), _holds(_RAN, value))), "CommandLine"
        case "tool":
            condition, column = Or((_ends(_FILE, "\\" + value), _holds(_RAN, value))), "CommandLine"
        case "parameter" | "canary":
            condition, column = _holds(_QUERY, value), "cs-uri-query"
        case "account":
            ways = (_equals(_ACCOUNT, value), _ends(_ACCOUNT, f"\\{value}"))
            condition, column = Or((*ways, _begins(_ACCOUNT, f"{value}@"))), "User"
        case "mailbox":
            condition, column = _holds(_MAILBOX, value), "AnchorMailbox"
        case "request":
            condition, column = _holds(_REQUEST, value), "cs-uri-query"
        case "user agent":
            return _agent(value), _agent(value)
        case "hash":
            condition, column = _holds(_HASH, value), "Hash"
    return condition, _holds((column,), value)


def _agent(value: str | None) -> Node:
    # HttpProxy writes a blank for each comma.
    agent = value or ""
    ways = dict.fromkeys((agent, agent.replace(",", " "), agent.replace(",", "")))
    return Or(tuple(_equals(_AGENT, way) for way in ways))


def _equals(fields: tuple[str, ...], value: str) -> Node:
    # One test a field: columns that stand whole are looked for to their end.
    return Or(tuple(Test((field,), "equals", value) for field in fields))


def _holds(fields: tuple[str, ...], value: str) -> Node:
    return Test(fields, "wild", parts=(None, value, None))


def _begins(fields: tuple[str, ...], value: str) -> Node:
    return Test(fields, "wild", parts=(value, None))


def _ends(fields: tuple[str, ...], value: str) -> Node:
    return Test(fields, "wild", parts=(None, value))


# ---------------------------------------------------------------- traces

_WHOLE_WORD = ("address", "tool", "request", "hash", "parameter")


def traces_of(
    evidence: Evidence, findings: Iterable[Finding], leads: Sequence[Lead]
) -> list[Trace]:
    """What a further sweep found in one file, a record once, with all leads that found it."""
    by_record: dict[tuple[object, ...], tuple[Finding, dict[tuple[LeadKind, str], None]]] = {}
    for finding in findings:
        lead = leads[int(finding.rule)]
        if lead.kind in _WHOLE_WORD and not _stands_alone(lead.value, finding):
            continue
        place = finding.provenance
        # The records of a list of events share the place of the list.
        record = place.offset, place.line, finding.when, finding.raw
        _, found_by = by_record.setdefault(record, (finding, {}))
        found_by[lead.kind, lead.value] = None
    return [_trace(evidence, f, tuple(sorted(by))) for f, by in by_record.values()]


def _stands_alone(value: str, finding: Finding) -> bool:
    """Whether the text stands in the record as a word of its own: 192.0.2.1 is not in 192.0.2.10.

    What was cut from a long record can't be seen any more and counts.
    """
    if value.lower() not in finding.raw.lower():
        return True
    word = rf"(?<![\w.]){re.escape(value)}(?![\w]|\.\d)"
    return re.search(word, finding.raw, re.IGNORECASE) is not None


def _trace(evidence: Evidence, finding: Finding, leads: tuple[tuple[LeadKind, str], ...]) -> Trace:
    provenance = msgspec.structs.replace(finding.provenance, sha256=evidence.sha256)
    named = msgspec.json.encode((provenance, finding.when))
    return Trace(
        id=f"r-{hashlib.sha256(named).hexdigest()[:20]}",
        artifact=finding.artifact,
        when=finding.when,
        actor=finding.actor,
        object=finding.object,
        facts=finding.facts,
        provenance=provenance,
        raw=finding.raw,
        leads=leads,
    )
