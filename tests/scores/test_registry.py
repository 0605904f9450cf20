"""The registry is filled by the functions, and the catalog records every one of them."""

from __future__ import annotations

import inspect
from typing import Literal

import pytest

torch = pytest.importorskip("torch")

import headkb.methods  # noqa: E402
import headkb.scores  # noqa: E402
from headkb.errors import HeadkbError, UnknownNameError  # noqa: E402
from headkb.keywords import Keyword, value_of  # noqa: E402
from headkb.prompts import GENERATORS  # noqa: E402
from headkb.scores import SCORES, get_score, score  # noqa: E402
from headkb.tensors import Prompts  # noqa: E402
from tests.scores.registered import CASES, PATTERN_SCORES, RECORDS, label, parameters  # noqa: E402


@pytest.fixture
def registry():
    """The registry, left as it was after the test."""
    before = dict(SCORES)
    yield SCORES
    SCORES.clear()
    SCORES.update(before)


def test_every_score_has_a_record_and_every_record_a_score():
    """Neither can be added alone."""
    assert RECORDS.keys() == SCORES.keys()


@pytest.mark.parametrize("name", sorted(SCORES))
def test_parameters_and_defaults_are_those_of_the_record(name):
    """Readers are told of every keyword, in the order of the signature, and of no other."""
    recorded = {key: parameter.default for key, parameter in RECORDS[name].parameters.items()}
    assert list(recorded.items()) == [(key, p.default) for key, p in SCORES[name].parameters.items()]
    assert all(value_of(key, p, p.default) == p.default for key, p in SCORES[name].parameters.items())
    assert SCORES[name].prompts in GENERATORS


@pytest.mark.parametrize("case", [case for case in CASES if case[1]], ids=label)
def test_variants_are_parameters_that_the_score_takes(case):
    """A published variant is the same function with other keywords."""
    chosen = parameters(case)
    assert case[0].check(**chosen) == chosen


def test_needs_of_pattern_scores_agree_with_the_signatures():
    """They need patterns, and named positions where a keyword names some by default; one forward pass serves all heads."""
    for name, entry in PATTERN_SCORES.items():
        named = any(isinstance(p.default, str) and not p.choices for p in entry.parameters.values())
        assert RECORDS[name].needs == (("pattern", "positions") if named else ("pattern",)), name
        assert RECORDS[name].cost.forward == "P", name


@pytest.mark.parametrize("name", sorted(PATTERN_SCORES))
def test_every_score_can_be_imported_by_its_name_and_documents_itself(name):
    """From `headkb.scores`, and no module of the same name hides it; with arguments, range, errors and a runnable example."""
    function = PATTERN_SCORES[name].function
    assert getattr(headkb.scores, function.__name__) is function
    assert function.__name__ in headkb.scores.__all__
    text = inspect.getdoc(function) or ""
    for section in ("Returns:", "Example:"):
        assert f"\n{section}\n" in text
    assert "`[batch, head]`" in text


def test_the_signature_says_everything(registry):
    """Choices come from Literal and bool, None stands first where it is allowed, and keywords of speed are no parameters."""

    @score("of-my-own", prompts="english-sentences", version=3)
    def of_my_own(
        pattern,
        prompts,
        *,
        kind: Literal["a", "b"] = "a",
        on: bool = True,
        causal: bool | None = None,
        size: int | None = 4,
        tokens_per_batch: int = 1024,
    ):
        """Nothing at all.

        More.
        """

    entry = registry["of-my-own"]
    assert entry.function is of_my_own
    assert (entry.version, entry.prompts, entry.reads, entry.summary) == (
        3,
        "english-sentences",
        "pattern",
        "Nothing at all.",
    )
    assert entry.parameters == {
        "kind": Keyword("Literal['a', 'b']", "a"),
        "on": Keyword("bool", True),
        "causal": Keyword("bool | None", None),
        "size": Keyword("int | None", 4),
    }


def test_an_id_belongs_to_one_function(registry):
    """Registering it again is no error, taking it for another function is."""
    before = registry["induction"]
    score("induction", prompts="repeated-random-tokens")(before.function)
    assert inspect.unwrap(registry["induction"].function) is inspect.unwrap(before.function)
    with pytest.raises(HeadkbError, match=r"the id 'induction' is taken by headkb\.scores\.token\.induction"):
        score("induction", prompts="ioi")(lambda pattern, prompts: pattern)


def test_a_miss_teaches():
    """The near name stands in the message."""
    with pytest.raises(UnknownNameError, match=r"no score named 'inductoin'\. Did you mean 'induction'\?"):
        get_score("inductoin")


@pytest.mark.parametrize(
    ("chosen", "message"),
    [
        ({"perod": 3}, "no parameter of induction named 'perod'. Did you mean 'period'?"),
        ({"measure": "means"}, "no measure of induction named 'means'. Did you mean 'mean'?"),
        ({"exclude_bos": 2}, "exclude_bos of induction is 2. Choose true or false."),
    ],
)
def test_unknown_parameters_are_refused(chosen, message):
    """Before any model runs."""
    with pytest.raises(HeadkbError) as caught:
        get_score("induction").reader(**chosen)
    assert str(caught.value).startswith(message)


def test_a_reader_is_the_function_with_its_keywords():
    """Same number, and the pattern is not touched."""
    pattern, prompts = torch.full((1, 1, 4, 4), 0.25), Prompts.of(torch.tensor([[5, 6, 5, 6]]))
    read = get_score("induction").reader(measure="mul")
    assert read(pattern, prompts).item() == headkb.scores.induction(pattern, prompts, measure="mul").item()
