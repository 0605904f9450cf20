"""What the code answers to, read from its source: scores and prompt generators with their keywords, without importing torch.

A function that carries `@generator("id", …)` or `@score("id", …)` is an entry; records name it by its id.
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from headkb.keywords import PACKAGE, Keyword, literal

_PARTS = ("prompts", "scores", "methods")


@dataclass(frozen=True)
class CodeEntry:
    """A decorated function.

    Attributes:
        decorator: `generator` or `score`.
        id: What records call it.
        module: Its module, dotted.
        file: Its file relative to the package's folder, with slashes.
        line: Line of `def`, from 1.
        function: Its name.
        keywords: Its keyword-only parameters in order.
        summary: First line of its docstring.
        options: Keywords of the decorator.
    """

    decorator: str
    id: str
    module: str
    file: str
    line: int
    function: str
    keywords: Mapping[str, Keyword]
    summary: str
    options: Mapping[str, Any]


def generators() -> Mapping[str, CodeEntry]:
    """The prompt generators of headkb by id, in alphabetical order."""
    return _entries()["generator"]


def scores() -> Mapping[str, CodeEntry]:
    """The scores of headkb by id, in alphabetical order, those of `headkb.methods` among them."""
    return _entries()["score"]


@functools.cache
def _entries() -> Mapping[str, Mapping[str, CodeEntry]]:
    by_id: dict[str, dict[str, CodeEntry]] = {"generator": {}, "score": {}}
    files = [path for part in _PARTS for path in (PACKAGE / part).rglob("*.py")]
    for entry in sorted((entry for path in files for entry in read_entries(path, PACKAGE)), key=lambda entry: entry.id):
        by_id[entry.decorator][entry.id] = entry
    return by_id


def read_entries(path: Path, package: Path) -> Iterator[CodeEntry]:
    """The decorated functions of a source file that belongs to the package in the folder `package`."""
    source = path.read_text(encoding="utf-8")
    # Parsing is what takes the time, and most files hold none.
    if "\n@generator(" not in source and "\n@score(" not in source:
        return
    file = path.relative_to(package)
    for node in ast.parse(source).body:
        if not isinstance(node, ast.FunctionDef):
            continue
        for call in node.decorator_list:
            match call:
                case ast.Call(ast.Name("generator" | "score" as decorator), [ast.Constant(str(id_))], options):
                    yield CodeEntry(
                        decorator,
                        id_,
                        ".".join((package.name, *file.with_suffix("").parts)),
                        file.as_posix(),
                        node.lineno,
                        node.name,
                        dict(_keywords(node.args)),
                        (ast.get_docstring(node) or "").partition("\n")[0],
                        {option.arg: literal(option.value) for option in options if option.arg},
                    )


def _keywords(arguments: ast.arguments) -> Iterator[tuple[str, Keyword]]:
    for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        annotation = ast.unparse(argument.annotation) if argument.annotation else ""
        yield argument.arg, Keyword(annotation, ... if default is None else literal(default))
