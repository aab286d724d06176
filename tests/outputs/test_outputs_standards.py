"""The files for other programs: each as its own library reads it, and none says too much."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from typing import Any

import dossiers
import msgspec
import pymisp
import pytest
import stix2
from hypothesis import given
from hypothesis import strategies as st
from stix2patterns.v21.pattern import Pattern

from afterpatch.model import Pivot
from afterpatch.outputs import misp, navigator, stix, tables_csv
from afterpatch.outputs.dossier import Dossier
from afterpatch.outputs.indicators import Indicator, indicators
from afterpatch.outputs.text import cell, visible

SHAPES = [
    dossiers.empty, dossiers.no_evidence, dossiers.attempted, dossiers.used, dossiers.traced,
    dossiers.shared,
]  # fmt: skip
shapes = pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
PATH = (
    "C:\\Program Files\\Microsoft\\Exchange Server\\V15\\FrontEnd\\HttpProxy\\owa\\auth\\"
    "RedirSuiteServerProxy.aspx"
)
SHARED = [
    ("account", "svc_health"),
    ("address", "2001:db8::7"),
    ("address", "203.0.113.7"),
    ("page", "/owa/auth/RedirSuiteServerProxy.aspx"),
    ("path", PATH),
    ("sha256", dossiers.PAGE_SHA),
    ("sha256", "6b" * 32),
    ("sha256", dossiers.TOOL_SHA),
    ("user agent", "tail-spin/1.7"),
]
# What belongs to people of the house, or to everybody.
NEVER = (
    "anna", "bruno", "carla", "203.0.113.99", "responder-agent", "198.51.100.9", "192.0.2.1",
    "10.1.2.3", "fe80::", "203.0.113.98", "203.0.113.97", "77" * 32, "whoami",
)  # fmt: skip


def bundle(dossier: Dossier) -> list[dict[str, Any]]:
    objects: list[dict[str, Any]] = json.loads(b"".join(stix.render(dossier)))["objects"]
    return objects


def event(dossier: Dossier) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(b"".join(misp.render(dossier)))["Event"]
    return found


def layer(dossier: Dossier) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(b"".join(navigator.render(dossier)))
    return found


def table(render: Callable[[Dossier], Any], dossier: Dossier) -> list[dict[str, str]]:
    text = b"".join(render(dossier)).decode()
    return list(csv.DictReader(io.StringIO(text, newline="")))


# ---------------------------------------------------------------- what is shared


def test_only_what_is_proved_and_nobody_elses_is_an_indicator() -> None:
    found = indicators(dossiers.shared())
    assert sorted((one.kind, one.value) for one in found) == sorted(SHARED)
    by_value = {one.value: one for one in found}
    address = by_value["203.0.113.7"]
    assert (address.first, address.operators) == ("2021-03-03T06:12:11.000Z", ("op-1",))
    assert address.last == "2021-03-07T07:00:00.000Z"
    page = by_value["/owa/auth/RedirSuiteServerProxy.aspx"]
    # without the scanner's two visits
    assert (page.records, page.operators, page.backdoors) == (7, ("op-1",), ("bd-1",))
    tool = by_value[dossiers.TOOL_SHA]
    assert (tool.name, tool.records, tool.operators) == ("tail.exe", 1, ("op-1",))
    assert by_value["tail-spin/1.7"].records == 1


@pytest.mark.parametrize("shape", [dossiers.empty, dossiers.no_evidence, dossiers.attempted])
def test_an_attempt_teaches_no_indicator(shape: Callable[[], Dossier]) -> None:
    assert indicators(shape()) == ()
    assert not {one["type"] for one in bundle(shape())} & {"indicator", "malware", "sighting"}
    assert not any(attribute["to_ids"] for attribute in event(shape())["Attribute"])


def test_a_page_that_was_not_followed_is_known_by_its_hash_alone() -> None:
    found = dossiers.shared()
    answer = msgspec.structs.replace(found.assessment, pivots=())
    kinds = {one.kind for one in indicators(msgspec.structs.replace(found, assessment=answer))}
    assert kinds == {"account", "address", "sha256"}


def test_a_page_of_which_only_traces_are_left_has_no_hash() -> None:
    found = dossiers.shared()
    doors = list(found.assessment.backdoors)
    doors[0] = msgspec.structs.replace(doors[0], evidence_state="trace only")
    answer = msgspec.structs.replace(found.assessment, backdoors=tuple(doors))
    values = {one.value for one in indicators(msgspec.structs.replace(found, assessment=answer))}
    assert dossiers.PAGE_SHA not in values
    assert PATH in values


def test_a_refused_address_is_none() -> None:
    found = dossiers.shared()
    refused = Pivot("address", "203.0.113.7", (), 2, "refused", 9, "many accounts sign in")
    answer = msgspec.structs.replace(found.assessment, pivots=(refused,))
    dossier = msgspec.structs.replace(found, assessment=answer)
    assert "203.0.113.7" not in {one.value for one in indicators(dossier)}
    assert b"203.0.113.7" not in b"".join(stix.render(dossier))
    assert b"203.0.113.7" not in b"".join(misp.render(dossier))


@pytest.mark.parametrize("render", [stix.render, misp.render, tables_csv.indicators])
def test_nothing_of_bystanders_is_shared(render: Callable[[Dossier], Any]) -> None:
    text = b"".join(render(dossiers.shared())).decode()
    for never in NEVER:
        assert never not in text
    assert dossiers.PAGE_SHA in text


# ---------------------------------------------------------------- STIX


@shapes
def test_the_bundle_is_what_the_library_takes(shape: Callable[[], Dossier]) -> None:
    text = b"".join(stix.render(shape())).decode()
    parsed = stix2.parse(text, allow_custom=False)
    ids = [one["id"] for one in parsed.objects]
    assert len(set(ids)) == len(ids)
    for one, plain in zip(parsed.objects, json.loads(text)["objects"], strict=True):
        named = [
            ref
            for key, value in plain.items()
            if key.endswith(("_ref", "_refs"))
            for ref in ([value] if isinstance(value, str) else value)
        ]
        assert set(named) <= set(ids)
        if plain["type"] != "marking-definition":
            assert plain["object_marking_refs"] == [stix2.v21.TLP_AMBER["id"]]
        # Ids of what was observed are those that every other producer gives it.
        if getattr(one, "_id_contributing_properties", []):
            assert one["id"] == one._generate_id()
    assert json.loads(parsed.objects[0].serialize()) == json.loads(stix2.v21.TLP_AMBER.serialize())


def test_the_bundle_attributes_nothing() -> None:
    kinds = {one["type"] for one in bundle(dossiers.shared())}
    assert not kinds & {"threat-actor", "intrusion-set", "campaign", "attack-pattern"}
    assert kinds == {
        "marking-definition", "identity", "ipv4-addr", "ipv6-addr", "network-traffic", "file",
        "directory", "user-account", "observed-data", "malware", "note", "indicator",
        "tool", "infrastructure", "relationship", "sighting", "grouping", "vulnerability", "report",
    }  # fmt: skip


def test_the_bundle_tells_whose_what_is() -> None:
    objects = {one["id"]: one for one in bundle(dossiers.shared())}
    groups = {o["name"]: o for o in objects.values() if o["type"] == "grouping"}
    assert set(groups) == {"op-1", "Scanners"}
    (probe,) = (objects[ref] for ref in groups["Scanners"]["object_refs"])
    assert probe["labels"] == ["scanner", "attempt"]
    assert [objects[ref]["value"] for ref in probe["object_refs"]] == ["198.51.100.20"]
    of_intruder = [objects[ref] for ref in groups["op-1"]["object_refs"]]
    assert len([o for o in of_intruder if o["type"] == "indicator"]) == 8
    (asked,) = (o for o in objects.values() if o["type"] == "network-traffic")
    assert asked["extensions"]["http-request-ext"] == {
        "request_method": "POST",
        "request_value": "/owa/auth/RedirSuiteServerProxy.aspx",
        "request_header": {"User-Agent": ["tail-spin/1.7"]},
    }
    indicated = {
        (objects[o["source_ref"]]["name"].partition(" ")[0], objects[o["target_ref"]]["type"])
        for o in objects.values()
        if o.get("relationship_type") == "indicates"
    }
    assert indicated == {
        ("address", "infrastructure"), ("page", "malware"), ("path", "malware"),
        ("sha256", "malware"), ("sha256", "tool"),
    }  # fmt: skip
    report = [o for o in objects.values() if o["type"] == "report"]
    assert len(report) == 1
    assert report[0]["published"] == "2021-03-09T23:59:58.000Z"
    sightings = {
        objects[o["sighting_of_ref"]]["name"]: o
        for o in objects.values()
        if o["type"] == "sighting"
    }
    assert sightings["page /owa/auth/RedirSuiteServerProxy.aspx"]["count"] == 7
    assert len(sightings["user agent tail-spin/1.7"]["observed_data_refs"]) == 1


def test_observations_of_one_operator_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = len([o for o in bundle(dossiers.shared()) if o["type"] == "observed-data"])
    monkeypatch.setattr("afterpatch.outputs.stix.OBSERVATIONS", 1)
    objects = bundle(dossiers.shared())
    assert len([o for o in objects if o["type"] == "observed-data"]) < whole
    report = next(o for o in objects if o["type"] == "report")
    assert "Of operators with many, not told apart: 1 record." in report["description"]


@given(st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=40))
def test_patterns_hold_any_text(text: str) -> None:
    pattern = stix.pattern_of(Indicator("user agent", text))
    assert pattern is not None
    assert visible(pattern) == pattern
    ((path, operator, literal),) = comparisons(pattern)
    value = re.sub(r"\\(.)", r"\1", literal[1:-1])
    assert "User-Agent" in path
    if operator == "=":
        assert value == text
    else:
        assert operator == "MATCHES"
        # \x{202e} is how PCRE spells what Python's own expressions spell as \u202e
        spelled = re.sub(r"\\x\{([0-9a-f]+)\}", lambda f: f"\\U{int(f[1], 16):08x}", value)
        assert re.fullmatch(spelled[1:-1], text)
        assert not re.fullmatch(spelled[1:-1], f"{text}x")


def comparisons(pattern: str) -> list[Any]:
    found = Pattern(pattern).inspect().comparisons
    return [entry for entries in found.values() for entry in entries]


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ("it's", "'it\\'s'"),
        ("C:\\x' OR '1'='1", "'C:\\\\x\\' OR \\'1\\'=\\'1'"),
        ("\\", "'\\\\'"),
    ],
)
def test_patterns_escape_what_would_end_them(value: str, wanted: str) -> None:
    assert stix.pattern_of(Indicator("account", value)) == (
        f"[user-account:account_login = {wanted}]"
    )


def test_what_no_pattern_can_hold_is_counted() -> None:
    assert stix.pattern_of(Indicator("account", "a\udcff")) is None
    found = dossiers.shared()
    doors = list(found.assessment.backdoors)
    doors[1] = msgspec.structs.replace(doors[1], name="svc\udcff")
    answer = msgspec.structs.replace(found.assessment, backdoors=tuple(doors))
    objects = bundle(msgspec.structs.replace(found, assessment=answer))
    report = next(one for one in objects if one["type"] == "report")
    assert "Not to be written as a pattern: 1 indicator." in report["description"]
    assert "user-account" not in {one["type"] for one in objects}


# ---------------------------------------------------------------- MISP


@shapes
def test_the_event_is_what_the_library_takes(shape: Callable[[], Dossier]) -> None:
    text = b"".join(misp.render(shape())).decode()
    loaded = pymisp.MISPEvent(strict_validation=True)
    loaded.load(text)
    loaded.to_json()
    plain = json.loads(text)["Event"]
    categories = pymisp.MISPEvent().describe_types["category_type_mappings"]
    attributes = [*plain["Attribute"], *(a for o in plain["Object"] for a in o["Attribute"])]
    assert len({a["uuid"] for a in attributes}) == len(attributes)
    for attribute in attributes:
        assert attribute["type"] in categories[attribute["category"]]
        assert attribute["distribution"] == "0"
    assert len(loaded.attributes) == len(plain["Attribute"])
    for one, given_ in zip(loaded.objects, plain["Object"], strict=True):
        known = pymisp.MISPObject(one.name, strict=True)
        for attribute in given_["Attribute"]:
            wanted = known._definition["attributes"][attribute["object_relation"]]
            assert wanted["misp-attribute"] == attribute["type"]
            known.add_attribute(attribute["object_relation"], attribute["value"])
        known.to_dict(strict=True)  # has what its template requires
    assert (plain["distribution"], plain["published"]) == ("0", False)
    assert [tag["name"] for tag in plain["Tag"]] == ["tlp:amber"]


@pytest.mark.parametrize("template", misp.TEMPLATES, ids=lambda template: template.name)
def test_templates_are_those_of_the_standard(template: misp.Template) -> None:
    known = pymisp.MISPObject(template.name, strict=True)
    assert known.template_uuid == template.uuid
    assert known._definition["meta-category"] == template.meta
    assert int(known.template_version) >= int(template.version)


def test_only_indicators_are_for_detection() -> None:
    found = event(dossiers.shared())
    attributes = [*found["Attribute"], *(a for o in found["Object"] for a in o["Attribute"])]
    armed = {(a["type"], a["value"]) for a in attributes if a["to_ids"]}
    assert armed == {
        ("ip-src", "203.0.113.7"), ("ip-src", "2001:db8::7"), ("user-agent", "tail-spin/1.7"),
        ("text", PATH), ("sha256", dossiers.PAGE_SHA), ("sha256", "6b" * 32),
        ("sha256", dossiers.TOOL_SHA), ("uri", "/owa/auth/RedirSuiteServerProxy.aspx"),
        ("text", "svc_health"),
    }  # fmt: skip
    comments = {a["value"]: a["comment"] for a in attributes}
    assert comments["198.51.100.20"] == "op-2: scanner, attempts"
    assert comments["CVE-2021-27065"] == "exploited"
    assert any("scheduled task \\Tail" in value for value in comments)


def test_a_text_that_does_not_print_is_not_for_detection() -> None:
    found = dossiers.shared()
    doors = list(found.assessment.backdoors)
    doors[1] = msgspec.structs.replace(doors[1], name="svc\u202e\udcff")
    answer = msgspec.structs.replace(found.assessment, backdoors=tuple(doors))
    objects = event(msgspec.structs.replace(found, assessment=answer))["Object"]
    (account,) = (o["Attribute"][0] for o in objects if o["name"] == "user-account")
    assert (account["value"], account["to_ids"]) == ("svc\\u202e\\udcff", False)


# ---------------------------------------------------------------- Navigator


@shapes
def test_the_layer_is_of_version_4_5(shape: Callable[[], Dossier]) -> None:
    found = layer(shape())
    assert found["versions"] == {"layer": "4.5", "navigator": "5.0.0"}
    assert found["domain"] == "enterprise-attack"
    assert isinstance(found["name"], str)
    assert len(found["gradient"]["colors"]) >= 2
    for technique in found["techniques"]:
        assert re.fullmatch(r"T\d{4}(\.\d{3})?", technique["techniqueID"])
        assert technique.keys() <= {
            "techniqueID", "tactic", "score", "color", "comment", "enabled", "metadata", "links",
            "showSubtechniques",
        }  # fmt: skip


def test_the_layer_scores_what_is_proved() -> None:
    techniques = {t["techniqueID"]: t for t in layer(dossiers.shared())["techniques"]}
    assert {name: t.get("score") for name, t in techniques.items()} == {
        "T1003": None, "T1003.001": 2, "T1059": None, "T1059.003": 3, "T1098": None,
        "T1098.007": 3, "T1136": None, "T1136.001": 3, "T1190": 3,
    }  # fmt: skip
    assert techniques["T1003"]["showSubtechniques"]
    # 12,345 visits that were tallied, and four findings of rules that were not
    assert techniques["T1190"]["comment"].startswith("12,349 × success, 4 × reached, 5 × attempt")
    only = {t["techniqueID"]: t for t in layer(dossiers.attempted())["techniques"]}
    assert only["T1190"]["score"] == 1
    assert only["T1190"]["comment"].startswith("2 × attempt.")


def test_a_success_with_an_innocent_reading_is_no_success() -> None:
    doubtful = dossiers.finding(outcome="success", look_alike="administration: a script")
    found = msgspec.structs.replace(dossiers.attempted(), findings=(doubtful,))
    assert [t["score"] for t in layer(found)["techniques"]] == [1]


def test_what_is_no_technique_is_left_out() -> None:
    odd = msgspec.structs.replace(dossiers.finding(), technique=("T1", "<b>", "T1190\n", "T1505"))
    found = msgspec.structs.replace(dossiers.attempted(), findings=(odd,))
    assert [t["techniqueID"] for t in layer(found)["techniques"]] == ["T1505"]


# ---------------------------------------------------------------- tables


@shapes
def test_tables_have_a_row_for_each(shape: Callable[[], Dossier]) -> None:
    dossier = shape()
    found = table(tables_csv.findings, dossier)
    assert [row["id"] for row in found] == [one.id for one in dossier.findings]
    assert all(None not in row and None not in row.values() for row in found)
    answer = dossier.assessment
    assert len(table(tables_csv.operators, dossier)) == len(answer.operators)
    assert len(table(tables_csv.backdoors, dossier)) == len(answer.backdoors)
    assert len(table(tables_csv.indicators, dossier)) == len(indicators(dossier))
    heads = [
        b"".join(render(dossier)).split(b"\n")[0]
        for render in (tables_csv.operators, tables_csv.backdoors, tables_csv.indicators)
    ]
    assert all(head.startswith(b'"') for head in heads)


def test_tables_tell_what_the_answer_tells() -> None:
    dossier = dossiers.shared()
    visit = {row["id"]: row for row in table(tables_csv.findings, dossier)}["f-0000001c"]
    assert (visit["operator"], visit["backdoors"], visit["address"]) == (
        "op-1", "bd-1", "203.0.113.7",
    )  # fmt: skip
    first = table(tables_csv.operators, dossier)[0]
    assert (first["id"], first["class"], first["planted"]) == ("op-1", "intruder", "bd-1; bd-2")
    door = table(tables_csv.backdoors, dossier)[0]
    assert (door["visitors"], door["visits"], door["answered"]) == ("op-1; op-2", "9", "5")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("=1+1", "'=1+1"),
        ("-", "'-"),
        ("  @SUM(A1)", "  '@SUM(A1)"),
        ("\uff1dcmd", "'\uff1dcmd"),
        ("\t=1", "\\x09=1"),
        ("x;=cmd|' /C calc'!A0", "x;'=cmd|' /C calc'!A0"),
        ('x", "=1', 'x", "\'=1'),
        ("/owa/auth/a.aspx?b=1", "/owa/auth/a.aspx?b=1"),
        ("C:\\x-y", "C:\\x-y"),
    ],
)
def test_formulas_in_cells_are_defused(text: str, wanted: str) -> None:
    assert cell(text) == wanted


@given(st.text(st.characters(exclude_categories=()), max_size=80))
def test_no_cell_begins_a_formula(text: str) -> None:
    for part in re.split(r"[;,|\"']", cell(f"{text};{text}")):
        assert not re.match(r" *[=+@\uff0b\uff0d\uff1d\uff20-]", part) or part != cell(part)


def test_a_cell_ends_where_spreadsheets_do() -> None:
    assert len(cell(";=" * 40_000)) <= 32_767
