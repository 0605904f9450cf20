"""Labels of heads: what they stand on, where they stand, and that none says more than claims and runs do."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from headkb import Catalog, HeadkbError
from headkb.catalog import head_dossier
from headkb.catalog.export import export
from headkb.catalog.head_labels import HeadLabel, HeadLabels, head_labels, label_index, read_labels
from headkb.catalog.schema import ClaimFile, HeadIndex, Paper
from headkb.errors import UnknownNameError
from tests.small_records import GLOW, WITHDRAWN, check, claim, claim_run, head_type, outcome, run

A, B = HeadIndex(0, 0), HeadIndex(0, 1)
MOSS, FERN = "moss-1999-sparkle", "fern-2001-glitter"


def with_claims(catalog: Catalog, *of: tuple[str, dict[str, Any]], **more: Any) -> Catalog:
    """The toy catalog with these claims, each of a paper, in place of its own; no paper contests a type."""
    files = {
        paper: ClaimFile.model_validate(
            {"id": paper, "paper": paper, "measures": {"glow": GLOW}, "claims": [claim(**facts)]}
        )
        for paper, facts in of
    }
    facts = {
        "title": "T",
        "authors": ["A B"],
        "date": "2000",
        "links": [{"label": "Paper", "url": "https://example.org"}],
    }
    papers = {name: Paper.model_validate({"id": name, **facts}) for name in (MOSS, FERN)}
    given: dict[str, Any] = {"papers": papers, "claims": files, "circuits": {}} | more
    return dataclasses.replace(catalog, **given)


def labels(catalog: Catalog, head: HeadIndex = A) -> tuple[HeadLabel, ...]:
    """The labels of a head of jar-small."""
    return head_labels(catalog, "jar-small").of(*head)


def label(catalog: Catalog, head: HeadIndex = A) -> HeadLabel:
    """The only one."""
    (only,) = labels(catalog, head)
    return only


def test_a_claim_labels_the_heads_it_asserts_its_type_for_and_no_others(toy_catalog: Catalog) -> None:
    """A number that the claim is merely about labels nothing; a published table neither."""
    asserted = with_claims(toy_catalog, (MOSS, {}))
    assert label(asserted).standing == "asserted"
    assert label(asserted).text == "Sparkle Head (asserted)"
    assert (label(asserted).claims, label(asserted).sources) == ((f"{MOSS}/small-sparkle",), 1)
    assert labels(asserted, B) == ()
    assert labels(with_claims(toy_catalog, (MOSS, {"head": None, "about": "sparkle"}))) == ()
    assert head_labels(toy_catalog, "jar-small").heads.keys() == {B}  # the table gives four heads a number


@pytest.mark.parametrize(
    ("value", "standing", "text"),
    [
        (0.9, "met", "Sparkle Head (met in a rerun)"),
        (0.5, "off", "Sparkle Head (off in a rerun)"),
        (None, "asserted", "Sparkle Head (asserted)"),
    ],
)
def test_a_rerun_of_the_claim_says_met_or_off(
    value: float | None, standing: str, text: str, toy_catalog: Catalog
) -> None:
    """Where none was made, nothing but that it is asserted."""
    runs = {} if value is None else {"one": claim_run(on={"L0H0": value})}
    found = label(with_claims(toy_catalog, (MOSS, {}), runs=runs))
    assert (found.standing, found.text) == (standing, text)
    assert found.standings == {"not-rerun" if value is None else standing: 1}


def test_a_contested_label_says_so_even_where_a_run_meets_its_claim(toy_catalog: Catalog) -> None:
    """Of either side; that the claim was met, or is off, stands beside it."""
    against = {"contests": [f"{MOSS}/small-sparkle"], "source": {"paper": FERN}}
    for value, words in ((0.9, "contested; met in a rerun"), (0.5, "contested; off in a rerun")):
        catalog = with_claims(toy_catalog, (MOSS, {}), (FERN, against), runs={"one": claim_run(on={"L0H0": value})})
        assert (label(catalog).standing, label(catalog).text) == ("contested", f"Sparkle Head ({words})")
    for head_of in ({"values": {"L0H1": 0.1}},):  # the contesting side names another head: both are contested
        catalog = with_claims(toy_catalog, (MOSS, {}), (FERN, against | head_of))
        assert [label(catalog, head).standing for head in (A, B)] == ["contested", "contested"]


def test_a_paper_that_contests_the_type_is_named(toy_catalog: Catalog) -> None:
    """It contests no claim, so the label is asserted; but it is not said without that."""
    own = dataclasses.replace(toy_catalog, claims=with_claims(toy_catalog, (MOSS, {})).claims)
    assert label(own).standing == "asserted"
    assert label(own).type_contested_by == (FERN,)
    assert label(own).text == "Sparkle Head (asserted; type contested)"


CHECKED = head_type({"default": "defining"}, check())


@pytest.mark.parametrize(
    ("result", "more", "showing", "text"),
    [
        ("confirmed", {}, "shown", "Sparkle Head (asserted; shown by headkb)"),
        ("refuted", {}, "partly", "Sparkle Head (asserted; type partly shown in this model)"),
        ("opposite", {}, "against", "Sparkle Head (asserted; runs speak against the type in this model)"),
        ("undecided", {}, "undecided", "Sparkle Head (asserted; runs undecided)"),
        ("confirmed", WITHDRAWN, "invalidated", "Sparkle Head (asserted; runs withdrawn)"),
    ],
)
def test_runs_are_told_with_the_word_of_their_showing(
    result: str, more: dict[str, Any], showing: str, text: str, toy_catalog: Catalog
) -> None:
    """What they refute or leave open does not read as shown; without the claim there is a label only where they show the type."""
    runs = {"one": run("one", "L0H0", causal=[outcome(result, "L0H0")], **more)}
    known = {"runs": runs, "heads": {"sparkle": CHECKED}}
    claimed = label(with_claims(toy_catalog, (MOSS, {}), **known))
    assert (claimed.showing, claimed.shown, claimed.text) == (showing, showing == "shown", text)
    alone = labels(with_claims(toy_catalog, **known))
    assert [(one.standing, one.text) for one in alone] == (
        [("shown", "Sparkle Head (shown by headkb)")] if showing == "shown" else []
    )


def test_a_type_that_is_shown_for_other_heads_is_not_shown_for_this_one(toy_catalog: Catalog) -> None:
    """The model's showing is `shown`, the head's label says for whom."""
    runs = {"one": run("one", "L0H1", causal=[outcome("confirmed", "L0H1")])}
    catalog = with_claims(toy_catalog, (MOSS, {}), runs=runs, heads={"sparkle": CHECKED})
    assert (label(catalog).showing, label(catalog).shown) == ("shown", False)
    assert label(catalog).text == "Sparkle Head (asserted; type shown for other heads)"


def test_labels_stand_in_the_order_of_the_head_page(real_catalog: Catalog) -> None:
    """The dossier of each head, which its page and `headkb whois` show, has the same types in the same order."""
    for model in ("gpt2", "smollm2-135m-instruct", "organism-tasks"):
        found = head_labels(real_catalog, model)
        assert len(found.heads) > 0
        for head in list(found.heads)[:40]:
            roles = head_dossier(real_catalog, model, head).roles
            assert [one.type for one in found.of(*head)] == [role.head_type for role in roles]


def test_the_files_read_back_as_they_were(toy_catalog: Catalog, tmp_path: Path) -> None:
    """One for every model, and a list of them; each label carries its text."""
    written = export(toy_catalog, "labels", tmp_path)
    assert {path.name for path in written} == {"index.json", *(f"{name}.json" for name in toy_catalog.models)}
    file = tmp_path / "labels" / "jar-small.json"
    assert read_labels(file) == head_labels(toy_catalog, "jar-small")
    data = json.loads(file.read_text(encoding="utf-8"))
    assert (data["schema_version"], data["model"], data["kind"], data["n_heads"]) == (2, "jar-small", "unreleased", 4)
    assert data["heads"]["L0H1"][0]["text"] == "Sparkle Head (contested; type contested)"
    (listed,) = label_index(toy_catalog)["models"]
    assert listed == {
        "model": "jar-small",
        "name": "Jar small",
        "kind": "unreleased",
        "heads": 1,
        "file": "jar-small.json",
    }


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ("[]", "holds no labels of a model"),
        ("{", "holds no labels of a model"),
        ('{"schema_version": 1}', "has version 1 of the data"),
        ('{"schema_version": 2}', "holds no labels of a model"),
        ('{"schema_version": 2, "heads": {"nine": []}}', "holds no labels of a model"),
    ],
)
def test_a_file_of_something_else_is_refused_in_one_sentence(broken: str, said: str, tmp_path: Path) -> None:
    """With its name, and what to do."""
    file = tmp_path / "gpt2.json"
    file.write_text(broken)
    with pytest.raises(HeadkbError, match=said) as error:
        read_labels(file)
    assert str(file) in str(error.value)
    assert "\n" not in str(error.value)


def test_a_head_or_model_that_does_not_exist_is_refused(toy_catalog: Catalog) -> None:
    """Rather than have no label."""
    found = head_labels(toy_catalog, "Jar small")
    assert isinstance(found, HeadLabels)
    for place in ((2, 0), (0, 4), (-1, 0)):
        with pytest.raises(HeadkbError, match="2 layers of 4 heads, counted from 0"):
            found.of(*place)
    with pytest.raises(UnknownNameError, match="jar-small"):
        head_labels(toy_catalog, "jar-smal")


def test_labels_need_no_torch() -> None:
    """Neither the module nor the one for viewers loads torch, pandas or a viewer."""
    heavy = "{'torch', 'transformers', 'pandas', 'pyarrow', 'circuitsvis', 'bertviz'}"
    code = f"import sys, headkb.catalog.head_labels, headkb.catalog.viewers; sys.exit(bool({heavy} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
