"""Many recorded runs, rerun model by model: each model is loaded once, and only one is held."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from headkb.catalog import Catalog
from headkb.catalog.schema import Run
from headkb.errors import HeadkbError
from headkb.models import LoadedModel
from headkb.reproduce.carry_out import at_seed, repeat_request, request_of
from headkb.reproduce.kept import Before, Kept
from headkb.reproduce.measurements import Measurements, OnBatch
from headkb.reproduce.plan import plan_of_run
from headkb.reproduce.request import Request
from headkb.reproduce.rerun import Rerun, rerun

Load: TypeAlias = Callable[[str, str | None, str, str | None], LoadedModel]
"""(name, revision, dtype, part) → the model."""


@dataclass(frozen=True)
class Rerunning:
    """What became of rerunning a record.

    Attributes:
        rerun: The result.
        error: The exception behind `failed`.
        kept: When it was rerun, if that was before this call; else empty.
    """

    rerun: Rerun
    error: Exception | None = None
    kept: str = ""


def rerun_all(
    catalog: Catalog,
    runs: Iterable[Run],
    load: Load,
    *,
    kept: Kept | None = None,
    on_run: Callable[[Run], OnBatch | None] = lambda _: None,
) -> Iterator[Rerunning]:
    """Rerun records; each result comes as soon as it is there, and is kept before it is given out. One that fails stops no other.

    Args:
        catalog: Where the records and their models stand.
        runs: The records; those of one model follow each other, in the order of the first of them.
        load: Gets a model by name, revision, dtype and part.
        kept: Results of an earlier, interrupted call; what was left out or failed is not kept, so it is tried again.
        on_run: Called before each record that is rerun; gives its progress callback.
    """
    groups: dict[tuple[Any, ...], list[Run]] = {}
    for run in runs:
        published = run.model_source == "published-data"
        placed = (published,) if published else (published, run.model, run.revision, run.dtype, run.part)
        groups.setdefault(placed, []).append(run)
    for some in groups.values():
        yield from _group(catalog, some, functools.cache(load), kept, on_run)


def _group(
    catalog: Catalog, runs: list[Run], load: Load, kept: Kept | None, on_run: Callable[[Run], OnBatch | None]
) -> Iterator[Rerunning]:
    """Records of one model, or of published data."""
    loaded, first = None, runs[0]
    if first.model_source != "published-data" and any(run.prompts.file is None for run in runs):
        try:
            loaded = load(first.model, first.revision, first.dtype, first.part)
        except Exception:  # each record tells it
            kept = None
    todo: list[tuple[Run, str]] = []
    for run in runs:
        key = _key(kept, run, loaded)
        before = kept.get(key) if kept is not None and key else None
        old = None if before is None else _of(run, before)
        if before is None or old is None:
            todo.append((run, key))
        else:
            yield Rerunning(old, kept=before.finished)
    requests = [[] if loaded is None else _requests(run, loaded) for run, _ in todo]
    measurements = None if loaded is None else Measurements(loaded)
    if measurements is not None:
        for wanted in requests:
            measurements.expect(wanted)
    for (run, key), wanted in zip(todo, requests, strict=True):
        share = Measurements if measurements is None else functools.partial(_same, measurements)
        try:
            result = rerun(run, catalog.resolve("models", run.model), load, on_run(run), share)
        except Exception as error:
            yield Rerunning(Rerun(run, "failed", float("nan"), _reason(error)), error)
            continue
        finally:
            if measurements is not None:
                measurements.release(wanted)
        if kept is not None and key and result.status in ("met", "drifted"):
            kept.add(key, {"status": result.status, "drift": result.drift, "note": result.note})
        yield Rerunning(result)


def _same(measurements: Measurements, _: LoadedModel) -> Measurements:
    return measurements


def _requests(run: Run, loaded: LoadedModel) -> list[Request]:
    """Everything that a rerun asks of its model; nothing if it cannot, which it then says itself."""
    if run.prompts.file is not None:
        return []
    try:
        plan = plan_of_run(run)
        again = [repeat_request(at_seed(plan, repeat.seed), loaded, tuple(repeat.values)) for repeat in run.repeats]
        return [request_of(plan, loaded), *again]
    except Exception:
        return []


def _key(kept: Kept | None, run: Run, loaded: LoadedModel | None) -> str:
    try:
        return "" if kept is None else kept.key_of_record(run, loaded)
    except HeadkbError:
        return ""


def _of(run: Run, before: Before) -> Rerun | None:
    data: Mapping[str, Any] = before.result
    try:
        return Rerun(run, str(data["status"]), float(data["drift"]), str(data["note"]))
    except (KeyError, TypeError, ValueError):
        return None


def _reason(error: Exception) -> str:
    return str(error) if isinstance(error, HeadkbError) else f"{type(error).__name__}: {error}"
