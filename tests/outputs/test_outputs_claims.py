"""The ledger's page, its STIX bundle, and public claims in a dossier."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest
from dossiers import RUN, no_evidence, used

from afterpatch import knowledge
from afterpatch.assess import with_claims
from afterpatch.claims.bearing import overlap
from afterpatch.claims.ledger import ledger_of
from afterpatch.cli import app
from afterpatch.errors import UsageError
from afterpatch.outputs import claims_html, claims_stix
from afterpatch.outputs.claims import NAMES, written
from afterpatch.outputs.dossier import write

EVIL = "<img src=x onerror=alert(1)>"
TEXT = f"""Microsoft Exchange attacks: who says what

Published 20 July 2021

Norway has accused China of hacking Microsoft Exchange servers, said {EVIL} the minister.

ESET said that Hafnium, a state-sponsored group, had used the flaw in Microsoft Exchange to plant web shells.

China denied any involvement in the attack on Microsoft Exchange servers.

Sweden said that the group known as Made\u202eUp <b>Panda</b> was behind the ProxyLogon attacks.
"""  # noqa: E501


@pytest.fixture
def ledger(tmp_path: Path) -> dict[str, Any]:
    path = tmp_path / f"{EVIL.replace('/', '')}.txt"
    path.write_text(TEXT, encoding="utf-8")
    plain: dict[str, Any] = msgspec.to_builtins(ledger_of([path], name="plain", workers=1))
    return plain


def test_the_page_is_one_harmless_file(ledger: dict[str, Any]) -> None:
    page = claims_html.render(ledger).decode()
    assert EVIL not in page
    assert "<b>Panda</b>" not in page
    assert "\u202e" not in page
    assert "default-src 'none'" in page
    assert not re.search(r"(?:src|href)\s*=\s*[\"'](?!#)", page)
    assert "<script" not in page


def test_each_cell_leads_to_its_marked_sentence(ledger: dict[str, Any]) -> None:
    page = claims_html.render(ledger).decode()
    anchors = set(re.findall(r'<mark id="([^"]+)">', page))
    targets = set(re.findall(r'href="#(s-[^"]+)"', page))
    assert targets == anchors
    assert {f"s-A-{c['span']['start']}" for c in ledger["claims"]} == anchors
    # every cell opens its own sentences, every link of the page leads somewhere
    cells = re.findall(r'<td><a href="#(cell-[\d-]+)"', page)
    assert cells
    assert len(set(cells)) == len(cells)
    opened = dict(
        re.findall(r'<section class="cell" id="([^"]+)">(.*?)</section>', page, re.DOTALL)
    )
    assert set(cells) == set(opened)
    assert all('href="#s-' in part for part in opened.values())
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(re.findall(r'\bid="([^"]+)"', page))
    assert "Independence of sources" in page
    assert "Nothing here is an attribution" in page
    for speaker in ("Norway", "ESET", "China"):
        assert f'<th scope="row">{speaker}</th>' in page


def test_claims_without_an_actor_keep_their_column(ledger: dict[str, Any]) -> None:
    (claim,) = [c for c in ledger["claims"] if c["stance"] == "accuses"][:1]
    many = [
        {**claim, "actor": {**claim["actor"], "norm": f"Group {n}"}, "id": f"c-{n}"}
        for n in range(claims_html.ACTORS_SHOWN + 3)
    ]
    page = claims_html.render({**ledger, "claims": [*many, {**claim, "actor": None}]}).decode()
    assert '<th scope="col">no actor named</th>' in page
    assert "The 3 least named actors have no column" in page


def test_stix_is_valid_and_attributes_nothing(ledger: dict[str, Any]) -> None:
    stix2 = pytest.importorskip("stix2")
    raw = claims_stix.render(ledger)
    assert raw is not None
    assert raw == claims_stix.render(ledger)
    bundle = stix2.parse(raw.decode(), allow_custom=True)
    kinds = [o["type"] for o in bundle.objects]
    assert kinds.count("note") == len(ledger["claims"])
    assert {"identity", "opinion", "report", "intrusion-set", "extension-definition"} <= set(kinds)
    assert "relationship" not in kinds
    found = json.loads(raw)["objects"]
    assert not any("confidence" in o for o in found)
    note = next(o for o in found if o["type"] == "note" and "accuses" in o["abstract"])
    claim = next(c for c in ledger["claims"] if c["stance"] == "accuses")
    assert note["content"] == claim["span"]["text"]
    assert note["authors"] == ["Norway"]
    (opinion,) = (o for o in found if o["type"] == "opinion")
    assert opinion["opinion"] == "strongly-disagree"
    assert all(ref.startswith("note--") for ref in opinion["object_refs"])


def test_a_denial_of_earlier_charges_answers_none_of_these(tmp_path: Path) -> None:
    pytest.importorskip("stix2")
    path = tmp_path / "a.txt"
    path.write_text(
        "Norway has accused China of hacking Microsoft Exchange.\n\n"
        "China has previously denied allegations of hacking.\n",
        encoding="utf-8",
    )
    raw = claims_stix.render(msgspec.to_builtins(ledger_of([path], name="plain", workers=1)))
    assert raw is not None
    found = json.loads(raw)["objects"]
    assert not [o for o in found if o["type"] == "opinion"]
    notes = [o for o in found if o["type"] == "note"]
    told = [next(iter(o["extensions"].values())) for o in notes]
    assert {t["reliability"] + t["credibility"] for t in told} == {"F6"}


def test_attributed_to_only_on_request(ledger: dict[str, Any]) -> None:
    pytest.importorskip("stix2")
    for claim in ledger["claims"]:
        if claim["actor"] and claim["actor"]["attack_group"]:
            claim["actor"]["state"] = "CN"
            claim["stance"] = "attributes"
    raw = claims_stix.render(ledger, attributed_to=True)
    assert raw is not None
    found = [o for o in json.loads(raw)["objects"] if o["type"] == "relationship"]
    assert [o["relationship_type"] for o in found] == ["attributed-to"]
    assert "ESET" in found[0]["description"]


def test_a_report_without_a_day_is_a_grouping(tmp_path: Path) -> None:
    pytest.importorskip("stix2")
    path = tmp_path / "a.txt"
    path.write_text("Iran was blamed for the attack on the port.", encoding="utf-8")
    raw = claims_stix.render(msgspec.to_builtins(ledger_of([path], name="plain", workers=1)))
    assert raw is not None
    kinds = {o["type"] for o in json.loads(raw)["objects"]}
    assert "grouping" in kinds
    assert "report" not in kinds


def test_without_stix2_the_other_files_are_written(
    ledger: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claims_stix, "render", lambda *_a, **_k: None)
    assert [p.name for p in written(ledger, tmp_path / "out")] == list(NAMES[:2])


def test_a_folder_of_something_else_is_refused(ledger: dict[str, Any], tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "mine.txt").write_text("keep me")
    with pytest.raises(UsageError, match="no ledger"):
        written(ledger, out)
    assert (out / "mine.txt").read_text() == "keep me"


# ---------------------------------------------------------------- in a dossier


def test_claims_beside_what_was_found(ledger: dict[str, Any], tmp_path: Path) -> None:
    out = tmp_path / "ledger"
    written(ledger, out)
    before = used()
    (dossier,) = with_claims([before], out / "claims.json")
    rows = dossier.assessment.claims
    said = [r for r in rows if r["kind"] == "public claim"]
    assert {r["speaker"] for r in said} >= {"Norway", "China", "ESET"}
    assert all(r["quote"] in TEXT for r in said)
    shared = [r for r in rows if r["kind"] == "technique overlap"]
    assert shared
    assert "no attribution" in shared[-1]["why this is no attribution"]
    # no answer changes by them
    after = msgspec.structs.replace(dossier.assessment, claims=())
    assert after == before.assessment
    write(dossier, tmp_path / "dossier", RUN)
    page = (tmp_path / "dossier" / "report.html").read_text("utf-8")
    assert EVIL not in page
    assert "no answer rests on them" in page


def test_nothing_is_shown_where_nothing_was_found(ledger: dict[str, Any], tmp_path: Path) -> None:
    written(ledger, tmp_path / "ledger")
    (dossier,) = with_claims([no_evidence()], tmp_path / "ledger" / "claims.json")
    assert dossier.assessment.claims == ()


@pytest.mark.parametrize("data", [b"", b"[]", b'{"schema": "other"}', b"\xff\xfe"])
def test_what_is_no_ledger_is_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "claims.json"
    path.write_bytes(data)
    with pytest.raises(UsageError, match="no ledger"):
        with_claims([], path)


def test_techniques_are_shared_by_many() -> None:
    rows = list(overlap(["T1505.003", "T1190", "T9999"]))
    shares = {r["technique"].split()[0]: r["groups that share it"] for r in rows}
    assert shares == {"T1190": "42 of 172", "T1505.003": "31 of 172", "all": "23 of 172"}
    assert list(overlap([])) == []
    assert len(knowledge.groups()) == 172


# ---------------------------------------------------------------- the command


def run(*words: str) -> int:
    with pytest.raises(SystemExit) as ended:
        app(list(words), prog_name="afterpatch")
    return int(ended.value.code or 0)


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "story.txt"
    path.write_text(TEXT, encoding="utf-8")
    out = tmp_path / "out"
    assert run("claims", str(path), "-o", str(out), "--engine", "plain") == 0
    assert "1 report of 1 independent source" in capsys.readouterr().out
    first = (out / "claims.json").read_bytes()
    assert run("claims", str(path), "-o", str(out), "--engine", "plain", "-q") == 0
    assert capsys.readouterr().out == ""
    assert (out / "claims.json").read_bytes() == first
    found = json.loads(first)
    assert found["engine"]["grammar"] == "word classes and commas (no parser)"
    for claim in found["claims"]:
        text = found["documents"][claim["doc_key"]]["text"]
        assert text[claim["span"]["start"] : claim["span"]["end"]] == claim["span"]["text"]


@pytest.mark.parametrize("words", [["nowhere.txt"], [".", "--engine", "magic"]])
def test_wrong_arguments(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    code = run("claims", str(tmp_path / words[0]), "-o", str(tmp_path / "out"), *words[1:])
    assert code == 2
    assert capsys.readouterr().err.count("\n") == 1
