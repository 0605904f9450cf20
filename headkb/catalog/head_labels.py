"""What each head of a model is said and shown to be, with where that stands: one small file a model, for programs that draw heads.

A label is a role of a head as on the head's page: a claim asserts the type for this very head, or runs show it there. Nothing else gives
one, and a label says no more than that: `standing` is `contested` wherever a claim on either side of a dispute is among its grounds.
`headkb export labels --out DIR` writes the files, `read_labels` reads one back, `headkb.catalog.viewers` hands it to CircuitsVis and BertViz.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from headkb.catalog.addresses import SITE, head_path, record_path
from headkb.catalog.dates import latest
from headkb.catalog.dossier import head_roles
from headkb.catalog.glance import Glance, WithGlance
from headkb.catalog.plain_data import LICENCE, SCHEMA_VERSION
from headkb.errors import HeadkbError
from headkb.head_index import HeadIndex, heads_of

if TYPE_CHECKING:
    from headkb.catalog.catalog import Catalog
    from headkb.catalog.head_facts import HeadRole

LabelStanding = Literal["contested", "off", "met", "asserted", "shown"]
"""The first that holds. `contested`: one of the claims contests another, or is contested. `off`: a rerun puts one of them off for this head.
`met`: a rerun meets one of them for this head. `asserted`: there are claims, and no run decides about them. `shown`: no claim, only runs."""
LABEL_STANDINGS: tuple[LabelStanding, ...] = get_args(LabelStanding)
FIRST = 8
"""Heads that are shown where all labels of a model are shown at a glance."""
_SHOWINGS = {
    "shown": "type shown for other heads",
    "partly": "type partly shown in this model",
    "not-shown": "type not shown in this model",
    "against": "runs speak against the type in this model",
    "undecided": "runs undecided",
    "invalidated": "runs withdrawn",
}
"""What runs say of a type that they do not show for this head → how a label says so."""


@dataclass(frozen=True)
class HeadLabel:
    """A head type that one head is of, by claims or by what runs show.

    Attributes:
        type: Id of the head type.
        name: Its name.
        standing: Where the label stands.
        claims: Ids of the claims that assert it.
        standings: Standing of a claim for this head → how many of the claims have it.
        sources: How many papers and repositories make them.
        type_contested_by: Ids of papers that contest the type itself, where claims assert it.
        showing: What runs show of the type in this model; None without a run.
        shown: Whether they show it for this head.
        url: The head's page, which tells the grounds.
    """

    type: str
    name: str
    standing: LabelStanding
    claims: tuple[str, ...]
    standings: Mapping[str, int]
    sources: int
    type_contested_by: tuple[str, ...]
    showing: str | None
    shown: bool
    url: str

    @property
    def text(self) -> str:
        """The label on one line, never without where it stands: `Induction head (contested; shown by headkb)`."""
        said: list[str] = [self.standing] if self.standing in ("contested", "asserted") else []
        said += [f"{word} in a rerun" for word in ("off", "met") if self.standings.get(word)]
        said += ["type contested"] if self.type_contested_by else []
        said += ["shown by headkb"] if self.shown else []
        if self.showing and not self.shown:
            said.append(_SHOWINGS[self.showing])
        return f"{self.name} ({'; '.join(said)})"


@dataclass(frozen=True, repr=False)
class HeadLabels(WithGlance):
    """The labels of one model's heads.

    Attributes:
        model: Id of the model.
        name: Its name.
        kind: `public`, `organism`, `exact` or `unreleased`: these must not be added up.
        hub_id: Its id on the Hugging Face hub, if it has one.
        revision: The pinned revision, where one is.
        n_layers: Number of layers.
        n_heads: Heads a layer.
        generated_at: Newest date in the data that the labels are of.
        heads: Head → its labels, the weightiest first; heads without one are left out.
    """

    model: str
    name: str
    kind: str
    hub_id: str | None
    revision: str | None
    n_layers: int
    n_heads: int
    generated_at: str
    heads: Mapping[HeadIndex, tuple[HeadLabel, ...]] = field(default_factory=dict)

    def glance(self) -> Glance:
        """How many heads have a label, and the first of them."""
        title = f"{self.name}: {len(self.heads)} of {self.n_layers * self.n_heads} heads have a label"
        first = [
            (str(head), "; ".join(label.text for label in held)) for head, held in list(self.heads.items())[:FIRST]
        ]
        rest = [("…", f"and {len(self.heads) - FIRST} more")] if len(self.heads) > FIRST else []
        return Glance(
            f"HeadLabels({self.model!r})", title, facts=(*first, *rest), page=record_path("models", self.model)
        )

    def of(self, layer: int, head: int) -> tuple[HeadLabel, ...]:
        """The labels of one head, the weightiest first.

        Raises:
            HeadkbError: If the model has no such head.
        """
        if not (0 <= layer < self.n_layers and 0 <= head < self.n_heads):
            shape = f"{self.n_layers} layers of {self.n_heads} heads, counted from 0"
            raise HeadkbError(f"L{layer}H{head} does not exist in {self.model}, which has {shape}.")
        return self.heads.get(HeadIndex(layer, head), ())

    def data(self) -> dict[str, Any]:
        """The file of the model, JSON-ready; each label also has its `text`."""
        about = {one.name: getattr(self, one.name) for one in fields(self) if one.name != "heads"}
        labelled = {str(head): [_label_data(label) for label in labels] for head, labels in self.heads.items()}
        return {"schema_version": SCHEMA_VERSION, "licence": LICENCE, **about, "heads": labelled}


def head_labels(catalog: Catalog, model_id: str) -> HeadLabels:
    """What claims and runs say each head of a model is.

    Args:
        catalog: The catalog.
        model_id: Id, hub id or name of a model, in any spelling.

    Raises:
        UnknownNameError: If there is no such model.
        CatalogError: If its file, or a score table that has to be compared for disputes, cannot be read.

    Example:
        >>> import headkb
        >>> labels = head_labels(headkb.load_catalog(), "gpt2")
        >>> labels.of(9, 9)[0].name
        'Name mover head'
    """
    model = catalog.resolve("models", model_id)
    shown = {head for showing in catalog.evidence.showings_of_model.get(model.id, ()) for head in showing.heads}
    named = {head for name, head in catalog.statements_naming if name == model.id}
    labels = {
        head: tuple(_label(catalog, model.id, head, role) for role in head_roles(catalog, model.id, head))
        for head in sorted(shown | named)
        if model.holds(head)
    }
    return HeadLabels(
        model=model.id,
        name=model.name,
        kind=model.type,
        hub_id=model.hub_id,
        revision=model.revision,
        n_layers=model.n_layers,
        n_heads=model.n_heads,
        generated_at=latest(catalog),
        heads={head: found for head, found in labels.items() if found},
    )


def label_index(catalog: Catalog) -> dict[str, Any]:
    """The models, each with its kind, how many of its heads have a label, and the file that holds them."""
    made = [head_labels(catalog, name) for name in sorted(catalog.models)]
    models = [
        {"model": one.model, "name": one.name, "kind": one.kind, "heads": len(one.heads), "file": f"{one.model}.json"}
        for one in made
    ]
    return {"schema_version": SCHEMA_VERSION, "generated_at": latest(catalog), "licence": LICENCE, "models": models}


def read_labels(source: str | Path | Mapping[str, Any]) -> HeadLabels:
    """The labels of a model, from a file that `headkb export labels` wrote or the site serves, or from what stands in it.

    Raises:
        HeadkbError: If it is no such file, or one of a later version.
        OSError: If it cannot be read.
    """
    name = "what was passed" if isinstance(source, Mapping) else str(source)
    try:
        data = source if isinstance(source, Mapping) else json.loads(Path(source).read_text(encoding="utf-8"))
        version = data["schema_version"]
        if version != SCHEMA_VERSION:
            raise HeadkbError(
                f"{name} has version {version!r} of the data, and this headkb reads {SCHEMA_VERSION}; use files and a headkb of one version."
            )
        about = {one.name: data[one.name] for one in fields(HeadLabels) if one.name != "heads"}
        heads = {heads_of(head)[0]: tuple(_read_label(one) for one in found) for head, found in data["heads"].items()}
        return HeadLabels(**about, heads=heads)
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        fix = "write it again with `headkb export labels --out DIR`"
        raise HeadkbError(f"{name} holds no labels of a model ({type(error).__name__}: {error}); {fix}.") from None


def _label(catalog: Catalog, model_id: str, head: HeadIndex, role: HeadRole) -> HeadLabel:
    record, showing = catalog.heads.get(role.head_type), catalog.evidence.showings.get((role.head_type, model_id))
    standings = Counter[str](entry.standing for entry in role.claims)
    contesting = [paper.id for paper, said in catalog.papers_of_head.get(role.head_type, ()) if said == "contests"]
    return HeadLabel(
        type=role.head_type,
        name=record.name if record else role.head_type,
        standing=_standing(role, standings),
        claims=tuple(entry.statement.id for entry in role.claims),
        standings=dict(sorted(standings.items())),
        sources=role.sources,
        type_contested_by=tuple(contesting) if role.claims else (),
        showing=showing.word if showing else None,
        shown=role.shown,
        url=SITE + head_path(model_id, head),
    )


def _standing(role: HeadRole, standings: Mapping[str, int]) -> LabelStanding:
    if not role.claims:
        return "shown"
    if role.contested:
        return "contested"
    return "off" if standings.get("off") else "met" if standings.get("met") else "asserted"


def _label_data(label: HeadLabel) -> dict[str, Any]:
    data = asdict(label)
    return {
        **data,
        "claims": list(label.claims),
        "type_contested_by": list(label.type_contested_by),
        "text": label.text,
    }


def _read_label(data: Mapping[str, Any]) -> HeadLabel:
    values = {one.name: data[one.name] for one in fields(HeadLabel)}
    for name in ("claims", "type_contested_by"):
        values[name] = tuple(values[name])
    return HeadLabel(**values)
