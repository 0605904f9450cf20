"""How to read and to silence one head in transformers, TransformerLens and nnsight: code made from the shape of its model.

Which module applies `W_O` the engine finds by watching a pass (`headkb.attention.probe`). The site loads no torch, so the names stand here; the
tests hold each against what the engine finds in a small model of that class, and run what is printed.
"""

from __future__ import annotations

from dataclasses import dataclass

from headkb.catalog.schema import HeadIndex, Model
from headkb.site.document import Code, Element, Prose

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
NOT_IN_LENS = frozenset(
    {
        "BertForSequenceClassification",
        "BertModel",
        "FalconForCausalLM",
        "InternVLForConditionalGeneration",
        "Qwen2VLForConditionalGeneration",
    }
)
"""Classes that TransformerLens 4.3 does not wrap, or whose small model it could not run; nothing is printed for what was not seen to run."""
FUSED = frozenset({"FalconForCausalLM", "Phi3ForCausalLM"})
"""Classes that may group keys and values and have one matrix for both and the queries."""
UNGROUPED = frozenset(name for name in O_PROJ if name.startswith(("Bert", "GPT")) or name == "OPTForCausalLM")
"""Classes in which every head has keys and values of its own."""


@dataclass(frozen=True)
class Snippet:
    """Code that reads z of one head and silences it.

    Attributes:
        library: What it is written for.
        load: The lines that load the model; empty where the record names no place.
        body: The rest. `model` and `tokens`, `[batch, position]`, are given; it leaves `z`, `[batch, position, d_head]`, and `without`.
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
        load = (
            f"from transformers import {model.architecture}\n\n"
            f'model = {model.architecture}.from_pretrained("{model.hub_id}"{revision})'
        )
    body = f"""\
o_proj = model.{module}
kept = []

def read(module, args):  # args[0]: z of {model.n_heads} heads side by side
    kept.append(args[0][..., {columns}])

def silence(module, args):
    z = args[0].clone()
    z[..., {columns}] = 0
    return (z, *args[1:])

hook = o_proj.register_forward_pre_hook(read)
model(tokens)
hook.remove()
z = kept[0]  # batch, position, {model.d_head}

hook = o_proj.register_forward_pre_hook(silence)
without = model(tokens)
hook.remove()"""
    return Snippet("transformers", load, body)


def _lens(model: Model, head: HeadIndex) -> Snippet:
    start = "from transformer_lens.model_bridge import TransformerBridge\n\n"
    load = f'{start}model = TransformerBridge.boot_transformers("{model.hub_id}")' if model.hub_id else ""
    body = f"""\
name = "blocks.{head.layer}.attn.hook_z"

def silence(z, hook):  # batch, position, head, {model.d_head}
    z[:, :, {head.head}] = 0
    return z

_, cache = model.run_with_cache(tokens, names_filter=name)
z = cache[name][:, :, {head.head}]
without = model.run_with_hooks(tokens, fwd_hooks=[(name, silence)])"""
    return Snippet("TransformerLens", load, body)


def _nnsight(model: Model, module: str, columns: str) -> Snippet:
    """In nnsight `.output` is what a module returns; a submodule of that name it calls `E_output`."""
    body = f"""\
from nnsight import NNsight

wrapped = NNsight(model)  # the model of transformers
with wrapped.trace(tokens):
    o_proj = wrapped.{module.replace(".output.", ".E_output.")}
    z = o_proj.input[..., {columns}].clone().save()
    o_proj.input[..., {columns}] = 0
    without = wrapped.output.save()"""
    return Snippet("nnsight", "", body)


def key_value_head(model: Model, head: HeadIndex) -> str:
    """`key-value head 1 of 8, shared by heads 8 to 15`; empty where the record does not say whether heads share keys and values."""
    groups = model.n_key_value_heads
    if groups is None or groups == model.n_heads:
        own = groups is not None or model.architecture in UNGROUPED
        return f"key-value head {head.head}, shared with no other head" if own else ""
    each = model.n_heads // groups
    mine = head.head // each
    return f"key-value head {mine} of {groups}, shared by heads {mine * each} to {(mine + 1) * each - 1}"


def values_module(model: Model, head: HeadIndex) -> tuple[str, str]:
    """The module that makes the values of a grouped head, and its columns; both empty where they are not apart from others."""
    groups, path = model.n_key_value_heads, O_PROJ.get(model.architecture or "", "")
    if (
        not (groups and groups < model.n_heads and model.d_head and path.endswith("o_proj"))
        or model.architecture in FUSED
    ):
        return "", ""
    mine = head.head // (model.n_heads // groups)
    module = f"model.{path.format(head.layer).removesuffix('o_proj')}v_proj"
    return module, f"{mine * model.d_head}:{(mine + 1) * model.d_head}"


def code_nodes(model: Model, head: HeadIndex) -> list[Element]:
    """How the head is addressed; nothing where class or size of its model is unknown."""
    found = snippets(model, head)
    if not found:
        return []
    size = model.d_head or 0
    module, columns = values_module(model, head)
    lines = [
        f"{head} is columns {head.head * size} to {(head.head + 1) * size - 1} of the *input* of the output projection in layer {head.layer}: "
        "its z, before `W_O` mixes the heads."
    ]
    if place := key_value_head(model, head):
        lines.append(f"It reads {place}.")
    if module:
        lines.append(
            f"The values of that group are columns {columns.replace(':', ' to before ')} of what `{module}` returns."
        )
    bridge = "" if model.architecture in NOT_IN_LENS else "; in TransformerLens `model` is the bridge"
    lines.append(f"`model` is a `{model.architecture}`, `tokens` are its token ids, prompt by position{bridge}.")
    code = [Code(one.text, one.library, "python", f"code-{one.library.casefold()}") for one in found]
    return [Prose(" ".join(lines)), *code]
