"""What changed between two catalogs, by meaning and not by lines: `diff`, and how its answer is told."""

from headkb.catalog.diff.as_markdown import as_markdown
from headkb.catalog.diff.as_text import as_text
from headkb.catalog.diff.compare import diff
from headkb.catalog.diff.difference import ORDER, Difference, DifferenceType, FieldChange, is_problem

__all__ = ["ORDER", "Difference", "DifferenceType", "FieldChange", "as_markdown", "as_text", "diff", "is_problem"]
