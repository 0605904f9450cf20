"""Heads are named by the block they stand in."""

import pytest
import torch
import transformers

from headkb.attention import anatomy, edits, observe, output_weights, read_patterns
from headkb.attention.hooks import at_blocks, at_z
from headkb.attention.parts import model_inputs, output
from headkb.attention.tap import Tap, of_layers, tapped
from headkb.errors import ModelError, UnknownNameError
from headkb.sweeps import logit_diff, mean_z, sweep
from tests.attention.architectures import ALL, blocks_of, prompts, shared
from tests.attention.hybrids import BLOCKS, REFUSED

METRIC = logit_diff(torch.tensor([4, 5, 6]), torch.tensor([8, 8, 9]), prompts().lengths - 1)


def test_the_matrix_is_as_wide_as_promised():
    """At least 66 architectures are observed, and the refused ones are others."""
    assert len(ALL) >= 66
    assert not set(ALL) & set(REFUSED)
    assert set(BLOCKS) <= set(ALL)


@pytest.mark.parametrize("name", ALL)
def test_the_blocks_that_attend_are_those_of_the_configuration(name):
    """Each part's layers are the block numbers read off the configuration by hand."""
    parts = anatomy(shared(name))
    for part in {site.part for site in parts.sites}:
        assert ([site.layer for site in parts.part(part)], parts.n_layers(part)) == blocks_of(name)


@pytest.mark.parametrize("name", REFUSED)
def test_an_architecture_without_whole_patterns_is_refused_in_one_sentence(name):
    """Windows, pooled tokens, two calls at once and no attention at all are told apart."""
    kind, sizes, refusal = REFUSED[name]
    model = getattr(transformers, kind).from_config(
        transformers.AutoConfig.for_model(name, **sizes), attn_implementation="eager"
    )
    with pytest.raises(ModelError) as error:
        anatomy(model.eval())
    assert str(error.value) == refusal


def test_whatever_is_called_back_is_called_with_the_block():
    """Taps, z and block inputs of Jamba come with 1 and 3, whose modules they are."""
    model, given = shared("jamba"), prompts()
    sites = anatomy(model).part()
    seen: dict[str, list[int]] = {"tap": [], "z": [], "block": []}
    tap = Tap(see=of_layers(sites, lambda layer, call: seen["tap"].append(layer)), batch=3)
    z = at_z(sites, lambda layer, z: seen["z"].append(layer))
    with torch.no_grad(), z, at_blocks(model, sites, lambda layer, x: seen["block"].append(layer)), tapped(model, tap):
        model(**model_inputs(model, given))
    assert seen == {"tap": [1, 3], "z": [1, 3], "block": [1, 3]}
    assert [site.module for site in sites] == [model.model.layers[block].self_attn for block in (1, 3)]


def test_an_edit_of_a_block_is_an_edit_of_that_block():
    """Zeroing L3H2 of Jamba is zeroing it at the projection of layers.3, alone and in the sweep."""
    model, given = shared("jamba"), prompts()

    def silence(_, args):
        z = args[0].clone()
        z[..., 16:24] = 0
        return (z,)

    with torch.no_grad():
        edited = edits.run(model, given, [edits.zero([(3, 2)])])
        handle = model.model.layers[3].self_attn.o_proj.register_forward_pre_hook(silence)
        wanted = output(model(**model_inputs(model, given)))
        handle.remove()
    torch.testing.assert_close(edited, wanted, rtol=0, atol=2e-6)
    swept = sweep(model, given, "zero", METRIC, heads=[(3, 2)])
    last = wanted[torch.arange(3), given.lengths - 1]
    drop = last[torch.arange(3), torch.tensor([4, 5, 6])] - last[torch.arange(3), torch.tensor([8, 8, 9])]
    torch.testing.assert_close(swept[3, 2], drop.mean(), rtol=0, atol=2e-5)
    assert int(swept.isfinite().sum()) == 1


def test_mean_and_resampled_z_are_found_under_their_block():
    """`mean_z` and `observe` have a row for every block, NaN where none attends; edits read the right one."""
    model, given = shared("jamba"), prompts(padded=False)
    source = observe(model, given, {"o_proj_input"})["o_proj_input"]
    means = mean_z(model, given)
    assert means.isnan().all((1, 2)).tolist() == [True, False, True, False]
    torch.testing.assert_close(means[3], source[:, 3].flatten(0, 1).mean(0), rtol=0, atol=1e-6)
    with torch.no_grad():
        same = edits.run(model, given, [edits.resample([(1, 0), (3, 3)], source)])
        torch.testing.assert_close(same, edits.run(model, given), rtol=0, atol=2e-6)
        assert edits.run(model, given, [edits.mean([(3, 3)], means)]).isfinite().all()
    assert output_weights(model, 3)[0].shape == (4, 8, 32)


@pytest.mark.parametrize(
    "ask",
    [
        lambda model: edits.run(model, prompts(), [edits.zero([(2, 1)])]),
        lambda model: sweep(model, prompts(), "zero", METRIC, heads=[(2, 1)]),
        lambda model: anatomy(model).site(2, 1),
    ],
)
def test_a_head_of_a_block_that_does_not_attend_is_refused_with_those_that_do(ask):
    """L2H1 of Jamba does not exist, whoever asks for it; nor has block 2 a projection."""
    with pytest.raises(UnknownNameError, match=r"no head named 'L2H1'\. Blocks 1 and 3 attend \(4 heads each\)\."):
        ask(shared("jamba"))
    with pytest.raises(UnknownNameError, match="no head named 'L2H0'"):
        output_weights(shared("jamba"), 2)


def test_layers_of_two_widths_keep_their_own():
    """Gemma 4 has heads of 8 and of 16: means and edits of the narrow ones are not padded into numbers."""
    model, given = shared("gemma4_text"), prompts()
    means = mean_z(model, given)
    assert means.isfinite().sum(-1).tolist() == [[8] * 4, [8] * 4, [16] * 4]
    assert sweep(model, given, "mean", METRIC).isfinite().all()
    with torch.no_grad():
        assert edits.run(model, given, [edits.mean([(0, 1), (2, 1)], means)]).isfinite().all()


def test_where_the_projection_hides_patterns_are_read_and_edits_refused():
    """XLNet shows every pattern; its z is never a tensor [batch, pos, …], so an ablation is refused."""
    model = shared("xlnet")
    assert read_patterns(model, prompts(), {"r": lambda p, _: p[..., 0].mean(-1)})["r"].isfinite().all()
    with pytest.raises(ModelError, match="no output projection"):
        sweep(model, prompts(), "zero", METRIC)
