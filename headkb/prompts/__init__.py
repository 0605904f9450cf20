"""Prompts: the token inputs that scores are defined on, seeded, with the positions of interest.

`make_prompts(name, source, n, seed, **parameters)` is the one door; `GENERATORS` lists what there is, and the decorator `generator` adds
to it; `text_prompts` and `fitted_prompts` take texts and token ids of one's own. The generators themselves are exported, too. Each is a function `(vocabulary, n, generator, *, bos="auto", …) -> Prompts`, and its
docstring says only what is special about it. They all take:

    vocabulary   the tokens to write with, a `Vocabulary`; one of a tokenizer where the prompts are text
    n            number of prompts, 1 or more
    generator    the `torch.Generator` that all randomness comes from, on the CPU, so that a seed gives the same prompts on every machine
    bos          what stands around each prompt: `none`, `first` (BOS or [CLS] before it), or `auto`, whatever the tokenizer itself puts there
                 (not of `noise_inputs`, which holds no tokens)
    low, high    generators of random tokens only: smallest id to draw, and first id not to draw

and return `headkb.tensors.Prompts`: tokens padded on the right; `positions`, `[prompt]` or `[prompt, k]` padded with -1, of which `end` is
the last token of a text; where something is asked, `paired["answers"]` and `paired["wrong"]`, the first token of the right and of the
wrong answer, and `corrupted`, the same number of prompts with one thing changed. All raise `HeadkbError` where a tokenizer cannot write
them, and `UnknownNameError` for a choice that they do not have.
"""

from headkb.prompts.binding import colored_objects, ioi
from headkb.prompts.choices import mcqa, true_false, yes_no
from headkb.prompts.inside_words import acronyms, greater_than
from headkb.prompts.labelled import category_lists, gendered_nouns, labelled_sentences, toy_mood_story, toy_movie_review
from headkb.prompts.lists import SENTENCES
from headkb.prompts.logic import identity_rules, propositional, syllogisms
from headkb.prompts.markov import icl_markov, interleaved_markov, parity
from headkb.prompts.natural import (
    dependency_sentences,
    english_paragraphs,
    english_sentences,
    induction_text,
    rare_words,
    subword_words,
)
from headkb.prompts.noise import noise_inputs
from headkb.prompts.own import fitted_prompts, text_prompts
from headkb.prompts.passages import concept_copying, multilingual_sentences, needle, worked_solutions
from headkb.prompts.pronouns import coreference
from headkb.prompts.random_ids import delimited_random_tokens, random_tokens, repeated_random_tokens
from headkb.prompts.registry import GENERATORS, Generator, generator, get_generator, make_prompts, prompts_hash
from headkb.prompts.sentence_pairs import (
    contractions,
    instruction_data,
    question_statements,
    reply_language,
    two_styles,
)
from headkb.prompts.sums import arithmetic, digit_addition, shifted_addition, succession
from headkb.prompts.vocabularies import Bos, Vocabulary, vocabulary
from headkb.prompts.word_pairs import few_shot, knowledge_conflict, lre_facts, translation

__all__ = [
    "GENERATORS",
    "SENTENCES",
    "Bos",
    "Generator",
    "Vocabulary",
    "acronyms",
    "arithmetic",
    "category_lists",
    "colored_objects",
    "concept_copying",
    "contractions",
    "coreference",
    "delimited_random_tokens",
    "dependency_sentences",
    "digit_addition",
    "english_paragraphs",
    "english_sentences",
    "few_shot",
    "fitted_prompts",
    "gendered_nouns",
    "generator",
    "get_generator",
    "greater_than",
    "icl_markov",
    "identity_rules",
    "induction_text",
    "instruction_data",
    "interleaved_markov",
    "ioi",
    "knowledge_conflict",
    "labelled_sentences",
    "lre_facts",
    "make_prompts",
    "mcqa",
    "multilingual_sentences",
    "needle",
    "noise_inputs",
    "parity",
    "prompts_hash",
    "propositional",
    "question_statements",
    "random_tokens",
    "rare_words",
    "repeated_random_tokens",
    "reply_language",
    "shifted_addition",
    "subword_words",
    "succession",
    "syllogisms",
    "text_prompts",
    "toy_mood_story",
    "toy_movie_review",
    "translation",
    "true_false",
    "two_styles",
    "vocabulary",
    "worked_solutions",
    "yes_no",
]
