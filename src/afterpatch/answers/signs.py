"""Signs by which two clients may be one hand, each with what it weighs."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from functools import cache
from ipaddress import ip_address, ip_network
from urllib.parse import parse_qsl

from msgspec import Struct

from afterpatch import knowledge
from afterpatch.answers.acts import Act, is_inside
from afterpatch.answers.backdoors import url_of
from afterpatch.answers.scene import OWN, Client, Scene, door_of

__all__ = [
    "Sign",
    "canaries_of",
    "is_browser",
    "is_stock_agent",
    "is_takeover",
    "rare_agents",
    "secrets_of",
    "signs",
    "staged_by",
    "tools_of",
]

_ORDINARY_CLIENTS = 4  # of which nothing is held against them: what they call themselves is common

# A word that only who was told it can know: long enough, and neither a plain word nor a number,
# but letters with digits among them or in both cases.
_SECRET = re.compile(r"(?=.*[a-z])(?=.+[0-9A-Z]|[0-9])[A-Za-z0-9+/=_.~-]{8,256}")
_PART = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|[^A-Za-z]+")
_SESSION = re.compile(r"ASP\.NET_SessionId=([a-z0-9]{16,32})", re.IGNORECASE)
_CANARY = re.compile(r"msExch(?:Ecp)?Canary=([\w.~-]{20,256})", re.IGNORECASE)
# What Exchange itself puts behind a query.
_OWN_QUERIES = frozenset(
    ("cafereqid", "clientid", "clientrequestid", "correlationid", "encoding", "msexchecpcanary")
)
_PAGES = tuple(knowledge.PAGE_EXTENSIONS)
# What any browser fetches when a page was changed to name it, as to record passwords.
_PARTS_OF_PAGES = (".js", ".css")
_FILE_NAME = re.compile(r"[^\\/:*?\"<>|]{1,200}\.[a-z0-9]{1,8}", re.IGNORECASE)


class Sign(Struct, frozen=True, order=True):
    """`kind` and `value` are equal in two clients that have it in common; `weight` of three is
    enough to make them one; `words` tell it."""

    kind: str
    value: str
    weight: int
    words: str


def signs(client: Client, tied: Iterable[Act], scene: Scene, rare: frozenset[str]) -> set[Sign]:
    """The signs of one client; `rare` are the agents that no ordinary client has."""
    found: set[Sign] = set()
    for agent, written in client.agents.items():
        if agent in rare:
            weight = 2 if is_browser(agent) else 3
            told = f"the user agent {written}, which nobody else has"
            found.add(Sign("agent", agent, weight, told))
        else:
            found.add(Sign("agent", agent, 1, f"the user agent {written}, which others have too"))
    is_own = scene.shared.get(client.address) == OWN
    if network := OWN if is_own else _network(client.address):
        found.add(Sign("network", network, 2, f"addresses of {network}"))
    tied = tuple(tied)
    for act in (*client.acts, *tied):
        for said in secrets_of(act, scene.doors):
            found.add(Sign("secret", said, 4, f"{said} in a query"))
        for value in (*_sessions(act), *canaries_of(act)):
            found.add(Sign("session", value, 4, f"the session {value[:12]}…"))
    for account in client.accounts:
        found.add(Sign("account", account, 4, _of_account(account, scene)))
    for act in tied:
        for account in _made(act) & scene.created:
            found.add(Sign("account", account, 4, _of_account(account, scene)))
    for url in _fetched(client):
        found.add(Sign("staged", url, 4, f"a file left at {url}"))
    for act in tied:
        for url in staged_by(act):
            found.add(Sign("staged", url, 4, f"a file left at {url}"))
        for kind, value in tools_of(act):
            # Of a tool both are needed: a public one may have another name, or be put where
            # everybody puts such things.
            found.add(Sign(kind, value, 2, f"the tool {value}"))
    return found


def _of_account(account: str, scene: Scene) -> str:
    made = ", made by an intruder" if account in scene.created else ""
    return f"the account {account}{made}"


def _made(act: Act) -> set[str]:
    """The accounts that an event tells of, where it is one of making them."""
    things = (f.facts.get("thing") or f.facts.get("account") or "" for f in act.findings)
    return {knowledge.bare_account(thing) for thing in things}


def rare_agents(scene: Scene) -> frozenset[str]:
    """The agents, in their one form, that intruders have and nobody else.

    Others are clients of which nothing is known, where they are more than a few, and people who
    sign in, unless it is plain that an intruder does so in their names, see `is_takeover`.
    """
    first: dict[str, float] = {}
    others: dict[str, list[Client]] = {}
    for client in scene.clients.values():
        for act in client.acts if client.class_ == "intruder" else ():
            if act.at is not None and not is_stock_agent(act.agent):
                first[act.agent] = min(act.at, first.get(act.agent, act.at))
        if client.class_ != "intruder":
            for agent in client.agents:
                others.setdefault(agent, []).append(client)
    # People behind a shared address are no clients of their own.
    behind = {
        act.agent
        for act in scene.acts
        if act.actor.address in scene.shared
        and knowledge.is_person(act.actor.account)
        and knowledge.bare_account(act.actor.account or "") not in scene.created
    }
    return frozenset(
        agent
        for agent, since in first.items()
        if agent not in behind
        and len(others.get(agent, ())) < _ORDINARY_CLIENTS
        and all(not c.accounts or is_takeover(c, scene, since) for c in others.get(agent, ()))
    )


def is_takeover(client: Client, scene: Scene, since: float) -> bool:
    """Whether it can't be the owner of the accounts it signs in as.

    It comes from the internet, from an address of its own, not before intruders did what taught
    this (`since`, in seconds), and with one program alone, which is no browser of any version and
    no mail program: people come from new addresses with new devices.
    """
    first = min((a.at for a in client.acts if a.at is not None), default=0.0)
    return (
        client.address not in scene.shared
        and not is_inside(client.address)
        and first >= since
        and len(client.agents) == 1
        and not any(is_browser(a) or is_stock_agent(a) for a in client.agents)
    )


def secrets_of(act: Act, doors: dict[str, str]) -> list[str]:
    """What a request to a door says in its query that only some can know, as `name=value`: a
    password or a key. What spells a text out is what the door was told to do, and the hidden fields
    of a page are its own.
    """
    query = act.facts.get("query", "")
    if not query or not act.is_request or door_of(act, doors) is None:
        return []
    return [
        f"{name}={value}"
        for name, value in parse_qsl(query.removeprefix("?"))[:_PARAMETERS]
        if name.lower() not in _OWN_QUERIES
        and not name.startswith("__")
        and _SECRET.fullmatch(value)
        and not _is_of_words(value)
        and not _spells_text(value)
    ]


_PARAMETERS = 64  # of one query


def _is_of_words(value: str) -> bool:
    """Whether it is a name as programs have them: Response.Write, getCurrentUser."""
    parts = _PART.findall(value)
    return all(part in "._-" or (part.isalpha() and len(part) > 2) for part in parts)


def _spells_text(value: str) -> bool:
    """Whether the value is a text in base64, as commands are sent."""
    try:
        text = base64.b64decode(value + "=" * (-len(value) % 4), validate=True)
    except ValueError:
        return False
    shown = text.replace(b"\0", b"")  # a text of two bytes a letter
    return len(shown) > 3 and all(32 <= c < 127 or c in b"\r\n\t" for c in shown)


def canaries_of(act: Act) -> list[str]:
    """The tokens of the control panel's session that a request carries."""
    text = f"{act.facts.get('query', '')} {act.facts.get('url', '')} {act.facts.get('anchor', '')}"
    return _CANARY.findall(text)


def _sessions(act: Act) -> list[str]:
    return [value.lower() for value in _SESSION.findall(act.facts.get("cookie", ""))]


def is_stock_agent(agent: str) -> bool:
    """Whether many programs call themselves so: a mail program, a script library of some version, a
    known tool, a crawler. One that only begins as a library does is somebody's own."""
    if agent in ("", "-") or _BARE.fullmatch(agent):
        return True
    known = knowledge.look_alike_of("user_agent", agent)
    if known is None or known.class_ != "script":
        return known is not None
    return _VERSION.fullmatch(agent.lower().removeprefix(known.text)) is not None


_BARE = re.compile(r"mozilla/[345]\.0(?: \(compatible;?\))?")  # what scripts call themselves
_VERSION = re.compile(r"/?[\d.]*(?: \([^()]{0,80}\))?")  # Wget/1.20.3 (linux-gnu)


# mozilla/5.0 (windows nt 10.0; win64; x64) applewebkit/537.36 (khtml like gecko) chrome/88.0
_BROWSER = re.compile(
    r"mozilla/[45]\.0 \((?P<system>[^()]{1,200})\)"
    r"(?: applewebkit/[\d.]+| gecko/\d+| \(khtml like gecko\)| like gecko"
    r"| (?:chrome|safari|firefox|version|edge?|opr|mobile)/[\w.]+)*"
)
_SYSTEM = re.compile(
    r"windows nt [\d.]+|win64|wow64|x64|macintosh|intel mac os x [\d_.]+|x11|ubuntu|linux"
    r"|linux x86_64|linux i686|u|rv:[\d.]+|compatible|msie [\d.]+|trident/[\d.]+|touch"
    r"|\.net clr [\d.]+|\.net4\.0[ce]|slcc\d|android [\d.]+|iphone|ipad"
    r"|cpu (?:iphone )?os [\d_]+ like mac os x"
)


def is_browser(agent: str) -> bool:
    """Whether it is what an ordinary browser of some version calls itself: many may have it that
    were not seen on this server."""
    found = _BROWSER.fullmatch(agent)
    return found is not None and all(
        _SYSTEM.fullmatch(part.strip()) for part in found["system"].split(";")
    )


def staged_by(act: Act) -> set[str]:
    """URL paths of the files that an event of an intruder's process names, pages left out."""
    named = f"{act.object.path or ''}\n{act.object.command or ''}\n{act.facts.get('command', '')}"
    found = set()
    for path in _paths(named):
        url = (url_of(path) or "").lower()
        if _FILE_NAME.fullmatch(url.rpartition("/")[2]) and not url.endswith(_PAGES):
            found.add(url)
    return found


_PATH = re.compile(r"[a-z]:\\[^\"'<>|*?\r\n;&]{3,260}", re.IGNORECASE)


def _paths(text: str) -> list[str]:
    return [path.strip() for path in _PATH.findall(text)]


def tools_of(act: Act) -> set[tuple[str, str]]:
    """Programs of an intruder's own that an event tells of, by path and by hash: none that Windows
    brings, and none that anybody can download."""
    image = act.facts.get("image", "").lower()
    found = {("tool", name) for name in (image, *_programs(act)) if _is_tool(name)}
    digest = _SHA256.search(act.facts.get("hashes", "") or act.raw)
    return found | ({("hash", digest[1].lower())} if digest and _is_tool(image) else set())


def _is_tool(path: str) -> bool:
    return bool(_ODD_PLACE.search(path)) and not any(name in path for name in _public_tools())


_PROGRAM = re.compile(
    r"[a-z]:\\[^\s\"'<>|&;,]{1,250}\.(?:exe|dll|com|scr|bat|cmd|ps1|vbs|vbe|wsf|hta)\b",
    re.IGNORECASE,
)


def _programs(act: Act) -> list[str]:
    """The programs and scripts that a command names by their whole path."""
    command = act.object.command or act.facts.get("command", "")
    return [path.lower() for path in _PROGRAM.findall(command)]


@cache
def _public_tools() -> tuple[str, ...]:
    kinds = ("public_tool", "remote_tool", "tunnel_tool", "miner_program")
    return tuple(row.text for kind in kinds for row in knowledge.aftermath(kind))


_SHA256 = re.compile(r"SHA256=([0-9a-f]{64})", re.IGNORECASE)
_ODD_PLACE = re.compile(
    r"\\(?:programdata|perflogs|users\\public|windows\\temp|inetpub|temp|httpproxy|\$recycle\.bin)\\",
    re.IGNORECASE,
)


def _fetched(client: Client) -> set[str]:
    """What a client got that is neither a page nor a door."""
    return {
        url
        for act in client.acts
        if act.is_request and act.is_answered and act.facts.get("method") == "GET"
        for url in [act.url or ""]
        if url
        and not url.endswith((*_PAGES, *_PARTS_OF_PAGES))
        and not knowledge.is_stock_web_path(url)
        and _FILE_NAME.fullmatch(url.rpartition("/")[2])
        and any(kind in ("page", "path") for kind, _ in act.leads)
    }


def _network(address: str) -> str | None:
    """The neighborhood that one customer of a provider has; None for inner addresses."""
    try:
        found = ip_address(address)
    except ValueError:
        return None
    if is_inside(address) or found.is_loopback:
        return None
    return str(ip_network((address, 24 if found.version == 4 else 64), strict=False))
