"""Rules that look across records. One rule, one module; its docstring is its page in the documentation."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType
from typing import cast

from headkb.catalog import Catalog
from headkb.catalog.diagnostic import Diagnostic, Severity
from headkb.catalog.explain import dotted
from headkb.catalog.load import locate

RULES: Mapping[str, ModuleType] = {
    module.name.replace("_", "-"): import_module(f"{__name__}.{module.name}")
    for module in iter_modules(__path__)
    if module.name != "finding"
}
"""Rule id → its module, with `SEVERITY`, `WHY` and `check(catalog) -> Iterator[Finding]`. The id is the name of the file."""


def check(catalog: Catalog) -> list[Diagnostic]:
    """Run every rule over the catalog; all findings, sorted by place."""
    diagnostics = []
    for rule_id, rule in RULES.items():
        for finding in rule.check(catalog):
            path, line, column = locate(catalog.root, finding.record, finding.field)
            diagnostics.append(
                Diagnostic(
                    path=path,
                    line=line,
                    column=column,
                    rule=rule_id,
                    field=dotted(tuple(part for part in finding.field if part != "")),
                    message=finding.message,
                    why=rule.WHY,
                    fix=finding.fix,
                    severity=cast(Severity, rule.SEVERITY),
                )
            )
    return sorted(diagnostics)
