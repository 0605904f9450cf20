"""`headkb new`: a record to start from, filled in as far as it is known, and a claim for the file of its source."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from headkb.catalog.draft import draft, drafted
from headkb.catalog.kinds import KINDS, Kind
from headkb.catalog.schema.ids import ID_FORM, is_id
from headkb.catalog.writing import write_text
from headkb.cli import new_values
from headkb.cli.common import KIND, begun_catalog, own_catalog_root
from headkb.cli.new_said import ids_of, say_left
from headkb.cli.questions import answered, faults

if TYPE_CHECKING:
    from headkb import Catalog

PAPER_ALONE = ("arxiv", "bibtex", "title", "authors")
CLAIM_ALONE = ("model_name", "heads", "statement", "locator", "confidence", "claim")


@click.command("new", epilog=KIND.choices)
@click.argument("kind", type=KIND, metavar="KIND")
@click.argument("record_id", metavar="[ID]", required=False)
@click.option("--arxiv", metavar="ID", help="papers: fill in what arXiv says of this id or address.")
@click.option(
    "--bibtex", metavar="FILE", help="papers: fill in what the one BibTeX entry in FILE says; - reads the input."
)
@click.option("--title", metavar="TEXT", help="papers: the title.")
@click.option(
    "--author", "authors", metavar="NAME", multiple=True, help="papers: an author, first name first; repeat it."
)
@click.option(
    "--head", "head_types", metavar="TYPE", multiple=True, help="papers: TYPE:ROLE, repeat it; claims: the head type."
)
@click.option("--model", "model_name", metavar="M", help="claims: the model.")
@click.option("--heads", metavar="LIST", help="claims: the heads, such as L9H6,L9H9.")
@click.option("--statement", metavar="TEXT", help="claims: what the source says, in your own words.")
@click.option("--locator", metavar="TEXT", help="claims: the table, figure or section that says it.")
@click.option(
    "--confidence",
    type=click.Choice(["high", "medium", "low"]),
    help="claims: how sure it is that the source says this.",
)
@click.option("--claim", metavar="ID", help="claims: the claim's own id; by default the model and the head type.")
@click.option(
    "--set", "pairs", metavar="KEY=VALUE", multiple=True, help="Any key of the record, such as venue='ICLR 2025'."
)
@click.option(
    "--ask/--no-ask", default=None, help="Ask for what is left; by default where a person sits at a terminal."
)
@click.pass_context
def command(ctx: click.Context, /, kind: Kind, record_id: str | None, ask: bool | None, **options: Any) -> None:
    """Write a new record of KIND with the id ID, fill in what is known, and list what is left.

    A paper's ID may be left out: author, year and a word of the title make one. For claims, ID is the source; a claim is added to its
    file if there is one.

    \b
    Examples:
      headkb new head comma-counting
      headkb new paper --arxiv 2404.15574
      headkb new claim wang-2022-ioi --model gpt2 --head name-mover --heads L9H9,L9H6 --locator "section 3.1"
    """
    _check_options(kind, options)
    root = own_catalog_root(ctx)
    if kind == "claims":
        from headkb.cli.new_claim import add_claim

        add_claim(root, record_id, options, ask=_is_asked(ask))
        return
    if KINDS[kind].made_by:
        raise click.UsageError(f"{kind} are not written by hand: `{KINDS[kind].made_by}` writes one.")
    catalog = cache(partial(begun_catalog, root))
    values, made = _values(kind, catalog, options)
    record_id = record_id or made
    if not record_id and kind != "papers":
        raise click.UsageError(f"Give an ID: headkb new {KINDS[kind].singular} ID. For an id, {ID_FORM}.")
    if record_id:
        _target(root, kind, record_id)
    data = drafted(kind, values, record_id, ask=True)
    if wrong := faults(KINDS[kind].schema, data, record_id or "new"):
        place, text = next(iter(wrong.items()))
        raise click.UsageError(f"{place}: {text}" if place else text)
    if _is_asked(ask):
        ids = partial(ids_of, root)
        data = answered(kind, data, record_id or "new", ids)
    if kind == "papers":
        data = new_values.with_identifiers(data)
    record_id = record_id or new_values.paper_id(data, catalog())
    target = _target(root, kind, record_id)
    text = draft(kind, data, record_id, root=root)
    write_text(target, text)
    say_left(target, text)
    if kind == "papers":
        click.echo(
            f"for a claim of it: headkb new claim {record_id} --head TYPE --model M --heads L9H6 --statement TEXT --locator TEXT --confidence high"
        )


def _target(root: Path, kind: Kind, record_id: str) -> Path:
    """The file of a record that is not there yet."""
    if not is_id(record_id):
        raise click.UsageError(f"{record_id!r} is not an id: {ID_FORM}, such as name-mover.")
    target = root / kind / f"{record_id}.yaml"
    if target.exists():
        raise click.UsageError(f"{target} exists. Edit it, or choose another id.")
    return target


def _check_options(kind: Kind, options: dict[str, Any]) -> None:
    """Raises click.UsageError for an option that another kind has."""
    for names, own in ((PAPER_ALONE, "papers"), (CLAIM_ALONE, "claims"), (("head_types",), "papers or claims")):
        given = [name for name in names if options[name]]
        if given and kind not in own:
            option = {"model_name": "model", "head_types": "head", "authors": "author"}.get(given[0], given[0])
            raise click.UsageError(f"--{option} is for {own}; for {kind} there is --set KEY=VALUE.")


def _values(kind: Kind, catalog: Callable[[], Catalog], options: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """(what is known of the record, the id that a BibTeX entry makes or nothing)."""
    given = new_values.set_values(options["pairs"])
    if kind != "papers":
        return given, ""
    own: dict[str, Any] = {"title": options["title"], "authors": list(options["authors"])}
    own["heads"] = new_values.paper_heads(options["head_types"])
    given = new_values.joined({key: value for key, value in own.items() if value}, given)
    if options["arxiv"] and options["bibtex"]:
        raise click.UsageError("Give --arxiv or --bibtex, not both: the entry has the arXiv id, too.")
    if options["bibtex"]:
        known, made = new_values.from_bibtex(options["bibtex"], catalog())
        return new_values.joined(known, given), made
    known = new_values.from_arxiv(options["arxiv"], catalog()) if options["arxiv"] else {}
    return new_values.joined(known, given), ""


def _is_asked(ask: bool | None) -> bool:
    """Whether to ask: as told, else where both ends are a terminal."""
    return sys.stdin.isatty() and sys.stdout.isatty() if ask is None else ask
