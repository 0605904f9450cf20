"""Which worker measures what next, and who is to blame when one is lost. Plain bookkeeping: no process, no model, no clock."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from headkb.scale.cell import Loading, SweepCell
from headkb.scale.results import Begun, CellResult, Told, now


@dataclass
class Busy:
    """A worker and what it was given.

    Attributes:
        room: Bytes that it was started for.
        holds: The model that it has loaded last.
        left: Cells that it was given and has not finished, in their order.
        begun: The one that it is at; empty while it loads.
        started: Whether it has been ready once.
        ready: Whether it can be given work.
    """

    room: int
    holds: Loading | None = None
    left: list[SweepCell] = field(default_factory=list)
    begun: str = ""
    started: bool = False
    ready: bool = False


class Schedule:
    """The cells that wait, and the workers.

    Cells that can share a pass are given out together. A worker goes on with the model that it holds; else it takes the largest model that
    nobody holds, so that the longest work begins first; else it helps with the model that has most left. What kills its worker is
    tried again by itself, so that the blame lies where it belongs, and is given up after `tries`.
    """

    def __init__(self, cells: Iterable[SweepCell], tries: int) -> None:
        """All cells wait."""
        self.tries = tries
        self.workers: dict[int, Busy] = {}
        self._waiting: dict[Loading, list[list[SweepCell]]] = {}
        self._deaths = Counter[str | Loading]()
        groups: dict[tuple[Loading, str], list[SweepCell]] = {}
        for cell in cells:
            groups.setdefault((cell.loading, cell.group), []).append(cell)
        for (loading, _), group in groups.items():
            self._waiting.setdefault(loading, []).append(group)

    @property
    def over(self) -> bool:
        """Whether no cell waits and none is being measured."""
        return not self._waiting and not any(worker.left for worker in self.workers.values())

    def waiting(self) -> int:
        """How many groups of cells wait."""
        return sum(len(groups) for groups in self._waiting.values())

    def room_for_more(self, free: int | None) -> int | None:
        """Bytes that a further worker should have, at most `free`: those of the model that it would begin with; None if nothing waits for one."""
        idle = sum(not worker.left for worker in self.workers.values())
        if self.waiting() <= idle:
            return None
        found = self._next(None, free)
        return None if found is None else found.room

    def add(self, number: int, room: int) -> None:
        """A worker is started."""
        self.workers[number] = Busy(room)

    def take(self, number: int) -> list[SweepCell]:
        """What a worker that is ready does next; empty if nothing that waits fits into its room."""
        worker = self.workers[number]
        loading = self._next(worker.holds, worker.room)
        if loading is None:
            return []
        groups = self._waiting[loading]
        worker.left, worker.holds, worker.begun, worker.ready = groups.pop(0), loading, "", False
        if not groups:
            del self._waiting[loading]
        return list(worker.left)

    def told(self, number: int, what: Told) -> CellResult | None:
        """Note what a worker tells; a result is given back, with the number of times that its cell was begun."""
        worker = self.workers[number]
        if isinstance(what, Begun):
            worker.begun = what.key
            return None
        worker.left = [cell for cell in worker.left if cell.key != what.key]
        tried = 1 + self._deaths[what.key]
        return replace(what, tries=tried) if tried > 1 else what

    def lost(self, number: int, cause: str) -> list[CellResult]:
        """A worker is gone: what it had not finished waits again, but for what was tried often enough, which is given back as poisoned."""
        worker = self.workers.pop(number)
        if not worker.left or worker.holds is None:
            return []
        blamed: str | Loading = worker.begun or worker.holds
        self._deaths[blamed] += 1
        times = self._deaths[blamed]
        if times < self.tries:
            alone = [cell for cell in worker.left if cell.key == worker.begun]
            rest = [cell for cell in worker.left if cell.key != worker.begun]
            self._waiting.setdefault(worker.holds, []).extend(group for group in (rest, alone) if group)
            return []
        why = f"its worker ended {times} times: {cause}"
        if worker.begun:
            given_up = [cell for cell in worker.left if cell.key == worker.begun]
            rest = [cell for cell in worker.left if cell.key != worker.begun]
            if rest:
                self._waiting.setdefault(worker.holds, []).append(rest)
        else:
            why = f"while the model was loaded, {why}"
            given_up = worker.left + [c for group in self._waiting.pop(worker.holds, []) for c in group]
        return [poisoned(cell, why, times) for cell in given_up]

    def refuse(self, room: int, why: str) -> list[CellResult]:
        """Give up all cells whose model takes more than `room` bytes."""
        large = [loading for loading in self._waiting if loading.room > room]
        cells = [cell for loading in large for group in self._waiting.pop(loading) for cell in group]
        return [poisoned(cell, why.format(gb=cell.loading.room / 1e9), 0, state="failed") for cell in cells]

    def _next(self, held: Loading | None, room: int | None) -> Loading | None:
        fitting = [loading for loading in self._waiting if room is None or loading.room <= room]
        if held in fitting:
            return held
        taken = {worker.holds for worker in self.workers.values() if worker.left}
        free = [loading for loading in fitting if loading not in taken]
        if free:
            return max(free, key=lambda loading: loading.room)
        return max(fitting, key=lambda loading: len(self._waiting[loading]), default=None)


def poisoned(cell: SweepCell, cause: str, tries: int, *, state: str = "poisoned") -> CellResult:
    """The result of a cell that was given up."""
    loading = cell.loading
    return CellResult(
        cell.key,
        cell.kind,
        cell.subject,
        loading.weights.id,
        loading.dtype,
        cell.seed,
        state,  # type: ignore[arg-type]
        cause,
        tries=tries,
        finished=now(),
    )


def cells_left(cells: Sequence[SweepCell], finished: Iterable[str]) -> list[SweepCell]:
    """The cells without those that are finished."""
    done = set(finished)
    return [cell for cell in cells if cell.key not in done]
