"""The walk over marks, on the invented catalog: it agrees with pages of the records that it reads, and differs once these change on disk."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from headkb import Catalog, load_catalog
from headkb.site.pages import all_pages
from headkb.site.parts import make_context
from headkb.site.to_html import page_html
from tests.plain_facts import Facts
from tests.site.mark_walk_compare import CompareWalk

DATA = Path(__file__).parent / "data"
TOLERANCE = ("values: {L0H1: 0.9}", "values: {L0H1: 0.9}\n    tolerance: 0.05")


@pytest.fixture(scope="module")
def root(toy_catalog: Catalog, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The invented catalog with invented runs, and with a tolerance for the claim that they rerun; its model is a public one."""
    root = tmp_path_factory.mktemp("walk") / "catalog"
    shutil.copytree(toy_catalog.root, root)
    shutil.copytree(DATA / "runs", root / "runs", dirs_exist_ok=True)
    change(root, "claims/moss-1999-sparkle.yaml", *TOLERANCE)
    change(root, "models/jar-small.yaml", "kind: unreleased", "kind: public")
    return root


def change(root: Path, file: str, old: str, new: str) -> None:
    """Change one place in a file."""
    text = (root / file).read_text()
    assert old in text
    (root / file).write_text(text.replace(old, new, 1))


@pytest.fixture(scope="module")
def pages(root: Path) -> Mapping[str, str]:
    """Its pages."""
    context = make_context(load_catalog(root))
    return {page.path: page_html(page, context.links) for page in all_pages(context)}


def walk(root: Path, pages: Mapping[str, str]) -> CompareWalk:
    """The walk over these pages, held against a folder."""
    walked = CompareWalk(Facts(root))
    for path, html in pages.items():
        walked.page(path, html)
    return walked


def test_the_walk_agrees_with_pages_of_the_same_records(root: Path, pages: Mapping[str, str]) -> None:
    """Two readings of one catalog."""
    walked = walk(root, pages)
    assert walked.problems == []
    assert sum(walked.seen.values()) > 200


@pytest.mark.parametrize(
    ("file", "old", "new", "page"),
    [
        (
            "runs/jar-sparkle-bad.yaml",
            "claim: moss",
            "invalidation: {date: 2002-03-05, reason: a test}\nclaim: moss",
            "heads/sparkle/",
        ),
        ("claims/moss-1999-sparkle.yaml", *reversed(TOLERANCE), "claims/moss-1999-sparkle/"),
        ("claims/moss-1999-sparkle.yaml", "head: sparkle", "about: sparkle", "models/jar-small/L0H1/"),
        ("claims/fern-2001-glitter.yaml", "    contests: [moss-1999-sparkle/small-sparkle]", "", "models/jar-small/"),
        ("models/jar-small.yaml", "kind: public", "kind: organism", "matrix/models/"),
        ("models/jar-small.yaml", "kind: public", "kind: exact", "heads/"),
        ("heads/sparkle.yaml", "role: defining", "role: supporting", "reproduction/causal/"),
        ("heads/sparkle.yaml", "threshold: 0.4", "threshold: 0.95", "models/jar-small/L0H1/"),
    ],
)
def test_a_record_that_changes_under_its_pages_is_found(
    file: str, old: str, new: str, page: str, root: Path, pages: Mapping[str, str], tmp_path: Path
) -> None:
    """With one record changed on disk, a page that tells of it says too much."""
    shutil.copytree(root, tmp_path / "catalog")
    change(tmp_path / "catalog", file, old, new)
    assert page in {problem.partition(" #")[0] for problem in walk(tmp_path / "catalog", pages).problems}


def test_the_second_reading_shares_no_code_with_the_first() -> None:
    """What pages are held against is worked out without the package: neither the facts nor the walk import anything of it."""
    tests = Path(__file__).parents[1]
    second = [*tests.glob("plain_*.py"), *tests.glob("site/mark_*.py")]
    assert len(second) > 10
    assert [
        path.name for path in second if re.search(r"^\s*(?:from|import) headkb", path.read_text(), re.MULTILINE)
    ] == []
