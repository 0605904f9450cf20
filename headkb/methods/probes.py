"""Probes: what can be read off one head's output by a small classifier, and how much of that by chance.

Cost: P forward passes once, then one fit a head (two with the control) on the CPU. Pitfalls: decodable does not mean used; the best of many
heads is high by chance, so compare with the control, not with one half; versions of one statement must not stand on both sides of the split,
which `paired["groups"]` prevents.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any, Literal, get_args

import torch
from torch import Tensor, nn

from headkb.attention import anatomy
from headkb.attention.hooks import at_z
from headkb.attention.parts import model_inputs
from headkb.attention.tap import tapped
from headkb.errors import HeadkbError, ShapeError, UnknownNameError
from headkb.methods.passes import TOKENS
from headkb.tensors import Prompts, PromptScores

Probe = Literal["linear", "mlp"]
PROBES: tuple[Probe, ...] = get_args(Probe)
ProbeReading = Literal["accuracy", "control", "selectivity"]
READINGS: tuple[ProbeReading, ...] = get_args(ProbeReading)


@dataclass(frozen=True)
class Probed:
    """What probes found.

    Attributes:
        right: Whether each prompt, when it was held out, was told rightly by each head, `[prompt, layer, head]`, 0 or 1.
        control: The same with the labels of the training part shuffled (within it), on the same splits.
        majority: Share of the most frequent label among the held-out prompts: what guessing reaches.
        held_out: Prompts held out, all splits together.
    """

    right: Tensor
    control: Tensor
    majority: float
    held_out: int

    @property
    def accuracy(self) -> Tensor:
        """Held-out accuracy of each head, `[layer, head]`."""
        return self.right.mean(0)


def probe_accuracy(
    model: nn.Module,
    prompts: Prompts,
    *,
    probe: Probe = "linear",
    reading: ProbeReading = "accuracy",
    positions: str = "end",
    last: int = 1,
    folds: int = 2,
    seed: int = 0,
) -> PromptScores:
    """How well a small classifier on one head's output tells the prompts' labels apart, on prompts that it has not seen.

    Args:
        model: Any transformers model whose `W_O` is found.
        prompts: With `paired["labels"]` (`[prompt]`, two or more kinds) and, if some belong together, `paired["groups"]` (`[prompt]`).
        probe: `linear`, logistic regression (ITI); `mlp`, one hidden layer (NL-ITI).
        reading: `accuracy`; `control`, the same with shuffled labels; `selectivity`, the difference of the two.
        positions: Name in `prompts.positions` of where z is read, one a prompt; prompts without it are read at their last token.
        last: Read the mean z of so many tokens that end there, as NL-ITI does.
        folds: Splits; every prompt is held out once.
        seed: Of the splits, of the shuffling and of the MLP's start.

    Returns:
        `[prompt, layer, head]`, unitless: 1 where a prompt, held out, was told rightly and 0 where not, so the mean is the accuracy
        (selectivity: that minus the control's, -1 to 1).

    Raises:
        ShapeError: If there are no labels, or too few of a kind.
        UnknownNameError: If there is no such probe or reading.

    Source:
        Li et al. 2023 (arXiv:2306.03341) and likenneth/honest_llama@2c6b217: two folds, last token; Hoscilowicz et al. 2024 (arXiv:2403.18680)
        for the MLP. Control after Hewitt & Liang 2019 (arXiv:1909.03368), simplified to shuffled labels.
    """
    if reading not in READINGS:
        raise UnknownNameError("reading of probing", str(reading), READINGS, f"There are {', '.join(READINGS)}.")
    found = probe_heads(model, prompts, probe=probe, positions=positions, last=last, folds=folds, seed=seed)
    return {"accuracy": found.right, "control": found.control, "selectivity": found.right - found.control}[reading]


def probe_heads(
    model: nn.Module,
    prompts: Prompts,
    *,
    probe: Probe = "linear",
    positions: str = "end",
    last: int = 1,
    folds: int = 2,
    seed: int = 0,
) -> Probed:
    """Fit and test a classifier for every head; see `probe_accuracy`."""
    if probe not in PROBES:
        raise UnknownNameError("probe", str(probe), PROBES, f"There are {', '.join(PROBES)}.")
    labels, groups = _labels(prompts)
    features = head_outputs(model, prompts, positions=positions, last=last)  # [prompt, layer, head, d_head]
    splits = _splits(labels, groups, folds, seed)
    generator = torch.Generator().manual_seed(seed)
    shuffled = [labels[train][torch.randperm(len(train), generator=generator)] for train, _ in splits]
    n_layers, n_heads = features.shape[1:3]
    right = torch.zeros(2, len(prompts), n_layers, n_heads)
    for (train, test), control in zip(splits, shuffled, strict=True):
        for layer in range(n_layers):
            for head in range(n_heads):
                x = features[:, layer, head]
                for row, taught in enumerate((labels[train], control)):
                    right[row, test, layer, head] = _fit(x[train], taught, x[test], labels[test], probe, seed)
    held_out = sum(len(test) for _, test in splits)
    tested = torch.cat([labels[test] for _, test in splits])
    majority = float(torch.bincount(tested).max()) / held_out
    return Probed(right[0], right[1], majority, held_out)


def head_outputs(model: nn.Module, prompts: Prompts, *, positions: str = "end", last: int = 1) -> Tensor:
    """Each head's z at one place a prompt, or its mean over the `last` tokens up to there, `[prompt, layer, head, d_head]`.

    Raises:
        ShapeError: If the place is several tokens.
        HeadkbError: If `last` is below 1.
    """
    if last < 1:
        raise HeadkbError(f"last is {last}; it must be 1 or more tokens.")
    sites, parts = anatomy(model).part(), []
    for batch in prompts.batches(TOKENS):
        where = batch.positions.get(positions, batch.lengths - 1)
        if where.ndim != 1:
            raise ShapeError(f"positions[{positions!r}] is {tuple(where.shape)}; one position a prompt is needed.")
        pos = torch.arange(batch.tokens.shape[1])
        taken = (pos <= where[:, None]) & (pos > where[:, None] - last)  # [prompt, pos]
        layers: list[Tensor] = []

        def see(_: int, z: Tensor, taken: Tensor = taken, layers: list[Tensor] = layers) -> None:
            weight = taken.to(z.device, z.dtype)
            layers.append((torch.einsum("bp,bphe->bhe", weight, z) / weight.sum(-1)[:, None, None]).float().cpu())

        with torch.inference_mode(), at_z(sites, see), tapped(model, None):
            model(**model_inputs(model, batch))
        parts.append(torch.stack(layers, 1))
    return torch.cat(parts)


def _labels(prompts: Prompts) -> tuple[Tensor, Tensor]:
    """Labels, numbered from 0, and groups, `[prompt]` each."""
    labels = prompts.paired.get("labels")
    if not isinstance(labels, Tensor) or labels.shape != (len(prompts),):
        raise ShapeError(
            f"the {len(prompts)} prompts have no labels. Use prompts with paired['labels'] [prompt], such as true-false."
        )
    kinds, labels = torch.unique(labels, return_inverse=True)
    if len(kinds) < 2:
        raise ShapeError("all prompts have the same label; a probe needs two kinds. Make more prompts.")
    groups = prompts.paired.get("groups")
    return labels, groups if isinstance(groups, Tensor) else torch.arange(len(prompts))


def _splits(labels: Tensor, groups: Tensor, folds: int, seed: int) -> list[tuple[Tensor, Tensor]]:
    """(training, held-out) prompts of each fold; a group stays on one side, and both sides hold every label."""
    names = torch.unique(groups)
    if not 2 <= folds <= len(names):
        raise HeadkbError(f"folds is {folds}; it must be 2 to the number of groups, {len(names)}.")
    # Groups of one label each are dealt label by label, so that no fold lacks one.
    kind = torch.tensor([int(labels[groups == name][0]) for name in names.tolist()])
    order = torch.randperm(len(names), generator=torch.Generator().manual_seed(seed))
    order = order[torch.argsort(kind[order], stable=True)]
    fold_of = torch.empty(len(names), dtype=torch.long)
    fold_of[order] = torch.arange(len(names)) % folds
    place = fold_of[torch.searchsorted(names, groups)]
    splits = [((place != fold).nonzero()[:, 0], (place == fold).nonzero()[:, 0]) for fold in range(folds)]
    if any(len(torch.unique(labels[train])) < 2 for train, _ in splits):
        raise ShapeError("a training part holds one label only. Make more prompts, or use fewer folds.")
    return splits


def _fit(x: Tensor, y: Tensor, x_test: Tensor, y_test: Tensor, probe: Probe, seed: int) -> Tensor:
    """Which held-out prompts a classifier gets right, 0 or 1; features are scaled by the training part."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression
    from sklearn.neural_network import MLPClassifier

    mean, spread = x.mean(0), x.std(0)
    # A dimension that never moves in training says nothing; dividing by its rounding error would let it speak.
    scale = torch.where(spread > 1e-6 * x.abs().amax().clamp_min(1e-12), 1 / spread.clamp_min(1e-12), 0.0)
    model: Any = (
        LogisticRegression(max_iter=1000)
        if probe == "linear"
        else MLPClassifier(hidden_layer_sizes=(64,), max_iter=300, alpha=1e-2, random_state=seed)
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(((x - mean) * scale).numpy(), y.numpy())
        guessed = torch.as_tensor(model.predict(((x_test - mean) * scale).numpy()))
    return (guessed == y_test).float()
