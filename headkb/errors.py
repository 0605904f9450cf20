"""Exceptions that headkb raises on wrong calls.

    HeadkbError
    ├── CatalogError        files of a catalog cannot be used; `.diagnostics` lists every problem (`headkb.catalog.diagnostic`)
    ├── UnknownNameError    a look-up found nothing; `.suggestions` lists near names
    ├── ShapeError          a tensor has a shape that the function cannot use
    ├── ModelError          a model cannot be loaded, or cannot be observed faithfully
    ├── MissingExtraError   a package that only an extra of headkb brings is not installed; an `ImportError`, too
    └── ReproductionError   a recipe or run cannot be carried out as it is written

Wrong data in a catalog file is not an exception but a `headkb.catalog.diagnostic.Diagnostic`, so that all of them can be shown at once.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable, Sequence
from difflib import get_close_matches


class HeadkbError(Exception):
    """Base of everything that headkb raises on purpose; its text says what, why and what to do."""


def near_names(name: str, known: Iterable[str], most: int = 3) -> tuple[str, ...]:
    """Known names that are spelt nearly like this one, nearest first; then those that begin nearly like it.

    Example:
        >>> near_names("smolm2", ["smollm2-135m-instruct", "gpt2"])
        ('smollm2-135m-instruct',)
    """
    word, names = name.casefold(), sorted(set(known))
    near = get_close_matches(word, names, n=most, cutoff=0.6)
    beginnings: dict[str, list[str]] = {}
    for other in names:
        if len(word) >= 4 and len(other) > len(word) and other not in near:
            beginnings.setdefault(other[: len(word) + 1].casefold(), []).append(other)
    begun = get_close_matches(word, beginnings, n=most, cutoff=0.75)
    return tuple([*near, *(other for start in begun for other in beginnings[start])][:most])


class UnknownNameError(HeadkbError):
    """No record, score, generator or model goes by this name."""

    def __init__(self, kind: str, name: str, known: Iterable[str] = (), remedy: str = "") -> None:
        """Look for near names among `known` and put them into the message."""
        self.kind, self.name = kind, name
        self.suggestions = near_names(name, known)
        hint = f" Did you mean {' or '.join(repr(s) for s in self.suggestions)}?" if self.suggestions else ""
        super().__init__(f"no {kind} named {name!r}.{hint}{' ' + remedy if remedy else ''}")


class ShapeError(HeadkbError):
    """A tensor's shape does not fit; the message gives the shape found and the shape needed."""


class ModelError(HeadkbError):
    """A model cannot be fetched, loaded or observed; the message gives the reason and a remedy."""


class MissingExtraError(HeadkbError, ImportError):
    """A package is not installed that only an extra of headkb brings."""

    def __init__(self, what: str, missing: Sequence[str], extra: str) -> None:
        """Say what needs which packages, and what to type."""
        self.missing, self.extra = tuple(missing), extra
        super().__init__(
            f"{what} needs {' and '.join(missing)}, which {'is' if len(missing) == 1 else 'are'} not installed. "
            f"Install {'it' if len(missing) == 1 else 'them'} with: pip install 'headkb[{extra}]'"
        )


def need_installed(what: str, packages: Sequence[str], extra: str) -> None:
    """Refuse to go on without packages that an extra brings; none is imported.

    Args:
        what: What needs them, such as `headkb.score_heads`.
        packages: Names to import them by.
        extra: The extra of headkb.

    Raises:
        MissingExtraError: With what to type.
    """
    missing = [name for name in packages if importlib.util.find_spec(name) is None]
    if missing:
        raise MissingExtraError(what, missing, extra)


class ReproductionError(HeadkbError):
    """A reproduction cannot be run as written (unknown score, missing model, malformed run record)."""


def check_choice(what: str, value: object, known: Sequence[object]) -> None:
    """Refuse a keyword's value that does not exist.

    Args:
        what: The keyword, such as `measure of induction`.
        value: What was passed.
        known: The values that there are.

    Raises:
        UnknownNameError: With the values there are.
    """
    if value not in known:
        names = [str(choice) for choice in known]
        raise UnknownNameError(what, str(value), names, f"Choose one of {', '.join(names)}.")
