"""Page → HTML: the content below the site's frame, and its table of contents."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape
from typing import Any

from headkb.site import document as doc
from headkb.site.document import Cell, Page, Raw, Row, pieces
from headkb.site.links import Links
from headkb.site.pattern_view import pattern_html
from headkb.site.text import block_html, inline_html, math_html, words

SENTENCES = frozenset(
    {"What is claimed", "What it adds", "What it does", "Cause", "What happens", "It says", "Correct is"}
)
"""Columns that hold sentences: they get room before short ones do."""
WIDE = 5
"""A table with so many columns may use the margins of the page."""
LAST_NUMBERED = 9
"""The last column for which the style sheet has a class of numbers."""
NUMBER = re.compile(r"[−+-]?(?:\d[\d,]*(?:\.\d+)?|\.\d+)(?: ?%)?")
MINUS = re.compile(r"(?<![\w.,)\]−–-])-(?=\.?\d)")
OUT = re.compile(r'(<a href="[^"]*" class=hk-out>)([^<]*)')
STROKE = re.compile(r"[/_](?=[^\W_]{3})")
LEFT_ALONE = re.compile(r"[`$]|\]\(|\[\[")
"""What marks a text in which a hyphen may belong to an address, to code or to a formula."""


def cell_html(cell: Cell, links: Links, page: str) -> str:
    """Inline content as HTML."""
    return "".join(_markup(p, links, page) if isinstance(p, Raw) else inline_html(p, links, page) for p in pieces(cell))


def _markup(piece: Raw, links: Links, page: str) -> str:
    return piece.html.replace("{href}", escape(links.relative(page, piece.link))) if piece.link else piece.html


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
        kind = f" class={node.style}" if node.style else ""
        return f"<{tag}{kind}{rest_marks(node.rest)}>{items}</{tag}>{_rest(node.rest, links, page)}"
    if isinstance(node, doc.DataTable):
        return _table(node, links, page)
    if isinstance(node, doc.Chips):
        return _chips(node, links, page)
    if isinstance(node, doc.Code):
        return code_html(node)
    if isinstance(node, doc.Formula):
        return f"<div>{math_html(node.latex, display=True)}</div>"
    if isinstance(node, doc.Figure):
        caption = f"<figcaption>{cell_html(node.caption, links, page)}</figcaption>" if node.caption else ""
        return f'<figure class="hk-figure">{node.html}{caption}</figure>'
    if isinstance(node, doc.PatternFigure):
        return pattern_html(node, cell_html(node.caption, links, page))
    return _container(node, links, page)


def _heading(node: doc.Heading, links: Links, page: str) -> str:
    name = cell_html(node.text, links, page)
    link = f'<a class="headerlink" href="#{escape(node.id)}" aria-label="Permanent link">¶</a>'
    return f'<h{node.level} id="{escape(node.id)}">{name}{link}</h{node.level}>'


def _container(node: doc.Box | doc.Fold, links: Links, page: str) -> str:
    inner = "\n".join(node_html(child, links, page) for child in node.body)
    title = cell_html(node.title, links, page)
    anchor = f' id="{escape(node.id)}"' if node.id else ""
    if isinstance(node, doc.Fold):
        return f'<details class="hk-fold"{anchor}><summary>{title}</summary>{inner}</details>'
    return f'<aside class="hk-box hk-{escape(node.kind)}"{anchor}><p class="hk-box-title">{title}</p>{inner}</aside>'


def code_html(node: doc.Code) -> str:
    """Text to copy, with a label; the button is put in by the theme."""
    label = f'<span class="hk-code-label">{escape(node.label, quote=False)}</span>' if node.label else ""
    anchor = f' id="{escape(node.id)}"' if node.id else ""
    return (
        f'<div class="highlight hk-code"{anchor}>{label}<pre><code>{escape(node.text, quote=False)}</code></pre></div>'
    )


def _table(node: doc.DataTable, links: Links, page: str) -> str:
    cross = "hk-cross" in node.style
    wide = " hk-wide" if cross or len(node.columns) >= WIDE else ""
    head = "".join(heading_html(node, i, links, page) for i in range(len(node.columns)))
    rows = "\n".join(row_html(row, node, links, page) for row in node.rows)
    caption = f"<caption>{inline_html(node.caption, links, page)}</caption>" if node.caption else ""
    style = (f" {node.style}" if node.style else "") + ("" if cross else _numbers(node, links))
    return (
        f'<div class="hk-scroll{wide}" data-needs="tables"{_filters(node)}{rest_marks(node.rest)} tabindex="0" role="region" aria-label="{escape(_label(node, links))}">'
        f'<table class="hk-table{style}">{caption}<thead><tr>{head}</tr></thead><tbody>\n{rows}\n</tbody></table></div>'
        f"{_rest(node.rest, links, page)}"
    )


def _numbers(node: doc.DataTable, links: Links) -> str:
    """The classes that have columns of numbers stand at their right edge: `n3` for the third. The first column names its row."""
    return "".join(
        f" n{at + 1}" for at in range(1, min(len(node.columns), LAST_NUMBERED)) if _is_number(node, at, links)
    )


def _is_number(node: doc.DataTable, at: int, links: Links) -> bool:
    """Whether every cell of a column that says something is a number."""
    said = (words for row in node.rows if (words := cell_words(row.cells[at], links)) not in ("", "–"))
    first = next(said, "")
    return bool(NUMBER.fullmatch(first)) and all(map(NUMBER.fullmatch, said))


def _signed(cell: Cell) -> Cell:
    """A cell with the true minus sign before its numbers; texts with links, code or formulas stay as they are."""
    if isinstance(cell, tuple):
        return tuple(map(_signed, cell))
    return cell if isinstance(cell, Raw) or LEFT_ALONE.search(cell) else MINUS.sub("−", cell)


def _breakable(html: str) -> str:
    """A cell in which the names of files that links show may break behind their strokes, and nowhere else."""
    return OUT.sub(lambda m: m[1] + STROKE.sub(r"\g<0><wbr>", m[2]), html) if "hk-out" in html else html


def _filters(node: doc.DataTable | doc.Chips) -> str:
    """What the filters of a list go by; a continuation has none and only says what its cells stand for."""
    if not node.facets:
        return ""
    models = f' data-models="{escape(node.models)}"' if node.models else ""
    if node.rest and not node.rest.parts:
        return models
    facets = escape("|".join(f"{key}={label}" for key, label in node.facets.items()))
    by = f' data-group-by="{escape(node.group_by)}"' if isinstance(node, doc.DataTable) and node.group_by else ""
    return f' data-facets="{facets}" data-name="{escape(node.name)}"{by}{models}'


def rest_marks(rest: doc.Rest | None) -> str:
    """Attributes of a list that stands on several pages: of its beginning the number of all rows, of a continuation that it is one."""
    if rest is None:
        return ""
    return f" data-all={rest.total}" if rest.parts else " data-part"


def _rest(rest: doc.Rest | None, links: Links, page: str) -> str:
    """Which rows stand here, with links to the pages of the others."""
    if rest is None or not rest.parts:
        return ""
    parts = " ".join(f"<a href={escape(links.relative(page, path))}>{number}</a>" for number, path in rest.parts)
    return f'<nav class="hk-parts" aria-label="Other parts of the list"><span>{escape(rest.said)}. More in part</span> {parts}</nav>'


def heading_html(node: doc.DataTable, column: int, links: Links, page: str) -> str:
    """The heading of a column, with the group that a matrix filters by, its place, and room where it holds sentences."""
    name, group = node.columns[column], ("", *node.groups)[column] if node.groups else ""
    marks = f' data-group="{escape(group)}"' if group else ""
    marks += f" data-at={node.places[column]}" if node.places else ""
    marks += " class=hk-w" if name in SENTENCES else ""
    return f"<th scope=col{marks}>{inline_html(name, links, page)}</th>"


def _label(node: doc.DataTable, links: Links) -> str:
    return node.caption or f"Table: {', '.join(cell_words(c, links) for c in node.columns if c)[:80]}"


def row_html(row: Row, table: doc.DataTable, links: Links, page: str) -> str:
    """A row of a table, with the values by which it is filtered."""
    anchor = f' id="{escape(row.id)}"' if row.id else ""
    cells = "".join(f"<td>{_breakable(cell_html(_signed(c), links, page))}</td>" for c in row.cells)
    return f"<tr{anchor}{_facet_marks(row.facets, table.facets)}>{cells}</tr>"


def _facet_marks(values: Mapping[str, str], facets: Mapping[str, str]) -> str:
    return "".join(
        f' data-{key}="{escape(value)}"'
        for key, value in values.items()
        if value and (key in facets or (key in ("q", "cells") and facets))
    )


def _chips(node: doc.Chips, links: Links, page: str) -> str:
    columns = "".join(
        f"<section class=hk-column><h3>{cell_html(column.title, links, page)}</h3><div class=hk-cats>"
        f"{''.join(_group(group, node, links, page) for group in column.groups)}</div></section>"
        for column in node.columns
    )
    source = f' data-source="{escape(links.relative(page, node.source))}"' if node.source else ""
    rest = "" if node.source else _rest(node.rest, links, page)
    return f'<div class="hk-matrix" role=group aria-label="Head types by stage" data-needs="tables"{_filters(node)}{source}{rest_marks(node.rest)}>{columns}</div>{rest}'


def _group(group: doc.ChipGroup, node: doc.Chips, links: Links, page: str) -> str:
    chips = "".join(chip_html(chip, node, links, page) for chip in group.chips)
    more = ""
    if group.left:
        more = f"<li class=hk-more><a href={escape(links.relative(page, group.path))}>{group.left} more</a></li>"
    marks = _facet_marks(group.facets, node.facets)
    return f'<div class="hk-group"{marks}><h4>{escape(group.title)}</h4><ul>{chips}{more}</ul></div>'


def chip_html(chip: Row, node: doc.Chips, links: Links, page: str) -> str:
    """A chip: a link with a name and marks behind it."""
    cells = "".join(f"<span>{cell_html(cell, links, page)}</span>" for cell in chip.cells)
    href = escape(links.relative(page, chip.id))
    return f'<li class="hk-chip"{_facet_marks(chip.facets, node.facets)}><a href="{href}">{cells}</a></li>'
