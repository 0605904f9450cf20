"""`headkb new claim`: one claim more, in the file of its source or in a new one."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import click

from headkb.catalog.draft import drafted
from headkb.catalog.house_read import UnwritableError
from headkb.catalog.kinds import KINDS
from headkb.catalog.new_claim import whose, with_claim
from headkb.catalog.record_files import SourceError, read_text
from headkb.catalog.schema.ids import ID_FORM, is_id
from headkb.catalog.source import parse
from headkb.catalog.writing import write_text
from headkb.cli.new_said import ids_of, say_left
from headkb.cli.new_values import head_list, joined, set_values
from headkb.cli.questions import answered, faults, is_open, unknown_id
from headkb.cli.said import note

_NO_ID = "not-yet-made"
"""Stands for the id of a claim while its model and head type are asked for."""
_OTHER_SOURCES = (
    "A paper that is not there yet is added first: `headkb new paper {source}`. Of a repository without a paper, say "
    "where in it: --set 'source={{repository: owner/name, commit: …, path: …}}'."
)
_HEADS = "‹The heads, such as L9H6, where the source names any›"


def add_claim(root: Path, source: str | None, options: dict[str, Any], *, ask: bool) -> None:
    """Write the claim that the options describe.

    Raises:
        click.UsageError: If the source is no id, or the file or a value is refused.
    """
    if source is None or not is_id(source):
        raise click.UsageError(f"Give the source: headkb new claim SOURCE, the id of its paper. For an id, {ID_FORM}.")
    target = root / "claims" / f"{source}.yaml"
    claim = _claim(source, options)
    place = claim.get("source")
    of_repository = isinstance(place, Mapping) and "repository" in place
    if not (ask or of_repository or target.exists()) and (doubt := unknown_id(source, "papers", partial(ids_of, root))):
        raise click.UsageError(f"{doubt} {_OTHER_SOURCES.format(source=source)}")
    unsure = () if of_repository or target.exists() else (("papers", source),)
    for kind, name in (*unsure, ("heads", claim.get("head")), ("models", claim.get("model"))):
        if name and (doubt := unknown_id(str(name), kind, partial(ids_of, root))):
            note(doubt)
    try:
        old = read_text(target) if target.exists() else None
        whole = drafted("claims", {**whose(source, claim), "claims": [_drafted(old, source, claim, root)]}, source)
        if wrong := faults(KINDS["claims"].schema, whole, source):
            place, text = next(iter(wrong.items()))
            raise click.UsageError(f"{place.removeprefix('claims[0].')}: {text}")
        if ask:
            whole["claims"] = [_answered(whole, source, root)]
        new, _ = with_claim(old, source, whole["claims"][0], root)
    except (SourceError, UnwritableError) as error:
        raise click.UsageError(f"{target}: {error}") from None
    write_text(target, new)
    say_left(target, new)


def _claim(source: str, options: dict[str, Any]) -> dict[str, Any]:
    """What the options say of the claim, by its keys."""
    if len(options["head_types"]) > 1:
        raise click.UsageError("A claim asserts one head type: give --head once.")
    given = {
        "id": options["claim"],
        "head": next(iter(options["head_types"]), None),
        "model": options["model_name"],
        "heads": head_list(options["heads"]) if options["heads"] else None,
        "statement": options["statement"],
        "source": {"paper": source, "locator": options["locator"]} if options["locator"] else None,
        "confidence": options["confidence"],
    }
    return joined({key: value for key, value in given.items() if value}, set_values(options["pairs"]))


def _answered(whole: dict[str, Any], source: str, root: Path) -> dict[str, Any]:
    """The claim with what a person answers; asked for its heads, too, while an open id is made of the answers."""
    claim = whole["claims"][0]
    made = is_open(claim["id"])
    asked: dict[str, Any] = {}
    for key, value in claim.items():
        asked[key] = _NO_ID if key == "id" and made else value
        if key == "model" and not any(key in claim for key in ("heads", "values", "table", "all_heads")):
            asked["heads"] = [_HEADS]
    whole = answered("claims", {**whole, "claims": [asked]}, source, partial(ids_of, root), one=[("claims",)])
    return {key: value for key, value in whole["claims"][0].items() if key != "id" or not made}


def _drafted(old: str | None, source: str, claim: dict[str, Any], root: Path) -> dict[str, Any]:
    """The claim as it would be written, with its id and its questions."""
    claims = parse(with_claim(old, source, claim, root)[0])[0]["claims"]
    made: dict[str, Any] = claims[-1]
    return made
