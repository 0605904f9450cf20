"""A finding about a catalog file, and the four forms in which findings are printed."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from headkb.catalog.characters import visible
from headkb.catalog.escape import annotation, annotation_property
from headkb.catalog.glance import Glance, WithGlance, counted
from headkb.errors import HeadkbError

Severity = Literal["error", "warning", "info"]


@dataclass(frozen=True, order=True, repr=False)
class Diagnostic(WithGlance):
    """One problem in one file, with its place, why it matters and how to fix it.

    Attributes:
        path: File, relative to the folder that was validated, with `/`.
        line: Line, from 1.
        column: Column, from 1.
        rule: Id of the rule (`headkb/catalog/rules/`, or one that `headkb/catalog/source.py` and the schema emit).
        field: Dotted path of the key inside the record, empty for the file as a whole.
        message: What is wrong.
        why: Why this matters.
        fix: The text to type, or the command that puts it right.
    """

    path: str
    line: int
    column: int
    rule: str
    field: str
    message: str
    why: str
    fix: str
    severity: Severity = "error"

    def glance(self) -> Glance:
        """Place, rule, what is wrong, why, and how to mend it."""
        facts = (("field", self.field), ("why", self.why), ("fix", self.fix))
        call = f"Diagnostic({f'{self.path}:{self.line}:{self.column}'!r})"
        return Glance(call, f"{self.severity}[{self.rule}]", self.message, facts)

    def text(self) -> str:
        """Three lines; the first fits grep, editors and people. What a file holds begins no line."""
        where = f" {self.field}:" if self.field else ""
        head = f"{self.path}:{self.line}:{self.column}: {self.severity}[{self.rule}]{where} {self.message}"
        return f"{visible(head)}\n    why: {self.why}\n    fix: {visible(self.fix)}"

    def short(self) -> str:
        """Place, field and message in one phrase without a full stop, for use inside another sentence."""
        where = f"{self.field}: " if self.field else ""
        return f"{self.path}:{self.line}:{self.column} {where}{self.message.removesuffix('.')}"


def as_text(diagnostics: Sequence[Diagnostic]) -> str:
    """Every finding in full, then one line of counts."""
    found = Counter(d.severity for d in diagnostics)
    counts = f"{counted(found['error'], 'error')}, {counted(found['warning'], 'warning')}"
    return "\n".join([*(d.text() for d in diagnostics), counts])


def as_json(diagnostics: Sequence[Diagnostic]) -> str:
    """A JSON list of objects with the fields of `Diagnostic`."""
    return json.dumps([asdict(d) for d in diagnostics], indent=2, ensure_ascii=False, allow_nan=False)


def as_github(diagnostics: Sequence[Diagnostic]) -> str:
    """Workflow commands that GitHub turns into annotations on the changed lines."""
    kinds = {"error": "error", "warning": "warning", "info": "notice"}
    return "\n".join(
        f"::{kinds[d.severity]} file={annotation_property(d.path)},line={d.line},col={d.column},title={annotation_property(d.rule)}::"
        + annotation(f"{d.field + ': ' if d.field else ''}{d.message}\nwhy: {d.why}\nfix: {d.fix}")
        for d in diagnostics
    )


def as_sarif(diagnostics: Sequence[Diagnostic]) -> str:
    """A SARIF 2.1.0 log, the form that code-scanning services read."""
    levels = {"error": "error", "warning": "warning", "info": "note"}
    rules = {d.rule: d.why for d in diagnostics}
    results = [
        {
            "ruleId": d.rule,
            "level": levels[d.severity],
            "message": {"text": f"{d.field + ': ' if d.field else ''}{d.message} Fix: {d.fix}"},
            "locations": [
                {
                    "physicalLocation": {
                        "artifactLocation": {"uri": d.path},
                        "region": {"startLine": d.line, "startColumn": d.column},
                    }
                }
            ],
        }
        for d in diagnostics
    ]
    driver = {"name": "headkb", "rules": [{"id": k, "shortDescription": {"text": v}} for k, v in sorted(rules.items())]}
    log = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "results": results}],
    }
    return json.dumps(log, indent=2, ensure_ascii=False, allow_nan=False)


FORMATS: dict[str, Callable[[Sequence[Diagnostic]], str]] = {
    "text": as_text,
    "json": as_json,
    "github": as_github,
    "sarif": as_sarif,
}


class CatalogError(HeadkbError):
    """Files of the catalog cannot be used; `diagnostics` has every problem."""

    def __init__(self, diagnostics: Sequence[Diagnostic], message: str = "") -> None:
        """Keep the diagnostics; without a `message` the text shows the first three."""
        self.diagnostics = tuple(diagnostics)
        first = "\n".join(d.text() for d in self.diagnostics[:3])
        more = f"\n… and {len(self.diagnostics) - 3} more" if len(self.diagnostics) > 3 else ""
        counted = f"the catalog has {len(self.diagnostics)} problem(s); run `headkb validate`"
        super().__init__(message or f"{counted}\n{first}{more}")


class CatalogWarning(UserWarning):
    """Files of the catalog were left out because they cannot be used."""


def left_out(diagnostics: Sequence[Diagnostic], root: Path) -> str:
    """The sentence that warns of files left out: how many, and where the first problem is."""
    files = len({d.path for d in diagnostics})
    return f"{files} catalog file(s) are left out, first {diagnostics[0].short()}; `headkb validate {root}` says why."
