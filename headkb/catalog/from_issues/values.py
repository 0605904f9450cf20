"""What people write into one field of a form: head types with a role, heads with values, a paper, a model, a file of a repository."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote

from headkb.catalog import Catalog
from headkb.catalog.identifiers import in_doi, in_url, plain_arxiv
from headkb.catalog.schema import Head, Model, Paper
from headkb.catalog.schema.ids import is_id
from headkb.errors import HeadkbError, UnknownNameError
from headkb.head_index import HeadIndex, parse_head

_NUMBER = re.compile(r"[-+−]?(?:[0-9]+(?:[.,][0-9]+)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?%?")
_DOI = re.compile(r"(?:doi:\s*|https?://(?:dx\.)?doi\.org/)?(10\.[0-9]{4,9}/\S+)", re.I)
_FILE = re.compile(r"https://github\.com/([\w.-]+/[\w.-]+)/blob/([0-9a-f]{7,40})/([^\s#?]+)(?:#(\S+))?")
_HUB = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*/[A-Za-z0-9][A-Za-z0-9._-]*")
_ROLES = ("introduces", "replicates", "applies", "observes", "contests")
MOST = 200
"""Lines and heads that one answer may hold."""


class AnswerError(HeadkbError):
    """An answer cannot be understood; its texts, one for each place, say what was expected instead."""


def identifiers(text: str) -> dict[str, str]:
    """The arXiv id or DOI in an answer, by the key of a paper's record; an address as `url`; nothing for anything else.

    Example:
        >>> identifiers("https://arxiv.org/abs/2211.00593v1")
        {'arxiv': '2211.00593'}
    """
    if found := plain_arxiv(text):
        return {"arxiv": found}
    address = in_url(text if text.startswith(("http://", "https://")) else f"https://{text}")
    if address and address[0] == "arxiv":
        return dict([address])
    if match := _DOI.fullmatch(text):
        inside = in_doi(match[1])
        return dict([inside]) if inside and inside[0] == "arxiv" else {"doi": match[1]}
    return {"url": text} if text.startswith(("http://", "https://")) else {}


def paper_of(catalog: Catalog, text: str) -> Paper | None:
    """The catalog's paper with this id, identifier, address or title; None if there is none."""
    if text in catalog.papers:
        return catalog.papers[text]
    known = identifiers(text)
    inside = in_doi(known.get("doi", "")) or in_url(known.get("url", "")) or ("", "")
    for paper in catalog.papers.values():
        links = {link.url.rstrip("/") for link in paper.links}
        if (
            known.get("arxiv", "-") == paper.arxiv
            or known.get("doi", "-").casefold() == (paper.doi or "").casefold()
            or known.get("url", "-").rstrip("/") in links
            or (inside[1] and inside[1] == getattr(paper, inside[0]))
        ):
            return paper
    try:
        found = catalog.resolve("papers", text)
    except HeadkbError:
        return None
    return found if isinstance(found, Paper) else None


def needed_paper(catalog: Catalog, text: str) -> Paper:
    """The same. Raises AnswerError if there is none."""
    if (paper := paper_of(catalog, text)) is None:
        raise AnswerError(f"No paper of the catalog is {text!r}. Propose it first, with the form New paper.")
    return paper


def head_type_of(catalog: Catalog, text: str) -> Head:
    """The catalog's head type of this id or name. Raises AnswerError if there is none; the message names near ones."""
    try:
        return catalog.resolve("heads", text.removeprefix("heads/"))
    except UnknownNameError as error:
        raise AnswerError(f"{_first(error)} A new head type has a form of its own, New head type.") from None
    except HeadkbError as error:
        raise AnswerError(str(error)) from None


def model_of(catalog: Catalog, text: str) -> Model:
    """The catalog's model of this id or name, here or on the hub. Raises AnswerError if there is none."""
    name = text.removeprefix("models/")
    by_hub = {model.hub_id.casefold(): model for model in catalog.models.values() if model.hub_id}
    if name.casefold() in by_hub:
        return by_hub[name.casefold()]
    try:
        return catalog.resolve("models", name)
    except UnknownNameError as error:
        hint = "`headkb new model` makes its record, with its number of layers and heads."
        raise AnswerError(f"{_first(error)} If it is not in the catalog yet: {hint}") from None
    except HeadkbError as error:
        raise AnswerError(str(error)) from None


def model_or_hub(catalog: Catalog, text: str) -> str:
    """The id of the catalog's model, or a name on the hub, as a command takes it. Raises AnswerError if it is neither."""
    try:
        return model_of(catalog, text).id
    except AnswerError:
        if _HUB.fullmatch(text):
            return text
        raise


def known_head(catalog: Catalog, text: str) -> Head | None:
    """The head type that goes by a name, however it is spelt; None if there is none."""
    try:
        return catalog.resolve("heads", text)
    except HeadkbError:
        return None


def paper_heads(catalog: Catalog, text: str) -> list[dict[str, str]]:
    """`induction: observes: a note` a line → the `heads` of a paper's record. Raises AnswerError with every line that is no such thing."""
    entries: dict[str, dict[str, str]] = {}
    problems: list[str] = []
    for line in _lines(text):
        name, _, rest = line.partition(":")
        role, _, note = (part.strip() for part in rest.partition(":"))
        try:
            if role.casefold() not in _ROLES:
                what = f"{role!r} is no role" if role else "the role is missing"
                raise AnswerError(f"“{line}”: {what}. Write the head type, a colon and one of {', '.join(_ROLES)}.")
            head_id = head_type_of(catalog, name.strip()).id
            if head_id in entries:
                raise AnswerError(f"{head_id} stands there twice. Join the two lines.")
        except AnswerError as error:
            problems.append(str(error))
        else:
            entries[head_id] = {"id": head_id, "role": role.casefold()} | ({"note": note} if note else {})
    if problems:
        raise AnswerError(*problems)
    return list(entries.values())


def heads_with_values(text: str, counts_from: int, model: Model | None = None) -> tuple[list[str], dict[str, float]]:
    r"""`L9H6, L9H9` or `L9H6 0.83` a line → heads counted from 0, and the values of those that have one.

    Raises:
        AnswerError: If something is neither, stands twice, cannot be counted from `counts_from`, or is no head of the model.

    Example:
        >>> heads_with_values("9.6 0.83\n9.9: 0.5", 0)
        (['L9H6', 'L9H9'], {'L9H6': 0.83, 'L9H9': 0.5})
    """
    heads: list[str] = []
    values: dict[str, float] = {}
    problems: list[str] = []
    for part in (part for line in _lines(text) for part in _parts(line)):
        try:
            written, value = _head_and_value(part)
            layer, head = written.layer - counts_from, written.head - counts_from
            if min(layer, head) < 0:
                raise AnswerError(
                    f"“{part}” cannot be counted from {counts_from}: the source then has no layer or head 0."
                )
            name = str(HeadIndex(layer, head))
            if name in heads:
                raise AnswerError(f"“{part}” stands there twice. One claim has one value of a head.")
            if model is not None and not model.holds(HeadIndex(layer, head)):
                raise AnswerError(
                    f"“{part}”: {model.id} has {model.n_layers} layers of {model.n_heads} heads, so {written} is none of them"
                    f"{f', counted from {counts_from}' if counts_from else ''}."
                )
        except AnswerError as error:
            problems.append(str(error))
            continue
        heads.append(name)
        if value is not None:
            values[name] = value
    if problems:
        raise AnswerError(*problems)
    if len(heads) > MOST:
        raise AnswerError(
            f"There are {len(heads)} heads. A matrix of all heads is a CSV file beside the record: open a pull request."
        )
    return heads, values


def claim_source(catalog: Catalog, text: str, place: str) -> dict[str, Any]:
    """The `source` of a claim: a paper of the catalog, or a file of a repository at a commit. Raises AnswerError if it is neither."""
    match = _FILE.fullmatch(text)
    path = unquote(match[3]) if match else ""
    if match and not {".", "..", ""} & set(path.split("/")):
        return {"repository": match[1], "commit": match[2], "path": path, "locator": place}
    if "github.com/" in text:
        raise AnswerError(
            f"{text!r} is no file at a commit. On GitHub open the file and press y: the address then names the commit."
        )
    return {"paper": needed_paper(catalog, text).id, "locator": place}


def listed(text: str) -> list[str]:
    """Words between commas or line breaks."""
    return [word.strip() for line in _lines(text) for word in line.split(",") if word.strip()]


def record_named(catalog: Catalog, text: str) -> tuple[str, str]:
    """(kind, id) of the record that a page's address or its end names; a claim keeps `<file>/<claim>`. Raises AnswerError if there is none."""
    path = text.partition("#")[0].strip("/").removesuffix(".yaml").removesuffix("/index.html")
    for before in ("headkb.github.io/headkb/", "/catalog/"):
        path = path.rpartition(before)[2]
    kind, _, name = path.removeprefix("catalog/").partition("/")
    if kind not in catalog.names or not all(is_id(word) for word in name.split("/")[:1]):
        raise AnswerError(f"{text!r} names no record. Write its folder and id, such as heads/induction.")
    records: Any = getattr(catalog, kind)
    if kind == "claims" and "/" in name:
        try:
            return kind, catalog.statement(name).id
        except HeadkbError as error:
            raise AnswerError(_first(error)) from None
    record = name.partition("/")[0]
    if record not in records:
        try:
            record = catalog.resolve(kind, record).id
        except HeadkbError as error:
            raise AnswerError(_first(error)) from None
    return kind, record


def _lines(text: str) -> list[str]:
    lines = [line.strip().removeprefix("- ").removeprefix("* ").strip() for line in text.split("\n")]
    lines = [line for line in lines if line]
    if len(lines) > MOST:
        raise AnswerError(f"There are {len(lines)} lines; at most {MOST} are read.")
    return lines


def _parts(line: str) -> list[str]:
    """The heads of a line: between semicolons, and commas that a blank or a letter follows."""
    return [part.strip(" ,;") for part in re.split(r";|,(?=[ L])", line) if part.strip(" ,;")]


def _head_and_value(part: str) -> tuple[HeadIndex, float | None]:
    try:
        return parse_head(part), None
    except ValueError:
        pass
    words = part.replace("=", " ").replace(": ", " ").split()
    last = words[-1] if len(words) > 1 else ""
    try:
        head = parse_head(" ".join(words[:-1]).rstrip(": "))
    except ValueError:
        raise AnswerError(
            f"“{part}” is no head. Write L9H6 or 9.6, and its value, if there is one, after a blank."
        ) from None
    if not _NUMBER.fullmatch(last):
        raise AnswerError(f"“{part}”: {last!r} is no number.")
    if last.endswith("%") or "," in last:
        raise AnswerError(
            f"“{part}”: write the value with a point and without a unit; the unit belongs to what the measure measures."
        )
    return head, float(last.replace("−", "-"))


def _first(error: HeadkbError) -> str:
    """An error's first sentences, without the command that only a terminal has."""
    return str(error).partition(" `headkb")[0]
