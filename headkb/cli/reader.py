"""A record as a person reads it on a terminal: links as names, formulas in Unicode, sources as "paper, place", lists as lines."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from headkb.catalog.blocks import blocks
from headkb.catalog.characters import visible
from headkb.catalog.formula import unicode_formula
from headkb.catalog.glance import listed
from headkb.catalog.plain_text import NameOf, plain_text, source_words
from headkb.cli.reader_items import lead_of

FIRST = (
    "id",
    "name",
    "title",
    "status",
    "replaced_by",
    "no_replacement",
    "outcome",
    "why",
    "aliases",
    "definition",
    "summary",
    "statement",
)
LAST = (
    "versions",
    "passport",
    "placement",
    "weights_sha256",
    "listed_in",
    "summary_basis",
    "replaces",
    "curation",
    "errata",
    "notes",
)
PROSE = ("text", "statement", "definition", "plain", "meaning", "says", "correct", "reason", "why", "note")
"""Fields of an entry of a list that are sentences, in the order in which they are told."""
_WITH_UNIT = re.compile(r"(?<=\d) (?=%)")
MOST = 400
"""Characters of a list of words that a screen shows."""


class Reader:
    """Writes records for a person.

    Args:
        name_of: What a record is called.
        width: Columns of the terminal; None where lines are not wrapped, as in a pipe.
    """

    def __init__(self, name_of: NameOf, width: int | None) -> None:
        self.name_of, self.width = name_of, width
        self.own = ""
        """Id of the record that is written, which its entries need not repeat."""

    def lines(self, data: Mapping[str, Any], disputes: Sequence[str] = ()) -> list[str]:
        """A record as `headkb.catalog.plain_data` gives it, and what is disputed of it."""
        self.own = data["id"]
        told = {key: value for key, value in data.items() if value not in (None, [], {}, "") and key != "disputes"}
        order = [*(key for key in FIRST if key in told), *(key for key in told if key not in (*FIRST, *LAST))]
        lines: list[str] = []
        for key in (*order, *(key for key in LAST if key in told)):
            field = self.field(key, told[key], 0)
            # On a screen, what takes several lines stands apart.
            apart = self.width is not None and lines and (len(field) > 1 or lines[-1].startswith("  "))
            lines += ["", *field] if apart else field
        if disputes:
            lines += ["" for _ in range(self.width is not None)] + ["disputes:"]
            lines += [line for dispute in disputes for line in self.wrapped(self.plain(dispute), "  - ")]
        return lines

    def field(self, key: str, value: Any, depth: int) -> list[str]:
        """One field with its label."""
        pad, label = "  " * depth, key.replace("_", " ")
        if isinstance(value, Mapping) and {"paper", "repository", "url"} & value.keys() and key == "source":
            return self.wrapped(f"{label}: {self.source(value)}", pad)
        if isinstance(value, Mapping):
            if all(_is_word(part) for part in value.values()):
                return self.wrapped(f"{label}: {self.short(value)}", pad)
            if all(isinstance(part, Mapping) for part in value.values()):
                said = (self.item(key, part, name) for name, part in value.items())
                return [f"{pad}{label}:", *(line for one in said for line in self.wrapped(one, f"{pad}  - "))]
            inner = [
                line
                for name, part in value.items()
                if part not in (None, [], {})
                for line in self.field(name, part, depth + 1)
            ]
            return [f"{pad}{label}:", *inner]
        if isinstance(value, list) and value and isinstance(value[0], list):
            return [f"{pad}{label}: {len(value)} rows (--json has them)"]
        if key == "aliases":
            return self.wrapped(f"{label}: {', '.join(self.item(key, part) for part in value)}", pad)
        if isinstance(value, list) and any(isinstance(part, Mapping) for part in value):
            if all(set(part) == {"id", "role"} for part in value):
                return [f"{pad}{label}:", *self.by_role(value, f"{pad}  ")]
            return [
                f"{pad}{label}:",
                *(line for part in value for line in self.wrapped(self.item(key, part), f"{pad}  - ")),
            ]
        if isinstance(value, str) and key != "formula":
            return self.prose(label, value, pad)
        return self.wrapped(f"{label}: {self.word(key, value)}", pad)

    def prose(self, label: str, text: str, pad: str) -> list[str]:
        """A text with its paragraphs and lists."""
        first, *others = blocks(text)
        if first.tag == "p":
            lines = self.wrapped(f"{label}: {self.plain(first.lines[0])}", pad)
        else:
            lines, others = [f"{pad}{label}:"], [first, *others]
        for block in others:
            if block.tag == "math":
                lines += self.wrapped(unicode_formula(block.lines[0]), f"{pad}    ")
            elif block.tag == "p":
                lines += [*([""] if self.width else []), *self.wrapped(self.plain(block.lines[0]), f"{pad}  ", "")]
            else:
                marks = (f"{number}." if block.tag == "ol" else "-" for number in range(1, len(block.lines) + 1))
                lines += [
                    line
                    for mark, said in zip(marks, block.lines, strict=True)
                    for line in self.wrapped(self.plain(said), f"{pad}  {mark} ")
                ]
        return lines

    def item(self, key: str, value: Mapping[str, Any], name: str = "") -> str:
        """An entry of a list on one line: what it is, its facts in brackets, what is said of it, where that stands."""
        if key == "sources":
            return self.source(value)
        lead, told = (name, frozenset[str]()) if name else lead_of(key, value, self)
        unread = {"sha256"} if self.width else set()
        rest = {
            name: part
            for name, part in value.items()
            if name not in {*told, *unread} and part not in (None, [], {}, "")
        }
        sources = [
            self.source(part)
            for part in (*rest.pop("sources", ()), *([rest.pop("source")] if "source" in rest else []))
        ]
        said = [self.plain(str(rest.pop(name))) for name in PROSE if name in rest]
        facts = self.short(rest)
        line = lead + (f" ({facts})" if facts and lead else facts)
        line += (": " if line and said else "") + " ".join(
            part if part[-1:] in ".!?…" or part is said[-1] else f"{part};" for part in said
        )
        return line + (f" [{'; '.join(sources)}]" if sources else "")

    def by_role(self, value: Sequence[Mapping[str, str]], pad: str) -> list[str]:
        """Ids by what they do: `introduces: a, b`."""
        roles = dict.fromkeys(entry["role"] for entry in value)
        ids = {role: [entry["id"] for entry in value if entry["role"] == role] for role in roles}
        return [line for role, some in ids.items() for line in self.wrapped(f"{role}: {self.words(some)}", pad)]

    def short(self, value: Mapping[str, Any]) -> str:
        """Fields in a row: `period 25, n 50`."""
        return ", ".join(f"{name.replace('_', ' ')} {self.word(name, part)}" for name, part in value.items())

    def word(self, key: str, value: Any) -> str:
        """One value in a row of others."""
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, float):
            return f"{value:.6g}"
        if isinstance(value, Mapping):
            return f"({self.short(value)})"
        if isinstance(value, list):
            return (
                f"{len(value)} (--json has them)"
                if any(isinstance(v, Mapping | list) for v in value)
                else self.words(value)
            )
        return unicode_formula(value) if key == "formula" else self.plain(str(value))

    def words(self, value: Sequence[Any]) -> str:
        """Words in a row; on a screen only the first of many."""
        words = [str(part) for part in value]
        if self.width is None or sum(len(word) + 2 for word in words) <= MOST:
            return ", ".join(words)
        return f"{listed(words, MOST)} (--json has all)"

    def source(self, value: Mapping[str, Any]) -> str:
        """Where something stands, and what is noted of it."""
        note = f" ({self.plain(value['note'])})" if value.get("note") else ""
        return f"{source_words(value)}{note}"

    def plain(self, text: str) -> str:
        """A text without its marks."""
        return plain_text(text, self.name_of)

    def wrapped(self, words: str, first: str, more: str = "  ") -> list[str]:
        """Words behind `first`, wrapped to the screen; further lines are indented by `more`."""
        words = visible(words)
        if self.width is None:
            return [f"{first}{words}"]
        indent = " " * len(first) + (more if not first.strip() else "")
        lines = textwrap.wrap(
            _WITH_UNIT.sub("\u00a0", words),
            max(self.width, 30),
            initial_indent=first,
            subsequent_indent=indent,
            break_long_words=False,
            break_on_hyphens=False,
        )
        return [line.replace("\u00a0", " ") for line in lines]


def _is_word(value: Any) -> bool:
    return isinstance(value, bool | int | float) or (isinstance(value, str) and len(value) <= 40 and "[[" not in value)
