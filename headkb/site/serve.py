"""`python -m headkb.site.serve`, which `make serve` calls: the preview over HTTP, to this machine alone; pages load again by themselves.

A record that cannot be used shows what is wrong with it, in the words of `headkb validate`; other pages say so at their top.
"""

from __future__ import annotations

import argparse
import logging
import mimetypes
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Sequence
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from headkb.catalog.diagnostic import Diagnostic
from headkb.site.preview import Preview

OWN = "__preview__/"
"""Where the preview's own two files lie."""
EVERY = 0.3
"""Seconds between looks at the files."""
PATIENCE = 25
"""Seconds that an answer about changes waits for one."""
SCRIPT = f"""\
const here = document.currentScript.dataset.state;
const wait = () => fetch("/{OWN}changes?since=" + here)
  .then((answer) => answer.text())
  .then((now) => (now === here ? wait() : location.reload()))
  .catch(() => setTimeout(wait, 1000));
wait();
"""


class Server(ThreadingHTTPServer):
    """Holds the preview, and counts the changes of its files."""

    daemon_threads = True

    def __init__(self, preview: Preview, port: int, built: Path | None = None) -> None:
        """Listen on this machine's own address; `built` is a site from which what a preview does not make is taken."""
        super().__init__(("127.0.0.1", port), Handler)
        self.preview, self.built = preview, built
        self.changes, self.changed = 0, threading.Condition()
        self.open = True
        threading.Thread(target=self._watch, daemon=True).start()

    @property
    def address(self) -> str:
        """What to type into a browser."""
        return f"http://127.0.0.1:{self.server_address[1]}/"

    def server_close(self) -> None:
        """Stop watching, too."""
        self.open = False
        super().server_close()

    def wait(self, since: int) -> int:
        """The number of changes, when it is another than `since` or after a while."""
        with self.changed:
            self.changed.wait_for(lambda: self.changes != since or not self.open, timeout=PATIENCE)
            return self.changes

    def _watch(self) -> None:
        before = self.preview.watched()
        while self.open:
            time.sleep(EVERY)
            now = self.preview.watched()
            if now != before:
                before = now
                with self.changed:
                    self.changes += 1
                    self.changed.notify_all()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that went away is no error."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class Handler(BaseHTTPRequestHandler):
    """Answers with pages, files, and what changed."""

    server: Server

    def do_GET(self) -> None:
        """One request."""
        split = urlsplit(self.path)
        path = unquote(split.path).removeprefix("/")
        if path == f"{OWN}changes":
            since = parse_qs(split.query).get("since", ["0"])[0]
            self._send(200, "text/plain", str(self.server.wait(int(since) if since.isdigit() else 0)).encode())
        elif path == f"{OWN}reload.js":
            self._send(200, "text/javascript", SCRIPT.encode())
        elif path.endswith(".md"):
            # In hand-written pages links name files.
            self._lead_to(path.removesuffix("index.md") if path.endswith("index.md") else f"{path[:-3]}/")
        elif path == "" or path.endswith("/"):
            self._page(path)
        else:
            self._file(path)

    def _page(self, path: str) -> None:
        server, state = self.server, self.server.changes
        try:
            html = server.preview.page(path)
        except Exception as error:
            traceback.print_exc()
            text = f"<pre>{escape(f'{type(error).__name__}: {error}')}</pre><p>The terminal says where.</p>"
            self._send(500, "text/html", _plain("This page could not be made", text + _broken(server.preview), state))
            return
        problems = server.preview.problems
        mine = [p for p in problems if f"{p.path.removesuffix('.yaml')}/" == path]
        if mine:
            others = len(problems) - len(mine)
            more = (
                f"<p>{others} more problem(s) in other files: <code>headkb validate catalog</code></p>"
                if others
                else ""
            )
            title = f"{mine[0].path} cannot be used as it is"
            self._send(422, "text/html", _plain(title, _listed(mine) + more, state))
        elif html is None:
            text = f"<p>Nothing in the catalog has the address <code>/{escape(path)}</code>. <a href='/'>Home</a></p>"
            self._send(404, "text/html", _plain("There is no such page", text + _broken(server.preview), state))
        else:
            self._send(200, "text/html", _with_extras(html, problems, state))

    def _file(self, path: str) -> None:
        body = self.server.preview.static(path)
        if body is None and self.server.built is not None:
            file = (self.server.built / path).resolve()
            inside = self.server.built.resolve() in file.parents and file.is_file()
            body = file.read_bytes() if inside else None
        if body is not None:
            self._send(200, mimetypes.guess_type(path)[0] or "application/octet-stream", body)
        elif "." not in path.rpartition("/")[2]:
            self._lead_to(f"{path}/")
        else:
            self._send(404, "text/plain", b"The preview does not make this file; `make site` does.\n")

    def _lead_to(self, path: str) -> None:
        self.send_response(302)
        self.send_header("Location", f"/{path.lstrip('/')}")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _send(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8" if kind.startswith("text/") else kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Say nothing of answers."""


def _listed(problems: Sequence[Diagnostic]) -> str:
    return "".join(f"<pre style='white-space: pre-wrap'>{escape(p.text())}</pre>" for p in problems)


def _broken(preview: Preview) -> str:
    """What else a page may fail from: files of the catalog that cannot be used."""
    return f"<h2>Files that cannot be used</h2>{_listed(preview.problems)}" if preview.problems else ""


def _reload(state: int) -> str:
    return f'<script src="/{OWN}reload.js" data-state="{state}"></script>'


def _plain(title: str, body: str, state: int) -> bytes:
    head = f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(title)}</title>'
    style = "max-width: 60rem; margin: 2rem auto; padding: 0 1rem; font: 1rem/1.5 sans-serif"
    return f"{head}<body style='{style}'><h1>{escape(title)}</h1>{body}{_reload(state)}</body></html>".encode()


def _with_extras(html: str, problems: Sequence[Diagnostic], state: int) -> bytes:
    """A page that loads again after a change, and says at its top what is wrong with files of the catalog."""
    note = ""
    if problems:
        first = escape(f"{problems[0].short()}. Fix: {problems[0].fix}")
        style = "margin: 0; padding: .5rem 1rem; background: #b00020; color: #fff"
        note = f'<p role="alert" style="{style}">{len(problems)} problem(s) in the catalog, first {first}.</p>'
    start = html.find(">", html.find("<body")) + 1
    end = html.rfind("</body>")
    return f"{html[:start]}{note}{html[start:end]}{_reload(state)}{html[end:]}".encode()


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(prog="python -m headkb.site.serve", description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, default=8000, help="8000 by default; 0 takes any that is free")
    parser.add_argument("--config", type=Path, default=Path("mkdocs.yml"), help="mkdocs.yml of the checkout")
    options = parser.parse_args(arguments)
    if not options.config.is_file():
        parser.error(f"there is no {options.config}: call this in a checkout of headkb, or name its mkdocs.yml")
    built = options.config.resolve().parent / "site"
    with tempfile.TemporaryDirectory() as out:
        try:
            server = Server(Preview(options.config, Path(out)), options.port, built)
        except OSError as error:
            parser.error(f"port {options.port} cannot be used ({error.strerror}): name another one with --port")
        print(f"The site is at {server.address} and follows your edits; Ctrl+C ends it.", flush=True)
        if not built.is_dir():
            print("Search and downloads are there after `make site`.", flush=True)
        # Pages that were not made yet look to MkDocs like broken links.
        logging.getLogger("mkdocs").setLevel(logging.ERROR)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print()
        finally:
            server.server_close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
