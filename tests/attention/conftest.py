"""Tiny models on one thread: more threads only wait for each other."""

import pytest
import transformers

transformers.logging.set_verbosity_error()


@pytest.fixture(autouse=True)
def _one_thread(one_thread):
    """Every test here."""
