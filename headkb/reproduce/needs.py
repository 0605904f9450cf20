"""What a score needs of a model, asked of the passport before any pass, and what to type where it is not there."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from headkb.errors import HeadkbError, ModelError, ReproductionError
from headkb.models import LoadedModel, Passport
from headkb.prompts import GENERATORS, make_prompts
from headkb.scores import SCORES, Score
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


def check_part(score: Score, loaded: LoadedModel, part: str | None) -> None:
    """Refuse a score that is not defined on this part of the model.

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


def check_prompts(
    loaded: LoadedModel,
    prompts: Prompts,
    score: Score,
    generator: str,
    n: int,
    seed: int,
    parameters: Mapping[str, Any],
) -> None:
    """Refuse prompts that the model cannot read: longer than its table of positions.

    Raises:
        ReproductionError: With what to type for prompts that it can read.
    """
    if not GENERATORS[generator].needs_tokens:
        return
    longest = loaded.passport.longest
    if longest is not None and _length(prompts) > longest:
        remedy = _shorter(loaded, score, generator, n, seed, parameters, longest)
        check_length(loaded, prompts, f"of {generator}", remedy)


def check_length(loaded: LoadedModel, prompts: Prompts, whose: str, remedy: str) -> None:
    """Refuse prompts that are longer than the model's table of positions. Raises ReproductionError."""
    longest, length = loaded.passport.longest, _length(prompts)
    if longest is not None and length > longest:
        raise ReproductionError(
            f"{loaded.id} reads at most {longest} tokens, but the prompts {whose} have up to {length}. {remedy}"
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
    if not score.words:
        return f"Choose shorter prompts: --generator random-tokens --set length={most * 3 // 4} (generator=, parameters= in Python)."
    return "Choose another model."


def _length(prompts: Prompts) -> int:
    """The longest prompt, corrupted ones included."""
    return max(some.tokens.shape[1] for some in (prompts, prompts.corrupted) if some is not None)


def _fits(loaded: LoadedModel, generator: str, n: int, seed: int, parameters: Mapping[str, Any], most: int) -> bool:
    try:
        return _length(make_prompts(generator, loaded, n, seed, **parameters)) <= most
    except HeadkbError:
        return False
