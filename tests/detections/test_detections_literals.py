"""A rule's literals lie in every record that the rule can match."""

from __future__ import annotations

import re

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from afterpatch.detections.predicate import literals, lower, required_texts
from afterpatch.detections.rule import And, Node, Not, Or, Rule, Source, Test

EXPRESSIONS = [
    "abcd",
    "ab(?:cd|ef)gh",
    "ab(cd)?ef",
    "(?:abc|def)+",
    "(?:abc|def)*ghi",
    "(?:abc|)def",
    "(?:abcdef|ghijkl)",
    "(?:abcdef|ghijkl)m",
    "(?:abc(?:d|e)f|g)",
    "(?:ab|a[cd])ef",
    "a{3}bc",
    "(?:ab){0,2}cd",
    "(?:ab){2}cd",
    "abc|def|ghi",
    "[ab]cdef",
    "[^ab]cdef",
    "ab.*cd.+ef",
    r"ab\.cd\\ef",
    r"\bab\b",
    "^abc$",
    "(?i)AbC.?dEf",
    "(?i:abc)DEF",
    "(?s).abc",
    "(?x) ab c  # def",
    "(?P<n>ab)(?P=n)cd",
    "(a)?(?(1)bcd|efg)hij",
    "(?>abc)def",
    "abc++d",
    "(?!xyz)abc",
    "(?=abc)abcd",
    "(?<!x)abcd",
    "(?<=a)bcd",
    "",
    ".*",
    "(?:)",
]


@pytest.mark.parametrize("expression", EXPRESSIONS)
@settings(deadline=None, max_examples=40)
@given(data=st.data())
def test_the_texts_of_a_regular_expression_are_in_all_it_matches(
    expression: str, data: st.DataObject
) -> None:
    flags = data.draw(st.sampled_from([re.ASCII, re.ASCII | re.IGNORECASE, re.ASCII | re.DOTALL]))
    compiled = re.compile(expression, flags)
    if "(?<=" in expression:  # the strategy can't look behind
        text = "xabcdx"
    else:
        text = data.draw(st.from_regex(compiled, alphabet=st.characters(codec="utf-8")))
    assert compiled.search(text)
    alternatives = required_texts(expression, flags)
    assert not alternatives or any(
        all(lower(t) in lower(text) for t in texts) for texts in alternatives
    )


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("(?i)/.*Reset\\w*VirtualDirectory", [["/", "Reset", "VirtualDirectory"]]),
        ("(?:abcdef|ghijkl)m", [["abcdef"], ["ghijkl"]]),
        ("(?u:kelvin)", []),
        ("(?:abcd)?", []),
        ("([", []),
    ],
)
def test_texts_worth_having(expression: str, expected: list[list[str]]) -> None:
    assert required_texts(expression, 0) == expected


SOURCE = Source("x")


def found(node: Node, encoding: str, where: Node | None = None) -> set[str] | None:
    rule = Rule("r", "r", node, (Source("x", where),), "used", "low", "")
    texts = literals(rule, rule.sources[0], encoding)
    return None if texts is None else {wanted.text for wanted in texts}


def contains(text: str, *fields: str) -> Test:
    return Test(fields or ("a",), "wild", parts=(None, text, None))


@pytest.mark.parametrize(
    "text",
    [
        "4688", "-1000", "0x1f4a", "{0E2A6B3C-0000-0000-0000-000000000000}", "0e2a6b3c-00",
        "S-1-5-21-1-2-3-1105", "S-1-5", "-5-21-", "2021-03-01T06:21:10.100Z", "2021-03-01 06:",
        "true", "FALSE", "alse", "fals", "12.75", "1.5e-07", "deadbeef", "inf",
    ],
)  # fmt: skip
def test_what_an_event_log_stores_as_a_number_is_no_literal(text: str) -> None:
    assert found(contains(text), "evtx") is None
    assert found(Test((), "equals", text), "evtx") is None


@pytest.mark.parametrize("text", ["cmd.exe", "192.0.2.10", "S-1-x", "trues", "whoami", "C:\\x"])
def test_text_is_a_literal_in_an_event_log(text: str) -> None:
    assert found(contains(text), "evtx") == {text}


def test_what_stands_nowhere_in_the_bytes_is_no_literal() -> None:
    for field in ("Stock", "DirectoryClass", "PageName", "BackEnd", "Channel"):
        assert found(contains("something", field), "w3c") is None
    assert found(contains("46888", "EventID"), "evtx") is None
    assert found(contains("12345678"), "json") is None  # may be written 1.2345678e7
    assert found(contains('-Name "value" -Other', "Parameters"), "json") == {"value"}
    assert found(contains("-Name x", "Message", "Image"), "json") == {"Name"}


def test_the_literals_of_a_tree() -> None:
    long, short, none = contains("longer text"), contains("short"), contains("a")
    assert found(And((short, none)), "csv") == {"short"}
    assert found(And((short, long)), "csv") == {"longer text"}
    assert found(Or((short, long)), "csv") == {"short", "longer text"}
    assert found(Or((short, none)), "csv") is None
    assert found(Not(short), "csv") is None
    assert found(And((Not(short), long)), "csv") == {"longer text"}
    assert found(Or(()), "csv") is None
    assert found(And(()), "csv") is None
    assert found(none, "csv", where=long) == {"longer text"}
    assert found(long, "text") is None
    for op in ("cidr", "lt", "gte", "null", "exists", "field"):
        assert found(Test(("a",), op, "192.0.2.0/24"), "csv") is None  # type: ignore[arg-type]
