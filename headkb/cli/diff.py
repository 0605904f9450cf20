"""`headkb diff`: what changed between two catalogs, each in a folder or in a git revision."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import click

from headkb.catalog.revisions import GitCatalog
from headkb.catalog.root import NAME, is_catalog, nearest_catalog
from headkb.cli.common import WordType, catalog_root, emit, named_catalog, print_json, read_catalog
from headkb.cli.said import in_full, note, step

if TYPE_CHECKING:
    from headkb import Catalog


@click.command("diff")
@click.argument("old")
@click.argument("new", required=False)
@click.option(
    "--format",
    "form",
    type=WordType(["text", "json", "markdown"]),
    show_default="text",
    help="text for people, markdown for a comment on GitHub, json for programs.",
)
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@click.pass_context
def command(ctx: click.Context, old: str, new: str | None, form: str | None, as_json: bool) -> None:
    """Show what changed between two catalogs, by meaning and not by lines.

    Told are records and claims that were added, renamed, replaced, deprecated or removed, that mean something else or changed otherwise,
    and what runs show now.

    OLD and NEW are folders or git revisions, such as `v0.1.0 HEAD`; `main..branch` names both, `main...branch` the branch since it
    left main. Without NEW, OLD is compared with the catalog of the work tree. A folder goes before a revision of the same name.

    Exit code 1 if an id was removed without a successor, since ids must not vanish, or if a file cannot be read, so that nothing can be
    said of it; otherwise 0.
    """
    from headkb.catalog.diff import as_markdown, as_text, diff, is_problem

    if as_json and form not in (None, "json"):
        raise click.UsageError(f"--json and --format {form} exclude each other.")
    words = _words(ctx, old, new)
    with TemporaryDirectory(prefix="headkb-diff-") as folder:
        before, after = (
            _read(ctx, word, Path(folder) / side) for word, side in zip(words, ("old", "new"), strict=True)
        )
        with step("compared"):
            differences = diff(before, after)
    between = f"From {_told(ctx, words[0])} to {_told(ctx, words[1])}"
    if as_json or form == "json":
        print_json([asdict(difference) for difference in differences])
    elif form == "markdown":
        emit(as_markdown(differences, between))
    else:
        emit(as_text(differences, between, in_full=in_full()))
    raise SystemExit(1 if any(map(is_problem, differences)) else 0)


def _words(ctx: click.Context, old: str, new: str | None) -> tuple[str, str]:
    """OLD and NEW; a range that is no folder names both."""
    if not old or new == "":
        raise click.UsageError("OLD or NEW is empty. Name a folder with a catalog, or a git revision.")
    if new is not None:
        return old, new
    if ".." in old and not _is_folder(old):
        first, dots, last = old.partition("..." if "..." in old else "..")
        first, last = first or "HEAD", last or "HEAD"
        return (_repository(ctx).common(first, last) if dots == "..." else first), last
    return old, str(catalog_root(ctx))


def _is_folder(word: str) -> bool:
    """Whether a word names a folder."""
    return Path(word).is_dir()


def _repository(ctx: click.Context) -> GitCatalog:
    """The repository of the catalog that the command is about; else that of the working directory."""
    root = named_catalog(ctx) or nearest_catalog(Path.cwd())
    if root is None:
        return GitCatalog.around(Path.cwd())
    there = next(folder for folder in (root.absolute(), *root.absolute().parents) if folder.is_dir())
    return GitCatalog.around(there, root)


def _read(ctx: click.Context, word: str, unpacked: Path) -> Catalog:
    """The catalog that a word names."""
    if Path(word).is_file():
        raise click.UsageError(f"{word} is a file. Name a folder with a catalog, or a git revision.")
    if not _is_folder(word):
        from headkb.catalog.load import load

        with step(f"catalog of {word}"):
            # What its files are refused for is told as a difference.
            return load(_repository(ctx).unpack(word, unpacked))[0]
    folder = Path(word)
    _say_if_both(ctx, word)
    return read_catalog(folder / NAME if is_catalog(folder / NAME) else folder)  # a checkout is no catalog itself


def _say_if_both(ctx: click.Context, word: str) -> None:
    """A note where a folder and a revision have one name."""
    from headkb.catalog.revisions import RevisionError

    if word.startswith((".", "/", "~")) or Path(word).is_absolute():
        return
    try:
        both = _repository(ctx).commit(word) is not None
    except RevisionError:
        return
    if both:
        note(f"{word} is read as a folder; the revision of that name is refs/heads/{word} or refs/tags/{word}")


def _told(ctx: click.Context, word: str) -> str:
    """What was compared, for a reader."""
    if not _is_folder(word):
        return _repository(ctx).told(word)
    return str(Path(word).relative_to(Path.cwd())) if Path(word).is_relative_to(Path.cwd()) else word
