"""The patterns of a text as HTML that stands alone: tokens to be explored by script, and one head as a drawing and a table without it."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from hashlib import sha256
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from headkb.head_index import HeadIndex
from headkb.site.svg_cells import pattern_chart, short

if TYPE_CHECKING:
    from headkb.analysis.patterns import HeadPatterns

WEIGHTS = 750_000
"""Weights that a widget holds, one byte each: all 144 heads of a text of 101 tokens, or all 1,024 of one of 37, of causal models."""
DRAWN = 64
"""Tokens of the longest text that is drawn without script."""

TOLD, LEAST = 3, 0.03
"""Weights of a token that are told, and the least of them, unless it is the largest."""

_STYLE = """
.hk-look{font:14px/1.5 system-ui,sans-serif;max-width:60em}
.hk-look:not([data-on]) .hk-live{display:none}
.hk-look .hk-tokens{display:flex;flex-wrap:wrap;gap:4px 3px;margin:8px 0}
.hk-look .hk-tokens span{padding:3px 5px;border-bottom:2px solid #8888;white-space:pre;font:14px/1.4 ui-monospace,monospace;background:rgb(43 108 196/calc(var(--w,0)*.7));cursor:pointer}
.hk-look .hk-tokens .hk-later{opacity:.55}
.hk-look .hk-tokens [aria-current]{border-color:#c5521a;box-shadow:inset 0 0 0 1.5px #c5521a}
.hk-look .hk-tokens :focus-visible{outline:2px solid #2b6cc4;outline-offset:1px}
.hk-look .hk-say{min-height:3em;margin:4px 0}
.hk-look .hk-scroll{overflow-x:auto}
.hk-look svg text{font:10px ui-monospace,monospace;fill:currentColor}
.hk-look .hk-cells{fill:none;stroke:#2b6cc4;stroke-width:1}
.hk-look .hk-grid{fill:none;stroke:#8888}
.hk-look td,.hk-look th{text-align:left;font-weight:400;vertical-align:top}
"""


def widget(seen: HeadPatterns, heads: Sequence[HeadIndex] | None = None) -> str:
    """The HTML of patterns.

    Args:
        seen: The patterns.
        heads: The heads to choose from, the one that is shown first in front; None = all, or as many of the sharpest as fit.
    """
    n, first = len(seen.tokens), heads[0] if heads else seen.first or seen.sharpest(1)[0]
    causal = not any(bool(seen[head].triu(1).any()) for head in heads or seen.heads)
    most = WEIGHTS // (n * (n + 1) // 2 if causal else n * n)
    every = list(heads or seen.heads)
    there = every if len(every) <= most else sorted([*dict.fromkeys([first, *(heads or seen.sharpest())])][:most])
    packed = b64encode(b"".join(_bytes(seen[head], causal) for head in there)).decode()
    names = [short(token) for token in seen.tokens]
    of = sha256("\0".join([packed, str(first), seen.model, *seen.tokens]).encode()).hexdigest()[:12]
    part = f" ({escape(seen.part)})" if seen.part else ""
    options = "".join(f"<option{' selected' if head == first else ''}>{head}</option>" for head in there)
    cut = (
        f"<p>{len(there):,} of {len(every):,} heads fit; <code>html(heads)</code> shows others.</p>"
        if len(there) < len(every)
        else ""
    )
    live = (
        f'<p class="hk-live"><label>Head <select>{options}</select></label> of {escape(seen.model)}{part}. Hover over a token, tap it or step with '
        f'the arrow keys to see where the head looks from there.</p>{cut}<div class="hk-tokens hk-live" role="group" aria-label="Tokens of the text">'
        f'{"".join(f"<span>{escape(name)}</span>" for name in names)}</div><p class="hk-say hk-live" aria-live="polite"></p>'
    )
    script = files("headkb.analysis").joinpath("pattern_widget.js").read_text(encoding="utf-8").replace("OF", of)
    data = f'data-of="{of}" data-causal="{int(causal)}" data-start="{n - 1}" data-weights="{packed}"'
    body = live if there else f"<p>{escape(seen.model)}: {n} tokens are too many to be explored here.</p>"
    end = f"<script>{script}</script>" if there else ""
    return f'<div class="hk-look" {data}><style>{_STYLE}</style>{body}{_still(seen, first)}</div>{end}'


def _still(seen: HeadPatterns, head: HeadIndex) -> str:
    """One head without script: a drawing of a short text, and a table."""
    weights, label = (
        seen[head],
        f"{head} of {seen.model}: rows are queries, columns keys; the darker, the more attention",
    )
    drawn = pattern_chart(weights.tolist(), seen.tokens, label) if len(seen.tokens) <= DRAWN else ""
    rows = "".join(
        f"<tr><td>{q}</td><th scope=row>{escape(name)}</th><td>{escape(looks)}</td></tr>"
        for q, (name, looks) in enumerate(told(weights, seen.tokens))
    )
    return (
        f"<details open><summary>{head} of {escape(seen.model)}, as a drawing and as a table</summary>"
        f'<div class="hk-scroll">{drawn}</div><table><thead><tr><th scope=col>No.</th><th scope=col>From token</th>'
        f"<th scope=col>looks at (number) weight</th></tr></thead><tbody>{rows}</tbody></table></details>"
    )


def _bytes(pattern: Tensor, causal: bool) -> bytes:
    """Weights in 99 parts, row by row; rows of a causal pattern end at their query."""
    parts = (pattern.float().clamp(0, 1) * 99).round().to(torch.uint8)
    n = len(parts)
    return bytes((parts[tuple(torch.tril_indices(n, n))] if causal else parts.flatten()).tolist())


def told(weights: Tensor, tokens: Sequence[str]) -> list[tuple[str, str]]:
    """Each token of a text, and where it looks: `jar (2) 0.75, A (0) 0.25`."""
    names = [short(token) for token in tokens]
    values, places = torch.sort(weights.float(), dim=-1, descending=True, stable=True)
    lines = []
    for name, row, keys in zip(names, values[:, :TOLD].tolist(), places[:, :TOLD].tolist(), strict=True):
        some = [f"{names[key]} ({key}) {w:.2f}" for w, key in zip(row, keys, strict=True) if w >= LEAST]
        lines.append((name, ", ".join(some or [f"{names[keys[0]]} ({keys[0]}) {row[0]:.2f}"])))
    return lines
