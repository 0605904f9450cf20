"""What YAML's reader refuses, in words that lead to the mend: where the mistake begins, and what to write instead."""

from __future__ import annotations

import yaml

from headkb.catalog.record_files import Place, Problem

USUAL = "mind the indentation, and put values that hold `: ` or ` #` or start with a bracket into double quotes"
"""The mend where the reader's words do not tell more."""
_BRACKET = "close the bracket, put commas between its entries, and put entries that hold brackets into double quotes"
_COLUMN = (
    "begin keys, and entries (`- `), that belong together in one column; after a closing quote only the line's end or a comment may follow, so "
    "write \\\" for a quote inside double quotes, and '' inside single ones"
)
_MENDS = {
    "unknown escape": "write a backslash twice, or put the value into single quotes",
    "',' or ']'": _BRACKET,
    "',' or '}'": _BRACKET,
    "could not find expected ':'": "write `key: value` with a space after the colon; text that goes on is indented deeper than its key",
    "mapping values": "put a value that holds `: ` into double quotes; if it holds none, a line is indented too deep",
    "sequence entries": "begin each entry with `- ` on a line of its own; put text that starts with `- ` into double quotes",
    "'-' indicator": _COLUMN,
    "did not find expected key": _COLUMN,
    "<block end>": _COLUMN,
}
"""Words of the reader → how to mend it."""
_BEGINS_BEFORE = ("',' or ']'", "',' or '}'", "could not find expected ':'")
"""Words with which the reader names the place where it gave up, not the one where the mistake begins."""


def syntax_problem(error: yaml.YAMLError, text: str) -> Problem:
    """What an error of YAML's reader means in a text.

    Example:
        >>> try:
        ...     _ = yaml.safe_load("name: @home")
        ... except yaml.YAMLError as error:
        ...     print(syntax_problem(error, "name: @home").fix)
        put the value into double quotes: YAML keeps '@' at the beginning for itself
    """
    mark, begin = getattr(error, "problem_mark", None), getattr(error, "context_mark", None)
    said = str(getattr(error, "problem", None) or error).strip()
    message = f"not readable as YAML: {said}."
    if "end of stream" in said and begin and "quoted" in str(getattr(error, "context", "")):
        return Problem(
            "syntax",
            _place(begin),
            "not readable as YAML: the quote that opens here is not closed.",
            "close it at the end of the value",
        )
    if begin and any(words in said for words in _BEGINS_BEFORE):
        mark = begin
    place = _place(mark or begin)
    lines = text.split("\n")
    line = lines[place[0] - 1] if place[0] <= len(lines) else ""
    if "\t" in line[: len(line) - len(line.lstrip())]:
        return Problem("syntax", place, message, "indent with spaces, not with tabs")
    if "cannot start any token" in said and (sign := line[place[1] - 1 : place[1]]):
        return Problem(
            "syntax",
            place,
            message,
            f"put the value into double quotes: YAML keeps {sign!r} at the beginning for itself",
        )
    return Problem("syntax", place, message, next((mend for words, mend in _MENDS.items() if words in said), USUAL))


def _place(mark: yaml.Mark | None) -> Place:
    return (mark.line + 1, mark.column + 1) if mark else (1, 1)
