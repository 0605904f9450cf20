"""Which catalog a command reads and writes: the one that is named, the one a person stands in, the one that ships."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import headkb
from headkb.catalog.root import is_catalog, nearest_catalog
from headkb.cli import main

ROOT = Path(__file__).parent.parent.parent
TOY = ROOT / "tests" / "data" / "catalog"
READ_ONLY = "the one that ships with headkb is read-only"
BIB = "@article{k, title={Jars That Look}, author={Moss, Ada}, year={2024}}\n"


def run(*arguments: str) -> Result:
    """`headkb`, without a catalog named."""
    return CliRunner().invoke(main, list(arguments), catch_exceptions=False)


@pytest.fixture(autouse=True)
def nothing_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The variable is not set."""
    monkeypatch.delenv("HEADKB_CATALOG", raising=False)


@pytest.fixture
def empty(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory without a catalog anywhere above it."""
    folder = tmp_path_factory.mktemp("empty")
    monkeypatch.chdir(folder)
    assert nearest_catalog(folder) is None
    return folder


def test_what_proves_a_catalog(tmp_path: Path) -> None:
    """`heads/`, or folders of two other kinds: one everyday word alone may be anybody's."""
    made = {}
    for name, folders in {
        "a": ["heads"],
        "b": ["models"],
        "c": ["papers", "claims"],
        "d": ["images", "tools"],
        "e": [],
    }.items():
        for folder in folders:
            (tmp_path / name / folder).mkdir(parents=True)
        made[name] = is_catalog(tmp_path / name)
    (tmp_path / "f").mkdir()
    (tmp_path / "f" / "heads").write_text("a file")
    assert made == {"a": True, "b": False, "c": True, "d": False, "e": False}
    assert not is_catalog(tmp_path / "f")


def test_the_nearest_one_upwards_is_read(toy_copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From beside it, from inside it, and from a folder far below; another folder of that name on the way is passed over."""
    deep = toy_copy.parent / "src" / "deep"
    (deep / "catalog" / "models").mkdir(parents=True)  # of a shop, say
    for place in (toy_copy.parent, toy_copy, toy_copy / "heads", deep):
        monkeypatch.chdir(place)
        assert [record["id"] for record in json.loads(run("list", "heads", "--json").stdout)] == ["sparkle", "twinkle"]
        assert run("validate").output == f"16 records in {toy_copy}, no problems\n"


def test_an_option_comes_before_the_variable_and_this_before_the_place(
    toy_copy: Path, empty: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three catalogs that differ by one record."""
    for name in ("named", "set"):
        shutil.copytree(toy_copy, tmp_path / name)
        (tmp_path / name / "glossary" / f"{name}.yaml").write_text("name: Wick\ndefinition: What burns in a candle.\n")

    def terms(*arguments: str) -> set[str]:
        return {record["id"] for record in json.loads(run(*arguments, "list", "glossary", "--json").stdout)}

    monkeypatch.chdir(toy_copy.parent)
    here = terms()
    monkeypatch.setenv("HEADKB_CATALOG", str(tmp_path / "set"))
    assert terms() - here == {"set"}
    assert terms("--catalog", str(tmp_path / "named")) - here == {"named"}
    assert run("new", "heads", "wick-watching").output.startswith(
        str(tmp_path / "set" / "heads" / "wick-watching.yaml")
    )


def test_without_one_the_shipped_catalog_is_read(empty: Path) -> None:
    """Look-ups work anywhere."""
    assert "Induction" in run("show", "heads", "induction").output
    assert f" records in {headkb.catalog_path()}, no problems" in run("validate").output


def test_in_python_the_shipped_catalog_is_meant_wherever_one_stands(
    toy_copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A program's result does not depend on the folder that it is started in."""
    before = headkb.catalog_path()
    monkeypatch.chdir(toy_copy.parent)
    assert headkb.catalog_path() == before != toy_copy


@pytest.mark.parametrize(
    "arguments",
    [
        ("new", "heads", "wick-watching"),
        ("import-bibtex", "jars.bib"),
        ("reproduce", "previous-token", "--model", "exact-previous-token", "--record"),
        ("reproduce", "--claims", "--record"),
        ("atlas", "organism-tasks", "--out", "out", "--record"),
    ],
    ids=lambda arguments: arguments[0],
)
def test_writing_without_a_catalog_of_ones_own_is_wrong_use(arguments: tuple[str, ...], empty: Path) -> None:
    """Exit code 2 and what to type, before anything is computed; the shipped catalog stays as it is."""
    (empty / "jars.bib").write_text(BIB)
    before = sorted(headkb.catalog_path().rglob("*"))
    result = run(*arguments)
    assert result.exit_code == 2
    assert READ_ONLY in result.stderr
    assert f"headkb --catalog catalog {arguments[0]} …" in result.stderr
    assert sorted(headkb.catalog_path().rglob("*")) == before
    assert [path.name for path in empty.iterdir()] == ["jars.bib"]


def test_what_only_reads_needs_none(empty: Path) -> None:
    """A dry run, and a rerun that is not recorded."""
    (empty / "jars.bib").write_text(BIB)
    assert "1 record(s) would be written" in run("import-bibtex", "jars.bib", "--dry-run").output
    assert run("reproduce", "previous-token", "--model", "exact-previous-token").exit_code == 0


def test_a_catalog_of_ones_own_begins_where_it_is_named(empty: Path) -> None:
    """The folder is made, the command says where, and the next one finds it."""
    result = run("--catalog", "catalog", "new", "heads", "wick-watching")
    assert result.output.startswith(str(Path("catalog", "heads", "wick-watching.yaml")))
    target = empty / "catalog" / "heads" / "wick-watching.yaml"
    assert target.is_file()
    assert run("new", "papers", "moss-2024-jars").output.startswith(
        str(empty / "catalog" / "papers" / "moss-2024-jars.yaml")
    )
    assert run("validate").exit_code == 1


def test_what_is_written_is_named(toy_copy: Path, empty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Papers and runs, with their folder; a stream of JSON stays one."""
    (toy_copy.parent / "jars.bib").write_text(BIB)
    monkeypatch.chdir(toy_copy.parent)
    assert f"1 record(s) written into {toy_copy / 'papers'}; add" in run("import-bibtex", "jars.bib").output


def test_validate_of_a_wrong_path_or_an_empty_folder_is_wrong_use(empty: Path) -> None:
    """So that a typing mistake in a workflow does not pass."""
    (empty / "nothing").mkdir()
    for path, words in (("nothing", "There is no record in nothing"), ("gone", "There is nothing at gone")):
        result = run("validate", path)
        assert result.exit_code == 2
        assert words in result.stderr


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package as a wheel lays it out: the catalog inside the package."""
    site = tmp_path_factory.mktemp("site")
    leave = shutil.ignore_patterns("__pycache__", "organisms", "_catalog")
    shutil.copytree(ROOT / "headkb", site / "headkb", ignore=leave)
    shutil.copytree(TOY, site / "headkb" / "_catalog")
    return site


def test_the_packaged_catalog_is_read_and_never_written(installed: Path, toy_copy: Path, empty: Path) -> None:
    """Installed, far from a checkout; then in a clone, whose catalog comes first."""

    def command(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "PYTHONPATH": str(installed)}
        whole = [sys.executable, "-m", "headkb", *arguments]
        return subprocess.run(whole, cwd=cwd, env=environment, capture_output=True, text=True, check=False)

    packaged = installed / "headkb" / "_catalog"
    assert command("validate", cwd=empty).stdout == f"16 records in {packaged}, no problems\n"
    refused = command("new", "heads", "wick-watching", cwd=empty)
    assert (refused.returncode, READ_ONLY in refused.stderr) == (2, True)
    named = command("--catalog", str(packaged), "new", "heads", "wick-watching", cwd=empty)
    tidied = command("fmt", str(packaged / "heads"), cwd=empty)
    for ended in (named, tidied):
        assert (ended.returncode, f"cp -r {packaged} catalog" in " ".join(ended.stderr.split())) == (2, True)
    (toy_copy / "glossary" / "wick.yaml").write_text("name: Wick\ndefinition: What burns in a candle.\n")
    below = toy_copy / "glossary"
    assert command("validate", cwd=below).stdout == f"17 records in {toy_copy}, no problems\n"
    made = command("new", "heads", "wick-watching", cwd=below)
    assert made.stdout.startswith(str(toy_copy / "heads" / "wick-watching.yaml"))
    assert sorted(p.name for p in packaged.rglob("*.yaml")) == sorted(p.name for p in TOY.rglob("*.yaml"))


@pytest.mark.parametrize(
    "words", [("list", "heads"), ("show", "heads", "sparkle"), ("export", "json", "--out", "out"), ("search", "jar")]
)
def test_a_folder_without_records_is_no_empty_catalog(empty: Path, words: tuple[str, ...]) -> None:
    """A wrong folder is told, not read as a catalog without records."""
    (empty / "notes").mkdir()
    (empty / "notes" / "a.txt").write_text("x")
    result = run("--catalog", "notes", *words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "notes is no catalog: it holds none of heads/" in " ".join(result.stderr.split())
    assert not (empty / "out").exists()


def test_bibtex_begins_a_catalog(empty: Path) -> None:
    """The folder that `--catalog` names is made; without one of one's own, a dry run names no folder that is read-only."""
    (empty / "a.bib").write_text(BIB)
    tried = run("import-bibtex", "--dry-run", "a.bib")
    assert (tried.exit_code, str(headkb.catalog_path()) in tried.stdout) == (0, False)
    assert "would be written into papers/ of a catalog of your own" in tried.stdout
    assert run("--catalog", "mine", "import-bibtex", "a.bib").exit_code == 0
    assert [path.name for path in (empty / "mine" / "papers").iterdir()] == ["moss-2024-jars.yaml"]


def test_a_checkout_that_is_named_means_the_catalog_in_it(tmp_path: Path) -> None:
    """Though other folders of it are called like kinds; nothing is written beside the catalog."""
    shutil.copytree(TOY, tmp_path / "catalog")
    for name in ("benchmarks", "tools"):
        (tmp_path / name).mkdir()
    assert run("--catalog", str(tmp_path), "new", "term", "jar-of-jars").exit_code == 0
    assert (tmp_path / "catalog" / "glossary" / "jar-of-jars.yaml").is_file()
    assert (
        run("--catalog", str(tmp_path), "list", "heads").output
        == run("--catalog", str(tmp_path / "catalog"), "list", "heads").output
    )


@pytest.mark.parametrize(
    "words", [("validate", ""), ("export", "json", "--out", ""), ("fmt", ""), ("--catalog", "", "list", "heads")]
)
def test_an_empty_name_is_not_the_working_directory(toy_copy: Path, words: tuple[str, ...]) -> None:
    """It comes from a variable of the shell that is not set; nothing is read or written."""
    result = run(*words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "The name is empty" in " ".join(result.stderr.split())
