"""The files of an atlas, and what follows from its table: ranks and nearest heads, which are stored nowhere."""

from __future__ import annotations

import csv
import io
import json
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import dist, nan, sqrt
from pathlib import Path
from typing import Any

from headkb.catalog.catalog import Catalog
from headkb.catalog.record_files import read_beside
from headkb.catalog.schema import Atlas
from headkb.catalog.schema.atlas import Column
from headkb.catalog.schema.numbers import LARGEST
from headkb.catalog.tables import read_table
from headkb.head_index import HeadIndex, parse_head

FULL = 99
"""The number that stands for all of a query's attention in a stored pattern."""
MAX_BYTES = 400_000
"""Largest size of the file with patterns and tokens."""
DIGITS = 5
"""Significant digits of the table."""

HeadNumbers = Mapping[HeadIndex, float]


@dataclass(frozen=True)
class Sentence:
    """A text whose patterns are stored.

    Attributes:
        id: `english`, `repeated` or `ioi`.
        tokens: Its tokens as the tokenizer decodes them, special tokens included; `tokens[0]` is key 0.
    """

    id: str
    tokens: tuple[str, ...]


@dataclass(frozen=True)
class HeadText:
    """What is stored of one head besides numbers.

    Attributes:
        patterns: One for each sentence, as `pattern_text` writes it.
        promotes: Tokens that the head's output raises most, each with its mean effect on the logit above the mean of all tokens.
        suppresses: Tokens that it lowers most.
    """

    patterns: tuple[str, ...]
    promotes: tuple[tuple[str, float], ...]
    suppresses: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class Neighbour:
    """A head with a similar profile, and the root mean square difference of ranks between the two, 0 (alike) to 1."""

    head: HeadIndex
    distance: float


@dataclass(frozen=True)
class AtlasTable:
    """The numbers of an atlas.

    Attributes:
        columns: The columns, in order.
        values: Column → head → value; a head that the column is undefined for is left out.
    """

    columns: tuple[Column, ...]
    values: Mapping[str, HeadNumbers]

    @cached_property
    def heads(self) -> list[HeadIndex]:
        """Every head of which anything was measured, in order."""
        return sorted({head for values in self.values.values() for head in values})

    @cached_property
    def shares(self) -> dict[str, dict[HeadIndex, float]]:
        """Column → head → rank as a share: 0 is the lowest value of the model, 1 the highest, equal values at their mean rank.

        A column whose values are all equal tells no heads apart and is left out.
        """
        return {name: _shares(values) for name, values in self.values.items() if len(set(values.values())) > 1}

    @cached_property
    def _profiles(self) -> dict[HeadIndex, tuple[float, ...]]:
        """Head → its row of `shares`, nan where a column leaves it out."""
        return {head: tuple(shares.get(head, nan) for shares in self.shares.values()) for head in self.heads}

    def nearest(self, head: HeadIndex, count: int = 3) -> list[Neighbour]:
        """The heads whose profile is most like this one's.

        A profile is the head's row of `shares`. The distance is the root mean square difference over the columns that both heads have a
        value in; heads that share fewer than half of this head's columns are left out.
        """
        mine, found = self._profiles.get(head), []
        for other, theirs in self._profiles.items():
            if mine and other != head and (far := _distance(mine, theirs)) is not None:
                found.append(Neighbour(other, far))
        return sorted(found, key=lambda neighbour: (neighbour.distance, neighbour.head))[:count]

    def csv_text(self) -> str:
        """The table as the file that `read_table` reads: `layer,head` and a column each, five significant digits, empty = undefined."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(["layer", "head", *(column.id for column in self.columns)])
        for head in self.heads:
            row = [self.values[column.id].get(head) for column in self.columns]
            writer.writerow([head.layer, head.head, *("" if v is None else f"{v:.{DIGITS}g}" for v in row)])
        return out.getvalue()


def atlas_table(catalog: Catalog, atlas: Atlas) -> AtlasTable:
    """The table of an atlas in the catalog.

    Raises:
        OSError: If the file cannot be read.
        ValueError: If it is not a table of these columns.
    """
    values = read_table(table_path(catalog.root, atlas.id))
    names = [column.id for column in atlas.columns]
    if list(values) != names:
        odd = next((a for a in (*values, *names) if (a in values) != (a in names)), names[0])
        raise ValueError(f"its columns are not those of the record, in the same order: see {odd!r}")
    return AtlasTable(atlas.columns, values)


def atlas_data(catalog: Catalog, atlas: Atlas, table: AtlasTable) -> dict[str, Any]:
    """The atlas as plain data: its columns with unit and direction, and each head's values and nearest heads."""
    columns = []
    for column in atlas.columns:
        score = catalog.scores[column.score]
        facts = column.model_dump(mode="json", exclude_unset=True)
        columns.append({**facts, "unit": column.unit or score.unit, "direction": score.direction})
    heads = [
        {
            "head": str(head),
            "values": {name: values[head] for name, values in table.values.items() if head in values},
            "nearest": [{"head": str(n.head), "distance": round(n.distance, 4)} for n in table.nearest(head)],
        }
        for head in table.heads
    ]
    about_atlas = {k: v for k, v in atlas.data().items() if k not in ("columns", "passport")}
    return {**about_atlas, "columns": columns, "heads": heads}


def table_path(root: Path, atlas_id: str) -> Path:
    """The file with the table of an atlas."""
    return root / "atlases" / f"{atlas_id}.csv"


def heads_path(root: Path, atlas_id: str) -> Path:
    """The file with patterns and tokens of an atlas; it need not exist."""
    return root / "atlases" / f"{atlas_id}.heads.json"


def read_heads(path: Path) -> tuple[tuple[Sentence, ...], dict[HeadIndex, HeadText]]:
    """The sentences of an atlas, and what is stored of each head.

    Raises:
        OSError: If the file cannot be read.
        ValueError: If it is no such file.
    """
    try:
        data = json.loads(read_beside(path, MAX_BYTES), parse_constant=_no_constant)
    except RecursionError:
        raise ValueError("it nests too deep") from None
    try:
        sentences = tuple(Sentence(_text(s["id"]), tuple(map(_text, s["tokens"]))) for s in data["sentences"])
        heads = {parse_head(name): _head_text(entry) for name, entry in data["heads"].items()}
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"it does not hold sentences and heads as `headkb atlas` writes them ({error})") from None
    for head, entry in heads.items():
        if len(entry.patterns) != len(sentences):
            raise ValueError(f"{head} has {len(entry.patterns)} patterns for {len(sentences)} sentences")
        for sentence, pattern in zip(sentences, entry.patterns, strict=True):
            n = len(sentence.tokens)
            if len(pattern) not in (n * (n + 1), 2 * n * n) or not (pattern.isascii() and pattern.isdigit()):
                raise ValueError(f"the pattern of {head} on {sentence.id} does not fit its {n} tokens")
    return sentences, heads


def heads_text(sentences: Sequence[Sentence], heads: Mapping[HeadIndex, HeadText]) -> str:
    """The file that `read_heads` reads: one line a head."""
    rows = [
        f'"{head}": '
        + json.dumps(
            {"patterns": text.patterns, "promotes": text.promotes, "suppresses": text.suppresses},
            ensure_ascii=False,
            allow_nan=False,
        )
        for head, text in heads.items()
    ]
    tokens = json.dumps([{"id": s.id, "tokens": s.tokens} for s in sentences], ensure_ascii=False, allow_nan=False)
    return f'{{"sentences": {tokens},\n"heads": {{\n' + ",\n".join(rows) + "\n}}\n"


def pattern_text(pattern: Sequence[Sequence[float]]) -> str:
    """A pattern `[query_pos, key_pos]` as two digits a weight, row by row: 00 to 99, which stands for 1.

    Of a causal pattern only the keys up to the query are written, so row q has q + 1 weights; of others, all.

    Example:
        >>> pattern_text([[1.0, 0.0], [0.25, 0.75]])
        '992574'
    """
    causal = all(weight == 0 for q, row in enumerate(pattern) for weight in row[q + 1 :])
    rows = (row[: q + 1] if causal else row for q, row in enumerate(pattern))
    return "".join(f"{min(FULL, max(0, round(FULL * weight))):02d}" for row in rows for weight in row)


def pattern_of(text: str, tokens: int) -> list[list[float]]:
    """The pattern that `pattern_text` wrote, `[query_pos, key_pos]`, within 0.006; keys after the query of a causal one are left out.

    Example:
        >>> [[round(weight, 2) for weight in row] for row in pattern_of("992574", 2)]
        [[1.0], [0.25, 0.75]]
    """
    weights = iter([int(text[i : i + 2]) / FULL for i in range(0, len(text), 2)])
    causal = len(text) != 2 * tokens * tokens or tokens == 1
    return [[next(weights) for _ in range(q + 1 if causal else tokens)] for q in range(tokens)]


def _head_text(entry: Mapping[str, Any]) -> HeadText:
    promotes, suppresses = (
        tuple((_text(token), _effect(effect)) for token, effect in entry[name]) for name in ("promotes", "suppresses")
    )
    return HeadText(tuple(map(_text, entry["patterns"])), promotes, suppresses)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"text is needed where {value!r:.40} stands")
    return value


def _effect(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or abs(value) > LARGEST:
        raise TypeError(f"a finite number is needed where {value!r:.40} stands")
    return float(value)


def _no_constant(word: str) -> float:
    raise ValueError(f"{word} is no number of JSON")


def _distance(mine: Sequence[float], theirs: Sequence[float]) -> float | None:
    """Root mean square difference over what both have; None if that is nothing, or less than half of `mine`."""
    far = dist(mine, theirs)
    if far == far:
        return far / sqrt(len(mine)) if mine else None
    both = [(a, b) for a, b in zip(mine, theirs, strict=True) if a == a and b == b]
    if not both or 2 * len(both) < sum(a == a for a in mine):
        return None
    return sqrt(sum((a - b) ** 2 for a, b in both) / len(both))


def _shares(values: HeadNumbers) -> dict[HeadIndex, float]:
    ordered, last = sorted(values.values()), len(values) - 1
    return {
        head: (bisect_left(ordered, v) + bisect_right(ordered, v) - 1) / 2 / last if last else 0.5
        for head, v in values.items()
    }
