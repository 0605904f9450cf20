"""The grammar of the search: what people type, and where it leads."""

from __future__ import annotations

import gzip
import json
import time
from pathlib import Path

import pytest
from score_queries import read, scores
from slow_patterns import of_grammar, slowest

from headkb import Catalog
from headkb.catalog.finder import Finder
from headkb.catalog.gaps import gaps, numbers
from headkb.catalog.schema import HeadIndex
from headkb.catalog.search_data import FIRST, rules, search_data
from headkb.catalog.search_parts import joined, parts
from headkb.catalog.search_words import Splitter
from headkb.catalog.spelling import distance, same_stem

ROOT = Path(__file__).parent.parent
QUERIES = ROOT / "tests" / "browser" / "queries.tsv"
BY_STRANGERS = "# Written by people who had not seen the code"


@pytest.fixture(scope="module")
def finder(real_catalog: Catalog) -> Finder:
    """The search over the catalog, as the command line makes it; it is read from JSON, as on the site."""
    return Finder(json.loads(json.dumps(search_data(real_catalog))))


def paths(finder: Finder, query: str) -> list[str]:
    """Where a query leads, the best first."""
    return [place.path for place in finder.find(query).places]


def test_every_kind_of_query_leads_to_its_page(finder: Finder) -> None:
    """Of each class 95 % of the pages are among the first three and 85 % first; at least 60 queries come from strangers to the code."""
    queries = read(QUERIES)
    found = scores(queries, lambda query: paths(finder, query))
    assert {kind: score.missed for kind, score in found.items() if not score.enough} == {}
    assert len(queries) >= 150
    assert len(QUERIES.read_text("utf-8").split(BY_STRANGERS)[1].splitlines()) > 60
    assert {"coordinates", "ids-urls", "questions", "type+model", "authors", "typos"} <= found.keys()


def test_every_kind_of_writing_is_understood(finder: Finder) -> None:
    """Of coordinates, glued names and names of code all; of questions as many as of the other set."""
    found = scores(read(ROOT / "tests" / "data" / "kinds_of_queries.tsv"), lambda query: paths(finder, query))
    assert {kind: score.missed for kind, score in found.items() if not score.enough} == {}
    for kind in ("coordinates", "glued", "code"):
        assert found[kind].missed == []
        assert found[kind].asked > 15


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
        "gpt2 name mover 9.9",
        "L9.9",
        "L9.9 gpt2",
        "H9.9 gpt2",
        "head 9.9 gpt2-small",
        "head (9, 9) of gpt-2",
        "attn 9.9 gpt2",
        "9/9 in gpt2",
        "gpt2 9_9",
        "gpt2 9–9",
        "gpt2 9.h9",
        "gpt2[9,9]",
        "gpt2 L09H09",
        "layer 9 of gpt2 head 9",
        "head 9 in gpt2's layer 9",
        "9th layer 9th head of gpt2",
        "layer=9 head=9 gpt2",
        "layer_idx=9, head_idx=9 gpt2",
        "layer nine head nine of gpt2",
        "h^{9}_{9} gpt2",
        "h_{9,9} in gpt2",
        "what is known about 9.9 in gpt2",
        "gpt2 transformer.h.9.attn head 9",
        "blocks.9.attn.hook_pattern[:, 9] gpt2",
        "gpt2 blocks.9.attn.hook_pattern[0, 9]",
        "blocks.9.attn.hook_z[:, :, 9] gpt2-small",
        "W_Q[9, 9] gpt2",
        "attentions[9][0, 9] gpt2",
        "gpt2small L9H9",
        "gpt2small (9,9)",
    ],
)
def test_a_head_is_found_in_every_form(finder: Finder, query: str) -> None:
    """Coordinates stand anywhere in the query, in the forms that people and libraries write."""
    assert paths(finder, query)[0] == "models/gpt2/L9H9/"


def test_layer_and_head_are_not_confused(finder: Finder) -> None:
    """Where they are named, they may stand in either order; where not, the layer comes first. A head that a model lacks is no head of it."""
    for query in (
        "head 6 of layer 9 in gpt-2 small",
        "6th head of the 9th layer, gpt2",
        "gpt2 9.6",
        "h6 l9 gpt2",
        "a9.h6",
    ):
        assert paths(finder, query)[0] == "models/gpt2/L9H6/"
    assert paths(finder, "model.layers[16].self_attn.o_proj head 19 llama 2 7b")[0] == "models/llama-2-7b/L16H19/"
    assert finder.find("gpt2small (9,12)").note == "GPT-2 small has 12 layers of 12 heads, counted from 0: no L9H12."


def test_a_name_is_found_however_it_is_spaced(finder: Finder, real_catalog: Catalog) -> None:
    """Every third model and head type whose name has letters first, its words glued together: it is the first of its kind."""
    splitter, missed, asked = Splitter(rules()), [], 0
    for kind, records in (("models", real_catalog.models), ("heads", real_catalog.heads)):
        for record in list(records.values())[::3]:
            words = splitter.words(record.name)
            if len(words) > 1 and len(words[0]) > 1 and words[0].isalpha():
                asked += 1
                found = [path for path in paths(finder, "".join(words)) if path.startswith(f"{kind}/")]
                if found[:1] != [f"{kind}/{record.id}/"]:
                    missed.append("".join(words))
    assert missed == []
    assert asked > 60


@pytest.mark.parametrize(
    ("query", "path"),
    [
        ("gptj (15,5)", "models/gpt-j-6b/L15H5/"),
        ("gpt2xl 35.19", "models/gpt2-xl/L35H19/"),
        ("llama3.18b 16.1", "models/llama-3-1-8b/L16H1/"),
        ("llama27b", "models/llama-2-7b/"),
        ("pythia160m", "models/pythia-160m/"),
        ("namemover heads gpt2", "models/gpt2/"),
        ("pathpatching", "methods/path-patching/"),
        ("llama 2 7 b", "models/llama-2-7b/"),
    ],
)
def test_words_written_as_one(finder: Finder, query: str, path: str) -> None:
    """Also as a part of a query, and where a number runs into the next."""
    assert paths(finder, query)[0] == path


@pytest.mark.parametrize(
    ("query", "path"),
    [
        ("hook_z", "glossary/head-output/"),
        ("blocks.9.attn.hook_z", "glossary/head-output/"),
        ("blocks.5.attn.hook_pattern", "glossary/attention-pattern/"),
        ("blocks.9.hook_resid_pre", "glossary/residual-stream/"),
        ("model.layers.9.self_attn", "glossary/attention-head/"),
        ("transformer.h.9.attn", "glossary/attention-head/"),
        ("model.layers.9.self_attn.o_proj", "glossary/output-matrix/"),
        ("k_proj", "glossary/key/"),
        ("lm_head", "glossary/unembedding/"),
    ],
)
def test_names_of_code_lead_to_the_term(finder: Finder, query: str, path: str) -> None:
    """What libraries call a thing, with the layer or without."""
    assert paths(finder, query)[0] == path


def test_words_of_people_lead_to_records(finder: Finder) -> None:
    """A question is answered from words that stand in no name: of the same sense, of the definition, in the other spelling."""
    assert paths(finder, "how does gpt2 continue january february")[0] in {
        "circuits/sequence-continuation-gpt2/",
        "heads/successor/",
    }
    assert paths(finder, "train a classifier on activations")[0] == "methods/probing/"
    assert paths(finder, "visualize attention")[:3] == paths(finder, "visualise attention")[:3]
    assert paths(finder, "colour")[:3] == paths(finder, "color")[:3]
    assert paths(finder, "which heads resolve pronouns")[0] == "heads/coreference/"


def test_records_with_words_of_their_own_exist(real_catalog: Catalog) -> None:
    """Names and words written in the grammar are of records; each name leads to its record."""
    known = {f"{kind}/{record.id}" for kind, record in real_catalog.records()}
    assert {*rules()["also"], *rules()["everyday"]} - known == set()


def test_the_parts_make_the_whole(real_catalog: Catalog) -> None:
    """Joined one after the other they are what the command line reads; the first holds no paper and weighs little."""
    data = json.loads(json.dumps(search_data(real_catalog)))
    first, second, third = (json.loads(json.dumps(part)) for part in parts(data))
    assert joined(joined(first, second), third) == data
    assert {first["kinds"][page[0]][2] for page in first["pages"]} == {f"{kind}/" for kind in FIRST}
    assert len(gzip.compress(json.dumps(first, ensure_ascii=False, separators=(",", ":")).encode())) < 15_000


def test_the_first_part_answers_as_the_whole_does(real_catalog: Catalog, finder: Finder) -> None:
    """Of what it answers without a note it puts the same first, for nearly all; of papers and authors it says that it knows nothing."""
    first = Finder(parts(search_data(real_catalog))[0])
    sure = [(q.text, found) for q in read(QUERIES) if (found := first.find(q.text)).places and not found.note]
    same = [found.places[0].path == paths(finder, text)[0] for text, found in sure]
    assert len(sure) > 90
    assert sum(same) >= 0.97 * len(same)
    assert first.find("olsson 2022").note
    assert first.find("2209.11895").note == "No record has the arXiv id 2209.11895."


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
    assert list(numbers(gaps([120, 117, 114, 5000]))) == [114, 117, 120, 5000]
    assert gaps([]) == ""


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
