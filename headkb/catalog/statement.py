"""A claim with its file."""

from __future__ import annotations

from dataclasses import dataclass

from headkb.catalog.schema import Claim, ClaimFile
from headkb.catalog.schema.claim import Measure


@dataclass(frozen=True)
class Statement:
    """One claim together with the file that holds it; `id` is `<file>/<claim>`."""

    id: str
    file: ClaimFile
    claim: Claim

    @property
    def measure(self) -> Measure | None:
        """The definition of the claim's numbers; None where it has none."""
        return self.file.measures.get(self.claim.measure or "")

    @property
    def paper(self) -> str | None:
        """Id of the paper that makes the claim; None where only a repository does."""
        return self.claim.source.paper or self.file.paper

    @property
    def source_name(self) -> str:
        """The paper or repository that makes the claim, by which sources are counted."""
        return self.paper or (self.file.repository.name if self.file.repository else self.file.id)
