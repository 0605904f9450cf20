"""A hub on this machine: it serves one repository as the Hugging Face hub does, and can be slow, silent, cut off, or gone."""

from __future__ import annotations

import hashlib
import http.server
import json
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

COMMIT = "a" * 40
REPOSITORY = "someone/small"
_FILE = re.compile(rf"/{REPOSITORY}/resolve/([^/]+)/(.+)")
_INFO = re.compile(rf"/api/models/{REPOSITORY}(/revision/([^/?]+)|/tree/([^/?]+))?")


@dataclass(frozen=True)
class Answer:
    """What is sent instead of what was asked for; `raw` replaces the whole answer, its status line included."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    raw: bytes | None = None


class Hub(http.server.ThreadingHTTPServer):
    """The server and what it does with the weights.

    Attributes:
        folder: The repository's files.
        fault: `drip`, `silent` or `cut` where that is done to the weights; `silent-api` where nothing is answered.
        answers: Part of a path → what is answered instead where it stands in what is asked for.
        requests: `METHOD path` and the headers, by names in lower case, of what was asked for.
    """

    daemon_threads = True

    def __init__(self, folder: Path) -> None:
        """Listen on a free port."""
        super().__init__(("127.0.0.1", 0), _Handler)
        self.folder, self.fault = folder, ""
        self.answers: dict[str, Answer] = {}
        self.requests: list[tuple[str, dict[str, str]]] = []
        self.stopped = threading.Event()

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def asked(self, part: str) -> list[dict[str, str]]:
        """The headers of the requests whose method and path hold some words."""
        return [headers for line, headers in self.requests if part in line]


class _Handler(http.server.BaseHTTPRequestHandler):
    server: Hub
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_HEAD(self) -> None:
        """What a file is."""
        self._answer(body=False)

    def do_GET(self) -> None:
        """A file, or what the repository holds."""
        self._answer(body=True)

    def _answer(self, *, body: bool) -> None:
        self.server.requests.append((f"{self.command} {self.path}", {k.casefold(): v for k, v in self.headers.items()}))
        instead = next((made for part, made in self.server.answers.items() if part in self.path), None)
        if instead is not None:
            self._instead(instead, body)
        elif self.server.fault == "silent-api":
            self.server.stopped.wait()
        elif (info := _INFO.fullmatch(self.path.partition("?")[0])) is not None:
            self._info(info[2] or "main", tree=info[3] is not None)
        elif (found := _FILE.fullmatch(self.path)) is not None and (self.server.folder / found[2]).is_file():
            self._file(self.server.folder / found[2], body)
        else:
            self._send(404, b"", {"X-Error-Code": "EntryNotFound"}, body=body)

    def _instead(self, answer: Answer, body: bool) -> None:
        if answer.raw is None:
            self._send(answer.status, answer.body, dict(answer.headers), body=body)
        else:
            self.wfile.write(answer.raw)
            self.close_connection = True

    def _info(self, revision: str, *, tree: bool) -> None:
        files = sorted(path for path in self.server.folder.rglob("*") if path.is_file())
        names = [path.relative_to(self.server.folder).as_posix() for path in files]
        if not tree and revision != "main" and not COMMIT.startswith(revision) and revision != "v1":
            self._send(404, b"{}", {"X-Error-Code": "RevisionNotFound"})
            return
        listed = [
            {"type": "file", "path": name, "size": path.stat().st_size, "oid": _etag(path)}
            for name, path in zip(names, files, strict=True)
        ]
        whole = {"id": REPOSITORY, "sha": COMMIT, "siblings": [{"rfilename": name} for name in names]}
        self._send(200, json.dumps(listed if tree else whole).encode(), {"Content-Type": "application/json"})

    def _file(self, path: Path, body: bool) -> None:
        raw, start = path.read_bytes(), 0
        headers = {"ETag": f'"{_etag(path)}"', "X-Repo-Commit": COMMIT, "Accept-Ranges": "bytes"}
        if (asked := re.match(r"bytes=(\d+)-", self.headers.get("Range", ""))) is not None:
            start = int(asked[1])
            headers["Content-Range"] = f"bytes {start}-{len(raw) - 1}/{len(raw)}"
        fault = self.server.fault if body and path.suffix in (".safetensors", ".gguf") else ""
        if fault == "silent":
            self.server.stopped.wait()
            return
        if fault not in ("drip", "cut"):
            self._send(206 if start else 200, raw[start:], headers, body=body)
            return
        self._head(200, {**headers, "Content-Length": str(len(raw))})
        if fault == "cut":
            self.server.fault = ""
            self.wfile.write(raw[: len(raw) // 2])
            self.close_connection = True
            return
        for number in range(len(raw)):
            if self.server.stopped.wait(0.02):
                return
            try:
                self.wfile.write(raw[number : number + 1])
            except OSError:
                return

    def _send(self, status: int, content: bytes, headers: dict[str, str], *, body: bool = True) -> None:
        self._head(status, {**headers, "Content-Length": str(len(content))})
        if body:
            self.wfile.write(content)

    def _head(self, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()


def _etag(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@contextmanager
def stand_in(folder: Path) -> Iterator[Hub]:
    """A hub that runs until the block ends."""
    hub = Hub(folder)
    thread = threading.Thread(target=hub.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        hub.stopped.set()
        hub.shutdown()
        hub.server_close()
        thread.join()
