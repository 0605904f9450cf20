"""BibTeX, RIS and CSL of papers."""

from __future__ import annotations

import bibtexparser
import pytest

from headkb import Catalog
from headkb.catalog.bibliography import bibtex, bibtex_file, csl, ris
from headkb.catalog.person_names import split_name
from headkb.catalog.schema import Paper


def paper(**changes: object) -> Paper:
    """An invented paper."""
    data = {
        "id": "moss-1999-jars",
        "title": "GPT-2 & Jars: 50% of {All}",
        "authors": ["Ada van Moss", "Plato"],
        "date": "1999-05",
        "arxiv": "9905.01234",
    }
    return Paper.model_validate({**data, **changes})


@pytest.mark.parametrize(
    ("name", "parts"),
    [("Ada Moss", ("Ada", "Moss")), ("Ludwig van der Jar", ("Ludwig", "van der Jar")), ("Plato", ("", "Plato"))],
)
def test_split_name(name: str, parts: tuple[str, str]) -> None:
    """Particles belong to the family name."""
    assert split_name(name) == parts


def test_bibtex() -> None:
    """The key is the id; capitals are kept, TeX's special characters are made harmless."""
    assert bibtex(paper()) == (
        "@misc{moss-1999-jars,\n"
        "  title         = {{GPT-2} \\& Jars: 50\\% of {All}},\n"
        "  author        = {van Moss, Ada and {Plato}},\n"
        "  year          = {1999},\n"
        "  month         = may,\n"
        "  entrysubtype  = {paper},\n"
        "  eprint        = {9905.01234},\n"
        "  archiveprefix = {arXiv},\n"
        "  url           = {https://arxiv.org/abs/9905.01234}\n"
        "}"
    )


def test_ris_and_csl() -> None:
    """RIS ends its record; CSL keeps the date's precision."""
    assert ris(paper()).splitlines()[0] == "TY  - UNPB"
    assert ris(paper()).splitlines()[-1] == "ER  - "
    assert "AU  - van Moss, Ada" in ris(paper())
    assert csl(paper())["issued"] == {"date-parts": [[1999, 5]]}
    assert csl(paper(venue="Journal of Jars"))["type"] == "article-journal"


def test_real_papers_parse(real_catalog: Catalog) -> None:
    """A BibTeX program reads all papers of the catalog, each under its own key."""
    library = bibtexparser.parse_string(bibtex_file(real_catalog.papers.values()))
    assert not library.failed_blocks
    assert sorted(e.key for e in library.entries) == sorted(real_catalog.papers)
