"""Sigma's features, each on a record that matches and on one that does not."""

from __future__ import annotations

from pathlib import Path

import hypothesis.strategies as st
import pytest
import yaml
from hypothesis import HealthCheck, given, settings

from afterpatch.detections import predicate, sigma
from afterpatch.detections.predicate import View
from afterpatch.detections.rule import Rule
from afterpatch.detections.ruleset import RuleFile
from afterpatch.errors import RuleError
from afterpatch.model import Value

Fields = dict[str, Value]
LISTS = {"names": ["one", "t*o"], "none": [], "others": ["x"]}


def rule_of(detection: dict[str, object], **more: object) -> Rule:
    rule = {"title": "made", "logsource": {"category": "webserver"}, "detection": detection, **more}
    return sigma.load_text(yaml.safe_dump(rule), "made", "made.yml", LISTS)


def matches(selection: object, fields: Fields, condition: str = "sel") -> bool:
    rule = rule_of({"sel": selection, "condition": condition})
    return predicate.compile_node(rule.condition)(View(fields))


# a selection, records that match, records that do not
FEATURES: dict[str, tuple[object, list[Fields], list[Fields]]] = {
    "equals in any letter case": ({"a": "CmD"}, [{"a": "cMd"}], [{"a": "cmd "}, {"b": "cmd"}, {}]),
    "ASCII letters only": ({"a": "kelvin"}, [{"a": "KELVIN"}], [{"a": "\u212aelvin"}]),
    "a list is or": ({"a": ["x", "y"]}, [{"a": "x"}, {"a": "Y"}], [{"a": "xy"}]),
    "a mapping is and": ({"a": "x", "b": "y"}, [{"a": "x", "b": "y"}], [{"a": "x"}]),
    "a list of mappings is or": ([{"a": "x"}, {"b": "y"}], [{"a": "x"}, {"b": "y"}], [{"a": "y"}]),
    "a field that repeats": ({"a": "x"}, [{"a": ("w", "x")}], [{"a": ("w", "y")}, {"a": ()}]),
    "star": ({"a": "x*z"}, [{"a": "xz"}, {"a": "x\ny z"}], [{"a": "xzy"}]),
    "question mark": ({"a": "x?z"}, [{"a": "x\nz"}], [{"a": "xz"}, {"a": "xyyz"}]),
    "star alone": ({"a": "*"}, [{"a": "x"}, {"a": ""}], [{}]),
    "escaped star": ({"a": r"x\*"}, [{"a": "x*"}], [{"a": "xy"}]),
    "escaped question mark": ({"a": r"x\?"}, [{"a": "x?"}], [{"a": "xy"}]),
    "escaped backslash": ({"a": r"x\\*"}, [{"a": "x\\y"}], [{"a": "x*"}, {"a": "xy"}]),
    "a plain backslash": ({"a": r"\x"}, [{"a": r"\X"}], [{"a": "x"}]),
    "regex characters are text": ({"a": "x.(y)*"}, [{"a": "x.(y)z"}], [{"a": "xa(y)"}]),
    "contains": ({"a|contains": "b?d"}, [{"a": "ABCDE"}], [{"a": "abde"}]),
    "contains nothing": ({"a|contains": ""}, [{"a": "x"}], [{}]),
    "contains all": ({"a|contains|all": ["x", "Y"]}, [{"a": "y x"}], [{"a": "x"}]),
    "startswith": ({"a|startswith": "x*z"}, [{"a": "XYZ."}], [{"a": ".xyz"}]),
    "endswith": ({"a|endswith": r"\cmd.exe"}, [{"a": r"C:\CMD.EXE"}], [{"a": "cmd.exe"}]),
    "cased": ({"a|contains|cased": "Ab"}, [{"a": "xAbx"}], [{"a": "xabx"}]),
    "cased, whole": ({"a|cased": "Ab"}, [{"a": "Ab"}], [{"a": "ab"}, {"a": "Abc"}]),
    "re": ({"a|re": "b.d$"}, [{"a": "abcd"}], [{"a": "aBcd"}, {"a": "abcde"}]),
    "re with i": ({"a|re|i": "b.d$"}, [{"a": "aBcD"}], [{"a": "bd"}]),
    "re with s": ({"a|re|s": "b.d"}, [{"a": "b\nd"}], [{"a": "B\nd"}]),
    "re with m": ({"a|re|m": "^b$"}, [{"a": "a\nb\nc"}], [{"a": "a\nbc"}]),
    "re with i does not fold beyond ASCII": ({"a|re|i": "ks"}, [{"a": "KS"}], [{"a": "\u212as"}]),
    "cidr": (
        {"a|cidr": ["192.0.2.0/24", "2001:db8::/32"]},
        [{"a": "192.0.2.9"}, {"a": "2001:db8:1::1"}],
        [{"a": "192.0.3.9"}, {"a": "192.0.2"}, {"a": ""}, {"a": "192.0.2.9:443"}],
    ),
    "gte": (
        {"a|gte": 5},
        [{"a": "5"}, {"a": "05.5"}, {"a": ("1", "9")}],
        [{"a": "4.9"}, {"a": "-5"}, {"a": "--5"}, {"a": "5-"}, {"a": ""}, {"a": "x"}, {"a": "٥"}],
    ),
    "lt": ({"a|lt": -1.5}, [{"a": "-2"}], [{"a": "-1.5"}, {"a": "-"}, {"a": "."}, {"a": "- 2"}]),
    "gt, lte": ({"a|gt": 1, "b|lte": 2}, [{"a": "2", "b": "2"}], [{"a": "1", "b": "2"}]),
    "number": ({"a": 200}, [{"a": "200"}], [{"a": "2000"}, {"a": "200.0"}]),
    "truth": ({"a": True}, [{"a": "True"}], [{"a": "1"}]),
    "null": ({"a": None}, [{}, {"a": ""}, {"a": ()}], [{"a": "x"}, {"a": " "}]),
    "empty": ({"a": ""}, [{"a": ""}, {}], [{"a": "x"}]),
    "exists": ({"a|exists": True}, [{"a": ""}, {"a": "x"}], [{}]),
    "exists not": ({"a|exists": False}, [{}], [{"a": ""}, {"a": "x"}]),
    "windash": ({"a|contains|windash": " -e"}, [{"a": "x /E"}, {"a": "x –e"}], [{"a": "e"}]),
    "base64offset": (
        {"a|base64offset|contains": "http://"},
        [{"a": "xaHR0cDovL3g="}, {"a": "xodHRwOi8vx"}],
        [{"a": "http://"}],
    ),
    "base64": ({"a|base64": "whoami"}, [{"a": "d2hvYW1p"}], [{"a": "whoami"}]),
    "wide": ({"a|wide|base64offset|contains": "cmd"}, [{"a": "YwBtAGQA"}], [{"a": "Y21k"}]),
    "fieldref": ({"a|fieldref": "b"}, [{"a": "X", "b": "x"}], [{"a": "x", "b": "y"}, {"a": "x"}]),
    "expand": ({"a|expand": "a-%names%"}, [{"a": "A-one"}], [{"a": "one"}, {"a": "a-%names%"}]),
    "expand takes text as it is": ({"a|expand": "%names%"}, [{"a": "t*o"}], [{"a": "txo"}]),
    "expand nothing": ({"a|expand": "%none%"}, [], [{"a": ""}, {"a": "%none%"}]),
    "keywords": (["one", "t?o"], [{"x": "a ONE b"}, {"y": "two!"}], [{"one": "x"}]),
    "no keyword in what was worked out": (["closed"], [], [{"DirectoryClass": "closed"}]),
    "a URL field, decoded": (
        {"cs-uri-stem|endswith": ".aspx"},
        [{"cs-uri-stem": stem} for stem in ("/x%2easpx", "/x%252E%61spx", "/x.ASPX")],
        [{"cs-uri-stem": "/x%3faspx"}, {"cs-uri-stem": "/x.aspx%20"}],
    ),
    "a URL field, as it is": (
        {"cs-uri-stem|contains": "%2e"}, [{"cs-uri-stem": "/%2E"}], [{"cs-uri-stem": "/."}]
    ),
    "a field by another name": ({"src_ip": "::1"}, [{"c-ip": "::1"}], [{"src_ip": "::1"}]),
}  # fmt: skip


@pytest.mark.parametrize("feature", FEATURES)
def test_features(feature: str) -> None:
    selection, hits, misses = FEATURES[feature]
    assert [f for f in hits if not matches(selection, f)] == []
    assert [f for f in misses if matches(selection, f)] == []


CONDITIONS = {
    "1 of s*": [False, True, True, True],
    "all of s*": [False, False, False, True],
    "1 of them": [False, True, True, True],
    "s1 and not s2": [False, True, False, False],
    "not (s1 or s2)": [True, False, False, False],
    "not s1 and not s2": [True, False, False, False],
    "not 1 of s*": [True, False, False, False],
}


@pytest.mark.parametrize("condition", CONDITIONS)
def test_conditions(condition: str) -> None:
    rule = rule_of({"s1": {"a": "x"}, "s2": {"b": "y"}, "condition": condition})
    holds = predicate.compile_node(rule.condition)
    records: list[Fields] = [{}, {"a": "x"}, {"b": "y"}, {"a": "x", "b": "y"}]
    assert [holds(View(fields)) for fields in records] == CONDITIONS[condition]


def test_a_rule_from_elsewhere_says_what_it_is_by_its_tags() -> None:
    rule = rule_of(
        {"sel": {"c-ip": "192.0.2.1"}, "condition": "sel"},
        tags=["attack.initial-access", "attack.t1190"],
        level="high",
    )
    assert (rule.question, rule.severity, rule.technique) == ("exploited", "high", ("T1190",))
    assert rule.otherwise == "attempt"


# ---------------------------------------------------------------- broken rules

GOOD = """
title: Good
logsource: {category: webserver}
detection: {sel: {cs-uri-stem: /x}, condition: sel}
"""
BLOCK = "afterpatch: {question: used, explain: x%s}\n"
# the text of a file, and a part of the reason
BROKEN: dict[str, tuple[bytes, str]] = {
    "bad_yaml": (b"title: [", "YAML"),
    "bad_tab": (b"title: x\n\tlogsource: y", "YAML"),
    "empty": (b"", "no mapping"),
    "a_list": (b"- a\n- b\n", "no mapping"),
    "half_a_document": ((GOOD + "---\n: [").encode(), "YAML"),
    "a_key_twice": (GOOD.replace("/x}", "/x, cs-uri-stem: /y}").encode(), "uplicate"),
    "not_utf8": (GOOD.encode() + b"\n# \xff\xfe", "utf-8"),
    "no_artifact": (GOOD.replace("webserver", "dns").encode(), "no artifact"),
    "no_logsource": (b"title: x\ndetection: {s: {a: b}, condition: s}", "log source"),
    "no_detection": (b"title: x\nlogsource: {category: webserver}", "detection"),
    "no_condition": (GOOD.replace(", condition: sel", "").encode(), "condition"),
    "unknown_selection": (GOOD.replace("condition: sel", "condition: other").encode(), "other"),
    "bad_condition": (GOOD.replace("condition: sel", "condition: sel and").encode(), ""),
    "unknown_modifier": (GOOD.replace("cs-uri-stem:", "cs-uri-stem|odd:").encode(), "odd"),
    "unknown_placeholder": (
        GOOD.replace("cs-uri-stem: /x", "'cs-uri-stem|expand': '%what%'").encode(), "what"
    ),
    "two_placeholders": (
        GOOD.replace("cs-uri-stem: /x", "'cs-uri-stem|expand': '%names%%others%'").encode(),
        "placeholder",
    ),
    "bad_regex": (GOOD.replace("cs-uri-stem: /x", "'a|re': '(['").encode(), "egular"),
    "bad_flags": (GOOD.replace("cs-uri-stem: /x", "'a|re': '(?iu)x'").encode(), ""),
    "bad_network": (GOOD.replace("cs-uri-stem: /x", "'a|cidr': 192.0.2.0/99").encode(), "192.0.2"),
    "bad_number": (GOOD.replace("cs-uri-stem: /x", "'a|gte': many").encode(), "many"),
    "wrong_key": ((GOOD + BLOCK % ", quetsion: used").encode(), "quetsion"),
    "wrong_value": ((GOOD + BLOCK.replace("used", "abused") % "").encode(), "abused"),
    "wrong_outcome": ((GOOD + BLOCK % ", outcomes: {won: sel}").encode(), "won"),
    "wrong_outcome_condition": ((GOOD + BLOCK % ", outcomes: {success: foo}").encode(), "foo"),
    "wrong_role": ((GOOD + BLOCK % ", actor: {adress: c-ip}").encode(), "adress"),
    "no_partner": ((GOOD + BLOCK % ", only_with: {rules: [x], minutes: 1}").encode(), "only_with"),
    "no_block": ((GOOD + "afterpatch: soon\n").encode(), "afterpatch"),
    "timeframe": (GOOD.replace("{sel:", "{timeframe: 5m, sel:").encode(), "timeframe"),
    "odd_detection": (GOOD.replace("{sel: {cs-uri-stem: /x}, condition: sel}", "[1]").encode(), ""),
    "deep": (GOOD.encode() + b"x: " + b"[" * 5000, ""),
}  # fmt: skip


def test_a_broken_rule_is_listed_with_its_reason_and_the_others_load(tmp_path: Path) -> None:
    (tmp_path / "a_good.yml").write_text(GOOD)
    (tmp_path / "z_good.yml").write_text(GOOD)
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a_good.yml").write_text(GOOD)  # of the same name
    for name, (data, _) in BROKEN.items():
        (tmp_path / f"{name}.yml").write_bytes(data)
    found = sigma.load([tmp_path], LISTS)
    assert [rule.name for rule in found.rules] == ["a_good", "sub/a_good", "z_good"]
    reasons = {problem.what: problem.why for problem in found.refused}
    assert reasons.keys() == {f"{name}.yml" for name in BROKEN}
    for name, (_, part) in BROKEN.items():
        assert part in reasons[f"{name}.yml"], reasons[f"{name}.yml"]
        assert reasons[f"{name}.yml"].isprintable()
    assert {problem.stage for problem in found.refused} == {"detect"}


def test_the_digest_is_that_of_all_files_and_of_their_names(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text(GOOD)
    first = sigma.load([tmp_path]).digest
    assert sigma.load([tmp_path]).digest == first
    (tmp_path / "a.yml").rename(tmp_path / "b.yml")
    assert sigma.load([tmp_path]).digest != first


SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5))
ODD = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["a", "a|re", "a|all", "condition", "|", ""]), inner, max_size=3
        ),
    ),
    max_leaves=6,
)


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(
    key=st.sampled_from(
        ["title", "id", "level", "status", "tags", "logsource", "detection", "references",
         "related", "date", "fields", "afterpatch", "falsepositives", "correlation", "filter"]
    ),
    value=ODD,
    below=st.sampled_from([None, "detection", "logsource", "afterpatch", "sel"]),
)  # fmt: skip
def test_no_shape_of_a_rule_stops_the_loader(key: str, value: object, below: str | None) -> None:
    rule = yaml.safe_load(GOOD + BLOCK % "")
    target = rule["detection"]["sel"] if below == "sel" else rule.get(below, rule)
    target[key] = value
    try:
        sigma.load_text(yaml.safe_dump(rule), "made", "made.yml", LISTS)
    except RuleError as error:
        assert str(error)
    data = yaml.safe_dump(rule).encode()
    found = sigma.compile_files([RuleFile("made.yml", own=False, data=data)], LISTS)
    assert len(found.rules) + len(found.refused) == 1
    for loaded in found.rules:  # what is loaded can be run
        predicate.compile_node(loaded.condition)(View({"a": "x"}))
        for encoding in ("w3c", "json", "evtx"):
            predicate.literals(loaded, loaded.sources[0], encoding)
