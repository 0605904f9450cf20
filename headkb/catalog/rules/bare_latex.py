r"""A text has LaTeX outside dollars.

Formulas stand between dollars; outside they are shown as they are typed. A single name such as W_Q may do without.

Bad:

    description: Its score is \frac{1}{n}, over states s_{i-1}.

Good:

    description: Its score is $\frac{1}{n}$, over states $s_{i-1}$.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from headkb.catalog import Catalog
from headkb.catalog.prose import words
from headkb.catalog.rules import Finding

SEVERITY = "warning"
WHY = "readers would see the code of the formula"
LATEX = re.compile(r"\\[A-Za-z]{2,30}|[A-Za-z0-9)][_^]\{")


def check(catalog: Catalog) -> Iterator[Finding]:
    """Yield one finding per text, at its first piece of LaTeX."""
    for record, field, text in catalog.prose:
        if "\\" in text or "_{" in text or "^{" in text:
            match = LATEX.search(words(text))
            if match is not None:
                message = f"{match[0]!r} is LaTeX, and stands outside dollars."
                yield Finding(record, field, message, "put the formula between dollars: `$…$`")
