"""What any kind of workers must be able to do, and the loop that lets them carry out a sweep."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from headkb.errors import ReproductionError
from headkb.scale.cell import SweepCell
from headkb.scale.results import Begun, CellResult, Told
from headkb.scale.schedule import Schedule

TRIES = 3
"""How often a cell is begun that ends its worker each time."""
STARTS = 3
"""How often in a row a worker may end before it is ready."""
_WAIT = 0.5


@dataclass(frozen=True)
class Ready:
    """A worker can be given cells; with a fault it refuses all work."""

    fault: str = ""


@dataclass(frozen=True)
class Rested:
    """A worker has carried out all that it was given."""


@dataclass(frozen=True)
class Lost:
    """A worker is gone, and why."""

    cause: str


News: TypeAlias = Ready | Rested | Lost | Told


class Crew(Protocol):
    """Workers of one kind.

    Attributes:
        most: How many there may be at once.
    """

    most: int

    @property
    def memory(self) -> int | None:
        """Bytes for all of them together; None where somebody else counts them."""

    @property
    def largest(self) -> int | None:
        """Bytes that one of them can have at most; None where nothing says it."""

    def start(self, number: int, room: int) -> None:
        """Start a worker with room for so many bytes."""

    def send(self, number: int, cells: Sequence[SweepCell]) -> None:
        """Give cells of one model to a worker that is ready."""

    def stop(self, number: int) -> None:
        """Let a worker go."""

    def news(self, seconds: float) -> Iterable[tuple[int, News]]:
        """What workers told, waiting for it at most so long."""

    def close(self) -> None:
        """Let all workers go, in the middle of their work if need be."""


def carry_out_sweep(schedule: Schedule, crew: Crew) -> Generator[CellResult, None, None]:
    """Let workers carry out the cells of a schedule; each result comes as soon as it is there.

    Args:
        schedule: The cells, and afterwards the workers.
        crew: The workers; let go when the last result is there, or the caller stops.

    Raises:
        ReproductionError: If workers end before they are ready, again and again: nothing can be measured then.
    """
    number, unready = 0, 0
    limit = min((m for m in (crew.memory, crew.largest) if m is not None), default=None)
    try:
        if limit is not None:
            text = "a worker with its model takes about {gb:.1f} GB, and " + f"{limit / 1e9:.1f} GB are to be had"
            yield from schedule.refuse(
                limit, f"{text}. Raise memory_gb, or choose a smaller dtype or a larger machine."
            )
        while not schedule.over:
            _give_work(schedule, crew)
            while len(schedule.workers) < crew.most:
                free = None if crew.memory is None else crew.memory - sum(w.room for w in schedule.workers.values())
                room = schedule.room_for_more(free)
                if room is None:
                    break
                schedule.add(number, room)
                crew.start(number, room)
                number += 1
            for worker, news in crew.news(_WAIT):
                if isinstance(news, Ready):
                    if news.fault:
                        raise ReproductionError(news.fault)
                    schedule.workers[worker].ready = schedule.workers[worker].started = True
                    unready = 0
                elif isinstance(news, Lost):
                    unready += not schedule.workers[worker].started
                    if unready >= STARTS:
                        raise ReproductionError(f"workers end before they can work: {news.cause}")
                    yield from schedule.lost(worker, news.cause)
                elif isinstance(news, (Begun, CellResult)):
                    result = schedule.told(worker, news)
                    if result is not None:
                        yield result
                else:
                    schedule.workers[worker].ready = True
    finally:
        crew.close()


def _give_work(schedule: Schedule, crew: Crew) -> None:
    """Give cells to every worker that has none; one for which nothing is left, or nothing fits, is let go."""
    for number, worker in list(schedule.workers.items()):
        if not worker.ready:
            continue
        if cells := schedule.take(number):
            crew.send(number, cells)
        else:
            crew.stop(number)
            del schedule.workers[number]
