"""Methods: scores that need more than a pattern, from edited runs, from one run taken apart, or from weights.

Each is a function `(model, prompts, **parameters) -> [prompt, layer, head]`, registered in `headkb.scores.SCORES` like a
pattern score. What a module offers beyond that number (edges, sources, routes, vectors) is public there. Docstrings leave
out what all methods share:

    model              A transformers model that the engine can observe, in evaluation mode. Methods that take the residual
                       stream apart need one whose layers add to it (no BERT), those on weights one whose q, k and v can be read.
    prompts            `Prompts` with what the method needs: answers, rivals and corrupted counterparts as stated in
                       `headkb.methods.contrast`. Methods on weights ignore them where they may be None.
    metric             What is measured, a `headkb.methods.contrast.MetricName`; `loss` needs no answers.
    positions          Name in `prompts.positions` of where z is read or changed; None = everywhere.
    heads              (layer, head) pairs that alone are measured, with the numbers that they have among all; None = all. Others get NaN.
    tokens_per_batch   How many tokens go through the model at once at most, padding and copies of the prompts included;
                       the numbers do not depend on it.

`ShapeError`: the prompts lack answers, counterparts or labels that are needed. `UnknownNameError`: there is no such head,
choice or position name. `ModelError`: the model hides what is needed; the message says what, and which method to use instead.
"""

# Functions are bound after the modules of the same name, so that `from headkb.methods import path_patching` gives the function.
from headkb.methods.ablation import mean_ablation, resample_ablation, zero_ablation
from headkb.methods.attention_contrast import attention_contrast, negative_attention
from headkb.methods.attribution import attribution_patching
from headkb.methods.backup import backup_effect
from headkb.methods.detection import detect_head
from headkb.methods.direct_logit import attribution_by_source, direct_logit_attribution
from headkb.methods.edge_attribution import edge_attribution_patching
from headkb.methods.function_vector import average_indirect_effect
from headkb.methods.information_flow import information_flow
from headkb.methods.input_patching import input_patching
from headkb.methods.knockout import attention_knockout
from headkb.methods.language_importance import language_importance
from headkb.methods.logit_lens import head_logit_lens
from headkb.methods.patching import activation_patching
from headkb.methods.path_patching import path_patching
from headkb.methods.probes import probe_accuracy
from headkb.methods.recall import cmr_distance
from headkb.methods.retrieval import retrieval_score
from headkb.methods.steering import directional_addition, directional_subtraction
from headkb.methods.successor import successor
from headkb.methods.svd import directions_needed
from headkb.methods.weights import composition_score, ov_copying, ov_top_k, qk_matching

__all__ = [
    "activation_patching",
    "attention_contrast",
    "attention_knockout",
    "attribution_by_source",
    "attribution_patching",
    "average_indirect_effect",
    "backup_effect",
    "cmr_distance",
    "composition_score",
    "detect_head",
    "direct_logit_attribution",
    "directional_addition",
    "directional_subtraction",
    "directions_needed",
    "edge_attribution_patching",
    "head_logit_lens",
    "information_flow",
    "input_patching",
    "language_importance",
    "mean_ablation",
    "negative_attention",
    "ov_copying",
    "ov_top_k",
    "path_patching",
    "probe_accuracy",
    "qk_matching",
    "resample_ablation",
    "retrieval_score",
    "successor",
    "zero_ablation",
]
