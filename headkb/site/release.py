"""What a build is made from: the release, the commit where the source lies in a repository, and the newest date in the catalog."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

from headkb import __version__
from headkb.site.parts import REPOSITORY

RELEASE = f"headkb {__version__}"
SHORT = 10
"""So many digits of a commit are told; the link has all."""


@dataclass(frozen=True)
class Made:
    """What the foot of every page says of the build; without a repository `commit`, `address` and `changed` are empty."""

    release: str
    catalog: str
    commit: str = ""
    address: str = ""
    changed: str = ""


def made_from(date: str, root: Path) -> Made:
    """What a build of the source in `root` with data up to `date` is made from. Nothing depends on when or where it is built."""
    commit, top = _git(root, "rev-parse", "HEAD"), _git(root, "rev-parse", "--show-toplevel")
    if not commit or not top or Path(top).resolve() != root.resolve():
        # An unpacked archive has no commit, and that of another project around it says nothing.
        return Made(RELEASE, date)
    changed = " with changes" if _git(root, "status", "--porcelain", "--untracked-files=no") else ""
    return Made(RELEASE, date, commit[:SHORT], f"{REPOSITORY}/tree/{commit}", changed)


def _git(root: Path, *words: str) -> str:
    """What git says, or nothing where it is missing or refuses."""
    try:
        done = subprocess.run(["git", "-C", str(root), *words], capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
