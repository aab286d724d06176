"""Parameters, callers and results of cmdlets, in the ways the four logs write them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from afterpatch.artifacts.cmdlet import account_class, dashed, describe, dotted
from afterpatch.artifacts.winevent import normalize
from afterpatch.model import Value


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("", []),
        ("nothing of the kind", []),
        ('-ResultSize "1"', [("ResultSize", "1")]),
        # Quotes in a value, doubled and as they are.
        ('-Name "say ""hi"" now" -B "x"', [("Name", 'say "hi" now'), ("B", "x")]),
        ('-Url "http://o/#<m a="b">" -Id "c d"', [("Url", 'http://o/#<m a="b">'), ("Id", "c d")]),
        ("-Identity 'A\\B (C)' -Url 'x'", [("Identity", "A\\B (C)"), ("Url", "x")]),
        ('-Force -Name "x"', [("Force", ""), ("Name", "x")]),
        ("-Confirm:$false -Size 5", [("Confirm", "$false"), ("Size", "5")]),
        ("-Members {a, b c} -X y", [("Members", "{a, b c}"), ("X", "y")]),
        ('-Rights ("FullAccess", "b")', [("Rights", '{"FullAccess", "b"}')]),
        ("-Filter \"(a -eq 'b') -and (c -gt 2)\"", [("Filter", "(a -eq 'b') -and (c -gt 2)")]),
        ('-Add @{Add="smtp:a@b"}', [("Add", '@{Add="smtp:a@b"}')]),
        ('-A "" -B', [("A", ""), ("B", "")]),
        # A quote that is never closed takes what stands before the next parameter.
        ('-A "x y -B z', [("A", "x y"), ("B", "z")]),
        ("{Identity=a, Url=http://b/?c=d}", [("Identity", "a"), ("Url", "http://b/?c=d")]),
    ],
)
def test_parameters_of_the_shells(text: str, pairs: list[tuple[str, str]]) -> None:
    assert dashed(text) == pairs


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("", []),
        ("ExternalUrl='https://a'.Identity='b'", [("ExternalUrl", "https://a"), ("Identity", "b")]),
        ("Url='http://o/#<m a='b'>'.Id='8'", [("Url", "http://o/#<m a='b'>"), ("Id", "8")]),
        ("Name='it''s'", [("Name", "it's")]),
        ("Size=5.Name='cut", [("Size", "5"), ("Name", "cut")]),
    ],
)
def test_parameters_of_the_control_panel(text: str, pairs: list[tuple[str, str]]) -> None:
    assert dotted(text) == pairs


def test_a_parameter_that_stands_twice_keeps_both_values_and_a_list_its_items() -> None:
    fields: dict[str, Value] = {}
    pairs = dashed('-User "a" -User "b" -Rights {c, "d"} -Empty ""')
    describe(fields, pairs, account="EXAMPLE\\MAIL01$", process="powershell", succeeded=False)
    assert fields == {
        "Param.user": ("a", "b"),
        "Param.rights": ("c", "d"),
        "Param.empty": "",
        "Account": "EXAMPLE\\MAIL01$",
        "AccountClass": "computer",
        "Process": "powershell",
        "Succeeded": "false",
    }


@pytest.mark.parametrize(
    ("account", "sid", "said"),
    [
        ("NT AUTHORITY\\SYSTEM (Microsoft.Exchange.ServiceHost)", "", "system"),
        ("AUTORITE NT\\Système", "", "system"),
        ("NT-AUTORITÄT\\SYSTEM", "", "system"),
        ("corp.example.org/Users/Whoever", "S-1-5-18", "system"),
        ("EXAMPLE\\MAIL01$", "", "computer"),
        ("MAIL01$@example.org", "", "computer"),
        ("corp.example.org/Admins/admin1", "S-1-5-21-1-2-3-500", "user"),
        ("EXAMPLE\\system-admin", "", "user"),
        ("", "", ""),
    ],
)
def test_who_ran_it(account: str, sid: str, said: str) -> None:
    assert account_class(account, sid) == said


@pytest.mark.parametrize(
    ("number", "more", "said"),
    [
        ("1", ("S-1-5-21-7", "S-1-5-21-7", "EMC", "8372 w3wp#MSExchangeECPAppPool"), "true"),
        ("6", ("S-1-5-21-7", "EMC", "8372 w3wp#MSExchangeECPAppPool"), "false"),
        ("4", ("S-1-5-21-7", "", "EMC", "8372 w3wp#MSExchangeECPAppPool"), None),
    ],
)
def test_the_strings_of_an_event_by_their_place(
    number: str, more: tuple[str, ...], said: str | None
) -> None:
    fields, _ = normalize(
        {"Channel": "MSExchange Management", "EventID": number},
        {},
        ("New-InboxRule", '-ForwardTo "box@example.net"', "corp.example.org/Users/Anna", *more),
    )
    assert fields["Param.forwardto"] == "box@example.net"
    assert (fields["Session"], fields["Process"]) == ("EMC", "w3wp#MSExchangeECPAppPool")
    assert fields.get("Succeeded") == said


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            ["-a", "-Bc", " ", '"', "'", "{", "}", "(", ")", ",", "=", ".d='", "x", ":"]
        )
    ).map("".join)
)
def test_every_word_of_a_value_stands_in_the_text(text: str) -> None:
    """Else a detection could match a record that the sweep passed over."""
    for name, value in (*dashed(text), *dotted(text)):
        assert name in text
        assert all(word in text for word in value.replace('"', " ").replace("'", " ").split())


def test_hostile_text_takes_time_in_proportion_to_its_length() -> None:
    for unit in ('-a "x ', "-a {", " " * 50 + '"', ".a='", "{a=", ", b="):
        text = unit * (200_000 // len(unit))
        assert len(dashed(text)) <= 256
        assert len(dotted(text)) <= 256
