"""The records of scores over pairs of places and pairs of sentences."""

from __future__ import annotations

from math import inf

from headkb.scores.pairs import paired_positions, receiver
from headkb.scores.record import Parameter, Score, Variant

_CAUSAL = Parameter(
    None, (None, False, True), "Whether queries see only keys at or before them; None = the prompts or the pattern say."
)


def _name(default: str | None, meaning: str) -> Parameter:
    return Parameter(default, (), f"Name in prompts.positions of {meaning}.")


PAIR_SCORES: tuple[Score, ...] = (
    Score(
        id="paired-positions",
        version=1,
        function=paired_positions,
        formula=r"\frac{1}{|Q|}\sum_{t\in Q}\sum_{j:(t,j)\in P}A_{t,j}\ \Big(-\ \text{the same over other pairs}\Big)",
        range=(-1.0, inf),
        source="Cho et al. 2024 (arXiv:2410.04468); Barbero et al. 2024 (arXiv:2410.06205)",
        default_prompts="labelled-sentences",
        summary="Attention from each marked place to the place that belongs to it.",
        parameters={
            "query": _name("labels", "the queries"),
            "key": _name("before_labels", "their keys, in the same order"),
            "other_query": _name(None, "the queries of pairs to compare with"),
            "other_key": _name(None, "their keys"),
            "measure": Parameter(
                "mean", ("mean", "times-uniform"), "times-uniform = weight times visible keys, 1 = even attention."
            ),
            "causal": _CAUSAL,
        },
        variants={
            "forerunner": Variant(
                {"query": "final_label", "key": "before_final", "measure": "times-uniform"},
                "hc495/ICL_Circuit@667f3778 Experiments/Exp3_Forerunner_Token_Head_Counting.ipynb",
                "labelled-sentences prompts with answered: true; 5 = their threshold",
            ),
            "apostrophe": Variant(
                {
                    "query": "after_apostrophe",
                    "key": "apostrophe",
                    "other_query": "after_plain",
                    "other_key": "plain",
                },
                "Barbero et al. 2024 (arXiv:2410.06205), headkb's reading of their example",
                "contractions prompts: previous-token attention behind apostrophes minus that elsewhere",
            ),
        },
    ),
    Score(
        id="receiver",
        version=1,
        function=receiver,
        formula=r"\operatorname{kurt}_i\,v_i,\quad v_i=\operatorname{mean}_{j\ge i+4}\bar A_{j,i}\ \text{over sentences}",
        range=(-2.0, inf),
        source="Bogdan et al. 2025 (arXiv:2506.19143); interp-reasoning/thought-anchors@2a15f778d11b",
        default_prompts="worked-solutions",
        summary="How far all later sentences read the same few earlier ones.",
        parameters={
            "segments": _name("segment_start", "each position's first position of its sentence"),
            "apart": Parameter(4, (), "Sentences between a key and the first query that counts."),
        },
    ),
)
