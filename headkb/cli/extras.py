"""Commands that need torch say so in one sentence if it is not installed."""

from __future__ import annotations

from headkb.errors import need_installed


def need_torch(command: str) -> None:
    """Stop with exit code 2 unless torch and transformers can be imported."""
    need_installed(f"`headkb {command}`", ("torch", "transformers"), "reproduce")
