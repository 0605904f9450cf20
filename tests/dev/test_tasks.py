"""`python -m headkb.dev`: what a checkout is set up and built with, with make and without, before anything is installed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from headkb.dev import environment
from headkb.dev.environment import LEVELS, OLDEST, Environment, announce_torch
from headkb.dev.tasks import DEFAULT, TASKS, main, next_step

ROOT = Path(__file__).parents[2]


def said(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """What a dry run says."""
    assert main(["--dry-run", *words]) == 0
    return capsys.readouterr().out


def test_a_bare_python_runs_it(tmp_path: Path) -> None:
    """Nothing is imported that does not come with Python: `-I -S` hides all installed packages."""
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r}); import runpy; sys.argv = ['dev', *{['--dry-run', 'validate', '--venv', str(tmp_path / 'v')]!r}]; runpy.run_module('headkb.dev', run_name='__main__')"
    done = subprocess.run([sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "-m headkb validate catalog" in done.stdout
    assert "requirements/base.txt" in done.stdout


def test_each_target_of_make_is_a_task_and_the_other_way_round() -> None:
    """The Makefile has no recipe of its own."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    phony = re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)
    assert phony is not None
    assert set(phony[1].split()) == {"all", *TASKS}
    recipes = [line for line in makefile.splitlines() if line.startswith("\t")]
    assert recipes
    assert all(line.startswith("\t@$(DEV)") for line in recipes)


@pytest.mark.parametrize(("words", "begins"), [((), None), (("validate",), "validate"), (("lock",), "lock")])
def test_make_calls_the_task(words: tuple[str, ...], begins: str | None) -> None:
    """`make` alone calls it without a name."""
    make = shutil.which("make")
    if make is None:
        pytest.skip("needs make")
    command = [make, "--dry-run", "PYTHON=py", *words]
    alone = {
        name: value for name, value in os.environ.items() if not name.startswith("MAKE")
    }  # as typed, not from make
    line = subprocess.run(command, cwd=ROOT, env=alone, capture_output=True, text=True, check=True).stdout.strip()
    assert line.startswith("py -m headkb.dev" + (f" {begins}" if begins else ""))


def test_torch_comes_last_and_only_for_what_runs_models(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """The catalog is checked and the site is built without it."""
    new = ("--venv", str(tmp_path / "none"))
    for task in ("validate", "site", "serve"):
        text = said(capsys, task, *new)
        assert "requirements/base.txt" in text
        assert "torch.txt" not in text
        assert "dev.txt" not in text
    everything = said(capsys, *new)
    assert DEFAULT[-1] == "reproduce"
    assert everything.index("mkdocs build") < everything.index("torch.txt") < everything.index("reproduce --check")
    assert said(capsys, "test", *new).index("torch.txt") > 0


def test_it_is_said_how_large_before_it_is_fetched(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Each install follows a sentence with two sizes."""
    lines = said(capsys, "reproduce", "--venv", str(tmp_path / "none")).splitlines()
    installs = [i for i, line in enumerate(lines) if "--require-hashes" in line]
    assert len(installs) == 2
    assert all(re.search(r"\d+ packages, \d+ MB to download, [\d.]+ [MG]B on disk", lines[i - 1]) for i in installs)


def test_a_torch_with_cuda_is_announced_and_no_error(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """How large it is, and how to get the other build, as the program was called."""
    monkeypatch.setenv("MAKELEVEL", "1")
    announce_torch(["torch", "nvidia-cublas", "triton"])
    text = capsys.readouterr().out
    assert "2.7 GB to download, 4.7 GB on disk" in text
    assert "192 MB to download" in text
    assert "`make setup TORCH=cpu`" in text
    monkeypatch.delenv("MAKELEVEL")
    announce_torch(["torch", "nvidia-cublas"])
    assert "`python -m headkb.dev setup --torch cpu`" in capsys.readouterr().out
    announce_torch(["torch", "sympy"])
    assert capsys.readouterr().out == "Installing torch: 192 MB to download, 757 MB on disk\n"
    announce_torch([])
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("asked", "index"),
    [("", None), ("cpu", "https://download.pytorch.org/whl/cpu"), ("https://example.org/i", "https://example.org/i")],
)
def test_the_switch_names_the_index(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, asked: str, index: str | None
) -> None:
    """`TORCH=cpu` adds PyTorch's own index beside the ordinary one, and replaces another build; another index can be named."""
    seen: list[tuple[tuple[str, ...], dict[str, str]]] = []
    one = Environment(tmp_path, asked)
    monkeypatch.setattr(one, "_coming", lambda words, extra: [])

    def note(*words: str, extra: dict[str, str] | None = None) -> int:
        seen.append((words, extra or {}))
        return 0

    monkeypatch.setattr(one, "run", note)
    assert one._install_torch() == 0
    ((words, extra),) = seen
    assert extra.get("PIP_EXTRA_INDEX_URL") == index
    assert ("--upgrade" in words) == (index is not None)
    assert words[-2:] == ("--requirement", "requirements/torch.txt") or words[-3:-1] == (
        "--requirement",
        "requirements/torch.txt",
    )


def test_what_is_there_is_not_installed_again(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A stamp holds a hash of the files: a changed one installs again, another build of torch does, too."""
    for name in ("pyproject.toml", "requirements/base.txt", "requirements/site.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x==1\n")
    for name in ("requirements/dev.txt", "requirements/torch.txt"):
        (tmp_path / name).write_text("x==1\n")
    monkeypatch.setattr(environment, "ROOT", tmp_path)
    calls: list[tuple[str, ...]] = []

    def note(*words: str, extra: dict[str, str] | None = None) -> int:
        calls.append(words)
        return 0

    def ready(level: str, torch: str = "") -> int:
        one = Environment(tmp_path / "v", torch)
        one.python.parent.mkdir(parents=True, exist_ok=True)
        one.python.touch()
        monkeypatch.setattr(one, "run", note)
        monkeypatch.setattr(one, "_coming", lambda words, extra: [])
        assert one.ready(level) == 0
        number = len(calls)
        calls.clear()
        return number

    assert [ready("base"), ready("base"), ready("site"), ready("site")] == [2, 0, 1, 0]
    assert [ready("all"), ready("all"), ready("site"), ready("base")] == [2, 0, 0, 0]
    assert [ready("all", "cpu"), ready("all", "cpu"), ready("all")] == [2, 0, 0]
    (tmp_path / "requirements" / "base.txt").write_text("x==2\n")
    (tmp_path / "requirements" / "dev.txt").write_text("x==2\n")
    assert ready("base") == 2


def test_a_step_that_fails_ends_it(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """With its own status, and without the next step that is printed after a build."""
    monkeypatch.setattr(Environment, "ready", lambda self, level: 0)
    monkeypatch.setattr(Environment, "run", lambda self, *words, extra=None: 3 if "mkdocs" in words else 0)
    assert main([]) == 3
    assert "http.server" not in capsys.readouterr().out
    monkeypatch.setattr(Environment, "ready", lambda self, level: 5)
    assert main(["test"]) == 5


def test_only_an_environment_is_deleted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A folder with other files is neither emptied for a new environment nor cleaned away."""
    monkeypatch.setattr("headkb.dev.tasks.ROOT", tmp_path)
    (tmp_path / "requirements").mkdir()
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("long")
    assert main(["clean", "--venv", "mine"]) == 0
    assert main(["validate", "--venv", "mine"]) == 2
    assert "holds files" in capsys.readouterr().out
    assert (tmp_path / "mine" / "thesis.txt").read_text() == "long"
    (tmp_path / "mine" / "pyvenv.cfg").touch()
    (tmp_path / "site").mkdir()
    assert main(["clean", "--venv", "mine"]) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["requirements"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["chekc"], "there is no task 'chekc'; there are setup"),
        (["test", "site", "--", "-q"], "name one"),
        (["setup", "--level", "most"], "invalid choice: 'most'"),
    ],
)
def test_wrong_use_is_status_2(words: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    """And says what there is."""
    with pytest.raises(SystemExit) as stop:
        main(words)
    assert stop.value.code == 2
    assert told in capsys.readouterr().err


def test_words_after_two_dashes_go_to_the_last_command(capsys: pytest.CaptureFixture[str]) -> None:
    """`test -- tests/scores` runs the tests of one part."""
    assert "-m pytest -n logical --dist loadfile tests/scores -q" in said(capsys, "test", "--", "tests/scores", "-q")


def test_the_oldest_python_is_that_of_the_package() -> None:
    """One number, in pyproject.toml; no text names a patch release."""
    assert OLDEST == (3, 11)
    texts = [
        ROOT / name for name in ("README.md", "CONTRIBUTING.md", "docs/maintaining.md", "Makefile", "pyproject.toml")
    ]
    assert [path.name for path in texts if re.search(r"3\.11\.\d", path.read_text("utf-8"))] == []


def test_every_level_has_its_file() -> None:
    """And the next step after a build names the environment's own Python."""
    assert all((ROOT / "requirements" / name).is_file() for name in LEVELS.values())
    text = next_step(ROOT / ".venv" / "bin" / "python")
    assert f"{Path('.venv/bin/python')} -m http.server 8000 --bind 127.0.0.1 --directory site" in text
