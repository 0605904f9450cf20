"""The section of a head type with its pattern says what the runs show, and no more."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from headkb import Catalog, load_catalog
from headkb.catalog.patterns import HeadPattern, pattern_file, pattern_path, patterns_of
from headkb.catalog.showing import Showing
from headkb.site.document import Page
from headkb.site.outputs import outputs
from headkb.site.pages import all_pages
from headkb.site.parts import Context, make_context
from headkb.site.patterns import pattern_nodes, shown_words
from headkb.site.to_html import node_html, page_html
from headkb.site.to_markdown import page_markdown
from tests.plain_facts import Facts
from tests.test_patterns import GOOD, written

RUNS = Path(__file__).parent / "data" / "runs"


@pytest.fixture
def root(toy_copy: Path) -> Path:
    """The invented catalog with its runs and a pattern of the sparkle head."""
    shutil.copytree(RUNS, toy_copy / "runs", dirs_exist_ok=True)
    written(pattern_path(toy_copy, "sparkle"))
    return toy_copy


def section(root: Path, head: str = "sparkle") -> str:
    """The section as plain text of its page."""
    context = make_context(load_catalog(root))
    html = "".join(node_html(n, context.links, "heads/x/") for n in pattern_nodes(context, context.catalog.heads[head]))
    return " ".join(re.sub("<[^>]+>", "", html).split())


def test_it_stands_below_the_answers_and_its_data_are_linked(root: Path) -> None:
    """The page of a type with a pattern shows it, those of others do not; the file lies beside the type's twin."""
    context = make_context(load_catalog(root))
    pages = all_pages(context)
    html = {page.path: page_html(page, context.links) for page in pages}
    here = html["heads/sparkle/"]
    assert (
        here.index("<dl")
        < here.index('id="pattern"')
        < here.index('class="hk-pat"')
        < here.index('id="criterion"' if 'id="criterion"' in here else 'id="claims"')
    )
    assert "hk-pat" not in html["heads/twinkle/"]
    files = outputs(context, pages)
    assert files["heads/sparkle.pattern.json"] == pattern_path(root, "sparkle").read_text()
    assert '../sparkle.pattern.json"' in here
    page = next(page for page in pages if page.path == "heads/sparkle/")
    assert "- 1 jar: jar (1) 0.91, A (0) 0.09" in page_markdown(page, context.links)


def test_a_file_with_a_fault_is_not_shown(root: Path) -> None:
    """The rule tells of it; the page goes without."""
    written(pattern_path(root, "sparkle"), start=9)
    assert section(root) == ""


def test_the_caption_says_why_this_head_and_what_the_figure_does_not_show(root: Path) -> None:
    """Its value, its place, the run, the text, and that no showing rests on it."""
    text = section(root)
    for piece in (
        "Layer 0, head 1 of Jar small, an unreleased model.",
        "This head is the only head that passes the recipe default (previous-token 0.9, 1st of 8 heads; run of 2002-03-05).",
        "The text is prompt 3 of english-sentences, seed 0; the run read random-tokens.",
        "One head in one text: an illustration, on which no showing rests.",
        "not what it writes or whether the model needs it.",
    ):
        assert piece in text, piece


def test_a_head_that_passes_nothing_is_said_to_be_the_highest_or_not_selected(root: Path) -> None:
    """Never that it is one of the type."""
    run = root / "runs" / "jar-sparkle-recipe.yaml"
    run.write_text(run.read_text().replace("heads: [L0H1]\n", "").replace("threshold: 0.4", "threshold: 0.95"))
    assert "No head passes the recipe default; this is the one with the highest score" in section(root)
    written(pattern_path(root, "sparkle"), head="L0H3")
    assert "The recipe default did not select this head (previous-token 0.2, 2nd of 8 heads" in section(root)


@pytest.mark.parametrize(
    ("word", "start"),
    [
        ("shown", "The type is shown in this model: because."),
        ("partly", "The type is shown only partly in this model: because."),
        ("not-shown", "The type is not shown in this model: because."),
        ("against", "The type is not shown in this model: because."),
        ("undecided", "The type is not shown in this model, which the runs leave undecided: because."),
    ],
)
def test_only_one_word_says_shown(word: str, start: str) -> None:
    """Every other showing says what it is not."""
    assert shown_words(Showing("sparkle", "jar-small", word, (), {}, "because", ())) == start  # type: ignore[arg-type]
    assert "set by hand" in shown_words(None)


def test_the_command_is_the_text_as_it_stands(root: Path) -> None:
    """Quotes, line ends and all, in one word of the shell."""
    pattern = HeadPattern.model_validate({**GOOD, "text": "A jar's\nlid"})
    pattern_path(root, "sparkle").write_text(pattern_file(pattern))
    assert """headkb pattern jar-small L0H1 --text &#x27;A jar&#x27;&quot;&#x27;&quot;&#x27;s lid&#x27;""" in section(
        root
    ) or "headkb pattern jar-small L0H1 --text 'A jar'\"'\"'s lid'" in section(root)


def test_captions_of_the_catalog_agree_with_the_records(real_catalog: Catalog, real_context: Context) -> None:
    """Worked out a second time from the YAML files: whether the type is shown, its kind of model, the value and its place."""
    facts = Facts(real_catalog.root)
    for head, pattern in patterns_of(real_catalog).items():
        html = "".join(
            node_html(n, real_context.links, f"heads/{head}/")
            for n in pattern_nodes(real_context, real_catalog.heads[head])
        )
        text = " ".join(re.sub("<[^>]+>", "", html).split())
        run = facts.runs[pattern.run]
        word = facts.showings[head, pattern.model].word if facts.kind(pattern.model) != "exact" else "none"
        said = re.findall(r"The type is (shown only partly|shown|not shown) in this model", text)
        assert said == [{"shown": "shown", "partly": "shown only partly"}.get(word, "not shown")], head
        assert f", a{'n' if facts.kind(pattern.model) != 'public' else ''} {facts.kind(pattern.model)}" in text, head
        assert ("that pass" in text) == (str(pattern.head) in run.get("heads", ())), head
        values = [value for row in run["values"] for value in row if value is not None]
        mine = run["values"][pattern.head.layer][pattern.head.head]
        better = sum(v < mine if run.get("higher_is") == "less" else v > mine for v in values)
        place = re.search(r"(\d+)(?:st|nd|rd|th) of (\d+) heads", text)
        assert place is not None
        assert (int(place[1]), int(place[2])) == (better + 1, len(values)), head


def test_pages_with_a_pattern_are_within_the_budget(
    real_pages: Mapping[str, Page], real_html: Mapping[str, str]
) -> None:
    """A pattern costs at most 12 kB of a page."""
    for path, html in real_html.items():
        if path.startswith("heads/") and 'class="hk-pat"' in html:
            figure = html[html.index('<figure class="hk-pat"') : html.index("</figure>", html.index('class="hk-pat"'))]
            assert len(figure.encode()) < 12_000, path
