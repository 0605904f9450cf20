"""Papers of arXiv that may belong into the catalog, the most probable first, each with the reasons for its score.

    python tools/candidates.py --days 35 --out report.md       asks arXiv for the words of the field and for the names that the catalog knows
    python tools/candidates.py --feed feed.xml                  scores a stored answer

A paper that the catalog has, by arXiv id or title, is left out, and so is one of `tools/candidates_declined.tsv`, where somebody has looked at it
and said why it does not belong. The score counts words; a person decides.

Exit code 0: done, whether or not there are any; 1: arXiv gave no answer that can be read; 2: wrong use.
"""

from __future__ import annotations

import datetime
import http.client
import re
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode
from xml.etree import ElementTree

import click
from reasons import read_reasons

from headkb import Catalog, load_catalog
from headkb.catalog.harmless import harmless
from headkb.catalog.identifiers import in_url
from headkb.catalog.spelling import normalise
from headkb.catalog.writing import write_text

ROOT = Path(__file__).parent.parent
DECLINED = Path(__file__).parent / "candidates_declined.tsv"
COLUMNS = ("paper", "decision", "reason", "date")
DECISIONS = ("off-topic", "no-heads", "later")
ADDRESS = "https://export.arxiv.org/api/query"
MOST_BYTES, MOST_RESULTS, NAMES_OF_A_QUERY, PAUSE = 8_000_000, 200, 12, 3.0
"""arXiv asks for three seconds between questions."""
LEAST_SCORE, MOST_TOLD = 4, 40
WORDS: Mapping[str, int] = {
    "attention head": 3,
    "attention heads": 3,
    "induction head": 2,
    "head-level": 2,
    "per-head": 2,
    "circuit": 1,
    "mechanistic interpretability": 2,
    "activation patching": 1,
    "path patching": 2,
    "ablat": 1,
    "attention sink": 1,
    "attention pattern": 1,
}
"""Words of the field with what each is worth in an abstract; in a title it is worth twice as much."""
NAME_POINTS, MOST_NAMES = 2, 3
"""A head type of the catalog that the paper names, and how many of them count."""
_ATOM = "{http://www.w3.org/2005/Atom}"


class FeedError(Exception):
    """What arXiv answered is no feed that can be read."""


@dataclass(frozen=True)
class Candidate:
    """A paper of the feed."""

    arxiv: str
    title: str
    abstract: str
    authors: tuple[str, ...]
    date: str


@dataclass(frozen=True)
class Scored:
    """A candidate, its score, and what it comes from, as `word +points`."""

    candidate: Candidate
    score: int
    reasons: tuple[str, ...]


def head_names(catalog: Catalog) -> dict[str, str]:
    """What papers call head types, in small letters with the word "head" → id."""
    names: dict[str, str] = {}
    for head in catalog.heads.values():
        for name in head.names():
            low = " ".join(re.sub(r"[^\w\s-]", " ", name.casefold()).split())
            low = low.removesuffix("s") if low.endswith("heads") else low
            names.setdefault(low if low.endswith("head") else f"{low} head", head.id)
    return {name: head for name, head in names.items() if len(name) > len("xxx head")}


def queries(catalog: Catalog) -> list[str]:
    """What arXiv is asked: the words of the field first, then the names that the catalog knows."""
    words = ["attention head", "attention heads", "induction heads"]
    names = sorted(set(head_names(catalog)) - set(words))
    groups = [words, *(names[i : i + NAMES_OF_A_QUERY] for i in range(0, len(names), NAMES_OF_A_QUERY))]
    return [" OR ".join(f'all:"{name}"' for name in group) for group in groups]


def read_feed(raw: bytes) -> list[Candidate]:
    """The papers of an Atom feed.

    Raises:
        FeedError: If it is none, is too large, or declares a document type, from which texts could be multiplied.
    """
    if len(raw) > MOST_BYTES:
        raise FeedError(f"the answer has more than {MOST_BYTES:,} bytes")
    if b"<!doctype" in raw.lower() or b"<!entity" in raw.lower() or b"\0" in raw:
        raise FeedError("the answer declares a document type")
    try:
        root = ElementTree.fromstring(raw)
    except ElementTree.ParseError as error:
        raise FeedError(f"the answer is no XML: {error}") from None
    if root.tag != f"{_ATOM}feed":
        raise FeedError("the answer is no Atom feed")
    return [candidate for entry in root.iter(f"{_ATOM}entry") if (candidate := _candidate(entry)) is not None]


def _candidate(entry: ElementTree.Element) -> Candidate | None:
    def text(tag: str) -> str:
        return " ".join((entry.findtext(f"{_ATOM}{tag}") or "").split())

    name, value = in_url(text("id")) or ("", "")
    if name != "arxiv" or not text("title"):
        return None
    authors = tuple(
        " ".join((author.findtext(f"{_ATOM}name") or "").split()) for author in entry.iter(f"{_ATOM}author")
    )
    return Candidate(value, text("title"), text("summary"), authors, text("published")[:10])


def score(candidate: Candidate, names: Mapping[str, str]) -> Scored:
    """How probably the paper is about heads, and why."""
    title, abstract = candidate.title.casefold(), candidate.abstract.casefold()
    points: dict[str, int] = {}
    for word, worth in WORDS.items():
        if word in title:
            points[word] = 2 * worth
        elif word in abstract:
            points[word] = worth
    points = {w: p for w, p in points.items() if not any(w != o and w in o and p <= points[o] for o in points)}
    named = dict.fromkeys(head for name, head in names.items() if name in f"{title} {abstract}")
    for head in list(named)[:MOST_NAMES]:
        points[f"heads/{head}"] = NAME_POINTS
    reasons = tuple(
        f"{word} +{worth}" for word, worth in sorted(points.items(), key=lambda entry: (-entry[1], entry[0]))
    )
    return Scored(candidate, sum(points.values()), reasons)


def wanted(
    candidates: Sequence[Candidate], catalog: Catalog, declined: Sequence[str] = (), since: str = ""
) -> list[Scored]:
    """The candidates that the catalog lacks and nobody declined, from `since` on, the best first; of equal ones the newest."""
    known = {paper.arxiv for paper in catalog.papers.values() if paper.arxiv} | set(declined)
    titles = {normalise(paper.title) for paper in catalog.papers.values()}
    names, found = head_names(catalog), {c.arxiv: c for c in candidates}
    new = [c for c in found.values() if c.arxiv not in known and normalise(c.title) not in titles and c.date >= since]
    scored = [one for one in (score(c, names) for c in new) if one.score >= LEAST_SCORE]
    newest_first = sorted(scored, key=lambda one: (one.candidate.date, one.candidate.arxiv), reverse=True)
    return sorted(newest_first, key=lambda one: -one.score)


def report(scored: Sequence[Scored]) -> str:
    """The candidates in Markdown, each with the command that begins its record; empty where there is none."""
    if not scored:
        return ""
    rows = [_row(one) for one in scored[:MOST_TOLD]]
    more = f"\n\n… and {len(scored) - MOST_TOLD} more with lower scores." if len(scored) > MOST_TOLD else ""
    head = "These papers of arXiv may belong into the catalog. The score counts words; whether a paper says something about heads, its text says."
    tail = "A paper that does not belong goes into `tools/candidates_declined.tsv`, with the reason; it is then not proposed again."
    return (
        "\n".join([head, "", "| Score | Paper | Why | To add it |", "|---|---|---|---|", *rows]) + f"{more}\n\n{tail}\n"
    )


def _row(one: Scored) -> str:
    c = one.candidate
    by = f"{c.authors[0]} et al." if len(c.authors) > 1 else "".join(c.authors)
    title = _cell(c.title, 200)
    paper = f"[{c.arxiv}](https://arxiv.org/abs/{c.arxiv}) {title}, {_cell(by, 80)}, {_cell(c.date, 10)}"
    return f"| {one.score} | {paper} | {_cell(', '.join(one.reasons), 200)} | `headkb new paper --arxiv {c.arxiv}` |"


def _cell(text: str, most: int) -> str:
    cut = text if len(text) <= most else f"{text[: most - 1]}…"
    return harmless(cut).replace("|", "\\|").replace("`", "'").replace("\n", " ")


def fetch(asked: Sequence[str]) -> Iterator[bytes]:
    """What arXiv answers, one question after the other."""
    for number, query in enumerate(asked):
        if number:
            time.sleep(PAUSE)
        words = {
            "search_query": query,
            "sortBy": "submittedDate",
            "sortOrder": "descending",
            "max_results": MOST_RESULTS,
        }
        with urllib.request.urlopen(f"{ADDRESS}?{urlencode(words)}", timeout=60) as reply:
            yield reply.read(MOST_BYTES + 1)


@click.command()
@click.option(
    "--feed", type=click.Path(exists=True, dir_okay=False, path_type=Path), multiple=True, help="Stored answers."
)
@click.option(
    "--days", default=35, show_default=True, type=click.IntRange(1, 3650), help="How far back papers are told."
)
@click.option(
    "--catalog", "root", type=click.Path(exists=True, file_okay=False, path_type=Path), default=ROOT / "catalog"
)
@click.option("--out", type=click.Path(path_type=Path), help="Where the report goes.")
def main(feed: Sequence[Path], days: int, root: Path, out: Path | None) -> None:
    """Propose papers that the catalog may lack."""
    catalog = load_catalog(root)
    declined, errors = read_reasons(DECLINED, DECISIONS, COLUMNS)
    for error in errors:
        click.echo(error, err=True)
    since = "" if feed else (datetime.datetime.now(datetime.UTC).date() - datetime.timedelta(days=days)).isoformat()
    candidates: list[Candidate] = []
    try:
        for raw in [path.read_bytes() for path in feed] if feed else fetch(queries(catalog)):
            candidates += read_feed(raw)
        if not candidates and not feed:  # an empty report would close the issue
            raise FeedError("it names no paper at all, though many hold the words")
    except (FeedError, OSError, http.client.HTTPException) as error:
        click.echo(f"arXiv gave no answer that can be read: {error}", err=True)
        sys.exit(1)
    text = report(wanted(candidates, catalog, [entry.what for entry in declined], since))
    if out is not None:
        write_text(out, text)
    else:
        click.echo(text or "no candidates")


if __name__ == "__main__":
    main()
