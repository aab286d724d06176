"""The view over many dossiers: the types that its output formats share, and `view.json` itself.

Everything in a view that came from a dossier is text of evidence, and hostile.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from afterpatch.model import Grade

__all__ = [
    "Calendar",
    "Change",
    "Changes",
    "Cluster",
    "Day",
    "Failed",
    "Holder",
    "Link",
    "Member",
    "Owner",
    "Patching",
    "Refused",
    "Row",
    "ServerView",
    "Span",
    "Split",
    "View",
    "holder",
]

SCHEMA = "afterpatch/campaign/1"
APART_DAYS = 60  # an address is let to others: quiet for longer, it ties nobody
SignKind = Literal["address", "parameter", "program", "user agent", "page name", "several signs"]


class Owner(Struct, frozen=True, order=True):
    """Whose server it is, by the register; empty where it does not say."""

    organization: str = ""
    sector: str = ""
    country: str = ""
    size: str = ""
    contact: str = ""


Holder = tuple[str, ...]


def holder(owner: Owner, package: str) -> Holder:
    """Who is to be told, so that no two are one: organizations of one name in two countries or with
    two contacts are two, and a package without an owner stands for itself."""
    if not owner.organization:
        return ("package", package)
    return ("owner", owner.organization, owner.country, owner.sector, owner.contact)


class Member(Struct, frozen=True):
    """A server's standing in one cluster: `place` counts from 1, in order of first sight.

    `by` are the links that tie it, as `kind: value`; `deeds` says what was done there.
    """

    cluster: str
    operators: tuple[str, ...]
    first: str | None
    last: str | None
    place: int
    deeds: tuple[str, ...]
    by: tuple[str, ...]


class ServerView(Struct, frozen=True):
    """One server in the view. `folder` leads to its dossier, from the folder that was given.

    `told` is false where the evidence is too thin for the question: nothing was found, or no more
    than attempts, and the coverage is insufficient or begins after the hole was closed.
    `entry_is_bound`: the logs do not reach back, so the entry may have been earlier.
    `before_disclosure`: the entry was before the hole of its chain was public. `days_to_patch`:
    from the entry to the first sight of a build that closes the hole; None when none was seen.
    `addresses` are those that intruders came from, none inside a network; `collect` is what its
    open questions ask for.
    """

    server: str
    folder: str
    owner: Owner
    host: str
    product: str
    build: str
    grade: Grade
    reached: tuple[Grade, ...]
    coverage: str
    told: bool
    sentence: str
    entry: str | None
    entry_is_bound: bool
    last_deed: str | None
    patched: str | None
    ended: str
    days_to_patch: int | None
    phase: str
    before_disclosure: bool
    evidence_to: str | None
    backdoors: int
    standing_doors: int
    intruders: int
    impact: tuple[str, ...]
    chains: tuple[str, ...]
    next_steps: tuple[str, ...]
    addresses: tuple[str, ...] = ()
    clusters: tuple[Member, ...] = ()
    collect: tuple[str, ...] = ()


class Failed(Struct, frozen=True):
    """A package without a dossier of its own: it failed, or is another one again, whose `servers`
    are its own too."""

    package: str
    state: Literal["failed", "duplicate"]
    why: str
    duplicate_of: str
    owner: Owner
    servers: tuple[str, ...] = ()


class Row(Struct, frozen=True):
    """Servers of one kind. `grades` counts each server once, by its highest rung; `taken` are those
    with `exploited` or more. Of the rest `untold` are those whose evidence can't answer, `partly`
    those where parts of it are missing."""

    value: str
    servers: int
    grades: dict[str, int]
    untold: int
    partly: int
    taken: int


class Split(Struct, frozen=True):
    """The servers by one property, the most first."""

    by: str
    rows: tuple[Row, ...]


class Day(Struct, frozen=True):
    """What began on one day (UTC): servers entered for the first time, doors planted, servers where
    somebody came through another's door for the first time, servers with a first impact."""

    day: str
    entered: int
    planted: int
    visited: int
    impacted: int
    phase: str


class Calendar(Struct, frozen=True, rename={"from_": "from"}):
    """A stretch of the public life of a chain, with the servers first entered in it."""

    chain: str
    name: str
    from_: str
    to: str | None
    entered: int


class Span(Struct, frozen=True):
    """Servers whose patch was seen so many days after the entry."""

    name: str
    servers: int


class Patching(Struct, frozen=True):
    """From first entry to patch, over servers that were taken. `median` is over all whose entry is
    known, those not seen patched counting as longer than any; None when that many never were.
    `bounds`: servers whose entry may have been earlier, since the logs do not reach back."""

    servers: int
    spans: tuple[Span, ...]
    median: int | None
    not_patched: int
    no_entry: int
    bounds: int


class Link(Struct, frozen=True):
    """A sign that ties servers of one cluster: how many, and why it counts."""

    kind: SignKind
    value: str
    servers: int
    why: str


class Cluster(Struct, frozen=True):
    """Hands on several servers that share infrastructure: a cluster, and never a named group.

    `members` are (server, operator); `links` hold it together, the widest first. `impact` is what
    followed by its own hands, `before_disclosure` on how many servers they were before the hole was
    public, `planted` on how many they planted a door.
    """

    id: str
    servers: int
    organizations: int
    before_disclosure: int
    first: str | None
    last: str | None
    planted: int
    impact: tuple[str, ...]
    addresses: tuple[str, ...]
    page_names: tuple[str, ...]
    links: tuple[Link, ...]
    members: tuple[tuple[str, str], ...]


class Refused(Struct, frozen=True):
    """What many servers saw and ties nobody to nobody: the measure says why."""

    kind: SignKind
    value: str
    servers: int
    as_intruder: int
    as_scanner: int
    why: str


class Change(Struct, frozen=True):
    """A server or cluster that is not as it was in the view before."""

    what: str
    before: str
    now: str


class Changes(Struct, frozen=True):
    """What is new since an earlier view.

    Clusters that grew or shrank against the earlier one they come from; `clusters_merged`: several
    earlier ones (`before`) became one (`what`); `clusters_split`: an earlier one (`what`) became
    several (`now`); `clusters_gone`: no cluster has any of its servers any more.
    """

    since: str
    servers_new: tuple[str, ...]
    servers_gone: tuple[str, ...]
    graver: tuple[Change, ...]
    milder: tuple[Change, ...]
    clusters_new: tuple[str, ...]
    clusters_grown: tuple[Change, ...]
    clusters_shrunk: tuple[Change, ...] = ()
    clusters_merged: tuple[Change, ...] = ()
    clusters_split: tuple[Change, ...] = ()
    clusters_gone: tuple[str, ...] = ()


class View(Struct, frozen=True):
    """The whole view, as `view.json` holds it: a public interface, added to and never renamed.

    `register` are all owners of the register, also those without a server in the view;
    `unread` counts the dossiers and folders that could not be read, `problems` names them.
    """

    schema: Literal["afterpatch/campaign/1"]
    version: str
    servers: tuple[ServerView, ...]
    failed: tuple[Failed, ...]
    ladder: Row
    reached: dict[str, int]
    splits: tuple[Split, ...]
    days: tuple[Day, ...]
    calendar: tuple[Calendar, ...]
    patching: Patching
    clusters: tuple[Cluster, ...]
    refused: tuple[Refused, ...]
    unlinked: int
    changes: Changes | None
    claims: tuple[dict[str, str], ...]
    problems: tuple[str, ...]
    notes: tuple[str, ...]
    register: tuple[Owner, ...] = ()
    unread: int = 0
