"""Pieces that several pages share: sources, errata, claim tables, foot of a record's page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from headkb.catalog import Catalog, HeadDossier, Statement, all_dossiers
from headkb.catalog.dates import latest
from headkb.catalog.effects import decimals
from headkb.catalog.inline import plain
from headkb.catalog.kinds import Kind
from headkb.catalog.schema import Head, Method, Paper, Source, Stage
from headkb.catalog.schema.common import Named, Remark
from headkb.catalog.standing import Standing
from headkb.catalog.state import STANDS, ClaimCount
from headkb.head_index import HeadIndex
from headkb.site.atlas_view import AtlasView, atlas_views
from headkb.site.compose import grouped, newest, one_line, section
from headkb.site.document import Bullets, Cell, Element, Facts, Row
from headkb.site.evidence import KIND_WORDS, standing_mark
from headkb.site.links import Links, claim_path, head_path, make_links
from headkb.site.role_codes import role_codes
from headkb.site.subjects import head_type_cell, subject_name

REPOSITORY = "https://github.com/headkb/headkb"


@dataclass(frozen=True)
class Context:
    """What every page builder needs, computed once.

    Attributes:
        catalog, links: The catalog, and names and addresses of its records.
        dossiers: Model → head → what is known about it, for every head that has a page of its own.
        atlases: Model → its atlas with what its pages say of it.
        codes: Head type → its short code, see `role_codes`.
        date: Newest date in the data.
    """

    catalog: Catalog
    links: Links
    dossiers: Mapping[str, Mapping[HeadIndex, HeadDossier]]
    atlases: Mapping[str, AtlasView]
    codes: Mapping[str, str]
    date: str

    def has_head_page(self, model_id: str, head: HeadIndex) -> bool:
        """Whether this head of this model has a page of its own."""
        return head in self.dossiers.get(model_id, {})

    def named(self, model_id: str) -> dict[HeadIndex, HeadDossier]:
        """The heads of a model that a claim or a circuit names or that a run selected."""
        return {head: dossier for head, dossier in self.dossiers[model_id].items() if dossier.named}

    def name(self, kind: Kind, record_id: str) -> str:
        """What to call a record in a link."""
        return self.links.name(f"{kind}/{record_id}")

    def category(self, head: Head) -> str:
        """The name of the category of a head type."""
        stage = self.catalog.stages.get(head.stage)
        return next((c.name for c in (stage.categories if stage else ()) if c.id == head.category), head.category)

    def stages(self) -> list[Stage]:
        """The stages in their order."""
        return sorted(self.catalog.stages.values(), key=lambda stage: stage.order)


def make_context(catalog: Catalog) -> Context:
    """The context of a catalog."""
    c = catalog
    return Context(c, make_links(c), all_dossiers(c), atlas_views(c), role_codes(c), latest(c))


def joined(cells: Iterable[Cell], between: Cell = ", ") -> Cell:
    """Cells in a row with a separator."""
    row: list[Cell] = []
    for cell in cells:
        row += [between, cell] if row else [cell]
    return tuple(row)


def ref(kind: str, record_id: str, label: str = "") -> str:
    """A link to a record in the Markdown subset."""
    return f"[[{kind}/{record_id}|{label}]]" if label else f"[[{kind}/{record_id}]]"


def score_ref(score_id: str) -> str:
    """A link to a score, by the id that commands take."""
    return ref("scores", score_id, score_id)


def implementations(method: Method) -> list[str]:
    """Ids of scores, or names of modules, that implement a method."""
    return method.implementation.split(", ") if method.implementation else []


def model_cell(context: Context, model_id: str) -> Cell:
    """A model, with its kind where it is not a public one."""
    kind = kind_of(context, model_id)
    return ref("models", model_id) if kind == "public model" else (ref("models", model_id), f" ({kind})")


def kind_of(context: Context, model_id: str) -> str:
    """The kind of a model in words: `organism`."""
    model = context.catalog.models.get(model_id)
    kind = "unknown" if model is None else model.type
    return KIND_WORDS.get(kind, f"{kind} model")


def refs(kind: Kind, ids: Sequence[str], limit: int = 1000, rest: str = "") -> Cell:
    """Links to records; where there are more than `limit`, how many more, linked to the path `rest`."""
    more, some = f"{len(ids) - limit} more", joined([ref(kind, record_id) for record_id in ids[:limit]])
    return (some, " and ", f"[{more}](@{rest})" if rest else more) if len(ids) > limit else some


def heads_cell(context: Context, model_id: str, heads: Sequence[HeadIndex], limit: int = 24, rest: str = "") -> Cell:
    """Heads of a model, each linked to its page where it has one; of more than `limit`, how many more, linked to the path `rest`."""
    links: list[Cell] = [
        f"[{head}](@{head_path(model_id, head)})" if context.has_head_page(model_id, head) else str(head)
        for head in heads[:limit]
    ]
    more, some = f"{len(heads) - limit} more", joined(links)
    return (some, " and ", f"[{more}](@{rest})" if rest else more) if len(heads) > limit else some


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
    return (one_line(text), " — ", sources_cell(sources)) if sources else one_line(text)


def sources_line(sources: Sequence[Source]) -> Element:
    """`Source: …` as a line of facts."""
    return Facts((("Source" if len(sources) == 1 else "Sources", sources_cell(sources)),))


def claim_rows(context: Context, statements: Sequence[Statement], *, with_head: bool = True) -> tuple[Row, ...]:
    """Rows of a table of claims: model, heads, statement, value, standing, source."""
    rows = []
    for statement in statements:
        claim, standing = statement.claim, context.catalog.evidence.standing(statement.id)
        cells = (
            ref("models", claim.model),
            *((head_type_cell(claim),) if with_head else ()),
            heads_cell(context, claim.model, claim.named_heads(), 4, claim_path(statement)),
            statement_cell(statement),
            value_cell(statement),
            standing_cell(context, statement, standing),
            short_source(context, statement),
        )
        facets = {
            "standing": STANDS[standing],
            "model": context.name("models", claim.model),
            "head": subject_name(context.links, claim.subject),
        }
        rows.append(Row(cells, facets))
    return tuple(rows)


CLAIM_COLUMNS = ("Model", "Head type", "Heads", "What is claimed", "Value", "Standing", "Source")


def statement_cell(statement: Statement) -> Cell:
    """The claim's sentence with its note."""
    claim = statement.claim
    note = f" *{claim.note}*" if claim.note and "*" not in claim.note else ""
    return (one_line(claim.statement), one_line(note))


def short_source(context: Context, statement: Statement) -> Cell:
    """Who says so, linked to the claim's own place, where the exact source stands."""
    source = statement.claim.source
    name = (
        context.name("papers", source.paper)
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
    unit = f",{unit}" if unit and number == "table" else unit
    return f"{number}{unit} ({measure.name})"


def standing_cell(context: Context, statement: Statement, standing: Standing, *, of_heads: bool = False) -> Cell:
    """Where a claim stands, and the runs behind it; `of_heads` leaves out those on published data, which say nothing of heads."""
    runs = context.catalog.runs_of_claim.get(statement.id, [])
    runs = [run for run in runs if not of_heads or run.model_source != "published-data"]
    if not runs:
        return standing_mark(standing)
    links: list[Cell] = []
    for model, some in grouped(runs, lambda run: run.model if run.copy_of is not None else None).items():
        dates = joined(ref("runs", run.id, run.date) for run in some)
        links.append((dates, " on the copy ", ref("models", model)) if model else dates)
    return (standing_mark(standing), " ", joined(links))


def standing_counts(count: ClaimCount) -> str:
    """`69: 2 met, 0 off, 67 not rerun`; a dash where there is no claim."""
    return f"{count.total:,}: {count.text().partition(': ')[2].rstrip('.')}" if count.total else "–"


def bullets(items: Iterable[Cell], style: str = "") -> Bullets:
    """A list."""
    return Bullets(tuple(items), style=style)


def remarks(items: Sequence[Remark]) -> Bullets:
    """Statements, each with its sources behind it."""
    return bullets(with_sources(item.text, item.sources) for item in items)


def sources_section(sources: Sequence[Source]) -> list[Element]:
    """The sources of a record, one a line."""
    return section("Sources", "sources", bullets(sources_cell([source]) for source in sources))


def papers_section(papers: Iterable[Paper]) -> list[Element]:
    """Papers, newest first."""
    return section("Papers", "papers", titles(newest(papers)))


def titles(papers: Iterable[Paper]) -> Bullets:
    """Papers, one a line; their titles are names and no prose, so that no term in them is linked."""
    return bullets(((p.date, " ", titled(p)) for p in papers), "hk-titles")


def titled(paper: Paper) -> Cell:
    """A paper by its short name and its title."""
    return (ref("papers", paper.id), f": {plain(paper.title)}")


def also_called(record: Named) -> Cell:
    """The aliases of a record."""
    return joined([plain(alias.name) for alias in record.aliases])


def keywords(parameters: Mapping[str, Any], before: str = ", ") -> str:
    """Parameters as they are typed, each behind `before`."""
    return "".join(f"{before}{name}={as_json(value)}" for name, value in parameters.items())


def number(value: float | None) -> str:
    """A score as readers see it."""
    return "–" if value is None else decimals(value)


def as_json(value: Any) -> str:
    """A parameter as it is typed."""
    return "null" if value is None else "true" if value is True else "false" if value is False else str(value)
