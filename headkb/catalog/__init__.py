"""The catalog: records, the checks on them, the look-ups across them, and the files they are exported to. Nothing here needs torch."""

from headkb.catalog.catalog import Catalog, Statement
from headkb.catalog.diagnostic import Diagnostic, Severity
from headkb.catalog.load import load

__all__ = ["Catalog", "Diagnostic", "Severity", "Statement", "load"]
