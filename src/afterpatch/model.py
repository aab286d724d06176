"""Types that travel between rooms: frozen, slotted, picklable, without open handles."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct, field

Outcome = Literal["attempt", "reached", "success"]
Question = Literal["exposed", "exploited", "backdoored", "used", "impacted"]
Severity = Literal["informational", "low", "medium", "high", "critical"]
Grade = Literal[
    "not assessed",
    "no evidence",
    "exposed",
    "attempted",
    "exploited",
    "backdoored",
    "used",
    "impacted",
]
# Whether a finding may carry a verdict: a rule of ours on facts that were read; one on facts only
# known from public reports, which needs others beside it; a rule from elsewhere.
Standing = Literal["proof", "supporting", "foreign"]
AmountUnit = Literal["bytes", "mailboxes", "messages", "files"]
Value = str | tuple[str, ...]

# ---------------------------------------------------------------- evidence


class Locator(Struct, frozen=True, order=True):
    """Where the bytes of one file are in this run.

    `source` is the folder, file or archive as a path of this machine; `member` is the name below
    it, with `/` as separator and ` ! ` between nested archives, empty when `source` is the file.
    """

    source: str
    member: str = ""


class Unit(Struct, frozen=True, order=True):
    """What one worker opens at a time: one file, one zip member, or one archive read as a stream.

    `size` is the number of bytes to be read from disk, the unit of progress. `evidence` is the name
    its files carry in the report. `within` is the part of `locator.member` that names an archive on
    disk below `locator.source`; empty when the source is the archive or the file lies open.
    """

    locator: Locator
    container: Literal["file", "zip", "tar", "nested"]
    size: int
    evidence: str = ""
    within: str = ""


class Evidence(Struct, frozen=True):
    """One file as it lay on one server.

    `path` is the Windows path (backslashes; begins with a drive letter when the collector kept
    one). `root` is the part of the member name above that path: files of one server share it.
    `evidence` is the name of the source as a reader of the report knows it, without its folder.
    """

    evidence: str
    root: str
    path: str
    locator: Locator
    size: int
    sha256: str = ""
    artifact: str = ""


class Problem(Struct, frozen=True, order=True):
    """What could not be read, and why. `offset` is in bytes of the file, when it is known."""

    what: str
    why: str
    offset: int | None = None
    stage: Literal["open", "read", "parse", "detect"] = "read"


# ---------------------------------------------------------------- records


class Frame(Struct, frozen=True):
    """The bytes of one record (a line, a CSV row, an event chunk, a whole file) and where they lay.

    `line` counts from 1 and is None for binary frames.
    """

    data: bytes
    offset: int
    line: int | None = None


class Candidate(Struct, frozen=True):
    """A frame that may match: at least one needle lies in it. Proves nothing."""

    frame: Frame
    needles: frozenset[int]


class Record(Struct, frozen=True):
    """One parsed event and the way back to its bytes.

    `when` is UTC as `YYYY-MM-DDTHH:MM:SS.mmmZ`, or None when the record carries no time of its own.
    `fields` keeps the artifact's own field names; a field that repeats is a tuple, in order.
    `raw` is the record as text. `damage` says in words what was wrong with it.
    """

    artifact: str
    when: str | None
    fields: dict[str, Value]
    offset: int
    length: int
    line: int | None
    raw: str
    damage: tuple[str, ...] = ()


class Sighting(Struct, frozen=True, order=True):
    """A fact about the server read beside the events: its name or the build it ran, and when."""

    kind: Literal["host", "build"]
    value: str
    basis: str
    when: str | None = None


class Gap(Struct, frozen=True, rename={"from_": "from"}):
    """A time of which a log holds nothing, though it should.

    `where` is the part of the family that lacks it: a channel of the event log, a site, a folder;
    empty for all of it. `note` says what tells, `records` how many are missing where their numbers
    tell.
    """

    from_: str
    to: str
    why: Literal["missing", "rotated", "truncated", "cleared"]
    where: str = ""
    note: str = ""
    records: int | None = None


class Stretch(Struct, frozen=True, order=True):
    """Record numbers of one event log from `low` to `high` without a hole, and the times of these
    two records, where they are known."""

    low: int
    high: int
    first: str | None
    last: str | None


class ChannelSpan(Struct, frozen=True, order=True):
    """What one file holds of one channel of one computer's event log.

    `whole`: the file is the log itself, as Windows keeps it. `stretches`, in order, are empty where
    the record numbers tell nothing, as in an export of chosen events.
    """

    channel: str
    host: str
    first: str | None
    last: str | None
    records: int
    whole: bool = False
    stretches: tuple[Stretch, ...] = ()


class Actor(Struct, frozen=True, omit_defaults=False):
    address: str | None = None
    user_agent: str | None = None
    account: str | None = None


class Object(Struct, frozen=True):
    path: str | None = None
    url: str | None = None
    command: str | None = None


class Provenance(Struct, frozen=True):
    """The bytes a finding rests on: source, Windows path, bytes from and how many, line from 1."""

    evidence: str
    member: str
    offset: int
    length: int
    line: int | None
    sha256: str
    member_name: str = ""


class Finding(Struct, frozen=True):
    """What a detection says of one record, why, and what it is worth."""

    id: str
    rule: str
    title: str
    question: Question
    outcome: Outcome
    chain: str | None
    cve: tuple[str, ...]
    technique: tuple[str, ...]
    severity: Severity
    when: str | None
    actor: Actor
    object: Object
    provenance: Provenance
    raw: str
    look_alike: str | None
    explain: str
    artifact: str
    facts: dict[str, str] = {}
    standing: Standing = "proof"


LeadKind = Literal[
    "address",
    "page",
    "path",
    "parameter",
    "account",
    "mailbox",
    "canary",
    "request",
    "user agent",
    "tool",
    "hash",
]


class Lead(Struct, frozen=True, order=True):
    """What a confirmed finding teaches, which the next sweep looks for in every artifact.

    `taught_by` are the ids of the findings and traces that it was read from. `agent` is, for an
    address that many share, the user agent that a record must carry too.
    """

    kind: LeadKind
    value: str
    taught_by: tuple[str, ...]
    agent: str | None = None


class Trace(Struct, frozen=True):
    """A record that a later sweep found by what was learnt of an intruder.

    No detection spoke of it, and no rung of the verdict rests on it alone. `leads` are the leads it
    was found by, as (kind, value); `facts` what its columns say (method, status, query, request,
    action, process, ...). `id` is `r-` and a hash of the provenance.
    """

    id: str
    artifact: str
    when: str | None
    actor: Actor
    object: Object
    facts: dict[str, str]
    provenance: Provenance
    raw: str
    leads: tuple[tuple[LeadKind, str], ...]


class Followed(Struct, frozen=True):
    """A lead and what its sweep found of it: how many records hold it.

    `common`: so many accounts sign in with it in one file that it was not looked into further, and
    `records` counts what may hold it beyond. `kept` says whether all its records are among the
    traces.
    """

    lead: Lead
    sweep: int
    records: int
    common: bool
    kept: bool


class Pursuit(Struct, frozen=True):
    """All that the further sweeps found, traces in order of time and id."""

    traces: tuple[Trace, ...] = ()
    followed: tuple[Followed, ...] = ()
    problems: tuple[Problem, ...] = ()


class Tally(Struct, frozen=True):
    """How often one actor met one object under one rule; exact, however few findings are kept."""

    rule: str
    outcome: Outcome
    address: str | None
    url: str | None
    count: int
    first: str | None
    last: str | None


class FileReport(Struct, frozen=True):
    """Everything one pass over one file taught.

    `opened` is the time that the first `#Date:` line gives, `cut` says in words how the end of the
    file is torn (empty where it is not), `channels` is what an event log holds by channel, `shifts`
    are minutes that its times run ahead of UTC by what its own records say.
    """

    evidence: Evidence
    family: str | None
    first: str | None = None
    last: str | None = None
    records: int = 0
    unparsed: int = 0
    gaps: tuple[Gap, ...] = ()
    sightings: tuple[Sighting, ...] = ()
    findings: tuple[Finding, ...] = ()
    tallies: tuple[Tally, ...] = ()
    problems: tuple[Problem, ...] = ()
    opened: str | None = None
    cut: str = ""
    channels: tuple[ChannelSpan, ...] = ()
    shifts: tuple[int, ...] = ()
    # Of a further sweep: leads that many accounts share here, and of those of which enough is
    # known, how many more records may hold them.
    common: tuple[str, ...] = ()
    passed_over: dict[str, int] = {}


# ---------------------------------------------------------------- assessment (contract.md)


class BuildSpan(Struct, frozen=True, rename={"from_": "from"}):
    build: str
    from_: str | None
    to: str | None


class Host(Struct, frozen=True):
    """The server. `named_by` says whether its logs give the name, or only that of the evidence."""

    name: str
    product: str | None
    build: str | None
    build_source: str | None
    build_history: tuple[BuildSpan, ...]
    named_by: Literal["logs", "evidence"] = "logs"


class NextRung(Struct, frozen=True):
    grade: Grade
    why_not: str


class Verdict(Struct, frozen=True):
    grade: Grade
    sentence: str
    reached: tuple[Grade, ...]
    next_rung: NextRung | None
    coverage: Literal["sufficient", "partial", "insufficient"]


class Exposure(Struct, frozen=True, rename={"from_": "from"}):
    """How a hole stood on this server. `patched` is the day on which its first fix came out."""

    cve: str
    chain: str | None
    state: Literal["exposed", "fixed", "mitigated", "unknown"]
    from_: str | None
    to: str | None
    basis: str
    patched: str | None = None


class Chain(Struct, frozen=True):
    name: str
    cves: tuple[str, ...]
    outcome: Literal["probed", "attempted", "reached", "exploited"]
    first: str | None
    last: str | None
    sources: tuple[str, ...]
    findings: tuple[str, ...]


class Visits(Struct, frozen=True):
    first: str | None
    last: str | None
    count: int
    answered: int


class Visitor(Struct, frozen=True):
    """One operator's visits to one backdoor. `answered` counts those that the server answered as
    the visitor wanted; `first` and `last` are of all visits."""

    operator: str
    first: str | None
    last: str | None
    count: int
    answered: int


class Backdoor(Struct, frozen=True):
    """A door left in the server. `still_stands` is what the end of the evidence shows of it; `name`
    is what the thing is called where it is no page: a task, a service, an account, a rule.
    `visitors` are the operators who came through it, in order of their first visit."""

    id: str
    kind: str
    path: str | None
    url: str | None
    family: str | None
    planted: str | None
    planted_by: tuple[str, ...]
    on_disk: bool
    evidence_state: Literal["file", "trace only", "log only"]
    visits: Visits
    findings: tuple[str, ...]
    still_stands: Literal["yes", "no", "unknown"] = "unknown"
    name: str | None = None
    visitors: tuple[Visitor, ...] = ()


class Operator(Struct, frozen=True, rename={"class_": "class"}):
    """One hand: requests and actions that the evidence holds together, for the reasons in
    `joined_by`. `shared_addresses` are those of its addresses from which others come too, so that
    only its own requests there count; `accounts` are those it signed in as; `commands` what it ran;
    `records` counts the records in `records.parquet` that are its own."""

    id: str
    addresses: tuple[str, ...]
    user_agents: tuple[str, ...]
    planted: tuple[str, ...]
    visited: tuple[str, ...]
    first: str | None
    last: str | None
    actions: tuple[str, ...]
    class_: Literal["intruder", "scanner", "responder", "unknown"]
    joined_by: tuple[str, ...]
    findings: tuple[str, ...]
    shared_addresses: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()
    records: int = 0


class Comparison(Struct, frozen=True):
    """What speaks for and against two clients (an address, or an address and its agent) being one
    hand, and what was made of it."""

    clients: tuple[str, str]
    merged: bool
    evidence_for: tuple[str, ...]
    evidence_against: tuple[str, ...]


class Hands(Struct, frozen=True):
    """How many different hands the evidence shows: a lower bound, and what it rests on."""

    at_least: int
    addresses_tell: bool
    note: str


class Pivot(Struct, frozen=True):
    """Something learnt of an intruder, and what came of looking for it.

    `sweep` counts from 2 (the first sweep looks for detections); `records` are those that hold it.
    A pivot that is too common to mean anything is refused, and `why` says by which measure.
    """

    kind: LeadKind
    value: str
    taught_by: tuple[str, ...]
    sweep: int
    state: Literal["followed", "refused"]
    records: int
    why: str = ""


class Join(Struct, frozen=True):
    """How the records of two sources were tied to each other.

    `tolerance` in seconds; `skew` is how many seconds the second source's clock is ahead of the
    first's, measured from the pairs, None where too few tell.
    """

    sources: tuple[str, str]
    by: str
    tolerance: float
    pairs: int
    skew: float | None = None


class Dwell(Struct, frozen=True):
    """How long somebody was in: from the first entry that is proved to the last deed, and to the
    eviction or the end of the evidence. `days` are those from entry to end. `after_patch` counts
    the requests through a door opened before the patch, `operators` those who made them."""

    entry: str
    last_deed: str
    end: str
    ended: Literal["evicted", "end of evidence"]
    days: int
    patched: str | None
    after_patch: int
    operators: tuple[str, ...]


class Amount(Struct, frozen=True):
    value: int
    unit: AmountUnit
    bound: Literal["exact", "at least"]


class Impact(Struct, frozen=True):
    kind: str
    technique: str
    when: str | None
    what: str
    amount: Amount | None
    operators: tuple[str, ...]
    findings: tuple[str, ...]


class Phase(Struct, frozen=True, rename={"from_": "from"}):
    """A stretch of the public life of a chain. `activity` counts the records of the chain in it and
    the visits to the doors that the chain opened.

    `visible`: logs that show the chain's requests reach into it; `share` is how much of it they
    cover (0 to 1; of a phase without an end, up to that of the evidence), `seen_in` are these logs.
    """

    name: str
    from_: str | None
    to: str | None
    activity: int
    visible: bool
    share: float | None = None
    seen_in: tuple[str, ...] = ()


class Shift(Struct, frozen=True):
    """How many minutes a log's times run ahead of UTC, behind it where negative; several where the
    clocks were changed. Nothing is corrected by it. `files` counts those that tell."""

    what: Literal["records", "file names"]
    minutes: tuple[int, ...]
    basis: str
    files: int


class Part(Struct, frozen=True, rename={"from_": "from"}):
    """A part of a family that Windows or Exchange keeps by itself: a channel of the event log, a
    site, the folder of a protocol."""

    name: str
    from_: str | None
    to: str | None
    files: int
    records: int


class Coverage(Struct, frozen=True, rename={"from_": "from"}):
    """What the evidence holds of one family of artifacts, and what it lacks of it."""

    artifact: str
    from_: str | None
    to: str | None
    needed_from: str | None
    gaps: tuple[Gap, ...]
    files: int
    bytes: int
    records: int
    unparsed: int
    state: Literal["assessed", "partial", "not present", "failed"]
    note: str
    parts: tuple[Part, ...] = ()
    shift: Shift | None = None


class NotAnswered(Struct, frozen=True):
    """A question that stays open. `instead` are logs kept longer, in the evidence, that still cover
    the time that faster ones do not reach."""

    question: str
    because: str
    collect: str
    instead: tuple[str, ...] = ()


class RestsOn(Struct, frozen=True):
    """A part of the answer that only logs kept longer bear out, since those that show more do not
    reach back to its time. `sources` are the families, `note` says what is missing."""

    question: str
    answer: str
    sources: tuple[str, ...]
    note: str


StepKind = Literal[
    "preserve", "evict", "search", "rotate", "rebuild", "update", "notify", "collect", "confirm"
]


class Step(Struct, frozen=True):
    """Something to do now, and what shows that it worked. `backdoor` is the id of the door that is
    removed by it."""

    kind: StepKind
    do: str
    check: str
    backdoor: str | None = None


class Assessment(Struct, frozen=True):
    """The answer about one server: the public interface, with a JSON Schema in the package."""

    schema: Literal["afterpatch/assessment/1"]
    host: Host
    verdict: Verdict
    exposure: tuple[Exposure, ...]
    chains: tuple[Chain, ...]
    backdoors: tuple[Backdoor, ...]
    operators: tuple[Operator, ...]
    impact: tuple[Impact, ...]
    phases: tuple[Phase, ...]
    coverage: tuple[Coverage, ...]
    not_answered: tuple[NotAnswered, ...]
    claims: tuple[dict[str, str], ...]
    next_steps: tuple[str, ...]
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = field(default_factory=tuple)
    hands: Hands | None = None
    comparisons: tuple[Comparison, ...] = ()
    pivots: tuple[Pivot, ...] = ()
    joins: tuple[Join, ...] = ()
    dwell: Dwell | None = None
    rests_on: tuple[RestsOn, ...] = ()
    plan: tuple[Step, ...] = ()
