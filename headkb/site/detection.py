"""How a head type works and how it is found: the middle of its page."""

from __future__ import annotations

from headkb.catalog.schema import Head
from headkb.catalog.schema.head import Recipe
from headkb.site.causal_pages import check_nodes
from headkb.site.document import Box, Bullets, Cell, Code, Facts, Figure, Formula, Heading, Node, Prose
from headkb.site.parts import as_json, sources_cell, sources_line, with_sources
from headkb.site.svg import depth_bar


def mechanism(head: Head) -> list[Node]:
    """What it reads and writes, and where it usually lies."""
    rows: list[tuple[str, Cell]] = []
    if head.reads:
        rows.append(("Reads (QK)", " ".join(head.reads.split("\n"))))
    if head.writes:
        rows.append(("Writes (OV)", " ".join(head.writes.split("\n"))))
    nodes: list[Node] = [Heading("What it reads and writes", "mechanism"), Facts(tuple(rows))] if rows else []
    if head.depth and head.depth.start is not None and head.depth.end is not None:
        text = f"Usual depth: {head.depth.start:.0%} to {head.depth.end:.0%} of the layers."
        nodes.append(Figure(depth_bar(head.depth.start, head.depth.end), text, text))
    return nodes


def detection(head: Head) -> list[Node]:
    """Criterion, recipes or the reason for none, and the ablation that could prove the label wrong."""
    nodes: list[Node] = [Heading("How it is found", "detection")]
    if head.criterion:
        c = head.criterion
        nodes += [Heading("Criterion of the defining paper", "criterion", 3), Prose(c.plain)]
        if c.formula:
            nodes.append(Formula(c.formula))
        rows: list[tuple[str, Cell]] = [
            (label, " ".join(value.split("\n")))
            for label, value in (("Prompts", c.prompts), ("Positions", c.positions), ("Threshold", c.threshold))
            if value
        ]
        nodes.append(Facts((*rows, ("Source", sources_cell(c.sources)))))
    if head.recipes:
        nodes.append(Heading("Recipes", "recipes", 3))
        nodes.append(Code(f"headkb reproduce {head.id} --model gpt2", "Run on any model", "shell"))
        for recipe in head.recipes:
            nodes += [Facts(tuple(_recipe(recipe)))]
    elif head.no_recipe:
        nodes.append(
            Box(
                "note",
                "No recipe decides this type yet",
                (Facts((("Why", head.no_recipe.reason), ("Needed", head.no_recipe.needed))),),
            )
        )
    if head.ablation:
        a = head.ablation
        rows = [("Intervention", a.intervention), ("If the label is right", a.prediction)]
        rows += [("Control", a.control)] if a.control else []
        nodes += [Heading("What would prove the label wrong", "ablation", 3), Facts(tuple(rows))]
        nodes += [sources_line(a.sources)] if a.sources else []
        nodes += check_nodes(head)
    return nodes


def _recipe(recipe: Recipe) -> list[tuple[str, Cell]]:
    sign = "at least" if recipe.higher_is == "more" else "at most"
    prompts = f"`{recipe.prompts}`" + "".join(f" {k}={as_json(v)}" for k, v in recipe.parameters.items())
    score = f"`{recipe.score}`" + "".join(f" {k}={as_json(v)}" for k, v in recipe.score_parameters.items())
    rows: list[tuple[str, Cell]] = [
        ("Recipe", f"`{recipe.id}`"),
        ("Score", score),
        ("Prompts", prompts),
        ("A head counts if", f"its mean score is {sign} {recipe.threshold:g}"),
    ]
    if recipe.note:
        rows.append(("Note", " ".join(recipe.note.split("\n"))))
    if recipe.sources:
        rows.append(("Source", sources_cell(recipe.sources)))
    return rows


def traps(head: Head) -> list[Node]:
    """Known ways to go wrong."""
    if not head.traps:
        return []
    return [Heading("Traps", "traps"), Bullets(tuple(with_sources(t.text, t.sources) for t in head.traps))]
