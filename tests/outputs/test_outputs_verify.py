from __future__ import annotations

import hashlib
import io
import json
import tarfile
import zipfile
from pathlib import Path

import dossiers
import pytest

from afterpatch.model import Evidence, Locator
from afterpatch.outputs.dossier import FORMATS, Dossier, verify, write
from afterpatch.outputs.manifest import check

LOGS = {"C/logs/a.log": b"first\r\n" * 100, "C/logs/b.log": b"second\r\n" * 50}


def evidence(source: Path, prefix: str = "") -> tuple[Evidence, ...]:
    return tuple(
        Evidence(
            evidence=source.name,
            root="",
            path=name.replace("/", "\\"),
            locator=Locator(str(source), prefix + name),
            size=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
        )
        for name, content in LOGS.items()
    )


def with_evidence(files: tuple[Evidence, ...]) -> Dossier:
    return dossiers.dossier(dossiers.used().assessment, dossiers.used().findings, (), files)


def zipped(path: Path, logs: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in logs.items():
            archive.writestr(name, content)
    return path


def tarred(path: Path, logs: dict[str, bytes]) -> Path:
    with tarfile.open(path, "w:gz" if path.suffix == ".gz" else "w:xz") as archive:
        for name, content in logs.items():
            info = tarfile.TarInfo(f"./{name}")
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return path


def foldered(path: Path, logs: dict[str, bytes]) -> Path:
    for name, content in logs.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(content)
    return path


def test_an_untouched_dossier_verifies(tmp_path: Path) -> None:
    write(dossiers.used(), tmp_path, dossiers.RUN)
    assert verify(tmp_path) == []
    result = check(tmp_path)
    assert (result.outputs, result.evidence, result.evidence_not_checked) == (len(FORMATS), 0, 2)


@pytest.mark.parametrize("name", [form.name for form in FORMATS])
def test_one_changed_byte_is_found(name: str, tmp_path: Path) -> None:
    write(dossiers.used(), tmp_path, dossiers.RUN)
    content = bytearray((tmp_path / name).read_bytes())
    content[len(content) // 2] ^= 1
    (tmp_path / name).write_bytes(content)
    (problem,) = verify(tmp_path)
    assert name in problem
    assert "has changed" in problem


def test_a_missing_file_and_an_added_finding_are_found(tmp_path: Path) -> None:
    write(dossiers.used(), tmp_path, dossiers.RUN)
    (tmp_path / "report.html").unlink()
    findings = tmp_path / "findings.jsonl"
    findings.write_bytes(findings.read_bytes() + findings.read_bytes().splitlines(True)[0])
    changed, missing = verify(tmp_path)
    assert "findings.jsonl has changed" in changed
    assert "report.html is missing" in missing


@pytest.mark.parametrize("content", [None, b"", b"{}", b'{"schema": 1}', b"\xff\xfe", b"[" * 5000])
def test_a_folder_without_a_manifest_of_ours(content: bytes | None, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / "manifest.json").write_bytes(content)
    (problem,) = verify(tmp_path)
    assert "manifest" in problem
    assert verify(tmp_path / "nowhere") != []


@pytest.mark.parametrize("name", ["../secret", "..", "", "a/b", "C:x", "\\\\host\\share", "/etc"])
def test_a_manifest_can_not_point_out_of_its_folder(name: str, tmp_path: Path) -> None:
    write(dossiers.used(), tmp_path, dossiers.RUN)
    path = tmp_path / "manifest.json"
    manifest = json.loads(path.read_bytes())
    manifest["outputs"][0]["file"] = name
    path.write_text(json.dumps(manifest))
    (problem,) = verify(tmp_path)
    assert "is not a file of a dossier" in problem


def test_several_servers_in_one_folder(tmp_path: Path) -> None:
    write(dossiers.used(), tmp_path / "MAIL01", dossiers.RUN)
    write(dossiers.attempted(), tmp_path / "MAIL02", dossiers.RUN)
    assert verify(tmp_path) == []
    (tmp_path / "MAIL02" / "report.html").write_text("other")
    (problem,) = verify(tmp_path)
    assert "MAIL02" in problem


@pytest.mark.parametrize(
    ("name", "pack"),
    [("case.zip", zipped), ("case.tar.gz", tarred), ("case.tar.xz", tarred), ("case", foldered)],
)
def test_evidence_is_checked_where_it_is_found(name: str, pack: object, tmp_path: Path) -> None:
    assert callable(pack)
    source = pack(tmp_path / name, LOGS)
    out = tmp_path / "out"
    write(with_evidence(evidence(source)), out, dossiers.RUN)
    result = check(out)
    assert (result.problems, result.evidence, result.evidence_not_checked) == ((), 2, 0)

    pack(tmp_path / name, {**LOGS, "C/logs/a.log": b"forged\n" * 100})
    (problem,) = verify(out)
    assert "C\\logs\\a.log" in problem
    assert "have changed" in problem

    pack(tmp_path / name, {**LOGS, "C/logs/b.log": LOGS["C/logs/b.log"] * 1000, "x": b""})
    (problem,) = verify(out)
    assert "b.log" in problem


def test_an_archive_inside_a_folder_is_looked_into_and_a_nested_one_counted(
    tmp_path: Path,
) -> None:
    zipped(tmp_path / "inner.zip", LOGS)
    inner = str(tmp_path / "inner.zip")
    nested = Evidence("x", "", "n.log", Locator(inner, "b.zip ! n.log"), 1, "00")
    unread = Evidence("x", "", "u.log", Locator(inner, "u.log"), 1, "")
    files = (*evidence(tmp_path, "inner.zip ! "), nested, unread)
    write(with_evidence(files), tmp_path / "out", dossiers.RUN)
    result = check(tmp_path / "out")
    assert (result.problems, result.evidence, result.evidence_not_checked) == ((), 2, 2)


@pytest.mark.parametrize("name", ["case.zip", "case.tar.gz"])
@pytest.mark.parametrize("keep", [0.2, 0.5])
def test_a_damaged_archive_is_a_problem_or_not_checked(
    name: str, keep: float, tmp_path: Path
) -> None:
    path = tmp_path / name
    (zipped if name.endswith("zip") else tarred)(path, LOGS)
    write(with_evidence(evidence(path)), tmp_path / "out", dossiers.RUN)
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * keep)])
    result = check(tmp_path / "out")
    assert result.problems or result.evidence_not_checked


def test_one_name_twice_in_an_archive(tmp_path: Path) -> None:
    path = tmp_path / "twice.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.log", b"one")
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr("a.log", b"second")
    files = tuple(
        Evidence("twice.zip", "", "a.log", Locator(str(path), "a.log"), len(content),
                 hashlib.sha256(content).hexdigest())
        for content in (b"one", b"second")
    )  # fmt: skip
    write(with_evidence(files), tmp_path / "out", dossiers.RUN)
    result = check(tmp_path / "out")
    assert (result.problems, result.evidence, result.evidence_not_checked) == ((), 2, 0)


def test_odd_names_of_evidence_do_not_stop_the_manifest(tmp_path: Path) -> None:
    files = tuple(
        Evidence(name, name, name, Locator(str(tmp_path / name), name), 1, "ab" * 32)
        for name in ("\udcff", "a\nb", "x" * 5000, "nul\0", "\u202e")
    )
    write(with_evidence(files), tmp_path / "out", dossiers.RUN)
    result = check(tmp_path / "out")
    assert (result.problems, result.evidence_not_checked) == ((), 5)
