"""Showings in tables: what the runs of a head type's recipes say together of a model, one row or one cell for each type and model."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from urllib.parse import urlencode

from headkb.catalog.inline import plain
from headkb.catalog.schema import Run
from headkb.catalog.showing import WORDS, Showing
from headkb.catalog.state import SAID
from headkb.site.compose import grouped, table_of
from headkb.site.document import Cell, DataTable, Element, Figure, Row, table
from headkb.site.evidence import outcome_mark, showing_mark
from headkb.site.folded import folded_heads
from headkb.site.links import record_path
from headkb.site.parts import Context, bullets, joined, kind_of, number, ref, score_ref

SHOWING_COLUMNS = ("Head type", "Model", "Showing", "Heads", "What holds")
SHOWING_FACETS = {"showing": "Showing", "kind": "Kind of model", "model": "Model", "head": "Head type"}
TYPE_COLUMNS = ("Head type", "Showing", "What holds", "Runs")
IN_ROW, MANY_TYPES = 8, 16
"""Heads that a row names; head types looked for in a model from which on only some have a row on its page."""


def showing_rows(context: Context, showings: Iterable[Showing]) -> tuple[Row, ...]:
    """A row for each type in each model, in the order given."""
    return tuple(
        Row(
            (
                ref("heads", showing.head_type),
                ref("models", showing.model),
                mark_of(context, showing),
                folded_heads(context, showing.model, showing.heads, IN_ROW),
                plain(showing.why),
            ),
            {
                "showing": SAID[showing.word],
                "kind": kind_of(context, showing.model),
                "model": context.name("models", showing.model),
                "head": context.name("heads", showing.head_type),
            },
        )
        for showing in showings
    )


def types_of_model(context: Context, model_id: str) -> list[Element]:
    """A row for each head type that was looked for in a model, those that are shown first; their heads stand in the table of roles.

    Where they are many, only those that are shown and those that something speaks against have a row; the others are named by showing,
    with the way to what holds of each.
    """
    order = {word: place for place, word in enumerate(WORDS)}
    showings = context.catalog.evidence.showings_of_model.get(model_id, [])
    ordered = sorted(showings, key=lambda s: (order[s.word], context.name("heads", s.head_type).casefold()))
    in_rows = [showing for showing in ordered if _has_row(context, showing)]
    rows = tuple(
        _type_row(showing, mark_of(context, showing), runs=len(in_rows) == len(ordered)) for showing in in_rows
    )
    rest = grouped([showing for showing in ordered if showing not in in_rows], lambda showing: showing.word)
    model = context.name("models", model_id)
    lines = [
        (
            mark_of(context, group[0]),
            f" {len(group)}: ",
            joined([ref("heads", showing.head_type) for showing in group]),
            f". [What holds of each](@reproduction/causal/?{urlencode({'showing': SAID[word], 'model': model})}).",
        )
        for word, group in rest.items()
    ]
    return [*([table(TYPE_COLUMNS, rows)] if rows else []), *([bullets(lines)] if lines else [])]


def _has_row(context: Context, showing: Showing) -> bool:
    few = len(context.catalog.evidence.showings_of_model[showing.model]) <= MANY_TYPES
    return few or showing.word in ("shown", "against")


def _type_row(showing: Showing, mark: Cell, *, runs: bool) -> Row:
    links = joined([ref("runs", run.id, run.recipe or "") for run in showing.runs]) if runs else ""
    return Row((ref("heads", showing.head_type), mark, plain(showing.why), links), id=f"type-{showing.head_type}")


def mark_of(context: Context, showing: Showing) -> Cell:
    """The mark of a showing with its word."""
    return showing_mark(showing.word, context.catalog.models[showing.model].type)


def where_told(context: Context, showing: Showing) -> str:
    """The place on the page of the model that tells of a showing: its row in the table of types, or the section."""
    anchor = f"type-{showing.head_type}" if _has_row(context, showing) else "types"
    return f"{record_path('models', showing.model)}#{anchor}"


def showing_link(context: Context, showing: Showing) -> Cell:
    """The mark of a showing, linked to its row on the page of the model, with the sentence that says what holds."""
    name = plain(context.name("models", showing.model))
    return (
        mark_of(context, showing),
        f" [in {name}, all recipes together](@{where_told(context, showing)}): {plain(showing.why)}.",
    )


def state_box(sentences: Iterable[str]) -> Figure:
    """What stands for a thing, a line a sentence, the subject of each in bold."""
    lines = [sentence.partition(":") for sentence in sentences]
    html = "".join(f"<p><b>{escape(about + colon)}</b>{escape(said)}</p>" for about, colon, said in lines)
    return Figure(f'<div class="hk-state">{html}</div>', "\n".join(f"- {''.join(line)}" for line in lines))


def instrument_checks(context: Context, runs: Iterable[Run]) -> DataTable:
    """Recipes on exact weights: they check the instrument, and give their head types no mark."""
    exact = [r for r in runs if context.catalog.evidence.outcome(r).model_kind == "exact" and not r.claim]

    def values(run: Run) -> Cell:
        return "; ".join(
            f"{e.head} {number(run.value_of(*e.head))}, expected {e.value:g} ± {e.tolerance:g}" for e in run.expected
        )

    return table_of(
        sorted(exact, key=lambda run: (run.model, run.head, run.id)),
        {
            "Model": lambda run: ref("models", run.model),
            "Recipe": lambda run: (ref("heads", run.head), f", `{run.recipe}`"),
            "Score": lambda run: score_ref(run.score),
            "Measured and expected": values,
            "Outcome": lambda run: outcome_mark(context.catalog.evidence.outcome(run)),
            "Run": lambda run: ref("runs", run.id, run.date),
        },
    )
