"""`headkb sweep` as it is typed, with real processes: killed, raising, poisoned and stopped; here and on a Ray of this machine."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")
pytest.importorskip("pyarrow")

ROOT = Path(__file__).parents[2]
NEEDS_RAY = pytest.mark.skipif(find_spec("ray") is None, reason="ray is not installed: pip install ray")
WAYS = [
    pytest.param(["--jobs", "2"], id="processes"),
    pytest.param(["--jobs", "2", "--ray", "local"], id="ray", marks=NEEDS_RAY),
]


@pytest.fixture
def sweep(tmp_path: Path):
    """Starts `headkb sweep` on a file with these cells of the plug-in `noted.py`; the process."""
    environment = {**os.environ, "NOTES": str(tmp_path), "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}

    def start(names: list[str], *options: str) -> subprocess.Popen[str]:
        scores = "".join(f"  - {{score: noted, settings: {{name: {name}}}}}\n" for name in names)
        text = f"models: [exact-previous-token]\nscores:\n{scores}prompts: 2\nplugins: [{Path(__file__).parent / 'noted.py'}]\n"
        (tmp_path / "sweep.yaml").write_text(text)
        command = [sys.executable, "-m", "headkb", "sweep", str(tmp_path / "sweep.yaml"), *options]
        heard = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)  # a job in the background would not hear Ctrl-C
        return subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=heard
        )

    return start


def notes(tmp_path: Path) -> Counter[str]:
    """How often each name was measured."""
    path = tmp_path / "notes"
    return Counter(line.split()[0] for line in path.read_text().splitlines()) if path.exists() else Counter()


def finished(process: subprocess.Popen[str]) -> tuple[int, list[dict[str, Any]], str]:
    """Exit code, the objects that it printed, stderr."""
    out, err = process.communicate(timeout=600)
    return process.returncode, [json.loads(line) for line in out.splitlines()], err


@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS)
def test_workers_that_are_killed_cost_no_cell(sweep, tmp_path, way):
    """Seven cells, of which one raises, one ends its worker once and one each time: none is lost, no finished one is measured again."""
    names = ["fine1", "once", "fine2", "deadly", "fine3", "raises", "fine4"]
    code, objects, err = finished(sweep(names, "--json", *way))
    assert code == 2, err
    states = {o["provenance"]["score_parameters"]["name"]: o["state"] for o in objects if o["state"] == "done"}
    assert states == dict.fromkeys(["fine1", "fine2", "fine3", "fine4", "once"], "done")
    assert len({o["key"] for o in objects}) == len(objects) == 7
    (failed,) = [o["cause"] for o in objects if o["state"] == "failed"]
    (poisoned,) = [o["cause"] for o in objects if o["state"] == "poisoned"]
    assert "RuntimeError: the inner part of torch" in failed
    assert "its worker ended 3 times" in poisoned
    once = {"fine1": 1, "fine2": 1, "fine3": 1, "fine4": 1}
    assert notes(tmp_path) == {**once, "raises": 1, "once": 2, "deadly": 3}

    code, objects, err = finished(sweep(names, "--json", *way))
    assert (code, objects) == (2, [])
    assert "7 cells: 5 done, 1 failed, 1 poisoned" in err
    assert notes(tmp_path).total() == 10

    (tmp_path / "healed").touch()
    code, objects, err = finished(sweep(names, "--json", "--retry", *way))
    assert code == 0, err
    assert [o["state"] for o in objects] == ["done", "done"]
    assert notes(tmp_path) == {**once, "raises": 2, "once": 2, "deadly": 4}


def wait_for(condition, seconds: float = 300.0) -> None:
    """Until it holds."""
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.05)


def workers(tmp_path: Path) -> set[int]:
    """The processes that measured something."""
    return {int(line.split()[1]) for line in (tmp_path / "notes").read_text().splitlines()}


def gone(pid: int) -> bool:
    """Whether a process has ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="asks Linux whether a process is there")
@pytest.mark.parametrize(("with_signal", "code"), [(signal.SIGINT, 130), (signal.SIGKILL, -9)])
def test_a_sweep_that_is_stopped_goes_on(sweep, tmp_path, with_signal, code):
    """By Ctrl-C or a kill: what was finished is kept, no worker stays behind, and only the rest is measured by the next command."""
    names = ["fine1", "hangs"]
    process = sweep(names, "--json", "--jobs", "1")
    printed = [process.stdout.readline()]
    wait_for(lambda: notes(tmp_path)["hangs"] == 1)
    process.send_signal(with_signal)
    out, err = process.communicate(timeout=60)
    printed += out.splitlines()
    assert process.returncode == code
    if with_signal == signal.SIGINT:
        assert "the same command goes on from there" in err
    wait_for(lambda: all(map(gone, workers(tmp_path))), 30)
    before = {json.loads(line)["key"] for line in printed if line}
    assert before
    (tmp_path / "healed").touch()
    code, objects, err = finished(sweep(names, "--json", "--jobs", "1"))
    assert code == 0, err
    assert not before & {o["key"] for o in objects}
    assert len(before) + len(objects) == 2
    assert notes(tmp_path) == {"fine1": 1, "hangs": 2}


@pytest.mark.slow
@NEEDS_RAY
def test_ray_measures_what_processes_measure(tmp_path):
    """To the last digit, with intervals, for scores of patterns and of weights."""
    file = tmp_path / "sweep.yaml"
    file.write_text(
        "models: [organism-markov, organism-iteration]\nscores: [previous-token, ov-copying]\nseeds: [0, 1]\n"
    )
    tables = []
    for way in (["--jobs", "2"], ["--jobs", "2", "--ray", "local"]):
        table = tmp_path / f"{len(way)}.csv"
        options = ["--out", str(tmp_path / str(len(way))), "--export", str(table), *way]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}
        command = [sys.executable, "-m", "headkb", "sweep", str(file), *options]
        subprocess.run(command, env=environment, check=True, capture_output=True)
        tables.append(table.read_text().splitlines())
    assert tables[0] == tables[1]
    assert len(tables[0]) > 8
