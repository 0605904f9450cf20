"""Methods: numbers for every head that need more than its pattern, from edited runs, from one run taken apart, or from weights.

Each is a function `(model, prompts, **parameters) -> [prompt, layer, head]`, so it runs like a score; `METHODS` names them.
What a module offers beyond that number (edges, sources, routes, vectors) is public there. Docstrings leave out what all
methods share:

    model              A transformers model that the engine can observe, in evaluation mode.
    prompts            `Prompts` with what the method needs: answers, rivals and corrupted counterparts as stated in
                       `headkb.methods.contrast`. Methods on weights ignore them where they may be None.
    metric             What is measured, one of `METRICS`; `loss` needs no answers.
    positions          Name in `prompts.positions` of where z is read or changed; None = everywhere.
    tokens_per_batch   How many tokens go through the model at once at most, padding and copies of the prompts included;
                       the numbers do not depend on it.

`ShapeError`: the prompts lack answers, counterparts or labels that are needed. `UnknownNameError`: there is no such head,
choice or position name. `ModelError`: the model hides what is needed; the message says what, and which method to use instead.
"""

from headkb.methods.record import Method
from headkb.methods.registry import METHODS, get_method

__all__ = ["METHODS", "Method", "get_method"]
