"""How Sigma's log sources and field names map to our artifacts.

Source: the Sigma specification's taxonomy appendix, and the artifacts' own rooms for field names.
"""

from __future__ import annotations

from afterpatch.detections.rule import And, Node, Or, Source, Test

__all__ = [
    "ALIASES",
    "BINARY_IN_EVTX",
    "COMPOSED",
    "DERIVED",
    "EVENTS",
    "HASHES",
    "JOINED",
    "PARAMETER",
    "ROLES",
    "UNNAMED",
    "URL_FIELDS",
    "WHOLE_COLUMNS",
    "WRITTEN_AS",
    "aliases",
    "sources",
]

EVENTS = ("evtx", "events_json", "events_kv", "events_json_file")

# Fields that are matched as they are and percent-decoded.
URL_FIELDS = frozenset(
    {
        "AnchorMailbox", "AnchorPath", "AnchorQuery", "ClientQuery", "Request", "URL", "Uri",
        "UrlQuery", "UrlStem", "VirtualPath", "cs(Cookie)", "cs(Referer)", "cs-uri-query",
        "cs-uri-stem", "REFERRER",
    }
)  # fmt: skip
# Columns of text logs that reach a rule as they stand, so that the end of the field is the end of
# the column.
WHOLE_COLUMNS = frozenset({"AuthenticatedUser", "UrlStem", "cs-uri-stem", "cs-username"})
# Fields our parsers put together: only words of them are sure to stand in the raw bytes.
COMPOSED = frozenset(
    {"Account", "Data", "Message", "Parameters", "Process", "Session", "User", "UserKey"}
)
# Fields that are one parameter of a cmdlet begin so; they are put together too.
PARAMETER = "Param."
# Fields that are worked out and stand nowhere in the bytes.
DERIVED = frozenset(
    {
        "AccountClass", "AnchorOwn", "BackEnd", "DirectoryClass", "Extension", "ForwardedFor",
        "Kind", "PageName", "Program", "Shape", "Site", "Stock", "Channel", "Succeeded", "Thing",
    }
)  # fmt: skip
# Fields of an event whose name says nothing of the record: every event has them, or our parsers
# put them together.
UNNAMED = frozenset(
    {
        "Account", "Channel", "Cmdlet", "Computer", "Data", "EventID", "EventRecordID", "Level",
        "Message", "Parameters", "Payload", "Process", "Provider_Name", "Session", "Succeeded",
    }
)  # fmt: skip
# The other names of an event's data stand in its bytes: as keys in an export, in the template of an
# event log. These may stand there as another name or as a label of the English message instead.
WRITTEN_AS: dict[str, tuple[str, ...]] = {
    "AccessList": ("AccessList", "Accesses"),
    "AccessMask": ("AccessMask", "Access Mask"),
    "AccountName": ("AccountName", "Service Account"),
    "AttributeLDAPDisplayName": ("AttributeLDAPDisplayName", "LDAP Display Name"),
    "AttributeValue": ("AttributeValue", "Value"),
    "AuthenticationPackageName": ("AuthenticationPackageName", "Authentication Package"),
    "CommandLine": ("CommandLine", "Command_Line", "Command Line"),
    "Action Name": ("Action Name", "Action:"),
    "ContextInfo": ("ContextInfo", "Context:"),
    "Detection User": ("Detection User", "User:"),
    "HostApplication": ("HostApplication", "Host Application"),
    "Image": ("Image", "NewProcessName", "New_Process_Name", "New Process Name", "executable"),
    "ImagePath": ("ImagePath", "Service File Name"),
    "IpAddress": ("IpAddress", "Source Network Address", "Source Address"),
    "IpPort": ("IpPort", "Source Port"),
    "LogonProcessName": ("LogonProcessName", "Logon Process"),
    "LogonType": ("LogonType", "Logon Type"),
    "MandatoryLabel": ("MandatoryLabel", "Mandatory Label"),
    "MemberName": ("MemberName", "Member:"),
    "MemberSid": ("MemberSid", "Member:"),
    "NewProcessId": ("NewProcessId", "New Process ID"),
    "NewProcessName": ("NewProcessName", "New_Process_Name", "New Process Name"),
    "ObjectClass": ("ObjectClass", "Class"),
    "ObjectDN": ("ObjectDN", "DN:"),
    "ObjectName": ("ObjectName", "Object Name"),
    "ObjectType": ("ObjectType", "Object Type"),
    "OperationType": ("OperationType", "Operation"),
    "ParentCommandLine": ("ParentCommandLine", "Command_Line"),
    "ParentImage": (
        "ParentImage", "ParentProcessName", "Creator_Process_Name", "Creator Process Name",
        "executable",
    ),
    "ParentProcessName": ("ParentProcessName", "Creator_Process_Name", "Creator Process Name"),
    "ProcessId": ("ProcessId", "Process ID"),
    "ProcessName": ("ProcessName", "Process Name"),
    "RelativeTargetName": ("RelativeTargetName", "Relative Target Name"),
    "SamAccountName": ("SamAccountName", "SAM Account Name"),
    "ScriptBlockText": ("ScriptBlock",),
    "MessageNumber": ("MessageNumber", "ScriptBlock"),
    "MessageTotal": ("MessageTotal", "ScriptBlock"),
    "Severity Name": ("Severity Name", "Severity:"),
    "Threat Name": ("Threat Name", "Name:"),
    "ServiceAccount": ("ServiceAccount", "Service Account"),
    "ServiceFileName": ("ServiceFileName", "Service File Name"),
    "ServiceName": ("ServiceName", "Service Name"),
    "ServiceStartType": ("ServiceStartType", "Service Start Type"),
    "ServiceType": ("ServiceType", "Service Type"),
    "ShareName": ("ShareName", "Share Name"),
    "SourceImage": ("SourceImage", "SourceProcessName"),
    "StartType": ("StartType", "Service Start Type"),
    "SubjectDomainName": ("SubjectDomainName", "Account Domain"),
    "SubjectLogonId": ("SubjectLogonId", "Logon ID"),
    "SubjectUserName": ("SubjectUser", "Account Name"),
    "SubjectUserSid": ("SubjectUserSid", "Security ID"),
    "TargetDomainName": ("TargetDomainName", "Account Domain", "Group Domain"),
    "TargetFilename": ("TargetFilename", "path"),
    "TargetImage": ("TargetImage", "TargetProcessName"),
    "TargetLogonId": ("TargetLogonId", "Logon ID"),
    "TargetSid": ("TargetSid", "Security ID"),
    "TargetUserName": ("TargetUserName", "Account Name", "Group Name"),
    "TargetUserSid": ("TargetUserSid", "Security ID"),
    "TaskContent": ("TaskContent", "Task Content"),
    "TaskContentNew": ("TaskContentNew", "Task New Content"),
    "TaskName": ("TaskName", "Task Name"),
    "TokenElevationType": ("TokenElevationType", "Token Elevation Type"),
    "User": ("User", "Account Name"),
    "WorkstationName": ("WorkstationName", "Workstation Name"),
}  # fmt: skip
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
    # Our own: what a cmdlet deals with, which has another parameter in each.
    "CmdletForwarded": (
        "Param.forwardingsmtpaddress",
        "Param.forwardingaddress",
        "Param.forwardto",
        "Param.redirectto",
        "Param.forwardasattachmentto",
        "Param.blindcopyto",
        "Param.copyto",
        "Param.redirectmessageto",
        "Param.addtorecipients",
        "Param.journalemailaddress",
    ),
    "CmdletGrantee": (
        "Param.user",
        "Param.trustee",
        "Param.securitygroup",
        "Param.computer",
        "Param.member",
        "Param.members",
        "Param.grantsendonbehalfto",
        "Param.policy",
        "Param.name",
        "Param.identity",
    ),
    "CmdletMailboxes": ("Param.mailbox", "Param.sourcemailboxes", "Param.identity", "Param.name"),
    "CmdletName": ("Param.name", "Param.identity"),
    "CmdletRuleOf": ("Param.mailbox", "Param.identity", "Param.name"),
    "CmdletSource": ("Param.url", "Param.filedata", "Param.filestream", "Param.identity"),
    # Our own: what was run or was made to be run, wherever an event says it.
    "Command": (
        "CommandLine",
        "ImagePath",
        "ServiceFileName",
        "ScriptBlockText",
        "Payload",
        "HostApplication",
        "TaskContent",
        "TaskContentNew",
        "Details",
        "Destination",
    ),
    "ImagePath": ("ImagePath", "ServiceFileName"),
    # What a finding is about, and its program.
    "Thing": ("Thing", "TargetObject", "TargetFilename"),
    "Program": ("Program", "TargetFilename", "Image"),
    "TaskContent": ("TaskContent", "TaskContentNew"),
    "c-uri-stem": ("cs-uri-stem",),
    "uri": ("Uri",),
    "User-Agent": ("UserAgent", "cs(User-Agent)"),
    "useragent": ("UserAgent", "cs(User-Agent)"),
    "c-user-agent": ("UserAgent", "cs(User-Agent)"),
    "c-referer": ("cs(Referer)",),
    "c-referrer": ("cs(Referer)",),
    "cs(Referrer)": ("cs(Referer)",),
    "referer": ("cs(Referer)",),
    "c-cookie": ("cs(Cookie)",),
    "cs-host": ("cs-host", "UrlHost"),
    "cs(Host)": ("cs-host", "UrlHost"),
    "c-uri-host": ("cs-host", "UrlHost"),
    "c-method": ("cs-method", "Method"),
    "http_method": ("cs-method", "Method"),
    "sc_status": ("sc-status", "HttpStatus"),
    "clientip": ("c-ip", "ClientIpAddress"),
    "client_ip": ("c-ip", "ClientIpAddress"),
    "dst_ip": ("s-ip",),
    "dst_port": ("s-port",),
    # The event's own names, as older rules and other pipelines spell them.
    "EventId": ("EventID",),
    "Event_ID": ("EventID",),
    "ComputerName": ("ComputerName", "Computer"),
    "EventLog": ("Channel",),
    "ProviderName": ("ProviderName", "Provider_Name"),
    "Provider": ("Provider", "Provider_Name"),
    "hashes": ("Hashes", "Hash"),
    "Hashes": ("Hashes", "Hash"),
    "Hash": ("Hash", "Hashes"),
    # Names with a blank: Sigma leaves it out or writes "_".
    "ActionName": ("ActionName", "Action Name"),
    "NewValue": ("NewValue", "New Value"),
    "New_Value": ("New Value",),
    "OldValue": ("OldValue", "Old Value"),
    "Old_Value": ("Old Value",),
    "ProcessName": ("ProcessName", "Process Name"),
    "Process_Name": ("Process Name",),
    "SourceName": ("SourceName", "Source Name"),
    "Source_Name": ("Source Name",),
    "ThreatName": ("ThreatName", "Threat Name"),
    "Threat_Name": ("Threat Name",),
}
_OF_REGISTRY: dict[str, tuple[str, ...]] = {
    "Details": ("Details", "NewValue"),
    "Image": ("Image", "ProcessName"),
    "TargetObject": ("TargetObject", "ObjectName"),
}
# Further names in single categories: what the Security log calls the fields of Sysmon.
_ALIASES_OF: dict[str, dict[str, tuple[str, ...]]] = {
    "process_creation": {
        "IntegrityLevel": ("IntegrityLevel", "MandatoryLabel"),
        "LogonId": ("LogonId", "SubjectLogonId"),
    },
    "process_termination": {"Image": ("Image", "ProcessName")},
    "network_connection": {
        "DestinationIp": ("DestinationIp", "DestAddress"),
        "DestinationPort": ("DestinationPort", "DestPort"),
        "Image": ("Image", "Application"),
        "SourceIp": ("SourceIp", "SourceAddress"),
    },
    "file_access": {
        "FileName": ("FileName", "ObjectName"),
        "Image": ("Image", "ProcessName"),
        "TargetFilename": ("TargetFilename", "ObjectName"),
    },
    "antivirus": {
        "Filename": ("Filename", "Path"),
        "Signature": ("Signature", "Threat Name"),
    },
    "registry_event": _OF_REGISTRY,
    "registry_set": _OF_REGISTRY,
}
# Fields that join others: every record has them, so that they can't tell whether one is there.
JOINED = frozenset({"Uri"})
# A field for one hash, and how the list of all hashes names it.
HASHES = {"imphash": "IMPHASH", "md5": "MD5", "sha1": "SHA1", "sha256": "SHA256"}

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
    if category in _HOST_FILES and product in (None, *_HOST_FILES[category][0]):
        return (Source(_HOST_FILES[category][1]),)
    if product == "windows" and category is None and service == "iis":
        return (Source("iis"),)
    if product not in (None, "windows") or (product is None and category is None):
        return ()
    where: list[Node] = []
    if category is not None:
        if category not in _CATEGORIES:
            return ()
        where.append(_CATEGORIES[category])
    if service is not None:
        if service not in _CHANNELS:
            return ()
        where.append(_channel(_CHANNELS[service]))
    both = And(tuple(where)) if len(where) > 1 else next(iter(where), None)
    return tuple(Source(name, both) for name in EVENTS)


def aliases(category: str | None) -> dict[str, tuple[str, ...]]:
    """The fields of ours by the field names of a rule of this category."""
    return {**ALIASES, **_ALIASES_OF.get(category or "", {})}


def _channel(names: str | tuple[str, ...]) -> Node:
    if isinstance(names, str):
        return _equals("Channel", names)
    return Or(tuple(_equals("Channel", name) for name in names))


def _equals(field: str, value: str) -> Test:
    return Test((field,), "equals", value.lower())


def _event(channel: str, *numbers: str) -> Node:
    # A text export may have dropped the channel: then the event number has to do.
    wanted = tuple(_equals("EventID", number) for number in numbers)
    return And(
        (
            wanted[0] if len(wanted) == 1 else Or(wanted),
            Or((_equals("Channel", channel), Test(("Channel",), "null"))),
        )
    )


def _registry(*kinds: str) -> Node:
    told = tuple(_equals("EventType", kind) for kind in kinds)
    return Or((*told, Test(("EventType",), "null")))


_SYSMON = "Microsoft-Windows-Sysmon/Operational"
_POWERSHELL = "Microsoft-Windows-PowerShell/Operational"
_POWERSHELL_CORE = "PowerShellCore/Operational"
_DEFENDER = "Microsoft-Windows-Windows Defender/Operational"
_DNS_CLIENT = "Microsoft-Windows-DNS-Client/Operational"
_CATEGORIES: dict[str, Node] = {
    "process_creation": Or((_event(_SYSMON, "1"), _event("Security", "4688"))),
    "network_connection": Or((_event(_SYSMON, "3"), _event("Security", "5156"))),
    "image_load": _event(_SYSMON, "7"),
    "process_access": _event(_SYSMON, "10"),
    "file_event": _event(_SYSMON, "11"),
    "registry_set": Or((_event(_SYSMON, "13"), _event("Security", "4657"))),
    "file_delete": Or((_event(_SYSMON, "23"), _event(_SYSMON, "26"))),
    "ps_module": Or((_event(_POWERSHELL, "4103"), _event(_POWERSHELL_CORE, "4103"))),
    "ps_script": Or((_event(_POWERSHELL, "4104"), _event(_POWERSHELL_CORE, "4104"))),
    "ps_classic_start": _event("Windows PowerShell", "400"),
    "ps_classic_provider_start": _event("Windows PowerShell", "600"),
    "ps_classic_script": _event("Windows PowerShell", "800"),
    "file_change": _event(_SYSMON, "2"),
    "sysmon_status": _event(_SYSMON, "4", "16"),
    "process_termination": Or((_event(_SYSMON, "5"), _event("Security", "4689"))),
    "driver_load": _event(_SYSMON, "6"),
    "create_remote_thread": _event(_SYSMON, "8"),
    "raw_access_thread": _event(_SYSMON, "9"),
    "raw_access_read": _event(_SYSMON, "9"),
    "registry_event": Or((_event(_SYSMON, "12", "13", "14"), _event("Security", "4657"))),
    "registry_add": And((_event(_SYSMON, "12"), _registry("CreateKey"))),
    "registry_delete": And((_event(_SYSMON, "12"), _registry("DeleteKey", "DeleteValue"))),
    "registry_rename": _event(_SYSMON, "14"),
    "create_stream_hash": _event(_SYSMON, "15"),
    "pipe_created": _event(_SYSMON, "17", "18"),
    "wmi_event": _event(_SYSMON, "19", "20", "21"),
    "dns_query": Or((_event(_SYSMON, "22"), _event(_DNS_CLIENT, "3006", "3008"))),
    "clipboard_capture": _event(_SYSMON, "24"),
    "clipboard_change": _event(_SYSMON, "24"),
    "process_tampering": _event(_SYSMON, "25"),
    "file_delete_detected": _event(_SYSMON, "26"),
    "file_block_executable": _event(_SYSMON, "27"),
    "file_block_shredding": _event(_SYSMON, "28"),
    "file_executable_detected": _event(_SYSMON, "29"),
    "sysmon_error": _event(_SYSMON, "255"),
    "file_access": And((_event("Security", "4663"), _equals("ObjectType", "File"))),
    "antivirus": _event(
        _DEFENDER, "1006", "1007", "1008", "1009", "1015", "1116", "1117", "1118", "1119"
    ),
}
# Services of the product windows, and the channels they are; names as in Windows.
_CHANNELS: dict[str, str | tuple[str, ...]] = {
    "application": "Application",
    "security": "Security",
    "system": "System",
    "sysmon": _SYSMON,
    "powershell": (_POWERSHELL, _POWERSHELL_CORE),
    "powershell-classic": "Windows PowerShell",
    "windefend": _DEFENDER,
    "taskscheduler": "Microsoft-Windows-TaskScheduler/Operational",
    "iis-configuration": "Microsoft-IIS-Configuration/Operational",
    "bits-client": "Microsoft-Windows-Bits-Client/Operational",
    "msexchange-management": "MSExchange Management",
    "appid": "Microsoft-Windows-AppID/Operational",
    "application-experience": (
        "Microsoft-Windows-Application-Experience/Program-Compatibility-Assistant",
        "Microsoft-Windows-Application-Experience/Program-Telemetry",
        "Microsoft-Windows-Application-Experience/Program-Inventory",
    ),
    "applocker": (
        "Microsoft-Windows-AppLocker/EXE and DLL",
        "Microsoft-Windows-AppLocker/MSI and Script",
        "Microsoft-Windows-AppLocker/Packaged app-Deployment",
        "Microsoft-Windows-AppLocker/Packaged app-Execution",
    ),
    "appmodel-runtime": "Microsoft-Windows-AppModel-Runtime/Admin",
    "appxdeployment-server": "Microsoft-Windows-AppXDeploymentServer/Operational",
    "appxpackaging-om": "Microsoft-Windows-AppxPackaging/Operational",
    "bitlocker": "Microsoft-Windows-BitLocker/BitLocker Management",
    "capi2": "Microsoft-Windows-CAPI2/Operational",
    "certificateservicesclient-lifecycle-system": (
        "Microsoft-Windows-CertificateServicesClient-Lifecycle-System/Operational"
    ),
    "codeintegrity-operational": "Microsoft-Windows-CodeIntegrity/Operational",
    "dhcp": "Microsoft-Windows-DHCP-Server/Operational",
    "diagnosis-scripted": "Microsoft-Windows-Diagnosis-Scripted/Operational",
    "dns-client": (
        "Microsoft-Windows-DNS-Client/Operational",
        "Microsoft-Windows-DNS Client Events/Operational",
    ),
    "dns-server": "DNS Server",
    "dns-server-analytic": "Microsoft-Windows-DNS-Server/Analytical",
    "dns-server-audit": "Microsoft-Windows-DNS-Server/Audit",
    "driver-framework": "Microsoft-Windows-DriverFrameworks-UserMode/Operational",
    "firewall-as": "Microsoft-Windows-Windows Firewall With Advanced Security/Firewall",
    "hyper-v-worker": (
        "Microsoft-Windows-Hyper-V-Worker",
        "Microsoft-Windows-Hyper-V-Worker-Admin",
    ),
    "kernel-event-tracing": (
        "Microsoft-Windows-Kernel-EventTracing",
        "Microsoft-Windows-Kernel-EventTracing/Admin",
    ),
    "kernel-shimengine": "Microsoft-Windows-Kernel-ShimEngine/Operational",
    "ldap": "Microsoft-Windows-LDAP-Client/Debug",
    "ldap_debug": "Microsoft-Windows-LDAP-Client/Debug",
    "lsa-server": "Microsoft-Windows-LSA/Operational",
    "microsoft-servicebus-client": (
        "Microsoft-ServiceBus-Client",
        "Microsoft-ServiceBus-Client/Admin",
        "Microsoft-ServiceBus-Client/Operational",
    ),
    "ntfs": "Microsoft-Windows-Ntfs/Operational",
    "ntlm": "Microsoft-Windows-NTLM/Operational",
    "openssh": "OpenSSH/Operational",
    "printservice-admin": "Microsoft-Windows-PrintService/Admin",
    "printservice-operational": "Microsoft-Windows-PrintService/Operational",
    "security-mitigations": (
        "Microsoft-Windows-Security-Mitigations/Kernel Mode",
        "Microsoft-Windows-Security-Mitigations/User Mode",
        "Microsoft-Windows-Security-Mitigations/KernelMode",
        "Microsoft-Windows-Security-Mitigations/UserMode",
    ),
    "sense": "Microsoft-Windows-SENSE/Operational",
    "servicebus-client": (
        "Microsoft-ServiceBus-Client",
        "Microsoft-ServiceBus-Client/Admin",
        "Microsoft-ServiceBus-Client/Operational",
    ),
    "shell-core": "Microsoft-Windows-Shell-Core/Operational",
    "smbclient-connectivity": "Microsoft-Windows-SmbClient/Connectivity",
    "smbclient-security": "Microsoft-Windows-SmbClient/Security",
    "smbserver-connectivity": "Microsoft-Windows-SMBServer/Connectivity",
    "smbserver-security": "Microsoft-Windows-SMBServer/Security",
    "terminalservices-localsessionmanager": (
        "Microsoft-Windows-TerminalServices-LocalSessionManager/Operational"
    ),
    "terminalservices-remoteconnectionmanager": (
        "Microsoft-Windows-TerminalServices-RemoteConnectionManager/Operational"
    ),
    "vhdmp": "Microsoft-Windows-VHDMP/Operational",
    "winrm": "Microsoft-Windows-WinRM/Operational",
    "wmi": "Microsoft-Windows-WMI-Activity/Operational",
}
# Files of the server itself: categories of our own, with their products and artifact.
_HOST_FILES = {
    "iis_config": (("exchange", "iis", "windows"), "iisconfig"),
    "registry_export": (("windows",), "registryexport"),
    "scheduled_task_file": (("windows",), "scheduledtask"),
    "transport_agents": (("exchange",), "transportagents"),
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
