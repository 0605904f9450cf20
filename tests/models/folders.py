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
VISION = {
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "image_size": 16,
    "patch_size": 8,
}
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
