"""Files beside the logs: stock pages as placeholders, IIS configuration, compiled traces, the page.

Names of virtual directories, pools and stock pages are those of Exchange 2016's set-up; the text
of every file is our own.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from random import Random

from afterpatch.range.draw import digits
from afterpatch.range.incident import CARRIER, COMPILED, OWA_AUTH, Shell
from afterpatch.range.scenario import Scenario
from afterpatch.range.server import CONTROLLER, DNS_DOMAIN, FQDN, INSTALL, NAME

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


def write(
    root: Path, scenario: Scenario, seed: int, shell: Shell | None, planted: datetime | None
) -> None:
    """Write every file that is not a log; the page's when a shell was planted."""
    rng = Random(f"{seed}/tree")
    files = {path: _placeholder(path) for path in _STOCK}
    files["Windows/System32/inetsrv/config/applicationHost.config"] = _application_host(
        "Require" if scenario.extended_protection else "None"
    )
    for name in ("logon", "errorFE", "signout"):
        hashed = digits(rng, 8)
        trace = f"{windows_path(COMPILED)}/{name}.aspx.{hashed}.compiled"
        files[trace] = _compiled(f"{name}.aspx", f"App_Web_{digits(rng, 8)}", hashed)
    if shell and planted:
        files[windows_path(shell.path)] = _dump(shell, planted, scenario.build)
        trace = f"{windows_path(COMPILED)}/{shell.name}.{shell.compiled_hash}.compiled"
        files[trace] = _compiled(shell.name, shell.assembly, shell.compiled_hash)
        library = f"{windows_path(COMPILED)}/{shell.assembly}.dll"
        files[library] = f"afterpatch range: placeholder for the assembly of {shell.url}\r\n"
    for path, text in files.items():
        place = root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(text.encode("utf-8"))


def _placeholder(path: str) -> str:
    name = path.rsplit("/", 1)[-1]
    return f"<!-- afterpatch range: placeholder for the stock page {name} -->\r\n"


def _compiled(name: str, assembly: str, hashed: str) -> str:
    kind = name.replace(".", "_").lower()
    return (
        '<?xml version="1.0" encoding="utf-8"?>\r\n'
        f'<preserve resultType="3" virtualPath="/owa/auth/{name}" hash="{hashed}" '
        f'filehash="{hashed}ffff" flags="110000" assembly="{assembly}" type="ASP.auth_{kind}">\r\n'
        f'    <filedeps>\r\n        <filedep name="/owa/auth/{name}" />\r\n'
        "    </filedeps>\r\n</preserve>\r\n"
    )


def _site(number: int, name: str, root: str, folders: tuple[tuple[str, str, str], ...]) -> str:
    applications = "".join(
        f'        <application path="{path}" applicationPool="{pool}">\r\n'
        f'          <virtualDirectory path="/" physicalPath='
        f'"{folder if folder.startswith("%") else (root + folder).rstrip(chr(92))}" />\r\n'
        "        </application>\r\n"
        for path, folder, pool in folders
    )
    ports = ("80", "443") if number == 1 else ("81", "444")
    bindings = "".join(
        f'          <binding protocol="{protocol}" bindingInformation="*:{port}:" />\r\n'
        for protocol, port in zip(("http", "https"), ports, strict=True)
    )
    return (
        f'      <site name="{name}" id="{number}" serverAutoStart="true">\r\n{applications}'
        f"        <bindings>\r\n{bindings}        </bindings>\r\n      </site>\r\n"
    )


def _application_host(token_checking: str) -> str:
    install = "C:\\Program Files\\Microsoft\\Exchange Server\\V15"
    modules = "".join(
        f'      <add name="{name}" image="{image}" />\r\n' for name, image in _MODULES
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
        + _site(1, "Default Web Site", f"{install}\\FrontEnd\\HttpProxy\\", _FRONT)
        + _site(2, "Exchange Back End", f"{install}\\ClientAccess\\", _BACK)
        + "    </sites>\r\n  </system.applicationHost>\r\n  <system.webServer>\r\n"
        f"    <globalModules>\r\n{modules}    </globalModules>\r\n"
        f'    <httpLogging dontLog="false" />\r\n  </system.webServer>\r\n{protection}'
        "</configuration>\r\n"
    )


def _dump(shell: Shell, planted: datetime, build: str) -> str:
    """A virtual directory's properties as the Reset writes them, the mark-up in ExternalUrl."""
    distinguished = (
        f"CN=OAB (Default Web Site),CN=HTTP,CN=Protocols,CN={NAME},CN=Servers,CN=Exchange "
        "Administrative Group (FYDIBOHF23SPDLT),CN=Administrative Groups,CN=Example,CN=Microsoft "
        "Exchange,CN=Services,CN=Configuration,DC=corp,DC=example,DC=org"
    )
    clock = f"{planted.month}/{planted.day}/{planted:%Y} {planted.hour % 12 or 12}:{planted:%M:%S}"
    when = f"{clock} {'AM' if planted.hour < 12 else 'PM'}"
    properties = {
        "Name": "OAB (Default Web Site)",
        "PollInterval": "480",
        "OfflineAddressBooks": "",
        "RequireSSL": "True",
        "BasicAuthentication": "False",
        "WindowsAuthentication": "True",
        "OAuthAuthentication": "False",
        "MetabasePath": f"IIS://{FQDN}/W3SVC/1/ROOT/OAB",
        "Path": f"{OWA_AUTH.removesuffix(chr(92) + 'owa' + chr(92) + 'auth')}\\OAB",
        "ExtendedProtectionTokenChecking": "None",
        "ExtendedProtectionFlags": "",
        "ExtendedProtectionSPNList": "",
        "AdminDisplayVersion": f"Version 15.1 (Build {build[5:]})",
        "Server": NAME,
        "InternalUrl": f"https://{FQDN}/OAB",
        "InternalAuthenticationMethods": "WindowsIntegrated",
        "ExternalUrl": CARRIER,
        "ExternalAuthenticationMethods": "WindowsIntegrated",
        "AdminDisplayName": "",
        "ExchangeVersion": "0.10 (14.0.100.0)",
        "DistinguishedName": distinguished,
        "Identity": f"{NAME}\\OAB (Default Web Site)",
        "Guid": shell.vdir,
        "ObjectCategory": f"{DNS_DOMAIN}/Configuration/Schema/ms-Exch-OAB-Virtual-Directory",
        "ObjectClass": "top\r\n                                  msExchVirtualDirectory\r\n"
        "                                  msExchOABVirtualDirectory",
        "WhenChanged": when,
        "WhenCreated": "10/12/2020 9:31:08 AM",
        "WhenChangedUTC": when,
        "WhenCreatedUTC": "10/12/2020 9:31:08 AM",
        "OrganizationId": "",
        "Id": f"{NAME}\\OAB (Default Web Site)",
        "OriginatingServer": CONTROLLER,
        "IsValid": "True",
    }
    return "".join(f"{name:<31} : {value}\r\n" for name, value in properties.items())
