"""Atom feeds: everything, one per head type, one per model. Dates come from the data, so builds do not differ."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from headkb.catalog.schema import Paper, Run
from headkb.site.evidence import RUNGS
from headkb.site.links import record_path
from headkb.site.parts import SITE, Context


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
    made = {"feeds/all.xml": _feed("feeds/all.xml", "headkb: papers and runs", [*papers, *runs])}
    for head in context.catalog.heads.values():
        entries = [_paper_entry(p) for p, _ in context.catalog.papers_of_head.get(head.id, [])]
        entries += [_run_entry(context, r) for r in context.catalog.runs_of_head.get(head.id, [])]
        if entries:
            path = f"feeds/heads/{head.id}.xml"
            made[path] = _feed(path, f"headkb: {head.name}", entries)
    for model in context.catalog.models.values():
        entries = [_paper_entry(p) for p in context.catalog.papers.values() if model.id in p.models]
        entries += [_run_entry(context, r) for r in context.catalog.runs_of_model.get(model.id, [])]
        if entries:
            path = f"feeds/models/{model.id}.xml"
            made[path] = _feed(path, f"headkb: {model.name}", entries)
    return made


def _paper_entry(paper: Paper) -> Entry:
    summary = paper.summary.innovation if paper.summary else ", ".join(paper.authors)
    return Entry(full_date(paper.date), record_path("papers", paper.id), paper.title, summary)


def _run_entry(context: Context, run: Run) -> Entry:
    head, model = context.links.name(f"heads/{run.head}"), context.links.name(f"models/{run.model}")
    title = f"{head} in {model}: {RUNGS[run.verdict].label}"
    return Entry(full_date(run.date), record_path("runs", run.id), title, run.cause or f"Score {run.score}.")


def full_date(date: str) -> str:
    """A date with month and day; the first of them where the source gives none."""
    return date + "0000-01-01"[len(date) :] if date else ""


def _feed(path: str, title: str, entries: list[Entry]) -> str:
    newest = sorted(entries, reverse=True)[:60]
    items = "".join(
        f'<entry><id>{SITE}{e.path}</id><title>{escape(e.title, quote=False)}</title><link href="{SITE}{e.path}"/>'
        f"<updated>{e.date}T00:00:00Z</updated><summary>{escape(e.summary, quote=False)}</summary></entry>\n"
        for e in newest
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">\n'
        f"<id>{SITE}{path}</id><title>{escape(title, quote=False)}</title>"
        f'<link rel="self" href="{SITE}{path}"/><link href="{SITE}"/>'
        f"<updated>{newest[0].date}T00:00:00Z</updated><author><name>The headkb contributors</name></author>\n{items}</feed>\n"
    )
