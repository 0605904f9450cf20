"""`import-bibtex`: whatever a file holds, records that can be read come out, or one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from headkb.catalog.bibtex.plan import plan_import
from headkb.catalog.catalog import Catalog
from headkb.catalog.schema.ids import is_id
from headkb.catalog.source import parse
from headkb.cli import main
from headkb.errors import HeadkbError

hypothesis = pytest.importorskip("hypothesis")

from hypothesis import given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402

EMPTY = Catalog(root=Path("."))
WORDS = st.sampled_from(
    ["{", "}", "{{}}", '"', ",", "=", "@article{k,", "@string{", "title", "author", "year", "eprint", "doi", " and ", "others", "\\", "$",
     "\\textbf{", "\\'e", "\\href{u}{t}", "#", "%", "\n", "王小明", "Ä", "\0", "\u202e", "e\u0301", "2024", "2401.00001", "and", "~", "\\\\"]
)  # fmt: skip
ENTRIES = st.lists(
    st.tuples(st.sampled_from(["title", "author", "year", "eprint", "url", "booktitle"]), st.lists(WORDS, max_size=6)),
    max_size=5,
)


def entry(fields: list[tuple[str, list[str]]], key: str = "k") -> str:
    """A BibTeX entry whose fields hold whatever they hold."""
    return (
        "@article{"
        + key
        + ", title = {Heads},\n"
        + ",\n".join(f"  {n} = {{{''.join(v)}}}" for n, v in fields)
        + "\n}\n"
    )


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.lists(WORDS, max_size=30).map("".join), ENTRIES.map(entry), st.binary(max_size=60)))
def test_no_file_ends_in_a_traceback(tmp_path_factory: pytest.TempPathFactory, content: str | bytes) -> None:
    """Every id is one, every text is read back, or the file is refused in one sentence."""
    path = tmp_path_factory.mktemp("bib") / "x.bib"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    try:
        plan = plan_import(path, EMPTY)
    except HeadkbError:
        return
    assert all(refused.what and refused.mend for refused in plan.refused)
    for record in plan.new:
        assert is_id(record.id), record.id
        assert parse(record.text)[0]["title"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"@article{k, title={" + b"\\textbf{" * 600 + b"x" + b"}" * 600 + b"}}", None),
        (b"@article{k, title={Heads}, author={{}}}", None),
        (b"@article{k, title={Heads}, author={,}}", "`,` is no name"),
        (b"@article{k, title={\\href{u}{t} heads}}", None),
        (b"@article{k, title={Nul \0 heads}}", None),
    ],
)
def test_what_once_was_a_traceback(content: bytes, words: str | None, tmp_path: Path) -> None:
    """Deep LaTeX, links, empty names and control characters are read; a name that is none is refused with its line."""
    path = tmp_path / "x.bib"
    path.write_bytes(content)
    plan = plan_import(path, EMPTY)
    assert [str(words) in refused.what for refused in plan.refused] == ([] if words is None else [True])
    assert [bool(parse(record.text)) for record in plan.new] == ([True] if words is None else [])


def test_papers_with_one_id_stay_two(toy_copy: Path, tmp_path: Path) -> None:
    """Equal surname, year and first words, or no letter of a-z at all: each gets a record, and all are valid ids."""
    titles = ["Induction Heads In Jars", "Induction Heads In Bottles and Jars", "Induction Heads in Glass"]
    entries = [f"@article{{k{i}, title={{{t}}}, author={{Moss, Ada}}, year={{2024}}}}" for i, t in enumerate(titles)]
    entries += [
        "@article{a, title={注意力头}, author={王小明}, year={2024}}",
        "@article{b, title={归纳头}, author={王小明}, year={2024}}",
    ]
    entries += ["@article{c, title={" + "Supercalifragilistic" * 5 + " Heads}, author={" + "A" * 90 + "}, year={2024}}"]
    path = tmp_path / "x.bib"
    path.write_text("\n".join(entries), encoding="utf-8")
    result = CliRunner().invoke(main, ["--catalog", str(toy_copy), "import-bibtex", str(path)])
    assert result.exit_code == 0, result.output
    assert "6 record(s) written" in result.output
    assert "already there" not in result.output
    # What is still to be filled is all that is wrong with them.
    files = {path.name for path in (toy_copy / "papers").iterdir()}
    assert {"moss-2024-induction.yaml", "moss-2024b-induction.yaml", "moss-2024c-induction.yaml"} <= files
    assert {"anonymous-2024-paper.yaml", "anonymous-2024b-paper.yaml"} <= files
