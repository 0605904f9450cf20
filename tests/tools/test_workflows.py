"""The workflows, as far as they can be checked where they do not run: their form by GitHub's schema, their promises by these rules."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from headkb.dev.environment import OLDEST
from headkb.dev.tasks import TASKS

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / ".github" / "workflows"
WORKFLOWS = sorted(FOLDER.glob("*.yml"))


def read(path: Path) -> dict[str, Any]:
    """A workflow; YAML 1.1 reads its key `on` as true."""
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    return {("on" if key is True else key): value for key, value in data.items()}


def steps(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Job and step."""
    for name, job in read(path)["jobs"].items():
        for step in job["steps"]:
            yield name, step


def schema(name: str, path: Path) -> subprocess.CompletedProcess[str]:
    """What the checker says of a file."""
    pytest.importorskip("check_jsonschema", reason="pip install check-jsonschema")
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{name}", str(path)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_has_the_form_that_github_reads(path: Path) -> None:
    """By the schema that comes with the checker."""
    done = schema("github-workflows", path)
    assert done.returncode == 0, done.stdout


def test_the_updates_have_the_form_that_github_reads() -> None:
    """By the same checker."""
    assert schema("dependabot", ROOT / ".github" / "dependabot.yml").returncode == 0


def test_the_checker_refuses_a_wrong_form(tmp_path: Path) -> None:
    """So what it accepts says something."""
    (tmp_path / "wrong.yml").write_text("on: push\njobs: {a: {runs-on: ubuntu-latest, stepz: []}}\n")
    assert schema("github-workflows", tmp_path / "wrong.yml").returncode == 1


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_may_do_no_more_than_it_says(path: Path) -> None:
    """Rights are named at its top and written ones only in jobs; no job runs a stranger's code with them."""
    flow = read(path)
    assert flow["permissions"] in ({}, {"contents": "read"})
    assert "pull_request_target" not in flow["on"]
    for name, job in flow["jobs"].items():
        written = [right for right, level in job.get("permissions", {}).items() if level == "write"]
        if "pull_request" in flow["on"]:
            assert not written or not any("run" in step for step in job["steps"]), name


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_no_token_lies_in_a_checkout(path: Path) -> None:
    """But for the one job that pushes a branch."""
    checkouts = [(job, s) for job, s in steps(path) if s.get("uses", "").startswith("actions/checkout@")]
    keeping = [job for job, s in checkouts if s.get("with", {}).get("persist-credentials") is not False]
    assert keeping == (["propose"] if path.name == "claims.yml" else [])


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_no_text_of_an_event_becomes_a_command(path: Path) -> None:
    """The name of a branch or the title of a pull request reaches a shell through its environment alone."""
    runs = [step["run"] for _, step in steps(path) if "run" in step]
    assert [run for run in runs if re.search(r"\$\{\{\s*(github|inputs|steps|needs)\.", run)] == []


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_what_a_workflow_calls_exists(path: Path) -> None:
    """Tools of the repository and targets of make."""
    text = "\n".join(step["run"] for _, step in steps(path) if "run" in step)
    missing = {name for name in re.findall(r"\btools/\w+\.py", text) if not (ROOT / name).is_file()}
    assert missing == set()
    targets = re.findall(r"^\s*make (\S+)", text, re.MULTILINE)
    assert [target for target in targets if target not in TASKS] == []


def test_strangers_come_with_each_python_and_system() -> None:
    """A clean container for each Python, from the oldest that the package admits; and both other systems, from wheel and checkout."""
    jobs = read(FOLDER / "strangers.yml")["jobs"]
    documented = jobs["documented"]["strategy"]["matrix"]["include"]
    clean = {row["python"] for row in documented if row["image"] == f"python:{row['python']}-slim"}
    assert clean >= {"3.11", "3.12", "3.13"}
    assert min(clean, key=lambda version: tuple(map(int, version.split(".")))) == ".".join(map(str, OLDEST))
    assert {row["packages"] for row in documented} == {"newest", "oldest"}
    for job in ("documented", "checkout"):
        systems = {row["os"].partition("-")[0] for row in jobs[job]["strategy"]["matrix"]["include"]}
        assert systems == {"ubuntu", "macos", "windows"}
    assert {row["call"] for row in jobs["checkout"]["strategy"]["matrix"]["include"]} == {
        "make",
        "python -m headkb.dev",
    }
    text = (FOLDER / "strangers.yml").read_text(encoding="utf-8")
    assert "wheel/*.whl" in text
    assert "--editable" not in text


def test_a_release_needs_no_token_of_ours() -> None:
    """The job that publishes may ask for an identity, runs nothing of its own, and comes after the check of the tag."""
    jobs = read(FOLDER / "release.yml")["jobs"]
    publish = jobs["publish"]
    assert publish["permissions"] == {"id-token": "write"}
    assert publish["needs"] == "build"
    assert not any("run" in step for step in publish["steps"])
    assert "secrets." not in (FOLDER / "release.yml").read_text(encoding="utf-8")
    assert any("tools/release.py check" in step.get("run", "") for step in jobs["build"]["steps"])
