"""Roles of heads: nothing but a claim that asserts a type for this very head, or a type that is shown for it, gives one."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest

from headkb import Catalog, load_catalog
from headkb.catalog.head_facts import HeadRun
from headkb.catalog.plain_data import plain_records
from headkb.catalog.schema import HeadIndex
from headkb.catalog.schema.run import Invalidation
from headkb.site.document import Page
from headkb.site.model_head_pages import head_of_model_page
from headkb.site.model_pages import model_page
from headkb.site.parts import Context, make_context
from headkb.site.role_codes import role_codes
from headkb.site.roles import description, is_described
from headkb.site.to_html import page_html
from tests.site.mark_walk_models import ROLES

CELL = re.compile(r'<td class="(hk-(?:g\d|own))( hk-more)?"><a href=(L\d+H\d+)/(?: title="([^"]*)")?>([^<]+)</a>')
DOT = re.compile(r"<td><a href=(L\d+H\d+)/ aria-label=\1>·</a>")
TYPE = re.compile(r'<tr id="type-([a-z0-9-]+)"[^>]*><td>.*?</td><td>.*?hk-m-([a-z-]+) hk-([a-z]+)')
LIST = re.compile(r"<li><span[^>]*><i class=\"hk-m hk-m-([a-z-]+) hk-([a-z]+)\".*?</span> (\d+): (.*?)</li>", re.DOTALL)

Roles = Mapping[tuple[str, str], set[str]]


@pytest.fixture(scope="module")
def context(real_catalog: Catalog) -> Context:
    """The shipped catalog."""
    return make_context(real_catalog)


@pytest.fixture(scope="module")
def roles(real_catalog: Catalog) -> Roles:
    """(model, head) → its roles, put together here from what the API says of claims and showings."""
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for claim in plain_records(real_catalog, "claims"):
        if claim["head"] and real_catalog.about_query_heads(real_catalog.statements[claim["id"]]):
            for head in claim["heads"] or claim.get("values", {}):
                found[claim["model"], head].add(claim["head"])
    for head_type in plain_records(real_catalog, "heads"):
        for showing in head_type["showings"]:
            if showing["showing"] == "shown":
                for head in showing["heads"]:
                    found[showing["model"], head].add(head_type["id"])
    return found


@pytest.fixture(scope="module")
def models(context: Context) -> dict[str, str]:
    """Model → its page."""
    return {model.id: html(context, model_page(context, model)) for model in context.catalog.models.values()}


def html(context: Context, page: Page) -> str:
    """A page as HTML."""
    return page_html(page, context.links)


def test_a_cell_is_coloured_only_for_a_role(context: Context, roles: Roles, models: dict[str, str]) -> None:
    """On the page of every model each coloured or lettered cell is a head with a role, and each dot one without; exact models have none."""
    coloured = 0
    for model in context.catalog.models.values():
        page = models[model.id]
        cells = CELL.findall(page)
        assert {head for _, _, head, _, _ in cells} <= {h for m, h in roles if m == model.id}, model.id
        assert not [head for head in DOT.findall(page) if roles.get((model.id, head))], model.id
        for kind, more, head, title, letters in cells:
            mine = roles[model.id, head]
            assert bool(more) == (len(mine) > 1), (model.id, head)
            assert kind == "hk-own" if model.type == "organism" else kind.startswith("hk-g"), (model.id, head)
            if title and "×" not in letters:
                first = re.split(r" \((?:claimed|shown)", unescape(title).partition(": ")[2])[0]
                assert first in {context.name("heads", name) for name in mine}, title
        assert not (cells and model.type == "exact")
        coloured += len(cells)
    assert coloured > 500


@pytest.mark.slow  # every head of the catalog
def test_every_head_page_gives_the_roles_that_claims_and_showings_give(context: Context, roles: Roles) -> None:
    """No more and no fewer; where there is none a sentence says so, and no mark of a checked formula stands on any."""
    for model_id, dossiers in context.dossiers.items():
        for head, dossier in dossiers.items():
            page = html(context, head_of_model_page(context, context.catalog.models[model_id], dossier))
            named = {name for _, told in ROLES.findall(page) for name in re.findall(r"heads/([a-z0-9-]+)/", told)}
            assert named == roles.get((model_id, str(head)), set()), (model_id, head)
            assert bool(named) or "role" in page
            assert "hk-st-formula-checked" not in page


def test_a_model_tells_of_every_type_that_was_looked_for(context: Context, models: dict[str, str]) -> None:
    """A row with word and kind of model, or, where there are many, a place in the list of its word, whose number is that of its names."""
    said = {
        (showing["model"], record["id"]): (showing["showing"], showing["model_kind"])
        for record in plain_records(context.catalog, "heads")
        for showing in record["showings"]
    }
    told: dict[tuple[str, str], tuple[str, str]] = {}
    for model_id, page in models.items():
        below = page.partition('<h2 id="types">')[2].partition("<h2")[0]
        told |= {(model_id, head): (word, kind) for head, word, kind in TYPE.findall(below)}
        for word, kind, count, names in LIST.findall(below):
            heads = re.findall(r"heads/([a-z0-9-]+)/", names)
            assert int(count) == len(heads)
            told |= {(model_id, head): (word, kind) for head in heads}
    assert told == said
    assert {word for word, _ in said.values()} >= {"shown", "partly", "undecided"}


def withdrawn(entry: HeadRun) -> HeadRun:
    """The same run, withdrawn."""
    invalidation = Invalidation(date="2026-12-01", reason="a test")
    return replace(entry, run=entry.run.model_copy(update={"invalidation": invalidation}))


def test_a_head_of_an_organism_with_many_types_is_described_by_what_it_does(context: Context) -> None:
    """One sentence from its values in runs that count, the types folded below; heads of public models list their roles."""
    many = [d for of in context.dossiers.values() for d in of.values() if is_described(context, d)]
    assert many
    for dossier in many:
        assert context.catalog.models[dossier.model].type == "organism"
        page = html(context, head_of_model_page(context, context.catalog.models[dossier.model], dossier))
        does = description(context, dossier)
        assert does
        assert description(context, replace(dossier, runs=tuple(map(withdrawn, dossier.runs)))) == ""
        assert page.index('class="hk-lead"') < page.index(f"{len(dossier.roles)} head types whose criteria it meets")
        assert page.count("<dt>Roles</dt>") == 1


def test_codes_tell_head_types_apart(context: Context) -> None:
    """Two or three letters each, and no two alike."""
    codes = role_codes(context.catalog)
    assert set(codes) == set(context.catalog.heads)
    assert len(set(codes.values())) == len(codes)
    assert all(2 <= len(code) <= 3 for code in codes.values())
    assert (codes["induction"], codes["name-mover"], codes["previous-token"]) == ("In", "NM", "PT")


def test_names_of_the_same_letters_get_codes_of_their_own(context: Context) -> None:
    """A hundred types whose names begin alike use up what three letters can tell."""
    head = context.catalog.heads["induction"]
    many = {f"ab-{n}": head.model_copy(update={"id": f"ab-{n}", "name": f"ab {'a' * n} head"}) for n in range(100)}
    codes = role_codes(replace(context.catalog, heads=many))
    assert len(set(codes.values())) == 100


def test_the_weightiest_role_comes_first(context: Context) -> None:
    """The best-known role of GPT-2's L9H9, not the first of the alphabet; what is contested comes last."""
    dossier = context.dossiers["gpt2"][HeadIndex(9, 9)]
    page = html(context, head_of_model_page(context, context.catalog.models["gpt2"], dossier))
    (told,) = [html for name, html in ROLES.findall(page) if name == "Best known for"]
    assert re.findall(r"heads/([a-z0-9-]+)/", told) == ["name-mover"]


def test_a_run_that_selects_a_head_gives_it_no_role(
    checked_root: Callable[[], Path], write_run: Callable[..., None]
) -> None:
    """A refuted check leaves a dot, a confirmed one a letter."""
    for result, kinds in (("refuted", []), ("confirmed", ["hk-g7"])):
        root = checked_root()
        model = root / "models" / "jar-small.yaml"
        model.write_text(model.read_text().replace("kind: unreleased", "kind: public"))
        for claims in (root / "claims").glob("*.yaml"):
            claims.unlink()
        write_run(root, "one", "jar-small", result)
        context = make_context(load_catalog(root))
        page = html(context, model_page(context, context.catalog.models["jar-small"]))
        assert [kind for kind, *_ in CELL.findall(page)] == kinds
        head = html(
            context,
            head_of_model_page(
                context, context.catalog.models["jar-small"], context.dossiers["jar-small"][HeadIndex(0, 1)]
            ),
        )
        assert ("Nothing gives this head a role" in head) == (not kinds)
