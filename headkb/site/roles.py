"""Roles of the heads of a model: the grounds of each, and the words for a head of an organism."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from headkb.catalog import Catalog, HeadDossier
from headkb.catalog.effects import effect_words
from headkb.catalog.head_facts import HeadClaim, HeadRole, HeadRun
from headkb.catalog.schema import HeadIndex, Model
from headkb.catalog.schema.causal import CausalOutcome
from headkb.catalog.state import standings_said
from headkb.site.compose import counted
from headkb.site.document import Cell
from headkb.site.parts import Context, joined, keywords, number, ref
from headkb.site.role_groups import role_group
from headkb.site.showings import where_told

MANY_SHOWN = 3
"""A head of an organism for which more head types than this are shown is described by what it does, once."""
TOP_SCORES, TOP_CHECKS = 3, 2
"""Scores and causal checks that the description names."""


def standings(catalog: Catalog, head: HeadIndex, entries: Iterable[HeadClaim]) -> str:
    """`2 met (1 on a quantised copy), 1 not rerun`: the standings of claims for one head."""
    entries = list(entries)
    copies = sum(catalog.evidence.on_copy(entry.statement.id, head) for entry in entries)
    return standings_said(Counter(entry.standing for entry in entries), copies)


def grounds(context: Context, dossier: HeadDossier, role: HeadRole) -> Cell:
    """Why a head has a role: the claims with their standing for it, and whether the type is shown for it."""
    parts: list[Cell] = []
    if role.claims:
        claims = f"{counted(len(role.claims), 'claim')} of {counted(role.sources, 'source')}"
        first = ", one from a paper that introduces the type" if role.introduced else ""
        contested = ", **contested**" if role.contested else ""
        parts.append(f"{claims}{first}{contested}: {standings(context.catalog, dossier.head, role.claims)}")
    if role.shown:
        showing = context.catalog.evidence.showings[role.head_type, dossier.model]
        parts.append(f"[shown by headkb](@{where_told(context, showing)})")
    return joined(parts, "; ")


def roles_cell(context: Context, dossier: HeadDossier) -> Cell:
    """The roles of a head, the weightiest first, with their grounds."""
    return joined(
        [(ref("heads", role.head_type), " (", grounds(context, dossier, role), ")") for role in dossier.roles], "; "
    )


def short_grounds(role: HeadRole) -> str:
    """The same in a word or two: `claimed, shown`."""
    words = (["claimed, contested" if role.contested else "claimed"] if role.claims else []) + ["shown"] * role.shown
    return ", ".join(words)


def is_described(context: Context, dossier: HeadDossier) -> bool:
    """Whether a head answers so many recipes that it is described by what it does: more than `MANY_SHOWN` types shown in an organism."""
    organism = context.catalog.models[dossier.model].type == "organism"
    return organism and sum(role.shown for role in dossier.roles) > MANY_SHOWN


def description(context: Context, dossier: HeadDossier) -> str:
    """What a head does, from its measured values: the pattern scores in which it stands highest, and what silencing it does.

    One sentence in the Markdown subset; empty if no recipe that reads patterns selected the head and no check of it was confirmed.
    """
    parts = [part for part in (_looks(context, dossier), _breaks(dossier)) if part]
    text = "; ".join(parts)
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def _looks(context: Context, dossier: HeadDossier) -> str:
    scores = context.catalog.scores
    reads = {name for name, score in scores.items() if "pattern" in score.needs}
    selected = [r for r in dossier.runs if r.selected and r.run.invalidation is None]
    found = [r for r in selected if r.run.score in reads and r.run.higher_is == "more"]
    best: dict[str, HeadRun] = {}
    for entry in sorted(found, key=lambda r: (_rank(r), bool(r.run.score_parameters), -(r.value or 0.0), r.run.id)):
        best.setdefault(entry.run.score, entry)
    said = [_place(entry) for entry in list(best.values())[:TOP_SCORES]]
    return f"its highest places among pattern scores are in {', '.join(said)}" if said else ""


def _place(entry: HeadRun) -> str:
    run = entry.run
    where = f"{ref('scores', run.score)} on `{run.prompts.generator}` prompts{keywords(run.score_parameters)}"
    return f"{where} ({number(entry.value)}, place {_rank(entry)} of {len(run.scores())})"


def _rank(entry: HeadRun) -> int:
    """The place of the head among those that the run measured, the highest value first."""
    return 1 + sum(value > (entry.value or 0.0) for value in entry.run.scores().values())


def _breaks(dossier: HeadDossier) -> str:
    """The checks that were made with the fewest other heads and moved most."""
    runs = [entry.run for entry in dossier.runs if entry.run.invalidation is None]
    made = [o for run in runs for o in run.causal if dossier.head in o.heads and o.result == "confirmed"]
    made = [outcome for outcome in made if outcome.check.expects != "stay" and outcome.control]
    told: dict[tuple[str, str], CausalOutcome] = {}
    for outcome in sorted(made, key=_telling):
        told.setdefault((outcome.check.prompts, outcome.check.metric), outcome)
    return "; ".join(_without(dossier, outcome) for outcome in list(told.values())[:TOP_CHECKS])


def _telling(outcome: CausalOutcome) -> tuple[int, float, bool]:
    """Checks with few heads before those with many, large effects before small ones, shares of right answers before logits."""
    return len(outcome.heads), -min(1.0, abs(outcome.effect)), outcome.check.metric != "accuracy"


def _without(dossier: HeadDossier, outcome: CausalOutcome) -> str:
    others = [str(head) for head in outcome.heads if head != dossier.head]
    together = "" if not others else f" together with {', '.join(others[:3])}{' and others' if len(others) > 3 else ''}"
    return f"silencing it{together}, on `{outcome.check.prompts}`: {effect_words(outcome, share=False)}"


def group_of(head_type: str, model: Model) -> str:
    """The colour of a role in the grid of a model that others made: by the group of the head type. Other models have an outline alone."""
    return f"hk-g{role_group(head_type)}" if model.type in ("public", "unreleased") else "hk-own"
