"""A text holds HTML or a link that runs code.

Texts are Markdown without HTML: paragraphs, lists, emphasis, code, http(s) links, formulas. Angle brackets that look like a tag are
refused outside `code` and $formulas$, and so are links with any scheme but http and https.

Bad:

    definition: Attends to <b>names</b>.

Good:

    definition: Attends to **names**.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

from headkb.catalog import Catalog
from headkb.catalog.references import texts
from headkb.catalog.rules.finding import Finding

ID = "unsafe-text"
SEVERITY = "error"
WHY = "the site shows these texts to every reader; HTML could run code there"

CODE = re.compile(r"`[^`]*`|\$\$.*?\$\$|\$[^$\n]*\$", re.DOTALL)
TAG = re.compile(r"<\s*[a-zA-Z!/?][^>]*>?")
SCHEME = re.compile(r"\b(javascript|vbscript|data|file|blob)\s*:(?=\S)|\]\(\s*(?!https?://|#)[^)]*\)", re.IGNORECASE)
ENTITY = re.compile(r"&#x?[0-9a-fA-F]+;?|&(lt|gt|colon|Tab|NewLine);", re.IGNORECASE)


def check(catalog: Catalog) -> Iterator[Finding]:
    """Yield one finding per text with a tag, a script link or an encoded character."""
    for kind, record in catalog.records():
        for field, text in texts(record):
            if not any(mark in text for mark in "<:(&"):
                continue
            fault = partial(Finding, kind, record.id, field)
            prose = text if field[-1:] == ("formula",) else CODE.sub("", text)
            if field[-1:] != ("formula",) and (found := TAG.search(prose)):
                yield fault(
                    f"{found[0][:40]!r} looks like HTML.",
                    "use Markdown (**bold**, `code`), or put the text into backticks",
                )
            if found := SCHEME.search(prose):
                yield fault(
                    f"{found[0][:40]!r} is not a web address that may be linked.",
                    "link to http:// or https:// addresses only",
                )
            if found := ENTITY.search(prose):
                yield fault(f"{found[0]!r} is an HTML entity.", "type the character itself")
