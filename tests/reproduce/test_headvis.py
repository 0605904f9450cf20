"""`headkb score --format headvis`: the six metrics, pooled over all queries of all prompts as their source pools them."""

from __future__ import annotations

import json
from math import log
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

torch = pytest.importorskip("torch")

import headkb  # noqa: E402
from headkb.catalog.headvis import METRICS, read_scatter  # noqa: E402
from headkb.cli import main  # noqa: E402
from headkb.head_index import HeadIndex  # noqa: E402
from headkb.models import load_model  # noqa: E402
from headkb.prompts import make_prompts  # noqa: E402
from headkb.reproduce.headvis import pooled, queries  # noqa: E402
from headkb.tensors import Prompts  # noqa: E402

ARGUMENTS = ["score", "--format", "headvis", "--model", "organism-heads", "--prompts", "3", "--seed", "2"]


def by_hand(texts: list[tuple[list[int], Any]]) -> dict[str, float]:
    """The six metrics of one head from (tokens, rows of attention), in plain loops over everything at once."""
    own, before, entropy, first, second, after = [], [], [], [], [], []
    for tokens, rows in texts:
        for t, row in enumerate(rows):
            own.append(row[t])
            before += [row[t - 1]] if t else []
            entropy.append(-sum(w * log(w) for w in row[: t + 1] if w > 0))
            first.append(sum(w * (t - j) for j, w in enumerate(row[: t + 1])))
            second.append(sum(w * (t - j) ** 2 for j, w in enumerate(row[: t + 1])))
            places = [j + 1 for j in range(t) if tokens[j] == tokens[t]]
            after += [sum(row[j] for j in places if row[j] >= 0.01)] if places else []
    mean = {k: sum(v) / len(v) for k, v in enumerate([own, before, entropy, first, second, after])}
    return dict(zip(METRICS, [mean[0], mean[1], mean[2], mean[3], mean[4] - mean[3] ** 2, mean[5]], strict=True))


def test_the_command_writes_what_loops_over_the_patterns_give(tmp_path: Path) -> None:
    """Every head of a model, prompts of different lengths; what is printed is a file that the reader reads."""
    result = CliRunner().invoke(main, ARGUMENTS, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    (tmp_path / "scatter_data.json").write_text(result.stdout, encoding="utf-8")
    found = read_scatter(tmp_path / "scatter_data.json")
    loaded = load_model("organism-heads", catalog_models=headkb.load_catalog().models)
    prompts = make_prompts("english-paragraphs", loaded, 3, 2)
    lengths = [int(mask.sum()) for mask in prompts.mask]
    assert len(set(lengths)) > 1
    texts = [
        (tokens[:n].tolist(), loaded.model(tokens[None, :n], output_attentions=True).attentions)
        for tokens, n in zip(prompts.tokens, lengths, strict=True)
    ]
    assert list(found) == list(METRICS)
    assert len(found["qk_distance"]) == sum(layer.shape[1] for layer in texts[0][1])
    for layer, head in found["qk_distance"]:
        expected = by_hand([(tokens, layers[layer][0, head].tolist()) for tokens, layers in texts])
        for name in METRICS:
            assert found[name][HeadIndex(layer, head)] == pytest.approx(expected[name], abs=2e-3, rel=1e-4), name


def test_prompts_count_by_their_queries() -> None:
    """Two prompts of 2 and 4 tokens, the second with one token again; undefined values have no weight."""
    prompts = Prompts(torch.tensor([[5, 6, 0, 0], [5, 6, 5, 7]]), torch.tensor([[1, 1, 0, 0], [1, 1, 1, 1]]).bool())
    counts = {name: weights.tolist() for name, weights in queries(prompts).items()}
    assert counts["qk_distance"] == counts["pattern_entropy"] == [2, 4]
    assert counts["prev_token_score"] == [1, 3]
    assert counts["induction_score"] == [0, 1]
    values = {name: torch.tensor([1.0, 4.0])[:, None, None] for name in counts}
    values["induction_score"][0] = torch.nan
    values["squared_distance"] = torch.tensor([2.0, 20.0])[:, None, None]
    found = {name: column.get(HeadIndex(0, 0)) for name, column in pooled(values, prompts).items()}
    assert found["self_attention_score"] == found["qk_distance"] == 3.0
    assert found["prev_token_score"] == 3.25
    assert found["induction_score"] == 4.0
    assert found["qk_distance_variance"] == pytest.approx((2 * 2 + 4 * 20) / 6 - 9)


def test_heads_without_a_value_have_no_row() -> None:
    """A layer that does not attend is left out, as in the source."""
    prompts = Prompts.of(torch.tensor([[5, 6, 7]]))
    values = {name: torch.full((1, 2, 1), 0.5) for name in queries(prompts)}
    for of in values.values():
        of[:, 0] = torch.nan
    assert pooled(values, prompts)["qk_distance"] == {HeadIndex(1, 0): 0.5}
    assert pooled(values, prompts)["induction_score"] == {}  # no token comes again


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        pytest.param(["induction", "--format", "headvis"], "leave SCORE (induction) out", id="a score"),
        pytest.param(["--format", "headvis", "--variant", "stripe"], "leave --variant out", id="a variant"),
        pytest.param(["--format", "headvis", "--json"], "leave --json out", id="another form"),
        pytest.param([], "Missing argument 'SCORE...'", id="no score"),
        pytest.param(["induction", "--json", "--format", "text"], "exclude each other", id="two forms"),
        pytest.param(["--format", "xls"], "'xls' is not one of", id="no such form"),
    ],
)
def test_what_does_not_fit_is_refused(arguments: list[str], told: str) -> None:
    """Before a model is loaded, with what to do."""
    result = CliRunner().invoke(main, ["score", *arguments])
    assert result.exit_code == 2
    assert told in " ".join(result.output.split())


def test_a_keyword_of_a_score_is_refused() -> None:
    """The metrics are fixed; prompts are not."""
    result = CliRunner().invoke(main, [*ARGUMENTS, "--set", "measure=mul"])
    assert result.exit_code == 2
    assert "english-paragraphs takes sentences" in " ".join(result.output.split())


def test_json_is_a_format_too() -> None:
    """`--format json` prints what `--json` prints, but for the seconds that it took."""
    both = [
        json.loads(CliRunner().invoke(main, ["score", "previous-token", "--prompts", "2", *form]).stdout)
        for form in (["--json"], ["--format", "json"])
    ]
    assert both[0]["values"] == both[1]["values"]
