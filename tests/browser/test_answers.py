"""What a reader asks first of a head type is answered before the page is scrolled far, on a laptop and on a phone."""

from __future__ import annotations

from typing import Any

import pytest

FAR = 1000
"""Pixels from the top of the page within which every answer ends."""
SCREENS = {"laptop": (1280, 900), "phone": (390, 844)}
ENDS = """() => Object.fromEntries([...document.querySelectorAll('dl.hk-answers dt')].map(
  term => [term.textContent, term.nextElementSibling.getBoundingClientRect().bottom + scrollY]))"""
QUESTIONS = {
    "who found it": ("Found by", "Elhage et al. 2021"),
    "where is it in GPT-2": ("Best known heads", "GPT-2 small: L5H5"),
    "how is it measured": ("Measured by", "at least"),
    "was it rerun": ("Claims", "not rerun"),
    "where is it shown": ("Shown on", "Public models:"),
    "is it disputed": ("Disputed by", "Yin and Steinhardt 2025"),
}


@pytest.mark.parametrize("screen", SCREENS)
def test_the_first_questions_are_answered_within_a_thousand_pixels(screen: str, visit: Any) -> None:
    """What it is stands in the lead, the rest in the list below it; each answer ends before the line."""
    width, height = SCREENS[screen]
    page = visit(viewport={"width": width, "height": height}).open("heads/induction/")
    lead = page.locator(".hk-lead").bounding_box()
    assert "attends to the token B that followed A" in page.inner_text(".hk-lead")
    ends = page.evaluate(ENDS)
    assert lead["y"] + lead["height"] < min(ends.values())
    for question, (term, words) in QUESTIONS.items():
        answer = page.locator(f"dl.hk-answers dt:text-is('{term}') + dd")
        assert words in answer.inner_text(), question
        assert answer.is_visible(), question
        assert ends[term] < FAR, (question, ends[term])
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_answers_stand_without_scripts(visit: Any) -> None:
    """The same list and the strip of depths are there where no script runs."""
    page = visit(java_script_enabled=False).open("heads/induction/")
    assert page.locator("dl.hk-answers dt").count() >= len(QUESTIONS)
    strip = page.locator(".hk-strip")
    assert strip.is_visible()
    assert strip.locator("svg").count() == strip.locator("a").count() > 20


@pytest.mark.parametrize("screen", SCREENS)
def test_dots_are_round_and_keep_to_their_track(screen: str, visit: Any) -> None:
    """The track of a model is as wide as its column, and the first and the last layer lie at its ends."""
    width, height = SCREENS[screen]
    page = visit(viewport={"width": width, "height": height}).open("heads/induction/")
    boxes = page.evaluate(
        """() => [...document.querySelectorAll('.hk-strip svg')].map(s => [s.getBoundingClientRect().width,
          getComputedStyle(s.querySelector('path')).vectorEffect, getComputedStyle(s.querySelector('path')).strokeLinecap])"""
    )
    assert len({round(box[0]) for box in boxes}) == 1
    assert boxes[0][0] > 100
    assert {tuple(box[1:]) for box in boxes} == {("non-scaling-stroke", "round")}


def test_the_dispute_is_one_step_from_its_answer(visit: Any) -> None:
    """The link of the answer leads to the box that says who says what."""
    page = visit().open("heads/induction/")
    page.click("dl.hk-answers a[href='#disputed']")
    assert page.locator("#disputed .hk-box-title").inner_text() == "Disputed"
    assert page.evaluate("document.querySelector('#disputed').getBoundingClientRect().top") < 900
