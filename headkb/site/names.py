"""The index of names behind the search box: every page by every name it goes by, and the heads of models that have a page."""

from __future__ import annotations

import json
from collections.abc import Mapping

from headkb.catalog.kinds import KINDS
from headkb.site.document import Page
from headkb.site.parts import Context

LABELS: Mapping[str, tuple[str, int]] = {
    **{kind: (spec.label, spec.weight) for kind, spec in KINDS.items() if spec.weight},
    "rules": ("Rule", 1),
}
"""First folder of a page's path → what the search box calls such pages, and how early it shows them."""


def names_file(context: Context, pages: list[Page]) -> str:
    """JSON for `headkb.js`: kinds with label and weight, pages as [kind, path, title, other names…], heads by model."""
    kinds = list(LABELS)
    entries = []
    for page in pages:
        kind = page.path.split("/", 1)[0]
        is_record = page.record or kind == "rules"
        if (
            kind not in LABELS
            or (is_record and page.parent != f"{kind}/")
            or (kind == "models" and not page.record and page.parent)
        ):
            continue
        entries.append(
            [
                kinds.index(kind),
                page.path,
                page.title,
                *(a for a in page.aliases if a.casefold() != page.title.casefold()),
            ]
        )
    heads: dict[str, list[str]] = {}
    for name in sorted(context.head_pages):
        model, head = name.split("/")
        heads.setdefault(model, []).append(head)
    data = {"kinds": [*LABELS.values()], "pages": entries, "heads": {m: " ".join(h) for m, h in sorted(heads.items())}}
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")) + "\n"
