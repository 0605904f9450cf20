"""Observe and edit every attention head of any transformers model, exactly, through one function. See docs/engine.md."""

from headkb.attention.activations import Activation, observe, output_weights
from headkb.attention.edits import Edit, add, knock_out, mean, remove, resample, run, set_pattern, zero
from headkb.attention.parts import Anatomy, HeadShape, Part, Site
from headkb.attention.probe import anatomy, check_faithful, head_shape
from headkb.attention.reading import Reader, read_patterns
from headkb.tensors import Prompts

__all__ = [
    "Activation",
    "Anatomy",
    "Edit",
    "HeadShape",
    "Part",
    "Prompts",
    "Reader",
    "Site",
    "add",
    "anatomy",
    "check_faithful",
    "head_shape",
    "knock_out",
    "mean",
    "observe",
    "output_weights",
    "read_patterns",
    "remove",
    "resample",
    "run",
    "set_pattern",
    "zero",
]
