"""The documentation does not lag behind the code."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
import re
from pathlib import Path

import pytest

from headkb import load_catalog
from headkb.catalog.export import FORMATS
from headkb.catalog.rules import RULES
from headkb.cli import COMMANDS

ROOT = Path(__file__).parent.parent
DOCS = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "docs").glob("*.md")}


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_explained(command: str) -> None:
    """A command that the page of commands leaves out is unknown to readers."""
    assert f"`headkb {command} " in DOCS["commands.md"]


def test_every_export_format_is_named() -> None:
    """The page of commands lists what can be asked for."""
    assert all(form in DOCS["commands.md"] for form in FORMATS)


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_is_documented_with_a_bad_and_a_good_example(rule: str) -> None:
    """The docstring of a rule is its page: what, a file that breaks it, a file that keeps it."""
    text = RULES[rule].__doc__ or ""
    assert "\nBad" in text
    assert "\nGood" in text
    assert len(text.split("\n\n")) >= 3


def _yaml(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def test_every_tool_variant_is_explained() -> None:
    """The page of other tools names each variant that equals a tool's number."""
    told = DOCS["other-tools.md"]
    missing = [
        f"{record.id}: {name}"
        for record in load_catalog(ROOT / "catalog").scores.values()
        for name, variant in record.variants.items()
        if variant.tool
        if f"`{name}`" not in told
        and not all(f"{key}: {_yaml(value)}" in told for key, value in variant.parameters.items())
    ]
    assert missing == []


def test_names_of_the_package_in_docs_and_docstrings_resolve() -> None:
    """A name such as `headkb.tensors.Prompts` in backticks is a module or something in one, wherever it is written."""
    pytest.importorskip("torch")
    texts = {str(path): path.read_text(encoding="utf-8") for path in (ROOT / "headkb").rglob("*.py")} | DOCS
    pattern = r"`(headkb(?!\.(?:js|sqlite)\b)(?:\.\w+)+)"  # but for file names
    named = {(name, place) for place, text in texts.items() for name in re.findall(pattern, text)}
    assert named
    assert sorted((name, place) for name, place in named if not resolves(name)) == []
    assert not resolves("headkb.attention.mean_z")


def resolves(name: str) -> bool:
    """Whether a dotted name is a module, or can be reached from one by its attributes."""
    try:
        pkgutil.resolve_name(name)
    except (ImportError, AttributeError):
        return False
    return True


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
