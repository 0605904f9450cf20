"""The page of a run: what was run, on what, and what came out, success or not."""

from __future__ import annotations

from headkb.catalog.schema import Run
from headkb.site.causal_pages import outcome_nodes
from headkb.site.claim_pages import value_nodes
from headkb.site.document import Box, Cell, Code, Facts, Heading, Node, Page, Prose, Row, Table
from headkb.site.evidence import RUNGS, badge
from headkb.site.foot import record_foot
from headkb.site.links import record_path
from headkb.site.parts import Context, as_json, heads_cell, number, ref, source_cell

SOURCES = {
    "hub": "Hugging Face hub",
    "directory": "local directory",
    "package": "Python package",
    "built": "built by headkb",
    "exact": "weights set by hand, built by headkb",
    "organism": "a model that headkb trained and ships",
    "published-data": "data that the source published; no model was run",
}


def run_page(context: Context, run: Run) -> Page:
    """One run."""
    path = record_path("runs", run.id)
    rung = RUNGS[run.verdict]
    facts: list[tuple[str, Cell]] = [
        ("Verdict", (badge(run.verdict), f" {rung.meaning}")),
        ("Head type", ref("heads", run.head)),
        ("Model", ref("models", run.model)),
    ]
    if run.claim:
        facts.append(("Claim", ref("claims", run.claim)))
    if run.recipe:
        facts.append(("Recipe", f"`{run.recipe}`"))
    facts.append(
        (
            "Score",
            f"`{run.score}` version {run.score_version}"
            + "".join(f", {k}={as_json(v)}" for k, v in run.score_parameters.items()),
        )
    )
    if run.threshold is not None:
        facts.append(("Threshold", f"{'at least' if run.higher_is == 'more' else 'at most'} {run.threshold:g}"))
    facts.append(("Heads found", heads_cell(context, run.model, run.heads) if run.heads else "none"))
    body: list[Node] = [Facts(tuple(facts))]
    if run.cause:
        body.append(
            Box(
                {"failed": "warning", "deviating": "deviation"}.get(run.verdict, "note"),
                "Why",
                (Prose(run.cause),),
            )
        )
    if run.invalidation:
        body.append(Box("warning", f"Withdrawn on {run.invalidation.date}", (Prose(run.invalidation.reason),)))
    body.append(Code(f"headkb reproduce {run.id} --check", "Rerun it", "shell"))
    body += _expected(context, run)
    body += outcome_nodes(context, run)
    model = context.catalog.models.get(run.model)
    if model:
        body += [Heading("Values", "values"), *value_nodes(context, model, run.measured(), run.score, path)]
    body += [Heading("How it was run", "how"), Facts(tuple(_how(run)))]
    body += record_foot(context, "runs", run, path)
    title = f"{context.links.name(f'heads/{run.head}')} in {context.links.name(f'models/{run.model}')}: {rung.label}"
    return Page(
        path,
        title,
        tuple(body),
        "runs/",
        f"{title}. Score {run.score}, run on {run.date}.",
        (run.id,),
        f"runs/{run.id}.yaml",
        run.date,
        f"Run · {run.date}",
        0.6,
        f"runs/{run.id}",
    )


def _expected(context: Context, run: Run) -> list[Node]:
    if not run.expected:
        return []
    rows = []
    for e in run.expected:
        value = run.value_of(*e.head)
        off = abs(value - e.value) if value is not None else None
        inside = "yes" if off is not None and off <= e.tolerance else "no"
        why: Cell = (e.reason, " — ", source_cell(e.source)) if e.source else e.reason
        rows.append(
            Row(
                (
                    heads_cell(context, run.model, (e.head,)),
                    f"{e.value:g} ± {e.tolerance:g}",
                    number(value),
                    inside,
                    why,
                )
            )
        )
    return [
        Heading("Against what was expected", "expected"),
        Table(("Head", "Expected", "Measured", "Inside tolerance", "Why this value"), tuple(rows)),
    ]


def _how(run: Run) -> list[tuple[str, Cell]]:
    p = run.prompts
    if p.generator:
        inputs = (
            f"`{p.generator}`"
            + (f", {p.n} prompts" if p.n else "")
            + (f", seed {p.seed}" if p.seed is not None else "")
        )
        inputs += "".join(f", {k}={as_json(v)}" for k, v in p.parameters.items())
    else:
        inputs = p.data or ""
    rows: list[tuple[str, Cell]] = [
        ("Inputs", inputs),
        ("Hash of the inputs", f"`{p.sha256}`"),
        ("Model from", SOURCES.get(run.model_source, run.model_source)),
    ]
    if run.revision:
        rows.append(("Revision", f"`{run.revision}`"))
    if run.weights_sha256:
        rows.append(("Hash of the weights", f"`{run.weights_sha256}`"))
    rows += [
        ("Numbers", run.dtype),
        ("Attention", run.attention),
        ("First token", run.bos),
        ("Versions", ", ".join(f"{k} {v}" for k, v in sorted(run.versions.items()))),
        ("Hardware", run.hardware),
        ("Time", f"{run.seconds:g} s"),
        ("Date", run.date),
        ("A rerun may differ by", f"{run.rerun_tolerance:g}"),
    ]
    return rows
