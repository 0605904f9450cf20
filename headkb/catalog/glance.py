"""What an object shows of itself: a few lines in Python, a small card in a notebook, the same facts in both.

A text fits a screen of `LINES` lines of `WIDTH` columns, whatever the object holds. A card is static HTML with every text escaped; it takes
colours and fonts from the notebook around it, so it reads on light and on dark grounds.
"""

from __future__ import annotations

import reprlib
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from html import escape
from typing import Any, ClassVar, Protocol

from headkb.catalog.addresses import SITE, record_path
from headkb.catalog.characters import visible
from headkb.catalog.formula import unicode_formula
from headkb.catalog.plain_text import plain_text

WIDTH, LINES = 100, 25
PROSE_LINES, FACT_LINES = 5, 3
"""Lines that the sentence about an object, and each of its facts, may take."""
_LONGEST = 1200
"""Characters of a text that are read: more never fits."""

_CARD = (
    "font:inherit;font-size:.95em;line-height:1.45;max-width:46em;border:1px solid rgba(128,128,128,.5);"
    "border-radius:.4em;padding:.6em .9em;margin:.3em 0;background:transparent;color:inherit;text-align:left"
)
_CELL = "text-align:left;vertical-align:top;background:transparent;color:inherit;border:none;padding:.1em 0"

_REPR = reprlib.Repr()
_REPR.maxstring = _REPR.maxother = 160
_REPR.maxtuple = _REPR.maxlist = _REPR.maxdict = 4

FactLines = tuple[tuple[str, str], ...]
"""Label and words, in a reader's order."""


class RecordLike(Protocol):
    """What a record has that is shown of it."""

    kind: ClassVar[str]

    @property
    def id(self) -> str:
        """Its id."""
        ...

    @property
    def status(self) -> str:
        """`active` or `deprecated`."""
        ...

    def title_text(self) -> str:
        """The name by which people know the record."""
        ...

    def says(self) -> str:
        """The sentence that says what it is."""
        ...


@dataclass(frozen=True)
class Glance:
    """What is shown of an object.

    Attributes:
        call: What it is to a program: `Head('induction')`.
        title: What people call it; empty where `call` says it.
        says: The sentence that says what it is or states.
        facts: What else is worth a line.
        page: The path of its page on the site; empty if it has none.
    """

    call: str
    title: str = ""
    says: str = ""
    facts: FactLines = ()
    page: str = ""

    def text(self) -> str:
        """The object in lines of at most `WIDTH` columns, at most `LINES` of them."""
        label = max((len(name) for name, _ in self._told()), default=0)
        lines = _wrapped(f"{self.call}: {self.title}" if self.title else self.call, "", "    ", 2)
        lines += _wrapped(self.says, "  ", "  ", PROSE_LINES) if self.says else []
        for name, words in self._told():
            first = f"  {name.ljust(label)}  "
            fits = len(first + words) <= WIDTH
            # An address that is broken leads nowhere.
            lines += _wrapped(self.page if name == "page" and not fits else words, first, " " * len(first), FACT_LINES)
        return "\n".join(lines if len(lines) <= LINES else [*lines[: LINES - 1], "  …"])

    def html(self) -> str:
        """The object as a card."""
        rows = "".join(
            f'<tr style="background:transparent"><th scope="row" style="{_CELL};padding-right:1em;font-weight:normal;opacity:.8;'
            f'white-space:nowrap">{escape(name)}</th><td style="{_CELL}">{_cell(name, words)}</td></tr>'
            for name, words in self._told()
        )
        table = f'<table style="border:none;margin:.3em 0 0;background:transparent;color:inherit">{rows}</table>'
        says = (
            f'<div style="margin-top:.3em">{escape(_short(self.says, PROSE_LINES * WIDTH))}</div>' if self.says else ""
        )
        # A notebook would set a text between two dollars as a formula.
        return (
            f'<div class="tex2jax_ignore mathjax_ignore" style="{_CARD}"><strong>{escape(visible(self.title or self.call))}</strong>'
            + (
                f' <code style="background:transparent;color:inherit">{escape(visible(self.call))}</code>'
                if self.title
                else ""
            )
            + f"{says}{table if rows else ''}</div>"
        )

    def _told(self) -> FactLines:
        """The facts that say something, with the address of the page last."""
        page = (("page", SITE + self.page),) if self.page else ()
        return (*((name, words) for name, words in self.facts if words), *page)


class WithGlance:
    """What an object of the catalog prints: its `glance()`, as text and as a card. Equality and hashes are not touched.

    A dataclass that takes part says `repr=False`, or its own would come first.
    """

    def glance(self) -> Glance:
        """What is shown of the object: the fields of a dataclass, where it does not say."""
        names: list[str] = [field.name for field in fields(self) if field.repr] if is_dataclass(self) else []
        return Glance(
            type(self).__name__, facts=tuple((n.replace("_", " "), in_words(getattr(self, n))) for n in names)
        )

    def __repr__(self) -> str:
        return self.glance().text()

    def __str__(self) -> str:
        return self.glance().text()

    def _repr_html_(self) -> str:
        return self.glance().html()


def shown_call(name: str, arguments: Mapping[str, Any]) -> str:
    """A call that says what is in an object, cut where it is longer than a screen.

    Example:
        >>> shown_call("Source", {"paper": "wang-2022-ioi", "locator": "table 1"})
        "Source(paper='wang-2022-ioi', locator='table 1')"
    """
    told = ", ".join(f"{key}={_REPR.repr(value)}" for key, value in arguments.items())
    return "\n".join(_wrapped(f"{name}({told})", "", "    ", LINES))


def glance_of_fields(record: RecordLike, names: Iterable[str]) -> Glance:
    """A record by its name, the sentence that defines it, and some of its fields and properties."""
    if record.status != "active":
        names = ("status", "replaced_by", "no_replacement", *names)
    facts = tuple((_label(record, name), _fact(name, getattr(record, name))) for name in names)
    call = f"{type(record).__name__}({record.id!r})"
    return Glance(call, record.title_text(), in_words(record.says()), facts, record_path(record.kind, record.id))


def _label(record: object, name: str) -> str:
    """A field as files spell it, in words."""
    field = getattr(type(record), "model_fields", {}).get(name)
    return (field.alias if field and field.alias else name).replace("_", " ")


def _fact(name: str, value: Any) -> str:
    return unicode_formula(value) if name == "formula" and value else in_words(value)


def in_words(value: Any) -> str:
    """A value of a record in words, short enough for a line or two: of lists as much as fits, and how many more there are."""
    if value is None or value == () or value == "":
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, str):
        return plain_text(value[:_LONGEST])
    if isinstance(value, Mapping):
        return listed(f"{key} {in_words(inner)}" for key, inner in value.items())
    brief = getattr(value, "brief", None)
    if brief is not None:
        return str(brief())
    if isinstance(value, WithGlance):
        return value.glance().call
    if isinstance(value, Sequence) and type(value).__str__ is object.__str__:
        return listed(map(in_words, value))
    return str(value)


def listed(words: Iterable[str], longest: int = 180) -> str:
    """Words in a row; where they are too many, how many more there are.

    Example:
        >>> listed(["L0H1", "L2H3", "L4H5"], longest=12)
        'L0H1, L2H3 and 1 more'
    """
    rest = list(words)
    shown: list[str] = []
    while rest and (not shown or sum(map(len, shown)) + 2 * len(shown) + len(rest[0]) <= longest):
        shown.append(rest.pop(0))
    between = "; " if any("," in word for word in shown) else ", "
    return between.join(shown) + (f" and {len(rest):,} more" if rest else "")


def counted(number: int, one: str, many: str = "") -> str:
    """A number with its noun: `1 claim`, `2 claims`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def _wrapped(words: str, first: str, rest: str, lines: int) -> list[str]:
    return textwrap.wrap(
        visible(" ".join(words.split())),
        WIDTH,
        initial_indent=first,
        subsequent_indent=rest,
        max_lines=lines,
        placeholder=" …",
        break_on_hyphens=False,
    ) or [first.rstrip()]


def _short(words: str, longest: int) -> str:
    return textwrap.shorten(visible(words), longest, placeholder=" …")


def _cell(name: str, words: str) -> str:
    text = escape(_short(words, FACT_LINES * WIDTH))
    return f'<a href="{text}" style="color:inherit;text-decoration:underline">{text}</a>' if name == "page" else text
