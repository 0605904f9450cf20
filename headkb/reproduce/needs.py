"""What a score needs of a model, asked of the passport before any pass, and what to type where it is not there."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from headkb.errors import HeadkbError, ReproductionError
from headkb.models import LoadedModel, Passport
from headkb.prompts import GENERATORS, make_prompts
from headkb.scores import Score
from headkb.tensors import Prompts


def check_needs(passport: Passport, score: Score, generator: str, needs: Collection[str] = ()) -> None:
    """Refuse a score that a model cannot have, before its prompts are made.

    Args:
        passport: What the model is.
        score: The score.
        generator: Id of the prompt generator.
        needs: What the score's record in the catalog says that it needs.

    Raises:
        ReproductionError: If the prompts are text and there is no tokenizer, or the score reads logits and there is no unembedding.
    """
    entry = GENERATORS.get(generator)
    if entry is not None and entry.needs_tokenizer and passport.tokenizer is None and passport.vocabulary:
        raise ReproductionError(
            f"{passport.id} has no tokenizer, and the prompts of {generator} are text. Put its tokenizer files into its folder, or "
            "choose --generator random-tokens (generator='random-tokens' in Python)."
        )
    if "logits" in needs and passport.unembedding == "none":
        what = (
            f"it was saved as {passport.architecture}"
            if passport.architecture
            else "its checkpoint holds no language head"
        )
        raise ReproductionError(
            f"{score.id} reads logits, and {passport.id} gives none: {what} and loaded as {passport.loaded_as}. Choose a "
            "checkpoint with its language head, or a score of patterns, such as previous-token."
        )


def check_prompts(
    loaded: LoadedModel,
    prompts: Prompts,
    score: Score,
    generator: str,
    n: int,
    seed: int,
    parameters: Mapping[str, Any],
) -> None:
    """Refuse prompts that the model cannot read: longer than its table of positions, or with ids that its embedding lacks.

    Raises:
        ReproductionError: With what to type for prompts that it can read.
    """
    passport, length = loaded.passport, prompts.tokens.shape[1]
    if passport.longest is not None and length > passport.longest:
        remedy = _shorter(loaded, score, generator, n, seed, parameters, passport.longest)
        raise ReproductionError(
            f"{loaded.id} reads at most {passport.longest} tokens, but the prompts of {generator} have up to {length}. {remedy}"
        )
    largest = int(prompts.tokens.max()) if prompts.tokens.numel() else 0
    if passport.vocabulary and largest >= passport.vocabulary:
        raise ReproductionError(
            f"the tokenizer of {loaded.id} writes the id {largest}, but its embedding has {passport.vocabulary} rows, so they do not "
            "belong together. Put the right tokenizer into its folder, or choose --generator random-tokens (generator= in Python), "
            "which draws ids that have a row."
        )


def _shorter(
    loaded: LoadedModel, score: Score, generator: str, n: int, seed: int, parameters: Mapping[str, Any], most: int
) -> str:
    """What to type for prompts of at most `most` tokens: the first parameter of the generator that makes them short enough, tried out."""
    entry = GENERATORS[generator]
    for key, default in entry.parameters.items():
        start = parameters.get(key, default)
        if not isinstance(start, int) or isinstance(start, bool):
            continue
        value = start
        while value > 1:
            value = value * 3 // 4
            if _fits(loaded, generator, n, seed, {**parameters, key: value}, most):
                name = f"prompts.{key}" if key in score.parameters else key
                return f"Choose shorter prompts: --set {name}={value} (parameters={{'{key}': {value}}} in Python)."
    if score.reads == "pattern" and score.prompts.startswith("english-"):
        return f"Choose shorter prompts: --generator random-tokens --set length={most * 3 // 4} (generator=, parameters= in Python)."
    return "Choose another model."


def _fits(loaded: LoadedModel, generator: str, n: int, seed: int, parameters: Mapping[str, Any], most: int) -> bool:
    try:
        return make_prompts(generator, loaded, n, seed, **parameters).tokens.shape[1] <= most
    except HeadkbError:
        return False
