"""The documentation does not lag behind the code."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from headkb import load_catalog
from headkb.catalog import code
from headkb.catalog.export import FORMATS
from headkb.catalog.kinds import KINDS
from headkb.catalog.rules import RULES
from headkb.cli import COMMANDS, main

ROOT = Path(__file__).parent.parent
DOCS = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "docs").glob("*.md")}


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_explained(command: str) -> None:
    """A command that the page of commands leaves out is unknown to readers."""
    assert f"`headkb {command} " in DOCS["commands.md"]


def test_every_option_is_explained() -> None:
    """The page of commands has each option that any command takes, and no other."""
    commands = [main, *(importlib.import_module(module).command for module, _ in COMMANDS.values())]
    options = {
        name
        for command in commands
        for option in command.params
        for name in (*option.opts, *option.secondary_opts)
        if name[:2] == "--"
    }
    page = set(re.findall(r"--[a-z]+(?:-[a-z]+)*", DOCS["commands.md"].split("---", 2)[2]))
    assert page == options | {"--version", "--help"}


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
    page = DOCS["other-tools.md"]
    missing = [
        f"{record.id}: {name}"
        for record in load_catalog(ROOT / "catalog").scores.values()
        for name, variant in record.variants.items()
        if variant.tool
        if f"`{name}`" not in page
        and not all(f"{key}: {_yaml(value)}" in page for key, value in variant.parameters.items())
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
    """`make` and `make test` are what continuous integration calls, and both are there without make."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert "make          #" in readme
    assert "make test     #" in readme
    assert "python -m headkb.dev" in readme
    assert "\nall:\n" in makefile
    assert " test " in makefile


EXAMPLES = [
    path.relative_to(ROOT)
    for package in ("headkb", "organisms")
    for path in sorted((ROOT / package).rglob("*.py"))
    if re.search(r"^ *>>> ", path.read_text(encoding="utf-8"), re.MULTILINE)
]


@pytest.mark.parametrize("path", EXAMPLES, ids=str)
def test_examples_in_docstrings_run(path: Path) -> None:
    """What a docstring shows is what happens."""
    torch = pytest.importorskip("torch")
    module = importlib.import_module(".".join(path.with_suffix("").parts).removesuffix(".__init__"))
    results = doctest.testmod(module, extraglobs={"torch": torch})
    assert results.attempted > 0
    assert results.failed == 0


PAGES = sorted([*(ROOT / "docs").rglob("*.md"), *ROOT.glob("*.md")])
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
MAINTAINING = (ROOT / "docs" / "maintaining.md").read_text(encoding="utf-8")


def prose(page: Path) -> Iterator[tuple[int, str]]:
    """Lines by number, without code, tables, addresses of images, and what `tools/ioi_walkthrough.py` writes."""
    apart = ""
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), start=1):
        if apart:
            apart = "" if line.lstrip().startswith(apart) else apart
        elif line.lstrip().startswith("```"):
            apart = "```"
        elif line.startswith("<!-- measured"):
            apart = "<!-- end"
        elif not line.startswith(("|", "![")):
            yield number, line


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_prose_is_wrapped_at_120_characters(page: Path) -> None:
    """A diff of a page shows the sentence that changed."""
    assert [f"{page.name}:{number}" for number, line in prose(page) if len(line) > 120 and "://" not in line] == []


def test_there_is_one_text_for_contributors() -> None:
    """The site's page is the file that GitHub shows, and nothing else."""
    _, _, body = DOCS["contribute.md"].removeprefix("---\n").partition("\n---\n")
    assert body.strip() == '--8<-- "CONTRIBUTING.md"'


def test_who_adds_a_record_reads_nothing_of_code() -> None:
    """The two guides have no heading in common, each leads to the other, and variables and workflows stand in one alone."""
    mine, theirs = (set(re.findall(r"^##+ (.+)$", text, re.MULTILINE)) for text in (CONTRIBUTING, MAINTAINING))
    assert {"Add a record", "Fill in a form", "Fix a fact", "The kinds", "Record a run"} <= mine
    assert {"Add a score", "Add a kind of record", "Tests and checks", "Workflows and releases"} <= theirs
    assert mine & theirs == set()
    assert re.findall(r"HEADKB_[A-Z]+|`[a-z-]+\.yml`|make (?:test|check|lock)", CONTRIBUTING) == []
    assert "(https://headkb.github.io/headkb/maintaining/)" in CONTRIBUTING
    assert "(contribute.md)" in MAINTAINING


def test_contributors_are_told_every_place_where_something_is_added() -> None:
    """Each folder of records, each whose functions a decorator registers, and each with one module per rule or command."""
    entries = [*code.scores().values(), *code.generators().values()]
    places = {f"headkb/{Path(entry.file).parent.as_posix()}/" for entry in entries}
    places |= {
        "headkb/prompts/data/",
        "headkb/catalog/rules/",
        "headkb/catalog/schema/",
        "headkb/cli/",
        "headkb/exact/",
        "organisms/",
    }
    assert places >= {"headkb/scores/", "headkb/methods/", "headkb/prompts/"}
    assert sorted(place for place in places if not (ROOT / place).is_dir() or f"`{place}`" not in MAINTAINING) == []
    assert [kind for kind in KINDS if f"`{kind}/`" not in CONTRIBUTING] == []


def test_every_promise_names_what_holds_it() -> None:
    """Each row of the promises names files of tests, and each of them is there."""
    rows = [line for line in (ROOT / "SECURITY.md").read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    assert len(rows) >= 9
    for row in rows[2:]:
        files = re.findall(r"`((?:tests|tools)/[\w./]+)`", row.split("|")[3])
        assert files, row
        assert [name for name in files if not (ROOT / name).is_file()] == []


def test_every_variable_is_documented() -> None:
    """What lies outside the repository is reached through variables, and the maintainers' page says what each names."""
    files = [
        path for part in ("headkb", "tests", "tools", ".ci") for path in (ROOT / part).rglob("*") if path.is_file()
    ]
    texts = [path.read_text(encoding="utf-8") for path in files if path.suffix in (".py", ".sh") or path.name == "run"]
    variables = {name for text in texts for name in re.findall(r"\bHEADKB_[A-Z]+\b", text)}
    assert variables >= {"HEADKB_CHECKS", "HEADKB_FIXTURES", "HEADKB_MODELS"}
    assert sorted(name for name in variables if f"| `{name}` |" not in MAINTAINING) == []
