"""Record for each head type with a recipe where one head of it looks in one text: `catalog/heads/<type>.pattern.json`.

    python tools/record_patterns.py                 every head type of which a run is recorded
    python tools/record_patterns.py induction       this one
    python tools/record_patterns.py --plan          only say which head of which model would be taken

A public model that shows the type comes first, then one that shows it in part, then an organism that shows it; where none does, the
head with the highest score of a public model is taken, then of an organism, and last of all of an exact model.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from headkb import Catalog, HeadkbError, load_catalog
from headkb.catalog.atlas import pattern_text
from headkb.catalog.patterns import MAX_BYTES, MOST, HeadPattern, PatternPrompt, pattern_file, pattern_path
from headkb.catalog.schema import Head, HeadIndex, Run
from headkb.catalog.showing import meeting_all, newest_by_recipe
from headkb.catalog.writing import write_text
from headkb.models import LoadedModel, load_model
from headkb.prompts import make_prompts, vocabulary
from headkb.reproduce.measure import versions
from headkb.reproduce.text_pattern import text_pattern

CATALOG = Path(__file__).parent.parent / "catalog"
IDEAL = 20
"""Tokens of the prompt that would be best; the nearest is taken."""
MODELS = ("smollm2-135m-instruct-q4-1", "gemma-3-270m-q4-k-m", "all-minilm-l6-v2")
"""Public models, the first before the others where they show the same."""
WORDS = ("shown", "partly", "against", "undecided", "not-shown")
"""What a model shows of a type, the first before the others."""
TWICE = "My neighbour Tilda grows purple beans. My neighbour Tilda grows purple beans."
OWN: Mapping[str, str] = {
    "repeated-random-tokens": TWICE,
    "concept-copying": TWICE,
    "icl-markov": "red blue blue red green blue red green blue red green blue red green",
    "interleaved-markov": "red blue blue red green blue red green blue red green blue red green",
    "delimited-random-tokens": "The kettle sang, the cat slept, rain fell, and nobody spoke.",
    "identity-rules": "cup tin cup, pen jar pen, hat box hat, map key",
    "worked-solutions": "A pen costs two coins and a book costs five. Wait, I should check that. Together they cost seven coins.",
}
"""Generator of random tokens, or of long texts → a text that asks for the same and can be read; written for headkb."""
PLAIN = "english-sentences"
"""What takes the place of random tokens where no order of them is asked for, and of prompts where weights alone are read."""
SHORTER: Mapping[str, Mapping[str, Any]] = {
    "needle": {"length": 10},
    "english-paragraphs": {"sentences": 2},
    "few-shot": {"shots": 3},
    "translation": {"shots": 2},
    "labelled-sentences": {"shots": 2},
    "propositional": {"shots": 0},
    "shifted-addition": {"shots": 1},
    "colored-objects": {"shots": 0},
}
"""Generator of long prompts → what makes them short enough to be seen at once."""


@dataclass(frozen=True)
class Choice:
    """The head of a type that is drawn, and the run that it was chosen by."""

    head_type: str
    run: Run
    head: HeadIndex


@click.command()
@click.argument("types", nargs=-1)
@click.option("--plan", is_flag=True, help="Only say what would be recorded.")
def main(types: tuple[str, ...], plan: bool) -> None:
    """Record the patterns of the head types TYPES, by default of all with a recipe and a run."""
    catalog = load_catalog(CATALOG)
    heads = [catalog.resolve("heads", name) for name in types] or list(catalog.heads.values())
    choices = [choice for head in heads if (choice := chosen(catalog, head)) is not None]
    for choice in sorted(choices, key=lambda c: (c.run.model, c.head_type)) if plan else ():
        click.echo(f"{choice.head_type:<24} {choice.run.model} {choice.head} by {choice.run.recipe}")
    failed = 0
    for model in () if plan else sorted({choice.run.model for choice in choices}):
        loaded = load_model(model, catalog_models=catalog.models)
        for choice in choices:
            if choice.run.model == model:
                try:
                    pattern = record(loaded, choice)
                except HeadkbError as error:
                    failed += 1
                    click.echo(f"{choice.head_type}: {error}", err=True)
                    continue
                click.echo(f"{choice.head_type:<24} {model} {choice.head}: {len(pattern.tokens)} tokens")
    raise SystemExit(1 if failed else 0)


def chosen(catalog: Catalog, head: Head) -> Choice | None:
    """The head of a type to be drawn; None without a run of one of its recipes."""
    found: list[tuple[tuple[int, int, str], Choice]] = []
    by_model: dict[str, list[Run]] = {}
    for run in catalog.runs_of_head.get(head.id, []):
        by_model.setdefault(run.model, []).append(run)
    for model, of_model in by_model.items():
        runs = newest_by_recipe(of_model)
        if not runs or runs.keys().isdisjoint(recipe.id for recipe in head.recipes):
            continue
        showing = catalog.evidence.showings.get((head.id, model))
        word = showing.word if showing else "not-shown"
        kind = catalog.models[model].type
        shows = WORDS.index(word) if word in WORDS else len(WORDS)
        order = {"public": shows if shows < 2 else 3, "organism": 2 if not shows else 4}.get(kind, 5)
        named = MODELS.index(model) if model in MODELS else len(MODELS)
        choice = strongest(catalog, head, runs, showing.heads if showing else ())
        found.append(((10 * order + shows, named, model), choice))
    return min(found, key=lambda pair: pair[0])[1] if found else None


def strongest(catalog: Catalog, head: Head, runs: Mapping[str, Run], shown: tuple[HeadIndex, ...]) -> Choice:
    """The head of one model: the first that the type is shown for, else that meets most, and the run of the recipe that tells of it."""
    defining = {name: runs[name] for name in head.defining if name in runs}
    ordered = [*defining.values(), *(run for name, run in runs.items() if name not in defining)]
    # What reads patterns is what the figure shows.
    ordered.sort(key=lambda run: "pattern" not in catalog.scores[run.score].needs)
    for heads in (shown, meeting_all(head, defining)):
        if heads:
            return Choice(head.id, ordered[0], heads[0])
    for run in [*(run for run in ordered if run.recipe in defining), *ordered]:
        if run.heads:
            return Choice(head.id, run, run.heads[0])
    run = next((run for run in ordered if run.recipe in defining), ordered[0])
    # Some scores have one number for the whole model, or none: then there is nothing to order by.
    first = min if run.higher_is == "less" else max
    scores = run.scores()
    return Choice(head.id, run, first(scores, key=lambda h: scores[h]))


def record(loaded: LoadedModel, choice: Choice) -> HeadPattern:
    """Record one pattern."""
    prompt, text, start = text_of(loaded, choice.run)
    seen = text_pattern(loaded, text, most=MOST)
    rows = seen.weights[choice.head.layer, choice.head.head].tolist()
    passport = loaded.passport
    pattern = HeadPattern(
        model=choice.run.model,
        head=choice.head,
        run=choice.run.id,
        model_source=passport.source,
        **({"revision": passport.revision} if passport.revision else {}),
        weights_sha256=str(passport.weights_sha256),
        dtype=passport.dtype,
        **({"prompt": prompt} if prompt else {}),
        text=text,
        tokens=seen.tokens,
        start=strongest_query(rows) if start is None else start,
        pattern=pattern_text(rows),
        versions=versions(),
        date=datetime.now(UTC).date().isoformat(),
    )
    written = pattern_file(pattern)
    if len(written.encode()) > MAX_BYTES:
        raise HeadkbError(f"the pattern has {len(written.encode())} bytes, more than {MAX_BYTES}.")
    write_text(pattern_path(CATALOG, choice.head_type), written)
    return pattern


def text_of(loaded: LoadedModel, run: Run) -> tuple[PatternPrompt | None, str, int | None]:
    """A text as the run's prompts are, its generator where it has one, and the query that the score reads, if it reads one."""
    generator = run.prompts.generator
    if generator is not None and generator in OWN:
        return None, OWN[generator], None
    if generator in (None, "random-tokens", "noise-inputs") or not catalog_needs_prompts(run):
        generator, parameters = PLAIN, {}
    else:
        parameters = dict(run.prompts.parameters)
    query = run.score_parameters.get("query")
    for more in ({}, SHORTER.get(generator or "", {})):
        best = min(prompts_as_text(loaded, str(generator), run, {**parameters, **more}, query), default=None)
        if best is not None:
            _, number, text, start = best
            prompt = PatternPrompt(
                generator=str(generator), seed=run.prompts.seed or 0, number=number, parameters={**parameters, **more}
            )
            return prompt, text, start
    raise HeadkbError(f"no prompt of {generator} has {MOST} tokens or fewer, and comes back from its text.")


def catalog_needs_prompts(run: Run) -> bool:
    """Whether the score read prompts at all."""
    return run.prompts.n is not None


def prompts_as_text(
    loaded: LoadedModel, generator: str, run: Run, parameters: Mapping[str, Any], query: Any
) -> Iterator[tuple[int, int, str, int | None]]:
    """Distance from the best length, number, text and query of each prompt that is short enough and that its text gives again."""
    parameters = {key: value for key, value in parameters.items() if key != "part"}
    try:
        prompts = make_prompts(generator, loaded, min(run.prompts.n or 8, 40), run.prompts.seed or 0, **parameters)
    except HeadkbError:
        return
    given = prompts.meta.get("texts", ())
    words = vocabulary(loaded)
    before, after = words.around("auto")
    for number, row in enumerate(prompts.tokens):
        ids = row[prompts.mask[number]].tolist()
        if len(ids) > MOST:
            continue
        spelt = loaded.tokenizer.decode(ids[len(before) : len(ids) - len(after)]) if loaded.tokenizer else ""
        told = (*given[number : number + 1], spelt)
        texts = [text for text in told if text and [*before, *words.text_of(text), *after] == ids]
        if texts:
            places = prompts.positions.get(str(query))
            place = None if places is None else int(places[number].flatten()[-1])
            start = place if place is not None and 0 <= place < len(ids) else None
            yield abs(len(ids) - IDEAL), number, texts[0], start


def strongest_query(rows: list[list[float]]) -> int:
    """The query in the second half of the text that looks most at one other token than the first; the last where none does."""
    n = len(rows)
    weight = {q: max([w for k, w in enumerate(rows[q]) if k not in (0, q)], default=0.0) for q in range(n // 2, n)}
    return max(weight, key=lambda q: weight[q])


if __name__ == "__main__":
    main()
