"""Head types in public language models: what each recipe found there, and what silencing the heads found did, models side by side."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeAlias

from headkb.catalog.directions import run_direction
from headkb.catalog.effects import effect_words
from headkb.catalog.schema import Head, Model, Run
from headkb.catalog.state import catalog_sentences, model_sentences
from headkb.site.causal_pages import EDITS
from headkb.site.compose import by_name, counted, facts, section
from headkb.site.document import Cell, DataTable, Element, Page, Prose, Row
from headkb.site.folded import folded_heads
from headkb.site.parts import Context, bullets, joined, number, ref, refs
from headkb.site.showings import mark_of, state_box

SHOWN_HEADS = 2
"""Heads that a cell names, the strongest."""


Recipes: TypeAlias = Mapping[tuple[str, str, str], Run]
"""(head type, recipe, model) → the newest run of a recipe on a public model."""


def _recipes(context: Context, newest_first: Iterable[Run]) -> Recipes:
    models = context.catalog.models
    runs: dict[tuple[str, str, str], Run] = {}
    for run in newest_first:
        public = run.model in models and models[run.model].type == "public" and run.model_source != "published-data"
        if public and run.recipe and run.invalidation is None:
            runs.setdefault((run.head, run.recipe, run.model), run)
    return runs


def _models(context: Context, runs: Recipes) -> list[Model]:
    """The models of these runs, by id."""
    return [context.catalog.models[model] for model in sorted({model for _, _, model in runs})]


def is_confirmed(run: Run) -> bool:
    """Whether a run found heads, and silencing them did what their type predicts."""
    return bool(run.heads) and run.causal_result() == "confirmed"


def side_by_side(context: Context, head: Head) -> list[Element]:
    """What the runs on public models give for one head type, where there are at least two models; a column a model.

    The first row is the showing of the type, the others are its recipes.
    """
    runs = _recipes(context, context.catalog.runs_of_head.get(head.id, ()))
    models = _models(context, runs)
    if len(models) < 2:
        return []
    rows = _rows_of(context, runs, head, models)
    return [DataTable(("Recipe", *(ref("models", model.id) for model in models)), rows, caption="In public models")]


def _rows_of(
    context: Context, runs: Recipes, head: Head, models: list[Model], first: tuple[Cell, ...] = ()
) -> tuple[Row, ...]:
    """The showing of a type in each model, then each recipe that was run on one of them.

    `first` are cells before those, on a page that has room to say why a type is not shown.
    """
    facets = {"shown": "|".join(m.name for m in models if _word(context, head.id, m.id) == "shown") or "none"}
    together = Row(
        (*first, "all together", *(_showing(context, head.id, model.id, bool(first)) for model in models)), facets
    )
    recipes = [recipe for recipe in head.recipes if any((head.id, recipe.id, model.id) in runs for model in models)]
    return together, *(
        Row(
            (
                *first,
                f"`{recipe.id}` ({recipe.role})",
                *(_cell(context, runs.get((head.id, recipe.id, model.id))) for model in models),
            ),
            facets,
        )
        for recipe in recipes
    )


def _word(context: Context, head_type: str, model: str) -> str:
    showing = context.catalog.evidence.showings.get((head_type, model))
    return showing.word if showing else ""


def _showing(context: Context, head_type: str, model: str, why: bool) -> Cell:
    showing = context.catalog.evidence.showings.get((head_type, model))
    if showing is None:
        return "–"
    heads = folded_heads(context, model, showing.heads, SHOWN_HEADS) if showing.heads else ""
    said: Cell = (mark_of(context, showing), " ", heads) if heads else mark_of(context, showing)
    return (said, f"; {showing.why}") if why and showing.word != "shown" else said


def _cell(context: Context, run: Run | None) -> Cell:
    """The heads found, or the strongest head, and what silencing them did; `–` where the recipe was not run."""
    if run is None:
        return "–"
    best = run.strongest(run_direction(context.catalog.scores, run))
    strongest = f"no head; strongest {best[0]} {number(best[1])}" if best else "no head"
    found: Cell = folded_heads(context, run.model, run.heads, SHOWN_HEADS) if run.heads else strongest
    return (found, _silenced(run), " (", ref("runs", run.id, "run"), ")")


def _silenced(run: Run) -> str:
    """`; accuracy 0.535 → 0, random heads 0.46: confirmed`, a piece for each check; of one without random heads only the result."""
    pieces = []
    for outcome in run.causal:
        words = effect_words(outcome, share=False) if outcome.control else ""
        due = "" if outcome.check.expects == "fall" else f"must {outcome.check.expects}, "
        some = f"{len(outcome.heads)} silenced, " if words and len(outcome.heads) < len(run.heads) else ""
        pieces.append(f"; {some}{due}{words}: {outcome.result}" if words else f"; {outcome.result}")
    return "".join(pieces)


def public_page(context: Context) -> Page:
    """Every recipe on every public model, with the types that were found and confirmed counted for each model."""
    runs = _recipes(context, context.catalog.newest_runs)
    models, tried = _models(context, runs), {head for head, _, _ in runs}
    heads = [head for head in by_name(context.catalog.heads.values()) if head.id in tried]
    rows = tuple(row for head in heads for row in _rows_of(context, runs, head, models, (ref("heads", head.id),)))
    lead = (
        "What the recipes of headkb find in public language models, and what silencing the heads found does to the behaviour "
        "that the label predicts, beside random heads of the same layers. Where no source makes a claim about a model’s heads, "
        "these are headkb’s own measurements."
    )
    table = DataTable(
        ("Head type", "Recipe", *(ref("models", model.id) for model in models)),
        rows,
        {"shown": "Shown in"} if rows else {},
        name="rows",
    )
    told = [line for line in catalog_sentences(context.catalog) if line.startswith("Public")]
    body: list[Element] = [
        Prose(lead, lead=True),
        *([state_box(told)] if models else []),
        facts(*_counts(context, runs, models)) if models else Prose("No such run is recorded yet."),
        *section("Type by type", "recipes", table),
        *[node for model in models for node in _not_run(model)],
        Prose(f"Silencing means that the heads are {', or '.join(EDITS.values())}. [How a check decides](@evidence/)."),
    ]
    return Page(
        path="reproduction/public/",
        title="Head types in public models",
        body=tuple(body),
        parent="reproduction/",
        description="Which head types recipes find in public language models, and what silencing the heads found does.",
        wide=True,
        updated=max((run.date for run in runs.values()), default=""),
    )


def _confirmed(runs: Recipes, model: str) -> set[str]:
    return {head for (head, _, of), run in runs.items() if of == model and is_confirmed(run)}


def _counts(context: Context, runs: Recipes, models: list[Model]) -> list[tuple[str, Cell | None]]:
    """For each model: its showings, then the types of which a recipe's heads were causally confirmed; then what is shown in all of them."""
    rows: list[tuple[str, Cell | None]] = []
    for model in models:
        confirmed = sorted(_confirmed(runs, model.id))
        said = model_sentences(context.catalog, model.id)[-1]
        causal = f" Found by a recipe whose causal check is confirmed, which by itself shows no type: {counted(len(confirmed), 'type')}"
        rows.append((model.name, (said, causal, ": " if confirmed else "", refs("heads", confirmed), ".")))
    if len(models) > 1:
        shown = [
            {s.head_type for s in context.catalog.evidence.showings_of_model.get(m.id, []) if s.word == "shown"}
            for m in models
        ]
        several = [(model, types) for model, types in zip(models, shown, strict=True) if types]
        both = sorted(set.intersection(*(types for _, types in several))) if len(several) > 1 else []
        names = joined([ref("models", model.id) for model, _ in several])
        if len(several) > 1:
            rows.append(("Shown in each of", (names, f": {counted(len(both), 'type')}. ", refs("heads", both))))
    return rows


def _not_run(model: Model) -> list[Element]:
    """The recipes that could not be run on a model, with the reason."""
    items = bullets((ref("heads", left.head), f", `{left.recipe}`: {left.reason}") for left in model.not_run)
    return section(f"Not run on {model.name} ({len(model.not_run)})", f"not-run-{model.id}", items)
