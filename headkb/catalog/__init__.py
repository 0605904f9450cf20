"""The catalog: records, the checks on them, the look-ups across them, and the files they are exported to. Nothing here needs torch.

The names below are imported when they are first asked for, so that a look-up in a prepared index loads no schema.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from headkb.catalog.all_heads import all_dossiers
    from headkb.catalog.catalog import Catalog
    from headkb.catalog.diagnostic import CatalogError, CatalogWarning, Diagnostic, Severity
    from headkb.catalog.dossier import HeadDossier, head_dossier
    from headkb.catalog.statement import Statement

_MODULES = {
    "Catalog": "catalog",
    "CatalogError": "diagnostic",
    "CatalogWarning": "diagnostic",
    "Diagnostic": "diagnostic",
    "HeadDossier": "dossier",
    "Severity": "diagnostic",
    "Statement": "statement",
    "all_dossiers": "all_heads",
    "head_dossier": "dossier",
}

__all__ = [
    "Catalog",
    "CatalogError",
    "CatalogWarning",
    "Diagnostic",
    "HeadDossier",
    "Severity",
    "Statement",
    "all_dossiers",
    "head_dossier",
]


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(f"headkb.catalog.{_MODULES[name]}"), name)
    return value
