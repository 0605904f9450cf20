"""Who imports whom, what a name means, how long a module may be, and what stays light."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "headkb"
MODULES = sorted(p for p in PACKAGE.rglob("*.py") if "_catalog" not in p.parts)

# Part of the package → the parts that it imports besides itself, from the bottom up: a part imports only parts above it in this list.
IMPORTS: dict[str, set[str]] = {
    "dev": set(),
    "errors": set(),
    "keywords": {"errors"},
    "head_index": {"errors"},
    "direction": {"head_index"},
    "cache_folder": set(),
    "catalog": {"cache_folder", "direction", "errors", "head_index", "keywords"},
    "exact": {"errors", "head_index"},
    "tensors": {"errors"},
    "inputs": {"errors", "tensors"},
    "__init__": {"catalog", "errors"},
    "finite": {"errors"},
    "model_cache": set(),
    "attention": {"errors", "finite", "head_index", "inputs", "model_cache", "tensors"},
    "prompts": {"errors", "inputs", "keywords", "tensors"},
    "models": {"__init__", "attention", "cache_folder", "catalog", "errors", "exact", "inputs", "prompts"},
    "scores": {"errors", "keywords", "tensors"},
    "site": {"__init__", "catalog", "direction", "head_index", "keywords"},
    "sweeps": {"attention", "errors", "finite", "head_index", "tensors"},
    "methods": {
        "attention",
        "errors",
        "finite",
        "head_index",
        "inputs",
        "keywords",
        "model_cache",
        "scores",
        "sweeps",
        "tensors",
    },
    "reproduce": {
        "__init__",
        "attention",
        "cache_folder",
        "catalog",
        "direction",
        "errors",
        "exact",
        "head_index",
        "keywords",
        "methods",
        "models",
        "prompts",
        "scores",
        "sweeps",
        "tensors",
    },
    "plugins": {"errors", "methods", "prompts", "scores"},
    "analysis": {
        "__init__",
        "attention",
        "catalog",
        "direction",
        "errors",
        "head_index",
        "inputs",
        "keywords",
        "methods",
        "models",
        "plugins",
        "prompts",
        "reproduce",
        "scores",
        "site",
        "sweeps",
        "tensors",
    },
    "scale": {"__init__", "catalog", "errors", "keywords", "models", "plugins", "prompts", "reproduce", "scores"},
    "cli": {
        "__init__",
        "analysis",
        "catalog",
        "direction",
        "errors",
        "head_index",
        "keywords",
        "models",
        "plugins",
        "prompts",
        "reproduce",
        "scale",
        "scores",
        "site",
    },
    "__main__": {"cli"},
}


def part_of(path: Path) -> str:
    """First folder or module below `headkb/`."""
    relative = path.relative_to(PACKAGE)
    return relative.parts[0] if len(relative.parts) > 1 else relative.stem


def module_of(path: Path) -> str:
    """The dotted name of a module."""
    parts = ["headkb", *path.relative_to(PACKAGE).with_suffix("").parts]
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


NAMES = {module_of(path): path for path in MODULES}


def for_types_alone(node: ast.AST) -> bool:
    """Whether this is `if TYPE_CHECKING:`, whose imports never run."""
    return isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"


def imported_modules(node: ast.AST, *, types: bool) -> set[str]:
    """The modules of headkb that a piece of code imports, at any depth; with `types` those under `if TYPE_CHECKING:` as well."""
    modules: set[str] = set()
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            modules |= {alias.name for alias in child.names}
        elif isinstance(child, ast.ImportFrom) and child.module:
            names = {f"{child.module}.{alias.name}" for alias in child.names}
            modules |= {name if name in NAMES else child.module for name in names}
        elif types or not for_types_alone(child):
            modules |= imported_modules(child, types=types)
    return modules & NAMES.keys()


TREES = {name: ast.parse(path.read_text(encoding="utf-8")) for name, path in NAMES.items()}


def test_every_part_imports_exactly_what_its_list_says() -> None:
    """Data flows one way. An arrow that is not in the list is a mistake; one that nobody uses would let the next mistake in.

    `headkb` itself names the calls of `headkb.analysis` for type checkers; it imports them when they are asked for.
    """
    arrows: dict[str, set[str]] = {part_of(path): set() for path in MODULES}
    for name, path in NAMES.items():
        found = imported_modules(TREES[name], types=name != "headkb")
        arrows[part_of(path)] |= {part_of(NAMES[other]) for other in found}
    assert {part: others - {part} for part, others in arrows.items()} == IMPORTS


def test_no_part_imports_one_that_stands_on_it() -> None:
    """The list is in the order of the layers, so every arrow points down."""
    order = list(IMPORTS)
    assert [(part, other) for part in order for other in IMPORTS[part] if order.index(other) >= order.index(part)] == []


def test_no_modules_import_each_other_in_a_circle() -> None:
    """What can be read from the bottom up can be understood, and tested, from the bottom up."""
    rest = {name: imported_modules(tree, types=False) - {name} for name, tree in TREES.items()}
    while ready := {name for name, others in rest.items() if not others & rest.keys()}:
        rest = {name: others for name, others in rest.items() if name not in ready}
    assert rest == {}


@pytest.mark.parametrize(("package", "module"), [("ray", "headkb.scale.on_ray"), ("pyarrow", "headkb.scale.store")])
def test_what_only_large_sweeps_need_is_known_to_one_module(package: str, module: str) -> None:
    """Ray nowhere else in the package, pyarrow nowhere else in sweeps: what comes without the extra works without it."""
    importing = [
        name
        for name, tree in TREES.items()
        if package == "ray" or name.startswith("headkb.scale")
        for node in ast.walk(tree)
        if (isinstance(node, ast.Import) and any(a.name.partition(".")[0] == package for a in node.names))
        or (isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == package)
    ]
    assert set(importing) == {module}


SHARED_MEANING = {"Reader", "Relation", "Role"}
"""Names that still stand for two types."""


def type_names(tree: ast.Module) -> set[str]:
    """The public classes and type aliases that a module defines: CamelCase names of its top level."""
    targets = [node.targets[0] for node in tree.body if isinstance(node, ast.Assign)]
    targets += [node.target for node in tree.body if isinstance(node, ast.AnnAssign)]
    names = {target.id for target in targets if isinstance(target, ast.Name)}
    names |= {node.name for node in tree.body if isinstance(node, ast.ClassDef)}
    return {name for name in names if name[0].isupper() and not name.isupper()}


def test_a_public_type_name_has_one_meaning() -> None:
    """`Head` in an error message or a signature is the record of a head type, wherever it stands."""
    modules: dict[str, list[str]] = {}
    for name, tree in TREES.items():
        for type_name in type_names(tree):
            modules.setdefault(type_name, []).append(name)
    twice = {name: where for name, where in modules.items() if len(where) > 1 and name not in SHARED_MEANING}
    assert twice == {}


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_no_module_is_longer_than_300_lines(path: Path) -> None:
    """A module that grows past 300 lines does more than one thing."""
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 300


@pytest.mark.parametrize(
    "module", ["headkb", "headkb.cli", "headkb.catalog.rules", "headkb.catalog.export", "headkb.site"]
)
def test_the_light_half_loads_no_torch(module: str) -> None:
    """The catalog, the command line's help and the site work where torch is not installed."""
    code = f"import sys, {module}; sys.exit('torch' in sys.modules or 'transformers' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
