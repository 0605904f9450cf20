"""JSON with indents: the text that the standard library writes, and its refusals."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest

hypothesis = pytest.importorskip("hypothesis")

from hypothesis import given  # noqa: E402
from hypothesis import strategies as some  # noqa: E402

from headkb.catalog.indented import indented  # noqa: E402

LEAF = (
    some.none() | some.booleans() | some.integers() | some.floats(allow_nan=False, allow_infinity=False) | some.text()
)
DATA = some.recursive(
    LEAF,
    lambda inner: some.lists(inner) | some.lists(inner).map(tuple) | some.dictionaries(some.text(), inner),
    max_leaves=30,
)


@given(DATA)
def test_it_writes_what_the_standard_library_writes(data: Any) -> None:
    """Texts with line breaks, commas and quotes, empty lists and objects, and lists of both leaves and lists included."""
    assert indented(data) == json.dumps(data, indent=2, ensure_ascii=False)


@pytest.mark.parametrize("data", [math.nan, [math.inf], {"a": [1.0, [-math.inf]]}])
def test_numbers_that_no_reader_of_json_takes_are_refused(data: Any) -> None:
    """At any depth."""
    with pytest.raises(ValueError, match="not JSON compliant"):
        indented(data)


@pytest.mark.parametrize("data", [{1, 2}, [{"a": object()}], {"a": {1: [2]}}])
def test_what_json_has_no_form_for_is_refused(data: Any) -> None:
    """A set, an object, and a key that is no text beside a list."""
    with pytest.raises(TypeError):
        indented(data)
