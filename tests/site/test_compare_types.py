"""Two head types side by side."""

from __future__ import annotations

import json
import re
from pathlib import Path

from headkb import load_catalog
from headkb.site.compare_types import compare_types_page, heads_of, in_common, rows_of, type_data, type_list
from headkb.site.parts import Context, make_context
from headkb.site.to_html import page_html


def test_the_page_holds_two_types_that_are_not_the_same(real_context: Context) -> None:
    """With what each reads and writes, criterion and traps, and the relation that a record states."""
    html = page_html(compare_types_page(real_context), real_context.links)
    found = re.search(r'data-of="types" data-a="([a-z0-9-]+)" data-b="([a-z0-9-]+)"', html)
    assert found
    heads = real_context.catalog.heads
    assert found[2] in {r.head for r in heads[found[1]].relations if r.type == "distinct_from"}
    for name in ("Reads (QK)", "Writes (OV)", "Criterion", "Traps", "Claims"):
        assert f"<td>{name}</td>" in html
    assert "Not the same as" in html


def test_heads_in_common_are_of_both_types(real_context: Context) -> None:
    """L10H7 of GPT-2 small is claimed as an induction head by one source and as an anti-induction head by another."""
    a, b = (real_context.catalog.heads[i] for i in ("induction", "anti-induction"))
    both = in_common(real_context, a, b)
    assert "L10H7" in map(str, both["gpt2"])
    for model, heads in both.items():
        for head in heads:
            roles = {role.head_type for role in real_context.dossiers[model][head].roles}
            assert roles >= {"induction", "anti-induction"}
    one, other = heads_of(real_context, "induction"), heads_of(real_context, "anti-induction")
    assert sum(map(len, both.values())) == sum(len(set(heads) & set(other.get(m, ()))) for m, heads in one.items())


def test_every_type_has_a_file_with_the_rows_of_the_page(real_context: Context) -> None:
    """Names of rows in their order; a relation is told from both sides; no file is large."""
    files = {head.id: type_data(real_context, head) for head in real_context.catalog.heads.values()}
    assert {entry["id"] for entry in type_list(real_context)} == files.keys()
    for name, data in files.items():
        head = real_context.catalog.heads[name]
        assert [row for row, _ in data["rows"]] == [row for row, _ in rows_of(real_context, head)]
        assert all(name in files[other]["relations"] for other in data["relations"] if other in files)
        assert data["heads"].keys() == data["models"].keys()
        assert len(json.dumps(data)) < 80_000


def test_words_of_records_are_escaped(toy_copy: Path) -> None:
    """The files hold HTML, so that no word of a record may be markup."""
    path = toy_copy / "heads" / "sparkle.yaml"
    text = re.sub(
        r"^(definition|reads|writes): .*$",
        r"\1: 'x <img src=x onerror=alert(1)> y'",
        path.read_text(),
        flags=re.MULTILINE,
    )
    path.write_text(text)
    context = make_context(load_catalog(toy_copy))
    data = type_data(context, context.catalog.heads["sparkle"])
    assert "<img" not in json.dumps(data["rows"])
    assert "&lt;img" in json.dumps(data["rows"])
