"""How Sigma's log sources and field names map to our artifacts.

Source: the Sigma specification's taxonomy appendix, and the artifacts' own rooms for field names.
"""

from __future__ import annotations

from afterpatch.detections.rule import And, Node, Or, Source, Test

__all__ = ["ALIASES", "BINARY_IN_EVTX", "COMPOSED", "DERIVED", "ROLES", "URL_FIELDS", "sources"]

EVENTS = ("evtx", "events_json", "events_kv", "events_json_file")

# Fields that are matched as they are and percent-decoded.
URL_FIELDS = frozenset(
    {
        "AnchorMailbox", "AnchorPath", "AnchorQuery", "ClientQuery", "Request", "URL", "Uri",
        "UrlQuery", "UrlStem", "VirtualPath", "cs(Cookie)", "cs(Referer)", "cs-uri-query",
        "cs-uri-stem", "REFERRER",
    }
)  # fmt: skip
# Fields our parsers put together: only words of them are sure to stand in the raw bytes.
COMPOSED = frozenset({"Parameters", "Message", "Data", "User"})
# Fields that are worked out and stand nowhere in the bytes.
DERIVED = frozenset(
    {
        "AnchorOwn", "BackEnd", "DirectoryClass", "Extension", "ForwardedFor", "Kind", "PageName",
        "Shape", "Site", "Stock", "Channel",
    }
)  # fmt: skip
# Stored as numbers in event logs whatever their text looks like.
BINARY_IN_EVTX = frozenset({"EventID", "Level", "EventRecordID", "ProcessId", "NewProcessId"})

# A Sigma field name and the fields of ours that carry it.
ALIASES: dict[str, tuple[str, ...]] = {
    "cs-uri": ("Uri",),
    "c-uri": ("Uri",),
    # Rules written for other log pipelines put the path into the query: match the two joined too.
    "cs-uri-query": ("cs-uri-query", "Uri"),
    "c-uri-query": ("cs-uri-query", "Uri"),
    "cs-user-agent": ("UserAgent", "cs(User-Agent)"),
    "c-useragent": ("UserAgent", "cs(User-Agent)"),
    "cs(User-Agent)": ("UserAgent", "cs(User-Agent)"),
    "cs-referer": ("cs(Referer)",),
    "cs-referrer": ("cs(Referer)",),
    "cs-cookie": ("cs(Cookie)",),
    "cs-method": ("cs-method", "Method"),
    "sc-status": ("sc-status", "HttpStatus"),
    "src_ip": ("c-ip", "ClientIpAddress"),
    "c-ip": ("c-ip", "ClientIpAddress"),
    "NewProcessName": ("NewProcessName", "Image"),
    "ParentProcessName": ("ParentProcessName", "ParentImage"),
    "ProcessCommandLine": ("CommandLine",),
}

# Where the parts of a finding are read from unless its rule says otherwise: first one present.
ROLES: dict[str, tuple[str, ...]] = {
    "address": ("ForwardedFor", "c-ip", "ClientIpAddress", "IpAddress", "SourceIp"),
    "user_agent": ("UserAgent", "cs(User-Agent)"),
    "account": ("AuthenticatedUser", "cs-username", "Account", "UserId", "User", "SubjectUserName"),
    "path": ("TargetFilename", "Path", "DownloadPath"),
    "url": ("cs-uri-stem", "UrlStem", "VirtualPath"),
    "command": ("CommandLine",),
}


def sources(category: str | None, product: str | None, service: str | None) -> tuple[Source, ...]:
    """The artifacts of a Sigma log source; empty when none of ours carries it."""
    if category == "webserver" and product in (None, "iis", "windows", "exchange"):
        return (Source("iis"),)
    if product == "exchange" and service in _EXCHANGE:
        return tuple(Source(name) for name in _EXCHANGE[service])
    if product == "exchange" and category == "cmdlet":
        of_exchange = tuple(Source(name) for name in ("ecp", "cmdletinfra", "cosmosqueue"))
        return of_exchange + tuple(
            Source(name, _equals("Channel", "MSExchange Management")) for name in EVENTS
        )
    if product == "exchange" and category == "web_file":
        return (Source("webfile"),)
    if product in (None, "windows") and category in _CATEGORIES:
        return tuple(Source(name, _CATEGORIES[category]) for name in EVENTS)
    if product == "windows" and service in _CHANNELS:
        return tuple(Source(name, _equals("Channel", _CHANNELS[service])) for name in EVENTS)
    return ()


def _equals(field: str, value: str) -> Test:
    return Test((field,), "equals", value.lower())


def _event(channel: str, number: str) -> Node:
    # A text export may have dropped the channel: then the event number has to do.
    return And(
        (_equals("EventID", number), Or((_equals("Channel", channel), Test(("Channel",), "null"))))
    )


_SYSMON = "Microsoft-Windows-Sysmon/Operational"
_POWERSHELL = "Microsoft-Windows-PowerShell/Operational"
_CATEGORIES: dict[str, Node] = {
    "process_creation": Or((_event(_SYSMON, "1"), _event("Security", "4688"))),
    "network_connection": _event(_SYSMON, "3"),
    "image_load": _event(_SYSMON, "7"),
    "process_access": _event(_SYSMON, "10"),
    "file_event": _event(_SYSMON, "11"),
    "registry_set": _event(_SYSMON, "13"),
    "file_delete": Or((_event(_SYSMON, "23"), _event(_SYSMON, "26"))),
    "ps_module": _event(_POWERSHELL, "4103"),
    "ps_script": _event(_POWERSHELL, "4104"),
}
_CHANNELS = {
    "application": "Application",
    "security": "Security",
    "system": "System",
    "sysmon": _SYSMON,
    "powershell": _POWERSHELL,
    "powershell-classic": "Windows PowerShell",
    "windefend": "Microsoft-Windows-Windows Defender/Operational",
    "taskscheduler": "Microsoft-Windows-TaskScheduler/Operational",
    "iis-configuration": "Microsoft-IIS-Configuration/Operational",
    "bits-client": "Microsoft-Windows-Bits-Client/Operational",
    "msexchange-management": "MSExchange Management",
}
_EXCHANGE = {
    "httpproxy": ("httpproxy",),
    "ecp": ("ecp",),
    "oabgenerator": ("oabgenerator",),
    "cmdletinfra": ("cmdletinfra",),
    "rpshttp": ("rpshttp",),
    "ews": ("ews",),
    "cosmosqueue": ("cosmosqueue",),
}
