"""All words of the report stand in one file, each is used, and the template holds none."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest
from markupsafe import Markup

import afterpatch.outputs
from afterpatch import knowledge
from afterpatch.assess import load_rules
from afterpatch.model import Grade, Outcome, Severity
from afterpatch.outputs.catalog import count, say, texts, word

OUTPUTS = Path(afterpatch.outputs.__file__).parent
TEMPLATE = (OUTPUTS / "templates" / "report.html.j2").read_text("utf-8")
SOURCES = TEMPLATE + "".join(
    (OUTPUTS / name).read_text("utf-8") for name in ("html.py", "pictures.py", "sentences.py")
)


def test_the_template_holds_no_words_of_its_own() -> None:
    text = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", " ", TEMPLATE, flags=re.DOTALL)
    text = re.sub(r"<[^<>]*>", " ", text)
    assert re.findall(r"[A-Za-z]{2,}", text) == []


def test_every_text_is_used_and_every_use_has_a_text() -> None:
    known = texts()
    named = set(re.findall(r"[\"'](\w+\.\w+)[\"']", SOURCES)) & set(known)
    # Names that are made of a section and a word: t("grade." ~ name), word(f"story.{kind}").
    for section in re.findall(r"[\"'](\w+)\.(?:[\"'] ~|\{)", SOURCES):
        named |= {key for key in known if key.startswith(f"{section}.")}
    named |= {
        f"{section}.{name}"
        for section, listed in re.findall(r'heads\("(\w+)", \(([^)]*)\)', TEMPLATE)
        for name in re.findall(r'"(\w+)"', listed)
    }
    named |= {key for key in known if key.startswith(("count.", "findings."))}
    assert named - set(known) == set()
    assert set(known) - named == set()
    used = set(re.findall(r'\bt\("(\w+\.\w+)"', TEMPLATE))
    assert used - set(known) == set()


@pytest.mark.parametrize(
    ("section", "names"),
    [
        ("grade", get_args(Grade)),
        ("severity", get_args(Severity)),
        ("outcome", get_args(Outcome)),
        ("class", ("intruder", "scanner", "responder", "unknown")),
        ("exposure", ("exposed", "fixed", "mitigated", "unknown")),
        ("coverage", ("missing", "rotated", "truncated", "cleared")),
    ],
)
def test_every_value_of_a_closed_list_has_a_word(section: str, names: tuple[str, ...]) -> None:
    for name in names:
        assert word(f"{section}.{name}")


def test_values_are_defused_and_escaped_once() -> None:
    assert word("page.build", build="<b>\x1b") == "build <b>\\x1b"
    assert say("page.build", build="<b>\x1b") == Markup("build &lt;b&gt;\\x1b")
    assert say("page.build", build=Markup("<b>1</b>")) == Markup("build <b>1</b>")
    assert count("file", 1) == "1 file"
    assert count("file", 1200) == "1,200 files"
    with pytest.raises(KeyError):
        word("page.build", build="1", other="2")
    with pytest.raises(KeyError):
        word("page.build")
    with pytest.raises(KeyError):
        word("page.nothing")


def test_every_kind_of_door_has_a_way_out() -> None:
    kinds = {rule.backdoor for rule in load_rules().rules if rule.backdoor} | {"web shell"}
    assert kinds == set(knowledge.evictions())
