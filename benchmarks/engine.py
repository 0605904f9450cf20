"""Time and memory of the attention engine against its peers and against bare matrix products, on equal weights.

    python benchmarks/engine.py --tl4 /tmp/peer-tl4/bin/python --tl3 … --nnsight … [--task scores] [--rounds 3]

Each measurement is a process of its own; peers alternate, so a busy machine slows all alike. Figures are CPU seconds on
one thread; memory is the highest resident size during the task less that before it. Peers are never dependencies: give
the Python of an environment that has one (`python -m venv /tmp/peer-tl4; …/pip install torch transformer-lens==4.3.0`).
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

LAYERS, HEADS, WIDTH, D_HEAD, VOCABULARY = 12, 12, 768, 64, 50257
TASKS: dict[str, tuple[str, ...]] = {
    "scores": (
        "bound",
        "headkb",
        "tl4",
        "tl4-shared",
        "tl4-expert",
        "tl3",
        "tl3-expert",
        "nnsight",
        "output_attentions",
    ),
    "patch": ("bound", "headkb", "tl4", "tl3", "nnsight"),
    "patch-no-prefix": ("bound", "headkb", "tl4", "tl3", "nnsight"),
    "ablate": ("bound", "headkb", "tl4", "tl3", "nnsight"),
}
Run = Callable[[], Any]


def save_model(folder: Path) -> None:
    """A random GPT-2 small whose heads differ: its attention weights are scaled up."""
    import torch
    from tokenizers import Tokenizer, models
    from transformers import GPT2Config, GPT2LMHeadModel, PreTrainedTokenizerFast

    torch.manual_seed(0)
    model = GPT2LMHeadModel(GPT2Config(n_layer=LAYERS, n_head=HEADS, n_embd=WIDTH, vocab_size=VOCABULARY))
    for block in model.transformer.h:
        block.attn.c_attn.weight.data.mul_(4)
    model.save_pretrained(folder)
    words = Tokenizer(
        models.WordLevel({f"t{i}": i for i in range(VOCABULARY)}, unk_token="t0")
    )  # peers want one; no task uses it
    end = f"t{VOCABULARY - 1}"
    PreTrainedTokenizerFast(tokenizer_object=words, bos_token=end, eos_token=end, pad_token=end).save_pretrained(folder)


def inputs(task: str) -> dict[str, Any]:
    """The tokens of a task, the same for everyone."""
    import torch

    draw = torch.Generator().manual_seed(1)
    if task == "scores":
        half = torch.randint(0, VOCABULARY, (16, 128), generator=draw)
        return {"tokens": torch.cat([half, half], 1)}
    if task == "ablate":
        return {
            "tokens": torch.randint(0, VOCABULARY, (4, 32), generator=draw),
            "means": torch.randn(12, 12, 64, generator=draw) * 0.3,
        }
    tokens = torch.randint(0, VOCABULARY, (8, 15), generator=draw)
    source = tokens.clone()
    source[:, 0 if task == "patch-no-prefix" else 9] = torch.randint(0, VOCABULARY, (8,), generator=draw)
    correct, wrong = torch.randint(0, VOCABULARY, (2, 8), generator=draw)
    return {"tokens": tokens, "source": source, "correct": correct, "wrong": wrong}


def detection(tokens: Any) -> dict[str, Any]:
    """TransformerLens' three detection patterns, `[prompt, query_pos, key_pos]`."""
    import torch

    same = (tokens[:, :, None] == tokens[:, None, :]).float().tril(-1)
    previous = torch.eye(tokens.shape[1]).roll(1, 0).tril(-1).expand_as(same)
    induction = torch.cat([torch.zeros_like(same[..., :1]), same[..., :-1]], -1).tril()
    return {"previous_token_head": previous, "duplicate_token_head": same, "induction_head": induction}


# One function a peer and task: it is given the model folder and the inputs, and returns what is timed.


def headkb(folder: str, task: str, given: dict[str, Any]) -> Run:
    """This package."""
    import torch
    from transformers import GPT2LMHeadModel

    from headkb.attention import Prompts, check_faithful, read_patterns
    from headkb.sweeps import logit_diff, next_token_loss, sweep

    model = GPT2LMHeadModel.from_pretrained(folder).eval()
    prompts = Prompts.of(given["tokens"])
    check_faithful(model)
    if task == "scores":

        def run() -> Any:
            prompts_of: dict[str, Any] = {"seen": None}

            def wanted(batch: Prompts) -> Any:
                if prompts_of["seen"] is not batch:
                    prompts_of.update(seen=batch, wanted=detection(batch.tokens))
                return prompts_of["wanted"]

            def reader(name: str) -> Callable[[Any, Prompts], Any]:
                return lambda pattern, batch: (
                    (pattern.flatten(2) @ wanted(batch)[name].flatten(1)[..., None])[..., 0] / pattern.shape[-1]
                )

            names = ("previous_token_head", "duplicate_token_head", "induction_head")
            found = read_patterns(model, prompts, {name: reader(name) for name in names}, tokens_per_batch=256)
            return torch.stack([found[name].mean(0) for name in names])

        return run
    if task == "ablate":
        return lambda: sweep(model, prompts, "mean", next_token_loss(), means=given["means"])
    metric = logit_diff(given["correct"], given["wrong"], torch.full((8,), 14))
    return lambda: sweep(model, prompts, "resample", metric, source=Prompts.of(given["source"]))


def output_attentions(folder: str, task: str, given: dict[str, Any]) -> Run:
    """What transformers offers by itself."""
    import torch
    from transformers import GPT2LMHeadModel

    model = GPT2LMHeadModel.from_pretrained(folder, attn_implementation="eager").eval()

    def run() -> Any:
        with torch.inference_mode():
            patterns = model(given["tokens"], output_attentions=True).attentions
            wanted = detection(given["tokens"])
            return torch.stack(
                [
                    torch.stack([(p.flatten(2) @ w.flatten(1)[..., None]).sum((0, 2)) for p in patterns])
                    / w.shape[0]
                    / w.shape[1]
                    for w in wanted.values()
                ]
            )

    return run


def _lens(model: Any, task: str, given: dict[str, Any], mode: str, detect_head: Any, patch: Any) -> Run:
    import torch

    tokens = given["tokens"]
    names = ("previous_token_head", "duplicate_token_head", "induction_head")
    if task == "scores" and mode == "expert":

        def run() -> Any:
            _, cache = model.run_with_cache(tokens, names_filter=lambda name: name.endswith("pattern"))
            wanted = detection(tokens)
            found = [
                [(cache["pattern", layer].flatten(2) @ w.flatten(1)[..., None]).sum((0, 2)) for layer in range(LAYERS)]
                for w in wanted.values()
            ]
            return torch.stack([torch.stack(f) for f in found]) / tokens.numel()

        return run
    if task == "scores":
        model.to_tokens = lambda seq, *_, **__: tokens if isinstance(seq, list) else tokens[int(seq)][None]

        def run() -> Any:
            if mode == "shared":
                scores = []
                for index in range(len(tokens)):
                    _, cache = model.run_with_cache(tokens[index][None], remove_batch_dim=True)
                    scores.append(torch.stack([detect_head(model, str(index), name, cache=cache) for name in names]))
                return torch.stack(scores).mean(0)
            return torch.stack([detect_head(model, [str(i) for i in range(len(tokens))], name) for name in names])

        return run
    if task == "ablate":

        def run() -> Any:
            found = torch.zeros(LAYERS, HEADS)
            for layer in range(LAYERS):
                for head in range(HEADS):

                    def hook(z: Any, hook: Any, layer: int = layer, head: int = head) -> Any:
                        z[:, :, head] = given["means"][layer, head]
                        return z

                    found[layer, head] = model.run_with_hooks(
                        tokens, return_type="loss", fwd_hooks=[(f"blocks.{layer}.attn.hook_z", hook)]
                    )
            return found

        return run

    def metric(logits: Any) -> Any:
        last, row = logits[:, -1], torch.arange(len(tokens))
        return (last[row, given["correct"]] - last[row, given["wrong"]]).mean()

    def patched() -> Any:
        _, cache = model.run_with_cache(given["source"], names_filter=lambda name: name.endswith("hook_z"))
        return patch(model, tokens, cache, metric)

    return patched


def tl4(folder: str, task: str, given: dict[str, Any], mode: str = "") -> Run:
    """TransformerLens 4: detect_head as documented, with one cache shared by detectors, and batched with a small cache."""
    import torch
    from transformer_lens.head_detector import detect_head
    from transformer_lens.model_bridge import TransformerBridge
    from transformer_lens.patching import get_act_patch_attn_head_out_all_pos as patch
    from transformers import AutoTokenizer, GPT2LMHeadModel

    torch.set_grad_enabled(False)
    hf_model = GPT2LMHeadModel.from_pretrained(folder, attn_implementation="eager").eval()
    model = TransformerBridge.boot_transformers(
        "gpt2", hf_model=hf_model, tokenizer=AutoTokenizer.from_pretrained(folder), device="cpu"
    )
    return _lens(model, task, given, mode, detect_head, patch)


def tl3(folder: str, task: str, given: dict[str, Any], mode: str = "") -> Run:
    """TransformerLens 3.9, the last with HookedTransformer."""
    import torch
    from transformer_lens import HookedTransformer
    from transformer_lens.head_detector import detect_head
    from transformer_lens.patching import get_act_patch_attn_head_out_all_pos as patch
    from transformers import AutoConfig, AutoTokenizer, GPT2LMHeadModel

    torch.set_grad_enabled(False)
    hf_model = GPT2LMHeadModel.from_pretrained(folder).eval()
    hf_model.config.n_ctx = hf_model.config.n_positions  # what an older transformers called it
    AutoConfig.from_pretrained = lambda *_, **__: hf_model.config  # it would ask the hub
    model = HookedTransformer.from_pretrained_no_processing(
        "gpt2", hf_model=hf_model, tokenizer=AutoTokenizer.from_pretrained(folder), device="cpu"
    )
    return _lens(model, task, given, mode, detect_head, patch)


def nnsight(folder: str, task: str, given: dict[str, Any]) -> Run:
    """nnsight: a batched trace for patterns, a trace a head for edits."""
    import torch
    from nnsight import NNsight
    from transformers import GPT2LMHeadModel

    torch.set_grad_enabled(False)
    tokens = given["tokens"]
    hf_model = GPT2LMHeadModel.from_pretrained(folder, attn_implementation="eager").eval()
    model = NNsight(hf_model)
    blocks = model.transformer.h
    if task == "scores":

        def run() -> Any:
            wanted = list(detection(tokens).values())
            with model.trace(tokens, logits_to_keep=1):
                rows: Any = []
                rows = rows.save()  # nnsight gives every object a `save`
                for layer in range(LAYERS):
                    pattern = blocks[layer].attn.output[1]
                    rows.append(
                        torch.stack([(pattern.flatten(2) @ w.flatten(1)[..., None]).sum((0, 2)) for w in wanted])
                    )
            found = torch.stack(list(rows), 1)
            return found / tokens.numel()

        return run

    def edited(layer: int, head: int, new: Any) -> Any:
        some = slice(head * D_HEAD, (head + 1) * D_HEAD)
        with model.trace(tokens):
            blocks[layer].attn.c_proj.input[:, :, some] = new
            logits = model.lm_head.output.save()
        if task == "ablate":
            return torch.nn.functional.cross_entropy(logits[:, :-1].flatten(0, 1), tokens[:, 1:].flatten())
        last, row = logits[:, -1], torch.arange(len(tokens))
        return (last[row, given["correct"]] - last[row, given["wrong"]]).mean()

    def head_by_head() -> Any:
        found = torch.zeros(LAYERS, HEADS)
        source = []
        if task != "ablate":
            with model.trace(given["source"]):
                kept: Any = []
                kept = kept.save()
                for layer in range(LAYERS):
                    kept.append(blocks[layer].attn.c_proj.input)
            source = list(kept)
        for layer in range(LAYERS):
            for head in range(HEADS):
                new = (
                    given["means"][layer, head]
                    if task == "ablate"
                    else source[layer][:, :, head * D_HEAD : (head + 1) * D_HEAD]
                )
                found[layer, head] = edited(layer, head, new)
        return found

    return head_by_head


def bound(folder: str, task: str, given: dict[str, Any]) -> Run:
    """The matrix products that the engine's plan cannot do without, and nothing else; outputs are written into one buffer."""
    import torch

    rows = {"scores": 256, "patch": 12 * 8 * 6, "patch-no-prefix": 12 * 8 * 15, "ablate": 8 * 4 * 32}[task]
    prompts, new, length = {
        "scores": (16, 256, 256),
        "patch": (8, 6, 15),
        "patch-no-prefix": (8, 15, 15),
        "ablate": (4, 32, 32),
    }[task]
    per_row = prompts * new  # tokens of one edited head, or of all prompts

    def timed(m: int, k: int, n: int, times: float, batch: int = 1) -> float:
        a, b, out = torch.randn(batch, m, k), torch.randn(batch, k, n), torch.empty(batch, m, n)
        repeat = max(3, min(200, int(2e9 / (2 * batch * m * k * n))))
        torch.bmm(a, b, out=out)
        start = time.process_time()
        for _ in range(repeat):
            torch.bmm(a, b, out=out)
        return (time.process_time() - start) / repeat * times

    def attention(tokens: float) -> float:
        batch, calls = HEADS * max(1, rows // new), tokens / rows
        return timed(new, D_HEAD, length, calls, batch) + timed(new, length, D_HEAD, calls, batch)

    def run() -> Any:
        qkvo = lambda tokens: timed(rows, WIDTH, 4 * WIDTH, tokens / rows)  # noqa: E731
        mlp = lambda tokens: timed(rows, WIDTH, 4 * WIDTH, tokens / rows) + timed(rows, 4 * WIDTH, WIDTH, tokens / rows)  # noqa: E731
        if task == "scores":
            tokens = per_row * (LAYERS - 1)
            last = timed(rows, WIDTH, 2 * WIDTH, per_row / rows) + attention(per_row) / 2
            return qkvo(tokens) + mlp(tokens) + attention(tokens) + last
        blocks = per_row * HEADS * sum(range(LAYERS)) + 2 * LAYERS * prompts * length
        total = qkvo(blocks) + mlp(blocks + per_row * HEADS * LAYERS) + attention(blocks)
        if task == "ablate":
            total += timed(per_row, WIDTH, VOCABULARY, HEADS * LAYERS)
        return total

    return run


def growth() -> None:
    """How cost and memory of scoring grow: exponents between two sizes, of a model of width 256."""
    import math

    import torch
    from transformers import GPT2Config, GPT2LMHeadModel

    from headkb.attention import Prompts, check_faithful, read_patterns

    torch.set_num_threads(1)

    def cost(layers: int, prompts: int) -> tuple[float, float]:
        model = GPT2LMHeadModel(
            GPT2Config(n_layer=layers, n_head=4, n_embd=256, vocab_size=1000, bos_token_id=0, eos_token_id=0)
        )
        check_faithful(model.eval())
        tokens = Prompts.of(torch.randint(0, 1000, (prompts, 256)))
        run = lambda: read_patterns(model, tokens, {"previous": lambda p, _: p.diagonal(-1, -2, -1).mean(-1)})  # noqa: E731
        run()
        seconds = []
        for _ in range(3):
            start = time.process_time()
            run()
            seconds.append(time.process_time() - start)
        return min(seconds), peak_of_tensors(run)

    few, deep, many = cost(4, 16), cost(16, 16), cost(4, 64)
    print("growth exponents of scoring: ", end="")
    print(
        f"cost in prompts {math.log(many[0] / few[0], 4):.2f}, in layers {math.log(deep[0] / few[0], 4):.2f}; ", end=""
    )
    print(
        f"memory in prompts {math.log(many[1] / few[1], 4):.2f}, in layers {math.log(deep[1] / few[1], 4):.2f} ", end=""
    )
    print(f"(peak of all tensors made: {few[1]:.2f}, {many[1]:.2f} and {deep[1]:.2f} MiB)")


def peak_of_tensors(run: Callable[[], Any]) -> float:
    """The most that tensors made during `run` hold at one time, MiB: counted, so that no allocator and no neighbour adds noise."""
    import weakref

    from torch import Tensor
    from torch.utils._python_dispatch import TorchDispatchMode
    from torch.utils._pytree import tree_leaves

    known: set[int] = set()
    now, peak = 0, 0

    def drop(key: int, size: int) -> None:
        nonlocal now
        known.discard(key)
        now -= size

    class Counting(TorchDispatchMode):
        def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            nonlocal now, peak
            for x in tree_leaves((args, kwargs)):
                if isinstance(x, Tensor):
                    known.add(x.untyped_storage()._cdata)  # was there before, or has been counted
            out = func(*args, **(kwargs or {}))
            for x in tree_leaves(out):
                storage = x.untyped_storage() if isinstance(x, Tensor) else None
                if storage is not None and storage._cdata not in known:
                    known.add(storage._cdata)
                    now += storage.nbytes()
                    peak = max(peak, now)
                    weakref.finalize(storage, drop, storage._cdata, storage.nbytes())
            return out

    with Counting():
        run()
    return peak / 2**20


def resident(field: str) -> float:
    """VmRSS (now) or VmHWM (peak) of this process, MiB."""
    return next(
        int(line.split()[1]) / 1024
        for line in Path("/proc/self/status").read_text().splitlines()
        if line.startswith(field)
    )


def work(peer: str, task: str, folder: str, out: str) -> None:
    """Measure one peer at one task in this process, after a small warm-up."""
    import torch

    torch.set_num_threads(1)
    name, _, mode = peer.partition("-")
    given = inputs(task)
    run = globals()[name](folder, task, given, *([mode] if mode else []))
    torch.nn.functional.linear(torch.randn(64, WIDTH), torch.randn(WIDTH, WIDTH))
    before = resident("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")  # forget the peak so far
    start, wall = time.process_time(), time.perf_counter()
    value = run()
    seconds, wall = time.process_time() - start, time.perf_counter() - wall
    result: dict[str, Any] = {"cpu": seconds, "wall": wall, "mib": resident("VmHWM") - before}
    if name == "bound":
        result["cpu"] = value
    else:
        torch.save(value.detach().clone(), out)
    print(json.dumps(result))


def main() -> None:
    """Run all peers in alternation and print what came out."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for peer in ("tl4", "tl3", "nnsight"):
        parser.add_argument(f"--{peer}", help=f"the Python of an environment with {peer}")
    parser.add_argument("--task", choices=TASKS, action="append")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--only", nargs="*", help="peers to run")
    parser.add_argument("--worker", nargs=4, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.worker:
        work(*chosen.worker)
        return
    env = {
        **os.environ,
        "OMP_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
        "HF_HUB_OFFLINE": "1",
        "PYTHONPATH": str(Path(__file__).parents[1]),
    }
    print(f"load average at the start: {', '.join(f'{x:.1f}' for x in os.getloadavg())}")
    with tempfile.TemporaryDirectory() as folder:
        save_model(Path(folder))
        for task in chosen.task or TASKS:
            report(task, folder, chosen, env)
    growth()


def report(task: str, folder: str, chosen: argparse.Namespace, env: dict[str, str]) -> None:
    """Measure one task and print its table."""
    import torch

    results: dict[str, list[dict[str, float]]] = {}
    values: dict[str, Any] = {}
    for _ in range(chosen.rounds):
        for peer in TASKS[task]:
            python = getattr(chosen, peer.partition("-")[0], sys.executable)
            if python is None or (chosen.only and peer not in chosen.only):
                continue
            out = f"{folder}/{peer}.pt"
            done = subprocess.run(
                [python, __file__, "--worker", peer, task, folder, out], env=env, capture_output=True, text=True
            )
            if done.returncode:
                print(f"{peer}: failed\n{done.stderr[-1500:]}")
                continue
            results.setdefault(peer, []).append(json.loads(done.stdout.splitlines()[-1]))
            if peer != "bound":
                values[peer] = torch.load(out)
    ours = statistics.median(r["cpu"] for r in results["headkb"])
    print(f"\n{task}: {'peer':18} {'CPU s':>8} {'/ headkb':>9} {'MiB':>7} {'max difference':>15}")
    for peer, rows in results.items():
        cpu, mib = (statistics.median(r[key] for r in rows) for key in ("cpu", "mib"))
        off = f"{float((values[peer] - values['headkb']).abs().max()):.1e}" if peer in values else ""
        print(f"{'':{len(task)}}  {peer:18} {cpu:8.2f} {cpu / ours:9.2f} {mib:7.0f} {off:>15}", flush=True)


if __name__ == "__main__":
    main()
