"""Sweeps: many models × scores, recipes or claims × seeds × dtypes, by processes of this machine or on a Ray cluster.

A file (`read_sweep`) becomes cells (`cells_of`), each under a key that holds everything that decides it. A crew of workers carries them out
(`carry_out_sweep`); results lie in a store, which is the only truth about what is finished (its module `store` needs pyarrow).
"""

from headkb.scale.cell import Loading, SweepCell, room_of
from headkb.scale.cells import cells_of, plugin_files
from headkb.scale.crew import TRIES, Crew, carry_out_sweep
from headkb.scale.processes import LocalCrew
from headkb.scale.results import CellResult, CellValues
from headkb.scale.schedule import Schedule, cells_left
from headkb.scale.sweep_file import ReadSweep, SweepFile, SweepFileError, read_sweep
from headkb.scale.worker import CellWorker, Setup, setup_of

__all__ = [
    "TRIES",
    "CellResult",
    "CellValues",
    "CellWorker",
    "Crew",
    "Loading",
    "LocalCrew",
    "ReadSweep",
    "Schedule",
    "Setup",
    "SweepCell",
    "SweepFile",
    "SweepFileError",
    "carry_out_sweep",
    "cells_left",
    "cells_of",
    "plugin_files",
    "read_sweep",
    "room_of",
    "setup_of",
]
