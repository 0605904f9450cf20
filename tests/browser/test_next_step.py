"""What is printed after `make`, followed in a browser; and what a reader is told who opens the site from disk instead."""

from __future__ import annotations

import re
import shlex
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from headkb.dev.tasks import PORT, next_step

pytestmark = pytest.mark.browser
ROOT = Path(__file__).parents[2]


@pytest.fixture
def served(site: Path, tmp_path: Path) -> Iterator[str]:
    """The printed command, typed beside the folder `site`, with a port that is free; the printed address."""
    text = next_step(Path(sys.executable))
    command = next(line.strip() for line in text.splitlines() if "http.server" in line)
    address = re.search(r"http://\S+", text)
    assert address is not None
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    (tmp_path / "site").symlink_to(site)
    words = [port if word == str(PORT) else word for word in shlex.split(command)]
    assert port in words
    assert (ROOT / words[0]).samefile(sys.executable)  # it is printed as it is typed in the checkout
    words[0] = sys.executable
    server = subprocess.Popen(words, cwd=tmp_path, stderr=subprocess.DEVNULL)
    try:
        yield address[0].replace(str(PORT), port)
    finally:
        server.terminate()
        server.wait()


def answers(address: str) -> bool:
    """Whether somebody listens."""
    try:
        urllib.request.urlopen(address, timeout=5).close()
    except (urllib.error.URLError, ConnectionError):
        return False
    return True


def test_the_printed_next_step_leads_to_a_site_with_links_and_search(served: str, browser: Any) -> None:
    """The address opens, a section is a page and no folder, and a word that is typed finds head types."""
    while not answers(served):
        time.sleep(0.1)
    page = browser.new_page()
    page.set_default_timeout(120_000)
    page.goto(served)
    assert page.locator(".hk-disk").count() == 0
    page.locator(".hk-sections a", has_text="Head types").click()
    page.wait_for_url("**/heads/")
    assert "Head types" in page.title()
    page.locator(".hk-find").click()
    page.keyboard.type("induction")
    page.locator("[role=option]", has_text="Induction head").first.wait_for()
    page.close()


def test_opened_from_disk_a_page_says_what_to_do_instead(site: Path, browser: Any) -> None:
    """In a sentence that can be seen, with the command."""
    page = browser.new_page()
    page.goto((site / "index.html").as_uri())
    note = page.locator(".hk-disk")
    note.wait_for()
    assert note.is_visible()
    assert "python -m http.server 8000 --directory site" in note.inner_text()
    page.close()
