"""What a form asks for, and the reading of its answers: nothing is written here, and nothing is guessed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from headkb.catalog import Catalog
from headkb.catalog.draft import draft
from headkb.catalog.from_issues.values import AnswerError
from headkb.catalog.kinds import Kind
from headkb.errors import HeadkbError

AnswerTexts = Mapping[str, str]
"""Answers by the ids of their questions."""


@dataclass
class RecordChange:
    """What a form asks for, as far as it was understood.

    Attributes:
        title: What it is about in a few words: the record.
        files: Path in the catalog → the whole text that the file gets; empty where no record is made.
        command: What somebody types to go on, where no record is made.
        by_hand: What a person has to do, where it cannot be done from the form.
        understood: What was understood, by name.
    """

    title: str
    files: dict[str, str] = field(default_factory=dict)
    command: str = ""
    by_hand: str = ""
    understood: dict[str, str] = field(default_factory=dict)


class FormError(HeadkbError):
    """A form from which nothing can be made; `problems` has a sentence for each reason."""

    def __init__(self, problems: list[str]) -> None:
        """Keep the sentences."""
        self.problems = problems
        super().__init__(" ".join(problems))


class FormReader:
    """The answers, those that could not be taken as they are, and what is wrong with the others so far."""

    def __init__(self, catalog: Catalog, values: AnswerTexts, refused: Collection[str] = ()) -> None:
        self.catalog, self.values, self.problems = catalog, values, list[str]()
        self.refused = refused

    def get(self, key: str) -> str:
        """An answer; empty where none was given. A line break in the middle of a paragraph is a blank."""
        text = self.values.get(key, "")
        lines = text.split("\n")
        flowing = all(line.strip() and line.lstrip()[:1] not in "-*+|>$1" for line in lines)
        return " ".join(text.split()) if len(lines) > 1 and flowing else text

    def read(self, key: str, reader: Callable[[str], Any], otherwise: Any = None) -> Any:
        """An answer as something else; what cannot be read is noted, and the others are read still."""
        if not self.get(key):
            return otherwise
        try:
            return reader(self.values[key])
        except AnswerError as error:
            self.problems += error.args
            return otherwise


ChangeMaker = Callable[[], RecordChange]


def one(kind: Kind, record_id: str, record: Mapping[str, Any]) -> RecordChange:
    """A change that adds one record."""
    return RecordChange(f"{kind}/{record_id}", {f"{kind}/{record_id}.yaml": draft(kind, record, record_id)})
