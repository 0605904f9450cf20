"""The records of methods that compare: runs with and without other heads, groups of source tokens, inputs, texts, languages."""

from __future__ import annotations

from math import inf

from headkb.methods.attention_contrast import GAPS, attention_contrast
from headkb.methods.backup import NORMS, SILENCED, backup_effect
from headkb.methods.by_source import SHARES, attribution_by_source
from headkb.methods.contrast import METRICS, NORMALIZE
from headkb.methods.input_patching import input_patching
from headkb.methods.language_importance import KINDS, language_importance
from headkb.methods.passes import THROUGH
from headkb.methods.recall import cmr_distance
from headkb.methods.record import Method
from headkb.scores import Parameter

_BOOL = (False, True)

METHODS_COMPARISON: tuple[Method, ...] = (
    Method(
        id="backup-effect",
        version=1,
        function=backup_effect,
        formula=r"\mathrm{DLA}\left(z^{l,h}\mid z^{r}_{\mathrm{end}}:=\bar z^{r}_{\mathrm{end}}\right)-\mathrm{DLA}\left(z^{l,h}\right)",
        range=(-inf, inf),
        source="Wang et al. 2022 (arXiv:2211.00593), section 3.4",
        needs="attribution",
        default_prompts="ioi",
        summary="How much more the head writes towards the answer once other heads are knocked out.",
        cost="4P forwards",
        parameters={
            "knocked_out": Parameter(
                None, (), "Heads such as L9H9, all at once; None = those of largest direct effect."
            ),
            "count": Parameter(3, (), "How many, where no names are given."),
            "by": Parameter("mean", SILENCED, "What takes the place of their z."),
            "norm": Parameter(
                "own", NORMS, "clean: hold the final norm's scale, so that only the head's own change counts."
            ),
        },
    ),
    Method(
        id="attribution-by-source",
        version=1,
        function=attribution_by_source,
        formula=r"\min_G\sum_{s\in G}A_{\mathrm{end},s}\left\langle W_{OV}x_s/\sigma,\,W_U[:,y]-W_U[:,y']\right\rangle",
        range=(-inf, inf),
        source="Chughtai et al. 2024 (arXiv:2402.07321); the smaller share as a number is ours",
        needs="attribution",
        default_prompts="lre-facts",
        summary="How much the head writes towards the answer from each of two groups of tokens.",
        cost="P forwards",
        parameters={
            "first": Parameter("subject", (), "Name in prompts.positions of one group."),
            "second": Parameter("relation", (), "Name of the other."),
            "share": Parameter("both", SHARES, "One group's contribution, or the smaller of the two."),
            "difference": Parameter(True, _BOOL, "Against the rival; False: the answer's logit alone."),
            "center": Parameter(False, _BOOL, "The answer's logit alone against the mean logit."),
            "sign": Parameter(1, (1, -1), "-1 counts what pushes the answer down."),
        },
    ),
    Method(
        id="input-patching",
        version=1,
        function=input_patching,
        formula=r"\frac{m_{\mathrm{clean}}-m\left(q^{l,h}:=q^{l,h}_{\mathrm{corr}}\right)}{m_{\mathrm{clean}}-m_{\mathrm{corr}}}",
        range=(-inf, inf),
        source="Sharma et al. 2025 (arXiv:2510.26784); guanzhehong/prop-logic-transformer-circuit@1b3ad37bc413",
        needs="causal",
        default_prompts="category-lists",
        summary="The share of the gap between clean and corrupted run that the head's query (key, value) alone carries.",
        cost="2P forwards for the runs, P·L·H for the sweep",
        parameters={
            "through": Parameter("q", THROUGH, "Which input is exchanged."),
            "positions": Parameter("end", (), "Name in prompts.positions of where it is done; None = everywhere."),
            "metric": Parameter("logit_diff", METRICS, "What is measured; loss needs no answers."),
            "normalize": Parameter(
                "set",
                NORMALIZE,
                "Divide by the gap of the set (solved: if it is clearly above 0), of each prompt, or not at all.",
            ),
        },
    ),
    Method(
        id="attention-contrast",
        version=1,
        function=attention_contrast,
        formula=r"a^{l,h}(x)-a^{l,h}(x')\ \text{or}\ \frac{\mu-\mu'}{\sigma+\sigma'}",
        range=(-inf, inf),
        source="Hung et al. 2024 (arXiv:2411.00348); khhung-906/Attention-Tracker@d92bf08",
        needs="pattern",
        default_prompts="instruction-data",
        summary="How much more the head attends to a place on the prompts than on their counterparts.",
        cost="2P forwards",
        parameters={
            "query": Parameter("end", (), "Name in prompts.positions of what looks."),
            "key": Parameter("instruction", (), "Name of what is looked at."),
            "against": Parameter(None, (), "Name of what shares the attention; None = the weight itself."),
            "gap": Parameter("difference", GAPS, "separation = of the means, in units of both standard deviations."),
        },
    ),
    Method(
        id="cmr-distance",
        version=1,
        function=cmr_distance,
        formula=r"\min_{\beta_{enc},\beta_{rec},\gamma_{ft}}\frac{1}{11}\sum_{\delta=-5}^{5}\frac{\left(s\,\mathrm{CRP}(\delta)-\bar a(\delta)\right)^2}{\mathrm{Var}(\bar a)}",
        range=(0.0, inf),
        source="Ji-An et al. 2024 (arXiv:2405.14992); corxyz/icl-cmr@3e9a10b src/fit_attn_score.py",
        needs="pattern",
        default_prompts="repeated-random-tokens",
        summary="How far the head's attention around the earlier copy is from a curve of human recall; 0 = such a curve.",
        cost="P forwards",
    ),
    Method(
        id="language-importance",
        version=1,
        function=language_importance,
        formula=r"1000\,\mathbb{E}_n\left|\partial L_n/\partial m_h\right|\cdot\mathbb{E}_n\left[\partial L_n/\partial m_h<0\right]",
        range=(0.0, inf),
        source="Liu et al. 2025 (arXiv:2511.07498); Linuxin-xxx/LAHIS@3b84cc388fc2",
        needs="attribution",
        default_prompts="multilingual-sentences",
        summary="Whether the head is important for text of some languages and not of others.",
        cost="P forwards and P backwards",
        parameters={
            "kind": Parameter(
                "specific", KINDS, "specific or general: 0 or 1; importance: the number for one language."
            ),
            "language": Parameter(0, (), "Number of the language, for importance."),
            "quantile": Parameter(0.96, (), "Where a language's important heads begin."),
            "general": Parameter(4, (), "From how many languages on a head counts as general."),
        },
    ),
)
