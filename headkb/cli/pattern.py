"""`headkb pattern`: where one head of a model looks in one text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click
from rich.table import Table

from headkb.cli.common import load_catalog_model, open_catalog, print_json, printing
from headkb.cli.extras import need_torch
from headkb.cli.net import about
from headkb.cli.options import load_options, placement_options, warn_of
from headkb.head_index import HeadIndex, parse_head

LONGEST = 512
"""Tokens of the longest text; the pattern of a longer one is no reading."""
LEAST = 0.01
"""A smaller weight is printed only where it is the largest of its token."""


@click.command("pattern")
@click.argument("model_name", metavar="M")
@click.argument("head_name", metavar="HEAD")
@click.option("--text", required=True, metavar="TEXT", help="What the model reads, in quotes.")
@placement_options
@click.option(
    "--top", type=click.IntRange(1), default=4, show_default=True, metavar="K", help="Show K weights of each token."
)
@click.option("--json", "as_json", is_flag=True, help="Print tokens and all weights as JSON.")
@click.pass_context
def command(
    ctx: click.Context, /, model_name: str, head_name: str, text: str, top: int, as_json: bool, **placement: Any
) -> None:
    """Show where HEAD of the model M looks in a text: each token with the tokens that get most of its attention.

    Tokens are counted from 0, those that the tokenizer puts around a text included.

    \b
    Examples:
      headkb pattern organism-tasks L1H2 --text "the cat saw the dog ."
      headkb pattern gpt2 L5H1 --text "The old clock stopped. The old clock stopped." --json
    """
    try:
        head = parse_head(head_name)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    need_torch("pattern")
    from headkb.reproduce.text_pattern import text_pattern

    catalog = open_catalog(ctx)
    loaded = load_catalog_model(catalog, model_name, placement["revision"], load_options(placement))
    warn_of(loaded)
    with about(loaded):
        seen = text_pattern(loaded, text, most=LONGEST, part=placement["part"])
        rows: list[list[float]] = seen[head].tolist()
    if as_json:
        facts = {"model": loaded.id, "weights_sha256": loaded.passport.weights_sha256, "head": str(head), "text": text}
        print_json({**facts, "tokens": list(seen.tokens), "pattern": [[round(w, 6) for w in row] for row in rows]})
    else:
        _print(loaded.id, head, seen.tokens, rows, top)


def _print(model: str, head: HeadIndex, tokens: Sequence[str], rows: Sequence[Sequence[float]], top: int) -> None:
    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("no.", justify="right")
    table.add_column("token")
    table.add_column("looks at (number) weight", overflow="fold")
    for query, row in enumerate(rows):
        best = sorted(range(len(row)), key=lambda key: (-row[key], key))[:top]
        told = [key for key in best if row[key] >= LEAST] or best[:1]
        looks = "  ".join(f"{_seen(tokens[key])} ({key}) {row[key]:.2f}" for key in told)
        table.add_row(str(query), _seen(tokens[query]), looks)
    with printing(soft_wrap=False) as console:
        console.print(f"{head} of {model} in a text of {len(tokens)} tokens")
        console.print(table)


def _seen(token: str) -> str:
    """A token on one line whose blanks at the ends can be seen."""
    bare = token.strip(" ")
    return repr(token)[1:-1] if not bare or not bare.isprintable() else bare
