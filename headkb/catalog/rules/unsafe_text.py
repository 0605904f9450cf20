"""A text holds HTML or a link that runs code.

Texts are Markdown without HTML: paragraphs, lists, emphasis, code, http(s) links, formulas. Angle brackets that look like a tag are
refused outside `code`, $formulas$ and the tokens of a passport, which the site shows as code, and so are links with any scheme but http and https.

Bad:

    definition: Attends to <b>names</b>.

Good:

    definition: Attends to **names**.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from headkb.catalog import Catalog
from headkb.catalog.inline import Token, parse
from headkb.catalog.references import texts
from headkb.catalog.rules import Finding

WHY = "the site shows these texts to every reader; HTML could run code there"

TAG = re.compile(r"<\s*[a-zA-Z!/?][^>]*>?")
SCHEME = re.compile(r"\b(javascript|vbscript|data|file|blob)\s*:(?=\S)|\]\(\s*(?!\s|https?://|#)", re.IGNORECASE)
ENTITY = re.compile(r"&#x?[0-9a-fA-F]+;?|&(lt|gt|colon|Tab|NewLine);", re.IGNORECASE)


TOKENS = (("passport", "before"), ("passport", "after"))
"""Fields with tokens as their tokenizer spells them, such as `<s>`."""


def check(catalog: Catalog) -> Iterator[Finding]:
    """Yield one finding per text with a tag, a script link or an encoded character."""
    for _, record in catalog.records():
        for field, text in texts(record):
            if not any(mark in text for mark in "<:(&"):
                continue
            verbatim = field[-1:] == ("formula",) or field[:2] in TOKENS
            prose = text if verbatim else "\n".join(_prose(parse(text)))
            if not verbatim and (match := TAG.search(prose)):
                message = f"{match[0][:40]!r} looks like HTML."
                yield Finding(record, field, message, "use Markdown (**bold**, `code`), or put the text into backticks")
            if match := SCHEME.search(prose):
                message = f"{prose[match.start() :][:40]!r} is not a web address that may be linked."
                yield Finding(record, field, message, "link to http:// or https:// addresses only")
            if match := ENTITY.search(prose):
                yield Finding(record, field, f"{match[0]!r} is an HTML entity.", "type the character itself")


def _prose(tokens: Iterable[Token]) -> Iterator[str]:
    """What the site shows as text and not as code or a formula; a link to a page of the site as it is written, as no record may make one."""
    for token in tokens:
        if token.kind == "link" and token.target.startswith("@"):
            yield f"]({token.target})"
        if token.kind in ("text", "ref"):
            yield token.text
        yield from _prose(token.inner)
