"""How an atlas is put into words: values with their place in the model, and the profile of a head in one sentence."""

from __future__ import annotations

from collections.abc import Mapping
from math import floor, log10

from headkb.direction import Direction
from headkb.head_index import HeadIndex
from headkb.site.atlas_view import AtlasView, HeadPlace
from headkb.site.parts import ref

IN_TEXT: Mapping[str, str] = {
    "attention-to-first": "the first token",
    "current-token": "the token itself",
    "previous-token-in-text": "the token before",
    "punctuation-in-text": "punctuation",
    "duplicate-token-in-text": "earlier copies of the token",
}
"""Columns that say how much of its attention a head gives to a place in ordinary text, and that place."""
BY: Mapping[Direction, str] = {"more": "", "less": ", lowest first", "size": " by size"}
"""What a place is counted by, where not from the highest value down."""
COPYING, DIRECT, ABLATION = "ov-copying", "direct-logit-attribution", "mean-ablation"


def profile(view: AtlasView, head: HeadIndex) -> str:
    """What the head looks at, what it writes and what breaks without it: one sentence, in the Markdown subset.

    Parts of which nothing was measured are left out; empty where that is all of them.
    """
    parts = (_looks(view, head), _writes(view, head), _breaks(view, head))
    text = "; ".join(part for part in parts if part)
    return f"{text[0].upper()}{text[1:]}." if text else ""


def _looks(view: AtlasView, head: HeadIndex) -> str:
    """Where it looks in ordinary text, and the pattern score in which it stands highest; said once where they are the same."""
    places = {name: place for name in IN_TEXT if (place := view.place(name, head))}
    most = max(places, key=lambda name: places[name].value, default=None)
    ranked = {c.id: place for c in view.patterns() if (place := view.place(c.id, head)) and place.rank}
    best = min(ranked, key=lambda n: ((ranked[n].rank or 0) / ranked[n].of, -ranked[n].value), default=None)
    here = ""
    if most:
        gets = f"gets most, of {len(places)} places that were measured" if len(places) > 1 else "gets some"
        here = f"on ordinary text **{IN_TEXT[most]}** {gets} (mean attention {words(places[most])})"
    if best is None or len(ranked) < 2:
        return here
    if best == most:
        return f"{here}, its best place among {len(ranked)} pattern scores"
    there = f"its best place among {len(ranked)} pattern scores is in **{title(best)}** ({words(ranked[best])})"
    return f"{here}; {there}" if here else there


def _writes(view: AtlasView, head: HeadIndex) -> str:
    copying, direct = view.place(COPYING, head), view.place(DIRECT, head)
    said = [f"OV copying is {words(copying)}"] if copying else []
    if direct:
        column = view.atlas.column(DIRECT)
        prompts = f" on {column.prompts} prompts" if column and column.prompts else ""
        said.append(f"what it writes itself moves the logit difference{prompts} by {words(direct)}")
    return ", and ".join(said)


def _breaks(view: AtlasView, head: HeadIndex) -> str:
    place = view.place(ABLATION, head)
    if place is None:
        return ""
    if place.value == 0:
        return "with its mean output in its place the loss on ordinary text stays the same"
    does = "rises" if place.value > 0 else "falls"
    largest = max(view.table.values[ABLATION].values())
    share = f", {percent(place.value / largest)} of the largest rise" if place.value > 0 else ""
    size = f"{figure(abs(place.value))} {place.unit}".strip()
    return f"with its mean output in its place the loss on ordinary text **{does} by {size}** ({order(place)} heads{share})"


def words(place: HeadPlace) -> str:
    """`0.712, 3rd of 270`."""
    return f"{amount(place)}, {order(place)}"


def amount(place: HeadPlace) -> str:
    """The value with its unit."""
    return f"{figure(place.value)} {place.unit}".strip()


def order(place: HeadPlace) -> str:
    """The place in words."""
    if place.rank is None:
        return f"the same in all {place.of}"
    return f"{ordinal(place.rank)} of {place.of}{BY[place.direction]}"


def figure(value: float) -> str:
    """Three significant digits with a true minus sign; what is below 0.0001 with a power of ten.

    Example:
        >>> [figure(v) for v in (0.71234, -0.00123, 0, 12.3456, 1234.5, -0.0000512)]
        ['0.712', '−0.00123', '0', '12.3', '1234', '−5.12·10⁻⁵']
    """
    if value == 0:
        return "0"
    power = floor(log10(abs(value)))
    if power < -4:
        digits, exponent = f"{value:.2e}".split("e")
        return f"{_trimmed(digits)}·10{str(int(exponent)).translate(RAISED)}"
    return _trimmed(f"{value:.{max(0, 2 - power)}f}")


RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def _trimmed(number: str) -> str:
    return (number.rstrip("0").rstrip(".") if "." in number else number).replace("-", "−")


def percent(share: float) -> str:
    """A share in whole percent; what is less than one and not nothing says so."""
    return "less than 1 %" if 0 < share < 0.01 else f"{share:.0%}".replace("%", " %")


def title(name: str) -> str:
    """The name of a column in words."""
    return name.replace("-", " ").replace("ov ", "OV ")


def column_ref(view: AtlasView, name: str) -> str:
    """A column in words, linked to its score."""
    column = view.atlas.column(name)
    return ref("scores", column.score, title(name)) if column else title(name)


def ordinal(n: int) -> str:
    """`1st`, `2nd`, `11th`.

    Example:
        >>> [ordinal(n) for n in (1, 2, 3, 11, 22, 113)]
        ['1st', '2nd', '3rd', '11th', '22nd', '113th']
    """
    end = "th" if n % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th")
    return f"{n}{end}"
