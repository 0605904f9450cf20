"""The tasks: what each is for, which level of the environment it needs, and the commands that it runs."""

from __future__ import annotations

import argparse
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from headkb.dev.environment import LEVELS, ROOT, Environment, call, say, shown

DEFAULT = ("validate", "site", "reproduce")
"""What is done where no task is named. torch comes with the last."""
PORT = 8000
PARALLEL = ("-n", "logical", "--dist", "loadfile")
"""Options of pytest: as many processes as the machine has processors, and the tests of one file in one of them."""


@dataclass(frozen=True)
class Task:
    """One task.

    Attributes:
        does: In a few words.
        level: What its environment holds.
        steps: Words after the Python of the environment, one command each.
    """

    does: str
    level: str
    steps: tuple[tuple[str, ...], ...] = ()


TASKS = {
    "setup": Task("make .venv, with everything or with what `--level` names", "all"),
    "validate": Task("check the catalog", "base", (("-m", "headkb", "validate", "catalog"),)),
    "site": Task(
        "build the site into site/ and check its links",
        "site",
        (("-m", "mkdocs", "build", "--strict", "--clean"), ("tools/linkcheck.py", "site")),
    ),
    "serve": Task(
        "show the site while you edit: each page is made from the files as they are",
        "site",
        (("-m", "headkb.site.serve"),),
    ),
    "reproduce": Task("rerun the bundled reproductions", "all", (("-m", "headkb", "reproduce", "--check"),)),
    "test": Task("run the tests", "all", (("-m", "pytest", *PARALLEL),)),
    "check": Task(
        "check format, lint, types, and the catalog with warnings as errors",
        "all",
        (
            ("-m", "ruff", "format", "--check", "."),
            ("-m", "ruff", "check", "."),
            ("-m", "mypy"),
            ("-m", "headkb", "validate", "catalog", "--strict"),
            ("-m", "headkb", "fmt", "--check", "catalog"),
        ),
    ),
    "fix": Task(
        "format, and fix what the linter can",
        "all",
        (("-m", "ruff", "format", "."), ("-m", "ruff", "check", "--fix", ".")),
    ),
    "record": Task(
        "measure the organisms again after one was retrained: their runs, and the page that walks through IOI",
        "all",
        (("tools/record_organisms.py",),),
    ),
    "lock": Task(
        "write requirements/ anew after a dependency of pyproject.toml changed; `lock -- --upgrade` takes newest versions",
        "base",
        (("-m", "pip", "install", "--quiet", "--disable-pip-version-check", "uv"), ("tools/lock.py",)),
    ),
    "clean": Task("delete .venv, site/ and dist/", ""),
}


def main(arguments: Sequence[str]) -> int:
    """Do the tasks that are named, or validate, build the site and reproduce; the status of the first command that fails, else 0."""
    own, rest = _split(arguments)
    parser = _parser()
    options = parser.parse_args(own)
    names = tuple(options.tasks) or DEFAULT
    if unknown := [name for name in names if name not in TASKS]:
        parser.error(f"there is no task {unknown[0]!r}; there are {', '.join(TASKS)}")
    if rest and len(names) != 1:
        parser.error("words after `--` go to one task, so name one")
    if not (ROOT / "requirements").is_dir():
        parser.error(f"this needs a checkout of headkb, but {ROOT} has no requirements/: git clone the repository")
    environment = Environment(ROOT / options.venv, options.torch, dry=options.dry_run)
    for name in names:
        if rc := _do(name, environment, options.level, rest):
            return rc
    if "site" in names and not options.dry_run:
        say(next_step(environment.python))
    return 0


def next_step(python: Path) -> str:
    """How to read the built site: opened from disk its links show folders, and nothing can be searched."""
    command = f"{shown(python)} -m http.server {PORT} --bind 127.0.0.1 --directory site"
    edit = f"While you edit the catalog, `{call('serve')}` shows each change."
    return (
        f"The site is in site/. To read it, type\n    {command}\nand open http://127.0.0.1:{PORT}/ in a browser. {edit}"
    )


def _do(name: str, environment: Environment, level: str, rest: Sequence[str]) -> int:
    task = TASKS[name]
    if name == "clean":
        for folder in (*([environment.folder] if environment.is_one else []), ROOT / "site", ROOT / "dist"):
            say(f"deleting {shown(folder)}")
            if not environment.dry:
                shutil.rmtree(folder, ignore_errors=True)
        return 0
    if rc := environment.ready(level if name == "setup" else task.level):
        return rc
    for number, step in enumerate(task.steps, start=1):
        if rc := environment.run(*step, *(rest if number == len(task.steps) else ())):
            return rc
    return 0


def _parser() -> argparse.ArgumentParser:
    tasks = "\n".join(f"  {name:<11}{task.does}" for name, task in TASKS.items())
    parser = argparse.ArgumentParser(
        prog="python -m headkb.dev",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Sets up, checks, builds and tests a checkout of headkb; `make TASK` does the same.",
        epilog=f"tasks:\n{tasks}\n\nWithout a task: {', '.join(DEFAULT)}. Words after `--` go to the last command of a task.",
    )
    parser.add_argument("tasks", nargs="*", metavar="TASK")
    parser.add_argument(
        "--torch",
        default=os.environ.get("TORCH", ""),
        metavar="BUILD",
        help="cpu: the build of torch without GPU libraries; or the address of an index (also: TORCH=)",
    )
    parser.add_argument("--level", choices=LEVELS, default="all", help="what `setup` installs; all is the default")
    parser.add_argument(
        "--venv",
        default=os.environ.get("VENV") or ".venv",
        metavar="FOLDER",
        help="where the environment lies (also: VENV=)",
    )
    parser.add_argument("--dry-run", action="store_true", help="say the commands without running them")
    return parser


def _split(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    """The words before `--`, and those after it."""
    words = list(arguments)
    at = words.index("--") if "--" in words else len(words)
    return words[:at], words[at + 1 :]
