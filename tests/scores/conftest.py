"""Fixtures of the score tests: prompts by hand, random patterns, and the published GPT-2 data."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")


@pytest.fixture
def published() -> Path:
    """Folder of real GPT-2 data that others published; HEADKB_FIXTURES or ../shared/fixtures."""
    given = os.environ.get("HEADKB_FIXTURES")
    folder = Path(given) if given else Path(__file__).parents[3] / "shared" / "fixtures"
    if not (folder / "gpt2_attention").is_dir():
        pytest.skip(f"no published GPT-2 attention in {folder}; set HEADKB_FIXTURES")
    return folder
