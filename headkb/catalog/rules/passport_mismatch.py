"""A run contradicts the passport of its model, or the passport contradicts the model's record.

The passport is what was measured when the model was loaded. Its layers, heads, widths and architecture must be those of the model's record;
values, heads and intervals of the run must lie inside its shape; the hashes of its files must give the run's `weights_sha256`, which must
be the record's where that pins one; a run that calls its weights `pinned` needs a record that does so; and runs on the same weights must
agree in shape and vocabulary. So a run of another model by the same name is noticed.

Bad (GPT-2 small has 12 layers):

    model: gpt2
    passport: {stacks: [{part: self, n_layers: 3, …}], …}

Good:

    passport: {stacks: [{part: self, n_layers: 12, …}], …}
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from headkb.catalog import Catalog
from headkb.catalog.rules import Finding
from headkb.catalog.schema import Model, Run
from headkb.catalog.schema.passport import RunPassport
from headkb.catalog.source import Field
from headkb.head_index import HeadIndex

WHY = "numbers of another model would stand under this model's name"
RERUN = "run it again with `headkb reproduce`, on the model that the record describes"

Contradiction = tuple[Field, str]
AT: Field = ("", "passport")
_HEAD_CLASS = re.compile(r"(For[A-Z]|LMHead|DoubleHeads|Model$|PreTrained).*$")
"""The end of a class's name that says which head it has: `GPT2LMHeadModel` and `GPT2Model` are one architecture."""


def check(catalog: Catalog) -> Iterator[Finding]:
    """Yield one finding per contradiction."""
    first: dict[tuple[str, str], Run] = {}
    for _, run in sorted(catalog.runs.items()):
        model = catalog.models.get(run.model)
        if model is None and catalog.refusal("models", run.model):
            continue
        faults = [*_weights(run, model)]
        if run.passport is not None:
            faults += [*_inside(run, run.passport), *(_record(run.passport, model) if model else ())]
            # The halves of a model such as CLIP come from one file, and differ.
            other = first.setdefault((run.weights_sha256 or run.id, run.passport.stacks[0].part), run)
            if other.passport is not None and other.passport.shape() != run.passport.shape():
                faults.append((AT, f"the same weights have another shape or vocabulary in {other.id}."))
        for field, message in faults:
            yield Finding(run, field, message, RERUN)


def _weights(run: Run, model: Model | None) -> Iterator[Contradiction]:
    """The run's hash against those of the record and of the files, and whether the record pins it."""
    field: Field = ("weights_sha256",) if run.weights_sha256 else ()
    pinned = model.weights_sha256 if model else None
    if run.weights_sha256 and pinned and run.weights_sha256 != pinned:
        yield field, f"the weights are {run.weights_sha256[:12]}…, but the record of {run.model} says {pinned[:12]}…."
    if run.passport is None:
        return
    of_files = run.passport.weights_sha256
    if of_files is not None and of_files != run.weights_sha256:
        yield (
            ("passport", "files"),
            f"the hashes of the files give {of_files[:12]}…, but `weights_sha256` is {str(run.weights_sha256)[:12]}….",
        )
    by_revision = model is not None and model.revision is not None and (run.revision or "").startswith(model.revision)
    if run.passport.pinned and run.model_source != "exact" and pinned is None and not by_revision:
        yield (
            ("passport", "pinned"),
            f"the weights are called pinned, but the record of {run.model} names neither their hash nor revision.",
        )


def _inside(run: Run, passport: RunPassport) -> Iterator[Contradiction]:
    """Values and heads of the run outside the shape that was measured."""
    stack = passport.stack(run.part)
    layers = run.layers or tuple(range(len(run.values)))
    if len(run.values) > stack.n_layers or any(layer >= stack.n_layers for layer in layers):
        yield ("values",), f"there are values of {len(run.values)} layers, but the model has {stack.n_layers}."
    named: dict[HeadIndex, Field] = dict.fromkeys(run.scores(), ("values",))
    named |= {head: ("heads", at) for at, head in enumerate(run.heads)}
    named |= dict.fromkeys(run.intervals, ("intervals",))
    named |= {expected.head: ("expected", at) for at, expected in enumerate(run.expected)}
    for head, field in named.items():
        if head.head >= (stack.of_layer(head.layer, stack.n_heads) or 0):
            yield field, f"{head} does not exist in the model that was loaded."
            return


def _record(passport: RunPassport, model: Model) -> Iterator[Contradiction]:
    """What was measured against what the model's record says; what the record leaves open agrees with everything."""
    stack = passport.stack()
    pairs = (
        ("n_layers", stack.n_layers, model.n_layers),
        ("n_heads", _most(stack.n_heads), model.n_heads),
        ("n_key_value_heads", _most(stack.n_key_value_heads), model.n_key_value_heads),
        ("d_head", _most(stack.d_head) or None, model.d_head),
        ("d_model", passport.d_model, model.d_model),
        ("architecture", _family(passport.architecture), _family(model.architecture)),
    )
    for name, measured, stated in pairs:
        if measured is not None and stated is not None and measured != stated:
            yield AT, f"{name} was measured as {measured}, but the record of {model.id} says {stated}."


def _most(values: int | tuple[int, ...]) -> int:
    return values if isinstance(values, int) else max(values)


def _family(architecture: str | None) -> str | None:
    return None if architecture is None else _HEAD_CLASS.sub("", architecture)
