"""What hands do to the server, one session of one client at a time, and the rows each deed leaves.

A session's clock moves on with its deeds. Every row says whose it is, so that the truth can be
counted from what is left of the logs. Shapes of rows are those of `chains.py` and `incident.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from hashlib import sha256

from msgspec import Struct

from afterpatch.range import server, windows
from afterpatch.range.draw import below, digits, guid, letters, pick
from afterpatch.range.hands.cast import Cast, Client, Hand
from afterpatch.range.incident import CARRIER, dump, ecp_set
from afterpatch.range.server import NAME, SID, User
from afterpatch.range.stage import (
    ASPNET_CLIENT,
    COMPILED_OWA,
    COMPILED_ROOT,
    DAY,
    FRONT_END,
    HOUR,
    MARKER,
    MINUTE,
    OWA_AUTH,
    SECOND,
    TEMPORARY,
    Page,
    Planned,
    Stage,
    compiled_trace,
    ecp_row,
    ews_row,
    forged,
)
from afterpatch.range.web import Request, Row, rows

STORY_FIRST = date(2021, 1, 4)
STORY_LAST = date(2021, 4, 15)
FEWEST_DAYS = 4
SESSION = HOUR  # no session is longer
NEVER = 1 << 62
PUBLIC_TOOL = "procdump64.exe"  # everybody has it, with one hash: it ties nobody to nobody
PUBLIC_HASHES = f"SHA256={sha256(PUBLIC_TOOL.encode()).hexdigest().upper()}"
_ASSEMBLY = "App_Web_"
_POOL_PID = 10844
_SERVICE = "/ecp/DDI/DDIService.svc"
_RESOURCES = ("y.js", "main.css", "default.flt", "program.js", "x.js")
# Where pages are planted: folder, URL, where they are compiled to, share.
_PLACES = (
    (OWA_AUTH, "/owa/auth", COMPILED_OWA, 40),
    (ASPNET_CLIENT, "/aspnet_client", COMPILED_ROOT, 30),
    (f"{ASPNET_CLIENT}\\system_web", "/aspnet_client/system_web", COMPILED_ROOT, 10),
    (f"{FRONT_END}\\ecp\\auth", "/ecp/auth", f"{TEMPORARY}\\ecp\\4c9a77d1\\b05e22f8", 10),
    (f"{OWA_AUTH}\\Current\\themes", "/owa/auth/Current/themes", COMPILED_OWA, 10),
)
# Names that look like stock ones or were often seen; scanners of this story ask for others.
_KNOWN_NAMES = (
    "errorEE.aspx", "errorFF.aspx", "OutlookUS.aspx", "OutlookZH.aspx", "TimeoutLogoff.aspx",
    "aspnet_pages.aspx", "client.aspx", "caches.aspx", "help.aspx", "iispage.aspx", "load.aspx",
)  # fmt: skip


class Door(Struct):
    """A planted page in the story. Times are in ms after the first midnight.

    `by` is the client that planted it; `reset` when the request came in that wrote it, -1 for a
    page that came through another page. `gone` is when it was removed.
    """

    page: Page
    by: Client
    folder: str
    planted: int
    reset: int = -1
    gone: int = NEVER
    opened: bool = False
    used: int = 0  # when it was asked for last


class Impact(Struct, frozen=True):
    """Something that followed, shown by rows of these logs that hold `mark`."""

    kind: str
    technique: str
    mark: str
    logs: tuple[str, ...] = ("Sysmon", "Security")
    door: str = ""  # of what kind, where it is a backdoor as well
    thing: str = ""


class Play:
    """One story of many hands while it is told."""

    def __init__(self, stage: Stage, cast: Cast, first: date, outage: range) -> None:
        self.stage, self.cast, self.first, self.outage = stage, cast, first, outage
        self.rng = stage.rng
        self.doors: list[Door] = []
        self.impacts: list[Impact] = []
        self.names: set[str] = set()

    def moment(self, day: date, hour: float) -> int:
        """A time of the story in ms after the first midnight of this window.

        In another window than the story's own the whole story is squeezed or stretched into it.
        """
        story = (STORY_LAST - STORY_FIRST).days + 1
        share = ((day - STORY_FIRST).days + hour / 24) / story
        return int(share * self.stage.days * DAY)

    def session(self, client: Client, hand: Hand, at: int, *, after: int = 0) -> Session:
        """A client comes at a time, or at the first that is fit: after what it rests on, while
        the services are up, and early enough for a session to fit into the window."""
        at = max(at, after + 2 * MINUTE) + below(self.rng, MINUTE)
        at = min(at, self.stage.days * DAY - SESSION - 10 * MINUTE)
        if self.outage and at < self.outage.stop and at + SESSION > self.outage.start:
            at = self.outage.stop + 5 * MINUTE + at % (20 * MINUTE)
        return Session(self, client, hand, at)

    def standing(self, at: int) -> list[Door]:
        """The doors that are there at a time."""
        return [door for door in self.doors if door.planted < at < door.gone]

    def new_page(self, known: float, beside: Sequence[Door] = ()) -> tuple[str, str, str]:
        """A page's path, its URL and where it will be compiled: in another folder than those it
        stands `beside`. `known`: the share of names that others have used too."""
        rng = self.rng
        folders = [place for place in _PLACES for _ in range(place[3] // 10)]
        while True:
            folder, url, compiled, _ = pick(rng, folders)
            if any(door.page.url.rpartition("/")[0] == url for door in beside):
                continue
            name = f"{letters(rng, 8 + below(rng, 5))}.aspx"
            if rng.random() < known:
                name = pick(rng, _KNOWN_NAMES)
            if name not in self.names:
                self.names.add(name)
                return f"{folder}\\{name}", f"{url}/{name}", compiled

    def lay(
        self,
        at: int,
        client: Client | None,
        left: Sequence[Row],
        what: str,
        kind: str,
        *,
        took: int = 60,
        got: int = 1200,
        page: str = "",
    ) -> None:
        """Rows of one deed of a client; of nobody in the cast when it is None."""
        who = self.cast.shown(client.address) if client else ""
        self.stage.done.append(
            Planned(at, list(left), kind, what, who, took, got, page, client.id if client else "")
        )


class Session:
    """One visit of one client to the server."""

    def __init__(self, play: Play, client: Client, hand: Hand, at: int) -> None:
        self.play, self.client, self.hand, self.clock = play, client, hand, at
        self.rng = play.rng

    def wait(self, duration: int) -> None:
        """Let some time pass: about so many ms."""
        self.clock += duration * 3 // 4 + below(self.rng, max(1, duration // 2))

    def lay(self, left: Sequence[Row], what: str, kind: str = "attack", *, before: int = 0) -> None:
        """Rows that are no request's, so many ms before now."""
        self.play.lay(self.clock - before, self.client, left, what, kind)

    def ask(
        self,
        request: Request,
        what: str,
        kind: str,
        *extra: Row,
        took: int = 60,
        got: int = 1200,
        page: str = "",
    ) -> None:
        """One request, ended now; the clock moves on a moment."""
        build = self.play.stage.build(self.clock)
        left = [*rows(request, build), *extra]
        self.play.lay(self.clock, self.client, left, what, kind, took=took, got=got, page=page)
        self.clock += SECOND + below(self.rng, 2 * SECOND)

    # -------------------------------------------------------------- ProxyLogon

    def forge(
        self, resource: str, anchor: str, what: str, *extra: Row, status: int = 200, took: int = 60
    ) -> None:
        """A request that the front end forwards where its cookie says (CVE-2021-26855)."""
        build = self.play.stage.build(self.clock)
        left = forged(self.client.address, resource, anchor, status, build, self.client.agent)
        self.play.lay(self.clock, self.client, [*left, *extra], what, "attack", took=took)
        self.clock += took + SECOND + below(self.rng, SECOND)

    def resource(self) -> str:
        """The static name that forged requests ask for."""
        if self.rng.random() < 0.5:
            return f"/ecp/{letters(self.rng, 1 + below(self.rng, 3)).lower()}.js"
        return f"/ecp/{pick(self.rng, _RESOURCES)}"

    def look(self, resource: str) -> None:
        """Reconnaissance: the server's own name, and a mailbox."""
        self.forge(
            resource, "/autodiscover/autodiscover.xml?#", "asks autodiscover for a legacy DN"
        )

    def enter(self, resource: str, canary: str) -> None:
        """The chain as far as a session with the control panel's back end, and its canary."""
        user = pick(self.rng, self.play.stage.mail.users)
        self.look(resource)
        self.forge(
            resource, f"/mapi/emsmdb/?MailboxId={user.mailbox}@{server.MAIL_DOMAIN}#",
            "asks MAPI for the SID of a mailbox",
        )  # fmt: skip
        self.forge(
            resource, "/ecp/proxyLogon.ecp?#", "logs on to the back end as that SID", status=241
        )
        query = f"reqId=1615583487987&schema=VirtualDirectory&msExchEcpCanary={canary}"
        self.forge(
            resource, f"{_SERVICE}/GetList?{query}#", "lists the virtual directories", took=700
        )

    def reset(
        self, resource: str, canary: str, *, known: float, beside: Sequence[Door] = ()
    ) -> Door:
        """Sets a virtual directory's URL to mark-up and resets it into a page (CVE-2021-27065)."""
        play, stage = self.play, self.play.stage
        build = stage.build(self.clock)
        path, url, compiled = play.new_page(known, beside)
        vdir = guid(self.rng)
        target = f"{_SERVICE}/SetObject?schema=OABVirtualDirectory&msExchEcpCanary={canary}"
        label = "OAB (Default Web Site)"
        logged = ecp_set(
            "OabVirtualDirectory", build, CARRIER, vdir, f"{target}&a={resource}", 1200
        )
        event = windows.cmdlet(
            "Set-OabVirtualDirectory", f'-ExternalUrl "{CARRIER}" -Identity "{label}"'
        )
        self.forge(
            resource, f"{target}#", "sets the OAB virtual directory's URL", logged, event, took=1500
        )
        self.wait(2 * SECOND)
        done = [
            windows.file_created("System", 4, path),
            windows.cmdlet(
                "Remove-OabVirtualDirectory", f'-Force "True" -Identity "{NAME}\\{label}"'
            ),
            windows.cmdlet(
                "New-OabVirtualDirectory",
                f'-WebSiteName "Default Web Site" -Server "{NAME}" -Role "ClientAccess" '
                f'-InternalUrl "https://{server.FQDN}/OAB" -Path "{FRONT_END}\\OAB"',
            ),
        ]
        planted = self.clock
        for row, what in zip(done, ("writes the page", "removes the directory", "creates it again"),
                             strict=True):  # fmt: skip
            self.lay([row], f"the Reset {what}")
            self.clock += 400 + below(self.rng, 600)
        query = f"msExchEcpCanary={canary}&schema=ResetOABVirtualDirectory"
        self.forge(
            resource,
            f"{_SERVICE}/SetObject?{query}#",
            "resets the OAB virtual directory",
            took=self.clock - planted + 700,
        )
        moment = datetime.combine(play.first, time()) + timedelta(milliseconds=planted)
        return self._new_door(
            path, url, compiled, planted, dump(vdir, moment, build), reset=planted
        )

    def _new_door(
        self, path: str, url: str, compiled: str, planted: int, text: str, reset: int = -1
    ) -> Door:
        play = self.play
        who = play.cast.shown(self.client.address)
        page = Page(path, url, planted, who, self.client.agent)
        play.stage.files[path] = text.encode()
        play.stage.pages.append(page)
        door = Door(page, self.client, compiled, planted, reset)
        play.doors.append(door)
        return door

    def read_mail(self, resource: str, users: Sequence[User]) -> None:
        """Other people's mailboxes over EWS, as the computer account."""
        build = self.play.stage.build(self.clock)
        for user in users:
            for action in ("FindFolder", "FindItem", *["GetItem"] * (2 + below(self.rng, 4))):
                row = ews_row(
                    build, account=server.MACHINE_ACCOUNT, action=action,
                    agent=self.client.agent, address=server.ADDRESS, acts_as=user.mail,
                    auth="Kerberos",
                )  # fmt: skip
                self.forge(resource, "/EWS/Exchange.asmx?#", f"{action} in {user.mail}", row)
        # Only the log of EWS says what was done there.
        self.play.impacts.append(Impact("mailbox read", "T1114.002", "GetItem", ("Ews",)))

    # -------------------------------------------------------------- pages

    def finds(self, door: Door) -> bool:
        """Whether the page is still there."""
        return self.clock < door.gone

    def visit(
        self,
        door: Door,
        command: str = "",
        *,
        image: str = "",
        hashes: str = "",
        method: str = "POST",
        query: str = "",
        referer: str = "",
        took: int = 0,
        got: int = 0,
        claims: str = "",
    ) -> None:
        """A request for a planted page, and the command it ran, when it ran one.

        The first one compiles the page. A page that was removed answers as any that is not there.
        """
        page, there = door.page, self.finds(door)
        top = page.url.split("/")[1]
        protocol = {"owa": "Owa", "ecp": "Ecp"}.get(top, "")
        took = took or 30 + below(self.rng, 60) + (200 if command else 0)
        if there and not door.opened:
            took += 2200 + below(self.rng, 1500)
            self._compile(door)
        if there and command:
            self._run(command, took // 2, image, hashes, protocol)
        door.used = max(door.used, self.clock)
        secret = self.hand.secret if "parameter" in self.client.does else ""
        request = Request(
            protocol=protocol,
            method=method,
            stem=page.url,
            query="&".join(part for part in (query, secret) if part),
            auth="FBA" if protocol else "",
            agent=self.client.agent,
            address=self.client.address,
            host=server.PUBLIC_ADDRESS,
            referer=referer,
            status=200 if there else 302 if protocol else 404,
            back_status=None,
            claims=claims,
        )
        what = f"{method} to the planted page" + ("" if there else ", which is gone")
        self.ask(
            request, what, "visit", took=took, got=got or 300 + below(self.rng, 900),
            page=page.url if there else "",
        )  # fmt: skip

    def _compile(self, door: Door) -> None:
        door.opened = True
        hashed, assembly = digits(self.rng, 8), f"{_ASSEMBLY}{digits(self.rng, 8)}"
        trace = f"{door.folder}\\{door.page.name}.{hashed}.compiled"
        library = f"{door.folder}\\{assembly}.dll"
        for number, name in enumerate((f"{door.folder}\\{assembly}.0.js", library, trace)):
            row = windows.file_created(windows.W3WP, _POOL_PID, name)
            self.lay([row], "the page is compiled", before=900 - 100 * number)
        files = self.play.stage.files
        files[trace] = compiled_trace(door.page.url, assembly, hashed)
        files[library] = f"afterpatch range: placeholder for {door.page.url}\r\n".encode()

    def _run(self, command: str, before: int, image: str, hashes: str, protocol: str) -> None:
        """A command that the worker starts through cmd.exe, while the request is under way."""
        pool = windows.pool("MSExchangeECPAppPool" if protocol == "Ecp" else "MSExchangeOWAAppPool")
        pid = 4000 + 4 * below(self.rng, 5000)
        whole = f"cmd /c {command}"
        left = windows.process(self.rng, windows.CMD, whole, windows.W3WP, pool, pid, _POOL_PID)
        tool = image or f"C:\\Windows\\System32\\{command.split(' ')[0].removesuffix('.exe')}.exe"
        if command.split(" ")[0] not in ("del", "dir", "type", "echo"):
            left += windows.process(
                self.rng, tool, command, windows.CMD, whole, pid + 4, pid, hashes=hashes
            )
        self.play.stage.truth.commands.append(whole)
        self.lay(left, f"the IIS worker runs: {whole}", "command", before=before)

    def upload(self, door: Door, path: str, what: str) -> None:
        """A file written through a page, without a process."""
        if self.finds(door):
            self.lay([windows.file_created(windows.W3WP, _POOL_PID, path)], what, before=15)
        self.visit(door, got=90)

    def plant_through(self, door: Door) -> Door:
        """A second page, written through the first."""
        path, url, compiled = self.play.new_page(0.3)
        planted = self.clock - 15
        self.upload(door, path, "a page is written through another")
        return self._new_door(path, url, compiled, planted, f"{MARKER}\r\n")

    # -------------------------------------------------------------- accounts, downloads

    def fetch(self, name: str, size: int) -> None:
        """A file below the web site is downloaded."""
        request = Request(
            protocol="",
            method="GET",
            stem=f"/aspnet_client/{name}",
            agent=self.client.agent,
            address=self.client.address,
            host=server.PUBLIC_ADDRESS,
        )
        self.ask(request, f"downloads {name}", "download", took=9_000 + size // 4000, got=size)

    def sign_in(self) -> None:
        """Signs in with the hand's account: its owner's mail, or the control panel for one of its
        own making."""
        hand, client = self.hand, self.client
        account = f"{server.DOMAIN}\\{hand.account}"
        owner = hand.owner
        sid = owner.sid if owner else f"{SID}-{4000 + len(hand.account) * 7}"
        base = Request(
            protocol="Owa",
            method="GET",
            stem="/owa/auth/logon.aspx",
            query=f"url=https%3a%2f%2f{server.HOST}%2fowa%2f&reason=0",
            auth="FBA",
            agent=client.agent,
            address=client.address,
            back_status=None,
        )
        self.ask(base, "opens the logon page", "sign-in", got=58_000)

        def signed(
            protocol: str, method: str, stem: str, query: str, what: str, *extra: Row
        ) -> None:
            request = Request(
                protocol=protocol,
                method=method,
                stem=stem,
                query=query,
                account=account,
                auth="FBA",
                anchor=f"Sid~{sid}",
                agent=client.agent,
                address=client.address,
                database=owner.database if owner else "",
                referer=f"https://{server.HOST}/{protocol.lower()}/",
            )
            self.ask(request, what, "sign-in", *extra, took=90, got=5200)

        post = Request(
            protocol="Owa",
            method="POST",
            stem="/owa/auth.owa",
            account=account,
            auth="FBA",
            agent=client.agent,
            address=client.address,
            status=302,
            back_status=None,
        )
        self.wait(4 * SECOND)
        self.ask(post, f"signs in as {hand.account}", "sign-in", got=700)
        if owner:
            signed("Owa", "GET", "/owa/", "", "opens the mailbox")
            for _ in range(3 + below(self.rng, 6)):
                self.wait(20 * SECOND)
                action = pick(self.rng, ("FindConversation", "GetItem", "GetConversationItems"))
                signed(
                    "Owa", "POST", "/owa/service.svc", f"action={action}&EP=1&ID=-9&AC=1", action
                )
            return
        canary = f"msExchEcpCanary={letters(self.rng, 75)}."
        signed("Ecp", "GET", "/ecp/", "", "opens the control panel")
        for _ in range(2 + below(self.rng, 4)):
            self.wait(15 * SECOND)
            stem = f"{_SERVICE}/GetList"
            query = f"schema=Mailbox&{canary}"
            row = ecp_row("Get-Mailbox", f"{stem}?{query}", self.play.stage.build(self.clock))
            signed("Ecp", "POST", stem, query, "lists the mailboxes", row)
