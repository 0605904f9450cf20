"""What changed between two catalogs: eight classes, their borders, and how each is told."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import pytest

from headkb import Catalog
from headkb.catalog.diff import ORDER, Difference, FieldChange, as_markdown, as_text, diff, is_problem
from headkb.catalog.diff.as_markdown import MOST
from headkb.catalog.diff.beside import numbers
from headkb.catalog.diff.fields import field_changes, meaning_differs
from headkb.catalog.diff.words import cut, old_to_new
from headkb.catalog.escape import markdown
from headkb.catalog.load import load
from tests.small_records import WITHDRAWN, head_type, run
from tests.two_catalogs import HEAD, MOSS, TERM, TOY, edit, record_run, two_catalogs, write

EXPECTED = Path(__file__).parent / "data" / "diff"
Edit = Callable[[Path], object]
Told = Callable[[Edit, Edit], list[tuple[str, str, str]]]


@pytest.fixture(scope="module")
def differences(tmp_path_factory: pytest.TempPathFactory) -> list[Difference]:
    """Those of the two catalogs in which every class occurs."""
    old, new = two_catalogs(tmp_path_factory.mktemp("two"))
    return diff(load(old)[0], load(new)[0])


@pytest.fixture
def told(tmp_path: Path) -> Told:
    """Class, `kind/id` and detail of what two edits of the invented catalog, one after the other, make different."""

    def between(before: Edit, after: Edit) -> list[tuple[str, str, str]]:
        old, new = tmp_path / "old", tmp_path / "new"
        shutil.copytree(TOY, old)
        before(old)
        shutil.copytree(old, new)
        after(new)
        return [(d.change, f"{d.kind}/{d.id}", d.detail) for d in diff(load(old)[0], load(new)[0])]

    return between


def nothing(root: Path) -> None:
    """No edit."""


def test_each_class_is_found_as_often_as_it_was_made(differences: list[Difference]) -> None:
    """The numbers are those of the edits in `two_catalogs`, counted there by hand."""
    assert Counter(d.change for d in differences) == {
        "removed": 1,
        "replaced": 4,
        "renamed": 1,
        "deprecated": 1,
        "meaning changed": 3,
        "evidence changed": 6,
        "added": 3,
        "other change": 3,
    }
    assert set(ORDER) == {d.change for d in differences} | {"refused"}


@pytest.mark.parametrize("form", ["txt", "md", "json"])
def test_each_form_reads_as_it_was_read_by_a_person(differences: list[Difference], form: str) -> None:
    """The files were gone through line by line against the edits; whoever changes the words reads them again."""
    said = {
        "txt": as_text(differences, "From old to new"),
        "md": as_markdown(differences, "From old to new"),
        "json": json.dumps([asdict(d) for d in differences], indent=2, ensure_ascii=False, allow_nan=False),
    }[form]
    assert said + "\n" == (EXPECTED / f"expected.{form}").read_text(encoding="utf-8")


def test_a_catalog_does_not_differ_from_itself(told: Told) -> None:
    """Nor from a copy whose file is written otherwise."""

    def otherwise(root: Path) -> None:
        edit(root, "models/jar-small.yaml", "n_layers: 2\nn_heads: 4\n", "n_heads: 4\nn_layers: 2\n")

    assert told(nothing, otherwise) == []
    assert as_text([]) == "no differences"
    assert as_markdown([]) == "## Catalog: no differences"


def test_renamed_is_one_record_for_one(told: Told) -> None:
    """A new record that takes the place of one is that record; those who named it do not seem changed."""

    def rename(root: Path) -> None:
        (root / "heads/twinkle.yaml").rename(root / "heads/shimmer.yaml")
        edit(root, "heads/shimmer.yaml", "name: Twinkle Head", "name: Twinkle Head\nreplaces: [twinkle]")
        edit(root, "heads/sparkle.yaml", "head: twinkle, sender", "head: shimmer, sender")
        edit(root, "heads/sparkle.yaml", "[[heads/twinkle|", "[[heads/shimmer|")
        edit(root, "papers/moss-1999-sparkle.yaml", "{id: twinkle", "{id: shimmer")

    assert told(nothing, rename) == [("renamed", "heads/twinkle", "now shimmer")]


def test_a_renamed_record_that_also_says_something_else_is_told_twice(told: Told) -> None:
    """Once as renamed, once as changed, under its id of today."""

    def rename(root: Path) -> None:
        (root / "glossary/jar.yaml").unlink()
        write(root, "glossary/pot.yaml", TERM.format(name="Pot", definition="What holds it.") + "replaces: [jar]\n")

    assert told(nothing, rename) == [
        ("renamed", "glossary/jar", "now pot"),
        ("meaning changed", "glossary/pot", "definition, name"),
    ]


def test_replaced_is_several_for_one_or_one_that_was_there(told: Told) -> None:
    """A record that was there before cannot be the same record under another name."""

    def lid(root: Path) -> None:
        write(root, "glossary/lid.yaml", TERM.format(name="Lid", definition="What closes it."))

    def into_one_that_was_there(root: Path) -> None:
        (root / "glossary/lid.yaml").unlink()
        edit(root, "glossary/jar.yaml", "name: Jar", "name: Jar\nreplaces: [lid]")

    assert told(lid, into_one_that_was_there) == [("replaced", "glossary/lid", "now part of jar")]


def test_a_former_id_of_longer_ago_makes_no_merger(told: Told) -> None:
    """Of the ids that a record lists, those count that the old catalog has."""

    def rename(root: Path) -> None:
        (root / "glossary/jar.yaml").rename(root / "glossary/pot.yaml")
        edit(root, "glossary/pot.yaml", "name: Jar", "name: Jar\nreplaces: [jug, jar]")
        edit(root, "glossary/pot.yaml", "[[glossary/jar]]", "[[glossary/pot]]")

    assert told(nothing, rename) == [("renamed", "glossary/jar", "now pot")]


def test_removed_is_what_nobody_takes_the_place_of(told: Told) -> None:
    """Of claims in a file that stays as well; a file that goes takes its claims with it and is told once."""

    def lose(root: Path) -> None:
        (root / "claims/fern-2001-glitter.yaml").unlink()
        text = (root / MOSS).read_text()
        write(root, MOSS, text[: text.index("  - id: small-table")])

    assert told(nothing, lose) == [
        ("removed", "claims/fern-2001-glitter", ""),
        ("removed", "claims/moss-1999-sparkle/small-table", ""),
    ]


def test_a_file_of_claims_that_is_renamed_keeps_its_claims(told: Told) -> None:
    """They are told with the file, and a claim that also changed is compared under its new id."""

    def rename(root: Path) -> None:
        (root / "claims/fern-2001-glitter.yaml").rename(root / "claims/fern-2001.yaml")
        edit(
            root,
            "claims/fern-2001.yaml",
            "paper: fern-2001-glitter\nclaims",
            "paper: fern-2001-glitter\nreplaces: [fern-2001-glitter]\nclaims",
        )
        edit(root, "claims/fern-2001.yaml", "heads: [L0H1]", "heads: [L0H2]")

    assert told(nothing, rename) == [
        ("renamed", "claims/fern-2001-glitter", "now fern-2001"),
        ("meaning changed", "claims/fern-2001/small-sparkle", "heads"),
    ]


def test_deprecated_has_no_successor_and_replaced_names_one(told: Told) -> None:
    """Also where the successor is named later, or another one is."""
    blink = HEAD.format(name="Blink", definition="Looks nowhere.") + "status: deprecated\n"

    def deprecated(root: Path) -> None:
        write(root, "heads/blink.yaml", blink + "no_replacement: Nobody saw it again.\n")

    def replaced(root: Path) -> None:
        write(root, "heads/blink.yaml", blink + "replaced_by: sparkle\n")

    assert told(deprecated, replaced) == [("replaced", "heads/blink", "by sparkle")]


def test_other_grounds_for_the_same_fact_are_no_other_meaning() -> None:
    """A source, a note or a reason below a key that carries meaning; any other value there is one."""
    meaning = frozenset({"criterion"})
    before = {"criterion": {"threshold": "0.4", "sources": [{"paper": "a", "locator": "table 1"}]}}
    locator = {"criterion": {"threshold": "0.4", "sources": [{"paper": "a", "locator": "table 2"}]}}
    threshold = {"criterion": {"threshold": "0.5", "sources": [{"paper": "a", "locator": "table 1"}]}}
    assert [c.key for c in field_changes(before, locator)] == ["criterion.sources.1.locator"]
    assert not meaning_differs(field_changes(before, locator), meaning)
    assert meaning_differs(field_changes(before, threshold), meaning)


@pytest.mark.parametrize("side", ["old", "new"])
def test_a_file_that_cannot_be_read_is_refused_and_nothing_else(told: Told, side: str) -> None:
    """Neither added nor removed, and what runs show of it is not said to be lost."""

    def with_run(root: Path) -> None:
        record_run(root, run("one", heads="L0H1"))

    def broken(root: Path) -> None:
        with_run(root)
        write(root, "heads/sparkle.yaml", "name: [\n")

    def whole(root: Path) -> None:
        with_run(root)
        shutil.copy(TOY / "heads/sparkle.yaml", root / "heads/sparkle.yaml")

    ((change, name, detail),) = told(broken, whole) if side == "old" else told(whole, broken)
    assert (change, name) == ("refused", "heads/sparkle")
    assert detail.startswith("heads/sparkle.yaml:2:1")


def test_what_a_refused_file_may_hold_is_not_called_removed(told: Told) -> None:
    """It names the id that is gone, and cannot be read."""

    def rename_and_break(root: Path) -> None:
        (root / "glossary/jar.yaml").unlink()
        write(root, "glossary/pot.yaml", "name: Jar\nreplaces: [jar]\n")

    found = told(nothing, rename_and_break)
    assert [(change, name) for change, name, _ in found] == [("refused", "glossary/jar"), ("refused", "glossary/pot")]


def test_a_refused_run_hides_what_it_may_have_shown(told: Told) -> None:
    """Of its own type and model, so that a schema that changed loses no evidence in the eyes of a reader."""

    def good(root: Path) -> None:
        record_run(root, run("one", heads="L0H1"))

    def bad(root: Path) -> None:
        edit(root, "runs/one.yaml", "dtype: float32", "dtyp: float32")

    assert [(change, name) for change, name, _ in told(good, bad)] == [("refused", "runs/one")]


def test_runs_become_what_they_show(told: Told) -> None:
    """A run that takes another back is told by the word that falls, and each run by what happened to it."""

    def shown(root: Path) -> None:
        record_run(root, run("one", heads="L0H1"))

    def withdrawn(root: Path) -> None:
        record_run(root, run("one", heads="L0H1", **WITHDRAWN))
        record_run(root, run("two", heads="L0H1 L0H2", date="2026-02-01"))

    assert told(shown, withdrawn) == [
        ("evidence changed", "heads/sparkle", "in jar-small: shown for L0H1 → shown for L0H1, L0H2"),
        ("evidence changed", "runs/one", "run invalidated: a test"),
        ("evidence changed", "runs/two", "run added"),
    ]


def test_a_run_that_is_gone_is_removed(told: Told) -> None:
    """Failures stay, so a release may not lose one."""

    def there(root: Path) -> None:
        record_run(root, run("one"))

    found = told(there, lambda root: (root / "runs/one.yaml").unlink())
    assert ("removed", "runs/one", "") in found
    assert ("evidence changed", "heads/sparkle", "in jar-small: not shown → not run") in found


def test_files_beside_records_are_compared_in_numbers(told: Told) -> None:
    """Of an atlas one number of one column; digits that were written otherwise change no meaning."""

    def atlas(root: Path) -> None:
        edit(root, "atlases/jar-small.csv", "1,3,0.5,0.8", "1,3,0.5,0.7")
        edit(root, "claims/moss-1999-sparkle/jar-small.csv", "0,1,0.9", "0,1,0.90000001")

    assert told(nothing, atlas) == [
        ("other change", "claims/moss-1999-sparkle/small-table", "table"),
        ("other change", "atlases/jar-small", "table"),
    ]
    assert numbers({"a": {1: 1.0, 2: 2.0}}, {"a": {1: 1.5, 3: 2.0}, "b": {}}) == (
        "1 of 3 numbers changed, the largest by 0.5, 1 number added, 1 number removed, added column b"
    )


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (4, 6, "4 → 6"),
        (None, "MIT", "added: MIT"),
        ("MIT", None, "removed: MIT"),
        (False, True, "no → yes"),
        (None, [{"id": "induction", "role": "observes"}, {"id": "sink"}], "added: induction, sink"),
        ({"paper": "a-2020-b", "locator": "table 1"}, None, "removed: a-2020-b, table 1"),
        ("a $x$ b", "a *x* b", "the same words, written otherwise"),
        (
            " ".join("abcdefghijklmnopqrstuvwxyz0123456789ABCDE"),
            " ".join("abcdefghijkXmnopqrstuvwxyz0123456789ABCDE"),
            "… i j k [l → X] m n o …",
        ),
        ("one " * 20 + "end", "two " * 20 + "end", "written anew, 21 → 21 words: " + "two " * 20 + "end"),
    ],
)
def test_values_are_told_short(old: object, new: object, said: str) -> None:
    """Short ones whole, of long texts the words that differ."""
    assert old_to_new(old, new) == said


def test_entries_of_lists_are_known_by_their_ids() -> None:
    """An entry in front moves the others and changes none of them."""
    one, two, other = ({"id": name, "score": "induction"} for name in ("one", "two", "other"))
    assert field_changes({"recipes": [one, two]}, {"recipes": [other, one, two]}) == [
        FieldChange("recipes", "added: other")
    ]
    assert field_changes({"recipes": [one, two]}, {"recipes": [two, one]}) == [
        FieldChange("recipes", "in another order")
    ]
    (change,) = field_changes({"recipes": [one, two]}, {"recipes": [one, two | {"score": "block"}]})
    assert (change.key, change.old, change.new) == ("recipes.two.score", "induction", "block")


def test_text_cannot_leave_its_place_in_markdown() -> None:
    """No tag, link, mention, picture or line of its own; GitHub would act on each."""
    said = markdown("</details>\n## @ada ![x](http://evil.example) `code` [[a]] | $x$ \u202e www.evil.example")
    assert "<" not in said.replace("<!---->", "").replace("<span>$</span>", "")
    assert "\n" not in said
    assert "\u202e" not in said
    free = said.replace("\\[", "").replace("\\]", "").replace("\\`", "")
    assert all(sign not in free for sign in ("@ada", "[", "]", "`", "http://", "www."))


def test_a_comment_never_outgrows_what_github_takes() -> None:
    """The more there is, the fewer are named, and how many are left is said; every class keeps its count."""
    many = [
        Difference(change, kind, f"{kind}-{n}", "$<@" * 200, "name $<@" * 50)
        for change in ORDER
        for kind in ("heads", "papers", "models")
        for n in range(300)
    ]
    text = as_markdown(many)
    assert len(text) < MOST
    assert text.count("### ") == len(ORDER)
    assert all(f"({900})" in line for line in text.splitlines() if line.startswith("### "))
    few = as_markdown([Difference("added", "heads", f"h{n}", "a title $<@" * 20) for n in range(900)])
    assert len(few) < MOST
    assert "more head types" in few


def test_a_terminal_is_told_what_is_alike_together() -> None:
    """Three records with one change stand on one line; `in_full` names each."""
    licence = (FieldChange("licence", "added: MIT", None, "MIT"),)
    same = [Difference("other change", "models", f"m{n}", "licence", fields=licence) for n in range(4)]
    assert (
        as_text(same)
        == "4 other changes\n\nother change (4)\n  4 models: licence: added: MIT\n      m0, m1, m2 and 1 more"
    )
    assert as_text(same, in_full=True).count("licence: added: MIT") == 4
    many = [Difference("added", "papers", f"p{n:02}", "A title") for n in range(40)]
    assert "  and 15 more papers (headkb -v diff shows all)" in as_text(many)
    assert as_text(many, in_full=True).count("A title") == 40


def test_only_what_breaks_others_is_a_problem(differences: list[Difference]) -> None:
    """An id that is gone, or a file that could not be compared."""
    assert {d.change for d in differences if is_problem(d)} == {"removed"}
    assert is_problem(Difference("refused", "heads", "x"))


def test_a_cut_text_says_so() -> None:
    """At a blank, or within a word that has none."""
    assert cut("one two three", 8) == "one two …"
    assert cut("x" * 80, 10) == "xxxxxxxxx …"


def test_head_types_as_python_has_them_give_data() -> None:
    """The helper of other tests has no file, and its data are compared like those of one."""
    assert (
        field_changes(head_type({"a": "defining"}).data(), head_type({"a": "screen"}).data())[0].key == "recipes.a.role"
    )


def test_that_a_record_was_checked_is_news_only_by_itself() -> None:
    """Readers see what it says otherwise; programs see both."""
    checked = FieldChange("curation.checked", "2026-01-01 → 2026-01-02")
    licence = FieldChange("licence", "added: MIT")
    alone = Difference("other change", "models", "m", "curation", fields=(checked,))
    assert "  models/m: curation.checked: 2026-01-01 → 2026-01-02" in as_text([alone])
    both = Difference("other change", "models", "m", "curation, licence", fields=(licence, checked))
    assert as_text([both]).endswith("  models/m: licence: added: MIT")


def test_of_a_folder_that_cannot_be_read_nothing_is_said_but_that(toy_catalog: Catalog, toy_copy: Path) -> None:
    """Its records are neither removed nor, the other way round, added."""
    (toy_copy / "papers").rename(toy_copy.parent / "papers")
    (toy_copy / "papers").symlink_to(toy_copy.parent / "papers")
    broken = load(toy_copy)[0]
    for old, new in ((toy_catalog, broken), (broken, toy_catalog)):
        told = [(d.change, d.kind, d.id) for d in diff(old, new) if d.kind == "papers"]
        assert told == [("refused", "papers", "")]
