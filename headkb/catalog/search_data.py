"""What can be found, as one JSON-ready object: the rules of the grammar (`search_rules.json`), and every page with its names.

`Finder` reads it for `headkb search`, `docs/assets/find.js` on the site; both rank alike. A list at the end of which nothing is left to say
is cut short. The keys, beside those of the rules:

    kinds     [label, weight, folder] of each kind of page
    models    [layers, heads a layer, heads that are named, which heads have a page, well-known heads] of the models, in the order of `pages`;
              heads numbered through the layers, as in `gaps`, `*` for all
    pages     [kind, path below the folder, title, weight of its own, other names, identifiers, authors by number, words that define it, other words]
    authors   their names, those who wrote one paper in the middle of others without given names
    pairs     [type, models, …]: what the catalog tells of a head type, by number of its page, in models, by their places in `models`, as in
              `gaps`; one text for each place on a page where it may stand (`PLACES`)

What most people ask for comes first, so that the site can fetch it first (`search_parts`).
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from headkb.catalog.catalog import Catalog
from headkb.catalog.file_rules import FILE_RULES
from headkb.catalog.gaps import gaps
from headkb.catalog.kinds import KINDS, Kind
from headkb.catalog.person_names import split_name
from headkb.catalog.references import texts
from headkb.catalog.rules import RULES
from headkb.catalog.schema import Benchmark, ClaimFile, HeadIndex, Model, Paper, Record, ScoreRecord, Tool
from headkb.catalog.search_words import Splitter

RULES_FILE = Path(__file__).with_name("search_rules.json")
FIRST = ("heads", "stages", "models", "circuits", "glossary", "scores", "methods")
"""Kinds of record that stand first."""
WELL_KNOWN = 2
"""Sources and circuits that name a head, from which on it comes before heads of the same number in other models."""
ABOUT = ("definition", "summary", "task")
"""Fields whose words lead to a record, after its names."""
MORE = ("reads", "writes", "defined_by", "plain", "everyday", "innovation", "tasks")
"""Fields whose words do so after these, wherever in the record they stand."""
PLACES: Mapping[str, int] = {"": 0, "role-": 1, "type-": 2, "in-": 3}
"""Where a pair is told: on the page of the model, at a row whose id begins so; `in-` and the model's id on the page of the head type."""
WORD = re.compile(r"[a-z]{3,}")
MATHS = re.compile(r"\$[^$]*\$|`[^`]*`")
LINK = re.compile(r"\[\[[a-z]+/([a-z0-9-]+)(?:\|([^\[\]]*))?\]\]")

HeadsOf = Mapping[str, Collection[HeadIndex]]
"""Model → heads."""


@cache
def rules() -> dict[str, Any]:
    """The grammar: patterns, weights, notes; words that say nothing, mean the same, or ask for a kind of page; pages and names written by hand.

    `also` are names of records in code, `everyday` words in which people ask for a record and that it does not use itself.
    """
    data: dict[str, Any] = json.loads(RULES_FILE.read_text(encoding="utf-8"))
    return data


def search_data(
    catalog: Catalog,
    heads: HeadsOf | None = None,
    anchors: Collection[tuple[str, str]] = (),
    left_out: Collection[str] = (),
) -> dict[str, Any]:
    """Everything that can be found in a catalog.

    Args:
        catalog: The catalog.
        heads: Model → its heads that have a page; None where an answer can be given for every head.
        anchors: Path of a page and id of a row on it, where these can be linked to.
        left_out: `kind/id` of records without a page.
    """
    folders = sorted((kind for kind, spec in KINDS.items() if spec.weight), key=lambda kind: kind not in FIRST)
    kinds: list[list[Any]] = [[KINDS[kind].label, KINDS[kind].weight, f"{kind}/"] for kind in folders]
    kinds += [["Rule", 1, "rules/"], ["Page", 5, ""], ["Table", -10, "claims/"]]
    rule, place, table = range(len(folders), len(folders) + 3)
    authors: dict[str, int] = {}
    uses = _uses(catalog)
    times = Counter(name for paper in catalog.papers.values() for name in paper.authors)
    pages: list[list[Any]] = []
    numbers: dict[tuple[str, str], int] = {}
    for number, kind in enumerate(folders):
        pages.append([number, "", KINDS[kind].title])
        for record in catalog.of(kind).values():
            if f"{kind}/{record.id}" in left_out:
                continue
            numbers[kind, record.id] = len(pages)
            names = [name for name in dict.fromkeys(_names(kind, record)) if name != record.title_text()]
            about, more = "", ""
            if KINDS[kind].weight > 2:
                about, more = _told(
                    record, [record.title_text(), *names], _titles(catalog, kind, record), _everyday(kind, record)
                )
            by = [authors.setdefault(name, len(authors)) for name in _authors(record, times)]
            own = min(20, 3 * uses.get((kind, record.id), 0).bit_length())
            pages.append(
                short([number, record.id, record.title_text(), own, names, _identifiers(record), by, about, more])
            )
    pages += [[rule, name, name] for name in sorted([*RULES, *FILE_RULES])]
    pages += [short([place, path.rstrip("/"), title, 0, names]) for path, title, *names in rules()["places"]]
    for statement in catalog.statements.values():
        claim = statement.claim
        if claim.table and ("claims", statement.file.id) in numbers:
            measure, model = statement.file.measures[claim.measure or ""].name, catalog.models.get(claim.model)
            pages.append([table, statement.id, f"{measure} of every head of {model.name if model else claim.model}"])
    famous = _well_known(catalog)
    return {
        **{key: value for key, value in rules().items() if key not in ("places", "also", "everyday")},
        "kinds": kinds,
        "pages": pages,
        "authors": list(authors),
        "models": [_model(catalog, m, heads, famous) for m in catalog.models.values() if ("models", m.id) in numbers],
        "pairs": _pairs(catalog, numbers, anchors),
    }


def short(entry: list[Any]) -> list[Any]:
    """A list without the end that says nothing."""
    while not entry[-1]:
        entry = entry[:-1]
    return entry


def _authors(record: Record, times: Mapping[str, int]) -> list[str]:
    """The authors of a paper: the first, the last and those of several papers with their given names, the others without."""
    names = record.authors if isinstance(record, Paper) else ()
    ends = (0, len(names) - 1)
    return [name if i in ends or times[name] > 1 else split_name(name)[1] for i, name in enumerate(names)]


def _names(kind: Kind, record: Record) -> list[str]:
    """What a record is called beside its id: aliases, what stands for it in code, and the names that tools give to a score."""
    names = [*record.names()[1:], *rules()["also"].get(f"{kind}/{record.id}", ())]
    if isinstance(record, ScoreRecord):
        names += [variant.tool for variant in record.variants.values() if variant.tool]
    abbreviation = getattr(record, "abbreviation", None)
    return [*names, *([abbreviation] if abbreviation else [])]


def _told(record: Record, names: Iterable[str], titles: Iterable[str], everyday: str) -> tuple[str, str]:
    """The words of the sentence that defines a record, and those of longer texts, each without what is said before and what says nothing."""
    splitter = _splitter()
    known = {*splitter.words(rules()["stop"]), *splitter.words(rules()["soft"]), *splitter.words(" ".join(names))}
    found = []
    for fields in (ABOUT, MORE):
        text = " ".join([value for field, value in texts(record) if field[-1] in fields])
        text = f"{text} {' '.join(titles)}" if fields is MORE else f"{text} {everyday}"
        words = WORD.findall(LINK.sub(lambda link: link[2] or link[1], MATHS.sub(" ", text)).casefold())
        found.append([word for word in dict.fromkeys(splitter.words(" ".join(words))) if word not in known])
        known |= set(found[-1])
    return " ".join(found[0]), " ".join(found[1])


def _everyday(kind: Kind, record: Record) -> str:
    """Words in which people ask for a record and that it does not use itself."""
    return str(rules()["everyday"].get(f"{kind}/{record.id}", ""))


def _titles(catalog: Catalog, kind: Kind, record: Record) -> list[str]:
    """The titles of the papers in which a head type was first described."""
    papers = catalog.papers_of_head.get(record.id, []) if kind == "heads" else []
    return [paper.title for paper, role in papers if role == "introduces"]


@cache
def _splitter() -> Splitter:
    return Splitter(rules())


def _identifiers(record: Record) -> list[str]:
    """Identifiers and addresses by which a record is known elsewhere, in small letters."""
    found: list[str | None] = []
    if isinstance(record, Paper):
        found = [record.arxiv, record.doi, record.openreview, record.acl, *(link.url for link in record.links)]
    elif isinstance(record, Model):
        found = [record.hub_id, record.neuronpedia and f"neuronpedia.org/{record.neuronpedia}"]
    elif isinstance(record, Benchmark):
        found = [record.hub_id]
    elif isinstance(record, Tool):
        found = [record.home, *(link.url for link in record.links)]
    elif isinstance(record, ClaimFile) and record.repository:
        found = [record.repository.name]
    keys = [_address(identifier).casefold() for identifier in found if identifier]
    return [key for key in dict.fromkeys(keys) if not key.startswith(("arxiv.org/", "doi.org/", "openreview.net/"))]


def _address(identifier: str) -> str:
    """An address without what may differ: scheme, www, query and the end."""
    if "://" not in identifier:
        return identifier
    parts = urlsplit(identifier)
    path = re.sub(r"/index\.html$", "", parts.path).rstrip("/").removesuffix(".git")
    return f"{(parts.hostname or '').removeprefix('www.')}{path}".removeprefix("github.com/")


def _uses(catalog: Catalog) -> dict[tuple[str, str], int]:
    """How often a record is used, of the kinds in which many look alike."""
    uses: dict[tuple[str, str], int] = defaultdict(int)
    for head, papers in catalog.papers_of_head.items():
        uses["heads", head] += len(papers)
        for paper, role in papers:
            uses["papers", paper.id] += 4 if role == "introduces" else 1
    for model, statements in catalog.statements_of_model.items():
        uses["models", model] += len(statements)
    for file in catalog.claims.values():
        if file.paper:
            uses["papers", file.paper] += len(file.claims)
    return uses


def _well_known(catalog: Catalog) -> dict[str, list[HeadIndex]]:
    """Model → the heads that several sources and circuits name."""
    found: dict[str, list[HeadIndex]] = defaultdict(list)
    for model, head in sorted({*catalog.statements_naming, *catalog.nodes_naming}):
        files = {statement.file.id for statement in catalog.statements_naming.get((model, head), [])}
        if len(files) + len(catalog.nodes_naming.get((model, head), [])) >= WELL_KNOWN:
            found[model].append(head)
    return found


def _model(catalog: Catalog, model: Model, heads: HeadsOf | None, famous: Mapping[str, list[HeadIndex]]) -> list[Any]:
    named = {head for name, head in (*catalog.statements_naming, *catalog.nodes_naming) if name == model.id}
    named |= {head for run in catalog.runs_of_model.get(model.id, []) for head in run.heads}
    here = sum(model.holds(head) for head in named)
    pages = "*" if heads is None else _packed(model, heads.get(model.id, ()))
    if heads is not None and len(heads.get(model.id, ())) == model.n_layers * model.n_heads:
        pages = "*"
    return short([model.n_layers, model.n_heads, here, pages, _packed(model, famous.get(model.id, []))])


def _packed(model: Model, heads: Iterable[HeadIndex]) -> str:
    return gaps(head.layer * model.n_heads + head.head for head in heads if model.holds(head))


def _pairs(
    catalog: Catalog, numbers: Mapping[tuple[str, str], int], anchors: Collection[tuple[str, str]]
) -> list[list[Any]]:
    told = {(s.claim.head or s.claim.about, s.claim.model) for s in catalog.statements.values()}
    told |= {(showing.head_type, showing.model) for showing in catalog.evidence.showings.values()}
    ordinals = {model: place for place, model in enumerate(m for m in catalog.models if ("models", m) in numbers)}
    found: dict[int, list[list[int]]] = {}
    for head, model in sorted((head, model) for head, model in told if head):
        if ("heads", head) in numbers and ("models", model) in numbers:
            where = [
                (f"models/{model}/", f"role-{head}"),
                (f"models/{model}/", f"type-{head}"),
                (f"heads/{head}/", f"in-{model}"),
            ]
            place = next((number for number, anchor in enumerate(where, 1) if anchor in anchors), 0)
            found.setdefault(numbers["heads", head], [[] for _ in PLACES])[place].append(ordinals[model])
    return [short([head, *map(gaps, models)]) for head, models in found.items()]
