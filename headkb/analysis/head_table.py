"""Several scores of every head of a model, as one object: look up, order, draw, hand on."""

from __future__ import annotations

from collections.abc import ItemsView, Iterator, KeysView, Mapping, Sequence, ValuesView
from dataclasses import dataclass, field
from math import nan
from pathlib import Path
from typing import TYPE_CHECKING, Any

from headkb.analysis.head_column import HeadColumn, ScoredHead
from headkb.errors import HeadkbError, UnknownNameError, need_installed
from headkb.head_index import HeadIndex
from headkb.models import Passport

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


@dataclass(frozen=True, repr=False, eq=False)
class HeadTable:
    """Scores of every head of one model: `heads["induction"]` is the column of that score.

    Attributes:
        passport: What the model is.
        columns: Score → its column, in the order in which they were asked for.
        errors: Score → why it could not be measured on this model; the others stand all the same.
    """

    passport: Passport
    columns: Mapping[str, HeadColumn]
    errors: Mapping[str, Exception] = field(default_factory=dict)

    @property
    def model(self) -> str:
        """Id or name of the model."""
        return self.passport.id

    @property
    def heads(self) -> tuple[HeadIndex, ...]:
        """Every head that has a value under some score, layer by layer."""
        found = {HeadIndex(*place) for of in self.columns.values() for place in (~of.values.isnan()).nonzero().tolist()}
        return tuple(sorted(found))

    def __getitem__(self, score: str) -> HeadColumn:
        """The column of a score.

        Raises:
            UnknownNameError: If it was not asked for.
            Exception: What it failed with, if it failed.
        """
        if score in self.errors:
            raise self.errors[score]
        if score not in self.columns:
            raise UnknownNameError("score in this table", score, self.columns, f"It has {', '.join(self.columns)}.")
        return self.columns[score]

    def __iter__(self) -> Iterator[str]:
        return iter(self.columns)

    def __len__(self) -> int:
        return len(self.columns)

    def __contains__(self, score: object) -> bool:
        return score in self.columns

    def keys(self) -> KeysView[str]:
        """The scores that were measured."""
        return self.columns.keys()

    def values(self) -> ValuesView[HeadColumn]:
        """Their columns."""
        return self.columns.values()

    def items(self) -> ItemsView[str, HeadColumn]:
        """Scores with their columns."""
        return self.columns.items()

    def top(self, k: int = 5) -> TopHeads:
        """The k strongest heads of each score."""
        return TopHeads({name: of.top(k) for name, of in self.columns.items()})

    def rows(self, *, intervals: bool = True) -> tuple[list[str], list[list[Any]]]:
        """The table as names of columns and one row a head: layer, head, then each score, None where undefined.

        Args:
            intervals: Whether each score that has intervals is followed by their ends, `<score>_low` and `<score>_high`.
        """
        names, heads = ["layer", "head"], self.heads
        rows: list[list[Any]] = [[head.layer, head.head] for head in heads]
        for name, of in self.columns.items():
            summary, several = of.measurement.summary, of.measurement.summary.n > 1  # [layer, head]
            ends = {"": summary.mean}
            if intervals and bool(several.any()):
                ends |= {"_low": summary.low.where(several, nan), "_high": summary.high.where(several, nan)}
            for end, values in ends.items():
                names.append(f"{name}{end}")
                plain = values.tolist()
                for row, (layer, head) in zip(rows, heads, strict=True):
                    there = layer < len(plain) and head < len(plain[layer])
                    value = plain[layer][head] if there else nan
                    row.append(None if value != value else value)
        return names, rows

    def data(self, top: int = 10) -> Any:
        """Plain data, as `headkb score SCORE --json` prints it: of one score its object, of several a list of such objects.

        A score that failed is `{"score", "model", "error"}`.
        """
        failed = [
            {"score": name, "model": self.model, "error": f"{error}" or type(error).__name__}
            for name, error in self.errors.items()
        ]
        every = [*(of.data(top) for of in self.columns.values()), *failed]
        return every[0] if len(every) == 1 else every

    def to_pandas(self, *, intervals: bool = False) -> pd.DataFrame:
        """A data frame: one row a head, with its name "L5H1" as index; layer, head, and a column for each score. Needs `headkb[notebook]`.

        Args:
            intervals: Whether the ends of the 95 % intervals follow each score, as `<score>_low` and `<score>_high`.
        """
        need_installed("to_pandas", ("pandas",), "notebook")
        import pandas as pd

        names, rows = self.rows(intervals=intervals)
        frame = pd.DataFrame(rows, columns=names, index=[str(head) for head in self.heads])
        return frame.astype(dict.fromkeys(names[2:], float))

    def plot(self, ax: Axes | Sequence[Axes] | None = None) -> list[Axes]:
        """Heat maps of layers and heads, one a score, on axes of the caller's or on new ones. Needs `headkb[notebook]`."""
        from headkb.analysis.plots import heat_maps

        return heat_maps(list(self.columns.values()), ax)

    def save(self, path: str | Path) -> Path:
        """Write the table, whole or not at all: `.csv` and `.parquet` hold `rows()`, `.json` holds `data()`.

        Raises:
            HeadkbError: If the name ends otherwise; `MissingExtraError` where pyarrow is missing for Parquet.
            OSError: If it cannot be written.
        """
        from headkb.analysis.files import save

        return save(self, Path(path))

    def __repr__(self) -> str:
        from headkb.analysis.text import of_table

        return of_table(self)

    def _repr_html_(self) -> str:
        from headkb.analysis.html import of_columns

        return of_columns(list(self.columns.values()), self.errors, self.model)


class TopHeads(dict[str, list[ScoredHead]]):
    """The strongest heads of each score, in order."""

    def __repr__(self) -> str:
        from headkb.analysis.text import of_top

        return of_top(self)

    def _repr_html_(self) -> str:
        from headkb.analysis.html import of_top

        return of_top(self)


def check_any(table: HeadTable) -> HeadTable:
    """The table, if anything could be measured.

    Raises:
        Exception: Of a single score what it failed with.
        HeadkbError: Of several all reasons.
    """
    if table.columns or not table.errors:
        return table
    if len(table.errors) == 1:
        raise next(iter(table.errors.values()))
    told = "; ".join(f"{error}".rstrip(".") for error in list(table.errors.values())[:3])
    more = f"; and {len(table.errors) - 3} more" if len(table.errors) > 3 else ""
    raise HeadkbError(f"none of {len(table.errors)} scores can be measured on {table.model}: {told}{more}.")
