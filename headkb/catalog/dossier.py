"""What is known about one head of one model, as one object: `headkb whois`, the API file, the head's page and its twin all show it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from headkb.catalog.best_known import in_dispute
from headkb.catalog.catalog import Catalog
from headkb.catalog.disputes import Dispute
from headkb.catalog.evidence import Outcome
from headkb.catalog.profiles import NearHead
from headkb.catalog.schema import Circuit, HeadIndex, Node, Run
from headkb.catalog.standing import Standing
from headkb.catalog.statement import Statement
from headkb.direction import Direction


@dataclass(frozen=True)
class HeadClaim:
    """A claim, and where it stands for one head.

    Attributes:
        statement: The claim with its file.
        standing: Where the claim stands for this head.
    """

    statement: Statement
    standing: Standing


@dataclass(frozen=True)
class TableValue(HeadClaim):
    """The value of one head in a published score table.

    Attributes:
        value: The number in the head's cell.
        rank: Its place among all heads of the column, from 1, the strongest first.
        direction: What is strong: the direction of the column's measure.
        of: How many heads the column has a number for.
    """

    value: float
    rank: int
    direction: Direction
    of: int


@dataclass(frozen=True)
class HeadRun:
    """A run that measured one head or selected it.

    Attributes:
        run: The run.
        value: The mean score of the head; None if the run has none for it.
        selected: Whether the head is among the heads that the run found, which by itself gives it no role.
        outcome: What the run says.
    """

    run: Run
    value: float | None
    selected: bool
    outcome: Outcome


@dataclass(frozen=True)
class HeadRole:
    """A head type that a head is of, by a claim that asserts it or by a showing that selected the head.

    Attributes:
        head_type: Id of the head type.
        claims: The claims that assert it.
        sources: How many papers and repositories these are of.
        introduced: Whether a paper that introduces the type says so itself.
        contested: Whether one of them contests another claim or is contested: a dispute has two sides.
        shown: Whether the type is shown in the model for this head.
        against: How many papers and repositories are on the other side: they contest one of these claims, or are contested by one.
    """

    head_type: str
    claims: tuple[HeadClaim, ...]
    sources: int
    introduced: bool
    contested: bool
    shown: bool
    against: int = 0

    @property
    def weight(self) -> tuple[bool, int, int, bool, bool]:
        """The order of roles, weightiest last: uncontested, number of sources, of claims, named by the defining paper, our own showing.

        A dispute has two sides, and both of its roles are contested. The one that more sources assert than stand against it keeps its
        place among the uncontested, or a single list would put last what every paper says.
        """
        held = not self.contested or self.sources > self.against
        return (held, self.sources, len(self.claims), self.introduced, self.shown)


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
        roles: The head types that it is of, the weightiest first.
        disputes: Disputes that turn on it, then papers that contest a type that claims assert for it.
        nearest: The heads whose published numbers are most like its own, by `headkb.catalog.profiles`.
    """

    model: str
    head: HeadIndex
    claims: tuple[HeadClaim, ...]
    tables: tuple[TableValue, ...]
    circuits: tuple[tuple[Circuit, Node], ...]
    runs: tuple[HeadRun, ...]
    roles: tuple[HeadRole, ...]
    disputes: tuple[Dispute, ...]
    nearest: tuple[NearHead, ...] = ()

    @property
    def named(self) -> bool:
        """Whether a claim or a circuit names the head or a run selected it; an atlas measures every head, named or not."""
        return bool(self.claims or self.circuits or any(run.selected for run in self.runs))

    def data(self) -> dict[str, Any]:
        """The dossier as JSON-ready data: what `headkb whois --json` prints and the API file of the head holds."""
        runs = [
            {
                "id": r.run.id,
                "head": r.run.head,
                "score": r.run.score,
                "value": r.value,
                "selected": r.selected,
                "outcome": r.outcome.word,
                "role": r.outcome.role,
                "date": r.run.date,
            }
            for r in self.runs
        ]
        roles = [
            {"head": r.head_type, "claims": len(r.claims), "sources": r.sources, "shown": r.shown} for r in self.roles
        ]
        return {
            "model": self.model,
            "head": str(self.head),
            "roles": [role.head_type for role in self.roles],
            "roles_by_weight": roles,
            "claims": [_claim_data(c, self.head) for c in self.claims],
            "tables": [_claim_data(t, self.head) | _place_data(t) for t in self.tables],
            "nearest": [{"head": str(n.head), "distance": n.distance} for n in self.nearest],
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
        TableValue(
            s,
            catalog.evidence.standing(s.id, head),
            value,
            catalog.ranks(s.id)[head],
            catalog.direction_of(s),
            len(column),
        )
        for s in catalog.statements_of_model.get(model_id, [])
        if s.claim.table and catalog.about_query_heads(s)
        for column in [catalog.column(s)]
        if (value := column.get(head)) is not None
    ]
    runs = [
        HeadRun(r, value, selected, catalog.evidence.outcome(r))
        for r in catalog.runs_of_model.get(model_id, [])
        for value, selected in [(r.value_of(*head), head in r.heads)]
        if value is not None or selected
    ]
    named = tuple(HeadClaim(s, catalog.evidence.standing(s.id, head)) for s in claims)
    roles = _roles(catalog, model_id, head, named)
    return HeadDossier(
        model_id,
        head,
        named,
        tuple(tables),
        tuple(catalog.nodes_naming.get((model_id, head), [])),
        tuple(sorted(runs, key=lambda r: r.run.id)),
        roles,
        catalog.disputes.of_head(model_id, head, [role.head_type for role in roles]),
        catalog.profiles(model_id).nearest(head),
    )


def _roles(catalog: Catalog, model_id: str, head: HeadIndex, claims: tuple[HeadClaim, ...]) -> tuple[HeadRole, ...]:
    """Roles come from claims that assert a type for this very head, and from types shown in the model for it; nothing else gives one."""
    shown = catalog.evidence.shown_as.get((model_id, head), [])
    asserted: dict[str, list[HeadClaim]] = {}
    for entry in claims:
        claim = entry.statement.claim
        if claim.head and head in claim.asserted_heads:
            asserted.setdefault(claim.head, []).append(entry)
    roles = []
    for head_type in dict.fromkeys([*asserted, *shown]):
        mine = tuple(asserted.get(head_type, ()))
        papers = {e.statement.paper for e in mine}
        rivals = {other.source_name for e in mine for other in _other_side(catalog, e.statement)}
        defining = {paper.id for paper, role in catalog.papers_of_head.get(head_type, []) if role == "introduces"}
        roles.append(
            HeadRole(
                head_type,
                mine,
                sources=len({e.statement.source_name for e in mine}),
                introduced=bool(papers & defining),
                contested=any(in_dispute(catalog, e.statement) for e in mine),
                shown=head_type in shown,
                against=len(rivals),
            )
        )
    return tuple(sorted(roles, key=lambda role: role.weight, reverse=True))


def _other_side(catalog: Catalog, statement: Statement) -> list[Statement]:
    """The claims that a claim contests, and those that contest it."""
    now = {name: catalog.former_claims.get(name, name) for name in statement.claim.contests}
    contested = [catalog.statements[name] for name in now.values() if name in catalog.statements]
    return [*contested, *catalog.statements_against.get(statement.id, [])]


def _order(statement: Statement) -> tuple[bool, bool, int, str]:
    claim = statement.claim
    confidence = ("high", "medium", "low").index(claim.confidence)
    return claim.head is None, claim.source.paper is None, confidence, statement.id


def _place_data(value: TableValue) -> dict[str, Any]:
    return {"value": value.value, "rank": value.rank, "direction": value.direction, "of": value.of}


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
        "standing": entry.standing,
        "contests": list(claim.contests),
    }
