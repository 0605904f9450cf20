"""The page of a paper."""

from __future__ import annotations

from headkb.catalog import Statement
from headkb.catalog.bibliography import bibtex, csl_json, ris
from headkb.catalog.schema import Paper
from headkb.site.document import Bullets, Cell, Code, Facts, Fold, Heading, Node, Page, Prose, Row, Table, table
from headkb.site.evidence import badge, best
from headkb.site.foot import record_foot
from headkb.site.links import record_path, short_name
from headkb.site.parts import CLAIM_COLUMNS, Context, claim_rows, joined, ref
from headkb.site.text import plain

MANY, COMMON = 14, 60
LISTED = {
    "survey": "the survey",
    "list": "Awesome-Attention-Heads",
    "list-2025": "Awesome-Attention-Heads (added after the survey)",
}


def paper_page(context: Context, paper: Paper) -> Page:
    """One paper: what it adds, which heads it touches, what it claims, and how to cite it."""
    path = record_path("papers", paper.id)
    statements = context.catalog.statements_of_paper.get(paper.id, [])
    body: list[Node] = [Facts(tuple(_facts(paper)))]
    if paper.summary:
        s = paper.summary
        body.append(Prose(f"**New:** {s.innovation}", lead=True))
        body += [Prose(f"**Tasks:** {s.tasks}")] if s.tasks else []
        body += [Prose(f"**Result:** {s.result}")] if s.result else []
    if paper.heads:
        rows = tuple(Row((ref("heads", h.id), h.role, " ".join((h.note or "").split("\n")))) for h in paper.heads)
        body += [Heading("Head types", "heads"), table(("Head type", "Role of the paper", "Note"), rows)]
    if statements:
        body += _claims(context, statements)
    used: list[tuple[str, Cell]] = []
    for label, kind, ids in (
        ("Methods", "methods", paper.methods),
        ("Models", "models", paper.models),
        ("Benchmarks", "benchmarks", paper.benchmarks),
    ):
        if ids:
            used.append((label, joined([ref(kind, i) for i in ids])))
    if used:
        body += [Heading("Methods, models and benchmarks", "uses"), Facts(tuple(used))]
    body += _contested(context, paper)
    body += _related(context, paper)
    body += _cite(paper)
    body += record_foot(context, "papers", paper, path)
    summary = paper.summary.innovation if paper.summary else ""
    short = short_name("papers", paper)
    return Page(
        path,
        paper.title,
        tuple(body),
        "papers/",
        summary or f"{paper.title} ({paper.date[:4]})",
        (paper.id, short, *(x for x in (paper.arxiv, paper.acl) if x)),
        f"papers/{paper.id}.yaml",
        paper.date,
        f"{paper.type.capitalize()} · {plain(short)}",
        1.5,
        f"papers/{paper.id}",
        linked_data(paper),
    )


def linked_data(paper: Paper) -> dict[str, object]:
    """schema.org description of a paper."""
    data: dict[str, object] = {"@type": "ScholarlyArticle", "headline": paper.title, "datePublished": paper.date}
    if paper.authors:
        data["author"] = [{"@type": "Person", "name": name} for name in paper.authors]
    if paper.doi:
        data["identifier"] = f"https://doi.org/{paper.doi}"
    if paper.links:
        data["sameAs"] = [link.url for link in paper.links]
    return data


def _facts(paper: Paper) -> list[tuple[str, Cell]]:
    rows: list[tuple[str, Cell]] = []
    if paper.authors:
        rows.append(("Authors", plain(", ".join(paper.authors))))
    rows.append(("Date", paper.date + (f" · {plain(paper.venue)}" if paper.venue else "")))
    labels = [link.label for link in paper.links]
    links = [
        f"[{link.label if labels.count(link.label) == 1 else f'{link.label} ({host(link.url)})'}]({link.url.replace('(', '%28').replace(')', '%29')})"
        for link in paper.links
    ]
    if paper.arxiv:
        links.append(f"[arXiv {paper.arxiv}](https://arxiv.org/abs/{paper.arxiv})")
    if paper.doi:
        links.append(f"[doi](https://doi.org/{paper.doi.replace('(', '%28').replace(')', '%29')})")
    if paper.openreview:
        links.append(f"[OpenReview](https://openreview.net/forum?id={paper.openreview})")
    if paper.acl:
        links.append(f"[ACL Anthology](https://aclanthology.org/{paper.acl}/)")
    if links:
        rows.append(("Read", joined(_distinct(links), " · ")))
    if paper.listed_in:
        rows.append(("Listed in", ", ".join(LISTED[name] for name in paper.listed_in)))
    if paper.summary_basis:
        rows.append(("Summary from", f"the {paper.summary_basis.replace('-', ' ')}"))
    return rows


def host(url: str) -> str:
    """The host of an address, to tell two links of one label apart."""
    return url.split("/")[2].removeprefix("www.")


def _distinct(links: list[str]) -> list[str]:
    seen: dict[str, str] = {}
    for link in links:
        seen.setdefault(link.split("](", 1)[1], link)
    return list(seen.values())


def _claims(context: Context, statements: list[Statement]) -> list[Node]:
    """All claims where they are few; else how many there are about what, with the way to them."""
    if len(statements) <= MANY:
        return [Heading("Claims", "claims"), table(CLAIM_COLUMNS, claim_rows(context, statements))]
    groups: dict[str, list[Statement]] = {}
    for statement in statements:
        groups.setdefault(statement.claim.head or statement.claim.about or "", []).append(statement)
    files = list(dict.fromkeys(s.file.id for s in statements))
    rows = []
    for head, found in sorted(groups.items()):
        models = list(dict.fromkeys(s.claim.model for s in found))
        shown: Cell = (
            joined([ref("models", m) for m in models[:10]]),
            f" and {len(models) - 10} more" if len(models) > 10 else "",
        )
        rows.append(
            Row((ref("heads", head), str(len(found)), shown, badge(best(context.catalog.rung(s.id) for s in found))))
        )
    where: Cell = ("All of them with place and value: ", joined([f"[{plain(f)}](@claims/{f}/)" for f in files]), ".")
    return [
        Heading(f"{len(statements)} claims", "claims"),
        Bullets((where,)),
        Table(("Head type", "Claims", "Models", "Best evidence"), tuple(rows)),
    ]


def _contested(context: Context, paper: Paper) -> list[Node]:
    own = {s.id for s in context.catalog.statements_of_paper.get(paper.id, [])}
    items: list[Cell] = [
        (ref("claims", s.id), " contests ", ref("claims", c), f": {s.claim.statement}")
        for s in context.catalog.statements.values()
        for c in s.claim.contests
        if c in own or s.id in own
    ]
    return [Heading("Disagreements", "disagreements"), Bullets(tuple(items))] if items else []


def _related(context: Context, paper: Paper) -> list[Node]:
    """The papers that share most head types with this one; rare types count more, very common ones not at all."""
    weight: dict[str, float] = {}
    for head in paper.heads:
        entries = context.catalog.papers_of_head.get(head.id, [])
        for other, _ in entries if len(entries) <= COMMON else ():
            weight[other.id] = weight.get(other.id, 0.0) + 1 / len(entries)
    weight.pop(paper.id, None)
    nearest = sorted(weight, key=lambda i: (-weight[i], i))[:6]
    items = tuple((ref("papers", i), f": {plain(context.catalog.papers[i].title)}") for i in nearest)
    return [Heading("Related papers", "related"), Bullets(items)] if items else []


def _cite(paper: Paper) -> list[Node]:
    return [
        Heading("Cite", "cite"),
        Code(bibtex(paper), "BibTeX", "bibtex", "bibtex"),
        Fold(
            "RIS and CSL JSON",
            (Code(ris(paper), "RIS", id="ris"), Code(csl_json(paper), "CSL JSON", "json", "csl")),
            "cite-more",
        ),
    ]


def paper_hub_rows(context: Context) -> tuple[Row, ...]:
    """One row per paper, newest first."""
    rows = []
    claimed: dict[str, list[str]] = {}
    for statement in context.catalog.statements.values():
        for paper_id in {statement.file.paper, statement.claim.source.paper} - {None}:
            claimed.setdefault(str(paper_id), []).append(context.catalog.rung(statement.id))
    for paper in sorted(context.catalog.papers.values(), key=lambda p: (p.date, p.id), reverse=True):
        rung = best(claimed.get(paper.id, []))
        shown: list[Cell] = [ref("heads", h.id) for h in paper.heads[:6]]
        more = f" and {len(paper.heads) - 6} more" if len(paper.heads) > 6 else ""
        stages = sorted({context.catalog.heads[h.id].stage for h in paper.heads if h.id in context.catalog.heads})
        rows.append(
            Row(
                (
                    paper.date,
                    (
                        ref("papers", paper.id, plain(paper.title)),
                        f" {plain(short_name('papers', paper))}" if paper.authors else "",
                    ),
                    (joined(shown), more),
                    badge(rung) if rung else "–",
                ),
                {
                    "year": paper.date[:4],
                    "role": "|".join(sorted({h.role for h in paper.heads})),
                    "evidence": rung or "none",
                    "stage": "|".join(context.links.name(f"stages/{s}") for s in stages),
                    "listed": "|".join(paper.listed_in),
                    "code": "yes" if any(link.label == "Code" for link in paper.links) else "no",
                    "method": "|".join(context.links.name(f"methods/{m}") for m in paper.methods),
                },
            )
        )
    return tuple(rows)
