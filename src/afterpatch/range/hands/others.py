"""Who else comes: scanners that ask for the pages of others, and those who clean up."""

from __future__ import annotations

from datetime import date, timedelta

from afterpatch.range import server, windows
from afterpatch.range.draw import below, letters, pick
from afterpatch.range.hands.cast import Client, Hand
from afterpatch.range.hands.play import Impact, Session
from afterpatch.range.hands.roles import COMMANDERS, Story
from afterpatch.range.incident import probe
from afterpatch.range.keeping import CLEARED, Keeping
from afterpatch.range.stage import MINUTE, SECOND
from afterpatch.range.web import Request
from afterpatch.range.windows import Caller

SCANNERS = (20, 60)
# None of them is a name that this story plants.
_ASKED = (
    "/owa/auth/babydraco.aspx", "/owa/auth/RedirSuiteServerProxy.aspx", "/owa/auth/shell.aspx",
    "/owa/auth/OutlookEN.aspx", "/owa/auth/one.aspx", "/owa/auth/log.aspx",
    "/aspnet_client/supp0rt.aspx", "/aspnet_client/discover.aspx", "/aspnet_client/shell.aspx",
    "/aspnet_client/system_web/log.aspx", "/aspnet_client/aspnet.aspx",
    "/aspnet_client/xclkmcfldfi948398430fdjkfdkj.aspx",
)  # fmt: skip
_STOCK = (
    ("/owa/auth/logon.aspx", "replaceCurrent=1&url=https%3a%2f%2f198.51.100.10%2fowa"),
    ("/owa/auth/errorFE.aspx", "httpCode=404"),
    ("/owa/auth/signout.aspx", ""),
)
_AGENTS = (
    "Mozilla/5.0 zgrab/0.x",
    "Mozilla/5.0 (compatible; Nmap Scripting Engine; https://nmap.org/book/nse.html)",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36",
    "Go-http-client/1.1",
    "python-requests/2.25.1",
)
_FIRST_WAVE, _LAST_WAVE = date(2021, 3, 6), date(2021, 4, 8)
_REMOVAL = date(2021, 4, 9)  # DoJ, 2021-04-13: removal through the pages began on the 9th


def scanners(story: Story) -> None:
    """A wave of addresses, each for itself, within two days."""
    play, rng = story.play, story.play.rng
    taken = {client.agent for hand in play.cast.hands for client in hand.clients}
    agents = [a for a in _AGENTS if play.cast.front != "proxy" or a not in taken]
    low, high = SCANNERS
    wave = story.day(_FIRST_WAVE, _LAST_WAVE)
    for number in range(low + below(rng, high - low + 1)):
        address = f"198.{18 + below(rng, 2)}.250.{number + 10}" if number % 3 == 0 else (
            f"2001:db8:{below(rng, 1 << 16):x}::{number + 1:x}" if number % 7 == 1 else
            f"198.{18 + below(rng, 2)}.{251 + below(rng, 4)}.{number + 10}"
        )  # fmt: skip
        client = Client(f"s-{number + 1}/0", address, pick(rng, agents))
        hand = Hand(f"s-{number + 1}", "scanner", "scanner", [client])
        play.cast.hands.append(hand)
        story.at(wave, rng.random() * 47, hand, client, _scan)


def _scan(session: Session) -> None:
    rng = session.rng
    for _ in range(1 + below(rng, 6)):
        stem, query = pick(rng, _STOCK) if rng.random() < 0.12 else (pick(rng, _ASKED), "")
        stock = (stem, query) in _STOCK
        behind = stem.startswith("/owa/")
        request = Request(
            protocol="Owa" if behind else "",
            method=pick(rng, ("GET", "GET", "POST", "HEAD")) if not stock else "GET",
            stem=stem,
            query=query,
            auth="FBA" if behind else "",
            agent=session.client.agent,
            address=session.client.address,
            host=server.PUBLIC_ADDRESS,
            status=200 if stock else pick(rng, (302, 404)) if behind else 404,
            back_status=None,
        )
        session.ask(request, f"scanner asks for {stem}", "scan", took=4)
    if rng.random() < 0.25:
        build = session.play.stage.build(session.clock)
        rows = probe(rng, session.client.address, build, session.client.agent)
        session.play.lay(
            session.clock, session.client, rows, "ProxyLogon probe, not answered", "probe", took=5
        )


# ------------------------------------------------------------------ who cleans up


def clear_logs(story: Story, kept: Keeping) -> None:
    """An intruder who runs commands clears event logs through a page."""
    play = story.play
    able = [h for h in play.cast.hands if h.role in COMMANDERS] or play.cast.hands[:1]
    hand = pick(play.rng, able)

    def clear(session: Session) -> None:
        door = pick(session.rng, session.play.standing(session.clock) or session.play.doors)
        session.clock = max(session.clock, door.planted + MINUTE)
        for log in CLEARED:
            if session.finds(door):
                session.visit(door, f"wevtutil cl {log}", took=900)
                kept.clear(log, session.clock, play.first)
                row = windows.log_cleared(log)
                session.lay([row], f"the {log} log is cleared", "cleared")
                if log == CLEARED[0]:
                    play.impacts.append(
                        Impact("log tampering", "T1070.001", '"EventID":1102', CLEARED)
                    )
                session.wait(20 * SECOND)

    day = story.day(date(2021, 3, 10), date(2021, 4, 4))
    story.at(day, story.hour(), hand, hand.clients[0], clear)


def remover(story: Story) -> None:
    """In April somebody who is no intruder removes a group's pages through the pages themselves."""
    play = story.play
    client = Client(
        "r-1/0", play.stage.mail.responder, f"python-urllib3/1.26.{letters(play.rng, 3)}"
    )
    hand = Hand("r-1", "remover", "responder", [client])
    play.cast.hands.append(hand)

    def remove(session: Session) -> None:
        doors = play.standing(session.clock)
        groups = [door.by.id.partition("/")[0] for door in doors]
        group = pick(session.rng, groups)
        for door in doors:
            if door.by.id.partition("/")[0] == group:
                session.clock = max(session.clock, door.used + 2 * SECOND)
                session.visit(door, method="GET")
                session.visit(door, f'del /f "{door.page.path}"')
                row = windows.file_deleted(windows.CMD, 8120, door.page.path)
                session.lay([row], "the page is removed through itself", "response", before=1200)
                _gone(session, door.page.path)
                door.gone = session.clock

    day = _REMOVAL + timedelta(days=below(play.rng, 4))
    story.at(day, story.hour(), hand, client, remove)


def administrator(story: Story) -> None:
    """An administrator deletes pages on the console; no web request tells of it."""
    play = story.play
    client = Client("r-2/0", "", "")
    hand = Hand("r-2", "administrator", "responder", [client])
    play.cast.hands.append(hand)
    admin = play.stage.mail.administrator
    caller = Caller(admin.sid, admin.name, server.DOMAIN, "0x5f2a91")

    def remove(session: Session) -> None:
        doors = play.standing(session.clock)
        # Not all of them are found.
        for door in doors[: min(len(doors) - 1, 1 + below(session.rng, 2))]:
            session.clock = max(session.clock, door.used + 2 * SECOND)
            command = f'cmd.exe /c del "{door.page.path}"'
            left = windows.process(
                session.rng, windows.CMD, command, "C:\\Windows\\explorer.exe",
                "C:\\Windows\\explorer.exe", 4012, 2200, caller,
            )  # fmt: skip
            left.append(windows.file_deleted(windows.CMD, 4012, door.page.path, caller))
            session.lay(left, "administrator deletes a page", "response")
            _gone(session, door.page.path)
            door.gone = session.clock
            session.wait(20 * SECOND)

    story.at(story.day(date(2021, 3, 12), date(2021, 4, 12)), 8.5, hand, client, remove)


def _gone(session: Session, path: str) -> None:
    del session.play.stage.files[path]
    for page in session.play.stage.pages:
        if page.path == path:
            page.stands = False
