"""`headkb atlas` on exact models whose heads are known, on organisms, and on models that cannot have every column."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from click.testing import CliRunner, Result  # noqa: E402

from headkb import Catalog  # noqa: E402
from headkb.attention import anatomy, observe, output_weights  # noqa: E402
from headkb.catalog.atlas import AtlasTable, read_heads  # noqa: E402
from headkb.catalog.load import load  # noqa: E402
from headkb.catalog.rules import check  # noqa: E402
from headkb.catalog.schema import Atlas, HeadIndex  # noqa: E402
from headkb.cli import main  # noqa: E402
from headkb.errors import HeadkbError  # noqa: E402
from headkb.methods.written import written_tokens  # noqa: E402
from headkb.models import LoadedModel, load_model  # noqa: E402
from headkb.prompts import make_prompts  # noqa: E402
from headkb.reproduce import measure  # noqa: E402
from headkb.reproduce.atlas import Measured, make_atlas  # noqa: E402
from headkb.reproduce.atlas_heads import head_texts  # noqa: E402
from headkb.reproduce.atlas_plan import Wanted  # noqa: E402
from headkb.scores import SCORES  # noqa: E402
from tests.models.folders import KINDS  # noqa: E402

ROOT = Path(__file__).parent.parent.parent
pytestmark = pytest.mark.usefixtures("one_thread")


def atlas_of(catalog: Catalog, name: str) -> tuple[Atlas, AtlasTable]:
    """The atlas of a catalog model."""
    return make_atlas(catalog, load_model(name, catalog_models=catalog.models))


@pytest.fixture(scope="module")
def organism(real_catalog: Catalog) -> tuple[Atlas, AtlasTable]:
    """The atlas of organism-heads, measured once."""
    return atlas_of(real_catalog, "organism-heads")


@pytest.mark.parametrize(
    ("model", "column"), [("exact-induction", "induction"), ("exact-previous-token", "previous-token")]
)
def test_an_exact_head_stands_out_in_its_column(model: str, column: str, real_catalog: Catalog) -> None:
    """A head that is built to attend to one place scores 1 there, and is the first of its model."""
    _, table = atlas_of(real_catalog, model)
    values = table.values[column]
    assert max(values.values()) == pytest.approx(1, abs=1e-3)


def of_folder(catalog: Catalog, folder: Path) -> tuple[dict[str, str], AtlasTable]:
    """The columns that a model in a folder cannot have, with the reasons, and its table."""
    atlas, table = make_atlas(catalog, load_model(str(folder), catalog_models={}))
    return {left.id: left.why for left in atlas.left_out}, table


def test_a_model_without_a_tokenizer_keeps_the_columns_that_it_can_have(real_catalog: Catalog, tmp_path: Path) -> None:
    """Random tokens need no words; every column of text is left out with a sentence that says so."""
    folder = KINDS["few-rows"](tmp_path)
    for file in folder.glob("tokenizer*"):
        file.unlink()
    why, table = of_folder(real_catalog, folder)
    assert {"induction", "previous-token", "duplicate-token", "ov-copying"} <= set(table.values)
    assert all("no tokenizer" in why[name] for name in ("entropy", "mean-ablation", "direct-logit-attribution"))
    assert not set(why) & set(table.values)


def test_an_encoder_has_patterns_but_no_next_token(real_catalog: Catalog, tmp_path: Path) -> None:
    """A model that sees later tokens is not asked for its loss on the next one."""
    why, table = of_folder(real_catalog, KINDS["roberta"](tmp_path))
    assert max(table.values["next-token"].values()) > 0
    assert all("sees later tokens" in why[name] for name in ("mean-ablation", "direct-logit-attribution"))


def test_a_model_of_images_has_the_scores_of_positions_alone(real_catalog: Catalog, tmp_path: Path) -> None:
    """Noise stands for prompts; whatever needs words or logits is left out."""
    why, table = of_folder(real_catalog, KINDS["vit"](tmp_path))
    assert {"entropy", "previous-token", "next-token"} <= set(table.values)
    assert {"induction", "ov-copying", "mean-ablation"} <= why.keys()


def test_a_model_that_reads_few_tokens_stores_what_it_can_read(tmp_path: Path) -> None:
    """Sentences that fit are stored, promoted tokens of a text that does not fit are not; shorter still, one sentence says so."""
    sentences, heads = head_texts(load_model(str(KINDS["mpt"](tmp_path / "mpt")), catalog_models={}))
    assert len(sentences) == 3
    assert all(not text.promotes for text in heads.values())
    with pytest.raises(HeadkbError, match="reads at most 32 tokens"):
        head_texts(load_model(str(KINDS["short"](tmp_path / "short")), catalog_models={}))


def test_every_pattern_score_of_the_catalog_has_its_column_or_a_reason(
    organism: tuple[Atlas, AtlasTable], real_catalog: Catalog
) -> None:
    """No score is dropped in silence."""
    atlas, _ = organism
    pattern_scores = {s.id for s in SCORES.values() if s.reads == "pattern"} & real_catalog.scores.keys()
    assert len(pattern_scores) >= 20
    assert pattern_scores <= {c.id for c in atlas.columns} | {left.id for left in atlas.left_out}


@pytest.mark.parametrize("column", ["induction", "streaming", "previous-token-in-text", "ov-copying", "mean-ablation"])
def test_a_column_holds_what_the_score_alone_gives(
    column: str, organism: tuple[Atlas, AtlasTable], real_catalog: Catalog
) -> None:
    """Sharing a pass with other scores changes no number."""
    atlas, table = organism
    told, sets = atlas.column(column), {p.id: p for p in atlas.prompts}
    assert told is not None
    n = {} if told.prompts is None else {"n": sets[told.prompts].n, "seed": 0}
    loaded = load_model("organism-heads", catalog_models=real_catalog.models)
    alone = measure(told.score, loaded, generator=told.prompts, parameters=n, score_parameters=told.parameters)
    if told.prompts is not None:
        assert alone.prompts["sha256"] == sets[told.prompts].sha256
    for head, value, *_ in alone.ranked("more"):
        assert table.values[column][head] == pytest.approx(value, abs=2e-6)


def test_the_baseline_of_mean_ablation_is_the_loss_of_the_text(organism: tuple[Atlas, AtlasTable]) -> None:
    """The yardstick beside the column: the unchanged model's loss, in nats, below that of guessing any word."""
    column = organism[0].column("mean-ablation")
    assert column is not None
    assert column.unit == "nats"
    assert column.baseline is not None
    assert 0 < column.baseline < 7.97  # ln 2883


def test_the_promoted_tokens_are_those_of_the_mean_output(real_catalog: Catalog) -> None:
    """Against the sum written out: z through W_O, the final norm at each token's scale, W_U, mean over tokens."""
    loaded = load_model("organism-heads", catalog_models=real_catalog.models)
    model: Any = loaded.model
    prompts = make_prompts("english-sentences", loaded, 1)
    seen = observe(model, prompts, {"z", "resid_post"})
    layer, head = next((s.layer, 1) for s in anatomy(model).part())
    wrote = seen["z"][0, layer, :, head] @ output_weights(model, layer)[0][head]  # [pos, d_model]
    last = seen["resid_post"][0, -1]
    scale = (last.square().mean(-1, keepdim=True) + model.config.rms_norm_eps).sqrt()
    image = (model.model.norm.weight * wrote / scale).mean(0)
    effect = model.lm_head.weight @ image
    effect = (effect - effect.mean()).detach()
    found = next(one for one in written_tokens(model, prompts, top=3) if one.head == (layer, head))
    assert [i for i, _ in found.promotes] == effect.topk(3).indices.tolist()
    assert [v for _, v in found.suppresses] == pytest.approx(effect.topk(3, largest=False).values.tolist(), abs=1e-4)


def invoke(catalog: Path, *args: str) -> Result:
    """`headkb atlas` on a catalog."""
    return CliRunner().invoke(main, ["--catalog", str(catalog), "atlas", *args])


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the shipped catalog without atlases."""
    target = tmp_path / "catalog"
    shutil.copytree(ROOT / "catalog", target)
    shutil.rmtree(target / "atlases")
    return target


def test_the_command_writes_the_files_and_a_record_that_validates(copy: Path, tmp_path: Path) -> None:
    """Table, JSON, patterns and a map of each column; with --record the catalog holds the same, without a complaint."""
    out = tmp_path / "out"
    result = invoke(copy, "organism-heads", "--out", str(out), "--record")
    assert result.exit_code == 0, result.output
    data = json.loads((out / "organism-heads.json").read_text())
    assert len(data["heads"]) == 24
    assert all(len(row["nearest"]) == 3 for row in data["heads"])
    assert {c["id"]: c["unit"] for c in data["columns"]}["mean-ablation"] == "nats"
    assert sorted(p.stem for p in (out / "maps").glob("*.svg")) == sorted(c["id"] for c in data["columns"])
    assert not (out / "parts").exists()
    for name in ("organism-heads.yaml", "organism-heads.csv", "organism-heads.heads.json"):
        assert (out / name).read_text() == (copy / "atlases" / name).read_text()
    catalog, problems = load(copy)
    assert [*problems, *(d for d in check(catalog) if d.rule == "bad-atlas")] == []
    sentences, heads = read_heads(out / "organism-heads.heads.json")
    assert sentences[1].tokens[1:8] == sentences[1].tokens[8:]
    assert heads[HeadIndex(0, 1)].promotes


def test_a_stopped_atlas_goes_on_where_it_was(
    copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, real_catalog: Catalog
) -> None:
    """What was measured is not measured again; steps of other weights do not count."""
    from headkb.cli.atlas import _Parts

    loaded = load_model("exact-induction", catalog_models=real_catalog.models)
    store = _Parts(tmp_path / "parts", loaded)
    first, _ = make_atlas(real_catalog, loaded, store=store)
    monkeypatch.setattr("headkb.reproduce.atlas._measure", lambda *_: pytest.fail("measured again"))
    again, _ = make_atlas(real_catalog, loaded, store=store)
    assert again == first
    other = load_model("exact-previous-token", catalog_models=real_catalog.models)
    assert _Parts(tmp_path / "parts", other).get("ov-copying") is None


def test_a_table_that_cannot_be_written_is_printed(copy: Path, tmp_path: Path) -> None:
    """Two sentences, whatever else there was to write: what could not be kept, and what not written. Exit code 2."""
    (tmp_path / "out").write_text("a file where the folder should be", encoding="utf-8")
    result = invoke(copy, "exact-induction", "--out", str(tmp_path / "out" / "deeper"))
    assert result.exit_code == 2, result.output
    assert result.stderr.count("so a stopped command could not go on") == 1
    assert result.stderr.count("cannot be read or written (Not a directory)") == 1
    rows = list(csv.DictReader(result.stdout.splitlines()))
    assert len(rows) == sum(load_model("exact-induction").passport.stack().n_heads)


def test_a_model_without_a_record_is_not_recorded(copy: Path, tmp_path: Path) -> None:
    """It is measured without --record; with it, one sentence says what to do, before any work."""
    folder = KINDS["few-rows"](tmp_path)
    result = invoke(copy, str(folder), "--out", str(tmp_path / "out"), "--record")
    assert result.exit_code == 2
    assert "headkb new models" in result.output


def test_each_set_of_prompts_stands_once(organism: tuple[Atlas, AtlasTable]) -> None:
    """Columns that share prompts share a set, and only weights need none."""
    atlas, _ = organism
    assert len({p.id for p in atlas.prompts}) == len(atlas.prompts)
    assert [c.id for c in atlas.columns if c.prompts is None] == ["ov-copying"]


def test_a_step_that_fails_costs_its_own_columns(
    copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, real_catalog: Catalog
) -> None:
    """It is told, the table has the others, nothing is recorded; the next call measures what is missing and no more."""
    from headkb.reproduce import atlas as module

    whole, asked = module._measure, list[list[str]]()

    def failing(catalog: Catalog, loaded: LoadedModel, columns: Sequence[Wanted]) -> Measured:
        asked.append([column.id for column in columns])
        if columns[0].id == "ov-copying":
            raise ZeroDivisionError("no such luck")
        return whole(catalog, loaded, columns)

    monkeypatch.setattr(module, "_measure", failing)
    words = ("exact-induction", "--out", str(tmp_path / "out"), "--record")
    result = invoke(copy, *words)
    assert result.exit_code == 2
    assert "Traceback" not in result.output
    assert "no such luck" in result.stderr
    assert "exact-induction was not recorded, because a step failed." in result.stderr
    assert not (copy / "atlases" / "exact-induction.csv").exists()
    header = (tmp_path / "out" / "exact-induction.csv").read_text().splitlines()[0].split(",")
    assert "ov-copying" not in header
    assert len(header) > 10
    asked.clear()

    def noting(catalog: Catalog, loaded: LoadedModel, columns: Sequence[Wanted]) -> Measured:
        asked.append([column.id for column in columns])
        return whole(catalog, loaded, columns)

    monkeypatch.setattr(module, "_measure", noting)
    assert invoke(copy, *words).exit_code == 0
    assert asked == [["ov-copying"]]
    assert "ov-copying" in (copy / "atlases" / "exact-induction.csv").read_text().splitlines()[0]
