"""headkb: the catalog of attention-head research, and the code that reruns it.

    >>> import headkb
    >>> catalog = headkb.load_catalog()
    >>> catalog.resolve("heads", "S Inhibition Head").id
    's-inhibition'

Scores, prompts, the attention engine and its sweeps need torch and live in `headkb.scores`, `headkb.prompts`, `headkb.attention`,
`headkb.sweeps` and `headkb.reproduce` (`pip install 'headkb[reproduce]'`); importing `headkb` itself loads none of them.
"""

from __future__ import annotations

import warnings
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from headkb.errors import HeadkbError, ModelError, ReproductionError, ShapeError, UnknownNameError

if TYPE_CHECKING:
    from headkb.catalog import Catalog, CatalogError, CatalogWarning, Diagnostic

__version__ = "0.1.0"

_HOMES = dict.fromkeys(("Catalog", "CatalogError", "CatalogWarning", "Diagnostic"), "headkb.catalog")
"""Public name → the module that it is taken from when it is first asked for: `python -m headkb.dev` runs where nothing is installed."""


def __getattr__(name: str) -> Any:
    """A public name that is not there yet."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(_HOMES[name]), name)
    return value


def __dir__() -> list[str]:
    """All public names, those that were not asked for yet included."""
    return sorted({*globals(), *__all__})


def catalog_path() -> Path:
    """The folder of the catalog: the one inside the installed package, else the checkout's own `catalog/`."""
    here = Path(__file__).resolve().parent
    packaged = here / "_catalog"
    return packaged if packaged.is_dir() else here.parent / "catalog"


def load_catalog(path: Path | str | None = None, *, strict: bool = True) -> Catalog:
    """The catalog that ships with headkb, or the one in `path`.

    Args:
        path: A folder that holds `heads/`, `papers/` and the others; the shipped catalog if left out.
        strict: Whether a problem in a file is an error. If not, the files that can be used are loaded, a `CatalogWarning` says how
            many are left out and where the first problem is, and look-ups of a record that was left out say so (`Catalog.refused`).

    Raises:
        CatalogError: If a file has a problem and `strict`, or if the folder does not exist; `.diagnostics` has every problem.
    """
    from headkb.catalog import CatalogError, CatalogWarning, load
    from headkb.catalog.diagnostic import left_out

    root = Path(path) if path is not None else catalog_path()
    catalog, problems = load(root)
    if problems and (strict or not root.is_dir()):
        raise CatalogError(problems)
    if problems:
        warnings.warn(left_out(problems, root), CatalogWarning, stacklevel=2)
    return catalog


__all__ = [
    "Catalog",
    "CatalogError",
    "CatalogWarning",
    "Diagnostic",
    "HeadkbError",
    "ModelError",
    "ReproductionError",
    "ShapeError",
    "UnknownNameError",
    "catalog_path",
    "load_catalog",
]
