"""Single claims of files that stay: which came, which went and where to, and what of the others differs."""

from __future__ import annotations

from collections.abc import Iterator

from headkb.catalog import Catalog
from headkb.catalog.diff.beside import WITH_OTHER_DIGITS, table_change
from headkb.catalog.diff.difference import Difference, FieldChange, of_change
from headkb.catalog.diff.fields import field_changes, meaning_differs
from headkb.catalog.diff.moves import Moves
from headkb.catalog.diff.words import cut
from headkb.catalog.plain_text import plain_text
from headkb.catalog.statement import Statement

MEANING = frozenset(
    [
        "head",
        "about",
        "all_heads",
        "model",
        "heads",
        "statement",
        "measure",
        "values",
        "value",
        "table",
        "heads_are",
        "contests",
    ]
)
"""Keys of a claim whose change alters what it says; the others say how sure it is, and how it is rerun."""
_RERUN = frozenset({"table.tolerance", "table.rank_correlation"})
"""Keys of a claim's table that say how near a rerun must come."""


def claim_differences(old: Catalog, new: Catalog, moves: Moves) -> Iterator[Difference]:
    """Differences of the claims in files that both catalogs have, under one name or another. A whole file is told as a record."""
    files = moves.of["claims"]
    for claim in moves.claims.removed:
        yield Difference("removed", "claims", claim, name=_title(old.statements[claim]))
    for claim, to in moves.claims.renamed.items():
        yield Difference("renamed", "claims", claim, f"now {to}", _title(new.statements[to]), to)
    for claim, to in moves.claims.merged.items():
        yield Difference("replaced", "claims", claim, f"now part of {to}", _title(old.statements[claim]), to)
    paired = {now: i for i in old.statements if (now := moves.claim(i, new)) is not None}
    paired |= {new_id: old_id for old_id, new_id in moves.claims.renamed.items()}
    was = {file_now: file_then for file_then, file_now in files.renamed.items()}
    then = {file: {c["id"]: c for c in moves.data(old.claims[file])["claims"]} for file in _touched(old, new, was)}
    for claim, after in new.statements.items():
        file = was.get(after.file.id, after.file.id)
        if claim not in paired:
            if file in old.claims:
                said = f"{_title(after)}: {cut(plain_text(after.claim.statement), 100)}"
                yield Difference("added", "claims", claim, said, _title(after))
        elif file in then:
            before = old.statements[paired[claim]]
            yield from _compared(old, new, before, after, then[file][before.claim.id])


def _touched(old: Catalog, new: Catalog, was: dict[str, str]) -> list[str]:
    """Files of the old catalog whose claims need to be compared: a table may differ where no record does."""
    names = [was.get(file, file) for file in new.claims]
    return [name for name in names if name in old.claims]


def _compared(
    old: Catalog, new: Catalog, before: Statement, after: Statement, then: dict[str, object]
) -> Iterator[Difference]:
    changes: list[FieldChange] = []
    if before.claim != after.claim:
        now = after.claim.model_dump(mode="json", by_alias=True, exclude_unset=True)
        changes = [c for c in field_changes(then, now) if c.key.partition(".")[0] not in ("id", "replaces")]
    table = table_change(old, new, before, after)
    changes += [table] if table is not None else []
    if not changes:
        return
    weighty = [c for c in changes if c.key not in _RERUN and not c.said.endswith(WITH_OTHER_DIGITS)]
    yield of_change("claims", after.id, _title(after), changes, weighty=meaning_differs(weighty, MEANING))


def _title(statement: Statement) -> str:
    return statement.claim.short_title()
