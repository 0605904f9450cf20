"""`headkb show`: a record as a person reads it, and what finds one."""

from __future__ import annotations

import json
import re
import sys
from typing import Any

import pytest
from click.testing import CliRunner
from rich.cells import cell_len

from headkb import Catalog
from headkb.catalog.closest import closest
from headkb.catalog.finder import Finder
from headkb.catalog.kinds import KINDS
from headkb.catalog.plain_data import plain_record, plain_records
from headkb.catalog.search_data import search_data
from headkb.cli import main
from headkb.cli.reader import Reader
from tests.cli.test_list import on_terminal
from tests.conftest import TOY

NAMES = {"heads/twinkle": "Twinkle Head", "heads/sparkle": "Sparkle Head"}


def shown(data: dict[str, Any], width: int | None = None) -> list[str]:
    """A record in lines."""
    return Reader(lambda key: NAMES.get(key, key), width).lines(data)


def run(*arguments: str) -> Any:
    """The command on the invented catalog."""
    return CliRunner().invoke(main, ["--catalog", str(TOY), "show", *arguments])


@pytest.mark.parametrize("kind", KINDS)
def test_every_record_reads_well(real_catalog: Catalog, kind: Any) -> None:
    """No mark of the records' Markdown, no LaTeX, no JSON is left, and no line is wider than the screen but for a word that is."""
    read = 0
    for record in real_catalog.of(kind).values():
        for line in shown(plain_record(real_catalog, record), 80):
            assert "[[" not in line or "`" in line, line
            assert not re.search(r"\\(frac|sum|mathbb|mathrm|text)\b", line), line
            assert not re.search(r"\{'|': \[", line), line
            assert cell_len(line) <= 80 or len(line.split()) <= 3, line
            read += 1
    assert read > 50


def test_every_claim_reads_well(real_catalog: Catalog) -> None:
    """Single claims, too: its source is a line of its own."""
    for data in plain_records(real_catalog, "claims"):
        assert any(line.startswith("source: ") for line in shown(data))


def test_links_are_names_and_formulas_letters() -> None:
    """In a text, in a formula, and in the text of a list."""
    lines = run("heads", "sparkle").stdout.splitlines()
    assert "description: It was found in a toy model, and works with the twinkle head." in lines
    assert "  formula: 1/(n-1)∑_{t=1}^{n-1} A_{t,t-1}" in lines
    assert "    - moss-1999-sparkle, equation 2" in lines
    assert "  - A head that looks at itself is not one. [moss-1999-sparkle, section 4]" in lines
    assert "  - composes with Twinkle Head [twinkle] (sender sparkle, via k) [moss-1999-sparkle, section 3]" in lines


def test_lists_of_objects_are_lines() -> None:
    """An edge is an arrow, a paper's heads stand by what it does with them, an alias with its kind."""
    data = {
        "id": "x",
        "aliases": [
            {"name": "Glitter", "kind": "paper-specific", "paper": "fern-2001"},
            {"name": "G", "kind": "abbreviation"},
        ],
        "edges": [{"from": "a", "to": "b", "via": ["q", "k"], "note": "the main route"}],
        "heads": [{"id": "h", "role": "applies"}, {"id": "i", "role": "introduces"}, {"id": "j", "role": "applies"}],
        "errata": [{"in": "survey", "says": "One.", "correct": "Two.", "sources": [{"url": "https://a.org"}]}],
        "parameters": {"period": {"default": 25, "meaning": "how long"}},
        "values": [[0.1, 0.2], [0.3, 0.4]],
    }
    assert shown(data) == [
        "id: x",
        "aliases: Glitter (paper-specific, fern-2001), G (abbreviation)",
        "edges:",
        "  - a → b (via q, k): the main route",
        "heads:",
        "  applies: h, j",
        "  introduces: i",
        "parameters:",
        "  - period (default 25): how long",
        "values: 2 rows (--json has them)",
        "errata:",
        "  - survey says: One. Right is: Two. [https://a.org]",
    ]


def test_paragraphs_and_lists_of_a_text_are_kept() -> None:
    """Wrapped to the screen, further lines indented."""
    text = "The first paragraph is longer than a line.\n\n- one\n- two\n\n$$a_1$$\n\nThe end."
    assert shown({"id": "x", "description": text}, 30) == [
        "id: x",
        "",
        "description: The first",
        "  paragraph is longer than a",
        "  line.",
        "  - one",
        "  - two",
        "    a₁",
        "",
        "  The end.",
    ]


def test_a_long_list_is_cut_on_a_screen_only() -> None:
    """A pipe gets all of it."""
    data = {"id": "x", "claims": [f"file-{n}/claim" for n in range(200)]}
    assert shown(data)[1].count(",") == 199
    assert shown(data, 80)[-1].endswith("more (--json has all)")


def test_the_order_is_a_reader_s() -> None:
    """What it is comes first, what is about the record last."""
    data = {"id": "x", "curation": {"checked": "2026"}, "placement": {"by": "survey"}, "reads": "a", "definition": "b"}
    assert [line.split(":")[0] for line in shown(data)] == ["id", "definition", "reads", "placement", "curation"]


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals")
def test_a_terminal_gets_lines_of_its_width() -> None:
    """Of forty columns, say."""
    lines = on_terminal("show", "heads", "sparkle", width=40).splitlines()
    assert lines[0] == "id: sparkle"
    assert max(map(len, lines)) <= 40


def test_json_is_the_record_itself(toy_catalog: Catalog) -> None:
    """Whatever a terminal shows."""
    assert json.loads(run("heads", "sparkle", "--json").stdout) == plain_record(
        toy_catalog, toy_catalog.heads["sparkle"]
    )


@pytest.fixture(scope="module")
def finder(real_catalog: Catalog) -> Finder:
    """The search of the shipped catalog."""
    return Finder(search_data(real_catalog))


@pytest.mark.parametrize(
    ("kind", "name", "record"),
    [
        ("papers", "arXiv:2211.00593", "wang-2022-ioi"),
        ("papers", "https://arxiv.org/abs/2211.00593", "wang-2022-ioi"),
        ("papers", "https://arxiv.org/pdf/2211.00593v2", "wang-2022-ioi"),
        ("papers", "Olsson 2022", "olsson-2022-induction-heads"),
        ("models", "https://huggingface.co/openai-community/gpt2", "gpt2"),
        ("tools", "https://github.com/TransformerLensOrg/TransformerLens", "transformerlens"),
        ("circuits", "ioi", "ioi-gpt2"),
        ("glossary", "OV", "ov-matrix"),
    ],
)
def test_what_people_type_finds_the_record(finder: Finder, kind: Any, name: str, record: str) -> None:
    """Identifiers, addresses, authors, a part of a name."""
    found = closest(finder, kind, name)
    assert found is not None
    assert found[0] == record


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("methods", "patching"),
        ("heads", "inductoin"),
        ("heads", "gibberish"),
        ("circuits", "arXiv:2211.00593"),
        ("papers", "arXiv:2299.99999"),
        ("heads", ""),
    ],
)
def test_where_several_or_none_may_be_meant_none_is_shown(finder: Finder, kind: Any, name: str) -> None:
    """A misspelt name, a word of many names, an identifier of another kind or of nothing."""
    assert closest(finder, kind, name) is None


def test_a_guess_is_told_on_stderr() -> None:
    """The record on stdout, and beside it what was not found and what this is; an address needs no excuse."""
    guessed = run("circuits", "opening")
    assert guessed.stdout.startswith("id: jar-opening\n")
    assert guessed.stderr == "note: nothing in circuits is called 'opening'; this is jar-opening.\n"


def test_a_head_of_a_model_is_sent_to_whois() -> None:
    """`show heads` knows head types."""
    result = run("heads", "L9H9")
    assert result.exit_code == 2
    assert "`headkb whois gpt2 L9H9`" in result.stderr
