"""Issue forms: what GitHub asks by a file of `.github/ISSUE_TEMPLATE`, and the answers in the Markdown that it makes of them.

GitHub writes each label as a heading and the answer below it. An answer may hold headings, fences and comments of its own, so a heading
counts where it stands in the form's order and can be meant in one way alone; otherwise the reader is told which one is in the way.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import yaml

from headkb.catalog.characters import first_odd

LONGEST_BODY = 65_536
"""Characters that an issue may have on GitHub."""
LONGEST = {"input": 1000, "textarea": 6000, "dropdown": 200, "checkboxes": 2000}
"""Kind of a question → characters of its longest answer."""
NOTHING = "_No response_"
"""What GitHub writes where nothing was answered."""


@dataclass(frozen=True)
class FormQuestion:
    """One field of a form.

    Attributes:
        id: Its id, which also fills it in from an address.
        label: What stands above it, and as a heading in the issue.
        kind: How it is answered.
        required: Whether it must be.
        options: The answers of a dropdown; the boxes that must be ticked.
        help: What is said below the label.
    """

    id: str
    label: str
    kind: Literal["input", "textarea", "dropdown", "checkboxes"]
    required: bool
    options: tuple[str, ...] = ()
    help: str = ""


@dataclass(frozen=True)
class IssueForm:
    """A form: the name of its file, its title, the label that its issues get, and what it asks."""

    name: str
    title: str
    label: str
    questions: tuple[FormQuestion, ...]


@dataclass
class FormAnswers:
    """What was answered, by the ids of the questions; what is wrong with it in sentences for the one who answered, and with which answers."""

    values: dict[str, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)


def read_form(path: Path) -> IssueForm:
    """A form of the repository, by its file.

    Raises:
        OSError: If there is none.
    """
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    questions = tuple(_question(part) for part in data["body"] if part["type"] != "markdown")
    return IssueForm(path.stem, data["name"], data["labels"][0], questions)


def read_forms(folder: Path) -> tuple[IssueForm, ...]:
    """Every form of a folder, in the order of the names of their files."""
    return tuple(read_form(path) for path in sorted(folder.glob("*.yml")) if path.stem != "config")


def _question(part: dict[str, Any]) -> FormQuestion:
    about, checks = part["attributes"], part.get("validations", {})
    options, required = about.get("options", ()), bool(checks.get("required"))
    if part["type"] == "checkboxes":
        options = [box["label"] for box in options if box.get("required")]
        required = bool(options)
    return FormQuestion(
        part["id"], about["label"], part["type"], required, tuple(options), about.get("description", "")
    )


def read_answers(body: str, form: IssueForm) -> FormAnswers:
    r"""The answers in the text of an issue; what is missing or cannot be told apart is a problem, never an error.

    Example:
        >>> form = IssueForm("f", "F", "form:f", (FormQuestion("model", "Model", "input", True),))
        >>> read_answers("### Model\r\n\r\ngpt2\r\n", form).values
        {'model': 'gpt2'}
    """
    if len(body) > LONGEST_BODY:
        return FormAnswers(problems=[f"The text has {len(body):,} characters; an issue has at most {LONGEST_BODY:,}."])
    lines = unicodedata.normalize("NFC", body).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    starts = _sections(lines, form)
    if isinstance(starts, str):
        return FormAnswers(problems=[starts])
    made = FormAnswers()
    ends = [line for line, _ in starts[1:]] + [len(lines)]
    answered = {question.id: lines[at + 1 : end] for (at, question), end in zip(starts, ends, strict=True)}
    for question in form.questions:
        before = len(made.problems)
        _answer(question, answered.get(question.id, []), made)
        if len(made.problems) > before:
            made.refused.add(question.id)
    return made


def _sections(lines: Sequence[str], form: IssueForm) -> list[tuple[int, FormQuestion]] | str:
    """Where each question's heading stands, or why that cannot be said."""
    by_heading = {f"### {question.label}": question for question in form.questions}
    found = [(at, by_heading[line.rstrip()]) for at, line in enumerate(lines) if line.rstrip() in by_heading]
    if not found:
        return "None of the form's headings is in this issue. Open it with the form, or put its headings back."
    hidden = _hidden(lines)
    for candidates in ([entry for entry in found if entry[0] not in hidden], found):
        if [question for _, question in candidates] == list(form.questions):
            return candidates
    order = [form.questions.index(question) for _, question in found]
    twice = next((question for _, question in found if [q for _, q in found].count(question) > 1), None)
    if twice is not None:
        return f"The heading “{twice.label}” stands in this issue more than once, so the answers cannot be told apart. Change it where an answer repeats it."
    if order != sorted(order):
        return "The form's headings are not in the form's order. Put them back as the form had them."
    missing = [q for q in form.questions if q.required and q not in [question for _, question in found]]
    if missing:
        return f"The heading “{missing[0].label}” is missing. Put it back as the form had it, with an answer below it."
    return found


def _hidden(lines: Sequence[str]) -> frozenset[int]:
    """Lines inside fences and comments that end."""
    hidden: set[int] = set()
    unending: set[str] = set()
    at = 0
    while at < len(lines):
        mark, opens = _fence(lines[at]), "<!--" in lines[at] and "-->" not in lines[at].partition("<!--")[2]
        zone = mark[:1] or ("<" if opens else "")
        if zone and zone not in unending:
            end = next(
                (i for i in range(at + 1, len(lines)) if (_closes(lines[i], mark) if mark else "-->" in lines[i])), None
            )
            if end is None:
                unending.add(zone)  # so that the rest is read once for each, however many begin
            else:
                hidden.update(range(at, end + 1))
                at = end
        at += 1
    return frozenset(hidden)


def _fence(line: str) -> str:
    """The backticks or tildes that open a fence; empty where none does."""
    text = line.lstrip(" ")
    if len(line) - len(text) > 3 or not text.startswith(("```", "~~~")):
        return ""
    return text[: len(text) - len(text.lstrip(text[0]))]


def _closes(line: str, mark: str) -> bool:
    text = line.strip(" ")
    return len(text) >= len(mark) and not text.strip(mark[0])


def _answer(question: FormQuestion, lines: list[str], made: FormAnswers) -> None:
    """Take the answer to a question, or say what is wrong with it."""
    text = _unfenced("\n".join(lines).strip())
    if text in ("", NOTHING):
        if question.required:
            hint = f" {question.help}." if question.help else ""
            made.problems.append(f"“{question.label}” needs an answer.{hint}")
        return
    if len(text) > LONGEST[question.kind]:
        made.problems.append(
            f"“{question.label}” has {len(text):,} characters; at most {LONGEST[question.kind]:,} are read. Say it shorter."
        )
    elif (odd := first_odd(text)) is not None:
        made.problems.append(
            f"“{question.label}” holds a character that may not stand there: {odd.what}. Type it anew."
        )
    elif question.kind == "checkboxes":
        ticked = [line.strip()[5:].strip() for line in text.split("\n") if line.strip()[:5].casefold() == "- [x]"]
        left = [option for option in question.options if option not in ticked]
        made.problems += [
            f"“{question.label}”: tick “{option}”, or the record cannot be taken over." for option in left
        ]
        made.values[question.id] = "\n".join(ticked)
    elif question.kind == "dropdown" and text not in question.options:
        made.problems.append(f"“{question.label}” is one of: {', '.join(question.options)}.")
    elif question.kind == "input" and "\n" in text:
        made.problems.append(f"“{question.label}” is answered on one line.")
    else:
        made.values[question.id] = " ".join(text.split()) if question.kind == "input" else text


def _unfenced(text: str) -> str:
    """An answer without its comments, and without the fence that GitHub or its writer put around all of it."""
    first, _, rest = text.partition("\n")
    mark, (inside, _, last) = _fence(first), rest.rpartition("\n")
    if mark:
        alone = not any(_closes(line, mark) for line in inside.split("\n"))
        return inside.strip("\n") if alone and _closes(last, mark) else text
    parts, left = [], text
    while (start := left.find("<!--")) >= 0 and (end := left.find("-->", start + 4)) >= 0:
        parts.append(left[:start])
        left = left[end + 3 :]
    return "".join([*parts, left]).strip()
