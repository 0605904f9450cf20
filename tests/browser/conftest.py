"""A built site, a local server for it, and a real browser; skipped with a clear word where one of them is missing."""

from __future__ import annotations

import functools
import gzip
import http.server
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
CHROMIUM = os.environ.get("HEADKB_CHROMIUM", "/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class Quiet(http.server.SimpleHTTPRequestHandler):
    """A file server that does not write to the terminal."""

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Say nothing."""


class Server(http.server.ThreadingHTTPServer):
    """A server that does not complain when the browser goes away."""

    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing."""


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site in `HEADKB_SITE`, else one built now."""
    if given := os.environ.get("HEADKB_SITE"):
        return Path(given)
    pytest.importorskip("material", reason="the site needs mkdocs-material: pip install 'headkb[site]'")
    out = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(out)]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return out


@pytest.fixture(scope="session")
def base(site: Path) -> Iterator[str]:
    """The address of the site on this machine."""
    server = Server(("127.0.0.1", 0), functools.partial(Quiet, directory=str(site)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/"
    server.shutdown()
    server.server_close()


class Packing(Quiet):
    """Sends texts compressed, as the public server does."""

    def do_GET(self) -> None:
        """Answer with gzip where that is a text."""
        file = Path(self.translate_path(self.path.partition("?")[0]))
        file = file / "index.html" if file.is_dir() else file
        if file.suffix not in (".html", ".js", ".css", ".json", ".svg") or not file.is_file():
            super().do_GET()
            return
        body = gzip.compress(file.read_bytes(), 6)
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(str(file)))
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture(scope="session")
def packed_base(site: Path) -> Iterator[str]:
    """The address of the site behind a server that compresses."""
    server = Server(("127.0.0.1", 0), functools.partial(Packing, directory=str(site)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Chromium, driven by playwright."""
    if not Path(CHROMIUM).exists():
        pytest.skip(f"no browser at {CHROMIUM}: install chromium, or name one in HEADKB_CHROMIUM")
    playwright = pytest.importorskip("playwright.sync_api", reason="pip install playwright")
    with playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


ALL_HERE = """() => [...document.querySelectorAll('[data-facets][data-all]')].slice(0, 1)
  .every(box => box.querySelectorAll('tbody tr, li.hk-chip').length === +box.dataset.all)"""


def all_rows(page: Any) -> Any:
    """Turn to the filters of a page, and wait until the rows of its other parts are here."""
    page.evaluate("document.querySelectorAll('details:has(.hk-facetbar)').forEach(fold => { fold.open = true; })")
    page.locator(".hk-facetbar input >> nth=0").focus()
    page.wait_for_function(ALL_HERE)
    return page


class Visit:
    """Opens pages and notes everything that must not happen: console errors, failed and foreign requests."""

    def __init__(self, browser: Any, base: str, **options: Any) -> None:
        self.base = base
        self.trouble: list[str] = []
        self.context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
        # A busy machine may be slow: nothing here measures time.
        self.context.set_default_timeout(120_000)
        self.page = self.context.new_page()
        self.page.on("console", lambda m: self.trouble.append(m.text) if m.type == "error" else None)
        self.page.on("pageerror", lambda error: self.trouble.append(str(error)))
        self.page.on("response", lambda r: self.trouble.append(f"{r.status} {r.url}") if r.status >= 400 else None)
        self.page.on(
            "request", lambda r: None if r.url.startswith((base, "data:", "blob:")) else self.trouble.append(r.url)
        )

    def open(self, path: str) -> Any:
        """Go to a page of the site."""
        self.page.goto(self.base + path)
        return self.page


@pytest.fixture
def visit(browser: Any, base: str) -> Iterator[Any]:
    """Make visits with given options; at the end none of them may have had trouble."""
    made: list[Visit] = []

    def make(**options: Any) -> Visit:
        made.append(Visit(browser, base, **options))
        return made[-1]

    yield make
    trouble = [line for one in made for line in one.trouble]
    for one in made:
        one.context.close()
    assert trouble == []
