"""A page or file that cannot be made costs only itself: in `headkb render`, and in a build, which fails with --strict."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from headkb import Catalog
from headkb.catalog.plain_data import plain_records
from headkb.catalog.schema import Head
from headkb.cli import main
from headkb.site.contain import made
from headkb.site.outputs import outputs
from headkb.site.pages import PAGES, KindPages, all_pages
from headkb.site.parts import Context, make_context

TOY = Path(__file__).parents[1] / "data" / "catalog"


HEADS = PAGES["heads"]


def no_page_of_sparkle(context: Context, head: Head) -> Any:
    """The page of a head type; that of one raises."""
    return 1 / 0 if head.id == "sparkle" else HEADS.record(context, head)


def no_hub(context: Context) -> Any:
    """A list of a kind that raises."""
    return 1 / 0


BROKEN = KindPages(no_page_of_sparkle, HEADS.hub)


def written(folder: Path) -> set[str]:
    """The paths of the files below a folder."""
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def trace(text: str) -> None:
    """Remove the file with the trace that a sentence names."""
    Path(text.split("full trace is in ")[1].split(".txt")[0] + ".txt").unlink()


def test_a_page_that_fails_costs_only_itself(
    toy_catalog: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everything else is written as ever: one sentence, exit code 2."""
    context = make_context(toy_catalog)
    whole = set(outputs(context, all_pages(context)))
    monkeypatch.setitem(PAGES, "heads", BROKEN)
    result = CliRunner().invoke(main, ["--catalog", str(TOY), "render", "--out", str(tmp_path)])
    assert result.exit_code == 2, result.output
    assert (
        "heads/sparkle stopped on something it did not foresee (ZeroDivisionError: division by zero)" in result.stderr
    )
    assert result.stderr.count("did not foresee") == 1
    trace(result.stderr)
    assert whole - written(tmp_path) == {"heads/sparkle.md"}  # its JSON twin is the record's


def test_a_file_that_fails_costs_only_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A list of the API, and everything else of the API is there."""
    monkeypatch.setattr(
        "headkb.catalog.export.plain_records", lambda c, kind: 1 / 0 if kind == "papers" else plain_records(c, kind)
    )
    result = CliRunner().invoke(main, ["--catalog", str(TOY), "render", "--out", str(tmp_path)])
    assert result.exit_code == 2
    assert "api/v1/papers.json stopped on something it did not foresee (ZeroDivisionError" in result.stderr
    trace(result.stderr)
    assert not (tmp_path / "api/v1/papers.json").exists()
    assert {"api/v1/heads.json", "api/v1/papers.bib", "papers/index.json", "llms.txt"} <= written(tmp_path)


def test_without_somebody_to_tell_it_raises(toy_catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    """A caller in Python learns of it."""
    monkeypatch.setitem(PAGES, "heads", BROKEN)
    with pytest.raises(ZeroDivisionError):
        all_pages(make_context(toy_catalog))


def test_what_stands_for_something_else_does_not_take_its_place() -> None:
    """Where the second maker of a name fails, the first one's content is not served in its stead."""
    told: list[str] = []
    makers = [("a", lambda: 1), ("b", lambda: 2), ("a", lambda: 1 // 0)]
    assert made(makers, lambda name, _: told.append(name)) == {"b": 2}
    assert told == ["a"]
