"""What does a command cost before it does anything? CPU seconds of whole processes, user and system.

    python benchmarks/start_up.py [--score] [--rounds 3] [--before DIR]

Look-ups are measured without what they keep (an empty cache folder each time) and with it. Lower bounds: bare Python with click and rich, and
for `score` Python with torch and one class of transformers. `--before` is another checkout, whose commands are run in turn with these, so
that both meet the same load; each number is the least of the rounds.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

HERE = Path(__file__).parents[1]
LOOK_UPS = (("list", "heads"), ("show", "heads", "induction"), ("whois", "gpt2", "L9H9"), ("search", "name", "mover"))
SCORE = ("score", "induction", "--model", "organism-tasks")
BOUND, SCORE_BOUND = "import click, rich.console", "import torch; from transformers import LlamaForCausalLM"


def seconds(command: Sequence[str], environment: Mapping[str, str], folder: Path = HERE) -> float:
    """CPU seconds of a process that is started in a folder. Raises CalledProcessError if it fails."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, cwd=folder, env=dict(environment), check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def headkb(checkout: Path, cache: Path, arguments: Sequence[str]) -> float:
    """The same of `headkb` in a checkout, on the catalog of that checkout."""
    path = os.pathsep.join([str(checkout), os.environ.get("PYTHONPATH", "")])
    environment = {
        **os.environ,
        "PYTHONPATH": path,
        "HEADKB_CACHE": str(cache),
        "HEADKB_CATALOG": str(checkout / "catalog"),
    }
    return seconds([sys.executable, "-m", "headkb", *arguments], environment, checkout)


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--score", action="store_true", help="also `headkb score` on an organism")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--before", type=Path, help="another checkout")
    given = parser.parse_args()
    commands = [*LOOK_UPS, *([SCORE] if given.score else [])]
    least: dict[tuple[str, str], float] = {}

    def note(what: str, column: str, value: float) -> None:
        least[what, column] = min(value, least.get((what, column), value))

    with tempfile.TemporaryDirectory() as folder:
        for number in range(given.rounds + 1):
            warm = Path(folder, "warm")
            for command in commands:
                code = SCORE_BOUND if command is SCORE else BOUND
                figures = {
                    "bound": seconds([sys.executable, "-c", code], os.environ),
                    "cold": headkb(HERE, Path(folder, f"{number}-{command[0]}"), command),
                    "now": headkb(HERE, warm, command),
                }
                if given.before:
                    figures["before"] = headkb(given.before.resolve(), Path(folder, "before"), command)
                for column, value in figures.items():
                    if number:  # the first round fills caches
                        note(" ".join(command), column, value)
    columns = ["bound", *(["before"] if given.before else []), "cold", "now"]
    print(
        f"{'CPU seconds':45}"
        + "".join(f"{column:>9}" for column in columns)
        + "   now/bound"
        + "   before/now" * bool(given.before)
    )
    for command in commands:
        what = " ".join(command)
        row = [least[what, column] for column in columns]
        ratios = f"{least[what, 'now'] / least[what, 'bound']:12.1f}"
        if given.before:
            ratios += f"{least[what, 'before'] / least[what, 'now']:13.1f}"
        print(f"{what:45}" + "".join(f"{value:9.2f}" for value in row) + ratios)


if __name__ == "__main__":
    main()
