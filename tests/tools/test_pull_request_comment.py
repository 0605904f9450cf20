"""The comment of a pull request: problems of its own files first; whatever its code left is checked before it is believed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt
from pull_request_comment import (
    LONGEST_DIFF,
    MOST_ELSEWHERE,
    UntrustedError,
    comment,
    in_order,
    post,
    preview_address,
    read_bounded,
)

SHA = "a" * 40


class Hub:
    """A repository with one pull request, and what was written to it."""

    def __init__(self, sha: str = SHA, state: str = "open", runs: str = "77\n") -> None:
        self.sha, self.state, self.runs, self.written = sha, state, runs, list[Any]()

    def __call__(self, arguments: Sequence[str], text: str) -> str:
        if any("/pulls/" in word for word in arguments):
            return json.dumps({"sha": self.sha, "state": self.state})
        if any("actions/runs" in word for word in arguments):
            return self.runs
        if "--paginate" in arguments:
            return ""
        self.written.append((arguments[2], json.loads(text)["body"]))
        return "{}"


def left(folder: Path, number: str = "12", diff: str = "**added** `papers/x`", problems: str = "") -> Path:
    """What the first workflow leaves."""
    for name, text in (("number", number), ("diff.md", diff), ("problems.txt", problems)):
        (folder / name).write_text(text, "utf-8")
    return folder


def test_problems_of_changed_files_come_first() -> None:
    """Then the first few of others, and how many more there are."""
    others = [f"::error file=catalog/heads/h{n}.yaml,line=1,col=1,title=x::y" for n in range(MOST_ELSEWHERE + 5)]
    mine = "::warning file=catalog/papers/mine.yaml,line=2,col=1,title=x::y"
    told = in_order([*others, mine], ["catalog/papers/mine.yaml\n", "README.md"])
    assert told[0] == mine
    assert told[1:-1] == others[:MOST_ELSEWHERE]
    assert told[-1] == "::notice::5 more problem(s) in files that are not changed here"


def test_the_comment_has_changes_problems_and_preview(tmp_path: Path) -> None:
    """On the pull request whose newest commit is that of the event."""
    hub = Hub()
    assert post(left(tmp_path, problems="catalog/x.yaml:1:1: error[y] z"), hub, "a/b", SHA) == "written"
    ((path, body),) = hub.written
    assert path == "repos/a/b/issues/12/comments"
    for part in ("**added** `papers/x`", "error[y] z", "https://github.com/a/b/actions/runs/77#artifacts"):
        assert part in body


@pytest.mark.parametrize(
    ("number", "hub", "sha"),
    [
        ("12", Hub(sha="b" * 40), SHA),
        ("12", Hub(state="closed"), SHA),
        ("12; rm -rf /", Hub(), SHA),
        ("../../repos/x", Hub(), SHA),
        ("-1", Hub(), SHA),
        ("", Hub(), SHA),
        ("12", Hub(), "main"),
    ],
)
def test_a_number_is_believed_only_with_its_commit(number: str, hub: Hub, sha: str, tmp_path: Path) -> None:
    """One of another pull request, of a closed one, or what is no number: nothing is written."""
    with pytest.raises(UntrustedError):
        post(left(tmp_path, number=number), hub, "a/b", sha)
    assert hub.written == []


def test_nothing_is_written_where_nothing_was_left(tmp_path: Path) -> None:
    """An empty folder, such as of a workflow that could not begin."""
    with pytest.raises(UntrustedError):
        post(tmp_path, Hub(), "a/b", SHA)


def test_links_are_not_followed(tmp_path: Path) -> None:
    """A link in the artifact could lead to a file of the machine."""
    (tmp_path / "secret").write_text("secret", "utf-8")
    (tmp_path / "diff.md").symlink_to(tmp_path / "secret")
    assert read_bounded(tmp_path / "diff.md", 100) == ""


def test_sizes_are_bounded(tmp_path: Path) -> None:
    """However much was left."""
    hub = Hub()
    post(left(tmp_path, diff="x" * 10**6, problems="y" * 10**6), hub, "a/b", SHA)
    ((_, body),) = hub.written
    assert LONGEST_DIFF < len(body) < 60_000


HOSTILE = """# Fine
- **added** `heads/x`
![i](https://example.org/i.png) [l](https://example.org) <img src=x> <script>1</script> @octocat &lt;b&gt;
[ref]: https://example.org
https://example.org www.example.org
fixes #1
```
never closed"""


def test_its_markdown_does_nothing() -> None:
    """No link but that to the preview, no image, no HTML; a block of code that it leaves open does not swallow what follows."""
    text = comment(HOSTILE, "", "https://github.com/a/b/actions/runs/1#artifacts")
    tokens = [inner for token in MarkdownIt().parse(text) for inner in (token, *(token.children or []))]
    links = [token.attrs["href"] for token in tokens if token.type == "link_open"]
    assert links == ["https://github.com/a/b/actions/runs/1#artifacts"]
    assert {token.type for token in tokens} & {"image", "html_inline", "html_block"} == set()
    assert {token.tag for token in tokens} >= {"h1", "h3", "strong", "code", "ul"}
    for sign in ("@octocat", "#1", "www.example", "://example"):
        assert sign not in text


@pytest.mark.parametrize(
    ("markdown", "links"),
    [
        ("- [Induction](https://headkb.github.io/headkb/heads/induction/) `induction`", 1),
        ("[a](https://headkb.github.io/headkb/../../evil/)", 0),
        ("[a](https://headkb.github.io/headkb/x?y=1)", 0),
        ("[a](https://headkb.github.io.example.org/headkb/x/)", 0),
        ("![a](https://headkb.github.io/headkb/x/)", 1),
    ],
)
def test_pages_of_headkb_are_linked(markdown: str, links: int) -> None:
    """And nothing else that looks like one; an image becomes a link at most."""
    tokens = [t for token in MarkdownIt().parse(comment(markdown, "", "https://p.org/x")) for t in token.children or []]
    assert sum(token.type == "link_open" for token in tokens) == links + 1
    assert "image" not in {token.type for token in tokens}


def test_the_preview_is_found_or_the_checks_are(tmp_path: Path) -> None:
    """Only a number is taken from the answer."""
    assert preview_address(Hub(runs=""), "a/b", SHA, 12) == "https://github.com/a/b/pull/12/checks"
    assert preview_address(Hub(runs="x"), "a/b", SHA, 12) == "https://github.com/a/b/pull/12/checks"


def test_folds_are_folds_and_end() -> None:
    """What `headkb diff` folds is folded; a fold that is left open hides nothing that comes after, and a tag with attributes is text."""
    text = comment("<details><summary>3 papers</summary>\n\n- one<br>two &amp; #<!---->4\n", "", "https://example.org")
    assert "<details><summary>3 papers</summary>\n\n- one<br>two &amp; #<!---->4\n\n</details>" in text
    assert "<details open" not in comment("<details open onclick=x>", "", "https://example.org")
    assert "<img" not in comment("<img src=x>", "", "https://example.org")
