"""What the head browser fetches of a model: its roles with their grounds, and which tables of numbers there are (`models/<id>/grid.json`).

The numbers themselves lie where they always do: in the twins of the claims that bring a table, and in the files of atlases.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from headkb.catalog import HeadDossier
from headkb.catalog.schema import HeadIndex, Model
from headkb.catalog.state import model_sentences
from headkb.site.browser_tables import definitions, grid_tables
from headkb.site.document import Cell
from headkb.site.links import record_path
from headkb.site.model_grid import BY_HAND, NO_ROLE, by_role, grounds_of_role
from headkb.site.model_tables import named_tables
from headkb.site.parts import Context, kind_of
from headkb.site.roles import description, grounds, group_of, is_described
from headkb.site.silenced import by_head, silenced_sets
from headkb.site.text import words
from headkb.site.to_html import cell_words


def grid_path(model_id: str) -> str:
    """Where the file lies."""
    return f"{record_path('models', model_id)}grid.json"


def has_grid(context: Context, model: Model) -> bool:
    """Whether anything is known of single heads of a model: a page, a table or an atlas."""
    return bool(context.dossiers[model.id] or named_tables(context, model) or model.id in context.atlases)


def models_with_grid(context: Context) -> list[Model]:
    """The models that have the file, by name."""
    found = [model for model in context.catalog.models.values() if has_grid(context, model)]
    return sorted(found, key=lambda model: (model.name.casefold(), model.id))


def grid_data(context: Context, model: Model) -> dict[str, Any]:
    """The file as plain data; what is empty is left out of the entries of tables and heads."""
    dossiers, sets = context.dossiers[model.id], silenced_sets(context, model)
    member = by_head(sets)
    return {
        "model": {
            "id": model.id,
            "name": model.name,
            "kind": kind_of(context, model.id),
            "family": model.family,
            "layers": model.n_layers,
            "heads": model.n_heads,
        },
        "says": list(model_sentences(context.catalog, model.id)),
        "none": BY_HAND if model.type == "exact" else NO_ROLE,
        "types": _types(context, model),
        "heads": {
            str(head): {**_head(context, dossier), **({"sets": member[str(head)]} if str(head) in member else {})}
            for head, dossier in dossiers.items()
        },
        "sets": [[one.name, one.page, one.says] for one in sets],
        "measures": definitions(context, model),
        "tables": [{k: v for k, v in asdict(table).items() if v != ""} for table in grid_tables(context, model)],
    }


def _types(context: Context, model: Model) -> dict[str, dict[str, str]]:
    """The head types that heads of a model are of, the weightiest first: what each is called, and what it rests on in the model."""

    def said(cell: Cell) -> str:
        return cell_words(cell, context.links)

    return {
        head_type: {
            "name": context.name("heads", head_type),
            "code": context.codes[head_type],
            "group": group_of(head_type, model),
            "grounds": said(grounds_of_role(context, model, head_type, [role for _, role in heads])),
        }
        for head_type, heads in by_role(context, model).items()
    }


def _head(context: Context, dossier: HeadDossier) -> dict[str, Any]:
    roles = [[r.head_type, cell_words(grounds(context, dossier, r), context.links)] for r in dossier.roles]
    does = words(description(context, dossier), context.links) if is_described(context, dossier) else ""
    return {**({"roles": roles} if roles else {}), **({"does": does} if does else {})}


def model_list(context: Context) -> list[dict[str, Any]]:
    """The models that can be compared, by name: `compare/models.json`."""
    return [
        {
            "id": model.id,
            "name": model.name,
            "kind": kind_of(context, model.id),
            "family": model.family,
            "roles": sum(bool(dossier.roles) for dossier in context.dossiers[model.id].values()),
            "tables": len(grid_tables(context, model)),
        }
        for model in models_with_grid(context)
    ]


def heads_by_type(context: Context, model: Model) -> dict[str, list[HeadIndex]]:
    """Head type → the heads of a model that are of it."""
    return {head_type: [head for head, _ in heads] for head_type, heads in by_role(context, model).items()}


def packed(data: dict[str, Any] | Iterable[Any]) -> str:
    """JSON without spaces, for files that only scripts of the site read."""
    return json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":")) + "\n"
