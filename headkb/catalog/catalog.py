"""The catalog in memory: one read-only mapping for each kind, and the look-ups across them.

A fact is stored on one side and indexed from the other: a paper says which heads it introduces, so the papers of a head type are
computed; claims, circuits and runs name heads, so what is known about L9H9 is computed (`headkb.catalog.dossier`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal, overload

from headkb.catalog.diagnostic import CatalogError, Diagnostic
from headkb.catalog.directions import measure_direction
from headkb.catalog.disputes import Disputes, find_disputes
from headkb.catalog.evidence import Evidence
from headkb.catalog.glance import Glance, WithGlance
from headkb.catalog.indexing import index
from headkb.catalog.kind_records import Records, catalog_glance
from headkb.catalog.kinds import KINDS, Kind
from headkb.catalog.plain_data import data_frame
from headkb.catalog.profiles import Profiles, profiles_of
from headkb.catalog.refusals import Refusals
from headkb.catalog.schema import Circuit, Head, HeadIndex, Model, Node, Paper, Record, Run, normalise
from headkb.catalog.schema.head import Relation
from headkb.catalog.statement import Statement
from headkb.catalog.tables import ranks, read_curve, read_table
from headkb.direction import Direction
from headkb.errors import UnknownNameError

if TYPE_CHECKING:
    import pandas


@dataclass(frozen=True, kw_only=True, repr=False)
class Catalog(WithGlance, Records):
    """Every record, by kind and id. Build it with `headkb.load_catalog()` or `headkb.catalog.load.load(folder)`.

    Attributes:
        root: The folder that the records were read from.
        refused: Kind → file stem → the first problem of a file that could not be used, so that its record is never taken for absent. The stem
            of a folder that cannot be read as a whole is empty.
    """

    root: Path
    refused: Mapping[Kind, Mapping[str, Diagnostic]] = field(default_factory=dict)

    def to_pandas(self, kind: Kind) -> pandas.DataFrame:
        """The records of a kind as a DataFrame: the rows and columns of `headkb export csv --out DIR`; of claims one row a statement.

        Raises:
            MissingExtraError: If pandas is not installed.
        """
        return data_frame(self, kind)

    def glance(self) -> Glance:
        """How much there is, by kind."""
        return catalog_glance(self)

    @cached_property
    def statements(self) -> dict[str, Statement]:
        """Every single claim by its full id, `<file>/<claim>`."""
        return {
            f"{file.id}/{claim.id}": Statement(f"{file.id}/{claim.id}", file, claim)
            for file in self.claims.values()
            for claim in file.claims
        }

    @cached_property
    def former_claims(self) -> dict[str, str]:
        """Full id that a claim, or the file that holds it, used to have → the claim's full id now."""
        former = (
            (f"{file}/{claim}", statement.id)
            for statement in self.statements.values()
            for file in (statement.file.id, *statement.file.replaces)
            for claim in (statement.claim.id, *statement.claim.replaces)
        )
        return {old: now for old, now in former if old not in self.statements}

    @overload
    def resolve(self, kind: Literal["heads"], name: str) -> Head: ...
    @overload
    def resolve(self, kind: Literal["models"], name: str) -> Model: ...
    @overload
    def resolve(self, kind: Kind, name: str) -> Record: ...
    def resolve(self, kind: Kind, name: str) -> Record:
        """The record that goes by `name`: an id, a name or an alias, however it is spelt.

        Raises:
            CatalogError: If the file of the record that is most probably meant was refused.
            UnknownNameError: If no record goes by that name; the message suggests near names.
        """
        records = self.of(kind)
        if name in records:
            return records[name]
        self.raise_if_refused(kind, name)
        record_id = self.names[kind].get(normalise(name))
        if record_id is not None:
            return records[record_id]
        names = [n.casefold() for r in records.values() for n in r.names()]
        known = list(records) if get_close_matches(name.casefold(), records, n=1, cutoff=0.6) else names
        # A refused file hides its names, so its stem competes with the known names for what was meant.
        refused = self.refused.get(kind, {})
        nearest = get_close_matches(name.casefold(), [*known, *refused], n=1, cutoff=0.6)
        longer = [stem for stem in refused if not nearest and stem and normalise(name).startswith(normalise(stem))]
        for stem in [*nearest, *longer]:
            self.raise_if_refused(kind, stem)
        remedy = f"`headkb list {kind}` shows all.{self.refusals(kind)}"
        raise UnknownNameError(KINDS[kind].singular, name, known, remedy)

    @cached_property
    def _refusals(self) -> Refusals:
        return Refusals(self.refused)

    def refusal(self, kind: Kind, name: str) -> Diagnostic | None:
        """Why the file that holds the record of this id cannot be read; None where it was read, or where there is none."""
        return None if name in self.of(kind) else self._refusals.holding(kind, name)

    def raise_if_refused(self, kind: Kind, name: str) -> None:
        """Raise CatalogError if `name` is the id of a record whose file was refused; of a claim, `<file>` or `<file>/<claim>`."""
        self._refusals.raise_for(kind, name)

    def refusals(self, *kinds: Kind) -> str:
        """A sentence for answers that say "none": how many files of these kinds were refused, and the first; empty if none was."""
        return self._refusals.sentence(kinds)

    def statement(self, statement_id: str) -> Statement:
        """One claim by its full id, or a former one. Raises CatalogError if its file was refused, UnknownNameError if there is none."""
        statement_id = self.former_claims.get(statement_id, statement_id)
        if statement_id not in self.statements:
            self.raise_if_refused("claims", statement_id)
            remedy = f"`headkb list claims` shows all.{self.refusals('claims')}"
            raise UnknownNameError("claim", statement_id, self.statements, remedy)
        return self.statements[statement_id]

    @cached_property
    def papers_of_head(self) -> dict[str, list[tuple[Paper, str]]]:
        """Head type → (paper, role), oldest first."""
        papers = sorted(self.papers.values(), key=lambda p: (p.first_public, p.id))
        return index((entry.id, (paper, entry.role)) for paper in papers for entry in paper.heads)

    @cached_property
    def papers_using(self) -> dict[tuple[str, str], list[Paper]]:
        """(kind, id) of a method, benchmark or model → papers that use or study it."""
        papers = self.papers.values()
        uses = ((p, (("methods", p.methods), ("benchmarks", p.benchmarks), ("models", p.models))) for p in papers)
        return index(((kind, record_id), paper) for paper, used in uses for kind, ids in used for record_id in ids)

    @cached_property
    def statements_of_head(self) -> dict[str, list[Statement]]:
        """Head type → claims that assert the type or are about it."""
        named = ((dict.fromkeys([s.claim.head, s.claim.about]), s) for s in self.statements.values())
        return index((head_id, s) for head_ids, s in named for head_id in head_ids if head_id)

    @cached_property
    def statements_of_model(self) -> dict[str, list[Statement]]:
        """Model → claims about its heads."""
        return index((s.claim.model, s) for s in self.statements.values())

    @cached_property
    def statements_of_paper(self) -> dict[str, list[Statement]]:
        """Paper → claims that it makes."""
        return index((p, s) for s in self.statements.values() for p in {s.file.paper, s.claim.source.paper} if p)

    @cached_property
    def statements_against(self) -> dict[str, list[Statement]]:
        """Full claim id → claims that contest it."""
        now = self.former_claims
        return index(
            (now.get(contested, contested), s) for s in self.statements.values() for contested in s.claim.contests
        )

    @cached_property
    def contests_of_paper(self) -> dict[str, list[tuple[Statement, str]]]:
        """Paper → (claim, id of a claim that it contests) where either is the paper's, in the order of the claims."""
        papers: dict[str, list[str]] = {}
        for paper, statements in self.statements_of_paper.items():
            for s in statements:
                papers.setdefault(s.id, []).append(paper)
        pairs = ((s, c) for s in self.statements.values() for c in s.claim.contests)
        return index((p, (s, c)) for s, c in pairs for p in dict.fromkeys([*papers.get(s.id, ()), *papers.get(c, ())]))

    @cached_property
    def relations_to(self) -> dict[str, list[tuple[Head, Relation]]]:
        """Head type → the relations that other types state about it, each with the type that states it."""
        heads = self.heads.values()
        return index((r.head, (head, r)) for head in heads for r in head.relations if r.head != head.id)

    @cached_property
    def copies_of(self) -> dict[str, list[Model]]:
        """Model → its quantised copies."""
        return index((m.quantisation_of, m) for m in self.models.values() if m.quantisation_of)

    @cached_property
    def circuits_of_model(self) -> dict[str, list[Circuit]]:
        """Model → circuits in it."""
        return index((model, c) for c in self.circuits.values() for model in c.models)

    @cached_property
    def statements_naming(self) -> dict[tuple[str, HeadIndex], list[Statement]]:
        """(model, head) → claims that name this head (tables are left out)."""
        statements = [s for s in self.statements.values() if self.about_query_heads(s)]
        return index(((s.claim.model, h), s) for s in statements for h in s.claim.named_heads())

    def about_query_heads(self, statement: Statement) -> bool:
        """Whether the claim's heads are query heads: where several of these share a key-value head, it has no `L9H6` of its own."""
        model = self.models.get(statement.claim.model)
        grouped = model is None or model.n_key_value_heads not in (None, model.n_heads)
        return statement.claim.heads_are == "query" or not grouped

    @cached_property
    def nodes_naming(self) -> dict[tuple[str, HeadIndex], list[tuple[Circuit, Node]]]:
        """(model, head) → places of this head in circuits."""
        places = (
            (c, model, n, heads) for c in self.circuits.values() for model in c.models for n, heads in c.heads_in(model)
        )
        return index(((model, h), (c, n)) for c, model, n, heads in places for h in heads)

    @cached_property
    def runs_of_head(self) -> dict[str, list[Run]]:
        """Head type → runs, newest first."""
        return index((run.head, run) for run in self.newest_runs)

    @cached_property
    def runs_of_model(self) -> dict[str, list[Run]]:
        """Model → runs, newest first."""
        return index((run.model, run) for run in self.newest_runs)

    @cached_property
    def runs_of_score(self) -> dict[str, list[Run]]:
        """Score → runs, newest first."""
        return index((run.score, run) for run in self.newest_runs)

    @cached_property
    def newest_runs(self) -> list[Run]:
        """All runs, newest first."""
        return sorted(self.runs.values(), key=lambda r: (r.date, r.id), reverse=True)

    @cached_property
    def runs_of_claim(self) -> dict[str, list[Run]]:
        """Full claim id → runs that were compared with it."""
        now = self.former_claims
        return index((now.get(run.claim, run.claim), run) for run in self.runs.values() if run.claim)

    @cached_property
    def evidence(self) -> Evidence:
        """Where each claim stands, and which head types are shown in which models."""
        return Evidence(self.heads, self.models, self.statements, self.newest_runs, self.former_claims)

    @cached_property
    def disputes(self) -> Disputes:
        """Every disagreement that the records hold. Raises CatalogError if a score table that is compared cannot be read."""
        return find_disputes(self, self.evidence.standing)

    @cached_property
    def table(self) -> Callable[[str], dict[str, dict[HeadIndex, float]]]:
        """File → a published score table: column → head → value, empty cells left out. Raises OSError or ValueError."""
        return cache(lambda file: read_table(self.root / "claims" / file))

    def column(self, statement: Statement) -> dict[HeadIndex, float]:
        """The numbers of the claim's score table; empty if it has none. Raises CatalogError if the file cannot be read."""
        table = statement.claim.table
        try:
            return self.table(table.file).get(table.column, {}) if table else {}
        except (OSError, ValueError) as error:
            path = f"claims/{table.file}" if table else ""
            why, fix = (
                "its numbers would be missing wherever they are shown",
                "run `headkb validate`, which checks every table",
            )
            problem = Diagnostic(path, 1, 1, "bad-table", "", f"the score table cannot be read: {error}.", why, fix)
            raise CatalogError([problem]) from None

    @cached_property
    def ranks(self) -> Callable[[str], dict[HeadIndex, int]]:
        """Id of a claim with a table → head → rank in its column, as `headkb.catalog.tables.ranks`. Raises CatalogError."""
        return cache(lambda i: ranks(self.column(self.statements[i]), self.direction_of(self.statements[i])))

    @cached_property
    def profiles(self) -> Callable[[str], Profiles]:
        """Id of a model → its heads by their places in its published tables. Raises CatalogError if one of these cannot be read."""
        return cache(lambda model_id: profiles_of(self, model_id))

    def direction_of(self, statement: Statement) -> Direction:
        """The direction of the claim's numbers: that of its measure."""
        return measure_direction(self.scores, statement.file.measures[statement.claim.measure or ""])

    def training_curve(self, model_id: str) -> dict[str, dict[int, float]]:
        """The training curve of a model: series → step → value; empty where it has none. Raises OSError or ValueError."""
        return read_curve(self.root / "models" / file) if (file := self.models[model_id].training_curve) else {}
