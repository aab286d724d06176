"""Which records of different logs speak of one deed, and how far the logs' clocks are apart.

By a request's id where both logs have it (HttpProxy calls it RequestId, Exchange appends it to the
query in IIS logs as cafeReqId); a process by its parent; else by time, within a tolerance that is
stated. Source: Microsoft CSS-Exchange scripts (cafeReqId), Sysmon event 1 (ProcessGuid).
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Sequence
from statistics import median

from msgspec import Struct

from afterpatch.answers.acts import Act
from afterpatch.answers.scene import ClientKey, Scene, door_of
from afterpatch.model import Join

__all__ = ["Ties", "tie"]

REQUEST_SECONDS = 5.0  # two logs of one request: IIS writes whole seconds, HttpProxy the end
EFFECT_SECONDS = 10.0  # from a request to what it started, beyond the time that it took
AFTERWARDS_SECONDS = 120.0  # from what one hand alone ran to what shows no parent
_WORKED_SECONDS = 120.0  # a request that took longer is a waiting one
_SKEWS = 14 * 3600  # time zones are up to 14 hours from UTC
_BIN = 4.0  # seconds; deeds and effects that belong together differ by less
_CROWD = 500  # requests that may have started one thing
_LEAST_PAIRS = 3  # that tell a skew
_REAL_SKEW = 20.0  # seconds; less is the working of a server

# Sysmon names processes by an identifier of their own, and all logs by a number that is used again:
# "New Process ID: 0x4728", "Creator Process ID: 0x1a4", "ParentProcessId: 420", or as fields.
_GUID = re.compile(r"ProcessGuid\W{1,8}([0-9a-f]{8}-[0-9a-f-]{27})", re.IGNORECASE)
_PARENT_GUID = re.compile(r"ParentProcessGuid\W{1,8}([0-9a-f]{8}-[0-9a-f-]{27})", re.IGNORECASE)
_VALUE = r"[^0-9\w]{1,12}(0x[0-9a-f]{1,8}|\d{1,10})\b"
_NEW_PID = re.compile(rf"New ?Process ?ID{_VALUE}", re.IGNORECASE)
_CREATOR_PID = re.compile(rf"Creator Process ID{_VALUE}", re.IGNORECASE)
_PARENT_PID = re.compile(rf"ParentProcessId{_VALUE}", re.IGNORECASE)
_PID = re.compile(rf"ProcessId{_VALUE}", re.IGNORECASE)
_PARENT = re.compile(r"ParentProcess(?:Guid|Id)\W{1,12}[0-9a-fx-]{1,36}", re.IGNORECASE)
_PROCESS_SECONDS = 3600.0  # after which its number may be another's
_CHILD_OF_WORKER = ("w3wp.exe", "umworkerprocess.exe")


class Ties(Struct, frozen=True):
    """Whose acts those are that name nobody, by their id; and by which joins that is known.

    `web_skew` is how many seconds the IIS logs are ahead of Exchange's own.
    """

    client_of: dict[str, ClientKey]
    joins: tuple[Join, ...]
    web_skew: float = 0.0

    def at(self, act: Act) -> float | None:
        """When it was by Exchange's clock, in seconds."""
        return None if act.at is None else _by_exchange(act.at, act, self.web_skew)


class _Cause(Struct, frozen=True):
    """A suspicious request: what it may have started comes within `reach` seconds of `at`."""

    at: float
    reach: float
    client: ClientKey
    door: str | None
    is_work: bool


def tie(scene: Scene) -> Ties:
    """Tie the acts that name no client to the clients that did them."""
    client_of: dict[str, ClientKey] = {}
    joins: list[Join] = []
    own = {act.id: client.key for client in scene.clients.values() for act in client.acts}
    _by_request(scene, own, client_of, joins)
    web_skew = _web_skew(scene, joins)
    causes = _causes(scene, web_skew)
    _effects(scene, causes, client_of, joins)
    _below(scene, client_of, joins)
    _afterwards(scene, client_of, joins)
    return Ties(client_of, tuple(joins), web_skew)


# ---------------------------------------------------------------- by id


def _by_request(
    scene: Scene,
    own: dict[str, ClientKey],
    client_of: dict[str, ClientKey],
    joins: list[Join],
) -> None:
    owner: dict[str, ClientKey] = {}
    for act in scene.acts:
        request = act.facts.get("request", "").lower()
        if request and act.id in own:
            owner.setdefault(request, own[act.id])
    pairs = 0
    for act in scene.loose:
        request = act.facts.get("request", "").lower()
        if request in owner:
            client_of[act.id] = owner[request]
            pairs += 1
    if pairs:
        joins.append(Join(("iis", "iis-backend"), "request id", 0.0, pairs))


def _web_skew(scene: Scene, joins: list[Join]) -> float:
    """Seconds that the IIS log is ahead of the HttpProxy log, by the requests that both tell of."""
    ended: dict[str, float] = {}
    for act in scene.acts:
        if act.side == "proxy" and act.at is not None and act.facts.get("request"):
            ended.setdefault(act.facts["request"].lower(), act.at)
    apart = [
        act.at - ended[request]
        for act in scene.acts
        if act.side == "front" and act.at is not None
        for request in [act.facts.get("request", "").lower()]
        if request in ended
    ]
    if not apart:
        return 0.0
    by = "request id"
    skew = _rounded(median(apart)) if len(apart) >= _LEAST_PAIRS else None
    joins.append(Join(("httpproxy", "iis"), by, REQUEST_SECONDS, len(apart), skew))
    return skew or 0.0


def _rounded(skew: float) -> float:
    """The skew, none where it is no more than logs of one clock differ by."""
    return round(skew, 1) if abs(skew) > _REAL_SKEW else 0.0


# ---------------------------------------------------------------- by time


def _by_exchange(at: float, act: Act, web_skew: float) -> float:
    """`at` of the act by Exchange's clock: the IIS logs, front and back, may go by another."""
    return at - web_skew if act.side in ("front", "back") else at


def _causes(scene: Scene, web_skew: float) -> list[_Cause]:
    """Answered requests that may have started something, in order of time, by HttpProxy's clock."""
    found = []
    for client in scene.clients.values():
        if client.class_ == "scanner":
            continue
        for act in client.deeds:
            if act.at is None or not act.is_request or not _may_act(act):
                continue
            taken = act.facts.get("taken", "")
            long = min(int(taken) / 1000, _WORKED_SECONDS) if taken.isdecimal() else 0.0
            at = _by_exchange(act.at, act, web_skew)
            # Logs give the end of a request; what it starts begins before that.
            found.append(_Cause(at, long, client.key, door_of(act, scene.doors), act.is_work))
    return sorted(found, key=lambda c: (c.at, c.client))


def _may_act(act: Act) -> bool:
    return act.is_answered or any(f.outcome != "attempt" for f in act.findings)


def _effects(
    scene: Scene, causes: Sequence[_Cause], client_of: dict[str, ClientKey], joins: list[Join]
) -> None:
    """What the server did by itself is the doing of whose request came right before it."""
    for sources, effects in _by_source(scene, client_of).items():
        skew = _skew(causes, effects)
        pairs = 0
        times = [c.at for c in causes]
        for act in effects:
            client = _cause_of(act, causes, times, skew or 0.0)
            if client is not None:
                client_of[act.id] = client
                pairs += 1
        if pairs:
            by = "time, URL and address"
            joins.append(Join(("iis", sources), by, EFFECT_SECONDS, pairs, skew))


def _by_source(scene: Scene, client_of: dict[str, ClientKey]) -> dict[str, list[Act]]:
    """The acts of which a web request may be the cause, by the clock that timed them."""
    found: dict[str, list[Act]] = {}
    for act in scene.loose:
        if act.at is None or act.id in client_of:
            continue
        if act.side == "event" and _of_worker(act):
            found.setdefault("windows-events", []).append(act)
        elif act.side == "exchange":
            found.setdefault(act.findings[0].artifact if act.findings else "ews", []).append(act)
        elif act.side == "back":
            found.setdefault("iis-backend", []).append(act)
    return dict(sorted(found.items()))


def _of_worker(act: Act) -> bool:
    """Whether the event tells of what a web request does at once: a child or a file of the worker,
    or a cmdlet."""
    text = act.raw.lower()
    return (
        any(name in text for name in _CHILD_OF_WORKER)
        or "cmdlet" in act.facts
        or any(f.rule in _WRITTEN for f in act.findings)
    )


_WRITTEN = ("exchange-web-file-written", "exchange-export-page-written", "exchange-um-file")


def _cause_of(
    act: Act, causes: Sequence[_Cause], times: Sequence[float], skew: float
) -> ClientKey | None:
    """Whose request started it: the nearest one's, None when two clients are as near."""
    at = (act.at or 0.0) - skew
    low = bisect_left(times, at - EFFECT_SECONDS)
    high = bisect_right(times, at + EFFECT_SECONDS + _WORKED_SECONDS)
    if high - low > _CROWD:  # a tunnel, whose requests are short
        high = bisect_right(times, at + EFFECT_SECONDS)
    near = []
    for cause in causes[low:high]:
        if cause.at - cause.reach - EFFECT_SECONDS <= at <= cause.at + EFFECT_SECONDS:
            # Inside the request's own time there is nothing between the two.
            apart = max(cause.at - cause.reach - at, at - cause.at, 0.0)
            near.append((not _fits(act, cause), apart, abs(cause.at - at), cause.client))
    if not near:
        return None
    near.sort()
    best = near[0]
    rivals = {n[3] for n in near if n[0] == best[0] and n[2] - best[2] < 1.0}
    return best[3] if len(rivals) == 1 else None


def _fits(act: Act, cause: _Cause) -> bool:
    """A command is the work of a request to a door; a cmdlet that of a forged request."""
    if "cmdlet" in act.facts:
        return cause.door is None
    return cause.is_work


def _skew(causes: Sequence[_Cause], effects: Sequence[Act]) -> float | None:
    """Seconds that the effects' clock is ahead of that of the requests.

    The distance at which most effects have a request right before them, if it is clearly more of
    them than without any; None where too few tell.
    """
    at_effect = sorted(act.at for act in effects if act.at is not None)[:_TOLD]
    at_cause = [c.at for c in causes if c.is_work or c.door is None][:_TOLD]
    if len(at_effect) < _LEAST_PAIRS or len(at_cause) < _LEAST_PAIRS:
        return None
    bins: Counter[int] = Counter()
    for moment in at_effect:
        low = bisect_left(at_cause, moment - _SKEWS)
        high = bisect_right(at_cause, moment + _SKEWS)
        near = {round((moment - cause) / _BIN) for cause in at_cause[low:high]}
        bins.update(near)
    # Two bins side by side hold all that lies between.
    both = {b: bins[b] + bins[b + 1] for b in bins}
    best = max(both, key=lambda b: (both[b], -abs(b)), default=0)
    # Where requests are dense, any distance fits some: it must be twice as good as any other.
    other = max((n for b, n in both.items() if abs(b - best) > 2), default=0)
    told = both.get(best, 0)
    if told < _LEAST_PAIRS or told < other * 2 or told * 2 < len(at_effect):
        return None
    apart = [
        moment - cause
        for moment in at_effect
        for cause in at_cause
        if abs((moment - cause) / _BIN - best - 0.5) <= 1
    ]
    return _rounded(median(apart))


_TOLD = 2_000  # effects and causes that are looked at for a skew


# ---------------------------------------------------------------- by parent


def _below(scene: Scene, client_of: dict[str, ClientKey], joins: list[Join]) -> None:
    """What a process does and starts is the doing of whose the process is."""
    owner: dict[str, tuple[float, ClientKey]] = {}
    pairs = 0
    for act in scene.loose:  # in order of time: a parent comes before its children
        if act.side != "event" or act.at is None:
            continue
        started, by = _processes(act.raw)
        client = client_of.get(act.id)
        if client is None:
            known = (owner[name] for name in by if name in owner)
            recent = (of for since, of in known if act.at - since <= _PROCESS_SECONDS)
            if (client := next(recent, None)) is not None:
                client_of[act.id] = client
                pairs += 1
        if client is not None:
            owner |= dict.fromkeys(started, (act.at, client))
    if pairs:
        joins.append(Join(("windows-events", "windows-events"), "parent process", 0.0, pairs))


def _processes(text: str) -> tuple[list[str], list[str]]:
    """The names of the process that an event says was started, and of the one that did what it
    tells, the surest first: Sysmon's own identifier, then the number."""
    by = [f[1].lower() for f in [_PARENT_GUID.search(text)] if f]
    by += [_number(f[1]) for f in [_PARENT_PID.search(text) or _CREATOR_PID.search(text)] if f]
    own = _PARENT.sub("", text)
    names = [f[1].lower() for f in [_GUID.search(own)] if f]
    if new := _NEW_PID.search(own):
        return [*names, _number(new[1])], by
    names += [_number(f[1]) for f in [_PID.search(own)] if f]
    # Of an event that names no parent the process is the one that did it.
    return (names, by) if by else ([], names)


def _number(text: str) -> str:
    return f"process {int(text, 16 if text.lower().startswith('0x') else 10)}"


def _afterwards(scene: Scene, client_of: dict[str, ClientKey], joins: list[Join]) -> None:
    """What events tell of no parent belongs to who alone ran something right before it.

    What a web request does at once has a request of its own, or nothing tells whose it is.
    """
    ran = [
        (a.at, client_of[a.id])
        for a in scene.loose
        if a.side == "event" and a.at is not None and a.id in client_of
    ]
    times = [at for at, _ in ran]
    pairs = 0
    for act in scene.loose:
        if act.side != "event" or act.at is None or act.id in client_of or _of_worker(act):
            continue
        low = bisect_left(times, act.at - AFTERWARDS_SECONDS)
        before = {client for _, client in ran[low : bisect_right(times, act.at)]}
        if len(before) == 1:
            client_of[act.id] = before.pop()
            pairs += 1
    if pairs:
        both = ("windows-events", "windows-events")
        joins.append(Join(both, "time", AFTERWARDS_SECONDS, pairs))
