"""The synthetic server, its people and who else talks to it.

Addresses are from the documentation ranges (RFC 5737, RFC 3849) and RFC 1918, names below
example.org and example.net (RFC 2606).
"""

from __future__ import annotations

from random import Random

from msgspec import Struct

from afterpatch.range.draw import below, digits, guid, letters, listed, pick, shuffled

NAME = "MAIL01"
DOMAIN = "EXAMPLE"
DNS_DOMAIN = "corp.example.org"
MAIL_DOMAIN = "example.org"
FQDN = f"mail01.{DNS_DOMAIN}"
HOST = "mail.example.org"
ADDRESS = "10.0.20.10"
PUBLIC_ADDRESS = "198.51.100.10"  # what scanners that know no name put in the Host header
MACHINE_ACCOUNT = f"{DOMAIN}\\{NAME}$"
BALANCERS = ("10.0.20.2", "10.0.20.3")
CONTROLLER = f"dc1.{DNS_DOMAIN}"
INSTALL = "Program Files/Microsoft/Exchange Server/V15"
SID = "S-1-5-21-1004336348-1177238915-682003330"

USERS = 240
HEALTH_MAILBOXES = 8
SCANNERS = 36

_FIRST = listed(
    "anna bruno carla david elena felix greta hugo irene jonas karin lucas maria nadia oscar paula "
    "rafael sofia tomas ute viktor wanda xaver yara zoe"
)
_LAST = listed(
    "adler berg costa dahl ekman fischer gruber haas ivarsson jansen keller lindt moser novak "
    "olsen peters quint rossi schmid thaler urban vogel weber young zeller"
)
_OUTLOOK = (
    "Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.4266; Pro)",
    "Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.12527; Pro)",
    "Microsoft Office/15.0 (Windows NT 6.1; Microsoft Outlook 15.0.5015; Pro)",
    "Microsoft Office/16.0 (Windows NT 6.3; Microsoft Outlook 16.0.5110; Pro)",
)
BROWSERS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/88.0.4324.190 Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:86.0) Gecko/20100101 Firefox/86.0",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/14.0.3 Safari/605.1.15",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/88.0.4324.182 Safari/537.36 Edg/88.0.705.74",
)
_PHONES = (
    ("iPhone", "Apple-iPhone12C1/1803.148"),
    ("iPhone", "Apple-iPhone13C2/1804.70"),
    ("iPad", "Apple-iPad7C5/1803.148"),
    ("SamsungDevice", "Android-SAMSUNG-SM-G973F/101.11"),
    ("Android", "Android/11-EAS-2.0"),
    ("Outlook", "Outlook-iOS-Android/1.0"),
)


class User(Struct, frozen=True):
    """One mailbox owner; `inside` and `outside` are the addresses the owner comes from."""

    name: str
    account: str
    mail: str
    sid: str
    mailbox: str
    database: str
    inside: str
    outside: str
    outlook: str
    browser: str
    phone: str
    phone_agent: str
    device: str


class Server(Struct, frozen=True):
    """Everything about the server that rows repeat."""

    users: tuple[User, ...]
    administrator: User
    health: tuple[User, ...]
    oab: str
    scanners: tuple[str, ...]
    intruders: tuple[str, str]
    responder: str


def _addresses(rng: Random) -> list[str]:
    """Every usable documentation address, in an order that says nothing about its holder."""
    nets = ("192.0.2", "198.51.100", "203.0.113")
    fourth = shuffled(rng, [f"{net}.{host}" for net in nets for host in range(1, 255)])
    fourth.remove(PUBLIC_ADDRESS)
    sixth = [f"2001:db8:{digits(rng, 4)}::{digits(rng, 4)}" for _ in range(60)]
    return fourth + sixth


def furnish(seed: int) -> Server:
    """The server of this seed."""
    rng = Random(f"{seed}/server")
    addresses = _addresses(rng)
    databases = tuple(guid(rng) for _ in range(4))

    def user(name: str, number: int, outside: str) -> User:
        kind, agent = pick(rng, _PHONES)
        return User(
            name=name,
            account=f"{DOMAIN}\\{name}",
            mail=f"{name}@{MAIL_DOMAIN}",
            sid=f"{SID}-{1100 + number}",
            mailbox=guid(rng),
            database=pick(rng, databases),
            inside=f"10.0.{30 + below(rng, 6)}.{10 + below(rng, 240)}",
            outside=outside,
            outlook=pick(rng, _OUTLOOK),
            browser=pick(rng, BROWSERS),
            phone=kind,
            phone_agent=agent,
            device=digits(rng, 32).upper(),
        )

    intruders = (addresses.pop(0), addresses.pop(0))
    scanners = tuple(addresses.pop(0) for _ in range(SCANNERS))
    names = shuffled(rng, [f"{first}.{last}" for first in _FIRST for last in _LAST])
    users = tuple(
        user(names[number], number, addresses[number % len(addresses)]) for number in range(USERS)
    )
    health = tuple(
        user(f"HealthMailbox{letters(rng, 7).lower()}", USERS + number, "::1")
        for number in range(HEALTH_MAILBOXES)
    )
    administrator = user("admin1", -600, "10.0.10.21")
    return Server(
        users=users,
        administrator=administrator,
        health=health,
        oab=guid(rng),
        scanners=scanners,
        intruders=intruders,
        responder=addresses[-1],  # users take theirs from the other end
    )
