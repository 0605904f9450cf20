"""Names of files and folders on the command line."""

from __future__ import annotations

import os

import click


class PathName(click.Path):
    """click's path, but an empty name, as an unset variable of a shell gives, is refused: it would mean the working directory."""

    def convert(
        self, value: str | os.PathLike[str], param: click.Parameter | None, ctx: click.Context | None
    ) -> str | bytes | os.PathLike[str]:
        """The path."""
        if value == "":
            self.fail(
                "The name is empty; is a variable of the shell unset? Write `.` for the working directory.", param, ctx
            )
        return super().convert(value, param, ctx)
