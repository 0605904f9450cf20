"""The text of an issue → the files that it changes, held against the whole catalog, and the answer to the one who wrote it."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from headkb.catalog import Catalog
from headkb.catalog.diagnostic import Diagnostic
from headkb.catalog.fmt import formatted
from headkb.catalog.from_issues.change import AnswerTexts, ChangeMaker, FormError, FormReader, RecordChange
from headkb.catalog.from_issues.comment import accepted, refused, told
from headkb.catalog.from_issues.forms import FormAnswers, IssueForm, read_answers
from headkb.catalog.from_issues.records import new_claim, new_head, new_paper
from headkb.catalog.from_issues.requests import fix_a_fact, report_a_reproduction, request_a_run
from headkb.catalog.house_read import UnwritableError
from headkb.catalog.kinds import Kind
from headkb.catalog.load import load
from headkb.catalog.rules import check
from headkb.catalog.writing import write_text
from headkb.catalog.yaml_edits import EditError
from headkb.errors import HeadkbError


@dataclass(frozen=True)
class Proposal:
    """What comes of an issue.

    Attributes:
        title: What it is about, in a few words without line breaks; empty where nothing came of it.
        files: Path in the catalog → its whole text; empty where no record was made.
        comment: The answer, in Markdown.
    """

    title: str
    files: Mapping[str, str]
    comment: str


def propose(catalog: Catalog, body: str, form: IssueForm) -> Proposal:
    """Read an issue, and hold what it asks for against the catalog. Nothing is written.

    Args:
        catalog: As it is now.
        body: The text of the issue.
        form: The form that made it.
    """
    answers = read_answers(body, form)
    if answers.problems:
        return Proposal("", {}, refused(form, [*answers.problems, *_more_problems(catalog, form.name, answers)]))
    try:
        change = change_of(catalog, form.name, answers.values)
    except FormError as error:
        return Proposal("", {}, refused(form, error.problems))
    except HeadkbError as error:  # a file that the answers lead to was refused
        return Proposal("", {}, refused(form, [str(error)]))
    if not change.files:
        return Proposal(change.title, {}, told(change))
    before = {name: _text(catalog.root / name) for name in change.files}
    change.files = {name: in_style(catalog.root, name, before[name], text) for name, text in change.files.items()}
    findings = problems_with(catalog.root, change.files)
    if any(finding.severity == "error" for finding in findings):
        words = ["The validator refuses what the form says; its words are below, with what was made of the form."]
        return Proposal("", {}, refused(form, words, before, change.files, findings))
    return Proposal(change.title, change.files, accepted(change, before, findings))


def _more_problems(catalog: Catalog, form: str, answers: FormAnswers) -> list[str]:
    """What is wrong with the answers that could be taken, so that all is told at once."""
    asked = FormReader(catalog, answers.values, answers.refused)
    if answers.values:
        MAKERS[form](asked)
    return asked.problems


def in_style(root: Path, name: str, before: str, text: str) -> str:
    """The text in the canonical form, unless the file that it changes was in another: then only what was asked for changes."""
    kind = cast(Kind, name.partition("/")[0])
    try:
        canonical = not before or formatted(before, kind, root) == before
        return formatted(text, kind, root) if canonical else text
    except UnwritableError:
        return text


def problems_with(root: Path, files: Mapping[str, str]) -> list[Diagnostic]:
    """What the validator says of a catalog with these files that it does not say without them. The folder is left as it is."""
    with scratch_copy(root) as copy:
        for name, text in files.items():
            write_text(copy / name, text)
        found = _validated(copy)
    if all(finding.path in files for finding in found):
        return found
    known = {(d.path, d.rule, d.field, d.message) for d in _validated(root)}
    return [d for d in found if d.path in files or (d.path, d.rule, d.field, d.message) not in known]


@contextmanager
def scratch_copy(root: Path) -> Iterator[Path]:
    """A copy of a folder for as long as the block runs. Its files share their bytes with the folder's until one is replaced."""
    with tempfile.TemporaryDirectory(prefix="headkb-") as folder:
        copy = Path(folder) / "catalog"
        try:
            shutil.copytree(root, copy, copy_function=os.link, symlinks=True)
        except (OSError, shutil.Error):  # another disk, or one without such links
            shutil.rmtree(copy, ignore_errors=True)
            shutil.copytree(root, copy, symlinks=True)
        yield copy


def _validated(root: Path) -> list[Diagnostic]:
    catalog, problems = load(root)
    return sorted([*problems, *check(catalog)])


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def change_of(catalog: Catalog, form: str, values: AnswerTexts) -> RecordChange:
    """What the answers to a form change.

    Args:
        catalog: Where the records that they name are looked up.
        form: The form, by the name of its file.
        values: Its answers, complete.

    Raises:
        FormError: If an answer cannot be understood; all such are named at once.
    """
    asked = FormReader(catalog, values)
    made = MAKERS[form](asked)
    if asked.problems:
        raise FormError(asked.problems)
    try:
        return made()
    except EditError as error:
        raise FormError([f"A person must do this: in the file that it changes, {error}."]) from None


MAKERS: Mapping[str, Callable[[FormReader], ChangeMaker]] = {
    "fix-a-fact": fix_a_fact,
    "new-claim": new_claim,
    "new-head": new_head,
    "new-paper": new_paper,
    "report-a-reproduction": report_a_reproduction,
    "request-a-run": request_a_run,
}
"""Form → what reads its answers; what it gives back is called where nothing was wrong with them."""
