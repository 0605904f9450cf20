"""Arithmetic, logic, labels, lists, pairs of sentences and passages: what the prompts say is what their positions and answers say."""

from __future__ import annotations

import re

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from headkb.errors import HeadkbError, UnknownNameError  # noqa: E402
from headkb.exact import build_tokenizer  # noqa: E402
from headkb.prompts import make_prompts  # noqa: E402
from headkb.prompts.labelled_lists import ASKED, CATEGORIES, CONTRACTED, REMARKS, TOPICS  # noqa: E402
from headkb.prompts.style_lists import LANGUAGES, REPLIES, STYLES  # noqa: E402

CONTRASTED = [
    "arithmetic",
    "category-lists",
    "concept-copying",
    "gendered-nouns",
    "identity-rules",
    "labelled-sentences",
    "propositional",
    "shifted-addition",
    "syllogisms",
]


def text(tokenizer, made, row=0):
    """What a prompt says."""
    return tokenizer.decode(made.tokens[row][made.mask[row]])


def at(tokenizer, made, name, row=0):
    """The text at a place of a prompt, token by token."""
    where = made.positions[name].view(len(made), -1)[row]
    return [tokenizer.decode([int(made.tokens[row, pos])]) for pos in where.tolist() if pos >= 0]


@pytest.mark.parametrize("name", CONTRASTED)
def test_a_contrast_has_one_shape_and_two_answers(tokenizer, name):
    """Answers differ; the counterpart differs in tokens, not in shape; all places lie within the prompt."""
    made = make_prompts(name, tokenizer, 12, seed=3)
    assert (made.paired["answers"] != made.paired["wrong"]).all()
    assert torch.equal(made.positions["end"], made.lengths - 1)
    other = made.corrupted
    assert other.tokens.shape == made.tokens.shape
    assert torch.equal(other.mask, made.mask)
    assert (other.tokens != made.tokens).any(1).all()
    for where in made.positions.values():
        assert (where.view(12, -1) < made.lengths[:, None]).all()


def test_arithmetic_is_right(tokenizer):
    """The result begins the answer; the counterpart's result is the rival."""
    made = make_prompts("arithmetic", tokenizer, 24, operators="+,-,*,/", seed=2)
    seen = set()
    for row, told in enumerate(made.meta["texts"]):
        a, sign, b = told.removesuffix(" =").split()
        value = {"+": int(a) + int(b), "-": int(a) - int(b), "*": int(a) * int(b), "/": int(a) // int(b)}[sign]
        assert value > 0
        assert sign != "/" or int(a) % int(b) == 0
        assert f" {value}".startswith(tokenizer.decode([int(made.paired["answers"][row])]))
        assert "".join(at(tokenizer, made, "operand1", row)).strip() == a
        assert "".join(at(tokenizer, made, "operand2", row)).strip() == b
        seen.add(sign)
    assert seen == {"+", "-", "*", "/"}
    with pytest.raises(UnknownNameError, match="no operator named '%'"):
        make_prompts("arithmetic", tokenizer, 2, operators="%")


def test_shifted_sums_are_all_off_by_one_and_the_question_is_not_among_them(tokenizer):
    """The counterpart shows the same additions with ordinary sums."""
    made = make_prompts("shifted-addition", tokenizer, 12, seed=4)
    for row in range(12):
        clean, plain = text(tokenizer, made, row), text(tokenizer, made.corrupted, row)
        sums = [tuple(map(int, found)) for found in re.findall(r"(\d) \+ (\d) = (\d)", clean)]
        assert len(sums) == 4
        assert all(a + b + 1 == c for a, b, c in sums)
        assert all(int(a) + int(b) == int(c) for a, b, c in re.findall(r"(\d) \+ (\d) = (\d)", plain))
        a, b = map(int, re.findall(r"(\d) \+ (\d) =$", clean)[0])
        assert (a, b) not in [(x, y) for x, y, _ in sums]
        assert tokenizer.decode([int(made.paired["answers"][row])]).strip() == str(a + b + 1)
        assert tokenizer.decode([int(made.paired["wrong"][row])]).strip() == str(a + b)


def test_each_digit_step_has_the_two_digits_of_its_place(signs):
    """The token after the step is the last figure of the two digits' sum and the carry."""
    made = make_prompts("digit-addition", signs, 6, digits=4, seed=1)
    for row in range(6):
        told = signs.decode(made.tokens[row])
        a, b, total = map(int, re.fullmatch(r"(\d{4})\+(\d{4})=(\d{5})", told).groups())
        assert a + b == total
        steps, digits = made.positions["step"][row].tolist(), made.positions["digit"][row].tolist()
        assert len(steps) == 8
        for place in range(4):
            assert steps[2 * place] == steps[2 * place + 1]
            pair = [int(told[digit]) for digit in digits[2 * place : 2 * place + 2]]
            carry = (a % 10**place + b % 10**place) // 10**place
            assert int(told[steps[2 * place] + 1]) == (sum(pair) + carry) % 10


def test_numbers_of_several_digits_a_token_are_refused(tokenizer):
    """The message says why."""
    with pytest.raises(HeadkbError, match="digit-addition: 0 of 2 prompts"):
        make_prompts("digit-addition", tokenizer, 2)


def test_the_proof_begins_with_the_fact_that_the_queried_rule_needs(tokenizer):
    """The fact's letter is a true premise of the queried rule; the rival is a true premise of the other one; only the question differs."""
    made = make_prompts("propositional", tokenizer, 8, seed=5)
    for row in range(8):
        told = text(tokenizer, made, row)
        assert told.count("Answer:") == 5
        final = told[told.rindex("Rules:") :]
        asked = re.search(r"truth value of (\w)\?", final)[1]
        right, wrong = (tokenizer.decode([int(made.paired[name][row])]).strip() for name in ("answers", "wrong"))
        rule = next(
            rule for rule in re.findall(r"[A-Z][^.:]*implies [A-Z]\.", final) if rule.endswith(f"implies {asked}.")
        )
        assert right in re.findall(r"[A-Z]", rule)[:-1]
        assert wrong not in re.findall(r"[A-Z]", rule)
        assert f"{right} is true." in final
        assert f"{wrong} is true." in final
        assert "".join(at(tokenizer, made, "queried_rule", row)).strip() == rule
        assert at(tokenizer, made, "query", row)[0].strip() == asked
        assert at(tokenizer, made, "answer", row)[0].strip() == right
        assert "".join(at(tokenizer, made, "fact", row)).strip() == f"{right} is true."
        assert (made.tokens[row] != made.corrupted.tokens[row]).sum() == 1
    assert made.meta["chain"] == ["disjunction", "linear"] * 4


def test_syllogisms_share_or_break_the_middle_term(tokenizer):
    """Clean, the second premise begins where the first ends; corrupted, it does not, and only there do they differ."""
    made = make_prompts("syllogisms", tokenizer, 6, seed=2)
    for row in range(6):
        middle = [at(tokenizer, made, name, row)[0].strip() for name in ("middle1", "middle2")]
        assert middle[0] == middle[1]
        assert tokenizer.decode([int(made.paired["wrong"][row])]).strip() == middle[0]
        assert (
            at(tokenizer, made, "predicate", row)[0].strip()
            == tokenizer.decode([int(made.paired["answers"][row])]).strip()
        )
        changed = (made.tokens[row] != made.corrupted.tokens[row]).nonzero()[:, 0].tolist()
        assert changed == [int(made.positions["middle2"][row])]


@pytest.mark.parametrize("rule", ["ABA", "ABB"])
def test_identity_rules_keep_the_third_token_and_change_its_role(tokenizer, rule):
    """Clean triples follow the rule, the counterpart's the other; third tokens and the literal answer are the same."""
    made = make_prompts("identity-rules", tokenizer, 6, rule=rule, shots=3, seed=1)
    other = made.corrupted
    for row in range(6):
        for prompts, kind in ((made, rule), (other, "ABB" if rule == "ABA" else "ABA")):
            first, second, third = (
                prompts.tokens[row, prompts.positions[name][row]].tolist() for name in ("first", "second", "third")
            )
            assert third == (first if kind == "ABA" else second)
        assert torch.equal(
            made.tokens[row, made.positions["third"][row]], other.tokens[row, other.positions["third"][row]]
        )
        open_ = made.tokens[row, made.positions["open"][row]].tolist()
        assert made.paired["answers"][row].item() == open_[rule == "ABB"]
        assert made.paired["wrong"][row].item() == open_[rule == "ABA"]
        assert other.tokens[row, other.positions["open"][row]].tolist() == open_[::-1]
    assert make_prompts("identity-rules", build_tokenizer(), 3).meta["signs"] == [",", "."]


@pytest.mark.parametrize("answered", [False, True])
def test_labels_stand_behind_their_topics(tokenizer, answered):
    """One label for each topic of a prompt, both equally often; the token before each label is the colon."""
    made = make_prompts("labelled-sentences", tokenizer, 8, answered=answered, seed=6)
    for row in range(8):
        parts = [part.strip() for part in text(tokenizer, made, row).split(";")]
        pairs = [tuple(word.strip() for word in part.split(":")) for part in parts[:4]]
        topic_of = {sentence: topic for topic, known in TOPICS.items() for sentence in known}
        label_of = {topic_of[sentence]: label for sentence, label in pairs}
        assert len(set(label_of.values())) == 2
        assert sorted(label for _, label in pairs) == ["bar", "bar", "foo", "foo"]
        assert [sign.strip() for sign in at(tokenizer, made, "before_labels", row)] == [":"] * 4
        asked = topic_of[parts[4].split(":")[0]]
        if answered:
            assert parts[4].split(":")[1].strip() == label_of[asked]
            assert made.positions["before_final"][row] == made.positions["final_label"][row] - 1
        else:
            assert f" {label_of[asked]}".startswith(tokenizer.decode([int(made.paired["answers"][row])]))
    assert (made.corrupted is None) == answered


def test_lists_ask_for_one_kind_and_their_counterparts_for_another(tokenizer):
    """Same list, other question; the answers are the members of either kind."""
    made = make_prompts("category-lists", tokenizer, 6, seed=2)
    for row in range(6):
        items = "".join(at(tokenizer, made, "item", row)).strip()
        other = "".join(at(tokenizer, made, "other_item", row)).strip()
        kind, foreign = (
            "".join(at(tokenizer, made, "predicate", row)).strip(),
            "".join(at(tokenizer, made.corrupted, "predicate", row)).strip(),
        )
        assert items in CATEGORIES[kind]
        assert other in CATEGORIES[foreign]
        assert text(tokenizer, made, row).split(".")[0] == text(tokenizer, made.corrupted, row).split(".")[0]
    members = [member for known in CATEGORIES.values() for member in known]
    assert len(members) == len(set(members))


@pytest.mark.parametrize("nouns", ["stereotyped", "defined"])
def test_genders_come_in_turn(tokenizer, nouns):
    """The counterpart's noun calls for the other pronoun."""
    made = make_prompts("gendered-nouns", tokenizer, 8, nouns=nouns)
    assert made.paired["labels"].tolist() == [1, 0] * 4
    assert torch.equal(made.corrupted.paired["answers"], made.paired["wrong"])


def test_apostrophes_are_followed_and_everything_else_is_plain(tokenizer):
    """Every pair of neighbours is in one of the two lists."""
    made = make_prompts("contractions", tokenizer, 20, seed=1)
    assert len(CONTRACTED) >= 30
    for row in range(20):
        assert all("'" in sign for sign in at(tokenizer, made, "apostrophe", row))
        assert not any("'" in sign for sign in at(tokenizer, made, "plain", row))
        firsts = [
            p for name in ("apostrophe", "plain") for p in made.positions[name].view(20, -1)[row].tolist() if p >= 0
        ]
        nexts = [
            p
            for name in ("after_apostrophe", "after_plain")
            for p in made.positions[name].view(20, -1)[row].tolist()
            if p >= 0
        ]
        assert [p + 1 for p in firsts] == nexts
        assert sorted(firsts) == list(range(int(made.lengths[row]) - 1))


def test_counterparts_of_other_lengths_keep_their_places(tokenizer):
    """Questions and statements, instructions with and without an attack: final signs and data lie where they should."""
    made = make_prompts("question-statements", tokenizer, len(ASKED))
    assert {at(tokenizer, made, "final", row)[0] for row in range(len(ASKED))} == {"?"}
    assert {at(tokenizer, made.corrupted, "final", row)[0] for row in range(len(ASKED))} == {"."}
    told = make_prompts("instruction-data", tokenizer, 30)
    assert len(REMARKS) == 30
    assert (told.corrupted.lengths > told.lengths).all()
    for some in (told, told.corrupted):
        for row in range(30):
            assert "".join(at(tokenizer, some, "instruction", row)).strip() == "Say hello."
    assert "Forget the instruction" in "".join(at(tokenizer, told.corrupted, "data", 0))
    assert "Forget" not in text(tokenizer, told, 0)


def test_styles_and_replies_are_sorted_and_grouped(tokenizer):
    """Each group holds both labels equally often, so the text asked tells nothing."""
    made = make_prompts("two-styles", tokenizer, 2 * len(STYLES))
    assert made.paired["labels"].tolist() == [0, 1] * len(STYLES)
    assert torch.equal(made.paired["groups"][::2], made.paired["groups"][1::2])
    replies = make_prompts("reply-language", tokenizer, 4 * len(REPLIES))
    for group in range(len(REPLIES)):
        mine = replies.paired["groups"] == group
        assert replies.paired["labels"][mine].tolist() == [1, 0, 0, 1]
    for label, languages in zip(replies.paired["labels"].tolist(), replies.meta["languages"], strict=True):
        asked, told = languages.split(", ")
        assert label == int(asked == told)


def test_languages_come_in_turn_with_the_same_content(tokenizer):
    """Five languages with as many sentences each; a subset keeps its own numbers."""
    assert len({len(known) for known in LANGUAGES.values()}) == 1
    made = make_prompts("multilingual-sentences", tokenizer, 10)
    assert made.paired["labels"].tolist() == [0, 1, 2, 3, 4] * 2
    two = make_prompts("multilingual-sentences", tokenizer, 4, languages="French, Italian")
    assert two.meta["languages"] == ["French", "Italian"]
    with pytest.raises(UnknownNameError, match="no language named 'Latin'"):
        make_prompts("multilingual-sentences", tokenizer, 4, languages="Latin")


def test_concepts_return_up_to_their_first_token(tokenizer):
    """What stands before the word in the second half stands before it in the first; the counterpart's second half is the same."""
    made = make_prompts("concept-copying", tokenizer, 8, seed=1)
    for row in range(8):
        length = int(made.lengths[row])
        start = int(made.positions["concept"].view(8, -1)[row][0])
        before = int(made.positions["before_concept"][row])
        assert made.tokens[row, before].item() == made.tokens[row, start - 1].item()
        assert before == length - 2
        assert made.tokens[row, length - 1].item() == made.tokens[row, start].item()
        assert made.paired["answers"][row].item() == made.tokens[row, start + 1].item()
        assert torch.equal(made.tokens[row, before - 6 : length], made.corrupted.tokens[row, before - 6 : length])
        assert made.corrupted.tokens[row, start + 1].item() == made.paired["wrong"][row].item()


def test_worked_solutions_add_up(tokenizer):
    """The answer is what the sums say, and every sentence is a segment."""
    made = make_prompts("worked-solutions", tokenizer, 6, seed=3)
    for row, told in enumerate(made.meta["texts"]):
        count, paid = map(int, re.search(r"buys (\d+) .* pays (\d+)", told).groups())
        price, bag = map(int, re.search(r"costs (\d+), and the bag costs (\d+)", told).groups())
        assert told.endswith(f"The answer is {paid - count * price - bag}.")
        starts = made.positions["segment_start"][row]
        assert len(starts[starts >= 0].unique()) == 14
    with pytest.raises(HeadkbError, match="worked-solutions has 8 to 14"):
        make_prompts("worked-solutions", tokenizer, 1, sentences=3)


def test_causes_lie_one_lag_before_the_next_symbol():
    """A lag a prompt in turn; what follows a query is drawn from the row of the symbol at its cause."""
    made = make_prompts("interleaved-markov", 50, 300, symbols=3, lags="1,3", length=40, bos="none", seed=2)
    assert made.paired["lags"][:4].tolist() == [1, 3, 1, 3]
    late, cause = made.positions["late"], made.positions["cause"]
    assert (late + 1 - cause == made.paired["lags"][:, None]).all()
    symbols, table = made.meta["symbols"], made.meta["transition"]
    index = {int(id_): at for at, id_ in enumerate(symbols)}
    counts = torch.zeros(3, 3)
    for row in range(300):
        for query, source in zip(late[row, :-1].tolist(), cause[row, :-1].tolist(), strict=True):
            counts[index[int(made.tokens[row, source])], index[int(made.tokens[row, query + 1])]] += 1
    torch.testing.assert_close(counts / counts.sum(-1, keepdim=True), table.float(), rtol=0, atol=0.05)
    with pytest.raises(HeadkbError, match="lags '0'"):
        make_prompts("interleaved-markov", 50, 2, lags="0")


def test_translation_can_ask_for_the_other_language(tokenizer):
    """Only the language named last differs, and its word is the rival."""
    made = make_prompts("translation", tokenizer, 6, corruption="language", seed=1)
    assert torch.equal(made.corrupted.paired["answers"], made.paired["wrong"])
    for row in range(6):
        assert text(tokenizer, made, row).replace("to French", "to X").replace("to German", "to X") == text(
            tokenizer, made.corrupted, row
        ).replace("to French", "to X").replace("to German", "to X")
    with pytest.raises(UnknownNameError, match="no corruption of translation named 'labels'"):
        make_prompts("translation", tokenizer, 2, corruption="labels")


def test_each_letter_can_be_looked_at_by_itself(tokenizer):
    """Four places of one token, together the letters."""
    made = make_prompts("mcqa", tokenizer, 4)
    each = torch.stack([made.positions[f"letter_{letter}"] for letter in "abcd"], 1)
    assert torch.equal(each, made.positions["letters"])
