"""Addresses outside the project: which are found, what a host's answers mean, what a person is told. The host is one of the test's own."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import external_links
import pytest
from click.testing import CliRunner
from external_links import Answer, addresses, addresses_in, ask, ask_all, report, suppression_errors
from reasons import Excepted

STATUS = {"/ok": 200, "/gone": 404, "/past": 410, "/private": 403, "/busy": 503, "/slow-down": 429, "/no-head": 200}
LEADS = {
    "/moved": (301, "/ok"),
    "/for-now": (302, "/ok"),
    "/half": (301, "/for-now"),
    "/to-gone": (308, "/gone"),
    "/loop": (302, "/loop"),
    "/away": (301, "ftp://x/y"),
    "/slash": (301, "/slash/"),
    "/slash/": (200, ""),
}


class Host(BaseHTTPRequestHandler):
    """Answers by the path; `/once` fails the first time."""

    asked: list[tuple[str, str]]

    def do_GET(self) -> None:
        """By the tables."""
        self.asked.append((self.command, self.path))
        if self.path == "/never":
            while True:
                try:
                    self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
                    time.sleep(0.02)
                except OSError:
                    self.close_connection = True
                    return
        status, to = LEADS.get(self.path, (STATUS.get(self.path, 404), ""))
        if self.path == "/once":
            status = 200 if self.asked.count(("GET", "/once")) > 1 else 500
        if self.path == "/no-head" and self.command == "HEAD":
            status = 405
        self.send_response(status)
        if to:
            self.send_header("Location", to)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_HEAD = do_GET

    def log_message(self, *arguments: object) -> None:
        """Be silent."""


@pytest.fixture(scope="module")
def host() -> Iterator[str]:
    """The address of a host that runs as long as these tests."""
    Host.asked = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Host)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize(
    ("path", "result"),
    [
        ("/ok", "ok"),
        ("/no-head", "ok"),
        ("/once", "ok"),
        ("/gone", "gone"),
        ("/past", "gone"),
        ("/private", "forbidden"),
        ("/slow-down", "forbidden"),
        ("/busy", "unsure"),
        ("/moved", "moved"),
        ("/for-now", "ok"),
        ("/half", "ok"),
        ("/slash", "ok"),
        ("/to-gone", "gone"),
        ("/loop", "unsure"),
        ("/away", "unsure"),
    ],
)
def test_what_an_answer_means(host: str, path: str, result: str) -> None:
    """A page is gone by 404 and 410 alone; it has moved if every step there is for good; a fault of the host says nothing."""
    assert ask(host + path, sleep=lambda seconds: None).result == result


def test_where_it_moved_is_told(host: str) -> None:
    """The address of the page at the end."""
    assert ask(f"{host}/moved").to == f"{host}/ok"


def test_a_host_that_does_not_answer_is_not_gone() -> None:
    """Nobody listens on this port; it is asked once more after a pause."""
    pauses: list[float] = []
    assert ask("http://127.0.0.1:9/x", sleep=pauses.append).result == "unsure"
    assert len(pauses) == 1


def test_a_host_that_never_comes_to_its_answer_is_cut_off(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It sends without end, so that no timeout between two bytes holds."""
    monkeypatch.setattr(external_links, "LONGEST", 0.1)
    begun = time.monotonic()
    assert ask(f"{host}/never", sleep=lambda seconds: None).result == "unsure"
    assert time.monotonic() - begun < 10


def test_where_a_host_leads_calls_nobody() -> None:
    """The address of a redirection is text of a stranger, in every part of the report."""
    answers = {
        "https://a.org": Answer("unsure", "leads to 'x:@octocat ![](//e.io/a)'"),
        "https://b.org": Answer("gone", "404"),
    }
    text = report({address: ["docs/a.md"] for address in answers}, answers, [], [])
    assert "octocat" in text
    assert "@octocat" not in text
    assert "![]" not in text


def test_a_host_is_asked_politely() -> None:
    """One address after the other with a pause between; another host does not wait for it."""
    pauses: list[float] = []
    found = ["https://a.org/1", "https://b.org/1", "https://a.org/2", "https://a.org/3"]
    answers = ask_all(found, one=lambda address: Answer("ok", address), sleep=pauses.append)
    assert {address: answer.what for address, answer in answers.items()} == {address: address for address in found}
    assert pauses == [external_links.PAUSE] * 2


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("see https://a.org/x.", ["https://a.org/x"]),
        ("[a](https://a.org/x_(y)) and <https://b.org>", ["https://a.org/x_(y)", "https://b.org"]),
        ('url: "https://a.org/x#part", z', ["https://a.org/x"]),
        ("{url: https://a.org/x?y=1&z=2}", ["https://a.org/x?y=1&z=2"]),
        ("https://a.org/‹id› and https://a.org/<id>", []),
        ("no address: http:// or //a.org", []),
    ],
)
def test_addresses_end_where_people_end_them(text: str, found: list[str]) -> None:
    """Without the full stop, bracket or quotation mark behind them; patterns for addresses are none."""
    assert addresses_in(text) == found


def test_addresses_are_found_with_the_files_that_name_them(tmp_path: Path) -> None:
    """In records and documentation, and what a record's identifiers lead to; made-up hosts are left out."""
    for name, text in {
        "README.md": "https://a.org/1 https://example.org/2",
        "docs/tasks/x.md": "https://a.org/1",
        "catalog/papers/y.yaml": 'doi: 10.1/x\nlinks: [{label: Paper, url: "https://b.org/3"}]',
        "catalog/claims/y.yaml": "repository: {name: a/b, commit: 0123abc}\nclaims: [{source: {repository: c/d, commit: 4567def}}]",
        "catalog/models/z.yaml": "hub_id: e/f",
        "headkb/z.py": "https://c.org",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    assert addresses(tmp_path) == {
        "https://a.org/1": ["README.md", "docs/tasks/x.md"],
        "https://b.org/3": ["catalog/papers/y.yaml"],
        "https://doi.org/10.1/x": ["catalog/papers/y.yaml"],
        "https://github.com/a/b/tree/0123abc": ["catalog/claims/y.yaml"],
        "https://github.com/c/d/tree/4567def": ["catalog/claims/y.yaml"],
        "https://huggingface.co/e/f": ["catalog/models/z.yaml"],
    }


FOUND = {"https://a.org/1": ["x.md", "y.md", "z.md", "u.md"], "https://a.org/2": ["x.md"], "https://a.org/3": ["x.md"]}
GONE = {
    "https://a.org/1": Answer("gone", "404"),
    "https://a.org/2": Answer("ok", "200"),
    "https://a.org/3": Answer("unsure", "503"),
}


def test_a_person_is_told_what_to_mend() -> None:
    """The address, the answer, the files; what gave no answer comes last."""
    text = report(FOUND, GONE, [], [])
    assert "| `https://a.org/1` | 404 | `x.md`, `y.md`, `z.md` and 1 more |" in text
    assert "a.org/2" not in text
    assert text.index("a.org/3") > text.index("a.org/1")
    assert "3 addresses were asked: 1 ok, 0 moved, 1 gone, 0 forbidden, 1 unsure." in text


def test_where_nothing_is_wrong_nothing_is_said() -> None:
    """Hosts without an answer, and those that let no program in, are not worth an issue by themselves."""
    assert (
        report(
            FOUND, {"https://a.org/3": Answer("unsure", "503"), "https://a.org/2": Answer("forbidden", "403")}, [], []
        )
        == ""
    )


def test_an_exception_silences_what_it_names_and_nothing_else() -> None:
    """The same address with another answer is told."""
    excepted = [Excepted("https://a.org/1", "gone", "It is quoted as it was.", "2026-11-20", 2)]
    assert report(FOUND, GONE, excepted, []) == ""
    moved = GONE | {"https://a.org/1": Answer("moved", "for good", "https://a.org/`9`")}
    assert "| `https://a.org/1` | now `` https:" in report(FOUND, moved, excepted, [])


def test_an_exception_that_nothing_needs_is_an_error_of_its_file() -> None:
    """The address is named nowhere any more, or answers again; the report says so."""
    excepted = [Excepted(f"https://a.org/{n}", "gone", "It is quoted as it was.", "2026-11-20", n) for n in (1, 2, 9)]
    errors = suppression_errors(excepted, FOUND, GONE)
    assert [error.split(": ")[0].rpartition(":")[2] for error in errors] == ["2", "9"]
    assert "answers again" in errors[0]
    assert "named nowhere" in errors[1]
    assert errors[0] in report(FOUND, GONE, excepted, errors).replace("\u2060", "")


def test_the_tool_lists_what_it_would_ask() -> None:
    """Without asking; the catalog's sources are among it."""
    done = CliRunner().invoke(external_links.main, ["--list", "--only", "transformer-circuits.pub"])
    assert done.exit_code == 0
    assert all("transformer-circuits.pub" in line for line in done.output.splitlines())
    assert "https://transformer-circuits.pub/2022/in-context-learning-and-induction-heads/index.html" in done.output
