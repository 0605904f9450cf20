"""Write the oldest versions that pyproject.toml admits as constraints for pip.

    python tools/lowest.py reproduce test > oldest.txt
    pip install --constraint oldest.txt 'headkb[reproduce,test]'

Needs nothing but Python: it runs before anything is installed. What a dependency brings is left to pip.
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).parents[1] / "pyproject.toml"
NEED = re.compile(r"(?P<name>[A-Za-z0-9._-]+)(?:\[[^]]*\])?\s*(?P<bounds>[^;]*)(?:;.*)?")
LEAST = re.compile(r"(?:>=|==)\s*(?P<version>[0-9][0-9A-Za-z.+!]*)")
UNBOUND = frozenset({"types-PyYAML"})
"""Types alone: they follow the package that they describe."""


def main() -> int:
    """Print a line for each dependency of the package and of the named extras."""
    try:
        print("\n".join(lowest(tomllib.loads(PROJECT.read_text(encoding="utf-8")), sys.argv[1:])))
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def lowest(project: Mapping[str, Any], extras: list[str]) -> list[str]:
    """Constraints, sorted: `click==8.1`.

    Raises:
        ValueError: If an extra does not exist, or a dependency has no lower bound.
    """
    return sorted({_constraint(need) for need in _needs(project["project"], extras)} - {""}, key=str.casefold)


def _needs(project: Mapping[str, Any], extras: list[str]) -> Iterator[str]:
    optional = project["optional-dependencies"]
    if unknown := sorted(set(extras) - set(optional)):
        raise ValueError(f"there is no extra {unknown[0]!r}; there are {', '.join(optional)}")
    yield from project["dependencies"]
    for extra in extras:
        for need in optional[extra]:
            if inner := re.match(r"headkb\[([^]]*)\]", need):
                yield from _needs({**project, "dependencies": []}, inner[1].split(","))
            else:
                yield need


def _constraint(need: str) -> str:
    found = NEED.fullmatch(need.strip())
    if found is None:
        raise ValueError(f"{need!r} is no dependency as this reads them")
    least = LEAST.search(found["bounds"])
    if found["name"] in UNBOUND:
        return ""
    if least is None:
        raise ValueError(f"{need!r} has no lower bound: write the oldest version that it was tested with, `>=…`")
    return f"{found['name']}=={least['version']}"


if __name__ == "__main__":
    sys.exit(main())
