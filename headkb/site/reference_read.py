"""What the package offers to Python, read from its source: names, signatures and docstrings. Nothing is imported, so torch is not needed.

`griffe` reads the files; where it is not installed there is no reference (`can_read`).
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

PACKAGE = Path(__file__).parents[1]
PARTS: dict[str, str] = {
    "headkb": "The front door: a model and a question in, an object for a notebook out; and the catalog.",
    "headkb.analysis": "Scores, patterns and edits of a model, one call each, with their results.",
    "headkb.catalog": "The records, looked up by id, name or alias, and what follows from them.",
    "headkb.models": "From a name to a model that can be observed, with its passport.",
    "headkb.prompts": "Prompt generators, seeded, with the positions that scores ask for.",
    "headkb.attention": "Observing and editing one pass of a model.",
    "headkb.sweeps": "A metric with each head, or set of heads, edited in turn.",
    "headkb.methods": "Scores of a model: ablation, patching, attribution, weights.",
    "headkb.scores": "Scores of attention patterns, and the registry of all scores.",
    "headkb.reproduce": "Rerun recipes, claims and recorded runs.",
    "headkb.exact": "Models with hand-set weights, whose heads are known by construction.",
    "headkb.tensors": "Prompts and patterns: what scores are given.",
    "headkb.plugins": "Scores of files and of installed packages.",
    "headkb.errors": "What is raised.",
    "headkb.head_index": "Coordinates of heads: `L9H6`.",
}
"""The public parts of the package, in the order of their pages, and what each is for."""

Section = tuple[Literal["text", "code", "list"], str, tuple[tuple[str, str], ...]]
"""A piece of a docstring: text; code; or, under a title, names with what is said of each."""


@dataclass(frozen=True)
class PublicName:
    """A public name.

    Attributes:
        path: Where it is imported from, `headkb.models.LoadedModel`; of a member `headkb.models.LoadedModel.id`.
        kind: What it is.
        signature: As one would write it down.
        sections: Its docstring.
        file: Where it is defined, below the package's folder.
        members: Public methods and properties of a class.
    """

    path: str
    kind: Literal["class", "function", "property", "value", "module"]
    signature: str
    sections: tuple[Section, ...]
    file: str
    members: tuple[PublicName, ...] = ()

    @property
    def name(self) -> str:
        """Its last part."""
        return self.path.rpartition(".")[2]

    @property
    def summary(self) -> str:
        """The first sentence of its docstring."""
        text = next((text for kind, text, _ in self.sections if kind == "text"), "")
        return re.split(r"(?<=[.:?])\s", " ".join(text.split("\n\n")[0].split()), maxsplit=1)[0]


@dataclass(frozen=True)
class PublicPart:
    """A public module: its docstring, the names that are explained there, and names that another part explains (name → its path there)."""

    path: str
    sections: tuple[Section, ...]
    entries: tuple[PublicName, ...]
    elsewhere: tuple[tuple[str, str], ...]


def can_read() -> bool:
    """Whether `griffe` is installed."""
    return find_spec("griffe") is not None


def parts() -> dict[str, PublicPart]:
    """Every public part that exists, in the order of `PARTS`."""
    return {path: part(path) for path in PARTS if _file(path) is not None}


@cache
def part(path: str) -> PublicPart:
    """One part, read from the source."""
    module, own, elsewhere = _module(path), [], []
    for name in exported(path):
        home = _home(path, name)
        if home == path:
            own.append(_entry(*_found(path, name), f"{path}.{name}"))
        else:
            elsewhere.append((name, f"{home}.{name}"))
    return PublicPart(path, _sections(module), tuple(own), tuple(elsewhere))


def exported(path: str) -> list[str]:
    """The public names of a part: its `__all__`, else what its file defines without an underscore."""
    module = _module(path)
    if module.exports is not None:
        return sorted({str(name) for name in module.exports}, key=lambda name: (name.lower(), name))
    return [name for name, member in module.members.items() if not name.startswith("_") and not member.is_alias]


def _home(path: str, name: str) -> str:
    """The part that explains a name: the one nearest to its definition that offers it."""
    defined = _found(path, name)[0]
    offering = [
        other
        for other in PARTS
        if _file(other) is not None
        and f"{defined}.".startswith(f"{other}.")
        and name in exported(other)
        and _found(other, name)[0] == defined
    ]
    return max(offering, key=len, default=path)


def _file(path: str) -> Path | None:
    """The file of a module; None if there is none."""
    place = PACKAGE.joinpath(*path.split(".")[1:])
    files = (place / "__init__.py", place.with_suffix(".py"))
    return next((file for file in files if file.is_file()), None)


@cache
def _module(path: str) -> Any:
    import griffe

    logging.getLogger("griffe").setLevel(logging.ERROR)
    file = _file(path)
    assert file is not None, path
    extensions = griffe.load_extensions()
    module = griffe.visit(path, file, file.read_text(encoding="utf-8"), extensions=extensions)
    extensions.call("on_package", pkg=module)  # as a loader does at its end: fields of dataclasses become parameters
    return module


def _found(path: str, name: str) -> tuple[str, Any]:
    """The module that defines a name, and its definition.

    Raises:
        LookupError: If none can be found.
    """
    member = _module(path).members.get(name)
    if member is None and path == "headkb":  # imported when it is first named
        return _found("headkb.analysis", name)
    if member is None and _file(f"{path}.{name}"):
        return f"{path}.{name}", _module(f"{path}.{name}")
    if member is None:
        raise LookupError(f"{path} offers {name}, and neither defines nor imports it")
    if not member.is_alias:
        return path, member
    target = str(member.target_path)
    if _file(target):
        return target, _module(target)
    module, _, inner = target.rpartition(".")
    return _found(module, inner)


def _entry(module: str, found: Any, path: str) -> PublicName:
    name, file = path.rpartition(".")[2], _file(module)
    where = file.relative_to(PACKAGE.parent).as_posix() if file else ""
    sections = _sections(found)
    if found.is_module:
        return PublicName(path, "module", f"import {module}", sections, where)
    if found.is_function:
        return PublicName(path, "function", _call(name, found.parameters, found.returns), sections, where)
    if found.is_class:
        shown = (
            (key, member)
            for key, member in found.members.items()
            if not key.startswith("_") and not member.is_alias and member.docstring and _is_own(member)
        )
        members = tuple(_entry(module, member, f"{path}.{key}") for key, member in shown)
        return PublicName(path, "class", _class(name, found), sections, where, members)
    if "property" in found.labels:
        return PublicName(path, "property", f"{name}: {found.annotation}", sections, where)
    value = str(found.value) if found.value is not None else ""
    short = f" = {value}" if 0 < len(value) <= 200 and "\n" not in value else ""
    said = f": {found.annotation}" if found.annotation is not None and str(found.annotation) != "TypeAlias" else ""
    return PublicName(path, "value", f"{name}{said}{short}", sections, where)


def _is_own(member: Any) -> bool:
    return bool(member.is_function or "property" in member.labels or member.is_attribute)


def _class(name: str, found: Any) -> str:
    bases = f"({', '.join(str(base) for base in found.bases)})" if found.bases else ""
    head = f"class {name}{bases}"
    called = [parameter for parameter in found.parameters if parameter.name != "self"]
    return f"{head}\n\n{_call(name, called, None)}" if called else head


def _call(name: str, parameters: Any, returns: Any) -> str:
    words, marked = [], False
    for one in parameters:
        kind = one.kind.value if one.kind else ""
        if one.name in ("self", "cls"):
            continue
        if kind == "variadic positional":
            marked = True
        if kind == "keyword-only" and not marked:
            words.append("*")
            marked = True
        star = {"variadic positional": "*", "variadic keyword": "**"}.get(kind, "")
        said = f": {one.annotation}" if one.annotation is not None else ""
        default = "" if one.default is None or star else f"{' = ' if said else '='}{one.default}"
        words.append(f"{star}{one.name}{said}{default}")
    end = f" -> {returns}" if returns is not None else ""
    line = f"{name}({', '.join(words)}){end}"
    return line if len(line) <= 88 else "\n".join((f"{name}(", *(f"    {word}," for word in words), f"){end}"))


LISTS = {
    "parameters": "Arguments",
    "other parameters": "Further arguments",
    "attributes": "Attributes",
    "raises": "Raises",
    "returns": "Returns",
    "yields": "Yields",
}


def _sections(found: Any) -> tuple[Section, ...]:
    """A docstring in pieces."""
    if found.docstring is None:
        return ()
    pieces: list[Section] = []
    for section in found.docstring.parse("google", warn_unknown_params=False, warnings=False):
        kind, value = section.kind.value, section.value
        if kind == "text":
            pieces += _texts(value)
        elif kind == "examples":
            pieces += [one for what, text in value for one in _texts(text, example=what.value == "examples")]
        elif kind == "admonition":
            shown = value.description.lstrip().startswith(">>>")
            pieces += _texts(
                value.description if shown else f"{section.title or value.kind.title()}: {value.description}"
            )
        elif kind in LISTS:
            rows = tuple((_said_name(kind, one), _one_line(one.description)) for one in value)
            pieces.append(("list", LISTS[kind], rows))
    return tuple(pieces)


def _said_name(kind: str, one: Any) -> str:
    if kind in ("raises", "returns", "yields"):
        return str(one.annotation or "")
    return str(one.name)


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _texts(text: str, *, example: bool = False) -> Iterator[Section]:
    """Paragraphs, and code where lines are set in or begin with `>>>`."""
    for paragraph in re.split(r"\n\s*\n", text.strip("\n")):
        lines = paragraph.splitlines()
        if example or lines[0].lstrip().startswith(">>>") or all(line.startswith("    ") for line in lines):
            yield "code", "\n".join(line.removeprefix("    ") for line in lines), ()
        else:
            yield "text", paragraph, ()
