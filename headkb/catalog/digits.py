"""Digits that a number carries though its source never wrote them: a decimal of few digits, blown up by the way in which it was stored."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable, Sequence

FEW = 5
"""Significant digits that a rounded number has at most."""
SINGLE = 9
"""Significant digits that tell any two numbers of single precision apart; a rounded number needs no more."""
DOUBLE = 17
"""Significant digits that tell any two numbers of double precision apart; more are zeros or noise of the printing."""
SHARE = 0.5
"""Share of the long numbers of a column that must be rounded ones before these are taken for noise and not for chance."""

_PLAIN = re.compile(r"-?[0-9]*+(?:\.[0-9]*+)?(?:[eE][+-]?[0-9]{1,3})?")


def significant(cell: str) -> int:
    """How many significant digits a number is written with, zeros at its end included."""
    return len(cell.lower().partition("e")[0].replace(".", "").replace("-", "").lstrip("0"))


def rounded(value: float) -> float | None:
    """The decimal of at most `FEW` digits that becomes `value` when it is stored in single precision or comes out of a sum; None if there is none."""
    short = float(f"{value:.{FEW}g}")
    stored = struct.unpack("f", struct.pack("f", short))[0] if abs(short) < 3e38 else short
    return short if value in (stored, short) or abs(value - short) <= 1e-15 * abs(short) else None


def written(cells: Sequence[str]) -> list[str]:
    """The numbers of one column as they should be written: noise taken off where at least half of the long ones carry it.

    Example:
        >>> written(["-0.746999979019165", "0.5", ""])
        ['-0.747', '0.5', '']
        >>> written(["0.0021728137508034706", "1.000000000000000000e+00"])
        ['0.0021728137508034706', '1.0']
    """
    long = {cell for cell in cells if len(cell) > SINGLE and _PLAIN.fullmatch(cell) and significant(cell) > SINGLE}
    short = {cell: near for cell in long if (near := rounded(float(cell))) is not None}
    noisy = sum(cell in short for cell in cells) >= SHARE * sum(cell in long for cell in cells)
    known = {cell: repr(short[cell]) for cell in short if noisy and significant(cell) <= DOUBLE}
    known |= {cell: repr(float(cell)) for cell in long if significant(cell) > DOUBLE}
    return [known.get(cell, cell) for cell in cells]


def noise(cells: Iterable[str]) -> list[tuple[str, str]]:
    """The numbers of a column that carry noise, each with how it should be written."""
    listed = list(cells)
    return [(cell, better) for cell, better in zip(listed, written(listed), strict=True) if cell != better]
