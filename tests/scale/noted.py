"""A plug-in for the tests of sweeps: a score that notes each time it is computed, and does a deed that its name says."""

import os
import signal
import time
from pathlib import Path

import torch

from headkb.scores import score


@score("noted", prompts="random-tokens")
def noted(model, prompts, *, name: str = ""):
    """A number by the seed alone, unless the name says to raise, to end the process, or to hang."""
    folder = Path(os.environ["NOTES"])
    with (folder / "notes").open("a") as notes:
        print(name, os.getpid(), file=notes, flush=True)
    healed = (folder / "healed").exists()
    if name.startswith("raises") and not healed:
        raise RuntimeError("the inner part of torch")
    if name.startswith("once") and not (folder / name).exists():
        (folder / name).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    if name.startswith("deadly") and not healed:
        os.kill(os.getpid(), signal.SIGKILL)
    if name.startswith("hangs") and not healed:
        time.sleep(600)
    layers, heads = model.config.num_hidden_layers, model.config.num_attention_heads
    return torch.full((len(prompts.tokens), layers, heads), 0.5)
