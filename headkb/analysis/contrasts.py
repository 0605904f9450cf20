"""Prompts with what an effect is measured on: answers and their rivals, corrupted counterparts, and the metric that they allow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeAlias, get_args

import torch
from torch import Tensor

from headkb.analysis.prompts_of import PromptsLike, own_prompts, prompts_of
from headkb.errors import HeadkbError, ShapeError, check_choice
from headkb.methods.contrast import MetricName
from headkb.models import LoadedModel
from headkb.prompts import vocabulary
from headkb.tensors import Prompts

Answers: TypeAlias = str | Sequence[str] | Sequence[int] | Tensor | None
"""The token that follows each prompt: as text such as " Mary", one for all or one a prompt, or token ids `[prompt]`."""


def contrasted(
    loaded: LoadedModel,
    prompts: PromptsLike,
    *,
    corrupted: Sequence[str] | Prompts | None = None,
    answers: Answers = None,
    wrong: Answers = None,
    n: int = 40,
    seed: int = 0,
    settings: Mapping[str, Any] | None = None,
    default: str = "ioi",
) -> Prompts:
    """Prompts as the model reads them, with the answers and counterparts that are given, or with the generator's own.

    Args:
        loaded: The model.
        prompts: None for those of the generator `default`; a generator's name; a list of texts; or prompts.
        corrupted: A text for each text, of as many tokens; or prompts of the same shape.
        answers: What follows each prompt, one token.
        wrong: The rival of each answer.
        n: How many a generator makes.
        seed: Of the generator.
        settings: Keywords of the generator.
        default: The generator where `prompts` is None.

    Raises:
        HeadkbError: If an answer is not one token, texts and counterparts differ in length, or a generator's prompts are given others.
    """
    own = own_prompts(loaded, prompts)
    if own is None:
        given = [
            name
            for name, value in (("corrupted", corrupted), ("answers", answers), ("wrong", wrong))
            if value is not None
        ]
        if given:
            raise HeadkbError(
                f"{' and '.join(given)} belong to prompts of your own, and these are a generator's, which has its own. "
                "Leave them out, or give a list of texts: prompts=['When Mary and John went to the store, John gave a drink to', …]."
            )
        return prompts_of(loaded, prompts, n=n, seed=seed, settings=settings, default=default)
    if settings:
        raise HeadkbError(
            f"{', '.join(settings)} can be set for the prompts of a generator, and these are your own. Leave it out."
        )
    texts = own.meta.get("texts") if not isinstance(prompts, Prompts) else None
    paired = dict(own.paired)
    for name, value in (("answers", answers), ("wrong", wrong)):
        if value is not None:
            paired[name] = _ids(loaded, value, name, len(own), texts)
    other = own.corrupted if corrupted is None else own_prompts(loaded, corrupted)
    if corrupted is not None and other is not None:
        _check_alike(loaded, own, other)
    return replace(own, paired=paired, corrupted=other)


def metric_of(prompts: Prompts, metric: str | None) -> MetricName:
    """The metric that is asked for, `-` or `_` between its words; else what the prompts allow: `logit_diff`, `log_prob`, `loss`.

    Raises:
        UnknownNameError: If there is no such metric.
    """
    if metric is None:
        if "answers" not in prompts.paired:
            return "loss"
        return "logit_diff" if "wrong" in prompts.paired else "log_prob"
    name: Any = metric.replace("-", "_")
    check_choice("metric", name, get_args(MetricName))
    return name  # type: ignore[no-any-return]


def _ids(loaded: LoadedModel, given: Answers, name: str, count: int, texts: Sequence[str] | None) -> Tensor:
    """Token ids `[prompt]`, long."""
    assert given is not None
    several: Sequence[Any] = (
        [given] if isinstance(given, str) else given.tolist() if isinstance(given, Tensor) else list(given)
    )
    if len(several) not in (1, count):
        raise ShapeError(
            f"{name} are {len(several)}, and there are {count} prompts. Give one for each, or one for all."
        )
    if len(several) < count:
        several = [*several] * count
    ids = [
        _next(loaded, texts[row] if texts else "", one, name) if isinstance(one, str) else one
        for row, one in enumerate(several)
    ]
    if not all(isinstance(id_, int) and not isinstance(id_, bool) for id_ in ids):
        raise ShapeError(f"{name} must be texts or token ids, one a prompt, such as {name}=[' Mary', ' John'].")
    return torch.tensor(ids)


def _next(loaded: LoadedModel, text: str, answer: str, name: str) -> int:
    """The one token that continues a text."""
    words = vocabulary(loaded)
    before, both = list(words.text_of(text)) if text else [], list(words.text_of(text + answer))
    if len(both) == len(before) + 1 and both[:-1] == before:
        return int(both[-1])
    after = f" after {text[-24:]!r}" if text else ""
    parts = [words.decode(id_) if words.decode else str(id_) for id_ in words.text_of(answer)]
    blank = "" if answer[:1].isspace() else f" Write the blank that comes before it: {f' {answer}'!r}."
    raise HeadkbError(
        f"{name}: {answer!r}{after} is not one token of {loaded.id} of its own (alone it is {', '.join(map(repr, parts)) or 'none'}), and the "
        f"metric reads one.{blank or ' Choose another word, or give the id of its first token.'}"
    )


def _check_alike(loaded: LoadedModel, clean: Prompts, other: Prompts) -> None:
    """Refuse counterparts that are not as many, or not as long, as the prompts."""
    if len(clean) != len(other):
        raise ShapeError(
            f"there are {len(clean)} prompts and {len(other)} corrupted ones. Give each prompt its counterpart."
        )
    differ = (clean.lengths != other.lengths).nonzero()
    if len(differ):
        row = int(differ[0])
        raise ShapeError(
            f"prompt {row} has {int(clean.lengths[row])} tokens in {loaded.id} and its corrupted counterpart {int(other.lengths[row])}; positions are "
            f"compared one by one, so they need as many. Choose words that are as many tokens: {_spelt(loaded, clean, row)} "
            f"and {_spelt(loaded, other, row)}."
        )


def _spelt(loaded: LoadedModel, prompts: Prompts, row: int) -> str:
    """The tokens of one prompt, a bar between them."""
    decode = vocabulary(loaded).decode
    ids = prompts.tokens[row, : int(prompts.lengths[row])].tolist()
    return "|".join(decode(id_) if decode else str(id_) for id_ in ids)
