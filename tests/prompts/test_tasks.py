from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from headkb.errors import HeadkbError, UnknownNameError  # noqa: E402
from headkb.exact import build_tokenizer  # noqa: E402
from headkb.prompts import GENERATORS, make_prompts  # noqa: E402
from headkb.prompts.fact_lists import RELATIONS  # noqa: E402
from headkb.prompts.links import LINKED, parse  # noqa: E402
from headkb.prompts.pair_lists import FRENCH, GERMAN, TASKS  # noqa: E402
from headkb.prompts.question_lists import NO, STATEMENTS, YES  # noqa: E402
from headkb.prompts.words import CYCLES, ORDINAL_CLASSES  # noqa: E402

ASKING = [
    "acronyms",
    "colored-objects",
    "few-shot",
    "greater-than",
    "ioi",
    "knowledge-conflict",
    "lre-facts",
    "mcqa",
    "parity",
    "succession",
    "toy-mood-story",
    "toy-movie-review",
    "translation",
    "yes-no",
]
NEWLINES = {"acronyms", "arithmetic", "colored-objects", "digit-addition", "few-shot", "mcqa", "shifted-addition"}


def text(tokenizer, made, row=0):
    """What a prompt says."""
    return tokenizer.decode(made.tokens[row][made.mask[row]])


def at(tokenizer, made, name, row=0):
    """The tokens at a place of a prompt."""
    where = made.positions[name].view(len(made), -1)[row]
    return [tokenizer.decode([int(made.tokens[row, pos])]) for pos in where.tolist() if pos >= 0]


@pytest.mark.parametrize("name", ASKING)
def test_a_task_carries_its_contrast(tokenizer, name):
    """Answers differ, the last token is where they are asked for, and the corrupted prompts differ in tokens but not in shape."""
    made = make_prompts(name, tokenizer, 12, seed=3)
    assert made.paired["answers"].shape == made.paired["wrong"].shape == (12,)
    assert (made.paired["answers"] != made.paired["wrong"]).all()
    assert torch.equal(made.positions["end"], made.lengths - 1)
    if name == "yes-no":
        assert made.corrupted is None
        return
    other = made.corrupted
    assert other.tokens.shape == made.tokens.shape
    assert torch.equal(other.mask, made.mask)
    assert (other.tokens != made.tokens).any(1).all()
    assert torch.equal(other.positions["end"], made.positions["end"])


@pytest.mark.parametrize("name", sorted(name for name in GENERATORS if GENERATORS[name].needs_tokenizer))
def test_single_characters_will_do_or_the_message_says_why(name):
    """The exact models' tokenizer writes all but the tasks with line breaks, brackets and signs of arithmetic."""
    if name in NEWLINES:
        with pytest.raises(
            HeadkbError, match=r"0 of 4 prompts can be made with headkb-exact: the tokenizer has no token for"
        ):
            make_prompts(name, build_tokenizer(), 4)
    else:
        made = make_prompts(name, build_tokenizer(), 4)
        if "answers" in made.paired:
            assert (made.paired["answers"] != made.paired["wrong"]).all()


def test_ioi_places_and_balance(tokenizer):
    """S1 and S2 are the wrong answer, IO the right one; both orders in turn; ABC has three other names in their places."""
    made = make_prompts("ioi", tokenizer, 10, seed=1)
    tokens = made.tokens
    for name, asked in (("io", "answers"), ("s1", "wrong"), ("s2", "wrong")):
        assert torch.equal(tokens.gather(1, made.positions[name][:, None])[:, 0], made.paired[asked])
    assert torch.equal(made.positions["s1_plus_1"], made.positions["s1"] + 1)
    first = made.positions["io"] < made.positions["s1"]
    assert first.tolist() == [True, False] * 5
    assert made.meta["order"] == ["ABBA", "BABA"] * 5
    names = [made.positions[name] for name in ("io", "s1", "s2")]
    other = made.corrupted.tokens
    three = torch.stack([other.gather(1, where[:, None])[:, 0] for where in names], 1)
    assert all(len(set(row)) == 3 for row in three.tolist())
    assert all(
        not {int(a), int(w)} & set(row)
        for a, w, row in zip(made.paired["answers"], made.paired["wrong"], three.tolist(), strict=True)
    )
    changed = (other != tokens).nonzero()[:, 1].tolist()
    assert len(changed) == 30


def test_ioi_can_swap_the_answer(tokenizer):
    """With s2-io the giver is the other one, and the corrupted prompt's answer is the clean one's rival."""
    made = make_prompts("ioi", tokenizer, 4, corruption="s2-io", order="BABA")
    other = made.corrupted
    assert torch.equal(other.paired["answers"], made.paired["wrong"])
    assert torch.equal(other.tokens.gather(1, made.positions["s2"][:, None])[:, 0], made.paired["answers"])
    with pytest.raises(UnknownNameError, match="no order of ioi named 'ABAB'"):
        make_prompts("ioi", tokenizer, 4, order="ABAB")


def test_the_eight_classes_have_the_size_of_the_benchmark():
    """288 pairs in all, before single tokens are chosen; only days and months go round."""
    pairs = {name: len(items) - (name not in CYCLES) for name, items in ORDINAL_CLASSES.items()}
    assert list(pairs.values()) == [199, 19, 9, 7, 7, 12, 12, 25]
    assert sum(pairs.values()) - 2 == 288


def test_succession_asks_for_the_next_item(tokenizer):
    """Alone, or after three in order; the corrupted sequence holds the same items in another order."""
    alone = make_prompts("succession", tokenizer, 8, classes="days", seed=2)
    days = ORDINAL_CLASSES["days"]
    for row in range(8):
        item = at(tokenizer, alone, "item", row)[0].strip()
        assert tokenizer.decode([int(alone.paired["answers"][row])]).strip() == days[(days.index(item) + 1) % 7]
    three = make_prompts("succession", tokenizer, 8, classes="months", form="sequence", seed=2)
    months = ORDINAL_CLASSES["months"]
    shown = [word.strip() for word in at(tokenizer, three, "members")]
    start = months.index(shown[0])
    assert shown == [months[(start + step) % 12] for step in range(3)]
    assert sorted(three.corrupted.tokens[0].tolist()) == sorted(three.tokens[0].tolist())


def test_facts_and_conflicts(tokenizer):
    """At least sixty facts; a conflict states another attribute, its corrupted version the true one."""
    assert sum(len(relation.facts) for relation in RELATIONS.values()) >= 60
    made = make_prompts("lre-facts", tokenizer, 60)
    assert len(set(made.meta["texts"])) == 60
    conflict = make_prompts("knowledge-conflict", tokenizer, 20)
    told = tokenizer.decode(conflict.paired["wrong"][:1]).strip()
    assert at(tokenizer, conflict, "context_answer")[0].strip() == told
    stated = conflict.corrupted
    assert at(tokenizer, stated, "context_answer")[0] == tokenizer.decode(conflict.paired["answers"][:1])
    other = make_prompts("knowledge-conflict", tokenizer, 20, right="context")
    assert torch.equal(other.paired["answers"], conflict.paired["wrong"])


def test_the_needle_is_found_where_it_is_hidden(tokenizer):
    """The answer's tokens follow its queries, one by one, and are those of the needle; the depth moves it."""
    made = make_prompts("needle", tokenizer, 11, length=120)
    for row in range(11):
        source, answer = (made.positions[name][row][made.positions[name][row] >= 0] for name in ("source", "answer"))
        assert torch.equal(made.tokens[row, source], made.tokens[row, answer + 1])
        assert int(source.max()) < int(answer.min())
    early, late = (
        make_prompts("needle", tokenizer, 4, length=120, depth=depth).positions["needle"][:, 0] for depth in (0.0, 1.0)
    )
    assert (early < late).all()
    asking = make_prompts("needle", tokenizer, 2, length=60, forced=False)
    assert text(tokenizer, asking).endswith("Answer:")
    assert "answer" not in asking.positions


@pytest.mark.parametrize("task", sorted(TASKS))
def test_few_shot_labels_are_shuffled(tokenizer, task):
    """Every example keeps its input and none its label; the shape stays."""
    made = make_prompts("few-shot", tokenizer, 4, task=task)
    clean, shuffled = (text(tokenizer, prompts).split("\n\n") for prompts in (made, made.corrupted))
    for before, after in zip(clean[:-1], shuffled[:-1], strict=True):
        assert before.split("\nA:")[0] == after.split("\nA:")[0]
        assert before.split("\nA:")[1] != after.split("\nA:")[1]
    assert clean[-1] == shuffled[-1]


def test_there_are_enough_translations():
    """At least forty into either language, no English word twice."""
    for pairs in (FRENCH, GERMAN):
        assert len({english for english, _ in pairs}) == len(pairs) >= 40


def test_multiple_choice_moves_the_right_answer(tokenizer):
    """Every letter is right equally often; the corrupted prompt holds the right option at the rival's letter."""
    made = make_prompts("mcqa", tokenizer, 12)
    assert made.meta["correct"] == [0, 1, 2, 3] * 3
    assert made.positions["letters"].shape == (12, 4)
    assert torch.equal(
        made.positions["correct_letter"],
        made.positions["letters"][torch.arange(12), torch.tensor(made.meta["correct"])],
    )
    other = made.corrupted
    assert torch.equal(other.paired["answers"], made.paired["wrong"])
    assert at(tokenizer, other, "correct_content") == at(tokenizer, made, "correct_content")


def test_yes_no_names_both_answers_in_both_orders(tokenizer):
    """Half of the questions are to be answered with Yes, in either order of the instruction."""
    assert len(YES) == len(NO)
    made = make_prompts("yes-no", tokenizer, 8)
    assert at(tokenizer, made, "yes") == [" Yes"]
    assert (made.positions["yes"] < made.positions["no"]).tolist() == [True, True, False, False] * 2
    yes = [tokenizer.decode([int(id_)]).strip() == "Yes" for id_ in made.paired["answers"]]
    assert yes == [True, False] * 4
    first = made.positions["after_instruction"][:, 0]
    assert (first > torch.maximum(made.positions["yes"], made.positions["no"])).all()


def test_statements_come_in_pairs(tokenizer):
    """A true and a false version each, in one group."""
    made = make_prompts("true-false", tokenizer, 60)
    assert len(STATEMENTS) * 2 >= 60
    assert made.paired["labels"].tolist() == [1, 0] * 30
    assert torch.equal(made.paired["groups"][::2], made.paired["groups"][1::2])


def test_colored_objects_ask_for_one_of_three(tokenizer):
    """The right colour stands before the thing asked for; the corrupted prompt asks for another of the three."""
    made = make_prompts("colored-objects", tokenizer, 6)
    assert at(tokenizer, made, "query") == at(tokenizer, made, "correct_object")
    assert torch.equal(made.positions["correct_color"] + 1, made.positions["correct_object"])
    assert (made.corrupted.tokens != made.tokens).sum(1).tolist() == [1] * 6


def test_moods_swap(tokenizer):
    """Who is asked about and who likes parties are balanced; the summary comma is that person's."""
    made = make_prompts("toy-mood-story", tokenizer, 8)
    assert made.paired["labels"].tolist() == [1, 0, 0, 1] * 2
    second = torch.tensor([False, True] * 4)
    expected = torch.where(second, made.positions["sum2"], made.positions["sum1"])
    assert torch.equal(made.positions["sum"], expected)
    asked = torch.where(second, made.positions["name2"], made.positions["name1"])
    names = [tokenizer.decode([int(made.tokens[row, pos])]).strip() for row, pos in enumerate(asked.tolist())]
    assert names == [at(tokenizer, made, "query", row)[0].strip() for row in range(8)]


def test_reviews_flip(tokenizer):
    """The corrupted review differs in adjective and verb alone."""
    made = make_prompts("toy-movie-review", tokenizer, 6)
    changed = made.corrupted.tokens != made.tokens
    assert changed.sum(1).tolist() == [2] * 6
    assert changed.gather(1, torch.stack([made.positions["adj"], made.positions["verb"]], 1)).all()
    assert at(tokenizer, made, "sum") == [" movie"]


def test_markov_chains_follow_their_tables():
    """Flat Dirichlet rows, transitions as often as the table says, symbols drawn anew for every prompt."""
    made = make_prompts("icl-markov", 50, 400, symbols=2, length=101, bos="none")
    table, states = made.meta["transition"], made.meta["states"]
    torch.testing.assert_close(table.sum(-1), torch.ones(400, 2, dtype=torch.float64))
    assert abs(float(table.var()) - 1 / 12) < 0.01
    pairs = states[:, :-1] * 2 + states[:, 1:]
    counts = torch.stack([(pairs == pair).sum(1) for pair in range(4)], 1).view(400, 2, 2).double()
    expected = counts.sum(-1, keepdim=True) * table
    assert (counts.sum(0) - expected.sum(0)).abs().max() < 300
    assert torch.equal(made.tokens, made.meta["symbols"].gather(1, states))
    assert make_prompts("icl-markov", 50, 3, order=2, symbols=3).meta["transition"].shape == (3, 9, 3)


def test_parity_steps_are_right(tokenizer):
    """Each state is the parity of the bits so far; flipping the last bit flips the answer."""
    made = make_prompts("parity", tokenizer, 6, length=5)
    for row in range(6):
        bits = [int(bit) for bit in at(tokenizer, made, "inputs", row)]
        states = [int(bit) for bit in at(tokenizer, made, "states", row)]
        assert states == [sum(bits[: t + 1]) % 2 for t in range(4)]
        assert int(tokenizer.decode([int(made.paired["answers"][row])])) == sum(bits) % 2
    assert torch.equal(made.corrupted.paired["answers"], made.paired["wrong"])


def test_acronyms_ask_for_a_letter(tokenizer):
    """The answer is the capital of the word asked for; letters before it are there, one token each."""
    made = make_prompts("acronyms", tokenizer, 6)
    for row in range(6):
        assert at(tokenizer, made, "target", row)[0].strip()[0] == tokenizer.decode([int(made.paired["answers"][row])])
        assert at(tokenizer, made, "letter1", row) == [at(tokenizer, made, "capital1", row)[0].strip()[0]]
    assert torch.equal(made.positions["end"], made.positions["letter2"])


def test_later_years_are_greater(tokenizer):
    """The answer's token stands for more than the year's rest, the rival's for less; 01 is the corruption."""
    made = make_prompts("greater-than", tokenizer, 10)
    for row in range(10):
        rest = made.meta["years"][row] % 100
        tokens = made.meta["year_tokens"][row]
        assert tokens.index(int(made.paired["answers"][row])) > rest > tokens.index(int(made.paired["wrong"][row]))
    assert at(tokenizer, made.corrupted, "year_rest") == ["01"]


def test_structure_of_natural_text(tokenizer):
    """Sentences, pieces of words, rare words and grammatical links stand where the positions say."""
    paragraphs = make_prompts("english-paragraphs", tokenizer, 3, sentences=3)
    starts = paragraphs.positions["segment_start"][0][paragraphs.mask[0]]
    assert len(starts[starts >= 0].unique()) == 3
    split = make_prompts("subword-words", tokenizer, 5)
    pieces = split.positions["pieces"][0]
    words = split.positions["word_start"][0]
    assert all(0 <= int(words[pos]) < int(pos) for pos in pieces[pieces >= 0])
    rare = make_prompts("rare-words", tokenizer, 5)
    assert rare.positions["rare"].shape[0] == 5
    assert len(LINKED) >= 40
    linked = make_prompts("dependency-sentences", tokenizer, 40)
    for name in ("determiner", "subject", "object"):
        assert linked.positions[name].shape == linked.positions[f"{name}_head"].shape
    assert torch.equal(linked.positions["subject_head"], linked.positions["object_head"])
    copies = make_prompts("induction-text", tokenizer, 3)
    first, second = (copies.positions[f"{name}_copy"][0] for name in ("first", "second"))
    kept = first >= 0
    assert torch.equal(copies.tokens[0, first[kept]], copies.tokens[0, second[kept]])


@pytest.mark.parametrize(
    ("name", "parameters", "message"),
    [
        ("succession", {"classes": "weeks"}, "no class of succession named 'weeks'"),
        ("few-shot", {"task": "antonyms"}, "no task of few-shot named 'antonyms'. Did you mean 'antonym'?"),
        ("few-shot", {"shots": 1}, "shots is 1; few-shot needs 2 to 37."),
        ("mcqa", {"options": 5}, "options is 5; mcqa has 2 to 4."),
        ("lre-facts", {"relation": "capitals"}, "no relation named 'capitals'. Did you mean 'capital'?"),
        ("needle", {"depth": 2.0}, "length is 256 and depth 2.0; length must be 0 or more, depth from 0 to 1."),
        ("acronyms", {"letter": 4}, "letter is 4; an acronym of three words has 1, 2 and 3."),
        (
            "icl-markov",
            {"symbols": 1},
            "n is 2, symbols 1, order 1, length 101; icl-markov needs at least 1, 2, 1 and order + 1.",
        ),
    ],
)
def test_wrong_parameters_are_refused(tokenizer, name, parameters, message):
    """With what there is."""
    with pytest.raises(HeadkbError) as caught:
        make_prompts(name, tokenizer, 2, **parameters)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize("name", ["ioi", "true-false", "needle", "parity"])
def test_a_vocabulary_size_cannot_read(name):
    """The message says what to pass."""
    with pytest.raises(HeadkbError, match=r"vocabulary of 99 cannot read text\. Pass the model's tokenizer"):
        make_prompts(name, 99, 2)


@pytest.mark.parametrize("relation", ["subject", "object"])
def test_no_fixed_offset_passes_for_syntax(relation):
    """The most frequent distance from a subject or an object to its verb is that of at most four links in ten."""
    links = [link for sentence in LINKED for link in parse(sentence)[1] if link[0] == relation]
    offsets = [parent - child for _, child, parent in links]
    assert max(offsets.count(offset) for offset in offsets) <= 0.4 * len(offsets)
