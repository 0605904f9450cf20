"""Scores: what one means, its parameters and variants, and who uses it; and the list of all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from headkb.catalog import code
from headkb.catalog.inline import plain
from headkb.catalog.schema import ScoreRecord
from headkb.catalog.schema.score import Bounds, Need, VariantRecord
from headkb.keywords import choices
from headkb.site.commands import model_code, score_nodes
from headkb.site.compose import by_name, counted, facts, grouped, listing, one_line, prose, section, table_of
from headkb.site.document import Cell, Element, Fold, Formula, Page
from headkb.site.foot import record_page
from headkb.site.parts import (
    REPOSITORY,
    Context,
    also_called,
    as_json,
    bullets,
    implementations,
    joined,
    keywords,
    ref,
    remarks,
    sources_cell,
    sources_section,
)
from headkb.site.run_tables import run_nodes

NEEDS: Mapping[Need, str] = {
    "pattern": "attention patterns",
    "weights": "weight matrices",
    "passes": "runs of the model, edited or taken apart",
    "gradients": "backward passes",
    "answers": "prompts with the right next token",
    "training": "training of a probe",
    "positions": "prompts with named positions",
    "logits": "a model with an unembedding",
}
DIRECTIONS = {
    "more": "heads of this kind have high values",
    "less": "heads of this kind have low values",
    "size": "heads of this kind have values far from 0, of either sign",
}
OPEN_LINKS = 12
"""Recipes and measures that the page lists; the others are folded."""


def score_page(context: Context, score: ScoreRecord) -> Page:
    """A score: meaning, formula, cost, parameters, variants, pitfalls, and the records that use it."""
    cost, entry = score.cost, code.scores().get(score.id)
    runs = context.catalog.runs_of_score.get(score.id, [])
    parameters = table_of(
        score.parameters.items(),
        {
            "Parameter": lambda p: f"`{p[0]}`",
            "Default": lambda p: f"`{as_json(p[1].default)}`",
            "Meaning": lambda p: one_line(p[1].meaning),
            "Choices": lambda p: _choices(entry, p[0]),
            "In recipes": lambda p: "yes" if p[1].recipes else "no",
        },
    )
    body: list[Element] = [
        *prose(score.summary, lead=True),
        facts(
            ("Also called", also_called(score)),
            ("Needs", ", ".join(NEEDS[need] for need in score.needs)),
            ("Range", _range(score.range)),
            ("Unit", score.unit),
            ("Direction", f"{DIRECTIONS[score.direction]}. {score.direction_reason}"),
            ("Forward passes", cost.forward),
            ("Backward passes", cost.backward),
            ("Cost", cost.note),
            ("Code", _code(entry) if entry else None),
        ),
        *score_nodes(score.id),
        *section("Formula", "formula", Formula(score.formula)),
        *section("Parameters", "parameters", parameters),
        *section("Published variants", "variants", _variants(score)),
        *section("Pitfalls", "pitfalls", remarks(score.pitfalls)),
        *section("Recipes that use it", "recipes", _folded(_recipes(context, score), "recipe")),
        *section(
            "Published measures that it is compared with", "measures", _folded(_measures(context, score), "measure")
        ),
        *section("Methods that it belongs to", "methods", bullets(_methods(context, score))),
        *section("Runs", "runs", run_nodes(context, runs, "Score", "score", score.name)),
        *sources_section(score.sources),
    ]
    return record_page(context, score, body, subtitle="Score", boost=1.8, description=score.summary)


def _code(entry: code.CodeEntry) -> Cell:
    """The function that computes the score, linked to its line, and the prompts that it is made for."""
    function = f"[{entry.module}.{entry.function}]({REPOSITORY}/blob/main/headkb/{entry.file}#L{entry.line})"
    prompts = entry.options.get("prompts")
    return f"{function}, on `{prompts}` prompts" if prompts else function


def _choices(entry: code.CodeEntry | None, name: str) -> Cell:
    keyword = entry.keywords.get(name) if entry else None
    return joined([f"`{choice}`" for choice in choices(keyword.annotation)]) if keyword else ""


def _range(bounds: Bounds) -> str:
    least, most = bounds.least, bounds.most
    if least is not None and most is not None:
        return f"{least:g} to {most:g}"
    return f"at least {least:g}" if least is not None else f"at most {most:g}" if most is not None else "unbounded"


def _variants(score: ScoreRecord) -> list[Element]:
    """The published definitions of the same idea, and how one is chosen."""

    def parameters(variant: VariantRecord) -> Cell:
        return joined([f"`{name}={as_json(value)}`" for name, value in variant.parameters.items()])

    variants = table_of(
        score.variants.items(),
        {
            "Variant": lambda v: f"`{v[0]}`",
            "Parameters": lambda v: parameters(v[1]),
            "Equals the number of": lambda v: plain(v[1].tool or "–"),
            "How it differs": lambda v: one_line(v[1].note),
            "Sources": lambda v: sources_cell(v[1].sources),
        },
    )
    example = next(iter(score.variants), "")
    return [variants, model_code(f"headkb score {score.id} --variant {example}", "Run one")] if example else []


def _recipes(context: Context, score: ScoreRecord) -> list[Cell]:
    return [
        (ref("heads", head.id), f", recipe `{recipe.id}`{keywords(recipe.score_parameters)}")
        for head in by_name(context.catalog.heads.values())
        for recipe in head.recipes
        if recipe.score == score.id
    ]


def _measures(context: Context, score: ScoreRecord) -> list[Cell]:
    return [
        (
            f"[{plain(measure.name)}](@claims/{file.id}/#measure-{key})",
            keywords(measure.score_parameters),
            ", ",
            ref("claims", file.id),
        )
        for file in context.catalog.claims.values()
        for key, measure in file.measures.items()
        if measure.score == score.id
    ]


def _methods(context: Context, score: ScoreRecord) -> list[Cell]:
    methods = by_name(context.catalog.methods.values())
    return [(ref("methods", m.id), f": {m.definition}") for m in methods if score.id in implementations(m)]


def _folded(items: Sequence[Cell], noun: str) -> list[Element]:
    """A list of links; those after the first few are folded."""
    first, rest = items[:OPEN_LINKS], items[OPEN_LINKS:]
    fold = [Fold(f"{len(rest)} more {noun}s", (bullets(rest),))] if rest else []
    return [bullets(first), *fold] if items else []


def scores_hub(context: Context) -> list[Element]:
    """Scores by what they need most, then by name."""
    groups = grouped(by_name(context.catalog.scores.values()), lambda score: score.needs[0])
    nodes: list[Element] = []
    for need, label in NEEDS.items():
        table = listing(
            groups.get(need, []),
            {
                "Score": lambda s: ref("scores", s.id),
                "What a high value means": lambda s: one_line(s.summary),
                "Needs": lambda s: ", ".join(NEEDS[n] for n in s.needs),
            },
            name=f"scores-{need}",
        )
        if need in groups:
            nodes += section(f"From {label}", need, [*prose(counted(len(groups[need]), "score") + "."), *table])
    return nodes
