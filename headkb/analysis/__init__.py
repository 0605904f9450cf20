"""The front door of the code: one call for each question that a researcher asks of a model, and results that are at home in a notebook.

`model_of` and `prompts_of` take whatever names or holds a model and prompts, so that every call here accepts the same things.
"""

from headkb.analysis.edited import Edits, edited
from headkb.analysis.model_of import ModelLike, evaluating, model_of
from headkb.analysis.patterns import HeadPatterns, patterns
from headkb.analysis.prompts_of import PromptsLike, prompts_of

__all__ = [
    "Edits",
    "HeadPatterns",
    "ModelLike",
    "PromptsLike",
    "edited",
    "evaluating",
    "model_of",
    "patterns",
    "prompts_of",
]
