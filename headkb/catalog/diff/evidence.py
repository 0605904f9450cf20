"""What runs show now that they did not show before: of head types in models, and of claims. Runs are told beside it, by number."""

from __future__ import annotations

from collections.abc import Iterator

from headkb.catalog import Catalog
from headkb.catalog.diff.difference import Difference, FieldChange, first_keys
from headkb.catalog.diff.fields import field_changes
from headkb.catalog.diff.moves import Moves, unread
from headkb.catalog.glance import listed
from headkb.catalog.kinds import KINDS, Kind
from headkb.catalog.record_files import SourceError
from headkb.catalog.schema import Run
from headkb.catalog.showing import Showing
from headkb.catalog.source import read

NOT_RUN = "not run"
"""What is said of a head type in a model where no run was."""


def evidence_differences(old: Catalog, new: Catalog, moves: Moves) -> Iterator[Difference]:
    """Changes of what is shown, of where claims stand, and of the runs behind them.

    What rests on a run, head type, model or claim that cannot be read in one of the catalogs is left out: it would seem to be lost.
    """
    hidden = _Hidden(old, new)
    yield from _showings(old, new, moves, hidden)
    yield from _standings(old, new, moves, hidden)
    yield from _runs(old, new, moves)


def _showings(old: Catalog, new: Catalog, moves: Moves, hidden: _Hidden) -> Iterator[Difference]:
    before = {(moves.now("heads", h), moves.now("models", m)): s for (h, m), s in old.evidence.showings.items()}
    after = new.evidence.showings
    for head, model in sorted(before.keys() | after.keys()):
        then, now = before.get((head, model)), after.get((head, model))
        if head not in new.heads or model not in new.models or hidden.showing(head, model):
            continue
        if _judged(then) == _judged(now):
            continue
        words = _word(then), _word(now)
        said = f"{words[0]} → {words[1]}" if words[0] != words[1] else f"{words[1]}, others than before"
        why = now.why if now is not None else ""
        name = new.heads[head].title_text()
        change = FieldChange(f"showing in {model}", why, *words)
        yield Difference("evidence changed", "heads", head, f"in {model}: {said}", name, fields=(change,))


def _judged(showing: Showing | None) -> tuple[str, ...]:
    return () if showing is None else (showing.word, *map(str, showing.heads))


def _word(showing: Showing | None) -> str:
    """What is shown, for which heads."""
    if showing is None:
        return NOT_RUN
    return showing.word.replace("-", " ") + (f" for {listed(map(str, showing.heads), 40)}" if showing.heads else "")


def _standings(old: Catalog, new: Catalog, moves: Moves, hidden: _Hidden) -> Iterator[Difference]:
    before = {
        now: i for i in old.statements if (now := moves.claim_now(i, new)) is not None and i not in moves.claims.merged
    }
    for now, statement in new.statements.items():
        if hidden.claim(now, statement.claim.model) or hidden.claim(before.get(now, now), statement.claim.model):
            continue
        was = old.evidence.standing(before[now]) if now in before else "not-rerun"
        word = new.evidence.standing(now)
        if was != word:
            words = was.replace("-", " "), word.replace("-", " ")
            name = statement.claim.short_title()
            change = FieldChange("standing", f"{words[0]} → {words[1]}", *words)
            yield Difference("evidence changed", "claims", now, f"{words[0]} → {words[1]}", name, fields=(change,))


def _runs(old: Catalog, new: Catalog, moves: Moves) -> Iterator[Difference]:
    refused = unread(old, new, "runs")
    was = {now: before for before, now in moves.of["runs"].renamed.items()}
    for run_id, run in new.runs.items():
        before = old.runs.get(was.get(run_id, run_id))
        if run_id in refused or run == before:
            continue
        name = run.title_text()
        if before is None:
            said = "run added" if run.invalidation is None else "run added, invalidated"
            yield Difference("evidence changed", "runs", run_id, said, name, fields=(_model(run),))
        elif run.invalidation is not None and before.invalidation is None:
            why = f"run invalidated: {run.invalidation.reason}"
            yield Difference("evidence changed", "runs", run_id, why, name, fields=(_model(run),))
        else:
            changes = [c for c in field_changes(moves.data(before), run.data()) if c.key not in ("id", "replaces")]
            keys = first_keys(changes)
            if not ({"invalidation"} | KINDS["runs"].meaning).isdisjoint(keys):
                told = f"run changed: {', '.join(keys)}"
                yield Difference("evidence changed", "runs", run_id, told, name, fields=(_model(run), *changes))


def _model(run: Run) -> FieldChange:
    """The model of a run, by which runs are counted."""
    return FieldChange("model", run.model, new=run.model)


_BEHIND: tuple[Kind, ...] = ("heads", "models", "claims")
"""What evidence is about."""


class _Hidden:
    """What cannot be said because files of either catalog are refused."""

    def __init__(self, old: Catalog, new: Catalog) -> None:
        self._records = {kind: unread(old, new, kind) for kind in _BEHIND}
        self._pairs: set[tuple[str, str]] = set()
        self._claims: set[str] = set()
        self._all = False
        for catalog in (old, new):
            for stem in catalog.refused.get("runs", {}):
                self._look_into(catalog, stem)

    def _look_into(self, catalog: Catalog, stem: str) -> None:
        """What a run says it is about, although it is refused; where even that cannot be read, it may be about anything."""
        try:
            data = read(catalog.root / "runs" / f"{stem}.yaml")
        except SourceError:
            self._all = True
            return
        self._pairs.add((str(data.get("head")), str(data.get("model"))))
        self._claims.add(str(data.get("claim")))

    def showing(self, head: str, model: str) -> bool:
        """Whether what is shown of a type in a model cannot be compared."""
        return (
            self._all
            or head in self._records["heads"]
            or model in self._records["models"]
            or (head, model) in self._pairs
        )

    def claim(self, claim: str, model: str) -> bool:
        """Whether where a claim about a model stands cannot be compared."""
        refused = claim.partition("/")[0] in self._records["claims"] or model in self._records["models"]
        return self._all or refused or claim in self._claims
