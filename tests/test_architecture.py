"""Who may import whom, how long a module may be, and what stays light."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "headkb"
MODULES = sorted(p for p in PACKAGE.rglob("*.py") if "_catalog" not in p.parts)

# part of the package → the parts that it may import besides itself
ALLOWED: dict[str, set[str]] = {
    "errors": set(),
    "catalog": {"errors"},
    "site": {"catalog", "errors", "__init__"},
    "tensors": {"errors"},
    "attention": {"errors", "tensors"},
    "sweeps": {"attention", "errors", "tensors"},
    "scores": {"errors", "tensors"},
    "prompts": {"errors", "tensors"},
    "exact": {"errors", "tensors", "prompts", "scores", "attention"},
    "methods": {"attention", "errors", "prompts", "scores", "sweeps", "tensors"},
    "models": {"catalog", "errors", "exact"},
    "reproduce": {
        "__init__",
        "attention",
        "catalog",
        "errors",
        "exact",
        "methods",
        "models",
        "prompts",
        "scores",
        "sweeps",
        "tensors",
    },
    "plugins": {"errors", "methods", "prompts", "scores"},
    "__init__": {"catalog", "errors"},
    "__main__": {"cli"},
}


def part_of(path: Path) -> str:
    """First folder or module below `headkb/`."""
    relative = path.relative_to(PACKAGE)
    return relative.parts[0] if len(relative.parts) > 1 else relative.stem


def imported_parts(path: Path) -> set[str]:
    """The parts of headkb that a module imports, at any depth of its code."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = (
                [f"{node.module}.{alias.name}" for alias in node.names] if node.module == "headkb" else [node.module]
            )
        for name in names:
            if name == "headkb" or name.startswith("headkb."):
                part = name.split(".")[1] if "." in name else "__init__"
                in_package = (PACKAGE / part).is_dir() or (PACKAGE / f"{part}.py").is_file()
                found.add(part if in_package else "__init__")
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_a_module_imports_only_what_its_part_may(path: Path) -> None:
    """Data flows one way: nothing imports the command line, scores know no files, the site knows no torch."""
    part = part_of(path)
    if part == "cli":
        return
    assert imported_parts(path) - {part} <= ALLOWED[part]


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_no_module_is_longer_than_300_lines(path: Path) -> None:
    """A module that grows past 300 lines does more than one thing."""
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 300


def test_the_engine_can_be_read_in_one_sitting() -> None:
    """How a pattern reaches a score takes less than 1,000 lines to find out, docstrings and blank lines counted."""
    lines = [len(p.read_text(encoding="utf-8").splitlines()) for p in MODULES if part_of(p) == "attention"]
    assert 0 < sum(lines) < 1000


def test_every_part_of_the_package_has_its_place_in_the_flow() -> None:
    """A new module cannot slip in without saying what it may import."""
    assert {part_of(p) for p in MODULES} - {"cli"} <= set(ALLOWED)


@pytest.mark.parametrize(
    "module", ["headkb", "headkb.cli", "headkb.catalog.rules", "headkb.catalog.export", "headkb.site"]
)
def test_the_light_half_loads_no_torch(module: str) -> None:
    """The catalog, the command line's help and the site work where torch is not installed."""
    code = f"import sys, {module}; sys.exit('torch' in sys.modules or 'transformers' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
