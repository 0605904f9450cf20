"""An entry → the facts of a paper that a record can hold, and a question for each that the entry leaves open."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from urllib.parse import quote, urlsplit

from headkb.catalog.bibtex import identifiers
from headkb.catalog.bibtex.entries import BibEntry, FieldText, ValueRefusedError
from headkb.catalog.bibtex.latex import addresses, plain, unknown_commands
from headkb.catalog.bibtex.people import People, may_be_two, people, with_accents
from headkb.catalog.bibtex.venue import kind_of, venue_field, venue_in
from headkb.catalog.bibtex.when import Day, when

_CODE_HOSTS = ("github.com", "gitlab.com")
_LONGEST = 400
_SAFE = "/:?#[]@!$&'()*+,;=%~"


@dataclass(frozen=True)
class PaperFacts:
    """What an entry says of a paper; empty where it is silent. `questions` are by key of the record; `notes` say what a reader should see."""

    key: str
    line: int
    title: str
    authors: tuple[str, ...] = ()
    family: str = ""
    day: Day = field(default_factory=Day)
    kind: str = ""
    venue: str = ""
    arxiv: str = ""
    doi: str = ""
    openreview: str = ""
    acl: str = ""
    links: tuple[tuple[str, str], ...] = ()
    questions: dict[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def date(self) -> str:
        """The date: the entry's, with the month of the arXiv id where it has only the same year, or that month where it has none."""
        month = arxiv_month(self.arxiv)
        return month if month and self.day.date in ("", month[:4]) else self.day.date

    @property
    def year(self) -> str:
        """The year of the first public version, as far as it is known."""
        known = [date[:4] for date in (self.day.date, arxiv_month(self.arxiv)) if date]
        return min(known, default="")

    @property
    def ids(self) -> frozenset[str]:
        """Its ids in the form in which they are compared."""
        return ids_of(self.arxiv, self.doi, self.acl, self.openreview)


def ids_of(arxiv: str, doi: str, acl: str, openreview: str) -> frozenset[str]:
    """Ids in the form in which they are compared; a DOI of the ACL names its Anthology's id, too."""
    kinds = {"arxiv": arxiv, "doi": doi, "acl": acl or identifiers.acl_of_doi(doi), "openreview": openreview}
    return frozenset(identifiers.same_everywhere(kind, value) for kind, value in kinds.items() if value)


def arxiv_month(arxiv: str) -> str:
    """`2406.09519` → `2024-06`; empty for no id.

    Example:
        >>> arxiv_month("2406.09519"), arxiv_month("cmp-lg/9605012")
        ('2024-06', '1996-05')
    """
    digits = arxiv.rpartition("/")[2][:4]
    if not digits.isdigit():
        return ""
    return f"{'19' if digits[:2] > '90' else '20'}{digits[:2]}-{digits[2:]}"


def facts_of(entry: BibEntry, missing: str = "") -> PaperFacts:
    """The facts of one entry.

    Args:
        entry: The entry, with what it inherits.
        missing: A sentence on an entry that it should inherit from and that is not there.

    Raises:
        ValueRefusedError: If it has no title, or its authors cannot be told apart.
    """
    text = entry.text
    title = plain(text("title"))
    subtitle = plain(text("subtitle"))
    if subtitle and subtitle.casefold() not in title.casefold():
        title = f"{title}{'' if title.endswith(('?', '!', ':')) else ':'} {subtitle}"
    _check_title(entry, title)
    author = entry.fields.get("author")
    who = people(author) if author and not author.undefined else People()
    arxiv = identifiers.arxiv_ids(text)
    doi, no_doi = identifiers.doi_of(text)
    links = _links(text)
    venue_from = venue_field(text, entry.kind)
    venue = venue_in(text(venue_from))
    first_arxiv = arxiv[0] if len(arxiv) == 1 else ""
    kind, known = kind_of(entry.kind, text, venue=venue, arxiv=arxiv[0] if arxiv else "")
    facts = PaperFacts(
        key=entry.key,
        line=entry.line,
        title=title,
        authors=who.names,
        family=who.family,
        day=when(text),
        kind=kind,
        venue=venue[:_LONGEST],
        arxiv=first_arxiv,
        doi=doi,
        acl=identifiers.acl_of(text, [url for _, url in links]),
        openreview=identifiers.openreview_of(text, [url for _, url in links]),
        links=tuple(_labelled(links, kind)),
        notes=tuple(_notes(entry, missing)),
    )
    questions = _undefined(entry, {"author": "authors", venue_from: "venue"})
    if not who.whole:
        questions["authors"] = 'the other authors: the entry says only "and others"'
    if len(arxiv) > 1:
        questions["arxiv"] = f"arXiv id: the entry says {' and '.join(arxiv)}"
    elif not arxiv and (eprint := identifiers.bad_eprint(text)):
        questions["arxiv"] = f"arXiv id: the entry says {eprint}, which is none"
    if no_doi:
        questions["doi"] = f"DOI: the entry says {no_doi}, which is none"
    if not facts.date:
        questions["date"] = f"date: the entry says {facts.day.says}" if facts.day.says else "date: the entry has none"
    if not known:
        questions["kind"] = f"paper, preprint, post, thesis or dataset: the entry says @{entry.kind}"
    if missing and not venue:
        questions["venue"] = f"venue: {missing}"
    return replace(facts, questions=questions)


def _check_title(entry: BibEntry, title: str) -> None:
    """Raises ValueRefusedError where there is no title, or none that a record can hold."""
    if not title:
        raise ValueRefusedError("the entry has no title", "add `title = {…}`")
    if entry.fields["title"].undefined:
        names = ", ".join(f"`{name}`" for name in entry.fields["title"].undefined)
        raise ValueRefusedError(f"its title uses {names}, which no `@string` defines", "put the title into braces: {…}")
    if len(title) > _LONGEST:
        raise ValueRefusedError(
            f"its title has {len(title)} characters, and a record's at most {_LONGEST}", "shorten it, or close its brace"
        )  # fmt: skip


def _undefined(entry: BibEntry, fields: dict[str, str]) -> dict[str, str]:
    """Key of the record → question, where a field uses a string that no `@string` defines."""
    return {
        key: f"{key}: the entry says `{', '.join(entry.fields[name].undefined)}`, which no @string of its file defines"
        for name, key in fields.items()
        if name in entry.fields and entry.fields[name].undefined
    }


def _links(text: Callable[[str], str]) -> list[tuple[str, str]]:
    """(field, address) of every address in `url`; without one, of the first in `howpublished` or `note`."""
    found = [("url", _quoted(address)) for address in addresses(text("url"))]
    for name in ("howpublished", "note"):
        found += [(name, _quoted(address)) for address in addresses(text(name))[:1] if not found]
    return found


def _quoted(address: str) -> str:
    """An address in letters that an address may hold."""
    if address.isascii():
        return address.replace("[", "%5B").replace("]", "%5D") if "[" in urlsplit(address).path else address
    try:
        parts = urlsplit(address)
        host = parts.netloc.encode("idna").decode("ascii")
    except (UnicodeError, ValueError):
        return quote(address, safe=_SAFE)
    return address.replace(parts.netloc, host, 1) if host == address else quote(address.replace(parts.netloc, host, 1), safe=_SAFE)  # fmt: skip


def _labelled(links: list[tuple[str, str]], kind: str) -> list[tuple[str, str]]:
    """(label, address): code where the host keeps code, else the text itself."""
    return [
        ("Code" if any(host in url.split("/")[2:3] for host in _CODE_HOSTS) else "Post" if kind == "post" else "Paper", url)
        for _, url in links
    ]  # fmt: skip


def _notes(entry: BibEntry, missing: str) -> list[str]:
    notes = [missing] if missing else []
    if (url := entry.text("url").strip()) and not addresses(url):
        notes.append(f"`url` holds no address: {plain(url)[:80]}")
    author = entry.text("author")
    if (restored := with_accents(author)) != author:
        notes.append(
            f"`\\textascii…` in `author` was read as the accent of the letter behind it: {plain(restored)[:80]}"
        )
    if "\\\\" in restored:
        notes.append("`author` has two backslashes where TeX begins a line; an accent has one")
    if may_be_two(author):
        notes.append(f'`author` was read as the one name {plain(author)}; two authors have "and" between them')
    for name in ("title", "author", "booktitle", "journal", "journaltitle"):
        value = entry.fields.get(name, FieldText("", 0))
        if commands := unknown_commands(value.text):
            notes.append(
                f"{', '.join(commands)} in `{name}` is no command known here; what it holds is kept, and one that holds nothing stays as it is written"
            )
        if any(ord(c) < 32 and c not in "\t\n\r" for c in value.text):
            notes.append(f"control characters in `{name}` were left out")
    return notes
