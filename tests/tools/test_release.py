"""Which tag may become a release, and what is told of it."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest
import release

from headkb import __version__
from tests.two_catalogs import edit, git, repository

LOG = """# Changelog

## [Unreleased]

### Code

- More to come.

## [0.2.0] - 2026-12-31

### Catalog

- A head type.

### Code

- A command.

## [0.1.0] - 2026-12-01

- The first.

## [0.0.9]

- No date.

## [0.0.8] - 2026-11-01

"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository of version 0.2.0."""
    return at(tmp_path, "0.2.0")


def at(folder: Path, version: str, code: str = "", released: str = "2026-12-31") -> Path:
    """A repository of a version."""
    (folder / "headkb").mkdir(exist_ok=True)
    (folder / "headkb" / "__init__.py").write_text(f'"""headkb."""\n\n__version__ = "{code or version}"\n')
    (folder / "pyproject.toml").write_text(f'[project]\nname = "headkb"\nversion = "{version}"\n')
    day = f"date-released: {released}\n" if released else ""
    (folder / "CITATION.cff").write_text(f"cff-version: 1.2.0\nversion: {version}\n{day}license: MIT\n")
    (folder / "CITATION.bib").write_text(f"@software{{headkb,\n  year    = {{2025}},\n  version = {{{version}}},\n}}\n")
    (folder / ".zenodo.json").write_text(f'{{\n  "version": "{version}",\n  "license": "MIT"\n}}\n')
    (folder / "CHANGELOG.md").write_text(LOG)
    return folder


def test_a_release_that_agrees_may_go_out(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And its notes are the part of the changelog with its number, no more and no less."""
    assert release.main(["check", "v0.2.0"], root) == 0
    assert capsys.readouterr().out == "v0.2.0 may go out\n"
    assert release.main(["notes", "v0.2.0"], root) == 0
    assert capsys.readouterr().out == "### Catalog\n\n- A head type.\n\n### Code\n\n- A command.\n"


@pytest.mark.parametrize(
    ("version", "tag", "told"),
    [
        ("0.2.0", "0.2.0", "is no tag of a release"),
        ("0.2.0", "v0.2", "is no tag of a release"),
        ("0.2.0", "v0.1.0", "pyproject.toml has version 0.2.0, the tag 0.1.0"),
        ("0.3.0", "v0.3.0", "no part `## [0.3.0] - DATE`"),
        ("0.0.9", "v0.0.9", "has no date"),
        ("0.0.8", "v0.0.8", "is empty"),
    ],
)
def test_one_that_does_not_agree_may_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], version: str, tag: str, told: str
) -> None:
    """With each reason, and nothing on the output that becomes the text of a release."""
    root = at(tmp_path, version)
    assert release.main(["check", tag], root) == 1
    assert release.main(["notes", tag], root) == 1
    said = capsys.readouterr()
    assert told in said.err
    assert said.out == ""


def test_every_place_of_the_version_is_held_against_the_tag(tmp_path: Path) -> None:
    """The one that was forgotten is named, and the day that GitHub would tell is that of the changelog."""
    (fault,) = release.faults("v0.2.0", at(tmp_path, "0.2.0", code="0.1.0"))
    assert fault.startswith("headkb/__init__.py has version 0.1.0")
    (fault,) = release.faults("v0.2.0", at(tmp_path, "0.2.0", released="2026-12-30"))
    assert fault.startswith("CITATION.cff says that it was released on 2026-12-30, CHANGELOG.md on 2026-12-31")
    (fault,) = release.faults("v0.2.0", at(tmp_path, "0.2.0", released=""))
    assert fault.startswith("CITATION.cff says that it was released on no day")


@pytest.mark.parametrize("released", ["", "2026-01-01"])
def test_setting_a_version_leaves_nothing_to_do_but_to_commit(
    tmp_path: Path, released: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every place has version and day, what was `[Unreleased]` is the part of the release, and a second time changes nothing."""
    root = at(tmp_path, "0.2.0", released=released)
    assert release.set_version("v0.3.0", datetime.date(2027, 1, 2), root) == 0
    assert set(release.versions(root).values()) == {"0.3.0"}
    assert release.released_on(root) == "2027-01-02"
    assert "year    = {2027}," in (root / "CITATION.bib").read_text()
    assert release.notes("0.3.0", release.changelog(root)) == "### Code\n\n- More to come."
    assert release.faults("v0.3.0", root) == []
    before = {path: path.read_text() for path in root.rglob("*.*") if path.is_file()}
    release.set_version("v0.3.0", datetime.date(2027, 1, 2), root)
    assert {path: path.read_text() for path in before} == before
    assert release.main(["set", "0.3"], root) == 1
    assert "is no tag of a release" in capsys.readouterr().err


@pytest.fixture
def released(tmp_path: Path) -> Path:
    """A repository with a catalog and the tags v0.1.0 and v0.2.0, between which a model got a licence."""
    root = repository(tmp_path / "project")
    git(root, "tag", "v0.1.0")
    edit(root / "catalog", "models/jar-small.yaml", "family: jar", "family: jar\nlicence: MIT")
    git(root, "commit", "--quiet", "--all", "--message=two")
    git(root, "tag", "v0.2.0rc1")
    git(root, "commit", "--quiet", "--allow-empty", "--message=three")
    git(root, "tag", "v0.2.0")
    return root


def test_a_release_tells_what_its_records_say(released: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Since the release before, which one that was only tried out is not; under a title that fits into the release's text."""
    assert release.release_before("v0.2.0", released) == "v0.1.0"
    assert release.main(["changelog", "v0.2.0"], released) == 0
    said = capsys.readouterr().out
    assert said.startswith("### Catalog, record by record\n\n1 other change.\n\nFrom v0.1.0 (")
    assert "\n#### Other change (1)\n" in said
    assert "licence: added: MIT" in said
    assert release.main(["changelog", "v0.1.0"], released) == 0
    assert capsys.readouterr().out == ""


def test_a_release_may_not_lose_an_id(released: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What vanished is told and stops the release; what cannot be compared is a wrong call."""
    (released / "catalog/benchmarks/jars.yaml").unlink()
    git(released, "commit", "--quiet", "--all", "--message=lost")
    assert release.main(["changelog", "v0.1.0", "HEAD"], released) == 1
    said = capsys.readouterr()
    assert "#### Removed (1)" in said.out
    assert "Removed (1): ids must not vanish" in said.err
    assert release.main(["changelog", "v0.0.1", "HEAD"], released) == 2
    assert "neither a folder nor a revision 'v0.0.1'" in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize("words", [[], ["check"], ["publish", "v0.2.0"], ["changelog"]])
def test_a_wrong_call_is_status_2(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """And says how it is called."""
    assert release.main(words) == 2
    assert "usage" in capsys.readouterr().err


def test_the_version_is_one_wherever_it_stands() -> None:
    """Of this repository."""
    assert release.versions() == dict.fromkeys(release.PLACES, __version__)


def test_the_changelog_has_titles_that_are_read() -> None:
    """Every title of a release has the form that the notes are cut by."""
    text = release.changelog()
    assert len(release.TITLE.findall(text)) == text.count("\n## ") >= 1


def test_the_workflow_writes_both_parts_of_a_release() -> None:
    """The hand-written notes, and then what the records say since the release before, whose tag it has to fetch."""
    text = (release.ROOT / ".github/workflows/release.yml").read_text(encoding="utf-8")
    assert 0 < text.index('notes "$TAG" > notes.md') < text.index('changelog "$TAG" >> notes.md')
    assert "fetch-depth: 0" in text.partition("setup-python")[0]
