"""How large the environment is in which this runs, in megabytes; with `--most`, exit 1 if it is larger."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path


def main() -> int:
    """Print the size of everything below `sys.prefix`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--most", type=float, default=float("inf"), help="megabytes that it may have")
    most = parser.parse_args().most
    size = sum(path.stat().st_size for path in Path(sys.prefix).rglob("*") if path.is_file() and not path.is_symlink())
    print(f"{sys.prefix}: {size / 1e6:.0f} MB")
    return int(size / 1e6 > most)


if __name__ == "__main__":
    sys.exit(main())
