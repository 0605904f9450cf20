"""Noise of storage is told from digits of a source by the column that it stands in."""

from __future__ import annotations

from pathlib import Path

import pytest

from headkb.catalog.digits import noise, rounded, significant, written
from headkb.catalog.load import load
from headkb.catalog.rules import RULES


@pytest.mark.parametrize(
    ("value", "short"),
    [
        (-0.746999979019165, -0.747),
        (0.30000000000000004, 0.3),
        (1.9999999494757503e-05, 2e-05),
        (0.25, 0.25),
        (0.0021728137508034706, None),
        (1e38, 1e38),
        (0.0, 0.0),
    ],
)
def test_a_rounded_number_is_known_in_single_and_double_precision(value: float, short: float | None) -> None:
    """A decimal of at most five digits is found again; a measured number has none."""
    assert rounded(value) == short


def test_digits_count_from_the_first_that_is_not_zero() -> None:
    """Zeros in front, the sign, the point and the exponent are no digits."""
    assert [significant(cell) for cell in ("0.00125", "-12.50", "1.000e-05", "0", "")] == [3, 4, 4, 0, 0]


def test_a_lone_rounded_number_among_measured_ones_is_chance() -> None:
    """Only where half of the long numbers are rounded ones are these written short."""
    measured = ["0.0021728137508034706", "0.0721728137508034", "0.9021728137508034"]
    assert noise([*measured, "-0.746999979019165"]) == []
    assert noise([measured[0], "-0.746999979019165", "0.5"]) == [("-0.746999979019165", "-0.747")]


def test_no_number_is_written_with_more_digits_than_a_double_has() -> None:
    """Printing noise goes whatever the column; the value stays the same."""
    cells = ["4.730224609375000000e-03", "0.5", ""]
    assert written(cells) == ["0.004730224609375", "0.5", ""]


def test_a_column_with_noise_is_reported_at_the_claim_that_uses_it(toy_copy: Path) -> None:
    """One finding a column, with its first number and how to write it; a table that cannot be read is left to `bad-table`."""
    table = toy_copy / "claims" / "moss-1999-sparkle" / "jar-small.csv"
    table.write_text("layer,head,glow\n0,0,0.1\n0,1,0.30000001192092896\n0,2,0.20000000298023224\n")
    catalog, _ = load(toy_copy)
    found = list(RULES["excess-digits"].check(catalog))
    assert [(f.record.id, f.field, f.fix) for f in found] == [
        ("moss-1999-sparkle", ("claims", 1, "table", "column"), "write 0.3, and the others in the same way")
    ]
    assert "2 of its numbers" in found[0].message
    table.unlink()
    assert list(RULES["excess-digits"].check(load(toy_copy)[0])) == []
