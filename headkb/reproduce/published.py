"""Attention patterns and eigenvalues that others published, as input for our scores: the rung `verified-data`.

The files are not part of headkb. `HEADKB_FIXTURES` names a folder that holds `gpt2_attention/<file>.npz`; without it such runs are
left out.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor

from headkb.catalog.schema import Model
from headkb.errors import ModelError, UnknownNameError
from headkb.methods import METHODS
from headkb.methods.weights import eigenvalue_share
from headkb.reproduce.measure import hardware, versions
from headkb.reproduce.plan import Plan
from headkb.scores import get_score
from headkb.tensors import Prompts


@dataclass(frozen=True)
class Published:
    """One published array.

    Attributes:
        file: Name of the array file, without ending.
        model: Catalog id of the model that the numbers come from.
        layers: Layers that the array covers, in order; empty = all.
        heads: Heads that each layer covers, in order; empty = all.
        source: Repository @ commit, file and cell.
        text: What the model read.
        period: Length of the block that the text repeats, if it does.
        holds: `attention`, `[layer, head, query_pos, key_pos]`, or the `eigenvalues` of OV circuits, `[d_head]`, of one head.
    """

    file: str
    model: str
    layers: tuple[int, ...]
    heads: tuple[int, ...]
    source: str
    text: str
    period: int | None = None
    holds: Literal["attention", "eigenvalues"] = "attention"


_DETECTOR = "TransformerLensOrg/TransformerLens@4cd36aae demos/Head_Detector_Demo.ipynb"
_MAIN = "demos/Main_Demo.ipynb, cell"
_SENTENCE = "one English sentence of 25 tokens with BOS"
_WORDS = "one English sentence of 23 tokens with BOS, chosen for words of many pieces"
_NO_TEXT = "no text: eigenvalues of the matrix product W_V W_O"


def _detector(layer: int, cell: int, text: str = _SENTENCE) -> Published:
    return Published(
        f"Head_Detector_Demo_4cd36aae_cell{cell}_1", "gpt2", (layer,), (), f"{_DETECTOR}, cell {cell}", text
    )


def _eigenvalues(commit: str) -> Published:
    source = f"TransformerLensOrg/TransformerLens@{commit} {_MAIN} 114"
    return Published(f"Main_Demo_{commit}_cell114", "gpt2", (11,), (11,), source, _NO_TEXT, holds="eigenvalues")


def _explainer(number: int, text: str) -> Published:
    return Published(f"ex{number}", "gpt2", (), (), "poloclub/transformer-explainer@6e2ec372", f"“{text}”, without BOS")


PUBLISHED: Mapping[str, Published] = {
    "head-detector-layer-0": _detector(0, 31),
    "head-detector-layer-2": _detector(2, 25),
    "head-detector-layer-4": _detector(4, 26),
    "head-detector-layer-5": _detector(5, 30),
    "head-detector-words-layer-0": _detector(0, 47, _WORDS),
    "head-detector-words-layer-5": _detector(5, 46, _WORDS),
    "main-demo-l5h5": Published(
        "Main_Demo_04ef490d_cell48_0", "gpt2", (5,), (5,),
        f"TransformerLensOrg/TransformerLens@04ef490d {_MAIN} 48", "20 random tokens twice, without BOS", 20,
    ),
    "main-demo-l11h11-eigenvalues": _eigenvalues("c05754d7"),
    "main-demo-l11h11-eigenvalues-raw": _eigenvalues("04ef490d"),
    "transformer-explainer-0": _explainer(0, "Data visualization empowers users to"),
}  # fmt: skip


def get_published(name: str) -> Published:
    """The entry of that name. Raises UnknownNameError with near names."""
    if name not in PUBLISHED:
        raise UnknownNameError("published attention", name, PUBLISHED, f"There are {', '.join(PUBLISHED)}.")
    return PUBLISHED[name]


def read_published(name: str) -> tuple[Tensor, Prompts, str]:
    """Patterns `[layer, head, query_pos, key_pos]` of the covered layers, the prompt, and the file's SHA-256.

    Only plain arrays are read, never pickled objects. Equal tokens get equal ids; the ids themselves mean nothing. Where the tokens are
    text, `word_start` says for each the first position of its word, as GPT-2's leading spaces show it.

    Raises:
        UnknownNameError: If there is no entry of that name.
        ModelError: If its file is not at hand, or holds no patterns.
    """
    entry = get_published(name)
    if entry.holds != "attention":
        raise ModelError(f"{name} holds {entry.holds}, not attention patterns. Only the score ov-copying reads it.")
    path = _find(entry.file)
    with np.load(path, allow_pickle=False) as arrays:
        pattern = torch.from_numpy(np.asarray(arrays["attention"], dtype=np.float32))
        spelt = "tokens" in arrays
        words = arrays["tokens" if spelt else "token_ids"].tolist()
    ids = {word: i for i, word in enumerate(dict.fromkeys(words))}
    tokens = torch.tensor([[ids[word] for word in words]])
    places = {"word_start": torch.tensor([_word_starts(words)])} if spelt else {}
    facts: dict[str, Any] = {"causal": True} | ({} if entry.period is None else {"period": entry.period})
    return (pattern if pattern.ndim == 4 else pattern[None]), Prompts.of(tokens, places, **facts), _sha256(path)


def _word_starts(words: Sequence[str]) -> list[int]:
    """First position of each token's word; -1 for `<|endoftext|>`."""
    starts: list[int] = []
    for position, word in enumerate(words):
        begins = word.startswith(" ") or not starts or starts[-1] < 0
        starts.append(-1 if word == "<|endoftext|>" else position if begins else starts[-1])
    return starts


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _find(file: str) -> Path:
    for folder in filter(None, os.environ.get("HEADKB_FIXTURES", "").split(os.pathsep)):
        path = Path(folder) / "gpt2_attention" / f"{file}.npz"
        if path.is_file():
            return path
    raise ModelError(
        f"the published array {file} is not at hand. Set HEADKB_FIXTURES to a folder that holds gpt2_attention/{file}.npz; "
        "tools/extract_notebook_data.py makes such a folder from a clone of the notebooks."
    )


def measure_published(plan: Plan, name: str, model: Model) -> dict[str, Any]:
    """A plan's score on published numbers: the facts of a run record. Heads that the data lack are None.

    Raises:
        ModelError: If the file is not at hand, its shape does not fit the model, or the score cannot read such data.
    """
    entry = get_published(name)
    start = time.perf_counter()
    if entry.holds == "eigenvalues":
        found, digest, version = _copying(plan, entry)
    else:
        pattern, prompts, digest = read_published(name)
        score = get_score(plan.score)
        reader, version = score.reader(**plan.score_parameters), score.version
        found = [reader(of_layer[None], prompts)[0].tolist() for of_layer in pattern]
    layers, heads = entry.layers or tuple(range(model.n_layers)), entry.heads or tuple(range(model.n_heads))
    if (len(found), len(found[0])) != (len(layers), len(heads)):
        raise ModelError(
            f"{name}: the array has {len(found)} layers and {len(found[0])} heads, expected {(len(layers), len(heads))}."
        )
    values: list[list[float | None]] = []
    for of_heads in found:
        row: list[float | None] = [None] * model.n_heads
        for head, value in zip(heads, of_heads, strict=True):
            row[head] = None if value != value else round(value, 6)
        values.append(row)
    return {
        "score_version": version,
        "model_source": "published-data",
        "prompts": {"data": name, "sha256": digest},
        "dtype": "float32",
        "attention": f"as published: {entry.source}",
        "bos": "as published",
        "versions": versions(),
        "hardware": hardware(),
        "seconds": round(time.perf_counter() - start, 3),
        "layers": [] if layers == tuple(range(model.n_layers)) else list(layers),
        "values": values,
    }


def _copying(plan: Plan, entry: Published) -> tuple[list[list[float]], str, int]:
    """The copying score from one head's published eigenvalues, the file's SHA-256, and the score's version."""
    if plan.score != "ov-copying":
        raise ModelError(f"{entry.file} holds eigenvalues, which {plan.score} does not read. Only ov-copying does.")
    path = _find(entry.file)
    with np.load(path, allow_pickle=False) as arrays:
        eigenvalues = torch.from_numpy(np.asarray(arrays["eigenvalues"], dtype=np.complex128))
    return [[eigenvalue_share(eigenvalues).item()]], _sha256(path), METHODS[plan.score].version
