"""The playground: the organisms as files that a browser runs, prompts to begin with, and what stands on the page without JavaScript.

A file of weights is safetensors in half precision, so that no model weighs more than 3 MB; `playground.json` keeps what was measured of
that rounding, and one recorded answer (`tools/record_playground.py` writes it, with torch; nothing here needs torch).
"""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any
from urllib.parse import urlencode

from headkb.catalog.schema import Head
from headkb.site.document import Cell, Code, Element, Figure, Prose
from headkb.site.parts import Context
from headkb.site.play_plain import plain_html, plain_words, python_lines
from headkb.site.play_prompts import PROMPTS, StartingPrompt, prompt_for

FOLDER = "assets/play/"
PAGE = "playground/"
FIRST = "organism-induction"
"""The organism that the page opens with."""
LONGEST = 64
"""Tokens that a prompt may have in the browser."""
EXPECTED = {
    "model_type": "llama",
    "hidden_act": "silu",
    "attention_bias": False,
    "mlp_bias": False,
    "tie_word_embeddings": True,
}
"""What `play-model.js` computes; a model that differs is refused when the site is built."""
SPLIT = "\\n|\\d\\d(?=\\d\\d(?!\\d))|\\d{1,3}|\\p{L}+(?:['’-]\\p{L}+)*|[^\\w\\s]|_"
"""How the tokenizer of the organisms cuts a text; the script does the same."""


@dataclass(frozen=True)
class Tensors:
    """The header of a safetensors file and the bytes behind it."""

    header: dict[str, Any]
    data: bytes


def weights_folder() -> Traversable:
    """Where the organisms lie, one folder an id."""
    return files("headkb") / "models" / "organisms"


def served(context: Context) -> list[str]:
    """The organisms that the page offers: those of the catalog whose weights come with the package; the first one first."""
    ids = [i for i in sorted(context.catalog.models) if (weights_folder() / i / "model.safetensors").is_file()]
    return sorted(ids, key=lambda i: (i != FIRST, i))


def recorded() -> dict[str, Any]:
    """What `tools/record_playground.py` measured."""
    data: dict[str, Any] = json.loads((files("headkb.site") / "playground.json").read_text("utf-8"))
    return data


def play_files(context: Context) -> Iterator[tuple[str, Callable[[], str | bytes]]]:
    """Path of a file under the site's root, and what makes its content."""
    models = served(context)
    if not models:
        return
    yield f"{FOLDER}models.json", partial(_manifest, context, models)
    for model in models:
        yield f"{FOLDER}{model}.safetensors", partial(served_weights, model)
        yield f"{FOLDER}{_words_name(model)}", partial(_words, model)


def served_weights(model: str) -> bytes:
    """The weights as the browser gets them."""
    return halved((weights_folder() / model / "model.safetensors").read_bytes())


def read_tensors(content: bytes) -> Tensors:
    """A safetensors file: eight bytes with the length of the header, the header, the numbers."""
    size = struct.unpack("<Q", content[:8])[0]
    return Tensors(json.loads(content[8 : 8 + size]), content[8 + size :])


def halved(content: bytes) -> bytes:
    """A safetensors file with every float32 tensor rounded to half precision, to even where two are as near; others stay."""
    file, header, parts, at = read_tensors(content), {}, [], 0
    for name, tensor in file.header.items():
        if name == "__metadata__":
            continue
        start, end = tensor["data_offsets"]
        raw, dtype = file.data[start:end], tensor["dtype"]
        if dtype == "F32":
            count = len(raw) // 4
            raw, dtype = struct.pack(f"<{count}e", *struct.unpack(f"<{count}f", raw)), "F16"
        header[name] = {"dtype": dtype, "shape": tensor["shape"], "data_offsets": [at, at + len(raw)]}
        parts.append(raw)
        at += len(raw)
    head = json.dumps(header, separators=(",", ":"), allow_nan=False).encode()
    head += b" " * (-len(head) % 8)
    return struct.pack("<Q", len(head)) + head + b"".join(parts)


def _json_of(model: str, name: str) -> dict[str, Any]:
    data: dict[str, Any] = json.loads((weights_folder() / model / name).read_text("utf-8"))
    return data


def _words_name(model: str) -> str:
    return f"words-{hashlib.sha256((weights_folder() / model / 'tokenizer.json').read_bytes()).hexdigest()[:8]}.json"


def _words(model: str) -> str:
    """The tokens in the order of their ids.

    Raises:
        ValueError: If the tokenizer does something that the script does not do.
    """
    tokenizer = _json_of(model, "tokenizer.json")
    ids: dict[str, int] = tokenizer["model"]["vocab"]
    steps = tokenizer["pre_tokenizer"]["pretokenizers"]
    if tokenizer["model"]["type"] != "WordPiece" or steps[0]["pattern"] != {"Regex": SPLIT} or tokenizer["normalizer"]:
        raise ValueError(f"the tokenizer of {model} cuts texts in a way that play-model.js does not know")
    if sorted(ids.values()) != list(range(len(ids))):
        raise ValueError(f"the ids of {model}'s tokens have gaps")
    return (
        json.dumps(sorted(ids, key=ids.__getitem__), ensure_ascii=False, separators=(",", ":"), allow_nan=False) + "\n"
    )


def _shape(model: str) -> dict[str, Any]:
    """What the script must know of a configuration.

    Raises:
        ValueError: If the architecture is not the one that the script computes.
    """
    config = _json_of(model, "config.json")
    rope = config["rope_parameters"]
    wrong = [key for key, value in EXPECTED.items() if config[key] != value]
    if wrong or rope["rope_type"] != "default":
        raise ValueError(f"play-model.js does not compute what {model} is: {', '.join(wrong) or 'rope_type'}")
    return {
        "layers": config["num_hidden_layers"],
        "heads": config["num_attention_heads"],
        "keyValueHeads": config["num_key_value_heads"],
        "headSize": config["head_dim"],
        "epsilon": config["rms_norm_eps"],
        "ropeBase": rope["rope_theta"],
    }


def _manifest(context: Context, models: list[str]) -> str:
    rounding = recorded()["rounding"]
    data = [
        {
            "id": model,
            "name": context.name("models", model),
            "about": " ".join((context.catalog.models[model].description or "").split()),
            "bytes": len(served_weights(model)),
            "words": _words_name(model),
            "shape": _shape(model),
            "rounding": rounding.get(model),
            "pages": sorted(map(str, context.dossiers.get(model, {}))),
            "prompts": [{"name": p.name, "text": p.text, "head": p.head} for p in PROMPTS.get(model, ())],
        }
        for model in models
    ]
    return (
        json.dumps({"longest": LONGEST, "models": data}, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        + "\n"
    )


def address(model: str, prompt: StartingPrompt | None = None, head: str = "") -> str:
    """The page's path with a model, a prompt and a head chosen."""
    state = {"model": model}
    if prompt:
        state["prompt"] = prompt.text
    if head or prompt:
        state["head"] = head or (prompt.head if prompt else "")
    return f"{PAGE}?{urlencode(state)}"


def run_model(context: Context, model: str) -> Cell:
    """For the facts of a model: where it can be run, empty if it is none of the playground's."""
    return f"[run it in your browser](@{address(model)})" if model in served(context) else ""


def try_type(context: Context, head: Head) -> list[Element]:
    """For the page of a head type: the organisms of the playground in which it is shown, with one of the heads in question."""
    offered = set(served(context))
    found = [s for _, s in sorted(context.catalog.evidence.showings.items()) if s.head_type == head.id]
    shown = [s for s in found if s.word == "shown" and s.model in offered and s.heads]
    if not shown:
        return []
    links = [
        f"[{context.name('models', s.model)}, {s.heads[0]}](@{address(s.model, prompt_for(s.model, head.id), str(s.heads[0]))})"
        for s in shown
    ]
    return [Prose(f"To look at in your browser: {'; '.join(links)}.")]


def playground() -> Element:
    """The place where the script works, with what was recorded for readers without it."""
    record = recorded()["example"]
    return Figure(
        f'<div class="hk-play" data-needs="play" data-first="{FIRST}">{plain_html(record)}</div>', plain_words(record)
    )


def playground_code() -> Element:
    """The lines that give the recorded answer in Python."""
    return Code(python_lines(recorded()["example"]), language="python")
