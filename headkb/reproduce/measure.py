"""One score on one model: prompts → patterns → values of every head, with everything that a run record holds."""

from __future__ import annotations

import platform
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
import transformers
from torch import Tensor

from headkb import __version__
from headkb.attention import read_patterns
from headkb.errors import ReproductionError, UnknownNameError
from headkb.head_index import HeadIndex
from headkb.methods import METHODS, Method
from headkb.models import LoadedModel
from headkb.prompts import make_prompts, prompts_hash
from headkb.scores import SCORES, Score, ScoreSummary, summarize
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

    score: Score | Method
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
) -> Measurement:
    """Score every head of a loaded model.

    Args:
        score_id: Id in `headkb.scores.SCORES`.
        loaded: What `headkb.models.load_model` returned.
        generator: Prompt generator; the score's own if left out.
        parameters: `n` (prompts), `seed`, and whatever the generator takes.
        score_parameters: Keywords of the score, such as a published variant.
        on_batch: Called with (prompts done, prompts in all).

    Raises:
        UnknownNameError: If the score or the generator does not exist.
        ModelError: If the model cannot be observed faithfully.
    """
    score = find_score(score_id)
    chosen = generator or score.default_prompts
    keywords = dict(parameters or {})
    n, seed = int(keywords.pop("n", DEFAULT_N)), int(keywords.pop("seed", 0))
    prompts = make_prompts(chosen, loaded, n, seed, **keywords)
    _check_length(loaded, prompts, chosen)
    start = time.process_time()
    values = _values(score, loaded, prompts, dict(score_parameters or {}), on_batch)
    seconds = time.process_time() - start
    return Measurement(
        score=score,
        score_parameters=dict(score_parameters or {}),
        model=loaded.id,
        summary=summarize(values),
        prompts={
            "generator": chosen,
            "n": n,
            "seed": seed,
            "parameters": keywords,
            "sha256": prompts_hash(prompts),
        },
        provenance={
            "model_source": loaded.source,
            "revision": loaded.revision,
            "weights_sha256": loaded.weights_sha256,
            "dtype": str(next(loaded.model.parameters()).dtype).removeprefix("torch."),
            "attention": "eager",
            "bos": str(prompts.meta["parameters"].get("bos", "none")),
            "versions": versions(),
            "hardware": hardware(),
            "seconds": round(seconds, 3),
        },
    )


def _check_length(loaded: LoadedModel, prompts: Prompts, generator: str) -> None:
    """Refuse prompts that are longer than a model with a table of positions can read."""
    config: Any = loaded.model.config
    most = getattr(config, "max_position_embeddings", None)
    if isinstance(most, int) and 0 < most < prompts.tokens.shape[1]:
        raise ReproductionError(
            f"{loaded.id} reads at most {most} tokens, but the prompts of {generator} have up to "
            f"{prompts.tokens.shape[1]}. Choose shorter prompts (see the generator's parameters), or another model."
        )


def find_score(name: str) -> Score | Method:
    """The pattern score or method of that id. Raises UnknownNameError with near names."""
    if name in METHODS:
        return METHODS[name]
    if name in SCORES:
        return SCORES[name]
    raise UnknownNameError("score", name, [*SCORES, *METHODS], f"There are {', '.join(sorted([*SCORES, *METHODS]))}.")


def _values(
    score: Score | Method,
    loaded: LoadedModel,
    prompts: Prompts,
    parameters: dict[str, Any],
    on_batch: Callable[[int, int], None] | None,
) -> Tensor:
    """`[prompt, layer, head]`: patterns streamed through a score, or whatever a method does with the model."""
    if isinstance(score, Method):
        return score.function(loaded.model, prompts, **score.check(**parameters))
    reader = score.reader(**parameters)
    return read_patterns(loaded.model, prompts, {score.id: reader}, on_batch=on_batch)[score.id]


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
