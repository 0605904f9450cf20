r"""A formula cannot be set: its braces, brackets or environments do not pair.

Every `{` has its `}`, every `\left` its `\right`, every `\begin` its `\end`. A `formula` is LaTeX as it stands and takes no dollars.

Bad:

    formula: \frac{1}{n \sum_t A_{t,t-1}

Good:

    formula: \frac{1}{n} \sum_t A_{t,t-1}
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from headkb.catalog import Catalog
from headkb.catalog.prose import formulas
from headkb.catalog.rules import Finding
from headkb.catalog.schema import Method, Record, ScoreRecord
from headkb.catalog.source import Field

WHY = "pages would show an error in its place"
DOLLAR = "a dollar stands"
ESCAPED = re.compile(r"\\[\\{}$]")
SIDES = re.compile(r"\\(left|right)(?![A-Za-z])")
FRAMES = re.compile(r"\\(begin|end)\{([^{}]*)\}")


def check(catalog: Catalog) -> Iterator[Finding]:
    """Yield one finding per formula that cannot be set."""
    for record, field, formula in _formulas(catalog):
        fault = _fault(formula)
        if fault:
            fix = (
                "leave the dollars out" if fault == DOLLAR else "write the partner that is missing, or delete the other"
            )
            yield Finding(record, field, f"{fault} in {formula.strip()[:40]!r}.", fix)


def _fault(formula: str) -> str:
    """What does not pair; empty where everything does."""
    bare, depth = ESCAPED.sub(" ", formula), 0
    for character in bare:
        depth += (character == "{") - (character == "}")
        if depth < 0:
            return "a brace is closed that was not opened"
    if depth:
        return "a brace is not closed"
    sides = SIDES.findall(bare)
    if sides.count("left") != sides.count("right"):
        return r"\left and \right do not pair"
    frames: list[str] = []
    for which, name in FRAMES.findall(bare):
        if which == "begin":
            frames.append(name)
        elif not frames or frames.pop() != name:
            return rf"\end{{{name}}} ends nothing"
    if frames:
        return rf"\begin{{{frames[-1]}}} is not ended"
    return DOLLAR if "$" in bare else ""


def _formulas(catalog: Catalog) -> Iterator[tuple[Record, Field, str]]:
    """Every formula of a field of its own, and those between dollars."""
    for head in catalog.heads.values():
        if head.criterion and head.criterion.formula:
            yield head, ("criterion", "formula"), head.criterion.formula
    stated: list[Method | ScoreRecord] = [*catalog.methods.values(), *catalog.scores.values()]
    for record in stated:
        if record.formula:
            yield record, ("formula",), record.formula
    for file in catalog.claims.values():
        for name, measure in file.measures.items():
            if measure.formula:
                yield file, ("measures", name, "formula"), measure.formula
    for writer, field, text in catalog.prose:
        for formula in formulas(text):
            yield writer, field, formula
