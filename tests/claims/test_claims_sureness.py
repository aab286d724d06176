"""How sure a claim is, and of which kind an attribution: as its words tell, with either engine."""

from __future__ import annotations

import pytest
from claims_harness import claims_in

from afterpatch.claims.grammar import dependency
from afterpatch.claims.grammar.engine import Engine

ENGINES = [
    "plain",
    pytest.param(
        "parser",
        marks=pytest.mark.skipif(
            dependency.model_name() is None, reason="no spaCy with an English model"
        ),
    ),
]


@pytest.mark.parametrize("name", ENGINES)
@pytest.mark.parametrize(
    ("text", "confidence", "hedge"),
    [
        ("It is not likely that Russia was behind the attack, ESET said.", "reported",
         ["not likely"]),
        ("ESET said Sandworm was unlikely to be behind the attack.", "reported", ["unlikely"]),
        ("The agency cannot rule out that Russia was behind the attack.", "reported",
         ["cannot rule out"]),
        ("The agency has not ruled out that Turla stole the files.", "reported",
         ["has not ruled out"]),
        ("The ministry does not believe that Russia was behind the attack.", "reported",
         ["does not believe"]),
        ("The ministry doubts that Russia was behind the attack.", "reported", ["doubts"]),
        ("The ministry ruled out that Russia was behind the attack.", "reported", ["ruled out"]),
        ("There is no doubt that Russia was behind the attack, the ministry said.", "asserted", []),
        ("Poland has no doubt that Russia was behind the attack.", "asserted", []),
        ("It is likely that Russia was behind the attack, the ministry said.", "likely",
         ["likely"]),
        ("The ministry believes that Russia was behind the attack.", "believed", ["believes"]),
        ("ESET is confident that Turla stole the files.", "confident", ["is confident"]),
    ],
)  # fmt: skip
def test_sureness(text: str, confidence: str, hedge: list[str], name: Engine) -> None:
    (claim,) = claims_in(text, name)
    assert (claim.confidence, [h.text for h in claim.hedge]) == (confidence, hedge)


@pytest.mark.parametrize("name", ENGINES)
@pytest.mark.parametrize(
    ("text", "stance", "kind"),
    [
        ("Lithuania accused Belarus of the attack.", "accuses", "official policy"),
        ("ESET attributed the attack to Turla.", "attributes", "technical"),
        ("The FBI said the attack was the work of Lazarus.", "attributes", "official policy"),
        ("Officials said the attack was the work of Lazarus.", "attributes", "unofficial policy"),
        ("Prosecutors charged two Russian officers with the attack.", "accuses", "legal"),
        ("Belarus denied the accusation.", "denies", None),
        ("The Kremlin rejected the charge.", "denies", None),
        ("Officials denied that Russia was behind the attack.", "denies", None),
        ("The FBI demanded that Russia hand over the hackers.", "demands", None),
    ],
)
def test_a_denial_is_of_no_kind_of_attribution(
    text: str, stance: str, kind: str | None, name: Engine
) -> None:
    (claim,) = claims_in(text, name)
    assert (claim.stance, claim.attribution) == (stance, kind)
