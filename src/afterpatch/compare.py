"""Compares two dossiers of one server, before and after an eviction: is it over?

A door is gone only where what would show it was read: its folder, the file that named it, its
removal in a log, or a request that was answered 404. Everything else can't be told. Doors are
matched by what they are, never by their numbers.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal
from urllib.parse import unquote

import msgspec
from msgspec import Struct

from afterpatch.answers.backdoors import url_of
from afterpatch.answers.implants import PAGE
from afterpatch.errors import UsageError
from afterpatch.limits import GAP_SECONDS
from afterpatch.model import Assessment, Backdoor, Coverage, Finding, Impact, Operator
from afterpatch.outputs import manifest
from afterpatch.outputs.records import NAME as RECORDS
from afterpatch.outputs.text import counted, utc
from afterpatch.tables.query import Records, open_records

__all__ = ["Comparison", "compare", "exit_code", "lines"]

State = Literal["stands", "gone", "unknown"]
Over = Literal["over as far as this evidence goes", "not over", "can't be told"]
EXIT_CODES: dict[Over, int] = {
    "over as far as this evidence goes": 0,
    "not over": 30,
    "can't be told": 40,
}
_TASK = "scheduledtask"  # a file that is the thing itself, as a page is
# Files that name a thing, which is gone when they no longer do.
_NAMING = ("iisconfig", "transportagents", "registryexport")
_HISTORY = re.compile(r"\\inetpub\\history\\|\\cfghistory_", re.IGNORECASE)
_NEEDED = ("iis", "httpproxy", "windows-events")  # show who comes in, and what is left
_PAGES = "web-files"  # shows pages that are new
_CLASSES = ("intruder", "unknown")
_TOLD = 3  # reasons in the sentence
_CVE = re.compile(r"CVE-\d{4}-\d+", re.ASCII)


class Door(Struct, frozen=True):
    """A backdoor in either dossier: `before` and `after` are its ids there, `why` is what tells.

    `asked` are the requests to it since, by log, as (log, status, how many, last)."""

    kind: str
    called: str
    before: str | None
    after: str | None
    state: State
    why: str
    planted: str | None
    answered: int
    asked: tuple[tuple[str, str, int, str | None], ...]


class Hand(Struct, frozen=True):
    """An operator of the second dossier that was active since.

    `before` are the operators of the first that it shares something with, `by` what. Where that is
    only a user agent, which many have, it is not `sure`. `proved` and `reached` count its records
    since in which something worked, or was answered without a proved effect.
    """

    after: str
    class_: str
    addresses: tuple[str, ...]
    before: tuple[str, ...]
    by: tuple[str, ...]
    sure: bool
    last: str | None
    proved: int
    reached: int


class Hole(Struct, frozen=True):
    """A vulnerability that stood open in either dossier, and how it stands at the end."""

    cve: str
    chain: str | None
    state: Literal["closed", "open", "unknown"]
    basis: str


class Comparison(Struct, frozen=True):
    """What became of the server between two dossiers.

    `since` is the time after which a deed counts as new, `until` the end of the second dossier.
    `unseen` says what the second dossier does not show of that time, `steps` what nothing in the
    evidence shows to be done.
    """

    over: Over
    sentence: str
    host: str
    since: str
    until: str | None
    reasons: tuple[str, ...]
    doors: tuple[Door, ...]
    operators: tuple[Hand, ...]
    impact: tuple[Impact, ...]
    holes: tuple[Hole, ...]
    unseen: tuple[str, ...]
    steps: tuple[str, ...]


class _Dossier:
    """One dossier as its files tell it."""

    def __init__(self, folder: Path) -> None:
        try:
            self.answer = msgspec.json.decode(
                (folder / "assessment.json").read_bytes(), type=Assessment
            )
            with (folder / "findings.jsonl").open("rb") as stream:
                findings = [msgspec.json.decode(line, type=Finding) for line in stream]
        except FileNotFoundError as error:
            raise UsageError(
                f"{folder} holds no dossier: give the folder of one server that `assess -o` wrote"
            ) from error
        except msgspec.DecodeError as error:
            raise UsageError(
                f"{folder} can't be understood ({error}): assess the evidence again"
            ) from error
        self.folder = folder
        self.findings = {finding.id: finding for finding in findings}
        self.end = max((row.to for row in self.answer.coverage if row.to), default=None)
        known = manifest.read(folder)
        broken = {problem.what.lower() for problem in self.answer.problems}
        # The files that were read.
        self.files = {
            _place(file.path): file.sha256
            for file in (known.evidence if known else ())
            if file.sha256 and file.path.lower() not in broken
        }
        self.folders = {path.rpartition("\\")[0] for path in self.files}


def compare(before: Path, after: Path, evicted: str | None = None) -> Comparison:
    """Compares the dossiers in two folders.

    `evicted` is when the intruders were put out, in UTC; where it is None, the end of the first
    dossier. Raises UsageError when the two can't be compared.
    """
    first, second = _Dossier(before), _Dossier(after)
    hosts = first.answer.host, second.answer.host
    names = hosts[0].name, hosts[1].name
    sure = all(host.named_by == "logs" for host in hosts)
    if sure and names[0].lower() != names[1].lower():
        raise UsageError(
            f"{before} is of {names[0]} and {after} of {names[1]}: give two dossiers of one "
            "server, both redacted with one key or neither"
        )
    since = evicted or first.end
    if since is None:
        raise UsageError(
            f"{before} holds no dated log: say with --evicted when the intruders were put out"
        )
    table = second.folder / RECORDS
    with open_records(table) if table.is_file() else nullcontext() as records:
        doors = _doors(first, second, since, records)
        hands = _hands(first, second, since, records)
    impact = tuple(harm for harm in second.answer.impact if harm.when and harm.when > since)
    holes = _holes(first.answer, second.answer)
    unseen = (
        *_unseen(second, since),
        *(() if records else (f"{after} has no {RECORDS}",)),
        *(() if sure else ("the name of the server: that both are of one is taken on trust",)),
    )
    entered = {c.name for c in first.answer.chains if c.outcome == "exploited"}
    against = _against(doors, hands, impact, holes, since)
    open_ = _open(doors, hands, holes, entered, unseen)
    over: Over = "over as far as this evidence goes"
    if against or open_:
        over = "not over" if against else "can't be told"
    return Comparison(
        over=over,
        sentence=_sentence(over, against or open_, doors, since, second.end),
        host=next((host.name for host in hosts[::-1] if host.named_by == "logs"), names[1]),
        since=since,
        until=second.end,
        reasons=(*against, *open_),
        doors=doors,
        operators=hands,
        impact=impact,
        holes=holes,
        unseen=unseen,
        steps=_steps(first.answer, second.answer, doors, holes),
    )


def exit_code(found: Comparison) -> int:
    return EXIT_CODES[found.over]


# ---------------------------------------------------------------- doors


def _doors(
    first: _Dossier, second: _Dossier, since: str, records: Records | None
) -> tuple[Door, ...]:
    left = list(second.answer.backdoors)
    found = []
    for door in first.answer.backdoors:
        same = next((other for other in left if _names(door) & _names(other)), None)
        if same:
            left.remove(same)
        found.append(_door(door, same, first, second, since, records))
    found += [_door(None, door, first, second, since, records) for door in left]
    return tuple(found)


def _names(door: Backdoor) -> set[tuple[str, str]]:
    """What a door is known by: one spelling of its URL, path and name, each with its kind."""
    path = door.path or ""
    names = [door.name, door.url, path]
    if door.kind == PAGE:
        names.append(url_of(path))
    elif door.name:  # many tasks and modules may lie in one file, or lead to one
        names = [door.name]
    return {(door.kind, _plain(name)) for name in names if name}


def _place(path: str) -> str:
    """One spelling of a Windows path, whether or not the collector kept the drive."""
    return re.sub(r"^[a-z]:\\", "", path.lower())


def _plain(text: str) -> str:
    return re.sub("//+", "/", unquote(text)).lower()


def _door(
    old: Backdoor | None,
    new: Backdoor | None,
    first: _Dossier,
    second: _Dossier,
    since: str,
    records: Records | None,
) -> Door:
    either = [door for door in (new, old) if door]
    urls = sorted({_plain(door.url) for door in either if door.url})
    asked = records.asked(urls, new.id if new else None, since) if records else ()
    by_log: Counter[str] = Counter()  # one request stands in several logs
    for one in asked:
        by_log[one.artifact] += one.records if one.answered else 0
    answered = max(by_log.values(), default=0)
    dossiers = [(door, first if door is old else second) for door in either]
    state, why = _state(new, dossiers, second)
    refused = max((one.last for one in asked if one.status == "404" and one.last), default="")
    served = max((one.last for one in asked if one.answered and one.last), default="")
    if state == "unknown" and refused > served and either[0].kind == PAGE:
        state, why = "gone", f"a request to it was answered 404 on {utc(refused)}"
    elif state == "unknown" and answered:
        state, why = "stands", f"it answered on {utc(served)}"
    return Door(
        kind=either[0].kind,
        called=either[0].name or either[0].url or either[0].path or either[0].id,
        before=old.id if old else None,
        after=new.id if new else None,
        state=state,
        why=why,
        planted=min((door.planted for door in either if door.planted), default=None),
        answered=answered,
        asked=tuple((one.artifact, one.status, one.records, one.last) for one in asked),
    )


def _state(
    new: Backdoor | None, doors: Sequence[tuple[Backdoor, _Dossier]], second: _Dossier
) -> tuple[State, str]:
    """How a door stands by the files and removals in the second dossier, and what tells."""
    if new and new.still_stands == "yes":
        return "stands", "the evidence of the second dossier holds it"
    if new and new.still_stands == "no":
        return "gone", "it was seen to be removed"
    shown = [
        (_place(finding.provenance.member), finding.artifact, finding.provenance.sha256)
        for door, of in doors
        for id_ in door.findings
        if (finding := of.findings.get(id_))
    ]
    pages = {_place(door.path) for door, _ in doors if door.kind == PAGE and door.path}
    things = dict.fromkeys(pages, "")
    things |= {path: sha for path, kind, sha in shown if kind == _TASK or path in pages}
    naming = {p for p, kind, _ in shown if kind in _NAMING and not _HISTORY.search(p)}
    for path, sha256 in sorted(things.items()):
        if path in second.files:
            same = second.files[path] == sha256
            if same:
                return "stands", f"{path} holds the same bytes"
            return "unknown", f"a file still lies at {path}, with other content"
    if things and all(path.rpartition("\\")[0] in second.folders for path in things):
        return "gone", "its folder was read, and it is not there"
    if naming and not things and all(path in second.files for path in naming):
        return "gone", f"{', '.join(sorted(naming))} was read, and does not name it"
    wanted = sorted({*(p.rpartition("\\")[0] for p in things), *naming} - {""})
    missing = f": {', '.join(wanted)}" if wanted else ""
    return "unknown", f"what would show it is not in the evidence of the second dossier{missing}"


# ---------------------------------------------------------------- hands


def _hands(
    first: _Dossier, second: _Dossier, since: str, records: Records | None
) -> tuple[Hand, ...]:
    known = [who for who in first.answer.operators if who.class_ in _CLASSES]
    found = []
    for who in second.answer.operators:
        if not who.last or who.last <= since:
            continue
        shared = [(old.id, *_shared(old, who)) for old in known]
        same = [(id_, strong, weak) for id_, strong, weak in shared if strong or weak]
        sure = [one for one in same if one[1]]
        if not sure and who.class_ != "intruder":
            continue
        proved, reached = records.since(who.id, since) if records else (0, 0)
        by = dict.fromkeys(b for _, strong, weak in sure or same for b in (*strong, *weak))
        found.append(
            Hand(
                after=who.id,
                class_=who.class_,
                addresses=who.addresses,
                before=tuple(id_ for id_, _, _ in sure or same),
                by=tuple(by),
                sure=bool(sure),
                last=who.last,
                proved=proved,
                reached=reached,
            )
        )
    return tuple(found)


def _shared(old: Operator, new: Operator) -> tuple[list[str], list[str]]:
    """What two operators have in common: what is one hand's own, and what many have."""
    common = {*old.shared_addresses, *new.shared_addresses}
    addresses = {*old.addresses} & {*new.addresses} - common
    accounts = {a.lower() for a in old.accounts} & {a.lower() for a in new.accounts}
    agents = {*old.user_agents} & {*new.user_agents}
    strong = [f"address {a}" for a in sorted(addresses)]
    strong += [f"account {a}" for a in sorted(accounts)]
    return strong, [f"user agent {a}" for a in sorted(agents)]


# ---------------------------------------------------------------- holes and coverage


def _holes(first: Assessment, second: Assessment) -> tuple[Hole, ...]:
    were = {e.cve for e in first.exposure if e.state == "exposed"}
    at_end = {e.cve: e for e in second.exposure}
    are = {e.cve: e for e in second.exposure if e.state == "exposed" and e.to is None}
    chains = {e.cve: e.chain for e in (*second.exposure, *first.exposure)}
    found = []
    for cve in sorted(were | are.keys()):
        last = are.get(cve) or at_end.get(cve)
        if cve in are:
            state: Literal["closed", "open", "unknown"] = "open"
        else:
            state = "closed" if last and last.state != "unknown" else "unknown"
        found.append(
            Hole(cve, chains[cve], state, last.basis if last else "the second dossier is silent")
        )
    return tuple(found)


def _unseen(second: _Dossier, since: str) -> Iterator[str]:
    """What the second dossier does not show of the time since."""
    if second.end is None or second.end <= since:
        yield f"the second dossier ends {utc(second.end)}, not after {utc(since)}"
        return
    late = _later(since, GAP_SECONDS)
    rows = {row.artifact: row for row in second.answer.coverage}
    for family in _NEEDED:
        row = rows.get(family)
        if row is None or row.from_ is None or row.to is None:
            yield f"no {family} log of that time could be read"
            continue
        if row.from_ > late:
            yield f"the {family} logs begin {utc(row.from_)}"
        if row.to <= since:
            yield f"the {family} logs end {utc(row.to)}"
    if _PAGES not in rows or not rows[_PAGES].files:
        yield "no web file was read, so that a new page would not show"
    yield from _gaps(second.answer.coverage, since)
    if unread := [p for p in second.answer.problems if p.stage != "detect"]:
        yield f"{counted(len(unread), 'file')} could not be read in full"


def _gaps(coverage: Sequence[Coverage], since: str) -> Iterator[str]:
    for row in coverage:
        if held := [gap for gap in row.gaps if gap.to > since]:
            last = max(held, key=lambda gap: (gap.to, gap.from_))
            span = f"{utc(max(last.from_, since))} to {utc(last.to)}, {last.why}"
            yield f"{row.artifact} has {counted(len(held), 'gap')} since, the last {span}"


def _later(when: str, seconds: int) -> str:
    at = datetime.fromisoformat(when).astimezone(UTC) + timedelta(seconds=seconds)
    return at.strftime("%Y-%m-%dT%H:%M:%S.000Z")


# ---------------------------------------------------------------- the answer


def _against(
    doors: Sequence[Door],
    hands: Sequence[Hand],
    impact: Sequence[Impact],
    holes: Sequence[Hole],
    since: str,
) -> tuple[str, ...]:
    """What shows that it is not over, gravest first."""
    said = []
    for door in doors:
        called = f"{door.kind} {door.called}"
        fresh = (door.planted or "") > since
        if door.state == "stands":
            said.append(f"{called} {'still stands' if door.before else 'is new and stands'}")
        elif fresh or (door.before is None and door.state == "unknown"):
            said.append(f"{called} is new")
        elif door.answered:
            said.append(f"{called} answered {counted(door.answered, 'request')}")
    for hand in hands:
        if hand.proved and (hand.sure or hand.class_ == "intruder"):
            who = f"{hand.before[0]} came back as {hand.after}" if hand.sure else hand.after
            said.append(f"{who} ({', '.join(hand.addresses[:2])}), and something worked")
    said += [f"{harm.kind} on {utc(harm.when)}" for harm in impact]
    if still := [hole.cve for hole in holes if hole.state == "open"]:
        more = f" and {len(still) - _TOLD} more" if len(still) > _TOLD else ""
        said.append(f"{', '.join(still[:_TOLD])}{more} stood open at the end")
    return tuple(said)


def _open(
    doors: Sequence[Door],
    hands: Sequence[Hand],
    holes: Sequence[Hole],
    entered: Iterable[str],
    unseen: Sequence[str],
) -> tuple[str, ...]:
    """What keeps it from being told."""
    said = [f"{d.kind} {d.called}: {d.why}" for d in doors if d.state == "unknown" and d.before]
    said += [
        f"{hand.after} ({', '.join(hand.addresses[:2])}) was answered, and no effect is proved"
        for hand in hands
        if hand.reached and not hand.proved
    ]
    unknown = [h.cve for h in holes if h.state == "unknown" and h.chain in set(entered)]
    if unknown:
        said.append(f"whether {', '.join(unknown[:_TOLD])} is closed is not seen")
    return (*said, *unseen)


def _sentence(
    over: Over, reasons: Sequence[str], doors: Sequence[Door], since: str, until: str | None
) -> str:
    window = f"from {utc(since)} to {utc(until)}"
    if over == "over as far as this evidence goes":
        known = counted(len(doors), "known backdoor")
        return (
            f"Over as far as this evidence goes, {window}: of {known} none stands, nothing new is "
            "seen, and nobody is seen to have come in. What no log can show is listed below."
        )
    more = f"; and {len(reasons) - _TOLD} more" if len(reasons) > _TOLD else ""
    start = "Not over" if over == "not over" else "Can't be told"
    return f"{start} ({window}): {'; '.join(reasons[:_TOLD])}{more}."


def _steps(
    first: Assessment, second: Assessment, doors: Sequence[Door], holes: Sequence[Hole]
) -> tuple[str, ...]:
    """The steps of both dossiers, but for doors that are gone and holes that are closed."""
    gone = {door.before for door in doors if door.state == "gone"}
    names = [
        name
        for door in first.backdoors
        if door.id in gone
        for name in (door.path, door.url, door.name)
        if name
    ]
    still = {hole.cve for hole in holes if hole.state != "closed"}
    kept = []
    for step in dict.fromkeys((*first.next_steps, *second.next_steps)):
        cves = set(_CVE.findall(step))
        if not any(name in step for name in names) and (not cves or cves & still):
            kept.append(step)
    return tuple(kept)


# ---------------------------------------------------------------- in words


def lines(found: Comparison) -> Iterator[str]:
    """The same for people, line by line; texts of evidence are still to be defused."""
    yield found.sentence
    if found.reasons:
        yield ""
        yield "Why"
        yield from (f"  - {reason}" for reason in found.reasons)
    for title, doors in (
        ("Still standing", [d for d in found.doors if d.before and d.state == "stands"]),
        ("New", [d for d in found.doors if not d.before]),
        ("Can't be told", [d for d in found.doors if d.before and d.state == "unknown"]),
        ("Gone", [d for d in found.doors if d.before and d.state == "gone"]),
    ):
        if doors:
            yield ""
            yield title
        for door in doors:
            ids = " = ".join(filter(None, (door.before, door.after)))
            yield f"  {door.kind} {door.called} ({ids}): {door.state}, {door.why}"
            for log, status, count, last in door.asked:
                answer = f"answered {status or 'without a status'}"
                asked = counted(count, "request")
                yield f"    {asked} since, {answer} ({log}, last {utc(last)})"
    if found.operators:
        yield ""
        yield f"Seen since {utc(found.since)}"
    for hand in found.operators:
        again = f"as {', '.join(hand.before)} by {', '.join(hand.by)}" if hand.before else "new"
        doubt = "" if hand.sure or not hand.before else " (which many share)"
        who = f"{hand.after} ({hand.class_}, {', '.join(hand.addresses[:5])})"
        done = f"{hand.proved:,} worked, {hand.reached:,} answered"
        yield f"  {who}: {again}{doubt}, last {utc(hand.last)}; {done}"
    if found.impact:
        yield ""
        yield "What followed since"
        yield from (f"  {utc(harm.when)}  {harm.what}" for harm in found.impact)
    if found.holes:
        yield ""
        yield "Holes"
        yield from (
            f"  {hole.cve}: {hole.state} ({hole.basis})"
            for hole in found.holes
            if hole.state != "closed"
        )
        if closed := [hole.cve for hole in found.holes if hole.state == "closed"]:
            yield f"  closed: {', '.join(closed)}"
    yield ""
    yield f"Not seen of the time since {utc(found.since)}"
    yield from (f"  - {said}" for said in found.unseen or ("nothing that was needed",))
    yield ""
    yield "Steps that no evidence here shows to be done: check each"
    yield from (f"  - {step}" for step in found.steps)
