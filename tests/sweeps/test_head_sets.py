"""Sets of heads across layers: every edit gives the logits that whole passes with the same edits give."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from headkb.attention import anatomy, edits, observe
from headkb.errors import ModelError, UnknownNameError
from headkb.sweeps import Metric, SetChange, SetEdit, head_sets, mean_z, sweep_sets
from headkb.sweeps.rows import Rows
from headkb.tensors import Prompts
from tests.attention.architectures import build, precise, prompts, shared

SETS = [[(1, 2)], [], [(0, 1), (0, 3), (2, 0)], [(2, 0), (1, 3)], [(2, 1), (2, 2)], [(0, 0), (1, 1), (2, 3)]]
DECODERS = ["gpt2", "llama", "gemma3_text", "gpt_neox"]
"""Learned positions, grouped heads, sliding layers with norms of q and k, and a parallel MLP."""


def corrupted(given: Prompts) -> Prompts:
    """The same prompts with other tokens at positions 5 and 6."""
    tokens = given.tokens.clone()
    tokens[:, 5:7] = 7
    return replace(given, tokens=tokens)


def whole_passes(model, given: Prompts, kind: str, where=None, keys=None, source=None, part=None) -> list[torch.Tensor]:
    """All logits, `[prompt, pos, d_vocab]`, by one plain pass a set."""
    means = mean_z(model, given, positions=where, part=part) if kind == "mean" else None
    z = None if source is None else observe(model, source, {"o_proj_input"})["o_proj_input"]
    rows = []
    for heads in SETS:
        edit = {
            "zero": lambda heads=heads: edits.zero(heads, where),
            "mean": lambda heads=heads: edits.mean(heads, means, where),
            "resample": lambda heads=heads: edits.resample(heads, z, where),
            "knock-out": lambda heads=heads: edits.knock_out(heads, where, keys),
        }[kind]()
        with torch.inference_mode():
            rows.append(edits.run(model, given, [edit] if heads else [], part=part))
    return rows


def all_logits(positions=None, tokens=None) -> Metric:
    """A metric that gives what it reads, `[prompt, k, v]`."""
    return Metric(lambda logits, *_: logits.double(), positions, tokens)


@pytest.mark.parametrize("padded", [True, False])
@pytest.mark.parametrize("some", [True, False], ids=["positions", "everywhere"])
@pytest.mark.parametrize("kind", ["zero", "mean", "resample", "knock-out"])
@pytest.mark.parametrize("name", DECODERS)
def test_every_edit_of_every_set_is_that_of_a_whole_pass(name: str, kind: SetEdit, some: bool, padded: bool) -> None:
    """Sets within a layer and across layers, and the empty set, at named positions (so that a prefix is skipped) and at all."""
    model, given = shared(name), prompts(padded=padded)
    last = given.lengths - 1
    where = torch.stack([torch.tensor([5, 6, 4]), torch.tensor([7, -1, 8]), last], 1) if some else None
    keys = torch.stack([torch.tensor([1, 0, -1]), last - 3], 1) if kind == "knock-out" else None
    source = corrupted(given) if kind == "resample" else None
    read = torch.stack([given.lengths - 1, given.lengths - 3], 1)
    rows = torch.arange(3)[:, None]
    wanted = torch.stack([logits[rows, read] for logits in whole_passes(model, given, kind, where, keys, source)])
    change = SetChange(kind, where, keys, source, means_at=where)
    found = sweep_sets(model, given, SETS, change, all_logits(read))
    torch.testing.assert_close(found, wanted.double(), rtol=0, atol=1e-5 * max(1.0, float(wanted.abs().max())))
    differ = (wanted - wanted[1]).abs().amax((1, 2, 3))
    assert (differ > 1e-3).tolist() == [True, False, True, True, True, True]


@pytest.mark.parametrize("name", ["gemma2", "mpt", "bert", "gpt_oss"])
@pytest.mark.parametrize("kind", ["mean", "knock-out"])
def test_other_architectures_too(name: str, kind: SetEdit) -> None:
    """Soft-capped logits, softmaxes outside the table, encoders and attention sinks, with all positions read."""
    model, given = precise(name), prompts(padded=False)
    keys = torch.tensor([0, 1, 2]) if kind == "knock-out" else None
    wanted = torch.stack(whole_passes(model, given, kind, keys=keys)).double()
    found = sweep_sets(model, given, SETS, SetChange(kind, None, keys), all_logits())
    torch.testing.assert_close(found, wanted, rtol=0, atol=1e-5 * max(1.0, float(wanted.abs().max())))


def test_a_model_with_two_stacks_is_measured_by_whole_passes() -> None:
    """Where no layer can be skipped the numbers are the same."""
    model, given = precise("t5"), prompts("t5", padded=False)
    wanted = torch.stack(whole_passes(model, given, "zero", part="decoder")).double()
    found = sweep_sets(model, given, SETS, SetChange("zero"), all_logits(), part="decoder")
    torch.testing.assert_close(found, wanted, rtol=0, atol=1e-9)


def test_vocabulary_entries_and_cuts_change_nothing() -> None:
    """Any cutting into batches and rows, and any choice of what is read, gives the same numbers; means too."""
    model, given, read = shared("llama"), prompts(), torch.tensor([[7], [7], [7]])
    change, tokens = SetChange("mean"), torch.tensor([5, 90])
    whole = sweep_sets(model, given, SETS, change, all_logits(read))
    cut = sweep_sets(model, given, SETS, change, all_logits(read, tokens), tokens_per_batch=1, memory_mb=0)
    torch.testing.assert_close(cut, whole[..., tokens], rtol=0, atol=2e-5)
    assert sweep_sets(model, given, [], change, all_logits(read)).shape == (0, 3)


def test_the_unchanged_pass_is_made_once_and_layers_below_are_not_run() -> None:
    """Sets that begin in layer 2 run layer 0 once for the batch and once for the check of the savings; means come from the same pass."""
    model, given, calls = build("gpt2"), prompts(padded=False), list[int]()
    model.transformer.h[0].register_forward_hook(lambda _, args, __: calls.append(len(args[0])))
    anatomy(model)
    calls.clear()
    sweep_sets(model, given, [[(2, head)] for head in range(4)], SetChange("mean"), all_logits(given.lengths - 1))
    assert calls == [3, 1]


def test_savings_that_give_another_number_are_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fast way that is wrong is noticed by the whole pass of one prompt, and whole passes give the numbers."""
    model, given, whole = shared("llama"), prompts(), list[bool]()

    class Wrong(Rows):
        def edited(self):
            whole.append(self.first is None)
            for numbers, values in super().edited():
                yield numbers, values if self.first is None else values + 0.01

    monkeypatch.setattr(head_sets, "Rows", Wrong)
    wanted = torch.stack(whole_passes(model, given, "mean")).double()
    found = sweep_sets(model, given, SETS, SetChange("mean"), all_logits())
    torch.testing.assert_close(
        found[:, given.mask], wanted[:, given.mask], rtol=0, atol=1e-5 * float(wanted.abs().max())
    )
    assert whole == [False, True, True]


def test_heads_that_overflow_are_named() -> None:
    """NaN never becomes a number; the message says which set was edited."""
    given = prompts(padded=False)
    broken = SetChange(lambda layer, z: z * float("nan"))
    with pytest.raises(ModelError, match="the output with L1H2, L2H0 edited holds NaN"):
        sweep_sets(shared("gpt2"), given, [[(2, 0), (1, 2)]], broken, all_logits())


def test_unknown_edits_and_heads_are_named() -> None:
    """A misspelt edit is answered with the nearest one, a head that is not there with those that are."""
    with pytest.raises(UnknownNameError, match=r"no edit named 'knockout'.*'knock-out'"):
        sweep_sets(shared("gpt2"), prompts(), SETS, SetChange("knockout"), all_logits())  # type: ignore[arg-type]
    with pytest.raises(UnknownNameError, match="L3H0"):
        sweep_sets(shared("gpt2"), prompts(), [[(3, 0)]], SetChange("zero"), all_logits())
