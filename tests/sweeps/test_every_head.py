import dataclasses
import re

import pytest
import torch

from headkb.attention import anatomy, head_shape
from headkb.attention.parts import model_inputs, output
from headkb.errors import ShapeError, UnknownNameError
from headkb.sweeps import Metric, head_sets, logit_diff, mean_z, next_token_loss, sweep
from headkb.sweeps.rows import Rows
from headkb.tensors import Prompts
from tests.attention.architectures import ENCODERS, PAIRED, WITH_Z, blocks_of, build, precise, prompts, shared

CORRECT, WRONG = torch.tensor([4, 5, 6]), torch.tensor([8, 8, 9])
W_O = re.compile(
    r"(?:attn|attention|Attention|mixer)(?:\.\w+)*\.(?:c_proj|o_proj|out_proj|dense|out_lin|Wo|o)$|^.*\.attn\.o$"
)


def output_projections(model, name):
    """The modules that apply W_O, by their names: an oracle that owes nothing to the engine's discovery."""
    found = [
        module
        for path, module in model.named_modules()
        if W_O.search(path) and "encoder_attn" not in path and "EncDec" not in path and "linear_attn" not in path
        if name not in PAIRED or "decoder" in path
        if "vision" not in path and "visual" not in path
        if name == "albert" or int(re.findall(r"\.(\d+)\.", path)[0]) in blocks_of(name)[0]
    ]
    return found * 3 if name == "albert" else found


def by_hand(model, name, given, new_z):
    """Each head edited by a hook of its own and a full pass of its own: `[layer, head]` lists of logits."""
    modules, rows = output_projections(model, name), []
    for layer, module in enumerate(modules):
        for head in range(4):
            calls: list[None] = []

            def hook(this, args, layer=layer, head=head, calls=calls):
                calls.append(None)
                if modules[0] is modules[-1] and len(calls) - 1 != layer:
                    return None  # shared layers: only the layer-th call
                size = args[0].shape[-1] // 4
                z = args[0].clone()
                z[..., head * size : (head + 1) * size] = new_z(layer, head, z[..., head * size : (head + 1) * size])
                return (z,)

            handle = module.register_forward_pre_hook(hook)
            with torch.inference_mode():
                rows.append(output(model(**model_inputs(model, given))))
            handle.remove()
    return rows


def z_by_hand(model, name, given):
    """What each W_O is given, by hooks."""
    caught, modules = [], output_projections(model, name)
    handles = [
        m.register_forward_pre_hook(lambda _, args: caught.append(args[0].clone()))
        for m in {id(m): m for m in modules}.values()
    ]
    with torch.inference_mode():
        model(**model_inputs(model, given))
    for handle in handles:
        handle.remove()
    return caught


def metric_by_hand(logits, shown):
    """The logit difference at each prompt's last token."""
    last = logits[torch.arange(3), shown.lengths - 1]
    return (last.gather(1, CORRECT[:, None]) - last.gather(1, WRONG[:, None]))[:, 0]


def corrupted(given):
    """The same prompts from position 5 on with other tokens."""
    shown = given.decoder or given
    tokens = shown.tokens.clone()
    tokens[:, 5] = 7
    tokens[0, 6] = 9
    changed = dataclasses.replace(shown, tokens=tokens)
    return dataclasses.replace(given, decoder=changed) if given.decoder else changed


@pytest.mark.parametrize("kind", ["zero", "resample"])
@pytest.mark.parametrize("name", WITH_Z)
def test_every_edit_is_that_of_a_hook_and_a_full_pass(name, kind):
    """Sweeping all heads gives, for each, what a hand-written hook in a pass of its own gives."""
    model, given = precise(name), prompts(name)
    shown, source = given.decoder or given, corrupted(given)
    patch = z_by_hand(model, name, source)
    blocks, depth = blocks_of(name)
    assert (len(patch), head_shape(model).n_layers) == (len(blocks), depth)

    def new_z(layer, head, z):
        size = z.shape[-1]
        return torch.zeros_like(z) if kind == "zero" else patch[layer][..., head * size : (head + 1) * size]

    wanted = torch.stack([metric_by_hand(logits, shown) for logits in by_hand(model, name, given, new_z)], 1)
    metric = logit_diff(CORRECT, WRONG, shown.lengths - 1)
    found = sweep(model, given, kind, metric, source=source, per_prompt=True)[:, blocks].flatten(1)
    torch.testing.assert_close(found, wanted.float(), rtol=0, atol=5e-6 * max(1.0, float(wanted.abs().max())))
    assert wanted.std() > 1e-3


@pytest.mark.parametrize("name", [n for n in WITH_Z if n not in ENCODERS])
def test_mean_ablation_with_the_whole_loss(name):
    """Mean-ablating every head, measured by the loss over all positions, is what hooks and cross_entropy give."""
    model, given = precise(name), prompts(name)
    shown = given.decoder or given
    means = [z[shown.mask].mean(0) for z in z_by_hand(model, name, given)]

    def new_z(layer, head, z):
        return means[layer].unflatten(0, (4, -1))[head].expand_as(z)

    targets = shown.tokens[:, 1:].masked_fill(~shown.mask[:, 1:], -100)
    wanted = [
        torch.nn.functional.cross_entropy(logits[:, :-1].transpose(1, 2), targets, reduction="none").sum(-1)
        / shown.mask[:, 1:].sum(-1)
        for logits in by_hand(model, name, given, new_z)
    ]
    found = sweep(model, given, "mean", next_token_loss(), per_prompt=True, memory_mb=1)
    found = found[:, blocks_of(name)[0]].flatten(1)
    torch.testing.assert_close(
        found, torch.stack(wanted, 1).float(), rtol=0, atol=5e-6 * max(1.0, float(wanted[0].abs().max()))
    )


@pytest.mark.parametrize(
    ("name", "resume", "prefix"), [("gpt2", 1, 1), ("llama", 1, 1), ("gptj", 1, 1), ("bloom", 1, 1), ("bert", 1, 0)]
)
def test_the_savings_are_used(name, resume, prefix, monkeypatch):
    """Layers below the edit and positions before it are not run where the model allows."""
    used = []

    class Watched(Rows):
        def __init__(self, *args):
            super().__init__(*args)
            used.append((self.first is not None, bool(self.first)))

    monkeypatch.setattr(head_sets, "Rows", Watched)
    given = prompts(padded=False)
    sweep(shared(name), given, "resample", logit_diff(CORRECT, WRONG, torch.tensor([11] * 3)), source=corrupted(given))
    assert used == [(bool(resume), bool(prefix)), (False, False)]  # the second is the check


def test_savings_that_give_another_number_are_dropped():
    """A layer that is not alone with its input fails the check, and the sweep falls back to whole passes."""
    model = build("llama")
    seen = []
    model.model.layers[0].register_forward_pre_hook(lambda _, args: seen.append(args[0]))  # a second way past layer 0
    model.model.layers[2].register_forward_pre_hook(lambda _, args: (args[0] + seen[-1].mean(), *args[1:]))
    given = prompts()
    metric = logit_diff(CORRECT, WRONG, given.lengths - 1)
    found = sweep(model, given, "zero", metric, per_prompt=True).flatten(1)
    wanted = by_hand(model, "llama", given, lambda layer, head, z: torch.zeros_like(z))
    torch.testing.assert_close(found, torch.stack([metric_by_hand(x, given) for x in wanted], 1), rtol=0, atol=5e-5)


def test_batches_and_budget_change_nothing():
    """Any cutting into batches and rows gives the same numbers."""
    given = prompts()
    metric = logit_diff(CORRECT, WRONG, given.lengths - 1)
    whole = sweep(shared("llama"), given, "zero", metric, per_prompt=True)
    cut = sweep(shared("llama"), given, "zero", metric, per_prompt=True, tokens_per_batch=1, memory_mb=0)
    torch.testing.assert_close(cut, whole, rtol=0, atol=2e-5)


def test_only_the_heads_asked_for_are_edited():
    """Heads not asked for are NaN; positions restrict where z changes."""
    given = prompts()
    last = given.lengths - 1
    metric = logit_diff(CORRECT, WRONG, last)
    found = sweep(shared("gpt2"), given, "zero", metric, heads=[(1, 2)], positions=last)
    assert found.isnan().sum() == 11
    everywhere = sweep(shared("gpt2"), given, "zero", metric, heads=[(1, 2)])
    assert not torch.isclose(found[1, 2], everywhere[1, 2])


def test_an_edit_of_ones_own():
    """A function of (layer, z) is an edit: doubling z is not zeroing it, and leaving it alone changes nothing."""
    given = prompts()
    metric = logit_diff(CORRECT, WRONG, given.lengths - 1)
    same = sweep(shared("gpt2"), given, lambda layer, z: z, metric)
    with torch.inference_mode():
        plain = metric_by_hand(shared("gpt2")(given.tokens, attention_mask=given.mask.long()).logits, given).mean()
    torch.testing.assert_close(same, plain.expand(3, 4), rtol=0, atol=1e-5)


def test_a_function_of_all_logits_is_a_metric():
    """A plain function `[prompt, pos, d_vocab]` → `[prompt]` will do, at the price of all logits."""
    given = prompts(padded=False)
    found = sweep(shared("gemma2"), given, "zero", lambda logits: logits[:, -1, 5])
    wanted = sweep(
        shared("gemma2"), given, "zero", Metric(lambda x, *_: x[:, 0, 0], torch.tensor([11] * 3), torch.tensor([5]))
    )
    torch.testing.assert_close(found, wanted, rtol=0, atol=5e-6)


def test_base_models_are_measured_by_their_last_hidden_state():
    """Without an unembedding the metric reads hidden states."""
    given = prompts()
    found = sweep(shared("bert").base_model, given, "zero", lambda hidden: hidden[:, 0].square().sum(-1))
    assert found.shape == (3, 4)
    assert found.std() > 1e-3


def test_mean_z_leaves_padding_out():
    """The mean is over real tokens only."""
    padded, cut = prompts(), prompts().select(slice(1, 2))
    alone = mean_z(shared("gpt2"), Prompts.of(cut.tokens[:, :8]))
    together = mean_z(shared("gpt2"), padded.select(slice(1, 2), trim=False))
    torch.testing.assert_close(together, alone, rtol=0, atol=1e-6)


@pytest.mark.parametrize("from_batch", [0, 1])
def test_savings_that_fail_are_dropped(from_batch, monkeypatch):
    """Where the fast way raises, in the first batch or a later one, whole passes measure all the same; their own errors stay."""
    given, runs = prompts(), []

    class Failing(Rows):
        def __init__(self, *args):
            super().__init__(*args)
            if self.first is not None:
                runs.append(self.first)
                assert len(runs) <= from_batch, "the layers pass more on than the stream"

    metric = logit_diff(CORRECT, WRONG, given.lengths - 1)
    wanted = sweep(shared("llama"), given, "zero", metric, per_prompt=True, tokens_per_batch=1)
    monkeypatch.setattr(head_sets, "Rows", Failing)
    found = sweep(shared("llama"), given, "zero", metric, per_prompt=True, tokens_per_batch=1)
    torch.testing.assert_close(found, wanted, rtol=0, atol=2e-5)
    assert len(runs) == from_batch + 1
    with pytest.raises(IndexError):
        sweep(shared("llama"), given, lambda layer, z: [][layer], metric)


def test_resample_needs_prompts_of_one_shape():
    """Patching from prompts of another shape, or from none, is refused."""
    with pytest.raises(ShapeError, match=r"resample needs source=, prompts of the shape \(3, 12\)"):
        sweep(shared("gpt2"), prompts(), "resample", next_token_loss(), source=prompts(length=8))


def test_an_edit_that_is_not_there_is_named():
    """A misspelt edit is answered with the nearest one, and not measured as another."""
    with pytest.raises(UnknownNameError, match=r"no edit named 'zeros'.*'zero'"):
        sweep(shared("gpt2"), prompts(), "zeros", next_token_loss())  # type: ignore[arg-type]


def test_the_oracle_finds_every_projection():
    """The hand-written table of names finds as many projections as there are layers, in every architecture."""
    for name in WITH_Z:
        assert len(output_projections(shared(name), name)) == len(anatomy(shared(name)).part()), name
