"""What a signature shows, and what is said when it does not agree."""

from __future__ import annotations

import json
from pathlib import Path

import dossiers
import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from afterpatch.errors import UsageError
from afterpatch.outputs.dossier import write
from afterpatch.outputs.format import CaseData
from afterpatch.outputs.manifest import check
from afterpatch.outputs.signature import Checker, Signer


def keys(folder: Path, name: str = "key", passphrase: bytes = b"") -> tuple[Path, Path]:
    """A new pair of keys as files: the private and the public one."""
    private = Ed25519PrivateKey.generate()
    paths = folder / f"{name}.pem", folder / f"{name}.pub.pem"
    how = BestAvailableEncryption(passphrase) if passphrase else NoEncryption()
    paths[0].write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, how))
    paths[1].write_bytes(
        private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    )
    return paths


def never() -> str:
    raise AssertionError("asked for a passphrase")


def signed(folder: Path) -> tuple[Path, Checker]:
    private, public = keys(folder)
    out = folder / "out"
    written = write(dossiers.used(), out, dossiers.RUN, Signer.load(private, never))
    assert written[-1] == out / "manifest.sig"
    return out, Checker.load(public)


def test_a_signed_dossier_verifies_and_holds_no_key(tmp_path: Path) -> None:
    out, checker = signed(tmp_path)
    found = check(out, checker)
    assert found.problems == ()
    (said,) = found.signatures
    assert f"is signed by the key given, {checker.key}" in said
    assert (out / "manifest.sig").stat().st_size == 64
    assert not any(b"PRIVATE KEY" in path.read_bytes() for path in out.iterdir())
    (unchecked,) = check(out).signatures
    assert f"is signed by the key {checker.key}; not checked" in unchecked


def test_any_changed_byte_of_the_manifest_or_the_signature_is_found(tmp_path: Path) -> None:
    out, checker = signed(tmp_path)
    manifest = (out / "manifest.json").read_bytes()
    # A whole new manifest, as somebody would write it who knows how: the hashes agree.
    (out / "manifest.json").write_bytes(manifest.replace(b'"EXAMINER"', b'"SOMEBODY"'))
    (said,) = check(out, checker).problems
    assert "is wrong" in said
    assert check(out).problems == ()
    (out / "manifest.json").write_bytes(manifest)
    whole = (out / "manifest.sig").read_bytes()
    for broken in (whole[:-1], whole + b"\n", b"", bytes([whole[0] ^ 1]) + whole[1:]):
        (out / "manifest.sig").write_bytes(broken)
        (said,) = check(out, checker).problems
        assert "is wrong" in said


def test_a_missing_signature_and_another_key_are_told_apart(tmp_path: Path) -> None:
    out, checker = signed(tmp_path)
    stranger = Checker.load(keys(tmp_path, "other")[1])
    (said,) = check(out, stranger).problems
    assert f"by another key, {checker.key}, not by the one given, {stranger.key}" in said
    (out / "manifest.sig").unlink()
    for given in (checker, stranger, None):
        (said,) = check(out, given).problems
        assert "its signature manifest.sig is missing" in said


def test_a_dossier_that_was_never_signed(tmp_path: Path) -> None:
    write(dossiers.used(), tmp_path / "out", dossiers.RUN)
    assert check(tmp_path / "out").problems == ()
    (said,) = check(tmp_path / "out").signatures
    assert said.endswith("is not signed.")
    checker = Checker.load(keys(tmp_path)[1])
    assert check(tmp_path / "out", checker).problems == (said,)


def test_an_earlier_signature_does_not_outlive_its_manifest(tmp_path: Path) -> None:
    out, _ = signed(tmp_path)
    write(dossiers.used(), out, dossiers.RUN)
    assert not (out / "manifest.sig").exists()
    assert check(out).problems == ()


def test_an_encrypted_key_asks_for_its_passphrase(tmp_path: Path) -> None:
    private, public = keys(tmp_path, passphrase=b"correct horse")
    assert Signer.load(private, lambda: "correct horse").key == Checker.load(public).key
    for wrong in ("battery", ""):
        with pytest.raises(UsageError, match="that this passphrase opens"):
            Signer.load(private, lambda said=wrong: said)  # type: ignore[misc]


def test_files_that_are_no_key_of_the_kind(tmp_path: Path) -> None:
    private, public = keys(tmp_path)
    curve = ec.generate_private_key(ec.SECP256R1())
    (tmp_path / "ec.pem").write_bytes(
        curve.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    (tmp_path / "ec.pub.pem").write_bytes(
        curve.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    )
    (tmp_path / "noise").write_bytes(b"\0" * 200_000)
    for path in (public, tmp_path / "ec.pem", tmp_path / "noise"):
        with pytest.raises(UsageError, match="genpkey"):
            Signer.load(path, never)
    for path in (private, tmp_path / "ec.pub.pem", tmp_path / "noise"):
        with pytest.raises(UsageError, match="holds"):
            Checker.load(path)


def test_the_case_stands_in_the_report_and_in_the_manifest_alone(tmp_path: Path) -> None:
    case = CaseData("2021-17", "N. N.", "<b>first</b>\x1b[2J")
    write(msgspec.structs.replace(dossiers.used(), case=case), tmp_path / "out", dossiers.RUN)
    write(dossiers.used(), tmp_path / "other", dossiers.RUN)
    page = (tmp_path / "out" / "report.html").read_text("utf-8")
    assert "<dt>Case</dt><dd>2021-17</dd>" in page
    assert "<dt>Examiner</dt><dd>N. N.</dd>" in page
    assert "<dd>&lt;b&gt;first&lt;/b&gt;\\x1b[2J</dd>" in page
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_bytes())
    assert manifest["case"] == {
        "number": "2021-17",
        "examiner": "N. N.",
        "note": "<b>first</b>\\x1b[2J",
    }
    assert "<dt>Case</dt>" not in (tmp_path / "other" / "report.html").read_text("utf-8")
    for name in ("assessment.json", "findings.jsonl", "records.parquet", "timeline.jsonl"):
        assert (tmp_path / "out" / name).read_bytes() == (tmp_path / "other" / name).read_bytes()
