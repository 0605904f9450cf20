"""MkDocs adapter: feeds generated pages and files into a build, and fills the marked places of hand-written pages."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

from jinja2 import Environment
from mkdocs.config import config_options
from mkdocs.config.base import Config
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.plugins import BasePlugin, get_plugin_logger
from mkdocs.structure.files import File, Files, InclusionLevel
from mkdocs.structure.nav import Navigation, Section
from mkdocs.structure.pages import Page as MkDocsPage
from mkdocs.structure.toc import get_toc

from headkb.catalog.dates import full_date
from headkb.catalog.export import dumps
from headkb.site.blocks import blocks
from headkb.site.contain import made
from headkb.site.document import Element, Page
from headkb.site.finish import compact, write_index
from headkb.site.forms import forms
from headkb.site.links import Links
from headkb.site.outputs import page_meta, site_files
from headkb.site.parts import Context
from headkb.site.play import play_files
from headkb.site.release import Made, made_from
from headkb.site.supply import Supply
from headkb.site.terms import Terms, link_terms, make_terms
from headkb.site.text import IN_DOCS, docs_link
from headkb.site.to_html import node_html, page_html, toc_tokens
from headkb.site.to_markdown import node_markdown

log = get_plugin_logger("headkb")
PLACE = re.compile(r"<!--\s*headkb:([a-z-]+)\s*-->")
INCLUDE = re.compile(r'^--8<-- "(.+)"$', re.MULTILINE)
NEEDS = re.compile(r'\bdata-needs="([a-z]+)"')
"""The name of a style sheet and a script in `assets/` that a part of a page needs; no other page loads them."""
IDS = re.compile(r'\bid="([^"]+)"')
POLICY = "; ".join(
    (
        "default-src 'none'",
        # The full text is searched by a program in WebAssembly. No script stands in a page.
        "script-src 'self' 'wasm-unsafe-eval'",
        "style-src 'self'",
        # Sizes of figures and shares of bars; no style sheet.
        "style-src-attr 'unsafe-inline'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "worker-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
    )
)
"""What a page may load and run, as its content security policy says: files of the site, and nothing else."""


class HeadkbConfig(Config):  # type: ignore[misc]
    """Options in `mkdocs.yml`."""

    catalog = config_options.Type(str, default="catalog")
    only = config_options.Type(str, default="")
    """Beginnings of the names of records and parts (`heads/induction,models/gpt2`): a quick look at these pages alone, without files and search."""


class RecordPage(MkDocsPage):  # type: ignore[misc]
    """A generated page: its content is ready, so Markdown is left out."""

    def __init__(self, file: File, config: MkDocsConfig, source: Page, html: str, context: Context) -> None:
        super().__init__(source.title, file, config)
        self.source, self.html, self.context = source, html, context

    def read_source(self, config: MkDocsConfig) -> None:
        """Take the page's data instead of a file's front matter."""
        self.markdown, self.meta = "", dict(page_meta(self.source))

    def render(self, config: MkDocsConfig, files: Files) -> None:
        """Take the page's HTML and contents."""
        self.content = self.html
        self.toc = get_toc(toc_tokens(self.source, self.context.links))
        self.present_anchor_ids = set(IDS.findall(self.html))
        self.links_to_anchors: dict[Any, Any] = {}


class HeadkbPlugin(BasePlugin[HeadkbConfig]):  # type: ignore[misc]
    """`plugins: [headkb]`."""

    context: Context
    terms: Terms
    chosen: tuple[str, ...]
    made: Made
    supply = Supply()

    def on_config(self, config: MkDocsConfig) -> None:
        """Read the catalog, and leave out navigation entries whose hand-written page does not exist yet."""
        root = Path(config.config_file_path).parent / self.config.catalog
        if not root.is_dir():
            raise PluginError(f"headkb: there is no catalog at {root}")
        self.context, diagnostics = self.supply.context(root)
        for problem in diagnostics:
            # A broken record is left out; with --strict the build fails.
            log.warning(problem.text())
        self.chosen = tuple(name for name in self.config.only.split(",") if name)
        self.terms = make_terms(self.context)
        self.pages = {_source(page.path): page for page in self.supply.pages(self.context, _warn, self.chosen)}
        self.blocks = blocks(self.context)
        self.made = made_from(self.context.date, root.parent)
        if config.nav:
            config.nav = _existing(config.nav, Path(config.docs_dir), self.pages)

    def on_files(self, files: Files, config: MkDocsConfig) -> None:
        """Add every generated page and file."""
        html = made(((page.path, partial(self.html, page)) for page in self.pages.values()), _warn)
        self.pages = {source: page for source, page in self.pages.items() if page.path in html}
        for page in self.pages.values():
            in_nav = (
                InclusionLevel.INCLUDED
                if page.path == "" or (not page.record and not page.parent)
                else InclusionLevel.NOT_IN_NAV
            )
            files.append(self.file_of(page, html[page.path], config, in_nav))
        if self.supply.whole and not self.chosen:
            for path, content in site_files(self.context, list(self.pages.values()), _warn).items():
                files.append(_static(config, path, content))
        for path, weights in made(play_files(self.context), _warn).items():
            files.append(_static(config, path, weights))
        if self.supply.whole:
            self._twins(files, config)

    def file_of(
        self, page: Page, html: str, config: MkDocsConfig, inclusion: InclusionLevel = InclusionLevel.NOT_IN_NAV
    ) -> File:
        """The file of a generated page, with the page in it."""
        file = File.generated(config, _source(page.path), content="", inclusion=inclusion)
        file.edit_uri = f"../catalog/{page.edit}" if page.edit else None
        file.page = RecordPage(file, config, page, html, self.context)
        return file

    def _twins(self, files: Files, config: MkDocsConfig) -> None:
        """Add the texts of the hand-written pages as files."""
        base = Path(config.config_file_path).parent
        for file in list(files.documentation_pages()):
            if file.generated_by is None and file.src_uri not in self.pages:
                whole = INCLUDE.sub(lambda include: (base / include[1]).read_text("utf-8"), file.content_string)
                text = self._filled(self._linked(whole, file.src_uri), file.url, file.src_uri, node_markdown)
                files.append(_static(config, file.src_uri, text))
                data = {"path": file.url.removeprefix("./"), "markdown": text}
                files.append(_static(config, f"{file.src_uri.removesuffix('.md')}.json", dumps(data)))

    def on_nav(self, nav: Navigation, config: MkDocsConfig, files: Files) -> None:
        """Hang record pages under their hubs, and link each to the one before and after it."""
        newest = self.made.catalog
        by_path = {page.path: files.get_file_from_path(source).page for source, page in self.pages.items()}
        sections: dict[str, Section] = {}
        siblings: dict[tuple[str, bool], list[Any]] = {}
        for _, page in sorted(by_path.items()):
            page.update_date = full_date(page.source.updated) or newest
            if page.source.parent and page.source.parent in by_path:  # not where that page could not be made
                page.parent = _section(page.source.parent, by_path, sections)
                siblings.setdefault((page.source.parent, page.source.part > 0), []).append(page)
        for (parent, continued), row in siblings.items():
            row.sort(key=lambda page: page.source.part)
            if continued:
                row[0].previous_page = by_path[parent]
            for before, after in pairwise(row):
                before.next_page, after.previous_page = after, before
        for file in files.documentation_pages():
            if file.page is not None and not isinstance(file.page, RecordPage):
                file.page.update_date = newest

    def on_page_markdown(self, markdown: str, page: MkDocsPage, config: MkDocsConfig, files: Files) -> str:
        """Turn `[[kind/id]]` in hand-written pages into links."""
        if isinstance(page, RecordPage):
            return markdown
        return self._linked(markdown, page.file.src_uri)

    def on_page_content(self, html: str, page: MkDocsPage, config: MkDocsConfig, files: Files) -> str:
        """Put tables and figures into the marked places of hand-written pages."""
        if isinstance(page, RecordPage):
            return html
        page.meta.setdefault("twin", page.file.src_uri)
        return self._filled(link_terms(html, self.terms, page.url), page.url, page.file.src_uri, node_html)

    def html(self, page: Page) -> str:
        """The content of a generated page."""
        return link_terms(page_html(page, self.context.links), self.terms, page.path)

    def _linked(self, markdown: str, source: str) -> str:
        return IN_DOCS.sub(lambda match: docs_link(match, self.context.links, source), markdown)

    def _filled(self, text: str, url: str, source: str, write: Callable[[Element, Links, str], str]) -> str:
        """A hand-written text with its marked places filled, as HTML or as Markdown."""
        path = "" if url in (".", "./") else url

        def piece(match: re.Match[str]) -> str:
            if match[1] not in self.blocks:
                raise PluginError(
                    f"headkb: {source} asks for the block {match[1]!r}; there are {', '.join(self.blocks)}"
                )
            return write(self.blocks[match[1]](path), self.context.links, path)

        return PLACE.sub(piece, text)

    def on_env(self, env: Environment, config: MkDocsConfig, files: Files) -> Environment:
        """Have the frame of the pages (titles, descriptions, navigation) escape what it is given, and set the policy of its scripts."""
        env.autoescape = True
        env.globals["policy"] = POLICY
        env.globals["made"] = self.made
        env.globals["contribute"] = forms(self.context.catalog, "404.html")
        return env

    def on_page_context(self, context: dict[str, Any], page: MkDocsPage, config: MkDocsConfig, nav: Navigation) -> None:
        """Hand the template what the page's own parts need, and its linked data as safe JSON."""
        context["contribute"] = forms(self.context.catalog, page.url.removeprefix("./"))
        context["needs"] = sorted(set(NEEDS.findall(page.content or "")))
        data = page.meta.get("linked_data")
        context["linked_data"] = (
            json.dumps(data, ensure_ascii=False, allow_nan=False).replace("<", "\\u003c") if data else ""
        )

    def on_post_page(self, output: str, page: MkDocsPage, config: MkDocsConfig) -> str:
        """Leave out what only takes room, and mark the page for the search index."""
        return compact(output, page.meta.get("search_weight", 1.0))

    def on_post_build(self, config: MkDocsConfig) -> None:
        """Make the search index of the finished pages."""
        if self.chosen or not self.supply.whole:
            return
        try:
            write_index(Path(config.site_dir))
        except RuntimeError as error:
            raise PluginError(f"headkb: {error}") from None

    def on_serve(self, server: Any, config: MkDocsConfig, builder: Any) -> None:
        """Rebuild when a record changes."""
        server.watch(str(self.context.catalog.root))


def _warn(name: str, error: Exception) -> None:
    """Say that a page or file could not be made; with --strict the build fails."""
    log.warning("%s could not be made and is left out (%s: %s)", name, type(error).__name__, error)


def _source(path: str) -> str:
    return f"{path}index.md" if path == "" or path.count("/") == 1 else f"{path.rstrip('/')}.md"


def _static(config: MkDocsConfig, path: str, content: str | bytes) -> File:
    """A file that is written as it is, even if MkDocs would take it for a page by its name."""
    name = f"{path}.raw" if path.endswith(".md") else path
    file = File.generated(config, name, content=content, inclusion=InclusionLevel.NOT_IN_NAV)
    file.dest_uri = path
    return file


def _section(parent: str, by_path: dict[str, Any], sections: dict[str, Section]) -> Section:
    """The navigation section of a hub, or one made for a record that has pages below it."""
    page = by_path[parent]
    if page.parent is not None and not page.source.record:
        return page.parent
    if parent not in sections:
        sections[parent] = Section(page.title, [page])
        sections[parent].parent = (
            _section(page.source.parent, by_path, sections) if page.source.parent in by_path else None
        )
    return sections[parent]


def _existing(nav: Any, docs: Path, made: dict[str, Page]) -> Any:
    """The navigation without entries for pages that exist neither as files nor among the generated ones."""
    if isinstance(nav, list):
        entries = [_existing(entry, docs, made) for entry in nav]
        return [entry for entry in entries if entry]
    if isinstance(nav, dict):
        return {title: inner for title, child in nav.items() if (inner := _existing(child, docs, made))}
    return nav if nav in made or (docs / nav).is_file() or "://" in nav else None
