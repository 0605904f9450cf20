"""The pages of models that this project trained itself."""

from __future__ import annotations

import shutil
from pathlib import Path

from headkb import Catalog, load_catalog
from headkb.site.model_pages import model_pages
from headkb.site.outputs import outputs
from headkb.site.pages import all_pages
from headkb.site.parts import make_context
from headkb.site.to_html import page_html
from headkb.site.to_markdown import page_markdown

CARD = """
card:
  data: Jars that were opened and closed.
  steps: 1200
  seed: 7
  loss: 0.25
  accuracies:
    - {task: opening, accuracy: 0.99, answers: 400, note: jars never seen}
    - {task: closing, accuracy: 0.4, answers: 400}
  not_learned: [closing]
  command: python tools/train.py jar
training_curve: jar-small.csv
"""


def test_card_and_curve(toy_catalog: Catalog, tmp_path: Path) -> None:
    """A trained model's page tells data, seed, accuracies and failures, and draws its curve; the CSV lies beside it."""
    root = tmp_path / "catalog"
    shutil.copytree(toy_catalog.root, root)
    record = root / "models" / "jar-small.yaml"
    record.write_text(record.read_text("utf-8") + CARD, "utf-8")
    (root / "models" / "jar-small.csv").write_text(
        "step,loss,induction,previous_token\n0,3.5,0.01,0.02\n600,1.5,0.1,0.9\n1200,0.25,0.95,0.97\n", "utf-8"
    )
    context = make_context(load_catalog(root))
    page = model_pages(context, context.catalog.models["jar-small"])[0]
    html, markdown = page_html(page, context.links), page_markdown(page, context.links)
    for piece in ("Jars that were opened and closed.", "1,200, seed 7", "99.0%", "40.0%", "python tools/train.py jar"):
        assert piece in html, piece
    assert html.count('class="hk-curve') == 3
    assert "induction: 0.01 at step 0, 0.95 at step 1,200" in markdown
    assert outputs(context, all_pages(context))["models/jar-small.csv"].startswith("step,loss")


def test_other_models_say_nothing(toy_catalog: Catalog) -> None:
    """A model without a card or a curve has no section on training."""
    context = make_context(toy_catalog)
    page = model_pages(context, context.catalog.models["jar-small"])[0]
    assert "How it was trained" not in page_html(page, context.links)
    assert "hk-curve" not in page_html(page, context.links)
