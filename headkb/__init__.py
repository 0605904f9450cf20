"""headkb: the catalog of attention-head research, and the code that reruns it.

    >>> import headkb
    >>> catalog = headkb.load_catalog()
    >>> catalog.resolve("heads", "S Inhibition Head").id
    's-inhibition'

Scores, prompts, the attention engine and its sweeps need torch and live in `headkb.scores`, `headkb.prompts`, `headkb.attention`,
`headkb.sweeps` and `headkb.reproduce` (`pip install 'headkb[reproduce]'`); importing `headkb` itself loads none of them.
"""

from __future__ import annotations

from pathlib import Path

from headkb.catalog import Catalog
from headkb.catalog.diagnostic import CatalogError, Diagnostic
from headkb.errors import HeadkbError, ModelError, ReproductionError, ShapeError, UnknownNameError

__version__ = "0.1.0"


def catalog_path() -> Path:
    """The folder of the catalog: the one inside the installed package, else the checkout's own `catalog/`."""
    here = Path(__file__).resolve().parent
    packaged = here / "_catalog"
    return packaged if packaged.is_dir() else here.parent / "catalog"


def load_catalog(path: Path | str | None = None, *, strict: bool = False) -> Catalog:
    """The catalog that ships with headkb, or the one in `path`.

    Args:
        path: A folder that holds `heads/`, `papers/` and the others; the shipped catalog if left out.
        strict: Whether a file with problems is an error; else it is left out.

    Raises:
        CatalogError: If `strict` and a file has a problem, or if the folder does not exist.
    """
    from headkb.catalog.load import load

    root = Path(path) if path is not None else catalog_path()
    catalog, found = load(root)
    if found and (strict or not root.is_dir()):
        raise CatalogError(found)
    return catalog


__all__ = [
    "Catalog",
    "CatalogError",
    "Diagnostic",
    "HeadkbError",
    "ModelError",
    "ReproductionError",
    "ShapeError",
    "UnknownNameError",
    "catalog_path",
    "load_catalog",
]
