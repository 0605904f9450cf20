"""The playground for readers without JavaScript: one recorded answer as tables, and the Python that gives it."""

from __future__ import annotations

from html import escape
from typing import Any


def plain_html(record: dict[str, Any]) -> str:
    """What was recorded, as HTML: a paragraph, the pattern, the answers."""
    tokens = record["tokens"]
    head = "".join(f'<th scope="col">{escape(token)}</th>' for token in tokens)
    rows = "".join(
        f'<tr><th scope="row">{escape(token)}</th>{"".join(map(_cell, row))}{"<td></td>" * (len(tokens) - len(row))}</tr>'
        for token, row in zip(tokens, record["pattern"], strict=True)
    )
    answers = "".join(
        f"<tr><th scope=row>{escape(word)}</th><td>{on:.3f}</td><td>{off:.3f}</td></tr>"
        for word, on, off in record["answers"]
    )
    return (
        f'<div class="hk-play-plain"><p>{escape(_said(record))}</p>'
        f'<div class="hk-scroll" tabindex="0" role="region" aria-label="Attention pattern of {escape(record["head"])}">'
        f'<table class="hk-heat"><caption>{escape(_caption(record))}</caption>'
        f"<thead><tr><td></td>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
        f'<table class="hk-table hk-narrow"><caption>The next word, recorded</caption><thead><tr><th scope="col">Word</th>'
        f'<th scope="col">All heads</th><th scope="col">{escape(record["off"])} off</th></tr></thead>'
        f"<tbody>{answers}</tbody></table></div>"
    )


def _cell(value: float) -> str:
    return f'<td style="--v:{100 * value:.0f}">{f"{value:.2f}".removeprefix("0") if value >= 0.005 else ""}</td>'


def _said(record: dict[str, Any]) -> str:
    return (
        "With JavaScript this place runs the model: choose or type a prompt, see every head's pattern, switch heads off. "
        f"Without it, here is one answer that was recorded: {record['name']} reads “{record['prompt']}”."
    )


def _caption(record: dict[str, Any]) -> str:
    return f"Attention pattern of {record['head']}: the word in a row looks at the words in the columns (shares; those below .005 left out)"


def plain_words(record: dict[str, Any]) -> str:
    """The same as lines of text, for the Markdown twin."""
    lines = [_said(record)]
    for token, row in zip(record["tokens"], record["pattern"], strict=True):
        most = max(range(len(row)), key=row.__getitem__)
        lines.append(f"- {record['head']}, from “{token}”: most to “{record['tokens'][most]}”, {row[most]:.2f}")
    lines += [
        f"- next word “{word}”: {on:.3f}; with {record['off']} off {off:.3f}" for word, on, off in record["answers"]
    ]
    return "\n".join(lines)


def python_lines(record: dict[str, Any]) -> str:
    """Python that prints the recorded answers."""
    layer, head = record["off"][1:].split("H")
    return f"""import torch
from headkb.attention import edits, observe
from headkb.models import load_model
from headkb.tensors import Prompts

loaded = load_model("{record["model"]}")
ids = loaded.tokenizer({record["prompt"]!r})["input_ids"]
prompts = Prompts.of(torch.tensor([ids]))
patterns = observe(loaded.model, prompts)["pattern"][0]  # [layer, head, query, key]
for heads in ([], [({layer}, {head})]):  # all heads on, then {record["off"]} off
    with torch.no_grad():
        logits = edits.run(loaded.model, prompts, [edits.zero(heads)])
    chances, words = logits[0, -1].softmax(-1).topk(10)
    print(loaded.tokenizer.convert_ids_to_tokens(words.tolist()), chances)
"""
