"""No text of a record gets out of its place in a form that leaves the catalog."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from headkb.catalog import escape
from headkb.catalog.bibliography import bibtex, ris
from headkb.catalog.diagnostic import Diagnostic, as_text
from headkb.catalog.schema import Paper


def paper(**more: object) -> Paper:
    """A paper with hostile texts that the schema may refuse one day."""
    facts = {"id": "doe-2024-toys", "title": "Toys", "authors": ["Ada Moss"], "date": "2024-01-02"}
    return Paper.model_construct(**{**Paper.model_validate(facts).__dict__, **more})


@pytest.mark.parametrize("title", ["a}, note = {b", "{{a", "a}b{c", "a\rUR  - b", "a\n}\n@misc{x,", "\0 a"])
def test_a_field_of_bibtex_ends_where_it_ends(title: str) -> None:
    """Read as BibTeX reads it, by counting braces, an entry has the fields that it was given."""
    entry = bibtex(paper(title=title, doi=f"10.1/{title}"))
    depth, commas = 0, 0
    for character in entry:
        depth += (character == "{") - (character == "}")
        assert depth >= 0
        commas += character == "," and depth == 1
    assert depth == 0
    assert commas == entry.count("\n") - 1  # the key, and one after each field but the last


def test_a_name_with_the_word_and_is_one_author() -> None:
    """BibTeX parts names at "and", unless braces keep them together."""
    assert "author = {Sons, {Moss and}}" in " ".join(bibtex(paper(authors=("Moss and Sons",))).split())


def test_a_ris_field_is_one_line() -> None:
    """No text begins a field of its own."""
    record = ris(paper(title="a\rUR  - https://e.org\nER  - ", venue="b\u2028TY  - x"))
    assert [line[:6] for line in record.splitlines()] == [
        f"{tag}  - " for tag in ["TY", "ID", "TI", "AU", "PY", "DA", "T2", "ER"]
    ]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@a", "\t=1", "\r=1"])
def test_no_cell_is_a_formula(text: str) -> None:
    """What a spreadsheet would run is text; numbers stay numbers."""
    assert escape.csv_cell(text) == f"'{text}"
    assert escape.csv_cell(-0.5) == -0.5
    assert escape.csv_cell("a=1") == "a=1"


def test_xml_holds_any_text() -> None:
    """Also characters that no XML file may hold."""
    value, text = escape.xml('"<'), escape.xml("\0 ]]> <b> & \ufffe \ud800")
    element = ElementTree.fromstring(f'<a b="{value}">{text}</a>')
    assert element.text == "\ufffd ]]> <b> & \ufffd \ufffd"
    assert element.get("b") == '"<'


def test_what_a_file_holds_begins_no_line_of_the_report() -> None:
    """A key or a message with a line break writes no workflow command into a log."""
    found = Diagnostic("a.yaml", 1, 1, "unknown-key", "x\n::stop-commands::y", "m\n::error::z", "w", "f\n::b\x1b[2J")
    assert not [line for line in as_text([found]).splitlines() if line.startswith("::")]
    assert "\x1b" not in as_text([found])
