"""Tiny random models of five architectures, contrasts to run on them, and slow runs by hand to compare with."""

from __future__ import annotations

import functools
from typing import Any

import pytest

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

from headkb.tensors import Prompts  # noqa: E402

VOCAB, LENGTH, COUNT = 61, 7, 3
BASE = {"vocab_size": VOCAB, "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2}
HF = {
    **BASE,
    "hidden_size": 32,
    "intermediate_size": 40,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "max_position_embeddings": 32,
}
GQA = {**HF, "num_key_value_heads": 2}
GPT = {**BASE, "n_embd": 32, "n_layer": 3, "n_head": 4, "n_positions": 32}
GEMMA2 = {
    **GQA,
    "head_dim": 8,
    "sliding_window": 5,
    "attn_logit_softcapping": 2.0,
    "final_logit_softcapping": 3.0,
    "query_pre_attn_scalar": 8,
}
CONFIGS: dict[str, dict[str, Any]] = {
    "gpt2": GPT,
    "llama": GQA,  # grouped
    "gemma2": GEMMA2,  # grouped, norms after attention and MLP, soft caps
    "gemma3_text": {**GQA, "head_dim": 8, "sliding_window": 5, "query_pre_attn_scalar": 8},  # norms of q and k, too
    "olmo2": GQA,  # grouped, norms after attention and MLP only
    "gpt_neox": {**HF, "rotary_pct": 0.25},  # attention and MLP in parallel
    "granite": {**GQA, "residual_multiplier": 0.5, "logits_scaling": 3.0, "attention_multiplier": 0.3},
    "cohere": {**GQA, "logit_scale": 0.25},
    "falcon": {**HF, "new_decoder_architecture": True, "num_kv_heads": 2},
    "mixtral": {**GQA, "num_local_experts": 4, "num_experts_per_tok": 2},
    "bert": {**HF, "type_vocab_size": 2},
}
# layer, attention, W_O, MLP, the projections of q, k, v
NAMES = {
    "gpt2": ("transformer.h.{}", "attn", "attn.c_proj", "mlp", ("attn.c_attn",) * 3),
    "gpt_neox": ("gpt_neox.layers.{}", "attention", "attention.dense", "mlp", ("attention.query_key_value",) * 3),
}
LLAMA = (
    "model.layers.{}",
    "self_attn",
    "self_attn.o_proj",
    "mlp",
    ("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"),
)


@functools.cache
def build(name, dtype=torch.float32):
    """A random model with weights scaled up so that heads differ and attend sharply."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        auto = transformers.AutoModelForMaskedLM if name == "bert" else transformers.AutoModelForCausalLM
        config = transformers.AutoConfig.for_model(name, **CONFIGS[name])
        model = auto.from_config(config, attn_implementation="eager").eval().to(dtype)
        with torch.no_grad():
            for parameter in model.parameters():
                if parameter.dim() >= 2:
                    parameter.normal_(0, 1.5 * max(parameter.shape[-1], 8) ** -0.5)
                else:
                    parameter.add_(0.2 * torch.randn_like(parameter))
    return model


@pytest.fixture(autouse=True)
def _one_thread(one_thread):
    """Every test here."""


@pytest.fixture(scope="session")
def tiny():
    """Name → model, shared by all tests, which leave it as it was."""
    return build


def make_pairs(padded=False, seed=1):
    """Random clean and corrupted prompts that differ from position 2 on, with answers and rivals."""
    draw = torch.Generator().manual_seed(seed)
    tokens = torch.randint(3, VOCAB, (COUNT, LENGTH), generator=draw)
    other = torch.cat([tokens[:, :2], torch.randint(3, VOCAB, (COUNT, LENGTH - 2), generator=draw)], 1)
    mask = torch.ones_like(tokens, dtype=torch.bool)
    if padded:
        mask[1, -2:] = False
    corrupted = Prompts(other, mask)
    answers = torch.randint(3, VOCAB, (2, COUNT), generator=draw)
    paired = {"answers": answers[0], "wrong": (answers[0] + 1) % VOCAB}
    middle = torch.tensor([[2, 3]] * COUNT)
    return Prompts(tokens, mask, {"middle": middle, "end": mask.sum(-1) - 1}, {}, None, paired, corrupted)


@pytest.fixture
def pairs():
    """The maker of contrasts."""
    return make_pairs


class ByHand:
    """Full forward passes with forward hooks by name; knows nothing of headkb."""

    def __init__(self, name, dtype=torch.float32):
        self.model, self.name = build(name, dtype), name
        self.block, self.attention, self.o_proj, self.mlp, self.qkv = NAMES.get(name, LLAMA)
        config = self.model.config
        self.layers, self.heads = config.num_hidden_layers, config.num_attention_heads
        self.groups = getattr(config, "num_key_value_heads", None) or self.heads

    def at(self, layer, name):
        return self.model.get_submodule(f"{self.block.format(layer)}.{name}")

    def run(self, prompts, z=None, mlps=None, qkv=None):
        """(logits, z of each layer, MLP outputs, projections); z: {(layer, head): tensor}, mlps: {layer: tensor}, qkv: {layer: {q: tensor}}."""
        kept_z, kept_mlps, kept_qkv, handles = {}, {}, {}, []

        def fix_z(layer):
            def hook(_, args):
                new = args[0].clone().view(*args[0].shape[:2], self.heads, -1)
                for (at, head), value in (z or {}).items():
                    if at == layer:
                        new[:, :, head] = value
                kept_z[layer] = new
                return (new.flatten(-2),)

            return hook

        def fix_mlp(layer):
            def hook(_, __, out):
                kept_mlps[layer] = out.clone()
                return (mlps or {}).get(layer)

            return hook

        def fix_qkv(layer, place):
            def hook(_, __, out):
                whole, part = self.split(out, place)
                kept_qkv[layer, "qkv"[place]] = part.clone()
                new = (qkv or {}).get(layer, {}).get("qkv"[place])
                if new is None:
                    return None
                part.copy_(new)
                return whole

            return hook

        for layer in range(self.layers):
            handles.append(self.at(layer, self.o_proj).register_forward_pre_hook(fix_z(layer)))
            handles.append(self.at(layer, self.mlp).register_forward_hook(fix_mlp(layer)))
            handles += [self.at(layer, n).register_forward_hook(fix_qkv(layer, i)) for i, n in enumerate(self.qkv)]
        try:
            with torch.no_grad():
                result = self.model(
                    input_ids=prompts.tokens,
                    attention_mask=prompts.mask.long(),
                    use_cache=False,
                    output_attentions=True,
                )
        finally:
            for handle in handles:
                handle.remove()
        self.attentions = result.attentions
        return result.logits, kept_z, kept_mlps, kept_qkv

    def split(self, out, place):
        """A copy of a projection's output, and the view of it that is q, k or v."""
        whole = out.clone()
        if self.name == "gpt2":
            return whole, whole.chunk(3, -1)[place]
        if self.name == "gpt_neox":
            return whole, whole.view(*out.shape[:2], self.heads, -1).chunk(3, -1)[place]
        return whole, whole

    def values(self, layer, kept_qkv):
        """Values of every query head, `[prompt, head, pos, d_head]`."""
        v = kept_qkv[layer, "v"]
        v = v if v.dim() == 4 else v.view(*v.shape[:2], self.groups, -1)
        return v.transpose(1, 2).repeat_interleave(self.heads // self.groups, 1)

    def diff(self, logits, prompts, end=None):
        """The logit difference at "end"."""
        rows = torch.arange(len(prompts))
        at = logits[rows, prompts.positions["end"] if end is None else end]
        return at[rows, prompts.paired["answers"]] - at[rows, prompts.paired["wrong"]]

    def each_head(self, measure):
        """`[prompt, layer, head]` of `measure(layer, head)`."""
        rows = [torch.stack([measure(layer, head) for head in range(self.heads)], -1) for layer in range(self.layers)]
        return torch.stack(rows, 1)


@pytest.fixture
def by_hand():
    """The class of slow runs."""
    return ByHand
