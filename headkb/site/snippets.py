"""How to read and to silence one head in transformers, TransformerLens and nnsight: code made from the shape of its model.

Which module applies `W_O` the engine finds by watching a pass (`headkb.attention.probe`). The site loads no torch, so the names stand here; the
tests hold each against what the engine finds in a small model of that class, and run what is printed.
"""

from __future__ import annotations

from dataclasses import dataclass

from headkb.catalog.schema import HeadIndex, Model

_DECODER = "model.layers[{}].self_attn.o_proj"
_INSIDE = "model.language_model.layers[{}].self_attn.o_proj"
_BERT = "encoder.layer[{}].attention.output.dense"
O_PROJ = {
    "BertForMaskedLM": f"bert.{_BERT}",
    "BertForSequenceClassification": f"bert.{_BERT}",
    "BertModel": _BERT,
    "FalconForCausalLM": "transformer.h[{}].self_attention.dense",
    "GPT2LMHeadModel": "transformer.h[{}].attn.c_proj",
    "GPTJForCausalLM": "transformer.h[{}].attn.out_proj",
    "GPTNeoForCausalLM": "transformer.h[{}].attn.attention.out_proj",
    "GPTNeoXForCausalLM": "gpt_neox.layers[{}].attention.dense",
    "Gemma2ForCausalLM": _DECODER,
    "Gemma3ForCausalLM": _DECODER,
    "Gemma3ForConditionalGeneration": _INSIDE,
    "GemmaForCausalLM": _DECODER,
    "GptOssForCausalLM": _DECODER,
    "GraniteForCausalLM": _DECODER,
    "InternVLForConditionalGeneration": _INSIDE,
    "LlamaForCausalLM": _DECODER,
    "LlavaOnevisionForConditionalGeneration": _INSIDE,
    "MistralForCausalLM": _DECODER,
    "MixtralForCausalLM": _DECODER,
    "OPTForCausalLM": "model.decoder.layers[{}].self_attn.out_proj",
    "Olmo2ForCausalLM": _DECODER,
    "OlmoForCausalLM": _DECODER,
    "Phi3ForCausalLM": _DECODER,
    "Qwen2ForCausalLM": _DECODER,
    "Qwen2VLForConditionalGeneration": _INSIDE,
    "Qwen2_5_VLForConditionalGeneration": _INSIDE,
    "Qwen3ForCausalLM": _DECODER,
    "Qwen3VLForConditionalGeneration": _INSIDE,
}
"""Class of transformers → the module that applies `W_O` in a layer. Of others nothing is printed: a guess would address another head."""
NOT_IN_LENS = frozenset[str]()
"""Classes that TransformerLens does not wrap, or whose z it does not give under this name."""
FUSED = frozenset({"FalconForCausalLM", "Phi3ForCausalLM"})
"""Classes that may group keys and values and have one matrix for both and the queries."""
UNGROUPED = frozenset(
    name for name in O_PROJ if name.startswith(("Bert", "GPT")) or name == "OPTForCausalLM"
)
"""Classes in which every head has keys and values of its own."""


@dataclass(frozen=True)
class Snippet:
    """Code that reads z of one head and silences it.

    Attributes:
        library: What it is written for.
        load: The lines that load the model; empty where the record names no place.
        body: The rest. `model` and `tokens`, `[batch, position]`, are given; it leaves `z`, `[batch, position, d_head]`, and `silenced`.
    """

    library: str
    load: str
    body: str

    @property
    def text(self) -> str:
        """All of it."""
        return f"{self.load}\n\n{self.body}" if self.load else self.body


def snippets(model: Model, head: HeadIndex) -> list[Snippet]:
    """The code for one head; none where class or size of its model is unknown."""
    path, size = O_PROJ.get(model.architecture or ""), model.d_head
    if path is None or size is None:
        return []
    columns = f"{head.head * size}:{(head.head + 1) * size}"
    module = path.format(head.layer)
    found = [_transformers(model, head, module, columns), _nnsight(model, module, columns)]
    if model.architecture not in NOT_IN_LENS:
        found.insert(1, _lens(model, head))
    return found


def _transformers(model: Model, head: HeadIndex, module: str, columns: str) -> Snippet:
    load = ""
    if model.hub_id:
        revision = f', revision="{model.revision}"' if model.revision else ""
        load = f'import torch\nfrom transformers import {model.architecture}\n\nmodel = {model.architecture}.from_pretrained("{model.hub_id}"{revision})'
    body = f"""\
o_proj = model.{module}  # reads z of {model.n_heads} heads side by side

def silence(module, args):
    z = args[0].clone()
    z[..., {columns}] = 0  # {head}
    return (z, *args[1:])

seen = []
with torch.no_grad():
    hook = o_proj.register_forward_pre_hook(lambda module, args: seen.append(args[0][..., {columns}]))
    model(tokens)
    hook.remove()
    hook = o_proj.register_forward_pre_hook(silence)
    silenced = model(tokens)
    hook.remove()
z = seen[0]  # batch, position, {model.d_head}"""
    return Snippet("transformers", load, body)


def _lens(model: Model, head: HeadIndex) -> Snippet:
    start = "from transformer_lens.model_bridge import TransformerBridge\n\n"
    load = f'{start}model = TransformerBridge.boot_transformers("{model.hub_id}")' if model.hub_id else ""
    name = f"blocks.{head.layer}.attn.hook_z"
    body = f"""\
def silence(z, hook):  # z: batch, position, head, {model.d_head}
    z[:, :, {head.head}] = 0
    return z

silenced = model.run_with_hooks(tokens, fwd_hooks=[("{name}", silence)])
z = model.run_with_cache(tokens, names_filter="{name}")[1]["{name}"][:, :, {head.head}]"""
    return Snippet("TransformerLens", load, body)


def _nnsight(model: Model, module: str, columns: str) -> Snippet:
    body = f"""\
from nnsight import NNsight

wrapped = NNsight(model)  # the model of transformers
with wrapped.trace(tokens):
    o_proj = wrapped.{module.replace(".output.", ".nns_output.")}
    z = o_proj.input[..., {columns}].clone().save()
    o_proj.input[..., {columns}] = 0
    silenced = wrapped.output.save()"""
    return Snippet("nnsight", "", body)


def place_in_layer(model: Model, head: HeadIndex) -> str:
    """Which key-value head it reads, and with which heads it shares that; empty where the record does not say."""
    groups = model.n_key_value_heads
    if groups is None or groups == model.n_heads:
        own = groups is not None or model.architecture in UNGROUPED
        return f"key-value head {head.head}, its own" if own else ""
    each = model.n_heads // groups
    mine = head.head // each
    others = f"heads {mine * each} to {(mine + 1) * each - 1}"
    return f"key-value head {mine} of {groups}, shared by {others}"


def values_module(model: Model, head: HeadIndex) -> str:
    """Where the values of its group come from: `model.layers[3].self_attn.v_proj`, columns; empty where it has none of its own."""
    groups, path = model.n_key_value_heads, O_PROJ.get(model.architecture or "")
    single = path is not None and path.endswith("o_proj") and model.architecture not in FUSED
    if not (single and path and groups and groups < model.n_heads and model.d_head):
        return ""
    mine = head.head // (model.n_heads // groups)
    columns = f"{mine * model.d_head}:{(mine + 1) * model.d_head}"
    return f"model.{path.format(head.layer).removesuffix('o_proj')}v_proj, columns {columns}"
