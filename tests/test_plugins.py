"""Scores from outside: the examples of the docs page as a reader would run them, and plug-ins that fail."""

from __future__ import annotations

import json
import re
import runpy
import shlex
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from headkb import plugins  # noqa: E402
from headkb.cli import main  # noqa: E402
from headkb.errors import HeadkbError  # noqa: E402
from headkb.prompts import GENERATORS  # noqa: E402
from headkb.scores import SCORES, get_score  # noqa: E402

PAGE = (Path(__file__).parent.parent / "docs" / "extending.md").read_text(encoding="utf-8")
FILES = dict(re.findall(r'```python title="(\w+\.py)"\n(.*?)```', PAGE, re.DOTALL))
COMMANDS = [line for block in re.findall(r"```console\n(.*?)```", PAGE, re.DOTALL) for line in block.splitlines()]
SCORE = "from headkb.scores import score\n\n@score({name!r}, prompts='ioi')\ndef mine(pattern, prompts):\n    return pattern\n"


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch):
    """Registries and the memory of what was loaded, as they were."""
    registries: tuple[dict[str, Any], ...] = (SCORES, GENERATORS)
    before = [dict(registry) for registry in registries]
    monkeypatch.setattr(plugins, "_loaded", set())
    yield
    for registry, old in zip(registries, before, strict=True):
        registry.clear()
        registry.update(old)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the page's files, and the place where commands are run."""
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def call(*arguments: str):
    """`headkb …` in this process."""
    return CliRunner().invoke(main, arguments)


def test_the_generator_of_the_page_makes_what_it_says(folder: Path) -> None:
    """Two tokens in turn, of the length that was asked for, the same for the same seed; a typo is answered with the keyword."""
    from headkb.prompts import make_prompts

    plugins.load_plugins([folder / "my_prompts.py"])
    made = make_prompts("alternating", 300, 5, 3, length=7)
    assert made.tokens.shape == (5, 7)
    assert torch.equal(made.tokens[:, 2:], made.tokens[:, :-2])
    assert torch.equal(made.tokens, make_prompts("alternating", 300, 5, 3, length=7).tokens)
    wrong = call("score", "induction", "--generator", "alternating", "--plugin", "my_prompts.py", "--set", "lenght=9")
    assert wrong.exit_code == 2
    assert "no parameter named 'lenght'" in wrong.output


@pytest.mark.parametrize("command", COMMANDS)
def test_the_commands_of_the_page_print_a_value_for_a_head(folder: Path, command: str) -> None:
    """Each runs as it stands there, on the model that every installation carries."""
    program, *arguments = shlex.split(command)
    result = call(*arguments)
    assert program == "headkb"
    assert result.exit_code == 0, result.output
    assert re.search(r"\bL0H\d|\"L0H\d", result.output)


def test_the_toy_score_gives_every_head_a_value(folder: Path) -> None:
    """As many numbers as the model has heads, with the default prompts of the decorator."""
    shown = json.loads(call("score", "two-back", "--plugin", "my_scores.py", "--prompts", "5", "--json").output)
    assert shown["prompts"]["generator"] == "english-sentences"
    assert all(0 <= value <= 1 for row in shown["values"] for value in row)
    assert get_score("two-back").parameters["measure"].choices == ("mean", "largest")
    assert (
        "two-back on organism-tasks, highest first: Attention to the token two"
        in call("score", "two-back", "--prompts", "5").output
    )


def test_a_score_of_weights_and_two_files_at_once(folder: Path) -> None:
    """`--plugin` may be repeated, and a score that takes a model runs like any other."""
    result = call("score", "written-norm", "--plugin", "my_methods.py", "--plugin", "my_scores.py", "--prompts", "2")
    assert result.exit_code == 0, result.output
    assert not get_score("written-norm").needs_prompts
    assert "two-back" in SCORES


def test_the_detection_pattern_of_the_page_runs(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The tensor gives `[prompt, layer, head]`: the share of attention that goes to the start."""
    values = runpy.run_path(str(folder / "detect_once.py"))["values"]
    assert values.shape[0] == 8
    assert ((values >= 0) & (values <= 1)).all()
    assert "tensor" in capsys.readouterr().out


def test_unknown_names_are_answered_with_plugins_too(folder: Path) -> None:
    """A score that only the plug-in has is suggested."""
    result = call("score", "two-bak", "--plugin", "my_scores.py")
    assert result.exit_code == 2
    assert "no score named 'two-bak'. Did you mean 'two-back'" in result.output


def test_reproduce_takes_plugins(folder: Path) -> None:
    """They are loaded before anything is rerun."""
    result = call("reproduce", "--plugin", "none.py")
    assert result.exit_code == 2
    assert "there is no plug-in none.py" in result.output


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x = 1\n", r"the plug-in mine\.py registers nothing\. Put @score"),
        ("x = 1\n1 / 0\n", r"mine\.py cannot be imported: ZeroDivisionError: division by zero \(.*mine\.py, line 2\)"),
        ("import nowhere_at_all\n", r"cannot be imported: ModuleNotFoundError: No module named 'nowhere_at_all'"),
        (SCORE.format(name="induction"), r"the plug-in mine\.py: the id 'induction' is taken by headkb\.scores\.token"),
        (SCORE.format(name="zero-ablation"), r"the id 'zero-ablation' is taken by headkb\.methods\.ablation"),
        (
            SCORE.format(name="mine").replace("prompts):", "prompts, size):"),
            r"mine is a function of \(pattern, prompts, size\)",
        ),
        (SCORE.format(name="mine") + "1 / 0\n", r"ZeroDivisionError"),
    ],
)
def test_a_plugin_that_fails_says_why_and_leaves_nothing(folder: Path, text: str, message: str) -> None:
    """What, where and what to do; the registry is as before."""
    (folder / "mine.py").write_text(text, encoding="utf-8")
    before = dict(SCORES)
    with pytest.raises(HeadkbError, match=message):
        plugins.load_plugins(["mine.py"])
    assert before == SCORES


def test_a_file_is_loaded_once(folder: Path) -> None:
    """A second call finds it there, by whatever path it is named."""
    plugins.load_plugins(["my_scores.py"])
    first = get_score("two-back").function
    plugins.load_plugins([folder / "my_scores.py"])
    assert get_score("two-back").function is first


def test_an_installed_plugin_is_found_by_its_entry_point(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The module that the group names is imported; a broken one is named in the message."""
    entry = EntryPoint("my-scores", "my_scores", plugins.GROUP)
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.setattr(plugins, "entry_points", lambda group: [entry] if group == plugins.GROUP else [])
    plugins.load_plugins()
    assert "two-back" in SCORES
    broken = EntryPoint("broken", "nowhere_at_all", plugins.GROUP)
    monkeypatch.setattr(plugins, "entry_points", lambda group: [broken])
    with pytest.raises(HeadkbError, match=r"the plug-in broken \(nowhere_at_all\) cannot be imported"):
        plugins.load_plugins()


def test_the_entry_point_of_the_page_is_the_group() -> None:
    """The snippet names the group that is read."""
    assert f'[project.entry-points."{plugins.GROUP}"]' in PAGE
