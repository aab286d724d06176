"""Who comes to the server of a multi-hand story: hands, their clients, and what ties these.

A hand is one person or program with one will. The logs know it only by its clients, each an address
with a user agent. Wherever a hand changes its client, it leaves at least one tell, drawn here and
laid by what it does; `left.py` says afterwards which of them the evidence still holds.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from random import Random
from typing import Literal, get_args

from msgspec import Struct, structs

from afterpatch.range.draw import below, digits, letters, pick, shuffled
from afterpatch.range.server import BALANCERS, BROWSERS, Server, User
from afterpatch.range.stage import CHROME

Class = Literal["intruder", "scanner", "responder"]
Role = Literal[
    "planter", "automation", "ant", "requests", "browser", "tunnel", "downloader", "dropper",
    "account", "miner", "poisoner", "scanner", "remover", "administrator",
]  # fmt: skip
# agent: the same made-up user agent. subnet: the same agent from the same /24. parameter: the same
# secret in the query. canary: one ECP canary used from both. tool: a program of the hand's own, by
# name and hash. archive: one packs it, the other fetches it. account: one makes or steals it, the
# other signs in with it.
TellKind = Literal["agent", "subnet", "parameter", "canary", "tool", "archive", "account"]
# nat: one hand shares its address with ordinary users. proxy: all the internet comes from one
# address. forwarded: the same, but IIS logs what the proxy says of its client. claimed: no proxy,
# yet IIS logs what the client says of itself.
Front = Literal["", "nat", "proxy", "forwarded", "claimed"]

MOST_HANDS = 7
FEWEST_HANDS = 2
PROXY = BALANCERS[0]
_NAT_SHARE = 0.35  # of the users, who come from the shared address when they are outside
_EWS_CLIENT = "ExchangeServicesClient/0.0.0.0"
_STOCK: dict[str, tuple[str, ...]] = {
    "planter": (_EWS_CLIENT, "python-requests/2.19.1", CHROME),
    "automation": ("python-requests/2.25.1", CHROME, _EWS_CLIENT),
    "ant": ("antSword/v2.1",),
    "requests": ("python-requests/2.25.1", "python-requests/2.25.1", "python-requests/2.24.0"),
    "browser": BROWSERS,
    "tunnel": ("python-requests/2.25.1", CHROME),
    "downloader": ("python-requests/2.25.1", BROWSERS[0]),
    "dropper": ("antSword/v2.1", BROWSERS[0]),
    "account": (BROWSERS[0], CHROME),
    "miner": ("python-requests/2.25.1", "python-requests/2.24.0"),
    "poisoner": ("python-requests/2.25.1",),
}
_VISITORS: tuple[Role, ...] = (
    "ant", "requests", "browser", "tunnel", "downloader", "dropper", "account", "miner",
)  # fmt: skip
# Which tells a role can lay; the first is the one it is known for.
_TELLS: dict[str, tuple[TellKind, ...]] = {
    "planter": ("agent", "canary", "parameter", "subnet", "tool"),
    "automation": ("agent", "subnet", "parameter", "canary"),
    "ant": ("agent", "subnet", "parameter", "tool"),
    "requests": ("parameter", "agent", "subnet", "tool"),
    "browser": ("agent", "parameter", "tool", "subnet"),
    "tunnel": ("agent", "subnet", "parameter"),
    "downloader": ("archive", "archive", "agent", "subnet"),
    "dropper": ("tool", "parameter", "agent", "subnet"),
    "account": ("account", "account", "agent", "parameter"),
    "miner": ("agent", "subnet"),
    "poisoner": ("agent", "parameter"),
}


class Client(Struct):
    """One client of a hand. `does` are the tells that it lays."""

    id: str
    address: str
    agent: str
    does: set[TellKind] = set()


class Tell(Struct, frozen=True):
    """What ties two clients of a hand, by their places in it: `value` stands in rows of both."""

    kind: TellKind
    value: str
    one: int
    other: int


class Hand(Struct):
    """One hand and what is its own."""

    id: str
    role: Role
    class_: Class
    clients: list[Client]
    tells: list[Tell] = []
    secret: str = ""
    tool: str = ""
    hashes: str = ""
    archive: str = ""
    account: str = ""
    owner: User | None = None  # whose password was stolen; None: the account is the hand's own


class Cast(Struct):
    """Everybody who is no ordinary user. `gate` is the address that many share, if any do."""

    front: Front
    gate: str
    hands: list[Hand]

    def shown(self, address: str) -> str:
        """The address by which the logs know somebody who comes from this one."""
        return self.gate if self.front == "proxy" and is_outside(address) else address

    @property
    def logs_forwarded(self) -> bool:
        """Whether IIS logs the forwarded-for header."""
        return self.front in ("forwarded", "claimed")


def is_outside(address: str) -> bool:
    """Whether somebody comes from the internet."""
    return bool(address) and not address.startswith(("::1", "127.", "10."))


def _network(address: str) -> str:
    """An address without its last part."""
    mark = "." if "." in address else ":"
    return address[: address.rindex(mark) + 1]


# ------------------------------------------------------------------ drawing


class _Casting:
    """The drawing of one cast: what is used up is never drawn again."""

    def __init__(self, rng: Random, mail: Server) -> None:
        self.rng, self.mail = rng, mail
        # The network of one large hosting firm (RFC 2544 benchmarking range): many hands rent
        # there, so that being of one /16 says nothing.
        self.nets = shuffled(
            rng, [f"198.{16 + second}.{third}" for second in (2, 3) for third in range(1, 250)]
        )
        self.spare = list(mail.intruders)
        self.owners = shuffled(rng, mail.users)
        self.used: set[str] = set()

    def address(self) -> str:
        chance = self.rng.random()
        if chance < 0.15 and self.spare:
            address = self.spare.pop()
            # Where users have theirs; one hand alone in a network.
            self.spare = [a for a in self.spare if _network(a) != _network(address)]
            return address
        if chance < 0.22:
            return f"2001:db8:{digits(self.rng, 4)}::{1 + below(self.rng, 9000):x}"
        return f"{self.nets.pop()}.{2 + below(self.rng, 250)}"

    def neighbor(self, address: str, taken: Collection[str]) -> str:
        """Another address of the same /24 (of the same /64), none of those taken."""
        while True:
            number = 2 + below(self.rng, 250)
            near = f"{_network(address)}{number:{'d' if '.' in address else 'x'}}"
            if near not in taken:
                return near

    def unusual(self) -> str:
        """A user agent that nobody else has."""
        rng = self.rng
        word, number = letters(rng, 6), 10 + below(rng, 80)
        return pick(
            rng,
            (
                f"Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.1; Trident/4.0; {word})",
                f"Mozilla/5.0 (Windows NT 6.1; rv:{number}.0) Gecko/20100101 {word}/{number}.0",
                f"Mozilla/5.0 (X11; Linux; {word}) AppleWebKit/537.{number} Chrome/51.0.2704",
                f"{word}/1.{number}",
                f"python-requests/2.{number}.{word}",
            ),
        )

    def agent(self, role: Role, *, alone: bool) -> str:
        """A stock agent of the role, or one that nobody else has; `alone`: no other hand has it."""
        stock = pick(self.rng, _STOCK[role])
        if self.rng.random() < 0.3 or (alone and stock in self.used):
            stock = self.unusual()
        self.used.add(stock)
        return stock


def draw_cast(rng: Random, mail: Server, *, poisoned: bool = False) -> tuple[Cast, Server]:
    """The intruders of one server, and the server with its users where this cast needs them.

    Scanners and responders join later: who they are depends on what there is to find.
    """
    casting = _Casting(rng, mail)
    front = _front(rng, poisoned=poisoned)
    gate = {"nat": f"{casting.nets.pop()}.7", "proxy": PROXY, "forwarded": PROXY}.get(front, "")
    if front == "nat":
        users = tuple(
            structs.replace(user, outside=gate) if rng.random() < _NAT_SHARE else user
            for user in mail.users
        )
        mail = structs.replace(mail, users=users)
    roles = _roles(rng, poisoned=poisoned)
    hands = [
        _hand(casting, f"h-{number}", role, front) for number, role in enumerate(roles, start=1)
    ]
    if front == "nat":
        _move_in(hands, gate, casting)
    return Cast(front, gate, hands), mail


def _front(rng: Random, *, poisoned: bool) -> Front:
    chance = rng.random()
    if poisoned:
        return "" if chance < 0.3 else "forwarded" if chance < 0.65 else "claimed"
    return (
        ""
        if chance < 0.5
        else "nat"
        if chance < 0.75
        else "proxy"
        if chance < 0.88
        else "forwarded"
    )


def _roles(rng: Random, *, poisoned: bool) -> list[Role]:
    count = FEWEST_HANDS + below(rng, MOST_HANDS - FEWEST_HANDS + 1)
    if poisoned:
        count = 3 + below(rng, 2)
    roles: list[Role] = ["planter"] if rng.random() < 0.6 else []
    roles += ["automation"] if not roles or rng.random() < 0.85 else []
    if poisoned:
        roles.append("poisoner")
    elif count > len(roles) and rng.random() < 0.3:
        roles.append("automation")
    others = shuffled(rng, _VISITORS)
    return [*roles, *others[: max(0, count - len(roles))]][:count]


def _hand(casting: _Casting, name: str, role: Role, front: Front) -> Hand:
    rng = casting.rng
    veiled = front == "proxy"  # then an agent is all that tells one hand from another
    first = Client(f"{name}/0", casting.address(), casting.agent(role, alone=veiled))
    hand = Hand(name, role, "intruder", [first])
    hand.secret = f"{pick(rng, ('k', 'pwd', 'id', 'z', 'token'))}={letters(rng, 12)}"
    hand.tool = f"C:\\Windows\\Temp\\{letters(rng, 7).lower()}.exe"
    hand.hashes = f"MD5={digits(rng, 32).upper()},SHA256={digits(rng, 64).upper()}"
    hand.archive = f"{letters(rng, 10)}.{pick(rng, ('zip', 'cab', '7z', 'gif'))}"
    if role == "account" and rng.random() < 0.5:
        hand.owner = casting.owners.pop()
        hand.account = hand.owner.name
    elif role == "account":
        hand.account = f"{pick(rng, ('svc', 'adm', 'health', 'mon'))}_{letters(rng, 5).lower()}"
    chance = rng.random()
    count = 1 if chance < 0.42 else 2 if chance < 0.74 else 3 if chance < 0.92 else 4
    for number in range(1, max(count, 2) if role == "account" else count):
        _next_client(casting, hand, number, veiled=veiled)
    return hand


def _next_client(casting: _Casting, hand: Hand, number: int, *, veiled: bool) -> None:
    """Another client of a hand, tied to one before it."""
    rng = casting.rng
    open_ = [kind for kind in _TELLS[hand.role] if not (kind == "subnet" and veiled)]
    main = open_[0] if hand.role == "account" and number == 1 else pick(rng, open_)
    kinds = {main}
    if rng.random() < 0.35:
        kinds.add(pick(rng, open_))
    if "canary" in kinds and any(tell.kind == "canary" for tell in hand.tells):
        kinds.remove("canary")  # one chain has two ends
        kinds.add("agent")
    other = below(rng, number)
    address, agent = casting.address(), casting.agent(hand.role, alone=True)
    if kinds & {"archive", "account"}:
        other = 0
        agent = agent if main == "archive" and not veiled else casting.unusual()
    if kinds & {"canary", "agent", "subnet"}:
        other = 0
    before = hand.clients[other]
    if "agent" in kinds:
        if not any(tell.kind == "agent" for tell in hand.tells):
            _rename(hand, before.agent, casting.unusual())
        agent = before.agent
    if "subnet" in kinds:
        taken = {client.address for client in hand.clients}
        address, agent = casting.neighbor(before.address, taken), before.agent
    client = Client(f"{hand.id}/{number}", address, agent)
    hand.clients.append(client)
    values = {
        "parameter": hand.secret,
        "tool": hand.tool.rpartition("\\")[2],
        "archive": hand.archive,
        "account": hand.account,
        "canary": "",
    }
    for kind in (kind for kind in get_args(TellKind) if kind in kinds):
        value = values.get(kind, agent)
        if kind == "canary":
            value = f"{letters(rng, 75)}."
        hand.tells.append(Tell(kind, value, other, number))
        client.does.add(kind)
        before.does.add(kind)


def _rename(hand: Hand, old: str, new: str) -> None:
    """Give a hand's clients of one agent another."""
    for client in hand.clients:
        if client.agent == old:
            client.agent = new
    hand.tells = [
        structs.replace(tell, value=new) if tell.value == old else tell for tell in hand.tells
    ]


def _move_in(hands: Sequence[Hand], gate: str, casting: _Casting) -> None:
    """One visitor comes from the address that ordinary users have too.

    With a user's own browser only what it asks for tells it from them.
    """
    able = [
        hand for hand in hands if hand.role in ("ant", "requests", "browser", "tunnel", "dropper")
    ]
    if not able:
        able = [hand for hand in hands if hand.role == "automation"] or list(hands)
    hand = pick(casting.rng, able)
    last = hand.clients[-1]
    if any(tell.kind == "subnet" and tell.other == len(hand.clients) - 1 for tell in hand.tells):
        return  # its address is a tell
    last.address = gate
