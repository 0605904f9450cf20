"""What each head is worth: the metric with each one silenced, patched, patched along one path; and what each one writes towards the answer.

All of them take the same things:

    model      A catalog id, hub id, folder or GGUF file; a transformers model object (with `tokenizer=`), which is left as it is; a loaded model.
    prompts    A generator's name such as "ioi" (the default), a list of texts, or `Prompts`. `n`, `seed` and `settings` are the generator's.
    answers    Of texts of your own: the token that follows each, such as " Mary", written as it continues the text; one for all or one each.
    wrong      The rival of each answer.
    corrupted  A counterpart of each text, of as many tokens, whose answer is another.
    metric     "logit-diff", "log-prob", "probability" or "loss"; by default what the prompts allow, in that order without probability.
    heads      Heads that alone are measured, such as ["L9H6", (9, 9)]; None = all.
    settings   Keywords of the generator.
    options    `device`, `dtype`, `revision`, `batch` of a model that is named, see `model_of`.

The result is a `HeadEffects`: `effects["L9H6"]`, `.top(5)`, `.by_prompt`, `.clean`, `.to_pandas()`, `.plot(ax=)`, `.save("effects.csv")`.
The numbers are those of the score in `headkb.scores`, such as `activation-patching`, with which they can be recorded.

`HeadkbError`: the prompts lack what is needed, or the model cannot do it; the message says what to do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

import torch

from headkb import catalog_path
from headkb.analysis.contrasts import Answers, contrasted, metric_of
from headkb.analysis.head_effects import HeadEffects
from headkb.analysis.model_of import ModelLike, evaluating, model_of
from headkb.analysis.prompts_of import PromptsLike
from headkb.catalog.directions import score_direction
from headkb.catalog.load import load_kind
from headkb.errors import HeadkbError, UnknownNameError, check_choice
from headkb.head_index import Heads, heads_of
from headkb.methods.contrast import MetricName, Normalize, contrast
from headkb.methods.held import Mlps
from headkb.methods.input_patching import Through
from headkb.methods.passes import baseline
from headkb.methods.patching import PatchDirection
from headkb.models import LoadedModel
from headkb.prompts import vocabulary
from headkb.reproduce.measure import measure_request
from headkb.reproduce.memory import batch_tokens, fitting
from headkb.reproduce.request import limited, request
from headkb.tensors import Prompts

Silencing = Literal["zero", "mean", "resample"]
"""How a head is silenced: z becomes 0, its mean over the prompts, or what it is on the corrupted prompt (without one: on the next prompt)."""
SILENCED: Mapping[str, str] = {
    "zero": "z set to 0",
    "mean": "z set to its mean over the prompts",
    "resample": "z taken from the corrupted prompt",
    "shuffled": "z taken from the next prompt",
}


@dataclass(frozen=True)
class Setting:
    """Where an effect is measured: the model, prompts with what they need, and the metric.

    Attributes:
        loaded: The model.
        prompts: The prompts, as it reads them.
        metric: The metric.
    """

    loaded: LoadedModel
    prompts: Prompts
    metric: MetricName
    _clean: dict[bool, torch.Tensor] = field(default_factory=dict, repr=False)

    def need(self, what: str, *, corrupted: bool = False, answers: bool = False) -> None:
        """Refuse prompts without counterparts or answers, before any pass.

        Raises:
            HeadkbError: With what to give.
        """
        if corrupted and self.prompts.corrupted is None:
            raise HeadkbError(
                f"{what} compares each prompt with a corrupted one, and these have none. Give corrupted=, a text of as many tokens for each of "
                "yours whose answer is another, or prompts of a generator that makes them, such as 'ioi'."
            )
        if answers and "answers" not in self.prompts.paired:
            raise HeadkbError(
                f"{what} asks how a token is predicted, and these prompts have no answers. Give answers=, the token that follows each of your "
                "texts, such as ' Mary', and wrong= for its rival, or prompts of a generator that has them, such as 'ioi'."
            )

    def answers(self) -> str:
        """The answer of the first prompt and its rival, in words; empty where the metric needs none."""
        decode, paired = vocabulary(self.loaded).decode, self.prompts.paired
        if self.metric == "loss" or decode is None or "answers" not in paired:
            return ""
        rival = f" against {decode(int(paired['wrong'][0]))!r}" if "wrong" in paired else ""
        first = "" if len(self.prompts) == 1 else " in the first prompt"
        return f"{decode(int(paired['answers'][0]))!r}{rival}{first}"

    def baseline(self, *, corrupted: bool = False) -> torch.Tensor:
        """The metric of each prompt as it is, `[prompt]`."""
        both = contrast(self.prompts)

        def work(tokens: int) -> torch.Tensor:
            return baseline(self.loaded.model, both, self.metric, corrupted=corrupted, tokens=tokens)

        return fitting(self.loaded, self.prompts, batch_tokens(self.loaded, self.prompts), work)[0]


def setting(
    model: ModelLike,
    prompts: PromptsLike,
    metric: str | None,
    *,
    tokenizer: Any | None = None,
    corrupted: Sequence[str] | Prompts | None = None,
    answers: Answers = None,
    wrong: Answers = None,
    n: int = 40,
    seed: int = 0,
    settings: Mapping[str, Any] | None = None,
    **options: Any,
) -> Setting:
    """The model and prompts that somebody names, and the metric that they allow."""
    loaded = model_of(model, tokenizer, **options)
    given = contrasted(
        loaded, prompts, corrupted=corrupted, answers=answers, wrong=wrong, n=n, seed=seed, settings=settings
    )
    return Setting(loaded, given, metric_of(given, metric))


def sweep(
    model: ModelLike,
    prompts: PromptsLike = None,
    *,
    how: Silencing = "zero",
    metric: str | None = None,
    heads: Heads | None = None,
    positions: str | None = None,
    **where: Any,
) -> HeadEffects:
    """What each head is worth to the metric: every one is silenced in turn, all others are left.

    Args:
        model: The model; for this and what is not explained, see `headkb.analysis.effects`.
        prompts: The prompts.
        how: How a head is silenced.
        metric: The metric.
        heads: Heads that alone are measured.
        positions: Name of the prompts' positions where z changes, such as "end"; None = all.
        where: `answers`, `wrong`, `corrupted`, `n`, `seed`, `settings`, `tokenizer`, and options of the model.

    Returns:
        How much the metric falls, in its unit (of a loss: rises); positive = the head helps.

    Example:
        >>> effects = sweep("organism-tasks", ["the cat saw the dog . the cat saw the"], answers=" dog", wrong=" cat")
        >>> effects.values.shape, effects.metric
        (torch.Size([4, 8]), 'logit_diff')
    """
    check_choice("way to silence a head", how, get_args(Silencing))
    at = setting(model, prompts, metric, **where)
    shuffled = how == "resample" and at.prompts.corrupted is None
    source = {} if how != "resample" else {"source": "shuffled" if shuffled else "corrupted"}
    done = f"each head's {SILENCED['shuffled' if shuffled else how]}{_only(positions)}"
    return _effects(f"{how}-ablation", at, heads, done, {"metric": at.metric, "positions": positions, **source})


def patch(
    model: ModelLike,
    heads: Heads | None = None,
    *,
    prompts: PromptsLike = None,
    direction: PatchDirection = "clean_to_corrupted",
    normalize: Normalize = "set",
    metric: str | None = None,
    positions: str | None = None,
    **where: Any,
) -> HeadEffects:
    """Activation patching: the share of the gap between clean and corrupted run that each head's z carries.

    Args:
        model: The model; for this and what is not explained, see `headkb.analysis.effects`.
        heads: Heads that alone are measured; None = all. The name of a generator here is taken for `prompts`: `patch(model, "ioi")`.
        prompts: Prompts with corrupted counterparts: a generator that makes them, or texts with `corrupted=`.
        direction: `clean_to_corrupted` (denoising): the corrupted run gets a clean z; `corrupted_to_clean` (noising).
        normalize: What the change is divided by: `set`, the mean gap; `prompt`, each prompt's own; `solved`, see
            `headkb.methods.contrast.Normalize`; `none`, nothing.
        metric: The metric.
        positions: Name of the prompts' positions where z is patched; None = all.
        where: `answers`, `wrong`, `corrupted`, `n`, `seed`, `settings`, `tokenizer`, and options of the model.

    Returns:
        0 = the head carries nothing of the answer, 1 = all of it.

    Example:
        >>> clean, other = ["the cat saw the dog . the cat saw the"], ["the dog saw the cat . the dog saw the"]
        >>> patch("organism-tasks", "L1H2", prompts=clean, corrupted=other, answers=" dog", wrong=" cat").id
        'activation-patching'
    """
    if prompts is None and isinstance(heads, str) and not _are_heads(heads):
        heads, prompts = None, heads
    at = setting(model, prompts, metric, **where)
    at.need("patch", corrupted=True)
    source, into = ("clean", "corrupted") if direction == "clean_to_corrupted" else ("corrupted", "clean")
    done = f"each head's z taken from the {source} run into the {into} one{_only(positions)}"
    keywords = {"patch_direction": direction, "normalize": normalize, "metric": at.metric, "positions": positions}
    return _effects("activation-patching", at, heads, done, keywords, corrupted=True)


def path_patch(
    model: ModelLike,
    receivers: Heads | None = None,
    *,
    through: Through = "q",
    heads: Heads | None = None,
    prompts: PromptsLike = None,
    mlps: Mlps = "recomputed",
    normalize: Normalize = "none",
    metric: str | None = None,
    **where: Any,
) -> HeadEffects:
    """Path patching: the change in the metric when only the path from each head to the receivers carries its corrupted output.

    Args:
        model: The model; for this and what is not explained, see `headkb.analysis.effects`.
        receivers: Heads at which the path ends, such as "L9H9, L9H6"; None = the logits, so that it is each head's direct effect.
        through: The receivers' input at which it ends: `q`, `k` or `v`.
        heads: Senders that alone are measured; None = all that can reach a receiver.
        prompts: Prompts with corrupted counterparts: a generator that makes them, or texts with `corrupted=`.
        mlps: `recomputed`: paths through MLPs count; `frozen`: the direct path alone.
        normalize: `none`: in the metric's unit; `set`, `solved`, `prompt`: over the gap between the clean and the corrupted run.
        metric: The metric.
        where: `answers`, `wrong`, `corrupted`, `n`, `seed`, `settings`, `tokenizer`, and options of the model.

    Returns:
        The metric with the path corrupted minus the metric without; negative = the path helps (of a loss: positive).
    """
    at = setting(model, prompts, metric, **where)
    at.need("path_patch", corrupted=True)
    ends = None if receivers is None else ", ".join(map(str, heads_of(receivers)))
    done = f"only the path from each head to {f'{through} of {ends}' if ends else 'the logits'} corrupted"
    keywords = {"receivers": ends, "through": through, "mlps": mlps, "normalize": normalize, "metric": at.metric}
    return _effects("path-patching", at, heads, done, keywords, corrupted=True)


def attribute(model: ModelLike, prompts: PromptsLike = None, **where: Any) -> HeadEffects:
    """Direct logit attribution: how much each head itself writes towards the answer, past all later components.

    Args:
        model: The model; for this and what is not explained, see `headkb.analysis.effects`.
        prompts: Prompts with answers: a generator that makes them, or texts with `answers=`, and `wrong=` for a difference.
        where: `answers`, `wrong`, `n`, `seed`, `settings`, `tokenizer`, and options of the model.

    Returns:
        In logits, of answer minus rival, or of the answer where there is no rival; positive = towards the answer.
    """
    at = setting(model, prompts, None, **where)
    at.need("attribute", answers=True)
    difference = "wrong" in at.prompts.paired
    done = f"what each head writes at the end, along the direction of the answer{'' if not difference else ' minus its rival'}"
    return _effects("direct-logit-attribution", at, None, done, {"difference": difference})


def _are_heads(text: str) -> bool:
    try:
        return bool(heads_of(text))
    except UnknownNameError:
        return False


def _only(positions: str | None) -> str:
    return "" if positions is None else f" at {positions}"


def _effects(
    score: str, at: Setting, heads: Heads | None, done: str, keywords: Mapping[str, Any], *, corrupted: bool = False
) -> HeadEffects:
    """Measure a score of `headkb.scores` on prompts that are there, and what the metric is without a change."""
    records = load_kind(catalog_path(), "scores")[0]
    record = records[score]
    given = {name: value for name, value in keywords.items() if value is not None}
    asked = request(score, at.loaded, score_parameters=given, needs=record.needs, given=at.prompts)
    if heads is not None:
        asked = limited(asked, heads_of(heads))
    with evaluating(at.loaded.model):
        found = measure_request(asked, at.loaded)
        clean = at.baseline()
        other = at.baseline(corrupted=True) if corrupted else None
    direction = score_direction(records, score)
    return HeadEffects(
        found, direction, record.summary, record.unit, done=done, metric=at.metric, clean=clean, corrupted=other,
        answers=at.answers(), passport=at.loaded.passport,
    )  # fmt: skip
