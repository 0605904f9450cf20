"""The registry of methods, and what each is called, measures and costs."""

from __future__ import annotations

from math import inf

from headkb.errors import UnknownNameError
from headkb.methods.ablation import mean_ablation, resample_ablation, zero_ablation
from headkb.methods.attribution import attribution_patching
from headkb.methods.comparison_records import METHODS_COMPARISON
from headkb.methods.contrast import METRICS, NORMALIZE
from headkb.methods.direct_logit import direct_logit_attribution
from headkb.methods.edge_attribution import edge_attribution_patching
from headkb.methods.function_vector import average_indirect_effect
from headkb.methods.information_flow import information_flow
from headkb.methods.knockout import attention_knockout
from headkb.methods.logit_lens import READINGS, head_logit_lens
from headkb.methods.passes import THROUGH
from headkb.methods.patching import DIRECTIONS, activation_patching
from headkb.methods.path_patching import MLPS, path_patching
from headkb.methods.record import Method
from headkb.methods.steering import directional_addition, directional_subtraction
from headkb.methods.weights_records import METHODS_WEIGHTS
from headkb.scores import Parameter

_BOOL = (False, True)
_METRIC = Parameter("logit_diff", METRICS, "What is measured; loss needs no answers.")
_DIRECTION = Parameter("difference", ("difference", "random"), "random: a control of the same length.")
_SEED = Parameter(0, (), "Of random directions.")
_SWEEP = "P(L·H + 1) forwards"


def _normalize(default: str) -> Parameter:
    return Parameter(
        default,
        NORMALIZE,
        "Divide by the gap of the set (solved: if it is clearly above 0), of each prompt, or not at all.",
    )


def _positions(default: str | None) -> Parameter:
    return Parameter(default, (), "Name in prompts.positions of where it is done; None = everywhere.")


def _onto(default: str) -> Parameter:
    return Parameter(default, DIRECTIONS, "clean_to_corrupted denoises, corrupted_to_clean noises.")


_ALL: tuple[Method, ...] = (
    Method(
        id="zero-ablation",
        version=1,
        function=zero_ablation,
        formula=r"m-m\left(z^{l,h}:=0\right)",
        range=(-inf, inf),
        source="Olsson et al. 2022 (arXiv:2209.11895)",
        needs="causal",
        default_prompts="ioi",
        summary="What the metric loses when the head is silenced.",
        cost=_SWEEP,
        parameters={"metric": _METRIC, "positions": _positions(None)},
    ),
    Method(
        id="mean-ablation",
        version=1,
        function=mean_ablation,
        formula=r"m-m\left(z^{l,h}:=\mathbb{E}_D\,z^{l,h}\right)",
        range=(-inf, inf),
        source="Wang et al. 2022 (arXiv:2211.00593), section 2.2",
        needs="causal",
        default_prompts="ioi",
        summary="What the metric loses when the head always writes its mean.",
        cost="P forwards for the means, P(L·H + 1) for the sweep",
        parameters={
            "metric": _METRIC,
            "per_position": Parameter(False, _BOOL, "A mean for every position; prompts of one length."),
            "reference": Parameter(None, (), "Prompts that the mean is taken over; None = these.", in_recipes=False),
            "positions": _positions(None),
        },
    ),
    Method(
        id="resample-ablation",
        version=1,
        function=resample_ablation,
        formula=r"m-m\left(z^{l,h}:=z^{l,h}(x')\right)",
        range=(-inf, inf),
        source="Chan et al. 2022, Causal Scrubbing",
        needs="causal",
        default_prompts="ioi",
        summary="What the metric loses when the head writes what it writes on another prompt.",
        cost="P forwards for the other prompts, P(L·H + 1) for the sweep",
        parameters={
            "metric": _METRIC,
            "source": Parameter("corrupted", ("corrupted", "shuffled"), "Counterpart, or next prompt of the set."),
            "positions": _positions(None),
        },
    ),
    Method(
        id="directional-addition",
        version=1,
        function=directional_addition,
        formula=r"m\left(z^{l,h}+\alpha\sigma\hat v\right)-m\ \text{on corrupted prompts}",
        range=(-inf, inf),
        source="Li et al. 2023 (arXiv:2306.03341)",
        needs="causal",
        default_prompts="ioi",
        summary="How far a step along the head's clean-minus-corrupted direction brings the clean answer back.",
        cost="2P forwards for the directions, P(L·H + 1) for the sweep",
        parameters={
            "alpha": Parameter(1.0, (), "Step, in standard deviations along the direction."),
            "metric": _METRIC,
            "positions": _positions("end"),
            "direction": _DIRECTION,
            "seed": _SEED,
        },
    ),
    Method(
        id="directional-subtraction",
        version=1,
        function=directional_subtraction,
        formula=r"m-m\left(z^{l,h}-\hat v(\hat v^\top z^{l,h}-c)\right)",
        range=(-inf, inf),
        source="Tigges et al. 2023 (arXiv:2310.15154)",
        needs="causal",
        default_prompts="ioi",
        summary="What the metric loses without the head's clean-minus-corrupted direction.",
        cost="2P forwards for the directions, P(L·H + 1) for the sweep",
        parameters={
            "keep_mean": Parameter(True, _BOOL, "Set the component to its mean, not to zero."),
            "metric": _METRIC,
            "positions": _positions("end"),
            "direction": _DIRECTION,
            "seed": _SEED,
        },
    ),
    Method(
        id="activation-patching",
        version=1,
        function=activation_patching,
        formula=r"\frac{m_{\mathrm{patched}}-m_{\mathrm{corr}}}{m_{\mathrm{clean}}-m_{\mathrm{corr}}}\ "
        r"(\text{noising: one minus that})",
        range=(-inf, inf),
        source="Zhang & Nanda 2023 (arXiv:2309.16042)",
        needs="causal",
        default_prompts="ioi",
        summary="The share of the gap between clean and corrupted run that the head's output carries.",
        cost="2P forwards for the runs, P·L·H for the sweep",
        parameters={
            "patch_direction": _onto("clean_to_corrupted"),
            "metric": _METRIC,
            "normalize": _normalize("set"),
            "positions": _positions(None),
        },
    ),
    Method(
        id="path-patching",
        version=1,
        function=path_patching,
        formula=r"m\left(x_R\text{ with }z^{l,h}:=z^{l,h}_{\mathrm{corr}}\text{, other heads clean}\right)-m",
        range=(-inf, inf),
        source="Wang et al. 2022 (arXiv:2211.00593); Goldowsky-Dill et al. 2023 (arXiv:2304.05969)",
        needs="causal",
        default_prompts="ioi",
        summary="What the path from the head to the receivers (by default the logits) does to the metric; negative = it helps.",
        cost="2P forwards for the runs, P a sender for the logits, 2P a sender for heads",
        parameters={
            "receivers": Parameter(None, (), "Heads such as L9H9, all at once; None = the logits."),
            "through": Parameter("q", THROUGH, "The receivers' input that the path ends in."),
            "mlps": Parameter("recomputed", MLPS, "Whether paths through MLPs count."),
            "metric": _METRIC,
            "normalize": _normalize("none"),
            "senders": Parameter(None, (), "Heads such as L5H5; None = all that can reach a receiver."),
        },
    ),
    Method(
        id="attention-knockout",
        version=1,
        function=attention_knockout,
        formula=r"m-m\left(A^{l,h}_{ij}:=f\,A^{l,h}_{ij}\right)",
        range=(-inf, inf),
        source="Geva et al. 2023 (arXiv:2304.14767)",
        needs="causal",
        default_prompts="ioi",
        summary="What the metric loses when the head may not attend along the chosen edges.",
        cost=_SWEEP,
        parameters={
            "query": _positions("end"),
            "key": _positions(None),
            "factor": Parameter(0.0, (), "What the attention is multiplied with; above 1 strengthens it."),
            "renormalize": Parameter(True, _BOOL, "Give the rest of the row what the edges lost."),
            "metric": _METRIC,
        },
    ),
    Method(
        id="direct-logit-attribution",
        version=1,
        function=direct_logit_attribution,
        formula=r"\left\langle\frac{a^{l,h}_{\mathrm{end}}}{\sigma_f}\odot g_f,\;W_U[:,y]-W_U[:,y']\right\rangle",
        range=(-inf, inf),
        source="Elhage et al. 2021; Wang et al. 2022 (arXiv:2211.00593)",
        needs="attribution",
        default_prompts="ioi",
        summary="How much the head itself writes towards the answer, before any soft cap of the logits.",
        cost="P forwards",
        parameters={"difference": Parameter(True, _BOOL, "Against the rival; False: the answer's logit alone.")},
    ),
    Method(
        id="head-logit-lens",
        version=1,
        function=head_logit_lens,
        formula=r"\operatorname{rank}_y^{-1}\left(W_U\,\mathrm{LN}_f(a^{l,h}_{\mathrm{end}})\right)",
        range=(-inf, inf),
        source="nostalgebraist 2020; Dar et al. 2022 (arXiv:2209.02535)",
        needs="attribution",
        default_prompts="ioi",
        summary="How high the answer stands in what the head writes, decoded by itself.",
        cost="P forwards, and P·L·H vectors unembedded",
        parameters={"reading": Parameter("reciprocal_rank", READINGS, "Which number is read off the logits.")},
    ),
    Method(
        id="attribution-patching",
        version=1,
        function=attribution_patching,
        formula=r"\left(z^{l,h}_{\mathrm{corr}}-z^{l,h}_{\mathrm{clean}}\right)^\top\partial m/\partial z^{l,h}",
        range=(-inf, inf),
        source="Nanda 2023; Kramár et al. 2024 (arXiv:2403.00745)",
        needs="attribution",
        default_prompts="ioi",
        summary="First-order estimate of what patching the head does to the metric; noising a head that helps is negative.",
        cost="2P forwards and P backwards",
        parameters={
            "patch_direction": _onto("corrupted_to_clean"),
            "metric": _METRIC,
            "positions": _positions(None),
        },
    ),
    Method(
        id="edge-attribution-patching",
        version=1,
        function=edge_attribution_patching,
        formula=r"\sum_v\left|\left(a_u^{\mathrm{corr}}-a_u^{\mathrm{clean}}\right)^\top\partial m/\partial x_v\right|",
        range=(0.0, inf),
        source="Syed et al. 2023 (arXiv:2310.10348)",
        needs="attribution",
        default_prompts="ioi",
        summary="How much goes through all edges that leave the head, to first order.",
        cost="2P forwards, P backwards, 3·L·H products with one layer's Jacobian",
        parameters={"metric": _METRIC},
    ),
    Method(
        id="information-flow",
        version=1,
        function=information_flow,
        formula=r"\sum_j\frac{\max(\lVert w\rVert_1-\lVert w-a^h_{ij}\rVert_1,\epsilon)}{\sum_p\max(\lVert w\rVert_1-\lVert w-p\rVert_1,\epsilon)}",
        range=(0.0, 1.0),
        source="Ferrando & Voita 2024 (arXiv:2403.00824)",
        needs="attribution",
        default_prompts="ioi",
        summary="The head's share in attention's update of the stream, by nearness to the sum.",
        cost="P forwards",
        parameters={"positions": _positions("end")},
    ),
    Method(
        id="function-vector",
        version=1,
        function=average_indirect_effect,
        formula=r"p\left(y\mid z^{l,h}_{\mathrm{end}}:=\bar z^{l,h}_{\mathrm{end}}\right)-p(y)\ \text{on shuffled labels}",
        range=(-inf, inf),
        source="Todd et al. 2024 (arXiv:2310.15213)",
        needs="causal",
        default_prompts="few-shot",
        summary="How far the head's mean output brings the task back where labels are shuffled.",
        cost="2P forwards, P·L·H for the sweep",
        parameters={"metric": Parameter("probability", METRICS, "What is measured on the shuffled prompts.")},
    ),
)

METHODS: dict[str, Method] = {method.id: method for method in (*_ALL, *METHODS_COMPARISON, *METHODS_WEIGHTS)}


def get_method(name: str) -> Method:
    """The method of that id.

    Raises:
        UnknownNameError: If there is none; the message holds near names.

    Example:
        >>> get_method("zero-ablation").needs
        'causal'
    """
    try:
        return METHODS[name]
    except KeyError:
        raise UnknownNameError("method", name, METHODS, f"There are {', '.join(METHODS)}.") from None
