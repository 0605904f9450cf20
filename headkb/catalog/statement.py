"""A claim with its file."""

from __future__ import annotations

from dataclasses import dataclass

from headkb.catalog.addresses import claim_path
from headkb.catalog.glance import FactLines, Glance, WithGlance, in_words
from headkb.catalog.schema import Claim, ClaimFile
from headkb.catalog.schema.claim import Measure


@dataclass(frozen=True, repr=False)
class Statement(WithGlance):
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

    def glance(self, *standing: tuple[str, str]) -> Glance:
        """The claim in a few lines, with its measure, and first what is known of its `standing`."""
        told = self.claim.glance()
        measure: FactLines = (
            (("measure", in_words(f"{self.measure.name}: {self.measure.definition}")),) if self.measure else ()
        )
        facts = (*standing, *(fact for fact in told.facts if fact[0] != "measure"), *measure)
        return Glance(f"Statement({self.id!r})", told.title, told.says, facts, claim_path(self))
