"""How far published tables of one model agree, and which of its heads have similar numbers."""

from __future__ import annotations

from headkb.catalog import HeadDossier, Statement
from headkb.catalog.inline import plain
from headkb.catalog.schema import Model
from headkb.catalog.table_pairs import TablePair
from headkb.head_index import HeadIndex
from headkb.site.compose import counted, grouped, section
from headkb.site.document import Cell, DataTable, Element, Fold, Prose, Row, table
from headkb.site.links import claim_path, head_path
from headkb.site.parts import Context, ref

OPEN_PAIRS = 12
"""More pairs than this are folded."""
WHAT_AGREES = (
    "Pairs of tables of two sources whose measures name one score for one head type, on prompts that may differ: how many of the first "
    "ten heads are in both, and Spearman's coefficient over the heads that have a number in both. A pair with fewer than five in common, "
    "or a coefficient below 0.5 between whole tables, is [in dispute](@evidence/#when-sources-disagree)."
)


def agreement_nodes(context: Context, model: Model) -> list[Element]:
    """The pairs of a model's tables that were held against each other; nothing where there is none."""
    pairs = context.catalog.disputes.pairs.get(model.id, ())
    if not pairs:
        return []
    rows = _pairs(context, pairs)
    disputed = sum(pair.differs for pair in pairs)
    count = f"{counted(len(pairs), 'pair')} of tables, {disputed or 'none'} in dispute"
    body: Element = Fold(count, (rows,), "pairs") if len(pairs) > OPEN_PAIRS else rows
    return section("Agreement of its tables", "agreement", [Prose(WHAT_AGREES), body])


def _pairs(context: Context, pairs: tuple[TablePair, ...]) -> DataTable:
    statements = context.catalog.statements

    def named(statement: Statement) -> Cell:
        measure = plain(statement.file.measures[statement.claim.measure or ""].name)
        return f"[{plain(context.name('claims', statement.file.id))}](@{claim_path(statement)}), {measure}"

    rows = tuple(
        Row(
            (
                ref("heads", pair.head),
                named(statements[pair.first]),
                named(statements[pair.second]),
                f"{pair.top_shared} of {pair.top}",
                f"{pair.rank_correlation:.2f}",
                str(pair.heads),
                "in dispute" if pair.differs else "agree",
            )
        )
        for pair in pairs
    )
    return table(
        ("Head type", "One table", "The other", "First ten", "Rank correlation", "Heads in both", "Result"), rows
    )


def nearest_nodes(context: Context, dossier: HeadDossier) -> list[Element]:
    """The heads with the most similar places in the model's tables, and what they were compared by."""
    if not dossier.nearest:
        return []
    profiles = context.catalog.profiles(dossier.model)
    groups = grouped(profiles.statements, lambda s: (s.file.id, s.claim.subject))
    near = ", ".join(f"{_linked(context, dossier.model, n.head)} ({100 * n.distance:.0f} %)" for n in dossier.nearest)
    return [
        Prose(
            f"Heads with the most similar numbers: {near}. They are compared by their rank in "
            f"{counted(len(profiles.statements), 'table')} that have every head of the model, of which those of one source about one head "
            f"type count together ({len(groups)} groups); the share is the mean difference of rank. Similar numbers do not make two heads "
            "the same."
        )
    ]


def _linked(context: Context, model_id: str, head: HeadIndex) -> str:
    return f"[{head}](@{head_path(model_id, head)})" if context.has_head_page(model_id, head) else str(head)
