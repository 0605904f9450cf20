"""The HTML of a page as the parts in which marks stand: rows of tables, facts, items of lists, grids, lines; and the marks in a part."""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape

SHOWINGS = {
    "shown": "shown",
    "partly": "partly",
    "not-shown": "not shown",
    "against": "against",
    "undecided": "undecided",
    "invalidated": "withdrawn",
}
STANDINGS = {
    "met": ("met", "✓"),
    "off": ("off", "≠"),
    "not-comparable": ("not comparable", "∥"),
    "formula-checked": ("formula checked", "ƒ"),
    "not-rerun": ("not rerun", "–"),
}
STANDS = {said: word for word, (said, _) in STANDINGS.items()}
WORDS = {said: word for word, said in SHOWINGS.items()}

TOKEN = re.compile(
    r'<table class="hk-heat.*?</table>|<thead>.*?</thead>|<tr[ >].*?</tr>|<dt>.*?</dd>|<li[ >].*?</li>|<div class="hk-state">.*?</div>'
    r"|<h[1-6] id=.*?</h[1-6]>|<p[ >].*?</p>|<summary>.*?</summary>|<figcaption>.*?</figcaption>",
    re.DOTALL,
)
MARK = re.compile(
    r'<span class="hk-sum" role="img" title="(?P<title>[^"]*)"><i class="hk-m hk-m-(?P<sum>[a-z-]+) '
    r'hk-(?P<of>[a-z]+)"></i>(?P<some>\d+)/(?P<all>\d+)</span>'
    r'|<span class="hk-ev"><i class="hk-m hk-m-(?P<showing>[a-z-]+) hk-(?P<kind>[a-z]+)" aria-hidden="true"></i> (?P<shows>[^<]*)</span>'
    r'|<span class="hk-st hk-st-(?P<standing>[a-z-]+)"><i aria-hidden="true">(?P<sign>[^<]*)</i> (?P<stands>[^<]*)</span>'
    r'|<span class="hk-st">(?P<plain>[^<]*)</span>'
    r'|<span class="hk-n" title="(?P<claims>[^"]*)">(?P<number>[\d,]+)<span class="hk-vh"> claims</span></span>'
    r'|<a class="hk-x" href="(?P<href>[^"]*)" title="(?P<pair>[^"]*)">(?P<inner>.*?)</a>'
    r'|<b class="hk-key (?P<group>[^"]*)"(?: id="[^"]*")?>(?P<code>[^<]*)</b>'
    r'|<i class="hk-m hk-m-(?P<bare>[a-z-]+) hk-(?P<bare_kind>[a-z]+)"[^>]*></i>'
)
ANY_MARK = re.compile(r'class="?(?:[^">]* )?hk-(?:m|st|sum|n|x|key|ev|g\d|own)[" >]')
"""An element that is a mark by its class, whether it can be read or not."""
TAG, HEADER_LINK = re.compile(r"<[^>]+>"), re.compile(r'<a class="headerlink".*?</a>', re.DOTALL)
LINK = re.compile(r'<a (?:class="[^"]*" )?href="?([^" >]*)')
DRAWING = re.compile(r"<svg.*?</svg>", re.DOTALL)
SAYS = re.compile(
    r"\d ?(?:met|off|not comparable|formula checked|not rerun|shown|silenced|on a quantised copy|heads? with a role)\b"
    r"|shown (?:in|for) \d|partly in \d|against in \d|undecided in \d|withdrawn in \d|of \d[\d,]* tried\b|looked for(?: in|:) \d"
    r"|by scores alone\b|by itself shows no type\b|by a recipe whose\b|met every defining criterion|all recipes together|; not tried: "
    r"|highest places among pattern scores|silencing it\b|random heads -?\d|→ -?\d|the model does (?:it|the behaviour)\b"
    r"|must (?:fall|rise) by at least \d|may move by at most \d"
)
"""Words that count evidence, or say what runs showed. Each begins with a letter or number of its own, which makes the search quick."""
OUTCOMES = {*WORDS, *STANDS, "confirmed", "refuted", "opposite", "as constructed", "not as constructed"}
"""Words that say an outcome where they stand alone in a cell."""


@dataclass(slots=True)
class Part:
    """One part of a page.

    Attributes:
        page: Address of the page.
        kind: `h`, `row`, `fact`, `item`, `state`, `grid` or `line`.
        section: Anchor of the heading above it.
        name: Of a fact, what it is called.
        key: Of a row or a heading, its anchor.
        cells: Of a row, title of the column → HTML.
        heads: Of a row, title of the column → HTML of the title.
        data: Of a row, the values by which readers filter.
        html: All of it.
    """

    page: str
    kind: str
    section: str
    html: str
    name: str = ""
    key: str = ""
    cells: dict[str, str] = field(default_factory=dict)
    heads: dict[str, str] = field(default_factory=dict)
    data: dict[str, str] = field(default_factory=dict)


def parts(page: str, html: str) -> Iterator[Part]:
    """The parts of a page in their order; what is in none of them comes last, as one `line`."""
    section, heads = "", {}
    # What a figure of attention says of its head is worked out a second time in `test_patterns`.
    html = re.sub(r'<figure class="hk-pat".*?</figure>', "", html, flags=re.DOTALL)
    for token in TOKEN.finditer(html):
        text = token[0]
        if text.startswith("<thead"):
            titles = re.findall(r"<th[^>]*>(.*?)</th>", text)
            heads = {words(title) or str(place): title for place, title in enumerate(titles)}
        elif text.startswith("<tr"):
            opening, cells = text.partition(">")[0], re.findall(r"<td[^>]*>(.*?)</td>", text, re.DOTALL)
            key = re.search(r' id="([^"]*)"', opening)
            data = {name: unescape(value) for name, value in re.findall(r' data-([a-z]+)="([^"]*)"', opening)}
            row = dict(zip(heads, cells, strict=True))
            yield Part(page, "row", section, text, key=key[1] if key else "", cells=row, heads=heads, data=data)
        elif text.startswith("<h"):
            level, key = text[2], re.search(r'id="([^"]*)"', text)
            section = key[1] if key and level != "4" else section
            yield Part(page, f"h{level}", section, text, key=section)
        elif text.startswith("<dt"):
            name, _, value = text.removeprefix("<dt>").partition("</dt><dd>")
            yield Part(page, "fact", section, value.removesuffix("</dd>"), name=unescape(name))
        else:
            kinds = {"<table": "grid", "<li": "item", '<div class="hk-state"': "state"}
            kind = next((kind for start, kind in kinds.items() if text.startswith(start)), "line")
            yield Part(page, kind, section, text)
    yield Part(page, "line", "", TOKEN.sub("", html))


def words(html: str) -> str:
    """HTML as words on one line, without the signs that link headings; minus signs as they are typed."""
    html = html.replace("−", "-")
    if "<" in html:
        html = TAG.sub("", HEADER_LINK.sub("", html) if "headerlink" in html else html)
    return " ".join(unescape(html).split())


def links(page: str, html: str, folder: str = "") -> list[str]:
    """Addresses that links lead to, under the site's root, with anchors; those in one folder if it is given, without its name."""
    found = []
    for href in LINK.findall(html) if "<a " in html else ():
        path, _, anchor = unescape(href).partition("#")
        if "://" not in path:
            there = posixpath.normpath(posixpath.join("/", page, path)).strip("/") if path else page.strip("/")
            found.append(f"{there}#{anchor}" if anchor else there)
    return [link.removeprefix(folder) for link in found if link.startswith(folder)]


def one(found: list[str]) -> str:
    """The only one of some texts; `?` if there is none, or there are several."""
    return found[0] if len(set(found)) == 1 else "?"


def number(text: str) -> int:
    """`1,234` as a number."""
    return int(text.replace(",", ""))


def standings_in(text: str) -> Counter[str]:
    """`2 met, 0 off, 67 not rerun`: standing → number, those of none left out."""
    told = re.findall(rf"([\d,]+) ({'|'.join(STANDS)})\b", text)
    return Counter({STANDS[said]: number(count) for count, said in told if number(count)})


def in_brackets(text: str, what: str) -> int:
    """`2 met (1 on a quantised copy)`: how many of a number are said to be `what`; 0 where nothing is said of it, -1 if twice."""
    found = re.findall(rf" \((\d[\d,]*) {what}\)", text)
    return number(found[0]) if len(found) == 1 else -len(found)


def showings_in(text: str) -> Counter[str]:
    """`shown in 1, not shown in 2`, or `1 shown, 2 not shown`: showing → number, those of none left out."""
    said = "not shown|shown|partly|against|undecided|withdrawn"
    told = re.findall(rf"({said}) in ([\d,]+)", text) or [(w, n) for n, w in re.findall(rf"([\d,]+) ({said})", text)]
    return Counter({WORDS[word]: number(count) for word, count in told if number(count)})


def read(match: re.Match[str]) -> str:
    """A mark in short: `shown public` or `met`; a sign or word that does not fit its class is told."""
    if match["showing"]:
        fits = SHOWINGS.get(match["showing"]) == match["shows"]
        return f"{match['showing']} {match['kind']}" if fits else f"{match['showing']} called {match['shows']}"
    if match["standing"]:
        fits = STANDINGS.get(match["standing"]) == (match["stands"], match["sign"])
        return match["standing"] if fits else f"{match['standing']} called {match['stands']}"
    return match["plain"] or match["bare"] or match[0]
