"""The page that walks from one IOI prompt through the heads of a small model, made from measured numbers and recorded runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from headkb.catalog import Catalog
from headkb.catalog.schema import Run
from headkb.site.causal_pages import effect_text
from headkb.site.parts import number
from headkb.site.svg import svg, text

PATH = "topics/ioi-walkthrough"
COMMAND = "python -m headkb.reproduce.walkthrough"
JOBS: Mapping[str, str] = {
    "previous-token": "At the word after the subject's first mention it should look back by one and write there what stood before.",
    "duplicate-token": "At the second mention of the subject (S2) it should look at the first (S1): this name was here before.",
    "induction": "At S2 it should look at the word after S1. It knows the place by what previous-token heads wrote there.",
    "s-inhibition": "At the last word it should look at S2 and tell later heads which name not to look at.",
    "name-mover": "At the last word it should look at the indirect object (IO) and copy it into the answer.",
    "negative-name-mover": "It looks at a name like a name mover, but writes against it.",
}
NAMES = {"io": "IO", "s1": "S1", "s1_plus_1": "S1+1", "s2": "S2", "end": "END"}


def walkthrough(data: Mapping[str, Any], catalog: Catalog) -> str:
    """The page as Markdown.

    Args:
        data: What `headkb.reproduce.walkthrough` measured.
        catalog: With the runs of the model.
    """
    model = data["model"]
    parts = [_opening(data), _prompt(data), "## The heads, one kind after the other\n"]
    parts += [_role(head, data, _run(catalog, head, role["recipe"], model)) for head, role in data["roles"].items()]
    parts += [_silenced(data), _control(data, catalog), _closing()]
    return "\n".join(parts).rstrip() + "\n"


def _opening(data: Mapping[str, Any]) -> str:
    return f"""---
description: From one prompt to the heads that answer it, in a model small enough to rerun every number on the page.
---

# One prompt through the heads of a small model

"When two people go somewhere and one of them gives something away, who gets it?" is indirect object identification (IOI). In GPT-2 small it is answered by the best-known
circuit of heads ([[circuits/ioi-gpt2]]). This page follows the same question through [[models/{data["model"]}]], a model of this project that fits into a few megabytes, so
that every number here can be measured again in seconds. It is another model: which of the published kinds of heads it has grown, and whether they do what their
label says, is what the numbers are for. Where a kind is missing or a prediction fails, the page says so.

The patterns and the numbers over {data["n"]} prompts come from one command, which prints them as JSON ([as printed](ioi-walkthrough.json)); the rest comes from
[recorded runs](../reproduction/causal.md), each with its own command.

```shell
{COMMAND}
```
"""


def _prompt(data: Mapping[str, Any]) -> str:
    place = {at: NAMES[name] for name, at in data["positions"].items() if name in NAMES}
    words = " ".join(
        f"{escape(word)}<sub>{place[at]}</sub>" if at in place else escape(word)
        for at, word in enumerate(data["tokens"])
    )
    answers = ", ".join(f"**{escape(word)}** {share:.3f}" for word, share in data["answers"])
    clean = data["clean"]
    return f"""## The prompt

{words} …

IO is the indirect object, S1 and S2 are the two mentions of the subject, END is where the answer is due. The model's three most probable next words: {answers}. Over {data["n"]} prompts of
this kind the right name is ahead of the subject by {clean["logit_diff"]:.2f} in logits and has a probability of {clean["probability"]:.3f}.
"""


def _role(head: str, data: Mapping[str, Any], run: Run | None) -> str:
    role = data["roles"][head]
    command = f"headkb reproduce {head} --model {data['model']}"
    lines = [f"### [[heads/{head}]]\n", JOBS[head], ""]
    verdict = f" ([[runs/{run.id}|{run.verdict}]])" if run else ""
    bar = f" (`{run.score}` {'at least' if run.higher_is == 'more' else 'at most'} {run.threshold:g})" if run else ""
    if not role["heads"]:
        return "\n".join([*lines, f"The recipe `{role['recipe']}`{bar} finds no such head{verdict}: `{command}`.", ""])
    strongest = role["heads"][0]
    edges = "; ".join(f"{_edge(name)} {value:.2f}" for name, value in role["edges"].items())
    lines += [
        f"The recipe `{role['recipe']}`{bar} finds {', '.join(role['heads'])}{verdict}: `{command}`.",
        "",
        f"On this prompt {strongest} gives {edges} of its attention.",
        "",
        pattern_drawing(role["pattern"], data["tokens"], f"{strongest}, the strongest {head} head"),
        "",
    ]
    return "\n".join(lines)


def _edge(name: str) -> str:
    query, key = name.split(" → ")
    return f"{NAMES[query]} → {NAMES[key]}"


def pattern_drawing(pattern: Sequence[Sequence[float]], tokens: Sequence[str], label: str) -> str:
    """A pattern as squares whose depth of colour is the attention: rows are the words that look, columns the words looked at."""
    cell, left, top = 15, 92, 78
    size = len(tokens)
    inner = []
    for query, row in enumerate(pattern):
        inner.append(text(left - 5, top + cell * query + 11, tokens[query], anchor="end"))
        for key, value in enumerate(row[: query + 1]):
            if value >= 0.05:
                inner.append(
                    f'<rect class="hk-fill" x="{left + cell * key}" y="{top + cell * query}" width="{cell - 1}" height="{cell - 1}" '
                    f'fill-opacity="{value:.2f}"><title>{query} → {key}: {value:.2f}</title></rect>'
                )
    for key, token in enumerate(tokens):
        x, y = left + cell * key + 11, top - 5
        inner.append(f'<g transform="rotate(-60 {x} {y})">{text(x, y, token)}</g>')
    inner.append(f'<path class="hk-grid" d="M{left} {top}V{top + cell * size}H{left + cell * size}z"/>')
    drawing = svg(left + cell * size + 60, top + cell * size + 6, "".join(inner), label)
    return f'<figure class="hk-figure" tabindex="0">{drawing}<figcaption>{label}: each row is a word that looks back, each column a word that is looked at.</figcaption></figure>'


def _silenced(data: Mapping[str, Any]) -> str:
    columns = [name for name in data["clean"] if name not in ("logit_diff", "probability")]
    title = {name: f"{name.split(' ')[0]}: {_edge(name.split(' ', 1)[1])}" for name in columns}
    lines = [
        "## Silence one kind after the other\n",
        f"Each row silences all heads of a kind at the one place where it should act: their z is set to its mean over the {data['n']} prompts. The last columns show where the strongest name "
        "mover and S-inhibition head then look. If S-inhibition heads steer the name movers, silencing them must move attention from IO to the subject; if duplicate-token or "
        "induction heads feed them, silencing those must show further along, too.",
        "",
        "| Silenced | at | logit difference | probability of IO |" + "".join(f" {title[name]} |" for name in columns),
        "|---|---|---|---|" + "---|" * len(columns),
    ]
    for head, row in {"nothing": data["clean"], **data["silenced"]}.items():
        where = NAMES[data["roles"][head]["at"]] if head in data["roles"] else ""
        name = f"[[heads/{head}]]" if where else head
        values = "".join(f" {number(row[column])} |" for column in columns)
        lines.append(f"| {name} | {where} | {row['logit_diff']:.2f} | {row['probability']:.3f} |{values}")
    return "\n".join([*lines, "", f"Rerun: `{COMMAND}`", ""])


def _control(data: Mapping[str, Any], catalog: Catalog) -> str:
    lines = [
        "## Beside random heads\n",
        "That silencing something hurts shows little. The causal check of each head type, on prompts of three other seeds, silences as many random heads of the same layers as well "
        "([how it decides](../evidence.md)).",
        "",
        "| Head type | Silenced | Behaviour | As it is | Without them | Without random heads | Effect | Result | Rerun |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for head, role in data["roles"].items():
        run = _run(catalog, head, role["recipe"], data["model"])
        for outcome in run.causal if run else ():
            control = sum(outcome.control) / len(outcome.control) if outcome.control else None
            measured = (
                [number(outcome.clean), number(outcome.silenced), number(control), effect_text(outcome)]
                if outcome.seeds
                else ["–"] * 4
            )
            cells = [
                f"[[heads/{head}]]",
                ", ".join(map(str, outcome.heads)),
                f"{outcome.check.prompts}, {outcome.check.metric}",
                *measured,
            ]
            cells += [outcome.result, f"`headkb reproduce {head} --model {data['model']}`"]
            lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*lines, ""])


def _closing() -> str:
    return """## What this shows, and what not

- Attention alone makes no head: a kind counts here only where silencing it does what its label predicts, and random heads do not.
- A found head need not work by the published route. The tables show what changes when it is silenced, not which path the effect takes; that takes
  [[methods/path-patching]].
- A small model with a closed vocabulary is no language model. What holds here need not hold in GPT-2, and the other way round: see the claims on
  [[models/gpt2]].
"""


def _run(catalog: Catalog, head: str, recipe: str, model: str) -> Run | None:
    """The newest run of a recipe on the model."""
    found = [r for r in catalog.runs_of_head.get(head, []) if (r.model, r.recipe) == (model, recipe)]
    return max(found, key=lambda run: run.date, default=None)
