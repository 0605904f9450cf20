"""Make `docs/notebooks/*.ipynb` of the pages beside them: text becomes Markdown cells, Python blocks become code cells, without outputs.

python tools/notebooks.py            write those that differ
python tools/notebooks.py --run      also run each, with the kernel of this Python; exit 1 where a cell fails
"""

from __future__ import annotations

import json
import re
import sys
import time
from pathlib import Path
from typing import Any

from documented_blocks import NOTEBOOKS, PYTHON, ROOT, code_blocks

FOLDER = ROOT / NOTEBOOKS
SITE = "https://headkb.github.io/headkb/"
LINK = re.compile(r"\]\((?!https?:|#)([^()\[\]\s]+)\)")
RECORD = re.compile(r"\[\[(\w+/[\w-]+)(?:\|([^\[\]]+))?\]\]")
LONGEST = 280


def notebook_of(text: str) -> dict[str, Any]:
    """The notebook of a page."""
    body = re.sub(r"\A---\n.*?\n---\n", "", text, flags=re.DOTALL)
    cells: list[dict[str, Any]] = []
    end = 0
    for block in code_blocks(body):
        if block.info not in PYTHON:
            continue
        _add(cells, "markdown", _outside(body[end : block.start]))
        _add(cells, "code", block.body)
        end = block.end
    _add(cells, "markdown", _outside(body[end:]))
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return {
        "cells": cells,
        "metadata": {"kernelspec": kernel, "language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def written(text: str) -> str:
    """The notebook of a page as it lies in the repository."""
    return json.dumps(notebook_of(text), indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def pages() -> list[Path]:
    """The pages that are notebooks as well."""
    return sorted(FOLDER.glob("*.md"))


def run(path: Path) -> float:
    """Run a notebook in a folder of its own, and say how many seconds it took.

    Raises:
        nbclient.exceptions.CellExecutionError: With what a cell failed with.
    """
    import tempfile

    import nbformat
    from nbclient import NotebookClient

    book, start = nbformat.read(path, as_version=4), time.monotonic()
    nbformat.validate(book)
    with tempfile.TemporaryDirectory() as folder:
        NotebookClient(book, timeout=LONGEST, kernel_name="python3", resources={"metadata": {"path": folder}}).execute()
    return time.monotonic() - start


def _add(cells: list[dict[str, Any]], kind: str, text: str) -> None:
    if not text.strip():
        return
    cell: dict[str, Any] = {"cell_type": kind, "id": f"cell-{len(cells)}", "metadata": {}}
    if kind == "code":
        cell |= {"execution_count": None, "outputs": []}
    cells.append(cell | {"source": text.strip("\n").splitlines(keepends=True)})


def _outside(text: str) -> str:
    """A text whose links work outside the site, too."""

    def link(match: re.Match[str]) -> str:
        target, _, anchor = match[1].partition("#")
        parts = f"notebooks/{target}".split("/")
        while ".." in parts:
            place = parts.index("..")
            parts[place - 1 : place + 1] = []
        path = "/".join(parts)
        path = path.removesuffix("index.md") if path.endswith("index.md") else re.sub(r"\.md$", "/", path)
        return f"]({SITE}{path}{f'#{anchor}' if anchor else ''})"

    named = RECORD.sub(lambda match: f"[{match[2] or match[1].partition('/')[2]}]({SITE}{match[1]}/)", text)
    return LINK.sub(link, named)


def main() -> int:
    """Write the notebooks, and run them if asked."""
    for page in pages():
        path, text = page.with_suffix(".ipynb"), written(page.read_text(encoding="utf-8"))
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            print(f"wrote {path.relative_to(ROOT)}")
    if "--run" not in sys.argv:
        return 0
    from nbclient.exceptions import CellExecutionError

    failed = 0
    for page in pages():
        try:
            print(f"{page.stem}: {run(page.with_suffix('.ipynb')):.0f} s", flush=True)
        except CellExecutionError as error:
            print(f"{page.stem}: {error}")
            failed = 1
    return failed


if __name__ == "__main__":
    sys.exit(main())
