"""One comment, or one issue, that a workflow writes the first time and changes from then on.

    python tools/github_texts.py comment --repository OWNER/NAME --number 12 --mark form comment.md
    python tools/github_texts.py issue --repository OWNER/NAME --mark links --title "Links that lead nowhere" report.md

Its own text is known by an invisible mark in its first line and by its writer. An empty file closes the issue. Calls `gh`, which takes the
token from GH_TOKEN; the text goes through its standard input, never through a command line.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

BOT = "github-actions[bot]"
LONGEST = 65_000
"""Characters of a comment or an issue; GitHub takes 65,536."""
Gh = Callable[[Sequence[str], str], str]
"""Arguments of `gh api` and its standard input → its output."""


def gh(arguments: Sequence[str], text: str = "") -> str:
    """Ask GitHub. Raises CalledProcessError where it refuses."""
    done = subprocess.run(["gh", "api", *arguments], input=text, capture_output=True, text=True, check=True)
    return done.stdout


def write_comment(ask: Gh, repository: str, number: int, mark: str, text: str) -> str:
    """Write a comment on an issue or pull request, or change the one of this mark; says which."""
    path = f"repos/{repository}/issues/{number}/comments"
    body = marked(mark, text)
    for known in _listed(ask, f"{path}?per_page=100"):
        if known["by"] == BOT and known["body"].startswith(first_line(mark)):
            if known["body"].strip() == body.strip():
                return "as it was"
            ask(["--method", "PATCH", f"repos/{repository}/issues/comments/{known['id']}", "--input", "-"], _body(body=body))
            return "changed"
    ask(["--method", "POST", path, "--input", "-"], _body(body=body))
    return "written"


def write_issue(ask: Gh, repository: str, mark: str, title: str, text: str) -> str:
    """Open an issue, or change the open one of this mark; an empty text closes it. Says what was done."""
    path = f"repos/{repository}/issues"
    body = marked(mark, text)
    for known in _listed(ask, f"{path}?state=open&per_page=100"):
        if known["by"] == BOT and not known["pull"] and known["body"].startswith(first_line(mark)):
            one = ["--method", "PATCH", f"{path}/{known['number']}", "--input", "-"]
            if not text.strip():
                ask(one, _body(state="closed"))
                return "closed"
            ask(one, _body(title=title, body=body))
            return "changed"
    if not text.strip():
        return "nothing to say"
    ask(["--method", "POST", path, "--input", "-"], _body(title=title, body=body))
    return "opened"


def first_line(mark: str) -> str:
    """What a text of this mark begins with; it is not shown."""
    return f"<!-- headkb:{mark} -->"


def marked(mark: str, text: str) -> str:
    """The text with its mark, as long as GitHub takes it."""
    body = f"{first_line(mark)}\n{text}"
    return body if len(body) <= LONGEST else f"{body[:LONGEST]}\n\n… the rest is too long."


def _listed(ask: Gh, path: str) -> list[dict[str, Any]]:
    shape = '.[] | {id, number, by: .user.login, body: (.body // ""), pull: (.pull_request != null)} | tojson'
    return [json.loads(line) for line in ask(["--paginate", path, "--jq", shape], "").splitlines() if line.strip()]


def _body(**values: str) -> str:
    return json.dumps(values, allow_nan=False)


@click.group()
def main() -> None:
    """Keep one comment or one issue."""


REPOSITORY = click.option("--repository", required=True, help="owner/name")
MARK = click.option("--mark", required=True, help="The word that the text is known by.")
FILE = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))


@main.command("comment")
@REPOSITORY
@MARK
@click.option("--number", required=True, type=click.IntRange(1, 10**9), help="The issue or pull request.")
@FILE
def comment_command(repository: str, mark: str, number: int, file: Path) -> None:
    """Write the text of FILE as a comment."""
    click.echo(write_comment(gh, _checked(repository), number, _checked_mark(mark), file.read_text(encoding="utf-8")))


@main.command("issue")
@REPOSITORY
@MARK
@click.option("--title", required=True)
@FILE
def issue_command(repository: str, mark: str, title: str, file: Path) -> None:
    """Write the text of FILE as an issue."""
    click.echo(write_issue(gh, _checked(repository), _checked_mark(mark), title, file.read_text(encoding="utf-8")))


def _checked(repository: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9-]+/[A-Za-z0-9._-]+", repository):
        raise click.UsageError(f"{repository!r} is not owner/name.")
    return repository


def _checked_mark(mark: str) -> str:
    if not re.fullmatch(r"[a-z-]+", mark):
        raise click.UsageError(f"{mark!r} is not a word of a to z and hyphens.")
    return mark


if __name__ == "__main__":
    main()
