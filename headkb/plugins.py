"""Scores and prompt generators from outside the package: a file of one's own, or a package that is installed.

A plug-in is a module whose import registers something, with `headkb.scores.score` for instance. An installed package names its module
in the entry point group `headkb.plugins`.
"""

from __future__ import annotations

import importlib.util
import sys
import traceback
from collections.abc import Callable, Iterable
from functools import partial
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import headkb.methods  # noqa: F401 - a plug-in must not take the id of a method
from headkb.errors import HeadkbError
from headkb.prompts import GENERATORS
from headkb.scores import SCORES

GROUP = "headkb.plugins"
"""Entry point group of installed plug-ins."""

_loaded: set[Path | str] = set()


def load_plugins(files: Iterable[Path | str] = ()) -> None:
    """Import the installed plug-ins, then the files; each once in a process.

    Args:
        files: Python files that register scores or generators when they are imported.

    Raises:
        HeadkbError: If a file does not exist, an import fails, nothing is registered, or an id is taken; the text says which plug-in.
    """
    for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.name):
        _register(f"{GROUP}:{entry.name}", f"the plug-in {entry.name} ({entry.value})", entry.load)
    for file in files:
        path = Path(file).resolve()
        if not path.is_file():
            raise HeadkbError(f"there is no plug-in {file}. Give a Python file that registers a score or a generator.")
        _register(path, f"the plug-in {file}", partial(_import_file, path))


def _register(key: Path | str, what: str, load: Callable[[], object]) -> None:
    """Run one plug-in's import; a failed one leaves the registries as they were."""
    if key in _loaded:
        return
    registries: tuple[dict[str, Any], ...] = (SCORES, GENERATORS)
    before = [dict(registry) for registry in registries]
    try:
        load()
        if all(len(registry) == len(old) for registry, old in zip(registries, before, strict=True)):
            raise HeadkbError(
                f'{what} registers nothing. Put @score("my-score", prompts="english-sentences") above a function in it.'
            )
    except Exception as error:
        for registry, old in zip(registries, before, strict=True):
            registry.clear()
            registry.update(old)
        if isinstance(error, HeadkbError):
            raise HeadkbError(str(error) if str(error).startswith(what) else f"{what}: {error}") from error
        place = traceback.extract_tb(error.__traceback__)[-1]
        raise HeadkbError(
            f"{what} cannot be imported: {type(error).__name__}: {error} ({place.filename}, line {place.lineno}). "
            "Fix that line, or leave the plug-in out."
        ) from error
    _loaded.add(key)


def _import_file(path: Path) -> None:
    name = f"headkb_plugin_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise HeadkbError(f"{path.name} is no Python file; its name must end in .py.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses and annotations in the file look their module up there
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
