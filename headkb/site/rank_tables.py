"""The published values of one head: each with its rank among the heads of its table and a strip of all of them, grouped by what it means."""

from __future__ import annotations

from collections.abc import Sequence

from headkb.catalog import HeadDossier
from headkb.catalog.head_facts import TableValue
from headkb.catalog.inline import plain
from headkb.catalog.schema.claim import Measure
from headkb.direction import ORDERS
from headkb.site.compose import counted, grouped, section, table_of
from headkb.site.document import Cell, DataTable, Element, Fold, Prose, Raw
from headkb.site.links import claim_path
from headkb.site.measures import MEANINGS, taken_from
from headkb.site.parts import Context, number
from headkb.site.strip import strip
from headkb.site.subjects import subject_name

OPEN_VALUES = 8
"""Values of a group that stand open; more are folded, unless they are only one or two more."""
NOTE = (
    "Rank 1 is the strongest head of the table: the highest value, unless the row says otherwise. The strip holds all heads of the table, from "
    "the lowest value on the left to the highest; it is taller where there are more heads, by the logarithm of their number, and the orange bar "
    "is {head}."
)
ORDER = (
    " In each group the values come first with which {head} stands furthest out, at either end: among {count} values a head stands far out "
    "in some by chance."
)


def value_tables(context: Context, dossier: HeadDossier) -> list[Element]:
    """A table for each meaning; nothing where no table has the head."""
    if not dossier.tables:
        return []
    scores = context.catalog.scores
    groups = grouped(dossier.tables, lambda t: taken_from(measure_of(t), scores))
    count = len(dossier.tables)
    note = NOTE + ORDER if count > 1 else NOTE
    nodes: list[Element] = [Prose(note.format(head=dossier.head, count=count))]
    for meaning, title in MEANINGS.items():
        rows = sorted(groups.get(meaning, ()), key=_outermost)
        shown = rows if len(rows) <= OPEN_VALUES + 2 else rows[:OPEN_VALUES]
        rest = rows[len(shown) :]
        body: list[Element] = [_table(context, shown, f"{title}: {counted(len(shown), 'value')}")] if shown else []
        if rest:
            more = counted(len(rest), "more value")
            body.append(Fold(f"{more} of this kind", (_table(context, rest, f"{title}: {more}"),)))
        nodes += section(title, f"values-{meaning or 'other'}", body, 3)
    return nodes


def measure_of(entry: TableValue) -> Measure:
    """What the values of a table are."""
    return entry.statement.file.measures[entry.statement.claim.measure or ""]


def _outermost(entry: TableValue) -> tuple[float, str]:
    """How far from either end of its table a head stands."""
    return min(entry.rank, entry.of + 1 - entry.rank) / entry.of, entry.statement.id


def _table(context: Context, entries: Sequence[TableValue], caption: str) -> DataTable:
    """The caption is heard and not seen, for it tells the tables of a page apart; the heading above stands for it."""
    return table_of(
        entries,
        {
            "Measure": lambda t: _measure_cell(context, t),
            "Value": lambda t: number(t.value),
            "Rank": _rank,
            "Among the heads of its table": lambda t: strip(context.catalog.column(t.statement).values(), t.value),
        },
        caption=caption,
        style="hk-vals",
    )


def _measure_cell(context: Context, entry: TableValue) -> Cell:
    """The measure, linked to its table, with its source and what that measured it for, which have links there."""
    link = f"[{plain(measure_of(entry).name)}](@{claim_path(entry.statement)})"
    source = plain(context.name("claims", entry.statement.file.id))
    subject = plain(subject_name(context.links, entry.statement.claim.subject))
    return (link, Raw("<br><small>", ", "), f"{source}, for {subject}", Raw("</small>"))


def _rank(entry: TableValue) -> Cell:
    """`3 of 144`, with the order where that is another than the highest value first."""
    place = f"{entry.rank} of {entry.of}"
    return (
        place
        if entry.direction == "more"
        else (place, Raw("<br><small>", ", "), ORDERS[entry.direction], Raw("</small>"))
    )
