"""What Tab offers in bash, zsh and fish."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.shell_completion import ShellComplete, get_completion_class

from headkb.catalog.kinds import KINDS
from headkb.catalog.load import load
from headkb.cli import COMMANDS, main
from headkb.cli.completion import OFFERS, generators

TOY = Path(__file__).parent.parent / "data" / "catalog"
CATALOG = load(TOY)[0]


def offered(*typed: str, catalog: Path = TOY) -> list[str]:
    """What is offered for the last word of a command line."""
    *words, incomplete = typed
    shell = ShellComplete(main, {}, "headkb", "_HEADKB_COMPLETE")
    return [item.value for item in shell.get_completions(["--catalog", str(catalog), *words], incomplete)]


def test_commands_and_kinds() -> None:
    """By their beginning."""
    assert offered("re") == ["reproduce", "render"]
    for command in ("list", "show", "new"):
        assert offered(command, "") == list(KINDS)
    assert offered("list", "gl") == ["glossary"]


@pytest.mark.parametrize("kind", KINDS)
def test_ids_of_a_kind(kind: str) -> None:
    """After `show KIND`, all of them; of claims the single ones as well."""
    singles = sorted(CATALOG.statements) if kind == "claims" else []
    assert offered("show", kind, "") == [*sorted(CATALOG.of(kind)), *singles]  # type: ignore[arg-type]


def test_ids_are_told_with_their_names() -> None:
    """Shells that show a word beside a completion show the record's name."""
    shell = ShellComplete(main, {}, "headkb", "_HEADKB_COMPLETE")
    (item,) = shell.get_completions(["--catalog", str(TOY), "show", "heads"], "spark")
    assert (item.value, item.help) == ("sparkle", "Sparkle Head")


@pytest.mark.parametrize(
    "typed",
    [("whois",), ("model",), ("pattern",), ("atlas",), ("score", "--model"), ("reproduce", "--model")],
    ids=" ".join,
)
def test_models(typed: tuple[str, ...]) -> None:
    """Wherever a model is named: those of the catalog, else files, which the shell knows."""
    assert set(offered(*typed, "")) >= set(CATALOG.models)
    shell = ShellComplete(main, {}, "headkb", "_HEADKB_COMPLETE")
    (item,) = shell.get_completions(["--catalog", str(TOY), *typed], "./mod")
    assert (item.type, item.value) == ("file", "./mod")


def test_scores_variants_and_what_can_be_rerun() -> None:
    """Scores of the catalog that is named, a score's variants, head types, runs and claims."""
    assert offered("score", "") == sorted(CATALOG.scores)
    (score,) = CATALOG.scores.values()
    assert offered("score", score.id, "--variant", "") == sorted(score.variants)
    assert set(offered("reproduce", "")) == {*CATALOG.heads, *CATALOG.runs, *CATALOG.claims, *CATALOG.statements}
    assert offered("reproduce", "moss-1999-sparkle/small-s") == ["moss-1999-sparkle/small-sparkle"]


def test_generators_are_those_that_are_registered() -> None:
    """Read off the source, since importing them needs torch."""
    pytest.importorskip("torch")
    from headkb.prompts import GENERATORS

    assert [name for name, _ in generators()] == sorted(name for name in GENERATORS if ":" not in name)
    assert "repeated-random-tokens" in offered("score", "--generator", "repeated")


def test_choices_and_options_are_clicks_own() -> None:
    """Export formats, forms of findings, names of options."""
    assert offered("export", "sq") == ["sqlite"]
    assert offered("validate", "--format", "s") == ["sarif"]
    assert "--strict" in offered("validate", "--s")
    assert offered("validate", "--explain", "orph") == ["orphan-head"]
    assert offered("validate", "--explain", "unfil") == ["unfilled"]


def test_every_offer_is_a_parameter_of_some_command() -> None:
    """A renamed option would lose its completion unseen; the score may be one or several."""
    ctx = click.Context(main)
    names = set()
    for name in COMMANDS:
        command = main.get_command(ctx, name)
        names |= {form for parameter in command.params for form in (parameter.name, f"{name}.{parameter.name}")}
    assert {"score", "scores"} & names
    assert OFFERS.keys() - names <= {"score", "scores"}


def test_nothing_is_offered_and_nothing_said_where_there_is_no_catalog(tmp_path: Path, capfd) -> None:
    """Tab never complains."""
    assert offered("show", "heads", "", catalog=tmp_path / "gone") == []
    assert offered("show", "nonsense", "") == []
    assert capfd.readouterr() == ("", "")


def test_a_broken_file_is_not_warned_of(toy_copy: Path, capfd) -> None:
    """The other ids are offered."""
    (toy_copy / "heads" / "bad.yaml").write_text("name: [\n")
    assert offered("show", "heads", "", catalog=toy_copy) == ["sparkle", "twinkle"]
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_is_served(shell: str) -> None:
    """The script that is sourced, and the answer in the form of that shell."""
    assert get_completion_class(shell) is not None
    command = [sys.executable, "-c", "from headkb.cli import main; main(prog_name='headkb')"]
    environment = {**os.environ, "_HEADKB_COMPLETE": f"{shell}_complete", "HEADKB_CATALOG": str(TOY)}
    environment |= {"COMP_WORDS": "headkb show heads spar", "COMP_CWORD": "spar" if shell == "fish" else "3"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    form = {"bash": "plain,sparkle\n", "zsh": "plain\nsparkle\nSparkle Head\n", "fish": "plain,sparkle\tSparkle Head\n"}
    assert done.stdout == form[shell]
    assert done.stderr == ""


@pytest.mark.parametrize("typed", ["show heads s", "whois jar", "search x", "reproduce spa", "list gl"])
def test_completing_loads_no_schema(typed: str) -> None:
    """Once its answers are prepared, so that Tab feels like one."""
    code = (
        "import sys\nfrom headkb.cli import main\ntry:\n    main(prog_name='headkb')\nexcept SystemExit:\n    pass\n"
        "print('pydantic' in sys.modules, 'torch' in sys.modules, file=sys.stderr)"
    )
    words = f"headkb {typed}"
    environment = {**os.environ, "_HEADKB_COMPLETE": "bash_complete", "HEADKB_CATALOG": str(TOY), "COMP_WORDS": words}
    environment["COMP_CWORD"] = str(len(words.split()) - 1)
    for _ in range(2):
        done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stderr == "False False\n"
