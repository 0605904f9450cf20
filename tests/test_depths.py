"""Where the heads of a type lie is worked out from the claims about public models, and a stated range is held against it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from headkb import Catalog
from headkb.catalog.depths import observed_depth
from headkb.catalog.plain_data import plain_record
from headkb.catalog.schema import Claim, ClaimFile, Model
from headkb.catalog.schema.head import Depth

SOURCE = {"paper": "moss-1999-sparkle", "locator": "table 3"}


def with_claims(catalog: Catalog, models: dict[str, Model], *claims: dict[str, object]) -> Catalog:
    """The catalog with one file of claims about the type `sparkle` more."""
    full = [
        {"id": f"c{n}", "statement": "Deep.", "confidence": "high", "source": SOURCE, **c} for n, c in enumerate(claims)
    ]
    file = ClaimFile.model_validate({"id": "deep", "paper": "moss-1999-sparkle", "claims": full})
    return replace(catalog, models={**catalog.models, **models}, claims={**catalog.claims, "deep": file})


def model(name: str, layers: int, kind: str = "public", **more: object) -> Model:
    """A model of so many layers of four heads."""
    fields = {"id": name, "name": name, "kind": kind, "family": "jar", "n_layers": layers, "n_heads": 4, **more}
    return Model.model_validate(fields)


def test_quartiles_count_each_head_of_a_public_model_once(toy_catalog: Catalog) -> None:
    """Two claims about one head, and one about a quantised copy of its model, are one place; organisms and tables give none."""
    models = {
        "deep": model("deep", 5),
        "copy": model("copy", 5, quantisation_of="deep", quantisation="GGUF Q4_1", weights_sha256="0" * 64),
        "wide": model("wide", 11),
        "own": model("own", 5, "organism"),
    }
    found = observed_depth(
        with_claims(
            toy_catalog,
            models,
            {"head": "sparkle", "model": "deep", "heads": ["L0H1", "L4H0"]},
            {"head": "sparkle", "model": "copy", "heads": ["L4H0"]},
            {"head": "sparkle", "model": "wide", "heads": ["L5H0", "L5H1"]},
            {"head": "sparkle", "model": "own", "heads": ["L1H0"]},
            {"about": "sparkle", "model": "wide", "heads": ["L9H0"]},
        ),
        "sparkle",
    )
    assert found is not None
    assert [depth for depth, _ in found.places] == [0.0, 0.5, 0.5, 1.0]
    assert found.models == 2
    assert found.quartiles == pytest.approx((0.375, 0.5, 0.625))
    assert found.data() == {"quartiles": [0.375, 0.5, 0.625], "heads": 4, "models": 2}


def test_a_type_without_heads_of_public_models_has_no_depth(toy_catalog: Catalog) -> None:
    """None, and not a number, in the export, too."""
    assert observed_depth(toy_catalog, "sparkle") is None
    assert plain_record(toy_catalog, toy_catalog.heads["sparkle"])["depth_of_claims"] is None


def test_a_range_reaches_half_a_layer_further(toy_catalog: Catalog) -> None:
    """A range that prose rounds still holds the head at its end; the next layer is outside."""
    catalog = with_claims(
        toy_catalog,
        {"deep": model("deep", 11)},
        {"head": "sparkle", "model": "deep", "heads": ["L2H0", "L3H0", "L4H0"]},
    )
    found = observed_depth(catalog, "sparkle")
    assert found is not None
    assert found.within(Depth.model_validate({"typical": "x", "basis": "x", "from": "0.34", "to": "0.36"})) == 2
    assert found.within(Depth.model_validate({"typical": "x", "basis": "x", "to": "0.1"})) == 0
    assert found.within(Depth.model_validate({"typical": "x", "basis": "x"})) == 3


def test_a_claim_about_all_heads_has_no_subject() -> None:
    """It names no type, so it gives no head a role."""
    claim = Claim.model_validate(
        {
            "id": "a",
            "all_heads": True,
            "model": "deep",
            "heads": ["L0H1"],
            "statement": "All.",
            "confidence": "low",
            "source": SOURCE,
        }
    )
    assert (claim.subject, claim.asserted_heads) == ("", ())
