"""Where ids went that the old catalog has and the new one lacks: into which record, alone or with others, or nowhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from headkb.catalog import Catalog
from headkb.catalog.kinds import KINDS, Kind
from headkb.catalog.record_files import SourceError, read_text
from headkb.catalog.references import references
from headkb.catalog.refusals import WHOLE
from headkb.catalog.schema import Record
from headkb.catalog.source import Field


@dataclass(frozen=True)
class Gone:
    """Ids of one kind that are gone.

    Attributes:
        renamed: Old id → the record that is new and took its place alone.
        merged: Old id → the record that was there before, or that took the place of several.
        removed: Ids that no record says it takes the place of.
        unknown: Ids that a file of the new catalog names that cannot be read, so it may be what took their place → that file.
    """

    renamed: Mapping[str, str] = field(default_factory=dict)
    merged: Mapping[str, str] = field(default_factory=dict)
    removed: tuple[str, ...] = ()
    unknown: Mapping[str, str] = field(default_factory=dict)

    @property
    def moved(self) -> dict[str, str]:
        """Old id → the id that took its place."""
        return {**self.renamed, **self.merged}


def gone(lost: Iterable[str], successor: Mapping[str, str], known: Iterable[str]) -> Gone:
    """What became of lost ids.

    Args:
        lost: Ids that only the old catalog has.
        successor: Former id → the record that has it in `replaces`.
        known: Ids that the old catalog has.
    """
    lost, known = list(lost), set(known)
    taking = Counter(successor[i] for i in lost if i in successor)
    alone = {
        i: successor[i] for i in lost if i in successor and taking[successor[i]] == 1 and successor[i] not in known
    }
    merged = {i: successor[i] for i in lost if i in successor and i not in alone}
    return Gone(alone, merged, tuple(i for i in lost if i not in successor))


def unread(old: Catalog, new: Catalog, kind: Kind) -> set[str]:
    """The ids of a kind of which nothing can be said: refused in either catalog; all, where a whole folder was."""
    refused = {*old.refused.get(kind, {}), *new.refused.get(kind, {})}
    return {*old.of(kind), *new.of(kind)} if WHOLE in refused else refused


def gone_of_kind(old: Catalog, new: Catalog, kind: Kind) -> Gone:
    """What became of the records of a kind that are gone."""
    before, after = old.of(kind), new.of(kind)
    refused = unread(old, new, kind)
    lost = [record_id for record_id in before if record_id not in after and record_id not in refused]
    successor = {former: record.id for record in after.values() for former in record.replaces}
    found = gone(lost, successor, before)
    maybe = {i: stem for i in found.removed if (stem := _named_in(new, kind, i)) is not None}
    return Gone(found.renamed, found.merged, tuple(i for i in found.removed if i not in maybe), maybe)


def _named_in(new: Catalog, kind: Kind, record_id: str) -> str | None:
    """The refused file that has a lost id among its words."""
    for stem in new.refused.get(kind, {}):
        try:
            text = read_text(new.root / kind / f"{stem}.yaml")
        except SourceError:
            continue
        if record_id in text.replace(",", " ").replace("[", " ").replace("]", " ").split():
            return stem
    return None


class Moves:
    """What became of every record and claim that is gone, and how an old record reads under the ids of today."""

    def __init__(self, old: Catalog, new: Catalog) -> None:
        """Look once."""
        self.of: Mapping[Kind, Gone] = {kind: gone_of_kind(old, new, kind) for kind in KINDS}
        lost = [
            s.id for s in old.statements.values() if self._file_stays(s.file.id, new) and self.claim(s.id, new) is None
        ]
        before = {moved for i in old.statements if (moved := self._in_renamed_file(i)) is not None}
        successor = {
            i: new.former_claims[self._in_renamed_file(i)]
            for i in lost
            if self._in_renamed_file(i) in new.former_claims
        }
        self.claims = gone(lost, successor, before)
        self._former = {f"claims/{i}": now for i in old.statements if (now := self.claim_now(i, new)) not in (None, i)}
        for kind, went in self.of.items():
            self._former |= {f"{kind}/{i}": now for i, now in went.moved.items()}

    def _file_stays(self, file: str, new: Catalog) -> bool:
        return file in new.claims or file in self.of["claims"].renamed

    def _in_renamed_file(self, claim: str) -> str:
        file, _, name = claim.partition("/")
        return f"{self.of['claims'].renamed.get(file, file)}/{name}"

    def claim(self, claim: str, new: Catalog) -> str | None:
        """The id today of a claim that still stands by itself; None if it is gone."""
        return now if (now := self._in_renamed_file(claim)) in new.statements else None

    def claim_now(self, claim: str, new: Catalog) -> str | None:
        """The same, or the claim that took its place."""
        return self.claim(claim, new) or self.claims.moved.get(claim)

    def now(self, kind: Kind, record_id: str) -> str:
        """The id today of a record of the old catalog, its own if it did not move."""
        return self.of[kind].moved.get(record_id, record_id)

    def data(self, record: Record) -> dict[str, Any]:
        """An old record's data with every id that moved written as it is today, so that those who name it do not seem changed."""
        data = record.data()
        for mention in references(record) if self._former else ():
            now = self._former.get(f"{mention.kind}/{mention.id}")
            if now is not None:
                _rewrite(data, mention.field, mention.kind, mention.id, now)
        return data


def _rewrite(data: dict[str, Any], place: Field, kind: str, old: str, new: str) -> None:
    """Put the new id in at the place of the old one: alone, or in links of a text. Keys of mappings stay."""
    *way, last = place
    inside: Any = data
    try:
        for step in way:
            inside = inside[step]
        text = inside[last]
    except (KeyError, IndexError, TypeError):
        return
    if text in (old, f"{kind}/{old}"):
        inside[last] = text.removesuffix(old) + new
    elif isinstance(text, str):
        inside[last] = text.replace(f"[[{kind}/{old}]]", f"[[{kind}/{new}]]").replace(
            f"[[{kind}/{old}|", f"[[{kind}/{new}|"
        )
