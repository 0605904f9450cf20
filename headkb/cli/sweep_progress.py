"""How far a sweep is: a table on the terminal, with the time left; nothing where stderr is none."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.console import Console
from rich.live import Live
from rich.table import Table

if TYPE_CHECKING:
    from headkb.scale import CellResult, SweepCell

ROWS = 12
"""Models that the table shows; the others are added up."""


class SweepProgress:
    """Cells that are finished, by model, and the time that the others will take at the same pace."""

    def __init__(self, cells: Sequence[SweepCell], finished: set[str], workers: int) -> None:
        """Begin with what is finished already."""
        self.total, self.workers = len(cells), workers
        self._models = {cell.key: cell.loading.weights.id for cell in cells}
        self._all = Counter(self._models.values())
        self._done = Counter(self._models[cell.key] for cell in cells if cell.key in finished)
        self._failed = Counter[str]()
        self._before = self._done.total()
        self._since = time.monotonic()
        self._live: Live | None = None

    @property
    def done(self) -> int:
        """Cells that have a result, also of earlier commands."""
        return self._done.total()

    def seconds_left(self) -> float | None:
        """About how long the rest takes; None before the first result."""
        made = self.done - self._before
        return None if not made else (time.monotonic() - self._since) / made * (self.total - self.done)

    def add(self, result: CellResult) -> None:
        """One more result."""
        if self.done == self._before:  # the pace is that of the work, without the start of the workers
            self._since = time.monotonic() - result.seconds - result.load_seconds
        model = self._models.get(result.key, result.model)
        self._done[model] += 1
        self._failed[model] += result.state != "done"
        if self._live is not None:
            self._live.update(self._table())

    def __enter__(self) -> SweepProgress:
        self._since = time.monotonic()
        if sys.stderr.isatty():
            console = Console(stderr=True)
            self._live = Live(self._table(), console=console, transient=True, redirect_stdout=sys.stdout.isatty())
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None

    def _table(self) -> Table:
        table = Table(box=None, header_style="bold", pad_edge=False)
        for header in ("model", "cells", "of", "failed"):
            table.add_column(header, justify="left" if header == "model" else "right")
        open_ = [model for model in self._all if self._done[model] < self._all[model]]
        shown = sorted(open_, key=lambda model: -self._done[model])[:ROWS]
        for model in shown:
            self._row(table, model, [model])
        if rest := [model for model in self._all if model not in shown]:
            self._row(table, f"{len(rest)} other models" if shown else "all models", rest)
        left = self.seconds_left()
        table.caption = f"{self.done}/{self.total} cells, up to {self.workers} workers, " + (
            "time left not known yet" if left is None else f"about {clock(left)} left"
        )
        return table

    def _row(self, table: Table, name: str, models: Sequence[str]) -> None:
        numbers = (sum(of[model] for model in models) for of in (self._done, self._all, self._failed))
        table.add_row(name, *(str(number) for number in numbers))


def clock(seconds: float) -> str:
    """Seconds as hours, minutes and seconds.

    Example:
        >>> clock(3725)
        '1:02:05'
    """
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}"
