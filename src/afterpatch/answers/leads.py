"""What is learnt of the intruders, to be looked for in all logs; and what is too common for that.

Only what was done by somebody who is proved to have been in teaches anything. Refused are, by role,
the server's own addresses, agents that many programs have and accounts of people, whose owners use
them too; and by measure, what many accounts sign in with.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from afterpatch import knowledge
from afterpatch.answers.acts import Act, plain_agent
from afterpatch.answers.case import proves
from afterpatch.answers.joins import Ties
from afterpatch.answers.scene import OWN, Client, Scene
from afterpatch.answers.signs import (
    canaries_of,
    is_stock_agent,
    rare_agents,
    secrets_of,
    staged_by,
    tools_of,
)
from afterpatch.model import Backdoor, Followed, Lead, LeadKind, Pivot, Pursuit

__all__ = ["leads", "pivots"]

_TAUGHT_BY = 5  # findings and traces named for one lead
_REQUESTS = 40  # of one client whose ids are followed


class _Lesson:
    """Leads in the order they are learnt, each with what taught it."""

    def __init__(self) -> None:
        self._taught: dict[tuple[LeadKind, str, str | None], list[str]] = {}

    def add(
        self, kind: LeadKind, value: str, taught_by: Iterable[str], agent: str | None = None
    ) -> None:
        known = self._taught.setdefault((kind, value.strip(), agent), [])
        known += [record for record in taught_by if record not in known][: _TAUGHT_BY - len(known)]

    def leads(self) -> tuple[Lead, ...]:
        return tuple(
            Lead(kind, value, tuple(by), agent)
            for (kind, value, agent), by in self._taught.items()
            if value
        )


def leads(doors: Sequence[Backdoor], scene: Scene, ties: Ties) -> tuple[Lead, ...]:
    """What the next sweep should look for, the weightiest first; what was followed before too."""
    lesson = _Lesson()
    of_door = {door.id: door for door in doors}
    for url, name in sorted(scene.doors.items()):
        lesson.add("page", url, of_door[name].findings)
    intruders = sorted(
        (c for c in scene.clients.values() if c.class_ == "intruder"), key=lambda c: c.key
    )
    for client in intruders:
        _address(lesson, client, scene)
    for account in sorted(scene.created):
        makers = (d for d in doors if d.kind == "account" and d.name)
        lesson.add("account", account, (f for d in makers for f in d.findings))
    for client in intruders:
        _of_requests(lesson, client, scene)
    for door in doors:
        if door.path and "\\" in door.path:
            lesson.add("path", "\\".join(door.path.split("\\")[-2:]), door.findings)
    for act in _proved_on_server(scene, ties):
        _of_server(lesson, act)
    return lesson.leads()


def _address(lesson: _Lesson, client: Client, scene: Scene) -> None:
    if client.address in scene.own or scene.shared.get(client.address) == OWN:
        return
    by = [act.id for act in client.deeds]
    if client.address not in scene.shared:
        lesson.add("address", client.address, by)
    else:
        for written in client.agents.values():
            lesson.add("address", client.address, by, written)


def _of_requests(lesson: _Lesson, client: Client, scene: Scene) -> None:
    for agent, written in sorted(client.agents.items()):
        if not is_stock_agent(agent):
            lesson.add("user agent", written, (a.id for a in client.deeds if a.agent == agent))
    requests = 0
    for act in client.deeds:
        for said in secrets_of(act, scene.doors):
            lesson.add("parameter", said, [act.id])
        for value in canaries_of(act):
            lesson.add("canary", value, [act.id])
        request = act.facts.get("request", "")
        forged = any(f.question == "exploited" and f.outcome != "attempt" for f in act.findings)
        if forged and len(request) == _GUID and requests < _REQUESTS:
            requests += 1
            lesson.add("request", request.lower(), [act.id])


_GUID = 36  # characters


def _proved_on_server(scene: Scene, ties: Ties) -> list[Act]:
    """What was done on the server by somebody who came in, in order of time."""
    intruders = {c.key for c in scene.clients.values() if c.class_ == "intruder"}
    return [
        act
        for act in scene.acts
        if act.side in ("event", "exchange")
        and (
            ties.client_of.get(act.id) in intruders
            or any(proves(f) and f.question in ("used", "impacted") for f in act.findings)
        )
    ]


def _of_server(lesson: _Lesson, act: Act) -> None:
    for url in sorted(staged_by(act)):
        lesson.add("page", url, [act.id])
    for kind, value in sorted(tools_of(act)):
        name: LeadKind = "hash" if kind == "hash" else "tool"
        lesson.add(name, value.rpartition("\\")[2] if kind == "tool" else value, [act.id])
    for mailbox in dict.fromkeys((act.facts.get("acts_as", ""), act.facts.get("mailbox", ""))):
        if "@" in mailbox:
            lesson.add("mailbox", mailbox.lower(), [act.id])


# ---------------------------------------------------------------- what came of it


def pivots(scene: Scene, pursuit: Pursuit) -> tuple[Pivot, ...]:
    """Everything that was learnt, with what came of it, in order of kind and value."""
    rare = rare_agents(scene)
    found = [_followed(f, scene, rare) for f in pursuit.followed]
    found += _refused_by_role(scene)
    return tuple(sorted(found, key=lambda p: (p.kind, p.value, p.sweep)))


def _followed(followed: Followed, scene: Scene, rare: frozenset[str]) -> Pivot:
    lead = followed.lead
    value = f"{lead.value} with {lead.agent}" if lead.agent else lead.value
    why = ""
    if lead.kind == "address" and lead.agent is None:
        why = scene.shared.get(lead.value, "")
    elif followed.common:
        why = "many accounts sign in with it"
    elif lead.kind == "user agent" and plain_agent(lead.value) not in rare:
        why = "ordinary clients have it too"
    return Pivot(
        kind=lead.kind,
        value=value,
        taught_by=lead.taught_by,
        sweep=followed.sweep,
        state="refused" if why else "followed",
        records=followed.records,
        why=why,
    )


def _refused_by_role(scene: Scene) -> list[Pivot]:
    """Addresses of the server, agents of many programs and accounts of people, with the number of
    records of intruders that hold them."""
    held: dict[tuple[LeadKind, str, str], list[str]] = {}
    for client in scene.clients.values():
        if client.class_ != "intruder":
            continue
        for act in client.acts:
            if act.actor.address in scene.own or scene.shared.get(client.address) == OWN:
                held.setdefault(("address", client.address, OWN), []).append(act.id)
            if act.agent and is_stock_agent(act.agent):
                why = "many programs call themselves so"
                held.setdefault(("user agent", act.actor.user_agent or "", why), []).append(act.id)
            account = knowledge.bare_account(act.actor.account or "")
            if account in client.accounts and account not in scene.created:
                why = "its owner uses it too"
                held.setdefault(("account", account, why), []).append(act.id)
    return [
        Pivot(kind, value, tuple(ids[:_TAUGHT_BY]), 1, "refused", len(ids), why)
        for (kind, value, why), ids in held.items()
    ]
