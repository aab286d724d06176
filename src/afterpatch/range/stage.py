"""Where a story is told: it lays rows, files and settings, and says what is true of them.

A story is a function that takes a `Stage`. It moves the clock forward as it goes, so that stories
told one after the other on the same stage follow each other in time.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from random import Random

from msgspec import Struct, field

from afterpatch.range import formats, server, windows
from afterpatch.range.draw import below, digits, letters
from afterpatch.range.server import NAME, Server, User
from afterpatch.range.web import Request, Row, rows

DAY = 86_400_000
HOUR = 3_600_000
MINUTE = 60_000
SECOND = 1000

FRONT_END = "C:\\Program Files\\Microsoft\\Exchange Server\\V15\\FrontEnd\\HttpProxy"
CLIENT_ACCESS = "C:\\Program Files\\Microsoft\\Exchange Server\\V15\\ClientAccess"
OWA_AUTH = f"{FRONT_END}\\owa\\auth"
ASPNET_CLIENT = "C:\\inetpub\\wwwroot\\aspnet_client"
TEMPORARY = "C:\\Windows\\Microsoft.NET\\Framework64\\v4.0.30319\\Temporary ASP.NET Files"
# Where pages below the site's root and below /owa are compiled to.
COMPILED_ROOT = f"{TEMPORARY}\\root\\5f0f1b2c\\3a6d9e40"
COMPILED_OWA = f"{TEMPORARY}\\owa\\8e05b027\\e164d61b"
# The service that writes what an export of a mailbox exports.
REPLICATION = (
    "C:\\Program Files\\Microsoft\\Exchange Server\\V15\\Bin\\MSExchangeMailboxReplication.exe"
)
# The shape of a page that is run, put together here so that it stands in no file of the repository.
_MARK = "<{}script{}>"
MARKER = (
    _MARK.format("", ' language="JScript" runat="server"')
    + "/* afterpatch range marker, inert */"
    + _MARK.format("/", "")
)
PYTHON = "python-requests/2.25.1"
_BUILT_IN = ("del", "type")  # what cmd.exe does itself
# -Identity "anna" -AccessRights "FullAccess"
_PARAMETER = re.compile(r'-(\w+) "([^"]*)"')
CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/88.0.4324.96"


class Planned(Struct, frozen=True):
    """Rows of one happening, `at` so many ms after the first midnight.

    Kinds: attack, visit, command, probe, scan, administration, response. `page` is the URL path of
    the planted page that a visit asks for. `hand` is the client of a cast who did it, where there
    is one.
    """

    at: int
    rows: list[Row]
    kind: str
    what: str
    actor: str = ""
    took: int = 40
    got: int = 1200
    page: str = ""
    hand: str = ""


class Page(Struct):
    """A planted page. `stands` is false when somebody removed it before the evidence was taken."""

    path: str
    url: str
    planted: int
    planted_by: str
    agent: str = PYTHON
    stands: bool = True
    visitors: list[str] = []

    @property
    def name(self) -> str:
        return self.path.rsplit("\\", 1)[-1]


class Truth(Struct):
    """What is true of a story, in the words of the assessment.

    Chains are {name, outcome, cves, sources}, backdoors {kind, thing, path, url, evidence_state,
    still_stands}, impact {kind, technique, amount}, findings {technique, cves, sources}: what must
    show and proves nothing by itself. Classes tell operators by address.
    """

    chains: list[dict[str, object]] = []
    backdoors: list[dict[str, object]] = []
    impact: list[dict[str, object]] = []
    findings: list[dict[str, object]] = []
    classes: dict[str, str] = {}
    commands: list[str] = []


class Stage(Struct):
    """One server while stories are told on it. `clock` is in ms after the first midnight.

    `files` go beside the logs, by Windows path; `directories` (path, folder, pool), `modules`
    (name, image), `agents` (name, factory, assembly) and `sites` (name, folder) into the
    configuration. `erased` names logs whose files of a day are gone, as (log, day).
    """

    rng: Random
    mail: Server
    build: Callable[[int], str]
    days: int
    clock: int
    address: str
    done: list[Planned] = []
    files: dict[str, bytes] = {}
    directories: list[tuple[str, str, str]] = []
    modules: list[tuple[str, str]] = []
    agents: list[tuple[str, str, str]] = []
    sites: list[tuple[str, str]] = []
    erased: set[tuple[str, int]] = set()
    pages: list[Page] = []
    truth: Truth = field(default_factory=Truth)

    # ---------------------------------------------------------------- rows

    def lay(
        self,
        left: Sequence[Row],
        what: str,
        *,
        kind: str = "attack",
        actor: str | None = None,
        took: int = 60,
        got: int = 1200,
        page: str = "",
    ) -> None:
        """Lay rows now, by the intruder unless told otherwise; the clock moves a moment on."""
        who = self.address if actor is None else actor
        self.done.append(Planned(self.clock, list(left), kind, what, who, took, got, page))
        self.clock += SECOND + below(self.rng, SECOND)

    def wait(self, duration: int) -> None:
        """Let time pass, in ms."""
        self.clock += duration + below(self.rng, SECOND)

    def ask(
        self,
        request: Request,
        what: str,
        *extra: Row,
        kind: str = "attack",
        took: int = 60,
        got: int = 1200,
    ) -> None:
        """Lay the rows of one request, and what else it left behind."""
        left = [*rows(request, self.build(self.clock)), *extra]
        self.lay(left, what, kind=kind, actor=request.address, took=took, got=got)

    # ---------------------------------------------------------------- cmdlets

    def cmdlet(
        self,
        user: User | None,
        name: str,
        parameters: str,
        what: str,
        *,
        error: str = "",
        kind: str = "attack",
        actor: str | None = None,
    ) -> None:
        """A cmdlet of the remote shell in the event log, the cmdlet log and the audit queue.

        `user` None: the system account. With an error it failed, and the audit log is silent.
        """
        account = user.account if user else "NT AUTHORITY\\SYSTEM"
        sid = user.sid if user else "S-1-5-18"
        left = [
            cmdlet_row(self.build(self.clock), account, sid, name, parameters, error),
            windows.failed_cmdlet(name, parameters) if error else windows.cmdlet(name, parameters),
        ]
        if not error:
            left.append(audit_row(self.rng, account, name, parameters))
        self.lay(left, what, kind=kind, actor=actor, took=300)

    # ---------------------------------------------------------------- pages

    def plant(self, path: str, url: str, data: bytes, *, agent: str = PYTHON) -> Page:
        """Put a page on disk, where it stays; the rows of how it came there are the story's."""
        page = Page(path, url, self.clock, self.address, agent, visitors=[self.address])
        self.files[path] = data
        self.pages.append(page)
        return page

    def compiled(self, page: Page, folder: str) -> None:
        """The first hit compiles a page: events and files that outlive it."""
        hashed, assembly = digits(self.rng, 8), f"App_Web_{digits(self.rng, 8)}"
        trace = f"{folder}\\{page.name}.{hashed}.compiled"
        for name in (f"{folder}\\{assembly}.0.js", f"{folder}\\{assembly}.dll", trace):
            self.lay([windows.file_created(windows.W3WP, 10844, name)], "the page is compiled")
        self.files[trace] = compiled_trace(page.url, assembly, hashed)
        self.files[f"{folder}\\{assembly}.dll"] = (
            f"afterpatch range: placeholder for the assembly of {page.url}\r\n".encode()
        )

    def visit(
        self,
        page: Page,
        command: str = "",
        *,
        address: str = "",
        pool: str = "MSExchangeOWAAppPool",
    ) -> None:
        """A POST to a planted page, and the command it ran, when it ran one."""
        who = address or self.address
        if who not in page.visitors:
            page.visitors.append(who)
        if command:
            self.command(command, pool, who)
        owa = page.url.startswith("/owa/")
        request = Request(
            protocol="Owa" if owa else "",
            method="POST",
            stem=page.url,
            auth="FBA" if owa else "",
            agent=page.agent,
            address=who,
            host=server.PUBLIC_ADDRESS,
            back_status=None,
        )
        left = rows(request, self.build(self.clock))
        self.lay(
            left,
            "POST to the planted page",
            kind="visit",
            actor=who,
            took=45,
            got=700,
            page=page.url,
        )

    # ---------------------------------------------------------------- processes

    def command(self, command: str, pool: str, actor: str | None = None, image: str = "") -> None:
        """A command that the worker of an application pool starts, through cmd.exe."""
        pid = 4000 + 4 * below(self.rng, 5000)
        left = windows.process(
            self.rng, windows.CMD, command, windows.W3WP, windows.pool(pool), pid, 10844
        )
        # The tool itself, below cmd.exe: the first word after "cmd /c".
        inner = command.partition("/c ")[2].split("&")[-1].strip()
        tool = inner.split(" ")[0]
        if "\\" not in tool:
            tool = f"C:\\Windows\\System32\\{tool.removesuffix('.exe')}.exe"
        if inner.split(" ")[0] not in _BUILT_IN:
            left += windows.process(
                self.rng, image or tool, inner, windows.CMD, command, pid + 4, pid
            )
        self.truth.commands.append(command)
        self.lay(left, f"the IIS worker runs: {command}", kind="command", actor=actor)

    # ---------------------------------------------------------------- truth

    def chain(self, name: str, outcome: str, cves: Sequence[str], *sources: str) -> None:
        """A chain was tried or worked; by the intruder unless other sources are given."""
        who = sorted(sources or (self.address,))
        self.truth.chains.append(
            {"name": name, "outcome": outcome, "cves": sorted(cves), "sources": who}
        )

    def backdoor(
        self,
        kind: str,
        thing: str,
        *,
        path: str = "",
        url: str = "",
        state: str = "trace only",
        stands: str = "unknown",
    ) -> None:
        """A backdoor that is no page was left."""
        self.truth.backdoors.append(
            {
                "kind": kind,
                "thing": thing,
                "path": path or None,
                "url": url or None,
                "evidence_state": state,
                "still_stands": stands,
            }
        )

    def supports(self, technique: str, cves: Sequence[str], *sources: str) -> None:
        """The rows from these addresses fit an attack, which they can't prove."""
        self.truth.findings.append(
            {"technique": technique, "cves": sorted(cves), "sources": sorted(sources)}
        )

    def impact(self, kind: str, technique: str, amount: int = 0, unit: str = "") -> None:
        """Something followed. The amount is what the rows together show, 0 for none."""
        shown = {"value": amount, "unit": unit} if amount else None
        self.truth.impact.append({"kind": kind, "technique": technique, "amount": shown})


# ------------------------------------------------------------------ rows of single logs


def forged(
    address: str, resource: str, anchor: str, status: int, build: str, agent: str = CHROME
) -> list[Row]:
    """A request to a static name that the front end forwards where its anchor says (26855)."""
    stem, _, query = anchor.partition("?")
    request = Request(
        protocol="Ecp",
        method="POST",
        stem=resource,
        auth="FBA",
        anchor=f"ServerInfo~a]@{server.FQDN}:444{anchor}",
        agent=agent,
        address=address,
        host=server.PUBLIC_ADDRESS,
        status=status,
        back_status=status,
        hint="X-BEResource-Cookie",
        target=f"a]@{server.FQDN}:444{stem}",
        back_stem=stem,
        back_query=query.rstrip("#"),
        back_account=server.MACHINE_ACCOUNT,
    )
    return rows(request, build)


def ecp_row(command: str, url: str, build: str, took: str = "{took}") -> Row:
    """ECP Server log: the cmdlet that a request ran, its parameters behind dots.

    A value stands in single quotes, which are doubled inside the quoted sub-field.
    """
    data = (
        f"S:TIME={took};S:SID={{spare}};'S:CMD={command}';S:REQID=;S:URL={url};S:REFERRER=;S:EX=;"
        f"S:ACTID={{id}};S:RS=0;S:BLD={build};S:TNAME=<null>"
    )
    cells = dict(zip(formats.ECP_COLUMNS, ("{end}", NAME, "ECP.Request", data), strict=True))
    return "ECP", formats.row(formats.ECP_COLUMNS, cells)


def ews_row(
    build: str,
    *,
    account: str,
    action: str,
    agent: str,
    address: str,
    acts_as: str = "",
    auth: str = "Negotiate",
    error: str = "",
) -> Row:
    """EWS back-end log: one operation, and whose mailbox it acts on."""
    cells = formats.version_cells(build) | {
        "DateTime": "{end}",
        "RequestId": "{spare}",
        "Ring": "Unknown",
        "AuthenticationType": auth,
        "IsAuthenticated": "true",
        "AuthenticatedUser": account,
        "Organization": server.DNS_DOMAIN.upper(),
        "UserAgent": agent.replace(",", " "),
        "VersionInfo": "Target=None;Req=Exchange2016/Exchange2016;",
        "ClientIpAddress": address,
        "ServerHostName": NAME,
        "FrontEndServer": server.FQDN,
        "SoapAction": action,
        "HttpStatus": "500" if error else "200",
        "RequestSize": "1460",
        "ResponseSize": "{got}",
        "ErrorCode": error,
        "ActAsUser": acts_as,
        "CorrelationGuid": "{id}",
        "PrimaryOrProxyServer": "LocalTask",
        "TaskType": "LocalTask",
        "LocalMailboxCount": "1",
        "TotalRequestTime": "{work}",
        "GenericInfo": "MailboxTypeCacheSize=1;S:WLM.Cl=CustomerExpectation;Dbl:WLM.TS=40.0",
    }
    return "Ews", formats.row(formats.EWS_COLUMNS, cells)


def cmdlet_row(
    build: str,
    account: str,
    sid: str,
    name: str,
    parameters: str,
    error: str = "",
    client: str = "Unknown",
) -> Row:
    """Rps_Cmdlet: a cmdlet of the remote shell, done or failed."""
    cells = formats.version_cells(build) | {
        "DateTime": "{end}",
        "StartTime": "{begin}",
        "RequestId": "{id}",
        "ServerHostName": NAME,
        "ProcessId": "15756",
        "ProcessName": "w3wp#MSExchangePowerShellAppPool",
        "ThreadId": "85",
        "AuthenticatedUser": account,
        "ExecutingUserSid": sid,
        "IsAdmin": "True",
        "ClientApplication": client,
        "Cmdlet": name,
        "Parameters": parameters,
        "CmdletUniqueId": "{spare}",
        "RunspaceSettingsCreationHint": "GCRandomly",
        "ADViewEntireForest": "False",
        "ADRecipientViewRoot": server.DNS_DOMAIN,
        "ADConfigurationDomainControllers": server.CONTROLLER,
        "TotalTime": "{work}",
        "ErrorType": error.partition(":")[0],
        "ExecutionResult": "Error" if error else "Success",
        "GenericErrors": error,
        "NonPiiParameters": parameters,
    }
    return "Rps_Cmdlet", formats.row(formats.CMDLET_COLUMNS, cells)


def http_row(build: str, account: str, agent: str, address: str, status: int = 200) -> Row:
    """Rps_Http: one request of the PowerShell back end."""
    cells = formats.version_cells(build) | {
        "DateTime": "{end}",
        "StartTime": "{begin}",
        "RequestId": "{id}",
        "UrlHost": server.FQDN,
        "UrlStem": "/powershell",
        "AuthenticationType": "Kerberos",
        "IsAuthenticated": "true",
        "AuthenticatedUser": account,
        "UserAgent": agent.replace(",", " "),
        "ClientIpAddress": address,
        "ServerHostName": NAME,
        "FrontEndServer": server.FQDN,
        "HttpStatus": str(status),
        "TotalTime": "{work}",
        "GenericInfo": "S:WLM.Cl=CustomerExpectation;S:ServiceCommonMetadata.HttpMethod=POST;",
    }
    return "Rps_Http", formats.row(formats.RPS_HTTP_COLUMNS, cells)


def audit_row(rng: Random, account: str, name: str, parameters: str) -> Row:
    """CosmosQueue: the admin audit record of a cmdlet, its parameters as JSON."""
    values = [{"Name": name, "Value": value} for name, value in _PARAMETER.findall(parameters)]
    record = {
        "CreationTime": "{end}",
        "Id": digits(rng, 32),
        "Operation": name,
        "OrganizationId": "00000000-0000-0000-0000-000000000000",
        "RecordType": 1,
        "ResultStatus": "True",
        "UserKey": account,
        "UserType": 3,
        "Version": 1,
        "Workload": "Exchange",
        "ObjectId": "",
        "UserId": account,
        "ExternalAccess": False,
        "OrganizationName": "",
        "OriginatingServer": f"{NAME} (15.01.0000.000)",
        "Parameters": values,
    }
    data = json.dumps(record, separators=(",", ":"), ensure_ascii=False).replace("/", "\\/")
    cells = {
        "Timestamp": "{end}",
        "Server": NAME,
        "TenantId": "00000000-0000-0000-0000-000000000000",
        "RecordType": "ExchangeAdmin",
        "Data": data,
        "UserKey": account,
        "RecordId": "{spare}",
        "Operation": name,
        "Workload": "Exchange",
        "ResultStatus": "True",
        "Version": "1",
        "Scope": "OnPremises",
    }
    return "CosmosQueue", formats.row(formats.AUDIT_COLUMNS, cells)


# ------------------------------------------------------------------ files


def compiled_trace(url: str, assembly: str, hashed: str) -> bytes:
    """What ASP.NET keeps of a page it has compiled."""
    folder, _, name = url.rpartition("/")
    kind = f"{folder.rpartition('/')[2]}_{name.replace('.', '_')}".lower()
    return (
        '<?xml version="1.0" encoding="utf-8"?>\r\n'
        f'<preserve resultType="3" virtualPath="{url}" hash="{hashed}" '
        f'filehash="{hashed}ffff" flags="110000" assembly="{assembly}" type="ASP.{kind}">\r\n'
        f'    <filedeps>\r\n        <filedep name="{url}" />\r\n'
        "    </filedeps>\r\n</preserve>\r\n"
    ).encode()


def mail_store(rng: Random, text: str) -> bytes:
    """A personal store as an export writes it ([MS-PST] header), with a text somewhere inside."""
    head = b"!BDN" + rng.randbytes(4) + b"SM" + b"\x17\x00\x13\x00\x01\x01"
    body = bytearray(271_360)
    body[: len(head)] = head
    body[0x4400 : 0x4400 + 512] = rng.randbytes(512)
    inner = text.encode("utf-8")
    body[0x8A2C : 0x8A2C + len(inner)] = inner
    return bytes(body)


def certificate_request(rng: Random, text: str) -> bytes:
    """A certificate request in DER shape (PKCS #10), with a text as its subject."""
    subject = text.encode("utf-8")
    name = b"\x06\x03\x55\x04\x03\x0c" + bytes([0x81, len(subject)]) + subject
    key = b"\x03\x82\x01\x0f\x00" + rng.randbytes(270)
    body = b"\x02\x01\x00\x30\x81" + bytes([len(name)]) + name + key
    return b"\x30\x82" + len(body).to_bytes(2, "big") + body


def made_up(rng: Random, suffix: str = ".aspx") -> str:
    """A page name of random letters, as planted pages often have."""
    return letters(rng, 8 + below(rng, 5)) + suffix
