"""The evidence ladder: which rung a claim, a head type or a head stands on, and how the site shows it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape

from headkb.catalog import Catalog, HeadDossier
from headkb.site.document import Raw


@dataclass(frozen=True)
class Rung:
    """A step of the ladder: its name for readers, the letter for narrow cells, and what it means."""

    label: str
    letter: str
    meaning: str


RUNGS: Mapping[str, Rung] = {
    "reproduced": Rung(
        "reproduced",
        "R",
        "headkb ran it on the named model and got the claimed value within tolerance, or silenced the heads that it found and saw the predicted effect",
    ),
    "deviating": Rung(
        "deviating",
        "D",
        "headkb ran it and got a value outside tolerance, or the heads that it found lack the predicted effect",
    ),
    "failed": Rung("failed", "F", "headkb ran it and got less than half of every claimed effect, or its opposite"),
    "verified-data": Rung(
        "verified on data",
        "V",
        "headkb's score, applied to the data that the source published, gives the source's number",
    ),
    "found": Rung("found", "+", "a recipe found such heads; no earlier claim to compare with"),
    "not-found": Rung("not found", "0", "a recipe found no such head; no earlier claim to compare with"),
    "compared": Rung(
        "compared",
        "C",
        "headkb reran a whole published table, or a part of one, and shows how far the two lie apart; no threshold was fixed that could decide",
    ),
    "reported": Rung("reported", "r", "a source says so; not rerun yet"),
    "invalidated": Rung("invalidated", "x", "a run that was withdrawn"),
}
"""Best first: a test of the claim by a run stands above the claim as such."""

NEVER = Rung("nothing known", "", "no claim and no run")


def badge(rung: str, *, letter: bool = False) -> Raw:
    """A coloured label; the words carry the meaning, the colour only repeats it."""
    step = RUNGS.get(rung, NEVER)
    if letter:
        return Raw(f'<span class="hk-r hk-{rung}" title="{escape(step.label)}">{step.letter}</span>', step.label)
    return Raw(f'<span class="hk-badge hk-{rung}">{step.label}</span>', step.label)


def best(rungs: Iterable[str]) -> str:
    """The best rung of several; empty if there is none."""
    present = set(rungs)
    return next((name for name in RUNGS if name in present), "")


def rungs_of_pairs(catalog: Catalog) -> dict[tuple[str, str], list[str]]:
    """(head type, model) → the rungs of all claims and runs about the two; an invalidated run is among them, but lifts nothing."""
    rungs = [((s.claim.subject, s.claim.model), catalog.rung(s.id)) for s in catalog.statements.values()]
    rungs += [((run.head, run.model), run.verdict) for run in catalog.runs.values()]
    table: dict[tuple[str, str], list[str]] = {}
    for pair, rung in rungs:
        table.setdefault(pair, []).append(rung)
    return table


def of_head(dossier: HeadDossier) -> str:
    """The best rung of a head: of its claims, its circuits and the runs that selected it; empty where there is none of them."""
    rungs = [c.standing for c in dossier.claims] + [r.run.verdict for r in dossier.runs if r.selected]
    if not dossier.named:
        return ""
    return best([*rungs, *("reported" for _ in dossier.circuits)]) or "reported"


def first_reported(catalog: Catalog, head_id: str) -> str:
    """Date of the paper that introduces a head type, else of the oldest one about it; empty if there is none."""
    entries = catalog.papers_of_head.get(head_id, [])
    papers = [p for p, role in entries if role == "introduces"] or [p for p, _ in entries]
    return papers[0].first_public if papers else ""
