"""A fleet as its owner meets it: what becomes of each package, and of a run that is repeated."""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

import fleet_packages
import pytest
from fleet_packages import dossiers, finished, run

from afterpatch.assess import load_rules
from afterpatch.campaign.dossiers import find
from afterpatch.cli import _plain_progress
from afterpatch.errors import UsageError
from afterpatch.fleet import Progress
from afterpatch.fleet.packages import Content, Package, assigned, content_of, packages_of
from afterpatch.fleet.records import Asked
from afterpatch.fleet.results import StoreResults, WriteError
from afterpatch.fleet.worker import Job, NoRoom, Setup, Worker
from afterpatch.guard import Beat
from afterpatch.outputs.dossier import verify
from afterpatch.storage import Stored


def units(out: Path) -> dict[str, dict[str, Any]]:
    told = json.loads((out / "fleet.json").read_bytes())["units"]
    return {Path(unit["package"]).name: unit for unit in told}


def test_the_same_bytes_from_two_workers(
    packages: list[Path], assessed: Path, tmp_path: Path
) -> None:
    said = run("fleet", "--list", "-", "-o", tmp_path / "out", "--jobs", 2)
    assert said.returncode == 2
    assert "No package is given" in said.stderr
    listed = tmp_path / "list"
    listed.write_text("# in another order\n\n" + "".join(f"{p}\n" for p in reversed(packages)))
    said = run("fleet", "--list", listed, "-o", tmp_path / "out", "--jobs", 2)
    assert said.returncode == 30, said.stderr
    assert dossiers(tmp_path / "out") == dossiers(assessed)
    for folder in (tmp_path / "out" / "servers").iterdir():
        assert verify(folder) == []


def test_what_is_finished_is_not_worked_again(packages: list[Path], assessed: Path) -> None:
    before = finished(assessed)
    said = run("fleet", *packages, "-o", assessed, "--json")
    assert finished(assessed) == before
    assert said.stdout == (assessed / "fleet.json").read_text()
    assert said.returncode == 30


def test_each_package_is_told_of(servers: list[Path], packages: list[Path], tmp_path: Path) -> None:
    given = tmp_path / "given"
    given.mkdir()
    for number in (2, 3):
        shutil.copy(packages[number], given)
    shutil.copy(packages[2], given / "SRV990.zip")  # the same
    (given / "broken.zip").write_bytes(packages[4].read_bytes()[:5_000])
    (given / "other.txt").write_text("no log of a server\n")
    several = given / "several"
    for name, server in zip((b"MAIL01", b"MAIL02"), servers, strict=True):
        for log in (server / "EventLogs").iterdir():
            copy = several / name.decode() / log.name
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(log.read_bytes().replace(b"MAIL01", name))
    out = tmp_path / "out"
    said = run("fleet", *sorted(given.iterdir()), tmp_path / "absent.zip", "-o", out, "--jobs", 2)
    told = units(out)
    assert {name: unit["state"] for name, unit in told.items()} == {
        "SRV002.zip": "done",
        "SRV003.zip": "done",
        "SRV990.zip": "duplicate",
        "absent.zip": "failed",
        "broken.zip": "failed",
        "other.txt": "failed",
        "several": "done",
    }
    assert told["SRV990.zip"]["duplicate_of"] == str(given / "SRV002.zip")
    assert told["SRV990.zip"]["folder"] == told["SRV002.zip"]["folder"] == "servers/SRV002"
    assert "is damaged" in told["broken.zip"]["why"]
    assert "can't be read" in told["absent.zip"]["why"]
    assert "no Exchange log" in told["other.txt"]["why"]
    assert {*told["several"]["grades"]} == {f"servers/several/MAIL0{n}" for n in (1, 2)}
    for folder in told["several"]["grades"]:
        assert verify(out / folder) == []
    assert sorted(finished(out)) == ["SRV002", "SRV003", "several"]
    assert said.returncode == 30
    assert "broken.zip could not be assessed" in said.stderr
    # What was mended is worked, and the rest stays.
    before = finished(out)
    shutil.copy(packages[4], given / "broken.zip")
    run("fleet", given / "broken.zip", "-o", out)
    assert units(out)["broken.zip"]["state"] == "done"
    assert {**finished(out), **before} == finished(out)
    # What failed and is there no more has been mistyped.
    assert units(out).keys() == told.keys() - {"absent.zip"}
    (given / "other.txt").unlink()
    run("fleet", given / "broken.zip", "-o", out)
    assert units(out).keys() == told.keys() - {"absent.zip", "other.txt"}


def test_another_question_or_other_bytes_make_another_dossier(
    packages: list[Path], tmp_path: Path
) -> None:
    package, out = tmp_path / "MAIL01.zip", tmp_path / "out"
    shutil.copy(packages[2], package)
    run("fleet", package, "-o", out)
    first = finished(out), units(out)["MAIL01.zip"]["evidence_sha256"]
    run("fleet", package, "-o", out, "--since", "2021-03-03T12:00")
    second = finished(out), units(out)["MAIL01.zip"]["evidence_sha256"]
    assert first[0] != second[0]
    assert first[1] == second[1]
    with zipfile.ZipFile(package, "a") as archive:
        archive.writestr("C/more.txt", "more")
    run("fleet", package, "-o", out, "--since", "2021-03-03T12:00")
    assert units(out)["MAIL01.zip"]["evidence_sha256"] != second[1]
    assert list(finished(out)) == ["MAIL01"]
    assert verify(out / "servers" / "MAIL01") == []


def test_a_package_is_the_same_however_it_is_spelled(packages: list[Path], tmp_path: Path) -> None:
    given, out = tmp_path / "given", tmp_path / "out"
    given.mkdir()
    shutil.copy(packages[2], given / "MAIL01.zip")
    (tmp_path / "link").symlink_to(given)
    run("fleet", given / "MAIL01.zip", "-o", out)
    first, told = finished(out), (out / "fleet.json").read_bytes()
    for name in ("given/MAIL01.zip", "link/../given/MAIL01.zip", f"{tmp_path}/link/MAIL01.zip"):
        said = run("fleet", name, "-o", out, cwd=tmp_path)
        assert said.returncode == 30, said.stderr
        assert "1 server of 1 package," in said.stdout
        assert (finished(out), (out / "fleet.json").read_bytes()) == (first, told)
    # Another one of that name, from its own folder.
    (tmp_path / "other").mkdir()
    shutil.copy(packages[4], tmp_path / "other" / "MAIL01.zip")
    run("fleet", "MAIL01.zip", "-o", out, cwd=tmp_path / "other")
    run("fleet", "MAIL01.zip", "-o", out, cwd=given)
    both = finished(out)
    assert len(both) == 2
    assert both["MAIL01"] == first["MAIL01"]


def test_a_package_has_one_folder(packages: list[Path], tmp_path: Path) -> None:
    given, out = tmp_path / "given", tmp_path / "out"
    given.mkdir()
    shutil.copy(packages[2], given / "MAIL01.zip")
    run("fleet", given / "MAIL01.zip", "-o", out)
    first = finished(out)
    run("fleet", "MAIL01.zip", "-o", out, "--since", "2021-03-03T12:00", cwd=given)
    second = finished(out)
    assert list(second) == ["MAIL01"]
    assert second != first
    # Moved: not worked again, and not a second server.
    (given / "MAIL01.zip").rename(given / "MX1.zip")
    run("fleet", "MX1.zip", "-o", out, "--since", "2021-03-03T12:00", cwd=given)
    assert finished(out) == second
    assert {n: u["state"] for n, u in units(out).items()} == {"MX1.zip": "done"}
    run("fleet", "MX1.zip", "-o", out, cwd=given)
    assert list(finished(out)) == ["MAIL01"]
    # Two packages, of which one becomes the same as the other.
    shutil.copy(packages[4], given / "MX2.zip")
    run("fleet", "MX1.zip", "MX2.zip", "-o", out, cwd=given)
    assert sorted(finished(out)) == ["MAIL01", "MX2"]
    shutil.copy(given / "MX1.zip", given / "MX2.zip")
    run("fleet", "MX1.zip", "MX2.zip", "-o", out, cwd=given)
    assert list(finished(out)) == ["MAIL01"]
    assert units(out)["MX2.zip"]["duplicate_of"] == "MX1.zip"
    # Given alone it is the one with the dossier.
    run("fleet", "MX2.zip", "-o", out, cwd=given)
    assert list(finished(out)) == ["MAIL01"]
    assert {n: u["state"] for n, u in units(out).items()} == {
        "MX1.zip": "duplicate",
        "MX2.zip": "done",
    }


def test_folders_are_stable_and_no_two_alike(tmp_path: Path) -> None:
    places = ["a/MAIL01.zip", "b/mail01.tar.gz", "c/CON.zip", "d/..zip", "s3://x/y/MAIL01"]
    packages = [Package(name, f"/e/{name}") for name in places]
    names = assigned(packages, {})
    assert names[0] == "MAIL01"
    assert len({name.lower() for name in names}) == len(names)
    assert all(not name.startswith(".") and "/" not in name for name in names)
    held = {packages[1].source: names[1]}
    assert assigned(packages[1:2], held) == [names[1]]
    for folder in ("a", "b"):  # each given as MAIL01.zip, from its own folder
        package = Package("MAIL01.zip", f"/{folder}/MAIL01.zip")
        names += assigned([package], {"/e/a/MAIL01.zip": "MAIL01"})
    assert len({*names}) == len(names)


def test_the_hash_of_a_package(tmp_path: Path) -> None:
    import hashlib

    file = tmp_path / "a.zip"
    file.write_bytes(b"abc")
    told = content_of(str(file), None)
    assert told.sha256 == hashlib.sha256(b"abc").hexdigest()
    assert content_of(str(file), told) is told
    folder = tmp_path / "folder"
    (folder / "x").mkdir(parents=True)
    (folder / "x" / "1").write_bytes(b"1")
    one = content_of(str(folder), None)
    (folder / "x" / "1").rename(folder / "x" / "2")
    two = content_of(str(folder), one)
    assert one.sha256 != two.sha256
    assert one.size == two.size == 1
    with pytest.raises(UsageError, match="can't be read"):
        content_of(str(tmp_path / "absent"), None)
    assert len(packages_of([str(file), str(file), f"{tmp_path}/./a.zip"])) == 1


def test_one_run_at_a_time_and_a_lock_that_dies_with_it(
    packages: list[Path], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    first = subprocess.Popen(fleet_packages.command("fleet", *packages, "-o", out, "--jobs", 1))
    try:
        while not (out / ".fleet" / "hashes.jsonl").exists():
            time.sleep(0.02)
        said = run("fleet", packages[0], "-o", out)
        assert said.returncode == 2
        assert "Another fleet is at work in" in said.stderr
    finally:
        first.send_signal(signal.SIGKILL)
        first.wait()
    assert run("fleet", packages[2], "-o", out).returncode == 30


def test_without_a_terminal_a_line_now_and_then() -> None:
    lines: list[str] = []
    now = [0.0]
    show = _plain_progress(lines.append, lambda: now[0])
    grades = Counter({"backdoored": 1_012, "exposed": 3})
    for second in range(3_000):
        now[0] = float(second)
        show(Progress("hashing", second, 3_000, 0, 0, Counter()))
    assert lines[0] == "hashing: 150 of 3,000 packages, 5%"
    assert len(lines) == 19
    lines.clear()
    for second in range(3_000, 6_000):  # a large one first: slow, and then at once
        now[0] = float(second)
        show(Progress("assessing", 1_200, 3_000, 41 * (second > 5_900), 100, grades))
    assert lines[0] == "assessing: 1,200 of 3,000 packages, 0%, backdoored 1,012, exposed 3"
    assert lines[-1] == "assessing: 1,200 of 3,000 packages, 41%, backdoored 1,012, exposed 3"
    assert len(lines) == 6


# Whoever is started in the background of a shell ignores an interrupt.
_HEEDING = (
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
    "from afterpatch.__main__ import main; main()"
)


def test_an_interrupted_run_says_how_it_goes_on(packages: list[Path], tmp_path: Path) -> None:
    for attempt in range(8):  # it may be through before it is interrupted
        out = tmp_path / f"out-{attempt}"
        command = [sys.executable, "-c", _HEEDING, "fleet", *packages, "-o", out, "--jobs", "1"]
        first = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        while not (out / "fleet.json").exists() and first.poll() is None:
            time.sleep(0.02)
        first.send_signal(signal.SIGINT)
        said = first.communicate()[1]
        if first.returncode == 130:
            break
    assert first.returncode == 130
    assert "the same command goes on where this one stopped" in said


def test_a_killed_run_says_what_it_did_not_reach(packages: list[Path], tmp_path: Path) -> None:
    for attempt in range(8):  # it may be through before it is killed
        out = tmp_path / f"out-{attempt}"
        first = subprocess.Popen(fleet_packages.command("fleet", *packages, "-o", out, "--jobs", 1))
        while "done" not in _states(out) and first.poll() is None:
            time.sleep(0.02)
        first.send_signal(signal.SIGKILL)
        first.wait()
        states = _states(out)
        if {*states} == {"done", "pending"}:
            break
    assert len(states) == len(packages)
    assert {*states} == {"done", "pending"}
    found, without, unread = find([out])
    assert 0 < len(found) < len(packages)
    assert {unit.state for unit in without} == {"failed"}
    assert all("not reached yet" in unit.why for unit in without)
    assert unread == []
    # What an earlier run finished is so when the next one begins.
    run("fleet", *packages, "-o", out, "--time-limit", "0.000001")
    assert sorted({*_states(out)}) == ["done", "failed"]


def _states(out: Path) -> list[str]:
    return [u["state"] for u in units(out).values()] if (out / "fleet.json").exists() else []


def test_results_never_go_into_the_evidence_nor_among_other_files(
    servers: list[Path], tmp_path: Path
) -> None:
    said = run("fleet", servers[0], "-o", servers[0] / "out")
    assert said.returncode == 2
    assert "which is never changed" in said.stderr
    (tmp_path / "file").write_text("mine")
    said = run("fleet", servers[0], "-o", tmp_path)
    assert said.returncode == 2
    assert "no earlier fleet" in said.stderr


def test_a_store_that_is_lost_stops_the_run(
    packages: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> None:
        raise OSError(errno.EIO, "ExpiredToken", "memory://lost/x")

    def fill(folder: Path) -> None:
        (folder / "unit.json").write_bytes(b"{}")

    results = StoreResults("memory://lost")
    ruleset = load_rules([])
    asked = Asked("1", ruleset.digest)
    work = Worker(Setup(ruleset, None, None, asked, (), results))
    (package,) = packages_of([str(packages[2])])
    job = Job(0, package, Content("00", 1, ""), 1, "SRV002")
    with results.lock():
        monkeypatch.setattr(Stored, "upload", refused)
        with pytest.raises(WriteError, match="ExpiredToken"):
            results.save("SRV002", fill)
        assert list(work(job, Beat([0] * 8))) == [NoRoom("ExpiredToken")]
        monkeypatch.setattr(Stored, "unlink", refused)  # the lock, when the run ends


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system has no such limit")
def test_a_full_disk_stops_the_run_and_takes_nothing(packages: list[Path], tmp_path: Path) -> None:
    out = tmp_path / "out"
    run("fleet", packages[3], "-o", out)
    before = finished(out)
    limited = ["bash", "-c", 'ulimit -f 8; exec "$@"', "-"]  # files of 8 KiB
    command = fleet_packages.command("fleet", *packages, "-o", out, "--jobs", 1)
    said = subprocess.run([*limited, *command], capture_output=True, text=True, check=False)
    assert said.returncode == 1, said.stderr
    assert "1 of 6 packages are finished and stay: make room" in said.stderr
    assert finished(out) == before
    assert run("fleet", *packages, "-o", out).returncode == 30
    assert {**finished(out), **before} == finished(out)


def test_a_package_beyond_its_ceiling_is_recorded_and_stops_no_other(
    packages: list[Path], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    said = run("fleet", *packages[:2], "-o", out, "--time-limit", "0.000001")
    assert said.returncode == 40
    assert {unit["state"] for unit in units(out).values()} == {"failed"}
    assert all("was not done within" in unit["why"] for unit in units(out).values())
    said = run("fleet", packages[0], "-o", out, "--memory-limit", "1GB")
    assert said.returncode == 2
