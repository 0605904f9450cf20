"""Pitfall 10 over two real ranks: a tensor-parallel process sees, scores and edits its own heads only."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from headkb.attention import read_patterns, run, zero
from tests.attention.architectures import prompts, shared


@pytest.mark.slow
def test_pitfall_10_each_rank_scores_and_edits_its_own_heads(tmp_path):
    """Two ranks see two of four heads each, whose scores are their share of one process's; an edit on one rank is the whole edit."""
    model, given = shared("llama"), prompts()
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    done = subprocess.run(
        [*command, str(Path(__file__).parent / "one_rank.py"), str(tmp_path)],
        env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    ranks = [torch.load(tmp_path / f"rank{rank}.pt") for rank in range(2)]
    assert [rank["n_heads"] for rank in ranks] == [2, 2]
    scores = read_patterns(model, given, {"r": lambda pattern, _: pattern[..., 0].mean(-1)})["r"]
    torch.testing.assert_close(torch.cat([rank["scores"] for rank in ranks], -1), scores, rtol=0, atol=1e-6)
    with torch.inference_mode():
        wanted = {"plain": run(model, given), "edited": run(model, given, [zero([(1, 2)])])}
    for name, logits in wanted.items():
        for rank in ranks:
            torch.testing.assert_close(rank[name], logits, rtol=1e-5, atol=1e-4)
    assert (wanted["edited"] - wanted["plain"]).abs().max() > 0.1
