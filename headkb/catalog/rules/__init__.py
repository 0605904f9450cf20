"""Rules that look across records. One rule, one module; its docstring is its page in the documentation."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType
from typing import cast

from headkb.catalog import Catalog
from headkb.catalog.diagnostic import Diagnostic, Severity
from headkb.catalog.explain import dotted
from headkb.catalog.load import locate

_MODULES = [import_module(f"{__name__}.{module.name}") for module in iter_modules(__path__) if module.name != "finding"]
RULES: dict[str, ModuleType] = {module.ID: module for module in _MODULES}
"""Rule id → its module, with `ID`, `SEVERITY`, `WHY` and `check(catalog) -> Iterator[Finding]`."""


def check(catalog: Catalog) -> list[Diagnostic]:
    """Run every rule over the catalog; all findings, sorted by place."""
    diagnostics = []
    for rule in RULES.values():
        for finding in rule.check(catalog):
            path, line, column = locate(catalog.root, finding.kind, finding.id, finding.field)
            diagnostics.append(
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
    return sorted(diagnostics)
