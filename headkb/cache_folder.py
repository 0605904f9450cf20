"""Where headkb keeps files that it can make again."""

from __future__ import annotations

import os
from pathlib import Path


def cache_folder() -> Path:
    """The folder that HEADKB_CACHE names, else `headkb` in XDG_CACHE_HOME, else `~/.cache/headkb`; it need not exist yet."""
    own, shared = os.environ.get("HEADKB_CACHE"), os.environ.get("XDG_CACHE_HOME")
    if own:
        return Path(own)
    return (Path(shared) if shared else Path.home() / ".cache") / "headkb"
