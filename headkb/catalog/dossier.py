"""What is known about one head of one model, as one object: `headkb whois`, the API file, the head's page and its twin all show it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from headkb.catalog.best_known import in_dispute
from headkb.catalog.catalog import Catalog
from headkb.catalog.disputes import Dispute
from headkb.catalog.dossier_glance import dossier_glance
from headkb.catalog.glance import Glance, WithGlance
from headkb.catalog.head_facts import HeadClaim, HeadRole, HeadRun, TableValue
from headkb.catalog.profiles import NearHead
from headkb.catalog.schema import Circuit, HeadIndex, Model, Node
from headkb.catalog.statement import Statement
from headkb.errors import HeadkbError, UnknownNameError
from headkb.head_index import heads_of


@dataclass(frozen=True, repr=False)
class HeadDossier(WithGlance):
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
        of_model: The record of the model.
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
    of_model: Model | None = field(default=None, compare=False)

    def glance(self) -> Glance:
        """What the head is, and the weightiest of what is known."""
        return dossier_glance(self)

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
    named = _claims(catalog, model_id, head)
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
        catalog.models.get(model_id),
    )


def whois(catalog: Catalog, model: str, head: str | tuple[int, int]) -> HeadDossier:
    """Everything that `catalog` knows about one head of one model.

    Args:
        catalog: The catalog.
        model: Id, hub id or name of a model that it knows, in any spelling.
        head: `L9H9`, `9.9`, or layer and head as a pair, both counted from 0.

    Raises:
        CatalogError: If the file of the model, or a score table of it, cannot be read.
        UnknownNameError: If there is no such model, or `head` names no head, or several.
        HeadkbError: If the model has no such head.
    """
    record = catalog.resolve("models", model)
    named = heads_of(head)
    if len(named) != 1:
        raise UnknownNameError(
            "head", repr(head), (), "It takes one head: 'L9H9' or (9, 9), layer and head counted from 0."
        )
    where = named[0]
    if not record.holds(where):
        raise HeadkbError(
            f"{where} does not exist in {record.id}, which has {record.n_layers} layers of {record.n_heads} heads, counted from 0."
        )
    return head_dossier(catalog, record.id, where)


def head_roles(catalog: Catalog, model_id: str, head: HeadIndex) -> tuple[HeadRole, ...]:
    """The roles of one head, the weightiest first, as its dossier has them; no table is read for it."""
    return _roles(catalog, model_id, head, _claims(catalog, model_id, head))


def _claims(catalog: Catalog, model_id: str, head: HeadIndex) -> tuple[HeadClaim, ...]:
    """The claims that name a head, each with its standing for it."""
    statements = sorted(catalog.statements_naming.get((model_id, head), []), key=_order)
    return tuple(HeadClaim(s, catalog.evidence.standing(s.id, head)) for s in statements)


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
