"""How does the cost of each step grow with the catalog, when its claims, runs and tables grow, too?

    python benchmarks/growth.py [--records 1300 2700 10000] [--findings 0]

For every size, a process of its own loads the catalog and its copies (`copies.py`), checks the rules, searches, exports JSON and makes the
site's context, pages and other files, in that order: what is worked out once for all counts where it is first needed. Prints CPU seconds of
each step, the highest resident size, and the exponents between the smallest and the largest catalog (1 is linear).
"""

from __future__ import annotations

import argparse
import json
import math
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from headkb import catalog_path

sys.path.append(str(Path(__file__).parents[1]))  # last, so that another version of the package can be measured

from benchmarks.copies import grow


def measure(root: Path) -> dict[str, float]:
    """CPU seconds of each step on the catalog in `root`, the highest resident size in MB, and the number of findings."""
    from headkb.catalog.export import export
    from headkb.catalog.load import load
    from headkb.catalog.rules import check
    from headkb.catalog.search import search
    from headkb.site.outputs import outputs
    from headkb.site.pages import all_pages
    from headkb.site.parts import make_context

    told: dict[str, float] = {}

    def step(name: str, work: Callable[[], Any]) -> Any:
        start = time.process_time()
        made = work()
        told[name] = time.process_time() - start
        print(f"    {name} {told[name]:.2f} s", file=sys.stderr, flush=True)
        return made

    catalog, found = step("load", lambda: load(root))
    found = found + step("rules", lambda: check(catalog))
    step("search", lambda: search(catalog, "inductoin head"))
    with tempfile.TemporaryDirectory() as folder:
        step("export json", lambda: export(catalog, "json", Path(folder)))
    context = step("context", lambda: make_context(catalog))
    pages = step("pages", lambda: all_pages(context))
    step("outputs", lambda: outputs(context, pages))
    told["MB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"records": sum(1 for _ in catalog.records()), "pages made": len(pages), "findings": len(found), **told}


def main() -> None:
    """Measure every size and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, nargs="+", default=[1300, 2700, 10000])
    parser.add_argument("--findings", type=int, default=0)
    parser.add_argument("--one", type=Path, help="measure the catalog in this folder alone, and print JSON")
    given = parser.parse_args()
    if given.one:
        print(json.dumps(measure(given.one)))
        return
    rows: list[dict[str, float]] = []
    for size in given.records:
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder) / "catalog"
            grow(catalog_path(), root, size, given.findings)
            print(f"  {size} records", file=sys.stderr, flush=True)
            done = subprocess.run(
                [sys.executable, __file__, "--one", str(root)], check=True, stdout=subprocess.PIPE, text=True
            )
            rows.append(json.loads(done.stdout))
    print(
        "| | "
        + " | ".join(f"{row['records']:,.0f}" for row in rows)
        + " | exponent |\n"
        + "|---" * (len(rows) + 2)
        + "|"
    )
    spread = math.log(rows[-1]["records"] / rows[0]["records"])
    for name in list(rows[0])[1:]:
        costs = [row[name] for row in rows]
        whole = name in ("findings", "pages made", "MB")
        power = f"{math.log(costs[-1] / costs[0]) / spread:.2f}" if spread and costs[0] > 0 and costs[-1] > 0 else ""
        print(f"| {name} | " + " | ".join(f"{c:,.0f}" if whole else f"{c:.2f}" for c in costs) + f" | {power} |")


if __name__ == "__main__":
    main()
