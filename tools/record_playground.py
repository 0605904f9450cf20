"""Write what the playground says that only torch can measure: one recorded answer, and how far rounded weights move probabilities.

python tools/record_playground.py
"""

from __future__ import annotations

import json
import math
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from headkb import load_catalog
from headkb.attention import edits
from headkb.attention.edits import Edit
from headkb.models import LoadedModel, load_model
from headkb.site.play import FIRST, read_tensors, served_weights, weights_folder
from headkb.site.play_prompts import PROMPTS
from headkb.tensors import Prompts

FILE = Path(__file__).parent.parent / "headkb" / "site" / "playground.json"
SHOWN = "L1H3"
"""The head whose pattern is recorded."""


def as_served(model: str, folder: Path) -> LoadedModel:
    """The model with the weights that the browser gets, written into a folder."""
    place = folder / f"served-{model}"
    place.mkdir(exist_ok=True)
    for name in ("config.json", "tokenizer.json", "tokenizer_config.json"):
        (place / name).write_bytes((weights_folder() / model / name).read_bytes())
    (place / "model.safetensors").write_bytes(served_weights(model))
    return load_model(str(place))


@torch.no_grad()
def answer(loaded: LoadedModel, ids: Sequence[int], off: Sequence[tuple[int, int]] = ()) -> tuple[Tensor, Tensor]:
    """Patterns `[layer, head, query, key]` and probabilities `[pos, token]` with these heads' results set to zero."""
    shape = loaded.model.config
    seen: dict[tuple[int, int], Tensor] = {}

    def keep(pattern: Tensor, layer: int, head: int) -> Tensor:
        seen[layer, head] = pattern[0].clone()
        return pattern

    every = [(layer, head) for layer in range(shape.num_hidden_layers) for head in range(shape.num_attention_heads)]
    prompts = Prompts.of(torch.tensor([list(ids)]))
    logits = edits.run(loaded.model, prompts, [edits.zero(tuple(off)), Edit(tuple(every), "pattern", keep)])
    patterns = torch.stack([seen[head] for head in every])
    patterns = patterns.view(shape.num_hidden_layers, shape.num_attention_heads, len(ids), len(ids))
    return patterns, logits[0].float().softmax(-1)


def rounding(model: str, folder: Path) -> float:
    """The largest difference of a probability, at any place of the model's prompts, all heads on or one off; rounded up to two digits."""
    full, half = load_model(model), as_served(model, folder)
    shape = full.model.config
    worst = 0.0
    for prompt in PROMPTS[model]:
        ids = full.tokenizer(prompt.text)["input_ids"]  # type: ignore[misc]
        sets = [
            (),
            *(
                ((layer, head),)
                for layer in range(shape.num_hidden_layers)
                for head in range(shape.num_attention_heads)
            ),
        ]
        for off in sets:
            worst = max(worst, float((answer(full, ids, off)[1] - answer(half, ids, off)[1]).abs().max()))
    return rounded_up(worst)


def rounded_up(value: float) -> float:
    """Two digits, never less than the value."""
    if value == 0:
        return 0.0
    unit = 10.0 ** (math.floor(math.log10(value)) - 1)
    return float(f"{math.ceil(value / unit) * unit:.2g}")


def example(model: str = FIRST) -> dict[str, Any]:
    """The first prompt of a model: a head's pattern, and the ten likeliest words with all heads and with that prompt's head off."""
    loaded, prompt = load_model(model), PROMPTS[model][0]
    ids = loaded.tokenizer(prompt.text)["input_ids"]  # type: ignore[misc]
    layer, head = (int(part) for part in prompt.head[1:].split("H"))
    patterns, on = answer(loaded, ids)
    off = answer(loaded, ids, [(layer, head)])[1]
    names = loaded.tokenizer.convert_ids_to_tokens  # type: ignore[union-attr]
    shown = [int(part) for part in SHOWN[1:].split("H")]
    words = on[-1].topk(5).indices.tolist()
    words += [word for word in off[-1].topk(3).indices.tolist() if word not in words]
    return {
        "model": model,
        "name": load_catalog().models[model].name,
        "prompt": prompt.text,
        "tokens": names(ids),
        "head": SHOWN,
        "off": prompt.head,
        "pattern": [
            [round(value, 3) for value in row[: place + 1]]
            for place, row in enumerate(patterns[shown[0], shown[1]].tolist())
        ],
        "answers": [[names(word), round(float(on[-1, word]), 3), round(float(off[-1, word]), 3)] for word in words],
    }


def stored_in_full(model: str) -> bool:
    """Whether a model's weights are more precise than those that the browser gets."""
    tensors = read_tensors((weights_folder() / model / "model.safetensors").read_bytes()).header
    return any(tensor.get("dtype") == "F32" for tensor in tensors.values())


def record() -> dict[str, Any]:
    """Everything that the file holds."""
    with tempfile.TemporaryDirectory() as folder:
        differences = {model: rounding(model, Path(folder)) for model in PROMPTS if stored_in_full(model)}
    return {"rounding": differences, "example": example()}


if __name__ == "__main__":
    FILE.write_text(json.dumps(record(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
