"""The page of a model, and of each of its heads about which something is said by name."""

from __future__ import annotations

from headkb.catalog import HeadDossier
from headkb.catalog.schema import HeadIndex, Model
from headkb.site.document import Bullets, Cell, Facts, Figure, Heading, Node, Page, Prose, Row, Table
from headkb.site.evidence import RUNGS, badge, best, of_head
from headkb.site.foot import record_foot
from headkb.site.heatmap import known_grid
from headkb.site.links import claim_path, head_path, record_path
from headkb.site.model_head_pages import head_of_model_page, types_of
from headkb.site.parts import (
    Context,
    bullets,
    heads_cell,
    joined,
    ref,
    run_nodes,
    sources_cell,
)
from headkb.site.text import plain, words
from headkb.site.training_pages import training_nodes


def model_pages(context: Context, model: Model) -> list[Page]:
    """The model's page and one page per named head."""
    dossiers = context.dossiers[model.id].values()
    return [model_page(context, model), *(head_of_model_page(context, model, dossier) for dossier in dossiers)]


def model_page(context: Context, model: Model) -> Page:
    """Shape, grid of everything known, head types, tables and runs."""
    path, known = record_path("models", model.id), context.dossiers[model.id]
    body: list[Node] = [Facts(tuple(_shape(model)))]
    if model.description:
        body.append(Prose(model.description, lead=True))
    body += [Heading("What is known of its heads", "grid")]
    if known:
        cells = {head: _grid_cell(context, dossier) for head, dossier in known.items()}
        grid = known_grid(cells, model.n_layers, model.n_heads, f"Heads of {model.name}, by best evidence")
        present = {rung for rung, *_ in cells.values()}
        letters = joined([(badge(name, letter=True), f" {r.label}") for name, r in RUNGS.items() if name in present])
        body.append(Figure(grid, "", ("Each letter is a head with a page of its own: ", letters, ".")))
        body.append(_by_role(context, model, known))
    else:
        body.append(Prose("No source in the catalog names particular heads of this model, and no run selected one."))
    body += training_nodes(context, model)
    body += _tables(context, model)
    runs = context.catalog.runs_of_model.get(model.id, [])
    if runs:
        body += [Heading("Runs", "runs"), *run_nodes(context, runs, "Model", "model", model.name)]
    body += _mentions(context, model)
    if model.sources:
        body += [Heading("Sources", "sources"), Bullets(tuple(sources_cell([s]) for s in model.sources))]
    body += record_foot(context, "models", model, path)
    aliases = (model.id, *(a.name for a in model.aliases), *((model.hub_id,) if model.hub_id else ()))
    description = (
        f"{model.name}: {model.n_layers} layers of {model.n_heads} heads; {len(known)} heads named in claims or runs."
    )
    return Page(
        path,
        model.name,
        tuple(body),
        "models/",
        description,
        aliases,
        f"models/{model.id}.yaml",
        max((r.date for r in runs), default=""),
        f"Model · {model.family}",
        2.0,
        f"models/{model.id}",
    )


def _shape(model: Model) -> list[tuple[str, Cell]]:
    kv = (
        f", {model.n_key_value_heads} key-value heads"
        if model.n_key_value_heads and model.n_key_value_heads != model.n_heads
        else ""
    )
    rows: list[tuple[str, Cell]] = [("Shape", f"{model.n_layers} layers × {model.n_heads} heads{kv}")]
    if model.hub_id:
        hub = f"[{plain(model.hub_id)}](https://huggingface.co/{model.hub_id})"
        rows.append(("Hugging Face", hub + (f" at revision `{model.revision}`" if model.revision else "")))
    sizes = [
        f"d_model {model.d_model}" if model.d_model else "",
        f"d_head {model.d_head}" if model.d_head else "",
        f"{model.parameters} parameters" if model.parameters else "",
    ]
    if any(sizes):
        rows.append(("Size", plain(", ".join(s for s in sizes if s))))
    for label, value in (("Architecture", model.architecture), ("Licence", model.licence)):
        if value:
            rows.append((label, plain(value)))
    kinds = {
        "exact": "weights set by hand, heads known by construction",
        "organism": "a small model trained by this project",
        "unreleased": "weights not released",
    }
    if model.type in kinds:
        rows.append(("Kind", kinds[model.type]))
    if model.gated:
        rows.append(("Access", "gated: ask on the hub first"))
    if model.aliases:
        rows.append(("Also called", joined([plain(a.name) for a in model.aliases])))
    return rows


def _grid_cell(context: Context, dossier: HeadDossier) -> tuple[str, str, str, str]:
    rung, head = of_head(dossier), dossier.head
    types = ", ".join(context.links.name(f"heads/{head_type}") for head_type in types_of(dossier)) or "measured"
    href = context.links.relative(record_path("models", dossier.model), head_path(dossier.model, head))
    return rung, RUNGS[rung].letter, href, f"{head}: {types} ({RUNGS[rung].label})"


def _by_role(context: Context, model: Model, known: dict[HeadIndex, HeadDossier]) -> Node:
    """One row per head type: for which heads of this model it is claimed, or which a run selected."""
    roles: dict[str, list[HeadIndex]] = {}
    for head, dossier in known.items():
        for role in types_of(dossier) or [""]:
            roles.setdefault(role, []).append(head)
    rows = []
    for role, heads in sorted(
        roles.items(), key=lambda item: (not item[0], context.links.name(f"heads/{item[0]}").casefold())
    ):
        rung = context.known[role, model.id].best if (role, model.id) in context.known else "reported"
        name: Cell = ref("heads", role) if role else "measured, no role asserted"
        rows.append(
            Row(
                (
                    name,
                    str(len(heads)),
                    heads_cell(context, model.id, heads, 40),
                    badge(rung or "reported"),
                )
            )
        )
    return Table(("Role", "", "Heads", "Best evidence"), tuple(rows))


def _tables(context: Context, model: Model) -> list[Node]:
    items: list[Cell] = []
    for statement in context.catalog.statements_of_model.get(model.id, []):
        claim = statement.claim
        if claim.table and claim.measure:
            measure = statement.file.measures[claim.measure]
            about = claim.about or claim.head or ""
            items.append(
                (
                    f"[{plain(measure.name)}](@{claim_path(statement)}), ",
                    ref("heads", about),
                    ": ",
                    ref("claims", statement.file.id),
                )
            )
    return [Heading("Published score tables", "tables"), bullets(items)] if items else []


def _mentions(context: Context, model: Model) -> list[Node]:
    nodes: list[Node] = []
    circuits = [c for c in context.catalog.circuits.values() if c.model == model.id]
    papers = sorted(
        (p for p in context.catalog.papers.values() if model.id in p.models), key=lambda p: p.date, reverse=True
    )
    if circuits:
        nodes += [
            Heading("Circuits", "circuits"),
            bullets((ref("circuits", c.id), f": {c.definition}") for c in circuits),
        ]
    if papers:
        nodes += [
            Heading("Papers that study it", "papers"),
            bullets((p.date, " ", ref("papers", p.id), f": {plain(p.title)}") for p in papers),
        ]
    return nodes


def model_hub_rows(context: Context) -> tuple[Row, ...]:
    """One row per model, those with most known heads first."""
    rows = []
    for model in context.catalog.models.values():
        named = sum(1 for page in context.head_pages if page.startswith(f"{model.id}/"))
        known = [k for (_, m), k in context.known.items() if m == model.id]
        rung = best(r for k in known for r in k.rungs)
        runs = sum(len(k.runs) for k in known)
        tables = sum(1 for k in known for s in k.statements if s.claim.table)
        row = Row(
            (
                ref("models", model.id),
                plain(model.family),
                f"{model.n_layers} × {model.n_heads}",
                str(named),
                str(tables),
                str(runs),
                badge(rung) if rung else "–",
            ),
            {
                "family": model.family,
                "kind": model.type,
                "evidence": rung or "none",
                "q": words(" ".join([model.id, model.hub_id or ""]), context.links),
            },
        )
        rows.append((-named, -tables - runs, model.name.casefold(), row))
    return tuple(row for *_, row in sorted(rows, key=lambda r: r[:3]))
