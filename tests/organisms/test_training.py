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
from torch import Tensor  # noqa: E402

from headkb.attention import read_patterns  # noqa: E402
from headkb.models import load_model  # noqa: E402
from headkb.models.names import BUNDLED  # noqa: E402
from headkb.prompts import make_prompts  # noqa: E402
from headkb.scores import SCORES  # noqa: E402
from organisms.registry import ORGANISMS  # noqa: E402
from organisms.tokenizer import fast_vocabulary  # noqa: E402
from organisms.train import compared, main, record, resumed, sha256  # noqa: E402
from organisms.training import (  # noqa: E402
    ALL,
    Span,
    charge_heads,
    clear_heads,
    drawn,
    loss_of,
    new_model,
    rate,
    save,
    train,
)

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


def test_a_head_that_writes_nothing_is_cleared_and_no_logit_changes():
    """It then looks at all it sees alike; a head that writes keeps its pattern."""
    model = new_model(ORGANISMS["organism-induction"], 0).eval()
    with torch.no_grad():
        for layer in model.model.layers:
            layer.self_attn.q_proj.weight.mul_(20)  # so that patterns are far from flat
        model.model.layers[1].self_attn.o_proj.weight.view(128, 8, 32)[:, 3] = 0
    prompts = make_prompts("repeated-random-tokens", fast_vocabulary(), 2, 0, period=6)

    def seen():
        entropy = read_patterns(model, prompts, {"e": SCORES["entropy"].reader()})["e"].mean(0)
        return model(prompts.tokens).logits.detach(), entropy[1, 3].item(), entropy[1, 4].item()

    before, *_ = seen()
    clear_heads(model)
    after, cleared, other = seen()
    torch.testing.assert_close(after, before, rtol=0, atol=1e-6)
    assert cleared == pytest.approx(1.0, abs=1e-6)
    assert other < 0.99


def test_an_unequal_price_leaves_one_of_two_heads_that_do_the_same():
    """Of two heads the shorter pays more and goes first; an equal price keeps the gap between them."""
    lengths = {}
    for unequal in (False, True):
        model = new_model(ORGANISMS["organism-induction"], 0)
        weight = model.model.layers[0].self_attn.o_proj.weight
        by_head = weight.view(len(weight), 8, -1)
        with torch.no_grad():
            by_head[:, 0] *= 1.0 / by_head[:, 0].norm()
            by_head[:, 1] *= 0.8 / by_head[:, 1].norm()
        for _ in range(20):
            charge_heads(model, 0.02, unequal=unequal)
        lengths[unequal] = [by_head[:, head].norm().item() for head in (0, 1)]
    long, short = lengths[False]
    assert long - short == pytest.approx(0.2, abs=1e-4)
    longer, shorter = lengths[True]
    assert longer - shorter > 0.3


def tasks_of(stage, steps):
    """The tasks drawn in these steps of a stage."""
    return {name for step in steps for name in drawn(stage, step, torch.Generator().manual_seed(step))}


def test_tasks_are_drawn_by_weight_and_in_their_time():
    """No task before its start or after its stop, and none twice in a step."""
    first, second, _ = ORGANISMS["organism-tasks"].stages
    early, late = tasks_of(first, range(60)), tasks_of(first, range(first.steps - 60, first.steps))
    assert "holdings" in late - early
    early, late = tasks_of(second, range(60)), tasks_of(second, range(second.steps - 60, second.steps))
    assert "short-holdings" in early - late
    assert len(set(drawn(first, 7, torch.Generator().manual_seed(7)))) == first.per_step


def test_the_learning_rate_rises_then_falls():
    """Warm-up to the highest, then down to a hundredth, unless the stage ends before its schedule."""
    first, *_, last = ORGANISMS["organism-tasks"].stages
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
    found: dict[str, list[Tensor]] = {}
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
    assert values.shape == (3, 2, 8)


def test_half_precision_rounds_the_saved_weights_and_leaves_the_model(tmp_path):
    """The file is half as large; what is loaded from it is float32 again, each weight off by at most one part in two thousand."""
    model = new_model(SMALL, 4)
    before = [p.clone() for p in model.parameters()]
    save(model, tmp_path / "whole")
    save(model, tmp_path / "half", half=True)
    assert all(torch.equal(a, b) for a, b in zip(before, model.parameters(), strict=True))
    sizes = [(tmp_path / name / "model.safetensors").stat().st_size for name in ("whole", "half")]
    assert sizes[1] == pytest.approx(sizes[0] / 2, rel=0.01)
    loaded = load_model(str(tmp_path / "half")).model
    for weight, rounded in zip(before, loaded.parameters(), strict=True):
        assert rounded.dtype == torch.float32
        torch.testing.assert_close(rounded, weight, rtol=2**-11, atol=1e-7)


def test_the_command_writes_weights_curve_and_hash(tmp_path):
    """Two steps of an organism, with a checkpoint at each point of the curve."""
    out = tmp_path / "made"
    arguments = ["organism-induction", "--out", str(out), "--steps", "2", "--checkpoints"]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 0, result.output
    assert f"{sha256(out)}  {out / 'model.safetensors'}" in result.output
    rows = list(csv.reader((out / "curve.csv").read_text().splitlines()))
    assert rows[0] == ["step", "loss", "induction", "previous_token"]
    assert [row[0] for row in rows[1:]] == ["0", "2"]
    assert rows[1][1] == ""
    assert (out / "checkpoints" / "step-2" / "model.safetensors").is_file()
    assert sha256(out / "checkpoints" / "step-0") != sha256(out)


def test_a_training_is_held_against_the_shipped_one(tmp_path):
    """The same bits pass; other bits with the same scores pass and are told; a training that grew no such heads does not."""
    shipped = BUNDLED / "organism-induction"
    told, good = compared(shipped, shipped)
    assert good
    assert told.startswith("the same weights")
    model = load_model("organism-induction").model
    with torch.no_grad():
        model.model.layers[0].self_attn.q_proj.weight[0, 0] += 1e-4
    save(model, tmp_path / "near")
    told, good = compared(tmp_path / "near", shipped)
    assert good
    assert told.startswith("not the same weights")
    assert "within 0.1" in told
    save(new_model(replace(ORGANISMS["organism-induction"]), 5), tmp_path / "untrained")
    told, good = compared(tmp_path / "untrained", shipped)
    assert not good
    assert "further apart than 0.1" in told


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


def test_an_organism_begins_as_the_one_it_starts_from_ended():
    """New layers and MLPs write nothing yet, so both give the same logits."""
    older = load_model("organism-induction").model
    younger = new_model(ORGANISMS["organism-tasks"], 0).eval()
    tokens = torch.tensor([[0, 9, 30, 7, 9, 30]])
    with torch.inference_mode():
        torch.testing.assert_close(younger(tokens).logits, older(tokens).logits, rtol=0, atol=1e-5)
    assert younger.config.num_hidden_layers > older.config.num_hidden_layers


def test_a_training_that_was_cut_off_after_a_stage_goes_on_to_the_same_weights(tmp_path):
    """The last whole stage's checkpoint is all that is needed; a folder without one begins anew."""
    stage = replace(SMALL.stages[0], steps=2)
    two = replace(SMALL, stages=(stage, stage), curve=(2,))
    train(two, 1, partial(record, out=tmp_path, checkpoints=True))
    whole = sha256(tmp_path)
    span = resumed(two, tmp_path)
    assert span == Span(done=2, weights=tmp_path / "checkpoints" / "step-2")
    train(two, 1, partial(record, out=tmp_path, checkpoints=False), span)
    assert sha256(tmp_path) == whole
    steps = [row["step"] for row in csv.DictReader((tmp_path / "curve.csv").read_text().splitlines())]
    assert steps == ["2", "4", "4"]
    assert resumed(two, tmp_path / "empty") == ALL
