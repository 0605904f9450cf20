"""Every command that a page prints: the parser takes it, what it names exists, and what it needs stands beside it."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from itertools import takewhile
from pathlib import Path
from typing import Any

import click
import pytest

from headkb import Catalog
from headkb.catalog import code
from headkb.catalog.published import PUBLISHED, get_published
from headkb.catalog.schema import Run
from headkb.catalog.schema.model import NotRun
from headkb.cli import main
from headkb.site.commands import ELSEWHERE, EXTRA, SHOWN_ON, detect_code, needs_of, rerun_code, score_nodes
from headkb.site.document import Code
from headkb.site.pages import all_pages
from headkb.site.parts import Context, make_context
from headkb.site.run_pages import run_page
from headkb.site.to_markdown import page_markdown

ROOT = Path(__file__).parents[2]
PLACEHOLDERS = frozenset(["FILE", "ID", "KIND", "M", "MODEL", "HEAD", "SCORE", "HUB_ID"])
"""Words of a document that stand for what a reader types."""


@pytest.fixture(scope="module")
def context(real_catalog: Catalog) -> Context:
    """The shipped catalog."""
    return make_context(real_catalog)


@pytest.fixture(scope="module")
def blocks(context: Context) -> list[tuple[str, Code]]:
    """Every shell block of every generated page, with the page's address."""
    return [
        (page.path, block) for page in all_pages(context) for block in codes(page.body) if block.language == "shell"
    ]


def codes(node: Any) -> Iterator[Code]:
    """Every block of text to copy in a part of a page, at any depth."""
    if isinstance(node, Code):
        yield node
    elif isinstance(node, (tuple, list)):
        for child in node:
            yield from codes(child)
    elif is_dataclass(node) and not isinstance(node, type):
        for field in fields(node):
            yield from codes(getattr(node, field.name))


def texts(node: Any) -> Iterator[str]:
    """Every text in a part of a page, at any depth."""
    if isinstance(node, str):
        yield node
    elif isinstance(node, (tuple, list)):
        for child in node:
            yield from texts(child)
    elif is_dataclass(node) and not isinstance(node, type):
        for field in fields(node):
            yield from texts(getattr(node, field.name))


def lines_of(text: str) -> list[list[str]]:
    """The commands of a block as words, without prompts and comments."""
    whole = re.sub(r"\\\n\s*", " ", text)
    found: list[list[str]] = []
    begun = ""
    for line in whole.splitlines():
        begun = f"{begun}\n{line}" if begun else re.sub(r"^\$ ", "", line.strip())
        try:
            found.append(shlex.split(begun, comments=True))
        except ValueError:
            continue  # a quoted text that goes on in the next line
        begun = ""
    assert not begun, text
    return [words for words in found if words]


def parse(words: list[str]) -> tuple[str, dict[str, Any]]:
    """The subcommand and its parameters, as click reads them; a UsageError is a fault of the page.

    Nothing is run: only the words after `headkb` are parsed.
    """
    words = list(takewhile(lambda word: word not in (">", "|"), words))
    top = main.make_context("headkb", words[1:], resilient_parsing=False)
    name, *rest = [*top._protected_args, *top.args]  # what is left after the options of `headkb` itself
    rest = [
        __file__ if name == "sweep" and word.endswith(".yaml") else word for word in rest
    ]  # a file of a reader's own
    command = main.get_command(top, name)
    assert command is not None, f"headkb has no command {name}"
    return name, command.make_context(name, rest, parent=top).params


def faults(catalog: Catalog, words: list[str]) -> Iterator[str]:
    """What a command names that does not exist."""
    try:
        name, given = parse(words)
    except click.UsageError as error:
        yield error.format_message()
        return
    models = {*catalog.models, *(m.hub_id for m in catalog.models.values() if m.hub_id)}
    model = given.get("model_name") or given.get("model")
    if model and model not in models and model not in PLACEHOLDERS and not model.startswith((".", "model")):
        yield f"no model {model}"
    if name == "score":
        for asked in given["scores"]:
            score = catalog.scores.get(asked)
            if score is None and asked not in PLACEHOLDERS:
                yield f"no score {asked}"
            elif score and given["variant"] is not None and given["variant"] not in score.variants:
                yield f"{score.id} has no variant {given['variant']}"
        if given["generator"] is not None and given["generator"] not in code.generators():
            yield f"no generator {given['generator']}"
    if name == "reproduce":
        known = {*catalog.heads, *catalog.statements, *catalog.claims, *PLACEHOLDERS}
        known |= set(catalog.runs) if given["model_name"] is None and given["data"] is None else set()
        yield from (f"nothing is called {i}" for i in given["ids"] if i not in known)
        if given["data"] is not None and given["data"] not in PUBLISHED:
            yield f"no published data {given['data']}"


def test_every_command_on_a_generated_page_is_read_by_the_parser_and_names_what_exists(
    context: Context, blocks: list[tuple[str, Code]]
) -> None:
    """Each line of each shell block; the words after `headkb` go to click, pip's are those of a model's record."""
    found, wrong = set[str](), []
    installs = {model.package.install for model in context.catalog.models.values() if model.package}
    for path, block in blocks:
        for words in lines_of(block.text):
            found.add(" ".join(words[:2]))
            if words[0] == "headkb":
                wrong += [(path, shlex.join(words), fault) for fault in faults(context.catalog, words)]
            elif words[0] == "pip":
                assert shlex.join(words) in installs, path
            else:
                assert words[:3] == ["python", "-m", "organisms.train"], path
    assert wrong == []
    assert found == {"headkb score", "headkb reproduce", "headkb atlas", "headkb pattern", "pip install", "python -m"}


def test_commands_inside_sentences_are_read_by_the_parser_too(context: Context) -> None:
    """What stands between backticks in any text of a generated page: lines of `headkb` with an argument."""
    seen = 0
    for page in all_pages(context):
        for text in texts(page.body):
            for line in re.findall(r"`(headkb [^`]+ [^`]+)`", text):
                seen += 1
                wrong = list(faults(context.catalog, shlex.split(line.replace("…", ""))))
                if page.path.startswith("reference/"):  # docstrings name a command, and leave to it what it asks for
                    wrong = [fault for fault in wrong if not fault.startswith("Missing ")]
                assert wrong == [], (page.path, line)
    assert seen > 100


def test_a_wrong_command_is_found_by_this_test(real_catalog: Catalog) -> None:
    """The failure side: an unknown option, score, variant, model, run, data set and command."""
    for line, fault in {
        "headkb score induction --modle gpt2": "No such option",
        "headkb score induktion": "no score",
        "headkb score induction --variant none": "no variant",
        "headkb score induction --model gpt-2-small-ish": "no model",
        "headkb score induction --prompts many": "not a valid integer",
        "headkb reproduce gpt2-induction-1999-01-01 --check": "nothing is called",
        "headkb reproduce induction --data nowhere": "no published data",
        "headkb score": "Missing argument",
    }.items():
        assert any(fault in told for told in faults(real_catalog, shlex.split(line))), line
    for right in ("headkb score induction --model gpt2 --top 3", "headkb score --format headvis --model gpt2"):
        assert list(faults(real_catalog, shlex.split(right))) == []


def test_what_a_command_needs_stands_beside_it(context: Context, blocks: list[tuple[str, Code]]) -> None:
    """The extra of headkb in the label; above the command what pip installs for the weights of its model, where a package has them."""
    for path, block in blocks:
        *before, words = lines_of(block.text)
        if words[0] == "python":
            assert "clone of the repository" in block.label, path
            continue
        assert EXTRA in block.label, path
        run = context.catalog.runs.get(words[2]) if words[1] == "reproduce" else None
        installed = _installed(context.catalog, words, run)
        assert [shlex.join(line) for line in before] == ([installed] if installed else []), path


def _installed(catalog: Catalog, words: list[str], run: Run | None) -> str | None:
    """What pip installs for the model of a command, or for the quantised copy that stands in for it; a model of the hub is a fault."""
    name, given = parse(words)
    used = catalog.models[run.model if run else words[2] if name == "atlas" else given["model_name"]]
    if run is not None and run.model_source != "package":
        return None
    copies = [m for m in catalog.models.values() if m.quantisation_of == used.id and m.package]
    carried = used.package or (copies[0].package if copies else None)
    said = name == "score" and "Hugging Face hub" in str([score_nodes(asked) for asked in given["scores"]])
    assert carried or used.type in ("organism", "exact") or said, f"{used.id} comes from the hub, and nothing says so"
    return carried.install if carried else None


def run_like(context: Context, source: str) -> Run:
    """A recorded run with this source of its model."""
    return next(run for run in context.catalog.runs.values() if run.model_source == source and not run.prompts.file)


def test_each_source_of_a_model_has_its_needs(context: Context) -> None:
    """Published files with the tool that makes them, folders with HEADKB_MODELS, the hub, and nothing for what comes with headkb."""
    data = run_like(context, "published-data")
    told = str(needs_of(context, data))
    assert all(path in told for path in get_published(data.prompts.data or "").paths)
    assert "HEADKB_FIXTURES" in told
    notebook = next(r for r in context.catalog.runs.values() if (r.prompts.data or "").startswith("head-detector"))
    assert "tools/extract_notebook_data.py" in str(needs_of(context, notebook))
    assert "clone of TransformerLensOrg/TransformerLens" in str(needs_of(context, notebook))
    other = next(r for r in context.catalog.runs.values() if r.prompts.data == "transformer-explainer-0")
    assert "no tool" in str(needs_of(context, other))
    folder = run_like(context, "directory")
    assert "HEADKB_MODELS" in str(needs_of(context, folder))
    assert "hub" in str(needs_of(context, folder.model_copy(update={"model_source": "hub"})))
    gated = next(m.id for m in context.catalog.models.values() if m.gated)
    assert "terms" in str(needs_of(context, folder.model_copy(update={"model_source": "hub", "model": gated})))
    for source in ("exact", "package"):
        assert needs_of(context, run_like(context, source)) is None
    for run in context.catalog.runs.values():
        needed = run.model_source in ("published-data", "directory", "hub", "cache") or run.prompts.file is not None
        assert bool(needs_of(context, run)) == needed, run.id


def test_a_run_on_a_users_sentences_prints_what_such_a_user_types(context: Context) -> None:
    """The record alone cannot be rerun, so its page does not print the command that would be left out."""
    run = next(run for run in context.catalog.runs.values() if run.prompts.file)
    text = rerun_code(context, run).text
    assert f"headkb reproduce {run.claim} --model {run.model} --set file=" in text
    assert run.id not in text
    assert "is not kept" in str(needs_of(context, run))


def test_a_head_type_is_shown_on_a_public_model_unless_that_has_no_place_for_it(context: Context) -> None:
    """Where every recipe was tried on it in vain, the model that comes with headkb is named."""
    head = context.catalog.heads["induction"]
    assert "--model smollm2-135m-instruct" in detect_code(context, head).text
    model = context.catalog.models[SHOWN_ON]
    some = tuple(NotRun(head=head.id, recipe=recipe.id, reason="It is too long.") for recipe in head.recipes)

    def shown(not_run: tuple[NotRun, ...]) -> str:
        models = {**context.catalog.models, SHOWN_ON: model.model_copy(update={"not_run": not_run})}
        return detect_code(replace(context, catalog=replace(context.catalog, models=models)), head).text

    assert "--model organism-tasks" in shown(some)
    assert "--model smollm2-135m-instruct" in shown(some[1:])


def test_the_page_of_a_run_shows_its_needs_below_its_command(context: Context) -> None:
    """In the page itself, not in the function alone."""
    data = run_like(context, "published-data")
    text = page_markdown(run_page(context, data), context.links)
    assert text.index(f"headkb reproduce {data.id} --check") < text.index("HEADKB_FIXTURES")


WRITTEN = [*sorted((ROOT / "docs").rglob("*.md")), ROOT / "README.md", ROOT / "CONTRIBUTING.md"]


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_commands_in_the_documents_are_read_by_the_parser(path: Path, real_catalog: Catalog) -> None:
    """Lines of shell blocks that begin with headkb; scores and generators of a reader's own are those of plug-ins."""
    for block in re.findall(
        r"^```(?:shell|bash|console)[^\n]*\n(.*?)^```", path.read_text(encoding="utf-8"), re.M | re.S
    ):
        for words in lines_of(re.sub(r"^(?:_HEADKB_COMPLETE=.*|[A-Z_]+=\S+ (?=headkb))", "", block, flags=re.M)):
            if words[0] == "headkb" and "--plugin" not in words:
                assert list(faults(real_catalog, words)) == [], shlex.join(words)


def test_every_score_page_asks_for_as_many_prompts_as_can_be_made(
    blocks: list[tuple[str, Code]], one_thread: None
) -> None:
    """Of the generator of each score, in the words of the model that comes with headkb."""
    pytest.importorskip("torch")
    from headkb.models import load_model
    from headkb.prompts import make_prompts
    from headkb.scores import get_score

    loaded = load_model("organism-tasks")
    asked = {}
    for path, block in blocks:
        name, given = parse(lines_of(block.text)[-1]) if path.startswith("scores/") else ("", {})
        if name == "score" and given["variant"] is None:
            import headkb.methods  # noqa: F401 - registers the scores that need more than a pattern

            if given["scores"][0] not in ELSEWHERE:
                assert given["model_name"] == "organism-tasks", path
                asked[get_score(given["scores"][0]).prompts] = given["n"]
    assert len(asked) > 20
    for generator, n in asked.items():
        assert len(make_prompts(generator, loaded, n, 0)) == n, generator
