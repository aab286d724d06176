"""The README tells the truth about the program: its commands, files, exit codes and options."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
import typer

from afterpatch.cli import app
from afterpatch.model import Grade
from afterpatch.outputs import dossier, manifest

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


def _walk(command: Any, name: str) -> Iterator[tuple[str, Any]]:
    children = getattr(command, "commands", {})
    if not children:
        yield name, command
    for child, of_child in children.items():
        yield from _walk(of_child, f"{name} {child}")


COMMANDS = dict(_walk(typer.main.get_command(app), "afterpatch"))


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_is_documented_and_has_help(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert f"| `{name}" in README
    with pytest.raises(SystemExit) as ended:
        app([*name.split()[1:], "--help"], prog_name="afterpatch")
    said = capsys.readouterr().out
    assert not ended.value.code
    # After the line of usage comes a sentence.
    assert re.search(r"^Usage: .*\n\n  [A-Z][^.]*\.", said)
    for option in COMMANDS[name].params:
        assert getattr(option, "help", None), f"{name}: {option.name} has no help"


def test_no_command_is_promised_that_is_not_there() -> None:
    for text in (README, CONTRIBUTING):
        for words in re.findall(r"afterpatch ((?:[a-z]+ ?){1,2})", "\n".join(_code(text))):
            said = words.split()
            known = [" ".join(["afterpatch", *said[:n]]) for n in (1, 2)]
            assert set(known) & COMMANDS.keys(), f"no command `afterpatch {words}`"


def _code(text: str) -> list[str]:
    """The code of a page of Markdown that calls the program: blocks and spans."""
    blocks = re.findall(r"^```console\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    spans = re.findall(r"`(afterpatch [^`\n]*)`", text)
    lines = [line.split("#")[0] for block in blocks for line in block.splitlines()]
    return [*spans, *(line for line in lines if "/afterpatch" not in line)]


def test_options_in_the_readme_exist() -> None:
    known = {o for c in COMMANDS.values() for p in c.params for o in [*p.opts, *p.secondary_opts]}
    spans = re.findall(r"`(--?[a-z][a-z-]*)", README)
    assert set(spans) - known <= {"--help"}
    assert {"--since", "--until", "--sigma", "--jobs", "--json", "-q", "--no-color"} <= set(spans)


def test_files_of_a_dossier() -> None:
    table = README.split("### What you get")[1].split("###")[0]
    named = re.findall(r"^\| `([a-z.]+)` \|", table, re.MULTILINE)
    assert sorted(named) == sorted([*(form.name for form in dossier.FORMATS), manifest.NAME])


def test_every_rung_of_the_ladder_with_its_exit_code() -> None:
    from afterpatch.assess import _EXIT_CODES

    table = README.split("### The ladder")[1].split("###")[0]
    rows = dict(re.findall(r"^\| `([a-z ]+)` \|.*\| (\d+)[^|]*\|$", table, re.MULTILINE))
    assert rows.keys() == set(get_args(Grade))
    for grade, code in _EXIT_CODES.items():
        assert rows[grade] == str(code)
    assert "no evidence" not in _EXIT_CODES
    assert rows["no evidence"] == "0"


def test_words_that_are_never_printed() -> None:
    outputs = (ROOT / "src" / "afterpatch" / "outputs").rglob("*")
    sources = [p for p in sorted(outputs) if p.suffix in (".py", ".html", ".jinja", ".j2")]
    for text in (README, CONTRIBUTING, *(p.read_text(encoding="utf-8") for p in sources)):
        assert not re.search(r"\bnothing suspicious\b|\bis (?:clean|safe)\b", text, re.IGNORECASE)


def test_recipes_have_at_most_eight_steps() -> None:
    recipes = CONTRIBUTING.split("## Recipes")[1].split("\n## ")[0].split("\n### ")[1:]
    titles = [recipe.splitlines()[0].split()[1] for recipe in recipes]
    assert titles == ["artifact", "detection", "fact", "output", "report", "sign", "engine"]
    for recipe in recipes:
        assert 1 <= len(re.findall(r"^\d+\. ", recipe, re.MULTILINE)) <= 8


def test_files_named_in_contributing_exist() -> None:
    source = ROOT / "src" / "afterpatch"
    for name in re.findall(r"`([a-z_/.]+\.(?:py|toml|csv|md))`", CONTRIBUTING):
        places = [ROOT / name, source / name, *source.rglob(name), *ROOT.glob(f"tests/**/{name}")]
        assert any(place.exists() for place in places), name
