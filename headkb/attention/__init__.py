"""Observe and edit every attention head of any transformers model, exactly, through one function. See docs/engine.md."""

from headkb.attention.activations import Activation, observe, output_weights
from headkb.attention.edits import Edit, add, knock_out, mean, remove, resample, run, set_pattern, zero
from headkb.attention.metrics import Metric, logit_diff, next_token_loss
from headkb.attention.parts import Anatomy, HeadShape, Part, Site
from headkb.attention.probe import anatomy, check_faithful, head_shape
from headkb.attention.reading import Reader, read_patterns
from headkb.attention.sweeps import mean_z, sweep
from headkb.tensors import Prompts

__all__ = [
    "Activation",
    "Anatomy",
    "Edit",
    "HeadShape",
    "Metric",
    "Part",
    "Prompts",
    "Reader",
    "Site",
    "add",
    "anatomy",
    "check_faithful",
    "head_shape",
    "knock_out",
    "logit_diff",
    "mean",
    "mean_z",
    "next_token_loss",
    "observe",
    "output_weights",
    "read_patterns",
    "remove",
    "resample",
    "run",
    "set_pattern",
    "sweep",
    "zero",
]
