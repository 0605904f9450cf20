"""Rules that look across records. One rule, one module; its docstring is its page in the documentation.

A file that was refused is not absent, and one broken record is one error. A rule that reports that something is missing from records of
other kinds names these kinds in `LOOKS_FOR`: it waits while a file of one of them is refused. A rule that follows an id passes over what
`Catalog.refusal` knows.
"""

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
"""Rule id → its module, with `WHY`, `check(catalog) -> Iterator[Finding]` and, where they are needed, `SEVERITY` and `LOOKS_FOR`. The id is the
name of the file."""


def severity(rule_id: str) -> Severity:
    """How much a finding of a rule weighs: the `SEVERITY` of its module, `error` where it sets none."""
    weight: Severity = getattr(RULES[rule_id], "SEVERITY", "error")
    return weight


def waiting(catalog: Catalog) -> list[str]:
    """The rules that cannot judge yet: what they would miss may stand in a file of a kind of their `LOOKS_FOR` that was refused."""
    refused = {kind for kind, some in catalog.refused.items() if some}
    return [rule_id for rule_id, rule in RULES.items() if refused & getattr(rule, "LOOKS_FOR", frozenset())]


def check(catalog: Catalog) -> list[Diagnostic]:
    """Run every rule over the catalog, but those that `waiting` names; all findings, sorted by place."""
    diagnostics = []
    known: Places = {}
    wait = waiting(catalog)
    for rule_id, rule in RULES.items():
        for finding in rule.check(catalog) if rule_id not in wait else ():
            path, line, column = locate(catalog.root, finding.record, finding.field, known)
            field = dotted(tuple(part for part in finding.field if part != ""))
            message, fix, weight = finding.message, finding.fix, severity(rule_id)
            diagnostics.append(Diagnostic(path, line, column, rule_id, field, message, rule.WHY, fix, weight))
    return sorted(diagnostics)
