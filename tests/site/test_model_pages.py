"""The pages of a model that has a quantised copy, and of the copy."""

from __future__ import annotations

from pathlib import Path

from headkb import Catalog, load_catalog
from headkb.site.model_pages import model_pages
from headkb.site.parts import make_context
from headkb.site.to_html import page_html

COPY = f"""
name: Jar small, rounded
kind: public
quantisation_of: jar-small
quantisation: GGUF Q4_1 79 %, Q8_0 21 %
weights_sha256: {"ab" * 32}
package:
  requirement: jar-weights==1.0
  extra: jar
  without_dependencies: true
  files: [jar_weights/jar.gguf]
  terms: jar_weights/TERMS.html
family: jar
n_layers: 2
n_heads: 4
"""


def html_of(root: Path, name: str) -> str:
    """A model's page."""
    context = make_context(load_catalog(root))
    return page_html(model_pages(context, context.catalog.models[name])[0], context.links)


def test_a_copy_says_what_it_is_a_copy_of(toy_copy: Path) -> None:
    """With its storage, hash, package and terms, and what rounding means for its numbers."""
    (toy_copy / "models" / "jar-small-q4.yaml").write_text(COPY, encoding="utf-8")
    html = html_of(toy_copy, "jar-small-q4")
    for piece in (
        "Quantised copy of",
        "GGUF Q4_1 79 %, Q8_0 21 %",
        "ab" * 32,
        "pip install --no-deps jar-weights==1.0",
        "headkb[jar]",
        "jar_weights/TERMS.html",
        "A quantised copy",
        "rounding can be the cause",
    ):
        assert piece in html, piece
    assert "jar-small/" in html


def test_the_full_model_links_its_copies(toy_copy: Path, toy_catalog: Catalog) -> None:
    """And says nothing of copies where there is none."""
    assert "uantised cop" not in html_of(toy_catalog.root, "jar-small")
    (toy_copy / "models" / "jar-small-q4.yaml").write_text(COPY, encoding="utf-8")
    html = html_of(toy_copy, "jar-small")
    assert "Quantised copies" in html
    assert "jar-small-q4" in html
    assert "rounding can be the cause" not in html


def test_a_model_of_the_hub_says_whether_its_revision_is_pinned(toy_copy: Path) -> None:
    """With the commit, or that none is stated; a model that is not on the hub says neither."""
    path = toy_copy / "models" / "jar-small.yaml"
    plain = path.read_text(encoding="utf-8")
    lines = [line for line in plain.splitlines() if not line.startswith(("hub_id", "revision"))]
    for more, expected in (
        (["hub_id: jars/small"], ", unpinned: no revision is stated"),
        (["hub_id: jars/small", f"revision: {'ab' * 20}"], f"at revision <code>{'ab' * 20}</code>"),
        ([], ""),
    ):
        path.write_text("\n".join([*lines, *more, ""]), encoding="utf-8")
        html = html_of(toy_copy, "jar-small")
        assert expected in html
        assert ("unpinned" in html) == (expected.startswith(", unpinned"))
