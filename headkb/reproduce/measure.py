"""One score on one model: prompts → patterns → values of every head, with everything that a run record holds."""

from __future__ import annotations

import platform
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, get_args

import torch
import transformers
from torch import Tensor

import headkb.methods  # noqa: F401 - registers the scores that need more than a pattern
from headkb import __version__
from headkb.attention import Part, read_patterns
from headkb.errors import ModelError, ReproductionError
from headkb.head_index import HeadIndex
from headkb.models import LoadedModel
from headkb.prompts import GENERATORS, make_prompts, prompts_hash
from headkb.scores import SCORES, Score, ScoreSummary, get_score, summarize
from headkb.tensors import Prompts

DEFAULT_N = 40


@dataclass(frozen=True)
class Measurement:
    """Values of every head, and how they came about.

    Attributes:
        score: The score that was computed.
        score_parameters: Its keywords, where not the defaults.
        model: Id or name of the model.
        summary: Mean and 95 % bootstrap interval over prompts, `[layer, head]`.
        prompts: Generator, n, seed, parameters and SHA-256 of the prompts.
        provenance: Model source, revision, weights hash, dtype, attention, BOS policy, versions, hardware, seconds.
    """

    score: Score
    score_parameters: Mapping[str, Any]
    model: str
    summary: ScoreSummary
    prompts: Mapping[str, Any]
    provenance: Mapping[str, Any]

    def ranked(self) -> list[tuple[HeadIndex, float, float, float]]:
        """(head, mean, low, high) for every head with a value, highest first."""
        mean, low, high = self.summary.mean, self.summary.low, self.summary.high
        rows = [
            (HeadIndex(layer, head), mean[layer, head].item(), low[layer, head].item(), high[layer, head].item())
            for layer in range(mean.shape[0])
            for head in range(mean.shape[1])
            if not mean[layer, head].isnan()
        ]
        return sorted(rows, key=lambda row: -row[1])

    def values(self) -> list[list[float | None]]:
        """The means as plain numbers, `[layer][head]`, six decimals; None where undefined."""
        return [[None if v != v else round(v, 6) for v in row] for row in self.summary.mean.tolist()]


def measure(
    score_id: str,
    loaded: LoadedModel,
    *,
    generator: str | None = None,
    parameters: Mapping[str, Any] | None = None,
    score_parameters: Mapping[str, Any] | None = None,
    on_batch: Callable[[int, int], None] | None = None,
    part: str | None = None,
) -> Measurement:
    """Score every head of a loaded model.

    Args:
        score_id: Id in `headkb.scores.SCORES`.
        loaded: What `headkb.models.load_model` returned.
        generator: Prompt generator; the score's own if left out.
        parameters: `n` (prompts), `seed`, `part` as below, and whatever the generator takes.
        score_parameters: Keywords of the score, such as a published variant.
        on_batch: Called with (prompts done, prompts in all).
        part: Stack of an encoder–decoder model: `encoder`, `decoder` or `cross`; by default the decoder.

    Raises:
        UnknownNameError: If the score or the generator does not exist.
        ModelError: If the model cannot be observed faithfully, or the score is not defined on that part of it.
    """
    score = get_score(score_id)
    keywords = dict(parameters or {})
    part = keywords.pop("part", None) if part is None else part
    _check_part(score, loaded, part)
    stack = loaded.passport.stack(part)
    chosen = generator or (score.prompts if stack.positions is None else "noise-inputs")
    n, seed = int(keywords.pop("n", DEFAULT_N)), int(keywords.pop("seed", 0))
    prompts = make_prompts(chosen, loaded, n, seed, part=part, **keywords)
    _check_length(loaded, prompts, chosen, score)
    if stack.part != "self":
        keywords["part"] = stack.part
    start = time.process_time()
    values = _values(score, loaded, prompts, dict(score_parameters or {}), on_batch, stack.part)
    seconds = time.process_time() - start
    return Measurement(
        score=score,
        score_parameters=dict(score_parameters or {}),
        model=loaded.id,
        summary=summarize(values),
        prompts={"generator": chosen, "n": n, "seed": seed, "parameters": keywords, "sha256": prompts_hash(prompts)},
        provenance={
            "model_source": loaded.passport.source,
            "revision": loaded.passport.revision,
            "weights_sha256": loaded.passport.weights_sha256,
            "dtype": str(next(loaded.model.parameters()).dtype).removeprefix("torch."),
            "attention": "eager",
            "bos": str(prompts.meta["parameters"].get("bos", "none")),
            "versions": versions(),
            "hardware": hardware(),
            "seconds": round(seconds, 3),
        },
    )


def _check_part(score: Score, loaded: LoadedModel, part: str | None) -> None:
    """Refuse, before anything is run, a score that is not defined on this part of the model.

    Raises:
        ModelError: With the scores or parts that are.
    """
    passport, kind = loaded.passport, loaded.passport.noise_input
    stack = passport.stack(part)
    if score.reads == "model" and stack != passport.stack():
        raise ModelError(
            f"{score.id} reads the whole of {loaded.id}, so it takes no --part. Choose a score of attention patterns for that part."
        )
    if stack.positions is not None and score.words:
        known = ", ".join(sorted(other.id for other in SCORES.values() if not other.words))
        raise ModelError(
            f"{score.id} depends on the tokens of a prompt, and {loaded.id} reads {kind}. Choose a score of positions alone: {known}."
        )
    if score.reads == "model" and kind is not None:
        raise ModelError(
            f"{score.id} follows tokens alone, and {loaded.id} reads {kind}, too. Choose a score of attention patterns."
        )
    if stack.part == "cross" and kind is not None and not score.takes_rectangles:
        known = " or ".join(sorted(other.id for other in SCORES.values() if other.takes_rectangles))
        raise ModelError(
            f"{score.id} compares positions of queries with positions of keys, and the cross-attention of {loaded.id} goes from tokens "
            f"to {kind}. Choose {known}, or --part decoder."
        )


def _check_length(loaded: LoadedModel, prompts: Prompts, generator: str, score: Score) -> None:
    """Refuse prompts that are longer than a model with a table of positions can read."""
    most = loaded.passport.longest
    longest = max(some.tokens.shape[1] for some in (prompts, prompts.corrupted) if some is not None)
    if most is None or longest <= most or not GENERATORS[generator].needs_tokens:
        return
    sizes = [name for name, value in GENERATORS[generator].parameters.items() if type(value) is int]
    if sizes:
        remedy = f"Make them shorter ({' or '.join(f'--set {name}=…' for name in sizes)})"
    elif score.words:
        remedy = "Choose shorter prompts (--generator)"
    else:
        remedy = f"Choose shorter prompts, such as --generator random-tokens --set length={max(1, most // 2)}"
    raise ReproductionError(
        f"{loaded.id} reads at most {most} tokens, but the prompts of {generator} have up to {longest}. {remedy}, or another model."
    )


def _values(
    score: Score,
    loaded: LoadedModel,
    prompts: Prompts,
    parameters: dict[str, Any],
    on_batch: Callable[[int, int], None] | None,
    stack: str,
) -> Tensor:
    """`[prompt, layer, head]`: patterns streamed through a score, or whatever the function does with the model."""
    if score.reads == "model":
        return score.function(loaded.model, prompts, **score.check(**parameters))
    reader = score.reader(**parameters)
    part: Any = stack if stack in get_args(Part) else None  # a model of text or of images has one stack
    return read_patterns(loaded.model, prompts, {score.id: reader}, on_batch=on_batch, part=part)[score.id]


def versions() -> dict[str, str]:
    """Versions of everything that can change a value."""
    return {
        "headkb": __version__,
        "python": platform.python_version(),
        "torch": torch.__version__,
        "transformers": transformers.__version__,
    }


def hardware() -> str:
    """The kind of processor and how many threads torch used; nothing that names a machine."""
    return f"{platform.machine()} CPU, {torch.get_num_threads()} threads"
