"""What an atlas adds to the page of a head, and that every head of its model has one."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from headkb import load_catalog
from headkb.catalog.atlas import HeadText, Sentence, heads_path, heads_text, pattern_text
from headkb.catalog.finder import Finder
from headkb.catalog.run_labels import Label
from headkb.catalog.schema import HeadIndex
from headkb.site.atlas_head import SENTENCES, _labels, _labels_in_brief, visible
from headkb.site.document import Fold
from headkb.site.outputs import outputs
from headkb.site.pages import all_pages
from headkb.site.parts import Context, make_context
from headkb.site.to_html import node_html, page_html
from headkb.site.to_markdown import page_markdown

RUNS = Path(__file__).parent / "data" / "runs"
ALL = [HeadIndex(layer, head) for layer in range(2) for head in range(4)]


@pytest.fixture
def context(toy_copy: Path) -> Context:
    """The invented catalog with its runs, and an atlas with patterns and tokens."""
    shutil.copytree(RUNS, toy_copy / "runs", dirs_exist_ok=True)
    texts = {
        head: HeadText(
            (pattern_text([[1.0, 0.0], [0.25, 0.75]]), pattern_text([[1.0]])),
            ((" jar*", 1.25),) if head == HeadIndex(0, 0) else (),
            (("\n", -0.5),) if head == HeadIndex(0, 0) else (),
        )
        for head in ALL
    }
    sentences = (Sentence("english", ("A", " jar")), Sentence("odd_one", ("x",)))
    heads_path(toy_copy, "jar-small").write_text(heads_text(sentences, texts), encoding="utf-8")
    return make_context(load_catalog(toy_copy))


def pages(context: Context) -> dict[str, str]:
    """Path → HTML of the pages of the model's heads."""
    return {p.path: page_html(p, context.links) for p in all_pages(context) if p.path.startswith("models/jar-small/L")}


def test_every_head_has_one_page(context: Context) -> None:
    """Named or not: eight heads, eight pages, each found by its coordinate and linked from the model's grid."""
    made = pages(context)
    assert sorted(made) == [f"models/jar-small/{head}/" for head in ALL]
    files = outputs(context, all_pages(context))
    names = json.loads(files["assets/names.json"])
    models = [path for kind, path, *_ in names["pages"] if names["kinds"][kind][2] == "models/" and path]
    # Two layers of four heads, so many of them named, and a page for each.
    assert names["models"][models.index("jar-small")][:4] == [2, 4, len(context.named("jar-small")), "*"]
    assert Finder(names).find("jar-small L1H3").places[0].path == "models/jar-small/L1H3/"
    assert 0 < len(context.named("jar-small")) < 8
    model = next(page for page in all_pages(context) if page.path == "models/jar-small/")
    grid = page_html(model, context.links)
    assert all(f"<a href={head}/" in grid for head in ALL)


def test_a_head_of_which_nobody_says_anything(context: Context) -> None:
    """It says so, that no run selected it and that nothing gives it a role; nothing names a claim."""
    root = context.catalog.root
    for name in ("claims", "circuits", "runs"):
        shutil.rmtree(root / name)
    page = pages(make_context(load_catalog(root)))["models/jar-small/L0H0/"].replace("&#x27;", "'")
    for piece in (
        "No source in the catalog claims anything about this head. These are headkb's own measurements: ",
        "nothing: no recipe was run on this model yet",
        "Nothing gives this head a role",
        "“␣jar*” (1.25)",
        "“⏎” (−0.5)",
        'aria-label="Attention pattern of Jar small L0H0. An ordinary sentence: A jar"',
        "<tr><td>1<th scope=row>jar<td>jar (1) 0.75, A (0) 0.25",
        "<b>An ordinary sentence</b>" if "<b>An ordinary" in page else "<strong>An ordinary sentence</strong>",
        'data-needs="pattern"',
        "odd_one",
    ):
        assert piece in page, piece
    for absent in ("<dt>Roles", "<dt>Best known for", "hk-st", "Undefined", 'id="claims"', 'id="runs"', 'id="labels"'):
        assert absent not in page, absent


def test_a_head_with_claims_keeps_them_first(context: Context) -> None:
    """The atlas is added to the page of a named head, below what sources say, and takes back that nobody says anything."""
    page = pages(context)["models/jar-small/L0H1/"]
    assert page.index('id="claims"') < page.index('id="atlas"') < page.index('id="patterns"') < page.index('id="runs"')
    assert "No source in the catalog claims" not in page
    assert "These are headkb" in page
    assert "by some recipes only" not in page
    assert "0.9</td><td>1st of 8" in page


def test_undefined_measures_are_named(context: Context) -> None:
    """An empty cell of the table is no zero."""
    page = pages(context)["models/jar-small/L0H3/"]
    assert "Undefined for this head: " in page
    assert "entropy</a>." in page


def test_a_quantised_copy_is_said_to_be_one_and_points_to_the_claims_about_the_full_model(context: Context) -> None:
    """What sources claim about L0H1 in the full model stands on its page there; of the copy itself nobody says anything."""
    root = context.catalog.root
    model = (root / "models" / "jar-small.yaml").read_text()
    origin = f'quantisation_of: jar-small\nquantisation: GGUF Q4_1\nweights_sha256: "{"0" * 64}"\n'
    (root / "models" / "jar-copy.yaml").write_text(model.replace("Jar small", "Jar copy") + origin)
    atlas = (root / "atlases" / "jar-small.yaml").read_text().replace("model: jar-small", "model: jar-copy")
    (root / "atlases" / "jar-copy.yaml").write_text(f"{atlas.rstrip()}\n  quantisation: GGUF Q4_1\n")
    shutil.copy(root / "atlases" / "jar-small.csv", root / "atlases" / "jar-copy.csv")
    copied = make_context(load_catalog(root))
    made = {p.path: page_html(p, copied.links) for p in all_pages(copied)}
    own = "No source in the catalog claims anything about this head. These are headkb's own measurements on a quantised copy of "
    for path, about, there in (
        ("models/jar-copy/L0H1/", "L0H1", '<a href="../../jar-small/L0H1/">its page there</a>'),
        ("models/jar-copy/", "its heads", '<a href="../jar-small/">its page there</a>'),
    ):
        page = made[path].replace("&#x27;", "'")
        assert (own if "L0H1" in path else own.replace("this head", "heads of this model")) in page
        assert ", stored as GGUF Q4_1: " in page
        assert f"What sources claim about {about} in the full model stands on {there}." in page


def test_labels_stand_by_what_they_met(context: Context) -> None:
    """A type that is shown, one that each recipe selected it for, and only some recipes are three things; a model never tried is a fourth."""
    view = context.atlases["jar-small"]
    whole, half, some = (
        Label("sparkle", ("default",), (), shown=True),
        Label("sparkle", ("default",), (), shown=False),
        Label("twinkle", ("default",), ("other",), shown=False),
    )

    def brief(*labels: Label) -> str:
        return "".join(map(str, _flat(_labels_in_brief(view, labels))))

    assert brief(some, half, whole) == (
        "**shown**: [[heads/sparkle]]; **selected by each recipe that was run, not shown**: [[heads/sparkle]]; "
        "**selected by some recipes only**: [[heads/twinkle]]"
    )
    assert brief() == "nothing: no recorded run selected this head"
    object.__setattr__(view, "tried", False)
    assert brief() == "nothing: no recipe was run on this model yet"
    table = "".join(node_html(node, context.links, "x/") for node in _labels([some, whole], folded=False))
    assert table.index("sparkle") < table.index("twinkle")
    assert "<code>other</code></td><td>no" in table
    folded = _labels([whole, *[some] * 9], folded=False)[-1]
    assert isinstance(folded, Fold)
    assert folded.title == "9 head types for which only some recipes selected it"
    (everything,) = _labels([some, whole], folded=True)
    assert isinstance(everything, Fold)


def _flat(cell: object) -> list[object]:
    return [piece for part in cell for piece in _flat(part)] if isinstance(cell, tuple) else [cell]


def test_the_twin_says_in_words_what_the_drawings_show(context: Context) -> None:
    """Markdown has no drawings: the strongest keys of each query stand there."""
    page = next(p for p in all_pages(context) if p.path == "models/jar-small/L0H0/")
    text = page_markdown(page, context.links)
    assert "- 0 A: A (0) 1.00\n- 1 jar: jar (1) 0.75, A (0) 0.25" in text
    assert "<svg" not in text
    assert "| 0.1 | 7th of 8 |" in text


def test_blanks_of_tokens_are_seen() -> None:
    """A token with a space in front is another one than that without."""
    assert (visible(" the"), visible("the"), visible("\n\t")) == ("“␣the”", "“the”", "“⏎⇥”")
    assert visible("\r\r\n\x00\u2028") == "“␍␍⏎␀⏎”"


def test_the_sentences_of_an_atlas_have_names() -> None:
    """`headkb atlas` stores these three."""
    assert set(SENTENCES) == {"english", "repeated", "ioi"}
