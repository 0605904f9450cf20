"""Causal checks on pages: how a head type states them, what came of one in a run, and the table of all of them."""

from __future__ import annotations

from headkb.catalog.schema import Head, Run
from headkb.catalog.schema.causal import CausalCheck, CausalOutcome
from headkb.site.document import Cell, Facts, Heading, Node, Page, Prose, Row, Table
from headkb.site.evidence import RUNGS, badge
from headkb.site.parts import Context, as_json, bullets, heads_cell, joined, number, ref

EDITS = {
    "mean": "replaced by their mean",
    "zero": "set to zero",
    "resample": "replaced by what they are on the corrupted prompts",
    "knock-out": "kept from attending",
}
EXPECTS = {"fall": "must fall by at least", "rise": "must rise by at least", "stay": "may move by at most"}


def check_nodes(head: Head) -> list[Node]:
    """The machine-readable predictions of a head type, below its ablation."""
    checks = head.ablation.checks if head.ablation else ()
    if not checks:
        return []
    nodes: list[Node] = [Heading("How a run tests it", "checks", 3)]
    return [*nodes, *(Facts(tuple(_check(check))) for check in checks)]


def _check(check: CausalCheck) -> list[tuple[str, Cell]]:
    where = f" at `{check.positions}`" if check.positions else ""
    keys = f" to `{check.keys}`" if check.keys else ""
    at = {"end": "of the answer", "every": "over all tokens"}.get(check.at, f"of what follows `{check.at}`")
    prompts = f"`{check.prompts}`" + "".join(f" {k}={as_json(v)}" for k, v in check.parameters.items())
    rows: list[tuple[str, Cell]] = [
        (
            "Check",
            f"`{check.id}`"
            + (f", for the recipe {', '.join(f'`{r}`' for r in check.recipes)}" if check.recipes else ""),
        ),
        ("Prompts", prompts),
        ("The heads are", f"{EDITS[check.edit]}{keys}{where}"),
        ("Behaviour", f"{check.metric} {at}, at least {check.clean:g} to begin with"),
        ("It", f"{EXPECTS[check.expects]} {check.size:.0%} of that"),
        ("Why so", " ".join(check.reason.split("\n"))),
    ]
    return rows


def outcome_nodes(context: Context, run: Run) -> list[Node]:
    """What came of the causal checks of a run, and of its heads on prompts of other seeds."""
    nodes: list[Node] = []
    if run.causal:
        nodes += [
            Heading("Causal check", "causal"),
            Prose(
                "The heads found were silenced, and so were random sets of as many other heads of the same layers. "
                "[How this decides](@evidence/).",
            ),
            Table(COLUMNS, tuple(Row(_cells(context, run, outcome)) for outcome in run.causal)),
        ]
        for outcome in run.causal:
            if outcome.seeds and outcome.draws:
                rows = tuple(
                    Row(
                        (
                            str(s.seed),
                            number(s.clean),
                            number(s.silenced),
                            f"{number(min(s.control))} to {number(max(s.control))}",
                        )
                    )
                    for s in outcome.seeds
                )
                title = f"{outcome.check.metric}, seed by seed: {outcome.check.id}"
                nodes.append(
                    Table(("Seed", "As it is", "Without the heads", "Without random heads"), rows, caption=title)
                )
    if run.repeats:
        names = list(dict.fromkeys(name for repeat in run.repeats for name in repeat.values))
        cells = [Row((str(r.seed), *(number(r.values.get(name)) for name in names[:12]))) for r in run.repeats]
        nodes += [
            Heading("The score on prompts of other seeds", "repeats"),
            Table(("Seed", *map(str, names[:12])), tuple(cells)),
        ]
    return nodes


COLUMNS = ("Check", "Silenced", "Behaviour", "As it is", "Without them", "Without random heads", "Effect", "Result")


def _cells(context: Context, run: Run, outcome: CausalOutcome) -> tuple[Cell, ...]:
    check = outcome.check
    heads = heads_cell(context, run.model, outcome.heads) if outcome.heads else "none"
    if not outcome.seeds:
        return (f"`{check.id}`", heads, check.metric, "–", "–", "–", "–", f"undecided: {outcome.why}")
    control: Cell = "–"
    if outcome.control:
        mean = sum(outcome.control) / len(outcome.control)
        control = f"{number(mean)} ({number(min(outcome.control))} to {number(max(outcome.control))}; {len(outcome.draws)} sets)"
    return (
        f"`{check.id}`",
        heads,
        check.metric,
        number(outcome.clean),
        number(outcome.silenced),
        control,
        effect_text(outcome),
        outcome.result + (f": {outcome.why}" if outcome.why else ""),
    )


def effect_text(outcome: CausalOutcome) -> str:
    """`falls by 98 % (96 to 99)`: the effect as a share of the clean behaviour, with its interval."""
    verb = {"fall": "falls", "rise": "rises", "stay": "changes"}[outcome.check.expects]
    if outcome.result == "undecided" or outcome.interval is None:
        return "–"
    low, high = outcome.interval
    return f"{verb} by {100 * outcome.effect:.0f} % ({100 * low:.0f} to {100 * high:.0f})"


def causal_page(context: Context) -> Page:
    """Every recipe that was run on a model of this project, with score, causal check, control and verdict."""
    models = context.catalog.models
    runs = [
        run
        for _, run in sorted(context.catalog.runs.items())
        if run.recipe and (run.causal or (run.model in models and models[run.model].type == "organism"))
    ]
    rows = [row for run in runs for row in _rows(context, run)]
    lifted = {run.head for run in runs if run.verdict == "reproduced" and run.causal_result() == "confirmed"}
    counts = [(badge(name), f" {n}") for name in RUNGS if (n := sum(run.verdict == name for run in runs))]
    body: list[Node] = [
        Prose(
            "What recipes found in models, and what happened when the heads found were silenced, beside as many random heads of the same layers. "
            "A head type that was not found, or whose prediction did not hold, stands here like the others.",
            lead=True,
        ),
        bullets(
            [
                f"{len(lifted)} head type{'' if len(lifted) == 1 else 's'} with a causal check confirmed in at least one model",
                joined(counts, "   ") if counts else "No such run is recorded yet.",
                "[How a check decides](@evidence/)",
            ]
        ),
        Table(
            ("Head type", "Model", "Recipe", "Score of the strongest", *COLUMNS[1:], "Verdict"),
            tuple(rows),
            {"model": "Model", "verdict": "Verdict"},
            name="checks",
        ),
    ]
    return Page(
        "reproduction/causal/",
        "Head types put to the test",
        tuple(body),
        "reproduction/",
        "Head types in small models: the heads that recipes found, and what silencing them does beside random heads.",
        wide=True,
        updated=max((run.date for run in runs), default=""),
    )


def _rows(context: Context, run: Run) -> list[Row]:
    best = strongest(run)
    first: tuple[Cell, ...] = (
        ref("heads", run.head),
        ref("models", run.model),
        ref("runs", run.id, run.recipe or ""),
        f"{best[0]} {number(best[1])}" if best else "–",
    )
    found = heads_cell(context, run.model, run.heads, 6) if run.heads else "no head found"
    facets = {"model": run.model, "verdict": run.verdict}
    if not run.causal:
        why = "no check" if run.heads else ""
        return [Row((*first, found, "", "", "", "", "", why, badge(run.verdict)), facets)]
    return [Row((*first, *_cells(context, run, outcome)[1:], badge(run.verdict)), facets) for outcome in run.causal]


def strongest(run: Run) -> tuple[str, float] | None:
    """The head that the score puts first, with its value."""
    flat = [
        (f"L{layer}H{head}", value)
        for layer, row in zip(run.layers or range(len(run.values)), run.values, strict=True)
        for head, value in enumerate(row)
        if value is not None
    ]
    return (max if run.higher_is == "more" else min)(flat, key=lambda pair: pair[1], default=None)
