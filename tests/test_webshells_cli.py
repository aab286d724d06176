"""`afterpatch webshells`: which files are scanned, what is printed, how it ends."""

from __future__ import annotations

import hashlib
import json
import sys
import zipfile
from pathlib import Path

import pytest

from afterpatch.cli import app
from afterpatch.webshells import webshells

OPEN, CLOSE = "<" + "%", "%" + ">"
SHELL = f"{OPEN}ev" + f'al req\x75est("none"){CLOSE}'
ORDINARY = f'{OPEN}@ Page Language="C#" {CLOSE}<p runat="server">inert</p>'


def run(capsys: pytest.CaptureFixture[str], *words: str | Path) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        app(["webshells", *map(str, words)], prog_name="afterpatch")
    said = capsys.readouterr()
    return int(ended.value.code or 0), said.out, said.err


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "wwwroot"
    (root / "sub").mkdir(parents=True)
    (root / "default.aspx").write_text(ORDINARY)
    (root / "sub" / "x.asp").write_text(SHELL)
    (root / "sub" / "Web.Config").write_text("<configuration/>")
    (root / "sub" / "renamed.txt").write_text(f'{OPEN}@ Page Language="C#" {CLOSE}')
    (root / "notes.txt").write_text("nothing")
    (root / "style.css").write_text("p {}")
    return root


def test_a_line_for_each_web_file(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "--jsonl", "--jobs", "1", folder)
    rows = [json.loads(line) for line in out.splitlines()]
    assert code == 30
    assert [Path(row["path"]).relative_to(folder).as_posix() for row in rows] == [
        "default.aspx",
        "sub/Web.Config",
        "sub/renamed.txt",
        "sub/x.asp",
    ]
    assert [row["flagged"] for row in rows] == [False, False, False, True]
    for row in rows:
        assert {"path", "sha256", "flagged", "score", "reasons"} <= row.keys()
        assert row["sha256"] == hashlib.sha256(Path(row["path"]).read_bytes()).hexdigest()
        assert bool(row["reasons"]) == row["flagged"]
    assert "4 web files of 6 files scanned: 1 flagged, 0 problems." in err


def test_words_for_people(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, folder)
    assert code == 30
    (line,) = [line for line in out.splitlines() if line.startswith("WEB SHELL")]
    assert "x.asp: runs what the request brings as code" in line


def test_nothing_flagged(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, folder / "default.aspx", folder / "style.css")
    assert code == 0
    assert len(out.splitlines()) == 2  # named files are scanned whatever they are
    assert "0 flagged" in err


def test_an_archive_and_the_same_result_with_more_workers(folder: Path, tmp_path: Path) -> None:
    archive = tmp_path / "web.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        for path in sorted(folder.rglob("*")):
            packed.write(path, path.relative_to(folder).as_posix())
    one, files, problems = webshells([archive], workers=1)
    two, _, _ = webshells([archive], workers=2)
    assert one == two
    assert files == 6
    assert problems == []
    assert [s.path.rpartition(" ! ")[2] for s in one if s.flagged] == ["sub/x.asp"]
    plain, _, _ = webshells([folder], workers=1)
    assert sorted(s.sha256 for s in plain) == sorted(s.sha256 for s in one)


def test_an_empty_file_beside_others(folder: Path) -> None:
    empty = folder / "empty.aspx"
    empty.touch()
    found, files, _ = webshells([empty, folder / "sub" / "x.asp"], workers=1)
    assert files == 2
    assert [(Path(s.path).name, s.flagged) for s in found] == [
        ("empty.aspx", False),
        ("x.asp", True),
    ]
    assert webshells([empty])[1] == 1


def test_wrong_arguments(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, tmp_path / "nowhere")
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert run(capsys, "--nonsense", tmp_path)[0] == 2


def test_control_characters_in_a_name(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    if sys.platform == "win32":
        pytest.skip("no such names")
    (folder / "a\x1b[31m.aspx").write_text(ORDINARY)
    _, out, _ = run(capsys, folder)
    assert "\x1b" not in out
    _, out, _ = run(capsys, "--jsonl", folder)
    assert "\x1b" not in out
