"""Which catalog a person stands in: the nearest folder `catalog/` upwards that holds headkb's records."""

from __future__ import annotations

from pathlib import Path

from headkb.catalog.kinds import KINDS

NAME = "catalog"
"""What the folder is called."""


def is_catalog(folder: Path) -> bool:
    """Whether a folder is one of headkb's catalogs: it holds `heads/`, or the folders of two other kinds.

    `models/`, `runs/` or `tools/` alone may be anybody's; no other program keeps `heads/` in a folder `catalog/`.
    """
    return (folder / "heads").is_dir() or sum((folder / kind).is_dir() for kind in KINDS) > 1


def catalog_meant(folder: Path) -> Path:
    """The catalog that a folder stands for: `catalog/` in it where a checkout is named, else the folder itself."""
    inside = folder / NAME
    return inside if is_catalog(inside) and not (folder / "heads").is_dir() else folder


def nearest_catalog(start: Path) -> Path | None:
    """The catalog that `start` lies in or beside: `catalog/` in it or in the nearest folder above; None where there is none.

    Args:
        start: A folder, such as the working directory.
    """
    here = start.absolute()
    for folder in (here, *here.parents):
        try:
            if is_catalog(folder / NAME):
                return folder / NAME
        except OSError:  # a folder above that may not be entered
            continue
    return None
