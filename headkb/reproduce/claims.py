"""Published claims, each on its own model: a run, or the reason why there is none."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from headkb.catalog import Catalog, Statement
from headkb.catalog.schema import Run
from headkb.errors import HeadkbError, UnknownNameError
from headkb.models import LoadedModel
from headkb.reproduce.kept import Kept
from headkb.reproduce.measurements import OnBatch
from headkb.reproduce.plan import NotRerunnableError, Plan, plan_of_claim
from headkb.reproduce.session import carry_out_all


@dataclass(frozen=True)
class ClaimRerun:
    """What became of one claim.

    Attributes:
        claim: Its full id, `<file>/<claim>`.
        run: Its run; None if it could not be run.
        reason: Why not; empty if it was run.
        error: The exception behind the reason, if it is one that nobody foresaw.
        kept: When the run was made, if that was before this call; else empty.
    """

    claim: str
    run: Run | None
    reason: str = ""
    error: Exception | None = None
    kept: str = ""


def claims_named(catalog: Catalog, names: Iterable[str], model_id: str | None = None) -> list[Statement]:
    """The claims with these names, of one model or of all.

    Args:
        catalog: The catalog.
        names: Ids of claims, also former ones, of claim files or head types; empty = every claim.
        model_id: Only claims about this model, or about the one that it is a quantised copy of.

    Raises:
        CatalogError: If the file of that name was refused.
        UnknownNameError: If a name is none of these.
    """
    wanted = [catalog.former_claims.get(name, name) for name in names]
    for name in wanted:
        if name not in catalog.statements and name not in catalog.claims and name not in catalog.heads:
            catalog.raise_if_refused("claims", name)
            catalog.raise_if_refused("heads", name)
            known = [*catalog.heads, *catalog.claims, *catalog.statements]
            remedy = f"`headkb list claims` shows all.{catalog.refusals('claims', 'heads')}"
            raise UnknownNameError("claim, claim file or head type", name, known, remedy)
    model = catalog.models.get(model_id or "")
    about = {model_id, model.quantisation_of if model else None}
    return [
        s
        for _, s in sorted(catalog.statements.items())
        if (not wanted or {s.id, s.file.id, s.claim.head, s.claim.about} & set(wanted))
        and (model_id is None or s.claim.model in about)
    ]


def rerun_claims(
    catalog: Catalog,
    statements: Iterable[Statement],
    load: Callable[[str], LoadedModel],
    on_plan: Callable[[Plan], OnBatch | None] = lambda _: None,
    *,
    on: str | None = None,
    kept: Kept | None = None,
) -> Iterator[ClaimRerun]:
    """Run every claim that can be run, model by model, so that one model at a time is held in memory; then give the reasons of the others.

    Args:
        catalog: The catalog that the claims are of.
        statements: Claims of any models.
        load: Gets a model by its catalog id; called once a model, and only if one of its claims can be run.
        on_plan: Gives each plan its progress callback.
        on: Catalog id of the model that all of them are run on, such as a quantised copy; None = each on its own.
        kept: Results of an earlier, interrupted call.
    """
    by_model: dict[str, list[Plan]] = {}
    refused: list[ClaimRerun] = []
    for statement in statements:
        try:
            plan = plan_of_claim(statement)
        except HeadkbError as error:
            reason = error.reason if isinstance(error, NotRerunnableError) else str(error)
            refused.append(ClaimRerun(statement.id, None, reason))
        else:
            by_model.setdefault(on or statement.claim.model, []).append(plan)
    for model_id, plans in sorted(by_model.items()):
        try:
            loaded = load(model_id)
        except Exception as error:
            yield from (_failed(plan, error) for plan in plans)
            continue
        for done in carry_out_all(catalog, plans, loaded, kept=kept, on_plan=on_plan):
            if done.error is not None:
                yield _failed(done.plan, done.error)
            else:
                yield ClaimRerun(done.plan.claim or "", done.run, kept=done.kept)
        del loaded  # before the next one is loaded
    yield from refused


def _failed(plan: Plan, error: Exception) -> ClaimRerun:
    foreseen = isinstance(error, HeadkbError)
    reason = str(error) if foreseen else f"{type(error).__name__}: {error}"
    return ClaimRerun(plan.claim or "", None, reason, None if foreseen else error)
