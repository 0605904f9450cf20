"""What kind of place a venue is, from its name as records write it: `TMLR 2024`, `ICLR 2025`, `LessWrong`."""

from __future__ import annotations

import re
from typing import Literal

VenueForm = Literal["journal", "conference", "other"]
_JOURNALS = (
    "TMLR", "TACL", "JMLR", "PNAS", "Nature", "Distill", "Transformer Circuits Thread", "Complex & Intelligent Systems",
    "Computational Linguistics",
)  # fmt: skip
_JOURNAL_WORDS = re.compile(r"\b(?:Journal|Transactions|Letters|Annals|Review|Magazine)\b")
_VOLUME = re.compile(r"[^0-9]+ [0-9]{1,3}(?:, [0-9]{4})?")
_CONFERENCE = re.compile(r"\b(?:19|20)[0-9]{2}\b|\b(?:Conference|Workshop|Symposium|Proceedings|Meeting)\b", re.IGNORECASE)  # fmt: skip


def form_of_venue(venue: str) -> VenueForm:
    """Journal, conference or something else, such as a blog.

    Example:
        >>> [form_of_venue(v) for v in ("Science 350", "ICLR 2025", "Neel Nanda's blog")]
        ['journal', 'conference', 'other']
    """
    named = any(venue == name or venue.startswith((f"{name} ", f"{name},")) for name in _JOURNALS)
    if named or _VOLUME.fullmatch(venue) or _JOURNAL_WORDS.search(venue):
        return "journal"
    return "conference" if _CONFERENCE.search(venue) else "other"
