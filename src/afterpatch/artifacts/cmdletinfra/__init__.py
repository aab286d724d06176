"""Cmdlet logs: `Logging\\CmdletInfra\\{Powershell-Proxy,LocalPowerShell,Others}\\{Cmdlet,Http}\\`.

`cmdletinfra`: `Rps_Cmdlet_*` and `*_Cmdlet_*`, one row for each cmdlet (Cmdlet, Parameters,
AuthenticatedUser, ExecutionResult, ClientApplication, ProcessName). LocalPowerShell holds cmdlets
of the snap-in loaded in a local process. `rpshttp`: `Rps_Http_*`, one row for each WinRM request of
the PowerShell back end (UrlStem, AuthenticationType, AuthenticatedUser, UserAgent, HttpStatus,
GenericInfo). Cells may hold newlines.

Derived fields of `cmdletinfra`: Param.*, Account, AccountClass, Process, Session, Succeeded, see
`artifacts/cmdlet.py`; Parameters is NonPiiParameters where it is empty.

Facts: the header lines of both logs; CrowdStrike "OWASSRF" (`Rps_Http` as its best trace).
"""

from __future__ import annotations

from afterpatch.artifacts import cmdlet
from afterpatch.artifacts.artifact import Artifact
from afterpatch.artifacts.exchangelog import (
    ANCHORS,
    ExchangeLog,
    by_lower,
    names,
    read_head,
    utc,
)
from afterpatch.model import Value

__all__ = ["ARTIFACTS", "CmdletLog", "RpsHttp"]

COLUMNS = names(
    "DateTime StartTime RequestId ClientRequestId MajorVersion MinorVersion BuildVersion "
    "RevisionVersion ServerHostName ProcessId ProcessName ThreadId CultureInfo Organization "
    "AuthenticatedUser ExecutingUserSid EffectiveOrganization UserServicePlan IsAdmin "
    "ClientApplication Cmdlet Parameters CmdletUniqueId UserBudgetOnStart ContributeToFailFast "
    "RunspaceSettingsCreationHint ADViewEntireForest ADRecipientViewRoot "
    "ADConfigurationDomainControllers ADPreferredGlobalCatalogs ADPreferredDomainControllers "
    "ADUserConfigurationDomainController ADUserPreferredGlobalCatalog "
    "ADuserPreferredDomainControllers ThrottlingInfo DelayInfo ThrottlingDelay "
    "IsOutputObjectRedacted CmdletProxyStage CmdletProxyRemoteServer "
    "CmdletProxyRemoteServerVersion CmdletProxyMethod ProxiedObjectCount CmdletProxyLatency "
    "OutputObjectCount ParameterBinding BeginProcessing ProcessRecord EndProcessing "
    "StopProcessing BizLogic PowerShellLatency UserInteractionLatency "
    "ProvisioningLayerLatency ActivityContextLifeTime TotalTime ErrorType ExecutionResult "
    "CacheHitCount CacheMissCount GenericLatency GenericInfo GenericErrors ObjectGuid "
    "ExternalDirectoryOrganizationId ExternalDirectoryObjectId NonPiiParameters"
)


class CmdletLog(ExchangeLog):
    name = "cmdletinfra"
    label = "CmdletInfra"
    known = by_lower(COLUMNS)
    default = COLUMNS

    def derive(self, fields: dict[str, Value], _text: str) -> tuple[str, ...]:
        if not fields.get("Parameters") and (known := fields.get("NonPiiParameters")):
            fields["Parameters"] = known

        def cell(name: str) -> str:
            return str(fields.get(name, ""))

        result = cell("ExecutionResult").lower()
        cmdlet.describe(
            fields,
            cmdlet.dashed(cell("Parameters")),
            account=cell("AuthenticatedUser"),
            sid=cell("ExecutingUserSid"),
            process=cell("ProcessName"),
            session=cell("ClientApplication"),
            succeeded={"success": True, "error": False}.get(result),
        )
        return ()


class RpsHttp(ExchangeLog):
    name = "rpshttp"
    label = "Rps_Http"


def _recognize_cmdlet(path: str, head: bytes) -> bool:
    says = read_head(head)
    if says.columns:
        return {"datetime", "cmdlet", "parameters"} <= set(says.columns)
    if "_cmdlet_" not in path and not ("\\cmdletinfra\\" in path and "\\cmdlet\\" in path):
        return False
    # 2024-05-06T10:03:19.898Z,2024-05-06T10:03:19.882Z,77777777-1111-4222-8333-444444444444,...
    rows = (row.replace('"', "").split(",", 2) for row in says.rows)
    return any(len(row) == 3 and utc(row[0]) and utc(row[1]) for row in rows)


def _recognize_http(path: str, head: bytes) -> bool:
    if "\\rps_http" not in path and not ("\\cmdletinfra\\" in path and "\\http\\" in path):
        return False
    says = read_head(head)
    if says.columns:
        return "datetime" in says.columns and "cmdlet" not in says.columns
    return any(utc(row.split(",", 1)[0].strip('"')) for row in says.rows)


ARTIFACTS = (
    Artifact(
        name="cmdletinfra",
        family="cmdletinfra",
        framing="row",
        encoding="csv",
        recognize=_recognize_cmdlet,
        parser=CmdletLog,
        anchors=ANCHORS,
    ),
    Artifact(
        name="rpshttp",
        family="cmdletinfra",
        framing="row",
        encoding="csv",
        recognize=_recognize_http,
        parser=RpsHttp,
        anchors=ANCHORS,
    ),
)
