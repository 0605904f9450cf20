"""Page → HTML: the content below the site's frame, and its table of contents."""

from __future__ import annotations

import re
from html import escape
from typing import Any

from headkb.site import document as doc
from headkb.site.document import Cell, Page, Raw, Row, pieces
from headkb.site.links import Links
from headkb.site.text import block_html, inline_html, math_html, words

SENTENCES = frozenset(
    {"What is claimed", "What it adds", "What it does", "Cause", "What happens", "It says", "Correct is"}
)
"""Columns that hold sentences: they get room before short ones do."""


def cell_html(cell: Cell, links: Links, page: str) -> str:
    """Inline content as HTML."""
    return "".join(p.html if isinstance(p, Raw) else inline_html(p, links, page) for p in pieces(cell))


def cell_words(cell: Cell, links: Links) -> str:
    """Inline content as plain words on one line."""
    return " ".join("".join(_words(piece, links) for piece in pieces(cell)).split())


def _words(piece: str | Raw, links: Links) -> str:
    if isinstance(piece, Raw):
        return piece.words
    # `words` trims; the spaces at the ends part this piece from its neighbours.
    return f"{piece[: len(piece) - len(piece.lstrip())]}{words(piece, links)}{piece[len(piece.rstrip()) :]}"


def page_html(page: Page, links: Links) -> str:
    """The whole content of a page, title included."""
    parts = [f'<h1 id="{escape(slug(page.title))}">{escape(page.title, quote=False)}</h1>']
    if page.subtitle:
        parts.append(f'<p class="hk-kind">{inline_html(page.subtitle, links, page.path)}</p>')
    parts += [node_html(node, links, page.path) for node in page.body]
    return "\n".join(parts)


def slug(text: str) -> str:
    """An anchor made of a title."""
    return re.sub(r"[^a-z0-9]+", "-", text.casefold()).strip("-") or "top"


def toc_tokens(page: Page, links: Links) -> list[dict[str, Any]]:
    """The table of contents in the form of Python-Markdown: second-level headings, third-level ones below them."""
    top: list[dict[str, Any]] = []
    for node in page.body:
        if not isinstance(node, doc.Heading):
            continue
        name = escape(cell_words(node.text, links), quote=False)
        entry: dict[str, Any] = {"level": node.level, "id": node.id, "name": name, "children": []}
        (top[-1]["children"] if node.level > 2 and top else top).append(entry)
    return [{"level": 1, "id": slug(page.title), "name": escape(page.title, quote=False), "children": top}]


def node_html(node: doc.Element, links: Links, page: str) -> str:
    """One part of a page as HTML."""
    if isinstance(node, doc.Heading):
        return _heading(node, links, page)
    if isinstance(node, doc.Prose):
        body = block_html(node.text, links, page)
        if node.lead:
            return f'<div class="hk-lead">{body}</div>'
        return body
    if isinstance(node, doc.Facts):
        rows = "".join(f"<dt>{escape(k, quote=False)}</dt><dd>{cell_html(v, links, page)}</dd>" for k, v in node.rows)
        style = f" {node.style}" if node.style else ""
        return f'<dl class="hk-facts{style}">{rows}</dl>'
    if isinstance(node, doc.Bullets):
        tag = "ol" if node.ordered else "ul"
        items = "".join(f"<li>{cell_html(item, links, page)}</li>" for item in node.items)
        return f"<{tag}{f' class={node.style}' if node.style else ''}>{items}</{tag}>"
    if isinstance(node, doc.DataTable):
        return _table(node, links, page)
    if isinstance(node, doc.Code):
        return code_html(node)
    if isinstance(node, doc.Formula):
        return f"<div>{math_html(node.latex, display=True)}</div>"
    if isinstance(node, doc.Figure):
        caption = f"<figcaption>{cell_html(node.caption, links, page)}</figcaption>" if node.caption else ""
        return f'<figure class="hk-figure">{node.html}{caption}</figure>'
    return _container(node, links, page)


def _heading(node: doc.Heading, links: Links, page: str) -> str:
    name = cell_html(node.text, links, page)
    link = f'<a class="headerlink" href="#{escape(node.id)}" aria-label="Permanent link">¶</a>'
    return f'<h{node.level} id="{escape(node.id)}">{name}{link}</h{node.level}>'


def _container(node: doc.Box | doc.Fold, links: Links, page: str) -> str:
    inner = "\n".join(node_html(child, links, page) for child in node.body)
    title = cell_html(node.title, links, page)
    if isinstance(node, doc.Fold):
        anchor = f' id="{escape(node.id)}"' if node.id else ""
        return f'<details class="hk-fold"{anchor}><summary>{title}</summary>{inner}</details>'
    return f'<aside class="hk-box hk-{escape(node.kind)}"><p class="hk-box-title">{title}</p>{inner}</aside>'


def code_html(node: doc.Code) -> str:
    """Text to copy, with a label; the button is put in by the theme."""
    label = f'<span class="hk-code-label">{escape(node.label, quote=False)}</span>' if node.label else ""
    anchor = f' id="{escape(node.id)}"' if node.id else ""
    return (
        f'<div class="highlight hk-code"{anchor}>{label}<pre><code>{escape(node.text, quote=False)}</code></pre></div>'
    )


def _table(node: doc.DataTable, links: Links, page: str) -> str:
    groups = ("", *node.groups) if node.groups else ("",) * len(node.columns)
    head = "".join(
        f"<th scope=col{_column(name, group)}>{inline_html(name, links, page)}</th>"
        for name, group in zip(node.columns, groups, strict=True)
    )
    rows = "\n".join(_row(row, node, links, page) for row in node.rows)
    facets = ""
    if node.facets:
        facets = f' data-facets="{escape("|".join(f"{k}={v}" for k, v in node.facets.items()))}" data-name="{escape(node.name)}"'
        facets += f' data-group-by="{escape(node.group_by)}"' if node.group_by else ""
        facets += f' data-models="{escape(node.models)}"' if node.models else ""
    caption = f"<caption>{inline_html(node.caption, links, page)}</caption>" if node.caption else ""
    style = f" {node.style}" if node.style else ""
    return (
        f'<div class="hk-scroll"{facets} tabindex="0" role="region" aria-label="{escape(_label(node, links))}"><table class="hk-table{style}">'
        f"{caption}<thead><tr>{head}</tr></thead><tbody>\n{rows}\n</tbody></table></div>"
    )


def _column(name: str, group: str) -> str:
    """Attributes of a column's heading: the group that a matrix filters by, and room for columns of sentences."""
    return (f' data-group="{escape(group)}"' if group else "") + (" class=hk-w" if name in SENTENCES else "")


def _label(node: doc.DataTable, links: Links) -> str:
    return node.caption or f"Table: {', '.join(cell_words(c, links) for c in node.columns if c)[:80]}"


def _row(row: Row, table: doc.DataTable, links: Links, page: str) -> str:
    attributes = "".join(
        f' data-{key}="{escape(value)}"'
        for key, value in row.facets.items()
        if value and (key in table.facets or (key in ("q", "cells") and table.facets))
    )
    anchor = f' id="{escape(row.id)}"' if row.id else ""
    return f"<tr{anchor}{attributes}>" + "".join(f"<td>{cell_html(c, links, page)}</td>" for c in row.cells) + "</tr>"
