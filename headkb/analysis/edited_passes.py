"""The passes of a model that is edited: where each begins, which part of a sequence it computes, and what its edits make of it.

Hooks stand on the model and on each module around its attention calls. The outermost of these that is called begins a pass, whose edits
are made and undone with it, so that what they need to know of a pass (its place in the sequence, its rows) is never that of another one.
Which head a softmax belongs to is told by the module that is running, so that passes which leave out the encoder are edited rightly, too.
"""

from __future__ import annotations

import inspect
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from typing import Any
from weakref import WeakKeyDictionary

import torch
from torch import Tensor, nn

from headkb.attention import Edit, Site, anatomy
from headkb.attention.edits import Span, changed_call, z_changes
from headkb.attention.hooks import at_z, held, removing
from headkb.attention.parts import CACHE_NAMES
from headkb.attention.tap import Call, Tap, is_compiled, open_tap, tapped
from headkb.errors import ModelError, ShapeError
from headkb.inputs import is_paired


class StackEdits:
    """What one `with` block asks for: edits of one stack."""

    def __init__(self, sites: Sequence[Site], edits: Sequence[Edit]) -> None:
        self.sites, self.edits = sites, edits
        self.at_z = any(edit.at == "z" for edit in edits)
        self.layers = {layer for edit in edits if edit.at != "z" for layer, _ in edit.heads}


class _Running(threading.local):
    """A thread's own pass: the modules that it is in, and what undoes its edits."""

    def __init__(self) -> None:
        self.modules: list[nn.Module] = []
        self.undo = ExitStack()
        self.groups: set[tuple[int, int]] = set()


class _Passes:
    """The hooks of a model that has edits, and the edits of all blocks that it is in."""

    def __init__(self, model: nn.Module) -> None:
        self.model, self.parts, self.asked = model, anatomy(model), list[StackEdits]()
        self.running = _Running()

    @contextmanager
    def hooked(self) -> Iterator[None]:
        """Hooks on the model and on all modules around its attention calls, so that a pass of any of them is noticed."""
        names = {id(module): name for name, module in self.model.named_modules()}
        around = {""}
        for site in self.parts.sites:
            steps = names[id(site.module)].split(".")
            around |= {".".join(steps[:depth]) for depth in range(1, len(steps) + 1)}
        handles: list[Any] = []
        for module in (self.model.get_submodule(name) for name in sorted(around)):
            # Before other hooks: nothing may see a pass that is not edited yet.
            handles.append(module.register_forward_pre_hook(self._enter, prepend=True, with_kwargs=True))
            handles.append(module.register_forward_hook(self._leave, always_call=True))
        with ExitStack() as stack:
            # Compiled graphs know nothing of hooks, and on other devices generate may compile what it calls.
            if is_compiled(self.model) or next(self.model.parameters()).device.type != "cpu":
                stack.enter_context(torch.compiler.set_stance("force_eager"))
            stack.enter_context(removing(handles))
            stack.callback(self._end)
            yield

    def _enter(self, module: nn.Module, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
        running = self.running
        if any(module is other for other in running.modules):
            self._end()  # a pass before was interrupted, and nothing told of its end
        running.modules.append(module)
        if len(running.modules) == 1:
            self._begin(_arguments(module, args, kwargs))

    def _leave(self, module: nn.Module, *_: Any) -> None:
        modules = self.running.modules
        if modules and modules[-1] is module:
            modules.pop()
            if not modules:
                self._end()

    def _end(self) -> None:
        self.running.modules.clear()
        self.running.undo.close()

    def _begin(self, given: Mapping[str, Any]) -> None:
        """Make the edits of a pass with these arguments."""
        undo, inputs = self.running.undo, _inputs(given)
        undo.enter_context(_ONE)
        changes: list[Callable[[Call], Call | None]] = []
        for asked in reversed(self.asked):  # what is put before all other hooks last, runs first
            start = 0 if asked.sites[0].part == "encoder" else _start(given, asked)
            ids = given.get("input_ids") if asked.sites[0].part == "self" else None
            count = ids.shape[1] if isinstance(ids, Tensor) and ids.dim() == 2 else None
            span = Span(start, count, self._rows(inputs, start))
            if asked.at_z:
                undo.enter_context(at_z(asked.sites, z_changes(asked.edits, span)))
            if asked.layers:
                changes.insert(0, self._watched(asked, span, undo))
        if not changes:
            return

        def mine(call: Call) -> Call | None:
            now = call
            for change in changes:
                now = change(now) or now
            return None if now is call else now

        if (tap := open_tap()) is None:
            rows = 1 if inputs is None else len(inputs)
            undo.enter_context(tapped(self.model, Tap(see=_seen(mine, None), batch=rows), self.parts.route))
        else:  # somebody observes this pass
            undo.enter_context(held(vars(tap), {"see": _seen(mine, tap.see)}))

    def _watched(self, asked: StackEdits, span: Span, undo: ExitStack) -> Callable[[Call], Call | None]:
        """The change to an attention call: that of the site whose module is running; of a module that layers share, in their order."""
        now: list[Site | None] = [None]
        handles: list[Any] = []
        for module in {id(site.module): site.module for site in asked.sites}.values():
            turns = iter([site for site in asked.sites if site.module is module])

            def enter(*_: Any, turns: Iterator[Site] = turns) -> None:
                now[0] = next(turns, None)

            def leave(*_: Any) -> None:
                now[0] = None

            handles.append(module.register_forward_pre_hook(enter))
            handles.append(module.register_forward_hook(leave, always_call=True))
        undo.enter_context(removing(handles))

        def change(call: Call) -> Call | None:
            site = now[0]
            if site is None or site.layer not in asked.layers:
                return None
            assert span.start is not None
            queries, keys = call.pattern.shape[-2:]
            # A cache of a window holds the last keys alone, one of a fixed size has room after them.
            first_key = 0 if site.part in ("cross", "encoder") else max(0, span.start + queries - keys)
            return changed_call(asked.edits, site.layer, call, span, first_key)

        return change

    def _rows(self, inputs: Tensor | None, start: int) -> Callable[[Tensor, int], Tensor]:
        """What gives each row of a pass the row of its prompt: the same number, one for all, or one for the beams of each prompt."""
        groups = self.running.groups
        if start == 0:
            groups.clear()

        def rows(given: Tensor, count: int) -> Tensor:
            n = len(given)
            if n == count:
                return given
            if n == 1:
                return given.expand(count, *given.shape[1:])
            whole = start == 0 and inputs is not None and len(inputs) == count and not is_paired(self.model)
            if whole and inputs is not None and count % n == 0:
                some = inputs.view(n, count // n, *inputs.shape[1:])
                if bool((some == some[:, :1]).all()):  # as generate repeats prompts; in later passes beams differ
                    groups.add((n, count))
            if (n, count) in groups:
                return given.repeat_interleave(count // n, 0)
            raise ShapeError(
                f"an edit holds something for each of {n} prompts, and this pass has {count} rows. Give it one row for each row of the batch "
                f"(with beams x.repeat_interleave(beams, 0)), or a single one for all."
            )

        return rows


_OF: WeakKeyDictionary[nn.Module, _Passes] = WeakKeyDictionary()
_ONE = threading.RLock()  # one edited pass at a time, since hooks are seen by all threads


@contextmanager
def passes_of(model: nn.Module, asked: StackEdits) -> Iterator[None]:
    """Make these edits in every pass of the model, together with those of other blocks that it is in."""
    with ExitStack() as stack:
        if (passes := _OF.get(model)) is None:
            passes = _OF[model] = _Passes(model)
            stack.callback(_OF.pop, model)
            stack.enter_context(passes.hooked())
        passes.asked.append(asked)
        stack.callback(passes.asked.remove, asked)
        yield


def _seen(
    mine: Callable[[Call], Call | None], theirs: Callable[[Call], Tensor | None] | None
) -> Callable[[Call], Tensor | None]:
    """The function of a tap that makes our changes, and shows the changed call to another one."""

    def see(call: Call) -> Tensor | None:
        new = mine(call)
        later = None if theirs is None else theirs(new or call)
        return later if later is not None or new is None else new.pattern

    return see


def _arguments(module: nn.Module, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of a call by name."""
    named = inspect.signature(module.forward).bind_partial(*args, **kwargs).arguments if args else {}
    return {**named, **kwargs}


def _inputs(given: Mapping[str, Any]) -> Tensor | None:
    """What a pass reads, first axis its rows."""
    names = ("decoder_input_ids", "decoder_inputs_embeds", "input_ids", "inputs_embeds", "hidden_states", *given)
    return next((given[name] for name in names if isinstance(given.get(name), Tensor) and given[name].dim() > 1), None)


def _start(given: Mapping[str, Any], asked: StackEdits) -> int:
    """The position of the first query of a pass: as many as the cache holds.

    Raises:
        ModelError: If the cache does not tell, and an edit needs to know.
    """
    cache = next((given[name] for name in CACHE_NAMES if given.get(name) is not None), None)
    if cache is None:
        return 0
    held_by: list[int] = []
    for site in asked.sites:  # layers may share the keys of others, and then have no place of their own in the cache
        with suppress(AttributeError, IndexError, TypeError, ValueError):
            held_by.append(int(cache.get_seq_length(site.layer)))
    if held_by:
        return max(held_by)
    if any(edit.positions is not None or edit.keys is not None or edit.source is not None for edit in asked.edits):
        raise ModelError(
            f"a cache of type {type(cache).__name__} does not tell how many positions it holds, which an edit with positions needs. "
            "Generate with use_cache=False."
        )
    return 0
