"""What TransformerLens' head detector adds to a score: its parameters, and the variants that give its numbers."""

from __future__ import annotations

from headkb.scores.record import Parameter, Variant

_SOURCE = "TransformerLensOrg/TransformerLens@4cd36aa transformer_lens/head_detector.py"
_DEMO = "TransformerLensOrg/TransformerLens@03a5b52c demos/Head_Detector_Demo.ipynb"

EXCLUDE = {
    "exclude_bos": Parameter(False, (False, True), "With mul or abs: leave out key 0, whatever stands there."),
    "exclude_current_token": Parameter(
        False, (False, True), "With mul or abs: leave out attention to the query's own position."
    ),
}


def measure_of(*names: str) -> Parameter:
    """The parameter `measure` of a score that other tools measure differently."""
    return Parameter(
        "mean",
        ("mean", *names),
        "mean = headkb's definition; the others equal another tool's number: see the variants.",
    )


def detect_head(mul: str) -> dict[str, Variant]:
    """`detect_head` with both measures, whole, without BOS, and as its demo calls it, without BOS and the current token.

    Args:
        mul: How the measure `mul` differs from headkb's own definition of this score.
    """
    off = "1 minus the mean absolute row error; unrounded here, rounded to three decimals there"
    found = {}
    for measure, note in (("mul", mul), ("abs", off)):
        name = f"transformer-lens-{measure}"
        found[name] = Variant({"measure": measure}, _SOURCE, note)
        found[f"{name}-no-bos"] = Variant({"measure": measure, "exclude_bos": True}, _SOURCE, f"{note}; key 0 left out")
        found[f"{name}-others-only"] = Variant(
            {"measure": measure, "exclude_bos": True, "exclude_current_token": True},
            _DEMO,
            f"{note}; key 0 and the query's own position left out",
        )
    return found


def current_word() -> dict[str, Variant]:
    """The demo's custom pattern, a piece of a word looking at the word's earlier pieces, as it calls `detect_head`."""
    return {
        f"transformer-lens-{measure}": Variant(
            {"measure": measure, "exclude_current_token": True},
            _DEMO,
            f"{note}; the query's own position left out, pieces are told by the missing space",
        )
        for measure, note in (("mul", "share of all attention"), ("abs", "1 minus the mean absolute row error"))
    }
