"""How a head type works and how it is found: the middle of its page."""

from __future__ import annotations

from headkb.catalog.directions import recipe_side
from headkb.catalog.schema import Head
from headkb.catalog.schema.head import Ablation, Criterion, Recipe
from headkb.site.causal_pages import check_nodes
from headkb.site.commands import detect_code
from headkb.site.compose import facts, one_line, prose, section
from headkb.site.document import Box, Element, Facts, Figure, Formula, Prose
from headkb.site.parts import Context, keywords, remarks, score_ref, sources_cell, sources_line
from headkb.site.svg import depth_bar


def mechanism(head: Head) -> list[Element]:
    """What it reads and writes, and where it usually lies."""
    rows = facts(("Reads (QK)", one_line(head.reads)), ("Writes (OV)", one_line(head.writes)))
    nodes = section("What it reads and writes", "mechanism", rows)
    if head.depth and head.depth.start is not None and head.depth.end is not None:
        text = f"Usual depth: {head.depth.start:.0%} to {head.depth.end:.0%} of the layers."
        nodes.append(Figure(depth_bar(head.depth.start, head.depth.end), text, text))
    return nodes


def detection(context: Context, head: Head) -> list[Element]:
    """Criterion, recipes or the reason for none, and the ablation that could prove the label wrong."""
    nodes: list[Element] = []
    if head.criterion:
        nodes += section("Criterion of the defining paper", "criterion", _criterion(head.criterion), 3)
    if head.recipes:
        recipes = [_recipe(context, recipe) for recipe in head.recipes]
        nodes += section("Recipes", "recipes", [detect_code(context, head), *prose(head.defined_by), *recipes], 3)
    elif head.no_recipe:
        why = facts(("Why", head.no_recipe.reason), ("Needed", head.no_recipe.needed))
        nodes.append(Box("note", "No recipe decides this type yet", (why,)))
    if head.ablation:
        nodes += section("What would prove the label wrong", "ablation", _ablation(head.ablation), 3)
        nodes += check_nodes(head)
    return section("How it is found", "detection", nodes)


def _criterion(c: Criterion) -> list[Element]:
    formula: list[Element] = [Formula(c.formula)] if c.formula else []
    details = facts(
        ("Prompts", one_line(c.prompts)),
        ("Positions", one_line(c.positions)),
        ("Threshold", one_line(c.threshold)),
        ("Source", sources_cell(c.sources)),
    )
    return [Prose(c.plain), *formula, details]


def _ablation(a: Ablation) -> list[Element]:
    what = facts(("Intervention", a.intervention), ("If the label is right", a.prediction), ("Control", a.control))
    return [what, sources_line(a.sources)] if a.sources else [what]


def _recipe(context: Context, recipe: Recipe) -> Facts:
    sign = "at least" if recipe_side(context.catalog.scores, recipe) == "more" else "at most"
    return facts(
        ("Recipe", f"`{recipe.id}` ({recipe.role})"),
        ("Score", (score_ref(recipe.score), keywords(recipe.score_parameters, " "))),
        ("Prompts", f"`{recipe.prompts}`{keywords(recipe.parameters, ' ')}"),
        ("A head counts if", f"its mean score is {sign} {recipe.threshold:g}"),
        ("Note", one_line(recipe.note)),
        ("Source", sources_cell(recipe.sources)),
    )


def traps(head: Head) -> list[Element]:
    """Known ways to go wrong."""
    return section("Traps", "traps", remarks(head.traps))
