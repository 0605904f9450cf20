"""Causal checks on pages: how a head type states them, what came of one in a run, and whether the model does what they ask for."""

from __future__ import annotations

from headkb.catalog.directions import run_direction
from headkb.catalog.effects import BEHAVIOURS, change_words
from headkb.catalog.schema import Head, Run
from headkb.catalog.schema.causal import BehaviourSeen, CausalCheck, CausalOutcome
from headkb.catalog.state import catalog_sentences
from headkb.site.compose import facts, one_line, section, table_of
from headkb.site.document import Cell, DataTable, Element, Facts, Fold, Page, Prose, Row
from headkb.site.folded import folded_heads
from headkb.site.parts import Context, keywords, kind_of, number, ref
from headkb.site.showings import SHOWING_COLUMNS, SHOWING_FACETS, instrument_checks, showing_rows, state_box

EDITS = {
    "mean": "replaced by their mean",
    "zero": "set to zero",
    "resample": "replaced by what they are on the corrupted prompts",
    "knock-out": "kept from attending",
}
EXPECTS = {"fall": "must fall by at least", "rise": "must rise by at least", "stay": "may move by at most"}
SHARE = "The change is a share of the behaviour as it is, with its 95 % interval, and is left out where the behaviour crosses zero."
MANY_HEADS = 24
COLUMNS = ("Check", "Silenced", "Behaviour", "As it is", "Without them", "Without random heads", "Change", "Result")


def check_nodes(head: Head) -> list[Element]:
    """The machine-readable predictions of a head type, below its ablation."""
    checks = head.ablation.checks if head.ablation else ()
    return section("How a run tests it", "checks", [_check(check) for check in checks], 3)


def _check(check: CausalCheck) -> Facts:
    recipes = ", ".join(f"`{recipe}`" for recipe in check.recipes)
    where = f" at `{check.positions}`" if check.positions else ""
    keys = f" to `{check.keys}`" if check.keys else ""
    at = {"end": " of the answer", "every": " over all tokens"}.get(check.at, f" of what follows `{check.at}`")
    if check.metric == "mass" and check.at == "end":
        at = ""  # the probability of any answer is that of what stands at the end
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
            f"{BEHAVIOURS[check.metric]}{at}" + (f", at least {check.clean:g} to begin with" if check.clean else ""),
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
    table = DataTable(COLUMNS, tuple(Row(outcome_cells(context, run, outcome)) for outcome in run.causal))
    seeds = [_by_seed(outcome) for outcome in run.causal if outcome.seeds and outcome.draws]
    names = list(dict.fromkeys(name for repeat in run.repeats for name in repeat.values))[:12]
    rows = tuple(Row((str(r.seed), *(number(r.values.get(name)) for name in names))) for r in run.repeats)
    asked = Fold("What each check asks", tuple(_check(outcome.check) for outcome in run.causal), "checks")
    return [
        *section("Causal check", "causal", [Prose(lead), table, *seeds, asked] if run.causal else []),
        *section("Does the model do it?", "behaviours", _behaviours(run)),
        *section("The score on prompts of other seeds", "repeats", DataTable(("Seed", *map(str, names)), rows)),
    ]


def _behaviours(run: Run) -> list[Element]:
    """Whether the model does what the causal checks need, asked where there was no head to silence."""
    if not run.behaviours:
        return []
    lead = "The recipe found no head to silence. Whether the model does what such heads are for was asked all the same."
    table = table_of(
        run.behaviours,
        {
            "Check": lambda b: f"`{b.check.id}`",
            "Prompts": lambda b: f"`{b.check.prompts}`{keywords(b.check.parameters)}",
            "Behaviour": lambda b: BEHAVIOURS[b.check.metric],
            "As it is": lambda b: number(b.clean) if b.seeds else "–",
            "Seed by seed": lambda b: ", ".join(number(row.clean) for row in b.seeds),
            "Needed": lambda b: f"at least {b.check.clean:g}" if b.check.clean else "any",
            "The model does it": lambda b: ("yes" if b.shown else "no") if b.seeds else f"not asked: {b.why}",
        },
    )
    return [Prose(lead), table]


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


def outcome_cells(context: Context, run: Run, outcome: CausalOutcome) -> tuple[Cell, ...]:
    """The cells of `COLUMNS` for one check of a run."""
    check, behaviour = outcome.check, BEHAVIOURS[outcome.check.metric]
    heads = folded_heads(context, run.model, outcome.heads, MANY_HEADS) if outcome.heads else "none"
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
    """One row for each head type in each model where it was looked for, then every recipe that was run there, with score, check and control."""
    catalog = context.catalog
    showings = catalog.evidence.showings.values()
    kinds = {m.id for m in catalog.models.values() if m.type != "exact"}
    runs = [
        run
        for _, run in sorted(catalog.runs.items())
        if run.recipe and run.model in kinds and run.invalidation is None and run.model_source != "published-data"
    ]
    lead = (
        "Head types looked for in models, and what happened when the heads found were silenced, beside as many random heads of the same "
        "layers. A type that was not shown stands here like the others. Kinds of model are never added up."
    )
    types = DataTable(SHOWING_COLUMNS, showing_rows(context, showings), SHOWING_FACETS, name="showings")
    recipes = DataTable(
        ("Head type", "Model", "Recipe", "Strongest head", *COLUMNS[1:]),
        tuple(row for run in runs for row in _rows(context, run)),
        {"kind": "Kind of model", "model": "Model", "role": "Recipe is", "result": "Causal check"},
        name="checks",
    )
    told = [state_box(catalog_sentences(catalog)[1:])] if runs else [Prose("No such run is recorded yet.")]
    body: list[Element] = [
        Prose(lead, lead=True),
        *told,
        Prose(f"{SHARE} [How this decides](@evidence/)."),
        *section("Head types in models", "types", types),
        *section("Recipe by recipe", "recipes", recipes),
        *section("Instrument checks", "instrument", instrument_checks(context, catalog.newest_runs)),
    ]
    return Page(
        path="reproduction/causal/",
        title="Head types put to the test",
        body=tuple(body),
        parent="reproduction/",
        description="Which head types are shown in which models: the heads that recipes found, and what silencing them does beside random heads.",
        wide=True,
        updated=max((run.date for run in runs), default=""),
    )


def _rows(context: Context, run: Run) -> list[Row]:
    best = run.strongest(run_direction(context.catalog.scores, run))
    role = context.catalog.evidence.outcome(run).role
    first: tuple[Cell, ...] = (
        ref("heads", run.head),
        ref("models", run.model),
        (ref("runs", run.id, run.recipe or ""), f" ({role})" if role else ""),
        f"{best[0]} {number(best[1])}" if best else "–",
    )
    facets = {"kind": kind_of(context, run.model), "model": context.name("models", run.model), "role": role or "former"}
    if run.causal:
        return [
            Row((*first, *outcome_cells(context, run, outcome)[1:]), {**facets, "result": outcome.result})
            for outcome in run.causal
        ]
    heads = folded_heads(context, run.model, run.heads, 6) if run.heads else "no head found"
    if not run.behaviours:
        return [Row((*first, heads, "", "", "", "", "", "no check" if run.heads else ""), {**facets, "result": "none"})]
    return [
        Row(
            (*first, heads, BEHAVIOURS[b.check.metric], number(b.clean) if b.seeds else "–", "", "", "", _does(b)),
            {**facets, "result": "none"},
        )
        for b in run.behaviours
    ]


def _does(seen: BehaviourSeen) -> str:
    """Whether the model does what a check asks for, where no head was silenced."""
    if not seen.seeds:
        return f"behaviour not asked: {seen.why}"
    return "the model does it" if seen.shown else f"the model does not do it: needed {seen.check.clean:g}"
