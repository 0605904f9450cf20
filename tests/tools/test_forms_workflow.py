"""The job that opens the pull request of a form, run with a stand-in for GitHub: what a person approved or changed stays."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
BOT = "41898282+github-actions[bot]@users.noreply.github.com"
RECORD = "catalog/heads/a.yaml"

pytestmark = pytest.mark.skipif(
    sys.platform == "win32" or not shutil.which("bash") or not shutil.which("git"),
    reason="the job runs in bash with git",
)


class Place:
    """A repository, its origin, the artifact of the first job, and a `gh` that answers with a state and writes down what it is asked."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.work, self.origin = folder, folder / "work", folder / "origin"
        self.got, self.bin = folder / "temp" / "form", folder / "bin"
        for new in (self.work, self.got, self.bin):
            new.mkdir(parents=True)
        self.git(folder, "init", "--quiet", "--bare", str(self.origin))
        self.git(self.work, "init", "--quiet")
        self.commit(RECORD, "name: A\n", "somebody@example.org")
        self.git(self.work, "remote", "add", "origin", str(self.origin))
        self.git(self.work, "push", "--quiet", "origin", "HEAD:refs/heads/main")
        (self.got / "comment.md").write_text("It became a record.\n", encoding="utf-8")
        (self.got / "title.txt").write_text("heads/a\n", encoding="utf-8")
        self.program("gh", 'if [ "$2" = view ]; then echo "$STATE"; else echo "$1 $2" >> "$CALLS"; fi')
        self.program("python3", 'if [ "$1" = tools/form_pull_request.py ]; then echo "pr $2" >> "$CALLS"; fi')

    def program(self, name: str, text: str) -> None:
        """A program that is found before others."""
        path = self.bin / name
        path.write_text(f"#!/bin/bash\n{text}\n", encoding="utf-8")
        path.chmod(0o755)

    def git(self, where: Path, *arguments: str, email: str = BOT) -> str:
        """What git says."""
        who = {
            f"GIT_{role}_{what}": value
            for role in ("AUTHOR", "COMMITTER")
            for what, value in (("NAME", "n"), ("EMAIL", email))
        }
        done = subprocess.run(
            ["git", *arguments], cwd=where, env={**os.environ, **who}, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    def commit(self, name: str, text: str, email: str) -> None:
        """A commit of one file in the working tree."""
        path = self.work / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        self.git(self.work, "add", "--all")
        self.git(self.work, "commit", "--quiet", "--message", "x", email=email)

    def change(self, name: str, text: str) -> None:
        """The patch that the first job left."""
        path = self.work / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        self.git(self.work, "add", "--all")
        patch = self.git(self.work, "diff", "--cached")
        self.git(self.work, "reset", "--quiet", "--hard")
        (self.got / "changes.patch").write_text(f"{patch}\n", encoding="utf-8")

    def branch_by(self, email: str) -> str:
        """The branch of the form, with a commit of this person; its commit."""
        self.commit(RECORD, f"name: by {email}\n", email)
        self.git(self.work, "push", "--quiet", "origin", "HEAD:refs/heads/form-7")
        self.git(self.work, "reset", "--quiet", "--hard", "HEAD~1")
        return self.branch()

    def branch(self) -> str:
        """The newest commit of the form's branch; empty where there is none."""
        return self.git(self.folder, "ls-remote", str(self.origin), "refs/heads/form-7").partition("\t")[0]

    def run(self, state: str = "") -> tuple[int, str]:
        """The job's exit code, and what `gh` was asked besides."""
        job = yaml.safe_load((ROOT / ".github" / "workflows" / "forms.yml").read_text(encoding="utf-8"))["jobs"][
            "propose"
        ]
        calls = self.folder / "calls"
        env = {
            **os.environ, "PATH": f"{self.bin}{os.pathsep}{os.environ['PATH']}", "RUNNER_TEMP": str(self.folder / "temp"), "NUMBER": "7",
            "GITHUB_REPOSITORY": "a/b", "GITHUB_REF_NAME": "main", "STATE": state, "CALLS": str(calls),
        }  # fmt: skip
        done = subprocess.run(
            ["bash", "-e", "-c", job["steps"][-1]["run"]],
            cwd=self.work,
            env=env,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, calls.read_text(encoding="utf-8").strip() if calls.exists() else ""


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A fresh one, with a patch of one record."""
    made = Place(tmp_path)
    made.change(RECORD, "name: B\n")
    return made


def test_the_first_time_a_pull_request_opens(place: Place) -> None:
    """With a branch of its own."""
    assert place.run() == (0, "pr reopen\npr create")
    assert place.branch()


def test_an_edit_of_the_issue_changes_the_branch_of_the_bot(place: Place) -> None:
    """Nobody else has touched it."""
    before = place.branch_by(BOT)
    assert place.run("OPEN") == (0, "pr reopen\npr edit")
    assert place.branch() != before


@pytest.mark.parametrize(
    ("state", "by"), [("APPROVED", BOT), ("MERGED", BOT), ("CLOSED", BOT), ("OPEN", "person@example.org")]
)
def test_what_a_person_decided_or_wrote_stays(state: str, by: str, place: Place) -> None:
    """The writer of the issue cannot change what was approved, or throw away what a maintainer mended."""
    before = place.branch_by(by)
    assert place.run(state) == (0, "pr reopen")
    assert place.branch() == before


def test_a_form_that_does_not_hold_any_more_withdraws_its_pull_request(place: Place) -> None:
    """What it said before could be merged otherwise; nothing is pushed."""
    before = place.branch_by(BOT)
    (place.got / "changes.patch").write_text("", encoding="utf-8")
    assert place.run("OPEN") == (0, "pr hold")
    assert place.branch() == before


@pytest.mark.parametrize("name", [".github/workflows/ci.yml", "catalog/claims/a/b.csv", "headkb/x.py"])
def test_nothing_but_records_is_pushed(name: str, place: Place) -> None:
    """Whatever the first job left."""
    place.change(name, "x\n")
    assert place.run() == (1, "")
    assert place.branch() == ""
