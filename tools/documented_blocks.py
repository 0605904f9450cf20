"""The code blocks of the documentation, as steps that can be run: files to write, Python to run, commands to type."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, NamedTuple

ROOT = Path(__file__).parents[1]
FENCE = re.compile(r"( *)(`{3,})([^\n`]*)\n")
TITLE = re.compile(r'title="([^"]+)"')
IMPORTED = re.compile(r"^[ \t]*(?:from|import) (\w+)", re.MULTILINE)
SHELL = {"sh", "shell", "bash", "console"}
PYTHON = {"python", "py"}
PRINTS = "prints"
"""The title of a block of text that says what the step before it prints; a line `…` stands for any lines, `…` in a line for anything."""
PAGES = ("README.md", "CONTRIBUTING.md", "docs/**/*.md")
NOTEBOOKS = "docs/notebooks/"
"""Pages that are notebooks as well: these are run as notebooks."""


class CodeBlock(NamedTuple):
    """A fenced block: where it begins and ends in the text, what stands behind the opening fence, and the lines inside."""

    start: int
    end: int
    info: str
    body: str


def code_blocks(text: str) -> Iterator[CodeBlock]:
    """The fenced blocks of a text; one that is never closed is none."""
    at, opened = 0, None
    for line in text.splitlines(keepends=True):
        fence = FENCE.fullmatch(line)
        if opened is None:
            opened = (at, at + len(line), fence) if fence else None
        elif line.rstrip() == opened[2][1] + opened[2][2]:
            yield CodeBlock(opened[0], at + len(line.rstrip()), opened[2][3].strip(), text[opened[1] : at])
            opened = None
        at += len(line)


@dataclass(frozen=True)
class Step:
    """One thing that a reader does on a page.

    Attributes:
        page: The file, relative to the repository.
        line: Where it begins, from 1.
        kind: `file` is written, `script` is written and run, `python` runs in the page's session, `command` in a shell.
        text: The file's content, the code, or the command.
        name: Of a file or script.
        prints: What it prints, if the page says so.
    """

    page: str
    line: int
    kind: Literal["file", "script", "python", "command"]
    text: str
    name: str = ""
    prints: str = ""

    def __str__(self) -> str:
        first = self.name or next((line for line in self.text.splitlines() if line.strip()), "")
        return f"{self.page}:{self.line} {self.kind} {first}"


def pages(names: list[str] | None = None) -> list[str]:
    """The pages with code, relative to the repository; those of `names` alone if there are any.

    Raises:
        FileNotFoundError: If a page of `names` does not exist.
    """
    if names:
        found = [name if (ROOT / name).is_file() else f"docs/{name.removesuffix('.md')}.md" for name in names]
        missing = [name for name, path in zip(names, found, strict=True) if not (ROOT / path).is_file()]
        if missing:
            raise FileNotFoundError(f"no page {', '.join(missing)}: give a file such as README.md or docs/engine.md")
        return found
    files = sorted(path.relative_to(ROOT).as_posix() for pattern in PAGES for path in ROOT.glob(pattern))
    return [name for name in files if not name.startswith(NOTEBOOKS) and steps_of(name)]


def steps_of(page: str) -> list[Step]:
    """What a reader of a page does, in its order."""
    return steps(page, (ROOT / page).read_text(encoding="utf-8"))


def steps(page: str, text: str) -> list[Step]:
    """The same of a text."""
    found: list[Step] = []
    for block in code_blocks(text):
        language, title = block.info.partition(" ")[0], TITLE.search(block.info)
        line = text.count("\n", 0, block.start) + 2
        body = textwrap.dedent(block.body) if text[block.start] == " " else block.body
        if title and title[1] == PRINTS:
            if not found or found[-1].line > line:
                raise ValueError(f"{page}:{line} says what a step prints, and no step stands before it")
            found[-1] = replace(found[-1], prints=body)
        elif title:
            found.append(Step(page, line, "script" if language in PYTHON else "file", body, title[1]))
        elif language in PYTHON:
            found.append(Step(page, line, "python", body))
        elif language in SHELL:
            found += (Step(page, line + offset, "command", command) for offset, command in commands(body))
    # A script that a later command names, or a later block imports, is run by that one.
    return [_as_file(step, found[place + 1 :]) for place, step in enumerate(found)]


def commands(body: str) -> Iterator[tuple[int, str]]:
    """The commands of a shell block with the number of their line from 0: those after `$`, if any line has it, else all of them."""
    lines = body.splitlines()
    typed = any(line.startswith("$ ") for line in lines)
    kept, start = "", 0
    for number, line in enumerate(lines):
        text = line.removeprefix("$ ")
        if not kept and (not text.strip() or text.startswith("#") or (typed and not line.startswith("$ "))):
            continue
        start = start if kept else number
        kept = f"{kept}\n{text}" if kept else text
        if not line.endswith("\\"):
            yield start, kept
            kept = ""


def same(said: str, printed: str) -> bool:
    """Whether a page says what was printed; `…` stands for anything, and spaces at the end of a line do not count."""
    wanted, got = ("\n".join(line.rstrip() for line in text.strip().splitlines()) for text in (said, printed))
    first, *others = wanted.split("…")
    if not others:
        return wanted == got
    at, end = len(first), len(got) - len(others[-1])
    if not got.startswith(first) or end < at or not got.endswith(others[-1]):
        return False
    for part in others[:-1]:
        found = got.find(part, at, end)
        if found < 0:
            return False
        at = found + len(part)
    return True


def _as_file(step: Step, later: list[Step]) -> Step:
    if step.kind != "script":
        return step
    module = step.name.removesuffix(".py")
    used = any(
        step.name in other.text if other.kind == "command" else module in IMPORTED.findall(other.text)
        for other in later
    )
    return replace(step, kind="file") if used else step
