"""Column lists, headers and cells of the logs that are written, and the templates of their rows.

Columns and quoting after Microsoft's own readers of these logs (CSS-Exchange Test-ProxyLogon.ps1
reads HttpProxy with Import-Csv, hence the bare column line first) and the IIS W3C extended format.
"""

from __future__ import annotations

import re
from collections.abc import Mapping


def _columns(text: str) -> list[str]:
    return text.split(",")


HTTPPROXY_COLUMNS = _columns(
    "DateTime,RequestId,MajorVersion,MinorVersion,BuildVersion,RevisionVersion,ClientRequestId,"
    "Protocol,UrlHost,UrlStem,ProtocolAction,AuthenticationType,IsAuthenticated,AuthenticatedUser,"
    "Organization,AnchorMailbox,UserAgent,ClientIpAddress,ServerHostName,HttpStatus,BackEndStatus,"
    "ErrorCode,Method,ProxyAction,TargetServer,TargetServerVersion,RoutingType,RoutingHint,"
    "BackEndCookie,ServerLocatorHost,ServerLocatorLatency,RequestBytes,ResponseBytes,"
    "TargetOutstandingRequests,AuthModulePerfContext,HttpPipelineLatency,"
    "CalculateTargetBackEndLatency,GlsLatencyBreakup,TotalGlsLatency,AccountForestLatencyBreakup,"
    "TotalAccountForestLatency,ResourceForestLatencyBreakup,TotalResourceForestLatency,ADLatency,"
    "SharedCacheLatencyBreakup,TotalSharedCacheLatency,ActivityContextLifeTime,"
    "ModuleToHandlerSwitchingLatency,ClientReqStreamLatency,BackendReqInitLatency,"
    "BackendReqStreamLatency,BackendProcessingLatency,BackendRespInitLatency,"
    "BackendRespStreamLatency,ClientRespStreamLatency,KerberosAuthHeaderLatency,"
    "HandlerCompletionLatency,RequestHandlerLatency,HandlerToModuleSwitchingLatency,ProxyTime,"
    "CoreLatency,RoutingLatency,HttpProxyOverhead,TotalRequestTime,RouteRefresherLatency,UrlQuery,"
    "BackEndGenericInfo,GenericInfo,GenericErrors,EdgeTraceId,DatabaseGuid,UserADObjectGuid,"
    "PartitionEndpointLookupLatency,RoutingStatus"
)

EWS_COLUMNS = _columns(
    "DateTime,RequestId,MajorVersion,MinorVersion,BuildVersion,RevisionVersion,Ring,"
    "ClientRequestId,AuthenticationType,IsAuthenticated,AuthenticatedUser,Organization,UserAgent,"
    "VersionInfo,ClientIpAddress,ServerHostName,FrontEndServer,SoapAction,HttpStatus,RequestSize,"
    "ResponseSize,ErrorCode,ImpersonatedUser,ProxyAsUser,ActAsUser,Cookie,CorrelationGuid,"
    "PrimaryOrProxyServer,TaskType,RemoteBackendCount,LocalMailboxCount,RemoteMailboxCount,"
    "TotalRequestTime,GenericInfo,AuthenticationErrors,GenericErrors"
)

CMDLET_COLUMNS = _columns(
    "DateTime,StartTime,RequestId,ClientRequestId,MajorVersion,MinorVersion,BuildVersion,"
    "RevisionVersion,ServerHostName,ProcessId,ProcessName,ThreadId,CultureInfo,Organization,"
    "AuthenticatedUser,ExecutingUserSid,EffectiveOrganization,UserServicePlan,IsAdmin,"
    "ClientApplication,Cmdlet,Parameters,CmdletUniqueId,UserBudgetOnStart,ContributeToFailFast,"
    "RunspaceSettingsCreationHint,ADViewEntireForest,ADRecipientViewRoot,"
    "ADConfigurationDomainControllers,ADPreferredGlobalCatalogs,ADPreferredDomainControllers,"
    "ADUserConfigurationDomainController,ADUserPreferredGlobalCatalog,"
    "ADuserPreferredDomainControllers,ThrottlingInfo,DelayInfo,ThrottlingDelay,"
    "IsOutputObjectRedacted,CmdletProxyStage,CmdletProxyRemoteServer,"
    "CmdletProxyRemoteServerVersion,CmdletProxyMethod,ProxiedObjectCount,CmdletProxyLatency,"
    "OutputObjectCount,ParameterBinding,BeginProcessing,ProcessRecord,EndProcessing,StopProcessing,"
    "BizLogic,PowerShellLatency,UserInteractionLatency,ProvisioningLayerLatency,"
    "ActivityContextLifeTime,TotalTime,ErrorType,ExecutionResult,CacheHitCount,CacheMissCount,"
    "GenericLatency,GenericInfo,GenericErrors,ObjectGuid,ExternalDirectoryOrganizationId,"
    "ExternalDirectoryObjectId,NonPiiParameters"
)

# As far as public write-ups show them; the log has more columns of timings.
RPS_HTTP_COLUMNS = _columns(
    "DateTime,StartTime,RequestId,ClientRequestId,MajorVersion,MinorVersion,BuildVersion,"
    "RevisionVersion,UrlHost,UrlStem,AuthenticationType,IsAuthenticated,AuthenticatedUser,"
    "Organization,ManagedOrganization,ClientIpAddress,ServerHostName,FrontEndServer,HttpStatus,"
    "SubStatus,ErrorCode,Action,CommandId,CommandName,SessionId,ShellId,FailFast,"
    "ContributeToFailFast,RequestBytes,ClientInfo,CPU,Memory,ActivityContextLifeTime,TotalTime,"
    "UserAgent,GenericInfo,GenericErrors"
)
AUDIT_COLUMNS = _columns(
    "Timestamp,Server,TenantId,RecordType,Data,UserKey,RecordId,Operation,Workload,ResultStatus,"
    "Version,Scope"
)
TRACKING_COLUMNS = _columns(
    "date-time,client-ip,client-hostname,server-ip,server-hostname,source-context,connector-id,"
    "source,event-id,internal-message-id,message-id,network-message-id,recipient-address,"
    "recipient-status,total-bytes,recipient-count,related-recipient-address,reference,"
    "message-subject,sender-address,return-path,message-info,directionality,tenant-id,"
    "original-client-ip,original-server-ip,custom-data,transport-traffic-type,log-id,"
    "schema-version"
)
ECP_COLUMNS = ["TimeStamp", "ServerName", "EventId", "EventData"]
OAB_COLUMNS = ["DateTime", "ThreadId", "Level", "Component", "Message"]

IIS_FIELDS = (
    "date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) "
    "cs(Referer) sc-status sc-substatus sc-win32-status time-taken"
)

# What a row leaves open:
#   end, begin  when the request was over and had begun, ISO 8601 with milliseconds and Z
#   second      the end as IIS writes it
#   id          the request's GUID
#   got         bytes; took, work: milliseconds
#   spare, utc  needed by few rows: one more GUID; the end as Sysmon writes it
TOKENS = ("end", "begin", "second", "id", "got", "took", "work", "spare", "utc")
RARE = (TOKENS.index("spare"), TOKENS.index("utc"))
_TOKEN = re.compile(r"\{(" + "|".join(TOKENS) + r")\}")

# The text of a row around its tokens, and which tokens (their places in TOKENS) stand between.
Template = tuple[tuple[str, ...], tuple[int, ...]]


def template(text: str) -> Template:
    """Cut a row at its tokens."""
    parts = _TOKEN.split(text)
    return tuple(parts[0::2]), tuple(TOKENS.index(name) for name in parts[1::2])


def fill(text: str, values: Mapping[str, str]) -> str:
    """A row with its tokens filled."""
    return _TOKEN.sub(lambda match: values[match[1]], text)


def cell(value: str) -> str:
    """One CSV cell: quoted as RFC 4180 says, and only when it must be."""
    if "," in value or '"' in value or "\n" in value:
        return '"' + value.replace('"', '""') + '"'
    return value


def row(columns: list[str], cells: Mapping[str, str]) -> str:
    """One CSV row; columns without a value are empty. A cell for no column is an error."""
    if unknown := cells.keys() - set(columns):
        raise KeyError(f"no such column: {sorted(unknown)}")
    return ",".join(cell(cells.get(name, "")) for name in columns)


def padded(build: str) -> str:
    """15.1.2106.2 as log headers write it: 15.01.2106.002."""
    major, minor, number, revision = build.split(".")
    return f"{major}.{int(minor):02}.{number}.{int(revision):03}"


def version_cells(build: str) -> dict[str, str]:
    """The four version columns of one row."""
    names = ("MajorVersion", "MinorVersion", "BuildVersion", "RevisionVersion")
    return dict(zip(names, build.split("."), strict=True))


def exchange_header(columns: list[str], log_type: str, version: str, when: str, bare: bool) -> str:
    """The comment block of an Exchange text log, after the bare column line where it has one."""
    fields = ",".join(columns)
    return (f"{fields}\r\n" if bare else "") + (
        "#Software: Microsoft Exchange Server\r\n"
        f"#Version: {version}\r\n"
        f"#Log-type: {log_type}\r\n"
        f"#Date: {when}\r\n"
        f"#Fields: {fields}\r\n"
    )


def with_sizes(text: str) -> str:
    """A row of an IIS log, or its list of fields, with bytes sent and received before the time."""
    rest, _, took = text.rpartition(" ")
    return (
        f"{rest} sc-bytes cs-bytes {took}" if took == "time-taken" else f"{rest} {{got}} 947 {took}"
    )


def iis_header(when: str, *, sizes: bool = False, forwarded: bool = False) -> str:
    """The comment block of an IIS log, written again at each start of the service."""
    fields = with_sizes(IIS_FIELDS) if sizes else IIS_FIELDS
    fields += " X-Forwarded-For" if forwarded else ""
    return (
        "#Software: Microsoft Internet Information Services 10.0\r\n"
        "#Version: 1.0\r\n"
        f"#Date: {when[:10]} {when[11:19]}\r\n"
        f"#Fields: {fields}\r\n"
    )
