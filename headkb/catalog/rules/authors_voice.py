"""A text speaks as the authors of a paper: we propose, in this paper, our method.

What a paper says is told in your own words: `Measures …`, `The authors find …`. Sentences of an abstract may not be copied, but words in quotation
marks may be theirs. Sentences about headkb's own
prompts and thresholds may say "our".

Bad:

    summary: {innovation: In this paper we propose a score for induction heads.}

Good:

    summary: {innovation: Scores induction heads by what they copy.}
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from headkb.catalog import Catalog
from headkb.catalog.prose import unquoted
from headkb.catalog.rules import Finding

SEVERITY = "warning"
WHY = "a copied sentence is not ours to publish, and nobody knows who speaks"
VOICE = re.compile(
    r"\bwe (?:further |also |then )?(?:propose|introduce|present|demonstrate|investigate|study|reveal|argue|develop|discover|observe|identify|show)\b"
    r"|\bin this (?:paper|work|study|survey|thesis|article)\b"
    r"|\bour (?:method|approach|results|findings|work|experiments|analysis|contributions?|paper|framework)\b"
    r"|\bthis (?:paper|survey|thesis|article) (?:proposes|introduces|presents|shows|studies|investigates)\b",
    re.IGNORECASE,
)


def check(catalog: Catalog) -> Iterator[Finding]:
    """Yield one finding per text, at the first words that are not ours."""
    for record, field, text in catalog.prose:
        low = text.lower()
        match = VOICE.search(unquoted(text)) if "we " in low or "our " in low or " this " in f" {low}" else None
        if match is not None:
            yield Finding(record, field, f"{match[0]!r} is the voice of a paper.", "say it in your own words")
