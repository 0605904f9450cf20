"""What is known about one head, on one screen."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from headkb.catalog.addresses import head_path, record_path
from headkb.catalog.glance import FactLines, Glance, in_words, listed

if TYPE_CHECKING:
    from headkb.catalog.dossier import HeadDossier

KIND_OF_MODEL = {
    "public": "a public model",
    "organism": "an organism, which this project trained",
    "exact": "an exact model, whose weights are set by hand",
    "unreleased": "a model that was not released",
}
FIRST_CLAIMS = 3


def dossier_glance(known: HeadDossier) -> Glance:
    """The roles of a head, what disputes them, its claims by standing and the first of them, its best ranks, circuits and runs."""
    model = known.of_model
    title = f"{known.head} of {model.name}, {KIND_OF_MODEL[model.type]}" if model else f"{known.head} of {known.model}"
    roles = [f"{role.head_type} ({role.grounds})" for role in known.roles]
    best = sorted(known.tables, key=lambda row: (row.rank / row.of, row.statement.id))
    first = [(e.statement.source_name, in_words(e.statement.claim.statement)) for e in known.claims[:FIRST_CLAIMS]]
    runs = [f"selected as {seen.run.head} by {seen.run.score}" for seen in known.runs if seen.selected]
    facts: FactLines = (
        ("roles", listed(roles) or "no claim and no showing gives it a role"),
        ("disputes", _number(len(known.disputes), [in_words(dispute.text()) for dispute in known.disputes[:1]])),
        ("claims", _claims(known)),
        *(("", f"{source}: {said}") for source, said in first),
        ("published", _number(len(best), [f"{row.name} {row.value:g} (rank {row.rank} of {row.of})" for row in best])),
        ("circuits", listed(f"{circuit.id}: {node.id}" for circuit, node in known.circuits)),
        ("runs", _number(len(known.runs), list(dict.fromkeys(runs)))),
        ("nearest", listed(f"{near.head} ({near.distance:.2f})" for near in known.nearest)),
    )
    page = head_path(known.model, known.head) if known.named else record_path("models", known.model)
    return Glance(f"HeadDossier({known.model!r}, '{known.head}')", title, facts=facts, page=page)


def _claims(known: HeadDossier) -> str:
    """How many there are of each standing."""
    standings = Counter(entry.standing for entry in known.claims)
    if len(standings) == 1:
        return f"{len(known.claims)}, {'all ' if len(known.claims) > 1 else ''}{next(iter(standings))}"
    return ", ".join(f"{number} {word}" for word, number in standings.most_common())


def _number(number: int, first: list[str]) -> str:
    return f"{number:,}{': ' if first else ''}{listed(first)}" if number else ""
