"""Differences as text for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from headkb.catalog.characters import visible
from headkb.catalog.diff.difference import Difference
from headkb.catalog.diff.lines import DiffLine, counted_records, summary, told

SHOWN, NAMED = 25, 3
"""Lines of one class and kind that are told, and records that are named where many are told together."""


def as_text(differences: Sequence[Difference], between: str = "", *, in_full: bool = False) -> str:
    """Differences class by class.

    Args:
        differences: As `diff` gives them.
        between: What was compared.
        in_full: Tell every record on a line of its own.
    """
    head = f"{between}: {summary(differences)}" if between else summary(differences)
    lines = [visible(head)]
    for change, kinds in told(differences, together=not in_full).items():
        count = sum(len(line.members) for group in kinds.values() for line in group)
        lines += ["", f"{change} ({count:,})"]
        for group in kinds.values():
            shown = group if in_full or len(group) <= SHOWN + 1 else group[:SHOWN]
            lines += [visible(text) for line in shown for text in _lines(line)]
            if len(shown) < len(group):
                lines.append(
                    f"  and {counted_records(group[SHOWN:]).replace(' ', ' more ', 1)} (headkb -v diff shows all)"
                )
    return "\n".join(lines)


def _lines(line: DiffLine) -> Iterator[str]:
    first = line.members[0]
    if len(line.members) == 1 and not (first.kind == "runs" and line.said.startswith("of ")):
        yield f"  {first.kind}/{first.id}" + (
            f" {line.said}" if line.said.startswith("in ") else f": {line.said}" if line.said else ""
        )
        yield from (f"      {text}" for text in line.more)
        return
    between = " " if line.said.startswith(("of ", "in ")) else ": "
    yield f"  {counted_records([line])}{between}{line.said}"
    names = ", ".join(member.id for member in line.members[:NAMED])
    yield f"      {names}" + (f" and {len(line.members) - NAMED:,} more" if len(line.members) > NAMED else "")
