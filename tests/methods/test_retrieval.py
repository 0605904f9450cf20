"""Retrieval, negative attention and probes: exact models whose answer is known, loops by hand, chance where there is nothing."""

from __future__ import annotations

from math import log

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")
pytest.importorskip("sklearn")

from headkb.attention import observe  # noqa: E402
from headkb.errors import HeadkbError, ModelError, ShapeError, UnknownNameError  # noqa: E402
from headkb.exact import build, build_tokenizer  # noqa: E402
from headkb.methods.attention_contrast import negative_attention  # noqa: E402
from headkb.methods.probes import head_outputs, probe_accuracy, probe_heads  # noqa: E402
from headkb.methods.retrieval import decode, retrieval_score  # noqa: E402
from headkb.prompts import make_prompts  # noqa: E402
from headkb.tensors import Prompts  # noqa: E402

# BOS, fifteen different tokens, and the fifth of them again: an induction head goes on with the sixth.
TEXT = torch.tensor([[0, *range(10, 25), 14], [0, *range(30, 45), 34]])
NEEDLE = {"source": torch.arange(6, 11).expand(2, -1)}  # the five tokens that follow


def test_the_induction_head_retrieves():
    """The exact model writes the needle, and its induction head points at each token; no other head does."""
    model, _ = build("exact-induction")
    prompts = Prompts.of(TEXT, NEEDLE)
    written = decode(model, prompts, max_new=5)
    assert written.prompts.tokens[:, -5:].tolist() == [list(range(15, 20)), list(range(35, 40))]
    assert written.recall.tolist() == [1.0, 1.0]
    values = retrieval_score(model, prompts, max_new=5)
    assert values.shape == (2, 2, 4)
    assert values[:, 1, 0].tolist() == [1.0, 1.0]
    assert values[:, 0].sum() == 0
    assert values[:, 1, 1:].sum() == 0


def test_a_decoding_step_is_a_row_of_the_whole_pass():
    """The tokens written one by one with a cache are those that the model ranks first in one pass over the text."""
    model, _ = build("exact-induction")
    written = decode(model, Prompts.of(TEXT, NEEDLE), max_new=8).prompts
    with torch.no_grad():
        best = model(written.tokens).logits.argmax(-1)
    steps = written.positions["written"]
    assert torch.equal(best.gather(1, steps), written.tokens.gather(1, steps + 1))


def test_repetition_exceeds_one_unless_capped():
    """A model that goes round writes the needle again; the source counts every hit. Of equal copies the first is the strongest key."""
    model, _ = build("exact-induction")
    around = torch.tensor([[0, 10, 11, 12, 13, 10, 11, 12, 13, 10]])
    prompts = Prompts.of(around, {"source": torch.tensor([[2, 3]])})
    assert retrieval_score(model, prompts, max_new=12)[0, 1, 0] > 1
    assert retrieval_score(model, prompts, max_new=12, capped=True)[0, 1, 0] <= 1


def test_prompts_that_the_model_does_not_answer_do_not_count():
    """NaN, since nothing was retrieved."""
    model, _ = build("exact-induction")
    elsewhere = Prompts.of(TEXT, {"source": torch.tensor([[1, 2], [1, 2]])})
    assert retrieval_score(model, elsewhere, max_new=3).isnan().all()
    assert retrieval_score(model, elsewhere, max_new=3, least_recall=0.0)[:, 1, 0].tolist() == [0.0, 0.0]


def test_forced_prompts_are_cut_before_their_answer():
    """The model writes for itself."""
    model, _ = build("exact-induction")
    forced = Prompts.of(torch.cat([TEXT, TEXT[:, 1:6]], 1), {**NEEDLE, "answer": torch.arange(16, 21).expand(2, -1)})
    assert torch.equal(
        retrieval_score(model, forced, max_new=5), retrieval_score(model, Prompts.of(TEXT, NEEDLE), max_new=5)
    )


def test_retrieval_needs_a_needle_and_a_causal_model(tiny):
    """The messages say what to use."""
    with pytest.raises(
        UnknownNameError,
        match=r"no positions named 'source'.* retrieval needs prompts that name it: --generator needle\.",
    ):
        retrieval_score(tiny("gpt2"), Prompts.of(TEXT))
    with pytest.raises(ModelError, match="is not causal"):
        retrieval_score(tiny("bert"), Prompts.of(TEXT, NEEDLE, causal=False))
    with pytest.raises(HeadkbError, match="max_new of retrieval is 0"):
        retrieval_score(tiny("gpt2"), Prompts.of(TEXT, NEEDLE), max_new=0)


def test_negative_attention_equals_the_loops(tiny):
    """The formula, query by query; padding does not count."""
    tokens = torch.randint(3, 61, (2, 9), generator=torch.Generator().manual_seed(0))
    mask = torch.arange(9) < torch.tensor([[9], [7]])
    where = {
        "yes": torch.tensor([1, 2]),
        "no": torch.tensor([[2, -1], [0, 1]]),
        "after_instruction": torch.tensor([[3, 4, 5, 6, 7, 8], [3, 4, 5, 6, -1, -1]]),
    }
    prompts = Prompts(tokens, mask, where)
    found = negative_attention(tiny("gpt2"), prompts)
    pattern = observe(tiny("gpt2"), prompts)["pattern"]
    for row in range(2):
        queries = [q for q in where["after_instruction"][row].tolist() if q >= 0]
        yes, no = ([p for p in where[name].view(2, -1)[row].tolist() if p >= 0] for name in ("yes", "no"))
        for layer in range(3):
            for head in range(4):
                a, total = pattern[row, layer, head], 0.0
                for q in queries:
                    on_yes, on_no = sum(float(a[q, j]) for j in yes), sum(float(a[q, j]) for j in no)
                    total += (on_yes + on_no) * log(on_no / on_yes)
                assert found[row, layer, head].item() == pytest.approx(total, abs=1e-4)


def test_a_head_that_looks_at_no_is_negative():
    """The delimiter head of an exact model, with the delimiter in the place of No, and of Yes."""
    model, _ = build("exact-attention-to-delimiter")
    stop = build_tokenizer().encode(".", add_special_tokens=False)[0]
    tokens = torch.tensor([[0, 10, stop, 11, 12, 13]])
    where = {"yes": torch.tensor([1]), "no": torch.tensor([2]), "after_instruction": torch.tensor([[3, 4, 5]])}
    value = negative_attention(model, Prompts.of(tokens, where))[0, 0, 0]
    assert value.item() == pytest.approx(3 * -log(1e-9), rel=1e-5)
    turned = {**where, "yes": where["no"], "no": where["yes"]}
    assert negative_attention(model, Prompts.of(tokens, turned))[0, 0, 0] == -value
    with pytest.raises(UnknownNameError, match="negative-attention needs prompts that name them"):
        negative_attention(model, Prompts.of(tokens))


def probing_prompts(n=64, seed=0):
    """Random letters; the label is whether the last but one is among the first three of six: only a previous-token head knows."""
    draw = torch.Generator().manual_seed(seed)
    tokens = torch.cat([torch.zeros(n, 1, dtype=torch.long), torch.randint(10, 16, (n, 6), generator=draw)], 1)
    labels = (tokens[:, -2] < 13).long()
    return Prompts.of(tokens, {"end": torch.full((n,), 6)}, paired={"labels": labels})


@pytest.mark.parametrize("probe", ["linear", "mlp"])
def test_a_probe_finds_the_head_that_knows(probe):
    """L0H0 of the exact previous-token model carries the label; the others write nothing and are guessed."""
    model, _ = build("exact-previous-token")
    found = probe_heads(model, probing_prompts(), probe=probe)
    assert found.right.shape == (64, 1, 4)
    assert found.accuracy[0, 0] == 1.0
    assert (found.accuracy[0, 1:] <= found.majority + 1e-6).all()
    assert found.held_out == 64


def test_shuffled_labels_are_at_chance():
    """Taught on shuffled labels, or asked for random ones, the same head knows nothing."""
    model, _ = build("exact-previous-token")
    prompts = probing_prompts(96)
    control = torch.stack([probe_accuracy(model, prompts, reading="control", seed=seed)[:, 0, 0] for seed in range(5)])
    assert abs(float(control.mean()) - 0.5) < 0.12
    prompts.paired["labels"] = torch.randint(2, (96,), generator=torch.Generator().manual_seed(5))
    assert abs(float(probe_accuracy(model, prompts)[:, 0, 0].mean()) - 0.5) < 0.15
    selectivity = probe_accuracy(model, probing_prompts(96), reading="selectivity")[:, 0, 0]
    assert selectivity.mean() > 0.3


def test_groups_stay_on_one_side():
    """Each group is held out whole, every prompt once, and labels stand on both sides."""
    from headkb.methods.probes import _splits

    labels, groups = torch.tensor([1, 0] * 10), torch.arange(10).repeat_interleave(2)
    splits = _splits(labels, groups, 3, 0)
    for train, test in splits:
        assert not set(groups[train].tolist()) & set(groups[test].tolist())
        assert len(labels[train].unique()) == 2
    assert sorted(torch.cat([test for _, test in splits]).tolist()) == list(range(20))


def test_z_is_read_where_asked(tiny):
    """At the named position, or the mean of the tokens up to it."""
    prompts = Prompts(
        torch.randint(3, 61, (3, 6)), torch.arange(6) < torch.tensor([[6], [4], [5]]), {"end": torch.tensor([4, 3, 4])}
    )
    z = observe(tiny("llama"), prompts, {"z"})["z"]
    at_end = head_outputs(tiny("llama"), prompts)
    torch.testing.assert_close(at_end[1], z[1, :, 3])
    torch.testing.assert_close(head_outputs(tiny("llama"), prompts, last=2)[0], z[0, :, 3:5].mean(1))
    torch.testing.assert_close(head_outputs(tiny("llama"), prompts, positions="nowhere")[2], z[2, :, 4])


def test_probes_need_labels(tiny):
    """Two kinds at least, and folds that the groups allow."""
    prompts = Prompts.of(torch.randint(3, 61, (4, 5)))
    with pytest.raises(
        ShapeError, match=r"the 4 prompts have no labels\. Choose prompts that have, such as --generator true-false"
    ):
        probe_accuracy(tiny("gpt2"), prompts)
    with pytest.raises(ShapeError, match="all prompts have the same label"):
        probe_accuracy(tiny("gpt2"), Prompts.of(prompts.tokens, paired={"labels": torch.ones(4)}))
    with pytest.raises(HeadkbError, match="folds is 5; it must be 2 to the number of groups, 4"):
        probe_accuracy(tiny("gpt2"), Prompts.of(prompts.tokens, paired={"labels": torch.tensor([0, 1, 0, 1])}), folds=5)
    with pytest.raises(UnknownNameError, match="no probe of probing named 'tree'"):
        probe_accuracy(
            tiny("gpt2"),
            Prompts.of(prompts.tokens, paired={"labels": torch.tensor([0, 1, 0, 1])}),
            probe="tree",  # type: ignore[arg-type]
        )


def test_the_generators_feed_the_methods():
    """Statements for probes, yes-no questions for negative attention, as their records say."""
    model, _ = build("exact-previous-token")
    tokenizer = build_tokenizer()
    statements = make_prompts("true-false", tokenizer, 20)
    assert probe_accuracy(model, statements).isfinite().all()
    questions = make_prompts("yes-no", tokenizer, 4)
    assert negative_attention(model, questions).shape == (4, 1, 4)
