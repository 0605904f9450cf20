"""Attention patterns and eigenvalues that others published, on which headkb's scores were run without a model: what each array is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import yaml
from pydantic import TypeAdapter

from headkb.errors import UnknownNameError


@dataclass(frozen=True)
class Published:
    """What one source published of one text or matrix: an array, or one for each of several layers.

    Attributes:
        files: Names of the array files, without ending; of several, each holds the next layer.
        model: Catalog id of the model that the numbers come from.
        source: Repository @ commit, file and cell.
        text: What the model read.
        layers: Layers that the arrays cover, in order; empty = all.
        heads: Heads that each layer covers, in order; empty = all.
        period: Length of the block that the text repeats, if it does.
        holds: `attention`, `[layer, head, query_pos, key_pos]`, or the `eigenvalues` of OV circuits, `[d_head]`, of one head.
    """

    files: tuple[str, ...]
    model: str
    source: str
    text: str
    layers: tuple[int, ...] = ()
    heads: tuple[int, ...] = ()
    period: int | None = None
    holds: Literal["attention", "eigenvalues"] = "attention"

    @property
    def paths(self) -> list[str]:
        """Where the files lie below a folder of HEADKB_FIXTURES."""
        return [f"gpt2_attention/{file}.npz" for file in self.files]

    @property
    def in_notebook(self) -> bool:
        """Whether it is the output of a notebook, which `tools/extract_notebook_data.py` takes out of a clone of the source."""
        return ".ipynb" in self.source


PUBLISHED: Mapping[str, Published] = TypeAdapter(dict[str, Published]).validate_python(
    yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"))
)
"""What `published.yaml` lists, by the name that plans and runs use."""


def get_published(name: str) -> Published:
    """The entry of that name. Raises UnknownNameError with near names."""
    if name not in PUBLISHED:
        raise UnknownNameError("published attention", name, PUBLISHED, f"There are {', '.join(PUBLISHED)}.")
    return PUBLISHED[name]
