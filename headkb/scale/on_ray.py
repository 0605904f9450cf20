"""Workers on a Ray cluster, an actor each. The only module that knows Ray."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import Any

# Ray would print what its daemons say of a lost worker among our results; it reads this when it is imported.
os.environ.setdefault("RAY_DEDUP_LOGS_SKIP_REGEX", ".")

import ray

from headkb.errors import HeadkbError
from headkb.scale.cell import SweepCell
from headkb.scale.crew import Lost, News, Ready, Rested
from headkb.scale.results import Told
from headkb.scale.worker import CellWorker, Setup


class _Actor:
    """A worker in a process of Ray."""

    def __init__(self, setup: Setup) -> None:
        self.fault = ""
        try:
            self.worker = CellWorker(setup)
        except HeadkbError as error:
            self.fault = str(error)

    def ready(self) -> str:
        return self.fault

    def work(self, cells: list[SweepCell]) -> Iterator[Told]:
        yield from self.worker.work(cells)


class RayCrew:
    """Actors of a cluster; its members are those of `headkb.scale.crew.Crew`. Ray places each where its CPUs, memory and GPUs are free."""

    def __init__(self, setup: Setup, address: str, jobs: int | None, cpus: int, gpus: float | None) -> None:
        """Connect to a cluster, or start one on this machine.

        Args:
            setup: What each worker is told.
            address: `HOST:PORT`; `local` = a new one on this machine; empty = one that runs already, else a new one.
            jobs: How many workers there may be; None = as many as the cluster has room for.
            cpus: CPUs of each.
            gpus: GPUs of each; None = none.

        Raises:
            HeadkbError: If there is no cluster at the address, or it has nothing for a worker.
        """
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
        if address.startswith("ray://"):
            raise HeadkbError(
                f"{address} is a Ray Client address, which carries no streams. Give HOST:PORT of the head node, from a node."
            )
        _connect(address, None if jobs is None else jobs * cpus)
        total = ray.cluster_resources()
        fit = int(total.get("CPU", 0) // cpus)
        if gpus is not None:
            fit = min(fit, int(total.get("GPU", 0) / gpus))
        if fit < 1:
            ray.shutdown()
            wanted = f"{cpus} CPUs" + ("" if gpus is None else f" and {gpus:g} GPUs")
            raise HeadkbError(f"the Ray cluster has no room for one worker, which takes {wanted}. Lower cpus or gpus.")
        self.most, self.memory = min(fit, jobs or fit), None
        nodes = [node["Resources"].get("memory", 0) for node in ray.nodes() if node["Alive"]]
        self.largest = int(max(nodes)) or None
        self._setup, self._cpus, self._gpus = ray.put(setup), cpus, gpus
        self._actors: dict[int, Any] = {}
        self._waited: dict[
            Any, int
        ] = {}  # what is to come of a worker: that it is ready, or the stream of what it tells

    def start(self, number: int, room: int) -> None:
        """Ask for an actor with so much memory."""
        needs = {"num_cpus": self._cpus, "memory": room, **({} if self._gpus is None else {"num_gpus": self._gpus})}
        actor = ray.remote(max_restarts=0, max_task_retries=0, **needs)(_Actor).remote(self._setup)
        self._actors[number] = actor
        self._waited[actor.ready.remote()] = number

    def send(self, number: int, cells: Sequence[SweepCell]) -> None:
        """Give cells to an actor, which tells its results as a stream."""
        stream = self._actors[number].work.options(num_returns="streaming").remote(list(cells))
        self._waited[stream] = number

    def stop(self, number: int) -> None:
        """End an actor."""
        ray.kill(self._actors.pop(number))

    def news(self, seconds: float) -> Iterator[tuple[int, News]]:
        """What actors told."""
        ready, _ = ray.wait(list(self._waited), num_returns=1, timeout=seconds)
        while ready:
            number = self._waited[ready[0]]
            news = self._next(ready[0])
            if not isinstance(news, Told):
                del self._waited[ready[0]]
            if isinstance(news, Lost):
                ray.kill(self._actors.pop(number))
            yield number, news
            if not self._waited:
                return
            ready, _ = ray.wait(list(self._waited), num_returns=1, timeout=0)

    def close(self) -> None:
        """End all actors, and the cluster if it was started here."""
        for number in list(self._actors):
            self.stop(number)
        self._waited.clear()
        ray.shutdown()

    def _next(self, waited: Any) -> News:
        """The next of what an actor told."""
        try:
            if isinstance(waited, ray.ObjectRef):
                return Ready(str(ray.get(waited)))
            told: Told = ray.get(next(waited))
        except StopIteration:
            return Rested()
        except Exception as error:
            return Lost(_cause(error))
        return told


def _connect(address: str, cpus: int | None) -> None:
    """Connect to a cluster, or start one on this machine with so many CPUs."""
    quiet: dict[str, Any] = {"log_to_driver": False, "logging_level": "error"}
    if address != "local":
        try:
            ray.init(address=address or "auto", **quiet)
            return
        except (ConnectionError, ValueError, RuntimeError) as error:
            if address:
                raise HeadkbError(
                    f"there is no Ray cluster at {address} ({str(error).splitlines()[0]}). `ray start --head` starts one; --ray "
                    "without an address uses one that runs here, or starts one."
                ) from None
    ray.init(address="local", num_cpus=cpus, include_dashboard=False, **quiet)


def _cause(error: Exception) -> str:
    """Why an actor is gone, on one line."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return f"{type(error).__name__}: {' '.join(lines)[:400]}"
