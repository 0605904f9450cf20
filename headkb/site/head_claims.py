"""The claims about a head type, as its page lists them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from headkb.catalog import Statement
from headkb.catalog.inline import plain
from headkb.catalog.schema import Head
from headkb.catalog.state import STANDS, count_claims, standings_said
from headkb.site.compose import FILTER_FROM, counted, grouped, long_table, section
from headkb.site.document import Cell, Element, Prose
from headkb.site.links import claim_path, told_apart
from headkb.site.parts import CLAIM_COLUMNS, Context, bullets, claim_rows, joined, ref

LONG_SURVEY = 3
"""Claims of a source with many models that stand on the page of the type; the page of the source has all."""
MANY_MODELS = 4
"""Claims of one source, or score tables with one measure, that are listed one by one."""


def claim_nodes(context: Context, head: Head) -> list[Element]:
    """The claims that assert a type or are about it: single ones in a table, long surveys in lists, score tables by name."""
    statements = context.catalog.statements_of_head.get(head.id, [])
    if not statements:
        return [Prose("No source in the catalog names particular heads of this type yet.")]
    nodes: list[Element] = []
    ordered = sorted(statements, key=lambda s: (s.claim.model, s.claim.head is None, s.id))
    named = [s for s in ordered if s.claim.table is None]
    per_source = Counter(s.file.id for s in named)
    # A source that went through many models with one score gets a line for each, not a sentence for each.
    surveys = {file for file, count in per_source.items() if count > MANY_MODELS and len(named) > FILTER_FROM}
    single = [s for s in named if s.file.id not in surveys]
    if single:
        rows = claim_rows(context, single, with_head=False)
        columns = tuple(c for c in CLAIM_COLUMNS if c != "Head type")
        nodes.append(long_table(columns, rows, {"standing": "Standing", "model": "Model"}, "claims"))
    nodes += _surveys(context, head, {file: [s for s in named if s.file.id == file] for file in sorted(surveys)})
    tables = grouped([s for s in ordered if s.claim.table], lambda s: s.file.id)
    lines = bullets((ref("claims", file), ": ", _tables(context, group)) for file, group in tables.items())
    return nodes + section("Published score tables", "tables", lines, 3)


def _surveys(context: Context, head: Head, sources: Mapping[str, list[Statement]]) -> list[Element]:
    """Sources with many claims: those that assert the type a line each, the others counted, since their heads are not said to be of it."""
    nodes: list[Element] = []
    others: list[str] = []
    for file, statements in sources.items():
        group = [s for s in statements if s.claim.head == head.id]
        models = Counter(s.claim.model for s in group)
        title = (f"{counted(len(group), 'claim')} about {counted(len(models), 'model')} in ", ref("claims", file))
        shown = group if len(group) <= LONG_SURVEY + 1 else group[:LONG_SURVEY]
        lines: list[Cell] = [_line(context, s, alone=models[s.claim.model] == 1) for s in shown]
        if len(shown) < len(group):
            lines.append((f"{len(group) - len(shown)} more: all {len(group)} in ", ref("claims", file)))
        nodes += section(title, f"survey-{file}", bullets(lines, "hk-columns"), 3)
        if len(group) < len(statements):
            others.append(f"{len(statements) - len(group)} in {ref('claims', file)}")
    if others:
        nodes.append(Prose(f"Claims that give numbers about the type and assert it of no head: {', '.join(others)}."))
    return nodes


def _line(context: Context, statement: Statement, *, alone: bool) -> Cell:
    """Model and first heads of a claim, linked to its place, where its sentence, heads and source stand.

    Several claims of a source about one model are told apart by their ids. It is said of a claim that it is disputed, and where it stands
    if anything was run.
    """
    claim, heads = statement.claim, statement.claim.named_heads()
    name = "" if alone else f", {plain(told_apart(statement))}"
    text = f"[{plain(context.name('models', claim.model))}{name}](@{claim_path(statement)}): "
    text += f"{', '.join(map(str, heads[:3]))}{' …' if len(heads) > 3 else ''}"
    against = context.catalog.statements_against.get(statement.id)
    notes = ["contests others"] if claim.contests else []
    notes += ["contested"] if against else []
    standing = context.catalog.evidence.standing(statement.id)
    copy = " on a quantised copy" if context.catalog.evidence.on_copy(statement.id) else ""
    notes += [] if standing == "not-rerun" else [f"{STANDS[standing]}{copy}"]
    return f"{text} ({', '.join(notes)})" if notes else text


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
