"""Which engine reads: with a parser where spaCy and a model are installed, else without."""

from __future__ import annotations

from functools import cache
from typing import Literal

from afterpatch.claims.grammar import dependency
from afterpatch.claims.grammar.phrases import Phrases
from afterpatch.claims.grammar.syntax import Syntax
from afterpatch.errors import UsageError

__all__ = ["Engine", "engine"]

Engine = Literal["auto", "parser", "plain"]


@cache
def engine(name: Engine = "auto") -> Syntax:
    """The engine by this name. Raises UsageError where the parser is asked for and not there."""
    model = dependency.model_name() if name != "plain" else None
    if model is not None:
        return dependency.Dependencies(model)
    if name == "parser":
        raise UsageError(
            "No parser is installed: run pip install 'afterpatch[claims]' and install an English "
            "spaCy model such as en_core_web_sm, or leave out --engine"
        )
    return Phrases()
