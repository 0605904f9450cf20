"""Detection patterns of one's own: where a head of some type would look, compared with where each head looks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from torch import Tensor

from headkb.errors import ShapeError, check_choice
from headkb.scores.inputs import checked, real
from headkb.scores.published import compare
from headkb.scores.registry import Reader, score
from headkb.tensors import Pattern, Prompts

Targets = Callable[[Tensor], Tensor]
"""One prompt's real tokens `[pos]` → its detection pattern `[query_pos, key_pos]`: 0 and 1, or weights."""


def detection_pattern(score_id: str, *, prompts: str, version: int = 1) -> Callable[[Targets], Targets]:
    """Register a function from tokens to a detection pattern as a score; the function itself stays as it is.

    The score has the parameters of `detector`: `measure`, `exclude_bos` and `exclude_current_token`.

    Args:
        score_id: Name of the score, kebab-case.
        prompts: Id of the prompt generator that the score is made for.
        version: To be raised when the same input gives another number.

    Returns:
        A decorator for a function from one prompt's tokens `[pos]` to `[query_pos, key_pos]`.

    Raises:
        HeadkbError: If another function has that id.
    """

    def register(targets: Targets) -> Targets:
        def function(
            pattern: Pattern,
            prompts: Prompts,
            *,
            measure: Literal["mul", "abs"] = "mul",
            exclude_bos: bool = False,
            exclude_current_token: bool = False,
        ) -> Tensor:
            read = detector(
                targets, measure=measure, exclude_bos=exclude_bos, exclude_current_token=exclude_current_token
            )
            return read(pattern, prompts)

        # The score goes by the name and the docstring of what the author wrote.
        function.__doc__, function.__module__, function.__qualname__ = (
            targets.__doc__,
            targets.__module__,
            targets.__qualname__,
        )
        score(score_id, prompts=prompts, version=version)(function)
        return targets

    return register


def detector(
    targets: Tensor | Targets,
    *,
    measure: Literal["mul", "abs"] = "mul",
    exclude_bos: bool = False,
    exclude_current_token: bool = False,
) -> Reader:
    """A reader that compares every head with one detection pattern.

    Equals TransformerLens' `detect_head` prompt by prompt, but does not round: see `headkb.scores.published`.

    Args:
        targets: The pattern, `[query_pos, key_pos]`, for prompts of that length; or a function from a prompt's tokens to it.
        measure: `mul`, attention times the pattern as a share of all attention; `abs`, 1 minus the mean over queries of the absolute
            row error.
        exclude_bos: Leave out key 0.
        exclude_current_token: Leave out attention to the query's own position.

    Returns:
        A reader: pattern `[batch, head, query_pos, key_pos]` and prompts → `[batch, head]`, unitless; with 0 and 1 in the detection
        pattern 0 to 1 for `mul`, at most 1 for `abs`.

    Raises:
        UnknownNameError: If there is no such measure.
        ShapeError: When it reads, if a detection pattern is not square or not as long as its prompt.

    Example:
        >>> from headkb.tensors import Prompts
        >>> back = torch.eye(3).roll(1, 0)[None, None]  # query t attends to t - 1
        >>> detector(torch.eye(3).roll(1, 0).tril())(back, Prompts.of(torch.tensor([[5, 6, 7]]))).item()
        0.6666666865348816
    """
    check_choice("measure of a detection pattern", measure, ("mul", "abs"))

    def read(pattern: Tensor, prompts: Prompts) -> Tensor:
        pattern = checked(pattern, prompts, "a detection pattern")
        marks = _of_every_prompt(pattern, prompts, targets)
        return compare(pattern, prompts, marks, measure, exclude_bos, exclude_current_token)

    return read


def _of_every_prompt(pattern: Tensor, prompts: Prompts, targets: Tensor | Targets) -> Tensor:
    """The detection pattern of each prompt, 0 at padding, `[batch, query_pos, key_pos]`."""
    marks = pattern.new_zeros((len(pattern), *pattern.shape[-2:]))
    for row, (tokens, mask) in enumerate(zip(prompts.tokens, real(pattern, prompts), strict=True)):
        length = int(mask.sum())  # padding stands on the right
        wanted = targets(tokens[:length]) if callable(targets) else targets
        if not isinstance(wanted, Tensor) or tuple(wanted.shape) != (length, length):
            shape = " x ".join(map(str, wanted.shape)) if isinstance(wanted, Tensor) else type(wanted).__name__
            raise ShapeError(
                f"the detection pattern of prompt {row} is {shape}; it must be {length} x {length}, [query_pos, key_pos]. "
                "Pass a function of the tokens where prompts differ in length."
            )
        marks[row, :length, :length] = wanted.to(marks)
    return marks
