"""The reader of HeadVis metrics: a repository of the source's form is read at its commit, and a changed number is found."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("numpy")
pytest.importorskip("torch")

import import_published_tables_clones as clones
from import_published_tables import differences
from import_published_tables_core import Clone, single

from headkb.catalog.headvis import METRICS


def test_single_precision_numbers_get_the_fewest_digits() -> None:
    """What a tensor spells in double precision comes back exactly; a number of double precision is refused."""
    assert single("0.02382325567305088") == "0.023823256"
    assert single("48.62980270385742") == "48.629803"
    assert single("0.0") == "0.0"
    with pytest.raises(AssertionError, match=r"0\.1 is no single-precision number"):
        single("0.1")


def repository(folder: Path, metrics: dict[str, Any]) -> Clone:
    """A repository with one file of the source's form, and a later commit that takes it away."""

    def git(*command: str) -> str:
        names = ("-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false")
        done = subprocess.run(["git", "-C", str(folder), *names, *command], check=True, capture_output=True, text=True)
        return done.stdout.strip()

    path = folder / clones.HEADVIS_FOLDER / "openai-community-gpt2-monology-pile-uncopyrighted.json"
    path.parent.mkdir(parents=True)
    git("init", "--quiet")
    path.write_text(json.dumps({"config": {}, "metrics": metrics}))
    git("add", ".")
    git("commit", "--quiet", "--message", "metrics")
    commit = git("rev-parse", "HEAD")
    path.unlink()
    git("commit", "--quiet", "--all", "--message", "gone")
    return Clone(folder, commit)


def test_a_file_of_the_source_becomes_a_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Layers by heads, at the pinned commit; what is written is found again without a difference, and a changed digit with one."""
    monkeypatch.setattr(clones, "HEADVIS", {"openai-community-gpt2": "gpt2"})
    metrics = {name: [[0.5, 0.25], [place, 2.0]] for place, name in enumerate(METRICS)}
    clone = repository(tmp_path / "clone", {**metrics, "counts": {"attention_positions": [1.0]}})
    (table,) = clones.viewer_metrics(clone)
    assert table.file == "hijohnnylin-neuronpedia/gpt2.csv"
    assert table.columns == METRICS
    assert table.rows[0, 1] == ("0.25",) * 6
    assert table.rows[1, 0] == ("0.0", "1.0", "2.0", "3.0", "4.0", "5.0")
    path = tmp_path / table.file
    path.parent.mkdir()
    path.write_text(table.text())
    assert differences(table, tmp_path) == 0
    path.write_text(table.text().replace("0.25", "0.26", 1))
    assert differences(table, tmp_path) == 1
    path.unlink()
    assert differences(table, tmp_path) == 24
