"""Whether a type is shown in a model: every branch on runs whose answer is known, each beside one that differs in a single thing."""

from __future__ import annotations

from typing import Any

import pytest

from headkb.catalog.evidence import Evidence
from headkb.catalog.schema import Head, HeadIndex, Run
from headkb.catalog.schema.causal import CausalOutcome, causal_result
from headkb.catalog.showing import Showing, checks_left, judge, meeting_all, newest_by_recipe
from tests.small_records import FAINT, SEEN, WITHDRAWN, behaviour, check, head_type, model, outcome, run

A, B, C = (HeadIndex(0, head) for head in range(3))
PLAIN = head_type({"default": "defining"})
TESTED = head_type({"default": "defining"}, check())
TWO = head_type({"look": "defining", "copy": "defining"}, check())
CLAIM = {"claim": "moss-1999-sparkle/small-sparkle"}
OTHER_DATA = {"model_source": "published-data"}


def shown(head: Head, *runs: Run) -> tuple[str, tuple[HeadIndex, ...]]:
    """The word and the heads, after a look at what holds for every showing."""
    showing = judge(head, "jar-small", runs)
    assert isinstance(showing, Showing)
    assert bool(showing.heads) == (showing.word == "shown")
    assert showing.why
    return showing.word, showing.heads


def why(head: Head, *runs: Run) -> str:
    """The sentence that says what holds and what does not."""
    showing = judge(head, "jar-small", runs)
    assert showing is not None
    return showing.why


@pytest.mark.parametrize("runs", [[], [run(**CLAIM)], [run(heads="L0H0", **OTHER_DATA)]])
def test_without_a_run_of_a_recipe_on_the_model_nothing_is_said(runs: list[Run]) -> None:
    """A claim's run, and a recipe on patterns that others published, look for no type in a model."""
    assert judge(PLAIN, "jar-small", runs) is None


def test_withdrawn_runs_say_so_and_nothing_else() -> None:
    """One that stands beside them is judged alone, however old."""
    new, old = run("b", "L0H0", date="2026-01-02", **WITHDRAWN), run("a", "L0H1")
    assert shown(PLAIN, new) == ("invalidated", ())
    assert shown(PLAIN, new, old) == ("shown", (B,))
    assert shown(PLAIN, new, run("c", "L0H0", **OTHER_DATA)) == ("invalidated", ())


def test_of_each_recipe_the_newest_run_counts() -> None:
    """Runs come newest first."""
    new, old = run("b", "L0H1", date="2026-01-02"), run("a", "L0H0")
    assert newest_by_recipe([new, old]) == {"default": new}
    assert shown(PLAIN, new, old) == ("shown", (B,))
    assert shown(PLAIN, old, new) == ("shown", (A,))


def test_a_type_without_a_causal_check_is_shown_by_its_criteria() -> None:
    """Strongest first, as the run has them; without heads it is not shown, and no behaviour was asked for."""
    assert shown(PLAIN, run(heads="L0H1 L0H0")) == ("shown", (B, A))
    assert why(PLAIN, run(heads="L0H1 L0H0")) == "L0H1, L0H0 met every defining criterion; the type has no causal check"
    assert shown(PLAIN, run()) == ("not-shown", ())
    assert "no causal check" in why(PLAIN, run())


@pytest.mark.parametrize(
    ("look", "copy", "word", "heads"),
    [
        ("L0H1 L0H0", "L0H0 L0H1", "shown", (B, A)),  # in the order of the first defining recipe
        ("L0H0 L0H1", "L0H1 L0H2", "shown", (B,)),
        ("L0H0", "L0H1", "partly", ()),
        ("L0H0", "", "partly", ()),
        ("", "", "not-shown", ()),
        ("L0H0", None, "partly", ()),
        ("", None, "not-shown", ()),  # what fails one criterion fails them all
    ],
)
def test_a_head_must_pass_every_defining_recipe(
    look: str, copy: str | None, word: str, heads: tuple[HeadIndex, ...]
) -> None:
    """The heads are those in both; None is a recipe that was not run."""
    head = head_type({"look": "defining", "copy": "defining"})
    runs = [run("a", look, recipe="look"), *([] if copy is None else [run("b", copy, recipe="copy")])]
    assert shown(head, *runs) == (word, heads)
    assert meeting_all(head, {r.recipe: r for r in runs}) == heads


def test_what_holds_and_what_does_not_is_said() -> None:
    """Each recipe with its heads; at most three are named."""
    some = run("a", "L0H0 L0H1 L0H2 L0H3 L1H0", recipe="look")
    assert why(TWO, some, run("b", "", recipe="copy")) == (
        "look: L0H0, L0H1, L0H2 and 2 more, copy: no head; no head passes all of them"
    )
    assert why(TWO, some) == "look: L0H0, L0H1, L0H2 and 2 more; not tried: copy"


BESIDE = {"look": "supporting", "hint": "screen"}


@pytest.mark.parametrize(
    ("recipes", "run_of", "heads", "word", "words"),
    [
        (BESIDE, "look", "L0H0", "partly", "heads pass look, which supports the type and does not define it"),
        (BESIDE, "look", "", "undecided", "no recipe defines the type; no head passes what supports it"),
        (BESIDE, "hint", "L0H0", "undecided", "no recipe defines the type; what was run is a screen"),
        (BESIDE | {"copy": "defining"}, "look", "L0H0", "partly", "heads pass look"),
        (BESIDE | {"copy": "defining"}, "look", "", "undecided", "no defining recipe was run: copy"),
        (BESIDE | {"copy": "defining"}, "hint", "L0H0", "undecided", "no defining recipe was run: copy"),
    ],
)
def test_only_defining_recipes_can_show_a_type(
    recipes: dict[str, str], run_of: str, heads: str, word: str, words: str
) -> None:
    """A supporting one shows it partly at most, a screen decides nothing, whether or not the type has defining ones."""
    one = run(heads=heads, recipe=run_of)
    assert shown(head_type(recipes), one) == (word, ())
    assert words in why(head_type(recipes), one)


def test_a_screen_beside_a_defining_recipe_changes_nothing() -> None:
    """Neither its heads nor their absence count."""
    head = head_type({"look": "defining", "hint": "screen"})
    for heads in ("", "L0H0", "L0H1"):
        assert shown(head, run("a", "L0H1", recipe="look"), run("b", heads, recipe="hint")) == ("shown", (B,))


@pytest.mark.parametrize(
    ("result", "word", "heads", "words"),
    [
        ("confirmed", "shown", (A,), "the causal check is confirmed for it"),
        ("refuted", "partly", (), "silencing it does not do what the type predicts"),
        ("opposite", "against", (), "silencing L0H0 moves the behaviour the other way"),
        ("undecided", "undecided", (), "the model does not do the behaviour (accuracy 0.2, needed 0.5)"),
    ],
)
def test_heads_that_meet_the_criteria_are_put_to_the_causal_check(
    result: str, word: str, heads: tuple[HeadIndex, ...], words: str
) -> None:
    """The same heads under each of its results."""
    one = run(heads="L0H0", causal=[outcome(result, "L0H0")])
    assert one.causal[0].decide() == one.causal[0].result == result
    assert shown(TESTED, one) == (word, heads)
    assert words in why(TESTED, one)


def test_a_check_that_was_due_and_not_made_leaves_the_type_partly_shown() -> None:
    """Heads alone do not show a type that has a causal check."""
    assert shown(TESTED, run(heads="L0H0 L0H1")) == ("partly", ())
    assert why(TESTED, run(heads="L0H0 L0H1")).endswith("no causal check was made with them")


def test_only_heads_that_were_silenced_are_shown() -> None:
    """A check silences at most half of a layer; the heads that it left out have not been tested."""
    one = run(heads="L0H0 L0H1 L0H2", causal=[outcome("confirmed", "L0H0 L0H1")])
    assert shown(TESTED, one) == ("shown", (A, B))
    against = run(heads="L0H0 L0H1 L0H2", causal=[outcome("opposite", "L0H0 L0H1")])
    assert why(TESTED, against) == "silencing L0H0, L0H1 moves the behaviour the other way"
    refuted = run(heads="L0H0 L0H1 L0H2", causal=[outcome("refuted", "L0H0 L0H1")])
    assert why(TESTED, refuted).endswith("silencing L0H0, L0H1 does not do what the type predicts")


def both(look: str, copy: str, silenced: str, result: str = "confirmed", **more: Any) -> list[Run]:
    """Two defining recipes, of which the first silenced these heads; `more` goes to the second."""
    causal = [outcome(result, silenced)] if silenced else []
    return [run("a", look, recipe="look", causal=causal), run("b", copy, recipe="copy", **more)]


def test_a_check_that_silenced_other_heads_as_well_decides_nothing() -> None:
    """What it did may be the work of the heads that fail another criterion, whatever its result; the same heads alone decide."""
    for result in ("confirmed", "refuted", "opposite"):
        runs = both("L0H0 L0H1", "L0H1", "L0H0 L0H1", result)
        assert shown(TWO, *runs) == ("partly", ())
        assert "L0H1 met every defining criterion; the causal check falls silenced others with it" in why(TWO, *runs)
    assert shown(TWO, *both("L0H0 L0H1", "L0H1", "L0H1")) == ("shown", (B,))
    assert shown(TWO, *both("L0H0 L0H1", "L0H1", "L0H1", "opposite")) == ("against", ())


@pytest.mark.parametrize(
    ("result", "word"),
    [("confirmed", "shown"), ("refuted", "partly"), ("opposite", "against"), ("undecided", "undecided")],
)
def test_a_joint_check_takes_the_place_of_one_that_silenced_others(result: str, word: str) -> None:
    """It was made with the heads that pass all recipes, so its result counts, and the other's does not."""
    runs = both("L0H0 L0H1", "L0H1", "L0H0 L0H1", "confirmed", joint=[outcome(result, "L0H1")])
    assert shown(TWO, *runs)[0] == word


def test_a_joint_check_of_heads_that_no_longer_pass_decides_nothing() -> None:
    """A recipe was run anew since, and selects others."""
    runs = both("L0H0", "L0H0 L0H1", "", joint=[outcome("confirmed", "L0H0 L0H1")])
    assert shown(TWO, *runs) == ("partly", ())


def test_of_several_checks_of_the_same_heads_the_worst_counts() -> None:
    """Both recipes silenced nothing but heads that pass both."""
    for first, second, word in (
        ("confirmed", "refuted", "partly"),
        ("refuted", "opposite", "against"),
        ("confirmed", "undecided", "undecided"),
        ("confirmed", "confirmed", "shown"),
    ):
        runs = both("L0H0 L0H1", "L0H1 L0H0", "L0H0", first, causal=[outcome(second, "L0H1")])
        assert shown(TWO, *runs)[0] == word, (first, second)


def test_a_head_must_be_confirmed_by_every_check_but_not_in_every_set() -> None:
    """One check made with L0H0 and again with L0H1 confirms both; two checks, each made with another head, confirm neither."""
    same = both("L0H0 L0H1", "L0H0 L0H1", "L0H0", causal=[outcome("confirmed", "L0H1")])
    assert shown(TWO, *same) == ("shown", (A, B))
    looks, copies = check("looks", recipes=["look"]), check("copies", recipes=["copy"])
    head = head_type({"look": "defining", "copy": "defining"}, looks, copies)

    def parted(first: str, second: str) -> list[Run]:
        return [
            run("a", "L0H0 L0H1", recipe="look", causal=[outcome("confirmed", first, looks)]),
            run("b", "L0H0 L0H1", recipe="copy", causal=[outcome("confirmed", second, copies)]),
        ]

    assert shown(head, *parted("L0H0", "L0H1")) == ("partly", ())
    assert why(head, *parted("L0H0", "L0H1")).endswith("no head was silenced in every causal check")
    assert shown(head, *parted("L0H0 L0H1", "L0H1")) == ("shown", (B,))


def test_every_check_of_a_defining_recipe_is_due() -> None:
    """The one that was made with these heads alone is confirmed, the other silenced L0H2 as well: it has not been answered."""
    looks, copies = check("looks", recipes=["look"]), check("copies", recipes=["copy"])
    head = head_type({"look": "defining", "copy": "defining"}, looks, copies)
    one = run("a", "L0H0", recipe="look", causal=[outcome("confirmed", "L0H0", looks)])
    two = run("b", "L0H0 L0H2", recipe="copy", causal=[outcome("confirmed", "L0H0 L0H2", copies)])
    assert checks_left(head, {"look": one, "copy": two}, (A,)) == ("copies",)
    assert shown(head, one, two) == ("partly", ())
    assert "the causal check copies silenced others with it" in why(head, one, two)
    alone = two.model_copy(update={"joint": (CausalOutcome.model_validate(outcome("confirmed", "L0H0", copies)),)})
    assert checks_left(head, {"look": one, "copy": alone}, (A,)) == ()
    assert shown(head, one, alone) == ("shown", (A,))


ALL_FOUND = "Every head of the layers was found: none is left to compare with."


def test_a_check_that_could_silence_nothing_is_undecided_for_the_heads_it_was_given() -> None:
    """Where other heads were found as well, the heads that pass all recipes can still be tested without them."""
    none = outcome("undecided", "", why=ALL_FOUND)
    assert shown(TESTED, run(heads="L0H0 L0H1", causal=[none])) == ("undecided", ())
    assert "every head of the layers was found: none is left" in why(TESTED, run(heads="L0H0", causal=[none]))
    one, two = run("a", "L0H0 L0H1", recipe="look", causal=[none]), run("b", "L0H1", recipe="copy")
    assert checks_left(TWO, {"look": one, "copy": two}, (B,)) == ("falls",)
    assert shown(TWO, one, two) == ("partly", ())


STAYS = check("stays", expects="stay", metric="loss", clean=0)
STAND_IN = check("easier", instead_of="falls", clean=0.1)


def test_the_reason_for_undecided_is_that_of_a_check_that_counts() -> None:
    """Neither one that stays nor one for which another stood in is the reason."""
    head = head_type({"default": "defining"}, check(), STAND_IN, STAYS)
    few = "There are only 2 sets of heads to compare with; 3 are needed."
    made = [
        outcome("undecided", "L0H0", STAYS, why="The prompts mark no positions."),
        outcome("undecided", "L0H0"),
        outcome("undecided", "L0H0", STAND_IN, why=few),
    ]
    assert shown(head, run(heads="L0H0", causal=made)) == ("undecided", ())
    assert why(head, run(heads="L0H0", causal=made)).endswith(
        "; there are only 2 sets of heads to compare with; 3 are needed"
    )


def test_a_check_of_what_stays_that_could_not_be_made_takes_nothing_back() -> None:
    """It narrows what another check has shown; alone it shows nothing."""
    head = head_type({"default": "defining"}, check(), STAYS)
    unasked = outcome("undecided", "L0H0", STAYS, why="The prompts mark no positions.")
    assert shown(head, run(heads="L0H0", causal=[outcome("confirmed", "L0H0"), unasked])) == ("shown", (A,))
    assert shown(head, run(heads="L0H0", causal=[unasked])) == ("partly", ())
    assert causal_result(run(heads="L0H0", causal=[unasked]).causal) is None


@pytest.mark.parametrize(
    ("asked", "word", "words"),
    [
        ([behaviour(SEEN)], "not-shown", "the model does the behaviour, and no head passes"),
        ([behaviour(FAINT)], "undecided", "the model does not do the behaviour (accuracy 0.2, needed 0.5)"),
        ([behaviour(None)], "undecided", "no head passes, and the prompts have no answers"),
        ([behaviour(None), behaviour(SEEN, check("easier", clean=0.1))], "not-shown", "the model does the behaviour"),
        ([behaviour(None), behaviour(FAINT)], "undecided", "the model does not do the behaviour"),
        ([], "undecided", "whether the model does the behaviour was not asked"),
    ],
)
def test_where_no_head_passes_the_behaviour_decides(asked: list[dict[str, Any]], word: str, words: str) -> None:
    """A model that does the behaviour without such a head is not the same as one that does not do it, or could not be asked."""
    one = run(behaviours=asked)
    assert shown(TESTED, one) == (word, ())
    assert words in why(TESTED, one)


def test_the_behaviour_may_be_known_from_the_checks_of_another_recipe() -> None:
    """Silencing what a supporting recipe found measures the behaviour as it is; what must stay is another behaviour."""
    head = head_type({"look": "defining", "hint": "supporting"}, check(), STAYS)
    nothing = run("a", "", recipe="look")

    def hint(*causal: dict[str, Any]) -> Run:
        return run("b", "L0H0", recipe="hint", causal=list(causal))

    assert shown(head, nothing, hint(outcome("refuted", "L0H0"))) == ("not-shown", ())
    assert shown(head, nothing, hint(outcome("undecided", "L0H0"))) == ("undecided", ())
    assert shown(head, nothing, hint(outcome("refuted", "L0H0", STAYS))) == ("undecided", ())


def test_a_showing_rests_on_the_newest_runs_and_says_what_each_found() -> None:
    """Of the defining recipes the heads, of all recipes the runs."""
    head = head_type({"look": "defining", "copy": "defining", "hint": "screen"})
    runs = [run("a", "L0H0", recipe="look"), run("b", "L0H1", recipe="copy"), run("c", "L0H2", recipe="hint")]
    showing = judge(head, "jar-small", runs)
    assert showing is not None
    assert (showing.head_type, showing.model) == ("sparkle", "jar-small")
    assert showing.found == {"look": (A,), "copy": (B,)}
    assert [r.id for r in showing.runs] == ["a", "b", "c"]


def evidence(kind: str, *runs: Run) -> Evidence:
    """What these runs say where jar-small is a model of this kind."""
    one = model(kind=kind, **({"revision": "a" * 40, "hub_id": "jar/small"} if kind == "public" else {}))
    return Evidence({"sparkle": PLAIN}, {one.id: one}, {}, runs, {})


@pytest.mark.parametrize("kind", ["public", "organism"])
def test_showings_are_looked_up_by_type_model_and_head(kind: str) -> None:
    """Only heads that a type is shown for are found under it."""
    found = evidence(kind, run(heads="L0H0"))
    assert [s.word for s in found.showings.values()] == ["shown"]
    assert found.shown_as == {("jar-small", A): ["sparkle"]}
    assert list(found.showings_of_head) == ["sparkle"]
    assert list(found.showings_of_model) == ["jar-small"]
    assert evidence(kind, run()).shown_as == {}
    assert found.outcome(found.runs[0]).word == "shown"
    assert found.outcome(found.runs[0]).role == "defining"


def test_an_exact_model_shows_nothing() -> None:
    """Its weights were set so: a run there checks the instrument, and says whether what follows from them was met."""
    expected = [{"head": "L0H0", "value": 0.0, "tolerance": 0.01, "reason": "set by hand"}]
    runs = [
        run("met", "L0H0", expected=expected),
        run("off", "L0H0", expected=[{**expected[0], "value": 1.0}]),
        run("nothing", "L0H0"),
        run("needed", "L0H0", causal=[outcome("confirmed", "L0H0")]),
        run("useless", "L0H0", expected=expected, causal=[outcome("refuted", "L0H0")]),
        run("unasked", "L0H0", expected=expected, causal=[outcome("undecided", "L0H0")]),
        run("gone", "L0H0", expected=expected, **WITHDRAWN),
    ]
    found = evidence("exact", *runs)
    assert (found.showings, found.shown_as) == ({}, {})
    said = ["met", "off", "undecided", "met", "off", "met", "invalidated"]
    assert [found.outcome(one).word for one in runs] == said
    assert all(found.outcome(one).showing is None for one in runs)


def test_runs_of_models_and_types_without_a_record_say_nothing() -> None:
    """They are told as problems elsewhere; here they must not break the others."""
    found = evidence("organism", run("a", "L0H0", model="jar-large"), run("b", "L0H0", head="twinkle"))
    assert found.showings == {}
    assert found.outcome(found.runs[0]).model_kind == "unknown"
    assert found.outcome(found.runs[1]).word == "undecided"


def test_why_the_checks_that_are_left_say_nothing_of_the_heads() -> None:
    """Those that silenced other heads are named and no others; beside one that was made, it is not said that none was."""
    looks, copies = check("looks", recipes=["look"]), check("copies", recipes=["copy"])
    head = head_type({"look": "defining", "copy": "defining"}, looks, copies)
    unmade, alone = (
        run("a", "L0H0", recipe="look", causal=made) for made in ([], [outcome("confirmed", "L0H0", looks)])
    )
    others = run("b", "L0H0 L0H2", recipe="copy", causal=[outcome("confirmed", "L0H0 L0H2", copies)])
    met = "L0H0 met every defining criterion; "
    assert why(head, unmade, others) == f"{met}the causal check copies silenced others with it"
    assert why(head, alone, run("b", "L0H0", recipe="copy")) == f"{met}the causal check copies was not made with it"
    assert why(head, unmade, run("b", "L0H0", recipe="copy")) == f"{met}no causal check was made with it"
    stays = check("stays", expects="stay", instead_of="falls")
    made = run(heads="L0H0", causal=[outcome("undecided", "L0H0"), outcome("undecided", "L0H0", stays)])
    instead = head_type({"default": "defining"}, check(), stays)
    assert shown(instead, made) == ("partly", ())
    assert why(instead, made) == f"{met}no causal check decides about it"
