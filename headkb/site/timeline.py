"""The timeline: how many papers, first reports, replications and contests there were each year, and each head type in order of time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from headkb.catalog.schema import Head
from headkb.catalog.state import first_report
from headkb.site.compose import section, table_of
from headkb.site.document import Cell, Element, Figure, Fold, Heading, Page, Prose
from headkb.site.evidence import outcome_words
from headkb.site.head_pages import report_cell
from headkb.site.links import record_path
from headkb.site.parts import Context, joined, ref
from headkb.site.svg_years import years_chart

PAPERS, FIRST, REPLICATED, CONTESTED = "Papers", "Head types first reported", "Replications", "Contests"
FEW = 3
"""So many replications of a head type are listed here; its page has all."""
CAPTION = (
    "Papers of the catalog by the year in which they became public; head types by the year of their first report; replications and contests "
    "once for each paper and each head type that it replicates or contests. Each row has a scale of its own, and the last year is not over."
)


def timeline(context: Context) -> Page:
    """When each head type was first reported, replicated and contested; and how many were each year."""
    c = context.catalog
    reported = {head_id: paper for head_id in c.heads if (paper := first_report(c, head_id)) is not None}
    heads = sorted((c.heads[i] for i in reported), key=lambda h: (reported[h.id].first_public, h.name))

    def all_of(role: str, head: Head, most: int) -> Cell:
        papers = [paper for paper, r in c.papers_of_head[head.id] if r == role]
        told = joined([(paper.first_public[:7], " ", ref("papers", paper.id)) for paper in papers[:most]])
        left = len(papers) - most
        return (told, f" and [{left} more](@{record_path('heads', head.id)}#papers)") if left > 0 else told or "–"

    def run_here(head: Head) -> Cell:
        runs = c.runs_of_head.get(head.id, [])
        return (
            (ref("runs", runs[-1].id, runs[-1].date), " ", outcome_words(c.evidence.outcome(runs[-1]))) if runs else "–"
        )

    table = table_of(
        heads,
        {
            "Head type": lambda h: ref("heads", h.id),
            "First report": lambda h: report_cell(context, h),
            "Replicated": lambda h: all_of("replicates", h, FEW),
            "Contested": lambda h: all_of("contests", h, len(c.papers)),
            "First run here": run_here,
        },
        lambda h: {
            "year": reported[h.id].first_public[:4],
            "stage": context.name("stages", h.stage),
            "contested": "yes" if any(role == "contests" for _, role in c.papers_of_head[h.id]) else "no",
        },
        {"stage": "Stage", "year": "Year", "contested": "Contested"},
        name="head types",
    )
    body: list[Element] = [
        Prose("When each head type was first reported, replicated by others, contested, and run here.", lead=True),
        *_years(context),
        Heading("Head types in order of first report", "heads"),
        table,
    ]
    description = "First reported, replicated, contested: every head type in order of time."
    return Page("timeline/", "Timeline", tuple(body), description=description, wide=True)


def per_year(context: Context) -> Mapping[str, Mapping[int, int]]:
    """What is counted → year → number."""
    c = context.catalog
    first = [paper for head in c.heads if (paper := first_report(c, head)) is not None]
    pairs = [(paper, role) for entries in c.papers_of_head.values() for paper, role in entries]
    return {
        PAPERS: Counter(int(paper.first_public[:4]) for paper in c.papers.values()),
        FIRST: Counter(int(paper.first_public[:4]) for paper in first),
        REPLICATED: Counter(int(paper.first_public[:4]) for paper, role in pairs if role == "replicates"),
        CONTESTED: Counter(int(paper.first_public[:4]) for paper, role in pairs if role == "contests"),
    }


def _years(context: Context) -> list[Element]:
    counts = per_year(context)
    found = [year for some in counts.values() for year in some]
    if not found:
        return []
    years = range(min(found), max(found) + 1)
    columns = {"Year": str} | {name: lambda year, some=some: str(some.get(year, 0)) for name, some in counts.items()}
    drawing = years_chart(years, counts, f"Numbers per year from {years[0]} to {years[-1]}: {', '.join(counts)}")
    return section(
        "By year", "years", [Figure(drawing, "", CAPTION), Fold("The same as a table", (table_of(years, columns),))]
    )
