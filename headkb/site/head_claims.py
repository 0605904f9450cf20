"""The claims about a head type, as its page lists them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from statistics import median

from headkb.catalog import Statement
from headkb.catalog.best_known import FIRST_MODEL, ordered_heads
from headkb.catalog.inline import plain
from headkb.catalog.schema import Head, HeadIndex
from headkb.catalog.state import count_claims, standings_said
from headkb.site.compose import FILTER_FROM, counted, grouped, long_table, section
from headkb.site.document import Cell, Element, Fold, Prose, Row, table
from headkb.site.folded import folded
from headkb.site.head_answers import head_link
from headkb.site.links import claim_path, told_apart
from headkb.site.parts import (
    CLAIM_COLUMNS,
    Context,
    bullets,
    claim_rows,
    joined,
    number,
    ref,
    standing_cell,
    statement_cell,
)

FEW_CLAIMS = 12
"""With at most so many claims, the table of published heads has the sentence of each, and links to its heads."""
IN_ROW, FOLDED_FROM = 4, 7
"""Heads of a claim that stand open in its row, where it has so many that the others are folded."""
OPEN = 6
"""Other claims about a type that stand open; more are folded."""
MANY_MODELS = 4
"""Claims of one source, or score tables with one measure, that are listed one by one."""
READ = "Heads stand strongest first where the source gives values; their median depth goes from 0, the first layer, to 1, the last."
COLUMNS = ("Model", "Heads", "What is claimed", "Depth", "Measure", "Best value", "Source", "Standing")


def claim_nodes(context: Context, head: Head) -> list[Element]:
    """The claims that assert a type of particular heads, then those that are about it, then score tables by name."""
    statements = context.catalog.statements_of_head.get(head.id, [])
    if not statements:
        return [Prose("No source in the catalog names particular heads of this type yet.")]
    asserting = [s for s in statements if _asserts(s, head)]
    nodes = _published(context, asserting)
    if not asserting:
        nodes.append(Prose("No source in the catalog says of particular heads that they are of this type."))
    ordered = sorted(statements, key=lambda s: (s.claim.model, s.claim.head is None, s.id))
    nodes += _others(context, [s for s in ordered if s.claim.table is None and not _asserts(s, head)])
    tables = grouped([s for s in ordered if s.claim.table], lambda s: s.file.id)
    lines = bullets((ref("claims", file), ": ", _tables(context, group)) for file, group in tables.items())
    return nodes + section("Published score tables", "tables", lines, 3)


def _asserts(statement: Statement, head: Head) -> bool:
    claim = statement.claim
    return claim.head == head.id and claim.table is None and bool(claim.asserted_heads)


def _published(context: Context, asserting: Sequence[Statement]) -> list[Element]:
    """The heads that claims name, a row a claim: GPT-2 small first, then models by name."""
    if not asserting:
        return []
    ordered = sorted(
        asserting,
        key=lambda s: (
            s.claim.model != FIRST_MODEL,
            context.name("models", s.claim.model).casefold(),
            context.name("claims", s.file.id).casefold(),
            s.id,
        ),
    )
    few = len(ordered) <= FEW_CLAIMS
    rows = tuple(_row(context, statement, few=few) for statement in ordered)
    models = len({s.claim.model for s in ordered})
    text = f"{counted(len(ordered), 'claim')} about {counted(models, 'model')}"
    return [Prose(READ), table(COLUMNS, rows, caption=text, name="claims", style="hk-published")]


def _row(context: Context, statement: Statement, *, few: bool) -> Row:
    claim, catalog = statement.claim, context.catalog
    heads = ordered_heads(catalog, statement)
    values = [claim.values[head] for head in heads if head in claim.values]
    best = values[0] if values else claim.value
    standing = standing_cell(context, statement, catalog.evidence.standing(statement.id))
    notes = [f"[contested](@{claim_path(other)})" for other in catalog.statements_against.get(statement.id, [])[:1]]
    notes += ["contests others"] if claim.contests else []
    return Row(
        (
            ref("models", claim.model),
            _heads(context, statement, heads, linked=few),
            statement_cell(statement) if few else "",
            _depth(context, statement),
            plain(statement.measure.name) if statement.measure else "named only",
            "" if best is None else number(best),
            f"[{plain(context.name('claims', statement.file.id))}](@{claim_path(statement)})",
            (standing, ", ", ", ".join(notes)) if notes else standing,
        )
    )


def _heads(context: Context, statement: Statement, heads: Sequence[HeadIndex], *, linked: bool) -> Cell:
    """The heads of a claim, many of them behind a line that counts them."""
    model, kind = statement.claim.model, statement.claim.heads_are
    open_ = heads if len(heads) < FOLDED_FROM else heads[:IN_ROW]
    first = joined([head_link(context, model, head, kind) if linked else str(head) for head in open_])
    said = " (key-value)" if kind != "query" else ""
    rest = ", ".join(map(str, heads[len(open_) :]))
    if not rest:
        return (first, said)
    return (first, said, folded(len(heads) - len(open_), rest))


def _depth(context: Context, statement: Statement) -> str:
    """The median of layer / (n_layers - 1) over the heads of a claim."""
    model = context.catalog.models[statement.claim.model]
    if model.n_layers < 2:
        return ""
    return f"{median(min(head.layer / (model.n_layers - 1), 1.0) for head in statement.claim.asserted_heads):.2f}"


def _others(context: Context, statements: Sequence[Statement]) -> list[Element]:
    """Claims about a type that assert it of no head: a row each, those of sources with many counted."""
    per_source = Counter(s.file.id for s in statements)
    long = {file: count for file, count in per_source.items() if count > MANY_MODELS and len(statements) > FILTER_FROM}
    single = [s for s in statements if s.file.id not in long]
    nodes: list[Element] = []
    if single:
        rows = claim_rows(context, single, with_head=False)
        columns = tuple(c for c in CLAIM_COLUMNS if c != "Head type")
        listed = long_table(columns, rows, {"standing": "Standing", "model": "Model"}, "claims")
        title = f"{len(rows)} claims about the type that assert it of no head"
        nodes.append(listed if len(rows) <= OPEN else Fold(title, (listed,)))
    if long:
        counts = ", ".join(f"{count} in {ref('claims', file)}" for file, count in sorted(long.items()))
        nodes.append(Prose(f"Claims that give numbers about the type and assert it of no head: {counts}."))
    return section("Other claims about the type", "other-claims", nodes, 3)


def _tables(context: Context, statements: Sequence[Statement]) -> Cell:
    """The score tables of one source: each by name where they are few, else counted by measure."""
    items: list[Cell] = []
    for measure, group in grouped(statements, lambda s: s.claim.measure or "").items():
        name = plain(group[0].file.measures[measure].name)
        if len(group) > MANY_MODELS:
            items.append(
                f"[{name}](@claims/{group[0].file.id}/#tables) in {counted(len({s.claim.model for s in group}), 'model')}"
            )
        else:
            times = Counter(s.claim.model for s in group)
            models = [
                f"[{plain(context.name('models', s.claim.model))}"
                f"{'' if times[s.claim.model] == 1 else plain(f' ({told_apart(s)})')}](@{claim_path(s)})"
                for s in group
            ]
            items.append((f"{name} in ", joined(models)))
    return (joined(items, "; "), f" ({_standings(context, statements)})")


def _standings(context: Context, statements: Sequence[Statement]) -> str:
    """The standings of several claims in a row: `2 met, 3 not rerun`."""
    count = count_claims(context.catalog, statements)
    return standings_said(count.by, count.on_copies)
