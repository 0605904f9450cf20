"""Code blocks of the documentation are run as a reader runs them, and nothing is left out without a word."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import documented_blocks
import pytest
import run_documented
from documented_blocks import Step, same, steps
from run_documented import Excuse, Reader, excuses, unmatched

PAGE = """
```console
$ headkb list heads \\
    --json
shown
$ headkb show heads induction   # a comment
```

1. In a list:

    ```python title="mine.py"
    x = 1
    ```

```sh
# only a comment

python mine.py
```

```python
print(1)
```

```text title="prints"
1
```

```toml title="pyproject.toml"
[project]
```

```yaml
shown: true
```
"""
TYPED = '\n```sh\ntrue\n```\n\n```text title="prints"\nx\n```\n'


def test_blocks_become_steps_in_their_order() -> None:
    """Commands one by one, continued lines together, output left out; files with their titles; what is only shown is no step."""
    found = steps("page.md", PAGE)
    assert [(step.kind, step.name, step.text) for step in found] == [
        ("command", "", "headkb list heads \\\n    --json"),
        ("command", "", "headkb show heads induction   # a comment"),
        ("file", "mine.py", "x = 1\n"),
        ("command", "", "python mine.py"),
        ("python", "", "print(1)\n"),
        ("file", "pyproject.toml", "[project]\n"),
    ]
    assert [step.line for step in found] == [3, 6, 12, 18, 22, 30]
    assert found[4].prints == "1\n"


def test_a_script_that_nothing_uses_is_run() -> None:
    """A reader would; one that a command names or a later block imports is run by that."""
    script = '```python title="a.py"\n1\n```\n'
    assert [step.kind for step in steps("p", script)] == ["script"]
    assert [step.kind for step in steps("p", script + "```sh\nheadkb x --plugin a.py\n```\n")] == ["file", "command"]
    assert [step.kind for step in steps("p", script + "```python\nfrom a import b\n```\n")] == ["file", "python"]


def test_what_is_printed_may_be_left_open() -> None:
    """`…` stands for anything, and nothing else does."""
    assert same("a\n…\nb 0.1…\n", "a\nx\ny\nb 0.123\n")
    assert not same("a\nb\n", "a\nx\nb\n")
    assert not same("a.c", "abc")


def test_output_without_a_step_is_an_error() -> None:
    """It would be compared with nothing."""
    with pytest.raises(ValueError, match="no step"):
        steps("p", '```text title="prints"\n1\n```\n')


@pytest.fixture
def reader(tmp_path: Path):
    """Someone in an empty folder."""
    with Reader(Path(sys.executable), tmp_path, set()) as found:
        yield found


def test_python_blocks_share_a_session_that_sees_files(reader: Reader) -> None:
    """A name of one block is there in the next; a file that was written can be imported; an error is told with its place."""
    assert reader.outcome(Step("p", 1, "file", "y = 2\n", "mine.py"), None).state == "ran"
    assert reader.outcome(Step("p", 2, "python", "x = 1\n"), None).state == "ran"
    assert (
        reader.outcome(Step("p", 3, "python", "from mine import y\nprint(x + y)\n", prints="3\n"), None).state == "ran"
    )
    wrong = reader.outcome(Step("p", 4, "python", "print(x)\n", prints="2\n"), None)
    assert (wrong.state, "it printed\n1" in wrong.why) == ("failed", True)
    broken = reader.outcome(Step("p", 5, "python", "undefined\n"), None)
    assert (broken.state, "<p:5>" in broken.why) == ("failed", True)


def test_commands_see_the_environment_and_nothing_of_this_house(
    reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`python` is that of the environment; folders that variables name here are not there for a reader; the hub is off."""
    code = 'python -c \'import os, sys; print(sys.executable, os.environ["HF_HUB_OFFLINE"], "HEADKB_MODELS" in os.environ)\''
    monkeypatch.setenv("HEADKB_MODELS", "/nowhere")
    with Reader(Path(sys.executable), reader.folder, set()) as other:
        ended = other.ended(Step("p", 1, "command", code))
    executable, offline, models = ended.out.split()
    assert Path(executable).parent == Path(sys.executable).parent
    assert (offline, models) == ("1", "False")
    assert reader.outcome(Step("p", 1, "command", "exit 3"), None).state == "failed"


def test_who_stands_in_a_clone_runs_its_code(tmp_path: Path) -> None:
    """What `headkb new` writes lands there and not in the catalog of these tests."""
    (tmp_path / "headkb").mkdir()
    (tmp_path / "headkb" / "__init__.py").write_text("", encoding="utf-8")
    with Reader(Path(sys.executable), tmp_path, set(), cloned=True) as found:
        ended = found.ended(Step("p", 1, "command", "python -c 'import headkb; print(headkb.__file__)'"))
    assert Path(ended.out.strip()).parent == tmp_path / "headkb"


def test_an_excuse_is_held_to_its_word(reader: Reader) -> None:
    """What needs a file or the hub is tried: it has to be refused with 2 and without a traceback, and one that runs needs no excuse."""
    excuse = Excuse("p", "", "file", "yours")

    def state(command: str) -> str:
        return reader.outcome(Step("p", 1, "command", command), excuse).state

    assert state("exit 2") == "excused"
    assert state("true") == "failed"
    assert state("exit 1") == "failed"
    assert state("echo Traceback >&2; exit 2") == "failed"
    found = reader.outcome(Step("p", 1, "command", "exit 1"), Excuse("p", "", "problems", "to be filled in"))
    assert found.state == "excused"
    untried = reader.outcome(Step("p", 1, "command", "touch there"), Excuse("p", "", "hours", "long"))
    assert (untried.state, untried.why) == ("excused", "long")
    assert not (reader.folder / "there").exists()


def test_nothing_is_installed_by_accident(reader: Reader) -> None:
    """A command that changes an environment is never run without a line in the list."""
    for command in ("pip install headkb", "make test", "apt-get install chromium"):
        assert "changes the environment" in reader.outcome(Step("p", 1, "command", command), None).why


def test_every_excuse_fits_a_step(tmp_path: Path) -> None:
    """One that fits none is out of date; so is a need that nobody knows."""
    assert unmatched(excuses()) == []
    gone = Excuse("README.md", "headkb that-was", "hub", "gone")
    assert unmatched([gone]) == [gone]
    bad = tmp_path / "list.tsv"
    bad.write_text("page\tcontains\tneed\treason\nREADME.md\tx\tluck\ty\n", encoding="utf-8")
    with pytest.raises(ValueError, match="unknown needs luck"):
        excuses(bad)


def test_the_command_line_counts_and_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 1 where a block failed, 2 for a page that does not exist."""
    monkeypatch.setattr(run_documented, "unmatched", lambda given: [])
    for module in (documented_blocks, run_documented):
        monkeypatch.setattr(module, "ROOT", tmp_path)
    (tmp_path / "good.md").write_text("```sh\ntrue\n```\n", encoding="utf-8")
    (tmp_path / "bad.md").write_text(TYPED, encoding="utf-8")
    assert run_documented.main(["good.md"]) == 0
    assert "1 ran, 0 excused, 0 failed" in capsys.readouterr().out
    assert run_documented.main(["good.md", "bad.md"]) == 1
    with pytest.raises(SystemExit) as stopped:
        run_documented.main(["none"])
    assert stopped.value.code == 2


QUICK = ("docs/api.md", "docs/engine.md", "docs/tasks/look.md")
"""Pages that take a few seconds each; all others are among the slow tests."""


def problems(page: str) -> list[str]:
    """What fails on a page."""
    if importlib.util.find_spec("torch") is None:
        pytest.skip("needs torch")
    python = Path(sys.executable)
    ran = run_documented.run_page(page, python, run_documented.importable(python), excuses())
    return [str(outcome) for outcome in ran if outcome.state == "failed"]


@pytest.mark.parametrize("page", QUICK)
def test_every_block_of_a_page_runs(page: str) -> None:
    """As a reader would run it."""
    assert problems(page) == []


@pytest.mark.slow
@pytest.mark.parametrize("page", sorted({*documented_blocks.pages()} - {*QUICK}))
def test_every_block_of_a_longer_page_runs(page: str) -> None:
    """The same, with SmolLM2 where its package is installed."""
    assert problems(page) == []


def test_every_page_with_code_is_run() -> None:
    """Each is in one of the two tests, or is a notebook."""
    pages = documented_blocks.pages()
    assert {"README.md", "CONTRIBUTING.md", *QUICK} < {*pages}
    assert not any(page.startswith(documented_blocks.NOTEBOOKS) for page in pages)
