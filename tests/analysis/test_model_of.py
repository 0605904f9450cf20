"""What stands for a model: names, loaded models and the caller's own objects, which stay as they are."""

from __future__ import annotations

from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

import headkb  # noqa: E402
from headkb import Catalog  # noqa: E402
from headkb.analysis import evaluating, model_of  # noqa: E402
from headkb.errors import HeadkbError, MissingExtraError, ModelError, ReproductionError  # noqa: E402
from headkb.models import load_model  # noqa: E402
from headkb.models.names import BUNDLED  # noqa: E402
from headkb.reproduce import Kept, check_recordable  # noqa: E402

pytestmark = pytest.mark.usefixtures("one_thread")


def own_model(**options):
    """A small model as a caller may hold it."""
    config = transformers.GPT2Config(n_layer=2, n_head=3, n_embd=24, vocab_size=99, n_positions=64, **options)
    return transformers.AutoModelForCausalLM.from_config(config, attn_implementation="sdpa")


def test_a_name_a_folder_and_a_loaded_model_stand_for_a_model() -> None:
    """A name is loaded, a loaded model given back."""
    by_name = model_of("organism-induction", batch=77)
    assert (by_name.id, by_name.passport.source, by_name.batch_tokens) == ("organism-induction", "package", 77)
    folder = model_of(BUNDLED / "organism-induction")
    assert folder.passport.source == "directory"
    assert folder.passport.weights_sha256 == by_name.passport.weights_sha256
    assert model_of(by_name) is by_name
    assert model_of(by_name, batch=5).batch_tokens == 5


@pytest.mark.parametrize("training", [True, False])
def test_an_object_stays_as_it_was(training: bool) -> None:
    """Its mode module by module, its attention, its dtype; also where one module was set by hand."""
    model = own_model().to(torch.bfloat16).train(training)
    model.transformer.h[1].eval()
    modes = [module.training for module in model.modules()]
    before = {name: value.clone() for name, value in model.state_dict().items()}
    loaded = model_of(model)
    assert loaded.model is model
    assert [module.training for module in model.modules()] == modes
    assert model.config._attn_implementation == "sdpa"
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())
    passport = loaded.passport
    assert (passport.source, passport.revision, passport.weights_sha256, passport.pinned) == ("memory", None, "", False)
    assert (passport.dtype, passport.stack().n_layers, passport.stack().n_heads) == ("bfloat16", 2, (3, 3))
    assert "weights_sha256" not in passport.data()
    assert passport.first_line().endswith("an object of the caller's")


def test_an_object_is_called_what_it_was_loaded_by() -> None:
    """The name on the hub, the last part of a folder; else its class."""
    assert model_of(own_model()).id == "GPT2LMHeadModel"
    folder = BUNDLED / "organism-induction"
    assert model_of(transformers.AutoModelForCausalLM.from_pretrained(folder)).id == "organism-induction"
    named = own_model()
    named.config._name_or_path = "someone/small"
    named.name_or_path = "someone/small"
    assert model_of(named).id == "someone/small"


def test_a_tokenizer_belongs_to_an_object_or_takes_the_place_of_another() -> None:
    """The passport says which, and what it puts around a text."""
    loaded = load_model("organism-induction")
    assert model_of(loaded.model).passport.tokenizer is None
    own = model_of(loaded.model, loaded.tokenizer).passport
    assert (own.tokenizer, own.before, own.after) == (
        loaded.passport.tokenizer,
        loaded.passport.before,
        loaded.passport.after,
    )
    other = load_model("exact-induction").tokenizer
    changed = model_of("organism-induction", other)
    assert changed.tokenizer is other
    assert changed.passport.tokenizer_vocabulary == len(other)
    assert changed.passport.weights_sha256 == loaded.passport.weights_sha256
    with pytest.raises(HeadkbError, match="neither a tokenizer"):
        model_of(loaded.model, "gpt2")


def test_what_is_no_model_and_options_for_names_are_refused() -> None:
    """With what to do instead; what the object is anyway may be said."""
    model = own_model()
    with pytest.raises(ModelError, match=r"model is a value of type dict. Pass a name such as 'gpt2'"):
        model_of({})
    with pytest.raises(ModelError, match="not a transformers model"):
        model_of(torch.nn.Linear(2, 2))
    with pytest.raises(ModelError, match=r"the model is on cpu, .* Move it: model.to\('cuda'\)"):
        model_of(model, device="cuda")
    with pytest.raises(ModelError, match=r"the model is in float32, and dtype='bfloat16'"):
        model_of(model, dtype="bfloat16")
    with pytest.raises(ModelError, match="no revisions"):
        model_of(model, revision="main")
    assert model_of(model, device="cpu", dtype="float32").passport.dtype == "float32"
    with pytest.raises(ModelError, match="Did you mean 'organism-induction'"):
        model_of("organism-inducton")


def test_evaluation_mode_ends_with_the_block_also_by_an_error() -> None:
    """And dropout does nothing inside."""
    model = own_model(resid_pdrop=0.5).train()
    tokens = torch.arange(8)[None]
    with evaluating(model):
        assert torch.equal(model(tokens).logits, model(tokens).logits)
    assert all(module.training for module in model.modules())
    with pytest.raises(ZeroDivisionError), evaluating(model):
        raise ZeroDivisionError
    assert all(module.training for module in model.modules())
    assert not torch.equal(model(tokens).logits, model(tokens).logits)


def test_an_object_is_never_recorded_and_never_taken_for_another(real_catalog: Catalog, tmp_path: Path) -> None:
    """Its weights cannot be got again by its name; results that are kept belong to these very tensors, in any dtype."""
    first, second = (model_of(own_model().to(torch.bfloat16).eval()) for _ in range(2))
    kept = Kept(tmp_path / "kept.jsonl")
    assert first.passport.data() == second.passport.data()
    assert kept.key({}, first) == kept.key({}, model_of(first.model))
    assert kept.key({}, first) != kept.key({}, second)
    shipped = load_model("organism-induction")
    check_recordable(real_catalog, shipped)
    with pytest.raises(ReproductionError, match=r"\(memory\) cannot be recorded: there is neither a commit nor a hash"):
        check_recordable(real_catalog, model_of(shipped.model, shipped.tokenizer))


def test_without_torch_one_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As an error of headkb and as an ImportError; a name that is nowhere stays an AttributeError."""
    monkeypatch.delitem(vars(headkb), "model_of", raising=False)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == "torch" else object())
    with pytest.raises(ImportError) as told:
        _ = headkb.model_of
    assert isinstance(told.value, MissingExtraError)
    assert str(told.value) == (
        "headkb.model_of needs torch, which is not installed. Install it with: pip install 'headkb[reproduce]'"
    )
    with pytest.raises(AttributeError, match="has no attribute 'model_off'"):
        _ = headkb.model_off
    assert "model_of" in dir(headkb)
