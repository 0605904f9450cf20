"""A metric with every head, or each of many sets of heads, edited in turn, on top of `headkb.attention`. See docs/engine.md."""

from headkb.sweeps.every_head import EditKind, sweep
from headkb.sweeps.head_sets import SetChange, SetEdit, mean_z, sweep_sets
from headkb.sweeps.metrics import Metric, logit_diff, next_token_loss
from headkb.sweeps.rows import Change, HeadSet

__all__ = [
    "Change",
    "EditKind",
    "HeadSet",
    "Metric",
    "SetChange",
    "SetEdit",
    "logit_diff",
    "mean_z",
    "next_token_loss",
    "sweep",
    "sweep_sets",
]
