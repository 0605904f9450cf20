"""Which head types the recorded runs of a model find in its heads, and the share of heads for which a type is shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from headkb.catalog.catalog import Catalog
from headkb.catalog.indexing import index
from headkb.catalog.schema import HeadIndex, Run
from headkb.catalog.showing import newest_by_recipe


@dataclass(frozen=True)
class Label:
    """A head type for which a run selected a head. Only one that is `shown` is a role.

    Attributes:
        head_type: Id of the head type.
        met: Recipes whose newest run on the model selected the head.
        missed: Recipes of the type whose newest run on the model did not select it.
        shown: Whether the type is shown in the model for this head: it meets every defining criterion, and the causal check, where the type
            has one, is confirmed.
        confirmed: Whether it is shown, and the type has a causal check.
    """

    head_type: str
    met: tuple[str, ...]
    missed: tuple[str, ...]
    shown: bool
    confirmed: bool = False


@dataclass(frozen=True)
class ModelLabels:
    """The labels of a model's heads.

    Attributes:
        of: Head → its labels, by head type; heads without one are left out.
        n_heads: All heads of the model, the denominator of `share`.
    """

    of: Mapping[HeadIndex, tuple[Label, ...]]
    n_heads: int

    @property
    def shown(self) -> dict[HeadIndex, tuple[str, ...]]:
        """Head → the head types that are shown for it; heads without one are left out."""
        types = {head: tuple(label.head_type for label in labels if label.shown) for head, labels in self.of.items()}
        return {head: found for head, found in types.items() if found}

    @property
    def confirmed(self) -> frozenset[HeadIndex]:
        """The heads for which a type is shown that has a causal check."""
        return frozenset(head for head, labels in self.of.items() if any(label.confirmed for label in labels))

    @property
    def share(self) -> float:
        """Heads for which a type is shown, as a share of all heads of the model."""
        return len(self.shown) / self.n_heads


def labels_of(catalog: Catalog, model_id: str) -> ModelLabels:
    """What the recorded runs of a model find in its heads.

    Of each recipe the newest run that was not withdrawn counts. A check tells of all the heads that it silenced together, so `shown` says
    that the head is one of a set without which the behaviour is gone, not that it alone is needed.

    Raises:
        UnknownNameError: If there is no such model.
    """
    model = catalog.resolve("models", model_id)
    by_type: dict[str, list[Run]] = index((run.head, run) for run in catalog.runs_of_model.get(model.id, []))
    labels: dict[HeadIndex, list[Label]] = {}
    for head_type, of_type in sorted(by_type.items()):
        if head_type not in catalog.heads:
            continue  # its file is refused for now, so nothing says what a label would mean
        runs = newest_by_recipe(of_type)
        showing = catalog.evidence.showings.get((head_type, model.id))
        shown = showing.heads if showing else ()
        checked = catalog.heads[head_type].is_checked
        for head in sorted({head for run in runs.values() for head in run.heads}):
            met = tuple(recipe for recipe, run in sorted(runs.items()) if head in run.heads)
            missed = tuple(recipe for recipe in sorted(runs) if recipe not in met)
            labels.setdefault(head, []).append(Label(head_type, met, missed, head in shown, checked and head in shown))
    return ModelLabels({head: tuple(labels[head]) for head in sorted(labels)}, model.n_layers * model.n_heads)
