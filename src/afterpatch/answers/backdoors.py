"""Which doors were left: pages found on disk, in their traces, or in the logs."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from msgspec import Struct

from afterpatch import knowledge
from afterpatch.answers.acts import plain_url
from afterpatch.answers.case import Case
from afterpatch.answers.implants import PAGE, implants, removals, served
from afterpatch.model import Backdoor, Chain, Finding, Tally, Visits
from afterpatch.times import is_time

__all__ = ["Page", "backdoors", "is_used", "pages", "places", "url_of"]

_REQUEST = "exchange-request-to-foreign-page"
_TUNNEL = ("exchange-tunnel-request", "exchange-tunnel-data-request")
_DUMP = "exchange-vdir-dump-with-markup"
_ON_DISK = (_DUMP, "exchange-foreign-page-on-disk", "exchange-page-runs-request")
_WRITTEN = "exchange-web-file-written"
_FOUND = "exchange-web-shell-found-by-antivirus"
_COMPILED = (
    "exchange-page-compiled",
    "exchange-compiled-trace-on-disk",
    "exchange-compiled-shell-on-disk",
)
# Where a folder of the file system is served, most specific first.
_SERVED = (
    (re.compile(r"\\frontend\\httpproxy\\(.+)$", re.IGNORECASE), "/"),
    (re.compile(r"\\clientaccess\\(.+)$", re.IGNORECASE), "/"),
    (re.compile(r"\\inetpub\\wwwroot\\(.+)$", re.IGNORECASE), "/"),
    (re.compile(r"\\(aspnet_client\\.+)$", re.IGNORECASE), "/"),
)
# A server that answers 200 to so many made-up names answers 200 to any (a portal before it does).
_NAMES_OF_A_YES_SAYER = 8


class Page(Struct):
    """All that was found of one page."""

    url: str | None = None
    path: str | None = None
    findings: list[Finding] = []
    visits: list[Tally] = []

    def of(self, rules: Iterable[str], *outcomes: str) -> list[Finding]:
        wanted = set(rules)
        return [f for f in self.findings if f.rule in wanted and f.outcome in outcomes]


def url_of(windows_path: str) -> str | None:
    """The URL path under which a file is served; None when it can't be told."""
    for folder, prefix in _SERVED:
        if found := folder.search(windows_path):
            return prefix + found.group(1).replace("\\", "/")
    return None


def places(findings: Iterable[Finding]) -> set[str]:
    """URL paths, in lower case, of the pages that were found as a file, as written or as run."""
    rules = (*_ON_DISK, _WRITTEN, _FOUND, *_COMPILED)
    found = (_page_url(f) for f in findings if f.rule in rules and f.outcome != "attempt")
    return {url for url in found if url is not None}


def pages(case: Case) -> list[Page]:
    """Findings and visits gathered by page, in order of URL and path."""
    by_url: dict[str, Page] = {}
    at = served(case)
    loose: list[Finding] = []
    for finding in case.findings:
        if finding.rule not in (*_ON_DISK, _WRITTEN, _FOUND, *_COMPILED, _REQUEST, *_TUNNEL):
            continue
        url = _page_url(finding, at)
        if url is None:
            loose.append(finding)
            continue
        page = by_url.setdefault(url, Page(url, None, [], []))
        page.findings.append(finding)
        if finding.rule in (*_ON_DISK, _WRITTEN, _FOUND):
            page.path = page.path or finding.object.path
    seen = {plain_url(t.url) for t in case.tallies if t.rule == _REQUEST and t.url is not None}
    for tally in case.tallies:
        if tally.rule in (_REQUEST, *_TUNNEL) and tally.url is not None:
            url = plain_url(tally.url)
            if tally.rule == _REQUEST or url not in seen:  # a request to a tunnel may be both
                by_url.setdefault(url, Page(url, None, [], [])).visits.append(tally)
    for finding in loose:  # a compiled page whose folder the trace does not name
        name = finding.facts.get("page", "").lower()
        fits = [p for u, p in sorted(by_url.items()) if u.rsplit("/", 1)[-1] == name]
        if not fits:
            fits = [by_url.setdefault("?" + name, Page(None, None, [], []))]
        fits[0].findings.append(finding)
    return [by_url[url] for url in sorted(by_url)]


def _page_url(finding: Finding, at: Sequence[tuple[str, str]] = ()) -> str | None:
    """The page a finding speaks of. `at` are folders that the configuration serves elsewhere."""
    if finding.rule in (_REQUEST, *_TUNNEL):
        return plain_url(finding.object.url) if finding.object.url else None
    if finding.rule in _COMPILED:
        virtual = finding.facts.get("virtual_path")
        return plain_url(virtual) if virtual else None
    path = (finding.object.path or "").lower()
    for folder, url in at:
        if path.startswith(folder):
            return url + path[len(folder) :].replace("\\", "/")
    return (url_of(path) or path).lower() or None


def backdoors(case: Case, chains: Sequence[Chain]) -> tuple[Backdoor, ...]:
    """What is a backdoor on the evidence: pages in order of URL, then all others, see `implants`.

    A page counts when its file is a web shell, when its writing was recorded, when it was compiled
    in a folder that holds only what Exchange ships, or when its use shows in the log: posts or
    queries that were answered. Source: the corroboration ladder file, compiled trace, file
    record, log.
    """
    entered = any(c.outcome == "exploited" for c in chains)
    gathered = pages(case)
    yes_sayer = _says_yes_to_any(gathered)
    found = []
    for page in gathered:
        state = _state(page, entered=entered, yes_sayer=yes_sayer)
        if state is not None:
            found.append((page, state))
    gone = removals(case, PAGE)
    doors = tuple(
        _backdoor(f"bd-{number}", page, state, gone)
        for number, (page, state) in enumerate(found, start=1)
    )
    return doors + implants(case, chains, len(doors) + 1)


def _says_yes_to_any(gathered: Sequence[Page]) -> bool:
    """Whether the logs alone speak for many answered names, and for more than were refused."""
    asked = [
        p
        for p in gathered
        if p.visits
        and not p.of((*_ON_DISK, _WRITTEN, _FOUND, *_COMPILED), "success", "reached")
        and p.url is not None
        and knowledge.directory_class(p.url) == "closed"
    ]
    answered = sum(1 for p in asked if _answered(p))
    return answered >= _NAMES_OF_A_YES_SAYER and answered * 2 > len(asked)


def _state(
    page: Page, *, entered: bool, yes_sayer: bool
) -> Literal["file", "trace only", "log only"] | None:
    visited = bool(_answered(page))
    if page.of(_ON_DISK, "success"):
        return "file"
    if page.of(_ON_DISK, "reached") and (entered or _work(page)):
        return "file"
    written = page.of([_WRITTEN, _FOUND], "success") or (
        page.of([_WRITTEN, _FOUND], "reached") and (entered or visited)
    )
    if page.of(_COMPILED, "success"):
        return "trace only"
    compiled = page.of(_COMPILED, "reached")
    if written or (compiled and (entered or visited or page.url is not None)):
        return "trace only"
    if page.of(_TUNNEL, "success"):
        return "log only"
    if page.url is None or yes_sayer:
        return None
    folder = knowledge.directory_class(page.url)
    if (folder != "other" and _work(page) >= 2) or (folder == "closed" and entered and visited):
        return "log only"
    return None


def _answered(page: Page) -> int:
    return sum(t.count for t in page.visits if t.outcome != "attempt")


def _work(page: Page) -> int:
    """Answered posts and queries among the findings kept of the page."""
    return sum(
        1
        for f in page.findings
        if f.rule == _REQUEST
        and f.outcome != "attempt"
        and not (f.look_alike or "").startswith("responder: ")
        and (f.facts.get("method") == "POST" or "query" in f.facts)
    )


def is_used(page: Page) -> bool:
    """Whether somebody sent the page work and it answered."""
    return _work(page) > 0 or bool(page.of(_TUNNEL, "success"))


def _backdoor(
    name: str,
    page: Page,
    state: Literal["file", "trace only", "log only"],
    gone: Mapping[str, str],
) -> Backdoor:
    dump = page.of([_DUMP], "success")
    return Backdoor(
        id=name,
        kind=PAGE,
        path=page.path,
        url=url if (url := _spelled(page) or "").startswith("/") else None,
        family="virtual directory dump" if dump else _family(page),
        planted=_planted(page),
        planted_by=(),
        on_disk=state == "file",
        evidence_state=state,
        visits=Visits(
            first=min((t.first for t in page.visits if t.first), default=None),
            last=max((t.last for t in page.visits if t.last), default=None),
            count=sum(t.count for t in page.visits),
            answered=_answered(page),
        ),
        findings=tuple(f.id for f in page.findings),
        still_stands="yes" if state == "file" else _stands(page, gone),
    )


def _stands(page: Page, gone: Mapping[str, str]) -> Literal["no", "unknown"]:
    """Whether a page that is not in the evidence was seen to be deleted after it was last there."""
    ended = max((when for path, when in gone.items() if _is_at(page, path)), default="")
    last = max((t.last for t in page.visits if t.last and t.outcome != "attempt"), default="")
    written = max((f.when for f in page.of([_WRITTEN], "success", "reached") if f.when), default="")
    return "no" if ended > max(last, written) else "unknown"


def _is_at(page: Page, path: str) -> bool:
    url = url_of(path)
    return path == (page.path or "").lower() or (url is not None and url == page.url)


def _family(page: Page) -> str | None:
    """The family that the content of the page tells, as most findings name it."""
    named = Counter(f.facts["family"] for f in page.findings if f.facts.get("family"))
    return min(named, key=lambda name: (-named[name], name), default=None)


def _spelled(page: Page) -> str | None:
    """The URL as the requests spelled it most often, else as the path gives it."""
    spelled = sorted(("%" in t.url or "//" in t.url, -t.count, t.url) for t in page.visits if t.url)
    if spelled:
        return spelled[0][2]
    traced = [f.facts["virtual_path"] for f in page.findings if f.facts.get("virtual_path")]
    return (url_of(page.path) if page.path else None) or next(iter(traced), page.url)


def _planted(page: Page) -> str | None:
    """When the page was written: its recorded creation, else the time the dump itself carries."""
    times = [f.when for f in page.of([_WRITTEN], "success", "reached") if f.when]
    times += [
        f.facts["written"]
        for f in page.of([_DUMP], "success")
        if is_time(f.facts.get("written", ""))
    ]
    return min(times, default=None)
