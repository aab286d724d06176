"""Each annotated sentence gives its records and no others, with either engine."""

from __future__ import annotations

import random

import pytest
from claims_harness import Example, claims_in, examples, problems

from afterpatch.claims.grammar import dependency
from afterpatch.claims.grammar.engine import Engine

EXAMPLES = examples()
needs_parser = pytest.mark.skipif(
    dependency.model_name() is None, reason="no spaCy with an English model"
)


def test_there_are_enough_sentences_and_many_give_nothing() -> None:
    assert len(EXAMPLES) >= 150
    assert sum(not example.expected for example in EXAMPLES) >= 30
    assert len({example.text for example in EXAMPLES}) == len(EXAMPLES)


def _check(example: Example, name: Engine) -> None:
    told = problems(example, name)
    if name in example.missed_by:
        assert told, "it is read well now: take the mark away"
    else:
        assert not told


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda e: e.text[:60])
def test_without_a_parser(example: Example) -> None:
    _check(example, "plain")


@needs_parser
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda e: e.text[:60])
def test_with_the_parser(example: Example) -> None:
    _check(example, "parser")


# What grammars trip over when it stands where nobody expects it.
_ODD = (
    "joined", "not only", "blame", "“", '"', ",", "that", "as", "—", "so", "concern", "unable to",
    "by", "quoted", "confident that", "(", "''", "see", "neither", "spoke of", "is alleged that",
)  # fmt: skip


_LAST = ("warned", "pointed", "says", "suspects", "claimed", "put")


@pytest.mark.parametrize("name", ["plain", pytest.param("parser", marks=needs_parser)])
def test_sentences_that_break_off(name: Engine) -> None:
    draw = random.Random(5)
    texts = [example.text for example in EXAMPLES]
    broken = [text[: draw.randrange(1, len(text))] for text in texts]
    broken += [" ".join(text.split()[: draw.randrange(1, 12)]) for text in texts]
    for text in texts:
        words, other = text.split(), draw.choice(texts).split()
        at = draw.randrange(len(words) + 1)
        broken.append(" ".join([*words[:at], draw.choice(_ODD), *other[len(other) // 2 :]]))
    broken += [f"{text.rstrip('.')}, the ministry {draw.choice(_LAST)}" for text in texts]
    for text in broken if name == "plain" else broken[::5]:
        for claim in claims_in(text, name):
            assert claim.speaker.norm
            for part in (claim.span, claim.content, claim.actor, claim.speaker.relay_span):
                assert part is None or text[part.start : part.end] == part.text != ""


@pytest.mark.parametrize("name", ["plain", pytest.param("parser", marks=needs_parser)])
@pytest.mark.parametrize(
    "text",
    [
        "Hundreds of servers were still open in March, the BSI warned",
        "It suspects China, the ministry says",
    ],
)
def test_a_headline_needs_no_full_stop(text: str, name: Engine) -> None:
    def told(page: str) -> list[tuple[str, str]]:
        return [(claim.speaker.norm, claim.stance) for claim in claims_in(page, name)]

    assert told(text) == told(f"{text}.") != []


def test_a_negative_is_no_accident_of_length() -> None:
    # The same words state something once the condition is taken away.
    assert claims_in("Russia ordered the attack on the alliance.")
    assert not claims_in("If Russia had ordered the attack, the alliance would have answered.")
