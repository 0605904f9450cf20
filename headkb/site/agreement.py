"""How far published tables of one model agree, and which of its heads have similar numbers."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from headkb.catalog import HeadDossier, Statement
from headkb.catalog.inline import plain
from headkb.catalog.schema import Model
from headkb.catalog.table_pairs import TablePair, places_in_both
from headkb.head_index import HeadIndex
from headkb.site.compose import counted, grouped, section
from headkb.site.document import Cell, DataTable, Element, Figure, Fold, Prose, Raw, Row, table
from headkb.site.links import claim_path, head_path
from headkb.site.parts import Context, ref

OPEN_PAIRS = 12
"""More pairs than this are folded."""
FEW_PAIRS, POINTS = 6, 144
"""So many heads of a table are drawn; of more pairs than the first, half as many of each."""
SCATTERS = (
    "A dot is a head: the further to the right, the stronger it is in one table, the further up, the stronger in the other. Tables that "
    "rank heads alike have their dots along the diagonal; the number is Spearman's coefficient."
)
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
    drawn = scatters(context, pairs)
    disputed = sum(pair.differs for pair in pairs)
    count = f"{counted(len(pairs), 'pair')} of tables, {disputed or 'none'} in dispute"
    body: Element = Fold(count, (rows,), "pairs") if len(pairs) > OPEN_PAIRS else rows
    return section("Agreement of its tables", "agreement", [Prose(WHAT_AGREES), drawn, body])


def scatters(context: Context, pairs: Sequence[TablePair]) -> Figure:
    """A small drawing for each pair: a dot for each head, its place in one table against its place in the other."""
    points = POINTS if len(pairs) <= FEW_PAIRS else POINTS // 2
    items, thinned = [], False
    for pair in pairs:
        places = places_in_both(context.catalog, pair)
        every = -(-len(places) // points)
        thinned |= every > 1
        dots = "".join(
            f"M{100 - 100 * one / pair.heads:.0f} {100 * other / pair.heads:.0f}h0" for _, one, other in places[::every]
        )
        odd = " hk-odd" if pair.differs else ""
        across, up = (escape(_source(context, name), quote=False) for name in (pair.first, pair.second))
        items.append(
            f'<li><svg class="hk-svg" viewBox="-4 -4 108 108" style="width:180px" role="img" aria-label="{escape(pair.figures())}" '
            f'xmlns="http://www.w3.org/2000/svg"><path class="hk-grid" d="M0 0V100H100M0 100L100 0"/><path class="hk-dots{odd}" d="{dots}"/></svg>'
            f"<br><b>{escape(context.name('heads', pair.head), quote=False)}, {_minus(pair.rank_correlation)}</b>: {pair.top_shared} of the first {pair.top} "
            f"in both, {'in dispute' if pair.differs else 'they agree'}. To the right {across}, upwards {up}.</li>"
        )
    some = " Of long tables only some heads are drawn, at equal distances." if thinned else ""
    return Figure(f'<ul class="hk-scatters">{"".join(items)}</ul>', "", SCATTERS + some)


def _source(context: Context, statement: str) -> str:
    return plain(context.name("claims", context.catalog.statements[statement].file.id))


def _minus(value: float) -> str:
    return f"{value:.2f}".replace("-", "−")


def _correlation(pair: TablePair) -> Raw:
    """The coefficient, and where it lies between -1 and 1."""
    said, odd = f"{pair.rank_correlation:.2f}", " class=hk-odd" if pair.differs else ""
    place = f'<span class="hk-corr" aria-hidden="true"><i{odd} style="--x:{50 + 50 * pair.rank_correlation:.0f}"></i></span>'
    return Raw(f"{place} {_minus(pair.rank_correlation)}", said)


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
                _correlation(pair),
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
