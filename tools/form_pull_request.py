"""The pull request of a form that does not hold any more: closed with a comment, and opened again when the form holds again.

    python tools/form_pull_request.py hold --repository OWNER/NAME --number 7
    python tools/form_pull_request.py reopen --repository OWNER/NAME --number 7

`--number` is that of the issue; its branch is `form-7`. What a person approved, changed or closed stays as it is. It is closed and not made a
draft, since the token of a workflow may not make drafts. Calls `gh` as `github_texts.py` does. Needs nothing but Python.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

from github_texts import BOT, Gh, first_line, gh, issue_number, repository_name, write_comment

BOT_EMAIL = "41898282+github-actions[bot]@users.noreply.github.com"
MARK = "form-edited"
CLOSED = "The form in #{number} was edited, and no change of the catalog is made of it now; the answer there says why. So this is closed, and opens again when the form holds."  # fmt: skip
KEPT = "The form in #{number} was edited, and no change of the catalog is made of it now; the answer there says why. A person approved or changed what stands here, so it stays as it is: look before you merge."  # fmt: skip
AGAIN = "The form in #{number} was edited, and holds again; here is what it says now."


def hold(ask: Gh, repository: str, number: int) -> str:
    """Close the open pull request of a form, or say on it why it stays; says what was done."""
    for pull in _pulls(ask, repository, number, "open"):
        theirs = _is_of_a_person(ask, repository, pull)
        write_comment(ask, repository, pull["number"], MARK, (KEPT if theirs else CLOSED).format(number=number))
        if theirs:
            return "kept"
        _change(ask, repository, pull["number"], "closed")
        return "closed"
    return "nothing to close"


def reopen(ask: Gh, repository: str, number: int) -> str:
    """Open the pull request of a form again, if `hold` closed it; says what was done."""
    for pull in _pulls(ask, repository, number, "closed"):
        if not pull["merged"] and CLOSED.format(number=number) in _said(ask, repository, pull["number"]):
            _change(ask, repository, pull["number"], "open")
            write_comment(ask, repository, pull["number"], MARK, AGAIN.format(number=number))
            return "open again"
    return "nothing to open"


def _is_of_a_person(ask: Gh, repository: str, pull: dict[str, Any]) -> bool:
    reviews = ask(["--paginate", f"repos/{repository}/pulls/{pull['number']}/reviews", "--jq", ".[].state"], "")
    by = ask([f"repos/{repository}/commits/{pull['sha']}", "--jq", ".commit.committer.email"], "").strip()
    return "APPROVED" in reviews.split() or by != BOT_EMAIL


def _pulls(ask: Gh, repository: str, number: int, state: str) -> list[dict[str, Any]]:
    """Pull requests from the branch of a form in the repository itself, the newest first."""
    head = f"{repository.partition('/')[0]}:form-{number}"
    shape = ".[] | {number, sha: .head.sha, merged: (.merged_at != null)} | tojson"
    path = f"repos/{repository}/pulls?state={state}&head={head}&per_page=100"
    return [json.loads(line) for line in ask([path, "--jq", shape], "").splitlines() if line.strip()]


def _said(ask: Gh, repository: str, pull: int) -> str:
    """The comment that `hold` wrote; empty if there is none."""
    path = f"repos/{repository}/issues/{pull}/comments?per_page=100"
    shape = '.[] | {by: .user.login, body: (.body // "")} | tojson'
    comments = map(json.loads, filter(None, ask(["--paginate", path, "--jq", shape], "").splitlines()))
    return next((str(c["body"]) for c in comments if c["by"] == BOT and c["body"].startswith(first_line(MARK))), "")


def _change(ask: Gh, repository: str, pull: int, state: str) -> None:
    ask(["--method", "PATCH", f"repos/{repository}/pulls/{pull}", "--input", "-"], json.dumps({"state": state}))


def main(arguments: Sequence[str] | None = None, ask: Gh = gh) -> int:
    """Close or open it; 0 when done, 1 where GitHub refuses, 2 on wrong use."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("what", choices=["hold", "reopen"])
    parser.add_argument("--repository", required=True, type=repository_name, help="owner/name")
    parser.add_argument("--number", required=True, type=issue_number, help="the issue")
    given = parser.parse_args(arguments)
    try:
        print((hold if given.what == "hold" else reopen)(ask, given.repository, given.number))
    except subprocess.CalledProcessError as error:
        print(f"GitHub refuses: {error.stderr or error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
