"""A text uses Markdown that headkb does not show: headings, tables, quotes, rules, images.

Texts of records have paragraphs, lists, `**bold**`, `*emphasis*`, `` `code` ``, links and formulas. Pages make their own headings and tables.

Bad:

    description: |
      ## Discovery
      | model | heads |

Good:

    description: |
      **Discovery.** It was found in GPT-2.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from headkb.catalog import Catalog
from headkb.catalog.prose import words
from headkb.catalog.rules import Finding

SEVERITY = "warning"
WHY = "readers would see the signs that make it"
MARK = re.compile(r"^[ ]{0,3}(?:#{1,6} |\|(?=[^\n]*\|[ ]*$)|> (?![0-9])|(?:---|\*\*\*|___)[ ]*$)|!\[|~~", re.MULTILINE)


def check(catalog: Catalog) -> Iterator[Finding]:
    """Yield one finding per text, at its first sign."""
    for record, field, text in catalog.prose:
        may_be = text[0] in "#|>" or "\n" in text or "![" in text or "~~" in text
        match = MARK.search(text) if may_be else None
        if match is not None and match[0].strip().removesuffix("[") in words(text):
            message = f"{match[0].strip()!r} is shown as it is."
            yield Finding(record, field, message, "use a paragraph that begins with `**bold**` words, or a list")
