"""Glossary terms in running text: the first mention on a page becomes a link that shows the definition on hover and focus."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

from headkb.site.links import record_path
from headkb.site.parts import Context
from headkb.site.text import words

TAG = re.compile(r"(<[^<>]*>)")
SKIP = re.compile(r"a|code|pre|h[1-4]|svg|table|button|script|style|summary|dt|details|aside")
"""Elements in which nothing is linked."""


@dataclass(frozen=True)
class Terms:
    """Pattern of all names, and for each name in lower case the record's path and definition."""

    pattern: re.Pattern[str] | None
    records: Mapping[str, tuple[str, str]]
    context: Context


def make_terms(context: Context) -> Terms:
    """The terms of a catalog's glossary."""
    records: dict[str, tuple[str, str]] = {}
    for term in context.catalog.glossary.values():
        for name in term.names():
            everyday = term.everyday and name == term.name
            if (len(name) > 2 or name.isupper()) and not everyday:
                entry = record_path("glossary", term.id), _short(words(term.definition, context.links))
                records.setdefault(name.casefold(), entry)
    # Longer names first: of two that begin alike, the longer one is meant.
    names = "|".join(re.escape(escape(n, quote=False)) for n in sorted(records, key=lambda n: (-len(n), n)))
    return Terms(re.compile(rf"\b({names})(?:s)?\b", re.IGNORECASE) if names else None, records, context)


def _short(definition: str) -> str:
    """A definition as far as a reader takes it in beside the text: its first sentence or clause."""
    first = re.split(r"(?<=[;.]) ", definition, maxsplit=1)[0]
    return first if first.endswith(".") else f"{first.rstrip(';')}."


def link_terms(html: str, terms: Terms, page: str) -> str:
    """`html` with the first mention of each term linked; links, code, headings, tables and formulas are left alone."""
    if terms.pattern is None:
        return html
    seen: set[str] = set()
    out: list[str] = []
    stack: list[str] = []
    skipping = 0
    for part in TAG.split(html):
        if part.startswith("<"):
            skipping = _step(part, stack, skipping)
            out.append(part)
        elif skipping or not part.strip():
            out.append(part)
        else:
            out.append(terms.pattern.sub(lambda m: _link(m, terms, page, seen), part))
    return "".join(out)


def _step(tag: str, stack: list[str], skipping: int) -> int:
    """Follow one tag; the result counts the open elements in which nothing is linked."""
    name = re.match(r"</?\s*([a-zA-Z0-9]+)", tag)
    if name is None:
        return skipping
    word = name[1].lower()
    if tag.startswith("</"):
        if stack and stack[-1].strip("!") == word:
            return skipping - stack.pop().startswith("!")
        return skipping
    container = word in ("span", "div", "p", "ul")
    if SKIP.fullmatch(word) or (
        container and re.search("hk-math|hk-ev|hk-st|hk-sum|arithmatex|hk-kind|hk-titles|hk-codes", tag)
    ):
        stack.append("!" + word)
        return skipping + 1
    if container:
        stack.append(word)
    return skipping


def _link(match: re.Match[str], terms: Terms, page: str, seen: set[str]) -> str:
    key = match[1].casefold()
    path, definition = terms.records.get(key, ("", ""))
    # An abbreviation counts only in capitals: "ov" inside other text is no term.
    if not path or path in seen or path == page or (len(match[1]) <= 4 and not match[1].isupper()):
        return match[0]
    seen.add(path)
    href = escape(terms.context.links.relative(page, path))
    return f'<a class="hk-term" href="{href}" data-definition="{escape(definition)}">{match[0]}</a>'
