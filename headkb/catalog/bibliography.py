"""Papers as BibTeX, RIS and CSL JSON, for citation programs. The BibTeX key is the record's id; everything is UTF-8."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

from headkb.catalog import escape
from headkb.catalog.schema import Paper

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
PARTICLES = "von van de der den del della di da dos du la le ter ten bin al el"
# A word with a capital after its first letter (GPT-2, LLMs, RoPE) keeps its case in every bibliography style.
MIXED_CASE = re.compile(r"(?<![\w{])(?<![\w-]-)([A-Za-z0-9][\w-]*[A-Z][\w-]*)(?![\w}])")


def split_name(name: str) -> tuple[str, str]:
    """`Ludwig van Beethoven` → (`Ludwig`, `van Beethoven`): given names and family name."""
    words = name.split()
    if len(words) < 2:
        return "", name
    cut = len(words) - 1
    while cut > 1 and words[cut - 1].casefold() in PARTICLES.split():
        cut -= 1
    return " ".join(words[:cut]), " ".join(words[cut:])


def bibtex(paper: Paper) -> str:
    """One BibTeX entry."""
    kind = {"thesis": "phdthesis", "paper": "inproceedings" if paper.venue else "misc"}.get(paper.type, "misc")
    fields: dict[str, str] = {"title": MIXED_CASE.sub(r"{\1}", escape.bibtex(paper.title))}
    if paper.authors:
        fields["author"] = " and ".join(_bibtex_name(name) for name in paper.authors)
    fields["year"] = paper.date[:4]
    if len(paper.date) > 4:
        fields["month"] = MONTHS[int(paper.date[5:7]) - 1]
    if paper.venue:
        fields["booktitle" if kind == "inproceedings" else "school" if kind == "phdthesis" else "howpublished"] = (
            escape.bibtex(paper.venue)
        )
    if paper.arxiv:
        fields |= {"eprint": paper.arxiv, "archiveprefix": "arXiv"}
    if paper.doi:
        fields["doi"] = escape.bibtex_verbatim(paper.doi)
    url = address(paper)
    if url:
        fields["url"] = escape.bibtex_verbatim(url)
    width = max(len(name) for name in fields)
    rows = [f"  {name:<{width}} = {value if name == 'month' else '{' + value + '}'}" for name, value in fields.items()]
    return f"@{kind}{{{paper.id},\n" + ",\n".join(rows) + "\n}"


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


def ris(paper: Paper) -> str:
    """One RIS record."""
    kind = {"thesis": "THES", "post": "BLOG", "dataset": "DATA", "preprint": "UNPB"}.get(
        paper.type, "CPAPER" if paper.venue else "UNPB"
    )
    lines = [("TY", kind), ("ID", paper.id), ("TI", paper.title)]
    lines += [("AU", ", ".join(part for part in reversed(split_name(name)) if part)) for name in paper.authors]
    lines += [("PY", paper.date[:4]), ("DA", paper.date.replace("-", "/"))]
    lines += [("T2", paper.venue)] if paper.venue else []
    lines += [("DO", paper.doi)] if paper.doi else []
    lines += [("UR", address(paper))] if address(paper) else []
    return "\n".join(f"{tag}  - {escape.one_line(value)}" for tag, value in [*lines, ("ER", "")])


def csl(paper: Paper) -> dict[str, Any]:
    """One item of CSL JSON."""
    kind = {"thesis": "thesis", "post": "post-weblog", "dataset": "dataset"}.get(
        paper.type, "paper-conference" if paper.venue else "article"
    )
    data: dict[str, Any] = {"id": paper.id, "type": kind, "title": paper.title}
    if paper.authors:
        data["author"] = [_csl_name(name) for name in paper.authors]
    data["issued"] = {"date-parts": [[int(part) for part in paper.date.split("-")]]}
    if paper.venue:
        data["container-title"] = paper.venue
    if paper.doi:
        data["DOI"] = paper.doi
    if paper.arxiv:
        data["number"] = f"arXiv:{paper.arxiv}"
    if address(paper):
        data["URL"] = address(paper)
    return data


def csl_json(paper: Paper) -> str:
    """One item of CSL JSON as text."""
    return json.dumps(csl(paper), indent=2, ensure_ascii=False, allow_nan=False)


def bibtex_file(papers: Iterable[Paper]) -> str:
    """All papers as one BibTeX file, in the order given."""
    return "\n\n".join(bibtex(paper) for paper in papers) + "\n"


def ris_file(papers: Iterable[Paper]) -> str:
    """All papers as one RIS file, in the order given."""
    return "\n\n".join(ris(paper) for paper in papers) + "\n"


def csl_file(papers: Iterable[Paper]) -> str:
    """All papers as one CSL JSON list, in the order given."""
    return json.dumps([csl(paper) for paper in papers], indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _bibtex_name(name: str) -> str:
    given, family = split_name(name)
    return f"{escape.bibtex_name(family)}, {escape.bibtex_name(given)}" if given else f"{{{escape.bibtex(family)}}}"


def _csl_name(name: str) -> dict[str, str]:
    given, family = split_name(name)
    return {"family": family, "given": given} if given else {"literal": family}
