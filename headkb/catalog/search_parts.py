"""What can be found, in parts: the site fetches what answers most questions first, and the rest behind it.

The first part has the grammar, the head types, models, scores, methods, circuits and terms with their names, and which heads and pairs of
type and model there are. The second adds papers, authors, claims, identifiers and all other pages; the third the words by which questions
are answered. `joined` makes the whole of them again, and `docs/assets/find.js` does the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from headkb.catalog.search_data import FIRST, short
from headkb.catalog.search_pages import Pages

OF_QUESTIONS = ("same", "wants")
"""Parts of the grammar that only questions need."""
NAMES, KNOWN = 5, 7
"""Where the names of a page end, which the first part has, and where its identifiers and authors do; words about it follow."""


def parts(data: Mapping[str, Any]) -> tuple[dict[str, Any], ...]:
    """The three parts of what `search_data` made.

    The first also has `common`: in how many pages of the whole each word of its names stands, so that it ranks as the whole does.
    """
    pages = data["pages"]
    size = sum(page[0] < len(FIRST) for page in pages)
    first = {key: value for key, value in data.items() if key not in ("authors", "pages", *OF_QUESTIONS)}
    first["pages"] = [short(page[:NAMES]) for page in pages[:size]]
    first["common"] = Pages(data).common(Pages(first).words.spoken)
    second = {
        "authors": data["authors"],
        "from": NAMES,
        "more": [page[NAMES:KNOWN] for page in pages[:size]],
        "pages": [short(page[:KNOWN]) for page in pages[size:]],
    }
    questions = {key: data[key] for key in OF_QUESTIONS}
    return first, second, {**questions, "from": KNOWN, "more": [page[KNOWN:] for page in pages], "pages": []}


def joined(data: Mapping[str, Any], part: Mapping[str, Any]) -> dict[str, Any]:
    """Data with the next part."""
    empty = [0, 0, "", 0, [], [], []]
    pages = [
        [*page, *empty[len(page) : part["from"]], *more] if more else page
        for page, more in zip(data["pages"], part["more"], strict=True)
    ]
    rest = {key: value for key, value in part.items() if key not in ("from", "more")}
    kept = {key: value for key, value in data.items() if key != "common"}
    return {**kept, **rest, "pages": [*pages, *part["pages"]]}
