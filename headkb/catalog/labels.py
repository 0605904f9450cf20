"""Which labels the heads of a model have by its recorded runs, and the share of heads whose label a causal check confirms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from headkb.catalog.catalog import Catalog
from headkb.catalog.schema import HeadIndex, Run


@dataclass(frozen=True)
class Label:
    """A head type for which a run selected a head.

    Attributes:
        head_type: Id of the head type.
        met: Recipes whose newest run on the model selected the head.
        missed: Recipes of the type whose newest run on the model did not select it.
        confirmed: Whether such a run silenced this head, with others, and all its causal checks together are confirmed.
    """

    head_type: str
    met: tuple[str, ...]
    missed: tuple[str, ...]
    confirmed: bool

    @property
    def meets_all(self) -> bool:
        """Whether the head meets every criterion of the type that was run on the model, the causal one included."""
        return self.confirmed and not self.missed


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
    def confirmed(self) -> dict[HeadIndex, tuple[str, ...]]:
        """Head → the head types that a causal check confirms for it."""
        types = {
            head: tuple(label.head_type for label in labels if label.confirmed) for head, labels in self.of.items()
        }
        return {head: found for head, found in types.items() if found}

    @property
    def share(self) -> float:
        """Heads with a causally confirmed label as a share of all heads of the model."""
        return len(self.confirmed) / self.n_heads


def labels_of(catalog: Catalog, model_id: str) -> ModelLabels:
    """The labels that the recorded runs of a model give to its heads.

    Of each recipe the newest run that was not withdrawn counts. A check tells of all the heads that it silenced together, so `confirmed`
    says that the head is one of a set without which the behaviour is gone, not that it alone is needed.

    Raises:
        UnknownNameError: If there is no such model.
    """
    model = catalog.resolve("models", model_id)
    newest: dict[str, dict[str, Run]] = {}
    for run in catalog.runs_of_model.get(model.id, []):  # newest first
        if run.recipe is not None and run.verdict != "invalidated":
            newest.setdefault(run.head, {}).setdefault(run.recipe, run)
    labels: dict[HeadIndex, list[Label]] = {}
    for head_type, runs in sorted(newest.items()):
        for head in sorted({head for run in runs.values() for head in run.heads}):
            met = tuple(recipe for recipe, run in sorted(runs.items()) if head in run.heads)
            missed = tuple(recipe for recipe in sorted(runs) if recipe not in met)
            confirmed = any(head in _confirmed_by(runs[recipe]) for recipe in met)
            labels.setdefault(head, []).append(Label(head_type, met, missed, confirmed))
    return ModelLabels({head: tuple(labels[head]) for head in sorted(labels)}, model.n_layers * model.n_heads)


def _confirmed_by(run: Run) -> set[HeadIndex]:
    """The heads that every confirmed check of a run silenced; none if its checks together do not confirm."""
    if run.causal_result() != "confirmed":
        return set()
    silenced = [set(outcome.heads) for outcome in run.causal if outcome.result == "confirmed"]
    return set.intersection(*silenced)
