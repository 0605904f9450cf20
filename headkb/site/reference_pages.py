"""The reference of the package: a page for each public part, made from its docstrings. See `reference_read`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache

from headkb.site.compose import one_line
from headkb.site.document import Bullets, Code, Element, Facts, Heading, Page, Prose, Row, table
from headkb.site.parts import REPOSITORY
from headkb.site.reference_read import PARTS, PublicName, Section, part, parts

HUB = "reference/"
NAMED = re.compile(r"`((?:headkb\.)[\w.]+)`")
ROOM = 36_000
"""About how many bytes the names of one page may take; with its frame and its list of names a page stays below `split.BUDGET`."""
LIBRARY = "the reference of "
"""Before the path of a part: the name of its page where only some pages are made."""


def reference_hub() -> Page:
    """The list of all parts with their names."""
    rows = []
    for path, one in parts().items():
        names = [f"[`{entry.name}`](@{address(entry.path)})" for entry in one.entries]
        few = ", ".join(names[:12]) + (f" and {len(names) - 12} more" if len(names) > 12 else "")
        rows.append(Row((f"[`{path}`](@{page_path(path)})", f"{PARTS[path]} {few}")))
    lead = Prose(
        "Every public name of the package, made from its docstrings. What begins with an underscore, and modules that are "
        "not listed here, may change at any time. Shapes are written `[prompt, layer, head]`; layers and heads count from 0.",
        lead=True,
    )
    about = "Every public name of the Python package, with arguments, shapes, units and errors."
    return Page(
        HUB, "Python reference", (lead, table(("Part", "What it holds"), tuple(rows))), description=about, boost=1.5
    )


def reference_pages(path: str) -> list[Page]:
    """The pages of one part: one, or several where its names would not fit on it."""
    one, groups = part(path), shares(path)
    first: list[Element] = [*_pieces(one.sections)]
    listed = tuple(Row((f"[`{entry.name}`](@{address(entry.path)})", entry.summary)) for entry in one.entries)
    if listed:
        first += [Heading("Names", "names"), table(("Name", "What it is"), listed)]
    if one.elsewhere:
        items = tuple(f"[`{path}.{name}`](@{address(home)})" for name, home in one.elsewhere)
        also = f"`{path}` offers these names, too; they are explained where they are defined."
        first += [Heading("Also here", "also-here"), Prose(also), Bullets(items)]
    return [_page(path, number, first if number == 1 else [], group) for number, group in enumerate(groups, start=1)]


def _page(path: str, number: int, body: list[Element], entries: tuple[PublicName, ...]) -> Page:
    whole = number == 1 and len(shares(path)) == 1
    said = "" if whole else f": {entries[0].name} to {entries[-1].name}"
    more = [] if number == 1 else [Prose(f"Continued from [`{path}`](@{page_path(path)}).")]
    return Page(
        page_path(path, number),
        path + ("" if number == 1 else said),
        (*body, *more, *(element for entry in entries for element in _explained(entry, 2))),
        parent=HUB,
        description=one_line(f"{PARTS[path]} {said.removeprefix(': ')}"),
        aliases=tuple(entry.path for entry in entries),
        subtitle="Python reference",
    )


@cache
def shares(path: str) -> tuple[tuple[PublicName, ...], ...]:
    """The names of a part, page by page."""
    pages: list[list[PublicName]] = [[]]
    weight = 0
    for entry in part(path).entries:
        more = _weight(entry)
        if pages[-1] and weight + more > ROOM:
            pages.append([])
            weight = 0
        pages[-1].append(entry)
        weight += more
    return tuple(map(tuple, pages))


def _weight(entry: PublicName) -> int:
    """About how many bytes a name takes on a page."""
    words = sum(len(text) + sum(len(a) + len(b) + 30 for a, b in rows) for _, text, rows in entry.sections)
    return 900 + len(entry.signature) + words + sum(_weight(member) for member in entry.members)


def page_path(path: str, number: int = 1) -> str:
    """A page of a part: `reference/models/`, and `reference/prompts-2/` of one with several."""
    return f"{HUB}{path.removeprefix('headkb.').replace('_', '-')}{f'-{number}' if number > 1 else ''}/"


def address(path: str) -> str:
    """Page and place of a name: `reference/models/#headkb.models.load_model`."""
    home = next(part for part in sorted(PARTS, key=len, reverse=True) if path.startswith(f"{part}."))
    name = path.removeprefix(f"{home}.").partition(".")[0]
    held = (number for number, group in enumerate(shares(home), start=1) if any(entry.name == name for entry in group))
    return f"{page_path(home, next(held, 1))}#{path}"


@cache
def addresses() -> Mapping[str, str]:
    """Every path by which a public name can be written → its address."""
    found = {path: page_path(path) for path in parts()}
    for path, one in parts().items():
        for entry in one.entries:
            found |= {written.path: address(written.path) for written in (entry, *entry.members)}
        found |= {f"{path}.{name}": address(home) for name, home in one.elsewhere}
    return found


def _explained(entry: PublicName, level: int) -> Iterator[Element]:
    title = f"`{entry.name}`" if level == 2 else f"`{entry.path.split('.')[-2]}.{entry.name}`"
    yield Heading(title, entry.path, level)
    yield Code(entry.signature, language="python", id=f"{entry.path}-code")
    yield from _pieces(entry.sections)
    if level == 2 and entry.file:
        yield Prose(f"Defined in [`{entry.file}`]({REPOSITORY}/blob/main/{entry.file}).")
    for member in entry.members:
        yield from _explained(member, level + 1)


def _pieces(sections: tuple[Section, ...]) -> Iterator[Element]:
    for kind, text, rows in sections:
        if kind == "code":
            yield Code(text, language="python")
        elif kind == "text":
            yield Prose(linked(text))
        else:
            yield Prose(f"**{text}**")
            yield Facts(tuple((name, linked(said)) for name, said in rows))


def linked(text: str) -> str:
    """A text whose names of the package are links to what is said of them."""
    known = addresses()

    def link(match: re.Match[str]) -> str:
        place = known.get(match[1].removesuffix("."))
        return f"[`{match[1]}`](@{place})" if place else match[0]

    return NAMED.sub(link, text)
