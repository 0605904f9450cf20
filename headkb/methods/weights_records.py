"""The records of methods that read matrices, patterns with tokens, or train probes."""

from __future__ import annotations

from math import inf

from headkb.methods.matrices import EMBEDDINGS
from headkb.methods.negative_attention import negative_attention
from headkb.methods.probes import PROBES, READINGS, probe_accuracy
from headkb.methods.record import Method
from headkb.methods.retrieval import retrieval_score
from headkb.methods.successor import VARIANTS, successor
from headkb.methods.svd import directions_needed
from headkb.methods.weights import COMPOSITIONS, composition_score, ov_copying, ov_top_k, qk_matching
from headkb.scores import Parameter

_BOOL = (False, True)
_FOLD = Parameter(True, _BOOL, "Fold the gain and centring of norms into the matrices.")
_MATRICES = "No pass of text; products of d_model² · d_head a head"


def _embedding(default: str) -> Parameter:
    return Parameter(default, EMBEDDINGS, "What stands for a token; mlp0 adds the first MLP, mlp0-only is that alone.")


def _name(default: str, meaning: str) -> Parameter:
    return Parameter(default, (), f"Name in prompts.positions of {meaning}.")


METHODS_WEIGHTS: tuple[Method, ...] = (
    Method(
        id="ov-copying",
        version=1,
        function=ov_copying,
        formula=r"\frac{\sum_i\operatorname{Re}\lambda_i}{\sum_i|\lambda_i|},\quad\lambda=\operatorname{eig}(W_EW_VW_OW_U)",
        range=(-1.0, 1.0),
        source="Elhage et al. 2021, A Mathematical Framework for Transformer Circuits",
        needs="weights",
        default_prompts="random-tokens",
        summary="How far the head's OV circuit raises the logit of the very token that it reads.",
        cost=_MATRICES,
        parameters={
            "circuit": Parameter("full", ("full", "ov"), "full = token to token; ov = W_V W_O alone."),
            "embedding_kind": _embedding("token"),
            "fold": _FOLD,
            "center": Parameter(
                False,
                (False, True),
                "Take the mean over the vocabulary out of W_U, as TransformerLens does on loading.",
            ),
        },
    ),
    Method(
        id="ov-top-k",
        version=1,
        function=ov_top_k,
        formula=r"\frac{1}{|T|}\sum_{t\in T}\mathbb{1}\{t\in\operatorname{top}_k\,W_U\,\mathrm{LN}_f(x_tW_VW_O)\}",
        range=(0.0, 1.0),
        source="Wang et al. 2022 (arXiv:2211.00593), section 3.1",
        needs="weights",
        default_prompts="ioi",
        summary="Share of names that the head would copy to the logits, wherever it looks.",
        cost="No pass of text; one unembedding a head and token",
        parameters={
            "k": Parameter(5, (), "How many logits count."),
            "embedding_kind": _embedding("mlp0"),
            "sign": Parameter(1, (1, -1), "-1: the copy score of negative name movers."),
            "tokens": Parameter(None, (), "Token ids instead of the prompts' answers.", in_recipes=False),
        },
    ),
    Method(
        id="qk-matching",
        version=1,
        function=qk_matching,
        formula=r"\frac{\sum_i\operatorname{Re}\lambda_i}{\sum_i|\lambda_i|},\quad\lambda=\operatorname{eig}(W_EW_QW_K^\top W_E^\top)",
        range=(-1.0, 1.0),
        source="Elhage et al. 2021, A Mathematical Framework for Transformer Circuits",
        needs="weights",
        default_prompts="random-tokens",
        summary="How far the head's QK circuit makes a token look at its like.",
        cost=_MATRICES,
        parameters={"fold": _FOLD},
    ),
    Method(
        id="composition",
        version=1,
        function=composition_score,
        formula=r"\frac{\lVert W_{OV}^{1}W_{QK}^{2\,\top}\rVert_F}{\lVert W_{OV}^{1}\rVert_F\lVert W_{QK}^{2}\rVert_F}-\text{random}\ (K)",
        range=(-1.0, 1.0),
        source="Elhage et al. 2021, A Mathematical Framework for Transformer Circuits",
        needs="weights",
        default_prompts="random-tokens",
        summary="How much of what the head writes a later head reads, above random matrices.",
        cost="No pass of text; products of d_head² · d_model a pair of heads",
        parameters={
            "kind": Parameter("k", COMPOSITIONS, "Whether the later head's queries, keys or values read it."),
            "later": Parameter(None, (), "A head such as L5H1; None = the largest of all later heads."),
            "subtract_baseline": Parameter(True, _BOOL, "Take off the composition of random matrices."),
            "fold": _FOLD,
        },
    ),
    Method(
        id="successor",
        version=1,
        function=successor,
        formula=r"\frac{1}{|V|}\sum_t\mathbb{1}\{\arg\max_{t'\in\mathrm{class}(t)}\mathrm{MLP}_0(W_E)_tW_{OV}W_{U,t'}=\operatorname{succ}(t)\}",
        range=(0.0, 1.0),
        source="Gould et al. 2023 (arXiv:2312.09230)",
        needs="weights",
        default_prompts="succession",
        summary="Share of numbers, days, months and letters that the OV circuit turns into their successors.",
        cost=_MATRICES,
        parameters={
            "variant": Parameter("argmax", VARIANTS, "next-top5: the next score of apartresearch/seqcont_circuits."),
            "embedding_kind": _embedding("mlp0-only"),
            "pairs": Parameter(
                None, (), "Token ids [n, 2], item and successor, instead of the prompts'.", in_recipes=False
            ),
        },
    ),
    Method(
        id="sparse-attention-decomposition",
        version=1,
        function=directions_needed,
        formula=r"\min\{m:\sum_{k\le m}(x_iu_k)\sigma_k(v_kx_j)\ge s\cdot x_i\Omega x_j\},\quad\Omega=U\Sigma V^\top",
        range=(1.0, inf),
        source="Franco & Crovella 2024 (arXiv:2410.00340)",
        needs="weights",
        default_prompts="ioi",
        summary="How many singular directions make up the head's attention from one place to another; few = sparse.",
        cost="2P forwards and one SVD a head",
        parameters={
            "query": _name("end", "the query"),
            "key": _name("s2", "the key"),
            "least_attention": Parameter(0.5, (), "Only heads that pay at least so much there count."),
            "share": Parameter(1.0, (), "How much of the logit has to be reached."),
        },
    ),
    Method(
        id="retrieval",
        version=1,
        function=retrieval_score,
        formula=r"\frac{1}{|k|}\sum_t\mathbb{1}\{j^*\in k,\;x_{j^*}=y_t\},\quad j^*=\arg\max_jA_{t,j}",
        range=(0.0, inf),
        source="Wu et al. 2024 (arXiv:2404.15574)",
        needs="pattern",
        default_prompts="needle",
        summary="How much of a hidden answer the head points at, token by token, while the model writes it.",
        cost="Up to 50P cached steps to decode, P forwards",
        parameters={
            "needle": _name("source", "the tokens to copy from"),
            "max_new": Parameter(50, (), "Tokens to write at most."),
            "least_recall": Parameter(0.5, (), "Prompts whose answer holds less of the needle do not count."),
            "capped": Parameter(False, _BOOL, "Count each needle position once at most."),
        },
    ),
    Method(
        id="negative-attention",
        version=1,
        function=negative_attention,
        formula=r"\sum_{i\ge|x_{\mathrm{inst}}|}\left(A_{i,t_{\mathrm{yes}}}+A_{i,t_{\mathrm{no}}}\right)\log\frac{A_{i,t_{\mathrm{no}}}}{A_{i,t_{\mathrm{yes}}}}",
        range=(-inf, inf),
        source="Yu et al. 2024 (arXiv:2408.00137)",
        needs="pattern",
        default_prompts="yes-no",
        summary="How much more the head looks at No than at Yes, whatever is asked.",
        cost="P forwards",
        parameters={
            "yes": _name("yes", "the positive word"),
            "no": _name("no", "the negative word"),
            "queries": _name("after_instruction", "what is summed over"),
            "floor": Parameter(1e-9, (), "Smallest weight that a logarithm is taken of."),
        },
    ),
    Method(
        id="probing",
        version=1,
        function=probe_accuracy,
        formula=r"\mathrm{Acc}_{\text{held out}}\left(\hat y=\sigma(\langle\theta^{l,h},z^{l,h}_{\mathrm{end}}\rangle+b)\right)",
        range=(-1.0, 1.0),
        source="Li et al. 2023 (arXiv:2306.03341); Hoscilowicz et al. 2024 (arXiv:2403.18680)",
        needs="probe",
        default_prompts="true-false",
        summary="How well a small classifier on the head's output tells true from false on prompts that it has not seen.",
        cost="P forwards and 2·folds fits a head",
        parameters={
            "probe": Parameter("linear", PROBES, "linear: logistic regression (ITI); mlp: one hidden layer (NL-ITI)."),
            "reading": Parameter("accuracy", READINGS, "control: shuffled labels; selectivity: accuracy minus that."),
            "positions": _name("end", "where z is read"),
            "last": Parameter(1, (), "Read the mean of so many tokens."),
            "folds": Parameter(2, (), "Splits; every prompt is held out once."),
            "seed": Parameter(0, (), "Of the splits, the shuffling and the MLP."),
        },
    ),
)
