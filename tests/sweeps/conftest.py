"""The engine's tiny models, on one thread: more threads only wait for each other."""

import sys
from pathlib import Path

import pytest
import torch
import transformers

sys.path.insert(0, str(Path(__file__).parent.parent / "attention"))  # for `architectures`
transformers.logging.set_verbosity_error()


@pytest.fixture(autouse=True)
def _one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
