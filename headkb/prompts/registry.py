"""The registry of prompt generators, the one door to them, and the hash that names the prompts."""

from __future__ import annotations

import functools
import hashlib
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, ParamSpec

import torch
from torch import Tensor

from headkb.errors import HeadkbError, UnknownNameError
from headkb.keywords import COUNTS, Keyword, keywords_of, typed, value_of
from headkb.prompts.drafts import Drafts, collect
from headkb.prompts.fit import fit
from headkb.prompts.vocabularies import VocabularySource, vocabulary
from headkb.tensors import Prompts

P = ParamSpec("P")


@dataclass(frozen=True)
class Generator:
    """A way to make prompts.

    Attributes:
        id: Permanent name, kebab-case.
        version: Changes when the same seed gives other prompts.
        function: `(vocabulary, n, generator, *, bos, …) -> Prompts`.
        needs_tokenizer: Whether a bare vocabulary size is not enough.
        needs_tokens: Whether the model must read tokens at all.
    """

    id: str
    version: int
    function: Callable[..., Prompts]
    needs_tokenizer: bool = False
    needs_tokens: bool = True

    @property
    def summary(self) -> str:
        """The first line of the function's docstring."""
        return (inspect.getdoc(self.function) or "").partition("\n")[0]

    @functools.cached_property
    def parameters(self) -> Mapping[str, Any]:
        """Keywords of the generator with their defaults."""
        signature = inspect.signature(self.function)
        return {p.name: p.default for p in signature.parameters.values() if p.kind is inspect.Parameter.KEYWORD_ONLY}

    @functools.cached_property
    def keywords(self) -> Mapping[str, Keyword]:
        """Keywords of the generator with what their annotations allow."""
        return keywords_of(self.function)

    @property
    def choices(self) -> Mapping[str, tuple[str, ...]]:
        """The words of each keyword that takes some words alone."""
        return {name: keyword.choices for name, keyword in self.keywords.items() if keyword.choices}

    def typed(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """The values in the types of their keywords.

        Raises:
            UnknownNameError: If the generator has no such keyword; with near names, and all that there are.
            HeadkbError: If a keyword does not take the value; with what it takes.
        """
        for key in parameters:
            if key not in self.parameters:
                known = ", ".join(self.parameters)
                raise UnknownNameError(f"parameter of {self.id}", key, self.parameters, f"It has {known}.")
        return typed(self.id, self.keywords, parameters)


GENERATORS: dict[str, Generator] = {}
"""Id → generator: those of headkb, filled as its modules are imported, and those of plug-ins."""


def generator(
    id: str,  # noqa: A002 - the record's own word
    *,
    version: int = 1,
    needs_tokenizer: bool = False,
    needs_tokens: bool = True,
    derived: Mapping[str, tuple[str, int]] | None = None,
) -> Callable[[Callable[P, Prompts] | Callable[P, Drafts]], Callable[P, Prompts]]:
    """Register a function as a prompt generator; what it takes and returns is said in `headkb.prompts`.

    One that yields candidates need not choose: the first `n` that the tokenizer can write become the prompts, see `headkb.prompts.drafts`.
    Its keywords are those of its signature, their choices those of a `Literal`, and its summary is the first line of its docstring.

    Args:
        id: Permanent name, kebab-case.
        version: Raise it whenever the same seed gives other prompts.
        needs_tokenizer: Whether a bare vocabulary size is not enough.
        needs_tokens: Whether the model must read tokens at all.
        derived: Places that follow from others in what the function yields, see `headkb.prompts.drafts.collect`.

    Raises:
        HeadkbError: If another function has that id.

    Example:
        >>> @generator("all-zero")
        ... def all_zero(vocabulary, n, generator, *, length=4):
        ...     '''Nothing but the first token.'''
        ...     return Prompts.of(vocabulary.drawable[:1].expand(n, length))
        >>> make_prompts("all-zero", 9, n=2).tokens.tolist()
        [[0, 0, 0, 0], [0, 0, 0, 0]]
        >>> GENERATORS.pop("all-zero").summary
        'Nothing but the first token.'
    """

    def register(function: Callable[P, Prompts] | Callable[P, Drafts]) -> Callable[P, Prompts]:
        signature = inspect.signature(function)

        @functools.wraps(function)
        def checked(*args: P.args, **parameters: P.kwargs) -> Prompts:
            given: dict[str, Any] = entry.typed(parameters)
            call = signature.bind(*args, **given)
            value_of(f"n of {id}", COUNTS["n"], call.arguments.get("n"))
            result = function(*call.args, **call.kwargs)
            if isinstance(result, Prompts):
                return result
            call.apply_defaults()
            words, n, bos = (call.arguments[name] for name in ("vocabulary", "n", "bos"))
            return collect(words, n, result, bos, id, derived=derived)

        entry = Generator(id, version, checked, needs_tokenizer, needs_tokens)
        there = GENERATORS.get(id)
        # Running the same file once more, as a notebook does, replaces its own generator.
        if there is not None and _place(there.function) != _place(function):
            raise HeadkbError(
                f"{_place(function)} registers the generator {id!r}, which {_place(there.function)} has registered. "
                "Choose another id."
            )
        GENERATORS[id] = entry
        return checked

    return register


def _place(function: Callable[..., Any]) -> str:
    return f"{function.__module__}.{function.__qualname__}"


def get_generator(name: str) -> Generator:
    """The generator of that id. Raises UnknownNameError with near names."""
    if name not in GENERATORS:
        raise UnknownNameError("prompt generator", name, GENERATORS, f"There are {', '.join(GENERATORS)}.")
    return GENERATORS[name]


def make_prompts(
    name: str, source: VocabularySource, n: int, seed: int = 0, *, part: str | None = None, **parameters: Any
) -> Prompts:
    """Prompts of a generator, the same for the same arguments on every machine.

    Args:
        name: Id of the generator.
        source: The loaded model, its tokenizer, or the size of its vocabulary if it has none.
        n: Number of prompts.
        seed: Seed of all randomness.
        part: Of a loaded encoder–decoder model, the part whose attention is to be read; by default the decoder.
        **parameters: Keywords of the generator, e.g. `period=25, bos="first"`.

    Returns:
        Prompts whose meta names the generator, its version, the seed, the tokenizer and every parameter, defaults included.
        For an encoder–decoder model, `decoder` holds the same tokens; for one that sees or hears, `inputs` holds noise.

    Raises:
        UnknownNameError: If there is no such generator, or it has no such parameter or choice.
        HeadkbError: If the prompts cannot be made as asked.

    Example:
        >>> make_prompts("repeated-random-tokens", 512, n=2, period=3, bos="none").tokens.shape
        torch.Size([2, 6])
    """
    entry = get_generator(name)
    words = vocabulary(source)
    if entry.needs_tokens and words.rows == 0:
        raise HeadkbError(f"{words.name} reads no tokens, so {name} has nothing to write with. Use noise-inputs.")
    asked = typed(name, COUNTS, {"n": n, "seed": seed})
    n, seed, parameters = asked["n"], asked["seed"], entry.typed(parameters)
    prompts = entry.function(words, n, torch.Generator().manual_seed(seed), **parameters)
    facts = {
        "generator": name,
        "generator_version": entry.version,
        "n": n,
        "seed": seed,
        "tokenizer": words.name,
        "parameters": {**entry.parameters, **parameters},
    }
    passport: Any = getattr(source, "passport", None)
    paired = passport is not None and any(stack.part == "decoder" for stack in passport.stacks)
    if paired:
        facts |= {"part": passport.stack(part).part, "decoder_reads": "the same prompt"}
    prompts = replace(prompts, meta={**facts, **prompts.meta})
    return prompts if passport is None else fit(prompts, words, paired=paired, seed=seed)


def prompts_hash(prompts: Prompts) -> str:
    """SHA-256 over what a model and a score see: tokens, mask, named positions, images or sound, with their shapes.

    Ids under padding do not count, nor does `meta`, so the same inputs made in another way have the same hash.

    Example:
        >>> prompts_hash(Prompts.of(torch.tensor([[1, 2]])))[:8]
        '26bba041'
    """
    digest = hashlib.sha256(b"headkb prompts 1")

    def add(name: str, tensor: Tensor) -> None:
        whole = tensor.detach().cpu().long().contiguous()
        digest.update(f"\n{name} {tuple(whole.shape)} ".encode())
        digest.update(whole.numpy().astype("<i8").tobytes())

    add("tokens", prompts.tokens.masked_fill(~prompts.mask, -1))
    add("mask", prompts.mask)
    for name in sorted(prompts.positions):
        add(name, prompts.positions[name])
    for name, values in sorted(prompts.inputs.items()):
        digest.update(f"\n{name} {tuple(values.shape)} ".encode())
        digest.update(values.detach().cpu().float().contiguous().numpy().astype("<f4").tobytes())
    if prompts.decoder is not None:
        digest.update(f"\ndecoder {prompts_hash(prompts.decoder)}".encode())
    return digest.hexdigest()
