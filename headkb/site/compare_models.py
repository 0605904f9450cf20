"""Two models side by side: the page with two of which much is told, as it reads without script; others are fetched by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape

from headkb.catalog.schema import HeadIndex, Model
from headkb.catalog.state import model_sentences
from headkb.site.browser_data import has_grid
from headkb.site.compose import facts, section
from headkb.site.document import Cell, Element, Figure, Page, Prose, Row, table
from headkb.site.foot import page_foot
from headkb.site.model_grid import Roles, by_role, grounds_of_role, legend, static_grid
from headkb.site.parts import Context, bullets, heads_cell, joined, kind_of, ref
from headkb.site.svg_depths import depth_strip

PATH = "compare/"
IN_ROW = 8
"""Heads of a type that a cell names."""
LEAD = (
    "The heads of two models beside each other: one table of numbers for both grids, the depth of the types that both have, and what is told "
    "of one alone. Choose the models here, or in the address: `compare/?a=gpt2&b=pythia-160m`. "
    "[Two head types side by side](@compare/types/)."
)
ALONE = (
    "A type that stands for one model alone was asserted or shown there. Of the other model nothing follows: nobody may have looked. Depth is "
    "the layer divided by the last layer, so that models of any size share the axis. Kinds of model are never added up."
)


def compare_page(context: Context) -> Page:
    """The page, with a pair that stands there without script."""
    pair = most_told(context)
    intro: list[Element] = [Prose(LEAD, lead=True), Prose(ALONE)]
    body: list[Element] = [*intro, Figure(chooser("models", pair and (pair[0].id, pair[1].id)))]
    if pair:
        body += side_by_side(context, *pair)
    body += page_foot(context, "Two models side by side", PATH)
    told = "Any two models of the catalog side by side: roles, published tables, depth of the types in common."
    return Page(PATH, "Compare two models", tuple(body), description=told, subtitle="Compare", boost=1.5, wide=True)


def chooser(of: str, pair: tuple[str, str] | None, **said: str) -> str:
    """The place where a script puts the two lists; with the pair that stands on the page, and what the script says in words of the page."""
    named = {"a": pair[0], "b": pair[1], **said} if pair else said
    marks = "".join(f' data-{name}="{escape(value)}"' for name, value in named.items())
    return f'<div data-needs="browser"></div><div class="hk-compare" data-needs="compare" data-of="{of}"{marks}></div>'


def most_told(context: Context) -> tuple[Model, Model] | None:
    """The public model that most claims are about, and the one that has most head types in common with it; None where there are not two."""
    told = context.catalog.statements_of_model
    known = [m for m in context.catalog.models.values() if m.type == "public" and has_grid(context, m)]
    ordered = sorted(known, key=lambda m: (-len(told.get(m.id, ())), m.id))
    if len(ordered) < 2:
        return None
    mine = by_role(context, ordered[0]).keys()
    return ordered[0], max(ordered[1:], key=lambda m: len(mine & by_role(context, m).keys()))


def side_by_side(context: Context, a: Model, b: Model) -> list[Element]:
    """What stands for two models, their grids, the types that both have, by depth and by head, and those of one alone."""
    roles = {model.id: by_role(context, model) for model in (a, b)}
    both = [head_type for head_type in roles[a.id] if head_type in roles[b.id]]
    names = f"{a.name} and {b.name}"
    nodes: list[Element] = [
        *section(names, "pair", facts(*((model.name, _about(context, model)) for model in (a, b)))),
        Figure(
            _grids(context, (a, b)),
            "",
            "Roles of heads, by source or shown by headkb’s runs. Letters are told below each grid.",
        ),
    ]
    depths = {
        context.name("heads", i): [(m.name, [_depth(m, h) for h, _ in roles[m.id][i]]) for m in (a, b)] for i in both
    }
    if depths:
        strip = depth_strip(depths)
        nodes += section(
            "At which depth",
            "depth",
            Figure(strip, _told(depths), "Each dot is a head of the type, from the first layer to the last."),
        )
    columns = ("Head type", ref("models", a.id), ref("models", b.id))
    rows = tuple(Row((ref("heads", i), *(_cell(context, m, i) for m in (a, b)))) for i in both)
    nodes += section("Types in common", "common", table(columns, rows))
    nodes += section("Types of one model alone", "alone", bullets(_alone(roles, (a, b))))
    return nodes


def _about(context: Context, model: Model) -> Cell:
    shape = f"{kind_of(context, model.id)}, {model.n_layers} layers of {model.n_heads} heads"
    return (ref("models", model.id), f": {shape}. {' '.join(model_sentences(context.catalog, model.id))}")


def _grids(context: Context, models: Iterable[Model]) -> str:
    parts = [
        f'<div class="hk-browser">{static_grid(context, m, PATH, dots=False)}{legend(context, m, by_role(context, m))}</div>'
        for m in models
    ]
    return f'<div class="hk-pair">{"".join(parts)}</div>'


def _depth(model: Model, head: HeadIndex) -> float:
    return head.layer / max(1, model.n_layers - 1)


def _told(depths: dict[str, list[tuple[str, list[float]]]]) -> str:
    lines = []
    for head_type, of in depths.items():
        lines += [f"- {head_type}, {model}: {', '.join(f'{depth:.2f}' for depth in found)}" for model, found in of]
    return "\n".join(lines)


def _cell(context: Context, model: Model, head_type: str) -> Cell:
    heads = by_role(context, model)[head_type]
    named = heads_cell(context, model.id, [head for head, _ in heads], IN_ROW)
    return (named, ". ", grounds_of_role(context, model, head_type, [role for _, role in heads]))


def _alone(roles: Mapping[str, Roles], models: tuple[Model, Model]) -> list[Cell]:
    lines: list[Cell] = []
    for one, other in (models, models[::-1]):
        mine = [head_type for head_type in roles[one.id] if head_type not in roles[other.id]]
        if mine:
            lines.append((ref("models", one.id), ": ", joined([ref("heads", i) for i in mine])))
    return lines
