"""Files are read without heuristics: bounded while they come in, whatever they hold, and nothing but plain files is opened."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from xml.etree import ElementTree

import pytest
import yaml
from click.testing import CliRunner

from headkb.catalog import source
from headkb.catalog.characters import first_odd, visible
from headkb.catalog.diagnostic import Diagnostic
from headkb.catalog.file_rules import FILE_RULES
from headkb.catalog.load import load
from headkb.catalog.record_files import SourceError
from headkb.catalog.rules import RULES, check
from headkb.catalog.source import MAX_DEPTH, MAX_VALUES, parse
from headkb.cli import main
from headkb.site.feeds import feeds
from headkb.site.parts import make_context
from headkb.site.rule_pages import rule_pages


def diagnose(root: Path) -> list[Diagnostic]:
    """Everything that `headkb validate` finds."""
    catalog, found = load(root)
    return [*found, *check(catalog)]


def faults(text: str) -> list[tuple[str, tuple[int, int]]]:
    """Rule and place of everything that `parse` refuses."""
    with pytest.raises(SourceError) as caught:
        parse(text)
    return [(problem.rule, problem.place) for problem in caught.value.problems]


@pytest.mark.parametrize("loader", [source.Loader, yaml.SafeLoader], ids=["libyaml", "python"])
@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("-  " * 30_000 + "x", (1, 3 * MAX_DEPTH + 1)),
        ("?  " * 30_000 + "x", (1, 3 * MAX_DEPTH + 1)),
        ("- ? " * 30_000 + "x", (1, 2 * MAX_DEPTH + 1)),
        ("-\t" * 30_000 + "x", None),
        ("a: " + "[" * 120_000, (1, MAX_DEPTH + 3)),
        ("a: " + "[{b: " * 40_000, None),
        ("".join(" " * i + "a:\n" for i in range(600)), (MAX_DEPTH + 1, MAX_DEPTH + 1)),
        ("".join(" " * (i // 2) + ("- " if i % 2 else "a:\n") for i in range(300)), None),
    ],
    ids=["dashes", "questions", "both", "tabs", "brackets", "mixed", "indented", "unindented-lists"],
)
def test_every_spelling_of_deep_nesting_ends_at_the_bound(
    text: str, place: tuple[int, int] | None, loader: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first list or mapping beyond the bound is named, by either parser; none of these reaches anything recursive."""
    monkeypatch.setattr(source, "Loader", loader)
    (rule, found), *more = faults(text)
    assert more == []
    assert (rule, found) == ("too-deep", place) if place else rule in ("too-deep", "syntax")


def test_the_depth_that_is_allowed_is_read() -> None:
    """One level below the bound is data like any other."""
    data, where = parse("a: " + "[" * (MAX_DEPTH - 1) + "x" + "]" * (MAX_DEPTH - 1), with_places=True)
    value = data["a"]
    for _ in range(MAX_DEPTH - 1):
        (value,) = value
    assert value == "x"
    assert where["a", *[0] * (MAX_DEPTH - 1)] == (1, MAX_DEPTH + 3)


def test_the_number_of_values_is_bounded() -> None:
    """Keys, values, lists and mappings count, those of refused keys too."""
    row = ", ".join("1" for _ in range(MAX_VALUES - 3))
    assert len(parse(f"a: [{row}]")[0]["a"]) == MAX_VALUES - 3
    assert faults(f"a: [{row}, 1]") == [("too-many-values", (1, 1))]
    assert faults("? {b: c}\n: [" + "1, " * MAX_VALUES + "]") == [("too-many-values", (1, 1))]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a: 1\na: 2\nb: &x 3\n<<: {c: 4}\n", [("duplicate-key", (2, 1)), ("anchor", (3, 4)), ("anchor", (4, 1))]),
        ("a: *x\n*x : y\nb: c\n", [("anchor", (1, 4)), ("anchor", (2, 1))]),
        ("[1, 2]: y\na: 1\na: 1\n", [("syntax", (1, 1)), ("duplicate-key", (3, 1))]),
        ("? {a: 1, a: 2}\n: {b: 1, b: 2}\n", [("syntax", (1, 3))]),
        ("a: {b: 1, b: [c, c], d: 2}\n", [("duplicate-key", (1, 11))]),
        ("a: !!int 1\nb: ! 2\n", [("tag", (1, 4)), ("tag", (2, 4))]),
        ("a: 1\n---\nb: 2\n", [("syntax", (2, 1))]),
        ("", [("empty", (1, 1))]),
        ("# nothing\n", [("empty", (1, 1))]),
        ("---\n", [("empty", (1, 1))]),
        ("- a\n", [("syntax", (1, 1))]),
        ("just text\n", [("syntax", (1, 1))]),
        ('"a\\nb": 1\n', [("syntax", (1, 1))]),
        ('a: "x\\0"\n', [("control-character", (1, 4))]),
        ('a: "x\\e[2J"\n', [("control-character", (1, 4))]),
        ('a: "x\\ry"\n', [("control-character", (1, 4))]),
        ('a: "x\\Ly"\n', [("control-character", (1, 4))]),
        ('a: [b, "x\\u202Ey"]\n', [("control-character", (1, 8))]),
        ('a: "x\\uFEFF"\n', [("invisible-character", (1, 4))]),
        ('a: "x\\U000E0041"\n', [("invisible-character", (1, 4))]),
        ('a: "x\\uE000"\n', [("unassigned-character", (1, 4))]),
        ('a: "e\\u0301"\n', [("not-composed", (1, 4))]),
        ("a: x\nb: y\u200bz\n", [("invisible-character", (2, 5))]),
        ("a: e\u0301\n", [("not-composed", (1, 4))]),
    ],
)
def test_each_fault_is_one_problem_at_its_place(text: str, found: list[tuple[str, tuple[int, int]]]) -> None:
    """What is dropped with a refused key is not reported again, and does not take the place of what is there."""
    assert faults(text) == found


@pytest.mark.parametrize(
    "text",
    ["Räuber–Beute „Kopf“ 完全不同的东西 Индукция ἐπαγωγή", "می\u200cخواهم", "क्\u200dष", "tab\tand\nline", "🙂 ∑ α²"],
)
def test_letters_of_every_script_may_stand(text: str) -> None:
    """The two joiners too, between letters of scripts that are spelt with them."""
    assert first_odd(text) is None


@pytest.mark.parametrize(
    "text", ["a\u200cb", "a\u200d", "\u200cخ", "\u3164", "x\ufe0f", "\u0085", "\ufffe", "\U0010ffff"]
)
def test_what_nobody_sees_may_not_stand(text: str) -> None:
    """Joiners elsewhere, fillers, selectors of another drawing, C1 controls, codes that are no characters."""
    assert first_odd(text) is not None


def test_a_message_shows_every_character_of_a_key(toy_copy: Path) -> None:
    """A key cannot write a line of its own into the report."""
    (toy_copy / "heads" / "odd.yaml").write_text('"x\\n::stop-commands::abc": 1\n')
    output = CliRunner().invoke(main, ["validate", str(toy_copy)]).output
    assert "\n::stop" not in output
    assert Diagnostic("a", 1, 1, "r", "", "b\n::c\x1b", "w", "f").text().splitlines()[0].endswith("b\\n::c\\x1b")
    assert visible("é\u202e") == "é\\u202e"


def test_a_pipe_a_device_and_a_socket_are_refused_without_waiting(toy_copy: Path, tmp_path: Path) -> None:
    """None of them is opened for reading: a pipe without a writer would wait for ever."""
    os.mkfifo(toy_copy / "heads" / "pipe.yaml")
    (toy_copy / "heads" / "folder.yaml").mkdir()
    with socket.socket(socket.AF_UNIX) as one:
        place = os.getcwd()
        os.chdir(toy_copy / "heads")  # the path of a socket is short
        try:
            one.bind("socket.yaml")
        finally:
            os.chdir(place)
    found = {d.path: (d.rule, d.message) for d in load(toy_copy)[1]}
    assert found == {
        "heads/pipe.yaml": ("not-a-file", "this is a named pipe, not a file."),
        "heads/folder.yaml": ("not-a-file", "this is a folder, not a file."),
        "heads/socket.yaml": ("not-a-file", "this is a socket, not a file."),
    }


def test_what_becomes_a_pipe_after_it_was_listed_is_refused(tmp_path: Path) -> None:
    """What was opened is looked at, not what its name stood for before."""
    os.mkfifo(tmp_path / "pipe.yaml")
    with pytest.raises(SourceError, match="a named pipe"):
        source.read(tmp_path / "pipe.yaml")
    with pytest.raises(SourceError, match="a device"):
        source.read(Path("/dev/zero"))


def test_linked_folders_are_refused(toy_copy: Path, tmp_path: Path) -> None:
    """Of a kind as of a kind's tables, wherever they lead."""
    (toy_copy / "circuits").rename(tmp_path / "circuits")
    (toy_copy / "circuits").symlink_to(tmp_path / "circuits")
    (toy_copy / "claims" / "more").symlink_to(toy_copy / "claims" / "moss-1999-sparkle")
    assert {(d.path, d.rule) for d in load(toy_copy)[1]} == {("circuits", "symlink"), ("claims/more", "symlink")}


def test_what_cannot_be_read_is_named(toy_copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that may not be listed is not an empty one, and a file that may not be opened is not overlooked."""
    listing, opening = os.scandir, os.open

    def scandir(path: Path) -> object:
        if Path(path).name == "papers":
            raise PermissionError(13, "Permission denied")
        return listing(path)

    def open_(path: Path, *more: int) -> int:
        if Path(path).name == "sparkle.yaml":
            raise PermissionError(13, "Permission denied")
        return opening(path, *more)

    monkeypatch.setattr(os, "scandir", scandir)
    monkeypatch.setattr(os, "open", open_)
    found = {(d.path, d.rule, d.message) for d in load(toy_copy)[1]}
    words = "it cannot be read: Permission denied."
    assert {("papers", "unreadable", words), ("heads/sparkle.yaml", "unreadable", words)} <= found


@pytest.mark.parametrize("name", ["odd.YAML", "odd.json", "odd.yaml~", "odd", "odd.csv"])
def test_a_file_that_nothing_reads_is_reported(name: str, toy_copy: Path) -> None:
    """It may have been meant for a record."""
    (toy_copy / "heads" / name).write_text("name: odd\n")
    (toy_copy / "heads" / ".DS_Store").write_bytes(b"\x00")
    assert [(d.path, d.rule) for d in load(toy_copy)[1]] == [
        (f"heads/{name}", "bad-id" if name == "odd.YAML" else "unknown-file")
    ]


@pytest.mark.parametrize("stem", ["index", "con", "aux", "nul", "prn", "com1", "lpt9"])
def test_reserved_ids_are_refused(stem: str, toy_copy: Path) -> None:
    """A record called index would replace the page of its kind's list; the others cannot be checked out on Windows."""
    (toy_copy / "papers" / f"{stem}.yaml").write_text((toy_copy / "papers" / "moss-1999-sparkle.yaml").read_text())
    assert ("papers/" + stem + ".yaml", "bad-id") in [(d.path, d.rule) for d in load(toy_copy)[1]]


def test_problems_beyond_a_hundred_are_counted(toy_copy: Path) -> None:
    """A file of nonsense is reported in a moment, and in a length that a person reads."""
    (toy_copy / "heads" / "odd.yaml").write_text("".join(f"key{i}: x\n" for i in range(15_000)))
    found = load(toy_copy)[1]
    assert len(found) == 101
    assert [(d.rule, d.message[:9]) for d in found if d.rule == "too-many-problems"] == [
        ("too-many-problems", "there are")
    ]


def test_every_rule_about_files_has_a_page() -> None:
    """No id belongs to two rules, and each has its page beside those of the others."""
    assert not set(FILE_RULES) & set(RULES)
    pages = {page.path for page in rule_pages()}
    assert {f"rules/{rule}/" for rule in [*FILE_RULES, *RULES]} <= pages


@pytest.mark.parametrize("what", ["file", "csv", "empty", "elsewhere"])
def test_what_is_no_catalog_is_wrong_usage(what: str, toy_copy: Path, tmp_path: Path) -> None:
    """It is not a catalog without problems."""
    (tmp_path / "empty").mkdir()
    (tmp_path / "x.csv").write_text("layer,head\n")
    path = {
        "file": toy_copy / "README.md",
        "csv": tmp_path / "x.csv",
        "empty": tmp_path / "empty",
        "elsewhere": "/etc/hosts",
    }
    (toy_copy / "README.md").write_text("x")
    result = CliRunner().invoke(main, ["validate", str(path[what])])
    assert result.exit_code == 2, result.output


def test_a_file_is_checked_from_its_own_folder(toy_copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it is called from makes no difference; a link is named as one."""
    monkeypatch.chdir(toy_copy / "heads")
    (toy_copy / "heads" / "odd.yaml").symlink_to(toy_copy / "heads" / "sparkle.yaml")
    good, odd = (CliRunner().invoke(main, ["validate", name]) for name in ("sparkle.yaml", "odd.yaml"))
    assert (good.exit_code, odd.exit_code) == (0, 1), good.output + odd.output
    assert "error[symlink]" in odd.output


ESCAPES = (r"\u202E", r"\0", r"\e[31m", r"\L", r"\P", r"\r", r"\u200B", r"\uFEFF", r"\x85", r"\x7F", r"\U000E0041")


@pytest.mark.parametrize("escape", ESCAPES)
@pytest.mark.parametrize("line", ['name: "Wi{}ck"', '"wi{}ck": 1', 'aliases: [{{name: "Wi{}ck", kind: spelling}}]'])
def test_what_escapes_stand_for_reaches_no_reader(line: str, escape: str, toy_copy: Path) -> None:
    """In a value, a key, and a value deep inside: the record is refused once, and no command prints the character."""
    text = (toy_copy / "heads" / "twinkle.yaml").read_text().replace("name: Twinkle Head\n", "", 1)
    assert "\nname:" not in text
    (toy_copy / "heads" / "wick.yaml").write_text(f"{line.format(escape)}\n{text}")
    (found,) = [d for d in diagnose(toy_copy) if d.path == "heads/wick.yaml"]
    assert found.rule in ("control-character", "invisible-character")
    for command in ("validate", "list heads", "show heads wick", "search wick"):
        output = CliRunner().invoke(main, ["--catalog", str(toy_copy), *command.split()]).output
        assert first_odd(output) is None
        assert "\x1b" not in output
        assert "heads/wick.yaml" in output


def test_feeds_hold_no_character_that_a_record_may_not(toy_copy: Path) -> None:
    """A record that is refused is in no feed, and each feed is read by a parser of XML."""
    path = toy_copy / "papers" / "moss-1999-sparkle.yaml"
    path.write_text(path.read_text().replace("title: On Sparkle Heads in Jars", r'title: "On \u202E \0 \e[31m"'))
    catalog, _ = load(toy_copy)
    assert "moss-1999-sparkle" not in catalog.papers
    made = feeds(make_context(catalog))
    assert made
    for text in made.values():
        assert first_odd(text) is None
        ElementTree.fromstring(text.encode())
