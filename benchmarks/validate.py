"""How long does validation take, and does it grow in step with the catalog?

    python benchmarks/validate.py [--records 2000]

Copies the catalog's own records (claims, runs and score tables left out, names and identifiers made distinct) until there are as many
as asked, and prints CPU seconds of load and rules for three sizes, the growth exponent, and the lower bound: reading the files and
composing their YAML in C, nothing else.
"""

from __future__ import annotations

import argparse
import math
import re
import shutil
import tempfile
import time
from pathlib import Path

import yaml

from headkb import catalog_path
from headkb.catalog.load import load
from headkb.catalog.rules import check

UNIQUE = re.compile(
    r"^(arxiv|doi|openreview|acl|aliases|replaces|relations|errata)\b.*?(?=^\w|\Z)", re.MULTILINE | re.DOTALL
)


def grow(source: Path, target: Path, records: int) -> int:
    """Write the original records and numbered copies of them until there are `records`; returns how many files there are."""
    shutil.copytree(source, target)
    originals = [
        p
        for kind in ("heads", "papers", "methods", "benchmarks", "glossary", "models")
        for p in sorted((source / kind).glob("*.yaml"))
    ]
    count, copy = sum(1 for _ in target.rglob("*.yaml")), 1
    while count < records:
        for path in originals:
            if count >= records:
                break
            text = UNIQUE.sub("", path.read_text(encoding="utf-8"))
            text = re.sub(
                r"^(name|title): (\"?)(.*?)(\"?)$", rf"\1: \g<2>\3 copy {copy}\4", text, count=1, flags=re.MULTILINE
            )
            (target / path.parent.name / f"{path.stem}-copy-{copy}.yaml").write_text(text, encoding="utf-8")
            count += 1
        copy += 1
    return count


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
    parser.add_argument("--records", type=int, default=2000)
    records = parser.parse_args().records
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for size in (records // 4, records // 2, records):
            root = Path(folder) / str(size)
            count = grow(catalog_path(), root, size)
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
