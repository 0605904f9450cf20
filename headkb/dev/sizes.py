"""How much each level of the environment fetches and takes, as `python tools/measure_install.py` measured it on 64-bit Linux with Python 3.11."""

from __future__ import annotations

from typing import NamedTuple


class Amount(NamedTuple):
    """Megabytes (10^6 bytes) over the network and on disk."""

    fetched: float
    on_disk: float

    def __str__(self) -> str:
        return f"{_amount(self.fetched)} to download, {_amount(self.on_disk)} on disk"


def _amount(megabytes: float) -> str:
    return f"{megabytes / 1000:.1f} GB" if megabytes >= 1000 else f"{megabytes:.0f} MB"


SIZES = {"base": Amount(6, 31), "site": Amount(37, 108), "all": Amount(317, 1292)}
"""Level → its file in `requirements/`."""
CPU = Amount(192, 757)
"""torch for processors alone."""
CUDA = Amount(2731, 4728)
"""torch for NVIDIA GPUs with the libraries that it brings, which pip takes on Linux."""
