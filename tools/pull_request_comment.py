"""What a pull request is told: problems at its own lines first, and one comment with what it changes and where its pages are.

    headkb validate catalog --format github | python tools/pull_request_comment.py annotations changed.txt
    python tools/pull_request_comment.py post FOLDER --repository OWNER/NAME --sha COMMIT

The first call runs with the pull request's own code and no rights. It leaves FOLDER with `number`, `diff.md` and `problems.txt`. The second
runs with the code of main and may write comments; to it, everything in FOLDER is text of a stranger: the number must be that of a pull
request whose newest commit is COMMIT, sizes are bounded, and in the Markdown nothing links, loads or calls anybody.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable
from pathlib import Path

import click
from github_texts import Gh, gh, write_comment

from headkb.catalog.harmless import fenced, harmless

MARK = "pull-request"
LONGEST_DIFF, LONGEST_PROBLEMS = 40_000, 8_000
"""Characters of each that are shown."""
MOST_ELSEWHERE = 20
"""Problems of files that the pull request does not touch."""
_OWN_LINK = re.compile(
    "\\[([^\\[\\]\n]{1,200})\\]\u2060\\(https:\u2060//headkb\\.github\\.io/headkb/([A-Za-z0-9/-]{0,200})\\)"
)
"""A link to a page of headkb's own site, after `harmless`."""
_OWN_TAG = re.compile("<\u2060(/?(?:details|summary|span|br)>|!---->)|&\u2060(amp;|lt;|gt;)")
"""The tags without attributes, the empty comment and the signs of which `headkb diff` makes its Markdown: they fold lines and break them."""
_FILE = re.compile(r"::(?:error|warning|notice) file=([^,:]+)")


class UntrustedError(Exception):
    """What the first workflow left is not what it leaves; nothing is written."""


def in_order(lines: Iterable[str], changed: Iterable[str]) -> list[str]:
    """Workflow commands, those of changed files first: GitHub shows ten of a step. Of other files the first few come after them."""
    touched = {path.strip() for path in changed}
    own: list[str] = []
    others: list[str] = []
    for line in lines:
        match = _FILE.match(line)
        (own if match is None or match[1] in touched else others).append(line)
    left = len(others) - MOST_ELSEWHERE
    more = [f"::notice::{left} more problem(s) in files that are not changed here"] if left > 0 else []
    return [*own, *others[:MOST_ELSEWHERE], *more]


def checked_number(folder: Path, ask: Gh, repository: str, sha: str) -> int:
    """The pull request that the folder names, once GitHub says that `sha` is its newest commit.

    Raises:
        UntrustedError: If it is not, or if no number is there.
    """
    text = read_bounded(folder / "number", 20).strip()
    if not re.fullmatch(r"[1-9][0-9]{0,8}", text):
        raise UntrustedError("the number is none")
    if not re.fullmatch(r"[0-9a-f]{40}", sha):
        raise UntrustedError("the commit of the event is none")
    pull = json.loads(ask([f"repos/{repository}/pulls/{text}", "--jq", "{sha: .head.sha, state} | tojson"], ""))
    if pull["sha"] != sha:
        raise UntrustedError(f"pull request {text} has another newest commit")
    if pull["state"] != "open":
        raise UntrustedError(f"pull request {text} is not open")
    return int(text)


def read_bounded(path: Path, most: int) -> str:
    """The first characters of a plain file; empty where there is none. A link is not followed."""
    if path.is_symlink() or not path.is_file():
        return ""
    with path.open("rb") as file:
        text = file.read(4 * most + 4).decode("utf-8", "replace")
    return text if len(text) <= most else f"{text[:most]}\n… the rest is too long for a comment."


def comment(diff: str, problems: str, preview: str) -> str:
    """The comment, in Markdown.

    Args:
        diff: What changed by meaning, Markdown of a stranger.
        problems: What the validator says, text of a stranger; empty where nothing.
        preview: The address of the workflow that built the changed pages.
    """
    parts = [f"### What this changes in the catalog\n\n{_closed(_shown(diff.strip())) or 'Nothing.'}"]
    if problems.strip():
        parts.append(f"### What the validator says\n\n{fenced(problems.strip(), 'text', LONGEST_PROBLEMS)}")
    else:
        parts.append("The validator has nothing to say against it.")
    parts.append(
        f"The pages that change are built as the artifact **preview** of [this workflow]({preview}): unpack it, and type `python -m http.server 8000` in its folder."
    )
    return "\n\n".join(parts) + "\n"


def preview_address(ask: Gh, repository: str, sha: str, number: int) -> str:
    """Where the preview's artifact is; the list of checks where the workflow has not begun."""
    shape = '.workflow_runs[] | select(.path == ".github/workflows/site.yml") | .id'
    runs = ask([f"repos/{repository}/actions/runs?event=pull_request&head_sha={sha}", "--jq", shape], "").split()
    if runs and runs[0].isdigit():
        return f"https://github.com/{repository}/actions/runs/{runs[0]}#artifacts"
    return f"https://github.com/{repository}/pull/{number}/checks"


def post(folder: Path, ask: Gh, repository: str, sha: str) -> str:
    """Check what the first workflow left, and write the comment; says what was done.

    Raises:
        UntrustedError: If it is not what it leaves.
    """
    number = checked_number(folder, ask, repository, sha)
    diff = read_bounded(folder / "diff.md", LONGEST_DIFF)
    problems = read_bounded(folder / "problems.txt", LONGEST_PROBLEMS)
    text = comment(diff, problems, preview_address(ask, repository, sha, number))
    return write_comment(ask, repository, number, MARK, text)


def _shown(markdown: str) -> str:
    """Markdown of a stranger without what it could do; folds, and links to headkb's own pages, are whole again."""
    linked = _OWN_LINK.sub(r"[\1](https://headkb.github.io/headkb/\2)", harmless(markdown))
    return _OWN_TAG.sub(lambda m: f"<{m[1]}" if m[1] else f"&{m[2]}", linked)


def _closed(markdown: str) -> str:
    """Markdown whose last block of code and last folds end, so that what follows is in none of them."""
    open_fence = ""
    for line in markdown.split("\n"):
        text = line.strip()
        run = text[: len(text) - len(text.lstrip(text[:1]))] if text[:3] in ("```", "~~~") else ""
        if not open_fence:
            open_fence = run
        elif run.startswith(open_fence) and run == text:
            open_fence = ""
    folds = markdown.count("<details>") - markdown.count("</details>")
    return markdown + (f"\n{open_fence}" if open_fence else "") + "\n\n</details>" * max(0, folds)


@click.group()
def main() -> None:
    """Tell a pull request what it changes."""


@main.command("annotations")
@click.argument("changed", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def annotations_command(changed: Path) -> None:
    """Put the annotations of standard input in order: those of the files that CHANGED lists first."""
    paths = changed.read_text(encoding="utf-8").splitlines()
    for line in in_order(sys.stdin.read().splitlines(), paths):
        click.echo(line)


@main.command("post")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--repository", required=True)
@click.option("--sha", required=True, help="The commit that the event of the second workflow names.")
def post_command(folder: Path, repository: str, sha: str) -> None:
    """Write the comment from what lies in FOLDER; what cannot be trusted is said, and nothing is written."""
    try:
        click.echo(post(folder, gh, repository, sha))
    except UntrustedError as error:
        click.echo(f"no comment: {error}")


if __name__ == "__main__":
    main()
