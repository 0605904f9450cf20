"""Papers: the page of one, and the list of all."""

from __future__ import annotations

from headkb.catalog import Statement
from headkb.catalog.bibliography import bibtex, csl_json, ris
from headkb.catalog.inline import plain
from headkb.catalog.schema import Paper
from headkb.catalog.state import STANDS, count_claims
from headkb.site.compose import facts, grouped, listing, newest, one_line, section, table_of
from headkb.site.document import Cell, Code, Element, Fold, Page, Prose, table
from headkb.site.foot import record_page
from headkb.site.links import record_path, short_name
from headkb.site.parts import CLAIM_COLUMNS, Context, bullets, claim_rows, joined, ref, refs, standing_counts, titled
from headkb.site.subjects import subject_cell

MANY, COMMON = 14, 60
LISTED = {
    "survey": "the survey",
    "list": "Awesome-Attention-Heads",
    "list-2025": "Awesome-Attention-Heads (added after the survey)",
}


def paper_page(context: Context, paper: Paper) -> Page:
    """One paper: what it adds, which heads it touches, what it claims, and how to cite it."""
    statements = context.catalog.statements_of_paper.get(paper.id, [])
    summary, short = paper.summary, short_name(paper)
    about: list[Element] = []
    if summary:
        more = (("Tasks", summary.tasks), ("Result", summary.result))
        about = [Prose(f"**New:** {summary.innovation}", lead=True)]
        about += [Prose(f"**{name}:** {text}") for name, text in more if text]
    heads = table_of(
        paper.heads,
        {
            "Head type": lambda h: ref("heads", h.id),
            "Role of the paper": lambda h: h.role,
            "Note": lambda h: one_line(h.note),
        },
    )
    uses = facts(
        ("Methods", paper.methods and refs("methods", paper.methods)),
        ("Models", paper.models and refs("models", paper.models)),
        ("Benchmarks", paper.benchmarks and refs("benchmarks", paper.benchmarks)),
    )
    others = (Code(ris(paper), "RIS", id="ris"), Code(csl_json(paper), "CSL JSON", "json", "csl"))
    fold = Fold("RIS and CSL JSON", others, "cite-more")
    body: list[Element] = [
        facts(*_facts(paper)),
        *about,
        *section("Head types", "heads", table(heads.columns, heads.rows)),
        *_claims(context, statements),
        *section("Methods, models and benchmarks", "uses", uses),
        *section("Disagreements", "disagreements", bullets(_disagreements(context, paper))),
        *section("Related papers", "related", bullets(_related(context, paper))),
        *section("Cite", "cite", [Code(bibtex(paper), "BibTeX", "bibtex", "bibtex"), fold]),
    ]
    return record_page(
        context,
        paper,
        body,
        subtitle=f"{paper.type.capitalize()} · {plain(short)}",
        boost=1.5,
        description=summary.innovation if summary else f"{paper.title} ({paper.date[:4]})",
        aliases=(short, paper.arxiv, paper.acl),
        updated=paper.date,
        linked_data=linked_data(paper),
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


def _facts(paper: Paper) -> list[tuple[str, Cell | None]]:
    labels = [link.label for link in paper.links]
    links = [
        f"[{link.label if labels.count(link.label) == 1 else f'{link.label} ({host(link.url)})'}]({_address(link.url)})"
        for link in paper.links
    ]
    links += [f"[arXiv {paper.arxiv}](https://arxiv.org/abs/{paper.arxiv})"] if paper.arxiv else []
    links += [f"[doi](https://doi.org/{_address(paper.doi)})"] if paper.doi else []
    links += [f"[OpenReview](https://openreview.net/forum?id={paper.openreview})"] if paper.openreview else []
    links += [f"[ACL Anthology](https://aclanthology.org/{paper.acl}/)"] if paper.acl else []
    basis = paper.summary_basis
    return [
        ("Authors", plain(", ".join(paper.authors))),
        ("Date", paper.date + (f" · {plain(paper.venue)}" if paper.venue else "")),
        ("Read", joined(_distinct(links), " · ")),
        ("Listed in", ", ".join(LISTED[name] for name in paper.listed_in)),
        ("Summary from", basis and f"the {basis.replace('-', ' ')}"),
    ]


def _address(url: str) -> str:
    """An address without the brackets that would end a link."""
    return url.replace("(", "%28").replace(")", "%29")


def host(url: str) -> str:
    """The host of an address, to tell two links of one label apart."""
    return url.split("/")[2].removeprefix("www.")


def _distinct(links: list[str]) -> list[str]:
    """The first of the links to each address."""
    return [group[0] for group in grouped(links, lambda link: link.split("](", 1)[1]).values()]


def _claims(context: Context, statements: list[Statement]) -> list[Element]:
    """All claims where they are few; else how many there are about what, with the way to them."""
    if not statements:
        return []
    count = Prose(count_claims(context.catalog, statements).text())
    if len(statements) <= MANY:
        return section("Claims", "claims", [count, table(CLAIM_COLUMNS, claim_rows(context, statements))])
    groups = grouped(statements, lambda s: s.claim.subject)
    files = [f"[{plain(file)}](@claims/{file}/)" for file in dict.fromkeys(s.file.id for s in statements)]
    counts = table_of(
        sorted(groups),
        {
            "Head type": subject_cell,
            "Models": lambda head: refs("models", list(dict.fromkeys(s.claim.model for s in groups[head])), 10),
            "Claims": lambda head: standing_counts(count_claims(context.catalog, groups[head])),
        },
    )
    where = bullets([("All of them with place and value: ", joined(files), ".")])
    return section("Claims", "claims", [count, where, counts])


def _disagreements(context: Context, paper: Paper) -> list[Cell]:
    return [
        (ref("claims", s.id), " contests ", ref("claims", contested), f": {s.claim.statement}")
        for s, contested in context.catalog.contests_of_paper.get(paper.id, [])
    ]


def _related(context: Context, paper: Paper) -> list[Cell]:
    """The papers that share most head types with this one; rare types count more, very common ones not at all."""
    weight: dict[str, float] = {}
    for head in paper.heads:
        entries = context.catalog.papers_of_head.get(head.id, [])
        for other, _ in entries if len(entries) <= COMMON else ():
            weight[other.id] = weight.get(other.id, 0.0) + 1 / len(entries)
    weight.pop(paper.id, None)
    nearest = sorted(weight, key=lambda i: (-weight[i], i))[:6]
    return [titled(context.catalog.papers[i]) for i in nearest]


def papers_hub(context: Context) -> list[Element]:
    """Papers, newest first."""
    catalog = context.catalog
    of_paper = catalog.statements_of_paper
    counts = {i: count_claims(catalog, of_paper.get(i, [])) for i in catalog.papers}

    def facets(paper: Paper) -> dict[str, str]:
        stages = sorted({catalog.heads[h.id].stage for h in paper.heads if h.id in catalog.heads})
        return {
            "year": paper.date[:4],
            "role": "|".join(sorted({h.role for h in paper.heads})),
            "claims": "|".join(STANDS[word] for word in counts[paper.id].by) or "none",
            "stage": "|".join(context.name("stages", s) for s in stages),
            "listed": "|".join(paper.listed_in),
            "code": "yes" if any(link.label == "Code" for link in paper.links) else "no",
            "method": "|".join(context.name("methods", m) for m in paper.methods),
        }

    def title(paper: Paper) -> Cell:
        short = f" {plain(short_name(paper))}" if paper.authors else ""
        return (ref("papers", paper.id, plain(paper.title)), short)

    return listing(
        newest(catalog.papers.values()),
        {
            "Date": lambda p: p.date,
            "Paper": title,
            "Head types": lambda p: refs("heads", [h.id for h in p.heads], 6, record_path("papers", p.id)),
            "Claims": lambda p: standing_counts(counts[p.id]),
        },
        facets,
        {
            "year": "Year",
            "stage": "A head type of stage",
            "role": "Role for a head type",
            "method": "Method",
            "claims": "A claim stands",
            "listed": "Listed in",
            "code": "Code",
        },
        name="papers",
    )
