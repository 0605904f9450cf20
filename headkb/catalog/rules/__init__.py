"""Rules that look across records. One rule, one module; its docstring is its page in the documentation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType

from headkb.catalog import Catalog
from headkb.catalog.diagnostic import Diagnostic, Severity
from headkb.catalog.explain import dotted
from headkb.catalog.load import Places, locate
from headkb.catalog.schema import Record
from headkb.catalog.source import Field


@dataclass(frozen=True)
class Finding:
    """A fault in one record: the record, the field at fault, what is wrong and how to fix it."""

    record: Record
    field: Field
    message: str
    fix: str


RULES: Mapping[str, ModuleType] = {
    module.name.replace("_", "-"): import_module(f"{__name__}.{module.name}") for module in iter_modules(__path__)
}
"""Rule id → its module, with `WHY` and `check(catalog) -> Iterator[Finding]`. The id is the name of the file."""


def severity(rule_id: str) -> Severity:
    """How much a finding of a rule weighs: the `SEVERITY` of its module, `error` where it sets none."""
    weight: Severity = getattr(RULES[rule_id], "SEVERITY", "error")
    return weight


def check(catalog: Catalog) -> list[Diagnostic]:
    """Run every rule over the catalog; all findings, sorted by place."""
    diagnostics = []
    known: Places = {}
    for rule_id, rule in RULES.items():
        for finding in rule.check(catalog):
            path, line, column = locate(catalog.root, finding.record, finding.field, known)
            field = dotted(tuple(part for part in finding.field if part != ""))
            message, fix, weight = finding.message, finding.fix, severity(rule_id)
            diagnostics.append(Diagnostic(path, line, column, rule_id, field, message, rule.WHY, fix, weight))
    return sorted(diagnostics)
