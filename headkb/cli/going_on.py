"""A command of many results that can be stopped at any time, and goes on where it was when it is typed again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from headkb.cli.said import warn as say_warning

if TYPE_CHECKING:
    from headkb.reproduce import Kept

STOPPED = 130
"""Exit code after Ctrl-C, as shells count it."""


@contextmanager
def going_on(what: str, typed: Mapping[str, Any], plugins: Sequence[Path], *, fresh: bool) -> Iterator[Kept]:
    """The results that this command kept when it was stopped; forgotten once it has ended.

    Args:
        what: What the command runs, such as `recipes`.
        typed: Everything that was typed and decides what is run; `model` names the file.
        plugins: Files whose content decides the results, too.
        fresh: Whether to forget what was kept.
    """
    from headkb.reproduce import Kept, kept_file

    told: set[str] = set()

    def warn(trouble: str) -> None:
        if trouble not in told:
            told.add(trouble)
            say_warning(f"{trouble}, so a stopped command could not go on. Set HEADKB_CACHE.")

    kept = Kept(kept_file(what, str(typed.get("model") or ""), typed), plugins, warn)
    if fresh:
        kept.clear()
    try:
        yield kept
    except KeyboardInterrupt:
        if len(kept):
            results = "1 result is" if len(kept) == 1 else f"{len(kept)} results are"
            text = f"{results} kept. The same command goes on from there; with --fresh it starts anew."
        else:
            text = "no result was there yet."
        click.echo(f"stopped: {text}", err=True)
        raise SystemExit(STOPPED) from None
    kept.clear()
