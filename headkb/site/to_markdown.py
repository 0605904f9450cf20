"""Page → Markdown: the twin of every page, and what `headkb render` writes."""

from __future__ import annotations

from headkb.catalog.inline import TICKS
from headkb.site import document as doc
from headkb.site.document import Cell, Page, Raw, pieces
from headkb.site.links import Links
from headkb.site.pattern_view import pattern_lines
from headkb.site.text import block_markdown, inline_markdown, markdown_math, markdown_text


def cell_markdown(cell: Cell, links: Links, page: str) -> str:
    """Inline content as Markdown."""
    return "".join(
        markdown_text(p.words) if isinstance(p, Raw) else inline_markdown(p, links, page) for p in pieces(cell)
    )


def page_markdown(page: Page, links: Links) -> str:
    """The whole page as Markdown, with the rows that stand on other parts of it."""
    parts = [f"# {markdown_text(page.title)}"]
    if page.subtitle:
        parts.append(inline_markdown(page.subtitle, links, page.path))
    parts += [text for node in page.whole or page.body if (text := node_markdown(node, links, page.path))]
    return "\n\n".join(parts) + "\n"


def node_markdown(node: doc.Element, links: Links, page: str) -> str:
    """One part of a page as Markdown; empty if it has nothing to say in words."""
    if isinstance(node, doc.Heading):
        return f"{'#' * node.level} {cell_markdown(node.text, links, page)}"
    if isinstance(node, doc.Prose):
        return block_markdown(node.text, links, page)
    if isinstance(node, doc.Facts):
        return "\n".join(f"- {markdown_text(name)}: {cell_markdown(value, links, page)}" for name, value in node.rows)
    if isinstance(node, doc.Bullets):
        return "\n".join(
            f"{f'{i}.' if node.ordered else '-'} {cell_markdown(item, links, page)}"
            for i, item in enumerate(node.items, start=1)
        )
    if isinstance(node, doc.DataTable):
        return _table(node, links, page)
    if isinstance(node, doc.Code):
        label = f"{node.label}:\n\n" if node.label else ""
        fence = "`" * max([3, *(len(run) + 1 for run in TICKS.findall(node.text))])
        return f"{label}{fence}{node.language}\n{node.text}\n{fence}"
    if isinstance(node, doc.Formula):
        return f"$$\n{markdown_math(node.latex)}\n$$"
    if isinstance(node, (doc.Figure, doc.Chips)):
        return "\n".join(f"{mark}{markdown_text(said)}" for mark, said in map(_listed, node.words.splitlines()))
    if isinstance(node, doc.PatternFigure):
        looks = [f"- {markdown_text(line)}" for line in pattern_lines(node)]
        return "\n".join([cell_markdown(node.caption, links, page), "", *looks])
    inner = "\n\n".join(text for child in node.body if (text := node_markdown(child, links, page)))
    title = cell_markdown(node.title, links, page)
    if isinstance(node, doc.Fold):
        return f"**{title}**\n\n{inner}"
    return _quote(node, title, inner)


def _listed(line: str) -> tuple[str, str]:
    """The mark of a list before a line, and the rest of it."""
    rest = line.lstrip(" ")
    mark = line[: len(line) - len(rest)] + ("- " if rest.startswith("- ") else "")
    return mark, line[len(mark) :]


def _quote(node: doc.Box, title: str, inner: str) -> str:
    lines = [f"**{node.kind.capitalize()}: {title}**", "", *inner.splitlines()]
    return "\n".join(f"> {line}".rstrip() for line in lines)


def _table(node: doc.DataTable, links: Links, page: str) -> str:
    def line(cells: list[str]) -> str:
        return "| " + " | ".join(cell.replace("|", r"\|").replace("\n", " ") for cell in cells) + " |"

    rows = [line([cell_markdown(cell, links, page) for cell in row.cells]) for row in node.rows]
    head = [line([inline_markdown(name, links, page) for name in node.columns]), line(["---"] * len(node.columns))]
    caption = [f"{node.caption}:", ""] if node.caption else []
    return "\n".join([*caption, *head, *rows])
