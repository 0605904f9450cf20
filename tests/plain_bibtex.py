"""BibTeX read once more, by counting braces, and held against the records that came of it. Nothing of headkb is used here.

`differences` says what a record lost of its entry and what it holds that the entry does not say. Texts are compared by their letters and
digits alone, without accents and TeX commands.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote

SPECIAL = {r"\ss": "ss", r"\oe": "oe", r"\ae": "ae", r"\o": "o", r"\l": "l", r"\i": "i", r"\j": "j", r"\aa": "a", r"\O": "o", r"\L": "l",
           r"\OE": "oe", r"\AE": "ae", r"\AA": "a", r"\TeX": "TeX", r"\LaTeX": "LaTeX", r"\dh": "d", r"\DJ": "d", r"\dj": "d"}  # fmt: skip
LATIN = str.maketrans({"ø": "o", "ł": "l", "ß": "ss", "æ": "ae", "œ": "oe", "đ": "d", "ı": "i", "ð": "d", "ȷ": "j"})
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
NEW_ID = re.compile(r"(?<![0-9.])([0-9]{4}\.[0-9]{4,5})(?![0-9])")
VENUES = ("booktitle", "journal", "journaltitle", "eventtitle", "howpublished", "school", "institution", "publisher", "organization")  # fmt: skip
VOLUMES = ("proceedings", "mvproceedings", "collection", "periodical", "xdata", "set")


def letters(tex: str) -> str:
    """The letters and digits of a text, in lower case and without accents."""
    for command, letter in SPECIAL.items():
        tex = re.sub(re.escape(command) + r"(?![A-Za-z])", letter, tex)
    tex = re.sub(r"\\href\s*\{[^{}]*\}", "", tex)
    tex = re.sub(r"\\[A-Za-z]+(?=[^A-Za-z]|$)", "", tex) if "$" not in tex else tex
    tex = re.sub(r"\\(?:[cvuHkrdbt](?=[\s{])|[^A-Za-z])", "", tex)
    folded = unicodedata.normalize("NFKD", tex.casefold().translate(LATIN))
    return "".join(c for c in folded if c.isalnum())


def entries(text: str) -> Iterator[tuple[str, str, int, dict[str, str]]]:
    """(kind, key, line, fields) of every entry that is closed, strings filled in."""
    strings = {m: m for m in MONTHS}
    for match in re.finditer(r"@[ \t]*(\w+)[ \t]*([{(])", text):
        kind, at = match[1].casefold(), match.end()
        end = closing(text, at, ")" if match[2] == "(" else "}")
        body = text[at:end]
        if kind in ("comment", "preamble"):
            continue
        if kind == "string":
            name, _, value = body.partition("=")
            strings[name.strip().casefold()] = value_of(value, strings)[0]
            continue
        key, _, rest = body.partition(",")
        yield kind, key.strip(), text.count("\n", 0, match.start()) + 1, fields(rest, strings)


def closing(text: str, at: int, sign: str) -> int:
    """Where the block ends that begins before `at`."""
    depth = 0
    while at < len(text):
        if text[at] == "\\":
            at += 1
        elif text[at] == "{":
            depth += 1
        elif depth == 0 and text[at] == sign:
            return at
        elif text[at] == "}":
            depth -= 1
        at += 1
    return at


def fields(body: str, strings: Mapping[str, str]) -> dict[str, str]:
    """Name in lower case → TeX of every field; the first of a name counts."""
    found: dict[str, str] = {}
    while "=" in body:
        name, _, rest = body.partition("=")
        value, body = value_of(rest, strings)
        found.setdefault(name.strip(" \t\r\n,").casefold(), value)
    return found


def value_of(rest: str, strings: Mapping[str, str]) -> tuple[str, str]:
    """(value, what follows it)."""
    out = ""
    while True:
        rest = rest.lstrip()
        if rest[:1] == "{":
            end = closing(rest, 1, "}")
            out, rest = out + rest[1:end], rest[end + 1 :]
        elif rest[:1] == '"':
            end, depth = 1, 0
            while end < len(rest) and (rest[end] != '"' or depth or rest[end - 1] == "\\"):
                depth += (rest[end] == "{") - (rest[end] == "}")
                end += 1
            out, rest = out + rest[1:end], rest[end + 1 :]
        else:
            word = re.match(r"[^\s,#{}]*", rest)
            name = word[0] if word else ""
            out, rest = out + strings.get(name.casefold(), name), rest[len(name) :]
        rest = rest.lstrip()
        if rest[:1] != "#":
            return out, rest.removeprefix(",")
        rest = rest[1:]


def authors(tex: str) -> tuple[list[list[str]], bool]:
    """(the words of each name, sorted; whether the list goes on)."""
    names, depth = [""], 0
    for piece in re.split(r"(\s+|[{}])", tex):
        depth += (piece == "{") - (piece == "}")
        if piece.casefold() == "and" and depth == 0:
            names.append("")
        else:
            names[-1] += piece
    more = [n for n in names if letters(n) in ("others", "etal", "al")]
    for n in [n for n in names if n.rstrip().endswith(" et al.")]:
        names[names.index(n)] = n.rstrip().removesuffix(" et al.")
        more.append("et al.")
    return [words(n) for n in names if letters(n) and n not in more], bool(more)


def words(name: str) -> list[str]:
    """The words of a name, sorted; what stands in accents and braces belongs to its word."""
    name = re.sub(r"\\[A-Za-z]+ (?=[A-Za-z])", lambda m: m[0].rstrip(), name) if "\\" in name else name
    apart = name.replace("~", " ").replace(",", " ")
    return sorted(w for w in (letters(piece) for piece in apart.split()) if w)


def differences(fields_: Mapping[str, str], record: Mapping[str, Any]) -> list[str]:
    """What the record lost of its entry, and what it invented; empty if it says what the entry says."""
    asked = {key for key, value in record.items() if "‹" in str(value)}
    whole = "\n".join(fields_.values()).replace("\\", "").replace("{", "").replace("}", "")
    found = [*_title(fields_, record), *_authors(fields_, record, asked), *_date(fields_, record, asked)]
    found += [*_ids(fields_, record, asked, whole), *_venue(fields_, record, asked), *_links(fields_, record, whole)]
    return found


def _title(fields_: Mapping[str, str], record: Mapping[str, Any]) -> Iterator[str]:
    if letters(fields_.get("title", "") + fields_.get("subtitle", "")) != letters(record["title"]):
        yield f"title: {fields_.get('title')!r} became {record['title']!r}"


def _authors(fields_: Mapping[str, str], record: Mapping[str, Any], asked: set[str]) -> Iterator[str]:
    given, more = authors(fields_.get("author", ""))
    kept = [name for name in record.get("authors", []) if "‹" not in name]
    if sorted("".join(sorted("".join(n))) for n in given) != sorted("".join(sorted("".join(words(n)))) for n in kept):
        yield f"authors: {fields_.get('author')!r} became {kept}"
    if more and "authors" not in asked:
        yield "authors: the record does not say that there are others"
    if given and not more and "authors" in asked:
        yield "authors: the record asks for others whom the entry does not mention"


def _date(fields_: Mapping[str, str], record: Mapping[str, Any], asked: set[str]) -> Iterator[str]:
    said = fields_.get("date") or fields_.get("year", "")
    month = letters(fields_.get("month", ""))
    ids = [record["arxiv"]] if record.get("arxiv") and "arxiv" not in asked else []
    from_id = {f"{'19' if n[0] == '9' else '20'}{n[:2]}-{n[2:4]}" for n in (id_.rpartition("/")[2] for id_ in ids)}
    date = "" if "date" in asked else record.get("date", "")
    if not date:
        known = not month or month.isdigit() or any(m in month for m in MONTHS)
        if re.fullmatch(r"\{?(?:19[5-9]|20[0-9])[0-9](?:-[0-9]{2})?[a-z]?(?:/.*)?\}?", said) and known:
            yield f"date: {said!r} was lost"
        return
    if date[:4] not in said and date not in from_id:
        yield f"date: {date} is not in {said!r}"
    if len(date) > 4 and date[:7] not in from_id and date[:7] not in said:
        number = int(date[5:7])
        if MONTHS[number - 1] not in month and month.lstrip("0") != str(number):
            yield f"date: the month of {date} is not in {said!r} {month!r}"
    if len(date) > 7 and date not in said and str(int(date[8:])) not in f"{month} {fields_.get('day', '')}":
        yield f"date: the day of {date} is not in {said!r} {month!r}"
    if len(date) == 4 and any(m in month for m in MONTHS):
        yield f"date: the month {month!r} was lost"


def _ids(fields_: Mapping[str, str], record: Mapping[str, Any], asked: set[str], whole: str) -> Iterator[str]:
    arxiv = record.get("arxiv", "")
    if arxiv and "arxiv" not in asked and arxiv.casefold() not in whole.casefold():
        yield f"arxiv: {arxiv} is not in the entry"
    other = letters(fields_.get("eprinttype", fields_.get("archiveprefix", "arxiv"))) != "arxiv"
    own = "\n".join(fields_.get(n, "") for n in ("eprint", "url", "doi", "journal", "volume", "number"))
    if not arxiv and not other and ("arxiv" in own.casefold() or "abs/" in own) and NEW_ID.search(own):
        yield f"arxiv: the id in {own!r} was lost"
    if arxiv and other and arxiv in fields_.get("eprint", "") and "arxiv" not in own.casefold():
        yield f"arxiv: {arxiv} is an id of {fields_.get('eprinttype')}"
    doi = record.get("doi", "")
    if doi and "doi" not in asked and letters(doi) not in letters(whole.replace("%3B", ";")):
        yield f"doi: {doi} is not in the entry"
    if fields_.get("doi", "").strip() and not doi and "10.48550" not in fields_["doi"]:
        yield f"doi: {fields_['doi']} was lost"


def _venue(fields_: Mapping[str, str], record: Mapping[str, Any], asked: set[str]) -> Iterator[str]:
    venue = record.get("venue", "")
    given = {name: letters(fields_[name]) for name in VENUES if fields_.get(name)}
    if venue and "venue" not in asked and letters(venue) not in given.values():
        yield f"venue: {venue!r} is not in the entry"
    if venue and "venue" not in asked and re.search("arxiv|corr$", letters(venue)):
        yield f"venue: {venue!r} is none"
    for name in ("booktitle", "journal", "journaltitle"):
        text = given.get(name, "")
        bare = re.sub(r"arxiv|e?prints?|preprint|corr|abs|org|available|[0-9]+|v[0-9]|(cs|stat)[a-z]{2}|cornell|university|at", "", text)  # fmt: skip
        if bare and not venue:
            yield f"venue: {fields_[name]!r} was lost"


def _links(fields_: Mapping[str, str], record: Mapping[str, Any], whole: str) -> Iterator[str]:
    bare = letters(unquote(whole))
    for link in record.get("links", []):
        url = unquote(link["url"])
        made = (f"https://arxiv.org/abs/{record.get('arxiv')}", f"https://doi.org/{record.get('doi')}")
        if "‹" in url or unquote(url) in made:
            continue
        if letters(url) not in bare:
            yield f"links: {url} is not in the entry"
    for url in re.findall(r"https?://[^\s{}]+", fields_.get("url", "").replace("\\", "")):
        kept = "".join(letters(unquote(link["url"])) for link in record.get("links", []))
        if letters(unquote(url)) not in kept:
            yield f"links: {url} was lost"
