"""Files beside the logs: stock pages as placeholders, IIS and transport configuration, traces.

Names of virtual directories, pools and stock pages are those of Exchange 2016's set-up; the text
of every file is our own.
"""

from __future__ import annotations

from pathlib import Path
from random import Random

from afterpatch.range.draw import digits
from afterpatch.range.scenario import Scenario
from afterpatch.range.server import INSTALL
from afterpatch.range.stage import COMPILED_OWA, Stage, compiled_trace

_OWA_PAGES = (
    "errorFE",
    "expiredpassword",
    "frowny",
    "logoff",
    "logon",
    "OutlookCN",
    "RedirSuiteServiceProxy",
    "signout",
)
_STOCK = (
    *(f"{INSTALL}/FrontEnd/HttpProxy/owa/auth/{name}.aspx" for name in _OWA_PAGES),
    f"{INSTALL}/FrontEnd/HttpProxy/ecp/auth/TimeoutLogout.aspx",
    f"{INSTALL}/ClientAccess/owa/auth/error.aspx",
    f"{INSTALL}/ClientAccess/owa/auth/logoff.aspx",
    f"{INSTALL}/ClientAccess/owa/auth/signout.aspx",
)
_FRONT = (
    ("/", "%SystemDrive%\\inetpub\\wwwroot", "MSExchangeOWAAppPool"),
    ("/API", "Rest", "MSExchangeRestFrontEndAppPool"),
    ("/Autodiscover", "Autodiscover", "MSExchangeAutodiscoverAppPool"),
    ("/EWS", "EWS", "MSExchangeServicesAppPool"),
    ("/Microsoft-Server-ActiveSync", "sync", "MSExchangeSyncAppPool"),
    ("/OAB", "OAB", "MSExchangeOABAppPool"),
    ("/PowerShell", "PowerShell", "MSExchangePowerShellFrontEndAppPool"),
    ("/Rpc", "rpc", "MSExchangeRpcProxyFrontEndAppPool"),
    ("/ecp", "ecp", "MSExchangeECPAppPool"),
    ("/mapi", "mapi", "MSExchangeMapiFrontEndAppPool"),
    ("/owa", "owa", "MSExchangeOWAAppPool"),
)
_BACK = (
    ("/", "", "MSExchangeOWAAppPool"),
    ("/API", "rest", "MSExchangeRestAppPool"),
    ("/Autodiscover", "Autodiscover", "MSExchangeAutodiscoverAppPool"),
    ("/EWS", "exchweb\\EWS", "MSExchangeServicesAppPool"),
    ("/Microsoft-Server-ActiveSync", "sync", "MSExchangeSyncAppPool"),
    ("/OAB", "OAB", "MSExchangeOABAppPool"),
    ("/PowerShell", "PowerShell-Proxy", "MSExchangePowerShellAppPool"),
    ("/ecp", "ecp", "MSExchangeECPAppPool"),
    ("/mapi/emsmdb", "mapi\\emsmdb", "MSExchangeMapiMailboxAppPool"),
    ("/mapi/nspi", "mapi\\nspi", "MSExchangeMapiAddressBookAppPool"),
    ("/owa", "owa", "MSExchangeOWAAppPool"),
)
_MODULES = (
    ("HttpLoggingModule", "%windir%\\System32\\inetsrv\\loghttp.dll"),
    ("DefaultDocumentModule", "%windir%\\System32\\inetsrv\\defdoc.dll"),
    ("StaticFileModule", "%windir%\\System32\\inetsrv\\static.dll"),
    ("AnonymousAuthenticationModule", "%windir%\\System32\\inetsrv\\authanon.dll"),
    ("BasicAuthenticationModule", "%windir%\\System32\\inetsrv\\authbas.dll"),
    ("WindowsAuthenticationModule", "%windir%\\System32\\inetsrv\\authsspi.dll"),
)


def windows_path(path: str) -> str:
    """The place below the evidence root of a Windows path on C:."""
    return path.removeprefix("C:\\").replace("\\", "/")


def write(root: Path, scenario: Scenario, seed: int, stage: Stage) -> None:
    """Write every file that is not a log: what set-up lays down, and what the stories laid."""
    rng = Random(f"{seed}/tree")
    texts = {path: _placeholder(path) for path in _STOCK}
    texts["Windows/System32/inetsrv/config/applicationHost.config"] = _application_host(
        "Require" if scenario.extended_protection else "None", stage
    )
    if scenario.stories:
        texts[f"{INSTALL}/TransportRoles/Shared/agents.config"] = _transport_agents(stage)
    files = {path: text.encode() for path, text in texts.items()}
    for name in ("logon", "errorFE", "signout"):
        hashed = digits(rng, 8)
        trace = f"{windows_path(COMPILED_OWA)}/{name}.aspx.{hashed}.compiled"
        assembly = f"App_Web_{digits(rng, 8)}"
        files[trace] = compiled_trace(f"/owa/auth/{name}.aspx", assembly, hashed)
    files |= {windows_path(path): data for path, data in stage.files.items()}
    for path, data in files.items():
        place = root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)


def _placeholder(path: str) -> str:
    name = path.rsplit("/", 1)[-1]
    return f"<!-- afterpatch range: placeholder for the stock page {name} -->\r\n"


def _folder(root: str, folder: str) -> str:
    """A folder of a site, absolute already or below the site's own."""
    return folder if folder[:1] == "%" or folder[1:2] == ":" else (root + folder).rstrip("\\")


def _site(number: int, name: str, root: str, folders: tuple[tuple[str, str, str], ...]) -> str:
    applications = "".join(
        f'        <application path="{path}" applicationPool="{pool}">\r\n'
        f'          <virtualDirectory path="/" physicalPath='
        f'"{_folder(root, folder)}" />\r\n'
        "        </application>\r\n"
        for path, folder, pool in folders
    )
    ports = (str(79 + number), str(442 + number))
    bindings = "".join(
        f'          <binding protocol="{protocol}" bindingInformation="*:{port}:" />\r\n'
        for protocol, port in zip(("http", "https"), ports, strict=True)
    )
    return (
        f'      <site name="{name}" id="{number}" serverAutoStart="true">\r\n{applications}'
        f"        <bindings>\r\n{bindings}        </bindings>\r\n      </site>\r\n"
    )


def _application_host(token_checking: str, stage: Stage) -> str:
    install = "C:\\Program Files\\Microsoft\\Exchange Server\\V15"
    modules = "".join(
        f'      <add name="{name}" image="{image}" />\r\n'
        for name, image in (*_MODULES, *stage.modules)
    )
    front = tuple(sorted((*_FRONT, *stage.directories)))
    further = "".join(
        _site(number, name, "", (("/", folder, "DefaultAppPool"),))
        for number, (name, folder) in enumerate(stage.sites, start=3)
    )
    protection = "".join(
        f'  <location path="{site}{path if path != "/" else ""}">\r\n    <system.webServer>'
        "<security><authentication><windowsAuthentication>"
        f'<extendedProtection tokenChecking="{token_checking}" flags="None" />'
        "</windowsAuthentication></authentication></security></system.webServer>\r\n"
        "  </location>\r\n"
        for site, folders in (("Default Web Site", _FRONT), ("Exchange Back End", _BACK))
        for path, _folder, _pool in folders
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\r\n<configuration>\r\n'
        "  <system.applicationHost>\r\n    <sites>\r\n"
        "      <siteDefaults>\r\n"
        '        <logFile logFormat="W3C" directory="%SystemDrive%\\inetpub\\logs\\LogFiles" />\r\n'
        "      </siteDefaults>\r\n"
        + _site(1, "Default Web Site", f"{install}\\FrontEnd\\HttpProxy\\", front)
        + _site(2, "Exchange Back End", f"{install}\\ClientAccess\\", _BACK)
        + further
        + "    </sites>\r\n  </system.applicationHost>\r\n  <system.webServer>\r\n"
        f"    <globalModules>\r\n{modules}    </globalModules>\r\n"
        f'    <httpLogging dontLog="false" />\r\n  </system.webServer>\r\n{protection}'
        "</configuration>\r\n"
    )


_AGENTS = (
    ("Transport Rule Agent", "MessagingPolicies.TransportRuleAgent.TransportRuleAgentFactory",
     "Rule\\Microsoft.Exchange.MessagingPolicies.TransportRuleAgent.dll"),
    ("Malware Agent", "Transport.Agent.Malware.MalwareAgentFactory",
     "Antimalware\\Microsoft.Exchange.Transport.Agent.Malware.dll"),
    ("Text Messaging Routing Agent", "TextMessaging.Agents.TextMessagingRoutingAgentFactory",
     "TextMessaging\\Microsoft.Exchange.TextMessaging.Agents.dll"),
)  # fmt: skip


def _transport_agents(stage: Stage) -> str:
    folder = "C:\\Program Files\\Microsoft\\Exchange Server\\V15\\TransportRoles\\agents"
    stock = tuple(
        (name, f"Microsoft.Exchange.{factory}", f"{folder}\\{assembly}")
        for name, factory, assembly in _AGENTS
    )
    agents = "".join(
        f'      <agent name="{name}" baseType="Microsoft.Exchange.Data.Transport.Routing.'
        f'RoutingAgent" classFactory="{factory}" assemblyPath="{assembly}" enabled="true" />\r\n'
        for name, factory, assembly in (*stock, *stage.agents)
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?>\r\n<configuration>\r\n  <mexRuntime>\r\n'
        f"    <monitoring />\r\n    <agentList>\r\n{agents}    </agentList>\r\n    <settings />\r\n"
        "  </mexRuntime>\r\n</configuration>\r\n"
    )
