"""Facts: a subject and what is true of it, alone or against a context that says otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import torch

from headkb.errors import UnknownNameError
from headkb.prompts.drafts import Draft, collect
from headkb.prompts.lines import fill, pick
from headkb.prompts.lists import RELATIONS, Relation
from headkb.prompts.registry import generator
from headkb.prompts.vocabularies import Bos, Vocabulary
from headkb.tensors import Prompts


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


@generator("lre-facts", version=1, needs_tokenizer=True)
def lre_facts(
    vocabulary: Vocabulary, n: int, generator: torch.Generator, *, relation: str = "all", bos: Bos = "auto"
) -> Prompts:
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

    def drafts() -> Iterator[list[Draft]]:
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

    return collect(vocabulary, n, drafts(), bos, "lre-facts", derived={"subject_last": ("subject", 0)})


@generator("knowledge-conflict", version=1, needs_tokenizer=True)
def knowledge_conflict(
    vocabulary: Vocabulary,
    n: int,
    generator: torch.Generator,
    *,
    relation: str = "all",
    right: Literal["memory", "context"] = "memory",
    bos: Bos = "auto",
) -> Prompts:
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

    def drafts() -> Iterator[list[Draft]]:
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

    return collect(vocabulary, n, drafts(), bos, "knowledge-conflict", derived={"subject_last": ("subject", 0)})
