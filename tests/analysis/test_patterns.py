"""Where heads look in one text, as an object and as HTML that stands alone."""

from __future__ import annotations

import base64
import re
from html.parser import HTMLParser

import pytest

torch = pytest.importorskip("torch")

from headkb.analysis import HeadPatterns, patterns  # noqa: E402
from headkb.analysis.edited import edited  # noqa: E402
from headkb.analysis.pattern_widget import WEIGHTS  # noqa: E402
from headkb.attention import Prompts, edits, observe  # noqa: E402
from headkb.errors import HeadkbError, MissingExtraError, ModelError, UnknownNameError  # noqa: E402
from headkb.head_index import HeadIndex  # noqa: E402
from headkb.models import load_model  # noqa: E402

TEXT = "the cat saw the dog . the cat saw"


def test_a_head_is_found_by_any_of_its_names():
    """Its weights are those that the model uses; a model object with its tokenizer gives the same, and keeps its mode."""
    loaded = load_model("organism-tasks")
    seen = patterns(loaded, TEXT)
    ids = loaded.tokenizer(TEXT)["input_ids"]
    ids = (
        [loaded.tokenizer.bos_token_id, *ids]
        if seen.tokens[0] == "<bos>" and ids[0] != loaded.tokenizer.bos_token_id
        else ids
    )
    there = observe(loaded.model, Prompts.of(torch.tensor([ids])), {"pattern"})["pattern"][0]
    assert torch.equal(seen["L1H2"], there[1, 2])
    assert torch.equal(seen[1, 2], seen[HeadIndex(1, 2)])
    assert len(seen.tokens) == len(ids)
    loaded.model.train()
    own = patterns(loaded.model, TEXT, tokenizer=loaded.tokenizer)
    assert loaded.model.training
    loaded.model.eval()
    assert torch.equal(own.weights, seen.weights)
    assert len(seen.heads) == 32


def test_it_shows_an_edited_model_inside_a_block():
    """What is set is what is seen."""
    loaded = load_model("organism-tasks")
    with edited(loaded, edits.set_pattern("L1H2", torch.eye(10))):
        seen = patterns(loaded, TEXT)
    assert torch.equal(seen["L1H2"], torch.eye(10))


def test_what_is_not_there_is_refused():
    """A head, a text without tokens, a model object without its tokenizer."""
    loaded = load_model("organism-tasks")
    seen = patterns(loaded, TEXT)
    for name in ("L4H0", (0, 8)):
        with pytest.raises(ModelError, match="has 4 layers of 8 heads"):
            seen[name]
    with pytest.raises(UnknownNameError, match="Write it"):
        seen["first"]
    with pytest.raises(UnknownNameError, match="one head"):
        seen["L0H0, L0H1"]
    with pytest.raises(ModelError, match="no L9H9"):
        patterns(loaded, TEXT, head="L9H9")
    with pytest.raises(HeadkbError, match="makes no token"):
        patterns(loaded, "")
    with pytest.raises(HeadkbError, match="tokenizer="):
        patterns(loaded.model, TEXT)


def test_it_fits_a_screen():
    """At most 25 lines of 100 columns, however long the text."""
    for text in (TEXT, " ".join(["the cat saw the dog ."] * 10)):
        lines = repr(patterns("organism-tasks", text)).splitlines()
        assert len(lines) <= 25
        assert max(map(len, lines)) <= 100
        assert "4 layers x 8 heads of organism-tasks" in lines[0]


def made(tokens, heads=(2, 3), seed=0):
    """Random causal patterns of so many layers and heads."""
    n = len(tokens)
    scores = torch.randn(*heads, n, n, generator=torch.Generator().manual_seed(seed)) * 3
    weights = scores.masked_fill(torch.ones(n, n).triu(1).bool(), -torch.inf).softmax(-1)
    return HeadPatterns(tuple(tokens), weights, "a <model>")


def unpacked(html, n):
    """Weights `[head, …]` as the page holds them."""
    packed = re.search(r'data-weights="([^"]*)"', html)[1]
    return torch.tensor(list(base64.b64decode(packed)), dtype=torch.float).view(-1, n * (n + 1) // 2) / 99


def test_the_page_holds_every_head_in_two_digits():
    """Rows of causal patterns end at their query; the head that is asked for is selected."""
    seen = made([f"t{i}" for i in range(9)])
    found = unpacked(seen.html(), 9)
    expected = torch.stack([seen[head][tuple(torch.tril_indices(9, 9))] for head in seen.heads])
    torch.testing.assert_close(found, expected, rtol=0, atol=0.5 / 99 + 1e-6)
    html = seen.html(["L1H2", "L0H0"])
    assert re.findall(r"<option( selected)?>(\w+)</option>", html) == [(" selected", "L1H2"), ("", "L0H0")]
    assert len(unpacked(html, 9)) == 2


class Text(HTMLParser):
    """The text of a page, and its elements."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text = ""

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        assert not any(name.startswith("on") for name, _ in attrs)
        assert not any(name in ("src", "href") for name, _ in attrs)

    def handle_data(self, data):
        self.text += data


def test_tokens_are_text_whatever_they_hold():
    """A token that is a script, an attribute's end or an entity stays text, in the drawing, the table and the row; nothing is requested."""
    hostile = ["<script>alert(1)</script>", "</style>", '" onload="x', "'><b>", "&amp;", "<!--", "a"]
    seen = made(hostile)
    html = seen.html()
    parser = Text()
    parser.feed(html)
    assert parser.tags.count("script") == 1  # our own
    assert "b" not in parser.tags
    assert parser.tags.count("style") == 1
    assert html.count("&lt;!--") >= 2
    assert "<!--" not in html
    body = html.partition("<script>")[0]
    assert "alert(1)" not in re.sub(r"&lt;.*?&gt;", "", body)
    assert "http" not in html.replace("http://www.w3.org/2000/svg", "")


def test_without_script_one_head_can_be_read():
    """What scripts add is hidden until they run; the table is open and names where each token looks."""
    seen = patterns("organism-tasks", TEXT, head="L0H1")
    html = seen.html()
    still = re.search(r"<details open>.*</details>", html, re.DOTALL)[0]
    assert "<svg" in still
    rows = re.findall(r"<tr><td>(\d+)</td><th scope=row>(.*?)</th><td>(.*?)</td>", still)
    assert len(rows) == 10
    key = int(seen["L0H1"][5].argmax())
    assert f"({key}) {seen['L0H1'][5, key]:.2f}" in rows[5][2]
    assert ".hk-look:not([data-on]) .hk-live{display:none}" in html


def test_its_size_is_bounded():
    """As many heads as fit, the sharpest; a text too long for one head keeps its table."""
    seen = made([f"t{i}" for i in range(300)], heads=(5, 5))
    html = seen.html()
    assert len(html) < 1.4 * WEIGHTS + 100_000
    assert "16 of 25 heads fit" in html
    shown = re.findall(r"<option(?: selected)?>(\w+)</option>", html)
    assert set(shown) == {str(head) for head in seen.sharpest(16)}
    assert len(unpacked(seen.html("L4H4"), 300)) == 1
    assert "svg" not in html.partition("<details")[2]
    long = made([f"t{i}" for i in range(1300)], heads=(1, 1)).html()
    assert "too many" in long
    assert "<script>" not in long
    assert "t1299" in long


def test_the_sharpest_looks_elsewhere():
    """Not a head that looks at the first token or at itself, but one that looks one back."""
    n = 8
    weights = torch.zeros(1, 3, n, n)
    weights[0, 0, :, 0] = 1
    weights[0, 1] = torch.eye(n)
    weights[0, 2] = torch.eye(n).roll(-1, 1)
    weights[0, 2, 0] = torch.eye(n)[0]
    seen = HeadPatterns(tuple("abcdefgh"), weights, "m")
    assert seen.sharpest(1) == [HeadIndex(0, 2)]
    assert "L0H2 looks" in repr(seen)


def test_the_parts_of_an_encoder_and_its_decoder():
    """Each stack has patterns of its own; the part is said."""
    from headkb.exact import build_tokenizer
    from tests.attention.architectures import shared

    model, tokenizer = shared("t5"), build_tokenizer()
    seen = {
        part: patterns(model, "a b c d", tokenizer=tokenizer, part=part) for part in ("encoder", "decoder", "cross")
    }
    assert not torch.equal(seen["encoder"].weights, seen["cross"].weights)
    assert not seen["decoder"]["L0H0"].triu(1).any()
    assert seen["encoder"]["L0H0"].triu(1).any()
    assert "cross" in repr(seen["cross"])
    assert torch.equal(patterns(model, "a b c d", tokenizer=tokenizer).weights, seen["decoder"].weights)


def test_a_plot_has_the_tokens_at_its_axes():
    """On axes of the caller's; without matplotlib one sentence says what to install."""
    seen = patterns("organism-tasks", TEXT)
    try:
        import matplotlib as mpl
    except ImportError:
        with pytest.raises(MissingExtraError, match=r"headkb\[notebook\]"):
            seen.plot("L0H1")
        return
    mpl.use("Agg")
    import matplotlib.pyplot as plt

    _, ax = plt.subplots()
    assert seen.plot("L0H1", ax=ax) is ax
    assert [label.get_text() for label in ax.get_xticklabels()][:3] == ["<bos>", "the", "cat"]
    assert torch.equal(torch.tensor(ax.images[0].get_array()), seen["L0H1"])
    made(["$a_b$", "c"]).plot().figure.canvas.draw()
    plt.close("all")
