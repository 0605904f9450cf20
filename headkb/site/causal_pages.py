"""Causal checks on pages: how a head type states them, what came of one in a run, and the table of all of them."""

from __future__ import annotations

from headkb.catalog.directions import run_direction
from headkb.catalog.effects import BEHAVIOURS, change_words
from headkb.catalog.schema import Head, Run
from headkb.catalog.schema.causal import CausalCheck, CausalOutcome
from headkb.site.compose import counted, facts, one_line, section, table_of
from headkb.site.document import Cell, DataTable, Element, Facts, Page, Prose, Row
from headkb.site.evidence import RUNGS, badge
from headkb.site.parts import Context, bullets, heads_cell, joined, keywords, number, ref

EDITS = {
    "mean": "replaced by their mean",
    "zero": "set to zero",
    "resample": "replaced by what they are on the corrupted prompts",
    "knock-out": "kept from attending",
}
EXPECTS = {"fall": "must fall by at least", "rise": "must rise by at least", "stay": "may move by at most"}
SHARE = "The change is a share of the behaviour as it is, with its 95 % interval, and is left out where the behaviour crosses zero."
COLUMNS = ("Check", "Silenced", "Behaviour", "As it is", "Without them", "Without random heads", "Change", "Result")


def check_nodes(head: Head) -> list[Element]:
    """The machine-readable predictions of a head type, below its ablation."""
    checks = head.ablation.checks if head.ablation else ()
    return section("How a run tests it", "checks", [_check(check) for check in checks], 3)


def _check(check: CausalCheck) -> Facts:
    recipes = ", ".join(f"`{recipe}`" for recipe in check.recipes)
    where = f" at `{check.positions}`" if check.positions else ""
    keys = f" to `{check.keys}`" if check.keys else ""
    at = {"end": "of the answer", "every": "over all tokens"}.get(check.at, f"of what follows `{check.at}`")
    return facts(
        ("Check", f"`{check.id}`" + (f", for the recipe {recipes}" if recipes else "")),
        *(
            [("Made", f"where the model does not show the behaviour of `{check.instead_of}`")]
            if check.instead_of
            else ()
        ),
        ("Prompts", f"`{check.prompts}`{keywords(check.parameters, ' ')}"),
        ("The heads are", f"{EDITS[check.edit]}{keys}{where}"),
        (
            "Behaviour",
            f"{BEHAVIOURS[check.metric]} {at}" + (f", at least {check.clean:g} to begin with" if check.clean else ""),
        ),
        ("It", f"{EXPECTS[check.expects]} {check.size:.0%} of that"),
        ("Why so", one_line(check.reason)),
    )


def outcome_nodes(context: Context, run: Run) -> list[Element]:
    """What came of the causal checks of a run, and of its heads on prompts of other seeds."""
    lead = (
        "The heads found were silenced, and so were random sets of as many other heads of the same layers. "
        f"{SHARE} [How this decides](@evidence/)."
    )
    table = DataTable(COLUMNS, tuple(Row(_cells(context, run, outcome)) for outcome in run.causal))
    seeds = [_by_seed(outcome) for outcome in run.causal if outcome.seeds and outcome.draws]
    names = list(dict.fromkeys(name for repeat in run.repeats for name in repeat.values))[:12]
    rows = tuple(Row((str(r.seed), *(number(r.values.get(name)) for name in names))) for r in run.repeats)
    return [
        *section("Causal check", "causal", [Prose(lead), table, *seeds] if run.causal else []),
        *section("The score on prompts of other seeds", "repeats", DataTable(("Seed", *map(str, names)), rows)),
    ]


def _by_seed(outcome: CausalOutcome) -> DataTable:
    return table_of(
        outcome.seeds,
        {
            "Seed": lambda s: str(s.seed),
            "As it is": lambda s: number(s.clean),
            "Without the heads": lambda s: number(s.silenced),
            "Without random heads": lambda s: f"{number(min(s.control))} to {number(max(s.control))}",
        },
        caption=f"{BEHAVIOURS[outcome.check.metric]}, seed by seed: {outcome.check.id}",
    )


def _cells(context: Context, run: Run, outcome: CausalOutcome) -> tuple[Cell, ...]:
    check, behaviour = outcome.check, BEHAVIOURS[outcome.check.metric]
    heads = heads_cell(context, run.model, outcome.heads) if outcome.heads else "none"
    if not outcome.seeds:
        return (f"`{check.id}`", heads, behaviour, "–", "–", "–", "–", f"undecided: {outcome.why}")
    control: Cell = "–"
    if outcome.control:
        mean = sum(outcome.control) / len(outcome.control)
        control = f"{number(mean)} ({number(min(outcome.control))} to {number(max(outcome.control))}; {len(outcome.draws)} sets)"
    return (
        f"`{check.id}`",
        heads,
        behaviour,
        number(outcome.clean),
        number(outcome.silenced),
        control,
        change_words(outcome) or "–",
        outcome.result + (f": {outcome.why}" if outcome.why else ""),
    )


def causal_page(context: Context) -> Page:
    """Every recipe that was run on a model of this project or put to a causal check, with score, causal check, control and verdict."""
    organisms = {model.id for model in context.catalog.models.values() if model.type == "organism"}
    runs = [
        run for _, run in sorted(context.catalog.runs.items()) if run.recipe and (run.causal or run.model in organisms)
    ]
    confirmed: dict[str, set[str]] = {}  # by kind of model, for kinds are not added up
    for run in runs:
        if run.verdict == "reproduced" and run.causal_result() == "confirmed":
            confirmed.setdefault(context.catalog.models[run.model].type, set()).add(run.head)
    counts = [(badge(name), f" {n}") for name in RUNGS if (n := sum(run.verdict == name for run in runs))]
    body = (
        Prose(
            "What recipes found in models, and what happened when the heads found were silenced, beside as many random heads of the same layers. "
            "A head type that was not found, or whose prediction did not hold, stands here like the others.",
            lead=True,
        ),
        bullets(
            [
                *(
                    f"{counted(len(types), 'head type')} with a causal check confirmed in at least one {kind} model"
                    for kind, types in sorted(confirmed.items(), reverse=True)
                ),
                joined(counts, "   ") if counts else "No such run is recorded yet.",
                f"{SHARE} [How a check decides](@evidence/)",
            ]
        ),
        DataTable(
            ("Head type", "Model", "Recipe", "Score of the strongest", *COLUMNS[1:], "Verdict"),
            tuple(row for run in runs for row in _rows(context, run)),
            {"model": "Model", "verdict": "Verdict"},
            name="checks",
        ),
    )
    return Page(
        path="reproduction/causal/",
        title="Head types put to the test",
        body=body,
        parent="reproduction/",
        description="Head types in public models and in those of this project: the heads that recipes found, and what silencing them does beside random heads.",
        wide=True,
        updated=max((run.date for run in runs), default=""),
    )


def _rows(context: Context, run: Run) -> list[Row]:
    best = run.strongest(run_direction(context.catalog.scores, run))
    first: tuple[Cell, ...] = (
        ref("heads", run.head),
        ref("models", run.model),
        ref("runs", run.id, run.recipe or ""),
        f"{best[0]} {number(best[1])}" if best else "–",
    )
    heads = heads_cell(context, run.model, run.heads, 6) if run.heads else "no head found"
    facets = {"model": run.model, "verdict": run.verdict}
    if not run.causal:
        why = "no check" if run.heads else ""
        return [Row((*first, heads, "", "", "", "", "", why, badge(run.verdict)), facets)]
    return [Row((*first, *_cells(context, run, outcome)[1:], badge(run.verdict)), facets) for outcome in run.causal]
