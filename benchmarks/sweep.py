"""What does Ray cost a sweep, against plain processes of the same machine, and are all cells there and each measured once?

    python benchmarks/sweep.py [--rounds 3] [--seeds 12] [--prompts 400] [--workers 2]

The cells are one score on two organisms, one to three seconds each. The two ways alternate, each time in a process of its own. Figures
are CPU seconds of the process, its workers and all that Ray starts, from the moment when every worker is ready to the last result; wall
clock and the start are told beside them, and mean little on a busy machine. Afterwards a sweep on Ray in which a worker is killed.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FILE = """\
models: [organism-tasks, organism-markov]
scores: [{score}]
seeds: {seeds}
prompts: {prompts}
"""


def ours() -> list[Any]:
    """This process, all below it, and what a Ray that it started runs beside it."""
    import psutil

    me = psutil.Process()
    found = {process.pid: process for process in [me, *me.children(recursive=True)]}
    for process in psutil.process_iter(["pid", "create_time", "cmdline"]):
        words = " ".join(process.info["cmdline"] or ())
        if process.info["create_time"] > me.create_time() and (
            "/tmp/ray/session_" in words or words.startswith("ray:")
        ):
            found.setdefault(process.pid, process)
    return list(found.values())


def cpu_seconds() -> float:
    """Of all of them, until now."""
    import psutil

    total = 0.0
    for process in ours():
        try:
            times = process.cpu_times()
        except psutil.Error:
            continue
        total += times.user + times.system
    return total


def one(way: str, file: Path, workers: int, kill: bool) -> dict[str, Any]:
    """Carry out a file's cells; what it took, in seconds."""
    from headkb import load_catalog
    from headkb.scale import LocalCrew, Schedule, carry_out_sweep, cells_of, read_sweep, setup_of
    from headkb.scale.crew import Crew, Ready
    from headkb.scale.results import Begun

    begun, ready = Counter[str](), list[tuple[float, float]]()
    start = time.monotonic()
    catalog = load_catalog()
    read = read_sweep(file)
    cells = cells_of(read, catalog)
    setup = setup_of(catalog.root, [], 1)
    crew: Crew
    if way == "ray":
        from headkb.scale.on_ray import RayCrew

        crew = RayCrew(setup, "local", workers, 1, None)
    else:
        crew = LocalCrew(setup, workers, None)
    inner = crew.news

    def news(seconds: float) -> Iterator[tuple[int, Any]]:
        for number, what in inner(seconds):
            if isinstance(what, Ready):
                ready.append((time.monotonic(), cpu_seconds()))
            if isinstance(what, Begun) and what.key:
                begun[what.key] += 1
            yield number, what

    crew.news = news  # type: ignore[method-assign]
    crew.stop = lambda number: None  # type: ignore[method-assign]  # so that its seconds are not gone before they are read
    results, end = [], (0.0, 0.0)
    schedule = Schedule(cells, 3)
    sweep = carry_out_sweep(schedule, crew)
    for result in sweep:
        results.append(result)
        end = time.monotonic(), cpu_seconds()
        if kill and len(results) == len(cells) // 3:
            kill_one(way)
        if len(results) == len(cells):
            break
    sweep.close()
    states = Counter(result.state for result in results)
    began_when_all_were_ready = ready[workers - 1]
    again = {key: count for key, count in begun.items() if count > 1}
    return {
        "cells": len(cells),
        "lost": len(cells) - states["done"],
        "rerun": sum(begun.values()) - len(cells) - (1 if kill else 0),
        "begun twice": len(again),
        "start": began_when_all_were_ready[0] - start,
        "wall": end[0] - began_when_all_were_ready[0],
        "cpu": end[1] - began_when_all_were_ready[1],
        "start cpu": began_when_all_were_ready[1],
        "cells cpu": sum(json.loads(result.provenance)["seconds"] for result in results),
        "mean cell": statistics.mean(result.seconds for result in results),
        "values": sorted((result.key, result.measures[0].values) for result in results),
    }


def kill_one(way: str) -> None:
    """Kill one of the workers, as a machine that is lost would."""
    for process in ours():
        words = " ".join(process.cmdline())
        if words.startswith("ray::_Actor") if way == "ray" else "spawn_main" in words:
            process.kill()
            return
    raise RuntimeError("there is no worker to kill")


def main() -> None:
    """Alternate the two ways, and print medians and ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seeds", type=int, default=12)
    parser.add_argument("--prompts", type=int, default=400)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--one", help=argparse.SUPPRESS)
    parser.add_argument("--kill", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "sweep.yaml"
        file.write_text(FILE.format(score="induction", seeds=list(range(options.seeds)), prompts=options.prompts))
        if options.one:
            print(json.dumps(one(options.one, file, options.workers, options.kill), allow_nan=False))
            return
    words = ["--seeds", str(options.seeds), "--prompts", str(options.prompts), "--workers", str(options.workers)]

    def measured(way: str, *more: str) -> dict[str, Any]:
        command = [sys.executable, __file__, "--one", way, *words, *more]
        done = subprocess.run(
            command, check=True, stdout=subprocess.PIPE, text=True, env={**os.environ, "OMP_NUM_THREADS": "1"}
        )
        found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        shown = {
            name: value if isinstance(value, int) else round(value, 2)
            for name, value in found.items()
            if name != "values"
        }
        print(way, *more, shown, flush=True)
        return found

    rounds = [{way: measured(way) for way in ("processes", "ray")} for _ in range(options.rounds)]
    values = [found["values"] for round_ in rounds for found in round_.values()]
    for name in ("cpu", "wall", "start", "start cpu"):
        medians = {way: statistics.median(round_[way][name] for round_ in rounds) for way in ("processes", "ray")}
        print(
            f"{name}: processes {medians['processes']:.1f} s, ray {medians['ray']:.1f} s, ratio {medians['ray'] / medians['processes']:.3f}"
        )
    values += [measured(way, "--kill")["values"] for way in ("processes", "ray")]
    print("values equal in all runs:", all(value == values[0] for value in values))


if __name__ == "__main__":
    main()
