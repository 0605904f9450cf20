"""Rerun every recipe on random models of the shapes that real ones have: each ends with a run or with one sentence.

    python tools/random_models.py smollm2-135m-instruct                  12 x 12, 24 x 16 and 32 x 32 heads
    python tools/random_models.py stories260k --shape 12x12 --head induction

A random model shows nothing and meets every corner: no head is found, or hundreds are; no behaviour is there to be silenced; many heads
tie. The tokenizer is that of the named model, so that prompts come out as on a real one. Prints a line for each recipe that found heads or
could not be run, and the counts; the exit code is 1 if one ended otherwise than with a run or a sentence of headkb's own.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from headkb import load_catalog
from headkb.errors import HeadkbError
from headkb.models import load_model
from headkb.reproduce.plan import Plan, plans_of_head
from headkb.reproduce.session import Carried, carry_out_all

SHAPES = ("12x12", "24x16", "32x32")
D_HEAD = 4
SCALE = 1.5
"""Size of the random numbers, in units of one over the square root of a row: large enough that patterns are not uniform."""


@click.command()
@click.argument("tokenizer_of")
@click.option("--shape", "shapes", multiple=True, default=SHAPES, help="Layers x heads.")
@click.option("--head", "heads", multiple=True, help="Only recipes of these types.")
@click.option(
    "--n",
    default=4,
    show_default=True,
    help="Prompts of each recipe and check; what is asked is how each ends, not what it finds.",
)
@click.option("--catalog", "root", type=click.Path(path_type=Path), default=Path("catalog"))
def main(tokenizer_of: str, shapes: Sequence[str], heads: Sequence[str], n: int, root: Path) -> None:
    """Rerun recipes on random models with the tokenizer of TOKENIZER_OF."""
    catalog = load_catalog(root)
    tokenizer = load_model(tokenizer_of, catalog_models=catalog.models).tokenizer
    types = [head for head in catalog.heads.values() if head.recipes and (not heads or head.id in heads)]
    plans = [shortened(plan, n) for head in types for plan in plans_of_head(catalog, head)]
    wrong = 0
    for shape in shapes:
        layers, width = map(int, shape.split("x"))
        with tempfile.TemporaryDirectory() as folder:
            loaded = load_model(str(random_model(Path(folder) / f"random-{shape}", layers, width, tokenizer)))
            start, counts = time.process_time(), Counter[str]()
            for carried in carry_out_all(catalog, plans, loaded):
                kind, words = told(carried)
                counts[kind] += 1
                if words:
                    click.echo(f"{shape} {name_of(carried.plan)}: {words}")
            wrong += counts["neither"]
            listed = ", ".join(f"{count} {kind}" for kind, count in sorted(counts.items()))
            click.echo(f"{shape}: {len(plans)} recipes: {listed}; {time.process_time() - start:.0f} CPU s")
    sys.exit(1 if wrong else 0)


def shortened(plan: Plan, n: int) -> Plan:
    """The same plan on `n` prompts."""
    checks = tuple(check.model_copy(update={"parameters": {**check.parameters, "n": n}}) for check in plan.checks)
    return replace(plan, parameters={**plan.parameters, "n": n}, checks=checks)


def random_model(folder: Path, layers: int, heads: int, tokenizer: Any) -> Path:
    """A Llama with `layers` x `heads` heads of four dimensions and random weights, saved with a tokenizer."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    config = LlamaConfig(
        vocab_size=len(tokenizer), hidden_size=heads * D_HEAD, intermediate_size=2 * heads * D_HEAD, num_hidden_layers=layers,
        num_attention_heads=heads, num_key_value_heads=heads, max_position_embeddings=2048, tie_word_embeddings=True,
        bos_token_id=getattr(tokenizer, "bos_token_id", None), eos_token_id=getattr(tokenizer, "eos_token_id", None),
    )  # fmt: skip
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = LlamaForCausalLM(config)
        with torch.no_grad():
            for parameter in model.parameters():
                if parameter.dim() == 2:
                    parameter.normal_(0, SCALE * parameter.shape[1] ** -0.5)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def told(carried: Carried) -> tuple[str, str]:
    """How a recipe ended - `run`, `refused` or `neither` -, and what is worth a line about it."""
    if carried.run is not None:
        found = len(carried.run.heads)
        return "run", f"{found} heads found" if found else ""
    error = carried.error
    words = str(error).strip()
    if not isinstance(error, HeadkbError) or "\n" in words or not words:
        return "neither", f"{type(error).__name__}: {words}"
    return "refused", words


def name_of(plan: Plan) -> str:
    """`head/recipe`."""
    return f"{plan.head}/{plan.recipe}"


if __name__ == "__main__":
    main()
