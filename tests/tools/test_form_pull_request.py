"""A form that was good and is none: its pull request is closed with a comment and opened again, but nothing that a person decided changes."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from typing import Any

import form_pull_request
import pytest
from form_pull_request import AGAIN, BOT_EMAIL, CLOSED, KEPT, MARK, hold, reopen
from github_texts import BOT, marked


class Hub:
    """A repository with at most one pull request of the form, number 12, of issue 7."""

    def __init__(self, state: str = "open", *, merged: bool = False, by: str = BOT_EMAIL, reviews: str = "") -> None:
        self.state, self.merged, self.by, self.reviews = state, merged, by, reviews
        self.comments = list[dict[str, Any]]()
        self.asked = list[str]()

    def __call__(self, arguments: Sequence[str], text: str) -> str:
        path = next(word for word in arguments if word.startswith("repos/"))
        assert path.startswith("repos/a/b/")
        if "--method" in arguments:
            self.asked.append(" ".join(arguments[1:3]))
            body = json.loads(text)
            if "/comments" in path:
                self.comments = [{"id": 5, "number": 5, "by": BOT, "pull": False, **body}]
            else:
                self.state = body["state"]
            return "{}"
        if "/comments" in path:
            return "\n".join(map(json.dumps, self.comments))
        if "/reviews" in path:
            return self.reviews
        if "/commits/" in path:
            return f"{self.by}\n"
        assert "head=a:form-7&" in path
        there = f"state={self.state}&" in path
        return json.dumps({"number": 12, "sha": "0123abc", "merged": self.merged}) if there else ""


def said(text: str) -> list[str]:
    """The one comment, as it stands there."""
    return [marked(MARK, text.format(number=7))]


def test_it_is_closed_and_opened_again() -> None:
    """With one comment, which says each time how it is; a second edit of either kind changes nothing."""
    hub = Hub()
    assert (hold(hub, "a/b", 7), hub.state) == ("closed", "closed")
    assert [c["body"] for c in hub.comments] == said(CLOSED)
    assert hold(hub, "a/b", 7) == "nothing to close"
    assert (reopen(hub, "a/b", 7), hub.state) == ("open again", "open")
    assert [c["body"] for c in hub.comments] == said(AGAIN)
    assert reopen(hub, "a/b", 7) == "nothing to open"


@pytest.mark.parametrize(("by", "reviews"), [("person@example.org", ""), (BOT_EMAIL, "COMMENTED\nAPPROVED\n")])
def test_what_a_person_changed_or_approved_stays_open(by: str, reviews: str) -> None:
    """With a comment that asks to look."""
    hub = Hub(by=by, reviews=reviews)
    assert (hold(hub, "a/b", 7), hub.state) == ("kept", "open")
    assert [c["body"] for c in hub.comments] == said(KEPT)


@pytest.mark.parametrize("comment", ["", AGAIN, KEPT])
def test_what_a_person_closed_stays_closed(comment: str) -> None:
    """Only a pull request that was closed for the form is opened; nobody else's words count for the mark."""
    hub = Hub("closed")
    hub.comments = [{"id": 4, "number": 4, "by": "somebody", "pull": False, "body": said(CLOSED)[0]}]
    hub.comments += [{"id": 5, "number": 5, "by": BOT, "pull": False, "body": said(comment)[0]}] if comment else []
    assert (reopen(hub, "a/b", 7), hub.asked) == ("nothing to open", [])


def test_what_was_merged_stays_merged() -> None:
    """Whatever the comment says."""
    hub = Hub("closed", merged=True)
    hub.comments = [{"id": 5, "number": 5, "by": BOT, "pull": False, "body": said(CLOSED)[0]}]
    assert (reopen(hub, "a/b", 7), hub.asked) == ("nothing to open", [])


def test_a_refusal_is_1_and_wrong_use_2(capsys: pytest.CaptureFixture[str]) -> None:
    """With GitHub's words."""

    def refuse(arguments: Sequence[str], text: str) -> str:
        raise subprocess.CalledProcessError(1, "gh", stderr="HTTP 422: no branch")

    call = ["reopen", "--repository", "a/b", "--number", "7"]
    assert form_pull_request.main(call, ask=refuse) == 1
    assert "HTTP 422: no branch" in capsys.readouterr().err
    with pytest.raises(SystemExit) as ended:
        form_pull_request.main([*call[:-1], "x"], ask=refuse)
    assert ended.value.code == 2
