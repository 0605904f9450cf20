"""Probes: what a small classifier can decode from one head's output, and how much of that is chance."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Annotated, Any, Literal, get_args

import torch
from torch import Tensor, nn

from headkb.attention import anatomy
from headkb.attention.activations import read_z
from headkb.errors import HeadkbError, ShapeError, check_choice
from headkb.head_index import Heads, heads_of
from headkb.keywords import Range
from headkb.methods.heads import every_head
from headkb.methods.passes import TOKENS
from headkb.scores import score
from headkb.tensors import Prompts, PromptScores, by_layer

Probe = Literal["linear", "mlp"]
ProbeReading = Literal["accuracy", "control", "selectivity"]


@dataclass(frozen=True)
class Probed:
    """Results of the probes of all heads.

    Attributes:
        right: Whether each held-out prompt was classified correctly from each head, `[prompt, layer, head]`, 0 or 1.
        control: The same with shuffled training labels, on the same splits.
        majority: Share of the most frequent label among the held-out prompts: what guessing reaches.
        held_out: Number of held-out prompts in all splits.
    """

    right: Tensor
    control: Tensor
    majority: float
    held_out: int

    @property
    def accuracy(self) -> Tensor:
        """Held-out accuracy of each head, `[layer, head]`."""
        return self.right.mean(0)


@score("probing", prompts="true-false")
def probe_accuracy(
    model: nn.Module,
    prompts: Prompts,
    *,
    probe: Probe = "linear",
    reading: ProbeReading = "accuracy",
    positions: str = "end",
    last: Annotated[int, Range(1, 10_000)] = 1,
    folds: Annotated[int, Range(2, 64)] = 2,
    seed: Annotated[int, Range(0, 9_223_372_036_854_775_807)] = 0,
    heads: Heads | None = None,
) -> PromptScores:
    """Accuracy of a small classifier of the prompts' labels from one head's output, on held-out prompts.

    Args:
        model: Any transformers model whose `W_O` is found.
        prompts: With `paired["labels"]` (`[prompt]`, two or more kinds) and, if some belong together, `paired["groups"]` (`[prompt]`).
        probe: `linear`, logistic regression (ITI); `mlp`, one hidden layer (NL-ITI).
        reading: `accuracy`; `control`, the same with shuffled labels; `selectivity`, the difference of the two.
        positions: Name in `prompts.positions` of where z is read, one a prompt; prompts without it are read at their last token.
        last: Number of tokens, up to there, whose mean z is read, as in NL-ITI.
        folds: Splits; every prompt is held out once.
        seed: Seed of the splits, the shuffling and the MLP's weights.

    Returns:
        `[prompt, layer, head]`, unitless: 1 where a held-out prompt was classified correctly and 0 where not, so the mean is the accuracy
        (selectivity: that minus the control's, -1 to 1).

    Raises:
        ShapeError: If there are no labels, or too few of a kind.
    """
    results = probe_heads(
        model, prompts, probe=probe, positions=positions, last=last, folds=folds, seed=seed, heads=heads
    )
    values = {"accuracy": results.right, "control": results.control, "selectivity": results.right - results.control}
    return values[reading]


def probe_heads(
    model: nn.Module,
    prompts: Prompts,
    *,
    probe: Probe = "linear",
    positions: str = "end",
    last: int = 1,
    folds: int = 2,
    seed: int = 0,
    heads: Heads | None = None,
) -> Probed:
    """Fit and test a classifier for every head; see `probe_accuracy`."""
    check_choice("probe", probe, get_args(Probe))
    labels, groups = _labels(prompts)
    features = head_outputs(model, prompts, positions=positions, last=last)  # [prompt, layer, head, d_head]
    splits = _splits(labels, groups, folds, seed)
    generator = torch.Generator().manual_seed(seed)
    shuffled = [labels[train][torch.randperm(len(train), generator=generator)] for train, _ in splits]
    right = torch.full((2, *features.shape[:3]), torch.nan)
    parts = anatomy(model)
    asked = every_head(parts.part()) if heads is None else list(heads_of(heads))
    sites = {(layer, head): parts.site(layer, head) for layer, head in asked}
    for layer, head in sites:
        right[:, :, layer, head] = 0
    for (train, test), control in zip(splits, shuffled, strict=True):
        for (layer, head), site in sites.items():
            x = features[:, layer, head, : site.d_head]
            for row, train_labels in enumerate((labels[train], control)):
                hits = _fit(x[train], train_labels, x[test], labels[test], probe, seed)
                right[row, test, layer, head] = hits
    held_out = sum(len(test) for _, test in splits)
    tested = torch.cat([labels[test] for _, test in splits])
    majority = float(torch.bincount(tested).max()) / held_out
    return Probed(right[0], right[1], majority, held_out)


def head_outputs(model: nn.Module, prompts: Prompts, *, positions: str = "end", last: int = 1) -> Tensor:
    """Each head's z at one position per prompt, or its mean over the `last` tokens up to there, `[prompt, layer, head, d_head]`.

    Raises:
        ShapeError: If it is several tokens.
        HeadkbError: If `last` is below 1.
    """
    if last < 1:
        raise HeadkbError(f"last is {last}; it must be 1 or more tokens.")
    sites, parts = anatomy(model).part(), []
    for batch in prompts.batches(TOKENS):
        where = batch.positions.get(positions, batch.lengths - 1)
        if where.ndim != 1:
            raise ShapeError(f"positions[{positions!r}] is {tuple(where.shape)}; one position per prompt is needed.")
        pos = torch.arange(batch.tokens.shape[1])
        window = (pos <= where[:, None]) & (pos > where[:, None] - last)  # [prompt, pos]
        weight = window.to(next(model.parameters()))
        z_of = read_z(model, batch, sites)
        means = {layer: torch.einsum("bp,bphe->bhe", weight, z) for layer, z in z_of.items()}
        mean = by_layer(means, anatomy(model).n_layers()) / weight.sum(-1)[:, None, None, None]
        parts.append(mean.float().cpu())
    return torch.cat(parts)


def _labels(prompts: Prompts) -> tuple[Tensor, Tensor]:
    """Labels, numbered from 0, and groups, `[prompt]` each."""
    labels = prompts.paired.get("labels")
    if not isinstance(labels, Tensor) or labels.shape != (len(prompts),):
        raise ShapeError(
            f"the {len(prompts)} prompts have no labels. Choose prompts that have, such as --generator true-false (paired['labels'] [prompt] in Python)."
        )
    kinds, labels = torch.unique(labels, return_inverse=True)
    if len(kinds) < 2:
        raise ShapeError("all prompts have the same label; a probe needs two kinds. Make more prompts: --prompts N.")
    groups = prompts.paired.get("groups")
    return labels, groups if isinstance(groups, Tensor) else torch.arange(len(prompts))


def _splits(labels: Tensor, groups: Tensor, folds: int, seed: int) -> list[tuple[Tensor, Tensor]]:
    """(training, held-out) prompts of each fold; a group stays on one side, and both sides hold every label."""
    names = torch.unique(groups)
    if not 2 <= folds <= len(names):
        raise HeadkbError(f"folds is {folds}; it must be 2 to the number of groups, {len(names)}.")
    # Groups of one label each are dealt label by label, so that every fold has all labels.
    kind = torch.tensor([int(labels[groups == name][0]) for name in names.tolist()])
    order = torch.randperm(len(names), generator=torch.Generator().manual_seed(seed))
    order = order[torch.argsort(kind[order], stable=True)]
    fold_of = torch.empty(len(names), dtype=torch.long)
    fold_of[order] = torch.arange(len(names)) % folds
    place = fold_of[torch.searchsorted(names, groups)]
    splits = [((place != fold).nonzero()[:, 0], (place == fold).nonzero()[:, 0]) for fold in range(folds)]
    if any(len(torch.unique(labels[train])) < 2 for train, _ in splits):
        raise ShapeError(
            "a training part holds one label only. Make more prompts (--prompts N), or fewer folds (--set folds=2)."
        )
    return splits


def _fit(x: Tensor, y: Tensor, x_test: Tensor, y_test: Tensor, probe: Probe, seed: int) -> Tensor:
    """Which held-out prompts a classifier gets right, 0 or 1; features are scaled by the training part."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression
    from sklearn.neural_network import MLPClassifier

    mean, spread = x.mean(0), x.std(0)
    # A dimension that is constant in training is dropped: dividing by its rounding error would turn it into noise.
    scale = torch.where(spread > 1e-6 * x.abs().amax().clamp_min(1e-12), 1 / spread.clamp_min(1e-12), 0.0)
    model: Any = (
        LogisticRegression(max_iter=1000)
        if probe == "linear"
        else MLPClassifier(hidden_layer_sizes=(64,), max_iter=300, alpha=1e-2, random_state=seed)
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(((x - mean) * scale).numpy(), y.numpy())
        predicted = torch.as_tensor(model.predict(((x_test - mean) * scale).numpy()))
    return (predicted == y_test).float()
