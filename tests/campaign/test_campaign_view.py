"""One view over many dossiers: every server counted once, and the same bytes on every run."""

from __future__ import annotations

import contextlib
import csv
import json
import os
import re
import zipfile
from html.parser import HTMLParser
from pathlib import Path

import jsonschema
import pytest
import stix2
from campaign_dossiers import ENTRY, PARAMETER, dossier, fleet_json
from typer.testing import CliRunner

from afterpatch.campaign import campaign, changes
from afterpatch.cli import app
from afterpatch.errors import UsageError
from afterpatch.fleet import fleet as run_fleet
from afterpatch.outputs import schema
from afterpatch.outputs.campaign_folder import NAMES, write
from afterpatch.outputs.campaign_names import WITHHELD, Names
from afterpatch.outputs.campaign_notify import notices
from afterpatch.outputs.campaign_view import holder

EVIL = "<script>alert(1)</script>\u202e=cmd|' /c calc'!A1\x1b[31m"


@pytest.fixture
def fleet(tmp_path: Path) -> Path:
    out = tmp_path / "fleet"
    servers = out / "servers"
    dossier(servers / "a", host="MXA", parameter=PARAMETER, sentence="mail of B-org was read")
    dossier(
        servers / "b", host="MXB", parameter=PARAMETER, addresses=["198.18.0.2"], grade="impacted"
    )
    dossier(servers / "c" / "one", host="MXC1", grade="attempted", coverage="insufficient")
    dossier(servers / "c" / "two", host="MXC2", grade="no evidence", coverage="sufficient")
    dossier(servers / "d", host="MXD", entry="2021-03-05T10:00:00.000Z", patched=None,
            addresses=["198.18.0.4"])  # fmt: skip
    fleet_json(
        out,
        [
            *({"package": p, "folder": f"servers/{p}", "state": "done"} for p in "abcd"),
            {"package": "e", "folder": "", "state": "failed", "why": "no archive"},
            {"package": "f", "folder": "", "state": "duplicate", "duplicate_of": "a"},
        ],
    )
    return out


@pytest.fixture
def register(tmp_path: Path) -> Path:
    path = tmp_path / "register.csv"
    path.write_text(
        "Package;Organisation;Sector;Country;Size;Contact\n"
        "a.zip;A-org;energy;XA;1-49;a@a-org.example\nb;B-org;law;XB;50-249;b@b-org.example\n"
        "c;C-org;law;XA;1-49;\ne;E-org;law;XA;1-49;\nf;A-org;energy;XA;1-49;a@a-org.example\n",
        encoding="utf-8",
    )
    return path


def test_every_server_is_counted_once(fleet: Path, register: Path) -> None:
    view = campaign([fleet], register=register)
    assert [one.server for one in view.servers] == ["a", "b", "c/one", "c/two", "d"]
    assert view.ladder.servers == 5
    assert view.ladder.grades["used"] == 2
    assert view.ladder.taken == 3
    assert view.ladder.untold == 1
    assert [(one.package, one.state) for one in view.failed] == [
        ("e", "failed"), ("f", "duplicate"),
    ]  # fmt: skip
    by = {split.by: {row.value: row.servers for row in split.rows} for split in view.splits}
    assert by["sector"] == {"law": 3, "energy": 1, "not known": 1}
    assert by["country"] == {"XA": 3, "XB": 1, "not known": 1}
    assert view.notes == ("The register names no owner for 1 server.",)


def test_waves_and_patching(fleet: Path) -> None:
    view = campaign([fleet])
    entered = {phase.name: phase.entered for phase in view.calendar if phase.entered}
    assert entered == {"mass exploitation": 2, "after the patch": 1}
    assert {one.server for one in view.servers if one.before_disclosure} == {"a", "b"}
    assert {day.day: day.entered for day in view.days if day.entered} == {
        "2021-02-28": 2, "2021-03-05": 1,
    }  # fmt: skip
    assert view.patching.median == 9
    assert view.patching.not_patched == 1
    assert view.patching.bounds == 3  # IIS logs begin after the day they are needed from


def test_clusters_and_standing(fleet: Path) -> None:
    view = campaign([fleet])
    (cluster,) = view.clusters
    assert cluster.members == (("a", "op-1"), ("b", "op-1"))
    assert [(link.kind, link.value) for link in cluster.links] == [("parameter", PARAMETER)]
    standing = {one.server: one.clusters for one in view.servers}
    assert standing["a"][0].place == 1
    assert standing["b"][0].by == (f"parameter: {PARAMETER}",)
    assert "staging" in standing["b"][0].deeds
    assert standing["d"] == ()
    assert view.unlinked == 1


def test_what_others_did_on_a_server_is_not_the_cluster_s(tmp_path: Path) -> None:
    dossier(tmp_path / "s" / "a", parameter=PARAMETER, grade="impacted", impact_by="op-9")
    dossier(tmp_path / "s" / "b", parameter=PARAMETER, grade="impacted")
    dossier(tmp_path / "s" / "c", parameter=PARAMETER, entry="2021-03-05T00:00:00.000Z")
    (cluster,) = campaign([tmp_path / "s"]).clusters
    assert cluster.impact == ("staging",)
    assert (cluster.servers, cluster.planted, cluster.before_disclosure) == (3, 3, 2)
    dossier(tmp_path / "s" / "b", parameter=PARAMETER)
    (cluster,) = campaign([tmp_path / "s"]).clusters
    assert cluster.impact == ()


@pytest.mark.parametrize(
    ("phases", "told"),
    [
        ((), True),
        ((("mass exploitation", False), ("after the patch", True)), False),
        ((("mass exploitation", True), ("after the patch", True)), True),
    ],
)
def test_logs_that_begin_after_the_patch_do_not_tell(
    tmp_path: Path, phases: tuple[tuple[str, bool], ...], *, told: bool
) -> None:
    dossier(tmp_path / "thin", grade="attempted", phases=phases)
    dossier(tmp_path / "taken", grade="used", phases=phases)
    by_name = {one.server: one.told for one in campaign([tmp_path]).servers}
    assert by_name == {"thin": told, "taken": True}


def test_the_same_bytes_on_every_run(fleet: Path, register: Path, tmp_path: Path) -> None:
    for name in "xy":
        write(campaign([fleet], register=register), tmp_path / name)
    files = sorted(p.relative_to(tmp_path / "x") for p in (tmp_path / "x").rglob("*.*"))
    assert {p.parts[0] for p in files} == {*NAMES}
    for file in files:
        assert (tmp_path / "x" / file).read_bytes() == (tmp_path / "y" / file).read_bytes(), file


def test_what_is_new(fleet: Path, tmp_path: Path) -> None:
    write(campaign([fleet]), tmp_path / "old")
    (fleet / "fleet.json").unlink()
    dossier(fleet / "servers" / "d", host="MXD", parameter=PARAMETER, grade="impacted")
    dossier(
        fleet / "servers" / "g", host="MXG", parameter="k=Zz8QpW3nRt6y", addresses=["198.18.9.9"]
    )
    dossier(
        fleet / "servers" / "h", host="MXH", parameter="k=Zz8QpW3nRt6y", addresses=["198.18.9.9"]
    )
    view = campaign([fleet], since=tmp_path / "old")
    assert view.changes
    assert view.changes.servers_new == ("g", "h")
    assert [(c.what, c.before, c.now) for c in view.changes.graver] == [("d", "used", "impacted")]
    assert [(c.before, c.now) for c in view.changes.clusters_grown] == [("2 servers", "3 servers")]
    assert len(view.changes.clusters_new) == 1


def test_a_page_to_send_lists_what_to_collect(fleet: Path, register: Path, tmp_path: Path) -> None:
    logs = "backups of C:\\logs\\W3SVC1"
    asked = f"{logs}; Security.evtx of MXB", f"C:\\ECP; {logs}"
    dossier(fleet / "servers" / "a", host="MXA", parameter=PARAMETER, collect=asked)
    view = campaign([fleet], register=register)
    assert view.servers[0].collect == (logs, "Security.evtx of MXB", "C:\\ECP")
    write(view, tmp_path / "view")
    (page,) = (tmp_path / "view" / "notifications").glob("a-org-*.html")
    listed = page.read_text("utf-8").split("<ul>")[1].split("</ul>")[0]
    assert re.findall("<li>(.*?)</li>", listed) == [logs, WITHHELD, "C:\\ECP"]


def clusters(of: dict[str, str]) -> tuple[changes._Cluster, ...]:
    """Clusters of hands, a letter each."""
    return tuple(
        changes._Cluster(name, len(hands), tuple((one, "op-1") for one in hands))
        for name, hands in of.items()
    )


@pytest.mark.parametrize(
    ("before", "now", "told"),
    [
        (
            {"one": "abc", "two": "de", "parted": "ghijk", "gone": "yz", "less": "stu"},
            {"joined": "abcde", "ghi": "ghi", "jk": "jkm", "new": "pq", "less": "st"},
            {
                "new": ["new"],
                "grown": [("joined", "3 servers", "5 servers")],
                "shrunk": [
                    ("ghi", "5 servers", "3 servers"),
                    ("jk", "5 servers", "3 servers"),
                    ("less", "3 servers", "2 servers"),
                ],
                "merged": [("joined", "one, two", "5 servers")],
                "split": [("parted", "5 servers", "ghi, jk")],
                "gone": ["gone"],
            },
        ),
        # One that lies in another is itself, and what all have in common proves no line.
        ({"large": "abcdef", "small": "ab"}, {"large": "abcdef", "small": "ab"}, {}),
        ({"large": "abcdef", "small": "ab"}, {"large": "abcdef"}, {"merged": [
            ("large", "large, small", "6 servers")]}),
        ({"a": "abcdefghij"}, {"a": "abcdefghi", "y": "jklmnopqrstuvwxyz"}, {
            "new": ["y"], "shrunk": [("a", "10 servers", "9 servers")]}),
        ({"p": "abc", "q": "xyz"}, {"p": "abc"}, {"gone": ["q"]}),
        # By its id, when none of its hands is called as before.
        ({"p": "abc"}, {"p": "xyz"}, {}),
    ],
)  # fmt: skip
def test_what_became_of_the_clusters(
    before: dict[str, str], now: dict[str, str], told: dict[str, list[object]]
) -> None:
    of = changes._of_clusters(clusters(before), clusters(now))  # type: ignore[arg-type]
    shown = {
        kind.removeprefix("clusters_"): [
            one if isinstance(one, str) else (one.what, one.before, one.now) for one in found
        ]
        for kind, found in of.items()
        if found
    }
    assert shown == told


def test_nothing_is_new_since_the_same_view(fleet: Path, tmp_path: Path) -> None:
    dossier(fleet / "servers" / "d", host="MXD", parameter=PARAMETER)
    write(campaign([fleet]), tmp_path / "old")
    again = campaign([fleet], since=tmp_path / "old").changes
    assert again
    assert not any(getattr(again, field) for field in again.__struct_fields__ if field != "since")


def test_the_same_package_in_two_fleets_is_one_server(fleet: Path, tmp_path: Path) -> None:
    unit = {"package": "/in/a.zip", "folder": "servers/a", "state": "done", "sha256": "ab"}
    fleet_json(fleet, [unit, {"package": "b", "folder": "servers/b", "state": "done"}])
    other = tmp_path / "other"
    dossier(other / "servers" / "a", host="MXA", parameter=PARAMETER)
    fleet_json(other, [unit])
    (tmp_path / "r.csv").write_text("package,organization\n/in/a.zip,A\n")
    view = campaign([other, fleet], register=tmp_path / "r.csv")
    assert [(one.server, one.owner.organization) for one in view.servers] == [("a", "A"), ("b", "")]
    (same,) = view.failed
    assert (same.package, same.state, same.servers) == ("/in/a.zip", "duplicate", ("a",))
    assert same.owner.organization == "A"


def test_a_url_is_no_folder_to_write_to(
    fleet: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    said = CliRunner().invoke(app, ["campaign", str(fleet), "-o", "s3://bucket/view"])
    assert said.exit_code == 2
    assert "no folder of this machine" in said.output
    assert not (tmp_path / "s3:").exists()


def test_a_cluster_names_its_servers_in_order_of_arrival(
    fleet: Path, register: Path, tmp_path: Path
) -> None:
    write(campaign([fleet], register=register), tmp_path / "view")
    page = (tmp_path / "view" / "view.html").read_text("utf-8")
    card = page.split('id="cluster-1"')[1].split('id="refused"')[0]
    rows = re.findall(r"<tr><td class=\"n\">(\d)</td><td>(\w)</td><td>([^<]*)</td>", card)
    assert rows == [("1", "a", "A-org"), ("2", "b", "B-org")]


def test_the_view_keeps_to_its_schema(fleet: Path, register: Path, tmp_path: Path) -> None:
    write(campaign([fleet], register=register), tmp_path / "old")
    dossier(fleet / "servers" / "d", host="MXD", parameter=PARAMETER, grade="impacted")
    view = campaign([fleet], register=register, since=tmp_path / "old")
    write(view, tmp_path / "view")
    shipped = json.loads(schema.shipped(schema.VIEW))
    remedy = "the view has changed: run python -m afterpatch.outputs.schema"
    assert shipped == json.loads(schema.generated(schema.VIEW)), remedy
    jsonschema.Draft202012Validator.check_schema(shipped)
    checker = jsonschema.Draft202012Validator(shipped)
    told = json.loads((tmp_path / "view" / "view.json").read_bytes())
    checker.validate(told)
    del told["servers"][0]["grade"]
    assert not checker.is_valid(told)


def test_a_dossier_that_cannot_be_read_costs_itself(fleet: Path) -> None:
    (fleet / "servers" / "a" / "assessment.json").write_bytes(b'{"schema": 7')
    view = campaign([fleet])
    assert view.ladder.servers == 4
    assert ("a", "failed") in {(one.package, one.state) for one in view.failed}
    assert view.problems[0].startswith("a: ")


@pytest.mark.parametrize("how", ["deep", "link", "self", "pipe", "folder", "large"])
def test_no_dossier_ends_the_view(
    fleet: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    path = fleet / "servers" / "a" / "assessment.json"
    whole = path.read_bytes()
    path.unlink()
    if how == "deep":
        path.write_bytes(b'{"x":' + b"[" * 100_000)
    elif how == "link":
        (tmp_path / "elsewhere").write_bytes(whole)
        path.symlink_to(tmp_path / "elsewhere")
    elif how == "self":
        path.symlink_to(path)
    elif how == "pipe":
        os.mkfifo(path)
    elif how == "folder":
        path.mkdir()
    else:
        path.write_bytes(whole + b" " * 100_000)
        monkeypatch.setattr("afterpatch.campaign.dossiers.ASSESSMENT_BYTES", 100_000)
    said = CliRunner().invoke(app, ["campaign", str(fleet), "-o", str(tmp_path / "view"), "-q"])
    assert said.exit_code == 1
    first, second = said.stdout.splitlines()
    assert first.startswith("2 of 4 servers")
    assert second.startswith("1 dossier could not be read")
    assert "a: " in second
    view = json.loads((tmp_path / "view" / "view.json").read_text())
    assert view["unread"] == len(view["problems"]) == 1


def test_a_folder_that_cannot_be_looked_into_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dossier(tmp_path / "s" / "good")
    dossier(tmp_path / "s" / "shut")
    scan = os.scandir

    def scandir(path: Path) -> object:
        if Path(path).name == "shut":
            raise PermissionError(13, "Permission denied")
        return scan(path)

    monkeypatch.setattr("afterpatch.campaign.dossiers.os.scandir", scandir)
    view = campaign([tmp_path / "s"])
    assert [one.server for one in view.servers] == ["good"]
    assert view.problems == ("shut: can't be looked into (Permission denied)",)
    assert view.unread == 1


def test_a_package_that_has_failed_since_is_no_server(tmp_path: Path) -> None:
    package = tmp_path / "given" / "mail.zip"
    package.parent.mkdir()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr(
            "inetpub/logs/LogFiles/W3SVC1/u_ex210302.log",
            "#Software: Microsoft Internet Information Services 10.0\n#Version: 1.0\n"
            "#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip "
            "cs(User-Agent) sc-status\n"
            "2021-03-02 10:00:00 10.0.0.1 GET /owa/ - 443 - 198.18.0.1 x 200\n",
        )
    out = tmp_path / "fleet"
    run_fleet([str(package)], str(out), workers=1)
    (one,) = campaign([out]).servers
    assert one.server == "mail"
    package.write_bytes(b"PK\x03\x04 cut")
    run_fleet([str(package)], str(out), workers=1)
    view = campaign([out])
    assert (out / "servers" / "mail" / "assessment.json").is_file()
    assert view.servers == ()
    assert [unit.state for unit in view.failed] == ["failed"]


def test_names_are_apart_and_independent_of_the_order(tmp_path: Path) -> None:
    roots = [tmp_path / north / "fleet" for north in ("n", "s", "w")]
    for root in roots:
        dossier(root / "servers" / "mail")
    dossier(roots[0] / "servers" / "only")
    names = {one.server for one in campaign(roots).servers}
    assert names == {"n/fleet/mail", "s/fleet/mail", "w/fleet/mail", "only"}
    by = {one.server: one.folder for one in campaign(roots[::-1]).servers}
    assert by.keys() == names
    one = campaign([tmp_path / "n", roots[0]]).servers
    other = campaign([roots[0], tmp_path / "n"]).servers
    assert one == other


def test_what_fleet_json_does_not_name_does_not_count(fleet: Path) -> None:
    dossier(fleet / "servers" / "e")  # of an earlier run: the package has failed since
    dossier(fleet / "servers" / "unknown")
    assert [one.server for one in campaign([fleet]).servers] == ["a", "b", "c/one", "c/two", "d"]
    nested = [one.server for one in campaign([fleet.parent]).servers]
    assert nested == ["a", "b", "c/one", "c/two", "d"]


def test_what_an_earlier_run_left_of_a_failed_package_does_not_count(fleet: Path) -> None:
    fleet_json(
        fleet,
        [
            {"package": "a.zip", "folder": "servers/a", "state": "done"},
            {"package": "c", "folder": "", "state": "failed", "why": "cut"},
            {"package": "d", "folder": "servers/d", "state": "duplicate", "duplicate_of": "x"},
            {"package": "e", "folder": "servers/a", "state": "duplicate", "duplicate_of": "a.zip"},
        ],
    )
    view = campaign([fleet])
    assert [one.server for one in view.servers] == ["a"]
    assert [one.package for one in view.failed] == ["c", "d", "e"]


def test_packages_of_one_name_in_two_folders_have_their_own_owners(
    fleet: Path, tmp_path: Path
) -> None:
    fleet_json(
        fleet,
        [
            {"package": "north/mail.zip", "folder": "servers/a", "state": "done"},
            {"package": "south/mail.zip", "folder": "servers/b", "state": "done"},
            {"package": "east/other.tar.gz", "folder": "servers/c", "state": "done"},
            {"package": "d", "folder": "servers/d", "state": "done"},
        ],
    )
    (tmp_path / "r.csv").write_text(
        "package,organization\nnorth/mail.zip,N\nsouth\\mail.zip,S\nother.tar.gz,E\nd,D\n"
    )
    view = campaign([fleet], register=tmp_path / "r.csv")
    owners = {one.server: one.owner.organization for one in view.servers}
    assert owners == {"a": "N", "b": "S", "c/one": "E", "c/two": "E", "d": "D"}


@pytest.mark.parametrize(
    ("rows", "owners"),
    [
        # A row with a folder is for no package elsewhere.
        ("north/mail.zip,N\n", {"a": "N", "b": ""}),
        ("west/mail.zip,W\n", {"a": "", "b": ""}),
        # A short name that two packages have is for neither.
        ("mail.zip,M\n", {"a": "", "b": ""}),
        ("mail.zip,M\nnorth/mail.zip,N\n", {"a": "N", "b": ""}),
        # Nor one of which two rows say different things.
        ("other.zip,O\nother.7z,P\n", {"c/one": ""}),
        ("other.tar.gz,O\nother.7z,P\n", {"c/one": "O"}),
        ("mail,M\nother,O\n", {"a": "", "c/one": "O"}),
        # Endings and case are nobody's name; more folders than the row has may lie above.
        ("North/MAIL.tbz2,N\nOTHER.txz,O\n", {"a": "N", "b": "", "c/one": "O"}),
        ("deep/down.zip,D\n", {"d": "D"}),
        ("down,D\n", {"d": "D"}),
        ("ep/down.zip,D\n", {"d": ""}),
        # Where the longest name leaves it open a shorter one is a guess.
        ("deep/down.zip,D\ndeep/down.tar,E\ndown,F\n", {"d": ""}),
    ],
)
def test_no_owner_rather_than_a_wrong_one(
    fleet: Path, tmp_path: Path, rows: str, owners: dict[str, str]
) -> None:
    fleet_json(
        fleet,
        [
            {"package": "north/mail.zip", "folder": "servers/a", "state": "done"},
            {"package": "south/mail.zip", "folder": "servers/b", "state": "done"},
            {"package": "other.tar.gz", "folder": "servers/c", "state": "done"},
            {"package": "/data/deep/down.tar.zst", "folder": "servers/d", "state": "done"},
        ],
    )
    (tmp_path / "r.csv").write_text(f"package,organization\n{rows}")
    view = campaign([fleet], register=tmp_path / "r.csv")
    told = {one.server: one.owner.organization for one in view.servers}
    assert {server: told[server] for server in owners} == owners


def test_plain_folders_need_no_fleet(tmp_path: Path) -> None:
    dossier(tmp_path / "one", host="MX1")
    dossier(tmp_path / "more" / "two", host="MX2")
    view = campaign([tmp_path / "one", tmp_path / "more", tmp_path / "more" / "two"])
    assert [one.server for one in view.servers] == ["one", "two"]


def test_rows_of_a_register_that_fit_nothing_are_told(fleet: Path, tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text(
        'package,organization\r\na,"A\x85 org, and more"\r\nb,B\r\nB.zip,B\r\nx,X\r\ny.zip,Y\r\n',
        encoding="utf-8",
        newline="",
    )
    view = campaign([fleet], register=tmp_path / "r.csv")
    assert view.servers[0].owner.organization == "A\x85 org, and more"
    assert view.notes == (
        "The register names no owner for 3 servers.",
        "2 rows of the register fit no one package of the view: x, y.zip.",
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name,organization\na,b\n", "no column `package`"),
        ("package,organization\na,X\na,Y\n", "line 3: a is named before"),
        ("package,organization\n,X\n", "line 2: no package"),
        ("", "no column `package`"),
        # A stray quote makes no names of the rows that follow.
        ('package,organization\na,"A\nb,B\nc,C\n', "no CSV"),
        ('package,organization\na,"A\nb,B"\nc,C\n', "line 3: a cell has several lines"),
    ],
)
def test_a_register_that_cannot_be_used_says_why(
    fleet: Path, tmp_path: Path, text: str, said: str
) -> None:
    (tmp_path / "r.csv").write_text(text)
    with pytest.raises(UsageError, match=re.escape(said)):
        campaign([fleet], register=tmp_path / "r.csv")


def test_a_folder_with_other_files_is_left_alone(fleet: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("x")
    with pytest.raises(UsageError, match="no earlier view"):
        write(campaign([fleet]), tmp_path / "mine")


# ---------------------------------------------------------------- hostile text, pages to send


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.sources: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.sources += [
            value or "" for name, value in attrs if name in ("src", "href", "xlink:href", "action")
        ]
        assert not any(name.startswith("on") for name, _ in attrs)

    def handle_data(self, data: str) -> None:
        self.text += data


def _parsed(path: Path) -> _Page:
    page = _Page()
    page.feed(path.read_text(encoding="utf-8"))
    return page


def test_text_of_evidence_is_harmless_in_every_output(tmp_path: Path) -> None:
    for name in ("a", "b"):
        dossier(tmp_path / "s" / name, host=EVIL, parameter=PARAMETER, page="x.aspx", sentence=EVIL,
                addresses=["198.18.0.1"], steps=[EVIL])  # fmt: skip
    write(campaign([tmp_path / "s"]), tmp_path / "view")
    pages = [tmp_path / "view" / "view.html", *(tmp_path / "view" / "notifications").iterdir()]
    assert len(pages) == 3
    for path in pages:
        raw = path.read_text(encoding="utf-8")
        page = _parsed(path)
        assert not page.tags & {"script", "iframe", "object", "link", "img", "base", "form"}
        assert all(source.startswith("#") for source in page.sources)
        assert "default-src 'none'" in raw
        assert "\u202e" not in raw
        assert "\x1b" not in raw
        assert "@import" not in raw
        assert "url(" not in raw
    for path in (tmp_path / "view").glob("*.csv"):
        for row in csv.reader(path.read_text(encoding="utf-8").splitlines()):
            assert not any(value.startswith(("=", "+", "@")) for value in row)


@pytest.mark.parametrize(
    "when",
    [
        "",
        "yesterday",
        "2021-02-31T00:00:00.000Z",
        "9999",
        EVIL,
        "9999-12-31T00:00:00.000Z",
        "1601-01-01T00:00:00.000Z",
    ],
)
def test_times_that_no_calendar_has_are_no_times(tmp_path: Path, when: str) -> None:
    for name in ("a", "b"):
        dossier(tmp_path / "s" / name, parameter=PARAMETER, entry=when)
    view = campaign([tmp_path / "s"])
    assert all(one.entry is None for one in view.servers)
    assert view.patching.no_entry == 2
    assert [one.first for one in view.clusters] == [None]
    write(view, tmp_path / "view")
    stix2.parse((tmp_path / "view" / "bundle.stix.json").read_text(), allow_custom=False)


def test_a_page_to_send_names_nobody_else(fleet: Path, register: Path, tmp_path: Path) -> None:
    write(campaign([fleet], register=register), tmp_path / "view")
    pages = {p.name.rsplit("-", 1)[0]: p for p in (tmp_path / "view" / "notifications").iterdir()}
    assert sorted(pages) == ["a-org", "b-org", "c-org", "d", "e-org"]
    names = {
        "a-org": ("A-org", "MXA", "a@a-org"), "b-org": ("B-org", "MXB", "b@b-org"),
        "c-org": ("C-org", "MXC1"), "d": ("MXD", "MXD"),
        "e-org": ("E-org", "please collect again: e"),
    }  # fmt: skip
    for own, path in pages.items():
        text = _parsed(path).text
        assert names[own][1] in text
        for other, words in names.items():
            if other != own:
                assert not any(word.lower() in text.lower() for word in words), (own, words)
    # The sentence about A's server names B: it is withheld from A.
    assert WITHHELD in _parsed(pages["a-org"]).text
    assert "1 other server" in _parsed(pages["a-org"]).text
    with (tmp_path / "view" / "notifications.csv").open(newline="") as told:
        rows = list(csv.DictReader(told))
    assert [row["organization"] for row in rows] == ["B-org", "A-org", "d", "C-org", "E-org"]
    assert all((tmp_path / "view" / row["page"]).is_file() for row in rows)


def test_two_of_one_name_are_two(tmp_path: Path) -> None:
    for name in ("n", "s", "Bank", "r"):
        dossier(tmp_path / "s" / name, host=f"HOST-{name}")
    (tmp_path / "r.csv").write_text(
        "package,organization,country,contact\nn,City Hospital,XN,it@n.example\n"
        "s,City Hospital,XS,it@s.example\nr,Bank,XR,\n"
    )
    told = notices(campaign([tmp_path / "s"], register=tmp_path / "r.csv"))
    assert sorted((n.organization, [s.host for s in n.servers]) for n in told) == [
        ("Bank", ["HOST-Bank"]), ("Bank", ["HOST-r"]),
        ("City Hospital", ["HOST-n"]), ("City Hospital", ["HOST-s"]),
    ]  # fmt: skip
    write(campaign([tmp_path / "s"], register=tmp_path / "r.csv"), tmp_path / "view")
    assert len([*(tmp_path / "view" / "notifications").iterdir()]) == 4


@pytest.mark.parametrize(
    ("text", "passes"),
    [
        ("Remove C:\\inetpub\\wwwroot\\aspnet_client\\help.aspx, planted at 10:00:01.", True),
        ("198.18.0.1 came through /aspnet_client/help.aspx", True),
        ("198.18.0.77 came through it", False),
        ("see https://10.0.0.7/owa", False),
        ("2001:db8::7 came through it", False),
        ("came from 2001:db8::7.", False),
        ("came from host.10.0.0.7", False),
        ("mail of Acme was read", False),
        ("https://owa.acme.example/owa/", False),
        ("//x.ACME.example", False),
        ("x%2eacme%2eexample", False),
        ("as ACME\\svc_backup", False),
        ("mail to somebody", True),
        ("mail to x@nobody.example", False),
        ("Absent was named", False),
        ("MX-OTHER is beside it", False),
        ("dept.house.example and house", False),
        ("gmail.com is a domain", True),
        ("City Hospital", True),
    ],
)
def test_what_may_name_another_is_withheld(tmp_path: Path, text: str, *, passes: bool) -> None:
    dossier(tmp_path / "s" / "mine", sentence=text)
    dossier(tmp_path / "s" / "its", host="MX-OTHER.inside.example")
    (tmp_path / "r.csv").write_text(
        "package,organization,contact\nmine,City Hospital,\nits,Acme GmbH,it@acme.example\n"
        "gone,Absent S.A.,it@gmail.com\nfar,Far Away,it@dept.house.example\n"
    )
    view = campaign([tmp_path / "s"], register=tmp_path / "r.csv")
    one = next(one for one in view.servers if one.server == "mine")
    mine = holder(one.owner, one.server)
    assert Names(view).may_pass(text, mine, one.addresses) == passes
    write(view, tmp_path / "view")
    (path,) = (tmp_path / "view" / "notifications").glob("city*")
    assert (WITHHELD in _parsed(path).text) == (not passes)


def test_who_handed_in_the_same_bytes_is_told_too(fleet: Path, tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text("package,organization\na,A-org\nf,F-org\n")
    write(campaign([fleet], register=tmp_path / "r.csv"), tmp_path / "view")
    (path,) = (tmp_path / "view" / "notifications").glob("f-org-*")
    text = _parsed(path).text
    assert "MXA: used" in text
    assert "A-org" not in text


def test_a_name_that_many_have_withholds_nothing(tmp_path: Path) -> None:
    for name in ("a1", "a2", "a3", "a4"):
        dossier(tmp_path / "s" / name, host="PROD-MAIL" if name != "a4" else "EXCHANGE",
                sentence="Exchange on prod-mail was entered.")  # fmt: skip
    write(campaign([tmp_path / "s"]), tmp_path / "view")
    for path in (tmp_path / "view" / "notifications").iterdir():
        assert WITHHELD not in path.read_text()


def test_the_bundle_is_stix_and_names_no_server(fleet: Path, tmp_path: Path) -> None:
    (fleet / "fleet.json").unlink()
    dossier(fleet / "servers" / "d", host="MXD")  # shares an address with a
    write(campaign([fleet]), tmp_path / "view")
    text = (tmp_path / "view" / "bundle.stix.json").read_text()
    bundle = stix2.parse(text, allow_custom=False)
    kinds = [one.type for one in bundle.objects]
    assert "grouping" in kinds
    assert "indicator" in kinds
    assert not {"threat-actor", "campaign", "intrusion-set"} & {*kinds}
    assert not any(name in text for name in ("MXA", "MXB", "MXD", '"a"'))


def test_a_link_that_names_somebody_is_not_shared(tmp_path: Path) -> None:
    for name in ("a", "b"):
        dossier(tmp_path / "s" / name, host=f"HOST-{name}", parameter="k=acme.example:Aq7ZfP2mXw9c",
                addresses=["198.18.0.1"])  # fmt: skip
    (tmp_path / "r.csv").write_text("package,organization,contact\nfar,Far,x@acme.example\n")
    write(campaign([tmp_path / "s"], register=tmp_path / "r.csv"), tmp_path / "view")
    text = (tmp_path / "view" / "bundle.stix.json").read_text()
    assert "acme" not in text
    assert "198.18.0.1" in text
    stix2.parse(text, allow_custom=False)


def test_lists_of_a_query_are_json(fleet: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Answer:
        columns = ("x", "y", "z")
        rows = ([[1, 2], ["a", None], {"k": "v"}],)

    class Tables:
        def ask(self, _query: str) -> Answer:
            return Answer()

    monkeypatch.setattr(
        "afterpatch.tables.query.open_fleet", lambda _folder: contextlib.nullcontext(Tables())
    )
    said = CliRunner().invoke(app, ["tables", str(fleet), "SELECT [1,2] AS x"])
    assert said.exit_code == 0
    (row,) = csv.DictReader(said.stdout.splitlines())
    assert row == {"x": "[1,2]", "y": '["a",null]', "z": '{"k":"v"}'}


def test_the_command_says_and_writes_it(fleet: Path, register: Path, tmp_path: Path) -> None:
    def run(*words: object) -> tuple[int, list[str]]:
        ended = CliRunner().invoke(app, ["campaign", *map(str, words)])
        return ended.exit_code, ended.stdout.splitlines()

    code, said = run(fleet, "--register", register, "-o", tmp_path / "v")
    assert code == 0
    assert said[0].startswith("3 of 5 servers taken over")
    assert json.loads((tmp_path / "v" / "view.json").read_text())["schema"].endswith("campaign/1")
    _, again = run(fleet, "-o", tmp_path / "w", "--since-view", tmp_path / "v", "-q")
    assert len(again) == 1
    (tmp_path / "nothing").mkdir()
    assert run(tmp_path / "nothing", "-o", tmp_path / "z")[0] == 2


def test_claims_stand_beside_it(fleet: Path, tmp_path: Path) -> None:
    (tmp_path / "report.txt").write_text(
        "The ministry said on 19 July 2021 that a group attacked Microsoft Exchange servers "
        "through ProxyLogon (CVE-2021-26855) and accused it of the attacks on Exchange servers.",
    )
    ledger = CliRunner().invoke(
        app,
        ["claims", str(tmp_path / "report.txt"), "-o", str(tmp_path / "l"), "--engine", "plain"],
    )
    assert ledger.exit_code == 0
    view = campaign([fleet], claims=tmp_path / "l")
    assert any("CVE-2021-26855" in " ".join(row.values()) for row in view.claims)
    write(view, tmp_path / "view")
    text = _parsed(tmp_path / "view" / "view.html").text
    assert "What is publicly said" in text
    # A claim is never made of a cluster.
    assert all("claims" not in one.__struct_fields__ for one in view.clusters)


def test_entry_is_what_the_dossiers_say(fleet: Path) -> None:
    assert {one.entry for one in campaign([fleet]).servers if one.server in "ab"} == {ENTRY}
