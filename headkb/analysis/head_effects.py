"""What single heads do to a metric: a column of numbers with what was done, and what the metric is without it."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from torch import Tensor

from headkb.analysis.head_column import HeadColumn
from headkb.analysis.head_table import HeadTable
from headkb.analysis.text import COLUMNS
from headkb.models import Passport

if TYPE_CHECKING:
    import pandas as pd

UNITS = {"logit_diff": "logits", "log_prob": "nats", "probability": "", "loss": "nats"}
"""Metric → its unit."""


@dataclass(frozen=True, repr=False, eq=False, kw_only=True)
class HeadEffects(HeadColumn):
    """The effect of each head, `effects["L9H6"]`, with what was done.

    Attributes:
        done: What was done to each head, in words.
        metric: What was measured: `logit_diff`, `log_prob`, `probability` or `loss`.
        clean: The metric of each prompt without a change, `[prompt]`.
        answers: The answer of the first prompt and its rival, in words; empty where the metric needs none.
        corrupted: The metric of each corrupted prompt, for the clean answers, `[prompt]`; None where there are none.
        passport: What the model is.
    """

    done: str
    metric: str
    clean: Tensor
    answers: str
    corrupted: Tensor | None = None
    passport: Passport

    @property
    def table(self) -> HeadTable:
        """The same as a table of one score."""
        return HeadTable(self.passport, {self.id: self})

    def to_pandas(self, *, intervals: bool = True) -> pd.DataFrame:
        """A data frame: one row a head, named "L9H6"; layer, head, the effect and the ends of its interval. Needs `headkb[notebook]`."""
        return self.table.to_pandas(intervals=intervals)

    def save(self, path: str | Path) -> Path:
        """Write it as `.csv`, `.parquet` or `.json`, see `HeadTable.save`."""
        return self.table.save(path)

    def baselines(self) -> str:
        """The metric without a change, in words."""
        unit = f" {UNITS[self.metric]}" if UNITS.get(self.metric) else ""
        of = f" of {self.answers}" if self.answers else ""
        clean = f"{self.metric}{of}: mean {self.clean.mean().item():.3f}{unit}"
        if self.corrupted is None:
            return clean
        return f"{clean}, {self.corrupted.mean().item():.3f} on the corrupted prompts"

    def __repr__(self) -> str:
        first, *lines = super().__repr__().splitlines()
        return "\n".join([first, *(line[:COLUMNS] for line in (self.done, self.baselines())), *lines])

    def _repr_html_(self) -> str:
        return f"<div><p>{escape(self.done)}; {escape(self.baselines())}.</p>{super()._repr_html_()}</div>"
