"""Holes of Exchange Server, the first builds that fix them, and whether a build holds the fix.

The rule is HealthChecker's (microsoft/CSS-Exchange, CompareExchangeBuildLevel.ps1): a build of the
newest cumulative update that has a fix needs at least that fix; a later cumulative update holds it;
an older one needs a fix made for itself, and where none was made it stays open.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Literal

from msgspec import Struct

from afterpatch.knowledge.builds import (
    CACHED,
    Number,
    build_number,
    known_build,
    product_of,
)
from afterpatch.knowledge.tables import Confidence, confidence, rows

State = Literal["open", "fixed", "unknown", "not affected"]
FixKind = Literal["su", "cu_includes", "cu_includes+config", "upgrade_or_config", "config_required"]
Line = tuple[int, int]

CONFIG_KINDS = ("cu_includes+config", "upgrade_or_config", "config_required")
MARCH_2021 = "Mar21SU"


class Cve(Struct, frozen=True):
    """One hole. All dates are days; `first_exploited` is the first use known in public.

    `requirement_decides`: the update alone doesn't close the hole, `requirement` must be done too;
    "su" where the set-up of a cumulative update does it.
    `configurable_since` names the CVE whose update first made that possible. `not_affected` lists
    product years.
    """

    cve: str
    nickname: str
    chains: tuple[str, ...]
    kind: str
    auth_needed: str
    disclosed: str
    patched: str
    first_exploited: str | None
    exploited_before_patch: bool | None
    kev_added: str | None
    requirement: str
    requirement_decides: Literal["", "su", "always"]
    configurable_since: str | None
    not_affected: tuple[str, ...]
    note: str
    source: tuple[str, ...]
    confidence: Confidence

    @property
    def chain(self) -> str | None:
        """The chain the hole is best known for."""
        return self.chains[0] if self.chains else None

    @property
    def in_kev(self) -> bool:
        """Whether CISA lists the hole as known to be exploited."""
        return self.kev_added is not None

    @property
    def known_from(self) -> str:
        """The day from which someone outside could use the hole: its first use when that came
        before the patch, else the day of the patch or of the disclosure, whichever was first."""
        if self.exploited_before_patch and self.first_exploited:
            return self.first_exploited
        return min(self.disclosed, self.patched)


class Fix(Struct, frozen=True):
    """The first build of one cumulative update that fixes one hole; `released` is a day."""

    cve: str
    product: str
    cumulative_update: str
    security_update: str | None
    build: str
    number: Number
    kind: FixKind
    released: str

    @property
    def title(self) -> str:
        """The build with its name: `15.1.2106.13 (Mar21SU for CU18)`."""
        update = self.cumulative_update
        if update == "RTM":
            update = f"{self.product} RTM"
        if self.kind == "su" and self.security_update:
            update = f"{self.security_update} for {update}"
        return f"{self.build} ({update})"


class FixState(Struct, frozen=True):
    """Whether a build holds the fix of a hole. `basis` goes on after "build X ..."; `fix` is the
    row it rests on."""

    state: State
    basis: str
    fix: Fix | None = None


@cache
def cves() -> Mapping[str, Cve]:
    """All known holes by CVE number."""
    before = {"y": True, "n": False}
    decides: dict[str, Literal["", "su", "always"]] = {"su": "su", "always": "always"}
    return {
        row["cve"]: Cve(
            cve=row["cve"],
            nickname=row["nickname"],
            chains=tuple(filter(None, row["chains"].split(";"))),
            kind=row["class"],
            auth_needed=row["auth_needed"],
            disclosed=row["disclosed"],
            patched=row["patched"],
            first_exploited=row["first_exploited"] or None,
            exploited_before_patch=before.get(row["exploited_before_patch"]),
            kev_added=row["kev_added"] or None,
            requirement=row["requirement"],
            requirement_decides=decides.get(row["requirement_decides"], ""),
            configurable_since=row["configurable_since"] or None,
            not_affected=tuple(row["not_affected"].split()),
            note=row["note"],
            source=tuple(row["source"].split()),
            confidence=confidence(row),
        )
        for row in rows("cves")
    }


@cache
def fixes() -> Mapping[tuple[str, Line], tuple[Fix, ...]]:
    """Fixes by CVE and product line, oldest build first. 2019 and SE are one line: SE goes on
    counting where 2019 ended, so it holds what 2019 had. So are the service packs of 2010."""
    kinds: dict[str, FixKind] = {
        "su": "su",
        "cu_includes": "cu_includes",
        "cu_includes+config": "cu_includes+config",
        "upgrade_or_config": "upgrade_or_config",
        "config_required": "config_required",
    }
    found: dict[tuple[str, Line], list[Fix]] = {}
    for row in rows("fixes"):
        number = build_number(row["build"])
        if number is None:
            raise ValueError(f"fixes.csv: {row['build']} is no build")
        fix = Fix(
            cve=row["cve"],
            product=row["product"],
            cumulative_update=row["cumulative_update"],
            security_update=row["security_update"] or None,
            build=row["build"],
            number=number,
            kind=kinds[row["kind"]],
            released=row["released"],
        )
        found.setdefault((fix.cve, _line(number)), []).append(fix)
    return {
        key: tuple(sorted(group, key=lambda fix: (fix.number, fix.cumulative_update)))
        for key, group in found.items()
    }


def chain_cves(chain: str) -> tuple[str, ...]:
    """The CVE numbers of a named chain, sorted."""
    return tuple(sorted(cve.cve for cve in cves().values() if chain in cve.chains))


def gravity(cve: Cve) -> tuple[bool, bool, int, int]:
    """Sorts the gravest first: known to be exploited, part of a named chain, then by number."""
    _, year, number = cve.cve.split("-")
    return not cve.in_kev, cve.chain is None, int(year), int(number)


@lru_cache(CACHED)
def fix_state(cve: str, build: str, cu_only: bool = False) -> FixState:
    """Whether a build holds the fix of a hole.

    `cu_only` says that the build was read where only the cumulative update shows (the
    AdminDisplayVersion of a server), so security updates on top of it can't be excluded. Raises
    KeyError for a CVE the tables don't know.
    """
    hole = cves()[cve]
    number = build_number(build)
    product = product_of(build)
    if number is None or product is None:
        return FixState("unknown", "is of no known product")
    if any(f"Exchange Server {year}" in product.name for year in hole.not_affected):
        return FixState("not affected", f"is {product.name}, which doesn't have this hole")
    known = fixes().get((cve, _line(number)), ())
    if not known:
        return FixState(
            "unknown",
            f"is {product.name}, for which no fix is known: not affected, or out of support when"
            " the hole was found",
        )
    if any(fix.kind in CONFIG_KINDS for fix in known):
        if hole.configurable_since:
            since = fix_state(hole.configurable_since, build, cu_only)
            if since.state == "open" and since.fix is not None:
                basis = f"is below {since.fix.title}, before which this couldn't be set up"
                return FixState("open", f"{basis}: {hole.requirement}", since.fix)
        return FixState("unknown", f"can't show whether this was done: {hole.requirement}")

    same = tuple(fix for fix in known if fix.number[:3] == number[:3])
    if not same and number[:3] < known[-1].number[:3]:
        fix = next(fix for fix in known if fix.number > number)
        basis = f"is below {fix.title}"
        if product.cumulative_update and number[0] > 14:
            basis += f", and there is no fix for {product.cumulative_update}"
        return FixState("open", basis, fix)
    fix = same[0] if same else known[-1]
    if number < fix.number:
        if cu_only:
            basis = f"names only the cumulative update, and the fix came after it: {fix.title}"
            return FixState("unknown", basis, fix)
        return FixState("open", f"is below {fix.title}", fix)
    row = known_build(build)
    # These packages carry the numbers of a whole security update, but hold no earlier one.
    if (
        row is not None
        and row.march_2021_only
        and fix.kind == "su"
        and fix.security_update != MARCH_2021
    ):
        basis = "fixes the holes of March 2021 only, and earlier updates may be missing"
        return FixState("unknown", f"{basis}: {fix.title}", fix)
    if number == fix.number:
        basis = f"is {fix.title}, which holds the fix"
    elif same:
        basis = f"is above {fix.title}, which holds the fix"
    else:
        basis = f"is later than {fix.title}, which holds the fix"
    if hole.requirement_decides == "always" or hole.requirement_decides == fix.kind:
        return FixState("unknown", f"{basis}, but can't show this: {hole.requirement}", fix)
    return FixState("fixed", basis, fix)


def open_cves(build: str, on: str) -> tuple[Cve, ...]:
    """Holes that stand open in a build and were known on a day (ISO 8601), gravest first."""
    day = on[:10]
    return tuple(
        sorted(
            (
                cve
                for cve in cves().values()
                if cve.known_from <= day and fix_state(cve.cve, build).state == "open"
            ),
            key=gravity,
        )
    )


def _line(number: Number) -> Line:
    """2010 counts its service packs in the second number; later products are told by it."""
    return (number[0], 0) if number[0] == 14 else (number[0], number[1])
