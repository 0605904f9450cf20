"""Names of files in a kind's folder: which may be a record's, and what a file that nothing reads was meant to be called."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable

from headkb.catalog.new_ids import id_words
from headkb.catalog.schema.ids import ID_FORM, is_id

COPIES = ("~", "#", ".bak", ".backup", ".old", ".orig", ".rej", ".save", ".swo", ".swp", ".tmp")
"""Ends of names that editors, merges and patches give to what they leave beside a file."""
_OTHER_ENDS = (".yaml", ".yml", ".json", ".txt", ".md")


def meant_id(name: str) -> str | None:
    """The id that a file's name was meant to have, whatever its case, signs, accents and ending; None if there is none in it.

    Example:
        >>> meant_id("Name_Mover.YAML"), meant_id("name-mover.yaml~"), meant_id("名.yaml")
        ('name-mover', 'name-mover', None)
    """
    stem = unicodedata.normalize("NFKD", name).casefold()
    while end := next((end for end in (*COPIES, *_OTHER_ENDS) if stem.endswith(end)), ""):
        stem = stem.removesuffix(end)
    meant = id_words(stem)
    return meant if is_id(meant) else None


def is_copy(name: str) -> bool:
    """Whether an editor, a merge or a patch left the file."""
    return name.casefold().endswith(COPIES)


def mend(kind: str, name: str, beside: Collection[str]) -> str:
    """What to do with a file whose name is no record's.

    Args:
        kind: The folder.
        name: The file's name.
        beside: The names of all files of its folder.
    """
    meant = meant_id(name)
    if meant is None:
        return f"{ID_FORM}, then .yaml: name-mover.yaml"
    record = f"{kind}/{meant}.yaml"
    if f"{meant}.yaml" in beside:
        return f"{record} is there already: put what is missing into it, and delete this file"
    return f"if it is a record, rename it to {record}; else delete it"


def alike(names: Iterable[str]) -> dict[str, str]:
    """Each name that differs from another only by case, or by the form in which Unicode writes it → that one, the better formed."""
    first: dict[str, str] = {}
    twins: dict[str, str] = {}
    for name in sorted(names, key=lambda name: (not is_id(name.partition(".")[0]), name)):
        before = first.setdefault(unicodedata.normalize("NFKC", name.casefold()), name)
        if before != name:
            twins[name] = before
    return twins
