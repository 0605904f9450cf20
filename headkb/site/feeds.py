"""Atom feeds: everything, one per head type, one per model. Dates come from the data, so builds do not differ."""

from __future__ import annotations

from dataclasses import dataclass

from headkb.catalog import Catalog
from headkb.catalog.addresses import SITE
from headkb.catalog.dates import full_date
from headkb.catalog.escape import xml
from headkb.catalog.schema import Paper, Run
from headkb.site.evidence import outcome_words
from headkb.site.links import record_path
from headkb.site.parts import Context


@dataclass(frozen=True, order=True)
class Entry:
    """One item of a feed."""

    date: str
    path: str
    title: str
    summary: str


def feeds(context: Context) -> dict[str, str]:
    """Path → Atom text."""
    papers = [_paper_entry(p) for p in context.catalog.papers.values()]
    runs = [_run_entry(context, r) for r in context.catalog.runs.values()]
    files = {"feeds/all.xml": _feed("feeds/all.xml", "headkb: papers and runs", [*papers, *runs])}
    for kind, record in context.catalog.records():
        if kind in ("heads", "models") and has_feed(context.catalog, kind, record.id):
            path = f"feeds/{kind}/{record.id}.xml"
            of_papers, of_runs = _subjects(context.catalog, kind, record.id)
            entries = [*map(_paper_entry, of_papers), *(_run_entry(context, run) for run in of_runs)]
            files[path] = _feed(path, f"headkb: {record.title_text()}", entries)
    return files


def has_feed(catalog: Catalog, kind: str, record_id: str) -> bool:
    """Whether a record has a feed of its own: head types and models with papers or runs do."""
    return any(_subjects(catalog, kind, record_id))


def _subjects(catalog: Catalog, kind: str, record_id: str) -> tuple[list[Paper], list[Run]]:
    """The papers and runs about a head type or a model; none about other records."""
    if kind == "heads":
        papers = [paper for paper, _ in catalog.papers_of_head.get(record_id, [])]
        return papers, catalog.runs_of_head.get(record_id, [])
    if kind == "models":
        return catalog.papers_using.get(("models", record_id), []), catalog.runs_of_model.get(record_id, [])
    return [], []


def _paper_entry(paper: Paper) -> Entry:
    summary = paper.summary.innovation if paper.summary else ", ".join(paper.authors)
    return Entry(full_date(paper.date), record_path("papers", paper.id), paper.title, summary)


def _run_entry(context: Context, run: Run) -> Entry:
    head, model = context.name("heads", run.head), context.name("models", run.model)
    what = f"recipe {run.recipe}" if run.recipe else f"claim {run.claim}"
    title = f"{head} in {model}, {what}: {outcome_words(context.catalog.evidence.outcome(run))}"
    return Entry(full_date(run.date), record_path("runs", run.id), title, run.cause or f"Score {run.score}.")


def _feed(path: str, title: str, entries: list[Entry]) -> str:
    newest = sorted(entries, reverse=True)[:60]
    items = "".join(
        f'<entry><id>{SITE}{e.path}</id><title>{xml(e.title)}</title><link href="{SITE}{e.path}"/>'
        f"<updated>{e.date}T00:00:00Z</updated><summary>{xml(e.summary)}</summary></entry>\n"
        for e in newest
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">\n'
        f"<id>{SITE}{path}</id><title>{xml(title)}</title>"
        f'<link rel="self" href="{SITE}{path}"/><link href="{SITE}"/>'
        f"<updated>{newest[0].date}T00:00:00Z</updated><author><name>The headkb contributors</name></author>\n{items}</feed>\n"
    )
