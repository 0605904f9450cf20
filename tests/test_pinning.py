"""When a run can be repeated on the same weights."""

from __future__ import annotations

import pytest

from headkb.catalog.pinning import unrepeatable

COMMIT, HASH = "0123456789" * 4, "f" * 64


@pytest.mark.parametrize(
    ("source", "revision", "sha256", "pinned", "words"),
    [
        ("hub", COMMIT, HASH, None, None),
        ("cache", COMMIT, None, COMMIT, None),
        ("cache", COMMIT, None, COMMIT[:7], None),
        ("hub", None, HASH, None, "there is no revision, and not a commit"),
        ("hub", "main", HASH, None, "the revision is 'main', and not a commit"),
        ("cache", COMMIT[:12], HASH, None, "and not a commit of 40 hexadecimal digits"),
        ("hub", COMMIT, HASH, "f" * 40, "but the record of the model pins ffffffffffff"),
        ("directory", None, HASH, None, None),
        ("package", None, HASH, COMMIT, None),
        ("directory", None, None, None, "neither a commit nor a hash"),
        ("published-data", None, None, COMMIT, None),
    ],
)
def test_what_a_run_must_say_of_its_weights(
    source: str, revision: str | None, sha256: str | None, pinned: str | None, words: str | None
) -> None:
    """A commit for what has commits, the one of the record if it names one; a hash for everything else; nothing for data."""
    found = unrepeatable(source, revision, sha256, pinned)
    assert (found is None) if words is None else (words in str(found))
