"""Dossiers made by hand, to be viewed together."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from afterpatch.fleet import Fleet, Unit, encoded
from afterpatch.model import (
    Assessment,
    Backdoor,
    Chain,
    Coverage,
    Dwell,
    Host,
    Impact,
    NotAnswered,
    Operator,
    Phase,
    Pivot,
    Verdict,
    Visitor,
    Visits,
)

ENTRY = "2021-02-28T10:00:00.000Z"
LATER = "2021-03-09T10:00:00.000Z"
PARAMETER = "k=Aq7ZfP2mXw9c"
HASH = "5f" * 32


def dossier(
    folder: Path,
    *,
    host: str = "MX1",
    grade: str = "used",
    coverage: str = "partial",
    addresses: Sequence[str] = ("198.18.0.1",),
    parameter: str = "",
    page: str = "help.aspx",
    class_: str = "intruder",
    shared: Sequence[str] = (),
    entry: str = ENTRY,
    patched: str | None = LATER,
    sentence: str = "Somebody was in.",
    scanners: Sequence[str] = (),
    steps: Sequence[str] = ("Rebuild it.",),
    phases: Sequence[tuple[str, bool]] = (),
    impact_by: str = "op-1",
    collect: Sequence[str] = (),
) -> Path:
    """Write one, of a server that one intruder planted a page on."""
    taken = grade in ("exploited", "backdoored", "used", "impacted")
    who = Operator(
        "op-1", tuple(addresses), ("curl/7.0",), ("bd-1",), ("bd-1",), entry, entry, (),
        class_, ("same address",), ("f-1",), tuple(shared),
    )  # type: ignore[arg-type]  # fmt: skip
    others = tuple(
        Operator(
            f"op-{n}", (address,), ("zgrab",), (), (), LATER, LATER, (), "scanner", (), (f"f-{n}",)
        )
        for n, address in enumerate(scanners, 2)
    )
    visits = Visits(entry, LATER, 2, 2)
    door = Backdoor(
        "bd-1", "web shell", f"C:\\inetpub\\{page}", f"/aspnet_client/{page}", None, entry,
        ("op-1",), True, "file", visits, ("f-1",), "yes", None,
        (Visitor("op-1", entry, LATER, 2, 2),),
    )  # fmt: skip
    assessment = Assessment(
        schema="afterpatch/assessment/1",
        host=Host(host, "Exchange Server 2016", "15.1.2106.2", None, ()),
        verdict=Verdict(
            grade,
            sentence,
            ("exposed", "attempted", "exploited") if taken else ("exposed",),
            None,
            coverage,
        ),  # type: ignore[arg-type]
        exposure=(),
        chains=(
            Chain(
                "ProxyLogon", ("CVE-2021-26855", "CVE-2021-27065"),
                "exploited" if taken else "probed", entry, entry, tuple(addresses), ("f-1",),
            ),
        ),
        backdoors=(door,) if taken else (),
        operators=(who, *others) if taken else others,
        impact=(
            (Impact("staging", "T1560.001", LATER, "x", None, (impact_by,), ()),)
            if grade == "impacted"
            else ()
        ),
        phases=tuple(Phase(f"ProxyLogon: {name}", None, None, 0, seen) for name, seen in phases),
        coverage=(
            Coverage(
                "iis", "2021-02-20T00:00:00.000Z", "2021-03-20T00:00:00.000Z",
                "2021-01-03T00:00:00.000Z", (), 1, 1, 1, 0, "assessed", "",
            ),
        ),
        not_answered=tuple(NotAnswered(f"Q{n}", "it ends", one) for n, one in enumerate(collect)),
        claims=(),
        next_steps=tuple(steps),
        pivots=(
            (Pivot("parameter", parameter, ("f-1",), 2, "followed", 3),)
            if parameter and taken
            else ()
        ),
        dwell=(
            Dwell(entry, LATER, LATER, "end of evidence", 9, patched, 0, ()) if taken else None
        ),
    )  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "assessment.json").write_bytes(msgspec.json.encode(assessment))
    (folder / "findings.jsonl").write_bytes(b"")
    return folder


def fleet_json(folder: Path, units: Sequence[dict[str, str]]) -> None:
    """Write what `fleet` says of its packages, by the fleet's own code."""
    told = []
    for unit in units:
        where = unit.get("folder", "")
        done = unit["state"] == "done"
        found = sorted((folder / where).rglob("assessment.json")) if done else []
        told.append(
            Unit(
                unit["package"], where, unit.get("sha256", ""), 0, unit["state"],
                unit.get("why", ""),
                unit.get("duplicate_of", ""),
                {path.parent.relative_to(folder).as_posix(): "used" for path in found},
            )  # type: ignore[arg-type]
        )  # fmt: skip
    fleet = Fleet("afterpatch/fleet/1", "1", "x", tuple(told))
    (folder / "fleet.json").write_bytes(encoded(fleet))
