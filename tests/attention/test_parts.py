"""How a model is called."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from headkb.attention.parts import CACHE_NAMES, cache_name
from tests.attention.architectures import shared


class Old(nn.Module):
    """As until transformers 5.23."""

    def forward(self, input_ids=None, past_key_values=None):
        """Nothing."""


class New(nn.Module):
    """As from transformers 5.24."""

    def forward(self, input_ids=None, cache=None):
        """Nothing."""


class Around(nn.Module):
    """One that hands everything on."""

    def forward(self, *args, **kwargs):
        """Nothing."""


def test_the_cache_is_named_as_the_model_names_it():
    """Whichever of the names its forward pass takes; the older one where it says neither."""
    assert cache_name(Old()) == "past_key_values"
    assert cache_name(New()) == "cache"
    assert cache_name(Around()) == "past_key_values"


@pytest.mark.parametrize("name", ["gpt2", "llama"])
def test_a_model_gives_the_cache_back_by_the_name_it_takes_it(name):
    """And takes what it gave."""
    model = shared(name)
    by = cache_name(model)
    assert by in CACHE_NAMES
    first = model(input_ids=torch.tensor([[1, 2, 3]]), use_cache=True)
    cache = getattr(first, by)
    assert cache.get_seq_length() == 3
    again = model(input_ids=torch.tensor([[4]]), use_cache=True, **{by: cache})
    assert getattr(again, by).get_seq_length() == 4
