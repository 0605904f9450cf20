"""Exact models: real transformers models with hand-set weights, whose heads are known by construction.

They run through the same code as any model from the hub, need no files and no network, and are the same bit for bit each time.
"""

from headkb.exact.layout import build_tokenizer
from headkb.exact.registry import EXACT, ExactModel, Truth, build

__all__ = ["EXACT", "ExactModel", "Truth", "build", "build_tokenizer"]
