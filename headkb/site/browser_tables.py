"""What a model's heads can be coloured by besides their roles: published tables, its atlas, and what silencing a head does."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from headkb.catalog import Statement
from headkb.catalog.schema import Model
from headkb.catalog.schema.atlas import Column
from headkb.catalog.schema.claim import Measure
from headkb.direction import Direction
from headkb.site.atlas_view import AtlasView
from headkb.site.atlas_words import title
from headkb.site.links import claim_path, record_path, twin
from headkb.site.model_tables import named_tables
from headkb.site.parts import Context
from headkb.site.subjects import subject_name
from headkb.site.text import words
from headkb.site.values import table_values

SILENCING = "Effect of silencing a head"
MEASURED = "Measured by headkb"
_SCORES = frozenset({"mean-ablation", "resample-ablation", "zero-ablation"})
_NAMES = re.compile(r"\bablat|\bsilenc", re.IGNORECASE)


@dataclass(frozen=True)
class GridTable:
    """A number for each head of a model, and where it lies.

    Attributes:
        id: The claim that brings it, or `atlas/` and a column; addresses of the head browser name it.
        name: What the number is called.
        group: Under which heading it stands in the list: its source, `SILENCING` or `MEASURED`.
        source: Whose number it is.
        page: The path of the page that tells of it.
        data: The file with the values, by head.
        column: Of an atlas, which of its columns; else empty.
        measure: What it measures: tables with the same one can be compared.
        about: The head type that it is about; empty for an atlas.
        direction: What is strong.
        unit: Of the values; empty where they have none.
        count: How many heads have a value.
        share: How many query heads share a value; more than 1 for tables of key-value heads.
    """

    id: str
    name: str
    group: str
    source: str
    page: str
    data: str
    column: str
    measure: str
    about: str
    direction: Direction
    unit: str
    count: int
    share: int = 1


def grid_tables(context: Context, model: Model) -> list[GridTable]:
    """The tables of a model: what silencing does first, then its atlas, then published tables by source."""
    view = context.atlases.get(model.id)
    measured = [_of_atlas(view, model, column) for column in view.atlas.columns] if view else []
    found = [*(t for t in measured if t.count), *_published(context, model)]
    order = {SILENCING: 0, MEASURED: 1}
    return sorted(found, key=lambda table: order.get(table.group, 2))


def definitions(context: Context, model: Model) -> dict[str, str]:
    """Measure → what it means, in plain words, for every measure of `grid_tables`."""
    said = {
        _measure_key(statement): words(_measure(statement).definition, context.links)
        for statement, _ in named_tables(context, model)
    }
    view = context.atlases.get(model.id)
    for column in view.atlas.columns if view else ():
        score = context.catalog.scores.get(column.score)
        said[_column_key(column)] = words(score.summary, context.links) if score else ""
    return said


def _published(context: Context, model: Model) -> Iterator[GridTable]:
    for statement, name in named_tables(context, model):
        measure, source = _measure(statement), context.name("claims", statement.file.id)
        share = 1 if context.catalog.about_query_heads(statement) else _share(model)
        count = len(table_values(context, statement))
        if share == 0 or count == 0:
            continue
        yield GridTable(
            id=statement.id,
            name=name,
            group=SILENCING if _silences(measure) else source,
            source=source,
            page=claim_path(statement),
            data=twin(claim_path(statement), ".json"),
            column="",
            measure=_measure_key(statement),
            about=subject_name(context.links, statement.claim.subject),
            direction=context.catalog.direction_of(statement),
            unit=measure.unit or "",
            count=count,
            share=share,
        )


def _of_atlas(view: AtlasView, model: Model, column: Column) -> GridTable:
    atlas = view.atlas.id
    return GridTable(
        id=f"atlas/{column.id}",
        name=title(column.id).capitalize() if title(column.id).islower() else title(column.id),
        group=SILENCING if column.score in _SCORES else MEASURED,
        source="headkb",
        page=record_path("atlases", atlas),
        data=f"atlases/{atlas}.table.json",
        column=column.id,
        measure=_column_key(column),
        about="",
        direction=view.direction(column.id),
        unit=view.unit(column.id),
        count=len(view.table.values.get(column.id, {})),
    )


def _measure(statement: Statement) -> Measure:
    return statement.file.measures[statement.claim.measure or ""]


def _measure_key(statement: Statement) -> str:
    return f"{statement.file.id}/{statement.claim.measure}"


def _column_key(column: Column) -> str:
    parameters = "".join(f" {name}={value}" for name, value in sorted(column.parameters.items()))
    return f"atlas/{column.id}/{column.score}{parameters}"


def _silences(measure: Measure) -> bool:
    return measure.score in _SCORES or bool(_NAMES.search(measure.name))


def _share(model: Model) -> int:
    """How many query heads share a key-value head; 0 where that is not known."""
    key_values = model.n_key_value_heads or 0
    return model.n_heads // key_values if key_values and model.n_heads % key_values == 0 else 0
