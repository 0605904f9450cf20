"""Labels of heads for programs that draw attention: names for CircuitsVis, choices of heads for BertViz.

Neither program is imported: what is returned here is what their functions take. CircuitsVis writes a name below each head; BertViz knows
heads by their numbers alone, so that a label can only choose what it draws.

Example:
    >>> import headkb
    >>> from headkb.catalog.head_labels import head_labels
    >>> labels = head_labels(headkb.load_catalog(), "gpt2")
    >>> circuitsvis_names(labels, 9)[9].startswith("L9H9: Name mover head (")
    True
    >>> head_view_choice(labels, "s-inhibition")["include_layers"]
    [7, 8]
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

from headkb.catalog.head_labels import HeadLabels
from headkb.errors import HeadkbError, UnknownNameError
from headkb.head_index import HeadIndex


class HeadViewChoice(TypedDict):
    """Keywords of `bertviz.head_view`."""

    include_layers: list[int]
    layer: int
    heads: list[int]


class ModelViewChoice(TypedDict):
    """Keywords of `bertviz.model_view`."""

    include_layers: list[int]
    include_heads: list[int]


def circuitsvis_names(labels: HeadLabels, layer: int, most: int = 2) -> list[str]:
    """A name for every head of a layer: `L9H9: Name mover head (asserted)`; of a head without a label, where it is.

    Pass it to `circuitsvis.attention.attention_heads(…, attention_head_names=…)` with the attention of that layer, `[head, query, key]`.

    Args:
        labels: The labels of the model.
        layer: Which layer, from 0.
        most: Labels of a head that are written out, the weightiest first; of further ones only how many they are.

    Raises:
        HeadkbError: If the model has no such layer.
    """
    return [_name(labels, HeadIndex(layer, head), most) for head in range(labels.n_heads)]


def labelled_heads(labels: HeadLabels, head_type: str = "", standings: Sequence[str] = ()) -> dict[int, list[int]]:
    """Layer → its heads that have a label.

    Args:
        labels: The labels of the model.
        head_type: Id or name of a head type; empty for any label.
        standings: The standings that count, such as `("met", "asserted")`, which leaves contested labels out; empty for all.

    Raises:
        UnknownNameError: If no head of the model has such a label; it says which types there are.
    """
    wanted = head_type.casefold()
    found: dict[int, list[int]] = {}
    for head, held in labels.heads.items():
        of_type = [one for one in held if not wanted or wanted in (one.type, one.name.casefold())]
        if any(not standings or one.standing in standings for one in of_type):
            found.setdefault(head.layer, []).append(head.head)
    if not found:
        types = sorted({one.type for held in labels.heads.values() for one in held})
        asked = f" with the standing {' or '.join(standings)}" if standings else ""
        there = f"Labels there are of {', '.join(types)}." if types else "None of its heads has a label."
        raise UnknownNameError(f"label of a head of {labels.model}", (head_type or "any") + asked, types, there)
    return found


def head_view_choice(
    labels: HeadLabels, head_type: str = "", standings: Sequence[str] = (), layer: int | None = None
) -> HeadViewChoice:
    """What `bertviz.head_view` is to show: the layers that have such heads, and of one layer these heads.

    BertViz keeps the chosen heads when the reader picks another layer, whatever the label of the heads there.

    Args:
        labels: The labels of the model.
        head_type: As of `labelled_heads`.
        standings: As of `labelled_heads`.
        layer: The layer that is shown first; None for the first that has such heads.

    Raises:
        UnknownNameError: If no head has such a label.
        HeadkbError: If none of `layer` has.
    """
    found = labelled_heads(labels, head_type, standings)
    first = min(found) if layer is None else layer
    if first not in found:
        raise HeadkbError(f"no head of layer {first} of {labels.model} has such a label; layers {sorted(found)} have.")
    return {"include_layers": sorted(found), "layer": first, "heads": found[first]}


def model_view_choice(labels: HeadLabels, head_type: str = "", standings: Sequence[str] = ()) -> ModelViewChoice:
    """What `bertviz.model_view` is to show: it draws the same heads of every layer, so also those between that have no such label.

    Args:
        labels: The labels of the model.
        head_type: As of `labelled_heads`.
        standings: As of `labelled_heads`.

    Raises:
        UnknownNameError: If no head has such a label.
    """
    found = labelled_heads(labels, head_type, standings)
    return {
        "include_layers": sorted(found),
        "include_heads": sorted({head for heads in found.values() for head in heads}),
    }


def _name(labels: HeadLabels, head: HeadIndex, most: int) -> str:
    held = labels.of(*head)
    first = "; ".join(label.text for label in held[:most])
    rest = f"; {len(held) - most} more" if first and len(held) > most else ""
    return f"{head}: {first}{rest}" if first else str(head)
