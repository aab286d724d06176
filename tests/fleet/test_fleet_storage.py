"""Evidence from object storage and results to it, over S3's own protocol on the loopback."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import fleet_packages
import pytest
from fleet_packages import dossiers, run

from afterpatch import limits, storage
from afterpatch.errors import UsageError
from afterpatch.evidence.source import discover, open_unit
from afterpatch.fleet.results import StoreResults
from afterpatch.storage import Stored, expanded, is_url, place


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
    # Again: nothing is put anew but for one of which a part is lost.
    before = dict(Stored("s3://evidence/out/servers").files())
    Stored("s3://evidence/out/servers/SRV001/findings.csv").unlink()
    again = run(*given, "--jobs", 1, **store)
    assert again.returncode == 30, again.stderr
    storage._info.cache_clear()
    after = dict(Stored("s3://evidence/out/servers").files())
    changed = {name.split("/")[0] for name in before if before[name] != after[name]}
    assert changed == {"SRV001"}
    assert before.keys() == after.keys()


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
