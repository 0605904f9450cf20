"""Run nine tasks in headkb, TransformerLens and nnsight, compare the numbers, and print how many lines each takes.

python benchmarks/peers/run.py              writes the table of docs/beside.md, from the files alone
python benchmarks/peers/run.py --check      also runs them; needs transformer-lens==4.3.0 and nnsight==0.8.1 beside headkb
"""

from __future__ import annotations

import ast
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
PAGE = HERE.parents[1] / "docs" / "beside.md"
TOOLS = {"headkb": "headkb", "transformer_lens": "TransformerLens 4.3.0", "nnsight": "nnsight 0.8.1"}
TASKS = {
    "induction_of_all_heads": "Induction score of every head, on repeated random tokens",
    "detectors_in_a_table": "Three detectors of every head, as a data frame",
    "pattern_of_one_head": "The pattern of one head on one text",
    "ablate_one_head": "What silencing one head costs in logit difference",
    "patch_every_head": "Activation patching of every head",
    "path_patching_into_values": "Path patching from every head into the values of one",
    "direct_logit_attribution": "Direct logit attribution of every head",
    "ablate_while_generating": "Text generated with one head silenced",
    "score_an_attention_tensor": "Induction score of an attention tensor that one has",
}
TOLERANCE = 1e-4
"""The largest difference between two tools' numbers; logit differences lie between 0 and 12. Generated tokens are equal."""


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


def documented(page: str) -> str:
    """The page of the documentation with the table of now."""
    begin, end = "<!-- lines: begin -->\n", "<!-- lines: end -->"
    before, _, rest = page.partition(begin)
    return f"{before}{begin}\n{table()}\n\n{end}{rest.partition(end)[2]}"


def result(task: str, tool: str, given: dict[str, Any]) -> Any:
    """What a file leaves in `result`, as a tensor."""
    import torch

    path = HERE / task / f"{tool}.py"
    names = dict(given)
    with torch.no_grad():
        exec(compile(path.read_text("utf-8"), str(path), "exec"), names)
    found = names["result"]
    if hasattr(found, "to_numpy"):  # a data frame; headkb's has the layer of each head as well
        found = found.drop(columns="layer", errors="ignore").to_numpy()
    return torch.as_tensor(found).detach()


def main() -> int:
    """Write the table; with `--check` compare the tools."""
    PAGE.write_text(documented(PAGE.read_text("utf-8")), encoding="utf-8")
    print(table())
    if "--check" not in sys.argv:
        return 0
    sys.path.insert(0, str(HERE))
    from given import model_of_the_tasks, peers

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
            print(
                f"{task} {tool}: largest difference {off:.1e} of values up to {size:.3g}{'' if good else ': NOT EQUAL'}"
            )
    return worst


if __name__ == "__main__":
    sys.exit(main())
