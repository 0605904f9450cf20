"""The content security policy, as a browser carries it out: what the site needs runs, what somebody smuggles in does not."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.browser

SMUGGLED = {
    "a script in the page": "document.body.append(Object.assign(document.createElement('script'), {textContent: 'window.pwn = 1'}))",
    "a handler": "document.body.insertAdjacentHTML('beforeend', '<img src=x: onerror=\"window.pwn = 1\">')",
    "an address that is a script": "(() => { const a = document.createElement('a'); a.href = 'javascript:window.pwn=1'; document.body.append(a); a.click(); })()",
    "text as code": "setTimeout('window.pwn = 1')",
    "a script of another host": "document.body.append(Object.assign(document.createElement('script'), {src: 'data:text/javascript,window.pwn=1'}))",
    "a frame": "document.body.insertAdjacentHTML('beforeend', '<iframe srcdoc=\"<script>parent.pwn = 1<\\/script>\"></iframe>')",
}
UNHEARD = ("a frame",)  # it is refused in the frame, which tells nobody


@pytest.mark.parametrize("what", SMUGGLED)
def test_what_is_smuggled_in_does_not_run(browser: Any, base: str, what: str) -> None:
    """The browser refuses it and says so; without the policy each of these would run."""
    for policy in (True, False):
        page = browser.new_page(bypass_csp=not policy)
        try:
            page.add_init_script(
                "window.refused = []; addEventListener('securitypolicyviolation', e => refused.push(e.violatedDirective))"
            )
            page.goto(f"{base}heads/induction/")
            assert page.evaluate("refused") == []
            page.evaluate(SMUGGLED[what])
            if policy:
                page.evaluate("() => new Promise(resolve => setTimeout(resolve, 300))")
                assert page.evaluate("() => window.pwn") is None
                assert what in UNHEARD or page.evaluate("() => refused.length"), what
            else:
                page.wait_for_function("() => window.pwn === 1")
        finally:
            page.close()


def test_the_palette_is_kept(visit: Any) -> None:
    """The choice of a palette, which scripts of the frame keep, stands on the next page before it is drawn."""
    page = visit(color_scheme="light").open("heads/induction/")
    page.evaluate("document.querySelector('label[title=\"Use the light palette\"]').click()")
    page.evaluate("document.querySelector('label[title=\"Use the dark palette\"]').click()")
    page.goto(page.url.replace("induction", "name-mover"))
    assert page.get_attribute("body", "data-md-color-scheme") == "slate"
