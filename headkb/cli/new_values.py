"""What the options of `headkb new` say of a record, by the keys of its file."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from headkb.catalog.catalog import Catalog
from headkb.catalog.draft import ASK
from headkb.catalog.person_names import split_name
from headkb.catalog.record_files import SourceError
from headkb.catalog.source import parse
from headkb.cli.said import note
from headkb.errors import HeadkbError
from headkb.head_index import parse_head


def set_values(pairs: Sequence[str]) -> dict[str, Any]:
    """`key=value` of every `--set`; `summary.result=…` sets a key inside another, and a value in brackets is YAML.

    Raises:
        click.BadParameter: If there is no `=`, or the brackets cannot be read.
    """
    values: dict[str, Any] = {}
    for pair in pairs:
        name, equals, text = pair.partition("=")
        if not equals or not name.strip():
            raise click.BadParameter(f"{pair!r} is not KEY=VALUE, such as venue='ICLR 2025'.", param_hint="--set")
        *outer, last = name.strip().split(".")
        holder = values
        for key in outer:
            inside = holder.setdefault(key, {})
            if not isinstance(inside, dict):
                raise click.BadParameter(f"{pair!r}: {key} has a value already.", param_hint="--set")
            holder = inside
        holder[last] = _yaml(text.strip(), pair)
    return values


def _yaml(text: str, pair: str) -> Any:
    if text[:1] not in ("[", "{"):
        return text
    try:
        return parse(f"value: {text}")[0]["value"]
    except SourceError as error:
        raise click.BadParameter(f"{pair!r} cannot be read: {error}", param_hint="--set") from None


def from_arxiv(given: str, catalog: Catalog) -> Mapping[str, Any]:
    """What arXiv says of a paper as the values of a record, or what the id alone tells, with a note on how to go on.

    Raises:
        click.UsageError: If the catalog has the paper.
        ArxivError: If no arXiv id is given.
    """
    from headkb.catalog import arxiv
    from headkb.catalog.bibtex.facts import PaperFacts
    from headkb.catalog.bibtex.recognise import KnownPapers
    from headkb.catalog.bibtex.record import known_values

    identifier = arxiv.arxiv_id(given)
    facts = PaperFacts(identifier, 0, "", arxiv=identifier)
    if (known := KnownPapers.of(catalog).find(facts)) is not None:
        raise click.UsageError(f"The catalog has arXiv:{identifier} as papers/{known.paper.id}.")
    try:
        facts = arxiv.asked_of_arxiv(identifier)
    except arxiv.ArxivError as error:
        note(
            f"{error}. The record has what the id tells; for the rest give --bibtex FILE with arXiv's own entry "
            f"(https://arxiv.org/bibtex/{identifier}), or fill it in."
        )
    return known_values(facts)


def paper_id(values: Mapping[str, Any], catalog: Catalog) -> str:
    """The id of a new paper, made of author, year and title as `headkb import-bibtex` makes it; a note where one of them is not known.

    Raises:
        click.UsageError: If nothing is known that an id could be made of.
    """
    from headkb.catalog.bibtex.facts import PaperFacts
    from headkb.catalog.bibtex.recognise import KnownPapers
    from headkb.catalog.bibtex.record import guessed_id, record_id
    from headkb.catalog.bibtex.when import Day

    known = {key: _known(values.get(key)) for key in ("title", "date", "arxiv")}
    authors = values.get("authors")
    author = _known(authors[0]) if isinstance(authors, list) and authors else ""
    if not (any(known.values()) or author or _says_more(values)):
        raise click.UsageError(
            "Give an ID, or what one is made of: --arxiv, --bibtex, or --title, --author and --set date=…."
        )
    family = split_name(author)[1]
    facts = PaperFacts("", 0, known["title"], family=family, day=Day(known["date"]), arxiv=known["arxiv"])
    if says := guessed_id(facts) or (
        "" if known["title"] else "the title is not given, so the id says `paper`; rename the file"
    ):
        note(f"{says}.")
    return record_id(facts, KnownPapers.of(catalog).taken)


def with_identifiers(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a paper, with the arXiv id, the DOI and the other identifiers that its links are made of, where none is given.

    Example:
        >>> with_identifiers({"links": [{"label": "Paper", "url": "https://arxiv.org/abs/2211.00593v1"}]})["arxiv"]
        '2211.00593'
    """
    from headkb.catalog.bibtex.identifiers import fits
    from headkb.catalog.identifiers import in_url

    made = dict(values)
    links = values.get("links")
    for link in links if isinstance(links, list) else ():
        address = link.get("url") if isinstance(link, Mapping) and link.get("label") == "Paper" else None
        found = in_url(str(address)) if address else None
        if found and fits(*found) and not _known(made.get(found[0])):
            made[found[0]] = found[1]
    return made


def _says_more(value: Any) -> bool:
    """Whether a person has given anything of a record that is begun: a whole answer somewhere in it."""
    if isinstance(value, Mapping):
        return any(_says_more(inside) for key, inside in value.items() if key != "label")
    if isinstance(value, list):
        return any(map(_says_more, value))
    return bool(_known(value))


def _known(value: Any) -> str:
    """A text that is given, and no question."""
    return str(value).strip() if value and not str(value).startswith(ASK) else ""


def from_bibtex(file: str, catalog: Catalog) -> tuple[Mapping[str, Any], str]:
    """(what the one entry of a BibTeX file says, the id for it); `-` reads it from the input.

    Raises:
        click.UsageError: If there are several entries, or none that can be read, or the catalog has the paper.
    """
    from headkb.catalog.bibtex.plan import plan_import

    if file == "-":
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "input.bib")
            path.write_bytes(sys.stdin.buffer.read())
            try:
                plan = plan_import(path, catalog)
            except HeadkbError as error:
                why = str(error).replace(f"{path}:", "line ").replace(str(path), "the input")
                raise click.UsageError(
                    "The input holds no entry. Give one BibTeX entry; it begins like `@article{key,`."
                    if "no BibTeX entry" in why
                    else f"The input cannot be taken: {why}"
                ) from None
    else:
        plan = plan_import(Path(file), catalog)
    for refused in plan.refused:
        raise click.UsageError(f"{file}:{refused.line}: {refused.what}. To mend it, {refused.mend}.")
    for known in plan.aside:
        raise click.UsageError(f"{file}: the catalog has it as papers/{known.id} ({known.why}).")
    if len(plan.new) != 1:
        raise click.UsageError(
            f"{file} has {len(plan.new)} entries, not one: `headkb import-bibtex {file}` takes many."
        )
    for said in plan.notes:
        note(f"{file}: {said.says}")
    return parse(plan.new[0].text)[0], plan.new[0].id


def paper_heads(given: Sequence[str]) -> list[dict[str, str]]:
    """`induction:applies` of every `--head` of a paper.

    Raises:
        click.BadParameter: If there is no role.
    """
    pairs = [text.partition(":") for text in given]
    for name, colon, role in pairs:
        if not (name and colon and role):
            raise click.BadParameter(
                f"{name!r} has no role. Write TYPE:ROLE, such as induction:applies.", param_hint="--head"
            )
    return [{"id": name, "role": role} for name, _, role in pairs]


def head_list(text: str) -> list[str]:
    """`L9H6, 9.9` → `["L9H6", "L9H9"]`.

    Raises:
        click.BadParameter: If one is no head.
    """
    try:
        return [str(parse_head(word)) for word in text.replace(";", ",").split(",") if word.strip()]
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--heads") from None


def joined(*parts: Mapping[str, Any]) -> dict[str, Any]:
    """Values of several places as one, mappings joined; the later wins."""
    whole: dict[str, Any] = {}
    for part in parts:
        for key, value in part.items():
            before = whole.get(key)
            both = isinstance(before, Mapping) and isinstance(value, Mapping)
            whole[key] = joined(before, value) if both and isinstance(before, Mapping) else value
    return whole
