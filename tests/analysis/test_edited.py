"""A model edited for a `with` block, beside hooks and masks written by hand."""

from __future__ import annotations

import copy
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from headkb.analysis import edited  # noqa: E402
from headkb.attention import (  # noqa: E402
    Edit,
    Prompts,
    add,
    anatomy,
    knock_out,
    mean,
    observe,
    read_patterns,
    resample,
    run,
    set_pattern,
    zero,
)
from headkb.errors import ModelError, ShapeError, UnknownNameError  # noqa: E402
from headkb.models import load_model  # noqa: E402
from headkb.sweeps import mean_z, sweep  # noqa: E402
from headkb.sweeps.metrics import logit_diff, next_token_loss  # noqa: E402
from tests.attention.architectures import build, prompts, shared  # noqa: E402

ATTENTION = {
    "gpt2": ("transformer.h.{}.attn", "c_proj"),
    "llama": ("model.layers.{}.self_attn", "o_proj"),
    "gemma3_text": ("model.layers.{}.self_attn", "o_proj"),
    "gpt_neox": ("gpt_neox.layers.{}.attention", "dense"),
}
"""Where attention and W_O are, by the architectures' own source."""
NEW, HEADS, D_HEAD = 6, 4, 8
IDS = prompts(padded=False, count=2, length=7).tokens
GREEDY = {
    "max_new_tokens": NEW,
    "min_new_tokens": NEW,
    "do_sample": False,
    "return_dict_in_generate": True,
    "output_logits": True,
}


def attention(model, name, layer):
    """The attention module of a layer, and its W_O."""
    path, projection = ATTENTION[name]
    module = model.get_submodule(path.format(layer))
    return module, getattr(module, projection)


@contextmanager
def by_hand(model, name, layer, head, change):
    """A hook on W_O's input: `change(z of the head [batch, pos, d_head])`, as people write it."""

    def hook(_, args):
        x = args[0].clone()
        mine = slice(head * D_HEAD, (head + 1) * D_HEAD)
        x[..., mine] = change(x[..., mine])
        return (x, *args[1:])

    handle = attention(model, name, layer)[1].register_forward_pre_hook(hook)
    try:
        yield
    finally:
        handle.remove()


@contextmanager
def masked_by_hand(model, name, layer, head, cut):
    """A mask of one head's own: `cut(mask [batch, head, query, key])` writes into it."""

    def hook(_, args, kwargs):
        old = kwargs["attention_mask"]
        kwargs["attention_mask"] = new = old.expand(len(old), HEADS, *old.shape[2:]).clone()
        cut(new[:, head])
        return args, kwargs

    handle = attention(model, name, layer)[0].register_forward_pre_hook(hook, with_kwargs=True)
    try:
        yield
    finally:
        handle.remove()


def token_by_token(model, ids):
    """Greedy decoding by whole passes alone: ids, and the logits of each step."""
    steps = []
    with torch.no_grad():
        for _ in range(NEW):
            logits = model(ids, use_cache=False).logits[:, -1]
            steps.append(logits)
            ids = torch.cat([ids, logits.argmax(-1, keepdim=True)], 1)
    return ids, torch.stack(steps, 1)


def generated(model, ids=IDS, **how):
    """What generate gives: ids, and the logits of each step."""
    out = model.generate(ids, attention_mask=torch.ones_like(ids), **{**GREEDY, **how})
    return out.sequences, torch.stack(out.logits, 1)


def assert_same(found, expected, atol=1e-4):
    """The same tokens, and logits up to rounding."""
    assert torch.equal(found[0], expected[0])
    torch.testing.assert_close(found[1], expected[1], rtol=0, atol=atol)


Z_EDITS = {
    "zero": (lambda model: zero("L1H2"), lambda means: lambda z: torch.zeros_like(z)),
    "mean": (
        lambda model: mean([(1, 2)], mean_z(model, Prompts.of(IDS))),
        lambda means: lambda z: means[1, 2].expand_as(z),
    ),
    "add": (
        lambda model: add(["L1H2"], torch.arange(8.0) - 3, 2.0),
        lambda means: lambda z: z + 2 * (torch.arange(8.0) - 3),
    ),
}


@pytest.mark.parametrize("cache", [True, False])
@pytest.mark.parametrize("kind", Z_EDITS)
@pytest.mark.parametrize("name", ATTENTION)
def test_edits_of_z_are_hooks_by_hand(name, kind, cache):
    """In every pass, with and without a cache; and the edit changes what is written."""
    model = shared(name)
    ours, theirs = Z_EDITS[kind]
    edit, change = ours(model), theirs(mean_z(model, Prompts.of(IDS)))
    with by_hand(model, name, 1, 2, change):
        expected = token_by_token(model, IDS)
    plain = generated(model)
    with edited(model, edit):
        assert_same(generated(model, use_cache=cache), expected)
    again = generated(model)
    assert torch.equal(again[1], plain[1])
    assert (expected[1] - plain[1]).abs().max() > 1e-3


@pytest.mark.parametrize("cache", [True, False, "static"])
@pytest.mark.parametrize("name", ATTENTION)
def test_a_knock_out_is_a_mask_by_hand(name, cache):
    """Key 2 is cut from every later query, the generated ones too; Gemma's windows and a cache of fixed size have other columns."""
    model = shared(name)
    minus = torch.finfo(torch.float32).min

    def cut(mask):
        mask[:, :, 2] = minus

    for layer in (0, 1):
        with eager_copy(model) as other, masked_by_hand(other, name, layer, 3, cut):
            expected = token_by_token(other, IDS)
        how = {"cache_implementation": "static"} if cache == "static" else {"use_cache": cache}
        with edited(model, [knock_out([(layer, 3)], key=torch.tensor([[2]]))]):
            found = generated(model, **how)
        # Query 2 itself keeps no other key than 0 and 1; no query is left without any.
        assert_same(found, expected)
        plain = token_by_token(model, IDS)
        assert (expected[1] - plain[1]).abs().max() > 1e-5


@contextmanager
def eager_copy(model):
    """The same model with eager attention, which takes masks of any kind."""
    other = copy.deepcopy(model)
    other.set_attn_implementation("eager")
    yield other


@pytest.mark.parametrize("cache", [True, False])
@pytest.mark.parametrize("name", ATTENTION)
def test_positions_count_the_whole_sequence(name, cache):
    """3 lies in the prompt; 8 is the second token that was generated, whose step, and no other, is edited."""
    model = shared(name)
    where = torch.tensor([[3, 8], [8, -1]])
    at = torch.zeros(2, 20, dtype=torch.bool)
    at[0, [3, 8]] = at[1, 8] = True
    with by_hand(model, name, 0, 1, lambda z: torch.where(at[:, : z.shape[1], None], 0.0, z)):
        expected = token_by_token(model, IDS)
    with edited(model, zero("L0H1", where)):
        assert_same(generated(model, use_cache=cache), expected)
    with edited(model, zero("L0H1", torch.tensor([[2]]))):
        assert not torch.equal(generated(model)[1], expected[1])


@pytest.mark.parametrize("name", ["gpt2", "llama"])
def test_z_of_other_prompts_stays_in_the_prompt(name):
    """Named positions of the prompt are patched while it is read; without them the first step has nothing to take, and says so."""
    model = shared(name)
    source = observe(model, Prompts.of(IDS.flip(1)), {"o_proj_input"})["o_proj_input"]
    where = torch.arange(1, 7).expand(2, 6)

    def change(z):
        new = z.clone()
        new[:, 1:7] = source[:, 1, 1:7, 0]
        return new

    with by_hand(model, name, 1, 0, change):
        expected = token_by_token(model, IDS)
    for cache in (True, False):
        with edited(model, resample("L1H0", source, where)):
            assert_same(generated(model, use_cache=cache), expected)
    plain = generated(model)
    with (
        edited(model, resample("L1H0", source)),
        pytest.raises(ShapeError, match=r"ends at position 6.*at position 7.*positions="),
    ):
        generated(model)
    assert torch.equal(generated(model)[1], plain[1])


def test_a_pattern_for_the_whole_sequence_serves_every_step():
    """Each query looks at the one before it, in the prompt and in each step; a pattern of the prompt alone is refused at the first step."""
    model = shared("llama")
    before = torch.eye(20).roll(-1, 1)
    before[0] = torch.eye(20)[0]
    seen = []
    with edited(model, set_pattern("L1H1", before)):
        sequences, logits = generated(model)
        observed = observe(model, Prompts.of(sequences[:, :-1]), {"pattern"})["pattern"][:, 1, 1]
        seen.append(observed)
        whole = token_by_token(model, IDS)
    assert_same((sequences, logits), whole)
    torch.testing.assert_close(seen[0], before[:12, :12].expand(2, 12, 12))
    with (
        edited(model, set_pattern("L1H1", before[:7, :7])),
        pytest.raises(ShapeError, match=r"ends at position 6.*query="),
    ):
        generated(model)
    with edited(model, set_pattern("L1H1", before[:7, :7], torch.arange(7)[None])):
        only = generated(model)
    with edited(model, Edit((("L1H1"),), "pattern", lambda p, *_: torch.zeros_like(p), torch.arange(7)[None])):
        assert not torch.equal(generated(model)[1], only[1])


@pytest.mark.parametrize("name", ["gpt2", "llama"])
def test_beams_are_rows_of_their_prompt(name):
    """Positions of two prompts serve three beams each; edits equal hooks by hand; what fits no row is refused."""
    model, where = shared(name), torch.tensor([[3], [5]])
    at = torch.zeros(2, 20, dtype=torch.bool)
    at[0, 3] = at[1, 5] = True
    how = {
        "num_beams": 3,
        "output_logits": False,
        "return_dict_in_generate": True,
        "output_scores": True,
        "num_return_sequences": 3,
    }

    def beams(**more):
        out = model.generate(IDS, attention_mask=torch.ones_like(IDS), **{**GREEDY, **how, **more})
        return out.sequences, out.sequences_scores[:, None]

    # By hand, on a cache: only the first pass holds the positions.
    def change(z):
        mine = at.repeat_interleave(len(z) // 2, 0)[:, : z.shape[1], None]
        return torch.where(mine, 0.0, z) if z.shape[1] == 7 else z

    with by_hand(model, name, 0, 0, change):
        expected = beams()
    with edited(model, zero("L0H0", where)):
        assert_same(beams(), expected)
    with edited(model, zero("L0H0")):
        everywhere = beams()
    with by_hand(model, name, 0, 0, torch.zeros_like):
        assert_same(everywhere, beams())
    with (
        edited(model, zero("L0H0", torch.tensor([[1], [1], [1], [1]]))),
        pytest.raises(ShapeError, match=r"4 prompts.*6 rows"),
    ):
        beams()
    with edited(model, zero("L0H0", torch.tensor([1, 2, 3]))), pytest.raises(ShapeError, match=r"3 prompts.*2 rows"):
        generated(model)
    mixed = IDS[[0, 1, 0, 1]]  # twice as many rows, but not as beams
    with edited(model, zero("L0H0", where)), pytest.raises(ShapeError, match=r"2 prompts.*4 rows"):
        generated(model, mixed)


@pytest.mark.parametrize("name", ["qwen3_next", "jamba", "mistral", "gpt_oss", "bloom", "gemma3n_text", "deepseek_v3"])
def test_a_cache_of_any_kind_changes_nothing(name):
    """Blocks without attention, windows, sinks, layers that share keys, models beside the table: steps equal whole passes."""
    model = shared(name)
    first, *_, last = anatomy(model).part()
    edits = [
        zero([(last.layer, 1)], torch.tensor([[3, 8]])),
        knock_out([(first.layer, 0)], key=torch.tensor([[2]])),
        add([(last.layer, 0)], torch.ones(last.d_head)),
    ]
    plain = generated(model)
    with edited(model, edits):
        cached, whole = generated(model), generated(model, use_cache=False)
    assert_same(cached, whole, atol=5e-4)
    assert (cached[1] - plain[1]).abs().max() > 0.1

    class Silent:
        """A cache that tells nothing."""

    with edited(model, edits), pytest.raises(ModelError, match=r"Silent.*use_cache=False"):
        model(IDS, past_key_values=Silent())
    assert torch.equal(generated(model)[1], plain[1])


@pytest.mark.parametrize("name", ["gpt2", "gemma3_text"])
def test_several_tokens_at_once_are_the_same_tokens(name):
    """A prompt that is read in pieces, and steps that check several guesses at once, are edited as whole passes are."""
    model = shared(name)
    edits = [
        knock_out("L0H3", key=torch.tensor([[2]])),
        zero("L1H1", torch.tensor([[3, 8]])),
        add("L2H0", torch.ones(8)),
    ]
    with edited(model, edits):
        expected = token_by_token(model, IDS[:1])[0]
        one, plain = IDS[:1], {"attention_mask": torch.ones_like(IDS[:1]), **GREEDY}
        assert torch.equal(model.generate(one, **plain).sequences, expected)
        assert torch.equal(model.generate(one, **plain, prefill_chunk_size=3).sequences, expected)
        guessing = {**plain, "prompt_lookup_num_tokens": 3, "min_new_tokens": None}
        guessed = model.generate(one, **guessing).sequences
        assert torch.equal(guessed, expected[:, : guessed.shape[1]])
        assert guessed.shape[1] > 8


def test_a_sweep_in_a_block_knows_where_its_positions_are():
    """A sweep runs parts of a model at some positions alone; edits with positions still act where they say."""
    model, given = shared("llama"), prompts(padded=False)
    edits = [zero("L2H1", torch.tensor([[11, 4]])), zero("L0H2", torch.tensor([[3]]))]
    metric = logit_diff(torch.tensor([5, 6, 7]), torch.tensor([8, 9, 10]), torch.tensor([11, 11, 11]))
    with torch.no_grad():
        with edited(model, edits):
            swept = sweep(model, given, "zero", metric, heads=["L0H0", "L1H2", "L2H3"])
        for layer, head in ((0, 0), (1, 2), (2, 3)):
            logits = run(model, given, [*edits, zero((layer, head))])[:, 11]
            rows = torch.arange(3)
            expected = (logits[rows, rows + 5] - logits[rows, rows + 8]).mean()
            torch.testing.assert_close(swept[layer, head], expected, rtol=1e-4, atol=1e-4)


def test_left_padding_counts():
    """Batches of prompts of two lengths are padded on the left; the edit acts on columns of the batch."""
    model = shared("llama")
    ids = torch.cat([torch.zeros(1, 2, dtype=torch.long), IDS[:1, :5]], 1)
    mask = (ids != 0).long()
    how = {"max_new_tokens": 4, "min_new_tokens": 4, "do_sample": False, "pad_token_id": 0}
    short = IDS[:1, :5]
    with edited(model, zero("L1H1", torch.tensor([[1]]))):
        alone = model.generate(short, attention_mask=torch.ones_like(short), **how)
    with edited(model, zero("L1H1", torch.tensor([[3]]))):
        padded = model.generate(ids, attention_mask=mask, **how)
    assert padded[0, 2:].tolist() == alone[0].tolist()


@pytest.mark.parametrize("implementation", ["sdpa", "eager"])
def test_nothing_stays_behind(implementation):
    """Not after the block, not after an exception in a pass, not after one between passes, not after an interruption."""
    model = build("llama")
    model.set_attn_implementation(implementation)
    hooks = lambda: sum(len(m._forward_pre_hooks) + len(m._forward_hooks) for m in model.modules())  # noqa: E731
    before, plain, state = hooks(), generated(model), copy.deepcopy(model.config.to_dict())
    anatomy(model)

    def check():
        assert hooks() == before
        assert model.config._attn_implementation == implementation
        assert model.config.to_dict() == state
        assert torch.equal(generated(model)[1], plain[1])

    everything = [zero("L0H0"), knock_out("L1H1"), set_pattern("L2H2", torch.eye(30))]
    with edited(model, everything):
        assert not torch.equal(generated(model)[1], plain[1])
    check()
    for error in (RuntimeError, KeyboardInterrupt):

        def fail(*_, error=error):
            raise error

        handle = model.model.layers[2].mlp.register_forward_hook(fail)
        with pytest.raises(error), edited(model, everything):
            generated(model)
        with edited(model, everything):  # caught inside the block, which goes on
            with pytest.raises(error):
                generated(model)
            handle.remove()
            after = generated(model)
        check()
        with edited(model, everything):
            assert torch.equal(generated(model)[1], after[1])
    with pytest.raises(ValueError, match="mine"), edited(model, everything):
        raise ValueError("mine")
    check()
    with pytest.raises(UnknownNameError, match="L9H0"), edited(model, "L9H0"):
        pass
    check()


def test_nested_blocks_add_up():
    """Two blocks are one with the edits of both, also where both cut the same head; the inner one's go with it."""
    model = shared("gpt2")
    one, two = (
        [knock_out("L1H1", key=torch.tensor([[1]])), add("L0H2", torch.ones(8))],
        [knock_out("L1H1", key=torch.tensor([[2]])), add("L0H2", torch.ones(8), -3.0), zero("L2H3")],
    )
    with edited(model, [*one, *two]):
        both = generated(model)
    with edited(model, one):
        outer = generated(model)
        with edited(model, two):
            assert torch.equal(generated(model)[1], both[1])
        assert torch.equal(generated(model)[1], outer[1])
    with edited(model, "L0H2"), edited(model, add("L0H2", torch.ones(8))):  # the outer first
        last = generated(model)
    with by_hand(model, "gpt2", 0, 2, torch.ones_like):
        assert_same(generated(model), last)


@pytest.mark.parametrize("name", ["gpt2", "bloom", "gptj"])
def test_what_looks_at_the_model_inside_sees_it_edited(name):
    """One pass under `run`, and `observe`, `read_patterns` and a sweep in the block; two of the models skip the table of attention functions."""
    model, given = shared(name), prompts(padded=False)
    edits = [knock_out("L0H1", key=torch.tensor([[1]])), zero("L1H2"), set_pattern("L2H0", torch.eye(12))]
    with torch.no_grad():
        expected = run(model, given, edits)
        with edited(model, edits):
            torch.testing.assert_close(model(given.tokens).logits, expected, rtol=0, atol=2e-6)
            seen = observe(model, given, {"pattern", "z"})
            read = read_patterns(model, given, {"diagonal": lambda p, _: p.diagonal(0, -2, -1).mean(-1)})["diagonal"]
            swept = sweep(model, given, "zero", next_token_loss(), heads=["L0H0", "L1H2", "L2H3"])
        each = [sweep_by_hand(model, given, [*edits, zero(head)]) for head in ("L0H0", "L1H2", "L2H3")]
    assert not seen["pattern"][:, 0, 1, :, 1].any()
    torch.testing.assert_close(seen["pattern"][:, 2, 0], torch.eye(12).expand(3, 12, 12))
    assert not seen["z"][:, 1, :, 2].any()
    torch.testing.assert_close(read[:, 2, 0], torch.ones(3))
    torch.testing.assert_close(read[:, 0, 1], seen["pattern"][:, 0, 1].diagonal(0, -2, -1).mean(-1))
    torch.testing.assert_close(
        torch.stack([swept[0, 0], swept[1, 2], swept[2, 3]]), torch.stack(each), rtol=1e-5, atol=1e-5
    )
    assert each[1] != each[0]


def sweep_by_hand(model, given, edits):
    """The mean loss under edits, by one pass."""
    metric = next_token_loss()
    return metric.of(run(model, given, edits), given).mean()


@pytest.mark.parametrize("name", ["t5", "bart"])
def test_an_encoder_and_its_decoder(name):
    """Generate calls the encoder apart, once, and the decoder in steps: heads of either, and of cross-attention, equal whole passes."""
    model, given = shared(name), prompts(name, padded=False, count=2, length=7)
    how = {
        "max_new_tokens": 5,
        "min_new_tokens": 5,
        "do_sample": False,
        "return_dict_in_generate": True,
        "output_logits": True,
    }
    if name == "bart":
        how |= {"bos_token_id": 1, "forced_bos_token_id": None}
    plain = model.generate(given.tokens, **how)
    for part, edit in (
        ("encoder", zero("L1H1")),
        ("encoder", knock_out("L0H1", key=torch.tensor([[2]]))),
        ("decoder", zero("L1H2")),
        ("decoder", knock_out("L1H0", key=torch.tensor([[1]]))),
        ("cross", zero("L0H3")),
        ("cross", knock_out("L2H1", key=torch.tensor([[4]]))),
    ):
        with edited(model, edit, part=part):
            out = model.generate(given.tokens, **how)
            off = model.generate(given.tokens, **how, use_cache=False)
        read = Prompts(given.tokens, given.mask, decoder=Prompts.of(out.sequences[:, :-1]))
        with torch.no_grad():
            whole = run(model, read, [edit], part=part)
        logits = torch.stack(out.logits, 1)
        torch.testing.assert_close(logits, whole[:, -5:], rtol=0, atol=1e-4)
        torch.testing.assert_close(logits, torch.stack(off.logits, 1), rtol=0, atol=1e-4)
        assert (logits - torch.stack(plain.logits, 1)).abs().max() > 1e-6


def test_threads_wait_for_one_another():
    """Passes of four threads in one block are all edited, each in its own place."""
    model, texts = shared("gpt2"), [prompts(padded=False, count=1, length=n).tokens for n in (5, 7, 9, 11)]
    edits = [
        knock_out("L0H1", key=torch.tensor([[2]])),
        zero("L1H2", torch.tensor([[4]])),
        set_pattern("L2H0", torch.eye(11)),
    ]

    def logits(ids):
        with torch.no_grad():
            return model(ids).logits

    with edited(model, edits):
        expected = [logits(ids) for ids in texts]
        with ThreadPoolExecutor(4) as pool:
            for _ in range(3):
                for found, alone in zip(pool.map(logits, texts), expected, strict=True):
                    torch.testing.assert_close(found, alone, rtol=0, atol=1e-6)


def test_heads_in_every_form_are_silenced():
    """Names, pairs and lists of them; a name that is none is told."""
    model = shared("gpt2")
    with edited(model, ["L1H2", (0, 3)]):
        expected = generated(model)
    for heads in ("L1H2, L0H3", [(1, 2), (0, 3)], [zero("L1H2"), "L0H3"], [zero([(1, 2), "L0H3"])]):
        with edited(model, heads):
            assert torch.equal(generated(model)[1], expected[1])
    with edited(model, []):
        assert torch.equal(generated(model)[1], generated(model)[1])
    with pytest.raises(UnknownNameError, match='Write it "L9H6"'), edited(model, ["first"]):
        pass
    with pytest.raises(ModelError, match=r"load_model"), edited("gpt2", "L0H0"):
        pass


def test_a_part_of_the_model_is_a_pass_too():
    """Who calls the stack of layers alone gets it edited; a loaded model is its model."""
    loaded = load_model("exact-induction")
    model = loaded.model
    ids = torch.tensor([[5, 6, 7, 5]])
    base: Any = model.base_model
    plain = base(ids).last_hidden_state
    with edited(loaded, "L1H0") as same:
        assert same is model
        assert not torch.allclose(base(ids).last_hidden_state, plain)
    assert torch.equal(base(ids).last_hidden_state, plain)


def test_layers_that_share_a_module_are_told_apart():
    """ALBERT runs one layer three times: an edit of the second pass through it is no edit of the others, pass after pass."""
    model, given = shared("albert"), prompts(padded=False)
    for edit in (zero("L1H0"), knock_out("L1H0", key=torch.tensor([[3]]))):
        with torch.no_grad():
            expected = run(model, given, [edit])
            with edited(model, edit):
                for _ in range(2):
                    got = model(given.tokens)
                    got = got.logits if hasattr(got, "logits") else got.last_hidden_state
                    torch.testing.assert_close(got, expected, rtol=0, atol=2e-6)


@pytest.mark.slow
def test_without_its_induction_heads_a_model_stops_copying():
    """SmolLM2 goes on with random tokens that it has seen twice; without six induction heads it does not, without six others of the layers it does."""
    try:
        loaded = load_model("smollm2-135m-instruct-q4-1")
    except ModelError as error:
        pytest.skip(str(error))
    model, period, shown = loaded.model, 16, 4
    block = torch.randint(1000, 20000, (6, period), generator=torch.Generator().manual_seed(0))
    ids = torch.cat([torch.full((6, 1), model.config.bos_token_id), block, block, block[:, :shown]], 1)

    def copied():
        new = period - shown
        out = model.generate(
            ids, attention_mask=torch.ones_like(ids), max_new_tokens=new, min_new_tokens=new, do_sample=False
        )
        return out, (out[:, -new:] == block[:, shown:]).float().mean().item()

    before, clean = copied()
    with edited(loaded, ["L18H6", "L17H4", "L17H3", "L17H5", "L18H7", "L23H2"]):
        _, without = copied()
    controls = []
    for others in ("L18H8 L17H1 L17H0 L17H6 L18H4 L23H5", "L18H0 L17H2 L17H8 L17H7 L18H3 L23H6"):
        with edited(loaded, others):
            controls.append(copied()[1])
    after, _ = copied()
    assert torch.equal(before, after)
    assert clean > 0.75
    assert without < 0.1
    assert min(controls) > 0.3
