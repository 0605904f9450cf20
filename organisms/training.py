"""One training run: the model of an organism, batches drawn by a seed, AdamW, and the curve of what its heads do meanwhile."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from importlib import import_module
from multiprocessing import get_context
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import Tensor

from headkb.models.names import BUNDLED
from headkb.prompts import Vocabulary
from organisms.batches import IGNORED, Batch
from organisms.registry import Organism, Stage
from organisms.tokenizer import BOS, PAD, build_tokenizer, fast_vocabulary, tokens

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
    if organism.start is not None:
        begin_with(model, BUNDLED / organism.start)
    if organism.attention_only:
        for layer in model.model.layers:
            for parameter in layer.mlp.parameters():
                parameter.requires_grad_(False).zero_()
    return model


@torch.no_grad()
def begin_with(model: Any, folder: Path) -> None:
    """Give a model the weights of a shallower one, wherever the two have the same shape; what is left writes nothing yet."""
    known = load_file(folder / "model.safetensors")
    for name, parameter in model.named_parameters():
        if name in known and known[name].shape == parameter.shape:
            parameter.copy_(known[name])
        elif name.endswith(("o_proj.weight", "down_proj.weight")):
            parameter.zero_()


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


@dataclass(frozen=True)
class Span:
    """Which part of a training is done.

    Attributes:
        stop: Leave off after so many steps of the schedule; None = go to the end.
        done: So many steps, whole stages, lie behind, and
        weights: this folder holds what they ended with.
    """

    stop: int | None = None
    done: int = 0
    weights: Path | None = None


ALL = Span()


def train(organism: Organism, seed: int, on_point: OnPoint, span: Span = ALL) -> None:
    """Train an organism; the same seed, software and kind of processor give the same bits.

    Args:
        organism: What to train.
        seed: Of the initial weights and of all batches.
        on_point: Called with every point of the curve and the model; with several workers in the first of them, so it must be a
            module's function or a `functools.partial` of one.
        span: Which part of it; a stage begins with an optimiser of its own, so weights are all that it needs of the one before.
    """
    if organism.workers == 1:
        _work(0, organism, seed, on_point, span, None)
        return
    spawn: Callable[..., None] = import_module("torch.multiprocessing.spawn").spawn  # torch has no type for it
    size = sum(p.numel() for p in new_model(organism, seed).parameters() if p.requires_grad)
    shared: Callable[..., Tensor] = torch.zeros(organism.workers, size).share_memory_
    table = Table(shared(), get_context("spawn").Barrier(organism.workers))
    spawn(_work, (organism, seed, on_point, span, table), nprocs=organism.workers)


@dataclass(frozen=True)
class Table:
    """Where the workers lay their gradients, in memory that all of them see.

    Attributes:
        gradients: `[worker, parameter]`.
        everyone: Waits until all workers are there.
    """

    gradients: Tensor
    everyone: Barrier

    def sum(self, rank: int, parameters: list[torch.nn.Parameter]) -> None:
        """Replace every gradient by its sum over the workers, added up in their order by each of them."""
        found = [p.grad if p.grad is not None else torch.zeros_like(p) for p in parameters]
        self.gradients[rank] = torch.cat([gradient.flatten() for gradient in found])
        self.everyone.wait()
        pieces = torch.split(self.gradients.sum(0), [p.numel() for p in parameters])
        self.everyone.wait()  # nobody lays down the next ones before all have read these
        for parameter, piece in zip(parameters, pieces, strict=True):
            parameter.grad = piece.view_as(parameter)


def _work(rank: int, organism: Organism, seed: int, on_point: OnPoint, span: Span, table: Table | None) -> None:
    """One worker: its share of every step's batches; gradients are summed over the workers, so all keep the same weights."""
    torch.set_num_threads(1)
    vocabulary: Vocabulary = fast_vocabulary()
    model = new_model(organism, seed).train()
    if span.weights is not None:
        begin_with(model, span.weights)
    parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
    losses: dict[str, list[float]] = {}
    began, step = time.perf_counter(), span.done
    last = organism.steps if span.stop is None else min(span.stop, organism.steps)

    def note() -> None:
        if rank == 0 and (step in organism.curve or step == last):
            means = {name: sum(found) / len(found) for name, found in sorted(losses.items())}
            if organism.cleared and step == organism.steps:
                clear_heads(model)
            model.eval()
            on_point(Point(step, means, time.perf_counter() - began), model)
            model.train()
            losses.clear()

    if not span.done:
        note()
    for at, stage in enumerate(organism.stages):
        if sum(earlier.steps for earlier in organism.stages[:at]) < span.done:
            continue
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
            if table is not None:
                table.sum(rank, parameters)
            torch.nn.utils.clip_grad_norm_(parameters, 1.0)
            optimiser.step()
            optimiser.zero_grad()
            if stage.head_price:
                charge_heads(model, stage.head_price * learning_rate, unequal=stage.unequal)
            step += 1
            note()


@torch.no_grad()
def charge_heads(model: Any, price: float, *, unequal: bool = False) -> None:
    """Shorten the output matrix of every head by `price`, to nothing if it is no longer than that.

    Adam moves all heads of a layer alike, so all of them learn the same; a price that each head pays whether it is needed or not leaves the
    function to a few of them. It is the proximal step of a group lasso over heads. That price is the same for one long head as for several
    short ones that write the same; with `unequal` it is multiplied by the layer's mean length over the head's own, which leaves one of them.
    """
    heads = model.config.num_attention_heads
    for layer in model.model.layers:
        weight = layer.self_attn.o_proj.weight  # [d_model, head * d_head]
        by_head = weight.view(len(weight), heads, -1)
        length = by_head.norm(dim=(0, 2), keepdim=True).clamp(min=1e-12)
        share = price * length.mean() / length if unequal else price
        by_head *= (1 - share / length).clamp(min=0)


@torch.no_grad()
def clear_heads(model: Any) -> None:
    """Set the query, key and value matrices of heads that write nothing to zero; the model computes what it did before."""
    heads = model.config.num_attention_heads
    for layer in model.model.layers:
        attention = layer.self_attn
        written = attention.o_proj.weight.view(len(attention.o_proj.weight), heads, -1).abs().sum((0, 2))  # [head]
        for weight in (attention.q_proj.weight, attention.k_proj.weight, attention.v_proj.weight):
            weight.view(heads, -1, weight.shape[1])[written == 0] = 0


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
    groups = [{"params": matrices, "weight_decay": organism.weight_decay}, {"params": rest, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=stage.learning_rate, betas=(0.9, 0.98), fused=True)


def save(model: Any, folder: Path, *, half: bool = False) -> None:
    """Write the model and its tokenizer as any transformers checkpoint, the weights rounded to half precision if wanted."""
    from headkb.models.quiet import quietly

    folder.mkdir(parents=True, exist_ok=True)
    with quietly():
        (deepcopy(model).half() if half else model).save_pretrained(folder)
        build_tokenizer().save_pretrained(folder)
