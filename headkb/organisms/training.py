"""One training run: the model of an organism, batches drawn by a seed, AdamW, and the curve of what its heads do meanwhile."""

from __future__ import annotations

import math
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from headkb.organisms.batches import IGNORED, Batch
from headkb.organisms.registry import Organism, Stage
from headkb.organisms.tokenizer import BOS, PAD, build_tokenizer, fast_vocabulary, tokens
from headkb.prompts import Vocabulary

N_CTX = 512


def new_model(organism: Organism, seed: int) -> Any:
    """The organism before training, a `LlamaForCausalLM` whose unembedding is its embedding."""
    from transformers import LlamaConfig, LlamaForCausalLM

    ids = {token: id_ for id_, token in enumerate(tokens())}
    config = LlamaConfig(
        vocab_size=len(ids),
        max_position_embeddings=N_CTX,
        tie_word_embeddings=True,
        bos_token_id=ids[BOS],
        eos_token_id=None,
        pad_token_id=ids[PAD],
        attn_implementation="sdpa",
        **organism.shape,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = LlamaForCausalLM(config).float()
    if organism.attention_only:
        for layer in model.model.layers:
            for parameter in layer.mlp.parameters():
                parameter.requires_grad_(False).zero_()
    return model


def loss_of(model: Any, batch: Batch) -> Tensor:
    """Mean cross-entropy at the positions where something is asked; logits are computed nowhere else."""
    hidden = model.model(batch.tokens, use_cache=False).last_hidden_state
    asked = batch.targets != IGNORED
    logits = hidden[asked] @ model.model.embed_tokens.weight.T
    return torch.nn.functional.cross_entropy(logits, batch.targets[asked])


def rate(step: int, stage: Stage) -> float:
    """Learning rate at a step of a stage: up over the first twentieth of its schedule, then half a cosine down to a hundredth."""
    whole = stage.schedule or stage.steps
    warm = max(1, whole // 20)
    if step < warm:
        return stage.learning_rate * (step + 1) / warm
    done = (step - warm) / max(1, whole - warm)
    return stage.learning_rate * (0.01 + 0.99 * (1 + math.cos(math.pi * done)) / 2)


@dataclass(frozen=True)
class Point:
    """What is known at one step of the training.

    Attributes:
        step: Steps done.
        losses: Task → mean loss since the last point.
        seconds: Since the start.
    """

    step: int
    losses: dict[str, float]
    seconds: float


OnPoint = Callable[[Point, Any], None]


def train(organism: Organism, seed: int, on_point: OnPoint, *, stop: int | None = None) -> None:
    """Train an organism; the same seed, software and kind of processor give the same bits.

    Args:
        organism: What to train.
        seed: Of the initial weights and of all batches.
        on_point: Called with every point of the curve and the model; with several workers in the first of them, so it must be a
            module's function or a `functools.partial` of one.
        stop: Leave off after so many steps of the schedule.
    """
    if organism.workers == 1:
        _work(0, organism, seed, on_point, stop, None)
        return
    with tempfile.TemporaryDirectory() as meeting:
        meet = f"file://{meeting}/point"
        spawn: Callable[..., None] = import_module("torch.multiprocessing.spawn").spawn  # torch has no type for it
        spawn(_work, (organism, seed, on_point, stop, meet), nprocs=organism.workers)


def _work(rank: int, organism: Organism, seed: int, on_point: OnPoint, stop: int | None, meeting: str | None) -> None:
    """One worker: its share of every step's batches; gradients are summed over the workers, so all keep the same weights."""
    torch.set_num_threads(1)
    if meeting is not None:
        torch.distributed.init_process_group("gloo", init_method=meeting, rank=rank, world_size=organism.workers)
    vocabulary: Vocabulary = fast_vocabulary()
    model = new_model(organism, seed).train()
    parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
    losses: dict[str, list[float]] = {}
    began, step = time.perf_counter(), 0
    last = organism.steps if stop is None else min(stop, organism.steps)

    def note() -> None:
        if rank == 0 and (step in organism.curve or step == last):
            means = {name: sum(found) / len(found) for name, found in sorted(losses.items())}
            model.eval()
            on_point(Point(step, means, time.perf_counter() - began), model)
            model.train()
            losses.clear()

    note()
    for stage in organism.stages:
        optimiser = _optimiser(organism, stage, parameters)
        for local in range(min(stage.steps, last - step)):
            learning_rate = rate(local, stage)
            for group in optimiser.param_groups:
                group["lr"] = learning_rate
            for slot, name in enumerate(drawn(stage, local, _generator(seed, step, 0))):
                if slot % organism.workers == rank:
                    share, generator = stage.tasks[name], _generator(seed, step, slot + 1)
                    loss = loss_of(model, share.batches(vocabulary, share.n, generator))
                    torch.autograd.backward(loss / stage.per_step)
                    losses.setdefault(name, []).append(loss.item())
            if meeting is not None:
                _sum_gradients(parameters)
            torch.nn.utils.clip_grad_norm_(parameters, 1.0)
            optimiser.step()
            optimiser.zero_grad()
            if organism.head_price:
                charge_heads(model, organism.head_price * learning_rate)
            step += 1
            note()


@torch.no_grad()
def charge_heads(model: Any, price: float) -> None:
    """Shorten the output matrix of every head by `price`, to nothing if it is no longer than that.

    Adam moves all heads of a layer alike, so all of them learn the same; a price that each head pays whether it is needed or not leaves the
    function to a few of them. It is the proximal step of a group lasso over heads.
    """
    heads = model.config.num_attention_heads
    for layer in model.model.layers:
        weight = layer.self_attn.o_proj.weight  # [d_model, head * d_head]
        by_head = weight.view(len(weight), heads, -1)
        length = by_head.norm(dim=(0, 2), keepdim=True)
        by_head *= (1 - price / length.clamp(min=1e-12)).clamp(min=0)


def drawn(stage: Stage, step: int, generator: torch.Generator) -> list[str]:
    """The tasks of one step of a stage, by their weights at that time; none twice where there are enough."""
    done = stage.done(step)
    weights = torch.tensor([share.weight * (share.start <= done < share.stop) for share in stage.tasks.values()])
    again = int((weights > 0).sum()) < stage.per_step
    chosen = torch.multinomial(weights, stage.per_step, again, generator=generator)
    names = list(stage.tasks)
    return [names[at] for at in chosen.tolist()]


def _generator(seed: int, step: int, slot: int) -> torch.Generator:
    return torch.Generator().manual_seed((seed * 1_000_000 + step) * 100 + slot)


def _optimiser(organism: Organism, stage: Stage, parameters: list[torch.nn.Parameter]) -> torch.optim.Optimizer:
    matrices = [parameter for parameter in parameters if parameter.dim() > 1]
    rest = [parameter for parameter in parameters if parameter.dim() == 1]
    groups = [
        {"params": matrices, "weight_decay": organism.weight_decay},
        {"params": rest, "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=stage.learning_rate, betas=(0.9, 0.98), fused=True)


def _sum_gradients(parameters: list[torch.nn.Parameter]) -> None:
    """Replace every gradient by its sum over the workers."""
    found = [p.grad if p.grad is not None else torch.zeros_like(p) for p in parameters]
    flat = torch.cat([gradient.flatten() for gradient in found])
    torch.distributed.all_reduce(flat)
    for parameter, piece in zip(parameters, torch.split(flat, [p.numel() for p in parameters]), strict=True):
        parameter.grad = piece.view_as(parameter)


def save(model: Any, folder: Path) -> None:
    """Write the model and its tokenizer as any transformers checkpoint."""
    from headkb.models.checkpoint import quietly

    folder.mkdir(parents=True, exist_ok=True)
    with quietly():
        model.save_pretrained(folder)
        build_tokenizer().save_pretrained(folder)
