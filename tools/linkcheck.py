"""Check a built site: `python tools/linkcheck.py site`.

Every internal link and anchor must resolve, and no page may load anything from another host.
"""

from __future__ import annotations

import posixpath
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from urllib.parse import unquote, urlsplit

LOADS = {
    *((tag, "src") for tag in ("img", "script", "source", "iframe", "video", "audio")),
    ("object", "data"),
    ("use", "href"),
}
LOADED_RELATIONS = frozenset(
    ["stylesheet", "icon", "preload", "preconnect", "modulepreload", "prefetch", "dns-prefetch", "manifest"]
)


TAG = re.compile(r"<([a-zA-Z][a-zA-Z0-9]*)\s([^<>]*)>")
ATTRIBUTE = re.compile(r"""(?:^|\s)(id|href|src|rel|data)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""")


@dataclass
class PageLinks:
    """What a page links to, what it loads, and the anchors it offers."""

    links: list[str] = field(default_factory=list)
    loads: list[str] = field(default_factory=list)
    anchors: set[str] = field(default_factory=set)
    doubled: set[str] = field(default_factory=set)


def read_links(text: str) -> PageLinks:
    """The addresses and ids in the HTML of one page; attributes hold no bare `>`."""
    page = PageLinks()
    for tag, rest in TAG.findall(text):
        attributes = {name: unescape(a or b or c) for name, a, b, c in ATTRIBUTE.findall(rest)}
        if "id" in attributes:
            (page.doubled if attributes["id"] in page.anchors else page.anchors).add(attributes["id"])
        relations = set(attributes.get("rel", "").split())
        if (tag == "a" and "href" in attributes) or (tag == "link" and "alternate" in relations):
            page.links.append(attributes.get("href", ""))
        if tag == "link" and relations & LOADED_RELATIONS:
            page.loads.append(attributes.get("href", ""))
        page.loads += [attributes[name] for element, name in LOADS if tag == element and name in attributes]
    return page


def check(site: Path) -> Iterator[str]:
    """Every problem of a built site, one line each."""
    pages = {
        path.relative_to(site).as_posix(): read_links(path.read_text(encoding="utf-8"))
        for path in sorted(site.rglob("*.html"))
    }
    files = {path.relative_to(site).as_posix() for path in site.rglob("*") if path.is_file()}
    for name, page in pages.items():
        for anchor in sorted(page.doubled):
            yield f"{name}: the id {anchor!r} stands twice"
        for address in [*page.links, *page.loads]:
            problem = _problem(name, address, pages, files, loaded=address in page.loads)
            if problem:
                yield f"{name}: {address}: {problem}"


def _problem(name: str, address: str, pages: dict[str, PageLinks], files: set[str], *, loaded: bool) -> str:
    parts = urlsplit(address)
    if parts.scheme in ("mailto", "data", "javascript"):
        return ""
    if parts.scheme or parts.netloc:
        return "is loaded from another host" if loaded else ""
    if parts.path.startswith("/"):
        return "" if name == "404.html" else "is absolute: the site could not move"
    target = posixpath.normpath(posixpath.join(posixpath.dirname(name), unquote(parts.path))) if parts.path else name
    if parts.path.endswith("/") or target == ".":
        target = posixpath.normpath(posixpath.join(target, "index.html"))
    if target not in files:
        return "leads nowhere"
    if (
        parts.fragment
        and target in pages
        and unquote(parts.fragment) not in pages[target].anchors
        and not parts.fragment.startswith("__")
    ):
        return "there is no such anchor"
    return ""


def main(arguments: list[str]) -> int:
    """Print every problem; 0 if there is none, 1 if there are, 2 on wrong use."""
    if len(arguments) != 1 or not Path(arguments[0]).is_dir():
        print("usage: python tools/linkcheck.py SITE_DIR", file=sys.stderr)
        return 2
    problems = list(check(Path(arguments[0])))
    print("\n".join([*problems, f"{len(problems)} broken link(s)"]))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
