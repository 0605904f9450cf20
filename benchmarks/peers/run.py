"""Run nine tasks in headkb, TransformerLens and nnsight, compare the numbers, and print how many lines each takes.

    python benchmarks/peers/run.py              the table, from the files alone
    python benchmarks/peers/run.py --check      also runs them; needs transformer-lens==4.3.0 and nnsight==0.8.1 beside headkb
"""

from __future__ import annotations

import ast
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

from given import TASKS, TOLERANCE, TOOLS, model_of_the_tasks, peers  # noqa: E402


def lines(text: str) -> int:
    """Lines of code: neither empty, nor a comment, nor part of an import."""
    imports = {
        number
        for node in ast.walk(ast.parse(text))
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for number in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    }
    counted = (line.strip() for number, line in enumerate(text.splitlines(), start=1) if number not in imports)
    return sum(1 for line in counted if line and not line.startswith("#"))


def counts() -> dict[str, dict[str, int]]:
    """Task → tool → lines."""
    return {task: {tool: lines((HERE / task / f"{tool}.py").read_text("utf-8")) for tool in TOOLS} for task in TASKS}


def table() -> str:
    """The counts in Markdown, as the documentation shows them."""
    rows = [["Task", *TOOLS.values()], ["---", *("---:" for _ in TOOLS)]]
    rows += [[TASKS[task], *(str(of[tool]) for tool in TOOLS)] for task, of in counts().items()]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def result(task: str, tool: str, given: dict[str, Any]) -> Any:
    """What a file leaves in `result`, as a tensor."""
    import torch

    path = HERE / task / f"{tool}.py"
    names = dict(given)
    with torch.set_grad_enabled(tool == "nnsight" and False):
        exec(compile(path.read_text("utf-8"), str(path), "exec"), names)
    found = names["result"]
    return torch.as_tensor(found.to_numpy() if hasattr(found, "to_numpy") else found).detach()


def main() -> int:
    """Print the table; with `--check` compare the tools."""
    print(table())
    if "--check" not in sys.argv:
        return 0
    given = model_of_the_tasks()
    given |= peers(given)
    worst = 0
    for task in TASKS:
        ours = None
        for tool in TOOLS:
            try:
                found = result(task, tool, given)
            except Exception as error:
                print(f"{task} {tool}: {type(error).__name__}: {str(error)[:500]}")
                worst = 1
                continue
            ours = found if ours is None else ours
            if found.shape != ours.shape:
                print(f"{task} {tool}: shape {tuple(found.shape)}, not {tuple(ours.shape)}")
                worst = 1
                continue
            same = found.isnan() == ours.isnan()
            off = float((found - ours).abs().nan_to_num(0).max())
            size = float(ours.abs().nan_to_num(0).max())
            good = bool(same.all()) and off <= (0 if not found.is_floating_point() else TOLERANCE)
            worst |= not good
            print(f"{task} {tool}: largest difference {off:.1e} of values up to {size:.3g}{'' if good else ': NOT EQUAL'}")
    return worst


if __name__ == "__main__":
    sys.exit(main())
