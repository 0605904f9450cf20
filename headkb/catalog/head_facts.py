"""The pieces of what is known about one head: its claims, its values in tables, its runs, and the roles that these give it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from headkb.catalog.addresses import record_path
from headkb.catalog.evidence import Outcome
from headkb.catalog.glance import Glance, WithGlance, counted, in_words, listed
from headkb.catalog.schema import Run
from headkb.catalog.standing import Standing
from headkb.catalog.statement import Statement
from headkb.direction import ORDERS, Direction


@dataclass(frozen=True, repr=False)
class HeadClaim(WithGlance):
    """A claim, and where it stands for one head.

    Attributes:
        statement: The claim with its file.
        standing: Where the claim stands for this head.
    """

    statement: Statement
    standing: Standing

    def glance(self) -> Glance:
        """The claim, first where it stands."""
        return self.statement.glance(("standing", self.standing))


@dataclass(frozen=True, repr=False)
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

    @property
    def name(self) -> str:
        """What its source calls the number."""
        measure = self.statement.measure
        return measure.name if measure else self.statement.id

    @property
    def place(self) -> str:
        """`rank 3 of 144, highest first`."""
        return f"rank {self.rank} of {self.of}, {ORDERS[self.direction]}"

    def glance(self) -> Glance:
        """The number with its rank, then the claim."""
        number = f"{self.name} {self.value:g}, {self.place}"
        return self.statement.glance(("value", number), ("standing", self.standing))


@dataclass(frozen=True, repr=False)
class HeadRun(WithGlance):
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

    def glance(self) -> Glance:
        """What the run says of the head, then the run."""
        value = "" if self.value is None else f"{self.value:.3f}"
        facts = (("value", value), ("selected", in_words(self.selected)), ("outcome", self.outcome.word))
        told = self.run.glance()
        return replace(told, call=f"HeadRun({self.run.id!r})", facts=(*facts, *told.facts))


@dataclass(frozen=True, repr=False)
class HeadRole(WithGlance):
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

    def glance(self) -> Glance:
        """The type, and what gives it."""
        claims = listed(entry.statement.id for entry in self.claims)
        return Glance(
            "HeadRole", self.head_type, self.grounds, (("claims", claims),), record_path("heads", self.head_type)
        )

    @property
    def grounds(self) -> str:
        """What gives the head its role: `3 claims of 2 sources; shown by headkb`."""
        named = f"{counted(len(self.claims), 'claim')} of {counted(self.sources, 'source')}" if self.claims else ""
        said = (named, "contested" if self.contested else "", "shown by headkb" if self.shown else "")
        return "; ".join(part for part in said if part)

    @property
    def weight(self) -> tuple[bool, int, int, bool, bool]:
        """The order of roles, weightiest last: uncontested, number of sources, of claims, named by the defining paper, our own showing.

        A dispute has two sides, and both of its roles are contested. The one that more sources assert than stand against it keeps its
        place among the uncontested, or a single list would put last what every paper says.
        """
        held = not self.contested or self.sources > self.against
        return (held, self.sources, len(self.claims), self.introduced, self.shown)
