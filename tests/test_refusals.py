"""One broken record is one error, at its line: what refers to it, and what a rule misses without it, is not reported."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from pathlib import Path

import pytest

from headkb.catalog.catalog import Catalog
from headkb.catalog.diagnostic import CatalogError, Diagnostic
from headkb.catalog.diff import diff
from headkb.catalog.kinds import KINDS, Kind
from headkb.catalog.load import Known, load
from headkb.catalog.references import references
from headkb.catalog.refusals import Refusals, unread_words
from headkb.catalog.rules import RULES, check, waiting

HERE = Path(__file__).parent
SHIPPED = HERE.parent / "catalog"


@pytest.fixture
def every_kind(tmp_path: Path) -> Path:
    """A catalog without a fault that has records of every kind, which name each other."""
    shutil.copytree(HERE / "data" / "catalog", tmp_path / "catalog")
    shutil.copytree(HERE / "data" / "hostile" / "base", tmp_path / "catalog", dirs_exist_ok=True)
    return tmp_path / "catalog"


def found_in(root: Path, known: Known | None = None) -> list[Diagnostic]:
    """Everything that is wrong with a catalog, but that its paper has no author and year in its id: every record is called odd."""
    catalog, problems = load(root, known=known)
    return [*problems, *(d for d in check(catalog) if d.rule != "paper-id")]


FAULTS = {
    "typo": (lambda text: f"{text.rstrip()}\nnmae: oops\n", ["unknown-key"]),
    "two faults": (lambda text: f"{text.rstrip()}\nnmae: oops\nnaem: oops\n", ["unknown-key", "unknown-key"]),
    "question": (lambda text: f"{text.rstrip()}\nstatus: ‹active or deprecated›\n", ["unfilled"]),
    "syntax": (lambda text: f"{text.rstrip()}\n]: [\n", ["syntax"]),
    "character": (lambda text: f'{text.rstrip()}\nnmae: "a\\u202Eb"\n', ["control-character"]),
    "empty": (lambda _: "", ["empty"]),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_in_any_record_is_reported_there_alone(fault: str, every_kind: Path) -> None:
    """Whatever refers to the record, looks for something in it or lies beside it: no other file, and no rule, says a word."""
    assert {path.parent.name for path in every_kind.glob("*/*.yaml")} == set(KINDS)
    assert found_in(every_kind) == []
    breaks, rules = FAULTS[fault]
    for path in sorted(every_kind.glob("*/*.yaml")):
        before = path.read_text(encoding="utf-8")
        path.write_text(breaks(before), encoding="utf-8")
        found = [(d.path, d.rule) for d in found_in(every_kind)]
        assert found == [(path.relative_to(every_kind).as_posix(), rule) for rule in rules]
        path.write_text(before, encoding="utf-8")


def test_a_wrong_number_in_a_model_is_one_error(every_kind: Path) -> None:
    """The claims, circuits, runs and patterns of the model have nothing to say about it."""
    path = every_kind / "models" / "odd.yaml"
    path.write_text(path.read_text().replace("n_layers: 2", "n_layers: twelve"))
    (found,) = found_in(every_kind)
    assert (found.path, found.line, found.column, found.rule) == ("models/odd.yaml", 6, 11, "wrong-value")


def test_a_file_that_may_not_be_opened_is_one_error(every_kind: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it holds is not known, and nothing is said of what would be missing without it."""
    opening = os.open

    def refuse(path: Path, *more: int) -> int:
        if Path(path).name == "moss-1999-sparkle.yaml":
            raise PermissionError(13, "Permission denied")
        return opening(path, *more)

    monkeypatch.setattr(os, "open", refuse)
    both = ["claims/moss-1999-sparkle.yaml", "papers/moss-1999-sparkle.yaml"]
    assert [(d.path, d.rule) for d in sorted(found_in(every_kind))] == [(path, "unreadable") for path in both]


@pytest.mark.parametrize("kind", KINDS)
def test_a_folder_that_cannot_be_read_is_one_error(kind: Kind, every_kind: Path, tmp_path: Path) -> None:
    """As a link, and under a misspelt name: the records that it holds are not absent."""
    (every_kind / kind).rename(tmp_path / "elsewhere")
    (every_kind / kind).symlink_to(tmp_path / "elsewhere")
    assert [(d.path, d.rule) for d in found_in(every_kind)] == [(kind, "symlink")]
    (every_kind / kind).unlink()
    misspelt = f"{kind[:-2]}{kind[-1]}{kind[-2]}"
    (tmp_path / "elsewhere").rename(every_kind / misspelt)
    (found,) = found_in(every_kind)
    assert (found.path, found.rule, found.fix) == (misspelt, "unknown-folder", f"rename it to {kind}/")
    assert diff(load(every_kind)[0], load(every_kind)[0])[0].change == "refused"


@pytest.mark.parametrize("name", ["odd.YAML", "Odd.yaml", "odd.yml", "odd.json", "odd.yaml.bak", "odd.yaml~", "odd"])
def test_a_misnamed_record_is_one_error(name: str, every_kind: Path) -> None:
    """What names it by the id that it was meant to have is not reported."""
    (every_kind / "heads" / "odd.yaml").rename(every_kind / "heads" / name)
    (found,) = found_in(every_kind)
    assert found.path == f"heads/{name}"
    assert "heads/odd.yaml" in found.fix


def test_a_reference_that_leads_nowhere_is_still_told_beside_a_refused_file(every_kind: Path) -> None:
    """Only what may be in the refused file is passed over; a near name of it is still the one that was meant."""
    head, term = every_kind / "heads" / "odd.yaml", every_kind / "glossary" / "odd.yaml"
    head.write_text(f"{head.read_text().rstrip()}\nnmae: oops\n")
    term.write_text(term.read_text().replace("see_also: [jar]", "see_also: [heads/od, heads/odd]"))
    assert [(d.path, d.rule, d.fix) for d in found_in(every_kind)] == [
        ("heads/odd.yaml", "unknown-key", "did you mean `name`?"),
        ("glossary/odd.yaml", "dangling-reference", "did you mean 'odd'?"),
    ]


def test_a_rule_that_misses_something_waits_for_the_files_that_may_hold_it(every_kind: Path) -> None:
    """A head type without a paper is an error, and none while a paper cannot be read; then the report says which rules wait."""
    lonely = (every_kind / "heads" / "odd.yaml").read_text().replace("name: Odd\n", "name: Lonely\n")
    (every_kind / "heads" / "lonely.yaml").write_text(lonely.replace("Peculiar", "Solitary"))
    assert ("heads/lonely.yaml", "orphan-head") in [(d.path, d.rule) for d in found_in(every_kind)]
    assert waiting(load(every_kind)[0]) == []
    (every_kind / "papers" / "fern-2001-glitter.yaml").write_text("title: [\n")
    assert {d.path for d in found_in(every_kind)} == {"papers/fern-2001-glitter.yaml"}
    assert {"orphan-head", "no-introduction"} <= set(waiting(load(every_kind)[0]))


def test_rules_look_for_things_in_kinds_that_exist() -> None:
    """A misspelt kind would make a rule speak while what it looks for is refused."""
    for module in RULES.values():
        assert set(getattr(module, "LOOKS_FOR", ())) <= set(KINDS)


def test_a_refused_file_is_known_by_every_spelling_of_its_id() -> None:
    """Ids of claims lead to their file; a folder that cannot be read may hold any record of its kind, and of no other."""
    one = Diagnostic("claims/moss-1999.yaml", 2, 1, "syntax", "", "m.", "w", "f")
    whole = Diagnostic("papers", 1, 1, "symlink", "", "m.", "w", "f")
    refusals = Refusals({"claims": {"moss-1999": one}, "papers": {"": whole}, "heads": {}})
    assert refusals.holding("claims", "Moss 1999") is one
    assert refusals.holding("claims", "moss-1999/one") is one
    assert refusals.holding("claims", "moss-2000/one") is None
    assert refusals.holding("papers", "anything") is whole
    assert refusals.holding("heads", "moss-1999") is None


def test_what_is_found_nowhere_may_be_in_a_file_that_cannot_be_read() -> None:
    """Of a file that the query names it is always said; of the others where nothing was found; of none where all were read."""
    one = Diagnostic(
        "heads/induction.yaml", 2, 1, "unknown-key", "nmae", "there is no key.", "w", "did you mean `name`?"
    )
    assert unread_words([one], "what are Induction heads", found=True) == (
        "heads/induction.yaml cannot be read: heads/induction.yaml:2:1 nmae: there is no key. Fix: did you mean `name`? "
        "`headkb validate` shows every problem."
    )
    assert unread_words([one], "sinks", found=True) == ""
    assert unread_words([one], "sinks", found=False).startswith(
        "1 file cannot be read and may hold it, first heads/ind"
    )
    assert unread_words([], "sinks", found=False) == ""


def test_python_says_of_a_refused_record_that_it_cannot_be_read(every_kind: Path) -> None:
    """By id and by a misspelling of it; what else is refused takes nothing from what was read."""
    (every_kind / "heads" / "odd.yaml").write_text("name: Odd\n")
    catalog = load(every_kind)[0]
    for name in ("odd", "Odd head", "oddd"):
        with pytest.raises(CatalogError, match=r"heads/odd\.yaml was refused: .* Fix: .* `headkb validate`") as caught:
            catalog.resolve("heads", name)
        assert "Did you mean" not in str(caught.value)
    assert catalog.resolve("heads", "sparkle").id == "sparkle"
    assert catalog.refusal("heads", "sparkle") is None


@pytest.mark.slow  # the shipped catalog is read and held against all rules once for each of its kinds
@pytest.mark.parametrize("kind", KINDS)
def test_a_typo_in_the_record_that_most_others_name_is_one_error(
    kind: Kind, real_catalog: Catalog, tmp_path: Path
) -> None:
    """Of the shipped catalog, of each kind the record that stands in most references."""
    named = Counter(
        r.id.partition("/")[0] for _, one in real_catalog.records() for r in references(one) if r.kind == kind
    )
    most = max(real_catalog.of(kind), key=lambda record_id: (named[record_id], record_id))
    shutil.copytree(SHIPPED, tmp_path / "catalog")
    path = tmp_path / "catalog" / kind / f"{most}.yaml"
    path.write_text(f"{path.read_text(encoding='utf-8').rstrip()}\nnmae: oops\n", encoding="utf-8")
    found = [(d.path, d.rule) for d in found_in(tmp_path / "catalog")]
    assert found == [(f"{kind}/{most}.yaml", "unknown-key")]
