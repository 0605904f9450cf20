"""`scatter_data.json`, the table of every head's numbers that the viewer HeadVis reads: read, written, and turned into a CSV of the catalog.

It is a JSON list with one object a head: `layer`, `head` and a number, or null, for each metric. hijohnnylin/neuronpedia writes six of them
(`utils/neuronpedia-utils/neuronpedia_utils/headvis/compute-head-metrics.py` at ebb8426f), rounded to four decimals; which score of headkb
equals which is said under "Numbers of other tools" in the documentation.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from headkb.catalog.schema.numbers import LARGEST
from headkb.errors import HeadkbError
from headkb.head_index import HeadIndex

METRICS = (
    "self_attention_score",
    "prev_token_score",
    "pattern_entropy",
    "qk_distance",
    "qk_distance_variance",
    "induction_score",
)
"""The six metrics, in the order in which they are written."""
DECIMALS = 4
MAX_BYTES = 40_000_000
"""A model of 10,000 heads takes two million."""
FORM = 'a list of objects such as {"layer": 0, "head": 3, "qk_distance": 12.5}'
Columns = dict[str, dict[HeadIndex, float]]
"""Metric → head → value; a head without a value is left out."""


def read_scatter(path: Path) -> Columns:
    """The numbers of a `scatter_data.json`: metric → head → value, nulls left out.

    Metrics other than the six are read as well, since HeadVis shows whatever its `config.json` names.

    Raises:
        HeadkbError: If the file cannot be read or has another form; the text says which row, what stands there and what should.
    """
    try:
        raw = path.read_bytes()
        if len(raw) > MAX_BYTES:
            raise HeadkbError(f"{path} has {len(raw):,} bytes; a scatter_data.json has at most {MAX_BYTES:,}.")
        rows = json.loads(raw)
    except OSError as error:
        raise HeadkbError(f"{path} cannot be read: {error.strerror or error}.") from error
    except (ValueError, RecursionError) as error:
        raise HeadkbError(
            f"{path} is not JSON ({error}). HeadVis writes {FORM} into its scatter_data.json; pass that file."
        ) from error
    if isinstance(rows, dict) and "pipeline_config" in rows:
        raise HeadkbError(
            f"{path} is the config.json of a HeadVis export; the numbers stand in scatter_data.json beside it."
        )
    if not isinstance(rows, list) or not rows:
        raise HeadkbError(f"{path} holds {_kind(rows)}; a scatter_data.json holds {FORM}.")
    columns: Columns = {}
    seen: set[HeadIndex] = set()
    for number, row in enumerate(rows):
        where = f"{path}, row {number} counted from 0"
        head = _head(row, where)
        if head in seen:
            raise HeadkbError(f"{where}: {head} has a row already; each head has one.")
        seen.add(head)
        metrics = [name for name in row if name not in ("layer", "head")]
        if not metrics or (columns and columns.keys() != set(metrics)):
            wanted = ", ".join(columns or METRICS)
            raise HeadkbError(f"{where}: {head} has {', '.join(metrics) or 'no metric'}, but should have {wanted}.")
        for name in metrics:
            column = columns.setdefault(name, {})
            if row[name] is not None:
                column[head] = _number(row[name], f"{where}: {name} of {head}")
    return columns


def scatter_text(columns: Mapping[str, Mapping[HeadIndex, float]]) -> str:
    """The same table as the text of a `scatter_data.json`: heads in order, four decimals, null where there is no value."""
    heads = sorted({head for column in columns.values() for head in column})
    rows = [
        {"layer": head.layer, "head": head.head}
        | {name: None if head not in column else round(column[head], DECIMALS) for name, column in columns.items()}
        for head in heads
    ]
    return json.dumps(rows, allow_nan=False) + "\n"


def table_text(columns: Mapping[str, Mapping[HeadIndex, float]]) -> str:
    """The same table as a CSV that a claim of the catalog can name: `layer,head` and one column a metric."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["layer", "head", *columns])
    for head in sorted({head for column in columns.values() for head in column}):
        writer.writerow([head.layer, head.head, *(column.get(head, "") for column in columns.values())])
    return text.getvalue()


def _head(row: Any, where: str) -> HeadIndex:
    if not isinstance(row, dict):
        raise HeadkbError(f"{where}: {_kind(row)} stands there; the file is {FORM}.")
    for name in ("layer", "head"):
        value = row.get(name)
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= 999:
            found = f"{name} is {value!r:.40}" if name in row else f"{name} is missing"
            raise HeadkbError(f"{where}: {found}; it is a whole number from 0 to 999, counted from 0.")
    return HeadIndex(row["layer"], row["head"])


def _number(value: Any, what: str) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not -LARGEST <= value <= LARGEST:
        raise HeadkbError(f"{what} is {value!r:.40}; a metric is a finite number, or null where there is none.")
    return float(value)


def _kind(value: Any) -> str:
    names = {dict: "an object", list: "a list" if value else "an empty list", str: "a text", type(None): "null"}
    return names.get(type(value), "a number")
