"""Pages of claims: one per source, and one per published score table."""

from __future__ import annotations

from collections import Counter
from html import escape

from headkb.catalog import CatalogError, Statement
from headkb.catalog.schema import ClaimFile, HeadIndex, Model, Source
from headkb.site.document import Bullets, Cell, Facts, Figure, Heading, Node, Page, Prose, Row, Table, table
from headkb.site.evidence import badge
from headkb.site.foot import page_foot, record_foot
from headkb.site.heatmap import heat_map, top_heads
from headkb.site.links import claim_path, head_path, record_path
from headkb.site.parts import (
    Context,
    evidence_cell,
    heads_cell,
    joined,
    measure_facts,
    number,
    ref,
    source_cell,
    value_cell,
)
from headkb.site.text import plain, words

MANY_IN_FILE, MANY_TABLES, WIDE_FROM, FEW_VALUES = 2, 20, 8, 4


def claim_pages(context: Context, file: ClaimFile) -> list[Page]:
    """The file's page, and a page per claim that brings a table."""
    statements = [context.catalog.statements[f"{file.id}/{claim.id}"] for claim in file.claims]
    return [file_page(context, file, statements), *(table_page(context, s) for s in statements if s.claim.table)]


def file_page(context: Context, file: ClaimFile, statements: list[Statement]) -> Page:
    """All claims of one source."""
    path = record_path("claims", file.id)
    facts: list[tuple[str, Cell]] = []
    if file.paper:
        paper = context.catalog.papers.get(file.paper)
        facts.append(("Paper", (ref("papers", file.paper), f": {plain(paper.title)}" if paper else "")))
    if file.repository:
        r = file.repository
        facts.append(
            (
                "Repository",
                f"[{plain(r.name)}](https://github.com/{r.name}/tree/{r.commit}) at `{r.commit}`"
                + (f", {r.licence}" if r.licence else ""),
            )
        )
    files = _files(file)
    if files:
        facts.append(("Files", joined([source_cell(source) for _, source in sorted(files.items())])))
    named = [s for s in statements if s.claim.table is None]
    tables = [s for s in statements if s.claim.table is not None]
    body: list[Node] = [Facts(tuple(facts))]
    if named:
        rows = tuple(_claim_row(context, file, files, s) for s in named)
        facets = {"head": "Head type", "model": "Model", "evidence": "Evidence"} if len(rows) > 12 else {}
        columns = ("Model", "Head type", "Heads", "What is claimed", "Value", "Evidence", "Where")
        body += [Heading("Claims", "claims"), table(columns, rows, facets=facets, name="claims")]
    if tables:
        body += [Heading("Score tables", "tables"), *_tables(context, tables)]
    if file.measures:
        body.append(Heading("What the values mean", "measures"))
        for key, measure in file.measures.items():
            body += [Heading(plain(measure.name), f"measure-{key}", 3), Facts(tuple(measure_facts(measure)))]
    body += record_foot(context, "claims", file, path)
    source = context.links.name(f"claims/{file.id}")
    return Page(
        path,
        f"Claims of {source}",
        tuple(body),
        "claims/",
        f"{len(statements)} claims of {source} about attention heads, with their places and values.",
        (file.id,),
        f"claims/{file.id}.yaml",
        "",
        "Claims",
        0.8,
        f"claims/{file.id}",
        wide=len(named) > WIDE_FROM,
    )


def _claim_row(context: Context, file: ClaimFile, files: dict[str, Source], statement: Statement) -> Row:
    claim = statement.claim
    role: Cell = ref("heads", claim.head) if claim.head else ("about ", ref("heads", claim.about or ""))
    rung = context.catalog.rung(statement.id)
    said: list[Cell] = [" ".join(claim.statement.split("\n"))]
    said += [f" *{' '.join(claim.note.split())}*"] if claim.note and "*" not in claim.note else []
    said += [(" Contests ", joined([ref("claims", c) for c in claim.contests]), ".")] if claim.contests else []
    facets = {
        "model": context.links.name(f"models/{claim.model}"),
        "evidence": rung,
        "head": context.links.name(f"heads/{claim.head or claim.about}"),
    }
    cells: tuple[Cell, ...] = (
        ref("models", claim.model),
        role,
        heads_cell(context, claim.model, claim.named_heads(), 8),
        tuple(said),
        value_cell(statement),
        evidence_cell(context, statement, rung),
        _place(file, files, claim.source),
    )
    return Row(cells, facets, claim.id)


def _tables(context: Context, tables: list[Statement]) -> list[Node]:
    """A row per table; where they are many, a line per table under its measure."""
    if len(tables) <= MANY_TABLES:
        columns = ("Model", "About", "Measure", "Furthest from zero", "Evidence")
        return [Table(columns, tuple(_table_row(context, s) for s in tables))]
    nodes: list[Node] = []
    groups: dict[tuple[str, str], list[Statement]] = {}
    for statement in tables:
        groups.setdefault(
            (statement.claim.measure or "", statement.claim.head or statement.claim.about or ""), []
        ).append(statement)
    for (measure, about), group in groups.items():
        name = plain(tables[0].file.measures[measure].name)
        waiting = sum(not context.catalog.runs_of_claim.get(s.id) for s in group)
        nodes += [
            Heading((name, ", ", ref("heads", about)), f"tables-{measure}-{about}", 3),
            Prose(f"The head furthest from zero in each of {len(group)} models; {waiting} tables not rerun yet."),
            Bullets(tuple(_table_line(context, s) for s in group), style="hk-columns"),
        ]
    return nodes


def _table_line(context: Context, statement: Statement) -> Cell:
    name = plain(context.links.name(f"models/{statement.claim.model}"))
    top = ", ".join(f"{head} {number(value)}" for head, value in top_heads(table_values(context, statement), 1))
    runs = context.catalog.runs_of_claim.get(statement.id, [])
    more: tuple[Cell, ...] = (" ", badge(context.catalog.rung(statement.id))) if runs else ()
    return (f"[{name}](@{claim_path(statement)}): {top}", *more)


def _table_row(context: Context, statement: Statement) -> Row:
    claim = statement.claim
    about = claim.head or claim.about or ""
    measure = statement.file.measures[claim.measure or ""]
    top = ", ".join(f"{head} {number(value)}" for head, value in top_heads(table_values(context, statement), 3))
    runs = context.catalog.runs_of_claim.get(statement.id, [])
    evidence: Cell = evidence_cell(context, statement, context.catalog.rung(statement.id)) if runs else "not rerun yet"
    return Row(
        (
            ref("models", claim.model),
            ref("heads", about),
            f"[{plain(measure.name)}](@{claim_path(statement)})",
            top,
            evidence,
        ),
        id=claim.id,
    )


def _files(file: ClaimFile) -> dict[str, Source]:
    """Repository files in which several of the claims stand: linked once at the top of the page, named in the rows."""
    found = [claim.source for claim in file.claims if claim.source.path]
    counts = Counter(_address(source) for source in found)
    return {
        _address(source): source.model_copy(update={"locator": None, "note": None})
        for source in found
        if counts[_address(source)] > MANY_IN_FILE
    }


def _address(source: Source) -> str:
    return f"{source.repository}@{source.commit}/{source.path}"


def _place(file: ClaimFile, files: dict[str, Source], source: Source) -> Cell:
    """Where in the source; what stands at the top of the page is only named."""
    if source.paper is not None and source.paper == file.paper:
        return source.locator or source_cell(source)
    if source.path and _address(source) in files:
        more = [f", {source.locator}" if source.locator else "", f". {source.note}" if source.note else ""]
        return f"`{source.path.rsplit('/', 1)[-1]}`{''.join(more)}"
    return source_cell(source)


def table_page(context: Context, statement: Statement) -> Page:
    """One published score table as a heat map, with its top heads beside it."""
    claim, file = statement.claim, statement.file
    path = claim_path(statement)
    measure = file.measures[claim.measure or ""]
    model = context.catalog.models.get(claim.model)
    about = claim.head or claim.about or ""
    facts: list[tuple[str, Cell]] = [
        ("Model", ref("models", claim.model)),
        ("Head type", ref("heads", about)),
        ("From", ref("claims", file.id)),
        ("Where", source_cell(claim.source)),
        ("Evidence", evidence_cell(context, statement, context.catalog.rung(statement.id))),
    ]
    body: list[Node] = [Prose(claim.statement, lead=True), Facts(tuple(facts))]
    if claim.note:
        body.append(Prose(claim.note))
    values = table_values(context, statement)
    if model and values:
        body += [
            Heading("Values", "values"),
            *value_nodes(context, model, values, measure.name, path, claim.heads_are == "key-value"),
        ]
    if claim.table:
        body.append(
            Facts(
                (
                    (
                        "Download",
                        f"[{plain(claim.table.file.split('/')[-1])}](@claims/{claim.table.file}), column `{claim.table.column}`",
                    ),
                )
            )
        )
    body += [
        Heading("What the values mean", "measure"),
        Facts((("Measure", f"**{measure.name}**"), *measure_facts(measure))),
    ]
    name = f"{measure.name} of every head of {context.links.name(f'models/{claim.model}')}"
    body += page_foot(context, name, path)
    return Page(
        path,
        name,
        tuple(body),
        record_path("claims", file.id),
        words(claim.statement, context.links),
        (),
        f"claims/{file.id}.yaml",
        subtitle="Published score table",
        boost=0.5,
    )


def table_values(context: Context, statement: Statement) -> dict[HeadIndex, float]:
    """The numbers of a published score table; none where its file is missing or broken, which the validator reports."""
    try:
        return context.catalog.column(statement)
    except CatalogError:
        return {}


def value_nodes(
    context: Context, model: Model, values: dict[HeadIndex, float], name: str, page: str, key_value: bool = False
) -> list[Node]:
    """A heat map where it is of use, and always the top heads."""

    def link(head: HeadIndex) -> str:
        known = not key_value and context.has_head_page(model.id, str(head))
        return context.links.relative(page, head_path(model.id, head)) if known else ""

    width = model.n_heads if not key_value else max((h.head for h in values), default=0) + 1
    few = len(values) < FEW_VALUES
    drawn = "" if few else heat_map(values, model.n_layers, width, link, f"{name}, {model.name}")
    top = top_heads(values)
    rows = tuple(
        Row((f"[{h}](@{head_path(model.id, h)})" if context.has_head_page(model.id, str(h)) else str(h), number(v)))
        for h, v in top
    )
    nodes: list[Node] = []
    if drawn:
        nodes.append(Figure(drawn))
    elif not few:
        nodes.append(
            Prose(
                f"{len(values):,} heads are too many for a map on this page; the file below has all of them.",
            )
        )
    return [*nodes, Table(("Head", escape(name)), rows, caption="Furthest from zero", style="hk-narrow")]
