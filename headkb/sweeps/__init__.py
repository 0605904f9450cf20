"""A metric with every head edited in turn, on top of `headkb.attention`. See docs/engine.md."""

from headkb.sweeps.every_head import EditKind, mean_z, sweep
from headkb.sweeps.metrics import Metric, logit_diff, next_token_loss
from headkb.sweeps.rows import Change

__all__ = ["Change", "EditKind", "Metric", "logit_diff", "mean_z", "next_token_loss", "sweep"]
