"""The front door of the code: one call for each question that a researcher asks of a model, and results that are at home in a notebook.

`model_of` and `prompts_of` take whatever names or holds a model and prompts, so that every call here accepts the same things.
"""

from headkb.analysis.edited import Edits, edited
from headkb.analysis.files import content, form_of
from headkb.analysis.head_column import HeadColumn, HeadValue
from headkb.analysis.head_table import HeadTable, TopHeads
from headkb.analysis.model_of import ModelLike, evaluating, model_of
from headkb.analysis.patterns import HeadPatterns, patterns
from headkb.analysis.prompts_of import PromptsLike, own_prompts, prompts_of
from headkb.analysis.score_heads import AskedScore, asked_scores, measure_scores, score_heads

__all__ = [
    "AskedScore",
    "Edits",
    "HeadColumn",
    "HeadPatterns",
    "HeadTable",
    "HeadValue",
    "ModelLike",
    "PromptsLike",
    "TopHeads",
    "asked_scores",
    "content",
    "edited",
    "evaluating",
    "form_of",
    "measure_scores",
    "model_of",
    "own_prompts",
    "patterns",
    "prompts_of",
    "score_heads",
]
