"""Several measurements of one model: scores that read patterns on the same prompts share a pass, and nothing is measured twice."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import TypeAlias

from torch import Tensor

from headkb.attention import read_patterns
from headkb.errors import HeadkbError
from headkb.models import LoadedModel
from headkb.reproduce.measure import Measurement, measure_request, measured, part_read
from headkb.reproduce.memory import batch_tokens
from headkb.reproduce.request import Request, check_readable, prompts_of
from headkb.scores import Reader
from headkb.tensors import Prompts

OnBatch: TypeAlias = Callable[[int, int], None]
"""(prompts done, prompts in all)."""


class Measurements:
    """Measurements of one loaded model, equal to those that `measure` makes one by one.

    What will be asked for is announced by `expect`, and given back by `release`. The first `get` of a pattern score measures all
    expected ones on the same prompts with it; only they are held meanwhile. A score that cannot read the prompts leaves the pass
    and is measured by itself, so that it fails with its own reason and the others do not.

    The seconds of a measurement are what it takes by itself: the pass, and its own reading of it.
    """

    def __init__(self, loaded: LoadedModel) -> None:
        """Nothing is measured before it is asked for."""
        self.loaded = loaded
        self._expected = Counter[str]()
        self._groups: dict[str, dict[str, Request]] = {}
        self._held: dict[str, Measurement] = {}

    def expect(self, requests: Iterable[Request]) -> None:
        """Announce requests, each as often as it will be asked for."""
        for asked in requests:
            self._expected[asked.whole()] += 1
            self._groups.setdefault(asked.of_prompts(), {})[asked.whole()] = asked

    def release(self, requests: Iterable[Request]) -> None:
        """Take the announcement back; a measurement that nobody expects any more is dropped."""
        for asked in requests:
            name, group = asked.whole(), asked.of_prompts()
            self._expected[name] -= 1
            if self._expected[name] <= 0:
                del self._expected[name]
                self._held.pop(name, None)
                self._groups.get(group, {}).pop(name, None)
                if not self._groups.get(group):
                    self._groups.pop(group, None)

    def get(self, asked: Request, on_batch: OnBatch | None = None) -> Measurement:
        """The measurement of a request; errors are those of `measure`."""
        name = asked.whole()
        if name not in self._held and asked.score.reads == "pattern":
            self._share(asked, on_batch)
        found = self._held[name] if name in self._held else measure_request(asked, self.loaded, on_batch)
        if name in self._expected:
            self._held[name] = found
        return found

    def _share(self, asked: Request, on_batch: OnBatch | None) -> None:
        """Measure all expected scores of patterns on these prompts in one pass; leave it to each alone where that fails."""
        group = self._groups.get(asked.of_prompts(), {})
        members = {n: r for n, r in group.items() if r.score.reads == "pattern" and n not in self._held}
        if len(members) < 2 or asked.whole() not in members:
            return
        try:
            prompts = prompts_of(asked, self.loaded)
        except HeadkbError:
            del self._groups[asked.of_prompts()]
            return
        readers: dict[str, _Timed] = {}
        for name, member in members.items():
            with suppress(HeadkbError):  # it is told when this one is asked for
                check_readable(member, self.loaded, prompts)
                readers[name] = _Timed(name, member.score.reader(**member.score_parameters))
        tokens = batch_tokens(self.loaded, prompts)
        while len(readers) > 1:
            for reader in readers.values():
                reader.seconds = 0.0
            start = time.process_time()
            try:
                values = read_patterns(
                    self.loaded.model,
                    prompts,
                    readers,
                    tokens_per_batch=tokens,
                    on_batch=on_batch,
                    part=part_read(asked.stack),
                )
            except _ReadingError as error:
                del readers[error.name]
                continue
            except Exception:  # out of memory, or what each score meets by itself, too
                del self._groups[asked.of_prompts()]
                return
            passed = time.process_time() - start - sum(reader.seconds for reader in readers.values())
            for name, reader in readers.items():
                seconds = passed + reader.seconds
                self._held[name] = measured(members[name], self.loaded, prompts, values[name], tokens, seconds)
            return


class _ReadingError(Exception):
    """One score could not read a pattern."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class _Timed:
    """A reader with the processor time that it took; its errors say whose they are."""

    def __init__(self, name: str, reader: Reader) -> None:
        self.name, self.reader, self.seconds = name, reader, 0.0

    def __call__(self, pattern: Tensor, prompts: Prompts) -> Tensor:
        start = time.process_time()
        try:
            value = self.reader(pattern, prompts)
        except Exception as error:
            raise _ReadingError(self.name) from error
        finally:
            self.seconds += time.process_time() - start
        return value
