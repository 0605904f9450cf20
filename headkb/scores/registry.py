"""The registry of scores: the table of all of them, and the look-up by id."""

from __future__ import annotations

from headkb.errors import UnknownNameError
from headkb.scores.detector import EXCLUDE, detect_head, measure_of
from headkb.scores.pair_records import PAIR_SCORES
from headkb.scores.position import attention_to_first, next_token, previous_token
from headkb.scores.record import Parameter, Score, Variant
from headkb.scores.spread import entropy
from headkb.scores.structure_records import STRUCTURE_SCORES
from headkb.scores.token import attention_to_delimiter, duplicate_token, induction

_BOOL = (False, True)
_PERIOD = Parameter(None, (), "Length of the repeated block for stripe and renormalized, if the prompts do not say it.")
_CAUSAL = Parameter(
    None, (None, *_BOOL), "Whether queries see only keys at or before them; None = the prompts or the pattern say."
)
_DEMO = "TransformerLensOrg/TransformerLens@04ef490 demos/Exploratory_Analysis_Demo.ipynb; callummcdougall/ARENA_2.0@334bada"
_SONG = "JiajunSong629/ood-generalization-via-composition@78043a6 llm-interventions/removal-ih/IH_list/prep.py"


_ALL: tuple[Score, ...] = (
    Score(
        id="previous-token",
        version=1,
        function=previous_token,
        formula=r"\frac{1}{n-1}\sum_{t=1}^{n-1}A_{t,t-1}",
        range=(0.0, 1.0),
        source="Wang et al. 2022 (arXiv:2211.00593); callummcdougall/ARENA_2.0@334bada",
        default_prompts="repeated-random-tokens",
        summary="Attention from each token to the one before it.",
        parameters={"measure": measure_of("mul", "abs", "renormalized"), **EXCLUDE},
        variants={
            **detect_head("share of all attention, query 0 included: a perfect head scores (n-1)/n"),
            "song-pth": Variant(
                {"measure": "renormalized"}, _SONG, "key 0 dropped, rows rescaled, queries 0 and 1 left out"
            ),
        },
    ),
    Score(
        id="next-token",
        version=1,
        function=next_token,
        formula=r"\frac{1}{n-1}\sum_{t=0}^{n-2}A_{t,t+1}",
        range=(0.0, 1.0),
        source="Clark et al. 2019 (arXiv:1906.04341), “Relative Position”",
        default_prompts="english-sentences",
        summary="Attention from each token to the one after it; 0 in every causal model.",
    ),
    Score(
        id="duplicate-token",
        version=1,
        function=duplicate_token,
        formula=r"\frac{1}{|Q|}\sum_{t\in Q}\sum_{j<t,\,x_j=x_t}A_{t,j},\quad Q=\{t:\exists j<t,\,x_j=x_t\}",
        range=(0.0, 1.0),
        source="Wang et al. 2022 (arXiv:2211.00593); callummcdougall/ARENA_2.0@334bada",
        default_prompts="repeated-random-tokens",
        summary="Attention from a recurring token to its earlier occurrences.",
        parameters={"measure": measure_of("mul", "abs", "stripe"), **EXCLUDE, "period": _PERIOD},
        variants={
            **detect_head("share of all attention, queries without an earlier copy included"),
            "stripe": Variant(
                {"measure": "stripe"},
                _DEMO,
                "the diagonal one period back; with BOS its first query is not in the second copy",
            ),
        },
    ),
    Score(
        id="induction",
        version=1,
        function=induction,
        formula=r"\frac{1}{|Q|}\sum_{t\in Q}\sum_{j+1<t,\,x_j=x_t}A_{t,j+1},\quad Q=\{t:\exists j<t-1,\,x_j=x_t\}",
        range=(0.0, 1.0),
        source="Olsson et al. 2022 (arXiv:2209.11895), prefix matching score",
        default_prompts="repeated-random-tokens",
        summary="Attention from a recurring token to what followed it before; the matching half of induction, not the copying half.",
        parameters={"measure": measure_of("mul", "abs", "stripe", "renormalized"), **EXCLUDE, "period": _PERIOD},
        variants={
            **detect_head(
                "share of all attention, first copy included: a perfect head on a block repeated once scores about 1/2"
            ),
            "stripe": Variant(
                {"measure": "stripe"}, _DEMO, "the diagonal period - 1 back; one (with BOS two) queries too many"
            ),
            "icl-cmr": Variant(
                {"measure": "mul", "exclude_bos": True, "exclude_current_token": True},
                "corxyz/icl-cmr@3e9a10b saved_scores/gpt2-small/all_scores_gpt2_small.pkl; the notebook that computes it is not at hand",
                "identified from its values: all are whole hundred-thousandths, as means over a hundred texts of scores rounded to three "
                "decimals are, and 0.963 in one head lies above the half that `mul` allows with key 0 and the current token counted",
            ),
            "song-ih": Variant(
                {"measure": "renormalized"}, _SONG, "key 0 dropped, rows rescaled; blind to resting on the first token"
            ),
        },
    ),
    Score(
        id="attention-to-first",
        version=1,
        function=attention_to_first,
        formula=r"\frac{1}{n-1}\sum_{t=1}^{n-1}A_{t,0}",
        range=(0.0, 1.0),
        source="Guo et al. 2024 (arXiv:2410.13835), LLM/probe_l16h25.ipynb",
        default_prompts="english-sentences",
        summary="Attention to the first position: the head rests there, or uses it as a sink.",
        parameters={
            "include_first_query": Parameter(
                False, _BOOL, "Count query 0 too, as the plain column mean of most papers does."
            )
        },
        variants={
            "column-mean": Variant(
                {"include_first_query": True},
                "GuoTianYu2000/Active-Dormant-Attention@16b3593 LLM/probe_l16h25.ipynb",
                "query 0 counts; a causal head that never rests scores 1/n",
            )
        },
    ),
    Score(
        id="attention-to-delimiter",
        version=1,
        function=attention_to_delimiter,
        formula=r"\frac{1}{|Q|}\sum_{t\in Q}\sum_{j\in D_t}A_{t,j},\quad Q=\{t\notin D:D_t\neq\emptyset\}",
        range=(0.0, 1.0),
        source="Pande et al. 2021 (arXiv:2101.09115); Clark et al. 2019 (arXiv:1906.04341), “Attending to Separator Tokens”",
        default_prompts="delimited-random-tokens",
        summary="Attention to the delimiters in sight: full stops, separators, [SEP].",
        parameters={
            "measure": Parameter(
                "mean",
                ("mean", "sieve"),
                "sieve = mean attention per delimiter over mean attention per visible key; no upper bound.",
            ),
            "positions": Parameter("delimiter", (), "Name in prompts.positions that holds the delimiters."),
            "tokens": Parameter(None, (), "Token ids that are delimiters, instead of positions.", in_recipes=False),
            "include_delimiter_queries": Parameter(False, _BOOL, "Count delimiters as queries too."),
            "causal": _CAUSAL,
        },
        variants={
            "sieve-bias": Variant(
                {"measure": "sieve", "include_delimiter_queries": True},
                "iitmnlp/heads-hypothesis@6c908a8 delimiter_score notebook",
                "a ratio: 1 = no preference, 3 = their threshold",
            )
        },
    ),
    Score(
        id="entropy",
        version=1,
        function=entropy,
        formula=r"\frac{1}{|Q|}\sum_{t\in Q}\frac{-\sum_jA_{t,j}\log A_{t,j}}{\log|V_t|},\quad Q=\{t:|V_t|>1\}",
        range=(0.0, 1.0),
        source="Clark et al. 2019 (arXiv:1906.04341), “Focused vs Broad Attention”; normalisation ours",
        default_prompts="english-sentences",
        summary="How evenly a head spreads its attention over the keys that it sees: 0 one key, 1 all alike.",
        parameters={
            "normalized": Parameter(True, _BOOL, "False: in nats, as Clark et al. plot it."),
            "causal": _CAUSAL,
        },
        variants={
            "nats": Variant(
                {"normalized": False},
                "Clark et al. 2019 (arXiv:1906.04341)",
                "not divided by the logarithm of the visible keys",
            )
        },
    ),
)

SCORES: dict[str, Score] = {score.id: score for score in (*_ALL, *STRUCTURE_SCORES, *PAIR_SCORES)}


def get_score(name: str) -> Score:
    """The score of that id.

    Raises:
        UnknownNameError: If there is none; the message holds near names.

    Example:
        >>> get_score("induction").version
        1
    """
    try:
        return SCORES[name]
    except KeyError:
        raise UnknownNameError("score", name, SCORES, f"There are {', '.join(SCORES)}.") from None
