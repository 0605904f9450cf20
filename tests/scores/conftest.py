"""Fixtures of the score tests: prompts by hand, random patterns, and the published GPT-2 data."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")


@pytest.fixture
def published() -> Path:
    """Folder of real GPT-2 data that others published."""
    folder = Path(os.environ.get("HEADKB_FIXTURES", ""))
    if not (folder / "gpt2_attention").is_dir():
        pytest.skip("no published GPT-2 attention: set HEADKB_FIXTURES to a folder that holds gpt2_attention/")
    return folder
