"""The canonical form of a record file: the house style, keys in the schema's order, the schema's address first; comments are kept."""

from __future__ import annotations

from pathlib import Path

import yaml

from headkb.catalog.house_read import UnwritableError, read_tree
from headkb.catalog.house_style import in_order, written
from headkb.catalog.kinds import Kind
from headkb.catalog.record_files import SourceError
from headkb.catalog.record_text import BEGINS, schema_line
from headkb.catalog.shape import shape_of
from headkb.catalog.source import parse


def formatted(text: str, kind: Kind, root: Path | None = None) -> str:
    r"""The text of a record file in its canonical form.

    Lists and mappings stay blocks, or on one line, and folded texts keep their lines.

    Args:
        text: The text as it is.
        kind: The kind of the record.
        root: The catalog that it is in, for the first line.

    Raises:
        UnwritableError: If it cannot be written so without a change of what it says; the text says why.

    Example:
        >>> print(formatted("definition:   Where a head looks.\nname: 'Focus'\n", "glossary").split("\n", 1)[1], end="")
        name: Focus
        definition: Where a head looks.
    """
    shape = shape_of(kind)
    if text.startswith("\ufeff"):
        raise UnwritableError("it begins with a byte-order mark, which `headkb fix --write` takes out")
    try:
        tree = read_tree(_without_schema_line(text.replace("\r\n", "\n")))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}: " if mark else ""
        raise UnwritableError(f"{where}not readable as YAML; `headkb validate` says what is wrong") from None
    above, tree.parts[0].above = tree.parts[0].above, ()  # of the whole file
    in_order(tree, shape)
    tree.parts[0].above = (*above, *tree.parts[0].above)
    new = f"{schema_line(kind, root)}\n{written(tree, shape)}"
    if new != text and not same_data(text, new):
        raise UnwritableError("the house style would change what it says")
    return new


def same_data(old: str, new: str) -> bool:
    """Whether two texts hold the same data for headkb's own reader; what it refuses is the same as nothing."""
    try:
        return parse(old)[0] == parse(new)[0]
    except SourceError:
        return False


def _without_schema_line(text: str) -> str:
    lines = text.splitlines(keepends=True)
    return "".join(line for n, line in enumerate(lines) if n > 4 or not line.startswith(BEGINS))
