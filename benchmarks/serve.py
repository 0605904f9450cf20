"""How long the preview takes: from its start to the first page, and from a changed record to the page that shows it.

    python benchmarks/serve.py             python -m headkb.site.serve
    python benchmarks/serve.py --mkdocs    `mkdocs serve` as well, which builds every page before and after: about ten minutes

The checkout is copied, so no file of it changes. Prints seconds on the clock, and of processor time of the server.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

import psutil

ROOT = Path(__file__).parents[1]
PAGE = "heads/induction/"
UNDER = {"preview": "", "mkdocs": "headkb/"}
"""Where each puts the site: MkDocs below the path of the public one."""
ARGUMENTS = {
    "preview": ("-m", "headkb.site.serve", "--port", "8123"),
    "mkdocs": ("-m", "mkdocs", "serve", "--quiet", "--dev-addr", "127.0.0.1:8123"),
}


def main() -> None:
    """Print a line for each server."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--mkdocs", action="store_true", help="measure `mkdocs serve` as well")
    names = ["preview", *(["mkdocs"] if parser.parse_args().mkdocs else [])]
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "headkb"
        left = {str(ROOT): {".git", ".venv", "site", "dist"}}
        shutil.copytree(ROOT, copy, ignore=lambda at, _: left.get(at, set()), symlinks=True)
        for name in names:
            measure(name, copy)


def measure(name: str, checkout: Path) -> None:
    """Start a server, ask for a page, change its record, and ask until the page shows it; then break it, and mend it."""
    environment = {**os.environ, "PYTHONPATH": str(checkout), "NO_MKDOCS_2_WARNING": "1"}
    server = subprocess.Popen([sys.executable, *ARGUMENTS[name]], cwd=checkout, env=environment)
    try:
        told(name, "start until the first page", server, "Induction head")
        record = checkout / "catalog" / PAGE.rstrip("/")
        record = record.with_suffix(".yaml")
        text = record.read_text("utf-8")
        record.write_text(text.replace("name: Induction head", "name: Changed head"), encoding="utf-8")
        told(name, "change until it is shown", server, "Changed head")
        if name == "preview":
            record.write_text(f"nmae: oops\n{text}", encoding="utf-8")
            told(name, "fault until it is shown", server, "unknown-key")
        record.write_text(text, encoding="utf-8")
    finally:
        server.terminate()
        server.wait()


def told(name: str, what: str, server: subprocess.Popen[bytes], word: str) -> None:
    """Ask for the page until it has a word, and print how long that took."""
    process, start = psutil.Process(server.pid), time.monotonic()
    before = processor(process)
    while word not in page(UNDER[name] + PAGE):
        if server.poll() is not None:
            raise SystemExit(f"{name} ended with {server.returncode}")
        time.sleep(0.05)
    print(f"{name}: {what}: {time.monotonic() - start:.1f} s, {processor(process) - before:.1f} CPU s", flush=True)


def processor(process: psutil.Process) -> float:
    """Seconds of processor time of a process."""
    times = process.cpu_times()
    return float(times.user + times.system)


def page(path: str) -> str:
    """The page, whatever its status; empty while nobody answers."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:8123/{path}", timeout=600) as answer:
            return str(answer.read().decode())
    except urllib.error.HTTPError as error:
        return error.read().decode()
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return ""


if __name__ == "__main__":
    main()
