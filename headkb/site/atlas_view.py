"""What the pages of an atlas are made of: its table with ranks, its patterns, and the labels of the heads."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from headkb.catalog import Catalog
from headkb.catalog.atlas import AtlasTable, HeadText, Sentence, atlas_table, heads_path, read_heads
from headkb.catalog.directions import score_direction
from headkb.catalog.run_labels import ModelLabels, labels_of
from headkb.catalog.schema import Atlas, HeadIndex, ScoreRecord
from headkb.catalog.schema.atlas import Column
from headkb.direction import Direction, strength, strongest_first


@dataclass(frozen=True)
class HeadPlace:
    """The value of one head in a column.

    Attributes:
        value: The number in the head's cell.
        unit: Of the value; empty where it has none.
        rank: Its place among the heads of the column, 1 is what the score looks for most; equal values share the better place. None where
            all heads have the same value.
        of: How many heads have a value.
        direction: What the score looks for.
    """

    value: float
    unit: str
    rank: int | None
    of: int
    direction: Direction = "more"


@dataclass(frozen=True)
class AtlasView:
    """An atlas as its pages read it, made once.

    Attributes:
        atlas: The record.
        table: Its numbers.
        sentences: The texts whose patterns are stored.
        texts: Head → patterns and tokens; empty where the model reads no text.
        labels: The labels of the model's heads by its recorded runs.
        scores: The records of the scores by id.
        tried: Whether any recipe was run on the model, without which no type can be shown for a head.
    """

    atlas: Atlas
    table: AtlasTable
    sentences: tuple[Sentence, ...]
    texts: Mapping[HeadIndex, HeadText]
    labels: ModelLabels
    scores: Mapping[str, ScoreRecord]
    tried: bool

    @cached_property
    def _keys(self) -> dict[str, list[float]]:
        """Column → what its heads are ordered by, ascending; columns whose values are all equal are left out."""
        return {
            name: sorted(self._key(name, value) for value in self.table.values[name].values())
            for name in self.table.shares
        }

    def direction(self, name: str) -> Direction:
        """What the score of a column looks for."""
        column = self.atlas.column(name)
        return score_direction(self.scores, column.score if column else "")

    def _key(self, name: str, value: float) -> float:
        return strength(value, self.direction(name))

    def place(self, name: str, head: HeadIndex) -> HeadPlace | None:
        """Where a head stands in a column; None if the column does not exist or has no value for it."""
        values = self.table.values.get(name, {})
        if head not in values:
            return None
        keys = self._keys.get(name)
        rank = len(keys) - bisect_right(keys, self._key(name, values[head])) + 1 if keys else None
        return HeadPlace(values[head], self.unit(name), rank, len(values), self.direction(name))

    def top(self, name: str, count: int = 3) -> list[HeadIndex]:
        """The first heads of a column; none where all values are equal."""
        values = self.table.values[name]
        ordered = [head for head, _ in strongest_first(values, self.direction(name))]
        return ordered[:count] if name in self._keys else []

    def unit(self, name: str) -> str:
        """The unit of a column; empty where it has none."""
        column = self.atlas.column(name)
        if column is None:
            return ""
        unit = column.unit or (self.scores[column.score].unit if column.score in self.scores else "")
        return "" if unit.startswith("unitless") else unit

    def patterns(self) -> list[Column]:
        """The columns that read attention patterns."""
        return [c for c in self.atlas.columns if c.score in self.scores and "pattern" in self.scores[c.score].needs]

    def present(self, names: Sequence[str]) -> list[str]:
        """Those of the names that are columns of which something was measured, in their order."""
        return [name for name in names if self.table.values.get(name)]


def atlas_views(catalog: Catalog) -> dict[str, AtlasView]:
    """Model → its atlas. One whose files cannot be read is left out; the rule `bad-atlas` says what is wrong with it."""
    views = {}
    for atlas in catalog.atlases.values():
        if atlas.model not in catalog.models:
            continue
        try:
            table = atlas_table(catalog, atlas)
            path = heads_path(catalog.root, atlas.id)
            sentences, texts = read_heads(path) if path.exists() else ((), {})
        except (OSError, ValueError):
            continue
        tried = any(run.recipe for run in catalog.runs_of_model.get(atlas.model, []))
        views[atlas.model] = AtlasView(
            atlas, table, sentences, texts, labels_of(catalog, atlas.model), catalog.scores, tried
        )
    return views
