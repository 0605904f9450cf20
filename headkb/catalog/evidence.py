"""The two questions of evidence over a whole catalog: where each claim stands on its own model, and which head types are shown in which models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from headkb.catalog.glance import Glance, WithGlance, counted
from headkb.catalog.indexing import index
from headkb.catalog.schema import Head, HeadIndex, Model, Run
from headkb.catalog.schema.head import RecipeRole
from headkb.catalog.showing import Showing, Word, judge
from headkb.catalog.standing import Standing, standing_of, standing_of_head, standing_of_run, why_not_comparable
from headkb.catalog.statement import Statement


@dataclass(frozen=True, repr=False)
class Outcome(WithGlance):
    """What one run says by itself, worked out from its numbers. At most one of the last three is set.

    Attributes:
        model_kind: `public`, `organism`, `exact` or `unreleased`; `unknown` if the model has no record.
        role: Of the run of a recipe: what the recipe is for its head type.
        showing: Of a recipe on a public model or an organism. What all runs of a type on a model show together is a `Showing`.
        why: Of a showing: one sentence, what holds and what does not.
        standing: Of a claim.
        construction: Of a recipe on exact weights: whether the values, and the outcome of causal checks, that follow from how they were set
            were met.
    """

    model_kind: str
    role: RecipeRole | None = None
    showing: Word | None = None
    why: str = ""
    standing: Standing | Literal["invalidated"] | None = None
    construction: Literal["met", "off", "invalidated"] | None = None

    @property
    def word(self) -> str:
        """The one that is set; `undecided` where nothing was compared."""
        return self.showing or self.standing or self.construction or "undecided"


@dataclass(frozen=True, repr=False)
class Evidence(WithGlance):
    """What the recorded runs say. Everything is worked out from their numbers; no record states it.

    Attributes:
        heads: Head types by id.
        models: Models by id.
        statements: Claims by full id.
        runs: All runs, newest first.
        former: Former id of a claim → the id of the claim that took it in.
    """

    heads: Mapping[str, Head]
    models: Mapping[str, Model]
    statements: Mapping[str, Statement]
    runs: Sequence[Run]
    former: Mapping[str, str]

    def glance(self) -> Glance:
        """How much it rests on."""
        said = f"{counted(len(self.runs), 'run')}, {counted(len(self.statements), 'claim')}, {counted(len(self.models), 'model')}"
        return Glance("Evidence", said, "evidence.standing(claim id), evidence.showings[head type, model]")

    @cached_property
    def _runs_of_claim(self) -> dict[str, list[Run]]:
        return index((self.former.get(run.claim, run.claim), run) for run in self.runs if run.claim)

    def statement_of(self, run: Run) -> Statement | None:
        """The claim that a run was held against, also by a former id; None for the run of a recipe."""
        return self.statements.get(self.former.get(run.claim or "", run.claim or ""))

    def standing(self, statement_id: str, head: HeadIndex | None = None, *, copies: bool = True) -> Standing:
        """Where a claim stands after all its runs, or what they say of one head that it names. See `headkb.catalog.standing`.

        Without `copies`, runs on quantised copies of the model are left out.
        """
        statement = self.statements[statement_id]
        runs = [run for run in self._runs_of_claim.get(statement_id, ()) if copies or not run.copy_of]
        if not runs:
            return "not-rerun"
        claim, measure, pinned = statement.claim, statement.measure, self._pinned(statement.claim.model)
        if head is not None:
            return standing_of_head(runs, claim, measure, pinned, head)
        return standing_of(runs, claim, measure, pinned)

    def on_copy(self, statement_id: str, head: HeadIndex | None = None) -> bool:
        """Whether a claim is met on a quantised copy alone, which could not have put it off: no run on its own model meets it."""
        word = self.standing(statement_id, head)
        return word == "met" and self.standing(statement_id, head, copies=False) != "met"

    def why_not_comparable(self, run: Run) -> str:
        """Why a run on a model decides nothing about its claim, whatever its values; empty if it can decide, or has no claim."""
        statement = self.statement_of(run)
        if statement is None:
            return ""
        return why_not_comparable(run, statement.claim, statement.measure, self._pinned(statement.claim.model))

    def _pinned(self, model_id: str) -> str | None:
        model = self.models.get(model_id)
        return None if model is None else model.revision

    @cached_property
    def showings(self) -> dict[tuple[str, str], Showing]:
        """(head type, model) → what the runs of the type's recipes show there. Exact models check the instrument and are left out."""
        groups = index(((run.head, run.model), run) for run in self.runs if run.recipe)
        told: dict[tuple[str, str], Showing] = {}
        for (head_id, model_id), runs in sorted(groups.items()):
            head, model = self.heads.get(head_id), self.models.get(model_id)
            if head is None or model is None or model.type == "exact":
                continue
            showing = judge(head, model_id, runs)
            if showing is not None:
                told[head_id, model_id] = showing
        return told

    @cached_property
    def showings_of_head(self) -> dict[str, list[Showing]]:
        """Head type → its showings, by model."""
        return index((showing.head_type, showing) for showing in self.showings.values())

    @cached_property
    def showings_of_model(self) -> dict[str, list[Showing]]:
        """Model → showings of head types in it, by head type."""
        return index((showing.model, showing) for showing in self.showings.values())

    @cached_property
    def shown_as(self) -> dict[tuple[str, HeadIndex], list[str]]:
        """(model, head) → the head types that are shown in the model for this head."""
        return index(((s.model, head), s.head_type) for s in self.showings.values() for head in s.heads)

    @cached_property
    def _outcomes(self) -> dict[str, Outcome]:
        return {run.id: self.judged(run) for run in self.runs}

    def outcome(self, run: Run) -> Outcome:
        """What one recorded run says by itself."""
        return self._outcomes[run.id]

    def judged(self, run: Run) -> Outcome:
        """The same for any run, recorded or not."""
        head, model = self.heads.get(run.head), self.models.get(run.model)
        statement = self.statement_of(run)
        kind = "unknown" if model is None else model.type
        if statement is not None:
            standing = standing_of_run(run, statement.claim, statement.measure, self._pinned(statement.claim.model))
            return Outcome(kind, standing="invalidated" if run.invalidation else standing)
        role = head.role_of(run.recipe) if head and run.recipe else None
        if kind == "exact":
            return Outcome(kind, role, construction=_construction(run))
        showing = judge(head, run.model, [run]) if head and run.recipe else None
        return Outcome(kind, role, showing.word, showing.why) if showing else Outcome(kind, role)


def _construction(run: Run) -> Literal["met", "off", "invalidated"] | None:
    if run.invalidation is not None:
        return "invalidated"
    met, result = run.met(), run.causal_result()
    if met is False or result in ("refuted", "opposite"):
        return "off"
    return "met" if met or result == "confirmed" else None
