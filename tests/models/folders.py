"""Model folders of the kinds that are met in practice, each small, random and made in a temporary folder."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
import transformers
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers

from tests.attention.sizes import VISION

TEXT = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
BASE = {
    "vocab_size": 512,
    "pad_token_id": 0,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "max_position_embeddings": 512,
}
GQA = {**BASE, "num_key_value_heads": 2}
GPT = {
    "vocab_size": 512,
    "n_embd": 32,
    "n_layer": 3,
    "n_head": 4,
    "n_positions": 512,
    "bos_token_id": 1,
    "eos_token_id": 2,
}
SHARD = "20KB"


def tokenizer(kind: str = "bos") -> Any:
    """A byte-level tokenizer; `kind` says what it puts around a text: `bos`, `bos_eos`, or `none`."""
    made = Tokenizer(models.BPE(unk_token=None))
    made.pre_tokenizer, made.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel()
    special = ["<pad>", "<s>", "</s>"]
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    made.train_from_iterator(
        [TEXT],
        trainers.BpeTrainer(vocab_size=500, special_tokens=special, initial_alphabet=alphabet, show_progress=False),
    )
    around = {"bos": "<s> $A", "bos_eos": "<s> $A </s>"}.get(kind)
    if around is not None:
        made.post_processor = processors.TemplateProcessing(single=around, special_tokens=[("<s>", 1), ("</s>", 2)])
    names = {} if kind == "none" else {"bos_token": "<s>", "eos_token": "</s>", "pad_token": "<pad>"}
    return transformers.PreTrainedTokenizerFast(tokenizer_object=made, **names)


def save(folder: Path, kind: Any, config: Any, words: str | None = "bos", seed: int = 0, **options: Any) -> Path:
    """Save a random model of a class, with weights large enough that its heads differ."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = kind.from_config(config) if hasattr(kind, "from_config") else kind(config)
        with torch.no_grad():
            for parameter in model.parameters():
                if parameter.dim() >= 2:
                    parameter.normal_(0, 2.5 * max(parameter.shape[-1], 8) ** -0.5)
    model.save_pretrained(folder, **options)
    if words is not None:
        tokenizer(words).save_pretrained(folder)
    return folder


def llama(folder: Path, words: str | None = "bos", seed: int = 0, **options: Any) -> Path:
    """A Llama of three layers, four heads and two key-value heads."""
    return save(folder, transformers.LlamaForCausalLM, transformers.LlamaConfig(**GQA), words, seed, **options)


def configure(folder: Path, **entries: Any) -> Path:
    """Change entries of config.json."""
    path = folder / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **entries}))
    return folder


def change_tensors(folder: Path, change: Callable[[dict[str, torch.Tensor]], Mapping[str, torch.Tensor]]) -> Path:
    """Write the one weight file anew with changed tensors."""
    path = folder / "model.safetensors"
    save_file({k: v.contiguous() for k, v in change(load_file(path)).items()}, path, metadata={"format": "pt"})
    return folder


def rename_shards(folder: Path, rename: Callable[[int, str], str]) -> Path:
    """Give the shards other names, in the folder and in the index."""
    path = folder / "model.safetensors.index.json"
    index = json.loads(path.read_text())
    new = {old: rename(place, old) for place, old in enumerate(sorted(set(index["weight_map"].values())))}
    for old, name in new.items():
        (folder / old).rename(folder / name)
    index["weight_map"] = {tensor: new[old] for tensor, old in index["weight_map"].items()}
    path.write_text(json.dumps(index))
    return folder


def odd_shards(folder: Path, seed: int = 0) -> Path:
    """Shards called model.safetensors-00001-of-0000N.safetensors."""
    made = llama(folder, seed=seed, max_shard_size=SHARD)
    return rename_shards(made, lambda place, old: "model.safetensors-" + old.removeprefix("model-"))


def one_odd_part(folder: Path, seed: int = 0, others: Path | None = None) -> Path:
    """The last shard has a name of its own; with `others`, all the rest is that folder's."""
    made = llama(folder, seed=seed, max_shard_size=SHARD)
    shards = sorted(path.name for path in made.glob("model-*.safetensors"))
    for name in shards[:-1] if others is not None else ():
        shutil.copy(others / name, made / name)
    return rename_shards(made, lambda place, old: "extra.safetensors" if old == shards[-1] else old)


def adapter(folder: Path) -> Path:
    """A whole model with an adapter beside it."""
    llama(folder)
    rows: dict[str, torch.Tensor] = {}
    for layer in range(3):
        prefix = f"base_model.model.model.layers.{layer}.self_attn.q_proj"
        rows |= {f"{prefix}.lora_A.weight": torch.ones(8, 32), f"{prefix}.lora_B.weight": torch.ones(32, 8)}
    save_file(rows, folder / "adapter_model.safetensors")
    (folder / "adapter_config.json").write_text(
        json.dumps(
            {"base_model_name_or_path": "someone/base", "peft_type": "LORA", "r": 8, "target_modules": ["q_proj"]}
        )
    )
    return folder


def llava(folder: Path) -> Path:
    """A LLaVA whose text model is a Llama."""
    config = transformers.LlavaConfig(
        text_config=transformers.LlamaConfig(**GQA).to_dict(),
        vision_config={"model_type": "clip_vision_model", **VISION},
        image_token_index=500,
    )
    return save(folder, transformers.LlavaForConditionalGeneration, config)


def text_of_llava(source: Path, folder: Path) -> Path:
    """The text model inside a LLaVA, saved as the plain Llama that it is."""
    whole = transformers.LlavaForConditionalGeneration.from_pretrained(source)
    plain = transformers.LlamaForCausalLM(whole.config.text_config)
    state = {k.replace("model.language_model.", "model."): v for k, v in whole.state_dict().items()}
    plain.load_state_dict({k: v for k, v in state.items() if k in plain.state_dict()}, strict=True)
    plain.save_pretrained(folder)
    tokenizer().save_pretrained(folder)
    return folder


def gguf_llama(path: Path, seed: int = 0, stored_as: str = "F32") -> Path:
    """A Llama in a GGUF file, its matrices stored as they are or as Q8_0; the same Llama lies in a folder beside it."""
    import gguf
    import numpy as np

    folder = llama(path.parent / f"{path.stem}-as-folder", seed=seed)
    tensors = load_file(folder / "model.safetensors")
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_block_count(3)
    writer.add_context_length(512)
    writer.add_embedding_length(32)
    writer.add_feed_forward_length(48)
    writer.add_head_count(4)
    writer.add_head_count_kv(2)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_rope_dimension_count(8)
    writer.add_vocab_size(512)
    table = json.loads((folder / "tokenizer.json").read_text())
    vocabulary = sorted(table["model"]["vocab"].items(), key=lambda item: item[1])
    words = [token for token, _ in vocabulary] + [f"<extra{i}>" for i in range(512 - len(vocabulary))]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(words)
    writer.add_token_types([3 if word in ("<pad>", "<s>", "</s>") else 1 for word in words])
    writer.add_token_merges([" ".join(pair) if isinstance(pair, list) else pair for pair in table["model"]["merges"]])
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    names = gguf.get_tensor_name_map(gguf.MODEL_ARCH.LLAMA, 3)
    for name, value in tensors.items():
        array = value.float().numpy()
        if name.endswith(("q_proj.weight", "k_proj.weight")):
            heads = 4 if "q_proj" in name else 2  # llama.cpp interleaves the halves that rotary embedding turns
            array = array.reshape(heads, 2, array.shape[0] // heads // 2, -1).swapaxes(1, 2).reshape(array.shape)
        stored = names.get_name(name, try_suffixes=(".weight",))
        if array.ndim == 2 and array.shape[-1] % 32 == 0:
            kind = gguf.GGMLQuantizationType[stored_as]
            writer.add_tensor(stored, gguf.quantize(np.ascontiguousarray(array), kind), raw_dtype=kind)
        else:
            writer.add_tensor(stored, np.ascontiguousarray(array))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _kind(name: str, kind: str, entries: Mapping[str, Any], words: str | None = "bos_eos") -> Callable[[Path], Path]:
    """The maker of a folder: a class of transformers, the entries of its configuration, and what stands around a text."""

    def make(folder: Path) -> Path:
        config = transformers.AutoConfig.for_model(name, **entries)
        return save(folder, getattr(transformers, kind), config, words)

    return make


_GEMMA = {
    "head_dim": 8,
    "vocab_size_per_layer_input": 512,
    "hidden_size_per_layer_input": 8,
    "num_kv_shared_layers": 1,
    "sliding_window": 8,
    "altup_num_inputs": 2,
    "laurel_rank": 4,
    "activation_sparsity_pattern": [0.0] * 3,
    "intermediate_size": [48] * 3,
    "layer_types": ["sliding_attention", "full_attention", "full_attention"],
}
_PAIR = {"vocab_size": 512, "d_model": 32, "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2}
_STACKS = {
    f"{side}_{what}": value
    for side in ("encoder", "decoder")
    for what, value in (("layers", 2), ("attention_heads", 4), ("ffn_dim", 48))
}
_T5 = {"d_kv": 8, "d_ff": 48, "num_layers": 2, "num_heads": 4, "decoder_start_token_id": 0}
_BART = {**_PAIR, **_STACKS, "max_position_embeddings": 512, "decoder_start_token_id": 2}
_LED = {"attention_window": 8, "max_encoder_position_embeddings": 600, "max_decoder_position_embeddings": 600}
_WHISPER = {"num_mel_bins": 8, "max_source_positions": 50, "max_target_positions": 128, "decoder_start_token_id": 1}
_WAVES = {"conv_dim": [16, 16], "conv_kernel": [10, 4], "conv_stride": [8, 4], "num_feat_extract_layers": 2}
_SOUND = {**_WAVES, "num_conv_pos_embeddings": 16, "num_conv_pos_embedding_groups": 4, "vocab_size": 32}
_CLIP = {
    "projection_dim": 16,
    "text_config": {**BASE, "projection_dim": 16},
    "vision_config": {**VISION, "projection_dim": 16},
}
_SHAPE = {k: BASE[k] for k in ("hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads")}

KINDS: Mapping[str, Callable[[Path], Path]] = {
    "t5": _kind("t5", "T5ForConditionalGeneration", {**_PAIR, **_T5}),
    "bart": _kind("bart", "BartForConditionalGeneration", _BART),
    "led": _kind("led", "LEDForConditionalGeneration", {**_PAIR, **_STACKS, **_LED, "decoder_start_token_id": 2}),
    "whisper": _kind("whisper", "WhisperForConditionalGeneration", {**_PAIR, **_STACKS, **_WHISPER}),
    "vit": _kind("vit", "ViTForImageClassification", VISION, None),
    "deit": _kind("deit", "DeiTModel", VISION, None),
    "dinov2": _kind("dinov2", "Dinov2Model", VISION, None),
    "swin": _kind("swin", "SwinModel", {"image_size": 32, "patch_size": 4, "embed_dim": 16, "depths": [2, 2], "num_heads": [2, 4], "window_size": 4}, None),
    "clip": _kind("clip", "CLIPModel", _CLIP),
    "clip-text": _kind("clip_text_model", "CLIPTextModel", {**BASE, "projection_dim": 16}),
    "clip-vision": _kind("clip_vision_model", "CLIPVisionModel", VISION, None),
    "wav2vec2": _kind("wav2vec2", "Wav2Vec2ForCTC", {**_SHAPE, **_SOUND}, None),
    "hubert": _kind("hubert", "HubertModel", {**_SHAPE, **_SOUND}, None),
    "gpt1": _kind("openai-gpt", "OpenAIGPTLMHeadModel", {k: v for k, v in GPT.items() if "token" not in k}, "none"),
    "xlnet": _kind("xlnet", "XLNetLMHeadModel", {"vocab_size": 512, "d_model": 32, "n_layer": 2, "n_head": 4, "d_inner": 48}),
    "longformer": _kind("longformer", "LongformerForMaskedLM", {**BASE, "attention_window": [8] * 3, "max_position_embeddings": 600}),
    "gemma3n": _kind("gemma3n_text", "Gemma3nForCausalLM", {**GQA, **_GEMMA}, "bos"),
    "decision-transformer": _kind("decision_transformer", "DecisionTransformerModel", {"state_dim": 4, "act_dim": 2, "hidden_size": 32, "n_head": 4, "n_layer": 2}, None),
    "roberta": _kind("roberta", "RobertaForMaskedLM", {**BASE, "max_position_embeddings": 514, "pad_token_id": 1, "bos_token_id": 0}),
    "mpt": _kind("mpt", "MptForCausalLM", {"vocab_size": 512, "d_model": 32, "n_layers": 2, "n_heads": 4, "expansion_ratio": 2, "max_seq_len": 64}, "bos"),
    "short": _kind("gpt2", "GPT2LMHeadModel", {**GPT, "n_positions": 32}),
    "few-rows": _kind("llama", "LlamaForCausalLM", {**GQA, "vocab_size": 400}, "bos"),
}  # fmt: skip
"""Kinds of model that are not plain decoders of text, and models whose limits are easily taken for others: name → maker of its folder."""
