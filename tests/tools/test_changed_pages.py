"""Which pages a pull request is shown with."""

from __future__ import annotations

from changed_pages import names


def test_records_are_named_with_their_kind() -> None:
    """A record, and what lies beside it, by the name of the record; whatever else changed has none."""
    paths = ["catalog/heads/induction.yaml", "catalog/heads/induction.pattern.json", "catalog/claims/a-2024-b.csv"]
    assert names([*paths, "headkb/site/pages.py", "README.md", ""]) == ["claims/a-2024-b", "heads/induction"]


def test_a_change_without_records_has_a_page_to_look_at() -> None:
    """That of one head type; a path that only looks like a record's is none."""
    assert names([]) == ["heads/induction"]
    assert names(["docs/index.md", "catalog/heads/../../x.yaml", "catalog/heads/$(x).yaml"]) == ["heads/induction"]
