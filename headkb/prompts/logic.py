"""Logic: propositional problems with two chains, syllogisms of letters, and identity rules over arbitrary tokens."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from typing import Annotated, Literal

import torch

from headkb.errors import HeadkbError
from headkb.keywords import Range
from headkb.prompts.drafts import Draft, Drafts, collect
from headkb.prompts.lines import Line, Reading, Unfit, encoded, fill, pick
from headkb.prompts.registry import generator
from headkb.prompts.vocabularies import Bos, Vocabulary
from headkb.tensors import Prompts

LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"


@generator("propositional", version=1, needs_tokenizer=True)
def propositional(
    vocabulary: Vocabulary,
    n: int,
    generator: torch.Generator,
    *,
    shots: Annotated[int, Range(0, 64)] = 4,
    bos: Bos = "auto",
) -> Drafts:
    """Two chains of one rule each, their facts, and the question for one conclusion; corrupted, for the other.

    The first chain is a disjunction of which one half is true, the second has one premise. The proof begins with the true fact that the
    queried rule needs, so its letter is the answer.

    Args:
        n: The disjunction and the other chain are asked about in turn.
        shots: Worked examples before the problem, 0 or more.

    Returns:
        Positions, all in the final problem: `queried_rule` and `other_rule`, whole sentences; `query`, the letter asked about; `from_query`, that
        letter and all after it; `fact`, the sentence that the proof begins with; `answer`, the letter in it; `end`. Paired: `answers`, that
        letter; `wrong`, the one that the other question would need. Meta: `chain` of each prompt.

    Source:
        guanzhehong/prop-logic-transformer-circuit@1b3ad37bc413 helpers/disj_problem_generation.py: one disjunctive and one linear chain, four
        worked examples, proofs that begin with the fact used, pairs that differ in the query; wording ours.
    """

    def problem(count: int) -> tuple[str, dict[bool, tuple[Line, str]]]:
        p, q, r, s, t = pick(LETTERS, generator, 5)
        true, false = pick([p, q], generator, 2)
        disjunction = count % 2 == 0
        swap = bool(torch.randint(2, (1,), generator=generator))
        mix = pick(range(3), generator, 3)
        versions: dict[bool, tuple[Line, str]] = {}
        for asked in (disjunction, not disjunction):
            needed, other = (true, s) if asked else (s, true)
            rules = [f"{p} or {q} implies {r}.", f"{s} implies {t}."]
            marked = [
                f"{{={rule}:{'queried_rule' if (at == 0) == asked else 'other_rule'}}}" for at, rule in enumerate(rules)
            ]
            facts = [(letter, letter != false) for letter in (p, q, s)]
            sentences = [_fact(*facts[at], needed) for at in mix]
            template = (
                f"Rules: {' '.join(marked[::-1] if swap else marked)} Facts: {' '.join(sentences)} "
                f"Question: what is the truth value of {{={r if asked else t}:query}}? Answer:"
            )
            proof = f" {needed} is true. {rules[0 if asked else 1][:-1]}; {r if asked else t} is true. "
            versions[asked] = (fill(template, {}, f" {needed}", f" {other}"), proof)
        return ("disjunction" if disjunction else "linear"), versions

    for count in itertools.count():
        before = ""
        for shot in range(shots):
            _, versions = problem(shot)
            line, proof = versions[shot % 2 == 0]
            before += line.text + proof
        chain, versions = problem(count)
        first = count % 2 == 0
        lines = [_behind(before, versions[asked][0]) for asked in (first, not first)]
        yield Draft(lines[0], lines[1], {"chain": chain})


def _fact(letter: str, true: bool, needed: str) -> str:
    text = f"{letter} is {'true' if true else 'false'}."
    return f"{{={text}:fact}}" if letter == needed else text


def _behind(before: str, line: Line) -> Line:
    """The line after some text, with `answer` and `from_query` marked too."""
    shift = len(before)
    marks = [(name, start + shift, stop + shift) for name, start, stop in line.marks]
    text = before + line.text
    fact = next(start for name, start, _ in marks if name == "fact")
    query = next(start for name, start, _ in marks if name == "query")
    marks += [("answer", fact, fact + 1), ("from_query", query, len(text))]
    return Line(text, tuple(marks), line.right, line.wrong)


@generator("syllogisms", version=1, needs_tokenizer=True)
def syllogisms(vocabulary: Vocabulary, n: int, generator: torch.Generator, *, bos: Bos = "auto") -> Drafts:
    """Letters in the form "All A are B. All B are C. Therefore, all A are"; corrupted, with another middle term in the second premise.

    Returns:
        Positions: `subject`, the first A; `middle1` and `middle2`, the middle term in either premise; `predicate`, C; `end`. Paired: `answers`, C;
        `wrong`, B.

    Source:
        Kim et al. 2024 (arXiv:2408.08590), abstract: symbolic syllogisms, the conclusion's term against the middle term.
    """
    template = "All {a:subject} are {b:middle1}. All {x:middle2} are {c:predicate}. Therefore, all {a} are"

    while True:
        a, b, c, d = pick(LETTERS, generator, 4)
        lines = [fill(template, {"a": a, "b": b, "c": c, "x": x}, f" {c}", f" {b}") for x in (b, d)]
        yield Draft(lines[0], lines[1])


@generator("identity-rules", version=1, needs_tokenizer=True)
def identity_rules(
    vocabulary: Vocabulary,
    n: int,
    generator: torch.Generator,
    *,
    rule: Literal["both", "ABA", "ABB"] = "both",
    shots: Annotated[int, Range(1, 64)] = 2,
    bos: Bos = "auto",
) -> Prompts:
    """Triples of arbitrary tokens that follow ABA or ABB, the last one open; corrupted, the other rule with the same third tokens.

    `x ^ y ^ x` in one version is `y ^ x ^ x` in the other, and the open triple `p ^ q ^` is `q ^ p ^`: the literal answer is p in both, but it
    plays another role. A head that carries the token changes nothing when patched between them; one that carries the role calls for q.

    Args:
        vocabulary: Items are single tokens of letters, whatever they are.
        rule: Which rule the clean prompts follow; `both`, in turn.
        shots: Whole triples, 1 or more.

    Returns:
        Positions: `first`, `second`, `third`, of the whole triples; `open`, the two items of the open one; `end`. Paired: `answers`, p; `wrong`, q, what the other rule would give. Meta:
        `rules` of each prompt; `signs`, what stands between items and after a triple, which depends on the tokenizer.

    Source:
        Yang et al. 2025 (arXiv:2502.20332) and yukang123/LLMSymbMech@f8e67c90dcaa tasks/identity_rules/cma.py, `abstract` context pairs.
    """
    between, after = _signs(vocabulary)
    items = letter_tokens(vocabulary, 2 * shots + 2, "identity-rules")

    def drafts() -> Iterator[Draft]:
        for count in itertools.count():
            clean_form = rule if rule != "both" else ("ABA", "ABB")[count % 2]
            drawn = pick(items, generator, 2 * shots + 2)
            pairs = [(drawn[2 * at], drawn[2 * at + 1]) for at in range(shots + 1)]
            readings = []
            for form in (clean_form, "ABB" if clean_form == "ABA" else "ABA"):
                ids: list[int] = []
                marks: dict[str, list[int]] = {"first": [], "second": [], "third": [], "open": []}
                for at, (x, y) in enumerate(pairs):
                    triple = (x, y, x) if form == "ABA" else (y, x, x)
                    for place, item in zip(marks, triple if at < shots else triple[:2], strict=False):
                        marks[place if at < shots else "open"].append(len(ids))
                        ids += [item, *between]
                    if at < shots:
                        ids = [*ids[: len(ids) - len(between)], *after]
                p, q = pairs[-1]
                readings.append(Reading(ids, marks, p, q))
            yield Draft(readings[0], readings[1], {"rules": clean_form})

    signs = [vocabulary.decode(sign) for sign in (between[-1], after[-1])] if vocabulary.decode else []
    return collect(vocabulary, n, drafts(), bos, "identity-rules", signs=signs)


def _signs(vocabulary: Vocabulary) -> tuple[list[int], list[int]]:
    """What stands between items and after a triple: ^ and a line break where the tokenizer has them, else comma and full stop."""
    for between, after in ((" ^", "\n"), (",", ".")):
        try:
            return encoded(vocabulary, between), encoded(vocabulary, after)
        except Unfit:
            continue
    raise HeadkbError(f"identity-rules: {vocabulary.name} has neither ^ and a line break nor comma and full stop.")


def letter_tokens(vocabulary: Vocabulary, least: int, what: str) -> list[int]:
    """Ordinary tokens that are nothing but letters, with or without a space before them.

    Raises:
        HeadkbError: If there are fewer than `least`.
    """
    if vocabulary.encode is None or vocabulary.decode is None:
        vocabulary.text_of("")  # raises, and says what to pass
    assert vocabulary.decode is not None
    letters = [id_ for id_ in vocabulary.drawable.tolist() if re.fullmatch(r" ?[A-Za-z]+", vocabulary.decode(id_))]
    if len(letters) < least:
        raise HeadkbError(f"{what}: {vocabulary.name} has {len(letters)} tokens of letters; {least} are needed.")
    return letters
