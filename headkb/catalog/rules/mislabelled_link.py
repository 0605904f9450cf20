"""A link's label is not what its address is.

`Paper` leads to the text, `Code` and `Data` to a repository: a repository is no paper, and a page of arXiv is no code. A file of a repository
that is the paper itself (`.pdf`) may be called `Paper`, and an attachment in a library `Code` or `Data`.

Bad:

    links: [{label: Paper, url: "https://github.com/someone/some-heads"}]

Good:

    links: [{label: Code, url: "https://github.com/someone/some-heads"}]
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from headkb.catalog import Catalog
from headkb.catalog.rules import Finding
from headkb.catalog.schema import Paper, Tool

SEVERITY = "warning"
WHY = "whoever looks for the paper or for the code presses the wrong button"
REPOSITORIES = frozenset({"github.com", "gitlab.com", "bitbucket.org", "colab.research.google.com"})
LIBRARIES = frozenset({"arxiv.org", "openreview.net", "aclanthology.org"})


def check(catalog: Catalog) -> Iterator[Finding]:
    """Yield one finding per link that is called what it is not."""
    records: list[Paper | Tool] = [*catalog.papers.values(), *catalog.tools.values()]
    for record in records:
        for index, link in enumerate(record.links):
            address = urlsplit(link.url)
            host = (address.hostname or "").removeprefix("www.")
            if link.label == "Paper" and host in REPOSITORIES and not address.path.lower().endswith(".pdf"):
                message, fix = f"{host} holds repositories, and this one is called a paper.", "write `label: Code`"
            elif link.label in ("Code", "Data") and host in LIBRARIES and not address.path.startswith("/attachment"):
                message, fix = f"{host} holds papers, and this one is called {link.label}.", "write `label: Paper`"
            else:
                continue
            yield Finding(record, ("links", index, "label"), message, fix)
