"""Backdoors that are no pages: directories, modules, agents, tasks, services, accounts, mail rules.

A rule that speaks of one names its kind (`backdoor`) and the thing itself (the fact `thing`); what
several logs say of one thing is one backdoor.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from typing import Literal

from msgspec import Struct

from afterpatch.answers.case import Case, proves
from afterpatch.knowledge import bare_account
from afterpatch.model import Backdoor, Chain, Finding, Visits
from afterpatch.times import is_time, seconds

__all__ = ["PAGE", "REMOVED", "implants", "removals", "served"]

PAGE = "web shell"  # the kind that pages are, which `backdoors` gathers
_REQUEST = "exchange-request-to-foreign-page"
REMOVED = "-removed"  # how the names of rules end that speak of a thing's end
_FILES = ("iisconfig", "registryexport", "scheduledtask", "transportagents", "webfile")
# An administrator's deed counts as the intruder's only right after the intruder's own.
_NEAR_SECONDS = 600
# A strong sign without an innocent reading counts from the first entry to so long after the last.
_AFTER_SECONDS = 86_400


class _Implant(Struct):
    """All that was found of one thing; `proofs` are the findings that make it a backdoor."""

    kind: str
    thing: str
    findings: list[Finding]
    proofs: list[Finding]
    removed: list[str]


def implants(case: Case, chains: Sequence[Chain], first_number: int) -> tuple[Backdoor, ...]:
    """The backdoors that are no pages, in order of kind and name.

    A thing counts when a finding proves it, or when one that is strong fits into the time of a
    proved intrusion, see `_Intrusion`.
    """
    intrusion = _Intrusion(case, chains)
    names = _other_names(case)
    found: dict[tuple[str, str], _Implant] = {}
    for finding in case.findings:
        kind, thing = _named(case, finding)
        if kind is None or kind == PAGE or not thing:
            continue
        thing = names.get((kind, _plain(thing)), thing)
        one = found.setdefault((kind, _plain(thing)), _Implant(kind, thing, [], [], []))
        one.findings.append(finding)
        if finding.rule.endswith(REMOVED):
            if finding.when:
                one.removed.append(finding.when)
        elif proves(finding) or intrusion.holds(finding):
            one.proofs.append(finding)
    proved = [found[key] for key in sorted(found) if found[key].proofs]
    # The service of a remote tool is the remote tool: one record, told once.
    tools = {_record(f) for door in proved if door.kind == "remote tool" for f in door.findings}
    doors = [
        door
        for door in proved
        if door.kind != "service" or not tools.issuperset(map(_record, door.proofs))
    ]
    return tuple(
        _backdoor(f"bd-{number}", case, door) for number, door in enumerate(doors, first_number)
    )


def _record(finding: Finding) -> tuple[str, str, int]:
    place = finding.provenance
    return place.evidence, place.member_name or place.member, place.offset


def removals(case: Case, kind: str) -> dict[str, str]:
    """Things of a kind that were seen to be removed, in plain spelling, with the last time."""
    found: dict[str, str] = {}
    for finding in case.findings:
        of_kind, thing = _named(case, finding)
        if of_kind == kind and thing and finding.when and finding.rule.endswith(REMOVED):
            for part in thing.split(";"):
                found[_plain(part)] = max(finding.when, found.get(_plain(part), ""))
    return found


def served(case: Case) -> tuple[tuple[str, str], ...]:
    """Folders, in lower case and with a backslash behind, that the configuration serves under a URL
    path of its own, deepest first."""
    found = {
        (_plain(f.object.path).rstrip("\\") + "\\", f.object.url.rstrip("/").lower() + "/")
        for f in case.findings
        if f.object.path and f.object.url and _named(case, f)[0] == "virtual directory"
    }
    return tuple(sorted(found, key=lambda pair: (-len(pair[0]), pair)))


# "TargetSid":"S-1-5-21-..." of an event that makes an account
_TARGET = re.compile(r"\bTargetSid\W{1,5}(S-1-5-21-[0-9-]{5,60})", re.ASCII)


def _other_names(case: Case) -> dict[tuple[str, str], str]:
    """Names of things by kind and what else they are called: accounts by their identifier, modules
    and agents by their library. From the records in which both stand."""
    found: dict[tuple[str, str], str] = {}
    for finding in case.findings:
        kind, thing = _named(case, finding)
        account = finding.facts.get("account")
        if account and (sid := _TARGET.search(finding.raw)):
            found.setdefault(("account", _plain(sid[1])), account)
        file = finding.object.path
        if kind in ("IIS module", "transport agent") and thing and file:
            found.setdefault((kind, _plain(file)), thing)
    return {key: name for key, name in found.items() if _plain(name) != key[1]}


# /system.webServer/globalModules/add[@name='Some']: how Windows' own log calls a module
_ENTRY = re.compile(r"\[@name=[\"']([^\"']{1,256})")


def _named(case: Case, finding: Finding) -> tuple[str | None, str | None]:
    """Kind and name of the thing that a finding speaks of."""
    rule = case.rules.get(finding.rule)
    kind = rule.backdoor if rule else None
    thing = finding.facts.get("thing")
    if kind == "account" and thing:
        thing = thing.rpartition("\\")[2]
    elif kind == "IIS module" and thing and (entry := _ENTRY.search(thing)):
        thing = entry[1]
    return kind, thing


# Two spellings of one thing: \Updater and Updater, HKLM and its long name, EXAMPLE\anna and anna.
_HIVES = re.compile(r"^(?:\\registry\\machine|hkey_local_machine|hklm:?)\\")
_USERS = re.compile(r"^(?:\\registry\\user|hkey_users|hku:?)\\")
_RESOURCE = re.compile(r"^(?:container)?file:_")


def _plain(thing: str) -> str:
    low = _RESOURCE.sub("", thing.strip().lower())
    low = _USERS.sub(r"hku\\", _HIVES.sub(r"hklm\\", low))
    return low.strip('"').lstrip("\\") or low


# ---------------------------------------------------------------- the time of the intruder


class _Intrusion:
    """When somebody who had no business there is proved to have acted on the server."""

    def __init__(self, case: Case, chains: Sequence[Chain]) -> None:
        through = {c.name for c in chains if c.outcome == "exploited"}
        self._entries = sorted(
            seconds(f.when)
            for f in case.findings
            if f.when
            and f.chain in through
            and f.look_alike is None
            and f.standing == "proof"
            and f.outcome != "attempt"
        )
        others = (seconds(f.when) for f in case.findings if f.when and proves(f))
        self._deeds = sorted({*self._entries, *others})
        self._cmdlets = [f for f in case.findings if f.when and "cmdlet" in f.facts]

    def holds(self, finding: Finding) -> bool:
        """Whether a strong sign belongs to the intrusion.

        One that has no innocent reading does from the first proved deed to a day after the last.
        A cmdlet that administrators run does only within minutes of an entry through a hole, and if
        its account is not seen to administer at other times. Without a time nothing can be said.
        """
        when = finding.when or finding.facts.get("registered", "")
        if (
            finding.outcome != "reached"
            or finding.standing != "proof"
            or not self._deeds
            or not is_time(when)
        ):
            return False
        at = seconds(when)
        if finding.look_alike is None:
            return self._deeds[0] <= at <= self._deeds[-1] + _AFTER_SECONDS
        return "cmdlet" in finding.facts and self._right_after(at) and not self._is_habit(finding)

    def _right_after(self, at: float) -> bool:
        start = bisect_left(self._entries, at - _NEAR_SECONDS)
        return start < bisect_right(self._entries, at)

    def _is_habit(self, finding: Finding) -> bool:
        account = bare_account(finding.actor.account or "")
        return any(
            bare_account(other.actor.account or "") == account
            and not self._right_after(seconds(other.when or ""))
            for other in self._cmdlets
        )


# ---------------------------------------------------------------- one backdoor


def _backdoor(name: str, case: Case, door: _Implant) -> Backdoor:
    state = _state(door.proofs)
    url = _first(f.object.url for f in door.proofs) if door.kind == "virtual directory" else None
    in_file = _first(f.provenance.member for f in door.proofs if f.artifact == "scheduledtask")
    return Backdoor(
        id=name,
        kind=door.kind,
        path=in_file or _first(f.object.path for f in door.proofs),
        url=url,
        family=None,
        planted=min((f.when for f in door.proofs if f.when), default=None),
        planted_by=(),
        on_disk=state == "file",
        evidence_state=state,
        visits=_visits(case, url),
        findings=tuple(f.id for f in door.findings),
        still_stands=_stands(case, door, state),
        name=door.thing,
    )


def _first(values: Iterable[str | None]) -> str | None:
    return next((value for value in values if value), None)


def _state(proofs: Sequence[Finding]) -> Literal["file", "trace only", "log only"]:
    if any(f.artifact in _FILES for f in proofs):
        return "file"
    made = (f for f in proofs if f.artifact.startswith(("evtx", "events_")))
    # That a cmdlet was run is what a log says, in whichever log it stands.
    return "trace only" if any("cmdlet" not in f.facts for f in made) else "log only"


def _visits(case: Case, url: str | None) -> Visits:
    """Requests below a virtual directory's URL, of those that were looked for."""
    below = (url or "").rstrip("/").lower() + "/"
    met = [
        t
        for t in case.tallies
        if url and len(below) > 1 and t.rule == _REQUEST and (t.url or "").lower().startswith(below)
    ]
    return Visits(
        first=min((t.first for t in met if t.first), default=None),
        last=max((t.last for t in met if t.last), default=None),
        count=sum(t.count for t in met),
        answered=sum(t.count for t in met if t.outcome != "attempt"),
    )


_HISTORY = re.compile(r"\\inetpub\\history\\|\\cfghistory_", re.IGNORECASE)
_CURRENT = re.compile(r"\\inetsrv\\config\\applicationhost\.config$", re.IGNORECASE)


def _stands(
    case: Case, door: _Implant, state: Literal["file", "trace only", "log only"]
) -> Literal["yes", "no", "unknown"]:
    if state == "file":
        files = [f.provenance.member for f in door.proofs if f.artifact in _FILES]
        if not all(_HISTORY.search(file) for file in files):
            return "yes"
        # Only dated copies of the configuration have it: it is gone from the one that counts.
        now = any(
            _CURRENT.search(r.evidence.path) and not _HISTORY.search(r.evidence.path)
            for r in case.reports
            if r.evidence.artifact == "iisconfig"
        )
        return "no" if now else "unknown"
    made = max((f.when for f in door.proofs if f.when), default="")
    return "no" if any(when > made for when in door.removed) else "unknown"
