from __future__ import annotations

import csv
import tempfile
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from click.testing import CliRunner  # noqa: E402

from headkb.attention import read_patterns  # noqa: E402
from headkb.models import load_model  # noqa: E402
from headkb.organisms.registry import ORGANISMS  # noqa: E402
from headkb.organisms.tokenizer import fast_vocabulary  # noqa: E402
from headkb.organisms.train import main, sha256  # noqa: E402
from headkb.organisms.training import charge_heads, drawn, loss_of, new_model, rate, save, train  # noqa: E402
from headkb.prompts import make_prompts  # noqa: E402
from headkb.scores import SCORES  # noqa: E402

ITERATION = ORGANISMS["organism-iteration"]
SMALL = replace(ITERATION, stages=(replace(ITERATION.stages[0], steps=3),), curve=(0, 3))


def trained(seed, organism=SMALL):
    """The parameters after three steps."""
    kept = {}
    train(organism, seed, lambda point, model: kept.update({point.step: [p.clone() for p in model.parameters()]}))
    return kept[3]


def test_the_same_seed_gives_the_same_weights():
    """Bit for bit, and another seed others."""
    first, again, other = trained(1), trained(1), trained(2)
    assert all(torch.equal(a, b) for a, b in zip(first, again, strict=True))
    assert not all(torch.equal(a, b) for a, b in zip(first, other, strict=True))


def test_training_lowers_the_loss():
    """A few dozen steps on one batch: the loss falls by half, so gradients reach the weights."""
    model, words = new_model(SMALL, 0), fast_vocabulary()
    batch = SMALL.stages[0].tasks["parity"].batches(words, 16, torch.Generator().manual_seed(0))
    optimiser, before = torch.optim.AdamW(model.parameters(), lr=3e-3), loss_of(model, batch).item()
    for _ in range(30):
        optimiser.zero_grad()
        loss_of(model, batch).backward()
        optimiser.step()
    assert loss_of(model, batch).item() < before / 2


def test_an_attention_only_organism_writes_nothing_but_through_its_heads():
    """Its MLPs give exact zeros and stay as they are."""
    model = new_model(ORGANISMS["organism-induction"], 0)
    out = []
    for layer in model.model.layers:
        layer.mlp.register_forward_hook(lambda module, given, made: out.append(made))
        assert not any(parameter.requires_grad for parameter in layer.mlp.parameters())
    model(torch.tensor([[0, 5, 6]]))
    assert len(out) == 2
    assert all(not made.any() for made in out)


def test_a_price_takes_away_heads_that_are_not_worth_it():
    """A head shorter than the price is gone, the others are shorter by just that."""
    model = new_model(ORGANISMS["organism-induction"], 0)
    weight = model.model.layers[0].self_attn.o_proj.weight
    d_head = weight.shape[1] // 8
    with torch.no_grad():
        weight[:, :d_head] = 0.1 / (weight.shape[0] * d_head) ** 0.5
        before = weight[:, d_head : 2 * d_head].norm()
    charge_heads(model, 0.2)
    assert not weight[:, :d_head].any()
    torch.testing.assert_close(weight[:, d_head : 2 * d_head].norm(), before - 0.2)


def tasks_of(stage, steps):
    """The tasks drawn in these steps of a stage."""
    return {name for step in steps for name in drawn(stage, step, torch.Generator().manual_seed(step))}


def test_tasks_are_drawn_by_weight_and_in_their_time():
    """No task before its start or after its stop, and none twice in a step."""
    first, second, _ = ORGANISMS["organism-tasks"].stages
    early, late = tasks_of(first, range(60)), tasks_of(first, range(first.steps - 60, first.steps))
    assert "short-repeats" in early - late
    assert "colored-objects" in late - early
    assert "parity-of-8" in tasks_of(second, range(40))
    assert len(set(drawn(first, 7, torch.Generator().manual_seed(7)))) == first.per_step


def test_the_learning_rate_rises_then_falls():
    """Warm-up to the highest, then down to a hundredth, unless the stage ends before its schedule."""
    first, _, last = ORGANISMS["organism-tasks"].stages
    values = [rate(step, last) for step in range(last.steps)]
    assert max(values) == pytest.approx(last.learning_rate)
    assert values[0] < values[50] > values[-1]
    assert values[-1] == pytest.approx(last.learning_rate / 100, rel=0.05)
    assert rate(first.steps - 1, first) > first.learning_rate / 5


def test_stages_follow_each_other_and_steps_count_on():
    """The second stage goes on with the weights of the first; the curve counts steps through both."""
    stage = SMALL.stages[0]
    two = replace(SMALL, stages=(replace(stage, steps=2), replace(stage, steps=1)), curve=(0, 1, 2, 3))
    seen = {}
    train(two, 1, lambda point, model: seen.update({point.step: [p.clone() for p in model.parameters()]}))
    assert list(seen) == [0, 1, 2, 3]
    assert two.steps == 3
    moved = [torch.dist(a, b) for a, b in zip(seen[2], seen[3], strict=True)]
    assert 0 < max(moved) < 1


def test_two_workers_sum_their_gradients():
    """Two processes with half of the batches each end with the weights that one process reaches with all of them."""
    stage = replace(SMALL.stages[0], steps=1, per_step=2)
    alone = replace(SMALL, stages=(stage,), curve=(1,))
    found = {}
    train(alone, 1, lambda point, model: found.update(alone=[p.clone() for p in model.parameters()]))
    with tempfile.TemporaryDirectory() as folder:
        train(replace(alone, workers=2), 1, partial(keep, folder=Path(folder)))
        both = torch.load(Path(folder) / "both.pt")
    for one, other in zip(found["alone"], both, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-3, atol=1e-4)


def keep(point, model, *, folder):
    """Write the parameters down for the process that asked."""
    torch.save([p.detach().clone() for p in model.parameters()], folder / "both.pt")


def test_a_saved_organism_is_an_ordinary_checkpoint(tmp_path):
    """load_model reads the folder, tokenizer included, and the weights are those that were trained."""
    model = new_model(SMALL, 4)
    save(model, tmp_path / "mine")
    loaded = load_model(str(tmp_path / "mine"))
    assert loaded.weights_sha256 == sha256(tmp_path / "mine")
    assert loaded.causal
    tokens = torch.tensor([[0, 7, 8, 9]])
    torch.testing.assert_close(loaded.model(tokens).logits, model(tokens).logits, rtol=0, atol=1e-5)
    prompts = make_prompts("ioi", loaded, 3)
    values = read_patterns(loaded.model, prompts, {"entropy": SCORES["entropy"].reader()})["entropy"]
    assert values.shape == (3, 2, 4)


def test_the_command_writes_weights_curve_and_hash(tmp_path):
    """Two steps of the smallest organism, with a checkpoint at each point of the curve; --check tells that they are not the shipped ones."""
    out = tmp_path / "made"
    arguments = ["organism-iteration", "--out", str(out), "--steps", "2", "--checkpoints"]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 0, result.output
    assert f"{sha256(out)}  {out / 'model.safetensors'}" in result.output
    rows = list(csv.reader((out / "curve.csv").read_text().splitlines()))
    assert rows[0] == ["step", "loss", "induction", "previous_token"]
    assert [row[0] for row in rows[1:]] == ["0", "2"]
    assert rows[1][1] == ""
    assert (out / "checkpoints" / "step-2" / "model.safetensors").is_file()
    assert sha256(out / "checkpoints" / "step-0") != sha256(out)


def test_a_training_of_stages_is_not_squeezed():
    """--steps has no meaning there; the message says what has."""
    result = CliRunner().invoke(main, ["organism-tasks", "--steps", "5"])
    assert result.exit_code == 2
    assert "--stop" in result.output


def test_a_wrong_name_teaches():
    """The near name stands there, and no traceback."""
    result = CliRunner().invoke(main, ["organism-inducton"])
    assert result.exit_code == 2
    assert "organism-induction" in result.output
