"""Addresses of head dashboards on Neuronpedia, for the models whose heads it shows.

The table is theirs: `utils/neuronpedia-utils/neuronpedia_utils/headvis/np_model_to_hf.json` of hijohnnylin/neuronpedia at commit
3a02609dca34 maps their model names to hub ids, and the route `apps/webapp/app/[modelId]/head/[layerNum]/[headIndex]` gives the form.
"""

from __future__ import annotations

from collections.abc import Mapping

from headkb.catalog.schema import HeadIndex, Model

NAMES: Mapping[str, str] = {
    "EleutherAI/pythia-70m-deduped": "pythia-70m-deduped",
    "Qwen/Qwen2.5-7B-Instruct": "qwen2.5-7b-it",
    "Qwen/Qwen3-1.7B": "qwen3-1.7b",
    "Qwen/Qwen3-4B": "qwen3-4b",
    "Qwen/Qwen3-8B": "qwen3-8b",
    "Qwen/Qwen3-14B": "qwen3-14b",
    "Qwen/Qwen3-32B": "qwen3-32b",
    "google/gemma-2-2b": "gemma-2-2b",
    "google/gemma-2-2b-it": "gemma-2-2b-it",
    "google/gemma-2-9b": "gemma-2-9b",
    "google/gemma-2-9b-it": "gemma-2-9b-it",
    "google/gemma-2-27b": "gemma-2-27b",
    "google/gemma-3-1b-pt": "gemma-3-1b",
    "google/gemma-3-4b-pt": "gemma-3-4b",
    "meta-llama/Llama-3.1-8B": "llama3.1-8b",
    "meta-llama/Llama-3.1-8B-Instruct": "llama3.1-8b-it",
    "meta-llama/Llama-3.3-70B-Instruct": "llama3.3-70b-it",
    "openai-community/gpt2": "gpt2-small",
    "openai/gpt-oss-20b": "gpt-oss-20b",
}


def dashboard(model: Model, head: HeadIndex) -> str | None:
    """The address of the head's dashboard, None if Neuronpedia shows no heads of this model."""
    name = NAMES.get(model.hub_id or "")
    return f"https://www.neuronpedia.org/{name}/head/{head.layer}/{head.head}" if name else None
