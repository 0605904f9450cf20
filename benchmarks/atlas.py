"""What it costs to look at every head of a real language model: three budgets, each measured against the plain way of doing the same.

    python benchmarks/atlas.py --part b --model <folder> [--tl4 <python>] [--seeds 1]

Part a: all pattern scores of the catalog in one pass. Part b: the causal checks of induction and previous-token heads.
Part c: path patching. Each part stands in a module of its own beside this one. Figures are CPU seconds on one thread.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import os

PARTS = {"a": "atlas_patterns", "b": "atlas_checks", "c": "atlas_paths"}
"""The module of each part; its `main(chosen)` measures and prints."""


def main() -> None:
    """Measure the parts that were asked for, one after the other."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--part", choices=PARTS, action="append", help="which part; all that there are by default")
    parser.add_argument("--model", required=True, help="a catalog id, folder or GGUF file, as of headkb score --model")
    parser.add_argument(
        "--tl4", help="the Python of an environment with TransformerLens 4.3, and the model as a folder"
    )
    parser.add_argument("--seeds", type=int, default=3, help="on how many seeds of prompts the checks are measured")
    parser.add_argument("--sets", type=int, help="time the plain way on this many sets of heads alone, and scale it up")
    chosen = parser.parse_args()
    import torch

    torch.set_num_threads(1)
    print(f"load average at the start: {', '.join(f'{x:.1f}' for x in os.getloadavg())}", flush=True)
    for part in chosen.part or [part for part, name in PARTS.items() if importlib.util.find_spec(name)]:
        importlib.import_module(PARTS[part]).main(chosen)


if __name__ == "__main__":
    main()
