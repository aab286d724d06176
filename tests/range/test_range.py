"""The range: true formats, ordered and joined rows, and a ground truth that holds."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from synthetic import (
    SIZE,
    WINDOWS,
    WORKING,
    digest,
    files,
    in_order,
    is_log,
    rows,
    stated_rows,
    truth,
)

from afterpatch.errors import UsageError
from afterpatch.range import SCENARIOS, build, logs, parse_size

LOGGING = "Program Files/Microsoft/Exchange Server/V15/Logging"
Made = Callable[[str], Path]


def make(name: str, out: Path, **options: Any) -> Path:
    first, last = WINDOWS[name]
    return build(name, out, **{"size": SIZE, "first_day": first, "last_day": last} | options)


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    kept: dict[str, Path] = {}

    def scenario(name: str) -> Path:
        if name not in kept:
            kept[name] = make(name, tmp_path_factory.mktemp("range") / name)
        return kept[name]

    return scenario


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("600MB", 600_000_000),
        ("2GiB", 2 << 30),
        ("8gb", 8_000_000_000),
        ("1.5 kB", 1500),
        ("64k", 64_000),
        ("123", 123),
    ],
)
def test_parse_size(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "MB", "-5MB", "0", "5TB", "1e9", "5 M B"])
def test_parse_size_refuses(text: str) -> None:
    with pytest.raises(UsageError):
        parse_size(text)


def test_refuses_what_makes_no_sense(tmp_path: Path) -> None:
    full = tmp_path / "full"
    full.mkdir()
    (full / "file").write_text("here already")
    day = date(2021, 3, 1)
    out = tmp_path / "out"
    for call in (
        lambda: build("no-such-story", out),
        lambda: build("probed", full),
        lambda: build("probed", full / "file"),
        lambda: build("probed", out, first_day=date(2021, 3, 2), last_day=day),
        lambda: build("probed", out, size=100_000),
        lambda: build("probed", out, hits_every=0),
        lambda: build("proxylogon-expired", out, first_day=day, last_day=date(2021, 3, 3)),
    ):
        with pytest.raises(UsageError):
            call()
    assert not out.exists()


def test_same_arguments_give_the_same_bytes(made: Made, tmp_path: Path) -> None:
    first = made("proxylogon")
    assert digest(make("proxylogon", tmp_path / "again")) == digest(first)
    assert digest(make("proxylogon", tmp_path / "other", seed=1)) != digest(first)


@pytest.mark.parametrize("name", WINDOWS)
def test_size_is_what_was_asked_for(made: Made, name: str) -> None:
    written = sum(path.stat().st_size for path in files(made(name)) if is_log(path))
    assert written == truth(made(name))["size"]
    assert abs(written - SIZE) <= SIZE * 0.1


@pytest.mark.parametrize("name", WINDOWS)
def test_rows_fit_their_header_and_stand_in_order(made: Made, name: str) -> None:
    assert in_order(made(name)) > 4000


@pytest.mark.parametrize("name", WINDOWS)
def test_hourly_files_hold_their_hour_and_name_their_build(made: Made, name: str) -> None:
    builds = truth(made(name))["server"]["builds"]
    for path in files(made(name)):
        if "HttpProxy_" not in path.name:
            continue
        hour = path.name.removeprefix("HttpProxy_")[:10]
        lines = path.read_text("utf-8").split("\n")
        assert "#Fields: " + lines[0].strip() == lines[5].strip()
        for row in rows(path):
            assert re.sub(r"\D", "", row["DateTime"])[:10] == hour
            assert row["Protocol"] == path.parent.name
            ruling = [span["build"] for span in builds if span["from"] <= row["DateTime"]][-1]
            version = [row[part + "Version"] for part in ("Major", "Minor", "Build", "Revision")]
            assert ".".join(version) == ruling
            major, minor, number, revision = version
            assert lines[2].strip() == f"#Version: {major}.{minor:0>2}.{number}.{revision:0>3}"


@pytest.mark.parametrize("name", ["untouched", "proxylogon"])
def test_front_end_and_back_end_rows_are_joined(made: Made, name: str) -> None:
    proxied: dict[str, dict[str, str]] = {}
    front: dict[str, dict[str, str]] = {}
    back: dict[str, dict[str, str]] = {}
    for path in files(made(name)):
        if "HttpProxy_" in path.name:
            for row in rows(path):
                assert row["RequestId"] not in proxied
                proxied[row["RequestId"]] = row
        elif path.name.startswith("u_ex"):
            known = front if path.parent.name == "W3SVC1" else back
            for row in rows(path):
                if match := re.search(r"cafeReqId=([0-9a-f-]{36});$", row["cs-uri-query"]):
                    known[match[1]] = row
    assert front.keys() == proxied.keys()
    assert back.keys() == {key for key, row in proxied.items() if row["BackEndStatus"]}
    for key, row in proxied.items():
        assert front[key]["cs-uri-stem"] == row["UrlStem"]
        assert front[key]["c-ip"] == row["ClientIpAddress"]
        assert front[key]["sc-status"] == row["HttpStatus"]
        assert front[key]["date"] + "T" + front[key]["time"] == row["DateTime"][:19]
        assert f"BeginRequest={row['DateTime'][:4]}" in row["GenericInfo"]
        if row["BackEndStatus"]:
            assert back[key]["sc-status"] == row["BackEndStatus"]
            assert back[key]["s-port"] == "444"


@pytest.mark.parametrize("name", WINDOWS)
def test_every_stated_row_stands_where_it_is_said_to(made: Made, name: str) -> None:
    stated_rows(made(name))


@pytest.mark.parametrize("name", WINDOWS)
def test_coverage_is_the_first_and_last_row(made: Made, name: str) -> None:
    folder = made(name)
    spans = {span["family"]: (span["from"], span["to"]) for span in truth(folder)["coverage"]}
    iis = sorted((folder / "evidence/inetpub").rglob("W3SVC1/*.log"))
    times = [f"{row['date']}T{row['time']}.000Z" for path in iis for row in rows(path)]
    assert spans["iis"] == (min(times), max(times))
    proxy = (folder / "evidence" / LOGGING / "HttpProxy").rglob("*.LOG")
    times = [row["DateTime"] for path in proxy for row in rows(path)]
    assert spans["httpproxy"] == (min(times), max(times))


def test_nothing_written_would_run(made: Made) -> None:
    for name in WINDOWS:
        for path in files(made(name)):
            data = path.read_bytes()
            assert not [word for word in WORKING if word in data], path.name
    source = Path(logs.__file__).parent
    for path in source.glob("*.py"):
        assert b"<scr" + b"ipt" not in path.read_bytes().lower()


def test_untouched_holds_no_attack(made: Made) -> None:
    folder = made("untouched")
    expect = truth(folder)["expect"]
    assert expect["grade"] == "no evidence"
    assert expect["chains"] == expect["web_shells"] == expect["actor_addresses"] == []
    stock = {path.name.lower() for path in files(folder) if path.suffix == ".aspx"}
    for path in files(folder):
        data = path.read_bytes()
        assert b"ServerInfo~" not in data
        assert b"MAIL01$ 10." not in data
        assert b"script" not in data.lower().replace(b"boot.worldwide", b"").replace(
            b"scripts/", b""
        ).replace(b"description", b"").replace(b"nmap scripting", b"")
        if path.name.startswith("u_ex"):
            for row in rows(path):
                page = row["cs-uri-stem"].lower().rsplit("/", 1)[-1]
                assert not page.endswith(".aspx") or page in stock | {"default.aspx"}


def test_probed_is_only_probed(made: Made) -> None:
    folder = made("probed")
    expect = truth(folder)["expect"]
    assert expect["grade"] == "attempted"
    assert [chain["outcome"] for chain in expect["chains"]] == ["probed"]
    assert set(expect["chains"][0]["sources"]) <= set(expect["scanner_addresses"])
    anchors = 0
    for path in files(folder):
        if "HttpProxy_" in path.name:
            for row in rows(path):
                if "/" in row["AnchorMailbox"] and row["AnchorMailbox"].startswith("ServerInfo~"):
                    anchors += 1
                    assert "/autodiscover/" in row["AnchorMailbox"]
                    assert row["BackEndStatus"] == ""
                    assert row["HttpStatus"] != "200"
        elif path.parent.name == "W3SVC2":
            assert not [row for row in rows(path) if row["cs-username"].endswith("$")]
    assert anchors == 16


def test_proxylogon_leaves_the_whole_chain(made: Made) -> None:
    folder = made("proxylogon")
    expect = truth(folder)["expect"]
    (shell,) = expect["web_shells"]
    (chain,) = expect["chains"]
    assert chain["cves"] == ["CVE-2021-26855", "CVE-2021-27065"]
    intruder = chain["sources"][0]
    assert not {*expect["actor_addresses"]} & {*expect["bystander_addresses"]}
    evidence = folder / "evidence"
    page = evidence / shell["path"].removeprefix("C:\\").replace("\\", "/")
    assert "ExternalUrl                     : http://f/<" in page.read_text("utf-8")
    trace = next(path for path in files(folder) if path.name.startswith(f"{page.name}."))
    assert shell["url"] in trace.read_text("utf-8")

    anchors: list[str] = []
    for path in files(folder):
        if path.parent.name == "Ecp" and "HttpProxy_" in path.name:
            for row in rows(path):
                if row["ClientIpAddress"] == intruder:
                    anchors.append(row["AnchorMailbox"])
                    assert row["HttpStatus"] == row["BackEndStatus"] in ("200", "241")
    # The condition of Microsoft's Test-ProxyLogon.ps1 for CVE-2021-27065.
    assert re.fullmatch(r"ServerInfo~.*/.*Reset.*VirtualDirectory#", anchors[-1])
    posts = [
        row
        for path in sorted((evidence / "inetpub").rglob("W3SVC1/*.log"))
        for row in rows(path)
        if row["cs-uri-stem"] == shell["url"]
    ]
    assert len(posts) == shell["visits"]["count"] == 7
    assert {row["c-ip"] for row in posts} == set(shell["visitors"])
    assert int(posts[0]["time-taken"]) > 1000 > max(int(row["time-taken"]) for row in posts[1:])
    events = (evidence / "EventLogs/Security.jsonl").read_text("utf-8").splitlines()
    started = [event for event in map(json.loads, events) if event["EventID"] == 4688]
    commands = {
        event["CommandLine"]
        for event in started
        if event["ParentProcessName"].endswith("w3wp.exe")
        and event["NewProcessName"].endswith("cmd.exe")
    }
    assert commands == set(expect["commands"])
    ecp = [
        row["EventData"]
        for path in sorted((evidence / LOGGING / "ECP/Server").glob("*.LOG"))
        for row in rows(path)
        if "ExternalUrl=''http://f/<" in row["EventData"]
    ]
    assert len(ecp) == 1


def test_update_shows_in_headers_and_restarts_iis(made: Made) -> None:
    folder = made("proxylogon")
    before, after = truth(folder)["server"]["builds"]
    assert (before["build"], after["build"]) == ("15.1.2106.2", "15.1.2106.13")
    day = after["from"][2:10].replace("-", "")
    iis = (folder / f"evidence/inetpub/logs/LogFiles/W3SVC1/u_ex{day}.log").read_text("utf-8")
    assert iis.count("#Fields: ") == 2
    day = after["from"][:11]
    silent = f"{day}19:10", f"{day}19:50"
    for path in (folder / "evidence" / LOGGING / "HttpProxy").rglob("*.LOG"):
        assert not [row for row in rows(path) if silent[0] <= row["DateTime"] < silent[1]]


def test_expired_keeps_only_what_lasts(made: Made) -> None:
    folder = made("proxylogon-expired")
    told = truth(folder)
    spans = {span["family"]: span for span in told["coverage"]}
    planted = told["expect"]["web_shells"][0]["planted"]
    assert spans["iis"]["from"] < planted < spans["httpproxy"]["from"]
    for family in ("cmdletinfra", "ecp", "ews", "windows-events", "oabgenerator"):
        assert family not in spans or spans[family]["from"] >= "2021-03-04"
    assert told["expired"] > 20
    assert told["expect"]["commands"] == []
    for event in told["events"]:
        if event["kind"] in ("attack", "visit", "command"):
            assert event["file"].startswith("inetpub/")
    reset = [event for event in told["events"] if event["what"].startswith("resets")]
    assert {Path(event["file"]).parent.name for event in reset} == {"W3SVC1", "W3SVC2"}


def test_days_and_nights_differ(made: Made) -> None:
    folder = made("untouched")
    hours: dict[str, int] = {}
    for path in (folder / "evidence/inetpub").rglob("W3SVC1/*.log"):
        for row in rows(path):
            hours[row["time"][:2]] = hours.get(row["time"][:2], 0) + 1
    assert len(hours) == 24
    assert hours["09"] > 3 * hours["03"]


def test_hits_are_laid_and_counted(tmp_path: Path) -> None:
    out = make("untouched", tmp_path / "hits", hits_every=1000)
    told = truth(out)
    found = lines = 0
    for path in files(out):
        if is_log(path):
            data = path.read_bytes()
            lines += data.count(b"\n")
            found += data.count(b",ServerInfo~")
    assert found == told["hits"]
    assert abs(told["hits"] - lines / 1000) <= lines / 1000 * 0.5
    assert told["expect"]["grade"] == "attempted"
    assert told["expect"]["chains"][0]["outcome"] == "probed"


def test_files_roll_by_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "ROLL_BYTES", 30_000)
    out = make("untouched", tmp_path / "rolled")
    rolled = sorted((out / "evidence" / LOGGING / "HttpProxy/Mapi").glob("*-2.LOG"))
    assert rolled
    for path in rolled:
        earlier = path.with_name(path.name.replace("-2.", "-1."))
        assert rows(earlier)[-1]["DateTime"] <= rows(path)[0]["DateTime"]


def test_progress_ends_at_the_size(tmp_path: Path) -> None:
    told: list[int] = []
    out = make("probed", tmp_path / "progress", progress=told.append)
    assert told == sorted(told)
    assert 0 <= truth(out)["size"] - told[-1] < 100_000


def test_any_window_will_do(tmp_path: Path) -> None:
    day = date(2022, 6, 30)
    for name in ("proxylogon", "probed"):
        out = build(name, tmp_path / name, size=2_000_000, first_day=day, last_day=day, seed=7)
        told = truth(out)
        kinds = [event["kind"] for event in told["events"]]
        assert kinds.count("probe") == 32
        assert (kinds.count("visit") > 0) == (name == "proxylogon")


def test_scenarios_are_named_once() -> None:
    names = [story.name for story in SCENARIOS]
    assert len(set(names)) == len(names)
    assert set(WINDOWS) == {story.name for story in SCENARIOS if not (story.stories or story.cast)}
    for story in SCENARIOS:
        assert story.first_day < story.last_day
        assert story.summary
