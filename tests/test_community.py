"""What GitHub shows to whoever contributes: it names nobody who is not there, and commands that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from headkb.cli import COMMANDS

ROOT = Path(__file__).parent.parent
REPORT = "https://github.com/headkb/headkb/security/advisories/new"


def read(name: str) -> str:
    """A file of the repository."""
    return (ROOT / name).read_text(encoding="utf-8")


def test_who_is_asked_to_review_is_the_owner_of_the_repository() -> None:
    """A name that is no account makes GitHub leave the whole file aside."""
    rules = [line.split() for line in read(".github/CODEOWNERS").splitlines() if line and not line.startswith("#")]
    assert [owner for _, *owners in rules for owner in owners] == ["@headkb"]
    assert rules[0][0] == "*"


@pytest.mark.parametrize("name", ["CODE_OF_CONDUCT.md", "SECURITY.md"])
def test_a_report_can_be_made_in_private(name: str) -> None:
    """On GitHub, where no address of a person is needed."""
    assert f"]({REPORT})" in read(name)
    assert re.search(r"[\w.]+@[\w.]+\.\w+", read(name)) is None


def test_the_checklist_of_a_pull_request_names_what_answers_it() -> None:
    """Commands, and the files that it speaks of."""
    template = read(".github/pull_request_template.md")
    assert {"validate", "diff"} <= set(re.findall(r"`headkb (\w+)", template)) & set(COMMANDS)
    assert (ROOT / "CHANGELOG.md").is_file()
    assert template.count("- [ ]") <= 6
