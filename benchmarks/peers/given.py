"""What the tasks beside this file are given: one model in three forms, tokens, and prompts with a contrast."""

from __future__ import annotations

import copy
import itertools
import tempfile
from functools import partial
from typing import Any, cast

import torch

import headkb
from headkb.attention import observe
from headkb.models import load_model
from headkb.prompts import make_prompts
from headkb.scores import induction
from headkb.tensors import Prompts

PERIOD, PROMPTS = 10, 40


def model_of_the_tasks() -> dict[str, Any]:
    """What needs headkb alone."""
    loaded = load_model("organism-tasks")
    model = loaded.model
    repeated = make_prompts("repeated-random-tokens", loaded, n=4, period=PERIOD, bos="none").tokens
    every = make_prompts("ioi", loaded, n=PROMPTS)
    length = int(every.lengths.mode().values)
    # Of one length, so that the answer is due at the last position of all.
    prompts = every.select(cast(Any, every.lengths == length))
    assert loaded.tokenizer is not None
    text = loaded.tokenizer.decode(prompts.tokens[0], skip_special_tokens=True)
    answers, wrong = prompts.paired["answers"], prompts.paired["wrong"]

    def metric(logits: torch.Tensor) -> torch.Tensor:
        """Mean logit difference at the last position."""
        last = logits[:, -1]
        return (last.gather(1, answers[:, None]) - last.gather(1, wrong[:, None])).mean()

    n_layers, n_heads = model.config.num_hidden_layers, model.config.num_attention_heads
    assert prompts.corrupted is not None
    return {
        "headkb": headkb,
        "Prompts": Prompts,
        "induction": induction,
        "itertools": itertools,
        "partial": partial,
        "torch": torch,
        "loaded": loaded,
        "model": model,
        "n_layers": n_layers,
        "n_heads": n_heads,
        "d_head": model.config.head_dim,
        "heads": [f"L{layer}H{head}" for layer in range(n_layers) for head in range(n_heads)],
        "period": PERIOD,
        "repeated": repeated,
        "attention": observe(model, Prompts.of(repeated), {"pattern"})["pattern"][:, 1],
        "prompts": prompts,
        "text": text,
        "clean": prompts.tokens,
        "corrupted": prompts.corrupted.tokens,
        "answers": answers,
        "wrong": wrong,
        "metric": metric,
    }


def peers(given: dict[str, Any]) -> dict[str, Any]:
    """The same model as TransformerLens and nnsight hold it; both have to be installed."""
    import nnsight
    import pandas
    import transformer_lens.model_bridge as bridge
    import transformers

    with tempfile.TemporaryDirectory() as folder:
        given["loaded"].tokenizer.save_pretrained(folder)
        tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
        own = copy.deepcopy(given["model"])
        own.config.architectures = [type(own).__name__]
        lens = bridge.TransformerBridge.boot_transformers("organism-tasks", hf_model=own, tokenizer=tokenizer)
    wrapped = nnsight.LanguageModel(given["model"], tokenizer=tokenizer)
    return {"lens": lens, "wrapped": wrapped, "nnsight": nnsight, "pandas": pandas}
