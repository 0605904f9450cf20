"""What stands for a head type, a model or the whole catalog, counted and said: one function for each number that several pages print.

Kinds of model are never added up, and every count names what it is out of.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from headkb.catalog.catalog import Catalog
from headkb.catalog.schema import HeadIndex, Paper
from headkb.catalog.showing import WORDS, Showing, Word
from headkb.catalog.standing import STANDINGS, Standing
from headkb.catalog.statement import Statement

KINDS_TOLD: Mapping[str, str] = {"public": "Public models", "organism": "Organisms"}
"""Kinds of model in which head types are looked for, and what they are called."""
SAID: Mapping[Word, str] = {
    "shown": "shown",
    "partly": "partly",
    "not-shown": "not shown",
    "against": "against",
    "undecided": "undecided",
    "invalidated": "withdrawn",
}
"""Showing → its words in a sentence."""
STANDS: Mapping[Standing, str] = {
    "met": "met",
    "off": "off",
    "not-comparable": "not comparable",
    "formula-checked": "formula checked",
    "not-rerun": "not rerun",
}
"""Standing → its words in a sentence."""
_ALWAYS_SAID: tuple[Standing, ...] = ("met", "off", "not-rerun")
"""Standings that are said even of none: that no claim is off tells something only beside how many were not rerun."""


@dataclass(frozen=True)
class ClaimCount:
    """Claims by standing.

    Attributes:
        total: How many claims there are.
        models: How many models they are about.
        by: Standing → number of claims, those without any left out.
        on_copies: How many of those met were met on a quantised copy alone, which could not have put them off.
    """

    total: int
    models: int
    by: Mapping[Standing, int]
    on_copies: int = 0

    def text(self) -> str:
        """`69 claims about 41 models: 2 met, 0 off, 3 formula checked, 64 not rerun.`; the numbers add up to the first."""
        if not self.total:
            return "No claim about particular heads is in the catalog yet."
        told = standings_said(self.by, self.on_copies, _ALWAYS_SAID)
        return f"{_count(self.total, 'claim')} about {_count(self.models, 'model')}: {told}."


def standings_said(by: Mapping[Standing, int], on_copies: int, always: Collection[Standing] = ()) -> str:
    """`2 met (1 on a quantised copy), 1 not rerun`: standings with their numbers; those of `always` even where there is none."""
    told = [f"{n:,} {STANDS[word]}" for word in STANDINGS if (n := by.get(word, 0)) or word in always]
    if on_copies:
        told[0] += f" ({on_copies:,} on a quantised copy)"
    return ", ".join(told)


def count_claims(catalog: Catalog, statements: Iterable[Statement]) -> ClaimCount:
    """The standings of some claims."""
    statements = list(statements)
    found = Counter(catalog.evidence.standing(s.id) for s in statements)
    by = {word: found[word] for word in STANDINGS if found[word]}
    copies = sum(catalog.evidence.on_copy(s.id) for s in statements)
    return ClaimCount(len(statements), len({s.claim.model for s in statements}), by, copies)


def never_rerun(catalog: Catalog) -> list[Statement]:
    """The claims that nobody here ran, nor checked by their formula, in order of id: those that sentences call not rerun."""
    return [s for name, s in sorted(catalog.statements.items()) if catalog.evidence.standing(name) == "not-rerun"]


def first_report(catalog: Catalog, head_id: str) -> Paper | None:
    """The oldest paper that introduces a head type, else the oldest one about it; None if there is none."""
    entries = catalog.papers_of_head.get(head_id, [])
    papers = [p for p, role in entries if role == "introduces"] or [p for p, _ in entries]
    return papers[0] if papers else None


def named_heads(catalog: Catalog) -> set[tuple[str, HeadIndex]]:
    """(model, head) of every head to which a claim gives a role, in models that others made."""
    asserted = (s for s in catalog.statements.values() if s.claim.head and catalog.about_query_heads(s))
    return {
        (s.claim.model, head)
        for s in asserted
        if (model := catalog.models.get(s.claim.model)) is not None and model.type in ("public", "unreleased")
        for head in s.claim.asserted_heads
    }


def of_kind(catalog: Catalog, showings: Iterable[Showing], kind: str) -> list[Showing]:
    """The showings in models of one kind."""
    return [showing for showing in showings if catalog.models[showing.model].type == kind]


def head_sentences(catalog: Catalog, head_id: str) -> tuple[str, ...]:
    """What stands for a head type: one sentence about its claims, one for each kind of model in which it was looked for."""
    claims = count_claims(catalog, catalog.statements_of_head.get(head_id, []))
    showings = catalog.evidence.showings_of_head.get(head_id, [])
    return claims.text(), *_by_kind(catalog, showings)


def model_sentences(catalog: Catalog, model_id: str) -> tuple[str, ...]:
    """What stands for a model: its claims, and the head types that were looked for in it."""
    claims = count_claims(catalog, catalog.statements_of_model.get(model_id, []))
    showings = catalog.evidence.showings_of_model.get(model_id, [])
    if not showings:
        return (claims.text(),)
    found = Counter(s.word for s in showings)
    told = [f"{found[w]} {SAID[w]}" for w in WORDS if found[w] or w == "shown"]
    told[0] += _by_scores(catalog, {s.head_type for s in showings if s.word == "shown"})
    return claims.text(), f"Head types looked for: {len(showings)}; {', '.join(told)}."


def catalog_sentences(catalog: Catalog) -> tuple[str, ...]:
    """What stands in the whole catalog: claims, then head types by kind of model."""
    lines = [count_claims(catalog, catalog.statements.values()).text()]
    for kind, name in KINDS_TOLD.items():
        some = of_kind(catalog, catalog.evidence.showings.values(), kind)
        tried, models = {s.head_type for s in some}, {s.model for s in some}
        shown = {s.head_type for s in some if s.word == "shown"}
        if some:
            lines.append(
                f"{name}: {_count(len(tried), 'head type')} looked for in {_count(len(models), 'model')}, {len(shown)} shown in at least one"
                f"{_by_scores(catalog, shown)}."
            )
    return tuple(lines)


def _by_scores(catalog: Catalog, shown: set[str]) -> str:
    """How many of the types shown have no causal check, so that scores alone show them; empty for none."""
    alone = sum(not catalog.heads[head].is_checked for head in shown)
    return f" ({alone} by scores alone, without a causal check)" if alone else ""


def _by_kind(catalog: Catalog, showings: Sequence[Showing]) -> list[str]:
    lines = []
    for kind, name in KINDS_TOLD.items():
        some = of_kind(catalog, showings, kind)
        if some:
            lines.append(f"{name}: {_told(some)} of {len(some)} tried.")
    return lines


def _told(showings: Sequence[Showing]) -> str:
    """`shown in 1, partly in 2`; `shown in 0` comes first where none is."""
    found = Counter(showing.word for showing in showings)
    rest = [f"{SAID[word]} in {found[word]}" for word in WORDS[1:] if found[word]]
    return ", ".join([f"shown in {found['shown']}", *rest])


def _count(n: int, noun: str) -> str:
    return f"{n:,} {noun}{'' if n == 1 else 's'}"
