"""The grammar of the search: what people type, and where it leads."""

from __future__ import annotations

import json
import time
from collections import defaultdict
from pathlib import Path

import pytest
from slow_patterns import of_grammar, slowest

from headkb import Catalog
from headkb.catalog.finder import Finder
from headkb.catalog.schema import HeadIndex
from headkb.catalog.search_data import packed, rules, search_data
from headkb.catalog.spelling import distance, same_stem

ROOT = Path(__file__).parent.parent
QUERIES = [
    line.split("\t")
    for line in (ROOT / "tests" / "browser" / "queries.tsv").read_text("utf-8").splitlines()
    if line and not line.startswith("#")
]
BY_STRANGERS = "# Written by people who had not seen the code"


@pytest.fixture(scope="module")
def finder(real_catalog: Catalog) -> Finder:
    """The search over the catalog, as the command line makes it; it is read from JSON, as on the site."""
    return Finder(json.loads(json.dumps(search_data(real_catalog))))


def paths(finder: Finder, query: str) -> list[str]:
    """Where a query leads, the best first."""
    return [place.path for place in finder.find(query).places]


def fits(path: str, wanted: str) -> bool:
    """Whether a path is one of the wanted ones, wherever on the page it leads."""
    page = path.partition("#")[0]
    return any(page == w or (w.endswith("*") and page.startswith(w[:-1])) for w in wanted.split("|"))


def test_every_kind_of_query_leads_to_its_page(finder: Finder) -> None:
    """Of each class 95 % of the pages are among the first three and 85 % first; at least 60 queries come from strangers to the code."""
    told: dict[str, list[tuple[str, bool, bool]]] = defaultdict(list)
    for kind, query, wanted in QUERIES:
        hits = [fits(path, wanted) for path in paths(finder, query)[:3]]
        told[kind].append((query, hits[:1] == [True], any(hits)))
    low = {
        kind: [query for query, first, three in some if not (first and three)]
        for kind, some in told.items()
        if sum(three for _, _, three in some) < 0.95 * len(some)
        or sum(first for _, first, _ in some) < 0.85 * len(some)
    }
    assert low == {}
    text = (ROOT / "tests" / "browser" / "queries.tsv").read_text("utf-8")
    assert len(QUERIES) >= 150
    assert len(text.split(BY_STRANGERS)[1].splitlines()) > 60
    assert {"coordinates", "ids-urls", "questions", "type+model", "authors", "typos"} <= told.keys()


@pytest.mark.parametrize(
    "query",
    [
        "L9H9 gpt2",
        "gpt2 l9.h9",
        "a9.h9 gpt2",
        "layer 9 head 9 gpt2 small",
        "layer 9, head 9 of GPT-2 small",
        "gpt2-small head 9 in layer 9",
        "blocks.9 head 9 gpt2",
        "blocks.9.attn.hook_z head 9 gpt2",
        "blocks.9.attn.hook_result[9] gpt2",
        "transformer.h.9.attn head 9 gpt2",
        "gpt2 layers[9].heads[9]",
        "(9, 9) gpt2",
        "gpt2 9.9",
        "gpt2 9h9",
        "gpt-2 9 9",
        "gpt2 9-9",
        "openai-community/gpt2 9:9",
        "gpt2_L9_H9",
        "what does L9H9 in gpt2 do?",
        "L9H9",
        "name mover L9H9",
    ],
)
def test_a_head_is_found_in_every_form(finder: Finder, query: str) -> None:
    """Coordinates stand anywhere in the query, in the forms that people and libraries write."""
    assert paths(finder, query)[0] == "models/gpt2/L9H9/"


@pytest.mark.parametrize(
    ("query", "path"),
    [
        ("llama 3.1 8b", "models/llama-3-1-8b/"),
        ("llama-3.1-8b 16.19", "models/llama-3-1-8b/L16H19/"),
        ("pythia 1.4b", "models/pythia-1-4b/"),
        ("pythia 1.4b 5.3", "models/pythia-1-4b/L5H3/"),
        ("wang 2022", "papers/wang-2022-ioi/"),
        ("2211.00593", "papers/wang-2022-ioi/"),
    ],
)
def test_numbers_of_a_name_are_no_head(finder: Finder, query: str, path: str) -> None:
    """Two numbers are a head only beside a model, and not where they are its own."""
    assert paths(finder, query)[0] == path


@pytest.mark.parametrize(
    "query",
    [
        "2209.11895",
        "arXiv:2209.11895",
        "arxiv 2209.11895v1",
        "https://arxiv.org/abs/2209.11895",
        "http://www.arxiv.org/pdf/2209.11895v1.pdf",
        "https://doi.org/10.48550/arXiv.2209.11895",
        "see arXiv:2209.11895, section 3",
        "https://transformer-circuits.pub/2022/in-context-learning-and-induction-heads/index.html#section",
    ],
)
def test_a_paper_is_found_by_its_identifiers(finder: Finder, query: str) -> None:
    """With prefix, version, as an address, inside a sentence."""
    assert paths(finder, query) == ["papers/olsson-2022-induction-heads/"]


def test_a_model_is_found_by_its_address(finder: Finder) -> None:
    """On the hub, below its page there, and by the bare id."""
    for query in (
        "https://huggingface.co/openai-community/gpt2",
        "hf.co/openai-community/gpt2/tree/main",
        "openai-community/gpt2",
    ):
        assert paths(finder, query)[0] == "models/gpt2/"


@pytest.mark.parametrize(
    ("query", "note"),
    [
        ("arXiv:2404.99999", "No record has the arXiv id 2404.99999."),
        ("https://doi.org/10.9999/none", "No record has the DOI 10.9999/none."),
        ("gpt2 L12H0", "GPT-2 small has 12 layers of 12 heads, counted from 0: no L12H0."),
        ("L9H9 frobnicator", "No model is called “frobnicator”; heads L9H9 of others:"),
        ("frobnicate gpt2", "Nothing is called “frobnicate gpt2”; nearest:"),
        ("inductoin", "Nothing is called “inductoin”; nearest:"),
        ("induction heads in whisper tiny", "The catalog tells of no Induction head in Whisper tiny."),
        ("xqzzyqxv", "Nothing found. Try fewer or other words."),
        ("???", "Nothing found. Try fewer or other words."),
        ("induction head", ""),
        ("what is an induction head", ""),
        ("", ""),
    ],
)
def test_a_miss_says_so(finder: Finder, query: str, note: str) -> None:
    """What was asked for and is not there is named before its neighbours; what is there is not called a miss."""
    assert finder.find(query).note == note


def test_typos_in_every_word(finder: Finder) -> None:
    """Each word is forgiven by itself."""
    assert paths(finder, "indcution haed")[0] == "heads/induction/"
    assert paths(finder, "retreival hed")[0] == "heads/retrieval/"
    assert (distance("haed", "head", 1), distance("haed", "move", 1), distance("", "a", 1)) == (1, 2, 1)
    assert same_stem("detecting", "detection")
    assert not same_stem("induction", "inhibition")


def test_a_type_with_a_model_leads_to_its_row(real_catalog: Catalog) -> None:
    """The row on the page of the model, the one on the page of the type, or the page where there is no row."""

    def first(*anchors: tuple[str, str]) -> str:
        return paths(Finder(search_data(real_catalog, None, anchors)), "induction head gpt2")[0]

    on_model, on_type = ("models/gpt2/", "role-induction"), ("heads/induction/", "in-gpt2")
    assert first(on_model, on_type) == "models/gpt2/#role-induction"
    assert first(on_type) == "heads/induction/#in-gpt2"
    assert first() == "models/gpt2/"


def test_a_head_without_a_page_is_told(real_catalog: Catalog) -> None:
    """On the site only some heads have pages; of another the model's page is shown, with the reason."""
    found = Finder(search_data(real_catalog, {"gpt2": [HeadIndex(9, 9)]})).find("gpt2 L9H8")
    assert found.note == "Nothing names L9H8 of GPT-2 small."
    assert found.places[0].path == "models/gpt2/"
    assert packed([HeadIndex(10, 0), HeadIndex(9, 9), HeadIndex(9, 6)]) == "9:6,9 10:0"


@pytest.mark.parametrize(
    "query",
    [
        "9 " * 20_000,
        "l9h9 " * 9_000,
        "a" * 50_000,
        "(" * 50_000,
        "10.1234/" * 9_000,
        "ﷺ" * 9_000,
        "-/." * 9_000,
        "\x00\ud800",
    ],
)
def test_hostile_queries_cost_no_more_than_others(finder: Finder, query: str) -> None:
    """A query is cut where nobody's is as long, and no pattern is slow on what is left."""
    start = time.process_time()
    finder.find(query)
    assert time.process_time() - start < 3


def test_no_pattern_of_the_grammar_is_slow() -> None:
    """Each is linear in the text, in Python; the site uses the same ones."""
    known = list(of_grammar())
    assert len(known) > 15
    assert [told for used in known if (told := slowest(used))] == []


def test_places_written_by_hand_are_in_the_navigation() -> None:
    """A page that exists can be found, and what is found exists."""
    text = (ROOT / "mkdocs.yml").read_text("utf-8").partition("\nnav:")[2]
    files = [line.rpartition(" ")[2].strip("[]") for line in text.splitlines() if line.endswith((".md", ".md]"))]
    known = {file.removesuffix("index.md").replace(".md", "/") for file in files}
    lists = {path for path in known if (ROOT / "catalog" / path).is_dir() and path}
    assert {path for path, *_ in rules()["places"]} - {"matrix/models/"} == known - lists
