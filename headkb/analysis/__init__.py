"""The front door of the code: one call for each question that a researcher asks of a model, and results that are at home in a notebook.

`model_of` and `prompts_of` take whatever names or holds a model and prompts, so that every call here accepts the same things.
"""

from headkb.analysis.ablation import AblationEffect, ablate
from headkb.analysis.edited import Edits, edited
from headkb.analysis.effects import attribute, patch, path_patch, sweep
from headkb.analysis.files import encoded, file_form
from headkb.analysis.head_column import HeadColumn, ScoredHead
from headkb.analysis.head_effects import HeadEffects
from headkb.analysis.head_table import HeadTable, TopHeads
from headkb.analysis.model_of import ModelLike, evaluating, model_of
from headkb.analysis.patterns import HeadPatterns, patterns
from headkb.analysis.prompts_of import PromptsLike, own_prompts, prompts_of
from headkb.analysis.scoring import AskedScore, asked_scores, measure_scores, score_heads

__all__ = [
    "AblationEffect",
    "AskedScore",
    "Edits",
    "HeadColumn",
    "HeadEffects",
    "HeadPatterns",
    "HeadTable",
    "ModelLike",
    "PromptsLike",
    "ScoredHead",
    "TopHeads",
    "ablate",
    "asked_scores",
    "attribute",
    "edited",
    "encoded",
    "evaluating",
    "file_form",
    "measure_scores",
    "model_of",
    "own_prompts",
    "patch",
    "path_patch",
    "patterns",
    "prompts_of",
    "score_heads",
    "sweep",
]
