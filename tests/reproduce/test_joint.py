"""What is asked besides the score: the causal checks of heads that pass every defining recipe, and the behaviour where no head was found."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

pytest.importorskip("torch")

from headkb import Catalog
from headkb.catalog.load import load
from headkb.catalog.rules import check
from headkb.catalog.schema import HeadIndex, Run
from headkb.catalog.showing import judge
from headkb.cli import main
from headkb.models import load_model
from headkb.reproduce import CausalChecks, carry_out_all, plans_of_head
from headkb.reproduce.joint import with_joint_checks

COPIER = HeadIndex(1, 0)
MODEL = "name: Exact\nkind: exact\nfamily: exact\nn_layers: 2\nn_heads: 4\n"
PROMPTS = "prompts: repeated-random-tokens, parameters: {period: 12, n: 6}"
CHECK = f"id: copying, {PROMPTS}, metric: accuracy, at: second_copy, clean: 0.5, reason: only induction can copy"
COPIES = f"{{id: copies, role: defining, score: induction, {PROMPTS}, threshold: 0.05}}"
LOOKS_FAR = f"{{id: looks-far, role: defining, score: previous-token, {PROMPTS}, threshold: 0.05, higher_is: less}}"
NOTHING = f"{{id: nothing, role: defining, score: induction, {PROMPTS}, threshold: 2.0}}"


def with_type(root: Path, recipes: list[str], *checks: str) -> Catalog:
    """The toy catalog with an induction-like head type and the exact model that has such a head, L1H0, and the one before it."""
    head = root / "heads" / "sparkle.yaml"
    listed = ", ".join(f"{{{one}}}" for one in checks or (CHECK,))
    lines = head.read_text().splitlines()
    known = [f"  - {recipe}" for recipe in recipes]
    lines = ["\n".join(known) if line.startswith("  - {id: default") else line for line in lines]
    ablation = f"ablation: {{intervention: set it to zero, prediction: copying ends, checks: [{listed}]}}"
    head.write_text("\n".join(ablation if line.startswith("ablation:") else line for line in lines) + "\n")
    scores = root / "scores"
    glow = (scores / "previous-token.yaml").read_text().replace("direction: size", "direction: more")
    (scores / "induction.yaml").write_text(glow.replace("Glow", "Echo"))
    # Heads that look far are those with little of it, so this record leaves the side to the recipe.
    (scores / "previous-token.yaml").write_text(glow.replace("direction: more", "direction: size"))
    (root / "models" / "exact-induction.yaml").write_text(MODEL)
    catalog, found = load(root)
    assert [d.text() for d in found] == []
    return catalog


def carried_out(catalog: Catalog) -> dict[str, Run]:
    """Recipe → its run on the exact model."""
    plans = plans_of_head(catalog, catalog.heads["sparkle"])
    done = list(carry_out_all(catalog, plans, load_model("exact-induction")))
    assert [one.error for one in done] == [None] * len(done)
    return {one.plan.name: one.run for one in done}


def reproduce(root: Path, *more: str) -> Result:
    """The command on that catalog."""
    return CliRunner().invoke(main, ["--catalog", str(root), "reproduce", *more], catch_exceptions=False)


def test_heads_that_pass_all_recipes_are_tested_without_those_that_pass_one(toy_copy: Path) -> None:
    """Each recipe finds others besides the copying head; silenced with them it proves nothing, by itself it does."""
    catalog = with_type(toy_copy, [COPIES, LOOKS_FAR])
    runs = carried_out(catalog)
    found = {name: set(run.heads) for name, run in runs.items()}
    assert found["copies"] & found["looks-far"] == {COPIER}
    assert all(len(heads) > 1 for heads in found.values())
    assert {HeadIndex(0, 1), COPIER} <= {head for o in runs["copies"].causal for head in o.heads}
    assert COPIER not in {head for o in runs["looks-far"].causal for head in o.heads}
    (joint,) = runs["looks-far"].joint
    assert runs["copies"].joint == ()
    assert (joint.check.id, joint.heads, joint.result) == ("copying", (COPIER,), "confirmed")
    showing = judge(catalog.heads["sparkle"], "some-organism", runs.values())
    assert (showing.word, showing.heads) == ("shown", (COPIER,))
    bare = runs["looks-far"].model_copy(update={"joint": ()})
    assert judge(catalog.heads["sparkle"], "some-organism", [runs["copies"], bare]).word == "partly"


def test_no_joint_check_is_made_where_there_is_nothing_to_add(toy_copy: Path) -> None:
    """One defining recipe, none that a head passes, one that was not run, or one that silenced just those heads."""
    checks = CausalChecks(load_model("exact-induction"))
    alone = COPIES.replace("0.05}", "0.4}")
    for recipes in ([COPIES], [alone, LOOKS_FAR], [COPIES, NOTHING]):
        assert all(run.joint == () for run in carried_out(with_type(toy_copy, recipes)).values())
        (toy_copy / "heads" / "sparkle.yaml").write_text(
            (Path(__file__).parents[1] / "data" / "catalog" / "heads" / "sparkle.yaml").read_text()
        )
    catalog = with_type(toy_copy, [COPIES, LOOKS_FAR])
    runs = carried_out(catalog)
    one = runs["looks-far"].model_copy(update={"joint": ()})
    assert with_joint_checks(catalog.heads["sparkle"], one, {"looks-far": one}, checks) is one


def test_joint_checks_are_recorded_valid_and_rerun(toy_copy: Path) -> None:
    """The line of the command tells them, the rules accept them, and a rerun notices when one has moved."""
    with_type(toy_copy, [COPIES, LOOKS_FAR])
    told = reproduce(toy_copy, "sparkle", "--model", "exact-induction", "--record").output
    assert "copying, without L1H0: accuracy 1 → 0" in told
    catalog, found = load(toy_copy)
    assert [d.text() for d in [*found, *check(catalog)]] == []
    assert reproduce(toy_copy, "--check").output.endswith("2 met, 0 drifted, 0 left out\n")
    (path,) = (toy_copy / "runs").glob("*looks-far*.yaml")
    before, joint = path.read_text().split("joint:\n")
    assert "silenced: 0." in joint
    path.write_text(f"{before}joint:\n{joint.replace('silenced: 0.', 'silenced: 1.', 1)}")
    assert "a causal check moved by" in reproduce(toy_copy, "--check").output


def test_where_no_head_is_found_the_model_is_asked_for_the_behaviour(toy_copy: Path) -> None:
    """It is recorded with the prompts of each seed, told on a line, valid, and rerun."""
    with_type(toy_copy, [NOTHING])
    told = reproduce(toy_copy, "sparkle", "--model", "exact-induction", "--record").output
    assert "copying: accuracy 1.000, needed 0.5; the model does it" in told
    catalog, found = load(toy_copy)
    told_of = {d.rule for d in [*found, *check(catalog)]}
    assert told_of == {"threshold-out-of-range"}  # which is why it finds nothing
    (run,) = catalog.runs.values()
    (seen,) = run.behaviours
    assert (run.heads, run.causal, seen.shown, [row.seed for row in seen.seeds]) == ((), (), True, [1, 2, 3])
    assert judge(catalog.heads["sparkle"], "some-organism", [run]).word == "not-shown"
    assert reproduce(toy_copy, "--check").output.endswith("1 met, 0 drifted, 0 left out\n")
    (path,) = (toy_copy / "runs").glob("*.yaml")
    path.write_text(path.read_text().replace("    clean: 1.0\n", "    clean: 0.8\n", 1))
    assert "a causal check moved by" in reproduce(toy_copy, "--check").output


STAYS = CHECK.replace("id: copying", "id: stays").replace("reason", "expects: stay, reason")
UNREADABLE = CHECK.replace("at: second_copy", "at: end").replace("id: copying", "id: answered")
TOO_MUCH = CHECK.replace("clean: 0.5", "clean: 1.5").replace("id: copying", "id: too-much")


def test_behaviours_are_asked_in_order_up_to_the_first_that_the_model_does(toy_copy: Path) -> None:
    """What must stay is not asked; what cannot be asked says why."""
    (run,) = carried_out(
        with_type(toy_copy, [NOTHING], UNREADABLE, STAYS, TOO_MUCH, CHECK, TOO_MUCH.replace("too", "far"))
    ).values()
    assert [(seen.check.id, seen.shown, bool(seen.seeds)) for seen in run.behaviours] == [
        ("answered", False, False),
        ("too-much", False, True),
        ("copying", True, True),
    ]
    assert "have no answers" in run.behaviours[0].why
    assert run.behaviours[0].clean != run.behaviours[0].clean  # not a number
