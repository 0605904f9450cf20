"""The registry of scores: the decorator that fills it, and what it knows of a score.

A score is a function: everything that code must know of it is its signature. What readers must know (formula, source, range, cost,
pitfalls, what a parameter means) is the record `scores/<id>.yaml` of the catalog.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial, wraps
from typing import Any, Literal, ParamSpec

import torch
from torch import Tensor

from headkb.errors import HeadkbError, UnknownNameError
from headkb.keywords import Keyword, keywords_of, typed
from headkb.tensors import Prompts

P = ParamSpec("P")

Reader = Callable[[Tensor, Prompts], Tensor]
"""One layer's pattern `[batch, head, query_pos, key_pos]` and that batch's prompts → `[batch, head]`."""


@dataclass(frozen=True)
class Score:
    """A number for every head of a model.

    Attributes:
        id: Permanent name, kebab-case; claims and runs refer to it.
        version: Changes when the same input gives another number.
        function: `(pattern, prompts, **parameters) -> [batch, head]` of one layer, or `(model, prompts, **parameters) ->
            [prompt, layer, head]` (`[1, layer, head]` where the number is one of the whole set or of the weights).
        prompts: Id of the prompt generator that the score is made for.
        words: Whether the number depends on which tokens a prompt holds; False for scores of positions alone, which images and
            sound have, too.
        heads: Keyword that limits the function to some heads, if it has one; see `limited_by`.
    """

    id: str
    version: int
    function: Callable[..., Tensor]
    prompts: str
    words: bool = True
    heads: str = "heads"

    @cached_property
    def parameters(self) -> Mapping[str, Keyword]:
        """Keywords of the function that change its number, with what the signature says of them."""
        return keywords_of(self.function)

    @property
    def reads(self) -> Literal["pattern", "model"]:
        """What the function takes first: one layer's attention pattern, or a model."""
        return "pattern" if "pattern" in inspect.signature(self.function).parameters else "model"

    @property
    def limited_by(self) -> str | None:
        """The keyword for the (layer, head) pairs that alone are measured, each with the number that it has among all; None without one."""
        takes = self.reads == "model" and self.heads in inspect.signature(self.function).parameters
        return self.heads if takes else None

    @property
    def needs_prompts(self) -> bool:
        """Whether the number depends on prompts; False for scores that read matrices alone."""
        return inspect.signature(self.function).parameters["prompts"].default is not None

    @cached_property
    def takes_rectangles(self) -> bool:
        """Whether it can read a pattern whose queries and keys are different things, such as words and frames of sound; tried out."""
        if self.reads == "model":
            return False
        try:
            self.function(torch.full((1, 1, 2, 3), 1 / 3), Prompts.of(torch.zeros(1, 2), part="cross"))
        except HeadkbError:
            return False
        return True

    @property
    def summary(self) -> str:
        """First line of the function's docstring, for scores that have no record in the catalog."""
        return (inspect.getdoc(self.function) or "").split("\n")[0]

    def check(self, **parameters: Any) -> Mapping[str, Any]:
        """The parameters in the types of their keywords, if the function takes them.

        Raises:
            UnknownNameError: If the score has no such parameter.
            HeadkbError: If the parameter does not take the value.
        """
        for name in parameters:
            if name not in self.parameters:
                known = ", ".join(sorted(self.parameters)) or "none"
                raise UnknownNameError(f"parameter of {self.id}", name, self.parameters, f"It has {known}.")
        return typed(self.id, self.parameters, parameters)

    def reader(self, **parameters: Any) -> Reader:
        """The function with its parameters fixed, as `headkb.attention.read_patterns` takes it.

        Raises:
            UnknownNameError: If the score has no such parameter.
            HeadkbError: If the parameter does not take the value.
            HeadkbError: If the score reads a model, not patterns.
        """
        if self.reads != "pattern":
            raise HeadkbError(f"{self.id} reads a model, not patterns. Call its function with a model and prompts.")
        return partial(self.function, **self.check(**parameters))


SCORES: dict[str, Score] = {}
"""Every registered score. Pattern scores are there with `headkb.scores`, the others once `headkb.methods` is imported."""


def score(
    score_id: str, *, prompts: str, version: int = 1, words: bool = True, heads: str = "heads"
) -> Callable[[Callable[P, Tensor]], Callable[P, Tensor]]:
    """Register a function as a score; called, it refuses values that are not among the choices of its signature.

    Args:
        score_id: Name of the score, kebab-case.
        prompts: Id of the prompt generator that the score is made for.
        version: To be raised when the same input gives another number.
        words: Whether the number depends on which tokens a prompt holds.
        heads: Keyword of the function, if it has it, for the heads that alone are measured; others get NaN.

    Returns:
        A decorator for `(pattern, prompts, *, …) -> [batch, head]` or `(model, prompts, *, …) -> [prompt, layer, head]`.

    Raises:
        HeadkbError: If another function has that id, or the function takes something else.

    Example:
        >>> from headkb.scores import get_score
        >>> get_score("induction").parameters["measure"].annotation
        "Literal['mean', 'mul', 'abs', 'stripe', 'renormalized', 'thresholded']"
    """

    def register(function: Callable[P, Tensor]) -> Callable[P, Tensor]:
        taken = [p.name for p in inspect.signature(function).parameters.values() if p.kind is not p.KEYWORD_ONLY]
        if taken not in (["pattern", "prompts"], ["model", "prompts"]):
            raise HeadkbError(
                f"{score_id} is a function of ({', '.join(taken)}); a score takes (pattern, prompts) or (model, prompts), and "
                "its parameters after a *."
            )
        if score_id in SCORES and inspect.unwrap(SCORES[score_id].function) is not inspect.unwrap(function):
            other = SCORES[score_id].function
            raise HeadkbError(
                f"the id {score_id!r} is taken by {other.__module__}.{other.__qualname__}; give your score another one."
            )

        @wraps(function)
        def checked(*args: P.args, **parameters: P.kwargs) -> Tensor:
            given: dict[str, Any] = typed(score_id, entry.parameters, parameters)
            return function(*args, **given)

        entry = SCORES[score_id] = Score(score_id, version, checked, prompts, words, heads)
        return checked

    return register


def get_score(name: str) -> Score:
    """The score of that id.

    Raises:
        UnknownNameError: If there is none; the message holds near names.

    Example:
        >>> get_score("induction").version
        1
    """
    try:
        return SCORES[name]
    except KeyError:
        raise UnknownNameError("score", name, SCORES, f"There are {', '.join(sorted(SCORES))}.") from None
