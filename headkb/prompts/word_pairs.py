"""Known pairs: a mapping shown by examples, translation, and facts, alone or against a context that says otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

import torch

from headkb.errors import HeadkbError, UnknownNameError
from headkb.keywords import Range
from headkb.prompts.drafts import Draft, Drafts, collect
from headkb.prompts.lines import Line, fill, pick
from headkb.prompts.lists import FRENCH, GERMAN, RELATIONS, TASKS, Relation
from headkb.prompts.registry import generator
from headkb.prompts.vocabularies import Bos, Vocabulary
from headkb.tensors import Prompts


@generator("few-shot", version=1, needs_tokenizer=True)
def few_shot(
    vocabulary: Vocabulary,
    n: int,
    generator: torch.Generator,
    *,
    task: str = "antonym",
    shots: Annotated[int, Range(2, 64)] = 5,
    bos: Bos = "auto",
) -> Prompts:
    """Examples of a task as question and answer, then a question; corrupted, the same with the answers of the examples shuffled.

    Args:
        task: A name in `TASKS`.
        shots: Examples before the question, at least 2.

    Returns:
        Positions: `inputs` and `labels`, of the examples, all their tokens; `query`, the input asked for; `end`. Paired: `answers`; `wrong`, the
        label of an example; `corrupted`, no label beside its own input; `task`.

    Source:
        Todd et al. 2023 (arXiv:2310.15213): the form "Q: … A: …" and the shuffled labels; the lists are ours.
    """
    if task not in TASKS:
        raise UnknownNameError("task of few-shot", task, TASKS, f"There are {', '.join(TASKS)}.")
    drafts = _drafts(TASKS[task], shots, "Q: ", "\nA: ", "\n\n", generator, "few-shot")
    return collect(vocabulary, n, drafts, bos, "few-shot", task=task)


@generator("translation", version=1, needs_tokenizer=True)
def translation(
    vocabulary: Vocabulary,
    n: int,
    generator: torch.Generator,
    *,
    language: Literal["french", "german"] = "french",
    shots: Annotated[int, Range(0, 64)] = 3,
    corruption: Literal["examples", "language"] = "examples",
    bos: Bos = "auto",
) -> Prompts:
    """English words and their translations side by side, the last translation left out.

    Args:
        language: `french` or `german`.
        shots: Examples before the question, at least 2; with the corruption `language`, 0 or more.
        corruption: `examples`: their translations shuffled. `language`: everything the same, but the other language asked for; the rival is
            then that language's word.

    Returns:
        As `few_shot`: `inputs`, `labels`, `query`, `end`; `answers`, `wrong`, `corrupted`. With the corruption `language` the form is a question
        for one word, and `languages` are the words that name either language.

    Source:
        Written for headkb; the pairs are dictionary knowledge.
    """
    pairs = FRENCH if language == "french" else GERMAN
    if corruption == "language":
        return collect(vocabulary, n, _named_language(language, shots, generator), bos, "translation")
    drafts = _drafts(pairs, shots, "English: ", f". {language.capitalize()}: ", ". ", generator, "translation")
    return collect(vocabulary, n, drafts, bos, "translation")


def _named_language(language: str, shots: int, generator: torch.Generator) -> Iterator[Draft]:
    """Words to be translated into a language that is named; examples translate into either, so only the name tells which."""
    words = {"french": dict(FRENCH), "german": dict(GERMAN)}
    other = "german" if language == "french" else "french"
    both = [word for word in words["french"] if word in words["german"]]
    if not 0 <= shots < len(both):
        raise HeadkbError(f"shots is {shots}; translation needs 0 to {len(both) - 1}.")
    while True:
        *examples, query = pick(both, generator, shots + 1)
        kinds = [(language, other)[at % 2] for at in range(shots)]
        before = "".join(
            f"English to {kind.capitalize()}: {word} = {words[kind][word]}. "
            for kind, word in zip(kinds, examples, strict=True)
        )
        right, wrong = words[language][query], words[other][query]
        lines = [
            fill(f"{before}{{=English:languages}} to {{={name}:languages}}: {{={query}:query}} =", {}, *answers)
            for name, answers in (
                (language.capitalize(), (f" {right}", f" {wrong}")),
                (other.capitalize(), (f" {wrong}", f" {right}")),
            )
        ]
        yield Draft(lines[0], lines[1])


def _drafts(
    pairs: tuple[tuple[str, str], ...],
    shots: int,
    before: str,
    between: str,
    after: str,
    generator: torch.Generator,
    what: str,
) -> Iterator[Draft]:
    """Endless few-shot prompts; the wrong answer is the label of the first example."""
    if not 2 <= shots < len(pairs):
        raise HeadkbError(f"shots is {shots}; {what} needs 2 to {len(pairs) - 1}.")
    while True:
        *examples, (query, right) = pick(pairs, generator, shots + 1)
        labels = [label for _, label in examples]
        turn = 1 + int(torch.randint(shots - 1, (1,), generator=generator))
        moved = labels[turn:] + labels[:turn]  # no label stays at its place
        lines = []
        for order in (labels, moved):
            text, marks = "", list[tuple[str, int, int]]()
            for (word, _), label in zip(examples, order, strict=True):
                text += before
                marks.append(("inputs", len(text), len(text) + len(word)))
                text += word + between
                marks.append(("labels", len(text), len(text) + len(label)))
                text += label + after
            text += before
            marks.append(("query", len(text), len(text) + len(query)))
            text += query + between.rstrip(" ")
            lines.append(Line(text, tuple(marks), f" {right}", f" {labels[0]}"))
        yield Draft(lines[0], lines[1])


def _chosen(relation: str) -> dict[str, Relation]:
    if relation != "all" and relation not in RELATIONS:
        raise UnknownNameError("relation", relation, RELATIONS, f"There are all, {', '.join(RELATIONS)}.")
    return RELATIONS if relation == "all" else {relation: RELATIONS[relation]}


def _shuffled(relation: str, generator: torch.Generator) -> list[tuple[str, str, str]]:
    """(relation, subject, attribute) of every fact, in the order of the seed."""
    facts = [(name, *fact) for name, known in _chosen(relation).items() for fact in known.facts]
    return pick(facts, generator, len(facts))


def _others(name: str, without: str, generator: torch.Generator) -> list[tuple[str, str]]:
    """Facts of the relation with another attribute, in random order."""
    facts = [fact for fact in RELATIONS[name].facts if fact[1] != without]
    return pick(facts, generator, len(facts))


@generator("lre-facts", version=2, needs_tokenizer=True, derived={"subject_last": ("subject", 0)})
def lre_facts(
    vocabulary: Vocabulary, n: int, generator: torch.Generator, *, relation: str = "all", bos: Bos = "auto"
) -> Drafts:
    """Facts of common knowledge, each asked for once: "The capital city of France is".

    Args:
        n: At most the number of facts that the tokenizer can write.
        relation: A name in `RELATIONS`, or `all`.

    Returns:
        Positions: `subject`, all its tokens; `subject_last`; `relation`; `end`. Paired: `answers`, the attribute; `wrong`, that of another subject;
        `corrupted`, that other subject in the same sentence; `relation` and `subject`, of each prompt.

    Source:
        Hernandez et al. 2023 (arXiv:2308.09124) for the form; relations, wording and facts are ours.
    """
    for name, subject, attribute in _shuffled(relation, generator):
        template, named = RELATIONS[name].template, {"relation": name, "subject": subject}
        yield [
            Draft(
                fill(template, {"subject": subject}, f" {attribute}", f" {wrong}"),
                fill(template, {"subject": other}, f" {wrong}", f" {attribute}"),
                named,
            )
            for other, wrong in _others(name, attribute, generator)
        ]


@generator("knowledge-conflict", version=2, needs_tokenizer=True, derived={"subject_last": ("subject", 0)})
def knowledge_conflict(
    vocabulary: Vocabulary,
    n: int,
    generator: torch.Generator,
    *,
    relation: str = "all",
    right: Literal["memory", "context"] = "memory",
    bos: Bos = "auto",
) -> Drafts:
    """Facts that the context contradicts: the text states another attribute, then the same sentence is to be finished.

    Args:
        n: At most the number of facts that the tokenizer can write.
        relation: A name in `RELATIONS`, or `all`.
        right: Which answer counts as right: the true attribute (`memory`) or the stated one (`context`).

    Returns:
        Positions: `context_subject` and `context_answer`, in the false statement; `subject`, `subject_last`; `relation`; `end`. Paired: `answers` and
        `wrong`, one of them memory's, one the context's; `corrupted`, the same text with the true attribute stated, so that both agree;
        `relation` and `subject`, of each prompt.

    Source:
        Jin et al. 2024 (arXiv:2402.18154) for the kind of prompt; wording and facts are ours.
    """
    for name, subject, attribute in _shuffled(relation, generator):
        asked = RELATIONS[name].template
        statement = asked.replace("{subject:subject}", "{subject:context_subject}").replace(":relation}", "}")
        template = f"{statement} {{stated:context_answer}}. {asked}"
        versions = []
        for _, stated in _others(name, attribute, generator):
            answers = (f" {attribute}", f" {stated}") if right == "memory" else (f" {stated}", f" {attribute}")
            versions.append(
                Draft(
                    fill(template, {"subject": subject, "stated": stated}, *answers),
                    fill(template, {"subject": subject, "stated": attribute}, *answers),
                    {"relation": name, "subject": subject},
                )
            )
        yield versions
