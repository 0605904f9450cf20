"""The fields of exported records that no file states, as JSON Schema: worked out from other records, from runs, or filled in.

What is left of a record without them is what its file says: `own_data` takes them off, so that YAML → JSON → YAML loses nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from headkb.catalog.kind_spec import HEAD, HEADS, TEXT, TEXT_OR_NULL
from headkb.catalog.kinds import Kind
from headkb.catalog.showing import WORDS
from headkb.catalog.standing import STANDINGS

_TEXTS: dict[str, Any] = {"type": "array", "items": TEXT}
_WITH_ROLE: dict[str, Any] = {
    "type": "array",
    "items": {"type": "object", "required": ["id", "role"], "properties": {"id": TEXT, "role": TEXT}},
}
_DEPTH: dict[str, Any] = {
    "type": ["object", "null"],
    "properties": {
        "quartiles": {"type": "array", "items": {"type": "number"}},
        "heads": {"type": "integer"},
        "models": {"type": "integer"},
    },
}
STANDING: dict[str, Any] = {
    "type": "string",
    "enum": list(STANDINGS),
    "description": "Where a claim stands on its own model after all runs.",
}
SHOWING: dict[str, Any] = {
    "type": "object",
    "required": ["head", "model", "model_kind", "showing", "heads", "why", "runs"],
    "properties": {
        "head": TEXT,
        "model": TEXT,
        "model_kind": {"type": "string", "enum": ["public", "organism", "unreleased"]},
        "showing": {"type": "string", "enum": list(WORDS)},
        "heads": HEADS,
        "why": TEXT,
        "runs": _TEXTS,
    },
}
_SHOWINGS: dict[str, Any] = {
    "type": "array",
    "items": SHOWING,
    "description": "What runs show of a head type in a model. Kinds of model must not be added up.",
}
_NUMBER: dict[str, Any] = {"type": "number"}
_DISPUTE: dict[str, Any] = {
    "type": "object",
    "required": ["kind", "types", "by", "against", "model", "heads", "says", "why"],
    "properties": {
        "kind": {"type": "string", "enum": ["claims", "paper", "tables", "off"]},
        "types": _TEXTS,
        "by": TEXT,
        "against": _TEXTS,
        "model": TEXT_OR_NULL,
        "heads": HEADS,
        "says": TEXT,
        "why": TEXT,
        "figures": {"type": "object"},
        "misses": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "head": HEAD,
                    "claimed": _NUMBER,
                    "measured": {"type": ["number", "null"]},
                    "tolerance": _NUMBER,
                },
            },
        },
    },
}
COMPUTED: Mapping[Kind, Mapping[str, Any]] = {
    "heads": {
        "papers": _WITH_ROLE,
        "claims": _TEXTS,
        "runs": _TEXTS,
        "showings": _SHOWINGS,
        "disputes": {"type": "array", "items": _DISPUTE},
        "depth_of_claims": _DEPTH,
    },
    "papers": {"claims": _TEXTS},
    "models": {"claims": _TEXTS, "showings": _SHOWINGS},
    "claims": {"standing": STANDING, "runs": _TEXTS},
    "runs": {
        "model_kind": TEXT,
        **dict.fromkeys(("role", "showing", "why", "standing", "construction"), TEXT_OR_NULL),
        "outcome": TEXT,
    },
}
"""Kind → field → its JSON Schema."""
FILLED: Mapping[Kind, Mapping[str, Any]] = {
    "heads": {"aliases": []},
    "papers": {"arxiv": None, "links": [], "heads": []},
    "runs": {"heads": []},
}
"""Kind → field that is exported even where a file leaves it out → what then stands there."""


def own_data(kind: Kind, exported: Mapping[str, Any]) -> dict[str, Any]:
    """What the file of a record says, from the record as it is exported: without its id, and without what was worked out or filled in.

    A list that a file states as empty says what one says that it leaves out, so it is left out here.

    Args:
        kind: The kind; for `claims` a record of `claim-files.json`, which has whole files. `claims.json` has a record a claim.
        exported: The record.

    Example:
        >>> own_data("papers", {"id": "a-2020-b", "title": "T", "arxiv": None, "links": [], "heads": [], "claims": []})
        {'title': 'T'}
    """
    computed = COMPUTED.get(kind, {}) if kind != "claims" else {}
    filled = FILLED.get(kind, {})
    return {
        key: value
        for key, value in exported.items()
        if key != "id" and key not in computed and not (key in filled and value == filled[key])
    }
