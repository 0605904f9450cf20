"""Does the search lead where people want to go? Scores a table of queries, class by class.

    python tools/score_queries.py tests/browser/queries.tsv [--misses]

A line of the table has, with tabs between, a class, a query and the pages that may come first: `heads/induction/|glossary/induction/`,
where `models/pythia-*` stands for all that begin so. The class may be left out; lines that begin with # are notes. What is found is what
`headkb search` and the site's search box find by name, from the catalog as it is. Printed are, for each class and for all, how many
queries there are, and of how many such a page is first, and among the first three; with `--misses` also those where none is first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from headkb import load_catalog
from headkb.catalog.finder import Finder
from headkb.catalog.search_data import search_data

FIRST, AMONG_THREE = 0.85, 0.95
"""Shares of the queries of a class that must have a wanted page first, and among the first three."""


@dataclass(frozen=True)
class Query:
    """What someone types, and the pages that may come first."""

    kind: str
    text: str
    wanted: tuple[str, ...]

    def fits(self, path: str) -> bool:
        """Whether a path is one of the wanted ones, wherever on the page it leads."""
        page = path.partition("#")[0].rstrip("/")
        return any(page.startswith(w[:-1]) if w.endswith("*") else page == w.rstrip("/") for w in self.wanted)


@dataclass
class Score:
    """How the queries of one class went.

    Attributes:
        asked: How many there are.
        first: Of how many a wanted page is first.
        three: Of how many one is among the first three.
        missed: The queries where none is first, each with what is.
    """

    asked: int
    first: int
    three: int
    missed: list[str]

    @property
    def enough(self) -> bool:
        """Whether both shares are reached."""
        return self.first >= FIRST * self.asked and self.three >= AMONG_THREE * self.asked


def read(file: Path) -> list[Query]:
    """The queries of a table."""
    rows = [line.split("\t") for line in file.read_text("utf-8").splitlines() if line.strip() and line[0] != "#"]
    return [Query(row[-3] if len(row) > 2 else "all", row[-2], tuple(row[-1].split("|"))) for row in rows]


def scores(queries: Iterable[Query], find: Callable[[str], Sequence[str]]) -> dict[str, Score]:
    """Class → how its queries went; `find` gives the paths that a query leads to, the best first."""
    found: dict[str, Score] = {}
    for query in queries:
        paths = find(query.text)[:3]
        hits = [query.fits(path) for path in paths]
        score = found.setdefault(query.kind, Score(0, 0, 0, []))
        score.asked += 1
        score.first += hits[:1] == [True]
        score.three += any(hits)
        if hits[:1] != [True]:
            score.missed.append(f"{query.text} → {', '.join(paths) or 'nothing'}")
    return found


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--misses", is_flag=True, help="Print the queries where no wanted page is first, too.")
def main(file: Path, misses: bool) -> None:
    """Score the queries of FILE."""
    finder = Finder(search_data(load_catalog()))
    found = scores(read(file), lambda query: [place.path for place in finder.find(query).places])
    for kind, score in found.items():
        click.echo(f"{kind}: {score.asked} queries, {score.first} first, {score.three} among three")
        for line in score.missed if misses else ():
            click.echo(f"    {line}")
    asked, first, three = (sum(getattr(s, name) for s in found.values()) for name in ("asked", "first", "three"))
    click.echo(f"all: {asked} queries, {first} first, {three} among three")


if __name__ == "__main__":
    main()
