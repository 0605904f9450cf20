"""The records of scores that read structure: shapes of attention, marked places, words and their links."""

from __future__ import annotations

from headkb.scores.detector import EXCLUDE, current_word, measure_of
from headkb.scores.record import Parameter, Score, Variant
from headkb.scores.shape import block, current_token, local, positional, streaming
from headkb.scores.span import attention_ratio, attention_to_rare, position_to_position, retrieval_copy, subword_merge
from headkb.scores.syntax import syntactic

_CAUSAL = Parameter(
    None, (None, False, True), "Whether queries see only keys at or before them; None = the prompts or the pattern say."
)
_BAND = Parameter("mean", ("mean", "sieve"), "sieve = density inside over density everywhere; no upper bound.")
_SIEVE = "iitmnlp/heads-hypothesis@6c908a8"


def _name(default: str, meaning: str) -> Parameter:
    return Parameter(default, (), f"Name in prompts.positions of {meaning}.")


STRUCTURE_SCORES: tuple[Score, ...] = (
    Score(
        id="current-token",
        version=1,
        function=current_token,
        formula=r"\frac{1}{|Q|}\sum_{t\in Q}A_{t,t},\quad Q=\{t:|V_t|>1\}",
        range=(0.0, 1.0),
        source="Barbero et al. 2024 (arXiv:2410.06205); ARENA 1.2",
        default_prompts="english-sentences",
        summary="Attention from each token to itself.",
        parameters={"causal": _CAUSAL},
    ),
    Score(
        id="positional",
        version=1,
        function=positional,
        formula=r"\frac{1}{|Q|}\sum_{t\in Q}\mathbb{1}\{\arg\max_jA_{t,j}=t+\delta\}",
        range=(0.0, 1.0),
        source="Voita et al. 2019 (arXiv:1905.09418), section on positional heads",
        default_prompts="english-sentences",
        summary="How often the strongest key stands at one fixed offset.",
        parameters={
            "offset": Parameter(-1, (), "Key minus query position; None = the most frequent one of each prompt."),
            "causal": _CAUSAL,
        },
        variants={
            "any-offset": Variant(
                {"offset": None},
                "Voita et al. 2019 (arXiv:1905.09418)",
                "the best offset of each prompt, not of the whole corpus: an upper bound of theirs",
            )
        },
    ),
    Score(
        id="local",
        version=1,
        function=local,
        formula=r"\frac{1}{|Q|}\sum_{t\in Q}\sum_{|j-t|\le w}A_{t,j},\quad Q=\{t:\exists j\in V_t,|j-t|>w\}",
        range=(0.0, 1.0),
        source="Pande et al. 2021 (arXiv:2101.09115)",
        default_prompts="english-sentences",
        summary="Attention within a few positions to either side.",
        parameters={
            "window": Parameter(2, (), "Positions to either side."),
            "measure": _BAND,
            "causal": _CAUSAL,
        },
        variants={
            "sieve-bias": Variant(
                {"measure": "sieve"}, f"{_SIEVE} local_score notebook", "a ratio: 3 = their threshold"
            )
        },
    ),
    Score(
        id="block",
        version=1,
        function=block,
        formula=r"\frac{1}{|Q|}\sum_{t\in Q}\sum_{j:s(j)=s(t)}A_{t,j}",
        range=(0.0, 1.0),
        source="Pande et al. 2021 (arXiv:2101.09115)",
        default_prompts="english-paragraphs",
        summary="Attention within the query's own sentence or segment.",
        parameters={
            "segments": _name("segment_start", "each position's first position of its segment"),
            "measure": _BAND,
            "causal": _CAUSAL,
        },
        variants={
            "sieve-bias": Variant(
                {"measure": "sieve"}, f"{_SIEVE} block_score notebook", "without the row's entropy as a factor"
            )
        },
    ),
    Score(
        id="streaming",
        version=1,
        function=streaming,
        formula=r"\frac{1}{|Q|}\sum_{t\in Q}\Big(\sum_{j<s}A_{t,j}+\sum_{j\ge s,\,t-r<j\le t}A_{t,j}\Big)",
        range=(0.0, 1.0),
        source="Xiao et al. 2024 (arXiv:2410.10819); a gate per head is trained there",
        default_prompts="english-paragraphs",
        summary="Attention to the first and the latest tokens together: what a streaming cache keeps.",
        parameters={
            "sink": Parameter(4, (), "Tokens at the start that are kept."),
            "recent": Parameter(16, (), "Latest tokens that are kept, the query's own among them."),
            "causal": _CAUSAL,
        },
    ),
    Score(
        id="position-to-position",
        version=1,
        function=position_to_position,
        formula=r"\frac{1}{|Q|}\sum_{t\in Q}\sum_{j\in K}A_{t,j}",
        range=(0.0, 1.0),
        source="Wang et al. 2022 (arXiv:2211.00593), section 3",
        default_prompts="ioi",
        summary="Attention from one marked place to another.",
        parameters={
            "query": _name("end", "the queries"),
            "key": _name("io", "the keys"),
            "causal": _CAUSAL,
        },
        variants={
            "name-mover": Variant({"key": "io"}, "Wang et al. 2022 (arXiv:2211.00593)", "ioi prompts, END to IO"),
            "s-inhibition": Variant({"key": "s2"}, "Wang et al. 2022 (arXiv:2211.00593)", "ioi prompts, END to S2"),
            "content-gatherer": Variant(
                {"key": "correct_object"}, "Merullo et al. 2024 (arXiv:2310.08744)", "colored-objects prompts"
            ),
            "correct-letter": Variant(
                {"key": "correct_letter"}, "Lieberum et al. 2023 (arXiv:2307.09458)", "mcqa prompts"
            ),
            "letter-mover": Variant(
                {"key": "target"},
                "García-Carrasco et al. 2024 (arXiv:2405.04156)",
                "acronyms prompts, END to the word asked for",
            ),
            "subject": Variant({"key": "subject"}, "Chughtai et al. 2024 (arXiv:2402.07321)", "lre-facts prompts"),
            "relation": Variant({"key": "relation"}, "Chughtai et al. 2024 (arXiv:2402.07321)", "lre-facts prompts"),
            "summary-reader": Variant(
                {"key": "sum"}, "Tigges et al. 2023 (arXiv:2310.15154)", "toy-movie-review, toy-mood-story"
            ),
            "sentiment-summarizer": Variant(
                {"query": "sum", "key": "adj"}, "Tigges et al. 2023 (arXiv:2310.15154)", "toy-movie-review prompts"
            ),
        },
    ),
    Score(
        id="attention-ratio",
        version=1,
        function=attention_ratio,
        formula=r"\frac{1}{|Q|}\sum_{t\in Q}\frac{a_t(K_1)}{a_t(K_1)+a_t(K_2)},\quad a_t(K)=\frac{1}{|K|}\sum_{j\in K}A_{t,j}",
        range=(0.0, 1.0),
        source="Chuang et al. 2024 (arXiv:2407.07071), lookback ratio",
        default_prompts="needle",
        summary="Attention to the context rather than to what was just written.",
        parameters={
            "query": _name("answer", "the queries"),
            "first": _name("context", "the keys whose share it is"),
            "second": _name("generated", "the keys that it is set against"),
            "measure": Parameter("mean", ("mean", "sum"), "Mean weight per key of each set, or all of it."),
            "causal": _CAUSAL,
        },
        variants={
            "important": Variant(
                {"measure": "sum"}, "khhung-906/Attention-Tracker@d92bf08", "their 1e-8 in the denominator is left out"
            )
        },
    ),
    Score(
        id="attention-to-rare",
        version=1,
        function=attention_to_rare,
        formula=r"\frac{1}{|Q|}\sum_{t\in Q}\sum_{j\in R}A_{t,j},\quad Q=\{t\notin R:R\cap V_t\neq\emptyset\}",
        range=(0.0, 1.0),
        source="Voita et al. 2019 (arXiv:1905.09418), rare words",
        default_prompts="rare-words",
        summary="Attention to the rarest word of the text.",
        parameters={
            "positions": _name("rare", "the rare word"),
            "measure": Parameter(
                "mean", ("mean", "hit"), "hit = whether the most attended position is of the rare word."
            ),
            "causal": _CAUSAL,
        },
        variants={
            "voita-hit": Variant(
                {"measure": "hit"},
                "lena-voita/lena-voita.github.io@f99274e posts/acl19_heads.html",
                "rare by construction, not by a corpus",
            )
        },
    ),
    Score(
        id="subword-merge",
        version=1,
        function=subword_merge,
        formula=r"\frac{1}{|Q|}\sum_{t\in Q}\sum_{j<t,\,w(j)=w(t)}A_{t,j}",
        range=(0.0, 1.0),
        source="Correia et al. 2019 (arXiv:1909.00015); TransformerLens Head_Detector_Demo",
        default_prompts="subword-words",
        summary="Attention from a word's later pieces to its earlier ones.",
        parameters={
            "words": _name("word_start", "each position's first position of its word"),
            "measure": measure_of("mul", "abs"),
            **EXCLUDE,
        },
        variants=current_word(),
    ),
    Score(
        id="retrieval-copy",
        version=1,
        function=retrieval_copy,
        formula=r"\frac{1}{|Q|}\sum_{t\in Q}\mathbb{1}\{j^*\in N,\;x_{j^*}=x_{t+1}\},\quad j^*=\arg\max_jA_{t,j}",
        range=(0.0, 1.0),
        source="Wu et al. 2024 (arXiv:2404.15574), with the answer forced",
        default_prompts="needle",
        summary="How much of a hidden answer the head points at, token by token, while it is written.",
        parameters={
            "query": _name("answer", "the queries before each token of the answer"),
            "needle": _name("source", "the positions to copy from"),
            "causal": _CAUSAL,
        },
    ),
    Score(
        id="syntactic",
        version=1,
        function=syntactic,
        formula=r"\Pr_{(i\to j)\in R}\left[\arg\max_k\tilde A_{i,k}=j\right]",
        range=(0.0, 1.0),
        source="Clark et al. 2019 (arXiv:1906.04341); Voita et al. 2019 (arXiv:1905.09418)",
        default_prompts="dependency-sentences",
        summary="How often the strongest word seen from one end of a grammatical link is its other end.",
        parameters={
            "dependent": _name("dependent", "the dependent words"),
            "head": _name("head", "the head words, in the same order"),
            "direction": Parameter(
                "dependent-to-head", ("dependent-to-head", "head-to-dependent"), "Which end is the query."
            ),
            "measure": Parameter(
                "argmax", ("argmax", "mean"), "mean = attention on the other end, of that on all words."
            ),
            "words": _name("word_start", "each position's first position of its word"),
            "causal": _CAUSAL,
        },
        variants={
            name: Variant(
                {"dependent": name, "head": f"{name}_head"},
                "Clark et al. 2019 (arXiv:1906.04341), table 1",
                "one relation only",
            )
            for name in ("determiner", "subject", "object")
        },
    ),
)
