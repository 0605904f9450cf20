"""What happens to the site after the theme has drawn it: smaller HTML, and the full-text index in chunks (Pagefind)."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

BREAKS = re.compile(r"(?<!\s)\s*\n\s*")
ARTICLE = '<article class="md-content__inner md-typeset">'
FOLDER = "pagefind"
LEFT_OUT = (
    "h2#record",
    ".hk-foot",
    ".headerlink",
    ".hk-kind",
    ".hk-fold",
    ".hk-heat",
    ".hk-codes",
    ".hk-strip",
    ".hk-svg",
    ".hk-code",
)
"""What the full-text index does not hold: a record's foot, numbers of maps, texts to copy."""
UNUSED = ("*-ui.*", "pagefind-highlight.js", "wasm.unknown.pagefind")
"""Pagefind's ready-made search boxes and its fallback for other languages: the site draws its own box and is English."""


def compact(html: str, weight: float | None) -> str:
    """A page without the theme's empty lines; the article is left as it is, and marked for the index.

    Args:
        html: The page as the theme wrote it.
        weight: How much a hit on this page counts in the full text (1 is ordinary); None leaves the page out.
    """
    start, end = html.find(ARTICLE), html.rfind("</article>")
    if start < 0 or end < 0:
        return html
    mark = "" if weight is None else f' data-pagefind-body data-pagefind-weight="{weight:g}"'
    before, inner, after = html[:start], html[start + len(ARTICLE) : end], html[end:]
    before, after = BREAKS.sub("\n", before).strip(), BREAKS.sub("\n", after).strip()
    return f"{before}\n{ARTICLE[:-1]}{mark}>{inner.strip()}\n{after}\n"


def write_index(site: Path) -> None:
    """Index the marked pages of a built site into `site/pagefind/`, in chunks that the reader's browser fetches as needed.

    Raises:
        RuntimeError: If Pagefind is missing or fails; the text says what to do.
    """
    command = [sys.executable, "-m", "pagefind", "--site", str(site), "--output-subdir", FOLDER]
    command += ["--exclude-selectors", ",".join(LEFT_OUT), "--force-language", "en", "--silent"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode:
        lines = [line for line in (result.stderr or result.stdout).splitlines() if line.strip()]
        raise RuntimeError(
            f"the search index could not be made: {lines[0] if lines else 'no message'}. "
            "Pagefind does it; install it with: pip install 'headkb[site]'"
        )
    for pattern in UNUSED:
        for file in (site / FOLDER).glob(pattern):
            file.unlink()
