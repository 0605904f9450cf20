"""Differences as Markdown: a comment on a pull request, or a part of the text of a release. It never outgrows what GitHub takes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from headkb.catalog.addresses import SITE, record_path
from headkb.catalog.diff.difference import Difference, DifferenceType
from headkb.catalog.diff.lines import LONGEST, DiffLine, LinesByClass, counted_records, summary, told
from headkb.catalog.diff.words import cut
from headkb.catalog.escape import markdown
from headkb.catalog.kinds import KINDS, Kind

MOST = 65_536
"""Characters that GitHub takes in a comment."""
_ROOM = 1_500
"""Characters that are left for what stands around it, such as a workflow's own line."""
_OPEN = 8
"""Lines of a class that are shown unfolded."""
_CAPS = (400, 200, 100, 50, 25, 12, 6, 3, 1, 0)
"""Lines of one class and kind that are told at most: the first with which the whole fits."""
_NAMED = 5
_NOTES: dict[DifferenceType, str] = {
    "refused": "These files cannot be read by today's schema in one of the two catalogs, so nothing else is said of them.",
    "removed": "These ids are gone, and no record says that it takes their place: links and code that use them break.",
    "replaced": "Another record takes the place of each of these.",
    "renamed": "The same record under another id; the old address leads to the new one.",
    "deprecated": "Kept, no longer to be used, and without a successor.",
    "meaning changed": "What these say is no longer what they said.",
    "evidence changed": "What runs show, and where claims stand after them.",
    "other change": "More, less or other words; the meaning is as before.",
}


def as_markdown(differences: Sequence[Difference], between: str = "", most: int = MOST - _ROOM) -> str:
    """Differences with a title, a section for each class, and links to the pages of the records.

    Args:
        differences: As `diff` gives them.
        between: What was compared.
        most: Characters that it may have.
    """
    text, lines = "", told(differences)
    for cap in _CAPS:
        text = "\n".join(_whole(differences, between, lines, cap))
        if len(text) <= most:
            return text
    return text


def _whole(differences: Sequence[Difference], between: str, lines: LinesByClass, cap: int) -> Iterator[str]:
    yield f"## Catalog: {summary(differences)}"
    if between:
        yield f"\n{markdown(between)}"
    for change, kinds in lines.items():
        count = sum(len(line.members) for group in kinds.values() for line in group)
        yield f"\n### {change[0].upper()}{change[1:]} ({count:,})"
        if note := _NOTES.get(change):
            yield f"\n{note}"
        folded = sum(min(len(group), cap) for group in kinds.values()) > _OPEN
        if folded:
            parts = ", ".join(map(counted_records, kinds.values()))
            yield f"\n<details><summary>{parts}</summary>"
        for group in kinds.values():
            if len(kinds) > 1:
                yield f"\n**{counted_records(group)}**"
            yield ""
            for line in group[:cap]:
                yield from _line(line)
            if len(group) > cap:
                left = counted_records(group[cap:]).replace(" ", " more ", 1)
                yield f"- {f'… and {left}' if cap else left.replace(' more', '')}"
        if folded:
            yield "\n</details>"


def _line(line: DiffLine) -> Iterator[str]:
    """One entry of a list, with the values that changed below it."""
    first = line.members[0]
    if len(line.members) == 1 and not line.said.startswith("of "):
        said = line.said.removeprefix(first.name).removeprefix(": ").strip() if _has_name(first) else line.said
        between = " " if said.startswith(("in ", "(")) else ": "
        yield f"- {_named(first)}" + (f"{between}{_said(first, said)}" if said else "")
        yield from (f"  - {_text(value)}" for value in line.more)
        return
    between = " " if line.said.startswith(("of ", "in ")) else ": "
    some = ", ".join(_linked(member, member.id) for member in line.members[:_NAMED])
    more = f" and {len(line.members) - _NAMED:,} more" if len(line.members) > _NAMED else ""
    yield f"- {counted_records([line])}{between}{_text(line.said)}<br>{some}{more}"


def _text(text: str) -> str:
    return markdown(cut(text, LONGEST))


def _said(difference: Difference, said: str) -> str:
    """What is said of one difference; where it ends with what took the place of the record, that leads there."""
    to = difference.to
    if not to or not said.endswith(to):
        return _text(said)
    return f"{_text(said.removesuffix(to))} {_link(difference.kind, to, to)}"


def _has_name(difference: Difference) -> bool:
    """Whether people know the record by another name than its id."""
    return bool(KINDS[difference.kind].name_field) and difference.name not in ("", difference.id)


def _named(difference: Difference) -> str:
    """A record by its name, which leads to its page, and its id."""
    if not _has_name(difference):
        return _linked(difference, difference.id)
    return f"{_linked(difference, difference.name)} `{difference.id}`"


def _linked(difference: Difference, words: str) -> str:
    """Words that lead to a record's page; what is gone has none."""
    if difference.change in ("removed", "refused", "replaced", "renamed"):
        return markdown(words)
    return _link(difference.kind, difference.id, words)


def _link(kind: Kind, record_id: str, words: str) -> str:
    file, _, claim = record_id.partition("/")
    return f"[{markdown(cut(words, LONGEST))}]({SITE}{record_path(kind, file)}{f'#{claim}' if claim else ''})"
