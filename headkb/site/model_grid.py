"""The grid of a model's heads: coloured and lettered by role alone, with a table of the roles and their grounds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from headkb.catalog import HeadDossier, Statement
from headkb.catalog.head_facts import HeadRole
from headkb.catalog.inline import HEAD_ENDS
from headkb.catalog.schema import HeadIndex, Model
from headkb.catalog.state import count_claims
from headkb.site.compose import counted, table_of
from headkb.site.document import Cell, Element, Figure, Prose, Raw
from headkb.site.evidence import showing_mark
from headkb.site.heatmap import role_grid
from headkb.site.links import head_path, record_path
from headkb.site.model_tables import named_tables
from headkb.site.parts import Context, heads_cell, joined, ref, standing_counts
from headkb.site.role_groups import GROUPS, role_group
from headkb.site.roles import description, group_of, is_described, short_grounds
from headkb.site.showings import where_told
from headkb.site.text import words

SMALL, IN_TITLE, IN_ROW, IN_LONG, FEW_SOURCES = 200, 3, 12, 3, 3
"""Heads with a role that are told of to the pointer, at most; roles that a cell names; heads that a row lists, and that it lists in a long
table; sources that it lists."""
LONG, MANY_HEADS = 20, 16
"""Roles; the table of more names fewer heads of each, which stand in the grid, too. Heads of a layer; the card of more stands below the grid."""

NO_ROLES = "No head of this model has a role: no claim asserts a head type for one, and none is shown here."
NO_ROLE = "Nothing gives this head a role: no claim asserts a head type for it, and none is shown for it."
BY_HAND = "What its heads do is known by construction. Runs on it check the instrument, and give no head a role."
Roles = dict[str, list[tuple[HeadIndex, HeadRole]]]
"""Head type → the heads that are of it, each with the grounds."""
READING = (
    "A coloured cell means that a source asserts the type of exactly this head, or that headkb’s runs show it there. A number in a table, "
    "however high, gives no role. Of several roles the first is the one with most sources behind it, and a corner says that there are more. "
    f"Colours group the types: {', '.join(list(GROUPS)[:-1])} and {list(GROUPS)[-1]}."
)
OF_AN_ORGANISM = "This model is an organism, trained by this project: its roles have an outline and no colour, and say nothing of other models."


def grid_nodes(context: Context, model: Model) -> list[Element]:
    """The grid with a caption, and the table of roles; a sentence where no head has one."""
    dossiers = context.dossiers[model.id]
    roles = by_role(context, model)
    nothing = [] if roles else [Prose(BY_HAND if model.type == "exact" else NO_ROLES)]
    tables = bool(named_tables(context, model)) or model.id in context.atlases
    if not dossiers and not tables:
        return list(nothing)
    dots = "A dot is a head that was named or measured and has no role. "
    caption = dots if len(dossiers) > sum(bool(d.roles) for d in dossiers.values()) else ""
    if any(is_described(context, dossier) for dossier in dossiers.values()):
        caption += (
            "A number with × stands for a head that meets the criteria of so many types; its page says what it does. "
        )
    if tables:
        caption += "By script, the grid is coloured by any table of this model, too; without it, each table has a page."
    here = record_path("models", model.id)
    grid = static_grid(context, model, here, dots=True)
    wide = " hk-many" if model.n_heads > MANY_HEADS else ""
    html = (
        f'<div class="hk-browser{wide}" data-needs="browser" data-grid="grid.json">'
        f'<div class="hk-both"><div class="hk-left">{grid}{legend(context, model, roles)}</div></div></div>'
    )
    reading = [Prose(OF_AN_ORGANISM if model.type == "organism" else READING)] if roles else []
    table = [_role_table(context, model, roles)] if roles else []
    return [*nothing, Figure(html, "", caption.strip()), *reading, *table]


def static_grid(context: Context, model: Model, page: str, *, dots: bool) -> str:
    """The grid of roles as it stands on a page; with `dots` heads without a role that have a page of their own are linked, too."""
    dossiers = context.dossiers[model.id]
    known = {head: dossier for head, dossier in dossiers.items() if dossier.roles}
    cells = {head: _cell(context, model, dossier, page, len(known) <= SMALL) for head, dossier in known.items()}
    pages = {head: context.links.relative(page, head_path(model.id, head)) for head in dossiers} if dots else {}
    return role_grid(cells, model.n_layers, model.n_heads, f"Heads of {model.name}, by role", pages)


def by_role(context: Context, model: Model) -> Roles:
    """Head type → the heads of a model that are of it, with the grounds of each; the weightiest type first."""
    roles: Roles = {}
    for head, dossier in context.dossiers[model.id].items():
        for role in dossier.roles:
            roles.setdefault(role.head_type, []).append((head, role))
    order = sorted(roles, key=lambda i: (max(role.weight for _, role in roles[i]), len(roles[i]), i), reverse=True)
    return {head_type: roles[head_type] for head_type in order}


def legend(context: Context, model: Model, roles: Iterable[str]) -> str:
    """What the letters of a grid stand for, by colour; they are said once more in the table of roles."""
    ordered = sorted(roles, key=lambda i: (role_group(i), context.codes[i].casefold(), i))
    items = "".join(
        f'<li><b class="hk-key {group_of(i, model)}">{escape(context.codes[i])}</b>{escape(_short(context, i))}</li>'
        for i in ordered
    )
    return f'<ul class="hk-codes">{items}</ul>' if items else ""


def _short(context: Context, head_type: str) -> str:
    return HEAD_ENDS.sub("", context.name("heads", head_type))


def _cell(context: Context, model: Model, dossier: HeadDossier, page: str, titled: bool) -> tuple[str, str, str, str]:
    """Classes, letters, address and words of one head."""
    first, many = dossier.roles[0], is_described(context, dossier)
    href = context.links.relative(page, head_path(model.id, dossier.head))
    code, kind = context.codes.get(first.head_type, "?"), group_of(first.head_type, model)
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


def _role_table(context: Context, model: Model, roles: Roles) -> Element:
    """One row per role, the weightiest first: its heads, and what it rests on."""

    def name(head_type: str) -> Cell:
        code, group = context.codes[head_type], group_of(head_type, model)
        # A search for a head type and the model leads here.
        key = f'<b class="hk-key {group}" id="role-{escape(head_type)}">{escape(code)}</b> '
        return (Raw(key, f"{code} "), ref("heads", head_type))

    limit = IN_ROW if len(roles) <= LONG else IN_LONG
    return table_of(
        roles,
        {
            "Role": name,
            "": lambda head_type: str(len(roles[head_type])),
            "Heads": lambda head_type: heads_cell(context, model.id, [head for head, _ in roles[head_type]], limit),
            "Grounds": lambda i: grounds_of_role(context, model, i, [role for _, role in roles[i]]),
        },
        caption="By role",
    )


def grounds_of_role(context: Context, model: Model, head_type: str, roles: Sequence[HeadRole]) -> Cell:
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
