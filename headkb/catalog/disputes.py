"""Disputes: what stands in the catalog and cannot all be right, from every source of it.

Four kinds: `claims` (a claim contests others), `paper` (a paper's role towards a head type is `contests`), `tables` (two published tables
of one model rank heads differently, by the rule of `headkb.catalog.table_pairs`) and `off` (our own run of a claim, on its terms, missed
its value). `Catalog.disputes` finds them once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from headkb.catalog.glance import Glance, WithGlance, counted, in_words, listed
from headkb.catalog.statement import Statement
from headkb.catalog.table_pairs import TablePair, table_pairs
from headkb.head_index import HeadIndex

if TYPE_CHECKING:
    from headkb.catalog.catalog import Catalog
    from headkb.catalog.schema import Run

DisputeKind = Literal["claims", "paper", "tables", "off"]

StandingOf = Callable[[str], str]
"""Full claim id → what its reruns make of it; only `off` makes a dispute."""


@dataclass(frozen=True)
class Miss:
    """A value that a run of ours put off: what was claimed of a head, what was measured, within which tolerance."""

    head: HeadIndex
    claimed: float
    measured: float | None
    tolerance: float


@dataclass(frozen=True, repr=False)
class Dispute(WithGlance):
    """One disagreement.

    Attributes:
        kind: `claims`, `paper`, `tables` or `off`.
        types: The head types that it concerns, that of the contesting side first.
        by: Who contests, as `claims/<file>/<claim>`, `papers/<id>` or `runs/<id>`; of two tables the first.
        against: The claims contested, in the same form; empty for a paper, which contests the type.
        model: The model; empty for a paper.
        heads: The query heads that it turns on; empty where it names none.
        says: What is contested, in the words of the record; empty where it has none.
        why: Why the sides differ or what would decide between them, where the record says so.
        pair: The figures of two tables.
        misses: The values that were put off.
    """

    kind: DisputeKind
    types: tuple[str, ...]
    by: str
    against: tuple[str, ...] = ()
    model: str = ""
    heads: tuple[HeadIndex, ...] = ()
    says: str = ""
    why: str = ""
    pair: TablePair | None = None
    misses: tuple[Miss, ...] = ()

    def data(self) -> dict[str, Any]:
        """The dispute as JSON-ready data; figures only where it has some."""
        facts: dict[str, Any] = {"kind": self.kind, "types": list(self.types), "by": self.by}
        facts |= {"against": list(self.against), "model": self.model or None, "heads": [str(h) for h in self.heads]}
        facts |= {"says": self.says, "why": self.why}
        if self.pair:
            facts["figures"] = self.pair.data()
        if self.misses:
            facts["misses"] = [{**vars(miss), "head": str(miss.head)} for miss in self.misses]
        return facts

    def glance(self) -> Glance:
        """Both sides, and what is contested."""
        facts = (
            ("types", listed(self.types)),
            ("model", self.model),
            ("heads", in_words(self.heads)),
            ("why", self.why),
        )
        return Glance(f"Dispute of {self.kind}", says=in_words(self.text()), facts=facts)

    def text(self) -> str:
        """The dispute in a line or two of plain text."""
        by, rivals = _bare(self.by), ", ".join(_bare(key) for key in self.against)
        if self.pair:
            return f"{by} and {rivals} rank the heads of {self.model} differently: {self.pair.figures()}"
        if self.kind == "off":
            values = [f"{m.head} claimed {m.claimed:g}, measured {_number(m.measured)}" for m in self.misses]
            return f"{by} puts {rivals} off" + (f": {'; '.join(values)}" if values else "")
        what = rivals if self.kind == "claims" else ", ".join(self.types)
        named = f" about {', '.join(map(str, self.heads))}" if self.heads else ""
        return f"{by} contests {what}{named}" + (f": {self.says}" if self.says else "")


@dataclass(frozen=True, repr=False)
class Disputes(WithGlance):
    """Every dispute of a catalog: `of_type` by head type, claims before papers before tables before our own runs.

    `pairs` has what the disputes of tables were picked from: by model, every pair of which two sources claim to measure the same, whether
    they agree or not.
    """

    of_type: Mapping[str, tuple[Dispute, ...]]
    _of_head: Mapping[tuple[str, HeadIndex], tuple[Dispute, ...]]
    pairs: Mapping[str, tuple[TablePair, ...]] = field(default_factory=dict)

    def glance(self) -> Glance:
        """How many disputes each head type is in."""
        most = sorted(self.of_type.items(), key=lambda item: (-len(item[1]), item[0]))
        told = listed((f"{head} {len(found)}" for head, found in most if found), longest=260)
        return Glance(
            "Disputes", f"about {counted(sum(map(bool, self.of_type.values())), 'head type')}", facts=(("most", told),)
        )

    def of_head(self, model: str, head: HeadIndex, types: Iterable[str]) -> tuple[Dispute, ...]:
        """Disputes that turn on one head, then papers that contest one of the `types` that it is said to be."""
        papers = [d for head_type in types for d in self.of_type.get(head_type, ()) if d.kind == "paper"]
        return (*self._of_head.get((model, head), ()), *papers)


def find_disputes(catalog: Catalog, standing: StandingOf) -> Disputes:
    """All disputes.

    Args:
        catalog: Where to look.
        standing: What a claim's reruns make of it.

    Raises:
        CatalogError: If a score table that has to be compared cannot be read.
    """
    pairs = list(table_pairs(catalog, same_question=True))
    found = [*_by_claims(catalog), *_by_papers(catalog), *_by_tables(catalog, pairs), *_by_runs(catalog, standing)]
    return Disputes(
        _grouped((head_type, d) for d in found for head_type in d.types),
        _grouped(((d.model, head), d) for d in found for head in d.heads),
        _grouped((pair.model, pair) for pair in pairs),
    )


def _by_claims(catalog: Catalog) -> Iterator[Dispute]:
    for statement in catalog.statements.values():
        claim = statement.claim
        rivals = [catalog.statements[c] for c in claim.contests if c in catalog.statements]
        if rivals:
            yield Dispute(
                "claims",
                types=tuple(dict.fromkeys(s.claim.subject for s in (statement, *rivals) if s.claim.subject)),
                by=f"claims/{statement.id}",
                against=tuple(f"claims/{rival.id}" for rival in rivals),
                model=claim.model,
                heads=_turns_on(catalog, statement, rivals),
                says=_line(claim.statement),
                why=_line(claim.note),
            )


def _turns_on(catalog: Catalog, statement: Statement, rivals: list[Statement]) -> tuple[HeadIndex, ...]:
    """The heads that both sides name; all that are named where neither names a head of the other."""
    mine = _query_heads(catalog, statement)
    theirs = [head for rival in rivals for head in _query_heads(catalog, rival)]
    return tuple(head for head in mine if head in theirs) or tuple(dict.fromkeys([*mine, *theirs]))


def _query_heads(catalog: Catalog, statement: Statement) -> tuple[HeadIndex, ...]:
    return statement.claim.named_heads() if catalog.about_query_heads(statement) else ()


def _by_papers(catalog: Catalog) -> Iterator[Dispute]:
    for head_type, entries in sorted(catalog.papers_of_head.items()):
        for paper, role in entries:
            if role == "contests":
                notes = [_line(e.note) for e in paper.heads if (e.id, e.role) == (head_type, role)]
                yield Dispute("paper", (head_type,), f"papers/{paper.id}", says=" ".join(notes))


def _by_tables(catalog: Catalog, pairs: Iterable[TablePair]) -> Iterator[Dispute]:
    for pair in pairs:
        if pair.differs:
            sides = [catalog.statements[claim] for claim in (pair.first, pair.second)]
            differences = [_line(s.file.measures[s.claim.measure or ""].differs) for s in sides]
            yield Dispute(
                "tables",
                types=(pair.head,),
                by=f"claims/{pair.first}",
                against=(f"claims/{pair.second}",),
                model=pair.model,
                heads=tuple(pair.at_odds) if catalog.about_query_heads(sides[0]) else (),
                why=" ".join(text for text in differences if text),
                pair=pair,
            )


def _by_runs(catalog: Catalog, standing: StandingOf) -> Iterator[Dispute]:
    """One dispute for each claim that is off, with the newest run that missed it."""
    newest: dict[str, Run] = {}
    for run in catalog.newest_runs:
        if run.claim in catalog.statements and _missed(run):
            newest.setdefault(run.claim or "", run)
    for claim_id, run in sorted(newest.items()):
        if standing(claim_id) == "off":
            statement, misses = catalog.statements[claim_id], _misses(run)
            yield Dispute(
                "off",
                types=(statement.claim.subject,) if statement.claim.subject else (),
                by=f"runs/{run.id}",
                against=(f"claims/{claim_id}",),
                model=statement.claim.model,
                heads=tuple(miss.head for miss in misses) if catalog.about_query_heads(statement) else (),
                says=_line(statement.claim.statement),
                why=_line(run.cause),
                misses=misses,
            )


def _missed(run: Run) -> bool:
    """Whether the run, of the model itself, missed a value or what the claim asks of its table."""
    on_the_model = run.invalidation is None and run.copy_of is None and run.model_source != "published-data"
    return on_the_model and bool(_misses(run) or (run.table and run.table.met() is False))


def _misses(run: Run) -> tuple[Miss, ...]:
    values = [(expected, run.value_of(*expected.head)) for expected in run.expected]
    return tuple(Miss(e.head, e.value, value, e.tolerance) for e, value in values if not e.met_by(value))


def _grouped(pairs: Iterable[tuple[Any, Any]]) -> dict[Any, tuple[Any, ...]]:
    groups: dict[Any, list[Any]] = {}
    for key, value in pairs:
        groups.setdefault(key, []).append(value)
    return {key: tuple(values) for key, values in groups.items()}


def _line(text: str | None) -> str:
    return " ".join((text or "").split())


def _bare(key: str) -> str:
    return key.split("/", 1)[1]


def _number(value: float | None) -> str:
    return "nothing" if value is None else f"{value:g}"
