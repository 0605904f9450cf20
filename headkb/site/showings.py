"""Showings in tables: what the runs of a head type's recipes say together of a model, one row or one cell for each type and model."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from headkb.catalog.schema import Run
from headkb.catalog.showing import WORDS, Showing
from headkb.catalog.state import SAID
from headkb.site.compose import long_table, table_of
from headkb.site.document import Cell, DataTable, Figure, Row
from headkb.site.evidence import outcome_mark, showing_mark
from headkb.site.links import record_path
from headkb.site.parts import Context, heads_cell, joined, kind_of, number, ref, score_ref
from headkb.site.text import plain

SHOWING_COLUMNS = ("Head type", "Model", "Showing", "Heads", "What holds")
SHOWING_FACETS = {"showing": "Showing", "kind": "Kind of model", "model": "Model", "head": "Head type"}
IN_ROW, MANY_TYPES = 8, 40
"""Heads that a row names; rows of the table of a model from which on they do without links to runs."""


def showing_rows(context: Context, showings: Iterable[Showing]) -> tuple[Row, ...]:
    """A row for each type in each model, in the order given."""
    return tuple(
        Row(
            (
                ref("heads", showing.head_type),
                ref("models", showing.model),
                mark_of(context, showing),
                heads_cell(context, showing.model, showing.heads, IN_ROW),
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


def types_of_model(context: Context, model_id: str) -> DataTable:
    """A row for each head type that was looked for in a model, those that are shown first; its heads stand in the table of roles.

    Where there are many, a row does not link its runs, which the page lists below.
    """
    order = {word: place for place, word in enumerate(WORDS)}
    showings = context.catalog.evidence.showings_of_model.get(model_id, [])
    ordered = sorted(showings, key=lambda s: (order[s.word], context.name("heads", s.head_type).casefold()))
    rows = tuple(
        Row(
            (
                ref("heads", showing.head_type),
                mark_of(context, showing),
                plain(showing.why),
                ""
                if len(ordered) > MANY_TYPES
                else joined([ref("runs", run.id, run.recipe or "") for run in showing.runs]),
            ),
            {"showing": SAID[showing.word]},
            anchor(showing.head_type),
        )
        for showing in ordered
    )
    return long_table(("Head type", "Showing", "What holds", "Runs"), rows, {"showing": "Showing"}, "head types")


def mark_of(context: Context, showing: Showing) -> Cell:
    """The mark of a showing with its word."""
    return showing_mark(showing.word, context.catalog.models[showing.model].type)


def anchor(head_type: str) -> str:
    """The anchor of a head type in the table of its model's page."""
    return f"type-{head_type}"


def showing_link(context: Context, showing: Showing) -> Cell:
    """The mark of a showing, linked to its row on the page of the model, with the sentence that says what holds."""
    where = f"@{record_path('models', showing.model)}#{anchor(showing.head_type)}"
    name = plain(context.name("models", showing.model))
    return (mark_of(context, showing), f" [in {name}, all recipes together]({where}): {plain(showing.why)}.")


def state_box(sentences: Iterable[str]) -> Figure:
    """What stands for a thing, a line a sentence, the subject of each in bold."""
    lines = [sentence.partition(":") for sentence in sentences]
    html = "".join(f"<p><b>{escape(about + colon)}</b>{escape(said)}</p>" for about, colon, said in lines)
    return Figure(f'<div class="hk-state">{html}</div>', "\n".join(f"- {plain(''.join(line))}" for line in lines))


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
