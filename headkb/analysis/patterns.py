"""Where every head looks in one text, as an object that a notebook shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from headkb.analysis.model_of import ModelLike, evaluating, model_of
from headkb.analysis.pattern_widget import told, widget
from headkb.attention import Part
from headkb.errors import need_installed
from headkb.head_index import HeadIndex, Heads, heads_of
from headkb.reproduce.text_pattern import TextPattern, text_pattern
from headkb.site.svg_cells import short

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLUMNS = 100


def patterns(
    model: ModelLike,
    text: str,
    *,
    head: str | tuple[int, int] | None = None,
    tokenizer: Any | None = None,
    part: Part | None = None,
    **options: Any,
) -> HeadPatterns:
    """Where the heads of a model look in a text.

    Args:
        model: A catalog id, hub id, folder or GGUF file; a transformers model object, which is left as it is; or a loaded model.
        text: What it reads; its tokenizer puts around it what it puts around every text.
        head: The head that a notebook shows first; by default the one that looks most sharply at other tokens than the first one and itself.
        tokenizer: Of a model object.
        part: `encoder`, `decoder` or `cross` of an encoder–decoder model, whose encoder and decoder both read the text; by default the decoder.
        options: `device`, `dtype`, `revision` of a model that is named, see `model_of`.

    Returns:
        `found["L5H1"]` is a head's pattern, `[query_pos, key_pos]`; `.tokens`; `.plot("L5H1")`. A notebook shows it with its tokens.

    Raises:
        HeadkbError: If the model reads no text, or the text is empty or too long for it.
        ModelError: If the model cannot be loaded or observed, or has no such head.

    Example:
        >>> found = patterns("organism-tasks", "the cat saw the dog .")
        >>> found["L0H0"].shape, found.tokens[:3]
        (torch.Size([7, 7]), ('<bos>', 'the', 'cat'))
    """
    loaded = model_of(model, tokenizer, part=part, **options)
    with evaluating(loaded.model):
        seen = text_pattern(loaded, text, part=part)
    first = None if head is None else heads_of(head)[0]
    if head is not None:
        seen[head]  # refused before anything is shown
    return HeadPatterns(seen.tokens, seen.weights, seen.model, seen.part, first)


@dataclass(frozen=True, repr=False, eq=False)
class HeadPatterns(TextPattern):
    """The patterns of one text, which a notebook shows: choose a head, hover over a token, or step with the arrow keys.

    Attributes:
        first: The head that is shown first; None = the first of `sharpest`.
    """

    first: HeadIndex | None = None

    def sharpest(self, k: int | None = None) -> list[HeadIndex]:
        """The k heads (None = all) that look most at one other token than the first one and themselves, the first one first.

        That is the mean over the queries of the largest weight on any other key; a hint where to look, and no score.
        """
        other = self.weights.nan_to_num(-1.0).clone()
        other[..., 0] = 0
        other.diagonal(dim1=-2, dim2=-1).zero_()
        sharp = other.amax(-1).mean(-1)
        return sorted(self.heads, key=lambda head: (-sharp[head].item(), head))[:k]

    def html(self, heads: Heads | None = None) -> str:
        """HTML that needs nothing from outside, about 1 MB at most; without scripts it shows one head as a drawing and a table.

        Args:
            heads: The heads that can be chosen, the one that is shown first in front; None = all, or as many of the sharpest as fit.
        """
        return widget(self, None if heads is None else heads_of(heads))

    def _repr_html_(self) -> str:
        return self.html()

    def plot(self, head: str | tuple[int, int] | None = None, ax: Axes | None = None) -> Axes:
        """A head's pattern, rows the queries, columns the keys, on axes of the caller's or on new ones. Needs `headkb[notebook]`.

        Raises:
            MissingExtraError: If matplotlib is not installed.
        """
        need_installed("plot", ("matplotlib",), "notebook")
        import matplotlib.pyplot as plt

        drawn = heads_of(head)[0] if head is not None else self.first or self.sharpest(1)[0]
        weights, names = self[drawn], [short(token) for token in self.tokens]
        side = max(3.2, 0.26 * len(names) + 1.2)
        ax = plt.subplots(figsize=(side, side), layout="constrained")[1] if ax is None else ax
        image = ax.imshow(weights.float().numpy(), cmap="Blues", vmin=0, vmax=1, interpolation="nearest")
        places = range(len(names))
        ax.set_xticks(places, names, rotation=90)
        ax.set_yticks(places, names)
        for label in (*ax.get_xticklabels(), *ax.get_yticklabels()):
            label.set_parse_math(False)
        ax.set(title=f"{drawn} of {self.model}", xlabel="key", ylabel="query")
        ax.figure.colorbar(image, ax=ax, label="attention", fraction=0.046)
        return ax

    def __repr__(self) -> str:
        layers, heads = self.weights.shape[:2]
        part = f", {self.part}" if self.part else ""
        first, one = (
            self.first or self.sharpest(1)[0],
            f"{len(self.tokens)} token{'' if len(self.tokens) == 1 else 's'}",
        )
        lines = [
            f"patterns of {layers} layers x {heads} heads of {self.model}{part}, {one}:",
            " ".join(map(short, self.tokens)),
        ]
        lines += [
            f"{first} looks, for example:",
            *(f"  {name}: {looks}" for name, looks in told(self[first], self.tokens)[-6:]),
        ]
        lines.append(f'["{first}"] is [query_pos, key_pos]; in a notebook, hover over a token')
        return "\n".join(line if len(line) <= COLUMNS else f"{line[: COLUMNS - 1]}…" for line in lines)
