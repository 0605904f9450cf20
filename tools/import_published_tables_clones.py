"""Readers of the sources that are read from a clone, at the commit that `SOURCES` pins."""

from __future__ import annotations

import re
from collections.abc import Iterator

from import_published_tables_core import Clone, Head, Source, Table, matrix, merged, single
from import_published_tables_tensors import alignment_masks, cache_importance, path_patching

from headkb.catalog.headvis import METRICS


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


def sink_by_length(clone: Clone) -> Iterator[Table]:
    """`{model, seq_len, layer, head}` rows of CSV: attention to the first token and the first four, one column for each length."""
    for model, stem in (("gpt2", "gpt2"), ("gpt2-medium", "gpt2medium")):
        columns: dict[str, dict[Head, str]] = {}
        for row in clone.rows(f"results/attention_sink_summary_{stem}.csv"):
            for k in (1, 4):
                column = columns.setdefault(f"first_{k}_length_{row['seq_len']}", {})
                column[int(row["layer"]), int(row["head"])] = row[f"sink_share_first_{k}"]
        yield Table(f"{SINK}/{model}.csv", tuple(columns), merged(*columns.values()))
    names = ("sink_share_first_4", "normalized_entropy")
    classes = {
        (int(row["layer"]), int(row["head"])): tuple(row[name] for name in names)
        for row in clone.rows("results/experiment3_head_classification.csv")
    }
    yield Table(f"{SINK}/gpt2-classes.csv", names, classes)


SINK = "johnscheuer-attention-sink-profiler"


def name_ablation(clone: Clone) -> Iterator[Table]:
    """`{model, layer, head}` rows of CSV: effect of zeroing a head on two name tasks, for the heads that lower each most.

    A zero is how the source fills in a head that is not among those of a task, so it is left out. So are the anti-repeat numbers of
    Pythia: the same 40 heads and numbers stand under all four sizes, with layers that the smaller ones do not have.
    """
    models: dict[str, dict[Head, tuple[str, ...]]] = {}
    for row in clone.rows("paper/tables/joint_ioi_anti_repeat_all.csv"):
        pythia = row["family"] == "pythia"
        cells = (row["delta_ioi"], "0.0" if pythia else row["delta_anti"])
        kept = tuple("" if float(cell) == 0 else cell for cell in cells)
        if any(kept):
            models.setdefault(row["model"], {})[int(row["layer"]), int(row["head"])] = kept[:1] if pythia else kept
    for name, rows in models.items():
        columns = ("delta_ioi", "delta_anti")[: len(next(iter(rows.values())))]
        model = name.lower() + ("-deduped" if name.startswith("pythia") else "")
        yield Table(f"tejas7007-circuit-scaling/{model}.csv", columns, rows)


def writers(clone: Clone) -> Iterator[Table]:
    """`{layer, head, …}` lists and `[layer, head]` pairs in JSON: direct logit attribution, and function-vector scores of the top heads."""
    for size in ("410m", "1b", "1.4b"):
        columns: dict[str, dict[Head, str]] = {}
        for task in ("hierarchical", "modular"):
            results = clone.json(f"results/{task}/F0/discover/refined_dla_{size}.json")["results"]
            for name in ("refined_dla", "z_stat"):
                columns[f"{task}_{name}"] = {(int(e["layer"]), int(e["head"])): e[name] for e in results}
            top = clone.json(f"results/_aux/fv_overlap_todd/fv_overlap_{task}_{size}.json")["fv_top_per_threshold"][
                "top_20"
            ]
            columns[f"{task}_fv_score"] = {
                (int(layer), int(head)): score
                for (layer, head), score in zip(top["fv_heads"], top["fv_scores"], strict=True)
            }
        model = f"pythia-{size.replace('.', '-')}"
        yield Table(f"wang-2026-fv-two-populations/{model}.csv", tuple(columns), merged(*columns.values()))


def ranked_heads(clone: Clone) -> Iterator[Table]:
    """`layer-head` lists in YAML: the rank of each query-focused retrieval head."""
    for file, model in QRHEAD.items():
        columns: dict[str, dict[Head, str]] = {}
        for data in ("NQ", "LME"):
            path = f"src/qrretriever/configs/{file}_qr_head_{data}.yaml"
            if path in clone.paths("src/qrretriever/configs"):
                listed = re.search(r'attn_head_set: "([^"]+)"', clone.read(path).decode())
                assert listed, path
                pairs = [pair.split("-") for pair in listed[1].split(",")]
                columns[f"rank_{data}"] = {(int(a), int(b)): str(rank) for rank, (a, b) in enumerate(pairs, start=1)}
        yield Table(f"zhang-2025-qrhead/{model}.csv", tuple(columns), merged(*columns.values()))


QRHEAD = {
    "Llama-3.1-70B-Instruct": "llama-3-1-70b-instruct",
    "Llama-3.1-8B-Instruct": "llama-3-1-8b-instruct",
    "Llama-3.2-1B-Instruct": "llama-3-2-1b-instruct",
    "Llama-3.2-3B-Instruct": "llama-3-2-3b-instruct",
    "Qwen2.5-7B-Instruct": "qwen2-5-7b-instruct",
}


def entrainment(clone: Clone) -> Iterator[Table]:
    """A layers × heads mask in JSON: 1 where the learned gate stays open, 0 where it closes."""
    raw = clone.json("head_search_results/Llama-3.1-8B--country_capital_city--epoch406.json")
    yield Table("niu-2025-entrainment/llama-3-1-8b.csv", ("gate_open",), matrix(raw["dev"]["mask"]))


def sparse_patterns(clone: Clone) -> Iterator[Table]:
    """One `{head: [pattern, vertical lines, slash lines, score]}` object per layer in JSON; each pattern has its own score column."""
    for file, model in MINFERENCE.items():
        layers = clone.json(f"minference/configs/{file}.json")
        rows = {(number, int(head)): cells for number, layer in enumerate(layers) for head, cells in layer.items()}
        patterns = sorted({cells[0] for cells in rows.values()}, reverse=True)
        yield Table(
            f"jiang-2024-minference/{model}.csv",
            (*(f"{pattern}_score" for pattern in patterns), "vertical", "slash"),
            {
                head: (*(score if pattern == p else "" for p in patterns), vertical, slash)
                for head, (pattern, vertical, slash, score) in rows.items()
            },
        )


MINFERENCE = {
    "GLM_4_9B_1M_instruct_kv_out_v32_fit_o_best_pattern": "glm-4-9b-chat-1m",
    "Llama_3.1_8B_Instruct_128k_kv_out_v32_fit_o_best_pattern": "llama-3-1-8b-instruct",
    "Phi_3_mini_128k_instruct_kv_out_v32_fit_o_best_pattern": "phi-3-mini-128k-instruct",
    "Qwen2.5_7B_Instruct_128k_instruct_kv_out_v32_fit_o_best_pattern": "qwen2-5-7b-instruct",
    "Qwen2_7B_Instruct_128k_instruct_kv_out_v32_fit_o_best_pattern": "qwen2-7b-instruct",
}


def program_fits(clone: Clone) -> Iterator[Table]:
    """`{layer, head, best_program, best_iou}` rows of CSV: how well the best program fits, and again under the program's category."""
    for name, model in (("bert", "bert-base-uncased"), ("gpt2", "gpt2"), ("llama3b", "llama-3-2-3b")):
        categories = clone.json(f"results/{name}_program_categories.json")
        rows = {}
        for row in clone.rows(f"results/best_fits_{name}.csv"):
            fit = row["best_iou"]
            mine = [fit if row["best_program"] in categories[c] else "" for c in PROGRAM_CATEGORIES]
            rows[int(row["layer"]), int(row["head"])] = (fit, *mine)
        yield Table(f"hayes-2026-program-synthesis/{model}.csv", ("best_iou", *PROGRAM_CATEGORIES), rows)


PROGRAM_CATEGORIES = (
    "initiation_and_anchoring",
    "special_tokens_and_boundaries",
    "linguistic_and_syntactic",
    "sequential_and_induction",
)


def viewer_metrics(clone: Clone) -> Iterator[Table]:
    """`{config, metrics: {metric: layers × heads}}` in JSON: the six metrics of HeadVis on natural text.

    The numbers are single-precision ones spelt in double precision; each gets the fewest digits that give it back.
    """
    for file, model in HEADVIS.items():
        metrics = clone.json(f"{HEADVIS_FOLDER}/{file}-monology-pile-uncopyrighted.json")["metrics"]
        columns = [[[single(cell) for cell in row] for row in metrics[name]] for name in METRICS]
        yield Table(f"hijohnnylin-neuronpedia/{model}.csv", METRICS, matrix(*columns))


HEADVIS_FOLDER = "utils/neuronpedia-utils/neuronpedia_utils/headvis/head-metrics"
HEADVIS = {
    "EleutherAI-pythia-70m-deduped": "pythia-70m-deduped",
    "Qwen-Qwen2.5-7B-Instruct": "qwen2-5-7b-instruct",
    "Qwen-Qwen3-1.7B": "qwen3-1-7b",
    "Qwen-Qwen3-8B": "qwen3-8b",
    "google-gemma-2-2b": "gemma-2-2b",
    "google-gemma-2-9b": "gemma-2-9b",
    "google-gemma-2-9b-it": "gemma-2-9b-it",
    "google-gemma-3-1b-it": "gemma-3-1b-it",
    "google-gemma-3-1b-pt": "gemma-3-1b",
    "google-gemma-3-270m": "gemma-3-270m",
    "google-gemma-3-4b-it": "gemma-3-4b-it",
    "meta-llama-Llama-3.1-8B": "llama-3-1-8b",
    "meta-llama-Llama-3.1-8B-Instruct": "llama-3-1-8b-instruct",
    "openai-community-gpt2": "gpt2",
    "openai-gpt-oss-20b": "gpt-oss-20b",
}
"""File → model. Those of hybrid models (Qwen3.5) are left out: a later commit says that their layers were numbered wrongly."""


SOURCES = (
    Source("AmiriHayes/explaining_attention_heads", "df92224956643dbdfc430d418a869033de50af6b", "MIT", program_fits),
    Source(
        "CengizhanBayram/retrieval-head-profile", "ebf7d29ba004a9c4cab988eced0d20fe4ccce94e", "MIT", retrieval_profiles
    ),
    Source("sfeucht/dual-route-induction", "bc9bf84f728b7fe73624d5a2d4a2d8fa8f94c717", "MIT", dual_route),
    Source("JohnScheuer/attention-sink-profiler", "5d5e582e60bc440e021613aeb352a45f289326b2", "MIT", sink_by_length),
    Source("Tejas7007/Tejas7007-circuit-scaling", "73b1bb7de7fc91c6cadfbd6a9aa6044961c61767", "MIT", name_ablation),
    Source("henryhyw/function-vectors-two-populations", "6916307464d4f525d931086ea1297cc120127325", "MIT", writers),
    Source("princeton-pli/QRHead", "7a668e79a4cc25dddf1de4058af5c58a141e0c65", "MIT", ranked_heads),
    Source("frankniujc/entrainment", "c22d893dd358b27c057ef6ba37c2da1101866497", "MIT", entrainment),
    Source("INK-USC/function-induction", "25447218dd5c2890e39a9a10488efd67bab253ec", "MIT", path_patching),
    Source("microsoft/MInference", "fb56c917f618e8645f1cfc37535afd7424d78f0d", "MIT", sparse_patterns),
    Source("snu-mllab/KVzip", "5d8472975d286e3da6b52178af39d18904330c0d", "MIT", cache_importance),
    Source("hijohnnylin/neuronpedia", "59c75ef073a28ca27418d709582121686f3121c9", "MIT", viewer_metrics),
    Source("openai/whisper", "c0d2f624c09dc18e709e37c2ad90c039a4eb72a2", "MIT", alignment_masks),
)
