"""Every head of a model under one or several scores."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from headkb import catalog_path
from headkb.analysis.head_column import HeadColumn
from headkb.analysis.head_table import HeadTable, check_any
from headkb.analysis.model_of import ModelLike, evaluating, model_of
from headkb.analysis.prompts_of import PromptsLike, own_prompts
from headkb.catalog import Catalog
from headkb.catalog.directions import score_direction
from headkb.catalog.load import load_kind
from headkb.catalog.schema import ScoreRecord
from headkb.catalog.settings import place_settings
from headkb.errors import HeadkbError, ReproductionError, ShapeError, UnknownNameError
from headkb.keywords import keywords_of
from headkb.models import LoadedModel
from headkb.plugins import load_plugins
from headkb.prompts import get_generator
from headkb.reproduce import Measurements, OnBatch, Request, request
from headkb.scores import SCORES, Score, get_score
from headkb.tensors import Prompts


@dataclass(frozen=True)
class AskedScore:
    """A score that somebody asks for, its names and keywords checked; no model is known yet.

    Attributes:
        score: The score.
        record: What the catalog says of it; None for one of a plug-in.
        generator: The prompt generator that was asked for; None = the score's own.
        for_prompts: Keywords of the generator.
        for_score: Keywords of the score.
        records: The records of all scores.
    """

    score: Score
    record: ScoreRecord | None
    generator: str | None
    for_prompts: Mapping[str, Any]
    for_score: Mapping[str, Any]
    records: Mapping[str, ScoreRecord]


def score_heads(
    model: ModelLike,
    scores: str | Iterable[str] | None = None,
    prompts: PromptsLike = None,
    *,
    tokenizer: Any | None = None,
    n: int = 40,
    seed: int = 0,
    settings: Mapping[str, Any] | None = None,
    device: str | None = None,
    dtype: str | None = None,
    batch: int | None = None,
    part: str | None = None,
    revision: str | None = None,
    plugins: Iterable[str | Path] = (),
    catalog: Catalog | None = None,
) -> HeadTable:
    """Score every head of a model; scores that read attention on the same prompts share its passes.

    The numbers are those of `headkb score`. A score that fails on this model does not lose the others: `.errors` holds its reason.

    Args:
        model: A catalog id, hub id, folder or GGUF file; a transformers model object, which is left as it is; or a loaded model.
        scores: Ids such as "induction", one or several (`headkb list scores`); None = every score that reads attention patterns.
        prompts: None = each score's own generator; the name of one; a list of texts; or `Prompts`. Scores that need named positions or
            answers cannot take texts.
        tokenizer: Of a model object.
        n: Number of prompts that a generator makes.
        seed: Of the generator.
        settings: Keywords of generators and scores, such as `{"period": 12, "score.measure": "mul", "induction.threshold": 0.1}`; a bare
            name goes to every generator or score that has it.
        device: Where a model that is named is loaded to; the CPU by default.
        dtype: In which numbers; float32 by default.
        batch: How many tokens go through the model at once at most; by default as many as free memory allows.
        part: `encoder`, `decoder` or `cross` of an encoder–decoder model; `text` or `vision` of CLIP and its kin.
        revision: Commit, tag or branch on the hub.
        plugins: Python files that register scores or generators of your own.
        catalog: Whose records say what scores need and which values they look for; the one that ships with headkb by default.

    Returns:
        A `HeadTable`: `heads["induction"]["L5H1"]`, `.top(5)`, `.to_pandas()`, `.plot()`, `.save("heads.parquet")`.

    Raises:
        UnknownNameError: If a score, generator, keyword or value does not exist; before a model is loaded.
        ModelError: If the model cannot be loaded or observed.
        HeadkbError: If the prompts cannot be made, or none of the scores can be measured.

    Example:
        >>> heads = score_heads("exact-induction", ["induction", "previous-token"], n=4)
        >>> heads.top(1)
        induction       L1H0 1.000
        previous-token  L0H0 1.000
    """
    load_plugins(plugins)
    records = load_kind(catalog_path(), "scores")[0] if catalog is None else catalog.scores
    generator = prompts if isinstance(prompts, str) and not any(map(str.isspace, prompts)) else None
    own = prompts is not None and generator is None
    asked = asked_scores(scores, records, generator=generator, own=own, settings=settings)
    models = None if catalog is None else catalog.models
    loaded = model_of(
        model, tokenizer, device=device, dtype=dtype, revision=revision, part=part, batch=batch, catalog_models=models
    )
    return measure_scores(loaded, asked, own_prompts(loaded, prompts), n=n, seed=seed, part=part)


def asked_scores(
    scores: str | Iterable[str] | None,
    records: Mapping[str, ScoreRecord],
    *,
    generator: str | None = None,
    own: bool = False,
    settings: Mapping[str, Any] | None = None,
    variant: str | None = None,
) -> list[AskedScore]:
    """What is asked for, every name and keyword checked before a model is loaded.

    Args:
        scores: As of `score_heads`.
        records: Records of scores.
        generator: One generator for all; None = each score's own.
        own: Whether the prompts are the caller's, so that no generator takes keywords.
        settings: As of `score_heads`.
        variant: A published variant that each of the scores has.

    Raises:
        UnknownNameError: If there is no such score, generator, variant or keyword.
        HeadkbError: If there are no scores, or a keyword does not take its value.
    """
    if scores is None:
        names = sorted(score.id for score in SCORES.values() if score.reads == "pattern")
    else:
        names = list(dict.fromkeys([scores] if isinstance(scores, str) else scores))
    if not names:
        raise HeadkbError("there are no scores. Name one or more, such as 'induction'; `headkb list scores` lists all.")
    chosen = [get_score(name) for name in names]
    makers = [None if own else get_generator(generator or score.prompts) for score in chosen]
    owners = [
        (
            ("your own prompts", {}) if maker is None else (maker.id, keywords_of(maker.function)),
            (score.id, score.parameters),
        )
        for score, maker in zip(chosen, makers, strict=True)
    ]
    placed = place_settings(settings or {}, owners)
    asked = []
    for score, (for_prompts, for_score) in zip(chosen, placed, strict=True):
        record = records.get(score.id)
        variants = record.variants if record else {}
        if variant is not None and variant not in variants:
            raise UnknownNameError(
                f"variant of {score.id}", variant, variants, f"It has {', '.join(variants) or 'none'}."
            )
        keywords = {**(variants[variant].parameters if variant else {}), **for_score}
        asked.append(AskedScore(score, record, generator, for_prompts, keywords, records))
    return asked


def measure_scores(
    loaded: LoadedModel,
    asked: Sequence[AskedScore],
    given: Prompts | None = None,
    *,
    n: int = 40,
    seed: int = 0,
    part: str | None = None,
    on_score: Callable[[str], OnBatch | None] = lambda _: None,
) -> HeadTable:
    """Measure what was asked for on a loaded model.

    Args:
        loaded: The model; it runs in evaluation mode and is left in the mode in which it came.
        asked: From `asked_scores`.
        given: The caller's own prompts, as the model reads them; None = those of generators.
        n: Number of prompts of each generator.
        seed: Their seed.
        part: Stack of an encoder–decoder model.
        on_score: Called with the id of each score before it is measured; gives its progress callback.

    Raises:
        HeadkbError: If none can be measured.
    """
    measurements, columns, errors = Measurements(loaded), dict[str, HeadColumn](), dict[str, Exception]()
    requests = dict[str, Request]()
    with evaluating(loaded.model):
        for one in asked:
            try:
                requests[one.score.id] = _request(loaded, one, given, n, seed, part)
            except HeadkbError as error:
                errors[one.score.id] = error
        measurements.expect(requests.values())
        for one in asked:
            if (wanted := requests.get(one.score.id)) is None:
                continue
            try:
                found = measurements.get(wanted, on_score(one.score.id))
            except Exception as error:  # one that nobody foresaw loses this score alone, too
                if not isinstance(error, HeadkbError):
                    error.add_note(loaded.passport.first_line())
                errors[one.score.id] = error if given is None else _of_own_prompts(one.score, given, error)
            else:
                summary, unit = (one.record.summary, one.record.unit) if one.record else (one.score.summary, "")
                columns[one.score.id] = HeadColumn(found, score_direction(one.records, one.score.id), summary, unit)
            finally:
                measurements.release([wanted])
    in_order = {one.score.id: errors[one.score.id] for one in asked if one.score.id in errors}
    return check_any(HeadTable(loaded.passport, columns, in_order))


def _request(
    loaded: LoadedModel, one: AskedScore, given: Prompts | None, n: int, seed: int, part: str | None
) -> Request:
    return request(
        one.score.id,
        loaded,
        generator=one.generator,
        parameters={"n": n, "seed": seed, **one.for_prompts},
        score_parameters=one.for_score,
        needs=one.record.needs if one.record else (),
        part=part,
        given=given,
    )


def _of_own_prompts(score: Score, given: Prompts, error: Exception) -> Exception:
    """Why a score failed on the caller's prompts: where they lack what it reads, with what to do."""
    if not isinstance(error, ShapeError | UnknownNameError):
        return error
    lack = str(error).partition(". ")[0].rstrip(".")
    taught = ReproductionError(
        f"{score.id} reads more of its prompts than your own hold ({lack}). Leave prompts out for those of {score.prompts}, which it is "
        "made for, or choose a score that any text has, such as induction or previous-token."
    )
    taught.__cause__ = error
    return taught
