"""Matrices against the same quantities computed at full size, by hand, on tiny models."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from headkb.attention import observe  # noqa: E402
from headkb.errors import HeadkbError, ModelError, ShapeError, UnknownNameError  # noqa: E402
from headkb.exact import build  # noqa: E402
from headkb.methods.matrices import embedding, input_norms, unembedding  # noqa: E402
from headkb.methods.successor import successor  # noqa: E402
from headkb.methods.svd import contributions, directions_needed, qk_directions  # noqa: E402
from headkb.methods.weights import (  # noqa: E402
    composition,
    composition_baseline,
    composition_score,
    ov_copying,
    ov_top_k,
    qk_matching,
)
from headkb.tensors import Prompts  # noqa: E402

D, HEADS, D_HEAD = 32, 4, 8
CENTRE = torch.eye(D) - torch.full((D, D), 1 / D)


def gpt2_matrices(model, layer, fold):
    """W_Q, W_K, W_V `[head, d_model, d_head]` and W_O `[head, d_head, d_model]`, straight from the modules."""
    block = model.transformer.h[layer]
    before = CENTRE @ torch.diag(block.ln_1.weight) if fold else torch.eye(D)
    parts = [(before @ part).view(D, HEADS, D_HEAD).transpose(0, 1) for part in block.attn.c_attn.weight.split(D, 1)]
    return (*parts, block.attn.c_proj.weight.view(HEADS, D_HEAD, D))


def gpt2_unembedding(model, fold):
    """W_U, with the final norm's gain and centring in front."""
    before = CENTRE @ torch.diag(model.transformer.ln_f.weight) if fold else torch.eye(D)
    return before @ model.lm_head.weight.T


def positivity(matrix):
    """Σ Re λ / Σ |λ|, of the matrix as it is."""
    values = torch.linalg.eigvals(matrix.double())
    return (values.real.sum() / values.abs().sum()).float()


@pytest.mark.parametrize("fold", [False, True])
@torch.no_grad()
def test_copying_and_matching_equal_the_full_circuits(tiny, fold):
    """Eigenvalues of the d_vocab × d_vocab matrices."""
    model = tiny("gpt2")
    W_E, W_U = model.transformer.wte.weight, gpt2_unembedding(model, fold)
    copying, matching = ov_copying(model, fold=fold), qk_matching(model, fold=fold)
    assert copying.shape == matching.shape == (1, 3, HEADS)
    for layer in range(3):
        W_Q, W_K, W_V, W_O = gpt2_matrices(model, layer, fold)
        for head in range(HEADS):
            full = W_E @ W_V[head] @ W_O[head] @ W_U
            torch.testing.assert_close(copying[0, layer, head], positivity(full), rtol=1e-4, atol=1e-5)
            full = W_E @ W_Q[head] @ W_K[head].T @ W_E.T
            torch.testing.assert_close(matching[0, layer, head], positivity(full), rtol=1e-4, atol=1e-5)


@torch.no_grad()
def test_copying_of_the_ov_circuit_alone_and_with_a_centred_vocabulary(tiny):
    """Eigenvalues of W_V W_O in d_model dimensions, and of the full circuit without the mean logit."""
    model = tiny("gpt2")
    alone, centred = ov_copying(model, circuit="ov"), ov_copying(model, center=True)
    W_U = gpt2_unembedding(model, True)
    W_U = W_U - W_U.mean(1, keepdim=True)
    for layer in range(3):
        _, _, W_V, W_O = gpt2_matrices(model, layer, True)
        for head in range(HEADS):
            torch.testing.assert_close(alone[0, layer, head], positivity(W_V[head] @ W_O[head]), rtol=1e-4, atol=1e-5)
            full = model.transformer.wte.weight @ W_V[head] @ W_O[head] @ W_U
            torch.testing.assert_close(centred[0, layer, head], positivity(full), rtol=1e-4, atol=1e-5)
    assert not torch.allclose(centred, ov_copying(model))
    with pytest.raises(UnknownNameError, match="no circuit of ov-copying named 'qk'"):
        ov_copying(model, circuit="qk")  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", ["q", "k", "v"])
@torch.no_grad()
def test_composition_equals_the_full_product(tiny, kind):
    """Frobenius norms of d_model × d_model matrices; nothing composes with its own or an earlier layer."""
    model = tiny("gpt2")
    found = composition(model, kind)
    assert found[1:, :, 0].isnan().all()
    assert found[2, :, 2].isnan().all()
    for early, late in ((0, 1), (0, 2), (1, 2)):
        first, second = gpt2_matrices(model, early, True), gpt2_matrices(model, late, True)
        for a in range(HEADS):
            for b in range(HEADS):
                written = first[2][a] @ first[3][a]
                reads = {
                    "q": second[0][b] @ second[1][b].T,
                    "k": second[1][b] @ second[0][b].T,
                    "v": second[2][b] @ second[3][b],
                }[kind]
                expected = (written @ reads).norm() / (written.norm() * reads.norm())
                torch.testing.assert_close(found[early, a, late, b], expected, rtol=1e-4, atol=1e-5)


def test_random_heads_compose_as_the_baseline():
    """Random matrices of rank d_head compose by about 1 / √d_model."""
    assert composition_baseline(64, 8) == pytest.approx(1 / 8, rel=0.15)
    assert composition_baseline(64, 8) == composition_baseline(64, 8)


@torch.no_grad()
def test_the_composition_score_picks_a_later_head(tiny):
    """One that is named, or the largest; the last layer has none behind it."""
    model, full = tiny("gpt2"), composition(tiny("gpt2"), "k")
    named = composition_score(model, later="L2H1", subtract_baseline=False)
    assert torch.equal(named[0, :2], full[:2, :, 2, 1])
    best = composition_score(model, subtract_baseline=False)
    assert torch.equal(best[0, 1], full[1, :, 2].amax(-1))
    assert best[0, 2].isnan().all()
    assert composition_score(model)[0, 0, 0] == best[0, 0, 0] - composition_baseline(D, D_HEAD)
    with pytest.raises(UnknownNameError, match=r"no head named 'L3H0'.*Blocks 0 to 2 attend \(4 heads each\)\."):
        composition_score(model, later="L3H0")
    with pytest.raises(UnknownNameError, match="no composition named 'o'"):
        composition(model, "o")  # type: ignore[arg-type]


@torch.no_grad()
def test_top_k_equals_a_head_run_by_hand(tiny):
    """After the first MLP, through the head's norm, value bias, output and the final norm."""
    model, ids = tiny("gpt2"), torch.arange(5, 25)
    first = model.transformer.h[0]
    x = model.transformer.wte.weight[ids]
    x = x + first.mlp(first.ln_2(x))
    found = ov_top_k(model, Prompts.of(ids[None]), k=10, tokens=ids)
    turned = ov_top_k(model, Prompts.of(ids[None]), k=10, tokens=ids, sign=-1)
    for layer in range(3):
        block = model.transformer.h[layer]
        v = (block.ln_1(x) @ block.attn.c_attn.weight + block.attn.c_attn.bias)[:, 2 * D :].view(-1, HEADS, D_HEAD)
        for head in range(HEADS):
            written = v[:, head] @ block.attn.c_proj.weight.view(HEADS, D_HEAD, D)[head]
            for sign, values in ((1, found), (-1, turned)):
                logits = model.lm_head(model.transformer.ln_f(sign * written))
                hits = [int(id_) in row.topk(10).indices.tolist() for id_, row in zip(ids, logits, strict=True)]
                assert values[0, layer, head].item() == pytest.approx(sum(hits) / len(hits))


def test_the_exact_induction_head_copies_by_its_matrices():
    """L1H0 copies, L0H0 writes where the unembedding does not read, the others write nothing."""
    model, _ = build("exact-induction")
    copying = ov_copying(model, fold=False)[0]
    assert copying[1, 0] == 1.0
    assert copying.isnan().sum() == 7
    ids = torch.arange(3, 40)
    top = ov_top_k(model, Prompts.of(ids[None]), k=1, tokens=ids)[0]
    assert top[1, 0] == 1.0
    assert top.sum() == 1.0


def test_the_exact_duplicate_head_matches_by_its_matrices():
    """L0H0 looks at its like, L0H2 away from it."""
    model, _ = build("exact-duplicate-token")
    matching = qk_matching(model, fold=False)[0, 0]
    assert matching[[0, 2]].tolist() == [1.0, -1.0]


@torch.no_grad()
def test_the_successor_score_equals_the_matrices_by_hand(tiny):
    """Argmax among the class's successors, the first MLP alone in front; top five of all for the other variant."""
    model = tiny("gpt2")
    pairs = torch.stack([torch.arange(10, 22), torch.arange(11, 23)], 1)
    first = model.transformer.h[0]
    x = model.transformer.wte.weight[pairs[:, 0]]
    mlp = first.mlp(first.ln_2(x))
    found = successor(model, Prompts.of(pairs), pairs=pairs)
    next_score = successor(model, Prompts.of(pairs), pairs=pairs, variant="next-top5", embedding_kind="mlp0")
    W_U = gpt2_unembedding(model, True)[:, pairs[:, 1]]
    for layer in range(3):
        _, _, W_V, W_O = gpt2_matrices(model, layer, True)
        block = model.transformer.h[layer]
        for head in range(HEADS):
            best = (mlp @ W_V[head] @ W_O[head] @ W_U).argmax(-1)
            assert found[0, layer, head].item() == pytest.approx((best == torch.arange(12)).float().mean().item())
            v = (block.ln_1(x + mlp) @ block.attn.c_attn.weight + block.attn.c_attn.bias)[:, 2 * D :].view(
                -1, HEADS, D_HEAD
            )
            logits = model.lm_head(model.transformer.ln_f(v[:, head] @ W_O[head]))
            hits = (logits.topk(5).indices == pairs[:, 1:]).any(-1).float().mean().item()
            assert next_score[0, layer, head].item() == pytest.approx(hits)


def test_successor_pairs_come_from_the_prompts(tiny):
    """Each pair once, class by class; without them the message says what to use."""
    prompts = Prompts.of(
        torch.tensor([[5, 10], [5, 10], [6, 11]]),
        {"item": torch.tensor([1, 1, 1])},
        paired={"answers": torch.tensor([11, 11, 12])},
        classes=["a", "a", "b"],
    )
    one = successor(tiny("gpt2"), prompts)
    # A class of one pair is always found, so the value shows that the classes were kept apart.
    assert (one == 1).all()
    with pytest.raises(ShapeError, match="the prompts have no items of one token with a successor"):
        successor(tiny("gpt2"), Prompts.of(torch.tensor([[5, 10]])))


def test_items_of_several_tokens_are_left_out(tiny):
    """One split item does not refuse the others, and has no part in the value; with split items alone there is none."""
    tokens = torch.tensor([[5, 10, 3], [6, 11, 3], [7, 12, 3]])
    paired = {"answers": torch.tensor([11, 12, 13])}
    split = Prompts.of(tokens, {"item": torch.tensor([[1, -1], [1, -1], [0, 1]])}, paired=paired)
    whole = Prompts.of(tokens[:2], {"item": torch.tensor([1, 1])}, paired={"answers": paired["answers"][:2]})
    assert torch.equal(successor(tiny("gpt2"), split), successor(tiny("gpt2"), whole))
    with pytest.raises(ShapeError, match="no items of one token"):
        successor(tiny("gpt2"), split.select(slice(2, 3)))


@pytest.mark.parametrize("name", ["gpt2", "llama", "gemma2", "granite", "gpt_neox"])
@torch.no_grad()
def test_embeddings_and_norms_are_found_in_every_architecture(tiny, name):
    """What enters the first layer, what leaves it without attention, the norms in front of attention."""
    model = tiny(name)
    norms = input_norms(model)
    assert len(norms) == 3
    assert all(norm is not None for norm in norms)
    ids = torch.tensor([5, 9])
    x, through = embedding(model, ids), embedding(model, ids, "mlp0")
    torch.testing.assert_close(embedding(model, ids, "mlp0-only"), through - x)
    assert unembedding(model, fold=False).shape == (D, 61)
    assert ov_copying(model).isfinite().all()


@torch.no_grad()
def test_singular_directions_make_up_the_logit(tiny, pairs):
    """All of them sum to q·k as the model computes it; the matrices come back."""
    model, prompts = tiny("gpt2"), pairs()
    prompts.positions["s2"] = torch.tensor([2, 1, 4])
    terms = contributions(model, prompts)
    seen = observe(model, prompts, {"attn_scores"})["attn_scores"]
    rows = torch.arange(3)
    scores = seen[rows, :, :, prompts.positions["end"], prompts.positions["s2"]]  # [prompt, layer, head]
    torch.testing.assert_close(terms.sum(-1), scores * D_HEAD**0.5, rtol=1e-4, atol=1e-3)
    found = qk_directions(model, 1)
    assert (found.S[:, :-1] >= found.S[:, 1:]).all()
    W_Q, W_K, _, _ = gpt2_matrices(model, 1, False)
    torch.testing.assert_close(
        torch.einsum("hdk,hk,hek->hde", found.U, found.S, found.V)[:, :-1, :-1],
        W_Q @ W_K.transpose(1, 2),
        rtol=1e-3,
        atol=1e-4,
    )


@torch.no_grad()
def test_the_fewest_directions_are_counted(tiny, pairs):
    """Largest first, until their sum reaches the logit; heads that look elsewhere have no number."""
    model, prompts = tiny("gpt2"), pairs()
    prompts.positions["s2"] = torch.tensor([2, 1, 4])
    terms, needed = contributions(model, prompts), directions_needed(model, prompts, least_attention=0.0)
    for place in needed.isfinite().nonzero()[:10].tolist():
        values = sorted(terms[tuple(place)].tolist(), reverse=True)
        total = sum(values)
        steps = next(k for k in range(1, len(values) + 1) if sum(values[:k]) >= total - 1e-5 * abs(total))
        assert needed[tuple(place)].item() == steps
    assert needed[terms.sum(-1) <= 0].isnan().all()
    assert directions_needed(model, prompts, least_attention=1.0).isnan().all()
    half = directions_needed(model, prompts, least_attention=0.0, share=0.5)
    assert (half <= needed)[needed.isfinite()].all()


def test_rotary_models_are_refused(tiny, pairs):
    """Their query-key matrix depends on the offset."""
    prompts = pairs()
    prompts.positions["s2"] = torch.tensor([2, 1, 4])
    with pytest.raises(
        ModelError, match=r"LlamaForCausalLM changes q after the projection .* Use a model with absolute positions"
    ):
        contributions(tiny("llama"), prompts)


def test_wrong_use_is_told(tiny, pairs):
    """Unknown names, several tokens where one is needed, models without an unembedding."""
    model = tiny("gpt2")
    with pytest.raises(UnknownNameError, match=r"no embedding named 'mlp'. Did you mean"):
        embedding(model, torch.tensor([3]), "mlp")  # type: ignore[arg-type]
    with pytest.raises(HeadkbError, match="k of ov-top-k is 0"):
        ov_top_k(model, pairs(), k=0)
    with pytest.raises(ShapeError, match="the prompts have no answers"):
        ov_top_k(model, Prompts.of(torch.tensor([[5]])))
    with pytest.raises(UnknownNameError, match=r"no positions named 's2'\. These prompts have end, middle\."):
        contributions(model, pairs())
    with pytest.raises(ShapeError, match="one position per prompt is needed"):
        contributions(model, pairs(), key="middle")
    with pytest.raises(UnknownNameError, match="no variant of successor named 'max'"):
        successor(model, pairs(), variant="max")  # type: ignore[arg-type]
