from __future__ import annotations

import re

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from headkb.exact import build_tokenizer  # noqa: E402
from headkb.prompts import make_prompts  # noqa: E402
from tests.prompts.prompt_text import at, text  # noqa: E402


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
