"""What stands for a head type in a model: the cell that filters join on, and the marks that sum cells up for one kind of model."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from headkb.catalog import Catalog, Statement
from headkb.catalog.showing import WORDS, Showing, Word
from headkb.catalog.standing import STANDINGS, Standing
from headkb.catalog.state import KINDS_TOLD, SAID, STANDS, ClaimCount, count_claims, head_sentences, of_kind
from headkb.site.compose import counted
from headkb.site.document import Raw
from headkb.site.parts import Context, kind_of

CELL_FACETS: Mapping[str, str] = {
    "family": "Model family",
    "model": "Model",
    "kind": "Kind of model",
    "showing": "Showing",
    "standing": "Standing of a claim",
}
"""Facets of a cell. A row is listed only if one of its cells fits all that are chosen, so that a choice reads as a true sentence."""
KIND_ORDER = ("public", "unreleased", "organism", "exact")
SHOWING_LETTERS: Mapping[Word, str] = dict(zip(WORDS, "spnauw", strict=True))
STANDING_LETTERS: Mapping[Standing, str] = dict(zip(STANDINGS, "mocfr", strict=True))


@dataclass(frozen=True)
class Pair:
    """A head type in a model, with the claims about both and what runs show there; one of them there must be.

    Attributes:
        head_type: Id of the head type.
        model: Id of the model.
        statements: The claims that assert the type of heads of the model, or whose numbers are about it.
        showing: What the runs show; None where the type was not looked for. Exact models have none.
    """

    head_type: str
    model: str
    statements: tuple[Statement, ...]
    showing: Showing | None

    def claims(self, catalog: Catalog) -> ClaimCount:
        """The claims by standing."""
        return count_claims(catalog, self.statements)

    def code(self, catalog: Catalog) -> str:
        """Showing and standings as letters: `s:mr`, `:r`, `p:`."""
        by = self.claims(catalog).by
        letters = "".join(STANDING_LETTERS[word] for word in STANDINGS if by.get(word))
        return f"{SHOWING_LETTERS[self.showing.word] if self.showing else ''}:{letters}"


def pairs_of(catalog: Catalog, head_type: str) -> dict[str, Pair]:
    """Model → what stands for a head type there, models by id; those without a claim or a run of a recipe are left out."""
    statements: dict[str, list[Statement]] = {}
    for statement in catalog.statements_of_head.get(head_type, []):
        statements.setdefault(statement.claim.model, []).append(statement)
    models = sorted({*statements, *(s.model for s in catalog.evidence.showings_of_head.get(head_type, []))})
    return {
        model: Pair(
            head_type, model, tuple(statements.get(model, ())), catalog.evidence.showings.get((head_type, model))
        )
        for model in models
    }


@dataclass(frozen=True)
class CellTable:
    """The cells of a page's head types, as short as the page can carry them.

    Attributes:
        context: The catalog and its links.
        pairs: Head type → model → what stands there.
        models: The models of all cells, in the order in which the cells count them.
    """

    context: Context
    pairs: Mapping[str, Mapping[str, Pair]]
    models: tuple[str, ...]

    def legend(self) -> str:
        """What letters and numbers stand for: keys, showings, standings, then a model each; parts by `;`, fields by `|`."""
        showings = "|".join(f"{letter}={SAID[word]}" for word, letter in SHOWING_LETTERS.items())
        standings = "|".join(f"{letter}={STANDS[word]}" for word, letter in STANDING_LETTERS.items())
        return ";".join(["model|family|kind", showings, standings, *map(self._model, self.models)])

    def _model(self, model_id: str) -> str:
        model = self.context.catalog.models.get(model_id)
        fields = (self.context.name("models", model_id), model.family if model else "", kind_of(self.context, model_id))
        return "|".join(field.replace("|", "/").replace(";", ",") for field in fields)

    def of(self, head_type: str) -> str:
        """The cells of a head type, by spaces: number of the model, then the letters: `0s:mr 12:r`."""
        at = {model: number for number, model in enumerate(self.models)}
        cells = self.pairs.get(head_type, {}).values()
        return " ".join(f"{at[cell.model]}{cell.code(self.context.catalog)}" for cell in cells)


def cell_table(context: Context, head_types: Iterable[str]) -> CellTable:
    """The cells of some head types; public models first and organisms last, each kind in the order of families, then of ids."""
    pairs = {head_type: pairs_of(context.catalog, head_type) for head_type in head_types}
    known = context.catalog.models

    def order(model_id: str) -> tuple[int, str, str]:
        model = known.get(model_id)
        kind = "unknown" if model is None else model.type
        return (
            KIND_ORDER.index(kind) if kind in KIND_ORDER else len(KIND_ORDER),
            model.family if model else "",
            model_id,
        )

    models = {model for cells in pairs.values() for model in cells}
    return CellTable(context, pairs, tuple(sorted(models, key=order)))


def said_of(context: Context, pair: Pair) -> str:
    """A pair in words: `Induction head in GPT-2 small: 3 claims, 0 met, 0 off, 3 not rerun; shown, public model`."""
    name = f"{context.name('heads', pair.head_type)} in {context.name('models', pair.model)}"
    parts = []
    if pair.statements:
        count = pair.claims(context.catalog)
        parts.append(f"{counted(count.total, 'claim')}, {count.text().partition(': ')[2].rstrip('.')}")
    if pair.showing:
        parts.append(f"{SAID[pair.showing.word]}, {kind_of(context, pair.model)}")
    return f"{name}: {'; '.join(parts)}"


def word_for(showings: Sequence[Showing]) -> Word:
    """The word whose shape stands for showings in several models of one kind: `shown` if it is shown in any, else what most are.

    The mark says beside it in how many of how many. Of words that are equally frequent the one that says less is taken.
    """
    found = Counter(showing.word for showing in showings)
    if found["shown"]:
        return "shown"
    return max(found, key=lambda word: (word != "invalidated", found[word], WORDS.index(word)))


def sentence_of_kind(catalog: Catalog, head_type: str, kind: str) -> str:
    """`Public models: shown in 1, partly in 2 of 3 tried.`, as all pages say it; empty where the type was not looked for."""
    begin = f"{KINDS_TOLD[kind]}: "
    return next((line for line in head_sentences(catalog, head_type) if line.startswith(begin)), "")


def summary_mark(catalog: Catalog, head_type: str, kind: str) -> Raw:
    """What runs show of a head type in the models of one kind: a shape, and in how many of the models tried; empty without a run."""
    showings = of_kind(catalog, catalog.evidence.showings_of_head.get(head_type, []), kind)
    if not showings:
        return Raw("")
    word = word_for(showings)
    count = f"{sum(showing.word == word for showing in showings)}/{len(showings)}"
    label = sentence_of_kind(catalog, head_type, kind)
    shape = f'<i class="hk-m hk-m-{word} hk-{kind}"></i>'
    html = f'<span class="hk-sum" role="img" title="{escape(label)}">{shape}{count}</span>'
    return Raw(html, label.partition(": ")[2].rstrip("."))


def claims_number(catalog: Catalog, head_type: str) -> Raw:
    """How many claims there are about a head type, with their standings for who asks; empty where there is none."""
    count = count_claims(catalog, catalog.statements_of_head.get(head_type, []))
    if not count.total:
        return Raw("")
    title = escape(count.text())
    return Raw(
        f'<span class="hk-n" title="{title}">{count.total}<span class="hk-vh"> claims</span></span>', str(count.total)
    )
