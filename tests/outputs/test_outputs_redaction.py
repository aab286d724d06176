"""No name of the owner leaves the house in a redacted dossier, whatever field and spelling."""

from __future__ import annotations

import base64
import json
import os
import re
from pathlib import Path
from typing import Any
from urllib.parse import quote

import dossiers
import pyarrow.parquet as pq
import pytest
from msgspec.structs import replace
from test_outputs_hostile import poison, printed

from afterpatch.errors import UsageError
from afterpatch.explain import explain, lines
from afterpatch.model import Actor, Backdoor, Evidence, Finding, Locator, Operator, Visits
from afterpatch.outputs.dossier import Dossier, write
from afterpatch.outputs.format import CaseData
from afterpatch.outputs.manifest import check
from afterpatch.redaction import new_key, read_key, redact, write_names

KEY = bytes(range(32))
SID = "S-1-5-21-1004336348-1177238915-682003330-1104"
# How logs write the names of one person and one server.
SPELLINGS = [
    "CONTOSO\\greta.lindt",
    "contoso\\\\Greta.Lindt",
    "CONTOSO%5Cgreta.lindt",
    "contoso%255cgreta.lindt",
    "greta.lindt@contoso-mail.example",
    "greta.lindt%40contoso-mail.example",
    "SMTP:Greta.Lindt@Contoso-Mail.example;",
    "corp.contoso.example/Users/Greta Lindt",
    "Lindt, Greta",
    "User=greta_lindt&DeviceId=4",
    "C:\\Users\\greta.lindt\\AppData\\x.tmp",
    "\\r\\n\\tAccount Name:\\t\\tgreta.lindt\\r\\n\\tAccount Domain:\\t\\tCONTOSO\\r\\n",
    "\\x0d\\x0agreta.lindt\\x0d\\x0a",
    "\\u0009greta.lindt",
    f"sid {SID}, group S-1-5-21-1004336348-1177238915-682003330-513",
    "MAIL01",
    "MAIL01$",
    "https://mail01.corp.contoso.example:444/owa",
    "dc7.corp.contoso.example",
    "/o=Contoso Holding/ou=Exchange Administrative Group (FYDIBOHF23SPDLT)/cn=Recipients"
    "/cn=0f1e2d3c4b5a-greta.lindt",
    "CN=Greta Lindt,OU=Board,DC=corp,DC=contoso,DC=example",
    "10.0.20.10 192.168.7.9:443 ::ffff:172.16.3.4 [fd12:3456::7] fe80::1 100.64.0.9",
    "X-Rps-CAT=" + base64.b64encode(b"VgEAVAdXaW5kb3dzQwBBCEtlcmJlcm9zTA greta.lindt E").decode(),
    "token=" + quote(base64.b64encode(f"\x00U{SID}".encode()).decode(), safe=""),
    "psexec \\\\FILES9 -s cmd",
    "dir \\\\\\\\backup77\\\\c$",
    "powershell -enc " + base64.b64encode("dir \\\\mail01\\c$".encode("utf-16-le")).decode(),
]
# What none of it may hold, in lower case.
NAMES = [
    "greta", "lindt", "contoso", "mail01", "dc7", "files9", "backup77", "1004336348", "holding",
    "10.0.20.10", "192.168.7.9", "172.16.3.4", "fd12:3456", "fe80::1", "100.64.0.9",
    *(found for text in SPELLINGS for found in re.findall(r"[A-Za-z0-9+/%]{40,}={0,2}", text)),
]  # fmt: skip


def named() -> Dossier:
    """A dossier in which the fields that hold names hold them, and the words of logs name more."""
    found = dossiers.traced()
    first, *rest = found.findings
    first = replace(
        first,
        actor=replace(first.actor, account="CONTOSO\\greta.lindt"),
        facts={"server": "MAIL01", "mailbox": "greta.lindt@contoso-mail.example"},
        raw=" | ".join(SPELLINGS),
        artifact="cmdletinfra",
    )
    return replace(found, findings=(first, *rest))


def everywhere(text: str) -> Dossier:
    """The same, and beside it a text in every field."""
    found = named()
    spoiled = poison(dossiers.traced(), text)
    timed = replace(spoiled.findings[0], when="2021-03-03T06:12:11.000Z")
    return replace(
        spoiled,
        assessment=replace(spoiled.assessment, host=found.assessment.host),
        findings=(found.findings[0], timed, *spoiled.findings[1:]),
        case=CaseData(text, text, text),
    )


def written(dossier: Dossier, out: Path) -> dict[str, str]:
    """Every file of a dossier, and what the terminal shows, as text."""
    texts = {"terminal": re.sub(r"\s*\n\s*", "", printed(dossier))}
    for path in write(dossier, out, dossiers.RUN):
        table = path.suffix == ".parquet"
        texts[path.name] = (
            str(pq.read_table(path).to_pylist()) if table else path.read_text("utf-8")
        )
    # Digits of a hash may spell a short name.
    return {
        name: re.sub(r"\b[0-9a-f]{64}\b|sha256-[\w+/=]+", "hash", text)
        for name, text in texts.items()
    }


def test_no_name_in_any_field_of_any_output(tmp_path: Path) -> None:
    plain = everywhere(" | ".join(SPELLINGS))
    before = written(plain, tmp_path / "plain")
    (found,), _ = redact([plain], KEY)
    after = written(found, tmp_path / "redacted")
    assert after.keys() == before.keys()
    assert len(after) >= 7
    for name in NAMES:
        # The names are there when nothing is replaced, so that their absence says something.
        assert any(name.lower() in text.lower() for text in before.values()), name
        for file, text in after.items():
            assert name.lower() not in text.lower(), (file, name)
    manifest = json.loads(after["manifest.json"])
    assert manifest["redacted"] is True
    assert manifest["command_line"] == []
    assert manifest["examiner"] == ""
    assert {entry["source"] for entry in manifest["evidence"]} == {""}
    assert "EXAMINER" not in after["manifest.json"]


@pytest.mark.parametrize("spelling", SPELLINGS, ids=range(len(SPELLINGS)))
def test_each_spelling_alone(spelling: str) -> None:
    found = named()
    finding = replace(dossiers.finding(2), raw=f"x,{spelling},y")
    (redacted,), _ = redact([replace(found, findings=(found.findings[0], finding))], KEY)
    raw = redacted.findings[1].raw
    assert raw != finding.raw
    assert not [name for name in NAMES if name.lower() in raw.lower()], raw
    assert raw.startswith("x,")
    assert raw.endswith(",y")


def test_one_name_has_one_pseudonym_in_all_spellings() -> None:
    (found,), names = redact([named()], KEY)
    account = found.findings[0].actor.account or ""
    domain, _, person = account.partition("\\")
    assert "greta.lindt" in names.used[person]
    assert names.used[domain] == {"contoso"}
    raw = found.findings[0].raw.split(" | ")
    assert raw[0] == account
    assert raw[4].startswith(f"{person}@domain-")
    assert raw[8] == person
    assert raw[15] == found.assessment.host.name
    assert found.assessment.notes[-1].startswith("Accounts, mailboxes, hosts")


def test_pseudonyms_hang_on_the_key_alone() -> None:
    (one,), _ = redact([named()], KEY)
    (same, other), _ = redact([named(), replace(named(), findings=named().findings[:1])], KEY)
    assert one == same
    assert other.findings[0] == one.findings[0]
    (fresh,), _ = redact([named()], new_key())
    assert fresh.assessment.host.name != one.assessment.host.name


def test_what_is_not_the_owners_stays() -> None:
    made = Backdoor(
        "bd-2", "account", None, None, None, None, (), False, "trace only",
        Visits(None, None, 0, 0), (), "unknown", "svc_health",
    )  # fmt: skip
    found = named()
    public = "203.0.113.7 2001:db8::7 evil.attacker.example 198.51.100.20 15.1.2106.2 svc_health"
    finding = replace(
        dossiers.finding(2),
        raw=f"RedirectTo=''box@attacker.example'' {public} " + "ab" * 32,
        actor=Actor("203.0.113.7", "python-requests/2.25.1", "CONTOSO\\svc_health"),
        facts={"to": "box@attacker.example"},
        artifact="ecp",
    )
    answer = replace(found.assessment, backdoors=(*found.assessment.backdoors, made))
    plain = replace(found, assessment=answer, findings=(found.findings[0], finding))
    (redacted,), _ = redact([plain], KEY)
    kept = redacted.findings[1]
    assert kept.raw == finding.raw
    assert (kept.actor.account or "").endswith("\\svc_health")
    assert redacted.assessment.backdoors == plain.assessment.backdoors
    assert [who.addresses for who in redacted.assessment.operators] == [
        who.addresses for who in plain.assessment.operators
    ]
    for old, new in zip(plain.findings, redacted.findings, strict=True):
        assert (old.id, old.rule, old.when, old.provenance.sha256) == (
            new.id, new.rule, new.when, new.provenance.sha256,
        )  # fmt: skip
    assert [file.sha256 for file in redacted.evidence] == [f.sha256 for f in plain.evidence]


def test_names_that_are_common_words_are_replaced_where_they_are_names() -> None:
    finding = replace(
        dossiers.finding(),
        actor=Actor(None, None, "CORP\\test"),
        raw="CORP\\test asked for /owa/test.aspx at EXCHANGE as test@corp.contoso.example",
    )
    answer = dossiers.used().assessment
    answer = replace(answer, host=replace(answer.host, name="EXCHANGE"))
    (found,), _ = redact([dossiers.dossier(answer, (finding,))], KEY)
    one = found.findings[0]
    assert found.assessment.host.name.startswith("host-")
    assert re.fullmatch(r"domain-\w+\\account-\w+", one.actor.account or "")
    assert one.raw.startswith(f"{one.actor.account} asked for /owa/test.aspx at EXCHANGE")
    assert "Microsoft Exchange" not in str(one.raw)
    assert found.assessment.host.product == "Exchange Server 2016"


def test_the_servers_own_addresses_and_the_evidence_lose_their_names() -> None:
    iis = replace(
        dossiers.finding(1),
        artifact="iis",
        raw="2021-03-03 06:12:11 198.51.100.99 POST /owa/auth/x.aspx - 443 - 203.0.113.7 - 200",
    )
    place = replace(iis.provenance, evidence="Contoso case.zip")
    iis = replace(iis, provenance=place)
    log = Evidence("Contoso case.zip", "", dossiers.IIS_LOG, Locator("/cases/Contoso case.zip"), 1)
    answer = dossiers.used().assessment
    problem = replace(answer.problems[0], what="Contoso case.zip ! inner.zip")
    plain = dossiers.dossier(replace(answer, problems=(problem,)), (iis,), (), (log,))
    (found,), names = redact([plain], KEY)
    assert "198.51.100.99" not in found.findings[0].raw
    assert "203.0.113.7" in found.findings[0].raw
    source = found.findings[0].provenance.evidence
    assert names.used[source] == {"contoso case.zip"}
    assert found.assessment.problems[0].what == f"{source} ! inner.zip"
    assert found.evidence[0].locator.source == ""


def test_explain_and_verify_read_no_evidence_of_a_redacted_dossier(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (found,), _ = redact([named()], KEY)
    write(found, tmp_path / "out", dossiers.RUN)
    monkeypatch.setattr("afterpatch.explain.reread", lambda *_: pytest.fail("read the evidence"))
    told = explain(tmp_path / "out", "f-00000001")
    text = "\n".join(lines(told))
    assert "is not shown: names are replaced in this dossier" in text
    assert not [name for name in NAMES if name.lower() in text.lower()]
    # A file of that name in the folder one happens to be in is not that evidence.
    (tmp_path / "a.log").write_bytes(b"x")
    monkeypatch.chdir(tmp_path)
    result = check(tmp_path / "out")
    assert (result.problems, result.evidence, result.evidence_not_checked) == ((), 0, 2)


def test_names_are_found_in_long_and_odd_texts() -> None:
    (found,), _ = redact([named()], KEY)
    for odd in ("", "\x00\udcff\ud800", "%" * 5000, "\\" * 5000, "A" * 50_000, "a@" * 5000):
        finding = replace(dossiers.finding(2), raw=odd)
        first = named().findings[0]
        (found,), _ = redact([replace(named(), findings=(first, finding))], KEY)
        assert found.findings[1].raw == odd


def test_the_file_of_names(tmp_path: Path) -> None:
    path = tmp_path / "names.json"
    _, names = redact([named()], KEY)
    write_names(path, KEY, names)
    assert read_key(path) == KEY
    held = json.loads(path.read_text("utf-8"))["names"].values()
    assert any("greta.lindt" in named for named in held)
    if os.name == "posix":
        assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(FileExistsError):
        write_names(path, KEY, names)
    for content in (b"", b"{}", b"\xff", b'{"schema": "x", "key": "00", "names": {}}',
                    b'{"schema": "afterpatch/redaction/1", "key": "zz", "names": {}}'):  # fmt: skip
        path.write_bytes(content)
        with pytest.raises(UsageError, match="no file that --redact wrote"):
            read_key(path)


def operator(**parts: Any) -> Operator:
    return replace(dossiers.used().assessment.operators[0], **parts)


def test_an_inner_address_of_an_operator_is_still_an_inner_address() -> None:
    found = named()
    inside = operator(addresses=("10.0.20.77", "203.0.113.7"))
    plain = replace(found, assessment=replace(found.assessment, operators=(inside,)))
    (redacted,), _ = redact([plain], KEY)
    first, second = redacted.assessment.operators[0].addresses
    assert first.startswith("address-")
    assert second == "203.0.113.7"


def test_every_finding_stays_a_finding() -> None:
    (found,), _ = redact([named()], KEY)
    assert all(isinstance(finding, Finding) for finding in found.findings)
    assert len(found.findings) == len(named().findings)
    assert found.operator_of == named().operator_of
    assert found.backdoors_of == named().backdoors_of
