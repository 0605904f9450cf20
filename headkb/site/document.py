"""What a page is made of. Pages are built from these parts, and written as HTML (`to_html`) or Markdown (`to_markdown`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Raw:
    """Markup made by the site itself (never text of a record), with the plain words that stand for it.

    Where it says `{href}`, the address of the path `link` as seen from the page is meant.
    """

    html: str
    words: str = ""
    link: str = ""


Cell = str | Raw | tuple["Cell", ...]
"""Inline content: text in the Markdown subset, markup, or both in a row."""


def pieces(cell: Cell) -> Iterator[str | Raw]:
    """The texts and markup of a cell, in a row."""
    if isinstance(cell, tuple):
        for part in cell:
            yield from pieces(part)
    else:
        yield cell


@dataclass(frozen=True)
class Heading:
    """A section heading."""

    text: Cell
    id: str
    level: int = 2


@dataclass(frozen=True)
class Prose:
    """Block text in the Markdown subset."""

    text: str
    lead: bool = False


@dataclass(frozen=True)
class Facts:
    """Names and values in two columns."""

    rows: tuple[tuple[str, Cell], ...]
    style: str = ""


@dataclass(frozen=True)
class Rest:
    """What a list says of which only some rows stand on a page (see `site.split`): which these are, and the pages with the others.

    `parts` are number and path of each of those pages; a page that is such a part itself names none.
    """

    said: str
    total: int
    parts: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True)
class Bullets:
    """A list of short items."""

    items: tuple[Cell, ...]
    ordered: bool = False
    style: str = ""
    rest: Rest | None = None


@dataclass(frozen=True)
class Row:
    """A row of a table; `facets` are the values by which readers may filter, several joined by `|`, and `cells` (see `site.cells`)."""

    cells: tuple[Cell, ...]
    facets: Mapping[str, str] = field(default_factory=dict)
    id: str = ""


@dataclass(frozen=True)
class DataTable:
    """A table; `facets` maps a facet's key to its label and makes the table filterable.

    `groups` are values of the facet `group_by`, one per column after the first: choosing one leaves only its columns. `models` says
    what the cells of the rows stand for, where readers may filter by them. Of a table that stands on several pages, `places` are the
    places of these columns among all, where empty ones are left out.
    """

    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    facets: Mapping[str, str] = field(default_factory=dict)
    caption: str = ""
    name: str = "rows"
    style: str = ""
    group_by: str = ""
    groups: tuple[str, ...] = ()
    models: str = ""
    rest: Rest | None = None
    places: tuple[int, ...] = ()


@dataclass(frozen=True)
class ChipGroup:
    """Some of the chips of a column; `facets` hold for all of them. Of `left` others it is said that they stand at `path`."""

    title: str
    chips: tuple[Row, ...]
    facets: Mapping[str, str] = field(default_factory=dict)
    path: str = ""
    left: int = 0


@dataclass(frozen=True)
class ChipColumn:
    """A column of chips under a heading."""

    title: Cell
    groups: tuple[ChipGroup, ...]


@dataclass(frozen=True)
class Chips:
    """Links with marks, in columns of groups, and what they say in Markdown. Facets and models as in `DataTable`.

    The chip of a row is a link to the path in its `id`. `first` are those that stay longest where not all have room; `source` is the page on which they stand with all that filters ask for.
    """

    columns: tuple[ChipColumn, ...]
    facets: Mapping[str, str] = field(default_factory=dict)
    models: str = ""
    name: str = "rows"
    words: str = ""
    first: tuple[str, ...] = ()
    rest: Rest | None = None
    source: str = ""


def table(columns: tuple[str, ...], rows: tuple[Row, ...], **options: Any) -> DataTable:
    """A table without the columns in which every cell is empty; a dash says that there is none, and is not."""
    filled = [i for i in range(len(columns)) if any(not _silent(row.cells[i]) for row in rows)] or [0]
    short = tuple(Row(tuple(row.cells[i] for i in filled), row.facets, row.id) for row in rows)
    return DataTable(tuple(columns[i] for i in filled), short, **options)


@dataclass(frozen=True)
class Code:
    """Text to copy: a command, a BibTeX entry. Two in one fold need ids, or the theme's copy buttons mix them up."""

    text: str
    label: str = ""
    language: str = "text"
    id: str = ""


@dataclass(frozen=True)
class Formula:
    """A displayed formula in LaTeX."""

    latex: str


@dataclass(frozen=True)
class Figure:
    """A drawing (SVG or HTML) made by the site, with plain words that say the same, `- ` before each line of a list."""

    html: str
    words: str = ""
    caption: Cell = ""


@dataclass(frozen=True)
class PatternFigure:
    """Where one head looks in one text, to be explored.

    Attributes:
        label: What is drawn, in plain words.
        tokens: The text of each position.
        weights: Two digits a weight, as `catalog.atlas.pattern_text` writes them.
        start: The query whose weights are shown first.
        caption: What it is, and what it does not show.
    """

    label: str
    tokens: tuple[str, ...]
    weights: str
    start: int
    caption: Cell


@dataclass(frozen=True)
class Box:
    """Content set apart: `conflict`, `warning` or `note`."""

    kind: str
    title: Cell
    body: tuple[Element, ...]
    id: str = ""


@dataclass(frozen=True)
class Fold:
    """Content that readers open when they want it."""

    title: Cell
    body: tuple[Element, ...]
    id: str = ""


Element = Heading | Prose | Facts | Bullets | DataTable | Chips | Code | Formula | Figure | PatternFigure | Box | Fold


@dataclass(frozen=True)
class Page:
    """One generated page.

    Attributes:
        path: Address under the site's root, with a slash at the end.
        title: Title in words.
        body: Content below the title.
        parent: Path of the page above it.
        description: One plain sentence for search engines and link previews.
        aliases: Other words under which the page should be found.
        edit: The catalog file behind it, relative to the catalog's folder; empty if there is none.
        updated: Newest date in the data that the page shows, `yyyy-mm-dd`; empty if there is none.
        subtitle: What kind of thing the page is about.
        boost: How much a hit on the page counts in the full-text search, 1 is ordinary.
        record: `kind/id` of the record that the page shows; empty for hubs and computed pages.
        linked_data: schema.org description (JSON-LD) without the address.
        wide: Whether the page needs the full width.
        part: Which part of a page in several (see `site.split`) it is, from 2; the first, under `parent`, and other pages are 0.
        whole: The body with all rows, where some of them stand on parts.
    """

    path: str
    title: str
    body: tuple[Element, ...]
    parent: str = ""
    description: str = ""
    aliases: tuple[str, ...] = ()
    edit: str = ""
    updated: str = ""
    subtitle: str = ""
    boost: float = 1.0
    record: str = ""
    linked_data: Mapping[str, Any] = field(default_factory=dict)
    wide: bool = False
    part: int = 0
    whole: tuple[Element, ...] = ()


def _silent(cell: Cell) -> bool:
    """Whether a cell is empty."""
    return not any((piece.html if isinstance(piece, Raw) else piece).strip() for piece in pieces(cell))
