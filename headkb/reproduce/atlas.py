"""The atlas of a model: every head under every pattern score, by its matrices, by what it writes and by what breaks without it.

Scores that are made for the same prompts share one pass. Each step can be kept and taken up again, so a run that was stopped goes on.
"""

from __future__ import annotations

import datetime
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

from torch import Tensor

from headkb.catalog import Catalog
from headkb.catalog.atlas import AtlasTable
from headkb.catalog.schema import Atlas
from headkb.catalog.schema.atlas import AtlasPrompts, Column, LeftOut
from headkb.errors import HeadkbError
from headkb.head_index import HeadIndex
from headkb.methods.contrast import contrast
from headkb.methods.passes import baseline
from headkb.models import LoadedModel
from headkb.prompts import make_prompts, prompts_hash
from headkb.reproduce.atlas_plan import TEXT, Wanted, count_of, reads_pattern, wanted_columns
from headkb.reproduce.measure import hardware, measure, versions
from headkb.reproduce.measurements import Measurements
from headkb.reproduce.needs import check_needs, check_part
from headkb.reproduce.request import request
from headkb.reproduce.run_passport import run_passport
from headkb.scores import get_score
from headkb.tensors import Prompts

SEED = 0
OnStep = Callable[[str, int, int], None]
"""(what is measured next, steps done, all steps)."""


@dataclass(frozen=True)
class Measured:
    """What one step measured, as plain data.

    Attributes:
        values: Column → `[layer][head]`, None = undefined.
        left_out: Column → why it has no values.
        prompts: The prompts that were read, as `AtlasPrompts` holds them; empty where none were.
        baseline: Column → what the unchanged model does.
        seconds: Processor time.
    """

    values: dict[str, list[list[float | None]]] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)
    prompts: dict[str, Any] = field(default_factory=dict)
    baseline: dict[str, float] = field(default_factory=dict)
    seconds: float = 0.0


class Store(Protocol):
    """Where finished steps are kept."""

    def get(self, step: str) -> Mapping[str, Any] | None:
        """A step that was kept."""

    def put(self, step: str, part: Mapping[str, Any]) -> None:
        """Keep a step."""


class Nowhere:
    """Keeps nothing."""

    def get(self, step: str) -> Mapping[str, Any] | None:
        """None."""
        return None

    def put(self, step: str, part: Mapping[str, Any]) -> None:
        """Forget it."""


def make_atlas(
    catalog: Catalog,
    loaded: LoadedModel,
    *,
    store: Store | None = None,
    on_step: OnStep | None = None,
    on_trouble: Callable[[str, Exception], None] | None = None,
) -> tuple[Atlas, AtlasTable]:
    """Measure every head of a loaded model.

    Args:
        catalog: Says which scores there are and what they need.
        loaded: The model; its id names the atlas.
        store: Where finished steps are kept, and taken from; for these very weights.
        on_step: Told what comes next.
        on_trouble: Told of a step that failed unforeseen; its columns are left out, it is not kept, and the others go on.

    Raises:
        HeadkbError: If nothing can be measured.
        Exception: What a step failed with, where there is no `on_trouble`.
    """
    wanted, kept = wanted_columns(catalog, loaded), store or Nowhere()
    groups = _steps(wanted)
    parts = []
    for done, (name, columns) in enumerate(groups.items()):
        if on_step is not None:
            on_step(name, done, len(groups))
        if (data := kept.get(name)) is None:
            start = time.process_time()
            try:
                part = _measure(catalog, loaded, columns)
            except Exception as error:
                if on_trouble is None:
                    raise
                on_trouble(name, error)
                parts.append(Measured(left_out={column.id: "the step failed." for column in columns}))
                continue
            data = {**asdict(part), "seconds": round(time.process_time() - start, 3)}
            kept.put(name, data)
        parts.append(Measured(**data))
    return _joined(loaded, wanted, parts)


def _steps(wanted: Sequence[Wanted]) -> dict[str, list[Wanted]]:
    """The columns that share a pass, by the name of the step: their prompts, or the column itself."""
    groups: dict[str, list[Wanted]] = {}
    for column in wanted:
        name = f"patterns on {column.generator}" if reads_pattern(column) else column.id
        groups.setdefault(name, []).append(column)
    return groups


def _measure(catalog: Catalog, loaded: LoadedModel, columns: Sequence[Wanted]) -> Measured:
    """One step; a column that the model cannot have is left out with the reason."""
    possible, left_out = [], dict[str, str]()
    for column in columns:
        try:
            _check(catalog, loaded, column)
        except HeadkbError as error:
            left_out[column.id] = str(error)
        else:
            possible.append(column)
    if not possible:
        return Measured(left_out=left_out)
    try:
        part = (
            _patterns(catalog, loaded, possible) if reads_pattern(possible[0]) else _whole(catalog, loaded, possible[0])
        )
    except HeadkbError as error:  # such as a tokenizer that cannot write the prompts
        return Measured(left_out=left_out | {column.id: str(error) for column in possible})
    return Measured(part.values, left_out | part.left_out, part.prompts, part.baseline)


def _check(catalog: Catalog, loaded: LoadedModel, column: Wanted) -> None:
    """Refuse a column that this model cannot have."""
    score, record = get_score(column.score), catalog.scores[column.score]
    check_part(score, loaded, None)
    check_needs(loaded.passport, score, column.generator or "random-tokens", record.needs)
    if "logits" in record.needs and not loaded.passport.causal:
        raise HeadkbError(
            f"{loaded.id} sees later tokens, so it does not predict the next one, which {score.id} asks for."
        )


def _patterns(catalog: Catalog, loaded: LoadedModel, columns: Sequence[Wanted]) -> Measured:
    """Scores of patterns, in one pass over their prompts."""
    generator = columns[0].generator
    assert generator is not None
    n, measurements, values = count_of(generator), Measurements(loaded), dict[str, list[list[float | None]]]()
    requests = {
        column.id: request(
            column.score,
            loaded,
            generator=generator,
            parameters={"n": n, "seed": SEED},
            score_parameters=column.parameters,
            needs=catalog.scores[column.score].needs,
        )
        for column in columns
    }
    measurements.expect(requests.values())
    for name, asked in requests.items():
        values[name] = _rows(measurements.get(asked).summary.mean)
        measurements.release([asked])
    return Measured(values, {}, _facts(generator, n, make_prompts(generator, loaded, n, SEED)))


def _whole(catalog: Catalog, loaded: LoadedModel, column: Wanted) -> Measured:
    """A score that reads the model itself."""
    generator, needs = column.generator, catalog.scores[column.score].needs
    n = count_of(generator) if generator else 1
    result = measure(
        column.score,
        loaded,
        generator=generator,
        parameters={"n": n, "seed": SEED},
        score_parameters=column.parameters,
        needs=needs,
    )
    values = {column.id: _rows(result.summary.mean)}
    if generator is None:
        return Measured(values)
    prompts = make_prompts(generator, loaded, n, SEED)
    before = baseline(loaded.model, contrast(prompts), column.parameters.get("metric", "logit_diff"))
    return Measured(values, {}, _facts(generator, n, prompts), {column.id: round(float(before.mean()), 6)})


def _facts(generator: str, n: int, prompts: Prompts) -> dict[str, Any]:
    tokens = int(prompts.mask.sum())
    facts = {"id": generator, "generator": generator, "n": n, "seed": SEED}
    return {**facts, "sha256": prompts_hash(prompts), "tokens": tokens}


def _rows(values: Tensor) -> list[list[float | None]]:
    return [[None if v != v else v for v in row] for row in values.tolist()]


def _joined(loaded: LoadedModel, wanted: Sequence[Wanted], parts: Sequence[Measured]) -> tuple[Atlas, AtlasTable]:
    """The record and the table of all parts, columns in the order of the plan; a column without any value is left out."""
    values = {name: _by_head(rows) for part in parts for name, rows in part.values.items()}
    why = {name: reason for part in parts for name, reason in part.left_out.items()}
    why |= {
        name: "no head has a value: no prompt holds what the score counts, as this tokenizer writes them."
        for name, of_heads in values.items()
        if not of_heads
    }
    before = {name: value for part in parts for name, value in part.baseline.items()}
    columns = tuple(_column(column, before) for column in wanted if column.id not in why)
    if not columns:
        raise HeadkbError(f"nothing can be measured on {loaded.id}: {next(iter(why.values()))}")
    used = {column.prompts for column in columns}
    prompts = {part.prompts["id"]: part.prompts for part in parts if part.prompts and part.prompts["id"] in used}
    passport, text = loaded.passport, prompts.get(TEXT)
    atlas = Atlas(
        id=loaded.id,
        model=loaded.id,
        model_source=passport.source,
        weights_sha256=passport.weights_sha256,
        dtype=passport.dtype,
        attention="eager",
        versions=versions(),
        hardware=hardware(loaded),
        seconds=round(sum(part.seconds for part in parts), 1),
        date=datetime.datetime.now(datetime.UTC).date().isoformat(),
        columns=columns,
        prompts=tuple(AtlasPrompts(**facts) for facts in prompts.values()),
        passport=run_passport(loaded, None if text is None else make_prompts(TEXT, loaded, text["n"], SEED)),
        **({} if passport.revision is None else {"revision": passport.revision}),
        **(
            {"left_out": tuple(LeftOut(id=c.id, score=c.score, why=why[c.id]) for c in wanted if c.id in why)}
            if why
            else {}
        ),
    )
    return atlas, AtlasTable(columns, {column.id: values[column.id] for column in columns})


def _column(wanted: Wanted, before: Mapping[str, float]) -> Column:
    facts = {
        "parameters": dict(wanted.parameters),
        "prompts": wanted.generator,
        "unit": wanted.unit,
        "baseline": before.get(wanted.id),
    }
    version = get_score(wanted.score).version
    set_facts = {name: value for name, value in facts.items() if value not in (None, {})}
    return Column(id=wanted.id, score=wanted.score, version=version, **set_facts)


def _by_head(rows: Sequence[Sequence[float | None]]) -> dict[HeadIndex, float]:
    return {HeadIndex(layer, head): v for layer, row in enumerate(rows) for head, v in enumerate(row) if v is not None}
