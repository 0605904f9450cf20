"""What `headkb new` says when a record is written, and which records it finds there."""

from __future__ import annotations

from pathlib import Path

import click

from headkb.catalog.draft import open_questions


def ids_of(root: Path, kind: str) -> set[str]:
    """The ids of the records of a kind that are there, whether they can be read or not."""
    return {path.stem for path in (root / kind).glob("*.yaml")}


def say_left(target: Path, text: str) -> None:
    """The file, what is left to fill in, and the next command."""
    click.echo(str(target))
    if questions := open_questions(text):
        click.echo("left to fill in:")
    for line, question in questions:
        click.echo(f"  line {line}: {question}")
    click.echo(f"then run: headkb validate {target}")
