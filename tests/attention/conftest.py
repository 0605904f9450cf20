"""Tiny models on one thread: more threads only wait for each other."""

import sys
from pathlib import Path

import pytest
import transformers

sys.path.insert(0, str(Path(__file__).parent))  # for `architectures`
transformers.logging.set_verbosity_error()


@pytest.fixture(autouse=True)
def _one_thread(one_thread):
    """Every test here."""
