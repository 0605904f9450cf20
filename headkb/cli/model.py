"""`headkb model`: a model's passport."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from headkb.cli.common import load_catalog_model, open_catalog, print_json, printing
from headkb.cli.extras import need_torch
from headkb.cli.options import load_options, placement_options, warn_of

if TYPE_CHECKING:
    from headkb.models import Passport, Stack


@click.command("model")
@click.argument("model_name", metavar="M")
@placement_options
@click.option("--json", "as_json", is_flag=True, help="Print the passport as JSON.")
@click.pass_context
def command(ctx: click.Context, /, model_name: str, as_json: bool, **placement: Any) -> None:
    """Load the model M and print its passport: what it is, as measured.

    M is a catalog id, a Hugging Face hub id, a directory, a GGUF file, or HUB_ID:FILE.gguf.

    \b
    Examples:
      headkb model smollm2-135m-instruct
      headkb model ./my-model --json
    """
    need_torch("model")
    loaded = load_catalog_model(open_catalog(ctx), model_name, placement["revision"], load_options(placement))
    loaded.passport.stack(placement["part"])  # refuses a part that is not there
    warn_of(loaded)
    if as_json:
        print_json(loaded.passport.data())
    else:
        _print(loaded.passport)


def _print(passport: Passport) -> None:
    with printing() as console:
        console.print(passport.first_line())
        for stack in passport.stacks:
            console.print(f"  {'attention' if stack.part == 'self' else stack.part:<12} {_stack_line(stack)}")
        words = f"{passport.tokenizer}, {passport.tokenizer_vocabulary} ids" if passport.tokenizer else "none"
        around = (
            f"{' '.join(passport.before) or 'nothing'} before a text, {' '.join(passport.after) or 'nothing'} after it"
        )
        logits = {"none": "none: it gives no logits", "own": "a matrix of its own", "tied": "the embedding's matrix"}
        rows = (
            ("width", f"d_model {passport.d_model}, {passport.vocabulary} rows in the embedding"),
            ("tokenizer", f"{words}; {around}" if passport.tokenizer else words),
            ("unembedding", logits[passport.unembedding]),
            ("numbers", f"{passport.dtype} on {passport.device}" + (f", stored as {passport.quantisation}" if passport.quantisation else "")),
            ("saved as", passport.architecture or "not stated"),
            ("revision", passport.revision or "none"),
            ("package", passport.package or "none"),
            ("licence", passport.licence or "no record says"),
            ("weights", f"SHA-256 {passport.weights_sha256}, {'pinned by the catalog' if passport.pinned else 'unverified: no record pins them'}"),
            ("unused", f"{len(passport.unused)} tensors of the checkpoint" + (f" ({passport.unused[0]}, …)" if passport.unused else "")),
        )  # fmt: skip
        for name, text in rows:
            console.print(f"  {name:<12} {text}")


def _stack_line(stack: Stack) -> str:
    heads = ", ".join(map(str, dict.fromkeys(stack.n_heads)))
    grouped = ", ".join(map(str, dict.fromkeys(stack.n_key_value_heads)))
    sight = "causal" if all(stack.causal) else "sees later tokens" if not any(stack.causal) else "causal in some layers"
    which = (
        "" if stack.layers == tuple(range(stack.n_layers)) else f", attention in {', '.join(map(str, stack.layers))}"
    )
    return f"{stack.n_layers} layers{which}; {heads} heads, {grouped} key-value heads of width {', '.join(map(str, dict.fromkeys(stack.d_head)))}; {sight}"
