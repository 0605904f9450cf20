"""Part b: the causal checks of every recipe of induction and previous-token heads, against one whole pass with all logits a set."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from typing import Any

TYPES = ("induction", "previous-token")
PEER_SETS = 3
"""Sets that the peer is timed on; it does each in a pass of its own, so its cost grows with their number."""


def main(chosen: argparse.Namespace) -> None:
    """Measure ours and the plain way on the same heads, compare the values, and print the ratio."""
    import torch

    import headkb
    from headkb.attention import anatomy
    from headkb.catalog.schema.causal import SEEDS
    from headkb.models import load_model
    from headkb.reproduce import CausalChecks, causal, choose_heads, measure

    seeds = SEEDS[: chosen.seeds]
    vars(causal)["SEEDS"] = seeds
    loaded, catalog = load_model(chosen.model), headkb.load_catalog()
    layers = {site.layer: site.n_heads for site in anatomy(loaded.model).part()}
    jobs: list[tuple[str, Any, Any]] = []  # what asks, the check, the heads that were found
    for name in TYPES:
        for recipe in catalog.heads[name].recipes:
            parameters = dict(recipe.parameters) if recipe.prompts else {}
            found = measure(recipe.score, loaded, generator=recipe.prompts, parameters=parameters)
            chosen_heads = [head for head, mean in found.ranked("more") if mean >= (recipe.threshold or 0)]
            jobs += [(f"{name}/{recipe.id}", check, chosen_heads) for check in catalog.heads[name].checks_of(recipe.id)]
    shared, ours, plain, plain_of, bounds, largest = CausalChecks(loaded), 0.0, 0.0, {}, 0.0, 0.0
    given: list[Any] = []
    if chosen.sets:
        print(
            f"the plain way is timed on {chosen.sets} sets of heads and scaled to all; each takes a pass of the same size"
        )
    for who, check, found_heads in jobs:
        heads, draws = choose_heads(found_heads, layers)
        seconds, outcome = timed(shared.run, check, found_heads)
        key = (check.prompts, str(check.parameters), frozenset(heads))
        if new := key not in plain_of:
            sets = [(), heads, *draws]
            some = sets[: chosen.sets]
            of_means, of_sets, values = whole_passes(check, loaded, some, seeds)
            plain_of[key] = of_means + of_sets * len(sets) / len(some), values
            bounds += bound(loaded, check, sets, len(seeds))
            given = given or [check, sets]
        whole, values = plain_of[key]
        rows = [(row.clean, row.silenced, *row.control)[: values.shape[1]] for row in outcome.seeds]
        largest = max(largest, float((torch.tensor(rows, dtype=torch.float64) - values.mean(2)).abs().max()))
        ours, plain = ours + seconds, plain + whole
        again = "" if new else " (these heads again: measured once, counted again)"
        print(f"{who}: {', '.join(map(str, heads))}: ours {seconds:.1f}, plain {whole:.1f}{again}", flush=True)
    print(
        f"causal checks of {' and '.join(TYPES)}, {len(seeds)} seeds: ours {ours:.1f}, plain {plain:.1f} CPU s, "
        f"ratio {plain / ours:.2f}; matrix products of our plan {bounds:.1f}, ours / bound {ours / bounds:.2f}; "
        f"largest difference of a value {largest:.1e}",
        flush=True,
    )
    if len({key[2] for key in plain_of}) < len(jobs):
        once = sum(seconds for seconds, _ in plain_of.values())
        print(f"with each set of found heads counted once: plain {once:.1f}, ratio {once / ours:.2f}", flush=True)
    if chosen.tl4:
        peer(chosen, loaded, *given)


def timed(work: Callable[..., Any], *given: Any) -> tuple[float, Any]:
    """CPU seconds of this process, and what came out."""
    start = time.process_time()
    result = work(*given)
    return time.process_time() - start, result


def prompts_of(check: Any, loaded: Any, seed: int) -> Any:
    """The prompts of a check."""
    from headkb.prompts import make_prompts

    given = {key: value for key, value in check.parameters.items() if key != "n"}
    return make_prompts(check.prompts, loaded, int(check.parameters.get("n", 24)), seed, **given)


def whole_passes(check: Any, loaded: Any, sets: Sequence[Any], seeds: Sequence[int]) -> tuple[float, float, Any]:
    """Mean ablation of each set by a pass of its own with all logits: the way of before.

    Returns:
        CPU seconds of the means and of the sets, and the accuracy, `[seed, set, prompt]`.
    """
    import torch

    from headkb.attention import edits
    from headkb.finite import check_rows
    from headkb.reproduce.behaviour import targets
    from headkb.sweeps import mean_z

    assert (check.edit, check.metric, check.positions) == ("mean", "accuracy", None)
    values, of_means, of_sets = list[Any](), 0.0, 0.0
    for seed in seeds:
        prompts = prompts_of(check, loaded, seed)
        seconds, means = timed(mean_z, loaded.model, prompts)
        of_means += seconds
        where, right = targets(prompts, check.at)
        there, rows = where >= 0, torch.arange(len(prompts))[:, None]
        for heads in sets:
            start = time.process_time()
            with torch.inference_mode():
                logits = edits.run(loaded.model, prompts, [edits.mean(heads, means)] if heads else [])
                check_rows(loaded.model, logits, prompts.mask)
            read = logits[rows, where.clamp(min=0)].double()
            hit = (read.argmax(-1) == right).double() * there
            values.append(hit.sum(-1) / there.sum(-1))
            of_sets += time.process_time() - start
    return of_means, of_sets, torch.stack(values).view(len(seeds), len(sets), -1)


def bound(loaded: Any, check: Any, sets: Sequence[Any], seeds: int) -> float:
    """CPU seconds of the matrix products of our plan for a Llama: one clean pass, each set from its lowest layer on, what is read unembedded."""
    import torch

    from headkb.reproduce.behaviour import targets

    config, prompts = loaded.model.config, prompts_of(check, loaded, 1)
    tokens, read = prompts.tokens.numel(), int((targets(prompts, check.at)[0] >= 0).sum())
    wide, narrow = config.hidden_size, config.head_dim * config.num_key_value_heads
    middle, vocabulary = config.intermediate_size, config.vocab_size

    def product(rows: int, k: int, n: int) -> float:
        a, b, out = torch.randn(rows, k), torch.randn(k, n), torch.empty(rows, n)
        torch.mm(a, b, out=out)
        return timed(lambda: [torch.mm(a, b, out=out) for _ in range(10)])[0] / 10

    def mlp(rows: int) -> float:
        return 2 * product(rows, wide, middle) + product(rows, middle, wide)

    layer = 2 * product(tokens, wide, wide) + 2 * product(tokens, wide, narrow) + mlp(tokens)
    saved_below = 2 * product(tokens, wide, wide) + 2 * product(
        tokens, wide, narrow
    )  # no attention in the lowest layer
    saved_last = mlp(tokens) - mlp(read)
    unembed = sum(product(read, wide, 1024) for _ in range(2)) / 2 * vocabulary / 1024
    total = layer * config.num_hidden_layers
    for heads in sets:
        depth = config.num_hidden_layers - min(heads)[0] if heads else 0
        total += unembed + (layer * depth - saved_below - saved_last if depth else 0)
    return float(total * seeds)


def peer(chosen: argparse.Namespace, loaded: Any, check: Any, sets: Sequence[Any]) -> None:
    """TransformerLens on the same weights and prompts: some sets, one hooked pass each."""
    import torch

    from headkb.reproduce.behaviour import targets

    prompts = prompts_of(check, loaded, 1)
    where, right = targets(prompts, check.at)
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/given.pt"
        some = [[tuple(head) for head in heads] for heads in sets[: PEER_SETS + 1]]
        torch.save({"tokens": prompts.tokens, "where": where, "right": right, "sets": some}, path)
        done = subprocess.run([chosen.tl4, __file__, chosen.model, path], capture_output=True, text=True, check=False)
    if done.returncode:
        print(f"TransformerLens: failed\n{done.stderr[-1500:]}")
        return
    result = json.loads(done.stdout.splitlines()[-1])
    ours = whole_passes(check, loaded, sets[: PEER_SETS + 1], [1])[2].mean(2)[0]
    off = max(abs(a - b) for a, b in zip(result["values"], ours.tolist(), strict=True))
    print(
        f"TransformerLens: {result['cpu']:.2f} CPU s a set, {result['cache']:.2f} for means; values differ by {off:.1e}"
    )


def transformer_lens(folder: str, path: str) -> None:
    """In the peer's own process: means of z by a cache, then one `run_with_hooks` a set, with the accuracy."""
    import torch
    from transformer_lens.model_bridge import TransformerBridge

    torch.set_num_threads(1)
    torch.set_grad_enabled(False)
    model = TransformerBridge.boot_transformers(folder, device="cpu", dtype=torch.float32)
    given = torch.load(path)
    tokens, where, right = given["tokens"], given["where"], given["right"]
    wanted = lambda name: name.endswith("attn.hook_z")  # noqa: E731
    cache_seconds, (_, cache) = timed(lambda: model.run_with_cache(tokens, names_filter=wanted))
    means = {name: z.flatten(0, 1).mean(0) for name, z in cache.items()}
    there, rows = where >= 0, torch.arange(len(tokens))[:, None]

    def accuracy(heads: Any) -> float:
        def hook(z: Any, hook: Any) -> Any:
            for layer, head in heads:
                if hook.name == f"blocks.{layer}.attn.hook_z":
                    flat = z if z.dim() == 4 else z.unflatten(-1, (-1, 64))
                    flat[:, :, head] = means[hook.name].view(-1, 64)[head]
            return z

        logits = model.run_with_hooks(tokens, fwd_hooks=[(wanted, hook)])
        hit = (logits[rows, where.clamp(min=0)].argmax(-1) == right).double() * there
        return float((hit.sum(-1) / there.sum(-1)).mean())

    seconds, values = timed(lambda: [accuracy(heads) for heads in given["sets"]])
    print(json.dumps({"cpu": seconds / len(values), "cache": cache_seconds, "values": values}))


if __name__ == "__main__":
    transformer_lens(*sys.argv[1:])
