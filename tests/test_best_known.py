"""The heads for which most sources assert a type, claims in dispute left out."""

from __future__ import annotations

from dataclasses import replace

import pytest

from headkb import Catalog
from headkb.catalog.best_known import asserting_claims, best_known, in_dispute, ordered_heads
from headkb.catalog.schema import ClaimFile, Model

LOCATOR = "table 3"
Claims = dict[str, object]


def claim(model: str, *heads: str, **more: object) -> Claims:
    """A claim that asserts `twinkle` of some heads."""
    return {"head": "twinkle", "model": model, "heads": list(heads), "statement": "So.", "confidence": "high", **more}


def with_files(catalog: Catalog, files: dict[str, list[Claims]], **kinds: str) -> Catalog:
    """The catalog with files of claims, each of a repository of its own, and models of six layers of the kinds given."""
    models = {
        name: Model.model_validate(
            {"id": name, "name": name, "kind": kind, "family": "jar", "n_layers": 6, "n_heads": 4}
        )
        for name, kind in kinds.items()
    }
    made = {}
    for file, claims in files.items():
        source = {"repository": f"jars/{file}", "commit": "0" * 12, "path": "a", "locator": LOCATOR}
        full = [{"id": f"c{number}", "source": source, **one} for number, one in enumerate(claims)]
        repository = {"name": f"jars/{file}", "commit": "0" * 12}
        measures = {"glow": {"name": "Glow", "definition": "x", "range": "[0, 1]", "score": "previous-token"}}
        data = {"id": file, "no_paper": "x", "repository": repository, "measures": measures, "claims": full}
        made[file] = ClaimFile.model_validate(data)
    return replace(catalog, models={**catalog.models, **models}, claims={**catalog.claims, **made})


def told(catalog: Catalog) -> tuple[str, dict[str, int], int]:
    """Model, heads with their sources, and all sources."""
    known = best_known(catalog, "twinkle")
    return known.model, {str(head): count for head, count in known.heads.items()}, known.sources


def test_heads_are_ordered_by_the_sources_that_assert_them(toy_catalog: Catalog) -> None:
    """Two claims of one source count once; of equal heads that one is first which stands higher in a list."""
    files = {
        "a": [claim("big", "L1H0", "L2H0"), claim("big", "L1H0")],
        "b": [claim("big", "L3H0", "L2H0")],
        "c": [claim("small", "L0H0")],
    }
    catalog = with_files(toy_catalog, files, big="public", small="public")
    assert told(catalog) == ("big", {"L2H0": 2, "L1H0": 1, "L3H0": 1}, 2)
    assert best_known(catalog, "twinkle").models == 2


def test_gpt2_small_comes_first_whatever_others_have(toy_catalog: Catalog) -> None:
    """One source about GPT-2 small goes before two about another model; without it the most sources count."""
    files = {"a": [claim("big", "L1H0"), claim("gpt2", "L4H1")], "b": [claim("big", "L1H0")]}
    assert told(with_files(toy_catalog, files, big="public", gpt2="public"))[0] == "gpt2"
    del files["a"][1]
    assert told(with_files(toy_catalog, files, big="public"))[0] == "big"


def test_both_sides_of_a_dispute_are_left_out_and_counted(toy_catalog: Catalog) -> None:
    """The claim that contests and the contested one name no best known head; a third claim about one of their heads does."""
    files = {
        "a": [claim("big", "L1H0", "L2H0")],
        "b": [claim("big", "L3H0", contests=["a/c0"])],
        "c": [claim("big", "L2H0")],
    }
    catalog = with_files(toy_catalog, files, big="public")
    assert told(catalog) == ("big", {"L2H0": 1}, 1)
    assert best_known(catalog, "twinkle").disputed == 2
    del files["c"]
    catalog = with_files(toy_catalog, files, big="public")
    assert told(catalog) == ("", {}, 0)
    assert best_known(catalog, "twinkle").disputed == 2
    assert [in_dispute(catalog, s) for s in asserting_claims(catalog, "twinkle")] == [True, True]


def test_only_models_of_others_and_asserted_heads_count(toy_catalog: Catalog) -> None:
    """A claim about an organism, and one that is about the type without asserting it, name none."""
    about = {**claim("big", "L1H0"), "about": "twinkle"}
    del about["head"]
    catalog = with_files(toy_catalog, {"a": [claim("own", "L1H0"), about]}, own="organism", big="public")
    assert asserting_claims(catalog, "twinkle") == []
    assert told(catalog) == ("", {}, 0)


@pytest.mark.parametrize(
    ("values", "order"),
    [({"L1H0": 0.2, "L2H0": 0.9}, ["L2H0", "L1H0"]), ({"L1H0": 0.2}, ["L1H0", "L2H0"]), ({}, ["L1H0", "L2H0"])],
)
def test_heads_of_a_claim_stand_strongest_first_if_each_has_a_value(
    values: dict[str, float], order: list[str], toy_catalog: Catalog
) -> None:
    """With values for some alone, nothing says which is stronger, and the order of the source stays."""
    more = {"measure": "glow", "values": values} if values else {}
    catalog = with_files(toy_catalog, {"a": [claim("big", "L1H0", "L2H0", **more)]}, big="public")
    assert [str(head) for head in ordered_heads(catalog, catalog.statements["a/c0"])] == order
