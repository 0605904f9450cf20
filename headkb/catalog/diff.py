"""What changed between two catalogs, by meaning and not by lines.

Classes: added, renamed (a new record has the old id in `replaces`), meaning changed, changed (any other key), deprecated, removed,
refused (the record's file cannot be read in one of the catalogs, so nothing can be compared). An id that vanished without `replaces`
is `removed`, which a release must not contain.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from headkb.catalog import Catalog
from headkb.catalog.schema import KINDS, Kind

Change = Literal["added", "renamed", "meaning changed", "changed", "deprecated", "removed", "refused"]
ORDER: tuple[Change, ...] = ("refused", "removed", "renamed", "deprecated", "meaning changed", "added", "changed")

# keys whose change alters what the record says, as opposed to how much it says
MEANING: dict[Kind, frozenset[str]] = {
    "heads": frozenset({"name", "definition", "criterion", "stage", "category", "recipes"}),
    "papers": frozenset({"title", "arxiv", "doi", "heads"}),
    "methods": frozenset({"name", "definition", "class", "formula"}),
    "benchmarks": frozenset({"name", "definition", "kind"}),
    "stages": frozenset({"name", "definition", "order", "categories"}),
    "circuits": frozenset({"name", "nodes", "edges", "model"}),
    "models": frozenset({"hub_id", "revision", "n_layers", "n_heads", "n_key_value_heads"}),
    "claims": frozenset({"claims", "measures"}),
    "runs": frozenset({"verdict", "values", "expected"}),
    "glossary": frozenset({"name", "definition"}),
}


@dataclass(frozen=True)
class Difference:
    """One record's change: its class, kind, id, and the keys that differ or the other id."""

    change: Change
    kind: Kind
    id: str
    detail: str = ""


def diff(old: Catalog, new: Catalog) -> list[Difference]:
    """Every record that differs, by class, kind and id."""
    differences: list[Difference] = []
    for kind in KINDS:
        refused = {**new.refused.get(kind, {}), **old.refused.get(kind, {})}
        differences += [
            Difference("refused", kind, record_id, problem.short()) for record_id, problem in refused.items()
        ]
        before, after = ({i: r for i, r in c.of(kind).items() if i not in refused} for c in (old, new))
        successor = {former: record.id for record in after.values() for former in record.replaces}
        for record_id in before:
            if record_id not in after:
                if record_id in successor:
                    differences.append(Difference("renamed", kind, record_id, f"now {successor[record_id]}"))
                else:
                    differences.append(Difference("removed", kind, record_id))
        renamed = {new_id for old_id, new_id in successor.items() if old_id in before and old_id not in after}
        for record_id, record in after.items():
            if record_id not in before:
                if record_id not in renamed:
                    differences.append(Difference("added", kind, record_id, record.title_text()))
                continue
            keys = _changed_keys(before[record_id].data(), record.data())
            if "status" in keys and record.status == "deprecated":
                differences.append(
                    Difference(
                        "deprecated", kind, record_id, f"replaced by {record.replaced_by}" if record.replaced_by else ""
                    )
                )
            elif keys & MEANING[kind]:
                differences.append(Difference("meaning changed", kind, record_id, ", ".join(sorted(keys))))
            elif keys:
                differences.append(Difference("changed", kind, record_id, ", ".join(sorted(keys))))
    return sorted(differences, key=lambda d: (ORDER.index(d.change), KINDS.index(d.kind), d.id))


def _changed_keys(before: dict[str, Any], after: dict[str, Any]) -> set[str]:
    return {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
