"""How a head type works, how it is found, and what would prove the label wrong: the middle of its page."""

from __future__ import annotations

from headkb.catalog.directions import recipe_side
from headkb.catalog.inline import plain
from headkb.catalog.schema import Head
from headkb.catalog.schema.head import Ablation, Criterion, Recipe
from headkb.site.causal_pages import check_nodes
from headkb.site.commands import detect_code
from headkb.site.compose import facts, one_line, prose, section
from headkb.site.document import Box, Cell, Element, Facts, Formula, Prose
from headkb.site.parts import Context, keywords, ref, remarks, score_ref, sources_cell, sources_line


def mechanism(context: Context, head: Head) -> list[Element]:
    """How it works: what it does in words, what it reads and writes, and at which stage it stands."""
    rows = facts(
        ("Reads (QK)", one_line(head.reads)), ("Writes (OV)", one_line(head.writes)), ("Stage", _stage(context, head))
    )
    return section("How it works", "how", [*prose(head.description), rows])


def _stage(context: Context, head: Head) -> Cell:
    placed: Cell = f"placed by headkb: {head.placement.reason}"
    if head.placement.by == "survey":
        sources = head.placement.sources
        placed = ("placed by the survey", *((" (", sources_cell(sources), ")") if sources else ()))
    category = f" › [{plain(context.category(head))}](@stages/{head.stage}/#{head.category}) — "
    return (ref("stages", head.stage), category, placed)


def detection(context: Context, head: Head) -> list[Element]:
    """The criterion, and the recipes or the reason for none."""
    nodes: list[Element] = _criterion(head.criterion) if head.criterion else []
    if head.recipes:
        recipes = [_recipe(context, recipe) for recipe in head.recipes]
        nodes += section("Recipes", "recipes", [detect_code(context, head), *prose(head.defined_by), *recipes], 3)
    elif head.no_recipe:
        why = facts(("Why", head.no_recipe.reason), ("Needed", head.no_recipe.needed))
        nodes.append(Box("note", "No recipe decides this type yet", (why,)))
    return section("Criterion", "criterion", nodes)


def refutation(head: Head) -> list[Element]:
    """The ablation that could prove the label wrong, and how a run tests it."""
    if not head.ablation:
        return []
    return [*section("What would prove the label wrong", "ablation", _ablation(head.ablation)), *check_nodes(head)]


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
