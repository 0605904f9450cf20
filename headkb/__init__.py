"""headkb: the catalog of attention-head research, and the code that reruns it.

    >>> import headkb
    >>> catalog = headkb.load_catalog()
    >>> catalog.resolve("heads", "S Inhibition Head").id
    's-inhibition'
    >>> headkb.whois("gpt2", "L9H9").roles[0].head_type
    'name-mover'

What runs a model needs torch (`pip install 'headkb[reproduce]'`) and is loaded when it is first named: the calls of `headkb.analysis`, such
as `headkb.score_heads`, and what they stand on in `headkb.scores`, `headkb.prompts`, `headkb.attention`, `headkb.sweeps` and
`headkb.reproduce`. Importing `headkb` itself loads none of them.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

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
    from headkb.catalog import Catalog, CatalogError, CatalogWarning, Diagnostic, HeadDossier

__version__ = "0.1.0"

_LATER = {
    "Catalog": "headkb.catalog.catalog",
    "CatalogError": "headkb.catalog.diagnostic",
    "CatalogWarning": "headkb.catalog.diagnostic",
    "Diagnostic": "headkb.catalog.diagnostic",
}
"""Public name → its module, imported when it is first asked for, so that `headkb --help` and look-ups load nothing else."""

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
    """What is imported when it is first named: the catalog, and the calls that run models.

    Raises:
        MissingExtraError: If torch or transformers is not installed, and the call runs a model.
    """
    if name in _ANALYSIS:
        _need_installed(f"headkb.{name}", ("torch", "transformers"), "reproduce")
    elif name not in _LATER:
        raise AttributeError(f"module 'headkb' has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(_LATER.get(name, "headkb.analysis")), name)
    return value


def __dir__() -> list[str]:
    """What there is, also where it is not loaded yet."""
    return sorted({*globals(), *__all__})


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


def whois(model: str, head: str | tuple[int, int], catalog: Catalog | None = None) -> HeadDossier:
    """Everything known about one head of one model: what `headkb whois` prints, as an object.

    It has `claims` with their standing, `tables` (published values with ranks), `circuits`, `runs`, `disputes` and `roles`.

    Args:
        model: Id, hub id or name of a model of the catalog, in any spelling.
        head: `"L9H9"`, `(9, 9)` or a `HeadIndex`; layer and head counted from 0.
        catalog: Where to look; the shipped catalog, read once and kept, if left out.

    Raises:
        UnknownNameError: If the catalog has no such model, or `head` names no head, or several.
        HeadkbError: If the model has no such head.

    Example:
        >>> whois("gpt2", "L9H9").roles[0].head_type
        'name-mover'
    """
    from headkb.catalog.dossier import whois as _whois

    return _whois(_kept(catalog_path()) if catalog is None else catalog, model, head)


@cache
def _kept(root: Path) -> Catalog:
    return load_catalog(root)


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
    "whois",
]
