"""One comment, or one issue, that a workflow writes the first time and changes from then on.

    python tools/github_texts.py comment --repository OWNER/NAME --number 12 --mark form comment.md
    python tools/github_texts.py issue --repository OWNER/NAME --mark links --title "Links that lead nowhere" report.md

Its own text is known by an invisible mark in its first line and by its writer. An empty file closes the issue. Calls `gh`, which takes the
token from GH_TOKEN; the text goes through its standard input, never through a command line. Needs nothing but Python.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

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
            ask(
                ["--method", "PATCH", f"repos/{repository}/issues/comments/{known['id']}", "--input", "-"],
                _body(body=body),
            )
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


def main(arguments: Sequence[str] | None = None, ask: Gh = gh) -> int:
    """Keep one comment or one issue; 0 when done, 1 where GitHub refuses, 2 on wrong use."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    kinds = parser.add_subparsers(dest="kind", required=True)
    for kind in ("comment", "issue"):
        one = kinds.add_parser(kind)
        one.add_argument("--repository", required=True, type=repository_name, help="owner/name")
        one.add_argument("--mark", required=True, type=_mark, help="the word that the text is known by")
        one.add_argument("file", type=Path)
        if kind == "comment":
            one.add_argument("--number", required=True, type=issue_number, help="the issue or pull request")
        else:
            one.add_argument("--title", required=True)
    given = parser.parse_args(arguments)
    try:
        text = given.file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        parser.error(f"{given.file} cannot be read: {error}")
    try:
        if given.kind == "comment":
            print(write_comment(ask, given.repository, given.number, given.mark, text))
        else:
            print(write_issue(ask, given.repository, given.mark, given.title, text))
    except subprocess.CalledProcessError as error:
        print(f"GitHub refuses: {error.stderr or error}", file=sys.stderr)
        return 1
    return 0


def repository_name(text: str) -> str:
    """The argument as it is. Raises ArgumentTypeError if it is no owner/name."""
    if not re.fullmatch(r"[A-Za-z0-9-]+/[A-Za-z0-9._-]+", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not owner/name")
    return text


def _mark(text: str) -> str:
    if not re.fullmatch(r"[a-z-]+", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a word of a to z and hyphens")
    return text


def issue_number(text: str) -> int:
    """The number that an argument says. Raises ArgumentTypeError if it is none of an issue."""
    if not re.fullmatch(r"[1-9][0-9]{0,8}", text):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of an issue")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
