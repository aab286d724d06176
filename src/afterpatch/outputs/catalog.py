"""The words of the report, all in one file for each language: `texts/en.toml`.

What stands there is the page's own. Sentences of the answers (the verdict, why a question is open,
what to do) are data of the assessment, and rules bring their own explanations.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from markupsafe import Markup, escape

from afterpatch.outputs.text import visible

__all__ = ["count", "say", "texts", "word"]

VALUE_SHOWN = 4_000  # characters of a text that is put into a sentence


@cache
def texts() -> dict[str, str]:
    """Every text by its key, `section.name`, with `{places}` for values."""
    source = files("afterpatch.outputs").joinpath("texts", "en.toml").read_text("utf-8")
    return {
        f"{section}.{name}": text
        for section, named in tomllib.loads(source).items()
        for name, text in named.items()
    }


def word(key: str, /, **values: Any) -> str:
    """The text of that key as plain text, with the values in their places, defused.

    Raises KeyError for an unknown key, a place without a value, or a value without a place.
    """
    return _filled(key, values).format(**{name: _shown(value) for name, value in values.items()})


def say(key: str, /, **values: Any) -> Markup:
    """The same for a page: escaped, but for values that are markup already."""
    text = escape(_filled(key, values))
    return text.format(**{name: _shown(value) for name, value in values.items()})


def count(thing: str, number: int) -> str:
    """A number with its noun, from the keys `count.THING` and `count.THINGs`: `1 file`, `2 files`.

    A language with more forms than these two writes the number behind a colon.
    """
    return word(f"count.{thing}" if number == 1 else f"count.{thing}s", n=number)


def _filled(key: str, values: dict[str, Any]) -> str:
    text = texts()[key]
    for name in values:
        if f"{{{name}}}" not in text:
            raise KeyError(f"{key} has no place for {name}")
    return text


def _shown(value: Any) -> Any:
    if isinstance(value, str) and not isinstance(value, Markup):
        return visible(value, VALUE_SHOWN)
    return f"{value:,}" if isinstance(value, int) else value
