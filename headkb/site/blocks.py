"""Pieces for hand-written pages, put where a page says `<!-- headkb:name -->`."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from headkb.catalog.kinds import KINDS
from headkb.site.compose import newest, table_of
from headkb.site.document import DataTable, Element, Facts, Figure, Row
from headkb.site.evidence import RUNGS, badge
from headkb.site.matrix import legend, stage_matrix_html
from headkb.site.parts import Context, ref
from headkb.site.run_tables import RUN_COLUMNS, run_rows
from headkb.site.stage_pages import stage_flow
from headkb.site.to_html import node_html


def blocks(context: Context) -> Mapping[str, Callable[[str], str]]:
    """Name → the HTML of the piece, as a function of the page's address."""

    def node(make: Callable[[Context], Element]) -> Callable[[str], str]:
        return lambda page: node_html(make(context), context.links, _path(page))

    return {
        "matrix": lambda page: f"<div>{stage_matrix_html(context, _path(page))}</div>",
        "legend": node(lambda _context: legend()),
        "counts": node(_counts),
        "latest-runs": node(_latest),
        "latest-papers": node(_papers),
        "flow": lambda page: node_html(stage_flow(context, _path(page)), context.links, _path(page)),
        "rungs": node(_rungs),
        "files": node(_files),
    }


def _path(page: str) -> str:
    return "" if page in (".", "./", "") else page


def _counts(context: Context) -> Element:
    c = context.catalog
    rerun = sum(1 for s in c.statements if c.runs_of_claim.get(s))
    named = [len(heads) for model_id in context.dossiers if (heads := context.named(model_id))]
    rows = (
        ("heads/", len(c.heads), "head types"),
        ("papers/", len(c.papers), "papers"),
        ("claims/", len(c.statements), f"claims, {rerun} rerun"),
        ("models/", sum(named), f"named heads in {len(named)} models"),
        ("runs/", len(c.runs), "runs"),
        ("errata/", sum(len(r.errata) for _, r in c.records()), "errata"),
    )
    items = "".join(f'<li><b>{count:,}</b><a href="{path}">{label}</a></li>' for path, count, label in rows)
    return Figure(f'<ul class="hk-counts">{items}</ul>')


def _latest(context: Context) -> Element:
    runs = context.catalog.newest_runs[:6]
    rows = tuple(Row(row.cells[:5]) for row in run_rows(context, runs))
    return DataTable(RUN_COLUMNS[:5], rows) if rows else Facts((("Runs", "none recorded yet"),))


def _papers(context: Context) -> Element:
    papers = newest(context.catalog.papers.values())[:6]
    return table_of(
        papers, {"Date": lambda p: p.date, "Paper": lambda p: ref("papers", p.id, p.title.replace("]", ")"))}
    )


def _rungs(_context: Context) -> Element:
    rows = tuple(Row((badge(name), f"`{name}`", step.letter, step.meaning), id=name) for name, step in RUNGS.items())
    return DataTable(("Rung", "In the data", "Letter", "Meaning"), rows)


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
