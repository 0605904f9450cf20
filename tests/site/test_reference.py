"""The reference of the package has every public name, as it is."""

from __future__ import annotations

import ast
import importlib
import inspect
import itertools
import pkgutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import headkb
from headkb.catalog import Catalog
from headkb.site import reference_pages, reference_read
from headkb.site.document import Code, Facts, Heading, Prose
from headkb.site.pages import all_pages
from headkb.site.parts import make_context
from headkb.site.reference_read import PARTS, exported, part, parts
from headkb.site.split import BUDGET, weight_of
from headkb.site.terms import link_terms, make_terms
from headkb.site.to_html import page_html

pytest.importorskip("griffe")
NOT_PUBLIC = {"cache_folder", "cli", "dev", "direction", "finite", "inputs", "keywords", "model_cache", "scale", "site"}
"""Parts of the package that other parts use: what people are offered is listed in `PARTS`."""


@pytest.fixture(scope="module")
def pages(toy_catalog: Catalog):
    """The pages of the reference."""
    context = make_context(toy_catalog)
    return all_pages(context, only=("the reference",))


def test_every_part_of_the_package_is_in_the_reference_or_not_public() -> None:
    """A new subpackage is documented, or named among those that are not for people."""
    here = {module.name for module in pkgutil.iter_modules(headkb.__path__) if not module.name.startswith("_")}
    documented = {path.removeprefix("headkb.") for path in PARTS if path != "headkb"}
    assert not documented & NOT_PUBLIC
    assert here - documented - NOT_PUBLIC == set()


def test_every_public_name_has_its_place(pages) -> None:
    """Each name that a part's `__all__` offers when it is imported stands in the reference, explained or with a link to where it is."""
    pytest.importorskip("torch")
    places = {heading.id for page in pages for heading in page.body if isinstance(heading, Heading)}
    known, offered = reference_pages.addresses(), 0
    for path in parts():
        module = importlib.import_module(path)
        for name in getattr(module, "__all__", ()):
            address = known[f"{path}.{name}"]
            assert address.partition("#")[2] in places
            offered += 1
    assert offered > 200


def test_links_inside_the_reference_lead_to_a_place(pages) -> None:
    """A name on the page of another part, and a continued page, have their own address."""
    paths = {page.path: {one.id for one in page.body if isinstance(one, Heading)} for page in pages}
    targets = set(reference_pages.addresses().values())
    assert targets
    for target in targets:
        path, _, place = target.partition("#")
        assert path in paths, target
        assert not place or place in paths[path], target


def test_arguments_are_those_that_python_takes() -> None:
    """Every function's and class's arguments, read from the source, are those of the imported object, in their order."""
    pytest.importorskip("torch")
    compared = 0
    for path in parts():
        for entry in part(path).entries:
            found = getattr(importlib.import_module(path), entry.name)
            if entry.kind != "function" or not inspect.isfunction(found):
                continue
            defined: Any = ast.parse(f"def {entry.signature}: ...").body[0]
            shown = defined.args
            names = [
                one.arg
                for one in (*shown.posonlyargs, *shown.args, shown.vararg, *shown.kwonlyargs, shown.kwarg)
                if one
            ]
            assert names == list(inspect.signature(found).parameters), entry.path
            compared += 1
    assert compared > 150


def test_reading_the_source_imports_nothing_of_it() -> None:
    """The site is built without torch, and what a docstring's module would do on import does not happen."""
    code = (
        "import sys; from headkb.site.reference_read import parts; assert len(parts()) > 10; "
        "print(*(name for name in sys.modules if name.split('.')[0] == 'torch' or name.startswith('headkb.methods')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_no_page_is_heavier_than_a_page_may_be(pages, toy_catalog: Catalog) -> None:
    """A part with many names goes on on further pages."""
    context = make_context(toy_catalog)
    terms = make_terms(context)
    assert any(page.path == "reference/prompts-2/" for page in pages)
    for page in pages:
        html = link_terms(page_html(page, context.links), terms, page.path)
        assert weight_of(page, html, context.links) <= BUDGET, page.path


SOURCE = '''
"""A part."""

from dataclasses import dataclass

from headkb.inner import moved

__all__ = ["Thing", "moved"]


@dataclass
class Thing:
    """A thing.

    Attributes:
        size: In metres.
    """

    size: float = 1.0

    def grow(self, by: float, *, twice: bool = False) -> float:
        """Grow, as `headkb.toy.Thing` does.

        Args:
            by: In metres.

        Returns:
            The new size.

        Raises:
            ValueError: If it is too large.

        Example:
            >>> 1 + 1
            2
        """
'''


@pytest.fixture
def toy_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A package with one public part."""
    package = tmp_path / "headkb"
    package.mkdir()
    (package / "toy.py").write_text(SOURCE, encoding="utf-8")
    (package / "inner.py").write_text('def moved() -> None:\n    """It moved."""\n', encoding="utf-8")
    monkeypatch.setattr(reference_read, "PACKAGE", package)
    monkeypatch.setattr(reference_read, "PARTS", {"headkb.toy": "Toys."})
    monkeypatch.setattr(reference_pages, "PARTS", {"headkb.toy": "Toys."})
    caches = (part, reference_read._module, reference_pages.shares, reference_pages.addresses)
    for cached in caches:
        cached.cache_clear()
    yield package
    for cached in caches:
        cached.cache_clear()


def test_a_page_says_what_a_docstring_says(toy_package: Path) -> None:
    """Signature, arguments, result, errors and example; a name of the package is a link."""
    (page,) = reference_pages.reference_pages("headkb.toy")
    codes = [one.text for one in page.body if isinstance(one, Code)]
    assert codes[:2] == ["moved() -> None", "class Thing\n\nThing(size: float = 1.0)"]
    assert codes[2:] == ["grow(by: float, *, twice: bool = False) -> float", ">>> 1 + 1\n2"]
    rows = [row for one in page.body if isinstance(one, Facts) for row in one.rows]
    assert rows == [
        ("size", "In metres."),
        ("by", "In metres."),
        ("float", "The new size."),
        ("ValueError", "If it is too large."),
    ]
    texts = [one.text for one in page.body if isinstance(one, Prose)]
    assert any("[`headkb.toy.Thing`](@reference/toy/#headkb.toy.Thing)" in text for text in texts)
    assert "It moved." in texts


def test_a_name_that_is_nowhere_is_an_error(toy_package: Path) -> None:
    """`__all__` with a name that the part lacks does not give a page without it."""
    (toy_package / "toy.py").write_text('__all__ = ["nothing"]\n', encoding="utf-8")
    reference_read._module.cache_clear()
    assert exported("headkb.toy") == ["nothing"]
    with pytest.raises(LookupError, match=r"headkb\.toy offers nothing"):
        part("headkb.toy")


def test_without_the_reader_the_site_has_no_reference(monkeypatch: pytest.MonkeyPatch, toy_catalog: Catalog) -> None:
    """`headkb render` works without the site's extra."""
    monkeypatch.setattr(importlib.import_module("headkb.site.pages"), "can_read", lambda: False)
    assert all_pages(make_context(toy_catalog), only=("the reference",)) == []


def test_names_that_differ_by_case_alone_have_one_order() -> None:
    """`Score` and `score`: not the order of a set, which another process would have otherwise."""
    names = exported("headkb.scores")
    alike = [(a, b) for a, b in itertools.pairwise(names) if a.lower() == b.lower()]
    assert alike
    assert all(a < b for a, b in alike)
