"""The canonical form of record files: comments stay, data stay, and nothing is left to do the second time."""

from __future__ import annotations

from pathlib import Path

import pytest

hypothesis = pytest.importorskip("hypothesis")
from hypothesis import example, given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402

from headkb import Catalog  # noqa: E402
from headkb.catalog.draft import draft  # noqa: E402
from headkb.catalog.fmt import formatted  # noqa: E402
from headkb.catalog.house_read import UnwritableError  # noqa: E402
from headkb.catalog.kinds import KINDS, Kind  # noqa: E402
from headkb.catalog.record_files import SourceError, read_text  # noqa: E402
from headkb.catalog.record_text import record_text  # noqa: E402
from headkb.catalog.source import parse  # noqa: E402

TOY = Path(__file__).parent / "data" / "catalog"
REAL = Path(__file__).parent.parent / "catalog"
RECORDS = [(kind, path) for kind in KINDS for path in sorted((TOY / kind).glob("*.yaml"))]
COMMENTED = """\
# above all

# yaml-language-server: $schema=old.json
heads:   # beside a list
  # above an item
  - {id:   induction,   role: 'applies'}   # beside an item
  - id: name-mover  # beside a key
    role: observes
    # below the last key of an item
  # below the last item
title: 'Jars: # a "study"'
date: '2022-01-02'

links: [
  # between brackets
  {label: Paper, url: "https://example.org/#top"},   # behind a comma
]
summary:
    innovation: >-
        Two lines # of text
        stay two lines.

    # above a text
    tasks: "plain"
my_key: kept
# below all
"""
CLEAN = """\
# above all
title: 'Jars: # a "study"'
date: 2022-01-02
# between brackets
# behind a comma
links: [{label: Paper, url: https://example.org/#top}]
heads:  # beside a list
  # above an item
  - {id: induction, role: applies}  # beside an item
  - id: name-mover  # beside a key
    role: observes
    # below the last key of an item
  # below the last item
summary:
  innovation: >-
    Two lines # of text
    stay two lines.
  # above a text
  tasks: plain
my_key: kept
# below all
"""


def body(text: str) -> str:
    """A file without its first line."""
    return text.split("\n", 1)[1]


def test_every_comment_keeps_its_place_and_keys_come_in_order() -> None:
    """Comments stay above, beside or below what they stood at; those between brackets go above; unknown keys come last."""
    assert body(formatted(COMMENTED, "papers")) == CLEAN
    assert parse(COMMENTED)[0] == parse(CLEAN)[0]


def test_the_first_line_names_the_schema_beside_the_catalog_or_the_sites(tmp_path: Path) -> None:
    """Editors find the schema of a clone in its folder, and that of any other catalog at the site."""
    text = "name: Focus\ndefinition: Where a head looks.\n"
    site = "# yaml-language-server: $schema=https://headkb.github.io/headkb/api/v1/schema/glossary.schema.json\n"
    assert formatted(text, "glossary", tmp_path / "catalog") == site + text
    (tmp_path / "schemas").mkdir()
    (tmp_path / "schemas" / "glossary.schema.json").touch()
    own = formatted(text, "glossary", tmp_path / "catalog")
    assert own == "# yaml-language-server: $schema=../../schemas/glossary.schema.json\n" + text
    assert formatted(own, "glossary") == site + text


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("definition: 'no'", 'definition: "no"'),
        ("definition: 2.50", 'definition: "2.50"'),
        ("definition: 'a: b'", 'definition: "a: b"'),
        ('definition: "say \\"x\\""', 'definition: say "x"'),
        ("definition: 'back\\slash: x'", "definition: 'back\\slash: x'"),
        ("aliases: [{name: 'a, b', kind: synonym}]", 'aliases: [{name: "a, b", kind: synonym}]'),
        ("see_also:\n- heads/induction", "see_also:\n  - heads/induction"),
        ("definition: |-\n   a\n     b", "definition: |-\n  a\n    b"),
        ("definition: two\n  lines", "definition: two lines"),
        ("everyday: true", "everyday: true"),
    ],
)
def test_quotes_and_indentation_are_those_that_are_needed(old: str, new: str) -> None:
    """Text that another reader would take for a number or a truth value is quoted; a real one is not."""
    assert body(formatted(f"{old}\n", "glossary")) == f"{new}\n"


@pytest.mark.parametrize(
    "text", ["name: &a x\nb: *a\n", "- a\n", "name: [\n", "? {a: b}\n: c\n", "name: a\nname: b  \n"]
)
def test_a_file_that_cannot_be_kept_is_refused_and_not_changed(text: str) -> None:
    """Anchors, lists, broken YAML and keys that stand twice are the validator's business."""
    with pytest.raises(UnwritableError):
        formatted(text, "glossary")


@pytest.mark.parametrize(("kind", "path"), RECORDS, ids=lambda value: getattr(value, "stem", value))
def test_the_invented_records_keep_their_data_and_come_to_rest(kind: Kind, path: Path) -> None:
    """Formatting twice is formatting once, and the reader sees no difference."""
    old = read_text(path)
    once = formatted(old, kind)
    assert formatted(once, kind) == once
    assert parse(once)[0] == parse(old)[0]


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_broken_up_files_come_to_rest_as_well(data: st.DataObject) -> None:
    """Whatever spaces, comments and lines somebody puts in: refused, or the same data in a form that does not change again."""
    kind, path = data.draw(st.sampled_from(RECORDS))
    lines = read_text(path).split("\n")
    for _ in range(data.draw(st.integers(1, 5))):
        at = data.draw(st.integers(0, len(lines) - 1))
        change = data.draw(st.sampled_from(["# note", "   # note", "  # tail", "", "swap", "'", "  "]))
        if change == "swap":
            lines[at : at + 2] = reversed(lines[at : at + 2])
        elif change in ("  # tail", "'", "  "):
            lines[at] += change
        else:
            lines.insert(at, change)
    text = "\n".join(lines)
    try:
        before = parse(text)[0]
        once = formatted(text, kind)
    except (SourceError, UnwritableError):
        return
    assert parse(once)[0] == before
    assert formatted(once, kind) == once


TEXTS = st.text(st.sampled_from("ab1 :#-'\"{}[],\n|>?!&*%@`.é0e"), max_size=40)
VALUES = st.recursive(
    TEXTS, lambda v: st.lists(v, max_size=3) | st.dictionaries(st.sampled_from("abc"), v, max_size=3), max_leaves=6
)


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.sampled_from(["name", "definition", "x"]), VALUES, min_size=1))
@example({"name": [":0"]})  # in brackets a colon begins a value
def test_what_is_written_is_canonical(data: dict[str, object]) -> None:
    """One style in one place: what commands write needs no formatting."""
    text = record_text("glossary", data)
    assert parse(text)[0] == data
    assert formatted(text, "glossary") == text


def test_a_recorded_run_is_written_in_canonical_form(real_catalog: Catalog) -> None:
    """What `headkb reproduce --record` writes is what `headkb fmt` would make of it, and nothing is lost."""
    for run in list(real_catalog.runs.values())[::60]:
        data = run.model_dump(mode="json", by_alias=True, exclude_unset=True)
        del data["id"]
        text = record_text("runs", data, REAL)
        assert formatted(text, "runs", REAL) == text
        assert type(run).model_validate({**parse(text)[0], "id": run.id}) == run


def test_line_ends_of_windows_become_those_of_all_others() -> None:
    """A file that an editor there wrote is the same record."""
    text = "name: Focus\ndefinition: >-\n  Where a head\n  looks.\n"
    assert formatted(text.replace("\n", "\r\n"), "glossary") == formatted(text, "glossary")


def test_the_shipped_catalog_is_in_canonical_form() -> None:
    """`headkb fmt catalog` has nothing to do."""
    files = [(kind, path) for kind in KINDS for path in sorted((REAL / kind).glob("*.yaml"))]
    assert [path for kind, path in files if formatted(old := read_text(path), kind, REAL) != old] == []


def test_a_title_is_never_folded() -> None:
    """However long it is, as every text of which the schema says that it is one line; other texts are."""
    title = "Lookback Lens: " + "Detecting Hallucinations " * 6 + "Using Attention Maps"
    text = draft(
        "papers", {"title": title, "summary": {"innovation": "Finds jars." + " Finds jars." * 20}}, "moss-2024-jars"
    )
    assert f"\ntitle: {title!r}\n".replace("'", '"') in text
    assert "innovation: >-\n" in text
    folded = text.replace(f'title: "{title}"', f"title: >-\n  {title}")
    assert formatted(folded, "papers") == formatted(text, "papers")
    assert ">-\n  Lookback" not in formatted(folded, "papers")
