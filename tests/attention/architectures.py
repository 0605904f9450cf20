"""Tiny random models of many architectures, built in memory: the table that the engine's tests run over."""

from __future__ import annotations

import functools
from typing import Any

import torch
import transformers
from torch import nn

from headkb.tensors import Prompts
from tests.attention.hybrids import BLOCKS, CONDITIONAL, HYBRID, NO_Z
from tests.attention.sizes import (
    BART,
    BASE,
    BERT,
    DEEPSEEK,
    GPT,
    GQA,
    HEADS,
    HF,
    LAYERS,
    LENGTH,
    LLAMA4,
    MOE,
    OPT,
    PER_LAYER,
    SLIDING,
    T5,
    VOCAB,
    WIDTH,
)

# name → (Auto class, model type, configuration); names are model types, or say the variant after a colon.
DECODERS: dict[str, dict[str, Any]] = {
    "gpt2": GPT,
    "gpt2:upcast": {**GPT, "reorder_and_upcast_attn": True, "scale_attn_by_inverse_layer_idx": True},
    "gpt_neox": {**HF, "rotary_pct": 0.25},
    "gpt_neox:sequential": {**HF, "use_parallel_residual": False},
    "llama": GQA,
    "mistral": SLIDING,
    "mixtral": {**GQA, **MOE},
    "qwen2": GQA,
    "qwen2_moe": {**GQA, **MOE, "shared_expert_intermediate_size": 24},
    "qwen3": {**GQA, "head_dim": 8},
    "qwen3_moe": {**GQA, **MOE, "head_dim": 8},
    "gemma": {**GQA, "head_dim": 8},
    "gemma2": {**SLIDING, "attn_logit_softcapping": 2.0, "final_logit_softcapping": 3.0, "query_pre_attn_scalar": 8},
    "gemma3_text": {**SLIDING, "query_pre_attn_scalar": 8},
    "phi": GQA,
    "phi3": GQA,
    "olmo": GQA,
    "olmo2": GQA,
    "olmo3": SLIDING,
    "granite": {**GQA, "residual_multiplier": 0.5, "logits_scaling": 3.0, "attention_multiplier": 0.3},
    "stablelm": GQA,
    "smollm3": GQA,
    "starcoder2": GQA,
    "cohere": {**GQA, "logit_scale": 0.25},
    "cohere2": SLIDING,
    "gpt_oss": {**SLIDING, **MOE},
    "deepseek_v3": DEEPSEEK,
    "gpt_bigcode": {**GPT, "multi_query": True},
    "opt": OPT,
    "glm": {**GQA, "head_dim": 8},
    "glm4": {**GQA, "head_dim": 8},
    "helium": {**GQA, "head_dim": 8},
    "nemotron": {**GQA, "head_dim": 8},
    "bitnet": GQA,
    "biogpt": HF,
    "persimmon": HF,
    "exaone4": SLIDING,
    "arcee": GQA,
    "seed_oss": {**GQA, "head_dim": 8},
    "gpt_neo": {
        **BASE,
        "hidden_size": WIDTH,
        "num_layers": LAYERS,
        "num_heads": HEADS,
        "attention_types": [[["global", "local", "global"], 1]],
        "window_size": 5,
        "max_position_embeddings": 64,
        "intermediate_size": 48,
    },
    "gptj": {**GPT, "rotary_dim": 4},
    "bloom": {**BASE, "hidden_size": WIDTH, "n_layer": LAYERS, "n_head": HEADS},
    "falcon": {**HF, "new_decoder_architecture": True, "num_kv_heads": 2},
    "falcon:multi-query": {**HF, "multi_query": True, "new_decoder_architecture": False},
    "mpt": {**BASE, "d_model": WIDTH, "n_layers": LAYERS, "n_heads": HEADS, "max_seq_len": 64},
    "codegen": {**GPT, "rotary_dim": 4},
    "openai-gpt": GPT,
    "llama4_text": LLAMA4,
    "gemma3n_text": {
        **PER_LAYER,
        "num_kv_shared_layers": 1,
        "altup_num_inputs": 2,
        "laurel_rank": 4,
        "activation_sparsity_pattern": [0.0] * 3,
        "intermediate_size": [48] * 3,
        "layer_types": ["sliding_attention", "full_attention", "full_attention"],
    },
    "gemma4_text": {
        **PER_LAYER,
        "global_head_dim": 16,
        "layer_types": ["sliding_attention", "sliding_attention", "full_attention"],
    },
    "modernbert-decoder": {**HF, "local_attention": 6, "global_attn_every_n_layers": 2},
    "xglm": {
        **BASE,
        "d_model": WIDTH,
        "num_layers": LAYERS,
        "attention_heads": HEADS,
        "ffn_dim": 48,
        "max_position_embeddings": 64,
    },
}
ENCODERS: dict[str, dict[str, Any]] = {
    "bert": BERT,
    "roberta": BERT,
    "electra": {**BERT, "embedding_size": WIDTH},
    "distilbert": {
        **BASE,
        "dim": WIDTH,
        "n_layers": LAYERS,
        "n_heads": HEADS,
        "hidden_dim": 48,
        "max_position_embeddings": 64,
    },
    "modernbert": {**HF, "local_attention": 6, "global_attn_every_n_layers": 2, "cls_token_id": 1, "sep_token_id": 2},
    "albert": {**BERT, "embedding_size": 16},
    "mpnet": HF,
    "big_bird": {**BERT, "attention_type": "original_full"},
    "roformer": {**BERT, "embedding_size": WIDTH},
    "xmod": {**BERT, "languages": ["en"], "default_language": "en"},
    "deberta-v2": {**BERT, "relative_attention": True, "pos_att_type": ["c2p", "p2c"], "position_buckets": 8},
}
PAIRED: dict[str, dict[str, Any]] = {
    "t5": T5,
    "bart": BART,
    "mbart": BART,
    "pegasus": BART,
    "m2m_100": BART,
    "marian": BART,
}
WITH_Z = {**DECODERS, **ENCODERS, **PAIRED, **HYBRID, **CONDITIONAL}
ALL = {**WITH_Z, **NO_Z}


def blocks_of(name: str) -> tuple[list[int], int]:
    """The blocks of an architecture that attend, and the number of all blocks."""
    layers, depth = BLOCKS.get(name, (range(LAYERS), LAYERS))
    return list(layers), depth


def build(name: str, **changes: Any) -> Any:
    """A fresh random model in evaluation mode; weights are scaled up so that heads differ and attend sharply."""
    torch.manual_seed(0)
    config = transformers.AutoConfig.for_model(name.partition(":")[0], **{**ALL[name], **changes})
    kinds: dict[str, Any] = dict.fromkeys(PAIRED, transformers.AutoModelForSeq2SeqLM)
    kinds |= dict.fromkeys(ENCODERS, transformers.AutoModelForMaskedLM)
    kinds |= dict.fromkeys(CONDITIONAL, transformers.AutoModelForImageTextToText)
    auto: Any = kinds.get(name, transformers.AutoModelForCausalLM)
    model: nn.Module = auto.from_config(config, attn_implementation="eager").eval()
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.dim() >= 2:
                parameter.normal_(0, 2.5 * max(parameter.shape[-1], 8) ** -0.5)
            elif bool((parameter == 0).all()):
                parameter.normal_(0, 0.1)
    return model


@functools.cache
def shared(name: str) -> Any:
    """The same model for every test that leaves it as it was."""
    return build(name)


@functools.cache
def precise(name: str) -> Any:
    """The same model, in double precision if two orders of summation in single precision differ by more than the tolerance."""
    return build(name).double() if name in {"stablelm", "t5", "xmod"} else shared(name)


def prompts(name: str = "gpt2", *, padded: bool = True, count: int = 3, length: int = LENGTH) -> Prompts:
    """Random prompts, the second shorter than the others if `padded`; with decoder tokens where the model needs them."""
    draw = torch.Generator().manual_seed(1)
    tokens = torch.randint(3, VOCAB, (count, length), generator=draw)
    mask = torch.ones_like(tokens, dtype=torch.bool)
    if padded:
        mask[1, length - 4 :] = False
        tokens[1, length - 4 :] = 0
    decoder = Prompts.of(torch.randint(3, VOCAB, (count, length - 3), generator=draw)) if name in PAIRED else None
    return Prompts(tokens, mask, decoder=decoder)
