"""Whom the later sentences of a page mean by a pronoun, a noun or a surname."""

from __future__ import annotations

import pytest
from claims_harness import claims_in

from afterpatch.claims.grammar import dependency
from afterpatch.claims.grammar.engine import Engine

Told = tuple[str, str, str | None]
ENGINES: list[object] = [
    "plain",
    pytest.param(
        "parser",
        marks=pytest.mark.skipif(
            dependency.model_name() is None, reason="no spaCy with an English model"
        ),
    ),
]

# A text, and speaker, type and government of its last claim.
LAST: list[tuple[str, Told]] = [
    # ---- somebody new, of the body that was named last
    (
        "Finland accused Russia of the attack, Interior Minister Anna Example said. The Russian "
        "embassy called the accusation absurd. A spokesman said that Moscow had no interest in "
        "Finnish files.",
        ("spokesman of embassy (RU)", "official", "RU"),
    ),
    (
        "Vodafone said the attack had hit its mail. A spokeswoman said that no data had been lost.",
        ("Vodafone", "organization", None),
    ),
    (
        "China's foreign ministry condemned the raid. Its spokesman, Ben Example, said the charge "
        "was a lie.",
        ("Ben Example", "official", "CN"),
    ),
    (
        "The Iranian foreign ministry rejected the charge. A ministry spokesman said that Iran "
        "had hacked nobody.",
        ("ministry spokesman", "official", "IR"),
    ),
    # ---- people who were introduced without a word of theirs
    (
        "Chinese Foreign Ministry spokesperson Anna Example was asked about the raid. Example "
        "said that the United States had hacked the university.",
        ("Anna Example", "official", "CN"),
    ),
    (
        "Reporters met Finnish minister Anna Example in the hall. She said that Russia had "
        "hacked the port.",
        ("Anna Example", "official", "FI"),
    ),
    (
        "Dr Anna Example of the old college doubts it. She said that one man had done "
        "it all.",
        ("Anna Example", "person", None),
    ),
    (
        "Prime Minister Anna Example said the attack had failed. Russia attacked the port, "
        "Estonian Prime Minister Anna Example said.",
        ("Anna Example", "official", "EE"),
    ),
    # ---- bodies by their noun
    (
        "The Northern Polytechnical University was hacked in June. The university said that "
        "mail had been stolen.",
        ("Northern Polytechnical University", "organization", None),
    ),
    (
        "The Electoral Commission ran an old server. The attackers stole the register, the "
        "commission said.",
        ("Electoral Commission", "government-agency", None),
    ),
    (
        "Germany summoned the Russian ambassador. The FBI said that Russia had hacked the port. "
        "The Russian embassy in Berlin stayed shut. The embassy said the charge was a "
        "lie.",
        ("embassy in Berlin (RU)", "government-agency", "RU"),
    ),
    (
        "The FBI said that Russia had hacked the port. The embassy said that the charge was a lie.",
        ("embassy", "government-agency", None),
    ),
    (
        "Vodafone said the attack had failed. The London-based company said that mail was safe.",
        ("Vodafone", "company", None),
    ),
    # ---- the government: one that speaks, never one that is only spoken of
    (
        "China hacked the register, MPs were told. The Government will say that Chinese spies were "
        "behind the theft, an aide said. The Government said that the theft was grave.",
        ("Government", "government", None),
    ),
    (
        "Russia hacked the port. Norway was hit again, the government said.",
        ("Norway", "government", "NO"),
    ),
    (
        "The US said that spies were here. Norway is sending a team, the government said.",
        ("Norway", "government", "NO"),
    ),
    (
        "Spies were here. Russia hacked the port, the government said.",
        ("government", "government", None),
    ),
    # ---- an office by its owner
    (
        "Russia attacked the chamber in Peru, the chamber said. Its president, Anna Example, said "
        "that Russia had hacked the files.",
        ("Anna Example", "official", None),
    ),
    (
        "Edi Example, the Albanian prime minister, spoke at noon. Mr Example said that Iran had "
        "hacked the ministry.",
        ("Edi Example", "official", "AL"),
    ),
    (
        "Polish Interior Minister Anna Example spoke at noon. The talk was long. Anna Example said "
        "that Iran had hacked the port.",
        ("Anna Example", "official", "PL"),
    ),
    (
        "The Australian Federal Police searched a house. The AFP said that Russia had hacked the "
        "clinic.",
        ("Australian Federal Police (AU)", "government-agency", "AU"),
    ),
    (
        "The city of Turku was hit. The city said that a gang had hacked the school.",
        ("city of Turku", "government-agency", None),
    ),
    # ---- firms
    (
        "Northwall, a Finnish maker of pumps, was hit. Northwall said that a gang had stolen mail.",
        ("Northwall", "company", None),
    ),
    (
        "Northwall fixed it in May, and a company spokesman said that a gang had stolen mail.",
        ("Northwall", "organization", None),
    ),
    (
        "A Northwall spokeswoman said that a gang had stolen mail.",
        ("Northwall", "organization", None),
    ),
    (
        "The CISA and the FBI said that Russia had hacked the port. The agencies said that the "
        "gang was after money.",
        ("agencies", "government-group", "US"),
    ),
    (
        "A senior State Department official said that Russia had hacked the port.",
        ("senior State Department official (anonymous)", "anonymous", "US"),
    ),
    (
        "Northern Lights has said that its servers were hacked by a gang.",
        ("Northern Lights", "organization", None),
    ),
    (
        "Northern Union organizer Anna Example said that a gang had hacked the clinic.",
        ("Anna Example", "person", None),
    ),
    (
        "In May the agencies of Norway and Sweden published a study. They said that a gang had "
        "hacked the port.",
        ("They", "other", None),
    ),
    (
        "Poland was hacked by Minsk, whose spokesman denied the attack.",
        ("spokesman", "official", "BY"),
    ),
    (
        "A Northern Police spokeswoman said that a gang had hacked the clinic.",
        ("Northern Police spokeswoman", "official", None),
    ),
    # ---- people and their firms
    (
        "Anna Example of the security firm Northwall said that China had hacked the port.",
        ("Anna Example", "person", None),
    ),
    (
        "Researchers at Northwall said that China had hacked the port.",
        ("Northwall", "organization", None),
    ),
    (
        "The backup company Northwall said that China had hacked the port.",
        ("Northwall", "company", None),
    ),
    (
        "Turku-based Northwall said that China had hacked the port.",
        ("Northwall", "organization", None),
    ),
    ("Northwall itself said that China had hacked it.", ("Northwall", "organization", None)),
    (
        "The Foreign Office in Berlin said that Russia had hacked the port.",
        ("Foreign Office (DE)", "government-agency", "DE"),
    ),
    (
        "The Dutch Foreign Office said that Russia had hacked the port.",
        ("Foreign Office (NL)", "government-agency", "NL"),
    ),
    ("The police said that Russia had hacked the port.", ("police", "government-agency", None)),
    # ---- one is not several
    (
        "Its experts were in Oslo for weeks, and they concluded that Russia had hacked the port.",
        ("Its experts (anonymous)", "anonymous", None),
    ),
    (
        "The gang hit a port, a foothold prosecutors say gave Russia a way in.",
        ("prosecutors (anonymous)", "anonymous", None),
    ),
    (
        "Analysts said that Russia had hacked the port. They said the gang was after money.",
        ("Analysts (anonymous)", "anonymous", None),
    ),
    (
        "Two officials said that Russia had hacked the port. He said the gang was after money.",
        ("He", "other", None),
    ),
    # ---- documents
    (
        "The gang rented servers, according to an indictment unsealed in federal court in Boston.",
        ("indictment unsealed in federal court in Boston", "document", None),
    ),
]  # fmt: skip


@pytest.mark.parametrize("name", ENGINES)
@pytest.mark.parametrize(("text", "expected"), LAST, ids=lambda v: str(v)[-40:])
def test_the_last_speaker(text: str, expected: Told, name: Engine) -> None:
    speaker = claims_in(text, name)[-1].speaker
    assert (speaker.norm, speaker.type, speaker.government) == expected


@pytest.mark.parametrize("name", ENGINES)
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "The Polish Cyber Centre (PCC), the United States National Security Agency, the "
            "Canadian Centre for Cyber Security and the Japanese National Police Agency said that "
            "Russia had hacked the port.",
            ["PL", "US", "CA", "JP"],
        ),
        (
            "The gang also hit ports, according to a joint report signed by Norway, Sweden and "
            "Denmark.",
            ["NO", "SE", "DK"],
        ),
        ("According to Norway, Sweden and Denmark were hit by the gang.", ["NO"]),
        ("The gang also hit ports, according to Anna Example, CEO and founder.", [None]),
    ],
    ids=lambda v: str(v)[-30:],
)
def test_a_list_is_whole(text: str, expected: list[str | None], name: Engine) -> None:
    assert [claim.speaker.government for claim in claims_in(text, name)] == expected
