"""The Markdown subset of records, written out in three ways: HTML, Markdown and plain words.

Everything that stands in a record reaches the site through here. Inline text is read by `headkb.catalog.inline`; paragraphs, lists and
formulas of their own by `headkb.catalog.blocks`. What is no Markdown is text and is escaped. Links made by the site itself are written
`[label](@path)`, where `path` is a page of the site.
"""

from __future__ import annotations

import posixpath
import re
from html import escape

from headkb.catalog.blocks import Block, blocks
from headkb.catalog.inline import HEAD_ENDS, HEAD_FOLLOWS, TICKS, Token, parse, ref_words
from headkb.site.links import Links

MARKDOWN = re.compile(r"([\\`*\[\]])")
ENTITY = re.compile(r"&(?=#?\w{1,31};)")
LINK = re.compile(r"\]([(\[:])")


def ref_label(token: Token, links: Links) -> str:
    """The words of a link to a record."""
    return ref_words(token, links.name(token.target))


def inline_html(text: str, links: Links, page: str) -> str:
    """Inline text as HTML for the page `page`; links are relative to it."""
    return "".join(_html(token, links, page) for token in parse(text))


def _html(token: Token, links: Links, page: str) -> str:
    if token.kind == "text":
        return escape(token.text, quote=False)
    if token.kind == "code":
        return f"<code>{escape(token.text, quote=False)}</code>"
    if token.kind in ("math", "display"):
        return math_html(token.text, display=token.kind == "display")
    if token.kind == "ref":
        target = links.resolve(token.target)
        label = escape(ref_label(token, links), quote=False)
        return f'<a href="{escape(links.relative(page, target))}">{label}</a>' if target is not None else label
    inner = "".join(_html(child, links, page) for child in token.inner)
    if token.kind == "link":
        outside = not token.target.startswith("@")
        href = token.target if outside else links.relative(page, token.target[1:])
        return f'<a href="{escape(href)}"{" class=hk-out" if outside else ""}>{inner}</a>'
    return f"<{token.kind}>{inner}</{token.kind}>"


def math_html(formula: str, *, display: bool = False) -> str:
    """A formula for KaTeX; without JavaScript its source is shown."""
    tag = "div" if display else "span"
    return f'<{tag} class="hk-math"{" data-display=1" if display else ""}>{escape(formula, quote=False)}</{tag}>'


def inline_markdown(text: str, links: Links, page: str) -> str:
    """Inline text as ordinary Markdown, with links to the Markdown twins."""
    return "".join(_markdown(token, links, page) for token in parse(text))


def _markdown(token: Token, links: Links, page: str) -> str:
    if token.kind == "text":
        return markdown_text(token.text)
    if token.kind == "code":
        return markdown_code(token.text)
    if token.kind in ("math", "display"):
        mark = "$$" if token.kind == "display" else "$"
        return f"{mark}{markdown_math(token.text)}{mark}"
    if token.kind == "ref":
        target = links.resolve(token.target)
        label = markdown_text(ref_label(token, links))
        return f"[{label}]({links.relative_twin(page, target)})" if target is not None else label
    inner = "".join(_markdown(child, links, page) for child in token.inner)
    if token.kind == "link":
        href = token.target if not token.target.startswith("@") else links.relative_twin(page, token.target[1:])
        return inner if inner == href else f"[{inner}]({href})"
    mark = "**" if token.kind == "strong" else "*"
    return f"{mark}{inner}{mark}"


def markdown_text(text: str) -> str:
    """Text as Markdown that shows it as it is, in any renderer: not every one takes a backslash before `<` for its escape."""
    return MARKDOWN.sub(r"\\\1", ENTITY.sub("&amp;", text)).replace("<", "&lt;")


def markdown_code(code: str) -> str:
    """Code between more backticks than it has in a row."""
    longest = max((len(run) for run in TICKS.findall(code)), default=0)
    if not longest:
        return f"`{code}`"
    fence = "`" * (longest + 1)
    return f"{fence} {code} {fence}"


def markdown_math(formula: str) -> str:
    """A formula in which a renderer that knows no formulas finds neither HTML nor a link; blanks count for nothing in it."""
    return LINK.sub(r"] \1", formula.replace("<", r"\lt ").replace(">", r"\gt "))


def words(text: str, links: Links) -> str:
    """Inline or block text as plain words on one line: for descriptions, feeds and titles."""
    return " ".join("".join(_words(token, links) for token in parse(text)).split())


def _words(token: Token, links: Links) -> str:
    if token.kind == "ref":
        return ref_label(token, links)
    return token.text or "".join(_words(child, links) for child in token.inner)


def block_html(text: str, links: Links, page: str) -> str:
    """Block text as HTML."""
    return "\n".join(_block_html(block, links, page) for block in blocks(text))


def _block_html(block: Block, links: Links, page: str) -> str:
    if block.tag == "math":
        return math_html(block.lines[0], display=True)
    if block.tag == "p":
        return f"<p>{inline_html(block.lines[0], links, page)}</p>"
    items = "".join(f"<li>{inline_html(line, links, page)}</li>" for line in block.lines)
    return f"<{block.tag}>{items}</{block.tag}>"


def block_markdown(text: str, links: Links, page: str) -> str:
    """Block text as ordinary Markdown."""
    return "\n\n".join(_block_markdown(block, links, page) for block in blocks(text))


def _block_markdown(block: Block, links: Links, page: str) -> str:
    if block.tag == "math":
        return f"$$\n{markdown_math(block.lines[0])}\n$$"
    lines = [inline_markdown(line, links, page) for line in block.lines]
    if block.tag == "p":
        return lines[0]
    return "\n".join(f"{i}. {line}" if block.tag == "ol" else f"- {line}" for i, line in enumerate(lines, start=1))


IN_DOCS = re.compile(r"(?<!`)\[\[([a-z]+/[^\[\]|\s`]+)(?:\|([^\[\]]*))?\]\](?!`)")


def docs_link(match: re.Match[str], links: Links, source: str) -> str:
    """`[[kind/id]]` in a hand-written page (`source` is its file under `docs/`) as a Markdown link."""
    target = links.resolve(match[1])
    name = match[2] or links.name(match[1])
    if HEAD_FOLLOWS.match(match.string, match.end()) and not match[2]:
        name = HEAD_ENDS.sub("", name)
    if target is None:
        return name
    path, _, anchor = target.partition("#")
    file = f"{path}index.md" if path.count("/") == 1 else f"{path.rstrip('/')}.md"
    return f"[{name}]({posixpath.relpath(file, posixpath.dirname(source) or '.')}{'#' + anchor if anchor else ''})"
