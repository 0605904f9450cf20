"""The registry of prompt generators, the one door to them, and the hash that names what they made."""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from headkb.errors import UnknownNameError
from headkb.prompts.acronyms import acronyms, greater_than
from headkb.prompts.arithmetic import arithmetic, digit_addition, shifted_addition
from headkb.prompts.choices import mcqa, true_false, yes_no
from headkb.prompts.colored_objects import colored_objects
from headkb.prompts.english import english_sentences
from headkb.prompts.facts import knowledge_conflict, lre_facts
from headkb.prompts.few_shot import few_shot, translation
from headkb.prompts.ioi import ioi
from headkb.prompts.labelled import category_lists, gendered_nouns, labelled_sentences
from headkb.prompts.logic import identity_rules, propositional, syllogisms
from headkb.prompts.markov import icl_markov, interleaved_markov, parity
from headkb.prompts.natural import dependency_sentences, english_paragraphs, induction_text, rare_words, subword_words
from headkb.prompts.needle import needle
from headkb.prompts.passages import concept_copying, multilingual_sentences, worked_solutions
from headkb.prompts.random_tokens import delimited_random_tokens, random_tokens, repeated_random_tokens
from headkb.prompts.sentence_pairs import (
    contractions,
    instruction_data,
    question_statements,
    reply_language,
    two_styles,
)
from headkb.prompts.sentiment import toy_mood_story, toy_movie_review
from headkb.prompts.succession import succession
from headkb.prompts.vocabulary import VocabularySource, vocabulary
from headkb.tensors import Prompts


@dataclass(frozen=True)
class Generator:
    """A way to make prompts.

    Attributes:
        id: Permanent name, kebab-case.
        version: Changes when the same seed gives other prompts.
        function: `(vocabulary, n, generator, **parameters) -> Prompts`.
        summary: What the prompts are, in one sentence.
        needs_tokenizer: Whether a bare vocabulary size is not enough.
    """

    id: str
    version: int
    function: Callable[..., Prompts]
    summary: str
    needs_tokenizer: bool = False

    @property
    def parameters(self) -> Mapping[str, Any]:
        """Keywords of the generator with their defaults."""
        signature = inspect.signature(self.function)
        return {p.name: p.default for p in signature.parameters.values() if p.kind is inspect.Parameter.KEYWORD_ONLY}


_ALL = (
    Generator(
        "repeated-random-tokens", 1, repeated_random_tokens, "A block of random tokens and the same block again."
    ),
    Generator("random-tokens", 1, random_tokens, "Random tokens without any structure."),
    Generator("english-sentences", 1, english_sentences, "English sentences written for headkb.", needs_tokenizer=True),
    Generator(
        "delimited-random-tokens", 1, delimited_random_tokens, "Random tokens in segments that one delimiter closes."
    ),
    Generator("icl-markov", 1, icl_markov, "Sequences from Markov chains, each prompt with a chain of its own."),
    Generator(
        "interleaved-markov",
        1,
        interleaved_markov,
        "Sequences whose symbols depend on one some places back, at a lag to be found out.",
    ),
    Generator("mcqa", 2, mcqa, "A question with lettered options.", needs_tokenizer=True),
    *(
        Generator(name, 1, function, summary, needs_tokenizer=True)
        for name, function, summary in (
            ("arithmetic", arithmetic, "Two operands, an operator, and the result asked for."),
            ("category-lists", category_lists, "A list of words, and the question which is of one kind."),
            ("concept-copying", concept_copying, "Random tokens with a word of several tokens, and the same again."),
            ("contractions", contractions, "English sentences with their apostrophes marked."),
            ("digit-addition", digit_addition, "Long additions with every digit of the sum written out."),
            ("gendered-nouns", gendered_nouns, "Sentences about an occupation, to be followed by she or he."),
            ("identity-rules", identity_rules, "Triples of arbitrary tokens after the rule ABA or ABB."),
            (
                "instruction-data",
                instruction_data,
                "An instruction and a text, with and without an injected instruction.",
            ),
            ("labelled-sentences", labelled_sentences, "Sentences of two topics with the labels foo and bar."),
            ("multilingual-sentences", multilingual_sentences, "The same sentences in five languages."),
            ("propositional", propositional, "Two chains of rules, facts, and the question for one conclusion."),
            ("question-statements", question_statements, "Questions beside statements of the same words."),
            ("reply-language", reply_language, "Questions with replies in the same or another language."),
            ("shifted-addition", shifted_addition, "Additions whose sums are all off by one."),
            ("syllogisms", syllogisms, "Two premises over letters, and the conclusion asked for."),
            ("two-styles", two_styles, "Answers in plain and in old-fashioned words."),
            ("worked-solutions", worked_solutions, "A sum about money thought through sentence by sentence."),
            ("acronyms", acronyms, "Three capitalised words and their acronym, one letter left out."),
            (
                "colored-objects",
                colored_objects,
                "Three things of different colours, and the colour of one of them asked for.",
            ),
            (
                "dependency-sentences",
                dependency_sentences,
                "English sentences with marked determiners, subjects and objects.",
            ),
            ("english-paragraphs", english_paragraphs, "Several English sentences in a row, each marked as a segment."),
            ("few-shot", few_shot, "A mapping from word to word shown by examples, and one more input."),
            ("greater-than", greater_than, "Something lasted from one year to a later one of the same century."),
            ("induction-text", induction_text, "A passage of English and the same passage again."),
            ("ioi", ioi, "Two names, one of them again, and the question who is left."),
            ("knowledge-conflict", knowledge_conflict, "A fact that the context contradicts."),
            ("lre-facts", lre_facts, "Facts of common knowledge, a subject and its attribute."),
            ("needle", needle, "A sentence hidden in a long text, and a question that only it answers."),
            ("parity", parity, "Bits, and their parity written out step by step."),
            ("rare-words", rare_words, "English sentences of common words with one rare word each."),
            ("subword-words", subword_words, "English sentences with words that tokenizers split."),
            ("succession", succession, "Numbers, days, months and letters, and the question what comes next."),
            ("toy-mood-story", toy_mood_story, "Two people of opposite tastes, and how one of them feels."),
            ("toy-movie-review", toy_movie_review, "A film praised or damned, and a conclusion to be drawn."),
            ("translation", translation, "English words with their French or German translations."),
            ("true-false", true_false, "Short statements of common knowledge, half of them true."),
            ("yes-no", yes_no, "Questions to be answered with Yes or No, both named in the instruction."),
        )
    ),
)

GENERATORS: dict[str, Generator] = {generator.id: generator for generator in _ALL}


def make_prompts(name: str, source: VocabularySource, n: int, seed: int = 0, **parameters: Any) -> Prompts:
    """Prompts of a generator, the same for the same arguments on every machine.

    Args:
        name: Id of the generator.
        source: The loaded model, its tokenizer, or the size of its vocabulary if it has none.
        n: Number of prompts.
        seed: Seed of all randomness.
        **parameters: Keywords of the generator, e.g. `period=25, bos="first"`.

    Returns:
        Prompts whose meta names the generator, its version, the seed, the tokenizer and every parameter, defaults included;
        for a loaded model also `causal`, whether its queries see only keys at or before them.

    Raises:
        UnknownNameError: If there is no such generator, or it has no such parameter.
        HeadkbError: If the prompts cannot be made as asked.

    Example:
        >>> make_prompts("repeated-random-tokens", 512, n=2, period=3, bos="none").tokens.shape
        torch.Size([2, 6])
    """
    if name not in GENERATORS:
        raise UnknownNameError("prompt generator", name, GENERATORS, f"There are {', '.join(GENERATORS)}.")
    generator = GENERATORS[name]
    for key in parameters:
        if key not in generator.parameters:
            known = ", ".join(generator.parameters)
            raise UnknownNameError(f"parameter of {name}", key, generator.parameters, f"It has {known}.")
    words = vocabulary(source)
    made = generator.function(words, n, torch.Generator().manual_seed(seed), **parameters)
    facts = {
        "generator": name,
        "generator_version": generator.version,
        "n": n,
        "seed": seed,
        "tokenizer": words.name,
        "parameters": {**generator.parameters, **parameters},
    }
    if isinstance(getattr(source, "causal", None), bool):
        facts["causal"] = source.causal
    return replace(made, meta={**facts, **made.meta})


def prompts_hash(prompts: Prompts) -> str:
    """SHA-256 over what a model and a score see: tokens, mask and named positions, with their shapes.

    Ids under padding do not count, nor does `meta`, so the same inputs made in another way have the same hash.

    Example:
        >>> prompts_hash(Prompts.of(torch.tensor([[1, 2]])))[:8]
        '26bba041'
    """
    digest = hashlib.sha256(b"headkb prompts 1")

    def add(name: str, tensor: Tensor) -> None:
        whole = tensor.detach().cpu().long().contiguous()
        digest.update(f"\n{name} {tuple(whole.shape)} ".encode())
        digest.update(whole.numpy().astype("<i8").tobytes())

    add("tokens", prompts.tokens.masked_fill(~prompts.mask, -1))
    add("mask", prompts.mask)
    for name in sorted(prompts.positions):
        add(name, prompts.positions[name])
    if prompts.decoder is not None:
        digest.update(f"\ndecoder {prompts_hash(prompts.decoder)}".encode())
    return digest.hexdigest()
