"""One process of a tensor-parallel run: `torchrun --nproc-per-node 2 one_rank.py FOLDER` writes what each rank sees."""

import os
import sys

import torch
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.tensor.parallel import ColwiseParallel, RowwiseParallel, parallelize_module
from torch.distributed.tensor.parallel.style import ParallelStyle

from headkb.attention import head_shape, read_patterns, run, zero
from tests.attention.architectures import build, prompts


def main(folder: str) -> None:
    """Shard the model's attention and MLPs over the ranks, and save this rank's scores and logits."""
    torch.set_num_threads(1)
    model, given = build("llama"), prompts()
    plan: dict[str, ParallelStyle] = {f"self_attn.{name}_proj": ColwiseParallel() for name in "qkv"} | {
        "self_attn.o_proj": RowwiseParallel()
    }
    plan |= {f"mlp.{name}_proj": ColwiseParallel() for name in ("gate", "up")} | {"mlp.down_proj": RowwiseParallel()}
    mesh = init_device_mesh("cpu", (2,))
    for layer in model.model.layers:
        parallelize_module(layer, mesh, plan)
    rank = torch.distributed.get_rank()
    with torch.no_grad():
        plain = model(given.tokens, attention_mask=given.mask.long()).logits
        # Only the rank that owns a head silences it: head 2 of layer 1 is the second rank's first.
        edited = run(model, given, [zero([(1, 0)])] if rank == 1 else [])
    scores = read_patterns(model, given, {"r": lambda pattern, _: pattern[..., 0].mean(-1)})["r"]
    found = {"scores": scores, "plain": plain, "edited": edited, "n_heads": head_shape(model).n_heads}
    torch.save(found, f"{folder}/rank{rank}.pt")
    torch.distributed.barrier()


if __name__ == "__main__":
    main(sys.argv[1])
    # An ordinary end takes down the interpreter while the threads of the process group still run, and now and then aborts by that.
    os._exit(0)
