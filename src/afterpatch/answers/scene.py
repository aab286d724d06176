"""Who did what, before anybody is held to be one hand with anybody else.

A client is what the logs tell apart: an address, and where others come from the same address, the
address with a user agent.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

from msgspec import Struct

from afterpatch import knowledge
from afterpatch.answers.acts import Act, acts, by_client, is_inside, is_loopback, plain_url
from afterpatch.answers.case import Case, proves
from afterpatch.answers.implants import PAGE
from afterpatch.limits import COMMON_ACCOUNTS
from afterpatch.model import Backdoor, Finding, Pursuit, Tally, Visits

__all__ = ["OWN", "Class", "Client", "ClientKey", "Scene", "counts", "door_of", "make_scene"]

Class = Literal["intruder", "scanner", "responder", "unknown"]
ClientKey = tuple[str, str]  # address, and the agent where the address is shared

OWN = "the server itself"  # why an address tells nobody apart
_FOREIGN = "exchange-request-to-foreign-page"
_TUNNEL = ("exchange-tunnel-request", "exchange-tunnel-data-request")
_DAY = 86_400
# People at work are told by as many programs of their own at an address.
_OWN_AGENTS = 2
_GUESSED_NAMES = 3  # foreign pages asked for in vain, by which a client is seen to guess


class Client(Struct):
    """One client: its own acts, in order of time, and what these make of it.

    `visits` are the acts at each door, by the door's id. `deeds` are the acts that speak against
    it. `accounts` are people's accounts that it signed in as.
    """

    key: ClientKey
    class_: Class
    acts: list[Act]
    visits: dict[str, list[Act]]
    deeds: list[Act]
    accounts: set[str]

    @property
    def address(self) -> str:
        return self.key[0]

    @property
    def agents(self) -> dict[str, str]:
        """Its user agents, by their one form, as they were first written."""
        named: dict[str, str] = {}
        for act in self.acts:
            if act.agent:
                named.setdefault(act.agent, act.actor.user_agent or "")
        return named


class Scene(Struct, frozen=True):
    """All acts of one server, and its clients.

    `shared` are the addresses that tell nobody apart, each with the reason; `own` those of the
    server itself. `created` are the accounts that an intruder made. `loose` are acts that name no
    client: the back end's, the event log's. `counted` are all requests from an address to a door,
    by address and the door's id: of a flood not every record is kept as an act.
    """

    acts: tuple[Act, ...]
    clients: dict[ClientKey, Client]
    shared: dict[str, str]
    own: frozenset[str]
    doors: dict[str, str]
    created: frozenset[str]
    loose: tuple[Act, ...]
    counted: dict[tuple[str, str], Visits]


def make_scene(case: Case, doors: Sequence[Backdoor], pursuit: Pursuit) -> Scene:
    """The scene as far as the findings and the further sweeps show it."""
    done = by_client(acts(case.findings, pursuit.traces))
    own = frozenset(a.facts["server"] for a in done if a.facts.get("server"))
    created = frozenset(
        knowledge.bare_account(door.name) for door in doors if door.kind == "account" and door.name
    )
    common = {(f.lead.kind, f.lead.value) for f in pursuit.followed if f.common}
    by_url = {
        url: door.id
        for door in doors
        for url in [plain_url(door.url or "")]
        if url and not _is_stock(door) and ("page", url) not in common
    }
    by_address: dict[str, list[Act]] = {}
    loose: list[Act] = []
    for act in done:
        address = act.actor.address
        if address is None or act.side == "back" or _is_passed_on(act, own):
            loose.append(act)
        else:
            by_address.setdefault(address, []).append(act)
    shared: dict[str, str] = {}
    clients: dict[ClientKey, Client] = {}
    for address, of_address in by_address.items():
        why = _why_shared(
            address, of_address, own, created, by_url, is_common=("address", address) in common
        )
        if why:
            shared[address] = why
        for client in _clients(address, of_address, by_url, created, is_shared=bool(why)):
            clients[client.key] = client
    counted = _counted(case, by_url)
    return Scene(done, clients, shared, own, by_url, created, tuple(loose), counted)


def _counted(case: Case, doors: dict[str, str]) -> dict[tuple[str, str], Visits]:
    by_page: dict[tuple[str, str], list[Tally]] = {}
    for tally in case.tallies:
        if tally.rule in (_FOREIGN, *_TUNNEL) and tally.address and tally.url:
            by_page.setdefault((tally.address, plain_url(tally.url)), []).append(tally)
    found: dict[tuple[str, str], list[Tally]] = {}
    for (address, url), of_page in by_page.items():
        if (door := _door_at(url, doors)) is not None:
            # A request to a tunnel may be told of by both rules.
            foreign = [t for t in of_page if t.rule == _FOREIGN]
            found.setdefault((address, door), []).extend(foreign or of_page)
    return {
        key: Visits(
            first=min((t.first for t in of_door if t.first), default=None),
            last=max((t.last for t in of_door if t.last), default=None),
            count=sum(t.count for t in of_door),
            answered=sum(t.count for t in of_door if t.outcome != "attempt"),
        )
        for key, of_door in found.items()
    }


def _is_passed_on(act: Act, own: frozenset[str]) -> bool:
    """Whether the address is that of the server, which passed on what somebody else asked."""
    address = act.actor.address or ""
    if address not in own and not is_loopback(address):
        return False
    return act.side == "exchange" or not act.findings


def _is_stock(door: Backdoor) -> bool:
    """Whether ordinary people ask for it too: a page of Exchange that was changed."""
    return door.kind == PAGE and bool(door.url) and knowledge.is_stock_web_path(door.url, "front")


def door_of(act: Act, doors: dict[str, str]) -> str | None:
    """The door that a request asks for: its page, what stands behind it, or below a directory."""
    url = act.url
    return _door_at(url, doors) if url and act.side in ("front", "proxy", "back") else None


def _door_at(url: str, doors: dict[str, str]) -> str | None:
    if url in doors:
        return doors[url]
    at = url.rfind("/")
    while at > 0:
        if (found := doors.get(url[:at]) or doors.get(url[: at + 1])) is not None:
            return found
        at = url.rfind("/", 0, at)
    return None


# ---------------------------------------------------------------- shared addresses


def _why_shared(
    address: str,
    done: Sequence[Act],
    own: frozenset[str],
    created: frozenset[str],
    doors: dict[str, str],
    *,
    is_common: bool,
) -> str:
    """Why an address tells nobody apart; empty when it does.

    People at work are seen by their accounts: by how many there are, by programs that nothing
    suspicious was done with, or by their having come from there long before. So are other servers.
    """
    if is_loopback(address) or address in own:
        return OWN
    people: dict[str, float] = {}
    agents: set[str] = set()
    for act in done:
        account = knowledge.bare_account(act.actor.account or "")
        if account in created or not knowledge.is_person(act.actor.account):
            continue
        if act.is_signed_in and act.at is not None and not act.findings:
            people.setdefault(account, act.at)
            agents.add(act.agent)
    if is_common or len(people) >= COMMON_ACCOUNTS:
        return f"at least {max(len(people), COMMON_ACCOUNTS)} accounts sign in from it"
    suspicious = [a for a in done if _speaks_against(a, doors)]
    first = min((a.at for a in suspicious if a.at is not None), default=None)
    if first is None:
        return ""
    if people and min(people.values()) <= first - _DAY:
        return (
            f"{_people(len(people))} signed in from it before anything suspicious came from there"
        )
    used = {a.agent for a in suspicious}
    if any(_is_computers(a) and a.agent not in used for a in done):
        return "a server signs in from it as itself"
    theirs = agents - used
    if len(people) > 1 and len(theirs) >= _OWN_AGENTS:
        return f"{_people(len(people))} sign in from it with programs of their own"
    return ""


def _is_computers(act: Act) -> bool:
    account = act.actor.account or ""
    return account.endswith("$") and act.is_signed_in and not act.findings


def _people(count: int) -> str:
    return f"{count} account{'s' if count > 1 else ''}"


def _speaks_against(act: Act, doors: dict[str, str]) -> bool:
    """Whether an act is one that ordinary people don't do."""
    return any(counts(f) for f in act.findings) or (
        door_of(act, doors) is not None and act.is_request
    )


def counts(finding: Finding) -> bool:
    """Whether it speaks against anybody: an attack, or a strong sign with no innocent reading."""
    if finding.standing != "proof":
        return False
    attack = finding.question in ("exploited", "used")
    return attack or (finding.outcome != "attempt" and finding.look_alike is None)


# ---------------------------------------------------------------- clients


def _clients(
    address: str,
    done: Sequence[Act],
    doors: dict[str, str],
    created: frozenset[str],
    *,
    is_shared: bool,
) -> Iterable[Client]:
    """The clients behind one address. Of a shared one only what speaks against somebody counts, and
    what else was done with an agent that nobody signs in with there."""
    if not is_shared:
        people = any(_is_persons(a, created) for a in done)
        yield _client((address, ""), list(done), doors, created, is_persons=people)
        return
    by_agent: dict[str, list[Act]] = {}
    for act in done:
        by_agent.setdefault(act.agent, []).append(act)
    for agent, of_agent in sorted(by_agent.items()):
        against = [a for a in of_agent if _is_own(a, doors, created)]
        if not against:
            continue
        people = any(_is_persons(a, created) for a in of_agent)
        alone = agent and not people
        own_acts = of_agent if alone else against
        yield _client((address, agent), own_acts, doors, created, is_persons=people)


def _is_own(act: Act, doors: dict[str, str], created: frozenset[str]) -> bool:
    account = knowledge.bare_account(act.actor.account or "")
    return _speaks_against(act, doors) or bool(account and account in created)


def _is_persons(act: Act, created: frozenset[str]) -> bool:
    """Whether somebody signed in as a person for it, with an account that no intruder made."""
    account = act.actor.account
    is_known = knowledge.is_person(account) and act.is_signed_in
    return is_known and knowledge.bare_account(account or "") not in created


def _client(
    key: ClientKey,
    done: list[Act],
    doors: dict[str, str],
    created: frozenset[str],
    *,
    is_persons: bool,
) -> Client:
    visits: dict[str, list[Act]] = {}
    deeds: list[Act] = []
    accounts: set[str] = set()
    for act in done:
        door = door_of(act, doors) if act.is_request else None
        if door is not None:
            visits.setdefault(door, []).append(act)
        if any(counts(f) for f in act.findings) or door is not None:
            deeds.append(act)
        if act.actor.account and act.is_signed_in:
            account = knowledge.bare_account(act.actor.account)
            if account in created:
                deeds.append(act)
            if knowledge.is_person(act.actor.account) or account in created:
                accounts.add(account)
    client = Client(key, "unknown", done, visits, deeds, accounts)
    client.class_ = _class(client, created, is_persons=is_persons)
    return client


def _class(client: Client, created: frozenset[str], *, is_persons: bool) -> Class:
    """An intruder got what an intruder wants; a scanner only asked what has a harmless look-alike,
    a responder only removed. Who did anything else of note is unknown."""
    findings = [f for act in client.acts for f in act.findings]
    told = [f for f in findings if f.standing == "proof"]
    if told and all((f.look_alike or "").startswith("responder: ") for f in told):
        return "responder"
    answered = [a for found in client.visits.values() for a in found if a.is_answered]
    if any(_deed(f) for f in told) or client.accounts & created:
        return "intruder"
    if answered and not _only_looks(client, answered, is_persons=is_persons):
        return "intruder"
    if told and all(f.look_alike is not None for f in told):
        return "scanner"
    in_vain = all(f.outcome == "attempt" for f in told)
    if _is_scanner(client) if in_vain else answered and _guesses(client):
        return "scanner"
    return "unknown"


def _only_looks(client: Client, answered: Sequence[Act], *, is_persons: bool) -> bool:
    """Whether it only fetched pages, and either guessed names or may be of the house: it comes from
    inside, or somebody signs in from there with the same agent. Pages that ask nobody to sign in
    name no account."""
    of_house = is_persons or is_inside(client.address)
    return not any(a.is_work for a in answered) and (of_house or _guesses(client))


def _is_scanner(client: Client) -> bool:
    """Whether one who got nothing is a scanner by its own account, or asked for other people's
    pages besides."""
    return _calls_itself_scanner(client) or bool(_asked_in_vain(client))


def _guesses(client: Client) -> bool:
    """Whether it is a scanner by its own account, or asked for several of other people's pages."""
    return _calls_itself_scanner(client) or len(_asked_in_vain(client)) >= _GUESSED_NAMES


def _calls_itself_scanner(client: Client) -> bool:
    agents = (knowledge.look_alike_of("user_agent", agent) for agent in client.agents.values())
    return any(k is not None and k.class_ == "scanner" for k in agents)


def _asked_in_vain(client: Client) -> set[str | None]:
    return {
        act.url
        for act in client.acts
        if act.is_refused and any(f.rule == _FOREIGN for f in act.findings)
    }


def _deed(finding: Finding) -> bool:
    """An answered forged request that is more than a look-alike's first question, or a proved
    theft."""
    if finding.standing != "proof":
        return False
    if finding.question == "impacted":
        return proves(finding)
    return finding.question == "exploited" and (
        finding.outcome == "success"
        or (finding.outcome == "reached" and finding.look_alike is None)
    )
