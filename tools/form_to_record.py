"""The text of an issue that a form made → a record, and the answer to its writer.

    python tools/form_to_record.py BODY.md --form new-paper --catalog catalog --comment out/comment.md

Writes the files of the catalog, where the form is good, and the comment always. Instead of `--form`, `--labels` takes the labels of the issue
with commas between; the form is the one whose label is among them. Nothing in the text is run, and it is in no argument.

Exit code 0: the comment is written, whatever it says; 2: wrong use.
"""

from __future__ import annotations

from pathlib import Path

import click

from headkb import load_catalog
from headkb.catalog.from_issues.comment import refused
from headkb.catalog.from_issues.forms import LONGEST_BODY, IssueForm, read_forms
from headkb.catalog.from_issues.proposal import Proposal, propose
from headkb.catalog.kinds import KINDS
from headkb.catalog.schema.ids import is_id
from headkb.catalog.writing import write_text

ROOT = Path(__file__).parent.parent


@click.command()
@click.argument("body", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--form", help="The form, by the name of its file.")
@click.option("--labels", default="", help="The labels of the issue, with commas between.")
@click.option("--catalog", "root", type=click.Path(exists=True, file_okay=False, path_type=Path), required=True)
@click.option("--comment", type=click.Path(path_type=Path), required=True, help="Where the answer goes.")
@click.option("--title", type=click.Path(path_type=Path), help="Where the title of a pull request goes.")
def main(body: Path, form: str | None, labels: str, root: Path, comment: Path, title: Path | None) -> None:
    """Read the text of an issue in BODY, and write what it asks for."""
    chosen = _form(form, labels)
    proposal = proposal_of(body, chosen, root)
    for name, text in proposal.files.items():
        write_text(inside(root, name), text)
        click.echo(f"{root / name}")
    write_text(comment, proposal.comment)
    if title is not None:
        write_text(title, f"{proposal.title}\n")
    click.echo(f"{comment}: {'the record and the answer' if proposal.files else 'the answer; no record'}")


def proposal_of(body: Path, form: IssueForm, root: Path) -> Proposal:
    """What comes of the text in a file; one that cannot be read is answered, too."""
    with body.open("rb") as file:
        raw = file.read(4 * LONGEST_BODY + 1)
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        return Proposal("", {}, refused(form, [f"Byte {error.start} of the text is not UTF-8."]))
    return propose(load_catalog(root), text, form)


def inside(root: Path, name: str) -> Path:
    """The path of a record in the catalog; nothing else may be written, whatever went wrong before.

    Raises:
        ValueError: If the name is not that of a record.
    """
    kind, _, file = name.partition("/")
    if kind not in KINDS or not file.endswith(".yaml") or not is_id(file.removesuffix(".yaml")):
        raise ValueError(f"{name!r} is no file of a record")
    return root / kind / file


def _form(name: str | None, labels: str) -> IssueForm:
    """The form that was named, or whose label the issue has."""
    forms = read_forms(ROOT / ".github" / "ISSUE_TEMPLATE")
    given = {label.strip() for label in labels.split(",")}
    for form in forms:
        if form.name == name or (name is None and form.label in given):
            return form
    known = ", ".join(form.name for form in forms)
    raise click.UsageError(f"No form is named, or none has such a label. There are: {known}.")


if __name__ == "__main__":
    main()
