"""What several heads are worth together: the metric with all of them silenced at once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from html import escape
from typing import TYPE_CHECKING, Any, get_args

import torch
from torch import Tensor

from headkb.analysis.effects import SILENCED, Silencing, setting
from headkb.analysis.head_effects import UNITS
from headkb.analysis.model_of import ModelLike, evaluating
from headkb.analysis.prompts_of import PromptsLike
from headkb.analysis.text import prompts_words
from headkb.errors import HeadkbError, check_choice, need_installed
from headkb.head_index import HeadIndex, Heads
from headkb.methods.contrast import contrast, named, same_length
from headkb.methods.heads import named_heads
from headkb.reproduce.memory import batch_tokens, fitting, side_by_side
from headkb.scores import ScoreSummary, summarize
from headkb.sweeps import SetChange, sweep_sets
from headkb.tensors import Prompts

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


def ablate(
    model: ModelLike,
    heads: Heads,
    *,
    prompts: PromptsLike = None,
    how: Silencing = "zero",
    metric: str | None = None,
    positions: str | None = None,
    **where: Any,
) -> AblationEffect:
    """What heads are worth to the metric together: all of them are silenced at once.

    Args:
        model: The model; for this and what is not explained, see `headkb.analysis.effects`.
        heads: The heads, such as "L9H6" or ["L9H6", (9, 9)].
        prompts: The prompts.
        how: How they are silenced: z becomes 0, its mean over the prompts, or what it is on the corrupted prompt (without one: on the next).
        metric: The metric.
        positions: Name of the prompts' positions where z changes, such as "end"; None = all.
        where: `answers`, `wrong`, `corrupted`, `n`, `seed`, `settings`, `tokenizer`, and options of the model.

    Raises:
        UnknownNameError: If the model has no such head.
        HeadkbError: If no head is named, or the prompts lack what is needed.

    Example:
        >>> texts = ["the cat saw the dog . the cat saw the"]
        >>> result = ablate("organism-tasks", ["L0H1", "L1H2"], prompts=texts, answers=" dog", wrong=" cat")
        >>> result.effect.shape, result.metric
        (torch.Size([1]), 'logit_diff')
    """
    check_choice("way to silence heads", how, get_args(Silencing))
    at = setting(model, prompts, metric, **where)
    chosen = [HeadIndex(*head) for head in dict.fromkeys(named_heads(at.loaded.model, heads))]
    if not chosen:
        raise HeadkbError("no head is named. Name one or more, such as 'L9H6'; sweep(model) silences each in turn.")
    both, source = contrast(at.prompts), None
    shuffled = how == "resample" and both.corrupted is None
    if shuffled:
        same_length(at.prompts, "resampling within the set")
        source = Prompts.of(at.prompts.tokens.roll(-1, 0))
    elif how == "resample":
        source = both.corrupted
    change = SetChange(how, named(at.prompts, positions), source=source)

    def work(tokens: int) -> Tensor:
        room = side_by_side(at.loaded, tokens)
        return sweep_sets(
            at.loaded.model,
            at.prompts,
            [(), chosen],
            change,
            both.metric(at.metric),
            tokens_per_batch=tokens,
            memory_mb=room,
        )

    with evaluating(at.loaded.model):
        found, _ = fitting(at.loaded, at.prompts, batch_tokens(at.loaded, at.prompts), work)
    clean, ablated = found.float().cpu()
    done = f"{SILENCED['shuffled' if shuffled else how]}{f' at {positions}' if positions else ''}"
    facts = {"n": len(at.prompts), **at.prompts.meta}
    texts = tuple(at.prompts.meta.get("texts", ()))
    return AblationEffect(
        at.loaded.id, tuple(chosen), done, at.metric, clean, ablated, at.answers(), prompts_words(facts), texts
    )


@dataclass(frozen=True, repr=False, eq=False)
class AblationEffect:
    """What some heads are worth to a metric together.

    Attributes:
        model: Id or name of the model.
        heads: The heads that were silenced.
        done: What was done to them, in words.
        metric: What was measured: `logit_diff`, `log_prob`, `probability` or `loss`.
        clean: The metric of each prompt without a change, `[prompt]`.
        ablated: The metric of each prompt with the heads silenced, `[prompt]`.
        answers: The answer of the first prompt and its rival, in words; empty where the metric needs none.
        prompts: Which prompts, in words.
        texts: The prompts as text, where they are text.
    """

    model: str
    heads: tuple[HeadIndex, ...]
    done: str
    metric: str
    clean: Tensor
    ablated: Tensor
    answers: str
    prompts: str
    texts: tuple[str, ...] = ()

    @property
    def effect(self) -> Tensor:
        """How much the metric falls (of a loss: rises) without the heads, `[prompt]`; positive = they help."""
        return self.ablated - self.clean if self.metric == "loss" else self.clean - self.ablated

    @cached_property
    def _summary(self) -> ScoreSummary:
        return summarize(self.effect[:, None, None])

    @property
    def value(self) -> float:
        """Mean effect over the prompts, in the metric's unit."""
        return self._summary.mean.item()

    @property
    def interval(self) -> tuple[float, float] | None:
        """95 % bootstrap interval of the mean over prompts; None of a single prompt."""
        return (self._summary.low.item(), self._summary.high.item()) if len(self.effect) > 1 else None

    @property
    def unit(self) -> str:
        """Of the metric; empty where it has none."""
        return UNITS[self.metric]

    def to_pandas(self) -> pd.DataFrame:
        """A data frame: one row a prompt, with its text where there is one, `clean`, `ablated` and `effect`. Needs `headkb[notebook]`."""
        need_installed("to_pandas", ("pandas",), "notebook")
        import pandas as pd

        columns: dict[str, Any] = {"text": self.texts} if len(self.texts) == len(self.clean) else {}
        columns |= {name: getattr(self, name).tolist() for name in ("clean", "ablated", "effect")}
        return pd.DataFrame(columns)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Each prompt as a point, clean across and ablated down, on axes of the caller's or on new ones. Needs `headkb[notebook]`."""
        need_installed("plot", ("matplotlib",), "notebook")
        import matplotlib.pyplot as plt

        ax = plt.subplots(figsize=(3.6, 3.4), layout="constrained")[1] if ax is None else ax
        ends = [torch.cat([self.clean, self.ablated]).min().item(), torch.cat([self.clean, self.ablated]).max().item()]
        ax.plot(ends, ends, color="0.7", linewidth=1, zorder=0)
        ax.scatter(self.clean.tolist(), self.ablated.tolist(), s=16, alpha=0.7)
        unit = f" ({self.unit})" if self.unit else ""
        ax.set(xlabel=f"clean {self.metric}{unit}", ylabel="ablated", title=f"{_names(self.heads, 3)} of {self.model}")
        return ax

    def lines(self) -> list[str]:
        """What was done and found, in three lines."""
        unit = f" {self.unit}" if self.unit else ""
        between = "" if self.interval is None else f" ({self.interval[0]:.3f} to {self.interval[1]:.3f})"
        worse = "rises" if self.metric == "loss" else "falls"
        clean, ablated = self.clean.mean().item(), self.ablated.mean().item()
        return [
            f"{_names(self.heads, 8)} of {self.model} silenced: {self.done}",
            f"{self.metric} {clean:.3f} becomes {ablated:.3f}{unit}: it {worse} by {self.value:.3f}{between}",
            self.prompts + (f"; {self.metric} of {self.answers}" if self.answers else ""),
        ]

    def __repr__(self) -> str:
        return "\n".join(line[:100] for line in self.lines())

    def _repr_html_(self) -> str:
        return f"<div><p>{'<br>'.join(escape(line) for line in self.lines())}</p></div>"


def _names(heads: tuple[HeadIndex, ...], most: int) -> str:
    return ", ".join(map(str, heads[:most])) + (f" and {len(heads) - most} more" if len(heads) > most else "")
