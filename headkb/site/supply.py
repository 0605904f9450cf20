"""Where a build of the site gets the catalog and its pages from: everything, read anew; the preview brings one of its own."""

from __future__ import annotations

from pathlib import Path

from headkb.catalog.diagnostic import Diagnostic
from headkb.catalog.load import load
from headkb.site.contain import OnTrouble
from headkb.site.document import Page
from headkb.site.pages import all_pages
from headkb.site.parts import Context, make_context


class Supply:
    """A whole build.

    Attributes:
        whole: Whether files are made beside the pages: twins, data, feeds, the search.
    """

    whole = True

    def context(self, root: Path) -> tuple[Context, list[Diagnostic]]:
        """The catalog in a folder, and what is wrong with its files."""
        catalog, diagnostics = load(root)
        return make_context(catalog), diagnostics

    def pages(self, context: Context, on_trouble: OnTrouble, only: tuple[str, ...]) -> list[Page]:
        """The generated pages, see `all_pages`."""
        return all_pages(context, on_trouble, only)
