"""Runs: what was run, on what, and what came out, success or not; and the list of all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from headkb.catalog.directions import run_direction
from headkb.catalog.inline import plain
from headkb.catalog.schema import Run
from headkb.catalog.schema.passport import RunPassport
from headkb.catalog.schema.run import TableComparison
from headkb.site.causal_pages import outcome_nodes
from headkb.site.commands import needs_of, rerun_code
from headkb.site.compose import facts, section, table_of
from headkb.site.document import Box, Cell, DataTable, Element, Page, Prose
from headkb.site.foot import record_page
from headkb.site.links import record_path
from headkb.site.parts import Context, heads_cell, keywords, model_cell, number, ref, score_ref, source_cell
from headkb.site.run_facts import ROLES, held_against, outcome_facts, run_title
from headkb.site.run_tables import RUN_COLUMNS, RUN_FACETS, recipe_cell, run_rows
from headkb.site.values import value_nodes

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
    outcome, model = context.catalog.evidence.outcome(run), context.catalog.models.get(run.model)
    direction, path = run_direction(context.catalog.scores, run), record_path("runs", run.id)
    drawn = value_nodes(context, model, run.scores(), run.score, path, direction) if model else []
    body: list[Element] = [
        facts(
            *outcome_facts(context, run),
            ("Head type", ref("heads", run.head)),
            ("Model", model_cell(context, run.model)),
            ("Quantised copy of", run.copy_of and ref("models", run.copy_of)),
            ("Recipe", run.recipe and (recipe_cell(context, run), f": {ROLES[outcome.role]}" if outcome.role else "")),
            ("Score", (score_ref(run.score), f" version {run.score_version}{keywords(run.score_parameters)}")),
            ("Held against", held_against(run)),
            # A claim is no search: it names its heads itself.
            ("Heads found", heads_cell(context, run.model, run.heads) if run.heads else "none" if run.recipe else None),
        ),
        *_remarks(run),
        rerun_code(context, run),
        *([facts(("Needs", needs))] if (needs := needs_of(context, run)) else []),
        *section("Against what was expected", "expected", _expected(context, run)),
        *section("Against the published table", "table", facts(*_table_facts(run.table)) if run.table else []),
        *outcome_nodes(context, run),
        *section("Prompt by prompt", "prompts", _by_prompt(run)),
        *section("Values", "values", drawn),
        *section("How it was run", "how", facts(*_how(run))),
    ]
    title = run_title(context, run)
    return record_page(
        context,
        run,
        body,
        subtitle=f"Run · {run.date}",
        boost=0.6,
        title=title,
        description=f"{title}. Score {run.score}, run on {run.date}.",
        updated=run.date,
    )


def _remarks(run: Run) -> list[Element]:
    """Why the run came out as it did, and why it was withdrawn."""
    nodes: list[Element] = []
    if run.cause:
        nodes.append(Box("note", "Why", (Prose(run.cause),)))
    if run.invalidation:
        nodes.append(Box("warning", f"Withdrawn on {run.invalidation.date}", (Prose(run.invalidation.reason),)))
    return nodes


def _expected(context: Context, run: Run) -> DataTable:
    return table_of(
        run.expected,
        {
            "Head": lambda e: heads_cell(context, run.model, (e.head,)),
            "Expected": lambda e: f"{e.value:g} ± {e.tolerance:g}",
            "Measured": lambda e: number(run.value_of(*e.head)),
            "Inside tolerance": lambda e: "yes" if run.distance(e) <= e.tolerance else "no",
            "Why this value": lambda e: (e.reason, " — ", source_cell(e.source)) if e.source else e.reason,
        },
    )


def _table_facts(table: TableComparison) -> list[tuple[str, Cell | None]]:
    order = "none: too few heads, or all equal" if table.rank_correlation is None else f"{table.rank_correlation:.3f}"
    least, allowed = table.least_rank_correlation, table.tolerance
    return [
        ("Heads compared", f"{table.heads} of the {table.of} in the table"),
        ("Rank correlation", order + ("" if least is None else f", at least {least:g} was asked for")),
        (
            "Largest difference",
            f"{table.largest_difference:.4g}, at {table.largest_at}"
            + ("" if allowed is None else f"; allowed {allowed:g}"),
        ),
        ("Strongest heads", f"{table.top_shared} of the first {table.top} are the same"),
        ("Decides", None if table.met() is not None else "nothing: the claim states no threshold"),
    ]


def _by_prompt(run: Run) -> list[Element]:
    """The value of each prompt, for the heads that the claim names."""
    if not run.by_prompt:
        return []
    count = len(next(iter(run.by_prompt.values())))
    columns: dict[str, Callable[[int], Cell]] = {
        "Prompt": lambda at: plain(run.prompts.texts[at]) if run.prompts.texts else f"sentence {at + 1} of the file"
    }
    columns |= {str(head): partial(_value_at, values) for head, values in run.by_prompt.items()}
    return [table_of(range(count), columns)]


def _value_at(values: Sequence[float | None], at: int) -> str:
    return number(values[at])


def _how(run: Run) -> list[tuple[str, Cell | None]]:
    p = run.prompts
    inputs = p.data or ""
    if p.generator:
        count = f", {p.n} prompts" if p.n else ""
        seed = f", seed {p.seed}" if p.seed is not None else ""
        inputs = f"`{p.generator}`{count}{seed}{keywords(p.parameters)}"
        if p.file:
            inputs += f", from a user's file `{p.file.name}` (SHA-256 of its sentences `{p.file.sha256}`)"
    return [
        ("Inputs", inputs),
        ("Hash of the inputs", f"`{p.sha256}`"),
        ("Model from", SOURCES.get(run.model_source, run.model_source)),
        ("Revision", run.revision and f"`{run.revision}`"),
        ("Hash of the weights", run.weights_sha256 and f"`{run.weights_sha256}`"),
        ("Model as measured", _measured(run.passport) if run.passport else None),
        ("Numbers", run.dtype),
        ("Attention", run.attention),
        ("First token", _first_tokens(run)),
        ("Versions", ", ".join(f"{k} {v}" for k, v in sorted(run.versions.items()))),
        ("Hardware", run.hardware),
        ("Time", f"{run.seconds:g} s"),
        ("Date", run.date),
        ("A rerun may differ by", f"{run.rerun_tolerance:g}"),
    ]


def _first_tokens(run: Run) -> str:
    """The BOS policy, and in brackets the tokens that it really put before the prompts, where the run says so."""
    if run.passport is None:
        return run.bos
    tokens = " ".join(f"`{token.replace('`', chr(39))}`" for token in run.passport.before)
    return f"{run.bos} ({tokens or 'none'})"


def _measured(passport: RunPassport) -> str:
    """The passport in a few words."""
    stack = passport.stack()
    heads = stack.n_heads if isinstance(stack.n_heads, int) else max(stack.n_heads)
    notes = [
        f"`{passport.loaded_as}`",
        f"{stack.n_layers} layers of {heads} heads",
        f"width {passport.d_model}",
        f"{passport.vocabulary} tokens",
    ]
    notes += [f"stored as {passport.quantisation}"] if passport.quantisation else []
    notes += [f"{passport.unused.count} tensors of the checkpoint unused"] if passport.unused else []
    return ", ".join(
        [*notes, "weights as its record pins them" if passport.pinned else "unverified weights: no record pins them"]
    )


def runs_hub(context: Context) -> list[Element]:
    """Runs, newest first."""
    rows = run_rows(context, context.catalog.newest_runs)
    return [DataTable(RUN_COLUMNS, rows, RUN_FACETS, name="runs") if rows else Prose("None yet.")]
