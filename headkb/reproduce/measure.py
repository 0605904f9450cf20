"""One score on one model: request → prompts → values of every head, with everything that a run record holds."""

from __future__ import annotations

import inspect
import platform
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, get_args

import torch
import transformers
from torch import Tensor

import headkb.methods  # noqa: F401 - registers the scores that need more than a pattern
from headkb import __version__
from headkb.attention import Part, read_patterns
from headkb.direction import Direction, strongest_first
from headkb.head_index import HeadIndex
from headkb.models import LoadedModel
from headkb.prompts import prompts_hash
from headkb.reproduce.memory import batch_tokens, fitting
from headkb.reproduce.request import Request, check_readable, prompts_of, recorded, request
from headkb.reproduce.run_passport import run_passport
from headkb.scores import Score, ScoreSummary, summarize
from headkb.tensors import Prompts


@dataclass(frozen=True)
class Measurement:
    """Values of every head, and how they came about.

    Attributes:
        score: The score that was computed.
        score_parameters: Its keywords, where not the defaults.
        model: Id or name of the model.
        summary: Mean and 95 % bootstrap interval over prompts, `[layer, head]`.
        prompts: Generator, n, seed, parameters and SHA-256 of the prompts.
        provenance: Model source, revision, weights hash, passport, dtype, attention, BOS policy, versions, hardware, seconds.
        by_prompt: The values themselves, `[prompt, layer, head]`.
        texts: The prompts as text, where they are text.
    """

    score: Score
    score_parameters: Mapping[str, Any]
    model: str
    summary: ScoreSummary
    prompts: Mapping[str, Any]
    provenance: Mapping[str, Any]
    by_prompt: Tensor
    texts: tuple[str, ...] = ()

    def ranked(self, direction: Direction) -> list[tuple[HeadIndex, float]]:
        """Every head that has a value, with its mean; those that the score looks for first."""
        means = {HeadIndex(i, j): v for i, row in enumerate(self.summary.mean.tolist()) for j, v in enumerate(row)}
        return strongest_first({head: mean for head, mean in means.items() if mean == mean}, direction)

    def interval(self, head: HeadIndex) -> tuple[float, float] | None:
        """The 95 % interval of a head over prompts; None where its number is one of the weights, of the whole set or of a single prompt."""
        summary = self.summary
        return (summary.low[head].item(), summary.high[head].item()) if summary.n[head] > 1 else None

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
    needs: Collection[str] = (),
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
        needs: What the score's record says that it needs of a model.
        on_batch: Called with (prompts done, prompts in all).
        part: Stack of an encoder–decoder model: `encoder`, `decoder` or `cross`; by default the decoder.

    Raises:
        UnknownNameError: If the score or the generator does not exist.
        ModelError: If the model cannot be observed faithfully, or the score is not defined on that part of it.
        ReproductionError: If the model lacks what they need, before any pass.
    """
    asked = request(
        score_id,
        loaded,
        generator=generator,
        parameters=parameters,
        score_parameters=score_parameters,
        needs=needs,
        part=part,
    )
    return measure_request(asked, loaded, on_batch)


def measure_request(
    asked: Request, loaded: LoadedModel, on_batch: Callable[[int, int], None] | None = None
) -> Measurement:
    """The same for a request, by passes of its own."""
    prompts = prompts_of(asked, loaded)
    check_readable(asked, loaded, prompts)
    start = time.process_time()
    values, tokens = _values(asked, loaded, prompts, on_batch)
    return measured(asked, loaded, prompts, values, tokens, time.process_time() - start)


def measured(
    asked: Request, loaded: LoadedModel, prompts: Prompts, values: Tensor, tokens: int | None, seconds: float
) -> Measurement:
    """The measurement that some values make.

    Args:
        asked: What was asked for.
        loaded: The model.
        prompts: The prompts of the request.
        values: `[prompt, layer, head]`.
        tokens: Tokens that went through the model at once; None where the score decides that itself.
        seconds: Processor time that the values took.
    """
    file = prompts.meta.get("of_file")
    parameters = recorded(asked)
    if file is not None:
        parameters.pop("file", None)
    return Measurement(
        score=asked.score,
        score_parameters=dict(asked.score_parameters),
        model=loaded.id,
        summary=summarize(values),
        prompts={
            "generator": asked.generator,
            "n": asked.n if file is None else int(file["n"]),
            **({} if asked.given is not None and "seed" not in prompts.meta else {"seed": asked.seed}),
            "parameters": parameters,
            **({} if file is None else {"file": file}),
            "sha256": prompts_hash(prompts),
        },
        by_prompt=values,
        texts=tuple(prompts.meta.get("texts", ())),
        provenance={
            "model_source": loaded.passport.source,
            "revision": loaded.passport.revision,
            "weights_sha256": loaded.passport.weights_sha256 or None,
            "dtype": loaded.passport.dtype,
            "attention": "eager",
            "bos": str(prompts.meta["parameters"].get("bos", "none")),
            **({} if tokens is None else {"batch_tokens": tokens}),
            "versions": versions(),
            "hardware": hardware(loaded),
            "seconds": round(seconds, 3),
            "passport": run_passport(loaded, prompts),
        },
    )


def part_read(stack: str) -> Part | None:
    """The part that `read_patterns` is told to read; None for a model of text or of images, which has one stack."""
    part: Any = stack
    return part if stack in get_args(Part) else None


def _values(
    asked: Request, loaded: LoadedModel, prompts: Prompts, on_batch: Callable[[int, int], None] | None
) -> tuple[Tensor, int | None]:
    """`[prompt, layer, head]`: patterns streamed through a score, or whatever the function does with the model; and tokens at once."""
    score, parameters = asked.score, dict(asked.score_parameters)
    if score.reads == "model":
        keywords = dict(score.check(**parameters))
        if asked.heads is not None and score.limited_by:
            keywords[score.limited_by] = [tuple(head) for head in asked.heads]
        if "tokens_per_batch" not in inspect.signature(score.function).parameters:
            return score.function(loaded.model, prompts, **keywords), None

        def work(tokens: int) -> Tensor:
            return score.function(loaded.model, prompts, **keywords, tokens_per_batch=tokens)
    else:
        readers = {score.id: score.reader(**parameters)}

        def work(tokens: int) -> Tensor:
            values = read_patterns(
                loaded.model, prompts, readers, tokens_per_batch=tokens, on_batch=on_batch, part=part_read(asked.stack)
            )
            return values[score.id]

    return fitting(loaded, prompts, batch_tokens(loaded, prompts), work)


def versions() -> dict[str, str]:
    """Versions of everything that can change a value."""
    return {
        "headkb": __version__,
        "python": platform.python_version(),
        "torch": torch.__version__,
        "transformers": transformers.__version__,
    }


def hardware(loaded: LoadedModel | None = None) -> str:
    """The kind of processor and how many threads torch used, and the kind of device that the model is on; nothing that names a machine."""
    processor = f"{platform.machine()} CPU, {torch.get_num_threads()} threads"
    device = "cpu" if loaded is None else loaded.passport.device
    if device == "cpu":
        return processor
    kind = torch.cuda.get_device_name(next(loaded.model.parameters()).device) if device == "cuda" and loaded else device
    return f"{kind}; {processor}"
