"""Claims: the page of one source, the page of a published score table, and the list of all sources."""

from __future__ import annotations

from collections import Counter

from headkb.catalog import Statement
from headkb.catalog.inline import plain
from headkb.catalog.schema import ClaimFile, Source
from headkb.catalog.schema.claim import Claim, Repository, Table
from headkb.catalog.standing import STANDINGS, Standing
from headkb.catalog.state import STANDS, count_claims
from headkb.direction import ORDERS, strongest_first
from headkb.site.compose import facts, grouped, listing, long_table, one_line, prose, section
from headkb.site.document import Cell, DataTable, Element, Facts, Page, Prose, Raw, Row
from headkb.site.evidence import outcome_mark, standing_mark
from headkb.site.foot import page_foot, record_page
from headkb.site.head_lists import all_heads
from headkb.site.links import claim_path, record_path
from headkb.site.measures import formula_checks, measure_facts
from headkb.site.parts import (
    Context,
    bullets,
    joined,
    number,
    ref,
    refs,
    source_cell,
    standing_cell,
    titled,
    value_cell,
)
from headkb.site.subjects import head_type_cell, subject_cell, subject_name
from headkb.site.text import words
from headkb.site.values import table_values, value_nodes

MANY_IN_FILE, MANY_TABLES, WIDE_FROM, MANY_CLAIMS = 2, 20, 8, 40
COLUMNS = ("Model", "Head type", "Heads", "What is claimed", "Value", "Standing", "Where")
FACETS = {"head": "Head type", "model": "Model", "standing": "Standing"}


def claim_pages(context: Context, file: ClaimFile) -> list[Page]:
    """The file's page, and a page per claim that brings a table."""
    statements = [context.catalog.statements[f"{file.id}/{claim.id}"] for claim in file.claims]
    return [file_page(context, file, statements), *(table_page(context, s) for s in statements if s.claim.table)]


def file_page(context: Context, file: ClaimFile, statements: list[Statement]) -> Page:
    """All claims of one source."""
    paper, files = context.catalog.papers.get(file.paper or ""), _files(file)
    named = [s for s in statements if s.claim.table is None]
    rows = tuple(_claim_row(context, file, files, s) for s in named)
    body: list[Element] = [
        Prose(count_claims(context.catalog, statements).text(), lead=True),
        facts(
            ("Paper", titled(paper) if paper else file.paper and ref("papers", file.paper)),
            ("No paper", file.no_paper),
            ("Repository", _repository(file.repository) if file.repository else None),
            ("No table", file.no_table),
            ("Files", joined([source_cell(source) for _, source in sorted(files.items())])),
        ),
        *section("Claims", "claims", long_table(COLUMNS, rows, FACETS, "claims")),
        *section("Score tables", "tables", _tables(context, [s for s in statements if s.claim.table is not None])),
    ]
    measures: list[Element] = []
    for key, measure in file.measures.items():
        meaning = facts(*measure_facts(measure), *formula_checks(context, file, key))
        measures += section(plain(measure.name), f"measure-{key}", meaning, 3)
    body += section("What the values mean", "measures", measures)
    source = context.name("claims", file.id)
    return record_page(
        context,
        file,
        body,
        subtitle="Claims",
        boost=0.8,
        title=f"Claims of {source}",
        description=f"{len(statements)} claims of {source} about attention heads, with their places and values.",
        wide=len(named) > WIDE_FROM,
    )


def _repository(r: Repository) -> Cell:
    licence = f", {r.licence}" if r.licence else ""
    return f"[{plain(r.name)}](https://github.com/{r.name}/tree/{r.commit}) at `{r.commit}`{licence}"


def _claim_row(context: Context, file: ClaimFile, files: dict[str, Source], statement: Statement) -> Row:
    claim, standing = statement.claim, context.catalog.evidence.standing(statement.id)
    text: list[Cell] = [one_line(claim.statement)]
    text += [f" *{' '.join(claim.note.split())}*"] if claim.note and "*" not in claim.note else []
    text += [(" Contests ", refs("claims", claim.contests), ".")] if claim.contests else []
    facets = {
        "model": context.name("models", claim.model),
        "standing": STANDS[standing],
        "head": subject_name(context.links, claim.subject),
    }
    cells: tuple[Cell, ...] = (
        (_former_places(claim), ref("models", claim.model)),
        head_type_cell(claim),
        all_heads(context, claim.model, claim.named_heads(), 8 if len(file.claims) <= MANY_CLAIMS else 2),
        tuple(text),
        value_cell(statement),
        standing_cell(context, statement, standing),
        _place(file, files, claim.source),
    )
    return Row(cells, facets, claim.id)


def _tables(context: Context, tables: list[Statement]) -> list[Element]:
    """A row per table; where they are many, a line per table under its measure."""
    if not tables:
        return []
    if len(tables) <= MANY_TABLES:
        columns = ("Model", "About", "Measure", "Strongest", "Standing")
        return [DataTable(columns, tuple(_table_row(context, s) for s in tables))]
    nodes: list[Element] = []
    for (measure, about), group in grouped(tables, lambda s: (s.claim.measure or "", s.claim.subject)).items():
        name = plain(tables[0].file.measures[measure].name)
        order = ORDERS[context.catalog.direction_of(group[0])]
        lead = f"The strongest head ({order}) in each. {count_claims(context.catalog, group).text()}"
        lines = bullets((_table_line(context, s) for s in group), "hk-columns")
        nodes += section(
            (name, ", ", subject_cell(about)), f"tables-{measure}-{about}".rstrip("-"), [Prose(lead), lines], 3
        )
    return nodes


def _top(context: Context, statement: Statement, count: int) -> str:
    """The strongest heads of a score table, with their values."""
    ordered = strongest_first(table_values(context, statement), context.catalog.direction_of(statement))
    return ", ".join(f"{head} {number(value)}" for head, value in ordered[:count])


def _table_line(context: Context, statement: Statement) -> Cell:
    name = plain(context.name("models", statement.claim.model))
    standing = context.catalog.evidence.standing(statement.id)
    more: tuple[Cell, ...] = () if standing == "not-rerun" else (" ", standing_mark(standing))
    link = f"[{name}](@{claim_path(statement)}): {_top(context, statement, 1)}"
    return (_former_places(statement.claim), link, *more)


def _table_row(context: Context, statement: Statement) -> Row:
    claim = statement.claim
    measure = statement.file.measures[claim.measure or ""]
    cells: tuple[Cell, ...] = (
        (_former_places(claim), ref("models", claim.model)),
        subject_cell(claim.subject),
        f"[{plain(measure.name)}](@{claim_path(statement)})",
        (_top(context, statement, 3), f" ({ORDERS[context.catalog.direction_of(statement)]})"),
        standing_cell(context, statement, context.catalog.evidence.standing(statement.id)),
    )
    return Row(cells, id=claim.id)


def _former_places(claim: Claim) -> Raw:
    """Where links to former ids of the claim arrive on the file's page."""
    return Raw("".join(f'<span id="{former}"></span>' for former in claim.replaces))


def _files(file: ClaimFile) -> dict[str, Source]:
    """Repository files in which several of the claims stand: linked once at the top of the page, named in the rows."""
    sources = [claim.source for claim in file.claims if claim.source.path]
    counts = Counter(_address(source) for source in sources)
    return {
        _address(source): source.model_copy(update={"locator": None, "note": None})
        for source in sources
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
    claim, file, path = statement.claim, statement.file, claim_path(statement)
    measure = file.measures[claim.measure or ""]
    model = context.catalog.models.get(claim.model)
    values = table_values(context, statement)
    drawn: list[Element] = []
    if model and values:
        direction, grouped_heads = context.catalog.direction_of(statement), claim.heads_are == "key-value"
        drawn = value_nodes(context, model, values, measure.name, path, direction, grouped_heads)
    name = f"{measure.name} of every head of {context.name('models', claim.model)}"
    body: list[Element] = [
        *prose(claim.statement, lead=True),
        facts(
            ("Model", ref("models", claim.model)),
            ("Head type", subject_cell(claim.subject)),
            ("From", ref("claims", file.id)),
            ("Where", source_cell(claim.source)),
            ("Standing", standing_cell(context, statement, context.catalog.evidence.standing(statement.id))),
            *_reruns(context, statement),
        ),
        *prose(claim.note),
        *section("Values", "values", drawn),
        *([facts(("Download", _download(claim.table)))] if claim.table else []),
        *section(
            "What the values mean",
            "measure",
            Facts(
                (
                    ("Measure", f"**{measure.name}**"),
                    *measure_facts(measure),
                    *formula_checks(context, file, claim.measure or ""),
                )
            ),
        ),
        *page_foot(context, name, path),
    ]
    return Page(
        path=path,
        title=name,
        body=tuple(body),
        parent=record_path("claims", file.id),
        description=words(claim.statement, context.links),
        edit=f"claims/{file.id}.yaml",
        subtitle="Published score table",
        boost=0.5,
    )


def _reruns(context: Context, statement: Statement) -> list[tuple[str, Cell | None]]:
    """How far reruns and checks of the formula lie from a table, and what a rerun must reach and why."""
    table = statement.claim.table
    runs = [run for run in context.catalog.runs_of_claim.get(statement.id, []) if run.table]
    rows: list[tuple[str, Cell | None]] = [
        (
            f"Run {run.date}",
            (
                outcome_mark(context.catalog.evidence.outcome(run)),
                f": {run.table.text() if run.table else ''}. ",
                ref("runs", run.id, "Details"),
            ),
        )
        for run in runs
    ]
    return [*rows, ("Met if", asked(table))] if table else rows


def asked(table: Table) -> Cell | None:
    """What a rerun of a table must reach, with the reason; None where the claim states no threshold."""
    parts = [] if table.tolerance is None else [f"no head lies further off than {table.tolerance:g}"]
    parts += [] if table.rank_correlation is None else [f"the rank correlation is at least {table.rank_correlation:g}"]
    return f"{' and '.join(parts)}. {table.reason}" if parts else None


def _download(table: Table) -> Cell:
    return f"[{plain(table.file.split('/')[-1])}](@claims/{table.file}), column `{table.column}`"


def claims_hub(context: Context) -> list[Element]:
    """A line for each source, head type and standing, so that whatever is filtered by holds of the very claims that a line counts."""
    evidence = context.catalog.evidence
    lines = grouped(
        sorted(context.catalog.statements.values(), key=lambda s: s.id),
        lambda s: (s.file.id, s.claim.subject, evidence.standing(s.id)),
    )

    def models(key: tuple[str, str, Standing]) -> list[str]:
        return sorted({s.claim.model for s in lines[key]})

    order = {word: place for place, word in enumerate(STANDINGS)}
    table = listing(
        sorted(lines, key=lambda key: (key[0], key[1], order[key[2]])),
        {
            "Source": lambda key: ref("claims", key[0]),
            "Head type": lambda key: subject_cell(key[1]),
            "Standing": lambda key: standing_mark(key[2]),
            "Claims": lambda key: str(len(lines[key])),
            "Models": lambda key: refs("models", models(key), 5, record_path("claims", key[0])),
        },
        lambda key: {
            "standing": STANDS[key[2]],
            "model": "|".join(context.name("models", model) for model in models(key)),
            "head": subject_name(context.links, key[1]),
        },
        FACETS,
        name="lines of claims",
    )
    return [Prose(count_claims(context.catalog, context.catalog.statements.values()).text()), *table]
