"""Commands that need torch say so in one sentence if it is not installed."""

from __future__ import annotations

import importlib.util

import click


def need_torch(command: str) -> None:
    """Stop with exit code 2 unless torch and transformers can be imported."""
    missing = [name for name in ("torch", "transformers") if importlib.util.find_spec(name) is None]
    if missing:
        raise click.UsageError(
            f"`headkb {command}` needs {' and '.join(missing)}, which {'is' if len(missing) == 1 else 'are'} not installed. "
            "Install them with: pip install 'headkb[reproduce]'"
        )
