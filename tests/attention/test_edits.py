import pytest
import torch

from headkb.attention import (
    Edit,
    add,
    knock_out,
    mean,
    observe,
    output_weights,
    remove,
    resample,
    run,
    set_pattern,
    zero,
)
from headkb.errors import ShapeError, UnknownNameError
from headkb.sweeps import mean_z
from tests.attention.architectures import prompts, shared

MODELS = ["gpt2", "llama", "gemma2", "gpt_oss", "bert", "gptj", "bloom", "gpt_neo"]


def z_under(model, edits, layer=1):
    """What W_O of one layer is given while the edits are made."""
    caught = []
    from headkb.attention import anatomy

    site = anatomy(model).part()[layer]
    handle = site.o_proj.register_forward_hook(lambda _, args, __: caught.append(args[0].unflatten(-1, (4, -1))))
    with torch.no_grad():
        run(model, prompts(), edits)
    handle.remove()
    return caught[0]


@pytest.mark.parametrize("name", MODELS)
def test_no_edit_is_the_plain_model(name):
    """Without edits, run gives the model's own logits."""
    model, given = shared(name), prompts()
    with torch.no_grad():
        plain = model(given.tokens, attention_mask=given.mask.long()).logits
        torch.testing.assert_close(run(model, given), plain, rtol=0, atol=2e-6)


@pytest.mark.parametrize("name", MODELS)
def test_a_knocked_out_edge_takes_nothing_and_the_rest_share_its_part(name):
    """After a knock-out the edge's attention is 0 and the others keep their proportions."""
    model, given = shared(name), prompts()
    free = observe(model, given, {"pattern", "attn_scores"})
    query, key = torch.tensor([6, 6, 6]), torch.tensor([5, 5, 5])
    from headkb.attention.edits import pattern_changes
    from headkb.attention.parts import model_inputs
    from headkb.attention.probe import anatomy
    from headkb.attention.tap import Tap, tapped

    found, seen = anatomy(model), []
    change = pattern_changes(found.sites, [knock_out([(1, 2)], query, key)])
    with torch.inference_mode(), tapped(model, Tap(see=lambda call: seen.append(change(call)), batch=3), found.route):
        model(**model_inputs(model, given))
    pattern, scores = seen[1], free["attn_scores"][:, 1]
    assert not pattern[:, 2, 6, 5].any()
    torch.testing.assert_close(pattern[:, 1], free["pattern"][:, 1, 1], rtol=0, atol=1e-6)
    sink = 1 - free["pattern"][:, 1, 2, 6].sum(-1, keepdim=True) if name == "gpt_oss" else 0.0  # stays in the sum
    kept = free["pattern"][:, 1, 2, 6].clone()
    kept[:, 5] = 0
    torch.testing.assert_close(pattern[:, 2, 6], kept / (kept.sum(-1, keepdim=True) + sink), rtol=0, atol=2e-5)
    assert scores.shape == pattern.shape


def test_a_query_without_keys_attends_to_nothing():
    """Knocking out every key of a query makes its z zero, not uniform."""
    z = z_under(shared("gpt2"), [knock_out([(1, 0)], query=torch.tensor([4, 4, 4]))])
    assert not z[:, 4, 0].any()
    assert z[:, 4, 1].any()


@pytest.mark.parametrize("name", MODELS)
def test_a_given_pattern_moves_the_values(name):
    """With the identity as pattern, every z is the value at its own position."""
    model = shared(name)
    z = z_under(model, [set_pattern([(1, 1)], torch.eye(12))])
    if name in {"gptj", "bloom", "gpt_neo"}:
        other = z_under(model, [])
        assert not torch.allclose(z[:, :, 1], other[:, :, 1])
        torch.testing.assert_close(z[:, :, 0], other[:, :, 0])
        return
    v = observe(model, prompts(), {"v"})["v"][:, 1]
    torch.testing.assert_close(z[:, :, 1], v.repeat_interleave(4 // v.shape[1], 1)[:, 1], rtol=0, atol=1e-6)


def test_directions_are_added_and_taken_out():
    """`add` shifts z by scale · direction; `remove` leaves nothing along the direction."""
    model, direction = shared("llama"), torch.arange(8.0) + 1
    before = z_under(model, [])[:, :, 3]
    torch.testing.assert_close(z_under(model, [add([(1, 3)], direction, -2.0)])[:, :, 3], before - 2 * direction)
    assert (z_under(model, [remove([(1, 3)], direction)])[:, :, 3] @ direction).abs().max() < 1e-4


def test_edits_are_made_together_and_only_where_they_say():
    """Several edits of several heads in one pass; positions restrict an edit to some queries."""
    model, given = shared("gpt2"), prompts()
    source = observe(model, prompts(count=3, length=12, padded=False), {"o_proj_input"})["o_proj_input"]
    means = mean_z(model, given)
    where = torch.tensor([[2, 3], [2, 3], [4, 5]])
    edits = [zero([(1, 0)], where), mean([(1, 1)], means), resample([(1, 2)], source)]
    before, after = z_under(model, []), z_under(model, edits)
    assert not after[0, 2:4, 0].any()
    torch.testing.assert_close(after[2, 2:4, 0], before[2, 2:4, 0])
    torch.testing.assert_close(after[:, :, 1], means[1, 1].expand(3, 12, 8))
    torch.testing.assert_close(after[:, :, 2], source[:, 1, :, 2])
    torch.testing.assert_close(after[:, :, 3], before[:, :, 3])


def test_gradients_flow_to_a_direction():
    """Run respects the caller's gradient mode, so a steering direction can be learnt."""
    direction = torch.zeros(8, requires_grad=True)
    run(shared("gpt2"), prompts(), [add([(0, 0)], direction)]).square().mean().backward()
    assert direction.grad is not None
    assert direction.grad.abs().max() > 0


def test_a_head_that_is_not_there_is_named():
    """L3H0 of a model of three layers does not exist."""
    with pytest.raises(UnknownNameError, match=r"L3H0.*Blocks 0 to 2 attend \(4 heads each\)\."):
        run(shared("gpt2"), prompts(), [zero([(3, 0)])])


def test_zeroing_all_heads_leaves_only_the_bias():
    """With every z at 0 what a layer's attention adds is W_O's bias."""
    model = shared("gpt2")
    z = z_under(model, [zero([(1, head) for head in range(4)])])
    assert not z.any()
    assert output_weights(model, 1)[1].shape == (32,)


def test_heads_are_named_in_any_form():
    """Text, pairs and lists of them are the same edit; what is no head is refused in one sentence."""
    model, given = shared("gpt2"), prompts()
    with torch.no_grad():
        expected = run(model, given, [zero([(1, 2), (0, 3)])])
        for heads in ("L1H2, L0H3", ["L1H2", (0, 3)], ("L1H2", "0.3")):
            assert torch.equal(run(model, given, [zero(heads)]), expected)
        assert torch.equal(
            run(model, given, [zero("L1H2"), knock_out((0, 3))]), run(model, given, [zero((1, 2)), knock_out("L0H3")])
        )
    for wrong in ("first", ["L1H2", None], [(1, 2, 3)], 7, [(1, -2)], ["L1"]):
        with pytest.raises(UnknownNameError, match=r'Write it "L9H6" or \(9, 6\)'):
            zero(wrong)


def test_positions_also_limit_scores_and_patterns():
    """An edit of a pattern acts on the queries that it names; one row of positions serves all prompts, any other number is refused."""
    model, given = shared("llama"), prompts(padded=False)
    free = observe(model, given, {"pattern"})["pattern"][:, 1, 1]
    where = torch.tensor([[4, 6]])
    seen = []

    def note(pattern, *_):
        seen.append(pattern.clone())
        return pattern

    watch = Edit([(1, 1)], "pattern", note)
    with torch.no_grad():
        run(model, given, [set_pattern("L1H1", torch.eye(12), where), watch])
    torch.testing.assert_close(seen[0][:, [4, 6]], torch.eye(12)[[4, 6]].expand(3, 2, 12))
    torch.testing.assert_close(seen[0][:, [3, 5, 7]], free[:, [3, 5, 7]])
    with pytest.raises(ShapeError, match="each of 2 prompts, and there are 3"), torch.no_grad():
        run(model, given, [zero("L1H1", torch.tensor([[1], [2]]))])
    with pytest.raises(ShapeError, match="positions go up to 12"), torch.no_grad():
        run(model, given, [zero("L1H1", torch.tensor([[12]]))])
    with pytest.raises(ShapeError, match=r"source has a pattern \(1, 5, 5\)"), torch.no_grad():
        run(model, given, [set_pattern("L1H1", torch.eye(5))])
    source = observe(model, prompts(padded=False, length=9), {"o_proj_input"})["o_proj_input"]
    with pytest.raises(ShapeError, match=r"source has z \(3, 9, 8\), the prompts need \(3, 12, 8\)"), torch.no_grad():
        run(model, given, [resample("L1H1", source)])


def test_a_hook_at_z_serves_every_pass():
    """One block, several passes of a model: the third is seen as the first, cached decoding included."""
    from headkb.attention import anatomy
    from headkb.attention.hooks import at_z

    model, seen = shared("gpt2"), []
    ids = prompts(padded=False, count=1).tokens
    with torch.no_grad(), at_z(anatomy(model).sites, lambda layer, z: seen.append((layer, z.shape[1]))):
        model.generate(ids, attention_mask=torch.ones_like(ids), max_new_tokens=3, min_new_tokens=3)
    assert seen == [(layer, length) for length in (12, 1, 1) for layer in range(3)]
