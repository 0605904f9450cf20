"""Readers of the sources that are read from a clone, at the commit that `SOURCES` pins."""

from __future__ import annotations

from collections.abc import Iterator

from import_published_tables_core import Clone, Head, Source, Table, matrix, merged


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


def dual_route(clone: Clone) -> Iterator[Table]:
    """`{layer, head_idx, score}` lists in JSON: copying effects, and for the released models attention to the two ends of the coming word."""

    def scores(entries: list[dict[str, str]]) -> dict[Head, str]:
        return {(int(e["layer"]), int(e["head_idx"])): e["score"] for e in entries}

    for model, (folder, steps) in DUAL_ROUTE.items():
        for step in ("", *steps):
            n = 256 if step else 1024
            place = f"{folder}/{step}/" if step else f"{folder}/"
            columns = {
                what: scores(clone.json(f"cache/causal_scores/{place}{what}_len30_n{n}.json"))
                for what in ("token_copying", "concept_copying")
            }
            for of, suffix in () if step else (("entity", ""), ("random", "_randomtokents")):
                attention = clone.json(f"cache/attention_scores/{place}n2048_seqlen30{suffix}.json")
                columns |= {f"{of}_{what}": scores(attention[what]) for what in ("next_tok_attn", "end_tok_attn")}
            name = f"{model}-{step.split('-tokens')[0]}" if step else model
            yield Table(f"feucht-2025-dual-route/{name}.csv", tuple(columns), merged(*columns.values()))


DUAL_ROUTE: dict[str, tuple[str, tuple[str, ...]]] = {
    "llama-2-7b": ("Llama-2-7b-hf", ()),
    "llama-3-8b": ("Meta-Llama-3-8B", ()),
    "olmo-2-1124-7b": (
        "OLMo-2-1124-7B",
        ("stage1-step1000-tokens5B", "stage1-step16000-tokens68B", "stage1-step928646-tokens3896B"),
    ),
    "pythia-6-9b": ("pythia-6.9b", ("step1000", "step4000", "step16000")),
}
"""Model → folder, and the training checkpoints that are taken of those released."""

SOURCES = (
    Source(
        "CengizhanBayram/retrieval-head-profile",
        "ebf7d29ba004a9c4cab988eced0d20fe4ccce94e",
        "MIT",
        retrieval_profiles,
    ),
    Source("sfeucht/dual-route-induction", "bc9bf84f728b7fe73624d5a2d4a2d8fa8f94c717", "MIT", dual_route),
)
