"""An intruder who writes other people's names and made-up ones into every field that logs keep.

The aim is to drown whoever follows what an intruder touches, and to have ordinary users accused.
"""

from __future__ import annotations

from datetime import date

from msgspec import structs

from afterpatch.range import server
from afterpatch.range.draw import below, digits, letters, pick
from afterpatch.range.hands.play import Session
from afterpatch.range.hands.roles import Story
from afterpatch.range.server import User
from afterpatch.range.web import Request

_ROWS = 1000
_SESSIONS = 3


def plan(story: Story) -> None:
    """Plan the poisoner's sessions: through the door, then a flood of false names."""
    (hand,) = [hand for hand in story.play.cast.hands if hand.role == "poisoner"]
    clients = (hand.clients * _SESSIONS)[: max(_SESSIONS, len(hand.clients))]
    each = -(-_ROWS // len(clients))
    for number, client in enumerate(clients):
        day = date(2021, 3, 8 + 5 * number + below(story.play.rng, 4))
        story.at(day, story.hour(), hand, client, lambda session: _flood(session, each))


def _flood(session: Session, count: int) -> None:
    rng = session.rng
    door = pick(rng, session.play.standing(session.clock) or session.play.doors)
    session.clock = max(session.clock, door.planted + 1000)
    session.visit(door, "whoami")
    for _ in range(count):
        user = pick(rng, session.play.stage.mail.users)
        address = _false_address(session, user)
        claims = address if session.play.cast.logs_forwarded else ""
        chance = rng.random()
        if chance < 0.25:
            query = f"ip={address}&user={user.mail}&f=/owa/auth/{letters(rng, 6)}.aspx"
            session.visit(door, query=query, referer=f"https://{server.HOST}/owa/", claims=claims)
        else:
            request = structs.replace(
                _request(session, user, address, chance),
                agent=session.client.agent,
                address=session.client.address,
                claims=claims,
            )
            session.ask(request, "writes false names into the logs", "poison", took=6)


def _false_address(session: Session, user: User) -> str:
    """An ordinary user's address, or one that nobody has."""
    rng = session.rng
    if rng.random() < 0.5:
        return pick(rng, (user.outside, user.inside))
    return f"198.{18 + below(rng, 2)}.{below(rng, 250)}.{1 + below(rng, 250)}"


def _request(session: Session, user: User, address: str, chance: float) -> Request:
    rng = session.rng
    if chance < 0.45:
        referer = pick(
            rng,
            (
                f"https://{server.HOST}/owa/?u={user.mail}",
                f"http://{address}/{letters(rng, 6)}.aspx",
                f"https://{server.HOST}/aspnet_client/{user.name}.aspx?src={address}",
            ),
        )
        return Request(
            protocol="Owa", method="GET", stem="/owa/auth/logon.aspx", query=f"id={address}",
            auth="FBA", back_status=None, referer=referer,
        )  # fmt: skip
    if chance < 0.65:
        # IIS writes the name that was tried, whether or not there is such an account.
        known = rng.random() < 0.7
        name = user.account if known else f"{server.DOMAIN}\\{letters(rng, 7).lower()}"
        return Request(
            protocol="Ews", method="POST", stem="/EWS/Exchange.asmx", account=name, auth="Basic",
            status=401, back_status=None, substatus="1 1326",
        )  # fmt: skip
    if chance < 0.85:
        stem = pick(
            rng,
            (
                f"/aspnet_client/{letters(rng, 9)}.aspx",
                f"/aspnet_client/{user.name}.aspx",
                f"/aspnet_client/system_web/{digits(rng, 8)}.aspx",
            ),
        )
        return Request(protocol="", method="POST", stem=stem, status=404, query=user.mail)
    return Request(
        protocol="Autodiscover", method="GET", stem="/autodiscover/autodiscover.json",
        query=f"Email={user.mail.replace('@', '%40')}&Protocol=ActiveSync", auth="Basic",
        status=401, back_status=None,
    )  # fmt: skip
