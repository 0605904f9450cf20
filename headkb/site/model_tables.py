"""The published tables of a model and their agreement: on its page where they are few, else on a page of their own."""

from __future__ import annotations

from collections import Counter

from headkb.catalog import Statement
from headkb.catalog.inline import plain
from headkb.catalog.schema import Model
from headkb.site.agreement import agreement_nodes
from headkb.site.compose import counted, section
from headkb.site.document import Cell, Element, Page, Prose
from headkb.site.links import claim_path, record_path, told_apart
from headkb.site.parts import Context, bullets, joined, ref
from headkb.site.subjects import subject_name

MANY_TABLES = 24
"""More tables and pairs of tables than this have a page of their own."""


def tables_nodes(context: Context, model: Model) -> list[Element]:
    """What the model's page says of its tables."""
    tables, pairs = _counts(context, model)
    if not _apart(context, model):
        return _all(context, model)
    held = f", and how far {counted(pairs, 'pair')} of them agree" if pairs else ""
    text = f"{counted(tables, 'table')} with a number for each head{held}: [all tables](@{tables_path(model)})."
    return section("Published score tables", "tables", [Prose(text)])


def tables_pages(context: Context, model: Model) -> list[Page]:
    """The page of the tables, if they have one."""
    if not _apart(context, model):
        return []
    title = f"Published tables of {plain(model.name)}"
    text = f"The tables that sources give for the heads of {plain(model.name)}, and how far they agree."
    body = (Prose(text, lead=True), *_all(context, model))
    return [Page(tables_path(model), title, body, parent=record_path("models", model.id), description=text)]


def tables_path(model: Model) -> str:
    """The address of that page."""
    return f"{record_path('models', model.id)}tables/"


def _apart(context: Context, model: Model) -> bool:
    return sum(_counts(context, model)) > MANY_TABLES


def _counts(context: Context, model: Model) -> tuple[int, int]:
    """How many tables the model has, and how many pairs of them were held against each other."""
    statements = context.catalog.statements_of_model.get(model.id, [])
    pairs = context.catalog.disputes.pairs.get(model.id, ())
    return sum(statement.claim.table is not None for statement in statements), len(pairs)


def _all(context: Context, model: Model) -> list[Element]:
    listed = section("Published score tables", "tables", bullets(_sources(context, model)))
    return [*listed, *agreement_nodes(context, model)]


def _sources(context: Context, model: Model) -> list[Cell]:
    """One item for each source: its tables, and the head type that each is about."""
    of_source: dict[str, list[Cell]] = {}
    for statement, name in named_tables(context, model):
        about = subject_name(context.links, statement.claim.subject)
        cell = (f"[{plain(name)}](@{claim_path(statement)})", f" ({plain(about)})")
        of_source.setdefault(statement.file.id, []).append(cell)
    return [(ref("claims", source), ": ", joined(tables)) for source, tables in of_source.items()]


def named_tables(context: Context, model: Model) -> list[tuple[Statement, str]]:
    """The claims about a model that bring a table, with what to call it; several of one source with one measure are told apart by their ids."""
    tables = [s for s in context.catalog.statements_of_model.get(model.id, []) if s.claim.table and s.claim.measure]
    times = Counter((s.file.id, s.claim.measure) for s in tables)

    def name(statement: Statement) -> str:
        measure = statement.file.measures[statement.claim.measure or ""].name
        return (
            measure if times[statement.file.id, statement.claim.measure] == 1 else f"{measure}, {told_apart(statement)}"
        )

    return [(statement, name(statement)) for statement in tables]
