"""What a release must have, and what is told of it; the release workflow calls this with the tag.

    python tools/release.py check v0.2.0      exit 1 unless the tag, both places of the version and a dated part of CHANGELOG.md agree
    python tools/release.py notes v0.2.0      the part of CHANGELOG.md about this release, as the text of the release

Needs nothing but Python.
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[1]
TAG = re.compile(r"v(?P<version>\d+\.\d+\.\d+(?:(?:a|b|rc)\d+)?)")
TITLE = re.compile(r"^## \[(?P<version>[^]]+)\](?: - (?P<date>\d{4}-\d{2}-\d{2}))?[ \t]*$", re.MULTILINE)
USAGE = "usage: python tools/release.py check|notes TAG"


def main(arguments: Sequence[str], root: Path = ROOT) -> int:
    """0 for a release that may go out, 1 for one that may not, 2 for a wrong call."""
    if len(arguments) != 2 or arguments[0] not in ("check", "notes"):
        print(USAGE, file=sys.stderr)
        return 2
    task, tag = arguments
    if wrong := faults(tag, root):
        print("\n".join(wrong), file=sys.stderr)
        return 1
    print(f"{tag} may go out" if task == "check" else notes(tag.removeprefix("v"), changelog(root)))
    return 0


def faults(tag: str, root: Path = ROOT) -> list[str]:
    """Everything that keeps this tag from being a release, each with what to do; empty if nothing does."""
    found = TAG.fullmatch(tag)
    if found is None:
        return [f"{tag!r} is no tag of a release: it has the form v0.2.0, or v0.2.0rc1 for one that is tried out first"]
    version, wrong = found["version"], []
    for place, there in versions(root).items():
        if there != version:
            wrong.append(
                f"{place} has version {there}, the tag {version}: set both to one, commit, and tag that commit"
            )
    dates = {title["version"]: title["date"] for title in TITLE.finditer(changelog(root))}
    if version not in dates:
        wrong.append(f"CHANGELOG.md has no part `## [{version}] - DATE`: give the part `[Unreleased]` this title")
    elif dates[version] is None:
        wrong.append(f"the part of {version} in CHANGELOG.md has no date: `## [{version}] - 2026-12-31`")
    elif not notes(version, changelog(root)):
        wrong.append(f"the part of {version} in CHANGELOG.md is empty: say what changed for readers and for users")
    return wrong


def versions(root: Path = ROOT) -> dict[str, str]:
    """Each file that says the version → what it says."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    code = re.search(r'^__version__ = "(.*)"$', (root / "headkb" / "__init__.py").read_text("utf-8"), re.MULTILINE)
    return {"pyproject.toml": project["version"], "headkb/__init__.py": code[1] if code else "none"}


def changelog(root: Path = ROOT) -> str:
    """The text of CHANGELOG.md."""
    return (root / "CHANGELOG.md").read_text(encoding="utf-8")


def notes(version: str, text: str) -> str:
    """What stands between the title of a version and the next title; empty if there is no such version."""
    titles = list(TITLE.finditer(text))
    for number, title in enumerate(titles):
        if title["version"] == version:
            end = titles[number + 1].start() if number + 1 < len(titles) else len(text)
            return text[title.end() : end].strip()
    return ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
