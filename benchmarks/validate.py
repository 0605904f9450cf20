"""How long does validation take, and does it grow in step with the catalog?

    python benchmarks/validate.py [--records 5200] [--findings 0]

Copies the catalog (`copies.py`; claims, runs and tables grow, too) and prints CPU seconds of load and rules for three sizes, the growth
exponent, and the lower bound: reading the YAML files and composing them in C, nothing else.
"""

from __future__ import annotations

import argparse
import math
import sys
import tempfile
import time
from pathlib import Path

import yaml

from headkb import catalog_path
from headkb.catalog.load import load
from headkb.catalog.rules import check

sys.path.append(str(Path(__file__).parents[1]))

from benchmarks.copies import grow


def seconds(root: Path) -> tuple[float, float, float, int]:
    """CPU seconds of load, of the rules, and of the lower bound; and the number of findings."""
    start = time.process_time()
    catalog, found = load(root)
    loaded = time.process_time()
    found += check(catalog)
    checked = time.process_time()
    for path in root.rglob("*.yaml"):
        yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    bound = time.process_time()
    return loaded - start, checked - loaded, bound - checked, len(found)


def main() -> None:
    """Measure three sizes and print what they cost."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=5200)
    parser.add_argument("--findings", type=int, default=0)
    given = parser.parse_args()
    records = given.records
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for size in (records // 4, records // 2, records):
            root = Path(folder) / str(size)
            count = grow(catalog_path(), root, size, given.findings)
            load_s, rules_s, bound_s, found = seconds(root)
            rows.append((count, load_s + rules_s))
            print(
                f"{count:6} files: load {load_s:.2f} s + rules {rules_s:.2f} s = {load_s + rules_s:.2f} s CPU, "
                f"{(load_s + rules_s) / bound_s:.1f} x the bound ({bound_s:.2f} s); {found} findings"
            )
    (n0, t0), (n1, t1) = rows[0], rows[-1]
    if n1 > n0:
        print(f"growth exponent {math.log(t1 / t0) / math.log(n1 / n0):.2f}")


if __name__ == "__main__":
    main()
