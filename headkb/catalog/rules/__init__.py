"""Rules that look across records. One rule, one module; its docstring is its page in the documentation."""

from __future__ import annotations

from types import ModuleType
from typing import cast

from headkb.catalog import Catalog
from headkb.catalog.diagnostic import Diagnostic, Severity
from headkb.catalog.explain import dotted
from headkb.catalog.load import locate
from headkb.catalog.rules import (
    alias_collision,
    bad_table,
    broken_circuit,
    dangling_reference,
    deprecation,
    duplicate_identifier,
    erratum_target,
    filler_text,
    former_id,
    head_out_of_shape,
    no_introduction,
    orphan_head,
    relation_cycle,
    relation_symmetry,
    self_contest,
    unknown_category,
    unknown_code_name,
    unlocated_claim,
    unsafe_text,
    verdict_mismatch,
)

RULES: dict[str, ModuleType] = {
    module.ID: module
    for module in (
        alias_collision,
        bad_table,
        broken_circuit,
        dangling_reference,
        deprecation,
        duplicate_identifier,
        erratum_target,
        filler_text,
        former_id,
        head_out_of_shape,
        no_introduction,
        orphan_head,
        relation_cycle,
        relation_symmetry,
        self_contest,
        unknown_category,
        unknown_code_name,
        unlocated_claim,
        unsafe_text,
        verdict_mismatch,
    )
}
"""Rule id → its module, with `ID`, `SEVERITY`, `WHY` and `check(catalog) -> Iterator[Finding]`."""


def check(catalog: Catalog) -> list[Diagnostic]:
    """Run every rule over the catalog; all findings, sorted by place."""
    found = []
    for rule in RULES.values():
        for finding in rule.check(catalog):
            path, line, column = locate(catalog.root, finding.kind, finding.id, finding.field)
            found.append(
                Diagnostic(
                    path,
                    line,
                    column,
                    rule.ID,
                    dotted(tuple(part for part in finding.field if part != "")),
                    finding.message,
                    rule.WHY,
                    finding.fix,
                    cast(Severity, rule.SEVERITY),
                )
            )
    return sorted(found)
