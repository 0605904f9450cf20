"""Measures what `docs/topics/ioi-walkthrough.md` shows: patterns on one prompt, and what silencing each kind of head changes.

    python tools/ioi_walkthrough.py            prints the numbers as JSON
    python tools/ioi_walkthrough.py --write    writes them beside the page, and into its measured parts

The page's words are edited there. Each part between `<!-- measured: NAME -->` and `<!-- end -->` is made here, from the numbers and from
the newest recorded runs.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from headkb import Catalog, HeadkbError, load_catalog
from headkb.attention import Edit, edits, observe
from headkb.catalog.effects import BEHAVIOURS, change_words
from headkb.catalog.schema import Run
from headkb.catalog.state import SAID
from headkb.catalog.writing import write_text
from headkb.methods.contrast import contrast, end_of, named
from headkb.models import LoadedModel, load_model
from headkb.prompts import make_prompts
from headkb.site.parts import number
from headkb.site.svg_cells import pattern_chart
from headkb.sweeps import mean_z
from headkb.tensors import Prompts

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "topics" / "ioi-walkthrough.md"
NUMBERS = PAGE.with_suffix(".json")
MODEL = "organism-tasks"
N, SEED = 60, 1
"""IOI prompts that the numbers about many prompts are taken over; not the ones that recipes select heads on."""
PLACES = {"io": "IO", "s1": "S1", "s1_plus_1": "S1+1", "s2": "S2", "end": "END"}
PART = re.compile(r"(?<=<!-- measured: )([a-z-]+)( -->\n\n)(.*?)(?=\n\n<!-- end -->)", re.DOTALL)


@dataclass(frozen=True)
class Role:
    """One kind of head of the circuit.

    Attributes:
        head: Head type.
        recipe: The recipe whose heads are taken.
        edges: (query, key) positions where it should look.
        silenced_at: Where it is silenced.
    """

    head: str
    recipe: str
    edges: tuple[tuple[str, str], ...]
    silenced_at: str


ROLES = (
    Role("previous-token", "default", (("s1_plus_1", "s1"),), "s1_plus_1"),
    Role("duplicate-token", "default", (("s2", "s1"),), "s2"),
    Role("induction", "default", (("s2", "s1_plus_1"),), "s2"),
    Role("s-inhibition", "attention", (("end", "s2"),), "end"),
    Role("name-mover", "direct-effect", (("end", "io"), ("end", "s1"), ("end", "s2")), "end"),
    Role("negative-name-mover", "direct-effect", (("end", "io"), ("end", "s1"), ("end", "s2")), "end"),
)
"""The circuit of Wang et al. 2022 (arXiv:2211.00593), section 3, without the backups."""


def measure(catalog: Catalog, loaded: LoadedModel) -> dict[str, Any]:
    """Everything that the page shows of a model, as plain data; numbers have four decimals.

    Raises:
        HeadkbError: If the catalog has no run of one of the recipes on this model.
    """
    prompts = make_prompts("ioi", loaded, N, SEED)
    one = prompts.select(slice(0, 1))
    heads = {role.head: _heads(newest_run(catalog, role.head, role.recipe, loaded.id)) for role in ROLES}
    patterns = observe(loaded.model, one, {"pattern"})["pattern"][0]  # [layer, head, query_pos, key_pos]
    means = mean_z(loaded.model, prompts)
    silenced = {
        role.head: _effect(
            loaded, prompts, heads, [edits.mean(heads[role.head], means, named(prompts, role.silenced_at))]
        )
        for role in ROLES
        if heads[role.head]
    }
    return {
        "model": loaded.id,
        "weights_sha256": loaded.passport.weights_sha256,
        "n": N,
        "seed": SEED,
        "tokens": [_word(loaded, token) for token in one.tokens[0].tolist()],
        "positions": {name: int(where[0]) for name, where in one.positions.items() if where.dim() == 1},
        "answers": _answers(loaded, one),
        "roles": {role.head: _role(role, heads[role.head], patterns, one) for role in ROLES},
        "clean": _effect(loaded, prompts, heads, []),
        "silenced": silenced,
    }


def newest_run(catalog: Catalog, head: str, recipe: str, model: str) -> Run:
    """The newest run of a recipe on a model."""
    runs = [run for run in catalog.runs_of_head.get(head, []) if (run.model, run.recipe) == (model, recipe)]
    if not runs:
        raise HeadkbError(
            f"no run of {head}/{recipe} on {model} is recorded. "
            f"Record it: headkb reproduce {head} --model {model} --record."
        )
    return max(runs, key=lambda run: run.date)


def _heads(run: Run) -> list[tuple[int, int]]:
    return [(index.layer, index.head) for index in run.heads]


def _role(role: Role, heads: Sequence[tuple[int, int]], patterns: Tensor, one: Prompts) -> dict[str, Any]:
    """The heads of a recipe, and the strongest one's pattern on the prompt."""
    if not heads:
        return {"recipe": role.recipe, "heads": [], "at": role.silenced_at}
    layer, head = heads[0]
    pattern = patterns[layer, head]
    edges = {f"{q} → {k}": pattern[_place(one, q), _place(one, k)].item() for q, k in role.edges}
    return {
        "recipe": role.recipe,
        "heads": [f"L{layer}H{head}" for layer, head in heads],
        "at": role.silenced_at,
        "edges": {name: round(value, 4) for name, value in edges.items()},
        "pattern": [[round(value, 4) for value in row] for row in pattern.tolist()],
    }


def _place(prompts: Prompts, name: str) -> int:
    where = named(prompts, name)
    assert where is not None
    return int(where.flatten()[0])


def _answers(loaded: LoadedModel, one: Prompts) -> list[tuple[str, float]]:
    """The three most probable next words, with their probability."""
    with torch.inference_mode():
        logits = edits.run(loaded.model, one)
    shares, tokens = logits[0, int(end_of(one)[0])].double().softmax(-1).topk(3)
    return [(_word(loaded, t), round(p, 4)) for p, t in zip(shares.tolist(), tokens.tolist(), strict=True)]


def _word(loaded: LoadedModel, token: int) -> str:
    tokenizer: Any = loaded.tokenizer
    return str(tokenizer.decode([token])).strip() or repr(tokenizer.decode([token]))


def _effect(
    loaded: LoadedModel, prompts: Prompts, heads: Mapping[str, Sequence[tuple[int, int]]], changes: Sequence[Edit]
) -> dict[str, float]:
    """Under some edits: logit difference, probability of the right name, and where the movers and inhibitors look, means over the prompts."""
    patterns: dict[tuple[int, int], Tensor] = {}

    def keep(pattern: Tensor, layer: int, head: int) -> Tensor:
        patterns[layer, head] = pattern.clone()
        return pattern

    strongest = {kind: list(heads[kind])[:1] for kind in ("name-mover", "s-inhibition") if heads[kind]}
    watch = [Edit(tuple(first), "pattern", keep) for first in strongest.values()]
    with torch.inference_mode():
        logits = edits.run(loaded.model, prompts, [*changes, *watch]).double()
    answers, wrong = contrast(prompts).pair
    rows, end = torch.arange(len(prompts)), end_of(prompts)
    last = logits[rows, end]
    values = {
        "logit_diff": (last[rows, answers] - last[rows, wrong]).mean().item(),
        "probability": last.softmax(-1)[rows, answers].mean().item(),
    }
    for kind, (head,) in strongest.items():
        for key in ("io", "s1", "s2") if kind == "name-mover" else ("s2",):
            where = named(prompts, key)
            assert where is not None
            values[f"{kind} end → {key}"] = patterns[head][rows, end, where].mean().item()
    return {name: round(value, 4) for name, value in values.items()}


def parts(data: Mapping[str, Any], catalog: Catalog) -> dict[str, str]:
    """The measured parts of the page as Markdown, by name.

    Args:
        data: What `measure` gave.
        catalog: With the runs of the model.
    """
    roles = {head: role_part(head, data, catalog) for head in data["roles"]}
    return {
        "prompt": prompt_part(data),
        **roles,
        "silenced": silenced_part(data),
        "control": control_part(data, catalog),
    }


def prompt_part(data: Mapping[str, Any]) -> str:
    """The prompt with its places, and what the model answers."""
    place = {at: PLACES[name] for name, at in data["positions"].items() if name in PLACES}
    words = " ".join(
        f"{escape(word)}<sub>{place[at]}</sub>" if at in place else escape(word)
        for at, word in enumerate(data["tokens"])
    )
    answers = ", ".join(f"**{escape(word)}** {share:.3f}" for word, share in data["answers"])
    return f"""{words} …

The model's three most probable next words: {answers}. Over {data["n"]} prompts of this kind the right name is ahead of the subject by
{data["clean"]["logit_diff"]:.2f} in logits and has a probability of {data["clean"]["probability"]:.3f}."""


def role_part(head: str, data: Mapping[str, Any], catalog: Catalog) -> str:
    """Which heads a recipe selects, where the strongest looks, and its pattern."""
    role, command = data["roles"][head], f"headkb reproduce {head} --model {data['model']}"
    run = newest_run(catalog, head, role["recipe"], data["model"])
    recipe = f"The recipe `{role['recipe']}` (`{run.score}` {'at least' if run.higher_is == 'more' else 'at most'} {run.threshold:g})"
    showing = catalog.evidence.showings[head, data["model"]]
    said = f"([[runs/{run.id}|run]]): `{command}`. All recipes together: *{SAID[showing.word]}*; {showing.why}."
    if not role["heads"]:
        return f"{recipe} finds no such head {said}"
    strongest = role["heads"][0]
    edges = "; ".join(f"{_edge(name)} {value:.2f}" for name, value in role["edges"].items())
    label = f"{strongest}, the strongest {head} head"
    chart = pattern_chart(role["pattern"], data["tokens"], label)
    caption = f"{label}: each row is a word that looks back, each column a word that is looked at."
    return f"""{recipe} finds {", ".join(role["heads"])} {said}

On this prompt {strongest} gives {edges} of its attention.

<figure class="hk-figure" tabindex="0">{chart}<figcaption>{caption}</figcaption></figure>"""


def _edge(name: str) -> str:
    query, key = name.split(" → ")
    return f"{PLACES[query]} → {PLACES[key]}"


def silenced_part(data: Mapping[str, Any]) -> str:
    """What changes without each kind."""
    columns = [name for name in data["clean"] if name not in ("logit_diff", "probability")]
    title = {name: f"{name.split(' ')[0]}: {_edge(name.split(' ', 1)[1])}" for name in columns}
    lines = [
        "| Silenced | at | logit difference | probability of IO |" + "".join(f" {title[name]} |" for name in columns),
        "|---|---|---|---|" + "---|" * len(columns),
    ]
    for head, row in {"nothing": data["clean"], **data["silenced"]}.items():
        where = PLACES[data["roles"][head]["at"]] if head in data["roles"] else ""
        name = f"[[heads/{head}]]" if where else head
        values = "".join(f" {number(row[column])} |" for column in columns)
        lines.append(f"| {name} | {where} | {row['logit_diff']:.2f} | {row['probability']:.3f} |{values}")
    return "\n".join(lines)


def control_part(data: Mapping[str, Any], catalog: Catalog) -> str:
    """The causal checks of the same runs, beside random heads."""
    lines = [
        "| Head type | Silenced | Behaviour | As it is | Without them | Without random heads | Change | Result | Rerun |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for head, role in data["roles"].items():
        for outcome in newest_run(catalog, head, role["recipe"], data["model"]).causal:
            control = sum(outcome.control) / len(outcome.control) if outcome.control else None
            measured = (
                [number(outcome.clean), number(outcome.silenced), number(control), change_words(outcome) or "–"]
                if outcome.seeds
                else ["–"] * 4
            )
            behaviour = f"{outcome.check.prompts}, {BEHAVIOURS[outcome.check.metric]}"
            command = f"`headkb reproduce {head} --model {data['model']}`"
            cells = [
                f"[[heads/{head}]]",
                ", ".join(map(str, outcome.heads)),
                behaviour,
                *measured,
                outcome.result,
                command,
            ]
            lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def filled(page: str, by_name: Mapping[str, str]) -> str:
    """The page with its measured parts replaced.

    Raises:
        HeadkbError: If the page and the parts do not have the same names.
    """
    names = [name for name, _, _ in PART.findall(page)]
    if sorted(names) != sorted(by_name):
        raise HeadkbError(f"the page has the measured parts {', '.join(names)}; measured were {', '.join(by_name)}.")
    return PART.sub(lambda part: f"{part[1]}{part[2]}{by_name[part[1]]}", page)


def write(catalog: Catalog, data: Mapping[str, Any]) -> None:
    """The numbers beside the page, and its measured parts."""
    write_text(NUMBERS, json.dumps(data, ensure_ascii=False) + "\n")
    write_text(PAGE, filled(PAGE.read_text(encoding="utf-8"), parts(data, catalog)))


def main() -> None:
    """Measure, and print or write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="write the page's numbers instead of printing them")
    arguments = parser.parse_args()
    catalog = load_catalog(ROOT / "catalog")
    data = measure(catalog, load_model(MODEL, catalog_models=catalog.models))
    if arguments.write:
        write(catalog, data)
    else:
        print(json.dumps(data, indent=1, ensure_ascii=False))


if __name__ == "__main__":
    main()
