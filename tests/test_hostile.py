"""The hostile corpus: every record in it has the answer that is written beside it, and none takes the reader down. How long each takes, `tools/fuzz.py` measures.

`tests/data/hostile/base` is a catalog without a fault; each line of `records.jsonl` changes one of its files. What is expected was
written down by hand from what the rules say, and not taken from what they answered.
"""

from __future__ import annotations

import json
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from headkb.catalog.file_rules import FILE_RULES
from headkb.catalog.load import load
from headkb.catalog.rules import RULES, check

HOSTILE = Path(__file__).parent / "data" / "hostile"
TOY = Path(__file__).parent / "data" / "catalog"
CASES: list[dict[str, Any]] = [json.loads(line) for line in (HOSTILE / "records.jsonl").read_text().splitlines()]
MARK = "⟦"


def written(case: dict[str, Any], old_text: str) -> tuple[str, tuple[int, int] | None]:
    """The text of the file with the fault in it, and the place of the mark; pairs of a text and a number stand for repeats."""
    new = case["new"]
    new = new if isinstance(new, str) else "".join(text * times for text, times in new)
    if "old" in case:
        assert old_text.count(case["old"]) == 1, f"{case['old']!r} stands {old_text.count(case['old'])} times"
        new = old_text.replace(case["old"], new)
    before, mark, after = new.partition(MARK)
    return before + after, (before.count("\n") + 1, len(before) - before.rfind("\n")) if mark else None


@pytest.fixture
def base(tmp_path: Path) -> Path:
    """The catalog that the corpus changes."""
    shutil.copytree(TOY, tmp_path / "c")
    shutil.copytree(HOSTILE / "base", tmp_path / "c", dirs_exist_ok=True)
    return tmp_path / "c"


def test_the_base_has_no_fault(base: Path) -> None:
    """Whatever a case is told comes from the case, but that its paper is called odd, as every file is that a case changes."""
    catalog, problems = load(base)
    assert [(d.path, d.rule) for d in [*problems, *check(catalog)]] == [("papers/odd.yaml", "paper-id")]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["case"])
def test_each_case_has_its_answer(case: dict[str, Any], base: Path) -> None:
    """One fault is one problem, of the rule and at the place that are written down; or there is none."""
    name = case["kind"] if "." in case["kind"] else f"{case['kind']}/odd.yaml"
    text, mark = written(case, (base / name).read_text(encoding="utf-8"))
    (base / name).write_text(text, encoding="utf-8", newline="")
    catalog, problems = load(base)
    problems = [*problems, *check(catalog)]
    owner = case.get("owner", "claims/odd.yaml" if name.endswith(".csv") else name)
    found = [d for d in problems if d.path == owner and d.severity == "error"]
    if case["rule"] == "ok":
        assert found == [], [d.text() for d in found]
        return
    assert {case["rule"]} == {d.rule for d in found} or (case.get("also") and case["rule"] in {d.rule for d in found})
    assert case.get("also") or len(found) == 1, [d.text() for d in found]
    place = mark or case["place"]
    assert case.get("place") == "any" or tuple(place) in [(d.line, d.column) for d in found], [d.text() for d in found]
    assert case.get("says", "") in found[0].message, found[0].message
    assert all(d.message and d.why and d.fix for d in found)


def test_the_corpus_covers_what_it_is_for() -> None:
    """At least as many refused records as were once accepted or crashed, and most rules about files."""
    rules = Counter(case["rule"] for case in CASES)
    assert rules.total() - rules["ok"] >= 198
    assert set(rules) <= {*FILE_RULES, *RULES, "ok"}
    elsewhere = {"bad-encoding", "bad-id", "missing-key", "no-catalog", "not-a-file", "symlink", "too-many-problems"}
    assert set(FILE_RULES) - set(rules) == elsewhere | {"same-name", "unknown-file", "unknown-folder", "unreadable"}
