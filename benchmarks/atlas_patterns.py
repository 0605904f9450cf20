"""Part a: all pattern scores of the catalog on 64 × 128 tokens in one pass, against one plain pass with eager attention."""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

PROMPTS, LENGTH, AT_ONCE, ROUNDS = 64, 128, 1024, 2
BUDGET = 1.25


def main(chosen: argparse.Namespace) -> None:
    """Measure the pass with all readers, the plain one, the peer and the bare matrix products; rounds alternate."""
    import torch

    import headkb
    from headkb.attention import read_patterns
    from headkb.models import load_model
    from headkb.scores import SCORES

    catalog = headkb.load_catalog()
    loaded = load_model(chosen.model, catalog_models=catalog.models)
    prompts = make(loaded)
    readers = {s.id: s.reader() for s in SCORES.values() if s.reads == "pattern" and s.id in catalog.scores}
    spent = dict.fromkeys(readers, 0.0)
    inner = loaded.model.base_model
    rows: dict[str, list[float]] = {"plain": [], "none": [], "all": []}
    work: dict[str, Callable[[], Any]] = {
        "plain": lambda: plain(inner, prompts),
        "none": lambda: read_patterns(loaded.model, prompts, {}, tokens_per_batch=AT_ONCE),
        "all": lambda: read_patterns(loaded.model, prompts, readers, tokens_per_batch=AT_ONCE),
    }
    with torch.inference_mode():
        inner(prompts.tokens[:4], use_cache=False)  # first calls set things up
    for _ in range(ROUNDS):
        for name, run in work.items():
            rows[name].append(seconds(run))
    fast = {name: min(times) for name, times in rows.items()}
    timed = {name: clocked(name, reader, spent) for name, reader in readers.items()}
    read_patterns(loaded.model, prompts, timed, tokens_per_batch=AT_ONCE)
    ratio, lower = fast["all"] / fast["plain"], bound(inner, prompts)
    print(
        f"{len(readers)} pattern scores on {PROMPTS} x {LENGTH} tokens: {fast['all']:.1f} CPU s, without readers {fast['none']:.1f}, "
        f"plain pass {fast['plain']:.1f}, ratio {ratio:.2f} (budget {BUDGET}: {'met' if ratio <= BUDGET else 'missed'}); "
        f"matrix products alone {lower:.1f}, all / bound {fast['all'] / lower:.2f}",
        flush=True,
    )
    print("readers, CPU s: " + ", ".join(f"{name} {s:.2f}" for name, s in sorted(spent.items(), key=lambda x: -x[1])))
    if chosen.tl4:
        peer(chosen, loaded, prompts)


def make(loaded: Any) -> Any:
    """A block of random tokens given twice, with every name of positions that a score asks for laid over it."""
    import torch

    from headkb.prompts import make_prompts
    from headkb.tensors import Prompts

    found = make_prompts("repeated-random-tokens", loaded, PROMPTS, 0, period=LENGTH // 2, bos="none")
    pos = torch.arange(LENGTH)
    places = {
        "segment_start": pos // 16 * 16,
        "word_start": pos // 2 * 2,
        "end": pos[-1:],
        "io": pos[5:6],
        "answer": pos[120:126],
        "source": pos[30:36],
        "context": pos[:64],
        "generated": pos[64:120],
        "rare": pos[40:42],
        "pronoun": pos[100:101],
        "content": pos[1:100:4],
        "dependent": pos[2:122:10],
        "head": pos[0:120:10],
        "delimiter": pos[8::8],
        "labels": pos[21:120:20],
        "before_labels": pos[20:119:20],
    }
    positions = {name: where.expand(PROMPTS, -1) for name, where in places.items()}
    return Prompts(found.tokens, found.mask, {**positions, **found.positions}, found.meta)


def plain(inner: Any, prompts: Any) -> None:
    """One pass with eager attention, without the unembedding."""
    import torch

    from headkb.attention.tap import eager

    with torch.inference_mode(), eager(inner):
        for batch in prompts.batches(AT_ONCE):
            inner(batch.tokens, use_cache=False)


def bound(inner: Any, prompts: Any) -> float:
    """CPU seconds of the model's linear layers alone, each on as many rows as one batch has; the products of attention are left out."""
    import torch

    batches = sum(1 for _ in prompts.batches(AT_ONCE))
    total = 0.0
    with torch.inference_mode():
        for layer in (m for m in inner.modules() if isinstance(m, torch.nn.Linear)):
            x = torch.randn(AT_ONCE, layer.in_features)
            total += min(seconds(partial(layer, x)) for _ in range(2))
    return total * batches


def seconds(run: Callable[[], Any]) -> float:
    """CPU seconds of one call."""
    start = time.process_time()
    run()
    return time.process_time() - start


def clocked(name: str, reader: Callable[..., Any], spent: dict[str, float]) -> Callable[..., Any]:
    """The reader, whose CPU seconds are added up."""

    def read(pattern: Any, prompts: Any) -> Any:
        start = time.process_time()
        value = reader(pattern, prompts)
        spent[name] += time.process_time() - start
        return value

    return read


def peer(chosen: argparse.Namespace, loaded: Any, prompts: Any) -> None:
    """TransformerLens on the same tokens: a cache of patterns alone, from which the previous-token score is read."""
    with tempfile.TemporaryDirectory() as folder:
        job = Path(folder) / "job.json"
        job.write_text(json.dumps({"model": chosen.model, "tokens": prompts.tokens.tolist(), "at_once": AT_ONCE}))
        done = subprocess.run([chosen.tl4, "-c", PEER, str(job)], capture_output=True, text=True, check=False)
    print(done.stdout.strip() or f"peer failed: {done.stderr.strip().splitlines()[-1:]}", flush=True)


PEER = """
import json, sys, time, torch
from transformer_lens.model_bridge import TransformerBridge
job = json.load(open(sys.argv[1])); torch.set_num_threads(1)
model = TransformerBridge.boot_transformers(job["model"], device="cpu", dtype=torch.float32)
tokens = torch.tensor(job["tokens"]); step = job["at_once"] // tokens.shape[1]
def run():
    for some in tokens.split(step):
        _, cache = model.run_with_cache(some, names_filter=lambda name: name.endswith("hook_pattern"), return_type=None)
        [cache[name].diagonal(-1, -2, -1).mean(-1) for name in cache]
run_first = time.process_time(); run(); print(f"TransformerLens, one score: {time.process_time() - run_first:.1f} CPU s")
"""
