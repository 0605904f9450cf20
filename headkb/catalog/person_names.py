"""Names of people: which words are the family name."""

from __future__ import annotations

PARTICLES = frozenset(
    [
        "von",
        "van",
        "de",
        "der",
        "den",
        "del",
        "della",
        "di",
        "da",
        "dos",
        "du",
        "la",
        "le",
        "ter",
        "ten",
        "bin",
        "al",
        "el",
    ]
)


def split_name(name: str) -> tuple[str, str]:
    """Given names and family name; particles belong to the family name.

    Example:
        >>> split_name("Ian van Dort"), split_name("nostalgebraist")
        (('Ian', 'van Dort'), ('', 'nostalgebraist'))
    """
    words = name.split()
    if len(words) < 2:
        return "", name
    cut = len(words) - 1
    while cut > 1 and words[cut - 1].casefold() in PARTICLES:
        cut -= 1
    return " ".join(words[:cut]), " ".join(words[cut:])
