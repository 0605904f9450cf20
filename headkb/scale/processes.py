"""Workers on this machine, a process each."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Iterator, Sequence
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any

from headkb.errors import HeadkbError
from headkb.scale.cell import SweepCell
from headkb.scale.crew import Lost, News, Ready, Rested
from headkb.scale.worker import CellWorker, Setup

_PATIENCE = 5.0


class LocalCrew:
    """Processes of this machine; its members are those of `headkb.scale.crew.Crew`."""

    def __init__(self, setup: Setup, most: int, memory: int | None, gpus: float | None = None) -> None:
        """Start nothing yet.

        Args:
            setup: What each worker is told.
            most: How many there may be.
            memory: Bytes for all of them.
            gpus: GPUs of each; None = they run on the CPU.
        """
        self.most, self.memory, self.largest = most, memory, None
        self._setup, self._gpus = setup, gpus
        self._workers: dict[int, tuple[Any, BaseProcess, int]] = {}
        self._leaving: list[BaseProcess] = []

    def start(self, number: int, room: int) -> None:
        """Start a process; the room is not enforced."""
        taken = {slot for *_, slot in self._workers.values()}
        slot = next(n for n in range(len(taken) + 1) if n not in taken)
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=_main, args=(theirs, self._setup), name=f"headkb-{number}", daemon=True)
        with _visible(self._devices(slot)):
            process.start()
        theirs.close()
        self._workers[number] = ours, process, slot

    def send(self, number: int, cells: Sequence[SweepCell]) -> None:
        """Give cells to a worker; one that is gone meanwhile is told by `news`."""
        with contextlib.suppress(OSError):
            self._workers[number][0].send(list(cells))

    def stop(self, number: int) -> None:
        """Let a worker end by itself."""
        pipe, process, _ = self._workers.pop(number)
        with contextlib.suppress(OSError):
            pipe.send(None)
        self._leaving.append(process)

    def news(self, seconds: float) -> Iterator[tuple[int, News]]:
        """What workers told; a closed pipe is a worker that is gone."""
        pipes: dict[Any, int] = {pipe: number for number, (pipe, *_) in self._workers.items()}
        ready: list[Any] = wait(list(pipes), seconds)
        for pipe in ready:
            number, told = pipes[pipe], None
            try:
                told = pipe.recv()
            except Exception:  # the end of the pipe, or half of a message
                process = self._workers.pop(number)[1]
                process.join(_PATIENCE)
                told = Lost(_cause(process.exitcode))
            yield number, told

    def close(self) -> None:
        """End all workers."""
        processes = [process for _, process, _ in self._workers.values()]
        self._workers.clear()
        for process in processes:
            process.terminate()
        until = time.monotonic() + _PATIENCE
        for process in [*processes, *self._leaving]:
            process.join(max(0.1, until - time.monotonic()))
            if process.is_alive():
                process.kill()
                process.join()
        self._leaving.clear()

    def _devices(self, slot: int) -> str | None:
        """The GPUs that a worker sees, as CUDA_VISIBLE_DEVICES; None = as this process does."""
        if self._gpus is None:
            return None
        first = int(slot * self._gpus)
        numbers = range(first, first + max(1, int(self._gpus)))
        ours = [name for name in os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",") if name]
        return ",".join(ours[n] if n < len(ours) else str(n) for n in numbers)


@contextlib.contextmanager
def _visible(devices: str | None) -> Iterator[None]:
    """Start a process that sees these GPUs."""
    before = os.environ.get("CUDA_VISIBLE_DEVICES")
    if devices is not None:
        os.environ["CUDA_VISIBLE_DEVICES"] = devices
    try:
        yield
    finally:
        if devices is not None:
            os.environ.pop("CUDA_VISIBLE_DEVICES")
            if before is not None:
                os.environ["CUDA_VISIBLE_DEVICES"] = before


def _main(pipe: Connection[Any, Any], setup: Setup) -> None:
    """What a worker's process does. Ctrl-C is for the process that started it, whose end closes the pipe."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.dup2(2, 1)  # stdout is for results
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        try:
            worker = CellWorker(setup)
        except HeadkbError as error:
            pipe.send(Ready(str(error)))
            return
        pipe.send(Ready())
        while (cells := pipe.recv()) is not None:
            for told in worker.work(cells):
                pipe.send(told)
            pipe.send(Rested())
    except (EOFError, BrokenPipeError, ConnectionResetError):
        pass


def _end_with_parent() -> None:
    """End when the process that started this one is gone, in the middle of a cell too: nobody would take its result."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _cause(code: int | None) -> str:
    """Why a process is gone, from its exit code."""
    if code is None or code >= 0:
        return f"it ended with exit code {code}"
    with contextlib.suppress(ValueError):
        name = signal.Signals(-code).name
        killed = ", as the system does where memory runs out" if name == "SIGKILL" else ""
        return f"it was ended by {name}{killed}"
    return f"it was ended by signal {-code}"
