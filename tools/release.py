"""What a release must have, and what is told of it; the release workflow calls this with the tag.

    python tools/release.py set v0.2.0               write version and date into every place that says them
    python tools/release.py check v0.2.0             exit 1 unless all of these places and a dated part of CHANGELOG.md agree with the tag
    python tools/release.py notes v0.2.0             the part of CHANGELOG.md about this release, as the text of the release
    python tools/release.py changelog v0.1.0 HEAD    what the records say of the time between: `headkb diff` as a part of that text
    python tools/release.py changelog v0.2.0         the same since the release before; nothing if there was none

All but `changelog` need nothing but Python; it needs headkb and git. It ends with 1 if an id was removed, which no release may do.
"""

from __future__ import annotations

import datetime
import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[1]
TAG = re.compile(r"v(?P<version>\d+\.\d+\.\d+(?:(?:a|b|rc)\d+)?)")
TITLE = re.compile(r"^## \[(?P<version>[^]]+)\](?: - (?P<date>\d{4}-\d{2}-\d{2}))?[ \t]*$", re.MULTILINE)
PLACES = {
    "pyproject.toml": re.compile(r'^version = "(.*)"$', re.MULTILINE),
    "headkb/__init__.py": re.compile(r'^__version__ = "(.*)"$', re.MULTILINE),
    "CITATION.cff": re.compile(r"^version: (.*)$", re.MULTILINE),
    "CITATION.bib": re.compile(r"^  version = \{(.*)\},$", re.MULTILINE),
    ".zenodo.json": re.compile(r'^  "version": "(.*)",$', re.MULTILINE),
}
"""Each file that says the version → where."""
RELEASED = re.compile(r"^date-released: (.*)$", re.MULTILINE)
YEAR = re.compile(r"^  year    = \{(.*)\},$", re.MULTILINE)
USAGE = "usage: python tools/release.py set|check|notes TAG, or changelog [OLD] NEW"
RECORD_BY_RECORD = "### Catalog, record by record"
"""Title of what `changelog` writes; its sections are one level below."""


def main(arguments: Sequence[str], root: Path = ROOT) -> int:
    """0 for a release that may go out, 1 for one that may not, 2 for a wrong call."""
    task, *words = arguments or [""]
    if task == "changelog" and len(words) in (1, 2):
        return tell_changes(words, root)
    if len(words) != 1 or task not in ("set", "check", "notes"):
        print(USAGE, file=sys.stderr)
        return 2
    (tag,) = words
    if task == "set":
        return set_version(tag, datetime.datetime.now(datetime.UTC).date(), root)
    if wrong := faults(tag, root):
        print("\n".join(wrong), file=sys.stderr)
        return 1
    print(f"{tag} may go out" if task == "check" else notes(tag.removeprefix("v"), changelog(root)))
    return 0


def faults(tag: str, root: Path = ROOT) -> list[str]:
    """Everything that keeps this tag from being a release, each with what to do; empty if nothing does."""
    found = TAG.fullmatch(tag)
    if found is None:
        return [_no_tag(tag)]
    version, wrong = found["version"], []
    for place, there in versions(root).items():
        if there != version:
            wrong.append(
                f"{place} has version {there}, the tag {version}: `python tools/release.py set {tag}` sets all to one; commit, and tag "
                "that commit"
            )
    dates = {title["version"]: title["date"] for title in TITLE.finditer(changelog(root))}
    if version not in dates:
        wrong.append(f"CHANGELOG.md has no part `## [{version}] - DATE`: give the part `[Unreleased]` this title")
    elif dates[version] is None:
        wrong.append(f"the part of {version} in CHANGELOG.md has no date: `## [{version}] - 2026-12-31`")
    elif not notes(version, changelog(root)):
        wrong.append(f"the part of {version} in CHANGELOG.md is empty: say what changed for readers and for users")
    elif (released := released_on(root)) != dates[version]:
        wrong.append(
            f"CITATION.cff says that it was released on {released or 'no day'}, CHANGELOG.md on {dates[version]}: write "
            f"`date-released: {dates[version]}`"
        )
    return wrong


def _no_tag(tag: str) -> str:
    return f"{tag!r} is no tag of a release: it has the form v0.2.0, or v0.2.0rc1 for one that is tried out first"


def versions(root: Path = ROOT) -> dict[str, str]:
    """Each file that says the version → what it says; `none` where it does not."""
    found = {place: pattern.search((root / place).read_text(encoding="utf-8")) for place, pattern in PLACES.items()}
    said = {place: match[1] if match else "none" for place, match in found.items()}
    # These have parsers, which see what a pattern of lines does not.
    said["pyproject.toml"] = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    said[".zenodo.json"] = json.loads((root / ".zenodo.json").read_text(encoding="utf-8"))["version"]
    return said


def released_on(root: Path = ROOT) -> str | None:
    """The day that CITATION.cff gives; None before the first release."""
    match = RELEASED.search((root / "CITATION.cff").read_text(encoding="utf-8"))
    return match[1] if match else None


def set_version(tag: str, day: datetime.date, root: Path = ROOT) -> int:
    """Write the version of a tag, and the day, into every place; `[Unreleased]` of CHANGELOG.md becomes its part."""
    found = TAG.fullmatch(tag)
    if found is None:
        print(_no_tag(tag), file=sys.stderr)
        return 1
    version = found["version"]
    for place, pattern in PLACES.items():
        _put(root / place, pattern, version)
    citation = root / "CITATION.cff"
    if released_on(root) is None:
        text = citation.read_text(encoding="utf-8")
        citation.write_text(
            PLACES["CITATION.cff"].sub(rf"\g<0>\ndate-released: {day}", text, count=1), encoding="utf-8"
        )
    _put(citation, RELEASED, day.isoformat())
    _put(root / "CITATION.bib", YEAR, str(day.year))
    log = changelog(root)
    if version not in {title["version"] for title in TITLE.finditer(log)}:
        parts = log.replace("## [Unreleased]\n", f"## [Unreleased]\n\n## [{version}] - {day}\n", 1)
        (root / "CHANGELOG.md").write_text(parts, encoding="utf-8")
    print(
        f"{version} of {day} stands in CHANGELOG.md, {', '.join(PLACES)}: look at `git diff`, commit, and tag that commit {tag}"
    )
    return 0


def _put(path: Path, pattern: re.Pattern[str], value: str) -> None:
    """Put a value where the first group of a pattern matches first."""
    text = path.read_text(encoding="utf-8")
    if (match := pattern.search(text)) is not None:
        path.write_text(text[: match.start(1)] + value + text[match.end(1) :], encoding="utf-8")


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


def tell_changes(words: Sequence[str], root: Path = ROOT) -> int:
    """Print what the records say of the time between two revisions; 1 if an id was removed, 2 if they cannot be compared."""
    *before, new = words
    old = before[0] if before else release_before(new, root)
    if not old:
        print(f"there was no release before {new}, so there is nothing to compare it with", file=sys.stderr)
        return 0
    paths = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH", "")]))
    command = [sys.executable, "-m", "headkb", "diff", old, new, "--format", "markdown"]
    done = subprocess.run(command, cwd=root, env={**os.environ, "PYTHONPATH": paths}, capture_output=True, check=False)
    said = done.stderr.decode("utf-8", "replace")
    if done.returncode not in (0, 1):
        print(said.strip(), file=sys.stderr)
        return 2
    text = done.stdout.decode("utf-8")
    print(as_part(text))
    removed = next((line for line in text.splitlines() if line.startswith("### Removed ")), None)
    if removed is not None:
        print(
            f"{removed.removeprefix('### ')}: ids must not vanish; name the successor in `replaces`, or keep the record",
            file=sys.stderr,
        )
    return 0 if removed is None else 1


def release_before(revision: str, root: Path = ROOT) -> str:
    """The tag of the newest release before a revision, those that were only tried out left out; empty if there is none."""
    tried = ("--exclude=*rc*", "--exclude=*[ab][0-9]*")
    command = ["git", "-C", str(root), "describe", "--tags", "--abbrev=0", "--match=v[0-9]*", *tried, f"{revision}^"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""


def as_part(markdown: str) -> str:
    """A comment of `headkb diff` as a part of a release's text: under a title of its own, its sections one level deeper."""
    first, *lines = markdown.splitlines()
    summary = first.partition(": ")[2]
    deeper = [f"#{line}" if line.startswith("### ") else line for line in lines]
    return "\n".join([RECORD_BY_RECORD, "", f"{summary[:1].upper()}{summary[1:]}.", *deeper]).strip()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
