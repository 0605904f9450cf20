"""headkb: the catalog of attention-head research, and the code that reruns it.

    >>> import headkb
    >>> catalog = headkb.load_catalog()
    >>> catalog.resolve("heads", "S Inhibition Head").id
    's-inhibition'

What runs a model needs torch (`pip install 'headkb[reproduce]'`) and is loaded when it is first named: the calls of `headkb.analysis`, such
as `headkb.score_heads`, and what they stand on in `headkb.scores`, `headkb.prompts`, `headkb.attention`, `headkb.sweeps` and
`headkb.reproduce`. Importing `headkb` itself loads none of them.
"""

from __future__ import annotations

import importlib
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from headkb.catalog import Catalog, CatalogError, CatalogWarning, Diagnostic
from headkb.catalog import load as _load
from headkb.catalog.diagnostic import left_out as _left_out
from headkb.errors import HeadkbError, MissingExtraError, ModelError, ReproductionError, ShapeError, UnknownNameError
from headkb.errors import need_installed as _need_installed

if TYPE_CHECKING:  # for editors and type checkers alone: `__getattr__` imports them when they are named
    from headkb.analysis.ablation import AblationEffect, ablate
    from headkb.analysis.edited import edited
    from headkb.analysis.effects import attribute, patch, path_patch, sweep
    from headkb.analysis.head_column import HeadColumn
    from headkb.analysis.head_effects import HeadEffects
    from headkb.analysis.head_table import HeadTable
    from headkb.analysis.model_of import model_of
    from headkb.analysis.patterns import HeadPatterns, patterns
    from headkb.analysis.prompts_of import prompts_of
    from headkb.analysis.scoring import score_heads

__version__ = "0.1.0"


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
    root = Path(path) if path is not None else catalog_path()
    catalog, problems = _load(root)
    if problems and (strict or not root.is_dir()):
        raise CatalogError(problems)
    if problems:
        warnings.warn(_left_out(problems, root), CatalogWarning, stacklevel=2)
    return catalog


_ANALYSIS = (
    "AblationEffect",
    "HeadColumn",
    "HeadEffects",
    "HeadPatterns",
    "HeadTable",
    "ablate",
    "attribute",
    "edited",
    "model_of",
    "patch",
    "path_patch",
    "patterns",
    "prompts_of",
    "score_heads",
    "sweep",
)
"""Names that `headkb.analysis` defines."""


def __getattr__(name: str) -> Any:
    """The calls that run models, imported when they are first named.

    Raises:
        MissingExtraError: If torch or transformers is not installed.
    """
    if name not in _ANALYSIS:
        raise AttributeError(f"module 'headkb' has no attribute {name!r}")
    _need_installed(f"headkb.{name}", ("torch", "transformers"), "reproduce")
    value = globals()[name] = getattr(importlib.import_module("headkb.analysis"), name)
    return value


def __dir__() -> list[str]:
    """What there is, also where it is not loaded yet."""
    return sorted({*globals(), *__all__})


__all__ = [
    "AblationEffect",
    "Catalog",
    "CatalogError",
    "CatalogWarning",
    "Diagnostic",
    "HeadColumn",
    "HeadEffects",
    "HeadPatterns",
    "HeadTable",
    "HeadkbError",
    "MissingExtraError",
    "ModelError",
    "ReproductionError",
    "ShapeError",
    "UnknownNameError",
    "ablate",
    "attribute",
    "catalog_path",
    "edited",
    "load_catalog",
    "model_of",
    "patch",
    "path_patch",
    "patterns",
    "prompts_of",
    "score_heads",
    "sweep",
]
