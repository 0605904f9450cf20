"""Pages that would be heavier than a page may be: their lists are cut by rows, and the other rows follow on pages of their own.

The first page keeps everything but rows; `papers/` goes on at `papers/part-2/`. Twins, data files and feeds stay whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from headkb.catalog.inline import plain
from headkb.site.document import Chips, Element, Fold, Heading, Page, Prose, Rest
from headkb.site.links import Links
from headkb.site.lists import Long, LongChips, Picked, long, named
from headkb.site.to_html import cell_words, toc_tokens

BUDGET = 60 * 1024
"""What the HTML of a page may weigh, in bytes, with the frame that the theme draws around it."""
SMALL = 8_000
"""A continuation is not made for less than this: the first page gives it some of its rows."""
FEW_LISTS, LEAST = 3, 1_500
"""Of so many lists at most, each keeps at least so much, before all long lists of a page are cut."""
FEW = 20
"""A page with fewer rows than this is not weighed."""

At = tuple[int, ...]


def in_parts(page: Page, links: Links, weigh: Callable[[Page], int]) -> list[Page]:
    """The page, or its parts where it would weigh more than `BUDGET`.

    Args:
        page: A page with all rows of its lists.
        links: Names and addresses.
        weigh: What the HTML of a page weighs, in bytes, see `weight_of`.
    """
    found = dict(_lists(page.body, links, f"{page.path}part-10/"))
    if sum(one.count for one, _ in found.values()) < FEW or weigh(page) <= BUDGET:
        return [page]
    weights = {at: one.weight() for at, (one, _) in found.items()}
    bare = replace(page, body=_with(page.body, {at: one.only((), Rest("", 0)) for at, (one, _) in found.items()}))
    rooms = _rooms(weights, BUDGET - weigh(bare))
    cut: dict[At, tuple[Picked, list[Picked]]] = {}
    for at, (one, above) in found.items():
        if at in rooms:
            kept = one.kept(rooms[at])
            empty = weigh(_part(page, 100, 101, one, above, ()))
            cut[at] = (kept, _packed(one, kept, BUDGET - empty))
    numbered = list(enumerate(((at, rows) for at, (_, groups) in cut.items() for rows in groups), start=2))
    changes: dict[At, Element] = {}
    for at, (kept, _) in cut.items():
        one = found[at][0]
        parts = tuple((number, _path(page, number)) for number, (where, _) in numbered if where == at)
        changes[at] = one.only(kept, Rest(one.said(kept), one.count, parts))
    if not numbered:
        return [page]
    first, last = replace(page, body=_with(page.body, changes), whole=page.body), len(numbered) + 1
    return [first, *(_part(page, number, last, *found[at], rows) for number, (at, rows) in numbered)]


def weight_of(page: Page, content: str, links: Links) -> int:
    """About what a page weighs: its content, and the frame that the theme draws around it."""

    def contents(entries: list[dict[str, Any]]) -> int:
        return sum(40 + len(f"{e['id']}{e['name']}".encode()) for e in entries)

    texts = 7 * len(page.title.encode()) + 3 * len(page.description[:300].encode())
    frame = 8_400 + 160 * page.path.count("/") + contents(toc_tokens(page, links)[0]["children"]) + texts
    return frame + 16 * len(page.edit) + 2 * len(str(dict(page.linked_data))) + len(content.encode())


def shortened(node: Chips, links: Links, page: str, room: int, source: str) -> Chips:
    """Chips that weigh no more than `room`, without what filters ask for: that stands on another page, `source`."""
    columns = tuple(
        replace(
            column, groups=tuple(replace(g, chips=tuple(replace(c, facets={}) for c in g.chips)) for g in column.groups)
        )
        for column in node.columns
    )
    chips = LongChips(replace(node, columns=columns, models="", source=source), links, page)
    rows = chips.kept(room - chips.frame)
    made = chips.only(rows, Rest(chips.said(rows), chips.count, ((1, source),)))
    return replace(made, models=named(node.models, ()))


def _lists(nodes: tuple[Element, ...], links: Links, page: str) -> Iterator[tuple[At, tuple[Long, str]]]:
    """Every list of a body that may be cut, by its place, with the words above it."""
    above = ""
    for number, node in enumerate(nodes):
        if isinstance(node, Heading):
            above = cell_words(node.text, links)
        elif isinstance(node, Fold):
            for place, (one, words) in _lists(node.body, links, page):
                yield (number, *place), (one, words or cell_words(node.title, links))
        elif cuttable := long(node, links, page):
            yield (number,), (cuttable, above)


def _with(nodes: tuple[Element, ...], changes: Mapping[At, Element]) -> tuple[Element, ...]:
    made = []
    for number, node in enumerate(nodes):
        inner = {place[1:]: to for place, to in changes.items() if place[0] == number}
        if () in inner:
            made.append(inner[()])
        elif inner and isinstance(node, Fold):
            made.append(replace(node, body=_with(node.body, inner)))
        else:
            made.append(node)
    return tuple(made)


def _rooms(weights: Mapping[At, int], room: int) -> dict[At, float]:
    """How much of each list that must be cut stands on the first page: of as few of the longest as help, else all long ones share."""
    longest = max(weights, key=lambda at: weights[at])
    left = weights[longest] - max(sum(weights.values()) + _note(weights[longest]) - room, SMALL)
    if left > weights[longest] / 3:
        return {longest: left}
    for count in range(1, FEW_LISTS + 1):
        some = sorted(weights, key=lambda at: (-weights[at], at))[:count]
        free = room - sum(weight for at, weight in weights.items() if at not in some)
        each = (free - sum(_note(weights[at]) for at in some)) / count
        if LEAST <= each < min(weights[at] for at in some):
            return dict.fromkeys(some, each)
    ordered, rest = sorted(weights, key=lambda at: weights[at]), float(room)
    for number, at in enumerate(ordered):
        others = ordered[number:]
        each = (rest - sum(_note(weights[other]) for other in others)) / len(others)
        if weights[at] > each:
            return dict.fromkeys(others, max(each, 0))
        rest -= weights[at]
    return {}


def _note(weight: int) -> int:
    """About what the links to the other parts of a list weigh."""
    return 300 + 32 * (1 + weight // (BUDGET // 2))


def _packed(one: Long, kept: Picked, room: int) -> list[Picked]:
    """The rows that the first page does not have, on as few pages as hold them, each about as full as the others."""
    here = set(kept)
    rows = [row for row in range(one.count) if row not in here]
    fewest = _fill(one, rows, room)
    low, high = 0.0, float(room)
    while high - low > 500:
        middle = (low + high) / 2
        low, high = (low, middle) if len(_fill(one, rows, middle)) == len(fewest) else (middle, high)
    return _fill(one, rows, high)


def _fill(one: Long, rows: Picked, room: float) -> list[Picked]:
    made: list[Picked] = []
    while rows:
        count = one.fitting(rows, room)
        made.append(rows[:count])
        rows = rows[count:]
    return made


def _path(page: Page, number: int) -> str:
    return page.path if number == 1 else f"{page.path}part-{number}/"


def _part(page: Page, number: int, last: int, one: Long, above: str, rows: Picked) -> Page:
    """A continuation: which rows it holds and where it belongs, then these rows."""
    said = one.said(rows or (0,))
    lead = f"Part {number} of {last} of [{plain(page.title)}](@{page.path}): {plain(f'{above}, ' if above else '')}{plain(said)}."
    lead += f" Before: [part {number - 1}](@{_path(page, number - 1)})."
    lead += f" After: [part {number + 1}](@{_path(page, number + 1)})." if number < last else ""
    if getattr(one.node, "facets", None):
        lead += f" The filters on [the first page](@{page.path}) act on all of them."
    return Page(
        path=_path(page, number),
        title=f"{page.title}, part {number} of {last}",
        body=(Prose(lead, lead=True), one.only(rows, Rest(said, one.count))),
        parent=page.path,
        description=f"{page.title}, part {number} of {last}: {said}.",
        updated=page.updated,
        wide=page.wide,
        part=number,
    )
