"""The patterns of head types: what a file must hold, what is refused, and that those of the catalog are of the heads that runs speak of."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from headkb import Catalog
from headkb.catalog.load import load
from headkb.catalog.patterns import (
    MAX_BYTES,
    HeadPattern,
    misfits,
    pattern_file,
    pattern_of_head,
    pattern_path,
    patterns_of,
    read_pattern,
)
from headkb.catalog.rules import check

RUNS = Path(__file__).parent / "site" / "data" / "runs"
ZERO = "0" * 64
GOOD: dict[str, Any] = {
    "model": "jar-small",
    "head": "L0H1",
    "run": "jar-sparkle-recipe",
    "model_source": "directory",
    "weights_sha256": ZERO,
    "dtype": "float32",
    "prompt": {"generator": "english-sentences", "seed": 0, "number": 3, "parameters": {}},
    "text": "A jar.\nNo lid",
    "tokens": ["A", " jar", ".\n"],
    "start": 2,
    "pattern": "990990059400",
    "versions": {"headkb": "0.0.0"},
    "date": "2002-03-05",
}


def written(path: Path, **changes: Any) -> Path:
    """A file like `GOOD` with other values; a key whose value is None is left out."""
    data = {key: value for key, value in {**GOOD, **changes}.items() if value is not None}
    path.write_text(json.dumps(data), encoding="utf-8")
    return path


@pytest.fixture
def root(toy_copy: Path) -> Path:
    """The invented catalog with its runs and a pattern of the sparkle head."""
    shutil.copytree(RUNS, toy_copy / "runs", dirs_exist_ok=True)
    written(pattern_path(toy_copy, "sparkle"))
    return toy_copy


def bad(root: Path) -> list[str]:
    """Messages of the rule `bad-pattern`."""
    catalog, _ = load(root)
    return [d.message for d in check(catalog) if d.rule == "bad-pattern"]


def test_a_pattern_is_read_back(tmp_path: Path) -> None:
    """What was written is what is read, a key a line; rows end at their query."""
    pattern = HeadPattern.model_validate(GOOD)
    path = tmp_path / "x.pattern.json"
    path.write_text(pattern_file(pattern), encoding="utf-8")
    assert read_pattern(path) == pattern
    assert path.read_text().count("\n") == len(GOOD) + 2
    assert [len(row) for row in pattern.rows] == [1, 2, 3]
    assert pattern.rows[2] == pytest.approx([5 / 99, 94 / 99, 0])


def test_both_ways_are_kept_where_queries_see_later_keys(tmp_path: Path) -> None:
    """An encoder's rows have every key."""
    path = written(tmp_path / "x.pattern.json", pattern="000099990000009900")
    assert [len(row) for row in read_pattern(path).rows] == [3, 3, 3]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"head": "9.9"}, "head: "),
        ({"head": None}, "head: Field required"),
        ({"glow": 1}, "glow: Extra inputs"),
        ({"pattern": "9909"}, "does not fit its 3 tokens"),
        ({"pattern": "990990059490"}, "the weights of token 2 sum to 1.91"),
        ({"pattern": "99-990059400"}, "pattern: "),
        ({"pattern": "٩٩٠٩٩٠٠٥٩٤٠٠"}, "pattern: "),
        ({"start": 3}, "`start` is 3, and there are 3 tokens"),
        ({"tokens": []}, "tokens: "),
        ({"tokens": ["a"] * 65, "pattern": "00" * (65 * 33)}, "tokens: "),
        ({"tokens": ["A", " \u202ejar", "."]}, "turns the direction of writing"),
        ({"tokens": ["A", "\x1b[2J", "."]}, "U\\+001B is a control character"),
        ({"text": "A\u200bjar"}, "invisible"),
        ({"text": ""}, "text: "),
        ({"weights_sha256": "abc"}, "weights_sha256: "),
        ({"date": "2002-13-01"}, "no such day"),
        ({"prompt": {"generator": "ioi", "seed": -1, "number": 0}}, "prompt.seed: "),
        ({"model_source": "elsewhere"}, "model_source: "),
    ],
)
def test_a_file_that_holds_anything_else_is_refused(changes: dict[str, Any], words: str, tmp_path: Path) -> None:
    """Each with a sentence on one line."""
    path = written(tmp_path / "x.pattern.json", **changes)
    with pytest.raises(ValueError, match=words) as refused:
        read_pattern(path)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"[" * 15_000, "nests too deep"),
        (b"3", "Input should be"),
        (b"", "Expecting value"),
        (b'{"head": "L0H0", "head": "L0H1"}', "a key stands in it twice"),
        (b'{"start": NaN}', "Field required"),
        (b"\xff", "utf-8"),
        (b" " * (MAX_BYTES + 1), "more than 15,000 bytes"),
    ],
)
def test_a_hostile_file_is_refused(raw: bytes, words: str, tmp_path: Path) -> None:
    """Whatever bytes it has, a ValueError says so; nothing is shown of it."""
    path = tmp_path / "x.pattern.json"
    path.write_bytes(raw)
    with pytest.raises(ValueError, match=words):
        read_pattern(path)


def test_neither_a_link_nor_a_pipe_is_read(tmp_path: Path) -> None:
    """A link could show another file, and a pipe would never end."""
    path = written(tmp_path / "there.pattern.json")
    (tmp_path / "link.pattern.json").symlink_to(path)
    os.mkfifo(tmp_path / "pipe.pattern.json")
    for name, words in (("link", "it is a link"), ("pipe", "a named pipe")):
        with pytest.raises(ValueError, match=words):
            read_pattern(tmp_path / f"{name}.pattern.json")


def test_a_sound_pattern_is_not_complained_about(root: Path) -> None:
    """It is read beside its type's record, and is no unknown file."""
    catalog, problems = load(root)
    assert (problems, bad(root)) == ([], [])
    assert list(patterns_of(catalog)) == ["sparkle"]
    assert pattern_of_head(catalog, "twinkle") is None


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"run": "jar-nothing"}, "there is no run jar-nothing"),
        ({"model": "jar-other"}, "is a run on jar-small, not on jar-other"),
        ({"head": "L0H9"}, "jar-small has no head L0H9"),
        ({"head": "L2H0"}, "jar-small has no head L2H0"),
        ({"start": 7}, "heads/sparkle.pattern.json: `start` is 7"),
    ],
)
def test_a_pattern_of_another_head_run_or_model_is_reported(changes: dict[str, Any], words: str, root: Path) -> None:
    """No page shows it, and the rule says what does not agree."""
    written(pattern_path(root, "sparkle"), **changes)
    assert any(words in message for message in bad(root))
    catalog, _ = load(root)
    assert patterns_of(catalog) == {}


def test_other_weights_another_type_and_a_withdrawn_run_do_not_agree(root: Path) -> None:
    """A figure is of the very weights that the run was made with."""
    run = root / "runs" / "jar-sparkle-recipe.yaml"
    sound = run.read_text()
    for more, words in (
        (f"weights_sha256: {'1' * 64}\n", "its weights are not those of"),
        ("invalidation: {date: 2002-03-06, reason: A fault.}\n", "was withdrawn"),
    ):
        run.write_text(sound + more)
        assert [words in message for message in bad(root)] == [True]
    run.write_text(sound)
    shutil.move(pattern_path(root, "sparkle"), pattern_path(root, "twinkle"))
    assert [message.split(": ")[1] for message in bad(root)] == ["jar-sparkle-recipe is no run of a recipe of twinkle."]


def test_a_pattern_of_no_head_type_is_reported(root: Path) -> None:
    """Nobody would ever see it: neither under a name that no type has nor in a folder."""
    written(pattern_path(root, "glow"))
    (root / "heads" / "more").mkdir()
    written(root / "heads" / "more" / "sparkle.pattern.json")
    assert bad(root) == [
        "heads/glow.pattern.json belongs to no head type.",
        "heads/more/sparkle.pattern.json belongs to no head type.",
    ]


def test_seventy_types_have_a_pattern_of_a_model_that_is_not_exact(real_catalog: Catalog) -> None:
    """Each is of a head, a model and weights that a recorded run of its type speaks of; none is larger than it may be."""
    patterns = patterns_of(real_catalog)
    files = sorted((real_catalog.root / "heads").glob("*.pattern.json"))
    assert {path.name.removesuffix(".pattern.json") for path in files} == patterns.keys()
    kinds = [real_catalog.models[pattern.model].type for pattern in patterns.values()]
    assert sum(kind != "exact" for kind in kinds) >= 70
    assert kinds.count("public") >= 60
    for head, pattern in patterns.items():
        run = real_catalog.runs[pattern.run]
        assert misfits(real_catalog, head, pattern) == []
        assert (run.head, run.model, run.weights_sha256) == (head, pattern.model, pattern.weights_sha256)
        assert run.value_of(*pattern.head) is not None


def test_a_head_is_drawn_that_the_type_is_shown_for_where_it_is_shown(real_catalog: Catalog) -> None:
    """Where a public model shows a type, a public model is drawn, and one of the heads that it is shown for."""
    shown: dict[str, set[str]] = {}
    for (head, model), showing in real_catalog.evidence.showings.items():
        if showing.word == "shown" and real_catalog.models[model].type == "public":
            shown.setdefault(head, set()).add(model)
    patterns = patterns_of(real_catalog)
    drawn = {head: pattern for head, pattern in patterns.items() if head in shown}
    assert len(drawn) > 20
    for head, pattern in drawn.items():
        assert pattern.model in shown[head], head
        assert pattern.head in real_catalog.evidence.showings[head, pattern.model].heads, head
