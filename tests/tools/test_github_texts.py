"""One comment, one issue: written once, changed afterwards, closed when there is nothing to say; only the workflow's own is touched."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import github_texts
import pytest
from github_texts import BOT, LONGEST, first_line, marked, write_comment, write_issue


class Hub:
    """What stands on a pull request or in a repository, and what was asked."""

    def __init__(self, *known: dict[str, Any]) -> None:
        self.known, self.asked = known, list[tuple[list[str], Any]]()

    def __call__(self, arguments: Sequence[str], text: str) -> str:
        if "--paginate" in arguments:
            return "\n".join(json.dumps(entry) for entry in self.known)
        self.asked.append((list(arguments), json.loads(text)))
        return "{}"


def entry(number: int, by: str, body: str, *, pull: bool = False) -> dict[str, Any]:
    """A comment or issue as it is listed."""
    return {"id": number, "number": number, "by": by, "body": body, "pull": pull}


def test_the_first_comment_is_written() -> None:
    """With its mark; comments of others that bear the mark are not taken for it."""
    hub = Hub(entry(1, "somebody", f"{first_line('form')}\nmine"), entry(2, BOT, f"{first_line('other')}\nx"))
    assert write_comment(hub, "a/b", 12, "form", "text") == "written"
    ((arguments, body),) = hub.asked
    assert arguments == ["--method", "POST", "repos/a/b/issues/12/comments", "--input", "-"]
    assert body == {"body": f"{first_line('form')}\ntext"}


def test_the_next_one_changes_it() -> None:
    """Unless it says the same."""
    hub = Hub(entry(2, BOT, f"{first_line('form')}\nold"))
    assert write_comment(hub, "a/b", 12, "form", "new") == "changed"
    assert hub.asked[0][0][:3] == ["--method", "PATCH", "repos/a/b/issues/comments/2"]
    hub = Hub(entry(2, BOT, f"{first_line('form')}\nnew"))
    assert (write_comment(hub, "a/b", 12, "form", "new"), hub.asked) == ("as it was", [])


def test_an_issue_is_opened_changed_and_closed() -> None:
    """One at a time; a pull request with the mark is none."""
    hub = Hub(entry(3, BOT, f"{first_line('links')}\nx", pull=True))
    assert write_issue(hub, "a/b", "links", "Links", "text") == "opened"
    assert hub.asked[0][1] == {"title": "Links", "body": f"{first_line('links')}\ntext"}
    known = entry(4, BOT, f"{first_line('links')}\nx")
    hub = Hub(known)
    assert (write_issue(hub, "a/b", "links", "Links", "text"), hub.asked[0][0][2]) == ("changed", "repos/a/b/issues/4")
    hub = Hub(known)
    assert (write_issue(hub, "a/b", "links", "Links", "\n"), hub.asked[0][1]) == ("closed", {"state": "closed"})
    hub = Hub()
    assert (write_issue(hub, "a/b", "links", "Links", ""), hub.asked) == ("nothing to say", [])


def test_a_text_is_as_long_as_github_takes_it() -> None:
    """And says that there was more."""
    text = marked("form", "x" * 100_000)
    assert LONGEST < len(text) < 65_536
    assert text.endswith("the rest is too long.")


@pytest.mark.parametrize(
    "wrong", [["--number", "0"], ["--number", "1;id"], ["--mark", "A b"], ["--repository", "a/b/c"], []]
)
def test_wrong_use_is_2(wrong: list[str], tmp_path: Path) -> None:
    """A number, a mark or a repository that is none, and a missing file; nothing is asked."""
    file = tmp_path / "text.md"
    if wrong:
        file.write_text("x", "utf-8")
    good = {"--number": "1", "--mark": "form", "--repository": "a/b"} | dict([wrong] if wrong else [])
    with pytest.raises(SystemExit) as ended:
        github_texts.main(["comment", *(word for pair in good.items() for word in pair), str(file)], ask=Hub())
    assert ended.value.code == 2


def test_a_refusal_is_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With GitHub's words."""

    def refuse(arguments: Sequence[str], text: str) -> str:
        raise subprocess.CalledProcessError(1, "gh", stderr="HTTP 403: not yours")

    (tmp_path / "text.md").write_text("x", "utf-8")
    call = ["issue", "--repository", "a/b", "--mark", "links", "--title", "T", str(tmp_path / "text.md")]
    assert github_texts.main(call, ask=refuse) == 1
    assert "HTTP 403: not yours" in capsys.readouterr().err
