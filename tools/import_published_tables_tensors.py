"""Readers of sources that publish tensors or packed masks, from a clone at a pinned commit."""

from __future__ import annotations

import base64
import gzip
import io
import re
from collections.abc import Iterator

import torch
from import_published_tables_core import Clone, Table, matrix


def tensor(clone: Clone, path: str) -> list[list[str]]:
    """A saved matrix of numbers, each with the fewest digits that give it back in its own precision; no other pickled thing is loaded."""
    values = torch.load(io.BytesIO(clone.read(path)), map_location="cpu", weights_only=True)
    if values.dtype == torch.bfloat16:  # NumPy has no such type; 8 significant bits are told apart by four digits
        return [[f"{value:.4g}" for value in row] for row in values.tolist()]
    return [[str(value) for value in row] for row in values.numpy()]


def path_patching(clone: Clone) -> Iterator[Table]:
    """INK-USC/function-induction: one layers × heads tensor for each receiver, the final residual stream first."""
    folder = "2_circuit_discovery/results"
    for name, model in (
        ("gemma_2_9b", "gemma-2-9b"),
        ("llama_2_7b", "llama-2-7b"),
        ("llama_3_8b", "llama-3-8b"),
        ("mistral_7b", "mistral-7b-v0-1"),
    ):
        paths = sorted(clone.paths(f"{folder}/{name}"), key=lambda path: ("resid_post" not in path, path))
        columns = tuple(
            re.sub(r"resid_post_\d+", "resid_post", path.rsplit("/", 1)[1].removesuffix(".pt")) for path in paths
        )
        rows = matrix(*(tensor(clone, path) for path in paths))
        ends = [
            re.search(r"_h(\d+)_", column) for column in columns
        ]  # the source sets what does not come before a receiver to 0
        before = [int(end[1]) if end else len(rows) for end in ends]
        for (layer, head), cells in rows.items():
            rows[layer, head] = tuple(cell if layer < end else "" for cell, end in zip(cells, before, strict=True))
        yield Table(f"ye-2025-function-induction/{model}.csv", columns, rows)


def cache_importance(clone: Clone) -> Iterator[Table]:
    """snu-mllab/KVzip: one layers × key-value heads tensor for each model and text."""
    for model, name, texts in (
        ("llama-3-1-8b-instruct", "llama3.1-8b", ("scbench_qa_eng",)),
        ("qwen2-5-7b-instruct-1m", "qwen2.5-7b", ("scbench_qa_eng", "scbench_repoqa")),
        ("qwen2-5-14b-instruct-1m", "qwen2.5-14b", ("scbench_qa_eng",)),
    ):
        values = [tensor(clone, f"utils/head_score/{name}-{text}-0.pt") for text in texts]
        yield Table(f"kim-2025-kvzip/{model}.csv", texts, matrix(*values))


WHISPER_HEADS = {"tiny": 6, "base": 8, "small": 12, "medium": 16, "large": 20}


def alignment_masks(clone: Clone) -> Iterator[Table]:
    """openai/whisper: layers × heads masks, one byte per head, gzipped and in base 85."""
    listed = clone.read("whisper/__init__.py").decode().split("_ALIGNMENT_HEADS = {")[1].split("}\n")[0]
    for name, packed in re.findall(r'^ +"([^"]+)": b"([^"]+)",$', listed, re.MULTILINE):
        if name not in ("large", "turbo"):  # other names of large-v3 and large-v3-turbo
            mask = gzip.decompress(base64.b85decode(packed))
            width = WHISPER_HEADS[re.split(r"[.-]", name)[0]]
            rows = [[str(value) for value in mask[i : i + width]] for i in range(0, len(mask), width)]
            yield Table(
                f"openai-2023-word-timestamps/whisper-{name.replace('.', '-')}.csv", ("alignment",), matrix(rows)
            )
