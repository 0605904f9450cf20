"""Long lists in cells: the first are shown, the others unfold in their place, without a script."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from headkb.head_index import HeadIndex
from headkb.site.document import Cell, Raw
from headkb.site.parts import Context, heads_cell


def folded_heads(context: Context, model_id: str, heads: Sequence[HeadIndex], limit: int) -> Cell:
    """Heads of a model, each linked to its page where it has one, those beyond `limit` behind a line that counts them and unfolds."""
    first, rest = heads_cell(context, model_id, heads[:limit], limit), ", ".join(map(str, heads[limit:]))
    return (first, folded(len(heads) - limit, rest)) if rest else first


def folded(count: int, words: str) -> Raw:
    """`12 more`, which unfolds to plain words in its place."""
    html = f'<details class="hk-fold hk-rest"><summary>{count} more</summary>{escape(words)}</details>'
    return Raw(f" {html}", f", {words}")
