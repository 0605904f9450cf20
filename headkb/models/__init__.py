"""From a name to a model that can be observed: exact models, catalog ids, hub ids, folders and GGUF files, local ones first.

Weights are read from safetensors and GGUF only, and no code of a repository is ever run. Attention is eager, numbers are float32 unless
asked otherwise, the model is in evaluation mode. What the model is stands in its passport, measured once. Whatever goes wrong is a
`ModelError` of one sentence or two: what, why, and what to do.
"""

from headkb.models.checkpoint import LoadedModel, LoadOptions
from headkb.models.identity import CatalogModel
from headkb.models.names import SEARCH_PATH, hash_tensors, load_model
from headkb.models.passport import Origin, Passport, Stack, make_passport, of_tokenizer
from headkb.models.threads import choose_threads
from headkb.models.weights import FoundWeights, find_weights

__all__ = [
    "SEARCH_PATH",
    "CatalogModel",
    "FoundWeights",
    "LoadOptions",
    "LoadedModel",
    "Origin",
    "Passport",
    "Stack",
    "choose_threads",
    "find_weights",
    "hash_tensors",
    "load_model",
    "make_passport",
    "of_tokenizer",
]
