"""Whatever stands for a model → a model that can be observed: a name, a folder, a file, or the caller's own object, left as it is."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

from torch import nn

from headkb.errors import ModelError
from headkb.models import CatalogModel, LoadedModel, LoadOptions, load_model, make_passport, of_tokenizer

ModelLike: TypeAlias = str | os.PathLike[str] | LoadedModel | nn.Module
"""A catalog id, a hub id, a folder, a GGUF file, a transformers model object, or what `headkb.models.load_model` returned."""


def model_of(
    model: ModelLike,
    tokenizer: Any | None = None,
    *,
    device: str | None = None,
    dtype: str | None = None,
    revision: str | None = None,
    part: str | None = None,
    batch: int | None = None,
    catalog_models: Mapping[str, CatalogModel] | None = None,
) -> LoadedModel:
    """The model with its tokenizer and passport.

    A model object is not changed: it stays on its device, in its dtype, with its attention implementation and in the mode, training or
    evaluation, in which it came. Its passport says `memory` for its origin and holds no hash, since nobody knows where its weights are from.

    Args:
        model: A name, as `headkb.models.load_model` takes it; a transformers model object; or a loaded model, which is given back.
        tokenizer: The tokenizer of a model object; for a name, one in place of its own.
        device: `cpu` (the default), `cuda`, `cuda:1`, `mps` …, for a name.
        dtype: Name of a torch dtype, such as `bfloat16`, for a name; float32 by default.
        revision: Commit, tag or branch on the hub, for a name.
        part: `text` or `vision`: which half of a model such as CLIP is loaded, for a name. Parts of an encoder–decoder model are no matter
            of loading and are left alone.
        batch: How many tokens go through the model at once at most; None = as many as free memory allows.
        catalog_models: Records by id, for a name; by default those of the catalog that ships with headkb.

    Raises:
        ModelError: If it cannot be loaded or observed, or an option for names is set for an object; with what to do instead.

    Example:
        >>> model_of("exact-induction").passport.source
        'exact'
    """
    if isinstance(model, (str, os.PathLike)):
        half = part if part in ("text", "vision") else None
        options = LoadOptions(device or "cpu", dtype or "float32", part=half, batch_tokens=batch)
        loaded = load_model(os.fspath(model), revision=revision, catalog_models=catalog_models, options=options)
        return loaded if tokenizer is None else _with_tokenizer(loaded, tokenizer)
    found = model.model if isinstance(model, LoadedModel) else model
    if not isinstance(found, nn.Module):
        raise ModelError(
            f"model is a value of type {type(model).__name__}. Pass a name such as 'gpt2', a folder, a GGUF file, or a transformers model object."
        )
    _refuse_options(found, device, dtype, revision)
    if isinstance(model, LoadedModel):
        loaded = model if tokenizer is None else _with_tokenizer(model, tokenizer)
        return loaded if batch is None else replace(loaded, batch_tokens=batch)
    with evaluating(found):
        passport = make_passport(found, tokenizer, id_=name_of(found), source="memory", weights_sha256="")
    return LoadedModel(found, tokenizer, passport, batch)


def _with_tokenizer(loaded: LoadedModel, tokenizer: Any) -> LoadedModel:
    return replace(loaded, tokenizer=tokenizer, passport=of_tokenizer(loaded.passport, tokenizer))


@contextmanager
def evaluating(model: nn.Module) -> Iterator[None]:
    """Evaluation mode for the length of the block, without dropout; afterwards each module is in the mode in which it was."""
    training = [module for module in model.modules() if module.training]
    for module in training:
        module.training = False
    try:
        yield
    finally:
        for module in training:
            module.training = True


def name_of(model: nn.Module) -> str:
    """What a model object calls itself: the name that it was loaded by, of a folder its last part; else its class.

    Example:
        >>> name_of(nn.Linear(1, 1))
        'Linear'
    """
    named = str(getattr(model, "name_or_path", "") or getattr(getattr(model, "config", None), "_name_or_path", ""))
    return (Path(named).name if Path(named).exists() else named) or type(model).__name__


def _refuse_options(model: nn.Module, device: str | None, dtype: str | None, revision: str | None) -> None:
    """Refuse to move, cast or exchange a model that belongs to the caller; what it is anyway may be said."""
    parameter = next(model.parameters(), None)
    there = "" if parameter is None else str(parameter.device)
    numbers = "" if parameter is None else str(parameter.dtype).removeprefix("torch.")
    if device not in (None, there, there.partition(":")[0]):
        raise ModelError(
            f"the model is on {there}, and device={device!r} was asked for. Move it: model.to({device!r})."
        )
    if dtype not in (None, numbers):
        raise ModelError(
            f"the model is in {numbers}, and dtype={dtype!r} was asked for. Load it so, or leave dtype out."
        )
    if revision is not None:
        raise ModelError("a model object has no revisions. Leave revision= out, or pass the model's name.")
