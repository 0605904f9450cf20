"""Ablation, patching, path patching and attribution by one call, beside the methods they stand on and hooks written by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

torch = pytest.importorskip("torch")

import headkb  # noqa: E402
from headkb.analysis import ablate, attribute, patch, path_patch, sweep  # noqa: E402
from headkb.attention import observe, run, zero  # noqa: E402
from headkb.errors import HeadkbError, MissingExtraError, ShapeError, UnknownNameError  # noqa: E402
from headkb.head_index import HeadIndex  # noqa: E402
from headkb.methods import (  # noqa: E402
    activation_patching,
    direct_logit_attribution,
    mean_ablation,
    path_patching,
    resample_ablation,
    zero_ablation,
)
from headkb.models import load_model  # noqa: E402
from headkb.prompts import make_prompts  # noqa: E402
from headkb.tensors import Prompts  # noqa: E402

CLEAN = ["the cat saw the dog . the cat saw the", "the dog saw the boy . the dog saw the"]
CORRUPTED = ["the dog saw the cat . the dog saw the", "the boy saw the dog . the boy saw the"]
ANSWERS, WRONG = [" dog", " boy"], [" cat", " dog"]
OWN = {"answers": ANSWERS, "wrong": WRONG}


@pytest.fixture(scope="module")
def loaded():
    """A small model that was trained on such texts."""
    return load_model("organism-tasks")


@pytest.fixture(scope="module")
def ioi(loaded):
    """The prompts of `ioi` with which the calls are made below."""
    return make_prompts("ioi", loaded, 6, 0)


def ids(loaded, texts):
    """Tokens of texts of one length, by the tokenizer itself."""
    found = torch.tensor([loaded.tokenizer(text)["input_ids"] for text in texts])
    bos = loaded.tokenizer.bos_token_id
    return found if int(found[0, 0]) == bos else torch.cat([torch.full((len(texts), 1), bos), found], 1)


def id_of(loaded, word):
    """The id of a word."""
    return loaded.tokenizer.convert_tokens_to_ids(word.strip())


def difference(loaded, logits):
    """Answer minus rival at the last position, `[prompt]`."""
    right, rival = (torch.tensor([id_of(loaded, word) for word in words]) for words in (ANSWERS, WRONG))
    rows = torch.arange(2)
    return logits[rows, -1, right] - logits[rows, -1, rival]


def z_hook(loaded, layer, head, change):
    """A hook on W_O of one layer: `change(z of a head)` in place."""
    from headkb.attention import anatomy

    site = anatomy(loaded.model).part()[layer]

    def hook(_, args):
        z = args[0].clone().unflatten(-1, (site.n_heads, site.d_head))
        z[:, :, head] = change(z[:, :, head])
        return (z.flatten(-2), *args[1:])

    return site.o_proj.register_forward_pre_hook(hook)


@torch.no_grad()
def by_hand(loaded, texts, layer, head, change):
    """The difference with one head's z changed by a hook."""
    handle = z_hook(loaded, layer, head, change)
    try:
        return difference(loaded, loaded.model(ids(loaded, texts)).logits)
    finally:
        handle.remove()


def test_values_are_those_of_the_methods(loaded, ioi):
    """On a generator's prompts, to the last digit."""
    model, near = loaded.model, {"rtol": 0, "atol": 0, "equal_nan": True}
    pairs = [
        (sweep(loaded, "ioi", n=6), zero_ablation(model, ioi)),
        (sweep(loaded, "ioi", n=6, how="mean", metric="log-prob"), mean_ablation(model, ioi, metric="log_prob")),
        (sweep(loaded, "ioi", n=6, how="resample", positions="end"), resample_ablation(model, ioi, positions="end")),
        (patch(loaded, prompts="ioi", n=6), activation_patching(model, ioi)),
        (patch(loaded, "ioi", n=6), activation_patching(model, ioi)),
        (
            patch(loaded, ["L1H2", (3, 2)], n=6, direction="corrupted_to_clean", normalize="none"),
            activation_patching(
                model, ioi, patch_direction="corrupted_to_clean", normalize="none", heads=[(1, 2), (3, 2)]
            ),
        ),
        (path_patch(loaded, "L3H2", through="v", n=6), path_patching(model, ioi, receivers=[(3, 2)], through="v")),
        (path_patch(loaded, n=6, heads="L1H2"), path_patching(model, ioi, senders=["L1H2"])),
        (attribute(loaded, "ioi", n=6), direct_logit_attribution(model, ioi)),
    ]
    for found, expected in pairs:
        torch.testing.assert_close(found.by_prompt, expected, **near)
        assert bool((found.by_prompt.nan_to_num() != 0).any())


def test_own_texts_are_measured_as_by_hand(loaded):
    """Answers as texts, one call each, against hooks on W_O and whole passes."""
    with torch.no_grad():
        clean = difference(loaded, loaded.model(ids(loaded, CLEAN)).logits)
        corrupted = difference(loaded, loaded.model(ids(loaded, CORRUPTED)).logits)
    silenced = sweep(loaded, CLEAN, heads=["L1H2", "L3H2"], **OWN)
    torch.testing.assert_close(silenced.clean, clean, rtol=0, atol=1e-4)
    for layer, head in ((1, 2), (3, 2)):
        without = by_hand(loaded, CLEAN, layer, head, torch.zeros_like)
        torch.testing.assert_close(silenced.by_prompt[:, layer, head], clean - without, rtol=0, atol=1e-4)
    assert silenced.by_prompt[:, 0, 0].isnan().all()  # was not asked for
    z = observe(loaded.model, Prompts.of(ids(loaded, CLEAN)), {"o_proj_input"})["o_proj_input"]
    carried = patch(loaded, "L1H2", prompts=CLEAN, corrupted=CORRUPTED, normalize="prompt", **OWN)
    patched = by_hand(loaded, CORRUPTED, 1, 2, lambda _: z[:, 1, :, 2])
    torch.testing.assert_close(
        carried.by_prompt[:, 1, 2], (patched - corrupted) / (clean - corrupted), rtol=0, atol=1e-3
    )
    torch.testing.assert_close(carried.corrupted, corrupted, rtol=0, atol=1e-4)
    assert (carried.metric, carried.unit) == ("logit_diff", "share of the gap")
    written = attribute(loaded, CLEAN, **OWN)
    model, seen = loaded.model, []
    handle = model.get_submodule("model.norm").register_forward_hook(lambda _, args, out: seen.append((args[0], out)))
    with torch.no_grad():
        model(ids(loaded, CLEAN))
    handle.remove()
    (x, out), right = seen[0], [torch.tensor([id_of(loaded, word) for word in words]) for words in (ANSWERS, WRONG)]
    w_o = model.get_submodule("model.layers.3.self_attn.o_proj").weight[:, 2 * z.shape[-1] : 3 * z.shape[-1]]
    wrote = z[:, 3, -1, 2] @ w_o.T * (out / x)[:, -1]  # RMSNorm scales each entry, at the scale of the whole stream
    towards = model.lm_head.weight[right[0]] - model.lm_head.weight[right[1]]
    torch.testing.assert_close(written.by_prompt[:, 3, 2], (wrote * towards).sum(-1).detach(), rtol=1e-4, atol=1e-4)


def test_a_direct_path_to_the_logits_is_frozen_by_hand(loaded):
    """One head of the last layer takes its corrupted z; nothing comes after it but its own MLP."""
    found = path_patch(loaded, prompts=CLEAN, corrupted=CORRUPTED, heads="L3H2", **OWN)
    z = observe(loaded.model, Prompts.of(ids(loaded, CORRUPTED)), {"o_proj_input"})["o_proj_input"]
    patched = by_hand(loaded, CLEAN, 3, 2, lambda _: z[:, 3, :, 2])
    torch.testing.assert_close(found.by_prompt[:, 3, 2], patched - found.clean, rtol=0, atol=1e-4)


def test_heads_are_silenced_together(loaded, ioi):
    """Two at once, per prompt, against one pass with both edits; the clean value beside it."""
    result = ablate(loaded, ["L1H2", (3, 2)], prompts="ioi", n=6)
    from headkb.methods.contrast import contrast

    metric = contrast(ioi).metric("logit_diff")
    with torch.no_grad():
        both = [run(loaded.model, ioi, edits) for edits in ([], [zero("L1H2, L3H2")])]
    rows, end = torch.arange(6), metric.positions[:, 0]
    right, rival = ioi.paired["answers"], ioi.paired["wrong"]
    clean, ablated = (logits[rows, end, right] - logits[rows, end, rival] for logits in both)
    torch.testing.assert_close(result.clean, clean, rtol=0, atol=1e-4)
    torch.testing.assert_close(result.ablated, ablated, rtol=0, atol=1e-4)
    torch.testing.assert_close(result.effect, clean - ablated, rtol=0, atol=2e-4)
    assert result.value == pytest.approx((clean - ablated).mean().item(), abs=1e-4)
    low, high = result.interval
    assert low <= result.value <= high
    one = sweep(loaded, "ioi", n=6, heads="L1H2")
    torch.testing.assert_close(
        ablate(loaded, "L1H2", prompts="ioi", n=6).effect, one.by_prompt[:, 1, 2], rtol=0, atol=1e-4
    )


def test_texts_alone_are_measured_by_their_loss(loaded):
    """A loss rises where a head helps; one text has no interval; resampling takes the next text."""
    result = ablate(loaded, "L0H1", prompts=CLEAN[:1])
    assert result.metric == "loss"
    assert result.interval is None
    tokens = ids(loaded, CLEAN[:1])
    with torch.no_grad():
        logits = [run(loaded.model, Prompts.of(tokens), edits) for edits in ([], [zero("L0H1")])]
    losses = [torch.nn.functional.cross_entropy(x[0, :-1], tokens[0, 1:]) for x in logits]
    torch.testing.assert_close(result.effect[0], losses[1] - losses[0], rtol=0, atol=1e-4)
    assert "rises" in repr(result)
    for how in ("mean", "resample"):
        found = ablate(loaded, "L1H2", prompts=CLEAN, how=how)
        each = sweep(loaded, CLEAN, how=how, heads="L1H2")
        torch.testing.assert_close(found.effect, each.by_prompt[:, 1, 2], rtol=0, atol=1e-4)
        assert found.effect.abs().max() > 1e-3


def test_an_answer_without_a_rival_is_measured_by_its_probability(loaded):
    """Its log-probability by default, its logit in attribution; token ids are answers, too."""
    found = sweep(loaded, CLEAN, answers=ANSWERS, heads="L3H2")
    assert found.metric == "log_prob"
    with torch.no_grad():
        logits = loaded.model(ids(loaded, CLEAN)).logits[:, -1].log_softmax(-1)
    right = torch.tensor([id_of(loaded, word) for word in ANSWERS])
    torch.testing.assert_close(found.clean, logits[torch.arange(2), right], rtol=0, atol=1e-4)
    by_id = sweep(loaded, CLEAN, answers=right, heads="L3H2")
    assert torch.equal(by_id.by_prompt[:, 3, 2], found.by_prompt[:, 3, 2])
    assert torch.equal(sweep(loaded, CLEAN, answers=right.tolist(), heads="L3H2").clean, found.clean)
    assert bool(
        (attribute(loaded, CLEAN, answers=ANSWERS).by_prompt != attribute(loaded, CLEAN, **OWN).by_prompt).any()
    )


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda m: sweep(m, CLEAN, answers="dog", wrong=" cat"), "Write the blank that comes before it: ' dog'"),
        (lambda m: sweep(m, CLEAN, answers=[" dog"] * 3), "answers are 3, and there are 2 prompts"),
        (lambda m: sweep(m, CLEAN, answers=[1.5, 2.5]), "texts or token ids"),
        (lambda m: patch(m, prompts=CLEAN, **OWN), "Give corrupted="),
        (lambda m: path_patch(m, prompts=CLEAN, **OWN), "Give corrupted="),
        (
            lambda m: patch(m, prompts=CLEAN, corrupted=["the cat saw", "the dog saw"], **OWN),
            "prompt 0 has 11 tokens .* counterpart 4",
        ),
        (lambda m: patch(m, prompts=CLEAN, corrupted=CORRUPTED[:1], **OWN), "2 prompts and 1 corrupted"),
        (lambda m: patch(m, prompts="ioi", answers=" dog"), "answers belong to prompts of your own"),
        (lambda m: attribute(m, CLEAN), "Give answers="),
        (lambda m: ablate(m, []), "no head is named"),
        (lambda m: ablate(m, "L9H0", prompts=CLEAN), "no head named 'L9H0'. Blocks 0 to 3 attend"),
        (lambda m: sweep(m, CLEAN, heads="L9H0"), "no head named 'L9H0'"),
        (lambda m: ablate(m, "first", prompts=CLEAN), 'Write it "L9H6"'),
        (lambda m: sweep(m, CLEAN, metric="nonsense"), "Choose one of logit_diff"),
        (lambda m: sweep(m, CLEAN, how="away"), "Choose one of zero, mean, resample"),
        (lambda m: sweep(m, CLEAN, settings={"n": 3}), "these are your own"),
        (lambda m: sweep(m, CLEAN[0]), "Put it into a list"),
        (lambda m: sweep(m, CLEAN, positions="subject"), "positions named 'subject'"),
    ],
)
def test_what_cannot_be_measured_is_refused_with_what_to_do(loaded, call, words):
    """One sentence or two, before numbers."""
    with pytest.raises(HeadkbError, match=words):
        call(loaded)


def test_results_say_what_was_done(loaded):
    """On a screen, and as HTML in which texts stay text."""
    found = patch(loaded, prompts=CLEAN, corrupted=CORRUPTED, **OWN)
    result = ablate(loaded, "L1H2", prompts=CLEAN, **OWN)
    for shown in (repr(found), repr(result)):
        assert len(shown.splitlines()) <= 25
        assert max(map(len, shown.splitlines())) <= 100
    assert "each head's z taken from the clean run into the corrupted one" in repr(found)
    assert "'dog' against 'cat'" in repr(found)
    assert "L1H2 of organism-tasks silenced: z set to 0" in repr(result)
    html = found._repr_html_()
    assert "<svg" in html
    assert "z taken from the clean run" in html
    assert "falls by" in result._repr_html_()
    assert found.top(1)[0].head in {HeadIndex(layer, head) for layer in range(4) for head in range(8)}


def test_results_go_on_to_pandas_and_matplotlib(loaded, tmp_path):
    """A row a head, or a row a prompt; without the packages one sentence says what to install."""
    found = patch(loaded, prompts=CLEAN, corrupted=CORRUPTED, **OWN)
    result = ablate(loaded, "L1H2", prompts=CLEAN, **OWN)
    assert found.save(tmp_path / "effects.csv").read_text().startswith("layer,head,activation-patching")
    try:
        import matplotlib as mpl
        import pandas as pd
    except ImportError:
        for call in (found.to_pandas, result.to_pandas, result.plot, found.plot):
            with pytest.raises(MissingExtraError, match=r"headkb\[notebook\]"):
                call()
        return
    mpl.use("Agg")
    import matplotlib.pyplot as plt

    frame = found.to_pandas()
    assert frame.loc["L1H2", "activation-patching"] == found["L1H2"]
    assert isinstance(result.to_pandas(), pd.DataFrame)
    assert result.to_pandas()["text"].tolist() == CLEAN
    assert result.to_pandas()["effect"].tolist() == result.effect.tolist()
    _, ax = plt.subplots()
    assert result.plot(ax=ax) is ax
    assert found.plot() is not None
    plt.close("all")


def test_a_model_of_the_callers_own_is_left_as_it_is(loaded):
    """In training mode, with its tokenizer; the values are those of the loaded model, and the names are public."""
    model = loaded.model
    expected = sweep(loaded, CLEAN, heads="L1H2", **OWN)
    model.train()
    try:
        found = headkb.sweep(model, CLEAN, heads="L1H2", tokenizer=loaded.tokenizer, **OWN)
        result = headkb.ablate(model, "L1H2", prompts=CLEAN, tokenizer=loaded.tokenizer, **OWN)
        assert all(module.training for module in model.modules())
    finally:
        model.eval()
    assert found["L1H2"] == expected["L1H2"]
    assert result.value == pytest.approx(expected["L1H2"], abs=1e-4)
    for name in ("ablate", "attribute", "edited", "patch", "path_patch", "patterns", "sweep"):
        assert callable(getattr(headkb, name))


def test_prompts_of_the_callers_own_carry_their_answers(loaded, ioi):
    """Prompts come with answers and counterparts, or get them here; a shape that does not fit is refused."""
    assert torch.equal(
        patch(loaded, prompts=ioi, heads="L1H2").by_prompt[:, 1, 2], patch(loaded, "L1H2", n=6).by_prompt[:, 1, 2]
    )
    bare = Prompts.of(ids(loaded, CLEAN))
    right = [id_of(loaded, word) for word in ANSWERS]
    other = Prompts.of(ids(loaded, CORRUPTED))
    found = patch(loaded, "L1H2", prompts=bare, corrupted=other, answers=right, wrong=[" cat", " dog"])
    expected = patch(loaded, "L1H2", prompts=CLEAN, corrupted=CORRUPTED, **OWN)
    assert found["L1H2"] == pytest.approx(expected["L1H2"], abs=1e-5)
    with pytest.raises(ShapeError, match="counterpart"):
        patch(loaded, prompts=bare, corrupted=Prompts.of(other.tokens[:, :-1]), answers=right, wrong=right[::-1])
    with pytest.raises(UnknownNameError, match="no prompt generator"):
        sweep(loaded, "ioy")


def test_results_are_compared_as_objects(loaded):
    """Not tensor by tensor, which has no truth value; and one prompt is one prompt."""
    effects, lost, seen = (
        headkb.attribute(loaded, prompts="ioi", n=1),
        headkb.ablate(loaded, "L3H2", prompts="ioi", n=1),
        headkb.patterns(loaded, "the cat saw"),
    )
    for result in (effects, lost, seen):
        assert result == result
        assert result != replace(result)
    assert "1 prompt of ioi" in repr(lost)
