"""Pieces for hand-written pages, put where a page says `<!-- headkb:name -->`."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from headkb.catalog.kinds import KINDS
from headkb.catalog.showing import Word
from headkb.catalog.state import KINDS_TOLD, catalog_sentences, named_heads
from headkb.site.compose import newest, table_of
from headkb.site.document import Cell, DataTable, Element, Facts, Figure, Prose, Row
from headkb.site.evidence import SHOWINGS, STANDINGS, outcome_mark, showing_mark, standing_mark
from headkb.site.links import claim_path
from headkb.site.matrix import legend, some_chips
from headkb.site.parts import Context, number, ref
from headkb.site.play import playground, playground_code
from headkb.site.run_tables import RUN_COLUMNS, run_rows
from headkb.site.showings import state_box
from headkb.site.stage_pages import stage_flow


def blocks(context: Context) -> Mapping[str, Callable[[str], Element]]:
    """Name → the piece, as a function of the path of the page that it stands on."""

    def same(make: Callable[[Context], Element]) -> Callable[[str], Element]:
        return lambda _page: make(context)

    return {
        "state": same(_state),
        "matrix": lambda page: some_chips(context, page),
        "legend": same(lambda _context: legend()),
        "counts": same(_counts),
        "latest-runs": same(_latest),
        "latest-papers": same(_papers),
        "flow": lambda page: stage_flow(context, page),
        "standings": same(lambda _context: _standings()),
        "showings": same(lambda _context: _showings()),
        "example-claim": same(_example_claim),
        "example-showing": same(_example_showing),
        "files": same(_files),
        "playground": same(lambda _context: playground()),
        "playground-code": same(lambda _context: playground_code()),
    }


def _state(context: Context) -> Element:
    """The sentences of the whole catalog, their subjects in bold."""
    return state_box(catalog_sentences(context.catalog))


def _counts(context: Context) -> Element:
    c = context.catalog
    named = named_heads(c)
    rows = (
        ("heads/", len(c.heads), "head types"),
        ("papers/", len(c.papers), "papers"),
        ("claims/", len(c.statements), "claims"),
        ("models/", len(named), f"heads with a role in {len({model for model, _ in named})} models"),
        ("runs/", len(c.runs), "runs"),
        ("errata/", sum(len(r.errata) for _, r in c.records()), "errata"),
    )
    items = "".join(f'<li><b>{count:,}</b><a href="{path}">{label}</a></li>' for path, count, label in rows)
    return Figure(f'<ul class="hk-counts">{items}</ul>', "\n".join(f"- {count:,} {label}" for _, count, label in rows))


def _latest(context: Context) -> Element:
    runs = context.catalog.newest_runs[:6]
    rows = tuple(Row(row.cells[:6]) for row in run_rows(context, runs))
    return DataTable(RUN_COLUMNS[:6], rows) if rows else Facts((("Runs", "none recorded yet"),))


def _papers(context: Context) -> Element:
    papers = newest(context.catalog.papers.values())[:6]
    return table_of(
        papers, {"Date": lambda p: p.date, "Paper": lambda p: ref("papers", p.id, p.title.replace("]", ")"))}
    )


def _standings() -> Element:
    rows = tuple(Row((standing_mark(word), f"`{word}`", meaning.text)) for word, meaning in STANDINGS.items())
    return DataTable(("Standing", "In the data", "Meaning"), rows)


def _showings() -> Element:
    def marks(word: Word) -> tuple[Cell, ...]:
        return tuple(showing_mark(word, kind, words=False) for kind in KINDS_TOLD)

    rows = tuple(Row((*marks(word), f"`{word}`", meaning.text)) for word, meaning in SHOWINGS.items())
    return DataTable((*KINDS_TOLD.values(), "In the data", "Meaning"), rows)


def _example_claim(context: Context) -> Element:
    """A claim that was rerun, with what it expects and what came out; the first that is met, if one is."""
    catalog = context.catalog
    standing = {name: catalog.evidence.standing(name) for name in sorted(catalog.statements)}
    rerun = [name for name, runs in sorted(catalog.runs_of_claim.items()) if any(run.expected for run in runs)]
    if not rerun:
        return Prose("No claim was rerun yet.")
    name = next((name for name in rerun if standing[name] == "met"), rerun[0])
    run = next(run for run in catalog.runs_of_claim[name] if run.expected)
    statement, expected = catalog.statements[name], run.expected[0]
    source = f"[{context.name('claims', statement.file.id)}](@{claim_path(statement)})"
    measure = f" ({statement.measure.name})" if statement.measure else ""
    copy = f", on the quantised copy {ref('models', run.model)}" if run.copy_of else ""
    return Facts(
        (
            (
                "The claim",
                f"{source}: in {ref('models', statement.claim.model)}, {expected.head} has {expected.value:g}{measure}.",
            ),
            ("Tolerance", f"{expected.tolerance:g}, fixed before the run"),
            ("The run", f"{number(run.value_of(*expected.head))} in {ref('runs', run.id, run.date)}{copy}"),
            ("Standing", standing_mark(standing[name])),
        )
    )


def _example_showing(context: Context) -> Element:
    """A head type in a model where criteria disagree, with what each recipe found; another showing if there is none."""
    showings = context.catalog.evidence.showings
    some = [s for _, s in sorted(showings.items()) if s.word == "partly" and len(s.found) > 1] or [*showings.values()]
    if not some:
        return Prose("No recipe was run yet.")
    showing = max(some, key=lambda s: (s.head_type == "name-mover", len(s.found)))
    kind = context.catalog.models[showing.model].type
    runs: list[tuple[str, Cell]] = []
    for run in showing.runs:
        heads = ref("runs", run.id, ", ".join(map(str, run.heads[:4])) or "no head")
        runs.append((f"Recipe {run.recipe}", (heads, "; alone: ", outcome_mark(context.catalog.evidence.outcome(run)))))
    return Facts(
        (
            ("The question", f"{ref('heads', showing.head_type)} in {ref('models', showing.model)}?"),
            *runs,
            ("Together", (showing_mark(showing.word, kind), f": {showing.why}")),
        )
    )


def _files(context: Context) -> Element:
    catalog = context.catalog
    return table_of(
        KINDS,
        {
            "File": lambda kind: f"[api/v1/{kind}.json](@api/v1/{kind}.json)",
            "Holds": lambda kind: KINDS[kind].title,
            "Records": lambda kind: str(len(catalog.statements if kind == "claims" else catalog.of(kind))),
            "JSON Schema of the YAML": lambda kind: f"[schema](@api/v1/schema/{kind}.schema.json)",
        },
    )
