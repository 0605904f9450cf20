"""Papers as BibTeX, RIS and CSL JSON, for citation programs. The key is the record's id; everything is UTF-8.

bibtexparser writes BibTeX, rispy RIS; both are loaded when something is written, so that look-ups do not wait for them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

from headkb.catalog import escape
from headkb.catalog.person_names import split_name
from headkb.catalog.schema import Paper
from headkb.catalog.venues import form_of_venue

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
# A word with a capital after its first letter (GPT-2, LLMs, RoPE) keeps its case in every bibliography style.
MIXED_CASE = re.compile(r"(?<![\w{])(?<![\w-]-)([A-Za-z0-9][\w-]*[A-Z][\w-]*)(?![\w}])")
_VENUE_IN = {"article": "journal", "inproceedings": "booktitle", "phdthesis": "school", "misc": "howpublished"}


def bibtex(paper: Paper) -> str:
    """One BibTeX entry."""
    return bibtex_file([paper]).rstrip("\n")


def bibtex_file(papers: Iterable[Paper]) -> str:
    """All papers as one BibTeX file, in the order given."""
    from bibtexparser import BibtexFormat, Library, write_string

    form = BibtexFormat()
    form.indent, form.value_column, form.block_separator = "  ", "auto", "\n"
    library = Library([_entry(paper) for paper in papers])
    return str(write_string(library, unparse_stack=[], bibtex_format=form))


def ris(paper: Paper) -> str:
    """One RIS record."""
    return ris_file([paper]).rstrip("\n")


def ris_file(papers: Iterable[Paper]) -> str:
    """All papers as one RIS file, in the order given."""
    import rispy

    # The format has no line with a number before a record.
    unnumbered = type("Unnumbered", (rispy.RisWriter,), {"set_header": lambda self, count: ""})
    return str(rispy.dumps([_ris(paper) for paper in papers], implementation=unnumbered))


def csl(paper: Paper) -> dict[str, Any]:
    """One item of CSL JSON."""
    data: dict[str, Any] = {"id": paper.id, "type": _kind(paper, _CSL_KINDS), "title": paper.title}
    if paper.authors:
        data["author"] = [_csl_name(name) for name in paper.authors]
    data["issued"] = {"date-parts": [[int(part) for part in paper.date.split("-")]]}
    more = {
        "container-title": paper.venue,
        "DOI": paper.doi,
        "number": f"arXiv:{paper.arxiv}" if paper.arxiv else None,
        "URL": address(paper),
    }
    return {**data, **{name: value for name, value in more.items() if value}}


def csl_json(paper: Paper) -> str:
    """One item of CSL JSON as text."""
    return json.dumps(csl(paper), indent=2, ensure_ascii=False, allow_nan=False)


def csl_file(papers: Iterable[Paper]) -> str:
    """All papers as one CSL JSON list, in the order given."""
    return json.dumps([csl(paper) for paper in papers], indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def address(paper: Paper) -> str:
    """The best address of a paper: its Paper link, else ACL Anthology, arXiv, OpenReview, DOI, else any link; empty if none."""
    given = next((link.url for link in paper.links if link.label in ("Paper", "Post")), "")
    ids = (
        (paper.acl, "https://aclanthology.org/{}/"),
        (paper.arxiv, "https://arxiv.org/abs/{}"),
        (paper.openreview, "https://openreview.net/forum?id={}"),
        (paper.doi, "https://doi.org/{}"),
    )
    built = next((form.format(value) for value, form in ids if value), "")
    return given or built or (paper.links[0].url if paper.links else "")


_BIBTEX_KINDS = {"thesis": "phdthesis", "journal": "article", "conference": "inproceedings", "other": "misc"}
_RIS_KINDS = {
    "thesis": "THES",
    "post": "BLOG",
    "dataset": "DATA",
    "journal": "JOUR",
    "conference": "CPAPER",
    "other": "UNPB",
}
_CSL_KINDS = {
    "thesis": "thesis",
    "post": "post-weblog",
    "dataset": "dataset",
    "journal": "article-journal",
    "conference": "paper-conference",
    "other": "article",
}


def _kind(paper: Paper, kinds: dict[str, str]) -> str:
    """What a format calls this kind of paper: by its kind, for a published paper by its venue; else the format's word for the rest."""
    form = form_of_venue(paper.venue) if paper.venue and paper.type == "paper" else ""
    return kinds.get(form or paper.type, kinds["other"])


def _entry(paper: Paper) -> Any:
    """An entry of bibtexparser; what BibTeX has no word for stands in fields that its styles pass over."""
    from bibtexparser.model import Entry, Field

    kind = _kind(paper, _BIBTEX_KINDS)
    year, month, day = (*paper.date.split("-"), "", "")[:3]
    told = kind != "misc" or (paper.type == "preprint" and paper.arxiv and not paper.venue)
    fields: dict[str, str | None] = {
        "title": escape.bibtex(paper.title, lambda text: MIXED_CASE.sub(r"{\1}", text)),
        "author": " and ".join(map(_bibtex_name, paper.authors)),
        "year": year,
        "month": MONTHS[int(month) - 1] if month else "",
        "day": str(int(day)) if day else "",
        _VENUE_IN[kind]: escape.bibtex(paper.venue or ""),
        "entrysubtype": "" if told else paper.type,
        "eprint": paper.arxiv,
        "archiveprefix": "arXiv" if paper.arxiv else "",
        "doi": escape.bibtex_verbatim(paper.doi or ""),
        "acl": paper.acl,
        "openreview": paper.openreview,
        "url": escape.bibtex_verbatim(address(paper)),
    }
    # The month is the name of a string that every style defines.
    braced = {name: value if name == "month" else f"{{{value}}}" for name, value in fields.items() if value}
    return Entry(kind, paper.id, [Field(name, value) for name, value in braced.items()])


def _ris(paper: Paper) -> dict[str, Any]:
    """A record of rispy."""
    given: dict[str, Any] = {
        "type_of_reference": _kind(paper, _RIS_KINDS),
        "id": paper.id,
        "title": paper.title,
        "authors": [", ".join(part for part in reversed(split_name(name)) if part) for name in paper.authors],
        "year": paper.date[:4],
        "date": paper.date.replace("-", "/"),
        "secondary_title": paper.venue,
        "doi": paper.doi,
        "urls": [address(paper)],
    }
    return {
        name: [escape.one_line(v) for v in value] if isinstance(value, list) else escape.one_line(value)
        for name, value in given.items()
        if value and value != [""]
    }


def _bibtex_name(name: str) -> str:
    from bibtexparser.middlewares import NameParts

    given, family = split_name(name)
    if not given:
        return f"{{{escape.bibtex(family)}}}"
    return str(NameParts(first=[escape.bibtex_name(given)], last=[escape.bibtex_name(family)]).merge_last_name_first)


def _csl_name(name: str) -> dict[str, str]:
    given, family = split_name(name)
    return {"family": family, "given": given} if given else {"literal": family}
