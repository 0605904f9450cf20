"""Configurations of models in which some blocks do not attend, of those around a text model, and of those that are refused."""

from __future__ import annotations

from typing import Any

from tests.attention.sizes import (
    BASE,
    BERT,
    GQA,
    HEADS,
    IMAGE,
    LAYERS,
    LINEAR,
    LLAMA4,
    MAMBA,
    MOE,
    MROPE,
    QWEN_IMAGE,
    QWEN_VISION,
    SLIDING,
    VISION,
    VOCAB,
    WIDTH,
)

HYBRID: dict[str, dict[str, Any]] = {
    "qwen3_next": {
        **GQA,
        **MOE,
        **LINEAR,
        "head_dim": 8,
        "layer_types": ["linear_attention", "full_attention", "full_attention"],
        "shared_expert_intermediate_size": 24,
    },
    "qwen3_5_text": {**GQA, **LINEAR, "num_hidden_layers": 4, "head_dim": 8},
    "jamba": {
        **GQA,
        "num_hidden_layers": 4,
        "attn_layer_period": 2,
        "attn_layer_offset": 1,
        "expert_layer_period": 2,
        "num_experts": 2,
        "mamba_d_state": 4,
        "mamba_dt_rank": 4,
        "use_mamba_kernels": False,
    },
    "lfm2": {**GQA, "layer_types": ["conv", "full_attention", "full_attention"], "conv_L_cache": 3},
    "nemotron_h": {
        **GQA,
        "head_dim": 8,
        "hybrid_override_pattern": "M*-*",
        "mamba_num_heads": 4,
        "mamba_head_dim": 8,
        "ssm_state_size": 8,
        "n_groups": 1,
    },
    "falcon_h1": {**GQA, "head_dim": 8, "mamba_d_ssm": 32, **MAMBA, "mamba_n_heads": 4, "mamba_n_groups": 1},
    "bamba": {**GQA, **MAMBA, "attn_layer_indices": [1]},
    "granitemoehybrid": {
        **GQA,
        **MAMBA,
        "layer_types": ["mamba", "attention", "attention"],
        "num_local_experts": 2,
        "num_experts_per_tok": 1,
        "shared_intermediate_size": 24,
    },
    "minimax": {
        **GQA,
        **MOE,
        "head_dim": 8,
        "layer_types": ["linear_attention", "full_attention", "linear_attention"],
        "block_size": 4,
    },
}
CONDITIONAL: dict[str, dict[str, Any]] = {
    "llava": {
        "text_config": {"model_type": "llama", **GQA},
        "vision_config": {"model_type": "clip_vision_model", **VISION},
        **IMAGE,
    },
    "mistral3": {
        "text_config": {"model_type": "mistral", **SLIDING},
        "vision_config": {"model_type": "pixtral", **VISION},
        **IMAGE,
    },
    "qwen2_5_vl": {"text_config": {**GQA, "rope_parameters": MROPE}, "vision_config": QWEN_VISION, **QWEN_IMAGE},
    "qwen3_vl": {
        "text_config": {**GQA, "head_dim": 8, "rope_parameters": MROPE},
        "vision_config": QWEN_VISION,
        **QWEN_IMAGE,
    },
    "qwen3_5": {
        "text_config": {**GQA, **LINEAR, "num_hidden_layers": 4, "head_dim": 8},
        "vision_config": QWEN_VISION,
        **QWEN_IMAGE,
    },
    "gemma3": {
        "text_config": {
            **SLIDING,
            "query_pre_attn_scalar": 8,
            "layer_types": ["sliding_attention", "sliding_attention", "full_attention"],
        },
        "vision_config": VISION,
        "mm_tokens_per_image": 4,
        **IMAGE,
    },
    "llama4": {
        "text_config": LLAMA4,
        "vision_config": {**VISION, "vision_output_dim": 32, "projector_input_dim": 32, "projector_output_dim": 32},
        **IMAGE,
    },
}
# The input of W_O is no tensor [batch, pos, head * d_head] there.
NO_Z: dict[str, dict[str, Any]] = {
    "xlnet": {"vocab_size": VOCAB, "d_model": WIDTH, "n_layer": LAYERS, "n_head": HEADS, "d_inner": 48}
}

# Blocks that attend and blocks in all, where that is not 0, 1, 2 of 3: read off the configurations above by hand.
BLOCKS: dict[str, tuple[tuple[int, ...], int]] = {
    "qwen3_next": ((1, 2), 3),
    "qwen3_5_text": ((3,), 4),
    "qwen3_5": ((3,), 4),
    "jamba": ((1, 3), 4),
    "lfm2": ((1, 2), 3),
    "nemotron_h": ((1, 3), 4),
    "bamba": ((1,), 3),
    "granitemoehybrid": ((1, 2), 3),
    "minimax": ((1,), 3),
}
# Architectures that cannot be observed: class, configuration, and what the refusal says.
REFUSED: dict[str, tuple[str, dict[str, Any], str]] = {
    "longformer": (
        "AutoModelForMaskedLM",
        {**BERT, "attention_window": [8, 8, 8]},
        "LongformerForMaskedLM attends within windows or stages: one prompt has patterns of [(1, 8, 4, 9)]. "
        "Choose a model that attends over all pairs of positions.",
    ),
    "funnel": (
        "AutoModelForMaskedLM",
        {**BASE, "d_model": WIDTH, "n_head": HEADS, "d_head": 8, "d_inner": 48, "block_sizes": [1, 1, 1]},
        "FunnelForMaskedLM attends within windows or stages: one prompt has patterns of [(1, 4, 2, 4), (1, 4, 4, 7), (1, 4, 7, 7)]. "
        "Choose a model that attends over all pairs of positions.",
    ),
    "diffllama": (
        "AutoModelForCausalLM",
        GQA,
        "DiffLlamaForCausalLM makes two attention calls at once, so no head has one pattern. Use another model.",
    ),
    "fnet": (
        "AutoModelForMaskedLM",
        BERT,
        "no attention call of FNetForMaskedLM can be seen: it does not use transformers' attention table and no softmax over [batch, head, "
        "query_pos, key_pos]. Load it with attn_implementation='eager'.",
    ),
}
