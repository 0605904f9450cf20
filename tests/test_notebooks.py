"""The notebooks are those of their pages, and run."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import notebooks
import pytest

PAGES = notebooks.pages()


def test_there_are_three() -> None:
    """A glob that finds nothing tests nothing."""
    assert [page.stem for page in PAGES] == ["head-type", "induction", "ioi"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_notebook_is_that_of_its_page(page: Path) -> None:
    """`python tools/notebooks.py` writes it; nothing is stored but text and code."""
    text = page.read_text(encoding="utf-8")
    stored = page.with_suffix(".ipynb").read_text(encoding="utf-8")
    assert stored == notebooks.written(text)
    assert f"({page.stem}.ipynb)" in text
    assert all(not cell.get("outputs") for cell in json.loads(stored)["cells"])


def test_text_and_code_become_cells_with_links_that_work_elsewhere() -> None:
    """Front matter is left out, other fences stay text, links and records lead to the site."""
    text = (
        "---\ntitle: x\n---\n\n# A\n\nSee [b](../tasks/score.md#on-your-own-texts), [[heads/induction]] and [c](https://c.org).\n\n"
        "```python\nx = 1\n```\n\n```text\nno code\n```\n"
    )
    first, code, last = notebooks.notebook_of(text)["cells"]
    site = "https://headkb.github.io/headkb/"
    assert "".join(first["source"]) == (
        f"# A\n\nSee [b]({site}tasks/score/#on-your-own-texts), [induction]({site}heads/induction/) and [c](https://c.org)."
    )
    assert (code["cell_type"], code["source"]) == ("code", ["x = 1"])
    assert last["source"] == ["```text\n", "no code\n", "```"]


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
@pytest.mark.filterwarnings("ignore::Warning")  # of Jupyter about itself; the cells run in another process
def test_the_notebook_runs(page: Path) -> None:
    """Every cell, in a kernel of its own: SmolLM2 where its package is installed, else an organism."""
    for needed in ("torch", "nbclient", "ipykernel"):
        if importlib.util.find_spec(needed) is None:
            pytest.skip(f"needs {needed}")
    assert notebooks.run(page.with_suffix(".ipynb")) > 0


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::Warning")
def test_a_cell_that_fails_is_told(tmp_path: Path) -> None:
    """A notebook with an assertion that does not hold does not pass."""
    for needed in ("nbclient", "ipykernel"):
        if importlib.util.find_spec(needed) is None:
            pytest.skip(f"needs {needed}")
    from nbclient.exceptions import CellExecutionError

    path = tmp_path / "wrong.ipynb"
    path.write_text(notebooks.written("# A\n\n```python\nassert 1 == 2\n```\n"), encoding="utf-8")
    with pytest.raises(CellExecutionError, match="AssertionError"):
        notebooks.run(path)
