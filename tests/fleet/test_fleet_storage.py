"""Evidence from object storage and results to it, over S3's own protocol on the loopback."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tarfile
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import fleet_packages
import pytest
from fleet_packages import dossiers, run

from afterpatch import limits, storage
from afterpatch.campaign import campaign
from afterpatch.errors import UsageError
from afterpatch.evidence.source import discover, open_unit
from afterpatch.fleet.results import StoreResults
from afterpatch.storage import Place, Stored, expanded, is_url, place
from afterpatch.tables.fleet import FleetTables


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """A bucket `evidence` on a server of this machine; the environment that leads to it."""
    log = tmp_path_factory.mktemp("s3") / "log"
    code = (
        "from moto.moto_server.threaded_moto_server import ThreadedMotoServer as S; import sys; "
        "s = S(ip_address='127.0.0.1', port=0, verbose=False); s.start(); "
        "print(s.get_host_and_port()[1], flush=True); sys.stdin.read()"
    )
    with log.open("wb") as said:
        server = subprocess.Popen(
            [sys.executable, "-c", code],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=said,
            text=True,
        )
    try:
        assert server.stdout is not None
        port = server.stdout.readline().strip()
        environment = {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
            "AWS_ACCESS_KEY_ID": "nobody",
            "AWS_SECRET_ACCESS_KEY": "nothing",
            "AWS_DEFAULT_REGION": "us-east-1",
        }
        with pytest.MonkeyPatch.context() as patch:
            for name, value in environment.items():
                patch.setenv(name, value)
            fs, _ = storage._store("s3://evidence")
            fs.mkdir("evidence")
            yield environment
    finally:
        server.kill()
        server.communicate()


def put(name: str, file: Path) -> str:
    """Put a file or what is below a folder; its URL."""
    for path in sorted(p for p in (file, *file.rglob("*")) if p.is_file()):
        below = path.relative_to(file).as_posix()
        (Stored(f"s3://evidence/{name}") / below.removeprefix(".")).upload(path)
    return f"s3://evidence/{name}"


def got(url: str, folder: Path) -> Path:
    """All objects below, as files."""
    base = Stored(url)
    for name, _ in base.files():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes((base / name).read_bytes())
    return folder


def test_a_url_is_no_path_and_a_drive_no_url() -> None:
    assert is_url("s3://bucket/key")
    assert is_url("gs://x")
    assert not is_url("C:/MAIL01")
    assert not is_url("C://MAIL01")
    assert place("MAIL01.zip") == Path("MAIL01.zip")
    with pytest.raises(UsageError, match="not known to fsspec"):
        place("nosuch://bucket/key")


def test_every_kind_of_package_is_read_as_on_disk(
    store: dict[str, str], servers: list[Path], packages: list[Path], tmp_path: Path
) -> None:
    tar = tmp_path / "MAIL03.tar.gz"
    with tarfile.open(tar, "w:gz") as archive:
        archive.add(servers[0] / "EventLogs", "EventLogs")
    nested = tmp_path / "MAIL04.zip"
    with zipfile.ZipFile(nested, "w", zipfile.ZIP_STORED) as outer:
        outer.write(packages[3], "inner.zip")
    for given in (packages[2], tar, nested, servers[1] / "inetpub"):
        url = put(given.name, given)
        assert told(url, given.name) == told(given, given.name)
    assert expanded("s3://evidence/MAIL0*") == [
        "s3://evidence/MAIL03.tar.gz",
        "s3://evidence/MAIL04.zip",
    ]
    with pytest.raises(UsageError, match="can't be opened"):
        discover([place("s3://evidence/absent.zip")])


def told(source: str | Path, name: str) -> list[tuple[str, str, int, bytes]]:
    found = []
    for unit in discover([place(source)])[0]:
        for evidence, reader in open_unit(unit):
            data = b""
            while more := reader.read(100_000):
                data += more
            found.append((evidence.evidence, evidence.path, evidence.size, data))
    return found


def test_bytes_anywhere_in_an_object(store: dict[str, str], tmp_path: Path) -> None:
    rng = random.Random(3)
    data = rng.randbytes(5 * limits.STORE_BLOCK_BYTES + 17)
    (tmp_path / "large").write_bytes(data)
    file = place(put("large", tmp_path / "large")).open("rb", buffering=0)
    for _ in range(60):
        at, size = rng.randrange(len(data)), rng.randrange(1, limits.STORE_BLOCK_BYTES)
        file.seek(at)
        assert file.read(size) == data[at : at + size]
    file.seek(0, 2)
    assert file.read(10) == b""


@pytest.mark.skipif(sys.platform == "win32", reason="the system has no such limit")
def test_a_fleet_from_a_store_to_a_store(
    store: dict[str, str], packages: list[Path], assessed: Path, tmp_path: Path
) -> None:
    large = tmp_path / "SRV900.zip"  # of which nothing is staged: no file may be that large
    with zipfile.ZipFile(large, "w") as archive, zipfile.ZipFile(packages[2]) as small:
        for member in small.infolist():
            archive.writestr(member, small.read(member))
        archive.writestr("C/junk.bin", random.Random(1).randbytes(4_000_000))
    for package in (*packages[1:4], large):
        put(f"in/{package.name}", package)
    (Stored("s3://evidence/in/broken.zip")).write_bytes(b"PK\3\4 broken")
    limited = ["bash", "-c", 'ulimit -f 2048; exec "$@"', "-"]  # files of 2 MiB
    given = "fleet", "s3://evidence/in/*", "-o", "s3://evidence/out"
    command = fleet_packages.command(*given, "--jobs", 2)
    said = subprocess.run(
        [*limited, *command],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **store},
    )
    assert said.returncode == 30, said.stderr
    out = got("s3://evidence/out", tmp_path / "out")
    here, there = dossiers(assessed), dossiers(out)
    chosen = tuple(f"servers/{package.stem}/" for package in packages[1:4])
    same = {name for name in here if name.startswith(chosen) and not name.endswith("unit.json")}
    assert len(same) == 3 * 12
    assert {name for name in same if here[name] != there[name]} == set()
    told = json.loads(there["fleet.json"])
    states = {unit["package"]: unit["state"] for unit in told["units"]}
    assert states.pop("s3://evidence/in/broken.zip") == "failed"
    assert {*states.values()} == {"done"}
    assert f"{Path('servers')}/SRV900/unit.json" in there
    one = run("assess", "s3://evidence/in/SRV001.zip", "-o", tmp_path / "one", **store)
    assert one.returncode in (10, 30), one.stderr
    files = [p for p in (tmp_path / "one").iterdir() if p.name != "manifest.json"]
    assert {f"servers/SRV001/{p.name}": p.read_bytes() for p in files}.items() <= here.items()
    # The tables are those of the same dossiers on a disk, and are asked where they lie.
    servers = sorted(states_of(there))
    tables = FleetTables(tmp_path / "tables")
    tables.add((server, out / "servers" / server) for server in servers)
    assert tables.write() == []
    parts = {p.relative_to(tmp_path / "tables"): p for p in (tmp_path / "tables").rglob("*.*")}
    assert parts
    for name, part in parts.items():
        assert (out / "tables" / name).read_bytes() == part.read_bytes(), name
    asked = "SELECT server FROM servers ORDER BY server"
    said = run("tables", "s3://evidence/out", asked, **store)
    assert said.stdout.split() == ['"server"', *(f'"{server}"' for server in servers)], said.stderr
    # So is the view.
    views = []
    for number, folder in enumerate(("s3://evidence/out", out)):
        said = run("campaign", folder, "-o", tmp_path / f"view{number}", **store)
        assert said.returncode == 0, said.stderr
        files = sorted(p for p in (tmp_path / f"view{number}").rglob("*.*") if p.is_file())
        views.append([(p.relative_to(tmp_path / f"view{number}"), p.read_bytes()) for p in files])
    assert views[0] == views[1]
    # Again: nothing is put anew but for one of which a part is lost.
    tabled = dict(Stored("s3://evidence/out/tables").files())
    before = dict(Stored("s3://evidence/out/servers").files())
    Stored("s3://evidence/out/servers/SRV001/findings.csv").unlink()
    again = run(*given, "--jobs", 1, **store)
    assert again.returncode == 30, again.stderr
    storage._info.cache_clear()
    after = dict(Stored("s3://evidence/out/servers").files())
    changed = {name.split("/")[0] for name in before if before[name] != after[name]}
    assert changed == {"SRV001"}
    assert before.keys() == after.keys()
    assert dict(Stored("s3://evidence/out/tables").files()) == tabled


def states_of(found: dict[str, bytes]) -> list[str]:
    """The servers that have a dossier, by their folders."""
    units = json.loads(found["fleet.json"])["units"]
    return [name.removeprefix("servers/") for unit in units for name in unit["grades"]]


def test_dossiers_in_a_store_are_found_wherever_they_lie(
    store: dict[str, str], assessed: Path, tmp_path: Path
) -> None:
    one = assessed / "servers" / "SRV000" / "assessment.json"
    lake = Stored("s3://evidence/lake")
    names = ["x/SRV000", "x/deep/er/SRV000", "x/SRV[1]", "x/SRV*", "a::b/SRV000"]
    passed_over = [".hidden/SRV000", "x/SRV000/within", "1/2/3/4/5/6/7", "x//SRV000", "./SRV000"]
    for name in (*names, *passed_over):
        (lake / f"{name}/assessment.json").upload(one)
    for name in (".hidden/fleet.json", "x/SRV000/fleet.json", "1/2/3/4/5/6/7/fleet.json"):
        (lake / name).write_bytes(b"{}")
    (lake / "x/broken/assessment.json").write_bytes(b"{")
    view = campaign([lake])
    assert sorted(one.folder for one in view.servers) == sorted(names)
    assert [failed.package for failed in view.failed] == ["x/broken"]
    assert [problem.split(":")[0] for problem in view.problems] == [
        "./SRV000/assessment.json", "x//SRV000/assessment.json", "x/broken",
    ]  # fmt: skip
    (alone,) = campaign([lake / "x/SRV000"]).servers
    assert (alone.server, alone.folder) == ("SRV000", ".")
    twice = campaign([lake / "x/SRV000", place("s3a://evidence/lake/x/SRV000")])
    assert len(twice.servers) == 1
    with pytest.raises(UsageError, match="holds no dossier"):
        campaign([Stored("s3://evidence/nothing")])
    with pytest.raises(UsageError, match="check the address and the keys"):
        campaign([Stored("s3://no-such-bucket/fleet")])


def test_a_store_that_fails_ends_the_view_and_one_dossier_that_is_gone_does_not(
    store: dict[str, str], assessed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = Stored("s3://evidence/failing")
    put("failing", assessed / "servers")
    (base / "SRV001/assessment.json").unlink()
    listed = base.files()
    (base / "SRV002/assessment.json").unlink()
    monkeypatch.setattr(Stored, "files", lambda _self: listed)
    view = campaign([base])
    assert [failed.package for failed in view.failed] == ["SRV002"]
    assert "is not there" in view.failed[0].why

    def expired(_self: Stored) -> bytes:
        raise PermissionError(13, "The provided token has expired")

    monkeypatch.setattr(Stored, "read_bytes", expired)
    with pytest.raises(UsageError, match=r"token has expired.*check the address and the keys"):
        campaign([base])
    with pytest.raises(PermissionError):
        StoreResults("s3://evidence").finished()


def test_a_fleet_in_a_folder_of_odd_letters(
    store: dict[str, str], packages: list[Path], tmp_path: Path
) -> None:
    out = "s3://evidence/cust [north]::*"
    for _ in range(2):
        said = run("fleet", packages[1], "-o", out, "--jobs", 1, **store)
        assert said.returncode in (10, 30), said.stderr
    fs, _ = storage._store(out)
    fs.pipe_file("evidence/cust [north]::*/tables/v1/servers/bucket=00/part-*.parquet", b"no")
    said = run("tables", out.replace("s3:", "s3a:"), "SELECT count(*) AS n FROM servers", **store)
    assert said.stdout.split() == ['"n"', '"1"'], said.stderr
    said = run("campaign", out, "-o", tmp_path / "view", "-q", **store)
    assert " of 1 server " in said.stdout, said.stderr
    (Stored(out) / "servers/SRV001/unit.json").unlink()
    said = run("campaign", out, "-o", tmp_path / "view", **store)
    assert said.returncode == 1
    assert "is not whole in the store" in said.stdout
    keys = {**store, "AWS_ENDPOINT_URL": "http://127.0.0.1:9"}
    said = run("tables", out, "SELECT 1", **keys)
    assert said.returncode == 2
    assert "Traceback" not in said.stderr
    assert "check the address and the keys" in said.stderr


def test_many_objects_are_read_in_order_and_a_lost_one_says_so(
    store: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(storage, "STORE_AHEAD", 3)
    monkeypatch.setattr(storage, "STORE_AHEAD_BYTES", 20)
    base = Stored("s3://evidence/many")
    places: list[tuple[Place, int]] = []
    for number in range(9):
        (base / f"{number}").write_bytes(b"x" * number)
        places.append((base / f"{number}", number))
    (tmp_path / "on-disk").write_bytes(b"disk")
    places[4:4] = [(tmp_path / "on-disk", 0), (base / "lost", 0), (tmp_path / "lost", 0)]
    read = [*storage.read_each(places)]
    assert [one for one in read if isinstance(one, bytes)] == [
        *(b"x" * n for n in range(4)), b"disk", *(b"x" * n for n in range(4, 9)),
    ]  # fmt: skip
    assert [at for at, one in enumerate(read) if isinstance(one, FileNotFoundError)] == [5, 6]
    # Whoever leaves in the middle leaves nothing at work, for which its end would have to wait.
    before = {*threading.enumerate()}
    left = storage.read_each(places)
    assert next(left) == b""
    assert {*threading.enumerate()} <= before


def test_a_lock_that_is_not_renewed_is_void(
    store: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "LEASE_SECONDS", 2.0)
    first = StoreResults("s3://evidence/locked")
    with first.lock():
        second = StoreResults("s3://evidence/locked").lock()
        with pytest.raises(UsageError, match="Another fleet is at work"):
            second.__enter__()
    assert not [name for name, _ in Stored("s3://evidence/locked").files()]
    (Stored("s3://evidence/locked") / ".fleet/lock.json").write_bytes(b"dead 3")
    with StoreResults("s3://evidence/locked").lock():
        pass
