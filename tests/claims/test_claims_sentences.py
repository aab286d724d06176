"""Each annotated sentence gives its records and no others, with either engine."""

from __future__ import annotations

import pytest
from claims_harness import Example, claims_in, examples, problems

from afterpatch.claims import dependency
from afterpatch.claims.engine import Engine

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


def test_a_negative_is_no_accident_of_length() -> None:
    # The same words state something once the condition is taken away.
    assert claims_in("Russia ordered the attack on the alliance.")
    assert not claims_in("If Russia had ordered the attack, the alliance would have answered.")
