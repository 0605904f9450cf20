"""Attention patterns and eigenvalues that others published, as input for our scores: claims can be `formula-checked` by them.

The files are not part of headkb. `HEADKB_FIXTURES` names a folder that holds `gpt2_attention/<file>.npz`; without it such runs are
left out.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from headkb.catalog.published import Published, get_published
from headkb.catalog.schema import Model
from headkb.errors import ModelError
from headkb.methods.weights import eigenvalue_share
from headkb.reproduce.measure import hardware, versions
from headkb.reproduce.plan import Plan
from headkb.scores import get_score
from headkb.tensors import Prompts


def read_published(name: str) -> tuple[Tensor, Prompts, str]:
    """Patterns `[layer, head, query_pos, key_pos]` of the covered layers, the prompt, and the SHA-256 of the files, one after the other.

    Only plain arrays are read, never pickled objects. Equal tokens get equal ids; the ids themselves mean nothing. Where the tokens are
    text, `word_start` says for each the first position of its word, as GPT-2's leading spaces show it.

    Raises:
        UnknownNameError: If there is no entry of that name.
        ModelError: If a file is missing, holds no patterns, or holds those of another text than the first.
    """
    entry = get_published(name)
    if entry.holds != "attention":
        raise ModelError(f"{name} holds {entry.holds}, not attention patterns. Only the score ov-copying reads it.")
    paths = find_files(entry)
    patterns, texts, spelt = zip(*map(_read, paths), strict=True)
    words = texts[0]
    if any(text != words for text in texts):
        raise ModelError(f"{name}: its files hold attention on different texts, expected one.")
    ids = {word: i for i, word in enumerate(dict.fromkeys(words))}
    tokens = torch.tensor([[ids[word] for word in words]])
    places = {"word_start": torch.tensor([_word_starts(words)])} if all(spelt) else {}
    facts: dict[str, Any] = {"causal": True} | ({} if entry.period is None else {"period": entry.period})
    return torch.cat(patterns), Prompts.of(tokens, places, **facts), _sha256(paths)


def _read(path: Path) -> tuple[Tensor, list[Any], bool]:
    """Patterns `[layer, head, query_pos, key_pos]` of a file, what stands at each position, and whether that is text."""
    with np.load(path, allow_pickle=False) as arrays:
        pattern = torch.from_numpy(np.asarray(arrays["attention"], dtype=np.float32))
        spelt = "tokens" in arrays
        words = arrays["tokens" if spelt else "token_ids"].tolist()
    return pattern if pattern.ndim == 4 else pattern[None], words, spelt


def _word_starts(words: Sequence[str]) -> list[int]:
    """First position of each token's word; -1 for `<|endoftext|>`."""
    starts: list[int] = []
    for position, word in enumerate(words):
        begins = word.startswith(" ") or not starts or starts[-1] < 0
        starts.append(-1 if word == "<|endoftext|>" else position if begins else starts[-1])
    return starts


def _sha256(paths: Sequence[Path]) -> str:
    return hashlib.sha256(b"".join(path.read_bytes() for path in paths)).hexdigest()


def find_files(entry: Published) -> list[Path]:
    """The files of an entry of `PUBLISHED`. Raises ModelError if no folder of HEADKB_FIXTURES holds one of them."""
    return [_find_file(path) for path in entry.paths]


def _find_file(name: str) -> Path:
    for folder in filter(None, os.environ.get("HEADKB_FIXTURES", "").split(os.pathsep)):
        path = Path(folder) / name
        if path.is_file():
            return path
    raise ModelError(
        f"the published array {Path(name).stem} is missing. Set HEADKB_FIXTURES to a folder that holds {name}; "
        "tools/extract_notebook_data.py of headkb's repository makes such a folder from a clone of the notebooks."
    )


def measure_published(plan: Plan, name: str, model: Model) -> dict[str, Any]:
    """A plan's score on published numbers: the facts of a run record. Heads that the data lack are None.

    Raises:
        ModelError: If the file is missing, its shape does not fit the model, or the score cannot read such data.
    """
    entry = get_published(name)
    start = time.perf_counter()
    if entry.holds == "eigenvalues":
        rows, digest, version = _copying(plan, entry)
    else:
        pattern, prompts, digest = read_published(name)
        score = get_score(plan.score)
        reader, version = score.reader(**plan.score_parameters), score.version
        rows = [reader(of_layer[None], prompts)[0].tolist() for of_layer in pattern]
    layers, heads = entry.layers or tuple(range(model.n_layers)), entry.heads or tuple(range(model.n_heads))
    if (len(rows), len(rows[0])) != (len(layers), len(heads)):
        raise ModelError(
            f"{name}: the array has {len(rows)} layers and {len(rows[0])} heads, expected {(len(layers), len(heads))}."
        )
    values: list[list[float | None]] = []
    for of_heads in rows:
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
        raise ModelError(f"{entry.files[0]} holds eigenvalues, which {plan.score} does not read. Only ov-copying does.")
    paths = find_files(entry)
    with np.load(paths[0], allow_pickle=False) as arrays:
        eigenvalues = torch.from_numpy(np.asarray(arrays["eigenvalues"], dtype=np.complex128))
    return [[eigenvalue_share(eigenvalues).item()]], _sha256(paths), get_score(plan.score).version
