"""The grid of a model's heads: coloured and lettered by role alone, with a table of the roles and their grounds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from headkb.catalog import HeadDossier, Statement
from headkb.catalog.dossier import HeadRole
from headkb.catalog.schema import HeadIndex, Model
from headkb.catalog.state import count_claims
from headkb.site.compose import counted, table_of
from headkb.site.document import Cell, Element, Figure, Prose, Raw
from headkb.site.evidence import showing_mark
from headkb.site.heatmap import role_grid
from headkb.site.links import head_path, record_path
from headkb.site.parts import Context, heads_cell, joined, ref, standing_counts
from headkb.site.roles import description, group_of, is_described, short_grounds
from headkb.site.showings import where_told
from headkb.site.text import words

SMALL, IN_TITLE, IN_ROW, IN_LONG, FEW_SOURCES = 200, 3, 12, 3, 3
"""Heads with a role that are told of to the pointer, at most; roles that a cell names; heads that a row lists, and that it lists in a long
table; sources that it lists."""
LONG = 20
"""Roles; the table of more names fewer heads of each, which stand in the grid, too."""

NO_ROLES = "No head of this model has a role: no claim asserts a head type for one, and none is shown here."
BY_HAND = "What its heads do is known by construction. Runs on it check the instrument, and give no head a role."
Roles = dict[str, list[tuple[HeadIndex, HeadRole]]]
"""Head type → the heads that are of it, each with the grounds."""


def grid_nodes(context: Context, model: Model) -> list[Element]:
    """The grid with a caption, and the table of roles; a sentence where no head has one."""
    dossiers = context.dossiers[model.id]
    nothing = Prose(BY_HAND if model.type == "exact" else NO_ROLES)
    if not dossiers:
        return [nothing]
    known = {head: dossier for head, dossier in dossiers.items() if dossier.roles}
    codes = context.codes
    cells = {
        head: _cell(context, model, dossier, codes[dossier.roles[0].head_type], len(known) <= SMALL)
        for head, dossier in known.items()
    }
    here = record_path("models", model.id)
    pages = {head: context.links.relative(here, head_path(model.id, head)) for head in dossiers}
    grid = role_grid(cells, model.n_layers, model.n_heads, f"Heads of {model.name}, by role", pages)
    dots = "A dot is a head that was named or measured and has no role."
    if not known:
        return [nothing, Figure(grid, "", dots)]
    caption = (
        "Letters stand for the weightiest role of a head, as in the table below; a corner means that it has more. A role comes from a claim "
        "that asserts the head type for this very head, or from a type that is shown for it. "
    )
    if any(is_described(context, dossier) for dossier in known.values()):
        caption += (
            "A number with × stands for a head that meets the criteria of so many types; its page says what it does. "
        )
    return [
        Figure(grid, "", caption + (dots if len(pages) > len(known) else "")),
        _by_role(context, model, known, codes),
    ]


def _cell(context: Context, model: Model, dossier: HeadDossier, code: str, titled: bool) -> tuple[str, str, str, str]:
    """Classes, letters, address and words of one head."""
    first, many = dossier.roles[0], is_described(context, dossier)
    href = context.links.relative(record_path("models", model.id), head_path(model.id, dossier.head))
    kind = group_of(context, first.head_type, model) or "hk-own"
    classes = f"{kind} hk-more" if len(dossier.roles) > 1 else kind
    if many:
        code = f"{len(dossier.roles)}×"
    return classes, code, href, _title(context, dossier, many) if titled else ""


def _title(context: Context, dossier: HeadDossier, many: bool) -> str:
    if many:
        does = words(description(context, dossier), context.links)
        return f"{dossier.head}: {does} It meets the criteria of {counted(len(dossier.roles), 'head type')}."
    named = [f"{context.name('heads', role.head_type)} ({short_grounds(role)})" for role in dossier.roles]
    more = f" and {len(named) - IN_TITLE} more" if len(named) > IN_TITLE else ""
    return f"{dossier.head}: {', '.join(named[:IN_TITLE])}{more}"


def _by_role(context: Context, model: Model, known: dict[HeadIndex, HeadDossier], codes: Mapping[str, str]) -> Element:
    """One row per role, the weightiest first: its heads, and what it rests on."""
    roles: Roles = {}
    for head, dossier in known.items():
        for role in dossier.roles:
            roles.setdefault(role.head_type, []).append((head, role))

    def name(head_type: str) -> Cell:
        code = codes[head_type]
        group = group_of(context, head_type, model) or "hk-own"
        return (Raw(f'<b class="hk-key {group}">{code}</b> ', f"{code} "), ref("heads", head_type))

    limit = IN_ROW if len(roles) <= LONG else IN_LONG
    ordered = sorted(roles, key=lambda i: (max(role.weight for _, role in roles[i]), len(roles[i]), i), reverse=True)
    grid = table_of(
        ordered,
        {
            "Role": name,
            "": lambda head_type: str(len(roles[head_type])),
            "Heads": lambda head_type: heads_cell(context, model.id, [head for head, _ in roles[head_type]], limit),
            "Grounds": lambda head_type: _grounds(context, model, head_type, [role for _, role in roles[head_type]]),
        },
        caption="By role",
    )
    # A search for a head type and the model leads to the row.
    rows = tuple(replace(row, id=f"role-{head_type}") for head_type, row in zip(ordered, grid.rows, strict=True))
    return replace(grid, rows=rows)


def _grounds(context: Context, model: Model, head_type: str, roles: Sequence[HeadRole]) -> Cell:
    """The claims that assert a type for heads of the model, and whether it is shown for some of them."""
    found: dict[str, Statement] = {e.statement.id: e.statement for role in roles for e in role.claims}
    parts: list[Cell] = []
    if found:
        files = list(dict.fromkeys(statement.file.id for statement in found.values()))
        links = [ref("claims", file) for file in files[:FEW_SOURCES]]
        more = f" and {len(files) - FEW_SOURCES} more" if len(files) > FEW_SOURCES else ""
        standing = standing_counts(count_claims(context.catalog, found.values()))
        contested = "; **contested**" if any(role.contested for role in roles) else ""
        parts.append((f"Claims: {standing} (", joined(links), more, ")", contested))
    shown = sum(role.shown for role in roles)
    if shown:
        showing = context.catalog.evidence.showings[head_type, model.id]
        link = f" [by headkb for {counted(shown, 'head')}](@{where_told(context, showing)})"
        parts.append((showing_mark("shown", model.type), link))
    return joined(parts, "; ")
