"""What a view costs, and how well clusters are found.

    python benchmarks/campaign.py scale FOLDER [3000 30000]    time and memory, synthetic dossiers
    python benchmarks/campaign.py recover FLEET                clusters against a fleet of the range
    python benchmarks/campaign.py worlds [FIRST LAST]          clusters of drawn intruders, harder

`scale` writes so many synthetic dossiers below FOLDER (some 40 kB of assessment each, kept for the
next run), builds the view of each size in a process of its own, and prints seconds, peak memory and
the ratio between sizes. `recover` takes a folder that `afterpatch range fleet` wrote, assesses its
whole packages (kept for the next run), and holds the clusters against the ground truth, pair by
pair. `worlds` draws intruders without dossiers, in ways that the range does not: crews with other
agents on each server and a parameter for each, tools whose default parameter several crews have,
exits that many rent, and dossiers that take two intruders for one. Not all of it can be told.
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

import msgspec

from afterpatch.assess import assess
from afterpatch.campaign import campaign
from afterpatch.campaign.clusters import Census, join
from afterpatch.campaign.dossiers import read
from afterpatch.campaign.signs import Hand, Sign
from afterpatch.outputs.campaign_folder import write
from afterpatch.outputs.campaign_view import View
from afterpatch.tables.fleet import FleetTables

BATCH = 40  # packages assessed at a time

# ------------------------------------------------------------------ synthetic dossiers

_FAMILIES = (
    "iis", "iis-backend", "httpproxy", "ecp", "cmdletinfra", "ews", "oabgenerator", "cosmosqueue",
    "windows-events", "web-files", "iis-config", "transport-agents",
)  # fmt: skip
_BUILDS = (
    ("Exchange Server 2013", "15.0.1497.2"), ("Exchange Server 2016", "15.1.2106.2"),
    ("Exchange Server 2016", "15.1.2176.2"), ("Exchange Server 2019", "15.2.721.2"),
    ("Exchange Server 2019", "15.2.792.3"),
)  # fmt: skip
_LOGS = "C:\\Program Files\\Microsoft\\Exchange Server\\V15\\Logging"
_SITES = "C:\\inetpub\\logs\\LogFiles"
_OPEN = tuple(
    (
        question,
        "HttpProxy logs begin 2021-02-23, needed from 2021-01-03; IIS logs of the web site begin "
        "2021-02-23, needed from 2021-01-03; ECP logs begin 2021-03-03, needed from 2021-01-03",
        f"backups of {_LOGS}\\HttpProxy; {_SITES}\\W3SVC1, 2021-02-23T10:28 to 2021-02-24T11:09 "
        f"UTC; backups of {_SITES}\\W3SVC{number}; {_LOGS}\\ECP; "
        "C:\\Windows\\System32\\winevt\\Logs\\Security.evtx from a backup",
    )
    for number, question in enumerate(
        (
            "Was it exposed?", "Was it exploited?", "Which backdoors are there?",
            "Who came through them?", "What followed?",
        )
    )
)  # fmt: skip
_LADDER = ("exposed", "attempted", "exploited", "backdoored", "used", "impacted")
_SENTENCE = (
    "Treat the server as taken over: commands or requests were run on it through a page by at "
    "least 2 different hands after ProxyLogon. Disconnect it and follow the next steps."
)
_STEPS = (
    "Take the server off the network but leave it running; keep a disk image and memory before "
    "anything is changed.",
    "Preserve, then remove the page; afterwards a request to it must answer 404.",
    "Reset the passwords of all accounts that signed in to this server.",
)


def write_synthetic(out: Path, count: int, seed: int = 0) -> Path:
    """Write so many dossiers below `out/servers`, with a register; return `out`.

    What is drawn: a third of the servers taken, by 1 to 4 of the crews, of which there are 40 and
    one more for 300 servers; 8 to 40 scanners each out of three thousand; doors, pivots, coverage.
    """
    if (out / "register.csv").exists():
        return out
    crews = [_crew(Random(f"{seed}/crew/{n}"), n) for n in range(40 + count // 300)]
    lines = ["package,organization,sector,country,size,contact"]
    for number in range(count):
        rng = Random(f"{seed}/server/{number}")
        name = f"mx-{number + 1:06}"
        folder = out / "servers" / name
        folder.mkdir(parents=True, exist_ok=True)
        found, findings = _dossier(rng, name, crews)
        (folder / "assessment.json").write_bytes(msgspec.json.encode(found))
        (folder / "findings.jsonl").write_bytes(findings)
        sector = ("energy", "health", "law", "retail", "research")[number % 5]
        lines.append(f"{name},org-{number // 2:06},{sector},X{'ABCDEFGH'[number % 8]},50-249,")
    (out / "register.csv").write_text("\n".join(lines) + "\n")
    return out


def _token(rng: Random, count: int) -> str:
    return "".join("abcdefghkmnpqrstuvwxyzABCDEFGHKLMNPQRSTUVWXYZ23456789"[int(rng.random() * 53)]
                   for _ in range(count))  # fmt: skip


def _crew(rng: Random, number: int) -> dict[str, Any]:
    return {
        "addresses": [
            f"198.{18 + number % 2}.{int(rng.random() * 250)}.{int(rng.random() * 250)}"
            for _ in range(1 + int(rng.random() * 8))
        ],
        "parameter": f"k={_token(rng, 12)}" if rng.random() < 0.6 else "",
        "hash": rng.randbytes(32).hex() if rng.random() < 0.5 else "",
        "names": [f"{_token(rng, 9)}.aspx" for _ in range(2)],
    }


def _when(day: int, rng: Random) -> str:
    month, of_month = divmod(day, 28)
    return (
        f"2021-{month + 1:02}-{of_month + 1:02}T{int(rng.random() * 24):02}:"
        f"{int(rng.random() * 60):02}:00.000Z"
    )


def _finding(rng: Random, address: str, when: str, url: str) -> dict[str, Any]:
    return {
        "id": f"f-{rng.randbytes(10).hex()}",
        "rule": "exchange-proxylogon-ssrf",
        "title": "ProxyLogon server-side request forgery through a forged back-end cookie",
        "question": "exploited",
        "outcome": "reached",
        "chain": "ProxyLogon",
        "cve": ["CVE-2021-26855"],
        "technique": ["T1190"],
        "severity": "high",
        "when": when,
        "actor": {"address": address, "user_agent": "python-requests/2.25.1", "account": None},
        "object": {"path": None, "url": url, "command": None},
        "provenance": {
            "evidence": "case.zip", "member": "C:\\inetpub\\logs\\LogFiles\\W3SVC1\\u_ex210301.log",
            "offset": int(rng.random() * 1e6), "length": 200, "line": int(rng.random() * 1e4),
            "sha256": "0" * 64, "member_name": "u_ex210301.log",
        },
        "raw": "2021-03-01 10:00:00 10.0.0.1 POST /ecp/y.js - 443 - 198.18.0.1 - - 200 0 0 12",
        "look_alike": None,
        "explain": "Why this matters, in two sentences. And the second one.",
        "artifact": "iis",
        "facts": {"status": "200"},
        "standing": "proof",
    }  # fmt: skip


def _dossier(rng: Random, name: str, crews: list[dict[str, Any]]) -> tuple[dict[str, Any], bytes]:
    product, build = _BUILDS[int(rng.random() * len(_BUILDS))]
    taken = rng.random() < 0.35
    rung = 2 + int(rng.random() * 4) if taken else int(rng.random() * 2)
    operators: list[dict[str, Any]] = []
    doors: list[dict[str, Any]] = []
    pivots: list[dict[str, Any]] = []
    findings: list[dict[str, Any]] = []
    entry = _when(55 + int(rng.random() * 8), rng)
    for number in range(1 + int(rng.random() * 4) if taken else 0):
        crew = crews[int(len(crews) * rng.random() ** 2)]
        address = crew["addresses"][int(rng.random() * len(crew["addresses"]))]
        first = _when(56 + number * 4 + int(rng.random() * 5), rng)
        page = crew["names"][number % 2]
        own = [
            _finding(rng, address, first, f"/owa/auth/{page}")
            for _ in range(4 + int(rng.random() * 20))
        ]
        findings += own
        door = f"bd-{number + 1}"
        who = f"op-{number + 1}"
        operators.append(_operator(who, address, "intruder", first, [f["id"] for f in own], [door]))
        doors.append(
            {
                "id": door, "kind": "web shell", "path": f"C:\\inetpub\\wwwroot\\{page}",
                "url": f"/aspnet_client/{page}", "family": None, "planted": first,
                "planted_by": [who], "on_disk": True, "evidence_state": "file",
                "visits": {"first": first, "last": first, "count": 3, "answered": 3},
                "findings": [own[0]["id"]], "still_stands": "yes", "name": None,
                "visitors": [
                    {"operator": who, "first": first, "last": first, "count": 3, "answered": 3}
                ],
            }
        )  # fmt: skip
        pivots += [
            _pivot(kind, crew[kind], own[0]["id"])
            for kind in ("parameter", "hash")
            if crew[kind] and rng.random() < 0.7
        ]
        pivots += [_pivot("request", rng.randbytes(16).hex(), f["id"]) for f in own]
    for number in range(8 + int(rng.random() * 32)):
        address = f"203.0.{int(113 + rng.random() ** 3 * 12)}.{int(rng.random() * 250)}"
        when = _when(60 + int(rng.random() * 20), rng)
        own = [_finding(rng, address, when, "/owa/auth/shell.aspx")]
        findings += own
        operators.append(
            _operator(f"op-{100 + number}", address, "scanner", when, [own[0]["id"]], [])
        )
    assessment = {
        "schema": "afterpatch/assessment/1",
        "host": {
            "name": name.upper(), "product": product, "build": build,
            "build_source": "HttpProxy columns", "build_history": [],
        },
        "verdict": {
            "grade": _LADDER[rung], "sentence": _SENTENCE, "reached": list(_LADDER[: rung + 1]),
            "next_rung": None, "coverage": ("partial", "sufficient", "insufficient")[rung % 3],
        },
        "exposure": [
            {
                "cve": f"CVE-2021-{27000 + n}", "chain": None, "state": "exposed",
                "from": "2021-01-03T00:00:00.000Z", "to": None, "basis": f"build {build}",
            }
            for n in range(30)
        ],
        "chains": [
            {
                "name": "ProxyLogon", "cves": ["CVE-2021-26855", "CVE-2021-27065"],
                "outcome": "exploited" if taken else "probed", "first": entry, "last": entry,
                "sources": [o["addresses"][0] for o in operators],
                "findings": [f["id"] for f in findings],
            }
        ],
        "backdoors": doors,
        "operators": operators,
        "impact": [
            {
                "kind": "credential dump", "technique": "T1003.001", "when": entry, "what": "lsass",
                "amount": None, "operators": ["op-1"], "findings": [],
            }
        ] if _LADDER[rung] == "impacted" else [],
        "phases": [],
        "comparisons": [
            {
                "clients": [operators[at]["addresses"][0], operators[at - 1]["addresses"][0]],
                "merged": False, "evidence_for": ["python-requests/2.25.1, which others have too"],
                "evidence_against": ["they ask for different pages", "their times do not meet"],
            }
            for at in range(len(operators))
            for _ in range(3)
        ],
        "coverage": [
            {
                "artifact": family, "from": "2021-02-20T00:00:00.000Z",
                "to": "2021-03-25T00:00:00.000Z", "needed_from": "2021-01-03T00:00:00.000Z",
                "gaps": [], "files": 30, "bytes": 1000000, "records": 9000, "unparsed": 0,
                "state": "partial", "note": "1 gap", "parts": [], "shift": None,
            }
            for family in _FAMILIES
        ],
        "not_answered": [
            {
                "question": question, "because": because, "instead": [],
                "collect": collect.replace("02-23T", f"02-{1 + int(rng.random() * 28):02}T"),
            }
            for question, because, collect in _OPEN
        ],
        "claims": [],
        "next_steps": list(_STEPS),
        "pivots": pivots,
        "dwell": {
            "entry": entry, "last_deed": entry, "end": "2021-03-25T00:00:00.000Z",
            "ended": "end of evidence", "days": 20,
            "patched": _when(60 + int(rng.random() * 20), rng) if rng.random() < 0.8 else None,
            "after_patch": 0, "operators": [],
        } if taken else None,
    }  # fmt: skip
    return assessment, b"\n".join(msgspec.json.encode(f) for f in findings) + b"\n"


def _operator(
    name: str, address: str, class_: str, when: str, findings: list[str], doors: list[str]
) -> dict[str, Any]:
    return {
        "id": name, "addresses": [address], "user_agents": ["python-requests/2.25.1"],
        "planted": doors, "visited": doors, "first": when, "last": when,
        "actions": ["Request to a page that Exchange does not ship"], "class": class_,
        "joined_by": ["same address"], "findings": findings, "shared_addresses": [],
        "accounts": [], "commands": [], "records": len(findings),
    }  # fmt: skip


def _pivot(kind: str, value: str, taught_by: str) -> dict[str, Any]:
    return {
        "kind": kind, "value": value, "taught_by": [taught_by], "sweep": 2, "state": "followed",
        "records": 3, "why": "",
    }  # fmt: skip


# ------------------------------------------------------------------ scale


def scale(folder: Path, sizes: list[int]) -> None:
    """Print what the view and the tables of each size cost, each in a process of its own."""
    before: dict[str, tuple[int, float]] = {}
    for size in sizes:
        made = write_synthetic(folder / str(size), size)
        read_bytes = sum(p.stat().st_size for p in made.glob("servers/*/assessment.json"))
        print(f"{size:,} dossiers, {read_bytes / 1e6:,.0f} MB of assessments")
        for what in ("view", "tables"):
            out = folder / f"{what}-{size}"
            shutil.rmtree(out, ignore_errors=True)
            done = subprocess.run(
                [sys.executable, __file__, f"_{what}", str(made), str(out)],
                check=True, capture_output=True, text=True,
            )  # fmt: skip
            told = json.loads(done.stdout.splitlines()[-1])
            line = (
                f"  {what}: {told['seconds']:.1f} s, {told['processor']:.1f} of a processor, "
                f"{told['peak'] / 1e6:,.0f} MB at the peak"
            )
            if what in before:
                smaller, processor = before[what]
                times = told["processor"] / processor
                line += f"; {times:.1f} times the processor time for {size / smaller:.0f} times"
            before[what] = (size, told["processor"])
            print(line + (f"; {told['clusters']} clusters" if "clusters" in told else ""))


def _measured(work: Any) -> None:
    begun = time.perf_counter()
    told = work()
    told["seconds"] = time.perf_counter() - begun
    used = resource.getrusage(resource.RUSAGE_SELF)
    told["processor"] = used.ru_utime + used.ru_stime
    told["peak"] = used.ru_maxrss * 1024
    print(json.dumps(told))


def _view(made: Path, out: Path) -> dict[str, Any]:
    view = campaign([made], register=made / "register.csv")
    write(view, out)
    return {"clusters": len(view.clusters)}


def _tables(made: Path, out: Path) -> dict[str, Any]:
    tables = FleetTables(out)
    tables.add((place.name, place) for place in sorted((made / "servers").iterdir()))
    return {"problems": len(tables.write())}


# ------------------------------------------------------------------ recovery


def assessed(fleet: Path) -> Path:
    """The dossiers of a fleet's whole packages, written once: assessment and findings."""
    out = fleet / "dossiers"
    if (out / "done").exists():
        return out
    truth = json.loads((fleet / "ground_truth.json").read_text())
    whole = {s["host"]: s["package"] for s in truth["servers"] if s["state"] == "whole"}
    names = sorted(whole.values())
    for at in range(0, len(names), BATCH):
        batch = names[at : at + BATCH]
        for dossier in assess([fleet / "packages" / f"{name}.zip" for name in batch]):
            place = out / "servers" / whole[dossier.assessment.host.name]
            place.mkdir(parents=True, exist_ok=True)
            (place / "assessment.json").write_bytes(msgspec.json.encode(dossier.assessment))
            lines = b"\n".join(map(msgspec.json.encode, dossier.findings))
            (place / "findings.jsonl").write_bytes(lines + b"\n")
    (out / "done").touch()
    return out


def score(view: View, dossiers: Path, truth: dict[str, Any]) -> dict[str, Any]:
    """Clusters against crews, over all pairs of intruders whose crew the truth tells.

    An intruder is a crew's by its addresses, and behind a proxy, where these say nothing, by what
    only that crew has: its parameter or its user agent. `unmatched` are the others: scanners that
    came upon a page, and hands behind a proxy that have nothing of their own.
    """
    hands = {s["package"]: s.get("hands", ()) for s in truth["servers"]}
    of: dict[tuple[str, str], str] = {}
    total = 0
    for one in view.servers:
        for who in _intruders(dossiers, one.server):
            total += 1
            if crew := _crew_of(who, hands[one.server], truth):
                of[one.server, who.id] = crew
    cluster = {member: one.id for one in view.clusters for member in one.members}
    true = Counter(of.values())
    both = Counter((cluster[m], crew) for m, crew in of.items() if m in cluster)
    predicted = Counter(cluster[m] for m in of if m in cluster)

    right, said, there = _pairs(both), _pairs(predicted), _pairs(true)
    common = {*truth["scanners"], *truth["exits"], *truth["carriers"], *truth["balancers"]}
    return {
        "intruders": total,
        "matched": len(of),
        "unmatched": total - len(of),
        "clusters": len(view.clusters),
        "precision": right / said if said else 1.0,
        "recall": right / there if there else 1.0,
        "f1": 2 * right / (said + there) if said + there else 1.0,
        "links through common infrastructure": sum(
            link.value in common for one in view.clusters for link in one.links
        ),
    }


def _intruders(dossiers: Path, server: str) -> Any:
    found = read((dossiers / "servers" / server / "assessment.json").read_bytes())
    whole = json.loads((dossiers / "servers" / server / "assessment.json").read_bytes())
    told = {o["id"]: o for o in whole["operators"]}
    learnt: dict[str, set[str]] = {}
    for pivot in found.pivots:
        for record in pivot.taught_by:
            learnt.setdefault(record, set()).add(pivot.value)
    for operator in found.operators:
        if operator.class_ == "intruder":
            signs = set().union(*(learnt.get(f, set()) for f in operator.findings))
            agents = {*told[operator.id]["user_agents"]}
            yield _Told(operator.id, {*operator.addresses}, signs | agents)


class _Told:
    def __init__(self, id_: str, addresses: set[str], signs: set[str]) -> None:
        self.id, self.addresses, self.signs = id_, addresses, signs


def _crew_of(who: _Told, hands: Any, truth: dict[str, Any]) -> str | None:
    inside = {*truth["balancers"], *truth["carriers"]}
    crews = {crew["id"]: crew for crew in truth["crews"]}
    found = set()
    for hand in hands:
        crew = crews.get(hand["crew"])
        own = {crew["secret"], crew["agent"] if crew["own_agent"] else ""} - {""} if crew else set()
        if own & who.signs or ({*hand["addresses"]} - inside) & who.addresses:
            found.add(hand["crew"])
    return found.pop() if len(found) == 1 else None


def recover(fleet: Path) -> None:
    """Print how the clusters of a fleet are found."""
    truth = json.loads((fleet / "ground_truth.json").read_text())
    dossiers = assessed(fleet)
    view = campaign([dossiers], register=fleet / "register.csv")
    grades = {s["package"]: s["grade"] for s in truth["servers"] if s["state"] == "whole"}
    wrong = sum(grades[one.server] != one.grade for one in view.servers)
    print(f"{len(view.servers):,} servers, {wrong:,} with another grade than the truth's")
    for name, value in score(view, dossiers, truth).items():
        print(f"  {name}: {value:.4f}" if isinstance(value, float) else f"  {name}: {value:,}")


# ------------------------------------------------------------------ drawn worlds


def worlds(first: int, last: int) -> None:
    """Print how the clusters of some drawn worlds are found."""
    scores = []
    for seed in range(first, last + 1):
        hands, crews, exits = _world(Random(f"world/{seed}"))
        census = Census()
        for hand in hands:
            for sign in hand.signs:
                if sign.kind == "address":
                    census.take([(sign.value, "intruder", False, True)])
        found = join(hands, census)
        of = {place: number for number, group in enumerate(found.groups) for place in group}
        right = _pairs(Counter((of[place], crews[place]) for place in of))
        said, there = _pairs(Counter(of.values())), _pairs(Counter(crews))
        through = sum(link.value in exits for links in found.links for link in links)
        scores.append((2 * right / (said + there), right / said, right / there, through))
    means = [sum(score[n] for score in scores) / len(scores) for n in range(3)]
    print(
        f"{len(scores)} worlds: F1 {means[0]:.3f} (worst {min(scores)[0]:.3f}), "
        f"precision {means[1]:.3f}, recall {means[2]:.3f}; "
        f"{sum(score[3] for score in scores)} links through exits"
    )


def _world(rng: Random, servers: int = 800) -> tuple[list[Hand], list[str], set[str]]:
    def pick(values: Any) -> Any:
        return values[int(rng.random() * len(values))]

    def maybe(share: float, value: str) -> str:
        return value if rng.random() < share else ""

    crews = [
        {
            "id": f"c{n}",
            "addresses": [f"198.18.{n}.{at}" for at in range(1 + int(rng.random() * 6))],
            "parameter": maybe(0.5, f"k=Secret{n}x"),
            "each": rng.random() < 0.2,
            "default": maybe(0.25, pick(("pass=Kit1", "pass=Kit2", "pass=Kit3"))),
            "hash": maybe(0.4, f"{n:064x}"),
            "agents": [f"own{n}"] if rng.random() < 0.3 else [
                pick(("python", "ant", "curl", "chrome")) for _ in range(2)
            ],
            "name": maybe(0.5, f"nAm{n}xQz.aspx"),
        }
        for n in range(40)
    ]  # fmt: skip
    exits = {f"203.0.113.{n}" for n in range(4)}
    hands: list[Hand] = []
    truth: list[str] = []
    for server in range(servers):
        here: list[tuple[set[Sign], str, list[str]]] = []
        for _ in range(pick((0, 1, 1, 1, 2, 3))):
            crew = crews[int(len(crews) * rng.random() ** 3)]
            if all(name != crew["id"] for _, name, _ in here):
                here.append(_visit(rng, crew, server, sorted(exits)))
        if len(here) > 1 and rng.random() < 0.03:
            (one, name, agents), (other, _, more), *rest = here
            here = [(one | other, name, agents + more), *rest]
        day = f"2021-03-{1 + server % 20:02}T00:00:00.000Z"
        for number, (signs, name, agents) in enumerate(here):
            told = tuple(sorted(signs))
            hands.append(Hand(f"s{server}", f"op-{number}", day, day, True, told, tuple(agents)))
            truth.append(name)
    return hands, truth, exits


def _visit(
    rng: Random, crew: dict[str, Any], server: int, exits: list[str]
) -> tuple[set[Sign], str, list[str]]:
    pool = list(crew["addresses"])
    several = len(pool) > 1 and rng.random() < 0.4
    start = int(rng.random() * len(pool))
    addresses = (pool[start:] + pool[:start])[: 1 + several]
    if rng.random() < 0.05:
        addresses = [exits[int(rng.random() * len(exits))]]
    signs = {Sign("address", address, 3) for address in addresses}
    if crew["parameter"] and (several or rng.random() < 0.7):
        signs.add(Sign("parameter", crew["parameter"], 3))
    if crew["each"]:
        signs.add(Sign("parameter", f"k=Only{server}{crew['id']}", 3))
    if crew["default"] and rng.random() < 0.7:
        signs.add(Sign("parameter", crew["default"], 3))
    if crew["hash"] and rng.random() < 0.4:
        signs.add(Sign("program", crew["hash"], 3))
    if crew["name"] and rng.random() < 0.6:
        signs.add(Sign("page name", crew["name"], 2))
    agents = crew["agents"] if several else crew["agents"][: 1 + int(rng.random() * 2)]
    signs |= {Sign("user agent", agent, 3) for agent in agents if agent.startswith("own")}
    return signs, crew["id"], list(agents)


def _pairs(counts: Counter[Any]) -> int:
    return sum(n * (n - 1) // 2 for n in counts.values())


def main() -> None:
    """Run what the command line asks for."""
    if len(sys.argv) == 4 and sys.argv[1] in ("_view", "_tables"):
        work = {"_view": _view, "_tables": _tables}[sys.argv[1]]
        _measured(lambda: work(Path(sys.argv[2]), Path(sys.argv[3])))
        return
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    scaling = commands.add_parser("scale")
    scaling.add_argument("folder", type=Path)
    scaling.add_argument("sizes", type=int, nargs="*", default=[3000, 30000])
    recovering = commands.add_parser("recover")
    recovering.add_argument("fleet", type=Path)
    drawing = commands.add_parser("worlds")
    drawing.add_argument("seeds", type=int, nargs="*", default=[1, 40])
    asked = parser.parse_args()
    if asked.command == "scale":
        scale(asked.folder, asked.sizes)
    elif asked.command == "worlds":
        worlds(*asked.seeds)
    else:
        recover(asked.fleet)


if __name__ == "__main__":
    main()
