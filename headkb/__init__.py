"""headkb: the catalog of attention-head research, and the code that reruns it.

    >>> import headkb
    >>> catalog = headkb.load_catalog()
    >>> catalog.resolve("heads", "S Inhibition Head").id
    's-inhibition'

Scores, prompts, the attention engine and its sweeps need torch and live in `headkb.scores`, `headkb.prompts`, `headkb.attention`,
`headkb.sweeps` and `headkb.reproduce` (`pip install 'headkb[reproduce]'`); importing `headkb` itself loads none of them.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from headkb.errors import HeadkbError, ModelError, ReproductionError, ShapeError, UnknownNameError

if TYPE_CHECKING:
    from headkb.catalog import Catalog, CatalogError, CatalogWarning, Diagnostic

__version__ = "0.1.0"


_LATER = {
    "Catalog": "headkb.catalog.catalog",
    "CatalogError": "headkb.catalog.diagnostic",
    "CatalogWarning": "headkb.catalog.diagnostic",
    "Diagnostic": "headkb.catalog.diagnostic",
}
"""Public name → its module, imported when it is first asked for, so that `headkb --help` and look-ups load nothing else."""


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(_LATER[name]), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_LATER})


def catalog_path() -> Path:
    """The folder of the catalog that ships with headkb: inside the installed package, else the checkout's own `catalog/`.

    In Python this is the catalog wherever one stands, so that a program's result does not depend on the folder it is started in. The
    command line takes the nearest `catalog/` upwards first (`headkb.catalog.root`).
    """
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
    import warnings

    from headkb.catalog.diagnostic import CatalogError, CatalogWarning, left_out
    from headkb.catalog.load import load

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
