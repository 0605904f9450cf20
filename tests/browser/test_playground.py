"""The playground: its arithmetic against the engine's on the same weights, and what a reader does with it."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from headkb.site.play_prompts import ASIA, PROMPTS, REPEATED

pytestmark = pytest.mark.browser

READY = "() => document.querySelector('.hk-play')?.dataset.state === 'ready'"
RUN = """async ({model, text, off}) => {
  const folder = new URL('../assets/', location.href.split('?')[0]).href;
  const arithmetic = await import(`${folder}play-model.js`);
  const json = async name => (await fetch(`${folder}play/${name}`)).json();
  const entry = (await json('models.json')).models.find(one => one.id === model);
  const weights = await (await fetch(`${folder}play/${model}.safetensors`)).arrayBuffer();
  const vocabulary = arithmetic.makeVocabulary(await json(entry.words));
  const made = arithmetic.makeModel(entry.shape, arithmetic.readTensors(weights));
  const { ids, unknown } = vocabulary.encode(text);
  const heads = entry.shape.heads;
  const answer = arithmetic.run(made, ids, new Set(off.map(([layer, head]) => layer * heads + head)));
  return { ids, unknown: unknown.length, patterns: answer.patterns.map(one => [...one]), probabilities: [...answer.probabilities] };
}"""


def opened(visit: Any, query: str = "", **options: Any) -> Any:
    """The page when it has answered."""
    page = visit(**options).open(f"playground/{query}")
    page.wait_for_function(READY)
    return page


def tokens_of(page: Any) -> dict[str, tuple[float, ...]]:
    """Word → the numbers behind it in the table of answers."""
    rows = page.locator(".hk-play-table tbody tr").evaluate_all(
        "rows => rows.map(row => [row.dataset.word, [...row.querySelectorAll('td.n')].map(cell => +cell.textContent)])"
    )
    return {word: tuple(numbers) for word, numbers in rows}


@pytest.mark.parametrize("model", sorted(PROMPTS))
def test_it_computes_what_the_engine_computes(visit: Any, site: Path, tmp_path: Path, model: str) -> None:
    """Every pattern and every probability to 1e-4, on the weights as served, with all heads on and with some off."""
    torch = pytest.importorskip("torch")
    from record_playground import answer, as_served

    loaded = as_served(model, tmp_path)
    served = tmp_path / f"served-{model}" / "model.safetensors"
    assert served.read_bytes() == (site / "assets" / "play" / f"{model}.safetensors").read_bytes()
    page = opened(visit, f"?model={model}")
    last = loaded.model.config.num_hidden_layers - 1
    texts = [
        *(prompt.text for prompt in PROMPTS[model]),
        "My uncle's 1179, (été) œil→",
        "The trombonist outperformed 42",
    ]
    for text in texts:
        for off in ([], [(0, 1)], [(0, 0), (0, 3), (1, 2), (last, 7)]):
            got = page.evaluate(RUN, {"model": model, "text": text, "off": off})
            assert got["ids"] == loaded.tokenizer(text)["input_ids"]
            assert got["unknown"] == 0
            patterns, chances = answer(loaded, got["ids"], off)
            here = torch.tensor(got["patterns"]).view_as(patterns)
            assert float((here - patterns).abs().max()) < 1e-4, (text, off)
            assert float((torch.tensor(got["probabilities"]) - chances[-1]).abs().max()) < 1e-4, (text, off)


def test_the_comparison_can_fail(visit: Any) -> None:
    """Another head off gives another answer: the test above compares something."""
    page = opened(visit)
    ask = {"model": "organism-induction", "text": REPEATED}
    one, other = (page.evaluate(RUN, {**ask, "off": off})["probabilities"] for off in ([], [(0, 1)]))
    assert max(abs(a - b) for a, b in zip(one, other, strict=True)) > 0.5


def test_a_head_is_switched_off(visit: Any) -> None:
    """The answer changes beside the one with all heads on, is told, and comes back."""
    page = opened(visit)
    before = tokens_of(page)
    assert page.inner_text(".hk-play-said").startswith("The likeliest next word is “garden”, 0.960")
    page.locator("[data-head=L0H1] input").uncheck()
    assert "With L0H1 off it is “red”" in page.inner_text(".hk-play-said")
    after = tokens_of(page)
    assert after["garden"][0] == before["garden"][0] > 0.9
    assert after["garden"][1] < 0.01
    assert "off=L0H1" in page.evaluate("new Promise(done => setTimeout(() => done(location.search), 400))")
    page.locator("button", has_text="Switch all on").click()
    assert tokens_of(page) == before
    print(f"\nanswered and drawn in {page.locator('.hk-play').get_attribute('data-ms')} ms")


def test_what_is_chosen_survives_a_reload(visit: Any) -> None:
    """Model, prompt, heads that are off and the enlarged head stand in the address."""
    page = opened(visit, "?model=organism-heads")
    assert page.locator("#hk-play-prompt").input_value() == ASIA
    page.locator("[data-head=L1H3] input").uncheck()
    page.locator("[data-head=L2H3] input").uncheck()
    page.locator("[data-head=L0H1] button").click()
    page.locator("#hk-play-prompt").fill("The capital city of Spain is")
    page.wait_for_function("() => location.search.includes('Spain') && location.search.includes('off=L1H3')")
    seen = tokens_of(page)
    page.reload()
    page.wait_for_function(READY)
    assert page.locator("#hk-play-model").input_value() == "organism-heads"
    assert page.locator("#hk-play-prompt").input_value() == "The capital city of Spain is"
    assert page.locator(".hk-play-cell.off").evaluate_all("all => all.map(one => one.dataset.head)") == ["L1H3", "L2H3"]
    assert page.inner_text(".hk-play-one h2") == "One head: L0H1"
    assert tokens_of(page) == seen


def test_an_address_that_makes_no_sense_is_harmless(visit: Any) -> None:
    """An unknown model, heads that do not exist, markup as a prompt."""
    page = opened(visit, "?model=gpt5&off=L99H9,x&head=L0H99")
    assert page.locator(".hk-play-cell.off").count() == 0
    page = visit().open("playground/?model=organism-tasks&off=L99H9,L0H1&prompt=%3Cimg+src%3Dx+onerror%3Dalert(1)%3E")
    page.wait_for_function(
        "() => document.querySelector('#hk-play-say')?.textContent.includes('not in its vocabulary')"
    )
    assert page.locator(".hk-play-live img").count() == 0
    assert page.locator(".hk-play-cell.off").count() == 1


def test_an_unknown_word_is_named_with_the_nearest(visit: Any) -> None:
    """Nothing is answered until it is known; a click puts the nearest word in its place."""
    page = opened(visit)
    page.locator("#hk-play-prompt").fill("lemon elephantz lemon ")
    page.wait_for_function("() => document.querySelector('.hk-play')?.dataset.state === 'waiting'")
    assert "“elephantz” is not in its vocabulary" in page.inner_text("#hk-play-say")
    page.locator(".hk-play-words button", has_text="elephant").click()
    page.wait_for_function(READY)
    assert page.locator("#hk-play-prompt").input_value() == "lemon elephant lemon "
    assert page.locator(".hk-play-token").all_inner_texts() == ["<bos>", "lemon", "elephant", "lemon"]


def test_a_word_is_completed_by_keyboard(visit: Any) -> None:
    """What is typed is completed before it is called unknown: arrow down, Enter."""
    page = opened(visit)
    page.locator("#hk-play-prompt").fill("")
    page.wait_for_function("() => document.querySelector('#hk-play-say')?.textContent === 'Type a word to begin.'")
    page.locator("#hk-play-prompt").press_sequentially("lemon elepha")
    page.wait_for_function("() => document.querySelector('#hk-play-say')?.textContent.includes('“elepha”')")
    assert not page.locator("#hk-play-say.bad").count()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_function(READY)
    assert page.locator("#hk-play-prompt").input_value() == "lemon elephant "
    assert page.evaluate("document.activeElement.id") == "hk-play-prompt"


def test_a_prompt_that_is_too_long_is_told(visit: Any) -> None:
    """Seventy tokens are more than it reads."""
    page = opened(visit)
    page.locator("#hk-play-prompt").fill("lemon " * 69)
    page.wait_for_function("() => document.querySelector('#hk-play-say')?.textContent.includes('64 at most')")
    assert page.inner_text("#hk-play-say").startswith("70 tokens")


def test_a_head_and_a_token_by_keyboard(visit: Any) -> None:
    """The heads are one stop with arrows, the tokens another; the row of a token is said."""
    page = opened(visit, "?head=L0H1")
    page.locator("[data-head=L0H1] button").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert page.inner_text(".hk-play-one h2") == "One head: L1H3"
    page.locator(".hk-play-token[tabindex='0']").focus()
    assert page.inner_text(".hk-play-one p >> nth=0").startswith("From “red” (10 of 10) it looks at “garden” 0.99")
    page.keyboard.press("ArrowLeft")
    assert page.inner_text(".hk-play-one p >> nth=0").startswith("From “seven” (9 of 10) it looks at “red” 1.00")
    assert (
        page.locator(".hk-play-see[tabindex='0']").count() == page.locator(".hk-play-token[tabindex='0']").count() == 1
    )


def test_every_head_has_its_table(visit: Any) -> None:
    """The numbers of the enlarged head stand in a table on demand, for the head that is chosen next as well."""
    page = opened(visit)
    page.locator(".hk-play-one summary").click()
    table = page.locator(".hk-play-numbers table")
    for head in ("L1H3", "L0H1"):
        page.locator(f"[data-head={head}] button").click()
        assert head in table.locator("caption").text_content()
        rows = table.locator("tbody tr").evaluate_all(
            "rows => rows.map(row => [...row.querySelectorAll('td')].map(c => +c.textContent))"
        )
        assert len(rows) == 10
        assert all(sum(row) == pytest.approx(1, abs=0.01) for row in rows)


def test_each_head_in_turn(visit: Any) -> None:
    """What the likeliest word keeps with one head off alone stands under every head."""
    page = opened(visit)
    page.locator("button", has_text="Switch each off in turn").click()
    page.wait_for_function(
        "() => document.querySelector('.hk-play-buttons [role=status]')?.textContent.includes('least with')"
    )
    assert "least with L0H1" in page.inner_text(".hk-play-buttons [role=status]")
    assert page.locator(".hk-play-cell small").evaluate_all("all => all.filter(one => one.textContent).length") == 16


def test_weights_come_when_a_model_is_chosen(visit: Any) -> None:
    """One model is loaded at first; another one when it is chosen, and its first prompt is answered."""
    one = visit()
    asked: list[str] = []
    one.page.on("request", lambda request: asked.append(request.url))
    page = one.open("playground/")
    page.wait_for_function(READY)
    assert [url.rsplit("/", 1)[1] for url in asked if url.endswith(".safetensors")] == [
        "organism-induction.safetensors"
    ]
    page.select_option("#hk-play-model", "organism-iteration")
    page.wait_for_function("() => document.querySelector('.hk-play-said')?.textContent.includes('“1”')")
    assert [url.rsplit("/", 1)[1] for url in asked if url.endswith(".safetensors")][1:] == [
        "organism-iteration.safetensors"
    ]


def test_the_page_weighs_less_than_three_megabytes(visit: Any, site: Path) -> None:
    """Everything that is loaded for the heaviest model, after compression."""
    for model in PROMPTS:
        one = visit()
        paths: set[str] = set()
        one.page.on("request", lambda request, paths=paths: paths.add(request.url.split("?")[0]))
        one.open(f"playground/?model={model}").wait_for_function(READY)
        files = [site / (path.removeprefix(one.base) or "index.html") for path in paths if path.startswith(one.base)]
        whole = [file / "index.html" if file.is_dir() else file for file in files]
        weight = sum(len(gzip.compress(file.read_bytes(), 9)) for file in whole)
        print(f"\n{model}: {weight:,} bytes after gzip")
        assert any(file.name == f"{model}.safetensors" for file in whole)
        assert weight <= 3_000_000


def test_without_script_a_recorded_answer_stands_there(browser: Any, base: str) -> None:
    """With its pattern as a table, and the Python that gives it."""
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{base}playground/")
    assert page.locator(".hk-play-plain table").count() == 2
    assert page.locator(".hk-play-plain").is_visible()
    assert "edits.zero" in page.inner_text("pre")
    context.close()


def test_weights_that_do_not_come_are_told(browser: Any, base: str) -> None:
    """The page says so; choosing the model again loads it. Without the list of models the recorded answer stays."""
    context = browser.new_context()
    page = context.new_page()
    page.route("**/organism-iteration.safetensors", lambda route: route.abort())
    page.goto(f"{base}playground/?model=organism-iteration")
    page.wait_for_function("() => document.querySelector('#hk-play-say')?.textContent.includes('could not be loaded')")
    page.unroute("**/organism-iteration.safetensors")
    page.select_option("#hk-play-model", "organism-induction")
    page.wait_for_function(READY)
    page.select_option("#hk-play-model", "organism-iteration")
    page.wait_for_function("() => document.querySelector('.hk-play-said')?.textContent.includes('“1”')")
    page.route("**/models.json", lambda route: route.abort())
    page.goto(f"{base}playground/")
    page.wait_for_function("() => document.querySelector('.hk-play')?.dataset.state === 'failed'")
    assert page.locator(".hk-play-plain").is_visible()
    context.close()


@pytest.mark.parametrize("width", [390, 1280])
def test_it_fits_the_screen(visit: Any, width: int) -> None:
    """No sideways scroll of the page, and every target of the playground is large enough."""
    page = opened(visit, "?model=organism-tasks", viewport={"width": width, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    small = page.locator(".hk-play-live :is(button, select, textarea, summary, label:has(input)):visible").evaluate_all(
        "all => all.map(one => [one.textContent.slice(0, 20), one.getBoundingClientRect()]).filter(([, r]) => r.height < 24 || r.width < 24).map(([text]) => text)"
    )
    assert small == []


def test_links_of_other_pages_lead_to_a_head(visit: Any, site: Path) -> None:
    """The page of a head type that is shown in an organism opens the playground with a head enlarged."""
    page = visit().open("heads/previous-token/")
    link = page.locator("a[href*='playground/?']").first
    wanted = link.inner_text().rsplit(", ", 1)[1]
    link.click()
    page.wait_for_function(READY)
    assert page.inner_text(".hk-play-one h2") == f"One head: {wanted}"
    names = json.loads((site / "assets" / "play" / "models.json").read_text("utf-8"))
    assert page.locator("#hk-play-model").input_value() in [model["id"] for model in names["models"]]
