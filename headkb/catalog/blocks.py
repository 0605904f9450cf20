"""The paragraphs, lists and formulas of their own in a longer text of a record."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

BULLET = re.compile(r"^\s*[-*] +")
NUMBER = re.compile(r"^\s*\d{1,3}[.)] +")
# A folded YAML block keeps one line break where its author left one empty line: a new paragraph was meant.
SOFT_BREAK = re.compile(r"(?<=[.:!?)])\n(?=[A-Z*`\[$])")


@dataclass(frozen=True)
class Block:
    """A paragraph (`p`), a bullet list (`ul`), a numbered list (`ol`) or a formula of its own (`math`)."""

    tag: Literal["p", "ul", "ol", "math"]
    lines: tuple[str, ...]


def blocks(text: str) -> list[Block]:
    """Block text → paragraphs, lists and displayed formulas."""
    blocks: list[Block] = []
    for part in re.split(r"\n\s*\n", text.strip()):
        for piece in SOFT_BREAK.split(part):
            blocks += _split_lists(piece.splitlines())
    return blocks


def _split_lists(lines: list[str]) -> list[Block]:
    found: list[tuple[Literal["p", "ul", "ol"], list[list[str]]]] = []  # each item as its lines
    for line in lines:
        tag: Literal["p", "ul", "ol"] = "ul" if BULLET.match(line) else "ol" if NUMBER.match(line) else "p"
        bare = NUMBER.sub("", BULLET.sub("", line)).strip() if tag != "p" else line.strip()
        if tag == "p" and found:
            found[-1][1][-1].append(bare)
        elif found and found[-1][0] == tag:
            found[-1][1].append([bare])
        else:
            found.append((tag, [[bare]]))
    blocks = [Block(tag, tuple(" ".join(item) for item in items)) for tag, items in found]
    return [Block("math", (block.lines[0][2:-2].strip(),)) if _only_formula(block) else block for block in blocks]


def _only_formula(block: Block) -> bool:
    text = block.lines[0]
    return (
        block.tag == "p" and len(text) > 4 and text.startswith("$$") and text.endswith("$$") and text.count("$$") == 2
    )
