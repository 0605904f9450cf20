"""What `headkb.patterns` shows in a notebook, used as a reader would."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch")
from headkb.analysis import patterns

pytestmark = pytest.mark.browser
TEXT = "the cat saw the dog . the cat saw"


def test_in_a_notebook(tmp_path: Path, browser: Any) -> None:
    """Hover, focus, arrow keys and the choice of a head, twice the same object on one page; no request leaves."""
    seen = patterns("organism-tasks", TEXT, head="L0H1")
    page_file = tmp_path / "page.html"
    page_file.write_text(f'<!doctype html><meta charset="utf-8">{seen.html()}{seen.html()}', encoding="utf-8")
    page, asked = browser.new_page(), []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: asked.append(str(error)))
    page.goto(page_file.as_uri())
    boxes = page.locator(".hk-look[data-on]")
    assert boxes.count() == 2
    box = boxes.nth(1)
    tokens, say = box.locator(".hk-tokens span"), box.locator(".hk-say")
    assert "From “saw” (9), L0H1 looks at" in say.inner_text()
    tokens.nth(5).hover()
    key = int(seen["L0H1"][5].argmax())
    assert (
        f"From “dog” (5), L0H1 looks at “{seen.tokens[key]}” ({key}) {seen['L0H1'][5, key]:.2f}"[:-1]
        in say.inner_text()
    )
    tokens.nth(4).focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert "(6), L0H1" in say.inner_text()
    box.locator("select").select_option("L1H2")
    key = int(seen["L1H2"][6].argmax())
    assert f"(6), L1H2 looks at “{seen.tokens[key]}” ({key})" in say.inner_text()
    assert not box.locator("details").get_attribute("open")
    assert boxes.nth(0).locator(".hk-say").inner_text().startswith("From “saw” (9), L0H1")
    off = browser.new_context(java_script_enabled=False).new_page()
    off.goto(page_file.as_uri())
    assert off.locator("details table").first.is_visible()
    assert not off.locator(".hk-say").first.is_visible()
    assert asked == [page_file.as_uri()]
