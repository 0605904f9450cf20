"""The pattern of a head type cannot be read, or does not agree with the run that it names.

`heads/<type>.pattern.json` holds where one head looks in one text: model, head, run, weights, text, tokens, and two digits for each weight. The
run is one of a recipe of this type, on this model and these weights, and has a value for this head.

Bad (in `heads/induction.pattern.json`):

    "run": "smollm2-135m-instruct-q4-1-duplicate-token-default-2026-11-30"

Good:

    "run": "smollm2-135m-instruct-q4-1-induction-default-2026-11-30"
"""

from __future__ import annotations

from collections.abc import Iterator

from headkb.catalog import Catalog
from headkb.catalog.patterns import SUFFIX, misfits, pattern_path, read_pattern
from headkb.catalog.rules import Finding

WHY = "a page would show where another head looks, or nothing at all"
AGAIN = "record it again with `python tools/record_patterns.py {}`"


def check(catalog: Catalog) -> Iterator[Finding]:
    """Yield one finding per fault, and one per pattern that belongs to no head type."""
    for head in catalog.heads.values():
        path = pattern_path(catalog.root, head.id)
        if not path.exists() and not path.is_symlink():
            continue
        try:
            pattern = read_pattern(path)
            known = not (catalog.refusal("runs", pattern.run) or catalog.refusal("models", pattern.model))
            faults = misfits(catalog, head.id, pattern) if known else []
        except (OSError, ValueError) as error:
            faults = [f"{str(error).rstrip('.')}."]
        for fault in faults:
            yield Finding(head, ("name",), f"heads/{path.name}: {fault}", AGAIN.format(head.id))
    first = next(iter(catalog.heads.values()), None)
    for path in sorted((catalog.root / "heads").rglob(f"*{SUFFIX}")):
        owner = path.name.removesuffix(SUFFIX)
        lost = path.parent.name != "heads" or owner not in catalog.heads
        if lost and catalog.refusal("heads", owner) is None and first is not None:
            name = path.relative_to(catalog.root).as_posix()
            message, fix = f"{name} belongs to no head type.", "give it the name of one, or delete it"
            yield Finding(first, ("name",), message, fix)
