"""The inputs of a run."""

from __future__ import annotations

from pydantic import Field

from headkb.catalog.schema.common import OneLine, Piece, Sha256
from headkb.catalog.schema.ids import Id
from headkb.catalog.schema.numbers import Parameters, Seed, Size


class SentenceFile(Piece):
    """A user's own sentences that took the place of a generator's; the file itself is not kept."""

    name: OneLine
    n: Size
    sha256: Sha256 = Field(description="Hash of the marked sentences, sorted; as `headkb.prompts.pronouns` makes it.")


class RunPrompts(Piece):
    """The inputs: a generator with its parameters, or published data; either way with a hash."""

    generator: Id | None = None
    n: Size | None = None
    seed: Seed | None = None
    parameters: Parameters = Field(default_factory=dict)
    data: OneLine | None = Field(
        None, description="Name of the published data set that was used instead of a generator."
    )
    file: SentenceFile | None = Field(None, description="The user's file that the generator read its sentences from.")
    texts: tuple[OneLine, ...] = Field((), description="The prompts in order, where `by_prompt` has a value for each.")
    sha256: Sha256

    def brief(self) -> str:
        """The piece in a few words."""
        return f"{self.n} × {self.generator}, seed {self.seed}" if self.generator else self.data or f"{self.n} texts"
