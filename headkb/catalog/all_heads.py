"""The dossiers of every head that anything is known about. None is made before somebody asks for it: most readers want a few."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from headkb.catalog.catalog import Catalog
from headkb.catalog.dossier import HeadDossier, head_dossier
from headkb.catalog.indexing import index
from headkb.head_index import HeadIndex


class HeadDossiers(Mapping[HeadIndex, HeadDossier]):
    """The dossiers of heads of one model, in order, each made when it is first asked for."""

    def __init__(self, catalog: Catalog, model_id: str, heads: Sequence[HeadIndex]) -> None:
        """Take the heads that are known; their dossiers wait."""
        self._catalog, self._model_id = catalog, model_id
        self._made: dict[HeadIndex, HeadDossier | None] = dict.fromkeys(heads)

    def __getitem__(self, head: HeadIndex) -> HeadDossier:
        dossier = self._made[head]
        if dossier is None:
            dossier = self._made[head] = head_dossier(self._catalog, self._model_id, head)
        return dossier

    def __contains__(self, head: object) -> bool:
        return head in self._made

    def __iter__(self) -> Iterator[HeadIndex]:
        return iter(self._made)

    def __len__(self) -> int:
        return len(self._made)


def all_dossiers(catalog: Catalog) -> dict[str, HeadDossiers]:
    """Model → head → its dossier, in order, for every head that a claim or a circuit names, that a run selected or an atlas measured."""
    named = {*catalog.statements_naming, *catalog.nodes_naming}
    named |= {(run.model, head) for run in catalog.runs.values() for head in run.heads}
    for model in [catalog.models[a.model] for a in catalog.atlases.values() if a.model in catalog.models]:
        named |= {(model.id, HeadIndex(n, h)) for n in range(model.n_layers) for h in range(model.n_heads)}
    of_model = index(sorted(named))
    return {
        model_id: HeadDossiers(catalog, model_id, [h for h in of_model.get(model_id, []) if model.holds(h)])
        for model_id, model in catalog.models.items()
    }
