"""What the playground says of rounded weights, and its recorded answer, are what the engine measures."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytest.importorskip("torch")

import record_playground as tool
from record_playground import answer, as_served, example, rounded_up, stored_in_full

from headkb.models import load_model
from headkb.site.play import recorded
from headkb.site.play_prompts import PROMPTS


def test_the_recorded_answer_is_the_engine_s() -> None:
    """To the last digit that is written, give or take one for another machine's sums."""
    now, then = example(), recorded()["example"]
    assert {key: now[key] for key in ("model", "name", "prompt", "tokens", "head", "off")} == {
        key: then[key] for key in ("model", "name", "prompt", "tokens", "head", "off")
    }
    for row, old in zip(now["pattern"], then["pattern"], strict=True):
        assert row == pytest.approx(old, abs=0.0011)
    for (word, *chances), (was, *before) in zip(now["answers"], then["answers"], strict=True):
        assert word == was
        assert chances == pytest.approx(before, abs=0.0011)


def test_the_head_that_is_suggested_changes_the_answer() -> None:
    """Each prompt's head is one without which the likeliest word is another one, in the weights that are served as they are and in others."""
    for model, prompts in PROMPTS.items():
        loaded = load_model(model)
        for prompt in prompts:
            ids = loaded.tokenizer(prompt.text)["input_ids"]
            assert 2 not in ids, prompt
            layer, head = map(int, prompt.head[1:].split("H"))
            on, off = answer(loaded, ids)[1][-1], answer(loaded, ids, [(layer, head)])[1][-1]
            assert int(on.argmax()) != int(off.argmax()), prompt


def test_rounding_moves_no_probability_by_more_than_is_said(tmp_path: Path) -> None:
    """Of models that are stored in full, with all heads on; the file says nothing of the others."""
    said = recorded()["rounding"]
    assert set(said) == {model for model in PROMPTS if stored_in_full(model)}
    for model, most in said.items():
        full, half = load_model(model), as_served(model, tmp_path)
        ids = full.tokenizer(PROMPTS[model][0].text)["input_ids"]
        assert 0 < float((answer(full, ids)[1] - answer(half, ids)[1]).abs().max()) <= most


def test_the_file_is_as_the_tool_writes_it() -> None:
    """Nobody edited it by hand."""
    text = tool.FILE.read_text("utf-8")
    assert text == json.dumps(json.loads(text), ensure_ascii=False, indent=1) + "\n"


@pytest.mark.parametrize(("value", "up"), [(0.0, 0.0), (0.001234, 0.0013), (0.0013, 0.0013), (0.995, 1.0)])
def test_two_digits_upwards(value: float, up: float) -> None:
    """A bound is never below what was measured."""
    assert rounded_up(value) == pytest.approx(up)
    assert rounded_up(value) >= value
