"""Which tag may become a release, and what is told of it."""

from __future__ import annotations

from pathlib import Path

import pytest
import release

from headkb import __version__

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


def at(folder: Path, version: str, code: str = "") -> Path:
    """A repository of a version."""
    (folder / "headkb").mkdir(exist_ok=True)
    (folder / "headkb" / "__init__.py").write_text(f'"""headkb."""\n\n__version__ = "{code or version}"\n')
    (folder / "pyproject.toml").write_text(f'[project]\nname = "headkb"\nversion = "{version}"\n')
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


def test_both_places_of_the_version_are_held_against_the_tag(tmp_path: Path) -> None:
    """The one that was forgotten is named."""
    (fault,) = release.faults("v0.2.0", at(tmp_path, "0.2.0", code="0.1.0"))
    assert fault.startswith("headkb/__init__.py has version 0.1.0")


@pytest.mark.parametrize("words", [[], ["check"], ["publish", "v0.2.0"]])
def test_a_wrong_call_is_status_2(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """And says how it is called."""
    assert release.main(words) == 2
    assert "usage" in capsys.readouterr().err


def test_the_version_stands_in_two_places_and_is_one() -> None:
    """Of this repository."""
    assert release.versions() == {"pyproject.toml": __version__, "headkb/__init__.py": __version__}


def test_the_changelog_has_titles_that_are_read() -> None:
    """Every title of a release has the form that the notes are cut by."""
    text = release.changelog()
    assert len(release.TITLE.findall(text)) == text.count("\n## ") >= 1
