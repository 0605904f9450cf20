"""Groups of head types that share a colour."""

from __future__ import annotations

from collections import Counter

from headkb import Catalog
from headkb.site.role_groups import GROUPS, role_group


def test_groups_hold_types_of_the_catalog_once(real_catalog: Catalog) -> None:
    """A misspelt id would colour nothing, and a type in two groups would have two colours."""
    named = Counter(head_type for group in GROUPS.values() for head_type in group)
    assert named.keys() - real_catalog.heads.keys() == set()
    assert set(named.values()) == {1}
    assert len(GROUPS) == 7


def test_types_without_a_group_are_others() -> None:
    """The last colour, for every type that stands in no group, known or not."""
    numbers = {role_group(i) for group in list(GROUPS.values())[:-1] for i in group}
    assert numbers == set(range(1, 7))
    assert role_group("safety") == role_group("no-such-type") == 7
