"""Takes attention patterns, eigenvalues and score matrices out of the saved outputs of TransformerLens' demo notebooks.

    python tools/extract_notebook_data.py CLONE OUT

CLONE is a local git clone of TransformerLensOrg/TransformerLens. OUT gets `gpt2_attention/*.npz` and `gpt2_published_scores/*.json`,
the layout that HEADKB_FIXTURES names. Nothing is downloaded, nothing is rounded: the numbers are those of the notebooks.
"""

from __future__ import annotations

import argparse
import base64
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

DETECTOR, MAIN = "demos/Head_Detector_Demo.ipynb", "demos/Main_Demo.ipynb"
ATTENTION = [(DETECTOR, "4cd36aae", cell) for cell in (25, 26, 30, 31, 46, 47)] + [(MAIN, "04ef490d", 48)]
MATRICES = [(DETECTOR, "03a5b52c", cell) for cell in (22, 28, 42, 44)] + [
    (DETECTOR, "5b161f1c", cell) for cell in (21, 27)
]
EIGENVALUES = [(MAIN, "04ef490d", 114), (MAIN, "c05754d7", 114)]


def outputs(clone: Path, path: str, commit: str, cell: int) -> Iterator[tuple[int, str | dict[str, Any]]]:
    """The HTML and Plotly outputs of one cell, numbered from 0 among all its outputs."""
    text = subprocess.run(["git", "-C", clone, "show", f"{commit}:{path}"], check=True, capture_output=True).stdout
    for index, output in enumerate(json.loads(text)["cells"][cell]["outputs"]):
        for kind, content in output.get("data", {}).items():
            if kind == "application/vnd.plotly.v1+json":
                yield index, content
            elif kind == "text/html":
                yield index, "".join(content)


def after(html: str, mark: str) -> Any:
    """The JSON value that follows a mark."""
    rest = html[html.index(mark) + len(mark) :]
    return json.JSONDecoder().raw_decode(rest[min(rest.index(c) for c in "[{" if c in rest) :])[0]


def numbers(value: Any) -> NDArray[Any]:
    """Plotly's array, plain or packed."""
    if not isinstance(value, dict):
        return np.asarray(value, dtype=np.float64)
    flat = np.frombuffer(base64.b64decode(value["bdata"]), dtype=f"<{value['dtype']}")
    return flat.reshape([int(size) for size in value["shape"].split(",")]) if "shape" in value else flat


def trace(output: str | dict[str, Any]) -> dict[str, Any] | None:
    """The first trace of a Plotly figure, None for another output."""
    if isinstance(output, dict):
        first: dict[str, Any] = output["data"][0]
        return first
    return after(output, "Plotly.newPlot(")[0] if "Plotly.newPlot(" in output else None


def name(path: str, commit: str, cell: int) -> str:
    """Stem of the file that is written."""
    return f"{Path(path).stem}_{commit}_cell{cell}"


def main() -> int:
    """Write every array."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("clone", type=Path)
    parser.add_argument("out", type=Path)
    args = parser.parse_args()
    arrays, matrices = args.out / "gpt2_attention", args.out / "gpt2_published_scores"
    arrays.mkdir(parents=True, exist_ok=True)
    matrices.mkdir(parents=True, exist_ok=True)
    for place in ATTENTION:
        for index, output in outputs(args.clone, *place):
            if isinstance(output, str) and '"attention"' in output:
                tokens, attention = after(output, '"tokens":'), after(output, '"attention":')
                packed = np.asarray(attention, dtype=np.float32)
                np.savez_compressed(arrays / f"{name(*place)}_{index}.npz", attention=packed, tokens=np.asarray(tokens))
    for place in EIGENVALUES:
        (found,) = filter(None, (trace(output) for _, output in outputs(args.clone, *place)))
        pairs = numbers(found["x"]) + 1j * numbers(found["y"])
        np.savez_compressed(arrays / f"{name(*place)}.npz", eigenvalues=pairs.astype(np.complex64))
    for place in MATRICES:
        (found,) = filter(None, (trace(output) for _, output in outputs(args.clone, *place)))
        record = {
            "source": f"TransformerLensOrg/TransformerLens@{place[1]} {place[0]}, cell {place[2]}",
            "values": found["z"],
        }
        (matrices / f"{name(*place)}.json").write_text(json.dumps(record), encoding="utf-8")
    print(f"written to {args.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
