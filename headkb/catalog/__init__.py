"""The catalog: records, the checks on them, the look-ups across them, and the files they are exported to. Nothing here needs torch."""

from headkb.catalog.all_heads import all_dossiers
from headkb.catalog.catalog import Catalog
from headkb.catalog.diagnostic import CatalogError, CatalogWarning, Diagnostic, Severity
from headkb.catalog.dossier import HeadDossier, head_dossier
from headkb.catalog.load import load
from headkb.catalog.statement import Statement

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
    "load",
]
