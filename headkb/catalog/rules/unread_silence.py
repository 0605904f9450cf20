"""A record says that something is not stated, studied or tested, and rests on less than the full text.

Whoever read the abstract does not know what the paper leaves out. Such a sentence needs a basis that names the full text: `curation.basis` of a head type,
method or benchmark, `summary_basis: full-text` of a paper. A sentence about what the code or its files do not state may stand where these were read.
Sentences about headkb's own recipes and checks are not meant, nor errata, which have sources of their own.

Bad:

    criterion: {plain: …, threshold: none stated, …}
    curation: {basis: abstract}

Good: leave `threshold` out, or read the paper and write

    curation: {basis: full text}
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from headkb.catalog import Catalog
from headkb.catalog.kinds import Kind
from headkb.catalog.references import texts
from headkb.catalog.rules import Finding
from headkb.catalog.schema import Paper, Record

WHY = "what was not read is not therefore unsaid"

KINDS_MEANT: tuple[Kind, ...] = ("heads", "papers", "methods", "benchmarks")
OURS = frozenset(
    {"recipes", "checks", "defined_by", "no_recipe", "no_implementation", "placement", "errata", "curation"}
)
"""Fields that speak of headkb's own work, or have their own sources."""

SILENCE = re.compile(
    r"\b(?:"
    r"(?:(?:none|not|never|nowhere)(?: (?:yet|is|are|was|were|been|explicitly|separately)){0,3}"
    r"|no [a-z-]{2,20}(?: [a-z-]{2,20}){0,3} (?:is|are|was|were)) "
    r"(?:stated|given|reported|studied|tested|published|specified|described|investigated|examined|named|printed|released)"
    r"|un(?:specified|stated|studied|tested|reported))\b",
    re.IGNORECASE,
)
IN_CODE = re.compile(
    r"\b(?:in|by) (?:the|its|their) (?:released |published |authors' )?(?:code|repository|scripts?|notebooks?|files?|README|configuration)\b"
)
FULL = re.compile(r"\bfull[ -]text\b(?! of the (?:code|repository))|\bin full\b", re.IGNORECASE)


def check(catalog: Catalog) -> Iterator[Finding]:
    """Yield one finding per sentence that reports what nobody read."""
    for kind in KINDS_MEANT:
        for record in catalog.of(kind).values():
            if _read_in_full(record):
                continue
            for field, text in texts(record):
                match = None if OURS.intersection(field) else _silence(text)
                if match is None:
                    continue
                basis = (
                    "summary_basis: full-text"
                    if isinstance(record, Paper)
                    else "a `curation.basis` that names the full text"
                )
                fix = f"leave it out, say what was read and found, or read the paper and give {basis}"
                yield Finding(record, field, f"{match[0]!r} is said without the full text.", fix)


def _silence(text: str) -> re.Match[str] | None:
    """The first words that report a silence, sentences about code left out."""
    return next((match for match in SILENCE.finditer(text) if not IN_CODE.search(_sentence(text, match))), None)


def _read_in_full(record: Record) -> bool:
    if isinstance(record, Paper) and record.summary_basis == "full-text":
        return True
    return bool(record.curation and FULL.search(record.curation.basis or ""))


def _sentence(text: str, match: re.Match[str]) -> str:
    """The sentence that a match stands in."""
    start = max(text.rfind(mark, 0, match.start()) for mark in (". ", "; ", "\n\n")) + 1
    ends = [end for mark in (". ", "; ", "\n\n") if (end := text.find(mark, match.end())) >= 0]
    return text[start : min(ends, default=len(text))]
