"""The catalogue of validation rules: one page per rule, made of its module's docstring."""

from __future__ import annotations

import inspect

from headkb.catalog.file_rules import FILE_RULES, FileRule
from headkb.catalog.inline import plain
from headkb.catalog.rules import RULES, severity
from headkb.site.document import Code, DataTable, Element, Heading, Page, Prose, Row


def rule_pages() -> list[Page]:
    """The catalogue of validation rules, and a page for each."""
    rows, pages = [], []
    for rule_id, module in sorted(RULES.items()):
        weight, why = severity(rule_id), module.WHY
        nodes, first = _docstring(inspect.getdoc(module) or "")
        rows.append(Row((f"[{rule_id}](@rules/{rule_id}/)", weight, first, why), {"severity": weight}, rule_id))
        pages.append(
            Page(
                path=f"rules/{rule_id}/",
                title=rule_id,
                body=(Prose(first, lead=True), *nodes, Heading("Why", "why"), Prose(why[0].upper() + why[1:] + ".")),
                parent="rules/",
                description=first.replace("`", ""),
                subtitle=f"Validation rule · {weight}",
                boost=0.5,
            )
        )
    for rule_id, rule in sorted(FILE_RULES.items()):
        rows.append(
            Row((f"[{rule_id}](@rules/{rule_id}/)", "error", rule.when, rule.why), {"severity": "error"}, rule_id)
        )
        pages.append(_file_rule_page(rule_id, rule))
    rows.sort(key=lambda row: row.id)
    intro = "What `headkb validate` checks in each file, and across records. Every message gives file, line and column, the reason and the fix."
    hub = Page(
        path="rules/",
        title="Validation rules",
        body=(Prose(intro, lead=True), DataTable(("Rule", "Severity", "When it fires", "Why"), tuple(rows))),
        description="Every rule of the validator.",
    )
    return [hub, *pages]


def _file_rule_page(rule_id: str, rule: FileRule) -> Page:
    """The page of a rule about single files."""
    examples = [(word, text) for word, text in (("Bad:", rule.bad), ("Good:", rule.good)) if text]
    shown = [node for word, text in examples for node in (Prose(word), Code(text, language="yaml"))]
    more = (Prose(rule.more),) if rule.more else ()
    return Page(
        path=f"rules/{rule_id}/",
        title=rule_id,
        body=(
            Prose(rule.when, lead=True),
            *shown,
            *more,
            Heading("Why", "why"),
            Prose(f"{rule.why[0].upper()}{rule.why[1:]}."),
        ),
        parent="rules/",
        description=rule.when.replace("`", ""),
        subtitle="Validation rule · error",
        boost=0.5,
    )


def _docstring(text: str) -> tuple[list[Element], str]:
    """A rule's docstring as parts of a page, and its first line."""
    first, _, rest = text.partition("\n")
    nodes: list[Element] = []
    for part in rest.strip().split("\n\n"):
        lines = part.splitlines()
        if lines and all(line.startswith("    ") or not line for line in lines):
            nodes.append(Code("\n".join(line[4:] for line in lines), language="yaml"))
        elif part.strip():
            nodes.append(Prose(" ".join(part.split())))
    return nodes, plain(first) if "[" in first else first
