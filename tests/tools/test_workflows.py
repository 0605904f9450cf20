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

from headkb import Catalog
from headkb.dev.environment import OLDEST
from headkb.dev.tasks import TASKS

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / ".github" / "workflows"
WORKFLOWS = sorted(FOLDER.glob("*.yml"))
FORMS = sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml"))
PUSHES = {"claims.yml": ["propose"], "forms.yml": ["propose"]}
"""Jobs that push a branch, so that their checkout keeps the token."""
OF_STRANGERS = (
    r"\$\{\{[^}]*github\.event\.[\w.]*\b(body|title|head_ref|head_branch|ref|label|name|login|email|message)\b"
)
"""Texts of an event that anybody may write."""
DEFAULT_BRANCH = {("pull-request-comment.yml", "${{ github.event.repository.default_branch }}")}


def read(path: Path) -> dict[str, Any]:
    """A workflow; YAML 1.1 reads its key `on` as true."""
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    return {("on" if key is True else key): value for key, value in data.items()}


def steps(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Job and step."""
    for name, job in read(path)["jobs"].items():
        for step in job["steps"]:
            yield name, step


def schema(name: str, *paths: Path) -> subprocess.CompletedProcess[str]:
    """What the checker says of files."""
    pytest.importorskip("check_jsonschema", reason="pip install check-jsonschema")
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{name}", *map(str, paths)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_workflows_have_the_form_that_github_reads() -> None:
    """By the schema that comes with the checker, which names the file that breaks it."""
    done = schema("github-workflows", *WORKFLOWS)
    assert done.returncode == 0, done.stdout


def test_forms_have_the_form_that_github_reads() -> None:
    """The issue forms and the file that turns blank issues off, by their own schemas."""
    config = [path for path in FORMS if path.stem == "config"]
    for name, paths in (("github-issue-config", config), ("github-issue-forms", [p for p in FORMS if p not in config])):
        done = schema(name, *paths)
        assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("path", [path for path in FORMS if path.stem != "config"], ids=lambda path: path.name)
def test_every_question_of_a_form_helps_to_answer_it(path: Path) -> None:
    """An id, a label, a description, whether it must be answered, and an example where one types; the label is the form's name."""
    form = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert form["labels"] == [f"form:{path.stem}"]
    for part in form["body"]:
        if part["type"] == "markdown":
            continue
        about = part["attributes"]
        assert all((part["id"], about["label"], about["description"])), part
        if part["type"] in ("input", "textarea"):
            assert about["placeholder"], part["id"]
        if part["type"] == "checkboxes":
            assert all("required" in box for box in about["options"])
        else:
            assert isinstance(part["validations"]["required"], bool), part["id"]
    labels = [part["attributes"]["label"] for part in form["body"] if part["type"] != "markdown"]
    assert len(labels) == len(set(labels))


def test_a_head_type_is_asked_for_the_stages_that_there_are(real_catalog: Catalog) -> None:
    """The dropdown lists the catalog's."""
    form = yaml.safe_load((ROOT / ".github" / "ISSUE_TEMPLATE" / "new-head.yml").read_text(encoding="utf-8"))
    (options,) = [part["attributes"]["options"] for part in form["body"] if part.get("id") == "stage"]
    assert sorted(options) == sorted(real_catalog.stages)


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
    """But for the jobs that push a branch."""
    checkouts = [(job, s) for job, s in steps(path) if s.get("uses", "").startswith("actions/checkout@")]
    keeping = [job for job, s in checkouts if s.get("with", {}).get("persist-credentials") is not False]
    assert keeping == PUSHES.get(path.name, [])


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_no_text_of_an_event_becomes_a_command(path: Path) -> None:
    """The name of a branch or the title of a pull request reaches a shell through its environment alone."""
    runs = [step["run"] for _, step in steps(path) if "run" in step]
    assert [run for run in runs if re.search(r"\$\{\{\s*(github|inputs|steps|needs)\.", run)] == []


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_texts_of_strangers_stand_in_no_variable_either(path: Path) -> None:
    """A variable has less room than an issue: the text of one is read from the event's file. No branch's name is used at all."""
    for _, step in steps(path):
        for name, value in {**step.get("env", {}), **step.get("with", {})}.items():
            assert re.search(OF_STRANGERS, str(value)) is None or (path.name, value) in DEFAULT_BRANCH, name
    text = path.read_text(encoding="utf-8")
    assert "github.head_ref" not in text
    assert "toJson(github" not in text.replace("toJSON", "toJson")


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_actions_are_pinned(path: Path) -> None:
    """By the whole commit, with the version beside it for people and for the updates."""
    used = re.findall(r"^\s*(?:- )?uses:\s*(.*)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(used) == sum("uses" in step for _, step in steps(path))
    assert [line for line in used if not re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+(\.\d+)*", line)] == []


def test_an_action_has_one_version() -> None:
    """In all workflows."""
    used = {line for path in WORKFLOWS for line in re.findall(r"uses:\s*(\S+@\S+)", path.read_text(encoding="utf-8"))}
    assert len(used) == len({line.partition("@")[0] for line in used})


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_every_job_says_what_it_may_do_and_for_how_long(path: Path) -> None:
    """Its rights and its time."""
    for name, job in read(path)["jobs"].items():
        assert isinstance(job["permissions"], dict), name
        assert 0 < job["timeout-minutes"] <= 240, name


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_no_job_with_rights_runs_the_code_of_a_pull_request(path: Path) -> None:
    """After a workflow of a pull request, the code is that of the default branch; what was left is an artifact."""
    flow = read(path)
    assert "pull_request_target" not in flow["on"]
    if "workflow_run" in flow["on"]:
        checkouts = [step for _, step in steps(path) if step.get("uses", "").startswith("actions/checkout@")]
        assert [step["with"]["ref"] for step in checkouts] == ["${{ github.event.repository.default_branch }}"]
        (watched,) = flow["on"]["workflow_run"]["workflows"]
        assert read(FOLDER / f"{watched}.yml")["name"] == watched


@pytest.mark.parametrize(
    ("name", "job"), [("forms", "propose"), ("links", "tell"), ("candidates", "tell"), ("claims", "propose")]
)
def test_reading_and_writing_are_jobs_of_their_own(name: str, job: str) -> None:
    """The job that reads what others wrote has no right to write; the one that writes gets an artifact."""
    flow = read(FOLDER / f"{name}.yml")
    assert flow["permissions"] == {}
    for other, told in flow["jobs"].items():
        writes = "write" in told["permissions"].values()
        assert writes == (other == job)
    assert any(step.get("uses", "").startswith("actions/download-artifact@") for step in flow["jobs"][job]["steps"])


def test_a_form_changes_records_alone() -> None:
    """The job that commits refuses every other path, and every change of a mode; a record's path passes."""
    text = "\n".join(step.get("run", "") for _, step in steps(FOLDER / "forms.yml"))
    (pattern,) = re.findall(r"--extended-regexp '([^']+)'", text)
    for good in ("catalog/papers/wang-2022-ioi.yaml", "catalog/heads/induction.yaml"):
        assert re.search(pattern, good)
    for bad in (
        "catalog/../x.yaml",
        ".github/workflows/ci.yml",
        "catalog/heads/x.yml",
        "catalog/claims/a/b.csv",
        "xcatalog/heads/x.yaml",
    ):
        assert not re.search(pattern, bad), bad
    assert "create mode 100644" in text


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
