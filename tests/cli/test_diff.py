"""`headkb diff` as it is typed: folders, revisions and ranges, three forms, and exit codes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from headkb.cli import main
from tests.two_catalogs import edit, git, repository

TOY = Path(__file__).parents[1] / "data" / "catalog"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository in which `main` has one commit, and `branch` another, with a licence; one stands in it, on `branch`."""
    monkeypatch.delenv("HEADKB_CATALOG", raising=False)
    root = repository(tmp_path / "project")
    git(root, "checkout", "--quiet", "-b", "branch")
    edit(root / "catalog", "models/jar-small.yaml", "family: jar", "family: jar\nlicence: MIT")
    git(root, "commit", "--quiet", "--all", "--message=two")
    monkeypatch.chdir(root)
    return root


def run(*words: str) -> Result:
    """The command with these words."""
    return CliRunner().invoke(main, ["diff", *words])


LICENCE = "other change (1)\n  models/jar-small: licence: added: MIT\n"


@pytest.mark.parametrize(
    "words", [("main", "branch"), ("main..branch",), ("main..",), ("main...branch",), ("main",), ("main", ".")]
)
def test_two_sides_can_be_named_in_each_way(project: Path, words: tuple[str, ...]) -> None:
    """Two revisions, a range of both, or one against the work tree, which is a folder as any other."""
    result = run(*words)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.endswith(LICENCE)
    assert result.stdout.startswith("From ")


def test_the_output_says_what_was_compared(project: Path) -> None:
    """A revision by its commit and date, a folder by its path."""
    commit = git(project, "rev-parse", "main")
    date = git(project, "show", "--no-patch", "--format=%cs", "main")
    first = run("main", "catalog").stdout.splitlines()[0]
    assert first == f"From main ({commit[:10]}, {date}) to catalog: 1 other change"


def test_three_dots_leave_out_what_main_did_meanwhile(project: Path) -> None:
    """As on GitHub: a pull request is held against where it left the branch that it goes into."""
    git(project, "checkout", "--quiet", "main")
    edit(project / "catalog", "models/jar-small.yaml", "d_model: 16", "d_model: 32")
    git(project, "commit", "--quiet", "--all", "--message=three")
    assert "d_model" in run("main..branch").stdout
    assert run("main...branch").stdout.endswith(LICENCE)


def test_a_folder_goes_before_a_revision_of_its_name(project: Path) -> None:
    """And a note says so, with the names under which the revision can be had."""
    shutil.copytree(TOY, project / "branch")
    result = run("main", "branch")
    assert result.stdout.endswith("no differences\n")
    assert "branch is read as a folder; the revision of that name is refs/heads/branch" in result.stderr
    assert run("main", "refs/heads/branch").stdout.endswith(LICENCE)


def test_the_forms(project: Path) -> None:
    """JSON is a list of objects, by either option; Markdown has a title with the counts."""
    found = json.loads(run("main", "branch", "--json").stdout)
    as_json = run("main", "branch", "--json").stdout
    assert run("main", "branch", "--format", "json").stdout == as_json
    assert run("main", "branch", "--json", "--format", "json").stdout == as_json
    assert [(d["change"], d["kind"], d["id"], d["detail"]) for d in found] == [
        ("other change", "models", "jar-small", "licence")
    ]
    assert run("main", "branch", "--format", "markdown").stdout.startswith("## Catalog: 1 other change\n")


def test_exit_code_1_if_an_id_is_gone(project: Path) -> None:
    """Or if a file cannot be read, which is told with its place and no warning beside it where a revision has it."""
    (project / "catalog/benchmarks/jars.yaml").unlink()
    result = run("main")
    assert (result.exit_code, "removed (1)\n  benchmarks/jars: Jars\n" in result.stdout) == (1, True)
    (project / "catalog/benchmarks/jars.yaml").write_text("name: [\n")
    git(project, "commit", "--quiet", "--all", "--message=broken")
    result = run("main", "HEAD")
    assert (result.exit_code, result.stderr) == (1, "")
    assert "refused (1)\n  benchmarks/jars: benchmarks/jars.yaml:2:1" in result.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("mian", "branch"), "neither a folder nor a revision 'mian'"),
        (("main", "README.md"), "README.md is a file"),
        (("v9..main",), "neither a folder nor a revision 'v9'"),
        ((), "Missing argument 'OLD'"),
        (("",), "OLD or NEW is empty"),
        (("main", ""), "OLD or NEW is empty"),
        (("main", "branch", "--json", "--format", "markdown"), "--json and --format markdown exclude each other."),
        (("main", "branch", "--json", "--format", "text"), "--json and --format text exclude each other."),
        (("main", "branch", "--format", "Markdown"), "Did you mean 'markdown'?"),
        (("catalog/heads", "main"), "catalog/heads is no catalog: it holds none of heads/"),
    ],
)
def test_a_wrong_call_is_status_2_and_a_sentence(project: Path, words: tuple[str, ...], said: str) -> None:
    """Nothing is compared, and nothing printed that could be taken for an answer."""
    (project / "README.md").write_text("x")
    result = run(*words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in " ".join(result.stderr.split())


def test_outside_of_a_repository_two_folders_can_be_compared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And a revision is told to need one."""
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    shutil.copytree(TOY, tmp_path / "a")
    assert run("a", str(TOY)).exit_code == 0
    result = run("v0.1.0", "a")
    assert result.exit_code == 2
    assert "lies in no git repository" in " ".join(result.stderr.split())


def test_the_repository_is_that_of_the_catalog_that_is_named(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As for every other command: `--catalog` or HEADKB_CATALOG, wherever one stands."""
    monkeypatch.chdir(tmp_path)
    named = CliRunner().invoke(main, ["--catalog", str(project / "catalog"), "diff", "main..branch"])
    assert named.stdout.endswith(LICENCE)
    monkeypatch.setenv("HEADKB_CATALOG", str(project / "catalog"))
    assert run("main").stdout.endswith(LICENCE)
