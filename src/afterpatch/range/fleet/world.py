"""Who there is beside the servers: crews and their infrastructure, scanners, organizations.

A crew is one will that goes from server to server. What ties its visits is drawn here: a pool of
addresses, and for some a parameter, a program, a user agent or page names of its own. What misleads
is drawn here too: names, agents and programs that many crews have, and exits and carriers behind
which unrelated people come.

Addresses are from the documentation and benchmarking ranges (RFC 5737, RFC 3849, RFC 2544).
"""

from __future__ import annotations

from datetime import date
from random import Random
from typing import Literal

from msgspec import Struct

from afterpatch.range.draw import below, digits, letters, pick, shuffled

CrewRole = Literal["targeted", "mass", "visitor", "ransomware", "miner"]

# Names of pages that public reports tell of and many use, so that one ties nobody to nobody.
COMMON_NAMES = (
    "errorEE.aspx", "errorFF.aspx", "OutlookUS.aspx", "OutlookZH.aspx", "TimeoutLogoff.aspx",
    "aspnet_pages.aspx", "client.aspx", "caches.aspx", "help.aspx", "shell.aspx", "discover.aspx",
    "supp0rt.aspx",
)  # fmt: skip
_STOCK_AGENTS = (
    "python-requests/2.25.1", "python-requests/2.19.1", "antSword/v2.1",
    "ExchangeServicesClient/0.0.0.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/88.0.4324.96",
)  # fmt: skip
SCANNER_AGENTS = (
    "Mozilla/5.0 zgrab/0.x",
    "Mozilla/5.0 (compatible; Nmap Scripting Engine; https://nmap.org/book/nse.html)",
    "Go-http-client/1.1",
    "python-requests/2.25.1",
)
# The days between which a role's crews are at work, by what was published of the campaign.
DAYS: dict[CrewRole, tuple[date, date]] = {
    "targeted": (date(2021, 1, 6), date(2021, 2, 20)),
    "mass": (date(2021, 2, 26), date(2021, 3, 3)),
    "visitor": (date(2021, 3, 3), date(2021, 3, 18)),
    "ransomware": (date(2021, 3, 9), date(2021, 3, 20)),
    "miner": (date(2021, 3, 5), date(2021, 3, 20)),
}
# Of so many crews in the smallest fleet, and one more for so many servers.
_CREWS: dict[CrewRole, tuple[int, int]] = {
    "targeted": (2, 400),
    "mass": (4, 200),
    "visitor": (4, 200),
    "ransomware": (1, 1000),
    "miner": (1, 1000),
}
_SCANNERS = 24
_EXITS = 3  # addresses, each rented to more than one crew
_CARRIERS = 3  # addresses that users of many organizations come from, and crews as well
_SECTORS = (
    "energy", "health", "law", "local government", "manufacturing", "research", "retail",
    "transport",
)  # fmt: skip
_COUNTRIES = ("AA", "QM", "QN", "XA", "XB", "XC", "ZZ")  # user-assigned in ISO 3166-1: nobody's
_SIZES = ("1-49", "50-249", "250-999", "1000+")


class Crew(Struct, frozen=True):
    """One will, and what is its own. Empty: it has nothing of that kind. `names` are its pages';
    `weight` is its share of what its role does."""

    id: str
    role: CrewRole
    addresses: tuple[str, ...]
    agent: str
    own_agent: bool
    names: tuple[str, ...]
    secret: str
    tool: str
    hashes: str
    weight: int


class Organization(Struct, frozen=True):
    """One row of the register."""

    name: str
    sector: str
    country: str
    size: str
    contact: str


class World(Struct, frozen=True):
    """Everybody and everything that more than one server sees."""

    crews: tuple[Crew, ...]
    scanners: tuple[str, ...]
    exits: tuple[str, ...]
    carriers: tuple[str, ...]
    spare: tuple[str, ...]  # addresses that nobody else has, for who comes to one server alone

    def of(self, role: CrewRole) -> tuple[Crew, ...]:
        return tuple(crew for crew in self.crews if crew.role == role)


def draw_world(seed: int, servers: int) -> World:
    """The world of a fleet of so many servers."""
    rng = Random(f"{seed}/fleet/world")
    free = shuffled(rng, [f"198.18.{third}.{fourth}" for third in range(4, 250)
                          for fourth in range(2, 254, 9)])  # fmt: skip
    free += [f"2001:db8:{number:x}::{1 + below(rng, 9000):x}" for number in range(256, 4096, 16)]
    carriers = tuple(free.pop(0) for _ in range(_CARRIERS))
    exits = tuple(free.pop(0) for _ in range(_EXITS))
    scanners = tuple(free.pop(0) for _ in range(_SCANNERS))
    crews: list[Crew] = []
    for role, (least, every) in _CREWS.items():
        for number in range(least + servers // every):
            pool = tuple(free.pop(0) for _ in range(1 + below(rng, 4)))
            crews.append(_crew(rng, f"c-{len(crews) + 1:03}", role, pool, 1 + 12 // (number + 1)))
    return World(tuple(crews), scanners, exits, carriers, tuple(free))


def _crew(rng: Random, name: str, role: CrewRole, pool: tuple[str, ...], weight: int) -> Crew:
    own_agent = rng.random() < 0.35
    secretive, armed, named = rng.random() < 0.6, rng.random() < 0.5, rng.random() < 0.5
    # Whoever has more than one address has something else that shows it is one.
    if len(pool) > 1 and not (own_agent or secretive):
        secretive = True
    word = letters(rng, 6)
    agent = f"Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.1; Trident/4.0; {word})"
    return Crew(
        id=name,
        role=role,
        addresses=pool,
        agent=agent if own_agent else pick(rng, _STOCK_AGENTS),
        own_agent=own_agent,
        names=tuple(f"{letters(rng, 9)}.aspx" for _ in range(2)) if named else (),
        secret=f"{pick(rng, ('k', 'pwd', 'id', 'token'))}={letters(rng, 11)}7" if secretive else "",
        tool=f"C:\\Windows\\Temp\\{letters(rng, 7).lower()}.exe" if armed else "",
        hashes=f"MD5={digits(rng, 32).upper()},SHA256={digits(rng, 64).upper()}",
        weight=weight,
    )


def organization(seed: int, number: int) -> Organization:
    """The owner of a server; about one in eight owns the next one too."""
    while number and Random(f"{seed}/fleet/owner/{number}").random() < 0.12:
        number -= 1
    rng = Random(f"{seed}/fleet/organization/{number}")
    name = f"org-{number + 1:05}"
    return Organization(
        name=name,
        sector=pick(rng, _SECTORS),
        country=pick(rng, _COUNTRIES),
        size=pick(rng, _SIZES),
        contact=f"security@{name}.example.org",
    )
