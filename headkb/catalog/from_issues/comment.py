"""The answers to issues, in Markdown. What a stranger wrote stands in them as text, and as code where it is long."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence

from headkb.catalog.diagnostic import Diagnostic
from headkb.catalog.from_issues.change import RecordChange
from headkb.catalog.from_issues.forms import IssueForm
from headkb.catalog.harmless import fenced, harmless, quoted

LONGEST = 60_000
"""Characters of a comment; GitHub takes 65,536."""
MOST_PROBLEMS = 20
NOTHING_YET = {
    "fix-a-fact": "nothing could be changed by this form yet",
    "report-a-reproduction": "this report could not be understood yet",
    "request-a-run": "this request could not be understood yet",
}
"""Form that makes no new record → what is said where nothing could be made of it."""
AGAIN = "Edit the text of this issue, and it is read again."


def refused(
    form: IssueForm,
    problems: Sequence[str],
    before: Mapping[str, str] | None = None,
    files: Mapping[str, str] | None = None,
    findings: Sequence[Diagnostic] = (),
) -> str:
    """The answer where nothing could be made of a form.

    Args:
        form: Which it is.
        problems: Why, a sentence or two each.
        before: The texts that the files had.
        files: What was made of the form, if that much could be.
        findings: What the validator says of it.
    """
    items = [f"- {' '.join(harmless(problem).split())}" for problem in problems[:MOST_PROBLEMS]]
    if len(problems) > MOST_PROBLEMS:
        items.append(f"- … and {len(problems) - MOST_PROBLEMS} more")
    said = NOTHING_YET.get(form.name, "no record could be made of this form yet")
    parts = [f"**{form.title}: {said}.**", "\n".join(items)]
    if findings:
        parts += [_said(findings), *_shown(before or {}, files or {})]
    return _bounded([*parts, f"{AGAIN} Nothing else waits for it."])


def accepted(change: RecordChange, before: Mapping[str, str], findings: Sequence[Diagnostic]) -> str:
    """The answer where a form became files of the catalog."""
    names = " and ".join(f"`catalog/{name}`" for name in change.files)
    parts = [f"**This form became {names}.** A pull request with the change opens by itself."]
    if change.understood:
        parts.append(_table(change.understood))
    said = (
        f"The validator says of it:\n\n{_said(findings)}"
        if findings
        else "The validator has nothing to say against it."
    )
    return _bounded(
        [*parts, said, *_shown(before, change.files), f"{AGAIN} A person looks at it before it is taken over."]
    )


def told(change: RecordChange) -> str:
    """The answer where no record is made: what was understood, and what follows."""
    parts = [f"**Understood: {harmless(change.title)}.**", _table(change.understood)]
    if change.command:
        parts.append(f"To run it, and to write down what comes of it:\n\n{fenced(change.command, 'sh')}")
    if change.by_hand:
        parts.append(harmless(change.by_hand))
    return _bounded([*parts, AGAIN])


def _table(understood: Mapping[str, str]) -> str:
    rows = [f"| {harmless(name)} | {quoted(text)} |" for name, text in understood.items()]
    return "\n".join(["| | |", "|---|---|", *rows])


def _said(findings: Sequence[Diagnostic]) -> str:
    return fenced("\n".join(finding.text() for finding in findings[:MOST_PROBLEMS]), "text")


def _shown(before: Mapping[str, str], files: Mapping[str, str]) -> list[str]:
    """A new file in full, of an old one the lines that change."""
    shown = []
    for name, text in files.items():
        if old := before.get(name):
            lines = difflib.unified_diff(old.splitlines(), text.splitlines(), lineterm="", n=1)
            shown.append(f"`catalog/{name}`:\n\n{fenced(chr(10).join([*lines][2:]), 'diff')}")
        else:
            shown.append(f"`catalog/{name}`:\n\n{fenced(text, 'yaml')}")
    return shown


def _bounded(parts: Sequence[str]) -> str:
    """The parts as far as a comment may be long; what is left out is whole parts, so that no block of code stays open."""
    text = ""
    for part in parts:
        if len(text) + len(part) > LONGEST:
            return f"{text}… the rest is too long for a comment.\n"
        text += f"{part}\n\n"
    return text.rstrip("\n") + "\n"
