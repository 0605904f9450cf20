"""Backup, source shares, single inputs, compared texts and languages: slow runs by hand, known answers, and refusals."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from headkb.errors import HeadkbError, ShapeError, UnknownNameError  # noqa: E402
from headkb.exact import build  # noqa: E402
from headkb.exact.layout import VOCABULARY  # noqa: E402
from headkb.methods.attention_contrast import attention_contrast  # noqa: E402
from headkb.methods.backup import backup_effect  # noqa: E402
from headkb.methods.direct_logit import attribute, attribution_by_source, direct_logit_attribution  # noqa: E402
from headkb.methods.input_patching import Through, input_patching  # noqa: E402
from headkb.methods.language_importance import gate_gradients, language_importance  # noqa: E402
from headkb.tensors import Prompts  # noqa: E402

CLOSE = {"rtol": 1e-4, "atol": 1e-5}


@pytest.mark.parametrize("by", ["mean", "zero"])
def test_the_backup_effect_is_the_change_of_direct_attribution(tiny, pairs, by_hand, by):
    """By hand on GPT-2: heads silenced by a hook on W_O's input, the stream taken from the block outputs, one LayerNorm scale a run."""
    hand, prompts = by_hand("gpt2"), pairs(padded=True)
    rows, end = torch.arange(3), prompts.positions["end"]
    names = [(0, 1), (1, 2)]
    _, z, _, _ = hand.run(prompts)
    silent = {}
    for layer, head in names:
        new = z[layer][:, :, head].clone()
        new[rows, end] = new[rows, end].mean(0) if by == "mean" else 0
        silent[layer, head] = new
    expected = shares(hand, prompts, silent) - shares(hand, prompts, {})
    found = backup_effect(tiny("gpt2"), prompts, knocked_out="L0H1, L1H2", by=by)
    for layer, head in names:
        assert found[:, layer, head].isnan().all()
        expected[:, layer, head] = torch.nan
    torch.testing.assert_close(found, expected, equal_nan=True, **CLOSE)


def shares(hand, prompts, silent):
    """Direct logit attribution of a GPT-2 by hand, `[prompt, layer, head]`."""
    rows, end = torch.arange(3), prompts.positions["end"]
    model = hand.model
    kept = []
    handle = model.transformer.ln_f.register_forward_pre_hook(lambda _, args: kept.append(args[0]))
    _, z, _, _ = hand.run(prompts, z=silent)
    handle.remove()
    last = kept[0][rows, end]
    norm = model.transformer.ln_f
    scale = (last.var(-1, correction=0, keepdim=True) + norm.eps).sqrt()
    direction = model.lm_head.weight[prompts.paired["answers"]] - model.lm_head.weight[prompts.paired["wrong"]]

    def one(layer, head):
        weight = model.transformer.h[layer].attn.c_proj.weight.view(4, 8, 32)[head]
        written = z[layer][rows, end, head] @ weight
        return ((written - written.mean(-1, keepdim=True)) / scale * norm.weight * direction).sum(-1)

    return hand.each_head(one).detach()


def test_with_the_clean_scale_heads_below_do_not_change(tiny, pairs):
    """Nothing below the silenced head can back it up; with the final norm's own scale it may seem to."""
    found = backup_effect(tiny("gpt2"), pairs(), knocked_out=[(2, 0)], norm="clean")
    torch.testing.assert_close(found[:, :2], torch.zeros(3, 2, 4), rtol=0, atol=1e-6)
    assert backup_effect(tiny("gpt2"), pairs(), knocked_out=[(2, 0)])[:, :2].abs().max() > 1e-4


def test_without_names_the_strongest_are_knocked_out(tiny, pairs):
    """As many as asked for, those of highest mean direct attribution, whatever the batch size."""
    prompts = pairs(padded=True)
    mean = direct_logit_attribution(tiny("llama"), prompts).mean(0).flatten()
    found = backup_effect(tiny("llama"), prompts, count=2)
    out = found.isnan().all(0).flatten().nonzero()[:, 0].tolist()
    assert sorted(out) == sorted(mean.argsort(descending=True)[:2].tolist())
    torch.testing.assert_close(
        backup_effect(tiny("llama"), prompts, count=2, tokens_per_batch=1), found, equal_nan=True, **CLOSE
    )
    with pytest.raises(UnknownNameError, match="no head named 'L9H9'"):
        backup_effect(tiny("llama"), prompts, knocked_out="L9H9")
    with pytest.raises(HeadkbError, match="count of backup-effect is 0"):
        backup_effect(tiny("llama"), prompts, count=0)
    with pytest.raises(UnknownNameError, match="no by of backup-effect named 'noise'"):
        backup_effect(tiny("llama"), prompts, by="noise")  # type: ignore[arg-type]


def test_a_lone_copier_has_no_backup():
    """On the exact induction model nothing steps in when the head that answers is silenced."""
    model = build("exact-induction")[0]
    tokens = torch.tensor([[0, *(VOCABULARY[sign] for sign in "mabpqrsa")]])
    paired = {"answers": torch.tensor([VOCABULARY["b"]]), "wrong": torch.tensor([VOCABULARY["t"]])}
    found = backup_effect(
        model, Prompts.of(tokens, {"end": torch.tensor([8])}, paired=paired), knocked_out="L1H0", by="zero"
    )
    assert found[:, 1, 0].isnan().all()
    assert found[:, 1, 1:].abs().max() < 1e-3


@pytest.mark.parametrize("name", ["gpt2", "llama", "gemma2"])
def test_source_shares_are_sums_over_their_tokens(tiny, pairs, name):
    """Both groups by name; the joint share is the smaller one; all positions together are the whole contribution."""
    prompts = pairs()
    prompts = replace(prompts, positions={**prompts.positions, "all": torch.arange(7).expand(3, -1)})
    whole = attribute(tiny(name), prompts, by_source=True)
    one = attribution_by_source(tiny(name), prompts, first="middle", second="end", share="first")
    two = attribution_by_source(tiny(name), prompts, first="middle", second="end", share="second")
    torch.testing.assert_close(one, whole.sources[..., 2] + whole.sources[..., 3], **CLOSE)
    torch.testing.assert_close(two, whole.sources[..., 6], **CLOSE)
    both = attribution_by_source(tiny(name), prompts, first="middle", second="end")
    torch.testing.assert_close(both, torch.where(one < two, one, two))
    everything = attribution_by_source(tiny(name), prompts, first="all", second="all")
    torch.testing.assert_close(everything, whole.heads, rtol=1e-3, atol=1e-4)


def test_the_answer_can_be_taken_against_the_mean_logit_and_the_sign_turned(tiny, pairs):
    """Against the mean of the shares towards each of the vocabulary's tokens, one after the other; sign -1 is the negative."""
    prompts = pairs()
    names: dict[str, Any] = {"first": "middle", "second": "end", "share": "first", "difference": False}
    found = attribution_by_source(tiny("gpt2"), prompts, center=True, **names)
    plain = attribution_by_source(tiny("gpt2"), prompts, **names)
    every = [
        attribution_by_source(
            tiny("gpt2"), replace(prompts, paired={**prompts.paired, "answers": torch.full((3,), token)}), **names
        )
        for token in range(tiny("gpt2").config.vocab_size)
    ]
    torch.testing.assert_close(found, plain - torch.stack(every).mean(0), rtol=1e-3, atol=1e-4)
    assert torch.equal(attribution_by_source(tiny("gpt2"), prompts, center=True, sign=-1, **names), -found)
    with pytest.raises(UnknownNameError, match="no sign of attribution-by-source named '2'"):
        attribution_by_source(tiny("gpt2"), prompts, sign=2, **names)  # type: ignore[arg-type]


def test_source_shares_do_not_depend_on_padding_or_batches(tiny, pairs):
    """One prompt at a time, unpadded, gives what the padded set gives."""
    prompts = pairs(padded=True)
    names: dict[str, Any] = {"first": "middle", "second": "end"}
    whole = attribution_by_source(tiny("llama"), prompts, **names)
    small = attribution_by_source(tiny("llama"), prompts, tokens_per_batch=1, **names)
    alone = [attribution_by_source(tiny("llama"), prompts.select(slice(row, row + 1)), **names) for row in range(3)]
    torch.testing.assert_close(small, whole, **CLOSE)
    torch.testing.assert_close(torch.cat(alone), whole, **CLOSE)
    cut = [
        backup_effect(tiny("llama"), prompts.select(slice(row, row + 1)), knocked_out="L1H0", by="zero")
        for row in range(3)
    ]
    together = backup_effect(tiny("llama"), prompts, knocked_out="L1H0", by="zero")
    torch.testing.assert_close(torch.cat(cut), together, equal_nan=True, **CLOSE)


def test_a_head_that_reads_one_place_is_no_mixed_head():
    """The exact induction head reads all of its answer at B: the whole of it there, nothing elsewhere, and nothing from both."""
    model = build("exact-induction")[0]
    tokens = torch.tensor([[0, *(VOCABULARY[sign] for sign in "mabpqrsa")]])
    paired = {"answers": torch.tensor([VOCABULARY["b"]]), "wrong": torch.tensor([VOCABULARY["t"]])}
    prompts = Prompts.of(
        tokens, {"end": torch.tensor([8]), "b": torch.tensor([3]), "a": torch.tensor([2])}, paired=paired
    )
    values = {
        share: attribution_by_source(model, prompts, first="b", second="a", share=share)[0, 1, 0].item()
        for share in ("first", "second", "both")
    }
    assert values["first"] == pytest.approx(20.0, abs=1e-3)
    assert values["second"] == pytest.approx(0.0, abs=1e-3)
    assert values["both"] == pytest.approx(0.0, abs=1e-3)


def test_one_input_of_one_head_by_hand(tiny, pairs, by_hand):
    """On GPT-2 the head attends by hand with the other query, its z is put in place, and the metric read off."""
    hand, prompts = by_hand("gpt2"), pairs()
    rows, end = torch.arange(3), prompts.positions["end"]
    logits, _, _, qkv = hand.run(prompts)
    bad_logits, _, _, bad = hand.run(prompts.corrupted)
    clean, corrupted = hand.diff(logits, prompts), hand.diff(bad_logits, prompts)
    causal = torch.ones(7, 7, dtype=torch.bool).tril()

    def one(layer, head):
        q, k, v = (qkv[layer, part].view(3, 7, 4, 8)[:, :, head].clone() for part in "qkv")
        q[rows, end] = bad[layer, "q"].view(3, 7, 4, 8)[rows, end, head]
        pattern = (q @ k.transpose(1, 2) / 8**0.5).masked_fill(~causal, -torch.inf).softmax(-1)
        return clean - hand.diff(hand.run(prompts, z={(layer, head): pattern @ v})[0], prompts)

    expected = hand.each_head(one) / (clean - corrupted).mean()
    torch.testing.assert_close(input_patching(tiny("gpt2"), prompts), expected, **CLOSE)


@pytest.mark.parametrize("through", ["q", "k", "v"])
@pytest.mark.parametrize("name", ["llama", "gpt_neox", "gemma2"])
def test_batches_of_heads_do_not_matter_and_nothing_changes_without_a_difference(tiny, pairs, name, through):
    """One head at a time gives the same; inputs taken from the same prompt change nothing."""
    prompts = pairs(padded=True)
    found = input_patching(tiny(name), prompts, through=through, positions=None)
    one = input_patching(tiny(name), prompts, through=through, positions=None, tokens_per_batch=1)
    torch.testing.assert_close(found, one, rtol=1e-3, atol=1e-4)
    same = replace(prompts, corrupted=replace(prompts, corrupted=None))
    assert input_patching(tiny(name), same, through=through, positions=None, normalize="none").abs().max() < 1e-4


def test_the_key_and_not_the_query_carries_what_induction_matches():
    """On the exact induction model, with another first A, all goes through the induction head's keys."""
    model = build("exact-induction")[0]
    tokens = torch.tensor([[0, *(VOCABULARY[sign] for sign in "mabpqrsa")]])
    other = tokens.clone()
    other[:, 2] = VOCABULARY["t"]
    paired = {"answers": torch.tensor([VOCABULARY["b"]]), "wrong": torch.tensor([VOCABULARY["t"]])}
    prompts = Prompts.of(tokens, {"end": torch.tensor([8])}, paired=paired, corrupted=Prompts.of(other))
    expected: dict[Through, float] = {"q": 0.0, "k": 1.0, "v": 0.0}
    for through, value in expected.items():
        found = input_patching(model, prompts, through=through, positions=None)[0]
        assert found[1, 0].item() == pytest.approx(value, abs=1e-3)
        assert found[1, 1:].abs().max() < 1e-3


def watched(look, away):
    """Prompts of four tokens and counterparts of six, with a place looked at and another."""
    places = {"end": torch.tensor([3, 3]), "place": torch.tensor([1, 1]), "rest": torch.tensor([2, 2])}
    others = {"end": torch.tensor([5, 5]), "place": torch.tensor([1, 1]), "rest": torch.tensor([[2, 3], [2, 3]])}
    tokens = torch.tensor([[0, *(VOCABULARY[s] for s in text)] for text in look])
    other = torch.tensor([[0, *(VOCABULARY[s] for s in text)] for text in away])
    return Prompts.of(tokens, places, corrupted=Prompts.of(other, others), causal=True)


def test_a_head_that_turns_away_scores_1_and_one_that_stays_0():
    """The duplicate head looks at an earlier copy: there on the prompts, elsewhere on the counterparts."""
    model = build("exact-duplicate-token")[0]
    turned = attention_contrast(model, watched(["aba", "cdc"], ["abxxb", "cdxxd"]), key="place", against=None)
    assert turned.shape == (2, 1, 4)
    assert turned[:, 0, 0].tolist() == pytest.approx([1.0, 1.0], abs=1e-5)
    still = attention_contrast(model, watched(["aba", "cdc"], ["abxxa", "cdxxc"]), key="place", against=None)
    assert still[:, 0, 0].tolist() == pytest.approx([0.0, 0.0], abs=1e-5)
    back = attention_contrast(model, watched(["abb", "cdd"], ["abxxa", "cdxxc"]), key="place", against=None)
    assert back[:, 0, 0].tolist() == pytest.approx([-1.0, -1.0], abs=1e-5)


def test_separation_is_in_units_of_both_spreads(tiny, pairs):
    """By hand from the shares of the attention maps; padding and single prompts give the same."""
    prompts = pairs(padded=True)
    where = {"end": prompts.positions["end"], "a": torch.tensor([0, 0, 0]), "b": torch.tensor([1, 1, 1])}
    prompts = replace(prompts, positions=where, corrupted=replace(prompts.corrupted, positions=where))
    model, sides = tiny("llama"), []
    for some in (prompts, prompts.corrupted):
        with torch.no_grad():
            maps = model(some.tokens, attention_mask=some.mask.long(), output_attentions=True).attentions
        row = torch.stack([m[torch.arange(3), :, some.positions["end"]] for m in maps], 1)  # [prompt, layer, head, key]
        sides.append(row[..., 0] / (row[..., 0] + row[..., 1]))
    names: dict[str, Any] = {"key": "a", "against": "b"}
    torch.testing.assert_close(attention_contrast(model, prompts, **names), sides[0] - sides[1], **CLOSE)
    spread = sides[0].std(0, unbiased=False) + sides[1].std(0, unbiased=False)
    expected = (sides[0].mean(0) - sides[1].mean(0)) / spread
    found = attention_contrast(model, prompts, gap="separation", **names)
    torch.testing.assert_close(found, expected[None], rtol=1e-3, atol=1e-4)
    alone = torch.cat([attention_contrast(model, prompts.select(slice(k, k + 1)), **names) for k in range(3)])
    torch.testing.assert_close(alone, sides[0] - sides[1], **CLOSE)


def test_prompts_without_counterparts_are_refused(tiny, pairs):
    """And gaps that do not exist."""
    with pytest.raises(ShapeError, match="the 3 prompts have no counterparts to compare with"):
        attention_contrast(tiny("gpt2"), replace(pairs(), corrupted=None))
    with pytest.raises(UnknownNameError, match="no gap of attention-contrast named 'ratio'"):
        attention_contrast(tiny("gpt2"), pairs(), gap="ratio")  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["gpt2", "llama"])
def test_gate_gradients_are_finite_differences(tiny, pairs, name):
    """The loss with one head's z scaled a little up and down, by a hook in double precision."""
    prompts = pairs(padded=True)
    model = tiny(name, torch.float64)
    found = gate_gradients(model, prompts)
    step = 1e-2  # norms round to single precision inside

    def loss(layer, head, gate):
        block, module = (
            ("transformer.h.{}", "attn.c_proj") if name == "gpt2" else ("model.layers.{}", "self_attn.o_proj")
        )

        def scale(_, args):
            z = args[0].clone().view(*args[0].shape[:2], 4, -1)
            z[:, :, head] *= gate
            return (z.flatten(-2),)

        handle = model.get_submodule(f"{block.format(layer)}.{module}").register_forward_pre_hook(scale)
        with torch.no_grad():
            logits = model(prompts.tokens, attention_mask=prompts.mask.long()).logits.log_softmax(-1)
        handle.remove()
        right = logits[:, :-1].gather(-1, prompts.tokens[:, 1:, None])[..., 0] * prompts.mask[:, 1:]
        return -right.sum(-1) / prompts.mask[:, 1:].sum(-1)

    for layer, head in ((0, 0), (1, 3), (2, 2)):
        expected = (loss(layer, head, 1 + step) - loss(layer, head, 1 - step)) / (2 * step)
        torch.testing.assert_close(found[:, layer, head].double(), expected, rtol=5e-3, atol=2e-4)


def test_importance_and_kinds_follow_from_the_gates(tiny, pairs):
    """The formula by loops; specific and general exclude each other; batches do not matter."""
    prompts = replace(pairs(), paired={"labels": torch.tensor([0, 1, 1])})
    model = tiny("gpt2")
    gates = gate_gradients(model, prompts)[1:]
    expected = torch.zeros(3, 4)
    for layer in range(3):
        for head in range(4):
            values = gates[:, layer, head].tolist()
            expected[layer, head] = 1000 * sum(map(abs, values)) / 2 * sum(value < 0 for value in values) / 2
    found = language_importance(model, prompts, kind="importance", language=1)
    torch.testing.assert_close(found[0], expected, rtol=1e-4, atol=1e-4)
    small = language_importance(model, prompts, kind="importance", language=1, tokens_per_batch=1)
    torch.testing.assert_close(small, found, rtol=1e-3, atol=1e-3)
    kinds = {
        kind: language_importance(model, prompts, kind=kind, quantile=0.7, general=2)
        for kind in ("specific", "general")
    }
    assert set(kinds["specific"].unique().tolist()) <= {0.0, 1.0}
    assert (kinds["specific"] * kinds["general"]).max() == 0
    assert (
        kinds["specific"].sum() + 2 * kinds["general"].sum() == 2 * 4
    )  # four of twelve heads lie above 0.7 in each language


def test_texts_that_are_not_sorted_are_refused(tiny, pairs):
    """The message says what to use; so for a language without texts."""
    with pytest.raises(ShapeError, match="are not sorted by language"):
        language_importance(tiny("gpt2"), pairs())
    two = replace(pairs(), paired={"labels": torch.tensor([0, 1, 1])})
    with pytest.raises(HeadkbError, match="no prompt is of language 5; there are 0, 1"):
        language_importance(tiny("gpt2"), two, kind="importance", language=5)
    with pytest.raises(HeadkbError, match="quantile is 1"):
        language_importance(tiny("gpt2"), two, quantile=1.0)
