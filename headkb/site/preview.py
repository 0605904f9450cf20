"""The site of a checkout, a page at a time: each is made when it is asked for, from the files as they are, by what builds the whole site.

Nothing is made for other pages. Records are read again only where their files changed, and the menu knows pages that were not made yet by
their names. What only a whole build makes, such as the search, is not here.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mkdocs.commands.build import _build_page, _populate_page
from mkdocs.config import load_config
from mkdocs.structure.files import File, get_files, set_exclusions
from mkdocs.structure.nav import get_navigation
from mkdocs.structure.pages import Page as MkDocsPage

from headkb.catalog.diagnostic import Diagnostic
from headkb.catalog.kinds import KINDS
from headkb.catalog.load import Known, load
from headkb.site.contain import OnTrouble
from headkb.site.document import Page
from headkb.site.pages import page_at
from headkb.site.parts import Context, make_context
from headkb.site.supply import Supply

WatchedFiles = dict[str, tuple[int, int]]
"""File → its time and size."""


class Sketches(Supply):
    """Pages that the menu names, without content, from records that are read again only where their files changed."""

    whole = False

    def __init__(self) -> None:
        """Know no record yet."""
        self.known: Known = {}
        self.problems: list[Diagnostic] = []
        self.named: dict[str, str] = {}

    def context(self, root: Path) -> tuple[Context, list[Diagnostic]]:
        """The catalog; what is wrong is kept for the pages to tell, and is no warning of the build."""
        catalog, self.problems = load(root, known=self.known)
        return make_context(catalog), []

    def pages(self, context: Context, on_trouble: OnTrouble, only: tuple[str, ...]) -> list[Page]:
        """One without content for each entry of the menu, which the preview has put into `named`, path → title."""
        return [Page(path, title, ()) for path, title in self.named.items()]


class Preview:
    """Makes pages of the site that a `mkdocs.yml` describes."""

    def __init__(self, config_file: Path, out: Path) -> None:
        """Take the configuration; `out` is a folder for finished pages."""
        self.config_file, self.out = config_file.resolve(), out
        self.supply = Sketches()
        self.lock = threading.Lock()
        self.state: WatchedFiles | None = None

    @property
    def problems(self) -> list[Diagnostic]:
        """What is wrong with files of the catalog as it was last read."""
        return self.supply.problems

    def page(self, path: str) -> str | None:
        """The HTML of the page with this path (`heads/induction/`), or None if there is none.

        Raises:
            Exception: Whatever a broken configuration, template or page raises.
        """
        with self.lock:
            self._refresh()
            file = self._file(path)
            if file is None:
                return None
            _populate_page(file.page, self.config, self.files)
            _build_page(file.page, self.config, self.files.documentation_pages(), self.nav, self.env)
            return Path(file.abs_dest_path).read_text("utf-8")

    def static(self, path: str) -> bytes | None:
        """A file that stands beside the pages, such as a style sheet; None if there is none."""
        with self.lock:
            self._refresh()
            file = self.beside.get(path)
            return None if file is None else file.content_bytes

    def watched(self) -> WatchedFiles:
        """Every file that a page may depend on, hidden ones and code left out, as it is now."""
        root = self.config_file.parent
        folders = [root / "catalog", root / "docs"] if self.state is None else self.folders
        single = [self.config_file, *root.glob("*.md")]
        return dict((*_states(map(str, single)), *_walk(folders)))

    def _refresh(self) -> None:
        """Read what changed since the last page."""
        now = self.watched()
        if now == self.state:
            return
        self.state = None  # where this fails, it is tried again for the next page
        config = load_config(str(self.config_file), site_dir=str(self.out))
        config.plugins.on_startup(command="serve", dirty=False)
        plugin = config.plugins["headkb"]
        plugin.supply, docs = self.supply, Path(config.docs_dir)
        self.supply.named = dict(_named(config.nav or [], docs))
        self.folders = [self.config_file.parent / plugin.config.catalog, docs]
        config = config.plugins.on_config(config)
        config.plugins.on_pre_build(config=config)
        files, env = get_files(config), config.theme.get_env()
        files.add_files_from_theme(env, config)
        files = config.plugins.on_files(files, config=config)
        set_exclusions(files, config)
        nav = config.plugins.on_nav(get_navigation(files, config), config=config, files=files)
        self.env = config.plugins.on_env(env, config=config, files=files)
        self.config, self.plugin, self.files, self.nav = config, plugin, files, nav
        self.beside = {file.dest_uri: file for file in files if not file.is_documentation_page()}
        self.state = self.watched()

    def _file(self, path: str) -> File | None:
        """The file of a page: a hand-written one, or a generated one that is made now."""
        there = next((f for f in self.files.documentation_pages() if f.url.removeprefix("./") == path), None)
        if there is not None and path not in self.supply.named:
            if there.page is None:
                MkDocsPage(None, there, self.config)
            return there
        page = page_at(self.plugin.context, path)
        if page is None:
            return None
        made = self.plugin.file_of(page, self.plugin.html(page), self.config)
        made.page.parent = there.page.parent if there is not None else self._above(page.parent)
        made.page.update_date = self.plugin.made.catalog
        return made

    def _above(self, path: str) -> Any:
        """The section that a page lies in: that of the list of its kind, and of the record above it."""
        if not path:
            return None
        if path in self.supply.named:
            return self._of_list(path)
        kind, _, rest = path.partition("/")
        stub = Page(path, self.plugin.context.name(kind, rest.strip("/")), (), parent=f"{kind}/")
        file = self.plugin.file_of(stub, "", self.config)
        file.page.parent = self._of_list(f"{kind}/")
        return file.page

    def _of_list(self, path: str) -> Any:
        """The section of the list of a kind; None where the menu does not have it."""
        file = next((f for f in self.files.documentation_pages() if f.url == path), None)
        return file and (file.page.parent or file.page)


def _named(nav: Any, docs: Path) -> Iterator[tuple[str, str]]:
    """Path and title of each entry of the menu that no hand-written page stands for."""
    if isinstance(nav, list):
        for entry in nav:
            yield from _named(entry, docs)
    elif isinstance(nav, dict):
        for title, child in nav.items():
            for path, own in _named(child, docs):
                yield path, own or title
    elif "://" not in nav and not (docs / nav).is_file():
        path = nav.removesuffix("index.md") if nav.endswith("index.md") else f"{nav.removesuffix('.md')}/"
        yield path, next((spec.title for kind, spec in KINDS.items() if path == f"{kind}/"), "")


def _walk(folders: list[Path]) -> Iterator[tuple[str, tuple[int, int]]]:
    """The files below folders, with time and size."""
    waiting = [str(folder) for folder in folders]
    while waiting:
        try:
            with os.scandir(waiting.pop()) as found:
                entries = list(found)
        except OSError:
            continue
        for entry in entries:
            if entry.name.startswith("."):
                continue
            if entry.is_dir():
                waiting.append(entry.path)
            else:
                yield from _states([entry.path])


def _states(paths: Any) -> Iterator[tuple[str, tuple[int, int]]]:
    for path in paths:
        try:
            found = os.stat(path)
        except OSError:
            continue
        yield path, (found.st_mtime_ns, found.st_size)
