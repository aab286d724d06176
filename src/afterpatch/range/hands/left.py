"""The truth that the evidence left can bear: which hands it supports, and who planted what.

A hand whose tells are gone falls apart into as many entries as nothing ties any more; one that only
ever did what anybody does is no longer evident. Both are said, so that nobody is asked to see what
is not there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from datetime import datetime, time, timedelta
from itertools import combinations
from typing import Any

from msgspec import Struct

from afterpatch.range import server
from afterpatch.range.hands.cast import Client, Hand, Tell
from afterpatch.range.hands.play import PUBLIC_TOOL, Door, Play
from afterpatch.range.server import BALANCERS
from afterpatch.range.stage import MINUTE, Page
from afterpatch.range.web import w3c

# An event without an address is somebody's by the request that was under way.
_UNDER_WAY = 90_000
# A page asked for so soon after a Reset is the one that it wrote.
_SOON = 10 * MINUTE


class Row(Struct, frozen=True):
    """A row of a deed that is left. `told` is its event in the truth; `log` the log's name."""

    at: int
    client: str
    log: str
    kind: str
    text: str
    page: str
    request: str
    told: dict[str, Any]

    @property
    def front(self) -> bool:
        return self.log == "W3SVC1" or self.log.startswith("HttpProxy/")


class _Left:
    """The rows left, by client."""

    def __init__(self, play: Play, left: Iterable[Row]) -> None:
        self.cast = play.cast
        self.rows: dict[str, list[Row]] = {}
        for row in left:
            if row.client:
                self.rows.setdefault(row.client, []).append(row)

    def of(self, client: Client) -> list[Row]:
        return self.rows.get(client.id, [])

    def attributed(self, client: Client) -> Iterable[Row]:
        """Rows that name the client, or hang on one that does."""
        rows = self.of(client)
        fronts = [row for row in rows if row.front]
        requests = {row.request for row in fronts}
        for row in rows:
            if row.log in ("W3SVC2", "Ews"):
                if row.request in requests:
                    yield row
            elif row.front or any(abs(row.at - front.at) <= _UNDER_WAY for front in fronts):
                yield row

    def holds(self, client: Client, value: str) -> bool:
        forms = {value, w3c(value), value.replace(",", " ")}
        return any(form in row.text for row in self.attributed(client) for form in forms)

    def ties(self, hand: Hand, tell: Tell) -> bool:
        """Whether this tell is still to be seen."""
        one, other = hand.clients[tell.one], hand.clients[tell.other]
        return self.holds(one, tell.value) and self.holds(other, tell.value)

    def shared(self, address: str) -> bool:
        return bool(self.cast.gate) and self.cast.shown(address) == self.cast.gate

    def groups(self, hand: Hand) -> list[list[Client]]:
        """The clients of a hand that left rows, as far as they hang together."""
        seen = [client for client in hand.clients if self.of(client)]
        parts = [{client.id} for client in seen]

        def join(one: Client, other: Client) -> None:
            touched = [part for part in parts if part & {one.id, other.id}]
            for part in touched:
                parts.remove(part)
            parts.append(set().union(*touched))

        for one, other in combinations(seen, 2):
            same = self.cast.shown(one.address) == self.cast.shown(other.address)
            if same and (one.agent == other.agent or not self.shared(one.address)):
                join(one, other)
        for tell in hand.tells:
            one, other = hand.clients[tell.one], hand.clients[tell.other]
            if one in seen and other in seen and self.ties(hand, tell):
                join(one, other)
        groups = [[client for client in seen if client.id in part] for part in parts]
        return sorted(groups, key=lambda group: group[0].id)


def hands_left(play: Play, left: Sequence[Row]) -> dict[str, Any]:
    """What is true of the hands, for the ground truth; names the hand in each row's event.

    `hands` [{id, who, role, class, evident, class_told, addresses, user_agents, planted, visited,
    tells, first, last, requests}]: `who` is the same for the parts of a hand that fell apart,
    `class_told` false where a responder looks like any visitor. `decoys` [{kind, value, hands}],
    `planters` {url: {planted_by_hand, planter_told}}.
    """
    rows = _Left(play, left)
    name_of: dict[str, str] = {}
    entries: list[dict[str, Any]] = []
    for hand in play.cast.hands:
        groups = rows.groups(hand)
        for number, group in enumerate(groups):
            name = hand.id + (chr(ord("a") + number) if len(groups) > 1 else "")
            name_of |= {client.id: name for client in group}
            entries.append(_entry(rows, play, hand, group, name))
    for row in left:
        row.told["hand"] = name_of.get(row.client)
    return {
        "hands": entries,
        "decoys": _decoys(rows, play, name_of),
        "planters": {
            door.page.url: {
                "planted_by_hand": name_of.get(door.by.id),
                "planter_told": door.by.id in name_of and _planter_told(rows, door),
            }
            for door in play.doors
        },
    }


def _entry(
    rows: _Left, play: Play, hand: Hand, group: Sequence[Client], name: str
) -> dict[str, Any]:
    of_group = [row for client in group for row in rows.of(client)]
    ids = {client.id for client in group}
    times = sorted(row.told["time"] for row in of_group)
    fronts = [row for row in of_group if row.front]
    return {
        "id": name,
        "who": hand.id,
        "role": hand.role,
        "class": hand.class_,
        # Forged requests and pages that are no stock ones speak for themselves.
        "evident": hand.class_ != "intruder"
        or any(row.page or row.kind == "attack" for row in fronts),
        "class_told": hand.class_ != "responder" or any(row.kind == "response" for row in of_group),
        # Those that a row left names.
        "addresses": sorted({row.told["actor"] for row in fronts}),
        "user_agents": sorted({client.agent for client in group if client.agent}),
        "planted": sorted(door.page.url for door in play.doors if door.by.id in ids),
        "visited": sorted({row.page for row in fronts if row.page}),
        "tells": [
            {
                "kind": tell.kind,
                "value": tell.value,
                "from": _told_client(play, hand.clients[tell.one]),
                "to": _told_client(play, hand.clients[tell.other]),
                "left": rows.ties(hand, tell),
            }
            for tell in hand.tells
            if ids & {hand.clients[tell.one].id, hand.clients[tell.other].id}
        ],
        "first": times[0],
        "last": times[-1],
        "requests": len({row.request for row in fronts}),
    }


def _told_client(play: Play, client: Client) -> dict[str, str]:
    return {"address": play.cast.shown(client.address), "user_agent": client.agent}


def _planter_told(rows: _Left, door: Door) -> bool:
    """Whether the evidence left says who planted a page.

    A Reset says that a page came, not which: the page's own text dates it, or the event that it was
    written, or the first request for it. What came through another page is told by that event.
    """
    of_planter = rows.of(door.by)
    name = door.page.name
    created = any(
        name in row.text and row.log == "Sysmon" and abs(row.at - door.planted) < MINUTE
        for row in of_planter
    )
    near = [row for row in of_planter if row.front and abs(row.at - door.planted) < MINUTE]
    if door.reset < 0:
        return created and bool(near)
    asked = {row.request for row in near if row.log.startswith("HttpProxy/")}
    forwarded = {row.request for row in of_planter if row.log == "W3SVC2"}
    reset = any(
        row.request in asked or row.request in forwarded
        for row in near
        if row.at >= door.reset and row.kind == "attack"
    )
    soon = any(
        row.page == door.page.url and row.at - door.planted < _SOON
        for of_client in rows.rows.values()
        for row in of_client
        if row.front
    )
    return reset and (door.page.stands or created or soon)


# ------------------------------------------------------------------ what misleads


def _decoys(rows: _Left, play: Play, name_of: dict[str, str]) -> list[dict[str, Any]]:
    """What different intruders have in common without being one."""
    shared: dict[tuple[str, str], set[str]] = {}
    for hand in play.cast.hands:
        if hand.class_ != "intruder":
            continue
        for client in hand.clients:
            if client.id not in name_of:
                continue
            shared.setdefault(("same user agent", client.agent), set()).add(hand.id)
            if "." in client.address:
                network = ".".join(client.address.split(".")[:2]) + ".0.0/16"
                shared.setdefault(("same /16", network), set()).add(hand.id)
            for row in rows.of(client):
                if row.front and row.page:
                    key = ("same page, same day", f"{row.page} {row.told['time'][:10]}")
                    shared.setdefault(key, set()).add(hand.id)
                if row.kind == "command" and PUBLIC_TOOL in row.text:
                    shared.setdefault(("same public tool", PUBLIC_TOOL), set()).add(hand.id)
    return [
        {"kind": kind, "value": value, "hands": sorted(hands)}
        for (kind, value), hands in sorted(shared.items())
        if len(hands) > 1
    ]


# ------------------------------------------------------------------ the rest of the truth


def expected(play: Play, left: Sequence[Row]) -> dict[str, Any]:
    """What the assessment should say, as far as the rows left show it."""
    mail, cast = play.stage.mail, play.cast
    truth = hands_left(play, left)
    planters = truth.pop("planters")
    classes: dict[str, str] = {}
    for entry in truth["hands"]:
        classes |= {a: entry["class"] for a in entry["addresses"] if a != cast.gate}
    users = {a for user in mail.users for a in (user.inside, user.outside)}
    users |= {*BALANCERS, server.ADDRESS, mail.administrator.inside}
    stolen = {hand.owner.account for hand in cast.hands if hand.owner}
    accounts = {user.account for user in (*mail.users, mail.administrator)} - stolen
    forged = {row.told["actor"] for row in left if row.kind == "attack" and row.front}
    probing = {row.told["actor"] for row in left if row.kind == "probe"}
    entered = bool(play.doors) or any(i.kind == "mailbox read" for i in play.impacts)
    shells = [_shell(play, door, left, planters[door.page.url]) for door in play.doors]
    impacts = [i for i in play.impacts if any(i.mark in r.text and r.log in i.logs for r in left)]
    used = any(shell["visits"]["count"] for shell in shells)
    return {
        "grade": "impacted" if impacts else "used" if used else "exploited",
        "chains": [
            {
                "name": "ProxyLogon",
                "outcome": "exploited" if entered else "probed",
                "cves": ["CVE-2021-26855", *(["CVE-2021-27065"] if play.doors else [])],
                "sources": sorted(forged | probing),
            }
        ],
        "web_shells": shells,
        "backdoors": [
            *(_backdoor("web shell", door.page.name, door.page) for door in play.doors),
            *(_backdoor(i.door, i.thing) for i in impacts if i.door),
        ],
        "impact": [{"kind": i.kind, "technique": i.technique, "amount": None} for i in impacts],
        "operators": [{"address": a, "class": word} for a, word in sorted(classes.items())],
        "actor_addresses": sorted(a for a, word in classes.items() if word == "intruder"),
        "scanner_addresses": sorted(
            {*mail.scanners, *(a for a, word in classes.items() if word == "scanner")}
        ),
        "shared_addresses": [cast.gate] if cast.gate else [],
        "bystander_addresses": sorted(users - classes.keys() - {cast.gate}),
        "bystander_accounts": sorted(accounts),
        "commands": sorted(
            {
                command
                for command in play.stage.truth.commands
                if any(
                    json.dumps(command)[1:-1] in row.text for row in left if row.kind == "command"
                )
            }
        ),
        **truth,
        **_framed(play, left),
    }


def _framed(play: Play, left: Sequence[Row]) -> dict[str, Any]:
    """Whose addresses and accounts an intruder wrote into the logs, when one did."""
    texts = [row.text for row in left if row.kind == "poison" and row.log == "W3SVC1"]
    if not texts:
        return {}
    users = play.stage.mail.users
    words = set(re.findall(r"[\w.:@-]+", "\n".join(texts)))
    return {
        "framed_addresses": sorted({u.outside for u in users if u.outside in words}),
        "framed_accounts": sorted({u.account for u in users if u.mail in words}),
    }


def _shell(play: Play, door: Door, left: Sequence[Row], planter: dict[str, Any]) -> dict[str, Any]:
    page = door.page
    asked = [row.told for row in left if row.page == page.url and row.log == "W3SVC1"]
    planted = datetime.combine(play.first, time()) + timedelta(milliseconds=door.planted)
    return {
        "path": page.path,
        "url": page.url,
        "planted": planted.isoformat(timespec="milliseconds") + "Z",
        "planted_by": page.planted_by,
        **planter,
        "visitors": sorted({event["actor"] for event in asked}),
        "on_disk": page.stands,
        "visits": {
            "first": asked[0]["time"] if asked else None,
            "last": asked[-1]["time"] if asked else None,
            "count": len(asked),
        },
    }


def _backdoor(kind: str, thing: str, page: Page | None = None) -> dict[str, Any]:
    return {
        "kind": kind,
        "thing": thing,
        "path": page.path if page else None,
        "url": page.url if page else None,
        "evidence_state": "log only" if page is None else "file" if page.stands else "trace only",
        "still_stands": "unknown" if page is None else "yes" if page.stands else "no",
    }
