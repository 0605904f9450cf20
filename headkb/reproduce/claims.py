"""The claims of the catalog on their own models, one after the other: a run of each, or the reason why there is none."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from headkb.catalog import Catalog, Statement
from headkb.catalog.schema import Run
from headkb.errors import HeadkbError, UnknownNameError
from headkb.models import LoadedModel
from headkb.reproduce.carry_out import run_on_model
from headkb.reproduce.plan import NotRerunnableError, Plan, plan_of_claim

OnBatch = Callable[[int, int], None]


@dataclass(frozen=True)
class Outcome:
    """What became of one claim.

    Attributes:
        claim: Its full id, `<file>/<claim>`.
        run: The run with its verdict, None if it could not be run.
        reason: Why not; empty if it was run.
    """

    claim: str
    run: Run | None
    reason: str = ""


def claims_named(catalog: Catalog, names: Iterable[str], model_id: str | None = None) -> list[Statement]:
    """The claims with these names, of one model or of all.

    Args:
        catalog: The catalog.
        names: Ids of claims, claim files or head types; empty = every claim.
        model_id: Only claims about this model.

    Raises:
        CatalogError: If the file of that name was refused.
        UnknownNameError: If a name is none of these.
    """
    wanted = list(names)
    for name in wanted:
        if name not in catalog.statements and name not in catalog.claims and name not in catalog.heads:
            catalog.raise_if_refused("claims", name)
            catalog.raise_if_refused("heads", name)
            known = [*catalog.heads, *catalog.claims, *catalog.statements]
            remedy = f"`headkb list claims` shows all.{catalog.refusals('claims', 'heads')}"
            raise UnknownNameError("claim, claim file or head type", name, known, remedy)
    return [
        s
        for _, s in sorted(catalog.statements.items())
        if (not wanted or {s.id, s.file.id, s.claim.head, s.claim.about} & set(wanted))
        and (model_id is None or s.claim.model == model_id)
    ]


def rerun_claims(
    catalog: Catalog,
    statements: Iterable[Statement],
    load: Callable[[str], LoadedModel],
    on_batch: Callable[[Plan], OnBatch | None] = lambda _: None,
) -> Iterator[Outcome]:
    """Run every claim that can be run, model by model, so that one model at a time is held in memory.

    Args:
        catalog: The catalog that the claims are of.
        statements: Claims of any models.
        load: Gets a model by its catalog id; called once a model, and only if one of its claims can be run.
        on_batch: Gives each plan its progress callback.
    """
    by_model: dict[str, list[Plan]] = {}
    for statement in statements:
        try:
            plan = plan_of_claim(statement)
        except HeadkbError as error:
            yield Outcome(statement.id, None, error.reason if isinstance(error, NotRerunnableError) else str(error))
        else:
            by_model.setdefault(statement.claim.model, []).append(plan)
    for model_id, plans in sorted(by_model.items()):
        try:
            loaded = load(model_id)
        except HeadkbError as error:
            yield from (Outcome(plan.claim or "", None, str(error)) for plan in plans)
            continue
        for plan in plans:
            try:
                yield Outcome(plan.claim or "", run_on_model(catalog, plan, loaded, on_batch(plan)))
            except HeadkbError as error:
                yield Outcome(plan.claim or "", None, str(error))
        del loaded  # before the next one is loaded
