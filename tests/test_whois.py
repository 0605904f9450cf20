"""`headkb.whois`: everything known about one head, as an object."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from click.testing import CliRunner

import headkb
from headkb import Catalog
from headkb.catalog import all_dossiers
from headkb.catalog.schema import HeadIndex
from headkb.cli import main
from tests.test_glance import fits, is_a_card


@pytest.mark.parametrize("head", ["L0H1", "0.1", (0, 1), [0, 1], HeadIndex(0, 1)])
def test_a_head_is_written_as_people_write_it(toy_catalog: Catalog, head: object) -> None:
    """Text, a pair, or a HeadIndex; the model by id, name or hub id."""
    known = headkb.whois("Jar small", head, toy_catalog)  # type: ignore[arg-type]
    assert (known.model, known.head) == ("jar-small", HeadIndex(0, 1))
    assert [role.head_type for role in known.roles] == ["sparkle"]
    assert [entry.standing for entry in known.claims] == ["not-rerun", "not-rerun"]
    assert [(row.name, row.value, row.rank) for row in known.tables] == [("Glow", 0.9, 1)]
    assert [circuit.id for circuit, _ in known.circuits] == ["jar-opening"]
    assert known.disputes


@pytest.mark.parametrize(
    ("model", "head", "said"),
    [
        ("jar-smal", "L0H1", "no model named 'jar-smal'. Did you mean 'jar-small'?"),
        ("jar-small", "L2H0", "L2H0 does not exist in jar-small, which has 2 layers of 4 heads, counted from 0."),
        ("jar-small", (0, 4), "L0H4 does not exist in jar-small"),
        ("jar-small", (-1, 0), "no head named '-1'."),
        ("jar-small", "L0H0, L0H1", "It takes one head"),
        ("jar-small", "nine", "no head named 'nine'. Write it"),
        ("jar-small", 9, "no head named '9'. Write it"),
        ("jar-small", (0.5, 1), "no head named '0.5'."),
        ("jar-small", (1, 2, 3), "no head named '1'."),
    ],
)
def test_a_wrong_model_or_head_is_one_teaching_sentence(
    toy_catalog: Catalog, model: str, head: object, said: str
) -> None:
    """What is wrong, and what to write."""
    with pytest.raises(headkb.HeadkbError) as error:
        headkb.whois(model, head, toy_catalog)  # type: ignore[arg-type]
    assert said in str(error.value)
    assert "\n" not in str(error.value)


def test_the_shipped_catalog_is_asked_if_none_is_given() -> None:
    """The IOI paper names L9H9 of GPT-2 small a name mover; nothing of torch is loaded for that."""
    code = (
        "import sys, headkb; known = headkb.whois('gpt2', 'L9H9'); "
        "assert known.roles[0].head_type == 'name-mover', known; sys.exit('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_command_prints_the_same_object(real_catalog: Catalog) -> None:
    """`headkb whois --json` is its data."""
    told = CliRunner().invoke(main, ["whois", "gpt2", "L5H5", "--json"])
    assert json.loads(told.stdout) == json.loads(json.dumps(headkb.whois("gpt2", (5, 5), real_catalog).data()))


def test_what_is_known_of_every_head_fits_a_screen(real_catalog: Catalog) -> None:
    """Every head that anything names, and each of its roles, claims, values and runs."""
    dossiers = [known for heads in all_dossiers(real_catalog).values() for known in heads.values()]
    assert len(dossiers) > 1000
    for known in dossiers:
        assert fits(repr(known)), repr(known)
    for known in dossiers[::40]:
        for part in (known, *known.roles, *known.claims, *known.tables, *known.runs):
            assert fits(repr(part)), repr(part)
            assert is_a_card(part._repr_html_())


def test_the_card_says_what_the_head_is(toy_catalog: Catalog) -> None:
    """Roles with their grounds, the dispute, claims by standing, ranks, circuits, and the page."""
    shown = repr(headkb.whois("jar-small", "L0H1", toy_catalog))
    for said in (
        "HeadDossier('jar-small', 'L0H1'): L0H1 of Jar small, a model that was not released",
        "sparkle (2 claims of 2 sources; contested)",
        "2, all not-rerun",
        "Glow 0.9 (rank 1 of 4)",
        "jar-opening: look",
        "https://headkb.github.io/headkb/models/jar-small/L0H1/",
    ):
        assert said in shown


def test_a_head_of_which_nothing_is_known_says_so(toy_catalog: Catalog) -> None:
    """Nothing known is an answer; the link leads to the model, for the head has no page."""
    shown = repr(headkb.whois("jar-small", "L1H3", toy_catalog))
    assert "no claim and no showing gives it a role" in shown
    assert shown.endswith("headkb/models/jar-small/")
