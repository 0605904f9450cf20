"""Head types in public language models: what each recipe found there, and what silencing the heads found did, models side by side."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeAlias

from headkb.catalog.directions import run_direction
from headkb.catalog.effects import effect_words
from headkb.catalog.schema import Head, Model, Run
from headkb.site.causal_pages import EDITS
from headkb.site.compose import by_name, counted, facts, section
from headkb.site.document import Cell, DataTable, Element, Page, Prose, Row
from headkb.site.evidence import badge
from headkb.site.parts import Context, bullets, heads_cell, joined, number, ref, refs

SHOWN_HEADS = 2
"""Heads that a cell names, the strongest."""


Recipes: TypeAlias = Mapping[tuple[str, str, str], Run]
"""(head type, recipe, model) → the newest run of a recipe on a public model."""


def _recipes(context: Context, newest_first: Iterable[Run]) -> Recipes:
    models = context.catalog.models
    runs: dict[tuple[str, str, str], Run] = {}
    for run in newest_first:
        public = run.model in models and models[run.model].type == "public" and run.model_source != "published-data"
        if public and run.recipe and run.verdict != "invalidated":
            runs.setdefault((run.head, run.recipe, run.model), run)
    return runs


def _models(context: Context, runs: Recipes) -> list[Model]:
    """The models of these runs, by id."""
    return [context.catalog.models[model] for model in sorted({model for _, _, model in runs})]


def is_confirmed(run: Run) -> bool:
    """Whether a run found heads, and silencing them did what their type predicts."""
    return bool(run.heads) and run.causal_result() == "confirmed"


def side_by_side(context: Context, head: Head) -> list[Element]:
    """What the recipes of one head type gave in the public models, where there are at least two; a row a recipe, a column a model."""
    runs = _recipes(context, context.catalog.runs_of_head.get(head.id, ()))
    models = _models(context, runs)
    if len(models) < 2:
        return []
    rows = tuple(
        Row((f"`{recipe.id}`", *(_cell(context, runs.get((head.id, recipe.id, model.id))) for model in models)))
        for recipe in head.recipes
    )
    return [DataTable(("Recipe", *(ref("models", model.id) for model in models)), rows, caption="In public models")]


def _cell(context: Context, run: Run | None) -> Cell:
    """Verdict, strongest heads and what silencing them did; `–` where the recipe was not run."""
    if run is None:
        return "–"
    best = run.strongest(run_direction(context.catalog.scores, run))
    strongest = f" strongest {best[0]} {number(best[1])}" if best and not run.heads else ""
    found: Cell = (" ", heads_cell(context, run.model, run.heads, SHOWN_HEADS)) if run.heads else strongest
    return (badge(run.verdict), found, _silenced(run), " (", ref("runs", run.id, "run"), ")")


def _silenced(run: Run) -> str:
    """`; accuracy 0.535 → 0, random heads 0.46: confirmed`, a piece for each check; of one without random heads only the result."""
    told = [effect_words(outcome, share=False) if outcome.control else "" for outcome in run.causal]
    return "".join(
        f"; {words}: {o.result}" if words else f"; {o.result}" for words, o in zip(told, run.causal, strict=True)
    )


def public_page(context: Context) -> Page:
    """Every recipe on every public model, with the types that were found and confirmed counted for each model."""
    runs = _recipes(context, context.catalog.newest_runs)
    models, tried = _models(context, runs), {head for head, _, _ in runs}
    heads = [head for head in by_name(context.catalog.heads.values()) if head.id in tried]
    rows = tuple(
        Row(
            (
                ref("heads", head.id),
                f"`{recipe.id}`",
                *(_cell(context, runs.get((head.id, recipe.id, m.id))) for m in models),
            ),
            {"outcome": _outcome(runs, head, models)},
        )
        for head in heads
        for recipe in head.recipes
        if any((head.id, recipe.id, model.id) in runs for model in models)
    )
    lead = (
        "What the recipes of headkb find in public language models, and what silencing the heads found does to the behaviour "
        "that the label predicts, beside random heads of the same layers. Where no source makes a claim about a model’s heads, "
        "these are headkb’s own measurements."
    )
    table = DataTable(
        ("Head type", "Recipe", *(ref("models", model.id) for model in models)),
        rows,
        {"outcome": "Causally confirmed"} if rows else {},
        name="recipes",
    )
    body: list[Element] = [
        Prose(lead, lead=True),
        facts(*_counts(context, runs, models)) if models else Prose("No such run is recorded yet."),
        *section("Recipe by recipe", "recipes", table),
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
    """For each model: types tried, found, confirmed, with names; then those confirmed in all of them."""
    rows: list[tuple[str, Cell | None]] = []
    for model in models:
        tried = {head for head, _, of in runs if of == model.id}
        found = {head for (head, _, of), run in runs.items() if of == model.id and run.heads}
        confirmed = sorted(_confirmed(runs, model.id))
        text = (
            f"{counted(len(tried), 'type')} tried, {len(found)} found, {len(confirmed)} found and causally confirmed: "
        )
        rows.append((context.name("models", model.id), (text, refs("heads", confirmed)) if confirmed else text[:-2]))
    several = [m for m in models if _confirmed(runs, m.id)]
    if len(several) > 1:
        both = sorted(set.intersection(*(_confirmed(runs, model.id) for model in several)))
        names = joined([ref("models", model.id) for model in several])
        rows.append(("Confirmed in each of", (names, f": {len(both)}. ", refs("heads", both))))
    return rows


def _outcome(runs: Recipes, head: Head, models: list[Model]) -> str:
    count = sum(head.id in _confirmed(runs, model.id) for model in models)
    return f"in {counted(count, 'model')}" if count else "in none"


def _not_run(model: Model) -> list[Element]:
    """The recipes that could not be run on a model, with the reason."""
    items = bullets((ref("heads", left.head), f", `{left.recipe}`: {left.reason}") for left in model.not_run)
    return section(f"Not run on {model.name}", f"not-run-{model.id}", items)
