"""Every faulty file is reported at the place where its fault is, with a reason and a fix, and never by a crash."""

from __future__ import annotations

import inspect
import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from headkb.catalog.diagnostic import Diagnostic
from headkb.catalog.file_rules import FILE_RULES
from headkb.catalog.load import load
from headkb.catalog.rules import RULES, check, severity
from headkb.cli import main
from headkb.site.rule_pages import rule_pages

BROKEN = Path(__file__).parent / "data" / "broken"
MARK = "⟦"
MARKED = [path for path in sorted(BROKEN.glob("*/*.yaml")) if MARK in path.read_text(encoding="utf-8")]

PARTNERS = {
    "bad-pattern": ("heads/bad-pattern.pattern.json",),
    "circle": ("glossary/loop.yaml",),
    "variant-circle": ("heads/variant-ring.yaml",),
    "depth-against-claims": ("models/deep-jar.yaml", "claims/depth-against-claims-heads.yaml"),
    "depth-words": ("models/deep-jar.yaml", "claims/depth-words-heads.yaml"),
    "unknown-node-elsewhere": ("models/deep-jar.yaml",),
    "outside-elsewhere": ("models/deep-jar.yaml",),
    "deprecated-target": ("heads/old-glow.yaml",),
    "mutual-contest": ("claims/mutual-contest-back.yaml",),
    "same-hub-id": ("models/first-of-two.yaml", "claims/two-jars.yaml"),
}
"""Fixture → the sound files without which it breaks no rule."""


WITNESS = "papers/moss-2003-witness.yaml"
"""A paper that names every head type of a copy, so that only the rule about types without a paper misses one."""


def diagnose(root: Path) -> list[Diagnostic]:
    """Everything that `headkb validate` finds."""
    catalog, found = load(root)
    return [*found, *check(catalog)]


def stage(path: Path, root: Path) -> tuple[str, int, int, str]:
    """Copy a fixture without its mark; returns the file, the place of the mark and the rule named in the first line."""
    text = path.read_text(encoding="utf-8")
    before = text[: text.index(MARK)]
    target = root / path.parent.name / path.name
    target.parent.mkdir(exist_ok=True)
    target.write_text(text.replace(MARK, ""), encoding="utf-8")
    line = before.count("\n") + 1
    return (
        f"{path.parent.name}/{path.name}",
        line,
        len(before) - before.rfind("\n"),
        text.split("\n")[0].removeprefix("# rule: "),
    )


def witness(root: Path) -> None:
    """Write a paper that names every odd head type of a folder."""
    odd = sorted({path.stem for path in (root / "heads").glob("*.yaml")} - {"sparkle", "twinkle"})
    heads = "".join(f"  - {{id: {name}, role: introduces}}\n" for name in odd)
    said = "title: What the Others Saw\nauthors: [Ada Moss]\ndate: 2003\ndoi: 10.0000/witness.1\n"
    (root / WITNESS).write_text(said + (f"heads:\n{heads}" if odd else ""), encoding="utf-8")


@pytest.mark.parametrize("path", MARKED, ids=lambda p: f"{p.parent.name}/{p.stem}")
def test_fault_is_reported_at_its_place(path: Path, toy_copy: Path) -> None:
    """The rule named in the fixture fires at the fixture's mark, with words in all three parts, and no other rule fires anywhere."""
    name, line, column, rule = stage(path, toy_copy)
    for partner in PARTNERS.get(path.stem, ()):
        (toy_copy / partner).parent.mkdir(exist_ok=True)
        (toy_copy / partner).write_text((BROKEN / partner).read_text(encoding="utf-8"), encoding="utf-8")
    readable = not load(toy_copy)[1]
    if readable and rule != "orphan-head":
        witness(toy_copy)
    found = [d for d in diagnose(toy_copy) if d.path != WITNESS]
    here = [d for d in found if d.path == name]
    assert (rule, line, column) in [(d.rule, d.line, d.column) for d in here], "\n".join(d.text() for d in found)
    assert {d.rule for d in found} == {rule}, "\n".join(d.text() for d in found)
    assert all(d.message and d.why and d.fix for d in found)


def test_there_is_a_fixture_for_every_rule() -> None:
    """No rule is without a file that breaks it."""
    rules = {path.read_text(encoding="utf-8").split("\n")[0].removeprefix("# rule: ") for path in MARKED}
    assert set(RULES) - {"no-introduction"} <= rules  # a warning about papers, tested below


def test_there_are_at_least_eighty_rules_each_with_a_page_and_a_severity() -> None:
    """A rule explains itself on a page of its own, with a file that breaks it and one that keeps it; no id stands for two."""
    pages = {page.path: page for page in rule_pages()}
    assert len({*RULES, *FILE_RULES}) == len(RULES) + len(FILE_RULES) >= 80
    for rule, module in RULES.items():
        told = inspect.getdoc(module) or ""
        assert "Bad" in told, rule
        assert "Good" in told, rule
        assert severity(rule) in ("error", "warning", "info"), rule
        assert pages[f"rules/{rule}/"].subtitle == f"Validation rule · {severity(rule)}"
        assert module.WHY[0].islower(), rule
        assert not module.WHY.endswith("."), rule
    assert {f"rules/{rule}/" for rule in FILE_RULES} <= pages.keys()


RAW = {
    "bad-encoding": (b"name: caf\xe9\n", (1, 10)),
    "control-character": (b"name: a\x07b\n", (1, 8)),
    "too-large": (b"name: x\nnotes: " + b"a" * 300_000 + b"\n", (1, 1)),
    "empty": (b"", (1, 1)),
}


@pytest.mark.parametrize("rule", RAW)
def test_hostile_bytes_are_refused_with_a_position(rule: str, toy_copy: Path) -> None:
    """Bytes that are not plain text are refused where they stand."""
    content, place = RAW[rule]
    (toy_copy / "heads" / "odd.yaml").write_bytes(content)
    found = [d for d in diagnose(toy_copy) if d.path == "heads/odd.yaml"]
    assert [(d.rule, d.line, d.column) for d in found] == [(rule, *place)]


def test_nul_byte_is_refused_with_a_position(toy_copy: Path) -> None:
    """A NUL byte is a control character, not the end of the file."""
    (toy_copy / "heads" / "odd.yaml").write_bytes(b"name: a\nnotes: b\x00c\n")
    assert [(d.rule, d.line, d.column) for d in diagnose(toy_copy) if d.path == "heads/odd.yaml"] == [
        ("control-character", 2, 9)
    ]


def test_forty_thousand_brackets_are_refused_without_a_crash(toy_copy: Path) -> None:
    """Nesting that overflows the parser's stack is found before the parser composes it."""
    (toy_copy / "heads" / "odd.yaml").write_text("notes: " + "[" * 40_000 + "]" * 40_000)
    assert [d.rule for d in diagnose(toy_copy) if d.path == "heads/odd.yaml"] == ["too-deep"]


@pytest.mark.parametrize("opener", ["- ", "? ", "a:\n"])
def test_block_nesting_is_refused_without_a_crash(opener: str, toy_copy: Path) -> None:
    """Nesting by indentation or on one line is refused as well as nesting by brackets."""
    text = opener * 5_000 if "\n" not in opener else "".join(" " * i + opener for i in range(600))
    (toy_copy / "heads" / "odd.yaml").write_text(text)
    assert [d.rule for d in diagnose(toy_copy) if d.path == "heads/odd.yaml"] in (["too-deep"], ["syntax"])


def test_a_link_out_of_the_catalog_is_refused(toy_copy: Path, tmp_path: Path) -> None:
    """A symbolic link is not followed."""
    (tmp_path / "secret.yaml").write_text("name: secret\n")
    os.symlink(tmp_path / "secret.yaml", toy_copy / "heads" / "odd.yaml")
    assert [d.rule for d in diagnose(toy_copy) if d.path == "heads/odd.yaml"] == ["symlink"]


@pytest.mark.parametrize(
    "name", ["Odd.yaml", "odd_head.yaml", "..yaml", "a--b.yaml", "odd.yml", "ödd.yaml", "-odd.yaml"]
)
def test_a_file_name_that_is_no_id_is_refused(name: str, toy_copy: Path) -> None:
    """The file's stem is an id, so it obeys the form of ids."""
    (toy_copy / "heads" / name).write_text("name: odd\n")
    assert "bad-id" in [d.rule for d in diagnose(toy_copy)]


def test_misplaced_files_and_folders_are_reported(toy_copy: Path) -> None:
    """Nothing that looks like a record is overlooked in silence."""
    (toy_copy / "haeds").mkdir()
    (toy_copy / "stray.yaml").write_text("name: x\n")
    (toy_copy / "heads" / "sub").mkdir()
    (toy_copy / "heads" / "sub" / "odd.yaml").write_text("name: x\n")
    found = {(d.path, d.rule) for d in diagnose(toy_copy)}
    assert {
        ("haeds", "unknown-folder"),
        ("stray.yaml", "unknown-folder"),
        ("heads/sub/odd.yaml", "unknown-folder"),
    } <= found


@pytest.mark.parametrize(
    ("csv", "words"),
    [
        ("layer,head\n0,0\n", "line 1"),
        ("layer,head,glow\n0,0\n", "line 2: 2 cells"),
        ("layer,head,glow\n0,0,bright\n", "line 2: 'bright' is no finite number"),
        ("layer,head,glow\n0,0,1\n0,0,1\n", "line 3: L0H0 stands in the table twice"),
        ("layer,head,glow\n0,1,1\n0,0,1\n", "not sorted"),
        ("layer,head,glow\n9,0,1\n", "outside jar-small"),
    ],
)
def test_a_bad_score_table_is_reported_with_its_line(csv: str, words: str, toy_copy: Path) -> None:
    """A CSV's fault is reported at the claim that uses it, with the CSV's own line."""
    (toy_copy / "claims" / "moss-1999-sparkle" / "jar-small.csv").write_text(csv)
    found = [d for d in diagnose(toy_copy) if d.rule == "bad-table"]
    assert len(found) == 1
    assert words in found[0].message
    assert found[0].path == "claims/moss-1999-sparkle.yaml"


def test_a_head_type_that_no_paper_introduces_is_a_warning(toy_copy: Path) -> None:
    """A warning alone does not fail validation, except under --strict."""
    path = toy_copy / "papers" / "moss-1999-sparkle.yaml"
    path.write_text(path.read_text().replace("{id: sparkle, role: introduces}", "{id: sparkle, role: applies}"))
    runner = CliRunner()
    plain = runner.invoke(main, ["validate", str(toy_copy)])
    strict = runner.invoke(main, ["validate", str(toy_copy), "--strict"])
    assert "warning[no-introduction]" in plain.output
    assert (plain.exit_code, strict.exit_code) == (0, 1)


def test_all_problems_show_at_once_and_the_exit_code_is_1(toy_copy: Path) -> None:
    """One run names every broken file, none hides another."""
    for path in MARKED:
        stage(path, toy_copy)
    result = CliRunner().invoke(main, ["validate", str(toy_copy)])
    assert result.exit_code == 1
    assert "Traceback" not in result.output
    silent = [p.name for p in MARKED if f"{p.parent.name}/{p.name}:" not in result.output]
    assert not {Path(name).stem for name in silent} - PARTNERS.keys() - {"unused"}  # what is refused may use the model


def test_every_syntax_rule_has_a_reason() -> None:
    """`load` can explain each rule that `source` may emit."""
    assert all(rule.when and rule.why for rule in FILE_RULES.values())
