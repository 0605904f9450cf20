"""What is refused in a single file, before records are held against each other: one entry for each rule id, with its page's text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class FileRule:
    """A rule about one file.

    Attributes:
        when: When it fires, in one sentence.
        why: Why it matters, as the end of a sentence.
        bad: An example; empty where a file's bytes or its place are at fault.
        good: The example mended.
        more: What else a curator may want to know.
    """

    when: str
    why: str
    bad: str = ""
    good: str = ""
    more: str = ""


FILE_RULES: Mapping[str, FileRule] = {
    "anchor": FileRule(
        "A value has a YAML anchor, an alias or a merge key.",
        "a record must say in plain text what it holds, so that a diff shows every change",
        "definition: &same Attends to the same token.",
        "definition: Attends to the same token.",
        "Text that begins with `&` or `*` is put into double quotes.",
    ),
    "bad-encoding": FileRule(
        "The file is not UTF-8.",
        "text in another encoding shows as wrong letters",
        more="A byte-order mark is not needed.",
    ),
    "bad-id": FileRule(
        "A file's name is not a record's id, or the id is reserved.",
        "the file's stem is the record's permanent id and part of web addresses",
        "heads/Name_Mover.yaml",
        "heads/name-mover.yaml",
        "Reserved are `index`, the page of a kind's list, and the names that Windows keeps for devices: `con`, `prn`, `aux`, `nul`, `com0` to `com9`, `lpt0` to `lpt9`.",
    ),
    "control-character": FileRule(
        "A text holds a control character, or one that turns the direction of writing.",
        "such characters can hide text from reviewers, and break feeds, terminals and bibliographies",
        r'name: "Induction\u202E head"',
        "name: Induction head",
        "What counts is the text after decoding, so an escape in double quotes is no way round. Line ends and tabs may stand in texts of "
        "several lines.",
    ),
    "duplicate-key": FileRule(
        "A key appears twice in one mapping.",
        "one of the two values would be lost silently",
        "name: Induction head\nname: Induction heads",
        "name: Induction head",
    ),
    "empty": FileRule("The file holds no record.", "an empty file would silently lose a record"),
    "id-in-file": FileRule(
        "A record writes its id.",
        "a fact written in two places drifts apart",
        "id: induction\nname: Induction head",
        "name: Induction head",
    ),
    "invisible-character": FileRule(
        "A text holds a character that is drawn as nothing: a zero-width space, a soft hyphen, a tag, a filler.",
        "two names that look alike would be two names, and nobody could see why",
        r'name: "Induction\u200B head"',
        "name: Induction head",
        "The two joiners may stand between letters of scripts that are spelt with them.",
    ),
    "missing-key": FileRule(
        "A key that the schema asks for is missing.",
        "the record is not complete without it",
        "name: Wick\n# glossary/wick.yaml, and nothing else",
        "name: Wick\ndefinition: What burns.",
    ),
    "no-catalog": FileRule(
        "The folder to be read does not exist.",
        "without records there is nothing to check",
        "headkb validate catalgo",
        "headkb validate catalog",
    ),
    "not-a-file": FileRule(
        "A named pipe, a device, a socket or a folder has the name of a record.",
        "reading it could wait for ever, or never end",
    ),
    "not-composed": FileRule(
        "A text is not in Unicode's composed form, NFC: a letter and its accent are two characters.",
        "the same word in two forms is two words to every program, and looks like one",
        r'name: "Cafe\u0301 head"',
        "name: Café head",
    ),
    "same-name": FileRule(
        "Two files or folders differ only by case, or by the form in which Unicode writes an accent.",
        "on Windows and macOS they are one file, so one of the two would be lost in a clone",
        "claims/moss-1999/Heads.csv beside claims/moss-1999/heads.csv",
        "claims/moss-1999/heads.csv beside claims/moss-1999/heads-late.csv",
        "Ids are lower-case letters of a-z, so two records cannot differ in this way.",
    ),
    "symlink": FileRule(
        "A record, or a folder of records, is a link.",
        "a link can point outside the catalog",
        "ln -s ../papers/smith-2020.yaml heads/smith.yaml",
        "cp papers/smith-2020.yaml heads/smith.yaml",
    ),
    "syntax": FileRule(
        "The file cannot be read as YAML, or holds something else than one mapping.",
        "the file cannot be read until this is fixed",
        "definition: attends to: names",
        'definition: "attends to: names"',
    ),
    "tag": FileRule(
        "A value has a YAML tag.",
        "tags change what a value means and can run code in other programs",
        "n_layers: !!int 12",
        "n_layers: 12",
    ),
    "too-deep": FileRule("Lists and mappings are nested deeper than 24 levels.", "deep nesting crashes YAML parsers"),
    "too-large": FileRule(
        "The file has more than 256,000 bytes.", "a huge file slows every reader, and nobody writes one by hand"
    ),
    "too-many-problems": FileRule(
        "The file has more problems than are listed.",
        "a list that nobody can read helps nobody; most of them may have one cause",
    ),
    "too-many-values": FileRule(
        "The file holds more than 40,000 keys and values.",
        "a huge record slows every reader, and nobody writes one by hand",
    ),
    "unassigned-character": FileRule(
        "A text holds a private character, or a code that is no character.",
        "it shows as something else, or as an empty box, on every machine",
        r'name: "\uE000 head"',
        "name: Apple head",
    ),
    "unfilled": FileRule(
        "A question that `headkb new` wrote between ‹ and › has no answer yet.",
        "a record that still asks would tell readers nothing there",
        "definition: ‹one sentence: what it attends to, and what it writes›",
        "definition: Attends to names that come twice.",
        "Each field that asks is one error, whatever form its answer must have. A key that may be left out is deleted where nobody knows the "
        "answer.",
    ),
    "unknown-file": FileRule(
        "A file in a kind's folder is neither a record nor a table of one.",
        "nothing ever reads it, though it may have been meant for a record",
        "heads/induction.yaml~",
        "heads/induction.yaml",
        "Tables lie in `claims/<file>/`, `models/` and `atlases/`, patterns in `heads/`; files whose name begins with a dot are passed over.",
    ),
    "unknown-folder": FileRule(
        "A file or folder lies where no kind of record lives.",
        "what lies there would never be read",
        "haeds/induction.yaml",
        "heads/induction.yaml",
    ),
    "unknown-key": FileRule(
        "A key is not in the schema.",
        "a misspelt key would never be read",
        "defintion: Attends to names.",
        "definition: Attends to names.",
    ),
    "unreadable": FileRule("A file or folder cannot be read.", "a record that cannot be read is lost"),
    "wrong-value": FileRule(
        "A value does not fit its key: its type, its form, or its range.",
        "the value must fit the schema of its kind",
        "date: 2024-13",
        "date: 2024-12",
        "Numbers are finite and written with the digits 0 to 9, and so are ids, dates and identifiers of papers; heads are counted from 0; "
        "a list names nothing twice.",
    ),
}
"""Rule id → what its page says."""
