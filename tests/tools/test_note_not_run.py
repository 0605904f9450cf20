"""What a command left out becomes part of a model's record, and only that."""

from __future__ import annotations

from note_not_run import with_reasons

RECORD = "name: Jar small\nkind: public\nn_layers: 2\n"
REASONS = {"sparkle/default": "Its tokenizer knows no sparks: not one.", "twinkle/other": "No logits."}


def test_the_reasons_stand_at_the_end_and_replace_older_ones() -> None:
    """The lines above are those that a person wrote."""
    once = with_reasons(RECORD, {"sparkle/default": "An older reason."})
    text = with_reasons(once, REASONS)
    assert text.startswith(RECORD)
    assert text == with_reasons(RECORD, REASONS)
    assert text.count("- head:") == 2
    assert "older" not in text


def test_without_reasons_nothing_is_left_of_older_ones() -> None:
    """A recipe that can be run now is no longer listed."""
    assert with_reasons(with_reasons(RECORD, REASONS), {}) == RECORD
    assert with_reasons(RECORD, {}) == RECORD
