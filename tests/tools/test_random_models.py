"""Recipes on a random model of a real shape end with a run or a sentence; what ends otherwise is counted."""

from __future__ import annotations

from pathlib import Path

import pytest
import random_models
from click.testing import CliRunner

from headkb.errors import ReproductionError
from headkb.reproduce.plan import Plan
from headkb.reproduce.session import Carried

PLAN = Plan("induction", "default", "induction", "repeated-random-tokens", recipe="default")
ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (ReproductionError("the model has no such thing."), "refused"),
        (ReproductionError("two\nlines"), "neither"),
        (ReproductionError(""), "neither"),
        (OverflowError("Python int too large"), "neither"),
    ],
)
def test_how_a_recipe_ended(error: Exception, kind: str) -> None:
    """Headkb's own errors in one line are answers, everything else is a fault."""
    assert random_models.told(Carried(PLAN, None, error))[0] == kind


def test_a_real_shape(tmp_path: Path) -> None:
    """Twelve layers of twelve heads: attention sinks of a random model, with their random sets of other heads."""
    pytest.importorskip("torch")
    words = ["exact-induction", "--shape", "12x12", "--head", "attention-sink", "--head", "induction"]
    told = CliRunner().invoke(random_models.main, [*words, "--catalog", str(ROOT / "catalog")], catch_exceptions=False)
    assert told.exit_code == 0, told.output
    assert "12x12: 5 recipes: 5 run; " in told.output
