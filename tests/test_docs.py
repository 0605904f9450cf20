"""The documentation does not lag behind the code."""

from __future__ import annotations

import doctest
import importlib
import re
from pathlib import Path

import pytest

from headkb.catalog.export import FORMATS
from headkb.catalog.rules import RULES
from headkb.catalog.schema import KINDS
from headkb.cli import COMMANDS

ROOT = Path(__file__).parent.parent
DOCS = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "docs").glob("*.md")}


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_explained(command: str) -> None:
    """A command that the page of commands leaves out is unknown to readers."""
    assert f"`headkb {command} " in DOCS["commands.md"]


def test_every_kind_and_export_format_is_named() -> None:
    """The page of commands lists what can be asked for."""
    assert all(kind in DOCS["commands.md"] for kind in KINDS)
    assert all(form in DOCS["commands.md"] for form in FORMATS)


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_is_documented_with_a_bad_and_a_good_example(rule: str) -> None:
    """The docstring of a rule is its page: what, a file that breaks it, a file that keeps it."""
    text = RULES[rule].__doc__ or ""
    assert "\nBad" in text
    assert "\nGood" in text
    assert len(text.split("\n\n")) >= 3


def test_every_tool_variant_is_explained() -> None:
    """The page of other tools names each variant that equals a number of a repository or a published table."""
    scores = pytest.importorskip("headkb.scores").SCORES
    told = DOCS["other-tools.md"]
    places = ("position-to-position", "paired-positions")  # their variants name places of a paper, not another formula
    missing = [
        f"{score.id}: {name}"
        for score in scores.values()
        if score.id not in places
        for name, variant in score.variants.items()
        if f"`{name}`" not in told and not all(f"{key}: {value}" in told for key, value in variant.parameters.items())
    ]
    assert missing == []


def test_the_page_of_the_engine_names_every_module() -> None:
    """Whoever plans an afternoon with the code finds each module of the engine and the sweeps in the table."""
    rows = re.findall(r"\| `(\w+\.\w+)` \|", DOCS["engine.md"])
    modules = {
        f"{path.parent.name}.{path.stem}"
        for part in ("attention", "sweeps")
        for path in (ROOT / "headkb" / part).glob("[!_]*.py")
    }
    assert set(rows) == modules


def test_the_readme_names_the_two_commands_that_set_everything_up() -> None:
    """`make` and `make test` are what continuous integration calls."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert "make          #" in readme
    assert "make test     #" in readme
    assert "\nall: " in makefile
    assert "\ntest: " in makefile


EXAMPLES = [
    path.relative_to(ROOT)
    for package in ("headkb", "organisms")
    for path in sorted((ROOT / package).rglob("*.py"))
    if ">>>" in path.read_text(encoding="utf-8")
]


@pytest.mark.parametrize("path", EXAMPLES, ids=str)
def test_examples_in_docstrings_run(path: Path) -> None:
    """What a docstring shows is what happens."""
    torch = pytest.importorskip("torch")
    module = importlib.import_module(".".join(path.with_suffix("").parts).removesuffix(".__init__"))
    results = doctest.testmod(module, extraglobs={"torch": torch})
    assert results.attempted > 0
    assert results.failed == 0
