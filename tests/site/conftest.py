"""What several tests of pages share: runs with a causal check on the invented catalog, and every page of the shipped one."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from headkb import Catalog
from headkb.site.document import Page
from headkb.site.pages import whole_pages
from headkb.site.parts import Context, make_context
from headkb.site.to_html import page_html

CHECK = """{id: noticing, prompts: random-tokens, metric: accuracy, at: body, clean: 0.5, reason: It is what they are for.}"""
OTHER = (
    CHECK.replace("id: noticing", "id: noticing-loss, instead_of: noticing")
    .replace("accuracy", "loss")
    .replace("0.5", "0")
)
RUN = """head: sparkle
recipe: default
score: previous-token
score_version: 1
model: MODEL
model_source: package
prompts: {generator: random-tokens, n: 8, seed: 0, sha256: ZERO}
dtype: float32
attention: eager
bos: none
versions: {headkb: 0.0.0}
hardware: a jar
seconds: 1
date: 2002-03-04
values: [[0.1, 0.9, 0.0, 0.2], [0.0, 0.1, 0.0, 0.0]]
repeats: [{seed: 1, sha256: ZERO, values: {L0H1: 0.875}}]
threshold: 0.4
heads: [L0H1]
causal:
  - check: CHECK
    heads: [L0H1]
    draws: [[L0H0], [L0H2], [L0H3]]
    seeds: [{seed: 1, sha256: ZERO, clean: 0.8, silenced: SILENCED, control: [0.8, 0.75, 0.7]}]
    interval: INTERVAL
    result: RESULT
"""
OUTCOMES: Mapping[str, Mapping[str, str]] = {
    "confirmed": {"SILENCED": "0.2", "INTERVAL": "[0.7, 0.8]"},
    "refuted": {"SILENCED": "0.79", "INTERVAL": "[0.0, 0.03]"},
}
WriteRun = Callable[[Path, str, str, str], None]
"""(root of a catalog, name of the run, model, result of its check)."""


@pytest.fixture(scope="session")
def write_run() -> WriteRun:
    """Writes a run of the recipe `sparkle/default` whose check ended in one of `OUTCOMES`."""

    def write(root: Path, name: str, model: str, result: str) -> None:
        text = RUN.replace("CHECK", CHECK).replace("ZERO", "0" * 64).replace("MODEL", model).replace("RESULT", result)
        for old, new in OUTCOMES[result].items():
            text = text.replace(old, new)
        (root / "runs").mkdir(exist_ok=True)
        (root / "runs" / f"{name}.yaml").write_text(text)

    return write


@pytest.fixture(scope="session")
def checked_root(toy_catalog: Catalog, tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Path]:
    """Makes copies of the invented catalog whose head type `sparkle` has a causal check."""

    def copy() -> Path:
        root = tmp_path_factory.mktemp("checked")
        shutil.copytree(toy_catalog.root, root, dirs_exist_ok=True)
        head = root / "heads" / "sparkle.yaml"
        head.write_text(head.read_text().replace("stops working}", f"stops working, checks: [{CHECK}, {OTHER}]}}"))
        return root

    return copy


@pytest.fixture(scope="session")
def real_context(real_catalog: Catalog) -> Context:
    """The shipped catalog with what its pages need."""
    return make_context(real_catalog)


@pytest.fixture(scope="session")
def real_pages(real_context: Context) -> dict[str, Page]:
    """Path → every generated page of the shipped catalog with all its rows, before heavy ones are cut into parts."""
    return {page.path: page for page in whole_pages(real_context)}


@pytest.fixture(scope="session")
def real_html(real_context: Context, real_pages: dict[str, Page]) -> dict[str, str]:
    """Path → the HTML of these pages. It takes a minute: tests that ask for it are slow."""
    return {path: page_html(page, real_context.links) for path, page in real_pages.items()}
