"""What was refused is not absent: which refused file may hold the record that is asked for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from headkb.catalog.diagnostic import CatalogError, Diagnostic
from headkb.catalog.glance import counted
from headkb.catalog.kinds import Kind
from headkb.catalog.spelling import normalise

Refused = Mapping[Kind, Mapping[str, Diagnostic]]
"""Kind → file stem → the first problem of a file without a record."""
WHOLE = ""
"""The stem under which a folder stands that cannot be read as a whole: it may hold any record of its kind."""


class Refusals:
    """The refused files of a catalog by the ids that they may hold, in whatever spelling."""

    def __init__(self, refused: Refused) -> None:
        """Of all kinds."""
        self._of: dict[Kind, dict[str, Diagnostic]] = {
            kind: {normalise(stem) if stem else WHOLE: problem for stem, problem in some.items()}
            for kind, some in refused.items()
            if some
        }

    def of(self, kinds: Iterable[Kind]) -> list[Diagnostic]:
        """The first problem of every refused file of some kinds, sorted by place."""
        return sorted(problem for kind in kinds for problem in self._of.get(kind, {}).values())

    def holding(self, kind: Kind, name: str) -> Diagnostic | None:
        """The problem of the file that holds the record of this id, if that is a refused one; of a claim, `<file>` or `<file>/<claim>`."""
        if kind not in self._of:
            return None
        stem = normalise(name.partition("/")[0] if kind == "claims" else name)
        return self._of[kind].get(stem) or self._of[kind].get(WHOLE)

    def raise_for(self, kind: Kind, name: str) -> None:
        """Raise CatalogError if the record of this id is in a refused file."""
        problem = self.holding(kind, name)
        if problem is not None:
            fix = problem.fix.rstrip(".")
            message = (
                f"{problem.path} was refused: {problem.short()}. Fix: {fix}; `headkb validate` shows every problem."
            )
            raise CatalogError([problem], message)

    def sentence(self, kinds: Iterable[Kind]) -> str:
        """A sentence for answers that say "none": how many files of these kinds were refused, and the first; empty if none was."""
        kinds = list(kinds)
        problems = self.of(kinds)
        if not problems:
            return ""
        return (
            f" {len(problems)} file(s) in {', '.join(kinds)} were refused and may hold it, first {problems[0].short()}."
        )


def unread_words(problems: Sequence[Diagnostic], query: str, found: bool) -> str:
    """What an answer to a query must say of files that were left out; empty where it need not say anything.

    Args:
        problems: Of the files that were left out.
        query: What was asked.
        found: Whether something was found. If not, any of the files may hold it; else only one that the query names.
    """
    first: dict[str, Diagnostic] = {}
    for problem in sorted(problems):
        first.setdefault(problem.path, problem)
    asked = normalise(query)
    named = [d for path, d in first.items() if (stem := _stem(path)) and stem in asked]
    if named:
        return " ".join(f"{d.path} cannot be read: {_how(d)}" for d in named[:3])
    if found or not first:
        return ""
    one = next(iter(first.values()))
    return f"{counted(len(first), 'file')} cannot be read and may hold it, first {one.short()}; `headkb validate` shows every problem."


def _how(problem: Diagnostic) -> str:
    fix = problem.fix if problem.fix.endswith("?") else f"{problem.fix}."
    return f"{problem.short()}. Fix: {fix} `headkb validate` shows every problem."


def _stem(path: str) -> str:
    return normalise(path.rpartition("/")[2].rpartition(".")[0])
