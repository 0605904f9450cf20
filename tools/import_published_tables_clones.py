"""Readers of the sources that are read from a clone, at the commit that `SOURCES` pins."""

from __future__ import annotations

from collections.abc import Iterator

from import_published_tables_core import Clone, Source, Table, matrix


def retrieval_profiles(clone: Clone) -> Iterator[Table]:
    """Layers × heads lists in JSON: both retrieval scores of every head, one file for each model and seed."""
    for model, profiles in PROFILES.items():
        names, matrices = [], []
        for suffix, profile in profiles.items():
            raw = clone.json(f"datas/results/profile/{profile}.json")
            for score in ("argmax_scores", "copy_scores"):
                names.append(score + suffix)
                matrices.append(raw[score])
        yield Table(f"cengizhanbayram-retrieval-head-profile/{model}.csv", tuple(names), matrix(*matrices))


PROFILES = {
    "falcon3-7b-base": {"": "falcon3_7b_seed42"},
    "gemma-2-2b": {"": "gemma2_2b_seed42"},
    "gemma-2-9b": {"": "gemma2_9b_seed42", "_seed_123": "gemma2_9b_seed123"},
    "gemma-2-9b-it": {"": "gemma2_9b_it_seed42", "_nf4": "gemma2_9b_it_bnb4_seed42"},
    "llama-2-7b": {"": "llama2_7b_seed42"},
    "llama-3-1-8b": {"": "llama31_8b_seed42", "_seed_123": "llama31_8b_seed123"},
    "llama-3-1-8b-instruct": {"": "llama31_8b_instruct_seed42", "_nf4": "llama31_8b_instruct_bnb4_seed42"},
    "llama-3-2-3b": {"": "llama32_3b_seed42", "_seed_123": "llama32_3b_seed123"},
    "mistral-7b-instruct-v0-3": {"": "mistral7b_v03_instruct_seed42"},
    "mistral-7b-v0-3": {"": "mistral7b_v03_seed42"},
    "olmo-2-1124-7b": {"": "olmo2_7b_seed42"},
    "olmo-2-1124-7b-instruct": {"": "olmo2_7b_instruct_seed42"},
    "phi-3-5-mini-instruct": {"": "phi35_mini_seed42"},
    "qwen2-5-3b": {"": "qwen25_3b_seed42", "_seed_123": "qwen25_3b_seed123"},
    "qwen2-5-3b-instruct": {"": "qwen25_3b_instruct_seed42"},
    "qwen2-5-7b": {"": "qwen25_7b_seed42", "_seed_123": "qwen25_7b_seed123"},
    "qwen2-5-7b-instruct": {"": "qwen25_7b_instruct_seed42", "_nf4": "qwen25_7b_instruct_bnb4_seed42"},
    "qwen2-5-7b-instruct-awq": {"": "qwen25_7b_instruct_awq4_seed42"},
    "qwen2-5-7b-instruct-gptq-int4": {"": "qwen25_7b_instruct_gptq4_seed42"},
    "stablelm-2-1-6b": {"": "stablelm2_elle_seed42"},
}
"""Model → suffix of the columns → released profile; without a suffix the plain model on seed 42."""

SOURCES = (
    Source(
        "CengizhanBayram/retrieval-head-profile",
        "ebf7d29ba004a9c4cab988eced0d20fe4ccce94e",
        "MIT",
        retrieval_profiles,
    ),
)
