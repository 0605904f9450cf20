"""What values may be once they are decoded, where the hostile corpus does not reach: names, files beside records, and JSON that is written."""

from __future__ import annotations

import ast
import json
import math
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from headkb.catalog import export, tables
from headkb.catalog.atlas import read_heads
from headkb.catalog.diagnostic import as_json
from headkb.catalog.load import load
from headkb.catalog.rules import check
from headkb.catalog.schema import normalise, parse_head
from headkb.catalog.schema.ids import is_id
from headkb.cli import main
from headkb.cli.common import print_json
from headkb.site.svg_curve import curve_chart

PACKAGE = Path(__file__).parent.parent / "headkb"
NAMES = [
    "完全不同的东西",
    "归纳头",
    "Индукция",
    "индукцией",
    "Κεφαλή",
    "رأس",
    "ראש",
    "प्रेरण",
    "प्रेरणा",
    "หัว",
    "유도",
    "誘導ヘッド",
    "???",
    "!",
    "α",
    "β",
]


def test_no_two_names_are_one_because_of_their_script() -> None:
    """Each of these is something, and no two are the same."""
    assert len({normalise(name) for name in NAMES} - {""}) == len(NAMES)
    assert normalise("") == normalise("  ") == ""


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("S-Inhibition Head", "s inhibition"),
        ("Façade", "FACADE"),
        ("ИНДУКЦИЯ", "индукция"),
        ("ＡＢＣ", "abc"),
        ("Straße", "strasse"),
        ("heads", "HEADS"),
        ("άλφα", "αλφα"),
    ],
)
def test_spelling_makes_no_other_name(one: str, other: str) -> None:
    """Case, accents, width, punctuation and the word head."""
    assert normalise(one) == normalise(other)


@pytest.mark.parametrize("name", ["完全不同的东西", "???", "", "🙂"])
def test_a_name_that_nothing_has_finds_nothing(name: str, toy_copy: Path) -> None:
    """Though a head type of the catalog has an alias in the same script."""
    path = toy_copy / "heads" / "sparkle.yaml"
    path.write_text(path.read_text().replace("aliases:\n", "aliases:\n  - {name: 闪光头, kind: translation}\n"))
    result = CliRunner().invoke(main, ["--catalog", str(toy_copy), "show", "heads", name])
    assert result.exit_code == 2
    assert "no head named" in result.output
    assert CliRunner().invoke(main, ["--catalog", str(toy_copy), "show", "heads", "闪光 头"]).exit_code == 0


def test_two_translations_are_no_collision_and_one_twice_is(toy_copy: Path) -> None:
    """The rule about names looks at letters of every script."""
    for head, alias in (("sparkle", "闪光头"), ("twinkle", "闪烁头")):
        path = toy_copy / "heads" / f"{head}.yaml"
        aliases = f"aliases:\n  - {{name: {alias}, kind: translation}}\n"
        text = path.read_text()
        path.write_text(text.replace("aliases:\n", aliases) if "aliases:" in text else text + aliases)
    catalog, problems = load(toy_copy)
    assert [*problems, *check(catalog)] == []
    path.write_text(path.read_text().replace("闪烁头", "闪光头"))
    assert "alias-collision" in {d.rule for d in check(load(toy_copy)[0])}


@pytest.mark.parametrize("text", ["induction\n", "index", "con", "aux", "com1", "é", "", "a" * 81])
def test_what_is_no_id(text: str) -> None:
    """Matched to the end, ASCII, and not reserved."""
    assert not is_id(text)


@pytest.mark.parametrize("text", ["L٠H١", "L0H1\nL", "-1.0", "L0H12345", "L0H1x"])
def test_what_is_no_head(text: str) -> None:
    """Digits 0 to 9, matched to the end."""
    with pytest.raises(ValueError, match="is not a head"):
        parse_head(text)


def test_no_pattern_of_a_schema_reads_digits_or_letters_of_other_scripts() -> None:
    r"""`\\d` and `\\w` mean every script; where one of them decides what an identifier is, it must not."""
    loose = []
    for path in [
        *(PACKAGE / "catalog" / "schema").glob("*.py"),
        PACKAGE / "head_index.py",
        PACKAGE / "catalog" / "tables.py",
    ]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            text = node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
            if re.search(r"\\[dwW]", text):
                loose.append((path.name, text))
    assert loose == []


def test_no_pattern_is_matched_by_halves() -> None:
    """`match` with `$` passes over a line end; only `fullmatch` reads to the end."""
    files = [
        *(PACKAGE / "catalog" / "schema").glob("*.py"),
        PACKAGE / "head_index.py",
        PACKAGE / "catalog" / "tables.py",
    ]
    assert [path.name for path in files if re.search(r"_[A-Z]+\.match\(", path.read_text(encoding="utf-8"))] == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[" * 100_000, "nests too deep"),
        (
            '{"sentences": [], "heads": {"L0H0": {"patterns": [], "promotes": [["a", NaN]], "suppresses": []}}}',
            "NaN is no number",
        ),
        (
            '{"sentences": [], "heads": {"L0H0": {"patterns": [], "promotes": [["a", 1e400]], "suppresses": []}}}',
            "finite number",
        ),
        (
            '{"sentences": [], "heads": {"L0H0": {"patterns": [], "promotes": [[1, 1]], "suppresses": []}}}',
            "text is needed",
        ),
        (
            '{"sentences": [{"id": "a", "tokens": ["x"]}], "heads": {"L0H0": {"patterns": [3], "promotes": [], "suppresses": []}}}',
            "text is needed",
        ),
        (
            '{"sentences": [{"id": "a", "tokens": ["x"]}], "heads": {"L0H0": {"patterns": ["٩٩"], "promotes": [], "suppresses": []}}}',
            "does not fit",
        ),
        (
            '{"sentences": [{"id": "a", "tokens": ["x"]}], "heads": {"L0H0": {"patterns": [], "promotes": [], "suppresses": []}}}',
            "0 patterns for 1",
        ),
        ('{"sentences": [], "heads": []}', "does not hold sentences"),
        ('{"sentences": [], "heads": {"L-1H0": {}}}', "is not a head"),
        ("3", "does not hold sentences"),
    ],
)
def test_a_hostile_file_of_patterns_is_refused(text: str, words: str, tmp_path: Path) -> None:
    """Whatever JSON it is, or however deep."""
    path = tmp_path / "x.heads.json"
    path.write_text(text)
    with pytest.raises(ValueError, match=words):
        read_heads(path)


def test_a_table_in_a_linked_folder_or_behind_a_link_is_refused(toy_copy: Path, tmp_path: Path) -> None:
    """Neither is followed, by whatever reads a table."""
    folder = toy_copy / "claims" / "moss-1999-sparkle"
    folder.rename(tmp_path / "elsewhere")
    folder.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ValueError, match="lies in a linked folder"):
        tables.read_table(folder / "jar-small.csv")
    assert {"symlink", "bad-table"} <= {d.rule for d in [*load(toy_copy)[1], *check(load(toy_copy)[0])]}


def test_a_curve_over_many_steps_is_drawn_at_once() -> None:
    """Its marks are counted from the first, not looked for step by step."""
    drawing = curve_chart({"loss": {10**9 - 10**7: 1.0, 10**9: 0.5}}, {}, "a curve")
    assert "1,000,000,000" in drawing
    assert drawing.count("hk-small") < 20


@pytest.mark.parametrize("number", [math.nan, math.inf])
def test_no_json_holds_what_is_no_number(number: float) -> None:
    """What cannot be read back by others is not written."""
    for write in (print_json, export.dumps):
        with pytest.raises(ValueError, match="not JSON compliant"):
            write({"value": number})
    assert json.loads(as_json([])) == []


def test_every_json_that_the_package_writes_refuses_nan() -> None:
    """`json.dumps` by its default writes `NaN`, which no other reader of JSON takes; sorted keys are for hashes, which nobody reads."""
    loose = []
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "json.dumps":
                options = {word.arg for word in node.keywords}
                if (
                    not options & {"allow_nan", "sort_keys"} and path.name != "kept.py"
                ):  # a file of our own, read by us alone
                    loose.append(f"{path.relative_to(PACKAGE)}:{node.lineno}")
    assert loose == []
