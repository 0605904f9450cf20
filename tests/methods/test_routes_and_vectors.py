"""Information-flow routes and function vectors, against loops by hand."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from headkb.errors import ShapeError, UnknownNameError  # noqa: E402
from headkb.methods.function_vector import function_vector, with_vector  # noqa: E402
from headkb.methods.heads import top_heads  # noqa: E402
from headkb.methods.information_flow import flow, information_flow, routes  # noqa: E402

EPSILON = 1e-5


def nearness(whole, part):
    """The numerator of an importance."""
    return max((whole.abs().sum() - (whole - part).abs().sum()).item(), EPSILON)


def test_importance_is_nearness_over_the_sum_of_nearnesses(by_hand, pairs):
    """GPT-2 by hand, one part at a time: heads and source tokens, the stream, and the MLP."""
    hand, prompts = by_hand("gpt2"), pairs()
    kept = []
    handles = [
        block.register_forward_pre_hook(lambda _, args: kept.append(args[0])) for block in hand.model.transformer.h
    ]
    _, z, mlps, qkv = hand.run(prompts)
    for handle in handles:
        handle.remove()
    found = flow(hand.model, prompts)
    for layer, prompt, query in [(0, 0, 6), (1, 2, 3), (2, 1, 6)]:
        projection = hand.at(layer, "attn.c_proj")
        before = kept[layer][prompt, query]
        middle = before + projection(z[layer].flatten(-2))[prompt, query].detach()
        values, expected = hand.values(layer, qkv), {}
        for head in range(4):
            W_O = projection.weight.detach()[head * 8 : head * 8 + 8]
            for key in range(query + 1):
                part = hand.attentions[layer][prompt, head, query, key] * values[prompt, head, key] @ W_O
                expected[head, key] = nearness(middle, part)
        rest = nearness(middle, before)
        total = rest + sum(expected.values())
        for (head, key), value in expected.items():
            assert found.attention[prompt, layer, head, query, key].item() == pytest.approx(value / total, abs=1e-5)
        assert found.residual[prompt, layer, query].item() == pytest.approx(rest / total, abs=1e-5)
        after = middle + mlps[layer][prompt, query]
        mlp, stays = nearness(after, mlps[layer][prompt, query]), nearness(after, middle)
        assert found.mlps[prompt, layer, query].item() == pytest.approx(mlp / (mlp + stays), abs=1e-5)


@pytest.mark.parametrize("name", ["llama", "gemma2", "olmo2", "gpt_neox"])
def test_importances_sum_to_one(tiny, pairs, name):
    """Over heads, source tokens and the stream, at every real position; nothing comes from the future."""
    prompts = pairs(padded=True)
    found = flow(tiny(name), prompts)
    total = found.attention.sum((2, 4)) + found.residual
    torch.testing.assert_close(total, prompts.mask[:, None].float().expand_as(total), rtol=0, atol=1e-5)
    assert not found.attention.triu(1).any()


def test_the_score_is_the_share_at_the_chosen_positions(tiny, pairs):
    """At "end" by default, else the mean over the positions named, or over all."""
    prompts = pairs(padded=True)
    shares = flow(tiny("llama"), prompts).attention.sum(-1)
    rows = torch.arange(3)
    at_end = information_flow(tiny("llama"), prompts, tokens_per_batch=1)
    torch.testing.assert_close(at_end, shares[rows, :, :, prompts.positions["end"]], rtol=1e-5, atol=1e-6)
    middle = information_flow(tiny("llama"), prompts, positions="middle")
    torch.testing.assert_close(middle, shares[..., 2:4].mean(-1), rtol=1e-5, atol=1e-6)
    everywhere = information_flow(tiny("llama"), prompts, positions=None)
    lengths = prompts.mask.sum(-1)[:, None, None]
    torch.testing.assert_close(everywhere, shares.sum(-1) / lengths, rtol=1e-5, atol=1e-6)


def test_routes_hold_only_edges_that_lead_to_the_end(tiny, pairs):
    """Each edge is above the threshold and starts where a lower one can end."""
    found = flow(tiny("olmo2"), pairs())
    graph = routes(found, prompt=1, end=6, threshold=0.1)
    assert graph
    assert all(edge.importance >= 0.1 for edge in graph)
    assert {edge.query_pos for edge in graph if edge.layer == 2} == {6}
    for layer in (0, 1):
        above = {edge.key_pos for edge in graph if edge.layer == layer + 1 and edge.kind != "mlp"}
        assert {edge.query_pos for edge in graph if edge.layer == layer} <= above
    assert len(routes(found, 1, 6, threshold=0.0)) > len(graph)
    assert not routes(found, 1, 6, threshold=1.1)


def test_a_function_vector_is_the_sum_of_mean_outputs(by_hand, pairs):
    """GPT-2: mean z at "end" times W_O, over the heads."""
    hand, prompts = by_hand("gpt2"), pairs()
    rows, end, heads = torch.arange(3), prompts.positions["end"], [(0, 1), (2, 3)]
    _, z, _, _ = hand.run(prompts)
    expected = sum(
        z[layer][rows, end, head].mean(0) @ hand.at(layer, "attn.c_proj").weight.detach()[head * 8 : head * 8 + 8]
        for layer, head in heads
    )
    torch.testing.assert_close(function_vector(hand.model, prompts, heads), expected, rtol=1e-5, atol=1e-5)
    one_by_one = function_vector(hand.model, prompts, heads, tokens_per_batch=1)
    torch.testing.assert_close(one_by_one, expected, rtol=1e-5, atol=1e-5)


def test_a_vector_is_added_where_the_layer_reads(tiny, pairs):
    """At "end" of one layer, against a hook by hand; the rest of the stream stays."""
    model, prompts, vector = tiny("llama"), pairs(padded=True), torch.linspace(-1, 1, 32)
    rows, end = torch.arange(3), prompts.positions["end"]

    def hook(_, args):
        args[0][rows, end] += 2 * vector

    handle = model.model.layers[1].register_forward_pre_hook(hook)
    with torch.no_grad():
        expected = model(prompts.tokens, attention_mask=prompts.mask.long()).logits[rows, end]
    handle.remove()
    torch.testing.assert_close(with_vector(model, prompts, vector, 1, scale=2.0), expected, rtol=1e-5, atol=1e-5)


def test_top_heads_come_highest_first_and_wrong_ones_are_refused(tiny, pairs):
    """Means over prompts; NaN counts as not measured."""
    effects = torch.tensor([[[0.1, 0.9], [torch.nan, 0.3]], [[0.1, 0.7], [0.5, 0.3]]])
    assert top_heads(effects, 3) == [(0, 1), (1, 0), (1, 1)]
    with pytest.raises(UnknownNameError, match="no head named 'L7H0'"):
        function_vector(tiny("gpt2"), pairs(), [(7, 0)])
    with pytest.raises(ShapeError, match="0 heads and 3 prompts make no vector"):
        function_vector(tiny("gpt2"), pairs(), [])
