"""`--set KEY=VALUE`: read by the annotations of signatures, and refused with what is allowed."""

from __future__ import annotations

import pytest

from headkb.catalog import code
from headkb.catalog.settings import place_settings, read_settings
from headkb.errors import HeadkbError
from headkb.keywords import Keyword, allowed, keywords_of, value_of

PROMPTS = ("words", {"length": Keyword("int", 8), "bos": Keyword("Bos", "auto"), "period": Keyword("int", 5)})
SCORE = (
    "shine",
    {
        "period": Keyword("int | None", None),
        "metric": Keyword("MetricName", "logit_diff"),
        "sign": Keyword("Literal[1, -1]", 1),
        "fold": Keyword("bool", True),
        "reference": Keyword("Prompts | None", None),
        "source": Keyword("Tensor", ...),
    },
)


def test_each_side_gets_its_own_keywords_in_their_types() -> None:
    """Numbers are numbers, and `none` is a BOS policy where that is one."""
    texts = ["length=12", "bos=none", "metric=loss", "sign=-1", "fold=false", "score.period=null", "prompts.period=3"]
    prompts, score = read_settings(texts, PROMPTS, SCORE)
    assert prompts == {"length": 12, "bos": "none", "period": 3}
    assert score == {"metric": "loss", "sign": -1, "fold": False, "period": None}


def test_of_several_columns_each_gets_what_it_has() -> None:
    """A bare name goes to all that have it, an id or a side to its own; values may be what they are already."""
    other = ("glow", {"metric": Keyword("MetricName", "logit_diff"), "depth": Keyword("int", 2)})
    bare: tuple[str, dict[str, Keyword]] = ("your own prompts", {})
    values = {"metric": "loss", "depth": 3, "words.length": 4, "shine.fold": False, "score.period": None}
    assert place_settings(values, [(PROMPTS, SCORE), (bare, other)]) == [
        ({"length": 4}, {"metric": "loss", "fold": False, "period": None}),
        ({}, {"metric": "loss", "depth": 3}),
    ]
    with pytest.raises(HeadkbError, match=r"no parameter named 'fold'\. The score glow takes metric, depth"):
        place_settings({"glow.fold": 1}, [(PROMPTS, SCORE), (bare, other)])
    with pytest.raises(HeadkbError, match="write KEY=VALUE"):
        place_settings({"dim.fold": 1}, [(PROMPTS, SCORE)])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "lenght=3",
            "no parameter named 'lenght'. Did you mean 'length'? The generator words takes length, bos, period; the score shine",
        ),
        ("metrc=loss", "Did you mean 'metric'?"),
        ("period=3", "both words and shine have period. Write prompts.period=3 or score.period=3."),
        ("score.length=3", "no parameter named 'length'. The score shine takes period"),
        ("length", "write KEY=VALUE"),
        ("=3", "write KEY=VALUE"),
        ("other.length=3", "write KEY=VALUE"),
        ("length=long", "length of words is 'long'. Choose a whole number."),
        ("fold=maybe", "fold of shine is 'maybe'. Choose true or false."),
        ("metric=los", "Choose logit_diff or log_prob or probability or loss."),
        ("source=3", "source of shine takes a Tensor, which no text can write. Set it in Python."),
        ("n=3", "Use --prompts N."),
        ("seed=3", "Use --seed S."),
        ("tokens_per_batch=3", "Use --batch-tokens N."),
    ],
)
def test_a_wrong_setting_is_told_what_is_right(text: str, words: str) -> None:
    """Near names over both sides, the values allowed, or the option that does it."""
    with pytest.raises(HeadkbError) as caught:
        read_settings([text], PROMPTS, SCORE)
    assert words in str(caught.value)


def test_every_default_of_the_package_is_a_value_that_its_keyword_takes() -> None:
    """What is read from the signatures agrees with what they hold; a default that is an expression is left out."""
    entries = [*code.generators().values(), *code.scores().values()]
    for entry in entries:
        for name, keyword in entry.keywords.items():
            takes = allowed(keyword.annotation)
            if keyword.default == "TOKENS" or not (takes.kinds or takes.choices):
                continue
            assert value_of(name, keyword, keyword.default) == keyword.default, f"{entry.id} {name}"


def test_keywords_of_a_function_leave_out_what_changes_no_number() -> None:
    """Batch size and extent have options of their own."""

    def shine(pattern: object, prompts: object, *, width: int = 3, tokens_per_batch: int = 9) -> None: ...

    assert keywords_of(shine) == {"width": Keyword("int", 3)}
