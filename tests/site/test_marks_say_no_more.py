"""No mark of any page says more than the runs and claims of exactly its head type, model and head.

Pages are made as the site makes them; what they may say is worked out a second time from the YAML files (`tests.plain_facts`). Records and
pages are then spoilt, one at a time, to see that the walk tells of it.
"""

from __future__ import annotations

import copy
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from headkb import Catalog
from headkb.catalog.schema import HeadIndex
from headkb.site.blocks import blocks
from headkb.site.pages import all_pages
from headkb.site.parts import Context, make_context
from headkb.site.to_html import page_html
from tests.plain_facts import Facts, read
from tests.site.mark_parts import ANY_MARK, words
from tests.site.mark_walk_models import ModelWalk

pytestmark = pytest.mark.slow  # every page of the shipped catalog
Pages = Mapping[str, str]
ON_HOME = ("state", "counts", "legend", "matrix", "latest-runs")
ON_EVIDENCE = ("standings", "example-claim", "showings", "example-showing")


def made_of(context: Context) -> dict[str, str]:
    """Path → HTML of every generated page, with the sentence that describes it, and of the generated parts of home and evidence page."""
    made = {p.path: f"{page_html(p, context.links)}<p class=about>{p.description}</p>" for p in all_pages(context)}
    pieces = blocks(context)
    for path, names in (("", ON_HOME), ("evidence/", ON_EVIDENCE)):
        made[path] = "\n".join(pieces[name](path) for name in names)
    return made


@pytest.fixture(scope="module")
def context(real_catalog: Catalog) -> Context:
    """The shipped catalog."""
    return make_context(real_catalog)


@pytest.fixture(scope="module")
def pages(context: Context) -> Pages:
    """Its pages."""
    return made_of(context)


@pytest.fixture(scope="module")
def facts(real_catalog: Catalog) -> Facts:
    """What its records say."""
    return Facts(real_catalog.root)


def walk(facts: Facts, pages: Pages, only: Iterable[str] = ()) -> ModelWalk:
    """The walk over all pages, or over some."""
    walked = ModelWalk(facts)
    for path in only or pages:
        walked.page(path, pages[path])
    return walked


@pytest.fixture(scope="module")
def walked(facts: Facts, pages: Pages) -> ModelWalk:
    """The walk over all pages."""
    return walk(facts, pages)
