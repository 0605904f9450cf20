"""The strip of a value: its bar stands where the value lies, and the outline holds every head of the table."""

from __future__ import annotations

import re

import pytest

from headkb.site.strip import BINS, LEVELS, STEP, column, skyline, strip


def heights(path: str) -> list[int]:
    """The heights that an outline draws, column by column."""
    found, level = list[int](), 0
    for step, number in re.findall(r"([hV])(\d+)", path):
        if step == "V":
            level = LEVELS - int(number)
        else:
            found += [level] * (int(number) // STEP)
    return found + [0] * (BINS - len(found))


def test_every_value_stands_in_its_column_and_no_other() -> None:
    """Columns without a value are empty, each with one can be seen, and more heads are never drawn lower."""
    values = [0.0, 0.01, 0.02, 0.5, 1.0, *[0.25] * 100]
    drawn = heights(skyline(tuple(sorted(values))))
    found = [sum(column(value, 0.0, 1.0) == at for value in values) for at in range(BINS)]
    assert [bool(height) for height in drawn] == [bool(count) for count in found]
    order = sorted(range(BINS), key=lambda at: found[at])
    assert [drawn[at] for at in order] == sorted(drawn)
    assert max(drawn) == LEVELS
    assert drawn[column(0.5, 0.0, 1.0)] > 0


@pytest.mark.parametrize(("value", "at"), [(-2.0, 0), (3.0, BINS - 1), (0.5, BINS // 2)])
def test_the_bar_stands_at_the_value(value: float, at: int) -> None:
    """The lowest on the left, the highest on the right; both ends are said in words as well."""
    drawn = strip([-2.0, 0.0, 0.5, 3.0], value)
    assert f'<path d="M{STEP * at + 1} 0v{LEVELS}"/>' in drawn.html
    assert drawn.html.endswith("<small>−2<i> to </i>3</small>")
    assert drawn.words == "−2 to 3"


def test_equal_values_have_a_strip_too() -> None:
    """One column in the middle."""
    assert [at for at, height in enumerate(heights(skyline((0.3, 0.3)))) if height] == [BINS // 2]
    assert strip([0.3, 0.3], 0.3).words == "0.3 to 0.3"


def test_a_strip_of_a_thousand_heads_is_small() -> None:
    """A page has dozens of them."""
    values = [((head * 7919) % 1009) / 1009 for head in range(1024)]
    assert len(strip(values, values[3]).html) < 300
