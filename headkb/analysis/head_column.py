"""One score of every head: values by name of head, intervals, order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from torch import Tensor

from headkb.direction import Direction
from headkb.errors import UnknownNameError
from headkb.head_index import HeadIndex, heads_of
from headkb.reproduce import Measurement

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class ScoredHead(NamedTuple):
    """A head with its value; `low` and `high` are None where it has no interval over prompts."""

    head: HeadIndex
    value: float
    low: float | None = None
    high: float | None = None

    def __repr__(self) -> str:
        between = "" if self.low is None else f" ({self.low:.3f} to {self.high:.3f})"
        return f"{self.head} {self.value:.3f}{between}"


@dataclass(frozen=True, repr=False, eq=False)
class HeadColumn:
    """One score of every head, with the order in which its heads stand.

    Attributes:
        measurement: The values, and everything that a record of them holds.
        direction: Which heads come first: `more`, the highest; `less`, the lowest; `size`, those furthest from zero.
        summary: What the number means, in one sentence.
        unit: Of the values; empty where nobody says it.

    Example:
        >>> import headkb
        >>> heads = headkb.score_heads("exact-induction", "induction", n=4)
        >>> round(heads["induction"]["L1H0"], 2), heads["induction"].direction
        (1.0, 'more')
    """

    measurement: Measurement
    direction: Direction
    summary: str = ""
    unit: str = ""

    @property
    def id(self) -> str:
        """Id of the score."""
        return self.measurement.score.id

    @property
    def values(self) -> Tensor:
        """Mean over prompts, `[layer, head]`, float64; NaN where undefined."""
        return self.measurement.summary.mean

    @property
    def by_prompt(self) -> Tensor:
        """The value of each prompt, `[prompt, layer, head]`; one row where the number is of the weights or of the whole set."""
        return self.measurement.by_prompt

    def __getitem__(self, head: str | tuple[int, int]) -> float:
        """The value of "L5H1", (5, 1) or a `HeadIndex`; NaN where undefined. Raises UnknownNameError where there is no such head."""
        return self.values[self._of(head)].item()

    def interval(self, head: str | tuple[int, int]) -> tuple[float, float] | None:
        """The 95 % interval over prompts; None for a number of the weights, of the whole set or of one prompt."""
        return self.measurement.interval(self._of(head))

    def top(self, k: int = 5) -> list[ScoredHead]:
        """The k heads that the score looks for most, the first one first."""
        ranked = self.measurement.ranked(self.direction)[:k]
        return [ScoredHead(head, value, *(self.measurement.interval(head) or ())) for head, value in ranked]

    def data(self, top: int = 10) -> dict[str, Any]:
        """Plain data, as `headkb score SCORE --json` prints it: the strongest heads, every value with six decimals, and the provenance.

        `low` and `high` are None where a head has no interval over prompts.
        """
        of = self.measurement
        return {
            "score": self.id,
            "version": of.score.version,
            "direction": self.direction,
            "score_parameters": dict(of.score_parameters),
            "model": of.model,
            "prompts": dict(of.prompts),
            **of.provenance,
            "top": [
                {"head": str(head), "value": round(value, 6), "low": _rounded(low), "high": _rounded(high)}
                for head, value, low, high in self.top(top)
            ],
            "values": of.values(),
        }

    def plot(self, ax: Axes | None = None) -> Axes:
        """A heat map of layers and heads, on axes of the caller's or on new ones. Needs `headkb[notebook]`."""
        from headkb.analysis.plots import heat_map

        return heat_map(self, ax)

    def __repr__(self) -> str:
        from headkb.analysis.text import of_column

        return of_column(self)

    def _repr_html_(self) -> str:
        from headkb.analysis.html import of_columns

        return of_columns([self], {}, self.measurement.model)

    def _of(self, head: str | tuple[int, int]) -> HeadIndex:
        """The head that is meant."""
        layers, heads = self.values.shape
        named = heads_of(head)
        if len(named) != 1:
            raise UnknownNameError("head", repr(head), (), "Name one head, such as 'L5H1'.")
        if named[0].layer >= layers or named[0].head >= heads:
            has = f"{self.measurement.model} has {layers} layers of {heads} heads, counted from 0."
            raise UnknownNameError("head", str(named[0]), (), has)
        return named[0]


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 6)
