"""A module that answers for another whose output is known, or is to be changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import Tensor, nn


class StandIn(nn.Module):
    """Returns `answer(first argument)`, in the form in which the original module returns its output.

    Attributes that callers read (a layer's attention type) are those of the original.
    """

    def __init__(self, original: nn.Module, answer: Callable[[Tensor], Any], length: int = 0) -> None:
        """`length` is the number of values that the original returns; 0 = a bare tensor."""
        super().__init__()
        self.__dict__.update(original=original, answer=answer, length=length)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.__dict__["original"], name)

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """The answer, followed by None for whatever else the original returns."""
        value = self.answer(args[0] if args else next(iter(kwargs.values())))
        return value if not self.length else (value, *[None] * (self.length - 1))
