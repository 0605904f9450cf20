"""Pydantic's errors → headkb's: where in the file, what is wrong, why it matters, how to fix it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any, get_args, get_origin

from pydantic import BaseModel, ValidationError

from headkb.catalog.diagnostic import Diagnostic
from headkb.catalog.file_rules import FILE_RULES
from headkb.catalog.record_files import Place
from headkb.catalog.schema.ids import ID_PATTERN
from headkb.catalog.schema.paper import ARXIV_PATTERN, DOI_PATTERN
from headkb.catalog.source import Field
from headkb.catalog.value_mends import mend_of
from headkb.head_index import NAME_PATTERN

MOST = 100
"""Problems of one file that are listed one by one."""


def explain(
    error: ValidationError,
    file: str,
    where: dict[Field, Place],
    model: type[BaseModel],
    asked: Mapping[Field, str] = MappingProxyType({}),
) -> Iterator[Diagnostic]:
    """One diagnostic per pydantic error: unknown keys at the key, wrong values at the value, missing keys at their record.

    Args:
        error: What pydantic says.
        file: The file's name for the reader.
        where: Line and column of every field in it.
        model: The schema of the file.
        asked: Fields that are still to be filled: of these nothing is asked but that (`questions`).
    """
    found = error.errors(include_url=False)
    faulty = {tuple(item["loc"][:end]) for item in found for end in range(len(item["loc"]))}
    items = [item for item in found if not _is_asked(tuple(item["loc"]), asked, item["type"] == "extra_forbidden")]
    meant = _meant(items, model)
    items = [item for item in items if item["type"] != "missing" or tuple(item["loc"]) not in meant.values()]
    for number, item in enumerate(items):
        loc: Field = tuple(item["loc"])
        if item["type"] == "too_short" and loc in faulty:
            continue  # the list is not empty: its entries are faulty, and each has a diagnostic of its own
        if number >= MOST:
            message, fix = (
                f"there are {len(items) - MOST:,} problems more.",
                "mend those that are listed, then validate again",
            )
            yield Diagnostic(file, 1, 1, "too-many-problems", "", message, FILE_RULES["too-many-problems"].why, fix)
            return
        if item["type"] == "extra_forbidden":
            yield _unknown_key(file, loc, where, model, meant.get(loc, ()))
        elif item["type"] == "missing":
            yield _missing_key(file, loc, where, model)
        else:
            yield _wrong_value(file, item, loc, where)


def questions(asked: Mapping[Field, str], file: str, where: dict[Field, Place]) -> Iterator[Diagnostic]:
    """One diagnostic per field that is still to be filled, as `headkb.catalog.unfilled.unanswered` gives them."""
    why = FILE_RULES["unfilled"].why
    for field, question in asked.items():
        name = dotted(tuple(part for part in field if part != ""))
        fix = "write the answer in place of ‹…›, or delete the line where it may be left out and nobody knows"
        place = where.get(field, _nearest(field, where))
        yield Diagnostic(file, *place, "unfilled", name, f"still to be filled: {question}.", why, fix)


def _is_asked(loc: Field, asked: Mapping[Field, str], key_alone: bool) -> bool:
    """Whether a field, one that it lies in, or its key holds a question; with `key_alone` only its key counts."""
    if not asked:
        return False
    ways = [loc[:end] for end in range(1, len(loc) + 1)]
    return any((*way[:-1], "", way[-1]) in asked or (way in asked and not key_alone) for way in ways)


def dotted(field: Field) -> str:
    """`("claims", 0, "head")` → `claims[0].head`."""
    text = ""
    for part in field:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


def _nearest(field: Field, where: dict[Field, Place]) -> Place:
    while field and field not in where:
        field = field[:-1]
    return where.get(field, (1, 1))


def _meant(items: Sequence[Any], model: type[BaseModel]) -> dict[Field, Field]:
    """Unknown keys → the key that each was probably meant to be; if that is missing, it is not reported as well."""
    meant: dict[Field, Field] = {}
    for item in items:
        if item["type"] == "extra_forbidden":
            *holder, key = item["loc"]
            near = get_close_matches(str(key), sorted(_keys(_model_at(model, tuple(holder)))), n=1, cutoff=0.6)
            meant |= {(*holder, key): (*holder, *near)} if near else {}
    return meant


def _unknown_key(
    file: str, loc: Field, where: dict[Field, Place], model: type[BaseModel], meant: Field = ()
) -> Diagnostic:
    key = str(loc[-1])
    fix = (
        f"did you mean `{meant[-1]}`?"
        if meant
        else f"keys here are {', '.join(sorted(_keys(_model_at(model, loc[:-1]))))}"
    )
    place, why = where.get((*loc[:-1], "", key), _nearest(loc, where)), FILE_RULES["unknown-key"].why
    return Diagnostic(file, *place, "unknown-key", dotted(loc), f"there is no key `{key[:80]}` here.", why, fix)


def _missing_key(file: str, loc: Field, where: dict[Field, Place], model: type[BaseModel]) -> Diagnostic:
    key = str(loc[-1])
    owner = _model_at(model, loc[:-1])
    fields = owner.model_fields.items() if owner else ()
    hint = next((f" ({f.description})" for n, f in fields if (f.alias or n) == key and f.description), "")
    place, why = _nearest(loc[:-1], where), FILE_RULES["missing-key"].why
    message, fix = f"the key `{key}` is missing.", f"add `{key}: …`{hint}"
    return Diagnostic(file, *place, "missing-key", dotted(loc), message, why, fix)


def _wrong_value(file: str, item: Any, loc: Field, where: dict[Field, Place]) -> Diagnostic:
    message, fix = _words(item)
    place = _nearest(loc, where)
    if loc[-1:] == ("[key]",):
        loc = loc[:-1]
        place = where.get((*loc[:-1], "", loc[-1]) if loc else loc, _nearest(loc, where))
    why = FILE_RULES["wrong-value"].why
    return Diagnostic(file, *place, "wrong-value", dotted(loc), message, why, fix)


PATTERNS = {
    ID_PATTERN: "an id is lower-case words of a-z and 0-9 joined by hyphens, such as name-mover",
    NAME_PATTERN: "a head is written L9H6: layer and head, both counted from 0",
    ARXIV_PATTERN: "an arXiv id looks like 2211.00593, year and month first, without `arXiv:` and without a version",
    DOI_PATTERN: "a DOI starts with 10. and has a slash: 10.18653/v1/P19-1580, without https://doi.org/",
    r"^[0-9a-f]{7,40}$": "a commit or revision is 7 to 40 hexadecimal digits",
    r"^[0-9a-f]{64}$": "a SHA-256 is 64 hexadecimal digits in lower case",
    r"^[^\n\t]+$": "write it on one line, without tabs",
    r"^[A-Za-z0-9_][A-Za-z0-9_.-]*/[A-Za-z0-9_][A-Za-z0-9_.-]*$": "write it as owner/name",
    r"^[A-Za-z0-9][A-Za-z0-9_.-]*(?:/[A-Za-z0-9][A-Za-z0-9_.-]*)?$": "write it as owner/name",
    r"^[a-z_][a-z0-9_]*$": "a parameter is a word of a-z, 0-9 and _",
}


def _words(item: Any) -> tuple[str, str]:
    kind, context, value = item["type"], item.get("ctx", {}), item.get("input")
    value_text = f"{value!r}" if isinstance(value, (str, int, float)) else type(value).__name__
    value_text = value_text if len(value_text) <= 60 else value_text[:57] + "…'"
    if kind == "literal_error":
        allowed = [w.strip("'") for w in str(context.get("expected", "")).replace(" or ", ", ").split(", ")]
        near = get_close_matches(str(value), allowed, n=1, cutoff=0.5)
        fix = f"did you mean `{near[0]}`?" if near else f"use one of {', '.join(allowed)}"
        return f"{value_text} is not one of the allowed words.", fix
    if kind == "string_pattern_mismatch":
        pattern = str(context.get("pattern"))
        return f"{value_text} does not have the right form.", PATTERNS.get(pattern, f"it must match {pattern}")
    if kind == "value_error":
        given = f"{value_text}: " if isinstance(value, (str, int, float)) else ""
        said = _sentence(str(context.get("error", item["msg"])))
        return f"{given}{said}", mend_of(said, value)
    if kind in ("string_too_short", "too_short"):
        return "there is nothing here.", "leave the key out, or give it a value"
    if kind == "string_too_long":
        return f"the text has more than {context.get('max_length')} characters.", "shorten it"
    if kind in ("tuple_type", "list_type"):
        return f"a list is needed here, not {_what(value)}.", "start each entry on its own line with `- `"
    if kind in ("model_type", "dict_type", "model_attributes_type"):
        return f"keys and values are needed here, not {_what(value)}.", "write `key: value` lines below it"
    if kind == "string_type":
        return f"text is needed here, not {_what(value)}.", "put the text into double quotes"
    if kind == "finite_number":
        return (
            f"{value_text} is no finite number.",
            "leave the key out where there is no number, or write null in a list of values",
        )
    if kind in ("greater_than_equal", "greater_than", "less_than_equal", "less_than"):
        bound = {"ge": "at least", "gt": "more than", "le": "at most", "lt": "less than"}
        asked = " and ".join(f"{bound[key]} {limit:g}" for key, limit in context.items() if key in bound)
        return f"{value_text} is out of range.", f"the number must be {asked}"
    if kind.startswith(("int_", "float_")):
        return f"a number is needed here, not {value_text}.", "write digits only, such as 12 or 0.5"
    if kind.startswith("bool_"):
        return f"{value_text} is neither true nor false.", "write true or false"
    return f"{value_text}: {_sentence(str(item['msg']))}", "change the value so that it fits"


def _what(value: Any) -> str:
    names = {str: "text", list: "a list", dict: "keys and values", int: "a number"}
    return names.get(type(value), type(value).__name__)


def _sentence(text: str) -> str:
    text = text.removeprefix("Value error, ")
    return text if text.endswith(".") else text + "."


def _keys(model: type[BaseModel] | None) -> set[str]:
    fields = model.model_fields.items() if model else ()
    return {f.alias or name for name, f in fields if name != "id" or "kind" not in model.__dict__}


def _model_at(model: type[BaseModel], loc: Field) -> type[BaseModel] | None:
    """The schema that describes the mapping at `loc`, by following annotations down."""
    here: Any = model
    for part in loc:
        if isinstance(part, int):
            continue
        if isinstance(here, type) and issubclass(here, BaseModel):
            annotations = [f.annotation for n, f in here.model_fields.items() if (f.alias or n) == part]
            here = _inner(annotations[0]) if annotations else None
        else:
            here = _inner(here)
        if here is None:
            return None
    return here if isinstance(here, type) and issubclass(here, BaseModel) else None


def _inner(annotation: Any) -> Any:
    """The pydantic model inside `X | None`, `tuple[X, ...]`, `dict[str, X]`, or None."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if get_origin(annotation) is None:
        return None
    return next((m for m in (_inner(a) for a in get_args(annotation)) if m is not None), None)
