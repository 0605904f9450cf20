"""Pieces that several pages share: sources, errata, claim tables, foot of a record's page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from headkb.catalog import Catalog, HeadDossier, Statement, all_dossiers
from headkb.catalog.schema import Run, Source
from headkb.catalog.schema.claim import Measure
from headkb.head_index import HeadIndex
from headkb.site.document import Bullets, Cell, Facts, Node, Prose, Row, table
from headkb.site.evidence import Known, badge, by_type_and_model
from headkb.site.links import Links, claim_path, head_path, make_links
from headkb.site.text import plain

REPOSITORY = "https://github.com/headkb/headkb"
SITE = "https://headkb.github.io/headkb/"


@dataclass(frozen=True)
class Context:
    """What every page builder needs: the catalog, its links, and tables computed once."""

    catalog: Catalog
    links: Links
    known: dict[tuple[str, str], Known] = field(default_factory=dict)
    dossiers: dict[str, dict[HeadIndex, HeadDossier]] = field(default_factory=dict)
    head_pages: frozenset[str] = frozenset()
    contested_by: dict[str, list[Statement]] = field(default_factory=dict)
    fed: dict[str, frozenset[str]] = field(default_factory=dict)

    def has_head_page(self, model_id: str, head: str) -> bool:
        """Whether this head of this model has a page of its own."""
        return f"{model_id}/{head}" in self.head_pages


def make_context(catalog: Catalog) -> Context:
    """The context of a catalog."""
    dossiers = all_dossiers(catalog)
    pages = frozenset(f"{model_id}/{head}" for model_id, heads in dossiers.items() for head in heads)
    contested: dict[str, list[Statement]] = {}
    for statement in catalog.statements.values():
        for other in statement.claim.contests:
            contested.setdefault(other, []).append(statement)
    runs = catalog.runs.values()
    fed = {
        "heads": frozenset({*catalog.papers_of_head, *(run.head for run in runs)}),
        "models": frozenset(
            {m for paper in catalog.papers.values() for m in paper.models} | {run.model for run in runs}
        ),
    }
    return Context(catalog, make_links(catalog), by_type_and_model(catalog), dossiers, pages, contested, fed)


def joined(cells: Iterable[Cell], between: str = ", ") -> Cell:
    """Cells in a row with a separator."""
    row: list[Cell] = []
    for cell in cells:
        row += [between, cell] if row else [cell]
    return tuple(row)


def ref(kind: str, record_id: str, label: str = "") -> str:
    """A link to a record in the Markdown subset."""
    return f"[[{kind}/{record_id}|{label}]]" if label else f"[[{kind}/{record_id}]]"


def heads_cell(context: Context, model_id: str, heads: Sequence[HeadIndex], limit: int = 24) -> Cell:
    """Heads of a model, each linked to its page where it has one."""
    shown: list[Cell] = [
        f"[{head}](@{head_path(model_id, head)})" if context.has_head_page(model_id, str(head)) else str(head)
        for head in heads[:limit]
    ]
    more = f" and {len(heads) - limit} more" if len(heads) > limit else ""
    return (joined(shown), more) if more else joined(shown)


def source_cell(source: Source) -> Cell:
    """A source in one line: where, and at which place in it."""
    if source.paper:
        where = ref("papers", source.paper)
    elif source.repository:
        base = f"https://github.com/{source.repository}"
        path = f"/blob/{source.commit}/{quote(source.path)}" if source.path else f"/tree/{source.commit}"
        name = source.path or source.repository
        where = f"[{plain(name)}]({base}{path})" + (f" ({plain(source.repository)})" if source.path else "")
    else:
        where = f"[{plain(_bare(source.url or ''))}]({(source.url or '').replace(')', '%29')})"
    locator = f", {source.locator}" if source.locator else ""
    accessed = f" (read {source.accessed})" if source.accessed else ""
    note = f". {source.note}" if source.note else ""
    return f"{where}{locator}{accessed}{note}"


def _bare(url: str) -> str:
    return url.removeprefix("https://").removeprefix("http://").removeprefix("www.").rstrip("/")


def sources_cell(sources: Sequence[Source]) -> Cell:
    """Several sources, separated by semicolons."""
    return joined([source_cell(source) for source in sources], "; ")


def with_sources(text: str, sources: Sequence[Source]) -> Cell:
    """A statement with its sources behind it."""
    return (" ".join(text.split("\n")), " — ", sources_cell(sources)) if sources else " ".join(text.split("\n"))


def prose_with_sources(text: str, sources: Sequence[Source]) -> list[Node]:
    """A text and, below it, where it stands."""
    nodes: list[Node] = [Prose(text)]
    return [*nodes, sources_line(sources)] if sources else nodes


def sources_line(sources: Sequence[Source]) -> Node:
    """`Source: …` as a line of facts."""
    return Facts((("Source" if len(sources) == 1 else "Sources", sources_cell(sources)),))


def claim_rows(context: Context, statements: Sequence[Statement], *, with_head: bool = True) -> tuple[Row, ...]:
    """Rows of a table of claims: model, heads, statement, value, evidence, source."""
    rows = []
    for statement in statements:
        claim = statement.claim
        rung = context.catalog.rung(statement.id)
        kind: Cell = (
            ref("heads", claim.head) if claim.head else (("about ", ref("heads", claim.about)) if claim.about else "")
        )
        cells: list[Cell] = [ref("models", claim.model)]
        cells += [kind] if with_head else []
        cells += [
            heads_cell(context, claim.model, claim.named_heads(), 5),
            statement_cell(statement),
            value_cell(statement),
        ]
        cells += [evidence_cell(context, statement, rung), short_source(context, statement)]
        rows.append(
            Row(tuple(cells), {"evidence": rung, "model": claim.model, "head": claim.head or claim.about or ""})
        )
    return tuple(rows)


CLAIM_COLUMNS = ("Model", "Head type", "Heads", "What is claimed", "Value", "Evidence", "Source")


def statement_cell(statement: Statement) -> Cell:
    """The claim's sentence with its note."""
    claim = statement.claim
    note = f" *{claim.note}*" if claim.note and "*" not in claim.note else ""
    return (" ".join(claim.statement.split("\n")), " ".join(note.split("\n")))


def short_source(context: Context, statement: Statement) -> Cell:
    """Who says so, linked to the claim's own place, where the exact source stands."""
    source = statement.claim.source
    name = (
        context.links.name(f"papers/{source.paper}")
        if source.paper
        else (source.repository or _bare(source.url or "")[:40]).split("/")[-1]
    )
    return f"[{plain(name)}](@{claim_path(statement)})" + (
        f", {source.locator}" if source.paper and source.locator else ""
    )


def value_cell(statement: Statement, head: HeadIndex | None = None) -> Cell:
    """The claimed number with the name of its measure."""
    claim = statement.claim
    if claim.measure is None:
        return ""
    measure = statement.file.measures[claim.measure]
    values = [claim.values[head]] if head and head in claim.values else list(claim.values.values())
    if len(values) > 3:
        number = f"{min(values):g} to {max(values):g}"
    elif values:
        number = ", ".join(f"{v:g}" for v in values)
    elif claim.value is not None:
        number = f"{claim.value:g}"
    else:
        number = "table"
    unit = f" {measure.unit}" if measure.unit and measure.unit not in ("fraction",) else ""
    return f"{number}{unit} ({measure.name})"


def measure_facts(measure: Measure) -> list[tuple[str, Cell]]:
    """What a published number means."""
    rows: list[tuple[str, Cell]] = [("Definition", measure.definition)]
    if measure.formula:
        rows.append(("Formula", f"${measure.formula}$"))
    if measure.range:
        rows.append(("Range", measure.range))
    if measure.unit:
        rows.append(("Unit", measure.unit))
    if measure.score:
        rows.append(("headkb score", f"`{measure.score}`"))
    if measure.differs:
        rows.append(("Differs", measure.differs))
    return rows


def evidence_cell(context: Context, statement: Statement, rung: str) -> Cell:
    """The badge of a claim and the runs behind it; a claim without a run says so."""
    runs = context.catalog.runs_of_claim.get(statement.id, [])
    if not runs:
        return (badge(rung), " not rerun yet")
    return (badge(rung), " ", joined([ref("runs", run.id, run.date) for run in runs]))


def run_rows(context: Context, runs: Sequence[Run]) -> tuple[Row, ...]:
    """Rows of a table of runs, in the order given."""
    return tuple(
        Row(
            (
                ref("runs", run.id, run.date),
                badge(run.verdict),
                ref("heads", run.head),
                ref("models", run.model),
                f"`{run.score}`",
                ", ".join(map(str, run.heads[:8])) + (f" and {len(run.heads) - 8} more" if len(run.heads) > 8 else "")
                or "none",
                run.cause or "",
            ),
            {
                "verdict": run.verdict,
                "model": context.links.name(f"models/{run.model}"),
                "head": context.links.name(f"heads/{run.head}"),
                "score": run.score,
                "year": run.date[:4],
            },
        )
        for run in runs
    )


RUN_COLUMNS = ("Date", "Verdict", "Head type", "Model", "Score", "Heads found", "Cause")
MANY_RUNS = 8


def run_nodes(context: Context, runs: Sequence[Run], without: str, facet: str, name: str) -> list[Node]:
    """Runs of one head type or model, newest first; where they are many, those that found nothing are only counted.

    Args:
        context: The catalog and its links.
        runs: The runs.
        without: The column that would say the same in every row.
        facet: The filter of the list of all runs that leaves just these.
        name: Its value.
    """
    ordered = sorted(runs, key=lambda r: (r.date, r.id), reverse=True)
    quiet = [r for r in ordered if r.verdict == "not-found"] if len(ordered) > MANY_RUNS else []
    told = [r for r in ordered if r not in quiet]
    first, hidden = told[:MANY_RUNS], len(told[MANY_RUNS:])
    left = [i for i, column in enumerate(RUN_COLUMNS) if column != without]
    rows = tuple(Row(tuple(row.cells[i] for i in left)) for row in run_rows(context, first))
    nodes: list[Node] = [table(tuple(RUN_COLUMNS[i] for i in left), rows)] if rows else []
    if quiet:
        other = "model" if facet == "head" else "head"
        names = Counter(context.links.name(f"{other}s/{getattr(r, other)}") for r in quiet)
        listed = ", ".join(f"{plain(n)}{f' ({k} runs)' if k > 1 else ''}" for n, k in sorted(names.items()))
        nodes.append(Bullets(((badge("not-found"), f" {len(quiet)} runs: {listed}."),)))
    if quiet or hidden:
        more = f"{hidden} more runs are not shown here. " if hidden else ""
        nodes.append(
            Prose(f"{more}[All {len(runs)} runs](@runs/?{urlencode({facet: name})}) with values and settings.")
        )
    return nodes


def bullets(items: Iterable[Cell]) -> Bullets:
    """A list."""
    return Bullets(tuple(items))


def number(value: float | None) -> str:
    """A score as readers see it."""
    return "–" if value is None else f"{value:.3f}".rstrip("0").rstrip(".") if abs(value) < 1000 else f"{value:g}"


def as_json(value: Any) -> str:
    """A parameter as it is typed."""
    return "true" if value is True else "false" if value is False else str(value)
