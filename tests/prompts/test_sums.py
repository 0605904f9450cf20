from __future__ import annotations

import re

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from headkb.errors import HeadkbError, UnknownNameError  # noqa: E402
from headkb.prompts import make_prompts  # noqa: E402
from headkb.prompts.lists import CYCLES, ORDINAL_CLASSES  # noqa: E402
from tests.prompts.prompt_text import at, text  # noqa: E402


def test_arithmetic_is_right(tokenizer):
    """The result begins the answer; the counterpart's result is the rival."""
    made = make_prompts("arithmetic", tokenizer, 24, operators="+,-,*,/", seed=2)
    seen = set()
    for row, told in enumerate(made.meta["texts"]):
        a, sign, b = told.removeprefix("Text: ").removesuffix(" =").split()
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
