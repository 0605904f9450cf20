"""Keep transformers quiet while it loads, and what it raises short."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator


def reason(error: BaseException) -> str:
    """The first line of an error's text, shortened, with the second where the first only announces it; its name if it has none."""
    lines = (f"there is no {error}" if isinstance(error, KeyError) else str(error)).strip().splitlines()
    if len(lines) > 1 and lines[0].endswith(":"):
        lines[0] += f" {lines[1].strip()}"
    return (lines[0][:200].rstrip(". ") if lines else "") or type(error).__name__


@contextlib.contextmanager
def quietly() -> Iterator[None]:
    """Keep transformers' progress bars and notes off the terminal; what matters of them becomes a ModelError or is in the passport."""
    from transformers.utils import logging

    level, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(level)
        if bars:
            logging.enable_progress_bar()
