"""The shipped tables: complete, consistent, and each fact with its source."""

import csv
import re
from importlib import resources
from pathlib import Path

import pytest

from afterpatch import knowledge
from afterpatch.knowledge import tables

REFERENCE = Path(__file__).parents[2].parent / "shared" / "reference"
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
NAMES = sorted(
    entry.name.removesuffix(".csv")
    for entry in (resources.files("afterpatch.knowledge") / "data").iterdir()
    if entry.name.endswith(".csv")
)
FACTS = [name for name in NAMES if name not in ("sources", "notes", "fixes")]


def reference(name: str) -> list[dict[str, str]]:
    path = REFERENCE / name
    if not path.exists():
        pytest.skip("reference tables not at hand")
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_table_is_read_by_the_package():
    assert NAMES == [
        "aftermath",
        "attack_groups",
        "attack_techniques",
        "backend_paths",
        "builds",
        "cves",
        "evictions",
        "fallbacks",
        "fixes",
        "governments",
        "iis_baseline",
        "iis_modules",
        "log_families",
        "look_alikes",
        "notes",
        "organs",
        "phases",
        "process_children",
        "reporting_houses",
        "shell_names",
        "sources",
        "stock_directories",
        "stock_urls",
        "stock_web_files",
        "transport_agents",
    ]


@pytest.mark.parametrize("name", NAMES)
def test_no_row_is_ragged_or_twice_there(name):
    rows = tables.rows(name)
    assert rows
    assert all(None not in row and None not in row.values() for row in rows)
    assert len({tuple(row.items()) for row in rows}) == len(rows)


@pytest.mark.parametrize("name", FACTS)
def test_every_fact_has_a_source_and_a_confidence(name):
    for row in tables.rows(name):
        assert row["confidence"] in ("S", "K")
        assert row["source"].split()
        assert set(row["source"].split()) <= set(knowledge.sources())
        if row["source"] == "general":
            assert row["confidence"] == "K"


def test_builds_are_the_reference():
    theirs = reference("exchange_builds.csv")
    ours = {build.build: build for build in knowledge.builds()}
    assert len(theirs) == len(ours) == 377
    for row in theirs:
        build = ours[row["build"]]
        assert build.product == row["product"]
        assert build.cumulative_update == row["cumulative_update"]
        assert build.security_update == (row["security_update"] or None)
        assert build.released == row["release_date"]
        assert build.note == row["note"]


def test_fixes_are_the_reference():
    theirs = reference("exchange_cves.csv")
    ours = {
        (
            fix.cve,
            fix.product,
            fix.cumulative_update,
            fix.security_update or "",
            fix.build,
            fix.kind,
        )
        for group in knowledge.fixes().values()
        for fix in group
    }
    columns = ("cve", "product", "cumulative_update", "su_label", "first_fixed_build", "fix_kind")
    assert ours == {tuple(row[column] for column in columns) for row in theirs}
    assert len(theirs) == len(ours) == 682
    for row in theirs:
        cve = knowledge.cves()[row["cve"]]
        assert cve.disclosed == row["disclosed_date"]
        assert cve.first_exploited == (row["first_known_exploitation"] or None)
        assert cve.in_kev == (row["in_cisa_kev"] == "y")
        assert cve.patched <= row["patch_date"]
    assert len(knowledge.cves()) == 114


def test_stock_files_are_the_reference():
    theirs = {row["path_below_ExchangeInstallPath"] for row in reference("legit_web_files.csv")}
    assert len(theirs) == 934
    ours = {row["path"] for row in tables.rows("stock_web_files") if row["seen"] != "2010"}
    assert ours == theirs


def test_iis_baseline_is_the_reference():
    entries = knowledge.iis_baseline()
    assert len(entries) == len(reference("iis_baseline.csv")) == 237
    assert sum(entry.kind == "global_module" for entry in entries) == 33
    assert len(knowledge.virtual_directories()) == 34


def test_every_fixing_build_is_known():
    for group in knowledge.fixes().values():
        for fix in group:
            build = knowledge.known_build(fix.build)
            assert build is not None
            assert build.product == fix.product


def test_days_are_days():
    for build in knowledge.builds():
        assert DAY.fullmatch(build.released)
    for cve in knowledge.cves().values():
        assert DAY.fullmatch(cve.disclosed)
        assert DAY.fullmatch(cve.patched)
        assert cve.known_from <= max(cve.disclosed, cve.patched)


def test_not_affected_products_have_no_fix():
    for cve in knowledge.cves().values():
        fixed = {
            fix.product.split()[0]
            for (number, _), group in knowledge.fixes().items()
            for fix in group
            if number == cve.cve
        }
        assert fixed.isdisjoint(cve.not_affected)


def test_phases_of_a_chain_follow_each_other():
    chains = {phase.chain for phase in knowledge.phases()}
    named = {chain for cve in knowledge.cves().values() for chain in cve.chains}
    assert chains <= named | set(knowledge.cves())
    for chain in chains:
        phases = knowledge.phases(chain)
        assert [phase.to for phase in phases[:-1]] == [phase.from_ for phase in phases[1:]]
        assert phases[-1].to is None


def test_proxylogon_calendar():
    assert [(phase.name, phase.from_, phase.to) for phase in knowledge.phases("ProxyLogon")] == [
        ("before disclosure", "2021-01-03", "2021-02-26"),
        ("mass exploitation", "2021-02-26", "2021-03-02"),
        ("patch day", "2021-03-02", "2021-03-03"),
        ("after the patch", "2021-03-03", None),
    ]


def test_chains_name_their_holes():
    assert knowledge.chain_cves("ProxyLogon") == (
        "CVE-2021-26855",
        "CVE-2021-26857",
        "CVE-2021-26858",
        "CVE-2021-27065",
    )
    assert knowledge.chain_cves("ProxyShell") == (
        "CVE-2021-31207",
        "CVE-2021-34473",
        "CVE-2021-34523",
    )
    assert knowledge.chain_cves("OWASSRF") == ("CVE-2022-41080", "CVE-2022-41082")
    assert knowledge.cves()["CVE-2022-41082"].chain == "ProxyNotShell"


@pytest.mark.parametrize(
    ("kind", "value", "name"),
    [
        ("callback_domain", "a1b2.oastify.com", "Burp Collaborator"),
        ("callback_domain", "interact.sh.", "interactsh"),
        ("callback_domain", "notoastify.com", None),
        ("callback_domain", "oastify.com.example.org", None),
        ("user_agent", "Mozilla/5.0+zgrab/0.x", "zgrab"),
        (
            "user_agent",
            "Mozilla/5.0+(compatible;+Nmap+Scripting+Engine;+https://nmap.org/book/nse.html)",
            "nmap NSE",
        ),
        ("user_agent", "AMProbe/Local/ClientAccess", "Managed Availability"),
        ("user_agent", "python-requests/2.25.1", "python-requests"),
        ("user_agent", "Mozilla/5.0 (Windows NT 10.0; Win64; x64)", None),
        ("account", "HealthMailbox0123@corp.example.org", "Managed Availability"),
        ("anchor", "ServerInfo~localhost/ecp/default.flt?", "vulnerability scanner"),
    ],
)
def test_look_alikes(kind, value, name):
    found = knowledge.look_alike_of(kind, value)
    assert (found.name if found else None) == name


def test_benign_children():
    assert {"csc.exe", "cvtres.exe", "werfault.exe"} <= knowledge.benign_children()
    assert "cmd.exe" not in knowledge.benign_children()
    assert knowledge.benign_children("umworkerprocess.exe") == {"werfault.exe", "wermgr.exe"}
    assert not knowledge.benign_children("explorer.exe")


def test_known_shell_names_are_no_stock_pages():
    for shell in knowledge.shell_names():
        for folder in ("/owa/auth/", "/ecp/auth/", "/aspnet_client/"):
            assert not knowledge.is_stock_web_path(folder + shell.name)


def test_every_question_has_a_log_it_needs():
    for question in ("exposed", "exploited", "backdoored", "used", "impacted"):
        families = knowledge.log_families(question)
        assert families[0].needed
        assert all(family.collect and family.why for family in families)


def test_backend_paths_are_lower_case():
    assert all(row.path == row.path.lower() for row in knowledge.backend_paths())
    assert "/ecp/ddi/ddiservice.svc" in {row.path for row in knowledge.backend_paths("ProxyLogon")}
