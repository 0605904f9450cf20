"""The search of headkb beside SQLite's full-text search and fuzzy matching by rapidfuzz, on the same pages and the same queries.

    python benchmarks/search_peers.py [QUERIES] [--rounds 3] [--typos 300]

Each peer gets what our search has of every page: title, other names, identifiers, authors, words; and every head of a model that has a
page, under both spellings. Printed are, class by class, how many queries have a wanted page first and among the first three, then CPU
milliseconds a query and CPU seconds for making the index. rapidfuzz is no dependency: without it its lines are left out
(`pip install --target FOLDER rapidfuzz`, and FOLDER in PYTHONPATH).

    fts5 words      words, the last letters of each left open, all of them or else any; the porter stemmer; bm25 with weights,
                    times that of the kind
    fts5 trigrams   any of the query's groups of three letters; bm25 with the same weights
    rapidfuzz       the nearest of all names, by token_sort_ratio, or by WRatio; kinds that matter more have a little more
    words, then rapidfuzz   the first, and where it finds nothing the second
"""

from __future__ import annotations

import importlib.util
import random
import re
import sqlite3
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tools"))

from score_queries import Query, Score, read, scores  # noqa: E402

from headkb import Catalog, load_catalog  # noqa: E402
from headkb.catalog import all_dossiers  # noqa: E402
from headkb.catalog.finder import Finder  # noqa: E402
from headkb.catalog.search_data import search_data  # noqa: E402

WEIGHTS = "10, 8, 6, 4, 1"
"""Of title, other names, identifiers, authors and words."""
NOTHING: list[Any] = [0, [], [], [], "", ""]
"""What stands in the place of the end of a page's entry, which is left out where it says nothing."""
Find = Callable[[str], Sequence[str]]


@dataclass(frozen=True)
class Document:
    """A page as a peer sees it; `weight` is that of its kind in our search."""

    path: str
    weight: int
    title: str
    names: tuple[str, ...] = ()
    identifiers: str = ""
    authors: str = ""
    words: str = ""


def documents(catalog: Catalog) -> list[Document]:
    """Every page that our search knows, with the texts that it has of it, and every head with a page."""
    data = search_data(catalog)
    found = []
    entries: list[list[Any]] = data["pages"]
    for entry in entries:
        kind, name, title, _, names, identifiers, authors, about, words = [*entry, *NOTHING[len(entry) - 3 :]]
        by = " ".join(data["authors"][number] for number in authors)
        called = (name.replace("-", " "), *names)
        _, weight, folder = data["kinds"][kind]
        path = f"{folder}{name}".rstrip("/")
        found.append(Document(path, weight, title, called, " ".join(identifiers), by, f"{about} {words}"))
    for model, heads in all_dossiers(catalog).items():
        title = catalog.models[model].name
        found += [
            Document(f"models/{model}/{head}", 0, f"{title} {head}", (f"{model} {head.layer}.{head.head}",))
            for head in heads
        ]
    return found


def fts(pages: Iterable[Document], tokens: str) -> sqlite3.Connection:
    """A table for full-text search."""
    base = sqlite3.connect(":memory:")
    columns = "title, names, identifiers, authors, words"
    base.execute(
        f"create virtual table page using fts5 (path unindexed, weight unindexed, {columns}, tokenize = '{tokens}')"
    )
    rows = [
        (p.path, 1 + max(p.weight, 0) / 10, p.title, "; ".join(p.names), p.identifiers, p.authors, p.words)
        for p in pages
    ]
    base.executemany("insert into page values (?, ?, ?, ?, ?, ?, ?)", rows)
    return base


def matching(base: sqlite3.Connection, query: str) -> list[str]:
    """The paths that an FTS5 query finds, the best first."""
    order = f"bm25(page, 0, 0, {WEIGHTS}) * weight"
    return [
        row[0] for row in base.execute(f"select path from page where page match ? order by {order} limit 3", [query])
    ]


def by_words(base: sqlite3.Connection) -> Find:
    """All words, the end of each left open; where no page has all of them, any."""

    def find(query: str) -> list[str]:
        words = [f'"{word}"*' for word in re.findall(r"\w+", query)]
        return (matching(base, " AND ".join(words)) or matching(base, " OR ".join(words))) if words else []

    return find


def by_trigrams(base: sqlite3.Connection) -> Find:
    """Any group of three letters."""

    def find(query: str) -> list[str]:
        text = " ".join(re.findall(r"\w+", query.lower()))
        groups = dict.fromkeys(text[at : at + 3] for at in range(len(text) - 2))
        return matching(base, " OR ".join(f'"{group}"' for group in groups)) if groups else []

    return find


def by_nearness(pages: Iterable[Document], scorer: str) -> Find:
    """The pages with the names that are nearest by rapidfuzz."""
    from rapidfuzz import fuzz, process, utils  # type: ignore[import-not-found]

    names: list[str] = []
    paths: list[str] = []
    weights: list[int] = []
    for page in pages:
        for name in dict.fromkeys([page.title, *page.names, *page.identifiers.split(), page.authors]):
            if name:
                names.append(utils.default_process(name))
                paths.append(page.path)
                weights.append(page.weight)

    def find(query: str) -> list[str]:
        near: Any = process.extract(utils.default_process(query), names, scorer=getattr(fuzz, scorer), limit=25)
        best = sorted(near, key=lambda one: -one[1] - weights[one[2]] / 2)
        return list(dict.fromkeys(paths[place] for _, _, place in best))

    return find


def misspelt(pages: Iterable[Document], number: int) -> list[Query]:
    """Names of head types with one letter left out, doubled, replaced or swapped with the next, which nobody has seen before.

    Wanted is every page of that name, whatever its kind.
    """
    chance = random.Random(0)
    named: dict[str, list[str]] = {}
    for page in pages:
        for name in {bare(page.title), *map(bare, page.names)}:
            named.setdefault(name, []).append(page.path)
    types = sorted({bare(page.title) for page in pages if page.path.startswith("heads/")})
    types = [name for name in types if len(name) > 5]
    made = []
    for _ in range(number):
        name = chance.choice(types)
        at, letter = chance.randrange(1, len(name) - 1), chance.choice("abcdefghijklmnopqrstuvwxyz")
        kept, here, after = name[:at], name[at], name[at + 1 :]
        wrong = chance.choice(
            [kept + after, kept + here + here + after, kept + letter + after, kept + after[0] + here + after[1:]]
        )
        made.append(Query("made typos", f"{wrong} head", tuple(named[name])))
    return [query for query in made if bare(query.text) not in named]


def bare(name: str) -> str:
    """A name in small letters, without hyphens and the word head."""
    return re.sub(r"[-\s]+", " ", re.sub(r"\bheads?\b", "", name.lower())).strip()


def peers(pages: list[Document], catalog: Catalog) -> Iterable[tuple[str, Callable[[], Find]]]:
    """Each search by name, with what makes its index."""

    def ours() -> Find:
        finder = Finder(search_data(catalog))
        return lambda query: [place.path for place in finder.find(query).places]

    words = "porter unicode61 remove_diacritics 2"
    yield "headkb", ours
    yield "fts5 words", lambda: by_words(fts(pages, words))
    yield "fts5 trigrams", lambda: by_trigrams(fts(pages, "trigram"))
    if importlib.util.find_spec("rapidfuzz") is not None:
        yield "rapidfuzz sort", lambda: by_nearness(pages, "token_sort_ratio")
        yield "rapidfuzz WRatio", lambda: by_nearness(pages, "WRatio")

        def both() -> Find:
            first, second = by_words(fts(pages, words)), by_nearness(pages, "token_sort_ratio")
            return lambda query: first(query) or second(query)

        yield "words, then rapidfuzz", both


@click.command()
@click.argument("file", default=str(ROOT / "tests/browser/queries.tsv"), type=click.Path(exists=True, path_type=Path))
@click.option("--rounds", default=3, help="How often all queries are asked, for the time.")
@click.option("--typos", default=300, help="Queries that are made by misspelling names of head types.")
@click.option("--misses", is_flag=True, help="Print what each peer finds in the place of a wanted page.")
def main(file: Path, rounds: int, typos: int, misses: bool) -> None:
    """Ask every search the queries of FILE."""
    catalog = load_catalog()
    pages = documents(catalog)
    queries = [*read(file), *misspelt(pages, typos)]
    found: dict[str, dict[str, Score]] = {}
    click.echo(f"{len(queries)} queries, {len(pages)} pages")
    for name, make in peers(pages, catalog):
        start = time.process_time()
        find = make()
        made = time.process_time()
        for _ in range(rounds):
            found[name] = scores(queries, find)
        each = (time.process_time() - made) / rounds / len(queries)
        click.echo(f"{name:22} {1000 * each:8.2f} ms a query, index {made - start:5.2f} s")
    click.echo(f"{'first / among three':22} " + " ".join(f"{kind:>14}" for kind in found["headkb"]) + f" {'all':>10}")
    for name, classes in found.items():
        cells = [f"{s.first}/{s.three} of {s.asked}" for s in classes.values()]
        total = f"{sum(s.first for s in classes.values())}/{sum(s.three for s in classes.values())}"
        click.echo(f"{name:22} " + " ".join(f"{cell:>14}" for cell in cells) + f" {total:>10}")
        for kind, score in classes.items() if misses else ():
            click.echo("".join(f"    {kind}: {line}\n" for line in score.missed).rstrip())


if __name__ == "__main__":
    main()
