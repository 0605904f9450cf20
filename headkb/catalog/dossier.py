"""What is known about one head of one model, as one object: `headkb whois`, the API file, the head's page and its twin all show it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from headkb.catalog.catalog import Catalog, Statement
from headkb.catalog.disputes import Dispute
from headkb.catalog.schema import Circuit, HeadIndex, Node, Run


@dataclass(frozen=True)
class HeadClaim:
    """A claim, and where it stands for one head.

    Attributes:
        statement: The claim with its file.
        standing: The rung of the evidence ladder that the claim has reached for this head.
    """

    statement: Statement
    standing: str


@dataclass(frozen=True)
class TableValue(HeadClaim):
    """The value of one head in a published score table.

    Attributes:
        value: The number in the head's cell.
        rank: Its place among all heads of the column, from 1, furthest from zero first.
        of: How many heads the column has a number for.
    """

    value: float
    rank: int
    of: int


@dataclass(frozen=True)
class HeadRun:
    """A run that measured one head or selected it.

    Attributes:
        run: The run.
        value: The mean score of the head; None if the run has none for it.
        selected: Whether the head is among the heads that the run found.
    """

    run: Run
    value: float | None
    selected: bool


@dataclass(frozen=True)
class HeadDossier:
    """Everything that the catalog knows about one head.

    Attributes:
        model: Id of the model.
        head: The head.
        claims: Claims that name the head: assertions of a head type before bare numbers, papers before repositories, the surest first.
        tables: Its values in published score tables.
        circuits: Circuits that it is part of, each with its node.
        runs: Runs that measured or selected it, by id.
        disputes: Disputes that turn on it, then papers that contest a type that claims assert for it.
    """

    model: str
    head: HeadIndex
    claims: tuple[HeadClaim, ...]
    tables: tuple[TableValue, ...]
    circuits: tuple[tuple[Circuit, Node], ...]
    runs: tuple[HeadRun, ...]
    disputes: tuple[Dispute, ...]

    @property
    def named(self) -> bool:
        """Whether a claim or a circuit names the head or a run selected it; an atlas measures every head, named or not."""
        return bool(self.claims or self.circuits or any(run.selected for run in self.runs))

    @property
    def roles(self) -> list[str]:
        """Head types that claims assert for this head, those with most claims first, then in the order of `claims`."""
        types = [c.statement.claim.head for c in self.claims if c.statement.claim.head]
        return sorted(dict.fromkeys(types), key=lambda role: -types.count(role))

    @property
    def selected_as(self) -> list[str]:
        """Head types for which a run selected this head, whatever the verdict: a run alone gives a head no role."""
        return list(dict.fromkeys(r.run.head for r in self.runs if r.selected))

    def data(self) -> dict[str, Any]:
        """The dossier as JSON-ready data: what `headkb whois --json` prints and the API file of the head holds."""
        runs = [
            {
                "id": r.run.id,
                "head": r.run.head,
                "score": r.run.score,
                "value": r.value,
                "selected": r.selected,
                "verdict": r.run.verdict,
                "date": r.run.date,
            }
            for r in self.runs
        ]
        return {
            "model": self.model,
            "head": str(self.head),
            "roles": self.roles,
            "claims": [_claim_data(c, self.head) for c in self.claims],
            "tables": [_claim_data(t, self.head) | {"value": t.value, "rank": t.rank, "of": t.of} for t in self.tables],
            "circuits": [{"circuit": c.id, "node": node.id, "head": node.head} for c, node in self.circuits],
            "runs": runs,
            "disputes": [dispute.data() for dispute in self.disputes],
        }


def head_dossier(catalog: Catalog, model_id: str, head: HeadIndex) -> HeadDossier:
    """Everything that `catalog` knows about one head; empty where nothing is claimed or measured.

    The catalog's indexes are made once, so the dossiers of all heads take time in proportion to what they hold.

    Raises:
        CatalogError: If a score table of the model cannot be read.
    """
    claims = sorted(catalog.statements_naming.get((model_id, head), []), key=_order)
    tables = [
        TableValue(s, catalog.rung(s.id, head), value, catalog.ranks(s.id)[head], len(column))
        for s in catalog.statements_of_model.get(model_id, [])
        if s.claim.table and catalog.about_query_heads(s)
        for column in [catalog.column(s)]
        if (value := column.get(head)) is not None
    ]
    runs = [HeadRun(r, r.value_of(*head), head in r.heads) for r in catalog.runs_of_model.get(model_id, [])]
    return HeadDossier(
        model_id,
        head,
        tuple(HeadClaim(s, catalog.rung(s.id, head)) for s in claims),
        tuple(tables),
        tuple(catalog.nodes_naming.get((model_id, head), [])),
        tuple(sorted((r for r in runs if r.value is not None or r.selected), key=lambda r: r.run.id)),
        catalog.disputes.of_head(model_id, head, dict.fromkeys(s.claim.head for s in claims if s.claim.head)),
    )


def all_dossiers(catalog: Catalog) -> dict[str, dict[HeadIndex, HeadDossier]]:
    """Model → head → its dossier, in order, for every head that a claim or a circuit names, that a run selected or an atlas measured."""
    named = {*catalog.statements_naming, *catalog.nodes_naming}
    named |= {(run.model, head) for run in catalog.runs.values() for head in run.heads}
    for model in [catalog.models[a.model] for a in catalog.atlases.values() if a.model in catalog.models]:
        named |= {(model.id, HeadIndex(n, h)) for n in range(model.n_layers) for h in range(model.n_heads)}
    table: dict[str, dict[HeadIndex, HeadDossier]] = {model_id: {} for model_id in catalog.models}
    for model_id, head in sorted(named):
        if model_id in table and catalog.models[model_id].holds(head):
            table[model_id][head] = head_dossier(catalog, model_id, head)
    return table


def _order(statement: Statement) -> tuple[bool, bool, int, str]:
    claim = statement.claim
    confidence = ("high", "medium", "low").index(claim.confidence)
    return claim.head is None, claim.source.paper is None, confidence, statement.id


def _claim_data(entry: HeadClaim, head: HeadIndex) -> dict[str, Any]:
    statement, claim = entry.statement, entry.statement.claim
    return {
        "id": statement.id,
        "head": claim.head,
        "about": claim.about,
        "statement": claim.statement,
        "measure": statement.file.measures[claim.measure].name if claim.measure else None,
        "value": claim.values.get(head),
        "source": claim.source.model_dump(mode="json", exclude_none=True),
        "confidence": claim.confidence,
        "rung": entry.standing,
        "contests": list(claim.contests),
    }
