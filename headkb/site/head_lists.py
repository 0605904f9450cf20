"""Heads of a claim in a cell: all of them, those beyond the first few folded."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from headkb.head_index import HeadIndex
from headkb.site.document import Cell, Raw
from headkb.site.parts import Context, heads_cell


def all_heads(context: Context, model_id: str, heads: Sequence[HeadIndex], shown: int) -> Cell:
    """Heads of a model: the first ones linked to their pages, the others, if any, in a fold that says how many they are."""
    first, rest = heads[:shown], ", ".join(map(str, heads[shown:]))
    cell = heads_cell(context, model_id, first, shown)
    if not rest:
        return cell
    fold = f'<details class="hk-rest"><summary>{len(heads) - shown} more</summary>{escape(rest)}</details>'
    return (cell, ", ", Raw(fold, rest))
