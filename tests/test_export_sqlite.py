"""The database: the questions that the documentation prints, and what the tables hold."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from headkb import Catalog
from headkb.catalog.export_sqlite import database
from headkb.catalog.schema import HeadIndex
from headkb.catalog.source import read
from headkb.catalog.tables import read_table

PAGE = (Path(__file__).parent.parent / "docs" / "api.md").read_text(encoding="utf-8")
QUERIES: list[str] = re.findall(r"^```sql\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def opened(catalog: Catalog) -> sqlite3.Connection:
    """The database of a catalog."""
    base = sqlite3.connect(":memory:")
    base.deserialize(database(catalog))
    return base


@pytest.fixture(scope="module")
def base(real_catalog: Catalog) -> Iterator[sqlite3.Connection]:
    """That of the shipped catalog."""
    base = opened(real_catalog)
    yield base
    base.close()


def query(words: str) -> str:
    """The printed query that holds these words."""
    (found,) = [text for text in QUERIES if words in text]
    return found


def records(root: Path, kind: str) -> dict[str, dict[str, Any]]:
    """The files of a kind, read as plain YAML."""
    return {path.stem: read(path) for path in sorted((root / kind).glob("*.yaml"))}


def test_five_queries_are_printed() -> None:
    """What people ask of the catalog; each is compared with an answer of its own below."""
    assert len(QUERIES) == 5


def test_the_heads_of_a_type_in_a_model(base: sqlite3.Connection, real_catalog: Catalog) -> None:
    """From the files: every head for which a claim asserts the type, and contested where one of these claims is in a dispute."""
    claims = [
        (f"{file}/{claim['id']}", claim)
        for file, record in records(real_catalog.root, "claims").items()
        for claim in record["claims"]
    ]
    disputed = {name for name, claim in claims if claim.get("contests")}
    disputed |= {contested for _, claim in claims for contested in claim.get("contests", ())}
    heads: dict[str, set[str]] = {}
    for name, claim in claims:
        if (claim["model"], claim.get("head")) == ("gpt2", "name-mover"):
            for head in claim.get("heads") or claim.get("values", {}):
                heads.setdefault(head, set()).add(name)
    found = base.execute(query("head_type = 'name-mover'")).fetchall()
    assert {f"L{layer}H{head}" for layer, head, *_ in found} == heads.keys()
    assert {"L9H6", "L9H9", "L10H0"} <= heads.keys()  # Wang et al. 2022, section 3.1
    for layer, head, standing, *_, text in found:
        assert (standing == "contested") == bool(heads[f"L{layer}H{head}"] & disputed)
        assert standing in text


def test_the_claims_of_a_paper(base: sqlite3.Connection, real_catalog: Catalog) -> None:
    """Those of its file, and any elsewhere whose source it is."""
    expected = {
        f"{file}/{claim['id']}": (claim["model"], claim["statement"].strip())
        for file, record in records(real_catalog.root, "claims").items()
        for claim in record["claims"]
        if "wang-2022-ioi" in (record.get("paper"), claim["source"].get("paper"))
    }
    found = base.execute(query("'wang-2022-ioi'")).fetchall()
    assert {name: (model, statement) for name, model, _, statement in found} == expected
    assert {name: standing for name, _, standing, _ in found} == {
        name: real_catalog.evidence.standing(name) for name in expected
    }


def test_the_head_types_shown_in_public_models(base: sqlite3.Connection, real_catalog: Catalog) -> None:
    """Organisms and exact models do not count; those of most models come first."""
    public = {name for name, record in records(real_catalog.root, "models").items() if record["kind"] == "public"}
    expected: dict[str, set[str]] = {}
    for (head_type, model), showing in real_catalog.evidence.showings.items():
        if showing.word == "shown" and model in public:
            expected.setdefault(head_type, set()).add(model)
    found = base.execute(query("model_kind = 'public'")).fetchall()
    assert {head_type: set(models.split(", ")) for head_type, _, models in found} == expected
    assert [number for _, number, _ in found] == sorted((len(models) for models in expected.values()), reverse=True)


def test_the_first_heads_of_a_published_table(base: sqlite3.Connection, real_catalog: Catalog) -> None:
    """As the CSV file has them: more is stronger there."""
    claim = real_catalog.statements["hijohnnylin-neuronpedia/gpt2-induction"].claim
    column = read_table(real_catalog.root / "claims" / claim.table.file)[claim.table.column]
    expected = sorted(column.items(), key=lambda item: -item[1])[:10]
    assert base.execute(query("from head_values")).fetchall() == [
        (str(head), value, rank) for rank, (head, value) in enumerate(expected, start=1)
    ]


def test_the_papers_of_a_year_that_introduce_a_type(base: sqlite3.Connection, real_catalog: Catalog) -> None:
    """By date."""
    expected = {
        (name, record["date"], entry["id"])
        for name, record in records(real_catalog.root, "papers").items()
        for entry in record.get("heads", ())
        if record["date"].startswith("2024") and entry["role"] == "introduces"
    }
    found = base.execute(query("'introduces'")).fetchall()
    assert len(found) == len(expected) > 10
    assert set(found) == expected
    assert [date for _, date, _ in found] == sorted(date for _, date, _ in expected)


def test_every_table_and_column_of_the_page_is_there(base: sqlite3.Connection) -> None:
    """The page names all tables beside those of the kinds, and all of their columns, in order."""
    part = PAGE.split("## Questions in SQL")[1].split("```sql")[0]
    told = re.findall(r"^\| `(\w+)` \| [^|]* \| `([\w ]+)`", part, re.MULTILINE)
    assert {name: columns.split() for name, columns in told if name != "about"} == {
        name: [row[1] for row in base.execute(f"pragma table_info({name})")] for name, _ in told if name != "about"
    }
    master = "select name from sqlite_master where type in ('table', 'view') and name not like 'search_%'"
    kinds = {row[0] for row in base.execute(master) if (Path("catalog") / row[0]).is_dir()}
    internal = {"table_values"}
    assert {row[0] for row in base.execute(master)} - kinds - internal == {name for name, _ in told}


def test_ranks_follow_the_direction_of_the_measure(toy_catalog: Catalog) -> None:
    """The head with the most glow is first, and each number is that of the file."""
    rows = opened(toy_catalog).execute("select layer, head, value, rank from head_values").fetchall()
    column = read_table(toy_catalog.root / "claims" / "moss-1999-sparkle" / "jar-small.csv")["glow"]
    assert {HeadIndex(layer, head): value for layer, head, value, _ in rows} == column
    assert [rank for *_, rank in sorted(rows, key=lambda row: -row[2])] == sorted(rank for *_, rank in rows)


def test_claims_of_heads_have_their_standing_and_value(toy_catalog: Catalog) -> None:
    """A claim's row for each head that it names, with the number that it gives; what its table holds stands elsewhere."""
    rows = opened(toy_catalog).execute(
        "select claim, layer, head, head_type, asserted, standing, value, heads_are from claim_heads"
    )
    assert rows.fetchall() == [
        ("fern-2001-glitter/small-sparkle", 0, 1, "sparkle", 1, "not-rerun", None, "query"),
        ("moss-1999-sparkle/small-sparkle", 0, 1, "sparkle", 1, "not-rerun", 0.9, "query"),
    ]


def test_numbers_of_key_value_heads_are_told_from_those_of_query_heads(
    base: sqlite3.Connection, real_catalog: Catalog
) -> None:
    """As the files of claims say; whoever leaves key-value heads out has the heads of the labels."""
    counted = {
        f"{file}/{claim['id']}": claim.get("heads_are", "query")
        for file, record in records(real_catalog.root, "claims").items()
        for claim in record["claims"]
    }
    for table in ("claim_heads", "head_values"):
        found = dict(base.execute(f"select distinct claim, heads_are from {table}").fetchall())
        assert found == {claim: counted[claim] for claim in found}
        assert {*found.values()} == {"query", "key-value"}
    named = "select model, layer, head, head_type from claim_heads where asserted and heads_are = 'query'"
    labelled = "select model, layer, head, head_type from labels where standing <> 'shown'"
    assert {*base.execute(named)} <= {*base.execute(labelled)}


def test_words_find_records(base: sqlite3.Connection) -> None:
    """Full-text search, by the query of the page."""
    words = re.search(r"`(select kind, id, name from search[^`]*)`", PAGE)[1].replace("\n", " ")
    assert ("heads", "copy-suppression") in [row[:2] for row in base.execute(words)]


def test_the_same_catalog_gives_the_same_bytes(toy_catalog: Catalog) -> None:
    """Nothing comes from the clock; the version of the data stands in the file's header, too."""
    assert database(toy_catalog) == database(toy_catalog)
    base = opened(toy_catalog)
    about = dict(base.execute("select key, value from about"))
    assert about == {"schema_version": "2", "generated_at": "2001-02-01", "licence": "CC-BY-4.0"}
    assert base.execute("pragma user_version").fetchone() == (2,)
