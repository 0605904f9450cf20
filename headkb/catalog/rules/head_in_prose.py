r"""The page of a head type names a head that no claim, circuit or run holds.

A head in a text is found by nobody who asks for it: neither `headkb whois` nor the page of the head knows it. So every `L9H6` in the record of a head
type also stands in data: in a claim or run about the type, in a circuit's node of the type, or in a claim, circuit or run about a model that the same
record names (by its name, or through its claims). A head in a published table counts where the text names the table's model.

Bad (no claim names the head):

    description: In Llama-2-7B-chat it is L15H0.

Good, in a file of claims/, with the text as it is:

    - {id: llama-2-7b-chat, head: temporal, model: llama-2-7b-chat, heads: [L15H0], …}
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from headkb.catalog import Catalog
from headkb.catalog.references import texts
from headkb.catalog.rules import Finding
from headkb.catalog.schema import Head, HeadIndex

WHY = "a fact in a text alone is missing from every look-up"
LOOKS_FOR = frozenset({"circuits", "claims", "models", "runs"})

HEAD = re.compile(r"\bL(\d{1,3})H(\d{1,3})\b")
SHORTEST = 4
"""Names of models with fewer letters are words, too."""


def check(catalog: Catalog) -> Iterator[Finding]:
    """Yield one finding per text and head that stands in no data."""
    for head in catalog.heads.values():
        named: set[HeadIndex] | None = None
        for field, text in texts(head):
            for index in dict.fromkeys(HeadIndex(int(m[1]), int(m[2])) for m in HEAD.finditer(text)):
                if named is None:
                    named = _heads_of_type(catalog, head) | _heads_of_models(catalog, _models_of(catalog, head))
                if index not in named:
                    message = f"no claim, circuit or run about this type, or about a model that the record names, holds {index}."
                    yield Finding(
                        head, field, message, "write the claim that it comes from, or leave it out of the text"
                    )


def _heads_of_type(catalog: Catalog, head: Head) -> set[HeadIndex]:
    """Every head that data about the type names, whichever model it is of."""
    named = {index for s in catalog.statements_of_head.get(head.id, ()) for index in s.claim.named_heads()}
    named |= {
        index
        for run in catalog.runs_of_head.get(head.id, ())
        for index in (*run.heads, *(e.head for e in run.expected))
    }
    places = (place for c in catalog.circuits.values() for model in c.models for place in c.heads_in(model))
    return named | {index for node, heads in places if node.head == head.id for index in heads}


def _models_of(catalog: Catalog, head: Head) -> set[str]:
    """The models that the record names in its texts, and those that single claims about the type are about."""
    prose = " ".join(text for _, text in texts(head)).casefold()
    models = {s.claim.model for s in catalog.statements_of_head.get(head.id, ()) if s.claim.table is None}
    return models | {model.id for model in catalog.models.values() if _is_named(prose, [model.id, *model.names()])}


def _is_named(prose: str, names: Iterable[str]) -> bool:
    """Whether a text, without capitals, holds one of the names as whole words."""
    for name in (n.casefold() for n in names if len(n) >= SHORTEST):
        at = prose.find(name)
        while at >= 0:
            around = prose[max(0, at - 1) : at] + prose[at + len(name) : at + len(name) + 1]
            if not any(character.isalnum() for character in around):
                return True
            at = prose.find(name, at + 1)
    return False


def _heads_of_models(catalog: Catalog, models: Iterable[str]) -> set[HeadIndex]:
    """Every head of these models that a claim, one of its tables, a circuit or a run names."""
    named: set[HeadIndex] = set()
    for model in models:
        for statement in catalog.statements_of_model.get(model, ()):
            named.update(statement.claim.named_heads())
            if statement.claim.table:
                named.update(_of_table(catalog, statement.claim.table.file, statement.claim.table.column))
        named.update(
            index
            for circuit in catalog.circuits_of_model.get(model, ())
            for _, heads in circuit.heads_in(model)
            for index in heads
        )
        named.update(index for run in catalog.runs_of_model.get(model, ()) for index in run.heads)
    return named


def _of_table(catalog: Catalog, file: str, column: str) -> Iterable[HeadIndex]:
    """The heads of a table's column; none of one that cannot be read, which the rule `bad-table` reports."""
    try:
        return catalog.table(file).get(column, ())
    except (OSError, ValueError):
        return ()
