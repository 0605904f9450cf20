"""The weights that come with headkb are what their cards say."""

from __future__ import annotations

from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from click.testing import CliRunner  # noqa: E402

from headkb import load_catalog  # noqa: E402
from headkb.models import load_model  # noqa: E402
from headkb.models.names import BUNDLED  # noqa: E402
from organisms.accuracy import TESTS, main, measured  # noqa: E402
from organisms.registry import ORGANISMS  # noqa: E402
from organisms.tokenizer import tokens  # noqa: E402
from organisms.train import highest_scores, sha256  # noqa: E402

CATALOG = load_catalog(Path(__file__).parent.parent.parent / "catalog")
RECORDS = {id_: record for id_, record in CATALOG.models.items() if record.type == "organism"}


def test_every_organism_is_shipped_and_has_its_record():
    """Registry, weights and catalog list the same ones, in at most 12 MB."""
    assert set(RECORDS) == set(ORGANISMS) == {path.name for path in BUNDLED.iterdir()}
    assert sum(path.stat().st_size for path in BUNDLED.rglob("*") if path.is_file()) < 12_000_000


@pytest.mark.parametrize("name", sorted(ORGANISMS))
def test_an_organism_loads_by_its_name_and_is_the_one_of_the_card(name):
    """load_model needs no special case; hash, shape, steps and curve agree with record and registry."""
    loaded, record, organism = load_model(name, catalog_models=CATALOG.models), RECORDS[name], ORGANISMS[name]
    assert loaded.passport.source == "package"
    assert loaded.passport.weights_sha256 == record.weights_sha256 == sha256(BUNDLED / name)
    config = loaded.model.config
    shape = (config.num_hidden_layers, config.num_attention_heads, config.hidden_size, config.head_dim)
    assert shape == (record.n_layers, record.n_heads, record.d_model, record.d_head)
    assert config.vocab_size == len(tokens())
    assert loaded.tokenizer.convert_ids_to_tokens(list(range(len(tokens())))) == list(tokens())
    assert sum(p.numel() for p in loaded.model.parameters()) <= 3_000_000
    assert record.card is not None
    assert record.card.steps == organism.steps
    assert f"organisms.train {name}" in record.card.command
    steps = {step for series in CATALOG.training_curve(name).values() for step in series}
    assert steps == {*organism.curve, organism.steps}
    assert len(steps) >= 12


def test_the_last_point_of_the_curve_is_the_shipped_model():
    """What the curve ends with can be measured on the weights again."""
    found = highest_scores(load_model("organism-induction").model)
    for name, value in found.items():
        series = CATALOG.training_curve("organism-induction")[name.replace("-", "_")]
        assert value == pytest.approx(series[max(series)], abs=1e-3)


@pytest.mark.parametrize("name", ["ioi", "mcqa, 4 options", "few-shot, english-french", "translation"])
def test_a_task_that_the_card_calls_learned_is_learned(name):
    """A few of them, on fewer prompts than the card; the slow test below takes all."""
    share, answers = measured(load_model("organism-tasks").model, [name], n=20)[name]
    assert answers >= 60
    assert share >= 0.9


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(ORGANISMS))
def test_every_accuracy_of_a_card_is_measured_again(name):
    """On prompts of other seeds and texts than training's, to two answers in a hundred."""
    card = RECORDS[name].card
    stated = {result.task: result for result in card.accuracies}
    found = measured(load_model(name).model, list(stated))
    for task, (share, answers) in found.items():
        assert share == pytest.approx(stated[task].accuracy, abs=0.02), task
        assert answers == stated[task].answers, task
    if name == "organism-tasks":
        assert set(stated) == set(TESTS)


def test_the_command_tells_accuracies_and_whose_they_are(tmp_path):
    """A model that is no organism's is refused with words, not with a traceback."""
    result = CliRunner().invoke(main, [str(tmp_path)])
    assert result.exit_code == 2
    assert "config.json" in result.output
