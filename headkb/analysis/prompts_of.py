"""Whatever stands for prompts → prompts that a model reads: a generator's name, the caller's own texts, or prompts as they are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

from torch import Tensor

from headkb.errors import HeadkbError
from headkb.models import LoadedModel
from headkb.prompts import fitted_prompts, make_prompts, text_prompts
from headkb.tensors import Prompts

PromptsLike: TypeAlias = str | Iterable[str] | Prompts | None
"""None, the name of a generator such as `ioi`, a list of texts, or `Prompts`."""


def prompts_of(
    loaded: LoadedModel,
    prompts: PromptsLike = None,
    *,
    n: int = 40,
    seed: int = 0,
    settings: Mapping[str, Any] | None = None,
    part: str | None = None,
    default: str | None = None,
) -> Prompts:
    """The prompts as the model reads them, padded on the right.

    Args:
        loaded: The model.
        prompts: None for those of the generator `default`; a generator's name; a list of texts, which get around them what the tokenizer
            puts there; or prompts, whose tokens are taken as they are.
        n: How many a generator makes; texts and prompts are taken whole.
        seed: Of the generator.
        settings: Keywords of the generator, such as `{"period": 12}`.
        part: Of an encoder–decoder model, the part whose attention is to be read; by default the decoder.
        default: The generator where `prompts` is None.

    Raises:
        UnknownNameError: If there is no such generator, or it has no such keyword.
        HeadkbError: If the prompts cannot be made, or the model cannot read them.

    Example:
        >>> from headkb.analysis import model_of
        >>> prompts_of(model_of("organism-tasks"), ["the cat saw the dog ."]).tokens.shape
        torch.Size([1, 7])
    """
    given = own_prompts(loaded, prompts)
    if given is not None:
        if settings:
            raise HeadkbError(
                f"{', '.join(settings)} can be set for the prompts of a generator, and these are your own. Leave it out, or name a generator."
            )
        return given
    name = prompts if isinstance(prompts, str) else default
    if name is None:
        raise HeadkbError("say which prompts: a generator's name such as 'ioi', a list of texts, or Prompts.")
    return make_prompts(name, loaded, n, seed, part=part, **(settings or {}))


def own_prompts(loaded: LoadedModel, prompts: PromptsLike) -> Prompts | None:
    """The caller's own texts or prompts, as the model reads them; None where `prompts` is None or a generator's name.

    Raises:
        HeadkbError: If they are neither, or the model cannot read them.
    """
    if prompts is None or (isinstance(prompts, str) and not any(map(str.isspace, prompts))):
        return None
    if isinstance(prompts, str):
        raise HeadkbError(f"{prompts[:40]!r} is one text. Put it into a list: prompts=[{prompts[:40]!r}].")
    if isinstance(prompts, Prompts):
        return fitted_prompts(prompts, loaded)
    if not isinstance(prompts, Iterable) or isinstance(prompts, Mapping | Tensor):
        raise HeadkbError(
            f"prompts is a value of type {type(prompts).__name__}. Pass a list of texts, a generator's name such as 'ioi', or "
            "headkb.tensors.Prompts.of(tokens) for token ids of your own."
        )
    return text_prompts(list(prompts), loaded)
