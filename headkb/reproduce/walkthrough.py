"""The numbers of the page that walks through IOI: patterns on one prompt, and what silencing each kind of head changes.

`python -m headkb.reproduce.walkthrough` prints them as JSON.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from headkb.attention import Edit, edits, observe
from headkb.catalog import Catalog
from headkb.catalog.schema import Run
from headkb.errors import ReproductionError
from headkb.methods.contrast import contrast, end_of, named
from headkb.models import LoadedModel, load_model
from headkb.prompts import make_prompts
from headkb.sweeps import mean_z
from headkb.tensors import Prompts

MODEL = "organism-tasks"
N, SEED = 60, 1
"""IOI prompts that the numbers about many prompts are taken over; not the ones that recipes select heads on."""


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


def measure_walkthrough(catalog: Catalog, loaded: LoadedModel) -> dict[str, Any]:
    """Everything that the page shows of a model, as plain data; numbers have four decimals.

    Raises:
        ReproductionError: If the catalog has no run of one of the recipes on this model.
    """
    prompts = make_prompts("ioi", loaded, N, SEED)
    one = prompts.select(slice(0, 1))
    heads = {role.head: _heads(_run(catalog, role, loaded.id)) for role in ROLES}
    patterns = observe(loaded.model, one, {"pattern"})["pattern"][0]  # [layer, head, query_pos, key_pos]
    means = mean_z(loaded.model, prompts)
    clean = _effect(loaded, prompts, heads, [])
    silenced = {
        role.head: _effect(
            loaded, prompts, heads, [edits.mean(heads[role.head], means, named(prompts, role.silenced_at))]
        )
        for role in ROLES
        if heads[role.head]
    }
    return {
        "model": loaded.id,
        "weights_sha256": loaded.weights_sha256,
        "n": N,
        "seed": SEED,
        "tokens": [_shown(loaded, token) for token in one.tokens[0].tolist()],
        "positions": {name: int(where[0]) for name, where in one.positions.items() if where.dim() == 1},
        "answers": _answers(loaded, one),
        "roles": {role.head: _role(role, heads[role.head], patterns, one) for role in ROLES},
        "clean": clean,
        "silenced": silenced,
    }


def _run(catalog: Catalog, role: Role, model_id: str) -> Run:
    """The newest run of a role's recipe."""
    found = [r for r in catalog.runs_of_head.get(role.head, []) if (r.model, r.recipe) == (model_id, role.recipe)]
    if not found:
        raise ReproductionError(
            f"no run of {role.head}/{role.recipe} on {model_id} is recorded. "
            f"Record it: headkb reproduce {role.head} --model {model_id} --record."
        )
    return max(found, key=lambda run: run.date)


def _heads(run: Run) -> list[tuple[int, int]]:
    return list(run.heads)


def _role(role: Role, heads: Sequence[tuple[int, int]], patterns: Tensor, one: Prompts) -> dict[str, Any]:
    """The found heads, and the strongest one's pattern on the prompt."""
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
    return [(_shown(loaded, t), round(p, 4)) for p, t in zip(shares.tolist(), tokens.tolist(), strict=True)]


def _shown(loaded: LoadedModel, token: int) -> str:
    tokenizer: Any = loaded.tokenizer
    return str(tokenizer.decode([token])).strip() or repr(tokenizer.decode([token]))


def _effect(
    loaded: LoadedModel, prompts: Prompts, heads: Mapping[str, Sequence[tuple[int, int]]], changes: Sequence[Edit]
) -> dict[str, float]:
    """Under some edits: logit difference, probability of the right name, and where the movers and inhibitors look, means over the prompts."""
    seen: dict[tuple[int, int], Tensor] = {}

    def see(pattern: Tensor, layer: int, head: int) -> Tensor:
        seen[layer, head] = pattern.clone()
        return pattern

    watched = {kind: list(heads[kind])[:1] for kind in ("name-mover", "s-inhibition") if heads[kind]}
    watch = [Edit(tuple(found), "pattern", see) for found in watched.values()]
    with torch.inference_mode():
        logits = edits.run(loaded.model, prompts, [*changes, *watch]).double()
    answers, wrong = contrast(prompts).pair
    rows, end = torch.arange(len(prompts)), end_of(prompts)
    last = logits[rows, end]
    found = {
        "logit_diff": (last[rows, answers] - last[rows, wrong]).mean().item(),
        "probability": last.softmax(-1)[rows, answers].mean().item(),
    }
    for kind, (head,) in watched.items():
        for key in ("io", "s1", "s2") if kind == "name-mover" else ("s2",):
            where = named(prompts, key)
            assert where is not None
            found[f"{kind} end → {key}"] = seen[head][rows, end, where].mean().item()
    return {name: round(value, 4) for name, value in found.items()}


if __name__ == "__main__":
    from headkb import load_catalog

    records = load_catalog()
    print(
        json.dumps(
            measure_walkthrough(records, load_model(MODEL, catalog_models=records.models)), indent=1, ensure_ascii=False
        )
    )
