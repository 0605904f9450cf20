"""Rerun the published claims about small models of the hub, record what is new or has changed, and say so in the words of a pull request.

    python tools/rerun_hub_claims.py                          GPT-2 small, DistilGPT-2, Pythia-70m and Pythia-160m
    python tools/rerun_hub_claims.py gpt2 --text CHANGES.md   one of them; the text goes into a file

A model is loaded at the commit that its record names. A record that names none is given the one that the hub serves now, so that every
later run is made with the same weights. A claim that fails does not keep the others from being run.

Exit code 0: done, whether or not anything changed; 2: no model could be had, or wrong use.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import click

from headkb import Catalog, HeadkbError, load_catalog
from headkb.catalog.pinning import FROM_HUB
from headkb.catalog.schema import Run
from headkb.models import LoadedModel, load_model
from headkb.models.identity import is_pinned
from headkb.reproduce import NotRerunnableError, check_recordable, claims_named, plan_of_claim, run_on_model, write_run

CATALOG = Path(__file__).parent.parent / "catalog"
MODELS = ("gpt2", "distilgpt2", "pythia-70m", "pythia-160m")

Load = Callable[[Catalog, str], LoadedModel]
"""(catalog, id) → the model."""


@dataclass(frozen=True)
class Change:
    """A run that was recorded.

    Attributes:
        before: The claim's run before it with what that says, such as `met`; None if there was none.
        after: The run.
        says: What it says.
        what: In what the two differ.
    """

    before: tuple[Run, str] | None
    after: Run
    says: str
    what: str


@dataclass
class Report:
    """What came of it.

    Attributes:
        changed: Runs that were recorded.
        same: Claims whose rerun says what their last run says; nothing was recorded.
        failed: Claim → why it could not be run this time.
        left_out: Claims that no rerun can test as their records stand.
        pinned: Model → the commit that was written into its record.
        absent: Model → why it could not be had.
    """

    changed: list[Change] = field(default_factory=list)
    same: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)
    pinned: dict[str, str] = field(default_factory=dict)
    absent: dict[str, str] = field(default_factory=dict)


def from_catalog(catalog: Catalog, name: str) -> LoadedModel:
    """The model at the revision of its record."""
    return load_model(name, catalog_models=catalog.models)


def rerun_models(root: Path, models: Sequence[str], load: Load = from_catalog) -> Report:
    """Rerun all claims about these models and write what is new or differs into the catalog, one model in memory at a time.

    Args:
        root: Folder of the catalog.
        models: Catalog ids.
        load: Gets a model; the tests' stand-in comes in here.

    Raises:
        UnknownNameError: If there is no record of one of the models.
    """
    report = Report()
    catalog = load_catalog(root)
    for name in [catalog.resolve("models", name).id for name in models]:
        try:
            loaded = load(catalog, name)
            check_recordable(catalog, loaded)
        except Exception as error:  # whatever one model runs into, the others go on
            report.absent[name] = _first_line(error)
            continue
        if catalog.models[name].revision is None and loaded.passport.source in FROM_HUB:
            catalog = pin(root, name, str(loaded.passport.revision))
            report.pinned[name] = str(loaded.passport.revision)
            pinned = is_pinned(loaded.passport, catalog.models[name])
            loaded = replace(loaded, passport=replace(loaded.passport, pinned=pinned))
        _rerun_claims(catalog, loaded, report)
        del loaded  # before the next one is loaded
    return report


def pin(root: Path, name: str, commit: str) -> Catalog:
    """Write the commit into the record of a model, behind its name on the hub; the catalog as it is then."""
    path = root / "models" / f"{name}.yaml"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    at = next(number for number, line in enumerate(lines) if line.startswith("hub_id:"))
    path.write_text("".join([*lines[: at + 1], f"revision: {commit}\n", *lines[at + 1 :]]), encoding="utf-8")
    return load_catalog(root)


def _rerun_claims(catalog: Catalog, loaded: LoadedModel, report: Report) -> None:
    for statement in claims_named(catalog, (), loaded.id):
        try:
            after = run_on_model(catalog, plan_of_claim(statement), loaded)
            last = last_run(catalog, statement.id, loaded.id)
            before = None if last is None else (last, catalog.evidence.judged(last).word)
            says = catalog.evidence.judged(after).word
            what = difference(before, (after, says))
            if what:
                write_run(after, catalog.root)
        except NotRerunnableError:
            report.left_out.append(statement.id)
            continue
        except Exception as error:  # whatever one claim runs into, the others go on
            report.failed[statement.id] = _first_line(error)
            continue
        if what:
            report.changed.append(Change(before, after, says, what))
        else:
            report.same.append(statement.id)


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def last_run(catalog: Catalog, claim: str, model: str) -> Run | None:
    """The newest run of a claim on this model; neither one on published data nor one that was withdrawn."""
    runs = [
        run
        for run in catalog.runs_of_claim.get(claim, [])
        if run.model == model and run.model_source != "published-data" and run.invalidation is None
    ]
    return max(runs, key=lambda run: (run.date, run.id), default=None)


def difference(old: tuple[Run, str] | None, new: tuple[Run, str]) -> str:
    """In what a run differs from the one before it, in a few words; empty if it says the same of the same weights and prompts.

    Args:
        old: The run before it, with what that says of the claim; None if there was none.
        new: The run, with what it says.
    """
    if old is None:
        return "first run"
    (before, said), (after, says) = old, new
    parts = []
    if said != says:
        parts.append(f"{said} → {says}")
    if (before.revision, before.weights_sha256) != (after.revision, after.weights_sha256):
        parts.append(f"other weights ({_weights(before)} → {_weights(after)})")
    if before.score_version != after.score_version:
        parts.append(f"version {before.score_version} → {after.score_version} of {after.score}")
    if before.prompts.sha256 != after.prompts.sha256:
        parts.append("other prompts")
    if (before.expected, _asked(before)) != (after.expected, _asked(after)):
        parts.append("the claim asks for something else")
    was, now = before.scores(), after.scores()
    moved = max((abs(now[head] - was[head]) for head in was.keys() & now.keys()), default=0.0)
    if was.keys() != now.keys():
        parts.append("other heads were measured")
    if moved > before.rerun_tolerance:
        parts.append(f"values moved by up to {moved:.2g}")
    return "; ".join(parts)


def _weights(run: Run) -> str:
    return (run.revision or run.weights_sha256 or "unknown")[:12]


def _asked(run: Run) -> tuple[float | None, float | None] | None:
    return None if run.table is None else (run.table.tolerance, run.table.least_rank_correlation)


def summary(report: Report) -> str:
    """One line of counts."""
    return (
        f"{len(report.changed)} runs recorded, {len(report.same)} claims as before, {len(report.failed)} failed, "
        f"{len(report.left_out)} cannot be rerun, {len(report.absent)} models not to be had"
    )


def text_of(report: Report) -> str:
    """The text of the pull request, in Markdown."""
    parts = ["Published claims about models of the hub were rerun. " + summary(report) + "."]
    if report.changed:
        rows = [f"| {' | '.join(map(_cell, _row(change)))} |" for change in report.changed]
        parts.append("\n".join(["| Claim | Before | Now | Result | What changed |", "|---|---|---|---|---|", *rows]))
    if report.pinned:
        lines = [f"- `{name}`: `{commit}`" for name, commit in report.pinned.items()]
        parts.append(
            "\n".join(
                ["Commits written into the records of models, so that later runs take the same weights:", "", *lines]
            )
        )
    for title, reasons in (("Claims that failed", report.failed), ("Models that could not be had", report.absent)):
        if reasons:
            parts.append("\n".join([f"{title}:", "", *(f"- `{name}`: {reason}" for name, reason in reasons.items())]))
    if report.left_out:
        parts.append(f"Why the {len(report.left_out)} others cannot be rerun: `headkb reproduce --claims`.")
    return "\n\n".join(parts) + "\n"


def _row(change: Change) -> tuple[str, ...]:
    before = "not rerun" if change.before is None else f"{change.before[1]}, {change.before[0].date}"
    return f"`{change.after.claim}`", before, change.says, result(change.after), change.what


def result(run: Run) -> str:
    """What was compared, on one line."""
    if run.table is not None:
        return run.table.text()
    shown = [f"{e.head} {run.value_of(*e.head)} ({e.value:.4g} ± {e.tolerance:g})" for e in run.expected]
    return ", ".join(shown[:3]) + (f" and {len(shown) - 3} more" if len(shown) > 3 else "")


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


@click.command()
@click.argument("models", nargs=-1)
@click.option("--catalog", "root", type=click.Path(path_type=Path, exists=True), default=CATALOG, help="The catalog.")
@click.option(
    "--text", "target", type=click.Path(path_type=Path, dir_okay=False), help="File for the pull request's text."
)
def main(models: tuple[str, ...], root: Path, target: Path | None) -> None:
    """Rerun the claims about MODELS, by default GPT-2 small, DistilGPT-2, Pythia-70m and Pythia-160m."""
    try:
        report = rerun_models(root, models or MODELS)
    except HeadkbError as error:
        raise click.UsageError(str(error)) from None
    if len(report.absent) == len(models or MODELS):
        raise click.UsageError(f"no model could be had. {next(iter(report.absent.values()))}")
    if target is None:
        click.echo(text_of(report), nl=False)
    else:
        target.write_text(text_of(report), encoding="utf-8")
        click.echo(summary(report))


if __name__ == "__main__":
    main()
